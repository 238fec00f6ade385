package pdf

import (
	"bufio"
	"errors"
	"io"
)

// XRefKind is the form of a cross-reference section.
type XRefKind uint8

// The forms of cross-reference data (ISO 32000-2, 7.5.4 and 7.5.8).
const (
	XRefTable  XRefKind = iota + 1 // a table with a trailer dictionary
	XRefStream                     // a stream
	XRefHybrid                     // a table whose trailer names a stream for the rest (/XRefStm)
)

// section is one cross-reference section with its trailer.
type section struct {
	offset  int64
	end     int64 // after its trailer dictionary, or after the dictionary of its stream
	last    int64 // after the last byte that makes it what it is
	open    bool  // where the view ends makes it what it is: another view must read it again
	kind    XRefKind
	trailer Dict
	entryTable
	hidden *section // of /XRefStm
	prev   int64    // -1 when it is the first
	stream *Stream  // of a cross-reference stream
	eof    int64    // after the line of %%EOF that follows it; 0: not known, or different from view to view
}

// lookup finds an entry; in a hybrid section an object that is not in use by the table is looked for in the stream (7.5.8.4).
func (s *section) lookup(num int) (entry, bool) {
	e, ok := s.own(num)
	if s.hidden == nil || ok && e.kind != entryFree {
		return e, ok
	}
	if h, found := s.hidden.own(num); found {
		return h, true
	}
	return e, ok
}

// numbers calls f for each object number the section speaks of.
func (s *section) numbers(f func(int)) {
	s.each(f)
	if s.hidden != nil {
		s.hidden.numbers(f)
	}
}

// readSection reads the section at an offset, from the shared store if it was read before.
func (d *Document) readSection(off int64) (*section, error) {
	if s := d.file.sections[off]; s != nil && s.last <= d.end {
		return s, nil
	}
	if len(d.file.sections) >= d.limits.Revisions*2 {
		return nil, &LimitError{"cross-reference sections"}
	}
	c := d.file.src.cursor(off, d.end)
	var s *section
	var err error
	if c.keyword("xref") {
		s, err = d.readTable(c, off)
	} else {
		s, err = d.readXRefStream(off)
	}
	if err != nil {
		return nil, err
	}
	if s.sortRuns() {
		d.problem(Problem{Key: "PDF_XREF_DUPLICATE", Offset: off})
	}
	if !s.open {
		d.file.sections[off] = s
	}
	return s, nil
}

// readTable reads what follows the keyword xref (7.5.4).
func (d *Document) readTable(c *cursor, off int64) (*section, error) {
	s := &section{offset: off, kind: XRefTable, prev: -1}
	for !c.keyword("trailer") {
		first, ok1 := c.digits()
		count, ok2 := c.digits()
		if !ok1 || !ok2 || first > maxObjectNumber || count > maxObjectNumber {
			return nil, &FormatError{c.place(), "cross-reference subsection expected"}
		}
		if err := d.readSubsection(c, s, int(first), int(count)); err != nil {
			return nil, err
		}
	}
	p := d.parser(c)
	p.onDuplicate = d.duplicateKey(Ref{}, c.pos)
	o, err := p.object(0, "")
	if err != nil {
		return nil, err
	}
	t, ok := o.(Dict)
	if !ok {
		return nil, &FormatError{c.place(), "trailer is not a dictionary"}
	}
	s.trailer, s.end, s.last, s.open = t, c.pos, c.pos, c.hit
	if prev, ok := t["Prev"].(Integer); ok {
		s.prev = int64(prev)
	}
	if stm, ok := t["XRefStm"].(Integer); ok {
		s.kind = XRefHybrid
		h, err := d.readXRefStream(int64(stm) + d.file.shift)
		if err != nil {
			return nil, err
		}
		if h.sortRuns() {
			d.problem(Problem{Key: "PDF_XREF_DUPLICATE", Offset: h.offset})
		}
		s.hidden, s.last, s.open = h, max(s.last, h.last), s.open || h.open
		d.checkHybrid(s)
	}
	return s, nil
}

func (d *Document) readSubsection(c *cursor, s *section, first, count int) error {
	for i := range count {
		at := c.pos
		offset, ok1 := c.digits()
		gen, ok2 := c.digits()
		if !ok1 || !ok2 {
			c.pos = at
			if c.keyword("trailer") { // fewer entries than announced
				c.pos = at
				d.problem(Problem{Key: "PDF_XREF_COUNT", Offset: at})
				return nil
			}
			return &FormatError{at, "cross-reference entry expected"}
		}
		e := entry{offset: offset, extra: uint32(min(gen, maxGeneration))}
		switch c.skipSpace(); c.word(2) {
		case "n":
			e.kind = entryUsed
		case "f":
		default:
			return &FormatError{at, "cross-reference entry without n or f"}
		}
		// Some writers number the first subsection from 1 although its first line is that of object 0.
		if i == 0 && first == 1 && e.kind == entryFree && offset == 0 && gen == maxGeneration {
			first = 0
			d.problem(Problem{Key: "PDF_XREF_FIRST", Offset: at})
		}
		if err := d.countEntry(); err != nil {
			return err
		}
		s.add(first+i, e)
	}
	return nil
}

