package report

import (
	"strings"
	"sync"
	"time"

	"mohur/internal/locale"
	"mohur/verify"
)

// baku is the zone in which people read times; programs get UTC (the table is read once).
var baku = sync.OnceValue(locale.Baku)

// stamp writes a time as Azerbaijani documents do, 22.11.2026 14:05 in Baku; a zero time is nothing.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(baku()).Format("02.01.2006 15:04")
}

// moments are the names of arguments that hold a time of ours. A document's own words are never taken for one.
const moments = " time notAfter notBefore thisUpdate nextUpdate producedAt control revoked expired end "

// spoken is an argument as people read it: a time in Baku, a day as it is written here, anything else as it is.
func spoken(a verify.Arg) string {
	if !strings.Contains(moments, " "+a.Name+" ") {
		return a.Value
	}
	if t, err := time.Parse(time.RFC3339, a.Value); err == nil {
		return stamp(t)
	}
	if t, err := time.Parse(time.DateOnly, a.Value); err == nil {
		return t.Format("02.01.2006")
	}
	return a.Value
}
