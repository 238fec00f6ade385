package pades

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"mohur/certs"
	"mohur/internal/demopki"
	"mohur/internal/pdf"
	"mohur/signing"
	"mohur/verify"
	"mohur/verify/etsi"
)

// epoch is a world whose clock a test moves.
type epoch struct {
	*world
	at time.Time
}

func newEpoch(t testing.TB) *epoch {
	t.Helper()
	e := &epoch{at: now()}
	h, err := demopki.New(demopki.Options{Now: e.clock})
	if err != nil {
		t.Fatal(err)
	}
	root, err := certs.Parse(h.Root().Raw)
	if err != nil {
		t.Fatal(err)
	}
	e.world = &world{pki: h, trust: certs.NewTrustStore(root)}
	return e
}

func (e *epoch) clock() time.Time { return e.at }

func (e *epoch) collector() *signing.Collector {
	return &signing.Collector{Trust: e.trust, Revocation: e.pki.Responders(nil), Now: e.clock}
}

// level gives options for a level, by a person.
func (e *epoch) level(t testing.TB, l signing.Level) Options {
	o := e.options(t, demopki.P256)
	o.Level, o.Timestamper, o.TimestampTrust, o.Evidence, o.Now = l, e.pki, e.trust, e.collector(), e.clock
	return o
}

func (e *epoch) extension(l signing.Level) Extension {
	return Extension{Level: l, Timestamper: e.pki, TimestampTrust: e.trust, Evidence: e.collector(), Now: e.clock}
}

// extend extends in memory and checks that the input is the output's prefix.
func extend(t testing.TB, in []byte, o Extension) ([]byte, *Extended) {
	t.Helper()
	var out bytes.Buffer
	r, err := Extend(t.Context(), bytes.NewReader(in), int64(len(in)), &out, o)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(out.Bytes(), in) || int64(out.Len()) != r.Size {
		t.Fatal("the document is not the beginning of the extended one")
	}
	return out.Bytes(), r
}

