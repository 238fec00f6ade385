package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
	"mohur/internal/desk"
)

const submissionsPath = "/v1/submissions/"

// FormAnswer is what the sender says of a project (S1-11).
type FormAnswer struct {
	CoverNumber   string `json:"coverNumber"`
	CoverDate     string `json:"coverDate" doc:"YYYY-MM-DD, empty while a draft has none"`
	DocumentType  string `json:"documentType"`
	ProjectName   string `json:"projectName"`
	NoStateSecret bool   `json:"noStateSecret"`
	OfficialUse   bool   `json:"officialUse"`
}

// FileAnswer is an uploaded file; it is stored byte for byte.
type FileAnswer struct {
	ID     docket.ID `json:"id"`
	Name   string    `json:"name"`
	Type   string    `json:"type" doc:"media type, by content"`
	Size   int64     `json:"size"`
	SHA256 string    `json:"sha256"`
	Extra  bool      `json:"extra" doc:"an additional document, not covered by the record's signature"`
	Added  time.Time `json:"added"`
	Href   string    `json:"href"`
}

// DocumentLink is where a document is.
type DocumentLink struct {
	SHA256 string `json:"sha256"`
	Href   string `json:"href"`
}

// SubmissionAnswer is a project in a list.
type SubmissionAnswer struct {
	ID           docket.ID  `json:"id"`
	State        string     `json:"state"`
	Number       string     `json:"number,omitempty" doc:"ours, from the incoming journal"`
	Version      int        `json:"version"`
	Label        string     `json:"label" enum:"open,official_use"`
	Body         docket.ID  `json:"body"`
	BodyName     string     `json:"bodyName"`
	Person       string     `json:"person" doc:"responsible person"`
	Form         FormAnswer `json:"form"`
	Created      time.Time  `json:"created"`
	Received     time.Time  `json:"received,omitzero"`
	ReceivedDate string     `json:"receivedDate,omitempty" format:"date" doc:"legal day, in Baku"`
	Due          string     `json:"due,omitempty" format:"date" doc:"last day of the review"`
	DueRule      string     `json:"dueRule,omitempty"`
	DaysUsed     int        `json:"daysUsed"`
	DaysLeft     int        `json:"daysLeft" doc:"negative when overdue"`
	Overdue      bool       `json:"overdue"`
	Unread       int        `json:"unread" doc:"messages of the other side that were not read"`
	Href         string     `json:"href"`
}

// SubmissionDetail is a project with what belongs to it.
type SubmissionDetail struct {
	SubmissionAnswer
	Revision   int            `json:"revision" doc:"what ETag and If-Match speak of"`
	Files      []FileAnswer   `json:"files"`
	Correction *FormAnswer    `json:"correction,omitempty" doc:"the form of a correction that is not signed yet"`
	Record     *DocumentLink  `json:"record,omitempty" doc:"the prepared record, to be signed"`
	Versions   []VersionEntry `json:"versions"`
	Actions    []string       `json:"actions" doc:"what the program's side may do now"`
}

// VersionEntry is a signed version.
type VersionEntry struct {
	Version  int       `json:"version"`
	Signed   string    `json:"signed" doc:"SHA-256 of the signed record"`
	Signer   string    `json:"signer"`
	Received time.Time `json:"received"`
	Href     string    `json:"href"`
}

// SubmissionList is a page of projects.
type SubmissionList struct {
	Items []SubmissionAnswer `json:"items"`
	Total int                `json:"total" doc:"exact up to 10000; 10001 means more"`
	Next  string             `json:"next,omitempty" doc:"cursor of the next page"`
}

func formAnswer(f docket.Form) FormAnswer {
	return FormAnswer{f.CoverNumber, f.CoverDate.String(), string(f.DocumentType), f.ProjectName, f.NoStateSecret, f.OfficialUse}
}

func fileAnswer(submission docket.ID, f *docket.File) FileAnswer {
	return FileAnswer{f.ID, f.Name, f.MediaType, f.Size, string(f.Blob), f.Extra, f.Added, submissionsPath + string(submission) + "/files/" + string(f.ID)}
}

func submissionAnswer(sub *docket.Submission, p desk.Period, unread int) SubmissionAnswer {
	a := SubmissionAnswer{
		ID: sub.ID, State: string(sub.State), Number: sub.Number, Version: sub.Version, Label: string(sub.Label), Body: sub.BodyID, BodyName: sub.BodyName,
		Person: sub.Person, Form: formAnswer(sub.Form), Created: sub.Created, Received: sub.Received, Due: sub.Due.String(), DueRule: sub.DueRule,
		DaysUsed: p.Used, DaysLeft: p.Left, Overdue: p.Overdue, Unread: unread, Href: submissionsPath + string(sub.ID),
	}
	orDefault(&a.Label, string(docket.LabelOpen))
	if !sub.Received.IsZero() {
		a.ReceivedDate = calendar.DateOf(sub.Received).String()
	}
	return a
}

