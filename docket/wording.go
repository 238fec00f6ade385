package docket

import (
	"context"
	"time"
)

// Wording is an administrator's text in the place of a built-in one: what notifications and letters say. Rows are never changed; the newest version
// counts, and one without a text brings the built-in text back.
type Wording struct {
	ID      ID
	Name    string // the catalogue's key
	Lang    string // "az", "en", "ru"
	Version int    // from 1
	Text    string // empty: the built-in text again
	By      ID
	Made    time.Time
}

// Wordings stores them.
type Wordings interface {
	// AddWording adds the version that follows the newest one; ErrStale if somebody added it first.
	AddWording(ctx context.Context, t *Wording) error
	// Wordings lists the newest version of each, by name and language.
	Wordings(ctx context.Context) ([]Wording, error)
	// WordingVersions lists all versions of one, newest first.
	WordingVersions(ctx context.Context, name, lang string) ([]Wording, error)
}
