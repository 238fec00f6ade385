package web

import (
	"net/http"
	"strconv"
	"strings"

	"mohur/docket"
)

// profileFormPage is the data of the form that proposes a version.
type profileFormPage struct {
	Name                                              string // of the profile to change; empty: a new one
	Base                                              int
	Unit                                              string
	Credentials, Formats, Levels, Inputs, Certificate []option
	Kinds                                             []choice
	Image                                             docket.Hash
}

// choice is one of several boxes.
type choice struct {
	ID, Text string
	Checked  bool
}

const kindBox = "kind_"

// sealProfileForm is the form, filled with what is in force.
func (s *site) sealProfileForm(w http.ResponseWriter, r *request) error {
	active, err := s.activeProfile(r)
	if err != nil {
		return err
	}
	if active == nil {
		r.view.Form = values{"level": string(docket.LevelT), "input": string(docket.InputUnbroken), "visible": "yes", "qr": "yes", "per_day": "0"}
	} else {
		r.view.Form = profileValues(active)
	}
	return s.showProfileForm(w, r, http.StatusOK, active)
}

// activeProfile is the version in force of the profile that the path names; nil for a new profile, and for one that ended.
func (s *site) activeProfile(r *request) (*docket.SealProfile, error) {
	name := r.param("name")
	if name == "" {
		return nil, nil
	}
	list, err := s.Profiles.Profiles(r.Context(), r.who(), docket.SealProfileFilter{Name: name})
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, docket.ErrNotFound
	}
	for i := range list {
		if list[i].State == docket.ProfileActive {
			return &list[i], nil
		}
	}
	return nil, nil
}

// profileValues are the typed values that make the version.
func profileValues(p *docket.SealProfile) values {
	yes := map[bool]string{true: "yes"}
	f := values{
		"unit": p.Unit, "credential": p.Credential, "format": string(p.Format), "level": string(p.Level), "input": string(p.Input),
		"hash_allowed": yes[p.HashAllowed], "clients": strings.Join(p.Clients, "\n"), "per_day": strconv.Itoa(p.PerDay), "visible": yes[p.Appearance.Visible],
		"lines": strings.Join(p.Appearance.Lines, "\n"), "qr": yes[p.Appearance.QR], "image_kept": string(p.Appearance.Image),
		"certification": strconv.Itoa(p.Certification),
	}
	for _, k := range p.Kinds {
		f[kindBox+k] = "yes"
	}
	return f
}

// showProfileForm shows the form with what was typed.
func (s *site) showProfileForm(w http.ResponseWriter, r *request, code int, active *docket.SealProfile) error {
	v := r.view
	p := profileFormPage{Name: r.param("name"), Image: docket.Hash(v.Form["image_kept"])}
	if active != nil {
		p.Base, p.Unit = active.Version, active.Unit
	}
	if base, typed := v.Form["base"]; typed {
		p.Base = wholeNumber(base)
	}
	for _, c := range s.Profiles.Credentials() {
		p.Credentials = append(p.Credentials, option{c, c})
	}
	for _, f := range docket.SealFormats() {
		p.Formats = append(p.Formats, option{string(f), string(f)})
	}
	for _, l := range docket.SealLevels() {
		p.Levels = append(p.Levels, option{string(l), string(l) + " – " + v.T("profile.level."+string(l))})
	}
	for _, i := range docket.InputRules() {
		p.Inputs = append(p.Inputs, option{string(i), v.T("profile.input." + string(i))})
	}
	for i := range 4 {
		n := strconv.Itoa(i)
		p.Certificate = append(p.Certificate, option{n, v.T("profile.certification." + n)})
	}
	for _, k := range docket.SealKinds() {
		p.Kinds = append(p.Kinds, choice{ID: kindBox + k, Text: v.kindWord(k), Checked: v.Form[kindBox+k] == "yes"})
	}
	v.Data = p
	return s.render(w, code, "profile_form", v)
}

