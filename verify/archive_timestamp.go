package verify

import (
	"bytes"
	"errors"

	"mohur/internal/algo"
	"mohur/internal/asn1"
	"mohur/internal/cms"
	"mohur/internal/tsp"
)

// Object identifiers of archive timestamps and of their hash index (ETSI EN 319 122-1, 5.5.2 and 5.5.3; ETSI TS 101 733, 6.4.1).
const (
	oidArchiveTimestampV2 asn1.ObjectIdentifier = "1.2.840.113549.1.9.16.2.48"
	oidArchiveTimestampV3 asn1.ObjectIdentifier = "0.4.0.1733.2.4"
	oidHashIndex          asn1.ObjectIdentifier = "0.4.0.1733.2.5"
	oidHashIndexV2        asn1.ObjectIdentifier = "0.4.0.19122.1.4"
	oidHashIndexV3        asn1.ObjectIdentifier = "0.4.0.19122.1.5"
)

// archiveTimestamps reads the archive timestamps of a CMS signature. The imprint of version 3 is computed; that of version 2 and older is
// over an encoding that TS 101 733 leaves ambiguous, and is reported as data that were not found.
func archiveTimestamps(si *cms.SignerInfo, sd *cms.SignedData, content *signedContent, s *signature) []*timestamp {
	var out []*timestamp
	for _, raw := range si.UnsignedAttributes.Values(oidArchiveTimestampV3) {
		stamped, proves := archived(raw, si, sd, content)
		t := fromToken(ArchiveTimestamp, raw, stamped)
		t.proves = append([]string{s.id}, proves...)
		out = append(out, t)
	}
	for _, raw := range si.UnsignedAttributes.Values(oidArchiveTimestampV2) {
		out = append(out, fromToken(ArchiveTimestamp, raw, &signedContent{name: content.name}))
	}
	return out
}

// archived makes what a version 3 archive timestamp stamps, and lists what its hash index names (EN 319 122-1, 5.5.3): the content type, the
// digest of the content, the fields of the SignerInfo before its unsigned attributes, and the hash index itself.
func archived(raw []byte, si *cms.SignerInfo, sd *cms.SignedData, content *signedContent) (*signedContent, []string) {
	none := &signedContent{name: "archive"}
	token, err := tsp.ParseToken(raw)
	if err != nil || sd == nil || content.open == nil {
		return none, nil
	}
	index, err := readHashIndex(token.Signer())
	if err != nil {
		// Without the index, which is mandatory, nothing that is here can be what was stamped.
		return inMemory("archive", nil), nil
	}
	fields, err := signerFields(si.Raw)
	if err != nil {
		return none, nil
	}
	digests, err := cms.HashContent(content.open(), token.Info.Digest)
	if err != nil {
		return none, nil
	}
	proves, complete := index.resolve(si, sd)
	if !complete {
		// The index names something that is not here any more: what was stamped is not what lies before us.
		return inMemory("archive", nil), nil
	}
	return inMemory("archive", bytes.Join([][]byte{asn1.OID(sd.ContentType), digests[token.Info.Digest], fields, index.raw}, nil)), proves
}

