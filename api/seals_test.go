package api

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"

	"mohur/api/mount"
	"mohur/docket"
	"mohur/internal/sealing"
	"mohur/internal/store/blob"
)

// fakeSeals remembers what it was asked and answers what the test laid down.
type fakeSeals struct {
	*blob.Dir
	asked   sealing.Request
	content string
	batch   sealing.BatchRequest
	row     *docket.SealRequest
	err     error
}

func (f *fakeSeals) Seal(_ context.Context, q sealing.Request) (*docket.SealRequest, error) {
	f.asked, f.content = q, ""
	if q.File != nil {
		b, _ := io.ReadAll(io.NewSectionReader(q.File, 0, q.Size))
		f.content = string(b)
	}
	return f.row, f.err
}

func (f *fakeSeals) Find(_ context.Context, c sealing.Client, id docket.ID) (*docket.SealRequest, error) {
	if c.Tenant != "agency" || f.row == nil || id != f.row.ID {
		return nil, docket.ErrNotFound
	}
	return f.row, nil
}

func (f *fakeSeals) Open(ctx context.Context, r *docket.SealRequest) (docket.BlobReader, error) {
	return f.Dir.Open(ctx, r.Released)
}

func (f *fakeSeals) AddBatch(_ context.Context, q sealing.BatchRequest) (*docket.SealBatch, error) {
	f.batch = q
	return &docket.SealBatch{ID: "b1"}, f.err
}

func (f *fakeSeals) Batch(_ context.Context, c sealing.Client, id docket.ID) (*docket.SealBatch, []docket.SealBatchCount, error) {
	if c.Tenant != "agency" || id != "b1" {
		return nil, nil, docket.ErrNotFound
	}
	return &docket.SealBatch{ID: "b1", Total: 4, Profile: "letters"}, []docket.SealBatchCount{{State: docket.SealReleased, N: 2}, {State: docket.SealReceived, N: 1}, {State: docket.SealRefused, N: 1}}, nil
}

func (f *fakeSeals) BatchRequests(_ context.Context, _ *docket.SealBatch, after, _ int) ([]docket.SealRequest, error) {
	if after > 0 {
		return nil, nil
	}
	return []docket.SealRequest{{ID: "r1", Seq: 1, State: docket.SealReleased}, {ID: "r2", Seq: 2, State: docket.SealReceived}}, nil
}

func (f *fakeSeals) CancelBatch(context.Context, sealing.Client, docket.ID) error { return f.err }

// sealServer serves seals to a caller with a fixed token, one by OAuth and one of another tenant.
func sealServer(t *testing.T) (string, *fakeSeals) {
	url, f, _ := sealHandler(t)
	return url, f
}

func sealHandler(t *testing.T) (string, *fakeSeals, http.Handler) {
	dir, err := blob.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	b, err := dir.Put(t.Context(), strings.NewReader("%PDF sealed"), 100)
	if err != nil {
		t.Fatal(err)
	}
	f := &fakeSeals{Dir: dir, row: &docket.SealRequest{
		ID: "r1", Kind: docket.SealDocument, State: docket.SealReleased, Profile: "letters", Version: 2, Document: docket.HashOf([32]byte{1}), Released: b.Hash, ReleasedSize: b.Size,
		Created: time.Now(), Ended: time.Now(), Expires: time.Now(),
	}}
	url, h := serve(t, &fakeVerifier{}, func(o *Options) {
		o.Seals, o.MaxBytes, o.MaxBatch = f, 1000, 3
		o.Callers = map[string]Caller{TokenHash("fixed"): {Name: "old", Tenant: "agency"}}
		o.Authenticate = func(r *http.Request) (Caller, bool, error) {
			switch token, _ := mount.Bearer(r); token {
			case "access":
				return Caller{Name: "erp", Tenant: "agency", Method: MethodOAuth2}, true, nil
			case "other":
				return Caller{Name: "x", Tenant: "elsewhere", Method: MethodMTLS}, true, nil
			}
			return Caller{}, false, nil
		}
	})
	return url, f, h
}

// asks sends a request with headers given as name, value pairs.
func asks(t *testing.T, method, url, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	return res, readAll(t, res.Body)
}

