package web

import (
	"net/http"

	"mohur/docket"
	"mohur/docket/calendar"
	"mohur/internal/desk"
)

// submitPage is the data of each step of Layihə göndər.
type submitPage struct {
	Submission docket.Submission
	Step       int // 1 data, 2 files, 3 check, 4 sign
	Types      []option
	CoverDate  string
	Limits     desk.Limits
	Demo       bool
	Token      bool // a token in the browser can sign
}

// submitFields are the inputs of the desk's fields.
var submitFields = map[string]string{
	"coverNumber": "cover_number", "coverDate": "cover_date", "documentType": "document_type", "projectName": "project_name",
	"noStateSecret": "no_state_secret", "file": "files", "signed": "file", "record": "file",
}

// bodyHome is the two doors of an approved body (S1-09), with what needs an answer.
func (s *site) bodyHome(w http.ResponseWriter, r *request) error {
	drafts, _, err := s.Desk.ListSubmissions(r.Context(), r.who(), docket.SubmissionFilter{
		States: []docket.SubmissionState{docket.SubmissionDraft}, WithDrafts: true, Limit: 5,
	})
	if err != nil {
		return err
	}
	open, _, err := s.Desk.ListSubmissions(r.Context(), r.who(), docket.SubmissionFilter{
		States: []docket.SubmissionState{docket.SubmissionDeficient}, Limit: 5,
	})
	if err != nil {
		return err
	}
	notes, err := s.Desk.Notifications(r.Context(), r.who(), 5)
	if err != nil {
		return err
	}
	r.view.Data = struct {
		Drafts, Deficient []desk.SubmissionRow
		Notes             []docket.Notification
	}{drafts, open, notes}
	return s.render(w, http.StatusOK, "body_home", r.view)
}

// submitStart says what is needed before it begins.
func (s *site) submitStart(w http.ResponseWriter, r *request) error {
	r.view.Data = submitPage{Limits: s.Desk.Limits()}
	return s.render(w, http.StatusOK, "submit_start", r.view)
}

// submitNew begins a draft; name, surname and body come from the session (S1-10).
func (s *site) submitNew(w http.ResponseWriter, r *request) error {
	draft, err := s.Desk.DraftSubmission(r.Context(), r.who())
	if err != nil {
		return err
	}
	redirect(w, r, "/submit/"+string(draft.ID))
	return nil
}

// draft loads a project that can be written in, with the form and files of what is being written: a new project or a correction.
func (s *site) draft(r *request) (*docket.Submission, error) {
	v, err := s.Desk.Submission(r.Context(), r.who(), r.id())
	if err != nil {
		return nil, err
	}
	form, files := v.Submission.Editing()
	if form == nil {
		return nil, docket.Refuse(docket.CodeConflict, docket.KeyState).With("state", string(v.Submission.State))
	}
	sub := v.Submission
	sub.Form, sub.Files = *form, *files
	return &sub, nil
}

// showSubmit shows one step of a draft.
func (s *site) showSubmit(w http.ResponseWriter, r *request, status int, sub *docket.Submission, step int) error {
	p := submitPage{Submission: *sub, Step: step, Limits: s.Desk.Limits(), Demo: s.Demo != nil, Token: s.Signings != nil, CoverDate: r.view.Day(sub.Form.CoverDate)}
	p.Types = []option{{Text: r.view.T("submit.type.choose")}}
	for _, t := range docket.DocumentTypes() {
		p.Types = append(p.Types, option{Value: string(t), Text: r.view.T("document_type." + string(t))})
	}
	r.view.Data = p
	name := map[int]string{1: "submit_data", 2: "submit_files", 3: "submit_check", 4: "submit_sign"}[step]
	return s.render(w, status, name, r.view)
}

// submitData is the first step: the letter's number and date, the type, the name (S1-11).
func (s *site) submitData(w http.ResponseWriter, r *request) error {
	sub, err := s.draft(r)
	if err != nil {
		return err
	}
	f := sub.Form
	r.view.Form = values{
		"cover_number": f.CoverNumber, "cover_date": r.view.Day(f.CoverDate), "document_type": string(f.DocumentType),
		"project_name": f.ProjectName,
	}
	if f.NoStateSecret {
		r.view.Form["no_state_secret"] = "yes"
	}
	if f.OfficialUse {
		r.view.Form["official_use"] = "yes"
	}
	return s.showSubmit(w, r, http.StatusOK, sub, 1)
}

