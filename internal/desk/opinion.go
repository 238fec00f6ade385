package desk

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"mohur/docket"
)

// OpinionInput is the text of an opinion.
type OpinionInput struct {
	SubmissionID docket.ID
	Subject      string
	Text         string
	Outcome      docket.Outcome
}

// check lists every fault of the text at once.
func (in *OpinionInput) check() error {
	var errs docket.Errors
	for _, f := range []struct {
		name, value string
		top         int
	}{{"subject", in.Subject, 300}, {"text", in.Text, 50000}} {
		switch n := utf8.RuneCountInString(strings.TrimSpace(f.value)); {
		case n == 0:
			errs = append(errs, docket.Invalid(f.name, docket.KeyRequired))
		case n > f.top:
			errs = append(errs, docket.Invalid(f.name, docket.KeyTooLong).With("max", f.top))
		}
	}
	if !slices.Contains(docket.Outcomes(), in.Outcome) {
		errs = append(errs, docket.Invalid("outcome", docket.KeyRequired))
	}
	if len(errs) > 0 {
		return errs
	}
	return nil
}

// DraftOpinion writes or rewrites the opinion; its page is made and stored (expert).
func (s *Service) DraftOpinion(ctx context.Context, who docket.Actor, in OpinionInput) (*docket.Letter, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	sub, l, err := s.openOpinion(ctx, who, in.SubmissionID)
	if err != nil {
		return nil, err
	}
	who, _ = who.Standing(sub.Expert, docket.RoleExpert)
	isNew := l == nil
	if isNew {
		l = s.newLetter(docket.LetterOpinion, sub.BodyID, sub.BodyName)
		l.SubmissionID = sub.ID
	}
	l.Subject, l.Text, l.Outcome = strings.TrimSpace(in.Subject), strings.TrimSpace(in.Text), in.Outcome
	l.Drafter, l.DrafterFor, l.DrafterName, l.Reason = who.UserID, who.For, s.signsAs(who), ""
	if err := s.render(ctx, l, &docket.LetterPage{Addressee: sub.BodyName, Reference: reference(sub.Form)}); err != nil {
		return nil, err
	}
	_, err = s.step(ctx, who, sub.ID, docket.EventDraft, docket.AuditLetterDrafted, func(w docket.Work, _ *docket.Submission) error {
		if isNew {
			return w.AddLetter(ctx, l)
		}
		return w.UpdateLetter(ctx, l)
	})
	if err != nil {
		return nil, err
	}
	return l, nil
}

// openOpinion returns the project and the opinion that is still a draft, if there is one. Only the expert it is assigned to writes.
func (s *Service) openOpinion(ctx context.Context, who docket.Actor, id docket.ID) (sub *docket.Submission, draft *docket.Letter, err error) {
	err = s.store.Read(ctx, func(w docket.Work) error {
		if sub, err = s.visible(ctx, w, who, id); err != nil {
			return err
		}
		if _, err := docket.Next(docket.SubmissionTransitions(), sub.State, docket.EventDraft, who); err != nil {
			return err
		}
		if !standsFor(who, sub.Expert, docket.RoleExpert) {
			return docket.Refuse(docket.CodeForbidden, docket.KeyForbidden)
		}
		letters, err := w.LettersOf(ctx, id)
		for i := range letters {
			if letters[i].Kind == docket.LetterOpinion && letters[i].State == docket.LetterDraft {
				draft = &letters[i]
			}
		}
		return err
	})
	return sub, draft, err
}

// CheckDispatch approves the very page the checker saw, by its SHA-256; only that may be sealed (dispatch-checker, not the drafter).
func (s *Service) CheckDispatch(ctx context.Context, who docket.Actor, letter docket.ID, seen docket.Hash) (*docket.Letter, error) {
	who = who.As(docket.RoleDispatchChecker)
	return s.checked(ctx, who, letter, docket.EventCheck, docket.AuditLetterApproved, func(l *docket.Letter) error {
		if who.Involved(l.Drafter, l.DrafterFor) {
			return docket.Refuse(docket.CodeForbidden, docket.KeySeparate)
		}
		if seen != l.Unsealed {
			return docket.Refuse(docket.CodeConflict, docket.KeyApprovedOther)
		}
		if err := moveLetter(l, docket.EventCheck, who); err != nil {
			return err
		}
		l.Approved, l.Checker, l.CheckerFor = l.Unsealed, who.UserID, who.For
		return nil
	})
}

// SendBack returns a drafted opinion to its expert with reasons (dispatch-checker).
func (s *Service) SendBack(ctx context.Context, who docket.Actor, letter docket.ID, reason string) (*docket.Letter, error) {
	reason = strings.TrimSpace(reason)
	if reason == "" {
		return nil, docket.Invalid("reason", docket.KeyRequired)
	}
	return s.checked(ctx, who, letter, docket.EventSendBack, docket.AuditLetterSentBack, func(l *docket.Letter) error {
		l.Reason = reason
		return nil
	})
}

// checked is what both decisions of the dispatch check share.
func (s *Service) checked(ctx context.Context, who docket.Actor, letter docket.ID, event, action string, decide func(*docket.Letter) error) (*docket.Letter, error) {
	l, err := s.Letter(ctx, who, letter)
	if err != nil {
		return nil, err
	}
	if l.Kind != docket.LetterOpinion {
		return nil, docket.ErrNotFound
	}
	_, err = s.step(ctx, who, l.SubmissionID, event, action, func(w docket.Work, _ *docket.Submission) error {
		if err := decide(l); err != nil {
			return err
		}
		return w.UpdateLetter(ctx, l)
	})
	if err != nil {
		return nil, err
	}
	return l, nil
}
