package docket

import (
	"context"
	"time"
)

// CaseNews is what happened to a project, for its line of the list (S1-16).
type CaseNews struct {
	Told map[string]time.Time // when the body's people were told last, by the key of the notification
	Sent *Message             // the newest message of the body; nil: none
	Came *Message             // the newest message of the agency; nil: none
}

// NewsOfCases reads it.
type NewsOfCases interface {
	// CaseNews reads the news of each of the projects; those without any are left out.
	CaseNews(ctx context.Context, submissions []ID) (map[ID]CaseNews, error)
}
