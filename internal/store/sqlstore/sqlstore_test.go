package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"mohur/docket"
	"mohur/internal/store/storetest"
)

var engines storetest.Engines // of this test binary

func TestMain(m *testing.M) {
	if dsn := os.Getenv(pinOwner); dsn != "" {
		if err := ownPIN(dsn); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(1)
	}
	os.Exit(engines.Main(m))
}

// opened opens a store whose tasks go nowhere.
func opened(t *testing.T, dsn string) *Store {
	t.Helper()
	s, err := Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	s.UseQueue(func(context.Context, *sql.Tx, []docket.Task) error { return nil })
	return s
}

func TestSuite(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		storetest.Run(t, func(t *testing.T) docket.Store { return opened(t, engines.SQLite(t)) })
	})
	t.Run("postgres", func(t *testing.T) {
		storetest.Run(t, func(t *testing.T) docket.Store { return opened(t, engines.PostgreSQL(t)) })
	})
}

func TestOpenTwiceKeepsWhatIsThere(t *testing.T) {
	engines.Each(t, func(t *testing.T, dsn string) {
		b := docket.Body{ID: "1", Name: "Qurum", VOEN: "1234567890", Active: true}
		first := opened(t, dsn)
		if err := first.InTx(t.Context(), func(w docket.Work) error { return w.PutBody(t.Context(), &b) }); err != nil {
			t.Fatal(err)
		}
		err := opened(t, dsn).Read(t.Context(), func(w docket.Work) error { _, err := w.Body(t.Context(), "1"); return err })
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestWrongAddresses(t *testing.T) {
	for dsn, says := range map[string]string{
		"":                                    "sqlite:PATH or postgres",
		"mysql:x":                             "scheme \"mysql\"",
		"sqlite:":                             "SQLite path",
		"sqlite:a?mode=memory":                "without ?",
		"sqlite:/nowhere/at/all/x.db":         "does not answer",
		"postgres://u@127.0.0.1:1/x":          "does not answer",
		"postgres://u@127.0.0.1:notaport/x":   "",
		"postgres://u:secret@127.0.0.1:1/x":   "does not answer",
		"postgresql://u:secret@127.0.0.1:1/y": "does not answer",
	} {
		s, err := Open(t.Context(), dsn)
		if err == nil {
			t.Errorf("%q opened", dsn)
			_ = s.Close()
			continue
		}
		if !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", dsn, err)
		}
	}
}

func TestClosedDatabaseIsOneClearRefusal(t *testing.T) {
	engines.Each(t, func(t *testing.T, dsn string) {
		s, err := Open(t.Context(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		for name, err := range map[string]error{
			"InTx": s.InTx(t.Context(), func(docket.Work) error { return nil }),
			"Read": s.Read(t.Context(), func(docket.Work) error { return nil }),
			"Ping": s.Ping(t.Context()),
		} {
			if docket.CodeOf(err) != docket.CodeUnavailable || docket.KeyOf(err) != docket.KeyDatabase {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestEnqueueNeedsAQueue(t *testing.T) {
	s, err := Open(t.Context(), engines.SQLite(t))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	err = s.InTx(t.Context(), func(w docket.Work) error { return w.Enqueue(t.Context(), docket.Task{Kind: docket.TaskDeliver}) })
	if err == nil {
		t.Error("a task went nowhere without a word")
	}
}

// TestOneSQLText holds the rule that both engines read the same files: what is for one engine only is named here, and each has its counterpart.
func TestOneSQLText(t *testing.T) {
	apart := []string{"0016_search_postgres.sql", "0016_search_sqlite.sql"} // trigrams: an extension here, a virtual table there
	entries, err := migrations.ReadDir("migrations")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, e := range entries {
		if strings.Contains(e.Name(), "postgres") || strings.Contains(e.Name(), "sqlite") {
			found = append(found, e.Name())
		}
	}
	if !slices.Equal(found, apart) {
		t.Errorf("for one engine only are %v, want %v", found, apart)
	}
	for engine, other := range map[Engine]string{SQLite: apart[0], PostgreSQL: apart[1]} {
		dir, err := migrationsOf(engine)
		if err != nil {
			t.Fatal(err)
		}
		names, err := fs.Glob(dir, "*.sql")
		if err != nil || len(names) != len(entries)-1 || slices.Contains(names, other) {
			t.Errorf("%s: %v %v", engine, names, err)
		}
	}
}

// TestSearchWithoutTrigrams: a role that may not make the extension finds the same, and the administrator is told; once it is there, the next start
// makes the indexes.
func TestSearchWithoutTrigrams(t *testing.T) {
	dsn := engines.PostgreSQL(t)
	admin, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	role := fmt.Sprintf("plain%d", os.Getpid())
	for _, q := range []string{"CREATE ROLE " + role + " LOGIN", "GRANT ALL ON SCHEMA public TO " + role} {
		if _, err := admin.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	plain := strings.Replace(dsn, "//postgres@", "//"+role+"@", 1)
	s := opened(t, plain)
	if err := s.SearchIndex(); err == nil || !strings.Contains(err.Error(), "CREATE EXTENSION pg_trgm") {
		t.Errorf("without the extension: %v", err)
	}
	if _, err := admin.ExecContext(t.Context(), "CREATE EXTENSION pg_trgm"); err != nil {
		t.Fatal(err)
	}
	if err := opened(t, plain).SearchIndex(); err != nil {
		t.Error(err)
	}
	if err := opened(t, engines.PostgreSQL(t)).SearchIndex(); err != nil {
		t.Errorf("of the database's owner: %v", err)
	}
}

func TestDatabaseFileIsItsOwnersOnly(t *testing.T) {
	dsn := engines.SQLite(t)
	opened(t, dsn)
	for _, suffix := range []string{"", "-wal", "-shm"} {
		i, err := os.Stat(strings.TrimPrefix(dsn, "sqlite:") + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if i.Mode().Perm() != 0o600 {
			t.Errorf("mohur.db%s: mode %o", suffix, i.Mode().Perm())
		}
	}
}
