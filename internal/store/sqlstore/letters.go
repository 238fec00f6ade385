package sqlstore

import (
	"context"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
)

func letterColumns(l *docket.Letter) []column {
	return []column{
		{"id", &l.ID},
		{"kind", &l.Kind},
		{"state", &l.State},
		{"submission_id", ref[docket.ID]{&l.SubmissionID}},
		{"registration_id", ref[docket.ID]{&l.RegistrationID}},
		{"body_id", ref[docket.ID]{&l.BodyID}},
		{"body_name", &l.BodyName},
		{"label", &l.Label},
		{"subject", &l.Subject},
		{"body_text", &l.Text},
		{"outcome", &l.Outcome},
		{"profile", &l.Profile},
		{"place", doc{&l.Place}},
		{"unsealed", &l.Unsealed},
		{"approved", &l.Approved},
		{"sealed", &l.Sealed},
		{"number", &l.Number},
		{"number_date", day{&l.NumberDate}},
		{"public", &l.Public},
		{"control_code", &l.ControlCode},
		{"drafter", ref[docket.ID]{&l.Drafter}},
		{"checker", ref[docket.ID]{&l.Checker}},
		{"signatory", ref[docket.ID]{&l.Signatory}},
		{"drafter_name", &l.DrafterName},
		{"sealed_by", &l.SealedBy},
		{"verification_id", ref[docket.ID]{&l.VerificationID}},
		{"reason", &l.Reason},
		{"created", stamp{&l.Created}},
		{"sealed_at", stamp{&l.SealedAt}},
		{"dispatched", stamp{&l.Dispatched}},
		{"first_read", stamp{&l.FirstRead}},
		{"first_read_by", &l.FirstReadBy},
		{"signed", &l.Signed},
		{"signed_at", stamp{&l.SignedAt}},
		{"signed_by", &l.SignedBy},
		{"signature_id", ref[docket.ID]{&l.SignatureID}},
		{"drafter_for", ref[docket.ID]{&l.DrafterFor}},
		{"checker_for", ref[docket.ID]{&l.CheckerFor}},
		{"signatory_for", ref[docket.ID]{&l.SignatoryFor}},
		{"annexes", &l.Annexes},
		{"rev", &l.Rev},
	}
}

// AddLetter adds one.
func (w *work) AddLetter(ctx context.Context, l *docket.Letter) error {
	return w.insert(ctx, "letters", letterColumns(l))
}

// UpdateLetter writes l if nobody did since it was read.
func (w *work) UpdateLetter(ctx context.Context, l *docket.Letter) error {
	return w.update(ctx, "letters", changeable(letterColumns(l)), l.ID, &l.Rev)
}

// Letter reads one.
func (w *work) Letter(ctx context.Context, id docket.ID) (*docket.Letter, error) {
	return one(ctx, w, "letters", letterColumns, "WHERE id = $1", string(id))
}

// LettersOf lists a project's letters, oldest first.
func (w *work) LettersOf(ctx context.Context, submission docket.ID) ([]docket.Letter, error) {
	return many(ctx, w, "letters", letterColumns, "WHERE submission_id = $1 ORDER BY id", string(submission))
}

// letterNamedFor is the condition that a letter and its case are open, or that the person of its one argument is named for either.
const letterNamedFor = `(letters.label IN ('', 'open') AND NOT EXISTS (SELECT 1 FROM submissions WHERE submissions.id = letters.submission_id AND submissions.label NOT IN ('', 'open'))
	OR EXISTS (SELECT 1 FROM readers WHERE readers.subject IN (letters.id, letters.submission_id) AND readers.removed IS NULL AND readers.user_id = ?))`

// Mailbox lists the letters dispatched to a body, newest first.
func (w *work) Mailbox(ctx context.Context, body, reader docket.ID, limit, offset int) ([]docket.Letter, int, error) {
	var q where
	q.and("body_id = ?", string(body))
	q.and("dispatched IS NOT NULL")
	if reader != "" {
		q.and(letterNamedFor, string(reader))
	}
	total, err := w.total(ctx, "letters", &q)
	if err != nil {
		return nil, 0, err
	}
	const order = "dispatched DESC, id DESC"
	// The rows are chosen in the index alone, however far down the page lies; only those shown are read.
	list, err := many(ctx, w, "letters", letterColumns, "WHERE id IN (SELECT id FROM letters "+q.page(order, limit, offset, 50, 500)+") ORDER BY "+order, q.args...)
	return list, total, err
}

// LetterByAddress reads one by its public address.
func (w *work) LetterByAddress(ctx context.Context, public string) (*docket.Letter, error) {
	return one(ctx, w, "letters", letterColumns, "WHERE public = $1", public)
}

