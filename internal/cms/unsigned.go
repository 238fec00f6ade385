package cms

import (
	"fmt"

	"mohur/internal/asn1"
)

// AddUnsignedAttributes returns a message with attributes (each an encoded Attribute) added to those of one signer that no signature protects, as
// a signature timestamp is. Every other octet of content, certificates and signatures stays as received; only the lengths around change.
func AddUnsignedAttributes(message []byte, signer int, attributes ...[]byte) ([]byte, error) {
	info, err := asn1.NewReader(message, Limits{}.withDefaults().ASN1).Expect(asn1.TagSequence)
	if err != nil {
		return nil, within("ContentInfo", err)
	}
	body, err := openContentInfo(info)
	if err != nil {
		return nil, err
	}
	var fields [][]byte
	var last asn1.Element
	for r := body.Children(); r.More() || r.Err() != nil; {
		if last, err = r.Next(); err != nil {
			return nil, within("SignedData", err)
		}
		fields = append(fields, last.Raw)
	}
	if !last.Is(asn1.TagSet) {
		return nil, within("signerInfos", &asn1.SyntaxError{Offset: last.Offset, Msg: "is missing"})
	}
	if fields[len(fields)-1], err = extendSigner(last, signer, attributes); err != nil {
		return nil, within("signerInfos", err)
	}
	return asn1.Sequence(asn1.OID(OIDSignedData), asn1.Explicit(0, asn1.Sequence(fields...))), nil
}

// extendSigner returns the SET OF SignerInfo with the attributes added. The order is kept as received.
func extendSigner(set asn1.Element, signer int, attributes [][]byte) ([]byte, error) {
	var infos [][]byte
	for r := set.Children(); r.More() || r.Err() != nil; {
		e, err := r.Next()
		if err != nil {
			return nil, err
		}
		raw := e.Raw
		if len(infos) == signer {
			if raw, err = extendSignerInfo(e, attributes); err != nil {
				return nil, err
			}
		}
		infos = append(infos, raw)
	}
	if signer < 0 || signer >= len(infos) {
		return nil, fmt.Errorf("there is no signer %d among %d", signer, len(infos))
	}
	return asn1.Encode(asn1.TagSet, true, infos...), nil
}

func extendSignerInfo(e asn1.Element, attributes [][]byte) ([]byte, error) {
	var fields, unsigned [][]byte
	for r := e.Children(); r.More() || r.Err() != nil; {
		f, err := r.Next()
		if err != nil {
			return nil, err
		}
		if f.Is(asn1.Context(1)) {
			unsigned = append(unsigned, f.Content)
			continue
		}
		fields = append(fields, f.Raw)
	}
	fields = append(fields, asn1.Encode(asn1.Context(1), true, append(unsigned, attributes...)...))
	return asn1.Sequence(fields...), nil
}

// AddSignatureTimestamp adds an RFC 3161 token over the signer's signature value (ETSI EN 319 122-1, 5.3), which makes level B into level T.
func AddSignatureTimestamp(message []byte, signer int, token []byte) ([]byte, error) {
	return AddUnsignedAttributes(message, signer, EncodeAttribute(OIDSignatureTimestamp, token))
}
