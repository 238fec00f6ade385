package desk

import (
	"io"
	"testing"

	"mohur/docket"
)

// profileInForce lets two people bring a version into force; the rows are what internal/sealing writes.
func (o *office) profileInForce(version int, terms docket.SealTerms) *docket.SealProfile {
	o.t.Helper()
	now := o.now()
	p := &docket.SealProfile{
		ID: docket.NewID(now), Name: "letters", Version: version, State: docket.ProfileActive, Base: version - 1, SealTerms: terms, Why: "sınaq",
		ProposedBy: o.registrar.UserID, Proposed: now, DecidedBy: o.signatory.UserID, Decided: now,
	}
	err := o.db.InTx(o.ctx(), func(w docket.Work) error {
		if old, err := w.ActiveSealProfile(o.ctx(), p.Name); err == nil {
			old.State = docket.ProfileSuperseded
			if err := w.DecideSealProfile(o.ctx(), old); err != nil {
				return err
			}
		}
		return w.AddSealProfile(o.ctx(), p)
	})
	if err != nil {
		o.t.Fatal(err)
	}
	return p
}

func opinionTerms() docket.SealTerms {
	return docket.SealTerms{
		Unit: "Elektron sənəd dövriyyəsi", Credential: "hsm", Format: docket.FormatPAdES, Level: docket.LevelLT, Input: docket.InputUnbroken, Kinds: []string{"opinion"},
	}
}

// atLevel makes the sealer reach a level, and keeps what it was asked for.
func (o *office) atLevel(level string, asked *[]SealInput) {
	o.sealer.write = func(in SealInput, out io.Writer) error {
		*asked = append(*asked, in)
		return o.sealer.seal(in, out, func(g *docket.SignatureVerdict) { g.Level, g.Covers, g.Modified = level, "revision", "permitted" })
	}
}

func TestTheProfileOfALettersKindSealsIt(t *testing.T) {
	o := newOffice(t)
	o.register()
	p := o.profileInForce(1, opinionTerms())
	var asked []SealInput
	o.atLevel("PAdES-BASELINE-LT", &asked)
	l := o.approvedOpinion()
	l = must[*docket.Letter](t)(o.SealResponse(o.ctx(), o.signatory, l.ID))
	if l.State != docket.LetterSealed || l.Profile != "letters" || l.SealedBy != p.Unit {
		t.Errorf("%+v", l)
	}
	last := asked[len(asked)-1]
	if last.Credential != "hsm" || last.Terms == nil || last.Terms.ID != p.ID || last.LookupURL != "https://mohur.test/d/"+l.Public {
		t.Errorf("the sealer was asked for %+v", last)
	}
	for _, in := range asked[:len(asked)-1] { // the receipt's kind is nobody's: the configuration's seal
		if in.Credential != "default" || in.Terms != nil {
			t.Errorf("a receipt was sealed by %+v", in)
		}
	}
	o.read(func(w docket.Work) error {
		i, err := w.IntentOfLetter(o.ctx(), l.ID)
		if err == nil && (i.Profile != "letters" || i.Version != 1) {
			t.Errorf("the intent keeps %s, version %d", i.Profile, i.Version)
		}
		return err
	})
}

// TestALevelBelowTheProfileIsNotReleased: the level of the terms is asked for, not the one that the token's configuration knows.
func TestALevelBelowTheProfileIsNotReleased(t *testing.T) {
	o := newOffice(t)
	o.register()
	l := o.approvedOpinion()
	o.profileInForce(1, opinionTerms())
	_, err := o.SealResponse(o.ctx(), o.signatory, l.ID) // the fake reaches B-T
	o.wantKey(err, docket.KeySealRefused)
	o.invariant()
}

// TestAnIntentKeepsItsVersion: what was intended under one version is finished under it, whatever came into force since.
func TestAnIntentKeepsItsVersion(t *testing.T) {
	o := newOffice(t)
	o.register()
	l := o.approvedOpinion()
	o.profileInForce(1, opinionTerms())
	o.sealer.err = errDisk
	_, err := o.SealResponse(o.ctx(), o.signatory, l.ID)
	o.wantKey(err, docket.KeySealing)
	changed := opinionTerms()
	changed.Level, changed.Credential = docket.LevelLTA, "another"
	o.profileInForce(2, changed)
	o.sealer.err = nil
	var asked []SealInput
	o.atLevel("PAdES-BASELINE-LT", &asked)
	l = must[*docket.Letter](t)(o.SealResponse(o.ctx(), o.signatory, l.ID))
	if l.State != docket.LetterSealed || len(asked) != 1 || asked[0].Terms.Version != 1 || asked[0].Credential != "hsm" {
		t.Errorf("%s by %+v", l.State, asked)
	}
	o.invariant()
}

// TestAProfileThatChangesMeanwhileIsNotIntended: the profile is read before the transaction that commits the intent, and again in it.
func TestAProfileThatChangesMeanwhileIsNotIntended(t *testing.T) {
	o := newOffice(t)
	o.register()
	l := o.approvedOpinion()
	p, err := o.profileOf(o.ctx(), l.ID)
	if err != nil || p.Terms != nil || p.Name != "default" {
		t.Fatalf("%+v %v", p, err)
	}
	o.profileInForce(1, opinionTerms())
	o.wantKey(o.intendResponse(o.ctx(), o.signatory, l.ID, p), docket.KeyStale)
	if p, err = o.profileOf(o.ctx(), l.ID); err != nil || p.Version != 1 || p.Level != "PAdES-BASELINE-LT" {
		t.Fatalf("%+v %v", p, err)
	}
	changed := opinionTerms()
	changed.Level = docket.LevelT
	o.profileInForce(2, changed)
	o.wantKey(o.intendResponse(o.ctx(), o.signatory, l.ID, p), docket.KeyStale)
	o.invariant()
}
