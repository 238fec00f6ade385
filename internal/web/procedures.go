package web

import (
	"net/http"
	"strconv"
	"strings"

	"mohur/docket"
	"mohur/docket/calendar"
	"mohur/internal/desk"
)

// proceduresData is the data of Prosedurlar və siyasətlər.
type proceduresData struct {
	Code     docket.ProcedureCode
	Force    docket.Procedure // in force today
	Versions []procedureVersion
	Change   bool // the actor may
}

// procedureVersion is a version beside the one before it.
type procedureVersion struct {
	docket.Procedure
	InForce, Later bool
	Terms          []termView // every term, with what it was before where that differs
}

// procedures shows the terms of a kind of case: what is in force, and each version beside the one before it (requirements 7).
func (s *site) procedures(w http.ResponseWriter, r *request) error {
	list, err := s.Desk.Procedures(r.Context(), r.who(), docket.ProcedureOpinion)
	if err != nil {
		return err
	}
	d := proceduresData{Code: docket.ProcedureOpinion, Force: procedureOn(list, calendar.DateOf(s.Now())), Change: r.who().Has(docket.RoleAdmin)}
	for i, p := range list {
		v := procedureVersion{Procedure: p, InForce: p.Version == d.Force.Version, Later: calendar.DateOf(s.Now()).Before(p.From)}
		v.Terms = r.view.terms(p.Terms)
		if i+1 < len(list) {
			for j, old := range r.view.terms(list[i+1].Terms) {
				if old.New != v.Terms[j].New {
					v.Terms[j].Old = old.New
				}
			}
		}
		d.Versions = append(d.Versions, v)
	}
	r.view.Data = d
	return s.render(w, http.StatusOK, "procedures", r.view)
}

// procedureOn is the version in force on a day, of a list with the newest first.
func procedureOn(list []docket.Procedure, day calendar.Date) (found docket.Procedure) {
	for _, p := range list {
		if !day.Before(p.From) && (found.Version == 0 || found.From.Before(p.From)) {
			found = p
		}
	}
	return found
}

// terms puts terms into words, in one order.
func (v *view) terms(t docket.ProcedureTerms) []termView {
	days := make([]string, len(t.Reminders))
	for i, n := range t.Reminders {
		days[i] = strconv.Itoa(n)
	}
	out := []termView{
		{Label: "procedure.review", New: v.Rule(t.Rule())},
		{Label: "procedure.answer", New: v.period(t.Answer)},
		{Label: "procedure.notice", New: v.period(t.Notice)},
		{Label: "procedure.return", New: v.period(t.Return)},
		{Label: "procedure.reminders", New: strings.Join(days, ", ")},
		{Label: "procedure.visas", New: strings.Join(t.Visas, ", ")},
	}
	for _, kind := range docket.DocumentKinds() {
		label := "procedure.document." + string(kind)
		words := []string{v.T("procedure.level." + string(t.MinimumLevel(kind)))}
		rules := t.SignerRules(kind)
		for _, f := range docket.SignerFields() {
			words = append(words, v.T("signer."+string(f))+": "+v.T("signer.action."+string(rules[f])))
		}
		out = append(out, termView{Label: label, New: strings.Join(words, "; ")})
	}
	return out
}

// period names a period with its rules where they are not the usual ones.
func (v *view) period(p calendar.Period) string {
	text := v.Term(p)
	if p.Start == calendar.StartSameDay {
		text += "; " + v.T("procedure.start.same_day")
	}
	if p.End == calendar.EndNextWorking {
		text += "; " + v.T("procedure.end.next_working")
	}
	return text
}

// The terms of a form, in its order.
var periodNames = [...]string{"review", "answer", "notice", "return"}

// procedureFormData is the data of the form of the next version.
type procedureFormData struct {
	Code    string
	Base    int
	Force   []termView // what is in force, beside the form
	Units   []option
	Starts  []option
	Ends    []option
	Levels  []option
	Actions []option
	Kinds   []docket.DocumentKind
	Fields  []docket.SignerField
	Periods []string
}

// procedureForm is the form of the next version, filled with what is in force.
func (s *site) procedureForm(w http.ResponseWriter, r *request) error {
	return s.showProcedureForm(w, r, http.StatusOK)
}

