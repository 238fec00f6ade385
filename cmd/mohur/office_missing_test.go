package main

import (
	"bytes"
	"log/slog"
	"testing"
	"time"

	"mohur/certs"
	"mohur/internal/demopki"
	"mohur/internal/desk"
	"mohur/signing"
	"mohur/signing/pades"
	"mohur/verify/etsi"
)

// TestAVerdictThatWantsRevocationDataMayBeRepeated holds what `verifying` stands on (requirements 8, 16): no data is a reason to ask again, a
// suspension or an unknown issuer is not.
func TestAVerdictThatWantsRevocationDataMayBeRepeated(t *testing.T) {
	h, err := demopki.New(demopki.Options{})
	if err != nil {
		t.Fatal(err)
	}
	now := demopki.Epoch
	for name, c := range map[string]struct {
		person  demopki.Person
		hold    bool
		data    bool
		missing bool
	}{
		"no data at all":    {missing: true},
		"data at hand":      {data: true},
		"on hold":           {data: true, hold: true},
		"an unknown issuer": {person: demopki.Person{Profile: demopki.Profile{Defect: demopki.UntrustedRoot}}},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := h.Person(c.person)
			if err != nil {
				t.Fatal(err)
			}
			if c.hold {
				if err := h.Hold(s.Certificate, now().Add(-time.Hour)); err != nil {
					t.Fatal(err)
				}
			}
			page, err := (&demoWorld{now: now}).application(director(), "1/1-1")
			if err != nil {
				t.Fatal(err)
			}
			var signed bytes.Buffer
			if _, err := pades.Sign(t.Context(), bytes.NewReader(page), int64(len(page)), &signed, pades.Options{
				Request: signing.Request{Signer: s.Key, Certificate: s.Certificate, Chain: s.Chain, Now: now},
			}); err != nil {
				t.Fatal(err)
			}
			v, err := deskVerifier{judgeOf(t, h, c.data, now)}.Verify(t.Context(), desk.VerifyInput{
				File: bytes.NewReader(signed.Bytes()), Size: int64(signed.Len()), Policy: "basic", Time: now(),
			})
			if err != nil {
				t.Fatal(err)
			}
			if got := v.Signatures[0]; got.RevocationMissing != c.missing || v.Repeatable() != c.missing {
				t.Errorf("%s %s: missing %v, repeatable %v; reasons %v", got.Indication, got.SubIndication, got.RevocationMissing, v.Repeatable(), got.Reasons)
			}
			if passed := v.Indication == etsi.TotalPassed; passed != (name == "data at hand") {
				t.Errorf("%s %s", v.Indication, v.SubIndication)
			}
		})
	}
}

// judgeOf trusts a hierarchy, with its CRLs at hand or none.
func judgeOf(t *testing.T, h *demopki.Hierarchy, data bool, now func() time.Time) *judge {
	t.Helper()
	dir := t.TempDir()
	if err := writeCertificates(dir, h.Anchors()); err != nil {
		t.Fatal(err)
	}
	trust, err := openTrust(trustConfig{Anchors: []string{dir}}, time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	j := &judge{trust: trust, now: now}
	if !data {
		return j
	}
	m := &certs.MemoryRevocation{}
	lists, err := h.CRLs()
	if err != nil {
		t.Fatal(err)
	}
	for _, der := range lists {
		l, err := certs.ParseCRL(der)
		if err != nil {
			t.Fatal(err)
		}
		m.Add(certs.RevocationData{CRL: l})
	}
	j.revocation = m
	return j
}
