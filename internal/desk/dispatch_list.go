package desk

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"mohur/docket"
	"mohur/docket/calendar"
)

// outRoles are the agency's people who see to what goes out.
func outRoles() []docket.Role {
	return []docket.Role{docket.RoleCoordinator, docket.RoleDispatchChecker, docket.RoleSignatory}
}

// journalRoles are those who read the books: besides, the archivist. The auditor reads the log, which holds no contents (requirements 2a).
func journalRoles() []docket.Role {
	return append(outRoles(), docket.RoleArchivist)
}

// list puts a letter that goes out on the dispatch list (S3-05): its addressee's mailbox, where it is delivered the moment it stands there
// (requirements 8, 18).
func (s *Service) list(ctx context.Context, w docket.Work, who docket.Actor, l *docket.Letter) error {
	e := &docket.DispatchEntry{
		ID: docket.NewID(l.Dispatched), LetterID: l.ID, SubmissionID: l.SubmissionID, Kind: l.Kind, Number: l.Number, Day: calendar.DateOf(l.Dispatched), BodyID: l.BodyID,
		Addressee: l.BodyName, Channel: docket.DispatchMailbox, AddedBy: who.UserID, Added: l.Dispatched, Delivered: l.Dispatched,
	}
	if l.BodyID == "" { // nobody's mailbox: a clerk sees to it
		e.Channel, e.Delivered = docket.DispatchOther, time.Time{}
	}
	return w.AddDispatch(ctx, e)
}

// received notes on the dispatch list that a body's letter was received, how and by whom, if nobody did yet.
func (s *Service) received(ctx context.Context, w docket.Work, who docket.Actor, letter docket.ID, how docket.ReceiptWay) error {
	lines, err := w.DispatchesOf(ctx, letter)
	if err != nil {
		return err
	}
	for i := range lines {
		e := &lines[i]
		if e.BodyID != who.BodyID || !e.Confirmed.IsZero() {
			continue
		}
		e.Confirmed, e.ConfirmedBy, e.ConfirmedHow = s.now(), who.Name, how
		return w.UpdateDispatch(ctx, e)
	}
	return nil
}

// ConfirmReceipt is “Alındığını təsdiq et”: a body's person says that the letter was received; a repetition changes nothing (S3-05).
func (s *Service) ConfirmReceipt(ctx context.Context, who docket.Actor, letter docket.ID) (*docket.Letter, error) {
	if !who.OfBody() {
		return nil, docket.Refuse(docket.CodeForbidden, docket.KeyForbidden)
	}
	var l *docket.Letter
	err := s.store.InTx(ctx, func(w docket.Work) (err error) {
		if l, err = s.readable(ctx, w, who, letter); err != nil {
			return err
		}
		if err := s.received(ctx, w, who, l.ID, docket.ReceiptByPerson); err != nil {
			return err
		}
		return s.audit(ctx, w, who, docket.AuditReceiptConfirmed, l.ID, l.Sealed, "number", l.Number)
	})
	if err != nil {
		return nil, err
	}
	return l, nil
}

// Dispatched lists the lines of a letter that the actor may read.
func (s *Service) Dispatched(ctx context.Context, who docket.Actor, letter docket.ID) (list []docket.DispatchEntry, err error) {
	err = s.store.Read(ctx, func(w docket.Work) error {
		if _, err := s.readable(ctx, w, who, letter); err != nil {
			return err
		}
		list, err = w.DispatchesOf(ctx, letter)
		return err
	})
	if who.OfBody() { // whom else the agency wrote to is not the body's
		list = slices.DeleteFunc(list, func(e docket.DispatchEntry) bool { return e.BodyID != who.BodyID })
	}
	return list, err
}

// CopyInput is a further addressee of a letter.
type CopyInput struct {
	LetterID  docket.ID
	Addressee string
	Channel   docket.DispatchChannel // not the mailbox
	Note      string
}

