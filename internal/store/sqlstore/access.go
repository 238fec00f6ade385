package sqlstore

import (
	"context"

	"mohur/docket"
)

func subjectColumns(s *docket.PortalSubject) []column {
	return []column{{"issuer", &s.Issuer}, {"subject", &s.Subject}, {"fin", &s.FIN}, {"bound", stamp{&s.Bound}}}
}

// BindSubject writes a subject that is new and reads the row that is there.
func (w *work) BindSubject(ctx context.Context, s *docket.PortalSubject) (*docket.PortalSubject, error) {
	cols := subjectColumns(s)
	if _, err := w.exec(ctx, insertSQL("portal_subjects", cols)+" ON CONFLICT (issuer, subject) DO NOTHING", places(cols)...); err != nil {
		return nil, err
	}
	return one(ctx, w, "portal_subjects", subjectColumns, "WHERE issuer = $1 AND subject = $2", s.Issuer, s.Subject)
}

func passkeyColumns(p *docket.Passkey) []column {
	return []column{
		{"id", &p.ID},
		{"user_id", &p.UserID},
		{"credential", &p.Credential},
		{"name", &p.Name},
		{"record", &p.Record},
		{"sign_count", &p.SignCount},
		{"created", stamp{&p.Created}},
		{"last_used", stamp{&p.LastUsed}},
		{"suspect", stamp{&p.Suspect}},
		{"rev", &p.Rev},
	}
}

// AddPasskey adds one.
func (w *work) AddPasskey(ctx context.Context, p *docket.Passkey) error {
	return w.insert(ctx, "passkeys", passkeyColumns(p))
}

// Passkey reads one.
func (w *work) Passkey(ctx context.Context, id docket.ID) (*docket.Passkey, error) {
	return one(ctx, w, "passkeys", passkeyColumns, "WHERE id = $1", string(id))
}

// PasskeyByCredential reads one by the authenticator's name for it.
func (w *work) PasskeyByCredential(ctx context.Context, credential string) (*docket.Passkey, error) {
	return one(ctx, w, "passkeys", passkeyColumns, "WHERE credential = $1", credential)
}

// PasskeysOfUser lists an account's.
func (w *work) PasskeysOfUser(ctx context.Context, user docket.ID) ([]docket.Passkey, error) {
	return many(ctx, w, "passkeys", passkeyColumns, "WHERE user_id = $1 ORDER BY created, id", string(user))
}

// UpdatePasskey writes p if nobody did since it was read.
func (w *work) UpdatePasskey(ctx context.Context, p *docket.Passkey) error {
	return w.update(ctx, "passkeys", changeable(passkeyColumns(p)), p.ID, &p.Rev)
}

// RemovePasskey removes one.
func (w *work) RemovePasskey(ctx context.Context, id docket.ID) error {
	return w.must(ctx, "DELETE FROM passkeys WHERE id = $1", string(id))
}

func wordingColumns(t *docket.Wording) []column {
	return []column{
		{"id", &t.ID}, {"name", &t.Name}, {"lang", &t.Lang}, {"version", &t.Version}, {"text", &t.Text}, {"made_by", &t.By}, {"made", stamp{&t.Made}},
	}
}

// AddWording adds the next version; whoever comes second is refused by the unique version.
func (w *work) AddWording(ctx context.Context, t *docket.Wording) error {
	newest, err := w.count(ctx, "SELECT COALESCE(MAX(version), 0) FROM wordings WHERE name = $1 AND lang = $2", t.Name, t.Lang)
	if err != nil {
		return err
	}
	if t.Version != newest+1 {
		return docket.ErrStale
	}
	return w.insert(ctx, "wordings", wordingColumns(t))
}

// Wordings lists the newest version of each.
func (w *work) Wordings(ctx context.Context) ([]docket.Wording, error) {
	return many(ctx, w, "wordings", wordingColumns,
		"WHERE version = (SELECT MAX(n.version) FROM wordings n WHERE n.name = wordings.name AND n.lang = wordings.lang) ORDER BY name, lang")
}

// WordingVersions lists all versions of one.
func (w *work) WordingVersions(ctx context.Context, name, lang string) ([]docket.Wording, error) {
	return many(ctx, w, "wordings", wordingColumns, "WHERE name = $1 AND lang = $2 ORDER BY version DESC", name, lang)
}
