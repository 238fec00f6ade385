package main

import (
	"strings"

	"mohur/docket"
)

// correspond is J8: write, attach, take an attachment out before sending, send, search, and the other side reads (S1-27, S1-31, S1-32). A sent letter
// has no button that deletes it; what is withdrawn leaves its place and its reason.
func (p *person) correspond(id string) {
	p.Helper()
	p.must(p.v.Open("/submissions/" + id + "/messages"))
	p.press("messages.send")
	p.refused(p.words.T(docket.KeyRequired))
	p.fill("text", "Əlavə sənədi göndəririk.")
	p.must(p.v.Attach("attachments", p.file("səhv.txt", []byte("səhv\r\n")), p.file("əlavə.txt", []byte("əlavə\r\n"))))
	p.press("messages.attach.do")
	p.sees("səhv.txt", "əlavə.txt")
	p.must(p.v.Press(`button[name=do][value^="remove:"]`))
	p.look("messages-draft")
	p.press("messages.send")
	if text, _ := p.v.Text("main"); strings.Contains(text, "səhv.txt") {
		p.Errorf("what was taken out was sent:\n%s", text)
	}
	if n, _ := p.v.Do(`return document.querySelectorAll(".thread button[value^=remove], .thread form:not([action$=withdraw])").length`); n != "0" {
		p.Errorf("a sent letter has %s ways to delete it", n)
	}
	p.sees("Əlavə sənədi göndəririk.", "əlavə.txt")
	p.look("messages")
	c := p.staff(docket.RoleCoordinator)
	c.open("/incoming", "incoming")
	c.open("/incoming/"+id+"/messages", "agency-messages")
	c.sees("Əlavə sənədi göndəririk.")
	c.fill("query", "ƏLAVƏ SƏNƏDİ")
	c.press("list.button")
	c.sees("Əlavə sənədi göndəririk.")
	c.fill("query", "yoxdur")
	c.press("list.button")
	c.sees(c.words.T("messages.none"))
	p.must(p.v.Open("/submissions/" + id + "/messages"))
	p.sees(c.demo.story.staff[docket.RoleCoordinator].Name) // who read it first
}

// answer is J9: accept, tasks, sub-opinions, draft, visas, return with a reason, draft and visas again, check, seal and dispatch (S1-14, S1-33, S1-34,
// S3-04 to S3-06).
func (j *journey) answer(number, id string, body *person) {
	j.Helper()
	c := j.staff(docket.RoleCoordinator)
	c.open("/incoming/"+id, "review")
	c.press("review.accept")
	c.open("/incoming/"+id, "review-accepted")
	j.ask(c)
	j.deficiency(c, body, id)
	for _, unit := range asked() {
		j.logIn(j.demo.story.ofUnit(unit, docket.RoleExpert).UserID).examine(unitWords()[unit], unit)
	}
	e := j.staff(docket.RoleExpert)
	e.open("/incoming/"+id+"/opinion", "opinion")
	if begun, err := e.v.Value("text"); err != nil || !strings.Contains(begun, unitWords()["legal"]) {
		j.Errorf("the draft does not begin with what the units said: %q, %v", begun, err)
	}
	e.opine("Layihəyə baxıldı.")
	j.visas(id)
	k := j.staff(docket.RoleDispatchChecker)
	k.open("/dispatch", "dispatch")
	k.open("/dispatch/"+id, "dispatch-letter")
	k.press("dispatch.approve")
	k.refused(k.words.T(docket.KeyChecklist))
	k.look("dispatch-refused")
	k.must(k.v.Tick("bad-form"))
	k.fill("reason", "Nəticə əsaslandırılmayıb.")
	k.press("dispatch.return")
	e.open("/incoming/"+id+"/opinion", "opinion-returned")
	e.sees("Nəticə əsaslandırılmayıb.", e.words.T("checklist.form"), e.words.T("state.visa.fallen"))
	e.opine("Layihəyə baxıldı.\n\nLayihə məqsədəuyğundur, ona görə rəy müsbətdir.")
	j.visas(id)
	k.confirm(id)
	s := j.staff(docket.RoleSignatory)
	s.open("/sign", "sign")
	s.open("/sign/"+id, "sign-letter")
	s.fill("pin", bodyPIN)
	s.press("demo.button")
	s.sees(s.words.T("state.letter.signed"), agencyHead().Surname)
	s.open("/seal", "seal")
	s.open("/seal/"+id, "seal-letter")
	s.press("seal.button")
	s.sees(s.words.T("seal.done"), "9/14-")
	s.look("seal-done")
	c.open("/incoming/"+id, "review-history")
	c.sees(c.words.T("trail.letter.sent_back"), c.words.T("trail.visa.given"), j.demo.story.ofUnit("legal", docket.RoleVisaGiver).Name)
	_ = number
}

// ask gives the units their tasks: those that are asked by default stand there already.
func (j *journey) ask(c *person) {
	j.Helper()
	c.press("tasks.give.title")
	c.look("tasks-give")
	for _, unit := range asked() {
		c.must(c.v.Choose("person-"+string(j.demo.story.units[unit].ID), j.demo.story.ofUnit(unit, docket.RoleExpert).Name))
	}
	c.press("tasks.give.begin")
	c.sees(c.words.T("state.submission.in_review"))
	c.look("review-group")
}

// examine answers the one task that waits, with a document.
func (p *person) examine(words, unit string) {
	p.Helper()
	p.open("/tasks", "tasks")
	p.must(p.v.Press("main table th a"))
	p.look("task")
	p.press("task.save")
	p.refused(p.words.T(docket.KeyRequired))
	p.must(p.v.Choose("outcome", p.words.T("outcome.positive")))
	p.fill("text", words)
	p.must(p.v.Attach("files-new", p.file("arayış-"+unit+".txt", []byte("Arayış\r\n"))))
	p.press("task.save")
	p.sees(words, "arayış-"+unit+".txt")
}

// visas asks for the visas of the drafted page, and each head gives his.
func (j *journey) visas(id string) {
	j.Helper()
	e := j.staff(docket.RoleExpert)
	e.must(e.v.Open("/incoming/" + id + "/opinion"))
	e.press("visa.ask")
	e.sees(e.words.T("state.submission.visa"))
	for _, unit := range asked() {
		h := j.logIn(j.demo.story.ofUnit(unit, docket.RoleVisaGiver).UserID)
		h.open("/visas", "visas")
		h.must(h.v.Press("main ul.files a"))
		h.look("visa")
		h.press("visa.give")
		h.sees(h.words.T("visas.none"))
	}
}

// confirm is the dispatch check with every point ticked.
func (p *person) confirm(id string) {
	p.Helper()
	p.must(p.v.Open("/dispatch/" + id))
	for i, point := range docket.Checklist() {
		box := "ok-" + point
		if i == 0 {
			box = "points"
		}
		p.must(p.v.Tick(box))
	}
	p.press("dispatch.approve")
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
	p.sees(p.words.T("opinion.page"))
}
