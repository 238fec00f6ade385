package docket

import (
	"slices"
	"strings"
	"testing"
)

func goodProfile() SealProfile {
	return SealProfile{
		Name: "elektron-sened-dovriyyesi", Version: 1, State: ProfileProposed, Why: "başlanğıc",
		SealTerms: SealTerms{
			Unit: "Elektron sənəd dövriyyəsi", Credential: "default", Format: FormatPAdES, Level: LevelT, Input: InputUnbroken,
			Kinds: []string{"opinion", "receipt"}, Clients: []string{"portal"}, PerDay: 100, Appearance: SealAppearance{Visible: true, Lines: []string{"Agentlik"}, QR: true},
		},
	}
}

func TestCheckOfSealProfiles(t *testing.T) {
	good := goodProfile()
	if found := good.Check(); found != nil {
		t.Fatalf("a good profile is refused: %v", found)
	}
	for name, tc := range map[string]struct {
		spoil      func(*SealProfile)
		field, key string
	}{
		"no name":                   {func(p *SealProfile) { p.Name = "" }, "name", KeyProfileName},
		"a path as a name":          {func(p *SealProfile) { p.Name = "../etc" }, "name", KeyProfileName},
		"a name with capitals":      {func(p *SealProfile) { p.Name = "Kadr" }, "name", KeyProfileName},
		"a name with two hyphens":   {func(p *SealProfile) { p.Name = "a--b" }, "name", KeyProfileName},
		"a long name":               {func(p *SealProfile) { p.Name = strings.Repeat("a", 51) }, "name", KeyProfileName},
		"no reason":                 {func(p *SealProfile) { p.Why = "" }, "why", KeyRequired},
		"no unit":                   {func(p *SealProfile) { p.Unit = " " }, "unit", KeyRequired},
		"a long unit":               {func(p *SealProfile) { p.Unit = strings.Repeat("ə", 81) }, "unit", KeyTooLong},
		"a unit of two lines":       {func(p *SealProfile) { p.Unit = "a\nb" }, "unit", KeyProfileChoice},
		"no credential":             {func(p *SealProfile) { p.Credential = "" }, "credential", KeyRequired},
		"an unknown format":         {func(p *SealProfile) { p.Format = "XAdES" }, "format", KeyProfileChoice},
		"an unknown level":          {func(p *SealProfile) { p.Level = "B-XL" }, "level", KeyProfileChoice},
		"an unknown rule":           {func(p *SealProfile) { p.Input = "any" }, "input", KeyProfileChoice},
		"an unknown kind":           {func(p *SealProfile) { p.Kinds = []string{"decree"} }, "kinds", KeyProfileChoice},
		"a kind twice":              {func(p *SealProfile) { p.Kinds = []string{"receipt", "receipt"} }, "kinds", KeyProfileChoice},
		"hashes and kinds":          {func(p *SealProfile) { p.HashAllowed = true }, "kinds", KeyHashKinds},
		"letters as CAdES":          {func(p *SealProfile) { p.Format, p.Appearance = FormatCAdES, SealAppearance{} }, "format", KeyKindFormat},
		"a visible CAdES":           {func(p *SealProfile) { p.Format, p.Kinds = FormatCAdES, nil }, "visible", KeyProfileUnseen},
		"a client that is none":     {func(p *SealProfile) { p.Clients = []string{"a b"} }, "clients", KeyProfileClients},
		"a client twice":            {func(p *SealProfile) { p.Clients = []string{"a", "a"} }, "clients", KeyProfileClients},
		"clients without end":       {func(p *SealProfile) { p.Clients = make([]string, 101) }, "clients", KeyTooMany},
		"clients and no quota":      {func(p *SealProfile) { p.PerDay = 0 }, "per_day", KeyProfileQuota},
		"reports without a quota":   {func(p *SealProfile) { p.Clients, p.PerDay, p.Kinds = nil, 0, []string{KindVerdictReport} }, "per_day", KeyProfileQuota},
		"a quota below nothing":     {func(p *SealProfile) { p.Clients, p.PerDay = nil, -1 }, "per_day", KeyProfileQuota},
		"a quota without end":       {func(p *SealProfile) { p.PerDay = 1_000_001 }, "per_day", KeyProfileQuota},
		"many lines":                {func(p *SealProfile) { p.Appearance.Lines = make([]string, 5) }, "lines", KeyProfileLines},
		"a long line":               {func(p *SealProfile) { p.Appearance.Lines = []string{strings.Repeat("x", 61)} }, "lines", KeyTooLong},
		"an image that is no hash":  {func(p *SealProfile) { p.Appearance.Image = "/etc/passwd" }, "image", KeyProfileChoice},
		"an unknown certification":  {func(p *SealProfile) { p.Certification = 4 }, "certification", KeyProfileChoice},
		"certifying what is signed": {func(p *SealProfile) { p.Certification = 2 }, "certification", KeyProfileCertify},
	} {
		p := goodProfile()
		tc.spoil(&p)
		if found := p.Check(); !slices.ContainsFunc(found, func(e *Error) bool { return e.Field == tc.field && e.Key == tc.key && e.Code == CodeInvalid }) {
			t.Errorf("%s: found %v, want %s of %s", name, found, tc.key, tc.field)
		}
	}
}

