package typeface

import (
	"encoding/binary"
	"slices"
	"sort"
)

const maxGroups = 20000 // of a format 12 character map; DejaVu Sans has some 400

// readCharacterMap prefers the full Unicode map (format 12) to that of the first plane (format 4); OpenType 1.9, "cmap".
func (f *Face) readCharacterMap() error {
	c := f.tables["cmap"]
	if len(c) < 4 {
		return malformed("cmap")
	}
	var four, twelve []byte
	for i := range int(binary.BigEndian.Uint16(c[2:])) {
		if len(c) < 12+8*i {
			return malformed("cmap")
		}
		e := c[4+8*i:]
		off := uint64(binary.BigEndian.Uint32(e[4:]))
		platform := binary.BigEndian.Uint16(e)
		if off+4 > uint64(len(c)) || platform != 0 && platform != 3 {
			continue
		}
		switch binary.BigEndian.Uint16(c[off:]) {
		case 4:
			four = c[off:]
		case 12:
			twelve = c[off:]
		}
	}
	switch {
	case twelve != nil:
		return f.readFormat12(twelve)
	case four != nil:
		return f.readFormat4(four)
	}
	return malformed("no Unicode cmap")
}

func (f *Face) readFormat12(t []byte) error {
	if len(t) < 16 {
		return malformed("cmap format 12")
	}
	n := uint64(binary.BigEndian.Uint32(t[12:]))
	if n > maxGroups || uint64(len(t)) < 16+12*n {
		return malformed("cmap format 12")
	}
	for i := range n {
		g := t[16+12*i:]
		first, last, glyph := binary.BigEndian.Uint32(g), binary.BigEndian.Uint32(g[4:]), binary.BigEndian.Uint32(g[8:])
		if last < first || last > 0x10FFFF || last-first >= uint32(f.numGlyphs) {
			return malformed("cmap group")
		}
		f.put(run{rune(first), rune(last), glyph})
	}
	return nil
}

func (f *Face) readFormat4(t []byte) error {
	if len(t) < 16 {
		return malformed("cmap format 4")
	}
	n := int(binary.BigEndian.Uint16(t[6:])) / 2
	if len(t) < 16+8*n {
		return malformed("cmap format 4")
	}
	ends, starts, deltas, ranges := t[14:], t[16+2*n:], t[16+4*n:], t[16+6*n:]
	for i := range n {
		end, start := int(binary.BigEndian.Uint16(ends[2*i:])), int(binary.BigEndian.Uint16(starts[2*i:]))
		delta, offset := binary.BigEndian.Uint16(deltas[2*i:]), int(binary.BigEndian.Uint16(ranges[2*i:]))
		for r := start; r <= end && r != 0xFFFF; r++ {
			glyph := uint16(r) + delta
			if offset != 0 {
				at := 2*i + offset + 2*(r-start)
				if at+2 > len(ranges) {
					return malformed("cmap format 4")
				}
				if glyph = binary.BigEndian.Uint16(ranges[at:]); glyph != 0 {
					glyph += delta
				}
			}
			f.put(run{rune(r), rune(r), uint32(glyph)})
		}
	}
	return nil
}

// run maps letters that follow each other to glyphs that do.
type run struct {
	first, last rune
	glyph       uint32
}

// put adds a run, to the one before where it goes on.
func (f *Face) put(r run) {
	if r.glyph == 0 {
		return
	}
	if n := len(f.runs); n > 0 {
		if p := &f.runs[n-1]; r.first == p.last+1 && r.glyph == p.glyph+uint32(r.first-p.first) {
			p.last = r.last
			return
		}
	}
	f.runs = append(f.runs, r)
}

// sortRuns prepares look-ups.
func (f *Face) sortRuns() error {
	slices.SortStableFunc(f.runs, func(a, b run) int { return int(a.first) - int(b.first) })
	return nil
}

// lookUp finds the glyph of a letter, 0 if there is none.
func (f *Face) lookUp(r rune) GlyphID {
	i := sort.Search(len(f.runs), func(i int) bool { return f.runs[i].first > r }) - 1
	if i < 0 || r > f.runs[i].last {
		return 0
	}
	if g := f.runs[i].glyph + uint32(r-f.runs[i].first); g < uint32(f.numGlyphs) {
		return GlyphID(g)
	}
	return 0
}
