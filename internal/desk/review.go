package desk

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"mohur/docket"
)

// step moves a project by one event in one transaction: the state, what the verb does besides, the entry.
func (s *Service) step(ctx context.Context, who docket.Actor, id docket.ID, event, action string, do func(docket.Work, *docket.Submission) error) (*docket.Submission, error) {
	var sub *docket.Submission
	err := s.store.InTx(ctx, func(w docket.Work) (err error) {
		if sub, err = s.visible(ctx, w, who, id); err != nil {
			return err
		}
		who = docket.Acting(docket.SubmissionTransitions(), sub.State, event, who)
		if err := moveSubmission(sub, event, who); err != nil {
			return err
		}
		if do != nil {
			if err := do(w, sub); err != nil {
				return err
			}
		}
		if err := w.UpdateSubmission(ctx, sub); err != nil {
			return err
		}
		return s.audit(ctx, w, who, action, sub.ID, "", "number", sub.Number, "state", string(sub.State))
	})
	if err != nil {
		return nil, s.refused(ctx, who, docket.AuditRefused, id, "", err)
	}
	return sub, nil
}

// AcceptSubmission accepts a sent project (coordinator). A correction that was begun and not signed is dropped: the signed text counts.
func (s *Service) AcceptSubmission(ctx context.Context, who docket.Actor, id docket.ID) (*docket.Submission, error) {
	return s.step(ctx, who, id, docket.EventAccept, docket.AuditSubmissionAccepted, func(w docket.Work, sub *docket.Submission) error {
		sub.Correction = nil
		return s.tellBody(ctx, w, sub.BodyID, notice{key: docket.NotifyAccepted, caseNo: sub.Number, link: PathSubmission + string(id), submissionID: id})
	})
}

// Experts lists whom tasks can be given to: those of all units for the coordinator, those of his unit for its head (S1-34).
func (s *Service) Experts(ctx context.Context, who docket.Actor) (experts []docket.User, err error) {
	if err := need(who, docket.RoleCoordinator, docket.RoleVisaGiver); err != nil {
		return nil, err
	}
	_, units := who.Desks()
	err = s.store.Read(ctx, func(w docket.Work) error {
		users, err := w.UsersOfBody(ctx, "")
		for _, u := range users {
			mine := who.Has(docket.RoleCoordinator) || slices.Contains(units, u.UnitID)
			if slices.Contains(u.Roles, docket.RoleExpert) && u.UnitID != "" && u.Suspended.IsZero() && mine {
				experts = append(experts, u)
			}
		}
		return err
	})
	return experts, err
}

// NotifyDeficiency tells the body what is missing, by a numbered and sealed notice; the answer is due in seven working days (coordinator).
func (s *Service) NotifyDeficiency(ctx context.Context, who docket.Actor, id docket.ID, items []string) (*docket.Notice, error) {
	items = trimmed(items)
	if len(items) == 0 {
		return nil, docket.Invalid("items", docket.KeyRequired)
	}
	who = who.As(docket.RoleCoordinator)
	profile, err := s.profile(ctx, docket.LetterNotice)
	if err != nil {
		return nil, err
	}
	var n *docket.Notice
	_, err = s.step(ctx, who, id, docket.EventNotice, docket.AuditSubmissionDeficient, func(w docket.Work, sub *docket.Submission) (err error) {
		n, err = s.notify(ctx, w, who, sub, items, profile)
		return err
	})
	if err != nil {
		return nil, err
	}
	_ = s.finishSeal(ctx, docket.System(), n.LetterID, profile) // recorded in letter, journal and log; a job tries again
	return n, nil
}

