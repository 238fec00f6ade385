package sqlstore

import (
	"context"

	"mohur/docket"
)

func sealProfileColumns(p *docket.SealProfile) []column {
	return []column{
		{"id", &p.ID},
		{"name", &p.Name},
		{"version", &p.Version},
		{"state", &p.State},
		{"base", &p.Base},
		{"ends", &p.Ends},
		{"unit", &p.Unit},
		{"credential", &p.Credential},
		{"format", &p.Format},
		{"level", &p.Level},
		{"input", &p.Input},
		{"hash_allowed", &p.HashAllowed},
		{"kinds", doc{&p.Kinds}},
		{"clients", doc{&p.Clients}},
		{"per_day", &p.PerDay},
		{"appearance", doc{&p.Appearance}},
		{"certification", &p.Certification},
		{"why", &p.Why},
		{"proposed_by", &p.ProposedBy},
		{"proposed_by_name", &p.ProposedByName},
		{"proposed", stamp{&p.Proposed}},
		{"decided_by", ref[docket.ID]{&p.DecidedBy}},
		{"decided_by_name", &p.DecidedByName},
		{"decided", stamp{&p.Decided}},
		{"reason", &p.Reason},
		{"superseded", stamp{&p.Superseded}},
		{"rev", &p.Rev},
	}
}

// LockSealProfiles writes the one row that every change of a profile writes.
func (w *work) LockSealProfiles(ctx context.Context) error {
	return w.must(ctx, "UPDATE seal_profile_changes SET changes = changes + 1 WHERE id = 1")
}

// AddSealProfile adds a version.
func (w *work) AddSealProfile(ctx context.Context, p *docket.SealProfile) error {
	return w.insert(ctx, "seal_profiles", sealProfileColumns(p))
}

// DecideSealProfile writes what is decided about a version, never its terms.
func (w *work) DecideSealProfile(ctx context.Context, p *docket.SealProfile) error {
	err := w.must(ctx, `UPDATE seal_profiles SET state = $1, decided_by = $2, decided_by_name = $3, decided = $4, reason = $5, superseded = $6, rev = rev + 1
		WHERE id = $7 AND rev = $8`, string(p.State), ref[docket.ID]{&p.DecidedBy}, p.DecidedByName, instant(p.Decided), p.Reason, instant(p.Superseded), string(p.ID), p.Rev)
	if err == nil {
		p.Rev++
	}
	return err
}

// SealProfile reads a version.
func (w *work) SealProfile(ctx context.Context, id docket.ID) (*docket.SealProfile, error) {
	return one(ctx, w, "seal_profiles", sealProfileColumns, "WHERE id = $1", string(id))
}

// SealProfileVersion reads a version by its name and number.
func (w *work) SealProfileVersion(ctx context.Context, name string, version int) (*docket.SealProfile, error) {
	return one(ctx, w, "seal_profiles", sealProfileColumns, "WHERE name = $1 AND version = $2", name, version)
}

// ActiveSealProfile reads the version in force.
func (w *work) ActiveSealProfile(ctx context.Context, name string) (*docket.SealProfile, error) {
	return one(ctx, w, "seal_profiles", sealProfileColumns, "WHERE name = $1 AND state = $2", name, string(docket.ProfileActive))
}

// ListSealProfiles lists versions by name, the newest of each first.
func (w *work) ListSealProfiles(ctx context.Context, f docket.SealProfileFilter) ([]docket.SealProfile, error) {
	var q where
	if f.Name != "" {
		q.and("name = ?", f.Name)
	}
	states := make([]string, len(f.States))
	for i, s := range f.States {
		states[i] = string(s)
	}
	q.in("state", states)
	return many(ctx, w, "seal_profiles", sealProfileColumns, q.String()+" ORDER BY name, version DESC", q.args...)
}
