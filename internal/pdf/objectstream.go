package pdf

// objectStream is a decoded object stream (ISO 32000-2, 7.5.7).
type objectStream struct {
	data    []byte
	numbers []int
	offsets []int
	parsed  map[int]*loaded
}

// body names an encoded stream by the place where it begins and ends.
type body struct{ from, to int64 }

// memberCacheLimit is how many bytes of decoded object streams are kept.
const memberCacheLimit = 16 << 20

// member reads a compressed object.
func (d *Document) member(num int, e entry) (*loaded, error) {
	holder := int(e.offset)
	he, ok := d.lookup(holder)
	if !ok || he.kind != entryUsed {
		return absent(), &FormatError{-1, "object stream that does not exist or is itself compressed"}
	}
	s, err := d.objectStream(Ref{holder, int(he.extra)}, he)
	if err != nil {
		return absent(), err
	}
	i := int(e.extra)
	if i >= len(s.numbers) || s.numbers[i] != num {
		d.problem(Problem{Key: "PDF_OBJECT_STREAM_INDEX", Args: []string{Ref{num, 0}.String()}, Offset: d.sectionOf(num)})
		if i = indexOf(s.numbers, num); i < 0 {
			return absent(), &FormatError{-1, "object is not in its object stream"}
		}
	}
	if o, ok := s.parsed[i]; ok {
		return o, nil
	}
	if s.offsets[i] > len(s.data) {
		return absent(), &FormatError{-1, "object beyond the end of its object stream"}
	}
	p := d.parser(memoryCursor(s.data[s.offsets[i]:]))
	p.onDuplicate = d.duplicateKey(Ref{num, 0}, he.offset+d.file.shift)
	o, err := p.object(0, "")
	if err != nil {
		return absent(), err
	}
	if d.file.parsed += p.count; d.file.parsed > cacheLimit/valueSize {
		for _, m := range d.file.members {
			clear(m.parsed)
		}
		d.file.parsed = p.count
	}
	s.parsed[i] = &loaded{ref: Ref{Num: num}, obj: o, cost: p.count}
	return s.parsed[i], nil
}

func indexOf(list []int, n int) int {
	for i, v := range list {
		if v == n {
			return i
		}
	}
	return -1
}

// maxMembers is how many objects an object stream may hold; writers put some hundreds into one.
const maxMembers = 200_000

func (d *Document) objectStream(r Ref, e entry) (*objectStream, error) {
	l, err := d.indirect(r, e)
	if err != nil {
		return nil, err
	}
	st, ok := l.obj.(*Stream)
	if !ok || d.name(st.Dict["Type"]) != "ObjStm" {
		return nil, &FormatError{e.offset, "not an object stream"}
	}
	// The length may be an object of its own, which a later revision can change: it belongs to the key.
	off, end := st.offset, d.bodyEnd(st)
	if s, ok := d.file.members[body{off, end}]; ok {
		return s, nil
	}
	n, _ := d.integer(st.Dict["N"])
	first, _ := d.integer(st.Dict["First"])
	data, err := d.DecodeStream(st)
	if err != nil {
		return nil, err
	}
	if n < 0 || n > maxMembers || n > int64(len(data)) || first < 0 || first > int64(len(data)) {
		return nil, &FormatError{off, "object stream with a bad /N or /First"}
	}
	if n > first/4+1 { // a number, an offset and what parts them
		return nil, &FormatError{off, "object stream with a bad index"}
	}
	s := &objectStream{data: data, parsed: map[int]*loaded{}, numbers: make([]int, 0, n), offsets: make([]int, 0, n)}
	c := memoryCursor(data[:first])
	seen, repeated := map[int64]bool{}, 0
	for range n {
		num, ok1 := c.digits()
		at, ok2 := c.digits()
		if !ok1 || !ok2 || num > maxObjectNumber || at > int64(len(data))-first {
			return nil, &FormatError{off, "object stream with a bad index"}
		}
		if seen[num] && len(d.file.problems) < maxProblems && repeated < maxProblems {
			repeated++
			d.problem(Problem{Key: "PDF_OBJECT_STREAM_DUPLICATE", Args: []string{Ref{int(num), 0}.String()}, Offset: st.offset})
		}
		seen[num] = true
		s.numbers = append(s.numbers, int(num))
		s.offsets = append(s.offsets, int(at+first))
	}
	d.keepMembers(body{off, end}, s)
	return s, nil
}

// keepMembers remembers a decoded object stream within a budget.
func (d *Document) keepMembers(at body, s *objectStream) {
	total := len(s.data)
	for _, m := range d.file.members {
		total += len(m.data)
	}
	if total > memberCacheLimit {
		clear(d.file.members)
	}
	d.file.members[at] = s
}