// notify writes the notice, its letter and its period.
func (s *Service) notify(ctx context.Context, w docket.Work, who docket.Actor, sub *docket.Submission, items []string, profile SealProfile) (*docket.Notice, error) {
	cal, err := s.calendar(ctx, w)
	if err != nil {
		return nil, err
	}
	p, err := w.Procedure(ctx, sub.Procedure, sub.ProcedureVersion)
	if err != nil {
		return nil, err
	}
	now, start := s.now(), s.today()
	due, provisional := cal.Due(start, p.Terms.Answer)
	l := s.newLetter(docket.LetterNotice, sub.BodyID, sub.BodyName)
	l.SubmissionID, l.Drafter, l.DrafterName, l.Subject = sub.ID, who.UserID, s.signsAs(who), s.words("letter.notice.subject", "number", sub.Number)
	l.Text = s.words("letter.notice.text", "number", sub.Number) + "\n\n" + numbered(items) + "\n\n" + s.words("letter.notice.due", "date", azDate(due), "term", s.spelled(p.Terms.Answer))
	if err := s.issue(ctx, w, who, l, &docket.LetterPage{Addressee: sub.BodyName, Reference: reference(sub.Form)}, profile, s.series(docket.JournalOutgoing, s.cfg.NoticeCase)); err != nil {
		return nil, err
	}
	n := &docket.Notice{ID: docket.NewID(now), SubmissionID: sub.ID, LetterID: l.ID, Items: items, Created: now, Due: due, Provisional: provisional}
	if err := w.AddNotice(ctx, n); err != nil {
		return nil, err
	}
	d := &docket.Deadline{
		ID: docket.NewID(now), SubmissionID: sub.ID, Kind: deadlineCorrection, Start: start, Due: due,
		Rule: p.Terms.Answer.String(), Provisional: provisional,
	}
	if err := w.AddDeadline(ctx, d); err != nil {
		return nil, err
	}
	return n, s.suspend(ctx, w, sub, n.ID, p.Terms)
}

// numbered spells a list, a paragraph each.
func numbered(items []string) string {
	var b strings.Builder
	for i, item := range items {
		if i > 0 {
			b.WriteString("\n\n")
		}
		b.WriteString(itoa(i+1) + ". " + item)
	}
	return b.String()
}

// trimmed leaves out what is empty.
func trimmed(items []string) []string {
	var out []string
	for _, i := range items {
		if i = strings.TrimSpace(i); i != "" {
			out = append(out, i)
		}
	}
	return out
}

// WithdrawFor ends a project at the body's wish with a reason, which the agency's people are shown.
func (s *Service) WithdrawFor(ctx context.Context, who docket.Actor, id docket.ID, reason string) (*docket.Submission, error) {
	reason = strings.TrimSpace(reason)
	switch {
	case reason == "":
		return nil, docket.Invalid("reason", docket.KeyRequired)
	case utf8.RuneCountInString(reason) > maxReason:
		return nil, docket.Invalid("reason", docket.KeyTooLong).With("max", maxReason)
	}
	return s.withdraw(ctx, who, id, reason)
}

// Withdraw ends a project at the body's wish, until it is sealed; for programs, which give no reason.
func (s *Service) Withdraw(ctx context.Context, who docket.Actor, id docket.ID) (*docket.Submission, error) {
	return s.withdraw(ctx, who, id, "")
}

func (s *Service) withdraw(ctx context.Context, who docket.Actor, id docket.ID, reason string) (*docket.Submission, error) {
	return s.step(ctx, who, id, docket.EventWithdraw, docket.AuditSubmissionWithdrawn, func(w docket.Work, sub *docket.Submission) error {
		letters, err := w.LettersOf(ctx, id)
		if err != nil {
			return err
		}
		for _, l := range letters { // a seal under way goes first
			if l.Kind == docket.LetterOpinion && (l.State == docket.LetterSealing || l.State == docket.LetterSealingFailed) {
				return docket.Refuse(docket.CodeConflict, docket.KeyState).With("state", string(l.State)).With("event", docket.EventWithdraw)
			}
		}
		sub.Correction, sub.Withdrawal = nil, reason
		n := notice{key: docket.NotifyWithdrawn, caseNo: sub.Number, link: PathSubmission + string(id), submissionID: id}
		if err := s.tellAgency(ctx, w, sub.BodyID, n); err != nil {
			return err
		}
		return s.closeTerms(ctx, w, sub)
	})
}
