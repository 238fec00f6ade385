package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
	"mohur/internal/demopki"
	"mohur/internal/desk"
	"mohur/internal/locale"
	"mohur/verify/etsi"
)

// story is what the steps of the walk hand on to one another.
type story struct {
	staff   map[docket.Role]docket.Actor // the first who has the role
	people  map[string]docket.Actor      // all of the agency's, by FİN
	units   map[string]docket.Unit       // by code
	bodies  map[string]docket.Body       // by VÖEN
	reg     *docket.Registration
	rep     docket.Actor // the body's representative, as logged in
	project *docket.Submission
	second  *docket.Submission
	opinion *docket.Letter
	sealed  []byte
	flipped []byte
	samples []sampleFile
}

// sampleFile is a file left for the user to try.
type sampleFile struct{ path, what string }

// prepare makes the world and the office's people, and says what it makes.
func (d *demo) prepare(ctx context.Context) error {
	fmt.Fprintf(d.out, "Setting up in %s:\n", d.o.dir)
	d.clock.move(-historyAge)
	begin := time.Now()
	w, err := openWorld(ctx, d.o, d.clock.now, func(format string, args ...any) { fmt.Fprintf(d.out, "  - "+format+"\n", args...) })
	d.world = w
	if err != nil {
		return err
	}
	fmt.Fprintf(d.out, "  ready (%.1f s)\n", time.Since(begin).Seconds())
	return nil
}

// walk goes through the whole case. The steps stand here in their order.
func (d *demo) walk(ctx context.Context) error {
	s := &story{staff: map[docket.Role]docket.Actor{}, bodies: map[string]docket.Body{}}
	d.story = s
	steps := []struct {
		title string
		do    func(context.Context, *story) ([]string, error)
	}{
		{"The office opens: staff, directory of bodies; 25 days ago another body sent a project", d.history},
		{"A state body registers: its application letter is signed on its own token (PAdES B-T)", d.register},
		{"Letters that must not pass: each refused with its reason, nothing registered, the draft kept", d.refusals},
		{"The agency's registrar sees the verification report and approves; mail and SMS leave", d.approve},
		{"The representative logs in by the mailed link and sends a project: the record is signed on the token", d.submit},
		{"The agency answers: three units give opinions and visas, the opinion is drafted, checked, numbered, sealed on the agency's token, delivered", d.answer},
		{"The body downloads the opinion; the program and the public page both verify it", d.checkSealed},
		{"One byte of the opinion's first page is turned over; both say so", d.checkFlipped},
		{"The seal's token is pulled out; a project comes in all the same, and its receipt is sealed with a second token", d.fallOver},
		{"The personnel's system has an order sealed: “Kadr məsələləri” has its own key, profile and programs", d.personnel},
		{"The audit log is intact, checkpointed, and every step stands in it", d.checkAudit},
	}
	for _, step := range steps {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := d.step(step.title, func() ([]string, error) { return step.do(ctx, s) }); err != nil {
			return err
		}
	}
	return nil
}

// historyAge is how long ago the demo's older project was received: of its 30 days 5 are left.
const historyAge = 25 * 24 * time.Hour

// history opens the office in the past, lets a body register and send a project, and comes back to now.
func (d *demo) history(ctx context.Context, s *story) ([]string, error) {
	o := d.world.office
	if err := o.desk.ImportBodies(ctx, docket.System(), demoDirectory(d.clock.now())); err != nil {
		return nil, err
	}
	list, err := o.desk.Bodies(ctx, "", 50)
	if err != nil {
		return nil, err
	}
	for _, b := range list {
		s.bodies[b.VOEN] = b
	}
	if err := d.hire(ctx, s); err != nil {
		return nil, err
	}
	if err := d.sealProfiles(ctx, s); err != nil {
		return nil, err
	}
	letter, signer, err := d.world.letter(ctx, customsHead(), "7/1-12")
	if err != nil {
		return nil, err
	}
	reg, err := d.registerWith(ctx, s, customsHead(), "gomruk@orqan.test", "+994501110022", letter)
	if err != nil {
		return nil, err
	}
	rep, err := d.approveAndLogIn(ctx, s, reg)
	if err != nil {
		return nil, err
	}
	form := docket.Form{
		CoverNumber: "7/1-15", CoverDate: calendar.DateOf(d.clock.now()), DocumentType: "information_resource",
		ProjectName: "Risklərin təhlili ehtiyatı", NoStateSecret: true,
	}
	sub, err := d.send(ctx, rep, form, map[string][]byte{"layihə.txt": []byte("Risklərin təhlili ehtiyatının layihəsi\r\n")}, signer)
	if err != nil {
		return nil, err
	}
	d.older = sub
	d.clock.move(0)
	view, err := o.desk.Submission(ctx, s.staff[docket.RoleCoordinator], sub.ID)
	if err != nil {
		return nil, err
	}
	out := []string{fmt.Sprintf("%d people, %d bodies; project %s of %q, received %s: %d days left", len(s.staff), len(s.bodies), sub.Number, sub.BodyName,
		calendar.DateOf(sub.Received), view.Period.Left)}
	if view.Period.Left != 5 {
		return out, fmt.Errorf("5 days should be left, not %d", view.Period.Left)
	}
	return out, nil
}

