package fsck

import (
	"bytes"
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mohur/docket"
	"mohur/internal/store/blob"
	"mohur/internal/store/sqlstore"
	"mohur/internal/store/storetest"
	"mohur/internal/store/volume"
)

var engines storetest.Engines // of this test binary

func TestMain(m *testing.M) { os.Exit(engines.Main(m)) }

// office is a filled database with its files.
type office struct {
	dsn     string
	root    string
	file    docket.Hash
	shelves map[sqlstore.Shelf]Files
}

func filled(t *testing.T, dsn string) *office {
	t.Helper()
	o := &office{dsn: dsn, root: t.TempDir(), shelves: map[sqlstore.Shelf]Files{}}
	for _, s := range sqlstore.Shelves() {
		d, err := blob.Open(filepath.Join(o.root, string(s)))
		if err != nil {
			t.Fatal(err)
		}
		o.shelves[s] = d
	}
	b, err := o.shelves[sqlstore.ShelfCases].Put(t.Context(), strings.NewReader("sənəd"), 100)
	if err != nil {
		t.Fatal(err)
	}
	o.file = b.Hash
	s := o.open(t)
	defer s.Close()
	v := &docket.Verification{ID: docket.NewID(time.Now()), At: time.Now(), Policy: "basic"}
	if err := s.InTx(t.Context(), func(w docket.Work) error { return w.AddVerification(t.Context(), v) }); err != nil {
		t.Fatal(err)
	}
	if _, err := volume.Fill(t.Context(), s, volume.Options{Submissions: 300, Letters: 1000, Years: 2, Now: time.Now(), Verdict: v.ID, Document: b.Hash}); err != nil {
		t.Fatal(err)
	}
	return o
}

func (o *office) open(t *testing.T) *sqlstore.Store {
	t.Helper()
	s, err := sqlstore.Open(t.Context(), o.dsn)
	if err != nil {
		t.Fatal(err)
	}
	s.UseQueue(func(context.Context, *sql.Tx, []docket.Task) error { return nil })
	return s
}

