package desk

import (
	"context"
	"strconv"

	"mohur/docket"
)

// SubmissionRow is a line of the list.
type SubmissionRow struct {
	docket.Submission
	Period Period
	Unread int
	News   docket.CaseNews // for a body's people (S1-16)
	Events []string        // what the actor may do now
}

// SubmissionView is a project with everything that belongs to it.
type SubmissionView struct {
	Submission    docket.Submission
	Period        Period
	Versions      []docket.Version
	Verifications map[docket.ID]docket.Verification // of the versions
	Letters       []docket.Letter                   // those the actor may see
	Notices       []docket.Notice
	Deadlines     []docket.Deadline
	Suspensions   []docket.Suspension // of the review, oldest first
	Unread        int
	Events        []string      // what the actor may do now
	Group         *WorkingGroup // for the agency's people
}

func itoa(n int) string { return strconv.Itoa(n) }

// ListSubmissions lists the projects the actor may see: a body's people their own body's, the agency's people all but drafts.
func (s *Service) ListSubmissions(ctx context.Context, who docket.Actor, f docket.SubmissionFilter) (rows []SubmissionRow, total int, err error) {
	switch {
	case who.OfBody():
		f.BodyID = who.BodyID
	case caseWorker(who):
		f.WithDrafts = false
		f.People, f.Units = nil, nil
		if !who.Has(docket.RoleCoordinator, docket.RoleDispatchChecker, docket.RoleSignatory) {
			f.People, f.Units = who.Desks()
		}
		if len(f.States) == 0 {
			f.Without = []docket.SubmissionState{docket.SubmissionVerifying}
		}
	default:
		return nil, 0, docket.Refuse(docket.CodeForbidden, docket.KeyForbidden)
	}
	f.Reader = reader(who)
	err = s.store.Read(ctx, func(w docket.Work) error {
		if who.OfBody() {
			if err := s.approved(ctx, w, who); err != nil {
				return err
			}
		}
		list, n, err := w.ListSubmissions(ctx, f)
		if err != nil {
			return err
		}
		cal, err := s.calendar(ctx, w)
		if err != nil {
			return err
		}
		total = n
		ids := make([]docket.ID, len(list))
		for i := range list {
			ids[i] = list[i].ID
		}
		unread, err := w.Unread(ctx, ids, !who.OfBody())
		if err != nil {
			return err
		}
		var news map[docket.ID]docket.CaseNews
		if who.OfBody() {
			if news, err = w.CaseNews(ctx, ids); err != nil {
				return err
			}
		}
		for i := range list {
			rows = append(rows, SubmissionRow{
				Submission: forReader(list[i], who), Period: s.period(&list[i], cal), Unread: unread[list[i].ID], News: news[list[i].ID],
				Events: docket.Events(docket.SubmissionTransitions(), list[i].State, who),
			})
		}
		return nil
	})
	return rows, total, err
}

// forReader hides from the agency what the body has not signed yet.
func forReader(sub docket.Submission, who docket.Actor) docket.Submission {
	if !who.OfBody() {
		sub.Correction, sub.Record, sub.RecordData = nil, "", ""
	}
	return sub
}

// Submission shows one project; another body's is not found. A reading by the agency's people is logged.
func (s *Service) Submission(ctx context.Context, who docket.Actor, id docket.ID) (*SubmissionView, error) {
	view := new(SubmissionView)
	err := s.store.Read(ctx, func(w docket.Work) error { return s.view(ctx, w, who, id, view) })
	if err != nil {
		return nil, err
	}
	if caseWorker(who) {
		err = s.store.InTx(ctx, func(w docket.Work) error { return s.audit(ctx, w, who, docket.AuditSubmissionRead, id, "") })
	}
	if err != nil {
		return nil, err
	}
	return view, nil
}

// view reads everything of a project that the actor may see.
func (s *Service) view(ctx context.Context, w docket.Work, who docket.Actor, id docket.ID, v *SubmissionView) error {
	sub, err := s.visible(ctx, w, who, id)
	if err != nil {
		return err
	}
	cal, err := s.calendar(ctx, w)
	if err != nil {
		return err
	}
	v.Submission, v.Period = forReader(*sub, who), s.period(sub, cal)
	v.Events = docket.Events(docket.SubmissionTransitions(), sub.State, who)
	if v.Versions, err = w.Versions(ctx, id); err != nil {
		return err
	}
	v.Verifications = map[docket.ID]docket.Verification{}
	for _, ver := range v.Versions {
		verdict, err := w.Verification(ctx, ver.VerificationID)
		if err != nil {
			return err
		}
		v.Verifications[ver.VerificationID] = *verdict
	}
	letters, err := w.LettersOf(ctx, id)
	if err != nil {
		return err
	}
	if v.Letters, err = s.shown(ctx, w, who, letters); err != nil {
		return err
	}
	if caseWorker(who) {
		if v.Group, err = s.workingGroup(ctx, w, who, sub, letters); err != nil {
			return err
		}
		v.Events = s.possible(who, sub, v.Group, v.Events)
	}
	if v.Notices, err = w.Notices(ctx, id); err != nil {
		return err
	}
	if v.Deadlines, err = w.Deadlines(ctx, id); err != nil {
		return err
	}
	if v.Suspensions, err = w.Suspensions(ctx, id); err != nil {
		return err
	}
	unread, err := w.Unread(ctx, []docket.ID{id}, !who.OfBody())
	v.Unread = unread[id]
	return err
}
