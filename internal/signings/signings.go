// Package signings makes a person's signature in two steps: certificate and document come in and what is to be signed goes out; the value comes
// in, from a browser, a phone or another program, and the finished document is timestamped, verified by our own verify and kept for a while
// (decisions 18). One owner in one session finishes what he prepared, with the same certificate, once, within ten minutes.
//
// It must not know tokens, HTTP, or who is logged in: an owner is a name and the hash of a session. The formats come through a port.
package signings

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"time"

	"mohur/docket"
)

// Formats and the levels that a caller may ask for; what can be reached depends on the authorities that the Signer has.
const (
	PAdES = "PAdES"
	CAdES = "CAdES"
)

// Files is the store of the files; it is not the office's, whose files stay.
type Files interface {
	docket.Blobs
	Remove(ctx context.Context, h docket.Hash) error
}

// Plan is what the first step fixed and the second needs. It is kept between them and holds no secret.
type Plan struct {
	Format      string   `json:"format"`
	Level       string   `json:"level"`
	Certificate []byte   `json:"certificate"` // DER
	Chain       [][]byte `json:"chain,omitempty"`
	Digest      string   `json:"digest"` // "SHA256"
	PSS         bool     `json:"pss,omitempty"`
	Detached    bool     `json:"detached,omitempty"` // CAdES without the content inside
	Reason      string   `json:"reason,omitempty"`
	Name        string   `json:"name,omitempty"` // of the signer
	// State is the Signer's own note between the steps.
	State json.RawMessage `json:"state,omitempty"`
}

// ToSign is what the Signer's first step found.
type ToSign struct {
	Document  docket.Hash // SHA-256 of the document
	Message   []byte      // the octets that are signed, for keys that hash by themselves (Ed25519)
	Hash      []byte      // their digest by Plan.Digest
	Algorithm string      // "ECDSA_SHA256"
}

// Signer makes signatures of the formats in two steps. Refusals are *docket.Error with the keys of docket: KeySigningFormat,
// KeySigningDocument, KeySigningForbidden, KeySigningAlgorithm, KeySigningValue, KeyTimestamp.
type Signer interface {
	// Best is the level to make where the caller names none.
	Best(format string) string
	// Prepare checks and hashes, and notes in the plan what Finish needs.
	Prepare(ctx context.Context, p *Plan, document io.ReaderAt, size int64) (*ToSign, error)
	// Finish puts the value (ECDSA in DER) into the document and writes the result: nothing before value and timestamp were checked.
	Finish(ctx context.Context, p *Plan, document io.ReaderAt, size int64, value []byte, out io.Writer) (signed docket.Hash, signedSize int64, err error)
}

// Judge says what certificates and signed documents are worth now.
type Judge interface {
	// JudgeCertificate judges a certificate's path and revocation. An error means that it could not be judged at all.
	JudgeCertificate(ctx context.Context, der []byte) (*docket.CertificateVerdict, error)
	// JudgeSigned judges a signed document; ID, Blob, At and policy of the result are not needed.
	JudgeSigned(ctx context.Context, document io.ReaderAt, size int64, name string, content io.ReaderAt, contentSize int64) (*docket.Verification, error)
}

// Options are the parts and bounds of a Service. Store, Files, Signer, Judge and Now are required.
type Options struct {
	Store    docket.Store
	Files    Files
	Signer   Signer
	Judge    Judge
	Now      func() time.Time
	Time     time.Duration // for the value to come; 10 minutes if zero
	Kept     time.Duration // of a finished document; 24 hours if zero
	Lease    time.Duration // of one attempt to finish; 2 minutes if zero
	MaxBytes int64         // of a signed document; 128 MB if zero
}

// Service makes signatures in two steps. It holds no state of its own and may be used concurrently, by any number of processes.
type Service struct{ o Options }

// New makes a Service.
func New(o Options) (*Service, error) {
	if o.Store == nil || o.Files == nil || o.Signer == nil || o.Judge == nil || o.Now == nil {
		return nil, errors.New("signings: Store, Files, Signer, Judge and Now are required")
	}
	orDefault(&o.Time, 10*time.Minute)
	orDefault(&o.Kept, 24*time.Hour)
	orDefault(&o.Lease, 2*time.Minute)
	orDefault(&o.MaxBytes, 128<<20)
	return &Service{o}, nil
}

func orDefault[T comparable](p *T, def T) {
	var zero T
	if *p == zero {
		*p = def
	}
}

func (s *Service) now() time.Time { return s.o.Now().UTC() }

