package docket

import (
	"crypto/sha256"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"mohur/docket/calendar"
	"mohur/verify/etsi"
)

func TestIDsAreUUIDv7AndSort(t *testing.T) {
	form := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	var ids []ID
	for i := range 2000 {
		id := NewID(at.Add(time.Duration(i) * time.Microsecond))
		if !form.MatchString(string(id)) {
			t.Fatalf("%s is no UUIDv7", id)
		}
		ids = append(ids, id)
	}
	if !slices.IsSorted(ids) || len(slices.Compact(ids)) != 2000 {
		t.Error("ids of a microsecond apart do not sort, or repeat")
	}
	if first, second := NewID(at), NewID(at); first == second {
		t.Error("two ids of one instant are the same")
	}
}

func TestHash(t *testing.T) {
	h := HashOf(sha256.Sum256([]byte("x")))
	if !h.Valid() || len(h.Bytes()) != 32 {
		t.Error(h)
	}
	for _, bad := range []Hash{"", "xyz", Hash(strings.Repeat("A", 64)), Hash(strings.Repeat("g", 64)), h + "00", "../" + h[3:]} {
		if bad.Valid() {
			t.Errorf("%q is taken for a hash", bad)
		}
	}
}

func TestSecretsAndCodes(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		s, c := NewSecret(), NewControlCode()
		if len(s) != 26 || seen[s] || seen[c] || !regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$`).MatchString(c) {
			t.Fatalf("%q %q", s, c)
		}
		seen[s], seen[c] = true, true
	}
}

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"I\u0307SMAYILOV": "ismayilov", " ismayilov ": "ismayilov", "Ismayilov": "ismayilov", "ismayılov": "ismayilov",
		"İsmayılov": "ismayilov", "ISMAYILOV": "ismayilov", "ismayilov": "ismayilov", "Əliyev": "eliyev", "ŞÜKÜR  çöl": "sukur col",
		"i\u0307lham": "ilham", "Ğ": "g", " \t": "",
	} {
		if got := Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestNumberTemplates: official numbers come from a template, 9/14-05 and 9.1.9/E-05 among them (S3-17).
func TestNumberTemplates(t *testing.T) {
	s := Series{Unit: "9", Case: "14"}
	for template, want := range map[string]string{
		"{unit}/{case}-{seq:02}": "9/14-05", "{unit}.{case}/E-{seq:02}": "9.14/E-05", "{case}-{seq}": "14-5", "{year}/{seq:4}": "2026/0005",
		"{unit}": "", "{sequence}": "", "{seq": "", "{seq:x}": "", "{seq:99}": "", "": "", "{seq:-1}": "",
	} {
		s.Template = template
		got, err := s.Format(2026, 5)
		if (want == "") != (err != nil) || got != want {
			t.Errorf("%q gives %q, %v; want %q", template, got, err, want)
		}
	}
}

func TestCanonicalRecord(t *testing.T) {
	r := Record{
		Format: "mohur-record-1", Submission: "s", Version: 1, Body: RecordBody{"Əmlak <&>", "1234567890"}, Person: RecordPerson{"G", "1AB2CD3"},
		Form:  Form{CoverNumber: "1", CoverDate: calendar.Of(2026, 2, 1), DocumentType: "other", ProjectName: "a", NoStateSecret: true},
		Files: []RecordFile{{"f", "text/plain", 1, "00"}}, PreparedAt: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC),
	}
	a, err := r.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"format":"mohur-record-1","submission":"s","version":1,"body":{"name":"Əmlak <&>","voen":"1234567890"},"person":{"name":"G","fin":"1AB2CD3"},` +
		`"form":{"coverNumber":"1","coverDate":"2026-02-01","documentType":"other","projectName":"a","noStateSecret":true},` +
		`"files":[{"name":"f","mediaType":"text/plain","size":1,"sha256":"00"}],"preparedAt":"2026-03-01T00:00:00Z"}`
	if string(a) != want {
		t.Errorf("%s\nwant\n%s", a, want)
	}
}

func TestErrors(t *testing.T) {
	cause := errors.New("disk full")
	e := Refuse(CodeUnavailable, KeyDisk).Because(cause).With("a", 1).On("file")
	if !errors.Is(e, cause) || !errors.Is(e, &Error{Code: CodeUnavailable}) || errors.Is(e, ErrNotFound) || CodeOf(e) != CodeUnavailable || KeyOf(e) != KeyDisk {
		t.Error(e)
	}
	if CodeOf(cause) != CodeInternal || KeyOf(cause) != KeyInternal || CodeOf(nil) != "" || KeyOf(nil) != "" {
		t.Error("an unknown error is not internal")
	}
	if ErrNotFound.Args != nil || ErrNotFound.With("x", 1).Args["x"] != 1 || ErrNotFound.Args != nil {
		t.Error("With changed a shared error")
	}
	es := Errors{Invalid("a", KeyRequired), Invalid("b", KeyDate)}
	if len(AsErrors(es)) != 2 || len(AsErrors(errors.Join(es, cause))) != 2 || AsErrors(cause) != nil || !errors.Is(es, &Error{Code: CodeInvalid, Key: KeyDate}) {
		t.Error("AsErrors")
	}
}

