package desk

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
	"mohur/verify/etsi"
)

// nothingRegistered fails if the registrar sees anything or a mail went out.
func (o *office) nothingRegistered(r *docket.Registration) {
	o.t.Helper()
	list, n, err := o.ListRegistrations(o.ctx(), o.registrar, docket.RegistrationFilter{})
	if err != nil || n != 0 {
		o.t.Errorf("registered: %v %v", list, err)
	}
	o.read(func(w docket.Work) error {
		sent, err := w.Outgoing(o.ctx(), "", 0)
		if len(sent) != 0 {
			o.t.Errorf("told: %+v", sent)
		}
		return err
	})
	kept := must[*docket.Registration](o.t)(o.RegistrationDraft(o.ctx(), r.Access))
	if kept.State != docket.RegistrationDraft || kept.Email == "" || kept.Mobile == "" {
		o.t.Errorf("the draft keeps %+v", kept)
	}
}

func TestRefusedLetters(t *testing.T) {
	for name, c := range map[string]struct {
		sigs []docket.SignatureVerdict
		key  string
	}{
		"unsigned":           {nil, docket.KeySigMissing},
		"altered by a byte":  {[]docket.SignatureVerdict{good(bad(etsi.TotalFailed, etsi.HashFailure))}, docket.KeySigAltered},
		"page changed after": {[]docket.SignatureVerdict{good(bad(etsi.TotalFailed, etsi.FormatFailure), func(g *docket.SignatureVerdict) { g.Modified = "forbidden" })}, docket.KeySigForbidden},
		"unreadable":         {[]docket.SignatureVerdict{good(bad(etsi.TotalFailed, etsi.FormatFailure))}, docket.KeySigFormat},
		"untrusted":          {[]docket.SignatureVerdict{good(bad(etsi.Indeterminate, etsi.NoCertificateChainFound))}, docket.KeySigUntrusted},
		"revoked":            {[]docket.SignatureVerdict{good(bad(etsi.TotalFailed, etsi.Revoked))}, docket.KeySigRevoked},
		"revoked, no proof":  {[]docket.SignatureVerdict{good(bad(etsi.Indeterminate, etsi.RevokedNoPOE))}, docket.KeySigRevoked},
		"expired":            {[]docket.SignatureVerdict{good(bad(etsi.Indeterminate, etsi.OutOfBoundsNoPOE))}, docket.KeySigExpired},
		"suspended":          {[]docket.SignatureVerdict{good(bad(etsi.Indeterminate, etsi.TryLater))}, docket.KeySigHeld},
		"weak":               {[]docket.SignatureVerdict{good(bad(etsi.Indeterminate, etsi.CryptoConstraintsFailure))}, docket.KeySigWeak},
		"crypto":             {[]docket.SignatureVerdict{good(bad(etsi.TotalFailed, etsi.SigCryptoFailure))}, docket.KeySigCrypto},
		"orphan only":        {[]docket.SignatureVerdict{good(func(g *docket.SignatureVerdict) { g.Orphan = true })}, docket.KeySigUnclear},
		"covers a part":      {[]docket.SignatureVerdict{good(func(g *docket.SignatureVerdict) { g.Covers = "partial" })}, docket.KeySigPartial},
		"one of two failed":  {[]docket.SignatureVerdict{good(), good(bad(etsi.TotalFailed, etsi.HashFailure))}, docket.KeySigAltered},
		"no seal right":      {[]docket.SignatureVerdict{good(func(g *docket.SignatureVerdict) { g.Signer.SealRight = false })}, docket.KeySigNoSealRight},
		"no person":          {[]docket.SignatureVerdict{good(func(g *docket.SignatureVerdict) { g.Signer.FIN = "" })}, docket.KeySigNoIdentity},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			r, err := o.RegisterBody(o.ctx(), docket.Public(), o.form(signed("%PDF-letter", c.sigs...)))
			o.wantKey(err, c.key)
			if docket.AsErrors(err)[0].Field != "letter" {
				t.Errorf("no field: %v", err)
			}
			o.nothingRegistered(r)
			if kept, _ := o.RegistrationDraft(o.ctx(), r.Access); kept.Letter == "" || kept.LetterName != "müraciət.pdf" || kept.VerificationID == "" {
				t.Errorf("the file or its report is lost: %+v", kept)
			}
			if !slices.Contains(o.auditActions(), docket.AuditRegistrationRefusedLetter) {
				t.Error("the refusal is not in the log")
			}
			// the same draft with a good letter goes through, nothing typed again but the file
			in := o.form(signed("%PDF-letter", good()))
			in.Access = r.Access
			if r, err := o.RegisterBody(o.ctx(), docket.Public(), in); err != nil || r.State != docket.RegistrationSubmitted {
				t.Errorf("%v %v", r, err)
			}
		})
	}
}

