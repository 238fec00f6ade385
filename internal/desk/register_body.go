package desk

import (
	"context"
	"errors"
	"io"
	"net/mail"
	"strings"
	"time"

	"mohur/docket"
)

// RegisterBodyInput is the registration form (S1-02 to S1-05).
type RegisterBodyInput struct {
	Access     string // of an earlier draft; empty starts one
	BodyID     docket.ID
	Email      string
	Mobile     string
	LetterName string
	Letter     io.Reader // nil keeps the draft's file
}

// RegisterBody takes a registration. The letter is verified at once; when it passes, the registration is finished and awaits approval.
// When anything is refused, nothing is registered: the draft that keeps what was typed and the file comes back beside the error.
func (s *Service) RegisterBody(ctx context.Context, who docket.Actor, in RegisterBodyInput) (*docket.Registration, error) {
	r, body, err := s.keepRegistration(ctx, in)
	if err != nil {
		return r, err
	}
	if errs := checkRegistration(r, body); len(errs) > 0 {
		return r, errs
	}
	if err := s.mayMail(ctx, r.Email); err != nil {
		return r, s.refused(ctx, who, docket.AuditRegistrationRefusedLetter, r.ID, r.Letter, err)
	}
	v, err := s.verify(ctx, r.Letter, r.LetterName)
	if err != nil {
		return r, s.refused(ctx, who, docket.AuditRegistrationRefusedLetter, r.ID, r.Letter, err)
	}
	sig, matched, err := s.judgeLetter(v, body)
	if err != nil && !errors.Is(err, errWait) {
		return r, s.refuseLetter(ctx, who, r, v, err)
	}
	token, terr := s.stamp(ctx, r.Letter)
	if terr != nil {
		return r, s.refused(ctx, who, docket.AuditRegistrationRefusedLetter, r.ID, r.Letter, terr)
	}
	draft := *r
	r.VerificationID, r.Timestamp, r.Submitted = v.ID, token, s.now()
	if err != nil {
		err = s.awaitRegistration(ctx, who, r)
	} else {
		r.Signer, r.Mismatch = sig.Signer, !matched
		err = s.finishRegistration(ctx, who, r, docket.EventRegister)
	}
	if err != nil {
		return &draft, err
	}
	return r, nil
}

// keepRegistration stores the file and what was typed in the draft, before anything is judged: an error elsewhere never asks for it twice.
func (s *Service) keepRegistration(ctx context.Context, in RegisterBodyInput) (*docket.Registration, *docket.Body, error) {
	var letter docket.Blob
	if in.Letter != nil {
		b, err := s.blobs.Put(ctx, in.Letter, s.cfg.Limits.FileBytes)
		switch {
		case errors.Is(err, docket.ErrBlobTooLarge): // the rest is kept, the file is not
			b = docket.Blob{Size: -1}
		case err != nil:
			return nil, nil, err
		}
		letter = b
	}
	var r *docket.Registration
	var body *docket.Body
	err := s.store.InTx(ctx, func(w docket.Work) (err error) {
		if r, err = s.registrationDraft(ctx, w, in.Access); err != nil {
			return err
		}
		r.Email, r.Mobile, r.Touched = strings.TrimSpace(in.Email), mobile(in.Mobile), s.now()
		if letter.Size > 0 {
			r.Letter, r.LetterSize, r.LetterName = letter.Hash, letter.Size, fileName(in.LetterName)
		}
		body, err = w.Body(ctx, in.BodyID)
		switch {
		case errors.Is(err, docket.ErrNotFound):
			r.BodyID, r.BodyName, body = "", "", nil
		case err != nil:
			return err
		default:
			r.BodyID, r.BodyName = body.ID, body.Name
		}
		if r.Rev == 0 {
			r.Rev = 1
			return w.AddRegistration(ctx, r)
		}
		return w.UpdateRegistration(ctx, r)
	})
	switch {
	case err != nil:
		return nil, nil, err
	case letter.Size < 0:
		return r, body, docket.Errors{docket.Refuse(docket.CodeTooLarge, docket.KeyTooLarge).With("max", s.cfg.Limits.FileBytes).On("letter")}
	}
	return r, body, nil
}

