package sealing

import (
	"context"
	"errors"
	"time"

	"mohur/docket"
	"mohur/internal/desk"
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

	// What seal requests need. Without them there are profiles only.
	Files    Files        // documents and sealed files of requests
	Evidence docket.Blobs // revocation data that verdicts used: it stays
	Verifier desk.Verifier
	Sealer   Sealer
	Config   Config
}

// Config bounds seal requests. The zero value is completed by the defaults named at each field.
type Config struct {
	Policy     string        // of verification; default "basic"
	VerdictAge time.Duration // how old a verdict may be when it counts; default 10 minutes
	Lease      time.Duration // of an intent, prolonged while its work lives; default 15 seconds
	Patience   time.Duration // for one attempt: token, timestamp authority, revocation data; default 1 minute
	Attempts   int           // of a request whose client does not wait; default 10
	Members    int           // of a credential that one attempt may turn to; default 3
	KeyTime    time.Duration // how long an idempotency key is kept; default 7 days (decisions 19)
	Lifetime   time.Duration // of document and sealed file; default 90 days
	MaxBytes   int64         // of a document; default 50 MB
	Growth     int64         // what a seal may add; default 16 MB
	MaxHashes  int           // of one request; default 1000
	MaxBatches int           // of one client that are open; default 8
	Slice      time.Duration // of work on one batch at a time; default 45 seconds
	Workers    int           // requests of a batch at a time; default 2
	// ClientPerDay is how many seals a client may have on one day in Baku, 0 for any number that profiles allow; nil: any.
	ClientPerDay func(client string) int
}

// Service is the verbs. It holds no state of its own and may be used concurrently.
type Service struct {
	store       docket.Store
	now         func() time.Time
	credentials func() []string
	hasImage    func(context.Context, docket.Hash) error
	via         string
	files       Files
	evidence    docket.Blobs
	verifier    desk.Verifier
	sealer      Sealer
	cfg         Config
}

// New checks the parts.
func New(o Options) (*Service, error) {
	if o.Store == nil || o.Now == nil {
		return nil, errors.New("sealing: store and clock are needed")
	}
	if o.Sealer != nil && (o.Files == nil || o.Evidence == nil || o.Verifier == nil) {
		return nil, errors.New("sealing: a sealer needs files, evidence and a verifier")
	}
	return &Service{
		store: o.Store, now: func() time.Time { return o.Now().UTC() }, credentials: o.Credentials, hasImage: o.HasImage, via: o.Via,
		files: o.Files, evidence: o.Evidence, verifier: o.Verifier, sealer: o.Sealer, cfg: o.Config.completed(),
	}, nil
}

// completed fills what was left empty.
func (c Config) completed() Config {
	if c.Policy == "" {
		c.Policy = "basic"
	}
	orValue(&c.VerdictAge, 10*time.Minute)
	orValue(&c.Lease, 15*time.Second)
	orValue(&c.Patience, time.Minute)
	orValue(&c.Attempts, 10)
	orValue(&c.Members, 3)
	orValue(&c.KeyTime, 7*24*time.Hour)
	orValue(&c.Lifetime, 90*24*time.Hour)
	orValue(&c.MaxBytes, 50<<20)
	orValue(&c.Growth, 16<<20)
	orValue(&c.MaxHashes, 1000)
	orValue(&c.MaxBatches, 8)
	orValue(&c.Slice, 45*time.Second)
	orValue(&c.Workers, 2)
	return c
}

func orValue[T ~int | ~int64](p *T, def T) {
	if *p <= 0 {
		*p = def
	}
}
