package desk

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
	"mohur/internal/store/storetest"
)

// TestTheCase walks the case of the main job with fakes at the edges: what the desk itself has to get right.
func TestTheCase(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { theCase(t, newOffice(t)) })
	t.Run("postgres", func(t *testing.T) { theCase(t, newOfficeOn(t, postgres(t))) })
}

// postgres starts a private server for the test and returns an empty database on it.
func postgres(t *testing.T) string {
	t.Helper()
	p, err := storetest.StartPostgres()
	if err != nil {
		t.Fatal("the desk must be tested on PostgreSQL:", err)
	}
	t.Cleanup(func() {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	})
	return must[string](t)(p.NewDatabase())
}

// TestWithdrawnOrSealed lets the body withdraw while the signatory seals: one of both happens, and no number hangs in the air.
func TestWithdrawnOrSealed(t *testing.T) {
	o := newOfficeOn(t, postgres(t))
	o.register()
	for range 12 {
		l := o.approvedOpinion()
		var wg sync.WaitGroup
		var withdrawn, sealed error
		wg.Go(func() { _, withdrawn = o.Withdraw(o.ctx(), o.person, l.SubmissionID) })
		wg.Go(func() { _, sealed = o.SealResponse(o.ctx(), o.signatory, l.ID) })
		wg.Wait()
		sub := must[*SubmissionView](t)(o.Submission(o.ctx(), o.person, l.SubmissionID)).Submission
		l = must[*docket.Letter](t)(o.letter(o.ctx(), l.ID))
		switch {
		case withdrawn == nil && sealed != nil && sub.State == docket.SubmissionWithdrawn && l.Number == "":
		case withdrawn != nil && sealed == nil && sub.State == docket.SubmissionSealed && l.State == docket.LetterSealed:
		default:
			t.Fatalf("withdrawn: %v, sealed: %v; project %s, letter %s %q", withdrawn, sealed, sub.State, l.State, l.Number)
		}
	}
	o.invariant()
}

func theCase(t *testing.T, o *office) {
	ctx := o.ctx()
	r := must[*docket.Registration](t)(o.RegisterBody(ctx, docket.Public(), o.form(signed("%PDF-letter", good()))))
	if r.State != docket.RegistrationSubmitted || r.Mobile != "+994501234567" || r.Mismatch || r.Signer.FIN != fin || len(r.Timestamp) == 0 {
		t.Fatalf("%+v", r)
	}
	view := must[*RegistrationView](t)(o.Registration(ctx, o.registrar, r.ID))
	if view.Verification == nil || !view.Verification.Passed() || !slices.Equal(view.Events, []string{docket.EventApprove, docket.EventRefuse}) {
		t.Fatalf("%+v", view)
	}
	if kept := o.content(o.open(ctx, "", "", view.Verification.Evidence[0].Blob)); kept != "a CRL" {
		t.Errorf("the revocation data of the verdict is %q", kept)
	}
	must[*docket.Registration](t)(o.ApproveBody(ctx, o.registrar, ApproveBodyInput{ID: r.ID}))
	o.person = o.logInFromMail()
	if o.person.FIN != fin || !o.person.OfBody() || o.person.VOEN != voen {
		t.Fatalf("%+v", o.person)
	}

	sub := o.prepared()
	sub = must[*docket.Submission](t)(o.Submit(ctx, o.person, sub.ID, strings.NewReader(signed(o.record(sub), good()))))
	if sub.State != docket.SubmissionSent || sub.Number != "9/1-01" || sub.Due != calendar.Of(2026, 3, 31) || o.clock.Sub(sub.Received) > time.Second {
		t.Fatalf("%+v", sub)
	}
	receipt := must[*docket.Letter](t)(o.Receipt(ctx, o.person, sub.ID))
	if receipt.State != docket.LetterDispatched || receipt.Number != sub.Number || receipt.Sealed == "" {
		t.Fatalf("%+v", receipt)
	}
	if page := o.content(o.DownloadLetter(ctx, o.person, receipt.ID)); !strings.Contains(page, `"Number":"9/1-01"`) || !strings.Contains(page, mark) {
		t.Errorf("receipt %q", page)
	}

	must[*docket.Submission](t)(o.AcceptSubmission(ctx, o.coordinator, sub.ID))
	must[*docket.Submission](t)(o.ReviewSubmission(ctx, o.coordinator, sub.ID, o.lead()))
	o.answerTask(sub)
	l := must[*docket.Letter](t)(o.DraftOpinion(ctx, o.expert, opinion(sub)))
	o.approvedPage(l)
	l = must[*docket.Letter](t)(o.SealResponse(ctx, o.signatory, l.ID))
	if l.State != docket.LetterSealed || l.Number != "9/14-01" || l.NumberDate != calendar.Of(2026, 3, 1) {
		t.Fatalf("%+v", l)
	}
	if list, _, _ := o.Mailbox(ctx, o.person, 0, 0); len(list) != 1 { // the receipt only
		t.Errorf("%d letters before dispatch", len(list))
	}
	o.later(time.Minute)
	must[*docket.Letter](t)(o.Dispatch(ctx, o.signatory, l.ID))
	box, n, err := o.Mailbox(ctx, o.person, 0, 0)
	if err != nil || n != 2 || box[0].ID != l.ID {
		t.Fatalf("mailbox %v %d %v", box, n, err)
	}
	if page := o.content(o.DownloadLetter(ctx, o.person, l.ID)); !strings.HasPrefix(page, "%PDF-letter") || !strings.Contains(page, mark) {
		t.Errorf("letter %q", page)
	}
	pub := must[*PublicLetter](t)(o.LookUpNumber(ctx, " 9/14-01", l.NumberDate, strings.ToLower(l.ControlCode)))
	if pub.Number != "9/14-01" || !pub.Verification.Passed() || pub.Unit != "Elektron sənəd dövriyyəsi" {
		t.Errorf("%+v", pub)
	}
	v := must[*SubmissionView](t)(o.Submission(ctx, o.person, sub.ID))
	if v.Submission.State != docket.SubmissionAnswered || len(v.Versions) != 1 || len(v.Letters) != 2 || v.Deadlines[0].Closed.IsZero() {
		t.Errorf("%+v", v)
	}
	o.everyStepIsLogged()
	o.nothingPersonalIsLogged()
}

