package sqlstore

import (
	"context"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
)

func submissionColumns(s *docket.Submission) []column {
	return []column{
		{"id", &s.ID},
		{"body_id", ref[docket.ID]{&s.BodyID}},
		{"body_name", &s.BodyName},
		{"user_id", ref[docket.ID]{&s.UserID}},
		{"person", &s.Person},
		{"state", &s.State},
		{"cover_number", &s.Form.CoverNumber},
		{"cover_date", day{&s.Form.CoverDate}},
		{"document_type", &s.Form.DocumentType},
		{"project_name", &s.Form.ProjectName},
		{"no_state_secret", &s.Form.NoStateSecret},
		{"version", &s.Version},
		{"record", &s.Record},
		{"record_data", &s.RecordData},
		{"incoming", doc{&s.Incoming}},
		{"number", &s.Number},
		{"created", stamp{&s.Created}},
		{"received", stamp{&s.Received}},
		{"due", day{&s.Due}},
		{"due_rule", &s.DueRule},
		{"expert", ref[docket.ID]{&s.Expert}},
		{"files", doc{&s.Files}},
		{"correction", doc{&s.Correction}},
		{"touched", stamp{&s.Touched}},
		{"end_told", &s.EndTold},
		{"rev", &s.Rev},
	}
}

// submissionKeys are written besides: what is searched and sorted by.
func submissionKeys(s *docket.Submission) []column {
	fold, order := docket.Fold(s.Form.ProjectName), sortKey(s.Form.ProjectName)
	number := docket.Fold(s.Form.CoverNumber + " " + s.Number)
	received := ""
	if !s.Received.IsZero() {
		received = calendar.DateOf(s.Received).String()
	}
	return []column{{"name_fold", &fold}, {"name_sort", &order}, {"number_fold", &number}, {"received_day", &received}}
}

// AddSubmission adds one.
func (w *work) AddSubmission(ctx context.Context, s *docket.Submission) error {
	return w.insert(ctx, "submissions", append(submissionColumns(s), submissionKeys(s)...))
}

// UpdateSubmission writes s if nobody did since it was read.
func (w *work) UpdateSubmission(ctx context.Context, s *docket.Submission) error {
	return w.update(ctx, "submissions", append(changeable(submissionColumns(s)), submissionKeys(s)...), s.ID, &s.Rev)
}

// Submission reads one.
func (w *work) Submission(ctx context.Context, id docket.ID) (*docket.Submission, error) {
	return one(ctx, w, "submissions", submissionColumns, "WHERE id = $1", string(id))
}

// submissionOrders are the columns of docket's orders.
func submissionOrder(o docket.SubmissionOrder) string {
	switch o {
	case docket.OrderReceived:
		return "received_day, id"
	case docket.OrderDue:
		return "due, id"
	case docket.OrderDueRev:
		return "due DESC, id DESC"
	case docket.OrderName:
		return "name_sort, id"
	case docket.OrderNameRev:
		return "name_sort DESC, id DESC"
	default:
		return "received_day DESC, id DESC"
	}
}

// ListSubmissions lists a page and counts all.
func (w *work) ListSubmissions(ctx context.Context, f docket.SubmissionFilter) ([]docket.Submission, int, error) {
	var q where
	if f.BodyID != "" {
		q.and("body_id = ?", string(f.BodyID))
	}
	if !f.WithDrafts {
		q.and("state <> ?", string(docket.SubmissionDraft))
	}
	q.in("state", texts(f.States))
	for _, not := range f.Without {
		q.and("state <> ?", string(not))
	}
	q.drafterOrUnit(f.Expert, f.Unit)
	q.contains("name_fold", f.Name)
	q.contains("number_fold", f.Number)
	for _, c := range []struct {
		cond string
		day  calendar.Date
	}{
		{"received_day >= ?", f.ReceivedFrom},
		{"received_day <= ?", f.ReceivedTo},
		{"due >= ?", f.DueFrom},
		{"due <= ?", f.DueTo},
	} {
		if !c.day.IsZero() {
			q.and(c.cond, c.day.String())
		}
	}
	if !f.ReceivedTo.IsZero() {
		q.and("received_day <> ''")
	}
	if !f.DueTo.IsZero() {
		q.and("due <> ''")
	}
	total, err := w.count(ctx, "SELECT COUNT(*) FROM submissions "+q.String(), q.args...)
	if err != nil {
		return nil, 0, err
	}
	list, err := many(ctx, w, "submissions", submissionColumns, q.page(submissionOrder(f.Order), f.Limit, f.Offset, 20, 200), q.args...)
	return list, total, err
}

// drafterOrUnit adds "drafted by the person, or given to his unit or to him as a task", if a person is named.
func (q *where) drafterOrUnit(person, unit docket.ID) {
	switch {
	case person == "":
	case unit == "":
		q.and("expert = ?", string(person))
	default:
		q.and(`(expert = ? OR EXISTS (SELECT 1 FROM case_tasks t WHERE t.submission_id = submissions.id AND t.state <> 'taken_back'
			AND (t.unit_id = ? OR t.person = ?)))`, string(person), string(unit), string(person))
	}
}

// OldDrafts lists drafts untouched since the instant.
func (w *work) OldDrafts(ctx context.Context, since time.Time) ([]docket.Submission, error) {
	return many(ctx, w, "submissions", submissionColumns, "WHERE state = $1 AND touched < $2 ORDER BY id LIMIT 500", string(docket.SubmissionDraft), instant(since))
}

// RemoveDraft removes a draft and what the program told about it.
func (w *work) RemoveDraft(ctx context.Context, id docket.ID) error {
	if _, err := w.exec(ctx, "UPDATE notifications SET submission_id = NULL WHERE submission_id = $1", string(id)); err != nil {
		return err
	}
	return w.must(ctx, "DELETE FROM submissions WHERE id = $1 AND state = $2", string(id), string(docket.SubmissionDraft))
}

func versionColumns(v *docket.Version) []column {
	return []column{
		{"submission_id", &v.SubmissionID},
		{"n", &v.N},
		{"form", doc{&v.Form}},
		{"files", doc{&v.Files}},
		{"record_json", &v.RecordJSON},
		{"record", &v.Record},
		{"signed", &v.Signed},
		{"verification_id", ref[docket.ID]{&v.VerificationID}},
		{"signer", doc{&v.Signer}},
		{"stamp", &v.Timestamp},
		{"received", stamp{&v.Received}},
	}
}

// AddVersion adds a signed version.
func (w *work) AddVersion(ctx context.Context, v *docket.Version) error {
	return w.insert(ctx, "submission_versions", versionColumns(v))
}

// Versions lists the signed versions, oldest first.
func (w *work) Versions(ctx context.Context, submission docket.ID) ([]docket.Version, error) {
	return many(ctx, w, "submission_versions", versionColumns, "WHERE submission_id = $1 ORDER BY n", string(submission))
}
