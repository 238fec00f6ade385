package verify

import (
	"context"
	"time"

	"mohur/certs"
)

// Document validates every signature of one document under a policy; a nil policy is Basic. The verdict of one signature never depends
// on whether another one is broken.
//
// The error is an *Error with a stable code: the input is unreadable, encrypted with an unknown password, or in a container that this
// version does not read; or the context's. A document that is readable and has no signature is no error: its indication is
// NO_SIGNATURE_FOUND.
func Document(ctx context.Context, in Input, p *Policy) (*Report, error) {
	if p == nil {
		p = Basic()
	}
	at, err := in.validationTime()
	if err != nil {
		return nil, err
	}
	doc, err := read(ctx, &in)
	if err != nil {
		return nil, err
	}
	v := &validation{ctx: ctx, in: &in, policy: p.clone(), time: at, doc: doc, duplicated: duplicates(doc.signatures)}
	v.gather()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return v.run(), nil
}

// validationTime is the time to validate for: to the millisecond, since a token may be that fine and must not seem to lie ahead.
func (in *Input) validationTime() (time.Time, error) {
	switch {
	case !in.Time.IsZero():
		return in.Time.UTC().Truncate(time.Millisecond), nil
	case in.Now != nil:
		return in.Now().UTC().Truncate(time.Millisecond), nil
	}
	return time.Time{}, &Error{Code: CodeNoTime}
}

// read recognises the container and hands it to its adapter.
func read(ctx context.Context, in *Input) (*document, error) {
	kind, head, err := sniff(in.Content, in.Size)
	if err != nil {
		return nil, err
	}
	switch kind {
	case containerPDF:
		return fromPDF(ctx, in)
	case containerCMS, containerPEM, containerBase64, containerTSR:
		return fromCMS(ctx, in, kind)
	}
	return nil, refusal(kind, head)
}

// gather collects candidates and evidence from everywhere in the document, timestamp tokens included.
func (v *validation) gather() {
	seen := map[string]bool{}
	keep := func(list []*certs.Certificate) {
		for _, c := range list {
			if id := certificateID(c); !seen[id] {
				seen[id] = true
				v.pool = append(v.pool, c)
			}
		}
	}
	lists := [][]revocationBlob{v.doc.revocation}
	for _, s := range v.doc.signatures {
		keep(s.candidates)
		lists = append(lists, s.revocation)
	}
	for _, t := range v.allTimestamps() {
		if t.signed != nil {
			keep(t.signed.candidates)
			lists = append(lists, t.signed.revocation)
		}
	}
	keep(v.doc.certificates)
	keep(v.in.Certificates)
	v.evidence = collect(lists...)
}
