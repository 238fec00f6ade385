package desk

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mohur/docket"
)

// TestAnotherBodysCaseIsNotFound: for a stranger every id of the case answers like one that does not exist.
func TestAnotherBodysCaseIsNotFound(t *testing.T) {
	o := newOffice(t)
	ctx := o.ctx()
	o.register()
	sub := o.sent()
	m := must[*docket.Message](t)(o.WriteMessage(ctx, o.person, sub.ID, "x", []Attachment{{"a.txt", strings.NewReader("mətn")}}))
	receipt := must[*docket.Letter](t)(o.Receipt(ctx, o.person, sub.ID))
	draft := o.prepared()

	var other docket.ID
	for _, b := range must[[]docket.Body](t)(o.Bodies(ctx, "başqa", 0)) {
		other = b.ID
	}
	in := o.form(signed("%PDF", good(func(g *docket.SignatureVerdict) { g.Signer.VOEN, g.Signer.FIN = "0987654321", "5QQ5QQ5" })))
	in.BodyID, in.Email = other, "other@example.az"
	r := must[*docket.Registration](t)(o.RegisterBody(ctx, docket.Public(), in))
	must[*docket.Registration](t)(o.ApproveBody(ctx, o.registrar, ApproveBodyInput{ID: r.ID}))
	stranger := o.user(other, "5QQ5QQ6", docket.RoleRepresentative)

	for _, who := range map[string]docket.Actor{"stranger": stranger, "public": docket.Public(), "auditor": {UserID: "x", Roles: []docket.Role{docket.RoleAuditor}}, "admin": {UserID: "x", Roles: []docket.Role{docket.RoleAdmin}}, "registrar": o.registrar} {
		for name, do := range map[string]func() error{
			"Submission":         func() error { _, err := o.Submission(ctx, who, sub.ID); return err },
			"draft":              func() error { _, err := o.Submission(ctx, who, draft.ID); return err },
			"SaveSubmission":     func() error { _, err := o.SaveSubmission(ctx, who, draft.ID, docket.Form{}); return err },
			"AddFile":            func() error { _, err := o.AddFile(ctx, who, draft.ID, "a", strings.NewReader("x")); return err },
			"RemoveFile":         func() error { return o.RemoveFile(ctx, who, draft.ID, draft.Files[0].ID) },
			"PrepareRecord":      func() error { _, err := o.PrepareRecord(ctx, who, draft.ID); return err },
			"Submit":             func() error { _, err := o.Submit(ctx, who, draft.ID, strings.NewReader("x")); return err },
			"Correct":            func() error { _, err := o.Correct(ctx, who, sub.ID); return err },
			"AddDocument":        func() error { _, err := o.AddDocument(ctx, who, sub.ID, "a", strings.NewReader("x")); return err },
			"Withdraw":           func() error { _, err := o.Withdraw(ctx, who, sub.ID); return err },
			"WriteMessage":       func() error { _, err := o.WriteMessage(ctx, who, sub.ID, "x", nil); return err },
			"ReadMessages":       func() error { _, err := o.ReadMessages(ctx, who, sub.ID, docket.MessageFilter{}); return err },
			"MessageDraft":       func() error { _, err := o.MessageDraft(ctx, who, sub.ID); return err },
			"SaveMessageDraft":   func() error { return o.SaveMessageDraft(ctx, who, sub.ID, "x") },
			"AttachToMessage":    func() error { _, err := o.AttachToMessage(ctx, who, sub.ID, "a", strings.NewReader("x")); return err },
			"DetachFromMessage":  func() error { return o.DetachFromMessage(ctx, who, sub.ID, "f") },
			"SendMessage":        func() error { _, err := o.SendMessage(ctx, who, sub.ID, "x"); return err },
			"WithdrawMessage":    func() error { return o.WithdrawMessage(ctx, who, sub.ID, m.ID, "x") },
			"Receipt":            func() error { _, err := o.Receipt(ctx, who, sub.ID); return err },
			"SendReceipt":        func() error { return o.SendReceipt(ctx, who, sub.ID) },
			"Letter":             func() error { _, err := o.Letter(ctx, who, receipt.ID); return err },
			"DownloadLetter":     func() error { _, err := o.DownloadLetter(ctx, who, receipt.ID); return err },
			"DownloadRecord":     func() error { _, err := o.DownloadRecord(ctx, who, draft.ID); return err },
			"DownloadSigned":     func() error { _, err := o.DownloadSigned(ctx, who, sub.ID, 1); return err },
			"DownloadFile":       func() error { _, err := o.DownloadFile(ctx, who, sub.ID, sub.Files[0].ID); return err },
			"DownloadAttachment": func() error { _, err := o.DownloadAttachment(ctx, who, m.ID, m.Attachments[0].ID); return err },
			"AcceptSubmission":   func() error { _, err := o.AcceptSubmission(ctx, who, sub.ID); return err },
			"NotifyDeficiency":   func() error { _, err := o.NotifyDeficiency(ctx, who, sub.ID, []string{"x"}); return err },
			"DraftOpinion":       func() error { _, err := o.DraftOpinion(ctx, who, opinion(sub)); return err },
			"CheckDispatch":      func() error { _, err := o.check(who, receipt, receipt.Unsealed); return err },
		} {
			if err := do(); !errors.Is(err, docket.ErrNotFound) {
				t.Errorf("%s as %v: %v", name, who.Roles, err)
			}
		}
	}
	if rows, n, err := o.ListSubmissions(ctx, stranger, docket.SubmissionFilter{BodyID: o.body.ID, WithDrafts: true}); n != 0 || err != nil {
		t.Errorf("the stranger's list: %v %v", rows, err)
	}
	if list, n, err := o.Mailbox(ctx, stranger, 0, 0); n != 0 || err != nil {
		t.Errorf("the stranger's mailbox: %v %v", list, err)
	}
	for _, f := range []struct {
		who  docket.Actor
		file string
	}{{o.person, "layihə.pdf"}, {o.coordinator, "layihə.pdf"}} {
		if d, err := o.DownloadFile(ctx, f.who, sub.ID, sub.Files[0].ID); err != nil || d.Name != f.file || o.content(d, nil) != "%PDF-1.7 layihə" {
			t.Errorf("%v: %v", f.who.Roles, err)
		}
	}
}

