package web

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"mohur/docket"
	"mohur/docket/calendar"
	"mohur/internal/desk"
	"mohur/verify"
)

func (a answer) has(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(a.body, text) {
			t.Errorf("status %d, the page lacks %q", a.code, text)
		}
	}
}

func TestRegistrationKeepsWhatWasTypedAndTheFile(t *testing.T) {
	d := newFakeDesk()
	v := site0(t, d, nil)
	d.refusal = docket.Errors{docket.Invalid("letter", docket.KeySigAltered), docket.Invalid("mobile", docket.KeyMobile)}
	a := v.upload("/register", []string{"body", "b2", "email", "a@b.az", "mobile", "12\"3"}, file{"letter", `C:\temp\məktub.pdf`, "%PDF altered"})
	if a.code != http.StatusUnprocessableEntity || d.uploaded != "%PDF altered" || d.asked[0] != `register b2 a@b.az 12"3` {
		t.Fatalf("%d, uploaded %q, asked %v", a.code, d.uploaded, d.asked)
	}
	a.has(t, "<title>Xəta: Qeydiyyat", `href="#letter"`, `href="#mobile"`, `value="a@b.az"`, `value="12&#34;3"`, `value="b2" selected`, "məktub.pdf", "autofocus",
		"Fayl imzalandıqdan sonra dəyişdirilib", `aria-invalid="true"`)
	// Another try sends no file: the draft's counts.
	d.refusal = nil
	d.uploaded = ""
	a = v.upload("/register", []string{"body", "b2", "email", "a@b.az", "mobile", "1"}, file{"letter", "", ""})
	if a.code != http.StatusSeeOther || a.location != "/register/done" || d.registered.LetterName == "" {
		t.Errorf("%d %s, letter %q", a.code, a.location, d.registered.LetterName)
	}
	v.get("/register/done").has(t, "Təsdiqlənməsini gözləyirsiniz", "nigar@stat.example")
	stranger := site0(t, d, nil)
	if a := stranger.get("/register/done"); a.code != http.StatusSeeOther {
		t.Errorf("a stranger sees the registration: %d", a.code)
	}
}

func TestRemoveLetter(t *testing.T) {
	d := newFakeDesk()
	v := site0(t, d, nil)
	d.refusal = docket.Invalid("letter", docket.KeySigMissing)
	v.upload("/register", []string{"body", "b1"}, file{"letter", "a.pdf", "x"})
	d.refusal = nil
	if a := v.post("/register/letter/remove"); a.code != http.StatusSeeOther || !slices.Contains(d.asked, "remove letter") {
		t.Errorf("%d, asked %v", a.code, d.asked)
	}
}

func TestTooLargeAFileIs413(t *testing.T) {
	d := newFakeDesk()
	v := site0(t, d, nil)
	big := strings.Repeat("x", 3<<20)
	for path, field := range map[string]string{"/verify": "file", "/register": "letter"} {
		a := v.upload(path, []string{"body", "b1"}, file{field, "big.pdf", big})
		if a.code != http.StatusRequestEntityTooLarge && a.code != http.StatusInternalServerError {
			t.Errorf("%s: %d", path, a.code)
		}
		if path == "/verify" {
			if a.code != http.StatusRequestEntityTooLarge {
				t.Errorf("%s: %d", path, a.code)
			}
			a.has(t, "1 MB")
		}
	}
	if a := v.upload("/verify", nil, file{"file", "just.pdf", strings.Repeat("x", 1<<20+1)}); a.code != http.StatusRequestEntityTooLarge {
		t.Errorf("one byte too many: %d", a.code)
	}
	if a := v.upload("/register", []string{"email", big[:maxFieldBytes+1]}); a.code != http.StatusRequestEntityTooLarge || len(d.asked) > 0 {
		t.Errorf("a field that is too long: %d, asked %v", a.code, len(d.asked))
	}
	if a := v.do("POST", "/lookup", strings.NewReader("number="+big), "application/x-www-form-urlencoded"); a.code != http.StatusRequestEntityTooLarge {
		t.Errorf("a huge ordinary form: %d", a.code)
	}
}

