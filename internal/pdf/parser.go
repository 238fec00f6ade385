package pdf

import "bytes"

// parser builds objects from a cursor.
type parser struct {
	*cursor
	limits   Limits
	contents []contentsToken
	count    int // elements read so far
	// onDuplicate is told of a key that a dictionary has twice with different values; the last one counts.
	onDuplicate func(Name)
}

// What a name and a string in parentheses may hold, in bytes; ISO 32000-1, annex C allows 127 and 32,767.
const (
	maxName    = 1 << 16
	maxLiteral = 4 << 20
)

// maxContents is how long the value of a signature may be, in bytes: genuine ones with their padding stay below 100 KB.
const maxContents = 6 << 20

// tooLongContents is what a [LimitError] names then.
const tooLongContents = "bytes in /Contents"

// dictionaryWeight is how many values a dictionary counts for besides itself: so much more memory it takes.
const dictionaryWeight = 3

// object reads one direct object or reference; parent is the key it stands under, if any.
func (p *parser) object(depth int, parent Name) (Object, error) {
	if depth > p.limits.Depth {
		return nil, &LimitError{"levels of nesting"}
	}
	if p.count++; p.count > p.limits.Elements {
		return nil, &LimitError{"elements in one object"}
	}
	p.skipSpace()
	switch b := p.peek(); {
	case b < 0:
		return nil, &FormatError{p.place(), "end of data where an object was expected"}
	case b == '/':
		p.pos++
		return p.name(min(p.limits.Token, maxName))
	case b == '(':
		p.pos++
		return p.literal(min(p.limits.Token, maxLiteral))
	case b == '[':
		p.pos++
		return p.array(depth)
	case b == '<':
		p.pos++
		if p.peek() == '<' {
			p.pos++
			p.count += dictionaryWeight
			return p.dict(depth, parent)
		}
		if parent == "Contents" {
			return p.hex(min(p.limits.Token, maxContents), tooLongContents)
		}
		return p.hex(p.limits.Token, "bytes in a string")
	case isDigit(b):
		if r, ok := p.reference(); ok {
			return r, nil
		}
		return p.atom()
	case isRegular(b):
		return p.atom()
	}
	return nil, &FormatError{p.place(), "unexpected delimiter"}
}

// reference reads "12 0 R", or nothing.
func (p *parser) reference() (Ref, bool) {
	start := p.pos
	num, ok := p.digits()
	if ok && num <= maxObjectNumber && isSpace(p.peek()) {
		gen, ok := p.digits()
		if ok && gen <= maxGeneration && p.keyword("R") {
			return Ref{int(num), int(gen)}, true
		}
	}
	p.pos = start
	return Ref{}, false
}

// contentsToken is where the value of a /Contents key stands: how deep its dictionary lies and under which key. hex tells that it is a
// hexadecimal string of digits and white space alone. Readers skip anything else in one; here it would be a place where objects lie that nobody
// signed.
type contentsToken struct {
	depth    int
	parent   Name
	from, to int64
	hex      bool
}

const (
	maxObjectNumber = 1<<31 - 1
	maxGeneration   = 65535
)

// atom reads a number, true, false or null.
func (p *parser) atom() (Object, error) {
	at := p.place()
	w := p.word(256)
	if isRegular(p.peek()) { // cut in two it would be read as two words, here and nowhere else
		return nil, &FormatError{at, "word too long"}
	}
	switch w {
	case "true":
		return Bool(true), nil
	case "false":
		return Bool(false), nil
	case "null":
		return Null{}, nil
	}
	if n, ok := number(w); ok {
		return n, nil
	}
	if b := w[0]; isDigit(int(b)) || b == '-' || b == '+' || b == '.' {
		return Null{}, nil // a number nobody can read is nothing, as in the viewers
	}
	return nil, &FormatError{at, "unknown word"}
}

func (p *parser) array(depth int) (Object, error) {
	out := Array{}
	for {
		p.skipSpace()
		if p.peek() == ']' {
			p.pos++
			return out, nil
		}
		o, err := p.object(depth+1, "")
		if err != nil {
			return nil, err
		}
		out = append(out, o)
	}
}

func (p *parser) dict(depth int, parent Name) (Object, error) {
	out := Dict{}
	for {
		p.skipSpace()
		switch p.next() {
		case '/':
		case '>':
			if p.next() == '>' {
				return out, nil
			}
			return nil, &FormatError{p.place(), "dictionary without end"}
		default:
			return nil, &FormatError{p.place(), "dictionary key is not a name"}
		}
		key, err := p.name(min(p.limits.Token, maxName))
		if err != nil {
			return nil, err
		}
		p.skipSpace()
		start, hexadecimal := p.pos, p.peek() == '<'
		value, err := p.object(depth+1, key)
		if err != nil {
			return nil, err
		}
		if key == "Contents" {
			_, text := value.(String)
			p.contents = append(p.contents, contentsToken{depth, parent, start, p.pos, text && hexadecimal && !p.odd})
		}
		if old, twice := out[key]; twice && p.onDuplicate != nil && !bytes.Equal(AppendObject(nil, old), AppendObject(nil, value)) {
			p.onDuplicate(key)
		}
		out[key] = value
	}
}