func TestWhatTheAgencySees(t *testing.T) {
	o := newOffice(t)
	ctx := o.ctx()
	o.register()
	draft, sub := o.prepared(), o.sent()
	if _, err := o.Submission(ctx, o.coordinator, draft.ID); !errors.Is(err, docket.ErrNotFound) {
		t.Errorf("a draft: %v", err)
	}
	if _, err := o.Submission(ctx, o.expert, sub.ID); !errors.Is(err, docket.ErrNotFound) {
		t.Errorf("an expert before it is assigned to him: %v", err)
	}
	list := func(who docket.Actor) int {
		_, n, err := o.ListSubmissions(ctx, who, docket.SubmissionFilter{WithDrafts: true})
		if err != nil {
			t.Error(err)
		}
		return n
	}
	if list(o.coordinator) != 1 || list(o.expert) != 0 || list(o.person) != 2 {
		t.Errorf("coordinator %d, expert %d, body %d", list(o.coordinator), list(o.expert), list(o.person))
	}
	must[*docket.Submission](t)(o.AcceptSubmission(ctx, o.coordinator, sub.ID))
	_, err := o.ReviewSubmission(ctx, o.coordinator, sub.ID, []TaskInput{{Unit: o.units["it"].ID, Person: o.checker.UserID, Lead: true}})
	o.wantKey(err, docket.KeyTaskPerson) // no expert
	must[*docket.Submission](t)(o.ReviewSubmission(ctx, o.coordinator, sub.ID, o.lead()))
	if list(o.expert) != 1 {
		t.Error("the expert does not see his case")
	}
	second := o.user("", "AAAAAB3", docket.RoleExpert)
	if _, err := o.DraftOpinion(ctx, second, opinion(sub)); !errors.Is(err, docket.ErrNotFound) {
		t.Errorf("another expert: %v", err)
	}
	both := o.user("", "AAAAAB4", docket.RoleCoordinator, docket.RoleExpert) // sees the case, but it is not his
	_, err = o.DraftOpinion(ctx, both, opinion(sub))
	o.wantKey(err, docket.KeyForbidden)
	for _, who := range []docket.Actor{o.registrar, docket.Public()} {
		_, _, err := o.ListSubmissions(ctx, who, docket.SubmissionFilter{})
		o.wantKey(err, docket.KeyForbidden)
	}
	_, _, err = o.ListRegistrations(ctx, o.coordinator, docket.RegistrationFilter{})
	o.wantKey(err, docket.KeyForbidden)
	_, err = o.Registration(ctx, o.person, "x")
	o.wantKey(err, docket.KeyForbidden)
}

