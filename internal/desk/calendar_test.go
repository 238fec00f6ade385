package desk

import (
	"strings"
	"testing"

	"mohur/docket"
	"mohur/docket/calendar"
)

const act = "Nazirlər Kabineti, 1 dekabr 2026, № 300"

// TestNextYearsDates: a term that reaches into a year without its dates is provisional, and is computed anew, and told, when they are entered
// (requirements 7).
func TestNextYearsDates(t *testing.T) {
	o := newOffice(t)
	o.register()
	admin := o.user("", "8AD1NIN", docket.RoleAdmin)
	o.under(func(p *docket.ProcedureTerms) { p.Review = calendar.Period{N: 50, Unit: calendar.WorkingDay} })
	o.on(12, 24)
	sub := o.inReview()
	n := must[*docket.Notice](t)(o.NotifyDeficiency(o.ctx(), o.coordinator, sub.ID, []string{"ərizə"}))
	if v := o.view1(sub); !v.Period.Provisional || v.Period.Due != calendar.Of(2027, 3, 11) || !n.Provisional || n.Due != calendar.Of(2027, 1, 7) {
		t.Fatalf("%+v, notice due %s %v", v.Period, n.Due, n.Provisional)
	}
	days := []calendar.Decreed{
		{Date: calendar.Of(2027, 3, 9), Kind: calendar.DecreedRamazan, Source: act},
		{Date: calendar.Of(2027, 3, 10), Kind: calendar.DecreedRamazan, Source: act},
		{Date: calendar.Of(2027, 5, 16), Kind: calendar.DecreedQurban, Source: act},
		{Date: calendar.Of(2027, 5, 17), Kind: calendar.DecreedQurban, Source: act},
	}
	if err := o.PutCalendarDays(o.ctx(), admin, days...); err != nil {
		t.Fatal(err)
	}
	v := o.view1(sub)
	if v.Period.Provisional || v.Period.Due != calendar.Of(2027, 3, 15) || v.Deadlines[0].Due != v.Period.Due || v.Notices[0].Provisional || v.Notices[0].Due != n.Due {
		t.Errorf("%+v, notice %+v", v.Period, v.Notices[0])
	}
	told := 0
	for _, x := range must[[]docket.Notification](t)(o.Notifications(o.ctx(), o.person, 50)) {
		if x.Key == docket.NotifyDueMoved {
			told++
		}
	}
	if told != 1 { // the notice's day did not change
		t.Errorf("told %d times", told)
	}
	if moved, err := o.Recompute(o.ctx()); moved != 0 || err != nil {
		t.Errorf("a repetition moved %d: %v", moved, err)
	}
	y := must[*CalendarYear](t)(o.CalendarYear(o.ctx(), admin, 2027))
	if !y.Complete || len(y.Days) != 4 || len(y.Changes) != 4 || y.Working == 0 {
		t.Errorf("%+v", y)
	}
	if err := o.RemoveCalendarDay(o.ctx(), admin, days[1].Date, days[1].Kind, "səhv"); err != nil {
		t.Fatal(err)
	}
	if v := o.view1(sub); v.Period.Due != calendar.Of(2027, 3, 12) {
		t.Errorf("after the removal: %+v", v.Period)
	}
	o.nothingPersonalIsLogged()
}

func TestCalendarIsTheAdministrators(t *testing.T) {
	o := newOffice(t)
	admin := o.user("", "8AD1NIN", docket.RoleAdmin)
	day := calendar.Decreed{Date: calendar.Of(2027, 3, 9), Kind: calendar.DecreedRamazan, Source: act}
	forbidden := &docket.Error{Code: docket.CodeForbidden}
	for _, who := range []docket.Actor{o.coordinator, o.signatory, docket.Public()} {
		o.wantKey(o.PutCalendarDays(o.ctx(), who, day), docket.KeyForbidden)
		o.wantKey(o.RemoveCalendarDay(o.ctx(), who, day.Date, day.Kind, "x"), docket.KeyForbidden)
		if _, err := o.ReadCalendar(o.ctx(), who, "x"); docket.CodeOf(err) != forbidden.Code {
			t.Error(err)
		}
	}
	bare := day
	bare.Source = " "
	o.wantKey(o.PutCalendarDays(o.ctx(), admin, bare), docket.KeyRequired) // an act is required
	bare = day
	bare.Kind = "bayram"
	o.wantKey(o.PutCalendarDays(o.ctx(), admin, bare), docket.KeyChoice)
	o.wantKey(o.RemoveCalendarDay(o.ctx(), admin, day.Date, day.Kind, " "), docket.KeyRequired)
	if err := o.RemoveCalendarDay(o.ctx(), admin, day.Date, day.Kind, "x"); docket.CodeOf(err) != docket.CodeConflict {
		t.Error(err)
	}
	y := must[*CalendarYear](t)(o.CalendarYear(o.ctx(), o.coordinator, 2026))
	if y.Working != 241 || !y.Complete || len(y.Shifts) != 8 || len(y.Days) != 4 {
		t.Errorf("%+v", y)
	}
}

