package docket

import (
	"context"
	"strings"
	"time"

	"mohur/docket/calendar"
)

// Contact is an e-mail address that its owner has not confirmed yet: it is used for nothing but the mail that asks for the confirmation.
type Contact struct {
	Email  string    `json:"email"`
	Secret Hash      `json:"secret"` // of the link in that mail
	Until  time.Time `json:"until"`
}

// LetsIn says whether an account lets its person in on a day: it is not suspended, and its period, if it has one, is running.
func (u *User) LetsIn(today calendar.Date) bool {
	return u.Suspended.IsZero() && (u.From.IsZero() || !today.Before(u.From)) && (u.To.IsZero() || !u.To.Before(today))
}

// FIN spells a personal code as it is stored, in capitals and without spaces; ok says whether it is one: seven characters, digits and Latin letters
// without I and O, as on identity cards.
func FIN(typed string) (fin string, ok bool) {
	fin = strings.ToUpper(strings.Join(strings.Fields(typed), ""))
	return fin, len(fin) == 7 && strings.Trim(fin, "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ") == ""
}

// MaskedFIN leaves the first and the last character of a personal code: it is shown whole only to the registrar, to its holder and in a report on
// signatures (requirements 8, 25).
func MaskedFIN(fin string) string {
	if len(fin) < 3 {
		return strings.Repeat("•", len(fin))
	}
	return fin[:1] + strings.Repeat("•", len(fin)-2) + fin[len(fin)-1:]
}

// People finds accounts by the link that confirms an address.
type People interface {
	// UserByContact reads the account that waits for the confirmation with this secret; ErrNotFound if none does.
	UserByContact(ctx context.Context, secret Hash) (*User, error)
}