// sealProfilePropose takes the form. A picture is stored as it comes, so that it needs no second upload when something else is wrong.
func (s *site) sealProfilePropose(w http.ResponseWriter, r *request) error {
	active, err := s.activeProfile(r)
	if err != nil {
		return err
	}
	var image docket.Hash
	var imageErr error
	form, err := readForm(r.Request, maxFormBytes, func(u upload) error {
		content, empty := isEmpty(u)
		if u.Field == "image" && !empty {
			image, imageErr = s.Profiles.PutImage(r.Context(), content)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if image != "" && imageErr == nil {
		form["image_kept"] = string(image)
	} else if form["image_remove"] == "yes" {
		form["image_kept"] = ""
	}
	r.view.Form = form
	if imageErr != nil {
		err = docket.Invalid("image", docket.KeyProfileImage).Because(imageErr)
	} else {
		var p *docket.SealProfile
		if p, err = s.Profiles.ProposeProfile(r.Context(), r.who(), proposalOf(r.param("name"), form)); err == nil {
			redirect(w, r, profilePath(p.Name))
			return nil
		}
	}
	if !r.view.refused(err, nil) {
		return err
	}
	return s.showProfileForm(w, r, status(err), active)
}

// proposalOf reads the typed values.
func proposalOf(name string, f values) docket.SealProposal {
	if name == "" {
		name = f["name"]
	}
	t := docket.SealTerms{
		Unit: f["unit"], Credential: f["credential"], Format: docket.SealFormat(f["format"]), Level: docket.SealLevel(f["level"]), Input: docket.InputRule(f["input"]),
		HashAllowed: f["hash_allowed"] == "yes", Clients: linesOf(f["clients"]), PerDay: wholeNumber(f["per_day"]), Certification: wholeNumber(f["certification"]),
		Appearance: docket.SealAppearance{
			Visible: f["visible"] == "yes", Lines: linesOf(f["lines"]), QR: f["qr"] == "yes", Image: docket.Hash(f["image_kept"]),
		},
	}
	if t.Format == docket.FormatCAdES { // nothing of it is seen: boxes of the other format don't count
		t.Appearance = docket.SealAppearance{}
	}
	for _, k := range docket.SealKinds() {
		if f[kindBox+k] == "yes" {
			t.Kinds = append(t.Kinds, k)
		}
	}
	return docket.SealProposal{Name: name, Base: wholeNumber(f["base"]), Why: f["why"], Terms: t}
}

// linesOf splits what was typed one a line.
func linesOf(s string) []string {
	var out []string
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// wholeNumber reads a typed number; what is none is -1, which no field takes.
func wholeNumber(s string) int {
	n, err := strconv.Atoi(strings.ReplaceAll(strings.TrimSpace(s), " ", ""))
	if err != nil {
		return -1
	}
	return n
}

// term puts the value of a term into words.
func (v *view) term(t *docket.SealTerms, field, value string) string {
	switch field {
	case "hash_allowed", "visible", "qr":
		return map[string]string{"true": v.T("yes"), "false": v.T("no")}[value]
	case "level":
		return value + " – " + v.T("profile.level."+value)
	case "input", "certification":
		return v.T("profile." + field + "." + value)
	case "kinds":
		words := make([]string, len(t.Kinds))
		for i, k := range t.Kinds {
			words[i] = v.kindWord(k)
		}
		value = strings.Join(words, ", ")
	case "per_day":
		return v.Count(t.PerDay)
	case "image":
		value = initial(docket.Hash(value))
	}
	if value == "" {
		return "–"
	}
	return value
}

// Kind names a kind of documents, for templates.
func (v *view) Kind(kind string) string { return v.kindWord(kind) }

// kindWord names a kind of documents.
func (v *view) kindWord(kind string) string {
	if key := "letter." + kind; v.Has(key) {
		return v.T(key)
	}
	return v.T("profile.kind." + kind)
}
