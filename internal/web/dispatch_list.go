package web

import (
	"net/http"
	"strconv"

	"mohur/docket"
	"mohur/docket/calendar"
	"mohur/internal/desk"
)

// dispatchListPage is the data of Göndərmə siyahısı.
type dispatchListPage struct {
	bookPage
	Rows     []docket.DispatchEntry
	Channels []option
}

// channels are the choices of a way; without the mailbox for a copy.
func channels(v *view, first string, mailbox bool) []option {
	out := []option{{Text: v.T(first)}}
	for _, c := range docket.DispatchChannels() {
		if mailbox || c != docket.DispatchMailbox {
			out = append(out, option{Value: string(c), Text: v.T("dispatches.channel." + string(c))})
		}
	}
	return out
}

// dispatches is Göndərmə siyahısı (S3-05), of today unless a period is chosen; as a page that can be printed, or as a file.
func (s *site) dispatches(w http.ResponseWriter, r *request) error {
	b, from, to, ok := s.book(r, "/dispatches", "number", "addressee", "channel", "unconfirmed")
	p := dispatchListPage{bookPage: b, Channels: channels(r.view, "dispatches.channel.any", true)}
	r.view.Data = &p
	if !ok {
		return s.render(w, http.StatusUnprocessableEntity, "dispatches", r.view)
	}
	form := r.view.Form
	if !p.Filtered {
		from = calendar.DateOf(s.Now())
		to = from
		form["from"], form["to"] = r.view.Day(from), r.view.Day(to)
	}
	f := docket.DispatchFilter{
		From: from, To: to, Number: form["number"], Addressee: form["addressee"], Channel: docket.DispatchChannel(form["channel"]), Unconfirmed: form["unconfirmed"] != "",
		Before: docket.ID(r.URL.Query().Get("after")),
	}
	if r.URL.Query().Get("format") == "csv" {
		return s.dispatchFile(w, r, f)
	}
	f.Limit = bookRows + 1
	rows, err := s.Desk.DispatchList(r.Context(), r.who(), f)
	if err != nil {
		return err
	}
	if len(rows) > bookRows {
		rows = rows[:bookRows]
		p.more(r.URL.Query(), string(rows[bookRows-1].ID))
	}
	p.Rows = rows
	return s.render(w, http.StatusOK, "dispatches", r.view)
}

// dispatchFile is the dispatch list as CSV.
func (s *site) dispatchFile(w http.ResponseWriter, r *request, f docket.DispatchFilter) error {
	v := r.view
	t := newTable(v, "journal.number", "journal.date", "dispatches.letter", "dispatches.addressee", "dispatches.channel", "dispatches.note", "dispatches.delivered", "dispatches.confirmed", "dispatches.by")
	for f.Limit = askRows; t.rows < fileRows; {
		rows, err := s.Desk.DispatchList(r.Context(), r.who(), f)
		if err != nil {
			return err
		}
		for i := range rows {
			e := &rows[i]
			delivered, confirmed := "", ""
			if !e.Delivered.IsZero() {
				delivered = v.DateTime(e.Delivered)
			}
			if !e.Confirmed.IsZero() {
				confirmed = v.DateTime(e.Confirmed)
			}
			t.row(e.Number, v.Day(e.Day), v.T("letter."+string(e.Kind)), e.Addressee, v.T("dispatches.channel."+string(e.Channel)), e.Note, delivered, confirmed, e.ConfirmedBy)
		}
		if len(rows) < askRows {
			break
		}
		f.Before = rows[len(rows)-1].ID
	}
	return t.send(w, "gonderme-siyahisi.csv")
}

// copyPage is the data of a letter's addressees.
type copyPage struct {
	Letter   *docket.Letter
	Rows     []docket.DispatchEntry
	Channels []option
}

// copies shows a letter's lines and the form for a further addressee.
func (s *site) copies(w http.ResponseWriter, r *request) error {
	return s.showCopies(w, r, http.StatusOK)
}

func (s *site) showCopies(w http.ResponseWriter, r *request, code int) error {
	l, err := s.Desk.Letter(r.Context(), r.who(), r.id())
	if err != nil {
		return err
	}
	p := copyPage{Letter: l, Channels: channels(r.view, "dispatches.channel.choose", false)}
	if p.Rows, err = s.Desk.Dispatched(r.Context(), r.who(), l.ID); err != nil {
		return err
	}
	r.view.Data = p
	return s.render(w, code, "dispatches_letter", r.view)
}

// addCopy notes a further addressee.
func (s *site) addCopy(w http.ResponseWriter, r *request) error {
	form, err := readForm(r.Request, maxFormBytes, nil)
	if err != nil {
		return err
	}
	r.view.Form = form
	_, err = s.Desk.AddCopy(r.Context(), r.who(), desk.CopyInput{
		LetterID: r.id(), Addressee: form["addressee"], Channel: docket.DispatchChannel(form["channel"]), Note: form["note"],
	})
	return s.copied(w, r, err)
}

// noteReceipt notes that a copy arrived.
func (s *site) noteReceipt(w http.ResponseWriter, r *request) error {
	_, err := s.Desk.NoteReceipt(r.Context(), r.who(), docket.ID(r.param("entry")))
	return s.copied(w, r, err)
}

func (s *site) copied(w http.ResponseWriter, r *request, err error) error {
	if err == nil {
		redirect(w, r, "/dispatches/"+string(r.id()))
		return nil
	}
	if !r.view.refused(err, nil) {
		return err
	}
	return s.showCopies(w, r, status(err))
}

// confirmReceipt is “Alındığını təsdiq et” of a body's person.
func (s *site) confirmReceipt(w http.ResponseWriter, r *request) error {
	if _, err := s.Desk.ConfirmReceipt(r.Context(), r.who(), r.id()); err != nil {
		return err
	}
	redirect(w, r, "/letters/"+string(r.id()))
	return nil
}

// controlPage is the data of İcraya nəzarət.
type controlPage struct {
	*desk.ControlView
	Filters []option
	Next    string
}

// control is İcraya nəzarət (J14): open cases by due date, the overdue ones first.
func (s *site) control(w http.ResponseWriter, r *request) error {
	q := r.URL.Query()
	show := q.Get("show")
	r.view.Form["show"] = show
	f := desk.ControlFilter{Overdue: show == "overdue", After: docket.ID(q.Get("after")), Limit: bookRows}
	if n, err := strconv.Atoi(show); err == nil {
		f.Within = min(max(n, 1), 366)
	}
	v, err := s.Desk.Control(r.Context(), r.who(), f)
	if err != nil {
		return err
	}
	p := controlPage{ControlView: v}
	for _, o := range []string{"", "overdue", "2", "5", "10"} {
		key := "control.show.days"
		if o == "" || o == "overdue" {
			key = "control.show.all"
			if o != "" {
				key = "control.show.overdue"
			}
			p.Filters = append(p.Filters, option{Value: o, Text: r.view.T(key)})
			continue
		}
		p.Filters = append(p.Filters, option{Value: o, Text: r.view.T(key, "n", o)})
	}
	if len(v.Rows) == bookRows {
		b := bookPage{Base: "/control"}
		b.more(q, string(v.Rows[bookRows-1].ID))
		p.Next = b.Next
	}
	r.view.Data = p
	return s.render(w, http.StatusOK, "control", r.view)
}
