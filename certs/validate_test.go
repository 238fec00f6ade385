package certs

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	stdasn1 "encoding/asn1"
	"fmt"
	"math/big"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"mohur/internal/algo"
	"mohur/internal/asn1"
	"mohur/verify/etsi"
)

// want checks outcome and first reason.
func want(t *testing.T, r *Result, sub etsi.SubIndication, key string) {
	t.Helper()
	indication := etsi.Indeterminate
	if sub == "" {
		indication = etsi.Passed
	}
	first := ""
	if len(r.Reasons) > 0 {
		first = r.Reasons[0].Key
	}
	if r.Indication != indication || r.SubIndication != sub || first != key {
		t.Errorf("got %s/%s %q, want %s/%s %q; all reasons %v", r.Indication, r.SubIndication, first, indication, sub, key, r.Reasons)
	}
}

func TestGoodPathPasses(t *testing.T) {
	h := newHierarchy(t)
	r := validate(h.request(t))
	want(t, r, "", "")
	if len(r.Chain) != 3 || r.Anchor == nil || !r.Anchor.Certificate.Equal(h.root.Certificate) {
		t.Fatalf("chain of %d, anchor %v", len(r.Chain), r.Anchor)
	}
	if s := r.Status[0]; s.State != StateGood || !s.Fresh || s.Signer == nil || s.Evidence == nil {
		t.Errorf("status of the signer: %+v", s)
	}
	if r.Status[2].State != StateUnchecked {
		t.Errorf("the anchor was checked: %+v", r.Status[2])
	}
	if len(r.Algorithms) != 4 || r.Algorithms[0].Algorithm.Name != "ECDSA_SHA256" || r.Algorithms[0].Key.Bits != 256 {
		t.Errorf("algorithms %+v", r.Algorithms)
	}
}