func TestWhoMayAskForSeals(t *testing.T) {
	url, f := sealServer(t)
	for _, c := range []struct {
		token, key string
		status     int
		has        string
	}{
		{"", "k", 401, "unauthorized"},
		{"Bearer fixed", "k", 403, "strong-authentication"},
		{"Bearer nobody", "k", 401, "unauthorized"},
		{"Bearer access", "", 400, "#/Idempotency-Key"},
		{"Bearer access", `"with space"`, 201, `"state":"released"`},
		{"Bearer access", `a"b`, 400, "idempotency-key"},
		{"Bearer access", strings.Repeat("x", 256), 400, "idempotency-key"},
	} {
		headers := []string{"Content-Type", "application/pdf"}
		if c.token != "" {
			headers = append(headers, "Authorization", c.token)
		}
		if c.key != "" {
			headers = append(headers, "Idempotency-Key", c.key)
		}
		res, body := asks(t, "POST", url+"/v1/seals?profile=letters", "%PDF", headers...)
		if res.StatusCode != c.status || !strings.Contains(body, c.has) {
			t.Errorf("%q %q: %d %s", c.token, c.key, res.StatusCode, body)
		}
	}
	if f.asked.Key != "with space" || f.asked.Client != (sealing.Client{Name: "erp", Tenant: "agency"}) || f.content != "%PDF" || f.asked.Profile != "letters" {
		t.Errorf("%+v %q", f.asked, f.content)
	}
	for _, path := range []string{"/v1/seals/r1", "/v1/seals/r1/document", "/v1/seal-batches/b1", "/v1/seal-batches/b1/seals"} {
		for token, want := range map[string]int{"fixed": 403, "other": 404, "access": 200} {
			if res, body := asks(t, "GET", url+path, "", "Authorization", "Bearer "+token); res.StatusCode != want {
				t.Errorf("%s %s: %d %s", token, path, res.StatusCode, body)
			}
		}
	}
}

func TestFormsOfASeal(t *testing.T) {
	url, f := sealServer(t)
	form := func(parts ...string) string {
		var b strings.Builder
		for i := 0; i+1 < len(parts); i += 2 {
			name := `"` + parts[i] + `"`
			if parts[i] == "file" {
				name += `; filename="a.pdf"`
			}
			b.WriteString("--x\r\nContent-Disposition: form-data; name=" + name + "\r\n\r\n" + parts[i+1] + "\r\n")
		}
		return b.String() + "--x--\r\n"
	}
	digest := "SHA256:" + strings.Repeat("ab", 32)
	for name, c := range map[string]struct {
		path, body, kind string
		status           int
		has              string
	}{
		"raw":                   {"/v1/seals?profile=letters", "%PDF", "", 201, `"href":"/v1/seals/r1/document"`},
		"form":                  {"/v1/seals", form("profile", "letters", "file", "%PDF"), "multipart/form-data; boundary=x", 201, `"version":2`},
		"digest":                {"/v1/seals?profile=cms&digest=" + digest, "", "", 201, "released"},
		"digest in a form":      {"/v1/seals", form("profile", "cms", "digest", digest), "multipart/form-data; boundary=x", 201, "released"},
		"both":                  {"/v1/seals", form("digest", digest, "file", "%PDF"), "multipart/form-data; boundary=x", 400, "either"},
		"neither":               {"/v1/seals", form("profile", "letters"), "multipart/form-data; boundary=x", 400, "either"},
		"two files":             {"/v1/seals", form("file", "a", "file", "b"), "multipart/form-data; boundary=x", 400, "twice"},
		"unknown part":          {"/v1/seals", form("file", "a", "colour", "b"), "multipart/form-data; boundary=x", 400, "unknown-key"},
		"twice":                 {"/v1/seals?profile=a&profile=b", "%PDF", "", 400, "twice"},
		"profile in both":       {"/v1/seals?profile=a", form("profile", "b", "file", "x"), "multipart/form-data; boundary=x", 400, "twice"},
		"SHA-1":                 {"/v1/seals?digest=SHA1:" + strings.Repeat("ab", 20), "", "", 400, "digest"},
		"another length":        {"/v1/seals?digest=SHA256:abcd", "", "", 400, "digest"},
		"JSON":                  {"/v1/seals", "{}", "application/json", 415, "media-type"},
		"cut off":               {"/v1/seals", "--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nab", "multipart/form-data; boundary=x", 400, ""},
		"too large":             {"/v1/seals", strings.Repeat("x", 1001), "", 413, "too-large"},
		"too large in a form":   {"/v1/seals", form("file", strings.Repeat("x", 1001)), "multipart/form-data; boundary=x", 413, "too-large"},
		"a batch":               {"/v1/seal-batches", form("profile", "letters", "file", "a", "file", "b", "digest", digest), "multipart/form-data; boundary=x", 202, `"state":"running","profile":"letters","total":4,"waiting":1,"released":2`},
		"a batch of too many":   {"/v1/seal-batches", form("file", "a", "file", "b", "file", "c", "digest", digest), "multipart/form-data; boundary=x", 413, "too-large"},
		"a batch that is raw":   {"/v1/seal-batches", "x", "application/pdf", 415, "media-type"},
		"a batch with bad hash": {"/v1/seal-batches", form("digest", "x"), "multipart/form-data; boundary=x", 400, "digest"},
	} {
		res, body := asks(t, "POST", url+c.path, c.body, "Authorization", "Bearer access", "Idempotency-Key", "k", "Content-Type", c.kind)
		if res.StatusCode != c.status || !strings.Contains(body, c.has) {
			t.Errorf("%s: %d %s", name, res.StatusCode, body)
		}
	}
	if len(f.batch.Documents) != 3 || f.batch.Documents[2].Content != nil || f.batch.Documents[0].Name != "a.pdf" {
		t.Errorf("%+v", f.batch)
	}
}

