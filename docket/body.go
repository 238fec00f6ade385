package docket

import (
	"context"
	"strings"
	"unicode"
)

// Body is a state body (dövlət orqanı) of the directory that administrators import.
type Body struct {
	ID     ID
	Name   string
	VOEN   string // ten digits
	Active bool   // may be chosen
}

// Bodies stores the directory.
type Bodies interface {
	// PutBody inserts a body or, by VÖEN, renames it.
	PutBody(ctx context.Context, b *Body) error
	Body(ctx context.Context, id ID) (*Body, error)
	BodyByVOEN(ctx context.Context, voen string) (*Body, error)
	// SearchBodies finds active bodies whose folded name contains the folded query, or all for "", by Azerbaijani order of names.
	SearchBodies(ctx context.Context, query string, limit int) ([]Body, error)
}

// ValidVOEN says whether s is ten digits.
func ValidVOEN(s string) bool { return len(s) == 10 && strings.Trim(s, "0123456789") == "" }

// Fold makes the key by which people search: certificates and users write ISMAYILOV and İsmayılov alike. It is never used to decide
// whether two things are the same.
func Fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		switch r {
		case 'ə', 'Ə':
			r = 'e'
		case 'ı', 'I', 'İ':
			r = 'i'
		case 'ç', 'Ç':
			r = 'c'
		case 'ğ', 'Ğ':
			r = 'g'
		case 'ö', 'Ö':
			r = 'o'
		case 'ş', 'Ş':
			r = 's'
		case 'ü', 'Ü':
			r = 'u'
		case '\u0307': // what is left of İ lowered elsewhere
			continue
		default:
			r = unicode.ToLower(r)
		}
		b.WriteRune(r)
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
