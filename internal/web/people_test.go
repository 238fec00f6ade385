package web

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"mohur/docket"
)

// TestProfileAndPersons is Profil və səlahiyyətli şəxslər: own contacts, a new person, a period, revoked and restored.
func TestProfileAndPersons(t *testing.T) {
	d := newFakeDesk()
	v := site0(t, d, nil).logIn("body")
	v.get("/profile").has(t, "1AB2CD3", "7•••••9", "Müddət xaricində", "Səlahiyyəti dayandırılıb", `href="/profile/people/p2"`)
	if a := v.post("/profile", "email", "yeni@stat.example", "mobile", "0501112233"); a.location != "/profile" {
		t.Errorf("%d %s", a.code, a.location)
	}
	v.get("/profile").has(t, "Yeni e-poçt ünvanına təsdiq keçidi göndərildi")
	d.refusal = docket.Errors{docket.Invalid("email", docket.KeyEmail), docket.Invalid("mobile", docket.KeyMobile)}
	v.post("/profile", "email", "yeni", "mobile", "5").has(t, "Xəta:", `href="#email"`, `value="yeni"`, `href="#mobile"`, `value="5"`)

	d.refusal = nil
	a := v.post("/profile/people", "person_name", "Elçin", "fin", "7AB2CD9", "email", "e@x.az", "mobile", "1", "from", "1.12.2026", "to", "31/12/2026")
	if a.location != "/profile#people" || !slices.Contains(d.asked, "add Elçin 7AB2CD9 e@x.az 1 2026-12-01 2026-12-31") {
		t.Errorf("%d %v", a.code, d.asked)
	}
	v.post("/profile/people", "person_name", "Elçin", "from", "32.1.2026").has(t, `href="#from"`, `value="32.1.2026"`, `value="Elçin"`)
	d.refusal = docket.Errors{docket.Invalid("name", docket.KeyRequired), docket.Invalid("fin", docket.KeyFIN)}
	v.post("/profile/people", "fin", "ABC").has(t, `href="#person_name"`, "Ad, soyad: ", `href="#fin"`, `value="ABC"`)
	d.refusal = nil
	for path, want := range map[string]string{"period": "period p2 2026-12-01 ", "revoke": "revoke p2", "restore": "give back p2"} {
		if a := v.post("/profile/people/p2/"+path, "from", "01.12.2026"); a.location != "/profile#people" || !slices.Contains(d.asked, want) {
			t.Errorf("%s: %d %v", path, a.code, d.asked)
		}
	}
	d.refusal = docket.Refuse(docket.CodeConflict, docket.KeyOwnAccount)
	if a := v.post("/profile/people/p2/revoke"); a.code != http.StatusConflict {
		t.Errorf("%d", a.code)
	}
	// Who is no administrator sees the list and changes nothing.
	clerk := site0(t, newFakeDesk(), nil).logIn("clerk")
	if a := clerk.get("/profile"); a.code != http.StatusOK || strings.Contains(a.body, "/profile/people") {
		t.Errorf("%d, a representative is offered what only an administrator may", a.code)
	}
	for _, path := range []string{"/profile/people/new", "/profile/people/p2"} {
		if a := clerk.get(path); a.code != http.StatusForbidden {
			t.Errorf("%s: %d", path, a.code)
		}
	}
	if a := clerk.post("/profile/people", "person_name", "x"); a.code != http.StatusForbidden {
		t.Errorf("%d", a.code)
	}
}

func TestAddressIsConfirmedByAPress(t *testing.T) {
	d := newFakeDesk()
	v := site0(t, d, nil)
	a := v.get("/contact/abc")
	if len(d.asked) != 0 || a.header.Get("Referrer-Policy") != "no-referrer" || strings.Count(a.body, "abc") != 1 {
		t.Errorf("opening the link does something, or leaks it: %v", d.asked)
	}
	v.post("/contact/abc").has(t, "E-poçt ünvanı təsdiq edildi")
	if a := v.post("/contact/xyz"); a.code != http.StatusForbidden {
		t.Errorf("%d", a.code)
	}
}

// TestNotificationsPage is Bildirişlər with its badge in the navigation (S1-16).
func TestNotificationsPage(t *testing.T) {
	for _, who := range []string{"body", "expert"} {
		d := newFakeDesk()
		d.unread = 1
		v := site0(t, d, nil).logIn(who)
		v.get("/notifications").has(t, `>Bildirişlər <span class="badge">1<span class="hidden"> oxunmamış`, "Oxunmayıb</span> Yeni məktub", "oxunub")
		if a := v.post("/notifications/n2"); a.location != "/submissions/s1" || !slices.Contains(d.asked, "read n2") {
			t.Errorf("%s: %d %s", who, a.code, a.location)
		}
		if a := v.post("/notifications/other"); a.code != http.StatusNotFound {
			t.Errorf("%s: %d", who, a.code)
		}
		if a := v.post("/notifications/read"); a.location != "/notifications" || !slices.Contains(d.asked, "read all") {
			t.Errorf("%s: %d", who, a.code)
		}
	}
	d := newFakeDesk()
	d.unread = 100
	site0(t, d, nil).logIn("body").get("/home").has(t, `class="badge">99+`)
}

func TestBodyIsSuspendedWithAReason(t *testing.T) {
	d := newFakeDesk()
	d.regState, d.regEvents = docket.RegistrationApproved, []string{"suspend"}
	v := site0(t, d, nil).logIn("registrar")
	if a := v.post("/registrations/r1/suspend", "suspend_reason", "Səbəb"); a.location != "/registrations/r1" || !slices.Contains(d.asked, "suspend Səbəb") {
		t.Errorf("%d %v", a.code, d.asked)
	}
	d.refusal = docket.Invalid("reason", docket.KeyRequired)
	v.post("/registrations/r1/suspend").has(t, `href="#suspend_reason"`)
	d.regEvents = []string{"restore"}
	v.post("/registrations/r1/restore").has(t, `href="#restore_reason"`)
}
