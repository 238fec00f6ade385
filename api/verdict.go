package api

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"mohur/verify"
	"mohur/verify/report"
)

// Judged names the document that a verdict is about.
type Judged struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256" doc:"hexadecimal"`
}

// VerificationAnswer is the answer of POST /v1/verifications and of GET /v1/verifications/{id}: the simple report, with what else was asked
// for.
type VerificationAnswer struct {
	report.Document
	Input    Judged                `json:"document"`
	Kept     *Kept                 `json:"kept,omitempty"`
	Evidence []EvidenceAnswer      `json:"evidence"`
	Reports  map[Report]ReportBody `json:"reports,omitempty" doc:"by kind; JSON reports as objects, the others in base64"`
}

// Kept says where a verdict can be read again.
type Kept struct {
	ID      string    `json:"id" doc:"of the verdict; for a stranger the secret part of the link"`
	Href    string    `json:"href" doc:"address of the verdict; nobody without it, or without the tenant's token, can read it"`
	Expires time.Time `json:"expires" doc:"when it is removed"`
	File    bool      `json:"file" doc:"whether the file is kept too"`
}

// EvidenceAnswer is a CRL or OCSP response that the verdict used.
type EvidenceAnswer struct {
	Kind       string    `json:"kind" enum:"CRL,OCSP"`
	Status     string    `json:"status"`
	ThisUpdate time.Time `json:"thisUpdate"`
	SHA256     string    `json:"sha256"`
	Href       string    `json:"href,omitempty" doc:"where its bytes are, of a kept verdict"`
}

// ReportBody is a report inside JSON.
type ReportBody any

// render makes one form of a verdict.
func render(kind Report, rep *verify.Report, files []report.File, lang string) ([]byte, error) {
	var b bytes.Buffer
	switch kind {
	case ReportSimple:
		return json.Marshal(report.Simple(rep, lang))
	case ReportDetailed:
		return json.Marshal(report.Detailed(rep, lang))
	case ReportDiagnostic:
		return json.Marshal(report.Diagnostic(rep, lang))
	case ReportETSI:
		err := report.WriteETSI(&b, rep, lang)
		return b.Bytes(), err
	case ReportPDF:
		c := report.ForClerk(rep, lang)
		c.Files = files
		err := report.WritePDF(&b, c)
		return b.Bytes(), err
	default:
		err := report.WriteText(&b, report.ForClerk(rep, lang))
		return b.Bytes(), err
	}
}

// files names what was received.
func (g *received) files() []report.File {
	var out []report.File
	for _, sp := range append([]*spooled{g.file}, g.detached...) {
		out = append(out, report.File{Name: sp.name, Size: sp.size, SHA256: hex.EncodeToString(sp.sha256[:])})
	}
	return out
}

// negotiate chooses the form of the answer by Accept: JSON, or one report alone as it is. It has answered when it returns false.
func (s *server) negotiate(w http.ResponseWriter, r *http.Request, q *wishes) (Report, bool) {
	if q.report != "" && len(q.reports) > 0 {
		s.refuse(w, r, invalid("#/report", "report"))
		return "", false
	}
	if q.report != "" {
		return q.report, true
	}
	accept := strings.Join(r.Header.Values("Accept"), ",")
	if accept == "" || len(q.reports) > 0 || q.keep {
		return ReportSimple, true
	}
	best, weight := Report(""), 0.0
	for _, kind := range []Report{ReportSimple, ReportETSI, ReportPDF, ReportText} {
		if q := acceptance(accept, reportKinds[kind]); q > weight {
			best, weight = kind, q
		}
	}
	if best == "" {
		s.refuse(w, r, problemNotAcceptable())
		return "", false
	}
	return best, true
}

// acceptance is the weight that an Accept field gives a media type: that of the most specific range that holds it (RFC 9110, 12.5.1).
func acceptance(accept, kind string) float64 {
	kind, _, _ = strings.Cut(kind, ";")
	family, _, _ := strings.Cut(kind, "/")
	specific, weight := 0, 0.0
	for item := range strings.SplitSeq(accept, ",") {
		name, parameters, _ := strings.Cut(item, ";")
		rank := map[string]int{"*/*": 1, family + "/*": 2, kind: 3}[strings.ToLower(strings.TrimSpace(name))]
		if rank <= specific {
			continue
		}
		q := 1.0
		for p := range strings.SplitSeq(parameters, ";") {
			if v, ok := strings.CutPrefix(strings.TrimSpace(p), "q="); ok {
				var err error
				if q, err = strconv.ParseFloat(v, 64); err != nil {
					q = 0
				}
			}
		}
		specific, weight = rank, q
	}
	return weight
}

// answerVerdict writes a verdict as asked, keeping it before where that was asked too.
func (s *server) answerVerdict(w http.ResponseWriter, r *http.Request, q *wishes, got *received, rep *verify.Report, kind Report) {
	d := got.files()
	var kept *Kept
	if q.keep {
		var err error
		if kept, err = s.keep(r, q, got, rep); err != nil {
			s.refuseArchive(w, r, err)
			return
		}
		w.Header().Set("Location", kept.Href)
	}
	if kind != ReportSimple {
		s.writeReport(w, r, kind, rep, d)
		return
	}
	s.writeVerdict(w, r, q.reports, rep, d, kept)
}

// writeVerdict writes the JSON answer.
func (s *server) writeVerdict(w http.ResponseWriter, r *http.Request, reports []Report, rep *verify.Report, files []report.File, kept *Kept) {
	lang := string(language(r))
	out := VerificationAnswer{Document: report.Simple(rep, lang), Input: Judged(files[0]), Kept: kept, Evidence: evidenceAnswers(rep, kept)}
	for _, k := range reports {
		b, err := s.report(r.Context(), k, rep, files, lang)
		if err != nil {
			s.refuseReport(w, r, k, err)
			return
		}
		if out.Reports == nil {
			out.Reports = map[Report]ReportBody{}
		}
		out.Reports[k] = b
		if reportKinds[k] == "application/json" {
			out.Reports[k] = json.RawMessage(b)
		}
	}
	s.writeJSON(w, r, out)
}

// writeReport writes one form of a verdict alone.
func (s *server) writeReport(w http.ResponseWriter, r *http.Request, kind Report, rep *verify.Report, files []report.File) {
	lang := string(language(r))
	b, err := s.report(r.Context(), kind, rep, files, lang)
	if err != nil {
		s.refuseReport(w, r, kind, err)
		return
	}
	w.Header().Set("Content-Type", reportKinds[kind])
	w.Header().Set("Content-Language", lang)
	_, _ = w.Write(b)
}
