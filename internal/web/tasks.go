package web

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"mohur/docket"
	"mohur/internal/desk"
)

// groupDesk is what the working group of a project uses (S1-34, S3-04, S3-06, S3-16).
type groupDesk interface {
	Units(ctx context.Context, who docket.Actor) ([]docket.Unit, error)
	DefaultTasks(ctx context.Context, who docket.Actor, id docket.ID) ([]desk.TaskInput, error)
	ReviewSubmission(ctx context.Context, who docket.Actor, id docket.ID, tasks []desk.TaskInput) (*docket.Submission, error)
	GiveTask(ctx context.Context, who docket.Actor, submission docket.ID, in desk.TaskInput) (*docket.CaseTask, error)
	NameTaskPerson(ctx context.Context, who docket.Actor, task, person docket.ID) (*docket.CaseTask, error)
	LeadTask(ctx context.Context, who docket.Actor, task docket.ID) (*docket.CaseTask, error)
	TakeBackTask(ctx context.Context, who docket.Actor, task docket.ID, reason string) (*docket.CaseTask, error)
	Tasks(ctx context.Context, who docket.Actor) ([]desk.TaskRow, error)
	Task(ctx context.Context, who docket.Actor, id docket.ID) (*desk.TaskRow, error)
	StoreTaskFile(ctx context.Context, who docket.Actor, task docket.ID, name string, content io.Reader) (*docket.File, error)
	WriteSubOpinion(ctx context.Context, who docket.Actor, task docket.ID, in desk.SubOpinionInput) (*docket.SubOpinion, error)
	DownloadSubOpinionFile(ctx context.Context, who docket.Actor, opinion, file docket.ID) (*desk.Download, error)
	Experts(ctx context.Context, who docket.Actor) ([]docket.User, error)
	Suggested(v *desk.SubmissionView) desk.OpinionInput
	DraftOpinion(ctx context.Context, who docket.Actor, in desk.OpinionInput) (*docket.Letter, error)
	DownloadVersion(ctx context.Context, who docket.Actor, letter docket.ID, n int) (*desk.Download, error)
	RequestVisas(ctx context.Context, who docket.Actor, letter docket.ID) (*docket.Letter, error)
	VisaQueue(ctx context.Context, who docket.Actor) ([]desk.VisaRow, error)
	Visa(ctx context.Context, who docket.Actor, id docket.ID) (*desk.VisaRow, error)
	GiveVisa(ctx context.Context, who docket.Actor, visa docket.ID, seen docket.Hash) (*docket.Visa, error)
	RefuseVisa(ctx context.Context, who docket.Actor, visa docket.ID, reason string) (*docket.Visa, error)
	DispatchQueue(ctx context.Context, who docket.Actor) ([]desk.DispatchRow, error)
	CheckDispatch(ctx context.Context, who docket.Actor, in desk.CheckDispatchInput) (*docket.Letter, error)
	SendBack(ctx context.Context, who docket.Actor, in desk.SendBackInput) (*docket.Letter, error)
}

// UnitName is a unit's name in the visitor's language.
func (v *view) UnitName(u docket.Unit) string { return u.In(string(v.Lang())) }

// askedUnit is a unit in the form that gives the first tasks.
type askedUnit struct {
	Unit   docket.Unit
	People []option
}

// tasksPage is the data of the form that gives tasks.
type tasksPage struct {
	casePage
	Units  []askedUnit // of the first tasks, all at once
	Free   []option    // units that have none yet, for one more
	People []option    // experts of all units, for one more
}

// tasksForm gives the units their tasks: at the beginning of a review all at once, later one more (S1-34).
func (s *site) tasksForm(w http.ResponseWriter, r *request) error {
	return s.showTasksForm(w, r, http.StatusOK)
}

// showTasksForm shows the form, with its errors if there are any; the first time with the default units chosen.
func (s *site) showTasksForm(w http.ResponseWriter, r *request, code int) error {
	c, err := s.caseView(r, "/incoming")
	if err != nil {
		return err
	}
	units, err := s.Desk.Units(r.Context(), r.who())
	if err != nil {
		return err
	}
	experts, err := s.Desk.Experts(r.Context(), r.who())
	if err != nil {
		return err
	}
	p := tasksPage{casePage: c}
	if c.Can(docket.EventReview) {
		err = s.firstTasks(r, &p, units, experts, code == http.StatusOK)
	} else {
		s.oneTask(r, &p, units, experts)
	}
	if err != nil {
		return err
	}
	r.view.Data = p
	return s.render(w, code, "tasks_give", r.view)
}

