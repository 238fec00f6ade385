// Package asn1 reads and writes the encodings that signed documents are made of: BER and DER (ITU-T X.690), as bytes that are kept as received.
//
// Signatures are computed over encodings, so nothing here decodes into structs and back: an Element knows its own bytes and its offset, and its
// value is looked at in place. Foreign input is bounded in depth and number of elements by Limits.
//
// The package knows no ASN.1 module: what a SignedData or a certificate is, it must not know.
package asn1

import (
	"errors"
	"fmt"
)

// Tag is a class and a tag number, without the constructed bit: universal tags are their number, others are made by Context and the like.
type Tag uint32

// The universal tags that occur in signed documents.
const (
	TagEndOfContents    Tag = 0
	TagBoolean          Tag = 1
	TagInteger          Tag = 2
	TagBitString        Tag = 3
	TagOctetString      Tag = 4
	TagNull             Tag = 5
	TagObjectIdentifier Tag = 6
	TagEnumerated       Tag = 10
	TagUTF8String       Tag = 12
	TagSequence         Tag = 16
	TagSet              Tag = 17
	TagNumericString    Tag = 18
	TagPrintableString  Tag = 19
	TagT61String        Tag = 20
	TagIA5String        Tag = 22
	TagUTCTime          Tag = 23
	TagGeneralizedTime  Tag = 24
	TagVisibleString    Tag = 26
	TagUniversalString  Tag = 28
	TagBMPString        Tag = 30
)

const (
	classShift          = 30
	maxTagNumber uint32 = 1<<classShift - 1
)

// Context returns the context-specific tag [n].
func Context(n uint32) Tag { return Tag(2<<classShift | n&maxTagNumber) }

// Application returns the tag [APPLICATION n].
func Application(n uint32) Tag { return Tag(1<<classShift | n&maxTagNumber) }

// Class returns 0 (universal), 1 (application), 2 (context-specific) or 3 (private).
func (t Tag) Class() uint8 { return uint8(t >> classShift) }

// Number returns the tag number within its class.
func (t Tag) Number() uint32 { return uint32(t) & maxTagNumber }

// String names a tag for error messages.
func (t Tag) String() string {
	switch t.Class() {
	case 0:
		if n, ok := tagName(t); ok {
			return n
		}
		return fmt.Sprintf("[UNIVERSAL %d]", t.Number())
	case 1:
		return fmt.Sprintf("[APPLICATION %d]", t.Number())
	case 2:
		return fmt.Sprintf("[%d]", t.Number())
	}
	return fmt.Sprintf("[PRIVATE %d]", t.Number())
}

func tagName(t Tag) (string, bool) {
	switch t {
	case TagEndOfContents:
		return "end-of-contents", true
	case TagBoolean:
		return "BOOLEAN", true
	case TagInteger:
		return "INTEGER", true
	case TagBitString:
		return "BIT STRING", true
	case TagOctetString:
		return "OCTET STRING", true
	case TagNull:
		return "NULL", true
	case TagObjectIdentifier:
		return "OBJECT IDENTIFIER", true
	case TagEnumerated:
		return "ENUMERATED", true
	case TagSequence:
		return "SEQUENCE", true
	case TagSet:
		return "SET", true
	case TagUTCTime:
		return "UTCTime", true
	case TagGeneralizedTime:
		return "GeneralizedTime", true
	}
	return "", false
}

// Element is one tag-length-value as received. Its slices share the input's memory and must not be written to.
type Element struct {
	Tag         Tag
	Constructed bool
	Indefinite  bool   // the length was indefinite (BER); Content then excludes the end-of-contents octets and Raw includes them
	LongForm    bool   // the tag or length was encoded longer than needed, which BER allows and DER does not
	Raw         []byte // the whole encoding
	Content     []byte // the contents octets
	Offset      int    // of Raw in the input of the outermost reader
	scope       scope
}

// Is says whether the element has this tag.
func (e Element) Is(t Tag) bool { return e.Tag == t }

// IsZero says whether this is no element at all.
func (e Element) IsZero() bool { return e.Raw == nil }

// Children returns a reader over the elements inside a constructed one. Over a primitive one, the reader's first Next gives an error.
func (e Element) Children() *Reader {
	r := &Reader{rest: e.Content, offset: e.Offset + e.headerLen(), scope: e.scope}
	r.scope.depth++
	if !e.Constructed {
		r.err = &SyntaxError{Offset: e.Offset, Msg: e.Tag.String() + " is primitive where a constructed value is needed"}
	}
	return r
}

func (e Element) headerLen() int {
	n := len(e.Raw) - len(e.Content)
	if e.Indefinite {
		n -= 2
	}
	return n
}

// SyntaxError says that bytes are not the encoding that was expected, and where.
type SyntaxError struct {
	Offset int    // in the outermost input
	Msg    string // what is wrong
}

// Error names the fault and its place.
func (e *SyntaxError) Error() string { return fmt.Sprintf("asn1: %s at offset %d", e.Msg, e.Offset) }

// ErrLimit says that the input is larger, deeper or has more parts than Limits allow. It is found with errors.Is.
var ErrLimit = errors.New("asn1: limit exceeded")

// ErrTruncated says that the input ends within an element. It is found with errors.Is.
var ErrTruncated = errors.New("asn1: the data ends within an element")
