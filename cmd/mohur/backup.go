package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"mohur/docket"
	"mohur/internal/jobs"
	"mohur/internal/store/backup"
	"mohur/internal/store/sqlstore"
)

const backupHelp = `usage: mohur backup --config FILE [--json] FOLDER

Writes everything that the service keeps into a new folder: the tables as they stand at one moment, in a form that is the same for SQLite and
PostgreSQL, every file that their rows name, and manifest.json with SHA-256 values. The service may go on meanwhile. The folder bears its name
only when everything is in it. Sessions are left out; so are the configuration, PIN files, keys and checkpoints of the audit log, which belong
elsewhere.

  --config FILE  the service's configuration
  --json         one JSON object

Exit status: 0 everything is in it, 1 a file that a row names is missing or damaged (the rest is in it), 2 it could not be made.

Example:
  $ mohur backup --config /etc/mohur/mohur.toml /backup/2026-11-22
  /backup/2026-11-22: 41 tables with 52,310 rows, 8,122 files with 3.1 GB
  SHA-256 of manifest.json: 5f0c... (keep it apart from the backup)
`

const restoreHelp = `usage: mohur restore --config FILE [--json] FOLDER

Puts a backup back into an empty database and empty stores of files, those that the configuration names: SQLite or PostgreSQL, whichever it
came from. Everything is compared with the manifest first; rows are written in one transaction after the files. Mail and SMS that had not left,
repeated checks and seals that were intended are put into the queue again. Nobody stays logged in. Run 'mohur fsck' afterwards.

  --config FILE  the service's configuration
  --json         one JSON object

Exit status: 0 restored, 2 it could not be done: nothing is in the database then.

Example:
  $ mohur restore --config /etc/mohur/mohur.toml /backup/2026-11-22
  restored from 2026-11-22T01:00:00Z: 41 tables with 52,310 rows, 8,122 files, 3 tasks taken up again
`

// backupCommand writes a backup.
func backupCommand() command {
	return command{summary: "write everything that the service keeps into a folder", help: backupHelp, run: runBackup}
}

// restoreCommand puts one back.
func restoreCommand() command {
	return command{summary: "put a backup back into an empty database", help: restoreHelp, run: runRestore}
}

// keepOptions are the arguments of backup, restore and fsck.
type keepOptions struct {
	config              string
	json, quick         bool
	checkpoints, key    string
	folder              string
	cfg                 *config
	takesFolder, checks bool
}

// parseKeep reads the arguments and the configuration.
func parseKeep(name string, args []string, o *keepOptions) error {
	fs := flag.NewFlagSet("mohur "+name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.StringVar(&o.config, "config", "", "")
	fs.BoolVar(&o.json, "json", false, "")
	if o.checks {
		fs.BoolVar(&o.quick, "quick", false, "")
		fs.StringVar(&o.checkpoints, "checkpoints", "", "")
		fs.StringVar(&o.key, "key", "", "")
	}
	words := 0
	if o.takesFolder {
		words = 1
	}
	if err := fs.Parse(args); err != nil || fs.NArg() != words {
		return fmt.Errorf("the arguments are not understood; 'mohur %s --help' explains them", name)
	}
	o.folder = fs.Arg(0)
	if o.config == "" {
		return errors.New("whose? name the service's configuration with --config")
	}
	var err error
	o.cfg, err = loadConfig(o.config, os.Environ())
	return err
}

// interruptible ends at SIGINT and SIGTERM.
func interruptible() (context.Context, context.CancelFunc) {
	return signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
}

// fileProgress draws a bar on a terminal, once the number of files is known.
func fileProgress(w io.Writer) func(done, total int) {
	var bar *progressBar
	return func(_, total int) {
		if bar == nil {
			if bar = progress(w, total); bar == nil {
				bar = &progressBar{w: io.Discard, now: time.Now, total: total, started: time.Now()}
			}
		}
		bar.step()
	}
}

func runBackup(args []string, std streams) int {
	o := keepOptions{takesFolder: true}
	if err := parseKeep("backup", args, &o); err != nil {
		fmt.Fprintln(std.Err, "mohur backup:", err)
		return exitUnable
	}
	ctx, stop := interruptible()
	defer stop()
	m, err := makeBackup(ctx, o, std)
	if err != nil {
		fmt.Fprintln(std.Err, "mohur backup:", err)
		return exitUnable
	}
	if err := sayBackup(std, o, m); err != nil {
		fmt.Fprintln(std.Err, "mohur backup:", err)
		return exitUnable
	}
	if len(m.Missing) > 0 {
		return exitFailed
	}
	return exitPassed
}

func makeBackup(ctx context.Context, o keepOptions, std streams) (*backup.Manifest, error) {
	if err := databaseExists(o.cfg.Database); err != nil {
		return nil, err
	}
	shelves, _, err := o.cfg.openShelves()
	if err != nil {
		return nil, err
	}
	store, err := sqlstore.Open(ctx, o.cfg.Database)
	if err != nil {
		return nil, err
	}
	defer store.Close()
	return backup.Write(ctx, filepath.Clean(o.folder), backup.Options{Store: store, Shelves: shelves, Now: time.Now(), Progress: fileProgress(std.Err)})
}

// rows are the rows of all tables.
func rowsOf(m *backup.Manifest) (n int) {
	for _, t := range m.Tables {
		n += t.Rows
	}
	return n
}

// manifestSum is the SHA-256 of a backup's manifest, which names the sums of everything else.
func manifestSum(folder string) (string, error) {
	b, err := os.ReadFile(filepath.Join(folder, "manifest.json"))
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), err
}

