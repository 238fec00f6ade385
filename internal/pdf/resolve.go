package pdf

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
)

func (d *Document) parser(c *cursor) *parser {
	return &parser{cursor: c, limits: d.limits}
}

// inForce is the cross-reference entry that counts for an object number, and in which section of the view it stands.
type inForce struct {
	packed
	section int // -1: in none
}

// lookup finds the cross-reference entry in force for an object number.
func (d *Document) lookup(num int) (entry, bool) {
	e := d.inForce(num)
	return e.entry(), e.section >= 0
}

// inForce looks the entry up once. An earlier state of the file differs from the newest only where a later section speaks of the object.
func (d *Document) inForce(num int) inForce {
	if d.newest != nil {
		e := d.newest.inForce(num)
		if e.section >= 0 && e.section < d.later {
			e = d.newest.before(num, d.later)
		}
		e.section = max(e.section-d.later, -1)
		return e
	}
	if e, ok := d.entries[num]; ok {
		return e
	}
	out := inForce{section: -1}
	for i, s := range d.sections {
		if e, ok := s.lookup(num); ok {
			out = inForce{pack(e), i}
			break
		}
	}
	d.entries[num] = out
	return out
}

// before is the entry of an object in the newest view without its first sections.
func (d *Document) before(num, later int) inForce {
	list, known := d.history[num]
	if !known {
		for i, s := range d.sections {
			if _, ok := s.lookup(num); ok {
				list = append(list, i)
			}
		}
		d.history[num] = list
	}
	if k, _ := slices.BinarySearch(list, later); k < len(list) {
		e, _ := d.sections[list[k]].lookup(num)
		return inForce{pack(e), list[k]}
	}
	return inForce{section: -1}
}

// descend notes that a view is what the newest one was before its first sections, if it is.
func (d *Document) descend(newest *Document) {
	if newest == nil {
		return
	}
	later := len(newest.sections) - len(d.sections)
	if later >= 0 && slices.Equal(newest.sections[later:], d.sections) {
		d.newest, d.later = newest, later
	}
}

// sectionOf is the offset of the section whose entry for an object number is in force.
func (d *Document) sectionOf(num int) int64 {
	if e := d.inForce(num); e.section >= 0 {
		return d.sections[e.section].offset
	}
	return 0
}

// Object returns an indirect object, decrypted. What is free, missing or of another generation is Null, as the standard wants it (7.3.10).
func (d *Document) Object(r Ref) (Object, error) {
	l, err := d.object(r)
	return l.obj, err
}

// object is Object with what is known of it; never nil.
func (d *Document) object(r Ref) (*loaded, error) {
	e, ok := d.lookup(r.Num)
	if !ok || e.kind == entryFree || r.Num == 0 {
		return absent(), nil
	}
	if l := d.known(r, e); l != nil {
		return l, nil
	}
	if err := d.failed[r.Num]; err != nil {
		return absent(), err
	}
	if d.loading[r.Num] {
		d.problem(Problem{Key: "PDF_OBJECT_LOOP", Args: []string{r.String()}})
		return absent(), nil
	}
	d.loading[r.Num] = true
	defer delete(d.loading, r.Num)
	l, err := d.read(r, e)
	if err != nil {
		d.failed[r.Num] = err
	}
	return l, err
}

func (d *Document) read(r Ref, e entry) (*loaded, error) {
	if e.kind == entryCompressed {
		if r.Gen != 0 {
			return absent(), nil
		}
		return d.member(r.Num, e)
	}
	if int(e.extra) != r.Gen {
		d.problem(Problem{Key: "PDF_GENERATION", Args: []string{r.String()}, Offset: e.offset})
		return absent(), nil
	}
	return d.indirect(r, e)
}

// absent stands for what can't be read, or is not there.
func absent() *loaded { return &loaded{obj: Null{}, open: true} }

// known is an object that was parsed before and is the same in this view, nil if there is none.
func (d *Document) known(r Ref, e entry) *loaded {
	if e.kind == entryUsed {
		l := d.parsed(r.Num, e)
		if int(e.extra) != r.Gen || l != nil && l.err != nil {
			return nil
		}
		return l
	}
	holder, ok := d.lookup(int(e.offset))
	if !ok || holder.kind != entryUsed || r.Gen != 0 {
		return nil
	}
	l := d.parsed(int(e.offset), holder)
	if l == nil {
		return nil
	}
	s, ok := l.obj.(*Stream)
	if !ok || s.sound == 0 || s.sound > d.end || s.Dict["Type"] != Name("ObjStm") {
		return nil
	}
	members := d.file.members[body{s.offset, s.end}]
	if i := int(e.extra); members != nil && i < len(members.numbers) && members.numbers[i] == r.Num {
		return members.parsed[i]
	}
	return nil
}

// parsed is the uncompressed object of an entry if it was parsed before and ends in this view.
func (d *Document) parsed(num int, e entry) *loaded {
	if l := d.file.objects[e.offset+d.file.shift]; l != nil && l.end <= d.end && l.ref.Num == num {
		return l
	}
	return nil
}

// indirect loads the uncompressed object of an entry; the result is never nil.
func (d *Document) indirect(r Ref, e entry) (*loaded, error) {
	if l := d.parsed(r.Num, e); l != nil {
		return l, l.err
	}
	off := e.offset + d.file.shift
	l, err := d.parseIndirect(off)
	if errors.As(err, new(*LimitError)) && l.ref.Num == r.Num && !l.open {
		l.obj, l.err = Null{}, err
		d.keep(off, l)
		return l, err
	}
	if err != nil || l.ref.Num != r.Num {
		near, ok := d.nearby(r, off)
		if !ok {
			if err == nil {
				err = &FormatError{off, "another object than " + r.String()}
			}
			return absent(), err
		}
		// The place of the problem is the section that says so, which may be of a later revision than the object.
		d.problem(Problem{Key: "PDF_XREF_OFFSET", Args: []string{r.String()}, Offset: d.sectionOf(r.Num)})
		if l, err = d.parseIndirect(near); err != nil {
			return absent(), err
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
	d.keep(off, l)
	return l, nil
}

// keep remembers an object for all views, within a budget.
func (d *Document) keep(off int64, l *loaded) {
	size := max(l.end-off, int64(l.cost)*valueSize)
	if d.file.cached += size; d.file.cached > cacheLimit {
		clear(d.file.objects)
		d.file.cached = size
	}
	d.file.objects[off] = l
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
func (d *Document) parseIndirect(off int64) (*loaded, error) {
	if off < 0 || off >= d.end {
		return absent(), &FormatError{off, "object beyond the end"}
	}
	p := d.parser(d.file.src.cursor(off, d.end))
	o, r, end, err := d.parseWith(p)
	if limit := (*LimitError)(nil); errors.As(err, &limit) && limit.What == tooLongContents {
		d.file.refused = err
	}
	return &loaded{ref: r, obj: o, end: end, open: p.hit, cost: p.count, contents: p.contents}, err
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

// maxReferences is how many references may lead on to one another.
const maxReferences = 32

// Resolve follows references until it meets a direct object. What can't be read is Null, with a Problem.
func (d *Document) Resolve(o Object) Object {
	for range maxReferences {
		r, ok := o.(Ref)
		if !ok {
			if o == nil {
				return Null{}
			}
			return o
		}
		var err error
		if o, err = d.Object(r); err != nil {
			d.unreadable(r, err)
			return Null{}
		}
	}
	return Null{}
}

func (d *Document) unreadable(r Ref, err error) {
	d.problem(Problem{Key: "PDF_OBJECT_UNREADABLE", Args: []string{r.String(), err.Error()}})
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
