package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pressly/goose/v3"

	"mohur/docket"
)

// Kind is what a column of a backup holds. It is the same on both engines, so that a backup of one is restored on the other.
type Kind string

// The kinds of columns.
const (
	KindText  Kind = "text"
	KindBytes Kind = "bytes"
	KindBool  Kind = "bool"
	KindInt   Kind = "int"
	KindTime  Kind = "time" // UTC, microseconds
)

// Field is a column of a backup's table.
type Field struct {
	Name string `json:"name"`
	Kind Kind   `json:"kind"`
}

// ErrNotEmpty says that a backup is not restored over something.
var ErrNotEmpty = errors.New("the database is not empty: a backup is restored into an empty one only")

// passing are tables that a backup leaves out: log-in state, which must not come back to life, locks, and what the engine or the queue keeps for itself.
func passing(table string) bool {
	return slices.Contains([]string{"sessions", "login_challenges", "pin_locks", "goose_db_version", "submission_search"}, table) ||
		strings.HasPrefix(table, "river_") || strings.HasPrefix(table, "sqlite_") || strings.HasPrefix(table, "submission_parts")
}

// Export reads every table that a backup holds as it stands at one moment, while others write: begin is told of each table in turn, those first that
// others refer to, and gets its rows. Values are string, []byte, bool, int64, time.Time or nil. It returns the version of the tables.
func (s *Store) Export(ctx context.Context, begin func(table string, fields []Field) (row func(values []any) error, err error)) (version int64, err error) {
	err = s.read(ctx, func(w *work) error {
		if err := w.tx.QueryRowContext(ctx, "SELECT MAX(version_id) FROM goose_db_version WHERE is_applied").Scan(&version); err != nil {
			return translate(err)
		}
		tables, err := w.tables(ctx)
		if err != nil {
			return err
		}
		for _, t := range tables {
			if err := w.exportTable(ctx, t, begin); err != nil {
				return fmt.Errorf("table %s: %w", t, err)
			}
		}
		return nil
	})
	return version, err
}

func (w *work) exportTable(ctx context.Context, table string, begin func(string, []Field) (func([]any) error, error)) (err error) {
	fields, err := w.fields(ctx, table)
	if err != nil {
		return err
	}
	row, err := begin(table, fields)
	if err != nil {
		return err
	}
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	rows, err := w.tx.QueryContext(ctx, "SELECT "+strings.Join(names, ", ")+" FROM "+table)
	if err != nil {
		return translate(err)
	}
	defer func() { err = errors.Join(err, translate(rows.Close())) }()
	values, places := make([]any, len(fields)), make([]any, len(fields))
	for i := range values {
		places[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(places...); err != nil {
			return translate(err)
		}
		for i, f := range fields {
			if values[i], err = f.Kind.plain(values[i]); err != nil {
				return fmt.Errorf("%s: %w", f.Name, err)
			}
		}
		if err := row(values); err != nil {
			return err
		}
	}
	return translate(rows.Err())
}

// plain makes what a driver gave the kind's own type.
func (k Kind) plain(v any) (any, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case string:
		if k == KindText {
			return v, nil
		}
	case []byte:
		if k == KindBytes {
			return v, nil
		}
		if k == KindText {
			return string(v), nil
		}
	case bool:
		if k == KindBool {
			return v, nil
		}
	case int64:
		if k == KindInt {
			return v, nil
		}
		if k == KindBool {
			return v != 0, nil
		}
	case time.Time:
		if k == KindTime {
			return v.UTC(), nil
		}
	}
	return nil, fmt.Errorf("a value of type %T in a column of kind %s", v, k)
}

// kindOf reads a column's declared type.
func kindOf(declared string) (Kind, error) {
	switch strings.ToLower(declared) {
	case "text":
		return KindText, nil
	case "bytea", "blob":
		return KindBytes, nil
	case "boolean":
		return KindBool, nil
	case "integer", "bigint":
		return KindInt, nil
	case "timestamp", "timestamp without time zone":
		return KindTime, nil
	}
	return "", fmt.Errorf("a column of type %q", declared)
}

// fields are a table's columns.
func (w *work) fields(ctx context.Context, table string) ([]Field, error) {
	ask := "SELECT name, type FROM pragma_table_info($1) ORDER BY cid"
	if w.engine == PostgreSQL {
		ask = "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position"
	}
	pairs, err := w.pairs(ctx, ask, table)
	if err != nil {
		return nil, err
	}
	out := make([]Field, len(pairs))
	for i, p := range pairs {
		kind, err := kindOf(p[1])
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", table, p[0], err)
		}
		out[i] = Field{p[0], kind}
	}
	return out, nil
}

// pairs reads rows of two texts.
func (w *work) pairs(ctx context.Context, query string, args ...any) (out [][2]string, err error) {
	rows, err := w.tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, translate(err)
	}
	defer func() { err = errors.Join(err, translate(rows.Close())) }()
	for rows.Next() {
		var p [2]string
		if err := rows.Scan(&p[0], &p[1]); err != nil {
			return nil, translate(err)
		}
		out = append(out, p)
	}
	return out, translate(rows.Err())
}

// tables lists the tables of a backup, each after those it refers to.
func (w *work) tables(ctx context.Context) ([]string, error) {
	ask := "SELECT name, name FROM sqlite_master WHERE type = 'table' ORDER BY name"
	if w.engine == PostgreSQL {
		ask = "SELECT tablename, tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"
	}
	pairs, err := w.pairs(ctx, ask)
	if err != nil {
		return nil, err
	}
	refs, err := w.references(ctx)
	if err != nil {
		return nil, err
	}
	var out []string
	placed := map[string]bool{}
	var place func(t string)
	place = func(t string) {
		if placed[t] || passing(t) {
			return
		}
		placed[t] = true
		for _, r := range refs {
			if r.table == t {
				place(r.to)
			}
		}
		out = append(out, t)
	}
	for _, p := range pairs {
		place(p[0])
	}
	return out, nil
}