func (o *office) check(t *testing.T, quick bool) *Report {
	t.Helper()
	s := o.open(t)
	defer s.Close()
	r, err := Check(t.Context(), s, Options{Shelves: o.shelves, Quick: quick, Now: time.Now().Add(2 * time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// damage is one thing that goes wrong with rows; own says that PostgreSQL refuses it itself.
type damage struct {
	name, sql string
	kind      string
	own       bool
}

func damages() []damage {
	const one = "(SELECT MIN(id) FROM submissions WHERE state = 'dispatched')"
	return []damage{
		{"a number without a row", "DELETE FROM numbers WHERE journal = 'outgoing' AND seq = 3", "number_gap", false},
		{"the last number without a row", "DELETE FROM numbers WHERE journal = 'incoming' AND seq = (SELECT MAX(seq) FROM numbers WHERE journal = 'incoming')", "number_gap", false},
		{"a counter that was put back", "UPDATE number_counters SET n = n - 1", "number_gap", false},
		{"a counter that is gone", "DELETE FROM number_counters", "number_gap", false},
		{"a letter with another number", "UPDATE letters SET number = '9/99-1' WHERE id = (SELECT MIN(id) FROM letters WHERE kind = 'opinion')", "number_holder", false},
		{"a project with another number", "UPDATE submissions SET number = 'x' WHERE id = " + one, "number_holder", false},
		{"a number that nothing holds", "UPDATE numbers SET subject = 'nobody' WHERE subject = (SELECT MAX(subject) FROM numbers WHERE journal = 'outgoing')", "number_holder", false},
		{"a state of nothing", "UPDATE submissions SET state = 'lost' WHERE id = " + one, "state", false},
		{"an answered project without opinion", "UPDATE submissions SET state = 'archived' WHERE id = (SELECT MIN(id) FROM submissions WHERE state = 'in_review')", "state", false},
		{"an opinion of a project that runs", "UPDATE submissions SET state = 'in_review' WHERE id = " + one, "state", false},
		{"a deficient project without notice", "UPDATE notices SET answered = created", "state", false},
		{"a received project without day", "UPDATE submissions SET received = NULL WHERE id = " + one, "state", false},
		{"a version too many", "UPDATE submissions SET version = 2 WHERE id = " + one, "versions", false},
		{"a version that is gone", "DELETE FROM submission_versions WHERE submission_id = " + one, "versions", false},
		{"a letter without intent", "DELETE FROM seal_intents WHERE id = (SELECT MIN(id) FROM seal_intents)", "intent", false},
		{"another file than was released", "UPDATE seal_intents SET released = document || 'x' WHERE id = (SELECT MIN(id) FROM seal_intents)", "intent", false},
		{"a released letter that is not sealed", "UPDATE letters SET state = 'sealing' WHERE id = (SELECT MIN(id) FROM letters)", "intent", false},
		{"an intent of another number", "UPDATE seal_intents SET number = 'x' WHERE id = (SELECT MIN(id) FROM seal_intents)", "intent", false},
		{"an annulled letter whose number is in force", "UPDATE letters SET state = 'annulled' WHERE id = (SELECT MIN(id) FROM letters WHERE kind = 'opinion')", "number_holder", false},
		{"a message of no project", "UPDATE messages SET submission_id = 'nothing' WHERE id = (SELECT MIN(id) FROM messages)", "reference", true},
		{"an entry of the log that was changed", "UPDATE audit_log SET action = 'x' WHERE n = 7", "audit_log", false},
		{"an entry of the log that is gone", "DELETE FROM audit_log WHERE n = 9", "audit_log", false},
		{"a file that is none", "UPDATE letters SET unsealed = 'here' WHERE id = (SELECT MAX(id) FROM letters)", "file_name", false},
		{"a file that is not there", "UPDATE submission_versions SET record = '" + strings.Repeat("ab", 32) + "' WHERE submission_id = (SELECT MAX(submission_id) FROM submission_versions)", "file_missing", false},
		{"a file in a list that is not there", `UPDATE submissions SET files = '[{"blob":"` + strings.Repeat("cd", 32) + `"}]' WHERE id = ` + one, "file_missing", false},
	}
}

func TestClean(t *testing.T) {
	engines.Each(t, func(t *testing.T, dsn string) {
		o := filled(t, dsn)
		if _, err := o.shelves[sqlstore.ShelfCases].Put(t.Context(), strings.NewReader("nobody's"), 100); err != nil {
			t.Fatal(err)
		}
		for _, quick := range []bool{true, false} {
			r := o.check(t, quick)
			if !r.Clean() || r.Files != 1 || r.Orphans != 1 || r.Entries != 300 || (r.Bytes > 0) == quick {
				t.Errorf("%+v", r)
			}
		}
	})
}

// TestDamagedRows: each kind of damage is named, on SQLite each in a database of its own.
func TestDamagedRows(t *testing.T) {
	o := filled(t, engines.SQLite(t))
	whole, err := os.ReadFile(strings.TrimPrefix(o.dsn, "sqlite:"))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range damages() {
		t.Run(d.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.db")
			if err := os.WriteFile(path, whole, 0o600); err != nil {
				t.Fatal(err)
			}
			spoil(t, "sqlite", "file:"+path, d.sql)
			spoiled := *o
			spoiled.dsn = "sqlite:" + path
			names(t, spoiled.check(t, true), d)
		})
	}
}

// TestDamagedRowsOnPostgreSQL does one after the other to one database.
func TestDamagedRowsOnPostgreSQL(t *testing.T) {
	o := filled(t, engines.PostgreSQL(t))
	for _, d := range damages() {
		if !d.own && d.kind != "audit_log" {
			spoil(t, "pgx", o.dsn, d.sql)
		}
	}
	r := o.check(t, true)
	for _, d := range damages() {
		if !d.own && d.kind != "audit_log" {
			names(t, r, d)
		}
	}
}

func spoil(t *testing.T, driver, dsn, query string) {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	res, err := db.ExecContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := res.RowsAffected(); n == 0 {
		t.Fatalf("%s changed nothing", query)
	}
}

func names(t *testing.T, r *Report, d damage) {
	t.Helper()
	if !slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Kind == d.kind && f.Subject != "" && f.Detail != "" }) {
		t.Errorf("%s: want %s, found %+v", d.name, d.kind, r.Findings)
	}
}

// TestDamagedFiles: a file that is gone is missed even quickly; one whose bytes changed is found by reading.
func TestDamagedFiles(t *testing.T) {
	o := filled(t, engines.SQLite(t))
	path := filepath.Join(o.root, "blobs", "blobs", string(o.file[:2]), string(o.file))
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes.Repeat([]byte("x"), 6), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := o.check(t, true); !r.Clean() {
		t.Errorf("quickly: %+v", r.Findings)
	}
	if r := o.check(t, false); len(r.Findings) != 1 || r.Findings[0].Kind != ChangedFile || r.Findings[0].Subject != string(o.file) {
		t.Errorf("changed: %+v", r.Findings)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if r := o.check(t, true); len(r.Findings) != 1 || r.Findings[0].Kind != MissingFile {
		t.Errorf("gone: %+v", r.Findings)
	}
}
