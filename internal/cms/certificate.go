package cms

import (
	"errors"
	"math/big"

	"mohur/internal/asn1"
)

// CertificateID is what SignerInfos and ESS attributes name a certificate by, read from the certificate.
type CertificateID struct {
	IssuerRaw            []byte // the issuer's Name as encoded
	Serial               *big.Int
	SubjectKeyID         []byte // of the extension; nil when absent
	SubjectPublicKeyInfo []byte
}

const oidSubjectKeyIdentifier asn1.ObjectIdentifier = "2.5.29.14"

// IdentifyCertificate reads only what is needed to find a certificate again; it judges nothing else of it.
//
//	TBSCertificate ::= SEQUENCE { version [0] OPTIONAL, serialNumber, signature, issuer, validity, subject,
//	  subjectPublicKeyInfo, issuerUniqueID [1] OPTIONAL, subjectUniqueID [2] OPTIONAL, extensions [3] OPTIONAL }   -- RFC 5280, 4.1
func IdentifyCertificate(der []byte) (CertificateID, error) {
	var id CertificateID
	cert, err := asn1.Parse(der, asn1.Limits{})
	if err != nil {
		return id, within("certificate", err)
	}
	tbs, err := cert.Children().Expect(asn1.TagSequence)
	if err != nil {
		return id, within("certificate", err)
	}
	return id, within("certificate", id.read(tbs.Children()))
}

func (id *CertificateID) read(r *asn1.Reader) error {
	if _, _, err := r.Optional(asn1.Context(0)); err != nil {
		return err
	}
	serial, err := r.Expect(asn1.TagInteger)
	if err != nil {
		return err
	}
	if id.Serial, err = serial.Integer(); err != nil {
		return err
	}
	var fields [5]asn1.Element // signature, issuer, validity, subject, subjectPublicKeyInfo
	for i := range fields {
		if fields[i], err = r.Expect(asn1.TagSequence); err != nil {
			return err
		}
	}
	id.IssuerRaw, id.SubjectPublicKeyInfo = fields[1].Raw, fields[4].Raw
	for r.More() {
		e, err := r.Next()
		if err != nil {
			return err
		}
		if e.Is(asn1.Context(3)) {
			id.SubjectKeyID = findKeyIdentifier(e)
		}
	}
	return r.Err()
}

// findKeyIdentifier looks for the extension; what can't be read there is as good as absent.
func findKeyIdentifier(explicit asn1.Element) []byte {
	list, err := explicit.Children().Expect(asn1.TagSequence)
	if err != nil {
		return nil
	}
	for r := list.Children(); r.More(); {
		x, err := r.Expect(asn1.TagSequence)
		if err != nil {
			return nil
		}
		f := x.Children()
		t, err := f.Expect(asn1.TagObjectIdentifier)
		if err != nil {
			return nil
		}
		if o, _ := t.ObjectIdentifier(); o != oidSubjectKeyIdentifier {
			continue
		}
		if _, _, err := f.Optional(asn1.TagBoolean); err != nil {
			return nil
		}
		v, err := f.Expect(asn1.TagOctetString)
		if err != nil {
			return nil
		}
		inner, err := asn1.Parse(v.Content, asn1.Limits{})
		if err != nil {
			return nil
		}
		return inner.Content
	}
	return nil
}

// IdentifiedBy says whether the signer identifier names this certificate: by issuer and serial number, or by key identifier. Names are compared
// as RFC 5280, 7.1 says, since writers copy them in another string type.
func (si *SignerInfo) IdentifiedBy(c CertificateID) bool {
	if si.Serial != nil {
		return c.Serial != nil && si.Serial.Cmp(c.Serial) == 0 && sameName(si.IssuerRaw, c.IssuerRaw)
	}
	return len(si.SubjectKeyID) > 0 && string(si.SubjectKeyID) == string(c.SubjectKeyID)
}

func readIssuerAndSerial(e asn1.Element) ([]byte, *big.Int, error) {
	r := e.Children()
	name, err := r.Expect(asn1.TagSequence)
	if err != nil {
		return nil, nil, err
	}
	serial, err := r.Expect(asn1.TagInteger)
	if err != nil {
		return nil, nil, err
	}
	n, err := serial.Integer()
	return name.Raw, n, errors.Join(err, r.End())
}