func TestOutcomes(t *testing.T) {
	h := newHierarchy(t)
	yesterday, hourAgo := epoch().AddDate(0, 0, -1), epoch().Add(-time.Hour)
	rootCRL := crl(t, h.root, hourAgo)
	for name, c := range map[string]struct {
		change func(*Request)
		sub    etsi.SubIndication
		key    string
	}{
		"no anchor":               {func(r *Request) { r.Trust = nil }, etsi.NoCertificateChainFound, ReasonNoTrustAnchor},
		"intermediate missing":    {func(r *Request) { r.Candidates = nil }, etsi.NoCertificateChainFound, ReasonNoTrustAnchor},
		"expired":                 {func(r *Request) { r.Time = h.signer.NotAfter.Add(time.Second); r.EvidenceUntil = epoch() }, etsi.OutOfBoundsNotRevoked, ReasonExpired},
		"expired, nothing known":  {func(r *Request) { r.Time = h.signer.NotAfter.Add(time.Second); r.Revocation = nil }, etsi.TryLater, ReasonRevocationMissing},
		"in its last second":      {func(r *Request) { r.Time = h.signer.NotAfter.Add(999 * time.Millisecond); r.EvidenceUntil = epoch() }, "", ""},
		"not yet valid":           {func(r *Request) { r.Time, r.EvidenceUntil = h.signer.NotBefore.Add(-time.Second), epoch() }, etsi.OutOfBoundsNoPOE, ReasonNotYetValid},
		"no revocation data":      {func(r *Request) { r.Revocation = nil }, etsi.TryLater, ReasonRevocationMissing},
		"none needed by policy":   {func(r *Request) { r.Revocation = nil; r.Policy.Revocation = RevocationIgnored }, "", ""},
		"absence tolerated":       {func(r *Request) { r.Revocation = nil; r.Policy.Revocation = RevocationIfPresent }, "", ""},
		"revoked":                 {evidence(rootCRL, crl(t, h.ca, hourAgo, revoking(h.signer, yesterday, 1))), etsi.RevokedNoPOE, ReasonRevoked},
		"on hold":                 {evidence(rootCRL, crl(t, h.ca, hourAgo, revoking(h.signer, yesterday, 6))), etsi.TryLater, ReasonOnHold},
		"authority revoked":       {evidence(crl(t, h.root, hourAgo, revoking(h.ca, yesterday, 2)), crl(t, h.ca, hourAgo)), etsi.RevokedCANoPOE, ReasonRevoked},
		"only later evidence":     {evidence(rootCRL, crl(t, h.ca, epoch().Add(time.Second))), etsi.TryLater, ReasonRevocationUnusable},
		"evidence of a stranger":  {evidence(rootCRL, crl(t, issue(t, "Şəxslər üçün Mərkəz", nil), hourAgo)), etsi.CertificateChainGeneral, ReasonRevocationUnusable},
		"evidence of somebody":    {evidence(rootCRL, crl(t, issue(t, "Başqa Mərkəz", nil), hourAgo)), etsi.TryLater, ReasonRevocationMissing},
		"stale, a warning":        {evidence(crl(t, h.root, epoch().AddDate(0, 0, -8)), crl(t, h.ca, epoch().AddDate(0, 0, -8))), "", ""},
		"revoked, stale evidence": {evidence(rootCRL, crl(t, h.ca, epoch().AddDate(0, 0, -8), revoking(h.signer, epoch().AddDate(0, 0, -9), 0))), etsi.RevokedNoPOE, ReasonRevoked},
		"stale, enforced": {func(r *Request) {
			evidence(crl(t, h.root, epoch().AddDate(0, 0, -8)), crl(t, h.ca, epoch().AddDate(0, 0, -8)))(r)
			r.Policy.Freshness.Enforce = true
		}, etsi.TryLater, ReasonRevocationStale},
		"older than three hours": {func(r *Request) {
			evidence(crl(t, h.root, hourAgo), crl(t, h.ca, epoch().Add(-3*time.Hour-time.Second)))(r)
			r.Policy.Freshness = FreshnessRule{MaxAge: 3 * time.Hour, Enforce: true}
		}, etsi.TryLater, ReasonRevocationStale},
		"three hours old": {func(r *Request) {
			evidence(crl(t, h.root, hourAgo), crl(t, h.ca, epoch().Add(-3*time.Hour)))(r)
			r.Policy.Freshness = FreshnessRule{MaxAge: 3 * time.Hour, Enforce: true}
		}, "", ""},
		"weak algorithm": {func(r *Request) {
			r.Policy.Algorithms = func(u AlgorithmUse, _ time.Time) *Reason {
				if u.Place == "certificate" && u.Algorithm.Digest == algo.SHA256 && u.Certificate.Equal(h.signer.Certificate) {
					return &Reason{Key: ReasonAlgorithm}
				}
				return nil
			}
		}, etsi.CryptoConstraintsNoPOE, ReasonAlgorithm},
		"weak algorithm of a CRL": {func(r *Request) {
			r.Policy.Algorithms = func(u AlgorithmUse, _ time.Time) *Reason {
				if u.Place == "crl" {
					return &Reason{Key: ReasonAlgorithm}
				}
				return nil
			}
		}, etsi.CryptoConstraintsNoPOE, ReasonAlgorithm},
		"wrong key usage": {func(r *Request) { r.Policy.KeyUsage = DigitalSignature }, etsi.ChainConstraintsFailure, ReasonKeyUsage},
		"policy wanted":   {func(r *Request) { r.Policy.RequireExplicit = true }, etsi.ChainConstraintsFailure, ReasonPolicyRequired},
		"judged for the past with later evidence": {func(r *Request) {
			evidence(crl(t, h.root, epoch()), crl(t, h.ca, epoch(), revoking(h.signer, hourAgo, 1)))(r)
			r.Time, r.EvidenceUntil = yesterday, epoch()
		}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := h.request(t)
			c.change(&r)
			want(t, validate(r), c.sub, c.key)
		})
	}
}

func evidence(data ...RevocationData) func(*Request) {
	return func(r *Request) {
		m := &MemoryRevocation{}
		m.Add(data...)
		r.Revocation = m
	}
}

func TestAnchorsNeedNoPath(t *testing.T) {
	h := newHierarchy(t)
	r := h.request(t)
	r.Trust, r.Revocation, r.Time = NewTrustStore(h.signer.Certificate), nil, h.signer.NotAfter.AddDate(1, 0, 0)
	got := validate(r)
	want(t, got, "", "")
	if len(got.Chain) != 1 {
		t.Errorf("a path of %d", len(got.Chain))
	}
}

