package web

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
	"mohur/internal/desk"
)

func (f *fakeDesk) Experts(context.Context, docket.Actor) ([]docket.User, error) {
	return []docket.User{{ID: "expert", Name: "Günay Həsənova", UnitID: "un1"}, {ID: "lawyer", Name: "Orxan Əhmədov", UnitID: "un3"}}, nil
}

func (f *fakeDesk) DefaultTasks(context.Context, docket.Actor, docket.ID) ([]desk.TaskInput, error) {
	due := calendar.Of(2026, 12, 4)
	return []desk.TaskInput{{Unit: "un1", Lead: true, Due: due}, {Unit: "un2", Due: due}, {Unit: "un3", Due: due}}, nil
}

func (f *fakeDesk) ReviewSubmission(_ context.Context, _ docket.Actor, _ docket.ID, tasks []desk.TaskInput) (*docket.Submission, error) {
	what := "review"
	for _, t := range tasks {
		what += " " + string(t.Unit) + "/" + string(t.Person) + "/" + t.Due.String()
		if t.Lead {
			what += "/lead"
		}
	}
	return &f.sub, f.ask(what)
}

func (f *fakeDesk) GiveTask(_ context.Context, _ docket.Actor, _ docket.ID, in desk.TaskInput) (*docket.CaseTask, error) {
	return nil, f.ask("task " + string(in.Unit) + " " + in.Ask)
}

func (f *fakeDesk) NameTaskPerson(_ context.Context, _ docket.Actor, task, person docket.ID) (*docket.CaseTask, error) {
	return nil, f.ask("name " + string(task) + " " + string(person))
}

func (f *fakeDesk) LeadTask(_ context.Context, _ docket.Actor, task docket.ID) (*docket.CaseTask, error) {
	return nil, f.ask("lead " + string(task))
}

func (f *fakeDesk) TakeBackTask(_ context.Context, _ docket.Actor, task docket.ID, reason string) (*docket.CaseTask, error) {
	return nil, f.ask("take back " + string(task) + " " + reason)
}

// answered is a working group that has answered, with a visa given, one asked for and one return.
func (f *fakeDesk) answered() *desk.WorkingGroup {
	units, _ := f.Units(context.Background(), docket.Actor{})
	page := docket.Hash(strings.Repeat("11", 32))
	task := func(i int, state docket.CaseTaskState, person string) desk.TaskView {
		return desk.TaskView{
			CaseTask: docket.CaseTask{
				ID: docket.ID("t" + units[i].Code), SubmissionID: "s1", UnitID: units[i].ID, Lead: i == 0, State: state, Due: calendar.Of(2026, 12, 4), Given: noon,
				Ask: "Texniki tapşırığa rəy bildirin.",
			},
			Unit: units[i], PersonName: person, GivenName: "İlham Şükürov", MayChange: true, MayName: true,
		}
	}
	lead := task(0, docket.CaseTaskAnswered, "Günay Həsənova")
	lead.MayAnswer = true
	lead.Opinions = []docket.SubOpinion{{
		ID: "o1", TaskID: lead.ID, N: 1, Version: 1, Author: "Günay Həsənova", Text: "Arxitektura tələblərə uyğundur.\n\nİnteqrasiya təmin edilməlidir.", Outcome: "positive_with_remarks",
		Written: noon, Attachments: []docket.File{{ID: "f9", Name: "sxem.pdf", Size: 4096}},
	}}
	late := task(2, docket.CaseTaskOpen, "")
	late.Overdue = true
	visa := func(id docket.ID, i int, state docket.VisaState, giver string) desk.VisaView {
		v := desk.VisaView{Visa: docket.Visa{ID: id, LetterID: "l1", SubmissionID: "s1", UnitID: units[i].ID, Page: page, State: state, Asked: noon, GiverName: giver}, Unit: units[i]}
		if giver != "" {
			v.Decided = noon.Add(time.Hour)
		}
		return v
	}
	return &desk.WorkingGroup{
		Tasks: []desk.TaskView{lead, task(1, docket.CaseTaskAnswered, "Tofiq Səfərov"), late},
		Visas: []desk.VisaView{visa("v0", 0, docket.VisaGiven, "Sevil Qasımova"), visa("v1", 2, docket.VisaAsked, "")},
		Returns: []desk.ReturnView{{
			Return: docket.Return{Step: docket.EventSendBack, Points: []string{"form", "attachments"}, Reason: "Əlavə göstərilməyib.", ByName: "Cavid Məmmədov", At: noon},
		}, {Return: docket.Return{Step: docket.EventRefuseVisa, Reason: "Hüquqi əsas göstərilməyib.", ByName: "Orxan Əhmədov", At: noon}, Unit: &units[2]}},
		Versions: []docket.LetterVersion{
			{LetterID: "l1", N: 1, ByName: "Günay Həsənova", At: noon, Outcome: "negative", Page: docket.Hash(strings.Repeat("33", 32))},
			{LetterID: "l1", N: 2, ByName: "Günay Həsənova", At: noon, Outcome: "positive", Page: page},
		},
		Names: map[docket.ID]string{},
		Trail: []desk.Step{
			{At: noon, Action: docket.AuditSubmissionAccepted, Name: "İlham Şükürov", Number: "1/1-07"},
			{At: noon, Action: docket.AuditTaskGiven, Name: "İlham Şükürov", Unit: &units[0], Person: "Günay Həsənova"},
			{At: noon, Action: docket.AuditVisaGiven, Name: "Sevil Qasımova", ForName: "Tofiq Səfərov"},
			{At: noon, Action: docket.AuditSealReleased, Number: "9/14-05"},
		},
	}
}

