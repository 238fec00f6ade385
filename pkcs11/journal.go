package pkcs11

import (
	"context"
	"sync"
	"time"
)

// Outcome is how a log-in attempt ended.
type Outcome string

// The outcomes.
const (
	OutcomeUnknown   Outcome = "unknown"   // recorded before C_Login; stays when the program or the device dies in between
	OutcomeGood      Outcome = "good"      // logged in
	OutcomeWrong     Outcome = "wrong"     // CKR_PIN_INCORRECT, CKR_PIN_LEN_RANGE or CKR_PIN_LOCKED
	OutcomeUnneeded  Outcome = "unneeded"  // the token was logged in already and did not judge the PIN
	OutcomeConfirmed Outcome = "confirmed" // a person looked at it and allows another try
)

// Attempt is the last log-in attempt of one PIN source on one token.
type Attempt struct {
	Source   string    `json:"source"`
	Version  string    `json:"version,omitempty"` // of the PIN source's secret, as the source tells it
	Attended bool      `json:"attended,omitempty"`
	Outcome  Outcome   `json:"outcome"`
	At       time.Time `json:"at,omitzero"`
	Good     string    `json:"good,omitempty"` // the version that last logged in
}

// AttemptJournal remembers log-in attempts across restarts, and across machines where its storage is shared. Its lock makes attempts on a
// token happen one at a time.
type AttemptJournal interface {
	// Begin locks the token's entry until Close.
	Begin(ctx context.Context, token string) (JournalEntry, error)
}

// JournalEntry is a token's locked entry.
type JournalEntry interface {
	// Attempts returns the last attempt of each source.
	Attempts() []Attempt
	// Record stores an attempt so that it survives a crash of the program and of the machine, before it returns. It replaces the last
	// one of the same source.
	Record(a Attempt) error
	// Close releases the lock.
	Close() error
}

// MemoryJournal keeps attempts as long as the process lives. The zero value is ready. It is what a module without a journal uses, and
// protects no token from a program that is started again and again.
type MemoryJournal struct {
	mu     sync.Mutex
	tokens map[string]*memoryEntry
}

type memoryEntry struct {
	lock     chan struct{}
	attempts []Attempt
}

// Begin implements AttemptJournal.
func (j *MemoryJournal) Begin(ctx context.Context, token string) (JournalEntry, error) {
	j.mu.Lock()
	if j.tokens == nil {
		j.tokens = map[string]*memoryEntry{}
	}
	e := j.tokens[token]
	if e == nil {
		e = &memoryEntry{lock: make(chan struct{}, 1)}
		j.tokens[token] = e
	}
	j.mu.Unlock()
	select {
	case e.lock <- struct{}{}:
		return e, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (e *memoryEntry) Attempts() []Attempt { return e.attempts }

func (e *memoryEntry) Record(a Attempt) error {
	e.attempts = replace(e.attempts, a)
	return nil
}

func (e *memoryEntry) Close() error {
	<-e.lock
	return nil
}

// replace puts an attempt in place of the same source's last one.
func replace(list []Attempt, a Attempt) []Attempt {
	for i := range list {
		if list[i].Source == a.Source {
			list[i] = a
			return list
		}
	}
	return append(list, a)
}

// Confirm lets a person lift the stop after a wrong PIN: every source of the token may try once more.
func Confirm(ctx context.Context, j AttemptJournal, t TokenInfo, at time.Time) error {
	e, err := j.Begin(ctx, journalKey(t))
	if err != nil {
		return fail(ErrPINSource, "the attempt journal", "", err)
	}
	for _, a := range append([]Attempt(nil), e.Attempts()...) {
		if a.Outcome == OutcomeWrong || a.Outcome == OutcomeUnknown {
			a.Outcome, a.At = OutcomeConfirmed, at
			if err := e.Record(a); err != nil {
				_ = e.Close()
				return fail(ErrPINSource, "the attempt journal", "", err)
			}
		}
	}
	return e.Close()
}

// journalKey names a token in the journal: by its serial number, and by its label where it has none.
func journalKey(t TokenInfo) string {
	if t.Serial != "" {
		return t.Serial
	}
	return "label:" + t.Label
}

// Attempts returns the last attempt of each source on a token, and whether an unattended source must wait for a person now.
func Attempts(ctx context.Context, j AttemptJournal, t TokenInfo) (list []Attempt, stopped bool, err error) {
	e, err := j.Begin(ctx, journalKey(t))
	if err != nil {
		return nil, false, fail(ErrPINSource, "the attempt journal", "", err)
	}
	list = append(list, e.Attempts()...)
	for _, a := range list {
		stopped = stopped || !a.Attended && a.Outcome == OutcomeWrong
		stopped = stopped || !a.Attended && a.Outcome == OutcomeUnknown && (a.Good == "" || a.Good != a.Version || t.Flags.Has(FlagPINCountLow))
	}
	return list, stopped, e.Close()
}
