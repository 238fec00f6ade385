package pades

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"mohur/internal/pdf"
	"mohur/internal/typeface"
	"mohur/third_party/dejavu"
)

// Appearance is what a visible seal or signature shows: text, and beside or around it a picture and a QR code. The letters are embedded and the
// colours defined, so a PDF/A document stays one. Letters that the font lacks show as a replacement sign.
type Appearance struct {
	Title  string    // one line in bold; may be empty
	Lines  []string  // wrapped where they are too long
	Time   time.Time // a last line with date and time of day, in its own zone; zero is none
	QR     string    // what a QR code says, such as the address where the document can be verified; empty is none
	Image  *Image    // the seal's picture; nil is none
	Border bool      // a thin frame
}

const (
	largest, smallest = 11.0, 4.0 // font sizes tried, in points
	leading           = 1.22      // distance of lines, in font sizes
	padding           = 4.0       // between frame and text, in points
)

// drawnLine is a line of text in its place in the order.
type drawnLine struct {
	text string
	bold bool
}

// upright is the form matrix that makes text upright on a page that viewers turn by so many degrees clockwise. The viewer moves the turned
// box into the field's rectangle by itself (ISO 32000-2, 12.5.5, algorithm 8).
func upright(rotation int) pdf.Array {
	var sin, cos pdf.Integer
	switch rotation {
	case 90:
		sin = 1
	case 180:
		cos = -1
	case 270:
		sin = -1
	default:
		cos = 1
	}
	return pdf.Array{cos, sin, -sin, cos, pdf.Integer(0), pdf.Integer(0)}
}

// draw adds the form XObject of an appearance to an update (ISO 32000-2, 12.5.5 and 8.10). ErrAppearance when the text does not fit.
func (a *Appearance) draw(u *pdf.Update, rect [4]float64, rotation int) (pdf.Ref, error) {
	width, height := rect[2]-rect[0], rect[3]-rect[1]
	if rotation == 90 || rotation == 270 {
		width, height = height, width
	}
	if width <= 0 || height <= 0 {
		return pdf.Ref{}, fmt.Errorf("%w: the field is invisible", ErrAppearance)
	}
	regular, err := newFont(dejavu.Regular())
	if err != nil {
		return pdf.Ref{}, err
	}
	bold, err := newFont(dejavu.Bold())
	if err != nil {
		return pdf.Ref{}, err
	}
	c, err := newCode(a.QR)
	if err != nil {
		return pdf.Ref{}, err
	}
	l, ok := a.arrange(regular, bold, c, width, height)
	if !ok {
		return pdf.Ref{}, fmt.Errorf("%w: %.0f by %.0f points", ErrAppearance, width, height)
	}
	content := a.content(l, c, regular, bold, width, height)
	pack, err := newPacker()
	if err != nil {
		return pdf.Ref{}, err
	}
	fonts := pdf.Dict{}
	for i, f := range []*font{regular, bold} { // in this order always: the same seal has the same bytes
		if len(f.used) == 0 {
			continue
		}
		ref, err := f.embed(u, pack)
		if err != nil {
			return pdf.Ref{}, err
		}
		fonts[pdf.Name(fmt.Sprintf("F%d", i+1))] = ref
	}
	resources, colours := pdf.Dict{"Font": fonts}, paletteOf(u)
	if space, own := colours.gray.(pdf.Array); own {
		resources["ColorSpace"] = pdf.Dict{"DefaultGray": space}
	}
	if a.Image != nil {
		resources["XObject"] = pdf.Dict{"Im1": a.Image.embed(u, colours)}
	}
	return u.Add(pdf.NewStream(pdf.Dict{
		"Type": pdf.Name("XObject"), "Subtype": pdf.Name("Form"), "BBox": pdf.Array{pdf.Integer(0), pdf.Integer(0), pdf.Real(width), pdf.Real(height)},
		"Matrix": upright(rotation), "Resources": resources,
	}, content)), nil
}