func TestPublicCheck(t *testing.T) {
	v := site0(t, newFakeDesk(), nil)
	v.upload("/verify", nil, file{"file", "rəy.pdf", "fine"}).has(t, "İmza etibarlıdır", "TOTAL-PASSED", "rəy.pdf", "SHA-256", "Nigar Əliyeva")
	v.upload("/verify", nil, file{"file", "rəy.pdf", "tampered"}).has(t, "İmza etibarsızdır", "TOTAL-FAILED / HASH_FAILURE")
	if a := v.upload("/verify", nil, file{"file", "", ""}); a.code != http.StatusUnprocessableEntity {
		t.Errorf("no file: %d", a.code)
	}
	broken := site0(t, newFakeDesk(), func(o *Options) {
		o.Verifier = fakeVerifier{&verify.Error{Code: "unreadable", Err: errors.New("secret")}}
	})
	if a := broken.upload("/verify", nil, file{"file", "a.bin", "zzz"}); a.code != http.StatusUnprocessableEntity {
		t.Errorf("an unreadable file: %d", a.code)
	}
	down := site0(t, newFakeDesk(), func(o *Options) { o.Verifier = fakeVerifier{errors.New("secret cause")} })
	a := down.upload("/verify", nil, file{"file", "a.pdf", "zzz"})
	if a.code != http.StatusInternalServerError || strings.Contains(a.body, "secret") {
		t.Errorf("a failure of ours: %d %s", a.code, a.body)
	}
}

func TestLookUp(t *testing.T) {
	v := site0(t, newFakeDesk(), nil)
	v.post("/lookup", "number", "9/14-05", "date", "22.11.2026", "code", "4K7M-Q2XD").has(t, "9/14-05", "Elektron sənəd dövriyyəsi", "İmza etibarlıdır")
	unknown := v.post("/lookup", "number", "9/14-99", "date", "22.11.2026", "code", "4K7M-Q2XD")
	wrong := v.post("/lookup", "number", "9/14-05", "date", "22.11.2026", "code", "0000-0000")
	if unknown.code != wrong.code || strings.ReplaceAll(unknown.body, "9/14-99", "9/14-05") != strings.ReplaceAll(wrong.body, "0000-0000", "4K7M-Q2XD") {
		t.Error("an unknown number and a wrong code look different")
	}
	v.post("/lookup", "number", "", "date", "31.02.2026", "code", "").has(t, `href="#number"`, `href="#date"`, `href="#code"`, "gg.aa.iiii")
}

func TestSubmissionSteps(t *testing.T) {
	d := newFakeDesk()
	inDraft(d)
	v := site0(t, d, nil).logIn("body")
	a := v.post("/submit/s1", "cover_number", "1/2", "cover_date", "1/11/2026", "document_type", "other", "project_name", "Ad", "no_state_secret", "yes")
	if a.location != "/submit/s1/files" || d.form.CoverDate != calendar.Of(2026, 11, 1) || !d.form.NoStateSecret {
		t.Errorf("%d %s, form %+v", a.code, a.location, d.form)
	}
	bad := v.post("/submit/s1", "cover_number", "", "cover_date", "sabah", "document_type", "", "project_name", "")
	bad.has(t, "Müşayiət məktubunun nömrəsi: Bu sahəni doldurun", "Layihənin adı: Bu sahəni doldurun", `href="#cover_number"`, `href="#cover_date"`, `href="#document_type"`, `href="#project_name"`, `href="#no_state_secret"`, `value="sabah"`)
	v.post("/submit/s1", "cover_number", "1", "cover_date", "23.11.2026", "document_type", "other", "project_name", "A", "no_state_secret", "yes").has(t, "Tarix gələcəkdə ola bilməz")
	if a := v.upload("/submit/s1/files", []string{"add", "1"}, file{"files", "a.pdf", "one"}, file{"files", "b.pdf", "two"}); a.location != "/submit/s1/files" || d.uploaded != "two" {
		t.Errorf("%d %s, last %q", a.code, a.location, d.uploaded)
	}
	if a := v.upload("/submit/s1/files", []string{"next", "1"}, file{"files", "", ""}); a.location != "/submit/s1/check" {
		t.Errorf("files are there already: %d %s", a.code, a.location)
	}
	d.refusal = docket.Invalid("file", docket.KeyFileType)
	v.upload("/submit/s1/files", []string{"add", "1"}, file{"files", "a.exe", "MZ"}).has(t, "Bu növ fayl qəbul edilmir", `href="#files"`)
	d.refusal = nil
	if a := v.post("/submit/s1/files/f1/remove"); a.code != http.StatusSeeOther || !slices.Contains(d.asked, "remove f1") {
		t.Errorf("%d %v", a.code, d.asked)
	}
	d.sub.Form.CoverDate = calendar.Of(2026, 11, 1)
	if a := v.post("/submit/s1/check"); a.location != "/submit/s1/sign" {
		t.Errorf("%d %s", a.code, a.location)
	}
}

