// Package jobs runs the office's background work: mail and SMS on their way, seals that were intended, repeated checks, reminders, clean-up,
// batches of documents to be judged, and the linking of the audit log. Tasks are rows in the office's own database, inserted in the transaction that caused them, so that none is
// lost and none is done for something that did not happen. The queue is River; this package decides only when, never what.
package jobs

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"mohur/docket"
)

// Desk are the verbs that background work calls.
type Desk interface {
	Recheck(ctx context.Context, subject docket.ID) (again bool, err error)
	SealPending(ctx context.Context, letter docket.ID) error
	Remind(ctx context.Context) (told int, err error)
	RemoveOldDrafts(ctx context.Context) (removed int, err error)
	Reconcile(ctx context.Context) (released, failed int, err error)
}

// Chore is something to do again and again on every process, such as linking the audit log.
type Chore struct {
	Name  string
	Every time.Duration
	Do    func(ctx context.Context) error
}

// Options are the parts of a Runner. DB, Store, Desk, Deliver, Now and Log are needed.
type Options struct {
	DB         *sql.DB
	PostgreSQL bool // else SQLite
	Store      docket.Store
	Desk       Desk
	Deliver    func(ctx context.Context, n *docket.Notification) error
	Batch      func(ctx context.Context, batch docket.ID) (again bool, err error) // judges a batch for a while; nil: there are none
	Seal       func(ctx context.Context, request docket.ID) error                 // seals for a program that does not wait; nil: none does
	SealBatch  func(ctx context.Context, batch docket.ID) (again bool, err error) // seals requests of a batch for a while
	Webhook    func(ctx context.Context, delivery docket.ID) error                // attempts a delivery; nil: there are none
	Chores     []Chore
	Now        func() time.Time
	Log        *slog.Logger
	Poll       time.Duration // how often the queue is looked at; 0: half a second
	Recheck    time.Duration // between two checks of a document whose revocation data is missing; 0: 10 minutes
}

// Runner works the queue. Enqueue may be used before Start.
type Runner struct {
	o      Options
	client *river.Client[*sql.Tx]
	stop   context.CancelFunc
	done   chan struct{}
}

// batchQueue is the queue of batches, which take long: what the office has to do must not wait for them.
const batchQueue = "batch"

// webhookQueue is the queue of deliveries to webhooks, whose receivers may be slow.
const webhookQueue = "webhook"

// taskArgs is a docket.Task as a row of the queue.
type taskArgs struct {
	Task    docket.TaskKind `json:"task"`
	Subject docket.ID       `json:"subject"`
	Arg     string          `json:"arg,omitempty"`
}

// Kind names the rows of this package.
func (taskArgs) Kind() string { return "mohur" }

// chronArgs is periodic work that one process does for all.
type chronArgs struct {
	Verb string `json:"verb"`
}

// Kind names the rows of periodic work.
func (chronArgs) Kind() string { return "mohur_periodic" }

// migrate brings the queue's tables up to date; on PostgreSQL one process at a time, for many may start at once on a new database.
func migrate(ctx context.Context, o Options, m *rivermigrate.Migrator[*sql.Tx]) error {
	if o.PostgreSQL {
		conn, err := o.DB.Conn(ctx)
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close() }()
		const lock = 0x6d6f68757271 // "mohurq"; the office's own tables have another
		if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", int64(lock)); err != nil {
			return err
		}
		defer func() {
			_, _ = conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", int64(lock))
		}()
	}
	_, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}

// queueDriver brings the queue's tables up to date.
func queueDriver(ctx context.Context, o Options) (riverdriver.Driver[*sql.Tx], error) {
	var driver riverdriver.Driver[*sql.Tx] = riversqlite.New(o.DB)
	if o.PostgreSQL {
		driver = riverdatabasesql.New(o.DB)
	}
	m, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: quiet(o.Log)})
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	if err := migrate(ctx, o, m); err != nil {
		return nil, fmt.Errorf("jobs: the queue's tables: %w", err)
	}
	return driver, nil
}

