package web

import (
	"net/http"
	"slices"

	"github.com/go-chi/chi/v5"

	"mohur/docket"
	"mohur/internal/desk"
)

// outgoingRoutes are the pages of mail and SMS on their way.
func (s *site) outgoingRoutes(r chi.Router) {
	r.Get("/outgoing", s.page(s.forAgency(s.outgoing, docket.RoleAdmin)))
	r.Post("/outgoing/{id}", s.page(s.forAgency(s.sendAgain, docket.RoleAdmin)))
}

// outgoingData is the data of Göndərilən bildirişlər.
type outgoingData struct {
	*desk.OutgoingPage
	State  docket.PostState
	States []docket.PostState
}

// Again says whether an administrator may send a message again.
func (outgoingData) Again(n docket.Notification) bool {
	return n.Delivery == docket.PostGivenUp || n.Delivery == docket.PostUnknown
}

// outgoing shows mail and SMS with how far each is; masked addresses, no texts (requirements 8, 18 and 21).
func (s *site) outgoing(w http.ResponseWriter, r *request) error {
	q := r.URL.Query()
	f := docket.OutgoingFilter{Delivery: docket.PostState(q.Get("state")), Before: docket.ID(q.Get("before"))}
	if !slices.Contains(docket.PostStates(), f.Delivery) {
		f.Delivery = ""
	}
	p, err := s.Desk.OutgoingMessages(r.Context(), r.who(), f)
	if err != nil {
		return err
	}
	r.view.Data = outgoingData{OutgoingPage: p, State: f.Delivery, States: docket.PostStates()}
	return s.render(w, http.StatusOK, "outgoing", r.view)
}

// sendAgain queues a message anew.
func (s *site) sendAgain(w http.ResponseWriter, r *request) error {
	if err := s.Desk.SendAgain(r.Context(), r.who(), r.id()); err != nil {
		return err
	}
	s.say(r, "outgoing.said")
	redirect(w, r, "/outgoing")
	return nil
}
