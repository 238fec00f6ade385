package api

import (
	"net/http"
	"strconv"
	"time"

	"mohur/docket"
	"mohur/internal/desk"
)

// LetterAnswer is an official letter.
type LetterAnswer struct {
	ID         docket.ID     `json:"id"`
	Kind       string        `json:"kind"`
	State      string        `json:"state"`
	Submission docket.ID     `json:"submission,omitempty"`
	Subject    string        `json:"subject"`
	Outcome    string        `json:"outcome,omitempty" doc:"of an opinion"`
	Number     string        `json:"number,omitempty"`
	Date       string        `json:"date,omitempty" format:"date"`
	Dispatched time.Time     `json:"dispatched,omitzero" doc:"since when it stands in the body's mailbox"`
	FirstRead  time.Time     `json:"firstRead,omitzero"`
	Document   *DocumentLink `json:"document,omitempty" doc:"the sealed file"`
	Href       string        `json:"href"`
}

// LetterList is a page of letters.
type LetterList struct {
	Items []LetterAnswer `json:"items"`
	Next  string         `json:"next,omitempty" doc:"cursor of the next page"`
}

func letterAnswer(l *docket.Letter) LetterAnswer {
	a := LetterAnswer{
		ID: l.ID, Kind: string(l.Kind), State: string(l.State), Submission: l.SubmissionID, Subject: l.Subject, Outcome: string(l.Outcome), Number: l.Number,
		Date: l.NumberDate.String(), Dispatched: l.Dispatched, FirstRead: l.FirstRead, Href: "/v1/letters/" + string(l.ID),
	}
	if l.Sealed != "" {
		a.Document = &DocumentLink{SHA256: string(l.Sealed), Href: a.Href + "/document"}
	}
	return a
}

// listLetters lists a body's mailbox, newest first (S1-27).
func listLetters(s *server, c *call) (*result, error) {
	limit := c.limitOf(50)
	offset, _ := strconv.Atoi(c.query("cursor"))
	list, total, err := s.Office.Desk.Mailbox(c.ctx(), c.who, limit, offset)
	if err != nil {
		return nil, err
	}
	out := LetterList{Items: []LetterAnswer{}}
	for i := range list {
		out.Items = append(out.Items, letterAnswer(&list[i]))
	}
	if offset+len(list) < total && len(list) > 0 {
		out.Next = strconv.Itoa(offset + len(list))
	}
	return &result{status: http.StatusOK, body: out}, nil
}

func listSubmissionLetters(s *server, c *call) (*result, error) {
	list, err := s.Office.Desk.LettersOf(c.ctx(), c.who, c.path("id"))
	if err != nil {
		return nil, hidden(err)
	}
	out := LetterList{Items: []LetterAnswer{}}
	for i := range list {
		out.Items = append(out.Items, letterAnswer(&list[i]))
	}
	return &result{status: http.StatusOK, body: out}, nil
}

func getLetter(s *server, c *call) (*result, error) {
	l, err := s.Office.Desk.Letter(c.ctx(), c.who, c.path("id"))
	if err != nil {
		return nil, hidden(err)
	}
	return &result{status: http.StatusOK, body: letterAnswer(l)}, nil
}

// getLetterDocument gives the sealed file; a body's first download is recorded as its reading.
func getLetterDocument(s *server, c *call) (*result, error) {
	d, err := s.Office.Desk.DownloadLetter(c.ctx(), c.who, c.path("id"))
	return &result{download: d}, hidden(err)
}

// NoticeAnswer is a deficiency notice (S1-14).
type NoticeAnswer struct {
	ID          docket.ID `json:"id"`
	Letter      docket.ID `json:"letter,omitempty"`
	Items       []string  `json:"items" doc:"what is missing"`
	Created     time.Time `json:"created"`
	Due         string    `json:"due" format:"date" doc:"last day for the answer"`
	Provisional bool      `json:"provisional" doc:"the calendar of the due year is not complete yet"`
	Answered    time.Time `json:"answered,omitzero"`
}

