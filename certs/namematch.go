package certs

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Equal compares two names as RFC 5280, 7.1 asks: RDN by RDN, attributes of an RDN in any order, character strings of whatever ASN.1 type
// without regard to case and to insignificant spaces, anything else byte by byte.
func (n Name) Equal(o Name) bool { return slices.Equal(n.keys, o.keys) }

// within says whether the name lies in the subtree that base roots (RFC 5280, 7.1).
func (n Name) within(base Name) bool {
	return len(n.keys) >= len(base.keys) && slices.Equal(n.keys[:len(base.keys)], base.keys)
}

// key is the name as a map key; equal names have equal keys.
func (n Name) key() string { return strings.Join(n.keys, "\x01") }

func (r RDN) key() string {
	parts := make([]string, len(r))
	for i, a := range r {
		parts[i] = a.Type.String() + "=" + a.comparable()
	}
	slices.Sort(parts)
	return strings.Join(parts, "\x02")
}

// comparable is the value in the form that is compared: prepared text for character strings, the raw bytes otherwise.
func (a Attribute) comparable() string {
	switch a.Tag {
	case 12, 19, 20, 22, 26, 28, 30:
		return prepare(a.Value)
	default:
		return "\x00" + string(a.Raw)
	}
}

// prepare does what RFC 4518 (string preparation) means for stored names: fold case, normalise (NFKC), drop the characters that map to
// nothing, and treat runs of spaces as one, none at the ends.
func prepare(s string) string {
	ascii := true
	for i := range len(s) {
		if s[i] >= 0x80 {
			ascii = false
			break
		}
	}
	if ascii {
		return strings.Join(strings.Fields(strings.ToLower(s)), " ")
	}
	s = strings.Map(func(r rune) rune {
		if r == '\u00ad' || r == '\u1806' || r == '\u200b' || r == '\u2060' || r == '\ufeff' || unicode.Is(unicode.Variation_Selector, r) {
			return -1
		}
		if unicode.IsSpace(r) {
			return ' '
		}
		return r
	}, s)
	s = norm.NFKC.String(cases.Fold().String(norm.NFKC.String(s)))
	return strings.Join(strings.Fields(s), " ")
}
