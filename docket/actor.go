package docket

import (
	"context"
	"slices"
	"strings"
	"time"

	"mohur/docket/calendar"
)

// Role is what a person may be in a session (requirements.md 2a).
type Role string

// The roles of a body's people and of the agency's.
const (
	RoleBodyAdmin       Role = "body-admin"     // first signer, with seal right
	RoleRepresentative  Role = "representative" // sends projects
	RoleRegistrar       Role = "registrar"      // decides registrations
	RoleCoordinator     Role = "coordinator"    // accepts, assigns, notices deficiency
	RoleExpert          Role = "expert"         // writes his unit's sub-opinion; drafts the opinion if his unit leads
	RoleVisaGiver       Role = "visa-giver"     // head of a unit: names who answers, gives or refuses the unit's visa
	RoleDispatchChecker Role = "dispatch-checker"
	RoleSignatory       Role = "signatory" // has the agency's seal put on
	RoleArchivist       Role = "archivist"
	RoleAuditor         Role = "auditor"
	RoleAdmin           Role = "admin"  // configuration, no case contents
	RoleSystem          Role = "system" // jobs, start-up, the demo's set-up; never a person
	RolePublic          Role = "public" // nobody logged in
)

// Roles lists every role.
func Roles() []Role {
	return []Role{
		RoleBodyAdmin, RoleRepresentative, RoleRegistrar, RoleCoordinator, RoleExpert, RoleVisaGiver, RoleDispatchChecker, RoleSignatory,
		RoleArchivist, RoleAuditor, RoleAdmin, RoleSystem, RolePublic,
	}
}

// Actor is who acts: a person for one body, or for the agency, in one session.
type Actor struct {
	UserID   ID
	Name     string // ad, soyad
	FIN      string
	BodyID   ID // empty for the agency's people
	BodyName string
	VOEN     string
	UnitID   ID     // of the agency's people who belong to one
	Roles    []Role // his own, and Lent
	Lent     []Role // those that he has only because he stands in for somebody
	// StandsFor are the people whose roles are delegated to him today (S3-15).
	StandsFor []StandIn
	// For and ForName are the person in whose place an act is done (“əvəzinə”); empty: in his own right. As and Standing set them.
	For     ID
	ForName string
	// Program is the program that acts in the person's name: "key ID" or "client NAME"; empty: the person himself. Signers are the FİN of the
	// persons whose signatures count on what it sends.
	Program     string
	ProgramName string
	Signers     []string
}

// Author is how what the actor writes is signed: by name, and by the program that wrote it.
func (a Actor) Author() string {
	if a.ProgramName == "" {
		return a.Name
	}
	return a.Name + " (" + a.ProgramName + ")"
}

// StandIn is an absent person whose roles an actor has meanwhile.
type StandIn struct {
	Delegation ID
	UserID     ID
	Name       string
	UnitID     ID // to which the absent person belongs
	Roles      []Role
}

// As returns the actor as he is in an act that asks for one of the roles: in his own right if he holds one himself, otherwise in place of the first
// who delegated one to him. Roles begins with the role he acts in. An actor who acts in somebody's place in one of them already stays so.
func (a Actor) As(roles ...Role) Actor {
	if a.For != "" && slices.Contains(roles, a.Roles[0]) {
		return a
	}
	for _, r := range roles {
		if slices.Contains(a.Roles, r) && !slices.Contains(a.Lent, r) {
			return a.in(r, StandIn{})
		}
	}
	for _, r := range roles {
		for _, s := range a.StandsFor {
			if slices.Contains(s.Roles, r) {
				return a.in(r, s)
			}
		}
	}
	return a
}

// Standing returns the actor as he is where the act is one person's own, say the expert's who drafts: as that person himself, or in his place if
// his role is delegated to the actor; ok is false if he is neither.
func (a Actor) Standing(person ID, role Role) (who Actor, ok bool) {
	if person == "" {
		return a, false
	}
	if a.UserID == person {
		return a.in(role, StandIn{}), true
	}
	for _, s := range a.StandsFor {
		if s.UserID == person && slices.Contains(s.Roles, role) {
			return a.in(role, s), true
		}
	}
	return a, false
}

// Desks are the people and units whose cases the actor sees as an expert or a unit's head: his own, and those of whom he stands in for in such a
// role (need-to-know, requirements 2a).
func (a Actor) Desks() (people, units []ID) {
	add := func(person, unit ID) {
		people = append(people, person)
		if unit != "" && !slices.Contains(units, unit) {
			units = append(units, unit)
		}
	}
	add(a.UserID, a.UnitID)
	for _, s := range a.StandsFor {
		if slices.Contains(s.Roles, RoleExpert) || slices.Contains(s.Roles, RoleVisaGiver) {
			add(s.UserID, s.UnitID)
		}
	}
	return people, units
}

