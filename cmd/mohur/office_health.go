package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"mohur/internal/web"
)

// Bounds beyond which the health page calls a part ill.
const (
	unlinkedTime = time.Minute // an entry of the audit log may wait for the linker
	leastDisk    = 1 << 30     // free bytes for files
)

// healthPage is what the system page shows: the parts that /readyz asks for, and what an administrator keeps an eye on besides.
func (o *office) healthPage(ctx context.Context) []web.Check {
	checks := o.health(ctx)
	f, err := o.store.Figures(ctx)
	if err != nil {
		return append(checks, checked("audit", err))
	}
	late := !f.Oldest.IsZero() && o.now().Sub(f.Oldest) > unlinkedTime
	unlinked := web.Check{Name: "audit", OK: !late, Say: []web.Said{{Key: "system.say.audit", Args: []any{"n", f.Unlinked}}}}
	if late {
		unlinked.Say = append(unlinked.Say, web.Said{Key: "system.say.oldest", Args: []any{"date", f.Oldest}})
	}
	waiting, failing, err := o.work.runner.Queue(ctx)
	queue := checked("jobs", err)
	queue.OK = queue.OK && failing == 0
	queue.Say = []web.Said{{Key: "system.say.queue", Args: []any{"n", waiting, "failed", failing}}}
	post := web.Check{Name: "mail", OK: f.PostFailed == 0, Say: []web.Said{{Key: "system.say.post", Args: []any{"n", f.PostQueued, "failed", f.PostFailed}}}}
	return append(checks, queue, post, unlinked, o.diskCheck(), o.versionCheck(f.Migration))
}

// diskCheck says how much room the files have.
func (o *office) diskCheck() web.Check {
	free, known := freeBytes(o.cfg.Data)
	c := web.Check{Name: "storage", OK: !known || free >= leastDisk}
	if known {
		c.Say = []web.Said{{Key: "system.say.disk", Args: []any{"size", free}}}
	}
	return c
}

// versionCheck says what runs.
func (o *office) versionCheck(migration int64) web.Check {
	version := "(devel)"
	if b, ok := debug.ReadBuildInfo(); ok {
		if b.Main.Version != "" {
			version = b.Main.Version
		}
		for _, s := range b.Settings {
			if s.Key == "vcs.revision" && len(s.Value) >= 12 {
				version += " " + s.Value[:12]
			}
		}
	}
	return web.Check{Name: "version", OK: true, Say: []web.Said{{
		Key: "system.say.version", Args: []any{"version", version, "go", runtime.Version(), "database", string(o.store.Engine()), "migration", fmt.Sprint(migration)},
	}}}
}
