package web

import (
	"net/http"
	"strings"
	"testing"

	"mohur/docket"
	"mohur/docket/calendar"
)

// pageCase is a page to look at: who, where, in which state.
type pageCase struct {
	name, who, path string
	prepare         func(*fakeDesk)
	code            int
}

// options are those of the test's site; the button of a log-in link is there outside the demo only, where links let in with one click.
func (c pageCase) options() func(*Options) {
	switch c.name {
	case "login_link":
		return outsideTheDemo
	case "login_account":
		return func(o *Options) { o.LogIn = &fakeLogIn{anybody: true} }
	}
	return nil
}

// outsideTheDemo is the program as an agency runs it.
func outsideTheDemo(o *Options) { o.Demo, o.DemoMode = nil, false }

// letterIn gives the desk an opinion letter in a state.
func letterIn(letter docket.LetterState, sub docket.SubmissionState, events ...string) func(*fakeDesk) {
	return func(f *fakeDesk) {
		f.letters = []docket.Letter{f.opinion(letter)}
		f.sub.State, f.events = sub, events
	}
}

// inDraft makes the project a draft.
func inDraft(f *fakeDesk) { f.sub.State = docket.SubmissionDraft }

// everyPage lists each page once.
func everyPage() []pageCase {
	kept := func(f *fakeDesk) { r := f.registration(); r.State = docket.RegistrationDraft; f.registered = &r }
	decided := func(f *fakeDesk) { r := f.registration(); f.registered = &r }
	version := func(f *fakeDesk) {
		f.versions = []docket.Version{{N: 1, VerificationID: "v1", Received: noon, Signer: docket.Signer{Name: "Nigar Əliyeva"}}}
		f.letters = []docket.Letter{f.opinion(docket.LetterDispatched)}
		f.events = []string{docket.EventCorrect, docket.EventWithdraw}
		f.notices = []docket.Notice{{Items: []string{"Smeta yoxdur", "İmza səhifəsi"}, Created: noon, Due: calendar.Of(2026, 12, 1)}}
	}
	deficient := func(f *fakeDesk) {
		version(f)
		f.sub.State, f.sub.Due = docket.SubmissionDeficient, calendar.Of(2026, 11, 20)
	}
	labelled := func(f *fakeDesk) { version(f); f.sub.Label = docket.LabelOfficialUse }
	suspended := func(f *fakeDesk) {
		deficient(f)
		f.sub.ProcedureVersion, f.sub.Provisional = 2, true
		f.suspensions = []docket.Suspension{
			{From: calendar.Of(2026, 11, 25), To: calendar.Of(2026, 12, 2), Days: 5, DueBefore: calendar.Of(2027, 1, 8), DueAfter: calendar.Of(2027, 1, 15)},
			{From: calendar.Of(2026, 12, 10), DueBefore: calendar.Of(2027, 1, 15)},
		}
	}
	waiting := func(f *fakeDesk) {
		f.writing = docket.MessageDraft{Text: "Hörmətli həmkarlar,", Attachments: []docket.File{{ID: "w0", Name: "cədvəl.xlsx", Size: 4096}}}
	}
	agency := func(events ...string) func(*fakeDesk) {
		return func(f *fakeDesk) { version(f); f.events = events }
	}
	group := func(state docket.SubmissionState, events ...string) func(*fakeDesk) {
		return func(f *fakeDesk) { letterIn(docket.LetterDraft, state, events...)(f); f.group = f.answered() }
	}
	return []pageCase{
		{"home", "", "/", nil, 200},
		{"register", "", "/register", nil, 200},
		{"register_kept", "", "/registration/secretkey", kept, 303},
		{"register_done", "", "/registration/secretkey", decided, 303},
		{"login", "", "/log-in", nil, 200},
		{"login_link", "", "/log-in/abc", nil, 200},
		{"login_account", "", "/log-in/account", nil, 200},
		{"passkeys", "registrar", "/passkeys", nil, 200},
		{"login_unknown", "", "/log-in/portal/back?code=stranger", nil, 403},
		{"logged_out", "", "/logged-out", nil, 200},
		{"means", "", "/signing-means", nil, 200},
		{"verify", "", "/verify", nil, 200},
		{"lookup", "", "/lookup", nil, 200},
		{"lookup_result", "", "/d/abcdefghijklmnopqrstuvwxyz", nil, 200},
		{"help", "", "/help", nil, 200},
		{"accessibility", "", "/accessibility", nil, 200},
		{"not_found", "", "/nothing", nil, 404},
		{"body_home", "body", "/home", nil, 200},
		{"submit_start", "body", "/submit", nil, 200},
		{"submit_data", "body", "/submit/s1", inDraft, 200},
		{"submit_files", "body", "/submit/s1/files", inDraft, 200},
		{"submit_check", "body", "/submit/s1/check", inDraft, 200},
		{"submit_sign", "body", "/submit/s1/sign", inDraft, 200},
		{"submit_done", "body", "/submit/s1/done", nil, 200},
		{"submissions", "body", "/submissions?name=uçot", version, 200},
		{"submissions_deficient", "body", "/submissions", deficient, 200},
		{"submission", "body", "/submissions/s1", version, 200},
		{"submission_suspended", "body", "/submissions/s1", suspended, 200},
		{"messages", "body", "/submissions/s1/messages", waiting, 200},
		{"messages_agency", "coordinator", "/incoming/s1/messages", version, 200},
		{"notifications", "body", "/notifications", func(f *fakeDesk) { f.unread = 1 }, 200},
		{"notifications_agency", "expert", "/notifications", func(f *fakeDesk) { f.unread = 100 }, 200},
		{"people", "body", "/profile", func(f *fakeDesk) { f.contact = &docket.Contact{Email: "yeni@stat.example"} }, 200},
		{"people_clerk", "clerk", "/profile", nil, 200},
		{"person_new", "body", "/profile/people/new", nil, 200},
		{"person", "body", "/profile/people/p2", nil, 200},
		{"person_revoked", "body", "/profile/people/p3", nil, 200},
		{"contact", "", "/contact/abc", nil, 200},
		{"letters", "body", "/letters", nil, 200},
		{"letter", "body", "/letters/l1", nil, 200},
		{"forbidden", "body", "/registrations", nil, 403},
		{"agency_home", "registrar", "/agency", nil, 200},
		{"registrations", "registrar", "/registrations", nil, 200},
		{"registration", "registrar", "/registrations/r1", func(f *fakeDesk) { f.regEvents = []string{"approve", "refuse"} }, 200},
		{"registration_approved", "registrar", "/registrations/r1", func(f *fakeDesk) { f.regState, f.regEvents = docket.RegistrationApproved, []string{"suspend"} }, 200},
		{"registration_suspended", "registrar", "/registrations/r1", func(f *fakeDesk) { f.regState, f.regEvents = docket.RegistrationSuspended, []string{"restore"} }, 200},
		{"incoming", "coordinator", "/incoming", nil, 200},
		{"review_sent", "coordinator", "/incoming/s1", agency(docket.EventAccept), 200},
		{"review_accepted", "coordinator", "/incoming/s1", agency(docket.EventReview, docket.EventNotice), 200},
		{"deficiency", "coordinator", "/incoming/s1/deficiency", nil, 200},
		{"review_group", "coordinator", "/incoming/s1", group(docket.SubmissionVisa), 200},
		{"tasks_give", "coordinator", "/incoming/s1/tasks", agency(docket.EventReview), 200},
		{"tasks_give_more", "coordinator", "/incoming/s1/tasks", group(docket.SubmissionInReview), 200},
		{"tasks", "head", "/tasks", nil, 200},
		{"task", "expert", "/tasks/tit", nil, 200},
		{"task_change", "coordinator", "/tasks/tlegal", nil, 200},
		{"opinion", "expert", "/incoming/s1/opinion", group(docket.SubmissionDrafted, docket.EventDraft, docket.EventAskVisas), 200},
		{"visas", "head", "/visas", nil, 200},
		{"visa", "head", "/visas/v1", group(docket.SubmissionVisa), 200},
		{"dispatch", "checker", "/dispatch", nil, 200},
		{"dispatch_letter", "checker", "/dispatch/s1", group(docket.SubmissionVisa, docket.EventCheck, docket.EventSendBack), 200},
		{"seal", "signatory", "/seal", nil, 200},
		{"seal_letter", "signatory", "/seal/s1", letterIn(docket.LetterSigned, docket.SubmissionSigned, docket.EventSeal), 200},
		{"seal_unsigned", "signatory", "/seal/s1", letterIn(docket.LetterApproved, docket.SubmissionChecked, docket.EventSign), 200},
		{"sign", "signatory", "/sign", nil, 200},
		{"sign_letter", "signatory", "/sign/s1", letterIn(docket.LetterApproved, docket.SubmissionChecked, docket.EventSign, docket.EventSendBack), 200},
		{"sign_done", "signatory", "/sign/s1", letterIn(docket.LetterSigned, docket.SubmissionSigned), 200},
		{"seal_failed", "signatory", "/seal/s1", letterIn(docket.LetterSealingFailed, docket.SubmissionChecked, docket.EventSeal), 200},
		{"seal_done", "signatory", "/seal/s1", letterIn(docket.LetterDispatched, docket.SubmissionAnswered), 200},
		{"profiles", "auditor", "/profiles", nil, 200},
		{"profile_decides", "signatory", "/profiles/of/elektron-sened-dovriyyesi", nil, 200},
		{"profile_own", "admin", "/profiles/of/elektron-sened-dovriyyesi", nil, 200},
		{"profile_change", "admin", "/profiles/of/kadr-meseleleri", nil, 200},
		{"profile_form", "admin", "/profiles/of/kadr-meseleleri/propose", nil, 200},
		{"profile_new", "admin", "/profiles/propose", nil, 200},
		{"authorise", "signatory", authoriseAddress, nil, 200},
		{"dispatches", "coordinator", "/dispatches", nil, 200},
		{"dispatches_letter", "checker", "/dispatches/l1", nil, 200},
		{"journal_in", "coordinator", "/journals/incoming", nil, 200},
		{"journal_out", "signatory", "/journals/outgoing", nil, 200},
		{"control", "coordinator", "/control", nil, 200},
		{"delegations", "signatory", "/delegations", nil, 200},
		{"delegations_own", "expert", "/delegations", nil, 200},
		{"confidential", "coordinator", "/confidential", nil, 200},
		{"readers", "coordinator", "/confidential/s1", nil, 200},
		{"readers_body", "body", "/submissions/s1/readers", nil, 200},
		{"review_labelled", "coordinator", "/incoming/s1", labelled, 200},
		{"outgoing", "admin", "/outgoing", nil, 200},
		{"calendar", "admin", "/calendar?year=2026", nil, 200},
		{"calendar_reads", "auditor", "/calendar?year=2027", nil, 200},
		{"procedures", "admin", "/procedures", nil, 200},
		{"procedure_form", "admin", "/procedures/opinion/change", nil, 200},
		{"admin", "admin", "/admin", nil, 200},
		{"programs", "admin", "/programs", nil, 200},
		{"webhook", "admin", "/programs/webhooks/h1", nil, 200},
		{"users", "admin", "/admin/users?name=quliyev", nil, 200},
		{"user", "admin", "/admin/users/u1", nil, 200},
		{"user_suspended", "admin", "/admin/users/u2", nil, 200},
		{"user_new", "admin", "/admin/users/new", nil, 200},
		{"bodies", "admin", "/admin/bodies", nil, 200},
		{"body", "admin", "/admin/bodies/b1", nil, 200},
		{"body_new", "admin", "/admin/bodies/new", nil, 200},
		{"bodies_import", "admin", "/admin/bodies/import", nil, 200},
		{"units", "admin", "/admin/units", nil, 200},
		{"unit", "admin", "/admin/units/un1", nil, 200},
		{"audit", "auditor", "/audit", nil, 200},
		{"audit_checked", "auditor", "/audit?check=1&action=nothing", nil, 200},
		{"system", "auditor", "/system", nil, 200},
	}
}

