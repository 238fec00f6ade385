package asn1

import "fmt"

// Limits bound what a reader does with foreign bytes. A zero field means its default.
type Limits struct {
	Depth    int // nesting, default 40
	Elements int // elements read in all, those skipped over in search of an end included, default 1,000,000
}

const (
	defaultDepth    = 40
	defaultElements = 1_000_000
)

// scope is what a reader shares with the readers of its elements' contents.
type scope struct {
	depth    int
	maxDepth int
	left     *int // elements that may still be read; shared
}

// Reader reads elements one after another. It is not for concurrent use.
type Reader struct {
	rest   []byte
	offset int
	scope  scope
	err    error
}

// NewReader returns a reader over an encoding.
func NewReader(b []byte, l Limits) *Reader {
	if l.Depth <= 0 {
		l.Depth = defaultDepth
	}
	if l.Elements <= 0 {
		l.Elements = defaultElements
	}
	left := l.Elements
	return &Reader{rest: b, scope: scope{maxDepth: l.Depth, left: &left}}
}

// More says whether there is anything left to read.
func (r *Reader) More() bool { return r.err == nil && len(r.rest) > 0 }

// Rest returns what has not been read, as received.
func (r *Reader) Rest() []byte { return r.rest }

// Offset returns the place of the next element in the outermost input.
func (r *Reader) Offset() int { return r.offset }

// Err returns the error that stopped the reader, if any. After an error every further call gives the same one.
func (r *Reader) Err() error { return r.err }

// Next returns the next element, or ErrTruncated at the end.
func (r *Reader) Next() (Element, error) {
	if r.err != nil {
		return Element{}, r.err
	}
	e, err := r.scope.read(r.rest, r.offset)
	if err == nil && e.Tag == TagEndOfContents {
		err = &SyntaxError{Offset: r.offset, Msg: "end-of-contents octets without a beginning"}
	}
	if err != nil {
		r.err = err
		return Element{}, err
	}
	r.rest = r.rest[len(e.Raw):]
	r.offset += len(e.Raw)
	return e, nil
}

// Expect returns the next element if it has the tag, and a SyntaxError otherwise.
func (r *Reader) Expect(t Tag) (Element, error) {
	at := r.offset
	e, err := r.Next()
	if err != nil {
		return Element{}, err
	}
	if e.Tag != t {
		r.err = &SyntaxError{Offset: at, Msg: fmt.Sprintf("%s where %s is needed", e.Tag, t)}
		return Element{}, r.err
	}
	return e, nil
}

// Optional returns the next element if it has the tag; otherwise it reads nothing. A broken next element is reported by the next Next.
func (r *Reader) Optional(t Tag) (Element, bool, error) {
	if !r.More() {
		return Element{}, false, r.err
	}
	tag, _, ok := peekTag(r.rest)
	if !ok || tag != t {
		return Element{}, false, nil
	}
	e, err := r.Next()
	return e, err == nil, err
}

// Peek returns the tag of the next element without reading it; false at the end.
func (r *Reader) Peek() (Tag, bool) {
	if !r.More() {
		return 0, false
	}
	t, _, ok := peekTag(r.rest)
	return t, ok
}

// End gives an error if anything is left.
func (r *Reader) End() error {
	if r.err != nil {
		return r.err
	}
	if len(r.rest) > 0 {
		r.err = &SyntaxError{Offset: r.offset, Msg: "more elements than expected"}
	}
	return r.err
}

// Parse reads the one element that an input consists of; bytes after it are a SyntaxError.
func Parse(b []byte, l Limits) (Element, error) {
	r := NewReader(b, l)
	e, err := r.Next()
	if err != nil {
		return Element{}, err
	}
	return e, r.End()
}

