package api

import (
	"bufio"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"

	"mohur/docket"
	"mohur/internal/store/blob"
	"mohur/internal/store/sqlstore"
	"mohur/internal/verdicts"
)

// keeping is a server that keeps verdicts, with a known caller of each of two tenants.
type keeping struct {
	t       *testing.T
	url     string
	handler http.Handler
	service *verdicts.Service
	tasks   []docket.Task
}

func keepingServer(t *testing.T, v Verifier, change func(*Options)) *keeping {
	t.Helper()
	k := &keeping{t: t}
	store, err := sqlstore.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "mohur.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	store.UseQueue(func(_ context.Context, _ *sql.Tx, tasks []docket.Task) error {
		k.tasks = append(k.tasks, tasks...)
		return nil
	})
	files, err := blob.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	k.service, err = verdicts.New(verdicts.Options{Store: store, Files: files, Verify: v.Verify, Now: ticking(noon.Add(-time.Minute)), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	k.url, k.handler = serve(t, v, func(o *Options) {
		o.Archive = k.service
		o.Callers = map[string]Caller{TokenHash("one"): {Name: "portal", Tenant: "agency"}, TokenHash("two"): {Name: "desk", Tenant: "agency"}, TokenHash("other"): {Name: "x", Tenant: "another"}}
		if change != nil {
			change(o)
		}
	})
	return k
}

// ticking is a clock that goes on by a second with every look.
func ticking(at time.Time) func() time.Time {
	var mu sync.Mutex
	return func() time.Time { mu.Lock(); defer mu.Unlock(); at = at.Add(time.Second); return at }
}

// ask sends a request as the caller with that token, empty for a stranger.
func (k *keeping) ask(method, path, token, kind, accept string, body io.Reader) (*http.Response, string) {
	k.t.Helper()
	req, err := http.NewRequest(method, k.url+path, body)
	if err != nil {
		k.t.Fatal(err)
	}
	for name, value := range map[string]string{"Content-Type": kind, "Accept": accept} {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		k.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		k.t.Fatal(err)
	}
	return res, string(b)
}

func TestNothingIsKeptUnlessAsked(t *testing.T) {
	k := keepingServer(t, &fakeVerifier{}, nil)
	res, text := k.ask("POST", "/v1/verifications", "one", "", "", strings.NewReader("good"))
	if res.StatusCode != 200 || strings.Contains(text, `"kept"`) || res.Header.Get("Location") != "" {
		t.Errorf("%d %s", res.StatusCode, text)
	}
}

func TestAKeptVerdictIsReadByItsTenant(t *testing.T) {
	k := keepingServer(t, &fakeVerifier{}, nil)
	kind, body := form([3]string{"file", "rəy.pdf", "good"}, [3]string{"keep", "", "file"})
	res, text := k.ask("POST", "/v1/verifications", "one", kind, "", body)
	var made struct {
		Kept     Kept
		Document Judged
	}
	if err := json.Unmarshal([]byte(text), &made); err != nil || res.StatusCode != 200 || !made.Kept.File || res.Header.Get("Location") != made.Kept.Href {
		t.Fatalf("%d %s", res.StatusCode, text)
	}
	if sum := sha256.Sum256([]byte("good")); made.Document.SHA256 != hex.EncodeToString(sum[:]) || made.Document.Name != "rəy.pdf" {
		t.Errorf("%+v", made.Document)
	}
	if res, again := k.ask("GET", made.Kept.Href, "two", "", "", nil); res.StatusCode != 200 || again != text {
		t.Errorf("the tenant's other caller reads %d %s", res.StatusCode, again)
	}
	for token, status := range map[string]int{"": 404, "other": 404, "nobody": 401} {
		if res, _ := k.ask("GET", made.Kept.Href, token, "", "", nil); res.StatusCode != status {
			t.Errorf("caller %q: %d", token, res.StatusCode)
		}
	}
	for path, want := range map[string]string{
		"/reports/etsi": "<", "/reports/text": "rəy.pdf", "/reports/detailed": `"signatures":[]`, "/reports/diagnostic": `"certificates":[]`, "/reports/simple": `"TOTAL-PASSED"`,
		"/reports/pdf": "%PDF-", "/file": "good", "/reports/etsi?language=ru": "<",
	} {
		if res, text := k.ask("GET", made.Kept.Href+path, "one", "", "", nil); res.StatusCode != 200 || !strings.Contains(text, want) {
			t.Errorf("%s: %d %.200s", path, res.StatusCode, text)
		}
	}
	for _, path := range []string{"/reports/none", "/evidence/" + made.Document.SHA256[:63] + "0", "/evidence/x"} {
		if res, _ := k.ask("GET", made.Kept.Href+path, "one", "", "", nil); res.StatusCode != 404 {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
	if res, _ := k.ask("DELETE", made.Kept.Href, "other", "", "", nil); res.StatusCode != 404 {
		t.Errorf("another tenant deletes: %d", res.StatusCode)
	}
	if res, _ := k.ask("DELETE", made.Kept.Href, "two", "", "", nil); res.StatusCode != 204 {
		t.Errorf("delete: %d", res.StatusCode)
	}
	if res, _ := k.ask("GET", made.Kept.Href, "one", "", "", nil); res.StatusCode != 404 {
		t.Errorf("deleted: %d", res.StatusCode)
	}
}

func TestAStrangersVerdictHasALink(t *testing.T) {
	k := keepingServer(t, &fakeVerifier{}, nil)
	_, text := k.ask("POST", "/v1/verifications?keep=verdict", "", "", "", strings.NewReader("good"))
	var made struct{ Kept Kept }
	if err := json.Unmarshal([]byte(text), &made); err != nil || len(made.Kept.ID) < 26 || made.Kept.File {
		t.Fatal(text)
	}
	if res, again := k.ask("GET", made.Kept.Href, "", "", "", nil); res.StatusCode != 200 || again != text {
		t.Errorf("%d %s", res.StatusCode, again)
	}
	if res, _ := k.ask("GET", made.Kept.Href+"/file", "", "", "", nil); res.StatusCode != 404 {
		t.Errorf("a file that was not kept: %d", res.StatusCode)
	}
}

func TestTheFormOfTheAnswerIsNegotiated(t *testing.T) {
	k := keepingServer(t, &fakeVerifier{}, nil)
	for accept, want := range map[string]string{
		"": "application/json", "*/*": "application/json", "application/xml": "application/xml", "text/html, application/xml;q=0.9": "application/xml",
		"application/pdf": "application/pdf", "text/*": "text/plain; charset=utf-8", "application/json;q=0.1, application/pdf;q=0.5": "application/pdf", "image/png": "application/problem+json",
		"application/json;q=0": "application/problem+json",
	} {
		res, _ := k.ask("POST", "/v1/verifications", "", "application/pdf", accept, strings.NewReader("good"))
		if got := res.Header.Get("Content-Type"); got != want {
			t.Errorf("Accept %q: %d %s", accept, res.StatusCode, got)
		}
	}
	_, text := k.ask("POST", "/v1/verifications?reports=etsi,detailed&language=az", "", "application/pdf", "", strings.NewReader("good"))
	var got struct {
		Reports struct {
			Etsi     []byte
			Detailed struct{ Indication string }
		}
	}
	if err := json.Unmarshal([]byte(text), &got); err != nil || got.Reports.Detailed.Indication != "TOTAL-PASSED" || !strings.Contains(string(got.Reports.Etsi), "ValidationReport") {
		t.Errorf("%v %s", err, text)
	}
}

func TestParametersThatAreNotTaken(t *testing.T) {
	k := keepingServer(t, &fakeVerifier{}, nil)
	for query, pointer := range map[string]string{
		"reports=word": "#/reports", "keep=all": "#/keep", "language=de": "#/language", "policy=basic&policy=archive": "#/policy", "after=3": "#/after", "digest=x": "#/digest",
	} {
		res, text := k.ask("POST", "/v1/verifications?"+query, "", "", "", strings.NewReader("good"))
		if res.StatusCode != 400 || !strings.Contains(text, pointer) || strings.Contains(text, "api.fault") {
			t.Errorf("%s: %d %s", query, res.StatusCode, text)
		}
	}
	kind, body := form([3]string{"file", "a", "good"}, [3]string{"policy", "", "lax"})
	if res, text := k.ask("POST", "/v1/verifications", "", kind, "", body); res.StatusCode != 400 || !strings.Contains(text, "#/policy") {
		t.Errorf("%d %s", res.StatusCode, text)
	}
	plain, _ := serve(t, &fakeVerifier{}, nil)
	if res, text := send(t, "POST", plain+"/v1/verifications?keep=verdict", "", "", strings.NewReader("good")); res.StatusCode != 400 {
		t.Errorf("keeping where nothing is kept: %d %s", res.StatusCode, text)
	}
}

func TestABatch(t *testing.T) {
	k := keepingServer(t, &fakeVerifier{}, nil)
	parts := [][3]string{{"policy", "", "archive"}, {"keep", "", "file"}}
	for i := range 7 {
		parts = append(parts, [3]string{"file", fmt.Sprintf("%d.pdf", i), fmt.Sprintf("%s %d", []string{"good", "bad"}[i%2], i)})
	}
	parts = append(parts, [3]string{"detached", "beside.txt", "content"}, [3]string{"digest", "", "SHA256:" + strings.Repeat("0", 64)})
	kind, body := form(parts...)
	if res, _ := k.ask("POST", "/v1/verification-batches", "", kind, "", strings.NewReader("")); res.StatusCode != 401 {
		t.Errorf("a stranger: %d", res.StatusCode)
	}
	res, text := k.ask("POST", "/v1/verification-batches", "one", kind, "", body)
	var b BatchAnswer
	if err := json.Unmarshal([]byte(text), &b); err != nil || res.StatusCode != 202 || b.Total != 7 || b.Waiting != 7 || b.Policy != "archive" || len(k.tasks) != 1 {
		t.Fatalf("%d %s", res.StatusCode, text)
	}
	if _, text := k.ask("GET", b.Verdicts, "one", "", "", nil); text != "" {
		t.Errorf("verdicts before work: %s", text)
	}
	if again, err := k.service.WorkBatch(t.Context(), k.tasks[0].Subject); again || err != nil {
		t.Fatal(again, err)
	}
	_, text = k.ask("GET", b.Href, "two", "", "", nil)
	if err := json.Unmarshal([]byte(text), &b); err != nil || b.State != "done" || b.Passed != 4 || b.Failed != 3 || b.PerSecond <= 0 {
		t.Errorf("%s", text)
	}
	_, text = k.ask("GET", b.Verdicts+"?after=5", "one", "", "", nil)
	var seqs []int
	for lines := bufio.NewScanner(strings.NewReader(text)); lines.Scan(); {
		var line BatchLine
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		seqs = append(seqs, line.Seq)
		if line.File != fmt.Sprintf("%d.pdf", line.Seq-1) || line.Policy != "archive" {
			t.Errorf("%+v", line)
		}
		reread, _ := json.Marshal(map[string]any{"documents": []any{map[string]any{"verification": line.ID}}, "policy": "basic"})
		if res, text := k.ask("POST", "/v1/verification-batches", "one", "application/json", "", strings.NewReader(string(reread))); res.StatusCode != 202 {
			t.Errorf("judged again: %d %s", res.StatusCode, text)
		}
		if res, text := k.ask("POST", "/v1/verification-batches", "other", "application/json", "", strings.NewReader(string(reread))); res.StatusCode != 400 || !strings.Contains(text, "#/documents/0/verification") {
			t.Errorf("another tenant judges it again: %d %s", res.StatusCode, text)
		}
	}
	if fmt.Sprint(seqs) != "[6 7]" {
		t.Errorf("places %v", seqs)
	}
	if res, _ := k.ask("POST", b.Href+"/cancel", "one", "", "", nil); res.StatusCode != 409 {
		t.Errorf("cancelling what is done: %d", res.StatusCode)
	}
	if res, _ := k.ask("GET", b.Href, "other", "", "", nil); res.StatusCode != 404 {
		t.Errorf("another tenant: %d", res.StatusCode)
	}
}

func TestABatchIsBounded(t *testing.T) {
	k := keepingServer(t, &fakeVerifier{}, func(o *Options) { o.MaxBatch, o.MaxBatchBytes = 2, 1500 })
	big := strings.Repeat("x", 900)
	for name, c := range map[string]struct {
		parts  [][3]string
		status int
	}{
		"too many":            {[][3]string{{"file", "a", "1"}, {"file", "b", "2"}, {"file", "c", "3"}}, 413},
		"too large together":  {[][3]string{{"file", "a", big}, {"file", "b", big}}, 413},
		"one too large":       {[][3]string{{"file", "a", big + big}}, 413},
		"none":                {[][3]string{{"policy", "", "basic"}}, 400},
		"empty":               {[][3]string{{"file", "a", ""}}, 400},
		"detached first":      {[][3]string{{"detached", "a", "x"}, {"file", "b", "2"}}, 400},
		"an unknown part":     {[][3]string{{"file", "b", "2"}, {"archive", "x.zip", "2"}}, 400},
		"a report is no part": {[][3]string{{"file", "b", "2"}, {"policy", "", "none such"}}, 400},
	} {
		kind, body := form(c.parts...)
		if res, text := k.ask("POST", "/v1/verification-batches", "one", kind, "", body); res.StatusCode != c.status || len(k.tasks) != 0 {
			t.Errorf("%s: %d %s", name, res.StatusCode, text)
		}
	}
	if res, _ := k.ask("POST", "/v1/verification-batches", "one", "application/zip", "", strings.NewReader("PK")); res.StatusCode != 415 {
		t.Errorf("a zip: %d", res.StatusCode)
	}
}

// TestEveryRouteOfTheArchiveIsDescribed is TestEveryRouteIsDescribed where verdicts are kept.
func TestEveryRouteOfTheArchiveIsDescribed(t *testing.T) {
	k := keepingServer(t, &fakeVerifier{}, nil)
	_, text := k.ask("GET", "/openapi.json", "", "", "", nil)
	var doc struct {
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	n := 0
	err := chi.Walk(k.handler.(chi.Router), func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		n++
		if doc.Paths[route][strings.ToLower(method)] == nil {
			t.Errorf("%s %s is not in the OpenAPI document", method, route)
		}
		return nil
	})
	if err != nil || n < 15 {
		t.Errorf("%d routes: %v", n, err)
	}
}

func TestAClientIsBoundedByItself(t *testing.T) {
	k := keepingServer(t, &fakeVerifier{}, func(o *Options) { o.Rate = Rate{PerSecond: 0.001, Burst: 3} })
	statuses := map[int]int{}
	for range 5 {
		res, _ := k.ask("POST", "/v1/verifications", "one", "", "", strings.NewReader("good"))
		statuses[res.StatusCode]++
		if res.StatusCode == 429 && res.Header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
	}
	if statuses[200] != 3 || statuses[429] != 2 {
		t.Errorf("%v", statuses)
	}
	if res, _ := k.ask("POST", "/v1/verifications", "two", "", "", strings.NewReader("good")); res.StatusCode != 200 {
		t.Errorf("another client: %d", res.StatusCode)
	}
	if res, _ := k.ask("GET", "/healthz", "one", "", "", nil); res.StatusCode != 200 {
		t.Errorf("health: %d", res.StatusCode)
	}
}