// HeadOf returns the actor as he is where a unit's head acts: as the head himself, or in the place of one; ok is false if he is neither.
func (a Actor) HeadOf(unit ID) (who Actor, ok bool) {
	switch {
	case unit == "":
		return a, false
	case a.UnitID == unit && slices.Contains(a.Roles, RoleVisaGiver) && !slices.Contains(a.Lent, RoleVisaGiver):
		return a.in(RoleVisaGiver, StandIn{}), true
	}
	for _, s := range a.StandsFor {
		if s.UnitID == unit && slices.Contains(s.Roles, RoleVisaGiver) {
			return a.in(RoleVisaGiver, s), true
		}
	}
	return a, false
}

// Involved says whether the actor, or the person in whose place he acts, is one of the people; so a letter's drafter, checker and signatory stay
// three people whoever stands in for whom (requirements 2a).
func (a Actor) Involved(people ...ID) bool {
	return slices.ContainsFunc(people, func(id ID) bool { return id != "" && (id == a.UserID || id == a.For) })
}

// in is the actor in one role, in somebody's place if s names one.
func (a Actor) in(role Role, s StandIn) Actor {
	a.For, a.ForName = s.UserID, s.Name
	rest := slices.DeleteFunc(slices.Clone(a.Roles), func(r Role) bool { return r == role })
	a.Roles = append([]Role{role}, rest...)
	return a
}

// System is the program itself.
func System() Actor { return Actor{Roles: []Role{RoleSystem}} }

// Public is a visitor who did not log in.
func Public() Actor { return Actor{Roles: []Role{RolePublic}} }

// Has says whether the actor holds one of the roles.
func (a Actor) Has(roles ...Role) bool {
	return slices.ContainsFunc(roles, func(r Role) bool { return slices.Contains(a.Roles, r) })
}

// OfAgency says whether the actor is one of the agency's people.
func (a Actor) OfAgency() bool {
	return a.BodyID == "" && a.Has(RoleRegistrar, RoleCoordinator, RoleExpert, RoleVisaGiver, RoleDispatchChecker, RoleSignatory, RoleArchivist, RoleAuditor, RoleAdmin)
}

// OfBody says whether the actor represents a body.
func (a Actor) OfBody() bool { return a.BodyID != "" && a.Has(RoleBodyAdmin, RoleRepresentative) }

// User is the account of one person for one body, or for the agency. A person with several accounts chooses at log-in; the FİN binds them.
type User struct {
	ID      ID
	Name    string
	FIN     string
	Email   string
	Mobile  string // +994 and nine digits, or empty
	BodyID  ID     // empty for the agency
	UnitID  ID     // of the agency's people; empty: none
	Roles   []Role
	Created time.Time
	// Suspended is since when the account lets nobody in; zero: it does. Its sessions end at once, for each request asks who the account is.
	Suspended time.Time
	LastLogIn time.Time // zero: never
	// From and To bound the time for which somebody may represent his body, both days included; zero: no bound.
	From, To calendar.Date
	Contact  *Contact // an address that waits for its confirmation; nil: none
	Rev      int
}

// LoginLink lets a person in once (decisions: N2 carries one for 72 hours). Only the hash of the secret is stored.
type LoginLink struct {
	SecretHash Hash
	UserID     ID
	Expires    time.Time
	Used       time.Time // zero: not yet
	Reusable   bool      // the demo's one-click links, loopback only
}

// Users stores accounts and log-in links.
type Users interface {
	AddUser(ctx context.Context, u *User) error
	User(ctx context.Context, id ID) (*User, error)
	UsersOfBody(ctx context.Context, body ID) ([]User, error) // the agency's for ""
	UserByFIN(ctx context.Context, fin string, body ID) (*User, error)
	UsersByFIN(ctx context.Context, fin string) ([]User, error) // one person's accounts, oldest first
	SetRoles(ctx context.Context, id ID, roles []Role) error
	AddLoginLink(ctx context.Context, l *LoginLink) error
	// UseLoginLink consumes a link that is neither used nor lapsed, in one conditional statement; ErrNotFound otherwise.
	UseLoginLink(ctx context.Context, secret Hash, now time.Time) (*LoginLink, error)
}

// IsMobile says whether a number is one of Azerbaijan's mobile operators.
func IsMobile(n string) bool {
	if len(n) != 13 || !strings.HasPrefix(n, "+994") || strings.Trim(n[1:], "0123456789") != "" {
		return false
	}
	switch n[4:6] {
	case "10", "50", "51", "55", "60", "70", "77", "99":
		return true
	}
	return false
}
