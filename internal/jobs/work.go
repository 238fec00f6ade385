package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/riverqueue/river"

	"mohur/docket"
)

// taskWorker does tasks that verbs enqueued.
type taskWorker struct {
	river.WorkerDefaults[taskArgs]
	r *Runner
}

// Timeout bounds one task: sealing waits for a token and an authority.
func (*taskWorker) Timeout(*river.Job[taskArgs]) time.Duration { return 2 * time.Minute }

// Work implements river.Worker. An error means: again later.
func (w *taskWorker) Work(ctx context.Context, job *river.Job[taskArgs]) error {
	a := job.Args
	switch a.Task {
	case docket.TaskDeliver:
		return w.deliver(ctx, a.Subject, job.Attempt >= job.MaxAttempts)
	case docket.TaskSeal:
		return final(w.r.o.Desk.SealPending(ctx, a.Subject))
	case docket.TaskRecheck:
		again, err := w.r.o.Desk.Recheck(ctx, a.Subject)
		if err != nil {
			return final(err)
		}
		if again {
			return river.JobSnooze(w.r.recheckEvery())
		}
		return nil
	case docket.TaskRemind:
		_, err := w.r.o.Desk.Remind(ctx)
		return err
	case docket.TaskBatch:
		return w.batch(ctx, a.Subject, w.r.o.Batch)
	case docket.TaskSealBatch:
		return w.batch(ctx, a.Subject, w.r.o.SealBatch)
	case docket.TaskWebhook:
		if w.r.o.Webhook == nil {
			return river.JobCancel(errNobody)
		}
		return w.r.o.Webhook(ctx, a.Subject)
	case docket.TaskSealRequest:
		if w.r.o.Seal == nil {
			return river.JobCancel(errNobody)
		}
		if err := w.r.o.Seal(ctx, a.Subject); err != nil && ctx.Err() == nil {
			return river.JobCancel(err) // the request itself says when it is tried again
		}
		return ctx.Err()
	default:
		return river.JobCancel(fmt.Errorf("jobs: unknown task %q", a.Task))
	}
}

// errNobody says that this process was not given what the task needs.
var errNobody = errors.New("jobs: nobody does this here")

// batch works on a batch for a while, then lets other batches come first.
func (w *taskWorker) batch(ctx context.Context, id docket.ID, do func(context.Context, docket.ID) (bool, error)) error {
	if do == nil {
		return river.JobCancel(errNobody)
	}
	again, err := do(ctx, id)
	if err != nil {
		return final(err)
	}
	if again {
		return river.JobSnooze(time.Millisecond)
	}
	return nil
}

// final ends a task whose subject is gone or no longer in the state for it; anything else is tried again.
func final(err error) error {
	switch docket.CodeOf(err) {
	case docket.CodeNotFound, docket.CodeConflict:
		return river.JobCancel(err)
	default:
		return err
	}
}

func (r *Runner) recheckEvery() time.Duration {
	if r.o.Recheck > 0 {
		return r.o.Recheck
	}
	return 10 * time.Minute
}

// claimTime is how long a claim of a message holds: longer than a task may take, so that a claim that lapsed has nobody behind it.
const claimTime = 5 * time.Minute

// deliver sends one notification: it claims the row, sends, and records how that ended. A message is never sent twice by itself: who finds it
// claimed leaves it, and a claim whose sender died becomes PostUnknown, which only a person queues again.
func (w *taskWorker) deliver(ctx context.Context, id docket.ID, last bool) error {
	o, owner := w.r.o, docket.NewSecret()
	var n *docket.Notification
	err := o.Store.InTx(ctx, func(work docket.Work) (err error) {
		n, err = work.ClaimNotification(ctx, id, owner, o.Now().UTC().Add(claimTime))
		return err
	})
	if err != nil {
		return final(err)
	}
	sent := o.Deliver(ctx, n)
	record, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	if sent == nil {
		return o.Store.InTx(record, func(work docket.Work) error { return work.NotificationSent(record, id, owner, o.Now().UTC()) })
	}
	as, code := docket.PostFailed, "other"
	if e, ok := errors.AsType[*docket.PostError](sent); ok {
		as, code = e.As, e.Code
	}
	if as == docket.PostFailed && last {
		as = docket.PostGivenUp
	}
	err = o.Store.InTx(record, func(work docket.Work) error { return work.NotificationFailed(record, id, owner, as, code) })
	if err != nil || as == docket.PostFailed {
		return errors.Join(sent, err)
	}
	return river.JobCancel(sent)
}

// chronWorker does periodic work.
type chronWorker struct {
	river.WorkerDefaults[chronArgs]
	r *Runner
}

// Work implements river.Worker.
func (w *chronWorker) Work(ctx context.Context, job *river.Job[chronArgs]) error {
	d := w.r.o.Desk
	var err error
	switch job.Args.Verb {
	case "remind":
		_, err = d.Remind(ctx)
	case "drafts":
		_, err = d.RemoveOldDrafts(ctx)
	case "reconcile":
		_, _, err = d.Reconcile(ctx)
	default:
		return river.JobCancel(fmt.Errorf("jobs: unknown periodic work %q", job.Args.Verb))
	}
	return err
}

// periodic lists the work that one process does for all.
func periodic() []*river.PeriodicJob {
	every := func(d time.Duration, verb string) *river.PeriodicJob {
		return river.NewPeriodicJob(river.PeriodicInterval(d), func() (river.JobArgs, *river.InsertOpts) {
			return chronArgs{verb}, &river.InsertOpts{MaxAttempts: 1}
		}, nil)
	}
	return []*river.PeriodicJob{every(time.Hour, "remind"), every(24*time.Hour, "drafts"), every(time.Minute, "reconcile")}
}

// chores does each chore at its pace until the context ends. A chore that fails is logged once until it works again.
func (r *Runner) chores(ctx context.Context) {
	defer close(r.done)
	var all sync.WaitGroup
	for _, c := range r.o.Chores {
		all.Go(func() {
			tick := time.NewTicker(c.Every)
			defer tick.Stop()
			failing := false
			for {
				select {
				case <-ctx.Done():
					return
				case <-tick.C:
				}
				err := c.Do(ctx)
				if err != nil && !failing && ctx.Err() == nil {
					r.o.Log.WarnContext(ctx, "a chore fails", slog.String("chore", c.Name), slog.String("error", err.Error()))
				}
				failing = err != nil
			}
		})
	}
	all.Wait()
}
