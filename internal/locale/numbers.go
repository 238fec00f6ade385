package locale

import (
	"strconv"
	"strings"
)

// Number writes a whole number with its thousands apart: 12 345 (a no-break space) in Azerbaijani and Russian, 12,345 in English.
func (p *Printer) Number(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	apart := "\u00a0"
	if p.lang == English {
		apart = ","
	}
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(apart)
		}
		b.WriteRune(d)
	}
	return sign + b.String()
}

// Size writes a number of bytes for people: 900 B, 12 KB, 3,4 MB; a comma before the fraction in Azerbaijani and Russian (3,4 МБ), a point in English.
func (p *Printer) Size(bytes int64) string {
	const kilo, mega = 1 << 10, 1 << 20
	switch {
	case bytes < kilo:
		return strconv.FormatInt(bytes, 10) + " " + p.unit("B", "Б")
	case bytes < mega:
		return strconv.FormatInt((bytes+kilo/2)/kilo, 10) + " " + p.unit("KB", "КБ")
	}
	tenths := (bytes*10 + mega/2) / mega
	text := strconv.FormatInt(tenths/10, 10)
	if rest := tenths % 10; rest != 0 {
		point := ","
		if p.lang == English {
			point = "."
		}
		text += point + strconv.FormatInt(rest, 10)
	}
	return text + " " + p.unit("MB", "МБ")
}

// unit is a unit in the script of the language.
func (p *Printer) unit(latin, cyrillic string) string {
	if p.lang == Russian {
		return cyrillic
	}
	return latin
}
