package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"mohur/docket"
	"mohur/internal/oauth"
	"mohur/internal/webeid"
)

// Authorisations is how a signatory agrees to what a program wants signed: internal/oauth.
type Authorisations interface {
	// ParsePerson reads what a program sent the browser here with; an *oauth.BackError says where to send it back.
	ParsePerson(v url.Values) (*oauth.PersonRequest, error)
	// Agree and Decline note the decision and return where the browser goes.
	Agree(ctx context.Context, who docket.Actor, r *oauth.PersonRequest) (string, error)
	Decline(ctx context.Context, who docket.Actor, r *oauth.PersonRequest) (string, error)
}

// authorisePage is the data of Proqramın imza istəyi.
type authorisePage struct {
	Client, Profile, Unit, Digest, Algorithm, Description string
	Hashes                                                []authorisedHash
	Fields                                                []option // of the request, to be read again with the decision
	Back                                                  string   // the program's host
}

// authorisedHash is one hash with the program's word for its document.
type authorisedHash struct{ Label, Beginning string }

// maxAuthorise bounds a decision: the request comes again with it.
const maxAuthorise = 512 << 10

// authoriseForm shows a signatory the very hashes that a program wants signed.
func (s *site) authoriseForm(w http.ResponseWriter, r *request) error {
	q := r.URL.Query()
	wish, err := s.Authorisations.ParsePerson(q)
	if err != nil {
		return s.notAuthorised(w, r, err)
	}
	p := authorisePage{
		Client: wish.Client.Name, Profile: wish.Set.Profile, Digest: wish.Digest.String(), Algorithm: wish.Set.SignAlgorithm, Description: wish.Description,
	}
	if p.Unit, err = s.unitOf(r, wish.Set.Profile, wish.Client.Name); err != nil {
		return err
	}
	for i, h := range wish.Values {
		p.Hashes = append(p.Hashes, authorisedHash{Label: wish.Labels[i], Beginning: webeid.Fingerprint(h)})
	}
	for name, all := range q {
		p.Fields = append(p.Fields, option{Value: name, Text: all[0]})
	}
	slices.SortFunc(p.Fields, func(a, b option) int { return strings.Compare(a.Value, b.Value) })
	back, err := url.Parse(wish.RedirectURI)
	if err != nil {
		return err
	}
	p.Back = back.Host
	// After the decision the browser goes to the program's own address, which the configuration names: browsers ask form-action for that too.
	h := w.Header()
	h.Set("Content-Security-Policy", strings.Replace(h.Get("Content-Security-Policy"), "form-action 'self'", "form-action 'self' "+back.Scheme+"://"+back.Host, 1))
	r.view.Data = p
	return s.render(w, http.StatusOK, "authorise", r.view)
}

// unitOf is the words on the profile's seal. A profile that is not in force, or not the program's, is refused before anybody agrees to anything.
func (s *site) unitOf(r *request, name, client string) (string, error) {
	if s.Profiles == nil {
		return "", docket.Refuse(docket.CodeInvalid, "error.authorise")
	}
	list, err := s.Profiles.Profiles(r.Context(), r.who(), docket.SealProfileFilter{Name: name, States: []docket.SealProfileState{docket.ProfileActive}})
	if err != nil {
		return "", err
	}
	for _, p := range list {
		if p.Name == name && p.State == docket.ProfileActive && p.Admits(client) {
			return p.Unit, nil
		}
	}
	return "", docket.Refuse(docket.CodeInvalid, "error.authorise")
}

// authorise notes the decision and sends the browser back to the program. The request is read again from the form, so what was shown and what
// is agreed to are one text.
func (s *site) authorise(w http.ResponseWriter, r *request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxAuthorise)
	if err := r.ParseForm(); err != nil {
		return tooLarge(err, maxAuthorise)
	}
	decision := r.PostForm.Get("decision")
	r.PostForm.Del("decision")
	wish, err := s.Authorisations.ParsePerson(r.PostForm)
	if err != nil {
		return s.notAuthorised(w, r, err)
	}
	if _, err := s.unitOf(r, wish.Set.Profile, wish.Client.Name); err != nil {
		return err
	}
	decide := s.Authorisations.Decline
	if decision == "agree" {
		decide = s.Authorisations.Agree
	}
	location, err := decide(r.Context(), r.who(), wish)
	if err != nil {
		return err
	}
	http.Redirect(w, r.Request, location, http.StatusSeeOther)
	return nil
}

// notAuthorised sends a wrong request back to the program where it is known, and shows anything else to the person.
func (s *site) notAuthorised(w http.ResponseWriter, r *request, err error) error {
	if back, ok := errors.AsType[*oauth.BackError](err); ok {
		http.Redirect(w, r.Request, back.Location, http.StatusSeeOther)
		return nil
	}
	return docket.Refuse(docket.CodeInvalid, "error.authorise").Because(err)
}
