package desk

import (
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mohur/docket"
	"mohur/verify/etsi"
)

// invariant holds after whatever went wrong (decisions 8, 9, 12): every number of a journal is held by a letter or project, no gap;
// a letter is released exactly when its intent is, with the same file; released files verify; C_Sign calls >= releases.
func (o *office) invariant() {
	o.t.Helper()
	releases := 0
	for _, c := range []string{"14", "15", "16"} {
		for i, n := range o.numbersOf(docket.JournalOutgoing, c) {
			if n.Seq != i+1 {
				o.t.Errorf("gap before %s", n.Text)
			}
			o.read(func(w docket.Work) error {
				l, err := w.Letter(o.ctx(), n.Subject)
				if err == nil && l.Number != n.Text {
					o.t.Errorf("number %s stands on a letter that says %q", n.Text, l.Number)
				}
				return err
			})
		}
	}
	o.read(func(w docket.Work) error {
		for _, state := range []docket.LetterState{
			docket.LetterDraft, docket.LetterApproved, docket.LetterSealing, docket.LetterSealingFailed, docket.LetterSealed, docket.LetterDispatched, docket.LetterAnnulled,
		} {
			letters, err := w.LettersInState(o.ctx(), state)
			if err != nil {
				return err
			}
			for _, l := range letters {
				i, err := w.IntentOfLetter(o.ctx(), l.ID)
				if errors.Is(err, docket.ErrNotFound) {
					if l.Number != "" || l.Sealed != "" {
						o.t.Errorf("%s letter with number %q and no intent", state, l.Number)
					}
					continue
				}
				if err != nil {
					return err
				}
				done := state == docket.LetterSealed || state == docket.LetterDispatched
				if i.Released != l.Sealed || (l.Sealed != "") != done || i.Number != l.Number || l.Number == "" {
					o.t.Errorf("%s letter sealed %q, intent released %q, numbers %q and %q", state, l.Sealed, i.Released, l.Number, i.Number)
				}
				if done {
					releases++
				}
			}
		}
		return nil
	})
	if o.sealer.sealed < releases {
		o.t.Errorf("%d released after %d signatures", releases, o.sealer.sealed)
	}
}

// TestOutputThatIsNotReleased lets the sealer make what must not go out (decisions 9).
func TestOutputThatIsNotReleased(t *testing.T) {
	change := func(c func(*docket.SignatureVerdict)) func(*office, SealInput, io.Writer) error {
		return func(o *office, in SealInput, out io.Writer) error { return o.sealer.seal(in, out, c) }
	}
	for name, write := range map[string]func(*office, SealInput, io.Writer) error{
		"no proof of time":  change(func(g *docket.SignatureVerdict) { g.Level = "PAdES-BASELINE-B" }),
		"not passed":        change(bad(etsi.Indeterminate, etsi.TryLater)),
		"other certificate": change(func(g *docket.SignatureVerdict) { g.Certificate = docket.HashOf([32]byte{9}) }),
		"a part":            change(func(g *docket.SignatureVerdict) { g.Covers = "revision" }),
		"changed after":     change(func(g *docket.SignatureVerdict) { g.Modified = "permitted" }),
		"other text": func(o *office, in SealInput, out io.Writer) error {
			in.File, in.Size = strings.NewReader("%PDF-letter başqa"), int64(len("%PDF-letter başqa"))
			return o.sealer.seal(in, out, nil)
		},
		"text changed in its first byte": func(o *office, in SealInput, out io.Writer) error {
			b, _ := io.ReadAll(io.NewSectionReader(in.File, 0, in.Size))
			b[0] = '!'
			in.File = strings.NewReader(string(b))
			return o.sealer.seal(in, out, nil)
		},
		"nothing added": func(_ *office, in SealInput, out io.Writer) error {
			_, err := io.Copy(out, io.NewSectionReader(in.File, 0, in.Size))
			return err
		},
		"no signature": func(_ *office, in SealInput, out io.Writer) error {
			_, err := io.Copy(out, io.MultiReader(io.NewSectionReader(in.File, 0, in.Size), strings.NewReader("\n%comment")))
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.register()
			l := o.approvedOpinion()
			o.sealer.write = func(in SealInput, out io.Writer) error { return write(o, in, out) }
			l, err := o.SealResponse(o.ctx(), o.signatory, l.ID)
			o.wantKey(err, docket.KeySealRefused)
			if l.State != docket.LetterSealingFailed || l.Number != "9/14-01" || l.Sealed != "" {
				t.Errorf("%+v", l)
			}
			o.invariant()
			_, err = o.Dispatch(o.ctx(), o.signatory, l.ID)
			o.wantKey(err, docket.KeyState)
			_, err = o.LookUpAddress(o.ctx(), l.Public)
			o.wantKey(err, docket.KeyLookup)
			o.sealer.write = nil // mended: the same number goes out
			l = must[*docket.Letter](t)(o.SealResponse(o.ctx(), o.signatory, l.ID))
			if l.State != docket.LetterSealed || l.Number != "9/14-01" {
				t.Errorf("%+v", l)
			}
			o.invariant()
		})
	}
}

