package sqlstore

import (
	"context"
	"fmt"
	"strings"

	"mohur/docket"
)

// ListUsers finds accounts; the keys of the last one of the page before are read from its own row.
func (w *work) ListUsers(ctx context.Context, f docket.UserFilter) ([]docket.User, error) {
	var q where
	if text := strings.TrimSpace(f.Query); text != "" {
		q.and("(name_fold LIKE ? ESCAPE '!' OR fin = ?)", likeFolded(text), strings.ToUpper(text))
	}
	if f.Agency {
		q.and("body_id IS NULL")
	}
	if f.BodyID != "" {
		q.and("body_id = ?", string(f.BodyID))
	}
	if f.Role != "" {
		q.and("roles LIKE ?", holdsRole(f.Role))
	}
	if f.Suspended {
		q.and("suspended IS NOT NULL")
	}
	if f.After != "" {
		q.and("(name_sort, id) > (SELECT name_sort, id FROM users WHERE id = ?)", string(f.After))
	}
	return many(ctx, w, "users", userColumns, q.page("name_sort, id", f.Limit, 0, 50, 201), q.args...)
}

// holdsRole matches the JSON list of roles.
func holdsRole(r docket.Role) string { return `%"` + string(r) + `"%` }

// UpdateUser writes u if nobody did since it was read.
func (w *work) UpdateUser(ctx context.Context, u *docket.User) error {
	return w.update(ctx, "users", append(changeable(userColumns(u)), userKeys(u)...), u.ID, &u.Rev)
}

// NoteLogIn notes when an account was last entered.
func (w *work) NoteLogIn(ctx context.Context, u *docket.User) error {
	return w.must(ctx, "UPDATE users SET last_login = $1 WHERE id = $2", instant(u.LastLogIn), string(u.ID))
}

// CountWithRole counts accounts that are in force and hold a role.
func (w *work) CountWithRole(ctx context.Context, r docket.Role) (int, error) {
	return w.count(ctx, "SELECT COUNT(*) FROM users WHERE suspended IS NULL AND roles LIKE $1", holdsRole(r))
}

// ListBodies finds bodies, active or not.
func (w *work) ListBodies(ctx context.Context, f docket.BodyFilter) ([]docket.Body, error) {
	var q where
	if text := strings.TrimSpace(f.Query); text != "" {
		q.and("(name_fold LIKE ? ESCAPE '!' OR voen LIKE ? ESCAPE '!')", likeFolded(text), strings.TrimPrefix(likeFolded(text), "%"))
	}
	if f.Inactive {
		q.and("active = ?", false)
	}
	if f.After != "" {
		q.and("(name_sort, id) > (SELECT name_sort, id FROM bodies WHERE id = ?)", string(f.After))
	}
	return many(ctx, w, "bodies", bodyColumns, q.page("name_sort, id", f.Limit, 0, 50, 201), q.args...)
}

// nameUsers writes the keys of names that were stored before there were such keys.
func (s *Store) nameUsers(ctx context.Context) error {
	return s.InTx(ctx, func(dw docket.Work) error {
		w := dw.(*work)
		list, err := many(ctx, w, "users", userColumns, "WHERE name_sort IS NULL")
		if err != nil {
			return fmt.Errorf("names of accounts: %w", err)
		}
		for i := range list {
			u := &list[i]
			if err := w.must(ctx, "UPDATE users SET name_fold = $1, name_sort = $2 WHERE id = $3", docket.Fold(u.Name), sortKey(u.Name), string(u.ID)); err != nil {
				return err
			}
		}
		return nil
	})
}

// likeFolded matches what contains the folded text.
func likeFolded(s string) string {
	return "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(docket.Fold(s)) + "%"
}
