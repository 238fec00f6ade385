package pdf

import (
	"bytes"
	"errors"
)

// load reads the chain of cross-reference sections that is in force at the end of the view.
func (d *Document) load() error {
	at, err := d.startXRef()
	if err != nil {
		return err
	}
	s, err := d.firstSection(at)
	if err != nil {
		return err
	}
	d.start = s.offset
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
		if s.prev == 0 && d.file.shift == 0 { // written by some producers for "none"
			d.problem(Problem{Key: "PDF_PREV_ZERO", Offset: s.offset})
			break
		}
		if s, err = d.readSection(s.prev + d.file.shift); err != nil {
			return err
		}
	}
	if _, ok := d.Root(); !ok {
		return &FormatError{d.start, "trailer without /Root"}
	}
	return nil
}

// startXRef finds the last startxref of the view and returns what it says.
func (d *Document) startXRef() (int64, error) {
	const chunk, overlap = 64 << 10, 16
	word := []byte("startxref")
	for hi := d.end; hi > 0; hi -= chunk {
		lo := max(hi-chunk, 0)
		b := d.file.src.bytes(lo, min(hi+overlap, d.end)-lo)
		for i := bytes.LastIndex(b, word); i >= 0; i = bytes.LastIndex(b[:i], word) {
			c := d.file.src.cursor(lo+int64(i)+int64(len(word)), d.end)
			if n, ok := c.digits(); ok {
				return n, nil
			}
		}
		if d.file.src.err != nil {
			return 0, d.file.src.err
		}
	}
	return 0, ErrNotPDF
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