// nothingPersonalIsLogged: the log may be kept and exported when personal data has to go (requirements.md 8, 25).
func (o *office) nothingPersonalIsLogged() {
	o.t.Helper()
	rows, err := o.db.DB().QueryContext(o.ctx(), "SELECT actor || ' ' || subject || ' ' || blob || ' ' || detail FROM audit_log")
	if err != nil {
		o.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			o.t.Fatal(err)
		}
		for _, personal := range []string{fin, voen, "Gülər", "Şəxs", "office@example.az", "+994", "Elektron reyestr", "12/5-340", "layihə.pdf", "Əmlak", "məqsədəuyğun"} {
			if strings.Contains(line, personal) {
				o.t.Errorf("the log says %q: %s", personal, line)
			}
		}
	}
}

// logInFromMail uses the link of N2.
func (o *office) logInFromMail() docket.Actor {
	o.t.Helper()
	var secret string
	o.read(func(w docket.Work) error {
		list, err := w.Outgoing(o.ctx(), "", 0)
		for _, n := range list {
			if n.Key == docket.NotifyApproved && n.Channel == docket.ChannelMail {
				secret = strings.TrimPrefix(n.Link, PathLogIn)
			}
			if n.Channel == docket.ChannelSMS && (n.Secret || strings.Contains(n.Link, PathLogIn)) {
				o.t.Error("an SMS carries a secret")
			}
		}
		return err
	})
	who := must[docket.Actor](o.t)(o.LogIn(o.ctx(), secret))
	_, err := o.LogIn(o.ctx(), secret)
	o.wantKey(err, docket.KeyLinkInvalid)
	return who
}

func (o *office) everyStepIsLogged() {
	o.t.Helper()
	got := o.auditActions()
	for _, want := range []string{
		docket.AuditRegistrationSubmitted, docket.AuditRegistrationApproved, docket.AuditLinkIssued, docket.AuditLogIn, docket.AuditLogInRefused,
		docket.AuditSubmissionPrepared, docket.AuditSubmissionReceived, docket.AuditSealIntended, docket.AuditSealReleased, docket.AuditLetterDispatched,
		docket.AuditSubmissionAccepted, docket.AuditSubmissionReview, docket.AuditLetterDrafted, docket.AuditLetterApproved, docket.AuditLetterRead,
	} {
		if !slices.Contains(got, want) {
			o.t.Errorf("the log has no %s: %v", want, got)
		}
	}
}

