// Package audit makes the log of the office tamper-evident. Entries are inserted unchained, each in the transaction of what it tells; one
// linker then chains committed entries in batches, so that no business transaction waits for a global lock. Each link's hash is
//
//	SHA-256( hash of the link before ‖ canonical entry )
//
// and now and then the newest hash is signed by a key of its own, timestamped, and exported off the host (Checkpoint): who rewrites or cuts
// the log afterwards must also change what lies elsewhere.
//
// The package knows no case and no database; it sees ids, hashes and codes, never personal data.
package audit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"mohur/docket"
)

// Link is an entry with its place in the chain.
type Link struct {
	N     int64  // from 1; 0 is not chained yet
	Hash  string // hex, empty while not chained
	Entry docket.AuditEntry
}

// Head is the end of the chain.
type Head struct {
	N    int64  // 0: nothing chained yet
	Hash string // of the newest link, empty for none
}

// Log is the stored log. internal/store/sqlstore implements it.
type Log interface {
	// Chain takes up to max unchained entries in the order of their ids and gives each its place, in one transaction that only one caller
	// at a time can be in; sum makes a link's hash from the one before. It returns how many were chained.
	Chain(ctx context.Context, max int, sum func(previous string, n int64, e *docket.AuditEntry) (string, error)) (int, error)
	// Head returns the stored end of the chain.
	Head(ctx context.Context) (Head, error)
	// Links lists chained entries after place n, in their order.
	Links(ctx context.Context, after int64, limit int) ([]Link, error)
	// Newest lists the newest entries, chained or not, newest first.
	Newest(ctx context.Context, limit int) ([]Link, error)
	// Unlinked counts the entries that are not chained, and those of them made before the given time.
	Unlinked(ctx context.Context, before time.Time) (all, old int64, err error)
}

// batch is how many entries are chained in one transaction, and read at a time by Check.
const batch = 500

// LinkAll chains everything that is committed. It returns how many entries were chained.
func LinkAll(ctx context.Context, l Log) (int, error) {
	total := 0
	for {
		n, err := l.Chain(ctx, batch, Sum)
		total += n
		if err != nil || n < batch {
			return total, err
		}
	}
}

// Sum makes the hash of a link.
func Sum(previous string, n int64, e *docket.AuditEntry) (string, error) {
	canonical, err := Canonical(n, e)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	h.Write([]byte(previous))
	h.Write(canonical)
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Canonical writes an entry as the bytes that are hashed: a JSON array in fixed order, object keys sorted, the time in UTC to the microsecond
// that both databases keep.
func Canonical(n int64, e *docket.AuditEntry) ([]byte, error) {
	detail := e.Detail
	if detail == nil {
		detail = map[string]string{}
	}
	at := e.At.UTC().Truncate(time.Microsecond).Format("2006-01-02T15:04:05.000000Z")
	b, err := json.Marshal([]any{n, e.ID, at, e.Actor, e.Role, e.Action, e.Subject, e.Blob, detail})
	if err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	return b, nil
}