// LetterByNumber lists those with a number of a day; series of several journals may spell alike.
func (w *work) LetterByNumber(ctx context.Context, number string, date calendar.Date) ([]docket.Letter, error) {
	return many(ctx, w, "letters", letterColumns, "WHERE number = $1 AND number_date = $2 ORDER BY id LIMIT 20", number, date.String())
}

// LetterOfRegistration reads the newest of a registration.
func (w *work) LetterOfRegistration(ctx context.Context, registration docket.ID) (*docket.Letter, error) {
	return one(ctx, w, "letters", letterColumns, "WHERE registration_id = $1 ORDER BY id DESC LIMIT 1", string(registration))
}

// LettersInState lists by state, oldest first.
func (w *work) LettersInState(ctx context.Context, state docket.LetterState) ([]docket.Letter, error) {
	return many(ctx, w, "letters", letterColumns, "WHERE state = $1 ORDER BY id LIMIT 1000", string(state))
}

func intentColumns(i *docket.SealIntent) []column {
	return []column{
		{"id", &i.ID},
		{"letter_id", &i.LetterID},
		{"document", &i.Document},
		{"profile", &i.Profile},
		{"profile_version", &i.Version},
		{"key_label", &i.Key},
		{"certificate", &i.Certificate},
		{"number", &i.Number},
		{"owner", &i.Owner},
		{"lease", stamp{&i.Lease}},
		{"attempts", &i.Attempts},
		{"released", &i.Released},
		{"released_at", stamp{&i.ReleasedAt}},
		{"failure", &i.Failure},
		{"closed", stamp{&i.Closed}},
		{"created", stamp{&i.Created}},
	}
}

// AddIntent adds one.
func (w *work) AddIntent(ctx context.Context, i *docket.SealIntent) error {
	return w.insert(ctx, "seal_intents", intentColumns(i))
}

// Intent reads one.
func (w *work) Intent(ctx context.Context, id docket.ID) (*docket.SealIntent, error) {
	return one(ctx, w, "seal_intents", intentColumns, "WHERE id = $1", string(id))
}

// IntentOfLetter reads a letter's.
func (w *work) IntentOfLetter(ctx context.Context, letter docket.ID) (*docket.SealIntent, error) {
	return one(ctx, w, "seal_intents", intentColumns, "WHERE letter_id = $1", string(letter))
}

// ClaimIntent takes the lease if it is free.
func (w *work) ClaimIntent(ctx context.Context, id docket.ID, owner string, now, lease time.Time) error {
	return w.must(ctx, `UPDATE seal_intents SET owner = $1, lease = $2, attempts = attempts + 1, failure = ''
		WHERE id = $3 AND released = '' AND closed IS NULL AND (owner = '' OR lease IS NULL OR lease < $4)`,
		owner, instant(lease), string(id), instant(now))
}

// RetargetIntent names another certificate while its owner holds it.
func (w *work) RetargetIntent(ctx context.Context, id docket.ID, owner, key string, certificate docket.Hash, lease time.Time) error {
	return w.must(ctx, `UPDATE seal_intents SET key_label = $1, certificate = $2, lease = $3
		WHERE id = $4 AND owner = $5 AND released = '' AND closed IS NULL`, key, string(certificate), instant(lease), string(id), owner)
}

// ReleaseIntent records the one sealed file.
func (w *work) ReleaseIntent(ctx context.Context, id docket.ID, owner string, sealed docket.Hash, now time.Time) error {
	return w.must(ctx, `UPDATE seal_intents SET released = $1, released_at = $2, owner = '', lease = NULL
		WHERE id = $3 AND owner = $4 AND released = '' AND closed IS NULL`, string(sealed), instant(now), string(id), owner)
}

// FailIntent gives the lease back with the reason; without an owner the lease's time says when to try again.
func (w *work) FailIntent(ctx context.Context, id docket.ID, owner, reason string, again time.Time) error {
	return w.must(ctx, `UPDATE seal_intents SET failure = $1, owner = '', lease = $2
		WHERE id = $3 AND owner = $4 AND released = '' AND closed IS NULL`, reason, instant(again), string(id), owner)
}

// CloseIntent gives an intent up, unless somebody works on it or it was released.
func (w *work) CloseIntent(ctx context.Context, id docket.ID, now time.Time) error {
	return w.must(ctx, `UPDATE seal_intents SET closed = $1, owner = '', lease = NULL
		WHERE id = $2 AND released = '' AND closed IS NULL AND (owner = '' OR lease IS NULL OR lease < $1)`, instant(now), string(id))
}

// OpenIntents lists what nobody works on.
func (w *work) OpenIntents(ctx context.Context, now time.Time) ([]docket.SealIntent, error) {
	return many(ctx, w, "seal_intents", intentColumns,
		"WHERE released = '' AND closed IS NULL AND (lease IS NULL OR lease < $1 OR (owner = '' AND lease = $1)) ORDER BY id LIMIT 500", instant(now))
}
