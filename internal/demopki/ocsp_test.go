package demopki

import (
	"bytes"
	"crypto"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"
)

func TestOCSPWithEveryKeyAndHash(t *testing.T) {
	for _, kind := range []KeyKind{P256, P384, RSA2048} {
		h, err := New(Options{Key: kind})
		if err != nil {
			t.Fatal(err)
		}
		s := person(t, h, Person{})
		for _, hash := range []crypto.Hash{crypto.SHA1, crypto.SHA256} {
			req, err := ocsp.CreateRequest(s.Leaf, h.PersonsCA(), &ocsp.RequestOptions{Hash: hash})
			if err != nil {
				t.Fatal(err)
			}
			r, err := ocsp.ParseResponseForCert(h.respond(req, h.now()), s.Leaf, h.PersonsCA())
			if err != nil || r.Status != ocsp.Good || !r.NextUpdate.Equal(r.ThisUpdate.Add(CRLValidity)) {
				t.Errorf("%v, %v: %v %v", kind, hash, r, err)
			}
		}
	}
}

func TestOCSPKnowsOnlyItsOwn(t *testing.T) {
	h, other := newHierarchyForTest(t), newHierarchyForTest(t)
	foreign := person(t, other, Person{})
	req, err := ocsp.CreateRequest(foreign.Leaf, other.PersonsCA(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := h.respond(req, h.now()); !bytes.Equal(got, ocsp.UnauthorizedErrorResponse) {
		t.Errorf("another issuer: %x", got)
	}
	// A serial number that this issuer never gave out is unknown, not good.
	for range 5 {
		foreign = person(t, other, Person{})
	}
	if req, err = ocsp.CreateRequest(foreign.Leaf, h.PersonsCA(), nil); err != nil {
		t.Fatal(err)
	}
	r, err := ocsp.ParseResponse(h.respond(req, h.now()), h.PersonsCA())
	if err != nil || r.Status != ocsp.Unknown {
		t.Errorf("%v %v", r, err)
	}
}

// withNonce adds a nonce to a request made without one.
func withNonce(t *testing.T, req, nonce []byte) []byte {
	t.Helper()
	var r ocspRequest
	if _, err := asn1.Unmarshal(req, &r); err != nil {
		t.Fatal(err)
	}
	r.TBS.Extensions = []pkix.Extension{{Id: oidOCSPNonce, Value: nonce}}
	out, err := asn1.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestOCSPOverHTTP(t *testing.T) {
	h := newHierarchyForTest(t)
	srv := httptest.NewServer(h.Handler())
	defer srv.Close()
	s := person(t, h, Person{})
	plain, err := ocsp.CreateRequest(s.Leaf, h.PersonsCA(), nil)
	if err != nil {
		t.Fatal(err)
	}
	nonce := []byte{4, 4, 'n', 'o', 'n', 'c'}
	req := withNonce(t, plain, nonce)
	if got := post(t, srv.URL+"/ocsp", "application/ocsp-request", req); !bytes.Contains(got, nonce) {
		t.Error("the nonce is not echoed")
	}
	h.SetFault(OCSPService, Fault{WrongNonce: true})
	if got := post(t, srv.URL+"/ocsp", "application/ocsp-request", req); bytes.Contains(got, nonce) || !bytes.Contains(got, []byte("wrong-no")) {
		t.Error("the nonce is not another one")
	}
	h.SetFault(OCSPService, Fault{Refuse: true})
	if got := post(t, srv.URL+"/ocsp", "application/ocsp-request", req); !bytes.Equal(got, ocsp.TryLaterErrorResponse) {
		t.Errorf("%x", got)
	}
	h.SetFault(OCSPService, Fault{})
	got := get(t, srv.URL+"/ocsp/"+url.PathEscape(base64.StdEncoding.EncodeToString(plain)))
	if r, err := ocsp.ParseResponseForCert(got, s.Leaf, h.PersonsCA()); err != nil || r.Status != ocsp.Good {
		t.Errorf("by GET: %v %v", r, err)
	}
	if got := get(t, srv.URL+"/ocsp/@@"); !bytes.Equal(got, ocsp.MalformedRequestErrorResponse) {
		t.Errorf("by GET, no base64: %x", got)
	}
}

func TestASlowServiceIsSlow(t *testing.T) {
	h := newHierarchyForTest(t)
	srv := httptest.NewServer(h.Handler())
	defer srv.Close()
	h.SetFault(CertificateService, Fault{Delay: time.Minute})
	client := http.Client{Timeout: 50 * time.Millisecond}
	if resp, err := client.Get(srv.URL + "/ca/root.crt"); err == nil {
		resp.Body.Close()
		t.Error("it answered at once")
	}
	h.SetFault(CertificateService, Fault{Garbage: true})
	if b := get(t, srv.URL+"/ca/root.crt"); bytes.Equal(b, h.Root().Raw) {
		t.Error("that is no garbage")
	}
}
