package paper

import (
	"bytes"
	"fmt"
	"strings"
	"time"
	"unicode"

	"codeberg.org/go-pdf/fpdf"
	qrcode "github.com/skip2/go-qrcode"

	"mohur/internal/typeface"
	"mohur/third_party/dejavu"
)

// Measures of an A4 sheet in millimetres, after the state's rules for letters: wide on the left for binding.
const (
	pageWidth, pageHeight = 210.0, 297.0
	left, right, top      = 30.0, 15.0, 18.0
	bottom                = 24.0
	textWidth             = pageWidth - left - right
	points                = 72 / 25.4
	family                = "dejavu"
)

// sheet draws text on pages; the first error stays and is returned by finish.
type sheet struct {
	pdf    *fpdf.Fpdf
	face   *typeface.Face
	labels Labels
	strict bool // refuse letters without a glyph instead of showing a replacement
	err    error
}

func newSheet(l Labels, made time.Time, strict bool) (*sheet, error) {
	face, err := typeface.Parse(dejavu.Regular())
	if err != nil {
		return nil, fmt.Errorf("paper: %w", err)
	}
	p := fpdf.New("P", "mm", "A4", "")
	p.SetCatalogSort(true)
	p.SetCreationDate(made.UTC())
	p.SetModificationDate(made.UTC())
	p.SetMargins(left, top, right)
	p.SetAutoPageBreak(true, bottom)
	p.SetCellMargin(0)
	// The library writes into the bytes it is given, so each document gets its own.
	p.AddUTF8FontFromBytes(family, "", bytes.Clone(dejavu.Regular()))
	p.AddUTF8FontFromBytes(family, "B", bytes.Clone(dejavu.Bold()))
	p.AddPage()
	return &sheet{pdf: p, face: face, labels: l, strict: strict}, nil
}

// clean makes a text printable: one line of letters that the font has. What it lacks is an error on a strict sheet.
func (s *sheet) clean(where, text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return -1
		}
		if _, ok := s.face.Glyph(r); ok && r <= 0xFFFF {
			return r
		}
		if s.strict && s.err == nil {
			s.err = &TextError{Where: where, Rune: r}
		}
		return unicode.ReplacementChar
	}, text)
}

func (s *sheet) font(style string, size float64) { s.pdf.SetFont(family, style, size) }

// block writes a wrapped text across a width, starting at the cursor's line.
func (s *sheet) block(where, text, align string, x, width, line float64) {
	s.pdf.SetX(x)
	s.pdf.MultiCell(width, line, s.clean(where, text), "", align, false)
}

func (s *sheet) gap(mm float64) { s.pdf.SetY(s.pdf.GetY() + mm) }

// need starts a new page unless so many millimetres are left on this one.
func (s *sheet) need(mm float64) {
	if s.pdf.GetY()+mm > pageHeight-bottom {
		s.pdf.AddPage()
	}
}

func (s *sheet) rule() {
	s.pdf.SetDrawColor(120, 120, 120)
	s.pdf.SetLineWidth(0.3)
	s.pdf.Line(left, s.pdf.GetY(), pageWidth-right, s.pdf.GetY())
}

func (s *sheet) head(a Agency) {
	s.font("B", 13)
	s.block("agency", a.Name, "C", left, textWidth, 6)
	if a.Unit != "" {
		s.font("", 10)
		s.block("unit", a.Unit, "C", left, textWidth, 5)
	}
	if a.Contact != "" {
		s.font("", 8)
		s.block("contact", a.Contact, "C", left, textWidth, 4.5)
	}
	s.gap(2)
	s.rule()
	s.gap(5)
}

func (s *sheet) title(text string) {
	s.font("B", 13)
	s.block("title", text, "C", left, textWidth, 6.5)
	s.gap(4)
}

// fields writes label and value side by side; a long value wraps in its own column.
func (s *sheet) fields(list []Field) {
	const labelWidth, line = 58.0, 5.2
	for _, f := range list {
		s.font("", 10)
		value := s.clean(f.Label, f.Value)
		label := s.clean("label", f.Label)
		s.font("B", 10)
		rows := max(len(s.pdf.SplitText(label, labelWidth-3)), 1)
		s.font("", 10)
		rows = max(rows, len(s.pdf.SplitText(value, textWidth-labelWidth)))
		s.need(min(float64(rows)*line, 60))
		y, page := s.pdf.GetY(), s.pdf.PageNo()
		s.font("B", 10)
		s.pdf.MultiCell(labelWidth-3, line, label, "", "L", false)
		after := s.pdf.GetY()
		s.pdf.SetXY(left+labelWidth, y)
		s.font("", 10)
		s.pdf.MultiCell(textWidth-labelWidth, line, value, "", "L", false)
		if s.pdf.PageNo() == page {
			s.pdf.SetY(max(after, s.pdf.GetY()))
		}
		s.gap(1)
	}
}

