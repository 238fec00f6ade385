package web

import (
	"testing"

	"mohur/docket"
	"mohur/internal/desk"
	"mohur/internal/locale"
	"mohur/verify"
)

// TestWordsOfTheDomainHaveTexts holds that whatever docket, desk and verify may say has a text for people.
func TestWordsOfTheDomainHaveTexts(t *testing.T) {
	var keys []string
	keys = append(keys, docket.Keys()...)
	for _, k := range docket.NotificationKeys() {
		keys = append(keys, k+".title")
	}
	states := map[string]bool{}
	for _, tr := range docket.SubmissionTransitions() {
		states["state.submission."+string(tr.From)], states["state.submission."+string(tr.To)] = true, true
	}
	for _, tr := range docket.RegistrationTransitions() {
		states["state.registration."+string(tr.From)], states["state.registration."+string(tr.To)] = true, true
	}
	for _, tr := range docket.LetterTransitions() {
		states["state.letter."+string(tr.From)], states["state.letter."+string(tr.To)] = true, true
	}
	for _, tr := range docket.SealProfileTransitions() {
		states["state.profile."+string(tr.From)], states["state.profile."+string(tr.To)] = true, true
		if tr.To != docket.ProfileSuperseded {
			states["profile.by."+string(tr.To)] = true
		}
	}
	for _, t := range new(docket.SealTerms).List() {
		keys = append(keys, "profile.term."+t.Field)
	}
	for _, l := range docket.SealLevels() {
		keys = append(keys, "profile.level."+string(l))
	}
	for _, i := range docket.InputRules() {
		keys = append(keys, "profile.input."+string(i))
	}
	for k := range states {
		keys = append(keys, k)
	}
	for _, d := range docket.DocumentTypes() {
		keys = append(keys, "document_type."+string(d))
	}
	for _, o := range docket.Outcomes() {
		keys = append(keys, "outcome."+string(o))
	}
	for _, l := range []docket.LetterKind{docket.LetterOpinion, docket.LetterNotice, docket.LetterRefusal, docket.LetterReceipt} {
		keys = append(keys, "letter."+string(l))
	}
	for _, k := range docket.SealKinds() {
		if !locale.For(locale.Azerbaijani).Has("letter." + k) {
			keys = append(keys, "profile.kind."+k)
		}
	}
	for _, o := range orders() {
		keys = append(keys, "order."+string(o))
	}
	for _, s := range listStates() {
		keys = append(keys, "state.submission."+string(s))
	}
	for _, s := range []string{verify.StageCertificateOfHolder, verify.StageCertificateInForce, verify.StageSignatureGenuine} {
		keys = append(keys, "verdict.stage."+s)
	}
	for _, o := range []verify.StageOutcome{verify.StageYes, verify.StageNo, verify.StageUnknown, verify.StageUnproven} {
		keys = append(keys, "verdict.outcome."+string(o))
	}
	for _, code := range []string{"403", "404", "405", "409", "413", "422", "429", "500", "503"} {
		keys = append(keys, "error.title."+code)
	}
	for _, lang := range locale.Languages() {
		p := locale.For(lang)
		for _, key := range keys {
			if !p.Has(key) {
				t.Errorf("%s lacks %q", lang, key)
			}
		}
	}
}

// TestLinksOfTheDeskLeadSomewhere holds that the addresses that mails and QR codes carry are pages.
func TestLinksOfTheDeskLeadSomewhere(t *testing.T) {
	f := newFakeDesk()
	r := f.registration()
	f.registered = &r
	v := site0(t, f, outsideTheDemo)
	for path, want := range map[string]int{
		desk.PathLogIn + "secret": 200, desk.PathRegistration + "secretkey": 303, desk.PathRegistration + "wrong": 404,
		desk.PathLookUp + "abcdefghijklmnopqrstuvwxyz": 200, desk.PathLookUp + "unknown": 404, desk.PathSubmission + "s1": 303,
	} {
		if a := v.get(path); a.code != want {
			t.Errorf("%s: %d, want %d", path, a.code, want)
		}
	}
}
