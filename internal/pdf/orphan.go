package pdf

import (
	"bytes"
	"slices"
	"sort"
)

// orphans looks for signature dictionaries in every object that is in force or was freed, outside object streams (one inside could not have a
// ByteRange).
func (d *Document) orphans(named map[Ref]*Signature, most int) ([]*Signature, error) {
	var out []*Signature
	known := map[int64]bool{}
	for r := range named {
		if e, ok := d.lookup(r.Num); ok && e.kind == entryUsed && int(e.extra) == r.Gen {
			known[e.offset+d.file.shift] = true
		}
	}
	for _, off := range d.ranged(d.places()) {
		if known[off] {
			continue
		}
		l, err := d.parseIndirect(off)
		dict, ok := l.obj.(Dict)
		if err != nil || !ok || named[l.ref] != nil || !looksSigned(dict) || !d.stands(l.ref, off) {
			continue
		}
		if len(out) >= most {
			return nil, &LimitError{"signatures"}
		}
		if d.file.enc != nil {
			dict, _ = d.file.enc.decryptObject(l.ref, dict).(Dict)
		}
		s := d.signature(dict, l.ref, nil)
		if e, ok := d.lookup(l.ref.Num); !ok || e.offset+d.file.shift != off {
			s.add("PDF_SIGNATURE_FREED", off)
		}
		out = append(out, s)
	}
	return out, d.file.src.err
}

// maxAbandoned is how many states of the file behind the last revision are looked at.
const maxAbandoned = 8

// abandoned looks for signatures in states of the file that the last startxref has left out: appended to a signed file, an old startxref makes it
// the file before it was signed. They are orphans, and the bytes that hold them are covered by nothing.
func (d *Document) abandoned() []*Signature {
	revisions := d.Revisions()
	last := revisions[len(revisions)-1].End
	if d.blank(last, d.end) {
		return nil
	}
	var out []*Signature
	seen := map[int64]bool{}
	for hi, n := d.end, 0; hi > last && n < maxAbandoned; n++ {
		at, value, err := d.startXRef(hi)
		if err != nil || at < last {
			break
		}
		hi = at
		end := d.find("%%EOF", at)
		if end < 0 || value <= 0 || d.reaches(value+d.file.shift) {
			continue
		}
		v, err := d.At(min(end+int64(len("%%EOF")), d.end))
		if err != nil {
			continue
		}
		for _, f := range v.form().list {
			ref, _ := f.attribute(v, "V").(Ref)
			e, known := v.lookup(ref.Num)
			if !known || seen[e.offset] || v.name(f.attribute(v, "FT")) != "Sig" || !v.filled(f) {
				continue
			}
			seen[e.offset] = true
			if len(out) >= d.limits.Signatures {
				return out
			}
			s := v.signature(v.dict(ref), ref, f)
			s.Orphan = true
			s.add("PDF_SIGNATURE_ABANDONED", at)
			out = append(out, s)
		}
	}
	return out
}

// reaches tells that a section is part of the document.
func (d *Document) reaches(off int64) bool {
	for _, s := range d.sections {
		if s.offset == off {
			return true
		}
	}
	return false
}

// stands tells that an object is meant to stand at an offset: it does in force, or did before it was freed.
func (d *Document) stands(r Ref, off int64) bool {
	for _, s := range d.sections {
		if e, ok := s.lookup(r.Num); ok && e.kind != entryFree {
			return e.kind == entryUsed && e.offset+d.file.shift == off && int(e.extra) == r.Gen
		}
	}
	return false
}

// places lists where uncompressed objects stand, in the order of the file: each as it is in force, or as it was before it was freed.
func (d *Document) places() []int64 {
	n := 0
	for _, s := range d.sections {
		n += s.count
		if s.hidden != nil {
			n += s.hidden.count
		}
	}
	out := make([]int64, 0, n)
	seen := map[int]uint64{} // a bit for each object number, 64 of them under one key
	for i, s := range d.sections {
		s.numbers(func(n int) {
			if i > 0 && seen[n/64]&(1<<(n%64)) != 0 {
				return
			}
			e, ok := s.lookup(n)
			if !ok || e.kind == entryFree {
				return
			}
			if i < len(d.sections)-1 { // else nothing comes that it could stand before
				seen[n/64] |= 1 << (n % 64)
			}
			if off := e.offset + d.file.shift; e.kind == entryUsed && off < d.end {
				out = append(out, off)
			}
		})
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// ranged leaves out the objects that hold no /ByteRange. In a file of many small objects the name is looked for in the bytes; where objects are
// few and large, reading their dictionaries is cheaper, and all are kept.
func (d *Document) ranged(all []int64) []int64 {
	const sparse, chunk, overlap = 4 << 10, 32 << 10, 16
	word := []byte("/ByteRange")
	if int64(len(all))*sparse < d.end {
		return all
	}
	var out []int64
	buf := make([]byte, min(chunk+overlap, d.end))
	last := -1
	for lo := int64(0); lo < d.end; lo += chunk {
		n, _ := d.file.src.r.ReadAt(buf[:min(int64(len(buf)), d.end-lo)], lo)
		for at := 0; ; at++ {
			i := bytes.Index(buf[at:n], word)
			if i < 0 {
				break
			}
			at += i
			k := sort.Search(len(all), func(k int) bool { return all[k] > lo+int64(at) }) - 1
			if k > last {
				out, last = append(out, all[k]), k
			}
		}
	}
	return out
}

// looksSigned recognises a signature dictionary by what it holds.
func looksSigned(d Dict) bool {
	if _, ok := d["Contents"].(String); !ok {
		return false
	}
	_, ranged := d["ByteRange"]
	_, filter := d["Filter"].(Name)
	_, sub := d["SubFilter"].(Name)
	t, _ := d["Type"].(Name)
	return ranged && (filter || sub || t == "Sig" || t == "DocTimeStamp")
}