func TestCalendarFromCSV(t *testing.T) {
	o := newOffice(t)
	admin := o.user("", "8AD1NIN", docket.RoleAdmin)
	text := "\ufefftarix;növ;akt\r\n09.03.2027;ramazan;" + act + "\r\n2026-05-27; QURBAN ;Nazirlər Kabineti, 2 dekabr 2025, № 362\n\n31.02.2027;bayram;\n5.6.2027;working\n"
	lines := must[[]CalendarLine](t)(o.ReadCalendar(o.ctx(), admin, text))
	var got []string
	for _, l := range lines {
		keys := ""
		for _, e := range l.Errors {
			keys += " " + e.Field + ":" + e.Key
		}
		if l.Known {
			keys += " known"
		}
		got = append(got, itoa(l.Line)+" "+l.Day.Date.String()+" "+string(l.Day.Kind)+keys)
	}
	want := "2 2027-03-09 ramazan|3 2026-05-27 qurban known|5  bayram date:error.date kind:error.choice source:error.required|6 2027-06-05 working source:error.required"
	if strings.Join(got, "|") != want {
		t.Errorf("%s\nwant\n%s", strings.Join(got, "|"), want)
	}
	plain := must[[]CalendarLine](t)(o.ReadCalendar(o.ctx(), admin, "9.3.2027,ramazan,\"a, b\""))
	if len(plain) != 1 || plain[0].Day.Source != "a, b" || len(plain[0].Errors) != 0 {
		t.Errorf("%+v", plain)
	}
	for _, bad := range []string{"", "\n\n", "tarix;növ;akt", strings.Repeat("9.3.2027;ramazan;x\n", 1001), strings.Repeat("x", calendarBytes+1)} {
		if l, err := o.ReadCalendar(o.ctx(), admin, bad); err == nil {
			t.Errorf("%.20q gives %d lines", bad, len(l))
		}
	}
}

func FuzzCalendarCSV(f *testing.F) {
	f.Add("tarix;növ;akt\n09.03.2027;ramazan;akt")
	f.Add("2027-03-09,off,\"a\nb\"")
	f.Fuzz(func(t *testing.T, text string) {
		lines, err := calendarLinesOf(text)
		if err == nil && (len(lines) == 0 || len(lines) > calendarLines) {
			t.Fatalf("%d lines", len(lines))
		}
		for _, l := range lines {
			if len(l.Errors) == 0 && (l.Day.Date.IsZero() || !l.Day.Kind.Known() || l.Day.Source == "") {
				t.Fatalf("%+v passes", l)
			}
		}
	})
}

// TestChangeOfAProcedure: an administrator makes the next version, in force from a day on; values that can't be are refused by field.
func TestChangeOfAProcedure(t *testing.T) {
	o := newOffice(t)
	o.register()
	admin := o.user("", "8AD1NIN", docket.RoleAdmin)
	in := ProcedureChange{Code: docket.ProcedureOpinion, Base: 1, From: calendar.Of(2026, 3, 5), Terms: docket.DefaultTerms(), Why: "Əmr № 12"}
	in.Terms.Review = calendar.Period{N: 20, Unit: calendar.WorkingDay}
	_, err := o.ChangeProcedure(o.ctx(), o.coordinator, in)
	o.wantKey(err, docket.KeyForbidden)
	for field, spoil := range map[string]func(*ProcedureChange){
		"review":    func(c *ProcedureChange) { c.Terms.Review.N = 0 },
		"answer":    func(c *ProcedureChange) { c.Terms.Answer.Unit = "week" },
		"reminders": func(c *ProcedureChange) { c.Terms.Reminders = []int{2, 5} },
		"visas":     func(c *ProcedureChange) { c.Terms.Visas = []string{"nobody"} },
		"levels": func(c *ProcedureChange) {
			c.Terms.Levels = map[docket.DocumentKind]docket.MinimumLevel{"record": "best"}
		},
		"signers": func(c *ProcedureChange) {
			c.Terms.Signers = map[docket.DocumentKind]docket.SignerRules{"record": {"eyes": "block"}}
		},
		"why":  func(c *ProcedureChange) { c.Why = " " },
		"from": func(c *ProcedureChange) { c.From = calendar.Of(2026, 2, 28) },
	} {
		bad := in
		spoil(&bad)
		_, err := o.ChangeProcedure(o.ctx(), admin, bad)
		if errs := docket.AsErrors(err); len(errs) != 1 || errs[0].Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	p := must[*docket.Procedure](t)(o.ChangeProcedure(o.ctx(), admin, in))
	if p.Version != 2 || p.MadeByName != admin.Name {
		t.Errorf("%+v", p)
	}
	_, err = o.ChangeProcedure(o.ctx(), admin, in) // made from a version that is no longer the last
	o.wantKey(err, docket.KeyStale)
	if sub := o.sent(); sub.ProcedureVersion != 1 { // not in force yet
		t.Errorf("version %d", sub.ProcedureVersion)
	}
	o.on(3, 5)
	if sub := o.sent(); sub.ProcedureVersion != 2 || sub.DueRule != "20 working" {
		t.Errorf("version %d, %q", sub.ProcedureVersion, sub.DueRule)
	}
	if list := must[[]docket.Procedure](t)(o.Procedures(o.ctx(), o.coordinator, docket.ProcedureOpinion)); len(list) != 2 || list[0].Version != 2 {
		t.Errorf("%+v", list)
	}
}
