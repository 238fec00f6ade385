package cms

import (
	"fmt"

	"mohur/internal/asn1"
)

// PrepareCounter makes everything but the value of a countersignature over another signature's value (RFC 5652, 11.4; ETSI EN 319 122-1, 5.2.7). Such
// a one has no content type.
func (b Builder) PrepareCounter(signature []byte) (*Pending, error) {
	d, err := b.ContentDigest()
	if err != nil {
		return nil, err
	}
	b.Content, b.counter = nil, true
	return b.Prepare(d.Sum(signature))
}

// FinishCounter puts in the value, as Finish does, and returns the SignerInfo.
func (p *Pending) FinishCounter(value []byte) ([]byte, error) {
	if err := p.check(value); err != nil {
		return nil, err
	}
	info, _, err := p.signerInfo(value)
	return info, err
}

// AddCounterSignature returns a message with a countersignature (an encoded SignerInfo) added to one signer, and its certificates to those of the
// message. Every other octet of content and signatures stays as received; only the lengths around change.
func AddCounterSignature(message []byte, signer int, info []byte, certificates ...[]byte) ([]byte, error) {
	message, err := AddUnsignedAttributes(message, signer, EncodeAttribute(OIDCounterSignature, info))
	if err != nil {
		return nil, err
	}
	return AddValidationData(message, certificates, nil, nil)
}

// StampCounterSignature adds an RFC 3161 token over its value to a countersignature that is not in a message yet.
func StampCounterSignature(info, token []byte) ([]byte, error) {
	e, err := asn1.Parse(info, Limits{}.withDefaults().ASN1)
	if err != nil {
		return nil, fmt.Errorf("cms: countersignature: %w", err)
	}
	return extendSignerInfo(e, [][]byte{EncodeAttribute(OIDSignatureTimestamp, token)})
}
