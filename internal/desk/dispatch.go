package desk

import (
	"context"

	"mohur/docket"
)

// Dispatch puts a sealed letter into the body's mailbox and tells its people; that is its delivery.
func (s *Service) Dispatch(ctx context.Context, who docket.Actor, letter docket.ID) (*docket.Letter, error) {
	var l *docket.Letter
	err := s.store.InTx(ctx, func(w docket.Work) (err error) {
		if l, err = w.Letter(ctx, letter); err != nil {
			return err
		}
		if err := s.letterNamed(ctx, w, who, l); err != nil {
			return err
		}
		if err := s.deliver(ctx, w, who, l); err != nil {
			return err
		}
		return w.UpdateLetter(ctx, l)
	})
	if err != nil {
		return nil, s.refused(ctx, who, docket.AuditRefused, letter, "", err)
	}
	return l, nil
}

// deliver moves a sealed letter into the mailbox; the caller writes the letter.
func (s *Service) deliver(ctx context.Context, w docket.Work, who docket.Actor, l *docket.Letter) error {
	if err := moveLetter(l, docket.EventDispatch, who); err != nil {
		return err
	}
	now := s.now()
	l.Dispatched = now
	if err := s.list(ctx, w, who, l); err != nil {
		return err
	}
	n := notice{key: docket.NotifyAnswered, caseNo: l.Number, link: PathSubmission + string(l.SubmissionID), submissionID: l.SubmissionID}
	switch l.Kind {
	case docket.LetterOpinion:
		sub, err := w.Submission(ctx, l.SubmissionID)
		if err != nil {
			return err
		}
		if err := moveSubmission(sub, docket.EventDispatch, who); err != nil {
			return err
		}
		if err := w.UpdateSubmission(ctx, sub); err != nil {
			return err
		}
		if err := w.CloseDeadlines(ctx, sub.ID, deadlineReview, now); err != nil {
			return err
		}
		n.caseNo = sub.Number
		if err := s.tellBody(ctx, w, l.BodyID, n); err != nil {
			return err
		}
	case docket.LetterNotice:
		n.key = docket.NotifyDeficient
		if err := s.tellBody(ctx, w, l.BodyID, n); err != nil {
			return err
		}
	}
	return s.audit(ctx, w, who, docket.AuditLetterDispatched, l.ID, l.Sealed, "number", l.Number)
}

// Mailbox lists the letters delivered to the actor's body.
func (s *Service) Mailbox(ctx context.Context, who docket.Actor, limit, offset int) (list []docket.Letter, total int, err error) {
	if !who.OfBody() {
		return nil, 0, docket.Refuse(docket.CodeForbidden, docket.KeyForbidden)
	}
	err = s.store.Read(ctx, func(w docket.Work) error {
		list, total, err = w.Mailbox(ctx, who.BodyID, reader(who), limit, offset)
		return err
	})
	return list, total, err
}

// Letter shows a letter that the actor may see.
func (s *Service) Letter(ctx context.Context, who docket.Actor, id docket.ID) (l *docket.Letter, err error) {
	err = s.store.Read(ctx, func(w docket.Work) error { l, err = s.readable(ctx, w, who, id); return err })
	if err != nil {
		return nil, err
	}
	return l, nil
}

// readable returns a letter that the actor may read: a body's people what stands in their mailbox, the agency's people those of the
// projects they see, the registrar refusals of registrations.
func (s *Service) readable(ctx context.Context, w docket.Work, who docket.Actor, id docket.ID) (*docket.Letter, error) {
	l, err := w.Letter(ctx, id)
	if err == nil {
		err = s.letterNamed(ctx, w, who, l)
	}
	if err != nil {
		return nil, err
	}
	switch {
	case who.Has(docket.RoleSystem):
		return l, nil
	case who.OfBody():
		if l.BodyID == who.BodyID && !l.Dispatched.IsZero() {
			return l, nil
		}
	case l.SubmissionID != "":
		if _, err := s.visible(ctx, w, who, l.SubmissionID); err != nil {
			return nil, err
		}
		return l, nil
	case who.Has(docket.RoleRegistrar, docket.RoleSignatory) && who.BodyID == "":
		return l, nil
	}
	return nil, docket.ErrNotFound
}
