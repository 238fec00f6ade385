package cms

import (
	"bytes"

	"mohur/internal/algo"
	"mohur/internal/asn1"
)

// SignedFields are the fields of a SignerInfo up to its signature, in DER, one after another: what an archive timestamp covers of it
// (ETSI EN 319 122-1, 5.5.3, step 3).
func (si *SignerInfo) SignedFields() ([]byte, error) {
	e, err := asn1.Parse(si.Raw, asn1.Limits{})
	if err != nil {
		return nil, err
	}
	var out []byte
	for r := e.Children(); r.More(); {
		f, err := r.Next()
		if err != nil {
			return nil, err
		}
		if f.Is(asn1.Context(1)) {
			break
		}
		der, err := f.DER()
		if err != nil {
			return nil, err
		}
		out = append(out, der...)
	}
	return out, nil
}

// ArchiveInput is what an archive timestamp of version 3 stamps (ETSI EN 319 122-1, 5.5.3): the content type, the content's digest by the
// timestamp's own algorithm, the signature's fields, and the hash index that the token carries.
func (si *SignerInfo) ArchiveInput(contentType asn1.ObjectIdentifier, contentDigest, index []byte) ([]byte, error) {
	fields, err := si.SignedFields()
	if err != nil {
		return nil, err
	}
	return bytes.Join([][]byte{asn1.OID(contentType), contentDigest, fields, index}, nil), nil
}

// HashIndex names everything that a message holds for one signature at this moment: certificates, revocation values, and each value of its
// unsigned attributes with its type.
//
//	ATSHashIndexV3 ::= SEQUENCE {
//	  hashIndAlgorithm AlgorithmIdentifier,
//	  certificatesHashIndex SEQUENCE OF OCTET STRING,
//	  crlsHashIndex SEQUENCE OF OCTET STRING,
//	  unsignedAttrValuesHashIndex SEQUENCE OF OCTET STRING }   -- ETSI EN 319 122-1, 5.5.2
func (sd *SignedData) HashIndex(si *SignerInfo, d algo.Digest) ([]byte, error) {
	certificates, err := elements(sd.RawCertificates)
	if err != nil {
		return nil, err
	}
	lists, err := elements(sd.RawRevocation)
	if err != nil {
		return nil, err
	}
	var values [][]byte
	for _, a := range si.UnsignedAttributes {
		for _, v := range a.Values {
			values = append(values, append(asn1.OID(a.Type), v...))
		}
	}
	parts := [][]byte{d.Identifier()}
	for _, list := range [][][]byte{certificates, lists, values} {
		var hashes [][]byte
		for _, v := range list {
			hashes = append(hashes, asn1.OctetString(d.Sum(v)))
		}
		parts = append(parts, asn1.Sequence(hashes...))
	}
	return asn1.Sequence(parts...), nil
}

// elements lists what is inside of a constructed element; nothing for an absent one.
func elements(raw []byte) ([][]byte, error) {
	if raw == nil {
		return nil, nil
	}
	e, err := asn1.Parse(raw, Limits{}.withDefaults().ASN1)
	if err != nil {
		return nil, err
	}
	var out [][]byte
	for r := e.Children(); r.More() || r.Err() != nil; {
		c, err := r.Next()
		if err != nil {
			return nil, err
		}
		out = append(out, c.Raw)
	}
	return out, nil
}

// AddValidationData returns a message with certificates, OCSP responses (each an OCSPResponse) and CRLs added to those of its SignedData
// (ETSI EN 319 122-1, 6.3; RFC 5652, 10.2.1; RFC 5940, 2). What is there already is not added again, and everything that is there stays as
// received; only lengths and the version change.
func AddValidationData(message []byte, certificates, responses, lists [][]byte) ([]byte, error) {
	sd, err := Parse(message, Limits{})
	if err != nil {
		return nil, err
	}
	revocation := append([][]byte{}, lists...)
	for _, o := range responses {
		revocation = append(revocation, asn1.Encode(asn1.Context(1), true, asn1.OID(oidRevocationOCSP), o))
	}
	certificateSet, err := enlarged(0, sd.RawCertificates, certificates)
	if err != nil {
		return nil, within("certificates", err)
	}
	revocationSet, err := enlarged(1, sd.RawRevocation, revocation)
	if err != nil {
		return nil, within("crls", err)
	}
	version := sd.Version
	if len(responses) > 0 {
		version = max(version, 5) // RFC 5652, 5.1: revocation information of another format
	}
	return reassemble(sd, version, certificateSet, revocationSet)
}

// enlarged adds elements to an implicitly tagged set.
func enlarged(tag uint32, raw []byte, more [][]byte) ([]byte, error) {
	have, err := elements(raw)
	if err != nil || len(have)+len(more) == 0 {
		return raw, err
	}
	return asn1.Encode(asn1.Context(tag), true, distinct(append(have, more...))...), nil
}

// reassemble writes the message with other certificates and revocation values.
func reassemble(sd *SignedData, version int, certificates, revocation []byte) ([]byte, error) {
	info, err := asn1.Parse(sd.Raw, Limits{}.withDefaults().ASN1)
	if err != nil {
		return nil, within("ContentInfo", err)
	}
	body, err := openContentInfo(info)
	if err != nil {
		return nil, err
	}
	parts := [][]byte{asn1.Int(int64(version))}
	var last []byte
	for n, r := 0, body.Children(); r.More() || r.Err() != nil; n++ {
		f, err := r.Next()
		if err != nil {
			return nil, within("SignedData", err)
		}
		if last = f.Raw; n == 1 || n == 2 { // digestAlgorithms and encapContentInfo
			parts = append(parts, f.Raw)
		}
	}
	parts = append(parts, certificates, revocation, last)
	return asn1.Sequence(asn1.OID(OIDSignedData), asn1.Explicit(0, asn1.Sequence(parts...))), nil
}
