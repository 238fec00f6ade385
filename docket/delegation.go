package docket

import (
	"context"
	"time"

	"mohur/docket/calendar"
)

// Delegation is one person's roles for another (əvəzetmə; S3-15, requirements 2a), from day to day, with a reason. The delegate acts under his
// own name, “əvəzinə”; the log holds both. It passes on roles that the absent person holds himself, never what somebody delegated to him.
type Delegation struct {
	ID           ID
	BodyID       ID // of both persons; empty: the agency's
	Absent       ID // whose roles they are
	AbsentName   string
	Delegate     ID // who has them meanwhile
	DelegateName string
	Roles        []Role
	FirstDay     calendar.Date // in Baku
	LastDay      calendar.Date // inclusive
	Reason       string        // "məzuniyyət", "ezamiyyət", ...
	MadeBy       ID
	Made         time.Time
	Ended        time.Time // early, by a person; zero: it ends with its last day
	EndedBy      ID
	Rev          int
}

// InForce says whether the delegate may act on that day of Baku.
func (d *Delegation) InForce(day calendar.Date) bool {
	return d.Ended.IsZero() && !day.Before(d.FirstDay) && !d.LastDay.Before(day)
}

// DelegationFilter selects delegations of the agency or of one body. The zero value is the agency's, all of them, newest first.
type DelegationFilter struct {
	BodyID   ID            // empty: the agency's
	Absent   ID            // of this person
	Delegate ID            // to this person
	Person   ID            // of or to this person
	From, To calendar.Date // whose period has a day between these, inclusive; both or none
	Open     bool          // those not ended early
	Before   ID            // those made before this one, for the next page
	Limit    int           // 0: 50, at most 500
}

// Delegations stores who stands in for whom.
type Delegations interface {
	// AddDelegation adds one. Until the unit of work ends, nobody else adds one that has to do with either person: what the verb reads after it is
	// what counts.
	AddDelegation(ctx context.Context, d *Delegation) error
	UpdateDelegation(ctx context.Context, d *Delegation) error
	Delegation(ctx context.Context, id ID) (*Delegation, error)
	ListDelegations(ctx context.Context, f DelegationFilter) ([]Delegation, error)
}
