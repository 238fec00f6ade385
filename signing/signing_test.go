package signing

import (
	"context"
	"crypto"
	"errors"
	"io"
	"testing"
	"time"

	"mohur/certs"
	"mohur/internal/algo"
	"mohur/internal/demopki"
	"mohur/internal/tsp"
)

func now() time.Time { return demopki.Epoch().Add(time.Hour) }

func hierarchy(t testing.TB) (*demopki.Hierarchy, *certs.TrustStore) {
	t.Helper()
	h, err := demopki.New(demopki.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	root, err := certs.Parse(h.Root().Raw)
	if err != nil {
		t.Fatal(err)
	}
	return h, certs.NewTrustStore(root)
}

func request(t testing.TB, h *demopki.Hierarchy, p demopki.Profile) Request {
	t.Helper()
	s, err := h.Body(demopki.Body{Profile: p})
	if err != nil {
		t.Fatal(err)
	}
	return Request{Signer: s.Key, Certificate: s.Certificate, Chain: s.Chain, Now: now}
}

// answering is a client whose authority has faults.
func answering(a *demopki.TSA, f demopki.Fault) Do {
	return func(_ context.Context, _ string, body []byte) ([]byte, error) { return a.Answer(body, f), nil }
}

func TestTimestampsAreJudgedBeforeUse(t *testing.T) {
	h, trust := hierarchy(t)
	authority := func(o demopki.TSAOptions) *demopki.TSA {
		a, err := h.NewTSA(o)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	early := func() time.Time { return now().AddDate(-4, 0, 0) }
	for name, c := range map[string]struct {
		reason string // empty: accepted
		send   Do
	}{
		"good":           {"", answering(h.TSA(), demopki.Fault{})},
		"down":           {"unreachable", func(context.Context, string, []byte) ([]byte, error) { return nil, io.ErrUnexpectedEOF }},
		"refusing":       {"refused", answering(h.TSA(), demopki.Fault{Refuse: true})},
		"garbage":        {"bad token", func(context.Context, string, []byte) ([]byte, error) { return []byte("<html>503"), nil }},
		"other imprint":  {"bad token", answering(h.TSA(), demopki.Fault{WrongImprint: true})},
		"another root":   {"untrusted", answering(authority(demopki.TSAOptions{Defect: demopki.UntrustedRoot}), demopki.Fault{})},
		"not for time":   {"untrusted", answering(authority(demopki.TSAOptions{Defect: demopki.WrongExtendedKeyUsage}), demopki.Fault{})},
		"expired":        {"untrusted", answering(authority(demopki.TSAOptions{Defect: demopki.Expired}), demopki.Fault{})},
		"long ago":       {"wrong time", answering(authority(demopki.TSAOptions{Now: early}), demopki.Fault{})},
		"RSA, it is big": {"", answering(authority(demopki.TSAOptions{Key: demopki.RSA2048}), demopki.Fault{})},
	} {
		r := request(t, h, demopki.Profile{})
		stamper := &HTTPTimestamper{Address: "http://tsa.example/", Send: c.send}
		r.Level, r.Timestamper, r.TimestampTrust = BaselineT, stamper, trust
		p, err := NewParty(r)
		if err != nil {
			t.Fatal(err)
		}
		token, at, err := p.Timestamp(t.Context(), []byte("value"))
		var failure *TimestampError
		switch {
		case c.reason == "" && (err != nil || !at.Equal(now()) || len(token) == 0):
			t.Errorf("%s: %v %v", name, at, err)
		case c.reason == "" && stamper.TokenSize() < len(token):
			t.Errorf("%s: a token of %d octets, %d expected next time", name, len(token), stamper.TokenSize())
		case c.reason != "" && (!errors.As(err, &failure) || failure.Reason != c.reason || token != nil):
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNonceIsCompared(t *testing.T) {
	h, _ := hierarchy(t)
	var kept []byte
	replaying := func(_ context.Context, _ string, body []byte) ([]byte, error) {
		if kept == nil {
			kept = h.TSA().Answer(body, demopki.Fault{})
		}
		return kept, nil
	}
	stamper := &HTTPTimestamper{Address: "http://tsa.example/", Send: replaying}
	imprint := algo.SHA256.Sum([]byte("x"))
	if _, err := stamper.Timestamp(t.Context(), algo.SHA256, imprint); err != nil {
		t.Fatal(err)
	}
	var mismatch *tsp.MismatchError
	if _, err := stamper.Timestamp(t.Context(), algo.SHA256, imprint); !errors.As(err, &mismatch) || mismatch.What != "nonce" {
		t.Errorf("a token of an earlier request: %v", err)
	}
}

// rawSigner has the other shape of a key that can be told to stop.
type rawSigner struct {
	crypto.Signer
	asked bool
}

func (s *rawSigner) SignContext(_ context.Context, r io.Reader, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	s.asked = true
	return s.Sign(r, digest, o)
}

func TestEveryKeySignsAndIsChecked(t *testing.T) {
	h, _ := hierarchy(t)
	for _, kind := range []demopki.KeyKind{demopki.P256, demopki.P384, demopki.P521, demopki.RSA2048, demopki.Ed25519} {
		r := request(t, h, demopki.Profile{Key: kind})
		key := &rawSigner{Signer: r.Signer}
		r.Signer = key
		p, err := NewParty(r)
		if err != nil {
			t.Fatal(err)
		}
		value, err := p.Sign(t.Context(), []byte("attributes"))
		if err != nil || len(value) > p.MaxValueSize() || !key.asked {
			t.Errorf("%s: %d octets of at most %d, asked with a context: %v, %v", kind, len(value), p.MaxValueSize(), key.asked, err)
		}
		if err := p.CheckValue([]byte("other"), value); !errors.Is(err, ErrBadValue) {
			t.Errorf("%s: over another message: %v", kind, err)
		}
	}
}

func TestRequestsThatContradictThemselves(t *testing.T) {
	h, _ := hierarchy(t)
	good := request(t, h, demopki.Profile{})
	for name, change := range map[string]func(*Request){
		"no clock": func(r *Request) { r.Now = nil }, "no certificate": func(r *Request) { r.Certificate = nil },
		"unknown level": func(r *Request) { r.Level = "B-X" }, "PSS with an EC key": func(r *Request) { r.PSS = true },
		"MD5": func(r *Request) { r.Digest = algo.MD5 }, "SHA-224": func(r *Request) { r.Digest = algo.SHA224 },
	} {
		r := good
		change(&r)
		if _, err := NewParty(r); !errors.Is(err, ErrRequest) {
			t.Errorf("%s: %v", name, err)
		}
	}
	r := request(t, h, demopki.Profile{Defect: demopki.WrongKeyUsage})
	var refused *CertificateError
	if _, err := NewParty(r); !errors.As(err, &refused) || refused.Reason != "key usage" {
		t.Errorf("a certificate that may not sign: %v", err)
	}
	r = good
	r.Certificate = []byte("not a certificate")
	if _, err := NewParty(r); !errors.As(err, &refused) || refused.Reason != "unreadable" {
		t.Errorf("no certificate at all: %v", err)
	}
}
