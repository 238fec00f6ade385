package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"mohur/docket"
	"mohur/docket/calendar"
)

// listColumns are what a line of a list shows: without the large columns, which only a page of one case does.
func listColumns(s *docket.Submission) []column {
	return slices.DeleteFunc(submissionColumns(s), func(c column) bool { return c.name == "files" || c.name == "incoming" || c.name == "correction" })
}

// order is an order of a list: a column, then the id.
type order struct {
	column string
	desc   bool
}

// submissionOrder is one of docket's orders.
func submissionOrder(o docket.SubmissionOrder) order {
	switch o {
	case docket.OrderReceived:
		return order{"received_day", false}
	case docket.OrderDue:
		return order{"due", false}
	case docket.OrderDueRev:
		return order{"due", true}
	case docket.OrderName:
		return order{"name_sort", false}
	case docket.OrderNameRev:
		return order{"name_sort", true}
	default:
		return order{"received_day", true}
	}
}

// String is what ORDER BY says.
func (o order) String() string {
	if o.desc {
		return o.column + " DESC, id DESC"
	}
	return o.column + ", id"
}

// beyond says that a row comes after another, given by its values.
func (o order) beyond() string {
	if o.desc {
		return "(" + o.column + ", id) < (?, ?)"
	}
	return "(" + o.column + ", id) > (?, ?)"
}

// ListSubmissions lists a page and counts.
func (w *work) ListSubmissions(ctx context.Context, f docket.SubmissionFilter) ([]docket.Submission, int, error) {
	plain := submissionConditions(f)
	found := plain.clone() // with the conditions on texts asked of the index of trigrams
	w.part(&found, "name_fold", f.Name)
	w.part(&found, "number_fold", f.Number)
	plain.contains("name_fold", f.Name)
	plain.contains("number_fold", f.Number)
	total, err := w.total(ctx, "submissions", &found)
	if err != nil || total == 0 {
		return nil, 0, err
	}
	o := submissionOrder(f.Order)
	backwards := f.Before != "" || f.Last
	if backwards {
		o.desc = !o.desc
	}
	at := f.After
	if f.Before != "" {
		at = f.Before
	}
	tail, args, err := w.submissionPage(ctx, f, o, at, plain, found, total > few)
	if err != nil {
		return nil, 0, err
	}
	list, err := many(ctx, w, "submissions", listColumns, tail, args...)
	if backwards {
		slices.Reverse(list)
	}
	return list, total, err
}

// submissionPage says which rows a page shows. Where few fit, they are found first and then put in order. Where many do, the order's index is walked
// from the page's place until enough fit: soon, as they are many.
func (w *work) submissionPage(ctx context.Context, f docket.SubmissionFilter, o order, at docket.ID, plain, found where, dense bool) (string, []any, error) {
	from := func(q *where) error {
		if at == "" {
			return nil
		}
		key, err := w.submissionKey(ctx, o.column, at)
		if err == nil {
			q.and(o.beyond(), key, string(at))
		}
		return err
	}
	if dense {
		err := errors.Join(w.nearby(ctx, f, o, &plain), from(&plain))
		return plain.page(o.String(), f.Limit, f.Offset, 20, 200), plain.args, err
	}
	var shown where
	shown.args = slices.Clone(found.args)
	err := from(&shown)
	page := shown.page(o.String(), f.Limit, f.Offset, 20, 200)
	return fmt.Sprintf("WHERE id IN (WITH found AS MATERIALIZED (SELECT id, %s FROM submissions %s) SELECT id FROM found %s) ORDER BY %s", o.column, &found, page, o), shown.args, err
}

// few rows are found first and then put in order.
const few = 2000

// nearby keeps an order's walk near the days that the filter asks for. A project is due after it was received, so that a range of one day says where in
// the order of the other it lies; an engine doesn't know, and would walk past years of rows that don't fit.
func (w *work) nearby(ctx context.Context, f docket.SubmissionFilter, o order, q *where) error {
	const dueOf, receivedOf = "SELECT COALESCE(MAX(due || ''), '') FROM submissions ", "SELECT COALESCE(MIN(received_day || ''), '') FROM submissions "
	var ends where
	switch {
	case o.column == "due" && !o.desc && !f.ReceivedFrom.IsZero():
		q.and("due >= ?", f.ReceivedFrom.String())
	case o.column == "received_day" && o.desc && !f.DueTo.IsZero():
		q.and("received_day <= ?", f.DueTo.String())
	case o.column == "due" && o.desc && !f.ReceivedTo.IsZero():
		ends.between("received_day", f.ReceivedFrom, f.ReceivedTo)
		return w.bound(ctx, dueOf, "due <= ?", &ends, q)
	case o.column == "received_day" && !o.desc && !f.DueFrom.IsZero():
		ends.between("due", f.DueFrom, f.DueTo)
		return w.bound(ctx, receivedOf, "received_day >= ?", &ends, q)
	}
	return nil
}