// verdict asks our verifier, which is given the anchors and nothing else.
func (e *epoch) verdict(t testing.TB, b []byte, at time.Time) *verify.Report {
	t.Helper()
	r, err := verify.Document(t.Context(), verify.Input{Content: bytes.NewReader(b), Size: int64(len(b)), Trust: e.trust, Time: at}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (e *epoch) passes(t testing.TB, b []byte, at time.Time, level string) {
	t.Helper()
	r := e.verdict(t, b, at)
	for _, s := range r.Signatures {
		if s.Indication != etsi.TotalPassed || level != "" && s.Level != "PAdES-BASELINE-"+level {
			t.Errorf("%s: %s %s %s, modified %s, %+v", s.Name, s.Level, s.Indication, s.SubIndication, s.Modified, s.Reasons)
		}
	}
	if len(r.Signatures) == 0 {
		t.Error("no signature")
	}
}

func store(t testing.TB, b []byte) *pdf.DSS {
	t.Helper()
	d, err := pdf.Open(bytes.NewReader(b), int64(len(b)), pdf.Options{})
	if err != nil {
		t.Fatal(err)
	}
	dss, err := d.DSS()
	if err != nil || dss == nil || len(dss.Problems) > 0 {
		t.Fatalf("%+v %v", dss, err)
	}
	return dss
}

// TestLongTermLevels signs at once at each level, and the verifier needs nothing but the anchors.
func TestLongTermLevels(t *testing.T) {
	e := newEpoch(t)
	for _, l := range []signing.Level{signing.BaselineLT, signing.BaselineLTA} {
		b, r := sealed(t, letter(t), e.level(t, l))
		e.passes(t, b, e.at.Add(time.Minute), string(l[2:]))
		dss := store(t, b)
		if len(dss.Certs) < 4 || len(dss.OCSPs) < 3 || len(dss.VRI) != 0 {
			t.Errorf("%s: %d certificates, %d answers, %d VRI", l, len(dss.Certs), len(dss.OCSPs), len(dss.VRI))
		}
		if r.ArchiveTimestamp.IsZero() == (l == signing.BaselineLTA) || r.Timestamp.IsZero() {
			t.Errorf("%s: %+v", l, r)
		}
		if out, err := run(t, "qpdf", "--check", writeTemp(t, b)); err != nil {
			t.Errorf("%s: qpdf: %v %s", l, err, out)
		}
		if out, _ := run(t, "pdfsig", "-nocert", writeTemp(t, b)); strings.Count(out, "Signature is Valid.") != 1 { // it judges no document timestamp
			t.Errorf("%s: pdfsig: %s", l, out)
		}
	}
}

// TestArchiveOutlivesCertificates: a B-LTA document that is renewed in time passes when everything in it but the last timestamp's authority has
// expired; one that is renewed too late is refused.
func TestArchiveOutlivesCertificates(t *testing.T) {
	e := newEpoch(t)
	born := e.at
	first, _ := sealed(t, letter(t), e.level(t, signing.BaselineLTA))
	renew := func() Extension {
		from, to := e.at.AddDate(0, -1, 0), e.at.AddDate(6, 0, 0)
		later := func() time.Time { return e.at.Add(2 * time.Second) } // the evidence is fetched before the timestamp
		tsa, err := e.pki.NewTSA(demopki.TSAOptions{NotBefore: from, NotAfter: to, Now: later})
		if err = errors.Join(err, e.pki.RenewResponders(from, to)); err != nil {
			t.Fatal(err)
		}
		x := e.extension(signing.BaselineLTA)
		x.Timestamper = tsa
		return x
	}
	b := first
	for _, years := range []int{4, 9} {
		e.at = born.AddDate(years, 6, 0)
		r := (*Extended)(nil)
		b, r = extend(t, b, renew())
		if r.Values == 0 || len(r.Timestamps) != 1 || len(r.Incomplete) > 0 {
			t.Errorf("%+v", r)
		}
		e.passes(t, b, e.at.Add(time.Minute), "LTA")
	}
	// Years later the verifier asks about the last authority itself: nothing in the document speaks of it yet.
	e.at = born.AddDate(14, 0, 0)
	for _, name := range []string{"basic", "azerbaijan-enhanced", "azerbaijan-qualified", "archive"} {
		p, err := verify.NamedPolicy(name)
		if err != nil {
			t.Fatal(err)
		}
		r, err := verify.Document(t.Context(), verify.Input{
			Content: bytes.NewReader(b), Size: int64(len(b)), Trust: e.trust, Revocation: e.pki.Responders(nil), Time: e.at,
		}, p)
		if err != nil || r.Indication != etsi.TotalPassed {
			t.Errorf("%s: %s %s %v", name, r.Indication, r.SubIndication, err)
		}
	}
	refuseExtension(t, first, renew(), "path")
	if late := e.verdict(t, first, e.at); late.Indication != etsi.Indeterminate {
		t.Errorf("not renewed: %s", late.Indication)
	}
}

// refuseExtension expects an EvidenceError of a reason and not one byte.
func refuseExtension(t testing.TB, in []byte, o Extension, reason string) {
	t.Helper()
	var out bytes.Buffer
	_, err := Extend(t.Context(), bytes.NewReader(in), int64(len(in)), &out, o)
	e := (*signing.EvidenceError)(nil)
	if !errors.As(err, &e) || e.Reason != reason {
		t.Errorf("%v, want an EvidenceError for %q", err, reason)
	}
	if out.Len() > 0 {
		t.Errorf("%d bytes were written before the refusal", out.Len())
	}
}

// TestStepByStep goes from B-B to B-LTA and renews.
func TestStepByStep(t *testing.T) {
	e := newEpoch(t)
	o := e.level(t, signing.BaselineB)
	b, _ := sealed(t, letter(t), o)
	sizes := []int{}
	for _, l := range []signing.Level{signing.BaselineT, signing.BaselineLT, signing.BaselineLTA, signing.BaselineLTA} {
		e.at = e.at.Add(time.Hour)
		b, _ = extend(t, b, e.extension(l))
		sizes = append(sizes, len(b))
		if l == signing.BaselineT {
			continue // the verifier has no revocation data yet
		}
		e.passes(t, b, e.at.Add(time.Minute), string(l[2:]))
	}
	if !slices.IsSorted(sizes) {
		t.Error(sizes)
	}
	var out bytes.Buffer
	if _, err := Extend(t.Context(), bytes.NewReader(b), int64(len(b)), &out, e.extension(signing.BaselineT)); !errors.Is(err, ErrNothingToAdd) || out.Len() > 0 {
		t.Errorf("B-T again: %v", err)
	}
	plain := letter(t)
	if _, err := Extend(t.Context(), bytes.NewReader(plain), int64(len(plain)), &out, e.extension(signing.BaselineLTA)); !errors.Is(err, ErrUnsigned) || out.Len() > 0 {
		t.Errorf("unsigned: %v", err)
	}
}

// TestEvidenceIsAllowedByEverySignature: certification without permissions, closed fields.
func TestEvidenceIsAllowedByEverySignature(t *testing.T) {
	e := newEpoch(t)
	o := e.level(t, signing.BaselineLTA)
	o.Certification = 1
	b, _ := sealed(t, letter(t), o)
	e.passes(t, b, e.at.Add(time.Minute), "LTA")
	o = e.level(t, signing.BaselineT)
	o.Field = "a"
	b, _ = sealed(t, withField(t, letter(t), "a", lock("All", 1)), o)
	b, _ = extend(t, b, e.extension(signing.BaselineLTA))
	e.passes(t, b, e.at.Add(time.Minute), "LTA")
}

// TestEvidenceMustBeGood: what would not validate is not written.
func TestEvidenceMustBeGood(t *testing.T) {
	e := newEpoch(t)
	o := e.level(t, signing.BaselineLT)
	if err := e.pki.Revoke(o.Certificate, e.at.Add(-time.Minute), demopki.KeyCompromise); err != nil {
		t.Fatal(err)
	}
	reasonOf := func(err error) string {
		if x := (*signing.EvidenceError)(nil); errors.As(err, &x) {
			return x.Reason
		}
		return err.Error()
	}
	if r := reasonOf(refuse(t, letter(t), o)); r != "path" {
		t.Errorf("revoked: %s", r)
	}
	o = e.level(t, signing.BaselineLT)
	early := func() time.Time { return e.at.Add(-time.Hour) }
	o.Evidence.Revocation = e.pki.Lists(early)
	if r := reasonOf(refuse(t, letter(t), o)); r != "too old" {
		t.Errorf("a list of an hour ago: %s", r)
	}
	o.Evidence.MaxAge = time.Hour
	b, _ := sealed(t, letter(t), o)
	e.passes(t, b, e.at.Add(time.Minute), "LT")
	if dss := store(t, b); len(dss.CRLs) != 2 || len(dss.OCSPs) != 0 {
		t.Errorf("%d lists, %d answers", len(dss.CRLs), len(dss.OCSPs))
	}
	o.Evidence = &signing.Collector{Trust: e.trust, Now: e.clock}
	if err := refuse(t, letter(t), o); !errors.Is(err, signing.ErrRequest) {
		t.Error(err)
	}
	other, err := e.pki.NewTSA(demopki.TSAOptions{Defect: demopki.UntrustedRoot})
	if err != nil {
		t.Fatal(err)
	}
	o = e.level(t, signing.BaselineLT)
	o.Timestamper, o.TimestampTrust = other, nil
	if r := reasonOf(refuse(t, letter(t), o)); r != "path" {
		t.Errorf("an untrusted authority: %s", r)
	}
}

// TestOtherSignaturesDoNotHinder: another signer whom no one knows is listed, and ours gets its level.
func TestOtherSignaturesDoNotHinder(t *testing.T) {
	e := newEpoch(t)
	s := e.seal(t, demopki.P256, demopki.UntrustedRoot)
	first, _ := sealed(t, letter(t), Options{Request: signing.Request{Signer: s.Key, Certificate: s.Certificate, Chain: s.Chain, Now: e.clock}})
	o := e.level(t, signing.BaselineLTA)
	o.Field = "ours"
	b, r := sealed(t, first, o)
	if len(r.Incomplete) != 1 || r.Incomplete[0].Subject != "signature Signature1" {
		t.Errorf("%+v", r.Incomplete)
	}
	report := e.verdict(t, b, e.at.Add(time.Minute))
	for _, s := range report.Signatures {
		if (s.Name == "ours") != (s.Indication == etsi.TotalPassed) {
			t.Errorf("%s: %s %s", s.Name, s.Indication, s.SubIndication)
		}
	}
	x := e.extension(signing.BaselineLTA)
	refuseExtension(t, b, x, "path")
	x.AllowIncomplete = true
	if _, r := extend(t, b, x); len(r.Incomplete) != 1 {
		t.Errorf("%+v", r.Incomplete)
	}
}

// TestLongTermOfEveryKind: cross-reference kinds and encryption.
func TestLongTermOfEveryKind(t *testing.T) {
	e := newEpoch(t)
	plain := letter(t)
	for name, in := range map[string][]byte{
		"hybrid": hybrid(), "object-streams": variant(t, plain, "--object-streams=generate"), "linearised": variant(t, plain, "--linearize"),
		"aes-256": variant(t, plain, "--encrypt", "", "s", "256", "--"),
	} {
		b, _ := sealed(t, in, e.level(t, signing.BaselineLTA))
		e.passes(t, b, e.at.Add(time.Minute), "LTA")
		if out, err := run(t, "qpdf", "--check", writeTemp(t, b)); err != nil {
			t.Errorf("%s: qpdf: %v %s", name, err, out)
		}
	}
}

func writeTemp(t testing.TB, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "document.pdf")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestTimestampOverSomethingElseProvesNothing: a document that was altered under its document timestamp is not renewed.
func TestTimestampOverSomethingElseProvesNothing(t *testing.T) {
	e := newEpoch(t)
	b, _ := sealed(t, letter(t), e.level(t, signing.BaselineLTA))
	altered := bytes.Replace(b, []byte("/Creator (Mohur)"), []byte("/Creator (Mohuu)"), 1)
	if bytes.Equal(altered, b) {
		t.Fatal("nothing was altered")
	}
	refuseExtension(t, altered, e.extension(signing.BaselineLTA), "unreadable")
}

// TestLongTermInBoundedMemory: the document is read, never kept, however many increments follow.
func TestLongTermInBoundedMemory(t *testing.T) {
	e := newEpoch(t)
	in := newLarge(20 << 20)
	out, err := os.Create(filepath.Join(t.TempDir(), "large.pdf"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r, err := Sign(t.Context(), in, in.size, out, e.level(t, signing.BaselineLTA))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Extend(t.Context(), out, r.Size, io.Discard, e.extension(signing.BaselineLTA)); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 16<<20 {
		t.Errorf("%d bytes were allocated altogether", n)
	}
}

// FuzzExtend extends whatever comes: an error and not one byte, or the document with something after it.
func FuzzExtend(f *testing.F) {
	e := newEpoch(f)
	plain := letter(f)
	for _, l := range []signing.Level{signing.BaselineB, signing.BaselineT, signing.BaselineLTA} {
		b, _ := sealed(f, plain, e.level(f, l))
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		x := e.extension(signing.BaselineLTA)
		x.AllowIncomplete = true
		x.Open.Limits = pdf.Limits{Inflated: 1 << 20, Stream: 1 << 20}
		var out bytes.Buffer
		r, err := Extend(t.Context(), bytes.NewReader(b), int64(len(b)), &out, x)
		if err != nil && out.Len() > 0 || err == nil && (!bytes.HasPrefix(out.Bytes(), b) || r.Size != int64(out.Len())) {
			t.Fatalf("%d bytes of %d: %v", out.Len(), len(b), err)
		}
	})
}
