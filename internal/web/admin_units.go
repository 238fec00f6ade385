package web

import (
	"net/http"
	"slices"
	"strconv"

	"mohur/docket"
)

// units is Struktur bölmələri.
func (s *site) units(w http.ResponseWriter, r *request) error {
	list, err := s.Desk.Units(r.Context(), r.who())
	if err != nil {
		return err
	}
	r.view.Data = list
	return s.render(w, http.StatusOK, "units", r.view)
}

// unitPage is the data of one unit.
type unitPage struct {
	Unit  docket.Unit
	Kinds []option
}

// unitForm is the form of a unit, new or as it is.
func (s *site) unitForm(w http.ResponseWriter, r *request) error {
	u := docket.Unit{Active: true, Kind: docket.UnitOther}
	if id := r.id(); id != "" {
		found, err := s.unit(r, id)
		if err != nil {
			return err
		}
		u = *found
	}
	f := r.view.Form
	f["unit_code"], f["unit_name"], f["nameEn"], f["nameRu"], f["kind"] = u.Code, u.Name, u.NameEn, u.NameRu, string(u.Kind)
	f["active"], f["order"] = map[bool]string{true: "yes"}[u.Active], strconv.Itoa(u.Order)
	return s.showUnit(w, r, http.StatusOK, u)
}

func (s *site) unit(r *request, id docket.ID) (*docket.Unit, error) {
	list, err := s.Desk.Units(r.Context(), r.who())
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(list, func(u docket.Unit) bool { return u.ID == id })
	if i < 0 {
		return nil, docket.ErrNotFound
	}
	return &list[i], nil
}

func (s *site) showUnit(w http.ResponseWriter, r *request, code int, u docket.Unit) error {
	p := unitPage{Unit: u}
	for _, k := range docket.UnitKinds() {
		p.Kinds = append(p.Kinds, option{string(k), r.view.T("unit.kind." + string(k))})
	}
	r.view.Data = p
	return s.render(w, code, "unit", r.view)
}

// unitPut makes or changes a unit; its code stays.
func (s *site) unitPut(w http.ResponseWriter, r *request) error {
	form, err := readForm(r.Request, maxFormBytes, nil)
	if err != nil {
		return err
	}
	r.view.Form = form
	u := docket.Unit{
		Code: form["unit_code"], Name: form["unit_name"], NameEn: form["nameEn"], NameRu: form["nameRu"], Kind: docket.UnitKind(form["kind"]), Active: form["active"] == "yes",
		Order: wholeNumber(form["order"]),
	}
	old := docket.Unit{}
	if id := r.id(); id != "" {
		found, err := s.unit(r, id)
		if err != nil {
			return err
		}
		old, u.Code = *found, found.Code
	}
	if _, err := s.Desk.PutUnit(r.Context(), r.who(), u); err != nil {
		if !r.view.refused(err, map[string]string{"name": "unit_name", "code": "unit_code"}) {
			return err
		}
		return s.showUnit(w, r, status(err), old)
	}
	redirect(w, r, "/admin/units")
	return nil
}
