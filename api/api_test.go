package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"

	"mohur/verify"
	"mohur/verify/etsi"
)

var noon = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

// fakeVerifier passes what begins with "good" and keeps what it was asked.
type fakeVerifier struct {
	in     verify.Input
	read   string
	beside []string
	policy string
	err    error
	wait   chan struct{}
}

func (f *fakeVerifier) Verify(ctx context.Context, in verify.Input, policy string) (*verify.Report, error) {
	if f.wait != nil {
		select {
		case <-f.wait:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if f.err != nil {
		return nil, f.err
	}
	b, err := io.ReadAll(io.NewSectionReader(in.Content, 0, in.Size))
	if err != nil {
		return nil, err
	}
	f.in, f.read, f.policy, f.beside = in, string(b), policy, nil
	for _, d := range in.Detached {
		b, _ := io.ReadAll(d.Reader())
		f.beside = append(f.beside, d.Name+"="+string(b))
	}
	i := etsi.TotalFailed
	if strings.HasPrefix(f.read, "good") {
		i = etsi.TotalPassed
	}
	return &verify.Report{Name: in.Name, Format: verify.FormatPDF, Indication: i, Time: noon, Policy: verify.PolicyReference{Name: policy}}, nil
}

func serve(t *testing.T, v Verifier, change func(*Options)) (string, http.Handler) {
	t.Helper()
	o := Options{Verifier: v, Now: func() time.Time { return noon }, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), TempDir: t.TempDir(), MaxBytes: 1000, Version: "test"}
	if change != nil {
		change(&o)
	}
	h, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(func() {
		srv.Close()
		if left, _ := os.ReadDir(o.TempDir); len(left) > 0 {
			t.Errorf("%d temporary files are left", len(left))
		}
	})
	return srv.URL, h
}

func send(t *testing.T, method, url, contentType, lang string, body io.Reader) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if lang != "" {
		req.Header.Set("Accept-Language", lang)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(b)
}

// form makes a multipart body out of name, file name and content.
func form(parts ...[3]string) (string, io.Reader) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, p := range parts {
		if p[1] == "" {
			_ = w.WriteField(p[0], p[2])
			continue
		}
		f, _ := w.CreateFormFile(p[0], p[1])
		_, _ = io.WriteString(f, p[2])
	}
	_ = w.Close()
	return w.FormDataContentType(), &b
}

func TestVerificationOfARawBody(t *testing.T) {
	v := &fakeVerifier{}
	url, _ := serve(t, v, nil)
	c := Client{Base: url, Language: "az"}
	d, err := c.Verify(context.Background(), strings.NewReader("good document"), VerifyOptions{Policy: "azerbaijan-enhanced", Time: noon, Name: "rəy.pdf"})
	if err != nil {
		t.Fatal(err)
	}
	if d.Indication != etsi.TotalPassed || d.File != "rəy.pdf" || v.read != "good document" || v.policy != "azerbaijan-enhanced" || !v.in.Time.Equal(noon) {
		t.Errorf("verdict %+v of %+v", d, v.in)
	}
}

func TestVerificationOfAForm(t *testing.T) {
	v := &fakeVerifier{}
	url, _ := serve(t, v, nil)
	kind, body := form([3]string{"file", "a.p7s", "good signature"}, [3]string{"detached", "b.txt", "one"}, [3]string{"detached", "c.txt", "two"}, [3]string{"password", "", "secret"})
	res, text := send(t, "POST", url+"/v1/verifications", kind, "", body)
	if res.StatusCode != 200 || !strings.Contains(text, `"indication":"TOTAL-PASSED"`) || !strings.Contains(text, `"signatures":[]`) {
		t.Fatalf("%d %s", res.StatusCode, text)
	}
	if strings.Join(v.beside, " ") != "b.txt=one c.txt=two" || string(v.in.Password) != "secret" || v.in.Name != "a.p7s" {
		t.Errorf("asked %+v, beside %v", v.in, v.beside)
	}
}

