package main

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"mohur/docket"
	"mohur/internal/audit"
	"mohur/internal/jobs"
	"mohur/internal/store/sqlstore"
)

// backgroundWork is the running queue.
type backgroundWork struct {
	runner   *jobs.Runner
	started  bool
	watching background
	ending   func() // tells long work that it is to end
}

// openWork makes the queue; start begins to work it.
func (o *office) openWork(ctx context.Context) error {
	post, err := o.post()
	if err != nil {
		return err
	}
	r, err := jobs.New(ctx, jobs.Options{
		DB: o.store.DB(), PostgreSQL: o.store.Engine() == sqlstore.PostgreSQL, Store: o.store, Desk: o.desk, Deliver: post.Deliver, Now: o.now, Log: o.log,
		Poll: 250 * time.Millisecond, Batch: o.verdicts.WorkBatch, Seal: o.sealing.SealQueued, Webhook: o.hooks.deliverer.Deliver, SealBatch: o.sealing.WorkBatch,
		Chores: []jobs.Chore{
			{Name: "link the audit log", Every: time.Second, Do: func(ctx context.Context) error { _, err := audit.LinkAll(ctx, o.store); return err }},
			{Name: "place events", Every: 500 * time.Millisecond, Do: func(ctx context.Context) error { _, err := o.desk.PlaceEvents(ctx); return err }},
			{Name: "take up deliveries that nobody makes", Every: time.Minute, Do: o.hooks.deliverer.TakeUp},
			{Name: "remove events past their time", Every: time.Hour, Do: o.desk.RemoveOldEvents},
			{Name: "mark messages whose sender died", Every: time.Minute, Do: o.lapsedMessages},
			{Name: "remove expired sessions", Every: time.Hour, Do: func(ctx context.Context) error { return o.store.Sessions().RemoveExpired(ctx, o.now()) }},
			{Name: "forget tokens and authorisations that ended", Every: time.Hour, Do: o.oauth.RemoveLapsed},
			{Name: "tell of seals' certificates that end", Every: 10 * time.Minute, Do: o.warnEnds},
			{Name: "checkpoint of the audit log", Every: time.Hour, Do: o.checkpoint},
			{Name: "take up batches that nobody works on", Every: 30 * time.Second, Do: o.verdicts.ResumeBatches},
			{Name: "finish seals that were intended", Every: 5 * time.Second, Do: o.finishSeals},
			{Name: "remove files of seals past their time", Every: time.Hour, Do: o.removeSealFiles},
			{Name: "remove signings past their time", Every: time.Hour, Do: o.removeEnded},
			{Name: "remove signatures by phone past their time", Every: time.Hour, Do: o.removeLapsed},
			{Name: "remove verdicts past their time", Every: time.Hour, Do: func(ctx context.Context) error { _, err := o.verdicts.RemoveExpired(ctx); return err }},
		},
	})
	if err != nil {
		return err
	}
	o.store.UseQueue(r.Enqueue)
	o.work = &backgroundWork{runner: r, ending: o.verdicts.Stop}
	return nil
}

// start works the queue and finishes what an earlier run intended and did not.
func (o *office) start(ctx context.Context) error {
	if err := o.work.runner.Start(ctx); err != nil {
		return err
	}
	o.work.started = true
	o.work.watching.run(ctx, func(ctx context.Context) { o.judge.trust.watch(ctx, trustPoll) }, o.lists.watch, o.watchCredentials)
	_, _, err := o.desk.Reconcile(ctx)
	return errors.Join(err, o.finishSeals(ctx), o.verdicts.ResumeBatches(ctx))
}

// lapsedMessages marks messages whose sender died in the middle: what became of them nobody knows, and an administrator sees them.
func (o *office) lapsedMessages(ctx context.Context) error {
	return o.store.InTx(ctx, func(w docket.Work) error {
		_, err := w.LapsedNotifications(ctx, o.now().UTC())
		return err
	})
}

// removeSealFiles removes what programs had sealed when its time is over, and what nobody names.
func (o *office) removeSealFiles(ctx context.Context) error {
	_, err := o.sealing.RemoveExpired(ctx)
	_, oerr := o.sealing.RemoveOrphans(ctx)
	return errors.Join(err, oerr)
}

// finishSeals finishes what programs were promised and nobody works on: for half a minute at most, the rest waits for the next time.
func (o *office) finishSeals(ctx context.Context) error {
	some, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if _, _, err := o.sealing.Reconcile(some); err != nil && some.Err() == nil {
		return err
	}
	return nil
}

// Close waits for work in progress, half a minute at most.
func (b *backgroundWork) Close() error {
	if !b.started {
		return nil
	}
	b.ending()
	b.watching.stop()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	return b.runner.Stop(ctx)
}

// checkpoint signs the end of the audit log with the audit key, has it timestamped, and appends it to the checkpoints' file. Without an audit
// key there are no checkpoints.
func (o *office) checkpoint(ctx context.Context) error {
	if o.audit == nil {
		return nil
	}
	key, err := o.audit.use(ctx)
	if err != nil {
		return err
	}
	c, err := audit.MakeCheckpoint(ctx, o.store, key, func(ctx context.Context, digest []byte) ([]byte, error) {
		return o.proofs.timestamp(ctx, digest)
	}, o.now())
	if errors.Is(err, audit.ErrEmpty) {
		return nil
	}
	if err != nil {
		return err
	}
	return o.writeCheckpoint(c, key.Public())
}

// writeCheckpoint appends a checkpoint, and leaves the public key beside the file.
func (o *office) writeCheckpoint(c *audit.Checkpoint, key crypto.PublicKey) (err error) {
	dir := o.cfg.Audit.Checkpoints
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fmt.Errorf("checkpoints: %w", err)
	}
	spki, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return fmt.Errorf("checkpoints: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, auditKeyFile), pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki}), 0o640); err != nil {
		return fmt.Errorf("checkpoints: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, checkpointFile), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
	if err != nil {
		return fmt.Errorf("checkpoints: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return c.Write(f)
}
