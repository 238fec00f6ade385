package main

import (
	"bytes"
	"context"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mohur/docket"
	"mohur/internal/demopki"
	"mohur/internal/desk"
	"mohur/internal/sealing"
	"mohur/verify/etsi"
)

// TestSealingWithServicesInTrouble: a letter is to be sealed at level B-LT while the authority, and later the responders and lists, are dead, slow or
// lie. Each attempt fails in time, keeps the letter's number, releases nothing and leaves no file; when all is well again the letter goes out with the
// number that it had.
func TestSealingWithServicesInTrouble(t *testing.T) {
	f := newFaultyOffice(t)
	letter := f.checkedOpinion()
	for name, fault := range map[string]demopki.Fault{
		"dead": {Dead: true}, "hanging": {Hang: true}, "cut in the middle": {Cut: true}, "garbage": {Garbage: true}, "endless": {Endless: true}, "status 503": {HTTPStatus: 503},
		"refusing": {Refuse: true}, "other imprint": {WrongImprint: true}, "other nonce": {WrongNonce: true}, "replayed": {Replay: true}, "late": {Delay: 20 * time.Second},
	} {
		f.world.hierarchy.SetFault(demopki.TSAService, fault)
		if fault.Replay { // somebody else's answer is kept
			if _, err := f.world.office.proofs.timestamp(t.Context(), make([]byte, 32)); err != nil {
				t.Fatal(err)
			}
		}
		f.fails(name, letter)
	}
	f.world.hierarchy.SetFault(demopki.TSAService, demopki.Fault{Dead: true})
	f.move(3 * time.Hour)
	if released, failed, err := f.world.office.desk.Reconcile(t.Context()); err != nil || released != 0 || failed != 1 {
		t.Errorf("reconciliation released %d, failed %d: %v", released, failed, err)
	}
	f.untouched("reconciliation", letter)
	f.world.hierarchy.SetFault(demopki.TSAService, demopki.Fault{})

	f.move(20 * 24 * time.Hour) // whatever was cached has ended
	for _, s := range []demopki.Service{demopki.OCSPService, demopki.CRLService} {
		f.world.hierarchy.SetFault(s, demopki.Fault{Dead: true})
	}
	f.fails("no revocation data", letter)
	for _, s := range []demopki.Service{demopki.OCSPService, demopki.CRLService} {
		f.world.hierarchy.SetFault(s, demopki.Fault{})
	}
	f.move(21 * 24 * time.Hour)
	if released, failed, err := f.world.office.desk.Reconcile(t.Context()); err != nil || released != 1 || failed != 0 {
		t.Fatalf("reconciliation released %d, failed %d: %v", released, failed, err)
	}
	f.released(letter)
	f.programs()
}

// faultyOffice is the demo's office up to the moment before a letter is sealed.
type faultyOffice struct {
	*testing.T
	*demo
	number string
	files  int
}

