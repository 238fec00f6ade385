package pades

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf16"

	"mohur/internal/pdf"
	"mohur/internal/typeface"
)

// embed adds a Type 0 font with only the glyphs that were drawn (ISO 32000-2, 9.7; ISO 19005-2, 6.2.11). Codes are glyph numbers.
func (f *font) embed(u *pdf.Update, pack *packer) (pdf.Ref, error) {
	glyphs := slices.Sorted(maps.Keys(f.used))
	file, err := f.face.Subset(glyphs)
	if err != nil {
		return pdf.Ref{}, fmt.Errorf("pades: %w", err)
	}
	packed, err := pack.deflate(file)
	if err != nil {
		return pdf.Ref{}, err
	}
	name := pdf.Name(subsetTag(file) + "+" + f.face.Name)
	stream := u.Add(pdf.NewStream(pdf.Dict{"Length1": pdf.Integer(len(file)), "Filter": pdf.Name("FlateDecode")}, packed))
	box := make(pdf.Array, 4)
	for i, v := range f.face.BBox {
		box[i] = pdf.Integer(v)
	}
	descriptor := u.Add(pdf.Dict{
		"Type": pdf.Name("FontDescriptor"), "FontName": name, "Flags": pdf.Integer(4), "FontBBox": box, "ItalicAngle": pdf.Integer(0),
		"Ascent": pdf.Integer(f.face.Ascent), "Descent": pdf.Integer(f.face.Descent), "CapHeight": pdf.Integer(f.face.CapHeight),
		"StemV": pdf.Integer(80), "FontFile2": stream,
	})
	descendant := u.Add(pdf.Dict{
		"Type": pdf.Name("Font"), "Subtype": pdf.Name("CIDFontType2"), "BaseFont": name, "FontDescriptor": descriptor, "CIDToGIDMap": pdf.Name("Identity"),
		"CIDSystemInfo": pdf.Dict{"Registry": pdf.String("Adobe"), "Ordering": pdf.String("Identity"), "Supplement": pdf.Integer(0)},
		"DW":            pdf.Integer(600), "W": f.widths(glyphs),
	})
	toUnicode := u.Add(pdf.NewStream(pdf.Dict{}, f.toUnicode(glyphs)))
	return u.Add(pdf.Dict{
		"Type": pdf.Name("Font"), "Subtype": pdf.Name("Type0"), "BaseFont": name, "Encoding": pdf.Name("Identity-H"),
		"DescendantFonts": pdf.Array{descendant}, "ToUnicode": toUnicode,
	}), nil
}

// subsetTag makes the six letters that set one subset apart from another (ISO 32000-2, 9.9.2).
func subsetTag(file []byte) string {
	sum := sha256.Sum256(file)
	tag := make([]byte, 6)
	for i := range tag {
		tag[i] = 'A' + sum[i]%26
	}
	return string(tag)
}

func (f *font) widths(glyphs []typeface.GlyphID) pdf.Array {
	var out pdf.Array
	for _, g := range glyphs {
		out = append(out, pdf.Integer(g), pdf.Array{pdf.Integer(f.face.Advance(g))})
	}
	return out
}

// toUnicode writes the CMap by which the text can be searched and read aloud (ISO 32000-2, 9.10.3).
func (f *font) toUnicode(glyphs []typeface.GlyphID) []byte {
	var b strings.Builder
	b.WriteString("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n" +
		"/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n")
	for part := range slices.Chunk(glyphs, 100) {
		fmt.Fprintf(&b, "%d beginbfchar\n", len(part))
		for _, g := range part {
			fmt.Fprintf(&b, "<%04X> <", g)
			for _, unit := range utf16.Encode([]rune{f.used[g]}) {
				fmt.Fprintf(&b, "%04X", unit)
			}
			b.WriteString(">\n")
		}
		b.WriteString("endbfchar\n")
	}
	b.WriteString("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n")
	return []byte(b.String())
}

// packer compresses streams one after the other with one compressor, which is large. Quickly rather than small: a seal is made while
// somebody waits, and a font has some 20 KB.
type packer struct{ w *zlib.Writer }

func newPacker() (*packer, error) {
	w, err := zlib.NewWriterLevel(io.Discard, zlib.BestSpeed)
	if err != nil {
		return nil, fmt.Errorf("pades: %w", err)
	}
	return &packer{w}, nil
}

func (p *packer) deflate(b []byte) ([]byte, error) {
	var out bytes.Buffer
	p.w.Reset(&out)
	if _, err := p.w.Write(b); err != nil {
		return nil, fmt.Errorf("pades: %w", err)
	}
	if err := p.w.Close(); err != nil {
		return nil, fmt.Errorf("pades: %w", err)
	}
	return out.Bytes(), nil
}
