package pdf

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
)

// line is one entry of the cross-reference section to be written.
type line struct {
	offset int64
	gen    int
}

// maxTableOffset is the largest offset that the ten digits of a table hold.
const maxTableOffset = 9_999_999_999

// appendXRef writes the cross-reference section in the form that the document uses: a reader of cross-reference streams only, or of tables
// only, reads on as before (7.5.8.4). What a hybrid document hides from readers of tables stays hidden.
func (u *Update) appendXRef(out []byte, base int64, lines map[int]line) ([]byte, error) {
	trailer := u.trailer(out)
	if u.doc.XRefKind() == XRefStream {
		start := base + int64(len(out))
		out = u.appendXRefStream(out, start, Ref{Num: u.next}, lines, trailer)
		return u.appendEnd(out, start), nil
	}
	if hidden := u.splitHidden(lines); len(hidden) > 0 {
		start := base + int64(len(out))
		self := Ref{Num: u.next}
		out = u.appendXRefStream(out, start, self, hidden, Dict{"Root": trailer["Root"]})
		lines[self.Num] = line{start, 0}
		trailer["XRefStm"], trailer["Size"] = Integer(start-u.doc.OffsetShift()), Integer(u.next+1)
	}
	start := base + int64(len(out))
	out, err := u.appendTable(out, lines, trailer)
	return u.appendEnd(out, start), err
}

func (u *Update) appendEnd(out []byte, start int64) []byte {
	return fmt.Appendf(out, "startxref\n%d\n%%%%EOF\n", start-u.doc.OffsetShift())
}

// splitHidden takes the objects that only the streams of a hybrid document name out of lines and returns them.
func (u *Update) splitHidden(lines map[int]line) map[int]line {
	out := map[int]line{}
	for n, l := range lines {
		if u.doc.hides(n) {
			out[n] = l
			delete(lines, n)
		}
	}
	return out
}

// hides says whether the entry in force for an object stands in the stream of a hybrid section.
func (d *Document) hides(num int) bool {
	for _, s := range d.sections {
		if e, ok := s.own(num); ok && (e.kind != entryFree || s.hidden == nil) {
			return false
		}
		if s.hidden != nil {
			if _, ok := s.hidden.own(num); ok {
				return true
			}
		}
	}
	return false
}

// trailer copies every entry of the newest trailer but those that speak of its own section.
func (u *Update) trailer(increment []byte) Dict {
	t := maps.Clone(u.doc.Trailer())
	for _, k := range []Name{"Prev", "XRefStm", "Size", "Type", "W", "Index", "Filter", "DecodeParms", "Length", "DL", "F", "FFilter", "FDecodeParms"} {
		delete(t, k)
	}
	t["Prev"] = Integer(u.doc.StartXRef())
	t["Size"] = Integer(u.next)
	t["ID"] = u.newID(increment)
	return t
}

func (u *Update) appendTable(out []byte, lines map[int]line, trailer Dict) ([]byte, error) {
	out = append(out, "xref\n"...)
	for _, r := range runsOf(lines) {
		out = fmt.Appendf(out, "%d %d\n", r[0], len(r))
		for _, n := range r {
			off := lines[n].offset - u.doc.OffsetShift()
			if off > maxTableOffset {
				return nil, &LimitError{"bytes in a file with a cross-reference table"}
			}
			out = fmt.Appendf(out, "%010d %05d n\r\n", off, lines[n].gen)
		}
	}
	out = append(out, "trailer\n"...)
	return append(AppendObject(out, trailer), '\n'), nil
}

// appendXRefStream writes a cross-reference stream (7.5.8) that also names itself. The dictionary given becomes its own.
func (u *Update) appendXRefStream(out []byte, start int64, self Ref, lines map[int]line, trailer Dict) []byte {
	lines = maps.Clone(lines)
	lines[self.Num] = line{start, 0}
	trailer["Size"] = Integer(self.Num + 1)
	trailer["Type"] = Name("XRef")
	trailer["W"] = Array{Integer(1), Integer(8), Integer(2)}
	var index Array
	var data []byte
	for _, r := range runsOf(lines) {
		index = append(index, Integer(r[0]), Integer(len(r)))
		for _, n := range r {
			data = append(data, 1)
			data = binary.BigEndian.AppendUint64(data, uint64(lines[n].offset-u.doc.OffsetShift()))
			data = binary.BigEndian.AppendUint16(data, uint16(lines[n].gen))
		}
	}
	trailer["Index"] = index
	out = fmt.Appendf(out, "%d 0 obj\n", self.Num)
	out = AppendObject(out, NewStream(trailer, data)) // a cross-reference stream is never encrypted (7.5.8.2)
	return append(out, "\nendobj\n"...)
}

// runsOf groups object numbers into contiguous ranges.
func runsOf(lines map[int]line) [][]int {
	var out [][]int
	for _, n := range slices.Sorted(maps.Keys(lines)) {
		if k := len(out); k > 0 && out[k-1][len(out[k-1])-1] == n-1 {
			out[k-1] = append(out[k-1], n)
		} else {
			out = append(out, []int{n})
		}
	}
	return out
}
