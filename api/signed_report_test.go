package api

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"mohur/docket"
)

// sealed is what the tests' seal looks like.
const sealed = "\n%sealed"

func sealingPages(refusal error) func(*Options) {
	return func(o *Options) {
		o.SealPage = func(_ context.Context, page []byte) ([]byte, error) {
			if refusal != nil {
				return nil, refusal
			}
			return append(bytes.Clone(page), sealed...), nil
		}
	}
}

func TestASignedReport(t *testing.T) {
	k := keepingServer(t, &fakeVerifier{}, sealingPages(nil))
	whole := func(res *http.Response, text string) {
		t.Helper()
		if res.StatusCode != 200 || res.Header.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(text, "%PDF-") || !strings.HasSuffix(text, sealed) {
			t.Errorf("%d %s, %d bytes", res.StatusCode, res.Header.Get("Content-Type"), len(text))
		}
	}
	whole(k.ask("POST", "/v1/verifications?report=signed", "", "application/pdf", "", strings.NewReader("good")))
	whole(k.ask("POST", "/v1/verifications?report=signed", "", "application/pdf", "application/json", strings.NewReader("good")))
	kind, body := form([3]string{"file", "rəy.pdf", "good"}, [3]string{"report", "", "signed"}, [3]string{"keep", "", "verdict"})
	res, text := k.ask("POST", "/v1/verifications", "one", kind, "", body)
	whole(res, text)
	kept := res.Header.Get("Location")
	if kept == "" {
		t.Fatal("nothing was kept beside the report")
	}
	whole(k.ask("GET", kept+"/reports/signed", "one", "", "", nil))
	whole(k.ask("GET", kept+"?report=signed", "one", "", "", nil))
	if res, text := k.ask("GET", kept+"/reports/pdf", "one", "", "", nil); res.StatusCode != 200 || strings.Contains(text, sealed) {
		t.Errorf("the report without a seal: %d", res.StatusCode)
	}
	_, text = k.ask("POST", "/v1/verifications?reports=signed", "", "application/pdf", "", strings.NewReader("good"))
	var got struct{ Reports struct{ Signed []byte } }
	if err := json.Unmarshal([]byte(text), &got); err != nil || !bytes.HasSuffix(got.Reports.Signed, []byte(sealed)) {
		t.Errorf("%v %.200s", err, text)
	}
	for query, pointer := range map[string]string{"report=sealed": "#/report", "report=signed&reports=etsi": "#/report"} {
		res, text := k.ask("POST", "/v1/verifications?"+query, "", "application/pdf", "", strings.NewReader("good"))
		if res.StatusCode != 400 || !strings.Contains(text, pointer) || strings.Contains(text, "api.fault") {
			t.Errorf("%s: %d %s", query, res.StatusCode, text)
		}
	}
}

// TestAReportThatCanNotBeSealed is a problem that names the cause, in the caller's language.
func TestAReportThatCanNotBeSealed(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*Options)
		says   string
	}{
		"no sealer":   {nil, "No seal profile in force is for such pages."},
		"no profile":  {sealingPages(docket.Refuse(docket.CodeUnavailable, docket.KeyKindUnsealed)), "No seal profile in force is for such pages."},
		"a day spent": {sealingPages(docket.Refuse(docket.CodeLimited, docket.KeyProfileSpent).With("max", 5)), "Today's seals are used up (5)."},
		"a bug":       {sealingPages(context.Canceled), "The report can't be sealed now; it can be had without a seal."},
	} {
		k := keepingServer(t, &fakeVerifier{}, tc.change)
		for _, query := range []string{"report=signed", "reports=etsi,signed"} {
			res, text := k.ask("POST", "/v1/verifications?"+query, "", "application/pdf", "", strings.NewReader("good"))
			var p Problem
			if err := json.Unmarshal([]byte(text), &p); err != nil || res.StatusCode != 503 || p.Type != "urn:mohur:problem:unsealed" || p.Detail != tc.says {
				t.Errorf("%s, %s: %d %s", name, query, res.StatusCode, text)
			}
		}
	}
}
