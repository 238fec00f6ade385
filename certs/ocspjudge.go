package certs

import (
	"bytes"
	"context"
	"crypto/sha1" // the name of a responder's key, not a signature
	"time"

	"mohur/internal/asn1"
)

// judgeOCSP judges one response about one certificate (RFC 6960, 3.2 and 4.2.2). The second result is an Unusable key, empty when the first counts.
func (j *statusJudge) judgeOCSP(ctx context.Context, d RevocationData, c, issuer, anchor *Certificate) (candidate, string) {
	r := d.OCSP
	if r.Status != 0 {
		return candidate{}, UnusableStatus
	}
	single, key := worstSingle(r, c, issuer)
	if key != "" {
		return candidate{}, key
	}
	if r.HasProblem("EXTENSION_CRITICAL_UNKNOWN") || single.critical {
		return candidate{}, UnusableCriticalExtension
	}
	if single.malformed {
		return candidate{}, UnusableMalformed
	}
	if key := j.ocspTimes(d, single, c); key != "" {
		return candidate{}, key
	}
	hashed := false
	if single.CertHash != nil {
		if hashed = single.CertHashAlg.Valid() && bytes.Equal(single.CertHashAlg.Sum(c.Raw), single.CertHash); !hashed {
			return candidate{}, UnusableCertHash
		}
	}
	if single.State == StateGood && !hashed && !coversExpired(c, single.ThisUpdate, single.ArchiveCutoff) {
		return candidate{}, UnusableExpiredCertificate
	}
	signer, key := j.responder(ctx, r, issuer, anchor)
	if key != "" {
		return candidate{}, key
	}
	use := AlgorithmUse{Place: "ocsp", Certificate: c, Algorithm: r.SignatureAlgorithm, Key: signer.KeyInfo}
	s := CertificateStatus{
		Certificate: c, State: single.State, RevokedAt: single.RevokedAt, Reason: single.Reason, Invalidity: single.Invalidity, Evidence: &d,
		ThisUpdate: single.ThisUpdate, NextUpdate: single.NextUpdate, ProducedAt: r.ProducedAt, NotAfterCovered: single.ArchiveCutoff,
		Fresh: j.fresh(single.ThisUpdate, single.NextUpdate), Signer: signer, Algorithms: []AlgorithmUse{use},
	}
	if !signer.SameKey(issuer) {
		s.Algorithms = append(s.Algorithms, AlgorithmUse{Place: "certificate", Certificate: signer, Algorithm: signer.SignatureAlgorithm, Key: issuer.KeyInfo})
	}
	return candidate{status: s, reasons: allReasons}, ""
}

// worstSingle picks, of all answers about the certificate, the gravest: a response that says both good and revoked is not good.
func worstSingle(r *OCSPResponse, c, issuer *Certificate) (*SingleResponse, string) {
	var worst *SingleResponse
	rank := map[RevocationState]int{StateGood: 0, StateUnknown: 1, StateOnHold: 2, StateRevoked: 3}
	for i := range r.Responses {
		s := &r.Responses[i]
		if s.ID.matches(c, issuer) && (worst == nil || rank[s.State] > rank[worst.State]) {
			worst = s
		}
	}
	if worst == nil {
		return nil, UnusableOtherCertificate
	}
	return worst, ""
}

func (j *statusJudge) ocspTimes(d RevocationData, s *SingleResponse, c *Certificate) string {
	if key := j.timing(d, c, s.ThisUpdate); key != "" {
		return key
	}
	if key := j.timing(d, c, d.OCSP.ProducedAt); key != "" {
		return key
	}
	if !s.NextUpdate.IsZero() && s.NextUpdate.Before(s.ThisUpdate) {
		return UnusableMalformed
	}
	return ""
}

// responder finds who signed: the CA itself, or a responder to which that very CA key gave the right to sign answers (RFC 6960, 4.2.2.2).
func (j *statusJudge) responder(ctx context.Context, r *OCSPResponse, issuer, anchor *Certificate) (*Certificate, string) {
	if r.SignatureAlgorithmErr != nil {
		return nil, UnusableAlgorithm
	}
	key := UnusableSigner
	for _, c := range j.responders(r, issuer) {
		if !r.namedBy(c) {
			continue
		}
		if j.builder.evidence <= 0 {
			return nil, UnusableSigner
		}
		j.builder.evidence--
		if j.builder.known.ocsp(r, c) != nil {
			key = UnusableSignature
			continue
		}
		if c.SameKey(issuer) {
			if r.ProducedAt.After(c.NotAfter) && !j.req.Trust.Contains(c) {
				key = UnusableSignerExpired // as for lists
				continue
			}
			return c, ""
		}
		if key = j.delegated(ctx, c, issuer, anchor, r.ProducedAt); key == "" {
			return c, ""
		}
	}
	return nil, key
}

// responders lists who may have signed, the CA first.
func (j *statusJudge) responders(r *OCSPResponse, issuer *Certificate) []*Certificate {
	out := append([]*Certificate{issuer}, r.Certificates...)
	for _, c := range j.req.Candidates {
		if c != nil && c.ExtendedKeyUsage.Has(PurposeOCSPSigning) && c.issuerNameKey == issuer.nameKey {
			out = append(out, c)
		}
	}
	return out
}

// namedBy says whether the responder's identifier names this certificate, by subject or by SHA-1 of its key.
func (r *OCSPResponse) namedBy(c *Certificate) bool {
	if r.ResponderName != nil {
		return r.ResponderName.Equal(c.Subject)
	}
	h := sha1.Sum(c.keyBits())
	return bytes.Equal(h[:], r.ResponderKeyHash)
}

// delegated checks a responder that is not the CA itself: issued by the same CA key, with id-kp-OCSPSigning stated by name, valid when it signed, not
// revoked itself unless it carries nocheck.
func (j *statusJudge) delegated(ctx context.Context, c, issuer, anchor *Certificate, at time.Time) string {
	if !c.ExtendedKeyUsage.Has(PurposeOCSPSigning) || c.issuerNameKey != issuer.nameKey || !j.builder.signed(c, issuer) {
		return UnusableSigner
	}
	if c.KeyUsage != nil && !c.KeyUsage.Has(DigitalSignature) && !c.KeyUsage.Has(NonRepudiation) {
		return UnusableSigner
	}
	if c.spoiltForSigning() {
		return UnusableSigner
	}
	if at.Before(c.NotBefore) || at.After(c.NotAfter) {
		return UnusableSignerExpired
	}
	if c.OCSPNoCheck || c.needsNoRevocation() != "" || j.depth >= maxSignerDepth {
		return ""
	}
	j.depth++
	defer func() { j.depth-- }()
	if s := j.status(ctx, []*Certificate{c, issuer, anchor}, 0); s.State == StateRevoked || s.State == StateOnHold {
		return UnusableSignerRevoked
	}
	return ""
}

// spoiltForSigning says whether a responder's certificate has a critical extension that is unknown or malformed, or says illegibly what the key is for. Its
// names don't matter here.
func (c *Certificate) spoiltForSigning() bool {
	for _, p := range c.Problems {
		switch p.Key {
		case "EXTENSION_CRITICAL_UNKNOWN", "EXTENSION_DUPLICATE":
			return true
		case "EXTENSION_MALFORMED":
			id := asn1.ObjectIdentifier(p.Detail)
			if e, _ := c.Extension(id); e.Critical || id == oidExtKeyUsage || id == oidKeyUsage {
				return true
			}
		}
	}
	return false
}
