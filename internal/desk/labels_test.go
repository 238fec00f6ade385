package desk

import (
	"slices"
	"strings"
	"testing"

	"mohur/docket"
)

// confidentialCase is a sent project whose sender wishes it to be for official use.
func (o *office) confidentialCase() *docket.Submission {
	o.t.Helper()
	sub := o.prepared()
	form := sub.Form
	form.OfficialUse = true
	must[*docket.Submission](o.t)(o.SaveSubmission(o.ctx(), o.person, sub.ID, form))
	sub = must[*docket.Submission](o.t)(o.PrepareRecord(o.ctx(), o.person, sub.ID))
	return must[*docket.Submission](o.t)(o.Submit(o.ctx(), o.person, sub.ID, strings.NewReader(signed(o.record(sub), good()))))
}

// readPaths are every verb that shows something of a case or acts on it, for an actor.
func (o *office) readPaths(who docket.Actor, sub *docket.Submission, letter, message, attachment docket.ID) map[string]error {
	ctx := o.ctx()
	paths := map[string]error{}
	try := func(name string, _ any, err error) { paths[name] = err }
	v, err := o.Submission(ctx, who, sub.ID)
	try("submission", v, err)
	d, err := o.DownloadFile(ctx, who, sub.ID, sub.Files[0].ID)
	try("file", d, err)
	d, err = o.DownloadSigned(ctx, who, sub.ID, 1)
	try("signed record", d, err)
	d, err = o.DownloadAttachment(ctx, who, message, attachment)
	try("attachment", d, err)
	d, err = o.DownloadLetter(ctx, who, letter)
	try("letter's file", d, err)
	l, err := o.Letter(ctx, who, letter)
	try("letter", l, err)
	l, err = o.Receipt(ctx, who, sub.ID)
	try("receipt", l, err)
	m, err := o.ReadMessages(ctx, who, sub.ID, docket.MessageFilter{})
	try("messages", m, err)
	return paths
}

