package desk

import (
	"context"
	"slices"

	"mohur/docket"
)

// Download is a file for a user who may read it. Close Content.
type Download struct {
	Name      string
	MediaType string
	Hash      docket.Hash
	Content   docket.BlobReader
}

const pdf = "application/pdf"

// open opens what a row names. Every download goes through a row that the user may read.
func (s *Service) open(ctx context.Context, name, media string, h docket.Hash) (*Download, error) {
	if h == "" {
		return nil, docket.ErrNotFound
	}
	f, err := s.blobs.Open(ctx, h)
	if err != nil {
		return nil, err
	}
	return &Download{Name: name, MediaType: media, Hash: h, Content: f}, nil
}

// seen reads a project that the actor may see.
func (s *Service) seen(ctx context.Context, who docket.Actor, id docket.ID, do func(docket.Work, *docket.Submission) error) error {
	return s.store.Read(ctx, func(w docket.Work) error {
		sub, err := s.visible(ctx, w, who, id)
		if err != nil {
			return err
		}
		return do(w, sub)
	})
}

// DownloadRecord gives the prepared record of a draft, to be signed.
func (s *Service) DownloadRecord(ctx context.Context, who docket.Actor, submission docket.ID) (*Download, error) {
	sub, err := s.editable(ctx, who, submission)
	if err != nil {
		return nil, err
	}
	return s.open(ctx, "mohur-"+string(sub.ID[:8])+"-"+itoa(nextVersion(sub))+".pdf", pdf, sub.Record)
}

// DownloadSigned gives the signed record of a version.
func (s *Service) DownloadSigned(ctx context.Context, who docket.Actor, submission docket.ID, version int) (*Download, error) {
	var found docket.Hash
	err := s.seen(ctx, who, submission, func(w docket.Work, _ *docket.Submission) error {
		versions, err := w.Versions(ctx, submission)
		for _, v := range versions {
			if v.N == version {
				found = v.Signed
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.open(ctx, "mohur-"+string(submission[:8])+"-"+itoa(version)+"-signed.pdf", pdf, found)
}

// DownloadFile gives a file of a project, present or of an earlier version.
func (s *Service) DownloadFile(ctx context.Context, who docket.Actor, submission, file docket.ID) (*Download, error) {
	var found docket.File
	err := s.seen(ctx, who, submission, func(w docket.Work, sub *docket.Submission) error {
		files := slices.Clone(sub.Files)
		if who.OfBody() && sub.Correction != nil {
			files = append(files, sub.Correction.Files...)
		}
		versions, err := w.Versions(ctx, submission)
		for _, v := range versions {
			files = append(files, v.Files...)
		}
		if i := slices.IndexFunc(files, func(f docket.File) bool { return f.ID == file }); i >= 0 {
			found = files[i]
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.open(ctx, found.Name, found.MediaType, found.Blob)
}

// DownloadAttachment gives a message's attachment.
func (s *Service) DownloadAttachment(ctx context.Context, who docket.Actor, message, file docket.ID) (*Download, error) {
	var found docket.File
	err := s.store.Read(ctx, func(w docket.Work) error {
		m, err := w.Message(ctx, message)
		if err != nil {
			return err
		}
		if _, err := s.visible(ctx, w, who, m.SubmissionID); err != nil {
			return err
		}
		if !m.Withdrawn.IsZero() {
			return docket.ErrNotFound
		}
		if i := slices.IndexFunc(m.Attachments, func(f docket.File) bool { return f.ID == file }); i >= 0 {
			found = m.Attachments[i]
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.open(ctx, found.Name, found.MediaType, found.Blob)
}

// DownloadLetter gives a letter: sealed once it is, before that its page, for the agency's people only. The body's first download is
// recorded as the first reading.
func (s *Service) DownloadLetter(ctx context.Context, who docket.Actor, letter docket.ID) (*Download, error) {
	var l *docket.Letter
	err := s.store.InTx(ctx, func(w docket.Work) (err error) {
		if l, err = s.readable(ctx, w, who, letter); err != nil {
			return err
		}
		if !who.OfBody() {
			return nil
		}
		action := docket.AuditDownloaded
		if l.FirstRead.IsZero() {
			action, l.FirstRead, l.FirstReadBy = docket.AuditLetterRead, s.now(), who.Name
			if err := w.UpdateLetter(ctx, l); err != nil {
				return err
			}
			if err := s.received(ctx, w, who, l.ID, docket.ReceiptByReading); err != nil {
				return err
			}
		}
		return s.audit(ctx, w, who, action, l.ID, l.Sealed, "number", l.Number)
	})
	if err != nil {
		return nil, err
	}
	return s.open(ctx, letterName(l), pdf, pageOf(l))
}

// pageOf is the sealed file; before it the signed one, or the page itself.
func pageOf(l *docket.Letter) docket.Hash {
	if l.Sealed != "" {
		return l.Sealed
	}
	return l.ToSeal()
}

// letterName names a letter's file by its kind and number.
func letterName(l *docket.Letter) string {
	number := []rune(l.Number)
	for i, r := range number {
		if r == '/' || r == '\\' {
			number[i] = '-'
		}
	}
	if len(number) == 0 {
		return string(l.Kind) + ".pdf"
	}
	return string(l.Kind) + "-" + string(number) + ".pdf"
}

// DownloadApplication gives the application letter of a registration (registrar).
func (s *Service) DownloadApplication(ctx context.Context, who docket.Actor, registration docket.ID) (*Download, error) {
	v, err := s.Registration(ctx, who, registration)
	if err != nil {
		return nil, err
	}
	return s.open(ctx, v.Registration.LetterName, pdf, v.Registration.Letter)
}

// DraftLetter gives the application letter back to the visitor who has the draft's key, to be signed where he is.
func (s *Service) DraftLetter(ctx context.Context, access string) (*Download, error) {
	r, err := s.RegistrationDraft(ctx, access)
	if err != nil {
		return nil, err
	}
	if r.State != docket.RegistrationDraft && r.State != docket.RegistrationRefused {
		return nil, docket.ErrNotFound
	}
	return s.open(ctx, r.LetterName, pdf, r.Letter)
}

// DownloadRefusal gives the sealed refusal of a registration to the visitor who has the draft's key.
func (s *Service) DownloadRefusal(ctx context.Context, access string) (*Download, error) {
	var l *docket.Letter
	err := s.store.Read(ctx, func(w docket.Work) error {
		r, err := w.RegistrationByAccess(ctx, access)
		if err != nil {
			return err
		}
		l, err = w.LetterOfRegistration(ctx, r.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.open(ctx, letterName(l), pdf, l.Sealed)
}
