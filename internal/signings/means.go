package signings

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/pem"
	"slices"
	"strconv"
	"time"

	"mohur/certs"
	"mohur/docket"
)

// Means is what a certificate says about a person's way to sign (S1-35): what it is for, whose it is, and until when.
type Means struct {
	ForSignatures bool // documents can be signed with it
	ForLogIn      bool // it is for logging in, and for nothing else
	// Verdict is what path and revocation say; nil where they could not be judged now.
	Verdict             *docket.CertificateVerdict
	Holder, Issuer      string // as the certificate says it
	Organisation        string
	Key                 string // "P-256", "RSA 2048"
	NotBefore, NotAfter time.Time
	Days                int  // whole days until NotAfter; negative when it is over
	Ends                bool // in thirty days or less, or already
	SHA256              docket.Hash
}

// meansWarn is how many days before its end a certificate is warned about.
const meansWarn = 30

// Inspect says what a certificate is worth for signing, without a signature and without a PIN. It takes DER or PEM; what is no certificate is refused.
func (s *Service) Inspect(ctx context.Context, certificate []byte) (*Means, error) {
	if block, _ := pem.Decode(bytes.TrimSpace(certificate)); block != nil {
		certificate = block.Bytes
	}
	c, err := certs.Parse(certificate)
	if err != nil || c.PublicKey == nil {
		return nil, docket.Invalid("certificate", docket.KeySigningCertificate).Because(err)
	}
	now := s.o.Now()
	m := &Means{
		ForSignatures: ForSignatures(c), Holder: c.Subject.CommonName(), Issuer: c.Issuer.CommonName(), Organisation: c.Subject.Organization(), Key: keyName(c),
		NotBefore: c.NotBefore, NotAfter: c.NotAfter, Days: int(c.NotAfter.Sub(now).Hours() / 24), SHA256: docket.HashOf(sha256.Sum256(certificate)),
	}
	if now.After(c.NotAfter) {
		m.Days = min(m.Days, -1)
	}
	m.Ends = m.Days <= meansWarn
	m.ForLogIn = !m.ForSignatures && c.ExtendedKeyUsage != nil && slices.Contains(c.ExtendedKeyUsage.Purposes, purposeClientAuthentication)
	if v, err := s.o.Judge.JudgeCertificate(ctx, certificate); err == nil {
		m.Verdict = v
	}
	return m, nil
}

// keyName names the kind of a certificate's key.
func keyName(c *certs.Certificate) string {
	if c.KeyInfo.Curve != "" {
		return c.KeyInfo.Curve
	}
	return c.KeyInfo.Family.String() + " " + strconv.Itoa(c.KeyInfo.Bits)
}
