package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"mohur/docket"
	"mohur/internal/audit"
)

// bulkTables are the tables that Bulk fills, each after those it refers to.
var bulkTables = [...]string{
	"bodies", "units", "users", "verifications", "registrations", "submissions", "submission_versions", "letters", "numbers", "seal_intents", "messages", "notices",
	"case_tasks", "dispatches", "notifications", "deadlines", "audit_log",
}

// Bulk writes made-up rows by the ten thousand into an empty database, past the verbs and their rules: to measure with. It asks nothing; whoever calls
// it sees to it that what it writes fits together.
type Bulk struct {
	store   *Store
	waiting map[string]*bulkRows
	indexes []string // to be made again at the end
	last    audit.Head
	numbers map[docket.Number]int // the highest of each series and year
}

type bulkRows struct {
	names []string
	rows  [][]any
}

// bulkBatch is how many rows of a table are written at once.
const bulkBatch = 10000

// Bulk begins to fill. Until Close, what is searched by has no index and references are not checked where the engine lets us.
func (s *Store) Bulk(ctx context.Context) (*Bulk, error) {
	b := &Bulk{store: s, waiting: map[string]*bulkRows{}, numbers: map[docket.Number]int{}}
	ask := "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
	if s.engine == PostgreSQL {
		ask = `SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()
			AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = (quote_ident(schemaname) || '.' || quote_ident(indexname))::regclass)`
	}
	names, err := b.noteIndexes(ctx, ask)
	if err != nil {
		return nil, fmt.Errorf("bulk: %w", err)
	}
	for _, n := range names {
		if _, err := s.writer.ExecContext(ctx, "DROP INDEX "+n); err != nil {
			return nil, fmt.Errorf("bulk: %w", err)
		}
	}
	if s.engine == SQLite {
		_, err = s.writer.ExecContext(ctx, "PRAGMA foreign_keys = 0")
	}
	return b, err
}

// noteIndexes reads the names of indexes, and keeps how they are made.
func (b *Bulk) noteIndexes(ctx context.Context, ask string) (names []string, err error) {
	rows, err := b.store.writer.QueryContext(ctx, ask)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var name, def string
		if err := rows.Scan(&name, &def); err != nil {
			return nil, err
		}
		names, b.indexes = append(names, name), append(b.indexes, def)
	}
	return names, rows.Err()
}

