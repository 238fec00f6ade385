package pades

import (
	"fmt"
	"strings"

	qrcode "github.com/skip2/go-qrcode"
)

const (
	gap         = 4.0 // between picture, text and code, in points
	quiet       = 4   // modules that stay white around a code (ISO/IEC 18004, 6.3.8)
	leastModule = 0.7 // of a code, in points: a quarter of a millimetre, which telephones still read from paper
)

// area is a rectangle of the appearance, from its lower left corner.
type area struct{ x, y, w, h float64 }

// layout says where the parts are; absent ones have no width.
type layout struct {
	text, image, code area
	lines             []drawnLine
	size              float64 // of the letters
}

// code is a QR code as rows of modules, dark ones true.
type code [][]bool

// newCode encodes a text; nil for none.
func newCode(text string) (code, error) {
	if text == "" {
		return nil, nil
	}
	c, err := qrcode.New(text, qrcode.Medium)
	if err != nil {
		return nil, fmt.Errorf("%w: QR code: %w", ErrAppearance, err)
	}
	c.DisableBorder = true
	return c.Bitmap(), nil
}

// modules is the length of a side with the white around.
func (c code) modules() int { return len(c) + 2*quiet }

// arrange finds places for picture, text and code in a box of a size: side by side, or one above another, whichever leaves the larger letters. False
// when neither has room for everything.
func (a *Appearance) arrange(regular, bold *font, c code, width, height float64) (layout, bool) {
	inner := area{padding, padding, width - 2*padding, height - 2*padding}
	var best layout
	found := false
	if !a.hasText() && c == nil && a.Image == nil {
		return best, false
	}
	for _, l := range []layout{a.sideBySide(inner, c), a.stacked(inner, c)} {
		if c != nil && l.code.w < leastModule*float64(c.modules()) {
			continue
		}
		if a.hasText() {
			if l.lines, l.size = a.fit(regular, bold, l.text.w, l.text.h); l.lines == nil {
				continue
			}
		}
		if !found || l.size > best.size || !a.hasText() && l.code.w+l.image.w > best.code.w+best.image.w {
			best, found = l, true
		}
	}
	return best, found
}

// sideBySide puts the picture to the left, the code to the right and the text between them.
func (a *Appearance) sideBySide(in area, c code) layout {
	l := layout{text: in}
	most := in.w * a.share(c)
	if a.Image != nil {
		w, h := a.Image.within(most, in.h)
		l.image = area{in.x, in.y + (in.h-h)/2, w, h}
		l.text.x, l.text.w = in.x+w+gap, in.w-w-gap
	}
	if c != nil {
		side := min(most, in.h)
		l.code = area{in.x + in.w - side, in.y + (in.h-side)/2, side, side}
		l.text.w -= side + gap
	}
	if !a.hasText() {
		l.centre(in, true)
	}
	return l
}

// stacked puts the picture above, the code below and the text between them.
func (a *Appearance) stacked(in area, c code) layout {
	l := layout{text: in}
	most := in.h * a.share(c)
	if a.Image != nil {
		w, h := a.Image.within(in.w, most)
		l.image = area{in.x + (in.w-w)/2, in.y + in.h - h, w, h}
		l.text.h -= h + gap
	}
	if c != nil {
		side := min(most, in.w)
		l.code = area{in.x + (in.w-side)/2, in.y, side, side}
		l.text.y, l.text.h = l.text.y+side+gap, l.text.h-side-gap
	}
	if !a.hasText() {
		l.centre(in, false)
	}
	return l
}

// share is how much of the longer side a picture or a code may take.
func (a *Appearance) share(c code) float64 {
	switch n := a.Image != nil; {
	case !a.hasText() && n && c != nil:
		return 0.48
	case !a.hasText():
		return 1
	case n && c != nil:
		return 0.3
	}
	return 0.4
}

// centre moves what there is, without text, into the middle.
func (l *layout) centre(in area, sideways bool) {
	if l.image.w > 0 && l.code.w > 0 {
		return
	}
	for _, p := range []*area{&l.image, &l.code} {
		if sideways {
			p.x = in.x + (in.w-p.w)/2
		} else {
			p.y = in.y + (in.h-p.h)/2
		}
	}
}

// within is the largest size of the picture that fits.
func (i *Image) within(width, height float64) (w, h float64) {
	scale := min(width/float64(i.width), height/float64(i.height))
	return scale * float64(i.width), scale * float64(i.height)
}

// draw writes a code as filled runs of modules, sharp at every size, on white.
func (c code) draw(b *strings.Builder, at area) {
	module := at.w / float64(c.modules())
	fmt.Fprintf(b, "1 g %.3f %.3f %.3f %.3f re f\n0 g\n", at.x, at.y, at.w, at.h)
	for r, row := range c {
		for n := 0; n < len(row); {
			run := 0
			for n+run < len(row) && row[n+run] {
				run++
			}
			if run > 0 {
				fmt.Fprintf(b, "%.3f %.3f %.3f %.3f re\n", at.x+float64(n+quiet)*module, at.y+at.h-float64(r+quiet+1)*module, float64(run)*module, module)
			}
			n += max(run, 1)
		}
	}
	b.WriteString("f\n")
}
