package main

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mohur/api"
	"mohur/docket"
	"mohur/internal/demopki"
	"mohur/internal/signings"
	"mohur/internal/webeid"
	"mohur/signing"
	"mohur/verify"
	"mohur/verify/etsi"
)

// programBench is a program that has people sign through /v1/signings of a real office.
type programBench struct {
	*testing.T
	w   *demoWorld
	url string
}

func newProgramBench(t *testing.T) *programBench {
	t.Helper()
	t.Setenv("SOFTHSM2_CONF", "")
	w, err := openWorld(t.Context(), demoOptions{dir: filepath.Join(t.TempDir(), "demo"), port: 8750}, time.Now, func(string, ...any) {})
	t.Cleanup(func() {
		if err := w.close(); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	h, err := api.New(api.Options{
		Verifier: w.office.judge, Signings: w.office.signings, Now: time.Now, Log: slog.New(slog.DiscardHandler), TempDir: t.TempDir(),
		Callers: map[string]api.Caller{api.TokenHash("portal"): {Name: "portal", Tenant: "agency"}, api.TokenHash("other"): {Name: "other", Tenant: "other"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return &programBench{t, w, srv.URL}
}

// call sends JSON as a caller and reads the answer into out.
func (b *programBench) call(token, method, path string, in, out any) int {
	b.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		b.Fatal(err)
	}
	req, err := http.NewRequestWithContext(b.Context(), method, b.url+path, bytes.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.Fatal(err)
	}
	if raw, ok := out.(*[]byte); ok {
		*raw = text
	} else if err := json.Unmarshal(text, out); err != nil {
		b.Fatalf("%s: %v", text, err)
	}
	return res.StatusCode
}

func (b *programBench) person(p demopki.Profile) *demopki.Signer {
	b.Helper()
	s, err := b.w.hierarchy.Person(demopki.Person{Profile: p})
	if err != nil {
		b.Fatal(err)
	}
	return s
}

// request is the first step's body.
func request(s *demopki.Signer, more map[string]any) map[string]any {
	out := map[string]any{"certificate": s.Certificate, "document": map[string]any{"name": "müqavilə.pdf", "content": onePage()}}
	for k, v := range more {
		out[k] = v
	}
	return out
}

// value signs what the first step returned, as the named algorithm says; over the wire it is r || s then.
func (b *programBench) value(s *demopki.Signer, a *api.SigningAnswer) []byte {
	b.Helper()
	opts := crypto.SignerOpts(crypto.Hash(0))
	if a.WebEID != nil {
		var err error
		if opts, err = a.WebEID.Options(); err != nil {
			b.Fatal(err)
		}
	}
	if pss, ok := opts.(*rsa.PSSOptions); ok {
		pss.SaltLength = rsa.PSSSaltLengthEqualsHash
	}
	v, err := s.Key.Sign(rand.Reader, a.Hash, opts)
	if err != nil {
		b.Fatal(err)
	}
	if a.WebEID != nil {
		if v, err = a.WebEID.Encode(s.Key.Public(), v); err != nil {
			b.Fatal(err)
		}
	}
	return v
}

// TestProgramsHavePeopleSign goes through every kind of key, both formats and each level, by HTTP; what comes out is TOTAL-PASSED.
func TestProgramsHavePeopleSign(t *testing.T) {
	b := newProgramBench(t)
	pss := []webeid.SignatureAlgorithm{{CryptoAlgorithm: "RSA", HashFunction: "SHA-384", PaddingScheme: "PSS"}}
	for name, c := range map[string]struct {
		key   demopki.KeyKind
		more  map[string]any
		level string
	}{
		"P-256":         {demopki.P256, nil, "PAdES-BASELINE-T"},
		"P-384":         {demopki.P384, map[string]any{"reason": "Razıyam"}, "PAdES-BASELINE-T"},
		"RSA":           {demopki.RSA2048, map[string]any{"level": "B-B"}, "PAdES-BASELINE-B"},
		"RSA-PSS":       {demopki.RSA2048, map[string]any{"supportedSignatureAlgorithms": pss}, "PAdES-BASELINE-T"},
		"Ed25519":       {demopki.Ed25519, nil, "PAdES-BASELINE-T"},
		"long-term":     {demopki.P256, map[string]any{"level": "B-LTA"}, "PAdES-BASELINE-LTA"},
		"CAdES":         {demopki.P256, map[string]any{"format": "CAdES"}, "CAdES-BASELINE-T"},
		"detached":      {demopki.P256, map[string]any{"format": "CAdES", "detached": true, "level": "B-LT"}, "CAdES-BASELINE-LT"},
		"CAdES Ed25519": {demopki.Ed25519, map[string]any{"format": "CAdES"}, "CAdES-BASELINE-T"},
	} {
		s := b.person(demopki.Profile{Key: c.key})
		var a api.SigningAnswer
		if status := b.call("portal", http.MethodPost, "/v1/signings", request(s, c.more), &a); status != http.StatusCreated {
			t.Errorf("%s: %d", name, status)
			continue
		}
		body := map[string]any{"signature": b.value(s, &a)}
		if a.WebEID != nil {
			body["signatureAlgorithm"] = a.WebEID
		}
		if status := b.call("portal", http.MethodPut, "/v1/signings/"+string(a.ID), body, &a); status != http.StatusOK || a.Indication != "TOTAL-PASSED" || a.State != "done" {
			t.Errorf("%s: %d %+v", name, status, a)
			continue
		}
		var signed []byte
		if status := b.call("portal", http.MethodGet, a.Signed.Href, nil, &signed); status != http.StatusOK || int64(len(signed)) != a.Signed.Size {
			t.Errorf("%s: %d, %d bytes", name, status, len(signed))
		}
		in := verify.Input{Content: bytes.NewReader(signed), Size: int64(len(signed))}
		if c.more["detached"] == true {
			in.Detached = []verify.Data{{Content: bytes.NewReader(onePage()), Size: int64(len(onePage()))}}
		}
		r, err := b.w.office.judge.Verify(t.Context(), in, "")
		if err != nil {
			t.Fatal(err)
		}
		if r.Indication != etsi.TotalPassed || r.Signatures[0].Level != c.level {
			t.Errorf("%s: %s at %s", name, r.Indication, r.Signatures[0].Level)
		}
	}
}

// TestWhatProgramsAreRefused: each refusal is a problem with a stable code, and nothing of it is there for others.
func TestWhatProgramsAreRefused(t *testing.T) {
	b := newProgramBench(t)
	good, revoked := b.person(demopki.Profile{}), b.person(demopki.Profile{})
	if err := b.w.hierarchy.Revoke(revoked.Certificate, time.Now().Add(-time.Hour), demopki.KeyCompromise); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		in     map[string]any
		status int
		code   string
	}{
		"revoked":          {request(revoked, nil), 422, docket.KeySigRevoked},
		"expired":          {request(b.person(demopki.Profile{Defect: demopki.Expired}), nil), 422, docket.KeySigExpired},
		"untrusted":        {request(b.person(demopki.Profile{Defect: demopki.UntrustedRoot}), nil), 422, docket.KeySigUntrusted},
		"for logging in":   {request(b.person(demopki.Profile{Authentication: true}), nil), 422, docket.KeySigningPurpose},
		"no revocation":    {request(b.person(demopki.Profile{Defect: demopki.NoRevocationSource}), nil), 503, docket.KeyCertificateUnclear},
		"no certificate":   {request(&demopki.Signer{Certificate: []byte("x")}, nil), 422, docket.KeySigningCertificate},
		"level":            {request(good, map[string]any{"level": "B-X"}), 422, docket.KeySigningFormat},
		"format":           {request(good, map[string]any{"format": "XAdES"}), 422, docket.KeySigningFormat},
		"detached PDF":     {request(good, map[string]any{"detached": true}), 422, docket.KeySigningFormat},
		"no PDF":           {request(good, map[string]any{"document": map[string]any{"content": []byte("text")}}), 422, docket.KeySigningDocument},
		"unknown key":      {request(good, map[string]any{"pin": "1234"}), 400, "unknown-key"},
		"no document":      {map[string]any{"certificate": good.Certificate}, 400, "missing"},
		"algorithm it has": {request(good, map[string]any{"supportedSignatureAlgorithms": []any{map[string]any{"cryptoAlgorithm": "RSA", "hashFunction": "SHA-1", "paddingScheme": "PSS"}}}), 422, docket.KeySigningAlgorithm},
	} {
		var p api.Problem
		if status := b.call("portal", http.MethodPost, "/v1/signings", c.in, &p); status != c.status || len(p.Errors) == 0 && c.status != 503 || len(p.Errors) > 0 && p.Errors[0].Code != c.code {
			t.Errorf("%s: %d %+v", name, status, p)
		}
	}
	var a api.SigningAnswer
	var p api.Problem
	b.call("portal", http.MethodPost, "/v1/signings", request(good, nil), &a)
	path, body := "/v1/signings/"+string(a.ID), map[string]any{"signature": b.value(good, &a)}
	for token, want := range map[string]int{"other": http.StatusNotFound, "": http.StatusUnauthorized, "nobody": http.StatusUnauthorized} {
		for _, method := range []string{http.MethodGet, http.MethodPut} {
			if status := b.call(token, method, path, body, &p); status != want {
				t.Errorf("%s as %q: %d", method, token, status)
			}
		}
	}
	if status := b.call("portal", http.MethodGet, path+"/document", nil, &p); status != http.StatusConflict {
		t.Errorf("a document that is not signed: %d", status)
	}
	forged := map[string]any{"signature": base64.StdEncoding.EncodeToString(make([]byte, 64))}
	if status := b.call("portal", http.MethodPut, path, forged, &p); status != http.StatusUnprocessableEntity || p.Errors[0].Pointer != "#/signature" || strings.Contains(p.Detail, docket.KeySigningValue) {
		t.Errorf("zeros: %d %+v", status, p)
	}
	if status := b.call("portal", http.MethodPut, path, body, &p); status != http.StatusConflict {
		t.Errorf("the right value after a forged one: %d", status)
	}
	if b.call("portal", http.MethodGet, path, nil, &a); a.State != "failed" || a.Failure != docket.KeySigningValue {
		t.Errorf("%+v", a)
	}
}

// TestADeadTimestampAuthorityLeavesNothingHalfSigned: the value can be sent again when the authority is back.
func TestADeadTimestampAuthorityLeavesNothingHalfSigned(t *testing.T) {
	b := newProgramBench(t)
	s := b.person(demopki.Profile{})
	var a api.SigningAnswer
	var p api.Problem
	b.call("portal", http.MethodPost, "/v1/signings", request(s, nil), &a)
	path, body := "/v1/signings/"+string(a.ID), map[string]any{"signature": b.value(s, &a), "signatureAlgorithm": a.WebEID}
	service, pool := b.w.office.signings, b.w.office.proofs.pool
	dead, err := timestampPool(b.w.office.client, []string{"http://127.0.0.1:1/"}, signing.PoolOptions{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	b.w.office.proofs.pool = dead
	if status := b.call("portal", http.MethodPut, path, body, &p); status != http.StatusServiceUnavailable || !strings.HasSuffix(p.Type, ":unavailable") {
		t.Errorf("%d %+v", status, p)
	}
	if _, _, err := service.Document(t.Context(), signings.Program("agency"), a.ID); docket.CodeOf(err) != docket.CodeConflict {
		t.Errorf("there is a document: %v", err)
	}
	b.w.office.proofs.pool = pool
	if status := b.call("portal", http.MethodPut, path, body, &a); status != http.StatusOK || a.State != "done" {
		t.Errorf("%d %+v", status, a)
	}
}