// mailsADay is how many mails registrations may send to one address: a good letter sent again and again must not become somebody's spam
// (requirements.md 8, 21).
const mailsADay = 3

// mayMail refuses an address that was written to often enough today.
func (s *Service) mayMail(ctx context.Context, address string) error {
	return s.store.Read(ctx, func(w docket.Work) error {
		n, err := w.MailsTo(ctx, address, s.now().Add(-24*time.Hour))
		if err == nil && n >= mailsADay {
			return docket.Errors{docket.Refuse(docket.CodeLimited, docket.KeyLimited).On("email")}
		}
		return err
	})
}

// registrationDraft reads the draft of a key, reopening a refused one, or starts one.
func (s *Service) registrationDraft(ctx context.Context, w docket.Work, access string) (*docket.Registration, error) {
	if access == "" {
		now := s.now()
		return &docket.Registration{ID: newID(ctx, now), Access: docket.NewSecret(), State: docket.RegistrationDraft, Created: now}, nil
	}
	r, err := w.RegistrationByAccess(ctx, access)
	if err != nil {
		return nil, err
	}
	if r.State == docket.RegistrationRefused {
		if err := moveRegistration(r, docket.EventReturnTo, docket.Public()); err != nil {
			return nil, err
		}
	}
	if r.State != docket.RegistrationDraft {
		return nil, docket.Refuse(docket.CodeConflict, docket.KeyState).With("state", string(r.State)).With("event", docket.EventRegister)
	}
	return r, nil
}

// checkRegistration lists every fault of the form at once.
func checkRegistration(r *docket.Registration, body *docket.Body) docket.Errors {
	var errs docket.Errors
	if body == nil || !body.Active {
		errs = append(errs, docket.Invalid("body", docket.KeyBodyUnknown))
	}
	if a, err := mail.ParseAddress(r.Email); err != nil || a.Address != r.Email || len(r.Email) > 254 {
		errs = append(errs, docket.Invalid("email", docket.KeyEmail))
	}
	if !docket.IsMobile(r.Mobile) {
		errs = append(errs, docket.Invalid("mobile", docket.KeyMobile))
	}
	if r.Letter == "" {
		errs = append(errs, docket.Invalid("letter", docket.KeyRequired))
	}
	return errs
}

// mobile spells a number as +994 and nine digits where it can.
func mobile(s string) string {
	var b strings.Builder
	for _, c := range s {
		switch {
		case c >= '0' && c <= '9', c == '+' && b.Len() == 0:
			b.WriteRune(c)
		case strings.ContainsRune(" -()\u00a0", c):
		default:
			return strings.TrimSpace(s)
		}
	}
	n := b.String()
	switch {
	case strings.HasPrefix(n, "00994"):
		return "+" + n[2:]
	case strings.HasPrefix(n, "994"):
		return "+" + n
	case strings.HasPrefix(n, "0") && len(n) == 10:
		return "+994" + n[1:]
	}
	return n
}

// judgeLetter says which signature of the letter counts, and whether its certificate names the chosen body.
func (s *Service) judgeLetter(v *docket.Verification, body *docket.Body) (*docket.SignatureVerdict, bool, error) {
	sig, matched, err := counting(v, func(g docket.Signer) bool { return g.VOEN != "" && g.VOEN == body.VOEN })
	if err != nil {
		return nil, false, err
	}
	if sig.Signer.FIN == "" {
		return nil, false, docket.Refuse(docket.CodeInvalid, docket.KeySigNoIdentity).With("signer", sig.Signer.Name)
	}
	if !sig.Signer.SealRight && !s.cfg.Signing.LetterWithoutSealRight {
		return nil, false, docket.Refuse(docket.CodeInvalid, docket.KeySigNoSealRight).With("signer", sig.Signer.Name)
	}
	return sig, matched, nil
}

