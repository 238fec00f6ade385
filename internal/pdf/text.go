package pdf

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// DecodeText decodes a text string (ISO 32000-2, 7.9.2.2): UTF-16 of either byte order or UTF-8 by their marks, else PDFDocEncoding.
// Bytes that are valid UTF-8 beyond ASCII are taken as such, for many writers forget the mark.
func DecodeText(s String) string {
	b := string(s)
	switch {
	case strings.HasPrefix(b, "\xfe\xff"):
		return stripEscapes(decode16(b[2:], 0, 1))
	case strings.HasPrefix(b, "\xff\xfe"):
		return stripEscapes(decode16(b[2:], 1, 0))
	case strings.HasPrefix(b, "\xef\xbb\xbf"):
		return stripEscapes(strings.ToValidUTF8(b[3:], "\ufffd"))
	case utf8.ValidString(b) && !hasDocSpecials(b):
		return b
	}
	var out strings.Builder
	for i := range len(b) {
		out.WriteRune(docRune(b[i]))
	}
	return out.String()
}

// EncodeText makes a text string: ASCII as it is, all else as UTF-16 with its mark.
func EncodeText(s string) String {
	ascii := true
	for i := range len(s) {
		ascii = ascii && s[i] < 0x7f && (s[i] >= ' ' || s[i] == '\n' || s[i] == '\r' || s[i] == '\t')
	}
	if ascii {
		return String(s)
	}
	out := String{0xfe, 0xff}
	for _, u := range utf16.Encode([]rune(s)) {
		out = append(out, byte(u>>8), byte(u))
	}
	return out
}

func decode16(b string, hi, lo int) string {
	u := make([]uint16, 0, len(b)/2)
	for i := 0; i+1 < len(b); i += 2 {
		u = append(u, uint16(b[i+hi])<<8|uint16(b[i+lo]))
	}
	return string(utf16.Decode(u))
}

// stripEscapes removes the language escape sequences of 7.9.2.2.2: U+001B ... U+001B.
func stripEscapes(s string) string {
	for {
		i := strings.IndexByte(s, 0x1b)
		if i < 0 {
			return s
		}
		j := strings.IndexByte(s[i+1:], 0x1b)
		if j < 0 {
			return s
		}
		s = s[:i] + s[i+j+2:]
	}
}

// hasDocSpecials finds the control codes that only PDFDocEncoding gives a meaning (0x18 to 0x1f).
func hasDocSpecials(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x18 && s[i] <= 0x1f {
			return true
		}
	}
	return false
}

// docRune is PDFDocEncoding (annex D.3) where it differs from Latin-1.
func docRune(b byte) rune {
	const low = "\u02d8\u02c7\u02c6\u02d9\u02dd\u02db\u02da\u02dc"
	const high = "\u2022\u2020\u2021\u2026\u2014\u2013\u0192\u2044\u2039\u203a\u2212\u2030\u201e\u201c\u201d\u2018\u2019\u201a\u2122\ufb01\ufb02" +
		"\u0141\u0152\u0160\u0178\u017d\u0131\u0142\u0153\u0161\u017e\ufffd\u20ac"
	switch {
	case b >= 0x18 && b <= 0x1f:
		return []rune(low)[b-0x18]
	case b >= 0x80 && b <= 0xa0:
		return []rune(high)[b-0x80]
	}
	return rune(b)
}

// ParseDate reads a date (7.9.4): D:YYYYMMDDHHmmSSOHH'mm', everything after the year optional. Without a zone it is taken as UTC.
func ParseDate(s String) (time.Time, bool) {
	t := strings.TrimPrefix(strings.TrimSpace(DecodeText(s)), "D:")
	f := [6]int{0, 1, 1}
	for i, n := range [6]int{4, 2, 2, 2, 2, 2} {
		if len(t) < n || !isDigit(int(t[0])) {
			if i == 0 {
				return time.Time{}, false
			}
			break
		}
		v, err := strconv.Atoi(t[:n])
		if err != nil || v < 0 {
			return time.Time{}, false
		}
		f[i], t = v, t[n:]
	}
	if f[1] < 1 || f[1] > 12 || f[2] < 1 || f[2] > 31 || f[3] > 23 || f[4] > 59 || f[5] > 60 {
		return time.Time{}, false
	}
	return time.Date(f[0], time.Month(f[1]), f[2], f[3], f[4], f[5], 0, zone(t)).UTC(), true
}

// zone reads Z, +04'00' or nothing.
func zone(s string) *time.Location {
	if len(s) < 3 || s[0] != '+' && s[0] != '-' {
		return time.UTC
	}
	digits := strings.ReplaceAll(s[1:], "'", "")
	h, _ := strconv.Atoi(digits[:min(2, len(digits))])
	m := 0
	if len(digits) >= 4 {
		m, _ = strconv.Atoi(digits[2:4])
	}
	if h > 23 || m > 59 || h < 0 || m < 0 {
		return time.UTC
	}
	offset := h*3600 + m*60
	if s[0] == '-' {
		offset = -offset
	}
	return time.FixedZone("", offset)
}
