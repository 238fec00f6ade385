package typeface

import (
	"encoding/binary"
	"sort"
)

// maxComponents bounds how many glyphs the accents of composite glyphs may drag in.
const maxComponents = 4096

// Subset returns a font that draws the given glyphs and keeps their numbers: other outlines are emptied and the glyphs above the highest
// one used are cut off. A PDF can then use /CIDToGIDMap /Identity. The result depends on the set of glyphs only, not on their order.
func (f *Face) Subset(glyphs []GlyphID) ([]byte, error) {
	used := map[GlyphID]bool{0: true}
	queue := append([]GlyphID{0}, glyphs...)
	for len(queue) > 0 {
		g := queue[0]
		queue = queue[1:]
		used[g] = true
		parts, err := f.components(g)
		if err != nil {
			return nil, err
		}
		for _, p := range parts {
			if !used[p] {
				used[p] = true
				queue = append(queue, p)
			}
		}
		if len(used) > maxComponents {
			return nil, malformed("composite glyphs")
		}
	}
	count := 0
	for g := range used {
		count = max(count, int(g)+1)
	}
	return f.assemble(used, count)
}

// outline returns the glyf entry of a glyph; empty for a space.
func (f *Face) outline(g GlyphID) ([]byte, error) {
	if int(g) >= f.numGlyphs {
		return nil, malformed("glyph number")
	}
	loca, i := f.tables["loca"], int(g)
	var from, to uint64
	if f.longLoca {
		from, to = uint64(binary.BigEndian.Uint32(loca[4*i:])), uint64(binary.BigEndian.Uint32(loca[4*i+4:]))
	} else {
		from, to = 2*uint64(binary.BigEndian.Uint16(loca[2*i:])), 2*uint64(binary.BigEndian.Uint16(loca[2*i+2:]))
	}
	if from > to || to > uint64(len(f.tables["glyf"])) {
		return nil, malformed("loca")
	}
	return f.tables["glyf"][from:to], nil
}

// components lists the glyphs a composite glyph is made of (OpenType 1.9, "glyf", Composite Glyph Description).
func (f *Face) components(g GlyphID) ([]GlyphID, error) {
	const (
		wordArgs, haveScale, more, haveXY, haveMatrix = 0x1, 0x8, 0x20, 0x40, 0x80
	)
	o, err := f.outline(g)
	if err != nil || len(o) < 10 || int16(binary.BigEndian.Uint16(o)) >= 0 {
		return nil, err
	}
	var out []GlyphID
	for at := 10; ; {
		if at+4 > len(o) {
			return nil, malformed("composite glyph")
		}
		flags := binary.BigEndian.Uint16(o[at:])
		out = append(out, GlyphID(binary.BigEndian.Uint16(o[at+2:])))
		at += 6
		if flags&wordArgs != 0 {
			at += 2
		}
		switch {
		case flags&haveScale != 0:
			at += 2
		case flags&haveXY != 0:
			at += 4
		case flags&haveMatrix != 0:
			at += 8
		}
		if flags&more == 0 {
			return out, nil
		}
	}
}

func (f *Face) assemble(used map[GlyphID]bool, count int) ([]byte, error) {
	var glyf []byte
	loca := make([]byte, 0, 4*(count+1))
	hmtx := make([]byte, 0, 4*count)
	for i := range count {
		loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
		width := binary.BigEndian.Uint16(f.tables["hmtx"][4*min(i, f.numHMetric-1):])
		bearing := uint16(0)
		if used[GlyphID(i)] {
			o, err := f.outline(GlyphID(i))
			if err != nil {
				return nil, err
			}
			glyf = append(glyf, o...)
			glyf = append(glyf, make([]byte, -len(glyf)&3)...)
			if i < f.numHMetric {
				bearing = binary.BigEndian.Uint16(f.tables["hmtx"][4*i+2:])
			}
		}
		hmtx = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(hmtx, width), bearing)
	}
	loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
	head, hhea, maxp := clone(f.tables["head"]), clone(f.tables["hhea"]), clone(f.tables["maxp"])
	binary.BigEndian.PutUint32(head[8:], 0)  // checkSumAdjustment, set below
	binary.BigEndian.PutUint16(head[50:], 1) // long loca
	binary.BigEndian.PutUint16(hhea[34:], uint16(count))
	binary.BigEndian.PutUint16(maxp[4:], uint16(count))
	tables := map[string][]byte{"head": head, "hhea": hhea, "maxp": maxp, "hmtx": hmtx, "loca": loca, "glyf": glyf}
	for _, hint := range []string{"cvt ", "fpgm", "prep"} {
		if t := f.tables[hint]; t != nil {
			tables[hint] = t
		}
	}
	return join(tables), nil
}

func clone(b []byte) []byte { return append([]byte(nil), b...) }

// join writes a font file with its directory and checksums (OpenType 1.9, "Calculating Checksums").
func join(tables map[string][]byte) []byte {
	names := make([]string, 0, len(tables))
	for n := range tables {
		names = append(names, n)
	}
	sort.Strings(names)
	power, log := 1, 0
	for power*2 <= len(names) {
		power, log = power*2, log+1
	}
	out := binary.BigEndian.AppendUint32(nil, 0x00010000)
	for _, v := range []int{len(names), power * 16, log, len(names)*16 - power*16} {
		out = binary.BigEndian.AppendUint16(out, uint16(v))
	}
	body, base, headAt := []byte{}, 12+16*len(names), 0
	for _, n := range names {
		if n == "head" {
			headAt = base + len(body)
		}
		out = append(out, n...)
		out = binary.BigEndian.AppendUint32(out, sum(tables[n]))
		out = binary.BigEndian.AppendUint32(out, uint32(base+len(body)))
		out = binary.BigEndian.AppendUint32(out, uint32(len(tables[n])))
		body = append(body, tables[n]...)
		body = append(body, make([]byte, -len(body)&3)...)
	}
	out = append(out, body...)
	binary.BigEndian.PutUint32(out[headAt+8:], 0xB1B0AFBA-sum(out))
	return out
}

func sum(b []byte) uint32 {
	var s uint32
	for ; len(b) >= 4; b = b[4:] {
		s += binary.BigEndian.Uint32(b)
	}
	if len(b) > 0 {
		var last [4]byte
		copy(last[:], b)
		s += binary.BigEndian.Uint32(last[:])
	}
	return s
}