// refuseLetter keeps the verdict beside the draft, so that the page can show the report, and names the field.
func (s *Service) refuseLetter(ctx context.Context, who docket.Actor, r *docket.Registration, v *docket.Verification, cause error) error {
	r.VerificationID = v.ID
	err := s.store.InTx(ctx, func(w docket.Work) error { return w.UpdateRegistration(ctx, r) })
	if e, ok := errors.AsType[*docket.Error](cause); ok {
		cause = docket.Errors{e.On("letter")}
	}
	return errors.Join(s.refused(ctx, who, docket.AuditRegistrationRefusedLetter, r.ID, r.Letter, cause), err)
}

// finishRegistration registers: the state, the confirmation N1 and the entry, in one transaction that re-checks the verdict.
func (s *Service) finishRegistration(ctx context.Context, who docket.Actor, r *docket.Registration, event string) error {
	if err := moveRegistration(r, event, who); err != nil {
		return err
	}
	return s.store.InTx(ctx, func(w docket.Work) error {
		if err := s.standing(ctx, w, r.VerificationID, r.Letter); err != nil {
			return err
		}
		if err := w.UpdateRegistration(ctx, r); err != nil {
			return err
		}
		n := notice{key: docket.NotifyRegistered, caseNo: r.Case(), link: PathRegistration + r.Access}
		if err := s.tell(ctx, w, docket.ChannelMail, r.Email, "", r.BodyID, false, n); err != nil {
			return err
		}
		if err := s.tellAgency(ctx, w, r.BodyID, notice{key: docket.NotifyRegistered, caseNo: r.Case(), link: PathRegistered + string(r.ID)}); err != nil {
			return err
		}
		return s.audit(ctx, w, who, docket.AuditRegistrationSubmitted, r.ID, r.Letter, "verification", string(r.VerificationID))
	})
}

// awaitRegistration keeps a registration whose signature can't be judged yet: the time of receipt stands.
func (s *Service) awaitRegistration(ctx context.Context, who docket.Actor, r *docket.Registration) error {
	if err := moveRegistration(r, docket.EventWait, who); err != nil {
		return err
	}
	return s.store.InTx(ctx, func(w docket.Work) error {
		if err := w.UpdateRegistration(ctx, r); err != nil {
			return err
		}
		n := notice{key: docket.NotifyChecking, caseNo: r.Case(), link: PathRegistration + r.Access}
		if err := s.tell(ctx, w, docket.ChannelMail, r.Email, "", r.BodyID, false, n); err != nil {
			return err
		}
		if err := w.Enqueue(ctx, docket.Task{Kind: docket.TaskRecheck, Subject: r.ID, At: s.now().Add(recheckAfter)}); err != nil {
			return err
		}
		return s.audit(ctx, w, who, docket.AuditRegistrationVerifying, r.ID, r.Letter, "verification", string(r.VerificationID))
	})
}

// recheckAfter is the time between two checks of a signature whose revocation data could not be fetched.
const recheckAfter = 5 * time.Minute

// RegistrationDraft returns the registration that a visitor started, by the draft's key: a draft with what was typed, or what became of it.
func (s *Service) RegistrationDraft(ctx context.Context, access string) (r *docket.Registration, err error) {
	if access == "" {
		return nil, docket.ErrNotFound
	}
	err = s.store.Read(ctx, func(w docket.Work) error { r, err = w.RegistrationByAccess(ctx, access); return err })
	return r, err
}

// RemoveLetter takes the uploaded letter out of a draft.
func (s *Service) RemoveLetter(ctx context.Context, access string) (r *docket.Registration, err error) {
	err = s.store.InTx(ctx, func(w docket.Work) error {
		if r, err = w.RegistrationByAccess(ctx, access); err != nil {
			return err
		}
		if r.State != docket.RegistrationDraft {
			return docket.Refuse(docket.CodeConflict, docket.KeyState).With("state", string(r.State)).With("event", "remove_letter")
		}
		r.Letter, r.LetterName, r.LetterSize, r.VerificationID, r.Touched = "", "", 0, "", s.now()
		return w.UpdateRegistration(ctx, r)
	})
	return r, err
}
