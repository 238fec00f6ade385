package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"github.com/go-viper/mapstructure/v2"
	"github.com/knadh/koanf/parsers/toml/v2"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"

	"mohur/signing"
)

// config is the service's configuration: a TOML file, and environment variables MOHUR_SECTION_KEY over it. A key that is not named here is
// refused. Every field has a default that is safe; what has none is said to be missing by name.
type config struct {
	// Listen is the address of the HTTP listener, "127.0.0.1:8080" by default: a proxy with TLS stands before it.
	Listen string `koanf:"listen"`
	// PublicURL is the address people see, without a path, for links in messages and for the QR code on letters.
	PublicURL string `koanf:"public_url"`
	// Proxies are addresses and networks of the proxies before the service, whose X-Forwarded-For says who the visitor is: limits count
	// visitors, not the proxy. Without it the connection's address counts.
	Proxies []string `koanf:"proxies"`
	// Database is "sqlite:PATH" (default "sqlite:DATA/mohur.db") or "postgres://...".
	Database string `koanf:"database"`
	// Data is the folder for blobs, spool and caches; required.
	Data string `koanf:"data"`
	// SecretFile holds at least 32 random bytes, mode 0600: what verdicts that wait in a visitor's page are authenticated with. Processes behind one
	// address share it; DATA/page.secret, made at the first start, by default.
	SecretFile string `koanf:"secret_file"`

	Blobs      blobsConfig     `koanf:"blobs"`
	Agency     agencyConfig    `koanf:"agency"`
	Trust      trustConfig     `koanf:"trust"`
	Seal       sealConfig      `koanf:"seal"`
	Timestamps timestampConfig `koanf:"timestamps"`
	Audit      auditConfig     `koanf:"audit"`
	Mail       mailConfig      `koanf:"mail"`
	SMS        smsConfig       `koanf:"sms"`
	Fetch      fetchConfig     `koanf:"fetch"`
	API        apiConfig       `koanf:"api"`
	Webhooks   webhookConfig   `koanf:"webhooks"`
	TLS        tlsConfig       `koanf:"tls"`
	// Credentials are what seals are made with, by name; [seal] is short for the one called "default".
	Credentials map[string]credentialConfig `koanf:"credentials"`
	Phone       phoneConfig                 `koanf:"phone"`
	OIDC        oidcConfig                  `koanf:"oidc"`
	// Clients are programs that are known, by name.
	Clients map[string]clientConfig `koanf:"clients"`
}

// agencyConfig names the agency on letters and pages.
type agencyConfig struct {
	// Name as it stands on letterheads; required for serve.
	Name string `koanf:"name"`
	// Address, Phone and Email stand below it.
	Address string `koanf:"address"`
	Phone   string `koanf:"phone"`
	Email   string `koanf:"email"`
	// Unit and Case begin the numbers of official letters (requirements S3-17): "9" and "14" make 9/14-05.
	Unit string `koanf:"unit"`
	Case string `koanf:"case"`
	// HeadSigns has opinions signed by the head himself before the seal is put on. Default: true.
	HeadSigns *bool `koanf:"head_signs"`
}

// trustConfig says whom verdicts trust.
type trustConfig struct {
	// Anchors are files or folders with certificates (PEM, DER, PKCS#7) of trusted roots; required.
	Anchors []string `koanf:"anchors"`
	// Policy is a shipped policy's name or a policy file; "basic" by default.
	Policy string `koanf:"policy"`
	// SealPolicies are certificate policy identifiers by which issuers say that a person may use the body's seal (möhür hüququ).
	SealPolicies []string `koanf:"seal_policies"`
	// IdentityRules is a file that says how issuers write FİN, VÖEN and the right to seal (docs/identity-rules.md); without one codes are read where
	// ETSI EN 319 412 and practice expect them.
	IdentityRules string `koanf:"identity_rules"`
	// Intermediates are files or folders with issuing certificates that signed documents may lack.
	Intermediates []string `koanf:"intermediates"`
}

