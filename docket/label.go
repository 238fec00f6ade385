package docket

import (
	"context"
	"time"
)

// Label is the confidentiality (məxfilik) of a case or letter (requirements.md 8, 20; S3-12).
type Label string

// The labels. State secrets have none: they stay out of the system.
const (
	LabelOpen        Label = "open"
	LabelOfficialUse Label = "official_use" // xidməti istifadə üçün
)

// Labels lists them.
func Labels() []Label { return []Label{LabelOpen, LabelOfficialUse} }

// Confidential says whether only named readers may see what carries it. The zero value is open.
func (l Label) Confidential() bool { return l != LabelOpen && l != "" }

// Reader is a person who may see a labelled case or letter. Rows stay when a reader is taken off.
type Reader struct {
	ID          ID
	Subject     ID // submission or letter
	UserID      ID
	Name        string
	OfAgency    bool
	AddedBy     ID
	AddedByName string
	Added       time.Time
	Removed     time.Time
	RemovedBy   string
}

// Readers stores who may see what is labelled.
type Readers interface {
	// AddReader names a reader; ErrStale if the person is one already.
	AddReader(ctx context.Context, r *Reader) error
	// RemoveReader takes a reader off; ErrStale if he is none.
	RemoveReader(ctx context.Context, subject, user ID, by string, now time.Time) error
	// Readers lists present and former readers of a submission or letter, oldest first.
	Readers(ctx context.Context, subject ID) ([]Reader, error)
	// IsReader says whether a person is named for one of the subjects now.
	IsReader(ctx context.Context, user ID, subjects ...ID) (bool, error)
}