func TestDeficiencyRoundTrip(t *testing.T) {
	o := newOffice(t)
	ctx := o.ctx()
	o.register()
	sub := o.inReview()
	n := must[*docket.Notice](t)(o.NotifyDeficiency(ctx, o.coordinator, sub.ID, []string{"texniki tapşırıq", " "}))
	if len(n.Items) != 1 || n.Due != calendar.Of(2026, 3, 11) { // 7 working days, 8 March's day off moved to the 9th
		t.Fatalf("%+v", n)
	}
	l := must[*docket.Letter](t)(o.Letter(ctx, o.person, n.LetterID))
	if l.State != docket.LetterDispatched || l.Number != "9/15-01" {
		t.Fatalf("%+v", l)
	}
	_, err := o.SaveSubmission(ctx, o.person, sub.ID, projectForm())
	o.wantKey(err, docket.KeyState) // signed fields never change in place
	must[*docket.Submission](t)(o.Correct(ctx, o.person, sub.ID))
	form := projectForm()
	form.ProjectName = "Elektron reyestr, düzəliş"
	must[*docket.Submission](t)(o.SaveSubmission(ctx, o.person, sub.ID, form))
	must[*docket.File](t)(o.AddFile(ctx, o.person, sub.ID, "tapşırıq.txt", strings.NewReader("texniki tapşırıq")))
	if v := must[*SubmissionView](t)(o.Submission(ctx, o.coordinator, sub.ID)); v.Submission.Form.ProjectName != "Elektron reyestr" || v.Submission.Correction != nil {
		t.Error("the agency sees what is not signed")
	}
	must[*docket.Submission](t)(o.PrepareRecord(ctx, o.person, sub.ID))
	now := must[*docket.Submission](t)(o.Submit(ctx, o.person, sub.ID, strings.NewReader(signed(o.record(sub), good()))))
	if now.State != docket.SubmissionInReview || now.Version != 2 || now.Form.ProjectName != form.ProjectName || len(now.Files) != 2 || now.Number != sub.Number || now.Due != sub.Due {
		t.Fatalf("%+v", now)
	}
	v := must[*SubmissionView](t)(o.Submission(ctx, o.person, sub.ID))
	if len(v.Versions) != 2 || v.Versions[0].Form.ProjectName != "Elektron reyestr" || v.Notices[0].Answered.IsZero() || v.Deadlines[1].Closed.IsZero() || !v.Deadlines[0].Closed.IsZero() {
		t.Errorf("%+v", v)
	}
}

func TestCorrespondence(t *testing.T) {
	o := newOffice(t)
	ctx := o.ctx()
	o.register()
	sub := o.sent()
	m := must[*docket.Message](t)(o.WriteMessage(ctx, o.person, sub.ID, " Sual ", []Attachment{{"əlavə.txt", strings.NewReader("mətn")}}))
	rows, _, err := o.ListSubmissions(ctx, o.coordinator, docket.SubmissionFilter{})
	if err != nil || len(rows) != 1 || rows[0].Unread != 1 {
		t.Fatalf("%+v %v", rows, err)
	}
	list := must[[]docket.Message](t)(o.ReadMessages(ctx, o.coordinator, sub.ID, docket.MessageFilter{}))
	if len(list) != 1 || list[0].Text != "Sual" || !list[0].FirstRead.IsZero() {
		t.Fatalf("what is read now is marked as new: %+v", list)
	}
	list = must[[]docket.Message](t)(o.ReadMessages(ctx, o.person, sub.ID, docket.MessageFilter{}))
	if list[0].FirstReadBy != o.coordinator.Name {
		t.Fatalf("%+v", list)
	}
	if got := o.content(o.DownloadAttachment(ctx, o.coordinator, m.ID, m.Attachments[0].ID)); got != "mətn" {
		t.Errorf("%q", got)
	}
	must[*docket.Message](t)(o.WriteMessage(ctx, o.coordinator, sub.ID, "Cavab", nil))
	if v := must[*SubmissionView](t)(o.Submission(ctx, o.person, sub.ID)); v.Unread != 1 {
		t.Errorf("%d unread", v.Unread)
	}
	_, err = o.WriteMessage(ctx, o.person, sub.ID, "  ", nil)
	o.wantKey(err, docket.KeyRequired)
}

