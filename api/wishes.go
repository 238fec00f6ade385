package api

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"mohur/internal/locale"
)

// Report names a form that a verdict can be had in.
type Report string

// The forms of a verdict.
const (
	ReportSimple     Report = "simple"     // the JSON of `mohur verify --json`
	ReportDetailed   Report = "detailed"   // every building block with its constraints
	ReportDiagnostic Report = "diagnostic" // what was found, before anything was judged
	ReportETSI       Report = "etsi"       // ETSI TS 119 102-2 XML
	ReportPDF        Report = "pdf"        // the clerk's page as PDF/A
	ReportText       Report = "text"       // the clerk's page as plain text
	ReportSigned     Report = "signed"     // the clerk's page as PDF/A, sealed
)

// reportKinds are the media types of the forms.
var reportKinds = map[Report]string{
	ReportSimple: "application/json", ReportDetailed: "application/json", ReportDiagnostic: "application/json", ReportETSI: "application/xml",
	ReportPDF: "application/pdf", ReportText: "text/plain; charset=utf-8", ReportSigned: "application/pdf",
}

// wishes are what a request asks for beside its documents.
type wishes struct {
	policy   string
	time     time.Time
	report   Report // the one that is the whole answer
	reports  []Report
	keep     bool // the verdict
	keepFile bool // and the file
	given    map[string]bool
}

// wish takes one of them by its name, from the address, a form or JSON. What is not known is refused, so that a misspelt policy is never
// silently the default, and what is given twice too.
func (s *server) wish(r *http.Request, q *wishes, name, value string) *Problem {
	if q.given == nil {
		q.given = map[string]bool{}
	}
	fault := func(code string) *Problem { p := invalid("#/"+name, code); return &p }
	if q.given[name] {
		return fault("twice")
	}
	q.given[name] = true
	switch name {
	case "policy":
		if q.policy = value; !slices.Contains(s.Policies, value) {
			return fault("policy")
		}
	case "time":
		t, err := time.Parse(time.RFC3339, value)
		if err != nil {
			return fault("time")
		}
		q.time = t
	case "report":
		q.report = Report(value)
		if _, known := reportKinds[q.report]; !known {
			return fault("reports")
		}
	case "reports":
		for kind := range strings.SplitSeq(value, ",") {
			k := Report(strings.TrimSpace(kind))
			if _, known := reportKinds[k]; !known {
				return fault("reports")
			}
			if !slices.Contains(q.reports, k) {
				q.reports = append(q.reports, k)
			}
		}
	case "language":
		if !locale.Known(locale.Lang(value)) {
			return fault("language")
		}
		r.Header.Set("Accept-Language", value)
	case "keep":
		switch value {
		case "verdict":
			q.keep = true
		case "file":
			q.keep, q.keepFile = true, true
		case "none":
		default:
			return fault("keep")
		}
		if q.keep && s.Archive == nil {
			return fault("keep")
		}
	default:
		return fault("unknown")
	}
	return nil
}

// query reads the address's parameters, of which a route takes some.
func (s *server) query(r *http.Request, takes ...string) (*wishes, *Problem) {
	out := &wishes{}
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		p := invalid("#/query", "query")
		return out, &p
	}
	for name, all := range values {
		if !slices.Contains(takes, name) {
			p := invalid("#/"+name, "unknown")
			return out, &p
		}
		for _, v := range all {
			if p := s.wish(r, out, name, v); p != nil {
				return out, p
			}
		}
	}
	return out, nil
}

// policyOr is the policy asked for, else the server's.
func (q *wishes) policyOr(def string) string {
	if q.policy == "" {
		return def
	}
	return q.policy
}