// sealConfig names the agency's seal on its token.
type sealConfig struct {
	// Key is an RFC 7512 URI with token, serial or object, and module-path; required to seal.
	Key string `koanf:"key"`
	// PINFile holds the token's PIN, mode 0400 or 0600; PINCredential is the name of a systemd credential that holds it.
	PINFile       string `koanf:"pin_file"`
	PINCredential string `koanf:"pin_credential"`
	// Certificate and Chain are files; without Certificate the one beside the key on the token is used.
	Certificate string   `koanf:"certificate"`
	Chain       []string `koanf:"chain"`
	// Unit stands on the visible seal: "Elektron sənəd dövriyyəsi" by default.
	Unit string `koanf:"unit"`
	// TSA is the address of the RFC 3161 authority: the short form of timestamps.authorities with one.
	TSA string `koanf:"tsa"`
	// Level of the seals on letters: B-T, B-LT or B-LTA; B-T by default.
	Level string `koanf:"level"`
	// EvidenceAge is by how much the revocation data in seals of level B-LT and B-LTA may be older than their timestamp: "24h" by default, as
	// issuers that publish lists only publish one a day. Answers of responders come from the cache and are at most 3 hours old.
	EvidenceAge time.Duration `koanf:"evidence_age"`
}

// timestampConfig names the timestamp authorities.
type timestampConfig struct {
	// Authorities are addresses of RFC 3161 authorities, asked in this order until one gives a token that passes: one that is dead, slow or lies
	// is passed over and left alone for a while.
	Authorities []string `koanf:"authorities"`
	// Timeout of one question to one of them, "5s" by default.
	Timeout time.Duration `koanf:"timeout"`
}

// auditConfig says where checkpoints go.
type auditConfig struct {
	// Key is the RFC 7512 URI of the key that signs checkpoints, on the seal's token or another; without one there are no checkpoints.
	// Its PIN comes from PINFile or the systemd credential PINCredential, or from where the seal's comes from.
	Key           string `koanf:"key"`
	PINFile       string `koanf:"pin_file"`
	PINCredential string `koanf:"pin_credential"`
	// Checkpoints is a folder, best on another host, in which signed checkpoints are left; "DATA/checkpoints" by default.
	Checkpoints string `koanf:"checkpoints"`
}

// mailConfig says how e-mail leaves. Without Host messages are left as files in DATA/spool.
type mailConfig struct {
	Host     string `koanf:"host"`
	Port     int    `koanf:"port"`
	From     string `koanf:"from"`
	User     string `koanf:"user"`
	Password string `koanf:"password"`
}

// smsConfig says where SMS go: a file, one JSON line each, until a provider is connected. "DATA/spool/sms.jsonl" by default.
// With a URL they go to a provider's HTTP interface instead: {to}, {text}, {id} and {token} in URL, Headers and Body stand for what is sent.
type smsConfig struct {
	File string `koanf:"file"`
	URL  string `koanf:"url"`
	// Method is "POST" by default.
	Method string `koanf:"method"`
	// Headers are lines "Name: value".
	Headers []string `koanf:"headers"`
	// ContentType of Body, "application/json" by default; it says how values are escaped.
	ContentType string `koanf:"content_type"`
	Body        string `koanf:"body"`
	// Success is a regular expression that the body of a 2xx answer must match; any does without one.
	Success string `koanf:"success"`
	// TokenFile holds the provider's secret, which {token} stands for.
	TokenFile string `koanf:"token_file"`
}

// fetchConfig bounds the one guarded HTTP client.
type fetchConfig struct {
	// Map sends the named URL prefixes to a fixed address, the only way to a private one: "http://pki.mohur.test/=127.0.0.1:8421".
	Map []string `koanf:"map"`
	// Timeout of one request, "10s" by default.
	Timeout time.Duration `koanf:"timeout"`
}

