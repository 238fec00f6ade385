package certs

import (
	stdasn1 "encoding/asn1"
	"errors"
	"math/big"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"mohur/internal/asn1"
)

// errDER is the one answer of the small readers below: the bytes are not the ASN.1 that the structure asks for.
var errDER = errors.New("malformed DER")

func contextTag(n uint8) cbasn1.Tag { return cbasn1.Tag(n).ContextSpecific() }

func constructedTag(n uint8) cbasn1.Tag { return cbasn1.Tag(n).ContextSpecific().Constructed() }

// readInteger reads an INTEGER of any sign, also one that is not minimally encoded: foreign certificates carry both.
func readInteger(s *cryptobyte.String, tag cbasn1.Tag) (*big.Int, bool) {
	var content cryptobyte.String
	if !s.ReadASN1(&content, tag) || len(content) == 0 {
		return nil, false
	}
	return twosComplement(content), true
}

func twosComplement(b []byte) *big.Int {
	n := new(big.Int).SetBytes(b)
	if b[0]&0x80 != 0 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	return n
}

// readSmall reads a non-negative INTEGER that fits an int; larger ones are clamped, since only comparisons with path lengths follow.
func readSmall(s *cryptobyte.String, tag cbasn1.Tag) (int, bool) {
	n, ok := readInteger(s, tag)
	if !ok || n.Sign() < 0 {
		return 0, false
	}
	if !n.IsInt64() || n.Int64() > 1<<30 {
		return 1 << 30, true
	}
	return int(n.Int64()), true
}

// readBool reads a BOOLEAN; any value but zero counts as true (BER), for extensions of foreign software.
func readBool(s *cryptobyte.String, tag cbasn1.Tag) (value, ok bool) {
	var content cryptobyte.String
	if !s.ReadASN1(&content, tag) || len(content) != 1 {
		return false, false
	}
	return content[0] != 0, true
}

// readOID reads an OBJECT IDENTIFIER with arcs of any size.
func readOID(s *cryptobyte.String) (asn1.ObjectIdentifier, bool) {
	var content cryptobyte.String
	if !s.ReadASN1(&content, cbasn1.OBJECT_IDENTIFIER) {
		return "", false
	}
	oid, err := asn1.Element{Tag: asn1.TagObjectIdentifier, Raw: content, Content: content}.ObjectIdentifier()
	return oid, err == nil
}

// readBits reads a BIT STRING.
func readBits(s *cryptobyte.String) (stdasn1.BitString, bool) {
	var bits stdasn1.BitString
	ok := s.ReadASN1BitString(&bits)
	return bits, ok
}

// readTime reads a Time ::= CHOICE { utcTime UTCTime, generalTime GeneralizedTime }. strict is false for forms that RFC 5280 forbids
// (no seconds, an offset instead of Z, fractions) but that still name one instant.
func readTime(s *cryptobyte.String) (t time.Time, strict, ok bool) {
	var content cryptobyte.String
	var tag cbasn1.Tag
	if !s.ReadAnyASN1(&content, &tag) {
		return time.Time{}, false, false
	}
	switch tag {
	case cbasn1.UTCTime:
		return parseTime(string(content), utcForms, true)
	case cbasn1.GeneralizedTime:
		return parseTime(string(content), generalForms, false)
	default:
		return time.Time{}, false, false
	}
}

// strictTime reads the one form that RFC 5280 allows without the machinery of layouts: a list of revoked certificates has one for each.
func strictTime(s string, utc bool) (time.Time, bool) {
	year := 4
	if utc {
		year = 2
	}
	if len(s) != year+len("0102150405Z") || s[len(s)-1] != 'Z' {
		return time.Time{}, false
	}
	for i := range len(s) - 1 {
		if s[i] < '0' || s[i] > '9' {
			return time.Time{}, false
		}
	}
	two := func(at int) int { return int(s[at]-'0')*10 + int(s[at+1]-'0') }
	y := two(0)
	if utc && y < 50 {
		y += 2000
	} else if utc {
		y += 1900
	} else {
		y = y*100 + two(2)
	}
	t := time.Date(y, time.Month(two(year)), two(year+2), two(year+4), two(year+6), two(year+8), 0, time.UTC)
	// A date that does not exist would be carried over into another: then the parts differ.
	ok := int(t.Month()) == two(year) && t.Day() == two(year+2) && t.Hour() == two(year+4) && t.Minute() == two(year+6) && t.Second() == two(year+8)
	return t, ok
}

// The accepted spellings; the first of each is the only one RFC 5280 allows (4.1.2.5.1, 4.1.2.5.2).
var (
	utcForms     = []string{"060102150405Z", "0601021504Z", "060102150405-0700", "0601021504-0700"}
	generalForms = []string{"20060102150405Z", "20060102150405.999999999Z", "200601021504Z", "20060102150405-0700", "20060102150405"}
)

func parseTime(s string, forms []string, utc bool) (time.Time, bool, bool) {
	if len(s) > 40 {
		return time.Time{}, false, false
	}
	if t, ok := strictTime(s, utc); ok {
		return t, true, true
	}
	for i, form := range forms {
		t, err := time.Parse(form, s)
		if err != nil {
			continue
		}
		if utc && t.Year() >= 2050 { // RFC 5280, 4.1.2.5.1: years 50 to 99 are of the last century
			t = t.AddDate(-100, 0, 0)
		}
		if utc && t.Year() < 1950 {
			t = t.AddDate(100, 0, 0)
		}
		return t.UTC(), i == 0 && len(s) == len(form), true
	}
	return time.Time{}, false, false
}
