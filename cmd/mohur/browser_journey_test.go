package main

import (
	"path/filepath"
	"strings"
	"testing"

	"mohur/docket"
	"mohur/internal/demopki"
	"mohur/internal/desk"
)

// TestJourney walks J1 to J5, J8, J9 and J10 of the requirements through the pages of the real program: its database, tokens, certificates,
// mail and verification. Each page is looked at with axe-core and at a width of 320 pixels.
func TestJourney(t *testing.T) {
	j := newJourney(t)
	letter, head, err := j.demo.world.letter(j.ctx, newHead(), "4/1-15")
	j.must(err)
	j.public()
	j.refusedLetters()
	j.register(letter)
	j.approve()
	rep := j.newRepresentative()
	own := rep.sendSigned(head)
	rep.correspond(own)
	j.token()
	demo := j.logIn(j.demo.story.rep.UserID)
	number, id := demo.sendWithDemoToken()
	j.answer(number, id, demo)
	demo.receive(number)
	j.oversee()
	j.strangers(own)
}

// public looks at the pages that need nothing.
func (j *journey) public() {
	j.Helper()
	p := j.visitor()
	for _, page := range []string{"/", "/log-in", "/help", "/accessibility", "/verify", "/lookup", "/nothing"} {
		p.open(page, "public"+strings.ReplaceAll(page, "/", "-"))
	}
	p.must(p.v.Open("/language/en?back=/register"))
	if text, _ := p.v.Text("h1"); text != "Registration" {
		p.Errorf("in English the page says %q", text)
	}
}

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

// toSignature fills the steps of a project up to the signature and returns its id.
func (p *person) toSignature(cover, name string, looking bool) string {
	p.Helper()
	look := func(page string) {
		if looking {
			p.look(page)
		}
	}
	p.must(p.v.Open("/submit"))
	look("submit-start")
	p.press("submit.start.button")
	id := strings.TrimPrefix(p.at(), "/submit/")
	if looking {
		p.press("submit.next")
		p.refused(p.words.T(docket.KeyStateSecret))
	}
	look("submit-data")
	p.fill("cover_number", cover, "cover_date", "1.11.2026", "project_name", name)
	p.must(p.v.Choose("document_type", p.words.T("document_type.information_system")))
	p.must(p.v.Tick("no_state_secret"))
	p.press("submit.next")
	p.must(p.v.Attach("files", p.file("tapşırıq.txt", []byte("Texniki tapşırıq\r\n")), p.file("smeta.txt", []byte("Smeta\r\n"))))
	p.press("submit.files.add")
	p.sees("tapşırıq.txt", "smeta.txt")
	look("submit-files")
	p.press("submit.next")
	p.sees(name, cover, "01.11.2026")
	look("submit-check")
	p.press("submit.check.button")
	look("submit-sign")
	return id
}

// sendSigned is J4 by download, sign and upload, with J5 on the way: a record that is not signed is refused and the draft stays.
func (p *person) sendSigned(head *demopki.Signer) string {
	p.Helper()
	id := p.toSignature("7/2-31", "“Açıq büdcə” informasiya sistemi", true)
	record, err := p.v.Download("/submit/" + id + "/record")
	p.must(err)
	p.must(p.v.Attach("file", p.file("imzasız.pdf", record)))
	p.press("submit.sign.send")
	p.refused(p.words.T(docket.KeySigMissing))
	p.look("submit-refused")
	signed, err := p.demo.world.sign(p.ctx, record, head, head.Key)
	p.must(err)
	p.must(p.v.Attach("file", p.file("imzalı.pdf", signed)))
	p.press("submit.sign.send")
	p.sees(p.words.T("submit.done.title"), "№ ")
	p.look("submit-done")
	receipt, err := p.v.Download("/submit/" + id + "/receipt")
	p.must(err)
	p.judged("qəbz.pdf", receipt, "TOTAL-PASSED", "verdict.title.passed")
	p.press("submit.done.mail")
	p.sees(p.words.T("submit.done.mailed"))
	return id
}

