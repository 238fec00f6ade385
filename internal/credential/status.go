package credential

import "time"

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
