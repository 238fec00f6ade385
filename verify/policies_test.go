package verify_test

import (
	"testing"
	"time"

	"mohur/internal/algo"
	"mohur/internal/demopki"
	"mohur/verify"
	"mohur/verify/etsi"
)

// policyCases are documents, each with one property that some policy minds.
func policyCases(t *testing.T) map[string]verify.Input {
	t.Helper()
	w := newWorld(t)
	person := func(p demopki.Profile) *demopki.Signer { return w.person(demopki.Person{Profile: p}) }
	good := person(demopki.Profile{})
	stamp := stamped(w.pki)
	stale := w.input(w.sign(page("salam"), good, stamp))
	stale.Revocation = w.crls(noon().Add(-4 * time.Hour))
	return map[string]verify.Input{
		"qualified, time-stamped":      w.input(w.sign(page("salam"), good, stamp)),
		"qualified, no time-stamp":     w.input(w.sign(page("salam"), good, nil)),
		"not qualified, time-stamped":  w.input(w.sign(page("salam"), person(demopki.Profile{Defect: demopki.WithoutQCCompliance}), stamp)),
		"log-in key, time-stamped":     w.input(w.sign(page("salam"), person(demopki.Profile{Authentication: true}), stamp)),
		"revocation data 4 hours old":  stale,
		"issuer trusted by nobody":     w.input(w.sign(page("salam"), person(demopki.Profile{Defect: demopki.UntrustedRoot}), stamp)),
		"altered after it was signed":  w.input(update(w.sign(page("salam"), good, stamp), 3, "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] >>")),
		"time-stamp trusted by nobody": untrustedStamp(t),
	}
}

// untrustedStamp is a signature whose time-stamp comes from an authority of another hierarchy.
func untrustedStamp(t *testing.T) verify.Input {
	t.Helper()
	w, stranger := newWorld(t), newWorld(t)
	return w.input(w.sign(page("salam"), w.person(demopki.Person{}), stamped(stranger.pki)))
}

// TestWhatEachPolicyLetsThrough is the table of the built-in policies: "" passes, anything else is the sub-indication.
func TestWhatEachPolicyLetsThrough(t *testing.T) {
	cases := policyCases(t)
	const (
		constraint = etsi.ChainConstraintsFailure
		untrusted  = etsi.NoCertificateChainFound
	)
	always := map[string]etsi.SubIndication{"issuer trusted by nobody": untrusted, "altered after it was signed": etsi.FormatFailure}
	for policy, refused := range map[string]map[string]etsi.SubIndication{
		verify.PolicyBasic:    {},
		verify.PolicyEnhanced: {"revocation data 4 hours old": etsi.TryLater},
		verify.PolicyQualified: {
			"revocation data 4 hours old": etsi.TryLater, "not qualified, time-stamped": constraint, "log-in key, time-stamped": constraint,
		},
		verify.PolicyArchive: {"qualified, no time-stamp": etsi.NoPOE, "time-stamp trusted by nobody": etsi.NoPOE},
	} {
		t.Run(policy, func(t *testing.T) {
			p, err := verify.NamedPolicy(policy)
			if err != nil {
				t.Fatal(err)
			}
			for name, in := range cases {
				want := refused[name]
				if w, ok := always[name]; ok {
					want = w
				}
				r, err := verify.Document(t.Context(), in, p)
				if err != nil {
					t.Fatal(err)
				}
				if r.SubIndication != want || (r.Indication == etsi.TotalPassed) != (want == "") || r.Policy.Name != policy {
					t.Errorf("%s: %s %s, want %q; %+v", name, r.Indication, r.SubIndication, want, r.Signatures[0].Reasons)
				}
			}
		})
	}
}

// TestArchiveRefusesWhatOnlyTheForecastEnded: an algorithm that ended after the table was made is a remark elsewhere, a refusal for the archive.
func TestArchiveRefusesWhatOnlyTheForecastEnded(t *testing.T) {
	in := policyCases(t)["qualified, time-stamped"]
	for policy, passes := range map[string]bool{verify.PolicyBasic: true, verify.PolicyArchive: false} {
		p, err := verify.NamedPolicy(policy)
		if err != nil {
			t.Fatal(err)
		}
		for i, d := range p.Algorithms.Digests {
			if d.Name == algo.SHA256.String() {
				p.Algorithms.Digests[i].End = verify.Date{Time: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
			}
		}
		r, err := verify.Document(t.Context(), in, p)
		if err != nil {
			t.Fatal(err)
		}
		if (r.Indication == etsi.TotalPassed) != passes {
			t.Errorf("%s: %s %s", policy, r.Indication, r.SubIndication)
		}
	}
}
