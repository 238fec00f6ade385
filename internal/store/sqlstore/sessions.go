package sqlstore

import (
	"context"
	"errors"
	"time"

	"mohur/docket"
)

// Sessions keeps the pages' sessions; it is internal/auth's SessionStore.
type Sessions struct{ store *Store }

// Sessions returns the store of sessions.
func (s *Store) Sessions() *Sessions { return &Sessions{s} }

// FindSession returns the data of a session that has not expired at now.
func (s *Sessions) FindSession(ctx context.Context, key string, now time.Time) (data []byte, found bool, err error) {
	err = s.store.read(ctx, func(w *work) error {
		return translate(w.tx.QueryRowContext(ctx, "SELECT data FROM sessions WHERE token = $1 AND expiry > $2", key, instant(now)).Scan(&data))
	})
	if errors.Is(err, docket.ErrNotFound) {
		return nil, false, nil
	}
	return data, err == nil, err
}

// SaveSession inserts or replaces a session.
func (s *Sessions) SaveSession(ctx context.Context, key string, data []byte, expires time.Time) error {
	return s.write(ctx, "INSERT INTO sessions (token, data, expiry) VALUES ($1, $2, $3) ON CONFLICT (token) DO UPDATE SET data = excluded.data, expiry = excluded.expiry",
		key, data, instant(expires))
}

// DeleteSession removes a session; an unknown one is no error.
func (s *Sessions) DeleteSession(ctx context.Context, key string) error {
	return s.write(ctx, "DELETE FROM sessions WHERE token = $1", key)
}

// RemoveExpired removes what has expired at now, for a job.
func (s *Sessions) RemoveExpired(ctx context.Context, now time.Time) error {
	return s.write(ctx, "DELETE FROM sessions WHERE expiry <= $1", instant(now))
}

func (s *Sessions) write(ctx context.Context, query string, args ...any) error {
	return s.store.InTx(ctx, func(dw docket.Work) error {
		_, err := dw.(*work).exec(ctx, query, args...)
		return err
	})
}