func (f *fakeDesk) taskRow() desk.TaskRow {
	return desk.TaskRow{TaskView: f.answered().Tasks[0], Submission: f.sub, Period: f.period()}
}

func (f *fakeDesk) Tasks(context.Context, docket.Actor) ([]desk.TaskRow, error) {
	mine, other := f.taskRow(), f.taskRow()
	other.TaskView = f.answered().Tasks[2]
	return []desk.TaskRow{mine, other}, nil
}

func (f *fakeDesk) Task(_ context.Context, _ docket.Actor, id docket.ID) (*desk.TaskRow, error) {
	row := f.taskRow()
	if id == "tlegal" {
		row.TaskView = f.answered().Tasks[2]
		return &row, nil
	}
	if id != row.ID {
		return nil, docket.ErrNotFound
	}
	return &row, nil
}

func (f *fakeDesk) StoreTaskFile(_ context.Context, _ docket.Actor, _ docket.ID, name string, content io.Reader) (*docket.File, error) {
	b, err := io.ReadAll(content)
	if err != nil {
		return nil, err
	}
	if strings.HasSuffix(name, ".zip") {
		return nil, docket.Invalid("file", docket.KeyFileType).With("type", "application/zip")
	}
	f.uploaded = string(b)
	return &docket.File{ID: "new", Name: name}, nil
}

func (f *fakeDesk) WriteSubOpinion(_ context.Context, _ docket.Actor, task docket.ID, in desk.SubOpinionInput) (*docket.SubOpinion, error) {
	what := "answer " + string(task) + " " + string(in.Outcome) + " " + in.Text
	for _, a := range in.Files {
		what += " +" + a.Name
	}
	for _, k := range in.Keep {
		what += " =" + string(k)
	}
	return nil, f.ask(what)
}

func (f *fakeDesk) DownloadSubOpinionFile(_ context.Context, _ docket.Actor, _, file docket.ID) (*desk.Download, error) {
	return f.download("attachment " + string(file))
}

func (f *fakeDesk) Suggested(v *desk.SubmissionView) desk.OpinionInput {
	return desk.OpinionInput{Subject: v.Submission.Form.ProjectName, Text: "Layihəyə baxılmışdır.", Outcome: "positive"}
}

func (f *fakeDesk) DraftOpinion(_ context.Context, _ docket.Actor, in desk.OpinionInput) (*docket.Letter, error) {
	return nil, f.ask("opinion " + string(in.Outcome) + " " + in.Text)
}

func (f *fakeDesk) DownloadVersion(_ context.Context, _ docket.Actor, _ docket.ID, n int) (*desk.Download, error) {
	return f.download("version " + string(rune('0'+n)))
}

func (f *fakeDesk) RequestVisas(_ context.Context, _ docket.Actor, letter docket.ID) (*docket.Letter, error) {
	return nil, f.ask("ask visas " + string(letter))
}

func (f *fakeDesk) visaRow() desk.VisaRow {
	v := f.answered().Visas[1]
	v.MayGive = true
	return desk.VisaRow{VisaView: v, Submission: f.sub, Period: f.period()}
}

func (f *fakeDesk) VisaQueue(context.Context, docket.Actor) ([]desk.VisaRow, error) {
	return []desk.VisaRow{f.visaRow()}, nil
}

func (f *fakeDesk) Visa(_ context.Context, _ docket.Actor, id docket.ID) (*desk.VisaRow, error) {
	row := f.visaRow()
	if id != row.ID {
		return nil, docket.ErrNotFound
	}
	return &row, nil
}

func (f *fakeDesk) GiveVisa(_ context.Context, _ docket.Actor, visa docket.ID, seen docket.Hash) (*docket.Visa, error) {
	return nil, f.ask("visa " + string(visa) + " " + string(seen[:4]))
}

func (f *fakeDesk) RefuseVisa(_ context.Context, _ docket.Actor, visa docket.ID, reason string) (*docket.Visa, error) {
	return nil, f.ask("no visa " + string(visa) + " " + reason)
}

