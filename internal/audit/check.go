package audit

import (
	"context"
	"time"
)

// Fault names what is wrong with a log.
type Fault string

// The faults that Check finds.
const (
	FaultChanged   Fault = "changed"    // an entry is not what was chained, or stands elsewhere than it did
	FaultMissing   Fault = "missing"    // a place in the chain has no entry
	FaultHead      Fault = "head"       // the stored end is not the end of the chain
	FaultTruncated Fault = "truncated"  // a checkpoint saw more entries than there are
	FaultRewritten Fault = "rewritten"  // a checkpoint saw another hash at its place
	FaultUnlinked  Fault = "unlinked"   // entries have waited for the linker for over a minute
	FaultSignature Fault = "checkpoint" // a checkpoint's own signature does not verify
)

// linkTime is how long an entry may wait for the linker.
const linkTime = time.Minute

// Finding is the outcome of a check.
type Finding struct {
	Entries  int64 // chained
	Unlinked int64 // waiting
	Head     Head
	Fault    Fault // empty: the log is intact
	N        int64 // the place of the fault, 0 where it has none
}

// Intact says whether nothing is wrong.
func (f *Finding) Intact() bool { return f.Fault == "" }

// fail notes the first fault.
func (f *Finding) fail(why Fault, n int64) {
	if f.Fault == "" {
		f.Fault, f.N = why, n
	}
}

// Check walks the whole chain and compares it with the checkpoints given. An error means that it could not run.
func Check(ctx context.Context, l Log, checkpoints []Checkpoint, now time.Time) (*Finding, error) {
	f := &Finding{}
	head, err := l.Head(ctx)
	if err != nil {
		return nil, err
	}
	seen := map[int64]string{}
	for _, c := range checkpoints {
		seen[c.N] = c.Hash
	}
	previous, next := "", int64(1)
	for {
		links, err := l.Links(ctx, next-1, batch)
		if err != nil {
			return nil, err
		}
		for i := range links {
			link := &links[i]
			if link.N != next {
				f.fail(FaultMissing, next)
			}
			sum, err := Sum(previous, link.N, &link.Entry)
			if err != nil {
				return nil, err
			}
			if sum != link.Hash {
				f.fail(FaultChanged, link.N)
			}
			if want, ok := seen[link.N]; ok && want != link.Hash {
				f.fail(FaultRewritten, link.N)
			}
			previous, next = link.Hash, link.N+1
			f.Entries++
		}
		if len(links) < batch {
			break
		}
	}
	f.Head = Head{N: next - 1, Hash: previous}
	if f.Head != head {
		f.fail(FaultHead, head.N)
	}
	for _, c := range checkpoints {
		if c.N > f.Head.N {
			f.fail(FaultTruncated, c.N)
		}
	}
	return f, f.waiting(ctx, l, now)
}

// waiting counts what the linker has not reached.
func (f *Finding) waiting(ctx context.Context, l Log, now time.Time) error {
	all, old, err := l.Unlinked(ctx, now.Add(-linkTime))
	if err != nil {
		return err
	}
	f.Unlinked = all
	if old > 0 {
		f.fail(FaultUnlinked, 0)
	}
	return nil
}
