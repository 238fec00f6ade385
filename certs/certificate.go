package certs

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"encoding/hex"
	"math/big"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"mohur/internal/algo"
)

// MaxCertificateSize bounds one certificate, in bytes.
const MaxCertificateSize = 1 << 20

// Certificate is an X.509 certificate as received. Parse fills it; nothing changes it afterwards, so it may be shared.
//
//	Certificate ::= SEQUENCE { tbsCertificate TBSCertificate, signatureAlgorithm AlgorithmIdentifier, signatureValue BIT STRING }
//	TBSCertificate ::= SEQUENCE { version [0] EXPLICIT Version DEFAULT v1, serialNumber CertificateSerialNumber, signature AlgorithmIdentifier,
//	  issuer Name, validity Validity, subject Name, subjectPublicKeyInfo SubjectPublicKeyInfo, issuerUniqueID [1] IMPLICIT UniqueIdentifier OPTIONAL,
//	  subjectUniqueID [2] IMPLICIT UniqueIdentifier OPTIONAL, extensions [3] EXPLICIT Extensions OPTIONAL }
//
// (RFC 5280, 4.1.)
type Certificate struct {
	Raw, RawTBS            []byte // whole DER; the signed part
	RawIssuer, RawSubject  []byte // DER names
	RawSPKI                []byte // DER SubjectPublicKeyInfo
	Version                int    // 1, 2 or 3
	Serial                 *big.Int
	Issuer, Subject        Name
	NotBefore, NotAfter    time.Time       // UTC, both inclusive
	SignatureAlgorithm     algo.Signature  // zero when unknown: see SignatureAlgorithmError
	SignatureAlgorithmID   algo.Identifier // as received, outside the signed part
	SignatureAlgorithmErr  error           // why SignatureAlgorithm is zero
	Signature              []byte
	PublicKey              crypto.PublicKey // nil when unknown or bad: see PublicKeyErr
	KeyInfo                algo.KeyInfo
	PublicKeyErr           error
	Extensions             []Extension // all, in order, as received
	Problems               []Problem   // what is odd
	Constraints                        // the extensions that path validation reads
	Access                             // where issuers and revocation data are published
	ExtendedKeyUsage       *ExtendedKeyUsage
	SubjectKeyID           []byte // nil when absent
	AuthorityKeyID         *AuthorityKeyID
	SubjectAltNames        []GeneralName
	QCStatements           *QCStatements
	OCSPNoCheck            bool // id-pkix-ocsp-nocheck (RFC 6960, 4.2.2.2.1)
	ValidityAssuredShort   bool // ETSI EN 319 412-1, 5.2: revocation is never published, the certificate is short-lived
	NoRevocationAvailable  bool // id-ce-noRevAvail (RFC 9608)
	fingerprint            [32]byte
	keyDigest              [32]byte
	nameKey, issuerNameKey string
	serialKey              string
}

// Parse reads one DER certificate with nothing after it. The error is a *ParseError and means that the bytes are no certificate; a
// certificate with faults comes back with Problems.
func Parse(der []byte) (*Certificate, error) {
	if len(der) > MaxCertificateSize {
		return nil, &ParseError{What: "certificate", Err: errTooLarge}
	}
	s := cryptobyte.String(der)
	var element, outer, tbs cryptobyte.String
	if !s.ReadASN1Element(&element, cbasn1.SEQUENCE) {
		return nil, &ParseError{What: "certificate", Err: errDER}
	}
	if !s.Empty() {
		return nil, &ParseError{What: "certificate", Err: errTrailing}
	}
	c := &Certificate{Raw: bytes.Clone(element)}
	element = cryptobyte.String(c.Raw)
	if !element.ReadASN1(&outer, cbasn1.SEQUENCE) || !outer.ReadASN1Element(&tbs, cbasn1.SEQUENCE) {
		return nil, &ParseError{What: "certificate", Err: errDER}
	}
	c.RawTBS = tbs
	if !c.readSignature(&outer) || !outer.Empty() {
		return nil, &ParseError{What: "certificate", Err: errDER}
	}
	if !tbs.ReadASN1(&tbs, cbasn1.SEQUENCE) || !c.readTBS(tbs) {
		return nil, &ParseError{What: "certificate", Err: errDER}
	}
	c.finish()
	return c, nil
}

func (c *Certificate) problem(key, detail string) {
	c.Problems = append(c.Problems, Problem{Key: key, Detail: detail})
}

// HasProblem says whether the parser noted a problem of that key.
func (c *Certificate) HasProblem(key string) bool { return hasProblem(c.Problems, key) }

func (c *Certificate) readSignature(outer *cryptobyte.String) bool {
	id, ok := readAlgorithm(outer)
	if !ok {
		return false
	}
	bits, ok := readBits(outer)
	if !ok || bits.BitLength%8 != 0 {
		return false
	}
	c.Signature = bits.Bytes
	c.SignatureAlgorithmID = id
	c.SignatureAlgorithm, c.SignatureAlgorithmErr = algo.ParseSignature(id, 0)
	return true
}

