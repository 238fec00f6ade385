package docket

import (
	"context"
	"time"

	"mohur/docket/calendar"
)

// CredentialUse is how many signatures a credential was allowed to make on a day in Baku. It is raised in the transaction that commits to the
// signature, before the token is asked: after a crash it may count one that was not made, it never leaves out one that was.
type CredentialUse struct {
	Credential string
	Day        calendar.Date
	Used       int
}

// CredentialDrain is a member of a credential that a person took out of use. Every process reads it within seconds.
type CredentialDrain struct {
	Credential string
	Member     string // empty: all of the credential's members
	Since      time.Time
	By         string // who did it, for the administrator
}

// Credentials stores what has to hold about credentials across processes. Their keys and certificates are each machine's own.
type Credentials interface {
	// UseCredential counts n more signatures of a credential on the day, in one conditional statement. With a limit, and when it would be
	// exceeded, nothing is counted and the error is a refusal: CodeLimited, KeySealQuota. Limit 0 is none. Call it last in the transaction:
	// whoever seals with the credential meanwhile waits for the commit.
	UseCredential(ctx context.Context, name string, day calendar.Date, n, limit int) error
	// CredentialUses lists the uses of every credential from a day on, by name and day.
	CredentialUses(ctx context.Context, from calendar.Date) ([]CredentialUse, error)
	// DrainCredential takes a member out of use; a repetition changes nothing.
	DrainCredential(ctx context.Context, d *CredentialDrain) error
	// ResumeCredential takes it back into use; ErrStale if it was not drained.
	ResumeCredential(ctx context.Context, name, member string) error
	CredentialDrains(ctx context.Context) ([]CredentialDrain, error)
	// WarnedExpiry records that the end of a certificate was told with so many days left, if it was not; ErrStale otherwise. Several
	// processes look, one tells.
	WarnedExpiry(ctx context.Context, certificate Hash, days int, now time.Time) error
}
