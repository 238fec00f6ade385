package certs

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// Refresher is a cache that fetches ahead of need: unless what it keeps of a URL is at most maxAge old, it fetches it, and keeps it if it passes the
// check. It returns when the kept answer was fetched and until when it speaks, with the error of a failed fetch.
type Refresher interface {
	RefreshList(ctx context.Context, url string, maxAge time.Duration, check func([]byte) (time.Time, error)) (at, until time.Time, err error)
}

// Standby keeps the CRLs of known authorities fresh ahead of need, so that a verdict seldom waits for a list and outlives a responder that is down.
// It is told of certificates (Note), and looks after the lists that they name in rounds (Tend): each list is fetched anew some time before it
// is MaxAge old, at a moment of its own so that many processes don't ask at once, and after failures less and less often. It is safe for concurrent use.
type Standby struct {
	Cache  Refresher
	Now    func() time.Time
	MaxAge time.Duration // the age that no list should reach; default 3 hours

	mu    sync.Mutex
	lists map[string]*standbyList
}

// standbyList is one list that is looked after.
type standbyList struct {
	url      string
	issuer   *Certificate
	noted    time.Time // when somebody last needed it
	at       time.Time // when what is kept was fetched; zero: nothing is kept
	until    time.Time // its nextUpdate
	due      time.Time // when to look after it next
	failures int
	err      error
}

// ListState is how it stands with one list.
type ListState struct {
	URL       string
	Issuer    string // the authority's name
	FetchedAt time.Time
	Until     time.Time // nextUpdate of what is kept
	Failures  int       // in a row
	Err       error     // the last one's, nil after a success
	Fresh     bool      // younger than MaxAge, and its nextUpdate is to come
}

const (
	maxLists      = 256                 // lists that are looked after
	listMemory    = 30 * 24 * time.Hour // a list that nobody needed for so long is let go
	listParallel  = 4                   // fetched at a time
	listFirstRest = time.Minute         // after the first failure, doubled with each further one
	listMaxRest   = time.Hour
	listMargin    = 10 * time.Minute // before nextUpdate
	listMinPause  = 5 * time.Minute  // between two fetches of a list that is always about to end
)

func (s *Standby) maxAge() time.Duration { return cmp.Or(s.MaxAge, 3*time.Hour) }

// Note looks after the lists that a certificate names from now on. The issuer must be one whose path was validated: its key says which lists are kept.
func (s *Standby) Note(cert, issuer *Certificate) {
	if cert == nil || issuer == nil || issuer.PublicKey == nil || !cert.Issuer.Equal(issuer.Subject) {
		return
	}
	now := s.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, u := range firstURLs(cert.CRLURLs()) {
		s.note(u, issuer, now)
	}
}

func (s *Standby) note(u string, issuer *Certificate, now time.Time) {
	if s.lists == nil {
		s.lists = map[string]*standbyList{}
	}
	if l := s.lists[u]; l != nil {
		if l.noted = now; !l.issuer.SameKey(issuer) && l.err != nil { // the authority has a new key
			l.issuer, l.due = issuer, now
		}
		return
	}
	if len(s.lists) >= maxLists {
		oldest := slices.MinFunc(s.sorted(), func(a, b *standbyList) int { return a.noted.Compare(b.noted) })
		delete(s.lists, oldest.url)
	}
	s.lists[u] = &standbyList{url: u, issuer: issuer, noted: now, due: now}
}

// NoteAll looks after the lists that the certificates of a store name, as far as their issuers are among them.
func (s *Standby) NoteAll(list ...*Certificate) {
	for _, c := range list {
		if len(c.CRLURLs()) == 0 {
			continue
		}
		for _, i := range list {
			if i.nameKey == c.issuerNameKey && c.CheckSignatureFrom(i) == nil {
				s.Note(c, i)
				break
			}
		}
	}
}

// sorted lists in the order of their addresses; the lock is held.
func (s *Standby) sorted() []*standbyList {
	out := make([]*standbyList, 0, len(s.lists))
	for _, l := range s.lists {
		out = append(out, l)
	}
	slices.SortFunc(out, func(a, b *standbyList) int { return cmp.Compare(a.url, b.url) })
	return out
}

