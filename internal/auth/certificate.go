package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"slices"
	"time"

	"mohur/certs"
	"mohur/docket"
	"mohur/internal/webeid"
)

// CertificateJudge says what a certificate is worth now: path, revocation, and whom it names by its issuer's rule. An error means that it could
// not be judged at all.
type CertificateJudge interface {
	JudgeCertificate(ctx context.Context, der []byte) (*docket.CertificateVerdict, error)
}

// CertificateOptions are the parts of a CertificateLogIn. All but the times are required.
type CertificateOptions struct {
	Store  docket.Store
	Judge  CertificateJudge
	Origin string // of the pages, from the configuration, never from a request: "https://rey.example.az"
	Now    func() time.Time
	Time   time.Duration // for a nonce to come back signed; 5 minutes if zero
	Choice time.Duration // to choose between accounts; 5 minutes if zero
}

// CertificateLogIn lets people in by a Web eID authentication token: a signature by their token over the origin and a nonce (decisions 18). It
// keeps no state of its own.
type CertificateLogIn struct{ o CertificateOptions }

// NewCertificateLogIn checks the parts. An origin that Web eID does not know, as one without TLS is other than on localhost, is an error.
func NewCertificateLogIn(o CertificateOptions) (*CertificateLogIn, error) {
	if o.Store == nil || o.Judge == nil || o.Now == nil {
		return nil, errors.New("auth: Store, Judge and Now are required")
	}
	if err := webeid.CheckOrigin(o.Origin, true); err != nil {
		return nil, err
	}
	o.Time, o.Choice = orDefault(o.Time, 5*time.Minute), orDefault(o.Choice, 5*time.Minute)
	return &CertificateLogIn{o}, nil
}

func (c *CertificateLogIn) now() time.Time { return c.o.Now().UTC() }

func hashOf(s string) docket.Hash { return docket.HashOf(sha256.Sum256([]byte(s))) }

// Challenge makes a nonce of 256 random bits for one log-in from one browser session. Only its hash is stored.
func (c *CertificateLogIn) Challenge(ctx context.Context, session docket.Hash) (nonce string, err error) {
	if session == "" {
		return "", docket.Refuse(docket.CodeForbidden, docket.KeyLoginToken)
	}
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the program first
	nonce = base64.StdEncoding.EncodeToString(b[:])
	row := &docket.LoginChallenge{Nonce: hashOf(nonce), Session: session, Expires: c.now().Add(c.o.Time)}
	if err := c.o.Store.InTx(ctx, func(w docket.Work) error { return w.AddChallenge(ctx, row) }); err != nil {
		return "", err
	}
	return nonce, nil
}

// Account is one that a person may enter.
type Account struct {
	User docket.User
	Body string // name of the body, empty for the agency
}

// LogIn checks a token over a nonce that was given to this session: the nonce is consumed first, then signature, origin, certificate, path,
// revocation and the person's code are judged. It returns the person's accounts: one may be entered at once; of several one has to be chosen
// with Choose. Refusals say why, and are written to the audit log in a transaction of their own, as are log-ins.
func (c *CertificateLogIn) LogIn(ctx context.Context, session docket.Hash, nonce string, token []byte) ([]Account, error) {
	accounts, id, err := c.logIn(ctx, session, nonce, token)
	if err != nil {
		return nil, c.refused(ctx, id, err)
	}
	if len(accounts) == 1 {
		return accounts, c.entered(ctx, &accounts[0].User, id)
	}
	users := make([]docket.ID, len(accounts))
	for i := range accounts {
		users[i] = accounts[i].User.ID
	}
	return accounts, c.o.Store.InTx(ctx, func(w docket.Work) error { return w.OfferAccounts(ctx, hashOf(nonce), users, c.now().Add(c.o.Choice)) })
}

// logIn judges; certificate is its SHA-256 for the log, as far as it is known.
func (c *CertificateLogIn) logIn(ctx context.Context, session docket.Hash, nonce string, token []byte) (accounts []Account, certificate docket.Hash, err error) {
	err = c.o.Store.InTx(ctx, func(w docket.Work) error { return w.UseChallenge(ctx, hashOf(nonce), session, c.now()) })
	if errors.Is(err, docket.ErrNotFound) {
		return nil, "", docket.Refuse(docket.CodeForbidden, docket.KeyLoginToken)
	}
	if err != nil {
		return nil, "", err
	}
	der, err := webeid.VerifyAuthToken(token, c.o.Origin, nonce)
	if err != nil {
		return nil, "", docket.Refuse(docket.CodeForbidden, docket.KeyLoginToken).Because(err)
	}
	certificate = docket.HashOf(sha256.Sum256(der))
	cert, err := certs.Parse(der)
	if err != nil || !ForLogIn(cert) {
		return nil, certificate, docket.Refuse(docket.CodeForbidden, docket.KeyLoginPurpose).Because(err)
	}
	v, err := c.o.Judge.JudgeCertificate(ctx, der)
	if err != nil {
		return nil, certificate, docket.Refuse(docket.CodeUnavailable, docket.KeyVerifierDown).Because(err)
	}
	if refusal := v.Refusal(); refusal != nil {
		return nil, certificate, refusal
	}
	if v.Signer.FIN == "" {
		return nil, certificate, docket.Refuse(docket.CodeForbidden, docket.KeySigNoIdentity).With("signer", v.Signer.Name)
	}
	accounts, err = c.accounts(ctx, func(w docket.Work) ([]docket.User, error) { return w.UsersByFIN(ctx, v.Signer.FIN) })
	if err == nil && len(accounts) == 0 {
		err = docket.Refuse(docket.CodeForbidden, docket.KeyLoginUnknown)
	}
	return accounts, certificate, err
}

