package web

import (
	"mohur/docket"
	"mohur/docket/calendar"
)

// Term names a period: "30 təqvim günü".
func (v *view) Term(p calendar.Period) string { return v.N("term."+string(p.Unit), p.N) }

// Rule names the rule by which a due date was computed, in one sentence (requirements 7; 8, 3 and 4).
func (v *view) Rule(rule string) string {
	p, suspend, ok := docket.ParseRule(rule)
	if !ok {
		return rule
	}
	start, end, still := "rule.start.next_day", "rule.end.stays", "rule.suspend.no"
	if p.Start == calendar.StartSameDay {
		start = "rule.start.same_day"
	}
	if p.End == calendar.EndNextWorking {
		end = "rule.end.next_working"
	}
	if suspend {
		still = "rule.suspend.yes"
	}
	return v.T("rule.sentence", "term", v.Term(p), "start", v.T(start), "end", v.T(end), "suspend", v.T(still))
}