// fewEntries is how many entries any file may have, however small: beyond them no more than one for two of its bytes. An object takes more than that
// in its stream and in the cross-reference stream, deflated as they are.
const fewEntries = 100_000

func (d *Document) countEntry() error {
	if d.file.entries++; int64(d.file.entries) > min(int64(d.limits.Objects), fewEntries+d.file.src.size/2) {
		return &LimitError{"cross-reference entries"}
	}
	return nil
}

// checkHybrid reports objects that the table and the stream both claim and place differently: two readers would see two documents.
func (d *Document) checkHybrid(s *section) {
	s.hidden.numbers(func(n int) {
		a, ok := s.own(n)
		b, _ := s.hidden.own(n)
		if ok && a.kind != entryFree && a != b {
			d.problem(Problem{Key: "PDF_HYBRID_CONFLICT", Args: []string{Ref{n, 0}.String()}, Offset: s.offset})
		}
	})
}

// readXRefStream reads a cross-reference stream (7.5.8).
func (d *Document) readXRefStream(off int64) (*section, error) {
	l, err := d.parseIndirect(off)
	if err != nil {
		return nil, err
	}
	st, ok := l.obj.(*Stream)
	if !ok || st.Dict["Type"] != Name("XRef") {
		return nil, &FormatError{off, "neither a cross-reference table nor a cross-reference stream"}
	}
	st.clear = true
	s := &section{offset: off, end: l.end, kind: XRefStream, trailer: st.Dict, prev: -1, stream: st}
	body, measured := d.measured(st)
	s.last, s.open = max(l.end, body), l.open || !measured
	if prev, ok := st.Dict["Prev"].(Integer); ok {
		s.prev = int64(prev)
	}
	var w [3]int
	widths, _ := st.Dict["W"].(Array)
	for i := range w {
		if i >= len(widths) {
			return nil, &FormatError{off, "cross-reference stream without /W"}
		}
		n, ok := widths[i].(Integer)
		if !ok || n < 0 || n > 8 {
			return nil, &FormatError{off, "cross-reference stream with a bad /W"}
		}
		w[i] = int(n)
	}
	data, err := d.decoder(st, d.budget())
	if err != nil {
		return nil, err
	}
	return s, d.readXRefData(s, data, w, st.Dict)
}

func (d *Document) readXRefData(s *section, data io.Reader, w [3]int, dict Dict) error {
	index, ok := dict["Index"].(Array)
	if !ok {
		size, _ := dict["Size"].(Integer)
		index = Array{Integer(0), size}
	}
	width := w[0] + w[1] + w[2]
	if width == 0 {
		return &FormatError{s.offset, "cross-reference stream with empty entries"}
	}
	row, in := make([]byte, width), bufio.NewReader(data)
	for i := 0; i+1 < len(index); i += 2 {
		first, ok1 := index[i].(Integer)
		count, ok2 := index[i+1].(Integer)
		if !ok1 || !ok2 || first < 0 || count < 0 || first > maxObjectNumber || count > maxObjectNumber {
			return &FormatError{s.offset, "cross-reference stream with a bad /Index"}
		}
		for k := range int(count) {
			if _, err := io.ReadFull(in, row); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				d.problem(Problem{Key: "PDF_XREF_COUNT", Offset: s.offset})
				break
			} else if err != nil {
				return err
			}
			if err := d.countEntry(); err != nil {
				return err
			}
			s.add(int(first)+k, xrefEntry(row, w))
		}
	}
	_, err := io.Copy(io.Discard, in) // what is wrong behind the last entry is wrong with the stream
	return err
}

func xrefEntry(b []byte, w [3]int) entry {
	var f [3]uint64
	for i := range f {
		for range w[i] {
			f[i] = f[i]<<8 | uint64(b[0])
			b = b[1:]
		}
	}
	if w[0] == 0 {
		f[0] = 1
	}
	e := entry{offset: int64(f[1] &^ (1 << 63)), extra: uint32(f[2])}
	switch f[0] {
	case 1:
		e.kind = entryUsed
	case 2:
		e.kind = entryCompressed
	}
	return e
}
