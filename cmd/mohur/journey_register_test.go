package main

import (
	"mohur/docket"
	"mohur/internal/desk"
)

// refusedLetters is J2: each bad letter is refused with its reason, and what was typed stays.
func (j *journey) refusedLetters() {
	j.Helper()
	p := j.visitor()
	p.open("/register", "register")
	p.press("register.button")
	p.refused(p.words.T(docket.KeyRequired))
	p.look("register-empty")
	bad, err := j.demo.world.badLetters(j.ctx)
	p.must(err)
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

// register is J1: a good letter finishes the registration.
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

// approve is J3: the registrar reads the report and approves.
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
