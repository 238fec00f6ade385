package pdf

import (
	"bytes"
	"errors"
	"strconv"
)

// Words are looked for in pieces of the file that grow, for most stand where they are expected.
const firstChunk, lastChunk = 1 << 10, 64 << 10

// load reads the chain of cross-reference sections that is in force at the end of the view. When the last startxref leads nowhere, as in
// bytes somebody appended, the one before it is tried: what follows the revision it names is then covered by nothing.
func (d *Document) load() error {
	const tries = 4
	var first error
	for hi, i := d.end, 0; i < tries; i++ {
		at, value, err := d.startXRef(hi)
		if err == nil {
			if err = d.chain(value); err == nil {
				return nil
			}
			d.problem(Problem{Key: "PDF_STARTXREF_UNREADABLE", Args: []string{err.Error()}, Offset: at})
		}
		if first == nil {
			first = err
		}
		if at <= 0 || errors.As(err, new(*LimitError)) {
			return first
		}
		hi = at
	}
	return first
}

// chain reads the sections from the one at an offset back to the oldest.
func (d *Document) chain(at int64) error {
	d.sections = nil
	s, err := d.firstSection(at)
	if err != nil {
		return err
	}
	d.start = s.offset
	if n := d.file.newest; n != nil { // from a section on, the chain is the same for every view that has all of it
		if i, ok := n.position[s]; ok && n.reach[i] <= d.end {
			d.sections = n.sections[i:len(n.sections):len(n.sections)]
			return d.chained()
		}
	}
	seen := map[int64]bool{}
	for {
		if seen[s.offset] {
			d.problem(Problem{Key: "PDF_PREV_LOOP", Offset: s.offset})
			break
		}
		seen[s.offset] = true
		if d.sections = append(d.sections, s); len(d.sections) > d.limits.Revisions {
			return &LimitError{"revisions"}
		}
		if s.prev < 0 {
			break
		}
		if s, err = d.previous(s); err != nil || s == nil {
			break
		}
	}
	if err != nil {
		return err
	}
	return d.chained()
}

// chained checks a chain that is complete.
func (d *Document) chained() error {
	clear(d.entries) // what was looked up on the way saw only the first sections
	clear(d.failed)
	if _, ok := d.Root(); !ok {
		return &FormatError{d.start, "trailer without /Root"}
	}
	return nil
}

// previous reads the section that /Prev names. Some writers put 0 or a wrong offset there; then the section that stands before this one is
// taken (Problem PDF_PREV_REPAIRED), and if there is none the chain ends.
func (d *Document) previous(s *section) (*section, error) {
	var err error
	if s.prev > 0 || d.file.shift > 0 {
		var p *section
		if p, err = d.readSection(s.prev + d.file.shift); err == nil {
			return p, nil
		}
		if errors.As(err, new(*LimitError)) {
			return nil, err
		}
	}
	if p := d.sectionBefore(s.offset); p != nil {
		d.problem(Problem{Key: "PDF_PREV_REPAIRED", Args: []string{strconv.FormatInt(s.prev, 10)}, Offset: s.offset})
		return p, nil
	}
	if err == nil {
		d.problem(Problem{Key: "PDF_PREV_ZERO", Offset: s.offset})
	}
	return nil, err
}

// startXRef finds the last startxref before an offset and returns where it stands and what it says.
func (d *Document) startXRef(before int64) (at, value int64, err error) {
	const overlap = 16
	word := []byte("startxref")
	chunk := int64(firstChunk)
	for hi := before; hi > 0; hi, chunk = hi-chunk, min(2*chunk, lastChunk) {
		lo := max(hi-chunk, 0)
		b := d.file.src.bytes(lo, min(hi+overlap, before)-lo)
		for i := bytes.LastIndex(b, word); i >= 0; i = bytes.LastIndex(b[:i], word) {
			c := d.file.src.cursor(lo+int64(i)+int64(len(word)), d.end)
			if n, ok := c.digits(); ok {
				return lo + int64(i), n, nil
			}
		}
		if d.file.src.err != nil {
			return 0, 0, d.file.src.err
		}
	}
	return 0, 0, ErrNotPDF
}

// firstSection reads the section that startxref names. Two small mistakes of writers are put up with, because both lead to one and the same
// section or to none: offsets counted from the header instead of the first byte, and an offset a few bytes off the keyword.
func (d *Document) firstSection(at int64) (*section, error) {
	s, err := d.readSection(at + d.file.shift)
	if err == nil || errors.As(err, new(*LimitError)) || errors.As(err, new(*EncryptionError)) {
		return s, err
	}
	if d.file.header > 0 && d.file.shift == 0 {
		d.file.shift = d.file.header
		if s, err2 := d.readSection(at + d.file.shift); err2 == nil {
			return s, nil
		}
		d.file.shift = 0
	}
	const near = 32
	from := max(at-near, 0)
	b := d.file.src.bytes(from, min(2*near, d.end-from))
	if i := bytes.Index(b, []byte("xref")); i >= 0 && !bytes.HasSuffix(b[:i], []byte("start")) {
		if s, err2 := d.readSection(from + int64(i)); err2 == nil {
			d.problem(Problem{Key: "PDF_STARTXREF_OFFSET", Offset: at})
			return s, nil
		}
	}
	return nil, err
}

// sectionBefore finds the section that stands last before an offset: the one the startxref there names, or a table by its keyword.
func (d *Document) sectionBefore(off int64) *section {
	if _, value, err := d.startXRef(off); err == nil && value > 0 && value+d.file.shift < off {
		if p, err := d.readSection(value + d.file.shift); err == nil {
			return p
		}
	}
	const chunk, overlap, tries = 64 << 10, 16, 16
	tried := 0
	for hi := off; hi > 0 && tried < tries; hi -= chunk {
		lo := max(hi-chunk, 0)
		b := d.file.src.bytes(lo, min(hi+overlap, off)-lo)
		for i := bytes.LastIndex(b, []byte("xref")); i > 0; i = bytes.LastIndex(b[:i], []byte("xref")) {
			if !isSpace(int(b[i-1])) {
				continue
			}
			if tried++; tried > tries {
				break
			}
			if p, err := d.readSection(lo + int64(i)); err == nil {
				return p
			}
		}
	}
	return nil
}
