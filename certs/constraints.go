package certs

import (
	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"mohur/internal/asn1"
)

// Constraints are the extensions that limit which paths a certificate may be part of (RFC 5280, 4.2). A nil field is an absent extension.
type Constraints struct {
	KeyUsage          *KeyUsage
	BasicConstraints  *BasicConstraints
	NameConstraints   *NameConstraints
	Policies          []Policy
	PolicyMappings    []PolicyMapping
	PolicyConstraints *PolicyConstraints
	InhibitAnyPolicy  *int
}

// BasicConstraints says whether the subject is a CA (RFC 5280, 4.2.1.9).
type BasicConstraints struct {
	IsCA    bool
	PathLen int // how many non-self-issued intermediates may follow; -1 without limit
}

// Policy is one PolicyInformation (RFC 5280, 4.2.1.4).
type Policy struct {
	ID         asn1.ObjectIdentifier
	CPS        []string // CPS URIs among the qualifiers
	Qualifiers []byte   // DER of policyQualifiers, nil when absent
	odd        bool     // a qualifier that is neither a CPS pointer nor a user notice
}

// PolicyMapping says that the issuer holds one of its policies for equal to one of the subject's (RFC 5280, 4.2.1.5).
type PolicyMapping struct{ Issuer, Subject asn1.ObjectIdentifier }

// PolicyConstraints counts the certificates after which a policy is required, or mapping forbidden (RFC 5280, 4.2.1.11); -1 is absent.
type PolicyConstraints struct{ RequireExplicitPolicy, InhibitPolicyMapping int }

// oidAnyPolicy is the policy that stands for all (RFC 5280, 4.2.1.4).
const oidAnyPolicy asn1.ObjectIdentifier = "2.5.29.32.0"

// maxPolicies bounds the policies, and the mappings, of one certificate.
const maxPolicies = 1024

func readBasicConstraints(v cryptobyte.String) (*BasicConstraints, bool) {
	var seq cryptobyte.String
	if !v.ReadASN1(&seq, cbasn1.SEQUENCE) || !v.Empty() {
		return nil, false
	}
	b := &BasicConstraints{PathLen: -1}
	var ok bool
	if seq.PeekASN1Tag(cbasn1.BOOLEAN) {
		if b.IsCA, ok = readBool(&seq, cbasn1.BOOLEAN); !ok {
			return nil, false
		}
	}
	if seq.PeekASN1Tag(cbasn1.INTEGER) {
		if b.PathLen, ok = readSmall(&seq, cbasn1.INTEGER); !ok {
			return nil, false
		}
	}
	return b, seq.Empty()
}

func readPolicies(v cryptobyte.String) ([]Policy, bool) {
	var seq cryptobyte.String
	if !v.ReadASN1(&seq, cbasn1.SEQUENCE) || !v.Empty() {
		return nil, false
	}
	var out []Policy
	seen := map[string]bool{}
	for !seq.Empty() {
		var one cryptobyte.String
		if len(out) == maxPolicies || !seq.ReadASN1(&one, cbasn1.SEQUENCE) {
			return nil, false
		}
		p, ok := readPolicy(one)
		if !ok || seen[p.ID.String()] { // RFC 5280, 4.2.1.4: an identifier must not appear more than once
			return nil, false
		}
		seen[p.ID.String()] = true
		out = append(out, p)
	}
	return out, len(out) > 0
}

func readPolicy(one cryptobyte.String) (Policy, bool) {
	var p Policy
	var ok bool
	if p.ID, ok = readOID(&one); !ok {
		return p, false
	}
	if one.Empty() {
		return p, true
	}
	var quals cryptobyte.String
	if !one.ReadASN1Element(&quals, cbasn1.SEQUENCE) || !one.Empty() {
		return p, false
	}
	p.Qualifiers = quals
	quals.ReadASN1(&quals, cbasn1.SEQUENCE)
	if quals.Empty() {
		return p, false
	}
	for !quals.Empty() {
		var q, uri cryptobyte.String
		if !quals.ReadASN1(&q, cbasn1.SEQUENCE) {
			return p, false
		}
		id, ok := readOID(&q)
		if !ok {
			return p, false
		}
		if id == "1.3.6.1.5.5.7.2.1" && q.ReadASN1(&uri, cbasn1.IA5String) {
			p.CPS = append(p.CPS, string(uri))
			continue
		}
		p.odd = p.odd || id != "1.3.6.1.5.5.7.2.2" // user notice
		var any cryptobyte.String
		var tag cbasn1.Tag
		if !q.ReadAnyASN1Element(&any, &tag) || !q.Empty() {
			return p, false
		}
	}
	return p, true
}

func readPolicyMappings(v cryptobyte.String) ([]PolicyMapping, bool) {
	var seq cryptobyte.String
	if !v.ReadASN1(&seq, cbasn1.SEQUENCE) || !v.Empty() {
		return nil, false
	}
	var out []PolicyMapping
	for !seq.Empty() {
		var one cryptobyte.String
		var m PolicyMapping
		if len(out) == maxPolicies || !seq.ReadASN1(&one, cbasn1.SEQUENCE) {
			return nil, false
		}
		var ok, ok2 bool
		m.Issuer, ok = readOID(&one)
		m.Subject, ok2 = readOID(&one)
		if !ok || !ok2 || !one.Empty() {
			return nil, false
		}
		out = append(out, m)
	}
	return out, len(out) > 0
}

func readPolicyConstraints(v cryptobyte.String) (*PolicyConstraints, bool) {
	var seq cryptobyte.String
	if !v.ReadASN1(&seq, cbasn1.SEQUENCE) || !v.Empty() || seq.Empty() {
		return nil, false
	}
	p := &PolicyConstraints{RequireExplicitPolicy: -1, InhibitPolicyMapping: -1}
	var ok bool
	if seq.PeekASN1Tag(contextTag(0)) {
		if p.RequireExplicitPolicy, ok = readSmall(&seq, contextTag(0)); !ok {
			return nil, false
		}
	}
	if seq.PeekASN1Tag(contextTag(1)) {
		if p.InhibitPolicyMapping, ok = readSmall(&seq, contextTag(1)); !ok {
			return nil, false
		}
	}
	return p, seq.Empty()
}

func readInhibitAnyPolicy(v cryptobyte.String) (*int, bool) {
	n, ok := readSmall(&v, cbasn1.INTEGER)
	return &n, ok && v.Empty()
}
