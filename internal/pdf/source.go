package pdf

import (
	"errors"
	"io"
)

const (
	blockSize = 4 << 10
	maxBlocks = 1024 // 4 MiB of the file in memory at most
)

// source gives cheap access to single bytes of a file that is read through io.ReaderAt in blocks.
type source struct {
	r      io.ReaderAt
	size   int64
	blocks map[int64][]byte
	order  []int64 // blocks in the order they came, the oldest goes first
	err    error   // the first read error that was not the end of the file
}

func newSource(r io.ReaderAt, size int64) *source {
	return &source{r: r, size: size, blocks: map[int64][]byte{}}
}

// block returns the bytes of block n, shorter at the end of the file, nil beyond it.
func (s *source) block(n int64) []byte {
	if b, ok := s.blocks[n]; ok {
		return b
	}
	off := n * blockSize
	if n < 0 || off >= s.size {
		return nil
	}
	b := make([]byte, min(blockSize, s.size-off))
	k, err := s.r.ReadAt(b, off)
	if err != nil && !errors.Is(err, io.EOF) && s.err == nil {
		s.err = err
	}
	b = b[:max(k, 0)]
	if len(s.order) >= maxBlocks {
		delete(s.blocks, s.order[0])
		s.order = s.order[1:]
	}
	s.blocks[n] = b
	s.order = append(s.order, n)
	return b
}

// bytes reads [off, off+n), clipped to the file.
func (s *source) bytes(off, n int64) []byte {
	if off < 0 || off >= s.size || n <= 0 {
		return nil
	}
	b := make([]byte, min(n, s.size-off))
	k, err := s.r.ReadAt(b, off)
	if err != nil && !errors.Is(err, io.EOF) && s.err == nil {
		s.err = err
	}
	return b[:max(k, 0)]
}

// cursor walks over bytes: those of a file up to end, or a slice in memory.
type cursor struct {
	src *source // nil for memory
	pos int64
	end int64
	buf []byte // the bytes from base on
	off int64  // file offset of buf[0]
	odd bool   // the last hexadecimal string held more than digits and white space
	hit bool   // something was looked for at the end: with more bytes behind it, the reading could have gone another way
}

func (s *source) cursor(pos, end int64) *cursor {
	return &cursor{src: s, pos: pos, end: min(end, s.size)}
}

func memoryCursor(b []byte) *cursor { return &cursor{buf: b, end: int64(len(b))} }

// peek returns the byte at the position, or -1 at the end.
func (c *cursor) peek() int {
	i := c.pos - c.off
	if c.pos < c.end && i >= 0 && i < int64(len(c.buf)) {
		return int(c.buf[i])
	}
	if c.pos < 0 || c.pos >= c.end || c.src == nil {
		c.hit = c.hit || c.pos >= c.end
		return -1
	}
	n := c.pos / blockSize
	c.buf, c.off = c.src.block(n), n*blockSize
	if i = c.pos - c.off; i >= int64(len(c.buf)) {
		return -1
	}
	return int(c.buf[i])
}

// run returns the bytes at hand from the position on, without moving; at least one after a peek that found one.
func (c *cursor) run() []byte {
	from := c.pos - c.off
	return c.buf[from:min(int64(len(c.buf)), from+c.end-c.pos)]
}

// next returns the byte at the position and moves on, or -1 at the end.
func (c *cursor) next() int {
	b := c.peek()
	if b >= 0 {
		c.pos++
	}
	return b
}

// place is the offset reported in errors: -1 inside decoded streams.
func (c *cursor) place() int64 {
	if c.src == nil {
		return -1
	}
	return c.pos
}
