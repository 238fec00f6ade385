package typeface

import (
	"bytes"
	"errors"
	"testing"

	"mohur/third_party/dejavu"
)

const azerbaijani = "AaBbCcÇçDdEeƏəFfGgĞğHhXxIıİiJjKkQqLlMmNnOoÖöPpRrSsŞşTtUuÜüVvYyZz №«»–—0123456789"

func face(t testing.TB) *Face {
	t.Helper()
	f, err := Parse(dejavu.Regular())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestDejaVuHasEveryAzerbaijaniLetter(t *testing.T) {
	f := face(t)
	if r, missing := f.Missing(azerbaijani + "Электронный документ"); missing {
		t.Fatalf("no glyph for %q", r)
	}
	if f.Name != "DejaVuSans" || f.Ascent < 700 || f.Descent > -200 || f.CapHeight != 729 {
		t.Errorf("metrics: %s %d %d %d", f.Name, f.Ascent, f.Descent, f.CapHeight)
	}
	if g, _ := f.Glyph(' '); f.Advance(g) != 317 {
		t.Errorf("a space is %d wide", f.Advance(g))
	}
	if r, missing := f.Missing("漢"); !missing || r != '漢' {
		t.Error("a letter that DejaVu lacks was not named")
	}
}

func TestSubsetKeepsOutlinesWidthsAndNumbers(t *testing.T) {
	f := face(t)
	var glyphs []GlyphID
	for _, r := range azerbaijani {
		g, _ := f.Glyph(r)
		glyphs = append(glyphs, g)
	}
	small, err := f.Subset(glyphs)
	if err != nil {
		t.Fatal(err)
	}
	if len(small) > 70_000 {
		t.Errorf("the subset has %d bytes", len(small))
	}
	if s := sum(small); s != 0xB1B0AFBA {
		t.Errorf("the file's checksum is %08X", s)
	}
	if len(glyphs) > 1 { // the order of the letters must not show
		reversed := append([]GlyphID(nil), glyphs...)
		for i, j := 0, len(reversed)-1; i < j; i, j = i+1, j-1 {
			reversed[i], reversed[j] = reversed[j], reversed[i]
		}
		if again, _ := f.Subset(reversed); !bytes.Equal(again, small) {
			t.Error("another order of the same letters gave another font")
		}
	}
	sub := &Face{raw: small, tables: map[string][]byte{}}
	sub.tables["cmap"] = []byte{} // a subset needs none: the PDF maps codes to glyphs itself
	for _, step := range []func() error{sub.directoryForTest, sub.readHead, sub.readMetrics} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	for _, g := range glyphs {
		want, _ := f.outline(g)
		got, err := sub.outline(g)
		if err != nil || !bytes.Equal(bytes.TrimRight(got, "\x00"), bytes.TrimRight(want, "\x00")) {
			t.Errorf("glyph %d: outline differs (%v)", g, err)
		}
		if sub.Advance(g) != f.Advance(g) {
			t.Errorf("glyph %d: width %d, was %d", g, sub.Advance(g), f.Advance(g))
		}
		parts, _ := f.components(g)
		for _, p := range parts {
			if o, err := sub.outline(p); err != nil || len(o) == 0 {
				t.Errorf("glyph %d lost its part %d", g, p)
			}
		}
	}
}

// directoryForTest reads a font without a cmap.
func (f *Face) directoryForTest() error {
	err := f.readDirectory()
	f.tables["cmap"] = []byte{}
	if err != nil && !errors.Is(err, ErrMalformed) {
		return err
	}
	return nil
}

func TestBrokenFontsAreRefused(t *testing.T) {
	good := dejavu.Regular()
	for name, b := range map[string][]byte{
		"empty": nil, "a PDF": []byte("%PDF-1.7 and more bytes"), "directory cut": good[:40], "tables cut": good[:len(good)/2],
	} {
		if _, err := Parse(b); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	small, err := face(f).Subset([]GlyphID{36, 68})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(small)
	f.Add(dejavu.Regular()[:1<<16])
	f.Fuzz(func(t *testing.T, b []byte) {
		fc, err := Parse(b)
		if err != nil {
			return
		}
		for _, r := range fc.runs {
			if g, ok := fc.Glyph(r.first); ok {
				fc.Advance(g)
				_, _ = fc.Subset([]GlyphID{g})
				break
			}
		}
	})
}
