package sqlstore

import (
	"context"

	"mohur/docket"
)

func delegationColumns(d *docket.Delegation) []column {
	return []column{
		{"id", &d.ID},
		{"body_id", ref[docket.ID]{&d.BodyID}},
		{"absent", &d.Absent},
		{"absent_name", &d.AbsentName},
		{"delegate", &d.Delegate},
		{"delegate_name", &d.DelegateName},
		{"roles", doc{&d.Roles}},
		{"first_day", day{&d.FirstDay}},
		{"last_day", day{&d.LastDay}},
		{"reason", &d.Reason},
		{"made_by", &d.MadeBy},
		{"made", stamp{&d.Made}},
		{"ended", stamp{&d.Ended}},
		{"ended_by", &d.EndedBy},
		{"rev", &d.Rev},
	}
}

// AddDelegation adds one. It locks both persons' rows first, in the order of their ids, so that two units of work about one person follow one
// another.
func (w *work) AddDelegation(ctx context.Context, d *docket.Delegation) error {
	for _, id := range []docket.ID{min(d.Absent, d.Delegate), max(d.Absent, d.Delegate)} {
		if err := w.must(ctx, "UPDATE users SET name = name WHERE id = $1", string(id)); err != nil {
			return err
		}
	}
	return w.insert(ctx, "delegations", delegationColumns(d))
}

// UpdateDelegation writes d if nobody did since it was read.
func (w *work) UpdateDelegation(ctx context.Context, d *docket.Delegation) error {
	return w.update(ctx, "delegations", changeable(delegationColumns(d)), d.ID, &d.Rev)
}

// Delegation reads one.
func (w *work) Delegation(ctx context.Context, id docket.ID) (*docket.Delegation, error) {
	return one(ctx, w, "delegations", delegationColumns, "WHERE id = $1", string(id))
}

// ListDelegations lists those of the agency or of a body, newest first.
func (w *work) ListDelegations(ctx context.Context, f docket.DelegationFilter) ([]docket.Delegation, error) {
	var q where
	if f.BodyID == "" {
		q.and("body_id IS NULL")
	} else {
		q.and("body_id = ?", string(f.BodyID))
	}
	if f.Absent != "" {
		q.and("absent = ?", string(f.Absent))
	}
	if f.Delegate != "" {
		q.and("delegate = ?", string(f.Delegate))
	}
	if f.Person != "" {
		q.and("(absent = ? OR delegate = ?)", string(f.Person), string(f.Person))
	}
	if !f.From.IsZero() {
		q.and("last_day >= ?", f.From.String())
		q.and("first_day <= ?", f.To.String())
	}
	if f.Open {
		q.and("ended IS NULL")
	}
	if f.Before != "" {
		q.and("id < ?", string(f.Before))
	}
	return many(ctx, w, "delegations", delegationColumns, q.page("id DESC", f.Limit, 0, 50, 500), q.args...)
}
