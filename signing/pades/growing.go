package pades

import (
	"context"
	"errors"
	"fmt"
	"hash"
	"io"

	"mohur/internal/algo"
	"mohur/internal/pdf"
)

// growing is a document with the increments that it has got so far. Only those are in memory; the document itself was read once, to be
// hashed.
type growing struct {
	in     io.ReaderAt
	size   int64 // of in
	open   pdf.Options
	tail   []byte
	states map[algo.Digest]hash.Cloner // after the last byte of in
}

// readOnce hashes the document by several digests.
func (g *growing) readOnce(ctx context.Context, digests ...algo.Digest) error {
	g.states = map[algo.Digest]hash.Cloner{}
	var all []io.Writer
	for _, d := range digests {
		if g.states[d] != nil {
			continue
		}
		state, ok := d.New().(hash.Cloner)
		if !ok {
			return &algo.UnsupportedError{What: "digest " + d.String() + " whose state can't be kept"}
		}
		g.states[d] = state
		all = append(all, state)
	}
	return copyAll(ctx, io.MultiWriter(all...), g.in, g.size)
}

// sum is the digest of the document, its increments so far, and further parts.
func (g *growing) sum(d algo.Digest, parts ...[]byte) ([]byte, error) {
	if g.states[d] == nil {
		return nil, fmt.Errorf("pades: the document was not hashed by %s", d)
	}
	state, err := g.states[d].Clone()
	if err != nil {
		return nil, fmt.Errorf("pades: %w", err)
	}
	state.Write(g.tail)
	for _, p := range parts {
		state.Write(p)
	}
	return state.Sum(nil), nil
}

// length is the number of bytes so far.
func (g *growing) length() int64 { return g.size + int64(len(g.tail)) }

// ReadAt reads the document as if its increments were written.
func (g *growing) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, errors.New("pades: a negative offset")
	}
	n := 0
	if off < g.size {
		part := p[:min(int64(len(p)), g.size-off)]
		var err error
		if n, err = g.in.ReadAt(part, off); n < len(part) {
			return n, err
		}
	}
	if n == len(p) {
		return n, nil
	}
	at := off + int64(n) - g.size
	if at >= int64(len(g.tail)) {
		return n, io.EOF
	}
	m := copy(p[n:], g.tail[at:])
	if n+m < len(p) {
		return n + m, io.EOF
	}
	return n + m, nil
}

// document opens what there is so far.
func (g *growing) document() (*pdf.Document, error) { return pdf.Open(g, g.length(), g.open) }

// write copies the document and appends the increments; it returns the hash and the size of what was written.
func (g *growing) write(ctx context.Context, out io.Writer) (sum []byte, size int64, err error) {
	if err := copyAll(ctx, out, g.in, g.size); err != nil {
		return nil, 0, err
	}
	if _, err := out.Write(g.tail); err != nil {
		return nil, 0, fmt.Errorf("pades: write: %w", err)
	}
	sum, err = g.sum(algo.SHA256)
	return sum, g.length(), err
}

// copyAll copies the first size bytes in chunks, looking at the context between them.
func copyAll(ctx context.Context, w io.Writer, in io.ReaderAt, size int64) error {
	buf := make([]byte, chunk)
	for off := int64(0); off < size; {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := in.ReadAt(buf[:min(int64(len(buf)), size-off)], off)
		if n == 0 && err != nil {
			return fmt.Errorf("pades: read the document: %w", err)
		}
		if _, err := w.Write(buf[:n]); err != nil {
			return fmt.Errorf("pades: write: %w", err)
		}
		off += int64(n)
	}
	return nil
}
