package pdf

import (
	"bytes"
	"encoding/hex"
	"math"
	"slices"
	"strconv"
)

func isSpace(b int) bool {
	return b == 0 || b == '\t' || b == '\n' || b == '\f' || b == '\r' || b == ' '
}

func isDelimiter(b int) bool {
	switch b {
	case '(', ')', '<', '>', '[', ']', '{', '}', '/', '%':
		return true
	}
	return false
}

func isRegular(b int) bool { return b >= 0 && !isSpace(b) && !isDelimiter(b) }

func isDigit(b int) bool { return b >= '0' && b <= '9' }

// skipSpace skips white space and comments (ISO 32000-2, 7.2.3 and 7.2.4).
func (c *cursor) skipSpace() {
	for {
		b := c.peek()
		switch {
		case isSpace(b):
			c.pos++
		case b == '%':
			for b = c.peek(); b >= 0 && b != '\n' && b != '\r'; b = c.peek() {
				c.pos++
			}
		default:
			return
		}
	}
}

// word reads a run of regular characters of at most max bytes.
func (c *cursor) word(max int) string {
	var buf [32]byte
	out := buf[:0]
	for b := c.peek(); isRegular(b) && len(out) < max; b = c.peek() {
		out = append(out, byte(b))
		c.pos++
	}
	return string(out)
}

// largest is the largest absolute value that is taken for a number; it is written in far fewer digits than a word may have.
const largest = 1e100

// keyword skips space and moves over w if it stands there as a whole word.
func (c *cursor) keyword(w string) bool {
	c.skipSpace()
	start := c.pos
	for i := range len(w) {
		if c.next() != int(w[i]) {
			c.pos = start
			return false
		}
	}
	if isRegular(c.peek()) {
		c.pos = start
		return false
	}
	return true
}

// digits skips space and reads an unsigned integer.
func (c *cursor) digits() (int64, bool) {
	c.skipSpace()
	start := c.pos
	var n int64
	for b := c.peek(); isDigit(b); b = c.peek() {
		if n > math.MaxInt64/10-1 {
			c.pos = start
			return 0, false
		}
		n = n*10 + int64(b-'0')
		c.pos++
	}
	if c.pos == start || isRegular(c.peek()) {
		c.pos = start
		return 0, false
	}
	return n, true
}

// number turns a word into an Integer or Real. Writers in the field produce "--5", "1.2.3" and "+.5"; what strconv refuses is null here
// as it is in the viewers. Beyond the largest number it is none: what programs make of such digits differs (ISO 32000-1, C.2 lets them stop at 3.4e38).
func number(w string) (Object, bool) {
	if w == "" {
		return nil, false
	}
	real := false
	for i := range len(w) {
		switch b := w[i]; {
		case b == '.':
			real = true
		case isDigit(int(b)), (b == '-' || b == '+') && i == 0:
		default:
			return nil, false
		}
	}
	if !real {
		if n, err := strconv.ParseInt(w, 10, 64); err == nil {
			return Integer(n), true
		}
	}
	f, err := strconv.ParseFloat(w, 64)
	if err != nil || math.Abs(f) > largest {
		return nil, false
	}
	return Real(f), true
}

// name reads a name after its slash (7.3.5).
func (c *cursor) name(limit int) (Name, error) {
	var buf [64]byte
	out := buf[:0]
	for b := c.peek(); isRegular(b); b = c.peek() {
		c.pos++
		if b == '#' {
			mark := c.pos
			hi, lo := unhex(c.next()), unhex(c.peek())
			if hi >= 0 && lo >= 0 {
				c.pos++
				b = hi<<4 | lo
			} else {
				c.pos = mark
			}
		}
		if out = append(out, byte(b)); len(out) > limit {
			return "", &LimitError{"bytes in a name"}
		}
	}
	return Name(out), nil
}

func unhex(b int) int {
	switch {
	case isDigit(b):
		return b - '0'
	case b >= 'a' && b <= 'f':
		return b - 'a' + 10
	case b >= 'A' && b <= 'F':
		return b - 'A' + 10
	}
	return -1
}

// literal reads a string after its opening parenthesis (7.3.4.2).
func (c *cursor) literal(limit int) (String, error) {
	out, depth := String{}, 1
	for {
		b := c.next()
		switch b {
		case -1:
			return nil, &FormatError{c.place(), "string without end"}
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return out, nil
			}
		case '\r':
			if c.peek() == '\n' {
				c.pos++
			}
			b = '\n'
		case '\\':
			if b = c.escape(); b < 0 {
				continue
			}
		}
		if out = append(out, byte(b)); len(out) > limit {
			return nil, &LimitError{"bytes in a string"}
		}
	}
}

// escape reads what follows a backslash; -1 when it stands for nothing (a continued line).
func (c *cursor) escape() int {
	switch b := c.next(); b {
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case '\n':
		return -1
	case '\r':
		if c.peek() == '\n' {
			c.pos++
		}
		return -1
	case '0', '1', '2', '3', '4', '5', '6', '7':
		n := b - '0'
		for range 2 {
			if d := c.peek(); d >= '0' && d <= '7' {
				n = n<<3 | (d - '0')
				c.pos++
			}
		}
		return n & 0xff
	default:
		return b
	}
}

// hex reads a string after its opening angle bracket (7.3.4.3). It works on runs of bytes: the /Contents of signatures are long.
func (c *cursor) hex(limit int, what string) (String, error) {
	out, half := String{}, -1
	c.odd = false
	for c.peek() >= 0 {
		run := c.run()
		end := bytes.IndexByte(run, '>')
		digits := run
		if end >= 0 {
			digits = run[:end]
		}
		out = slices.Grow(out, (len(digits)+1)/2)
		for len(digits) > 0 {
			if half < 0 {
				n, _ := hex.Decode(out[len(out):cap(out)], digits[:len(digits)&^1])
				if out, digits = out[:len(out)+n], digits[2*n:]; len(digits) == 0 {
					break
				}
			}
			switch d := unhex(int(digits[0])); {
			case d < 0: // white space; other characters are skipped as viewers do
				c.odd = c.odd || !isSpace(int(digits[0]))
			case half < 0:
				half = d
			default:
				out, half = append(out, byte(half<<4|d)), -1
			}
			digits = digits[1:]
		}
		if end >= 0 {
			c.pos += int64(end) + 1
			if half >= 0 {
				out = append(out, byte(half<<4))
			}
			return out, nil
		}
		if c.pos += int64(len(run)); len(out) > limit {
			return nil, &LimitError{what}
		}
	}
	return nil, &FormatError{c.place(), "hexadecimal string without end"}
}
