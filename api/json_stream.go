package api

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

// jsonError is a body that is not the JSON its route asks for; the pointer says where, the code what is wrong there.
type jsonError struct {
	pointer, code string
}

// Error names the place and what is wrong there.
func (e *jsonError) Error() string { return fmt.Sprintf("api: %s: %s", e.pointer, e.code) }

// What may be wrong with a part of a body; the catalogues have a sentence for each.
const (
	faultShape        = "json"
	faultKey          = "unknown-key"
	faultMissing      = "missing"
	faultTwice        = "twice"
	faultBase64       = "base64"
	faultTrailing     = "trailing"
	faultTooMany      = "too-many"
	faultTooLong      = "too-long"
	faultMoment       = "moment"
	faultDigestLength = "digest-length"
	faultEither       = "either"
	faultNotTaken     = "not-taken"
)

// Bounds of a JSON body beside its documents.
const (
	maxScalar  = 64 << 10 // bytes of a text or number
	maxScalars = 4 << 20  // of all together: many lists of many names are memory too
	maxItems   = 64       // documents or certificates of a list
)

// jsonStream reads a JSON body piece by piece, so that a document in base64 goes to its file and never lies in memory as a whole. Every shape
// it is asked for is fixed, so it never nests deeper than the code that calls it.
type jsonStream struct {
	r     *bufio.Reader
	items int // elements of a list; maxItems if zero
	taken int // bytes of texts and numbers so far
}

func newJSONStream(r io.Reader) *jsonStream { return &jsonStream{r: bufio.NewReaderSize(r, 32<<10)} }

// next returns the next byte that is no white space, without taking it.
func (j *jsonStream) next() (byte, error) {
	for {
		b, err := j.r.ReadByte()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return 0, err
		}
		if b != ' ' && b != '\t' && b != '\n' && b != '\r' {
			return b, j.r.UnreadByte()
		}
	}
}

// expect takes one punctuation mark.
func (j *jsonStream) expect(at string, want byte) error {
	b, err := j.next()
	if err != nil {
		return err
	}
	if b != want {
		return &jsonError{at, faultShape}
	}
	_, err = j.r.ReadByte()
	return err
}

// null takes a null when there is one.
func (j *jsonStream) null() (bool, error) {
	b, err := j.next()
	if err != nil || b != 'n' {
		return false, err
	}
	word := make([]byte, 4)
	if _, err := io.ReadFull(j.r, word); err != nil {
		return false, err
	}
	if string(word) != "null" {
		return false, &jsonError{"#", faultShape}
	}
	return true, nil
}

// object calls member for every key of an object, which must read the value. A key given twice is refused: two readers could see two values.
// A null is an object without members.
func (j *jsonStream) object(at string, member func(key, at string) error) error {
	if absent, err := j.null(); absent || err != nil {
		return err
	}
	if err := j.expect(at, '{'); err != nil {
		return err
	}
	seen := map[string]bool{}
	for {
		b, err := j.next()
		switch {
		case err != nil:
			return err
		case b == '}' && len(seen) == 0:
			return j.expect(at, '}')
		}
		var key string
		if err := j.scalar(at, &key); err != nil {
			return err
		}
		if seen[key] || len(seen) == maxItems {
			return &jsonError{at + "/" + key, faultTwice}
		}
		seen[key] = true
		if err := j.expect(at, ':'); err != nil {
			return err
		}
		if err := member(key, at+"/"+key); err != nil {
			return err
		}
		if more, err := j.more(at, '}'); !more || err != nil {
			return err
		}
	}
}

// array calls item for every element of a list, which must read it. A null is an empty list.
func (j *jsonStream) array(at string, item func(at string) error) error {
	if absent, err := j.null(); absent || err != nil {
		return err
	}
	if err := j.expect(at, '['); err != nil {
		return err
	}
	if b, err := j.next(); err != nil || b == ']' {
		return errors.Join(err, j.expect(at, ']'))
	}
	most := j.items
	if most == 0 {
		most = maxItems
	}
	for n := 0; ; n++ {
		if n == most {
			return &jsonError{at, faultTooMany}
		}
		if err := item(fmt.Sprintf("%s/%d", at, n)); err != nil {
			return err
		}
		if more, err := j.more(at, ']'); !more || err != nil {
			return err
		}
	}
}