func (f *fakeDesk) DispatchQueue(context.Context, docket.Actor) ([]desk.DispatchRow, error) {
	row := desk.SubmissionRow{Submission: f.sub, Period: f.period()}
	return []desk.DispatchRow{{SubmissionRow: row, Given: 3, Asked: 3, Ready: true}, {SubmissionRow: row, Given: 1, Asked: 3}}, nil
}

func (f *fakeDesk) CheckDispatch(_ context.Context, _ docket.Actor, in desk.CheckDispatchInput) (*docket.Letter, error) {
	return nil, f.ask("check " + string(in.Seen[:4]) + " " + strings.Join(in.Points, ","))
}

func (f *fakeDesk) SendBack(_ context.Context, _ docket.Actor, in desk.SendBackInput) (*docket.Letter, error) {
	return nil, f.ask(strings.TrimSpace("back " + in.Reason + " " + strings.Join(in.Points, ",")))
}

// S1-34: the coordinator asks the units; whoever they name answers, with documents; mistakes keep what was typed.
func TestTasks(t *testing.T) {
	d := newFakeDesk()
	d.events = []string{docket.EventReview}
	coordinator := site0(t, d, nil).logIn("coordinator")
	coordinator.post("/incoming/s1/tasks", "unit-un1", "yes", "unit-un3", "yes", "lead", "un1", "person-un1", "expert", "due-un1", "04.12.2026", "ask-un1", "Baxın")
	coordinator.post("/incoming/s1/tasks", "unit-un1", "yes", "lead", "un1", "due-un1", "sabah").has(t, `href="#due-un1"`, `value="sabah"`)
	d.refusal = docket.Invalid("person-un1", docket.KeyTaskPerson)
	coordinator.post("/incoming/s1/tasks", "unit-un1", "yes", "lead", "un1").has(t, `href="#person-un1"`)
	d.refusal, d.events, d.group = nil, nil, d.answered()
	coordinator.post("/incoming/s1/tasks", "one", "yes", "unit", "un3", "ask", "Hüquqi əsas")
	coordinator.post("/tasks/tit/person", "person", "expert")
	coordinator.post("/tasks/tlegal/lead")
	coordinator.post("/tasks/tlegal/back", "reason", "Lazım deyil")
	expert := site0(t, d, nil).logIn("expert")
	if a := expert.post("/tasks/tit/opinion", "outcome", "negative", "text", "Rəy", "keep-f9", "yes"); a.location != "/tasks/tit" {
		t.Errorf("%d %s", a.code, a.body)
	}
	want := []string{
		"review un1/expert/2026-12-04/lead un3//", "review un1///lead", "task un3 Hüquqi əsas", "name tit expert", "lead tlegal",
		"take back tlegal Lazım deyil", "answer tit negative Rəy =f9",
	}
	if !slices.Equal(d.asked, want) {
		t.Errorf("asked %q", d.asked)
	}
	d.refusal = docket.Errors{docket.Invalid("text", docket.KeyRequired)}
	expert.post("/tasks/tit/opinion", "outcome", "negative", "text", "").has(t, `href="#text"`)
}

// S3-04, S3-06: the page that was seen is what a visa and the check are about; returns carry their points.
func TestVisasAndCheck(t *testing.T) {
	d := newFakeDesk()
	letterIn(docket.LetterDraft, docket.SubmissionVisa, docket.EventCheck, docket.EventAskVisas)(d)
	d.group = d.answered()
	page := string(d.letters[0].Unsealed)
	expert := site0(t, d, nil).logIn("expert")
	if a := expert.post("/incoming/s1/visas"); a.code != http.StatusSeeOther {
		t.Errorf("%d", a.code)
	}
	head := site0(t, d, nil).logIn("head")
	head.post("/visas/v1/give", "seen", page)
	head.post("/visas/v1/refuse", "reason", "Rəqəm səhvdir")
	checker := site0(t, d, nil).logIn("checker")
	checker.post("/dispatch/s1/approve", "seen", page, "ok-form", "yes", "ok-visas", "yes")
	checker.post("/dispatch/s1/return", "reason", "Səhv", "bad-addressee", "yes")
	want := []string{"ask visas l1", "visa v1 1111", "no visa v1 Rəqəm səhvdir", "check 1111 form,visas", "back Səhv addressee"}
	if !slices.Equal(d.asked, want) {
		t.Errorf("asked %q", d.asked)
	}
	d.refusal = docket.Invalid("points", docket.KeyChecklist)
	checker.post("/dispatch/s1/approve", "seen", page, "ok-form", "yes").has(t, `href="#points"`, `name="ok-form" value="yes" checked`)
	if a := head.get("/visas/other"); a.code != http.StatusNotFound {
		t.Errorf("another visa: %d", a.code)
	}
}
