package locale

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // legal days are Baku's, also on a machine without the IANA table
)

// ErrDate says that a text is no date a person of this country would write.
var ErrDate = errors.New("locale: not a date of the form gg.aa.iiii")

// Baku is the time zone of every legal date (Asia/Baku of the IANA table: UTC+4, with summer time until 2015).
func Baku() *time.Location {
	loc, err := time.LoadLocation("Asia/Baku")
	if err != nil {
		return time.FixedZone("+04", 4*60*60) // the table is embedded: this can't happen
	}
	return loc
}

// Date writes the Baku day of an instant as 01.02.2026; a zero time as nothing.
func (p *Printer) Date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(Baku()).Format("02.01.2006")
}

// DateTime writes an instant as 01.02.2026, 14:05 in Baku; a zero time as nothing.
func (p *Printer) DateTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(Baku()).Format("02.01.2006, 15:04")
}

// LongDate writes the Baku day of an instant in words: 22 noyabr 2026-cı il, 22 November 2026, 22 ноября 2026 г.
func (p *Printer) LongDate(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.In(Baku())
	month := p.T("month." + strconv.Itoa(int(t.Month())))
	switch p.lang {
	case Azerbaijani:
		return fmt.Sprintf("%d %s %d-%s il", t.Day(), month, t.Year(), ordinalSuffix(t.Year()))
	case Russian:
		return fmt.Sprintf("%d %s %d г.", t.Day(), month, t.Year())
	}
	return fmt.Sprintf("%d %s %d", t.Day(), month, t.Year())
}

// LegalDate writes a legal day that is kept as YYYY-MM-DD as 01.02.2026; any other text as it is.
func (p *Printer) LegalDate(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return t.Format("02.01.2006")
}

// ParseDate reads a date as people type it: 01.02.2026, 1.2.2026, 01/02/2026, 1-2-2026 or 2026-02-01, spaces around it or not. It
// returns midnight UTC of that day, so that the result's year, month and day are the date's.
func ParseDate(s string) (time.Time, error) {
	s = strings.TrimSpace(s)
	if len(s) > 20 {
		return time.Time{}, ErrDate
	}
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t, checkYear(t)
	}
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == '.' || r == '/' || r == '-' || r == ' ' })
	if len(parts) != 3 {
		return time.Time{}, ErrDate
	}
	var n [3]int
	for i, part := range parts {
		v, err := strconv.Atoi(part)
		if err != nil || v < 1 {
			return time.Time{}, ErrDate
		}
		n[i] = v
	}
	t := time.Date(n[2], time.Month(n[1]), n[0], 0, 0, 0, 0, time.UTC)
	if t.Day() != n[0] || int(t.Month()) != n[1] || t.Year() != n[2] {
		return time.Time{}, ErrDate
	}
	return t, checkYear(t)
}

// checkYear refuses years that are a slip of the finger.
func checkYear(t time.Time) error {
	if t.Year() < 1900 || t.Year() > 2200 {
		return ErrDate
	}
	return nil
}

// ordinalSuffix is the ending that a number takes when it is read out as an ordinal (sıra sayı), by vowel harmony: 2025-ci, 2026-cı,
// 2023-cü, 2030-cu.
func ordinalSuffix(n int) string {
	const soft, hard, roundedSoft, roundedHard = "ci", "cı", "cü", "cu"
	units := [10]string{1: soft, 2: soft, 3: roundedSoft, 4: roundedSoft, 5: soft, 6: hard, 7: soft, 8: soft, 9: roundedHard}
	tens := [10]string{1: roundedHard, 2: soft, 3: roundedHard, 4: hard, 5: soft, 6: hard, 7: soft, 8: soft, 9: hard}
	switch {
	case n%10 != 0:
		return units[n%10]
	case n%100 != 0:
		return tens[n/10%10]
	case n%1000 != 0:
		return roundedSoft // yüz
	default:
		return soft // min
	}
}
