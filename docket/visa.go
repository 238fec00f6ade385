package docket

import (
	"context"
	"slices"
	"time"
)

// VisaState is where a visa stands.
type VisaState string

// The states of a visa.
const (
	VisaAsked   VisaState = "asked"
	VisaGiven   VisaState = "given"
	VisaRefused VisaState = "refused"
	VisaFallen  VisaState = "fallen" // the page it was for was refused by another unit or sent back
)

// Visa is a unit head's agreement to one page, by its SHA-256 (viza, S3-04). A page that changes needs new ones; old ones are kept.
type Visa struct {
	ID           ID
	LetterID     ID
	SubmissionID ID
	UnitID       ID
	Page         Hash // what is agreed to
	State        VisaState
	Asked        time.Time
	AskedBy      ID
	Giver        ID // who gave or refused it
	GiverName    string
	Decided      time.Time
	Reason       string // of a refusal
	Rev          int
}

// Return is a page that somebody sent back to the executing unit, and why (S3-06). It is kept with the page it speaks of.
type Return struct {
	ID           ID
	SubmissionID ID
	LetterID     ID
	Page         Hash
	Step         string   // the event: refuse_visa, send_back
	Points       []string // of the checklist that were found wanting; Checklist lists them
	Reason       string
	By           ID
	ByName       string
	UnitID       ID // whose visa was refused; empty for the other steps
	At           time.Time
}

// Checklist lists what the dispatch check looks at: required form, addressee, attachments, visas full and right (S3-04, S3-06).
func Checklist() []string { return []string{"form", "addressee", "attachments", "visas"} }

// LetterVersion is one state of a letter's text with the page that was made of it; earlier ones are kept.
type LetterVersion struct {
	ID       ID
	LetterID ID
	N        int // 1 is the first
	Subject  string
	Text     string
	Outcome  Outcome
	Page     Hash
	By       ID
	ByName   string
	At       time.Time
}

// Visas stores visas, returns and the versions of letters.
type Visas interface {
	AddVisa(ctx context.Context, v *Visa) error
	UpdateVisa(ctx context.Context, v *Visa) error
	Visa(ctx context.Context, id ID) (*Visa, error)
	// VisasOf lists a project's visas of all its pages, in the order they were asked for.
	VisasOf(ctx context.Context, submission ID) ([]Visa, error)
	// AskedVisas lists those a unit has not decided on, of projects in `visa`, oldest first.
	AskedVisas(ctx context.Context, unit ID, limit int) ([]Visa, error)
	AddReturn(ctx context.Context, r *Return) error
	// Returns lists a project's, oldest first.
	Returns(ctx context.Context, submission ID) ([]Return, error)
	AddLetterVersion(ctx context.Context, v *LetterVersion) error
	// LetterVersions lists a letter's, oldest first.
	LetterVersions(ctx context.Context, letter ID) ([]LetterVersion, error)
}

// MissingVisas lists the units whose task stands and whose visa over exactly that page of the letter is not given (S3-04, S3-06).
func MissingVisas(tasks []CaseTask, visas []Visa, letter ID, page Hash) []ID {
	var out []ID
	for i := range tasks {
		given := slices.ContainsFunc(visas, func(v Visa) bool {
			return v.UnitID == tasks[i].UnitID && v.LetterID == letter && v.Page == page && page != "" && v.State == VisaGiven
		})
		if tasks[i].Stands() && !given {
			out = append(out, tasks[i].UnitID)
		}
	}
	return out
}
