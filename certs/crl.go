package certs

import (
	"math/big"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"mohur/internal/algo"
)

// MaxCRLSize bounds one CRL, in bytes.
const MaxCRLSize = 64 << 20

// CRL is a certificate revocation list as received. Its entries stay in their encoding and are read when asked for.
//
//	CertificateList ::= SEQUENCE { tbsCertList TBSCertList, signatureAlgorithm AlgorithmIdentifier, signatureValue BIT STRING }
//	TBSCertList ::= SEQUENCE { version Version OPTIONAL, signature AlgorithmIdentifier, issuer Name, thisUpdate Time, nextUpdate Time OPTIONAL,
//	  revokedCertificates SEQUENCE OF SEQUENCE { userCertificate CertificateSerialNumber, revocationDate Time, crlEntryExtensions Extensions OPTIONAL } OPTIONAL,
//	  crlExtensions [0] EXPLICIT Extensions OPTIONAL }
//
// (RFC 5280, 5.1.)
type CRL struct {
	Raw, RawTBS           []byte
	RawIssuer             []byte
	Issuer                Name
	ThisUpdate            time.Time
	NextUpdate            time.Time // zero when absent
	SignatureAlgorithm    algo.Signature
	SignatureAlgorithmErr error
	Signature             []byte
	Extensions            []Extension
	Number                *big.Int // cRLNumber, nil when absent
	BaseNumber            *big.Int // deltaCRLIndicator; nil: a complete CRL
	AuthorityKeyID        *AuthorityKeyID
	Scope                 *IssuingDistributionPoint // nil: everything
	FreshestCRL           []DistributionPoint
	ExpiredCerts          time.Time // expiredCertsOnCRL (X.509, 9.5.2.3): also certificates that expired after this are listed; zero when absent
	Entries               int
	Problems              []Problem

	revoked cryptobyte.String // contents of revokedCertificates
}

// IssuingDistributionPoint is a CRL's scope (RFC 5280, 5.2.5).
type IssuingDistributionPoint struct {
	FullName       []GeneralName
	OnlyUser       bool
	OnlyCA         bool
	OnlyAttribute  bool
	OnlyReasons    ReasonFlags // zero: all
	Indirect       bool
	hasName        bool
	hasOnlyReasons bool
}

// CRLEntry is one revoked certificate.
type CRLEntry struct {
	RevokedAt  time.Time
	Reason     RevocationReason
	Invalidity time.Time // zero when absent
}

// ParseCRL reads one DER CRL with nothing after it. A *ParseError means that the bytes are no CRL; oddities become Problems, and whoever judges
// decides. PEM is not taken here.
func ParseCRL(der []byte) (*CRL, error) {
	if len(der) > MaxCRLSize {
		return nil, &ParseError{What: "CRL", Err: errTooLarge}
	}
	s := cryptobyte.String(der)
	var outer, tbs cryptobyte.String
	if !s.ReadASN1(&outer, cbasn1.SEQUENCE) || !outer.ReadASN1Element(&tbs, cbasn1.SEQUENCE) {
		return nil, &ParseError{What: "CRL", Err: errDER}
	}
	if !s.Empty() {
		return nil, &ParseError{What: "CRL", Err: errTrailing}
	}
	c := &CRL{Raw: der, RawTBS: tbs}
	outerID, ok := readAlgorithm(&outer)
	bits, ok2 := readBits(&outer)
	if !ok || !ok2 || !outer.Empty() || bits.BitLength%8 != 0 {
		return nil, &ParseError{What: "CRL", Err: errDER}
	}
	c.Signature = bits.Bytes
	c.SignatureAlgorithm, c.SignatureAlgorithmErr = algo.ParseSignature(outerID, 0)
	if !tbs.ReadASN1(&tbs, cbasn1.SEQUENCE) || !c.readTBS(tbs, outerID) {
		return nil, &ParseError{What: "CRL", Err: errDER}
	}
	return c, nil
}

func (c *CRL) problem(key, detail string) {
	c.Problems = append(c.Problems, Problem{Key: key, Detail: detail})
}

// HasProblem says whether the parser noted a problem of that key.
func (c *CRL) HasProblem(key string) bool { return hasProblem(c.Problems, key) }

func hasProblem(list []Problem, key string) bool {
	for _, p := range list {
		if p.Key == key {
			return true
		}
	}
	return false
}