// fit finds the largest size at which everything has room; nil when none does.
func (a *Appearance) fit(regular, bold *font, width, height float64) ([]drawnLine, float64) {
	for size := largest; size >= smallest; size -= 0.5 {
		var lines []drawnLine
		ok := true
		add := func(f *font, text string, isBold bool) {
			for _, l := range f.wrap(text, width/size*1000) {
				lines = append(lines, drawnLine{l, isBold})
				ok = ok && float64(f.face.Width(l))*size/1000 <= width
			}
		}
		if a.Title != "" {
			add(bold, bold.printable(a.Title), true)
		}
		for _, l := range a.Lines {
			add(regular, regular.printable(l), false)
		}
		if !a.Time.IsZero() {
			add(regular, a.Time.Format("02.01.2006 15:04:05 (UTC-07:00)"), false)
		}
		if ok && len(lines) > 0 && float64(len(lines))*size*leading <= height {
			return lines, size
		}
	}
	return nil, 0
}

// hasText says whether there is anything to read.
func (a *Appearance) hasText() bool { return a.Title != "" || len(a.Lines) > 0 || !a.Time.IsZero() }

// content writes the drawing operators: frame, picture, code, then lines from the top of their place, the whole centred in height.
func (a *Appearance) content(l layout, c code, regular, bold *font, width, height float64) []byte {
	var b strings.Builder
	b.WriteString("q\n")
	if a.Border {
		fmt.Fprintf(&b, "0.35 G 0.6 w 0.5 0.5 %.2f %.2f re S\n", width-1, height-1)
	}
	if a.Image != nil {
		fmt.Fprintf(&b, "q %.3f 0 0 %.3f %.3f %.3f cm /Im1 Do Q\n", l.image.w, l.image.h, l.image.x, l.image.y)
	}
	if c != nil {
		c.draw(&b, l.code)
	}
	b.WriteString("0 g BT\n")
	block := float64(len(l.lines)) * l.size * leading
	y := l.text.y + l.text.h - (l.text.h-block)/2 - l.size*0.95
	for _, line := range l.lines {
		f, name := regular, "F1"
		if line.bold {
			f, name = bold, "F2"
		}
		fmt.Fprintf(&b, "/%s %.1f Tf 1 0 0 1 %.2f %.2f Tm <%s> Tj\n", name, l.size, l.text.x, y, f.encode(line.text))
		y -= l.size * leading
	}
	b.WriteString("ET\nQ\n")
	return []byte(b.String())
}

// printable replaces what the font lacks and makes one line of it.
func (f *font) printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return -1
		}
		if _, ok := f.face.Glyph(r); ok {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}

// wrap breaks a text at spaces into lines of at most limit thousandths of the font size; a longer word keeps its own line.
func (f *font) wrap(s string, limit float64) []string {
	var out []string
	line := ""
	for _, w := range strings.Fields(s) {
		next := strings.TrimSpace(line + " " + w)
		if line != "" && float64(f.face.Width(next)) > limit {
			out = append(out, line)
			next = w
		}
		line = next
	}
	if line != "" {
		out = append(out, line)
	}
	return out
}

// font is a face with the glyphs that were drawn.
type font struct {
	face *typeface.Face
	used map[typeface.GlyphID]rune
}

func newFont(file []byte) (*font, error) {
	face, err := typeface.Parse(file)
	if err != nil {
		return nil, fmt.Errorf("pades: %w", err)
	}
	return &font{face: face, used: map[typeface.GlyphID]rune{}}, nil
}

// encode writes a text as glyph numbers in hexadecimal and remembers them.
func (f *font) encode(s string) string {
	var b strings.Builder
	for _, r := range s {
		g, _ := f.face.Glyph(r)
		if _, seen := f.used[g]; !seen {
			f.used[g] = r
		}
		fmt.Fprintf(&b, "%04X", g)
	}
	return b.String()
}
