package desk

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"mohur/docket"
)

// Options are the parts that a Service works with. All but Owner are needed.
type Options struct {
	Store    docket.Store
	Blobs    docket.Blobs
	Verifier Verifier
	Sealer   Sealer
	Stamper  Stamper
	Paper    Paper
	Webhooks WebhookSecrets // nil: there are no webhooks
	Now      func() time.Time
	Owner    string // names this process in leases; empty: a random name
	Config   Config
}

// Config is what an administrator sets. The zero value is completed by the defaults named at each field.
type Config struct {
	BaseURL       string        // of the public pages, without a slash at the end; needed for QR codes and links
	Policy        string        // of verification; default "basic"
	SealProfile   string        // default "default"
	AgencyUnit    string        // in numbers; default "9"
	OpinionCase   string        // of the nomenclature; default "14"
	NoticeCase    string        // default "15"
	RefusalCase   string        // default "16"
	ReceiptCase   string        // of the incoming journal; default "1"
	Template      string        // default "{unit}/{case}-{seq:02}"
	Signatory     string        // whose name stands under letters; empty: the drafter
	VerdictAge    time.Duration // how old a verdict may be when it counts; default 10 minutes
	VerifyingTime time.Duration // how long revocation data is asked for; default 24 hours
	Lease         time.Duration // of a seal intent; default 2 minutes
	LinkTime      time.Duration // of a log-in link; default 72 hours
	PlainWebhooks bool          // webhooks may be told over http too
	Limits        Limits
	Signing       SigningRules
	Group         GroupRules
	// SealWithoutSignature has opinions sealed straight after the dispatch check; otherwise the head signs them himself first (S1-33).
	SealWithoutSignature bool
}

// Limits bound what people upload (requirements.md 8, 23).
type Limits struct {
	FileBytes       int64 // default 50 MB
	Files           int   // default 20
	SubmissionBytes int64 // default 200 MB
	SealedBytes     int64 // of what we make ourselves; default 128 MB
}

// SigningRules say whose signature counts. The zero value is the strict one.
type SigningRules struct {
	// LetterWithoutSealRight accepts a registration letter whose certificate carries no seal right.
	LetterWithoutSealRight bool
	// RecordOfOtherPerson accepts a record signed by another person of the same body than the session's.
	RecordOfOtherPerson bool
}

// Service is the office. Its methods are the verbs; it holds no state of its own and may be used concurrently.
type Service struct {
	store    docket.Store
	blobs    docket.Blobs
	verifier Verifier
	sealer   Sealer
	stamper  Stamper
	paper    Paper
	hooks    WebhookSecrets
	now      func() time.Time
	owner    string
	cfg      Config
}

// New checks the parts and completes the configuration.
func New(o Options) (*Service, error) {
	switch {
	case o.Store == nil:
		return nil, errors.New("desk: no store")
	case o.Blobs == nil:
		return nil, errors.New("desk: no blobs")
	case o.Verifier == nil || o.Sealer == nil || o.Stamper == nil || o.Paper == nil:
		return nil, errors.New("desk: verifier, sealer, stamper and paper are needed")
	case o.Now == nil:
		return nil, errors.New("desk: no clock")
	}
	cfg := o.Config.completed()
	series := docket.Series{Unit: cfg.AgencyUnit, Case: cfg.OpinionCase, Template: cfg.Template}
	if _, err := series.Format(2026, 1); err != nil {
		return nil, fmt.Errorf("desk: %w", err)
	}
	owner := o.Owner
	if owner == "" {
		owner = docket.NewSecret()
	}
	return &Service{
		store: o.Store, blobs: o.Blobs, verifier: o.Verifier, sealer: o.Sealer, stamper: o.Stamper, paper: o.Paper, hooks: o.Webhooks,
		now: func() time.Time { return o.Now().UTC() }, owner: owner, cfg: cfg,
	}, nil
}

// completed fills what was left empty.
func (c Config) completed() Config {
	c.BaseURL = strings.TrimRight(c.BaseURL, "/")
	orText(&c.Policy, "basic")
	orText(&c.SealProfile, "default")
	orText(&c.AgencyUnit, "9")
	orText(&c.OpinionCase, "14")
	orText(&c.NoticeCase, "15")
	orText(&c.RefusalCase, "16")
	orText(&c.ReceiptCase, "1")
	orText(&c.Template, "{unit}/{case}-{seq:02}")
	orValue(&c.VerdictAge, 10*time.Minute)
	orValue(&c.VerifyingTime, 24*time.Hour)
	orValue(&c.Lease, 2*time.Minute)
	orValue(&c.LinkTime, 72*time.Hour)
	c.Group = c.Group.completed()
	orValue(&c.Limits.FileBytes, 50<<20)
	orValue(&c.Limits.Files, 20)
	orValue(&c.Limits.SubmissionBytes, 200<<20)
	orValue(&c.Limits.SealedBytes, 128<<20)
	return c
}

func orText(p *string, def string) {
	if *p == "" {
		*p = def
	}
}

func orValue[T ~int | ~int64](p *T, def T) {
	if *p <= 0 {
		*p = def
	}
}

// Limits returns the limits in force, for the pages to name.
func (s *Service) Limits() Limits { return s.cfg.Limits }
