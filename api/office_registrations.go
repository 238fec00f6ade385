package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"mohur/docket"
	"mohur/internal/desk"
)

// BodyAnswer is a state body of the directory.
type BodyAnswer struct {
	ID   docket.ID `json:"id"`
	Name string    `json:"name"`
	VOEN string    `json:"voen"`
}

// BodyList is a list of bodies.
type BodyList struct {
	Items []BodyAnswer `json:"items"`
}

// RegistrationAnswer is a registration (S1-02 to S1-08). Key is told to who made it only: with it he reads what becomes of it.
type RegistrationAnswer struct {
	ID        docket.ID `json:"id"`
	Key       string    `json:"key,omitempty" doc:"reads this registration without an account; keep it secret"`
	State     string    `json:"state" enum:"draft,verifying,submitted,approved,refused,suspended"`
	Case      string    `json:"case" doc:"how messages name it"`
	Body      docket.ID `json:"body"`
	BodyName  string    `json:"bodyName"`
	Submitted time.Time `json:"submitted,omitzero"`
	Decided   time.Time `json:"decided,omitzero"`
	Reason    string    `json:"reason,omitempty"`
	Mismatch  bool      `json:"mismatch" doc:"the letter's certificate names another body"`
}

// RegistrationList is a page of registrations.
type RegistrationList struct {
	Items []RegistrationAnswer `json:"items"`
	Next  string               `json:"next,omitempty" doc:"cursor of the next page"`
}

func registrationAnswer(r *docket.Registration, key bool) *RegistrationAnswer {
	a := &RegistrationAnswer{
		ID: r.ID, State: string(r.State), Case: r.Case(), Body: r.BodyID, BodyName: r.BodyName, Submitted: r.Submitted, Decided: r.DecidedAt, Reason: r.Reason,
		Mismatch: r.Mismatch,
	}
	if key {
		a.Key = r.Access
	}
	return a
}

// limitOf is the address's limit, or another number.
func (c *call) limitOf(otherwise int) int {
	if n, err := strconv.Atoi(c.query("limit")); err == nil {
		return n
	}
	return otherwise
}

func (c *call) query(name string) string { return c.r.URL.Query().Get(name) }

func listBodies(s *server, c *call) (*result, error) {
	list, err := s.Office.Desk.Bodies(c.ctx(), c.query("q"), c.limitOf(50))
	if err != nil {
		return nil, err
	}
	out := BodyList{Items: []BodyAnswer{}}
	for _, b := range list {
		out.Items = append(out.Items, BodyAnswer{b.ID, b.Name, b.VOEN})
	}
	return &result{status: http.StatusOK, body: out}, nil
}

// postRegistration is the registration page's verb (S1-02 to S1-07): the letter is verified at once.
func postRegistration(s *server, c *call) (*result, error) {
	if after, ok := s.registrations.request(s.Visitor(c.r)); !ok {
		return nil, docket.Refuse(docket.CodeLimited, docket.KeyLimited).With("after", strconv.Itoa(int(after/time.Second)+1))
	}
	in := desk.RegisterBodyInput{BodyID: docket.ID(c.in.texts["body"]), Email: c.in.texts["email"], Mobile: c.in.texts["mobile"]}
	if f := c.in.file("letter"); f != nil {
		in.Letter, in.LetterName = f.content(), f.name
	}
	reg, err := s.Office.Desk.RegisterBody(c.ctx(), docket.Public(), in)
	if err != nil {
		return nil, err
	}
	return registered(reg), nil
}

func registered(r *docket.Registration) *result {
	return &result{status: http.StatusCreated, header: map[string]string{"Location": "/v1/registrations/" + r.Access}, body: registrationAnswer(r, true)}
}

func madeRegistration(s *server, c *call) (*result, error) {
	r, err := s.Office.Desk.RegistrationMade(c.ctx(), c.subject)
	if err != nil {
		return nil, err
	}
	if r.State == docket.RegistrationDraft { // the earlier try was refused
		return nil, docket.ErrNotFound
	}
	return registered(r), nil
}

func getRegistration(s *server, c *call) (*result, error) {
	r, err := s.Office.Desk.RegistrationOf(c.ctx(), c.who, string(c.path("id")))
	if err != nil {
		return nil, hidden(err)
	}
	return &result{status: http.StatusOK, body: registrationAnswer(r, false)}, nil
}

// hidden is not found where something may not be known of.
func hidden(err error) error {
	if errors.Is(err, &docket.Error{Code: docket.CodeForbidden}) {
		return docket.ErrNotFound
	}
	return err
}