func TestAnswersOfASeal(t *testing.T) {
	url, f := sealServer(t)
	ask := func(headers ...string) (*http.Response, string) {
		return asks(t, "POST", url+"/v1/seals?profile=letters", "%PDF", append([]string{"Authorization", "Bearer access", "Idempotency-Key", "k"}, headers...)...)
	}
	res, body := ask("Accept", "application/pdf")
	if res.StatusCode != 201 || body != "%PDF sealed" || res.Header.Get("Content-Type") != "application/pdf" || res.Header.Get("Location") != "/v1/seals/r1" {
		t.Errorf("%d %s %v", res.StatusCode, body, res.Header)
	}
	f.row.State = docket.SealReceived
	res, body = ask("Prefer", "wait=5, Respond-Async")
	if res.StatusCode != 202 || !f.asked.Async || res.Header.Get("Preference-Applied") != "respond-async" || !strings.Contains(body, `"state":"received"`) {
		t.Errorf("%d %s %v", res.StatusCode, body, res.Header)
	}
	f.row.State = docket.SealFailed
	for name, c := range map[string]struct {
		err    error
		status int
		has    string
	}{
		"running":     {docket.Refuse(docket.CodeConflict, docket.KeySealRunning), 409, "seal-running"},
		"reused":      {docket.Refuse(docket.CodeInvalid, docket.KeyKeyReused), 422, "key-reused"},
		"forbidden":   {docket.Refuse(docket.CodeForbidden, docket.KeyProfileClient), 403, "This program may not ask"},
		"no profile":  {docket.Refuse(docket.CodeNotFound, docket.KeyProfileNone).With("profile", "x"), 404, "not-found"},
		"spent":       {docket.Refuse(docket.CodeLimited, docket.KeyProfileSpent).With("max", 5), 429, "used up (5)"},
		"signed":      {docket.Refuse(docket.CodeInvalid, docket.KeyInputSigned), 422, "carries a signature"},
		"token":       {docket.Refuse(docket.CodeUnavailable, docket.KeySealing), 503, "nothing was released"},
		"too large":   {docket.Refuse(docket.CodeTooLarge, docket.KeyTooLarge).With("max", int64(5)), 413, "too-large"},
		"our own":     {context.Canceled, 500, "internal"},
		"state":       {docket.Refuse(docket.CodeConflict, docket.KeyState).With("state", "abandoned").With("event", "seal"), 409, "conflict"},
		"a field":     {docket.Invalid("packaging", docket.KeyProfileChoice), 422, "#/packaging"},
		"own check":   {docket.Refuse(docket.CodeUnavailable, docket.KeySealRefused).With("check", "level"), 503, "seal-failed"},
		"quota (key)": {docket.Refuse(docket.CodeLimited, docket.KeySealQuota).With("max", 1), 429, "tomorrow"},
	} {
		f.err = c.err
		res, body := ask()
		if res.StatusCode != c.status || !strings.Contains(body, c.has) || res.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s", name, res.StatusCode, body)
		}
	}
	f.err, f.row.State = nil, docket.SealReleased
	res, body = asks(t, "GET", url+"/v1/seals/r1/document", "", "Authorization", "Bearer access", "Range", "bytes=0-3")
	if res.StatusCode != 206 || body != "%PDF" {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	res, body = asks(t, "GET", url+"/v1/seal-batches/b1/seals", "", "Authorization", "Bearer access")
	if strings.Count(body, "\n") != 2 || !strings.Contains(body, `"seq":2`) || res.Header.Get("Content-Type") != "application/jsonl; charset=utf-8" {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	res, _ = asks(t, "POST", url+"/v1/seal-batches/b1/cancel", "", "Authorization", "Bearer access")
	if res.StatusCode != 200 {
		t.Errorf("%d", res.StatusCode)
	}
}

func TestSealsAreAsDescribed(t *testing.T) {
	url, f, h := sealHandler(t)
	_, text := send(t, "GET", url+"/openapi.json", "", "", nil)
	var doc struct {
		Paths      map[string]map[string]operation
		Components struct{ Schemas map[string]*schema }
	}
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	err := chi.Walk(h.(chi.Router), func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if doc.Paths[route][strings.ToLower(method)].OperationID == "" {
			t.Errorf("%s %s is not in the OpenAPI document", method, route)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	f.row.Packaging, f.row.Check, f.row.Failure, f.row.BatchID = docket.PackagingDetached, "x", docket.KeySealing, "b1"
	for path, name := range map[string]string{"/v1/seals/r1": "SealAnswer", "/v1/seal-batches/b1": "SealBatchAnswer"} {
		_, body := asks(t, "GET", url+path, "", "Authorization", "Bearer access")
		var v any
		if err := json.Unmarshal([]byte(body), &v); err != nil {
			t.Fatal(err)
		}
		d := &describedAnswer{named: doc.Components.Schemas}
		if d.check(name, &schema{Ref: "#/components/schemas/" + name}, v); len(d.wrong) > 0 {
			t.Errorf("%s: %v", path, d.wrong)
		}
	}
}