func TestGoldenPages(t *testing.T) {
	for _, c := range everyPage() {
		for _, lang := range []string{"az", "en"} {
			t.Run(c.name+"."+lang, func(t *testing.T) {
				d := newFakeDesk()
				if c.prepare != nil {
					c.prepare(d)
				}
				v := site0(t, d, c.options())
				v.lang = lang
				if c.who != "" {
					v.logIn(c.who)
				}
				a := v.get(c.path)
				if a.code != c.code {
					t.Fatalf("status %d, want %d: %s", a.code, c.code, a.body)
				}
				for a.code == http.StatusSeeOther {
					a = v.get(a.location)
				}
				checkPage(t, a.body, lang)
				golden(t, c.name+"."+lang, a.body)
			})
		}
	}
}

// checkPage holds what every page must be: one h1, its language, no script or style of its own, no key instead of a text.
func checkPage(t *testing.T, body, lang string) {
	t.Helper()
	if n := strings.Count(body, "<h1"); n != 1 {
		t.Errorf("%d h1", n)
	}
	if !strings.Contains(body, `<html lang="`+lang+`">`) {
		t.Error("the page does not name its language")
	}
	for _, bad := range []string{"<style", " style=", "onclick=", "<no value>", "ZgotmplZ", "%!"} {
		if strings.Contains(body, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	want := 2 // htmx, upload
	for _, part := range []string{"data-webeid", "data-passkey", "data-session="} {
		if strings.Contains(body, part) {
			want++
		}
	}
	if strings.Count(body, "<script") != want || strings.Count(body, `<script src="/static/`) != want {
		t.Errorf("a page has %d scripts of the site", want)
	}
	if i := strings.Index(body, "<b>"); i >= 0 {
		t.Error("a project's name is not escaped")
	}
}
