package desk

import (
	"context"
	"errors"
	"io"
	"slices"
	"unicode/utf8"

	"mohur/docket"
)

// maxAttachments bounds the documents of one message.
const maxAttachments = 10

// MessageDraft is what the actor is writing about a project (S1-32); an empty one where nothing is.
func (s *Service) MessageDraft(ctx context.Context, who docket.Actor, id docket.ID) (d *docket.MessageDraft, err error) {
	err = s.store.Read(ctx, func(w docket.Work) error {
		if _, err := s.visible(ctx, w, who, id); err != nil {
			return err
		}
		d, err = s.messageDraft(ctx, w, who, id)
		return err
	})
	return d, err
}

func (s *Service) messageDraft(ctx context.Context, w docket.Work, who docket.Actor, id docket.ID) (*docket.MessageDraft, error) {
	d, err := w.MessageDraft(ctx, id, who.UserID)
	if errors.Is(err, docket.ErrNotFound) {
		return &docket.MessageDraft{SubmissionID: id, UserID: who.UserID, Attachments: []docket.File{}}, nil
	}
	return d, err
}

// editMessage changes a draft in one transaction; another browser of the same person at the same moment is not lost but repeated upon.
func (s *Service) editMessage(ctx context.Context, who docket.Actor, id docket.ID, change func(*docket.MessageDraft) error) error {
	do := func(w docket.Work) error {
		if _, err := s.correspondent(ctx, w, who, id); err != nil {
			return err
		}
		d, err := s.messageDraft(ctx, w, who, id)
		if err != nil {
			return err
		}
		if err := change(d); err != nil {
			return err
		}
		if d.Empty() {
			return w.RemoveMessageDraft(ctx, id, who.UserID)
		}
		d.Touched = s.now()
		return w.PutMessageDraft(ctx, d)
	}
	err := s.store.InTx(ctx, do)
	for try := 0; errors.Is(err, docket.ErrStale) && try < 5; try++ {
		err = s.store.InTx(ctx, do)
	}
	return err
}

// SaveMessageDraft keeps the text that was typed, right or wrong; SendMessage checks it.
func (s *Service) SaveMessageDraft(ctx context.Context, who docket.Actor, id docket.ID, text string) error {
	if utf8.RuneCountInString(text) > 2*maxMessage {
		return docket.Invalid("text", docket.KeyTooLong).With("max", maxMessage)
	}
	return s.editMessage(ctx, who, id, func(d *docket.MessageDraft) error { d.Text = text; return nil })
}

// AttachToMessage streams a document into the message that is being written (S1-32: Sənəd əlavə etmək).
func (s *Service) AttachToMessage(ctx context.Context, who docket.Actor, id docket.ID, name string, content io.Reader) (*docket.File, error) {
	if err := s.store.Read(ctx, func(w docket.Work) error { _, err := s.correspondent(ctx, w, who, id); return err }); err != nil {
		return nil, err
	}
	f, err := s.storeFile(ctx, name, content)
	if err != nil {
		return nil, err
	}
	err = s.editMessage(ctx, who, id, func(d *docket.MessageDraft) error {
		if len(d.Attachments) >= maxAttachments {
			return docket.Invalid("file", docket.KeyTooMany).With("max", maxAttachments)
		}
		if err := s.fits(d.Attachments, f); err != nil {
			return err
		}
		d.Attachments = append(d.Attachments, *f)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return f, nil
}

// DetachFromMessage takes a document out of the message that is being written (S1-32: Silmək).
func (s *Service) DetachFromMessage(ctx context.Context, who docket.Actor, id, file docket.ID) error {
	return s.editMessage(ctx, who, id, func(d *docket.MessageDraft) error {
		i := slices.IndexFunc(d.Attachments, func(f docket.File) bool { return f.ID == file })
		if i < 0 {
			return docket.ErrNotFound
		}
		d.Attachments = slices.Delete(d.Attachments, i, i+1)
		return nil
	})
}

// SendMessage sends the message with the documents that wait in it (S1-32: Göndər). From then on it is a record.
func (s *Service) SendMessage(ctx context.Context, who docket.Actor, id docket.ID, text string) (*docket.Message, error) {
	text, err := messageText(text)
	if err != nil {
		return nil, err
	}
	m := s.newMessage(who, id, text)
	err = s.store.InTx(ctx, func(w docket.Work) error {
		if _, err := s.visible(ctx, w, who, id); err != nil {
			return err
		}
		d, err := s.messageDraft(ctx, w, who, id)
		if err != nil {
			return err
		}
		m.Attachments = d.Attachments
		if err := s.post(ctx, w, who, m); err != nil {
			return err
		}
		return w.RemoveMessageDraft(ctx, id, who.UserID)
	})
	if err != nil {
		return nil, err
	}
	return m, nil
}

// OpenWaiting gives a document that waits in the actor's own message.
func (s *Service) OpenWaiting(ctx context.Context, who docket.Actor, id, file docket.ID) (*Download, error) {
	d, err := s.MessageDraft(ctx, who, id)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(d.Attachments, func(f docket.File) bool { return f.ID == file })
	if i < 0 {
		return nil, docket.ErrNotFound
	}
	f := d.Attachments[i]
	return s.open(ctx, f.Name, f.MediaType, f.Blob)
}
