package web

import (
	"bytes"
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"mohur/verify/report"

	"mohur/docket"
)

var sealedField = regexp.MustCompile(`name="verdict" value="([A-Za-z0-9_-]+)"`)

// checkedPage is the page of a checked file, with what its buttons send.
func checkedPage(t *testing.T, v *visitor, files ...file) (answer, string) {
	t.Helper()
	a := v.upload("/verify", nil, files...)
	m := sealedField.FindStringSubmatch(a.body)
	if a.code != http.StatusOK || m == nil {
		t.Fatalf("%d: no buttons in %s", a.code, a.body)
	}
	return a, m[1]
}

func TestReportOfACheckedFile(t *testing.T) {
	v := site0(t, newFakeDesk(), nil)
	a, sealed := checkedPage(t, v, file{"file", "rəy.p7s", "tampered"}, file{"detached", "smeta.xlsx", "signed"})
	a.has(t, "smeta.xlsx", "HASH_FAILURE", "Hesabatı yüklə")
	pdf := v.post("/verify/report", "verdict", sealed, "as", "pdf")
	if pdf.code != http.StatusOK || pdf.header.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(pdf.body, "%PDF-1.7") ||
		!strings.HasPrefix(pdf.header.Get("Content-Disposition"), "attachment;") || !strings.Contains(pdf.body, "<pdfaid:part>2<") {
		t.Errorf("%d %v", pdf.code, pdf.header)
	}
	if again := v.post("/verify/report", "verdict", sealed, "as", "pdf"); again.body != pdf.body {
		t.Error("the same verdict gives another report")
	}
	xml := v.post("/verify/report", "verdict", sealed, "as", "xml")
	if xml.code != http.StatusOK || xml.header.Get("Content-Type") != "application/xml" || !strings.Contains(xml.body, "mainindication:total-failed") {
		t.Errorf("%d %v", xml.code, xml.header)
	}
	if other := v.post("/verify/report", "verdict", sealed, "as", "exe"); other.code != http.StatusNotFound {
		t.Errorf("an unknown kind: %d", other.code)
	}
}

func TestReportIsMadeOfOurOwnVerdictsOnly(t *testing.T) {
	now := noon
	clock := func(o *Options) { o.Now = func() time.Time { return now } }
	v, stranger := site0(t, newFakeDesk(), clock), site0(t, newFakeDesk(), clock)
	_, sealed := checkedPage(t, v, file{"file", "a.pdf", "fine"})
	refused := func(what string, v *visitor, text string) {
		t.Helper()
		a := v.post("/verify/report", "verdict", text, "as", "pdf")
		if a.code != http.StatusUnprocessableEntity || !strings.Contains(a.body, "Hesabatın vaxtı keçib") {
			t.Errorf("%s: %d", what, a.code)
		}
	}
	forged := []byte(sealed)
	forged[len(forged)/2] ^= 1
	refused("a forged verdict", v, string(forged))
	refused("one of another server", stranger, sealed)
	refused("no verdict", v, "")
	refused("nonsense", v, "%%%")
	now = noon.Add(sealedFor + time.Second)
	refused("an old one", v, sealed)
}

func TestReportsOfProcessesThatShareAKey(t *testing.T) {
	shared := func(o *Options) { o.ReportKey = []byte("0123456789abcdef0123456789abcdef") }
	v, other := site0(t, newFakeDesk(), shared), site0(t, newFakeDesk(), shared)
	_, sealed := checkedPage(t, v, file{"file", "a.pdf", "fine"})
	if a := other.post("/verify/report", "verdict", sealed, "as", "xml"); a.code != http.StatusOK {
		t.Errorf("%d", a.code)
	}
}

// FuzzOpenVerdict: whatever a visitor's form sends back, only what this server has sealed is opened.
func FuzzOpenVerdict(f *testing.F) {
	s := &site{Options: Options{ReportKey: []byte("key"), Now: func() time.Time { return noon }}}
	sealed, err := s.sealVerdict(sealedVerdict{Clerk: &report.Clerk{Title: "t"}, ETSI: []byte("<x/>")})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed)
	f.Add("")
	f.Add(strings.Repeat("A", 80))
	f.Fuzz(func(t *testing.T, text string) {
		v, err := s.openVerdict(text)
		if text == sealed && err != nil {
			t.Fatal(err)
		}
		if err == nil && (v.Clerk.Title != "t" || string(v.ETSI) != "<x/>") {
			t.Errorf("%+v", v)
		}
	})
}

func TestTheReportWithTheAgencysSeal(t *testing.T) {
	offered, refusal := true, error(nil)
	v := site0(t, newFakeDesk(), func(o *Options) {
		o.SealsPages = func(context.Context) bool { return offered }
		o.SealPage = func(_ context.Context, page []byte) ([]byte, error) {
			return append(bytes.Clone(page), "\n%sealed"...), refusal
		}
	})
	a, verdict := checkedPage(t, v, file{"file", "a.pdf", "fine"})
	a.has(t, `name="as" value="sealed"`)
	got := v.post("/verify/report", "verdict", verdict, "as", "sealed")
	if got.code != http.StatusOK || got.header.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(got.body, "%PDF-1.7") || !strings.HasSuffix(got.body, "\n%sealed") {
		t.Errorf("%d %v", got.code, got.header)
	}
	refusal = docket.Refuse(docket.CodeLimited, docket.KeyProfileSpent).With("max", 5)
	if got := v.post("/verify/report", "verdict", verdict, "as", "sealed"); got.code != http.StatusTooManyRequests || !strings.Contains(got.body, "möhür sayı bitib") {
		t.Errorf("a spent day: %d", got.code)
	}
	offered = false
	if a, _ := checkedPage(t, v, file{"file", "a.pdf", "fine"}); strings.Contains(a.body, `value="sealed"`) {
		t.Error("offered though nothing seals it")
	}
	none := site0(t, newFakeDesk(), nil)
	a, verdict = checkedPage(t, none, file{"file", "a.pdf", "fine"})
	if strings.Contains(a.body, `value="sealed"`) {
		t.Error("offered without a sealer")
	}
	if got := none.post("/verify/report", "verdict", verdict, "as", "sealed"); got.code != http.StatusNotFound {
		t.Errorf("without a sealer: %d", got.code)
	}
}