func TestFaultsOfTheRegistrationForm(t *testing.T) {
	o := newOffice(t)
	for name, c := range map[string]struct {
		change func(*RegisterBodyInput)
		field  string
		key    string
	}{
		"no body":        {func(in *RegisterBodyInput) { in.BodyID = "" }, "body", docket.KeyBodyUnknown},
		"unknown body":   {func(in *RegisterBodyInput) { in.BodyID = docket.NewID(o.clock) }, "body", docket.KeyBodyUnknown},
		"no e-mail":      {func(in *RegisterBodyInput) { in.Email = "" }, "email", docket.KeyEmail},
		"two e-mails":    {func(in *RegisterBodyInput) { in.Email = "a@b.az, c@d.az" }, "email", docket.KeyEmail},
		"named e-mail":   {func(in *RegisterBodyInput) { in.Email = "A <a@b.az>" }, "email", docket.KeyEmail},
		"header e-mail":  {func(in *RegisterBodyInput) { in.Email = "a@b.az\r\nBcc: c@d.az" }, "email", docket.KeyEmail},
		"landline":       {func(in *RegisterBodyInput) { in.Mobile = "012 498 00 00" }, "mobile", docket.KeyMobile},
		"foreign mobile": {func(in *RegisterBodyInput) { in.Mobile = "+90 532 123 45 67" }, "mobile", docket.KeyMobile},
		"no letter":      {func(in *RegisterBodyInput) { in.Letter = nil }, "letter", docket.KeyRequired},
		"empty letter":   {func(in *RegisterBodyInput) { in.Letter = strings.NewReader("") }, "letter", docket.KeyRequired},
		"too large": {func(in *RegisterBodyInput) {
			in.Letter = strings.NewReader(strings.Repeat("x", int(o.cfg.Limits.FileBytes)+1))
		}, "letter", docket.KeyTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			in := o.form(signed("%PDF", good()))
			c.change(&in)
			r, err := o.RegisterBody(o.ctx(), docket.Public(), in)
			errs := docket.AsErrors(err)
			if len(errs) != 1 || errs[0].Field != c.field || errs[0].Key != c.key || r == nil || r.State != docket.RegistrationDraft {
				t.Errorf("%v, draft %+v", err, r)
			}
		})
	}
	_, err := o.RegisterBody(o.ctx(), docket.Public(), RegisterBodyInput{})
	if errs := docket.AsErrors(err); len(errs) != 4 {
		t.Errorf("an empty form has %d faults, want all 4 at once", len(errs))
	}
	for in, want := range map[string]string{
		"+994 (50) 123-45-67": "+994501234567", "0501234567": "+994501234567", "00994501234567": "+994501234567", "994501234567": "+994501234567",
	} {
		if got := mobile(in); got != want || !docket.IsMobile(got) {
			t.Errorf("%s becomes %s", in, got)
		}
	}
}

