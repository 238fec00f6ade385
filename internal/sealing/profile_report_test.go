package sealing

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
	"mohur/internal/desk"
	"mohur/verify/etsi"
)

// pages is a service with a profile for reports, of which two a day may be sealed.
func pages(t *testing.T) *seals {
	t.Helper()
	s := newSeals(t, sqlite(t))
	s.profile("reports", func(p *docket.SealTerms) {
		p.Kinds, p.Clients, p.PerDay, p.Input = []string{docket.KindVerdictReport}, nil, 2, docket.InputUnsigned
	})
	s.sealer.during = func(docket.Hash) { s.wait(time.Millisecond) } // so that the log's entries sort
	return s
}

// logged lists the actions of the log, oldest first.
func (s *seals) logged() (out []string) {
	s.Helper()
	list, err := s.store.Newest(s.Context(), 100)
	if err != nil {
		s.Fatal(err)
	}
	for _, l := range slices.Backward(list) {
		out = append(out, l.Entry.Action)
	}
	return out
}

func TestAPageIsSealedByTheProfileOfItsKind(t *testing.T) {
	s := pages(t)
	var counted int
	s.sealer.during = func(docket.Hash) { // counted and logged before anything is signed
		s.tx(func(w docket.Work) error {
			list, err := w.SealCounts(t.Context(), calendar.DateOf(s.time()))
			for _, c := range list {
				if c.Scope == ProfileScope("reports") {
					counted = c.N
				}
			}
			return err
		})
		if got := s.logged(); !slices.Equal(got, []string{docket.AuditSealIntended}) {
			t.Errorf("logged before: %v", got)
		}
		s.wait(time.Millisecond)
	}
	sealed, err := s.SealPage(t.Context(), docket.KindVerdictReport, []byte("%PDF-report"))
	if err != nil || !strings.HasPrefix(string(sealed), "%PDF-report"+mark) || counted != 1 {
		t.Fatalf("%q %v, counted %d", sealed, err, counted)
	}
	if got := s.logged(); !slices.Equal(got, []string{docket.AuditSealIntended, docket.AuditSealReleased}) {
		t.Errorf("logged: %v", got)
	}
	if got := s.rows(); len(got) != 0 {
		t.Errorf("a page left %d requests", len(got))
	}
	if !s.Seals(t.Context(), docket.KindVerdictReport) || s.Seals(t.Context(), docket.KindPersonnelOrder) {
		t.Error("Seals does not say which kinds are sealed")
	}
}

func TestAPageThatIsNotSealed(t *testing.T) {
	s := pages(t)
	_, err := s.SealPage(t.Context(), docket.KindPersonnelOrder, []byte("%PDF-1"))
	wantKey(t, err, docket.KeyKindUnsealed)
	for name, g := range map[string]func(*docket.SignatureVerdict){
		"not passed":  func(g *docket.SignatureVerdict) { g.Indication = etsi.Indeterminate },
		"below level": func(g *docket.SignatureVerdict) { g.Level = "PAdES-BASELINE-B" },
	} {
		s.sealer.verdict = g
		sealed, err := s.SealPage(t.Context(), docket.KindVerdictReport, []byte("%PDF-1"))
		wantKey(t, err, docket.KeySealRefused)
		if sealed != nil {
			t.Errorf("%s: the page left", name)
		}
		if got := s.logged(); got[len(got)-1] != docket.AuditSealFailed {
			t.Errorf("%s: logged %v", name, got)
		}
	}
	s.sealer.verdict = nil
	_, err = s.SealPage(t.Context(), docket.KindVerdictReport, []byte("%PDF-1")) // the two that failed were signed, and count
	wantKey(t, err, docket.KeyProfileSpent)
	before := s.sealer.cSign.Load()
	if _, err = s.SealPage(t.Context(), docket.KindVerdictReport, []byte("%PDF-1")); err == nil || s.sealer.cSign.Load() != before {
		t.Error("signed beyond the day's count")
	}
	s.wait(24 * time.Hour)
	if _, err = s.SealPage(t.Context(), docket.KindVerdictReport, []byte("%PDF-1")); err != nil {
		t.Errorf("the next day: %v", err)
	}
	none, err := New(Options{Store: s.store, Now: s.time})
	if err != nil {
		t.Fatal(err)
	}
	_, err = none.SealPage(t.Context(), docket.KindVerdictReport, []byte("%PDF-1"))
	wantKey(t, err, docket.KeyNoSigningWay)
	if none.Seals(t.Context(), docket.KindVerdictReport) {
		t.Error("a service without a sealer seals")
	}
}

func TestShelf(t *testing.T) {
	s := &shelf{}
	if _, err := s.Put(t.Context(), strings.NewReader("abc"), 2); docket.CodeOf(err) != docket.CodeTooLarge {
		t.Errorf("too large: %v", err)
	}
	w, err := s.Create(t.Context(), 6)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []func() (int, error){
		func() (int, error) { return w.Write([]byte("xx")) }, func() (int, error) { return w.WriteAt([]byte("cd"), 2) },
		func() (int, error) { return w.WriteAt([]byte("ab"), 0) }, func() (int, error) { return w.Write([]byte("ef")) },
	} {
		if _, err := step(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Write([]byte("g")); docket.CodeOf(err) != docket.CodeTooLarge {
		t.Errorf("beyond the limit: %v", err)
	}
	b, err := w.Commit()
	if err != nil || b.Size != 6 {
		t.Fatalf("%+v %v", b, err)
	}
	if _, err := w.Write([]byte("")); err == nil {
		t.Error("written after the commit")
	}
	f, err := s.Open(t.Context(), b.Hash)
	if err != nil || f.Size() != 6 {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(f); err != nil || string(got) != "abcdef" {
		t.Errorf("%q %v", got, err)
	}
	if err := s.Remove(t.Context(), b.Hash); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Open(t.Context(), b.Hash); docket.CodeOf(err) != docket.CodeNotFound {
		t.Errorf("removed: %v", err)
	}
}

func TestAPageFallsOverToAnotherMember(t *testing.T) {
	s := pages(t)
	s.sealer.members[0].err = errors.Join(desk.ErrMember, docket.Refuse(docket.CodeUnavailable, docket.KeySealStopped))
	sealed, err := s.SealPage(t.Context(), docket.KindVerdictReport, []byte("%PDF-report"))
	if err != nil || !strings.Contains(string(sealed), string(s.sealer.members[1].Certificate)) {
		t.Errorf("%q %v", sealed, err)
	}
	s.wait(24 * time.Hour)
	s.sealer.members[1].err = s.sealer.members[0].err
	_, err = s.SealPage(t.Context(), docket.KindVerdictReport, []byte("%PDF-report"))
	wantKey(t, err, docket.KeySealStopped)
	s.wait(24 * time.Hour)
	s.sealer.members[0].err = docket.Refuse(docket.CodeUnavailable, docket.KeyTimestamp) // no member's fault
	s.sealer.members[1].err = nil
	_, err = s.SealPage(t.Context(), docket.KindVerdictReport, []byte("%PDF-report"))
	wantKey(t, err, docket.KeyTimestamp)
}
