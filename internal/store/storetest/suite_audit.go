package storetest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"mohur/docket"
	"mohur/internal/audit"
)

// AuditStore is a store that is also the audit log.
type AuditStore interface {
	docket.Store
	audit.Log
}

// Audit proves the audit log: entries of committed work only, chained once each however many linkers run, and found intact.
func Audit(t *testing.T, s AuditStore) {
	t.Helper()
	ctx := t.Context()
	now := time.Date(2026, 11, 22, 9, 0, 0, 123456000, time.UTC)
	if _, err := audit.LinkAll(ctx, s); err != nil { // what earlier tests of the suite wrote
		t.Fatal(err)
	}
	before, err := s.Head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	const n = 40
	for i := range n + 1 {
		err := writeEntry(ctx, s, i, now, i == n)
		if (err != nil) != (i == n) {
			t.Fatalf("entry %d: %v", i, err)
		}
	}
	var linkers sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		linkers.Go(func() { _, errs[i] = audit.LinkAll(ctx, s) })
	}
	linkers.Wait()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	f, err := audit.Check(ctx, s, nil, now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if !f.Intact() || f.Unlinked != 0 || f.Head.N-before.N != n {
		t.Errorf("after linking: %+v, head before %+v", f, before)
	}
	newest, err := s.Newest(ctx, 3)
	if err != nil || len(newest) != 3 || newest[0].N == 0 {
		t.Errorf("newest: %+v, %v", newest, err)
	}
}

// writeEntry writes an entry in a unit of work that fails afterwards if asked to.
func writeEntry(ctx context.Context, s docket.Store, i int, now time.Time, fail bool) error {
	return s.InTx(ctx, func(w docket.Work) error {
		e := &docket.AuditEntry{
			ID: docket.NewID(now.Add(time.Duration(i) * time.Millisecond)), At: now, Actor: "a", Role: "registrar", Action: docket.AuditLogIn,
			Detail: map[string]string{"i": fmt.Sprint(i)},
		}
		if err := w.Audit(ctx, e); err != nil {
			return err
		}
		if fail {
			return context.Canceled
		}
		return nil
	})
}
