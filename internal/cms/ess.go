package cms

import (
	"errors"
	"math/big"

	"mohur/internal/algo"
	"mohur/internal/asn1"
)

// ESSCertID names a certificate by its hash, and often by issuer and serial number too (RFC 5035, 3 and 4).
type ESSCertID struct {
	Version   int         // 1: signing-certificate, SHA-1; 2: signing-certificate-v2
	Digest    algo.Digest // zero when it isn't known
	Algorithm algo.Identifier
	Hash      []byte
	IssuerRaw []byte   // the directory name of issuerSerial; nil when absent or of another kind
	Serial    *big.Int // nil when absent
}

// HasIssuerSerial says whether issuer and serial number are given.
func (c ESSCertID) HasIssuerSerial() bool { return c.Serial != nil }

// MatchesHash says whether the hash is this certificate's.
func (c ESSCertID) MatchesHash(certificate []byte) bool {
	sum := c.Digest.Sum(certificate)
	return sum != nil && len(c.Hash) == len(sum) && string(sum) == string(c.Hash)
}

// MatchesIssuerSerial says whether issuer and serial number, where they are given, are the certificate's.
func (c ESSCertID) MatchesIssuerSerial(id CertificateID) bool {
	if c.Serial == nil {
		return true
	}
	return id.Serial != nil && c.Serial.Cmp(id.Serial) == 0 && (c.IssuerRaw == nil || sameName(c.IssuerRaw, id.IssuerRaw))
}

// SigningCertificateIDs returns what the ESS signing-certificate attributes say, version 2 first; the first id of each names the signer's own
// certificate (RFC 5035, 5.4.1). An *AttributeError says that there is none (MissingAttribute), more than one of a version, or that one is
// malformed.
func (si *SignerInfo) SigningCertificateIDs() ([]ESSCertID, error) {
	var out []ESSCertID
	for _, a := range []struct {
		t       asn1.ObjectIdentifier
		version int
	}{{OIDSigningCertificateV2, 2}, {OIDSigningCertificate, 1}} {
		if !si.SignedAttributes.Has(a.t) {
			continue
		}
		e, err := si.SignedAttributes.single(a.t)
		if err != nil {
			return nil, err
		}
		ids, err := readSigningCertificate(e, a.version)
		if err != nil {
			return nil, malformed(a.t, err)
		}
		out = append(out, ids...)
	}
	if len(out) == 0 {
		return nil, &AttributeError{OIDSigningCertificateV2, MissingAttribute, "is missing"}
	}
	return out, nil
}

// readSigningCertificate reads
//
//	SigningCertificateV2 ::= SEQUENCE {
//	  certs     SEQUENCE OF ESSCertIDv2,
//	  policies  SEQUENCE OF PolicyInformation OPTIONAL }   -- RFC 5035, 3
func readSigningCertificate(e asn1.Element, version int) ([]ESSCertID, error) {
	certs, err := e.Children().Expect(asn1.TagSequence)
	if err != nil {
		return nil, err
	}
	var out []ESSCertID
	r := certs.Children()
	for r.More() {
		c, err := r.Expect(asn1.TagSequence)
		if err != nil {
			return nil, err
		}
		id, err := readESSCertID(c, version)
		if err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	if len(out) == 0 {
		return nil, errors.New("names no certificate")
	}
	return out, nil
}

// readESSCertID reads
//
//	ESSCertIDv2 ::= SEQUENCE {
//	  hashAlgorithm  AlgorithmIdentifier DEFAULT {algorithm id-sha256},  -- not in version 1: SHA-1
//	  certHash       Hash,
//	  issuerSerial   IssuerSerial OPTIONAL }   -- RFC 5035, 4
func readESSCertID(e asn1.Element, version int) (ESSCertID, error) {
	id := ESSCertID{Version: version, Digest: algo.SHA1}
	r := e.Children()
	if version == 2 {
		id.Digest = algo.SHA256
		a, ok, err := r.Optional(asn1.TagSequence)
		if err != nil {
			return id, err
		}
		if ok {
			if id.Algorithm, err = algo.ReadIdentifier(a); err != nil {
				return id, err
			}
			if id.Digest, err = algo.ParseDigest(id.Algorithm); err != nil {
				id.Digest = 0 // kept and matched by nothing
			}
		}
	}
	h, err := r.Expect(asn1.TagOctetString)
	if err != nil {
		return id, err
	}
	if id.Hash, err = h.OctetString(); err != nil {
		return id, err
	}
	s, ok, err := r.Optional(asn1.TagSequence)
	if err == nil && ok {
		err = id.readIssuerSerial(s)
	}
	return id, errors.Join(err, r.End())
}

// readIssuerSerial reads
//
//	IssuerSerial ::= SEQUENCE {
//	  issuer        GeneralNames,
//	  serialNumber  CertificateSerialNumber }   -- RFC 5035, 5.4.1.1
func (c *ESSCertID) readIssuerSerial(e asn1.Element) error {
	r := e.Children()
	names, err := r.Expect(asn1.TagSequence)
	if err != nil {
		return err
	}
	n := names.Children()
	for n.More() {
		g, err := n.Next()
		if err != nil {
			return err
		}
		if g.Is(asn1.Context(4)) && c.IssuerRaw == nil { // directoryName, explicitly tagged
			name, err := g.Children().Expect(asn1.TagSequence)
			if err != nil {
				return err
			}
			c.IssuerRaw = name.Raw
		}
	}
	if err := n.Err(); err != nil {
		return err
	}
	s, err := r.Expect(asn1.TagInteger)
	if err != nil {
		return err
	}
	c.Serial, err = s.Integer()
	return errors.Join(err, r.End())
}
