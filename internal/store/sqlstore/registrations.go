package sqlstore

import (
	"context"
	"time"

	"mohur/docket"
)

func registrationColumns(r *docket.Registration) []column {
	return []column{
		{"id", &r.ID},
		{"access", &r.Access},
		{"state", &r.State},
		{"body_id", ref[docket.ID]{&r.BodyID}},
		{"body_name", &r.BodyName},
		{"email", &r.Email},
		{"mobile", &r.Mobile},
		{"letter_name", &r.LetterName},
		{"letter", &r.Letter},
		{"letter_size", &r.LetterSize},
		{"verification_id", ref[docket.ID]{&r.VerificationID}},
		{"signer", doc{&r.Signer}},
		{"mismatch", &r.Mismatch},
		{"stamp", &r.Timestamp},
		{"created", stamp{&r.Created}},
		{"touched", stamp{&r.Touched}},
		{"submitted", stamp{&r.Submitted}},
		{"decided_at", stamp{&r.DecidedAt}},
		{"decided_by", &r.DecidedBy},
		{"reason", &r.Reason},
		{"rev", &r.Rev},
	}
}

// AddRegistration adds one, with its search key.
func (w *work) AddRegistration(ctx context.Context, r *docket.Registration) error {
	fold := docket.Fold(r.BodyName)
	return w.insert(ctx, "registrations", append(registrationColumns(r), column{"name_fold", &fold}))
}

// UpdateRegistration writes r if nobody did since it was read.
func (w *work) UpdateRegistration(ctx context.Context, r *docket.Registration) error {
	fold := docket.Fold(r.BodyName)
	return w.update(ctx, "registrations", append(changeable(registrationColumns(r)), column{"name_fold", &fold}), r.ID, &r.Rev)
}

// changeable leaves out the columns that an update does not set.
func changeable(cols []column) []column {
	out := make([]column, 0, len(cols))
	for _, c := range cols {
		if c.name != "id" && c.name != "rev" {
			out = append(out, c)
		}
	}
	return out
}

// Registration reads one.
func (w *work) Registration(ctx context.Context, id docket.ID) (*docket.Registration, error) {
	return one(ctx, w, "registrations", registrationColumns, "WHERE id = $1", string(id))
}

// RegistrationByAccess reads one by its draft's key.
func (w *work) RegistrationByAccess(ctx context.Context, access string) (*docket.Registration, error) {
	return one(ctx, w, "registrations", registrationColumns, "WHERE access = $1", access)
}

// ListRegistrations lists, newest first.
func (w *work) ListRegistrations(ctx context.Context, f docket.RegistrationFilter) ([]docket.Registration, int, error) {
	var q where
	if len(f.States) == 0 {
		q.and("state <> ?", string(docket.RegistrationDraft))
	}
	q.in("state", texts(f.States))
	if f.BodyID != "" {
		q.and("body_id = ?", string(f.BodyID))
	}
	q.contains("name_fold", f.Query)
	total, err := w.total(ctx, "registrations", &q)
	if err != nil {
		return nil, 0, err
	}
	list, err := many(ctx, w, "registrations", registrationColumns, q.page("created DESC, id DESC", f.Limit, f.Offset, 50, 500), q.args...)
	return list, total, err
}

// RemoveRegistrationDrafts removes old drafts.
func (w *work) RemoveRegistrationDrafts(ctx context.Context, since time.Time) (int, error) {
	return w.exec(ctx, "DELETE FROM registrations WHERE state = $1 AND touched < $2", string(docket.RegistrationDraft), instant(since))
}

// texts spells typed strings.
func texts[T ~string](in []T) []string {
	out := make([]string, len(in))
	for i, v := range in {
		out[i] = string(v)
	}
	return out
}
