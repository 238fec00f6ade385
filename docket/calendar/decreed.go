package calendar

import (
	"slices"
	"time"
)

// DecreedKind says what a decree makes of a day.
type DecreedKind string

// The kinds of decreed days.
const (
	DecreedQurban  DecreedKind = "qurban"  // a day of Qurban bayramı
	DecreedRamazan DecreedKind = "ramazan" // a day of Ramazan bayramı
	DecreedOff     DecreedKind = "off"     // made a rest day by an act
	DecreedWorking DecreedKind = "working" // made a working day by an act
)

// DecreedKinds lists the kinds.
func DecreedKinds() []DecreedKind {
	return []DecreedKind{DecreedQurban, DecreedRamazan, DecreedOff, DecreedWorking}
}

// Known says whether it is a kind.
func (k DecreedKind) Known() bool { return slices.Contains(DecreedKinds(), k) }

// Decreed is a day that an act fixes: the lunar holidays and ad-hoc transfers.
type Decreed struct {
	Date   Date
	Kind   DecreedKind
	Source string // the act
}

// BuiltIn is what the program brings along; a new database begins with it.
func BuiltIn() []Decreed {
	const by2026, by2025 = "Nazirlər Kabineti, 2 dekabr 2025, № 362", "istehsalat təqvimi 2025"
	return []Decreed{
		{Date{2025, time.March, 30}, DecreedRamazan, by2025},
		{Date{2025, time.March, 31}, DecreedRamazan, by2025},
		{Date{2025, time.June, 6}, DecreedQurban, by2025},
		{Date{2025, time.June, 7}, DecreedQurban, by2025},
		{Date{2026, time.March, 20}, DecreedRamazan, by2026},
		{Date{2026, time.March, 21}, DecreedRamazan, by2026},
		{Date{2026, time.May, 27}, DecreedQurban, by2026},
		{Date{2026, time.May, 28}, DecreedQurban, by2026},
	}
}