func TestChangesOfSealProfiles(t *testing.T) {
	old, changed := goodProfile(), goodProfile()
	if got := changed.Changes(&old.SealTerms); got != nil {
		t.Errorf("nothing changed, found %v", got)
	}
	changed.Level, changed.Appearance.QR, changed.PerDay = LevelLTA, false, 7
	want := []TermChange{{"level", "B-T", "B-LTA"}, {"per_day", "100", "7"}, {"qr", "true", "false"}}
	if got := changed.Changes(&old.SealTerms); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := old.Changes(nil); len(got) != len(old.List()) {
		// every term of a new profile says something, but the picture it does not have
		for _, term := range old.List() {
			if term.Value != "" && !slices.Contains(got, TermChange{term.Field, "", term.Value}) {
				t.Errorf("%s of a new profile is not told", term.Field)
			}
		}
	}
	// Every field of the terms is told: whatever is changed alone is one change.
	for name, spoil := range map[string]func(*SealTerms){
		"unit": func(s *SealTerms) { s.Unit += "x" }, "credential": func(s *SealTerms) { s.Credential += "x" }, "format": func(s *SealTerms) { s.Format = "x" },
		"level": func(s *SealTerms) { s.Level = "x" }, "input": func(s *SealTerms) { s.Input = "x" }, "hash_allowed": func(s *SealTerms) { s.HashAllowed = true },
		"kinds": func(s *SealTerms) { s.Kinds = nil }, "clients": func(s *SealTerms) { s.Clients = nil }, "per_day": func(s *SealTerms) { s.PerDay++ },
		"visible": func(s *SealTerms) { s.Appearance.Visible = false }, "lines": func(s *SealTerms) { s.Appearance.Lines = nil },
		"qr": func(s *SealTerms) { s.Appearance.QR = false }, "image": func(s *SealTerms) { s.Appearance.Image = "x" }, "certification": func(s *SealTerms) { s.Certification = 1 },
	} {
		p := goodProfile()
		spoil(&p.SealTerms)
		if got := p.Changes(&old.SealTerms); len(got) != 1 || got[0].Field != name {
			t.Errorf("%s changed, found %v", name, got)
		}
	}
}

func TestWhoMayAskAndWhatIsSealed(t *testing.T) {
	p := goodProfile()
	if p.LevelName() != "PAdES-BASELINE-T" || !p.Seals("opinion") || p.Seals("deficiency_notice") || !p.Admits("portal") || p.Admits("") || p.Admits("portal2") {
		t.Errorf("%s %v %v", p.LevelName(), p.Kinds, p.Clients)
	}
	p.Format, p.Level = FormatCAdES, LevelLTA
	if p.LevelName() != "CAdES-BASELINE-LTA" {
		t.Error(p.LevelName())
	}
}