func (c *CRL) readTBS(tbs cryptobyte.String, outerID algo.Identifier) bool {
	version := 0
	if tbs.PeekASN1Tag(cbasn1.INTEGER) {
		var ok bool
		if version, ok = readSmall(&tbs, cbasn1.INTEGER); !ok {
			return false
		}
		if version != 1 {
			c.problem("VERSION_ODD", "")
		}
	}
	inner, ok := readAlgorithm(&tbs)
	if !ok {
		return false
	}
	if !inner.Equal(outerID) {
		c.problem("SIGNATURE_ALGORITHMS_DIFFER", string(inner.Algorithm))
	}
	var issuer cryptobyte.String
	if !tbs.ReadASN1Element(&issuer, cbasn1.SEQUENCE) {
		return false
	}
	c.RawIssuer = issuer
	if c.Issuer, ok = readName(&issuer); !ok {
		return false
	}
	if !c.readTimes(&tbs) {
		return false
	}
	if tbs.PeekASN1Tag(cbasn1.SEQUENCE) {
		if !tbs.ReadASN1(&c.revoked, cbasn1.SEQUENCE) {
			return false
		}
		if c.revoked.Empty() {
			c.problem("REVOKED_LIST_EMPTY", "") // RFC 5280, 5.1.2.6: must be absent
		}
	}
	var ext cryptobyte.String
	var present bool
	if !tbs.ReadOptionalASN1(&ext, &present, constructedTag(0)) || !tbs.Empty() {
		return false
	}
	if present {
		if version != 1 {
			c.problem("EXTENSIONS_BEFORE_V2", "")
		}
		if !c.readExtensions(ext) {
			return false
		}
	}
	return c.checkEntries(version)
}

func (c *CRL) readTimes(tbs *cryptobyte.String) bool {
	var strict, strict2, ok bool
	if c.ThisUpdate, strict, ok = readTime(tbs); !ok {
		return false
	}
	strict2 = true
	if tbs.PeekASN1Tag(cbasn1.UTCTime) || tbs.PeekASN1Tag(cbasn1.GeneralizedTime) {
		if c.NextUpdate, strict2, ok = readTime(tbs); !ok {
			return false
		}
	}
	if !strict || !strict2 {
		c.problem("VALIDITY_ENCODING", "")
	}
	return true
}

func (c *CRL) readExtensions(s cryptobyte.String) bool {
	var ok bool
	if c.Extensions, ok = readExtensionList(s); !ok {
		return false
	}
	seen := map[string]bool{}
	for _, e := range c.Extensions {
		id := string(e.ID)
		if seen[id] {
			c.problem("EXTENSION_DUPLICATE", id)
			continue
		}
		seen[id] = true
		known, ok := c.readExtension(e)
		switch {
		case !ok:
			c.problem("EXTENSION_MALFORMED", id)
		case !known && e.Critical:
			c.problem("EXTENSION_CRITICAL_UNKNOWN", id)
		}
	}
	return true
}

func (c *CRL) readExtension(e Extension) (known, ok bool) {
	v := cryptobyte.String(e.Value)
	switch e.ID {
	case "2.5.29.20":
		c.Number, ok = readInteger(&v, cbasn1.INTEGER)
		ok = ok && v.Empty()
	case "2.5.29.27":
		c.BaseNumber, ok = readInteger(&v, cbasn1.INTEGER)
		ok = ok && v.Empty()
		if !ok {
			c.BaseNumber = new(big.Int) // it is a delta all the same: never to be taken for a complete CRL
		}
	case "2.5.29.28":
		c.Scope, ok = readIssuingDistributionPoint(v, c.Issuer)
	case "2.5.29.35":
		c.AuthorityKeyID, ok = readAuthorityKeyID(v)
	case "2.5.29.46":
		c.FreshestCRL, ok = readDistributionPoints(v, c.Issuer)
	case "2.5.29.60":
		c.ExpiredCerts, _, ok = readTime(&v)
	case "2.5.29.18":
		_, ok = readGeneralNames(v)
	default:
		return false, true
	}
	return true, ok
}

func readIssuingDistributionPoint(v cryptobyte.String, issuer Name) (*IssuingDistributionPoint, bool) {
	var seq, name, reasons cryptobyte.String
	if !v.ReadASN1(&seq, cbasn1.SEQUENCE) || !v.Empty() {
		return nil, false
	}
	if seq.Empty() { // RFC 5280, 5.2.5: an extension that says nothing must not be there
		return nil, false
	}
	p := &IssuingDistributionPoint{}
	var ok bool
	if !seq.ReadOptionalASN1(&name, &p.hasName, constructedTag(0)) {
		return nil, false
	}
	if p.hasName {
		if p.FullName, ok = readDistributionPointName(name, issuer); !ok {
			return nil, false
		}
	}
	if !readFlag(&seq, 1, &p.OnlyUser) || !readFlag(&seq, 2, &p.OnlyCA) ||
		!seq.ReadOptionalASN1(&reasons, &p.hasOnlyReasons, contextTag(3)) {
		return nil, false
	}
	if p.hasOnlyReasons {
		if p.OnlyReasons, ok = readReasons(reasons); !ok {
			return nil, false
		}
	}
	return p, readFlag(&seq, 4, &p.Indirect) && readFlag(&seq, 5, &p.OnlyAttribute) && seq.Empty()
}

// readFlag reads [n] IMPLICIT BOOLEAN DEFAULT FALSE.
func readFlag(s *cryptobyte.String, n uint8, out *bool) bool {
	if !s.PeekASN1Tag(contextTag(n)) {
		return true
	}
	v, ok := readBool(s, contextTag(n))
	*out = v
	return ok
}
