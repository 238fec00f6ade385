package desk

import (
	"context"
	"errors"
	"slices"

	"mohur/docket"
)

// named answers "not found" to who is not named as a reader of what carries a label (requirements 8, 20; S3-12). No role is enough: a coordinator,
// dispatch-checker or signatory must be named like everybody else.
func (s *Service) named(ctx context.Context, w docket.Work, who docket.Actor, label docket.Label, subjects ...docket.ID) error {
	if !label.Confidential() || who.Has(docket.RoleSystem) {
		return nil
	}
	is, err := w.IsReader(ctx, who.UserID, subjects...)
	if err == nil && !is {
		return docket.ErrNotFound
	}
	return err
}

// letterNamed is named for a letter, which has the label of its case beside its own.
func (s *Service) letterNamed(ctx context.Context, w docket.Work, who docket.Actor, l *docket.Letter) error {
	if l.SubmissionID != "" && !who.Has(docket.RoleSystem) {
		sub, err := w.Submission(ctx, l.SubmissionID)
		if err != nil {
			return err
		}
		if err := s.named(ctx, w, who, sub.Label, sub.ID); err != nil {
			return err
		}
	}
	return s.named(ctx, w, who, l.Label, l.ID, l.SubmissionID)
}

// shown are those of a case's letters that its reader may see: a body's people what was dispatched, nobody what carries a label and does not name him.
func (s *Service) shown(ctx context.Context, w docket.Work, who docket.Actor, letters []docket.Letter) (list []docket.Letter, err error) {
	for _, l := range letters {
		err := s.named(ctx, w, who, l.Label, l.ID, l.SubmissionID)
		switch {
		case err == nil && (!who.OfBody() || !l.Dispatched.IsZero()):
			list = append(list, l)
		case err != nil && !errors.Is(err, docket.ErrNotFound):
			return nil, err
		}
	}
	return list, nil
}

// reader is the person whose readings a list is filtered by; nobody is never everybody.
func reader(who docket.Actor) docket.ID {
	if who.Has(docket.RoleSystem) {
		return ""
	}
	if who.UserID == "" {
		return "nobody"
	}
	return who.UserID
}

// nameReader adds a reader; who is one already stays one.
func (s *Service) nameReader(ctx context.Context, w docket.Work, by docket.Actor, subject docket.ID, u docket.User) error {
	is, err := w.IsReader(ctx, u.ID, subject)
	if err != nil || is {
		return err
	}
	r := &docket.Reader{
		ID: docket.NewID(s.now()), Subject: subject, UserID: u.ID, Name: u.Name, OfAgency: u.BodyID == "", AddedBy: by.UserID, AddedByName: by.Name, Added: s.now(),
	}
	if err := w.AddReader(ctx, r); err != nil {
		return err
	}
	return s.audit(ctx, w, by, docket.AuditReaderNamed, subject, "", "reader", string(u.ID))
}

// label makes a case confidential: its sender and the body's first signers become its readers, everybody else has to be named. A draft of the kind
// has one reader, who writes it.
func (s *Service) label(ctx context.Context, w docket.Work, who docket.Actor, sub *docket.Submission) error {
	if sub.State == docket.SubmissionDraft {
		u, err := w.User(ctx, sub.UserID)
		if err != nil {
			return err
		}
		return s.nameReader(ctx, w, who, sub.ID, *u)
	}
	users, err := w.UsersOfBody(ctx, sub.BodyID)
	if err != nil {
		return err
	}
	for _, u := range users {
		if u.ID != sub.UserID && !slices.Contains(u.Roles, docket.RoleBodyAdmin) {
			continue
		}
		if err := s.nameReader(ctx, w, who, sub.ID, u); err != nil {
			return err
		}
	}
	return s.audit(ctx, w, who, docket.AuditLabelled, sub.ID, "", "number", sub.Number, "label", string(sub.Label))
}

// wish puts the sender's wish into force, or takes it back while the project is a draft.
func (s *Service) wish(ctx context.Context, w docket.Work, who docket.Actor, sub *docket.Submission) error {
	switch {
	case sub.Form.OfficialUse:
		sub.Label = docket.LabelOfficialUse
		return s.label(ctx, w, who, sub)
	case sub.State == docket.SubmissionDraft:
		sub.Label = docket.LabelOpen
	}
	return nil
}

