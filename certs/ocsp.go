package certs

import (
	"math/big"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"mohur/internal/algo"
)

// MaxOCSPSize bounds one OCSP response, in bytes.
const MaxOCSPSize = 4 << 20

// OCSPResponse is a response as received.
//
//	OCSPResponse ::= SEQUENCE { responseStatus OCSPResponseStatus, responseBytes [0] EXPLICIT ResponseBytes OPTIONAL }
//	BasicOCSPResponse ::= SEQUENCE { tbsResponseData ResponseData, signatureAlgorithm AlgorithmIdentifier, signature BIT STRING,
//	  certs [0] EXPLICIT SEQUENCE OF Certificate OPTIONAL }
//	ResponseData ::= SEQUENCE { version [0] EXPLICIT Version DEFAULT v1, responderID ResponderID, producedAt GeneralizedTime,
//	  responses SEQUENCE OF SingleResponse, responseExtensions [1] EXPLICIT Extensions OPTIONAL }
//
// (RFC 6960, 4.2.1.)
type OCSPResponse struct {
	Raw                   []byte
	Status                int // 0 successful, 1 malformedRequest, 2 internalError, 3 tryLater, 5 sigRequired, 6 unauthorized
	RawTBS                []byte
	ResponderName         *Name  // one of the two is set
	ResponderKeyHash      []byte // SHA-1 of the responder's key
	ProducedAt            time.Time
	Responses             []SingleResponse
	Extensions            []Extension
	Nonce                 []byte // content of the nonce extension, nil when absent
	SignatureAlgorithm    algo.Signature
	SignatureAlgorithmErr error
	Signature             []byte
	Certificates          []*Certificate // as sent along: candidates, not trusted
	Problems              []Problem
}

// SingleResponse is the answer about one certificate.
//
//	SingleResponse ::= SEQUENCE { certID CertID, certStatus CertStatus, thisUpdate GeneralizedTime, nextUpdate [0] EXPLICIT GeneralizedTime OPTIONAL,
//	  singleExtensions [1] EXPLICIT Extensions OPTIONAL }
type SingleResponse struct {
	ID            CertID
	State         RevocationState // StateGood, StateRevoked, StateOnHold or StateUnknown
	RevokedAt     time.Time
	Reason        RevocationReason
	ThisUpdate    time.Time
	NextUpdate    time.Time // zero when absent
	ArchiveCutoff time.Time // zero when absent
	CertHash      []byte    // digest of the certificate (Common PKI), nil when absent
	CertHashAlg   algo.Digest
	Invalidity    time.Time // zero when absent
	Extensions    []Extension
	critical      bool // a critical extension that is not known here
	malformed     bool
}

// CertID names a certificate by hashes of its issuer's name and key and its serial number (RFC 6960, 4.1.1).
type CertID struct {
	Digest     algo.Digest
	NameHash   []byte
	KeyHash    []byte
	Serial     *big.Int
	Algorithm  algo.Identifier
	serialText string
}

// maxSingleResponses bounds the answers of one response.
const maxSingleResponses = 1000

// ParseOCSP reads an OCSPResponse, or the BasicOCSPResponse that some signature formats store without its envelope. A *ParseError means that the
// bytes are neither; a responder's refusal is a Status other than 0.
func ParseOCSP(der []byte) (*OCSPResponse, error) {
	if len(der) > MaxOCSPSize {
		return nil, &ParseError{What: "OCSP response", Err: errTooLarge}
	}
	s := cryptobyte.String(der)
	var outer cryptobyte.String
	if !s.ReadASN1(&outer, cbasn1.SEQUENCE) {
		return nil, &ParseError{What: "OCSP response", Err: errDER}
	}
	if !s.Empty() {
		return nil, &ParseError{What: "OCSP response", Err: errTrailing}
	}
	r := &OCSPResponse{Raw: der}
	ok := false
	if outer.PeekASN1Tag(cbasn1.ENUM) {
		ok = r.readEnvelope(outer)
	} else {
		ok = r.readBasic(outer)
	}
	if !ok {
		return nil, &ParseError{What: "OCSP response", Err: errDER}
	}
	return r, nil
}

func (r *OCSPResponse) problem(key, detail string) {
	r.Problems = append(r.Problems, Problem{Key: key, Detail: detail})
}

// HasProblem says whether the parser noted a problem of that key.
func (r *OCSPResponse) HasProblem(key string) bool { return hasProblem(r.Problems, key) }

func (r *OCSPResponse) readEnvelope(s cryptobyte.String) bool {
	var ok bool
	if r.Status, ok = readSmall(&s, cbasn1.ENUM); !ok {
		return false
	}
	var explicit, bytes, octets, basic cryptobyte.String
	var present bool
	if !s.ReadOptionalASN1(&explicit, &present, constructedTag(0)) || !s.Empty() {
		return false
	}
	if !present {
		return r.Status != 0
	}
	if !explicit.ReadASN1(&bytes, cbasn1.SEQUENCE) || !explicit.Empty() {
		return false
	}
	typ, ok := readOID(&bytes)
	if !ok || !bytes.ReadASN1(&octets, cbasn1.OCTET_STRING) || !bytes.Empty() {
		return false
	}
	if typ != "1.3.6.1.5.5.7.48.1.1" {
		return false
	}
	return octets.ReadASN1(&basic, cbasn1.SEQUENCE) && octets.Empty() && r.readBasic(basic)
}