func TestKeysAreUnique(t *testing.T) {
	all := append(Keys(), NotificationKeys()...)
	slices.Sort(all)
	if len(slices.Compact(slices.Clone(all))) != len(all) {
		t.Errorf("a key stands twice: %v", all)
	}
}

func TestRepeatableVerdicts(t *testing.T) {
	sig := func(i etsi.Indication, missing, intact bool) SignatureVerdict {
		return SignatureVerdict{Indication: i, RevocationMissing: missing, Intact: intact}
	}
	for name, c := range map[string]struct {
		v    Verification
		want bool
	}{
		"data missing":                 {Verification{Indication: etsi.Indeterminate, Signatures: []SignatureVerdict{sig(etsi.Indeterminate, true, true)}}, true},
		"beside one that passed":       {Verification{Indication: etsi.Indeterminate, Signatures: []SignatureVerdict{sig(etsi.TotalPassed, false, true), sig(etsi.Indeterminate, true, true)}}, true},
		"another reason":               {Verification{Indication: etsi.Indeterminate, Signatures: []SignatureVerdict{sig(etsi.Indeterminate, false, true)}}, false},
		"not intact":                   {Verification{Indication: etsi.Indeterminate, Signatures: []SignatureVerdict{sig(etsi.Indeterminate, true, false)}}, false},
		"beside one that failed":       {Verification{Indication: etsi.TotalFailed, Signatures: []SignatureVerdict{sig(etsi.TotalFailed, false, false), sig(etsi.Indeterminate, true, true)}}, false},
		"beside one for other reasons": {Verification{Indication: etsi.Indeterminate, Signatures: []SignatureVerdict{sig(etsi.Indeterminate, true, true), sig(etsi.Indeterminate, false, true)}}, false},
		"passed":                       {Verification{Indication: etsi.TotalPassed, Signatures: []SignatureVerdict{sig(etsi.TotalPassed, false, true)}}, false},
		"no signature":                 {Verification{Indication: etsi.NoSignatureFound}, false},
	} {
		if got := c.v.Repeatable(); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// S3-15: a delegate acts in his own right where he can, and otherwise in somebody's place; whose, is known.
func TestActingInSomebodysPlace(t *testing.T) {
	head := StandIn{Delegation: "d", UserID: "head", Name: "Baş", Roles: []Role{RoleSignatory, RoleExpert}}
	deputy := Actor{UserID: "deputy", Roles: []Role{RoleExpert, RoleSignatory}, Lent: []Role{RoleSignatory}, StandsFor: []StandIn{head}}
	for _, c := range []struct {
		name string
		who  Actor
		role Role
		want ID
	}{
		{"his own role", deputy.As(RoleExpert), RoleExpert, ""},
		{"a delegated one", deputy.As(RoleSignatory), RoleSignatory, "head"},
		{"his own before a delegated one", deputy.As(RoleSignatory, RoleExpert), RoleExpert, ""},
		{"none of them", deputy.As(RoleAdmin), RoleExpert, ""},
		{"a transition", Acting(SubmissionTransitions(), SubmissionChecked, EventSeal, deputy), RoleSignatory, "head"},
	} {
		if c.who.For != c.want || c.who.Roles[0] != c.role || len(c.who.Roles) != 2 {
			t.Errorf("%s: for %q in %v", c.name, c.who.For, c.who.Roles)
		}
	}
	if who, ok := deputy.Standing("head", RoleExpert); !ok || who.For != "head" || who.ForName != "Baş" {
		t.Errorf("the head's own cases: %v %+v", ok, who)
	} else if still := who.As(RoleExpert); still.For != "head" {
		t.Error("whoever drafts for the head drafts in his own right a step later")
	}
	if who, ok := deputy.Standing("deputy", RoleExpert); !ok || who.For != "" {
		t.Errorf("his own cases: %v %+v", ok, who)
	}
	for _, person := range []ID{"", "other"} {
		if _, ok := deputy.Standing(person, RoleExpert); ok {
			t.Errorf("stands for %q", person)
		}
	}
	if _, ok := deputy.Standing("head", RoleCoordinator); ok {
		t.Error("stands in for what was not delegated")
	}
	acting := deputy.As(RoleSignatory)
	if !acting.Involved("x", "head") || !acting.Involved("deputy") || deputy.Involved("head") || acting.Involved("", "x") {
		t.Error("separation looks at the wrong people")
	}
}

func TestDelegationInForce(t *testing.T) {
	d := Delegation{FirstDay: calendar.Of(2026, 3, 2), LastDay: calendar.Of(2026, 3, 9)}
	for day, want := range map[int]bool{1: false, 2: true, 9: true, 10: false} {
		if d.InForce(calendar.Of(2026, 3, day)) != want {
			t.Errorf("on %d March: %v", day, !want)
		}
	}
	if d.Ended = time.Now(); d.InForce(d.FirstDay) {
		t.Error("an ended one is in force")
	}
}
