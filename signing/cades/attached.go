package cades

import (
	"context"
	"errors"
	"fmt"
	"io"

	"mohur/internal/asn1"
)

var errShape = errors.New("cades: the message is not as it was made")

// writeAttached writes a message that was made without its content with the content in its place (RFC 5652, 5.2), streamed: the lengths around
// it are known beforehand.
func writeAttached(ctx context.Context, out io.Writer, message []byte, content io.Reader, size int64) error {
	fields, err := signedDataFields(message)
	if err != nil {
		return err
	}
	info, err := asn1.Parse(fields[2], asn1.Limits{})
	if err != nil {
		return err
	}
	if int64(int(size)) != size || size < 0 {
		return fmt.Errorf("cades: content of %d octets", size)
	}
	n := int(size)
	octets := asn1.AppendHeader(nil, asn1.TagOctetString, false, n)
	explicit := asn1.AppendHeader(nil, asn1.Context(0), true, len(octets)+n)
	inner := len(info.Content) + len(explicit) + len(octets) + n
	encapsulated := asn1.AppendHeader(nil, asn1.TagSequence, true, inner)
	var tail []byte
	for _, f := range fields[3:] {
		tail = append(tail, f...)
	}
	length := len(fields[0]) + len(fields[1]) + len(encapsulated) + inner + len(tail)
	body := asn1.AppendHeader(nil, asn1.TagSequence, true, length)
	holder := asn1.AppendHeader(nil, asn1.Context(0), true, len(body)+length)
	kind := asn1.OID("1.2.840.113549.1.7.2")
	head := asn1.AppendHeader(nil, asn1.TagSequence, true, len(kind)+len(holder)+len(body)+length)
	for _, part := range [][]byte{kind, holder, body, fields[0], fields[1], encapsulated, info.Content, explicit, octets} {
		head = append(head, part...)
	}
	if _, err := out.Write(head); err != nil {
		return fmt.Errorf("cades: write: %w", err)
	}
	copied, err := io.CopyBuffer(out, &patient{ctx, content}, make([]byte, chunk))
	if err == nil && copied != size {
		err = io.ErrUnexpectedEOF
	}
	if err == nil {
		_, err = out.Write(tail)
	}
	if err != nil {
		return fmt.Errorf("cades: write: %w", err)
	}
	return nil
}

// signedDataFields are the elements of the SignedData in a ContentInfo: version, digestAlgorithms, encapContentInfo, and the rest.
func signedDataFields(message []byte) ([][]byte, error) {
	info, err := asn1.Parse(message, asn1.Limits{})
	if err != nil {
		return nil, err
	}
	r := info.Children()
	if _, err := r.Next(); err != nil {
		return nil, err
	}
	holder, err := r.Next()
	if err != nil {
		return nil, err
	}
	body, err := holder.Children().Next()
	if err != nil {
		return nil, err
	}
	var out [][]byte
	for r := body.Children(); r.More() || r.Err() != nil; {
		f, err := r.Next()
		if err != nil {
			return nil, err
		}
		out = append(out, f.Raw)
	}
	if len(out) < 4 {
		return nil, errShape
	}
	return out, nil
}

// counting counts what is written.
type counting struct {
	w io.Writer
	n int64
}

func (c *counting) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