func TestThreeMailsADay(t *testing.T) {
	o := newOffice(t)
	for range mailsADay {
		must[*docket.Registration](t)(o.RegisterBody(o.ctx(), docket.Public(), o.form(signed("%PDF", good()))))
	}
	_, err := o.RegisterBody(o.ctx(), docket.Public(), o.form(signed("%PDF", good())))
	o.wantKey(err, docket.KeyLimited)
	in := o.form(signed("%PDF", good()))
	in.Email = "other@example.az"
	must[*docket.Registration](t)(o.RegisterBody(o.ctx(), docket.Public(), in))
	o.later(24*time.Hour + time.Second)
	must[*docket.Registration](t)(o.RegisterBody(o.ctx(), docket.Public(), o.form(signed("%PDF", good()))))
}

func TestMismatchNeedsTheRegistrarsReason(t *testing.T) {
	o := newOffice(t)
	in := o.form(signed("%PDF", good(func(g *docket.SignatureVerdict) { g.Signer.VOEN = "0987654321" })))
	r := must[*docket.Registration](t)(o.RegisterBody(o.ctx(), docket.Public(), in))
	if !r.Mismatch {
		t.Fatal("the mismatch was not seen")
	}
	_, err := o.ApproveBody(o.ctx(), o.registrar, ApproveBodyInput{ID: r.ID, Reason: " "})
	o.wantKey(err, docket.KeyMismatch)
	must[*docket.Registration](t)(o.ApproveBody(o.ctx(), o.registrar, ApproveBodyInput{ID: r.ID, Reason: "vəkalətnamə var"}))
}

func TestSecondRegistrationOfABody(t *testing.T) {
	o := newOffice(t)
	o.register()
	r := must[*docket.Registration](t)(o.RegisterBody(o.ctx(), docket.Public(), o.form(signed("%PDF", good())))) // the public is told nothing
	v := must[*RegistrationView](t)(o.Registration(o.ctx(), o.registrar, r.ID))
	if len(v.Others) != 1 {
		t.Errorf("the registrar sees %d others", len(v.Others))
	}
	_, err := o.ApproveBody(o.ctx(), o.registrar, ApproveBodyInput{ID: r.ID})
	o.wantKey(err, docket.KeyBodyTaken)
}

func TestRefusedRegistration(t *testing.T) {
	o := newOffice(t)
	r := must[*docket.Registration](t)(o.RegisterBody(o.ctx(), docket.Public(), o.form(signed("%PDF", good()))))
	_, err := o.RefuseBody(o.ctx(), o.registrar, r.ID, " ")
	o.wantKey(err, docket.KeyRequired)
	must[*docket.Registration](t)(o.RefuseBody(o.ctx(), o.registrar, r.ID, "səlahiyyət yoxdur"))
	page := o.content(o.DownloadRefusal(o.ctx(), r.Access))
	if !strings.Contains(page, "səlahiyyət yoxdur") || !strings.Contains(page, `"Number":"9/16-01"`) || !strings.Contains(page, mark) {
		t.Errorf("refusal %q", page)
	}
	in := o.form(signed("%PDF", good()))
	in.Access = r.Access
	if r, err := o.RegisterBody(o.ctx(), docket.Public(), in); err != nil || r.State != docket.RegistrationSubmitted {
		t.Errorf("a second try: %+v %v", r, err)
	}
}

