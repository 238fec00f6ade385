package cades

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"mohur/internal/asn1"
	"mohur/internal/cms"
	"mohur/internal/demopki"
	"mohur/signing"
	"mohur/verify"
	"mohur/verify/etsi"
)

func (e *epoch) counter(t testing.TB, l signing.Level, kind demopki.KeyKind) CounterOptions {
	return CounterOptions{Request: e.options(t, l, kind).Request}
}

func countersigned(t testing.TB, m []byte, o CounterOptions) []byte {
	t.Helper()
	var out bytes.Buffer
	r, err := CounterSign(t.Context(), m, &out, o)
	if err != nil {
		t.Fatal(err)
	}
	if r.Size != int64(out.Len()) || o.Level.Reaches(signing.BaselineT) == r.Timestamp.IsZero() {
		t.Errorf("%+v", r)
	}
	return out.Bytes()
}

// judged is our verdict on a message with its content beside it, with revocation data at hand.
func (e *epoch) judged(t testing.TB, m []byte) *verify.Report {
	t.Helper()
	r, err := verify.Document(t.Context(), verify.Input{
		Content: bytes.NewReader(m), Size: int64(len(m)), Trust: e.trust, Time: e.at, Revocation: e.pki.Responders(nil),
		Detached: []verify.Data{{Name: "letter", Content: bytes.NewReader(letter), Size: int64(len(letter))}},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestCounterSign: each kind of key countersigns attached and detached messages; the first signature stays what it was, and the second signs its
// value.
func TestCounterSign(t *testing.T) {
	e := newEpoch(t)
	for _, detached := range []bool{false, true} {
		for _, kind := range []demopki.KeyKind{demopki.P256, demopki.P521, demopki.RSA3072, demopki.Ed25519} {
			for _, l := range []signing.Level{signing.BaselineB, signing.BaselineT} {
				o := e.options(t, signing.BaselineT, demopki.P384)
				o.Detached = detached
				m := countersigned(t, signed(t, letter, o), e.counter(t, l, kind))
				r := e.judged(t, m)
				if len(r.Signatures) != 2 {
					t.Fatalf("%d signatures", len(r.Signatures))
				}
				own, counter := r.Signatures[0], r.Signatures[1]
				if own.Indication != etsi.TotalPassed || own.Level != "CAdES-BASELINE-T" {
					t.Errorf("%s %s", own.Indication, own.Level)
				}
				if counter.Indication != etsi.TotalPassed || counter.Parent != own.ID || counter.Level != "CAdES-BASELINE-"+string(l[2:]) {
					t.Errorf("%s %s: %s %s %+v", kind, l, counter.Indication, counter.Level, counter.Reasons)
				}
				e.opens(t, m, detached)
			}
		}
	}
}

// TestCountersignedAndExtended: the countersigner's validation data are added too, and an archive timestamp proves when he signed, so that the
// message can be renewed when his certificate has ended.
func TestCountersignedAndExtended(t *testing.T) {
	e := newEpoch(t)
	born := e.at
	m := countersigned(t, signed(t, letter, e.options(t, signing.BaselineT, demopki.P256)), e.counter(t, signing.BaselineB, demopki.RSA2048))
	m = extended(t, m, false, e.extension(signing.BaselineLTA))
	e.passesAlone(t, m, e.at.Add(time.Minute))

	e.at = born.AddDate(4, 6, 0) // the certificates of both have ended
	from, to := e.at.AddDate(0, -1, 0), e.at.AddDate(6, 0, 0)
	tsa, err := e.pki.NewTSA(demopki.TSAOptions{NotBefore: from, NotAfter: to})
	if err = errors.Join(err, e.pki.RenewResponders(from, to)); err != nil {
		t.Fatal(err)
	}
	x := e.extension(signing.BaselineLTA)
	x.Timestamper = tsa
	m = extended(t, m, false, x)

	// A countersignature over an archived message breaks none of its timestamps.
	o := e.counter(t, signing.BaselineT, demopki.P256)
	late, err := e.pki.Person(demopki.Person{Profile: demopki.Profile{NotBefore: from, NotAfter: to}})
	if err != nil {
		t.Fatal(err)
	}
	o.Timestamper, o.Signer, o.Certificate, o.Chain = tsa, late.Key, late.Certificate, late.Chain
	m = countersigned(t, m, o)
	for _, s := range e.judged(t, m).Signatures {
		for _, stamp := range s.Timestamps {
			if !stamp.Intact {
				t.Errorf("%s of %s is not intact", stamp.Type, s.Name)
			}
		}
		if s.Parent == "" && s.Indication != etsi.TotalPassed {
			t.Errorf("%s: %s %s", s.Name, s.Indication, s.SubIndication)
		}
	}
}

// passesAlone verifies with the anchors and nothing else.
func (e *epoch) passesAlone(t *testing.T, m []byte, at time.Time) {
	t.Helper()
	r, err := verify.Document(t.Context(), verify.Input{Content: bytes.NewReader(m), Size: int64(len(m)), Trust: e.trust, Time: at}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range r.Signatures {
		if s.Indication != etsi.TotalPassed {
			t.Errorf("%s: %s %s %+v", s.Name, s.Indication, s.SubIndication, s.Reasons)
		}
	}
	if len(r.Signatures) != 2 {
		t.Errorf("%d signatures", len(r.Signatures))
	}
}

func TestCounterSignRefuses(t *testing.T) {
	e := newEpoch(t)
	m := signed(t, letter, e.options(t, signing.BaselineB, demopki.P256))
	old, err := cms.AddUnsignedAttributes(m, 0, cms.EncodeAttribute(cms.OIDArchiveTimestampV2, asn1.Null()))
	if err != nil {
		t.Fatal(err)
	}
	is := func(want error) func(error) bool { return func(err error) bool { return errors.Is(err, want) } }
	dead := e.counter(t, signing.BaselineT, demopki.P256)
	dead.Timestamper = &signing.HTTPTimestamper{}
	second, negative, other, archived := e.counter(t, "", demopki.P256), e.counter(t, "", demopki.P256), e.counter(t, "", demopki.P256), e.counter(t, "", demopki.P256)
	second.Of, negative.Of, other.InputSHA256 = 1, -1, make([]byte, 32)
	for name, c := range map[string]struct {
		m    []byte
		o    CounterOptions
		want func(error) bool
	}{
		"no such signature": {m, second, is(ErrNoSuchSignature)}, "a negative one": {m, negative, is(ErrNoSuchSignature)},
		"another message": {m, other, is(signing.ErrInputDiffers)}, "an old archive timestamp": {old, archived, is(ErrOldArchive)},
		"a level for messages": {m, e.counter(t, signing.BaselineLT, demopki.P256), is(signing.ErrRequest)},
		"no message":           {letter, archived, func(err error) bool { return err != nil }},
		"no timestamp":         {m, dead, func(err error) bool { return err != nil }},
	} {
		var out bytes.Buffer
		if _, err := CounterSign(t.Context(), c.m, &out, c.o); !c.want(err) || out.Len() > 0 {
			t.Errorf("%s: %v, %d bytes", name, err, out.Len())
		}
	}
}
