package certs

import "mohur/internal/algo"

// Verified remembers which signatures of certificates, CRLs and OCSP responses a key verifies, for several validations that meet the same ones,
// as those of one document do. It says nothing of trust, time or revocation, and the work that a validation is charged for is the same with and
// without it. The zero value is ready; it is for one goroutine.
type Verified struct {
	known map[verification]error
}

// verification is one value under one key: of a *Certificate, a *CRL or an *OCSPResponse, which nothing changes once they are parsed.
type verification struct {
	of  any
	key [32]byte
}

func (v *Verified) certificate(c, issuer *Certificate) error {
	return v.check(verification{c, issuer.keyDigest}, func() error { return c.CheckSignatureFrom(issuer) })
}

func (v *Verified) crl(l *CRL, signer *Certificate) error {
	return v.check(verification{l, signer.keyDigest}, func() error {
		return verifyBytes(l.SignatureAlgorithm, signer, l.RawTBS, l.Signature)
	})
}

func (v *Verified) ocsp(r *OCSPResponse, signer *Certificate) error {
	return v.check(verification{r, signer.keyDigest}, func() error {
		return verifyBytes(r.SignatureAlgorithm, signer, r.RawTBS, r.Signature)
	})
}

func verifyBytes(a algo.Signature, signer *Certificate, signed, value []byte) error {
	if signer.PublicKey == nil {
		return errNoKey
	}
	return a.VerifyBytes(signer.PublicKey, signed, value)
}

func (v *Verified) check(what verification, verify func() error) error {
	if err, done := v.known[what]; done {
		return err
	}
	err := verify()
	if v.known == nil {
		v.known = map[verification]error{}
	}
	v.known[what] = err
	return err
}