func TestSigningByUpload(t *testing.T) {
	d := newFakeDesk()
	inDraft(d)
	v := site0(t, d, nil).logIn("body")
	d.refusal = docket.Refuse(docket.CodeInvalid, docket.KeyRecordOther)
	v.upload("/submit/s1/sign", nil, file{"file", "x.pdf", "other"}).has(t, `href="#file"`, "bizim hazırladığımız sənəd deyil", "Xəta:")
	v.upload("/submit/s1/sign", nil, file{"file", "", ""}).has(t, `href="#file"`)
	d.refusal = nil
	if a := v.upload("/submit/s1/sign", nil, file{"file", "x.pdf", "signed"}); a.location != "/submit/s1/done" || d.uploaded != "signed" {
		t.Errorf("%d %s %q", a.code, a.location, d.uploaded)
	}
}

func TestDemoSignsOnlyInTheDemoAndForgetsThePIN(t *testing.T) {
	d := newFakeDesk()
	inDraft(d)
	var log bytes.Buffer
	v := site0(t, d, func(o *Options) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) }).logIn("body")
	wrong := v.post("/submit/s1/demo", "pin", "98765432")
	wrong.has(t, "PIN səhvdir", `href="#pin"`)
	if strings.Contains(wrong.body, "98765432") || strings.Contains(log.String(), "98765432") {
		t.Error("the PIN is shown or logged")
	}
	if a := v.post("/submit/s1/demo", "pin", "1234"); a.location != "/submit/s1/done" || d.uploaded != "<script>record signed" {
		t.Errorf("%d %s %q", a.code, a.location, d.uploaded)
	}
	inDraft(d)
	plain := site0(t, d, func(o *Options) { o.Demo, o.DemoMode = nil, false }).logIn("body")
	if a := plain.post("/submit/s1/demo", "pin", "1234"); a.code != http.StatusNotFound {
		t.Errorf("outside the demo: %d", a.code)
	}
	page := plain.get("/submit/s1/sign")
	if strings.Contains(page.body, "DEMO") || strings.Contains(page.body, "pin") {
		t.Error("outside the demo the page offers its token")
	}
}

func TestDownloadsAreNeverPages(t *testing.T) {
	v := site0(t, newFakeDesk(), nil).logIn("body")
	for _, path := range []string{"/submissions/s1/files/f1", "/letters/l1/file", "/submissions/s1/signed/1", "/submit/s1/receipt"} {
		a := v.get(path)
		if a.code != http.StatusOK || !strings.HasPrefix(a.header.Get("Content-Disposition"), "attachment") ||
			!strings.HasPrefix(a.header.Get("Content-Security-Policy"), "sandbox") || a.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %d %v", path, a.code, a.header)
		}
	}
}

func TestEveryAnswerCarriesItsHeaders(t *testing.T) {
	v := site0(t, newFakeDesk(), nil)
	for _, path := range []string{"/", "/nothing", "/static/mohur.css", "/verify"} {
		h := v.get(path).header
		if !strings.Contains(h.Get("Content-Security-Policy"), "default-src 'self'") || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("X-Frame-Options") != "DENY" {
			t.Errorf("%s: %v", path, h)
		}
	}
	if h := v.get("/static/mohur.css").header; h.Get("ETag") == "" || !strings.HasPrefix(h.Get("Content-Type"), "text/css") {
		t.Errorf("stylesheet: %v", h)
	}
}

