package web

import (
	"slices"
	"strings"
	"testing"

	"mohur/docket"
	"mohur/docket/calendar"
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

// S3-03, S3-05: the books as pages and as files; a labelled row says no content, a cell is no formula, a date that can't be read is refused.
func TestBooks(t *testing.T) {
	d := newFakeDesk()
	v := site0(t, d, nil)
	v.logIn("coordinator")
	if a := v.get("/journals/outgoing?number=14&kind=opinion&from=1.11.2026"); a.code != 200 || !strings.Contains(a.body, "xidməti istifadə üçün") || !slices.Contains(d.asked, "journal outgoing 14 opinion") {
		t.Errorf("%d %v", a.code, d.asked)
	}
	if a := v.get("/journals/incoming?from=32.1.2026"); a.code != 422 {
		t.Errorf("%d", a.code)
	}
	a := v.get("/journals/outgoing?format=csv")
	if !strings.HasPrefix(a.body, "\uFEFFQeydiyyat nömrəsi,") || strings.Count(a.body, "\r\n") != 4 || a.header.Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Errorf("%q", a.body)
	}
	a = v.get("/dispatches?format=csv")
	if !strings.Contains(a.body, ",'=Şəki") || !slices.Contains(d.asked, "dispatches 2026-11-22 ") {
		t.Errorf("%q %v", a.body, d.asked)
	}
	if a := v.post("/dispatches/l1", "addressee", "Şəki", "channel", "post", "note", "x"); a.code != 303 || !slices.Contains(d.asked, "copy Şəki post x") {
		t.Errorf("%d %v", a.code, d.asked)
	}
	if a := v.post("/dispatches/l1/lines/e2/received"); a.code != 303 || !slices.Contains(d.asked, "noted e2") {
		t.Errorf("%d %v", a.code, d.asked)
	}
	body := site0(t, d, nil)
	body.logIn("body")
	if a := body.post("/letters/l1/received"); a.code != 303 || !slices.Contains(d.asked, "received l1") {
		t.Errorf("%d %v", a.code, d.asked)
	}
	at := journalPlace("2026-11-22~9~14~5")
	if at != (docket.JournalAt{Day: calendar.Of(2026, 11, 22), Unit: "9", Case: "14", Seq: 5}) || journalPlace("2026-11-22~9~14") != (docket.JournalAt{}) || journalPlace("x~9~14~5") != (docket.JournalAt{}) {
		t.Errorf("%+v", at)
	}
}