// detail reads a project and tells all of it.
func (s *server) detail(c *call, id docket.ID, status int) (*result, error) {
	v, err := s.Office.Desk.Submission(c.ctx(), c.who, id)
	if err != nil {
		return nil, hidden(err)
	}
	sub := &v.Submission
	d := SubmissionDetail{
		SubmissionAnswer: submissionAnswer(sub, v.Period, v.Unread), Revision: sub.Rev, Files: []FileAnswer{}, Versions: []VersionEntry{}, Actions: append([]string{}, v.Events...),
	}
	files := sub.Files
	if sub.Correction != nil {
		f := formAnswer(sub.Correction.Form)
		d.Correction, files = &f, sub.Correction.Files
	}
	for i := range files {
		d.Files = append(d.Files, fileAnswer(id, &files[i]))
	}
	if sub.Record != "" {
		d.Record = &DocumentLink{SHA256: string(sub.Record), Href: submissionsPath + string(id) + "/record"}
	}
	for _, ver := range v.Versions {
		d.Versions = append(d.Versions, VersionEntry{ver.N, string(ver.Signed), ver.Signer.Name, ver.Received, submissionsPath + string(id) + "/versions/" + strconv.Itoa(ver.N)})
	}
	header := map[string]string{"ETag": answerTag(sub.Rev)}
	if status == http.StatusCreated {
		header["Location"] = submissionsPath + string(id)
	}
	return &result{status: status, header: header, body: d}, nil
}

func listSubmissions(s *server, c *call) (*result, error) {
	f := docket.SubmissionFilter{
		Name: c.query("name"), Number: c.query("number"), Order: docket.SubmissionOrder(c.query("order")), Limit: c.limitOf(20), After: docket.ID(c.query("cursor")),
		WithDrafts: c.query("drafts") == "true",
	}
	for name, day := range map[string]*calendar.Date{"received_from": &f.ReceivedFrom, "received_to": &f.ReceivedTo, "due_from": &f.DueFrom, "due_to": &f.DueTo} {
		if err := day.UnmarshalText([]byte(c.query(name))); err != nil {
			return nil, docket.Invalid(name, docket.KeyDate)
		}
	}
	if state := c.query("state"); state != "" {
		f.States = []docket.SubmissionState{docket.SubmissionState(state)}
		f.WithDrafts = f.WithDrafts || f.States[0] == docket.SubmissionDraft
	}
	rows, total, err := s.Office.Desk.ListSubmissions(c.ctx(), c.who, f)
	if err != nil {
		return nil, err
	}
	out := SubmissionList{Items: []SubmissionAnswer{}, Total: total}
	for i := range rows {
		out.Items = append(out.Items, submissionAnswer(&rows[i].Submission, rows[i].Period, rows[i].Unread))
	}
	if len(rows) == f.Limit {
		out.Next = string(rows[len(rows)-1].ID)
	}
	return &result{status: http.StatusOK, body: out}, nil
}

func getSubmission(s *server, c *call) (*result, error) {
	return s.detail(c, c.path("id"), http.StatusOK)
}

// formOf reads the form's fields over what was there.
func (in *input) formOf(f docket.Form) docket.Form {
	for name, to := range map[string]*string{"coverNumber": &f.CoverNumber, "projectName": &f.ProjectName, "documentType": (*string)(&f.DocumentType)} {
		if text, ok := in.texts[name]; ok {
			*to = text
		}
	}
	if text, ok := in.texts["coverDate"]; ok {
		_ = f.CoverDate.UnmarshalText([]byte(text)) // its form was looked at
	}
	for name, to := range map[string]*bool{"noStateSecret": &f.NoStateSecret, "officialUse": &f.OfficialUse} {
		if text, ok := in.texts[name]; ok {
			*to = text == "true"
		}
	}
	return f
}

// postSubmission starts a project (S1-10, S1-11); what is typed may be incomplete until the record is prepared.
func postSubmission(s *server, c *call) (*result, error) {
	sub, err := s.Office.Desk.DraftSubmission(c.ctx(), c.who)
	if err != nil {
		return nil, err
	}
	return s.fillSubmission(c, sub.ID)
}

func (s *server) fillSubmission(c *call, id docket.ID) (*result, error) {
	if len(c.in.texts) > 0 {
		if _, err := s.Office.Desk.SaveSubmission(c.ctx(), c.who, id, c.in.formOf(docket.Form{})); err != nil {
			return nil, err
		}
	}
	return s.detail(c, id, http.StatusCreated)
}

func madeSubmission(s *server, c *call) (*result, error) {
	if _, err := s.Office.Desk.Submission(c.ctx(), c.who, c.subject); err != nil {
		return nil, err
	}
	return s.fillSubmission(c, c.subject)
}

// errNoMatch and errMatch are conditions of RFC 9110, 13.1.1, and RFC 6585, 3.
var (
	errNoMatch = &conditionError{problem("precondition-required", "If-Match is needed", http.StatusPreconditionRequired)}
	errMatch   = &conditionError{problem("precondition-failed", "It was changed meanwhile", http.StatusPreconditionFailed)}
)

// conditionError is a condition that was not met.
type conditionError struct{ Problem }

// Error names the condition.
func (e *conditionError) Error() string { return "api: " + e.Type }

