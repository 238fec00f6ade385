package main

import (
	"cmp"
	"context"
	"crypto"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"mohur/internal/audit"
	"mohur/internal/store/sqlstore"
)

const auditHelp = `usage: mohur audit check [--db DSN | --config FILE] [--checkpoints FILE] [--key FILE] [--json]

Walks the hash chain of the audit log from its first entry and says whether anything was changed, taken out, moved or cut off.
With --checkpoints it compares the log with the signed checkpoints that were exported off the host, so that a log rewritten from
end to end is found too; --key is the public key (PEM) that they must be signed with.

  --db DSN            the database: sqlite:PATH or postgres://...
  --config FILE       take the database and the checkpoints' folder from the service's configuration
  --checkpoints FILE  a file of checkpoints, one JSON line each
  --key FILE          the audit key's public half, PEM
  --json              one JSON object

Exit status: 0 the log is intact, 1 something is wrong with it, 2 it could not be checked.

Example:
  $ mohur audit check --db sqlite:var/demo/mohur.db --checkpoints var/demo/checkpoints/checkpoints.jsonl --key var/demo/checkpoints/audit.pub
  the audit log is intact: 61 entries chained, 0 waiting, 1 checkpoint agrees
`

// auditCommand checks the audit log.
func auditCommand() command {
	return command{summary: "check the tamper-evident log", help: auditHelp, run: runAudit}
}

// auditOptions are the command's arguments.
type auditOptions struct {
	dsn, config, checkpoints, key string
	json                          bool
}

func runAudit(args []string, std streams) int {
	if len(args) == 0 || args[0] != "check" {
		fmt.Fprintln(std.Err, "mohur audit: say what to do: 'mohur audit check'; 'mohur audit --help' explains")
		return exitUnable
	}
	var o auditOptions
	fs := flag.NewFlagSet("mohur audit check", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.StringVar(&o.dsn, "db", "", "")
	fs.StringVar(&o.config, "config", "", "")
	fs.StringVar(&o.checkpoints, "checkpoints", "", "")
	fs.StringVar(&o.key, "key", "", "")
	fs.BoolVar(&o.json, "json", false, "")
	if err := fs.Parse(args[1:]); err != nil || fs.NArg() > 0 {
		fmt.Fprintln(std.Err, "mohur audit: the arguments are not understood; 'mohur audit --help' explains them")
		return exitUnable
	}
	finding, checkpoints, err := auditCheck(context.Background(), o)
	if err != nil {
		fmt.Fprintln(std.Err, "mohur audit:", err)
		return exitUnable
	}
	return sayFinding(std, o, finding, checkpoints)
}

// auditCheck opens log and checkpoints and compares them.
func auditCheck(ctx context.Context, o auditOptions) (*audit.Finding, int, error) {
	if o.config != "" {
		cfg, err := loadConfig(o.config, os.Environ())
		if err != nil {
			return nil, 0, err
		}
		o.dsn = cmp.Or(o.dsn, cfg.Database)
		if path := filepath.Join(cfg.Audit.Checkpoints, checkpointFile); o.checkpoints == "" && (cfg.Audit.Key != "" || fileExists(path)) {
			o.checkpoints = path // an office without an audit key makes none
		}
	}
	if o.dsn == "" {
		return nil, 0, errors.New("which log? name its database with --db or --config")
	}
	if err := databaseExists(o.dsn); err != nil {
		return nil, 0, err
	}
	checkpoints, err := readCheckpoints(o)
	if err != nil {
		return nil, 0, err
	}
	store, err := sqlstore.Open(ctx, o.dsn)
	if err != nil {
		return nil, 0, err
	}
	defer store.Close()
	f, err := audit.Check(ctx, store, checkpoints, time.Now())
	return f, len(checkpoints), err
}

// readCheckpoints reads the checkpoints and verifies their signatures with the key given.
func readCheckpoints(o auditOptions) ([]audit.Checkpoint, error) {
	if o.checkpoints == "" {
		return nil, nil
	}
	f, err := os.Open(o.checkpoints)
	if err != nil {
		return nil, fmt.Errorf("the checkpoints can't be read: %w", err)
	}
	defer f.Close()
	list, err := audit.ReadCheckpoints(f)
	if err != nil || o.key == "" {
		return list, err
	}
	key, err := readPublicKey(o.key)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if err := list[i].Verify(key); err != nil {
			return nil, fmt.Errorf("checkpoint %d: %w", i+1, err)
		}
	}
	return list, nil
}

// readPublicKey reads a public key in PEM.
func readPublicKey(path string) (crypto.PublicKey, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(b)
	if block == nil || block.Type != "PUBLIC KEY" {
		return nil, fmt.Errorf("%s holds no public key (PEM)", path)
	}
	return x509.ParsePKIXPublicKey(block.Bytes)
}

// sayFinding prints the outcome and gives the exit status.
func sayFinding(std streams, o auditOptions, f *audit.Finding, checkpoints int) int {
	if o.json {
		out := map[string]any{"intact": f.Intact(), "entries": f.Entries, "waiting": f.Unlinked, "head": f.Head.Hash, "checkpoints": checkpoints}
		if !f.Intact() {
			out["fault"], out["n"] = f.Fault, f.N
		}
		b, err := json.Marshal(out)
		if err != nil {
			fmt.Fprintln(std.Err, "mohur audit:", err)
			return exitUnable
		}
		fmt.Fprintln(std.Out, string(b))
	} else {
		fmt.Fprintln(std.Out, findingSentence(f, checkpoints))
	}
	if f.Intact() {
		return exitPassed
	}
	return exitFailed
}

// findingSentence says in words what was found.
func findingSentence(f *audit.Finding, checkpoints int) string {
	agree := ""
	switch {
	case checkpoints == 1:
		agree = ", 1 checkpoint agrees"
	case checkpoints > 1:
		agree = fmt.Sprintf(", %d checkpoints agree", checkpoints)
	}
	switch f.Fault {
	case "":
		return fmt.Sprintf("the audit log is intact: %d entries chained, %d waiting%s", f.Entries, f.Unlinked, agree)
	case audit.FaultChanged:
		return fmt.Sprintf("the audit log was changed: entry %d is not what was chained", f.N)
	case audit.FaultMissing:
		return fmt.Sprintf("the audit log was changed: entry %d is missing", f.N)
	case audit.FaultHead:
		return fmt.Sprintf("the audit log was changed: it should end at entry %d and ends at %d", f.N, f.Head.N)
	case audit.FaultTruncated:
		return fmt.Sprintf("the audit log was cut: a checkpoint saw entry %d, the log ends at %d", f.N, f.Head.N)
	case audit.FaultRewritten:
		return fmt.Sprintf("the audit log was rewritten: a checkpoint saw another entry %d", f.N)
	default:
		return fmt.Sprintf("%d entries of the audit log wait to be chained, some for over a minute: is the service running?", f.Unlinked)
	}
}

// checkpointFile is the name of the file of checkpoints in their folder, auditKeyFile that of the audit key's public half.
const (
	checkpointFile = "checkpoints.jsonl"
	auditKeyFile   = "audit.pub"
)

// databaseExists keeps a mistyped SQLite path from making an empty database that is then found intact.
func databaseExists(dsn string) error {
	path, isSQLite := strings.CutPrefix(dsn, "sqlite:")
	if !isSQLite {
		return nil
	}
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("there is no database at %s", path)
	}
	return nil
}

// fileExists says whether something is there.
func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
