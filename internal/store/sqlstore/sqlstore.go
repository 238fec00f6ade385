// Package sqlstore keeps the office in a relational database: PostgreSQL, or SQLite embedded. One SQL text serves both; what may differ
// is held by a test.
//
// It stores and finds; it decides nothing. Rules and permissions live in docket and desk. Every unit of work is one transaction; SQLite has
// one writer connection, so that writers queue instead of failing, and readers that can't write.
package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"mohur/docket"
)

// Engine is a database engine.
type Engine string

// The engines.
const (
	PostgreSQL Engine = "postgres"
	SQLite     Engine = "sqlite"
)

// Enqueue inserts tasks in a transaction; internal/jobs provides it.
type Enqueue func(ctx context.Context, tx *sql.Tx, tasks []docket.Task) error

// Store is a database of the office.
type Store struct {
	engine  Engine
	writer  *sql.DB
	reader  *sql.DB
	enqueue Enqueue
	noIndex string // why searching reads whole tables; empty: it doesn't
}

// Pragmas of SQLite connections. Without the last two of common, times are compared wrongly.
const (
	common  = "_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)&_time_format=sqlite&_timezone=UTC"
	writing = common + "&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate"
	reading = common + "&_pragma=query_only(1)"
)

// Open opens the database that a DSN names and brings its tables up to date: "sqlite:PATH" or "postgres://...". Close it.
func Open(ctx context.Context, dsn string) (*Store, error) {
	s, err := connect(dsn)
	if err != nil {
		return nil, err
	}
	if err := s.writer.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("the database does not answer: %w", err), s.Close())
	}
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func connect(dsn string) (*Store, error) {
	if path, ok := strings.CutPrefix(dsn, "sqlite:"); ok {
		if path == "" || strings.ContainsAny(path, "?#") {
			return nil, fmt.Errorf("database %q: a SQLite path without ? and # is needed", dsn)
		}
		return connectSQLite(path)
	}
	if strings.HasPrefix(dsn, "postgres:") || strings.HasPrefix(dsn, "postgresql:") {
		cfg, err := pgx.ParseConfig(dsn)
		if err != nil {
			return nil, fmt.Errorf("the database address can't be read: %w", err)
		}
		db := stdlib.OpenDB(*cfg, stdlib.OptionAfterConnect(planEachQuery))
		db.SetMaxOpenConns(20)
		db.SetMaxIdleConns(10)
		db.SetConnMaxIdleTime(5 * time.Minute)
		return &Store{engine: PostgreSQL, writer: db, reader: db}, nil
	}
	scheme, _, _ := strings.Cut(dsn, ":")
	return nil, fmt.Errorf("database scheme %q: sqlite:PATH or postgres://... is needed", scheme)
}

// planEachQuery has a connection plan a query for the very values it is asked with. What a search term or a state is worth differs by a factor of a
// hundred thousand, and a plan made for none of them in particular reads the whole table.
func planEachQuery(ctx context.Context, c *pgx.Conn) error {
	_, err := c.Exec(ctx, "SET plan_cache_mode = force_custom_plan")
	return err
}

func connectSQLite(path string) (*Store, error) {
	// The file holds names, FİNs and addresses: only its owner reads it, whatever the folder allows. Its journal takes over the mode.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the database does not answer: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("the database does not answer: %w", err)
	}
	writer, err := sql.Open("sqlite", "file:"+path+"?"+writing)
	if err != nil {
		return nil, err
	}
	writer.SetMaxOpenConns(1)
	reader, err := sql.Open("sqlite", "file:"+path+"?"+reading)
	if err != nil {
		return nil, errors.Join(err, writer.Close())
	}
	reader.SetMaxOpenConns(8)
	return &Store{engine: SQLite, writer: writer, reader: reader}, nil
}

