package sqlstore

import (
	"context"

	"mohur/docket"
)

func unitColumns(u *docket.Unit) []column {
	return []column{
		{"id", &u.ID},
		{"code", &u.Code},
		{"name", &u.Name},
		{"name_en", &u.NameEn},
		{"name_ru", &u.NameRu},
		{"kind", &u.Kind},
		{"active", &u.Active},
		{"place", &u.Order},
	}
}

// PutUnit inserts a unit or, by code, changes it; u.ID becomes the stored one.
func (w *work) PutUnit(ctx context.Context, u *docket.Unit) error {
	cols := unitColumns(u)
	query := insertSQL("units", cols) + ` ON CONFLICT (code) DO UPDATE SET name = excluded.name, name_en = excluded.name_en, name_ru = excluded.name_ru,
		kind = excluded.kind, active = excluded.active, place = excluded.place RETURNING id`
	return translate(w.tx.QueryRowContext(ctx, query, places(cols)...).Scan(&u.ID))
}

// Unit reads one.
func (w *work) Unit(ctx context.Context, id docket.ID) (*docket.Unit, error) {
	return one(ctx, w, "units", unitColumns, "WHERE id = $1", string(id))
}

// Units lists all.
func (w *work) Units(ctx context.Context) ([]docket.Unit, error) {
	return many(ctx, w, "units", unitColumns, "ORDER BY place, code")
}

// SetUnit puts an account into a unit.
func (w *work) SetUnit(ctx context.Context, user, unit docket.ID) error {
	return w.must(ctx, "UPDATE users SET unit_id = $1 WHERE id = $2", ref[docket.ID]{&unit}, string(user))
}

func caseTaskColumns(t *docket.CaseTask) []column {
	return []column{
		{"id", &t.ID},
		{"submission_id", &t.SubmissionID},
		{"unit_id", &t.UnitID},
		{"leads", &t.Lead},
		{"person", ref[docket.ID]{&t.Person}},
		{"ask", &t.Ask},
		{"due", day{&t.Due}},
		{"state", &t.State},
		{"given", stamp{&t.Given}},
		{"given_by", ref[docket.ID]{&t.GivenBy}},
		{"answered", stamp{&t.Answered}},
		{"ended", stamp{&t.Ended}},
		{"ended_by", ref[docket.ID]{&t.EndedBy}},
		{"reason", &t.Reason},
		{"rev", &t.Rev},
	}
}

// AddCaseTask adds one.
func (w *work) AddCaseTask(ctx context.Context, t *docket.CaseTask) error {
	return w.insert(ctx, "case_tasks", caseTaskColumns(t))
}

// UpdateCaseTask writes t if nobody did since it was read.
func (w *work) UpdateCaseTask(ctx context.Context, t *docket.CaseTask) error {
	return w.update(ctx, "case_tasks", changeable(caseTaskColumns(t)), t.ID, &t.Rev)
}

// CaseTask reads one.
func (w *work) CaseTask(ctx context.Context, id docket.ID) (*docket.CaseTask, error) {
	return one(ctx, w, "case_tasks", caseTaskColumns, "WHERE id = $1", string(id))
}

// CaseTasks lists a project's.
func (w *work) CaseTasks(ctx context.Context, submission docket.ID) ([]docket.CaseTask, error) {
	return many(ctx, w, "case_tasks", caseTaskColumns, "WHERE submission_id = $1 ORDER BY leads DESC, id", string(submission))
}

// ListCaseTasks lists tasks that stand, of projects that still run.
func (w *work) ListCaseTasks(ctx context.Context, f docket.CaseTaskFilter) ([]docket.CaseTask, error) {
	var q where
	person, args := oneOf("person", texts(append([]docket.ID{""}, f.People...)))
	unit, more := oneOf("unit_id", texts(append([]docket.ID{""}, f.Units...)))
	q.and("("+person+" OR "+unit+")", append(args, more...)...)
	if len(f.States) == 0 {
		f.States = []docket.CaseTaskState{docket.CaseTaskOpen, docket.CaseTaskAnswered}
	}
	q.in("state", texts(f.States))
	q.and("EXISTS (SELECT 1 FROM submissions s WHERE s.id = case_tasks.submission_id AND s.state IN ('in_review', 'deficient', 'opinion_drafted', 'visa'))")
	return many(ctx, w, "case_tasks", caseTaskColumns, q.page("due, id", f.Limit, f.Offset, 100, 500), q.args...)
}

func subOpinionColumns(o *docket.SubOpinion) []column {
	return []column{
		{"id", &o.ID},
		{"task_id", &o.TaskID},
		{"submission_id", &o.SubmissionID},
		{"unit_id", &o.UnitID},
		{"n", &o.N},
		{"version", &o.Version},
		{"author_id", &o.AuthorID},
		{"author", &o.Author},
		{"body_text", &o.Text},
		{"outcome", &o.Outcome},
		{"attachments", doc{&o.Attachments}},
		{"written", stamp{&o.Written}},
	}
}

