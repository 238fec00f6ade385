package cades

import (
	"bytes"
	"context"
	"crypto"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"mohur/internal/algo"
	"mohur/internal/demopki"
	"mohur/signing"
)

// TestTwoSteps: what is stored between the steps is JSON, the value comes a minute later, and every level can be made.
func TestTwoSteps(t *testing.T) {
	e := newEpoch(t)
	for _, l := range []signing.Level{signing.BaselineB, signing.BaselineT, signing.BaselineLTA} {
		for _, detached := range []bool{false, true} {
			o := e.options(t, l, demopki.P256)
			o.Detached = detached
			key := o.Signer
			o.Signer = nil
			p, err := Prepare(t.Context(), bytes.NewReader(letter), int64(len(letter)), o)
			if err != nil {
				t.Fatal(err)
			}
			claimed := e.at
			value := elsewhere(t, e, o, key, &p)
			e.at = e.at.Add(time.Minute)
			var out bytes.Buffer
			r, err := Finish(t.Context(), bytes.NewReader(letter), &out, o, p, value)
			if err != nil {
				t.Fatal(err)
			}
			if !r.ClaimedTime.Equal(claimed.Truncate(time.Second)) || r.Size != int64(out.Len()) {
				t.Errorf("%+v", r)
			}
			e.opens(t, out.Bytes(), detached)
			if l == signing.BaselineLTA {
				e.passes(t, out.Bytes(), detached, e.at.Add(time.Minute), "LTA")
			}
		}
	}
}

// elsewhere is the program that holds the key: it gets what is to be signed as JSON and returns a value.
func elsewhere(t *testing.T, e *epoch, o Options, key crypto.Signer, p **Prepared) []byte {
	t.Helper()
	stored, err := json.Marshal(*p)
	if err != nil {
		t.Fatal(err)
	}
	*p = &Prepared{}
	if err := json.Unmarshal(stored, *p); err != nil {
		t.Fatal(err)
	}
	party, err := signing.NewParty(signing.Request{Signer: key, Certificate: o.Certificate, Now: e.clock, PSS: o.PSS})
	if err != nil {
		t.Fatal(err)
	}
	value, err := party.Sign(t.Context(), (*p).ToBeSigned)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal((*p).Hash, party.Digest.Sum((*p).ToBeSigned)) {
		t.Error("the hash is not that of what is to be signed")
	}
	return value
}

// TestSecondStepRefuses: other content, another value, other options or a certificate that has ended meanwhile; nothing is written, and no
// timestamp is asked for.
func TestSecondStepRefuses(t *testing.T) {
	e := newEpoch(t)
	o := e.options(t, signing.BaselineT, demopki.RSA2048)
	asked := &countedStamper{Timestamper: o.Timestamper}
	o.Timestamper = asked
	p, err := Prepare(t.Context(), bytes.NewReader(letter), int64(len(letter)), o)
	if err != nil {
		t.Fatal(err)
	}
	value := elsewhere(t, e, o, o.Signer, &p)
	bad := bytes.Clone(value)
	bad[len(bad)-1] ^= 1
	pss, late := o, o
	pss.Digest = 0
	pss.PSS = true
	late.Now = func() time.Time { return e.at.AddDate(50, 0, 0) }
	expired := new(*signing.CertificateError)
	is := func(want error) func(error) bool { return func(err error) bool { return errors.Is(err, want) } }
	for name, c := range map[string]struct {
		content []byte
		o       Options
		value   []byte
		want    func(error) bool
	}{
		"other content":    {bytes.ToUpper(letter), o, value, is(signing.ErrInputDiffers)},
		"another value":    {letter, o, bad, is(signing.ErrBadValue)},
		"another scheme":   {letter, pss, value, is(signing.ErrBadValue)},
		"another signer":   {letter, e.options(t, signing.BaselineT, demopki.P256), value, is(ErrOptions)},
		"expired meantime": {letter, late, value, func(err error) bool { return errors.As(err, expired) && (*expired).Reason == "expired" }},
	} {
		var out bytes.Buffer
		if _, err := Finish(t.Context(), bytes.NewReader(c.content), &out, c.o, p, c.value); !c.want(err) || out.Len() > 0 {
			t.Errorf("%s: %v, %d bytes", name, err, out.Len())
		}
	}
	if asked.n != 0 {
		t.Errorf("%d timestamps were asked for", asked.n)
	}
}

// countedStamper counts how often an authority was asked.
type countedStamper struct {
	signing.Timestamper
	n int
}

func (c *countedStamper) Timestamp(ctx context.Context, d algo.Digest, imprint []byte) ([]byte, error) {
	c.n++
	return c.Timestamper.Timestamp(ctx, d, imprint)
}
