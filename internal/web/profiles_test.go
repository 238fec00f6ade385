package web

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"slices"
	"strings"
	"testing"

	"mohur/docket"
)

// fakeProfiles holds two profiles: one with a change that waits, one without.
type fakeProfiles struct {
	proposed docket.SealProposal
	asked    []string
	image    string
	refusal  error
}

func fakeTerms(unit, credential string, kinds ...string) docket.SealTerms {
	return docket.SealTerms{
		Unit: unit, Credential: credential, Format: docket.FormatPAdES, Level: docket.LevelT, Input: docket.InputUnbroken, Kinds: kinds,
		Clients: []string{"portal", "dms"}, PerDay: 1000, Appearance: docket.SealAppearance{Visible: true, Lines: []string{"Agentlik <b>"}, QR: true},
	}
}

func (f *fakeProfiles) all() []docket.SealProfile {
	letters := docket.SealProfile{
		ID: "p1", Name: "elektron-sened-dovriyyesi", Version: 1, State: docket.ProfileActive, Why: "ilk quraşdırma", ProposedBy: "admin", ProposedByName: "Vüsal Kərimov",
		Proposed: noon, DecidedBy: "signatory", DecidedByName: "Ülviyyə Ağayeva", Decided: noon,
		SealTerms: fakeTerms("Elektron sənəd dövriyyəsi", "default", "opinion", "deficiency_notice", "registration_refusal", "receipt"),
	}
	rejected, waiting := letters, letters
	rejected.ID, rejected.Version, rejected.State, rejected.Base, rejected.Reason = "p2", 2, docket.ProfileRejected, 1, "hələ tezdir"
	rejected.PerDay = 5
	waiting.ID, waiting.Version, waiting.State, waiting.Base, waiting.Why = "p3", 3, docket.ProfileProposed, 1, "uzun saxlama"
	waiting.DecidedBy, waiting.DecidedByName, waiting.Decided = "", "", rejected.Superseded
	waiting.Level, waiting.Certification, waiting.Clients = docket.LevelLTA, 2, nil
	staff := letters
	staff.ID, staff.Name, staff.SealTerms = "p4", "kadr-meseleleri", fakeTerms("Kadr məsələləri", "kadr", docket.KindPersonnelOrder, docket.KindPersonnelReference)
	staff.Appearance.Image = docket.Hash(strings.Repeat("5a", 32))
	return []docket.SealProfile{waiting, rejected, letters, staff}
}

func (f *fakeProfiles) Profiles(_ context.Context, _ docket.Actor, filter docket.SealProfileFilter) ([]docket.SealProfile, error) {
	return slices.DeleteFunc(f.all(), func(p docket.SealProfile) bool {
		return filter.Name != "" && p.Name != filter.Name || len(filter.States) > 0 && !slices.Contains(filter.States, p.State)
	}), nil
}

func (f *fakeProfiles) ProposeProfile(_ context.Context, _ docket.Actor, in docket.SealProposal) (*docket.SealProfile, error) {
	f.proposed = in
	return &docket.SealProfile{Name: in.Name}, f.refusal
}

func (f *fakeProfiles) ApproveProfile(_ context.Context, _ docket.Actor, id docket.ID) (*docket.SealProfile, error) {
	f.asked = append(f.asked, "approve "+string(id))
	return nil, f.refusal
}

func (f *fakeProfiles) RejectProfile(_ context.Context, _ docket.Actor, id docket.ID, reason string) (*docket.SealProfile, error) {
	f.asked = append(f.asked, "reject "+string(id)+" "+reason)
	return nil, f.refusal
}

func (f *fakeProfiles) RetireProfile(_ context.Context, _ docket.Actor, name string, base int, why string) (*docket.SealProfile, error) {
	f.asked = append(f.asked, "retire "+name+" "+why)
	if base != 1 {
		return nil, docket.Refuse(docket.CodeConflict, docket.KeyProfileBase)
	}
	return nil, f.refusal
}