// AddCopy notes a further addressee, who is sent a copy on another way than the mailbox (S3-05).
func (s *Service) AddCopy(ctx context.Context, who docket.Actor, in CopyInput) (*docket.DispatchEntry, error) {
	if err := need(who, outRoles()...); err != nil {
		return nil, err
	}
	who = who.As(outRoles()...)
	in.Addressee, in.Note = strings.TrimSpace(in.Addressee), strings.TrimSpace(in.Note)
	var errs docket.Errors
	switch n := utf8.RuneCountInString(in.Addressee); {
	case n == 0:
		errs = append(errs, docket.Invalid("addressee", docket.KeyRequired))
	case n > 200:
		errs = append(errs, docket.Invalid("addressee", docket.KeyTooLong).With("max", 200))
	}
	if in.Channel == docket.DispatchMailbox || !slices.Contains(docket.DispatchChannels(), in.Channel) {
		errs = append(errs, docket.Invalid("channel", docket.KeyRequired))
	}
	switch n := utf8.RuneCountInString(in.Note); {
	case n == 0 && in.Channel == docket.DispatchOther:
		errs = append(errs, docket.Invalid("note", docket.KeyRequired))
	case n > 500:
		errs = append(errs, docket.Invalid("note", docket.KeyTooLong).With("max", 500))
	}
	if len(errs) > 0 {
		return nil, errs
	}
	var e *docket.DispatchEntry
	err := s.store.InTx(ctx, func(w docket.Work) error {
		l, err := s.readable(ctx, w, who, in.LetterID)
		if err != nil {
			return err
		}
		if l.Sealed == "" {
			return docket.Refuse(docket.CodeConflict, docket.KeyState).With("state", string(l.State)).With("event", docket.EventDispatch)
		}
		now := s.now()
		e = &docket.DispatchEntry{
			ID: docket.NewID(now), LetterID: l.ID, SubmissionID: l.SubmissionID, Kind: l.Kind, Number: l.Number, Day: s.today(), Addressee: in.Addressee,
			Channel: in.Channel, Copy: true, Note: in.Note, AddedBy: who.UserID, Added: now,
		}
		if err := w.AddDispatch(ctx, e); err != nil {
			return err
		}
		return s.audit(ctx, w, who, docket.AuditDispatchListed, l.ID, l.Sealed, "number", l.Number, "channel", string(in.Channel))
	})
	if err != nil {
		return nil, err
	}
	return e, nil
}

// NoteReceipt notes that a copy on paper arrived, and who says so.
func (s *Service) NoteReceipt(ctx context.Context, who docket.Actor, entry docket.ID) (*docket.DispatchEntry, error) {
	if err := need(who, outRoles()...); err != nil {
		return nil, err
	}
	who = who.As(outRoles()...)
	var e *docket.DispatchEntry
	err := s.store.InTx(ctx, func(w docket.Work) (err error) {
		if e, err = w.DispatchEntry(ctx, entry); err != nil {
			return err
		}
		if _, err := s.readable(ctx, w, who, e.LetterID); err != nil {
			return err
		}
		if e.Channel == docket.DispatchMailbox || !e.Confirmed.IsZero() {
			return docket.Refuse(docket.CodeConflict, docket.KeyReceiptNoted)
		}
		now := s.now()
		e.Delivered, e.Confirmed, e.ConfirmedBy, e.ConfirmedHow = now, now, s.signsAs(who), docket.ReceiptNoted
		if err := w.UpdateDispatch(ctx, e); err != nil {
			return err
		}
		return s.audit(ctx, w, who, docket.AuditReceiptConfirmed, e.LetterID, "", "number", e.Number, "entry", string(e.ID))
	})
	if err != nil {
		return nil, err
	}
	return e, nil
}

// DispatchList is Göndərmə siyahısı (S3-05): a day's or a period's letters and addressees, newest first.
func (s *Service) DispatchList(ctx context.Context, who docket.Actor, f docket.DispatchFilter) (list []docket.DispatchEntry, err error) {
	if err := need(who, outRoles()...); err != nil {
		return nil, err
	}
	err = s.store.Read(ctx, func(w docket.Work) error { list, err = w.ListDispatches(ctx, f); return err })
	return list, err
}

// Journal is a journal's page (Daxil olan, Göndərilən sənədlər jurnalı; S3-03, S3-17, S3-18). Of what is labelled it says the number and no
// content (S3-12).
func (s *Service) Journal(ctx context.Context, who docket.Actor, f docket.JournalFilter) (rows []docket.JournalRow, err error) {
	if err := need(who, journalRoles()...); err != nil {
		return nil, err
	}
	if f.Journal != docket.JournalIncoming && f.Journal != docket.JournalOutgoing {
		return nil, docket.ErrNotFound
	}
	if err := s.store.Read(ctx, func(w docket.Work) error { rows, err = w.Journal(ctx, f); return err }); err != nil {
		return nil, err
	}
	for i := range rows {
		if rows[i].Label.Confidential() {
			rows[i].Content = ""
		}
	}
	return rows, nil
}

// JournalKinds lists the kinds of documents.
func (s *Service) JournalKinds(ctx context.Context) (list []docket.JournalKind, err error) {
	err = s.store.Read(ctx, func(w docket.Work) error { list, err = w.JournalKinds(ctx); return err })
	return list, err
}

// takeNumber takes a number and says what it stands on, in one unit of work.
func (s *Service) takeNumber(ctx context.Context, w docket.Work, who docket.Actor, series docket.Series, subject docket.ID, kind string, annexes int) (*docket.Number, error) {
	n, err := w.TakeNumber(ctx, series, subject, string(who.UserID), s.now())
	if err != nil {
		return nil, err
	}
	n.Kind, n.Annexes = kind, annexes
	return n, w.DescribeNumber(ctx, subject, kind, annexes)
}
