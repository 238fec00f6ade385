package verify_test

import (
	"bytes"
	"context"
	"runtime"
	"sync"
	"testing"

	"mohur/internal/demopki"
	"mohur/signing/pades"
	"mohur/verify"
	"mohur/verify/etsi"
)

// TestLargeDocumentsAreStreamed: what is allocated does not grow with the document.
func TestLargeDocumentsAreStreamed(t *testing.T) {
	w := newWorld(t)
	doc := w.sign(large(48<<20), w.person(demopki.Person{}), nil)
	in := w.input(doc)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r := w.verify(in)
	runtime.ReadMemStats(&after)
	if r.Indication != etsi.TotalPassed {
		t.Fatalf("%s/%s", r.Indication, r.SubIndication)
	}
	if got := after.TotalAlloc - before.TotalAlloc; got > 12<<20 {
		t.Errorf("%d bytes allocated for a document of %d", got, len(doc))
	}
}

// TestDocumentsSideBySide: one trust store and one revocation source serve many verdicts at a time, all the same.
func TestDocumentsSideBySide(t *testing.T) {
	w := newWorld(t)
	doc := w.sign(page("salam"), w.person(demopki.Person{}), stamped(w.pki))
	in := w.input(doc)
	want := dump(t, w.verify(in))
	var g sync.WaitGroup
	for range 8 {
		g.Go(func() {
			own := in
			own.Content = bytes.NewReader(doc)
			r, err := verify.Document(context.Background(), own, nil)
			if err != nil || !bytes.Equal(dump(t, r), want) {
				t.Errorf("another verdict side by side: %v", err)
			}
		})
	}
	g.Wait()
}

// TestStopsWhenAsked: a cancelled context ends the work with its error.
func TestStopsWhenAsked(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := verify.Document(ctx, w.input(w.sign(page("salam"), w.person(demopki.Person{}), nil)), nil); err == nil {
		t.Error("it went on")
	}
}

// TestFontExchangedUnderACertification: what draws the page is the page.
func TestFontExchangedUnderACertification(t *testing.T) {
	w := newWorld(t)
	first := w.sign(page("salam"), w.person(demopki.Person{}), func(o *pades.Options) { o.Certification = 1 })
	r := w.verify(w.input(update(first, 5, "<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>")))
	if r.SubIndication != etsi.FormatFailure || r.Signatures[0].Modified != verify.ModifiedForbidden || !r.Signatures[0].Intact {
		t.Errorf("a font exchanged under a certification: %s %s intact %v", r.SubIndication, r.Signatures[0].Modified, r.Signatures[0].Intact)
	}
}
