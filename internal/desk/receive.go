package desk

import (
	"context"
	"errors"
	"io"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
)

// receive makes a project received in one transaction: the state, the version, the number, the days, the receipt's intent, what is told.
// A correction keeps number and days. It returns the receipt's letter, none for a correction.
func (s *Service) receive(ctx context.Context, who docket.Actor, sub *docket.Submission, in arrival, profile SealProfile) (receipt docket.ID, err error) {
	data, err := s.small(ctx, sub.RecordData)
	if err != nil {
		return "", err
	}
	event, correction := docket.EventSubmit, sub.Correction != nil
	switch {
	case correction:
		event = docket.EventCorrect
	case sub.State == docket.SubmissionVerifying:
		event = docket.EventConfirm
	}
	start := *sub
	err = s.store.InTx(ctx, func(w docket.Work) error {
		*sub, receipt = start, "" // the transaction may run again
		if err := moveSubmission(sub, event, who); err != nil {
			return err
		}
		if err := s.standing(ctx, w, in.verification.ID, in.signed); err != nil {
			return err
		}
		received := s.now()
		if sub.Incoming != nil {
			received = sub.Incoming.Received
		}
		if correction {
			sub.Version, sub.Form, sub.Files, sub.Correction = sub.Version+1, sub.Correction.Form, sub.Correction.Files, nil
			if err := s.resume(ctx, w, sub); err != nil {
				return err
			}
		} else if receipt, err = s.register(ctx, w, who, sub, received, profile); err != nil {
			return err
		}
		v := &docket.Version{
			SubmissionID: sub.ID, N: sub.Version, Form: sub.Form, Files: sub.Files, RecordJSON: data, Record: sub.Record, Signed: in.signed,
			VerificationID: in.verification.ID, Signer: in.signer, Timestamp: in.token, Received: received,
		}
		if err := w.AddVersion(ctx, v); err != nil {
			return err
		}
		sub.Incoming, sub.Touched, sub.Record, sub.RecordData = nil, s.now(), "", ""
		if err := s.wish(ctx, w, who, sub); err != nil {
			return err
		}
		if err := w.UpdateSubmission(ctx, sub); err != nil {
			return err
		}
		if sub.Label.Confidential() && !correction {
			if err := s.tellNamers(ctx, w, sub); err != nil {
				return err
			}
		}
		return s.tellReceived(ctx, w, who, sub, in, correction)
	})
	if err != nil {
		*sub = start
	}
	return receipt, err
}

// register gives a new project its number, its days and its receipt.
func (s *Service) register(ctx context.Context, w docket.Work, who docket.Actor, sub *docket.Submission, received time.Time, profile SealProfile) (docket.ID, error) {
	n, err := w.TakeNumber(ctx, s.series(docket.JournalIncoming, s.cfg.ReceiptCase), sub.ID, string(who.UserID), received)
	if err != nil {
		return "", err
	}
	if err := w.DescribeNumber(ctx, sub.ID, docket.JournalKindOfProject(sub.Form.DocumentType), len(sub.Files)); err != nil {
		return "", err
	}
	cal, err := s.calendar(ctx, w)
	if err != nil {
		return "", err
	}
	start := calendar.DateOf(received)
	p, err := w.ProcedureOn(ctx, docket.ProcedureOpinion, start)
	if err != nil {
		return "", err
	}
	due, provisional := cal.Due(start, p.Terms.Review)
	sub.Procedure, sub.ProcedureVersion, sub.Provisional = p.Code, p.Version, provisional
	sub.Number, sub.Received, sub.Due, sub.DueRule = n.Text, received, due, p.Terms.Rule()
	d := &docket.Deadline{ID: docket.NewID(s.now()), SubmissionID: sub.ID, Kind: deadlineReview, Start: start, Due: due, Rule: sub.DueRule, Provisional: provisional}
	if err := w.AddDeadline(ctx, d); err != nil {
		return "", err
	}
	l := s.newLetter(docket.LetterReceipt, sub.BodyID, sub.BodyName)
	l.SubmissionID, l.Subject, l.Number, l.NumberDate = sub.ID, s.words("letter.receipt.subject"), n.Text, n.Date
	page := &docket.LetterPage{Addressee: sub.BodyName, Reference: reference(sub.Form), Received: received, Due: due, Files: sub.Files, Facts: facts(s, sub)}
	if err := s.issue(ctx, w, who, l, page, profile, docket.Series{}); err != nil {
		return "", err
	}
	return l.ID, nil
}

// facts are the rows of a receipt.
func facts(s *Service, sub *docket.Submission) []docket.Fact {
	return []docket.Fact{
		{Label: "paper.body", Value: sub.BodyName},
		{Label: "paper.person", Value: sub.Person},
		{Label: "paper.cover_number", Value: sub.Form.CoverNumber},
		{Label: "paper.cover_date", Value: azDate(sub.Form.CoverDate)},
		{Label: "paper.document_type", Value: s.words("document_type." + string(sub.Form.DocumentType))},
		{Label: "paper.project_name", Value: sub.Form.ProjectName},
	}
}

