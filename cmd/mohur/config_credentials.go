package main

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"mohur/pkcs11"
)

// credentialConfig is [credentials.NAME]: keys that may stand for each other.
type credentialConfig struct {
	// Members are tables, in the order in which they are chosen.
	Members []memberConfig `koanf:"members"`
	// PerDay is how many signatures a day (in Baku) the credential may make; 0, the default, is any number.
	PerDay int `koanf:"per_day"`
	// WarnDays are the days before a certificate's end on which administrators are told; 30, 10, 3 and 1 by default.
	WarnDays []int `koanf:"warn_days"`
	// NoTestSignatures looks at health without test signatures, for keys whose every use is counted or paid.
	NoTestSignatures bool `koanf:"no_test_signatures"`
	// LeastLoaded chooses the healthy member with the least work instead of the first.
	LeastLoaded bool `koanf:"least_loaded"`
}

// memberConfig is one key with its certificate.
type memberConfig struct {
	// Name is how administrators call it; its place, from 1, by default.
	Name string `koanf:"name"`
	// Key is an RFC 7512 URI with token, serial or object, and module-path; required.
	Key string `koanf:"key"`
	// PINFile holds the token's PIN, mode 0400 or 0600; PINCredential is the name of a systemd credential that holds it. One of the two is required.
	PINFile       string `koanf:"pin_file"`
	PINCredential string `koanf:"pin_credential"`
	// Certificate and Chain are files; without Certificate the one beside the key on the token is used.
	Certificate string   `koanf:"certificate"`
	Chain       []string `koanf:"chain"`
	// AlwaysAuthenticate lets a key sign that wants its PIN for each signature: the PIN file is then read for each.
	AlwaysAuthenticate bool `koanf:"always_authenticate"`
	// Sessions is how many signatures the token makes at a time, 4 by default; SignTimeout how long one may take, "10s" by default.
	Sessions    int           `koanf:"sessions"`
	SignTimeout time.Duration `koanf:"sign_timeout"`
}

// defaultCredential is the one that [seal] is short for, and that letters are sealed with where no seal profile says otherwise.
const defaultCredential = "default"

// credentialName is what a credential, or a member, may be called: it stands in logs, metrics and on command lines.
const credentialName = `^[a-z0-9][a-z0-9_-]{0,39}$`

// knownCredentialKey says whether a key stands for a field of a credential: credentials.NAME.FIELD.
func knownCredentialKey(key string) bool {
	parts := strings.Split(key, ".")
	return len(parts) == 3 && parts[0] == "credentials" && slices.Contains([]string{"members", "per_day", "warn_days", "least_loaded", "no_test_signatures"}, parts[2])
}

// namedCredential is a credential with its name.
type namedCredential struct {
	credentialConfig
	name string
}

// credentials lists what is configured, [seal] included, by name.
func (c *config) credentials() []namedCredential {
	all := maps.Clone(c.Credentials)
	if c.Seal.Key != "" {
		if all == nil {
			all = map[string]credentialConfig{}
		}
		s := c.Seal
		all[defaultCredential] = credentialConfig{Members: []memberConfig{{Key: s.Key, PINFile: s.PINFile, PINCredential: s.PINCredential, Certificate: s.Certificate, Chain: s.Chain}}}
	}
	var out []namedCredential
	for _, name := range slices.Sorted(maps.Keys(all)) {
		out = append(out, namedCredential{all[name], name})
	}
	return out
}

// checkCredentials refuses what could not seal: each in one sentence that names its key.
func (c *config) checkCredentials() error {
	if _, both := c.Credentials[defaultCredential]; both && c.Seal.Key != "" {
		return errors.New(`configuration: "seal.key" and "credentials.default" say the same thing: [seal] is short for the credential "default", leave one out`)
	}
	if why := onePINSource(c.Seal.PINFile, c.Seal.PINCredential); c.Seal.Key != "" && why != "" {
		return errors.New("configuration: seal: " + why)
	}
	if c.Audit.PINFile != "" && c.Audit.PINCredential != "" {
		return errors.New("configuration: audit: " + onePINSource(c.Audit.PINFile, c.Audit.PINCredential))
	}
	name := regexp.MustCompile(credentialName)
	for _, cr := range c.credentials() {
		if !name.MatchString(cr.name) {
			return fmt.Errorf(`configuration: a credential can't be called %q; small letters, digits, "-" and "_" can be used`, cr.name)
		}
		if err := cr.check("credentials."+cr.name, name); err != nil {
			return err
		}
	}
	return nil
}

// check refuses a credential's mistakes.
func (c namedCredential) check(key string, name *regexp.Regexp) error {
	if len(c.Members) == 0 {
		return fmt.Errorf(`configuration: %q has no members: [[%s.members]] names a key`, key, key)
	}
	if c.PerDay < 0 {
		return fmt.Errorf(`configuration: "%s.per_day" is %d; 0 is any number`, key, c.PerDay)
	}
	for _, d := range c.WarnDays {
		if d < 1 || d > 366 {
			return fmt.Errorf(`configuration: "%s.warn_days" holds %d; 1 to 366 days before the end can be told`, key, d)
		}
	}
	seen := map[string]bool{}
	for i, m := range c.Members {
		m.Name = cmp.Or(m.Name, fmt.Sprint(i+1))
		at := fmt.Sprintf("%s.members, %s", key, m.Name)
		uri, err := pkcs11.ParseURI(m.Key)
		switch {
		case seen[m.Name]:
			return fmt.Errorf(`configuration: %s: two members are called so`, at)
		case !name.MatchString(m.Name):
			return fmt.Errorf(`configuration: %s: a member can't be called so; small letters, digits, "-" and "_" can be used`, at)
		case m.Key == "":
			return fmt.Errorf(`configuration: %s: "key", the RFC 7512 URI of the private key, is missing`, at)
		case err != nil:
			return fmt.Errorf("configuration: %s: %w", at, err)
		case uri.ModulePath == "":
			return fmt.Errorf(`configuration: %s: "key" names no module-path`, at)
		case onePINSource(m.PINFile, m.PINCredential) != "":
			return fmt.Errorf("configuration: %s: %s", at, onePINSource(m.PINFile, m.PINCredential))
		case m.Sessions < 0 || m.SignTimeout < 0:
			return fmt.Errorf(`configuration: %s: "sessions" and "sign_timeout" can't be negative`, at)
		}
		seen[m.Name] = true
	}
	return nil
}
