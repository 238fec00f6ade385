package desk

import (
	"context"

	"mohur/docket"
)

// notice is what is told: a key, the case and a link, never a title or a name.
type notice struct {
	key          string
	caseNo       string
	link         string // path
	secret       bool
	submissionID docket.ID
	args         map[string]string
}

// tell records a notification and enqueues its delivery.
func (s *Service) tell(ctx context.Context, w docket.Work, channel docket.Channel, to string, user, body docket.ID, agency bool, n notice) error {
	now := s.now()
	row := &docket.Notification{
		ID: docket.NewID(now), Channel: channel, To: to, UserID: user, BodyID: body, ForAgency: agency, Key: n.key, Case: n.caseNo, Link: n.link,
		Secret: n.secret, Args: n.args, SubmissionID: n.submissionID, Created: now,
	}
	if channel != docket.ChannelSystem {
		row.Delivery = docket.PostQueued
		if silent, err := s.discreet(ctx, w, row); silent || err != nil {
			return err
		}
	}
	if err := w.AddNotification(ctx, row); err != nil {
		return err
	}
	if channel == docket.ChannelSystem {
		return nil
	}
	return w.Enqueue(ctx, docket.Task{Kind: docket.TaskDeliver, Subject: row.ID})
}

// discreet keeps to itself what a mail or SMS would say about a labelled case: it holds the number and a link, and goes to named readers only. It
// returns whether nothing is sent at all (requirements 8, 20).
func (s *Service) discreet(ctx context.Context, w docket.Work, n *docket.Notification) (silent bool, err error) {
	if n.SubmissionID == "" {
		return false, nil
	}
	sub, err := w.Submission(ctx, n.SubmissionID)
	if err != nil || !sub.Label.Confidential() {
		return false, err
	}
	n.Key, n.Args = docket.NotifyLabelled, nil
	is, err := w.IsReader(ctx, n.UserID, sub.ID)
	return !is, err
}

// tellBody tells a body's people: in the pages, and by mail to every account with an address.
func (s *Service) tellBody(ctx context.Context, w docket.Work, body docket.ID, n notice) error {
	if err := s.tell(ctx, w, docket.ChannelSystem, "", "", body, false, n); err != nil {
		return err
	}
	users, err := w.UsersOfBody(ctx, body)
	if err != nil {
		return err
	}
	for _, u := range users {
		if u.Email == "" {
			continue
		}
		if err := s.tell(ctx, w, docket.ChannelMail, u.Email, u.ID, body, false, n); err != nil {
			return err
		}
	}
	return nil
}

// tellAgency tells the agency's people in the pages. They see a project under an address of their own.
func (s *Service) tellAgency(ctx context.Context, w docket.Work, body docket.ID, n notice) error {
	if n.submissionID != "" {
		n.link = PathIncoming + string(n.submissionID)
	}
	return s.tell(ctx, w, docket.ChannelSystem, "", "", body, true, n)
}

// tellStaff tells the agency's accounts that who picks: each in the pages and, with an address, by mail. Accounts that are suspended are not told.
func (s *Service) tellStaff(ctx context.Context, w docket.Work, n notice, who func(docket.User) bool) error {
	users, err := w.UsersOfBody(ctx, "")
	if err != nil {
		return err
	}
	for _, u := range users {
		if !u.Suspended.IsZero() || !who(u) {
			continue
		}
		if err := s.tell(ctx, w, docket.ChannelSystem, "", u.ID, "", true, n); err != nil {
			return err
		}
		if u.Email == "" {
			continue
		}
		if err := s.tell(ctx, w, docket.ChannelMail, u.Email, u.ID, "", true, n); err != nil {
			return err
		}
	}
	return nil
}
