package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"mohur/docket"
	"mohur/internal/desk"
)

// accessRow says who may on a route; everybody else is refused. A new route needs a row here, else the test fails.
type accessRow struct {
	route string // "GET /path/{id}"
	who   string // names of columns and groups, separated by spaces
	form  string // the field of a form without which nothing is looked for; ids say what stands in it
}

// accessGroups are names for several columns.
func accessGroups() map[string][]string {
	own := []string{"body-admin", "representative"}
	return map[string][]string{
		"body":    own,                                                                                 // the people of the body whose case it is
		"bodies":  append(slices.Clone(own), anotherOne),                                               // every body's people, each for their own
		"case":    {"coordinator", "expert", "visa-giver", "dispatch-checker", "signatory"},            // who works on cases and may see this one
		"cases":   {"coordinator", "expert", elsewhere, "visa-giver", "dispatch-checker", "signatory"}, // who works on cases, each on those they may see
		"experts": {"expert", elsewhere},
	}
}

// everybody and agency are the groups that grow with docket's roles.
const (
	everybody = "everybody"
	agency    = "agency" // all of the agency's people
)

// columns are those whom a row lets in.
func (r accessRow) columns(t *testing.T, all []string) []string {
	t.Helper()
	var out []string
	for _, name := range strings.Fields(r.who) {
		group, ok := accessGroups()[name]
		switch {
		case name == everybody:
			group = all
		case name == agency:
			group = without(all, append(accessGroups()["bodies"], nobody))
		case !ok && slices.Contains(all, name):
			group = []string{name}
		case !ok:
			t.Errorf("%s: nobody is called %q", r.route, name)
		}
		out = append(out, group...)
	}
	return out
}

// may says whether the row lets a column in.
func (r accessRow) may(all []string, column string) bool {
	for _, name := range strings.Fields(r.who) {
		if name == column || name == everybody || slices.Contains(accessGroups()[name], column) {
			return slices.Contains(all, column)
		}
	}
	return false
}

// outOfTheCase are those who may not see the case at all.
func outOfTheCase() []string {
	return []string{nobody, anotherOne, elsewhere, "registrar", "auditor", "admin", "operator"}
}

// accessTable says who may open which page and press which button (requirements 2a). The desk asks again, with the case before it.
func accessTable() []accessRow {
	return slices.Concat(publicTable(), bodyTable(), agencyTable(), administrationTable(), groupTable())
}

// publicTable are the pages that need no log-in. What they show of an id hangs on a secret in the address.
func publicTable() []accessRow {
	return []accessRow{
		{route: "* /static/*", who: everybody},
		{route: "GET /", who: everybody},
		{route: "GET /language/{lang}", who: everybody},
		{route: "GET /help", who: everybody},
		{route: "GET /accessibility", who: everybody},
		{route: "GET /register", who: everybody},
		{route: "POST /register", who: everybody},
		{route: "POST /register/letter/remove", who: everybody},
		{route: "POST /register/signing", who: everybody},
		{route: "POST /register/signing/{signing}", who: everybody},
		{route: "GET /register/done", who: everybody},
		{route: "GET /registration/{access}", who: everybody},
		{route: "GET /log-in", who: everybody},
		{route: "GET /contact/{secret}", who: everybody},
		{route: "GET /signing-means", who: everybody},
		{route: "POST /signing-means", who: everybody},
		{route: "POST /contact/{secret}", who: everybody},
		{route: "POST /notifications/{id}", who: "body"},
		{route: "GET /notifications", who: "bodies " + agency},
		{route: "POST /session", who: "bodies " + agency},
		{route: "POST /notifications/read", who: "bodies " + agency},
		{route: "GET /log-in/{secret}", who: everybody},
		{route: "POST /log-in/{secret}", who: everybody},
		{route: "POST /log-in/web-eid/challenge", who: everybody},
		{route: "POST /log-in/web-eid", who: everybody},
		{route: "GET /log-in/account", who: everybody},
		{route: "POST /log-in/account", who: everybody},
		{route: "POST /logout", who: everybody},
		{route: "GET /verify", who: everybody},
		{route: "POST /verify", who: everybody},
		{route: "POST /verify/report", who: everybody},
		{route: "GET /lookup", who: everybody},
		{route: "POST /lookup", who: everybody},
		{route: "GET /d/{address}", who: everybody},
	}
}