// TestConfidentialCaseIsSeenByItsReaders walks every read path of a labelled case as every role: who is not named finds nothing, whatever his role
// (requirements 8, 20; S3-12).
func TestConfidentialCaseIsSeenByItsReaders(t *testing.T) {
	o := newOffice(t)
	o.register()
	mate := o.user(o.person.BodyID, "5MATE01", docket.RoleRepresentative)
	ctx := o.ctx()
	sub := o.confidentialCase()
	if sub.Label != docket.LabelOfficialUse {
		t.Fatalf("label %q", sub.Label)
	}
	m := must[*docket.Message](t)(o.WriteMessage(ctx, o.person, sub.ID, "Sualımız var", []Attachment{{Name: "əlavə.pdf", Content: strings.NewReader("%PDF-1.7 x")}}))
	receipt := must[*docket.Letter](t)(o.Receipt(ctx, o.person, sub.ID))
	outsiders := map[string]docket.Actor{"mate": mate, "coordinator": o.coordinator, "expert": o.expert, "checker": o.checker, "signatory": o.signatory}
	for role, who := range outsiders {
		for path, err := range o.readPaths(who, sub, receipt.ID, m.ID, m.Attachments[0].ID) {
			if docket.CodeOf(err) != docket.CodeNotFound && docket.CodeOf(err) != docket.CodeForbidden {
				t.Errorf("%s: %s: %v", role, path, err)
			}
		}
		rows, n, err := o.ListSubmissions(ctx, who, docket.SubmissionFilter{Number: sub.Number})
		if len(rows) != 0 || n != 0 || err != nil {
			t.Errorf("%s: the list has %d of %d (%v)", role, len(rows), n, err)
		}
		for _, x := range must[[]docket.Notification](t)(o.Notifications(ctx, who, 50)) {
			if x.SubmissionID == sub.ID {
				t.Errorf("%s is told %s", role, x.Key)
			}
		}
	}
	if box, n, err := o.Mailbox(ctx, mate, 0, 0); len(box) != 0 || n != 0 || err != nil {
		t.Errorf("the mate's mailbox has %d of %d (%v)", len(box), n, err)
	}
	_, err := o.AcceptSubmission(ctx, o.coordinator, sub.ID)
	o.wantKey(err, docket.KeyNotFound)
	_, err = o.Withdraw(ctx, mate, sub.ID)
	o.wantKey(err, docket.KeyNotFound)
	_, err = o.WriteMessage(ctx, o.coordinator, sub.ID, "x", nil)
	o.wantKey(err, docket.KeyNotFound)

	for path, err := range o.readPaths(o.person, sub, receipt.ID, m.ID, m.Attachments[0].ID) {
		if err != nil {
			t.Errorf("the sender: %s: %v", path, err)
		}
	}
	if rows, _, err := o.ListSubmissions(ctx, o.person, docket.SubmissionFilter{Name: sub.Form.ProjectName}); len(rows) != 0 || err != nil {
		t.Errorf("found by its title: %d (%v)", len(rows), err)
	}
	if rows, _, err := o.ListSubmissions(ctx, o.person, docket.SubmissionFilter{Number: sub.Number}); len(rows) != 1 || err != nil {
		t.Errorf("its reader's list: %d (%v)", len(rows), err)
	}

	// the coordinator names himself and the expert by the number alone, and that is logged
	list := must[[]ReadersView](t)(o.Confidential(ctx, o.coordinator))
	if len(list) != 1 || list[0].Number != sub.Number || list[0].OfAgency() != 0 {
		t.Fatalf("%+v", list)
	}
	for _, u := range []docket.ID{o.coordinator.UserID, o.expert.UserID} {
		if err := o.NameReader(ctx, o.coordinator, sub.ID, u); err != nil {
			t.Fatal(err)
		}
	}
	o.wantKey(o.NameReader(ctx, o.signatory, sub.ID, o.signatory.UserID), docket.KeyNotFound)
	o.wantKey(o.NameReader(ctx, o.coordinator, sub.ID, mate.UserID), docket.KeyRequired) // the body's own business
	must[*docket.Submission](t)(o.AcceptSubmission(ctx, o.coordinator, sub.ID))
	must[*docket.Submission](t)(o.ReviewSubmission(ctx, o.coordinator, sub.ID, o.lead()))
	l := must[*docket.Letter](t)(o.DraftOpinion(ctx, o.expert, opinion(sub)))
	_, err = o.check(o.checker, l, l.Unsealed)
	o.wantKey(err, docket.KeyNotFound)
	must[*SubmissionView](t)(o.Submission(ctx, o.expert, sub.ID))
	if err := o.NameReader(ctx, o.person, sub.ID, mate.UserID); err != nil { // a first signer names his own
		t.Fatal(err)
	}
	if rows, _, err := o.ListSubmissions(ctx, mate, docket.SubmissionFilter{}); len(rows) != 1 || err != nil {
		t.Errorf("the mate who was named: %d (%v)", len(rows), err)
	}
	if err := o.RemoveReader(ctx, o.person, sub.ID, mate.UserID); err != nil {
		t.Fatal(err)
	}
	_, err = o.Submission(ctx, mate, sub.ID)
	o.wantKey(err, docket.KeyNotFound)
	o.wantKey(o.RemoveReader(ctx, o.person, sub.ID, o.person.UserID), docket.KeyForbidden) // the sender stays
	o.saysNothingOutside(sub)
	if actions := o.auditActions(); !slices.Contains(actions, docket.AuditReaderNamed) || !slices.Contains(actions, docket.AuditReaderRemoved) || !slices.Contains(actions, docket.AuditLabelled) {
		t.Errorf("%v", actions)
	}
	o.nothingPersonalIsLogged()
}