// apiConfig is about programs that ask over HTTP.
type apiConfig struct {
	// Clients are programs that are known, "NAME=SHA256" or "NAME@TENANT=SHA256": the SHA-256 of a token of at least 128 random bits in
	// hexadecimal. Programs of one tenant (NAME alone is one of its own) read each other's verdicts and batches.
	Clients []string `koanf:"clients"`
	// Memory is what verifications at work may take together, in megabytes; 512 by default. More wait a little and are then told to come again.
	Memory int `koanf:"memory"`
	// PerSecond is how many requests one client or address may make in a second, five times as many at once; 20 by default.
	PerSecond int `koanf:"per_second"`
}

// webhookConfig is about telling programs of events.
type webhookConfig struct {
	// SecretFile holds at least 32 random bytes, mode 0600: what the webhooks' secrets are derived from. Processes over one database share it, and
	// every back-up has to hold it; DATA/webhook.secret, made at the first start, by default.
	SecretFile string `koanf:"secret_file"`
	// Plain lets webhooks have http addresses too, for a receiver in the agency's own network that fetch.map names.
	Plain bool `koanf:"plain"`
}

// configKeys lists every key that a configuration may hold.
var configKeys = []string{
	"listen", "public_url", "proxies", "database", "data", "secret_file", "blobs.url", "blobs.access_key", "blobs.secret_key_file",
	"oidc.issuer", "oidc.client_id", "oidc.secret_file", "oidc.scopes", "oidc.fin_claim", "oidc.label_az", "oidc.label_en", "oidc.label_ru",
	"phone.provider", "phone.client_id", "phone.client_name", "phone.master_key_file", "phone.icon_url", "phone.redirect_url",
	"agency.name", "agency.address", "agency.phone", "agency.email", "agency.unit", "agency.case",
	"trust.anchors", "trust.policy", "trust.seal_policies", "trust.intermediates", "trust.identity_rules",
	"seal.key", "seal.pin_file", "seal.pin_credential", "seal.certificate", "seal.chain", "seal.unit", "seal.tsa", "seal.level", "seal.evidence_age",
	"timestamps.authorities", "timestamps.timeout",
	"audit.key", "audit.pin_file", "audit.pin_credential", "audit.checkpoints", "mail.host", "mail.port", "mail.from", "mail.user", "mail.password", "sms.file", "sms.url", "sms.method", "sms.headers", "sms.content_type", "sms.body", "sms.success", "sms.token_file", "fetch.map", "fetch.timeout",
	"api.clients", "api.memory", "api.per_second", "webhooks.secret_file", "webhooks.plain", "tls.listen", "tls.certificate", "tls.key", "tls.client_ca", "tls.public_url",
}

// loadConfig reads the file (none when empty), lays the environment over it, refuses unknown keys and fills in defaults.
func loadConfig(path string, environ []string) (*config, error) {
	k := koanf.New(".")
	if path != "" {
		if err := k.Load(file.Provider(path), toml.Parser()); err != nil {
			return nil, fmt.Errorf("configuration %s: %w", path, err)
		}
	}
	over := env.Provider(".", env.Opt{
		Prefix:        "MOHUR_",
		EnvironFunc:   func() []string { return environ },
		TransformFunc: environmentKey,
	})
	if err := sameTypes(k, path); err != nil {
		return nil, err
	}
	if err := k.Load(over, nil); err != nil {
		return nil, fmt.Errorf("configuration from the environment: %w", err)
	}
	if err := refuseUnknown(k.Keys()); err != nil {
		return nil, err
	}
	var c config
	if err := k.Unmarshal("", &c); err != nil {
		return nil, oneLine("configuration", err)
	}
	return &c, c.complete()
}

// sameTypes refuses values of another type than their key's, which the later reading would bend to fit for the environment's sake.
func sameTypes(k *koanf.Koanf, path string) error {
	if err := refuseUnknown(k.Keys()); err != nil {
		return err
	}
	var strict config
	err := k.UnmarshalWithConf("", &strict, koanf.UnmarshalConf{DecoderConfig: &mapstructure.DecoderConfig{
		DecodeHook: mapstructure.StringToTimeDurationHookFunc(), Result: &strict, ErrorUnused: true, // of tables in lists: the rest was looked at
	}})
	if err != nil {
		return oneLine("configuration "+path, err)
	}
	return nil
}

