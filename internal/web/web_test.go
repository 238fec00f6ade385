package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mohur/docket"
	"mohur/internal/auth"
	"mohur/verify"
	"mohur/verify/etsi"
)

var update = flag.Bool("update", false, "write the golden pages anew")

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

type fakeVerifier struct{ err error }

func (f fakeVerifier) Verify(_ context.Context, in verify.Input, _ string) (*verify.Report, error) {
	if f.err != nil {
		return nil, f.err
	}
	b := make([]byte, in.Size)
	if _, err := in.Content.ReadAt(b, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	r := sampleReport(etsi.TotalPassed, "")
	if strings.Contains(string(b), "tampered") {
		r = sampleReport(etsi.TotalFailed, "HASH_FAILURE")
	}
	r.Name = in.Name
	return r, nil
}

type fakeSigner struct{}

func (fakeSigner) SignRecord(_ context.Context, _ docket.Actor, pin string, record io.ReaderAt, size int64, out io.Writer) error {
	if pin != "1234" {
		return ErrPIN
	}
	if _, err := io.Copy(out, io.NewSectionReader(record, 0, size)); err != nil {
		return err
	}
	_, err := io.WriteString(out, " signed")
	return err
}

type fakeAudit struct{}

func (fakeAudit) Check(context.Context) (AuditState, error) {
	return AuditState{Walked: true, Intact: true, Entries: 12345, Head: strings.Repeat("0a", 32)}, nil
}

func (fakeAudit) Now(context.Context) (AuditState, error) {
	return AuditState{Entries: 12345, Unlinked: 2, Oldest: noon, Head: strings.Repeat("0a", 32)}, nil
}

func (fakeAudit) Search(_ context.Context, f AuditFilter) ([]AuditLine, error) {
	if f.Action == "nothing" {
		return nil, nil
	}
	return []AuditLine{{Seq: 7, Entry: docket.AuditEntry{At: noon, Role: "registrar", Actor: f.Actor, Action: docket.AuditRegistrationApproved, Subject: "r1", Detail: map[string]string{"version": "1", "code": f.To.UTC().Format(time.RFC3339)}}}}, nil
}

func (fakeAudit) Checkpoints(context.Context) ([]AuditCheckpoint, error) {
	return []AuditCheckpoint{{N: 12000, Hash: strings.Repeat("0b", 32), At: noon, Stamped: true}}, nil
}

func (fakeAudit) Bundle(_ context.Context, w io.Writer) error {
	_, err := io.WriteString(w, "PK")
	return err
}

// visitor is one browser against the pages.
type visitor struct {
	t      *testing.T
	url    string
	client *http.Client
	lang   string
}

// site0 starts the pages over a desk.
func site0(t *testing.T, d Desk, change func(*Options)) *visitor {
	t.Helper()
	sessions, err := auth.New(auth.Options{Sessions: auth.NewMemory(), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	o := Options{
		Desk: d, Sessions: sessions, Verifier: fakeVerifier{}, Audit: fakeAudit{}, Profiles: &fakeProfiles{}, Now: func() time.Time { return noon }, Demo: fakeSigner{}, DemoMode: true,
		Means: fakeMeans{}, Signings: &fakeSignings{}, LogIn: &fakeLogIn{}, Portal: &fakePortal{}, Passkeys: &fakePasskeys{}, Authorisations: fakeAuthorisations{},
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)), TempDir: t.TempDir(), Limits: RateLimits{-1, -1, -1, -1},
		Health: func(context.Context) []Check {
			return []Check{{Name: "database", OK: true, Say: []Said{{Key: "system.say.answers"}}}, {Name: "token", Say: []Said{{Key: "system.say.keys", Args: []any{"name", "default", "n", 0, "all", 2}}}, Detail: "CKR_TOKEN_NOT_PRESENT"}, {Name: "storage", OK: true, Say: []Said{{Key: "system.say.disk", Args: []any{"size", int64(5) << 30}}}}}
		},
	}
	o.Credentials = func(context.Context) ([]CredentialMember, error) {
		return []CredentialMember{
			{
				Credential: "default", Member: "1", State: "stopped", Reason: "pin-suspect", Holder: "Nümunə Dövlət Agentliyi", Key: "seal", Token: "agency", NotAfter: noon.AddDate(0, 0, 9), DaysLeft: 9, Ends: true,
				Signatures: 1234, Failures: 2, Failure: "credential default/1: the token waits for a person: pkcs11:token=agency;manufacturer=SoftHSM%20project;serial=1fabe68a5ed3b38d;model=SoftHSM%20v2;object=seal", FailedAt: noon, UsedToday: 41, PerDay: 5000,
			},
			{Credential: "default", Member: "2", State: "ready", Usable: true, Holder: "Nümunə Dövlət Agentliyi", NotAfter: noon.AddDate(2, 0, 0), DaysLeft: 730, UsedToday: 41, PerDay: 5000},
			{Credential: "kadr", Member: "1", State: "new", Usable: true},
		}, nil
	}
	if change != nil {
		change(&o)
	}
	h, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	jar, _ := cookiejar.New(nil)
	return &visitor{t: t, url: srv.URL, lang: "az", client: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// answer is a response read whole.
type answer struct {
	code     int
	body     string
	header   http.Header
	location string
}

func (v *visitor) do(method, path string, body io.Reader, contentType string) answer {
	v.t.Helper()
	req, err := http.NewRequest(method, v.url+path, body)
	if err != nil {
		v.t.Fatal(err)
	}
	req.Header.Set("Accept-Language", v.lang)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	res, err := v.client.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return answer{res.StatusCode, string(b), res.Header, res.Header.Get("Location")}
}

func (v *visitor) get(path string) answer { v.t.Helper(); return v.do("GET", path, nil, "") }

func (v *visitor) post(path string, pairs ...string) answer {
	v.t.Helper()
	f := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		f.Set(pairs[i], pairs[i+1])
	}
	return v.do("POST", path, strings.NewReader(f.Encode()), "application/x-www-form-urlencoded")
}

// file is a file of a multipart form.
type file struct{ field, name, content string }

func (v *visitor) upload(path string, fields []string, files ...file) answer {
	v.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for i := 0; i+1 < len(fields); i += 2 {
		_ = w.WriteField(fields[i], fields[i+1])
	}
	for _, f := range files {
		p, _ := w.CreateFormFile(f.field, f.name)
		_, _ = io.WriteString(p, f.content)
	}
	_ = w.Close()
	return v.do("POST", path, &b, w.FormDataContentType())
}

func (v *visitor) logIn(who string) *visitor {
	v.t.Helper()
	if a := v.post("/log-in/" + who); a.code != http.StatusSeeOther {
		v.t.Fatalf("log in as %s: %d %s", who, a.code, a.body)
	}
	return v
}

// golden compares a page with the stored one.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name+".html")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; run with -update to make it", err)
	}
	if got != string(want) {
		t.Errorf("%s differs from its golden page; look at the difference, then run with -update\n%s", name, firstDifference(string(want), got))
	}
}

func firstDifference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("line %d\nwant %s\ngot  %s", i+1, a[i], b[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(b), len(a))
}

func TestHeadAndAllow(t *testing.T) {
	v := site0(t, newFakeDesk(), nil)
	if a := v.do("HEAD", "/verify", nil, ""); a.code != http.StatusOK || a.body != "" {
		t.Errorf("HEAD: %d with %d bytes", a.code, len(a.body))
	}
	if a := v.do("DELETE", "/verify", nil, ""); a.code != http.StatusMethodNotAllowed || strings.Join(a.header.Values("Allow"), ", ") != "GET, POST" {
		t.Errorf("DELETE: %d, Allow %q", a.code, a.header.Values("Allow"))
	}
}
