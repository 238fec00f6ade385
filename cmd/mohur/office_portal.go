package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"strings"

	"mohur/internal/auth"
	"mohur/internal/web"
)

// oidcConfig is about log-ins by the e-government portal, an OpenID provider (S1-01).
type oidcConfig struct {
	// Issuer is the provider's address as it names itself; empty: there is no log-in by a portal.
	Issuer string `koanf:"issuer"`
	// ClientID is our name there. SecretFile holds our secret, alone, mode 0600; without one PKCE alone binds us.
	ClientID   string `koanf:"client_id"`
	SecretFile string `koanf:"secret_file"`
	// Scopes are asked for besides openid; "profile" by default.
	Scopes []string `koanf:"scopes"`
	// FINClaim names the claim with the personal code; "fin" by default.
	FINClaim string `koanf:"fin_claim"`
	// LabelAZ, LabelEN and LabelRU name the portal on the page; "Elektron Hökumət Portalı" and so on by default.
	LabelAZ string `koanf:"label_az"`
	LabelEN string `koanf:"label_en"`
	LabelRU string `koanf:"label_ru"`
}

// portalBack is our page that the portal sends people back to.
const portalBack = "/log-in/portal/back"

// check refuses a provider without TLS, other than on this machine.
func (c *oidcConfig) check() error {
	if c.Issuer == "" {
		return nil
	}
	u, err := url.Parse(c.Issuer)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil || u.Scheme != "https" && (u.Scheme != "http" || !isThisMachine(u.Hostname())) {
		return fmt.Errorf(`configuration: "oidc.issuer" is %q; it looks like https://portal.example.az`, c.Issuer)
	}
	if c.ClientID == "" {
		return errors.New(`configuration: "oidc.client_id", our name at the portal, is missing`)
	}
	return nil
}

// secret reads our secret at the portal.
func (c *oidcConfig) secret() (string, error) {
	if c.SecretFile == "" {
		return "", nil
	}
	f, err := os.Open(c.SecretFile)
	if err != nil {
		return "", fmt.Errorf("the secret at the portal: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", fmt.Errorf("the secret at the portal: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("the secret at the portal: others may read %s (mode %#o); make it 0600", c.SecretFile, info.Mode().Perm())
	}
	b, err := io.ReadAll(io.LimitReader(f, mostSecret))
	if text := strings.TrimSpace(string(b)); err != nil || text != "" {
		return text, err
	}
	return "", fmt.Errorf("the secret at the portal: %s is empty", c.SecretFile)
}

// offerPasskeys lets the pages offer passkeys to staff, where browsers make any for their address: over TLS, or on localhost by its name.
func (o *office) offerPasskeys(pages *web.Options) {
	p, err := auth.NewPasskeys(auth.PasskeyOptions{Store: o.store, Origin: o.cfg.PublicURL, Name: o.cfg.Agency.Name, Now: o.now})
	if err != nil {
		o.log.Info("the pages offer no passkeys", slog.String("public_url", o.cfg.PublicURL), slog.Any("error", err))
		return
	}
	pages.Passkeys = p
}

// offerPortal lets the pages offer the log-in by the portal, where one is configured.
func (o *office) offerPortal(pages *web.Options) error {
	c := o.cfg.OIDC
	if c.Issuer == "" {
		return nil
	}
	secret, err := c.secret()
	if err != nil {
		return err
	}
	scopes := c.Scopes
	if len(scopes) == 0 {
		scopes = []string{"profile"}
	}
	p, err := auth.NewPortal(auth.PortalOptions{
		Store: o.store, Client: o.client.HTTPClient(), Issuer: c.Issuer, ClientID: c.ClientID, Secret: secret, Redirect: o.cfg.PublicURL + portalBack,
		Scopes: scopes, FINClaim: cmp.Or(c.FINClaim, "fin"), Now: o.now,
	})
	if err != nil {
		return err
	}
	pages.Portal = p
	pages.PortalLabel = func(lang string) string {
		return map[string]string{"az": c.LabelAZ, "en": c.LabelEN, "ru": c.LabelRU}[lang]
	}
	return nil
}
