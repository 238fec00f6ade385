package phone

import (
	"context"
	"errors"
	"time"

	"mohur/docket"
	"mohur/internal/algo"
)

// Step is what a service is asked for.
type Step string

// The steps. A service that signs whole documents has StepDocument alone, one that signs hashes StepCertificate and then StepHash.
const (
	StepDocument    Step = "document"
	StepCertificate Step = "certificate"
	StepHash        Step = "hash"
)

// What a service may answer. Others are failures of the service, after which it is asked again while there is time.
var (
	ErrCancelled = errors.New("phone: the person declined")
	ErrLapsed    = errors.New("phone: the person did not answer in time")
	ErrUnknown   = errors.New("phone: the service does not know this person or number")
)

// Task is what a service is asked to do.
type Task struct {
	Operation docket.ID
	Secret    string // for the addresses that a phone is given; nobody else learns it
	Step      Step
	FIN       string // of the person
	Number    string // of the phone
	Name      string // of the file
	Hash      []byte // StepHash: what is signed
	Digest    algo.Digest
	Created   time.Time
	Expires   time.Time
}

// Shown is what the person is shown, and the service's own name for the task.
type Shown struct {
	Remote string
	Code   string // to compare with the one on the phone
	QR     string // text for a QR code to scan
	Link   string // that opens the application on this very phone
}

// Answer is what a service says when asked. Without any field set the person has not answered yet.
type Answer struct {
	Certificate []byte // DER
	Value       []byte // ECDSA in DER or as r || s
}

// Provider is a service.
type Provider interface {
	// Name tells services apart in stored operations.
	Name() string
	// First is the step that an operation begins with.
	First() Step
	// Start begins a step. It does not wait for the person.
	Start(ctx context.Context, t Task) (Shown, error)
	// Poll asks how a step stands. A service that calls back by itself answers nothing.
	Poll(ctx context.Context, step Step, remote string) (Answer, error)
}