func TestDownloads(t *testing.T) {
	o := newOffice(t)
	ctx := o.ctx()
	r := o.register()
	if got := o.content(o.DownloadApplication(ctx, o.registrar, r.ID)); got != signed("%PDF-letter", good()) {
		t.Errorf("application %q", got)
	}
	_, err := o.DownloadApplication(ctx, o.person, r.ID)
	o.wantKey(err, docket.KeyForbidden)
	sub := o.prepared()
	record := o.record(sub)
	must[*docket.Submission](t)(o.Submit(ctx, o.person, sub.ID, strings.NewReader(signed(record, good()))))
	for _, who := range []docket.Actor{o.person, o.coordinator} {
		if got := o.content(o.DownloadSigned(ctx, who, sub.ID, 1)); got != signed(record, good()) {
			t.Errorf("signed record %q", got)
		}
		if _, err := o.DownloadSigned(ctx, who, sub.ID, 2); !errors.Is(err, docket.ErrNotFound) {
			t.Errorf("a version that is not there: %v", err)
		}
	}
	_, err = o.DownloadRecord(ctx, o.person, sub.ID)
	o.wantKey(err, docket.KeyState)
	extra := must[*docket.File](t)(o.AddDocument(ctx, o.person, sub.ID, "əlavə.txt", strings.NewReader("sonradan")))
	if got := o.content(o.DownloadFile(ctx, o.coordinator, sub.ID, extra.ID)); got != "sonradan" || !extra.Extra {
		t.Errorf("additional document %q", got)
	}
	// an additional document is not part of what a correction signs
	must[*docket.Submission](t)(o.Correct(ctx, o.person, sub.ID))
	must[*docket.Submission](t)(o.PrepareRecord(ctx, o.person, sub.ID))
	if strings.Contains(o.record(sub), string(extra.Blob)) {
		t.Error("the record lists what came after the signature")
	}
	must[*docket.Submission](t)(o.Submit(ctx, o.person, sub.ID, strings.NewReader(signed(o.record(sub), good()))))
	if v := must[*SubmissionView](t)(o.Submission(ctx, o.person, sub.ID)); len(v.Submission.Files) != 2 || len(v.Versions) != 2 {
		t.Errorf("%+v", v.Submission)
	}
	if err := o.SendReceipt(ctx, o.person, sub.ID); err != nil {
		t.Error(err)
	}
	must[*docket.Submission](t)(o.Withdraw(ctx, o.person, sub.ID))
	_, err = o.AddDocument(ctx, o.person, sub.ID, "a.txt", strings.NewReader("x"))
	o.wantKey(err, docket.KeyState)
	for in, want := range map[string]string{
		`C:\\sənədlər\\a.pdf`: "a.pdf", "/etc/passwd": "passwd", "": "file", "..": "file", "a\x00\nb": "ab", strings.Repeat("ə", 150) + ".pdf": strings.Repeat("ə", 98) + ".pdf",
	} {
		if got := fileName(in); got != want {
			t.Errorf("fileName(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestPeriodByTheClock(t *testing.T) {
	o := newOffice(t)
	o.register()
	sub := o.sent() // received 1 March
	for day, want := range map[int]Period{
		1: {Used: 0, Left: 30}, 25: {Used: 24, Left: 6}, 31: {Used: 30, Left: 0}, 32: {Used: 31, Left: -1, Overdue: true},
	} {
		o.clock = time.Date(2026, 3, day, 19, 59, 58, 0, time.UTC) // the day's last second but one in Baku
		p := must[*SubmissionView](t)(o.Submission(o.ctx(), o.person, sub.ID)).Period
		if p.Used != want.Used || p.Left != want.Left || p.Overdue != want.Overdue {
			t.Errorf("day %d: %+v", day, p)
		}
	}
}