// reference is a column that names rows of another table.
type reference struct{ table, column, to, key string }

// references lists what the tables' foreign keys say, in the order of their names.
func (w *work) references(ctx context.Context) (out []reference, err error) {
	ask := `SELECT m.name, f."from", f."table", f."to" FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table' ORDER BY 1, 2`
	if w.engine == PostgreSQL {
		ask = `SELECT c.conrelid::regclass::text, a.attname, c.confrelid::regclass::text, b.attname FROM pg_constraint c
			JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = c.confkey[1]
			WHERE c.contype = 'f' AND c.connamespace = current_schema()::regnamespace ORDER BY 1, 2`
	}
	rows, err := w.tx.QueryContext(ctx, ask)
	if err != nil {
		return nil, translate(err)
	}
	defer func() { err = errors.Join(err, translate(rows.Close())) }()
	for rows.Next() {
		var r reference
		if err := rows.Scan(&r.table, &r.column, &r.to, &r.key); err != nil {
			return nil, translate(err)
		}
		if !passing(r.table) {
			out = append(out, r)
		}
	}
	return out, translate(rows.Err())
}

// OpenFor opens an empty database with tables of the version that a backup was made from. Import fills it; Open brings it up to date afterwards.
func OpenFor(ctx context.Context, dsn string, version int64) (*Store, error) {
	s, err := connect(dsn)
	if err != nil {
		return nil, err
	}
	if err := s.makeEmpty(ctx, version); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Store) makeEmpty(ctx context.Context, version int64) error {
	if err := s.writer.PingContext(ctx); err != nil {
		return fmt.Errorf("the database does not answer: %w", err)
	}
	dir, err := migrationsOf(s.engine)
	if err != nil {
		return err
	}
	dialect := goose.DialectSQLite3
	if s.engine == PostgreSQL {
		dialect = goose.DialectPostgres
	}
	p, err := goose.NewProvider(dialect, s.writer, dir)
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	sources := p.ListSources()
	if newest := sources[len(sources)-1].Version; version > newest {
		return fmt.Errorf("the backup's tables are of version %d, this program knows %d: restore it with the program that made it, or a later one", version, newest)
	}
	at, err := p.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	if at > 0 {
		return s.empty(ctx, at, version)
	}
	if _, err := p.UpTo(ctx, version); err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	return nil
}

// empty holds that tables which are there already hold nothing.
func (s *Store) empty(ctx context.Context, at, version int64) error {
	return s.read(ctx, func(w *work) error {
		for _, table := range []string{"bodies", "users", "audit_log", "numbers", "verifications"} {
			n, err := w.count(ctx, "SELECT COUNT(*) FROM (SELECT 1 FROM "+table+" LIMIT 1) AS found")
			if err != nil {
				return err
			}
			if n > 0 {
				return ErrNotEmpty
			}
		}
		if at != version {
			return fmt.Errorf("the database has empty tables of version %d, the backup's are of version %d: restore into a new database", at, version)
		}
		return nil
	})
}

// Import fills an empty database from a backup, all or nothing: fill puts tables in the order in which Export gave them.
func (s *Store) Import(ctx context.Context, fill func(put func(table string, names []string, rows [][]any) error) error) (err error) {
	conn, err := s.writer.Conn(ctx)
	if err != nil {
		return unavailable(err)
	}
	defer func() { _ = conn.Close() }()
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return unavailable(err)
	}
	defer func() {
		if err != nil {
			_ = tx.Rollback()
		}
	}()
	w := &work{tx: tx, engine: s.engine}
	tables, err := w.tables(ctx)
	if err != nil {
		return err
	}
	for _, t := range slices.Backward(tables) { // what the making of tables puts in: the backup has it as it became
		if _, err = w.exec(ctx, "DELETE FROM "+t); err != nil {
			return err
		}
	}
	put := func(table string, names []string, rows [][]any) error {
		if !slices.Contains(tables, table) {
			return fmt.Errorf("the backup has a table %q that there is none of", table)
		}
		if s.engine == PostgreSQL {
			return copyRows(ctx, s.engine, conn, table, names, rows)
		}
		return insertRows(ctx, tx, table, names, rows)
	}
	if err = fill(put); err != nil {
		return err
	}
	return translate(tx.Commit())
}

// Unfinished lists what the queue has to do that a backup does not hold: mail and SMS that did not leave, documents whose check is to be repeated,
// letters whose seal was intended.
func (s *Store) Unfinished(ctx context.Context) (tasks []docket.Task, err error) {
	err = s.read(ctx, func(w *work) error {
		for _, q := range []struct {
			kind docket.TaskKind
			ask  string
		}{
			{docket.TaskDeliver, "SELECT id, '' FROM notifications WHERE channel <> 'system' AND sent IS NULL AND attempts < 12 ORDER BY id"},
			{docket.TaskRecheck, "SELECT id, '' FROM registrations WHERE state = 'verifying' ORDER BY id"},
			{docket.TaskRecheck, "SELECT id, '' FROM submissions WHERE state = 'verifying' ORDER BY id"},
			{docket.TaskSeal, "SELECT letter_id, '' FROM seal_intents WHERE released = '' AND closed IS NULL ORDER BY id"},
		} {
			pairs, err := w.pairs(ctx, q.ask)
			if err != nil {
				return err
			}
			for _, p := range pairs {
				tasks = append(tasks, docket.Task{Kind: q.kind, Subject: docket.ID(p[0])})
			}
		}
		return nil
	})
	return tasks, err
}