// TestIntendedBytesAndCertificate: what was committed is sealed, or nothing: not a file that rotted on the disk, not by another key.
func TestIntendedBytesAndCertificate(t *testing.T) {
	o := newOffice(t)
	o.register()
	l := o.approvedOpinion()
	o.disk.rot = map[docket.Hash]docket.Hash{l.Unsealed: o.stored("%PDF-letter, bir bayt fərqli")}
	l, err := o.SealResponse(o.ctx(), o.signatory, l.ID)
	o.wantKey(err, docket.KeySealRefused)
	if check := docket.AsErrors(err)[0].Args["check"]; check != "input_hash" {
		t.Errorf("refused by %v", check)
	}
	o.disk.rot = nil
	before, renewed := o.sealer.sealed, docket.HashOf([32]byte{0xdd})
	p, _ := o.sealer.Profile(o.ctx(), "")
	p.Certificate = renewed // renewed since the intent was committed
	seen, i, err := o.letterAndIntent(o.ctx(), l.ID)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = o.makeSeal(o.ctx(), seen, i, p)
	o.wantKey(err, docket.KeySealRefused)
	if o.sealer.sealed != before {
		t.Error("another key signed than the one that was intended")
	}
	o.invariant()
	o.sealer.cert = renewed // the next attempt intends the new one first
	must[*docket.Letter](t)(o.SealResponse(o.ctx(), o.signatory, l.ID))
	if _, i, err = o.letterAndIntent(o.ctx(), l.ID); err != nil || i.Certificate != renewed {
		t.Errorf("%+v %v", i, err)
	}
	if !slices.Contains(o.auditActions(), docket.AuditSealRetargeted) {
		t.Error("that the intent names another certificate is not in the log")
	}
	o.invariant()
}

func TestEarlierSignatureMustNotGetWorse(t *testing.T) {
	o := newOffice(t)
	first := good(func(g *docket.SignatureVerdict) { g.Covers = "revision" })
	in := o.stored(signed("%PDF", first))
	i := &docket.SealIntent{Document: in, Certificate: o.sealer.cert}
	p, _ := o.sealer.Profile(o.ctx(), "")
	ours := good(func(g *docket.SignatureVerdict) { g.Certificate = o.sealer.cert })
	after := func(sigs ...docket.SignatureVerdict) error {
		b := must[docket.Blob](t)(o.disk.Put(o.ctx(), strings.NewReader(signed("%PDF", sigs...)), 1<<20))
		_, err := o.checkSealed(o.ctx(), i, b, p)
		return err
	}
	if err := after(first, ours); err != nil {
		t.Errorf("unchanged: %v", err)
	}
	i.Document = o.stored("%PDF") // the prefix holds, the earlier one is judged by the fake as worse
	if err := after(good(bad(etsi.Indeterminate, etsi.TryLater)), ours); err != nil {
		t.Errorf("an INDETERMINATE that came along is no hindrance: %v", err)
	}
}

func TestOnlyTheApprovedTextIsSealed(t *testing.T) {
	o := newOffice(t)
	o.register()
	sub := o.inReview()
	l := must[*docket.Letter](t)(o.DraftOpinion(o.ctx(), o.expert, opinion(sub)))
	_, err := o.SealResponse(o.ctx(), o.signatory, l.ID)
	o.wantKey(err, docket.KeyState) // not approved
	old := l.Unsealed
	in := opinion(sub)
	in.Text = "Layihə qəbul edilə bilməz."
	l = must[*docket.Letter](t)(o.DraftOpinion(o.ctx(), o.expert, in))
	o.withVisas(l)
	_, err = o.check(o.checker, l, old)
	o.wantKey(err, docket.KeyApprovedOther) // the checker saw another page
	must[*docket.Letter](t)(o.check(o.checker, l, l.Unsealed))
	_, err = o.DraftOpinion(o.ctx(), o.expert, in)
	o.wantKey(err, docket.KeyState)
	if _, err := o.db.DB().ExecContext(o.ctx(), "UPDATE letters SET unsealed = $1 WHERE id = $2", string(old), string(l.ID)); err != nil {
		t.Fatal(err)
	}
	_, err = o.SealResponse(o.ctx(), o.signatory, l.ID)
	o.wantKey(err, docket.KeyApprovedOther)
	o.invariant()
	if n := o.numbersOf(docket.JournalOutgoing, "14"); len(n) != 0 || o.sealer.sealed != 1 { // 1: the receipt
		t.Errorf("numbers %v, %d signatures", n, o.sealer.sealed)
	}
}

