package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"mohur/api"
	"mohur/certs"
	"mohur/internal/fetch"
	"mohur/internal/web"
	"mohur/verify/etsi"
)

const (
	// standbyRound is how often the lists that are kept ahead of need are looked after.
	standbyRound = 30 * time.Second
	// listsFile is where it is written down which lists those are, beside the lists themselves.
	listsFile = "lists.json"
	// revocationPart names them among the parts of the service.
	revocationPart = "revocation"
)

// wayOut puts a cache of public data, on disk and in memory, and a breaker before a client: what is known is not fetched, and a dead responder
// delays one verdict and not each.
func wayOut(client *fetch.Client, dir string, now func() time.Time) *fetch.Cache {
	o := fetch.CacheOptions{Now: now}
	if dir != "" {
		o.Store = &fetch.DiskStore{Dir: dir}
	}
	return fetch.NewCache(fetch.NewBreaker(client, fetch.BreakerOptions{Now: now}), o)
}

// revocationLists keeps the CRLs of trusted and of recently seen authorities at hand while the service runs.
type revocationLists struct {
	standby *certs.Standby
	trust   *trustStores
	file    string
	log     *slog.Logger

	noted   *trusted // whose lists were noted last
	written []byte
	failing map[string]bool // told already
}

func newRevocationLists(cache certs.Refresher, trust *trustStores, dir string, now func() time.Time, log *slog.Logger) *revocationLists {
	return &revocationLists{
		standby: &certs.Standby{Cache: cache, Now: now}, trust: trust, file: filepath.Join(dir, listsFile), log: log, failing: map[string]bool{},
	}
}

// watch looks after the lists until the context ends.
func (l *revocationLists) watch(ctx context.Context) {
	tick := time.NewTicker(standbyRound)
	defer tick.Stop()
	for {
		l.round(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// round takes in what trust stores and other processes know, fetches what is due, and writes down what is known.
func (l *revocationLists) round(ctx context.Context) {
	t := l.trust.now()
	if t != l.noted {
		var all []*certs.Certificate
		for _, a := range t.anchors.Anchors() {
			all = append(all, a.Certificate)
		}
		l.standby.NoteAll(append(all, t.candidates...)...)
		l.noted = t
		l.read(ctx, t)
	}
	if l.standby.Tend(ctx) > 0 {
		l.tell(ctx)
	}
	if err := l.write(); err != nil {
		l.log.WarnContext(ctx, "the revocation lists that are kept at hand are not written down", slog.Any("error", err))
	}
}

// read takes in the lists of an earlier run, or of another process, whose authorities are trusted now.
func (l *revocationLists) read(ctx context.Context, t *trusted) {
	b, err := os.ReadFile(l.file)
	if err != nil {
		return // none were written down
	}
	accept := func(c *certs.Certificate) bool {
		r := certs.Validate(ctx, certs.Request{
			Leaf: c, Candidates: t.candidates, Trust: t.anchors, Time: l.standby.Now(), Policy: certs.PathPolicy{Revocation: certs.RevocationIgnored},
		})
		return r.Indication == etsi.Passed
	}
	if err := l.standby.Decode(b, accept); err != nil {
		l.log.WarnContext(ctx, "the revocation lists of the last run are not known", slog.String("file", l.file), slog.Any("error", err))
	}
}

// write leaves the list of lists as it is, when it has changed. The file appears whole.
func (l *revocationLists) write() error {
	b, err := l.standby.Encode()
	if err != nil || string(b) == string(l.written) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(l.file), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(l.file), "lists-*")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), l.file)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return err
	}
	l.written = b
	return nil
}

// tell logs a list that can't be fetched when that begins, and when it ends.
func (l *revocationLists) tell(ctx context.Context) {
	for _, s := range l.standby.State() {
		switch {
		case s.Err != nil && !l.failing[s.URL]:
			l.failing[s.URL] = true
			l.log.WarnContext(ctx, "revocation list not fetched", slog.String("url", s.URL), slog.String("issuer", s.Issuer), slog.Any("error", s.Err), slog.Time("kept_until", s.Until))
		case s.Err == nil && l.failing[s.URL]:
			delete(l.failing, s.URL)
			l.log.InfoContext(ctx, "revocation list fetched again", slog.String("url", s.URL))
		}
	}
}

// check is the line of the system page. A list that is not fresh is no reason to take the service out of use: verdicts say what they lack.
func (l *revocationLists) check() web.Check {
	c := web.Check{Name: revocationPart, OK: true}
	fresh := 0
	states := l.standby.State()
	for _, s := range states {
		if s.Fresh {
			fresh++
			continue
		}
		if s.Err != nil && c.OK {
			c.OK, c.Detail = false, fmt.Sprintf(": %s: %v", s.Issuer, s.Err)
		}
	}
	c.Detail = fmt.Sprintf("%d/%d", fresh, len(states)) + c.Detail
	c.Say = []web.Said{{Key: "system.say.lists", Args: []any{"n", fresh, "all", len(states)}}}
	return c
}

// gauges are what /metrics shows of the lists.
func (l *revocationLists) gauges() []api.Gauge {
	var fresh, failing float64
	states := l.standby.State()
	oldest := time.Duration(0)
	for _, s := range states {
		if s.Fresh {
			fresh++
		}
		if s.Err != nil {
			failing++
		}
		if !s.FetchedAt.IsZero() {
			oldest = max(oldest, l.standby.Now().Sub(s.FetchedAt))
		}
	}
	return []api.Gauge{
		{Name: "mohur_revocation_lists", Help: "Revocation lists that are kept at hand.", Value: float64(len(states))},
		{Name: "mohur_revocation_lists_fresh", Help: "Of those, the ones younger than three hours whose next update is to come.", Value: fresh},
		{Name: "mohur_revocation_lists_failing", Help: "Of those, the ones whose last fetch failed.", Value: failing},
		{Name: "mohur_revocation_lists_oldest_seconds", Help: "Age of the oldest list.", Value: oldest.Seconds()},
	}
}

// background runs until it is told to end.
type background struct {
	end  context.CancelFunc
	done sync.WaitGroup
}

// run starts the parts.
func (b *background) run(ctx context.Context, parts ...func(context.Context)) {
	ctx, b.end = context.WithCancel(ctx)
	for _, p := range parts {
		b.done.Go(func() { p(ctx) })
	}
}

// stop ends the parts and waits for them.
func (b *background) stop() {
	if b.end != nil {
		b.end()
	}
	b.done.Wait()
}