// sendWithDemoToken is J4 by the demo's own button: a wrong PIN says so, the right one sends.
func (p *person) sendWithDemoToken() (number, id string) {
	p.Helper()
	id = p.toSignature("3/2-91", "“Hava keyfiyyəti” informasiya sistemi", false)
	p.fill("pin", "9999")
	p.press("demo.button")
	p.refused(p.words.T("demo.pin"))
	p.fill("pin", bodyPIN)
	p.press("demo.button")
	p.sees(p.words.T("submit.done.title"))
	number, err := p.v.Text(".panel .number")
	p.must(err)
	p.must(p.v.Open("/submissions?number=" + strings.TrimPrefix(number, "№ ")))
	p.sees("“Hava keyfiyyəti”", p.words.T("state.submission.sent"))
	p.look("submissions")
	p.open("/submissions/"+id, "submission")
	return strings.TrimPrefix(number, "№ "), id
}

// correspond is J8: write with an attachment, and the other side reads.
func (p *person) correspond(id string) {
	p.Helper()
	p.must(p.v.Open("/submissions/" + id + "/messages"))
	p.press("messages.send")
	p.refused(p.words.T(docket.KeyRequired))
	p.fill("text", "Əlavə sənədi göndəririk.")
	p.must(p.v.Attach("attachments", p.file("əlavə.txt", []byte("əlavə\r\n"))))
	p.press("messages.send")
	p.sees("Əlavə sənədi göndəririk.", "əlavə.txt")
	p.look("messages")
	c := p.staff(docket.RoleCoordinator)
	c.open("/incoming", "incoming")
	c.open("/incoming/"+id+"/messages", "agency-messages")
	c.sees("Əlavə sənədi göndəririk.")
}

// answer is J9: accept, assign, draft, return with a reason, draft again, approve, seal and dispatch.
func (j *journey) answer(number, id string, body *person) {
	j.Helper()
	c := j.staff(docket.RoleCoordinator)
	c.open("/incoming/"+id, "review")
	c.press("review.accept")
	c.open("/incoming/"+id, "review-accepted")
	c.must(c.v.Choose("expert", j.demo.story.staff[docket.RoleExpert].Name))
	c.press("review.assign")
	c.sees(c.words.T("state.submission.in_review"))
	j.deficiency(c, body, id)
	e := j.staff(docket.RoleExpert)
	e.open("/incoming/"+id+"/opinion", "opinion")
	e.opine("Layihəyə baxıldı.")
	k := j.staff(docket.RoleDispatchChecker)
	k.open("/dispatch", "dispatch")
	k.open("/dispatch/"+id, "dispatch-letter")
	k.fill("reason", "Nəticə əsaslandırılmayıb.")
	k.press("dispatch.return")
	e.open("/incoming/"+id+"/opinion", "opinion-returned")
	e.sees("Nəticə əsaslandırılmayıb.")
	e.opine("Layihəyə baxıldı.\n\nLayihə məqsədəuyğundur, ona görə rəy müsbətdir.")
	k.must(k.v.Open("/dispatch/" + id))
	k.press("dispatch.approve")
	s := j.staff(docket.RoleSignatory)
	s.open("/seal", "seal")
	s.open("/seal/"+id, "seal-letter")
	s.press("seal.button")
	s.sees(s.words.T("seal.done"), "9/14-")
	s.look("seal-done")
	_ = number
}

