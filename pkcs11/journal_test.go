package pkcs11

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Who is stopped after what: decided from the journal, the token's counter flag and the version of the secret.
func TestWhoIsStopped(t *testing.T) {
	now := Attempt{Source: "file:/pin", Version: "v1"}
	own := func(o Outcome, version, good string) Attempt {
		return Attempt{Source: now.Source, Version: version, Outcome: o, Good: good}
	}
	cases := []struct {
		name string
		list []Attempt
		flag TokenFlags
		stop bool
	}{
		{"nothing yet", nil, 0, false},
		{"good before", []Attempt{own(OutcomeGood, "v1", "v1")}, 0, false},
		{"wrong before", []Attempt{own(OutcomeWrong, "v1", "")}, 0, true},
		{"wrong before, file changed since", []Attempt{own(OutcomeWrong, "v0", "")}, 0, true},
		{"wrong before, confirmed", []Attempt{own(OutcomeConfirmed, "v1", "")}, 0, false},
		{"unknown, this version proven, counter clear", []Attempt{own(OutcomeUnknown, "v1", "v1")}, 0, false},
		{"unknown, this version proven, counter low", []Attempt{own(OutcomeUnknown, "v1", "v1")}, FlagPINCountLow, true},
		{"unknown, never proven", []Attempt{own(OutcomeUnknown, "v1", "")}, 0, true},
		{"unknown, another version proven", []Attempt{own(OutcomeUnknown, "v1", "v0")}, 0, true},
		{"unknown for another version", []Attempt{own(OutcomeUnknown, "v0", "v1")}, 0, true},
		{"another unattended source was wrong", []Attempt{{Source: "fixed", Outcome: OutcomeWrong}}, 0, true},
		{"a person mistyped", []Attempt{{Source: "prompt", Attended: true, Outcome: OutcomeWrong}}, FlagPINCountLow, false},
	}
	for _, c := range cases {
		if got := stopped(c.list, now, c.flag); got != c.stop {
			t.Errorf("%s: stopped is %v", c.name, got)
		}
	}
	if !stopped([]Attempt{{Source: "env", Outcome: OutcomeUnknown}}, Attempt{Source: "env"}, 0) {
		t.Error("a source without versions proves nothing")
	}
}

func TestJournalsKeepTheLastAttemptOfEachSource(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "attempts.json")
	for name, j := range map[string]AttemptJournal{"memory": &MemoryJournal{}, "file": FileJournal{Path: path}} {
		t.Run(name, func(t *testing.T) {
			record(t, j, "A", Attempt{Source: "x", Outcome: OutcomeUnknown})
			record(t, j, "A", Attempt{Source: "x", Outcome: OutcomeWrong})
			record(t, j, "A", Attempt{Source: "y", Outcome: OutcomeGood, Good: "v"})
			record(t, j, "B", Attempt{Source: "x", Outcome: OutcomeGood})
			if err := Confirm(t.Context(), j, TokenInfo{Serial: "A"}, time.Unix(9, 0)); err != nil {
				t.Fatal(err)
			}
			e, err := j.Begin(t.Context(), "A")
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			list := e.Attempts()
			if len(list) != 2 || list[0].Outcome != OutcomeConfirmed || list[1].Outcome != OutcomeGood || list[1].Good != "v" {
				t.Errorf("%+v", list)
			}
		})
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
}

func record(t *testing.T, j AttemptJournal, token string, a Attempt) {
	t.Helper()
	e, err := j.Begin(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Record(a); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestJournalsAreTakenOneAtATime(t *testing.T) {
	for name, j := range map[string]AttemptJournal{"memory": &MemoryJournal{}, "file": FileJournal{Path: filepath.Join(t.TempDir(), "a.json")}} {
		t.Run(name, func(t *testing.T) {
			e, err := j.Begin(t.Context(), "A")
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer cancel()
			if _, err := j.Begin(ctx, "A"); !errors.Is(err, context.DeadlineExceeded) {
				t.Fatalf("two at a time: %v", err)
			}
			if err := e.Close(); err != nil {
				t.Fatal(err)
			}
			var wg sync.WaitGroup
			var inside, all atomic.Int64
			for range 8 {
				wg.Go(func() {
					e, err := j.Begin(context.Background(), "A")
					if err != nil {
						t.Error(err)
						return
					}
					if inside.Add(1) != 1 {
						t.Error("two at a time")
					}
					time.Sleep(time.Millisecond)
					inside.Add(-1)
					all.Add(1)
					if err := e.Close(); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if all.Load() != 8 {
				t.Errorf("%d of 8 came in", all.Load())
			}
		})
	}
}

func TestADamagedJournalStopsEverything(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.json")
	for _, text := range []string{"{", "[]", strings.Repeat(" ", maxJournal+1)} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := (FileJournal{Path: path}).Begin(t.Context(), "A"); err == nil {
			t.Errorf("%.10q was read as a journal", text)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if e, err := (FileJournal{Path: path}).Begin(t.Context(), "A"); err != nil {
		t.Errorf("the lock of a failed Begin stayed: %v", err)
	} else if err := e.Close(); err != nil {
		t.Error(err)
	}
}

func TestErrorsAreOneClearSentence(t *testing.T) {
	for code := range sentences() {
		err := fail(code, "SUBJECT", "detail", ReturnValue(0x30))
		text := err.Error()
		if strings.Contains(text, "%!") || !strings.HasSuffix(text, "(detail): CKR_DEVICE_ERROR (0x30)") || !errors.Is(err, code) {
			t.Errorf("%s: %s", code, text)
		}
	}
	if text := ReturnValue(0x80000001).Error(); text != "PKCS#11 error (0x80000001)" {
		t.Error(text)
	}
	if gone(ReturnValue(0xA0)) || gone(fail(ErrPINIncorrect, "", "", rvPINIncorrect)) || !gone(fail(ErrDevice, "", "", rvDeviceError)) {
		t.Error("which errors a reload may mend")
	}
}