func newFaultyOffice(t *testing.T) *faultyOffice {
	t.Helper()
	var out bytes.Buffer
	d := &demo{o: demoOptions{dir: filepath.Join(t.TempDir(), "demo"), port: 8750}, out: &out, started: time.Now()}
	t.Cleanup(func() {
		if err := d.close(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Log(out.String())
		}
	})
	if err := d.prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := &story{staff: map[docket.Role]docket.Actor{}, bodies: map[string]docket.Body{}}
	d.story = s
	for _, step := range []func(context.Context, *story) ([]string, error){d.history, d.register, d.approve, d.submit} {
		if _, err := step(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	return &faultyOffice{T: t, demo: d}
}

func (f *faultyOffice) move(by time.Duration) { f.clock.move(by) }

// checkedOpinion is a letter that only lacks its seal.
func (f *faultyOffice) checkedOpinion() docket.ID {
	f.Helper()
	v, s, ctx := f.world.office.desk, f.story, f.Context()
	must := func(err error) {
		f.Helper()
		if err != nil {
			f.Fatal(f.inWords(err))
		}
	}
	_, err := v.AcceptSubmission(ctx, s.staff[docket.RoleCoordinator], s.project.ID)
	must(err)
	must(f.examine(ctx, s, s.project.ID))
	l, err := v.DraftOpinion(ctx, s.staff[docket.RoleExpert], desk.OpinionInput{SubmissionID: s.project.ID, Subject: "Rəy", Text: opinionText, Outcome: "positive"})
	must(err)
	l, err = f.agree(ctx, s, l)
	must(err)
	l, err = f.headSigns(ctx, s.staff[docket.RoleSignatory], l)
	must(err)
	return l.ID
}

// fails tries to seal.
func (f *faultyOffice) fails(name string, letter docket.ID) {
	f.Helper()
	began := time.Now()
	l, err := f.world.office.desk.SealResponse(f.Context(), f.story.staff[docket.RoleSignatory], letter)
	if err == nil || docket.KeyOf(err) == "" {
		f.Errorf("%s: %v", name, err)
	}
	if took := time.Since(began); took > 25*time.Second {
		f.Errorf("%s: it took %s", name, took)
	}
	if l != nil && f.number == "" {
		f.number = l.Number
	}
	f.untouched(name, letter)
}

// untouched looks for what a failed attempt may not leave.
func (f *faultyOffice) untouched(name string, letter docket.ID) {
	f.Helper()
	l, i := f.letterAndIntent(letter)
	if l.State != docket.LetterSealingFailed || l.Number == "" || l.Number != f.number || l.Sealed != "" || i.Released != "" || i.Number != f.number || l.Reason == "" {
		f.Errorf("%s: %s letter, number %q, sealed %q, intent %q %q", name, l.State, l.Number, l.Sealed, i.Number, i.Released)
	}
	if n := f.count("blobs/tmp", "tmp"); n != 0 {
		f.Errorf("%s: %d files are left in temporary folders", name, n)
	}
	n := f.count("blobs/blobs")
	if f.files == 0 {
		f.files = n
	}
	if n != f.files {
		f.Errorf("%s: %d files instead of %d", name, n, f.files)
	}
}

func (f *faultyOffice) letterAndIntent(letter docket.ID) (l *docket.Letter, i *docket.SealIntent) {
	f.Helper()
	err := f.world.office.store.Read(f.Context(), func(w docket.Work) (err error) {
		if l, err = w.Letter(f.Context(), letter); err != nil {
			return err
		}
		i, err = w.IntentOfLetter(f.Context(), letter)
		return err
	})
	if err != nil {
		f.Fatal(err)
	}
	return l, i
}

// count counts the files in folders of the office's data.
func (f *faultyOffice) count(folders ...string) int {
	f.Helper()
	n := 0
	for _, folder := range folders {
		err := filepath.WalkDir(filepath.Join(f.world.dir, folder), func(_ string, e fs.DirEntry, err error) error {
			if err == nil && !e.IsDir() {
				n++
			}
			return err
		})
		if err != nil {
			f.Fatal(err)
		}
	}
	return n
}

// released holds the letter that went out against its number and our own verdict.
func (f *faultyOffice) released(letter docket.ID) {
	f.Helper()
	l, i := f.letterAndIntent(letter)
	if l.State != docket.LetterSealed || l.Number != f.number || l.Sealed == "" || i.Released != l.Sealed {
		f.Errorf("%s letter, number %q, sealed %q, intent released %q", l.State, l.Number, l.Sealed, i.Released)
	}
	var v *docket.Verification
	if err := f.world.office.store.Read(f.Context(), func(w docket.Work) (err error) { v, err = w.Verification(f.Context(), l.VerificationID); return err }); err != nil {
		f.Fatal(err)
	}
	if v.Indication != etsi.TotalPassed || v.Signatures[len(v.Signatures)-1].Level != "PAdES-BASELINE-LT" {
		f.Errorf("%s %+v", v.Indication, v.Signatures)
	}
}

// programs asks for seals as a program does: one that waits is told that nothing was made, with every fault of the authority; one that doesn't is
// sealed when all is well again. Two profiles, one per format.
func (f *faultyOffice) programs() {
	f.Helper()
	v, s, ctx := f.world.office.sealing, f.story, f.Context()
	client := sealing.Client{Name: "erp", Tenant: "erp"}
	for _, format := range []docket.SealFormat{docket.FormatPAdES, docket.FormatCAdES} {
		name := "proqram-" + strings.ToLower(string(format))
		p, err := v.ProposeProfile(ctx, s.staff[docket.RoleAdmin], docket.SealProposal{Name: name, Why: "Sınaq", Terms: docket.SealTerms{
			Unit: "Elektron sənəd dövriyyəsi", Credential: defaultCredential, Format: format, Level: docket.LevelLTA, Input: docket.InputUnsigned, Clients: []string{client.Name}, PerDay: 100,
		}})
		if err != nil {
			f.Fatal(f.inWords(err))
		}
		if _, err := v.ApproveProfile(ctx, s.staff[docket.RoleSignatory], p.ID); err != nil {
			f.Fatal(f.inWords(err))
		}
		document := onePage()
		if format == docket.FormatCAdES {
			document = []byte("Dövlət orqanının məktubu\n") // a PDF would be judged as what it holds
		}
		ask := func(key string, async bool) (*docket.SealRequest, error) {
			return v.Seal(ctx, sealing.Request{Client: client, Profile: name, Key: key, Async: async, Name: "x", File: bytes.NewReader(document), Size: int64(len(document))})
		}
		for fault, how := range map[string]demopki.Fault{
			"dead": {Dead: true}, "cut": {Cut: true}, "garbage": {Garbage: true}, "refusing": {Refuse: true}, "nonce": {WrongNonce: true}, "imprint": {WrongImprint: true},
		} {
			f.world.hierarchy.SetFault(demopki.TSAService, how)
			r, err := ask(name+fault, false)
			if docket.KeyOf(err) != docket.KeyTimestamp || r == nil || r.State != docket.SealFailed || r.Released != "" {
				f.Errorf("%s, %s: %v %+v", name, fault, err, r)
			}
			if again, err := ask(name+fault, false); err == nil || again == nil || again.ID != r.ID || again.State != docket.SealFailed {
				f.Errorf("%s, %s: the same key gives %v %+v", name, fault, err, again)
			}
		}
		r, err := ask(name+"later", true)
		if err != nil || r.Released != "" {
			f.Fatalf("%s: %v %+v", name, err, r)
		}
		if released, _, err := v.Reconcile(ctx); err != nil || released != 0 {
			f.Errorf("%s: %d released: %v", name, released, err)
		}
		if n := f.count("seals/tmp", "blobs/tmp", "tmp"); n != 0 {
			f.Errorf("%s: %d files are left in temporary folders", name, n)
		}
		f.world.hierarchy.SetFault(demopki.TSAService, demopki.Fault{})
		f.move(time.Duration(f.clock.offset.Load()) + 2*time.Hour)
		for range 100 { // by us or by the background
			if _, _, err := v.Reconcile(ctx); err != nil {
				f.Fatal(err)
			}
			if r, err = ask(name+"later", true); err != nil || r.State == docket.SealReleased {
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
		if err != nil || r.State != docket.SealReleased || r.Released == "" {
			f.Errorf("%s: %v %+v", name, err, r)
		}
	}
}
