package web

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"mohur/docket"
	"mohur/docket/calendar"
)

// Rows of a page, and of a file, which is bounded too: who wants more chooses a shorter period.
const (
	bookRows = 50
	fileRows = 10000
	askRows  = 1000
)

// bookPage is what the pages of books share: the filter's words, the next page, the same as a file.
type bookPage struct {
	Base, Next, CSV string
	Filtered        bool
}

// book reads the filter's words from the address, with its dates; ok is false if one of them can't be read.
func (s *site) book(r *request, base string, names ...string) (p bookPage, from, to calendar.Date, ok bool) {
	q := r.URL.Query()
	for _, name := range append(names, "from", "to") {
		r.view.Form[name] = clean(q.Get(name))
		p.Filtered = p.Filtered || r.view.Form[name] != ""
	}
	var faults docket.Errors
	for name, d := range map[string]*calendar.Date{"from": &from, "to": &to} {
		if v := r.view.Form[name]; v != "" {
			var err error
			if *d, err = calendar.Parse(v); err != nil {
				faults = append(faults, docket.Invalid(name, docket.KeyDate))
			}
		}
	}
	c := url.Values{}
	for k, v := range q {
		c[k] = v
	}
	c.Del("after")
	c.Set("format", "csv")
	p.Base, p.CSV = base, base+"?"+c.Encode()
	if len(faults) > 0 {
		r.view.refused(faults, nil)
		return p, from, to, false
	}
	return p, from, to, true
}

// more is the address of the next page, which begins after the row.
func (p *bookPage) more(q url.Values, after string) {
	c := url.Values{}
	for k, v := range q {
		c[k] = v
	}
	c.Set("after", after)
	p.Next = p.Base + "?" + c.Encode()
}

// journalPage is the data of a journal.
type journalPage struct {
	bookPage
	Incoming bool
	Rows     []docket.JournalRow
	Kinds    []option
}

// journalIn is Daxil olan sənədlər jurnalı (S3-03).
func (s *site) journalIn(w http.ResponseWriter, r *request) error {
	return s.journal(w, r, docket.JournalIncoming, "/journals/incoming")
}

// journalOut is Göndərilən sənədlər jurnalı (S3-03).
func (s *site) journalOut(w http.ResponseWriter, r *request) error {
	return s.journal(w, r, docket.JournalOutgoing, "/journals/outgoing")
}

// journal shows a journal, or sends what the filter selects as a file.
func (s *site) journal(w http.ResponseWriter, r *request, j docket.Journal, base string) error {
	b, from, to, ok := s.book(r, base, "number", "kind", "annulled")
	p := journalPage{bookPage: b, Incoming: j == docket.JournalIncoming}
	kinds, err := s.Desk.JournalKinds(r.Context())
	if err != nil {
		return err
	}
	labels := map[string]string{}
	p.Kinds = []option{{Text: r.view.T("journal.kind.any")}}
	for _, k := range kinds {
		labels[k.Code] = k.In(string(r.view.Lang()))
		p.Kinds = append(p.Kinds, option{Value: k.Code, Text: labels[k.Code]})
	}
	r.view.Data = &p
	if !ok {
		return s.render(w, http.StatusUnprocessableEntity, "journal", r.view)
	}
	form := r.view.Form
	f := docket.JournalFilter{Journal: j, From: from, To: to, Number: form["number"], Kind: form["kind"], Annulled: form["annulled"] != "", After: journalPlace(r.URL.Query().Get("after"))}
	if r.URL.Query().Get("format") == "csv" {
		return s.journalFile(w, r, f, labels)
	}
	f.Limit = bookRows + 1
	rows, err := s.Desk.Journal(r.Context(), r.who(), f)
	if err != nil {
		return err
	}
	if len(rows) > bookRows {
		rows = rows[:bookRows]
		at := rows[bookRows-1].At()
		p.more(r.URL.Query(), strings.Join([]string{at.Day.String(), at.Unit, at.Case, strconv.Itoa(at.Seq)}, "~"))
	}
	p.Rows = rows
	return s.render(w, http.StatusOK, "journal", r.view)
}

