package auth

import (
	"context"
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
type CertificateLogIn struct {
	door
	o CertificateOptions
}

// NewCertificateLogIn checks the parts. An origin that Web eID does not know, as one without TLS is other than on localhost, is an error.
func NewCertificateLogIn(o CertificateOptions) (*CertificateLogIn, error) {
	if o.Store == nil || o.Judge == nil || o.Now == nil {
		return nil, errors.New("auth: Store, Judge and Now are required")
	}
	if err := webeid.CheckOrigin(o.Origin, true); err != nil {
		return nil, err
	}
	d := door{store: o.Store, clock: o.Now, time: orDefault(o.Time, 5*time.Minute), choice: orDefault(o.Choice, 5*time.Minute), by: "certificate"}
	return &CertificateLogIn{d, o}, nil
}

// Challenge makes a nonce of 256 random bits for one log-in from one browser session. Only its hash is stored.
func (c *CertificateLogIn) Challenge(ctx context.Context, session docket.Hash) (nonce string, err error) {
	return c.challenge(ctx, session, base64.StdEncoding)
}

// LogIn checks a token over a nonce that was given to this session: the nonce is consumed first, then signature, origin, certificate, path,
// revocation and the person's code are judged. It returns the person's accounts: one may be entered at once; of several one has to be chosen
// with Choose. Refusals say why, and are written to the audit log in a transaction of their own, as are log-ins.
func (c *CertificateLogIn) LogIn(ctx context.Context, session docket.Hash, nonce string, token []byte) ([]Account, error) {
	accounts, id, err := c.logIn(ctx, session, nonce, token)
	detail := map[string]string{"certificate": string(id)}
	if err != nil {
		return nil, c.refused(ctx, err, detail)
	}
	return accounts, c.admit(ctx, nonce, accounts, detail)
}

// logIn judges; certificate is its SHA-256 for the log, as far as it is known.
func (c *CertificateLogIn) logIn(ctx context.Context, session docket.Hash, nonce string, token []byte) (accounts []Account, certificate docket.Hash, err error) {
	if err := c.use(ctx, session, nonce, docket.Refuse(docket.CodeForbidden, docket.KeyLoginToken)); err != nil {
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
	accounts, err = c.accountsOf(ctx, v.Signer.FIN, docket.Refuse(docket.CodeForbidden, docket.KeyLoginUnknown))
	return accounts, certificate, err
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
