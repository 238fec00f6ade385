package demopki

import (
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
)

// Object identifiers of EN 319 412-5 and EN 319 411-2.
var (
	oidQCStatements = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 3}
	oidQCCompliance = asn1.ObjectIdentifier{0, 4, 0, 1862, 1, 1}
	oidQCSSCD       = asn1.ObjectIdentifier{0, 4, 0, 1862, 1, 4}
	oidQCType       = asn1.ObjectIdentifier{0, 4, 0, 1862, 1, 6}
	qcTypeESign     = asn1.ObjectIdentifier{0, 4, 0, 1862, 1, 6, 1}
	qcTypeESeal     = asn1.ObjectIdentifier{0, 4, 0, 1862, 1, 6, 2}

	// 2.999 is the arc for examples: nobody's real policy can be mistaken for the demo's.
	oidUnknownExtension = asn1.ObjectIdentifier{2, 999, 31, 9}

	anyPolicy = mustOID(2, 5, 29, 32, 0)
	// Policies of signers' certificates: the demo's own for persons and bodies, and the qualified ones with a device of EN 319 411-2.
	policyPerson     = mustOID(2, 999, 31, 1)
	policyBody       = mustOID(2, 999, 31, 2)
	policySealRight  = mustOID(2, 999, 31, 3)
	policyQCPNatural = mustOID(0, 4, 0, 194112, 1, 2)
	policyQCPLegal   = mustOID(0, 4, 0, 194112, 1, 3)
)

// SealRightPolicy is the certificate policy by which the demo's certificates say that a person may use his body's seal (möhür hüququ). How a
// real issuer says it is not public; verifiers take it from configuration.
const SealRightPolicy = "2.999.31.3"

// mustOID builds an identifier from arcs that are constants above; the error can't happen there and would show as an empty policy in the
// first test.
func mustOID(arcs ...uint64) x509.OID {
	oid, err := x509.OIDFromInts(arcs)
	if err != nil {
		return x509.OID{}
	}
	return oid
}

// profile sets key usage, policies and qualified statements. Signing and log-in are separated as the national profile does: a signing
// certificate has nonRepudiation alone, a log-in certificate digitalSignature.
func profile(t *x509.Certificate, p Profile, qcType asn1.ObjectIdentifier) error {
	if p.Authentication {
		t.KeyUsage = x509.KeyUsageDigitalSignature
		t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		t.Policies = []x509.OID{policyPerson}
		return nil
	}
	t.KeyUsage = x509.KeyUsageContentCommitment
	rights := t.Policies
	t.Policies = append([]x509.OID{policyPerson, policyQCPNatural}, rights...)
	if qcType.Equal(qcTypeESeal) {
		t.Policies = []x509.OID{policyBody, policyQCPLegal}
	}
	if p.Defect&(WithoutQCCompliance|WithoutSSCD) != 0 {
		t.Policies = t.Policies[:1]
	}
	value, err := qcStatements(p.Defect, qcType)
	if err != nil {
		return err
	}
	t.ExtraExtensions = append(t.ExtraExtensions, pkix.Extension{Id: oidQCStatements, Value: value})
	return nil
}

// qcStatements encodes the statements of EN 319 412-5, 4.2 and 4.3.
//
//	QCStatements ::= SEQUENCE OF QCStatement
//	QCStatement  ::= SEQUENCE { statementId OBJECT IDENTIFIER, statementInfo ANY DEFINED BY statementId OPTIONAL }
//	QcType       ::= SEQUENCE OF OBJECT IDENTIFIER
func qcStatements(d Defect, qcType asn1.ObjectIdentifier) ([]byte, error) {
	type statement struct {
		ID   asn1.ObjectIdentifier
		Info asn1.RawValue `asn1:"optional"`
	}
	types, err := asn1.Marshal([]asn1.ObjectIdentifier{qcType})
	if err != nil {
		return nil, fmt.Errorf("demopki: QcType: %w", err)
	}
	var all []statement
	if d&WithoutQCCompliance == 0 {
		all = append(all, statement{ID: oidQCCompliance})
	}
	if d&WithoutSSCD == 0 {
		all = append(all, statement{ID: oidQCSSCD})
	}
	all = append(all, statement{ID: oidQCType, Info: asn1.RawValue{FullBytes: types}})
	return asn1.Marshal(all)
}

// spoil puts the asked-for defects into a template.
func spoil(t *x509.Certificate, d Defect, issuer crypto.Signer) error {
	if d&WrongKeyUsage != 0 {
		t.KeyUsage = x509.KeyUsageKeyEncipherment
	}
	if d&WrongExtendedKeyUsage != 0 {
		t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	}
	if d&MissingIntermediate != 0 {
		t.IssuingCertificateURL = nil
	}
	if d&NoRevocationSource != 0 {
		t.OCSPServer, t.CRLDistributionPoints = nil, nil
	}
	if d&UnknownCriticalExtension != 0 {
		t.ExtraExtensions = append(t.ExtraExtensions, pkix.Extension{Id: oidUnknownExtension, Critical: true, Value: []byte{asn1.TagNull, 0}})
	}
	if d&SHA1Signature != 0 {
		alg, err := sha1Algorithm(issuer)
		if err != nil {
			return err
		}
		t.SignatureAlgorithm = alg
	}
	return nil
}
