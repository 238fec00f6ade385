package sqlstore

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

//go:embed migrations/*.sql
var migrations embed.FS

// ofEngine shows the migrations of one engine: those for both, and those whose name ends in its own.
type ofEngine struct {
	fs.FS
	other string // "_sqlite.sql" on PostgreSQL
}

// migrationsOf lists what one engine's tables are made by.
func migrationsOf(e Engine) (fs.FS, error) {
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	other := SQLite
	if e == SQLite {
		other = PostgreSQL
	}
	return ofEngine{dir, "_" + string(other) + ".sql"}, nil
}

// ReadDir implements fs.ReadDirFS.
func (f ofEngine) ReadDir(name string) ([]fs.DirEntry, error) {
	list, err := fs.ReadDir(f.FS, name)
	return slices.DeleteFunc(list, func(e fs.DirEntry) bool { return strings.HasSuffix(e.Name(), f.other) }), err
}

// trigramsMissing says what the administrator of the database can do, where this program may not.
const trigramsMissing = `searching reads whole tables: the database has no trigram index. Let its administrator run "CREATE EXTENSION pg_trgm" in it, then start again`

// openSearch makes sure of PostgreSQL's index of trigrams. Its extension may be missing because the role may not create it, or because PostgreSQL's
// contrib package is not installed: then everything is found as well, only slower, and SearchIndex says so. It is tried again at each start.
func (s *Store) openSearch(ctx context.Context) error {
	if s.engine != PostgreSQL {
		return nil
	}
	const ask = "SELECT COUNT(*) FROM pg_indexes WHERE schemaname = current_schema() " +
		"AND indexname IN ('submissions_name_part', 'submissions_number_part', 'numbers_part', 'dispatches_addressee_part', 'dispatches_number_part')"
	for range 2 {
		var n int
		if err := s.writer.QueryRowContext(ctx, ask).Scan(&n); err != nil {
			return fmt.Errorf("index of the search: %w", err)
		}
		if n == 5 {
			return nil
		}
		text, err := fs.ReadFile(migrations, "migrations/0016_search_postgres.sql")
		if err != nil {
			return err
		}
		_, up, _ := strings.Cut(string(text), "-- +goose StatementBegin")
		up, _, _ = strings.Cut(up, "-- +goose StatementEnd")
		if _, err := s.writer.ExecContext(ctx, up); err != nil {
			return fmt.Errorf("index of the search: %w", err)
		}
	}
	s.noIndex = trigramsMissing
	return nil
}

// SearchIndex says why searching is slower than it could be; nil where it isn't.
func (s *Store) SearchIndex() error {
	if s.noIndex == "" {
		return nil
	}
	return errors.New(s.noIndex)
}
