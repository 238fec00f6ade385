package main

import (
	"path/filepath"
	"strings"

	"mohur/docket"
)

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
	a.must(a.v.Open("/audit?check=1"))
	a.look("audit-checked")
	a.sees(a.words.T("audit.intact"))
	a.must(a.v.Open("/audit?action=" + docket.AuditLetterDispatched))
	a.sees(docket.AuditLetterDispatched)
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