func TestUntrustedSignerWithTrustedRootInTheBag(t *testing.T) {
	good, evil := newHierarchy(t), newHierarchy(t) // the same names, other keys
	r := evil.request(t)
	r.Trust = NewTrustStore(good.root.Certificate)
	r.Candidates = append(r.Candidates, good.root.Certificate, good.ca.Certificate, evil.root.Certificate)
	want(t, validate(r), etsi.NoCertificateChainFound, ReasonNoTrustAnchor)
}

func TestConstraintsOfAuthorities(t *testing.T) {
	root := issue(t, "root", nil)
	subtree, _ := stdasn1.Marshal(pkix.Name{Organization: []string{"Agentlik"}}.ToRDNSequence())
	dnSubtree := asn1.Sequence(asn1.Explicit(0, asn1.Sequence(asn1.Explicit(4, subtree))))
	for name, c := range map[string]struct {
		ca, leaf func(*x509.Certificate)
		key      string
	}{
		"not a CA":               {func(c *x509.Certificate) { c.IsCA = false }, nil, ReasonNotACA},
		"no keyCertSign":         {func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCRLSign }, nil, ReasonKeyUsageCertSign},
		"excluded mail":          {func(c *x509.Certificate) { c.ExcludedEmailAddresses = []string{"gov.az"} }, mail("a@gov.az"), ReasonNameExcluded},
		"other mail":             {func(c *x509.Certificate) { c.ExcludedEmailAddresses = []string{"gov.az"} }, mail("a@sub.gov.az"), ""},
		"mail of the domain":     {func(c *x509.Certificate) { c.ExcludedEmailAddresses = []string{".gov.az"} }, mail("a@sub.gov.az"), ReasonNameExcluded},
		"mail not permitted":     {func(c *x509.Certificate) { c.PermittedEmailAddresses = []string{"a@gov.az"} }, mail("b@gov.az"), ReasonNameNotPermitted},
		"address not permitted":  {func(c *x509.Certificate) { c.PermittedIPRanges = []*net.IPNet{cidr("10.0.0.0/8")} }, ip("11.0.0.1"), ReasonNameNotPermitted},
		"address permitted":      {func(c *x509.Certificate) { c.PermittedIPRanges = []*net.IPNet{cidr("10.0.0.0/8")} }, ip("10.9.9.9"), ""},
		"host excluded":          {func(c *x509.Certificate) { c.ExcludedDNSDomains = []string{"gov.az"} }, dns("x.gov.az"), ReasonNameExcluded},
		"wildcard over excluded": {func(c *x509.Certificate) { c.ExcludedDNSDomains = []string{"a.gov.az"} }, dns("*.gov.az"), ReasonNameExcluded},
		"subject not permitted":  {extension("2.5.29.30", true, dnSubtree), nil, ReasonNameNotPermitted},
		"subject permitted": {extension("2.5.29.30", true, dnSubtree), func(c *x509.Certificate) {
			c.Subject = pkix.Name{Organization: []string{" AGENTLIK "}, CommonName: "x"}
		}, ""},
		"unknown critical":       {extension("1.2.3.4", true, asn1.Null()), nil, ReasonCriticalExtension},
		"unknown, not critical":  {extension("1.2.3.4", false, asn1.Null()), nil, ""},
		"malformed constraints":  {extension("2.5.29.36", false, asn1.Null()), nil, ReasonMalformed},
		"leaf: unknown critical": {nil, extension("1.2.3.4", true, asn1.Null()), ReasonCriticalExtension},
	} {
		t.Run(name, func(t *testing.T) {
			h := hierarchy{root: root}
			h.ca = issue(t, "ca", root, orNothing(c.ca))
			h.signer = issue(t, "leaf", h.ca, leaf, orNothing(c.leaf))
			r := h.request(t, RevocationData{})
			r.Policy.Revocation = RevocationIgnored
			sub := etsi.ChainConstraintsFailure
			if c.key == "" {
				sub = ""
			}
			want(t, validate(r), sub, c.key)
		})
	}
}

