package docket

import (
	"context"
	"time"
)

// PortalSubject is a person as an OpenID provider knows him, bound to the FİN that the provider named at his first log-in (requirements 8, 17): a
// subject that later comes with another FİN is somebody else, or a fault of the provider's, and is not let in.
type PortalSubject struct {
	Issuer, Subject string
	FIN             string
	Bound           time.Time
}

// PortalSubjects stores them.
type PortalSubjects interface {
	// BindSubject notes the FİN of a subject that is not known yet and returns what is bound: the row that is there, whoever wrote it.
	BindSubject(ctx context.Context, s *PortalSubject) (*PortalSubject, error)
}
