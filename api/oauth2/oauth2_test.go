package oauth2

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mohur/api"
	"mohur/api/mount"
	"mohur/internal/oauth"
	"mohur/internal/store/sqlstore"
	"mohur/verify"
)

// nobody judges no document.
type nobody struct{}

func (nobody) Verify(context.Context, verify.Input, string) (*verify.Report, error) {
	return nil, api.ErrPolicy
}

// clientCertificate is a certificate that its owner made.
func clientCertificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "erp"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// world is a TLS server with one client that is known by its certificate.
type world struct {
	t       *testing.T
	server  *httptest.Server
	handler http.Handler
	known   *http.Client
	foreign *http.Client
	none    *http.Client
}

func newWorld(t *testing.T) *world {
	t.Helper()
	store, err := sqlstore.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "mohur.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	own := clientCertificate(t)
	sum := sha256.Sum256(own.Certificate[0])
	service, err := oauth.New(oauth.Options{
		Store: store, Issuer: "https://rey.example.az", MTLS: "https://rey.example.az:8443", Now: time.Now,
		Clients: []oauth.Client{{Name: "erp", Tenant: "agency", Certificate: sum[:]}},
	})
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	who := mount.Route{Method: http.MethodPost, Path: "/who", ID: "who", Summary: "who", Tag: "test", Handler: func(w http.ResponseWriter, r *http.Request) {
		mount.WriteJSON(w, http.StatusOK, api.CallerOf(r))
	}}
	h, err := api.New(api.Options{
		Verifier: nobody{}, Now: time.Now, Log: log, Authenticate: Authenticate(service, func(string) bool { return false }),
		Mounted: append(Routes(Options{Service: service, Log: log}, "", ""), who),
	})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, handler: h, server: httptest.NewUnstartedServer(h)}
	w.server.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	w.server.StartTLS()
	t.Cleanup(w.server.Close)
	client := func(c ...tls.Certificate) *http.Client {
		tr := w.server.Client().Transport.(*http.Transport).Clone()
		tr.TLSClientConfig.Certificates = c
		return &http.Client{Transport: tr}
	}
	w.known, w.foreign, w.none = client(own), client(clientCertificate(t)), client()
	return w
}

// post sends a form and returns the status and what came.
func (w *world) post(c *http.Client, path, token string, form url.Values) (int, map[string]any) {
	w.t.Helper()
	req, err := http.NewRequest(http.MethodPost, w.server.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := c.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	var v map[string]any
	if len(b) > 0 {
		if err := json.Unmarshal(b, &v); err != nil {
			w.t.Fatalf("%s: %s", path, b)
		}
	}
	return res.StatusCode, v
}

func TestTokensByCertificate(t *testing.T) {
	w := newWorld(t)
	ask := url.Values{"grant_type": {"client_credentials"}, "client_id": {"erp"}}
	for name, c := range map[string]*http.Client{"none": w.none, "a stranger's": w.foreign} {
		if status, v := w.post(c, "/oauth2/token", "", ask); status != 401 || v["error"] != "invalid_client" {
			t.Errorf("%s: %d %v", name, status, v)
		}
	}
	status, v := w.post(w.known, "/oauth2/token", "", ask)
	token, _ := v["access_token"].(string)
	if status != 200 || token == "" || v["token_type"] != "Bearer" {
		t.Fatalf("%d %v", status, v)
	}
	if status, v := w.post(w.known, "/who", token, nil); status != 200 || v["Name"] != "erp" || v["Method"] != "oauth2" {
		t.Errorf("with the token: %d %v", status, v)
	}
	if status, v := w.post(w.known, "/who", "", nil); status != 200 || v["Method"] != "mtls" {
		t.Errorf("with the certificate alone: %d %v", status, v)
	}
	for name, c := range map[string]*http.Client{"none": w.none, "a stranger's": w.foreign} {
		if status, v := w.post(c, "/who", token, nil); status != 401 || v["error"] != "invalid_token" {
			t.Errorf("a stolen token with %s certificate: %d %v", name, status, v)
		}
	}
	if status, _ := w.post(w.known, "/oauth2/revoke", "", url.Values{"token": {token}, "client_id": {"erp"}}); status != 200 {
		t.Errorf("revoke: %d", status)
	}
	if status, _ := w.post(w.known, "/who", token, nil); status != 401 {
		t.Errorf("revoked: %d", status)
	}
}

// TestForwardedHeadersAreNoCertificate: what a proxy, or anybody, writes about a certificate counts for nothing.
func TestForwardedHeadersAreNoCertificate(t *testing.T) {
	w := newWorld(t)
	r := httptest.NewRequest(http.MethodPost, "/oauth2/token", strings.NewReader("grant_type=client_credentials&client_id=erp"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, name := range []string{"X-SSL-Client-Cert", "X-Forwarded-Client-Cert", "Client-Cert", "X-Client-Verify"} {
		r.Header.Set(name, "anything")
	}
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	if rec.Code != 401 {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
}

func TestFormsThatAreRefused(t *testing.T) {
	w := newWorld(t)
	for name, c := range map[string]struct{ kind, body, code string }{
		"JSON":     {"application/json", `{"grant_type":"client_credentials"}`, "invalid_request"},
		"twice":    {formType, "grant_type=a&grant_type=b", "invalid_request"},
		"too long": {formType, "grant_type=" + strings.Repeat("a", 100<<10), "invalid_request"},
		"a secret": {formType, "grant_type=client_credentials&client_id=erp&client_secret=x", "invalid_client"},
		"broken":   {formType, "grant_type=%zz", "invalid_request"},
	} {
		r := httptest.NewRequest(http.MethodPost, "/oauth2/token?client_id=erp", strings.NewReader(c.body))
		r.Header.Set("Content-Type", c.kind)
		rec := httptest.NewRecorder()
		w.handler.ServeHTTP(rec, r)
		if !strings.Contains(rec.Body.String(), `"`+c.code+`"`) || rec.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %s", name, rec.Code, rec.Body)
		}
	}
}

func TestMetadataIsServed(t *testing.T) {
	w := newWorld(t)
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, oauth.PathMetadata, nil))
	var m oauth.Metadata
	if err := json.Unmarshal(rec.Body.Bytes(), &m); err != nil || m.Issuer != "https://rey.example.az" || rec.Header().Get("Content-Type") != "application/json" {
		t.Errorf("%d %s %v", rec.Code, rec.Body, err)
	}
}
