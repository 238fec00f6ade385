package web

import (
	"github.com/go-chi/chi/v5"

	"mohur/docket"
)

// wayOutRoutes are the pages of a letter's way out and of those who stand in for somebody; the desk says who may do what.
func (s *site) wayOutRoutes(r chi.Router) {
	get := func(path string, h handler, roles ...docket.Role) { r.Get(path, s.page(s.forAgency(h, roles...))) }
	post := func(path string, h handler, roles ...docket.Role) { r.Post(path, s.page(s.forAgency(h, roles...))) }
	signatory := docket.RoleSignatory
	get("/sign", s.signQueue, signatory)
	get("/sign/{id}", s.signForm, signatory)
	post("/sign/{id}", s.signUpload, signatory)
	get("/sign/{id}/file", s.signFile, signatory)
	if s.Signings != nil {
		r.Post("/sign/{id}/signing", s.script(s.forAgency(s.signSigning, signatory)))
		r.Post("/sign/{id}/signing/{signing}", s.script(s.forAgency(s.signSigned, signatory)))
	}
	post("/sign/{id}/demo", s.signDemo, signatory)
	post("/sign/{id}/return", s.signReturn, signatory)
	out := []docket.Role{docket.RoleCoordinator, docket.RoleDispatchChecker, docket.RoleSignatory}
	get("/dispatches", s.dispatches, out...)
	get("/dispatches/{id}", s.copies, out...)
	post("/dispatches/{id}", s.addCopy, out...)
	post("/dispatches/{id}/lines/{entry}/received", s.noteReceipt, out...)
	readers := append(out[:len(out):len(out)], docket.RoleArchivist)
	get("/journals/incoming", s.journalIn, readers...)
	get("/journals/outgoing", s.journalOut, readers...)
	get("/control", s.control, docket.RoleCoordinator, docket.RoleSignatory, docket.RoleVisaGiver)
	get("/delegations", s.delegations)
	post("/delegations", s.delegate)
	post("/delegations/{id}/end", s.endDelegation)
}
