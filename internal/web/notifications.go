package web

import (
	"context"
	"net/http"

	"mohur/docket"
)

// notificationDesk is Bildirişlər (S1-16), for a body's people and for the agency's.
type notificationDesk interface {
	Notifications(ctx context.Context, who docket.Actor, limit int) ([]docket.Notification, error)
	UnreadNotifications(ctx context.Context, who docket.Actor) (int, error)
	ReadNotification(ctx context.Context, who docket.Actor, id docket.ID) (link string, err error)
	ReadNotifications(ctx context.Context, who docket.Actor) error
}

// notificationsShown is how many notifications the page lists.
const notificationsShown = 100

// notificationRoutes are the page and what marks as read; both sides have them.
func (s *site) notificationRoutes(get, post func(path string, h handler)) {
	get("/notifications", s.notifications)
	post("/notifications/read", s.notificationsRead)
	post("/notifications/{id}", s.notificationRead)
}

// forMembers lets whoever is logged in in.
func (s *site) forMembers(h handler) handler {
	return func(w http.ResponseWriter, r *request) error {
		if !r.view.LoggedIn {
			redirect(w, r, "/log-in")
			return nil
		}
		return h(w, r)
	}
}

// notifications lists what was told, newest first.
func (s *site) notifications(w http.ResponseWriter, r *request) error {
	list, err := s.Desk.Notifications(r.Context(), r.who(), notificationsShown)
	if err != nil {
		return err
	}
	r.view.Data = list
	return s.render(w, http.StatusOK, "notifications", r.view)
}

// notificationRead marks one as read and leads to what it is about.
func (s *site) notificationRead(w http.ResponseWriter, r *request) error {
	link, err := s.Desk.ReadNotification(r.Context(), r.who(), r.id())
	if err != nil {
		return err
	}
	if link == "" {
		link = "/notifications"
	}
	redirect(w, r, localPath(link))
	return nil
}

// notificationsRead marks all as read.
func (s *site) notificationsRead(w http.ResponseWriter, r *request) error {
	if err := s.Desk.ReadNotifications(r.Context(), r.who()); err != nil {
		return err
	}
	s.say(r, "notifications.allread")
	redirect(w, r, "/notifications")
	return nil
}

// unreadBadge counts for the badge of the navigation. A page is shown without it rather than not at all.
func (s *site) unreadBadge(r *http.Request, v *view) {
	if !v.LoggedIn || r.Method != http.MethodGet && !v.Actor.OfBody() && !v.Actor.OfAgency() {
		return
	}
	n, err := s.Desk.UnreadNotifications(r.Context(), v.Actor)
	if err != nil {
		s.Log.WarnContext(r.Context(), "notifications were not counted")
		return
	}
	v.Unread = n
}