// migrate applies the embedded migrations; on PostgreSQL one process at a time.
func (s *Store) migrate(ctx context.Context) error {
	dir, err := migrationsOf(s.engine)
	if err != nil {
		return err
	}
	dialect := goose.DialectSQLite3
	if s.engine == PostgreSQL {
		dialect = goose.DialectPostgres
		conn, err := s.writer.Conn(ctx)
		if err != nil {
			return fmt.Errorf("migrations: %w", err)
		}
		defer func() { _ = conn.Close() }()
		const lock = 0x6d6f687572 // "mohur"
		if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", lock); err != nil {
			return fmt.Errorf("migrations: %w", err)
		}
		defer func() {
			_, _ = conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", lock)
		}()
	}
	p, err := goose.NewProvider(dialect, s.writer, dir)
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	if err := s.nameUsers(ctx); err != nil {
		return err
	}
	if s.engine == SQLite { // how full its tables are decides how it reads them; it looks only when told to
		if _, err := s.writer.ExecContext(ctx, "PRAGMA analysis_limit = 400; PRAGMA optimize = 0x10002"); err != nil {
			return fmt.Errorf("migrations: %w", err)
		}
	}
	return s.openSearch(ctx)
}

// Engine says which engine it is.
func (s *Store) Engine() Engine { return s.engine }

// DB is the pool that may write, for the queue of internal/jobs, which inserts into the transactions of this store.
func (s *Store) DB() *sql.DB { return s.writer }

// UseQueue sets what takes tasks into a transaction. Call it before the first unit of work.
func (s *Store) UseQueue(e Enqueue) { s.enqueue = e }

// Close closes the connections.
func (s *Store) Close() error {
	err := s.writer.Close()
	if s.reader != s.writer {
		err = errors.Join(err, s.reader.Close())
	}
	return err
}

// Ping says whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.reader.PingContext(ctx); err != nil {
		return unavailable(err)
	}
	return nil
}

// InTx runs do in a transaction, again on PostgreSQL's serialisation failures and deadlocks.
func (s *Store) InTx(ctx context.Context, do func(docket.Work) error) error {
	for try := 1; ; try++ {
		err := s.once(ctx, s.writer, nil, do)
		if err == nil || try == 5 || !retryable(err) {
			return err
		}
	}
}

// Read runs do on a snapshot that can't write.
func (s *Store) Read(ctx context.Context, do func(docket.Work) error) error {
	o := &sql.TxOptions{ReadOnly: true}
	if s.engine == PostgreSQL {
		o.Isolation = sql.LevelRepeatableRead
	}
	return s.once(ctx, s.reader, o, do)
}

func (s *Store) once(ctx context.Context, db *sql.DB, o *sql.TxOptions, do func(docket.Work) error) (err error) {
	tx, err := db.BeginTx(ctx, o)
	if err != nil {
		return unavailable(err)
	}
	defer func() {
		if err != nil {
			_ = tx.Rollback() // the cause is reported; a failed rollback ends with the connection
		}
	}()
	if err = do(&work{tx: tx, engine: s.engine, enqueue: s.enqueue}); err != nil {
		return err
	}
	if err = tx.Commit(); err != nil {
		return translate(err)
	}
	return nil
}

// unavailable says that the database does not answer.
func unavailable(err error) error {
	return docket.Refuse(docket.CodeUnavailable, docket.KeyDatabase).Because(err)
}

func retryable(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (pg.Code == "40001" || pg.Code == "40P01")
}

// translate turns a driver's error into one of docket's: no row, a row that exists already, or the database itself.
func translate(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return docket.ErrNotFound
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), retryable(err):
		return err
	case duplicate(err):
		return docket.ErrStale.Because(err)
	}
	if _, refused := errors.AsType[*docket.Error](err); refused {
		return err
	}
	return unavailable(err)
}

// duplicate says whether a unique index refused a row.
func duplicate(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.Code == "23505"
	}
	lite, ok := errors.AsType[interface {
		error
		Code() int
	}](err)
	return ok && (lite.Code() == 1555 || lite.Code() == 2067) // SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE
}
