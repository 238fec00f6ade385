package api

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

// Budget admits work that needs processor and memory, for the whole process: one Budget is shared by the routes and by background work. What
// does not fit waits a little, in order, and is then refused, so that a crowd slows the service down and never brings it down.
type Budget struct {
	places  *semaphore.Weighted
	memory  *semaphore.Weighted
	total   int64
	wait    time.Duration
	waiting atomic.Int64
	queue   int64
}

// BudgetOptions are the bounds of a Budget. The zero value is 512 MB, 8 places and 5 seconds of waiting.
type BudgetOptions struct {
	Bytes  int64         // of memory that admitted work is reckoned to need together
	Places int           // pieces of work at a time
	Wait   time.Duration // for room, before a refusal
}

// errBusy says that there was no room in time.
var errBusy = errors.New("api: no room")

// Estimates of what a verification needs beside its answer.
const (
	baseCost = 4 << 20 // parsers, certificates, lists and the report of a small document
	maxQueue = 16      // times as many may wait as may run
)

// NewBudget makes a Budget.
func NewBudget(o BudgetOptions) *Budget {
	orDefault(&o.Bytes, 512<<20)
	orDefault(&o.Places, 8)
	orDefault(&o.Wait, 5*time.Second)
	return &Budget{
		places: semaphore.NewWeighted(int64(o.Places)), memory: semaphore.NewWeighted(o.Bytes), total: o.Bytes, wait: o.Wait, queue: int64(maxQueue * o.Places),
	}
}

// Admit waits for room for work on so many bytes of documents; call release when it is done. It fails when there is none in time, when too
// many wait already, or when the context ends.
func (b *Budget) Admit(ctx context.Context, documents int64) (release func(), err error) {
	cost := min(baseCost+documents, b.total) // a document larger than all memory runs alone: it is read piece by piece
	if b.places.TryAcquire(1) {
		if b.memory.TryAcquire(cost) {
			return func() { b.memory.Release(cost); b.places.Release(1) }, nil
		}
		b.places.Release(1)
	}
	if b.waiting.Add(1) > b.queue {
		b.waiting.Add(-1)
		return nil, errBusy
	}
	defer b.waiting.Add(-1)
	ctx, cancel := context.WithTimeout(ctx, b.wait)
	defer cancel()
	if b.memory.Acquire(ctx, cost) != nil {
		return nil, errBusy
	}
	if b.places.Acquire(ctx, 1) != nil {
		b.memory.Release(cost)
		return nil, errBusy
	}
	return func() { b.places.Release(1); b.memory.Release(cost) }, nil
}
