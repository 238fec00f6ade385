package signing

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"time"

	"mohur/certs"
	"mohur/internal/algo"
)

// Party is a checked request: a key that goes with its certificate, an algorithm that goes with the key.
type Party struct {
	Certificate *certs.Certificate
	Digest      algo.Digest
	Algorithm   algo.Signature
	ClaimedTime time.Time
	request     Request
}

// minRSA is the shortest modulus that signs; shorter ones ended in 2019 (ETSI TS 119 312).
const minRSA = 2048

// NewParty checks a request before anything is read or written. It returns ErrRequest, ErrKeyMismatch, *CertificateError or
// *algo.UnsupportedError.
func NewParty(r Request) (*Party, error) {
	if r.Now == nil || len(r.Certificate) == 0 {
		return nil, fmt.Errorf("%w: certificate and clock are needed", ErrRequest)
	}
	if r.Level == "" {
		r.Level = BaselineB
	}
	if err := r.checkLevel(); err != nil {
		return nil, err
	}
	c, err := certs.Parse(r.Certificate)
	if err != nil {
		return nil, &CertificateError{Reason: "unreadable", Err: err}
	}
	now := r.Now()
	p := &Party{Certificate: c, ClaimedTime: r.ClaimedTime.Truncate(time.Second), request: r}
	if r.ClaimedTime.IsZero() {
		p.ClaimedTime = now.Truncate(time.Second)
	}
	for _, at := range []time.Time{p.ClaimedTime, now} {
		if err := p.checkCertificate(at); err != nil {
			return nil, err
		}
	}
	if err := p.chooseAlgorithm(); err != nil {
		return nil, err
	}
	if r.Signer != nil && !samePublicKey(c.PublicKey, r.Signer.Public()) {
		return nil, ErrKeyMismatch
	}
	return p, nil
}

// checkLevel refuses a level that can't be reached with what was given.
func (r *Request) checkLevel() error {
	switch {
	case !r.Level.Known():
		return fmt.Errorf("%w: unknown level %q", ErrRequest, r.Level)
	case r.Level.Reaches(BaselineT) && r.Timestamper == nil:
		return fmt.Errorf("%w: level %s needs a timestamp authority", ErrRequest, r.Level)
	case r.Level.Reaches(BaselineLT):
		return r.Evidence.Check()
	}
	return nil
}

// checkCertificate refuses what no verifier would accept (RFC 5280, 4.1.2.5 and 4.2.1.3).
func (p *Party) checkCertificate(at time.Time) error {
	c := p.Certificate
	switch {
	case c.PublicKey == nil:
		return &CertificateError{Reason: "unreadable", Err: c.PublicKeyErr}
	case at.Truncate(time.Second).Before(c.NotBefore):
		return &CertificateError{Reason: "not yet valid"}
	case at.Truncate(time.Second).After(c.NotAfter):
		return &CertificateError{Reason: "expired"}
	case c.KeyUsage != nil && *c.KeyUsage&(certs.DigitalSignature|certs.NonRepudiation) == 0:
		return &CertificateError{Reason: "key usage"}
	case (c.KeyInfo.Family == algo.RSA || c.KeyInfo.Family == algo.RSAPSS) && c.KeyInfo.Bits < minRSA:
		return &CertificateError{Reason: "key too short"}
	}
	return nil
}

func (p *Party) chooseAlgorithm() error {
	info := p.Certificate.KeyInfo
	family := info.Family
	if p.request.PSS && family == algo.RSA {
		family = algo.RSAPSS
	}
	if p.request.PSS && family != algo.RSAPSS {
		return fmt.Errorf("%w: RSASSA-PSS needs an RSA key", ErrRequest)
	}
	p.Digest = p.request.Digest
	if p.Digest == 0 {
		p.Digest = defaultDigest(info)
	}
	if p.Digest.Size() < 32 {
		return fmt.Errorf("%w: the digest %q is too weak to sign with", ErrRequest, p.Digest)
	}
	if family == algo.EdDSA && p.Digest != algo.SHA512 {
		return fmt.Errorf("%w: Ed25519 goes with SHA-512 (RFC 8419, 3.1)", ErrRequest)
	}
	var err error
	p.Algorithm, err = algo.NewSignature(family, p.Digest)
	return err
}

// defaultDigest is as strong as the key.
func defaultDigest(k algo.KeyInfo) algo.Digest {
	switch {
	case k.Family == algo.EdDSA, k.Family == algo.ECDSA && k.Bits > 384:
		return algo.SHA512
	case k.Family == algo.ECDSA && k.Bits > 256:
		return algo.SHA384
	}
	return algo.SHA256
}

func samePublicKey(certificate, signer crypto.PublicKey) bool {
	if pss, ok := certificate.(*algo.PSSPublicKey); ok {
		certificate = pss.PublicKey
	}
	k, ok := certificate.(interface{ Equal(crypto.PublicKey) bool })
	return ok && k.Equal(signer)
}

// Level is the level to be reached.
func (p *Party) Level() Level { return p.request.Level }

// Chain returns the certificates to put into a signature, the signing certificate first.
func (p *Party) Chain() [][]byte {
	return append([][]byte{p.request.Certificate}, p.request.Chain...)
}

// Sign signs a message and verifies the value with the certificate's key before anyone uses it. It returns *KeyError or ErrBadValue.
func (p *Party) Sign(ctx context.Context, message []byte) ([]byte, error) {
	if p.request.Signer == nil {
		return nil, fmt.Errorf("%w: no signer", ErrRequest)
	}
	input, opts := message, crypto.SignerOpts(crypto.Hash(0))
	if p.Algorithm.Family != algo.EdDSA {
		input, opts = p.Digest.Sum(message), p.Digest.Hash()
	}
	if p.Algorithm.Family == algo.RSAPSS {
		opts = &rsa.PSSOptions{SaltLength: p.Algorithm.PSS.SaltLength, Hash: p.Digest.Hash()}
	}
	source := p.request.Rand
	if source == nil {
		source = rand.Reader
	}
	value, err := signWith(ctx, p.request.Signer, source, input, opts)
	if err != nil {
		return nil, &KeyError{err}
	}
	return value, p.CheckValue(message, value)
}

func signWith(ctx context.Context, s crypto.Signer, source io.Reader, input []byte, opts crypto.SignerOpts) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if c, ok := s.(ContextSigner); ok {
		return c.SignContext(ctx, source, input, opts)
	}
	return s.Sign(source, input, opts)
}

// CheckValue verifies a signature value over a message with the certificate's key; ErrBadValue if it does not fit.
func (p *Party) CheckValue(message, value []byte) error {
	if err := p.Algorithm.VerifyBytes(p.Certificate.PublicKey, message, value); err != nil {
		return errors.Join(ErrBadValue, err)
	}
	return nil
}

// MaxValueSize is the largest number of octets that a signature value of this key can have.
func (p *Party) MaxValueSize() int {
	switch k := p.Certificate.PublicKey.(type) {
	case *rsa.PublicKey:
		return k.Size()
	case *algo.PSSPublicKey:
		return k.Size()
	case *ecdsa.PublicKey:
		n := (k.Params().BitSize + 7) / 8
		return 2*(n+1+2+1) + 4 // two INTEGERs with a sign octet, in a SEQUENCE (RFC 3279, 2.2.3)
	case ed25519.PublicKey:
		return ed25519.SignatureSize
	}
	return 1024
}
