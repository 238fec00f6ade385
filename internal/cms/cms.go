// Package cms reads, verifies and builds SignedData of the Cryptographic Message Syntax (RFC 5652, and PKCS #7 before it), with the attributes
// that CAdES and PAdES signatures carry (ETSI EN 319 122-1, EN 319 142-1).
//
// Everything is kept as received: signed attributes and certificates are hashed from the bytes of the file. Whatever is odd is reported as a
// Problem, and one broken SignerInfo leaves the others standing. Verification compares digests and verifies one value with a key that the
// caller names; whether the certificate is trusted, the algorithm good enough and the time right, this package must not know.
package cms

import (
	"errors"
	"fmt"
	"math/big"

	"mohur/internal/algo"
	"mohur/internal/asn1"
)

// Content types (RFC 5652, 12.1; RFC 5083; RFC 3274; RFC 3161).
const (
	OIDData                   asn1.ObjectIdentifier = "1.2.840.113549.1.7.1"
	OIDSignedData             asn1.ObjectIdentifier = "1.2.840.113549.1.7.2"
	OIDEnvelopedData          asn1.ObjectIdentifier = "1.2.840.113549.1.7.3"
	OIDSignedAndEnvelopedData asn1.ObjectIdentifier = "1.2.840.113549.1.7.4"
	OIDDigestedData           asn1.ObjectIdentifier = "1.2.840.113549.1.7.5"
	OIDEncryptedData          asn1.ObjectIdentifier = "1.2.840.113549.1.7.6"
	OIDAuthenticatedData      asn1.ObjectIdentifier = "1.2.840.113549.1.9.16.1.2"
	OIDTSTInfo                asn1.ObjectIdentifier = "1.2.840.113549.1.9.16.1.4"
	OIDCompressedData         asn1.ObjectIdentifier = "1.2.840.113549.1.9.16.1.9"
	OIDAuthEnvelopedData      asn1.ObjectIdentifier = "1.2.840.113549.1.9.16.1.23"
	OIDTimeStampedData        asn1.ObjectIdentifier = "1.2.840.113549.1.9.16.1.31" // RFC 5544
)

// contentTypeName names a content type for an error message.
func contentTypeName(o asn1.ObjectIdentifier) string {
	switch o {
	case OIDData:
		return "Data"
	case OIDEnvelopedData:
		return "EnvelopedData"
	case OIDSignedAndEnvelopedData:
		return "SignedAndEnvelopedData"
	case OIDDigestedData:
		return "DigestedData"
	case OIDEncryptedData:
		return "EncryptedData"
	case OIDAuthenticatedData:
		return "AuthenticatedData"
	case OIDCompressedData:
		return "CompressedData"
	case OIDAuthEnvelopedData:
		return "AuthEnvelopedData"
	case OIDTimeStampedData:
		return "TimeStampedData"
	}
	return string(o)
}

// ContentTypeError says that a ContentInfo is well-formed and holds something other than SignedData, which this package does not open.
type ContentTypeError struct {
	ContentType asn1.ObjectIdentifier
	Name        string // "EnvelopedData"; the dotted decimal form where the name isn't known
}

// Error names the content type.
func (e *ContentTypeError) Error() string {
	return "cms: the message is " + e.Name + ", not SignedData"
}

// ParseError says which part of a message could not be read. The cause, often an *asn1.SyntaxError, is found with errors.As.
type ParseError struct {
	Part string
	Err  error
}

// Error names the part and the cause.
func (e *ParseError) Error() string { return fmt.Sprintf("cms: %s: %v", e.Part, e.Err) }

// Unwrap returns the cause.
func (e *ParseError) Unwrap() error { return e.Err }

// within adds the part's name to an error.
func within(part string, err error) error {
	if err == nil {
		return nil
	}
	var p *ParseError
	if errors.As(err, &p) {
		return err // the innermost name says most
	}
	return &ParseError{Part: part, Err: err}
}

// ProblemCode names a kind of problem; it is stable.
type ProblemCode string

// What can be wrong or odd with a message that can be read all the same.
const (
	TrailingZeros          ProblemCode = "TRAILING_ZEROS"            // zero octets after the message, as PDF's /Contents has; harmless
	TrailingData           ProblemCode = "TRAILING_DATA"             // other octets after the message, which nothing protects
	ContentNotOctetString  ProblemCode = "CONTENT_NOT_OCTET_STRING"  // PKCS #7 content of another type; its contents octets are hashed (RFC 5652, 5.2.1)
	TwoContents            ProblemCode = "TWO_CONTENTS"              // detached content was given though the message has its own, which then counts for nothing
	NoContent              ProblemCode = "NO_CONTENT"                // neither encapsulated nor given
	UnknownCertificateKind ProblemCode = "UNKNOWN_CERTIFICATE_KIND"  // an element of the certificate set that is no known choice
	UnknownRevocationKind  ProblemCode = "UNKNOWN_REVOCATION_KIND"   // an element of crls that is no known choice
	MalformedSignerInfo    ProblemCode = "MALFORMED_SIGNER_INFO"     // SignerInfo.Malformed says why
	MalformedAttribute     ProblemCode = "MALFORMED_ATTRIBUTE"       // an attribute whose value can't be read
	RepeatedAttribute      ProblemCode = "REPEATED_ATTRIBUTE"        // twice, or with several values, where RFC 5652, 11 allows one
	MissingAttribute       ProblemCode = "MISSING_ATTRIBUTE"         // content-type or message-digest (RFC 5652, 5.3)
	NoSignedAttributes     ProblemCode = "NO_SIGNED_ATTRIBUTES"      // though the content type is not id-data, which RFC 5652, 5.3 forbids
	ContentTypeMismatch    ProblemCode = "CONTENT_TYPE_MISMATCH"     // the content-type attribute is not the eContentType
	AlgorithmMismatch      ProblemCode = "ALGORITHM_MISMATCH"        // CMSAlgorithmProtection (RFC 6211) names other algorithms
	DigestsDiffer          ProblemCode = "DIGESTS_DIFFER"            // digestAlgorithm is not the digest of signatureAlgorithm
	DigestNotListed        ProblemCode = "DIGEST_NOT_LISTED"         // digestAlgorithm is not among SignedData's digestAlgorithms
	NotDER                 ProblemCode = "SIGNED_ATTRIBUTES_NOT_DER" // the signed attributes were not received in DER, which the value must be over (RFC 5652, 5.4)
	DigestInfoWithoutNull  ProblemCode = "DIGEST_INFO_WITHOUT_NULL"  // the RSA value lacks NULL parameters inside (RFC 8017, B.1); harmless
	AmbiguousContent       ProblemCode = "AMBIGUOUS_CONTENT"         // without signed attributes, over content that is itself a set of signed attributes: a known forgery
	UnsupportedAlgorithm   ProblemCode = "UNSUPPORTED_ALGORITHM"     // nothing can be said about the value
	BadKey                 ProblemCode = "BAD_KEY"                   // the public key does not go with the algorithm
)

