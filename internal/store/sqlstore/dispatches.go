package sqlstore

import (
	"context"

	"mohur/docket"
)

func dispatchColumns(e *docket.DispatchEntry) []column {
	return []column{
		{"id", &e.ID},
		{"letter_id", &e.LetterID},
		{"submission_id", ref[docket.ID]{&e.SubmissionID}},
		{"kind", &e.Kind},
		{"number", &e.Number},
		{"day", day{&e.Day}},
		{"body_id", ref[docket.ID]{&e.BodyID}},
		{"addressee", &e.Addressee},
		{"channel", &e.Channel},
		{"is_copy", &e.Copy},
		{"note", &e.Note},
		{"added_by", &e.AddedBy},
		{"added", stamp{&e.Added}},
		{"delivered", stamp{&e.Delivered}},
		{"confirmed", stamp{&e.Confirmed}},
		{"confirmed_by", &e.ConfirmedBy},
		{"confirmed_how", &e.ConfirmedHow},
		{"rev", &e.Rev},
	}
}

// AddDispatch adds a line of the dispatch list.
func (w *work) AddDispatch(ctx context.Context, e *docket.DispatchEntry) error {
	fold := docket.Fold(e.Addressee)
	return w.insert(ctx, "dispatches", append(dispatchColumns(e), column{"addressee_fold", &fold}))
}

// UpdateDispatch writes e if nobody did since it was read.
func (w *work) UpdateDispatch(ctx context.Context, e *docket.DispatchEntry) error {
	fold := docket.Fold(e.Addressee)
	return w.update(ctx, "dispatches", append(changeable(dispatchColumns(e)), column{"addressee_fold", &fold}), e.ID, &e.Rev)
}

// DispatchEntry reads one.
func (w *work) DispatchEntry(ctx context.Context, id docket.ID) (*docket.DispatchEntry, error) {
	return one(ctx, w, "dispatches", dispatchColumns, "WHERE id = $1", string(id))
}

// DispatchesOf lists a letter's lines, the oldest first.
func (w *work) DispatchesOf(ctx context.Context, letter docket.ID) ([]docket.DispatchEntry, error) {
	return many(ctx, w, "dispatches", dispatchColumns, "WHERE letter_id = $1 ORDER BY id", string(letter))
}

// ListDispatches lists lines, newest first.
func (w *work) ListDispatches(ctx context.Context, f docket.DispatchFilter) ([]docket.DispatchEntry, error) {
	var q where
	if !f.From.IsZero() {
		q.and("day >= ?", f.From.String())
	}
	if !f.To.IsZero() {
		q.and("day <= ?", f.To.String())
	}
	if f.BodyID != "" {
		q.and("body_id = ?", string(f.BodyID))
	}
	q.contains("addressee_fold", f.Addressee)
	if f.Number != "" {
		q.and("number LIKE ? ESCAPE '!'", "%"+likeText(f.Number)+"%")
	}
	if f.Channel != "" {
		q.and("channel = ?", string(f.Channel))
	}
	if f.Unconfirmed {
		q.and("confirmed IS NULL")
	}
	if f.Before != "" {
		q.and("id < ?", string(f.Before))
	}
	return many(ctx, w, "dispatches", dispatchColumns, q.page("id DESC", f.Limit, 0, 50, 1000), q.args...)
}

func followUpColumns(f *docket.FollowUp) []column {
	return []column{
		{"submission_id", &f.SubmissionID},
		{"letter_id", &f.LetterID},
		{"planned", day{&f.Planned}},
		{"as_approved", &f.AsApproved},
		{"in_operation", &f.InOperation},
		{"accepted_on", day{&f.AcceptedOn}},
		{"notes", &f.Notes},
		{"documents", doc{&f.Documents}},
		{"closed", stamp{&f.Closed}},
		{"by_user", &f.By},
		{"by_name", &f.ByName},
		{"created", stamp{&f.Created}},
		{"touched", stamp{&f.Touched}},
		{"rev", &f.Rev},
	}
}

// AddFollowUp adds one; a project has one.
func (w *work) AddFollowUp(ctx context.Context, f *docket.FollowUp) error {
	return w.insert(ctx, "follow_ups", followUpColumns(f))
}

// UpdateFollowUp writes f if nobody did since it was read.
func (w *work) UpdateFollowUp(ctx context.Context, f *docket.FollowUp) error {
	cols := changeable(followUpColumns(f))[1:] // without the key
	args := append(places(cols), string(f.SubmissionID), f.Rev)
	if err := w.must(ctx, updateBySQL("follow_ups", "submission_id", cols), args...); err != nil {
		return err
	}
	f.Rev++
	return nil
}

// FollowUp reads a project's.
func (w *work) FollowUp(ctx context.Context, submission docket.ID) (*docket.FollowUp, error) {
	return one(ctx, w, "follow_ups", followUpColumns, "WHERE submission_id = $1", string(submission))
}

// ListFollowUps lists the open or the closed ones, the earliest planned first.
func (w *work) ListFollowUps(ctx context.Context, f docket.FollowUpFilter) ([]docket.FollowUp, error) {
	var q where
	if f.Closed {
		q.and("closed IS NOT NULL")
	} else {
		q.and("closed IS NULL")
	}
	if !f.DueTo.IsZero() {
		q.and("planned <= ?", f.DueTo.String())
	}
	if f.After != "" {
		q.and("(planned, submission_id) > (SELECT planned, submission_id FROM follow_ups WHERE submission_id = ?)", string(f.After))
	}
	return many(ctx, w, "follow_ups", followUpColumns, q.page("planned, submission_id", f.Limit, 0, 50, 500), q.args...)
}
