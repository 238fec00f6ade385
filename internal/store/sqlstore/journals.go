package sqlstore

import (
	"context"
	"errors"
	"fmt"

	"mohur/docket"
)

// DescribeNumber says what a number stands on.
func (w *work) DescribeNumber(ctx context.Context, subject docket.ID, kind string, annexes int) error {
	return w.must(ctx, "UPDATE numbers SET kind = $1, annexes = $2 WHERE subject = $3", kind, annexes, string(subject))
}

// journalColumns are a number's columns and, from what holds it, a letter's and a project's; either may be missing.
func journalColumns(r *docket.JournalRow) []column {
	cols := numberColumns(&r.Number)
	for i := range cols {
		cols[i].name = "n." + cols[i].name
	}
	return append(cols, []column{
		{"n.kind", &r.Kind},
		{"n.annexes", &r.Annexes},
		{"l.id", ref[docket.ID]{&r.LetterID}},
		{"l.kind", ref[docket.LetterKind]{&r.LetterKind}},
		{"l.state", ref[docket.LetterState]{&r.LetterState}},
		{"s.id", ref[docket.ID]{&r.SubmissionID}},
		{"s.state", ref[docket.SubmissionState]{&r.State}},
		{"COALESCE(l.body_name, s.body_name, '')", &r.Correspondent},
		{"COALESCE(l.subject, s.project_name, '')", &r.Content},
		{"s.label", ref[docket.Label]{&r.Label}},
		{"COALESCE(l.drafter_name, u.name, '')", &r.Executor},
		{"COALESCE(s.due, '')", day{&r.Due}},
	}...)
}

// Journal lists a journal's rows, newest first.
func (w *work) Journal(ctx context.Context, f docket.JournalFilter) (out []docket.JournalRow, err error) {
	var q where
	q.and("n.journal = ?", string(f.Journal))
	if !f.From.IsZero() {
		q.and("n.day >= ?", f.From.String())
	}
	if !f.To.IsZero() {
		q.and("n.day <= ?", f.To.String())
	}
	if f.Number != "" {
		q.and("n.spelled LIKE ? ESCAPE '!'", "%"+likeText(f.Number)+"%")
	}
	if f.Kind != "" {
		q.and("n.kind = ?", f.Kind)
	}
	if f.Annulled {
		q.and("n.voided IS NOT NULL")
	}
	if a := f.After; !a.Day.IsZero() {
		q.and("(n.day, n.unit, n.case_no, n.seq) < (?, ?, ?, ?)", a.Day.String(), a.Unit, a.Case, a.Seq)
	}
	const from = ` FROM numbers n LEFT JOIN letters l ON l.id = n.subject LEFT JOIN submissions s ON s.id = COALESCE(l.submission_id, n.subject)
		LEFT JOIN users u ON u.id = s.expert `
	query := "SELECT " + names(journalColumns(new(docket.JournalRow))) + from + q.page("n.day DESC, n.unit DESC, n.case_no DESC, n.seq DESC", f.Limit, 0, 50, 1000)
	rows, err := w.tx.QueryContext(ctx, query, q.args...)
	if err != nil {
		return nil, translate(err)
	}
	defer func() { err = errors.Join(err, translate(rows.Close())) }()
	for rows.Next() {
		var r docket.JournalRow
		if err := rows.Scan(places(journalColumns(&r))...); err != nil {
			return nil, fmt.Errorf("journal: %w", err)
		}
		out = append(out, r)
	}
	return out, translate(rows.Err())
}

// JournalKinds lists the kinds of documents in their order.
func (w *work) JournalKinds(ctx context.Context) ([]docket.JournalKind, error) {
	return many(ctx, w, "document_kinds", func(k *docket.JournalKind) []column {
		return []column{{"code", &k.Code}, {"az", &k.Az}, {"en", &k.En}, {"ru", &k.Ru}}
	}, "ORDER BY position, code")
}