// putSubmission replaces the form of a draft, or of an opened correction, that is still as the program has read it (S1-22).
func putSubmission(s *server, c *call) (*result, error) {
	tag := strings.TrimSpace(c.r.Header.Get("If-Match"))
	if tag == "" {
		return nil, errNoMatch
	}
	rev, err := strconv.Atoi(strings.Trim(tag, `"`))
	if err != nil || answerTag(rev) != tag {
		return nil, errMatch
	}
	_, err = s.Office.Desk.SaveSubmissionAt(c.ctx(), c.who, c.path("id"), rev, c.in.formOf(docket.Form{}))
	if errors.Is(err, docket.ErrStale) {
		return nil, errMatch
	}
	if err != nil {
		return nil, err
	}
	return s.detail(c, c.path("id"), http.StatusOK)
}

// postFile streams a file into a draft or an opened correction.
func postFile(s *server, c *call) (*result, error) { return addFile(c, s.Office.Desk.AddFile) }

// postDocument adds an additional document to a running project (S1-28).
func postDocument(s *server, c *call) (*result, error) { return addFile(c, s.Office.Desk.AddDocument) }

func addFile(c *call, add func(context.Context, docket.Actor, docket.ID, string, io.Reader) (*docket.File, error)) (*result, error) {
	var f *docket.File
	err := c.uploaded(func(ctx context.Context, name string, r io.Reader) (err error) {
		f, err = add(ctx, c.who, c.path("id"), name, r)
		return err
	})
	if err != nil {
		return nil, err
	}
	return fileMade(c, f), nil
}

func fileMade(c *call, f *docket.File) *result {
	a := fileAnswer(c.path("id"), f)
	return &result{status: http.StatusCreated, header: map[string]string{"Location": a.Href}, body: a}
}

func madeFile(s *server, c *call) (*result, error) {
	v, err := s.Office.Desk.Submission(c.ctx(), c.who, c.path("id"))
	if err != nil {
		return nil, err
	}
	files := v.Submission.Files
	if v.Submission.Correction != nil {
		files = append(files[:len(files):len(files)], v.Submission.Correction.Files...)
	}
	for i := range files {
		if files[i].ID == c.subject {
			return fileMade(c, &files[i]), nil
		}
	}
	return nil, docket.ErrNotFound
}

func getSubmissionFile(s *server, c *call) (*result, error) {
	d, err := s.Office.Desk.DownloadFile(c.ctx(), c.who, c.path("id"), c.path("file"))
	return &result{download: d}, hidden(err)
}

func deleteSubmissionFile(s *server, c *call) (*result, error) {
	return noContent(), s.Office.Desk.RemoveFile(c.ctx(), c.who, c.path("id"), c.path("file"))
}

// postRecord checks form and files and makes the record to sign (S1-12).
func postRecord(s *server, c *call) (*result, error) {
	if _, err := s.Office.Desk.PrepareRecord(c.ctx(), c.who, c.path("id")); err != nil {
		return nil, err
	}
	return s.detail(c, c.path("id"), http.StatusOK)
}

func getRecord(s *server, c *call) (*result, error) {
	d, err := s.Office.Desk.DownloadRecord(c.ctx(), c.who, c.path("id"))
	if errors.Is(err, docket.ErrNotFound) && s.Office.Desk.MayAct(c.ctx(), c.who, c.path("id")) == nil {
		err = docket.Refuse(docket.CodeConflict, docket.KeyRecordMissing)
	}
	return &result{download: d}, hidden(err)
}

// putRecord takes the signed record: our bytes and a person's signature after them. Then the project is received (S1-12, S1-13).
func putRecord(s *server, c *call) (*result, error) {
	err := c.uploaded(func(ctx context.Context, _ string, r io.Reader) error {
		_, err := s.Office.Desk.Submit(ctx, c.who, c.path("id"), r)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.detail(c, c.path("id"), http.StatusOK)
}

func getVersion(s *server, c *call) (*result, error) {
	n, err := strconv.Atoi(string(c.path("version")))
	if err != nil {
		return nil, docket.ErrNotFound
	}
	d, err := s.Office.Desk.DownloadSigned(c.ctx(), c.who, c.path("id"), n)
	return &result{download: d}, hidden(err)
}

// postCorrection opens a correction: a new version, to be signed again (S1-22).
func postCorrection(s *server, c *call) (*result, error) {
	if _, err := s.Office.Desk.Correct(c.ctx(), c.who, c.path("id")); err != nil {
		return nil, err
	}
	return s.detail(c, c.path("id"), http.StatusOK)
}

func postWithdrawal(s *server, c *call) (*result, error) {
	if _, err := s.Office.Desk.Withdraw(c.ctx(), c.who, c.path("id")); err != nil {
		return nil, err
	}
	return s.detail(c, c.path("id"), http.StatusOK)
}

func madeWithdrawal(s *server, c *call) (*result, error) {
	v, err := s.Office.Desk.Submission(c.ctx(), c.who, c.path("id"))
	if err == nil && v.Submission.State != docket.SubmissionWithdrawn {
		err = docket.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return s.detail(c, c.path("id"), http.StatusOK)
}
