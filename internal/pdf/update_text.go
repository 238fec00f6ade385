package pdf

import "time"

// EncodeDate writes a date with its offset from UTC (ISO 32000-2, 7.9.4).
func EncodeDate(t time.Time) []byte {
	zone := t.Format("-07:00")
	if zone == "+00:00" {
		return []byte(t.Format("D:20060102150405") + "Z")
	}
	return []byte(t.Format("D:20060102150405") + zone[:3] + "'" + zone[4:] + "'")
}