// saysNothingOutside: mails and SMS of a labelled case go to its readers (and to coordinators, who name them) and hold its number and a link.
func (o *office) saysNothingOutside(sub *docket.Submission) {
	o.t.Helper()
	var out []docket.Notification
	o.read(func(w docket.Work) (err error) { out, err = w.Outgoing(o.ctx(), "", 200); return err })
	found := 0
	for _, n := range out {
		if n.SubmissionID != sub.ID && n.Case != sub.Number {
			continue
		}
		found++
		if n.Key != docket.NotifyLabelled || len(n.Args) > 0 {
			o.t.Errorf("%s says %s %v", n.Channel, n.Key, n.Args)
		}
		if n.UserID != o.person.UserID && n.UserID != o.coordinator.UserID && n.UserID != o.expert.UserID {
			o.t.Errorf("told to %s", n.UserID)
		}
	}
	if found == 0 {
		o.t.Error("nobody was told anything")
	}
}

// TestLabelOfACoordinator: a coordinator labels an open case, and a single letter of an open case.
func TestLabelOfACoordinator(t *testing.T) {
	o := newOffice(t)
	o.register()
	ctx := o.ctx()
	mate := o.user(o.person.BodyID, "5MATE01", docket.RoleRepresentative)
	sub := o.sent()
	must[*SubmissionView](t)(o.Submission(ctx, mate, sub.ID))
	_, err := o.SetLabel(ctx, o.signatory, sub.ID, docket.LabelOfficialUse)
	o.wantKey(err, docket.KeyForbidden)
	_, err = o.SetLabel(ctx, o.coordinator, sub.ID, "secret")
	o.wantKey(err, docket.KeyChoice)
	must[*docket.Submission](t)(o.SetLabel(ctx, o.coordinator, sub.ID, docket.LabelOfficialUse))
	must[*SubmissionView](t)(o.Submission(ctx, o.coordinator, sub.ID))
	must[*SubmissionView](t)(o.Submission(ctx, o.person, sub.ID))
	for _, who := range []docket.Actor{mate, o.signatory, o.checker} {
		_, err := o.Submission(ctx, who, sub.ID)
		o.wantKey(err, docket.KeyNotFound)
	}
	must[*docket.Submission](t)(o.SetLabel(ctx, o.coordinator, sub.ID, docket.LabelOpen))
	must[*SubmissionView](t)(o.Submission(ctx, o.signatory, sub.ID))

	receipt := must[*docket.Letter](t)(o.Receipt(ctx, o.person, sub.ID))
	must[*docket.Letter](t)(o.SetLetterLabel(ctx, o.coordinator, receipt.ID, docket.LabelOfficialUse))
	_, err = o.Letter(ctx, o.signatory, receipt.ID)
	o.wantKey(err, docket.KeyNotFound)
	_, err = o.DownloadLetter(ctx, mate, receipt.ID)
	o.wantKey(err, docket.KeyNotFound)
	must[*docket.Letter](t)(o.Letter(ctx, o.coordinator, receipt.ID))
	if v := must[*SubmissionView](t)(o.Submission(ctx, o.signatory, sub.ID)); len(v.Letters) != 0 {
		t.Errorf("%d letters", len(v.Letters))
	}
}

// TestDraftOfALabelledCase: a draft that its writer wishes to be for official use is his alone.
func TestDraftOfALabelledCase(t *testing.T) {
	o := newOffice(t)
	o.register()
	mate := o.user(o.person.BodyID, "5MATE01", docket.RoleRepresentative)
	sub := o.prepared()
	form := sub.Form
	form.OfficialUse = true
	must[*docket.Submission](t)(o.SaveSubmission(o.ctx(), o.person, sub.ID, form))
	_, err := o.Submission(o.ctx(), mate, sub.ID)
	o.wantKey(err, docket.KeyNotFound)
	form.OfficialUse = false
	must[*docket.Submission](t)(o.SaveSubmission(o.ctx(), o.person, sub.ID, form))
	must[*SubmissionView](t)(o.Submission(o.ctx(), mate, sub.ID))
}
