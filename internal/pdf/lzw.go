package pdf

import (
	"bufio"
	"io"
)

// lzwReader undoes LZWDecode (ISO 32000-2, 7.4.4.2). compress/lzw can't: PDF widens its codes one entry early.
type lzwReader struct {
	r          *bufio.Reader
	bits       uint32
	nbits      uint
	width      uint
	early      int
	prefix     [4096]int16
	suffix     [4096]byte
	next, last int
	stack, out []byte
	done       bool
}

const (
	lzwClear = 256
	lzwEnd   = 257
)

func newLZW(r io.Reader, early bool) *lzwReader {
	z := &lzwReader{r: bufio.NewReader(r)}
	if early {
		z.early = 1
	}
	z.reset()
	return z
}

func (z *lzwReader) reset() { z.width, z.next, z.last = 9, 258, -1 }

func (z *lzwReader) Read(p []byte) (int, error) {
	for len(z.out) == 0 {
		if z.done {
			return 0, io.EOF
		}
		z.step()
	}
	n := copy(p, z.out)
	z.out = z.out[n:]
	return n, nil
}

func (z *lzwReader) code() int {
	for z.nbits < z.width {
		b, err := z.r.ReadByte()
		if err != nil {
			return lzwEnd
		}
		z.bits = z.bits<<8 | uint32(b)
		z.nbits += 8
	}
	z.nbits -= z.width
	return int(z.bits >> z.nbits & (1<<z.width - 1))
}

func (z *lzwReader) step() {
	c := z.code()
	switch {
	case c == lzwClear:
		z.reset()
		return
	case c == lzwEnd, c > z.next, c == z.next && z.last < 0:
		z.done = true
		return
	}
	first := z.expand(c)
	if z.last >= 0 && z.next < 4096 {
		z.prefix[z.next], z.suffix[z.next] = int16(z.last), first
		z.next++
	}
	if n := z.next + z.early; n >= 1<<z.width && z.width < 12 {
		z.width++
	}
	z.last = c
}

// expand writes the bytes of a code to out and returns the first one.
func (z *lzwReader) expand(c int) byte {
	z.stack = z.stack[:0]
	tail := c == z.next // the one code that is not in the table yet
	if tail {
		c = z.last
	}
	for c >= 258 {
		z.stack = append(z.stack, z.suffix[c])
		c = int(z.prefix[c])
	}
	first := byte(c)
	z.out = append(z.out[:0], first)
	for i := len(z.stack) - 1; i >= 0; i-- {
		z.out = append(z.out, z.stack[i])
	}
	if tail {
		z.out = append(z.out, first)
	}
	return first
}
