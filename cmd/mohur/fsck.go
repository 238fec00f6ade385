package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"mohur/internal/store/fsck"
	"mohur/internal/store/sqlstore"
)

const fsckHelp = `usage: mohur fsck --config FILE [--quick] [--checkpoints FILE] [--key FILE] [--json]

Holds what the service keeps against itself and changes nothing: every file that a row names is read and its SHA-256 made again; every number of
a journal has a row and its holder; every state is one of its table's and agrees with versions, letters, notices and intents to seal; every
reference leads to a row; the audit log's chain is walked and compared with its checkpoints. It may run while the service does.

  --config FILE       the service's configuration
  --quick             files are only asked for, not read
  --checkpoints FILE  signed checkpoints of the audit log; by default those of the configuration
  --key FILE          the audit key's public half (PEM), by which checkpoints must be signed
  --json              one JSON object

Exit status: 0 nothing is wrong, 1 something is, 2 it could not be checked.

Example:
  $ mohur fsck --config /etc/mohur/mohur.toml
  nothing is wrong: 8122 files with 3331082411 bytes read, 12 that no row names; 61002 entries of the audit log chained
`

// fsckCommand checks what is kept.
func fsckCommand() command {
	return command{summary: "check files, numbers, states and the audit log against each other", help: fsckHelp, run: runFsck}
}

func runFsck(args []string, std streams) int {
	o := keepOptions{checks: true}
	if err := parseKeep("fsck", args, &o); err != nil {
		fmt.Fprintln(std.Err, "mohur fsck:", err)
		return exitUnable
	}
	ctx, stop := interruptible()
	defer stop()
	r, err := checkKept(ctx, o, std)
	if err == nil {
		err = sayReport(std, o, r)
	}
	switch {
	case err != nil:
		fmt.Fprintln(std.Err, "mohur fsck:", err)
		return exitUnable
	case !r.Clean():
		return exitFailed
	}
	return exitPassed
}

func checkKept(ctx context.Context, o keepOptions, std streams) (*fsck.Report, error) {
	if err := databaseExists(o.cfg.Database); err != nil {
		return nil, err
	}
	_, shelves, err := o.cfg.openShelves()
	if err != nil {
		return nil, err
	}
	path := cmp.Or(o.checkpoints, filepath.Join(o.cfg.Audit.Checkpoints, checkpointFile))
	if o.checkpoints == "" && o.cfg.Audit.Key == "" && !fileExists(path) {
		path = "" // an office without an audit key makes none
	}
	checkpoints, err := readCheckpoints(auditOptions{checkpoints: path, key: o.key})
	if err != nil {
		return nil, err
	}
	store, err := sqlstore.Open(ctx, o.cfg.Database)
	if err != nil {
		return nil, err
	}
	defer store.Close()
	return fsck.Check(ctx, store, fsck.Options{Shelves: shelves, Checkpoints: checkpoints, Quick: o.quick, Now: time.Now(), Progress: fileProgress(std.Err)})
}

// sayReport prints what was found.
func sayReport(std streams, o keepOptions, r *fsck.Report) error {
	if o.json {
		return json.NewEncoder(std.Out).Encode(struct {
			Clean bool `json:"clean"`
			*fsck.Report
		}{r.Clean(), r})
	}
	var err error
	for _, f := range r.Findings {
		_, e := fmt.Fprintf(std.Out, "%s: %s: %s\n", f.Kind, f.Subject, f.Detail)
		err = errors.Join(err, e)
	}
	said := fmt.Sprintf("%d files with %d bytes read", r.Files, r.Bytes)
	if o.quick {
		said = fmt.Sprintf("%d files are there, none was read", r.Files)
	}
	said = fmt.Sprintf("%s, %d that no row names; %d entries of the audit log chained, %d waiting", said, r.Orphans, r.Entries, r.Waiting)
	if r.Clean() {
		said = "nothing is wrong: " + said
	} else {
		said = fmt.Sprintf("%d things are wrong: %s", len(r.Findings), said)
	}
	_, e := fmt.Fprintln(std.Out, said)
	return errors.Join(err, e)
}
