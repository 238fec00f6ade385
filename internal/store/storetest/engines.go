package storetest

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// Engines are the two databases that a test binary runs its cases on: SQLite in a new file, and a PostgreSQL server of its own. The zero value is
// ready; its Main is what TestMain calls.
type Engines struct {
	postgres *Postgres
}

// Main starts the server, runs the tests and stops it. What it returns is the process's exit status: without PostgreSQL nothing is tested, and
// that is a failure.
func (e *Engines) Main(m *testing.M) int {
	var err error
	if e.postgres, err = StartPostgres(); err != nil {
		fmt.Fprintln(os.Stderr, "these tests run on PostgreSQL too:", err)
		return 1
	}
	code := m.Run()
	if err := e.postgres.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// Each runs a test on both, each time on an empty database that dsn names.
func (e *Engines) Each(t *testing.T, run func(t *testing.T, dsn string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { run(t, e.SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { run(t, e.PostgreSQL(t)) })
}

// SQLite names a database in a new file.
func (*Engines) SQLite(t *testing.T) string {
	t.Helper()
	return "sqlite:" + filepath.Join(t.TempDir(), "mohur.db")
}

// PostgreSQL names a new database of the server.
func (e *Engines) PostgreSQL(t *testing.T) string {
	t.Helper()
	dsn, err := e.postgres.NewDatabase()
	if err != nil {
		t.Fatal(err)
	}
	return dsn
}
