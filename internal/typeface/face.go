// Package typeface reads a TrueType font as far as a PDF that embeds it needs: which letters it has, how wide they are, and the smaller
// font that holds only the letters used. It knows nothing of PDF and draws nothing.
package typeface

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrMalformed says that the bytes are not a TrueType font of the kind that can be embedded (glyf outlines, a Unicode cmap).
var ErrMalformed = errors.New("typeface: not a usable TrueType font")

// GlyphID is the index of a glyph in its font; 0 is .notdef.
type GlyphID uint16

// Face is one parsed font. It is read-only after Parse, so goroutines may share it.
type Face struct {
	raw        []byte
	tables     map[string][]byte
	runs       []run // of the character map, sorted
	unitsPerEm int
	numGlyphs  int
	numHMetric int
	longLoca   bool
	Name       string // PostScript name, such as DejaVuSans
	// In thousandths of the font size, as PDF counts (ISO 32000-2, 9.2.4).
	Ascent, Descent, CapHeight int
	BBox                       [4]int
}

// Parse reads the font's directory, metrics and Unicode character map. The slice is kept, not copied.
func Parse(b []byte) (*Face, error) {
	f := &Face{raw: b, tables: map[string][]byte{}}
	if err := f.readDirectory(); err != nil {
		return nil, err
	}
	for _, step := range []func() error{f.readHead, f.readMetrics, f.readNames, f.readCharacterMap, f.sortRuns, f.readCapHeight} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// Glyph returns the glyph of a letter, and whether the font has one.
func (f *Face) Glyph(r rune) (GlyphID, bool) {
	g := f.lookUp(r)
	return g, g != 0
}

// Advance returns a glyph's width in thousandths of the font size.
func (f *Face) Advance(g GlyphID) int {
	i := min(int(g), f.numHMetric-1)
	return f.scale(int(binary.BigEndian.Uint16(f.tables["hmtx"][4*i:])))
}

// Width returns the width of a text in thousandths of the font size; letters that the font lacks count as nothing.
func (f *Face) Width(s string) int {
	w := 0
	for _, r := range s {
		if g, ok := f.Glyph(r); ok {
			w += f.Advance(g)
		}
	}
	return w
}

// Missing returns the first letter of a text that the font lacks, and whether there is one.
func (f *Face) Missing(s string) (rune, bool) {
	for _, r := range s {
		if _, ok := f.Glyph(r); !ok {
			return r, true
		}
	}
	return 0, false
}

func (f *Face) scale(v int) int { return v * 1000 / f.unitsPerEm }

func malformed(what string) error { return fmt.Errorf("%w: %s", ErrMalformed, what) }

// readDirectory reads the table directory (OpenType 1.9, "OpenType Font File").
func (f *Face) readDirectory() error {
	if len(f.raw) < 12 || binary.BigEndian.Uint32(f.raw) != 0x00010000 {
		return malformed("header")
	}
	n := int(binary.BigEndian.Uint16(f.raw[4:]))
	if len(f.raw) < 12+16*n {
		return malformed("directory")
	}
	for i := range n {
		e := f.raw[12+16*i:]
		off, size := uint64(binary.BigEndian.Uint32(e[8:])), uint64(binary.BigEndian.Uint32(e[12:]))
		if off+size > uint64(len(f.raw)) {
			return malformed("table " + string(e[:4]))
		}
		f.tables[string(e[:4])] = f.raw[off : off+size]
	}
	for _, need := range []string{"head", "hhea", "hmtx", "maxp", "loca", "glyf", "cmap"} {
		if f.tables[need] == nil {
			return malformed("no table " + need)
		}
	}
	return nil
}

func (f *Face) readHead() error {
	h, m := f.tables["head"], f.tables["maxp"]
	if len(h) < 54 || len(m) < 6 {
		return malformed("head or maxp")
	}
	f.unitsPerEm = int(binary.BigEndian.Uint16(h[18:]))
	f.numGlyphs = int(binary.BigEndian.Uint16(m[4:]))
	if f.unitsPerEm == 0 || f.numGlyphs == 0 {
		return malformed("units per em")
	}
	for i := range 4 {
		f.BBox[i] = f.scale(int(int16(binary.BigEndian.Uint16(h[36+2*i:]))))
	}
	f.longLoca = binary.BigEndian.Uint16(h[50:]) == 1
	entry := 2
	if f.longLoca {
		entry = 4
	}
	if len(f.tables["loca"]) < entry*(f.numGlyphs+1) {
		return malformed("loca")
	}
	return nil
}

func (f *Face) readMetrics() error {
	h := f.tables["hhea"]
	if len(h) < 36 {
		return malformed("hhea")
	}
	f.Ascent = f.scale(int(int16(binary.BigEndian.Uint16(h[4:]))))
	f.Descent = f.scale(int(int16(binary.BigEndian.Uint16(h[6:]))))
	f.numHMetric = int(binary.BigEndian.Uint16(h[34:]))
	if f.numHMetric == 0 || len(f.tables["hmtx"]) < 4*f.numHMetric {
		return malformed("hmtx")
	}
	return nil
}

// readCapHeight measures an H: OS/2 tables before version 2, as DejaVu's, do not say it.
func (f *Face) readCapHeight() error {
	f.CapHeight = f.Ascent
	if g, ok := f.Glyph('H'); ok {
		if o, err := f.outline(g); err == nil && len(o) >= 10 {
			f.CapHeight = f.scale(int(int16(binary.BigEndian.Uint16(o[8:]))))
		}
	}
	return nil
}

// readNames takes the PostScript name (name ID 6) in its Windows Unicode form.
func (f *Face) readNames() error {
	f.Name = "Embedded"
	n := f.tables["name"]
	if len(n) < 6 {
		return nil
	}
	count, base := int(binary.BigEndian.Uint16(n[2:])), int(binary.BigEndian.Uint16(n[4:]))
	for i := range count {
		if len(n) < 18+12*i {
			break
		}
		e := n[6+12*i:]
		if binary.BigEndian.Uint16(e) != 3 || binary.BigEndian.Uint16(e[6:]) != 6 {
			continue
		}
		size, off := int(binary.BigEndian.Uint16(e[8:])), base+int(binary.BigEndian.Uint16(e[10:]))
		if off+size > len(n) {
			return malformed("name")
		}
		var name []byte
		for j := 1; j < size; j += 2 {
			if c := n[off+j]; c > ' ' && c < 0x7f && c != '/' && c != '(' && c != ')' {
				name = append(name, c)
			}
		}
		if len(name) > 0 {
			f.Name = string(name)
		}
	}
	return nil
}
