package web

import (
	"net/http"
	"strconv"

	"mohur/docket"
)

// mailboxRows is how many letters a page of the mailbox shows.
const mailboxRows = 50

// mailboxPage is the data of the mailbox.
type mailboxPage struct {
	Letters  []docket.Letter
	Total    int
	Previous int
	Next     int
}

// mailbox lists the sealed letters delivered to the body (S1-27).
func (s *site) mailbox(w http.ResponseWriter, r *request) error {
	n, _ := strconv.Atoi(r.URL.Query().Get("page"))
	n = min(max(n, 1), 10000)
	all, total, err := s.Desk.Mailbox(r.Context(), r.who(), mailboxRows, (n-1)*mailboxRows)
	if err != nil {
		return err
	}
	p := mailboxPage{Letters: all, Total: total, Previous: n - 1}
	if n*mailboxRows < total {
		p.Next = n + 1
	}
	r.view.Data = p
	return s.render(w, http.StatusOK, "letters", r.view)
}

// letterView is a delivered letter with its line of the dispatch list.
type letterView struct {
	*docket.Letter
	Lines []docket.DispatchEntry
}

// letter shows one delivered letter.
func (s *site) letter(w http.ResponseWriter, r *request) error {
	l, err := s.Desk.Letter(r.Context(), r.who(), r.id())
	if err != nil {
		return err
	}
	lines, err := s.Desk.Dispatched(r.Context(), r.who(), l.ID)
	if err != nil {
		return err
	}
	r.view.Data = letterView{l, lines}
	return s.render(w, http.StatusOK, "letter", r.view)
}