// bodyTable are the pages of a body's people.
func bodyTable() []accessRow {
	return []accessRow{
		{route: "GET /home", who: "bodies"},
		{route: "GET /submit", who: "bodies"},
		{route: "POST /submit", who: "bodies"},
		{route: "GET /submit/{id}", who: "body"},
		{route: "POST /submit/{id}", who: "body"},
		{route: "GET /submit/{id}/files", who: "body"},
		{route: "POST /submit/{id}/files", who: "body"},
		{route: "POST /submit/{id}/files/{file}/remove", who: "body"},
		{route: "GET /submit/{id}/check", who: "body"},
		{route: "POST /submit/{id}/check", who: "body"},
		{route: "GET /submit/{id}/sign", who: "body"},
		{route: "POST /submit/{id}/sign", who: "body"},
		{route: "POST /submit/{id}/signing", who: "body"},
		{route: "POST /submit/{id}/signing/{signing}", who: "body"},
		{route: "POST /submit/{id}/demo", who: "body"},
		{route: "GET /submit/{id}/record", who: "body"},
		{route: "GET /submit/{id}/done", who: "body"},
		{route: "POST /submit/{id}/mail", who: "body"},
		{route: "GET /submit/{id}/receipt", who: "body"},
		{route: "GET /submissions", who: "bodies"},
		{route: "GET /submissions/{id}", who: "body"},
		{route: "POST /submissions/{id}/documents", who: "body"},
		{route: "POST /submissions/{id}/correct", who: "body"},
		{route: "POST /submissions/{id}/withdraw", who: "body"},
		{route: "GET /submissions/{id}/readers", who: "body-admin"},
		{route: "POST /submissions/{id}/readers", who: "body-admin"},
		{route: "POST /submissions/{id}/readers/remove", who: "body-admin", form: "reader"},
		{route: "GET /submissions/{id}/files/{file}", who: "body"},
		{route: "GET /submissions/{id}/signed/{version}", who: "body"},
		{route: "GET /submissions/{id}/messages", who: "body"},
		{route: "POST /submissions/{id}/messages", who: "body"},
		{route: "GET /profile", who: "bodies"},
		{route: "POST /profile", who: "bodies"},
		{route: "GET /profile/people/new", who: "body-admin another-body"},
		{route: "POST /profile/people", who: "body-admin another-body"},
		{route: "GET /profile/people/{id}", who: "body-admin"},
		{route: "POST /profile/people/{id}/period", who: "body-admin"},
		{route: "POST /profile/people/{id}/revoke", who: "body-admin"},
		{route: "POST /profile/people/{id}/restore", who: "body-admin"},
		{route: "GET /submissions/{id}/messages/{message}/{file}", who: "body"},
		{route: "GET /submissions/{id}/messages/waiting/{file}", who: "body"},
		{route: "POST /submissions/{id}/messages/{message}/withdraw", who: "body", form: "reason"},
		{route: "GET /letters", who: "bodies"},
		{route: "GET /letters/{id}", who: "body"},
		{route: "GET /letters/{id}/file", who: "body"},
		{route: "POST /letters/{id}/received", who: "body"},
	}
}

