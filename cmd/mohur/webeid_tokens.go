package main

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"mohur/certs"
	"mohur/internal/algo"
	"mohur/pkcs11"
)

// purposeClientAuth is id-kp-clientAuth (RFC 5280, 4.2.1.12).
const purposeClientAuth = "1.3.6.1.5.5.7.3.2"

// tokenCertificate is a person's certificate on a token that is plugged in.
type tokenCertificate struct {
	module string
	token  pkcs11.TokenInfo
	id     []byte // CKA_ID, by which most tokens pair certificate and key
	label  string // CKA_LABEL
	cert   *certs.Certificate
}

// purpose is what a key may be used for.
type purpose int

const (
	forSigning purpose = iota
	forLogin
)

// serves says whether a certificate's key may be used for a purpose. A signing certificate has nonRepudiation, or digitalSignature with purposes
// that are not log-in; a log-in certificate has digitalSignature without nonRepudiation and may authenticate clients (ETSI EN 319 412-2, 4.3.2
// keeps the two apart, types A and C). A key that logs in never signs a hash of the page's, which could be a log-in elsewhere, unless the user's
// file says that there is one certificate for both.
func serves(c *certs.Certificate, p purpose, one bool) bool {
	if c.BasicConstraints != nil && c.BasicConstraints.IsCA || c.PublicKey == nil {
		return false
	}
	signs, repudiates := true, true // no key usage allows everything
	if c.KeyUsage != nil {
		signs, repudiates = c.KeyUsage.Has(certs.DigitalSignature), c.KeyUsage.Has(certs.NonRepudiation)
	}
	client := c.ExtendedKeyUsage == nil || c.ExtendedKeyUsage.Has(purposeClientAuth) || c.ExtendedKeyUsage.Has(certs.PurposeAny)
	if p == forLogin {
		return signs && client && (!repudiates || one)
	}
	return repudiates || signs && (!client || one)
}

// tokenSearch looks through modules for certificates.
type tokenSearch struct {
	loader  *pkcs11.Loader
	modules []string // instead of the known ones
	log     io.Writer
	now     time.Time
}

// paths are the modules to look in.
func (s *tokenSearch) paths() ([]string, error) {
	if len(s.modules) > 0 {
		return s.modules, nil
	}
	return modulePaths(pkcs11.URI{})
}

// certificates lists the persons' certificates on all tokens, each once, without logging in. A module that fails is told to the log: others may
// hold the token. The error says that there is no module at all that works.
func (s *tokenSearch) certificates(ctx context.Context) ([]tokenCertificate, error) {
	paths, err := s.paths()
	if err != nil {
		return nil, err
	}
	var out []tokenCertificate
	var last error
	worked := false
	for _, path := range paths {
		list, err := s.inModule(ctx, path)
		if err != nil {
			last = err
			fmt.Fprintf(s.log, "mohur webeid-host: %s: %v\n", path, err)
			continue
		}
		worked = true
		for _, c := range list {
			if !contains(out, c) {
				out = append(out, c)
			}
		}
	}
	if !worked {
		return nil, last
	}
	return out, nil
}

// contains says whether a certificate is in a list: a token can be behind several modules.
func contains(list []tokenCertificate, c tokenCertificate) bool {
	for _, x := range list {
		if x.cert.Equal(c.cert) {
			return true
		}
	}
	return false
}

func (s *tokenSearch) inModule(ctx context.Context, path string) ([]tokenCertificate, error) {
	m, err := s.loader.Open(pkcs11.Options{Path: path, Now: clock})
	if err != nil {
		return nil, err
	}
	defer m.Close()
	tokens, err := m.Tokens(ctx)
	if err != nil {
		return nil, err
	}
	var out []tokenCertificate
	for _, info := range tokens {
		list, err := s.onToken(ctx, m, path, info)
		if err != nil {
			fmt.Fprintf(s.log, "mohur webeid-host: token %q behind %s: %v\n", info.Label, path, err)
			continue
		}
		out = append(out, list...)
	}
	return out, nil
}

