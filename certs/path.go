package certs

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"time"

	"mohur/internal/algo"
)

const (
	defaultMaxLength = 20   // certificates of one path
	defaultMaxWork   = 1000 // signature checks of one building, dear keys counting more
	maxPaths         = 16   // complete paths that are judged
	maxSteps         = 5000 // certificates visited in one search: known signatures cost nothing, walking over them does
	maxEvidenceWork  = 400  // signatures of CRLs and OCSP responses verified in one validation
	maxRejected      = 8    // rejected paths that are reported
)

// builder finds paths from a leaf to an anchor. Work is bounded by signature checks, so that a bag full of certificates of one name costs no more.
type builder struct {
	trust     *TrustStore
	byName    map[string][]*Certificate
	at        time.Time
	maxLength int
	work      int
	verified  map[[64]byte]error // signature checks done: child and issuer's key
	longest   []*Certificate     // the path that came furthest without reaching an anchor
	dead      []Reason           // why edges were refused
	steps     int
	evidence  int // signatures of evidence that may still be verified
	known     *Verified
	exhausted bool
}

func newBuilder(req *Request) *builder {
	b := &builder{
		trust: req.Trust, at: req.Time, byName: map[string][]*Certificate{}, verified: map[[64]byte]error{},
		steps: maxSteps, evidence: maxEvidenceWork, maxLength: cmp.Or(req.Policy.MaxLength, defaultMaxLength), work: cmp.Or(req.Policy.MaxWork, defaultMaxWork),
		known: cmp.Or(req.Verified, &Verified{}),
	}
	seen := map[[32]byte]bool{}
	for _, c := range req.Candidates {
		if c != nil && !seen[c.fingerprint] {
			seen[c.fingerprint] = true
			b.byName[c.nameKey] = append(b.byName[c.nameKey], c)
		}
	}
	return b
}

// paths calls try for each complete path, the most likely first, until try returns true or the limits are reached.
func (b *builder) paths(leaf *Certificate, try func([]*Certificate, *TrustAnchor) bool) {
	tried := 0
	b.extend([]*Certificate{leaf}, func(chain []*Certificate, a *TrustAnchor) bool {
		tried++
		return try(chain, a) || tried >= maxPaths
	})
}

func (b *builder) extend(chain []*Certificate, try func([]*Certificate, *TrustAnchor) bool) bool {
	last := chain[len(chain)-1]
	if b.trust.Contains(last) {
		return try(slices.Clone(chain), b.trust.Anchor(last))
	}
	if b.steps--; b.steps < 0 {
		b.exhausted = true
		return true
	}
	if len(chain) > len(b.longest) {
		b.longest = slices.Clone(chain)
	}
	if pathLength(chain) >= b.maxLength {
		b.refuse(ReasonPathTooLong, last)
		return false
	}
	issuers := b.issuers(last)
	if len(issuers) == 0 && !last.IsSelfIssued() {
		b.refuse(ReasonIssuerNotFound, last, "issuer", last.Issuer.String())
	}
	for _, issuer := range issuers {
		if inChain(chain, issuer) || !b.signed(last, issuer) {
			continue
		}
		if b.extend(append(chain, issuer), try) {
			return true
		}
	}
	return b.exhausted
}

// pathLength counts the certificates of a path, without the self-issued ones between leaf and anchor: new keys of the same CA don't lengthen it.
func pathLength(chain []*Certificate) int {
	n := len(chain)
	for _, c := range chain[1:] {
		if c.IsSelfIssued() {
			n--
		}
	}
	return n
}

func (b *builder) refuse(key string, c *Certificate, kv ...string) {
	same := func(r Reason) bool { return r.Key == key && r.Certificate == c }
	if len(b.dead) < 32 && !slices.ContainsFunc(b.dead, same) {
		b.dead = append(b.dead, Reason{Key: key, Args: args(kv...), Certificate: c})
	}
}

// inChain says whether a path already has that name and key: passing there again gains nothing (RFC 4158, 5.2).
func inChain(chain []*Certificate, c *Certificate) bool {
	for _, o := range chain {
		if o.SameKey(c) {
			return true
		}
	}
	return false
}

