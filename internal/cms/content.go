package cms

import (
	"bytes"
	"io"

	"mohur/internal/algo"
	"mohur/internal/asn1"
)

// Content is the content inside a message. BER content that comes in segments is not copied together.
type Content struct {
	segments [][]byte
	size     int64
}

// newContent reads an OCTET STRING, or takes the contents octets of anything else (RFC 5652, 5.2.1).
func newContent(e asn1.Element) (*Content, error) {
	c := &Content{}
	if !e.Is(asn1.TagOctetString) {
		c.segments, c.size = [][]byte{e.Content}, int64(len(e.Content))
		return c, nil
	}
	err := e.Segments(func(b []byte) error {
		c.segments = append(c.segments, b)
		c.size += int64(len(b))
		return nil
	})
	return c, err
}

// Size returns the number of octets.
func (c *Content) Size() int64 { return c.size }

// Bytes returns the octets, copied together if they came in segments.
func (c *Content) Bytes() []byte {
	if len(c.segments) == 1 {
		return c.segments[0]
	}
	return bytes.Join(c.segments, nil)
}

// Reader returns a new reader over the octets.
func (c *Content) Reader() io.Reader {
	if len(c.segments) == 1 {
		return bytes.NewReader(c.segments[0])
	}
	return &segmentReader{rest: c.segments}
}

// segmentReader reads segments one after another. io.MultiReader would need a reader for each of what may be a million.
type segmentReader struct {
	rest [][]byte
	at   int
}

// Read implements io.Reader.
func (s *segmentReader) Read(p []byte) (int, error) {
	for len(s.rest) > 0 && s.at == len(s.rest[0]) {
		s.rest, s.at = s.rest[1:], 0
	}
	if len(s.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p, s.rest[0][s.at:])
	s.at += n
	return n, nil
}

// HashContent reads content once and returns its digests by several algorithms, for messages with several signers.
func HashContent(r io.Reader, digests ...algo.Digest) (map[algo.Digest][]byte, error) {
	hashes := map[algo.Digest]io.Writer{}
	var writers []io.Writer
	for _, d := range digests {
		if _, twice := hashes[d]; twice || !d.Valid() {
			continue
		}
		h := d.New()
		hashes[d] = h
		writers = append(writers, h)
	}
	if _, err := io.Copy(io.MultiWriter(writers...), r); err != nil {
		return nil, err
	}
	out := make(map[algo.Digest][]byte, len(hashes))
	for d, w := range hashes {
		out[d] = w.(interface{ Sum([]byte) []byte }).Sum(nil)
	}
	return out, nil
}
