package report

import (
	"io"

	"mohur/verify"
)

// Clerk is a verdict for a person.
type Clerk struct{}

// ForClerk makes the report for a person.
func ForClerk(r *verify.Report, lang string) *Clerk { return &Clerk{} }

// WriteText writes the report as plain text.
func WriteText(w io.Writer, c *Clerk) error { return nil }
