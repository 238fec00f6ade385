package verify_test

import (
	"crypto"
	"crypto/rand"
	"slices"
	"testing"

	"mohur/internal/algo"
	"mohur/internal/asn1"
	"mohur/internal/cms"
	"mohur/internal/demopki"
	"mohur/verify"
	"mohur/verify/etsi"
)

// essID is an ESSCertID of version 2, or of version 1 when there is no algorithm.
func essID(algorithm, hash []byte, issuerSerial ...[]byte) []byte {
	parts := [][]byte{asn1.OctetString(hash)}
	if algorithm != nil {
		parts = append([][]byte{algorithm}, parts...)
	}
	if len(issuerSerial) > 0 {
		parts = append(parts, asn1.Sequence(asn1.Sequence(asn1.Explicit(4, issuerSerial[0])), issuerSerial[1]))
	}
	return asn1.Sequence(parts...)
}

func essV1(ids ...[]byte) []byte {
	return cms.EncodeAttribute(cms.OIDSigningCertificate, asn1.Sequence(asn1.Sequence(ids...)))
}

func essV2(ids ...[]byte) []byte {
	return cms.EncodeAttribute(cms.OIDSigningCertificateV2, asn1.Sequence(asn1.Sequence(ids...)))
}

// signerInfo makes a SignerInfo over content; kind is whether the attribute content-type stands in it, which it does not in a counter-signature.
// Inside are the unsigned attributes.
func (w *world) signerInfo(s *demopki.Signer, content []byte, kind bool, references [][]byte, inside ...[]byte) []byte {
	w.t.Helper()
	id, err := cms.IdentifyCertificate(s.Certificate)
	if err != nil {
		w.t.Fatal(err)
	}
	list := append([][]byte{
		cms.EncodeAttribute(cms.OIDSigningTime, asn1.Time(w.clock)), cms.EncodeAttribute(cms.OIDMessageDigest, asn1.OctetString(algo.SHA256.Sum(content))),
	}, references...)
	if kind {
		list = append(list, cms.EncodeAttribute(cms.OIDContentType, asn1.OID(cms.OIDData)))
	}
	set := asn1.SetOf(list...)
	value, err := s.Key.Sign(rand.Reader, algo.SHA256.Sum(set), crypto.SHA256)
	if err != nil {
		w.t.Fatal(err)
	}
	alg, err := algo.NewSignature(algo.ECDSA, algo.SHA256)
	if err != nil {
		w.t.Fatal(err)
	}
	signature, err := alg.Identifier()
	if err != nil {
		w.t.Fatal(err)
	}
	parts := [][]byte{
		asn1.Int(1), asn1.Sequence(id.IssuerRaw, asn1.Integer(id.Serial)), algo.SHA256.Identifier(), append([]byte{0xa0}, set[1:]...), signature, asn1.OctetString(value),
	}
	if len(inside) > 0 {
		parts = append(parts, asn1.Encode(asn1.Context(1), true, inside...))
	}
	return asn1.Sequence(parts...)
}

// referring makes a message whose signed attributes name the signer's certificate as a test wants.
func (w *world) referring(s *demopki.Signer, content []byte, references ...[]byte) []byte {
	w.t.Helper()
	return signedData(content, append([][]byte{s.Certificate}, s.Chain...), w.signerInfo(s, content, true, references))
}

// signedData puts a message together.
func signedData(content []byte, certificates [][]byte, signers ...[]byte) []byte {
	set := asn1.SetOf(certificates...)
	set[0] = 0xa0
	return asn1.Sequence(asn1.OID(cms.OIDSignedData), asn1.Explicit(0, asn1.Sequence(asn1.Int(1), asn1.SetOf(algo.SHA256.Identifier()),
		asn1.Sequence(asn1.OID(cms.OIDData), asn1.Explicit(0, asn1.OctetString(content))), set, asn1.SetOf(signers...))))
}

// referenceCase is one way to name the signing certificate, with the verdict. EU DSS 6.4, asked once with the same anchors, lists and time, says
// the same of each, but where differs names the clause.
type referenceCase struct {
	name    string
	ind     etsi.Indication
	sub     etsi.SubIndication
	warn    string // a constraint among the warnings
	differs string // why DSS says TOTAL_PASSED and we don't
	ids     func(c references) [][]byte
}

