package pades

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"mohur/internal/algo"
	"mohur/internal/demopki"
	"mohur/internal/pdf"
	"mohur/signing"
)

// TestDemandedDigestIsUsed: where the caller chose none, the field does.
func TestDemandedDigestIsUsed(t *testing.T) {
	w := newWorld(t)
	for kind, want := range map[demopki.KeyKind]algo.Digest{demopki.P256: algo.SHA384, demopki.RSA2048: algo.SHA384, demopki.Ed25519: algo.SHA512} {
		o := w.options(t, kind)
		o.Field = "x"
		in := withField(t, letter(t), "x", pdf.Dict{"SV": pdf.Dict{
			"Ff": pdf.Integer(64), "DigestMethod": pdf.Array{pdf.EncodeText("SHA1"), pdf.EncodeText("SHA384"), pdf.EncodeText("SHA512")},
		}})
		out, r := sealed(t, in, o)
		if r.DigestAlgorithm != want {
			t.Errorf("%s: %s", kind, r.DigestAlgorithm)
		}
		intact(t, out, "")
		p, err := Prepare(t.Context(), bytes.NewReader(in), int64(len(in)), o)
		if err != nil || p.Digest != want.String() {
			t.Errorf("%s in two steps: %+v %v", kind, p, err)
		}
	}
}

// TestDemandedLockIsMade: after a signature in a field that demands it no other is possible, by its own word.
func TestDemandedLockIsMade(t *testing.T) {
	w := newWorld(t)
	o := w.options(t, demopki.P256)
	o.Field = "x"
	out, _ := sealed(t, withField(t, letter(t), "x", pdf.Dict{"SV": pdf.Dict{"Ff": pdf.Integer(128), "LockDocument": pdf.Name("true")}}), o)
	d, err := pdf.Open(bytes.NewReader(out), int64(len(out)), pdf.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if list, err := d.Signatures(); err != nil || len(list) != 1 || list[0].DocMDP != 1 {
		t.Errorf("%+v %v", list, err)
	}
	o.Field = ""
	forbidden := new(*ForbiddenError)
	if err := refuse(t, out, o); !errors.As(err, forbidden) || (*forbidden).By != "DocMDP" {
		t.Error(err)
	}
}

// TestDemandedAuthorityIsAskedAlone: of a pool only the authority that the field names, even while others are well.
func TestDemandedAuthorityIsAskedAlone(t *testing.T) {
	w := newWorld(t)
	var asked []string
	o := signing.PoolOptions{Now: now}
	for _, a := range []string{"http://a.example/", "http://b.example/"} {
		o.Authorities = append(o.Authorities, signing.Authority{Name: a, Timestamper: &signing.HTTPTimestamper{
			Address: a, Send: func(_ context.Context, url string, body []byte) ([]byte, error) {
				asked = append(asked, url)
				return w.pki.TSA().Answer(body, demopki.Fault{}), nil
			},
		}})
	}
	pool, err := signing.NewTimestampPool(o)
	if err != nil {
		t.Fatal(err)
	}
	demand := func(url string) []byte {
		return withField(t, letter(t), "x", pdf.Dict{"SV": pdf.Dict{"TimeStamp": pdf.Dict{"Ff": pdf.Integer(1), "URL": pdf.String(url)}}})
	}
	s := w.options(t, demopki.P256)
	s.Field, s.Level, s.Timestamper, s.TimestampTrust = "x", signing.BaselineT, pool, w.trust
	out, _ := sealed(t, demand("http://b.example/"), s)
	intact(t, out, "")
	if len(asked) != 1 || asked[0] != "http://b.example/" {
		t.Errorf("%v", asked)
	}
	seed := new(*SeedValueError)
	if err := refuse(t, demand("http://c.example/"), s); !errors.As(err, seed) || (*seed).Constraint != "TimeStamp" {
		t.Error(err)
	}
}