// signerFields are the fields of a SignerInfo up to its signature, in DER, one after another.
func signerFields(raw []byte) ([]byte, error) {
	e, err := asn1.Parse(raw, asn1.Limits{})
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

// hashIndex names what else an archive timestamp covers.
//
//	ATSHashIndexV3 ::= SEQUENCE {
//	  hashIndAlgorithm AlgorithmIdentifier,  -- DEFAULT {algorithm id-sha256} in version 1
//	  certificatesHashIndex SEQUENCE OF OCTET STRING,
//	  crlsHashIndex SEQUENCE OF OCTET STRING,
//	  unsignedAttrValuesHashIndex SEQUENCE OF OCTET STRING }   -- EN 319 122-1, 5.5.2
type hashIndex struct {
	raw                            []byte
	digest                         algo.Digest
	certificates, crls, attributes [][]byte
}

var errHashIndex = errors.New("no hash index")

func readHashIndex(si *cms.SignerInfo) (*hashIndex, error) {
	for _, t := range []asn1.ObjectIdentifier{oidHashIndexV3, oidHashIndexV2, oidHashIndex} {
		if values := si.UnsignedAttributes.Values(t); len(values) == 1 {
			return parseHashIndex(values[0])
		}
	}
	return nil, errHashIndex
}

func parseHashIndex(raw []byte) (*hashIndex, error) {
	e, err := asn1.Parse(raw, asn1.Limits{})
	if err != nil {
		return nil, err
	}
	x := &hashIndex{digest: algo.SHA256}
	if x.raw, err = e.DER(); err != nil {
		return nil, err
	}
	lists := []*[][]byte{&x.certificates, &x.crls, &x.attributes}
	for r := e.Children(); r.More(); {
		part, err := r.Expect(asn1.TagSequence)
		if err != nil {
			return nil, err
		}
		if tag, ok := part.Children().Peek(); ok && tag == asn1.TagObjectIdentifier && len(lists) == 3 {
			id, err := algo.ReadIdentifier(part)
			if err != nil {
				return nil, err
			}
			if x.digest, err = algo.ParseDigest(id); err != nil {
				return nil, err
			}
			continue
		}
		if len(lists) == 0 {
			return nil, errHashIndex
		}
		if *lists[0], err = octetStrings(part); err != nil {
			return nil, err
		}
		lists = lists[1:]
	}
	return x, nil
}

func octetStrings(e asn1.Element) ([][]byte, error) {
	var out [][]byte
	for r := e.Children(); r.More(); {
		o, err := r.Expect(asn1.TagOctetString)
		if err != nil {
			return nil, err
		}
		b, err := o.OctetString()
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}

// resolve finds what the index names. It is complete when everything named is there.
func (x *hashIndex) resolve(si *cms.SignerInfo, sd *cms.SignedData) (proves []string, complete bool) {
	here := map[string]string{} // hash -> id, empty for what nothing is proven of
	for _, c := range sd.Certificates {
		here[string(x.digest.Sum(c))] = identify("C-", c)
	}
	for _, c := range append(append([][]byte{}, sd.AttributeCertificates...), sd.OtherCertificates...) {
		here[string(x.digest.Sum(c))] = ""
	}
	for _, el := range revocationElements(sd.Raw) {
		here[string(x.digest.Sum(el.Raw))] = revocationID(el, sd.OCSPResponses)
	}
	for _, a := range si.UnsignedAttributes {
		here[string(x.digest.Sum(a.Raw))] = ""
		for _, v := range a.Values {
			id := identify("T-", v)
			here[string(x.digest.Sum(append(asn1.OID(a.Type), v...)))] = id
			here[string(x.digest.Sum(v))] = id
		}
	}
	complete = true
	for _, list := range [][][]byte{x.certificates, x.crls, x.attributes} {
		for _, h := range list {
			id, ok := here[string(h)]
			complete = complete && ok
			if id != "" {
				proves = append(proves, id)
			}
		}
	}
	return proves, complete
}

// revocationElements lists the elements of SignedData's crls as received (RFC 5652, 5.1 and 10.2.1).
func revocationElements(message []byte) []asn1.Element {
	info, err := asn1.Parse(message, asn1.Limits{})
	if err != nil {
		return nil
	}
	r := info.Children()
	if _, err := r.Next(); err != nil {
		return nil
	}
	content, err := r.Next()
	if err != nil {
		return nil
	}
	signed, err := content.Children().Next()
	if err != nil {
		return nil
	}
	var out []asn1.Element
	for parts := signed.Children(); parts.More(); {
		p, err := parts.Next()
		if err != nil {
			return out
		}
		if !p.Is(asn1.Context(1)) {
			continue
		}
		for list := p.Children(); list.More(); {
			el, err := list.Next()
			if err != nil {
				return out
			}
			out = append(out, el)
		}
	}
	return out
}

// revocationID is the id of the CRL or OCSP response that an element of crls carries.
func revocationID(el asn1.Element, responses [][]byte) string {
	if el.Is(asn1.TagSequence) {
		return blobID(el.Raw)
	}
	r := el.Children()
	if _, err := r.Next(); err != nil {
		return ""
	}
	value, err := r.Next()
	if err != nil {
		return ""
	}
	for _, o := range responses { // a bare BasicOCSPResponse was wrapped
		if bytes.Contains(o, value.Raw) {
			return blobID(o)
		}
	}
	return ""
}