// peekTag reads the identifier octets (X.690, 8.1.2) and returns their number.
func peekTag(b []byte) (Tag, int, bool) {
	if len(b) == 0 {
		return 0, 0, false
	}
	class := Tag(b[0]>>6) << classShift
	if n := b[0] & 0x1f; n != 0x1f {
		return class | Tag(n), 1, true
	}
	var n uint32
	for i := 1; i < len(b) && i <= 5; i++ {
		if n > maxTagNumber>>7 {
			return 0, 0, false
		}
		n = n<<7 | uint32(b[i]&0x7f)
		if b[i]&0x80 == 0 {
			return class | Tag(n), i + 1, true
		}
	}
	return 0, 0, false
}

// read parses the element at the beginning of b, which lies at offset in the outermost input.
func (s scope) read(b []byte, offset int) (Element, error) {
	if s.depth > s.maxDepth {
		return Element{}, fmt.Errorf("%w: nested deeper than %d at offset %d", ErrLimit, s.maxDepth, offset)
	}
	if *s.left--; *s.left < 0 {
		return Element{}, fmt.Errorf("%w: too many elements at offset %d", ErrLimit, offset)
	}
	if len(b) < 2 {
		return Element{}, fmt.Errorf("%w (offset %d)", ErrTruncated, offset)
	}
	tag, n, ok := peekTag(b)
	if !ok {
		return Element{}, &SyntaxError{Offset: offset, Msg: "bad tag"}
	}
	e := Element{Tag: tag, Constructed: b[0]&0x20 != 0, Offset: offset, scope: s}
	e.LongForm = n > 1 && (tag.Number() < 0x1f || b[1] == 0x80)
	length, m, err := e.readLength(b[n:])
	if err != nil {
		return Element{}, err
	}
	n += m
	if e.Indefinite {
		return s.readIndefinite(e, b, n)
	}
	if length > len(b)-n {
		return Element{}, fmt.Errorf("%w (offset %d: %d octets of %d)", ErrTruncated, offset, len(b)-n, length)
	}
	e.Raw, e.Content = b[:n+length:n+length], b[n:n+length:n+length]
	return e, nil
}

// readLength reads the length octets (X.690, 8.1.3) and returns the length and their number.
func (e *Element) readLength(b []byte) (length, n int, err error) {
	if len(b) == 0 {
		return 0, 0, fmt.Errorf("%w (offset %d)", ErrTruncated, e.Offset)
	}
	first := b[0]
	switch {
	case first < 0x80:
		return int(first), 1, nil
	case first == 0x80:
		if !e.Constructed {
			return 0, 0, &SyntaxError{Offset: e.Offset, Msg: "primitive element of indefinite length"}
		}
		e.Indefinite = true
		return 0, 1, nil
	case first == 0xff:
		return 0, 0, &SyntaxError{Offset: e.Offset, Msg: "reserved length"}
	}
	count := int(first & 0x7f)
	if len(b) <= count {
		return 0, 0, fmt.Errorf("%w (offset %d)", ErrTruncated, e.Offset)
	}
	for _, c := range b[1 : 1+count] {
		if length > (1<<62)>>8 {
			return 0, 0, &SyntaxError{Offset: e.Offset, Msg: "length too large"}
		}
		length = length<<8 | int(c)
	}
	if b[1] == 0 || length < 0x80 {
		e.LongForm = true
	}
	return length, 1 + count, nil
}

// readIndefinite finds the end-of-contents octets that belong to e, whose header has n octets.
func (s scope) readIndefinite(e Element, b []byte, n int) (Element, error) {
	inner := s
	inner.depth++
	at := n
	for {
		c, err := inner.read(b[at:], e.Offset+at)
		if err != nil {
			return Element{}, err
		}
		if c.Tag == TagEndOfContents {
			if c.Constructed || len(c.Raw) != 2 {
				return Element{}, &SyntaxError{Offset: c.Offset, Msg: "bad end-of-contents octets"}
			}
			e.Raw, e.Content = b[:at+2:at+2], b[n:at:at]
			return e, nil
		}
		at += len(c.Raw)
	}
}
