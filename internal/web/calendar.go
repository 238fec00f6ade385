package web

import (
	"io"
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"

	"mohur/docket"
	"mohur/docket/calendar"
	"mohur/internal/desk"
)

// termRoutes are the pages of the working-day calendar, of procedures and of messages on their way.
func (s *site) termRoutes(r chi.Router) {
	get := func(path string, h handler, roles ...docket.Role) { r.Get(path, s.page(s.forAgency(h, roles...))) }
	post := func(path string, h handler, roles ...docket.Role) { r.Post(path, s.page(s.forAgency(h, roles...))) }
	get("/calendar", s.calendarPage)
	post("/calendar/days", s.calendarAdd, docket.RoleAdmin)
	post("/calendar/days/remove", s.calendarRemove, docket.RoleAdmin)
	post("/calendar/import", s.calendarImport, docket.RoleAdmin)
	get("/procedures", s.procedures)
	get("/procedures/{code}/change", s.procedureForm, docket.RoleAdmin)
	post("/procedures/{code}/change", s.procedureChange, docket.RoleAdmin)
}

// calendarData is the data of İş günləri təqvimi.
type calendarData struct {
	*desk.CalendarYear
	Previous, Next int
	Change         bool // the actor may
	Kinds          []option
	Remove         string // the day that a refused removal was about
}

// calendarPage shows a year of the working-day calendar: what acts fix, every shifted day with its reason, and how many days are worked
// (requirements 7; İş günləri təqvimi).
func (s *site) calendarPage(w http.ResponseWriter, r *request) error {
	year, err := strconv.Atoi(r.URL.Query().Get("year"))
	if err != nil || year < 2000 || year > 2100 {
		year = calendar.DateOf(s.Now()).Year
	}
	return s.showCalendar(w, r, http.StatusOK, year)
}

func (s *site) showCalendar(w http.ResponseWriter, r *request, code, year int) error {
	of, err := s.Desk.CalendarYear(r.Context(), r.who(), year)
	if err != nil {
		return err
	}
	d := calendarData{CalendarYear: of, Previous: year - 1, Next: year + 1, Change: r.who().Has(docket.RoleAdmin), Remove: r.view.Form["remove"]}
	d.Kinds = []option{{Text: r.view.T("choose")}}
	for _, k := range calendar.DecreedKinds() {
		d.Kinds = append(d.Kinds, option{Value: string(k), Text: r.view.T("calendar.kind." + string(k))})
	}
	r.view.Data = d
	return s.render(w, code, "calendar", r.view)
}

// calendarActed shows the calendar after a change: the year again, or the form with the refusal.
func (s *site) calendarActed(w http.ResponseWriter, r *request, err error, day calendar.Date) error {
	year := day.Year
	if year < 2000 || year > 2100 {
		year = calendar.DateOf(s.Now()).Year
	}
	if err == nil {
		redirect(w, r, "/calendar?year="+strconv.Itoa(year))
		return nil
	}
	if !r.view.refused(err, nil) {
		return err
	}
	return s.showCalendar(w, r, status(err), year)
}

// calendarAdd enters a day; the act is required.
func (s *site) calendarAdd(w http.ResponseWriter, r *request) error {
	form, err := readForm(r.Request, maxFormBytes, nil)
	if err != nil {
		return err
	}
	r.view.Form = form
	day, _ := calendar.Parse(form["date"]) // no date is refused by the desk
	err = s.Desk.PutCalendarDays(r.Context(), r.who(), calendar.Decreed{Date: day, Kind: calendar.DecreedKind(form["kind"]), Source: form["source"]})
	return s.calendarActed(w, r, err, day)
}

// calendarRemove takes a day away, with a reason.
func (s *site) calendarRemove(w http.ResponseWriter, r *request) error {
	form, err := readForm(r.Request, maxFormBytes, nil)
	if err != nil {
		return err
	}
	day, err := calendar.ParseISO(form["day"])
	if err != nil {
		return s.calendarActed(w, r, docket.Invalid("date", docket.KeyDate).Because(err), day)
	}
	kind := calendar.DecreedKind(form["kind"])
	r.view.Form = values{"reason": form["reason"], "remove": day.String() + string(kind)}
	err = s.Desk.RemoveCalendarDay(r.Context(), r.who(), day, kind, form["reason"])
	return s.calendarActed(w, r, err, day)
}

// importData is the data of the preview of an import.
type importData struct {
	Lines []desk.CalendarLine
	Wrong int
	CSV   string
}

// calendarImport shows what a file of days would enter, line by line; only the second press, of a list without faults, enters it.
func (s *site) calendarImport(w http.ResponseWriter, r *request) error {
	text := ""
	form, err := readForm(r.Request, maxFormBytes, func(u upload) error {
		b, err := io.ReadAll(io.LimitReader(u.Reader, maxFieldBytes+1))
		text = string(b)
		return err
	})
	if err != nil {
		return err
	}
	r.view.Form = form
	if text == "" {
		text = form["text"]
	}
	lines, err := s.Desk.ReadCalendar(r.Context(), r.who(), text)
	if err != nil {
		return s.calendarActed(w, r, err, calendar.Date{})
	}
	d, code := importData{Lines: lines, CSV: text}, http.StatusOK
	var days []calendar.Decreed
	for _, l := range lines {
		days = append(days, l.Day)
		if len(l.Errors) > 0 {
			d.Wrong++
		}
	}
	if d.Wrong > 0 {
		code = http.StatusUnprocessableEntity
	} else if form["enter"] == "yes" {
		return s.calendarActed(w, r, s.Desk.PutCalendarDays(r.Context(), r.who(), days...), days[0].Date)
	}
	r.view.Data = d
	return s.render(w, code, "calendar_import", r.view)
}

// Refusals are the sentences of a line's faults.
func (v *view) Refusals(errs docket.Errors) []string {
	out := make([]string, len(errs))
	for i, e := range errs {
		out[i] = v.text(e)
	}
	return out
}
