package pdf

import (
	"bytes"
	"cmp"
	"slices"
	"sort"
)

// place is where an uncompressed object stands.
type place struct {
	off int64
	ref Ref
}

// orphans looks for signature dictionaries in every object that is in force or was freed, outside object streams (one inside could not have a
// ByteRange).
func (d *Document) orphans(named map[Ref]*Signature) ([]*Signature, error) {
	var out []*Signature
	for _, p := range d.ranged(d.places()) {
		if named[p.ref] != nil {
			continue
		}
		l, err := d.parseIndirect(p.off)
		dict, ok := l.obj.(Dict)
		if err != nil || !ok || l.ref != p.ref || !looksSigned(dict) {
			continue
		}
		if d.file.enc != nil {
			dict, _ = d.file.enc.decryptObject(l.ref, dict).(Dict)
		}
		s := d.signature(dict, l.ref, nil)
		if e, ok := d.lookup(l.ref.Num); !ok || e.offset+d.file.shift != p.off {
			s.add("PDF_SIGNATURE_FREED", p.off)
		}
		out = append(out, s)
	}
	return out, d.file.src.err
}

// places lists the uncompressed objects in the order of the file, each number once: as it is in force, or as it was before it was freed.
func (d *Document) places() []place {
	var out []place
	seen := map[int]bool{}
	for _, s := range d.sections {
		s.numbers(func(n int) {
			if seen[n] {
				return
			}
			e, ok := s.lookup(n)
			if !ok || e.kind == entryFree {
				return
			}
			if seen[n] = true; e.kind == entryUsed {
				out = append(out, place{e.offset + d.file.shift, Ref{n, int(e.extra)}})
			}
		})
	}
	slices.SortFunc(out, func(a, b place) int { return cmp.Compare(a.off, b.off) })
	return out
}

// ranged leaves out the objects that hold no /ByteRange. In a file of many small objects the name is looked for in the bytes; where objects are
// few and large, reading their dictionaries is cheaper, and all are kept.
func (d *Document) ranged(all []place) []place {
	const sparse, chunk, overlap = 4 << 10, 256 << 10, 16
	word := []byte("/ByteRange")
	if int64(len(all))*sparse < d.end {
		return all
	}
	var out []place
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
			k := sort.Search(len(all), func(k int) bool { return all[k].off > lo+int64(at) }) - 1
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
