package desk

import (
	"context"
	"strings"

	"mohur/docket"
)

// mostUnread is where the count of unread notifications stops.
const mostUnread = 100

// member refuses who is neither of a body nor of the agency.
func member(who docket.Actor) error {
	if !who.OfBody() && !who.OfAgency() {
		return docket.Refuse(docket.CodeForbidden, docket.KeyForbidden)
	}
	return nil
}

// Notifications lists what the program told the actor's body, or the agency (S1-16), newest first; Read is when the actor read it.
func (s *Service) Notifications(ctx context.Context, who docket.Actor, limit int) (list []docket.Notification, err error) {
	if err := member(who); err != nil {
		return nil, err
	}
	err = s.store.Read(ctx, func(w docket.Work) error {
		if list, err = w.NotificationsFor(ctx, who.BodyID, reader(who), limit); err != nil {
			return err
		}
		read, err := w.Readings(ctx, who.UserID, list)
		for i := range list {
			list[i].Read = read[list[i].ID]
		}
		return err
	})
	return list, err
}

// UnreadNotifications counts what the actor has not read, to a hundred.
func (s *Service) UnreadNotifications(ctx context.Context, who docket.Actor) (n int, err error) {
	if err := member(who); err != nil {
		return 0, err
	}
	err = s.store.Read(ctx, func(w docket.Work) error {
		n, err = w.CountUnread(ctx, who.BodyID, reader(who), mostUnread)
		return err
	})
	return n, err
}

// ReadNotification notes that the actor has read a notification and says which page it is about; empty: none. One that was told to somebody else
// is not found.
func (s *Service) ReadNotification(ctx context.Context, who docket.Actor, id docket.ID) (link string, err error) {
	if err := member(who); err != nil {
		return "", err
	}
	err = s.store.InTx(ctx, func(w docket.Work) error {
		n, err := w.Notification(ctx, id)
		if err != nil {
			return err
		}
		if n.Channel != docket.ChannelSystem || n.ForAgency != who.OfAgency() || who.OfBody() && n.BodyID != who.BodyID {
			return docket.ErrNotFound
		}
		if n.SubmissionID != "" {
			sub, err := w.Submission(ctx, n.SubmissionID)
			if err == nil {
				err = s.named(ctx, w, who, sub.Label, sub.ID)
			}
			if err != nil {
				return err
			}
		}
		link = strings.TrimPrefix(n.Link, s.cfg.BaseURL)
		if n.SubmissionID != "" && link == "" {
			link = PathSubmission + string(n.SubmissionID)
			if n.ForAgency {
				link = PathIncoming + string(n.SubmissionID)
			}
		}
		return w.ReadNotification(ctx, who.UserID, id, s.now())
	})
	return link, err
}

// ReadNotifications notes that the actor has read everything that was told until now.
func (s *Service) ReadNotifications(ctx context.Context, who docket.Actor) error {
	if err := member(who); err != nil {
		return err
	}
	return s.store.InTx(ctx, func(w docket.Work) error { return w.ReadUntil(ctx, who.UserID, s.now()) })
}
