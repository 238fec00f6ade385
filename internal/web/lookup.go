package web

import (
	"net/http"

	"mohur/docket"
	"mohur/docket/calendar"
	"mohur/internal/desk"
	"mohur/internal/locale"
)

// lookupPage is what the public look-up says: never addressee, subject or contents.
type lookupPage struct {
	Letter  *desk.PublicLetter
	Verdict verdictView
}

// lookupForm is the public look-up by number, date and control code.
func (s *site) lookupForm(w http.ResponseWriter, r *request) error {
	return s.render(w, http.StatusOK, "lookup", r.view)
}

// lookup finds by number, date and control code; unknown and wrong look the same.
func (s *site) lookup(w http.ResponseWriter, r *request) error {
	form, err := readForm(r.Request, maxFormBytes, nil)
	if err != nil {
		return err
	}
	r.view.Form = form
	var faults docket.Errors
	for _, name := range []string{"number", "date", "code"} {
		if form[name] == "" {
			faults = append(faults, docket.Invalid(name, docket.KeyRequired))
		}
	}
	day, err := parseDay(form["date"])
	if form["date"] != "" && err != nil {
		faults = append(faults, docket.Invalid("date", docket.KeyDate))
	}
	var found *desk.PublicLetter
	if err = faults; len(faults) == 0 {
		found, err = s.Desk.LookUpNumber(r.Context(), form["number"], day, form["code"])
		if docket.CodeOf(err) == docket.CodeNotFound {
			err = docket.Invalid("number", docket.KeyLookup)
		}
	}
	if err != nil {
		if !r.view.refused(err, nil) {
			return err
		}
		return s.render(w, status(err), "lookup", r.view)
	}
	return s.showLookup(w, r, found)
}

// lookupAddress finds by the 128-bit address of the QR code.
func (s *site) lookupAddress(w http.ResponseWriter, r *request) error {
	found, err := s.Desk.LookUpAddress(r.Context(), r.param("address"))
	if err != nil {
		return err
	}
	return s.showLookup(w, r, found)
}

// showLookup shows number, date, sealing unit and verdict.
func (s *site) showLookup(w http.ResponseWriter, r *request, found *desk.PublicLetter) error {
	verdict, err := r.view.verdictOfStored(&found.Verification)
	if err != nil {
		return err
	}
	r.view.Data = lookupPage{Letter: found, Verdict: verdict}
	return s.render(w, http.StatusOK, "lookup_result", r.view)
}

// parseDay reads a date as people type it.
func parseDay(s string) (calendar.Date, error) {
	t, err := locale.ParseDate(s)
	if err != nil {
		return calendar.Date{}, err
	}
	return calendar.Date{Year: t.Year(), Month: t.Month(), Day: t.Day()}, nil
}
