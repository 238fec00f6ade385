package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"mohur/certs"
	"mohur/docket"
	"mohur/internal/credential"
	"mohur/internal/desk"
	"mohur/pkcs11"
	"mohur/verify/etsi"
)

// openCredentials reads the configured credentials: their files must be readable, their tokens need not be there yet.
func (o *office) openCredentials(p officeParts, journal pkcs11.AttemptJournal) error {
	options := credential.Options{
		Now: o.now, Log: o.log, Judge: o.judge.sealCertificate,
		Drained: func(ctx context.Context) ([]credential.Drained, error) { return drainedMembers(ctx, o.store) },
	}
	for _, c := range o.cfg.credentials() {
		one := credential.Config{Name: c.name, PerDay: c.PerDay, WarnDays: c.WarnDays, LeastLoaded: c.LeastLoaded, NoTestSignatures: c.NoTestSignatures}
		for i, mc := range c.Members {
			m, err := o.member(mc, p, journal)
			if err != nil {
				return fmt.Errorf("configuration: credentials.%s.members, %s: %w", c.name, cmp.Or(mc.Name, fmt.Sprint(i+1)), err)
			}
			one.Members = append(one.Members, m)
		}
		options.Credentials = append(options.Credentials, one)
	}
	set, err := credential.New(options)
	if err != nil {
		return err
	}
	o.sealer = &sealer{credentials: set, unit: cmp.Or(o.cfg.Seal.Unit, "Elektron sənəd dövriyyəsi"), proofs: o.proofs, images: o.sealImage, now: o.now}
	return nil
}

// member reads one member's files.
func (o *office) member(c memberConfig, p officeParts, journal pkcs11.AttemptJournal) (m credential.MemberConfig, err error) {
	token := credential.Token{Loader: p.loader, Journal: journal, PIN: pinSource(c.PINFile, c.PINCredential), Sessions: c.Sessions, SignTimeout: c.SignTimeout, Now: o.now}
	if p.pin != nil {
		token.PIN = p.pin
	}
	if token.URI, err = pkcs11.ParseURI(c.Key); err != nil {
		return m, err
	}
	m = credential.MemberConfig{Name: c.Name, AlwaysAuthenticate: c.AlwaysAuthenticate}
	if c.Certificate != "" {
		if m.Certificate, err = oneCertificate(c.Certificate); err != nil {
			return m, err
		}
		cert, err := certs.Parse(m.Certificate)
		if err != nil {
			return m, err
		}
		token.Public = cert.PublicKey
	}
	for _, path := range c.Chain {
		list, err := certs.LoadCertificates(path)
		if err != nil {
			return m, err
		}
		for _, cert := range list {
			m.Chain = append(m.Chain, cert.Raw)
		}
	}
	m.Open = token.Open
	return m, nil
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

// drainedMembers reads who was taken out of use for every process.
func drainedMembers(ctx context.Context, store docket.Store) (out []credential.Drained, err error) {
	err = store.Read(ctx, func(w docket.Work) error {
		list, err := w.CredentialDrains(ctx)
		for _, d := range list {
			out = append(out, credential.Drained{Credential: d.Credential, Member: d.Member})
		}
		return err
	})
	return out, err
}

// sealCertificate judges a certificate that is to seal with the service's own trust and revocation data. Evidence past its next update does not
// count: what is sealed now has to be believed now. Issuers that are neither configured nor at hand are fetched from where it names them.
func (j *judge) sealCertificate(ctx context.Context, leaf *certs.Certificate, chain []*certs.Certificate, at time.Time) *certs.Result {
	t := j.trust.now()
	request := certs.Request{
		Leaf: leaf, Candidates: append(slices.Clone(chain), t.candidates...), Trust: t.anchors, Time: at, Revocation: j.revocation,
		Policy: certs.PathPolicy{Freshness: certs.FreshnessRule{Enforce: true, AllowNoNextUpdate: true}},
	}
	r := certs.Validate(ctx, request)
	if r.SubIndication != etsi.NoCertificateChainFound || j.issuers == nil || j.issuers.fetch == nil {
		return r
	}
	found, err := certs.FetchIssuers(ctx, j.issuers.fetch, leaf, maxIssuerDepth)
	if err != nil && len(found) == 0 {
		return r
	}
	request.Candidates = append(request.Candidates, found...)
	return certs.Validate(ctx, request)
}

// sealRefusal says in the desk's words why a credential does not seal. It matches desk.ErrMember: another member may be tried.
func sealRefusal(err error) error {
	code := credential.CodeOf(err)
	if code == "" {
		return err
	}
	key := docket.KeyNoSigningWay
	switch code {
	case credential.ErrFailing, credential.ErrUnavailable:
		key = docket.KeySealing
	case credential.ErrStopped, credential.ErrUnattended, credential.ErrMismatch:
		key = docket.KeySealStopped
	case credential.ErrDrained:
		key = docket.KeySealDrained
	case credential.ErrExpired, credential.ErrNotYetValid:
		key = docket.KeySealExpired
	case credential.ErrRevoked, credential.ErrHeld:
		key = docket.KeySealRevoked
	case credential.ErrUntrusted:
		key = docket.KeySealUntrusted
	case credential.ErrUnchecked:
		key = docket.KeySealUnchecked
	}
	return docket.Refuse(docket.CodeUnavailable, key).Because(fmt.Errorf("%w: %w", desk.ErrMember, err))
}

// auditKey is the key that signs checkpoints. Its token is opened at the first use.
type auditKey struct {
	token credential.Token

	mu  sync.Mutex
	key credential.Key
}

// use returns the key.
func (a *auditKey) use(ctx context.Context) (credential.Key, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.key != nil {
		return a.key, nil
	}
	k, err := a.token.Open(ctx)
	if err != nil {
		return nil, err
	}
	a.key = k
	return k, nil
}

// Close gives the token back.
func (a *auditKey) Close() error {
	if a == nil {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.key == nil {
		return nil
	}
	k := a.key
	a.key = nil
	return k.Close()
}

// openAuditKey reads which key signs checkpoints; without one there are none. Its PIN comes from a file of its own, or it is that of the first
// member of the default credential.
func (o *office) openAuditKey(p officeParts, journal pkcs11.AttemptJournal) error {
	if o.cfg.Audit.Key == "" {
		return nil
	}
	uri, err := pkcs11.ParseURI(o.cfg.Audit.Key)
	if err != nil {
		return err
	}
	token := credential.Token{Loader: p.loader, URI: uri, Journal: journal, Now: o.now}
	i := slices.IndexFunc(o.cfg.credentials(), func(c namedCredential) bool { return c.name == defaultCredential })
	switch {
	case o.cfg.Audit.PINFile != "" || o.cfg.Audit.PINCredential != "":
		token.PIN = pinSource(o.cfg.Audit.PINFile, o.cfg.Audit.PINCredential)
	case p.pin != nil:
		token.PIN = p.pin
	case i >= 0:
		first := o.cfg.credentials()[i].Members[0]
		token.PIN = pinSource(first.PINFile, first.PINCredential)
	default:
		return errors.New(`configuration: "audit.pin_file", the file with the PIN of the audit key's token, is missing`)
	}
	o.audit = &auditKey{token: token}
	return nil
}
