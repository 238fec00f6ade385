package docket

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
)

// SealProfileState is where one version of a seal profile stands.
type SealProfileState string

// The states of a version.
const (
	ProfileProposed   SealProfileState = "proposed" // one person wishes it
	ProfileActive     SealProfileState = "active"   // in force: at most one version of a name
	ProfileSuperseded SealProfileState = "superseded"
	ProfileRejected   SealProfileState = "rejected"
	ProfileRetired    SealProfileState = "retired" // this version says that the profile ends
)

// The events of a version that no other thing has.
const (
	EventSupersede = "supersede"
	EventEnd       = "end"
)

// SealProfileTransitions is the life of one version. Its terms never change: a change is the next version.
func SealProfileTransitions() []Transition[SealProfileState] {
	deciders := []Role{RoleAdmin, RoleSignatory}
	return []Transition[SealProfileState]{
		{EventApprove, ProfileProposed, ProfileActive, deciders, "another person than the proposer, by FİN too; the version it was made from is still in force"},
		{EventEnd, ProfileProposed, ProfileRetired, deciders, "the same, for a version that ends the profile"},
		{EventReject, ProfileProposed, ProfileRejected, deciders, "with a reason; the proposer may take it back"},
		{EventSupersede, ProfileActive, ProfileSuperseded, deciders, "in the transaction that approves the next version"},
	}
}

// SealFormat is the family of a seal.
type SealFormat string

// The formats of seals.
const (
	FormatPAdES SealFormat = "PAdES"
	FormatCAdES SealFormat = "CAdES"
)

// SealFormats lists the formats.
func SealFormats() []SealFormat { return []SealFormat{FormatPAdES, FormatCAdES} }

// SealLevel is a baseline level (ETSI EN 319 142-1, 6 and EN 319 122-1, 6).
type SealLevel string

// The levels of seals.
const (
	LevelB   SealLevel = "B-B"
	LevelT   SealLevel = "B-T"
	LevelLT  SealLevel = "B-LT"
	LevelLTA SealLevel = "B-LTA"
)

// SealLevels lists the levels, the lowest first.
func SealLevels() []SealLevel { return []SealLevel{LevelB, LevelT, LevelLT, LevelLTA} }

// InputRule says what a document may carry already (decisions 10).
type InputRule string

// The rules.
const (
	InputUnsigned InputRule = "unsigned"   // no signature at all
	InputUnbroken InputRule = "unbroken"   // no signature that is TOTAL-FAILED
	InputPassed   InputRule = "all-passed" // every signature TOTAL-PASSED
)

// InputRules lists the rules.
func InputRules() []InputRule { return []InputRule{InputUnsigned, InputUnbroken, InputPassed} }

// The kinds of documents that the office seals by itself, besides those of its letters (S3-10).
const (
	KindVerdictReport      = "verdict_report"      // what `report=signed` answers
	KindPersonnelOrder     = "personnel_order"     // kadr əmri
	KindPersonnelReference = "personnel_reference" // iş yerindən arayış
)

// SealKinds lists every kind that a profile can be bound to.
func SealKinds() []string {
	return []string{
		string(LetterOpinion), string(LetterNotice), string(LetterRefusal), string(LetterReceipt), KindPersonnelOrder, KindPersonnelReference, KindVerdictReport,
	}
}

// SealAppearance is what a seal shows on the page.
type SealAppearance struct {
	Visible bool     `json:"visible,omitempty"`
	Lines   []string `json:"lines,omitempty"` // below the unit's words
	QR      bool     `json:"qr,omitempty"`    // to the public look-up page
	Image   Hash     `json:"image,omitempty"` // a blob, PNG or JPEG
}

// SealTerms are what two people agree on.
type SealTerms struct {
	Unit          string         // the words on the seal: "Elektron sənəd dövriyyəsi"
	Credential    string         // [credentials.NAME] of the configuration
	Format        SealFormat     //
	Level         SealLevel      //
	Input         InputRule      // what a document may carry already
	HashAllowed   bool           // programs may have mere hashes sealed; wants a credential of its own
	Kinds         []string       // what the office seals with it by itself; no kind belongs to two profiles in force
	Clients       []string       // programs that may ask for it, by the name of their API client
	PerDay        int            // how many seals programs may ask for on one day in Baku, together
	Appearance    SealAppearance //
	Certification int            // DocMDP: 0 none, 1 nothing may change, 2 forms, 3 forms and annotations (ISO 32000-2, 12.8.2.2)
}