// TestThreePeople: drafter, checker and signatory of a letter are three, and each stands in the log with what he did (requirements 2a, S3-16).
func TestThreePeople(t *testing.T) {
	o := newOffice(t)
	o.register()
	all := o.user("", "AAAAAA9", docket.RoleExpert, docket.RoleDispatchChecker, docket.RoleSignatory, docket.RoleCoordinator)
	all = o.into("it", all)
	sub := o.sent()
	must[*docket.Submission](t)(o.AcceptSubmission(o.ctx(), all, sub.ID))
	must[*docket.Submission](t)(o.ReviewSubmission(o.ctx(), all, sub.ID, []TaskInput{{Unit: o.units["it"].ID, Person: all.UserID, Lead: true}}))
	o.expert = all // who answers, drafts and asks for the visas
	o.answerTask(sub)
	l := must[*docket.Letter](t)(o.DraftOpinion(o.ctx(), all, opinion(sub)))
	o.withVisas(l)
	_, err := o.check(all, l, l.Unsealed)
	o.wantKey(err, docket.KeySeparate)
	must[*docket.Letter](t)(o.check(o.checker, l, l.Unsealed))
	_, err = o.SealResponse(o.ctx(), all, l.ID)
	o.wantKey(err, docket.KeySeparate)
	both := o.checker
	both.Roles = append(slices.Clone(both.Roles), docket.RoleSignatory)
	_, err = o.SealResponse(o.ctx(), both, l.ID)
	o.wantKey(err, docket.KeySeparate)
	must[*docket.Letter](t)(o.SealResponse(o.ctx(), o.signatory, l.ID))
}

func TestWithdrawnBeforeTheSeal(t *testing.T) {
	o := newOffice(t)
	o.register()
	l := o.approvedOpinion()
	must[*docket.Submission](t)(o.Withdraw(o.ctx(), o.person, l.SubmissionID))
	_, err := o.SealResponse(o.ctx(), o.signatory, l.ID)
	o.wantKey(err, docket.KeyState)
	if n := o.numbersOf(docket.JournalOutgoing, "14"); len(n) != 0 {
		t.Errorf("numbers: %v", n)
	}
	o.invariant()
}

func TestSendBack(t *testing.T) {
	o := newOffice(t)
	o.register()
	sub := o.inReview()
	l := must[*docket.Letter](t)(o.DraftOpinion(o.ctx(), o.expert, opinion(sub)))
	_, err := o.SendBack(o.ctx(), o.checker, SendBackInput{Letter: l.ID})
	o.wantKey(err, docket.KeyRequired)
	must[*docket.Letter](t)(o.SendBack(o.ctx(), o.checker, SendBackInput{Letter: l.ID, Reason: "nömrə səhvdir"}))
	again := must[*docket.Letter](t)(o.DraftOpinion(o.ctx(), o.expert, opinion(sub)))
	if again.ID != l.ID || again.Reason != "" {
		t.Errorf("%+v", again)
	}
	o.approvedPage(again)
}

// TestCrashBetweenIntentAndRelease leaves an intent behind, as a process that died would; the next start takes it up when its lease is over.
func TestCrashBetweenIntentAndRelease(t *testing.T) {
	o := newOffice(t)
	o.register()
	l := o.approvedOpinion()
	p, _ := o.sealer.Profile(o.ctx(), "")
	if err := o.intendResponse(o.ctx(), o.signatory, l.ID, p); err != nil { // and then the power fails
		t.Fatal(err)
	}
	o.invariant()
	next := o.another("second")
	if released, failed, err := next.Reconcile(o.ctx()); released+failed != 0 || err != nil {
		t.Errorf("taken over before its lease is over: %d %d %v", released, failed, err)
	}
	if err := next.SealPending(o.ctx(), l.ID); err != nil || o.sealer.sealed != 1 {
		t.Errorf("a job of another process: %v, %d signatures", err, o.sealer.sealed)
	}
	o.later(o.cfg.Lease + time.Second)
	if released, failed, err := next.Reconcile(o.ctx()); released != 1 || failed != 0 || err != nil {
		t.Fatalf("%d %d %v", released, failed, err)
	}
	l = must[*docket.Letter](t)(o.letter(o.ctx(), l.ID))
	if l.State != docket.LetterSealed || l.Number != "9/14-01" {
		t.Errorf("%+v", l)
	}
	o.invariant()
	// the first process comes back from the dead with its own signature: a second release can't be
	err := o.finishSeal(o.ctx(), o.signatory, l.ID, p)
	if docket.KeyOf(err) != docket.KeyStale {
		t.Errorf("released twice: %v", err)
	}
	if again := must[*docket.Letter](t)(o.letter(o.ctx(), l.ID)); again.Sealed != l.Sealed || again.State != docket.LetterSealed {
		t.Errorf("the second signature replaced the first: %+v", again)
	}
	o.invariant()
}

