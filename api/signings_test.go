package api

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"mohur/docket"
	"mohur/internal/signings"
)

// fakeSignings has one signing of the agency's programs, and keeps what it was given.
type fakeSignings struct {
	state    docket.SigningState
	refusal  error
	prepared signings.PrepareInput
	document string
	finished signings.FinishInput
}

type memoryBlob struct{ *strings.Reader }

func (memoryBlob) Close() error { return nil }

func (f *fakeSignings) Prepare(_ context.Context, in signings.PrepareInput) (*docket.Signing, error) {
	b, err := io.ReadAll(io.NewSectionReader(in.Document, 0, in.Size))
	if err != nil {
		return nil, err
	}
	f.prepared, f.document = in, string(b)
	return f.Find(context.Background(), in.Owner, "g1")
}

func (f *fakeSignings) Find(_ context.Context, who signings.Owner, id docket.ID) (*docket.Signing, error) {
	if id != "g1" || who != signings.Program("agency") {
		return nil, docket.ErrNotFound
	}
	return &docket.Signing{
		ID: "g1", State: f.state, Name: "a.pdf", Format: "PAdES", Level: "B-T", Hash: []byte{1}, Digest: "SHA256", Algorithm: "ECDSA_SHA256", Signed: "00ff", SignedSize: 6,
		Created: noon, Expires: noon, Kept: noon, Finished: noon, Indication: "TOTAL-PASSED",
	}, f.refusal
}

func (f *fakeSignings) Finish(ctx context.Context, in signings.FinishInput) (*docket.Signing, error) {
	f.finished = in
	return f.Find(ctx, in.Owner, in.ID)
}

func (f *fakeSignings) Document(ctx context.Context, who signings.Owner, id docket.ID) (*docket.Signing, docket.BlobReader, error) {
	sg, err := f.Find(ctx, who, id)
	return sg, memoryBlob{strings.NewReader("signed")}, err
}

func TestSigningsAreAsDescribed(t *testing.T) {
	f := &fakeSignings{state: docket.SigningPrepared}
	url, h := serve(t, &fakeVerifier{}, func(o *Options) {
		o.Signings, o.Callers = f, map[string]Caller{TokenHash("one"): {Name: "portal", Tenant: "agency"}, TokenHash("two"): {Name: "x", Tenant: "another"}}
	})
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
	const algorithm = `{"cryptoAlgorithm":"ECC","hashFunction":"SHA-256","paddingScheme":"NONE"}`
	first := `{"supportedSignatureAlgorithms":[` + algorithm + `],"certificate":"AQID","document":{"name":"a.pdf","content":"c2FsYW0="},"format":"CAdES","level":"B-B","detached":true,"reason":"r"}`
	for _, c := range []struct {
		token, method, path, route, body string
		state                            docket.SigningState
		refusal                          error
		status                           int
	}{
		{"one", "POST", "/v1/signings", "", first, docket.SigningPrepared, nil, 201},
		{"one", "PUT", "/v1/signings/g1", "/v1/signings/{id}", `{"signature":"BAUG","signatureAlgorithm":` + algorithm + `,"certificate":"AQID"}`, docket.SigningDone, nil, 200},
		{"one", "GET", "/v1/signings/g1", "/v1/signings/{id}", "", docket.SigningFailed, nil, 200},
		{"two", "GET", "/v1/signings/g1", "/v1/signings/{id}", "", docket.SigningDone, nil, 404},
		{"two", "GET", "/v1/signings/g1/document", "/v1/signings/{id}/document", "", docket.SigningDone, nil, 404},
		{"", "POST", "/v1/signings", "", first, docket.SigningPrepared, nil, 401},
		{"one", "POST", "/v1/signings", "", first, docket.SigningPrepared, docket.Invalid("certificate", docket.KeySigRevoked), 422},
		{"one", "POST", "/v1/signings", "", first, docket.SigningPrepared, docket.Refuse(docket.CodeUnavailable, docket.KeyTimestamp), 503},
		{"one", "POST", "/v1/signings", "", first, docket.SigningPrepared, fmt.Errorf("a secret"), 500},
		{"one", "PUT", "/v1/signings/g1", "/v1/signings/{id}", `{"signature":"BAUG"}`, docket.SigningDone, nil, 200},
		{"one", "PUT", "/v1/signings/g1", "/v1/signings/{id}", `{"signature":""}`, docket.SigningDone, nil, 400},
		{"one", "PUT", "/v1/signings/g1", "/v1/signings/{id}", `{"signature":"BAUG","pin":"1"}`, docket.SigningDone, nil, 400},
		{"one", "POST", "/v1/signings", "", `{"certificate":"AQID","document":{"content":"` + strings.Repeat("AAAA", 400) + `"}}`, docket.SigningPrepared, nil, 413},
		{"one", "POST", "/v1/signings", "", `{"certificate":"%","document":{"content":"AAAA"}}`, docket.SigningPrepared, nil, 400},
		{"one", "POST", "/v1/signings", "", `{"certificate":"AQID"}`, docket.SigningPrepared, nil, 400},
		{"one", "POST", "/v1/signings", "", first + "x", docket.SigningPrepared, nil, 400},
	} {
		f.state, f.refusal = c.state, c.refusal
		req, _ := http.NewRequest(c.method, url+c.path, strings.NewReader(c.body))
		req.Header.Set("Authorization", "Bearer "+c.token)
		if c.token == "" {
			req.Header.Del("Authorization")
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if c.route == "" {
			c.route = c.path
		}
		r := doc.Paths[c.route][strings.ToLower(c.method)].Responses[fmt.Sprint(res.StatusCode)]
		if res.StatusCode != c.status || r == nil || strings.Contains(string(text), "secret") {
			t.Errorf("%s %s: %d, want %d: %s", c.method, c.path, res.StatusCode, c.status, text)
			continue
		}
		var v any
		if err := json.Unmarshal(text, &v); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		d := describedAnswer{named: doc.Components.Schemas}
		d.check(c.path, r.Content[res.Header.Get("Content-Type")].Schema, v)
		if len(d.wrong) > 0 {
			t.Errorf("%s %s (%d): %s", c.method, c.path, res.StatusCode, strings.Join(d.wrong, "; "))
		}
	}
	in := f.prepared
	if f.document != "salam" || in.Name != "a.pdf" || in.Format != "CAdES" || in.Level != "B-B" || !in.Detached || in.Reason != "r" || string(in.Certificate) != "\x01\x02\x03" || in.Supported[0].HashFunction != "SHA-256" {
		t.Errorf("prepared %+v over %q", in, f.document)
	}
	if string(f.finished.Value) != "\x04\x05\x06" || f.finished.Algorithm != nil || f.finished.ID != "g1" {
		t.Errorf("finished %+v", f.finished)
	}
}