// references are the parts that cases are put together from.
type references struct {
	der, ca, issuer, serial, otherName []byte
}

func hashed(d algo.Digest, b []byte) []byte { return d.Sum(b) }

func referenceCases() []referenceCase {
	sha256, sha384, sha512 := algo.SHA256, algo.SHA384, algo.SHA512
	return []referenceCase{
		{name: "absent", ind: etsi.TotalPassed, warn: verify.ConstraintCertificateAttribute, ids: func(references) [][]byte { return nil }},
		{name: "version 2, SHA-256", ind: etsi.TotalPassed, ids: func(c references) [][]byte {
			return [][]byte{essV2(essID(nil, hashed(sha256, c.der), c.issuer, c.serial))}
		}},
		{name: "version 2, SHA-256 written out", ind: etsi.TotalPassed, ids: func(c references) [][]byte {
			return [][]byte{essV2(essID(sha256.Identifier(), hashed(sha256, c.der), c.issuer, c.serial))}
		}},
		{name: "version 2, SHA-512", ind: etsi.TotalPassed, ids: func(c references) [][]byte {
			return [][]byte{essV2(essID(sha512.Identifier(), hashed(sha512, c.der), c.issuer, c.serial))}
		}},
		{name: "version 2 without issuer and serial", ind: etsi.TotalPassed, ids: func(c references) [][]byte { return [][]byte{essV2(essID(nil, hashed(sha256, c.der)))} }},
		{name: "version 1, SHA-1", ind: etsi.TotalPassed, ids: func(c references) [][]byte {
			return [][]byte{essV1(essID(nil, hashed(algo.SHA1, c.der), c.issuer, c.serial))}
		}},
		{name: "both versions", ind: etsi.TotalPassed, warn: verify.ConstraintCertificateUnicity, ids: func(c references) [][]byte {
			return [][]byte{essV1(essID(nil, hashed(algo.SHA1, c.der))), essV2(essID(nil, hashed(sha256, c.der)))}
		}},
		{name: "wrong hash", ind: etsi.Indeterminate, sub: etsi.NoSigningCertificateFound, ids: func(c references) [][]byte {
			return [][]byte{essV2(essID(nil, hashed(sha256, []byte("x")), c.issuer, c.serial))}
		}},
		{name: "wrong hash, version 1", ind: etsi.Indeterminate, sub: etsi.NoSigningCertificateFound, ids: func(c references) [][]byte {
			return [][]byte{essV1(essID(nil, hashed(algo.SHA1, []byte("x")), c.issuer, c.serial))}
		}},
		{name: "hash of another algorithm than said", ind: etsi.Indeterminate, sub: etsi.NoSigningCertificateFound, ids: func(c references) [][]byte {
			return [][]byte{essV2(essID(sha512.Identifier(), hashed(sha256, c.der), c.issuer, c.serial))}
		}},
		{name: "hash of another algorithm of the same length", ind: etsi.Indeterminate, sub: etsi.NoSigningCertificateFound, ids: func(c references) [][]byte {
			return [][]byte{essV2(essID(sha384.Identifier(), hashed(algo.SHA3_384, c.der), c.issuer, c.serial))}
		}},
		{name: "unknown hash algorithm", ind: etsi.Indeterminate, sub: etsi.NoSigningCertificateFound, differs: "what can not be compared names nobody (5.2.3.4); DSS leaves the reference out", ids: func(c references) [][]byte {
			return [][]byte{essV2(essID(asn1.Sequence(asn1.OID("1.2.3.4.5")), hashed(sha256, c.der), c.issuer, c.serial))}
		}},
		{name: "wrong serial", ind: etsi.TotalPassed, warn: verify.ConstraintIssuerSerial, ids: func(c references) [][]byte {
			return [][]byte{essV2(essID(nil, hashed(sha256, c.der), c.issuer, asn1.Int(7)))}
		}},
		{name: "wrong issuer", ind: etsi.TotalPassed, warn: verify.ConstraintIssuerSerial, ids: func(c references) [][]byte {
			return [][]byte{essV2(essID(nil, hashed(sha256, c.der), c.otherName, c.serial))}
		}},
		{name: "several, the signer's first", ind: etsi.TotalPassed, ids: func(c references) [][]byte {
			return [][]byte{essV2(essID(nil, hashed(sha256, c.der), c.issuer, c.serial), essID(nil, hashed(sha256, c.ca)))}
		}},
		{name: "several, the signer's last", ind: etsi.TotalPassed, ids: func(c references) [][]byte {
			return [][]byte{essV2(essID(nil, hashed(sha256, c.ca)), essID(nil, hashed(sha256, c.der), c.issuer, c.serial))}
		}},
		{name: "several, a further one names nothing", ind: etsi.TotalPassed, ids: func(c references) [][]byte {
			return [][]byte{essV2(essID(nil, hashed(sha256, c.der), c.issuer, c.serial), essID(nil, hashed(sha256, []byte("x"))))}
		}},
		{name: "the issuer's certificate", ind: etsi.Indeterminate, sub: etsi.NoSigningCertificateFound, differs: "no reference names the certificate whose key verifies (5.2.3.4)", ids: func(c references) [][]byte { return [][]byte{essV2(essID(nil, hashed(sha256, c.ca)))} }},
		{name: "version 1 right, version 2 wrong", ind: etsi.TotalPassed, warn: verify.ConstraintCertificateUnicity, ids: func(c references) [][]byte {
			return [][]byte{essV1(essID(nil, hashed(algo.SHA1, c.der))), essV2(essID(nil, hashed(sha256, []byte("x"))))}
		}},
		{name: "version 1 wrong, version 2 right", ind: etsi.TotalPassed, warn: verify.ConstraintCertificateUnicity, ids: func(c references) [][]byte {
			return [][]byte{essV1(essID(nil, hashed(algo.SHA1, []byte("x")))), essV2(essID(nil, hashed(sha256, c.der)))}
		}},
		{name: "version 2 twice", ind: etsi.TotalPassed, warn: verify.ConstraintCertificateAttribute, ids: func(c references) [][]byte {
			return [][]byte{essV2(essID(nil, hashed(sha256, c.der))), essV2(essID(nil, hashed(sha256, c.der), c.issuer, c.serial))}
		}},
		{name: "no identifier inside", ind: etsi.TotalPassed, warn: verify.ConstraintCertificateAttribute, ids: func(references) [][]byte { return [][]byte{essV2()} }},
		{name: "a number inside", ind: etsi.TotalPassed, warn: verify.ConstraintCertificateAttribute, ids: func(references) [][]byte {
			return [][]byte{cms.EncodeAttribute(cms.OIDSigningCertificateV2, asn1.Int(1))}
		}},
	}
}