// tellNamers tells coordinators that a labelled case waits for its readers: its number and a link, outside of what only its readers see.
func (s *Service) tellNamers(ctx context.Context, w docket.Work, sub *docket.Submission) error {
	n := notice{key: docket.NotifyLabelled, caseNo: sub.Number, link: PathConfidential + string(sub.ID)}
	if err := s.tell(ctx, w, docket.ChannelSystem, "", "", sub.BodyID, true, n); err != nil {
		return err
	}
	users, err := w.UsersOfBody(ctx, "")
	for _, u := range users {
		if err == nil && u.Email != "" && slices.Contains(u.Roles, docket.RoleCoordinator) {
			err = s.tell(ctx, w, docket.ChannelMail, u.Email, u.ID, "", true, n)
		}
	}
	return err
}

// SetLabel changes a case's label (coordinator who may see it). Making it confidential names him as a reader, with the sender and the body's first
// signers.
func (s *Service) SetLabel(ctx context.Context, who docket.Actor, id docket.ID, label docket.Label) (*docket.Submission, error) {
	if err := need(who, docket.RoleCoordinator); err != nil {
		return nil, err
	}
	if !slices.Contains(docket.Labels(), label) {
		return nil, docket.Invalid("label", docket.KeyChoice)
	}
	var sub *docket.Submission
	err := s.store.InTx(ctx, func(w docket.Work) (err error) {
		if sub, err = s.visible(ctx, w, who, id); err != nil {
			return err
		}
		if sub.Label == label {
			return nil
		}
		sub.Label = label
		if err := w.UpdateSubmission(ctx, sub); err != nil {
			return err
		}
		if !label.Confidential() {
			return s.audit(ctx, w, who, docket.AuditLabelled, id, "", "number", sub.Number, "label", string(label))
		}
		if err := s.label(ctx, w, who, sub); err != nil {
			return err
		}
		me, err := w.User(ctx, who.UserID)
		if err != nil {
			return err
		}
		return s.nameReader(ctx, w, who, id, *me)
	})
	if err != nil {
		return nil, err
	}
	return sub, nil
}

// SetLetterLabel changes the label of one letter (coordinator who may see it), who becomes its reader with whoever drafted it.
func (s *Service) SetLetterLabel(ctx context.Context, who docket.Actor, id docket.ID, label docket.Label) (*docket.Letter, error) {
	if err := need(who, docket.RoleCoordinator); err != nil {
		return nil, err
	}
	if !slices.Contains(docket.Labels(), label) {
		return nil, docket.Invalid("label", docket.KeyChoice)
	}
	var l *docket.Letter
	err := s.store.InTx(ctx, func(w docket.Work) (err error) {
		if l, err = s.readable(ctx, w, who, id); err != nil {
			return err
		}
		if l.Label == label {
			return nil
		}
		l.Label = label
		if err := w.UpdateLetter(ctx, l); err != nil {
			return err
		}
		for _, user := range []docket.ID{who.UserID, l.Drafter} {
			if user == "" || !label.Confidential() {
				continue
			}
			u, err := w.User(ctx, user)
			if err != nil {
				return err
			}
			if err := s.nameReader(ctx, w, who, id, *u); err != nil {
				return err
			}
		}
		return s.audit(ctx, w, who, docket.AuditLabelled, id, "", "number", l.Number, "label", string(label))
	})
	if err != nil {
		return nil, err
	}
	return l, nil
}

// ReadersView is who may see a labelled case: its number and day, never its title.
type ReadersView struct {
	ID         docket.ID
	Number     string
	Received   Period
	Label      docket.Label
	Readers    []docket.Reader // present and former
	Candidates []docket.User   // who may be named by this actor and is none
}

// confidential reads a labelled case for who names its readers: coordinators, who need not be readers themselves, and the body's first signers who are.
func (s *Service) confidential(ctx context.Context, w docket.Work, who docket.Actor, id docket.ID) (*docket.Submission, error) {
	sub, err := w.Submission(ctx, id)
	if err != nil {
		return nil, err
	}
	if !sub.Label.Confidential() || sub.State == docket.SubmissionDraft {
		return nil, docket.ErrNotFound
	}
	switch {
	case who.BodyID == "" && who.Has(docket.RoleCoordinator):
		return sub, nil
	case who.Has(docket.RoleBodyAdmin):
		return s.visible(ctx, w, who, id)
	}
	return nil, docket.ErrNotFound
}