func TestFormsOfOtherSitesAreRefused(t *testing.T) {
	d := newFakeDesk()
	v := site0(t, d, nil).logIn("registrar")
	req, _ := http.NewRequest("POST", v.url+"/registrations/r1/approve", strings.NewReader(""))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	res, err := v.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusForbidden || len(d.asked) > 0 {
		t.Errorf("%d, asked %v", res.StatusCode, d.asked)
	}
}

func TestLimits(t *testing.T) {
	v := site0(t, newFakeDesk(), func(o *Options) { o.Limits = RateLimits{RegistrationsPerHour: 2} })
	for range 2 {
		if a := v.upload("/register", nil); a.code == http.StatusTooManyRequests {
			t.Fatal("limited too early")
		}
	}
	if a := v.upload("/register", nil); a.code != http.StatusTooManyRequests {
		t.Errorf("the third: %d", a.code)
	}
	if a := v.get("/register"); a.code != http.StatusOK {
		t.Errorf("reading the form is not limited: %d", a.code)
	}
}

func TestLanguageStays(t *testing.T) {
	v := site0(t, newFakeDesk(), nil)
	if a := v.get("/language/en?back=%2Flookup%3Fx%3D1"); a.location != "/lookup?x=1" {
		t.Errorf("leads to %q", a.location)
	}
	v.get("/").has(t, `<html lang="en">`)
	for _, evil := range []string{"//evil.example", "https://evil.example/", `/\evil.example`, "javascript:alert(1)", "%zz"} {
		if a := v.get("/language/az?back=" + url.QueryEscape(evil)); a.location != "/" {
			t.Errorf("%q leads to %q", evil, a.location)
		}
	}
}

func TestListFilters(t *testing.T) {
	d := newFakeDesk()
	d.rows = 3
	v := site0(t, d, nil).logIn("body")
	a := v.get("/submissions?name=u%C3%A7ot&number=12&received_from=1.11.2026&due_to=31.12.2026&state=sent&order=due&rows=50&page=2")
	f := d.filter
	if f.Name != "uçot" || f.Number != "12" || f.ReceivedFrom != calendar.Of(2026, 11, 1) || f.DueTo != calendar.Of(2026, 12, 31) ||
		len(f.States) != 1 || f.Order != docket.OrderDue || f.Limit != 50 || f.Offset != 50 {
		t.Errorf("filter %+v", f)
	}
	a.has(t, `value="1.11.2026"`, `value="sent" selected`, "page=1", `class="badge">2`)
	if a := v.get("/submissions?received_from=32.1.2026"); a.code != http.StatusUnprocessableEntity {
		t.Errorf("a wrong date: %d", a.code)
	} else {
		a.has(t, `href="#received_from"`, `value="32.1.2026"`)
	}
	v.get("/submissions?order=drop&rows=7&state=x&page=-3")
	if f := d.filter; f.Order != docket.OrderReceivedRev || f.Limit != 20 || f.Offset != 0 || f.States != nil {
		t.Errorf("nonsense gives %+v", f)
	}
	d.rows = 0
	v.get("/submissions").has(t, "Layihə tapılmadı")
}

func TestDecisions(t *testing.T) {
	d := newFakeDesk()
	d.regEvents = []string{"approve", "refuse"}
	v := site0(t, d, nil).logIn("registrar")
	if a := v.post("/registrations/r1/approve"); a.location != "/registrations/r1" {
		t.Errorf("%d", a.code)
	}
	d.refusal = docket.Invalid("reason", docket.KeyRequired)
	v.post("/registrations/r1/refuse", "refuse_reason", "").has(t, `href="#refuse_reason"`, "Xəta:")
	d.refusal = docket.Refuse(docket.CodeConflict, docket.KeyState).With("state", "approved").With("event", "approve")
	a := v.post("/registrations/r1/approve")
	if a.code != http.StatusConflict {
		t.Errorf("%d", a.code)
	}
	a.has(t, "“Təsdiqləndi” vəziyyətində")
}

