package signing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"mohur/certs"
)

// Evidence is what the validation of a signature needs long after it was made: certificates and revocation data, DER, each once.
type Evidence struct {
	Certificates, OCSPResponses, CRLs [][]byte
	seen                              map[string]bool
}

func (e *Evidence) add(list *[][]byte, der []byte) {
	if e.seen == nil {
		e.seen = map[string]bool{}
	}
	if len(der) > 0 && !e.seen[string(der)] {
		e.seen[string(der)] = true
		*list = append(*list, der)
	}
}

func (e *Evidence) addRevocation(d *certs.RevocationData) {
	switch {
	case d == nil:
	case d.OCSP != nil:
		e.add(&e.OCSPResponses, d.OCSP.Raw)
	case d.CRL != nil:
		e.add(&e.CRLs, d.CRL.Raw)
	}
}

// Collector gathers validation data. What it returns has been validated: a path to an anchor on which every certificate that needs revocation
// data has some that says it was good at the time that counts.
type Collector struct {
	// Trust are the anchors that certificates must lead to. Needed.
	Trust *certs.TrustStore
	// Revocation is asked for each certificate of a path; whatever may be fetched is fetched by it. Needed.
	Revocation certs.RevocationSource
	// Issuers finds issuing certificates that are missing; nil looks for none.
	Issuers func(ctx context.Context, c *certs.Certificate) ([]*certs.Certificate, error)
	// Candidates are further certificates for paths: untrusted.
	Candidates []*certs.Certificate
	// MaxAge is by how much the revocation data of a signing certificate may be older than the time at which the signature is proven to have
	// existed. Zero takes none that is older: what the issuer knew before says nothing of that time (ETSI EN 319 102-1, 5.2.5). Issuers that
	// publish lists only need their interval here, unless the caller waits for the next list.
	MaxAge time.Duration
	// Now is the clock. Needed.
	Now func() time.Time
}

// Check says whether the collector can work: ErrRequest when something is missing.
func (c *Collector) Check() error {
	if c == nil || c.Trust.Len() == 0 || c.Revocation == nil || c.Now == nil {
		return fmt.Errorf("%w: validation data need anchors, a source and a clock", ErrRequest)
	}
	return nil
}

// Subject is one certificate whose evidence is wanted.
type Subject struct {
	Name        string // of the signature or timestamp, for errors
	Certificate *certs.Certificate
	Candidates  []*certs.Certificate   // certificates that came with it
	Known       certs.RevocationSource // evidence at hand, which is enough if it passes; nil for none
	// Time is when the path must have been good: a time at which what the certificate signed is proven to have existed. Zero is now.
	Time time.Time
	// Fresh asks that the certificate's own revocation data is not older than Time, as MaxAge allows.
	Fresh bool
}

// EvidenceError says why a signature or timestamp has no validation data that would make it valid later. Nothing was written.
type EvidenceError struct {
	Subject string
	Reason  string // "unreadable", "path", "too old"
	Path    *certs.Result
	Err     error
}

