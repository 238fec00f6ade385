package sqlstore

import (
	"context"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
)

func numberColumns(n *docket.Number) []column {
	return []column{
		{"journal", &n.Series.Journal},
		{"unit", &n.Series.Unit},
		{"case_no", &n.Series.Case},
		{"year", &n.Year},
		{"seq", &n.Seq},
		{"template", &n.Series.Template},
		{"spelled", &n.Text},
		{"day", day{&n.Date}},
		{"subject", &n.Subject},
		{"taken", stamp{&n.Taken}},
		{"taken_by", &n.By},
		{"voided", stamp{&n.Voided}},
		{"voided_by", &n.VoidedBy},
		{"reason", &n.Reason},
	}
}

// TakeNumber raises the counter and writes the number's row in the caller's transaction: both or neither, so there is no gap. The counter
// row is locked until the transaction ends, so that two of a series never run side by side.
func (w *work) TakeNumber(ctx context.Context, s docket.Series, subject docket.ID, by string, now time.Time) (*docket.Number, error) {
	date := calendar.DateOf(now)
	n := &docket.Number{Series: s, Year: date.Year, Date: date, Subject: subject, Taken: now, By: by}
	const query = `INSERT INTO number_counters (journal, unit, case_no, year, n) VALUES ($1, $2, $3, $4, 1)
		ON CONFLICT (journal, unit, case_no, year) DO UPDATE SET n = number_counters.n + 1 RETURNING n`
	if err := w.tx.QueryRowContext(ctx, query, string(s.Journal), s.Unit, s.Case, date.Year).Scan(&n.Seq); err != nil {
		return nil, translate(err)
	}
	var err error
	if n.Text, err = s.Format(n.Year, n.Seq); err != nil {
		return nil, err
	}
	if err := w.insert(ctx, "numbers", numberColumns(n)); err != nil {
		return nil, err
	}
	return n, nil
}

// VoidNumber annuls the number that a subject holds; the row stays.
func (w *work) VoidNumber(ctx context.Context, subject docket.ID, by, reason string, now time.Time) error {
	return w.must(ctx, "UPDATE numbers SET voided = $1, voided_by = $2, reason = $3 WHERE subject = $4 AND voided IS NULL",
		instant(now), by, reason, string(subject))
}

// Numbers lists a series' numbers of a year.
func (w *work) Numbers(ctx context.Context, s docket.Series, year int) ([]docket.Number, error) {
	return many(ctx, w, "numbers", numberColumns, "WHERE journal = $1 AND unit = $2 AND case_no = $3 AND year = $4 ORDER BY seq",
		string(s.Journal), s.Unit, s.Case, year)
}

func verificationColumns(v *docket.Verification) []column {
	return []column{
		{"id", &v.ID},
		{"blob", &v.Blob},
		{"policy", &v.Policy},
		{"policy_version", &v.PolicyVersion},
		{"made", stamp{&v.At}},
		{"format", &v.Format},
		{"indication", &v.Indication},
		{"sub_indication", &v.SubIndication},
		{"signatures", doc{&v.Signatures}},
		{"report", &v.Report},
		{"evidence", doc{&v.Evidence}},
	}
}

// AddVerification adds a verdict.
func (w *work) AddVerification(ctx context.Context, v *docket.Verification) error {
	return w.insert(ctx, "verifications", verificationColumns(v))
}

// Verification reads one.
func (w *work) Verification(ctx context.Context, id docket.ID) (*docket.Verification, error) {
	return one(ctx, w, "verifications", verificationColumns, "WHERE id = $1", string(id))
}

// LatestVerification reads the newest on a blob under a policy.
func (w *work) LatestVerification(ctx context.Context, blob docket.Hash, policy string) (*docket.Verification, error) {
	return one(ctx, w, "verifications", verificationColumns, "WHERE blob = $1 AND policy = $2 ORDER BY made DESC, id DESC LIMIT 1", string(blob), policy)
}
