package cades

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"mohur/certs"
	"mohur/internal/asn1"
	"mohur/internal/cms"
	"mohur/internal/demopki"
	"mohur/signing"
	"mohur/verify"
	"mohur/verify/etsi"
)

// epoch is a hierarchy whose clock a test moves.
type epoch struct {
	pki   *demopki.Hierarchy
	trust *certs.TrustStore
	at    time.Time
}

func (e *epoch) clock() time.Time { return e.at }

func newEpoch(t testing.TB) *epoch {
	t.Helper()
	e := &epoch{at: demopki.Epoch().Add(time.Hour)}
	h, err := demopki.New(demopki.Options{Now: e.clock})
	if err != nil {
		t.Fatal(err)
	}
	root, err := certs.Parse(h.Root().Raw)
	if err != nil {
		t.Fatal(err)
	}
	e.pki, e.trust = h, certs.NewTrustStore(root)
	return e
}

func (e *epoch) collector() *signing.Collector {
	return &signing.Collector{Trust: e.trust, Revocation: e.pki.Responders(nil), Now: e.clock}
}

func (e *epoch) options(t testing.TB, l signing.Level, kind demopki.KeyKind) Options {
	t.Helper()
	s, err := e.pki.Person(demopki.Person{Profile: demopki.Profile{Key: kind}})
	if err != nil {
		t.Fatal(err)
	}
	return Options{Request: signing.Request{
		Signer: s.Key, Certificate: s.Certificate, Chain: s.Chain, Now: e.clock, Level: l, Timestamper: e.pki, TimestampTrust: e.trust, Evidence: e.collector(),
	}}
}

func (e *epoch) extension(l signing.Level) Extension {
	return Extension{Level: l, Timestamper: e.pki, TimestampTrust: e.trust, Evidence: e.collector(), Now: e.clock}
}

var letter = []byte("Layihəyə baxıldı, irad yoxdur.\n")

func signed(t testing.TB, content []byte, o Options) []byte {
	t.Helper()
	var out bytes.Buffer
	r, err := Sign(t.Context(), bytes.NewReader(content), int64(len(content)), &out, o)
	if err != nil {
		t.Fatal(err)
	}
	if r.Size != int64(out.Len()) {
		t.Fatalf("%d octets, the result says %d", out.Len(), r.Size)
	}
	return out.Bytes()
}