// issuers returns the certificates that may have issued c: anchors first, then those whose key identifier fits, those that are CAs, those that are
// valid, and the younger ones (RFC 4158, 3.5).
func (b *builder) issuers(c *Certificate) []*Certificate {
	var out []*Certificate
	for _, a := range b.trust.named(c.issuerNameKey) {
		out = append(out, a.Certificate)
	}
	for _, k := range b.byName[c.issuerNameKey] {
		if !b.trust.Contains(k) {
			out = append(out, k)
		}
	}
	slices.SortStableFunc(out, func(x, y *Certificate) int {
		return cmp.Or(cmp.Compare(b.score(c, y), b.score(c, x)), y.NotBefore.Compare(x.NotBefore), bytes.Compare(x.fingerprint[:], y.fingerprint[:]))
	})
	return out
}

func (b *builder) score(child, issuer *Certificate) int {
	n := 0
	if b.trust.Contains(issuer) {
		n += 8
	}
	if a := child.AuthorityKeyID; a != nil && len(a.KeyID) > 0 && len(issuer.SubjectKeyID) > 0 {
		if bytes.Equal(a.KeyID, issuer.SubjectKeyID) {
			n += 4
		} else {
			n -= 16
		}
	}
	if a := child.AuthorityKeyID; a != nil && len(a.Serial) > 0 && namesInclude(a.Issuer, issuer.Issuer) {
		if serialContents(issuer.Serial) == string(minimal(a.Serial)) {
			n += 3
		} else {
			n -= 3 // the authority may have been certified anew since, or by another: a remark, no more
		}
	}
	if issuer.isCA() {
		n += 2
	}
	if !b.at.Before(issuer.NotBefore) && !b.at.After(issuer.NotAfter) {
		n++
	}
	return n
}

// signed checks one signature, once.
func (b *builder) signed(child, issuer *Certificate) bool {
	var key [64]byte
	copy(key[:32], child.fingerprint[:])
	copy(key[32:], issuer.keyDigest[:])
	err, done := b.verified[key]
	if !done {
		if !child.mayBeFrom(issuer) { // costs nothing: a crowd of keys that can't be the one must not hide the one that is
			b.refuse(ReasonSignatureInvalid, child, "algorithm", string(child.SignatureAlgorithmID.Algorithm))
			return false
		}
		if b.work <= 0 {
			b.exhausted = true
			return false
		}
		b.work -= issuer.checkCost()
		err = b.known.certificate(child, issuer)
		b.verified[key] = err
		if err != nil {
			b.refuse(signatureReason(child), child, "algorithm", string(child.SignatureAlgorithmID.Algorithm))
		}
	}
	return err == nil
}

// mayBeFrom says whether the kind and size of the issuer's key fit the child's signature; only a key that fits is worth a check.
func (c *Certificate) mayBeFrom(issuer *Certificate) bool {
	if c.SignatureAlgorithmErr != nil || issuer.PublicKey == nil {
		return true // the check says why it fails
	}
	switch issuer.KeyInfo.Family {
	case algo.RSA, algo.RSAPSS:
		return len(c.Signature) == (issuer.KeyInfo.Bits+7)/8 && (c.SignatureAlgorithm.Family == algo.RSA || c.SignatureAlgorithm.Family == algo.RSAPSS)
	default:
		return c.SignatureAlgorithm.Family != algo.RSA && c.SignatureAlgorithm.Family != algo.RSAPSS
	}
}

// checkCost is what a check with this key costs, in checks with a usual one.
func (c *Certificate) checkCost() int {
	switch k := c.KeyInfo; {
	case k.Family == algo.RSA || k.Family == algo.RSAPSS:
		return 1 + (k.Bits/4096)*(k.Bits/4096)
	case k.Bits > 256 || strings.HasPrefix(k.Curve, "brainpool"):
		return 8
	default:
		return 1
	}
}

func signatureReason(c *Certificate) string {
	if c.SignatureAlgorithmErr != nil {
		return ReasonSignatureUnsupported
	}
	return ReasonSignatureInvalid
}