// Problem is one thing that is wrong or odd.
type Problem struct {
	Code ProblemCode
	Text string // what exactly, in English, for the engineer
}

// String is for logs and tests.
func (p Problem) String() string {
	if p.Text == "" {
		return string(p.Code)
	}
	return string(p.Code) + ": " + p.Text
}

// SignedData is a parsed message. Its slices share the memory that was given to Parse.
//
//	SignedData ::= SEQUENCE {
//	  version CMSVersion,
//	  digestAlgorithms DigestAlgorithmIdentifiers,
//	  encapContentInfo EncapsulatedContentInfo,
//	  certificates [0] IMPLICIT CertificateSet OPTIONAL,
//	  crls [1] IMPLICIT RevocationInfoChoices OPTIONAL,
//	  signerInfos SignerInfos }   -- RFC 5652, 5.1
type SignedData struct {
	Raw                   []byte // the ContentInfo, without what follows it
	Version               int
	DigestAlgorithms      []algo.Identifier
	ContentType           asn1.ObjectIdentifier // eContentType
	Content               *Content              // nil when detached
	Certificates          [][]byte              // X.509 certificates, in order
	AttributeCertificates [][]byte              // version 1 and 2, with their context tag [1] or [2]
	OtherCertificates     [][]byte              // PKCS #6 extended ones [0] and other formats [3]
	CRLs                  [][]byte
	OCSPResponses         [][]byte // each an OCSPResponse; a bare BasicOCSPResponse, as some CAdES writers store, was wrapped into one
	OtherRevocation       []OtherValue
	SignerInfos           []*SignerInfo // empty for a certificates-only message
	Problems              []Problem     // of the message; each SignerInfo has its own

	// Whole elements as received, tag and length included, for timestamps over them (ETSI TS 101 733, 6.4.1; EN 319 122-1, 5.5.3).
	RawContentInfo  []byte // encapContentInfo
	RawCertificates []byte // certificates [0]; nil when absent
	RawRevocation   []byte // crls [1]; nil when absent
}

// OtherValue is something of a kind that an object identifier names.
type OtherValue struct {
	Type  asn1.ObjectIdentifier
	Value []byte
}

// SignerInfo is one signature of a message, or a counter-signature.
//
//	SignerInfo ::= SEQUENCE {
//	  version CMSVersion,
//	  sid SignerIdentifier,
//	  digestAlgorithm DigestAlgorithmIdentifier,
//	  signedAttrs [0] IMPLICIT SignedAttributes OPTIONAL,
//	  signatureAlgorithm SignatureAlgorithmIdentifier,
//	  signature SignatureValue,
//	  unsignedAttrs [1] IMPLICIT UnsignedAttributes OPTIONAL }   -- RFC 5652, 5.3
type SignerInfo struct {
	Raw                 []byte
	Malformed           error // not nil: it can't be read; the other fields hold what was read before the fault
	Version             int
	IssuerRaw           []byte   // with Serial, or SubjectKeyID: the signer
	Serial              *big.Int // nil with SubjectKeyID
	SubjectKeyID        []byte
	DigestAlgorithm     algo.Identifier
	SignatureAlgorithm  algo.Identifier
	SignedAttributes    Attributes
	RawSignedAttributes []byte // as received, with its tag [0]; nil when absent
	Signature           []byte
	UnsignedAttributes  Attributes
	Problems            []Problem

	data *SignedData // nil for a counter-signature, whose content is a signature value
}

// Limits bound what Parse reads. A zero field means its default.
type Limits struct {
	ASN1         asn1.Limits // default: depth 40, 8,000,000 elements
	Signers      int         // default 250: each costs a verification, of which an attacker chooses the key
	Certificates int         // of any kind, and the same for revocation values; default 2,000
}

// defaultSigners bounds the signers of a message, and the counter-signatures of a signature.
const defaultSigners = 250

func (l Limits) withDefaults() Limits {
	if l.ASN1.Elements == 0 {
		l.ASN1.Elements = 8_000_000 // BER content of 100 MB may come in segments of 100 octets
	}
	if l.Signers == 0 {
		l.Signers = defaultSigners
	}
	if l.Certificates == 0 {
		l.Certificates = 2000
	}
	return l
}