func (c *Certificate) readTBS(tbs cryptobyte.String) bool {
	if !c.readVersion(&tbs) {
		return false
	}
	var ok bool
	if c.Serial, ok = readInteger(&tbs, cbasn1.INTEGER); !ok {
		return false
	}
	switch {
	case c.Serial.Sign() < 0:
		c.problem("SERIAL_NEGATIVE", c.Serial.String())
	case c.Serial.Sign() == 0:
		c.problem("SERIAL_ZERO", "")
	}
	if len(c.Serial.Bytes()) > 20 || c.Serial.BitLen() == 160 {
		c.problem("SERIAL_TOO_LONG", "")
	}
	inner, ok := readAlgorithm(&tbs)
	if !ok {
		return false
	}
	if !inner.Equal(c.SignatureAlgorithmID) {
		c.problem("SIGNATURE_ALGORITHMS_DIFFER", inner.Algorithm.String()) // RFC 5280, 4.1.1.2: shall be the same
	}
	if !c.readNamesAndValidity(&tbs) {
		return false
	}
	return c.readRest(&tbs)
}

func (c *Certificate) readVersion(tbs *cryptobyte.String) bool {
	var v cryptobyte.String
	var present bool
	if !tbs.ReadOptionalASN1(&v, &present, constructedTag(0)) {
		return false
	}
	c.Version = 1
	if present {
		n, ok := readSmall(&v, cbasn1.INTEGER)
		if !ok || !v.Empty() {
			return false
		}
		c.Version = n + 1
		if n == 0 || n > 2 {
			c.problem("VERSION_ODD", "")
		}
	}
	return true
}

func (c *Certificate) readNamesAndValidity(tbs *cryptobyte.String) bool {
	var issuer, validity, subject cryptobyte.String
	if !tbs.ReadASN1Element(&issuer, cbasn1.SEQUENCE) || !tbs.ReadASN1(&validity, cbasn1.SEQUENCE) ||
		!tbs.ReadASN1Element(&subject, cbasn1.SEQUENCE) {
		return false
	}
	c.RawIssuer, c.RawSubject = issuer, subject
	var ok, strictFrom, strictTo bool
	if c.NotBefore, strictFrom, ok = readTime(&validity); !ok {
		return false
	}
	if c.NotAfter, strictTo, ok = readTime(&validity); !ok || !validity.Empty() {
		return false
	}
	if !strictFrom || !strictTo {
		c.problem("VALIDITY_ENCODING", "")
	}
	if c.Issuer, ok = readName(&issuer); !ok {
		return false
	}
	c.Subject, ok = readName(&subject)
	return ok
}

func (c *Certificate) readRest(tbs *cryptobyte.String) bool {
	var spki, ext cryptobyte.String
	var present bool
	if !tbs.ReadASN1Element(&spki, cbasn1.SEQUENCE) {
		return false
	}
	c.RawSPKI = spki
	c.PublicKey, c.KeyInfo, c.PublicKeyErr = algo.ParsePublicKey(spki)
	for _, n := range []uint8{1, 2} { // the unique identifiers: RFC 5280, 4.1.2.8 forbids to make them, not to read them
		if !tbs.SkipOptionalASN1(contextTag(n)) {
			return false
		}
	}
	if !tbs.ReadOptionalASN1(&ext, &present, constructedTag(3)) || !tbs.Empty() {
		return false
	}
	if present {
		if c.Version != 3 {
			c.problem("EXTENSIONS_BEFORE_V3", "")
		}
		return c.readExtensions(ext)
	}
	return true
}

func (c *Certificate) finish() {
	c.fingerprint = sha256.Sum256(c.Raw)
	c.keyDigest = sha256.Sum256(c.RawSPKI)
	c.serialKey = serialKey(c.Serial)
	c.nameKey, c.issuerNameKey = c.Subject.key(), c.Issuer.key()
}

// readAlgorithm reads an AlgorithmIdentifier as received.
func readAlgorithm(s *cryptobyte.String) (algo.Identifier, bool) {
	var element cryptobyte.String
	if !s.ReadASN1Element(&element, cbasn1.SEQUENCE) {
		return algo.Identifier{}, false
	}
	id, err := algo.ParseIdentifier(element)
	return id, err == nil
}

// Fingerprint is the SHA-256 of the whole certificate, in lower-case hexadecimal.
func (c *Certificate) Fingerprint() string { return hex.EncodeToString(c.fingerprint[:]) }

// Equal says whether both are the same certificate, byte by byte.
func (c *Certificate) Equal(o *Certificate) bool { return o != nil && c.fingerprint == o.fingerprint }

// SameKey says whether both certify the same public key under the same subject name.
func (c *Certificate) SameKey(o *Certificate) bool {
	return o != nil && c.keyDigest == o.keyDigest && c.nameKey == o.nameKey
}

// IsSelfIssued says whether issuer and subject are the same name (RFC 5280, 3.2).
func (c *Certificate) IsSelfIssued() bool { return c.nameKey == c.issuerNameKey }

// IsSelfSigned says whether the certificate is self-issued and its own key verifies it.
func (c *Certificate) IsSelfSigned() bool {
	return c.IsSelfIssued() && c.CheckSignature(c.PublicKey, c.RawTBS, c.Signature) == nil
}

// CheckSignatureFrom says whether the issuer's key verifies this certificate; nothing else is looked at. The errors are algo's.
func (c *Certificate) CheckSignatureFrom(issuer *Certificate) error {
	return c.CheckSignature(issuer.PublicKey, c.RawTBS, c.Signature)
}

// CheckSignature verifies a value over a signed part with a key, under this certificate's own signature algorithm.
func (c *Certificate) CheckSignature(key crypto.PublicKey, signed, value []byte) error {
	if c.SignatureAlgorithmErr != nil {
		return c.SignatureAlgorithmErr
	}
	if key == nil {
		return errNoKey
	}
	return c.SignatureAlgorithm.VerifyBytes(key, signed, value)
}