func (s *site) showProcedureForm(w http.ResponseWriter, r *request, code int) error {
	list, err := s.Desk.Procedures(r.Context(), r.who(), docket.ProcedureCode(r.param("code")))
	if err != nil {
		return err
	}
	v := r.view
	if v.Form == nil || v.Form["base"] == "" {
		v.Form = procedureValues(list[0])
	}
	d := procedureFormData{
		Code: string(list[0].Code), Base: list[0].Version, Force: v.terms(list[0].Terms), Kinds: docket.DocumentKinds(), Fields: docket.SignerFields(), Periods: periodNames[:],
		Starts: []option{{"next_day", v.T("procedure.start.next_day")}, {"same_day", v.T("procedure.start.same_day")}},
		Ends:   []option{{"stays", v.T("procedure.end.stays")}, {"next_working", v.T("procedure.end.next_working")}},
	}
	for _, u := range calendar.Units() {
		d.Units = append(d.Units, option{string(u), v.T("procedure.unit." + string(u))})
	}
	for _, l := range docket.MinimumLevels() {
		d.Levels = append(d.Levels, option{string(l), v.T("procedure.level." + string(l))})
	}
	for _, a := range docket.SignerActions() {
		d.Actions = append(d.Actions, option{string(a), v.T("signer.action." + string(a))})
	}
	v.Data = d
	return s.render(w, code, "procedure_form", v)
}

// procedureValues are the values of the form that say what a version says.
func procedureValues(p docket.Procedure) values {
	f := values{"base": strconv.Itoa(p.Version), "visas": strings.Join(p.Terms.Visas, ", ")}
	for i, period := range []calendar.Period{p.Terms.Review, p.Terms.Answer, p.Terms.Notice, p.Terms.Return} {
		name := periodNames[i]
		f[name], f[name+"_unit"], f[name+"_start"], f[name+"_end"] = strconv.Itoa(period.N), string(period.Unit), "next_day", "stays"
		if period.Start != calendar.StartNextDay {
			f[name+"_start"] = string(period.Start)
		}
		if period.End != calendar.EndStays {
			f[name+"_end"] = string(period.End)
		}
	}
	for i, n := range p.Terms.Reminders {
		if i > 0 {
			f["reminders"] += ", "
		}
		f["reminders"] += strconv.Itoa(n)
	}
	if p.Terms.Suspend {
		f["suspend"] = "yes"
	}
	for _, kind := range docket.DocumentKinds() {
		f["level_"+string(kind)] = string(p.Terms.MinimumLevel(kind))
		for field, action := range p.Terms.SignerRules(kind) {
			f["signer_"+string(kind)+"_"+string(field)] = string(action)
		}
	}
	return f
}

// procedureChange brings the next version into force from its day on.
func (s *site) procedureChange(w http.ResponseWriter, r *request) error {
	form, err := readForm(r.Request, maxFormBytes, nil)
	if err != nil {
		return err
	}
	r.view.Form = form
	in := desk.ProcedureChange{Code: docket.ProcedureCode(r.param("code")), Terms: procedureTerms(form), Why: form["why"]}
	in.Base, _ = strconv.Atoi(form["base"]) // no number is no version
	in.From, _ = calendar.Parse(form["from"])
	if _, err = s.Desk.ChangeProcedure(r.Context(), r.who(), in); err == nil {
		redirect(w, r, "/procedures")
		return nil
	}
	if !r.view.refused(err, nil) {
		return err
	}
	return s.showProcedureForm(w, r, status(err))
}

// procedureTerms reads the form; what is no value is left for the desk to refuse.
func procedureTerms(f values) docket.ProcedureTerms {
	var t docket.ProcedureTerms
	for i, p := range []*calendar.Period{&t.Review, &t.Answer, &t.Notice, &t.Return} {
		name := periodNames[i]
		p.N, _ = strconv.Atoi(f[name])
		p.Unit = calendar.Unit(f[name+"_unit"])
		if start := f[name+"_start"]; start != "next_day" {
			p.Start = calendar.StartRule(start)
		}
		if end := f[name+"_end"]; end != "stays" {
			p.End = calendar.EndRule(end)
		}
	}
	for _, word := range separated(f["reminders"]) {
		n, _ := strconv.Atoi(word) // 0 is refused
		t.Reminders = append(t.Reminders, n)
	}
	t.Visas, t.Suspend = separated(f["visas"]), f["suspend"] == "yes"
	t.Levels, t.Signers = map[docket.DocumentKind]docket.MinimumLevel{}, map[docket.DocumentKind]docket.SignerRules{}
	for _, kind := range docket.DocumentKinds() {
		t.Levels[kind] = docket.MinimumLevel(f["level_"+string(kind)])
		rules := docket.SignerRules{}
		for _, field := range docket.SignerFields() {
			rules[field] = docket.SignerAction(f["signer_"+string(kind)+"_"+string(field)])
		}
		t.Signers[kind] = rules
	}
	return t
}

// separated splits a list that was typed with commas or spaces.
func separated(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '\n' })
}
