package release

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"mohur/docket"
	"mohur/internal/demopki"
	"mohur/internal/store/blob"
	"mohur/signing"
	"mohur/signing/cades"
	"mohur/verify/etsi"
)

// shelf is a store with a judge whose verdicts are laid down by file.
type shelf struct {
	*testing.T
	*blob.Dir
	verdicts map[docket.Hash][]docket.SignatureVerdict
	judged   []docket.Hash // files and what lay beside them
}

func newShelf(t *testing.T) *shelf {
	d, err := blob.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return &shelf{T: t, Dir: d, verdicts: map[docket.Hash][]docket.SignatureVerdict{}}
}

func (s *shelf) put(text string, sigs ...docket.SignatureVerdict) docket.Hash {
	s.Helper()
	b, err := s.Put(s.Context(), strings.NewReader(text), 1<<20)
	if err != nil {
		s.Fatal(err)
	}
	s.verdicts[b.Hash] = sigs
	return b.Hash
}

func (s *shelf) judge(_ context.Context, file, beside docket.Hash) (*docket.Verification, error) {
	s.judged = append(s.judged, file, beside)
	return &docket.Verification{Signatures: s.verdicts[file]}, nil
}

const cert, level = docket.Hash("c0ffee"), "PAdES-BASELINE-T"

func own(change func(*docket.SignatureVerdict)) docket.SignatureVerdict {
	g := docket.SignatureVerdict{ID: "S-9", Certificate: cert, Level: level, Covers: "whole", Modified: "none", Indication: etsi.TotalPassed}
	if change != nil {
		change(&g)
	}
	return g
}

// kept says what a file was kept back for; empty when it may go.
func (s *shelf) kept(want Sealed) string {
	s.Helper()
	want.Certificate = cert
	if want.Level == "" {
		want.Level = level
	}
	v, err := Check(s.Context(), s, s.judge, want)
	e, refusal := errors.AsType[*docket.Error](err)
	switch {
	case err == nil && v != nil:
		return ""
	case !refusal || e.Key != docket.KeySealRefused:
		s.Fatalf("%v", err)
	}
	return e.Args["check"].(string)
}

