package cms

import (
	"errors"
	"strings"
	"unicode/utf16"

	"mohur/internal/asn1"
)

// ContentHints describe the innermost content of a message of several layers (RFC 2634, 2.9; ETSI EN 319 122-1, 5.2.4.1).
type ContentHints struct {
	Description string // empty when absent
	ContentType asn1.ObjectIdentifier
}

// ContentHints returns the attribute, or an *AttributeError, whose Code is MissingAttribute where there is none.
//
//	ContentHints ::= SEQUENCE {
//	  contentDescription UTF8String (SIZE (1..MAX)) OPTIONAL,
//	  contentType ContentType }
func (si *SignerInfo) ContentHints() (*ContentHints, error) {
	e, err := si.SignedAttributes.single(OIDContentHints)
	if err != nil {
		return nil, err
	}
	r := e.Children()
	h := &ContentHints{}
	if tag, ok := r.Peek(); ok && tag != asn1.TagObjectIdentifier {
		d, err := r.Next()
		if err != nil {
			return nil, malformed(OIDContentHints, err)
		}
		h.Description, _ = text(d)
	}
	if h.ContentType, err = readOID(r); err != nil {
		return nil, malformed(OIDContentHints, err)
	}
	return h, nil
}

// ContentReference links a message to another one, of which it is the answer (RFC 2634, 2.11; ETSI EN 319 122-1, 5.2.11).
type ContentReference struct {
	ContentType    asn1.ObjectIdentifier
	Identifier     []byte // of the message that is referred to
	SignatureValue []byte // of its signer
}

// ContentReference returns the attribute, or an *AttributeError, whose Code is MissingAttribute where there is none.
//
//	ContentReference ::= SEQUENCE {
//	  contentType ContentType,
//	  signedContentIdentifier OCTET STRING,
//	  originatorSignatureValue OCTET STRING }
func (si *SignerInfo) ContentReference() (*ContentReference, error) {
	e, err := si.SignedAttributes.single(OIDContentReference)
	if err != nil {
		return nil, err
	}
	r := e.Children()
	c := &ContentReference{}
	var err1, err2, err3 error
	c.ContentType, err1 = readOID(r)
	c.Identifier, err2 = readOctets(r)
	c.SignatureValue, err3 = readOctets(r)
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, malformed(OIDContentReference, err)
	}
	return c, nil
}

// ContentIdentifier returns the identifier that others refer to this content by (RFC 2634, 2.7; ETSI EN 319 122-1, 5.2.12), or an *AttributeError.
func (si *SignerInfo) ContentIdentifier() ([]byte, error) {
	e, err := si.SignedAttributes.single(OIDContentIdentifier)
	if err != nil {
		return nil, err
	}
	b, err := e.OctetString()
	if err != nil {
		return nil, malformed(OIDContentIdentifier, err)
	}
	return b, nil
}

// MIMEType returns the media type that the signer says the content has (ETSI EN 319 122-1, 5.2.4.2), or an *AttributeError.
func (si *SignerInfo) MIMEType() (string, error) {
	e, err := si.SignedAttributes.single(OIDMIMEType)
	if err != nil {
		return "", err
	}
	s, ok := text(e)
	if !ok {
		return "", &AttributeError{OIDMIMEType, MalformedAttribute, "is no text"}
	}
	return s, nil
}

// SignerLocation is where the signer claims to have signed (ETSI EN 319 122-1, 5.2.5).
type SignerLocation struct {
	Country, Locality string
	PostalAddress     []string // at most six lines
}

