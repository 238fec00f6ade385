package cades

import (
	"errors"
	"fmt"
	"io"

	"mohur/internal/asn1"
)

// Apart is a message of DER that was taken apart without reading its content.
type Apart struct {
	Message []byte            // the same message without its content: a detached signature over it
	Content *io.SectionReader // what it holds
}

const (
	maxHead = 4 << 10  // what stands before the content: lengths, identifiers, digest algorithms
	maxTail = 16 << 20 // what stands behind it: certificates, revocation data, signatures
)

// TakeApart separates a message in DER, as Sign writes it, from its content, so that a large one can be verified as a detached one: signatures are
// over the content's octets and not over how they are wrapped (RFC 5652, 5.4). ErrNoContent when it holds none.
func TakeApart(r io.ReaderAt, size int64) (*Apart, error) {
	head := make([]byte, min(maxHead, size))
	if _, err := r.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("cades: %w", err)
	}
	h := &opener{b: head, size: size}
	h.open(asn1.TagSequence) // ContentInfo
	kind := h.skip(asn1.TagObjectIdentifier)
	h.open(asn1.Context(0))
	h.open(asn1.TagSequence) // SignedData
	version, digests := h.skip(asn1.TagInteger), h.skip(asn1.TagSet)
	inside := h.open(asn1.TagSequence) // EncapsulatedContentInfo
	content := h.skip(asn1.TagObjectIdentifier)
	if h.err == nil && int64(h.at) == inside { // nothing follows the type
		return nil, ErrNoContent
	}
	h.open(asn1.Context(0))
	end := h.open(asn1.TagOctetString)
	if h.err != nil {
		return nil, h.err
	}
	if end != inside || size-end > maxTail {
		return nil, errShape
	}
	tail := make([]byte, size-end)
	if _, err := r.ReadAt(tail, end); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("cades: %w", err)
	}
	body := asn1.Sequence(version, digests, asn1.Sequence(content), tail)
	return &Apart{
		Message: asn1.Sequence(kind, asn1.Explicit(0, body)), Content: io.NewSectionReader(r, int64(h.at), end-int64(h.at)),
	}, nil
}

// opener walks through the headers of nested elements.
type opener struct {
	b    []byte
	at   int
	size int64
	err  error
}

// open enters an element and returns where it ends in the file.
func (o *opener) open(tag asn1.Tag) int64 {
	if o.err != nil {
		return 0
	}
	header, length, ok := readHeader(o.b[o.at:], tag)
	if !ok || int64(o.at+header)+length > o.size {
		o.err = errShape
		return 0
	}
	o.at += header
	return int64(o.at) + length
}

// skip passes an element that must be whole in what was read.
func (o *opener) skip(tag asn1.Tag) []byte {
	from := o.at
	end := o.open(tag)
	if o.err != nil || end > int64(len(o.b)) {
		o.err = errors.Join(o.err, errShape)
		return nil
	}
	o.at = int(end)
	return o.b[from:end]
}

// readHeader reads an identifier octet and a definite length.
func readHeader(b []byte, tag asn1.Tag) (header int, length int64, ok bool) {
	constructed := tag != asn1.TagInteger && tag != asn1.TagObjectIdentifier && tag != asn1.TagOctetString
	if len(b) < 2 || b[0] != asn1.AppendHeader(nil, tag, constructed, 0)[0] {
		return 0, 0, false
	}
	n := int(b[1])
	if n < 0x80 {
		return 2, int64(n), true
	}
	n -= 0x80
	if n < 1 || n > 7 || len(b) < 2+n {
		return 0, 0, false
	}
	for _, octet := range b[2 : 2+n] {
		length = length<<8 | int64(octet)
	}
	return 2 + n, length, true
}