func TestPathLengthExemptsSelfIssued(t *testing.T) {
	root := issue(t, "root", nil)
	ca := issue(t, "ca", root, func(c *x509.Certificate) { c.MaxPathLenZero = true })
	rolled := issue(t, "ca", ca) // a new key of the same authority, certified by the old one
	below := issue(t, "below", rolled)
	for _, c := range []struct {
		name   string
		issuer *issued
		sub    etsi.SubIndication
		key    string
	}{{"new key", rolled, "", ""}, {"another CA", below, etsi.ChainConstraintsFailure, ReasonPathLength}} {
		end := issue(t, "leaf", c.issuer, leaf)
		r := validate(Request{
			Leaf: end.Certificate, Candidates: []*Certificate{ca.Certificate, rolled.Certificate, below.Certificate}, Trust: NewTrustStore(root.Certificate),
			Time: epoch(), Policy: PathPolicy{Revocation: RevocationIgnored},
		})
		if r.SubIndication != c.sub || c.key != "" && !hasReason(r, c.key) {
			t.Errorf("%s: %s %v", c.name, r.SubIndication, r.Reasons)
		}
	}
}

func hasReason(r *Result, key string) bool {
	for _, x := range r.Reasons {
		if x.Key == key {
			return true
		}
	}
	return false
}

func TestBestOfSeveralPathsIsChosen(t *testing.T) {
	oldRoot, newRoot := issue(t, "old root", nil), issue(t, "new root", nil)
	key := newKey(t)
	same := func(c *x509.Certificate) { c.PublicKey, c.SubjectKeyId = key, []byte{1} }
	expired := issue(t, "ca", oldRoot, same, func(c *x509.Certificate) { c.NotAfter = epoch().AddDate(0, 0, -1) })
	valid := issue(t, "ca", newRoot, same)
	valid.key, expired.key = key, key
	end := issue(t, "leaf", valid, leaf)
	r := validate(Request{
		Leaf: end.Certificate, Candidates: []*Certificate{expired.Certificate, valid.Certificate}, Trust: NewTrustStore(oldRoot.Certificate, newRoot.Certificate),
		Time: epoch(), Policy: PathPolicy{Revocation: RevocationIgnored},
	})
	want(t, r, "", "")
	r = validate(Request{
		Leaf: end.Certificate, Candidates: []*Certificate{expired.Certificate, valid.Certificate}, Trust: NewTrustStore(oldRoot.Certificate),
		Time: epoch(), Policy: PathPolicy{Revocation: RevocationIgnored},
	})
	want(t, r, etsi.OutOfBoundsNoPOE, ReasonExpired)
}

func TestLoopsAndCrowdsAreBounded(t *testing.T) {
	a, b := issue(t, "a", nil), issue(t, "b", nil)
	ab := issue(t, "a", b, func(c *x509.Certificate) { c.PublicKey = a.key })
	ba := issue(t, "b", a, func(c *x509.Certificate) { c.PublicKey = b.key })
	end := issue(t, "leaf", ab, leaf)
	bag := []*Certificate{ab.Certificate, ba.Certificate}
	for i := range 400 { // the same name, other keys: none of them signed
		bag = append(bag, issue(t, "a", nil, func(c *x509.Certificate) { c.NotBefore = c.NotBefore.Add(time.Duration(i) * time.Second) }).Certificate)
	}
	start := time.Now()
	r := validate(Request{Leaf: end.Certificate, Candidates: bag, Trust: NewTrustStore(issue(t, "root", nil).Certificate), Time: epoch(), Policy: PathPolicy{MaxWork: 200}})
	if d := time.Since(start); d > 2*time.Second {
		t.Errorf("took %s", d)
	}
	want(t, r, etsi.NoCertificateChainFound, ReasonNoTrustAnchor)
	if !hasReason(r, ReasonTooMuchWork) {
		t.Errorf("the limit is not reported: %v", r.Reasons)
	}
}

// TestTheRightIssuerIsFoundInACrowd: hundreds of others bear the issuer's name, its key identifier and a valid CA's looks.
func TestTheRightIssuerIsFoundInACrowd(t *testing.T) {
	h := newHierarchy(t)
	twin := func(c *x509.Certificate) {
		c.SubjectKeyId, c.NotBefore = h.ca.SubjectKeyID, c.NotBefore.AddDate(0, 1, 0)
	}
	bag := []*Certificate{}
	for range 600 {
		bag = append(bag, issue(t, "Şəxslər üçün Mərkəz", nil, twin).Certificate)
	}
	large := &issued{}
	large.parse(t, rsaTwin(t, "Şəxslər üçün Mərkəz", h.ca.SubjectKeyID))
	for range 600 {
		bag = append(bag, large.Certificate)
	}
	bag = append(bag, h.ca.Certificate)
	r := h.request(t)
	r.Candidates = bag
	got := validate(r)
	want(t, got, "", "")
	// A trusted issuer goes first, whatever lies in the bag.
	r.Trust, r.Policy.MaxWork = NewTrustStore(h.ca.Certificate), 1
	want(t, validate(r), "", "")
}

