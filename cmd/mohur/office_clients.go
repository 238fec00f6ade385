package main

import (
	"errors"
	"fmt"
	"slices"

	"mohur/docket"
	"mohur/internal/desk"
)

// checkOffice refuses what a client says of its business in the office where it can't be meant.
func (k clientConfig) checkOffice() error {
	known := docket.Scopes(k.Body == "")
	for _, s := range k.Scopes {
		if !slices.Contains(known, docket.Scope(s)) {
			return fmt.Errorf(`"scopes" holds %q, which is none of %q`, s, known)
		}
	}
	switch {
	case (k.Body == "") != (k.Person == ""):
		return errors.New(`"body" and "person" need each other`)
	case k.Body != "" && !docket.ValidVOEN(k.Body):
		return errors.New(`"body" is not a VÖEN of ten digits`)
	case k.Body != "" && len(k.Scopes) == 0:
		return errors.New(`"scopes" is missing: what it may do for the body`)
	}
	return nil
}

// officeTerms are what the configuration says of a client's business in the office.
func (o *office) officeTerms(client string) (desk.ClientTerms, bool) {
	k, ok := o.cfg.Clients[client]
	if !ok || len(k.Scopes) == 0 {
		return desk.ClientTerms{}, false
	}
	t := desk.ClientTerms{Name: client, VOEN: k.Body, FIN: k.Person}
	for _, s := range k.Scopes {
		t.Scopes = append(t.Scopes, docket.Scope(s))
	}
	return t, true
}