func TestRefusedRecords(t *testing.T) {
	o := newOffice(t)
	o.register()
	for name, c := range map[string]struct {
		file func(record string) string
		key  string
	}{
		"not signed":     {func(r string) string { return r }, docket.KeySigMissing},
		"another file":   {func(string) string { return signed("%PDF-record {}", good()) }, docket.KeyRecordOther},
		"record changed": {func(r string) string { return signed(strings.Replace(r, "Elektron", "elektron", 1), good()) }, docket.KeyRecordOther},
		"cut short":      {func(r string) string { return r[:len(r)-1] }, docket.KeyRecordOther},
		"page added":     {func(r string) string { return signed(r+"\n%page", good()) }, docket.KeySigForbidden},
		"other person": {func(r string) string {
			return signed(r, good(func(g *docket.SignatureVerdict) { g.Signer.FIN = "9ZZ9ZZ9" }))
		}, docket.KeySigOtherPerson},
		"other body": {func(r string) string {
			return signed(r, good(func(g *docket.SignatureVerdict) { g.Signer.VOEN = "0987654321" }))
		}, docket.KeySigOtherBody},
		"no body":   {func(r string) string { return signed(r, good(func(g *docket.SignatureVerdict) { g.Signer.VOEN = "" })) }, docket.KeySigOtherBody},
		"no person": {func(r string) string { return signed(r, good(func(g *docket.SignatureVerdict) { g.Signer.FIN = "" })) }, docket.KeySigNoIdentity},
		"revoked":   {func(r string) string { return signed(r, good(bad(etsi.TotalFailed, etsi.Revoked))) }, docket.KeySigRevoked},
		"one of two failed": {func(r string) string {
			return signed(r, good(), good(bad(etsi.TotalFailed, etsi.HashFailure)))
		}, docket.KeySigAltered},
	} {
		t.Run(name, func(t *testing.T) {
			sub := o.prepared()
			got, err := o.Submit(o.ctx(), o.person, sub.ID, strings.NewReader(c.file(o.record(sub))))
			o.wantKey(err, c.key)
			if got.State != docket.SubmissionDraft || got.Number != "" {
				t.Errorf("%+v", got)
			}
			v := must[*SubmissionView](t)(o.Submission(o.ctx(), o.person, sub.ID))
			if v.Submission.State != docket.SubmissionDraft || len(v.Submission.Files) != 1 || len(v.Versions) != 0 {
				t.Errorf("the draft: %+v", v.Submission)
			}
		})
	}
	if n := o.numbersOf(docket.JournalIncoming, "1"); len(n) != 0 {
		t.Errorf("numbers were taken: %v", n)
	}
	sub := o.prepared() // two signatures, one of which is the person's
	other := good(func(g *docket.SignatureVerdict) { g.Signer.FIN = "9ZZ9ZZ9"; g.Covers = "revision" })
	if _, err := o.Submit(o.ctx(), o.person, sub.ID, strings.NewReader(signed(o.record(sub), other, good()))); err != nil {
		t.Errorf("a second signature: %v", err)
	}
}

func TestFaultsOfTheProjectForm(t *testing.T) {
	o := newOffice(t)
	o.register()
	sub := must[*docket.Submission](t)(o.DraftSubmission(o.ctx(), o.person))
	_, err := o.PrepareRecord(o.ctx(), o.person, sub.ID)
	if errs := docket.AsErrors(err); len(errs) != 6 {
		t.Errorf("an empty form: %v", errs)
	}
	_, err = o.Submit(o.ctx(), o.person, sub.ID, strings.NewReader("x"))
	o.wantKey(err, docket.KeyRecordMissing)
	form := projectForm()
	form.CoverDate = calendar.Of(2026, 3, 2)
	form.ProjectName = strings.Repeat("ə", 301)
	must[*docket.Submission](t)(o.SaveSubmission(o.ctx(), o.person, sub.ID, form))
	must[*docket.File](t)(o.AddFile(o.ctx(), o.person, sub.ID, "a.txt", strings.NewReader("mətn")))
	_, err = o.PrepareRecord(o.ctx(), o.person, sub.ID)
	errs := docket.AsErrors(err)
	if len(errs) != 2 || errs[0].Key != docket.KeyDateFuture || errs[1].Key != docket.KeyTooLong {
		t.Errorf("%v", errs)
	}
	for name, c := range map[string]struct{ content, key string }{
		"empty":   {"", docket.KeyFileEmpty},
		"program": {"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00", docket.KeyFileType},
		"archive": {"PK\x03\x04\x14\x00\x00\x00\x08\x00aaaaaaaaaaaaaaaaaaaaa.exe", docket.KeyFileType},
		"page":    {"<!DOCTYPE html><script>alert(1)</script>", docket.KeyFileType},
	} {
		_, err := o.AddFile(o.ctx(), o.person, sub.ID, "layihə.pdf", strings.NewReader(c.content))
		if errs := docket.AsErrors(err); len(errs) != 1 || errs[0].Key != c.key {
			t.Errorf("%s: %v", name, err)
		}
	}
	for i := range 19 {
		must[*docket.File](t)(o.AddFile(o.ctx(), o.person, sub.ID, "../../b\u202e.txt", strings.NewReader(fmt.Sprint(i))))
	}
	_, err = o.AddFile(o.ctx(), o.person, sub.ID, "c.txt", strings.NewReader("x"))
	o.wantKey(err, docket.KeyTooMany)
	v := must[*SubmissionView](t)(o.Submission(o.ctx(), o.person, sub.ID))
	if f := v.Submission.Files[19]; f.Name != "b.txt" || f.MediaType != "text/plain" {
		t.Errorf("%+v", f)
	}
	if err := o.RemoveFile(o.ctx(), o.person, sub.ID, v.Submission.Files[0].ID); err != nil {
		t.Error(err)
	}
	if err := o.RemoveFile(o.ctx(), o.person, sub.ID, v.Submission.Files[0].ID); !errors.Is(err, docket.ErrNotFound) {
		t.Error(err)
	}
}