// firstTasks lists all units in use; fresh fills in what is asked by default.
func (s *site) firstTasks(r *request, p *tasksPage, units []docket.Unit, experts []docket.User, fresh bool) error {
	tasks, err := s.Desk.DefaultTasks(r.Context(), r.who(), r.id())
	if err != nil {
		return err
	}
	for _, u := range units {
		if !u.Active {
			continue
		}
		a := askedUnit{Unit: u, People: []option{{Text: r.view.T("tasks.person.head")}}}
		for _, e := range experts {
			if e.UnitID == u.ID {
				a.People = append(a.People, option{Value: string(e.ID), Text: e.Name})
			}
		}
		p.Units = append(p.Units, a)
	}
	for _, t := range tasks {
		for i := range p.Units {
			r.view.Form.fallback("due-"+string(p.Units[i].Unit.ID), r.view.Day(t.Due))
		}
		if fresh {
			r.view.Form["unit-"+string(t.Unit)] = "yes"
			if t.Lead {
				r.view.Form["lead"] = string(t.Unit)
			}
		}
	}
	return nil
}

// fallback sets a value that was not typed.
func (v values) fallback(name, value string) {
	if _, ok := v[name]; !ok {
		v[name] = value
	}
}

// oneTask lists the units that have no task that stands, and all experts.
func (s *site) oneTask(r *request, p *tasksPage, units []docket.Unit, experts []docket.User) {
	p.Free, p.People = []option{{Text: r.view.T("tasks.unit.choose")}}, []option{{Text: r.view.T("tasks.person.head")}}
	has := map[docket.ID]bool{}
	if p.Group != nil {
		for i := range p.Group.Tasks {
			has[p.Group.Tasks[i].UnitID] = has[p.Group.Tasks[i].UnitID] || p.Group.Tasks[i].Stands()
		}
	}
	for _, u := range units {
		if !u.Active || has[u.ID] {
			continue
		}
		p.Free = append(p.Free, option{Value: string(u.ID), Text: r.view.UnitName(u)})
		for _, e := range experts {
			if e.UnitID == u.ID {
				p.People = append(p.People, option{Value: string(e.ID), Text: e.Name + " – " + r.view.UnitName(u)})
			}
		}
	}
}

// giveTasks takes the form: the first tasks, which begin the review, or one more.
func (s *site) giveTasks(w http.ResponseWriter, r *request) error {
	form, err := readForm(r.Request, maxFormBytes, nil)
	if err != nil {
		return err
	}
	r.view.Form = form
	if form["one"] != "" {
		var in desk.TaskInput
		if in, err = taskInput(form, "", docket.ID(form["unit"])); err == nil {
			in.Lead = form["lead"] == "yes"
			_, err = s.Desk.GiveTask(r.Context(), r.who(), r.id(), in)
		}
	} else {
		err = s.begin(r, form)
	}
	if err == nil {
		redirect(w, r, "/incoming/"+string(r.id())+"#group")
		return nil
	}
	if !r.view.refused(err, nil) {
		return err
	}
	return s.showTasksForm(w, r, status(err))
}

// begin gives the first tasks.
func (s *site) begin(r *request, form values) error {
	units, err := s.Desk.Units(r.Context(), r.who())
	if err != nil {
		return err
	}
	var tasks []desk.TaskInput
	var faults docket.Errors
	for _, u := range units {
		if form["unit-"+string(u.ID)] == "" {
			continue
		}
		in, err := taskInput(form, "-"+string(u.ID), u.ID)
		faults = append(faults, docket.AsErrors(err)...)
		in.Lead = form["lead"] == string(u.ID)
		tasks = append(tasks, in)
	}
	if len(faults) > 0 {
		return faults
	}
	_, err = s.Desk.ReviewSubmission(r.Context(), r.who(), r.id(), tasks)
	return err
}

// taskInput reads the fields of one unit, whose names end alike.
func taskInput(form values, end string, unit docket.ID) (desk.TaskInput, error) {
	in := desk.TaskInput{Unit: unit, Person: docket.ID(form["person"+end]), Ask: form["ask"+end]}
	if form["due"+end] == "" {
		return in, nil
	}
	day, err := parseDay(form["due"+end])
	if err != nil {
		return in, docket.Invalid("due"+end, docket.KeyDate)
	}
	in.Due = day
	return in, nil
}