// submitSaveData keeps what was typed, right or wrong, so that a draft survives a log-out; the page says what is wrong with it.
func (s *site) submitSaveData(w http.ResponseWriter, r *request) error {
	form, err := readForm(r.Request, maxFormBytes, nil)
	if err != nil {
		return err
	}
	r.view.Form = form
	day, dayErr := parseDay(form["cover_date"])
	sub, err := s.Desk.SaveSubmission(r.Context(), r.who(), r.id(), docket.Form{
		CoverNumber: form["cover_number"], CoverDate: day, DocumentType: docket.DocumentType(form["document_type"]),
		ProjectName: form["project_name"], NoStateSecret: form["no_state_secret"] == "yes", OfficialUse: form["official_use"] == "yes",
	})
	if err != nil && docket.CodeOf(err) != docket.CodeInvalid {
		return err
	}
	faults := docket.AsErrors(err)
	if len(faults) == 0 {
		faults = missing(form, dayErr, calendar.DateOf(s.Now()), day)
	}
	if len(faults) == 0 {
		redirect(w, r, "/submit/"+string(r.id())+"/files")
		return nil
	}
	r.view.refused(faults, submitFields)
	if sub == nil {
		if sub, err = s.draft(r); err != nil {
			return err
		}
	}
	return s.showSubmit(w, r, http.StatusUnprocessableEntity, sub, 1)
}

// missing says which answers are absent or can't be read, in the order of the form. The desk judges them again before signing.
func missing(form values, dayErr error, today, day calendar.Date) docket.Errors {
	var out docket.Errors
	need := func(name string) {
		if form[name] == "" {
			out = append(out, docket.Invalid(name, docket.KeyRequired))
		}
	}
	need("cover_number")
	need("cover_date")
	switch {
	case form["cover_date"] == "":
	case dayErr != nil:
		out = append(out, docket.Invalid("cover_date", docket.KeyDate))
	case today.Before(day):
		out = append(out, docket.Invalid("cover_date", docket.KeyDateFuture))
	}
	need("document_type")
	need("project_name")
	if form["no_state_secret"] != "yes" {
		out = append(out, docket.Invalid("no_state_secret", docket.KeyStateSecret))
	}
	return out
}

// submitFiles is the second step: the documents.
func (s *site) submitFiles(w http.ResponseWriter, r *request) error {
	sub, err := s.draft(r)
	if err != nil {
		return err
	}
	return s.showSubmit(w, r, http.StatusOK, sub, 2)
}

// submitAddFiles streams each file to the desk as it comes. One refused file does not lose the others.
func (s *site) submitAddFiles(w http.ResponseWriter, r *request) error {
	l := s.Desk.Limits()
	var faults docket.Errors
	added := 0
	form, err := readForm(r.Request, l.SubmissionBytes+maxFormBytes, func(u upload) error {
		if u.Field != "files" || u.Name == "" {
			return nil
		}
		_, err := s.Desk.AddFile(r.Context(), r.who(), r.id(), u.Name, u)
		if e := docket.AsErrors(err); len(e) > 0 && (e[0].Code == docket.CodeInvalid || e[0].Code == docket.CodeTooLarge) {
			named := *e[0]
			named.Field = "files"
			faults = append(faults, &named)
			return nil
		}
		added++
		return err
	})
	if err != nil {
		return err
	}
	sub, err := s.draft(r)
	if err != nil {
		return err
	}
	if form["next"] != "" && added == 0 && len(faults) == 0 && len(sub.Files) == 0 {
		faults = append(faults, docket.Invalid("files", docket.KeyRequired))
	}
	if len(faults) > 0 {
		r.view.refused(faults, submitFields)
		return s.showSubmit(w, r, http.StatusUnprocessableEntity, sub, 2)
	}
	if form["next"] != "" {
		redirect(w, r, "/submit/"+string(r.id())+"/check")
		return nil
	}
	redirect(w, r, "/submit/"+string(r.id())+"/files")
	return nil
}

// submitRemoveFile takes a file out of the draft (Sil).
func (s *site) submitRemoveFile(w http.ResponseWriter, r *request) error {
	if err := s.Desk.RemoveFile(r.Context(), r.who(), r.id(), docket.ID(r.param("file"))); err != nil {
		return err
	}
	redirect(w, r, "/submit/"+string(r.id())+"/files")
	return nil
}

// submitCheck is the third step: Məlumatları yoxlayın.
func (s *site) submitCheck(w http.ResponseWriter, r *request) error {
	sub, err := s.draft(r)
	if err != nil {
		return err
	}
	return s.showSubmit(w, r, http.StatusOK, sub, 3)
}

// submitPrepare has the record made that is to be signed; the desk names every fault of the form.
func (s *site) submitPrepare(w http.ResponseWriter, r *request) error {
	if _, err := s.Desk.PrepareRecord(r.Context(), r.who(), r.id()); err != nil {
		if docket.CodeOf(err) != docket.CodeInvalid || !r.view.refused(err, submitFields) {
			return err
		}
		sub, loadErr := s.draft(r)
		if loadErr != nil {
			return loadErr
		}
		return s.showSubmit(w, r, http.StatusUnprocessableEntity, sub, 3)
	}
	redirect(w, r, "/submit/"+string(r.id())+"/sign")
	return nil
}