func (f *fakeProfiles) Credentials() []string { return []string{"default", "kadr"} }

func (f *fakeProfiles) PutImage(_ context.Context, r io.Reader) (docket.Hash, error) {
	b, err := io.ReadAll(r)
	f.image = string(b)
	if f.image == "no picture" {
		return "", docket.Refuse(docket.CodeInvalid, docket.KeyFileType)
	}
	return docket.HashOf([32]byte{7}), err
}

// profileForm is the form as a browser sends it.
func profileForm(t *testing.T, picture string, fields map[string]string) (io.Reader, string) {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for name, value := range fields {
		if err := m.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	w, err := m.CreateFormFile("image", map[bool]string{true: "seal.png"}[picture != ""])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, picture); err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	return &b, m.FormDataContentType()
}

func profileSite(t *testing.T, who string) (*visitor, *fakeProfiles) {
	t.Helper()
	f := &fakeProfiles{}
	v := site0(t, newFakeDesk(), func(o *Options) { o.Profiles = f })
	if who != "" {
		v.logIn(who)
	}
	return v, f
}

func typedProfile() map[string]string {
	return map[string]string{
		"base": "1", "unit": "Kadr məsələləri", "credential": "kadr", "format": "PAdES", "level": "B-LTA", "certification": "0", "input": "all-passed",
		"kind_personnel_order": "yes", "clients": "hr-portal\r\n\r\n dms ", "per_day": "1 200", "visible": "yes", "lines": "İnsan resursları\r\nBakı", "why": "yeni açar",
	}
}

func TestTheFormOfAProfileIsRead(t *testing.T) {
	v, f := profileSite(t, "admin")
	body, kind := profileForm(t, "PNG", typedProfile())
	if a := v.do("POST", "/profiles/of/kadr-meseleleri/propose", body, kind); a.code != 303 || a.location != "/profiles/of/kadr-meseleleri" {
		t.Fatalf("%d %s", a.code, a.body)
	}
	p := f.proposed
	if p.Name != "kadr-meseleleri" || p.Base != 1 || p.Why != "yeni açar" || p.Terms.Level != docket.LevelLTA || p.Terms.Input != docket.InputPassed || p.Terms.PerDay != 1200 ||
		!slices.Equal(p.Terms.Kinds, []string{docket.KindPersonnelOrder}) || !slices.Equal(p.Terms.Clients, []string{"hr-portal", "dms"}) || p.Terms.HashAllowed ||
		!slices.Equal(p.Terms.Appearance.Lines, []string{"İnsan resursları", "Bakı"}) || p.Terms.Appearance.QR || !p.Terms.Appearance.Visible {
		t.Errorf("%+v", p)
	}
	if f.image != "PNG" || p.Terms.Appearance.Image != docket.HashOf([32]byte{7}) {
		t.Errorf("picture %q, %s", f.image, p.Terms.Appearance.Image)
	}
}