func TestABadSignatureIsNoProblem(t *testing.T) {
	url, _ := serve(t, &fakeVerifier{}, nil)
	res, text := send(t, "POST", url+"/v1/verifications", "application/pdf", "", strings.NewReader("bad"))
	if res.StatusCode != 200 || !strings.Contains(text, "TOTAL-FAILED") {
		t.Errorf("%d %s", res.StatusCode, text)
	}
}

func TestRefusals(t *testing.T) {
	unreadable := &verify.Error{Code: "unreadable", Err: errors.New("cause")}
	large := strings.Repeat("x", 3<<20)
	for name, c := range map[string]struct {
		method, path, kind, body string
		err                      error
		status                   int
		typ                      string
	}{
		"unknown path":      {"GET", "/v2", "", "", nil, 404, "not-found"},
		"wrong method":      {"PUT", "/v1/verifications", "", "", nil, 405, "method"},
		"empty body":        {"POST", "/v1/verifications", "", "", nil, 400, "invalid"},
		"unknown policy":    {"POST", "/v1/verifications?policy=lax", "", "good", nil, 400, "invalid"},
		"wrong time":        {"POST", "/v1/verifications?time=noon", "", "good", nil, 400, "invalid"},
		"unknown parameter": {"POST", "/v1/verifications?polcy=basic", "", "good", nil, 400, "invalid"},
		"too large":         {"POST", "/v1/verifications", "application/pdf", large, nil, 413, "too-large"},
		"form without file": {"POST", "/v1/verifications", "multipart/form-data; boundary=x", "--x--\r\n", nil, 400, "invalid"},
		"broken form":       {"POST", "/v1/verifications", "multipart/form-data; boundary=x", "--x\r\nnothing", nil, 400, "invalid"},
		"form without end":  {"POST", "/v1/verifications", "multipart/form-data", "--x", nil, 415, "media-type"},
		"an ordinary form":  {"POST", "/v1/verifications", "application/x-www-form-urlencoded", "a=b", nil, 415, "media-type"},
		"unreadable":        {"POST", "/v1/verifications", "", "good", unreadable, 422, "unreadable"},
		"a failure of ours": {"POST", "/v1/verifications", "", "good", errors.New("secret cause"), 500, "internal"},
		"policy taken away": {"POST", "/v1/verifications", "", "good", ErrPolicy, 400, "invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			url, _ := serve(t, &fakeVerifier{err: c.err}, nil)
			for _, lang := range []string{"en", "az"} {
				res, text := send(t, c.method, url+c.path, c.kind, lang, strings.NewReader(c.body))
				var p Problem
				if err := json.Unmarshal([]byte(text), &p); err != nil {
					t.Fatalf("%d %s: %v", res.StatusCode, text, err)
				}
				if res.StatusCode != c.status || p.Status != c.status || p.Type != typePrefix+c.typ || res.Header.Get("Content-Type") != "application/problem+json" {
					t.Errorf("%d %s, want %d %s", res.StatusCode, text, c.status, c.typ)
				}
				if strings.Contains(text, "secret cause") || strings.Contains(p.Detail, "api.") || p.Detail == "" || strings.Contains(text, "{") && strings.Contains(p.Detail, "{") {
					t.Errorf("sentence %q", p.Detail)
				}
			}
		})
	}
}

func TestTooManyAtATime(t *testing.T) {
	v := &fakeVerifier{wait: make(chan struct{})}
	url, h := serve(t, v, func(o *Options) { o.Budget = NewBudget(BudgetOptions{Places: 1, Wait: 10 * time.Millisecond}) })
	done := make(chan int)
	go func() {
		res, _ := send(t, "POST", url+"/v1/verifications", "", "", strings.NewReader("good"))
		done <- res.StatusCode
	}()
	running := func() bool {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
		return strings.Contains(w.Body.String(), "mohur_verifications_running 1")
	}
	for range 400 { // until the first one holds the slot
		if running() {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	res, _ := send(t, "POST", url+"/v1/verifications", "", "", strings.NewReader("good"))
	if res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") == "" {
		t.Errorf("the second got %d", res.StatusCode)
	}
	close(v.wait)
	if code := <-done; code != 200 {
		t.Errorf("the first got %d", code)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for _, want := range []string{`mohur_verifications_total{format="PDF",indication="TOTAL-PASSED"} 1`, `route="/v1/verifications",status="429"`} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("metrics lack %s", want)
		}
	}
}

