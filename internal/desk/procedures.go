package desk

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"mohur/docket"
	"mohur/docket/calendar"
)

// Procedures lists the versions of the terms of a kind of case, newest first (administrator; the agency's people may read).
func (s *Service) Procedures(ctx context.Context, who docket.Actor, code docket.ProcedureCode) (list []docket.Procedure, err error) {
	if !who.OfAgency() {
		return nil, docket.Refuse(docket.CodeForbidden, docket.KeyForbidden)
	}
	err = s.store.Read(ctx, func(w docket.Work) error { list, err = w.ListProcedures(ctx, code); return err })
	if err == nil && len(list) == 0 {
		err = docket.ErrNotFound
	}
	return list, err
}

// ProcedureChange is the next version of a kind of case's terms.
type ProcedureChange struct {
	Code  docket.ProcedureCode
	Base  int           // the version it was made from; another one since then is a conflict
	From  calendar.Date // in force for what comes in from this day on, today at the earliest
	Terms docket.ProcedureTerms
	Why   string
}

// ChangeProcedure brings the next version of terms into force from a day on (administrator). Cases that came in before keep the version they
// began under (requirements 7).
func (s *Service) ChangeProcedure(ctx context.Context, who docket.Actor, in ProcedureChange) (*docket.Procedure, error) {
	if err := need(who, docket.RoleAdmin); err != nil {
		return nil, err
	}
	errs := in.Terms.Check()
	in.Why = strings.TrimSpace(in.Why)
	switch n := utf8.RuneCountInString(in.Why); {
	case n == 0:
		errs = append(errs, docket.Invalid("why", docket.KeyRequired))
	case n > 500:
		errs = append(errs, docket.Invalid("why", docket.KeyTooLong).With("max", 500))
	}
	switch {
	case in.From.IsZero():
		errs = append(errs, docket.Invalid("from", docket.KeyDate))
	case in.From.Before(s.today()):
		errs = append(errs, docket.Invalid("from", docket.KeyDatePast))
	}
	if len(errs) > 0 {
		return nil, errs
	}
	var p *docket.Procedure
	err := s.store.InTx(ctx, func(w docket.Work) error {
		list, err := w.ListProcedures(ctx, in.Code)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return docket.ErrNotFound
		}
		if list[0].Version != in.Base {
			return docket.ErrStale
		}
		if err := s.knownUnits(ctx, w, in.Terms.Visas); err != nil {
			return err
		}
		p = &docket.Procedure{
			ID: docket.NewID(s.now()), Code: in.Code, Version: in.Base + 1, From: in.From, Terms: in.Terms, Why: in.Why,
			MadeBy: who.UserID, MadeByName: who.Name, Made: s.now(),
		}
		if err := w.AddProcedure(ctx, p); err != nil {
			return err
		}
		return s.audit(ctx, w, who, docket.AuditProcedureChanged, p.ID, "", "procedure", string(p.Code), "version", itoa(p.Version), "from", p.From.String())
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// knownUnits refuses a code of no unit.
func (s *Service) knownUnits(ctx context.Context, w docket.Work, codes []string) error {
	if len(codes) == 0 {
		return nil
	}
	units, err := w.Units(ctx)
	if err != nil {
		return err
	}
	for _, c := range codes {
		if !slices.ContainsFunc(units, func(u docket.Unit) bool { return u.Code == c }) {
			return docket.Invalid("visas", docket.KeyChoice)
		}
	}
	return nil
}