// demoDirectory gives the demo's bodies their ids.
func demoDirectory(now time.Time) []docket.Body {
	list := demoBodies()
	for i := range list {
		list[i].ID = docket.NewID(now)
	}
	return list
}

// registerWith fills in the registration form.
func (d *demo) registerWith(ctx context.Context, s *story, head demopki.Person, email, mobile string, letter []byte) (*docket.Registration, error) {
	return d.world.office.desk.RegisterBody(ctx, docket.Public(), desk.RegisterBodyInput{
		BodyID: s.bodies[head.VOEN].ID, Email: email, Mobile: mobile, LetterName: "müraciət.pdf", Letter: bytes.NewReader(letter),
	})
}

// register is step 1 of the case.
func (d *demo) register(ctx context.Context, s *story) ([]string, error) {
	page, err := d.world.application(director(), "3/2-41")
	if err != nil {
		return nil, err
	}
	letter, err := d.world.sign(ctx, page, d.world.director, d.world.bodyKey)
	if err != nil {
		return nil, err
	}
	path, err := d.world.sample("good-letter.pdf", letter)
	if err != nil {
		return nil, err
	}
	s.samples = append(s.samples, sampleFile{path, "signed on a token, good"})
	if s.reg, err = d.registerWith(ctx, s, director(), "ekologiya@orqan.test", "+994501234567", letter); err != nil {
		return nil, d.inWords(err)
	}
	v, err := d.verdictOf(ctx, s)
	if err != nil {
		return nil, err
	}
	g := v.Signatures[0]
	out := []string{
		fmt.Sprintf("%s, %s, %s; signed by %s, FİN %s, %s", v.Indication, g.Level, g.Format, g.Signer.Name, masked(g.Signer.FIN), g.Signer.Organisation),
		fmt.Sprintf("state: %s; mail N1: %s", s.reg.State, d.mailSubject(ctx, s.reg.Email)),
	}
	if s.reg.State != docket.RegistrationSubmitted || v.Indication != etsi.TotalPassed || g.Level != "PAdES-BASELINE-T" {
		return out, errors.New("the registration should be finished and await approval, over a TOTAL-PASSED B-T signature")
	}
	return out, d.mailed(ctx, s.reg.Email, docket.NotifyRegistered)
}

// verdictOf returns the stored verdict on the registration letter, as the registrar sees it.
func (d *demo) verdictOf(ctx context.Context, s *story) (*docket.Verification, error) {
	view, err := d.world.office.desk.Registration(ctx, s.staff[docket.RoleRegistrar], s.reg.ID)
	if err != nil {
		return nil, err
	}
	if view.Verification == nil || len(view.Verification.Signatures) == 0 {
		return nil, errors.New("the registration has no verification report")
	}
	return view.Verification, nil
}

// refusals is step 2: each bad letter is refused for its own reason, registers nothing and stays in the draft.
func (d *demo) refusals(ctx context.Context, s *story) ([]string, error) {
	letters, err := d.world.badLetters(ctx)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, l := range letters {
		path, err := d.world.sample(l.file, l.document)
		if err != nil {
			return out, err
		}
		s.samples = append(s.samples, sampleFile{path, l.what})
		draft, err := d.registerWith(ctx, s, landHead(), "torpaq@orqan.test", "+994559876543", l.document)
		key := refusalKeyOf(err)
		out = append(out, fmt.Sprintf("%-44s %s", l.what+":", d.inWords(err)))
		if key != l.key {
			return out, fmt.Errorf("%s should be refused as %s, not as %q", l.file, l.key, key)
		}
		if err := d.keptAsDraft(ctx, s, draft); err != nil {
			return out, fmt.Errorf("%s: %w", l.file, err)
		}
	}
	return append(out, "registered by these: nothing; kept in the draft: what was typed and the file"), nil
}

