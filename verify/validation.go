package verify

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"mohur/certs"
)

// validation is one run over one document. Everything in it is fixed before the first signature is judged, so signatures can be judged side
// by side.
type validation struct {
	ctx    context.Context
	in     *Input
	policy *Policy
	time   time.Time
	doc    *document

	pool       []*certs.Certificate    // candidates from the document and the input
	evidence   *certs.MemoryRevocation // what the document and its signatures carry
	duplicated map[string]bool         // ids that more than one signature has
	verified   certs.Verified          // signatures of certificates and evidence that were checked
	paths      map[pathQuestion]*certs.Result
}

// run judges every timestamp, then every signature, and writes the report.
func (v *validation) run() *Report {
	stamps := map[*timestamp]*judgedTimestamp{}
	var all []*judgedTimestamp
	for _, t := range v.allTimestamps() {
		j := v.timestampValidation(t)
		stamps[t] = j
		all = append(all, j)
	}
	p := newProofs(v.time)
	v.proveByTimestamps(all, p)
	var signatures []*judged
	for _, s := range v.doc.signatures {
		j := &judged{sig: s}
		for _, t := range v.covering(s) {
			j.timestamps = append(j.timestamps, stamps[t])
		}
		v.basicValidation(j)
		v.withTime(j, p)
		v.longTerm(j, p)
		signatures = append(signatures, j)
	}
	return v.write(signatures, stamps)
}

// allTimestamps lists every token once, in the order of the document.
func (v *validation) allTimestamps() []*timestamp {
	var out []*timestamp
	for _, s := range v.doc.signatures {
		out = append(out, s.timestamps...)
	}
	return append(out, v.doc.timestamps...)
}

// covering lists the timestamps that speak of a signature: its own, then the document timestamps over it, oldest first.
func (v *validation) covering(s *signature) []*timestamp {
	out := slices.Clone(s.timestamps)
	for _, t := range v.doc.timestamps {
		if t.kind == DocumentTimestamp && s.position.end > 0 && s.position.end <= t.position.end {
			out = append(out, t)
		}
	}
	return out
}

// newestFirst orders timestamps so that each comes after those that may prove it.
func newestFirst(list []*judgedTimestamp) []*judgedTimestamp {
	out := slices.Clone(list)
	slices.SortStableFunc(out, func(a, b *judgedTimestamp) int {
		if c := cmp.Compare(b.stamp.position.end, a.stamp.position.end); c != 0 {
			return c
		}
		return b.at().Compare(a.at())
	})
	return out
}

// identify makes an id that is the same whenever the same bytes are seen.
func identify(prefix string, parts ...[]byte) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
	}
	return prefix + hex.EncodeToString(h.Sum(nil))
}

// duplicates finds ids that occur more than once.
func duplicates(list []*signature) map[string]bool {
	seen, twice := map[string]bool{}, map[string]bool{}
	for _, s := range list {
		if seen[s.id] {
			twice[s.id] = true
		}
		seen[s.id] = true
	}
	return twice
}