func (s *tokenSearch) onToken(ctx context.Context, m *pkcs11.Module, path string, info pkcs11.TokenInfo) ([]tokenCertificate, error) {
	t, err := m.Token(ctx, info.URI(), pkcs11.TokenOptions{})
	if err != nil {
		return nil, err
	}
	defer t.Close()
	objects, err := t.Objects(ctx, false)
	if err != nil {
		return nil, err
	}
	var out []tokenCertificate
	for _, o := range objects {
		c, err := certs.Parse(o.Certificate)
		if o.Class != "cert" || err != nil {
			continue // empty certificate objects are common
		}
		out = append(out, tokenCertificate{module: path, token: info, id: o.ID, label: o.Label, cert: c})
	}
	return out, nil
}

// inForce says whether a certificate's time has come and not passed.
func (c tokenCertificate) inForce(t time.Time) bool {
	return !t.Before(c.cert.NotBefore) && !t.After(c.cert.NotAfter)
}

// holder is the certificate's subject for a window: the name without what would change how a window reads.
func (c tokenCertificate) holder() string { return oneLineText(c.cert.Subject.Display(), 100) }

// oneLineText cuts a foreign text and takes out what could draw something else than letters: line ends, controls, marks that turn the direction of
// writing or show nothing.
func oneLineText(s string, limit int) string {
	var b strings.Builder
	n := 0
	for _, r := range s {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x200b && r <= 0x200f || r >= 0x2028 && r <= 0x202e || r >= 0x2060 && r <= 0x206f || r == 0xfeff || r == 0xad {
			r = ' '
		}
		if n++; n > limit {
			b.WriteString("…")
			break
		}
		b.WriteRune(r)
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// signOnToken makes one signature over a digest with the key of a certificate. The PIN source is asked at the log-in, and again by tokens that
// want a PIN for each signature. confirmed asks for a yes when the token wanted no PIN.
func signOnToken(ctx context.Context, loader *pkcs11.Loader, c tokenCertificate, o pkcs11.TokenOptions, confirmed func(context.Context) error, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	m, err := loader.Open(pkcs11.Options{Path: c.module, Now: clock})
	if err != nil {
		return nil, err
	}
	defer m.Close()
	t, err := m.Token(ctx, c.token.URI(), o)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	u, err := keyOfCertificate(ctx, t, c)
	if err != nil {
		return nil, err
	}
	k, err := t.KeyOf(ctx, u, bareKey(c.cert.PublicKey))
	if err != nil {
		return nil, err
	}
	if err := confirmed(ctx); err != nil {
		return nil, err
	}
	return k.SignContext(ctx, nil, digest, opts)
}

// bareKey is the key as a token knows it, which has never heard of restrictions to PSS.
func bareKey(pub crypto.PublicKey) crypto.PublicKey {
	if pss, ok := pub.(*algo.PSSPublicKey); ok {
		return pss.PublicKey
	}
	return pub
}

// keyOfCertificate logs in and finds the private key of a certificate: by its public key, or where the token tells none by the id that both share.
func keyOfCertificate(ctx context.Context, t *pkcs11.Token, c tokenCertificate) (pkcs11.URI, error) {
	objects, err := t.Objects(ctx, true)
	if err != nil {
		return pkcs11.URI{}, err
	}
	var byID *pkcs11.Object
	for i, o := range objects {
		if o.Class != "private" {
			continue
		}
		if k, ok := o.Public.(interface{ Equal(crypto.PublicKey) bool }); ok {
			if k.Equal(bareKey(c.cert.PublicKey)) {
				return pkcs11.URI{ID: o.ID, Object: o.Label}, nil
			}
			continue
		}
		if len(c.id) > 0 && string(o.ID) == string(c.id) {
			byID = &objects[i]
		}
	}
	if byID != nil {
		return pkcs11.URI{ID: byID.ID, Object: byID.Label}, nil
	}
	return pkcs11.URI{}, errNoKeyForCertificate
}

// errNoKeyForCertificate says that a token holds a certificate without its key.
var errNoKeyForCertificate = errors.New("the token holds the certificate, but not its key")