// Tend fetches what is due, a few lists at a time, and returns how many it looked after.
func (s *Standby) Tend(ctx context.Context) int {
	now := s.Now()
	s.mu.Lock()
	var due []standbyList
	for _, l := range s.sorted() {
		switch {
		case now.Sub(l.noted) > listMemory:
			delete(s.lists, l.url)
		case !now.Before(l.due):
			due = append(due, *l)
		}
	}
	s.mu.Unlock()
	slots := make(chan struct{}, listParallel)
	var all sync.WaitGroup
	for _, l := range due {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			break
		}
		all.Go(func() {
			defer func() { <-slots }()
			s.tend(ctx, l)
		})
	}
	all.Wait()
	return len(due)
}

// tend looks after one list.
func (s *Standby) tend(ctx context.Context, l standbyList) {
	maxAge := s.maxAge() * 5 / 8
	if !l.until.IsZero() && !s.Now().Before(l.until.Add(-listMargin)) { // what is kept is about to end, however young it is
		maxAge = listMinPause / 2
	}
	at, until, err := s.Cache.RefreshList(ctx, l.url, maxAge, func(b []byte) (time.Time, error) { return CheckCRL(b, l.issuer) })
	if ctx.Err() != nil {
		return
	}
	now := s.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := s.lists[l.url]
	if kept == nil {
		return
	}
	kept.err = err
	if err != nil {
		kept.failures++
		kept.due = now.Add(spread(min(listFirstRest<<min(kept.failures-1, 10), listMaxRest)))
		return
	}
	kept.failures, kept.at, kept.until = 0, at, until
	kept.due = nextFetch(now, at, until, s.maxAge())
}

// nextFetch is when a list is fetched anew: between five and seven eighths of the greatest age, and before its nextUpdate.
func nextFetch(now, at, until time.Time, maxAge time.Duration) time.Time {
	due := at.Add(maxAge*5/8 + time.Duration(rand.Int64N(int64(maxAge/4)))) //nolint:gosec // spreads load, guards nothing
	if end := until.Add(-listMargin); !until.IsZero() && end.Before(due) {
		due = end
	}
	if soonest := now.Add(spread(listMinPause)); due.Before(soonest) {
		due = soonest
	}
	return due
}

// spread is a duration within a quarter of d.
func spread(d time.Duration) time.Duration {
	return d*3/4 + time.Duration(rand.Int64N(int64(d/2))) //nolint:gosec // spreads load, guards nothing
}

// State says how it stands with every list, in the order of their addresses.
func (s *Standby) State() []ListState {
	now := s.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []ListState
	for _, l := range s.sorted() {
		out = append(out, ListState{
			URL: l.url, Issuer: l.issuer.Subject.Display(), FetchedAt: l.at, Until: l.until, Failures: l.failures, Err: l.err,
			Fresh: !l.at.IsZero() && now.Sub(l.at) <= s.maxAge() && (l.until.IsZero() || !now.After(l.until)),
		})
	}
	return out
}

// keptList is a list as it is written down.
type keptList struct {
	URL    string    `json:"url"`
	Issuer []byte    `json:"issuer"` // DER
	Noted  time.Time `json:"noted"`
}

// Encode writes down which lists are looked after, for the next run or another process.
func (s *Standby) Encode() ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []keptList{}
	for _, l := range s.sorted() {
		list = append(list, keptList{l.url, l.issuer.Raw, l.noted.UTC()})
	}
	return json.Marshal(list)
}

// Decode takes in what was written down; what is damaged, too old or of the future is left out. Lists that are known already keep what is known of them.
// Only trusted authorities are taken in: their certificates must be vouched for by accept.
func (s *Standby) Decode(b []byte, accept func(*Certificate) bool) error {
	var list []keptList
	d := json.NewDecoder(bytes.NewReader(b))
	if err := d.Decode(&list); err != nil {
		return err
	}
	now := s.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range list[:min(len(list), maxLists)] {
		issuer, err := Parse(k.Issuer)
		if err != nil || !isHTTP(k.URL) || k.Noted.After(now) || now.Sub(k.Noted) > listMemory || !accept(issuer) {
			continue
		}
		if l := s.lists[k.URL]; l != nil {
			if k.Noted.After(l.noted) {
				l.noted = k.Noted
			}
			continue
		}
		s.note(k.URL, issuer, k.Noted)
		if l := s.lists[k.URL]; l != nil {
			l.due = now
		}
	}
	return nil
}
