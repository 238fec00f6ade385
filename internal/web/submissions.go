package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"mohur/docket"
	"mohur/docket/calendar"
	"mohur/internal/desk"
)

// listPage is the data of a list of projects, for a body and for the agency.
type listPage struct {
	Base          string // /submissions or /incoming
	Rows          []desk.SubmissionRow
	Total         int
	From, To      int // numbers of the first and last row shown
	Previous      string
	Next          string
	Orders, Sizes []option
	States        []option
	Agency        bool
	MaxFile       int64
}

// mostCounted is where a count of the list stops: more are “10 000-dən çox”.
const mostCounted = 10000

// Many says that there are more rows than are counted.
func (p listPage) Many() bool { return p.Total > mostCounted }

// Most is mostCounted for the page.
func (p listPage) Most() int { return mostCounted }

// Can says whether the actor may do what event names with the project of a line.
func (p listPage) Can(r desk.SubmissionRow, event string) bool {
	return slices.Contains(r.Events, event)
}

// submissions is Göndərilmiş layihələr (S1-15 to S1-30).
func (s *site) submissions(w http.ResponseWriter, r *request) error {
	return s.list(w, r, "/submissions", "submissions")
}

// incoming is Daxil olan layihələr.
func (s *site) incoming(w http.ResponseWriter, r *request) error {
	return s.list(w, r, "/incoming", "incoming")
}

// list answers a list of projects with its search, filters, order and pages. All of it stands in the address, so it can be kept and sent.
func (s *site) list(w http.ResponseWriter, r *request, base, page string) error {
	q := r.URL.Query()
	for _, name := range []string{"name", "number", "received_from", "received_to", "due_from", "due_to", "state", "order", "rows"} {
		r.view.Form[name] = clean(q.Get(name))
	}
	f, faults := s.filter(r.view.Form)
	n, _ := strconv.Atoi(q.Get("page"))
	n = min(max(n, 1), 10000)
	from := place(q, &f, &n)
	status := http.StatusOK
	p := listPage{Base: base, Agency: r.who().OfAgency(), MaxFile: s.Desk.Limits().FileBytes}
	if len(faults) > 0 {
		status = http.StatusUnprocessableEntity
		r.view.refused(faults, nil)
	} else {
		rows, total, err := s.Desk.ListSubmissions(r.Context(), r.who(), f)
		if err != nil {
			return err
		}
		p.Rows, p.Total = rows, total
		p.From, p.To = min(from+1, total), from+len(rows)
		p.Previous, p.Next = pageLinks(base, q, n, rows, p.To < total || docket.Many(total) && len(rows) == f.Limit)
	}
	p.choices(r.view)
	r.view.Data = p
	return s.render(w, status, page, r.view)
}

// place reads where in the list the page lies, and returns how many rows stand before it: after or before a row that the last page showed, so that
// the ten-thousandth page comes as fast as the first; a page that is only numbered is looked for among those that are counted.
func place(q url.Values, f *docket.SubmissionFilter, n *int) int {
	f.After, f.Before = docket.ID(q.Get("after")), docket.ID(q.Get("before"))
	switch {
	case *n == 1:
		f.After, f.Before = "", ""
	case f.After != "":
		f.Before = ""
	case f.Before == "":
		*n = min(*n, docket.CountLimit/f.Limit)
		f.Offset = (*n - 1) * f.Limit
	}
	return (*n - 1) * f.Limit
}

// pageLinks are the addresses of the pages before and after.
func pageLinks(base string, q url.Values, n int, rows []desk.SubmissionRow, more bool) (previous, next string) {
	link := func(to int, side string, row docket.ID) string {
		c := url.Values{}
		for k, v := range q {
			c[k] = v
		}
		c.Del("after")
		c.Del("before")
		c.Set("page", strconv.Itoa(to))
		if to > 1 && row != "" {
			c.Set(side, string(row))
		}
		return base + "?" + c.Encode()
	}
	var first, last docket.ID
	if len(rows) > 0 {
		first, last = rows[0].ID, rows[len(rows)-1].ID
	}
	if n > 1 {
		previous = link(n-1, "before", first)
	}
	if more {
		next = link(n+1, "after", last)
	}
	return previous, next
}