func TestAgencyActs(t *testing.T) {
	d := newFakeDesk()
	letterIn(docket.LetterDraft, docket.SubmissionDrafted, docket.EventCheck)(d)
	coordinator := site0(t, d, nil).logIn("coordinator")
	coordinator.post("/incoming/s1/accept")
	coordinator.post("/incoming/s1/deficiency", "items", "Smeta\n\n  İmza  \n")
	coordinator.post("/incoming/s1/deficiency", "items", " \n ").has(t, `href="#items"`)
	site0(t, d, nil).logIn("expert").post("/incoming/s1/opinion", "subject", "M", "text", "Mətn", "outcome", "negative")
	d.letters[0].State = docket.LetterApproved
	signatory := site0(t, d, nil).logIn("signatory")
	if a := signatory.post("/seal/s1"); a.location != "/seal/s1" {
		t.Errorf("%d %s", a.code, a.body)
	}
	want := []string{"accept", "deficient Smeta|İmza", "opinion negative Mətn", "seal", "dispatch"}
	if !slices.Equal(d.asked, want) {
		t.Errorf("asked %q", d.asked)
	}
	d.letters[0].State = docket.LetterApproved
	d.refusal = docket.Refuse(docket.CodeUnavailable, docket.KeySealing)
	a := signatory.post("/seal/s1")
	if a.code != http.StatusServiceUnavailable {
		t.Errorf("%d", a.code)
	}
	a.has(t, "Nömrə bu məktub üçün saxlanılıb")
}

func TestAFailureIsOnePageAndLeaksNothing(t *testing.T) {
	d := newFakeDesk()
	d.refusal = errors.New("secret cause")
	v := site0(t, d, nil).logIn("body")
	a := v.get("/submissions")
	if a.code != http.StatusInternalServerError || strings.Contains(a.body, "secret") {
		t.Errorf("%d %s", a.code, a.body)
	}
	checkPage(t, a.body, "az")
}

// broken panics where the pages ask for the limits.
type broken struct{ *fakeDesk }

func (broken) Limits() desk.Limits { panic("boom") }

func TestAPanicIsOneVisitorsPage(t *testing.T) {
	v := site0(t, broken{newFakeDesk()}, nil)
	if a := v.get("/verify"); a.code != http.StatusInternalServerError {
		t.Errorf("%d", a.code)
	}
	if a := v.get("/help"); a.code != http.StatusOK {
		t.Errorf("afterwards: %d", a.code)
	}
}

// vanishing loses the account of everybody when gone is set.
type vanishing struct {
	*fakeDesk
	gone *bool
}

func (d vanishing) Actor(ctx context.Context, user docket.ID) (docket.Actor, error) {
	if *d.gone {
		return docket.Actor{}, docket.ErrNotFound
	}
	return d.fakeDesk.Actor(ctx, user)
}

func TestLogOutAndVanishedAccounts(t *testing.T) {
	gone := false
	v := site0(t, vanishing{newFakeDesk(), &gone}, nil).logIn("body")
	if a := v.post("/logout"); a.location != "/" {
		t.Errorf("%d", a.code)
	}
	if a := v.get("/home"); a.location != "/log-in" {
		t.Errorf("after logging out: %d %s", a.code, a.location)
	}
	v.logIn("body")
	gone = true
	if a := v.get("/home"); a.location != "/log-in" {
		t.Errorf("an account that vanished: %d %s", a.code, a.location)
	}
	if a := v.post("/log-in/nobody"); a.code != http.StatusForbidden {
		t.Errorf("an unknown link: %d", a.code)
	}
}

func TestAPathWithANulIsNotFound(t *testing.T) {
	s := &site{Options: Options{}}
	reached := false
	w := httptest.NewRecorder()
	s.secure(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true })).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/d/%00", nil))
	if w.Code != http.StatusNotFound || reached {
		t.Errorf("status %d, reached %v", w.Code, reached)
	}
}
