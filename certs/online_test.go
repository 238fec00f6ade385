package certs

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"mohur/internal/asn1"
	"mohur/verify/etsi"
)

// web answers by URL; a nil answer is a failure.
type web struct {
	get, post map[string]func(body []byte) []byte
	asked     []string
}

func (w *web) Get(_ context.Context, u string) ([]byte, error) {
	return w.answer("GET "+u, w.get[u], nil)
}

func (w *web) Post(_ context.Context, u, contentType string, body []byte) ([]byte, error) {
	if contentType != "application/ocsp-request" {
		return nil, errors.New("content type " + contentType)
	}
	return w.answer("POST "+u, w.post[u], body)
}

func (w *web) answer(what string, f func([]byte) []byte, body []byte) ([]byte, error) {
	w.asked = append(w.asked, what)
	if f == nil {
		return nil, errors.New("no route to " + what)
	}
	return f(body), nil
}

const (
	ocspURL = "http://pki.mohur.test/ocsp"
	crlURL  = "http://pki.mohur.test/ca.crl"
)

func published(c *x509.Certificate) {
	c.OCSPServer, c.CRLDistributionPoints = []string{"ldap://x/", ocspURL}, []string{crlURL}
}

func always(b []byte) func([]byte) []byte { return func([]byte) []byte { return b } }

func TestOnlineAsksOCSPFirstAndCRLsInNeed(t *testing.T) {
	h := newHierarchy(t, published)
	good := answer(t, h.signer, h.ca, ocsp.Response{Status: ocsp.Good})
	list := crl(t, h.ca, epoch().Add(-time.Hour))
	refusal := []byte{0x30, 3, 0x0a, 1, 3}
	for name, c := range map[string]struct {
		web   *web
		asked string
		found int
		fails bool
	}{
		"OCSP": {&web{post: map[string]func([]byte) []byte{ocspURL: func(req []byte) []byte {
			parsed, err := ocsp.ParseRequest(req)
			if err != nil || parsed.SerialNumber.Cmp(h.signer.Serial) != 0 {
				t.Errorf("request: %v", err)
			}
			return good.Raw()
		}}}, "POST " + ocspURL, 1, false},
		"dead responder": {&web{get: map[string]func([]byte) []byte{crlURL: always(list.Raw())}}, "POST " + ocspURL + " GET " + crlURL, 1, true},
		"refusing":       {&web{post: map[string]func([]byte) []byte{ocspURL: always(refusal)}, get: map[string]func([]byte) []byte{crlURL: always(pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: list.Raw()}))}}, "POST " + ocspURL + " GET " + crlURL, 1, true},
		"garbage":        {&web{post: map[string]func([]byte) []byte{ocspURL: always([]byte("<html>"))}, get: map[string]func([]byte) []byte{crlURL: always([]byte("<html>"))}}, "POST " + ocspURL + " GET " + crlURL, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			data, err := (&OnlineRevocation{Fetch: c.web}).Revocation(context.Background(), h.signer.Certificate, h.ca.Certificate)
			if got := strings.Join(c.web.asked, " "); got != c.asked || len(data) != c.found || (err != nil) != c.fails {
				t.Errorf("asked %q, found %d, error %v", got, len(data), err)
			}
			for _, d := range data {
				if d.Origin != OriginOnline || d.Source == "" {
					t.Errorf("origin %s source %q", d.Origin, d.Source)
				}
			}
		})
	}
}

func TestOnlineEvidenceMayBeSecondsYounger(t *testing.T) {
	h := newHierarchy(t, published)
	fresh := answer(t, h.signer, h.ca, ocsp.Response{Status: ocsp.Good, ThisUpdate: epoch().Add(2 * time.Second)})
	r := h.request(t, crl(t, h.root, epoch().Add(-time.Hour)))
	r.Revocation = Sources{r.Revocation, &OnlineRevocation{Fetch: &web{post: map[string]func([]byte) []byte{ocspURL: always(fresh.Raw())}}}}
	want(t, validate(r), "", "")
}