func rsaTwin(t *testing.T, name string, keyID []byte) []byte {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: name}, NotBefore: epoch().AddDate(-1, 0, 0), NotAfter: epoch().AddDate(1, 0, 0),
		IsCA: true, BasicConstraintsValid: true, SubjectKeyId: keyID,
	}, &x509.Certificate{Subject: pkix.Name{CommonName: name}}, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// TestBridge: two national roots that certify a bridge and are certified by it. The path to the one that is trusted is found, and the others are told.
func TestBridge(t *testing.T) {
	ours, theirs, bridge := issue(t, "our root", nil), issue(t, "their root", nil), issue(t, "bridge", nil)
	cross := func(subject, issuer *issued) *Certificate {
		return issue(t, subject.Subject.CommonName(), issuer, func(c *x509.Certificate) { c.PublicKey, c.SubjectKeyId = subject.key, subject.SubjectKeyID }).Certificate
	}
	stale := issue(t, "bridge", ours, func(c *x509.Certificate) {
		c.PublicKey, c.SubjectKeyId, c.NotAfter = bridge.key, bridge.SubjectKeyID, epoch().AddDate(0, 0, -1)
	}).Certificate
	ca := issue(t, "their ca", theirs)
	end := issue(t, "leaf", ca, leaf)
	bag := []*Certificate{ca.Certificate, theirs.Certificate, stale, cross(theirs, bridge), cross(bridge, theirs), cross(ours, bridge)}
	req := Request{Leaf: end.Certificate, Candidates: bag, Trust: NewTrustStore(ours.Certificate), Time: epoch(), Policy: PathPolicy{Revocation: RevocationIgnored}}
	want(t, validate(req), etsi.OutOfBoundsNoPOE, ReasonExpired)
	req.Candidates = append(bag, cross(bridge, ours))
	r := validate(req)
	want(t, r, "", "")
	if len(r.Chain) != 5 || !r.Chain[3].Subject.Equal(bridge.Subject) {
		t.Errorf("chain %v", r.Chain)
	}
	// Both roots trusted: the short path counts.
	req.Trust = NewTrustStore(ours.Certificate, theirs.Certificate)
	if r := validate(req); len(r.Chain) != 3 || !r.Passed() {
		t.Errorf("chain of %d", len(r.Chain))
	}
	// The younger cross certificate is out of its policy: the older one's path is told as rejected.
	req.Trust = NewTrustStore(ours.Certificate)
	limited := issue(t, "bridge", ours, func(c *x509.Certificate) {
		c.PublicKey, c.SubjectKeyId, c.MaxPathLen, c.MaxPathLenZero, c.NotBefore = bridge.key, bridge.SubjectKeyID, 0, true, c.NotBefore.AddDate(0, 1, 0)
	}).Certificate
	req.Candidates = append(req.Candidates, limited)
	r = validate(req)
	want(t, r, "", "")
	if len(r.Rejected) != 1 || r.Rejected[0].Reasons[0].Key != ReasonPathLength {
		t.Errorf("rejected %+v", r.Rejected)
	}
}

// TestEveryoneCertifiesEveryone is a graph with more paths than can be walked in a life, though it has few signatures.
func TestEveryoneCertifiesEveryone(t *testing.T) {
	const n = 13
	var cas []*issued
	for i := range n {
		cas = append(cas, issue(t, fmt.Sprintf("ca %d", i), nil))
	}
	var bag []*Certificate
	for i, c := range cas {
		for j, parent := range cas {
			if i != j {
				bag = append(bag, issue(t, c.Subject.CommonName(), parent, func(x *x509.Certificate) { x.PublicKey = c.key }).Certificate)
			}
		}
	}
	end := issue(t, "leaf", cas[0], leaf)
	start := time.Now()
	r := validate(Request{Leaf: end.Certificate, Candidates: bag, Trust: NewTrustStore(issue(t, "root", nil).Certificate), Time: epoch()})
	if d := time.Since(start); d > 2*time.Second {
		t.Errorf("took %s", d)
	}
	want(t, r, etsi.NoCertificateChainFound, ReasonNoTrustAnchor)
	if !hasReason(r, ReasonTooMuchWork) {
		t.Errorf("the limit is not reported: %v", r.Reasons)
	}
}