func TestOwnSignature(t *testing.T) {
	for want, change := range map[string]func(*docket.SignatureVerdict){
		"":                          nil,
		"level PAdES-BASELINE-B":    func(g *docket.SignatureVerdict) { g.Level = "PAdES-BASELINE-B" },
		"INDETERMINATE TRY_LATER":   func(g *docket.SignatureVerdict) { g.Indication, g.SubIndication = etsi.Indeterminate, etsi.TryLater },
		"own_signature_missing":     func(g *docket.SignatureVerdict) { g.Certificate = "other" },
		"own_signature_missing ":    func(g *docket.SignatureVerdict) { g.Covers = "revision" },
		"modified":                  func(g *docket.SignatureVerdict) { g.Modified = "permitted" },
		"TOTAL-FAILED HASH_FAILURE": func(g *docket.SignatureVerdict) { g.Indication, g.SubIndication = etsi.TotalFailed, etsi.HashFailure },
	} {
		s := newShelf(t)
		if got := s.kept(Sealed{Document: s.put("%PDF"), File: s.put("%PDF+", own(change))}); got != strings.TrimSpace(want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestLongTermLevels: increments with validation data follow our signature, which was not in the input.
func TestLongTermLevels(t *testing.T) {
	long := func(change func(*docket.SignatureVerdict)) docket.SignatureVerdict {
		return own(func(g *docket.SignatureVerdict) {
			g.Level, g.Covers, g.Modified = "PAdES-BASELINE-LTA", "revision", "permitted"
			if change != nil {
				change(g)
			}
		})
	}
	for want, change := range map[string]func(*docket.SignatureVerdict){
		"":                         nil,
		"level PAdES-BASELINE-LT":  func(g *docket.SignatureVerdict) { g.Level = "PAdES-BASELINE-LT" },
		"modified":                 func(g *docket.SignatureVerdict) { g.Modified = "forbidden" },
		"own_signature_missing":    func(g *docket.SignatureVerdict) { g.Covers, g.Modified = "whole", "none" },
		"INDETERMINATE TRY_LATER":  func(g *docket.SignatureVerdict) { g.Indication, g.SubIndication = etsi.Indeterminate, etsi.TryLater },
		"own_signature_missing  ":  func(g *docket.SignatureVerdict) { g.Covers = "part" },
		"own_signature_missing   ": func(g *docket.SignatureVerdict) { g.Certificate = "other" },
	} {
		s := newShelf(t)
		if got := s.kept(Sealed{Document: s.put("%PDF"), File: s.put("%PDF+", long(change)), Level: "PAdES-BASELINE-LTA"}); got != strings.TrimSpace(want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
	s := newShelf(t)
	if got := s.kept(Sealed{Document: s.put("%PDF", long(nil)), File: s.put("%PDF+", long(nil)), Level: "PAdES-BASELINE-LTA"}); got != "own_signature_missing" {
		t.Errorf("the input was sealed already: %q", got)
	}
}

func TestExactPrefix(t *testing.T) {
	s := newShelf(t)
	in := s.put("%PDF-in")
	for text, want := range map[string]string{"%PDF-in": "nothing_added", "%PDF-IN and more": "prefix", "%PDF": "prefix", "%PDF-in and more": ""} {
		if got := s.kept(Sealed{Document: in, File: s.put(text, own(nil))}); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	rotten := &rot{s.Dir, in, s.put("%PDF-other")}
	_, err := Check(t.Context(), rotten, s.judge, Sealed{Document: in, File: s.put("%PDF-other and more", own(nil)), Certificate: cert, Level: level})
	if e, _ := errors.AsType[*docket.Error](err); e == nil || e.Args["check"] != "input_hash" {
		t.Errorf("bytes that rotted on the disk: %v", err)
	}
}

// rot is a store in which one file holds another's bytes.
type rot struct {
	*blob.Dir
	name, bytes docket.Hash
}

func (r *rot) Open(ctx context.Context, h docket.Hash) (docket.BlobReader, error) {
	if h == r.name {
		h = r.bytes
	}
	return r.Dir.Open(ctx, h)
}

func TestEarlierSignatures(t *testing.T) {
	earlier := func(i etsi.Indication) docket.SignatureVerdict {
		return docket.SignatureVerdict{ID: "S-0", Covers: "revision", Indication: i}
	}
	order := []etsi.Indication{etsi.TotalFailed, etsi.Indeterminate, etsi.TotalPassed}
	for b, before := range order {
		for a, after := range order {
			s := newShelf(t)
			in, out := s.put("%PDF", earlier(before)), s.put("%PDF+", earlier(after), own(nil))
			want := ""
			if a < b {
				want = "earlier_signature"
			}
			if got := s.kept(Sealed{Document: in, File: out}); got != want {
				t.Errorf("%s before, %s after: %q", before, after, got)
			}
			known := &docket.Verification{Signatures: s.verdicts[in]}
			s.judged = nil
			if got := s.kept(Sealed{Document: in, File: out, Before: known}); got != want || len(s.judged) != 2 {
				t.Errorf("with the verdict at hand: %q after judging %v", got, s.judged)
			}
		}
	}
	s := newShelf(t)
	in, gone := s.put("%PDF", earlier(etsi.TotalPassed)), s.put("%PDF+", own(nil), docket.SignatureVerdict{ID: "S-7"})
	if got := s.kept(Sealed{Document: in, File: gone}); got != "earlier_signature" {
		t.Errorf("one that is gone: %q", got)
	}
}

func TestMessages(t *testing.T) {
	s := newShelf(t)
	h, err := demopki.New(demopki.Options{})
	if err != nil {
		t.Fatal(err)
	}
	signer, err := h.Body(demopki.Body{Organisation: "Qurum"})
	if err != nil {
		t.Fatal(err)
	}
	message := func(text string, detached bool) docket.Hash {
		var b strings.Builder
		_, err := cades.Sign(t.Context(), strings.NewReader(text), int64(len(text)), &b, cades.Options{
			Request: signing.Request{Signer: signer.Key, Certificate: signer.Certificate, Now: demopki.Epoch}, Detached: detached,
		})
		if err != nil {
			t.Fatal(err)
		}
		return s.put(b.String(), own(nil))
	}
	in := s.put("content")
	for name, c := range map[string]struct {
		file docket.Hash
		want string
	}{
		"its content": {message("content", false), ""}, "another content": {message("Content", false), "input_hash"}, "no content": {message("content", true), "content"},
		"no message": {s.put("text", own(nil)), "content"},
	} {
		if got := s.kept(Sealed{Document: in, File: c.file, Packaging: Content}); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	beside := message("content", true)
	s.judged = nil
	if got := s.kept(Sealed{Document: in, File: beside, Packaging: Detached}); got != "" || s.judged[0] != beside || s.judged[1] != in {
		t.Errorf("%q after judging %v", got, s.judged)
	}
}

func TestReadersThatFail(t *testing.T) {
	broken := iotest.ErrReader(errors.New("disk"))
	if _, err := SameBytes(strings.NewReader(""), broken); docket.KeyOf(err) != docket.KeyDisk {
		t.Error(err)
	}
	for _, c := range []struct {
		a, b string
		same bool
	}{{"", "", true}, {"a", "a", true}, {"a", "b", false}, {"a", "", false}, {strings.Repeat("x", 70<<10), strings.Repeat("x", 70<<10), true}, {strings.Repeat("x", 70<<10), strings.Repeat("x", 70<<10) + "y", false}} {
		if same, err := SameBytes(strings.NewReader(c.a), io.MultiReader(strings.NewReader(c.b))); err != nil || same != c.same {
			t.Errorf("%d and %d octets: %v %v", len(c.a), len(c.b), same, err)
		}
	}
}
