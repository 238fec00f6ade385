package desk

import (
	"context"
	"io"
	"strings"
	"unicode/utf8"

	"mohur/docket"
)

// Attachment is an uploaded document of a message.
type Attachment struct {
	Name    string
	Content io.Reader
}

// maxMessage is how many characters a message may have, maxReason how many a reason.
const (
	maxMessage = 10000
	maxReason  = 1000
)

// messageText checks the text of a message.
func messageText(text string) (string, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return "", docket.Invalid("text", docket.KeyRequired)
	case utf8.RuneCountInString(text) > maxMessage:
		return "", docket.Invalid("text", docket.KeyTooLong).With("max", maxMessage)
	}
	return text, nil
}

// WriteMessage writes a message about a project with all its documents at once, from either side; for programs. People write in a draft and
// send that: SendMessage.
func (s *Service) WriteMessage(ctx context.Context, who docket.Actor, id docket.ID, text string, attachments []Attachment) (*docket.Message, error) {
	text, err := messageText(text)
	if err != nil {
		return nil, err
	}
	if err := s.store.Read(ctx, func(w docket.Work) error { _, err := s.visible(ctx, w, who, id); return err }); err != nil {
		return nil, err
	}
	m := s.newMessage(who, id, text)
	m.ID = newID(ctx, m.Sent)
	ctx = Intend(ctx, "") // its documents have ids of their own
	for _, a := range attachments {
		f, err := s.storeFile(ctx, a.Name, a.Content)
		if err != nil {
			return nil, err
		}
		if err := s.fits(m.Attachments, f); err != nil {
			return nil, err
		}
		m.Attachments = append(m.Attachments, *f)
	}
	if err := s.store.InTx(ctx, func(w docket.Work) error { return s.post(ctx, w, who, m) }); err != nil {
		return nil, err
	}
	return m, nil
}

// newMessage is one that is being sent now.
func (s *Service) newMessage(who docket.Actor, id docket.ID, text string) *docket.Message {
	if caseWorker(who) {
		who = who.As(docket.RoleCoordinator, docket.RoleExpert, docket.RoleDispatchChecker, docket.RoleSignatory)
	}
	now := s.now()
	m := &docket.Message{ID: docket.NewID(now), SubmissionID: id, FromAgency: !who.OfBody(), AuthorID: who.UserID, Author: s.signsAs(who), Text: text, Sent: now}
	if who.Program != "" && m.FromAgency {
		m.AuthorID = "" // no account stands behind it
	}
	return m
}

// correspondent returns a project that the actor may see and that has a correspondence.
func (s *Service) correspondent(ctx context.Context, w docket.Work, who docket.Actor, id docket.ID) (*docket.Submission, error) {
	sub, err := s.visible(ctx, w, who, id)
	if err != nil {
		return nil, err
	}
	if sub.State == docket.SubmissionDraft {
		return nil, docket.Refuse(docket.CodeConflict, docket.KeyState).With("state", string(sub.State)).With("event", "write_message")
	}
	return sub, nil
}

// post records a message, tells the other side (S1-16) and writes the entry.
func (s *Service) post(ctx context.Context, w docket.Work, who docket.Actor, m *docket.Message) error {
	sub, err := s.correspondent(ctx, w, who, m.SubmissionID)
	if err != nil {
		return err
	}
	if err := w.AddMessage(ctx, m); err != nil {
		return err
	}
	n := notice{key: docket.NotifyMessage, caseNo: sub.Number, link: PathSubmission + string(sub.ID), submissionID: sub.ID}
	if m.FromAgency {
		err = s.tellBody(ctx, w, sub.BodyID, n)
	} else {
		err = s.tellAgency(ctx, w, sub.BodyID, n)
	}
	if err != nil {
		return err
	}
	return s.audit(ctx, w, who, docket.AuditMessageSent, sub.ID, "", "message", string(m.ID), "attachments", itoa(len(m.Attachments)))
}

// ReadMessages lists the messages of a project (S1-31) and records the first reading of what the other side wrote. What is read now for the
// first time has no FirstRead yet in the answer, so that a page can mark it. A withdrawn message has neither text nor documents.
func (s *Service) ReadMessages(ctx context.Context, who docket.Actor, id docket.ID, f docket.MessageFilter) (list []docket.Message, err error) {
	fresh := false
	err = s.store.Read(ctx, func(w docket.Work) error {
		if _, err := s.visible(ctx, w, who, id); err != nil {
			return err
		}
		unread, err := w.Unread(ctx, []docket.ID{id}, !who.OfBody())
		if err != nil {
			return err
		}
		fresh = unread[id] > 0 && f.Query == "" && f.Before == ""
		list, err = w.Messages(ctx, id, f)
		return err
	})
	if err == nil && fresh {
		err = s.store.InTx(ctx, func(w docket.Work) error {
			_, err := w.MarkRead(ctx, id, !who.OfBody(), who.Name, s.now())
			return err
		})
	}
	if err != nil {
		return nil, err
	}
	for i := range list {
		if !list[i].Withdrawn.IsZero() {
			list[i].Text, list[i].Attachments = "", nil
		}
	}
	return list, nil
}

// WithdrawMessage takes a sent message back: it is a record and stays as a tombstone with the reason (requirements 8, 7). Only its author may.
func (s *Service) WithdrawMessage(ctx context.Context, who docket.Actor, id, message docket.ID, reason string) error {
	reason = strings.TrimSpace(reason)
	switch {
	case reason == "":
		return docket.Invalid("reason", docket.KeyRequired)
	case utf8.RuneCountInString(reason) > maxReason:
		return docket.Invalid("reason", docket.KeyTooLong).With("max", maxReason)
	}
	return s.store.InTx(ctx, func(w docket.Work) error {
		if _, err := s.visible(ctx, w, who, id); err != nil {
			return err
		}
		m, err := w.Message(ctx, message)
		if err != nil {
			return err
		}
		switch {
		case m.SubmissionID != id:
			return docket.ErrNotFound
		case m.AuthorID != who.UserID:
			return docket.Refuse(docket.CodeForbidden, docket.KeyForbidden)
		case !m.Withdrawn.IsZero():
			return docket.ErrStale
		}
		if err := w.WithdrawMessage(ctx, message, who.Name, reason, s.now()); err != nil {
			return err
		}
		return s.audit(ctx, w, who, docket.AuditMessageWithdrawn, id, "", "message", string(message))
	})
}