// journalPlace reads where a page begins; what is no place is the beginning.
func journalPlace(s string) (at docket.JournalAt) {
	parts := strings.Split(s, "~")
	if len(parts) != 4 {
		return at
	}
	day, err := calendar.ParseISO(parts[0])
	seq, err2 := strconv.Atoi(parts[3])
	if err != nil || err2 != nil {
		return at
	}
	return docket.JournalAt{Day: day, Unit: parts[1], Case: parts[2], Seq: seq}
}

// journalFile is the journal as CSV.
func (s *site) journalFile(w http.ResponseWriter, r *request, f docket.JournalFilter, kinds map[string]string) error {
	v := r.view
	t := newTable(v, "journal.number", "journal.date", "journal.correspondent", "journal.kind", "journal.annexes", "journal.content", "journal.executor", "journal.due", "journal.state", "journal.annulled", "journal.reason")
	for f.Limit = askRows; t.rows < fileRows; {
		rows, err := s.Desk.Journal(r.Context(), r.who(), f)
		if err != nil {
			return err
		}
		for i := range rows {
			n := &rows[i]
			annulled := ""
			if !n.Voided.IsZero() {
				annulled = v.DateTime(n.Voided)
			}
			t.row(n.Text, v.Day(n.Date), n.Correspondent, kinds[n.Kind], v.Count(n.Annexes), v.JournalContent(n), n.Executor, v.Day(n.Due), v.JournalState(n), annulled, n.Reason)
		}
		if len(rows) < askRows {
			break
		}
		f.After = rows[len(rows)-1].At()
	}
	return t.send(w, "jurnal-"+string(f.Journal)+".csv")
}

// ContentOf and StateOf are the same for templates, which range over values.
func (v *view) ContentOf(n docket.JournalRow) string { return v.JournalContent(&n) }

// StateOf is JournalState of a value.
func (v *view) StateOf(n docket.JournalRow) string { return v.JournalState(&n) }

// JournalContent is the short content of a journal's row; of what is labelled it says only that.
func (v *view) JournalContent(n *docket.JournalRow) string {
	if n.Label.Confidential() {
		return v.T("journal.official_use")
	}
	return n.Content
}

// JournalState is where the document of a row stands.
func (v *view) JournalState(n *docket.JournalRow) string {
	switch {
	case !n.Voided.IsZero():
		return v.T("state.letter.annulled")
	case n.LetterState != "":
		return v.T("state.letter." + string(n.LetterState))
	case n.State != "":
		return v.T("state.submission." + string(n.State))
	}
	return ""
}

// table is a list as a file: CSV as spreadsheets read it here, with a byte order mark, so that ə and ş come out right.
type table struct {
	b    bytes.Buffer
	w    *csv.Writer
	rows int
}

// newTable begins a file with its head line.
func newTable(v *view, keys ...string) *table {
	t := new(table)
	t.b.WriteString("\uFEFF")
	t.w = csv.NewWriter(&t.b)
	t.w.UseCRLF = true
	head := make([]string, len(keys))
	for i, k := range keys {
		head[i] = v.T(k)
	}
	t.row(head...)
	t.rows = 0
	return t
}

// row adds a line. What a spreadsheet would read as a formula begins with an apostrophe.
func (t *table) row(cells ...string) {
	for i, c := range cells {
		if c != "" && strings.ContainsRune("=+-@\t\r", rune(c[0])) {
			cells[i] = "'" + c
		}
	}
	_ = t.w.Write(cells) // into memory
	t.rows++
}

// send answers with the file.
func (t *table) send(w http.ResponseWriter, name string) error {
	t.w.Flush()
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(t.b.Bytes()) // the visitor may have left
	return nil
}
