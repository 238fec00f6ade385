package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"mohur/internal/phone"
)

// phoneConfig is about signatures that people make on a phone.
type phoneConfig struct {
	// Provider is "sima" for SİMA İmza, or empty: there are no signatures by phone.
	Provider string `koanf:"provider"`
	// ClientID and ClientName are what the operator of SİMA gave.
	ClientID   int    `koanf:"client_id"`
	ClientName string `koanf:"client_name"`
	// MasterKeyFile holds the master key that the operator gave, alone, mode 0600.
	MasterKeyFile string `koanf:"master_key_file"`
	// IconURL is the picture that the application shows; RedirectURL is where it sends people back to, public_url by default.
	IconURL     string `koanf:"icon_url"`
	RedirectURL string `koanf:"redirect_url"`
}

// phonePath is where phones come.
const phonePath = "/phone/sima"

// openPhone makes signatures by phone, where they are configured.
func (o *office) openPhone() error {
	c := o.cfg.Phone
	switch c.Provider {
	case "":
		return nil
	case "sima":
	default:
		return fmt.Errorf("configuration: phone.provider %q: sima, or nothing", c.Provider)
	}
	key, err := phone.ReadMasterKey(c.MasterKeyFile)
	if err != nil {
		return err
	}
	sima, err := phone.NewSIMA(phone.SIMAOptions{
		BaseURL: strings.TrimRight(o.cfg.PublicURL, "/") + phonePath, ClientID: c.ClientID, ClientName: c.ClientName, MasterKey: key,
		IconURL: c.IconURL, RedirectURL: cmp.Or(c.RedirectURL, o.cfg.PublicURL),
	})
	if err != nil {
		return err
	}
	if err := o.usePhone(sima); err != nil {
		return err
	}
	o.phones = sima.Handler(o.phone, phonePath, o.log)
	o.log.Info("phones are answered; no page begins a signature by phone, 'mohur admin phone' does", slog.String("provider", c.Provider))
	return nil
}

// usePhone makes the verbs over a service.
func (o *office) usePhone(p phone.Provider) (err error) {
	o.phone, err = phone.New(phone.Options{Store: o.store, Signings: o.signings, Provider: p, Now: o.now})
	return err
}

// phoneRoutes mounts what phones ask for.
func (o *office) phoneRoutes(mux *http.ServeMux) {
	if o.phones != nil {
		mux.Handle(phonePath+"/", o.phones)
	}
}

// removeLapsed removes operations of phones whose time is over.
func (o *office) removeLapsed(ctx context.Context) error {
	if o.phone == nil {
		return nil
	}
	_, err := o.phone.RemoveLapsed(ctx)
	return err
}
