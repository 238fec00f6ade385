package tsa

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	stdasn1 "encoding/asn1"
	"math/big"
	"testing"
	"time"

	"mohur/certs"
	"mohur/internal/algo"
	"mohur/internal/tsp"
	"mohur/verify/etsi"
)

func epoch() time.Time { return time.Date(2026, 9, 1, 9, 0, 0, 0, time.UTC) }

type party struct {
	cert *certs.Certificate
	std  *x509.Certificate
	key  *ecdsa.PrivateKey
}

func issue(t *testing.T, name string, parent *party, mods ...func(*x509.Certificate)) *party {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<60))
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name}, NotBefore: epoch().AddDate(-1, 0, 0), NotAfter: epoch().AddDate(1, 0, 0),
		BasicConstraintsValid: true, IsCA: parent == nil, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	if parent != nil {
		tmpl.KeyUsage = x509.KeyUsageDigitalSignature
	}
	for _, m := range mods {
		m(tmpl)
	}
	p := &party{key: key}
	signer, issuer := p, tmpl
	if parent != nil {
		signer, issuer = parent, parent.std
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, issuer, key.Public(), signer.key)
	if err != nil {
		t.Fatal(err)
	}
	if p.cert, err = certs.Parse(der); err != nil {
		t.Fatal(err)
	}
	if p.std, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return p
}

// purpose writes the extended key usage by hand, so that it can be critical.
func purpose(critical bool, ids ...stdasn1.ObjectIdentifier) func(*x509.Certificate) {
	v, _ := stdasn1.Marshal(ids)
	return func(c *x509.Certificate) {
		c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{Id: stdasn1.ObjectIdentifier{2, 5, 29, 37}, Critical: critical, Value: v})
	}
}

func timeStamping() stdasn1.ObjectIdentifier {
	return stdasn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 8}
}

func token(t *testing.T, tsa *party, change func(*tsp.IssueOptions)) *tsp.Token {
	t.Helper()
	imprint := sha256.Sum256([]byte("sənəd"))
	o := tsp.IssueOptions{
		Digest: algo.SHA256, Imprint: imprint[:], Policy: "1.2.3", Serial: big.NewInt(1), Time: epoch().Add(-time.Hour), Signer: tsa.key, Certificate: tsa.cert.Raw,
		SignatureDigest: algo.SHA256,
	}
	if change != nil {
		change(&o)
	}
	b, err := tsp.Issue(o)
	if err != nil {
		t.Fatal(err)
	}
	out, err := tsp.ParseToken(b)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// forged turns over a bit of the signature value.
func forged(tok *tsp.Token) *tsp.Token {
	tok.Signer().Signature[len(tok.Signer().Signature)-1] ^= 1
	return tok
}

func request(root *party) Request {
	return Request{Trust: certs.NewTrustStore(root.cert), Time: epoch(), Policy: certs.PathPolicy{Revocation: certs.RevocationIgnored}}
}

func TestTokens(t *testing.T) {
	root := issue(t, "root", nil)
	good := issue(t, "TSA", root, purpose(true, timeStamping()))
	other := issue(t, "other", nil)
	for name, c := range map[string]struct {
		token      *tsp.Token
		change     func(*Request)
		indication etsi.Indication
		sub        etsi.SubIndication
		key        string
	}{
		"good":                    {token(t, good, nil), nil, etsi.Passed, "", ""},
		"untrusted":               {token(t, good, nil), func(r *Request) { r.Trust = nil }, etsi.Indeterminate, etsi.NoCertificateChainFound, certs.ReasonNoTrustAnchor},
		"purpose not critical":    {token(t, issue(t, "TSA", root, purpose(false, timeStamping())), nil), nil, etsi.Indeterminate, etsi.ChainConstraintsFailure, ReasonPurpose},
		"another purpose beside":  {token(t, issue(t, "TSA", root, purpose(true, timeStamping(), stdasn1.ObjectIdentifier{1, 2, 3})), nil), nil, etsi.Indeterminate, etsi.ChainConstraintsFailure, ReasonPurpose},
		"no purpose":              {token(t, issue(t, "TSA", root), nil), nil, etsi.Indeterminate, etsi.ChainConstraintsFailure, ReasonPurpose},
		"key for other things":    {token(t, issue(t, "TSA", root, purpose(true, timeStamping()), func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment }), nil), nil, etsi.Indeterminate, etsi.ChainConstraintsFailure, certs.ReasonKeyUsage},
		"before its certificate":  {token(t, good, func(o *tsp.IssueOptions) { o.Time = epoch().AddDate(-2, 0, 0) }), nil, etsi.Indeterminate, etsi.ChainConstraintsFailure, ReasonOutsideValidity},
		"no certificate at all":   {token(t, good, func(o *tsp.IssueOptions) { o.NoCertificate = true }), nil, etsi.Indeterminate, etsi.NoSigningCertificateFound, ReasonSignerNotFound},
		"certificate handed in":   {token(t, good, func(o *tsp.IssueOptions) { o.NoCertificate = true }), func(r *Request) { r.Candidates = []*certs.Certificate{other.cert, good.cert} }, etsi.Passed, "", ""},
		"revocation data missing": {token(t, good, nil), func(r *Request) { r.Policy.Revocation = certs.RevocationRequired }, etsi.Indeterminate, etsi.TryLater, certs.ReasonRevocationMissing},
		"signed by another's key": {forged(token(t, good, nil)), nil, etsi.Failed, etsi.SigCryptoFailure, ReasonSignature},
		"imprint digest too weak": {token(t, good, nil), func(r *Request) {
			r.Policy.Algorithms = func(u certs.AlgorithmUse, _ time.Time) *certs.Reason {
				if u.Place == "imprint" {
					return &certs.Reason{Key: certs.ReasonAlgorithm}
				}
				return nil
			}
		}, etsi.Indeterminate, etsi.CryptoConstraintsNoPOE, certs.ReasonAlgorithm},
	} {
		t.Run(name, func(t *testing.T) {
			req := request(root)
			if c.change != nil {
				c.change(&req)
			}
			r := Validate(context.Background(), c.token, req)
			key := ""
			if len(r.Reasons) > 0 {
				key = r.Reasons[0].Key
			}
			if r.Indication != c.indication || r.SubIndication != c.sub || key != c.key {
				t.Errorf("%s/%s %q, want %s/%s %q", r.Indication, r.SubIndication, key, c.indication, c.sub, c.key)
			}
		})
	}
}

func TestAddedFirstCertificateIsNotTheSigner(t *testing.T) {
	root, evil := issue(t, "root", nil), issue(t, "evil root", nil)
	signer := issue(t, "TSA", root, purpose(true, timeStamping()))
	injected := issue(t, "TSA", evil, purpose(true, timeStamping()))
	tok := token(t, signer, nil)
	tok.CMS.Certificates = append([][]byte{injected.cert.Raw}, tok.CMS.Certificates...)
	req := request(evil)
	r := Validate(context.Background(), tok, req)
	if r.Passed() || r.Signer == nil || !r.Signer.Equal(signer.cert) {
		t.Fatalf("%s, signer %v", r.Indication, r.Signer)
	}
	if r.SubIndication != etsi.NoCertificateChainFound {
		t.Errorf("%s", r.SubIndication)
	}
}