// between adds a range of days, each end where it is set.
func (q *where) between(column string, from, to calendar.Date) {
	q.and(column + " <> ''")
	if !from.IsZero() {
		q.and(column+" >= ?", from.String())
	}
	if !to.IsZero() {
		q.and(column+" <= ?", to.String())
	}
}

// bound asks for the last or first day that the rows within a range reach, and adds it.
func (w *work) bound(ctx context.Context, ask, cond string, within, q *where) error {
	var day string
	if err := w.tx.QueryRowContext(ctx, ask+within.String(), within.args...).Scan(&day); err != nil {
		return translate(err)
	}
	q.and(cond, day)
	return nil
}

// submissionKey is the value by which a row stands in an order.
func (w *work) submissionKey(ctx context.Context, column string, id docket.ID) (key any, err error) {
	if column == "name_sort" {
		var b []byte
		err = w.tx.QueryRowContext(ctx, "SELECT name_sort FROM submissions WHERE id = $1", string(id)).Scan(&b)
		return b, translate(err)
	}
	var s string
	err = w.tx.QueryRowContext(ctx, "SELECT "+column+" FROM submissions WHERE id = $1", string(id)).Scan(&s)
	return s, translate(err)
}

// submissionConditions are those on other columns than texts.
func submissionConditions(f docket.SubmissionFilter) (q where) {
	if f.BodyID != "" {
		q.and("body_id = ?", string(f.BodyID))
	}
	q.in("state", texts(f.States))
	if !f.WithDrafts && !(len(f.States) > 0 && !slices.Contains(f.States, docket.SubmissionDraft)) {
		q.and("state <> ?", string(docket.SubmissionDraft))
	}
	for _, not := range f.Without {
		q.and("state <> ?", string(not))
	}
	q.ofUnit(f.People, f.Units)
	if f.Name != "" { // what is labelled stays out of the search by title (requirements 8, 20)
		q.and("label IN ('', 'open')")
	}
	if f.Labelled {
		q.and("label NOT IN ('', 'open')")
	}
	if f.Reader != "" {
		q.and(namedFor("submissions", "submissions.id"), string(f.Reader))
	}
	if !f.ReceivedFrom.IsZero() || !f.ReceivedTo.IsZero() {
		q.between("received_day", f.ReceivedFrom, f.ReceivedTo)
	}
	if !f.DueFrom.IsZero() || !f.DueTo.IsZero() {
		q.between("due", f.DueFrom, f.DueTo)
	}
	return q
}

// ofUnit adds "drafted by one of the people, or given to one of them or of the units as a task", if there are people.
func (q *where) ofUnit(people, units []docket.ID) {
	if len(people) == 0 {
		return
	}
	expert, args := oneOf("expert", texts(people))
	person, more := oneOf("t.person", texts(people))
	args, task := append(args, more...), person
	if len(units) > 0 {
		unit, more := oneOf("t.unit_id", texts(units))
		args, task = append(args, more...), task+" OR "+unit
	}
	q.and("("+expert+" OR EXISTS (SELECT 1 FROM case_tasks t WHERE t.submission_id = submissions.id AND t.state <> 'taken_back' AND ("+task+")))", args...)
}

// part adds "folded column contains the folded text" as the engine's index of trigrams is asked: PostgreSQL's serves LIKE, SQLite's is a table. Texts
// of less than three letters have no trigram; they are looked for in the rows.
func (w *work) part(q *where, column, query string) {
	folded := docket.Fold(query)
	if w.engine == PostgreSQL || utf8.RuneCountInString(folded) < 3 {
		q.contains(column, query)
		return
	}
	q.and("id IN (SELECT submission_id FROM submission_search WHERE n IN (SELECT rowid FROM submission_parts WHERE submission_parts MATCH ?))",
		column+` : "`+strings.ReplaceAll(folded, `"`, `""`)+`"`)
}
