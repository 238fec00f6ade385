package sqlstore

import (
	"archive/zip"
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"mohur/docket"
	"mohur/internal/audit"
)

// logged writes n entries, one transaction each, as different workers do.
func logged(t *testing.T, s *Store, n int, at time.Time) {
	t.Helper()
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			e := &docket.AuditEntry{ID: docket.NewID(at), At: at, Actor: "a", Role: "system", Action: "test", Subject: docket.ID(fmt.Sprint(i)), Detail: map[string]string{"k": "ə"}}
			if err := s.InTx(t.Context(), func(w docket.Work) error { return w.Audit(t.Context(), e) }); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func checked(t *testing.T, s *Store, now time.Time) *audit.Finding {
	t.Helper()
	f, err := audit.Check(t.Context(), s, nil, now)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestAuditChain(t *testing.T) {
	engines.Each(t, func(t *testing.T, dsn string) {
		s, at := opened(t, dsn), time.Date(2026, 3, 1, 9, 0, 0, 987654000, time.UTC)
		logged(t, s, 40, at)
		if f := checked(t, s, at); !f.Intact() || f.Unlinked != 40 || f.Entries != 0 {
			t.Fatalf("fresh: %+v", f)
		}
		if f := checked(t, s, at.Add(2*time.Minute)); f.Fault != audit.FaultUnlinked {
			t.Fatalf("nobody links: %+v", f)
		}
		var wg sync.WaitGroup // linkers of several processes
		for range 4 {
			wg.Go(func() {
				if _, err := audit.LinkAll(t.Context(), s); err != nil {
					t.Error(err)
				}
			})
		}
		logged(t, s, 20, at.Add(time.Second))
		wg.Wait()
		if _, err := audit.LinkAll(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		if f := checked(t, s, at); !f.Intact() || f.Unlinked != 0 || f.Entries != 60 || f.Head.N != 60 {
			t.Fatalf("linked: %+v", f)
		}
		for _, tamper := range []struct {
			name, do, undo string
			want           audit.Fault
		}{
			{"changed", "UPDATE audit_log SET action = 'forged' WHERE n = 7", "UPDATE audit_log SET action = 'test' WHERE n = 7", audit.FaultChanged},
			{"reordered", "UPDATE audit_log SET made = (SELECT made FROM audit_log WHERE n = 60) WHERE n = 3", "UPDATE audit_log SET made = (SELECT made FROM audit_log WHERE n = 4) WHERE n = 3", audit.FaultChanged},
			{"cut", "DELETE FROM audit_log WHERE n = 60", "", audit.FaultHead},
		} {
			if _, err := s.DB().ExecContext(t.Context(), tamper.do); err != nil {
				t.Fatal(err)
			}
			if f := checked(t, s, at); f.Fault != tamper.want {
				t.Errorf("%s: %+v", tamper.name, f)
			}
			if tamper.undo != "" {
				if _, err := s.DB().ExecContext(t.Context(), tamper.undo); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

// The audit page finds entries by period, action, actor and subject, page by page, and what it exports can be checked elsewhere.
func TestSearchAndBundleOfTheLog(t *testing.T) {
	s, err := Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	start := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	for i := range 5 {
		at := start.Add(time.Duration(i) * time.Hour)
		e := &docket.AuditEntry{ID: docket.NewID(at), At: at, Actor: docket.ID([]string{"a", "b"}[i%2]), Action: []string{"login", "user.changed"}[i/3], Subject: "s"}
		if err := s.InTx(t.Context(), func(w docket.Work) error { return w.Audit(t.Context(), e) }); err != nil {
			t.Fatal(err)
		}
	}
	if f, err := s.Figures(t.Context()); err != nil || f.Unlinked != 5 || !f.Oldest.Equal(start) || f.Migration < 14 {
		t.Errorf("%+v %v", f, err)
	}
	if _, err := audit.LinkAll(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	for want, f := range map[int]audit.Filter{
		5: {}, 3: {Action: "login"}, 2: {Actor: "b"}, 1: {Action: "user.changed", Actor: "b"}, 4: {From: start.Add(time.Hour)}, 0: {To: start},
	} {
		if list, err := s.Search(t.Context(), f); err != nil || len(list) != want {
			t.Errorf("%+v: %d entries, %v", f, len(list), err)
		}
	}
	page, err := s.Search(t.Context(), audit.Filter{Limit: 2})
	if err != nil || len(page) != 2 || page[0].N != 5 {
		t.Fatalf("%+v %v", page, err)
	}
	if rest, err := s.Search(t.Context(), audit.Filter{Before: page[1].Entry.ID}); err != nil || len(rest) != 3 || rest[0].N != 3 {
		t.Errorf("%+v %v", rest, err)
	}
	var b bytes.Buffer
	if err := audit.WriteBundle(t.Context(), &b, s, []byte("{}\n"), []byte("key"), start); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open(audit.BundleEntries)
	if err != nil {
		t.Fatal(err)
	}
	previous, n := "", 0
	for lines := bufio.NewScanner(f); lines.Scan(); n++ {
		var l struct {
			Hash      string
			Canonical json.RawMessage
		}
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(append([]byte(previous), l.Canonical...)); hex.EncodeToString(sum[:]) != l.Hash {
			t.Errorf("line %d: another hash", n+1)
		}
		previous = l.Hash
	}
	if n != 5 {
		t.Errorf("%d lines", n)
	}
	for _, name := range []string{audit.BundleCheckpoints, audit.BundleKey, audit.BundleAbout} {
		if _, err := z.Open(name); err != nil {
			t.Error(err)
		}
	}
}
