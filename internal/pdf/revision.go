package pdf

import (
	"bytes"
	"cmp"
	"slices"
)

// Revision is one state of the file: the bytes from Start to End, appended to those before.
type Revision struct {
	Start, End int64 // End is after %%EOF and its line end
	XRef       int64 // offset of its cross-reference section
	Kind       XRefKind
}

// Revisions lists the states of the file that its cross-reference chain knows, oldest first. The two sections of a linearised file are one
// revision (ISO 32000-2, annex F).
func (d *Document) Revisions() []Revision {
	if d.revisions != nil {
		return d.revisions
	}
	var out []Revision
	for i := 0; i < len(d.sections); i++ {
		s := d.sections[i]
		r := Revision{End: d.revisionEnd(s), XRef: s.offset, Kind: s.kind}
		if i+1 < len(d.sections) && d.sections[i+1].offset > s.offset {
			i++
			r.End = max(r.End, d.revisionEnd(d.sections[i]))
		}
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b Revision) int { return cmp.Compare(a.End, b.End) })
	out = slices.CompactFunc(out, func(a, b Revision) bool { return a.End == b.End })
	for i := 1; i < len(out); i++ {
		out[i].Start = out[i-1].End
	}
	d.revisions = out
	return out
}

// revisionEnd finds the end of the %%EOF line after a section.
func (d *Document) revisionEnd(s *section) int64 {
	if s.eof > 0 && s.eof < d.end {
		return s.eof
	}
	c := d.file.src.cursor(s.end, d.end)
	if s.stream != nil {
		c.pos = d.bodyEnd(s.stream)
		c.keyword("endstream")
		c.keyword("endobj")
	}
	if c.keyword("startxref") {
		c.digits()
	}
	eof := d.find("%%EOF", c.pos)
	if eof < 0 {
		return d.end
	}
	c.pos = eof + 5
	for c.peek() == ' ' || c.peek() == '\t' {
		c.pos++
	}
	if c.peek() == '\r' {
		c.pos++
	}
	if c.peek() == '\n' {
		c.pos++
	}
	if c.pos < d.end && (s.stream == nil || s.stream.sound > 0) {
		s.eof = c.pos
	}
	return c.pos
}

// blank tells that only white space stands between two offsets.
func (d *Document) blank(from, to int64) bool {
	c := d.file.src.cursor(from, to)
	for isSpace(c.peek()) {
		c.pos++
	}
	return c.pos >= min(to, d.file.src.size)
}

// endsRevision tells that a revision of the file ends at an offset, white space aside, and returns the view of it.
func (d *Document) endsRevision(end int64) (*Document, bool) {
	v, err := d.At(end)
	if err != nil {
		return nil, false
	}
	revs := v.Revisions()
	last := revs[len(revs)-1].End
	return v, last <= end && v.blank(last, end) && v.hasEOF(last)
}

// hasEOF tells that %%EOF stands at the end of a revision, so that its end was not just assumed.
func (d *Document) hasEOF(end int64) bool {
	b := d.file.src.bytes(max(end-16, 0), min(16, end))
	return bytes.Contains(b, []byte("%%EOF"))
}
