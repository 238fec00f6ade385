package desk

import (
	"strings"
	"testing"

	"mohur/docket"
	"mohur/verify/etsi"
)

// page is a letter's page.
func (o *office) page(l *docket.Letter) string {
	o.t.Helper()
	return o.content(o.open(o.ctx(), "", "", l.Unsealed))
}

// headsOwn is the signatory's own signature.
func (o *office) headsOwn(change ...func(*docket.SignatureVerdict)) docket.SignatureVerdict {
	return good(append([]func(*docket.SignatureVerdict){func(g *docket.SignatureVerdict) {
		g.Signer = docket.Signer{Name: "Baş", FIN: o.signatory.FIN}
		g.Field = "Signature1"
	}}, change...)...)
}

// S1-33: the head signs the approved page, the seal is put on what he signed, and nothing else is accepted.
func TestHeadSignsBeforeTheSeal(t *testing.T) {
	o := newOffice(t)
	o.cfg.SealWithoutSignature = false
	ctx := o.ctx()
	o.register()
	l := o.approvedOpinion()
	_, err := o.SealResponse(ctx, o.signatory, l.ID)
	o.wantKey(err, docket.KeyNotSignedYet)
	page := o.content(o.DownloadToSign(ctx, o.signatory, l.ID))
	if page != o.page(l) {
		t.Error("another page is given to be signed")
	}
	l.Place.Field = "Seal"
	if err := o.db.InTx(ctx, func(w docket.Work) error { return w.UpdateLetter(ctx, l) }); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		who  docket.Actor
		file string
		key  string
	}{
		"unsigned":              {o.signatory, page, docket.KeySigMissing},
		"another page":          {o.signatory, signed("%PDF-other", o.headsOwn()), docket.KeyPageOther},
		"one byte altered":      {o.signatory, signed(strings.Replace(page, "Rəy", "Rey", 1), o.headsOwn()), docket.KeyPageOther},
		"more than a signature": {o.signatory, page + "x" + signed("", o.headsOwn()), docket.KeySigForbidden},
		"somebody else's":       {o.signatory, signed(page, good()), docket.KeySigOtherPerson},
		"nobody's":              {o.signatory, signed(page, o.headsOwn(func(g *docket.SignatureVerdict) { g.Signer.FIN = "" })), docket.KeySigNoIdentity},
		"revoked":               {o.signatory, signed(page, o.headsOwn(bad(etsi.TotalFailed, etsi.Revoked))), docket.KeySigRevoked},
		"not provable now":      {o.signatory, signed(page, o.headsOwn(bad(etsi.Indeterminate, etsi.TryLater), func(g *docket.SignatureVerdict) { g.RevocationMissing = true })), docket.KeySigWait},
		"where the seal goes":   {o.signatory, signed(page, o.headsOwn(func(g *docket.SignatureVerdict) { g.Field = "Seal" })), docket.KeySealPlace},
		"by the checker":        {o.checker, signed(page, o.headsOwn()), docket.KeyForbidden},
		"by the expert":         {o.expert, signed(page, o.headsOwn()), docket.KeyForbidden},
	} {
		if _, err := o.SignLetter(ctx, c.who, l.ID, strings.NewReader(c.file)); docket.KeyOf(err) != c.key {
			t.Errorf("%s: %v, want %s", name, err, c.key)
		}
	}
	l = must[*docket.Letter](t)(o.SignLetter(ctx, o.signatory, l.ID, strings.NewReader(signed(page, o.headsOwn()))))
	if l.State != docket.LetterSigned || l.SignedBy != "Baş" || l.Signatory != o.signatory.UserID || l.SignatureID == "" || l.ToSeal() != l.Signed {
		t.Errorf("%+v", l)
	}
	_, err = o.Withdraw(ctx, o.person, l.SubmissionID)
	o.wantKey(err, docket.KeyState)
	_, err = o.SignLetter(ctx, o.signatory, l.ID, strings.NewReader(signed(page, o.headsOwn())))
	o.wantKey(err, docket.KeyState)
	o.logHolds(docket.AuditLetterSigned, o.signatory.UserID, "")
	l = must[*docket.Letter](t)(o.SealResponse(ctx, o.signatory, l.ID))
	sealed := o.content(o.open(ctx, "", "", l.Sealed))
	if l.State != docket.LetterSealed || !strings.HasPrefix(sealed, signed(page, o.headsOwn())) || strings.Count(sealed, mark) != 2 {
		t.Errorf("sealed %q", sealed)
	}
	must[*docket.Letter](t)(o.Dispatch(ctx, o.signatory, l.ID))
	o.invariant()
	o.nothingPersonalIsLogged()
}

// The signatory may give an approved opinion back with reasons; it is drafted, checked and signed anew.
func TestSignatoryReturnsAnOpinion(t *testing.T) {
	o := newOffice(t)
	o.cfg.SealWithoutSignature = false
	ctx := o.ctx()
	o.register()
	l := o.approvedOpinion()
	_, err := o.ReturnLetter(ctx, o.signatory, l.ID, " ")
	o.wantKey(err, docket.KeyRequired)
	_, err = o.ReturnLetter(ctx, o.checker, l.ID, "səbəb")
	o.wantKey(err, docket.KeyForbidden)
	l = must[*docket.Letter](t)(o.ReturnLetter(ctx, o.signatory, l.ID, "Əsas göstərilməyib."))
	if l.State != docket.LetterDraft || l.Approved != "" || l.Reason != "Əsas göstərilməyib." {
		t.Errorf("%+v", l)
	}
	_, err = o.SignLetter(ctx, o.signatory, l.ID, strings.NewReader(signed(o.page(l), o.headsOwn())))
	o.wantKey(err, docket.KeyState)
	in := OpinionInput{SubmissionID: l.SubmissionID, Subject: "Rəy", Text: "Yenidən baxıldı.", Outcome: "positive"}
	again := must[*docket.Letter](t)(o.DraftOpinion(ctx, o.expert, in))
	if again.ID != l.ID {
		t.Error("a second letter was begun")
	}
	again = o.approvedPage(again)
	again = must[*docket.Letter](t)(o.SignLetter(ctx, o.signatory, again.ID, strings.NewReader(signed(o.page(again), o.headsOwn()))))
	if again.State != docket.LetterSigned {
		t.Errorf("%+v", again)
	}
	o.read(func(w docket.Work) error {
		back, err := w.Returns(ctx, l.SubmissionID)
		if len(back) != 1 || back[0].By != o.signatory.UserID {
			t.Errorf("returns %+v", back)
		}
		return err
	})
}
