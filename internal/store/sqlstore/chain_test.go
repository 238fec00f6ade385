package sqlstore

import (
	"fmt"
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