// referenceMessage makes the message of a case.
func (w *world) referenceMessage(c referenceCase) []byte {
	s := w.person(demopki.Person{})
	id, err := cms.IdentifyCertificate(s.Certificate)
	if err != nil {
		w.t.Fatal(err)
	}
	other, err := cms.IdentifyCertificate(w.pki.PersonsCA().Raw)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.referring(s, []byte("Müqavilə"), c.ids(references{
		der: s.Certificate, ca: w.pki.PersonsCA().Raw, issuer: id.IssuerRaw, serial: asn1.Integer(id.Serial), otherName: other.IssuerRaw,
	})...)
}

// TestNamesOfTheSigningCertificate judges each way by the basic policy (ETSI EN 319 102-1, 5.2.3.4).
func TestNamesOfTheSigningCertificate(t *testing.T) {
	w := newWorld(t)
	for _, c := range referenceCases() {
		r := w.verify(w.input(w.referenceMessage(c)))
		s := r.Signatures[0]
		if s.Indication != c.ind || s.SubIndication != c.sub {
			t.Errorf("%s: %s/%s, want %s/%s (against DSS: %s): %+v", c.name, s.Indication, s.SubIndication, c.ind, c.sub, c.differs, s.Reasons)
		}
		if warnings := reasonKeys(s, verify.SeverityWarning); c.warn != "" && !slices.Contains(warnings, c.warn) {
			t.Errorf("%s: warnings %v", c.name, warnings)
		}
	}
}