// filter reads the search form. Dates that can't be read are refused, the rest falls back to its default.
func (s *site) filter(form values) (docket.SubmissionFilter, docket.Errors) {
	f := docket.SubmissionFilter{Name: form["name"], Number: form["number"], Order: docket.SubmissionOrder(form["order"])}
	var faults docket.Errors
	for name, to := range map[string]*calendar.Date{
		"received_from": &f.ReceivedFrom, "received_to": &f.ReceivedTo, "due_from": &f.DueFrom, "due_to": &f.DueTo,
	} {
		if form[name] == "" {
			continue
		}
		d, err := parseDay(form[name])
		if err != nil {
			faults = append(faults, docket.Invalid(name, docket.KeyDate))
			continue
		}
		*to = d
	}
	slices.SortFunc(faults, func(a, b *docket.Error) int { return cmpText(b.Field, a.Field) })
	if !slices.Contains(orders(), f.Order) {
		f.Order = docket.OrderReceivedRev
		form["order"] = string(f.Order)
	}
	if slices.Contains(listStates(), docket.SubmissionState(form["state"])) {
		f.States = []docket.SubmissionState{docket.SubmissionState(form["state"])}
	}
	f.Limit, _ = strconv.Atoi(form["rows"])
	if !slices.Contains(sizes(), f.Limit) {
		f.Limit = sizes()[0]
		form["rows"] = strconv.Itoa(f.Limit)
	}
	return f, faults
}

// cmpText compares two names.
func cmpText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// orders are the orders that the list offers.
func orders() []docket.SubmissionOrder {
	return []docket.SubmissionOrder{
		docket.OrderReceivedRev, docket.OrderReceived, docket.OrderDue, docket.OrderDueRev, docket.OrderName, docket.OrderNameRev,
	}
}

// sizes are the numbers of rows that the list offers (göstərilmə sayı).
func sizes() []int { return []int{20, 50, 100} }

// listStates are the states that the list can be narrowed to.
func listStates() []docket.SubmissionState {
	return []docket.SubmissionState{
		docket.SubmissionVerifying, docket.SubmissionSent, docket.SubmissionAccepted, docket.SubmissionInReview, docket.SubmissionDeficient,
		docket.SubmissionDrafted, docket.SubmissionVisa, docket.SubmissionChecked, docket.SubmissionSealed, docket.SubmissionAnswered, docket.SubmissionWithdrawn,
		docket.SubmissionReturned,
	}
}

// choices fills the selects of the search form.
func (p *listPage) choices(v *view) {
	for _, o := range orders() {
		p.Orders = append(p.Orders, option{Value: string(o), Text: v.T("order." + string(o))})
	}
	for _, n := range sizes() {
		p.Sizes = append(p.Sizes, option{Value: strconv.Itoa(n), Text: strconv.Itoa(n)})
	}
	p.States = []option{{Text: v.T("list.state.any")}}
	for _, st := range listStates() {
		p.States = append(p.States, option{Value: string(st), Text: v.T("state.submission." + string(st))})
	}
}

// casePage is the data of one project's page, for a body and for the agency.
type casePage struct {
	*desk.SubmissionView
	Base     string
	Verdicts map[int]verdictView     // by version
	Changes  map[int][]versionChange // what a version changed, by version; the first changed nothing
	MaxFile  int64
}

// Can says whether the actor may do what event names now.
func (p casePage) Can(event string) bool { return slices.Contains(p.Events, event) }

// Opinion is the project's opinion letter, nil if there is none.
func (p casePage) Opinion() *docket.Letter { return opinionLetter(p.Letters) }

// Checklist lists the points of the dispatch check.
func (p casePage) Checklist() []string { return docket.Checklist() }

