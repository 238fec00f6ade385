package desk

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"mohur/docket"
)

// happening says which event an entry of the audit log is told to programs as. Whatever is in the log and not here is not told: verbs write their
// entry as ever, and the event goes with it into the same transaction.
func happening(action string) (docket.EventType, bool) {
	kind, told := map[string]docket.EventType{
		docket.AuditRegistrationSubmitted: docket.OnRegistrationSubmitted,
		docket.AuditRegistrationApproved:  docket.OnRegistrationApproved,
		docket.AuditRegistrationRefused:   docket.OnRegistrationRefused,
		docket.AuditSubmissionReceived:    docket.OnSubmissionReceived,
		docket.AuditSubmissionAccepted:    docket.OnSubmissionAccepted,
		docket.AuditSubmissionReview:      docket.OnSubmissionReview,
		docket.AuditSubmissionDeficient:   docket.OnSubmissionDeficient,
		docket.AuditSubmissionCorrected:   docket.OnSubmissionCorrected,
		docket.AuditSubmissionDocument:    docket.OnSubmissionDocument,
		docket.AuditSubmissionWithdrawn:   docket.OnSubmissionWithdrawn,
		"submission.returned":             docket.OnSubmissionReturned,
		docket.AuditLetterDispatched:      docket.OnLetterDispatched,
		docket.AuditLetterRead:            docket.OnLetterRead,
		docket.AuditMessageSent:           docket.OnMessageSent,
		docket.AuditSealReleased:          docket.OnSealReleased,
		docket.AuditSealFailed:            docket.OnSealFailed,
	}[action]
	return kind, told
}

// happened records the event that an entry of the log is told as, if it is one. It says type, subject, number and time, and nothing else of a case,
// labelled or not.
func (s *Service) happened(ctx context.Context, w docket.Work, action string, subject docket.ID) error {
	kind, told := happening(action)
	if !told || subject == "" {
		return nil
	}
	e := &docket.Event{Type: kind, Subject: subject}
	var err error
	switch kind {
	case docket.OnRegistrationSubmitted, docket.OnRegistrationApproved, docket.OnRegistrationRefused:
		err = s.ofRegistration(ctx, w, e)
	case docket.OnLetterDispatched, docket.OnLetterRead, docket.OnSealReleased, docket.OnSealFailed:
		err = s.ofLetter(ctx, w, e)
	default:
		err = s.ofSubmission(ctx, w, e, subject)
	}
	if err != nil {
		return err
	}
	return s.addEvent(ctx, w, e)
}

// addEvent dates an event and adds it.
func (s *Service) addEvent(ctx context.Context, w docket.Work, e *docket.Event) error {
	now := s.now()
	e.ID, e.At = docket.NewID(now), now
	return w.AddEvent(ctx, e)
}

func (s *Service) ofRegistration(ctx context.Context, w docket.Work, e *docket.Event) error {
	r, err := w.Registration(ctx, e.Subject)
	if err != nil {
		return err
	}
	e.Number, e.BodyID, e.AgencyOnly = r.Case(), r.BodyID, e.Type != docket.OnRegistrationApproved
	return nil
}

func (s *Service) ofSubmission(ctx context.Context, w docket.Work, e *docket.Event, id docket.ID) error {
	sub, err := w.Submission(ctx, id)
	if err != nil {
		return err
	}
	e.Submission, e.Number, e.BodyID = id, sub.Number, sub.BodyID
	return nil
}

// ofLetter tells the body of what reaches it; what the agency's keys do is the agency's business.
func (s *Service) ofLetter(ctx context.Context, w docket.Work, e *docket.Event) error {
	l, err := w.Letter(ctx, e.Subject)
	if errors.Is(err, docket.ErrNotFound) {
		return nil // a seal of something else
	}
	if err != nil {
		return err
	}
	e.Submission, e.Number, e.BodyID = l.SubmissionID, l.Number, l.BodyID
	e.AgencyOnly = l.SubmissionID == "" || e.Type == docket.OnSealReleased || e.Type == docket.OnSealFailed
	if e.Type == docket.OnLetterDispatched && l.Kind == docket.LetterOpinion {
		e.Type = docket.OnOpinionDispatched
	}
	return nil
}

// remindEvent tells programs that a deadline comes near.
func (s *Service) remindEvent(ctx context.Context, w docket.Work, sub *docket.Submission) error {
	return s.addEvent(ctx, w, &docket.Event{Type: docket.OnDeadlineReminder, Subject: sub.ID, Submission: sub.ID, Number: sub.Number, BodyID: sub.BodyID})
}