// tasks is Tapşırıqlar: what the actor is asked himself, and his unit.
func (s *site) tasks(w http.ResponseWriter, r *request) error {
	rows, err := s.Desk.Tasks(r.Context(), r.who())
	if err != nil {
		return err
	}
	var data struct{ Mine, Unit []desk.TaskRow }
	for _, row := range rows {
		if row.MayAnswer {
			data.Mine = append(data.Mine, row)
		} else {
			data.Unit = append(data.Unit, row)
		}
	}
	r.view.Data = data
	return s.render(w, http.StatusOK, "tasks", r.view)
}

// taskPage is the data of a task's page.
type taskPage struct {
	*desk.TaskRow
	Files    []docket.File
	Outcomes []option
	People   []option
	MaxFile  int64
}

// task shows a task with its sub-opinion.
func (s *site) task(w http.ResponseWriter, r *request) error {
	return s.showTask(w, r, http.StatusOK)
}

func (s *site) showTask(w http.ResponseWriter, r *request, code int) error {
	row, err := s.Desk.Task(r.Context(), r.who(), r.id())
	if err != nil {
		return err
	}
	p := taskPage{TaskRow: row, Files: row.Submission.Files, MaxFile: s.Desk.Limits().FileBytes, Outcomes: outcomes(r.view)}
	if row.MayName {
		experts, err := s.Desk.Experts(r.Context(), r.who())
		if err != nil {
			return err
		}
		p.People = []option{{Text: r.view.T("tasks.person.choose")}}
		for _, e := range experts {
			if e.UnitID == row.UnitID {
				p.People = append(p.People, option{Value: string(e.ID), Text: e.Name})
			}
		}
		r.view.Form.fallback("person", string(row.Person))
	}
	if last := row.Last(); last != nil {
		r.view.Form.fallback("text", last.Text)
		r.view.Form.fallback("outcome", string(last.Outcome))
	}
	r.view.Data = p
	return s.render(w, code, "task", r.view)
}

// outcomes are the lines of the select of an opinion's outcome.
func outcomes(v *view) []option {
	list := []option{{Text: v.T("opinion.outcome.choose")}}
	for _, o := range docket.Outcomes() {
		list = append(list, option{Value: string(o), Text: v.T("outcome." + string(o))})
	}
	return list
}

// taskActed shows what became of an act on a task.
func (s *site) taskActed(w http.ResponseWriter, r *request, err error, said string) error {
	if err == nil {
		s.say(r, said)
		redirect(w, r, "/tasks/"+string(r.id()))
		return nil
	}
	if !r.view.refused(err, map[string]string{"file": "files"}) {
		return err
	}
	return s.showTask(w, r, status(err))
}

// taskOpinion writes or corrects the sub-opinion; attachments that are not ticked go, new ones are added.
func (s *site) taskOpinion(w http.ResponseWriter, r *request) error {
	in := desk.SubOpinionInput{}
	var fault *docket.Error // why a document could not be taken
	form, err := readForm(r.Request, s.Desk.Limits().SubmissionBytes+maxFormBytes, func(u upload) error {
		content, empty := isEmpty(u)
		if u.Field != "files" || empty && u.Name == "" {
			return nil
		}
		f, err := s.Desk.StoreTaskFile(r.Context(), r.who(), r.id(), u.Name, content)
		if e := docket.AsErrors(err); len(e) > 0 && (e[0].Code == docket.CodeInvalid || e[0].Code == docket.CodeTooLarge) {
			fault = e[0]
			return nil
		}
		if err == nil {
			in.Files = append(in.Files, *f)
		}
		return err
	})
	if err != nil {
		return err
	}
	r.view.Form = form
	if fault != nil {
		return s.taskActed(w, r, fault, "")
	}
	for name := range form {
		if id, ok := strings.CutPrefix(name, "keep-"); ok {
			in.Keep = append(in.Keep, docket.ID(id))
		}
	}
	in.Text, in.Outcome = form["text"], docket.Outcome(form["outcome"])
	_, err = s.Desk.WriteSubOpinion(r.Context(), r.who(), r.id(), in)
	return s.taskActed(w, r, err, "task.answered")
}

// taskPerson names who answers.
func (s *site) taskPerson(w http.ResponseWriter, r *request) error {
	form, err := readForm(r.Request, maxFormBytes, nil)
	if err != nil {
		return err
	}
	r.view.Form = form
	_, err = s.Desk.NameTaskPerson(r.Context(), r.who(), r.id(), docket.ID(form["person"]))
	return s.taskActed(w, r, err, "task.named")
}

// taskLead lets the task's unit lead.
func (s *site) taskLead(w http.ResponseWriter, r *request) error {
	_, err := s.Desk.LeadTask(r.Context(), r.who(), r.id())
	return s.taskActed(w, r, err, "task.leads")
}

