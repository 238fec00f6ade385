package audit

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"mohur/docket"
)

// memory is a Log in memory.
type memory struct {
	rows []Link
	head Head
}

var born = time.Date(2026, 11, 22, 9, 0, 0, 123456789, time.UTC)

func filled(t *testing.T, n int) *memory {
	t.Helper()
	m := &memory{}
	for i := range n {
		m.rows = append(m.rows, Link{Entry: docket.AuditEntry{ID: docket.ID(fmt.Sprintf("id-%04d", i)), At: born.Add(time.Duration(i) * time.Second), Action: "login", Detail: map[string]string{"b": "2", "a": "1"}}})
	}
	if got, err := LinkAll(t.Context(), m); err != nil || got != n {
		t.Fatalf("LinkAll: %d, %v", got, err)
	}
	return m
}

func (m *memory) Chain(_ context.Context, limit int, sum func(string, int64, *docket.AuditEntry) (string, error)) (int, error) {
	done := 0
	for i := range m.rows {
		if m.rows[i].N != 0 || done == limit {
			continue
		}
		h, err := sum(m.head.Hash, m.head.N+1, &m.rows[i].Entry)
		if err != nil {
			return done, err
		}
		m.head = Head{m.head.N + 1, h}
		m.rows[i].N, m.rows[i].Hash = m.head.N, h
		done++
	}
	return done, nil
}

func (m *memory) Head(context.Context) (Head, error) { return m.head, nil }

func (m *memory) Links(_ context.Context, after int64, limit int) ([]Link, error) {
	var out []Link
	for _, l := range m.rows {
		if l.N > after && len(out) < limit {
			out = append(out, l)
		}
	}
	return out, nil
}

func (m *memory) Newest(context.Context, int) ([]Link, error) { return nil, nil }

func (m *memory) Unlinked(_ context.Context, before time.Time) (all, old int64, _ error) {
	for _, l := range m.rows {
		if l.N == 0 {
			all++
			if l.Entry.At.Before(before) {
				old++
			}
		}
	}
	return all, old, nil
}

func TestCheckNamesTheFault(t *testing.T) {
	const n = 1203 // more than two batches
	checkpoint := func(m *memory, at int) []Checkpoint {
		return []Checkpoint{{N: int64(at), Hash: m.rows[at-1].Hash}}
	}
	for name, c := range map[string]struct {
		spoil func(m *memory) []Checkpoint
		fault Fault
		n     int64
	}{
		"untouched":           {func(m *memory) []Checkpoint { return checkpoint(m, 700) }, "", 0},
		"a field changed":     {func(m *memory) []Checkpoint { m.rows[600].Entry.Action = "x"; return nil }, FaultChanged, 601},
		"a detail changed":    {func(m *memory) []Checkpoint { m.rows[5].Entry.Detail["a"] = "3"; return nil }, FaultChanged, 6},
		"the time changed":    {func(m *memory) []Checkpoint { m.rows[5].Entry.At = born; return nil }, FaultChanged, 6},
		"an entry taken out":  {func(m *memory) []Checkpoint { m.rows = append(m.rows[:9], m.rows[10:]...); return nil }, FaultMissing, 10},
		"two entries swapped": {func(m *memory) []Checkpoint { swap(m, 3, 4); return nil }, FaultChanged, 4},
		"the end cut off":     {func(m *memory) []Checkpoint { m.rows = m.rows[:n-1]; return nil }, FaultHead, n},
		"cut with its head": {func(m *memory) []Checkpoint {
			c := checkpoint(m, n)
			m.rows = m.rows[:n-1]
			m.head = Head{n - 1, m.rows[n-2].Hash}
			return c
		}, FaultTruncated, n},
		"all rewritten": {func(m *memory) []Checkpoint {
			c := checkpoint(m, 700)
			m.rows[2].Entry.Action = "x"
			m.head = Head{}
			for i := range m.rows {
				m.rows[i].N = 0
			}
			if _, err := LinkAll(context.Background(), m); err != nil {
				return nil
			}
			return c
		}, FaultRewritten, 700},
		"waiting too long": {func(m *memory) []Checkpoint {
			m.rows = append(m.rows, Link{Entry: docket.AuditEntry{ID: "z", At: born}})
			return nil
		}, FaultUnlinked, 0},
	} {
		t.Run(name, func(t *testing.T) {
			m := filled(t, n)
			points := c.spoil(m)
			f, err := Check(t.Context(), m, points, born.Add(time.Hour))
			if err != nil {
				t.Fatal(err)
			}
			if f.Fault != c.fault || f.N != c.n {
				t.Errorf("found %q at %d, want %q at %d", f.Fault, f.N, c.fault, c.n)
			}
			if f.Intact() != (c.fault == "") {
				t.Error("Intact disagrees with the fault")
			}
		})
	}
}

