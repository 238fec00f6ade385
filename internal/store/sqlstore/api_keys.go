package sqlstore

import (
	"context"
	"time"

	"mohur/docket"
)

func apiKeyColumns(k *docket.APIKey) []column {
	return []column{
		{"id", &k.ID},
		{"name", &k.Name},
		{"body_id", ref[docket.ID]{&k.BodyID}},
		{"person", &k.Person},
		{"scopes", doc{&k.Scopes}},
		{"secret", &k.Secret},
		{"hint", &k.Hint},
		{"created", stamp{&k.Created}},
		{"created_by", &k.CreatedBy},
		{"used", stamp{&k.Used}},
		{"expires", stamp{&k.Expires}},
		{"revoked", stamp{&k.Revoked}},
		{"revoked_by", &k.RevokedBy},
	}
}

// AddAPIKey adds one.
func (w *work) AddAPIKey(ctx context.Context, k *docket.APIKey) error {
	return w.insert(ctx, "api_keys", apiKeyColumns(k))
}

// APIKey reads one.
func (w *work) APIKey(ctx context.Context, id docket.ID) (*docket.APIKey, error) {
	return one(ctx, w, "api_keys", apiKeyColumns, "WHERE id = $1", string(id))
}

// APIKeyBySecret finds one by the hash of its secret.
func (w *work) APIKeyBySecret(ctx context.Context, secret docket.Hash) (*docket.APIKey, error) {
	return one(ctx, w, "api_keys", apiKeyColumns, "WHERE secret = $1", string(secret))
}

// APIKeysOf lists a body's, or the agency's.
func (w *work) APIKeysOf(ctx context.Context, body docket.ID) ([]docket.APIKey, error) {
	if body == "" {
		return many(ctx, w, "api_keys", apiKeyColumns, "WHERE body_id IS NULL ORDER BY id DESC")
	}
	return many(ctx, w, "api_keys", apiKeyColumns, "WHERE body_id = $1 ORDER BY id DESC", string(body))
}

// UsedAPIKey notes a use once a minute: a busy program must not write a row with each request.
func (w *work) UsedAPIKey(ctx context.Context, id docket.ID, now time.Time) error {
	_, err := w.exec(ctx, "UPDATE api_keys SET used = $1 WHERE id = $2 AND (used IS NULL OR used < $3)", instant(now), string(id), instant(now.Add(-time.Minute)))
	return err
}

// RevokeAPIKey ends one.
func (w *work) RevokeAPIKey(ctx context.Context, id, by docket.ID, now time.Time) error {
	return w.must(ctx, "UPDATE api_keys SET revoked = $1, revoked_by = $2 WHERE id = $3 AND revoked IS NULL", instant(now), string(by), string(id))
}

func idempotentColumns(r *docket.IdempotentRequest) []column {
	return []column{
		{"caller", &r.Caller},
		{"route", &r.Route},
		{"idem_key", &r.Key},
		{"request", &r.Request},
		{"subject", &r.Subject},
		{"lease", stamp{&r.Lease}},
		{"status", &r.Status},
		{"header", doc{&r.Header}},
		{"answer", &r.Answer},
		{"made", stamp{&r.Made}},
	}
}

// AddIdempotentRequest adds one; the primary key refuses a second one.
func (w *work) AddIdempotentRequest(ctx context.Context, r *docket.IdempotentRequest) error {
	return w.insert(ctx, "idempotent_requests", idempotentColumns(r))
}

const byIdempotencyKey = " WHERE caller = $1 AND route = $2 AND idem_key = $3"

// IdempotentRequest reads one.
func (w *work) IdempotentRequest(ctx context.Context, caller, route, key string) (*docket.IdempotentRequest, error) {
	return one(ctx, w, "idempotent_requests", idempotentColumns, byIdempotencyKey, caller, route, key)
}

// TakeIdempotentRequest takes over one whose lease is over.
func (w *work) TakeIdempotentRequest(ctx context.Context, caller, route, key string, now, lease time.Time) error {
	return w.must(ctx, "UPDATE idempotent_requests SET lease = $4"+byIdempotencyKey+" AND status = 0 AND lease <= $5", caller, route, key, instant(lease), instant(now))
}

// AnswerIdempotentRequest keeps the answer.
func (w *work) AnswerIdempotentRequest(ctx context.Context, r *docket.IdempotentRequest) error {
	return w.must(ctx, "UPDATE idempotent_requests SET lease = NULL, status = $4, header = $5, answer = $6"+byIdempotencyKey+" AND status = 0",
		r.Caller, r.Route, r.Key, r.Status, doc{&r.Header}, r.Answer)
}

// ForgetIdempotentRequest frees a key.
func (w *work) ForgetIdempotentRequest(ctx context.Context, caller, route, key string) error {
	_, err := w.exec(ctx, "DELETE FROM idempotent_requests"+byIdempotencyKey+" AND status = 0", caller, route, key)
	return err
}

// RemoveIdempotentRequests removes those of before.
func (w *work) RemoveIdempotentRequests(ctx context.Context, before time.Time) (int, error) {
	return w.exec(ctx, "DELETE FROM idempotent_requests WHERE made < $1", instant(before))
}