// agencyTable are the pages of the agency's people.
func agencyTable() []accessRow {
	return []accessRow{
		{route: "GET /agency", who: agency},
		{route: "GET /registrations", who: "registrar"},
		{route: "GET /registrations/{id}", who: "registrar"},
		{route: "GET /registrations/{id}/letter", who: "registrar"},
		{route: "POST /registrations/{id}/approve", who: "registrar"},
		{route: "POST /registrations/{id}/refuse", who: "registrar"},
		{route: "POST /registrations/{id}/suspend", who: "registrar"},
		{route: "POST /registrations/{id}/restore", who: "registrar"},
		{route: "GET /incoming", who: "cases"},
		{route: "GET /incoming/{id}", who: "case"},
		{route: "POST /incoming/{id}/accept", who: "coordinator"},
		{route: "GET /incoming/{id}/deficiency", who: "coordinator"},
		{route: "POST /incoming/{id}/deficiency", who: "coordinator"},
		{route: "GET /incoming/{id}/files/{file}", who: "case"},
		{route: "GET /incoming/{id}/signed/{version}", who: "case"},
		{route: "GET /incoming/{id}/messages", who: "case"},
		{route: "POST /incoming/{id}/messages", who: "case"},
		{route: "GET /incoming/{id}/messages/{message}/{file}", who: "case"},
		{route: "GET /incoming/{id}/messages/waiting/{file}", who: "case"},
		{route: "POST /incoming/{id}/messages/{message}/withdraw", who: "case", form: "reason"},
		{route: "GET /incoming/{id}/letters/{letter}", who: "case"},
		{route: "GET /dispatch", who: "dispatch-checker"},
		{route: "GET /dispatch/{id}", who: "dispatch-checker"},
		{route: "POST /dispatch/{id}/approve", who: "dispatch-checker"},
		{route: "POST /dispatch/{id}/return", who: "dispatch-checker"},
		{route: "GET /oauth2/authorize", who: "signatory"},
		{route: "POST /oauth2/authorize", who: "signatory"},
		{route: "GET /seal", who: "signatory"},
		{route: "GET /seal/{id}", who: "signatory"},
		{route: "POST /seal/{id}", who: "signatory"},
		{route: "POST /seal/{id}/annul", who: "signatory"},
		{route: "GET /profiles", who: "admin signatory auditor"},
		{route: "GET /profiles/propose", who: "admin"},
		{route: "POST /profiles/propose", who: "admin"},
		{route: "GET /profiles/of/{name}", who: "admin signatory auditor"},
		{route: "GET /profiles/of/{name}/propose", who: "admin"},
		{route: "POST /profiles/of/{name}/propose", who: "admin"},
		{route: "POST /profiles/of/{name}/approve", who: "admin signatory", form: "version"},
		{route: "POST /profiles/of/{name}/reject", who: "admin signatory", form: "version"},
		{route: "POST /profiles/of/{name}/retire", who: "admin"},
		{route: "GET /sign", who: "signatory"},
		{route: "GET /sign/{id}", who: "signatory"},
		{route: "POST /sign/{id}", who: "signatory"},
		{route: "GET /sign/{id}/file", who: "signatory"},
		{route: "POST /sign/{id}/signing", who: "signatory"},
		{route: "POST /sign/{id}/signing/{signing}", who: "signatory"},
		{route: "POST /sign/{id}/demo", who: "signatory", form: "pin"},
		{route: "POST /sign/{id}/return", who: "signatory", form: "reason"},
		{route: "GET /dispatches", who: "coordinator dispatch-checker signatory"},
		{route: "GET /dispatches/{id}", who: "coordinator dispatch-checker signatory"},
		{route: "POST /dispatches/{id}", who: "coordinator dispatch-checker signatory"},
		{route: "POST /dispatches/{id}/lines/{entry}/received", who: "coordinator dispatch-checker signatory"},
		{route: "GET /journals/incoming", who: "coordinator dispatch-checker signatory archivist"},
		{route: "GET /journals/outgoing", who: "coordinator dispatch-checker signatory archivist"},
		{route: "GET /control", who: "coordinator signatory visa-giver"},
		{route: "GET /delegations", who: agency},
		{route: "POST /delegations", who: "admin signatory"},
		{route: "POST /delegations/{id}/end", who: "admin signatory"}, // or the absent person
		{route: "GET /confidential", who: "coordinator"},
		{route: "GET /confidential/{id}", who: "coordinator"},
		{route: "POST /confidential/{id}", who: "coordinator"},
		{route: "POST /confidential/{id}/remove", who: "coordinator", form: "reader"},
		{route: "POST /incoming/{id}/label", who: "coordinator"},
		{route: "GET /outgoing", who: "admin"},
		{route: "POST /outgoing/{id}", who: "admin"},
		{route: "GET /calendar", who: agency},
		{route: "POST /calendar/days", who: "admin"},
		{route: "POST /calendar/days/remove", who: "admin"},
		{route: "POST /calendar/import", who: "admin"},
		{route: "GET /procedures", who: agency},
		{route: "GET /procedures/{code}/change", who: "admin"},
		{route: "POST /procedures/{code}/change", who: "admin"},
		{route: "GET /audit", who: "auditor"},
		{route: "GET /system", who: "admin auditor"},
	}
}

