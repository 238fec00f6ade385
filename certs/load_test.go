package certs

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func pemOf(list ...*issued) []byte {
	var out []byte
	for _, c := range list {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return out
}

// folder writes files and returns where they lie.
func folder(t *testing.T, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestACutOffBundleIsRefusedWithItsLine(t *testing.T) {
	a, b := issue(t, "a", nil), issue(t, "b", nil)
	two := append([]byte("the roots\n"), pemOf(a, b)...)
	second := 2 + bytes.Count(pemOf(a), []byte("\n"))
	start := bytes.LastIndex(two, []byte("-----BEGIN"))
	for name, c := range map[string]struct {
		bundle []byte
		line   int
	}{
		"amid the base64":        {two[:len(two)-60], second},
		"amid the END line":      {two[:len(two)-8], second},
		"after the BEGIN line":   {two[:start+28], second},
		"amid the BEGIN line":    {two[:start+18], second},
		"the first lost its end": {bytes.Replace(two, []byte("-----END CERTIFICATE-----\n"), nil, 1), 2},
		"no base64":              {slices.Concat(two[:start+40], []byte("!!!!"), two[start+44:]), second},
		"other bytes inside":     {pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("0123")}), 1},
		"half a certificate":     {pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Raw[:90]}), 1},
	} {
		t.Run(name, func(t *testing.T) {
			var cut *PEMError
			if _, err := ParseCertificates(c.bundle); !errors.As(err, &cut) || cut.Line != c.line {
				t.Errorf("%v, want line %d", err, c.line)
			}
			for _, path := range []string{filepath.Join(folder(t, map[string][]byte{"x.pem": c.bundle}), "x.pem"), folder(t, map[string][]byte{"x.pem": c.bundle, "good.pem": pemOf(a)})} {
				if s, err := LoadTrustStore(path); !errors.As(err, &cut) || s != nil {
					t.Errorf("%s is believed: %v", path, err)
				}
			}
		})
	}
	list, err := ParseCertificates(two)
	if err != nil || len(list) != 2 {
		t.Fatal(list, err)
	}
	windows, err := ParseCertificates(bytes.ReplaceAll(two, []byte("\n"), []byte("\r\n")))
	if err != nil || len(windows) != 2 {
		t.Fatal(windows, err)
	}
}

func TestAStoreThatTrustsNobodyIsRefused(t *testing.T) {
	a := issue(t, "a", nil)
	for name, dir := range map[string]string{
		"empty folder":        t.TempDir(),
		"no certificate":      folder(t, map[string][]byte{"readme.txt": []byte("x"), "key.pem": []byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")}),
		"damaged .crt":        folder(t, map[string][]byte{"good.pem": pemOf(a), "bad.crt": a.Raw[:100]}),
		"empty .cer":          folder(t, map[string][]byte{"good.pem": pemOf(a), "bad.cer": nil}),
		"a key named as .crt": folder(t, map[string][]byte{"good.pem": pemOf(a), "bad.crt": []byte("-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n")}),
	} {
		if s, err := LoadTrustStore(dir); err == nil {
			t.Errorf("%s: %d anchors and no error", name, s.Len())
		}
	}
	if s, err := LoadTrustStore(); err != nil || s.Len() != 0 { // nobody was asked to be trusted
		t.Error(s, err)
	}
	if list, err := LoadCertificates(t.TempDir()); err != nil || len(list) != 0 {
		t.Error(list, err)
	}
}

func TestAStoreSaysWhatItsOperatorShouldLookAt(t *testing.T) {
	root := issue(t, "root", nil)
	person := issue(t, "person", root, leaf)
	old := issue(t, "old", nil, func(c *x509.Certificate) { c.NotAfter = epoch().AddDate(0, -1, 0) })
	next := issue(t, "next", nil, func(c *x509.Certificate) { c.NotBefore = epoch().AddDate(0, 1, 0) })
	s, err := LoadTrustStore(folder(t, map[string][]byte{"a.pem": pemOf(root, person, root), "b.pem": pemOf(old, next, root)}))
	if err != nil || s.Len() != 4 {
		t.Fatal(s.Len(), err)
	}
	var got []string
	for _, w := range s.Warnings(epoch()) {
		got = append(got, w.Key+" "+w.Anchor.Certificate.Subject.CommonName())
		if text := w.String(); !strings.Contains(text, w.Anchor.Source) || !strings.Contains(text, w.Anchor.Certificate.Subject.CommonName()) {
			t.Errorf("%s: %q", w.Key, text)
		}
	}
	if want := []string{TrustNotCA + " person", TrustExpired + " old", TrustNotYetValid + " next", TrustDuplicate + " root"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestRemarksStayFew(t *testing.T) {
	many := map[string][]byte{}
	var all []*issued
	for i := range 12 {
		c := issue(t, fmt.Sprintf("root %d", i), nil)
		all = append(all, c)
		many[fmt.Sprintf("z%02d.pem", i)] = pemOf(c)
	}
	many["bundle.pem"] = pemOf(all...)
	s, err := LoadTrustStore(folder(t, many))
	if err != nil || s.Len() != 12 {
		t.Fatal(s.Len(), err)
	}
	if r := s.Remarks(epoch()); len(r) != 6 || r[5] != "and 7 more of the kind TRUST_DUPLICATE" {
		t.Errorf("%q", r)
	}
}

func TestANamedFileWithoutRevocationDataIsRefused(t *testing.T) {
	ca := issue(t, "ca", nil)
	list := crl(t, ca, epoch()).Raw()
	dir := folder(t, map[string][]byte{"cut.crl": list[:len(list)-3], "notes.txt": []byte("x"), "good.crl": list, "ca.cer": ca.Raw})
	for name, ok := range map[string]bool{"cut.crl": false, "notes.txt": false, "good.crl": true, "ca.cer": true, "": true, "missing": false} {
		if _, _, err := LoadRevocation(filepath.Join(dir, name)); (err == nil) != ok {
			t.Errorf("%q: %v", name, err)
		}
	}
	if m, _, err := LoadRevocation(filepath.Join(dir, "good.crl"), filepath.Join(dir, "good.crl")); err != nil || m.Len() != 1 {
		t.Error(m.Len(), err)
	}
}

func FuzzParseCertificates(f *testing.F) {
	a := issue(f, "a", nil)
	f.Add(pemOf(a, a))
	f.Add(pemOf(a)[:100])
	f.Add(a.Raw)
	f.Add([]byte("-----BEGIN -----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := ParseCertificates(b)
		if err != nil && list != nil {
			t.Fatal("certificates and an error")
		}
		var again []byte
		for _, c := range list {
			again = append(again, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
		}
		if same, err := ParseCertificates(again); err != nil || len(same) != len(list) {
			t.Fatalf("%d written, %d read again, %v", len(list), len(same), err)
		}
	})
}
