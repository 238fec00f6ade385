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
		{"procedure_code", &s.Procedure},
		{"procedure_version", &s.ProcedureVersion},
		{"provisional", &s.Provisional},
		{"still_days", &s.StillDays},
		{"still_since", day{&s.StillSince}},
		{"label", &s.Label},
		{"official_use", &s.Form.OfficialUse},
		{"expert", ref[docket.ID]{&s.Expert}},
		{"files", doc{&s.Files}},
		{"correction", doc{&s.Correction}},
		{"withdrawal", &s.Withdrawal},
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

// OldDrafts lists drafts untouched since the instant.
func (w *work) OldDrafts(ctx context.Context, since time.Time) ([]docket.Submission, error) {
	return many(ctx, w, "submissions", submissionColumns, "WHERE state = 'draft' AND touched < $1 ORDER BY touched, id LIMIT 500", instant(since))
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
