package web

import (
	"strings"
	"testing"

	"mohur/docket"
)

// TestCalendarPage: a day wants its act, a removal its reason, and a file is shown line by line before anything of it is entered.
func TestCalendarPage(t *testing.T) {
	d := newFakeDesk()
	v := site0(t, d, nil).logIn("admin")
	for path, c := range map[string]struct {
		form []string
		code int
		says string
	}{
		"/calendar/days":        {[]string{"date", "9.3.2027", "kind", "ramazan", "source", ""}, 422, `aria-invalid="true"`},
		"/calendar/days/remove": {[]string{"day", "2026-03-20", "kind", "ramazan"}, 422, `<details open>`},
		"/calendar/import":      {[]string{"text", "wrong", "enter", "yes"}, 422, "31.02.2027; bayram"},
	} {
		if a := v.post(path, c.form...); a.code != c.code || !strings.Contains(a.body, c.says) {
			t.Errorf("%s: %d", path, a.code)
		}
	}
	if a := v.post("/calendar/import", "text", "good"); a.code != 200 || !strings.Contains(a.body, `name="enter" value="yes"`) || len(d.asked) > 0 {
		t.Errorf("%d, asked %v", a.code, d.asked)
	}
	for path, form := range map[string][]string{
		"/calendar/days":        {"date", "9.3.2027", "kind", "ramazan", "source", "akt"},
		"/calendar/days/remove": {"day", "2026-03-20", "kind", "ramazan", "reason", "səhv"},
		"/calendar/import":      {"text", "good", "enter", "yes"},
	} {
		if a := v.post(path, form...); a.code != 303 || !strings.HasPrefix(a.location, "/calendar?year=202") {
			t.Errorf("%s: %d %s", path, a.code, a.location)
		}
	}
	if asked := strings.Join(d.asked, "; "); !strings.Contains(asked, "remove day 2026-03-20") || strings.Count(asked, "day 2027-03-09 ramazan") != 3 {
		t.Error(asked)
	}
}

// TestProcedureForm: what the form shows is what it sends back, and a wrong value leaves everything that was typed.
func TestProcedureForm(t *testing.T) {
	d := newFakeDesk()
	v := site0(t, d, nil).logIn("admin")
	list, err := d.Procedures(t.Context(), docket.Actor{}, docket.ProcedureOpinion)
	if err != nil {
		t.Fatal(err)
	}
	form := procedureValues(list[0])
	form["from"], form["why"] = "1.1.2028", "əmr"
	if got := procedureTerms(form); got.Rule() != "30 calendar next_working suspend" || len(got.Visas) != 2 || got.Answer != list[0].Terms.Answer {
		t.Errorf("%+v", got)
	}
	if a := v.post("/procedures/opinion/change", pairsOf(form)...); a.code != 303 || d.asked[0] != "procedure opinion 30 calendar next_working suspend from 2028-01-01" {
		t.Errorf("%d %v", a.code, d.asked)
	}
	form["review"] = "soon"
	a := v.post("/procedures/opinion/change", pairsOf(form)...)
	if a.code != 422 || !strings.Contains(a.body, `value="soon"`) || !strings.Contains(a.body, `href="#review"`) {
		t.Errorf("%d", a.code)
	}
	if a := v.get("/procedures/nothing/change"); a.code != 404 {
		t.Error(a.code)
	}
}

func pairsOf(form values) (pairs []string) {
	for name, value := range form {
		pairs = append(pairs, name, value)
	}
	return pairs
}