// taskBack takes the task back with a reason.
func (s *site) taskBack(w http.ResponseWriter, r *request) error {
	form, err := readForm(r.Request, maxFormBytes, nil)
	if err != nil {
		return err
	}
	r.view.Form = form
	_, err = s.Desk.TakeBackTask(r.Context(), r.who(), r.id(), form["reason"])
	return s.taskActed(w, r, err, "task.taken_back")
}

// downloadSubOpinion gives an attachment of a sub-opinion.
func (s *site) downloadSubOpinion(w http.ResponseWriter, r *request) error {
	d, err := s.Desk.DownloadSubOpinionFile(r.Context(), r.who(), docket.ID(r.param("opinion")), docket.ID(r.param("file")))
	return s.send(w, r, d, err)
}

// downloadVersion gives the page of an earlier state of an opinion.
func (s *site) downloadVersion(w http.ResponseWriter, r *request) error {
	n, err := strconv.Atoi(r.param("n"))
	if err != nil {
		return docket.ErrNotFound
	}
	d, err := s.Desk.DownloadVersion(r.Context(), r.who(), docket.ID(r.param("letter")), n)
	return s.send(w, r, d, err)
}

// groupRoutes are the pages of a project's working group (S1-34, S3-04).
func (s *site) groupRoutes(r chi.Router, caseRoles []docket.Role) {
	get := func(path string, h handler, roles ...docket.Role) { r.Get(path, s.page(s.forAgency(h, roles...))) }
	post := func(path string, h handler, roles ...docket.Role) { r.Post(path, s.page(s.forAgency(h, roles...))) }
	get("/incoming/{id}/tasks", s.tasksForm, docket.RoleCoordinator)
	post("/incoming/{id}/tasks", s.giveTasks, docket.RoleCoordinator)
	get("/incoming/{id}/opinion", s.opinionForm, docket.RoleExpert)
	post("/incoming/{id}/opinion", s.opinion, docket.RoleExpert)
	post("/incoming/{id}/visas", s.requestVisas, docket.RoleExpert)
	get("/incoming/{id}/letters/{letter}/versions/{n}", s.downloadVersion, caseRoles...)
	get("/tasks", s.tasks, docket.RoleExpert, docket.RoleVisaGiver)
	get("/tasks/{id}", s.task, caseRoles...)
	post("/tasks/{id}/opinion", s.taskOpinion, docket.RoleExpert)
	post("/tasks/{id}/person", s.taskPerson, docket.RoleCoordinator, docket.RoleVisaGiver)
	post("/tasks/{id}/lead", s.taskLead, docket.RoleCoordinator)
	post("/tasks/{id}/back", s.taskBack, docket.RoleCoordinator)
	get("/tasks/{id}/files/{opinion}/{file}", s.downloadSubOpinion, caseRoles...)
	get("/visas", s.visas, docket.RoleVisaGiver)
	get("/visas/{id}", s.visa, caseRoles...)
	post("/visas/{id}/give", s.giveVisa, docket.RoleVisaGiver)
	post("/visas/{id}/refuse", s.refuseVisa, docket.RoleVisaGiver)
}

// groupCards are the lines of the agency's home for the working group and the dispatch check.
func (s *site) groupCards(r *request) (cards []homeCard, err error) {
	if r.who().Has(docket.RoleExpert, docket.RoleVisaGiver) {
		rows, err := s.Desk.Tasks(r.Context(), r.who())
		if err != nil {
			return nil, err
		}
		open := 0
		for i := range rows {
			if rows[i].State == docket.CaseTaskOpen || rows[i].Lead && rows[i].MayAnswer {
				open++
			}
		}
		cards = append(cards, homeCard{"/tasks", "tasks.title", "agency.tasks", open})
	}
	if r.who().Has(docket.RoleVisaGiver) {
		rows, err := s.Desk.VisaQueue(r.Context(), r.who())
		if err != nil {
			return nil, err
		}
		cards = append(cards, homeCard{"/visas", "visas.title", "agency.visas", len(rows)})
	}
	if r.who().Has(docket.RoleDispatchChecker) {
		rows, err := s.Desk.DispatchQueue(r.Context(), r.who())
		if err != nil {
			return nil, err
		}
		ready := 0
		for i := range rows {
			if rows[i].Ready {
				ready++
			}
		}
		cards = append(cards, homeCard{"/dispatch", "dispatch.title", "agency.dispatch", ready})
	}
	return cards, nil
}
