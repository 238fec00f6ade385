package verify

import (
	"bytes"
	"errors"
	"slices"

	"mohur/internal/algo"
	"mohur/internal/asn1"
	"mohur/internal/cms"
	"mohur/internal/tsp"
)

// Object identifiers of the hash index (ETSI EN 319 122-1, 5.5.2; ETSI TS 101 733, 6.4.2).
const (
	oidHashIndex                         = cms.OIDATSHashIndex
	oidHashIndexV2 asn1.ObjectIdentifier = "0.4.0.19122.1.4"
	oidHashIndexV3                       = cms.OIDATSHashIndexV3
)

// archived makes what a version 3 archive timestamp stamps, and lists what its hash index names (EN 319 122-1, 5.5.3): the content type, the
// digest of the content, the fields of the SignerInfo before its unsigned attributes, and the hash index itself.
func (u *unsignedTimestamps) archived(raw []byte) (*signedContent, []string) {
	none := &signedContent{name: "archive"}
	token, err := tsp.ParseToken(raw)
	if err != nil || u.sd == nil {
		return none, nil
	}
	index, err := readHashIndex(token.Signer())
	if err != nil {
		// Without the index, which is mandatory, nothing that is here can be what was stamped.
		return inMemory("archive", nil), nil
	}
	if u.content.hash(token.Info.Digest) != nil || u.content.digests[token.Info.Digest] == nil {
		return none, nil
	}
	stamped, err := u.si.ArchiveInput(u.sd.ContentType, u.content.digests[token.Info.Digest], index.raw)
	if err != nil {
		return none, nil
	}
	proves, complete := index.resolve(u)
	if !complete {
		// The index names something that is not here any more: what was stamped is not what lies before us.
		return inMemory("archive", nil), nil
	}
	return inMemory("archive", stamped), append(proves, u.signedIDs()...)
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
func (x *hashIndex) resolve(u *unsignedTimestamps) (proves []string, complete bool) {
	here := u.indexed(x.digest)
	complete = true
	for _, list := range [][][]byte{x.certificates, x.crls, x.attributes} {
		for _, h := range list {
			ids, ok := here[string(h)]
			complete = complete && ok
			proves = append(proves, ids...)
		}
	}
	return proves, complete
}

// indexed lists what an index may name by the digest it uses: certificates and revocation values of the message, each value of an unsigned
// attribute with its type before it (EN 319 122-1, 5.5.2), and, as the first version was written in the field, attributes and values alone.
func (u *unsignedTimestamps) indexed(d algo.Digest) map[string][]string {
	if known, ok := u.index[d]; ok {
		return known
	}
	here := map[string][]string{}
	for _, c := range u.sd.Certificates {
		here[string(d.Sum(c))] = []string{identify("C-", c)}
	}
	for _, c := range slices.Concat(u.sd.AttributeCertificates, u.sd.OtherCertificates) {
		here[string(d.Sum(c))] = nil
	}
	for _, el := range revocationElements(u.sd) {
		here[string(d.Sum(el.Raw))] = revocationIDs(el, u.sd.OCSPResponses)
	}
	for _, a := range u.si.UnsignedAttributes {
		var all []string
		for _, v := range a.Values {
			ids := u.valueIDs(a.Type, v)
			here[string(d.Sum(append(asn1.OID(a.Type), v...)))] = ids
			here[string(d.Sum(v))] = ids
			all = append(all, ids...)
		}
		here[string(d.Sum(a.Raw))] = all
	}
	if u.index == nil {
		u.index = map[algo.Digest]map[string][]string{}
	}
	u.index[d] = here
	return here
}

// revocationElements lists the elements of SignedData's crls as received (RFC 5652, 5.1 and 10.2.1).
func revocationElements(sd *cms.SignedData) []asn1.Element {
	set, err := asn1.Parse(sd.RawRevocation, asn1.Limits{})
	if err != nil {
		return nil
	}
	var out []asn1.Element
	for list := set.Children(); list.More(); {
		el, err := list.Next()
		if err != nil {
			return out
		}
		out = append(out, el)
	}
	return out
}

// revocationIDs is the id of the CRL or OCSP response that an element of crls carries.
func revocationIDs(el asn1.Element, responses [][]byte) []string {
	if el.Is(asn1.TagSequence) {
		return []string{blobID(el.Raw)}
	}
	r := el.Children()
	if _, err := r.Next(); err != nil {
		return nil
	}
	value, err := r.Next()
	if err != nil {
		return nil
	}
	for _, o := range responses { // a bare BasicOCSPResponse was wrapped
		if bytes.HasSuffix(o, value.Raw) {
			return []string{blobID(o)}
		}
	}
	return nil
}