func TestManyListsOfOneIssuer(t *testing.T) {
	h := newHierarchy(t)
	data := []RevocationData{crl(t, h.root, epoch().Add(-time.Minute))}
	for i := range 500 { // an archive of every list since; only the youngest shows the revocation
		data = append(data, crl(t, h.ca, epoch().Add(-time.Duration(500-i)*time.Minute)))
	}
	data = append(data, crl(t, h.ca, epoch(), revoking(h.signer, epoch(), 1)))
	want(t, validate(h.request(t, data...)), etsi.RevokedNoPOE, ReasonRevoked)
}

func TestReasonsAreLegible(t *testing.T) {
	h := newHierarchy(t)
	r := Reason{Key: ReasonRevoked, Args: args("time", "x", "reason", "y z"), Certificate: h.root.Certificate}
	if got, want := r.String(), `CERTIFICATE_REVOKED reason="y z" time="x" (CN=Milli Kök Mərkəzi)`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestOCSPOutcomes(t *testing.T) {
	h := newHierarchy(t)
	signing := func(c *x509.Certificate) {
		leaf(c)
		c.KeyUsage, c.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning}
	}
	responder := issue(t, "responder", h.ca, signing)
	noPurpose := issue(t, "responder", h.ca, leaf)
	ofRoot := issue(t, "responder", h.root, signing)
	old := issue(t, "responder", h.ca, signing, func(c *x509.Certificate) { c.NotAfter = epoch().Add(-2 * time.Hour) })
	other := issue(t, "somebody", h.ca, leaf)
	good := ocsp.Response{Status: ocsp.Good}
	for name, c := range map[string]struct {
		data RevocationData
		sub  etsi.SubIndication
		key  string
	}{
		"by the authority":            {answer(t, h.signer, h.ca, good), "", ""},
		"by its responder":            {answer(t, h.signer, responder, good), "", ""},
		"responder without purpose":   {answer(t, h.signer, noPurpose, good), etsi.CertificateChainGeneral, ReasonRevocationUnusable},
		"responder of another CA":     {answer(t, h.signer, ofRoot, good), etsi.CertificateChainGeneral, ReasonRevocationUnusable},
		"expired responder":           {answer(t, h.signer, old, good), etsi.CertificateChainGeneral, ReasonRevocationUnusable},
		"about somebody else":         {answer(t, other, h.ca, good), etsi.TryLater, ReasonRevocationMissing},
		"unknown":                     {answer(t, h.signer, h.ca, ocsp.Response{Status: ocsp.Unknown}), etsi.TryLater, ReasonRevocationUnknown},
		"revoked":                     {answer(t, h.signer, h.ca, ocsp.Response{Status: ocsp.Revoked, RevokedAt: epoch().Add(-2 * time.Hour)}), etsi.RevokedNoPOE, ReasonRevoked},
		"on hold":                     {answer(t, h.signer, h.ca, ocsp.Response{Status: ocsp.Revoked, RevokedAt: epoch().Add(-2 * time.Hour), RevocationReason: 6}), etsi.TryLater, ReasonOnHold},
		"made after the time":         {answer(t, h.signer, h.ca, ocsp.Response{Status: ocsp.Good, ThisUpdate: epoch().Add(time.Minute)}), etsi.TryLater, ReasonRevocationUnusable},
		"before the certificate":      {answer(t, h.signer, h.ca, ocsp.Response{Status: ocsp.Good, ThisUpdate: h.signer.NotBefore.Add(-time.Hour)}), etsi.CertificateChainGeneral, ReasonRevocationUnusable},
		"unknown critical extension":  {answer(t, h.signer, h.ca, ocsp.Response{Status: ocsp.Good, ExtraExtensions: []pkix.Extension{{Id: stdasn1.ObjectIdentifier{1, 2, 3}, Critical: true, Value: asn1.Null()}}}), etsi.TryLater, ReasonRevocationUnusable},
		"certHash of another":         {answer(t, h.signer, h.ca, ocsp.Response{Status: ocsp.Good, ExtraExtensions: []pkix.Extension{certHash(other.Raw)}}), etsi.CertificateChainGeneral, ReasonRevocationUnusable},
		"certHash of the certificate": {answer(t, h.signer, h.ca, ocsp.Response{Status: ocsp.Good, ExtraExtensions: []pkix.Extension{certHash(h.signer.Raw)}}), "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := h.request(t, crl(t, h.root, epoch().Add(-time.Hour)), c.data)
			want(t, validate(r), c.sub, c.key)
		})
	}
}

