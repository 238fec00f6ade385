package web

import (
	"net/http"
	"strings"
	"testing"

	"mohur/docket"
)

// TestLineOfTheList is Şəkil 5: S1-16 and S1-22 to S1-30 stand in the page, in plain elements that a keyboard reaches.
func TestLineOfTheList(t *testing.T) {
	d := newFakeDesk()
	d.events = []string{docket.EventCorrect}
	d.sub.State = docket.SubmissionDeficient
	v := site0(t, d, nil).logIn("body")
	v.get("/submissions").has(t,
		`<form method="post" action="/submissions/s1/correct"><button class="button second tight" type="submit">Düzəliş et`, // S1-22
		"İnformasiya sistemi", "22.11.2026", "22.12.2026", // S1-24 to S1-26
		`<a href="/submissions/s1/messages">Yazışmalar`, `<span class="badge">2<span class="hidden"> oxunmamış`, // S1-27
		`action="/submissions/s1/documents" enctype="multipart/form-data"`, // S1-28
		"5 gün qalıb", "30 gündən 25 gün keçib", `<progress max="30" value="25" aria-label=`, // S1-29
		">Geniş məlumat<", // S1-30
		"Sənəd çatışmazlığı bildirilib:", "Layihə baxılmağa qəbul edilib:", "Layihə alınıb və qeydiyyata götürülüb:",
		"çatdırılıb, hələ oxunmayıb", "oxuyub: Nigar Əliyeva, 22.11.2026, 12:00") // S1-16
	d.events = nil
	if a := v.get("/submissions"); strings.Contains(a.body, "Düzəliş et") {
		t.Error("a project that can't be corrected has a button for it")
	}
}

func TestAdditionalDocumentFromTheList(t *testing.T) { // S1-28
	d := newFakeDesk()
	v := site0(t, d, nil).logIn("body")
	a := v.upload("/submissions/s1/documents", []string{"back", "/submissions?rows=50&name=uçot"}, file{"document", "əlavə.pdf", "%PDF"})
	if a.code != http.StatusSeeOther || a.location != "/submissions?rows=50&name=u%c3%a7ot#case-s1" || d.uploaded != "%PDF" {
		t.Fatalf("%d %s %q", a.code, a.location, d.uploaded)
	}
	v.get("/submissions").has(t, `role="status"><p>Sənəd əlavə edildi`)
	if a := v.get("/submissions"); strings.Contains(a.body, "Sənəd əlavə edildi") {
		t.Error("it is said twice")
	}
	for _, back := range []string{"//evil.example/submissions", "https://evil.example", "/logout", ""} {
		if a := v.upload("/submissions/s1/documents", []string{"back", back}, file{"document", "a.pdf", "%PDF"}); a.location != "/submissions/s1#files" {
			t.Errorf("back to %q leads to %s", back, a.location)
		}
	}
	d.refusal = docket.Invalid("file", docket.KeyFileType).With("type", "application/zip")
	v.upload("/submissions/s1/documents", nil, file{"document", "a.zip", "PK"}).has(t, "Xəta:", `href="#document"`)
}

func TestManyRowsAreNotCounted(t *testing.T) { // requirements 8 and decisions 25: “10 000-dən çox”
	d := newFakeDesk()
	d.rows = 501
	v := site0(t, d, nil).logIn("body")
	v.get("/submissions").has(t, "10\u00a0000-dən çox layihədən 1–1 göstərilir")
	d.rows = 500
	if a := v.get("/submissions"); strings.Contains(a.body, "dən çox") {
		t.Error("9,981 are not more than 10,000")
	}
}