// listRegistrations lists the registrations of everybody to the agency, its own to a body.
func listRegistrations(s *server, c *call) (*result, error) {
	out := RegistrationList{Items: []RegistrationAnswer{}}
	if c.who.OfBody() {
		r, err := s.Office.Desk.OwnRegistration(c.ctx(), c.who)
		if err == nil {
			out.Items = append(out.Items, *registrationAnswer(r, false))
		}
		if errors.Is(err, docket.ErrNotFound) {
			err = nil
		}
		return &result{status: http.StatusOK, body: out}, err
	}
	f := docket.RegistrationFilter{Query: c.query("q"), Limit: c.limitOf(50)}
	if state := c.query("state"); state != "" {
		f.States = []docket.RegistrationState{docket.RegistrationState(state)}
	}
	f.Offset, _ = strconv.Atoi(c.query("cursor"))
	list, total, err := s.Office.Desk.ListRegistrations(c.ctx(), c.who, f)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if list[i].State != docket.RegistrationDraft {
			out.Items = append(out.Items, *registrationAnswer(&list[i], false))
		}
	}
	if f.Offset+len(list) < total {
		out.Next = strconv.Itoa(f.Offset + len(list))
	}
	return &result{status: http.StatusOK, body: out}, nil
}

// EventAnswer is something that happened.
type EventAnswer struct {
	ID         docket.ID `json:"id"`
	Place      int64     `json:"place" doc:"place among all events; ask for what comes after the last one"`
	Type       string    `json:"type" example:"submission.received"`
	Subject    docket.ID `json:"subject" doc:"id of the registration, submission or letter"`
	Submission docket.ID `json:"submission,omitempty" doc:"the project it belongs to"`
	Number     string    `json:"number,omitempty"`
	Time       time.Time `json:"time"`
}

// EventList is what happened after a place.
type EventList struct {
	Items []EventAnswer `json:"items"`
	Last  int64         `json:"last" doc:"the place to ask after next"`
	More  bool          `json:"more" doc:"more is there already"`
}

func listEvents(s *server, c *call) (*result, error) {
	f := docket.EventFilter{Limit: c.limitOf(100)}
	f.After, _ = strconv.ParseInt(c.query("after"), 10, 64)
	if t := c.query("type"); t != "" {
		f.Types = []docket.EventType{docket.EventType(t)}
	}
	list, last, err := s.Office.Desk.Events(c.ctx(), c.who, f)
	if err != nil {
		return nil, err
	}
	out := EventList{Items: []EventAnswer{}, Last: last, More: len(list) == f.Limit}
	for _, e := range list {
		out.Items = append(out.Items, EventAnswer{e.ID, e.N, string(e.Type), e.Subject, e.Submission, e.Number, e.At})
	}
	return &result{status: http.StatusOK, body: out}, nil
}

// NumberAnswer is a line of a journal (S3-03).
type NumberAnswer struct {
	Number  string    `json:"number"`
	Seq     int       `json:"seq"`
	Date    string    `json:"date" format:"date"`
	Subject docket.ID `json:"subject" doc:"id of the letter or submission that holds it"`
	Taken   time.Time `json:"taken"`
	Voided  time.Time `json:"voided,omitzero" doc:"annulled"`
	Reason  string    `json:"reason,omitempty"`
}

// NumberList is a journal's year.
type NumberList struct {
	Items []NumberAnswer `json:"items"`
}

func listNumbers(s *server, c *call) (*result, error) {
	year, err := strconv.Atoi(c.query("year"))
	if err != nil {
		year = s.Now().UTC().Add(4 * time.Hour).Year() // Baku
	}
	list, err := s.Office.Desk.JournalNumbers(c.ctx(), c.who, docket.Journal(c.query("journal")), c.query("case"), year)
	if err != nil {
		return nil, err
	}
	out := NumberList{Items: []NumberAnswer{}}
	for _, n := range list {
		out.Items = append(out.Items, NumberAnswer{n.Text, n.Seq, n.Date.String(), n.Subject, n.Taken, n.Voided, n.Reason})
	}
	return &result{status: http.StatusOK, body: out}, nil
}

// noContent drains nothing and answers that there is nothing to say.
func noContent() *result { return &result{status: http.StatusNoContent} }

// uploaded gives a call's file to a verb.
func (c *call) uploaded(do func(ctx context.Context, name string, r io.Reader) error) error {
	f := c.in.file("file")
	if f == nil {
		return docket.Invalid("file", docket.KeyRequired)
	}
	return do(c.ctx(), f.name, f.content())
}
