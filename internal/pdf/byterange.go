package pdf

import "strconv"

// readByteRange reads /ByteRange and says what it covers. The only bytes it may leave out are the hexadecimal string of /Contents, angle
// brackets included, of this very dictionary (ISO 32000-2, 12.8.1; ETSI EN 319 142-1, 5.3).
func (s *Signature) readByteRange(dict Dict, f *field) {
	d := s.doc
	list, ok := d.Resolve(dict["ByteRange"]).(Array)
	if !ok {
		s.add("PDF_BYTE_RANGE_MISSING", 0)
		return
	}
	for _, o := range list[:min(len(list), 64)] {
		n, ok := d.Resolve(o).(Integer)
		if !ok {
			s.add("PDF_BYTE_RANGE_NOT_NUMBERS", 0)
			s.ByteRange = nil
			return
		}
		s.ByteRange = append(s.ByteRange, int64(n))
	}
	if s.checkRange() {
		s.checkGap(f)
	}
	s.Certification = s.isCertification()
	s.cover()
}

// checkRange checks the numbers alone.
func (s *Signature) checkRange() bool {
	r, size := s.ByteRange, s.doc.file.src.size
	if len(r) != 4 {
		s.add("PDF_BYTE_RANGE_COUNT", 0, strconv.Itoa(len(r)))
		return false
	}
	for _, n := range r {
		if n < 0 {
			s.add("PDF_BYTE_RANGE_NEGATIVE", 0)
			return false
		}
	}
	switch {
	case r[0] != 0:
		s.add("PDF_BYTE_RANGE_START", 0, strconv.FormatInt(r[0], 10))
	case r[1] > size || r[2] > size || r[3] > size-r[2]:
		s.add("PDF_BYTE_RANGE_BEYOND_END", 0)
	case r[1] == 0 || r[2] <= r[1]:
		s.add("PDF_BYTE_RANGE_OVERLAP", 0)
	default:
		s.end = r[2] + r[3]
		return true
	}
	return false
}

// checkGap compares the hole with the place of /Contents.
func (s *Signature) checkGap(f *field) {
	t, ok := s.contentsToken(f)
	switch {
	case !ok:
		s.add("PDF_CONTENTS_NOT_IN_FILE", s.ByteRange[1])
	case t.from != s.ByteRange[1] || t.to != s.ByteRange[2]:
		s.add("PDF_BYTE_RANGE_GAP", s.ByteRange[1], strconv.FormatInt(t.from, 10), strconv.FormatInt(t.to, 10))
	case !t.hex:
		s.add("PDF_CONTENTS_NOT_HEX", t.from)
	default:
		s.exact = true
	}
}

// contentsToken finds where the value of /Contents stands in the object that holds the dictionary.
func (s *Signature) contentsToken(f *field) (out contentsToken, ok bool) {
	d, holder, depth, parent := s.doc, s.Ref, 0, Name("")
	if holder == (Ref{}) {
		if f == nil {
			return out, false
		}
		holder, depth, parent = f.ref, 1, "V"
	}
	e, found := d.lookup(holder.Num)
	if !found || e.kind != entryUsed {
		return out, false
	}
	l, err := d.indirect(holder, e)
	if err != nil || l.ref != holder {
		return out, false
	}
	for _, t := range l.contents {
		if t.depth == depth && t.parent == parent {
			out, ok = t, true
		}
	}
	return out, ok
}

// isCertification tells that the catalogue of the signed revision names this dictionary in /Perms /DocMDP.
func (s *Signature) isCertification() bool {
	d := s.doc
	if s.end > 0 {
		if v, err := d.At(s.end); err == nil {
			d = v
		}
	}
	r, ok := d.dict(d.Catalog()["Perms"])["DocMDP"].(Ref)
	return ok && r == s.Ref && r != (Ref{})
}

// cover finds out what the ByteRange covers.
func (s *Signature) cover() {
	if !s.exact {
		return
	}
	v, ends := s.doc.endsRevision(s.end)
	if ends {
		s.Revision = len(v.Revisions()) - 1
	}
	switch {
	case s.end == s.doc.file.src.size || s.doc.blank(s.end, s.doc.file.src.size):
		s.coverage = CoversWhole
	case ends:
		s.coverage = CoversRevision
	default:
		s.add("PDF_BYTE_RANGE_END", s.end)
	}
}

// Coverage says how much of the file the ByteRange covers. White space after the covered end does not count.
func (s *Signature) Coverage() Coverage { return s.coverage }

// End is the offset at which the ByteRange ends, 0 when it can't be told.
func (s *Signature) End() int64 { return s.end }

// compareRanges reports signatures that claim each other's bytes: a ByteRange used twice, or a hole that is another's /Contents.
func compareRanges(list []*Signature) {
	seen := map[[2]int64]*Signature{}
	for _, s := range list {
		if len(s.ByteRange) != 4 {
			continue
		}
		hole := [2]int64{s.ByteRange[1], s.ByteRange[2]}
		if other := seen[hole]; other != nil {
			s.add("PDF_BYTE_RANGE_COLLISION", s.ByteRange[1], other.FieldName)
			other.add("PDF_BYTE_RANGE_COLLISION", s.ByteRange[1], s.FieldName)
			continue
		}
		seen[hole] = s
	}
}
