package desk

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"mohur/docket"
)

// PrepareRecord checks the form and makes the page to sign: the canonical record of every field and every file's SHA-256 as PDF/A-3. It
// answers docket.Errors when the form has faults. DownloadRecord gives the page.
func (s *Service) PrepareRecord(ctx context.Context, who docket.Actor, id docket.ID) (*docket.Submission, error) {
	sub, err := s.editable(ctx, who, id)
	if err != nil {
		return nil, err
	}
	form, files := sub.Editing()
	if errs := s.checkForm(form, *files); len(errs) > 0 {
		return sub, errs
	}
	record := s.record(who, sub, *form, *files)
	canonical, err := record.Canonical()
	if err != nil {
		return nil, err
	}
	data, err := s.blobs.Put(ctx, bytes.NewReader(canonical), s.cfg.Limits.SealedBytes)
	if err != nil {
		return nil, err
	}
	page, err := s.recordPage(ctx, record, canonical)
	if err != nil {
		return nil, err
	}
	sub.Record, sub.RecordData, sub.Touched = page.Hash, data.Hash, s.now()
	err = s.store.InTx(ctx, func(w docket.Work) error {
		if err := w.UpdateSubmission(ctx, sub); err != nil { // refuses if anything changed since it was read
			return err
		}
		return s.audit(ctx, w, who, docket.AuditSubmissionPrepared, sub.ID, page.Hash)
	})
	if err != nil {
		return nil, err
	}
	return sub, nil
}

// record says what is signed. Additional documents are not: they come after the signature.
func (s *Service) record(who docket.Actor, sub *docket.Submission, form docket.Form, files []docket.File) *docket.Record {
	r := &docket.Record{
		Format: "mohur-record-1", Submission: sub.ID, Version: nextVersion(sub), Body: docket.RecordBody{Name: who.BodyName, VOEN: who.VOEN},
		Person: docket.RecordPerson{Name: who.Name, FIN: who.FIN}, Form: form, Files: []docket.RecordFile{}, PreparedAt: s.now().Truncate(time.Second),
	}
	for _, f := range files {
		if !f.Extra {
			r.Files = append(r.Files, docket.RecordFile{Name: f.Name, MediaType: f.MediaType, Size: f.Size, SHA256: f.Blob})
		}
	}
	return r
}

// nextVersion is the version that the next signature makes.
func nextVersion(sub *docket.Submission) int {
	if sub.Correction != nil {
		return sub.Version + 1
	}
	return sub.Version
}

func (s *Service) recordPage(ctx context.Context, r *docket.Record, canonical []byte) (docket.Blob, error) {
	out, err := s.blobs.Create(ctx, s.cfg.Limits.SealedBytes)
	if err != nil {
		return docket.Blob{}, err
	}
	defer func() { _ = out.Abort() }()
	if err := s.paper.Record(ctx, r, canonical, out); err != nil {
		return docket.Blob{}, fmt.Errorf("the record could not be made: %w", err)
	}
	return out.Commit()
}

// checkForm lists every fault of the form at once.
func (s *Service) checkForm(f *docket.Form, files []docket.File) docket.Errors {
	var errs docket.Errors
	short := func(field, value string, top int) {
		switch n := utf8.RuneCountInString(strings.TrimSpace(value)); {
		case n == 0:
			errs = append(errs, docket.Invalid(field, docket.KeyRequired))
		case n > top:
			errs = append(errs, docket.Invalid(field, docket.KeyTooLong).With("max", top))
		}
	}
	short("coverNumber", f.CoverNumber, 50)
	switch {
	case f.CoverDate.IsZero():
		errs = append(errs, docket.Invalid("coverDate", docket.KeyDate))
	case s.today().Before(f.CoverDate):
		errs = append(errs, docket.Invalid("coverDate", docket.KeyDateFuture))
	}
	if !slices.Contains(docket.DocumentTypes(), f.DocumentType) {
		errs = append(errs, docket.Invalid("documentType", docket.KeyDocumentType))
	}
	short("projectName", f.ProjectName, 300)
	if !f.NoStateSecret {
		errs = append(errs, docket.Invalid("noStateSecret", docket.KeyStateSecret))
	}
	if len(files) == 0 {
		errs = append(errs, docket.Invalid("files", docket.KeyRequired))
	}
	return errs
}