// A client that sends slowly must not keep others from being served.
func TestASlowUploadHoldsNoSlot(t *testing.T) {
	url, _ := serve(t, &fakeVerifier{}, func(o *Options) { o.Budget = NewBudget(BudgetOptions{Places: 1}) })
	slow, drip := io.Pipe()
	done := make(chan int)
	go func() {
		res, _ := send(t, "POST", url+"/v1/verifications", "", "", slow)
		done <- res.StatusCode
	}()
	for range 3 {
		if _, err := drip.Write([]byte("good")); err != nil {
			t.Fatal(err)
		}
		if res, _ := send(t, "POST", url+"/v1/verifications", "", "", strings.NewReader("good")); res.StatusCode != http.StatusOK {
			t.Errorf("another client got %d", res.StatusCode)
		}
	}
	if err := drip.Close(); err != nil {
		t.Fatal(err)
	}
	if code := <-done; code != http.StatusOK {
		t.Errorf("the slow one got %d", code)
	}
}

func TestMethods(t *testing.T) {
	url, _ := serve(t, &fakeVerifier{}, nil)
	if res, _ := send(t, "PUT", url+"/v1/verifications", "", "", nil); res.Header.Get("Allow") != "POST" {
		t.Errorf("PUT is told to use %q", res.Header.Get("Allow"))
	}
	if res, text := send(t, "HEAD", url+"/readyz", "", "", nil); res.StatusCode != http.StatusOK || text != "" {
		t.Errorf("HEAD: %d %q", res.StatusCode, text)
	}
	req, err := http.NewRequest("POST", url+"/v1/verifications", strings.NewReader("good"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Encoding", "gzip")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusUnsupportedMediaType {
		t.Errorf("a coded body: %d", res.StatusCode)
	}
}

func TestAVerificationEndsInTime(t *testing.T) {
	url, _ := serve(t, &fakeVerifier{wait: make(chan struct{})}, func(o *Options) { o.Timeout = 20 * time.Millisecond })
	res, text := send(t, "POST", url+"/v1/verifications", "", "", strings.NewReader("good"))
	if res.StatusCode != 503 || !strings.Contains(text, "timeout") {
		t.Errorf("%d %s", res.StatusCode, text)
	}
}

func TestClientReturnsTheProblem(t *testing.T) {
	url, _ := serve(t, &fakeVerifier{}, nil)
	_, err := (&Client{Base: url}).Verify(context.Background(), strings.NewReader(""), VerifyOptions{})
	p, ok := errors.AsType[*Problem](err)
	if !ok || p.Type != typePrefix+"invalid" || len(p.Errors) != 1 || p.Errors[0].Pointer != "#/file" {
		t.Errorf("%v", err)
	}
}

func TestHealth(t *testing.T) {
	ok := true
	url, _ := serve(t, &fakeVerifier{}, func(o *Options) {
		o.Ready = func(context.Context) []Check { return []Check{{Name: "database", OK: ok}} }
	})
	for _, path := range []string{"/healthz", "/readyz"} {
		if res, text := send(t, "GET", url+path, "", "", nil); res.StatusCode != 200 || !strings.Contains(text, `"status":"ok"`) {
			t.Errorf("%s: %d %s", path, res.StatusCode, text)
		}
	}
	ok = false
	if res, text := send(t, "GET", url+"/readyz", "", "", nil); res.StatusCode != 503 || !strings.Contains(text, `"failing"`) {
		t.Errorf("%d %s", res.StatusCode, text)
	}
}

// TestEveryRouteIsDescribed walks the router: a route that the OpenAPI document doesn't hold fails.
func TestEveryRouteIsDescribed(t *testing.T) {
	url, h := serve(t, &fakeVerifier{}, nil)
	_, text := send(t, "GET", url+"/openapi.json", "", "", nil)
	var doc struct {
		OpenAPI    string
		Paths      map[string]map[string]json.RawMessage
		Components struct{ Schemas map[string]json.RawMessage }
	}
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1") || doc.Components.Schemas["Problem"] == nil || doc.Components.Schemas["Document"] == nil {
		t.Errorf("openapi %s with %d schemas", doc.OpenAPI, len(doc.Components.Schemas))
	}
	n := 0
	err := chi.Walk(h.(chi.Router), func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		n++
		if doc.Paths[route][strings.ToLower(method)] == nil {
			t.Errorf("%s %s is not in the OpenAPI document", method, route)
		}
		return nil
	})
	if err != nil || n < 5 {
		t.Errorf("%d routes walked: %v", n, err)
	}
}

