package main

import (
	"bytes"
	"time"

	"mohur/docket"
	"mohur/internal/desk"
	"mohur/internal/paper"
	"mohur/signing"
	"mohur/signing/pades"
)

// refusedLetters is J2: empty fields, and each bad letter (altered, replaced, untrusted, revoked, expired, unsigned, of another kind, too large) is
// refused with its reason, what was typed stays and nothing is registered (S1-02 to S1-05).
func (j *journey) refusedLetters() {
	j.Helper()
	p := j.visitor()
	p.open("/register", "register")
	p.press("register.button")
	p.refused(p.words.T(docket.KeyRequired))
	p.look("register-empty")
	bad, err := j.demo.world.badLetters(j.ctx)
	p.must(err)
	expired := j.expiredLetter()
	unsigned := bad[len(bad)-1]
	bad = append(bad, badLetter{"vaxtı-bitib.pdf", "signed with a certificate that was over", docket.KeySigExpired, expired},
		badLetter{"şəkil.png", "of another kind", docket.KeySigMissing, append([]byte("\x89PNG\r\n\x1a\n"), make([]byte, 64)...)}, unsigned)
	for _, b := range bad {
		p.must(p.v.Choose("body", landHead().Organisation))
		p.fill("email", "aga@torpaq.test", "mobile", "+994 50 222 33 44")
		p.must(p.v.Attach("letter", j.file(b.file, b.document)))
		p.press("register.button")
		p.refused(p.words.T(b.key))
		p.sees(b.file)
		if value, _ := p.v.Value("email"); value != "aga@torpaq.test" {
			p.Errorf("after %s the e-mail is %q", b.what, value)
		}
	}
	p.look("register-refused")
	p.press("register.button") // the file is kept: nothing has to be chosen again
	p.refused(p.words.T(bad[len(bad)-1].key))
}

// register is J1: a good letter finishes the registration, which waits for approval, and a mail says so (S1-02 to S1-07).
func (j *journey) register(letter []byte) {
	j.Helper()
	p := j.visitor()
	p.must(p.v.Open("/register"))
	p.must(p.v.Choose("body", newHead().Organisation))
	p.fill("email", "irade@iqtisad.test", "mobile", "+994 55 666 77 88")
	p.must(p.v.Attach("letter", j.file("müraciət.pdf", letter)))
	p.press("register.button")
	p.sees(p.words.T("register.done.submitted"), p.words.T("register.done.waiting"), newHead().Organisation)
	p.look("register-done")
	j.must(j.demo.mailed(j.ctx, "irade@iqtisad.test", docket.NotifyRegistered))
}

// approve is J3: the registrar reads the report and approves, which SMS and mail tell (S1-08).
func (j *journey) approve() {
	j.Helper()
	p := j.staff(docket.RoleRegistrar)
	p.look("registrar-home")
	p.open("/registrations", "registrations")
	p.must(p.v.PressText(newHead().Organisation))
	p.sees("TOTAL-PASSED", newHead().FIN, p.words.T("verdict.title.passed"))
	p.look("registration")
	p.press("registration.approve")
	p.sees(p.words.T("state.registration.approved"))
}

// newRepresentative follows the link of the mail N2.
func (j *journey) newRepresentative() *person {
	j.Helper()
	secret, err := j.demo.mailedLink(j.ctx, "irade@iqtisad.test")
	j.must(err)
	p := j.follow(secret)
	p.sees(p.words.T("bodyhome.heading"))
	p.look("body-home")
	again := j.visitor()
	again.open(desk.PathLogIn+secret, "login-used")
	again.sees(again.words.T(docket.KeyLinkInvalid))
	return p
}

// expiredLetter is a letter whose certificate was over before it came, and nothing shows that it was signed earlier.
func (j *journey) expiredLetter() []byte {
	j.Helper()
	w, late := j.demo.world, landHead()
	late.NotAfter = j.demo.clock.now().AddDate(0, 0, -30)
	s, err := w.hierarchy.Person(late)
	j.must(err)
	page, err := w.application(late, "12/4-122")
	j.must(err)
	var out bytes.Buffer
	_, err = pades.Sign(j.ctx, bytes.NewReader(page), int64(len(page)), &out, pades.Options{
		Request: signing.Request{Signer: s.Key, Certificate: s.Certificate, Chain: s.Chain, Level: signing.BaselineB, Now: func() time.Time { return late.NotAfter.Add(-time.Hour) }},
		Field:   paper.SealField,
	})
	j.must(err)
	return out.Bytes()
}
