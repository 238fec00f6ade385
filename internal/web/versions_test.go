package web

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"mohur/docket"
	"mohur/docket/calendar"
)

// TestVersionsShowWhatChanged: a correction is a new version, and the page says what it changed (S1-22, requirements 8, 6).
func TestVersionsShowWhatChanged(t *testing.T) {
	d := newFakeDesk()
	a, b := docket.File{Name: "a.pdf", Blob: docket.Hash(strings.Repeat("aa", 32))}, docket.File{Name: "b.pdf", Blob: docket.Hash(strings.Repeat("bb", 32))}
	changed := a
	changed.Blob = docket.Hash(strings.Repeat("cc", 32))
	first := docket.Version{N: 1, VerificationID: "v1", Received: noon, Form: docket.Form{CoverNumber: "1", CoverDate: calendar.Of(2026, 11, 1), DocumentType: "e_service", ProjectName: "Köhnə ad"}, Files: []docket.File{a, b}}
	second := first
	second.N, second.Form.ProjectName, second.Form.CoverDate, second.Files = 2, "Yeni ad", calendar.Of(2026, 11, 2), []docket.File{changed, b}
	third := second
	third.N = 3
	d.versions = []docket.Version{first, second, third}
	page := site0(t, d, nil).logIn("body").get("/submissions/s1")
	page.has(t, "Bu versiyada dəyişənlər", "<del>Köhnə ad</del>", "<ins>Yeni ad</ins>", "<del>01.11.2026</del>", "<ins>02.11.2026</ins>", "<del>a.pdf</del>", "<ins>a.pdf</ins>")
	if n := strings.Count(page.body, "Bu versiyada dəyişənlər"); n != 1 || strings.Contains(page.body, "<del>b.pdf</del>") || strings.Contains(page.body, "<del>1</del>") {
		t.Errorf("%d versions show changes, or what stayed the same is shown as changed", n)
	}
}

func TestWithdrawalWantsAReason(t *testing.T) {
	d := newFakeDesk()
	d.events = []string{docket.EventWithdraw}
	v := site0(t, d, nil).logIn("body")
	a := v.post("/submissions/s1/withdraw", "reason", "")
	if a.code != http.StatusUnprocessableEntity {
		t.Errorf("%d", a.code)
	}
	a.has(t, `href="#reason"`, "<details open>")
	if a := v.post("/submissions/s1/withdraw", "reason", "Layihə dəyişir"); a.location != "/submissions/s1" || !slices.Contains(d.asked, "withdraw Layihə dəyişir") {
		t.Errorf("%d %v", a.code, d.asked)
	}
}

func TestReceiptGoesToAConfirmedAddressOnly(t *testing.T) { // S1-13
	d := newFakeDesk()
	d.refusal = docket.Invalid("email", docket.KeyEmail)
	v := site0(t, d, nil).logIn("body")
	if a := v.post("/submit/s1/mail"); a.location != "/profile#contacts" {
		t.Errorf("%d %s", a.code, a.location)
	}
	v.get("/profile").has(t, "təsdiqlənmiş e-poçt ünvanınız yoxdur")
}
