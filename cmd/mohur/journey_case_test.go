package main

import (
	"mohur/docket"
)

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
