package demopki

import (
	"bytes"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"mohur/internal/algo"
	"mohur/internal/tsp"
)

func TestTimestampsAreWhatWasAskedFor(t *testing.T) {
	h := newHierarchyForTest(t)
	srv := httptest.NewServer(h.Handler())
	defer srv.Close()
	imprint := algo.SHA256.Sum([]byte("sənəd"))
	cases := []struct {
		name  string
		fault Fault
		check func(error) bool
	}{
		{"good", Fault{}, func(err error) bool { return err == nil }},
		{"wrong imprint", Fault{WrongImprint: true}, isMismatch("imprint")},
		{"wrong nonce", Fault{WrongNonce: true}, isMismatch("nonce")},
		{"refused", Fault{Refuse: true}, func(err error) bool { var r *tsp.RefusedError; return errors.As(err, &r) }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			h.SetFault(TSAService, c.fault)
			req, err := tsp.NewRequest(algo.SHA256, imprint, tsp.RequestOptions{})
			if err != nil {
				t.Fatal(err)
			}
			resp, err := tsp.ParseResponse(post(t, srv.URL+"/tsa", "application/timestamp-query", req.Marshal()))
			if err != nil {
				t.Fatal(err)
			}
			token, err := req.Check(resp)
			if !c.check(err) {
				t.Fatalf("%v", err)
			}
			if err != nil {
				return
			}
			out, err := token.Verify(h.TSA().Certificate(), h.tsa.cert.PublicKey)
			if err != nil || !out.Valid() {
				t.Errorf("%+v %v", out, err)
			}
			if !token.Info.GenTime.Equal(h.now()) {
				t.Errorf("the time is %v", token.Info.GenTime)
			}
		})
	}
}

func isMismatch(what string) func(error) bool {
	return func(err error) bool {
		var m *tsp.MismatchError
		return errors.As(err, &m) && m.What == what
	}
}

func post(t *testing.T, url, kind string, body []byte) []byte {
	t.Helper()
	resp, err := http.Post(url, kind, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTSADefects(t *testing.T) {
	h := newHierarchyForTest(t)
	verify := func(tsa *TSA) error {
		roots := x509.NewCertPool()
		roots.AddCert(h.Root())
		_, err := tsa.cert.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: h.now(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping}})
		return err
	}
	if err := verify(h.TSA()); err != nil {
		t.Error(err)
	}
	for _, d := range []Defect{Expired, NotYetValid, WrongExtendedKeyUsage, UntrustedRoot, SHA1Signature, BrokenSignature} {
		tsa, err := h.NewTSA(TSAOptions{Defect: d})
		if err != nil {
			t.Fatal(err)
		}
		if verify(tsa) == nil {
			t.Errorf("defect %b: a good certificate", d)
		}
		if _, err := tsa.Timestamp(t.Context(), algo.SHA256, algo.SHA256.Sum(nil)); err != nil {
			t.Error(err)
		}
	}
	late, err := h.NewTSA(TSAOptions{Now: func() time.Time { return Epoch().Add(time.Hour) }})
	if err != nil {
		t.Fatal(err)
	}
	b, err := late.Timestamp(t.Context(), algo.SHA256, algo.SHA256.Sum(nil))
	if err != nil {
		t.Fatal(err)
	}
	if token, err := tsp.ParseToken(b); err != nil || !token.Info.GenTime.Equal(Epoch().Add(time.Hour)) {
		t.Errorf("%v", err)
	}
}
