package cms

import (
	"bytes"
	"context"
	"testing"
	"time"

	digitorus "github.com/digitorus/pkcs7"
	"github.com/digitorus/timestamp"
	mozilla "go.mozilla.org/pkcs7"

	"mohur/internal/algo"
	"mohur/internal/asn1"
)

// The tests of this file and of peerspdf_test.go show why verdicts and seals are not made with the libraries that this module names beside its own
// code (docs/design/dependencies.md). They pass as long as a defect is there, and fail on the day it is mended, so that the choice is thought over.

// broken expects that a defect is still there.
func broken(t *testing.T, still bool, defect string) {
	t.Helper()
	if !still {
		t.Errorf("mended: %s; revise docs/design/dependencies.md", defect)
	}
}

// peerVerdicts asks both forks of pkcs7 about a message with its content.
func peerVerdicts(message, content []byte) map[string]error {
	out := map[string]error{}
	d, err := digitorus.Parse(message)
	if err == nil {
		d.Content = content
		err = d.Verify()
	}
	out["github.com/digitorus/pkcs7"] = err
	m, err := mozilla.Parse(message)
	if err == nil {
		m.Content = content
		err = m.Verify()
	}
	out["go.mozilla.org/pkcs7"] = err
	return out
}

// Genuine signatures that neither fork can verify.
func TestPeersRefuseWhatIsGenuine(t *testing.T) {
	for name, c := range map[string]struct {
		signer string
		b      Builder
	}{
		"RSASSA-PSS":                    {"RSA", Builder{PSS: true}},
		"SHA3-256":                      {"RSA", Builder{Digest: algo.SHA3_256}},
		"a signer named by key":         {"RSA", Builder{UseKeyID: true}},
		"ECDSA, signer named by key":    {"P-256", Builder{UseKeyID: true}},
		"an OCSP response among crls":   {"RSA", Builder{CRLs: [][]byte{ocspChoice()}}},
		"RSASSA-PSS and an OCSP answer": {"RSA", Builder{PSS: true, CRLs: [][]byte{ocspChoice()}}},
	} {
		s, b := testSigners()[c.signer], c.b
		b.Certificate = s.cert
		d, err := b.ContentDigest()
		if err != nil {
			t.Fatal(err)
		}
		der, err := b.Sign(context.Background(), s.key, d.Sum(message))
		if err != nil {
			t.Fatal(err)
		}
		if o := verify(t, parse(t, der), s.pub(), message); !o.Intact() {
			t.Errorf("%s: our own verdict: %+v", name, o)
		}
		for peer, err := range peerVerdicts(der, message) {
			broken(t, err != nil, peer+" does not verify "+name)
		}
	}
}

func ocspChoice() []byte {
	answer := asn1.Sequence(asn1.Encode(asn1.TagEnumerated, false, []byte{0}))
	return asn1.Encode(asn1.Context(1), true, asn1.OID(oidRevocationOCSP), answer)
}

// With revocation data of CAdES-LT, one fork finds no signers and no error: a caller that loops over signers sees nothing wrong. The other
// does not read such a message at all.
func TestPeersLoseSignersSilently(t *testing.T) {
	c := newCraft(t, "RSA", message)
	c.crls = [][]byte{ocspChoice()}
	der := c.message(t)
	if n := len(parse(t, der).SignerInfos); n != 1 {
		t.Fatalf("%d signers", n)
	}
	m, err := mozilla.Parse(der)
	broken(t, err == nil && len(m.Signers) == 0, "mozilla/pkcs7 finds no signers beside an OCSP response, and no error")
	_, err = digitorus.Parse(der)
	broken(t, err != nil, "digitorus/pkcs7 can't read a message with an OCSP response")
}

// What both forks accept and a verifier must not.
func TestPeersAcceptWhatIsWrong(t *testing.T) {
	wrongESS := EncodeAttribute(OIDSigningCertificateV2, asn1.Sequence(asn1.Sequence(asn1.Sequence(asn1.OctetString(make([]byte, 32))))))
	protection := EncodeAttribute(OIDAlgorithmProtection, asn1.Sequence(algo.SHA512.Identifier(), asImplicit(1, asn1.Sequence(asn1.OID("1.2.840.10045.4.3.4")))))
	for name, change := range map[string]func(*craft){
		"a content-type attribute of another type": func(c *craft) { c.attributes[0] = EncodeAttribute(OIDContentType, asn1.OID(OIDTSTInfo)) },
		"no content-type attribute":                func(c *craft) { c.attributes = c.attributes[1:] },
		"other protected algorithms":               func(c *craft) { c.attributes = append(c.attributes, protection) },
		"two message digests": func(c *craft) {
			c.attributes = append(c.attributes, EncodeAttribute(OIDMessageDigest, asn1.OctetString(append([]byte{0xff}, make([]byte, 31)...))))
			c.attributes[1], c.attributes[2] = first(c.attributes[1], c.attributes[2])
		},
	} {
		c := newCraft(t, "RSA", message)
		change(c)
		der := c.message(t)
		if o := verify(t, parse(t, der), c.s.pub(), message); o.Intact() {
			t.Errorf("%s: we accept it", name)
		}
		for peer, err := range peerVerdicts(der, message) {
			broken(t, err == nil, peer+" accepts "+name)
		}
	}
	c := newCraft(t, "RSA", message)
	c.attributes = append(c.attributes, wrongESS)
	der := c.message(t)
	ids, err := parse(t, der).SignerInfos[0].SigningCertificateIDs()
	if err != nil || ids[0].MatchesHash(c.s.cert) {
		t.Errorf("%v, %v", ids, err)
	}
	for peer, err := range peerVerdicts(der, message) {
		broken(t, err == nil, peer+" accepts an ESS certificate id of another certificate")
	}
}