// MayGiveTask says whether the actor may give one more task, or change one.
func (p casePage) MayGiveTask() bool {
	return p.Group != nil && slices.ContainsFunc(p.Group.Tasks, func(t desk.TaskView) bool { return t.MayChange })
}

// caseView loads a project and makes its verdicts readable.
func (s *site) caseView(r *request, base string) (casePage, error) {
	v, err := s.Desk.Submission(r.Context(), r.who(), r.id())
	if err != nil {
		return casePage{}, err
	}
	p := casePage{SubmissionView: v, Base: base, Verdicts: map[int]verdictView{}, Changes: r.view.versionChanges(v.Versions), MaxFile: s.Desk.Limits().FileBytes}
	for _, version := range v.Versions {
		stored, ok := v.Verifications[version.VerificationID]
		if !ok {
			continue
		}
		if p.Verdicts[version.N], err = r.view.verdictOfStored(&stored); err != nil {
			return casePage{}, err
		}
	}
	return p, nil
}

// submission is Layihə: everything a body may know of its project (S1-29, S1-30).
func (s *site) submission(w http.ResponseWriter, r *request) error {
	return s.showSubmission(w, r, http.StatusOK)
}

// showSubmission shows the project, with the form's errors if there are any.
func (s *site) showSubmission(w http.ResponseWriter, r *request, code int) error {
	p, err := s.caseView(r, "/submissions")
	if err != nil {
		return err
	}
	if p.Submission.State == docket.SubmissionDraft {
		redirect(w, r, "/submit/"+string(r.id()))
		return nil
	}
	r.view.Data = p
	return s.render(w, code, "submission", r.view)
}

// addDocument adds an additional document (S1-28), from the project's page or straight from its line of the list, to which it then leads back.
func (s *site) addDocument(w http.ResponseWriter, r *request) error {
	asked := false
	var outcome error
	form, err := readForm(r.Request, s.Desk.Limits().FileBytes+maxFormBytes, func(u upload) error {
		content, empty := isEmpty(u)
		if u.Field != "document" || asked || empty && u.Name == "" {
			return nil
		}
		asked = true
		_, outcome = s.Desk.AddDocument(r.Context(), r.who(), r.id(), u.Name, content)
		return nil
	})
	switch {
	case asked:
	case err != nil:
		return err
	default:
		outcome = docket.Invalid("document", docket.KeyRequired)
	}
	if outcome == nil {
		s.say(r, "submission.document.done")
		to := "/submissions/" + string(r.id()) + "#files"
		if back := localPath(form["back"]); back == "/submissions" || strings.HasPrefix(back, "/submissions?") {
			to = back + "#case-" + string(r.id())
		}
		redirect(w, r, to)
		return nil
	}
	if !r.view.refused(outcome, map[string]string{"file": "document", "": "document"}) {
		return outcome
	}
	return s.showSubmission(w, r, status(outcome))
}

// correct opens a new version (Düzəliş et, S1-22).
func (s *site) correct(w http.ResponseWriter, r *request) error {
	sub, err := s.Desk.Correct(r.Context(), r.who(), r.id())
	if err != nil {
		return err
	}
	redirect(w, r, "/submit/"+string(sub.ID))
	return nil
}

// withdraw ends a project at the body's wish.
func (s *site) withdraw(w http.ResponseWriter, r *request) error {
	form, err := readForm(r.Request, maxFormBytes, nil)
	if err != nil {
		return err
	}
	r.view.Form = form
	if _, err := s.Desk.WithdrawFor(r.Context(), r.who(), r.id(), form["reason"]); err != nil {
		if docket.CodeOf(err) != docket.CodeInvalid || !r.view.refused(err, nil) {
			return err
		}
		return s.showSubmission(w, r, status(err))
	}
	s.say(r, "submission.withdrawn.done")
	redirect(w, r, "/submissions/"+string(r.id()))
	return nil
}
