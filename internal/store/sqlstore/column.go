package sqlstore

import (
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"mohur/docket/calendar"
)

// column binds a column's name to the Go value it is written from and read into. One list per table serves INSERT, UPDATE and SELECT, so
// that the three can't disagree.
type column struct {
	name string
	at   any // a pointer, or one of the wrappers below
}

// stamp stores an instant as UTC, the zero time as NULL. PostgreSQL keeps microseconds, so nothing finer is written anywhere.
type stamp struct{ t *time.Time }

func (s stamp) Value() (driver.Value, error) { return instant(*s.t), nil }

func (s stamp) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*s.t = time.Time{}
	case time.Time:
		*s.t = v.UTC()
	case string: // SQLite, where an expression has no declared type
		t, err := time.Parse("2006-01-02 15:04:05.999999999-07:00", v)
		if err != nil {
			return fmt.Errorf("time %q: %w", v, err)
		}
		*s.t = t.UTC()
	default:
		return fmt.Errorf("time of type %T", src)
	}
	return nil
}

// instant is a time as an argument: UTC, microseconds, nil for none.
func instant(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Truncate(time.Microsecond)
}

// day stores a legal day as YYYY-MM-DD, no date as empty.
type day struct{ d *calendar.Date }

func (d day) Value() (driver.Value, error) { return d.d.String(), nil }

func (d day) Scan(src any) error {
	s, err := text(src)
	if err != nil {
		return err
	}
	return d.d.UnmarshalText([]byte(s))
}

// ref stores a reference: empty is NULL.
type ref[T ~string] struct{ id *T }

func (r ref[T]) Value() (driver.Value, error) {
	if *r.id == "" {
		return nil, nil
	}
	return string(*r.id), nil
}

func (r ref[T]) Scan(src any) error {
	s, err := text(src)
	*r.id = T(s)
	return err
}

// doc stores a value as JSON text.
type doc struct{ v any }

func (d doc) Value() (driver.Value, error) {
	b, err := json.Marshal(d.v)
	return string(b), err
}

func (d doc) Scan(src any) error {
	s, err := text(src)
	if err != nil || s == "" {
		return err
	}
	return json.Unmarshal([]byte(s), d.v)
}

// text reads a text column; NULL is empty.
func text(src any) (string, error) {
	switch v := src.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case []byte:
		return string(v), nil
	default:
		return "", fmt.Errorf("text of type %T", src)
	}
}

// names lists the columns' names for a SELECT.
func names(cols []column) string {
	out := make([]string, len(cols))
	for i, c := range cols {
		out[i] = c.name
	}
	return strings.Join(out, ", ")
}

// places are the columns' targets for Scan.
func places(cols []column) []any {
	out := make([]any, len(cols))
	for i, c := range cols {
		out[i] = c.at
	}
	return out
}

// insertSQL is INSERT with $1.. in the columns' order.
func insertSQL(table string, cols []column) string {
	marks := make([]string, len(cols))
	for i := range cols {
		marks[i] = "$" + strconv.Itoa(i+1)
	}
	return "INSERT INTO " + table + " (" + names(cols) + ") VALUES (" + strings.Join(marks, ", ") + ")"
}

// updateSQL sets every column, raises rev and asks that id and rev are as they were read.
func updateSQL(table string, cols []column) string { return updateBySQL(table, "id", cols) }

// updateBySQL is updateSQL for a table with another key.
func updateBySQL(table, key string, cols []column) string {
	sets := make([]string, len(cols))
	for i, c := range cols {
		sets[i] = c.name + " = $" + strconv.Itoa(i+1)
	}
	n := len(cols)
	return fmt.Sprintf("UPDATE %s SET %s, rev = rev + 1 WHERE %s = $%d AND rev = $%d", table, strings.Join(sets, ", "), key, n+1, n+2)
}

var _ interface {
	sql.Scanner
	driver.Valuer
} = stamp{}
