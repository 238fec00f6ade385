package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"mohur/docket"
	"mohur/internal/desk"
	"mohur/internal/web"
)

// leave prepares what a visitor finds after the walk, and prints where to begin.
func (d *demo) leave(ctx context.Context) error {
	s := d.story
	letter, _, err := d.world.letter(ctx, cityHead(), "21/1-9")
	if err != nil {
		return err
	}
	if _, err := d.registerWith(ctx, s, cityHead(), "shehersalma@orqan.test", "+994703334455", letter); err != nil {
		return d.inWords(err)
	}
	if err := d.leaveDeficiency(ctx, s); err != nil {
		return err
	}
	return d.signpost(ctx, s)
}

// leaveDeficiency notifies a deficiency in the second project of the walk's body.
func (d *demo) leaveDeficiency(ctx context.Context, s *story) error {
	v := d.world.office.desk
	coordinator := s.staff[docket.RoleCoordinator]
	sub := s.second
	if _, err := v.AcceptSubmission(ctx, coordinator, sub.ID); err != nil {
		return d.inWords(err)
	}
	if _, err := v.ReviewSubmission(ctx, coordinator, sub.ID, s.tasks()); err != nil {
		return d.inWords(err)
	}
	_, err := v.NotifyDeficiency(ctx, coordinator, sub.ID, []string{"Xidmətin reqlamenti əlavə edilməyib.", "İnteqrasiya sxemi əlavə edilməyib."})
	return d.inWords(err)
}

// linkTime is how long the demo's log-in links work.
const linkTime = time.Hour

// signpost prints the address, the log-in links, the sample files and three things to try.
func (d *demo) signpost(ctx context.Context, s *story) error {
	p := func(format string, args ...any) { fmt.Fprintf(d.out, format+"\n", args...) }
	link := func(id docket.ID) (string, error) {
		secret, err := d.world.office.desk.IssueLoginLink(ctx, docket.System(), id, desk.LinkOptions{Time: linkTime, Reusable: true})
		return d.world.address + desk.PathLogIn + secret, err
	}
	p("\nServing at  %s", d.world.address)
	p("\nLog in with one click (this machine only, for one hour):")
	for _, m := range demoStaff() {
		url, err := link(s.people[m.fin].UserID)
		if err != nil {
			return d.inWords(err)
		}
		p("  %-17s %-32s %s", m.name, m.does, url)
	}
	url, err := link(s.rep.UserID)
	if err != nil {
		return d.inWords(err)
	}
	p("  %-17s %-32s %s", s.rep.Name, s.rep.BodyName, url)
	p("  The PIN of the tokens of %s and %s, for the DEMO signing button: %s", s.rep.Name, s.staff[docket.RoleSignatory].Name, bodyPIN)
	p("\nWaiting for you: a registration to approve, project %s with 5 days left, a project with an open deficiency.", d.older.Number)
	p("\nFiles to try at %s/verify:", d.world.address)
	for _, f := range s.samples {
		p("  %-56s %s", f.path, f.what)
	}
	p("\nThree things to try:")
	p("  1. Drop %s/samples/opinion.pdf and then opinion-one-byte-altered.pdf onto %s/verify.", shorter(d.world.dir), d.world.address)
	p("  2. As Leyla Məmmədova, read the report on the waiting registration and approve it; the mail lies in %s.", shorter(d.world.dir)+"/spool/mail")
	p("  3. As Günay İsmayılova, send a project and sign it with the DEMO button.")
	p("\nCtrl-C ends the demo.")
	return nil
}

// demoSigner signs for the body's person, and for the agency's head, with the keys on the demo's tokens: the pages' third button.
type demoSigner struct{ w *demoWorld }

// SignRecord implements web.DemoSigner. The PIN is compared with the demo's own; no typed PIN ever reaches the token.
func (s demoSigner) SignRecord(ctx context.Context, who docket.Actor, pin string, record io.ReaderAt, size int64, out io.Writer) error {
	if pin != bodyPIN {
		return web.ErrPIN
	}
	document := make([]byte, size)
	if _, err := record.ReadAt(document, 0); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	var signed []byte
	var err error
	switch who.FIN {
	case director().FIN:
		signed, err = s.w.sign(ctx, document, s.w.director, s.w.bodyKey)
	case agencyHead().FIN:
		signed, err = s.w.signBeside(ctx, document, s.w.head, s.w.head.Key)
	default:
		return errors.New("the demo's tokens belong to other people")
	}
	if err != nil {
		return err
	}
	_, err = io.Copy(out, bytes.NewReader(signed))
	return err
}
