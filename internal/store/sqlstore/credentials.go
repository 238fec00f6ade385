package sqlstore

import (
	"context"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
)

func useColumns(u *docket.CredentialUse) []column {
	return []column{{"credential", &u.Credential}, {"day", day{&u.Day}}, {"used", &u.Used}}
}

func drainColumns(d *docket.CredentialDrain) []column {
	return []column{{"credential", &d.Credential}, {"member", &d.Member}, {"since", stamp{&d.Since}}, {"by_whom", &d.By}}
}

// UseCredential counts, unless the limit would be exceeded.
func (w *work) UseCredential(ctx context.Context, name string, on calendar.Date, n, limit int) error {
	full := docket.Refuse(docket.CodeLimited, docket.KeySealQuota).With("max", limit)
	if limit > 0 && n > limit {
		return full
	}
	changed, err := w.exec(ctx, `INSERT INTO credential_uses (credential, day, used) VALUES ($1, $2, $3)
		ON CONFLICT (credential, day) DO UPDATE SET used = credential_uses.used + $3 WHERE $4 <= 0 OR credential_uses.used + $3 <= $4`, name, on.String(), n, limit)
	if err == nil && changed != 1 {
		return full
	}
	return err
}

// CredentialUses lists the uses from a day on.
func (w *work) CredentialUses(ctx context.Context, from calendar.Date) ([]docket.CredentialUse, error) {
	return many(ctx, w, "credential_uses", useColumns, "WHERE day >= $1 ORDER BY credential, day", from.String())
}

// DrainCredential adds the row, once.
func (w *work) DrainCredential(ctx context.Context, d *docket.CredentialDrain) error {
	_, err := w.exec(ctx, "INSERT INTO credential_drains (credential, member, since, by_whom) VALUES ($1, $2, $3, $4) ON CONFLICT (credential, member) DO NOTHING",
		d.Credential, d.Member, instant(d.Since), d.By)
	return err
}

// ResumeCredential removes the row.
func (w *work) ResumeCredential(ctx context.Context, name, member string) error {
	return w.must(ctx, "DELETE FROM credential_drains WHERE credential = $1 AND member = $2", name, member)
}

// CredentialDrains lists who is out of use.
func (w *work) CredentialDrains(ctx context.Context) ([]docket.CredentialDrain, error) {
	return many(ctx, w, "credential_drains", drainColumns, "ORDER BY credential, member")
}

// WarnedExpiry adds the row; the second one is stale.
func (w *work) WarnedExpiry(ctx context.Context, certificate docket.Hash, days int, now time.Time) error {
	return w.must(ctx, "INSERT INTO credential_warnings (certificate, days, told) VALUES ($1, $2, $3) ON CONFLICT (certificate, days) DO NOTHING",
		string(certificate), days, instant(now))
}
