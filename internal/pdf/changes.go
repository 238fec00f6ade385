package pdf

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Changes says what happened to the document after a signature, and whether that signature allows it: by its DocMDP if it certifies the
// document, else as under P=2 (form filling, signing, validation data), and by its FieldMDP or the lock of its field.
//
// Each later revision is compared with the one before it, and the last with the signed one, so that a change that was taken back is still
// named. Bytes after the last revision that no signature covers are a change too (PDF_UNCOVERED_BYTES).
func (d *Document) Changes(s *Signature) (*Difference, error) {
	out := &Difference{}
	if s.coverage == CoversPart {
		return out, nil
	}
	unknown := false
	ends, uncovered := d.statesAfter(s.end)
	steps := make([]pair, 0, len(ends)+1)
	for i, end := range ends {
		from := s.end
		if i > 0 {
			from = ends[i-1]
		}
		steps = append(steps, pair{from, end})
	}
	if len(ends) > 1 {
		steps = append(steps, pair{s.end, ends[len(ends)-1]})
	}
	seen, budget := map[string]int{}, d.limits.Compared
	for _, p := range steps {
		c, err := d.compare(p.from, p.to, budget)
		if err != nil {
			if !readable(err) {
				return nil, err
			}
			out.Changes = append(out.Changes, Change{Kind: ChangeUnknown, Key: "PDF_REVISION_UNREADABLE", Args: []string{err.Error()}})
			unknown = true
			continue
		}
		unknown = unknown || c.exhausted
		if budget -= c.cost; budget <= 0 {
			unknown = true
			break
		}
		for _, ch := range c.changes {
			if i, known := seen[ch.id]; !known {
				seen[ch.id] = len(out.Changes)
				out.Changes = append(out.Changes, ch)
			} else if ch.need > out.Changes[i].need { // the gravest of several in the same place is named
				out.Changes[i] = ch
			}
		}
	}
	if uncovered > 0 {
		out.Changes = append(out.Changes, Change{Kind: ChangeFile, Key: "PDF_UNCOVERED_BYTES", Args: []string{fmt.Sprint(uncovered)}, need: never})
	}
	unknown = d.ambiguous(s, out) || unknown
	out.judge(s, unknown)
	return out, nil
}

// readable tells errors of the document from those of the reader.
func readable(err error) bool {
	return errors.As(err, new(*FormatError)) || errors.As(err, new(*LimitError)) || errors.As(err, new(*FilterError)) || errors.Is(err, ErrNotPDF)
}

// statesAfter lists the ends of the states of the file after an offset: its revisions, and what other signatures cover. uncovered is the
// number of bytes after the last of them that are not white space only.
func (d *Document) statesAfter(signed int64) (ends []int64, uncovered int64) {
	all := make([]int64, 0, 8)
	for _, r := range d.Revisions() {
		all = append(all, r.End)
	}
	all = append(all, d.coveredEnds()...)
	slices.Sort(all)
	last := signed
	for _, end := range all {
		if end > last && !d.blank(last, end) {
			ends, last = append(ends, end), end
		}
	}
	if !d.blank(last, d.end) {
		uncovered = d.end - last
	}
	return ends, uncovered
}

// coveredEnds lists where the ByteRanges of the form's signatures end, if a revision ends there.
func (d *Document) coveredEnds() []int64 {
	if d.covered == nil {
		d.covered = []int64{}
		if _, err := d.Signatures(); err != nil {
			return nil
		}
	}
	return d.covered
}

// ambiguousProblems are faults in later revisions that other readers may mend in another way, and so see another document.
var ambiguousProblems = map[string]bool{
	"PDF_HYBRID_CONFLICT": true, "PDF_XREF_DUPLICATE": true, "PDF_XREF_OFFSET": true, "PDF_STREAM_LENGTH": true, "PDF_DUPLICATE_KEY": true,
	"PDF_PREV_REPAIRED": true, "PDF_PREV_LOOP": true, "PDF_STARTXREF_OFFSET": true, "PDF_GENERATION": true,
	"PDF_OBJECT_STREAM_INDEX": true, "PDF_OBJECT_STREAM_DUPLICATE": true,
}

// ambiguous notes such faults behind the signed bytes.
func (d *Document) ambiguous(s *Signature, out *Difference) bool {
	found := false
	for _, p := range d.file.problems {
		if ambiguousProblems[p.Key] && p.Offset >= s.end {
			found = true
			out.Changes = append(out.Changes, Change{Kind: ChangeUnknown, Key: "PDF_AMBIGUOUS_STRUCTURE", Args: append([]string{p.Key}, p.Args...), need: never})
		}
	}
	return found
}

// judge sets what is allowed, and the sum of it.
func (out *Difference) judge(s *Signature, unknown bool) {
	p := s.permission()
	forbidden := false
	for i := range out.Changes {
		c := &out.Changes[i]
		c.Locked = s.locks(*c)
		c.Allowed = c.Kind != ChangeUnknown && c.need > 0 && c.need <= p && !c.Locked
		if !c.Allowed && c.Kind == ChangeUnknown {
			unknown = true
		} else if !c.Allowed {
			forbidden = true
		}
	}
	switch {
	case forbidden:
		out.Modified = ModificationForbidden
	case unknown:
		out.Modified = ModificationUnknown
	case len(out.Changes) > 0:
		out.Modified = ModificationPermitted
	default:
		out.Modified = ModificationNone
	}
}

// permission is the access permission in force: that of a certification, 2 for any other signature, less if its own transform or its
// field's lock say so (ISO 32000-2, 12.8.2.2; a DocMDP that the catalogue does not name can't widen anything).
func (s *Signature) permission() int {
	p := 2
	if s.Certification && s.DocMDP > 0 {
		p = s.DocMDP
	} else if s.DocMDP > 0 {
		p = min(p, s.DocMDP)
	}
	if s.Lock != nil && s.Lock.P > 0 {
		p = min(p, s.Lock.P)
	}
	return p
}

// locks tells that a change touches a field that the signature closes. A document timestamp in a field of its own touches none.
func (s *Signature) locks(c Change) bool {
	l := s.FieldMDP
	if l == nil {
		l = s.Lock
	}
	if l == nil || c.Field == "" || c.Field == s.FieldName || len(c.Args) > 0 && c.Args[0] == "new" {
		return false
	}
	switch l.Action {
	case "All":
		return true
	case "Include":
		return l.names(c.Field)
	case "Exclude":
		return !l.names(c.Field)
	}
	return false
}

// names tells that a lock lists a field or a parent of it.
func (l *FieldLock) names(field string) bool {
	for _, n := range l.Fields {
		if field == n || strings.HasPrefix(field, n+".") {
			return true
		}
	}
	return false
}

// ChangesSince is Changes for a state of the file that no signature covers: what was added after its first end bytes, judged as under P=2.
// The state must be one of the document's revisions.
func (d *Document) ChangesSince(end int64) (*Difference, error) {
	return d.Changes(&Signature{coverage: CoversRevision, end: end})
}