func TestUnusableAnswerIsFollowedByTheList(t *testing.T) {
	h := newHierarchy(t, published)
	byStranger := answer(t, h.signer, issue(t, "responder", h.root, leaf), ocsp.Response{Status: ocsp.Good})
	list := crl(t, h.ca, epoch().Add(-time.Hour), revoking(h.signer, epoch().Add(-2*time.Hour), 1))
	w := &web{post: map[string]func([]byte) []byte{ocspURL: always(byStranger.Raw())}, get: map[string]func([]byte) []byte{crlURL: always(list.Raw())}}
	r := h.request(t, crl(t, h.root, epoch().Add(-time.Hour)))
	r.Revocation = Sources{r.Revocation, &OnlineRevocation{Fetch: w}}
	want(t, validate(r), etsi.RevokedNoPOE, ReasonRevoked)
	w.asked, w.post[ocspURL] = nil, always(answer(t, h.signer, h.ca, ocsp.Response{Status: ocsp.Good}).Raw())
	want(t, validate(r), "", "")
	if got := strings.Join(w.asked, " "); got != "POST "+ocspURL {
		t.Errorf("asked %q though the answer was usable", got)
	}
}

func TestNonceOfAnotherRequestIsRefused(t *testing.T) {
	h := newHierarchy(t, published)
	good := answer(t, h.signer, h.ca, ocsp.Response{Status: ocsp.Good})
	mine, theirs := []byte("0123456789abcdef"), []byte("fedcba9876543210")
	for name, c := range map[string]struct {
		nonce []byte
		found int
	}{"mine": {mine, 1}, "another's": {theirs, 0}, "none": {nil, 1}} {
		var sent []byte
		w := &web{post: map[string]func([]byte) []byte{ocspURL: func(req []byte) []byte {
			sent = req
			if c.nonce == nil {
				return good.Raw()
			}
			return withNonce(t, good.OCSP, c.nonce)
		}}}
		data, err := (&OnlineRevocation{Fetch: w, Nonce: func() ([]byte, error) { return mine, nil }}).Revocation(context.Background(), h.signer.Certificate, h.ca.Certificate)
		if len(data) != c.found || c.found == 0 && err == nil {
			t.Errorf("%s: %d found, %v", name, len(data), err)
		}
		if _, err := ocsp.ParseRequest(sent); err != nil || !bytes.Contains(sent, mine) {
			t.Errorf("%s: request %v", name, err)
		}
	}
}

// withNonce puts a nonce among the response's extensions; the signature then no longer fits, which is judged elsewhere.
func withNonce(t *testing.T, r *OCSPResponse, nonce []byte) []byte {
	t.Helper()
	tbs, err := asn1.Parse(r.RawTBS, asn1.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	ext := asn1.Explicit(1, asn1.Sequence(asn1.Sequence(asn1.OID(oidOCSPNonce), asn1.OctetString(asn1.OctetString(nonce)))))
	return asn1.Sequence(asn1.Sequence(tbs.Content, ext), asn1.Sequence(asn1.OID("1.2.840.10045.4.3.2")), asn1.BitString(r.Signature))
}

// keeping is a way out that keeps answers, and notes which it was told to keep until when.
type keeping struct {
	*web
	kept map[string]time.Time
	bad  int
}

func (k *keeping) GetChecked(ctx context.Context, u string, check func([]byte) (time.Time, error)) ([]byte, error) {
	b, err := k.Get(ctx, u)
	return k.keep(u, b, err, check)
}

func (k *keeping) PostChecked(ctx context.Context, u, ct string, body []byte, check func([]byte) (time.Time, error)) ([]byte, error) {
	b, err := k.Post(ctx, u, ct, body)
	return k.keep(u, b, err, check)
}

func (k *keeping) keep(u string, b []byte, err error, check func([]byte) (time.Time, error)) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	until, bad := check(b)
	if bad != nil {
		k.bad++
		return b, nil
	}
	k.kept[u] = until
	return b, nil
}

