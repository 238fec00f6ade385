package cms

import (
	"bytes"
	"errors"
	"fmt"

	"mohur/internal/algo"
	"mohur/internal/asn1"
)

// Parse reads a message in DER or BER. Octets after it are reported as a Problem. An error means that no SignedData could be read at all: a
// *ContentTypeError for another kind of message, a *ParseError otherwise; asn1.ErrLimit and asn1.ErrTruncated are found with errors.Is.
//
//	ContentInfo ::= SEQUENCE {
//	  contentType ContentType,
//	  content [0] EXPLICIT ANY DEFINED BY contentType }   -- RFC 5652, 3
func Parse(b []byte, lim Limits) (*SignedData, error) {
	lim = lim.withDefaults()
	outer := asn1.NewReader(b, lim.ASN1)
	info, err := outer.Expect(asn1.TagSequence)
	if err != nil {
		return nil, within("ContentInfo", err)
	}
	sd := &SignedData{Raw: info.Raw}
	sd.reportTrailing(outer.Rest())
	body, err := openContentInfo(info)
	if err != nil {
		return nil, err
	}
	if err := sd.read(body, lim); err != nil {
		return nil, err
	}
	return sd, nil
}

// openContentInfo returns the SignedData inside, or says what else it is.
func openContentInfo(info asn1.Element) (asn1.Element, error) {
	r := info.Children()
	e, err := r.Expect(asn1.TagObjectIdentifier)
	if err != nil {
		return asn1.Element{}, within("ContentInfo", err)
	}
	ct, err := e.ObjectIdentifier()
	if err != nil {
		return asn1.Element{}, within("ContentInfo", err)
	}
	if ct != OIDSignedData {
		return asn1.Element{}, &ContentTypeError{ContentType: ct, Name: contentTypeName(ct)}
	}
	wrapper, err := r.Expect(asn1.Context(0))
	if err != nil {
		return asn1.Element{}, within("ContentInfo", err)
	}
	body, err := wrapper.Children().Expect(asn1.TagSequence)
	return body, within("SignedData", err)
}

func (sd *SignedData) report(c ProblemCode, format string, args ...any) {
	sd.Problems = append(sd.Problems, Problem{c, fmt.Sprintf(format, args...)})
}

func (sd *SignedData) reportTrailing(rest []byte) {
	if len(rest) == 0 {
		return
	}
	if len(bytes.TrimRight(rest, "\x00")) == 0 {
		sd.report(TrailingZeros, "%d octets", len(rest))
		return
	}
	sd.report(TrailingData, "%d octets", len(rest))
}

// read reads the fields of SignedData in their order.
func (sd *SignedData) read(body asn1.Element, lim Limits) error {
	r := body.Children()
	v, err := r.Expect(asn1.TagInteger)
	if err != nil {
		return within("version", err)
	}
	if sd.Version, err = v.Int(); err != nil {
		return within("version", err)
	}
	if err := sd.readDigestAlgorithms(r, lim); err != nil {
		return within("digestAlgorithms", err)
	}
	if err := sd.readContent(r); err != nil {
		return within("encapContentInfo", err)
	}
	if err := sd.readCertificates(r, lim); err != nil {
		return within("certificates", err)
	}
	if err := sd.readRevocation(r, lim); err != nil {
		return within("crls", err)
	}
	if err := sd.readSignerInfos(r, lim); err != nil {
		return within("signerInfos", err)
	}
	return within("SignedData", r.End())
}

func (sd *SignedData) readDigestAlgorithms(r *asn1.Reader, lim Limits) error {
	set, err := r.Expect(asn1.TagSet)
	if err != nil {
		return err
	}
	c := set.Children()
	for c.More() {
		e, err := c.Expect(asn1.TagSequence)
		if err != nil {
			return err
		}
		id, err := algo.ReadIdentifier(e)
		if err != nil {
			return err
		}
		if sd.DigestAlgorithms = append(sd.DigestAlgorithms, id); len(sd.DigestAlgorithms) > lim.Signers {
			return tooMany("digest algorithms", lim.Signers)
		}
	}
	return c.Err()
}

func tooMany(what string, limit int) error {
	return fmt.Errorf("%w: more than %d %s", asn1.ErrLimit, limit, what)
}

// readContent reads
//
//	EncapsulatedContentInfo ::= SEQUENCE {
//	  eContentType ContentType,
//	  eContent [0] EXPLICIT OCTET STRING OPTIONAL }   -- RFC 5652, 5.2
func (sd *SignedData) readContent(r *asn1.Reader) error {
	info, err := r.Expect(asn1.TagSequence)
	if err != nil {
		return err
	}
	sd.RawContentInfo = info.Raw
	c := info.Children()
	e, err := c.Expect(asn1.TagObjectIdentifier)
	if err != nil {
		return err
	}
	if sd.ContentType, err = e.ObjectIdentifier(); err != nil {
		return err
	}
	wrapper, ok, err := c.Optional(asn1.Context(0))
	if err != nil || !ok {
		return errors.Join(err, c.End())
	}
	inner := wrapper.Children()
	content, err := inner.Next()
	if err != nil {
		return err
	}
	if sd.Content, err = newContent(content); err != nil {
		return err
	}
	if !content.Is(asn1.TagOctetString) {
		sd.report(ContentNotOctetString, "%s", content.Tag)
	}
	return errors.Join(inner.End(), c.End())
}

// readCertificates reads
//
//	CertificateChoices ::= CHOICE {
//	  certificate Certificate,
//	  extendedCertificate [0] IMPLICIT ExtendedCertificate,  -- Obsolete
//	  v1AttrCert [1] IMPLICIT AttributeCertificateV1,        -- Obsolete
//	  v2AttrCert [2] IMPLICIT AttributeCertificateV2,
//	  other [3] IMPLICIT OtherCertificateFormat }   -- RFC 5652, 10.2.2
func (sd *SignedData) readCertificates(r *asn1.Reader, lim Limits) error {
	set, ok, err := r.Optional(asn1.Context(0))
	if err != nil || !ok {
		return err
	}
	sd.RawCertificates = set.Raw
	c := set.Children()
	for n := 0; c.More(); n++ {
		e, err := c.Next()
		if err != nil {
			return err
		}
		if n >= lim.Certificates {
			return tooMany("certificates", lim.Certificates)
		}
		switch e.Tag {
		case asn1.TagSequence:
			sd.Certificates = append(sd.Certificates, e.Raw)
		case asn1.Context(1), asn1.Context(2):
			sd.AttributeCertificates = append(sd.AttributeCertificates, e.Raw)
		case asn1.Context(0), asn1.Context(3):
			sd.OtherCertificates = append(sd.OtherCertificates, e.Raw)
		default:
			sd.report(UnknownCertificateKind, "%s", e.Tag)
			sd.OtherCertificates = append(sd.OtherCertificates, e.Raw)
		}
	}
	return c.Err()
}

func (sd *SignedData) readSignerInfos(r *asn1.Reader, lim Limits) error {
	set, err := r.Expect(asn1.TagSet)
	if err != nil {
		return err
	}
	c := set.Children()
	for c.More() {
		e, err := c.Next()
		if err != nil {
			return err
		}
		if len(sd.SignerInfos) >= lim.Signers {
			return tooMany("signers", lim.Signers)
		}
		si := readSignerInfo(e)
		si.data = sd
		si.checkAgainst(sd)
		sd.SignerInfos = append(sd.SignerInfos, si)
	}
	return c.Err()
}