func certHash(der []byte) pkix.Extension {
	v := asn1.Sequence(asn1.Sequence(asn1.OID(algo.SHA256.OID())), asn1.OctetString(algo.SHA256.Sum(der)))
	return pkix.Extension{Id: stdasn1.ObjectIdentifier{1, 3, 36, 8, 3, 13}, Value: v}
}

func TestWorstAnswerOfAResponseCounts(t *testing.T) {
	h := newHierarchy(t)
	good := answer(t, h.signer, h.ca, ocsp.Response{Status: ocsp.Good})
	bad := answer(t, h.signer, h.ca, ocsp.Response{Status: ocsp.Revoked, RevokedAt: epoch().Add(-2 * time.Hour)})
	for i, list := range [][]SingleResponse{{good.OCSP.Responses[0], bad.OCSP.Responses[0]}, {bad.OCSP.Responses[0], good.OCSP.Responses[0]}} {
		s, why := worstSingle(&OCSPResponse{Responses: list}, h.signer.Certificate, h.ca.Certificate)
		if why != "" || s.State != StateRevoked {
			t.Errorf("order %d: %s %v", i, why, s)
		}
	}
	// And between two pieces of evidence: a revocation is not undone by somebody who doesn't know of it yet.
	r := h.request(t, crl(t, h.root, epoch().Add(-time.Hour)), good, crl(t, h.ca, epoch().Add(-5*time.Hour), revoking(h.signer, epoch().Add(-6*time.Hour), 1)))
	want(t, validate(r), etsi.RevokedNoPOE, ReasonRevoked)
	// A hold can be lifted: the youngest evidence counts.
	r = h.request(t, crl(t, h.root, epoch().Add(-time.Hour)), good, crl(t, h.ca, epoch().Add(-5*time.Hour), revoking(h.signer, epoch().Add(-6*time.Hour), 6)))
	want(t, validate(r), "", "")
}

func TestExpiredNeedsEvidenceThatSpeaksOfExpired(t *testing.T) {
	h := newHierarchy(t)
	after := h.signer.NotAfter.Add(time.Hour)
	archive, _ := stdasn1.MarshalWithParams(h.signer.NotBefore, "generalized")
	cutoff := ocsp.Response{Status: ocsp.Good, ThisUpdate: after, ExtraExtensions: []pkix.Extension{{Id: stdasn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 6}, Value: archive}}}
	for name, c := range map[string]struct {
		data RevocationData
		sub  etsi.SubIndication
		key  string
	}{
		"a CRL that may have dropped it": {crl(t, h.ca, after), etsi.CertificateChainGeneral, ReasonRevocationUnusable},
		"expiredCertsOnCRL":              {crl(t, h.ca, after, crlExtension(stdasn1.ObjectIdentifier{2, 5, 29, 60}, false, archive)), etsi.OutOfBoundsNotRevoked, ReasonExpired},
		"archiveCutoff":                  {answer(t, h.signer, h.ca, cutoff), etsi.OutOfBoundsNotRevoked, ReasonExpired},
		"revoked before it expired":      {crl(t, h.ca, after, revoking(h.signer, epoch(), 1)), etsi.RevokedNoPOE, ReasonRevoked},
	} {
		t.Run(name, func(t *testing.T) {
			r := h.request(t, c.data, crl(t, h.root, after))
			r.Time = after
			want(t, validate(r), c.sub, c.key)
		})
	}
}

