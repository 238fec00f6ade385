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

// DraftOpinion writes or rewrites the opinion; its page is made and stored, and earlier ones are kept (the expert of the leading unit; S1-33, S1-34).
func (s *Service) DraftOpinion(ctx context.Context, who docket.Actor, in OpinionInput) (*docket.Letter, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	who, sub, l, err := s.openOpinion(ctx, who, in.SubmissionID)
	if err != nil {
		return nil, err
	}
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
		var err error
		if isNew {
			err = w.AddLetter(ctx, l)
		} else {
			err = w.UpdateLetter(ctx, l)
		}
		if err != nil {
			return err
		}
		return s.keepVersion(ctx, w, l)
	})
	if err != nil {
		return nil, err
	}
	return l, nil
}

// keepVersion keeps a letter's text and page as they are now.
func (s *Service) keepVersion(ctx context.Context, w docket.Work, l *docket.Letter) error {
	earlier, err := w.LetterVersions(ctx, l.ID)
	if err != nil {
		return err
	}
	return w.AddLetterVersion(ctx, &docket.LetterVersion{
		ID: docket.NewID(s.now()), LetterID: l.ID, N: len(earlier) + 1, Subject: l.Subject, Text: l.Text, Outcome: l.Outcome, Page: l.Unsealed,
		By: l.Drafter, ByName: l.DrafterName, At: s.now(),
	})
}

// openOpinion returns the actor as who drafts, the project and the opinion that is still a draft, if there is one. Only the expert of the leading unit
// writes, or who stands in for him.
func (s *Service) openOpinion(ctx context.Context, who docket.Actor, id docket.ID) (acting docket.Actor, sub *docket.Submission, draft *docket.Letter, err error) {
	err = s.store.Read(ctx, func(w docket.Work) error {
		if sub, err = s.visible(ctx, w, who, id); err != nil {
			return err
		}
		if _, err := docket.Next(docket.SubmissionTransitions(), sub.State, docket.EventDraft, who); err != nil {
			return err
		}
		var ok bool
		if acting, ok = who.Standing(sub.Expert, docket.RoleExpert); !ok {
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
	return acting, sub, draft, err
}

// CheckDispatchInput is what the dispatch check decides on.
type CheckDispatchInput struct {
	Letter docket.ID
	Seen   docket.Hash // of the very page that the checker saw
	Points []string    // of the checklist that were found right; all of docket.Checklist are needed
}

// CheckDispatch approves the very page the checker saw, by its SHA-256; only that may be sealed. Every point of the checklist is confirmed, and every
// unit that was asked has given its visa over that page (dispatch-checker, not the drafter; S3-04, S3-06, S3-16).
func (s *Service) CheckDispatch(ctx context.Context, who docket.Actor, in CheckDispatchInput) (*docket.Letter, error) {
	who = who.As(docket.RoleDispatchChecker)
	return s.checked(ctx, who, in.Letter, docket.EventCheck, docket.AuditLetterApproved, func(w docket.Work, sub *docket.Submission, l *docket.Letter) error {
		if err := s.separate(ctx, w, who, docket.KeySeparate, l.Drafter, l.DrafterFor); err != nil {
			return err
		}
		if in.Seen != l.Unsealed {
			return docket.Refuse(docket.CodeConflict, docket.KeyApprovedOther)
		}
		if err := s.visasComplete(ctx, w, l); err != nil {
			return err
		}
		for _, point := range docket.Checklist() {
			if !slices.Contains(in.Points, point) {
				return docket.Invalid("points", docket.KeyChecklist)
			}
		}
		if err := moveLetter(l, docket.EventCheck, who); err != nil {
			return err
		}
		l.Approved, l.Checker, l.CheckerFor, l.Reason = l.Unsealed, who.UserID, who.For, ""
		n := notice{key: docket.NotifyToSign, caseNo: sub.Number, link: PathSeal + string(sub.ID), submissionID: sub.ID}
		if err := s.tellStaff(ctx, w, n, func(u docket.User) bool { return slices.Contains(u.Roles, docket.RoleSignatory) }); err != nil {
			return err
		}
		return w.UpdateLetter(ctx, l)
	})
}

// visasComplete refuses a page for which a unit that was asked about the project has not given its visa, unless the office asks for none.
func (s *Service) visasComplete(ctx context.Context, w docket.Work, l *docket.Letter) error {
	if s.cfg.Group.NoVisas {
		return nil
	}
	tasks, err := w.CaseTasks(ctx, l.SubmissionID)
	if err != nil {
		return err
	}
	visas, err := w.VisasOf(ctx, l.SubmissionID)
	if err != nil {
		return err
	}
	if docket.Leading(tasks) == nil {
		return docket.Refuse(docket.CodeConflict, docket.KeyTaskNone)
	}
	if missing := docket.MissingVisas(tasks, visas, l.ID, l.Unsealed); len(missing) > 0 {
		return docket.Refuse(docket.CodeConflict, docket.KeyVisasMissing).With("units", s.unitNames(ctx, w, missing))
	}
	return nil
}

// SendBackInput says why a page is returned to the executing unit.
type SendBackInput struct {
	Letter docket.ID
	Reason string
	Points []string // of the checklist that were found wanting
}

// SendBack returns a drafted opinion to the executing unit with reasons; its visas fall, and who, when and why is kept (dispatch-checker, or the
// signatory once it is approved; S3-06).
func (s *Service) SendBack(ctx context.Context, who docket.Actor, in SendBackInput) (*docket.Letter, error) {
	r := docket.Return{Step: docket.EventSendBack, Reason: strings.TrimSpace(in.Reason)}
	if r.Reason == "" {
		return nil, docket.Invalid("reason", docket.KeyRequired)
	}
	if utf8.RuneCountInString(r.Reason) > maxAsk {
		return nil, docket.Invalid("reason", docket.KeyTooLong).With("max", maxAsk)
	}
	for _, point := range docket.Checklist() {
		if slices.Contains(in.Points, point) {
			r.Points = append(r.Points, point)
		}
	}
	return s.checked(ctx, who, in.Letter, docket.EventSendBack, docket.AuditLetterSentBack, func(w docket.Work, sub *docket.Submission, l *docket.Letter) error {
		acting := who.As(docket.RoleDispatchChecker)
		if l.State == docket.LetterApproved {
			acting = who.As(docket.RoleSignatory)
			if err := moveLetter(l, docket.EventSendBack, acting); err != nil {
				return err
			}
			l.Approved, l.Checker, l.CheckerFor = "", "", ""
		}
		if err := s.dropVisas(ctx, w, l, ""); err != nil {
			return err
		}
		return s.sentBack(ctx, w, acting, sub, l, r)
	})
}

// checked is what both decisions of the dispatch check share.
func (s *Service) checked(ctx context.Context, who docket.Actor, letter docket.ID, event, action string, decide func(docket.Work, *docket.Submission, *docket.Letter) error) (*docket.Letter, error) {
	l, err := s.opinionLetter(ctx, who, letter)
	if err != nil {
		return nil, err
	}
	_, err = s.step(ctx, who, l.SubmissionID, event, action, func(w docket.Work, sub *docket.Submission) error {
		if l, err = w.Letter(ctx, letter); err != nil {
			return err
		}
		if l.State != docket.LetterDraft && l.State != docket.LetterApproved {
			return docket.Refuse(docket.CodeConflict, docket.KeyState).With("state", string(l.State)).With("event", event)
		}
		return decide(w, sub, l)
	})
	if err != nil {
		return nil, err
	}
	return l, nil
}
