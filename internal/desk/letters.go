package desk

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
	"mohur/internal/locale"
)

// words are the agency's own words in a letter: the state language.
func (s *Service) words(key string, args ...any) string {
	return locale.For(locale.Azerbaijani).T(key, args...)
}

// series is a run of the agency's numbers.
func (s *Service) series(j docket.Journal, caseNo string) docket.Series {
	return docket.Series{Journal: j, Unit: s.cfg.AgencyUnit, Case: caseNo, Template: s.cfg.Template}
}

// newLetter starts an official letter with its public address and control code.
func (s *Service) newLetter(kind docket.LetterKind, body docket.ID, name string) *docket.Letter {
	now := s.now()
	return &docket.Letter{
		ID: docket.NewID(now), Kind: kind, State: docket.LetterDraft, BodyID: body, BodyName: name,
		Public: docket.NewSecret(), ControlCode: docket.NewControlCode(), Created: now, Rev: 1,
	}
}

// render makes the page of a letter and stores it. It is called inside a transaction only where the number must stand on the page: it
// waits for nobody, and its only effect outside is a blob named by its content.
func (s *Service) render(ctx context.Context, l *docket.Letter, p *docket.LetterPage) error {
	p.Kind, p.Number, p.Date, p.Subject, p.Text, p.Outcome = l.Kind, l.Number, l.NumberDate, l.Subject, l.Text, l.Outcome
	p.LookupURL, p.ControlCode, p.MadeAt = s.url(PathLookUp, l.Public), l.ControlCode, l.Created
	p.Executor = l.DrafterName
	if p.Signatory == "" {
		p.Signatory = s.signatory(l)
	}
	out, err := s.blobs.Create(ctx, s.cfg.Limits.SealedBytes)
	if err != nil {
		return err
	}
	defer func() { _ = out.Abort() }()
	place, err := s.paper.Letter(ctx, p, out)
	if err != nil {
		return fmt.Errorf("the page could not be made: %w", err)
	}
	b, err := out.Commit()
	if err != nil {
		return err
	}
	l.Unsealed, l.Place = b.Hash, place
	return nil
}

// signatory is whose name stands under a letter.
func (s *Service) signatory(l *docket.Letter) string {
	if s.cfg.Signatory != "" {
		return s.cfg.Signatory
	}
	return l.DrafterName
}

// issue takes a letter that a decision already issued (a receipt, notice or refusal) as far as the transaction of that decision may: the
// number, the page it stands on, the intent. finishSeal does the rest after the commit.
func (s *Service) issue(ctx context.Context, w docket.Work, who docket.Actor, l *docket.Letter, p *docket.LetterPage, profile SealProfile, series docket.Series) error {
	if l.Number == "" {
		n, err := s.takeNumber(ctx, w, who, series, l.ID, docket.JournalKindOf(l.Kind), l.Annexes)
		if err != nil {
			return err
		}
		l.Number, l.NumberDate = n.Text, n.Date
	}
	if err := s.render(ctx, l, p); err != nil {
		return err
	}
	if err := moveLetter(l, docket.EventIssue, docket.System()); err != nil {
		return err
	}
	l.Profile = profile.Name
	if err := w.AddLetter(ctx, l); err != nil {
		return err
	}
	return s.intend(ctx, w, who, l, profile)
}

// intend commits to sealing exactly these bytes with exactly this certificate, and enqueues the job that finishes it should we not. Where no key can
// sign now, the certificate is committed by the attempt that has one.
func (s *Service) intend(ctx context.Context, w docket.Work, who docket.Actor, l *docket.Letter, p SealProfile) error {
	if err := stillInForce(ctx, w, l.Kind, p); err != nil {
		return err
	}
	now := s.now()
	i := &docket.SealIntent{
		ID: docket.NewID(now), LetterID: l.ID, Document: l.ToSeal(), Profile: p.Name, Version: p.Version, Key: p.Key, Certificate: p.Certificate, Number: l.Number,
		Owner: s.owner, Lease: now.Add(s.cfg.Lease), Attempts: 1, Created: now,
	}
	if err := w.AddIntent(ctx, i); err != nil {
		return err
	}
	if err := w.Enqueue(ctx, docket.Task{Kind: docket.TaskSeal, Subject: l.ID, At: now.Add(s.cfg.Lease + time.Second)}); err != nil {
		return err
	}
	if err := s.audit(ctx, w, who, docket.AuditSealIntended, l.ID, l.ToSeal(), "number", l.Number, "key", p.Key, "certificate", string(p.Certificate),
		"profile", p.Name, "version", strconv.Itoa(p.Version)); err != nil {
		return err
	}
	if p.away != nil {
		return nil
	}
	return s.countSignature(ctx, w, p)
}

// azDate spells a day as letters do.
func azDate(d calendar.Date) string {
	return fmt.Sprintf("%02d.%02d.%04d", d.Day, int(d.Month), d.Year)
}

// reference names the body's cover letter.
func reference(f docket.Form) string {
	if f.CoverDate.IsZero() {
		return f.CoverNumber
	}
	return strings.TrimSpace(f.CoverNumber) + ", " + azDate(f.CoverDate)
}