// Error names the subject and the reason.
func (e *EvidenceError) Error() string {
	text := fmt.Sprintf("signing: no validation data for %s: %s", e.Subject, e.Reason)
	if e.Path != nil && !e.Path.Passed() {
		text += fmt.Sprintf(": %s %v", e.Path.SubIndication, e.Path.Reasons)
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *EvidenceError) Unwrap() error { return e.Err }

// maxEvidenceDepth bounds evidence about those who signed evidence.
const maxEvidenceDepth = 4

// Collect adds the evidence for a subject: its path, the revocation data of each certificate, and the same for whoever signed them. The
// error is an *EvidenceError, or the context's.
func (c *Collector) Collect(ctx context.Context, s Subject, into *Evidence) error {
	if s.Certificate == nil {
		return &EvidenceError{Subject: s.Name, Reason: "unreadable"}
	}
	w := work{c: c, subject: s, candidates: slices.Concat(s.Candidates, c.Candidates)}
	if s.Known != nil {
		found := &Evidence{}
		if w.gather(ctx, s.Certificate, s.Time, s.Known, certs.RevocationRequired, found, 0) == nil {
			into.merge(found)
			return nil
		}
	}
	found := &Evidence{}
	err := w.gather(ctx, s.Certificate, s.Time, certs.Sources{s.Known, c.Revocation}, certs.RevocationRequired, found, 0)
	if e := (*EvidenceError)(nil); errors.As(err, &e) && e.Path != nil && e.Path.Anchor == nil && c.Issuers != nil {
		more, fetchErr := c.Issuers(ctx, s.Certificate)
		w.candidates, found = append(w.candidates, more...), &Evidence{}
		err = w.gather(ctx, s.Certificate, s.Time, certs.Sources{s.Known, c.Revocation}, certs.RevocationRequired, found, 0)
		if errors.As(err, &e) {
			e.Err = errors.Join(e.Err, fetchErr)
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return err
	}
	into.merge(found)
	return nil
}

func (e *Evidence) merge(o *Evidence) {
	for _, l := range []struct {
		to   *[][]byte
		from [][]byte
	}{{&e.Certificates, o.Certificates}, {&e.OCSPResponses, o.OCSPResponses}, {&e.CRLs, o.CRLs}} {
		for _, der := range l.from {
			e.add(l.to, der)
		}
	}
}

// work is the collection for one subject.
type work struct {
	c          *Collector
	subject    Subject
	candidates []*certs.Certificate
}

// gather validates the path of one certificate and keeps what the verdict rests on.
func (w *work) gather(ctx context.Context, leaf *certs.Certificate, at time.Time, src certs.RevocationSource, mode certs.RevocationMode, found *Evidence, depth int) error {
	now := w.c.Now()
	if at.IsZero() {
		at = now
	}
	r := certs.Validate(ctx, certs.Request{
		Leaf: leaf, Candidates: w.candidates, Trust: w.c.Trust, Time: at, EvidenceUntil: now, Revocation: src,
		Policy: certs.PathPolicy{Revocation: mode, Freshness: certs.FreshnessRule{Enforce: true, AllowNoNextUpdate: true}},
	})
	if !r.Passed() {
		return &EvidenceError{Subject: w.subject.Name, Reason: "path", Path: r, Err: sourceErrors(r)}
	}
	if err := w.fresh(r, at, depth); err != nil {
		return err
	}
	for _, k := range r.Chain {
		found.add(&found.Certificates, k.Raw)
	}
	for i := range r.Status {
		st := &r.Status[i]
		found.addRevocation(st.Evidence)
		found.addRevocation(st.Delta)
		if st.Evidence == nil || st.Signer == nil || slices.ContainsFunc(r.Chain, st.Signer.Equal) || depth == maxEvidenceDepth {
			continue
		}
		if found.seen[string(st.Signer.Raw)] {
			continue // on the way already
		}
		found.add(&found.Certificates, st.Signer.Raw)
		if err := w.gather(ctx, st.Signer, issued(st), src, signerMode(st.Signer), found, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// issued is when evidence was signed, which is when its signer's certificate had to be good.
func issued(st *certs.CertificateStatus) time.Time {
	if st.ProducedAt.After(st.ThisUpdate) {
		return st.ProducedAt
	}
	return st.ThisUpdate
}

// signerMode: a responder that its CA vouches for (RFC 6960, 4.2.2.2.1) is not asked about.
func signerMode(c *certs.Certificate) certs.RevocationMode {
	if c.OCSPNoCheck {
		return certs.RevocationIgnored
	}
	return certs.RevocationRequired
}

// fresh judges the age of the subject's own revocation data. Times of certificates and lists have no fractions of a second.
func (w *work) fresh(r *certs.Result, at time.Time, depth int) error {
	if !w.subject.Fresh || depth > 0 || len(r.Status) == 0 || r.Status[0].Evidence == nil {
		return nil
	}
	made := r.Status[0].ThisUpdate
	if made.Before(at.Truncate(time.Second).Add(-w.c.MaxAge)) {
		return &EvidenceError{
			Subject: w.subject.Name, Reason: "too old", Path: r,
			Err: fmt.Errorf("the issuer's newest statement is of %s, the signature is proven for %s", made.UTC().Format(time.RFC3339), at.UTC().Format(time.RFC3339)),
		}
	}
	return nil
}

// sourceErrors joins why sources could not be asked.
func sourceErrors(r *certs.Result) error {
	var errs []error
	for i := range r.Status {
		errs = append(errs, r.Status[i].SourceError)
	}
	return errors.Join(errs...)
}