// SignerLocation returns the attribute, or an *AttributeError, whose Code is MissingAttribute where there is none.
//
//	SignerLocation ::= SEQUENCE {
//	  countryName [0] DirectoryString OPTIONAL,
//	  localityName [1] DirectoryString OPTIONAL,
//	  postalAddress [2] SEQUENCE SIZE (1..6) OF DirectoryString OPTIONAL }
func (si *SignerInfo) SignerLocation() (*SignerLocation, error) {
	e, err := si.SignedAttributes.single(OIDSignerLocation)
	if err != nil {
		return nil, err
	}
	l := &SignerLocation{}
	for r := e.Children(); r.More() || r.Err() != nil; {
		part, err := r.Next()
		if err != nil {
			return nil, malformed(OIDSignerLocation, err)
		}
		lines, err := readLines(part)
		if err != nil {
			return nil, malformed(OIDSignerLocation, err)
		}
		switch part.Tag {
		case asn1.Context(0):
			l.Country = strings.Join(lines, " ")
		case asn1.Context(1):
			l.Locality = strings.Join(lines, " ")
		case asn1.Context(2):
			l.PostalAddress = lines
		}
	}
	return l, nil
}

// readLines reads the strings in an explicit tag: one, or a SEQUENCE of them.
func readLines(tagged asn1.Element) ([]string, error) {
	inner, err := tagged.Children().Next()
	if err != nil {
		return nil, err
	}
	if !inner.Is(asn1.TagSequence) {
		if s, ok := text(inner); ok {
			return []string{s}, nil
		}
		return nil, errors.New("no text")
	}
	var out []string
	for r := inner.Children(); r.More() || r.Err() != nil; {
		e, err := r.Next()
		if err != nil {
			return nil, err
		}
		s, ok := text(e)
		if !ok || len(out) == 6 {
			return nil, errors.New("a postal address has up to six lines of text")
		}
		out = append(out, s)
	}
	return out, nil
}

func readOID(r *asn1.Reader) (asn1.ObjectIdentifier, error) {
	e, err := r.Expect(asn1.TagObjectIdentifier)
	if err != nil {
		return "", err
	}
	return e.ObjectIdentifier()
}

func readOctets(r *asn1.Reader) ([]byte, error) {
	e, err := r.Expect(asn1.TagOctetString)
	if err != nil {
		return nil, err
	}
	return e.OctetString()
}

// Text returns the characters of an encoded string of any type that names and claims are written in; empty for anything else.
func Text(der []byte) string {
	e, err := asn1.Parse(der, asn1.Limits{})
	if err != nil {
		return ""
	}
	s, _ := text(e)
	return s
}

// text returns the characters of a string of any type that names and claims are written in, as they are; false for anything else.
func text(v asn1.Element) (string, bool) {
	b, err := v.Content, error(nil)
	if v.Constructed {
		if b, err = joined(v); err != nil {
			return "", false
		}
	}
	switch v.Tag {
	case asn1.TagUTF8String, asn1.TagPrintableString, asn1.TagIA5String, asn1.TagVisibleString, asn1.TagNumericString:
		return string(b), true
	case asn1.TagT61String: // in the field, Latin-1
		r := make([]rune, len(b))
		for i, c := range b {
			r[i] = rune(c)
		}
		return string(r), true
	case asn1.TagBMPString:
		u := make([]uint16, len(b)/2)
		for i := range u {
			u[i] = uint16(b[2*i])<<8 | uint16(b[2*i+1])
		}
		return string(utf16.Decode(u)), true
	}
	return "", false
}

// joined joins the segments of a string in BER, which are OCTET STRINGs or strings of the same type (X.690, 8.23).
func joined(v asn1.Element) ([]byte, error) {
	if !v.Constructed {
		return v.Content, nil
	}
	var out []byte
	for r := v.Children(); r.More() || r.Err() != nil; {
		s, err := r.Next()
		if err != nil {
			return nil, err
		}
		if !s.Is(v.Tag) && !s.Is(asn1.TagOctetString) {
			return nil, &asn1.SyntaxError{Offset: s.Offset, Msg: "a segment of another type"}
		}
		b, err := joined(s)
		if err != nil {
			return nil, err
		}
		out = append(out, b...)
	}
	return out, nil
}