// swap exchanges what two links say and leaves their places.
func swap(m *memory, i, j int) { m.rows[i].Entry, m.rows[j].Entry = m.rows[j].Entry, m.rows[i].Entry }

func TestFreshEntriesMayWait(t *testing.T) {
	m := filled(t, 2)
	m.rows = append(m.rows, Link{Entry: docket.AuditEntry{ID: "z", At: born}})
	f, err := Check(t.Context(), m, nil, born.Add(30*time.Second))
	if err != nil || !f.Intact() || f.Unlinked != 1 {
		t.Errorf("%+v, %v", f, err)
	}
}

func TestCheckpoints(t *testing.T) {
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rs, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	m := filled(t, 3)
	for _, key := range []crypto.Signer{ec, rs, ed} {
		stamped := false
		c, err := MakeCheckpoint(t.Context(), m, key, func(context.Context, []byte) ([]byte, error) { stamped = true; return []byte("token"), nil }, born)
		if err != nil || !stamped {
			t.Fatal(err)
		}
		var file bytes.Buffer
		if err := c.Write(&file); err != nil {
			t.Fatal(err)
		}
		back, err := ReadCheckpoints(&file)
		if err != nil || len(back) != 1 {
			t.Fatalf("%v, %v", back, err)
		}
		if err := back[0].Verify(key.Public()); err != nil {
			t.Errorf("%T: %v", key, err)
		}
		for name, change := range map[string]func(*Checkpoint){
			"place": func(c *Checkpoint) { c.N-- }, "time": func(c *Checkpoint) { c.At = c.At.Add(time.Second) },
			"hash": func(c *Checkpoint) { c.Hash = m.rows[0].Hash }, "signature": func(c *Checkpoint) { c.Signature = nil },
		} {
			other := back[0]
			change(&other)
			if err := other.Verify(key.Public()); !errors.Is(err, ErrCheckpoint) {
				t.Errorf("%T: a changed %s verifies", key, name)
			}
		}
	}
	if _, err := MakeCheckpoint(t.Context(), &memory{}, ec, nil, born); !errors.Is(err, ErrEmpty) {
		t.Errorf("an empty log: %v", err)
	}
	dead := errors.New("dead")
	if _, err := MakeCheckpoint(t.Context(), m, ec, func(context.Context, []byte) ([]byte, error) { return nil, dead }, born); !errors.Is(err, dead) {
		t.Errorf("a dead authority: %v", err)
	}
}

func TestBrokenCheckpointFilesAreRefused(t *testing.T) {
	for _, s := range []string{"{", `{"n":1}`, `{"n":0,"hash":"` + strings.Repeat("0", 64) + `"}`, `{"n":1,"hash":"zz"}`, `{"m":1}`} {
		if _, err := ReadCheckpoints(strings.NewReader(s)); err == nil {
			t.Errorf("%s was read", s)
		}
	}
}

func FuzzReadCheckpoints(f *testing.F) {
	f.Add([]byte(`{"n":1,"hash":"` + strings.Repeat("ab", 32) + `","at":"2026-11-22T09:00:00Z","signature":"AA=="}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := ReadCheckpoints(bytes.NewReader(b))
		if err != nil {
			return
		}
		for _, c := range list {
			if c.N <= 0 || len(c.Hash) != 64 {
				t.Errorf("%+v was read", c)
			}
		}
	})
}