// TestOnlyAnApprovedBodyWorks: before approval, and while suspended, nothing new starts (S1-09).
func TestOnlyAnApprovedBodyWorks(t *testing.T) {
	o := newOffice(t)
	early := o.user(o.body.ID, fin, docket.RoleBodyAdmin)
	_, err := o.DraftSubmission(o.ctx(), early)
	o.wantKey(err, docket.KeyNotApproved)
	_, _, err = o.ListSubmissions(o.ctx(), early, docket.SubmissionFilter{})
	o.wantKey(err, docket.KeyNotApproved)
	_, err = o.DraftSubmission(o.ctx(), o.coordinator)
	o.wantKey(err, docket.KeyForbidden)
	o.register()
	must[*docket.Submission](t)(o.DraftSubmission(o.ctx(), o.person))
}

func TestLogInLinks(t *testing.T) {
	o := newOffice(t)
	_, err := o.IssueLoginLink(o.ctx(), o.registrar, o.expert.UserID, LinkOptions{})
	o.wantKey(err, docket.KeyForbidden)
	_, err = o.IssueLoginLink(o.ctx(), docket.Actor{Roles: []docket.Role{docket.RoleAdmin}}, o.expert.UserID, LinkOptions{Reusable: true})
	o.wantKey(err, docket.KeyForbidden)
	secret := must[string](t)(o.IssueLoginLink(o.ctx(), docket.System(), o.expert.UserID, LinkOptions{}))
	o.later(72*time.Hour - time.Second)
	if who := must[docket.Actor](t)(o.LogIn(o.ctx(), secret)); who.UserID != o.expert.UserID {
		t.Errorf("%+v", who)
	}
	late := must[string](t)(o.IssueLoginLink(o.ctx(), docket.System(), o.expert.UserID, LinkOptions{Time: time.Hour}))
	o.later(time.Hour + time.Second)
	for _, s := range []string{secret, late, "", "unknown"} {
		_, err := o.LogIn(o.ctx(), s)
		o.wantKey(err, docket.KeyLinkInvalid)
	}
	demo := must[string](t)(o.IssueLoginLink(o.ctx(), docket.System(), o.expert.UserID, LinkOptions{Time: time.Hour, Reusable: true}))
	must[docket.Actor](t)(o.LogIn(o.ctx(), demo))
	must[docket.Actor](t)(o.LogIn(o.ctx(), demo))
	var used int
	fresh := must[string](t)(o.IssueLoginLink(o.ctx(), docket.System(), o.expert.UserID, LinkOptions{}))
	var wg sync.WaitGroup
	var mu sync.Mutex
	for range 8 {
		wg.Go(func() {
			if _, err := o.LogIn(o.ctx(), fresh); err == nil {
				mu.Lock()
				used++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if used != 1 {
		t.Errorf("one link let %d in", used)
	}
}

func TestWhoMakesAccounts(t *testing.T) {
	o := newOffice(t)
	o.register()
	in := AddUserInput{Name: "Nərmin", FIN: "2BB2BB2", BodyID: o.body.ID, Roles: []docket.Role{docket.RoleRepresentative}}
	must[*docket.User](t)(o.AddUser(o.ctx(), o.person, in))
	for name, c := range map[string]struct {
		who    docket.Actor
		change func(*AddUserInput)
		key    string
	}{
		"the same person twice":  {o.person, func(*AddUserInput) {}, docket.KeyStale},
		"another body's":         {o.person, func(in *AddUserInput) { in.BodyID = docket.NewID(o.clock) }, docket.KeyForbidden},
		"an agency's":            {o.person, func(in *AddUserInput) { in.BodyID = "" }, docket.KeyForbidden},
		"a second administrator": {o.person, func(in *AddUserInput) { in.Roles = []docket.Role{docket.RoleBodyAdmin} }, docket.KeyForbidden},
		"by the registrar":       {o.registrar, func(*AddUserInput) {}, docket.KeyForbidden},
		"a system account":       {docket.System(), func(in *AddUserInput) { in.Roles = []docket.Role{docket.RoleSystem} }, docket.KeyForbidden},
		"no role":                {docket.System(), func(in *AddUserInput) { in.FIN, in.Roles = "3CC3CC3", nil }, docket.KeyForbidden},
		"an unknown role":        {docket.System(), func(in *AddUserInput) { in.FIN, in.BodyID, in.Roles = "3CC3CC3", "", []docket.Role{"boss"} }, docket.KeyForbidden},
		"an agency's role":       {docket.System(), func(in *AddUserInput) { in.FIN, in.Roles = "3CC3CC3", []docket.Role{docket.RoleSignatory} }, docket.KeyForbidden},
		"a body's role":          {docket.System(), func(in *AddUserInput) { in.FIN, in.BodyID = "3CC3CC3", "" }, docket.KeyForbidden},
		"without a name":         {docket.System(), func(in *AddUserInput) { in.Name = " " }, docket.KeyRequired},
		"without a FİN":          {docket.System(), func(in *AddUserInput) { in.FIN = "" }, docket.KeyRequired},
	} {
		in := in
		c.change(&in)
		if _, err := o.AddUser(o.ctx(), c.who, in); docket.KeyOf(err) != c.key {
			t.Errorf("%s: %v, want %s", name, err, c.key)
		}
	}
	err := o.ImportBodies(o.ctx(), o.person, nil)
	o.wantKey(err, docket.KeyForbidden)
	err = o.ImportBodies(o.ctx(), docket.System(), []docket.Body{{Name: "Yeni", VOEN: "1111111111"}, {Name: "Səhv", VOEN: "12"}})
	o.wantKey(err, docket.KeyBodyUnknown)
	if list := must[[]docket.Body](t)(o.Bodies(o.ctx(), "yeni", 0)); len(list) != 0 {
		t.Error("half an import stayed")
	}
}

func TestPublicLookUp(t *testing.T) {
	o := newOffice(t)
	o.register()
	l := o.approvedOpinion()
	_, err := o.LookUpAddress(o.ctx(), l.Public)
	o.wantKey(err, docket.KeyLookup) // not sealed yet
	l = must[*docket.Letter](t)(o.SealResponse(o.ctx(), o.signatory, l.ID))
	p := must[*PublicLetter](t)(o.LookUpAddress(o.ctx(), l.Public))
	if p.Number != l.Number || p.Date != l.NumberDate || !p.Verification.Passed() {
		t.Errorf("%+v", p)
	}
	for name, c := range map[string]struct {
		number, code string
		days         int
	}{
		"wrong code": {l.Number, "0000-0000", 0}, "no code": {l.Number, "", 0}, "wrong date": {l.Number, l.ControlCode, 1}, "wrong number": {"9/14-02", l.ControlCode, 0},
	} {
		_, err := o.LookUpNumber(o.ctx(), c.number, l.NumberDate.AddDays(c.days), c.code)
		if docket.CodeOf(err) != docket.CodeNotFound || docket.KeyOf(err) != docket.KeyLookup {
			t.Errorf("%s: %v", name, err)
		}
	}
	if plainCode("k7mx-2dil o") != plainCode("K7MX2D110") {
		t.Error("what people mistype is not forgiven")
	}
}

// TestOneFileSentTwiceAtOnce: one is received, the other is told so; no second number.
func TestOneFileSentTwiceAtOnce(t *testing.T) {
	o := newOffice(t)
	o.register()
	sub := o.prepared()
	file := signed(o.record(sub), good())
	var wg sync.WaitGroup
	var received atomic.Int64
	for range 6 {
		wg.Go(func() {
			_, err := o.Submit(o.ctx(), o.person, sub.ID, strings.NewReader(file))
			switch {
			case err == nil:
				received.Add(1)
			case docket.CodeOf(err) != docket.CodeConflict && docket.KeyOf(err) != docket.KeyRecordMissing:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := o.numbersOf(docket.JournalIncoming, "1"); received.Load() != 1 || len(n) != 1 {
		t.Errorf("received %d times, numbers %v", received.Load(), n)
	}
	o.invariant()
}