// keptAsDraft checks that a refused registration left a draft with everything in it, and nothing in the registrar's queue.
func (d *demo) keptAsDraft(ctx context.Context, s *story, draft *docket.Registration) error {
	o := d.world.office
	if draft == nil {
		return errors.New("no draft was kept")
	}
	kept, err := o.desk.RegistrationDraft(ctx, draft.Access)
	if err != nil {
		return err
	}
	if kept.State != docket.RegistrationDraft || kept.Email == "" || kept.Mobile == "" || kept.Letter == "" || kept.BodyID == "" {
		return errors.New("the draft does not hold what was typed")
	}
	list, _, err := o.desk.ListRegistrations(ctx, s.staff[docket.RoleRegistrar], docket.RegistrationFilter{BodyID: kept.BodyID})
	if err != nil {
		return err
	}
	if len(list) > 0 {
		return errors.New("something was registered")
	}
	return nil
}

// approve is step 3.
func (d *demo) approve(ctx context.Context, s *story) ([]string, error) {
	rep, err := d.approveAndLogIn(ctx, s, s.reg)
	if err != nil {
		return nil, err
	}
	s.rep = rep
	sms, err := d.smsTo(s.reg.Mobile)
	if err != nil {
		return nil, err
	}
	return []string{
		fmt.Sprintf("approved by %s; mail: %s", s.staff[docket.RoleRegistrar].Name, d.mailSubject(ctx, s.reg.Email)), "SMS: " + sms,
		fmt.Sprintf("the link in the mail let %s in, once", rep.Name),
	}, nil
}

// approveAndLogIn approves a registration, waits for the mail with the one-time link, and uses it, once and once more in vain.
func (d *demo) approveAndLogIn(ctx context.Context, s *story, reg *docket.Registration) (docket.Actor, error) {
	o := d.world.office
	if _, err := o.desk.ApproveBody(ctx, s.staff[docket.RoleRegistrar], desk.ApproveBodyInput{ID: reg.ID}); err != nil {
		return docket.Actor{}, d.inWords(err)
	}
	secret, err := d.mailedLink(ctx, reg.Email)
	if err != nil {
		return docket.Actor{}, err
	}
	who, err := o.desk.LogIn(ctx, secret)
	if err != nil {
		return docket.Actor{}, d.inWords(err)
	}
	if _, err := o.desk.LogIn(ctx, secret); err == nil {
		return docket.Actor{}, errors.New("the one-time link worked twice")
	}
	return who, nil
}

// send writes, signs and submits a project.
func (d *demo) send(ctx context.Context, rep docket.Actor, form docket.Form, files map[string][]byte, signer *demopki.Signer) (*docket.Submission, error) {
	v := d.world.office.desk
	sub, err := v.DraftSubmission(ctx, rep)
	if err != nil {
		return nil, d.inWords(err)
	}
	if _, err := v.SaveSubmission(ctx, rep, sub.ID, form); err != nil {
		return nil, d.inWords(err)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if _, err := v.AddFile(ctx, rep, sub.ID, name, bytes.NewReader(files[name])); err != nil {
			return nil, d.inWords(err)
		}
	}
	if _, err := v.PrepareRecord(ctx, rep, sub.ID); err != nil {
		return nil, d.inWords(err)
	}
	record, err := d.download(v.DownloadRecord(ctx, rep, sub.ID))
	if err != nil {
		return nil, err
	}
	signed, err := d.world.sign(ctx, record, signer, signer.Key)
	if err != nil {
		return nil, err
	}
	if sub, err = v.Submit(ctx, rep, sub.ID, bytes.NewReader(signed)); err != nil {
		return nil, d.inWords(err)
	}
	return sub, nil
}

// download reads a file that the desk hands out.
func (d *demo) download(f *desk.Download, err error) ([]byte, error) {
	if err != nil {
		return nil, d.inWords(err)
	}
	defer f.Content.Close()
	return io.ReadAll(f.Content)
}

// inWords is an error as the pages would show it: the Azerbaijani text of a refusal.
func (d *demo) inWords(err error) error {
	words := locale.For(locale.Azerbaijani)
	if many, ok := errors.AsType[docket.Errors](err); ok {
		texts := make([]string, len(many))
		for i, e := range many {
			texts[i] = words.T(e.Key, e.Args)
		}
		return errors.New(strings.Join(texts, "; "))
	}
	if e, ok := errors.AsType[*docket.Error](err); ok {
		if e.Err != nil {
			return fmt.Errorf("%s (%w)", words.T(e.Key, e.Args), e.Err)
		}
		return errors.New(words.T(e.Key, e.Args))
	}
	return err
}

// refusalKeyOf is the catalogue key of a refusal.
func refusalKeyOf(err error) string {
	if many, ok := errors.AsType[docket.Errors](err); ok && len(many) > 0 {
		return many[0].Key
	}
	if e, ok := errors.AsType[*docket.Error](err); ok {
		return e.Key
	}
	return ""
}

// masked hides the middle of a personal code.
func masked(fin string) string {
	if len(fin) < 4 {
		return fin
	}
	return fin[:2] + strings.Repeat("•", len(fin)-3) + fin[len(fin)-1:]
}
