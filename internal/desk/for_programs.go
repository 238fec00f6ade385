package desk

import (
	"context"
	"errors"
	"time"

	"mohur/docket"
)

// intendedKey carries the id that a program's request chose for what it makes.
type intendedKey struct{}

// Intend returns a context in which the next verb makes its row under this id: a program's POST that is sent again after a crash finds what the first one
// made instead of making it twice (decisions 19).
func Intend(ctx context.Context, id docket.ID) context.Context {
	return context.WithValue(ctx, intendedKey{}, id)
}

// newID is the id that was intended, or a new one.
func newID(ctx context.Context, now time.Time) docket.ID {
	if id, ok := ctx.Value(intendedKey{}).(docket.ID); ok && id != "" {
		return id
	}
	return docket.NewID(now)
}

// SaveSubmissionAt is SaveSubmission if the project is still at the revision that the program has read; ErrStale otherwise.
func (s *Service) SaveSubmissionAt(ctx context.Context, who docket.Actor, id docket.ID, rev int, form docket.Form) (*docket.Submission, error) {
	var sub *docket.Submission
	err := s.store.InTx(ctx, func(w docket.Work) (err error) {
		if sub, err = s.visible(ctx, w, who, id); err != nil {
			return err
		}
		if err := s.approved(ctx, w, who); err != nil {
			return err
		}
		f, _ := sub.Editing()
		if f == nil {
			return docket.Refuse(docket.CodeConflict, docket.KeyState).With("state", string(sub.State)).With("event", "edit")
		}
		if sub.Rev != rev {
			return docket.ErrStale
		}
		*f = form
		sub.Record, sub.RecordData, sub.Touched, sub.EndTold = "", "", s.now(), false
		return w.UpdateSubmission(ctx, sub)
	})
	if err != nil {
		return nil, err
	}
	return sub, nil
}

// MayAct says whether a program may (still) work on a project, or start one for "": what a repetition of its request is answered only then.
func (s *Service) MayAct(ctx context.Context, who docket.Actor, id docket.ID) error {
	return s.store.Read(ctx, func(w docket.Work) error {
		if id == "" {
			if !who.OfBody() {
				return nil
			}
			return s.starts(ctx, w, who)
		}
		if who.OfBody() {
			if err := s.approved(ctx, w, who); err != nil {
				return err
			}
		}
		_, err := s.visible(ctx, w, who, id)
		return err
	})
}

// OwnRegistration is the approved or suspended registration of the actor's body.
func (s *Service) OwnRegistration(ctx context.Context, who docket.Actor) (r *docket.Registration, err error) {
	if !who.OfBody() {
		return nil, docket.Refuse(docket.CodeForbidden, docket.KeyForbidden)
	}
	err = s.store.Read(ctx, func(w docket.Work) error {
		list, _, err := w.ListRegistrations(ctx, docket.RegistrationFilter{
			BodyID: who.BodyID, States: []docket.RegistrationState{docket.RegistrationApproved, docket.RegistrationSuspended}, Limit: 1,
		})
		if err == nil && len(list) == 0 {
			err = docket.ErrNotFound
		}
		if err == nil {
			r = &list[0]
		}
		return err
	})
	return r, err
}

// RegistrationMade finds what an intended registration became.
func (s *Service) RegistrationMade(ctx context.Context, id docket.ID) (r *docket.Registration, err error) {
	err = s.store.Read(ctx, func(w docket.Work) error { r, err = w.Registration(ctx, id); return err })
	return r, err
}

// MessageMade finds what an intended message became, in a project that the actor may see.
func (s *Service) MessageMade(ctx context.Context, who docket.Actor, id docket.ID) (m *docket.Message, err error) {
	err = s.store.Read(ctx, func(w docket.Work) error {
		if m, err = w.Message(ctx, id); err != nil {
			return err
		}
		_, err = s.visible(ctx, w, who, m.SubmissionID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return m, nil
}

// JournalNumbers lists the numbers of one journal, case and year (the agency; S3-03). An empty case is that of the journal.
func (s *Service) JournalNumbers(ctx context.Context, who docket.Actor, j docket.Journal, caseNo string, year int) (list []docket.Number, err error) {
	if who.BodyID != "" {
		return nil, docket.Refuse(docket.CodeForbidden, docket.KeyForbidden)
	}
	if err := need(who, docket.RoleCoordinator, docket.RoleDispatchChecker, docket.RoleSignatory, docket.RoleSystem); err != nil {
		return nil, err
	}
	switch {
	case caseNo != "":
	case j == docket.JournalIncoming:
		caseNo = s.cfg.ReceiptCase
	default:
		caseNo = s.cfg.OpinionCase
	}
	err = s.store.Read(ctx, func(w docket.Work) error { list, err = w.Numbers(ctx, s.series(j, caseNo), year); return err })
	return list, err
}

// Notices lists the deficiency notices of a project that the actor may see (S1-14).
func (s *Service) Notices(ctx context.Context, who docket.Actor, id docket.ID) (list []docket.Notice, err error) {
	err = s.seen(ctx, who, id, func(w docket.Work, _ *docket.Submission) error { list, err = w.Notices(ctx, id); return err })
	return list, err
}

// LettersOf lists the letters of a project: to a body those in its mailbox, to the agency's all.
func (s *Service) LettersOf(ctx context.Context, who docket.Actor, id docket.ID) (list []docket.Letter, err error) {
	err = s.seen(ctx, who, id, func(w docket.Work, _ *docket.Submission) error {
		all, err := w.LettersOf(ctx, id)
		if err == nil {
			list, err = s.shown(ctx, w, who, all)
		}
		return err
	})
	return list, err
}

// registrationKey says whether the text is the key of a registration's draft, as a visitor has it.
func registrationKey(s string) bool { return len(s) == 26 }

// RegistrationOf is a registration by what a program names it with: the key of its draft (anybody who has it), or its id (the registrar).
func (s *Service) RegistrationOf(ctx context.Context, who docket.Actor, name string) (*docket.Registration, error) {
	if registrationKey(name) {
		return s.RegistrationDraft(ctx, name)
	}
	if who.OfBody() {
		r, err := s.OwnRegistration(ctx, who)
		if err == nil && r.ID != docket.ID(name) {
			err = docket.ErrNotFound
		}
		return r, err
	}
	v, err := s.Registration(ctx, who, docket.ID(name))
	if err != nil {
		if errors.Is(err, &docket.Error{Code: docket.CodeForbidden}) {
			err = docket.ErrNotFound
		}
		return nil, err
	}
	return &v.Registration, nil
}
