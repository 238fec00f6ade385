package calendar

// DecreedKind says what a decree makes of a day.
type DecreedKind string

// The kinds of decreed days.
const (
	DecreedQurban  DecreedKind = "qurban"  // a day of Qurban bayramı
	DecreedRamazan DecreedKind = "ramazan" // a day of Ramazan bayramı
	DecreedOff     DecreedKind = "off"     // made a rest day by an act
	DecreedWorking DecreedKind = "working" // made a working day by an act
)

// Decreed is a day that an act fixes: the lunar holidays and ad-hoc transfers.
type Decreed struct {
	Date   Date
	Kind   DecreedKind
	Source string // the act
}
