package pkcs11

import (
	"encoding/hex"
	"fmt"
	"net/url"
	"sort"
	"strings"
)

// maxURI bounds a PKCS#11 URI.
const maxURI = 4096

// URI names a token, an object on it, or a module (RFC 7512). Empty fields match anything.
type URI struct {
	Token        string // CK_TOKEN_INFO label
	Manufacturer string
	Serial       string
	Model        string
	Object       string // CKA_LABEL
	ID           []byte // CKA_ID
	Type         string // "private", "public", "cert" or empty

	ModulePath string // query: module-path
	ModuleInit string // query: x-module-init, ours: what the library is told by C_Initialize (Options.Init)
	ModuleName string // query: module-name
	PINSource  string // query: pin-source, a path or a file: URI

	Query map[string]string // query attributes nobody here knows, kept as they came (RFC 7512, 2.4: to be ignored)
}

// ParseURI reads a PKCS#11 URI. Path attributes that are not known are refused, since leaving one out could pick another key; so are
// slot attributes, because slot numbers change, and pin-value, because a PIN in a URI ends up in logs and process lists. Unknown query
// attributes are kept and ignored.
func ParseURI(s string) (URI, error) {
	var u URI
	if len(s) > maxURI {
		return u, fail(ErrURI, "a text of that length", fmt.Sprintf("at most %d bytes", maxURI), nil)
	}
	rest, ok := strings.CutPrefix(s, "pkcs11:")
	if !ok {
		return u, fail(ErrURI, quote(s), "it does not begin with pkcs11:", nil)
	}
	path, query, _ := strings.Cut(rest, "?")
	if err := eachAttribute(path, ";", u.setPath); err != nil {
		return URI{}, fail(ErrURI, "the text after pkcs11:", "", err)
	}
	if err := eachAttribute(query, "&", u.setQuery); err != nil {
		return URI{}, fail(ErrURI, "the text after pkcs11:", "", err)
	}
	return u, nil
}

// quote shows a text that may be long or strange.
func quote(s string) string {
	if len(s) > 60 {
		s = s[:60] + "..."
	}
	return fmt.Sprintf("%q", s)
}

// eachAttribute splits name=value pairs, decodes the values and refuses repetitions (RFC 7512, 2.3).
func eachAttribute(s, separator string, set func(name, value string) error) error {
	if s == "" {
		return nil
	}
	seen := map[string]bool{}
	for _, pair := range strings.Split(s, separator) {
		name, raw, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			return fmt.Errorf("attribute %s has no value", quote(pair))
		}
		if seen[name] {
			return fmt.Errorf("attribute %s stands twice", quote(name))
		}
		seen[name] = true
		value, err := url.PathUnescape(raw)
		if err != nil {
			return fmt.Errorf("attribute %s is badly percent-encoded", quote(name))
		}
		if err := set(name, value); err != nil {
			return err
		}
	}
	return nil
}

func (u *URI) setPath(name, value string) error {
	switch name {
	case "token":
		u.Token = value
	case "manufacturer":
		u.Manufacturer = value
	case "serial":
		u.Serial = value
	case "model":
		u.Model = value
	case "object":
		u.Object = value
	case "id":
		u.ID = []byte(value)
	case "type":
		if value != "private" && value != "public" && value != "cert" {
			return fmt.Errorf("type %s: private, public or cert", quote(value))
		}
		u.Type = value
	case "slot-id", "slot-description", "slot-manufacturer":
		return fmt.Errorf("attribute %s: slots change their numbers, name the token by label and serial", name)
	default:
		return fmt.Errorf("attribute %s is unknown", quote(name))
	}
	return nil
}

func (u *URI) setQuery(name, value string) error {
	switch name {
	case "module-path":
		u.ModulePath = value
	case "x-module-init":
		u.ModuleInit = value
	case "module-name":
		u.ModuleName = value
	case "pin-source":
		u.PINSource = value
	case "pin-value":
		return fmt.Errorf("attribute pin-value: a PIN does not belong into a URI, use pin-source")
	default:
		if u.Query == nil {
			u.Query = map[string]string{}
		}
		u.Query[name] = value
	}
	return nil
}

// String writes the URI in canonical order; ParseURI reads it back to the same value.
func (u URI) String() string {
	var path, query []string
	add := func(list *[]string, name, value string) {
		if value != "" {
			*list = append(*list, name+"="+escape(value))
		}
	}
	add(&path, "token", u.Token)
	add(&path, "manufacturer", u.Manufacturer)
	add(&path, "serial", u.Serial)
	add(&path, "model", u.Model)
	add(&path, "object", u.Object)
	if len(u.ID) > 0 {
		path = append(path, "id="+escapeAll(u.ID))
	}
	add(&path, "type", u.Type)
	add(&query, "module-path", u.ModulePath)
	add(&query, "x-module-init", u.ModuleInit)
	add(&query, "module-name", u.ModuleName)
	add(&query, "pin-source", u.PINSource)
	names := make([]string, 0, len(u.Query))
	for n := range u.Query {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		query = append(query, n+"="+escape(u.Query[n]))
	}
	out := "pkcs11:" + strings.Join(path, ";")
	if len(query) > 0 {
		out += "?" + strings.Join(query, "&")
	}
	return out
}

// escape percent-encodes everything but the characters that both components allow (RFC 7512, 2.3: pk11-pchar without separators).
func escape(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~/:", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// escapeAll encodes every byte, as RFC 7512, 2.3 recommends for id.
func escapeAll(id []byte) string {
	var b strings.Builder
	for _, c := range id {
		b.WriteString("%" + strings.ToUpper(hex.EncodeToString([]byte{c})))
	}
	return b.String()
}

// tokenPart names the token alone.
func (u URI) tokenPart() URI {
	return URI{Token: u.Token, Manufacturer: u.Manufacturer, Serial: u.Serial, Model: u.Model}
}

// objectPart names the object alone.
func (u URI) objectPart() URI { return URI{Object: u.Object, ID: u.ID, Type: u.Type} }

// matches says whether a token is one that the URI means.
func (u URI) matches(t TokenInfo) bool {
	same := func(want, have string) bool { return want == "" || want == have }
	return same(u.Token, t.Label) && same(u.Manufacturer, t.Manufacturer) && same(u.Serial, t.Serial) && same(u.Model, t.Model)
}