func TestDeltaIsLaidOverItsBase(t *testing.T) {
	h := newHierarchy(t)
	number := func(n int64) func(*x509.RevocationList) { return func(l *x509.RevocationList) { l.Number = asBig(n) } }
	indicator := func(n int64) func(*x509.RevocationList) {
		return crlExtension(stdasn1.ObjectIdentifier{2, 5, 29, 27}, true, asn1.Int(n))
	}
	root := crl(t, h.root, epoch().Add(-time.Hour))
	base := crl(t, h.ca, epoch().Add(-5*time.Hour), number(10), revoking(h.signer, epoch().Add(-6*time.Hour), 6))
	lifted := crl(t, h.ca, epoch().Add(-time.Hour), number(12), indicator(10), revoking(h.signer, epoch().Add(-2*time.Hour), 8))
	revoked := crl(t, h.ca, epoch().Add(-time.Hour), number(12), indicator(9), revoking(h.signer, epoch().Add(-2*time.Hour), 1))
	tooNew := crl(t, h.ca, epoch().Add(-time.Hour), number(12), indicator(11), revoking(h.signer, epoch().Add(-2*time.Hour), 8))
	for name, c := range map[string]struct {
		data []RevocationData
		sub  etsi.SubIndication
		key  string
	}{
		"hold":                       {[]RevocationData{root, base}, etsi.TryLater, ReasonOnHold},
		"hold lifted by the delta":   {[]RevocationData{root, base, lifted}, "", ""},
		"revoked by the delta":       {[]RevocationData{root, base, revoked}, etsi.RevokedNoPOE, ReasonRevoked},
		"delta for a later base":     {[]RevocationData{root, base, tooNew}, etsi.TryLater, ReasonOnHold},
		"delta without base is none": {[]RevocationData{root, lifted}, etsi.TryLater, ReasonRevocationUnusable},
	} {
		t.Run(name, func(t *testing.T) { want(t, validate(h.request(t, c.data...)), c.sub, c.key) })
	}
}

func TestResultIsTheSameEveryTime(t *testing.T) {
	h := newHierarchy(t)
	r := h.request(t)
	r.Trust = nil
	first := fmt.Sprint(validate(r).Reasons)
	for range 10 {
		if again := fmt.Sprint(validate(r).Reasons); again != first {
			t.Fatalf("%s\n%s", first, again)
		}
	}
}

func asBig(n int64) *big.Int { return big.NewInt(n) }

func orNothing(f func(*x509.Certificate)) func(*x509.Certificate) {
	if f == nil {
		return func(*x509.Certificate) {}
	}
	return f
}

func mail(a string) func(*x509.Certificate) {
	return func(c *x509.Certificate) { c.EmailAddresses = []string{a} }
}

func dns(n string) func(*x509.Certificate) {
	return func(c *x509.Certificate) { c.DNSNames = []string{n} }
}

func ip(a string) func(*x509.Certificate) {
	return func(c *x509.Certificate) { c.IPAddresses = []net.IP{net.ParseIP(a)} }
}

func cidr(s string) *net.IPNet {
	_, n, _ := net.ParseCIDR(s)
	return n
}

func extension(id string, critical bool, value []byte) func(*x509.Certificate) {
	var oid stdasn1.ObjectIdentifier
	for part := range strings.SplitSeq(id, ".") {
		n, _ := strconv.Atoi(part)
		oid = append(oid, n)
	}
	return func(c *x509.Certificate) {
		c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{Id: oid, Critical: critical, Value: value})
	}
}

// TestEvidenceIsIssuedInTheValidityOfItsIssuer: a list that an authority signed after its own end says nothing, be it that someone was revoked
// (EN 319 102-1, 5.2.6.4, step 4).
func TestEvidenceIsIssuedInTheValidityOfItsIssuer(t *testing.T) {
	h := newHierarchy(t)
	late := h.ca.NotAfter.Add(time.Hour)
	for name, d := range map[string]RevocationData{
		"list":   crl(t, h.ca, late, revoking(h.signer, epoch(), 1)),
		"answer": answer(t, h.signer, h.ca, ocsp.Response{Status: ocsp.Revoked, RevokedAt: epoch(), ThisUpdate: late}),
	} {
		r := h.request(t, d)
		r.Time = late
		got := validate(r)
		if got.Status[0].State != StateMissing || len(got.Status[0].Unusable) != 1 || got.Status[0].Unusable[0].Key != UnusableSignerExpired {
			t.Errorf("%s: %s %+v", name, got.Status[0].State, got.Status[0].Unusable)
		}
	}
}
