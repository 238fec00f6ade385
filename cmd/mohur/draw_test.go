package main

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestVerifyPagesShowsWhatWasReplaced(t *testing.T) {
	dir := verifyFixture(t)
	good, err := os.ReadFile(filepath.Join(dir, "docs", "good.pdf"))
	if err != nil {
		t.Fatal(err)
	}
	replaced := filepath.Join(dir, "replaced.pdf")
	bad, err := replacePage(good)
	if err == nil {
		err = os.WriteFile(replaced, bad, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	pictures := filepath.Join(dir, "pictures")
	status, out, diagnostics := mohurVerify(t, dir, "--lang", "en", "--pages", pictures, replaced)
	if status == exitFailed && strings.Contains(out, errNoIsolation.Error()) {
		t.Log("this machine allows no isolation, so nothing is drawn")
		return
	}
	if status != exitFailed || !strings.Contains(out, "pages that look different from what was signed: 1.") {
		t.Fatalf("status %d\n%s%s", status, out, diagnostics)
	}
	for _, kind := range []string{"signed-1", "last", "differs-1"} {
		if found, _ := filepath.Glob(filepath.Join(pictures, "replaced.pdf.*."+kind+"-01.png")); len(found) != 1 {
			t.Errorf("no picture %s", kind)
		}
	}
	// What can't be drawn changes no verdict and is said in a sentence.
	t.Setenv("PATH", t.TempDir())
	status, out, _ = mohurVerify(t, dir, "--lang", "en", "--pages", pictures, filepath.Join(dir, "docs", "good.pdf"))
	if status != exitPassed || !strings.Contains(out, "pdftoppm, which is not installed") {
		t.Errorf("without the program: status %d\n%s", status, out)
	}
}

func TestDifferenceIsTheSmallestFrame(t *testing.T) {
	a, b := image.NewRGBA(image.Rect(0, 0, 50, 50)), image.NewRGBA(image.Rect(0, 0, 50, 50))
	if !difference(a, b).Empty() {
		t.Error("two equal pictures differ")
	}
	b.Set(10, 20, color.White)
	b.Set(12, 30, color.White)
	if got := difference(a, b); got != image.Rect(10, 20, 13, 31) {
		t.Error(got)
	}
	if got := difference(a, image.NewRGBA(image.Rect(0, 0, 9, 9))); got != image.Rect(0, 0, 9, 9) {
		t.Error(got)
	}
	if r, _, _, _ := framed(b, image.Rect(10, 20, 13, 31)).At(4, 20).RGBA(); r>>8 != 200 {
		t.Errorf("no red frame: %d", r>>8)
	}
}

func TestDrawIsForMohurItself(t *testing.T) {
	var out, errs bytes.Buffer
	if status := run([]string{"draw"}, nil, &out, &errs); status != exitUnable || !strings.Contains(errs.String(), "started by mohur itself") {
		t.Errorf("%d %s", status, errs.String())
	}
	_, err := drawRevision(context.Background(), strings.NewReader("no pdf"), 6, filepath.Join(t.TempDir(), "x"))
	if err == nil {
		t.Error("what is no PDF was drawn")
	}
	if errors.Is(err, errNoIsolation) {
		t.Log("this machine allows no isolation, so nothing is drawn")
	}
}