// Add takes rows: pointers to docket's nouns.
func (b *Bulk) Add(ctx context.Context, rows ...any) error {
	for _, r := range rows {
		table, cols, err := bulkColumns(r)
		if err != nil {
			return err
		}
		if n, ok := r.(*docket.Number); ok {
			b.count(n)
		}
		w := b.waiting[table]
		if w == nil {
			w = &bulkRows{}
			for _, c := range cols {
				w.names = append(w.names, c.name)
			}
			b.waiting[table] = w
		}
		line := make([]any, len(cols))
		for i, c := range cols {
			if line[i], err = plainValue(c.at); err != nil {
				return fmt.Errorf("%s.%s: %w", table, c.name, err)
			}
		}
		if w.rows = append(w.rows, line); len(w.rows) == bulkBatch {
			if err := b.flush(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// Log takes an entry of the audit log and gives it its place in the chain.
func (b *Bulk) Log(ctx context.Context, e *docket.AuditEntry) error {
	hash, err := audit.Sum(b.last.Hash, b.last.N+1, e)
	if err != nil {
		return err
	}
	b.last = audit.Head{N: b.last.N + 1, Hash: hash}
	return b.Add(ctx, &audit.Link{N: b.last.N, Hash: hash, Entry: *e})
}

// count remembers how far a series went.
func (b *Bulk) count(n *docket.Number) {
	key := docket.Number{Series: docket.Series{Journal: n.Series.Journal, Unit: n.Series.Unit, Case: n.Series.Case}, Year: n.Year}
	b.numbers[key] = max(b.numbers[key], n.Seq)
}

// bulkColumns are a noun's table and columns.
func bulkColumns(r any) (string, []column, error) {
	switch v := r.(type) {
	case *docket.Body:
		fold, order := docket.Fold(v.Name), sortKey(v.Name)
		return "bodies", append(bodyColumns(v), column{"name_fold", &fold}, column{"name_sort", &order}), nil
	case *docket.Unit:
		return "units", unitColumns(v), nil
	case *docket.User:
		return "users", append(userColumns(v), userKeys(v)...), nil
	case *docket.Verification:
		return "verifications", verificationColumns(v), nil
	case *docket.Registration:
		fold := docket.Fold(v.BodyName)
		return "registrations", append(registrationColumns(v), column{"name_fold", &fold}), nil
	case *docket.Submission:
		return "submissions", append(submissionColumns(v), submissionKeys(v)...), nil
	case *docket.Version:
		return "submission_versions", versionColumns(v), nil
	case *docket.Letter:
		return "letters", letterColumns(v), nil
	case *docket.Number:
		return "numbers", numberColumns(v), nil
	case *docket.SealIntent:
		return "seal_intents", intentColumns(v), nil
	case *docket.Message:
		fold := docket.Fold(v.Author + " " + v.Text)
		return "messages", append(messageColumns(v), column{"text_fold", &fold}), nil
	case *docket.Notice:
		return "notices", noticeColumns(v), nil
	case *docket.CaseTask:
		return "case_tasks", caseTaskColumns(v), nil
	case *docket.DispatchEntry:
		fold := docket.Fold(v.Addressee)
		return "dispatches", append(dispatchColumns(v), column{"addressee_fold", &fold}), nil
	case *docket.Notification:
		return "notifications", notificationColumns(v), nil
	case *docket.Deadline:
		return "deadlines", deadlineColumns(v), nil
	case *audit.Link:
		return "audit_log", append(auditColumns(&v.Entry), column{"n", &v.N}, column{"hash", &v.Hash}), nil
	default:
		return "", nil, fmt.Errorf("bulk: no table for %T", r)
	}
}

// plainValue is what a column's place holds now, as a driver takes it.
func plainValue(at any) (any, error) {
	if v, ok := at.(driver.Valuer); ok {
		return v.Value()
	}
	v := reflect.ValueOf(at).Elem()
	switch v.Kind() {
	case reflect.String:
		return v.String(), nil
	case reflect.Bool:
		return v.Bool(), nil
	case reflect.Int, reflect.Int64:
		return v.Int(), nil
	case reflect.Slice:
		if v.IsNil() {
			return nil, nil
		}
		return v.Bytes(), nil
	default:
		return nil, fmt.Errorf("a column of kind %s", v.Kind())
	}
}

// flush writes what waits, tables in the order of their references.
func (b *Bulk) flush(ctx context.Context) error {
	tx, err := b.store.writer.Conn(ctx)
	if err != nil {
		return fmt.Errorf("bulk: %w", err)
	}
	defer func() { _ = tx.Close() }()
	for _, table := range bulkTables {
		w := b.waiting[table]
		if w == nil || len(w.rows) == 0 {
			continue
		}
		if err := copyRows(ctx, b.store.engine, tx, table, w.names, w.rows); err != nil {
			return fmt.Errorf("bulk: %s: %w", table, err)
		}
		w.rows = w.rows[:0]
	}
	return nil
}

// copyRows writes rows: by COPY on PostgreSQL, by one prepared statement in one transaction on SQLite.
func copyRows(ctx context.Context, engine Engine, conn *sql.Conn, table string, names []string, rows [][]any) error {
	if engine == PostgreSQL {
		return conn.Raw(func(c any) error {
			_, err := c.(*stdlib.Conn).Conn().CopyFrom(ctx, pgx.Identifier{table}, names, pgx.CopyFromRows(rows))
			return err
		})
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	err = insertRows(ctx, tx, table, names, rows)
	if err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// insertRows writes rows in a transaction.
func insertRows(ctx context.Context, tx *sql.Tx, table string, names []string, rows [][]any) error {
	marks := make([]string, len(names))
	for i := range names {
		marks[i] = "$" + strconv.Itoa(i+1)
	}
	insert, err := tx.PrepareContext(ctx, "INSERT INTO "+table+" ("+strings.Join(names, ", ")+") VALUES ("+strings.Join(marks, ", ")+")")
	if err != nil {
		return err
	}
	defer func() { _ = insert.Close() }()
	for _, r := range rows {
		if _, err := insert.ExecContext(ctx, r...); err != nil {
			return err
		}
	}
	return nil
}

// Close writes what waits, the counters and the end of the chain, makes the indexes again and lets the engine see how its tables are filled.
func (b *Bulk) Close(ctx context.Context) error {
	if err := b.flush(ctx); err != nil {
		return err
	}
	for key, n := range b.numbers {
		if _, err := b.store.writer.ExecContext(ctx, "INSERT INTO number_counters (journal, unit, case_no, year, n) VALUES ($1, $2, $3, $4, $5)",
			string(key.Series.Journal), key.Series.Unit, key.Series.Case, key.Year, n); err != nil {
			return fmt.Errorf("bulk: %w", err)
		}
	}
	if _, err := b.store.writer.ExecContext(ctx, "UPDATE audit_head SET n = $1, hash = $2 WHERE id = 1", b.last.N, b.last.Hash); err != nil {
		return fmt.Errorf("bulk: %w", err)
	}
	end := append([]string{}, b.indexes...)
	if b.store.engine == PostgreSQL {
		end = append(end, "VACUUM ANALYZE")
	} else {
		end = append(end, "PRAGMA foreign_keys = 1", "ANALYZE")
	}
	for _, q := range end {
		if _, err := b.store.writer.ExecContext(ctx, q); err != nil {
			return fmt.Errorf("bulk: %s: %w", q, err)
		}
	}
	return nil
}
