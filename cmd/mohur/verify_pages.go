package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"mohur/verify"
	"mohur/verify/report"
)

// maxDrawn bounds how many signed revisions of one document are drawn.
const maxDrawn = 8

// drawPagesOf draws a PDF as each signature closed it and as it is now, into the folder of --pages, and says on which pages the two look
// different. What it can't draw it says in one sentence: no verdict waits for a picture or depends on one.
func (e *extraReports) drawPagesOf(ctx context.Context, name string, r *verify.Report, lang string) string {
	if e.pages == "" || r.Format != verify.FormatPDF && r.Format != verify.FormatPAdES {
		return ""
	}
	said, err := e.compareRevisions(ctx, name, r, lang)
	if err != nil {
		said = append(said, report.Text(lang, "PAGES_none", []verify.Arg{{Name: "cause", Value: err.Error()}}))
	}
	return strings.Join(said, "")
}

// compareRevisions draws and compares; it returns a line for each signed revision.
func (e *extraReports) compareRevisions(ctx context.Context, name string, r *verify.Report, lang string) ([]string, error) {
	f, size, err := openFile(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	file, err := describeFile(name)
	if err != nil {
		return nil, err
	}
	base := filepath.Join(e.pages, reportName(name, file.SHA256))
	last, err := drawRevision(ctx, f, size, base+".last")
	if err != nil {
		return nil, err
	}
	var said []string
	var drawn []int64
	for i, s := range r.Signatures {
		end := signedEnd(s)
		if end <= 0 || end > size || slices.Contains(drawn, end) || len(drawn) == maxDrawn {
			continue
		}
		drawn = append(drawn, end)
		args := []verify.Arg{{Name: "n", Value: strconv.Itoa(i + 1)}, {Name: "folder", Value: e.pages}}
		if s.Coverage == verify.CoversWhole {
			said = append(said, report.Text(lang, "PAGES_whole", args)+"\n")
			continue
		}
		signed, err := drawRevision(ctx, f, end, fmt.Sprintf("%s.signed-%d", base, i+1))
		if err != nil {
			return said, err
		}
		differ, err := markDifferences(signed, last, fmt.Sprintf("%s.differs-%d", base, i+1))
		if err != nil {
			return said, err
		}
		key := "PAGES_same"
		if len(differ) > 0 {
			key, args = "PAGES_differ", append(args, verify.Arg{Name: "pages", Value: strings.Join(differ, ", ")})
		}
		said = append(said, report.Text(lang, key, args)+"\n")
	}
	return said, nil
}

// signedEnd is where the bytes end that a signature covers, 0 if it does not say.
func signedEnd(s *verify.SignatureReport) int64 {
	if b := s.Technical.ByteRange; len(b) == 4 && s.Coverage != verify.CoversPartial {
		return b[2] + b[3]
	}
	return 0
}

// drawRevision draws the first bytes of a file and moves the pages to PREFIX-N.png; it returns their names in order.
func drawRevision(ctx context.Context, f io.ReaderAt, end int64, prefix string) ([]string, error) {
	folder, err := os.MkdirTemp("", "mohur-draw-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	if err := drawIn(ctx, folder, io.NewSectionReader(f, 0, end)); err != nil {
		return nil, err
	}
	found, err := filepath.Glob(filepath.Join(folder, "page-*.png"))
	if err != nil {
		return nil, err
	}
	pages := map[int]string{}
	for _, p := range found {
		n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(filepath.Base(p), "page-"), ".png"))
		if err == nil {
			pages[n] = p
		}
	}
	var out []string
	for n := 1; pages[n] != ""; n++ {
		to := fmt.Sprintf("%s-%02d.png", prefix, n)
		if err := copyPicture(to, pages[n]); err != nil {
			return nil, err
		}
		out = append(out, to)
	}
	if len(out) == 0 {
		return nil, errors.New(drawer + " drew no page")
	}
	return out, nil
}

// copyPicture takes over a picture that the drawing process left: a regular file and nothing else.
func copyPicture(to, from string) error {
	info, err := os.Lstat(from)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() || info.Size() > drawFile {
		return fmt.Errorf("%s is no picture", filepath.Base(from))
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	return writeWhole(to, func(w io.Writer) error {
		_, err := io.Copy(w, in)
		return err
	})
}

// markDifferences compares two revisions page by page and writes PREFIX-N.png for each page that looks different, with a red frame around what
// does. It returns the numbers of these pages; a page that only one of them has counts.
func markDifferences(signed, last []string, prefix string) ([]string, error) {
	var out []string
	for i := range max(len(signed), len(last)) {
		number := strconv.Itoa(i + 1)
		if i >= len(signed) || i >= len(last) {
			out = append(out, number)
			continue
		}
		was, err := readPicture(signed[i])
		if err != nil {
			return nil, err
		}
		is, err := readPicture(last[i])
		if err != nil {
			return nil, err
		}
		where := difference(was, is)
		if where.Empty() {
			continue
		}
		out = append(out, number)
		if err := writeWhole(fmt.Sprintf("%s-%02d.png", prefix, i+1), func(w io.Writer) error { return png.Encode(w, framed(is, where)) }); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// readPicture reads a picture of at most the size that was asked for.
func readPicture(name string) (image.Image, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	c, err := png.DecodeConfig(f)
	if err != nil {
		return nil, err
	}
	if c.Width > drawSide+1 || c.Height > drawSide+1 {
		return nil, fmt.Errorf("%s is larger than it should be", filepath.Base(name))
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return png.Decode(f)
}

// difference is the smallest rectangle outside which two pictures are the same; all of it when their sizes differ.
func difference(a, b image.Image) image.Rectangle {
	if a.Bounds() != b.Bounds() {
		return b.Bounds()
	}
	var out image.Rectangle
	for y := a.Bounds().Min.Y; y < a.Bounds().Max.Y; y++ {
		for x := a.Bounds().Min.X; x < a.Bounds().Max.X; x++ {
			r1, g1, b1, _ := a.At(x, y).RGBA()
			r2, g2, b2, _ := b.At(x, y).RGBA()
			if r1 != r2 || g1 != g2 || b1 != b2 {
				out = out.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return out
}

// framed is a picture with a red frame around a part of it.
func framed(p image.Image, part image.Rectangle) image.Image {
	const thick = 3
	out := image.NewRGBA(p.Bounds())
	draw.Draw(out, out.Bounds(), p, p.Bounds().Min, draw.Src)
	red := image.NewUniform(color.RGBA{R: 200, A: 255})
	outer := part.Inset(-2 * thick).Intersect(out.Bounds())
	for _, side := range []image.Rectangle{
		{outer.Min, image.Pt(outer.Max.X, outer.Min.Y+thick)},
		{image.Pt(outer.Min.X, outer.Max.Y-thick), outer.Max},
		{outer.Min, image.Pt(outer.Min.X+thick, outer.Max.Y)},
		{image.Pt(outer.Max.X-thick, outer.Min.Y), outer.Max},
	} {
		draw.Draw(out, side.Intersect(out.Bounds()), red, image.Point{}, draw.Src)
	}
	return out
}
