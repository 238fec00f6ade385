package desk

import (
	"context"
	"slices"
	"strings"

	"mohur/docket"
)

// RequestVisas asks the units that were asked about the project for their visas: from here on the page is frozen by its SHA-256 (the expert who drafts;
// S3-04). Every task must be answered about this version of the project, and each unit needs a head who did not draft the page.
func (s *Service) RequestVisas(ctx context.Context, who docket.Actor, letter docket.ID) (*docket.Letter, error) {
	l, err := s.opinionLetter(ctx, who, letter)
	if err != nil {
		return nil, err
	}
	acting, err := s.drafting(ctx, who, l.SubmissionID)
	if err != nil {
		return nil, err
	}
	_, err = s.step(ctx, acting, l.SubmissionID, docket.EventAskVisas, docket.AuditVisasAsked, func(w docket.Work, sub *docket.Submission) error {
		if s.cfg.Group.NoVisas {
			return docket.Refuse(docket.CodeConflict, docket.KeyState).With("state", string(docket.SubmissionDrafted)).With("event", docket.EventAskVisas)
		}
		if sub.Expert != acting.UserID && sub.Expert != acting.For {
			return docket.Refuse(docket.CodeForbidden, docket.KeyForbidden)
		}
		if l, err = s.openDraft(ctx, w, letter); err != nil {
			return err
		}
		tasks, err := s.answeredTasks(ctx, w, sub)
		if err != nil {
			return err
		}
		for i := range tasks {
			if !tasks[i].Stands() {
				continue
			}
			if err := s.askVisa(ctx, w, acting, sub, l, tasks[i].UnitID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return l, nil
}

// drafting is the actor as the expert who drafts the opinion on a project, or in his place.
func (s *Service) drafting(ctx context.Context, who docket.Actor, id docket.ID) (acting docket.Actor, err error) {
	err = s.seen(ctx, who, id, func(_ docket.Work, sub *docket.Submission) error {
		var ok bool
		if acting, ok = who.Standing(sub.Expert, docket.RoleExpert); !ok {
			return docket.Refuse(docket.CodeForbidden, docket.KeyForbidden)
		}
		return nil
	})
	return acting, err
}

// opinionLetter returns an opinion that the actor may read.
func (s *Service) opinionLetter(ctx context.Context, who docket.Actor, letter docket.ID) (*docket.Letter, error) {
	l, err := s.Letter(ctx, who, letter)
	if err != nil {
		return nil, err
	}
	if l.Kind != docket.LetterOpinion {
		return nil, docket.ErrNotFound
	}
	return l, nil
}

// openDraft reads an opinion whose page is a draft still.
func (s *Service) openDraft(ctx context.Context, w docket.Work, letter docket.ID) (*docket.Letter, error) {
	l, err := w.Letter(ctx, letter)
	if err != nil {
		return nil, err
	}
	if l.State != docket.LetterDraft || l.Unsealed == "" {
		return nil, docket.Refuse(docket.CodeConflict, docket.KeyState).With("state", string(l.State)).With("event", docket.EventAskVisas)
	}
	return l, nil
}

// answeredTasks returns a project's tasks if every unit that was asked has answered about this version.
func (s *Service) answeredTasks(ctx context.Context, w docket.Work, sub *docket.Submission) ([]docket.CaseTask, error) {
	tasks, err := w.CaseTasks(ctx, sub.ID)
	if err != nil {
		return nil, err
	}
	opinions, err := w.SubOpinions(ctx, sub.ID)
	if err != nil {
		return nil, err
	}
	if docket.Leading(tasks) == nil {
		return nil, docket.Refuse(docket.CodeConflict, docket.KeyTaskNone)
	}
	if open := docket.Unanswered(tasks, opinions, sub.Version); len(open) > 0 {
		return nil, docket.Refuse(docket.CodeConflict, docket.KeyTasksOpen).With("units", s.unitNames(ctx, w, open))
	}
	return tasks, nil
}

// unitNames spells units for a refusal.
func (s *Service) unitNames(ctx context.Context, w docket.Work, ids []docket.ID) string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = string(id)
		if u, err := w.Unit(ctx, id); err == nil {
			names[i] = u.Name
		}
	}
	return strings.Join(names, ", ")
}

// askVisa asks one unit and tells its heads.
func (s *Service) askVisa(ctx context.Context, w docket.Work, who docket.Actor, sub *docket.Submission, l *docket.Letter, unit docket.ID) error {
	drafters, err := s.accounts(ctx, w, l.Drafter, l.DrafterFor)
	if err != nil {
		return err
	}
	staff, err := w.UsersOfBody(ctx, "")
	if err != nil {
		return err
	}
	head := func(u docket.User) bool {
		return u.UnitID == unit && slices.Contains(u.Roles, docket.RoleVisaGiver) && u.Suspended.IsZero() && !samePerson(u.ID, u.FIN, drafters)
	}
	if !slices.ContainsFunc(staff, head) {
		return docket.Refuse(docket.CodeConflict, docket.KeyVisaGiver).With("unit", s.unitNames(ctx, w, []docket.ID{unit}))
	}
	v := &docket.Visa{
		ID: docket.NewID(s.now()), LetterID: l.ID, SubmissionID: sub.ID, UnitID: unit, Page: l.Unsealed, State: docket.VisaAsked, Asked: s.now(), AskedBy: who.UserID, Rev: 1,
	}
	if err := w.AddVisa(ctx, v); err != nil {
		return err
	}
	return s.tellStaff(ctx, w, notice{key: docket.NotifyVisa, caseNo: sub.Number, link: PathVisa + string(v.ID), submissionID: sub.ID}, head)
}

// samePerson says whether an account is that of one of the people: the account itself, or one with his FİN.
func samePerson(id docket.ID, fin string, people []docket.User) bool {
	return slices.ContainsFunc(people, func(u docket.User) bool { return id == u.ID || fin != "" && strings.EqualFold(fin, u.FIN) })
}

// accounts reads those that are named.
func (s *Service) accounts(ctx context.Context, w docket.Work, ids ...docket.ID) (list []docket.User, err error) {
	for _, id := range ids {
		if id == "" {
			continue
		}
		u, err := w.User(ctx, id)
		if err != nil {
			return nil, err
		}
		list = append(list, *u)
	}
	return list, nil
}

// separate refuses an actor who is one of the people, by account or by FİN, himself or in whose place he acts (requirements 2a).
func (s *Service) separate(ctx context.Context, w docket.Work, who docket.Actor, key string, people ...docket.ID) error {
	others, err := s.accounts(ctx, w, people...)
	if err != nil {
		return err
	}
	acting, err := s.accounts(ctx, w, who.For)
	if err != nil {
		return err
	}
	acting = append(acting, docket.User{ID: who.UserID, FIN: who.FIN})
	if slices.ContainsFunc(acting, func(u docket.User) bool { return samePerson(u.ID, u.FIN, others) }) {
		return docket.Refuse(docket.CodeForbidden, key)
	}
	return nil
}

// onVisa decides on one visa: the head of its unit, or who stands in for him.
func (s *Service) onVisa(ctx context.Context, who docket.Actor, visa docket.ID, event, action string, decide func(docket.Work, docket.Actor, *docket.Submission, *docket.Letter, *docket.Visa) error) (v *docket.Visa, err error) {
	err = s.store.Read(ctx, func(w docket.Work) error { v, err = s.readableVisa(ctx, w, who, visa); return err })
	if err != nil {
		return nil, err
	}
	acting, ok := who.HeadOf(v.UnitID)
	if !ok {
		return nil, s.refused(ctx, who, docket.AuditRefused, v.SubmissionID, "", docket.Refuse(docket.CodeForbidden, docket.KeyForbidden))
	}
	_, err = s.step(ctx, acting, v.SubmissionID, event, action, func(w docket.Work, sub *docket.Submission) error {
		if v, err = w.Visa(ctx, visa); err != nil {
			return err
		}
		l, err := w.Letter(ctx, v.LetterID)
		if err != nil {
			return err
		}
		if v.State != docket.VisaAsked {
			return docket.Refuse(docket.CodeConflict, docket.KeyState).With("state", string(v.State)).With("event", event)
		}
		if v.Page != l.Unsealed {
			return docket.Refuse(docket.CodeConflict, docket.KeyApprovedOther)
		}
		v.Giver, v.GiverName, v.Decided = acting.UserID, s.signsAs(acting), s.now()
		if err := decide(w, acting, sub, l, v); err != nil {
			return err
		}
		return w.UpdateVisa(ctx, v)
	})
	if err != nil {
		return nil, err
	}
	return v, nil
}

// readableVisa returns a visa of a project that the actor sees.
func (s *Service) readableVisa(ctx context.Context, w docket.Work, who docket.Actor, id docket.ID) (*docket.Visa, error) {
	v, err := w.Visa(ctx, id)
	if err != nil {
		return nil, err
	}
	if who.OfBody() {
		return nil, docket.ErrNotFound
	}
	if _, err := s.visible(ctx, w, who, v.SubmissionID); err != nil {
		return nil, err
	}
	return v, nil
}

// GiveVisa agrees to the very page that was seen, by its SHA-256 (a head of the unit; not who drafted it; S3-04, S3-16). The last one tells the
// dispatch-checkers.
func (s *Service) GiveVisa(ctx context.Context, who docket.Actor, visa docket.ID, seen docket.Hash) (*docket.Visa, error) {
	return s.onVisa(ctx, who, visa, docket.EventGiveVisa, docket.AuditVisaGiven, func(w docket.Work, acting docket.Actor, sub *docket.Submission, l *docket.Letter, v *docket.Visa) error {
		if err := s.separate(ctx, w, acting, docket.KeyVisaOwn, l.Drafter, l.DrafterFor); err != nil {
			return err
		}
		if seen != v.Page {
			return docket.Refuse(docket.CodeConflict, docket.KeyApprovedOther)
		}
		v.State = docket.VisaGiven
		all, err := w.VisasOf(ctx, sub.ID)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(all, func(o docket.Visa) bool { return o.ID != v.ID && o.LetterID == l.ID && o.State == docket.VisaAsked }) {
			return nil
		}
		n := notice{key: docket.NotifyCheck, caseNo: sub.Number, link: PathDispatch + string(sub.ID), submissionID: sub.ID}
		return s.tellStaff(ctx, w, n, func(u docket.User) bool { return slices.Contains(u.Roles, docket.RoleDispatchChecker) })
	})
}

// RefuseVisa refuses with reasons: all visas of the page fall, and the project goes back to who drafts (a head of the unit; S3-04, S3-06).
func (s *Service) RefuseVisa(ctx context.Context, who docket.Actor, visa docket.ID, reason string) (*docket.Visa, error) {
	if reason = strings.TrimSpace(reason); reason == "" {
		return nil, docket.Invalid("reason", docket.KeyRequired)
	}
	return s.onVisa(ctx, who, visa, docket.EventRefuseVisa, docket.AuditVisaRefused, func(w docket.Work, acting docket.Actor, sub *docket.Submission, l *docket.Letter, v *docket.Visa) error {
		v.State, v.Reason = docket.VisaRefused, reason
		if err := s.dropVisas(ctx, w, l, v.ID); err != nil {
			return err
		}
		return s.sentBack(ctx, w, acting, sub, l, docket.Return{Step: docket.EventRefuseVisa, Reason: reason, UnitID: v.UnitID})
	})
}

// dropVisas lets the visas of a letter fall that were asked for or given, but for one.
func (s *Service) dropVisas(ctx context.Context, w docket.Work, l *docket.Letter, but docket.ID) error {
	all, err := w.VisasOf(ctx, l.SubmissionID)
	if err != nil {
		return err
	}
	for i := range all {
		v := &all[i]
		if v.LetterID != l.ID || v.ID == but || v.State != docket.VisaAsked && v.State != docket.VisaGiven {
			continue
		}
		v.State = docket.VisaFallen
		if err := w.UpdateVisa(ctx, v); err != nil {
			return err
		}
	}
	return nil
}

// sentBack keeps who returned a page, when and why, and tells who drafts (S3-06).
func (s *Service) sentBack(ctx context.Context, w docket.Work, who docket.Actor, sub *docket.Submission, l *docket.Letter, r docket.Return) error {
	r.ID, r.SubmissionID, r.LetterID, r.Page, r.By, r.ByName, r.At = docket.NewID(s.now()), sub.ID, l.ID, l.Unsealed, who.UserID, s.signsAs(who), s.now()
	if err := w.AddReturn(ctx, &r); err != nil {
		return err
	}
	l.Reason = r.Reason
	if err := w.UpdateLetter(ctx, l); err != nil {
		return err
	}
	n := notice{key: docket.NotifySentBack, caseNo: sub.Number, link: PathIncoming + string(sub.ID) + "/opinion", submissionID: sub.ID}
	return s.tellStaff(ctx, w, n, func(u docket.User) bool { return u.ID == sub.Expert || u.ID == l.Drafter })
}
