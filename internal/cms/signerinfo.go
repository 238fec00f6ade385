package cms

import (
	"fmt"

	"mohur/internal/algo"
	"mohur/internal/asn1"
)

func (si *SignerInfo) report(c ProblemCode, format string, args ...any) {
	si.Problems = append(si.Problems, Problem{c, fmt.Sprintf(format, args...)})
}

// readSignerInfo reads one SignerInfo. It never fails: what can't be read is kept with the reason.
func readSignerInfo(e asn1.Element) *SignerInfo {
	si := &SignerInfo{Raw: e.Raw}
	if err := si.read(e); err != nil {
		si.Malformed = within("SignerInfo", err)
		si.report(MalformedSignerInfo, "%v", err)
	}
	return si
}

func (si *SignerInfo) read(e asn1.Element) error {
	if !e.Is(asn1.TagSequence) {
		return &asn1.SyntaxError{Offset: e.Offset, Msg: e.Tag.String() + " where a SignerInfo is needed"}
	}
	r := e.Children()
	v, err := r.Expect(asn1.TagInteger)
	if err != nil {
		return err
	}
	if si.Version, err = v.Int(); err != nil {
		return err
	}
	if err := si.readSignerIdentifier(r); err != nil {
		return err
	}
	if si.DigestAlgorithm, err = readIdentifier(r); err != nil {
		return err
	}
	if err := si.readSignedAttributes(r); err != nil {
		return err
	}
	if si.SignatureAlgorithm, err = readIdentifier(r); err != nil {
		return err
	}
	s, err := r.Expect(asn1.TagOctetString)
	if err != nil {
		return err
	}
	if si.Signature, err = s.OctetString(); err != nil {
		return err
	}
	if err := si.readUnsignedAttributes(r); err != nil {
		return err
	}
	return r.End()
}

func readIdentifier(r *asn1.Reader) (algo.Identifier, error) {
	e, err := r.Expect(asn1.TagSequence)
	if err != nil {
		return algo.Identifier{}, err
	}
	return algo.ReadIdentifier(e)
}

// readSignerIdentifier reads
//
//	SignerIdentifier ::= CHOICE {
//	  issuerAndSerialNumber IssuerAndSerialNumber,
//	  subjectKeyIdentifier [0] SubjectKeyIdentifier }   -- RFC 5652, 5.3
func (si *SignerInfo) readSignerIdentifier(r *asn1.Reader) error {
	e, err := r.Next()
	if err != nil {
		return err
	}
	switch e.Tag {
	case asn1.Context(0):
		si.SubjectKeyID, err = readKeyIdentifier(e)
		return err
	case asn1.TagSequence:
		si.IssuerRaw, si.Serial, err = readIssuerAndSerial(e)
		return err
	}
	return &asn1.SyntaxError{Offset: e.Offset, Msg: e.Tag.String() + " where a SignerIdentifier is needed"}
}

// readKeyIdentifier reads the implicitly tagged OCTET STRING; some writers tag it explicitly.
func readKeyIdentifier(e asn1.Element) ([]byte, error) {
	return e.OctetString()
}

func (si *SignerInfo) readSignedAttributes(r *asn1.Reader) error {
	e, ok, err := r.Optional(asn1.Context(0))
	if err != nil || !ok {
		return err
	}
	si.RawSignedAttributes = e.Raw
	si.SignedAttributes, err = readAttributes(e)
	return within("signedAttrs", err)
}

// readUnsignedAttributes reads what no signature protects; faults in it are reported, and leave the signature standing.
func (si *SignerInfo) readUnsignedAttributes(r *asn1.Reader) error {
	e, ok, err := r.Optional(asn1.Context(1))
	if err != nil || !ok {
		return err
	}
	if si.UnsignedAttributes, err = readAttributes(e); err != nil {
		si.report(MalformedAttribute, "unsignedAttrs: %v", err)
	}
	return nil
}

// checkAgainst reports what does not go together between a SignerInfo and its message.
func (si *SignerInfo) checkAgainst(sd *SignedData) {
	if si.Malformed != nil {
		return
	}
	for _, id := range sd.DigestAlgorithms {
		if id.Algorithm == si.DigestAlgorithm.Algorithm {
			return
		}
	}
	si.report(DigestNotListed, "%s", si.DigestAlgorithm.Algorithm)
}

// IsCounterSignature says whether this signature is over another's value.
func (si *SignerInfo) IsCounterSignature() bool { return si.data == nil }

// Digest returns the digest algorithm of the content, or an *algo.UnsupportedError.
func (si *SignerInfo) Digest() (algo.Digest, error) { return algo.ParseDigest(si.DigestAlgorithm) }

// Algorithm returns the signature algorithm, or an *algo.UnsupportedError.
func (si *SignerInfo) Algorithm() (algo.Signature, error) {
	d, err := si.Digest()
	if err != nil {
		d = 0 // the signature algorithm may name its own
	}
	return algo.ParseSignature(si.SignatureAlgorithm, d)
}

// CounterSignatures returns the signatures over this one's value (RFC 5652, 11.4). Verify them with this one's Signature as content. One that
// can't be read is Malformed; where there are more than 250, so is the last of the list, with asn1.ErrLimit.
func (si *SignerInfo) CounterSignatures() []*SignerInfo {
	var out []*SignerInfo
	for _, v := range si.UnsignedAttributes.Values(OIDCounterSignature) {
		if len(out) == defaultSigners {
			return append(out, unreadable(v, tooMany("counter-signatures", defaultSigners)))
		}
		e, err := asn1.Parse(v, asn1.Limits{})
		if err != nil {
			out = append(out, unreadable(v, err))
			continue
		}
		out = append(out, readSignerInfo(e))
	}
	return out
}

// unreadable is a counter-signature of which nothing is known but its octets.
func unreadable(raw []byte, err error) *SignerInfo {
	return &SignerInfo{Raw: raw, Malformed: within("counter-signature", err), Problems: []Problem{{MalformedSignerInfo, err.Error()}}}
}
