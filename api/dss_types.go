package api

import (
	"strings"
	"time"

	"mohur/verify"
	"mohur/verify/etsi"
	"mohur/verify/report"
)

// The JSON of DSS 6.4's reports, key by key as its REST service writes it: keys in mixed cases, what is absent is null, an empty list is [].
// never stands where DSS has an object that this program has nothing to say about.
type never struct{}

// dssMessage is a sentence with its key.
type dssMessage struct {
	Value string `json:"value"`
	Key   string `json:"Key"`
}

// dssDigest is XmlDigestAlgoAndValue.
type dssDigest struct {
	DigestMethod string `json:"DigestMethod"`
	DigestValue  []byte `json:"DigestValue"`
	Match        *bool  `json:"match"`
}

// dssReports is WSReportsDTO.
type dssReports struct {
	ValidationReport []byte         `json:"validationReportDataHandler"`
	DiagnosticData   *dssDiagnostic `json:"DiagnosticData"`
	SimpleReport     *dssSimple     `json:"SimpleReport"`
	DetailedReport   *dssDetailed   `json:"DetailedReport"`
}

// dssWriter makes DSS's reports out of a verdict.
type dssWriter struct {
	r      *verify.Report
	lang   string
	path   []string // of the certificate asked about, where there is no signature
	certs  map[string]verify.CertificateReport
	tokens string // TokenExtractionStrategy
}

func newDSSWriter(r *verify.Report, lang, tokens string) *dssWriter {
	w := &dssWriter{r: r, lang: lang, tokens: tokens, certs: map[string]verify.CertificateReport{}}
	for _, c := range r.Certificates {
		w.certs[c.ID] = c
	}
	return w
}

// optional is nil, which JSON writes as null, for an empty text.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// moment is a time as DSS writes it, null for none.
func moment(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	return new(t.UTC().Format(time.RFC3339))
}

// whenever is moment for a time that may be absent.
func whenever(t *time.Time) *string {
	if t == nil {
		return nil
	}
	return moment(*t)
}

// indication is DSS's spelling: with an underscore.
func indication(i etsi.Indication) string { return strings.ReplaceAll(string(i), "-", "_") }

// every makes a list out of another one; never nil, for DSS writes an empty list as [].
func every[T, U any](in []T, f func(T) U) []U {
	out := make([]U, 0, len(in))
	for _, v := range in {
		out = append(out, f(v))
	}
	return out
}

// messages are the reasons of a weight.
func (w *dssWriter) messages(reasons []verify.Reason, severity verify.Severity) []dssMessage {
	out := []dssMessage{}
	for _, r := range reasons {
		if r.Severity == severity {
			out = append(out, dssMessage{report.Text(w.lang, r.Key, r.Args), r.Key})
		}
	}
	return out
}

// signatureFormat is DSS's SignatureLevel: the level, else that what is there meets the demands of none.
func signatureFormat(s *verify.SignatureReport) string {
	if s.Level != "" {
		return s.Level
	}
	if name, ok := map[verify.Format]string{
		verify.FormatPDF: "PDF-NOT-ETSI", verify.FormatCMS: "CMS-NOT-ETSI", verify.FormatPAdES: "PDF-NOT-ETSI", verify.FormatCAdES: "CMS-NOT-ETSI",
	}[s.Format]; ok {
		return name
	}
	return "UNKNOWN"
}

// counters is true for a counter-signature and null for any other, as DSS writes it.
func counters(s *verify.SignatureReport) *bool {
	if s.Parent == "" {
		return nil
	}
	return new(true)
}