// sayBackup prints what was written.
func sayBackup(std streams, o keepOptions, m *backup.Manifest) error {
	sum, err := manifestSum(o.folder)
	if err != nil {
		return err
	}
	if o.json {
		return json.NewEncoder(std.Out).Encode(map[string]any{
			"folder": o.folder, "made": m.Made, "engine": m.Engine, "tables": len(m.Tables), "rows": rowsOf(m), "files": m.Files, "bytes": m.Bytes, "manifest": sum,
			"missing": append([]backup.MissingFile{}, m.Missing...),
		})
	}
	fmt.Fprintf(std.Out, "%s: %d tables with %d rows, %d files with %d bytes\nSHA-256 of manifest.json: %s (keep it apart from the backup)\n", o.folder, len(m.Tables), rowsOf(m), m.Files, m.Bytes, sum)
	for _, f := range m.Missing {
		fmt.Fprintf(std.Out, "missing or damaged: %s, named by %s\n", f.Hash, f.By)
	}
	return nil
}

func runRestore(args []string, std streams) int {
	o := keepOptions{takesFolder: true}
	if err := parseKeep("restore", args, &o); err != nil {
		fmt.Fprintln(std.Err, "mohur restore:", err)
		return exitUnable
	}
	ctx, stop := interruptible()
	defer stop()
	m, tasks, err := restoreBackup(ctx, o, std)
	if err != nil {
		fmt.Fprintln(std.Err, "mohur restore:", err)
		return exitUnable
	}
	if o.json {
		err = json.NewEncoder(std.Out).Encode(map[string]any{"made": m.Made, "engine": m.Engine, "tables": len(m.Tables), "rows": rowsOf(m), "files": m.Files, "tasks": tasks})
	} else {
		_, err = fmt.Fprintf(std.Out, "restored from %s: %d tables with %d rows, %d files, %d tasks taken up again\n", m.Made.Format(time.RFC3339), len(m.Tables), rowsOf(m), m.Files, tasks)
	}
	if err != nil {
		return exitUnable
	}
	return exitPassed
}

// restoreBackup puts the backup back and what the queue has to do with it.
func restoreBackup(ctx context.Context, o keepOptions, std streams) (*backup.Manifest, int, error) {
	m, err := backup.ReadManifest(o.folder)
	if err != nil {
		return nil, 0, err
	}
	sum, err := manifestSum(o.folder)
	if err != nil {
		return nil, 0, err
	}
	shelves, files, err := o.cfg.openShelves()
	if err != nil {
		return nil, 0, err
	}
	for name, f := range files {
		err := f.Older(ctx, time.Now().Add(time.Hour), func(docket.Hash) error { return errors.New("a backup is restored into empty stores only") })
		if err != nil {
			return nil, 0, fmt.Errorf("the store of files %q is not empty: %w", name, err)
		}
	}
	target, err := sqlstore.OpenFor(ctx, o.cfg.Database, m.Version)
	if err != nil {
		return nil, 0, err
	}
	err = backup.Restore(ctx, o.folder, m, backup.RestoreOptions{Store: target, Shelves: shelves, Progress: fileProgress(std.Err)})
	if err = errors.Join(err, target.Close()); err != nil {
		return nil, 0, err
	}
	tasks, err := takeUp(ctx, o.cfg, m, sum)
	return m, tasks, err
}

// takeUp brings the tables up to date, puts what was not finished into the queue, and writes into the log that the database comes from a backup.
func takeUp(ctx context.Context, cfg *config, m *backup.Manifest, sum string) (int, error) {
	store, err := sqlstore.Open(ctx, cfg.Database)
	if err != nil {
		return 0, err
	}
	defer store.Close()
	queue, err := jobs.NewQueue(ctx, jobs.Options{DB: store.DB(), PostgreSQL: store.Engine() == sqlstore.PostgreSQL, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return 0, err
	}
	store.UseQueue(queue.Enqueue)
	tasks, err := store.Unfinished(ctx)
	if err != nil {
		return 0, err
	}
	now := time.Now()
	return len(tasks), store.InTx(ctx, func(w docket.Work) error {
		if err := w.Enqueue(ctx, tasks...); err != nil {
			return err
		}
		return w.Audit(ctx, &docket.AuditEntry{
			ID: docket.NewID(now), At: now, Role: string(docket.RoleSystem), Action: docket.AuditRestored,
			Detail: map[string]string{"made": m.Made.Format(time.RFC3339), "manifest": sum, "tasks": strconv.Itoa(len(tasks))},
		})
	})
}
