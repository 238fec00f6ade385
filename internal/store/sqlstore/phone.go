package sqlstore

import (
	"context"
	"time"

	"mohur/docket"
)

func phoneColumns(o *docket.PhoneOperation) []column {
	return []column{
		{"id", &o.ID},
		{"secret", &o.Secret},
		{"provider", &o.Provider},
		{"step", &o.Step},
		{"state", &o.State},
		{"owner", &o.Owner},
		{"session", &o.Session},
		{"subject", &o.Subject},
		{"name", &o.Name},
		{"document", &o.Document},
		{"size", &o.Size},
		{"fin", &o.FIN},
		{"number", &o.Number},
		{"remote", &o.Remote},
		{"code", &o.Code},
		{"signing", &o.Signing},
		{"created", stamp{&o.Created}},
		{"expires", stamp{&o.Expires}},
		{"claim", &o.Claim},
		{"lease", stamp{&o.Lease}},
		{"failure", &o.Failure},
	}
}

// AddPhoneOperation adds one.
func (w *work) AddPhoneOperation(ctx context.Context, o *docket.PhoneOperation) error {
	return w.insert(ctx, "phone_operations", phoneColumns(o))
}

// PhoneOperation reads one.
func (w *work) PhoneOperation(ctx context.Context, id docket.ID) (*docket.PhoneOperation, error) {
	return one(ctx, w, "phone_operations", phoneColumns, "WHERE id = $1", string(id))
}

// ClaimPhoneOperation takes one for a piece of work, in one statement.
func (w *work) ClaimPhoneOperation(ctx context.Context, id docket.ID, claim string, now, lease time.Time) error {
	return w.must(ctx, "UPDATE phone_operations SET claim = $1, lease = $2 WHERE id = $3 AND state = $4 AND expires > $5 AND (lease IS NULL OR lease <= $5)",
		claim, instant(lease), string(id), string(docket.PhoneWaiting), instant(now))
}

// SavePhoneOperation writes what a piece of work found, in one statement.
func (w *work) SavePhoneOperation(ctx context.Context, o *docket.PhoneOperation, claim string) error {
	return w.must(ctx, `UPDATE phone_operations SET step = $1, state = $2, remote = $3, code = $4, signing = $5, failure = $6, claim = '', lease = NULL
		WHERE id = $7 AND state = $8 AND claim = $9`,
		o.Step, string(o.State), o.Remote, o.Code, string(o.Signing), o.Failure, string(o.ID), string(docket.PhoneWaiting), claim)
}

// LapsedPhoneOperations lists those whose time is over.
func (w *work) LapsedPhoneOperations(ctx context.Context, before time.Time, limit int) ([]docket.PhoneOperation, error) {
	var q where
	q.and("expires < ?", instant(before))
	return many(ctx, w, "phone_operations", phoneColumns, q.page("expires, id", limit, 0, 100, 1000), q.args...)
}

// RemovePhoneOperation removes one.
func (w *work) RemovePhoneOperation(ctx context.Context, id docket.ID) error {
	return w.must(ctx, "DELETE FROM phone_operations WHERE id = $1", string(id))
}