// accounts reads accounts with the names of their bodies.
func (c *CertificateLogIn) accounts(ctx context.Context, find func(docket.Work) ([]docket.User, error)) (out []Account, err error) {
	err = c.o.Store.Read(ctx, func(w docket.Work) error {
		out = nil
		users, err := find(w)
		if err != nil {
			return err
		}
		for _, u := range users {
			a := Account{User: u}
			if u.BodyID != "" {
				b, err := w.Body(ctx, u.BodyID)
				if err != nil {
					return err
				}
				a.Body = b.Name
			}
			out = append(out, a)
		}
		return nil
	})
	return out, err
}

// Offered lists the accounts between which the person of this session may choose now; none if the time is over.
func (c *CertificateLogIn) Offered(ctx context.Context, session docket.Hash) ([]Account, error) {
	accounts, err := c.accounts(ctx, func(w docket.Work) (out []docket.User, err error) {
		o, err := w.OfferedAccounts(ctx, session, c.now())
		if err != nil {
			return nil, err
		}
		for _, id := range o.Users {
			u, err := w.User(ctx, id)
			if err != nil {
				return nil, err
			}
			out = append(out, *u)
		}
		return out, nil
	})
	if errors.Is(err, docket.ErrNotFound) {
		return nil, nil
	}
	return accounts, err
}

// Choose enters one of the accounts that were offered to this session, once.
func (c *CertificateLogIn) Choose(ctx context.Context, session docket.Hash, user docket.ID) (*docket.User, error) {
	var chosen *docket.User
	err := c.o.Store.InTx(ctx, func(w docket.Work) error {
		now := c.now()
		o, err := w.OfferedAccounts(ctx, session, now)
		if err != nil {
			return err
		}
		if !slices.Contains(o.Users, user) {
			return docket.ErrNotFound
		}
		if err := w.TakeOffer(ctx, o.Nonce, session, now); err != nil {
			return err
		}
		chosen, err = w.User(ctx, user)
		return err
	})
	if errors.Is(err, docket.ErrNotFound) {
		err = c.refused(ctx, "", docket.Refuse(docket.CodeForbidden, docket.KeyLoginChoice))
	}
	if err != nil {
		return nil, err
	}
	return chosen, c.entered(ctx, chosen, "")
}

// entered writes the entry of a log-in in a transaction of its own (decisions 21). Nobody comes in without it.
func (c *CertificateLogIn) entered(ctx context.Context, u *docket.User, certificate docket.Hash) error {
	return c.audit(ctx, docket.AuditLogIn, u.ID, map[string]string{"by": "certificate", "certificate": string(certificate)})
}

// refused writes the entry of a refusal and returns the refusal.
func (c *CertificateLogIn) refused(ctx context.Context, certificate docket.Hash, cause error) error {
	detail := map[string]string{"by": "certificate", "key": docket.KeyOf(cause), "certificate": string(certificate)}
	return errors.Join(cause, c.audit(context.WithoutCancel(ctx), docket.AuditLogInRefused, "", detail))
}

func (c *CertificateLogIn) audit(ctx context.Context, action string, user docket.ID, detail map[string]string) error {
	if detail["certificate"] == "" {
		delete(detail, "certificate")
	}
	now := c.now()
	return c.o.Store.InTx(ctx, func(w docket.Work) error {
		return w.Audit(ctx, &docket.AuditEntry{ID: docket.NewID(now), At: now, Actor: user, Action: action, Subject: user, Detail: detail})
	})
}

// RemoveExpired removes nonces that lapsed; for a job.
func (c *CertificateLogIn) RemoveExpired(ctx context.Context) error {
	return c.o.Store.InTx(ctx, func(w docket.Work) error { _, err := w.RemoveChallenges(ctx, c.now()); return err })
}

// purposeClientAuthentication is id-kp-clientAuth (RFC 5280, 4.2.1.12).
const purposeClientAuthentication = "1.3.6.1.5.5.7.3.2"

// ForLogIn says whether a certificate is for logging in: its key usage names digitalSignature, and extended key usage, if it has one, client
// authentication (RFC 5280, 4.2.1.3 and 4.2.1.12). A signature certificate, which signs documents and nothing else, is not.
func ForLogIn(c *certs.Certificate) bool {
	if c.KeyUsage != nil && !c.KeyUsage.Has(certs.DigitalSignature) {
		return false
	}
	e := c.ExtendedKeyUsage
	return e == nil || slices.Contains(e.Purposes, certs.PurposeAny) || slices.Contains(e.Purposes, purposeClientAuthentication)
}
