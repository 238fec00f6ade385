package docket

import "context"

// UnitKind says what a unit is for in a case, whatever it is called.
type UnitKind string

// The kinds of units. The first three take part in every opinion unless the configuration says otherwise (S1-34).
const (
	UnitIT        UnitKind = "it"
	UnitEServices UnitKind = "e_services"
	UnitLegal     UnitKind = "legal"
	UnitDocuments UnitKind = "documents" // e-document circulation: the dispatch check (S3-04, S3-06)
	UnitOther     UnitKind = "other"
)

// UnitKinds lists them.
func UnitKinds() []UnitKind {
	return []UnitKind{UnitIT, UnitEServices, UnitLegal, UnitDocuments, UnitOther}
}

// Unit is a part of the agency (struktur bölməsi). Units are rows that an administrator keeps; a user of the agency belongs to one at most.
type Unit struct {
	ID     ID
	Code   string // a short name that never changes: "it", "legal"
	Name   string // Azerbaijani
	NameEn string // empty: Name
	NameRu string // empty: Name
	Kind   UnitKind
	Active bool // may be given tasks
	Order  int  // in lists
}

// In is the unit's name in a language, by its ISO 639-1 code.
func (u *Unit) In(language string) string {
	switch {
	case language == "en" && u.NameEn != "":
		return u.NameEn
	case language == "ru" && u.NameRu != "":
		return u.NameRu
	}
	return u.Name
}

// DefaultUnits is the set that an office begins with; administrators change it.
func DefaultUnits() []Unit {
	return []Unit{
		{Code: "it", Name: "İnformasiya texnologiyaları şöbəsi", NameEn: "Information technology department", NameRu: "Отдел информационных технологий", Kind: UnitIT, Active: true, Order: 1},
		{Code: "e-services", Name: "Elektron xidmətlər və sosial innovasiyalar şöbəsi", NameEn: "E-services and social innovations department", NameRu: "Отдел электронных услуг и социальных инноваций", Kind: UnitEServices, Active: true, Order: 2},
		{Code: "legal", Name: "Hüquq şöbəsi", NameEn: "Legal department", NameRu: "Юридический отдел", Kind: UnitLegal, Active: true, Order: 3},
		{Code: "documents", Name: "Elektron sənəd dövriyyəsi şöbəsi", NameEn: "Electronic document circulation department", NameRu: "Отдел электронного документооборота", Kind: UnitDocuments, Active: true, Order: 4},
		{Code: "chancellery", Name: "Rəhbərlik və aparat", NameEn: "Management and office", NameRu: "Руководство и аппарат", Kind: UnitOther, Active: true, Order: 5},
	}
}

// Units stores the agency's units and who belongs to which.
type Units interface {
	// PutUnit inserts a unit or, by code, changes it; u.ID becomes the stored one.
	PutUnit(ctx context.Context, u *Unit) error
	Unit(ctx context.Context, id ID) (*Unit, error)
	// Units lists all, in their order.
	Units(ctx context.Context) ([]Unit, error)
	// SetUnit puts an account into a unit, or out of any for "".
	SetUnit(ctx context.Context, user, unit ID) error
}
