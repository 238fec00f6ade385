package verify

import (
	"time"

	"mohur/certs"
)

// proof is a time at which something is known to have existed.
type proof struct {
	at     time.Time
	proven bool // by a valid timestamp; else it is the validation time itself
}

// proofs are the proofs of existence of one validation (ETSI EN 319 102-1, 5.6.2.3). Without an entry a thing is proven for the validation
// time, at which it lies before us.
type proofs struct {
	now   time.Time
	known map[string]time.Time
}

func newProofs(now time.Time) *proofs { return &proofs{now: now, known: map[string]time.Time{}} }

// of returns the earliest proof for a thing by its id.
func (p *proofs) of(id string) proof {
	if t, ok := p.known[id]; ok && !t.After(p.now) {
		return proof{t, true}
	}
	return proof{p.now, false}
}

// add records a proof; the earliest stays.
func (p *proofs) add(id string, at time.Time) {
	if t, ok := p.known[id]; !ok || at.Before(t) {
		p.known[id] = at
	}
}

func certificateID(c *certs.Certificate) string { return "C-" + c.Fingerprint() }

// extract records what a valid timestamp proves: a signature timestamp its signature and what that signature signs, a document timestamp
// everything in the bytes before it, an archive timestamp all that its index names.
func (v *validation) extract(p *proofs, t *judgedTimestamp) {
	if t.stamp.token == nil || !t.stamp.matches {
		return
	}
	at := t.stamp.token.Info.GenTime
	for _, id := range t.stamp.proves {
		p.add(id, at)
	}
	if t.stamp.kind != DocumentTimestamp || t.stamp.coverage == CoversPartial {
		return
	}
	end := t.stamp.position.end
	for _, s := range v.doc.signatures {
		if s.position.end <= end && s.position.end > 0 {
			p.add(s.id, at)
			for _, own := range s.timestamps {
				p.add(own.id, at)
			}
			v.extractBlobs(p, s.revocation, at)
			for _, c := range s.candidates {
				p.add(certificateID(c), at)
			}
		}
	}
	for _, o := range v.doc.timestamps {
		if o != t.stamp && o.position.end <= end && o.position.end > 0 {
			p.add(o.id, at)
		}
	}
	for _, b := range v.doc.revocation {
		if b.end > 0 && b.end <= end {
			p.add(b.id(), at)
		}
	}
	for _, c := range v.doc.held {
		if c.end > 0 && c.end <= end {
			p.add(certificateID(c.cert), at)
		}
	}
}

func (v *validation) extractBlobs(p *proofs, list []revocationBlob, at time.Time) {
	for _, b := range list {
		p.add(b.id(), at)
	}
}
