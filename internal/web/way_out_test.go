package web

import (
	"slices"
	"strings"
	"testing"

	"mohur/docket"
)

// S3-15: what is typed reaches the desk, a refusal keeps it, and whoever may not appoint has no form.
func TestDelegationPage(t *testing.T) {
	d := newFakeDesk()
	v := site0(t, d, nil)
	v.logIn("signatory")
	form := []string{
		"absent", "signatory", "delegate", "expert", "role_signatory", "yes", "first_day", "23.11.2026", "last_day", "1.12.2026", "reason", "məzuniyyət",
	}
	if a := v.post("/delegations", form...); a.code != 303 || a.location != "/delegations" {
		t.Fatalf("%d %s", a.code, a.body)
	}
	if want := "delegate signatory expert signatory 2026-11-23 2026-12-01 məzuniyyət"; !slices.Contains(d.asked, want) {
		t.Errorf("asked %v, want %s", d.asked, want)
	}
	d.refusal = docket.Invalid("first_day", docket.KeyDelegationTwice).With("name", "Günay Həsənova")
	a := v.post("/delegations", form...)
	if a.code != 422 || !strings.Contains(a.body, `value="23.11.2026"`) || !strings.Contains(a.body, `id="role_signatory" name="role_signatory" value="yes" checked`) || !strings.Contains(a.body, `href="#first_day"`) {
		t.Errorf("%d %s", a.code, a.body)
	}
	d.refusal = nil
	if a := v.post("/delegations/d1/end"); a.code != 303 || !slices.Contains(d.asked, "end d1") {
		t.Errorf("%d %v", a.code, d.asked)
	}
	expert := site0(t, d, nil)
	expert.logIn("expert")
	if a := expert.get("/delegations"); a.code != 200 || strings.Contains(a.body, "/end") || strings.Contains(a.body, `name="absent"`) {
		t.Errorf("an expert's page: %d %s", a.code, a.body)
	}
}
