package main

import (
	"bytes"
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"mohur/certs"
	"mohur/internal/demopki"
	"mohur/internal/fetch"
	"mohur/signing"
	"mohur/signing/pades"
	"mohur/verify"
	"mohur/verify/etsi"
)

// withoutIntermediate is a signed document that lacks its issuer's certificate, and what a verifier has.
func withoutIntermediate(t *testing.T) (*demopki.Hierarchy, verify.Input) {
	t.Helper()
	at := func() time.Time { return demopki.Epoch().Add(time.Hour) }
	h, err := demopki.New(demopki.Options{Now: at})
	if err != nil {
		t.Fatal(err)
	}
	s, err := h.Person(demopki.Person{})
	if err != nil {
		t.Fatal(err)
	}
	var signed bytes.Buffer
	plain := onePage()
	if _, err = pades.Sign(t.Context(), bytes.NewReader(plain), int64(len(plain)), &signed, pades.Options{
		Request: signing.Request{Signer: s.Key, Certificate: s.Certificate, Now: at}, // no chain
	}); err != nil {
		t.Fatal(err)
	}
	root, err := certs.Parse(h.Root().Raw)
	if err != nil {
		t.Fatal(err)
	}
	lists, err := h.CRLs()
	if err != nil {
		t.Fatal(err)
	}
	m := &certs.MemoryRevocation{}
	for _, der := range lists {
		l, err := certs.ParseCRL(der)
		if err != nil {
			t.Fatal(err)
		}
		m.Add(certs.RevocationData{CRL: l, Origin: certs.OriginInput})
	}
	return h, verify.Input{
		Name: "letter.pdf", Content: bytes.NewReader(signed.Bytes()), Size: int64(signed.Len()), Trust: certs.NewTrustStore(root), Revocation: m, Time: at().Add(time.Minute),
	}
}

// counted counts requests.
type counted struct {
	certs.Fetcher
	n   int
	err error
}

func (c *counted) Get(ctx context.Context, url string) ([]byte, error) {
	c.n++
	if c.err != nil {
		return nil, c.err
	}
	return c.Fetcher.Get(ctx, url)
}

func TestAMissingIntermediateIsFetched(t *testing.T) {
	h, in := withoutIntermediate(t)
	srv := httptest.NewServer(h.Handler())
	defer srv.Close()
	client, err := fetch.New(fetch.Options{Map: map[string]string{demopki.DefaultBaseURL + "/": strings.TrimPrefix(srv.URL, "http://")}})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	way := &counted{Fetcher: client}
	for name, c := range map[string]struct {
		f    *issuerFetcher
		want etsi.SubIndication
	}{
		"online": {&issuerFetcher{fetch: way}, ""}, "offline": {nil, etsi.NoCertificateChainFound},
		"dead": {&issuerFetcher{fetch: &counted{err: errors.New("no route")}}, etsi.NoCertificateChainFound},
	} {
		r, err := c.f.document(t.Context(), in, verify.Basic())
		if err != nil || r.SubIndication != c.want {
			t.Errorf("%s: %+v, want %q", name, err, c.want)
		}
	}
	if way.n == 0 || way.n > maxIssuerDepth {
		t.Errorf("%d requests", way.n)
	}
	// With the issuer at hand nothing is asked for.
	asked := way.n
	list, err := certs.FetchIssuers(t.Context(), client, mustParse(t, in), 1)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	in.Certificates = list
	if r, err := (&issuerFetcher{fetch: way}).document(t.Context(), in, verify.Basic()); err != nil || r.Indication != etsi.TotalPassed || way.n != asked {
		t.Errorf("%s %v, %d requests more", r.Indication, err, way.n-asked)
	}
}

// TestANamesakeOfTheIssuerHidesNothing: a certificate at hand bears the issuer's name and another key, or certifies nobody.
func TestANamesakeOfTheIssuerHidesNothing(t *testing.T) {
	h, in := withoutIntermediate(t)
	srv := httptest.NewServer(h.Handler())
	defer srv.Close()
	client, err := fetch.New(fetch.Options{Map: map[string]string{demopki.DefaultBaseURL + "/": strings.TrimPrefix(srv.URL, "http://")}})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	other, _ := withoutIntermediate(t) // another hierarchy with the same names
	otherSrv := httptest.NewServer(other.Handler())
	defer otherSrv.Close()
	otherClient, err := fetch.New(fetch.Options{Map: map[string]string{demopki.DefaultBaseURL + "/": strings.TrimPrefix(otherSrv.URL, "http://")}})
	if err != nil {
		t.Fatal(err)
	}
	defer otherClient.Close()
	namesakes, err := certs.FetchIssuers(t.Context(), otherClient, mustParse(t, in), 1)
	if err != nil || len(namesakes) != 1 || string(namesakes[0].RawSubject) != string(mustParse(t, in).RawIssuer) {
		t.Fatal(namesakes, err)
	}
	in.Certificates = namesakes
	if r, err := (&issuerFetcher{fetch: client}).document(t.Context(), in, verify.Basic()); err != nil || r.Indication != etsi.TotalPassed {
		t.Errorf("%+v %v", r.Signatures[0].Reasons, err)
	}
}

// mustParse is the signing certificate of a document.
func mustParse(t *testing.T, in verify.Input) *certs.Certificate {
	t.Helper()
	r, err := verify.Document(t.Context(), in, verify.Basic())
	if err != nil || len(r.Certificates) == 0 {
		t.Fatal(r, err)
	}
	c, err := certs.Parse(r.Certificates[0].DER)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
