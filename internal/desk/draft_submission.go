package desk

import (
	"context"
	"errors"
	"io"
	"slices"

	"mohur/docket"
)

// DraftSubmission starts a project; name, surname and body come from the session (S1-10).
func (s *Service) DraftSubmission(ctx context.Context, who docket.Actor) (*docket.Submission, error) {
	now := s.now()
	sub := &docket.Submission{
		ID: newID(ctx, now), BodyID: who.BodyID, BodyName: who.BodyName, UserID: who.UserID, Person: who.Name, State: docket.SubmissionDraft,
		Version: 1, Created: now, Touched: now,
	}
	err := s.store.InTx(ctx, func(w docket.Work) error {
		if err := s.starts(ctx, w, who); err != nil {
			return err
		}
		return w.AddSubmission(ctx, sub)
	})
	if err != nil {
		return nil, err
	}
	return sub, nil
}

// edit changes a draft or an opened correction in one transaction; a colleague's change at the same moment is not lost but repeated upon.
// A change drops the prepared record.
func (s *Service) edit(ctx context.Context, who docket.Actor, id docket.ID, change func(*docket.Form, *[]docket.File) error) (*docket.Submission, error) {
	var sub *docket.Submission
	do := func(w docket.Work) (err error) {
		if sub, err = s.visible(ctx, w, who, id); err != nil {
			return err
		}
		if err := s.approved(ctx, w, who); err != nil {
			return err
		}
		form, files := sub.Editing()
		if form == nil {
			return docket.Refuse(docket.CodeConflict, docket.KeyState).With("state", string(sub.State)).With("event", "edit")
		}
		if err := change(form, files); err != nil {
			return err
		}
		if sub.State == docket.SubmissionDraft {
			if err := s.wish(ctx, w, who, sub); err != nil {
				return err
			}
		}
		sub.Record, sub.RecordData, sub.Touched, sub.EndTold = "", "", s.now(), false
		return w.UpdateSubmission(ctx, sub)
	}
	err := s.store.InTx(ctx, do)
	for try := 0; errors.Is(err, docket.ErrStale) && try < 5; try++ {
		err = s.store.InTx(ctx, do)
	}
	if err != nil {
		return nil, err
	}
	return sub, nil
}

// SaveSubmission keeps what was typed, right or wrong; PrepareRecord checks it. A change drops the prepared record.
func (s *Service) SaveSubmission(ctx context.Context, who docket.Actor, id docket.ID, form docket.Form) (*docket.Submission, error) {
	return s.edit(ctx, who, id, func(f *docket.Form, _ *[]docket.File) error {
		*f = form
		return nil
	})
}

// AddFile streams a file into a draft; its type is found by its content.
func (s *Service) AddFile(ctx context.Context, who docket.Actor, id docket.ID, name string, content io.Reader) (*docket.File, error) {
	if _, err := s.editable(ctx, who, id); err != nil {
		return nil, err
	}
	file, err := s.storeFile(ctx, name, content)
	if err != nil {
		return nil, err
	}
	_, err = s.edit(ctx, who, id, func(_ *docket.Form, files *[]docket.File) error {
		if err := s.fits(*files, file); err != nil {
			return err
		}
		*files = append(*files, *file)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return file, nil
}

// editable refuses before a long upload what would be refused after it.
func (s *Service) editable(ctx context.Context, who docket.Actor, id docket.ID) (sub *docket.Submission, err error) {
	err = s.store.Read(ctx, func(w docket.Work) error {
		if sub, err = s.visible(ctx, w, who, id); err != nil {
			return err
		}
		if form, _ := sub.Editing(); form == nil {
			return docket.Refuse(docket.CodeConflict, docket.KeyState).With("state", string(sub.State)).With("event", "edit")
		}
		if sub.State == docket.SubmissionDraft {
			return s.starts(ctx, w, who)
		}
		return s.approved(ctx, w, who)
	})
	return sub, err
}

// RemoveFile takes a file out of a draft.
func (s *Service) RemoveFile(ctx context.Context, who docket.Actor, id, file docket.ID) error {
	_, err := s.edit(ctx, who, id, func(_ *docket.Form, files *[]docket.File) error {
		i := slices.IndexFunc(*files, func(f docket.File) bool { return f.ID == file })
		if i < 0 {
			return docket.ErrNotFound
		}
		*files = slices.Delete(slices.Clone(*files), i, i+1)
		return nil
	})
	return err
}