// more says whether a comma follows rather than the end.
func (j *jsonStream) more(at string, end byte) (bool, error) {
	b, err := j.next()
	if err != nil {
		return false, err
	}
	if b != ',' && b != end {
		return false, &jsonError{at, faultShape}
	}
	_, err = j.r.ReadByte()
	return b == ',', err
}

// scalar reads a text, number, truth value or null into what v points to.
func (j *jsonStream) scalar(at string, v any) error {
	b, err := j.next()
	if err != nil {
		return err
	}
	var raw []byte
	if b == '"' {
		raw, err = j.rawText(at)
	} else {
		raw, err = j.rawWord(at)
	}
	if err != nil {
		return err
	}
	if j.taken += len(raw); j.taken > maxScalars {
		return &jsonError{at, faultTooLong}
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return &jsonError{at, faultShape}
	}
	return nil
}

// rawText takes a text with its quotes.
func (j *jsonStream) rawText(at string) ([]byte, error) {
	var out []byte
	for escaped := false; ; {
		b, err := j.r.ReadByte()
		if err != nil {
			return nil, err
		}
		if out = append(out, b); len(out) > maxScalar {
			return nil, &jsonError{at, faultTooLong}
		}
		if b == '"' && !escaped && len(out) > 1 {
			return out, nil
		}
		escaped = b == '\\' && !escaped
	}
}

// rawWord takes a number or a word.
func (j *jsonStream) rawWord(at string) ([]byte, error) {
	var out []byte
	for {
		b, err := j.r.ReadByte()
		if err != nil {
			return nil, err
		}
		switch b {
		case ',', '}', ']', ' ', '\n', '\r', '\t':
			return out, j.r.UnreadByte()
		case '{', '[', '"', ':':
			return nil, &jsonError{at, faultShape}
		}
		if out = append(out, b); len(out) > 64 {
			return nil, &jsonError{at, faultTooLong}
		}
	}
}

// base64 streams a text in base64 to a function that takes its bytes. It says whether there was one: null is none.
func (j *jsonStream) base64(at string, take func(io.Reader) error) (bool, error) {
	if absent, err := j.null(); absent || err != nil {
		return false, err
	}
	if err := j.expect(at, '"'); err != nil {
		return false, err
	}
	text := &textReader{r: j.r}
	if err := take(base64.NewDecoder(base64.StdEncoding, text)); err != nil {
		var corrupt base64.CorruptInputError
		if errors.As(err, &corrupt) || errors.Is(err, errEscape) || errors.Is(err, io.ErrUnexpectedEOF) && text.done {
			err = &jsonError{at, faultBase64}
		}
		return true, err
	}
	if !text.done {
		return true, &jsonError{at, faultBase64}
	}
	return true, nil
}

// end says that nothing follows.
func (j *jsonStream) end() error {
	if _, err := j.next(); !errors.Is(err, io.ErrUnexpectedEOF) {
		if err == nil {
			err = &jsonError{"#", faultTrailing}
		}
		return err
	}
	return nil
}

// errEscape is an escape that no base64 text has.
var errEscape = errors.New("api: escape in base64")

// textReader reads the characters of a JSON text up to its closing quote, which it takes; done says that it came to it.
type textReader struct {
	r    *bufio.Reader
	done bool
}

// Read undoes the escapes that writers of JSON use in base64: of "/", "+" and "=", and of line ends.
func (t *textReader) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) && !t.done {
		b, err := t.r.ReadByte()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return n, err
		}
		switch {
		case b == '"':
			t.done = true
			continue
		case b == '\\':
			if b, err = t.escape(); err != nil {
				return n, err
			}
		case b >= utf8.RuneSelf || b < ' ':
			return n, errEscape
		}
		p[n] = b
		n++
	}
	if n == 0 && t.done {
		return 0, io.EOF
	}
	return n, nil
}

// escape reads what follows a backslash.
func (t *textReader) escape() (byte, error) {
	b, err := t.r.ReadByte()
	if err != nil {
		return 0, io.ErrUnexpectedEOF
	}
	switch b {
	case '/', '\\', '"':
		return b, nil
	case 'n', 'r':
		return '\n', nil // passed over by the decoder
	case 'u':
		hex := make([]byte, 4)
		if _, err := io.ReadFull(t.r, hex); err != nil {
			return 0, io.ErrUnexpectedEOF
		}
		if v, err := strconv.ParseUint(string(hex), 16, 16); err == nil && v < utf8.RuneSelf {
			return byte(v), nil
		}
	}
	return 0, errEscape
}