// AddSubOpinion adds one.
func (w *work) AddSubOpinion(ctx context.Context, o *docket.SubOpinion) error {
	return w.insert(ctx, "sub_opinions", subOpinionColumns(o))
}

// SubOpinion reads one.
func (w *work) SubOpinion(ctx context.Context, id docket.ID) (*docket.SubOpinion, error) {
	return one(ctx, w, "sub_opinions", subOpinionColumns, "WHERE id = $1", string(id))
}

// SubOpinions lists a project's.
func (w *work) SubOpinions(ctx context.Context, submission docket.ID) ([]docket.SubOpinion, error) {
	return many(ctx, w, "sub_opinions", subOpinionColumns, "WHERE submission_id = $1 ORDER BY written, id", string(submission))
}

func visaColumns(v *docket.Visa) []column {
	return []column{
		{"id", &v.ID},
		{"letter_id", &v.LetterID},
		{"submission_id", &v.SubmissionID},
		{"unit_id", &v.UnitID},
		{"page", &v.Page},
		{"state", &v.State},
		{"asked", stamp{&v.Asked}},
		{"asked_by", &v.AskedBy},
		{"giver", ref[docket.ID]{&v.Giver}},
		{"giver_name", &v.GiverName},
		{"decided", stamp{&v.Decided}},
		{"reason", &v.Reason},
		{"rev", &v.Rev},
	}
}

// AddVisa adds one.
func (w *work) AddVisa(ctx context.Context, v *docket.Visa) error {
	return w.insert(ctx, "visas", visaColumns(v))
}

// UpdateVisa writes v if nobody did since it was read.
func (w *work) UpdateVisa(ctx context.Context, v *docket.Visa) error {
	return w.update(ctx, "visas", changeable(visaColumns(v)), v.ID, &v.Rev)
}

// Visa reads one.
func (w *work) Visa(ctx context.Context, id docket.ID) (*docket.Visa, error) {
	return one(ctx, w, "visas", visaColumns, "WHERE id = $1", string(id))
}

// VisasOf lists a project's.
func (w *work) VisasOf(ctx context.Context, submission docket.ID) ([]docket.Visa, error) {
	return many(ctx, w, "visas", visaColumns, "WHERE submission_id = $1 ORDER BY asked, id", string(submission))
}

// AskedVisas lists what a unit has not decided on.
func (w *work) AskedVisas(ctx context.Context, unit docket.ID, limit int) ([]docket.Visa, error) {
	var q where
	q.and("unit_id = ?", string(unit))
	q.and("state = 'asked'")
	q.and("EXISTS (SELECT 1 FROM submissions s WHERE s.id = visas.submission_id AND s.state = 'visa')")
	return many(ctx, w, "visas", visaColumns, q.page("id", limit, 0, 100, 500), q.args...)
}

func returnColumns(r *docket.Return) []column {
	return []column{
		{"id", &r.ID},
		{"submission_id", &r.SubmissionID},
		{"letter_id", &r.LetterID},
		{"page", &r.Page},
		{"step", &r.Step},
		{"points", doc{&r.Points}},
		{"reason", &r.Reason},
		{"by_whom", &r.By},
		{"by_name", &r.ByName},
		{"unit_id", ref[docket.ID]{&r.UnitID}},
		{"made", stamp{&r.At}},
	}
}

// AddReturn adds one.
func (w *work) AddReturn(ctx context.Context, r *docket.Return) error {
	return w.insert(ctx, "letter_returns", returnColumns(r))
}

// Returns lists a project's.
func (w *work) Returns(ctx context.Context, submission docket.ID) ([]docket.Return, error) {
	return many(ctx, w, "letter_returns", returnColumns, "WHERE submission_id = $1 ORDER BY made, id", string(submission))
}

func letterVersionColumns(o *docket.LetterVersion) []column {
	return []column{
		{"id", &o.ID},
		{"letter_id", &o.LetterID},
		{"n", &o.N},
		{"subject", &o.Subject},
		{"body_text", &o.Text},
		{"outcome", &o.Outcome},
		{"page", &o.Page},
		{"by_whom", &o.By},
		{"by_name", &o.ByName},
		{"made", stamp{&o.At}},
	}
}

// AddLetterVersion adds one.
func (w *work) AddLetterVersion(ctx context.Context, o *docket.LetterVersion) error {
	return w.insert(ctx, "letter_versions", letterVersionColumns(o))
}

// LetterVersions lists a letter's.
func (w *work) LetterVersions(ctx context.Context, letter docket.ID) ([]docket.LetterVersion, error) {
	return many(ctx, w, "letter_versions", letterVersionColumns, "WHERE letter_id = $1 ORDER BY n", string(letter))
}