// ids says what stands for the parts of a path: the case that went all its way, its opinion, its letters and files; or something made anew
// where a request may use it up.
func (a *access) ids() accessIDs {
	a.Helper()
	s, ctx := a.demo.story, a.Context()
	always := func(v docket.ID) func(whoAsks) string { return func(whoAsks) string { return string(v) } }
	sub, opinion := s.project, s.opinion
	view, err := a.desk().Submission(ctx, s.rep, sub.ID)
	a.must(err)
	m, err := a.desk().WriteMessage(ctx, s.rep, sub.ID, "Əlavə məlumat.", []desk.Attachment{{Name: "əlavə.txt", Content: strings.NewReader("əlavə\r\n")}})
	a.must(err)
	told, err := a.desk().Notifications(ctx, s.rep, 1)
	a.must(err)
	draft, profile := a.newDraft(), a.newProfile()
	ids := accessIDs{
		"/language/{lang}": always("en"), "/registration/{access}": always(docket.ID(s.reg.Access)), "/d/{address}": always(docket.ID(opinion.Public)),
		"/log-in/{secret}": func(whoAsks) string { return a.link("representative") }, "/register/signing/{signing}": always(sub.ID),
		"/delegations/{id}": a.newDelegation, "/dispatches/{id}": always(opinion.ID), "/dispatches/{id}/lines/{entry}": a.newCopy,
		"/registrations/{id}": always(s.reg.ID), "/profiles/of/{name}": always("kadr-meseleleri"), "/procedures/{code}": always("opinion"),
		"/submit/{id}/receipt {id}": always(sub.ID), "/submit/{id}/mail {id}": always(sub.ID), "/submit/{id}/done {id}": always(sub.ID),
		"/submit/{id}/files/{file}": func(whoAsks) string { return string(draft.Files[0].ID) }, "/submit/{id}/signing/{signing}": always(sub.ID), "/sign/{id}/signing/{signing}": always(sub.ID),
		"/letters/{id}": always(opinion.ID), "/incoming/{id}/letters/{letter}": always(opinion.ID),
		"/contact/{secret}": always("x"), "/notifications/{id}": always(told[0].ID), "/profile/people/{id}": always(a.newUser(s.rep.BodyID, docket.RoleRepresentative)),
		"/dispatch/{id}": always(sub.ID), "/seal/{id}": always(sub.ID), "/sign/{id}": always(sub.ID), "/sign/{id}/demo pin": always(bodyPIN), "/sign/{id}/return reason": always("Yenidən baxılsın."),
	}
	ids["/submit/{id}"] = always(draft.ID)
	for _, route := range []string{"/submit/{id}/files/{file}/remove", "/submit/{id}/signing", "/submit/{id}/sign", "/submit/{id}/record"} {
		ids[route+" {id}"] = func(who whoAsks) string {
			if who.may {
				draft = a.newDraft()
			}
			return string(draft.ID)
		}
	}
	a.readerIDs(ids)
	for _, decision := range []string{"approve", "reject"} {
		ids["/profiles/of/{name}/"+decision+" {name}"] = func(who whoAsks) string {
			if who.may {
				profile = a.newProfile()
			}
			return profile.Name
		}
		ids["/profiles/of/{name}/"+decision+" version"] = func(whoAsks) string { return string(profile.ID) }
	}
	for _, side := range []string{"/submissions", "/incoming"} {
		ids[side+"/{id}"] = always(sub.ID)
		ids[side+"/{id}/files/{file}"] = always(view.Submission.Files[0].ID)
		ids[side+"/{id}/signed/{version}"] = always("1")
		ids[side+"/{id}/messages/{message}"] = always(m.ID)
		ids[side+"/{id}/messages/waiting/{file}"] = func(who whoAsks) string { return a.waiting(sub.ID, s.rep.UserID, who) }
		ids[side+"/{id}/messages/{message}/withdraw {message}"] = func(who whoAsks) string {
			if who.may {
				return string(a.message(sub.ID, who.account).ID)
			}
			return string(m.ID)
		}
		ids[side+"/{id}/messages/{message}/withdraw reason"] = always("Səhv göndərilib.")
		ids[side+"/{id}/messages/{message}/{file}"] = always(m.Attachments[0].ID)
	}
	a.administrationIDs(ids)
	a.groupIDs(ids)
	return ids
}

