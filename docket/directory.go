package docket

import "context"

// UserFilter chooses accounts. The zero value means all of them, the first page.
type UserFilter struct {
	Query     string // a part of the name, folded, or a whole FİN
	Agency    bool   // the agency's only
	BodyID    ID     // this body's only
	Role      Role
	Suspended bool // suspended ones only
	After     ID   // the last of the page before; empty: from the beginning
	Limit     int  // 50 if zero, 200 at most
}

// BodyFilter chooses bodies of the directory. The zero value means all of them, the first page.
type BodyFilter struct {
	Query    string // a part of the name, folded, or the beginning of a VÖEN
	Inactive bool   // those that can't be chosen only
	After    ID     // the last of the page before
	Limit    int    // 50 if zero, 200 at most
}

// Directory finds and changes accounts and bodies for administrators.
type Directory interface {
	// ListUsers finds accounts by Azerbaijani order of names.
	ListUsers(ctx context.Context, f UserFilter) ([]User, error)
	// UpdateUser writes an account if nobody did since it was read; ErrStale otherwise, also where its person has an account there already.
	UpdateUser(ctx context.Context, u *User) error
	// NoteLogIn notes when an account was last entered. It does not count as a change.
	NoteLogIn(ctx context.Context, u *User) error
	// CountWithRole says how many accounts that are not suspended hold the role.
	CountWithRole(ctx context.Context, r Role) (int, error)
	// ListBodies finds bodies by Azerbaijani order of names.
	ListBodies(ctx context.Context, f BodyFilter) ([]Body, error)
}