// TestOnlyWhatTheIssuerSignedIsKept: each answer is returned for judging, and kept only when it is what was asked for.
func TestOnlyWhatTheIssuerSignedIsKept(t *testing.T) {
	h, other := newHierarchy(t, published), newHierarchy(t, published)
	responder := issue(t, "responder", h.ca, leaf, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning} })
	impostor := issue(t, "impostor", h.ca, leaf)
	good := ocsp.Response{Status: ocsp.Good}
	list := crl(t, h.ca, epoch().Add(-time.Hour))
	forged := bytes.Clone(list.Raw())
	forged[len(forged)-1] ^= 1
	neighbour := issue(t, "neighbour", h.ca, leaf)
	for name, c := range map[string]struct {
		ocsp, crl []byte
		kept      bool
	}{
		"the CA's list":           {nil, list.Raw(), true},
		"in PEM":                  {nil, pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: list.Raw()}), true},
		"forged list":             {nil, forged, false},
		"another CA of that name": {nil, crl(t, other.ca, epoch()).Raw(), false},
		"no list":                 {nil, []byte("404"), false},
		"the CA answers":          {rawOCSP(answer(t, h.signer, h.ca, good)), nil, true},
		"its responder":           {rawOCSP(answer(t, h.signer, responder, good)), nil, true},
		"not a responder":         {rawOCSP(answer(t, h.signer, impostor, good)), nil, false},
		"another certificate":     {rawOCSP(answer(t, neighbour, h.ca, good)), nil, false},
		"refusing":                {asn1.Sequence(asn1.Encode(asn1.TagEnumerated, false, []byte{3})), nil, false},
	} {
		k := &keeping{web: &web{get: map[string]func([]byte) []byte{}, post: map[string]func([]byte) []byte{}}, kept: map[string]time.Time{}}
		if c.ocsp != nil {
			k.post[ocspURL] = always(c.ocsp)
		}
		if c.crl != nil {
			k.get[crlURL] = always(c.crl)
		}
		var noted int
		o := &OnlineRevocation{Fetch: k, Noted: func(cert, issuer *Certificate) { noted++ }}
		_, _ = o.Revocation(context.Background(), h.signer.Certificate, h.ca.Certificate) // what failed is told elsewhere
		if (len(k.kept) == 1) != c.kept || !c.kept && k.bad != 1 || noted != 1 {
			t.Errorf("%s: kept %v, refused %d", name, k.kept, k.bad)
		}
		for u, until := range k.kept {
			if !until.After(epoch()) {
				t.Errorf("%s: %s is kept until %s", name, u, until)
			}
		}
	}
}

func rawOCSP(d RevocationData) []byte {
	return asn1.Sequence(asn1.Encode(asn1.TagEnumerated, false, []byte{0}), asn1.Explicit(0, asn1.Sequence(asn1.OID("1.3.6.1.5.5.7.48.1.1"), asn1.OctetString(d.OCSP.Raw))))
}

// stuck never answers.
type stuck struct{}

func (stuck) Get(ctx context.Context, _ string) ([]byte, error) { <-ctx.Done(); return nil, ctx.Err() }

func (s stuck) Post(ctx context.Context, u, _ string, _ []byte) ([]byte, error) {
	return s.Get(ctx, u)
}

func TestDeadResponderDelaysByItsLimit(t *testing.T) {
	h := newHierarchy(t, published)
	r := h.request(t)
	r.Revocation = &OnlineRevocation{Fetch: stuck{}, Timeout: 50 * time.Millisecond}
	start := time.Now()
	got := validate(r)
	if d := time.Since(start); d > time.Second {
		t.Errorf("delayed by %s", d)
	}
	if got.Passed() || !errors.Is(got.Status[0].SourceError, context.DeadlineExceeded) {
		t.Errorf("%s, %v", got.Indication, got.Status[0].SourceError)
	}
}

func TestIssuersAreFetched(t *testing.T) {
	h := hierarchy{root: issue(t, "root", nil)}
	const caURL, rootURL = "http://pki.mohur.test/ca.cer", "http://pki.mohur.test/root.cer"
	h.ca = issue(t, "ca", h.root, func(c *x509.Certificate) { c.IssuingCertificateURL = []string{rootURL} })
	h.signer = issue(t, "leaf", h.ca, leaf, func(c *x509.Certificate) { c.IssuingCertificateURL = []string{"ldap://x", caURL} })
	w := &web{get: map[string]func([]byte) []byte{caURL: always(h.ca.Raw), rootURL: always(h.root.Raw)}}
	found, err := FetchIssuers(context.Background(), w, h.signer.Certificate, 3)
	if err != nil || len(found) != 2 {
		t.Fatalf("%d found, %v", len(found), err)
	}
	if found, _ = FetchIssuers(context.Background(), w, h.signer.Certificate, 1); len(found) != 1 {
		t.Fatalf("depth 1: %d found", len(found))
	}
	if _, err := FetchIssuers(context.Background(), &web{}, h.signer.Certificate, 1); err == nil {
		t.Fatal("a dead address gave no error")
	}
}