// actor is a column's person as the desk knows him.
func (a *access) actor(account docket.ID) docket.Actor {
	a.Helper()
	who, err := a.desk().Actor(a.Context(), account)
	a.must(err)
	return who
}

// message is a message that somebody wrote about the case.
func (a *access) message(sub, account docket.ID) *docket.Message {
	a.Helper()
	m, err := a.desk().SendMessage(a.Context(), a.actor(account), sub, "Məlumat üçün.")
	a.must(err)
	return m
}

// waiting is a document that waits in a message that is not sent: his own of who may, the representative's for the others.
func (a *access) waiting(sub, rep docket.ID, who whoAsks) string {
	a.Helper()
	if who.may {
		rep = who.account
	}
	d, err := a.desk().MessageDraft(a.Context(), a.actor(rep), sub)
	a.must(err)
	if len(d.Attachments) > 0 {
		return string(d.Attachments[0].ID)
	}
	f, err := a.desk().AttachToMessage(a.Context(), a.actor(rep), sub, "əlavə.txt", strings.NewReader("əlavə\r\n"))
	a.must(err)
	return string(f.ID)
}

// newDraft makes a project that is ready to be signed.
func (a *access) newDraft() *docket.Submission {
	a.Helper()
	s, ctx := a.demo.story, a.Context()
	draft, err := a.desk().DraftSubmission(ctx, s.rep)
	a.must(err)
	_, err = a.desk().SaveSubmission(ctx, s.rep, draft.ID, s.project.Form)
	a.must(err)
	_, err = a.desk().AddFile(ctx, s.rep, draft.ID, "layihə.txt", bytes.NewReader([]byte("Layihə\r\n")))
	a.must(err)
	draft, err = a.desk().PrepareRecord(ctx, s.rep, draft.ID)
	a.must(err)
	return draft
}

// newProfile is a seal profile that an administrator proposed.
func (a *access) newProfile() *docket.SealProfile {
	a.Helper()
	p := demoProfiles()[1]
	who, err := a.desk().Actor(a.Context(), a.newUser("", docket.RoleAdmin))
	a.must(err)
	p.Name, p.Terms.Kinds = fmt.Sprintf("sinaq-%d", a.fin), nil
	proposed, err := a.demo.world.office.sealing.ProposeProfile(a.Context(), who, p)
	a.must(err)
	return proposed
}
