package desk

import (
	"context"
	"errors"
	"slices"
	"strings"

	"mohur/docket"
)

// possible leaves out what the table allows the actor's role but not him: only who drafts drafts and asks for visas, only a head of an asked unit
// decides on one, and a page that waits for visas is not checked before they are asked for.
func (s *Service) possible(who docket.Actor, sub *docket.Submission, g *WorkingGroup, events []string) []string {
	_, drafts := who.Standing(sub.Expert, docket.RoleExpert)
	decides := g != nil && slices.ContainsFunc(g.Visas, func(v VisaView) bool { return v.MayGive })
	return slices.DeleteFunc(events, func(event string) bool {
		switch event {
		case docket.EventDraft:
			return !drafts
		case docket.EventAskVisas:
			return !drafts || s.cfg.Group.NoVisas
		case docket.EventGiveVisa, docket.EventRefuseVisa:
			return !decides
		case docket.EventCheck:
			return sub.State == docket.SubmissionDrafted && !s.cfg.Group.NoVisas
		}
		return false
	})
}

// Suggested is what the draft of an opinion begins with: the units' own words, and the most cautious of their outcomes (S1-34).
func (s *Service) Suggested(v *SubmissionView) OpinionInput {
	in := OpinionInput{SubmissionID: v.Submission.ID, Subject: v.Submission.Form.ProjectName}
	if v.Group == nil {
		return in
	}
	text := []string{s.words("letter.opinion.opening", "name", v.Submission.Form.ProjectName)}
	worst := -1
	for i := range v.Group.Tasks {
		last := v.Group.Tasks[i].Last()
		if last == nil || !v.Group.Tasks[i].Stands() || v.Group.Tasks[i].Outdated {
			continue
		}
		text = append(text, last.Text)
		worst = max(worst, slices.Index(docket.Outcomes(), last.Outcome))
	}
	if worst < 0 {
		return in
	}
	in.Text, in.Outcome = strings.Join(text, "\n\n"), docket.Outcomes()[worst]
	return in
}

// DispatchRow is a project in the queue of the dispatch check.
type DispatchRow struct {
	SubmissionRow
	Given, Asked int  // visas of the page
	Ready        bool // it may be checked now
}

// DispatchQueue lists what waits for the dispatch check, and what still waits for visas, the most urgent first (dispatch-checker; S3-04, S3-06).
func (s *Service) DispatchQueue(ctx context.Context, who docket.Actor) (rows []DispatchRow, err error) {
	if err := need(who, docket.RoleDispatchChecker); err != nil {
		return nil, err
	}
	states := []docket.SubmissionState{docket.SubmissionVisa}
	if s.cfg.Group.NoVisas {
		states = append(states, docket.SubmissionDrafted)
	}
	list, _, err := s.ListSubmissions(ctx, who, docket.SubmissionFilter{States: states, Order: docket.OrderDue, Limit: 200})
	if err != nil {
		return nil, err
	}
	err = s.store.Read(ctx, func(w docket.Work) error {
		for _, sub := range list {
			row := DispatchRow{SubmissionRow: sub}
			visas, err := w.VisasOf(ctx, sub.ID)
			if err != nil {
				return err
			}
			for _, v := range visas {
				switch v.State {
				case docket.VisaGiven:
					row.Given++
					row.Asked++
				case docket.VisaAsked:
					row.Asked++
				}
			}
			row.Ready = row.Given == row.Asked
			rows = append(rows, row)
		}
		return nil
	})
	slices.SortStableFunc(rows, func(a, b DispatchRow) int {
		switch {
		case a.Ready == b.Ready:
			return 0
		case a.Ready:
			return -1
		}
		return 1
	})
	return rows, err
}

// ofUnitField names the unit in the fields of a refusal of its task, for a form that asks several units at once.
func ofUnitField(err error, unit docket.ID) error {
	if e, ok := errors.AsType[*docket.Error](err); ok && e.Code == docket.CodeInvalid && e.Field != "" {
		return e.On(e.Field + "-" + string(unit))
	}
	return err
}
