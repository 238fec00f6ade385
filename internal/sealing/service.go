package sealing

import (
	"context"
	"errors"
	"time"

	"mohur/docket"
)

// Options are the parts that a Service works with.
type Options struct {
	Store docket.Store     // needed
	Now   func() time.Time // needed
	// Credentials lists the names that the configuration gives to credentials; a proposal that names another is refused. nil asks nobody.
	Credentials func() []string
	// HasImage says whether a blob is a picture that a visible seal can show. nil refuses every picture.
	HasImage func(ctx context.Context, image docket.Hash) error
	// Via says in the log how people come to this service; empty is a session of theirs.
	Via string
}

// Service is the verbs. It holds no state of its own and may be used concurrently.
type Service struct {
	store       docket.Store
	now         func() time.Time
	credentials func() []string
	hasImage    func(context.Context, docket.Hash) error
	via         string
}

// New checks the parts.
func New(o Options) (*Service, error) {
	if o.Store == nil || o.Now == nil {
		return nil, errors.New("sealing: store and clock are needed")
	}
	return &Service{store: o.Store, now: func() time.Time { return o.Now().UTC() }, credentials: o.Credentials, hasImage: o.HasImage, via: o.Via}, nil
}
