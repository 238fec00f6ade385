package main

import (
	"strconv"
	"strings"

	"mohur/docket"
	"mohur/internal/demopki"
)

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

// sendSigned is J4 by download, sign and upload (S1-09 to S1-13), with J5 on the way: a record that is not signed, or does not fit the session, is
// refused and the draft stays.
func (p *person) sendSigned(head *demopki.Signer) string {
	p.Helper()
	id := p.toSignature("7/2-31", "“Açıq büdcə” informasiya sistemi", true)
	record, err := p.v.Download("/submit/" + id + "/record")
	p.must(err)
	p.must(p.v.Attach("file", p.file("imzasız.pdf", record)))
	p.press("submit.sign.send")
	p.refused(p.words.T(docket.KeySigMissing))
	p.look("submit-refused")
	p.doesNotFit(record, head)
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

// doesNotFit is J5: the record signed by a colleague, by the same person for another body, or changed after it was signed. Each has its own sentence and its entry
// in the log, and the draft waits.
func (p *person) doesNotFit(record []byte, head *demopki.Signer) {
	p.Helper()
	colleague := newHead()
	colleague.GivenName, colleague.FIN, colleague.SealRight = "Nərmin", "9KL6M7N", false
	elsewhere := newHead() // the same person, for another body
	elsewhere.Organisation, elsewhere.VOEN = landHead().Organisation, landHead().VOEN
	w := p.demo.world
	signedBy := func(who demopki.Person) []byte {
		s, err := w.hierarchy.Person(who)
		p.must(err)
		signed, err := w.sign(p.ctx, record, s, s.Key)
		p.must(err)
		return signed
	}
	own, err := w.sign(p.ctx, record, head, head.Key)
	p.must(err)
	tampered, err := flipContent(own)
	p.must(err)
	before := p.audited(docket.AuditSubmissionRefused)
	for i, c := range []struct {
		name, key string
		file      []byte
	}{
		{"həmkar.pdf", docket.KeySigOtherPerson, signedBy(colleague)},
		{"başqa-orqan.pdf", docket.KeySigOtherBody, signedBy(elsewhere)},
		{"dəyişdirilmiş.pdf", docket.KeyRecordOther, tampered},
	} {
		p.must(p.v.Attach("file", p.file(c.name, c.file)))
		p.press("submit.sign.send")
		said, _, _ := strings.Cut(p.words.T(c.key), "{") // what was expected and found stands behind
		p.refused(said)
		p.look("submit-refused-" + strconv.Itoa(i+1))
	}
	if n := p.audited(docket.AuditSubmissionRefused) - before; n != 3 {
		p.Errorf("%d refusals in the audit log", n)
	}
}