func TestManySealersOneRelease(t *testing.T) {
	o := newOffice(t)
	o.register()
	l := o.approvedOpinion()
	o.sealer.err = errDead
	_, err := o.SealResponse(o.ctx(), o.signatory, l.ID)
	o.wantKey(err, docket.KeySealing)
	o.sealer.err = nil
	before := o.sealer.sealed
	var wg sync.WaitGroup
	for i := range 6 {
		s := o.another(string(rune('a' + i)))
		wg.Go(func() {
			if err := s.SealPending(o.ctx(), l.ID); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if o.sealer.sealed != before+1 {
		t.Errorf("%d signatures, want 1", o.sealer.sealed-before)
	}
	o.invariant()
}

// TestRepeatedFailuresDoNotPileUp: a token that is away for hours is tried again more and more seldom, and no task begets another.
func TestRepeatedFailuresDoNotPileUp(t *testing.T) {
	o := newOffice(t)
	o.register()
	l := o.approvedOpinion()
	o.sealer.err = errDead
	_, err := o.SealResponse(o.ctx(), o.signatory, l.ID)
	o.wantKey(err, docket.KeySealing)
	tasks, before := len(o.tasks), o.sealer.sealed
	for range 6 * 60 { // a job runs each minute, for six hours
		o.later(time.Minute)
		if _, _, err := o.Reconcile(o.ctx()); err != nil {
			t.Fatal(err)
		}
	}
	if tries := o.sealer.sealed - before; tries < 8 || tries > 12 || len(o.tasks) != tasks {
		t.Errorf("%d tries in six hours, %d tasks more", tries, len(o.tasks)-tasks)
	}
	o.sealer.err = nil
	l = must[*docket.Letter](t)(o.SealResponse(o.ctx(), o.signatory, l.ID)) // a person need not wait
	if l.State != docket.LetterSealed || l.Number != "9/14-01" {
		t.Errorf("%+v", l)
	}
	o.invariant()
}

func TestAnnulledLetterKeepsItsNumber(t *testing.T) {
	o := newOffice(t)
	o.register()
	l := o.approvedOpinion()
	o.sealer.err = errDead
	l, err := o.SealResponse(o.ctx(), o.signatory, l.ID)
	o.wantKey(err, docket.KeySealing)
	_, err = o.Withdraw(o.ctx(), o.person, l.SubmissionID)
	o.wantKey(err, docket.KeyState) // a seal under way goes first
	_, err = o.AnnulLetter(o.ctx(), o.signatory, l.ID, " ")
	o.wantKey(err, docket.KeyRequired)
	must[*docket.Letter](t)(o.AnnulLetter(o.ctx(), o.signatory, l.ID, "mətn dəyişəcək"))
	n := o.numbersOf(docket.JournalOutgoing, "14")
	if len(n) != 1 || n[0].Voided.IsZero() || n[0].Reason != "mətn dəyişəcək" || n[0].VoidedBy != string(o.signatory.UserID) {
		t.Fatalf("%+v", n)
	}
	o.sealer.err = nil
	if err := o.SealPending(o.ctx(), l.ID); err != nil || o.sealer.sealed != 2 {
		t.Errorf("sealed although given up: %v", err)
	}
	// the expert writes it anew; it takes the next number
	fresh := must[*docket.Letter](t)(o.DraftOpinion(o.ctx(), o.expert, OpinionInput{SubmissionID: l.SubmissionID, Subject: "Rəy", Text: "Yeni", Outcome: "negative"}))
	fresh = o.approvedPage(fresh)
	fresh = must[*docket.Letter](t)(o.SealResponse(o.ctx(), o.signatory, fresh.ID))
	if fresh.Number != "9/14-02" {
		t.Errorf("%+v", fresh)
	}
	o.invariant()
}