// NoticeList is the notices of a project.
type NoticeList struct {
	Items []NoticeAnswer `json:"items"`
}

func listNotices(s *server, c *call) (*result, error) {
	list, err := s.Office.Desk.Notices(c.ctx(), c.who, c.path("id"))
	if err != nil {
		return nil, hidden(err)
	}
	out := NoticeList{Items: []NoticeAnswer{}}
	for _, n := range list {
		out.Items = append(out.Items, NoticeAnswer{n.ID, n.LetterID, append([]string{}, n.Items...), n.Created, n.Due.String(), n.Provisional, n.Answered})
	}
	return &result{status: http.StatusOK, body: out}, nil
}

// MessageAnswer is a line of a project's correspondence (S1-31).
type MessageAnswer struct {
	ID          docket.ID    `json:"id"`
	FromAgency  bool         `json:"fromAgency"`
	Author      string       `json:"author"`
	Text        string       `json:"text"`
	Sent        time.Time    `json:"sent"`
	Read        time.Time    `json:"read,omitzero" doc:"first reading by the other side"`
	Withdrawn   time.Time    `json:"withdrawn,omitzero"`
	Attachments []FileAnswer `json:"attachments"`
}

// MessageList is a page of messages, oldest first.
type MessageList struct {
	Items    []MessageAnswer `json:"items"`
	Previous string          `json:"previous,omitempty" doc:"cursor of what was written before"`
}

func messageAnswer(m *docket.Message) MessageAnswer {
	a := MessageAnswer{ID: m.ID, FromAgency: m.FromAgency, Author: m.Author, Text: m.Text, Sent: m.Sent, Read: m.FirstRead, Withdrawn: m.Withdrawn, Attachments: []FileAnswer{}}
	for i := range m.Attachments {
		f := fileAnswer(m.SubmissionID, &m.Attachments[i])
		f.Href = "/v1/messages/" + string(m.ID) + "/attachments/" + string(f.ID)
		a.Attachments = append(a.Attachments, f)
	}
	return a
}

// listMessages lists a project's messages; what the other side wrote counts as read then.
func listMessages(s *server, c *call) (*result, error) {
	f := docket.MessageFilter{Query: c.query("q"), Before: docket.ID(c.query("cursor")), Limit: c.limitOf(100)}
	list, err := s.Office.Desk.ReadMessages(c.ctx(), c.who, c.path("id"), f)
	if err != nil {
		return nil, hidden(err)
	}
	out := MessageList{Items: []MessageAnswer{}}
	for i := range list {
		out.Items = append(out.Items, messageAnswer(&list[i]))
	}
	if len(list) == f.Limit {
		out.Previous = string(list[0].ID)
	}
	return &result{status: http.StatusOK, body: out}, nil
}

// postMessage writes a message with its documents (S1-32).
func postMessage(s *server, c *call) (*result, error) {
	var files []desk.Attachment
	for _, f := range c.in.files["attachments"] {
		files = append(files, desk.Attachment{Name: f.name, Content: f.content()})
	}
	m, err := s.Office.Desk.WriteMessage(c.ctx(), c.who, c.path("id"), c.in.texts["text"], files)
	if err != nil {
		return nil, err
	}
	return &result{status: http.StatusCreated, body: messageAnswer(m)}, nil
}

func madeMessage(s *server, c *call) (*result, error) {
	m, err := s.Office.Desk.MessageMade(c.ctx(), c.who, c.subject)
	if err != nil {
		return nil, err
	}
	return &result{status: http.StatusCreated, body: messageAnswer(m)}, nil
}

func getAttachment(s *server, c *call) (*result, error) {
	d, err := s.Office.Desk.DownloadAttachment(c.ctx(), c.who, c.path("id"), c.path("file"))
	return &result{download: d}, hidden(err)
}
