package certs

import (
	"bytes"
	"context"

	"mohur/verify/etsi"
)

// crlSigner finds who signed a CRL: the certificate's issuer, another key of the same CA, or the issuer of an indirect CRL; each must be entitled by a
// path to the same anchor (RFC 5280, 6.3.3 (f) and (g)).
func (j *statusJudge) crlSigner(ctx context.Context, l *CRL, c, issuer, anchor *Certificate) (*Certificate, string) {
	if l.SignatureAlgorithmErr != nil {
		return nil, UnusableAlgorithm
	}
	why := UnusableSignature
	for _, k := range j.crlSigners(l, issuer, anchor) {
		if !mayHaveSigned(l, k) {
			continue
		}
		if j.builder.evidence <= 0 {
			return nil, UnusableSigner
		}
		j.builder.evidence--
		if j.builder.known.crl(l, k) != nil {
			continue
		}
		if k.KeyUsage != nil && !k.KeyUsage.Has(CRLSign) {
			why = UnusableSigner
			continue
		}
		if l.ThisUpdate.After(k.NotAfter) && !j.req.Trust.Contains(k) {
			why = UnusableSignerExpired // 102-1, 5.2.6.4, step 4: issued in the validity of its issuer
			continue
		}
		if k.Equal(issuer) || j.req.Trust.Contains(k) && k.nameKey == c.issuerNameKey { // also the same CA's other key, trusted by itself
			return k, ""
		}
		if why = j.entitled(ctx, k, anchor); why == "" {
			return k, ""
		}
	}
	return nil, why
}

// crlSigners lists the certificates that bear the CRL issuer's name, the certificate's own issuer first.
func (j *statusJudge) crlSigners(l *CRL, issuer, anchor *Certificate) []*Certificate {
	var out []*Certificate
	key := l.Issuer.key()
	if issuer.nameKey == key {
		out = append(out, issuer)
	}
	if anchor.nameKey == key && !anchor.Equal(issuer) {
		out = append(out, anchor)
	}
	for _, a := range j.req.Trust.named(key) {
		out = append(out, a.Certificate)
	}
	return append(out, j.builder.byName[key]...)
}

func mayHaveSigned(l *CRL, k *Certificate) bool {
	return l.AuthorityKeyID == nil || len(l.AuthorityKeyID.KeyID) == 0 || len(k.SubjectKeyID) == 0 || bytes.Equal(l.AuthorityKeyID.KeyID, k.SubjectKeyID)
}

// entitled validates the path of a CRL signer to the same anchor, with its own revocation where that doesn't lead in a circle.
func (j *statusJudge) entitled(ctx context.Context, k, anchor *Certificate) string {
	var key [64]byte
	copy(key[:32], k.fingerprint[:])
	copy(key[32:], anchor.fingerprint[:])
	if v := j.signers[key]; v != nil {
		return v.key
	}
	v := &signerVerdict{key: UnusableSigner}
	j.signers[key] = v // while it is being judged, it is not entitled: no evidence vouches for its own signer
	if j.depth >= maxSignerDepth {
		return v.key
	}
	j.depth++
	defer func() { j.depth-- }()
	sub := &Request{Leaf: k, Candidates: j.req.Candidates, Trust: j.req.Trust, Time: j.req.Time, Policy: PathPolicy{Revocation: j.req.Policy.Revocation}}
	j.builder.paths(k, func(chain []*Certificate, a *TrustAnchor) bool {
		if !a.Certificate.Equal(anchor) {
			return false
		}
		v.key = j.signerPath(ctx, sub, chain)
		return v.key == ""
	})
	return v.key
}

func (j *statusJudge) signerPath(ctx context.Context, sub *Request, chain []*Certificate) string {
	if found := checkPath(sub, chain).findings; len(found) > 0 {
		if found[0].sub == etsi.OutOfBoundsNoPOE { // the heaviest finding comes first
			return UnusableSignerExpired
		}
		return UnusableSigner
	}
	for i := range chain {
		if s := j.status(ctx, chain, i); s.State == StateRevoked || s.State == StateOnHold {
			return UnusableSignerRevoked
		}
	}
	return ""
}