// Readers shows who may see a labelled case (Məxfilik).
func (s *Service) Readers(ctx context.Context, who docket.Actor, id docket.ID) (*ReadersView, error) {
	v := new(ReadersView)
	err := s.store.Read(ctx, func(w docket.Work) error {
		sub, err := s.confidential(ctx, w, who, id)
		if err != nil {
			return err
		}
		cal, err := s.calendar(ctx, w)
		if err != nil {
			return err
		}
		v.ID, v.Number, v.Label, v.Received = id, sub.Number, sub.Label, s.period(sub, cal)
		if v.Readers, err = w.Readers(ctx, id); err != nil {
			return err
		}
		users, err := w.UsersOfBody(ctx, who.BodyID)
		for _, u := range users {
			may := u.BodyID != "" || slices.ContainsFunc(u.Roles, func(r docket.Role) bool {
				return slices.Contains([]docket.Role{docket.RoleCoordinator, docket.RoleExpert, docket.RoleVisaGiver, docket.RoleDispatchChecker, docket.RoleSignatory}, r)
			})
			is := slices.ContainsFunc(v.Readers, func(r docket.Reader) bool { return r.UserID == u.ID && r.Removed.IsZero() })
			if may && !is && u.Suspended.IsZero() {
				v.Candidates = append(v.Candidates, u)
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return v, nil
}

// NameReader names a person who may see a labelled case: a coordinator the agency's, a first signer those of the body.
func (s *Service) NameReader(ctx context.Context, who docket.Actor, id, user docket.ID) error {
	return s.store.InTx(ctx, func(w docket.Work) error {
		sub, err := s.confidential(ctx, w, who, id)
		if err != nil {
			return err
		}
		u, err := w.User(ctx, user)
		if docket.CodeOf(err) == docket.CodeNotFound || err == nil && u.BodyID != who.BodyID {
			return docket.Invalid("user", docket.KeyRequired)
		}
		if err != nil {
			return err
		}
		return s.nameReader(ctx, w, who, sub.ID, *u)
	})
}

// RemoveReader takes a reader off; the row stays as history. The sender stays a reader.
func (s *Service) RemoveReader(ctx context.Context, who docket.Actor, id, user docket.ID) error {
	return s.store.InTx(ctx, func(w docket.Work) error {
		sub, err := s.confidential(ctx, w, who, id)
		if err != nil {
			return err
		}
		u, err := w.User(ctx, user)
		if err != nil {
			return err
		}
		if u.BodyID != who.BodyID || u.ID == sub.UserID {
			return docket.Refuse(docket.CodeForbidden, docket.KeyForbidden)
		}
		if err := w.RemoveReader(ctx, id, user, who.Name, s.now()); err != nil {
			return err
		}
		return s.audit(ctx, w, who, docket.AuditReaderRemoved, id, "", "reader", string(user))
	})
}

// Confidential lists labelled cases by their numbers for the coordinator, who names their readers: no title, no body.
func (s *Service) Confidential(ctx context.Context, who docket.Actor) (list []ReadersView, err error) {
	if err := need(who, docket.RoleCoordinator); err != nil {
		return nil, err
	}
	err = s.store.Read(ctx, func(w docket.Work) error {
		cal, err := s.calendar(ctx, w)
		if err != nil {
			return err
		}
		subs, _, err := w.ListSubmissions(ctx, docket.SubmissionFilter{Labelled: true, Limit: 200})
		for i := range subs {
			readers, err := w.Readers(ctx, subs[i].ID)
			if err != nil {
				return err
			}
			list = append(list, ReadersView{ID: subs[i].ID, Number: subs[i].Number, Label: subs[i].Label, Received: s.period(&subs[i], cal), Readers: readers})
		}
		return err
	})
	return list, err
}

// OfAgency counts the readers whom the agency has now.
func (v *ReadersView) OfAgency() (n int) {
	for _, r := range v.Readers {
		if r.OfAgency && r.Removed.IsZero() {
			n++
		}
	}
	return n
}
