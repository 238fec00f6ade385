package docket

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/states.md anew")

const statesPage = "../docs/states.md"

// TestStatesPageIsCurrent holds docs/states.md to the tables: go test ./docket -run StatesPage -update writes it.
func TestStatesPageIsCurrent(t *testing.T) {
	var b strings.Builder
	b.WriteString("# States\n\nMade from the tables in `docket` by `go test ./docket -run StatesPage -update`; a test holds it current. An arrow that is\nnot here does not exist: every verb in `internal/desk` and `internal/sealing` moves a thing through these tables only.\n")
	page(&b, "Registration", string(RegistrationDraft), RegistrationTransitions())
	page(&b, "Project", string(SubmissionDraft), SubmissionTransitions())
	b.WriteString("\nOverdue is computed from the due date, not a state. A file that is corrected keeps number and due date; the days are not suspended.\n")
	page(&b, "Official letter", string(LetterDraft), LetterTransitions())
	page(&b, "Seal request", string(SealReceived), SealRequestTransitions())
	page(&b, "Seal profile, one version", string(ProfileProposed), SealProfileTransitions())
	if *update {
		if err := os.WriteFile(statesPage, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(statesPage)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != b.String() {
		t.Error("docs/states.md is not what the tables say: go test ./docket -run StatesPage -update")
	}
}

// page writes a diagram and a table.
func page[S ~string](b *strings.Builder, title, first string, table []Transition[S]) {
	fmt.Fprintf(b, "\n## %s\n\n```mermaid\nstateDiagram-v2\n    [*] --> %s\n", title, first)
	for _, t := range table {
		fmt.Fprintf(b, "    %s --> %s: %s\n", t.From, t.To, t.Event)
	}
	b.WriteString("```\n\n| from | event | to | who | guard |\n|---|---|---|---|---|\n")
	for _, t := range table {
		roles := make([]string, len(t.Roles))
		for i, r := range t.Roles {
			roles[i] = string(r)
		}
		fmt.Fprintf(b, "| `%s` | `%s` | `%s` | %s | %s |\n", t.From, t.Event, t.To, strings.Join(roles, ", "), t.Guard)
	}
}

// exhaustive tries every event in every state for every role: what the table does not name must be refused, and with the right key.
func exhaustive[S ~string](t *testing.T, table []Transition[S], states []S, allowed map[string]string) {
	t.Helper()
	var events []string
	for _, line := range table {
		if !slices.Contains(states, line.From) || !slices.Contains(states, line.To) {
			t.Errorf("%s: %s or %s is not among the states", line.Event, line.From, line.To)
		}
		if len(line.Roles) == 0 || line.Guard == "" {
			t.Errorf("%s from %s has no role or no guard", line.Event, line.From)
		}
		if !slices.Contains(events, line.Event) {
			events = append(events, line.Event)
		}
	}
	for _, from := range states {
		for _, event := range events {
			for _, role := range Roles() {
				who := Actor{Roles: []Role{role}}
				got, err := Next(table, from, event, who)
				want, may := allowed[string(from)+" "+event+" "+string(role)]
				switch {
				case may && (err != nil || string(got) != want):
					t.Errorf("%s may not %s in %s (%v %v), want %s", role, event, from, got, err, want)
				case !may && err == nil:
					t.Errorf("%s may %s in %s, to %s: not expected", role, event, from, got)
				case !may && got != from:
					t.Errorf("a refused %s moved %s to %s", event, from, got)
				}
				if may != slices.Contains(Events(table, from, who), event) {
					t.Errorf("Events(%s, %s) disagrees about %s", from, role, event)
				}
			}
		}
	}
}

// expect spells "from event to: roles" lines as a map.
func expect(lines string) map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(lines) {
		f := strings.Fields(line)
		for _, role := range f[3:] {
			out[f[0]+" "+f[1]+" "+role] = f[2]
		}
	}
	return out
}

func TestRegistrationStates(t *testing.T) {
	exhaustive(t, RegistrationTransitions(), []RegistrationState{
		RegistrationDraft, RegistrationVerifying, RegistrationSubmitted, RegistrationApproved, RegistrationRefused, RegistrationSuspended,
	}, expect(`draft register submitted public
draft wait verifying public
verifying confirm submitted system
verifying reject draft system
submitted approve approved registrar
submitted refuse refused registrar
refused reopen draft public
approved suspend suspended registrar
suspended restore approved registrar`))
}

func TestSubmissionStates(t *testing.T) {
	exhaustive(t, SubmissionTransitions(), []SubmissionState{
		SubmissionDraft, SubmissionVerifying, SubmissionSent, SubmissionAccepted, SubmissionInReview, SubmissionDeficient, SubmissionDrafted,
		SubmissionVisa, SubmissionChecked, SubmissionSigned, SubmissionSealed, SubmissionAnswered, SubmissionWithdrawn, SubmissionReturned, SubmissionArchived,
	}, expect(`draft submit sent body-admin representative
draft wait verifying body-admin representative
verifying confirm sent system
verifying reject draft system
sent correct sent body-admin representative
sent accept accepted coordinator
accepted review in_review coordinator
in_review notify_deficiency deficient coordinator
deficient correct in_review body-admin representative
in_review draft_opinion opinion_drafted expert
opinion_drafted draft_opinion opinion_drafted expert
opinion_drafted request_visas visa expert
visa give_visa visa visa-giver
visa refuse_visa in_review visa-giver
visa check_dispatch opinion_approved dispatch-checker
opinion_drafted check_dispatch opinion_approved dispatch-checker
opinion_drafted send_back in_review dispatch-checker
visa send_back in_review dispatch-checker
opinion_approved send_back in_review signatory
opinion_approved sign signed signatory
signed seal sealed signatory system
signed annul in_review system
opinion_approved seal sealed signatory system
opinion_approved annul in_review system
sealed dispatch dispatched dispatch-checker signatory system
deficient return returned coordinator
dispatched archive archived system
sent withdraw withdrawn body-admin representative
accepted withdraw withdrawn body-admin representative
in_review withdraw withdrawn body-admin representative
deficient withdraw withdrawn body-admin representative
opinion_drafted withdraw withdrawn body-admin representative
visa withdraw withdrawn body-admin representative
opinion_approved withdraw withdrawn body-admin representative`))
}

func TestLetterStates(t *testing.T) {
	exhaustive(t, LetterTransitions(), []LetterState{
		LetterDraft, LetterApproved, LetterSigned, LetterSealing, LetterSealingFailed, LetterSealed, LetterDispatched, LetterAnnulled,
	}, expect(`draft check_dispatch approved dispatch-checker
approved send_back draft signatory
approved sign signed signatory
signed intend sealing signatory system
approved intend sealing signatory system
draft issue sealing system
sealing release sealed signatory system
sealing fail sealing_failed signatory system
sealing_failed retry sealing signatory system
sealing retry sealing system
sealing_failed annul annulled signatory
sealed dispatch dispatched dispatch-checker signatory system`))
}

func TestSealRequestStates(t *testing.T) {
	exhaustive(t, SealRequestTransitions(), []SealRequestState{SealReceived, SealSealing, SealReleased, SealFailed, SealRefused, SealAbandoned}, expect(`received intend sealing system
		received refuse refused system
		received retry received system
		received fail failed system
		received abandon abandoned system
		sealing release released system
		sealing retry sealing system
		sealing fail failed system`))
}

func TestSealProfileStates(t *testing.T) {
	exhaustive(t, SealProfileTransitions(), []SealProfileState{
		ProfileProposed, ProfileActive, ProfileSuperseded, ProfileRejected, ProfileRetired,
	}, expect(`proposed approve active admin signatory
proposed end retired admin signatory
proposed reject rejected admin signatory
active supersede superseded admin signatory`))
}

func TestRefusalsOfTheTable(t *testing.T) {
	_, err := Next(RegistrationTransitions(), RegistrationSubmitted, EventApprove, Public())
	if !errors.Is(err, &Error{Code: CodeForbidden, Key: KeyForbidden}) {
		t.Errorf("wrong role: %v", err)
	}
	_, err = Next(RegistrationTransitions(), RegistrationDraft, EventApprove, Actor{Roles: []Role{RoleRegistrar}})
	if !errors.Is(err, &Error{Code: CodeConflict, Key: KeyState}) || AsErrors(err)[0].Args["state"] != "draft" {
		t.Errorf("wrong state: %v", err)
	}
}

func TestOpenStates(t *testing.T) {
	for s, want := range map[SubmissionState]bool{
		SubmissionDraft: false, SubmissionVerifying: true, SubmissionSent: true, SubmissionDeficient: true, SubmissionSealed: true,
		SubmissionAnswered: false, SubmissionWithdrawn: false, SubmissionReturned: false, SubmissionArchived: false,
	} {
		if s.Open() != want {
			t.Errorf("%s open: %v", s, s.Open())
		}
	}
}
