package pades

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mohur/internal/demopki"
	"mohur/internal/pdf"
)

const lookup = "https://rey.example.az/lookup?n=9-14-05&k=QX7P-2M4K"

// stamp is a picture of a round seal: a ring, in colour or gray, transparent outside.
func stamp(side int, c color.Color) image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, side, side))
	r := float64(side) / 2
	for y := range side {
		for x := range side {
			dx, dy := float64(x)+0.5-r, float64(y)+0.5-r
			if d := dx*dx + dy*dy; d < r*r && d > r*r*0.7 || d < r*r*0.15 {
				m.Set(x, y, c)
			}
		}
	}
	return m
}

func pngOf(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func picture(t testing.TB, c color.Color) *Image {
	t.Helper()
	i, err := NewImage(pngOf(t, stamp(160, c)))
	if err != nil {
		t.Fatal(err)
	}
	return i
}

var blue = color.NRGBA{20, 40, 160, 255}

// rendered draws the first page at 144 dots to the inch and returns its pixels.
func rendered(t *testing.T, name string, document []byte) image.Image {
	t.Helper()
	dir := t.TempDir()
	if keep := os.Getenv("MOHUR_SCREENSHOTS"); keep != "" {
		dir = keep
	}
	path := filepath.Join(dir, name+".pdf")
	if err := os.WriteFile(path, document, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := run(t, "pdftoppm", "-r", "144", "-png", "-singlefile", path, strings.TrimSuffix(path, ".pdf")); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(strings.TrimSuffix(path, ".pdf") + ".png")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestPartsOfAnAppearance: whatever the size of the field and however the page is turned, text, picture and code are there, in their places and
// not upon each other.
func TestPartsOfAnAppearance(t *testing.T) {
	w := newWorld(t)
	full := func() *Appearance {
		a := visible()
		a.QR, a.Image, a.Time = lookup, picture(t, blue), now().In(time.FixedZone("", 4*3600))
		a.Lines = append([]string{"Səbəb: Rəy"}, a.Lines[:2]...)
		return a
	}
	for name, c := range map[string]struct {
		rect   [4]float64
		rotate int
		change func(*Appearance)
	}{
		"wide":          {[4]float64{10, 10, 290, 90}, 0, nil},
		"flat":          {[4]float64{10, 10, 290, 60}, 0, func(a *Appearance) { a.Lines = a.Lines[:1] }},
		"high":          {[4]float64{100, 10, 200, 290}, 0, nil},
		"square":        {[4]float64{50, 50, 250, 250}, 0, nil},
		"turned 90":     {[4]float64{10, 10, 290, 110}, 90, nil},
		"turned 180":    {[4]float64{10, 10, 290, 110}, 180, nil},
		"turned 270":    {[4]float64{150, 10, 290, 290}, 270, nil},
		"without image": {[4]float64{10, 10, 290, 90}, 0, func(a *Appearance) { a.Image = nil }},
		"without code":  {[4]float64{10, 10, 290, 90}, 0, func(a *Appearance) { a.QR = "" }},
		"code alone":    {[4]float64{100, 100, 200, 200}, 0, func(a *Appearance) { *a = Appearance{QR: lookup} }},
		"image alone":   {[4]float64{100, 100, 200, 150}, 0, func(a *Appearance) { *a = Appearance{Image: picture(t, blue)} }},
		"both alone":    {[4]float64{50, 100, 250, 190}, 0, func(a *Appearance) { a.Title, a.Lines, a.Time = "", nil, time.Time{} }},
	} {
		t.Run(name, func(t *testing.T) {
			o := w.options(t, demopki.P256)
			a := full()
			if c.change != nil {
				c.change(a)
			}
			o.Rect, o.Appearance = c.rect, a
			out, _ := sealed(t, fullForm(fmt.Sprintf("/Rotate %d", c.rotate), ""), o)
			accepted(t, out, 1, "")
			m := rendered(t, strings.ReplaceAll(name, " ", "-"), out)
			dark, coloured := ink(m)
			if got := dark > 300; got != (a.hasText() || a.QR != "") {
				t.Errorf("%d dark pixels", dark)
			}
			if got := coloured > 300; got != (a.Image != nil) {
				t.Errorf("%d coloured pixels", coloured)
			}
			if a.QR != "" {
				readable(t, m, a.QR)
			}
		})
	}
}

// ink counts black pixels and blue ones.
func ink(m image.Image) (dark, coloured int) {
	b := m.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			switch r, g, bl, _ := m.At(x, y).RGBA(); {
			case r < 0x4000 && g < 0x4000 && bl < 0x4000:
				dark++
			case bl > r+0x3000 && bl > g+0x3000:
				coloured++
			}
		}
	}
	return dark, coloured
}

// readable looks for the code's modules on the page: somewhere, at some size, upright, every one of them has its colour.
func readable(t *testing.T, m image.Image, text string) {
	t.Helper()
	c, err := newCode(text)
	if err != nil {
		t.Fatal(err)
	}
	at := func(x, y float64) bool {
		r, _, _, _ := m.At(int(x), int(y)).RGBA()
		return r < 0x8000
	}
	b := m.Bounds()
	for module := 1.4; module < 8; module += 0.05 {
		side := module * float64(len(c))
		for y := 0.0; y+side < float64(b.Dy()); y++ {
			for x := 0.0; x+side < float64(b.Dx()); x++ {
				if matches(c, at, x, y, module) {
					return
				}
			}
		}
	}
	t.Error("the QR code is not on the page")
}

func matches(c code, at func(x, y float64) bool, x, y, module float64) bool {
	wrong := 0
	for r := range c {
		for n := range c[r] {
			if at(x+(float64(n)+0.5)*module, y+(float64(r)+0.5)*module) != c[r][n] {
				if wrong++; wrong > len(c)/4 || r < 7 && n < 7 {
					return false
				}
			}
		}
	}
	return true
}

func TestPicturesThatAreNone(t *testing.T) {
	huge := pngOf(t, image.NewGray(image.Rect(0, 0, 1, 1)))
	copy(huge[16:], []byte{0, 1, 0, 0, 0, 1, 0, 0}) // 65,536 pixels each way; the checksum no longer fits, which comes later
	cut := pngOf(t, stamp(64, blue))
	for name, file := range map[string][]byte{
		"empty": nil, "no picture": []byte("%PDF-1.7"), "cut": cut[:len(cut)/2], "a bomb": huge, "too long": make([]byte, maxImageBytes+1),
		"too many pixels": pngOf(t, image.NewGray(image.Rect(0, 0, 1500, 1500))), "too wide": pngOf(t, image.NewGray(image.Rect(0, 0, 5000, 1))),
	} {
		if _, err := NewImage(file); !errors.Is(err, ErrImage) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSamples: transparent is white, gray stays gray, a JPEG is read.
func TestSamples(t *testing.T) {
	i, err := NewImage(pngOf(t, stamp(10, color.NRGBA{100, 100, 100, 255})))
	if err != nil || !i.gray {
		t.Fatalf("%+v %v", i, err)
	}
	if s := i.samples(stamp(10, blue)); i.gray || len(s) != 300 || s[0] != 255 || s[(5*10+5)*3+2] != 160 {
		t.Error(s)
	}
	half := color.NRGBA{0, 0, 0, 128}
	if r, g, b := onWhite(half); r != 127 || g != 127 || b != 127 {
		t.Error(r, g, b)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, stamp(32, blue), nil); err != nil {
		t.Fatal(err)
	}
	if i, err := NewImage(b.Bytes()); err != nil || i.gray || i.width != 32 {
		t.Errorf("%+v %v", i, err)
	}
}

func TestWhatDoesNotFitIsRefused(t *testing.T) {
	w := newWorld(t)
	for name, a := range map[string]*Appearance{
		"nothing": {}, "a code too small": {Title: "Möhür", QR: strings.Repeat("a", 300)}, "a code too long": {QR: strings.Repeat("a", 4000)},
		"text beside a code": {QR: lookup, Title: "Möhür", Lines: []string{strings.Repeat("uzun mətn ", 60)}},
	} {
		o := w.options(t, demopki.P256)
		o.Rect, o.Appearance = [4]float64{10, 10, 110, 60}, a
		var out bytes.Buffer
		in := letter(t)
		if _, err := Sign(t.Context(), bytes.NewReader(in), int64(len(in)), &out, o); !errors.Is(err, ErrAppearance) || out.Len() > 0 {
			t.Errorf("%s: %v, %d bytes", name, err, out.Len())
		}
	}
}

// TestSameAppearanceSameBytes: what two steps build is the same.
func TestSameAppearanceSameBytes(t *testing.T) {
	var forms [][]byte
	for range 2 {
		d, err := pdf.Open(bytes.NewReader(fullForm("", "")), int64(len(fullForm("", ""))), pdf.Options{})
		if err != nil {
			t.Fatal(err)
		}
		u, err := pdf.NewUpdate(d)
		if err != nil {
			t.Fatal(err)
		}
		a := visible()
		a.QR, a.Image = lookup, picture(t, blue)
		if _, err := a.draw(u, [4]float64{0, 0, 280, 80}, 0); err != nil {
			t.Fatal(err)
		}
		b, _, err := u.Increment()
		if err != nil {
			t.Fatal(err)
		}
		forms = append(forms, b)
	}
	if !bytes.Equal(forms[0], forms[1]) {
		t.Error("the same appearance came out differently")
	}
}

func FuzzImage(f *testing.F) {
	f.Add(pngOf(f, stamp(8, blue)))
	var b bytes.Buffer
	if err := jpeg.Encode(&b, stamp(8, blue), nil); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, file []byte) {
		i, err := NewImage(file)
		if err == nil && (i.width < 1 || i.height < 1 || len(i.packed) == 0) {
			t.Errorf("%+v", i)
		}
		if err != nil && !errors.Is(err, ErrImage) {
			t.Error(err)
		}
	})
}