// TestARefusedProfileKeepsWhatWasTyped: the picture included, which needs no second upload.
func TestARefusedProfileKeepsWhatWasTyped(t *testing.T) {
	v, f := profileSite(t, "admin")
	f.refusal = docket.Errors{docket.Invalid("per_day", docket.KeyProfileQuota).With("max", 1000000), docket.Invalid("kinds", docket.KeyKindTaken).With("kind", "personnel_order").With("profile", "x")}
	body, kind := profileForm(t, "PNG", typedProfile())
	a := v.do("POST", "/profiles/of/kadr-meseleleri/propose", body, kind)
	if a.code != 422 {
		t.Fatalf("%d %s", a.code, a.body)
	}
	for _, want := range []string{
		`href="#per_day"`, `href="#kinds"`, `id="kinds"`, `value="1 200"`, `<option value="B-LTA" selected`, `id="kind_personnel_order" name="kind_personnel_order" value="yes" checked`,
		`name="image_kept" value="` + string(docket.HashOf([32]byte{7})), "Kadr əmri – x", "hr-portal",
	} {
		if !strings.Contains(a.body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	checkPage(t, a.body, "az")
	body, kind = profileForm(t, "no picture", typedProfile())
	f.proposed = docket.SealProposal{}
	if a = v.do("POST", "/profiles/of/kadr-meseleleri/propose", body, kind); a.code != 422 || !strings.Contains(a.body, `id="image-error"`) || f.proposed.Name != "" {
		t.Errorf("%d: a file that is no picture; proposed %q", a.code, f.proposed.Name)
	}
}

func TestDecisionsAboutAProfile(t *testing.T) {
	v, f := profileSite(t, "signatory")
	const path = "/profiles/of/elektron-sened-dovriyyesi"
	if a := v.post(path+"/approve", "version", "p3"); a.code != 303 {
		t.Errorf("approve: %d", a.code)
	}
	if a := v.post(path+"/reject", "version", "p3", "reject_reason", "səhv"); a.code != 303 {
		t.Errorf("reject: %d", a.code)
	}
	if want := []string{"approve p3", "reject p3 səhv"}; !slices.Equal(f.asked, want) {
		t.Errorf("asked %v", f.asked)
	}
	f.refusal = docket.Refuse(docket.CodeForbidden, docket.KeySamePerson)
	if a := v.post(path+"/approve", "version", "p3"); a.code != 403 || !strings.Contains(a.body, "iki ayrı şəxs") {
		t.Errorf("a refusal: %d", a.code)
	}
	for _, p := range []string{"/propose", "/retire"} {
		if a := v.post(path + p); a.code != 403 {
			t.Errorf("a signatory may %s: %d", p, a.code)
		}
	}
	admin, g := profileSite(t, "admin")
	if a := admin.post("/profiles/of/kadr-meseleleri/retire", "base", "1", "retire_reason", "bağlanır"); a.code != 303 || !slices.Equal(g.asked, []string{"retire kadr-meseleleri bağlanır"}) {
		t.Errorf("retire: %d %v", a.code, g.asked)
	}
	if a := admin.post("/profiles/of/kadr-meseleleri/retire", "base", "x", "retire_reason", "bağlanır"); a.code != 409 {
		t.Errorf("retire on another base: %d", a.code)
	}
}

// TestAProposalThatWaitsIsSeenAtHome by those who may decide.
func TestAProposalThatWaitsIsSeenAtHome(t *testing.T) {
	for who, want := range map[string]bool{"admin": true, "signatory": true, "expert": false} {
		v, _ := profileSite(t, who)
		if a := v.get("/agency"); strings.Contains(a.body, "1 dəyişiklik təsdiq gözləyir") != want {
			t.Errorf("%s: %v", who, !want)
		}
	}
}

func TestWhoSeesProfiles(t *testing.T) {
	for who, want := range map[string]int{"admin": 200, "signatory": 200, "auditor": 200, "expert": 403, "registrar": 403, "body": 403} {
		v, _ := profileSite(t, who)
		for _, path := range []string{"/profiles", "/profiles/of/kadr-meseleleri"} {
			if a := v.get(path); a.code != want {
				t.Errorf("%s at %s: %d, want %d", who, path, a.code, want)
			}
		}
	}
	v, _ := profileSite(t, "signatory")
	if a := v.get("/profiles/propose"); a.code != 403 {
		t.Errorf("a signatory proposes: %d", a.code)
	}
	if a := v.get("/profiles/of/nothing"); a.code != 404 {
		t.Errorf("an unknown profile: %d", a.code)
	}
	none := site0(t, newFakeDesk(), func(o *Options) { o.Profiles = nil })
	none.logIn("admin")
	if a := none.get("/profiles"); a.code != 404 || strings.Contains(a.body, `href="/profiles"`) {
		t.Errorf("without profiles: %d", a.code)
	}
}
