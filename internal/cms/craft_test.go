package cms

import (
	"crypto"
	"crypto/rand"
	"slices"
	"testing"

	"mohur/internal/algo"
	"mohur/internal/asn1"
)

// craft makes messages with whatever defect a test asks for: every part can be replaced before the value is computed.
type craft struct {
	s             signer
	content       []byte // hashed
	encapsulated  []byte // the element inside eContent's [0]; nil: detached
	contentType   asn1.ObjectIdentifier
	version       []byte
	sid           []byte
	digest        []byte // AlgorithmIdentifier
	listed        []byte // the same in digestAlgorithms
	signature     []byte // AlgorithmIdentifier
	attributes    [][]byte
	noAttributes  bool
	keepOrder     bool // do not sort the attributes
	valueOver     []byte
	value         []byte
	unsigned      [][]byte
	certificates  [][]byte
	crls          [][]byte
	extraSigners  [][]byte
	afterSigners  []byte
	hashAlgorithm algo.Digest
}

// newCraft is a good detached RSA_SHA256 or ECDSA_SHA256 message over content.
func newCraft(t testing.TB, name string, content []byte) *craft {
	t.Helper()
	s := testSigners()[name]
	family := algo.RSA
	if name != "RSA" {
		family = algo.ECDSA
	}
	alg, err := algo.NewSignature(family, algo.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	id, err := alg.Identifier()
	if err != nil {
		t.Fatal(err)
	}
	cert, err := IdentifyCertificate(s.cert)
	if err != nil {
		t.Fatal(err)
	}
	return &craft{
		s: s, content: content, contentType: OIDData, version: asn1.Int(1), sid: asn1.Sequence(cert.IssuerRaw, asn1.Integer(cert.Serial)),
		digest: algo.SHA256.Identifier(), listed: algo.SHA256.Identifier(), signature: id, certificates: [][]byte{s.cert}, hashAlgorithm: algo.SHA256,
		attributes: [][]byte{
			EncodeAttribute(OIDContentType, asn1.OID(OIDData)),
			EncodeAttribute(OIDMessageDigest, asn1.OctetString(algo.SHA256.Sum(content))),
		},
	}
}

// set puts the encoding of the attributes together.
func (c *craft) set() []byte {
	if c.keepOrder {
		return asn1.Encode(asn1.TagSet, true, c.attributes...)
	}
	return asn1.SetOf(c.attributes...)
}

// signed returns one SignerInfo.
func (c *craft) signed(t testing.TB) []byte {
	t.Helper()
	over := c.valueOver
	switch {
	case over != nil:
	case c.noAttributes:
		over = c.content
	default:
		over = c.set()
	}
	if c.value == nil {
		var err error
		if c.value, err = c.s.key.Sign(rand.Reader, c.hashAlgorithm.Sum(over), crypto.SignerOpts(c.hashAlgorithm.Hash())); err != nil {
			t.Fatal(err)
		}
	}
	var attributes []byte
	if !c.noAttributes {
		attributes = asImplicit(0, c.set())
	}
	var unsigned []byte
	if c.unsigned != nil {
		unsigned = asn1.Encode(asn1.Context(1), true, c.unsigned...)
	}
	return asn1.Sequence(c.version, c.sid, c.digest, attributes, c.signature, asn1.OctetString(c.value), unsigned)
}

// message returns the ContentInfo.
func (c *craft) message(t testing.TB) []byte {
	t.Helper()
	content := [][]byte{asn1.OID(c.contentType)}
	if c.encapsulated != nil {
		content = append(content, asn1.Explicit(0, c.encapsulated))
	}
	var certs, crls []byte
	if c.certificates != nil {
		certs = asn1.Encode(asn1.Context(0), true, c.certificates...)
	}
	if c.crls != nil {
		crls = asn1.Encode(asn1.Context(1), true, c.crls...)
	}
	infos := asn1.Encode(asn1.TagSet, true, slices.Concat([][]byte{c.signed(t)}, c.extraSigners)...)
	body := asn1.Sequence(c.version, asn1.SetOf(c.listed), asn1.Sequence(content...), certs, crls, infos, c.afterSigners)
	return asn1.Sequence(asn1.OID(OIDSignedData), asn1.Explicit(0, body))
}

// ber re-encodes with indefinite lengths, and OCTET STRINGs in segments of at most n octets where n is not zero. What keep names stays as it is.
func ber(t testing.TB, der []byte, n int, keep ...[]byte) []byte {
	t.Helper()
	e, err := asn1.Parse(der, asn1.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return berElement(t, e, n, keep)
}

func berElement(t testing.TB, e asn1.Element, n int, keep [][]byte) []byte {
	for _, k := range keep {
		if string(e.Raw) == string(k) {
			return e.Raw
		}
	}
	var parts [][]byte
	switch {
	case e.Constructed:
		for r := e.Children(); r.More(); {
			c, err := r.Next()
			if err != nil {
				t.Fatal(err)
			}
			parts = append(parts, berElement(t, c, n, keep))
		}
	case e.Is(asn1.TagOctetString) && n > 0:
		for p := range slices.Chunk(e.Content, n) {
			parts = append(parts, asn1.OctetString(p))
		}
	default:
		return e.Raw
	}
	head := []byte{e.Raw[0] | 0x20, 0x80}
	return slices.Concat(head, slices.Concat(parts...), []byte{0, 0})
}