// SealProfile is one version of a seal profile: who may have what sealed how. A row's terms never change; two people bring the next
// version into force.
type SealProfile struct {
	ID      ID
	Name    string // the slug by which programs and intents name it
	Version int    // from 1, without gaps
	State   SealProfileState
	Base    int  // the version that was in force when this one was proposed; 0: none
	Ends    bool // approved, it ends the profile
	SealTerms

	Why            string // of the proposal
	ProposedBy     ID
	ProposedByName string
	Proposed       time.Time
	DecidedBy      ID // who approved or rejected
	DecidedByName  string
	Decided        time.Time
	Reason         string    // of a rejection
	Superseded     time.Time // when the next version came into force
	Rev            int
}

// SealProposal is a wish to change a profile, to begin one or to end one.
type SealProposal struct {
	Name  string
	Base  int // the version in force that the terms were made from; 0: there was none
	Ends  bool
	Why   string
	Terms SealTerms // not read when the profile is to end
}

// LevelName is the level as a verdict spells it: "PAdES-BASELINE-T".
func (p *SealProfile) LevelName() string {
	return string(p.Format) + "-BASELINE-" + strings.TrimPrefix(string(p.Level), "B-")
}

// Seals says whether the office seals documents of the kind with it.
func (p *SealProfile) Seals(kind string) bool { return slices.Contains(p.Kinds, kind) }

// Admits says whether the API client may ask for it.
func (p *SealProfile) Admits(client string) bool {
	return client != "" && slices.Contains(p.Clients, client)
}

// Term is one of the terms, spelled as text.
type Term struct {
	Field string // the name of the form field, the TOML key and the catalogue key "profile.FIELD"
	Value string
}

// List spells every term, in the order of the pages.
func (t *SealTerms) List() []Term {
	yes := strconv.FormatBool
	return []Term{
		{"unit", t.Unit},
		{"credential", t.Credential},
		{"format", string(t.Format)},
		{"level", string(t.Level)},
		{"input", string(t.Input)},
		{"hash_allowed", yes(t.HashAllowed)},
		{"kinds", strings.Join(t.Kinds, ", ")},
		{"clients", strings.Join(t.Clients, ", ")},
		{"per_day", strconv.Itoa(t.PerDay)},
		{"visible", yes(t.Appearance.Visible)},
		{"lines", strings.Join(t.Appearance.Lines, " / ")},
		{"qr", yes(t.Appearance.QR)},
		{"image", string(t.Appearance.Image)},
		{"certification", strconv.Itoa(t.Certification)},
	}
}

// TermChange is a term that two versions differ in.
type TermChange struct{ Field, Old, New string }

// Changes lists what differs from old, every term if there is no old one.
func (t *SealTerms) Changes(old *SealTerms) []TermChange {
	before := make([]Term, len(t.List()))
	if old != nil {
		before = old.List()
	}
	var out []TermChange
	for i, n := range t.List() {
		if before[i].Value != n.Value {
			out = append(out, TermChange{Field: n.Field, Old: before[i].Value, New: n.Value})
		}
	}
	return out
}

// SealProfileFilter selects versions; the zero value takes all.
type SealProfileFilter struct {
	Name   string
	States []SealProfileState
}

// SealProfiles stores the versions.
type SealProfiles interface {
	// LockSealProfiles lets changes of profiles follow one another until the transaction ends, for what one may be depends on the others.
	LockSealProfiles(ctx context.Context) error
	// AddSealProfile adds a version; ErrStale if the name has that version, or another one that is proposed.
	AddSealProfile(ctx context.Context, p *SealProfile) error
	// DecideSealProfile writes state, decision and end of a version whose Rev is still the stored one, and raises it; never its terms. ErrStale if it
	// changed meanwhile or another version of the name is active.
	DecideSealProfile(ctx context.Context, p *SealProfile) error
	SealProfile(ctx context.Context, id ID) (*SealProfile, error)
	SealProfileVersion(ctx context.Context, name string, version int) (*SealProfile, error)
	// ActiveSealProfile returns the version in force; ErrNotFound if there is none.
	ActiveSealProfile(ctx context.Context, name string) (*SealProfile, error)
	// ListSealProfiles lists versions by name, the newest of each first.
	ListSealProfiles(ctx context.Context, f SealProfileFilter) ([]SealProfile, error)
}