// NewQueue brings the queue's tables up to date and makes a Runner that takes tasks and works none: for what puts a database back. Options need DB
// and Log only.
func NewQueue(ctx context.Context, o Options) (*Runner, error) {
	driver, err := queueDriver(ctx, o)
	if err != nil {
		return nil, err
	}
	r := &Runner{o: o}
	if r.client, err = river.NewClient(driver, &river.Config{Logger: quiet(o.Log), SkipUnknownJobCheck: true}); err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	return r, nil
}

// New brings the queue's tables up to date and makes a Runner.
func New(ctx context.Context, o Options) (*Runner, error) {
	if o.DB == nil || o.Store == nil || o.Desk == nil || o.Deliver == nil || o.Now == nil || o.Log == nil {
		return nil, errors.New("jobs: DB, Store, Desk, Deliver, Now and Log are required")
	}
	driver, err := queueDriver(ctx, o)
	if err != nil {
		return nil, err
	}
	r := &Runner{o: o}
	workers := river.NewWorkers()
	river.AddWorker(workers, &taskWorker{r: r})
	river.AddWorker(workers, &chronWorker{r: r})
	poll := o.Poll
	if poll <= 0 {
		poll = 500 * time.Millisecond
	}
	r.client, err = river.NewClient(driver, &river.Config{
		Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 4}, batchQueue: {MaxWorkers: 2}, webhookQueue: {MaxWorkers: 8}}, Workers: workers, Logger: quiet(o.Log),
		FetchPollInterval: poll, FetchCooldown: min(poll, 100*time.Millisecond), PeriodicJobs: periodic(), PollOnly: true,
		CompletedJobRetentionPeriod: 24 * time.Hour, SkipUnknownJobCheck: true,
	})
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	return r, nil
}

// quiet keeps the queue's own chatter out of the log and lets its warnings through.
func quiet(l *slog.Logger) *slog.Logger { return slog.New(warnings{l.Handler()}) }

// warnings is a handler for warnings and errors only.
type warnings struct{ slog.Handler }

// Enabled implements slog.Handler.
func (w warnings) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && w.Handler.Enabled(ctx, l)
}

// WithAttrs implements slog.Handler.
func (w warnings) WithAttrs(a []slog.Attr) slog.Handler { return warnings{w.Handler.WithAttrs(a)} }

// WithGroup implements slog.Handler.
func (w warnings) WithGroup(name string) slog.Handler { return warnings{w.Handler.WithGroup(name)} }

// Enqueue inserts tasks in the caller's transaction; it is sqlstore's Enqueue.
func (r *Runner) Enqueue(ctx context.Context, tx *sql.Tx, tasks []docket.Task) error {
	for _, t := range tasks {
		o := &river.InsertOpts{MaxAttempts: 12, ScheduledAt: t.At}
		switch t.Kind {
		case docket.TaskBatch, docket.TaskSealBatch:
			o.Queue = batchQueue
		case docket.TaskWebhook:
			o.Queue = webhookQueue
		}
		if _, err := r.client.InsertTx(ctx, tx, taskArgs{t.Kind, t.Subject, t.Arg}, o); err != nil {
			return fmt.Errorf("jobs: %w", err)
		}
	}
	return nil
}

// Start begins to work the queue and the chores.
func (r *Runner) Start(ctx context.Context) error {
	ctx, r.stop = context.WithCancel(ctx)
	if err := r.client.Start(ctx); err != nil {
		r.stop()
		return fmt.Errorf("jobs: %w", err)
	}
	r.done = make(chan struct{})
	go r.chores(ctx)
	return nil
}

// Stop waits for work in progress, as long as the context allows.
func (r *Runner) Stop(ctx context.Context) error {
	if r.stop == nil {
		return nil
	}
	err := r.client.Stop(ctx)
	r.stop()
	<-r.done
	return err
}
