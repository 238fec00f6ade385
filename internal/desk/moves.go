package desk

import (
	"context"
	"errors"
	"net/url"
	"slices"

	"mohur/docket"
)

// Paths of the pages that notifications and documents link to. internal/web serves them.
const (
	PathLogIn        = "/log-in/"        // + secret
	PathRegistration = "/registration/"  // + key of the draft
	PathSubmission   = "/submissions/"   // + id
	PathRegistered   = "/registrations/" // + id, for the registrar
	PathIncoming     = "/incoming/"      // + id, for the agency's people
	PathConfidential = "/confidential/"  // + id, for who names the readers of a labelled project
	PathTask         = "/tasks/"         // + id
	PathVisa         = "/visas/"         // + id
	PathDispatch     = "/dispatch/"      // + id of the project
	PathSeal         = "/seal/"          // + id of the project
	PathLookUp       = "/d/"             // + 128-bit address
	PathDelegations  = "/delegations"
	PathContact      = "/contact/" // + secret that confirms an address
)

// audit writes an entry into the unit of work. kv are pairs of a name and a value; values are ids, codes, numbers, never personal data.
func (s *Service) audit(ctx context.Context, w docket.Work, who docket.Actor, action string, subject docket.ID, blob docket.Hash, kv ...string) error {
	now := s.now()
	e := &docket.AuditEntry{ID: docket.NewID(now), At: now, Actor: who.UserID, Action: action, Subject: subject, Blob: blob}
	if len(who.Roles) > 0 {
		e.Role = string(who.Roles[0])
	}
	for i, kv := 0, append(inPlaceOf(who), kv...); i+1 < len(kv); i += 2 {
		if kv[i+1] == "" {
			continue
		}
		if e.Detail == nil {
			e.Detail = map[string]string{}
		}
		e.Detail[kv[i]] = kv[i+1]
	}
	if who.Program != "" {
		if e.Detail == nil {
			e.Detail = map[string]string{}
		}
		e.Detail["program"] = who.Program
	}
	if err := w.Audit(ctx, e); err != nil {
		return err
	}
	return s.happened(ctx, w, action, subject)
}

// refused writes the entry of a refusal in a transaction of its own, for the one that refused is rolled back (decisions 21), and returns
// the refusal. If the log can't be written, that is part of the answer.
func (s *Service) refused(ctx context.Context, who docket.Actor, action string, subject docket.ID, blob docket.Hash, cause error) error {
	err := s.store.InTx(context.WithoutCancel(ctx), func(w docket.Work) error {
		return s.audit(ctx, w, who, action, subject, blob, "key", docket.KeyOf(cause), "code", string(docket.CodeOf(cause)))
	})
	return errors.Join(cause, err)
}

// need refuses an actor without one of the roles.
func need(who docket.Actor, roles ...docket.Role) error {
	if !who.Has(roles...) {
		return docket.Refuse(docket.CodeForbidden, docket.KeyForbidden)
	}
	return nil
}

// moveRegistration applies an event of the table.
func moveRegistration(r *docket.Registration, event string, who docket.Actor) error {
	next, err := docket.Next(docket.RegistrationTransitions(), r.State, event, who)
	if err != nil {
		return err
	}
	r.State = next
	return nil
}

// moveSubmission applies an event of the table.
func moveSubmission(sub *docket.Submission, event string, who docket.Actor) error {
	next, err := docket.Next(docket.SubmissionTransitions(), sub.State, event, who)
	if err != nil {
		return err
	}
	sub.State = next
	return nil
}

// moveLetter applies an event of the table.
func moveLetter(l *docket.Letter, event string, who docket.Actor) error {
	next, err := docket.Next(docket.LetterTransitions(), l.State, event, who)
	if err != nil {
		return err
	}
	l.State = next
	return nil
}

// visible returns a project that the actor may see: a body's people their own body's, the agency's people all but drafts. Everything else
// is not found, so that an id tells nothing.
func (s *Service) visible(ctx context.Context, w docket.Work, who docket.Actor, id docket.ID) (*docket.Submission, error) {
	sub, err := w.Submission(ctx, id)
	if err == nil {
		err = s.named(ctx, w, who, sub.Label, id)
	}
	if err != nil {
		return nil, err
	}
	switch {
	case who.Has(docket.RoleSystem):
	case who.OfBody() && sub.BodyID == who.BodyID:
	case caseWorker(who) && sub.State != docket.SubmissionDraft && sub.State != docket.SubmissionVerifying:
		return sub, s.ofUnit(ctx, w, who, sub)
	default:
		return nil, docket.ErrNotFound
	}
	return sub, nil
}

// ofUnit refuses one of the agency's people who has nothing to do with a project: coordinator, dispatch-checker and signatory see all, a unit's people
// what their unit, or they by name, have been asked about, and what they draft (need-to-know, requirements 2a).
func (s *Service) ofUnit(ctx context.Context, w docket.Work, who docket.Actor, sub *docket.Submission) error {
	if who.Has(docket.RoleCoordinator, docket.RoleDispatchChecker, docket.RoleSignatory) {
		return nil
	}
	people, units := who.Desks()
	if slices.Contains(people, sub.Expert) {
		return nil
	}
	tasks, err := w.CaseTasks(ctx, sub.ID)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(tasks, func(t docket.CaseTask) bool {
		return t.Stands() && (slices.Contains(units, t.UnitID) || slices.Contains(people, t.Person))
	}) {
		return nil
	}
	return docket.ErrNotFound
}

// caseWorker says whether the actor works on cases; registrars, auditors and administrators do not see their contents.
func caseWorker(who docket.Actor) bool {
	return who.BodyID == "" && who.Has(docket.RoleCoordinator, docket.RoleExpert, docket.RoleVisaGiver, docket.RoleDispatchChecker, docket.RoleSignatory)
}

// approved refuses the people of a body whose registration is not approved (S1-09). Of a suspended body they go on with what they sent, and
// no more: starts asks for that.
func (s *Service) approved(ctx context.Context, w docket.Work, who docket.Actor) error {
	_, err := s.representing(ctx, w, who)
	return err
}

// starts refuses besides where the body is suspended: open cases go on, new ones do not start (requirements 2).
func (s *Service) starts(ctx context.Context, w docket.Work, who docket.Actor) error {
	r, err := s.representing(ctx, w, who)
	if err == nil && r.State == docket.RegistrationSuspended {
		return docket.Refuse(docket.CodeForbidden, docket.KeyBodySuspended)
	}
	return err
}

// representing returns the registration under which the actor represents his body.
func (s *Service) representing(ctx context.Context, w docket.Work, who docket.Actor) (*docket.Registration, error) {
	if !who.OfBody() {
		return nil, docket.Refuse(docket.CodeForbidden, docket.KeyForbidden)
	}
	list, _, err := w.ListRegistrations(ctx, docket.RegistrationFilter{
		BodyID: who.BodyID, States: []docket.RegistrationState{docket.RegistrationApproved, docket.RegistrationSuspended}, Limit: 1,
	})
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, docket.Refuse(docket.CodeForbidden, docket.KeyNotApproved)
	}
	return &list[0], nil
}

// url is the full address of a path of the pages.
func (s *Service) url(path, last string) string { return s.cfg.BaseURL + path + url.PathEscape(last) }
