package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"mohur/certs"
	"mohur/docket"
	"mohur/internal/desk"
	"mohur/internal/paper"
	"mohur/internal/web"
	"mohur/pkcs11"
	"mohur/signing"
	"mohur/signing/pades"
)

// seal is one configured seal: a key on a token, its certificate, and what stands on the visible part.
type seal struct {
	name, unit string
	uri        pkcs11.URI
	pin        pkcs11.PINSource
	cert       []byte // DER; nil: the one beside the key on the token
	chain      [][]byte
	keyOnly    bool // no certificate: the audit key
}

// sealer makes the agency's seals: the desk's Sealer port. Tokens are opened at the first use, so that the service runs, and says so, while a
// token is away.
type sealer struct {
	seals   map[string]seal
	loader  *pkcs11.Loader
	journal pkcs11.AttemptJournal
	proofs  *proofs
	now     func() time.Time

	mu   sync.Mutex
	open map[string]*openSeal
}

// openSeal is a seal whose key was found.
type openSeal struct {
	seal
	module *pkcs11.Module
	token  *pkcs11.Token
	key    *pkcs11.Key
	cert   *certs.Certificate
}

// use returns a seal with its key, opening token and log-in when needed.
func (s *sealer) use(ctx context.Context, name string) (*openSeal, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o, ok := s.open[name]; ok {
		return o, nil
	}
	cfg, ok := s.seals[name]
	if !ok {
		return nil, docket.Refuse(docket.CodeUnavailable, docket.KeyNoSigningWay)
	}
	o, err := s.openSeal(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if s.open == nil {
		s.open = map[string]*openSeal{}
	}
	s.open[name] = o
	return o, nil
}

// openSeal finds module, token, key and certificate of a seal; whatever was opened on the way to a failure is closed.
func (s *sealer) openSeal(ctx context.Context, cfg seal) (_ *openSeal, err error) {
	o := &openSeal{seal: cfg}
	defer func() {
		if err != nil {
			o.close()
		}
	}()
	if o.module, err = s.loader.Open(pkcs11.Options{Path: cfg.uri.ModulePath, Now: s.now}); err != nil {
		return nil, err
	}
	if o.token, err = o.module.Token(ctx, cfg.uri, pkcs11.TokenOptions{PIN: cfg.pin, Journal: s.journal}); err != nil {
		return nil, err
	}
	if o.key, err = o.token.Key(ctx, cfg.uri); err != nil {
		return nil, err
	}
	if cfg.keyOnly {
		return o, nil
	}
	der := cfg.cert
	if der == nil {
		if der, err = o.token.Certificate(ctx, o.key); err != nil {
			return nil, err
		}
	}
	o.cert, err = certs.Parse(der)
	return o, err
}

// close gives back what was opened.
func (o *openSeal) close() {
	if o.token != nil {
		o.token.Close()
	}
	if o.module != nil {
		o.module.Close()
	}
}

// Close logs out of every token.
func (s *sealer) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.open {
		o.close()
	}
	s.open = nil
	return nil
}

// Profile describes a seal.
func (s *sealer) Profile(ctx context.Context, name string) (desk.SealProfile, error) {
	o, err := s.use(ctx, name)
	if err != nil {
		return desk.SealProfile{}, err
	}
	return desk.SealProfile{
		Name: name, Unit: o.unit, Holder: o.cert.Subject.CommonName(), Key: o.uri.Object,
		Certificate: fingerprint(sha256.Sum256(o.cert.Raw)), Level: s.levelName(),
	}, nil
}

// Seal writes the sealed file. The visible part goes into the sheet's own field, and says number, date and code.
func (s *sealer) Seal(ctx context.Context, in desk.SealInput, out docket.BlobWriter) error {
	o, err := s.use(ctx, in.Credential)
	if err != nil {
		return err
	}
	opts := pades.Options{
		Request: s.request(o), Field: paper.SealField, Page: in.Place.Page, Rect: [4]float64{in.Place.X1, in.Place.Y1, in.Place.X2, in.Place.Y2},
		Name: o.cert.Subject.CommonName(), Reason: in.Reason, Appearance: sealAppearance(o, in), InputSHA256: in.Document.Bytes(),
	}
	if err := byTerms(&opts, in.Terms); err != nil {
		return err
	}
	_, err = pades.Sign(ctx, in.File, in.Size, out, opts)
	return err
}

// request names key and certificate, and what the seal needs besides.
func (s *sealer) request(o *openSeal) signing.Request {
	return s.proofs.into(signing.Request{Signer: o.key, Certificate: o.cert.Raw, Chain: o.chain, Now: s.now})
}

// levelName is the configured level as reports spell it.
func (s *sealer) levelName() string {
	return "PAdES-BASELINE-" + strings.TrimPrefix(string(s.proofs.level), "B-")
}

// sealAppearance is the visible seal's text.
func sealAppearance(o *openSeal, in desk.SealInput) *pades.Appearance {
	a := &pades.Appearance{Title: o.unit, Lines: []string{o.cert.Subject.CommonName()}, Border: true}
	if t := in.Terms; t != nil {
		if !t.Appearance.Visible {
			return nil
		}
		a.Title, a.Lines = t.Unit, append(a.Lines, t.Appearance.Lines...)
	}
	if in.Number != "" {
		a.Lines = append(a.Lines, "№ "+in.Number)
	}
	if in.Date != "" {
		a.Lines = append(a.Lines, in.Date)
	}
	if in.ControlCode != "" {
		a.Lines = append(a.Lines, in.ControlCode)
	}
	return a
}

// sealFromConfig reads a configured seal; its files must be readable, its token need not be there yet.
func sealFromConfig(c sealConfig) (seal, error) {
	uri, err := pkcs11.ParseURI(c.Key)
	if err != nil {
		return seal{}, err
	}
	if uri.ModulePath == "" {
		return seal{}, errors.New("configuration: seal.key names no module-path")
	}
	s := seal{name: "default", unit: orElse(c.Unit, "Elektron sənəd dövriyyəsi"), uri: uri}
	if c.PINFile != "" {
		s.pin = pkcs11.FilePIN(c.PINFile)
	}
	if c.Certificate != "" {
		if s.cert, err = oneCertificate(c.Certificate); err != nil {
			return seal{}, err
		}
	}
	for _, path := range c.Chain {
		list, err := certs.LoadCertificates(path)
		if err != nil {
			return seal{}, err
		}
		for _, cert := range list {
			s.chain = append(s.chain, cert.Raw)
		}
	}
	return s, nil
}

// oneCertificate reads a file with one certificate.
func oneCertificate(path string) ([]byte, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	list, err := certs.ParseCertificates(b)
	if err != nil {
		return nil, err
	}
	if len(list) != 1 {
		return nil, fmt.Errorf("%s holds %d certificates, one is needed", path, len(list))
	}
	return list[0].Raw, nil
}

// health asks for the seal's token. A service without a seal only verifies, and is ready without a token.
func (s *sealer) health(ctx context.Context) []web.Check {
	if len(s.seals) == 0 {
		return nil
	}
	_, err := s.Profile(ctx, "default")
	return []web.Check{checked("token", err)}
}