// oneLine makes a decoder's list of complaints one sentence: its first.
func oneLine(what string, err error) error {
	for line := range strings.Lines(err.Error()) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "'") || strings.HasPrefix(line, "* '") {
			return fmt.Errorf("%s: %s", what, strings.TrimPrefix(line, "* "))
		}
	}
	return fmt.Errorf("%s: %w", what, err)
}

// environmentKey turns MOHUR_SEAL_PIN_FILE into seal.pin_file; variables of other use (MOHUR_CONFORMANCE) are left out.
func environmentKey(k, v string) (string, any) {
	want := strings.ToLower(strings.TrimPrefix(k, "MOHUR_"))
	for _, key := range configKeys {
		if strings.ReplaceAll(key, ".", "_") != want {
			continue
		}
		switch key {
		case "trust.anchors", "trust.intermediates", "seal.chain":
			return key, filepath.SplitList(v)
		case "proxies", "trust.seal_policies", "fetch.map", "api.clients", "timestamps.authorities", "oidc.scopes": // URLs have colons
			return key, commaList(v)
		}
		return key, v
	}
	return "", nil
}

// commaList splits a list of values that may hold colons; white space around a value doesn't count, an empty value is none.
func commaList(v string) []string {
	return nonEmpty(strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' || r == '\n' })...)
}

// refuseUnknown names the first key that no field reads.
func refuseUnknown(keys []string) error {
	known := map[string]bool{}
	for _, k := range configKeys {
		known[k] = true
	}
	sort.Strings(keys)
	for _, k := range keys {
		if !known[k] && !clientKey().MatchString(k) && !knownCredentialKey(k) {
			return fmt.Errorf("configuration: there is no key %q", k)
		}
	}
	return nil
}

// complete fills in defaults and names what is missing.
func (c *config) complete() error {
	if c.Data == "" {
		return errors.New(`configuration: "data", the folder for files and caches, is missing`)
	}
	if len(c.Trust.Anchors) == 0 {
		return errors.New(`configuration: "trust.anchors", the certificates of trusted roots, is missing`)
	}
	c.Listen = cmp.Or(c.Listen, "127.0.0.1:8080")
	c.PublicURL = strings.TrimSuffix(cmp.Or(c.PublicURL, "http://"+c.Listen), "/")
	c.Database = cmp.Or(c.Database, "sqlite:"+filepath.Join(c.Data, "mohur.db"))
	c.Trust.Policy = cmp.Or(c.Trust.Policy, "basic")
	c.Agency.Unit = cmp.Or(c.Agency.Unit, "9")
	c.Agency.Case = cmp.Or(c.Agency.Case, "14")
	c.Audit.Checkpoints = cmp.Or(c.Audit.Checkpoints, filepath.Join(c.Data, "checkpoints"))
	c.SMS.File = cmp.Or(c.SMS.File, filepath.Join(c.Data, "spool", "sms.jsonl"))
	if c.API.Memory <= 0 {
		c.API.Memory = 512
	}
	if c.API.PerSecond <= 0 {
		c.API.PerSecond = 20
	}
	c.Seal.Level = strings.ToUpper(cmp.Or(c.Seal.Level, string(signing.BaselineT)))
	if c.Seal.EvidenceAge == 0 {
		c.Seal.EvidenceAge = 24 * time.Hour
	}
	if c.Timestamps.Timeout <= 0 {
		c.Timestamps.Timeout = 5 * time.Second
	}
	if c.Fetch.Timeout <= 0 {
		c.Fetch.Timeout = 10 * time.Second
	}
	if err := c.check(); err != nil {
		return err
	}
	return os.MkdirAll(c.tempDir(), 0o750)
}

// tempDir is where uploads lie while they are on their way.
func (c *config) tempDir() string { return filepath.Join(c.Data, "tmp") }

// revocationDir is where revocation data that was fetched is kept, for this process and others over the same data.
func (c *config) revocationDir() string { return filepath.Join(c.Data, "revocation") }