func (r *OCSPResponse) readBasic(s cryptobyte.String) bool {
	var tbs cryptobyte.String
	if !s.ReadASN1Element(&tbs, cbasn1.SEQUENCE) {
		return false
	}
	r.RawTBS = tbs
	id, ok := readAlgorithm(&s)
	if !ok {
		return false
	}
	r.SignatureAlgorithm, r.SignatureAlgorithmErr = algo.ParseSignature(id, 0)
	bits, ok := readBits(&s)
	if !ok || bits.BitLength%8 != 0 {
		return false
	}
	r.Signature = bits.Bytes
	if !r.readCertificates(&s) || !s.Empty() {
		return false
	}
	return tbs.ReadASN1(&tbs, cbasn1.SEQUENCE) && r.readTBS(tbs)
}

func (r *OCSPResponse) readCertificates(s *cryptobyte.String) bool {
	var explicit, list cryptobyte.String
	var present bool
	if !s.ReadOptionalASN1(&explicit, &present, constructedTag(0)) {
		return false
	}
	if !present {
		return true
	}
	if !explicit.ReadASN1(&list, cbasn1.SEQUENCE) || !explicit.Empty() {
		return false
	}
	for !list.Empty() {
		var one cryptobyte.String
		if len(r.Certificates) == 32 || !list.ReadASN1Element(&one, cbasn1.SEQUENCE) {
			return false
		}
		c, err := Parse(one)
		if err != nil {
			r.problem("CERTIFICATE_UNREADABLE", "")
			continue
		}
		r.Certificates = append(r.Certificates, c)
	}
	return true
}

func (r *OCSPResponse) readTBS(s cryptobyte.String) bool {
	var explicit cryptobyte.String
	var present bool
	if !s.ReadOptionalASN1(&explicit, &present, constructedTag(0)) {
		return false
	}
	if present {
		if v, ok := readSmall(&explicit, cbasn1.INTEGER); !ok || v != 0 || !explicit.Empty() {
			return false
		}
	}
	if !r.readResponderID(&s) {
		return false
	}
	var ok bool
	if r.ProducedAt, _, ok = readTime(&s); !ok {
		return false
	}
	var list cryptobyte.String
	if !s.ReadASN1(&list, cbasn1.SEQUENCE) {
		return false
	}
	for !list.Empty() {
		var one cryptobyte.String
		if len(r.Responses) == maxSingleResponses || !list.ReadASN1(&one, cbasn1.SEQUENCE) {
			return false
		}
		single, ok := readSingleResponse(one)
		if !ok {
			return false
		}
		r.Responses = append(r.Responses, single)
	}
	return r.readResponseExtensions(&s) && s.Empty()
}

// readResponderID reads CHOICE { byName [1] Name, byKey [2] KeyHash }, both explicitly tagged.
func (r *OCSPResponse) readResponderID(s *cryptobyte.String) bool {
	var content, hash cryptobyte.String
	var tag cbasn1.Tag
	if !s.ReadAnyASN1(&content, &tag) {
		return false
	}
	switch tag {
	case constructedTag(1):
		n, ok := readName(&content)
		r.ResponderName = &n
		return ok && content.Empty()
	case constructedTag(2):
		ok := content.ReadASN1(&hash, cbasn1.OCTET_STRING) && content.Empty()
		r.ResponderKeyHash = hash
		return ok
	default:
		return false
	}
}

func (r *OCSPResponse) readResponseExtensions(s *cryptobyte.String) bool {
	var explicit cryptobyte.String
	var present, ok bool
	if !s.ReadOptionalASN1(&explicit, &present, constructedTag(1)) {
		return false
	}
	if !present {
		return true
	}
	if r.Extensions, ok = readExtensionList(explicit); !ok {
		return false
	}
	for _, e := range r.Extensions {
		switch {
		case e.ID == oidOCSPNonce:
			r.Nonce = nonceValue(e.Value)
		case e.ID == "1.3.6.1.5.5.7.48.1.9": // extended-revoke (RFC 6960, 4.4.8)
		case e.Critical:
			r.problem("EXTENSION_CRITICAL_UNKNOWN", string(e.ID))
		}
	}
	return true
}

const oidOCSPNonce = "1.3.6.1.5.5.7.48.1.2"

// nonceValue unwraps the OCTET STRING that RFC 8954, 2.1 asks for and older responders leave out.
func nonceValue(v []byte) []byte {
	s := cryptobyte.String(v)
	var n cryptobyte.String
	if s.ReadASN1(&n, cbasn1.OCTET_STRING) && s.Empty() {
		return n
	}
	return v
}
