package credential

import (
	"errors"
	"math"
	"time"

	"mohur/pkcs11"
)

// State is how a member is, for people.
type State string

// The states.
const (
	StateNew      State = "new"      // not used yet
	StateReady    State = "ready"    // signs
	StateFailing  State = "failing"  // failed; rests and is tried again by itself
	StateStopped  State = "stopped"  // waits for a person; Reason says for what
	StateRefused  State = "refused"  // its certificate may not sign; Reason says why
	StateDraining State = "draining" // gets no new work; what runs ends
	StateDrained  State = "drained"  // gets no new work, and nothing runs
)

// Status is a member's state at a moment, without secrets.
type Status struct {
	Credential, Member string
	State              State
	// Reason says why the member does not sign, as a word for programs and catalogues: a Code, or for StateStopped the code of the token's
	// error ("pin-suspect", "pin-locked"). Empty when it signs.
	Reason string
	// Failure is the last failure in one sentence for the log and the administrator; it outlives the recovery.
	Failure   string
	FailedAt  time.Time
	RestUntil time.Time // of StateFailing

	Token, Key          string // labels, as far as known
	Certificate         [32]byte
	Holder              string // common name of the certificate's subject
	NotBefore, NotAfter time.Time
	DaysLeft            int // whole days until NotAfter; negative once it is over
	Warn                int // the smallest of the credential's WarnDays that is reached; 0: none

	Signatures uint64 // C_Sign calls that gave a signature, tests not counted
	Failures   uint64 // C_Sign calls that failed, tests counted
	Tests      uint64 // test signatures
	InProgress int
	LastSigned time.Time
	PerDay     int // the credential's
}

// Usable says whether the member gets work.
func (s Status) Usable() bool { return s.State == StateNew || s.State == StateReady }

// Status lists every member as it is now. It asks no token.
func (s *Set) Status() []Status {
	var out []Status
	for _, name := range s.names {
		g := s.all[name]
		for _, m := range g.members {
			out = append(out, m.status(g))
		}
	}
	return out
}

// status describes the member.
func (m *Member) status(g *group) Status {
	now, drained, running := m.set.o.Now(), m.set.drained(m), int(m.running.Load())
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.count
	out := Status{
		Credential: g.Name, Member: m.cfg.Name, State: StateNew, Failure: c.failure, FailedAt: c.failedAt, Token: m.token, Key: m.label, PerDay: g.PerDay,
		Signatures: c.signatures, Failures: c.failures, Tests: c.tests, InProgress: running, LastSigned: c.lastSigned,
	}
	bad := m.standing.err
	if m.cert != nil {
		out.Certificate, out.Holder, out.NotBefore, out.NotAfter = fingerprint(m.cert), m.cert.Subject.CommonName(), m.cert.NotBefore, m.cert.NotAfter
		out.DaysLeft = daysLeft(now, m.cert.NotAfter)
		out.Warn = reached(g.WarnDays, out.DaysLeft)
		if err := m.inForce(m.cert, now); err != nil {
			bad = err
		}
	}
	switch {
	case drained && running > 0:
		out.State, out.Reason = StateDraining, string(ErrDrained)
	case drained:
		out.State, out.Reason = StateDrained, string(ErrDrained)
	case bad != nil:
		out.State, out.Reason = StateRefused, string(bad.Code)
	case m.down != nil:
		out.State, out.Reason, out.RestUntil = m.down.state()
	case m.key != nil:
		out.State = StateReady
	}
	return out
}

// state names what the breaker is open for.
func (d *down) state() (State, string, time.Time) {
	reason := string(d.err.Code)
	if code, ok := errors.AsType[*pkcs11.Error](d.err); ok {
		reason = string(code.Code)
	}
	if d.err.Code == ErrFailing {
		return StateFailing, reason, d.until
	}
	return StateStopped, reason, time.Time{}
}

// daysLeft counts whole days until the end, downwards: one hour is 0 days, and an hour past the end is -1.
func daysLeft(now, end time.Time) int {
	return int(math.Floor(end.Sub(now).Hours() / 24))
}

// reached is the smallest of the days that is not passed yet by what is left; 0 for none.
func reached(warn []int, left int) (days int) {
	for _, w := range warn {
		if left <= w && (days == 0 || w < days) {
			days = w
		}
	}
	return days
}