func TestOptionsAreRequired(t *testing.T) {
	if _, err := New(Options{}); err == nil {
		t.Error("an interface without a verifier must be refused")
	}
}

// TestAProblemSaysAllInItsSentence: each kind of wrong part has a code of its own, names its place, and stands in the detail too.
func TestAProblemSaysAllInItsSentence(t *testing.T) {
	url, _ := serve(t, &fakeVerifier{}, nil)
	doc := `"file":{"name":"a","content":"aGVsbG8="}`
	part := func(name string) string {
		return "--x\r\nContent-Disposition: form-data; name=" + name + "; filename=a\r\n\r\nx\r\n"
	}
	for _, c := range []struct {
		path, kind, body, pointer, code string
	}{
		{"/v1/verifications", "application/json", `{`, "#", "body"},
		{"/v1/verifications", "application/json", `[]`, "#", "json"},
		{"/v1/verifications", "application/json", `{` + doc + `,"time":5}`, "#/time", "json"},
		{"/v1/verifications", "application/json", `{` + doc + `} more`, "#", "trailing"},
		{"/v1/verifications", "application/json", `{"file":{"content":"@@@"}}`, "#/file/content", "base64"},
		{"/v1/verifications", "application/json", `{"file":{"bytes":"aGVsbG8="}}`, "#/file/bytes", "unknown-key"},
		{"/v1/verifications", "application/json", `{` + doc + `,` + doc + `}`, "#/file", "twice"},
		{"/v1/verifications", "application/json", `{` + doc + `,"detached":[{"content":"aGVsbG8=","digest":"aGVsbG8="}]}`, "#/detached/0", "either"},
		{"/v1/verifications", "multipart/form-data; boundary=x", part("letter") + "--x--\r\n", "#/letter", "unknown-key"},
		{"/v1/verifications", "multipart/form-data; boundary=x", part("file") + part("file") + "--x--\r\n", "#/file", "twice"},
		{"/services/rest/validation/validateSignature", "application/json", `{}`, "#/signedDocument", "missing"},
		{"/services/rest/validation/validateSignature", "application/json", `{"validationTime":"soon"}`, "#/validationTime", "moment"},
		{"/validateHashcode", "application/json", `{}`, "#/signatureFiles", "missing"},
		{"/validateHashcode", "application/json", `{"signatureFiles":[{"datafiles":[{"hashAlgo":"SHA256","hash":"aGVsbG8="}]}]}`, "#/signatureFiles/0/datafiles/0/hash", "digest-length"},
	} {
		for _, lang := range []string{"az", "en", "ru"} {
			resp, text := send(t, http.MethodPost, url+c.path, c.kind, lang, strings.NewReader(c.body))
			var p Problem
			if err := json.Unmarshal([]byte(text), &p); err != nil || resp.StatusCode != http.StatusBadRequest || len(p.Errors) != 1 {
				t.Fatalf("%s %s: %d %s", c.path, c.code, resp.StatusCode, text)
			}
			f := p.Errors[0]
			if f.Pointer != c.pointer || f.Code != c.code || f.Detail == "" || strings.HasPrefix(f.Detail, "api.") || !strings.HasSuffix(p.Detail, f.Detail) {
				t.Errorf("%s: %s %s, want %s %s; %q", c.path, f.Pointer, f.Code, c.pointer, c.code, p.Detail)
			}
		}
	}
}