// first orders two attributes so that the one with the lesser encoding stands first, as in a SET OF.
func first(a, b []byte) ([]byte, []byte) {
	if bytes.Compare(a, b) < 0 {
		return a, b
	}
	return b, a
}

// SHA-1, which ended in 2012, passes without a word: x509.Certificate.CheckSignature lets it.
func TestPeersAcceptSHA1(t *testing.T) {
	s := testSigners()["RSA"]
	b := Builder{Certificate: s.cert, Digest: algo.SHA1}
	der, err := b.Sign(context.Background(), s.key, algo.SHA1.Sum(message))
	if err != nil {
		t.Fatal(err)
	}
	o := verify(t, parse(t, der), s.pub(), message)
	if !o.Intact() || o.Signature.Name != "RSA_SHA1" {
		t.Errorf("we verify it and name it, for the policy to judge: %+v", o)
	}
	for peer, err := range peerVerdicts(der, message) {
		broken(t, err == nil, peer+" accepts SHA-1")
	}
}

// tstInfo is a TSTInfo of the given time over the octets.
func tstInfo(at time.Time, over []byte) []byte {
	imprint := asn1.Sequence(algo.SHA256.Identifier(), asn1.OctetString(algo.SHA256.Sum(over)))
	return asn1.Sequence(asn1.Int(1), asn1.OID("1.2.3"), imprint, asn1.Int(1), asn1.GeneralizedTime(at))
}

// token makes a time-stamp token; corrupt spoils its signature.
func token(t testing.TB, b Builder, s signer, corrupt bool) []byte {
	t.Helper()
	b.Certificate = s.cert
	der, err := b.Sign(context.Background(), s.key, nil)
	if err != nil {
		t.Fatal(err)
	}
	if corrupt {
		value := parse(t, der).SignerInfos[0].Signature
		der[bytes.LastIndex(der, value)+len(value)/2] ^= 1
	}
	return der
}

// A token without a certificate is taken as it is: anybody can write any time.
func TestTimestampLibraryBelievesATokenWithoutACertificate(t *testing.T) {
	s := testSigners()["RSA"]
	at := time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC)
	forged := token(t, Builder{ContentType: OIDTSTInfo, Content: tstInfo(at, message), OmitCertificate: true}, s, true)
	if o := verify(t, parse(t, forged), s.pub(), nil); o.Intact() {
		t.Errorf("we believe it: %+v", o)
	}
	ts, err := timestamp.Parse(forged)
	broken(t, err == nil && ts.Time.Equal(at), "digitorus/timestamp.Parse accepts a token of 1999 with a corrupted signature and no certificate")
}

// Any SignedData over the right octets counts as a token, and the signer may be one that the token's certificate id does not name.
func TestTimestampLibraryChecksNeitherTypeNorCertificateID(t *testing.T) {
	s, at := testSigners()["RSA"], time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	_, err := timestamp.Parse(token(t, Builder{Content: tstInfo(at, message)}, s, false))
	broken(t, err == nil, "digitorus/timestamp.Parse accepts content of type id-data")
	c := newCraft(t, "RSA", tstInfo(at, message))
	c.contentType, c.encapsulated = OIDTSTInfo, asn1.OctetString(c.content)
	c.attributes[0] = EncodeAttribute(OIDContentType, asn1.OID(OIDTSTInfo))
	der := c.message(t)
	if _, err := parse(t, der).SignerInfos[0].SigningCertificateIDs(); err == nil {
		t.Error("there is an ESS certificate id")
	}
	_, err = timestamp.Parse(der)
	broken(t, err == nil, "digitorus/timestamp.Parse accepts a token without an ESS certificate id")
	pss := Builder{ContentType: OIDTSTInfo, Content: tstInfo(at, message), PSS: true}
	_, err = timestamp.Parse(token(t, pss, s, false))
	broken(t, err != nil, "digitorus/timestamp.Parse does not read a token signed with RSASSA-PSS")
}
