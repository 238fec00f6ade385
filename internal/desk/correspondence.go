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

// maxMessage is how many characters a message may have.
const maxMessage = 10000

// WriteMessage writes a message about a project, from either side.
func (s *Service) WriteMessage(ctx context.Context, who docket.Actor, id docket.ID, text string, attachments []Attachment) (*docket.Message, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return nil, docket.Invalid("text", docket.KeyRequired)
	case utf8.RuneCountInString(text) > maxMessage:
		return nil, docket.Invalid("text", docket.KeyTooLong).With("max", maxMessage)
	}
	if err := s.store.Read(ctx, func(w docket.Work) error { _, err := s.visible(ctx, w, who, id); return err }); err != nil {
		return nil, err
	}
	now := s.now()
	m := &docket.Message{ID: docket.NewID(now), SubmissionID: id, FromAgency: !who.OfBody(), AuthorID: who.UserID, Author: who.Author(), Text: text, Sent: now}
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
	err := s.store.InTx(ctx, func(w docket.Work) error {
		sub, err := s.visible(ctx, w, who, id)
		if err != nil {
			return err
		}
		if sub.State == docket.SubmissionDraft {
			return docket.Refuse(docket.CodeConflict, docket.KeyState).With("state", string(sub.State)).With("event", "write_message")
		}
		if err := w.AddMessage(ctx, m); err != nil {
			return err
		}
		n := notice{key: docket.NotifyMessage, caseNo: sub.Number, link: PathSubmission + string(id), submissionID: id}
		if m.FromAgency {
			err = s.tellBody(ctx, w, sub.BodyID, n)
		} else {
			err = s.tellAgency(ctx, w, sub.BodyID, n)
		}
		if err != nil {
			return err
		}
		return s.audit(ctx, w, who, docket.AuditMessageSent, id, "", "message", string(m.ID), "attachments", itoa(len(m.Attachments)))
	})
	if err != nil {
		return nil, err
	}
	return m, nil
}

// ReadMessages lists the messages of a project and records the first reading of what the other side wrote.
func (s *Service) ReadMessages(ctx context.Context, who docket.Actor, id docket.ID, f docket.MessageFilter) (list []docket.Message, err error) {
	err = s.store.InTx(ctx, func(w docket.Work) error {
		if _, err := s.visible(ctx, w, who, id); err != nil {
			return err
		}
		if _, err := w.MarkRead(ctx, id, !who.OfBody(), who.Name, s.now()); err != nil {
			return err
		}
		list, err = w.Messages(ctx, id, f)
		return err
	})
	return list, err
}
