package sqlstore

import (
	"context"
	"time"

	"mohur/docket"
)

func signingColumns(s *docket.Signing) []column {
	return []column{
		{"id", &s.ID},
		{"owner", &s.Owner},
		{"session", &s.Session},
		{"state", &s.State},
		{"subject", &s.Subject},
		{"name", &s.Name},
		{"document", &s.Document},
		{"size", &s.Size},
		{"format", &s.Format},
		{"level", &s.Level},
		{"certificate", &s.Certificate},
		{"holder", &s.Holder},
		{"plan", &s.Plan},
		{"hash", &s.Hash},
		{"digest", &s.Digest},
		{"algorithm", &s.Algorithm},
		{"created", stamp{&s.Created}},
		{"expires", stamp{&s.Expires}},
		{"kept", stamp{&s.Kept}},
		{"claim", &s.Claim},
		{"lease", stamp{&s.Lease}},
		{"finished", stamp{&s.Finished}},
		{"value", &s.Value},
		{"signed", &s.Signed},
		{"signed_size", &s.SignedSize},
		{"indication", &s.Indication},
		{"sub_indication", &s.SubIndication},
		{"failure", &s.Failure},
	}
}

// AddSigning adds one.
func (w *work) AddSigning(ctx context.Context, s *docket.Signing) error {
	return w.insert(ctx, "signings", signingColumns(s))
}

// Signing reads one.
func (w *work) Signing(ctx context.Context, id docket.ID) (*docket.Signing, error) {
	return one(ctx, w, "signings", signingColumns, "WHERE id = $1", string(id))
}

// ClaimSigning takes one for an attempt, in one statement.
func (w *work) ClaimSigning(ctx context.Context, id docket.ID, claim string, now, lease time.Time) error {
	return w.must(ctx, "UPDATE signings SET claim = $1, lease = $2 WHERE id = $3 AND state = $4 AND expires > $5 AND (lease IS NULL OR lease <= $5)",
		claim, instant(lease), string(id), string(docket.SigningPrepared), instant(now))
}

// FinishSigning writes the outcome, in one statement.
func (w *work) FinishSigning(ctx context.Context, s *docket.Signing, claim string) error {
	return w.must(ctx, `UPDATE signings SET state = $1, kept = $2, finished = $3, value = $4, signed = $5, signed_size = $6, indication = $7, sub_indication = $8, failure = $9,
		claim = '', lease = NULL WHERE id = $10 AND state = $11 AND claim = $12`,
		string(s.State), instant(s.Kept), instant(s.Finished), string(s.Value), string(s.Signed), s.SignedSize, s.Indication, s.SubIndication, s.Failure,
		string(s.ID), string(docket.SigningPrepared), claim)
}

// ReturnSigning gives a claim back. One that is no longer held changes nothing.
func (w *work) ReturnSigning(ctx context.Context, id docket.ID, claim string) error {
	_, err := w.exec(ctx, "UPDATE signings SET claim = '', lease = NULL WHERE id = $1 AND state = $2 AND claim = $3", string(id), string(docket.SigningPrepared), claim)
	return err
}

// RemoveSigning removes one.
func (w *work) RemoveSigning(ctx context.Context, id docket.ID) error {
	return w.must(ctx, "DELETE FROM signings WHERE id = $1", string(id))
}

// ExpiredSignings lists those whose time is over.
func (w *work) ExpiredSignings(ctx context.Context, now time.Time, limit int) ([]docket.Signing, error) {
	var q where
	q.and("kept <= ?", instant(now))
	return many(ctx, w, "signings", signingColumns, q.page("kept, id", limit, 0, 100, 1000), q.args...)
}

func challengeColumns(c *docket.LoginChallenge) []column {
	return []column{
		{"nonce", &c.Nonce}, {"session", &c.Session}, {"expires", stamp{&c.Expires}}, {"used", stamp{&c.Used}}, {"users", doc{&c.Users}}, {"choice", stamp{&c.Choice}},
	}
}

// found makes a statement that changed nothing ErrNotFound: to whoever asks, a used nonce and an unknown one look the same.
func found(n int, err error) error {
	if err == nil && n != 1 {
		return docket.ErrNotFound
	}
	return err
}

// AddChallenge adds a nonce.
func (w *work) AddChallenge(ctx context.Context, c *docket.LoginChallenge) error {
	return w.insert(ctx, "login_challenges", challengeColumns(c))
}

// UseChallenge consumes a nonce in one statement.
func (w *work) UseChallenge(ctx context.Context, nonce, session docket.Hash, now time.Time) error {
	return found(w.exec(ctx, "UPDATE login_challenges SET used = $1 WHERE nonce = $2 AND session = $3 AND expires > $1 AND used IS NULL", instant(now), string(nonce), string(session)))
}

// OfferAccounts notes what may be chosen.
func (w *work) OfferAccounts(ctx context.Context, nonce docket.Hash, users []docket.ID, until time.Time) error {
	return found(w.exec(ctx, "UPDATE login_challenges SET users = $1, choice = $2 WHERE nonce = $3 AND used IS NOT NULL", doc{users}, instant(until), string(nonce)))
}

// OfferedAccounts reads the newest offer of a session.
func (w *work) OfferedAccounts(ctx context.Context, session docket.Hash, now time.Time) (*docket.LoginChallenge, error) {
	return one(ctx, w, "login_challenges", challengeColumns, "WHERE session = $1 AND choice > $2 ORDER BY choice DESC, nonce LIMIT 1", string(session), instant(now))
}

// TakeOffer ends an offer in one statement.
func (w *work) TakeOffer(ctx context.Context, nonce, session docket.Hash, now time.Time) error {
	return found(w.exec(ctx, "UPDATE login_challenges SET choice = NULL WHERE nonce = $1 AND session = $2 AND choice > $3", string(nonce), string(session), instant(now)))
}

// RemoveChallenges removes what is over, together with its offer.
func (w *work) RemoveChallenges(ctx context.Context, before time.Time) (int, error) {
	return w.exec(ctx, "DELETE FROM login_challenges WHERE expires < $1 AND (choice IS NULL OR choice < $1)", instant(before))
}