// tellReceived tells both sides and writes the entry.
func (s *Service) tellReceived(ctx context.Context, w docket.Work, who docket.Actor, sub *docket.Submission, in arrival, correction bool) error {
	now, action := s.now(), docket.AuditSubmissionReceived
	n := notice{key: docket.NotifyReceived, caseNo: sub.Number, link: PathSubmission + string(sub.ID), submissionID: sub.ID}
	if correction {
		action, n.key = docket.AuditSubmissionCorrected, docket.NotifyCorrected
		if err := w.AnswerNotices(ctx, sub.ID, now); err != nil {
			return err
		}
		if err := w.CloseDeadlines(ctx, sub.ID, deadlineCorrection, now); err != nil {
			return err
		}
	} else if err := s.tellBody(ctx, w, sub.BodyID, n); err != nil {
		return err
	}
	if err := s.tellAgency(ctx, w, sub.BodyID, n); err != nil {
		return err
	}
	return s.audit(ctx, w, who, action, sub.ID, in.signed, "number", sub.Number, "version", itoa(sub.Version), "verification", string(in.verification.ID))
}

// small reads a blob of ours that fits into memory.
func (s *Service) small(ctx context.Context, h docket.Hash) ([]byte, error) {
	f, err := s.blobs.Open(ctx, h)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	b, err := io.ReadAll(io.LimitReader(f, 4<<20))
	if err != nil {
		return nil, docket.Refuse(docket.CodeUnavailable, docket.KeyDisk).Because(err)
	}
	return b, nil
}

// Receipt returns the receipt's letter (sealed PDF/A with the number); one that could not be sealed before is tried again.
func (s *Service) Receipt(ctx context.Context, who docket.Actor, id docket.ID) (*docket.Letter, error) {
	l, err := s.receiptOf(ctx, who, id)
	if err != nil || l.State != docket.LetterSealingFailed {
		return l, err
	}
	if err := s.SealPending(ctx, l.ID); err != nil {
		return l, err
	}
	return s.letter(ctx, l.ID)
}

func (s *Service) receiptOf(ctx context.Context, who docket.Actor, id docket.ID) (found *docket.Letter, err error) {
	err = s.store.Read(ctx, func(w docket.Work) error {
		if _, err := s.visible(ctx, w, who, id); err != nil {
			return err
		}
		letters, err := w.LettersOf(ctx, id)
		for i := range letters {
			if letters[i].Kind == docket.LetterReceipt {
				found = &letters[i]
			}
		}
		if err == nil && found == nil {
			return docket.ErrNotFound
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// SendReceipt sends the receipt's link to the account's verified address (S1-13).
func (s *Service) SendReceipt(ctx context.Context, who docket.Actor, id docket.ID) error {
	if _, err := s.receiptOf(ctx, who, id); err != nil {
		return err
	}
	return s.store.InTx(ctx, func(w docket.Work) error {
		u, err := w.User(ctx, who.UserID)
		if err != nil {
			return err
		}
		if u.Email == "" {
			return docket.Invalid("email", docket.KeyEmail)
		}
		sub, err := s.visible(ctx, w, who, id)
		if err != nil {
			return err
		}
		n := notice{key: docket.NotifyReceived, caseNo: sub.Number, link: PathSubmission + string(id), submissionID: id}
		return s.tell(ctx, w, docket.ChannelMail, u.Email, u.ID, who.BodyID, false, n)
	})
}

// Correct opens a new version of a sent or deficient project: the next SaveSubmission, AddFile, PrepareRecord and Submit make and sign it.
func (s *Service) Correct(ctx context.Context, who docket.Actor, id docket.ID) (*docket.Submission, error) {
	var sub *docket.Submission
	err := s.store.InTx(ctx, func(w docket.Work) (err error) {
		if sub, err = s.visible(ctx, w, who, id); err != nil {
			return err
		}
		if err := s.approved(ctx, w, who); err != nil {
			return err
		}
		if _, err := docket.Next(docket.SubmissionTransitions(), sub.State, docket.EventCorrect, who); err != nil {
			return err
		}
		if sub.Correction != nil {
			return nil
		}
		sub.Correction = &docket.Draft{Form: sub.Form, Files: append([]docket.File{}, sub.Files...)}
		sub.Touched = s.now()
		return w.UpdateSubmission(ctx, sub)
	})
	if err != nil {
		return nil, err
	}
	return sub, nil
}

// AddDocument adds an additional document (əlavə sənəd) to a running project.
func (s *Service) AddDocument(ctx context.Context, who docket.Actor, id docket.ID, name string, content io.Reader) (*docket.File, error) {
	file, err := s.storeFile(ctx, name, content)
	if err != nil {
		return nil, err
	}
	file.Extra = true
	do := func(w docket.Work) error {
		sub, err := s.visible(ctx, w, who, id)
		if err != nil {
			return err
		}
		if err := s.approved(ctx, w, who); err != nil {
			return err
		}
		if !sub.State.Open() {
			return docket.Refuse(docket.CodeConflict, docket.KeyState).With("state", string(sub.State)).With("event", "add_document")
		}
		if err := s.fits(sub.Files, file); err != nil {
			return err
		}
		sub.Files = append(sub.Files, *file)
		if sub.Correction != nil {
			sub.Correction.Files = append(sub.Correction.Files, *file)
		}
		if err := w.UpdateSubmission(ctx, sub); err != nil {
			return err
		}
		n := notice{key: docket.NotifyMessage, caseNo: sub.Number, submissionID: id}
		if err := s.tellAgency(ctx, w, sub.BodyID, n); err != nil {
			return err
		}
		return s.audit(ctx, w, who, docket.AuditSubmissionDocument, id, file.Blob)
	}
	err = s.store.InTx(ctx, do)
	if errors.Is(err, docket.ErrStale) {
		err = s.store.InTx(ctx, do)
	}
	if err != nil {
		return nil, err
	}
	return file, nil
}