// files lists each file with its size and its whole SHA-256.
func (s *sheet) files(list []File) {
	if len(list) == 0 {
		return
	}
	s.gap(2)
	s.need(24)
	s.font("B", 11)
	s.block("label", s.labels.Files, "L", left, textWidth, 6)
	for i, f := range list {
		s.need(18)
		s.font("", 10)
		s.block("file name", fmt.Sprintf("%d. %s", i+1, f.Name), "L", left, textWidth, 5)
		s.font("", 8)
		s.block("file", fmt.Sprintf("%s: %s (%d B)", s.labels.FileSize, size(f.Size), f.Size), "L", left+5, textWidth-5, 4.2)
		s.block("file", fmt.Sprintf("%s: %x", s.labels.SHA256, f.SHA256), "L", left+5, textWidth-5, 4.2)
		s.gap(1.5)
	}
}

// sealPlace reserves room for a visible seal at the cursor.
func (s *sheet) sealPlace(x float64) Place {
	const width, height = 80.0, 26.0
	s.need(height + 3)
	y := s.pdf.GetY()
	s.gap(height + 3)
	return Place{Page: s.pdf.PageNo(), X1: x * points, Y1: (pageHeight - y - height) * points, X2: (x + width) * points, Y2: (pageHeight - y) * points}
}

// verification prints how to check the document, with the QR code, at the foot of the last page.
func (s *sheet) verification(v Verification) {
	if v.URL == "" && v.Address == "" {
		return
	}
	const height, side = 30.0, 26.0
	s.need(height + 2)
	s.pdf.SetY(pageHeight - bottom - height)
	s.rule()
	s.gap(2)
	y, width := s.pdf.GetY(), textWidth
	if v.URL != "" {
		width -= side + 5
		s.qr(v.URL, pageWidth-right-side, y, side)
	}
	s.pdf.SetY(y)
	s.font("B", 9)
	s.block("label", s.labels.VerifyHeading, "L", left, width, 4.6)
	s.font("", 8)
	s.block("label", s.labels.VerifyText, "L", left, width, 4)
	s.block("address", v.Address, "L", left, width, 4)
	if v.ControlCode != "" {
		s.font("B", 10)
		s.block("control code", s.labels.VerifyCode+": "+v.ControlCode, "L", left, width, 5.4)
	}
}

// qr draws the code as filled runs of modules: sharp at any size, and no image in the file.
func (s *sheet) qr(text string, x, y, side float64) {
	code, err := qrcode.New(text, qrcode.Medium)
	if err != nil {
		s.fail(fmt.Errorf("paper: QR code: %w", err))
		return
	}
	code.DisableBorder = true
	rows := code.Bitmap()
	module := side / float64(len(rows))
	s.pdf.SetFillColor(0, 0, 0)
	for r, row := range rows {
		for c := 0; c < len(row); c++ {
			run := 0
			for c+run < len(row) && row[c+run] {
				run++
			}
			if run > 0 {
				s.pdf.Rect(x+float64(c)*module, y+float64(r)*module, float64(run)*module, module, "F")
				c += run
			}
		}
	}
}

func (s *sheet) fail(err error) {
	if s.err == nil {
		s.err = err
	}
}

// finish numbers the pages and returns the PDF/A file.
func (s *sheet) finish(a about, footer string, seal Place, files ...attachment) (*Document, error) {
	pages := s.pdf.PageCount()
	s.pdf.SetAutoPageBreak(false, 0)
	for n := 1; n <= pages; n++ {
		s.pdf.SetPage(n)
		s.pdf.SetXY(left, pageHeight-15)
		s.font("", 8)
		s.pdf.CellFormat(textWidth-30, 4, s.clean("footer", footer), "", 0, "L", false, 0, "")
		s.pdf.CellFormat(30, 4, fmt.Sprintf("%s %d %s %d", s.labels.Page, n, s.labels.Of, pages), "", 0, "R", false, 0, "")
	}
	if s.err != nil {
		return nil, s.err
	}
	a.language = s.labels.Language
	a.title, a.author = s.clean("title", a.title), s.clean("author", a.author)
	var raw bytes.Buffer
	if err := s.pdf.Output(&raw); err != nil {
		return nil, fmt.Errorf("paper: %w", err)
	}
	out, err := finish(raw.Bytes(), a, field{name: SealField, place: seal}, files)
	if err != nil {
		return nil, err
	}
	return &Document{Bytes: out, Pages: pages, Seal: seal}, nil
}
