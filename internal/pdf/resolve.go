package pdf

import (
	"bytes"
	"strconv"
)

func (d *Document) parser(c *cursor) *parser {
	return &parser{cursor: c, limits: d.limits}
}

// lookup finds the cross-reference entry in force for an object number.
func (d *Document) lookup(num int) (entry, bool) {
	if e, ok := d.entries[num]; ok {
		return e, true
	}
	for _, s := range d.sections {
		if e, ok := s.lookup(num); ok {
			d.entries[num] = e
			return e, true
		}
	}
	return entry{}, false
}

// sectionOf is the offset of the section whose entry for an object number is in force.
func (d *Document) sectionOf(num int) int64 {
	for _, s := range d.sections {
		if _, ok := s.lookup(num); ok {
			return s.offset
		}
	}
	return 0
}

// Object returns an indirect object, decrypted. What is free, missing or of another generation is Null, as the standard wants it (7.3.10).
func (d *Document) Object(r Ref) (Object, error) {
	e, ok := d.lookup(r.Num)
	if !ok || e.kind == entryFree || r.Num == 0 {
		return Null{}, nil
	}
	if d.loading[r.Num] {
		d.problem(Problem{Key: "PDF_OBJECT_LOOP", Args: []string{r.String()}})
		return Null{}, nil
	}
	d.loading[r.Num] = true
	defer delete(d.loading, r.Num)
	if e.kind == entryCompressed {
		if r.Gen != 0 {
			return Null{}, nil
		}
		return d.member(r.Num, e)
	}
	if int(e.extra) != r.Gen {
		d.problem(Problem{Key: "PDF_GENERATION", Args: []string{r.String()}, Offset: e.offset})
		return Null{}, nil
	}
	l, err := d.indirect(r, e)
	return l.obj, err
}

// indirect loads the uncompressed object of an entry.
func (d *Document) indirect(r Ref, e entry) (loaded, error) {
	off := e.offset + d.file.shift
	if l, ok := d.file.objects[off]; ok && l.end <= d.end && l.ref.Num == r.Num {
		return l, nil
	}
	l, err := d.parseIndirect(off)
	if err != nil || l.ref.Num != r.Num {
		near, ok := d.nearby(r, off)
		if !ok {
			if err == nil {
				err = &FormatError{off, "another object than " + r.String()}
			}
			return loaded{obj: Null{}, open: true}, err
		}
		// The place of the problem is the section that says so, which may be of a later revision than the object.
		d.problem(Problem{Key: "PDF_XREF_OFFSET", Args: []string{r.String()}, Offset: d.sectionOf(r.Num)})
		if l, err = d.parseIndirect(near); err != nil {
			return loaded{obj: Null{}, open: true}, err
		}
	}
	if l.ref.Gen != r.Gen {
		d.problem(Problem{Key: "PDF_GENERATION", Args: []string{r.String()}, Offset: off})
	}
	if d.file.enc != nil && r != d.file.enc.ref {
		l.obj = d.file.enc.decryptObject(l.ref, l.obj)
	}
	if l.open {
		return l, nil
	}
	if d.file.cached += l.end - off; d.file.cached > cacheLimit {
		clear(d.file.objects)
		d.file.cached = l.end - off
	}
	d.file.objects[off] = l
	return l, nil
}

// nearby looks for the header of an object a few bytes around the place its entry names.
func (d *Document) nearby(r Ref, off int64) (int64, bool) {
	const near = 32
	from := max(off-near, 0)
	b := d.file.src.bytes(from, min(2*near+16, d.end-from))
	head := []byte(strconv.Itoa(r.Num) + " " + strconv.Itoa(r.Gen) + " obj")
	i := bytes.Index(b, head)
	if i < 0 || i > 0 && isDigit(int(b[i-1])) || bytes.Contains(b[i+1:], head) {
		return 0, false
	}
	return from + int64(i), true
}

// parseIndirect reads "12 0 obj" with its object at an offset.
func (d *Document) parseIndirect(off int64) (loaded, error) {
	if off < 0 || off >= d.end {
		return loaded{obj: Null{}, open: true}, &FormatError{off, "object beyond the end"}
	}
	p := d.parser(d.file.src.cursor(off, d.end))
	o, r, end, err := d.parseWith(p)
	return loaded{r, o, end, p.hit}, err
}

// parseWith is parseIndirect over a parser; end is after the object, for a stream after its dictionary.
func (d *Document) parseWith(p *parser) (o Object, r Ref, end int64, err error) {
	off := p.pos
	num, ok1 := p.digits()
	gen, ok2 := p.digits()
	if !ok1 || !ok2 || num > maxObjectNumber || gen > maxGeneration || !p.objKeyword() {
		return Null{}, r, 0, &FormatError{off, "no object header"}
	}
	r = Ref{int(num), int(gen)}
	p.onDuplicate = d.duplicateKey(r, off)
	if p.keyword("endobj") {
		return Null{}, r, p.pos, nil
	}
	o, err = p.object(0, "")
	if err != nil {
		return Null{}, r, p.pos, err
	}
	end = p.pos
	if dict, ok := o.(Dict); ok && p.keyword("stream") {
		if p.peek() == '\r' {
			p.pos++
		}
		if p.peek() == '\n' {
			p.pos++
		}
		return &Stream{Dict: dict, inFile: true, offset: p.pos, ref: r}, r, p.pos, nil
	}
	return o, r, end, nil
}

// duplicateKey reports a key that a dictionary has twice.
func (d *Document) duplicateKey(r Ref, off int64) func(Name) {
	return func(n Name) {
		d.problem(Problem{Key: "PDF_DUPLICATE_KEY", Args: []string{r.String(), string(n)}, Offset: off})
	}
}

// objKeyword moves over "obj", which some writers do not separate from what follows.
func (p *parser) objKeyword() bool {
	p.skipSpace()
	for _, w := range []byte("obj") {
		if p.next() != int(w) {
			return false
		}
	}
	return true
}

// Resolve follows references until it meets a direct object. What can't be read is Null, with a Problem.
func (d *Document) Resolve(o Object) Object {
	for range 32 {
		r, ok := o.(Ref)
		if !ok {
			if o == nil {
				return Null{}
			}
			return o
		}
		var err error
		if o, err = d.Object(r); err != nil {
			d.problem(Problem{Key: "PDF_OBJECT_UNREADABLE", Args: []string{r.String(), err.Error()}})
			return Null{}
		}
	}
	return Null{}
}

// dict resolves to a dictionary (a stream's own for a stream), empty if it is none.
func (d *Document) dict(o Object) Dict {
	switch o := d.Resolve(o).(type) {
	case Dict:
		return o
	case *Stream:
		return o.Dict
	}
	return nil
}

func (d *Document) array(o Object) Array {
	a, _ := d.Resolve(o).(Array)
	return a
}

func (d *Document) name(o Object) Name {
	n, _ := d.Resolve(o).(Name)
	return n
}

func (d *Document) integer(o Object) (int64, bool) {
	switch n := d.Resolve(o).(type) {
	case Integer:
		return int64(n), true
	case Real:
		return int64(n), true
	}
	return 0, false
}