// Owner is who prepares and finishes a signing. The zero value owns nothing.
type Owner struct {
	name    string
	session docket.Hash
	user    docket.ID
	role    string
}

// Program is a program of a tenant: every program of it may finish and read what one of them prepared.
func Program(tenant string) Owner {
	if tenant == "" {
		return Owner{}
	}
	return Owner{name: "program:" + tenant, role: "program"}
}

// Person is somebody at the pages, in one session: an account, or a visitor without one.
func Person(who docket.Actor, session docket.Hash) Owner {
	if session == "" {
		return Owner{}
	}
	o := Owner{name: "person:" + string(who.UserID), session: session, user: who.UserID}
	if len(who.Roles) > 0 {
		o.role = string(who.Roles[0])
	}
	return o
}

// owns says whether a signing is the owner's.
func (o Owner) owns(s *docket.Signing) bool {
	return o.name != "" && o.name == s.Owner && o.session == s.Session
}

// Find returns a signing of the owner. What is another's, or over, is not there.
func (s *Service) Find(ctx context.Context, who Owner, id docket.ID) (*docket.Signing, error) {
	var got *docket.Signing
	err := s.o.Store.Read(ctx, func(w docket.Work) (err error) {
		got, err = w.Signing(ctx, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	if !who.owns(got) || !got.Kept.After(s.now()) {
		return nil, docket.ErrNotFound
	}
	return got, nil
}

// Document opens the signed document of a finished signing.
func (s *Service) Document(ctx context.Context, who Owner, id docket.ID) (*docket.Signing, docket.BlobReader, error) {
	got, err := s.Find(ctx, who, id)
	if err != nil {
		return nil, nil, err
	}
	if got.State != docket.SigningDone {
		return got, nil, docket.Refuse(docket.CodeConflict, docket.KeyState).With("state", string(got.State))
	}
	f, err := s.o.Files.Open(ctx, got.Signed)
	return got, f, err
}

// audit writes what was done to a signing into the transaction.
func (s *Service) audit(ctx context.Context, w docket.Work, who Owner, action string, sg *docket.Signing, kv ...string) error {
	now := s.now()
	e := &docket.AuditEntry{ID: docket.NewID(now), At: now, Actor: who.user, Role: who.role, Action: action, Subject: sg.Subject, Blob: sg.Document, Detail: map[string]string{}}
	if e.Subject == "" {
		e.Subject = sg.ID
	}
	if who.user == "" && who.session == "" {
		e.Detail["program"] = who.name
	}
	for i := 0; i+1 < len(kv); i += 2 {
		if kv[i+1] != "" {
			e.Detail[kv[i]] = kv[i+1]
		}
	}
	return w.Audit(ctx, e)
}

// refused writes the entry of a refusal in a transaction of its own (decisions 21), and returns the refusal.
func (s *Service) refused(ctx context.Context, who Owner, sg *docket.Signing, cause error) error {
	ctx = context.WithoutCancel(ctx)
	err := s.o.Store.InTx(ctx, func(w docket.Work) error {
		return s.audit(ctx, w, who, docket.AuditSigningRefused, sg, "signing", string(sg.ID), "key", docket.KeyOf(cause), "code", string(docket.CodeOf(cause)), "certificate", string(sg.Certificate))
	})
	return errors.Join(cause, err)
}

// RemoveExpired removes what is past its time, and returns how many. Several processes may do so at once.
func (s *Service) RemoveExpired(ctx context.Context) (removed int, err error) {
	for {
		var gone []docket.Signing
		err := s.o.Store.Read(ctx, func(w docket.Work) (err error) {
			gone, err = w.ExpiredSignings(ctx, s.now(), 100)
			return err
		})
		if err != nil || len(gone) == 0 {
			return removed, err
		}
		for i := range gone {
			err := s.drop(ctx, gone[i].Blobs(), func(w docket.Work) error { return w.RemoveSigning(ctx, gone[i].ID) })
			if err != nil && !errors.Is(err, docket.ErrStale) {
				return removed, err
			}
			removed++
		}
	}
}

// drop gives files back with what else changes in the same transaction, and removes those that nobody holds.
func (s *Service) drop(ctx context.Context, hashes []docket.Hash, also func(docket.Work) error) error {
	return s.o.Store.InTx(ctx, func(w docket.Work) error {
		if also != nil {
			if err := also(w); err != nil {
				return err
			}
		}
		free, err := w.DropBlobs(ctx, hashes...)
		for _, h := range free {
			if err == nil {
				err = s.o.Files.Remove(ctx, h)
			}
		}
		return err
	})
}
