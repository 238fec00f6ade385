package main

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// list is J6: search by name and numbers (S1-17, S1-18), both filters of dates (S1-19, S1-20), rows shown (S1-21), the columns (S1-23 to S1-26)
// and order.
func (j *journey) list() {
	j.Helper()
	p, project := j.demoRep, j.demo.story.project
	today := p.words.Date(j.demo.clock.now())
	tomorrow := p.words.Date(j.demo.clock.now().Add(24 * time.Hour))
	all := p.rows("/submissions")
	if all < 4 {
		p.Fatalf("%d projects", all)
	}
	for query, want := range map[string]int{
		"name=yaşıl": 2, "name=YAŞIL+XƏRİTƏ": 1, "name=yoxdur": 0, "number=3/2-77": 1, "number=" + project.Number: 1, "received_from=" + today: all, "received_to=" + today: all,
		"received_from=" + tomorrow: 0, "due_to=" + today: 0, "due_from=" + tomorrow: all, "rows=10": all, "state=dispatched": 2,
	} {
		if got := p.rows("/submissions?" + query); got != want {
			p.Errorf("%s: %d rows, want %d", query, got, want)
		}
	}
	p.must(p.v.Open("/submissions?number=" + project.Number))
	p.sees(project.Form.ProjectName, p.words.T("document_type.information_system"), today, p.words.Date(j.demo.clock.now().AddDate(0, 0, 30)))
	names := func(order string) []string {
		p.must(p.v.Open("/submissions?order=" + order))
		text, err := p.v.Do(`return [...document.querySelectorAll("tr th a")].map(a => a.textContent).join("\n")`)
		p.must(err)
		return strings.Split(text, "\n")
	}
	up, down := names("name"), names("-name")
	slices.Reverse(down)
	if !slices.Equal(up, down) || len(up) != all {
		p.Errorf("by name %q, and backwards %q", up, down)
	}
}

// rows counts the projects that a list shows.
func (p *person) rows(path string) int {
	p.Helper()
	p.must(p.v.Open(path))
	text, err := p.v.Do(`return document.querySelectorAll("tr[id^=case-]").length`)
	p.must(err)
	n, err := strconv.Atoi(text)
	p.must(err)
	return n
}