// eventMessage is an event as programs are sent it: the attribute names of CloudEvents 1.0, and little more than what to ask for.
type eventMessage struct {
	SpecVersion string    `json:"specversion"`
	ID          docket.ID `json:"id"`
	Source      string    `json:"source"`
	Type        string    `json:"type"`
	Subject     docket.ID `json:"subject,omitempty"`
	Time        string    `json:"time"`
	ContentType string    `json:"datacontenttype"`
	Data        eventData `json:"data"`
}

type eventData struct {
	Place      int64     `json:"place,omitempty"`
	Number     string    `json:"number,omitempty"`
	Submission docket.ID `json:"submission,omitempty"`
}

// EventPayload spells an event as it is delivered to webhooks.
func (s *Service) EventPayload(e *docket.Event) ([]byte, error) {
	return json.Marshal(eventMessage{
		SpecVersion: "1.0", ID: e.ID, Source: s.cfg.BaseURL, Type: string(e.Type), Subject: e.Subject, Time: e.At.UTC().Format(time.RFC3339Nano),
		ContentType: "application/json", Data: eventData{Place: e.N, Number: e.Number, Submission: e.Submission},
	})
}

// placedAtOnce is how many events one transaction places.
const placedAtOnce = 200

// PlaceEvents gives committed events their places and has them delivered to the webhooks that want them, in one transaction: an event is delivered
// to each of them, once. It returns how many there were.
func (s *Service) PlaceEvents(ctx context.Context) (placed int, err error) {
	for {
		n := 0
		err := s.store.InTx(ctx, func(w docket.Work) error {
			events, err := w.PlaceEvents(ctx, placedAtOnce)
			if err != nil {
				return err
			}
			n = len(events)
			return s.fanOut(ctx, w, events)
		})
		placed += n
		if err != nil || n < placedAtOnce {
			return placed, err
		}
	}
}

// fanOut makes the deliveries of events.
func (s *Service) fanOut(ctx context.Context, w docket.Work, events []docket.Event) error {
	if len(events) == 0 {
		return nil
	}
	var bodies []docket.ID
	for _, e := range events {
		if e.BodyID != "" && !slices.Contains(bodies, e.BodyID) {
			bodies = append(bodies, e.BodyID)
		}
	}
	hooks, err := w.ActiveWebhooks(ctx, bodies)
	if err != nil {
		return err
	}
	for i := range events {
		for j := range hooks {
			if !hooks[j].Wants(&events[i]) {
				continue
			}
			if err := s.dispatchEvent(ctx, w, &hooks[j], &events[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// dispatchEvent makes one delivery and enqueues its first attempt.
func (s *Service) dispatchEvent(ctx context.Context, w docket.Work, h *docket.Webhook, e *docket.Event) error {
	payload, err := s.EventPayload(e)
	if err != nil {
		return err
	}
	now := s.now()
	d := &docket.WebhookDelivery{
		ID: docket.NewID(now), WebhookID: h.ID, Message: e.ID, Type: e.Type, Payload: payload, State: docket.DeliveryWaiting, Created: now, Next: now,
	}
	if err := w.AddWebhookDelivery(ctx, d); err != nil {
		return err
	}
	return w.Enqueue(ctx, docket.Task{Kind: docket.TaskWebhook, Subject: d.ID})
}

// Events lists what a program may know, after a place, in order: a body's what is its own, the agency's everything. last is the place up to which
// everything was looked at: the one to go on from.
func (s *Service) Events(ctx context.Context, who docket.Actor, f docket.EventFilter) (list []docket.Event, last int64, err error) {
	switch {
	case who.OfBody():
		f.BodyID = who.BodyID
	case who.BodyID == "" && who.Has(docket.RoleCoordinator, docket.RoleAuditor, docket.RoleSystem):
		f.BodyID = ""
	default:
		return nil, 0, docket.Refuse(docket.CodeForbidden, docket.KeyForbidden)
	}
	if f.Limit <= 0 || f.Limit > 1000 {
		f.Limit = 100
	}
	err = s.store.Read(ctx, func(w docket.Work) error {
		if last, err = w.LastEvent(ctx); err != nil {
			return err
		}
		list, err = w.Events(ctx, f)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	if n := len(list); n == f.Limit {
		last = list[n-1].N
	}
	return list, max(last, f.After), nil
}

// Days that events and deliveries are kept (requirements.md 8, 25).
const eventDays = 365

// RemoveOldEvents removes events and ended deliveries after a year, and answers to programs' keys after a day.
func (s *Service) RemoveOldEvents(ctx context.Context) error {
	return s.store.InTx(ctx, func(w docket.Work) error {
		old := s.now().AddDate(0, 0, -eventDays)
		if _, err := w.RemoveEvents(ctx, old); err != nil {
			return err
		}
		if _, err := w.RemoveWebhookDeliveries(ctx, old); err != nil {
			return err
		}
		_, err := w.RemoveIdempotentRequests(ctx, s.now().Add(-24*time.Hour))
		return err
	})
}
