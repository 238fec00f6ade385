package sqlstore

import (
	"context"
	"time"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"mohur/docket"
)

// sortKey is the Azerbaijani order of a name as bytes, so that both engines sort alike.
func sortKey(s string) []byte {
	var buf collate.Buffer
	return collate.New(language.Azerbaijani).KeyFromString(&buf, s)
}

func bodyColumns(b *docket.Body) []column {
	return []column{{"id", &b.ID}, {"name", &b.Name}, {"voen", &b.VOEN}, {"active", &b.Active}}
}

// PutBody inserts a body or, by VÖEN, renames it; b.ID becomes the stored one.
func (w *work) PutBody(ctx context.Context, b *docket.Body) error {
	const query = `INSERT INTO bodies (id, name, voen, active, name_fold, name_sort) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (voen) DO UPDATE SET name = excluded.name, active = excluded.active, name_fold = excluded.name_fold, name_sort = excluded.name_sort
		RETURNING id`
	err := w.tx.QueryRowContext(ctx, query, string(b.ID), b.Name, b.VOEN, b.Active, docket.Fold(b.Name), sortKey(b.Name)).Scan(&b.ID)
	return translate(err)
}

// Body reads one.
func (w *work) Body(ctx context.Context, id docket.ID) (*docket.Body, error) {
	return one(ctx, w, "bodies", bodyColumns, "WHERE id = $1", string(id))
}

// BodyByVOEN reads one.
func (w *work) BodyByVOEN(ctx context.Context, voen string) (*docket.Body, error) {
	return one(ctx, w, "bodies", bodyColumns, "WHERE voen = $1", voen)
}

// SearchBodies finds active bodies by a part of the name.
func (w *work) SearchBodies(ctx context.Context, query string, limit int) ([]docket.Body, error) {
	var q where
	q.and("active = ?", true)
	q.contains("name_fold", query)
	return many(ctx, w, "bodies", bodyColumns, q.page("name_sort, id", limit, 0, 50, 1000), q.args...)
}

func userColumns(u *docket.User) []column {
	return []column{
		{"id", &u.ID},
		{"name", &u.Name},
		{"fin", &u.FIN},
		{"email", &u.Email},
		{"mobile", &u.Mobile},
		{"body_id", ref[docket.ID]{&u.BodyID}},
		{"unit_id", ref[docket.ID]{&u.UnitID}},
		{"roles", doc{&u.Roles}},
		{"created", stamp{&u.Created}},
		{"suspended", stamp{&u.Suspended}},
		{"last_login", stamp{&u.LastLogIn}},
		{"valid_from", day{&u.From}},
		{"valid_to", day{&u.To}},
		{"contact", doc{&u.Contact}},
		{"rev", &u.Rev},
	}
}

// userKeys are written besides: what is searched and sorted by.
func userKeys(u *docket.User) []column {
	fold, order, secret := docket.Fold(u.Name), sortKey(u.Name), docket.Hash("")
	if u.Contact != nil {
		secret = u.Contact.Secret
	}
	return []column{{"name_fold", &fold}, {"name_sort", &order}, {"contact_secret", &secret}}
}

// AddUser adds an account.
func (w *work) AddUser(ctx context.Context, u *docket.User) error {
	return w.insert(ctx, "users", append(userColumns(u), userKeys(u)...))
}

// User reads one.
func (w *work) User(ctx context.Context, id docket.ID) (*docket.User, error) {
	return one(ctx, w, "users", userColumns, "WHERE id = $1", string(id))
}

// UserByContact reads the account that waits for the confirmation of an address.
func (w *work) UserByContact(ctx context.Context, secret docket.Hash) (*docket.User, error) {
	return one(ctx, w, "users", userColumns, "WHERE contact_secret = $1 AND contact_secret <> ''", string(secret))
}

// UsersOfBody lists a body's accounts, the agency's for "".
func (w *work) UsersOfBody(ctx context.Context, body docket.ID) ([]docket.User, error) {
	return many(ctx, w, "users", userColumns, "WHERE COALESCE(body_id, '') = $1 ORDER BY id", string(body))
}

// UserByFIN reads a person's account for a body.
func (w *work) UserByFIN(ctx context.Context, fin string, body docket.ID) (*docket.User, error) {
	return one(ctx, w, "users", userColumns, "WHERE fin = $1 AND COALESCE(body_id, '') = $2", fin, string(body))
}

// UsersByFIN lists a person's accounts.
func (w *work) UsersByFIN(ctx context.Context, fin string) ([]docket.User, error) {
	return many(ctx, w, "users", userColumns, "WHERE fin = $1 AND fin <> '' ORDER BY created, id", fin)
}

// SetRoles replaces an account's roles.
func (w *work) SetRoles(ctx context.Context, id docket.ID, roles []docket.Role) error {
	return w.must(ctx, "UPDATE users SET roles = $1, rev = rev + 1 WHERE id = $2", doc{roles}, string(id))
}

func linkColumns(l *docket.LoginLink) []column {
	return []column{
		{"secret_hash", &l.SecretHash}, {"user_id", &l.UserID}, {"expires", stamp{&l.Expires}}, {"used", stamp{&l.Used}}, {"reusable", &l.Reusable},
	}
}

// AddLoginLink adds a link.
func (w *work) AddLoginLink(ctx context.Context, l *docket.LoginLink) error {
	return w.insert(ctx, "login_links", linkColumns(l))
}

// UseLoginLink consumes a link in one statement.
func (w *work) UseLoginLink(ctx context.Context, secret docket.Hash, now time.Time) (*docket.LoginLink, error) {
	l := new(docket.LoginLink)
	cols := linkColumns(l)
	query := "UPDATE login_links SET used = $1 WHERE secret_hash = $2 AND expires > $1 AND (used IS NULL OR reusable) RETURNING " + names(cols)
	err := w.tx.QueryRowContext(ctx, query, instant(now), string(secret)).Scan(places(cols)...)
	if err != nil {
		return nil, translate(err)
	}
	return l, nil
}
