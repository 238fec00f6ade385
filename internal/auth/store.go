package auth

import (
	"context"
	"time"
)

// SessionStore keeps sessions. Keys are hashes of the cookie's value, so that who reads the table can't log in with what he finds.
type SessionStore interface {
	// FindSession returns the data of a session that has not expired at now; found is false for an unknown or expired one.
	FindSession(ctx context.Context, key string, now time.Time) (data []byte, found bool, err error)
	// SaveSession inserts or replaces a session.
	SaveSession(ctx context.Context, key string, data []byte, expires time.Time) error
	// DeleteSession removes a session; an unknown one is no error.
	DeleteSession(ctx context.Context, key string) error
}

// scsStore makes a SessionStore what scs wants.
type scsStore struct {
	store SessionStore
	now   func() time.Time
}

// FindCtx implements scs.CtxStore.
func (s scsStore) FindCtx(ctx context.Context, key string) ([]byte, bool, error) {
	return s.store.FindSession(ctx, key, s.now())
}

// CommitCtx implements scs.CtxStore.
func (s scsStore) CommitCtx(ctx context.Context, key string, b []byte, expires time.Time) error {
	return s.store.SaveSession(ctx, key, b, expires)
}

// DeleteCtx implements scs.CtxStore.
func (s scsStore) DeleteCtx(ctx context.Context, key string) error {
	return s.store.DeleteSession(ctx, key)
}

// Find implements scs.Store, which scs asks for beside the methods with a context.
func (s scsStore) Find(key string) ([]byte, bool, error) { return s.FindCtx(context.Background(), key) }

// Commit implements scs.Store.
func (s scsStore) Commit(key string, b []byte, expires time.Time) error {
	return s.CommitCtx(context.Background(), key, b, expires)
}

// Delete implements scs.Store.
func (s scsStore) Delete(key string) error { return s.DeleteCtx(context.Background(), key) }