func TestAChangeDropsThePreparedRecord(t *testing.T) {
	o := newOffice(t)
	o.register()
	sub := o.prepared()
	record := o.record(sub)
	form := projectForm()
	form.ProjectName = "Başqa"
	must[*docket.Submission](t)(o.SaveSubmission(o.ctx(), o.person, sub.ID, form))
	_, err := o.Submit(o.ctx(), o.person, sub.ID, strings.NewReader(signed(record, good())))
	o.wantKey(err, docket.KeyRecordMissing)
	must[*docket.Submission](t)(o.PrepareRecord(o.ctx(), o.person, sub.ID))
	_, err = o.Submit(o.ctx(), o.person, sub.ID, strings.NewReader(signed(record, good())))
	o.wantKey(err, docket.KeyRecordOther)
}

// TestDecidedOnWhatWasVerified changes the world between the check outside and the decision inside (decisions 11).
func TestDecidedOnWhatWasVerified(t *testing.T) {
	for name, c := range map[string]struct {
		during func(*office, *docket.Submission)
		key    string
	}{
		"the draft changes": {func(o *office, sub *docket.Submission) {
			_, _ = o.SaveSubmission(o.ctx(), o.person, sub.ID, docket.Form{ProjectName: "başqa"})
		}, docket.KeyStale},
		"the policy changes": {func(o *office, _ *docket.Submission) { o.verifier.version = "2" }, docket.KeyVerdictOld},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.register()
			sub := o.prepared()
			file := signed(o.record(sub), good())
			o.verifier.during = func() { c.during(o, sub) }
			_, err := o.Submit(o.ctx(), o.person, sub.ID, strings.NewReader(file))
			o.wantKey(err, c.key)
			if n := o.numbersOf(docket.JournalIncoming, "1"); len(n) != 0 {
				t.Errorf("numbers were taken: %v", n)
			}
		})
	}
	o := newOffice(t)
	v := must[*docket.Verification](t)(o.verify(o.ctx(), o.stored(signed("x", good())), ""))
	standing := func(blob docket.Hash) error {
		return o.db.Read(o.ctx(), func(w docket.Work) error { return o.standing(o.ctx(), w, v.ID, blob) })
	}
	o.wantKey(standing(docket.HashOf([32]byte{1})), docket.KeyVerdictOld) // another file
	o.later(10*time.Minute - time.Second)
	if err := standing(v.Blob); err != nil {
		t.Errorf("just in time: %v", err)
	}
	o.later(2 * time.Second)
	o.wantKey(standing(v.Blob), docket.KeyVerdictOld)
}

// stored puts content into a blob.
func (o *office) stored(content string) docket.Hash {
	return must[docket.Blob](o.t)(o.disk.Put(o.ctx(), strings.NewReader(content), 1<<20)).Hash
}
