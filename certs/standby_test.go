package certs

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"
)

// shelf is a cache of a test, with a server behind it.
type shelf struct {
	mu      sync.Mutex
	now     time.Time
	at      map[string]time.Time
	until   map[string]time.Time
	serve   func(url string) ([]byte, error)
	fetched map[string]int
}

func (f *shelf) clock() time.Time { f.mu.Lock(); defer f.mu.Unlock(); return f.now }

func (f *shelf) pass(d time.Duration) { f.mu.Lock(); defer f.mu.Unlock(); f.now = f.now.Add(d) }

func (f *shelf) RefreshList(_ context.Context, url string, maxAge time.Duration, check func([]byte) (time.Time, error)) (at, until time.Time, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if at, ok := f.at[url]; ok && f.now.Sub(at) <= maxAge {
		return at, f.until[url], nil
	}
	f.fetched[url]++
	b, err := f.serve(url)
	if err == nil {
		until, err = check(b)
	}
	if err != nil {
		return f.at[url], f.until[url], err
	}
	f.at[url], f.until[url] = f.now, until
	return f.now, until, nil
}

func TestListsAreFetchedAheadOfNeed(t *testing.T) {
	h := newHierarchy(t, published)
	f := &shelf{now: epoch(), at: map[string]time.Time{}, until: map[string]time.Time{}, fetched: map[string]int{}}
	down := false
	f.serve = func(string) ([]byte, error) {
		if down {
			return nil, errors.New("down")
		}
		return crl(t, h.ca, f.now).Raw(), nil
	}
	s := &Standby{Cache: f, Now: f.clock}
	s.Note(h.signer.Certificate, h.root.Certificate) // not its issuer
	s.Note(h.signer.Certificate, h.ca.Certificate)
	for range 24 * 60 { // a day, a round a minute: the kept list is never three hours old
		s.Tend(t.Context())
		st := s.State()
		if len(st) != 1 || !st[0].Fresh || st[0].Failures != 0 || st[0].URL != crlURL || f.now.Sub(st[0].FetchedAt) >= 3*time.Hour {
			t.Fatalf("%+v", st)
		}
		f.pass(time.Minute)
	}
	if n := f.fetched[crlURL]; n < 9 || n > 13 {
		t.Errorf("%d fetches in a day", n)
	}
	down = true
	before := f.fetched[crlURL]
	for range 24 * 60 {
		s.Tend(t.Context())
		f.pass(time.Minute)
	}
	if n := f.fetched[crlURL] - before; n < 20 || n > 60 {
		t.Errorf("%d tries in a day without a server", n)
	}
	if st := s.State(); st[0].Fresh || st[0].Err == nil || st[0].Failures < 20 || st[0].FetchedAt.IsZero() {
		t.Errorf("%+v", st)
	}
	down = false
	f.pass(2 * time.Hour)
	s.Tend(t.Context())
	if st := s.State(); !st[0].Fresh || st[0].Err != nil || st[0].Failures != 0 {
		t.Errorf("%+v", st)
	}
	f.pass(31 * 24 * time.Hour)
	if s.Tend(t.Context()); len(s.State()) != 0 {
		t.Error("a list that nobody needs is still looked after")
	}
}

func TestAListAboutToEndIsFetchedBefore(t *testing.T) {
	h := newHierarchy(t, published)
	f := &shelf{now: epoch(), at: map[string]time.Time{}, until: map[string]time.Time{}, fetched: map[string]int{}}
	f.serve = func(string) ([]byte, error) {
		return crl(t, h.ca, f.now, func(l *x509.RevocationList) { l.NextUpdate = f.now.Add(time.Hour) }).Raw(), nil
	}
	s := &Standby{Cache: f, Now: f.clock}
	s.Note(h.signer.Certificate, h.ca.Certificate)
	for range 6 * 60 {
		s.Tend(t.Context())
		if st := s.State(); !st[0].Fresh {
			t.Fatalf("%+v at %s", st, f.now)
		}
		f.pass(time.Minute)
	}
	if n := f.fetched[crlURL]; n > 9 {
		t.Errorf("%d fetches in six hours", n)
	}
}

func TestForgedListsAreNotKept(t *testing.T) {
	h, other := newHierarchy(t, published), newHierarchy(t, published)
	f := &shelf{now: epoch(), at: map[string]time.Time{}, until: map[string]time.Time{}, fetched: map[string]int{}}
	f.serve = func(string) ([]byte, error) { return crl(t, other.ca, f.now).Raw(), nil }
	s := &Standby{Cache: f, Now: f.clock}
	s.Note(h.signer.Certificate, h.ca.Certificate)
	s.Tend(t.Context())
	if st := s.State(); st[0].Fresh || !errors.Is(st[0].Err, errNotIssuers) || len(f.at) != 0 {
		t.Errorf("%+v", st)
	}
	s.Note(other.signer.Certificate, other.ca.Certificate) // the authority has a new key
	s.Tend(t.Context())
	if st := s.State(); !st[0].Fresh {
		t.Errorf("%+v", st)
	}
}

func TestListsAreBoundedAndWrittenDown(t *testing.T) {
	h := newHierarchy(t)
	f := &shelf{now: epoch(), at: map[string]time.Time{}, until: map[string]time.Time{}, fetched: map[string]int{}}
	f.serve = func(string) ([]byte, error) { return crl(t, h.ca, f.now).Raw(), nil }
	s := &Standby{Cache: f, Now: f.clock}
	for i := range maxLists + 20 {
		f.pass(time.Second)
		s.Note(issue(t, "x", h.ca, leaf, func(c *x509.Certificate) {
			c.CRLDistributionPoints = []string{"ldap://x/", fmt.Sprintf("http://pki.mohur.test/%d.crl", i)}
		}).Certificate, h.ca.Certificate)
	}
	if n := len(s.State()); n != maxLists {
		t.Fatalf("%d lists", n)
	}
	b, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	again := &Standby{Cache: f, Now: f.clock}
	if err := again.Decode(b, func(c *Certificate) bool { return c.Equal(h.ca.Certificate) }); err != nil || len(again.State()) != maxLists {
		t.Fatal(err, len(again.State()))
	}
	stranger := &Standby{Cache: f, Now: f.clock}
	if err := stranger.Decode(b, func(*Certificate) bool { return false }); err != nil || len(stranger.State()) != 0 {
		t.Error("an authority that nobody trusts was taken in", err)
	}
	if stranger.Decode([]byte(`[{"url":1}]`), func(*Certificate) bool { return true }) == nil {
		t.Error("damage is not told")
	}
	f.pass(31 * 24 * time.Hour)
	if err := stranger.Decode(b, func(*Certificate) bool { return true }); err != nil || len(stranger.State()) != 0 {
		t.Error("old lists were taken in", err)
	}
}

func TestTheStoresListsAreNoted(t *testing.T) {
	root := issue(t, "root", nil)
	ca := issue(t, "ca", root, func(c *x509.Certificate) { c.CRLDistributionPoints = []string{"http://pki.mohur.test/root.crl"} })
	namesake := issue(t, "root", nil)
	f := &shelf{now: epoch()}
	s := &Standby{Cache: f, Now: f.clock}
	s.NoteAll(namesake.Certificate, root.Certificate, ca.Certificate)
	if st := s.State(); len(st) != 1 || st[0].URL != "http://pki.mohur.test/root.crl" || s.lists[st[0].URL].issuer != root.Certificate {
		t.Errorf("%+v", st)
	}
}
