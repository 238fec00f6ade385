package verify

import (
	"time"

	"mohur/certs"
	"mohur/internal/algo"
	"mohur/internal/tsp"
)

// The neutral model: what an adapter (from_pdf.go, from_cms.go) reads out of a container and the building blocks judge. Nothing in it knows
// how the container writes things down; nothing in the blocks asks. docs/design/verify.md says how further formats fill it.

// document is one container with its signatures.
type document struct {
	format       Format
	signatures   []*signature
	timestamps   []*timestamp // that stand on their own and prove the existence of signatures: document timestamps, a bare token
	certificates []*certs.Certificate
	held         []heldCertificate // those of certificates that lie in a PDF revision
	revocation   []revocationBlob  // carried by the document as a whole: the DSS of a PDF

	attributeCertificates []AttributeCertificate // for reports only
}

// signature is one signature, whatever carries it.
type signature struct {
	id     string
	name   string
	format Format // PDF or PAdES, CMS or CAdES
	shape  shape

	structure []finding // what format checking found (5.2.2), in the order of its constraints
	orphan    bool
	coverage  Coverage
	revision  int
	modified  Modified
	changes   []Change
	claims    Claims
	claimed   *time.Time       // the claimed signing time
	technical Technical        // for reports only
	original  func() *Original // what it was put on, outside PDF
	parent    string           // id of the signature whose value a counter-signature signs

	attributeCertificates []AttributeCertificate // among the signer's attributes, for reports only

	// For identification of the signing certificate (5.2.3).
	identifiers []certificateIdentifier       // signed references, ESS or alike; the first is the signer's
	matches     func(*certs.Certificate) bool // the container's own hint (SignerIdentifier); nil when it has none
	candidates  []*certs.Certificate          // certificates in the signature, as the container orders them

	// For cryptographic verification (5.2.7).
	digest     algo.Digest
	algorithm  algo.Signature
	digestName string // for the report, also when the algorithm is unknown
	signName   string
	references []reference
	value      func(*certs.Certificate) valueOutcome

	policyID string // the signature policy that the signer names, empty for none

	// For acceptance (5.2.8).
	attributes []finding // demands on signed attributes, as the format states them

	revocation []revocationBlob
	timestamps []*timestamp // content, signature and archive timestamps, oldest first
	position   position     // what proofs of existence a document timestamp gives
}

// finding is a constraint that the adapter has already looked at, since only it knows the syntax.
type finding struct {
	key       string
	met       bool
	always    bool // no policy can lift it
	otherwise outcome
	args      []Arg
}

// certificateIdentifier is a signed reference to a certificate.
type certificateIdentifier struct {
	digest    algo.Digest // zero when the algorithm is unknown
	hash      []byte
	issuerDER []byte // nil when absent
	serial    []byte // big-endian magnitude; nil when absent
	attribute int    // which attribute it is from: two attributes are one too many
}

// reference is one piece of signed data.
type reference struct {
	name    string
	found   bool // the data were there to hash
	unknown bool // the digest algorithm is none that this program has, so nothing could be compared
	matches bool
	digest  string
	unseen  bool // only its digest was given, not the data
}

// valueOutcome is what the cryptographic primitive says of the signature value under one certificate's key.
type valueOutcome struct {
	valid       bool
	notDER      bool   // it verifies over signed attributes as received, which are not their DER encoding
	unsupported string // algorithm that this program can not check, empty when it could
}

// position orders signatures and document timestamps by what each covers: an element is proven by a document timestamp that covers it.
type position struct {
	end int64 // number of leading bytes of the PDF that the element lies in
}

// timestamp is one RFC 3161 token with what it is bound to.
type timestamp struct {
	id       string
	kind     TimestampType
	name     string
	token    *tsp.Token
	signed   *signature // the token's own signature
	proves   []string   // ids of what the token itself proves to have existed
	broken   error      // the token could not be read
	found    bool       // the stamped data were there to hash
	matches  bool       // the imprint is that of the stamped data
	coverage Coverage
	position position
	format   []finding // structure of its container (a PDF field)
}

// revocationBlob is a CRL or an OCSP response as the container carries it.
type revocationBlob struct {
	der    []byte
	ocsp   bool
	origin certs.Origin
	end    int64 // as position.end: a document timestamp proves what lies before it; 0 is not in a PDF revision
}

// heldCertificate is a certificate that lies before a place in a PDF.
type heldCertificate struct {
	cert *certs.Certificate
	end  int64
}

// covers is what the signature covers of what was seen: a file that is not here is not said to be covered as a whole.
func (s *signature) covers() Coverage {
	for _, r := range s.references {
		if !r.found {
			return CoversPartial
		}
	}
	return s.coverage
}
