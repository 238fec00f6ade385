package certs

import (
	"crypto/x509"
	"fmt"
	"slices"
	"testing"
	"time"

	"mohur/internal/asn1"
)

// policies writes the certificatePolicies extension.
func policies(ids ...asn1.ObjectIdentifier) func(*x509.Certificate) {
	var list [][]byte
	for _, id := range ids {
		list = append(list, asn1.Sequence(asn1.OID(id)))
	}
	return extension("2.5.29.32", false, asn1.Sequence(list...))
}

func mapped(pairs ...asn1.ObjectIdentifier) func(*x509.Certificate) {
	var list [][]byte
	for i := 0; i+1 < len(pairs); i += 2 {
		list = append(list, asn1.Sequence(asn1.OID(pairs[i]), asn1.OID(pairs[i+1])))
	}
	return extension("2.5.29.33", true, asn1.Sequence(list...))
}

func policyConstraint(tag uint32, n int64) func(*x509.Certificate) {
	v := asn1.Encode(asn1.Context(tag), false, asn1.Int(n)[2:])
	return extension("2.5.29.36", true, asn1.Sequence(v))
}

func inhibitAny(n int64) func(*x509.Certificate) { return extension("2.5.29.54", true, asn1.Int(n)) }

type mods = []func(*x509.Certificate)

func TestPolicies(t *testing.T) {
	const a, b, c = asn1.ObjectIdentifier("1.2.3.1"), asn1.ObjectIdentifier("1.2.3.2"), asn1.ObjectIdentifier("1.2.3.3")
	root := issue(t, "root", nil)
	for name, x := range map[string]struct {
		ca, leaf mods
		policy   PathPolicy
		set      []asn1.ObjectIdentifier
		key      string
	}{
		"the same in both":              {mods{policies(a, b)}, mods{policies(b, c)}, PathPolicy{RequireExplicit: true}, []asn1.ObjectIdentifier{b}, ""},
		"none in common, none asked":    {mods{policies(a)}, mods{policies(b)}, PathPolicy{}, nil, ""},
		"none in common, one asked":     {mods{policies(a)}, mods{policies(b)}, PathPolicy{RequireExplicit: true}, nil, ReasonPolicyRequired},
		"none in the CA":                {nil, mods{policies(a)}, PathPolicy{RequireExplicit: true}, nil, ReasonPolicyRequired},
		"another than the user's":       {mods{policies(a)}, mods{policies(a)}, PathPolicy{RequireExplicit: true, InitialPolicies: []asn1.ObjectIdentifier{b}}, nil, ReasonPolicyRequired},
		"the user's":                    {mods{policies(a, b)}, mods{policies(a, b)}, PathPolicy{RequireExplicit: true, InitialPolicies: []asn1.ObjectIdentifier{b}}, []asn1.ObjectIdentifier{b}, ""},
		"any in the CA":                 {mods{policies(oidAnyPolicy)}, mods{policies(a)}, PathPolicy{RequireExplicit: true}, []asn1.ObjectIdentifier{a}, ""},
		"any in both":                   {mods{policies(oidAnyPolicy)}, mods{policies(oidAnyPolicy)}, PathPolicy{RequireExplicit: true}, []asn1.ObjectIdentifier{oidAnyPolicy}, ""},
		"any inhibited by the user":     {mods{policies(oidAnyPolicy)}, mods{policies(a)}, PathPolicy{RequireExplicit: true, InhibitAnyPolicy: true}, nil, ReasonPolicyRequired},
		"any inhibited by the CA":       {mods{policies(a), inhibitAny(0)}, mods{policies(oidAnyPolicy)}, PathPolicy{RequireExplicit: true}, nil, ReasonPolicyRequired},
		"required by the CA":            {mods{policies(a), policyConstraint(0, 0)}, mods{policies(b)}, PathPolicy{}, nil, ReasonPolicyRequired},
		"required by the leaf":          {mods{policies(a)}, mods{policies(b), policyConstraint(0, 0)}, PathPolicy{}, nil, ReasonPolicyRequired},
		"mapped":                        {mods{policies(a), mapped(a, b)}, mods{policies(b)}, PathPolicy{RequireExplicit: true}, []asn1.ObjectIdentifier{a}, ""},
		"mapped, the old name":          {mods{policies(a), mapped(a, b)}, mods{policies(a)}, PathPolicy{RequireExplicit: true}, nil, ReasonPolicyRequired},
		"mapping forbidden by the user": {mods{policies(a), mapped(a, b)}, mods{policies(b)}, PathPolicy{RequireExplicit: true, InhibitPolicyMapping: true}, nil, ReasonPolicyRequired},
		"any mapped":                    {mods{policies(oidAnyPolicy), mapped(a, b)}, mods{policies(b)}, PathPolicy{RequireExplicit: true, InitialPolicies: []asn1.ObjectIdentifier{a}}, []asn1.ObjectIdentifier{a}, ""},
		"mapping to any-policy":         {mods{policies(a), mapped(a, oidAnyPolicy)}, mods{policies(a)}, PathPolicy{}, []asn1.ObjectIdentifier{a}, ReasonPolicyMapping},
	} {
		t.Run(name, func(t *testing.T) {
			ca := issue(t, "ca", root, x.ca...)
			end := issue(t, "leaf", ca, append(mods{leaf}, x.leaf...)...)
			x.policy.Revocation = RevocationIgnored
			r := validate(Request{Leaf: end.Certificate, Candidates: []*Certificate{ca.Certificate}, Trust: NewTrustStore(root.Certificate), Time: epoch(), Policy: x.policy})
			if r.Passed() != (x.key == "") || x.key != "" && !hasReason(r, x.key) || !slices.Equal(r.Policies, x.set) {
				t.Errorf("%s %v, policies %v; want %q %v", r.Indication, r.Reasons, r.Policies, x.key, x.set)
			}
		})
	}
}

// TestPolicyGraphDoesNotExplode maps every policy to every other at each step, which doubles RFC 5280's tree with each certificate.
func TestPolicyGraphDoesNotExplode(t *testing.T) {
	var all, pairs []asn1.ObjectIdentifier
	for i := range 40 {
		all = append(all, asn1.ObjectIdentifier(fmt.Sprintf("1.2.3.%d", i+1)))
	}
	for _, a := range all {
		for _, b := range all[:20] {
			pairs = append(pairs, a, b)
		}
	}
	parent := issue(t, "root", nil)
	trust := NewTrustStore(parent.Certificate)
	var bag []*Certificate
	for i := range 12 {
		parent = issue(t, fmt.Sprintf("ca %d", i), parent, policies(all...), mapped(pairs...))
		bag = append(bag, parent.Certificate)
	}
	end := issue(t, "leaf", parent, leaf, policies(all...))
	start := time.Now()
	r := validate(Request{Leaf: end.Certificate, Candidates: bag, Trust: trust, Time: epoch(), Policy: PathPolicy{Revocation: RevocationIgnored, RequireExplicit: true}})
	if d := time.Since(start); d > 2*time.Second || !r.Passed() {
		t.Errorf("%s after %s: %v", r.Indication, d, r.Reasons)
	}
}