// passes asks our verifier, which is given anchors and content and nothing else.
func (e *epoch) passes(t testing.TB, message []byte, detached bool, at time.Time, level string) {
	t.Helper()
	in := verify.Input{Content: bytes.NewReader(message), Size: int64(len(message)), Trust: e.trust, Time: at}
	if detached {
		in.Detached = []verify.Data{{Name: "letter", Content: bytes.NewReader(letter), Size: int64(len(letter))}}
	}
	r, err := verify.Document(t.Context(), in, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range r.Signatures {
		if s.Indication != etsi.TotalPassed || s.Level != "CAdES-BASELINE-"+level {
			t.Errorf("%s: %s %s, want %s: %+v", s.Level, s.Indication, s.SubIndication, level, s.Reasons)
		}
		for _, stamp := range s.Timestamps {
			if !stamp.Intact {
				t.Errorf("%s %s is not intact", stamp.Type, stamp.Time)
			}
		}
	}
	if len(r.Signatures) == 0 {
		t.Error("no signature")
	}
}

// opens asks OpenSSL, which knows certificates and content but no long-term data.
func (e *epoch) opens(t testing.TB, message []byte, detached bool) {
	t.Helper()
	dir := t.TempDir()
	file := func(name string, b []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	root := file("root.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: e.pki.Root().Raw}))
	out := filepath.Join(dir, "out")
	args := []string{"cms", "-verify", "-binary", "-inform", "DER", "-in", file("message.p7m", message), "-CAfile", root, "-purpose", "any", "-no_check_time", "-out", out}
	if detached {
		args = append(args, "-content", file("letter", letter))
	}
	if text, err := exec.Command("openssl", args...).CombinedOutput(); err != nil {
		t.Errorf("openssl: %v %s", err, text)
	}
	if got, err := os.ReadFile(out); err != nil || !bytes.Equal(got, letter) {
		t.Errorf("openssl read %q", got)
	}
}

func TestLevels(t *testing.T) {
	e := newEpoch(t)
	for _, l := range []signing.Level{signing.BaselineB, signing.BaselineT, signing.BaselineLT, signing.BaselineLTA} {
		for _, detached := range []bool{false, true} {
			o := e.options(t, l, demopki.P256)
			o.Detached = detached
			m := signed(t, letter, o)
			e.opens(t, m, detached)
			if l.Reaches(signing.BaselineLT) {
				e.passes(t, m, detached, e.at.Add(time.Minute), string(l[2:]))
			}
		}
	}
	for _, kind := range []demopki.KeyKind{demopki.P384, demopki.RSA2048, demopki.Ed25519} {
		m := signed(t, letter, e.options(t, signing.BaselineLTA, kind))
		e.passes(t, m, false, e.at.Add(time.Minute), "LTA")
	}
}

// TestStepByStep goes from B-B to B-LTA and renews.
func TestStepByStep(t *testing.T) {
	e := newEpoch(t)
	for _, detached := range []bool{false, true} {
		o := e.options(t, signing.BaselineB, demopki.P256)
		o.Detached = detached
		m := signed(t, letter, o)
		for _, l := range []signing.Level{signing.BaselineT, signing.BaselineLT, signing.BaselineLTA, signing.BaselineLTA} {
			e.at = e.at.Add(time.Hour)
			m = extended(t, m, detached, e.extension(l))
			e.opens(t, m, detached)
			if l != signing.BaselineT {
				e.passes(t, m, detached, e.at.Add(time.Minute), string(l[2:]))
			}
		}
		if _, err := Extend(t.Context(), m, bytes.NewReader(letter), int64(len(letter)), new(bytes.Buffer), e.extension(signing.BaselineT)); !errors.Is(err, ErrNothingToAdd) {
			t.Error(err)
		}
	}
}

// TestArchiveOutlivesCertificates: renewed in time, a message passes when its signer and its first authority have expired.
func TestArchiveOutlivesCertificates(t *testing.T) {
	e := newEpoch(t)
	born := e.at
	m := signed(t, letter, e.options(t, signing.BaselineLTA, demopki.P256))
	e.at = born.AddDate(4, 6, 0)
	from, to := e.at.AddDate(0, -1, 0), e.at.AddDate(6, 0, 0)
	tsa, err := e.pki.NewTSA(demopki.TSAOptions{NotBefore: from, NotAfter: to})
	if err = errors.Join(err, e.pki.RenewResponders(from, to)); err != nil {
		t.Fatal(err)
	}
	x := e.extension(signing.BaselineLTA)
	x.Timestamper = tsa
	m = extended(t, m, false, x)
	e.passes(t, m, false, e.at.Add(time.Minute), "LTA")
	e.at = born.AddDate(7, 0, 0)
	r, err := verify.Document(t.Context(), verify.Input{
		Content: bytes.NewReader(m), Size: int64(len(m)), Trust: e.trust, Revocation: e.pki.Responders(nil), Time: e.at,
	}, nil)
	if err != nil || r.Indication != etsi.TotalPassed {
		t.Errorf("%+v %v", r, err)
	}
}

func extended(t testing.TB, m []byte, detached bool, o Extension) []byte {
	t.Helper()
	var out bytes.Buffer
	var err error
	if detached {
		_, err = Extend(t.Context(), m, bytes.NewReader(letter), int64(len(letter)), &out, o)
	} else {
		_, err = Extend(t.Context(), m, nil, 0, &out, o)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestRefusals: nothing is written by a refused call.
func TestRefusals(t *testing.T) {
	e := newEpoch(t)
	o := e.options(t, signing.BaselineT, demopki.P256)
	o.Detached = true
	m := signed(t, letter, o)
	old, err := cms.AddUnsignedAttributes(m, 0, cms.EncodeAttribute(cms.OIDArchiveTimestampV2, asn1.Null()))
	if err != nil {
		t.Fatal(err)
	}
	if err := e.pki.Revoke(o.Certificate, e.at.Add(-time.Hour), demopki.KeyCompromise); err != nil {
		t.Fatal(err)
	}
	altered := bytes.Replace(signed(t, letter, e.options(t, signing.BaselineLTA, demopki.P256)), []byte("irad yoxdur"), []byte("irad vardir"), 1)
	evidence := new(*signing.EvidenceError)
	for name, c := range map[string]struct {
		m       []byte
		content bool
		x       Extension
		want    func(error) bool
	}{
		"without its content":       {m, false, e.extension(signing.BaselineLTA), func(err error) bool { return errors.Is(err, ErrNoContent) }},
		"revoked":                   {m, true, e.extension(signing.BaselineLT), func(err error) bool { return errors.As(err, evidence) && (*evidence).Reason == "path" }},
		"older archive timestamp":   {old, true, e.extension(signing.BaselineLTA), func(err error) bool { return errors.Is(err, ErrOldArchive) }},
		"without anchors":           {m, true, Extension{Level: signing.BaselineLT, Now: e.clock}, func(err error) bool { return errors.Is(err, signing.ErrRequest) }},
		"content altered under it":  {altered, false, e.extension(signing.BaselineLTA), func(err error) bool { return errors.As(err, evidence) && (*evidence).Reason == "unreadable" }},
		"no message":                {[]byte("x"), true, e.extension(signing.BaselineLT), func(err error) bool { return err != nil }},
		"level B-B":                 {m, true, e.extension(signing.BaselineB), func(err error) bool { return errors.Is(err, signing.ErrRequest) }},
		"without timestamp service": {m, true, Extension{Level: signing.BaselineT, Now: e.clock}, func(err error) bool { return errors.Is(err, signing.ErrRequest) }},
	} {
		var out bytes.Buffer
		var err error
		if c.content {
			_, err = Extend(t.Context(), c.m, bytes.NewReader(letter), int64(len(letter)), &out, c.x)
		} else {
			_, err = Extend(t.Context(), c.m, nil, 0, &out, c.x)
		}
		if !c.want(err) || out.Len() > 0 {
			t.Errorf("%s: %v, %d octets", name, err, out.Len())
		}
	}
	o = e.options(t, signing.BaselineB, demopki.P256)
	o.InputSHA256 = make([]byte, 32)
	if _, err := Sign(t.Context(), bytes.NewReader(letter), int64(len(letter)), new(bytes.Buffer), o); !errors.Is(err, signing.ErrInputDiffers) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Sign(ctx, bytes.NewReader(letter), int64(len(letter)), new(bytes.Buffer), e.options(t, signing.BaselineB, demopki.P256)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestContentIsStreamed: a hundred megabytes pass through without being kept.
func TestContentIsStreamed(t *testing.T) {
	e := newEpoch(t)
	o := e.options(t, signing.BaselineLTA, demopki.P256)
	const size = 100 << 20
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r, err := Sign(t.Context(), zeros{}, size, nothing{}, o)
	if err != nil || r.Size < size {
		t.Fatal(r, err)
	}
	runtime.ReadMemStats(&after)
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 8<<20 {
		t.Errorf("%d bytes allocated", allocated)
	}
}

type zeros struct{}

func (zeros) ReadAt(p []byte, _ int64) (int, error) { clear(p); return len(p), nil }

type nothing struct{}

func (nothing) Write(p []byte) (int, error) { return len(p), nil }
