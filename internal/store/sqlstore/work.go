package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mohur/docket"
)

// work is one unit of work: every port of docket over one transaction.
type work struct {
	tx      *sql.Tx
	engine  Engine
	enqueue Enqueue
}

var _ docket.Work = (*work)(nil)

// errNoQueue says that UseQueue was not called.
var errNoQueue = errors.New("sqlstore: no queue takes tasks")

// Enqueue takes tasks into the transaction.
func (w *work) Enqueue(ctx context.Context, tasks ...docket.Task) error {
	if len(tasks) == 0 {
		return nil
	}
	if w.enqueue == nil {
		return errNoQueue
	}
	if err := w.enqueue(ctx, w.tx, tasks); err != nil {
		return translate(err)
	}
	return nil
}

// exec runs a statement and returns how many rows it changed.
func (w *work) exec(ctx context.Context, query string, args ...any) (int, error) {
	res, err := w.tx.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, translate(err)
	}
	n, err := res.RowsAffected()
	return int(n), translate(err)
}

// must runs a statement that has to change exactly one row; ErrStale if it does not.
func (w *work) must(ctx context.Context, query string, args ...any) error {
	n, err := w.exec(ctx, query, args...)
	if err != nil {
		return err
	}
	if n != 1 {
		return docket.ErrStale
	}
	return nil
}

// insert adds a row.
func (w *work) insert(ctx context.Context, table string, cols []column) error {
	_, err := w.exec(ctx, insertSQL(table, cols), places(cols)...)
	return err
}

// update writes a row whose rev is still the one read, and raises it in memory too.
func (w *work) update(ctx context.Context, table string, cols []column, id docket.ID, rev *int) error {
	args := append(places(cols), string(id), *rev)
	if err := w.must(ctx, updateSQL(table, cols), args...); err != nil {
		return err
	}
	*rev++
	return nil
}

// one reads a row of T; tail is WHERE and what follows.
func one[T any](ctx context.Context, w *work, table string, cols func(*T) []column, tail string, args ...any) (*T, error) {
	v := new(T)
	cs := cols(v)
	if err := w.tx.QueryRowContext(ctx, "SELECT "+names(cs)+" FROM "+table+" "+tail, args...).Scan(places(cs)...); err != nil {
		return nil, translate(err)
	}
	return v, nil
}

// many reads rows of T.
func many[T any](ctx context.Context, w *work, table string, cols func(*T) []column, tail string, args ...any) (out []T, err error) {
	rows, err := w.tx.QueryContext(ctx, "SELECT "+names(cols(new(T)))+" FROM "+table+" "+tail, args...)
	if err != nil {
		return nil, translate(err)
	}
	defer func() { err = errors.Join(err, translate(rows.Close())) }()
	for rows.Next() {
		var v T
		if err := rows.Scan(places(cols(&v))...); err != nil {
			return nil, fmt.Errorf("%s: %w", table, err)
		}
		out = append(out, v)
	}
	return out, translate(rows.Err())
}

// count reads one number.
func (w *work) count(ctx context.Context, query string, args ...any) (int, error) {
	var n int
	err := w.tx.QueryRowContext(ctx, query, args...).Scan(&n)
	return n, translate(err)
}

// total counts the rows of a table that fit, up to one more than docket.CountLimit: whoever reads a list needs no more, and counting a million takes
// longer than showing them.
func (w *work) total(ctx context.Context, table string, q *where) (int, error) {
	return w.count(ctx, fmt.Sprintf("SELECT COUNT(*) FROM (SELECT 1 FROM %s %s LIMIT %d) AS counted", table, q, docket.CountLimit+1), q.args...)
}

// where collects conditions and their arguments, numbering $n in order of first use.
type where struct {
	conds []string
	args  []any
}

// and adds a condition in which each ? stands for the next argument.
func (q *where) and(cond string, args ...any) {
	for _, a := range args {
		q.args = append(q.args, a)
		cond = strings.Replace(cond, "?", "$"+strconv.Itoa(len(q.args)), 1)
	}
	q.conds = append(q.conds, cond)
}

// clone is a copy to go on with.
func (q *where) clone() where { return where{slices.Clone(q.conds), slices.Clone(q.args)} }

// in adds "column is one of".
func (q *where) in(column string, values []string) {
	if len(values) == 0 {
		return
	}
	cond, args := oneOf(column, values)
	q.and(cond, args...)
}

// oneOf spells "column is one of" with a ? for each value.
func oneOf(column string, values []string) (cond string, args []any) {
	for _, v := range values {
		args = append(args, v)
	}
	return column + " IN (" + strings.TrimSuffix(strings.Repeat("?, ", len(values)), ", ") + ")", args
}

// contains adds "folded column contains the folded text", if there is one.
func (q *where) contains(column, query string) {
	if query = docket.Fold(query); query != "" {
		q.and(column+" LIKE ? ESCAPE '!'", "%"+likeText(query)+"%")
	}
}

// likeText escapes what LIKE reads as patterns; the escape is an exclamation mark.
func likeText(s string) string {
	return strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(s)
}

// String is the WHERE clause.
func (q *where) String() string {
	if len(q.conds) == 0 {
		return ""
	}
	return "WHERE " + strings.Join(q.conds, " AND ")
}

// page adds ORDER BY, LIMIT and OFFSET; the order is a constant of this package, never input.
func (q *where) page(order string, limit, offset, def, top int) string {
	if limit <= 0 {
		limit = def
	}
	return fmt.Sprintf("%s ORDER BY %s LIMIT %d OFFSET %d", q, order, min(limit, top), max(offset, 0))
}