// deficiency is J7: the agency says what is missing, the body corrects and signs again, and the review goes on.
func (j *journey) deficiency(c, body *person, id string) {
	j.Helper()
	c.open("/incoming/"+id+"/deficiency", "deficiency")
	c.fill("items", "Smeta imzalanmayıb.")
	c.press("deficiency.send")
	c.sees(c.words.T("state.submission.deficient"))
	body.open("/submissions/"+id, "submission-deficient")
	body.sees("Smeta imzalanmayıb.", body.words.T("state.submission.deficient"))
	body.press("submission.correct")
	body.press("submit.next")
	body.must(body.v.Attach("files", j.file("smeta-imzalı.txt", []byte("Smeta, imzalı\r\n"))))
	body.press("submit.next")
	body.sees("smeta-imzalı.txt")
	body.press("submit.check.button")
	body.fill("pin", bodyPIN)
	body.press("demo.button")
	body.must(body.v.Open("/submissions/" + id))
	body.sees(body.words.T("state.submission.in_review"), "smeta-imzalı.txt")
	body.look("submission-corrected")
}

// opine fills in the opinion and sends it to the check.
func (p *person) opine(text string) {
	p.Helper()
	p.must(p.v.Choose("outcome", p.words.T("outcome.positive")))
	p.fill("text", text)
	p.press("opinion.save")
	p.sees(p.words.T("state.submission.opinion_drafted"))
}

// receive is J10: the body reads the letter; the public pages verify it, and refuse it with one byte turned over.
func (p *person) receive(number string) {
	p.Helper()
	p.open("/letters", "letters")
	p.must(p.v.Press("main table th a"))
	p.sees(p.words.T("outcome.positive"))
	p.look("letter")
	sealed, err := p.v.Download(p.at() + "/file")
	p.must(err)
	code, err := p.v.Text("dd.mono")
	p.must(err)
	caption, err := p.v.Text("h1 .caption")
	p.must(err)
	_, letter, _ := strings.Cut(caption, "№ ")
	p.judged("rəy.pdf", sealed, "TOTAL-PASSED", "verdict.title.passed")
	flipped, err := flipContent(sealed)
	p.must(err)
	p.judged("rəy-dəyişdirilmiş.pdf", flipped, "HASH_FAILURE", "verdict.title.failed")
	anybody := p.visitor()
	anybody.must(anybody.v.Open("/lookup"))
	anybody.fill("number", letter, "date", p.words.Date(p.demo.clock.now()), "code", "0000-0000")
	anybody.press("lookup.button")
	anybody.refused(anybody.words.T(docket.KeyLookup))
	anybody.look("lookup-refused")
	anybody.fill("code", code)
	anybody.press("lookup.button")
	anybody.sees(letter, anybody.words.T("verdict.title.passed"))
	anybody.look("lookup-result")
	_ = number
}

// judged uploads a document to the public check.
func (j *journey) judged(name string, document []byte, code, title string) {
	j.Helper()
	p := j.visitor()
	p.must(p.v.Open("/verify"))
	p.must(p.v.Attach("file", j.file(name, document)))
	p.press("verify.button")
	p.sees(j.words.T(title), code, name)
	p.look("verify-" + strings.TrimSuffix(name, filepath.Ext(name)))
}

// oversee looks at the pages of auditor and administrator.
func (j *journey) oversee() {
	j.Helper()
	a := j.staff(docket.RoleAuditor)
	a.open("/audit", "audit")
	a.sees(a.words.T("audit.intact"), docket.AuditLetterDispatched)
	s := j.staff(docket.RoleAdmin)
	s.open("/system", "system")
	s.sees(s.words.T("system.part.database"))
}

// strangers see nothing of others: another body's case does not exist, a role too little is refused, nobody is asked to log in.
func (j *journey) strangers(own string) {
	j.Helper()
	p := j.logIn(j.demo.story.rep.UserID)
	p.open("/submissions/"+own, "not-found")
	p.sees(p.words.T("error.title.404"))
	p.open("/registrations", "forbidden")
	p.sees(p.words.T("error.title.403"))
	n := j.visitor()
	n.must(n.v.Open("/submissions"))
	if n.at() != "/log-in" {
		n.Errorf("nobody got to %s", n.at())
	}
}
