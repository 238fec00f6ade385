package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
	"mohur/internal/locale"
	"mohur/internal/paper"
)

// officePaper makes the office's pages with internal/paper; it is the desk's Paper port.
type officePaper struct {
	agency  paper.Agency
	lookup  string // the public look-up page, printed beside the control code
	english bool   // words of the sheets; the state language otherwise
}

// words returns the catalogue that a sheet's values are taken from.
func (p officePaper) words() *locale.Printer {
	if p.english {
		return locale.For(locale.English)
	}
	return locale.For(locale.Azerbaijani)
}

// labels returns the sheets' fixed words.
func (p officePaper) labels() paper.Labels {
	if p.english {
		return paper.English()
	}
	return paper.Azerbaijani()
}

// Record makes the page of a submission record with its canonical JSON attached.
func (p officePaper) Record(_ context.Context, r *docket.Record, canonical []byte, w io.Writer) error {
	words := p.words()
	sheet := paper.SubmissionRecord{
		Labels: p.labels(), Agency: p.agency, ID: string(r.Submission), MadeAt: r.PreparedAt.In(locale.Baku()), Machine: canonical,
		Fields: []paper.Field{
			{Key: "body", Label: words.T("paper.body"), Value: r.Body.Name},
			{Key: "voen", Label: words.T("paper.voen"), Value: r.Body.VOEN},
			{Key: "person", Label: words.T("paper.person"), Value: r.Person.Name},
			{Key: "fin", Label: words.T("paper.fin"), Value: r.Person.FIN},
			{Key: "coverNumber", Label: words.T("paper.cover_number"), Value: r.Form.CoverNumber},
			{Key: "coverDate", Label: words.T("paper.cover_date"), Value: words.LegalDate(r.Form.CoverDate.String())},
			{Key: "documentType", Label: words.T("paper.document_type"), Value: words.T("document_type." + string(r.Form.DocumentType))},
			{Key: "projectName", Label: words.T("paper.project_name"), Value: r.Form.ProjectName},
			{Key: "version", Label: words.T("paper.version"), Value: fmt.Sprint(r.Version)},
		},
	}
	for _, f := range r.Files {
		sum, err := hex.DecodeString(string(f.SHA256))
		if err != nil || len(sum) != 32 {
			return fmt.Errorf("record: %q is no SHA-256", f.SHA256)
		}
		sheet.Files = append(sheet.Files, paper.File{Name: f.Name, Size: f.Size, SHA256: [32]byte(sum)})
	}
	d, err := paper.MakeSubmissionRecord(sheet)
	_, err = write(w, d, err)
	return err
}

// Letter makes the page of an official letter, or of a receipt.
func (p officePaper) Letter(_ context.Context, l *docket.LetterPage, w io.Writer) (docket.Place, error) {
	verify := paper.Verification{URL: l.LookupURL, Address: p.lookup, ControlCode: l.ControlCode}
	if l.Kind == docket.LetterReceipt {
		words := p.words()
		r := paper.Receipt{Labels: p.labels(), Agency: p.agency, Number: l.Number, ReceivedAt: l.MadeAt.In(locale.Baku()), Verify: verify}
		for i, f := range l.Facts {
			r.Fields = append(r.Fields, paper.Field{Key: fmt.Sprintf("f%d", i), Label: words.T(f.Label), Value: f.Value})
		}
		if !l.Received.IsZero() {
			r.ReceivedAt = l.Received.In(locale.Baku())
		}
		if !l.Due.IsZero() {
			r.DueDate = l.Due.Start().In(locale.Baku())
		}
		for _, f := range l.Files {
			sum := f.Blob.Bytes()
			if sum == nil {
				return docket.Place{}, fmt.Errorf("receipt: %q is no SHA-256", f.Blob)
			}
			r.Files = append(r.Files, paper.File{Name: f.Name, Size: f.Size, SHA256: [32]byte(sum)})
		}
		d, err := paper.MakeReceipt(r)
		return write(w, d, err)
	}
	d, err := paper.MakeLetter(paper.Letter{
		Labels: p.labels(), Agency: p.agency, Number: l.Number, Date: letterDate(l), InReplyTo: reference(l.Reference),
		Addressee: []string{l.Addressee}, Subject: l.Subject, Body: paragraphs(l.Text), Annexes: l.Attachments,
		Signatory: paper.Signatory{Position: p.words().T("paper.signatory"), Name: l.Signatory}, Verify: verify,
	})
	return write(w, d, err)
}

// letterDate is the date on the letter: the number's, or the day it was made.
func letterDate(l *docket.LetterPage) time.Time {
	if !l.Date.IsZero() {
		return l.Date.Start().In(locale.Baku())
	}
	return calendar.DateOf(l.MadeAt).Start().In(locale.Baku())
}

// reference splits "12/5-340, 01.11.2026" into number and date; what has no date keeps the number only.
func reference(s string) paper.Reference {
	number, date, found := strings.Cut(s, ", ")
	if !found {
		return paper.Reference{Number: s}
	}
	d, err := calendar.Parse(date)
	if err != nil {
		return paper.Reference{Number: s}
	}
	return paper.Reference{Number: number, Date: d.Start().In(locale.Baku())}
}

// paragraphs splits a text at empty lines.
func paragraphs(text string) []string {
	var out []string
	for p := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// write hands a finished sheet over and says where its seal belongs; a letter of the alphabet that the font lacks is the writer's fault,
// and he is told which.
func write(w io.Writer, d *paper.Document, err error) (docket.Place, error) {
	var lacking *paper.TextError
	if errors.As(err, &lacking) {
		return docket.Place{}, &docket.Error{Code: docket.CodeInvalid, Key: docket.KeyLetterSign, Field: "text", Args: map[string]any{"sign": string(lacking.Rune)}}
	}
	if err != nil {
		return docket.Place{}, err
	}
	_, err = w.Write(d.Bytes)
	return docket.Place{Page: d.Seal.Page, X1: d.Seal.X1, Y1: d.Seal.Y1, X2: d.Seal.X2, Y2: d.Seal.Y2, Field: paper.SealField}, err
}
