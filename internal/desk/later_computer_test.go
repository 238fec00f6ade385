package desk

import (
	"strings"
	"testing"

	"mohur/docket"
)

// TestDraftsOutliveTheSession is S1-35: a draft is saved at each step and is there after a log-out and on another computer, and a message too.
func TestDraftsOutliveTheSession(t *testing.T) {
	o := newOffice(t)
	ctx := o.ctx()
	o.register()
	logIn := func() docket.Actor {
		t.Helper()
		return must[docket.Actor](t)(o.LogIn(ctx, must[string](t)(o.IssueLoginLink(ctx, docket.System(), o.person.UserID, LinkOptions{}))))
	}
	here := logIn()
	sub := o.sent()
	draft := must[*docket.Submission](t)(o.DraftSubmission(ctx, here))
	form := projectForm()
	form.CoverNumber = "" // right or wrong, what was typed is kept
	must[*docket.Submission](t)(o.SaveSubmission(ctx, here, draft.ID, form))
	must[*docket.File](t)(o.AddFile(ctx, here, draft.ID, "a.txt", strings.NewReader("mətn")))
	if err := o.SaveMessageDraft(ctx, here, sub.ID, "Hörmətli"); err != nil {
		t.Fatal(err)
	}
	there := logIn()
	rows, _, err := o.ListSubmissions(ctx, there, docket.SubmissionFilter{States: []docket.SubmissionState{docket.SubmissionDraft}, WithDrafts: true})
	if err != nil || len(rows) != 1 || rows[0].Form.ProjectName != form.ProjectName {
		t.Fatalf("%+v %v", rows, err)
	}
	if v := must[*SubmissionView](t)(o.Submission(ctx, there, draft.ID)); len(v.Submission.Files) != 1 || v.Submission.Form != form {
		t.Errorf("%+v", v.Submission)
	}
	if d := must[*docket.MessageDraft](t)(o.MessageDraft(ctx, there, sub.ID)); d.Text != "Hörmətli" {
		t.Errorf("%+v", d)
	}
}
