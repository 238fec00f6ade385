package audit

import (
	"context"
	"time"

	"mohur/docket"
)

// Filter chooses entries of the log. The zero value means the newest ones.
type Filter struct {
	From, To time.Time // made at or after, and before
	Action   string
	Actor    docket.ID
	Subject  docket.ID
	Before   docket.ID // the last entry of the page before
	Limit    int       // 50 if zero, 200 at most
}

// Searcher finds entries, newest first.
type Searcher interface {
	Search(ctx context.Context, f Filter) ([]Link, error)
}
