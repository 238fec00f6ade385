package cms

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"errors"
	"io"
	"testing"
	"time"

	"mohur/internal/algo"
)

// builders are the combinations of key and algorithm that can be sealed with.
func builders() map[string]struct {
	signer string
	b      Builder
} {
	type c = struct {
		signer string
		b      Builder
	}
	return map[string]c{
		"RSA_SHA256":             {"RSA", Builder{}},
		"RSA_SHA512":             {"RSA", Builder{Digest: algo.SHA512}},
		"RSA_SHA3_256":           {"RSA", Builder{Digest: algo.SHA3_256}},
		"RSA_SSA_PSS_SHA256":     {"RSA", Builder{PSS: true}},
		"RSA_SSA_PSS_SHA384":     {"RSA", Builder{PSS: true, Digest: algo.SHA384}},
		"ECDSA_SHA256":           {"P-256", Builder{}},
		"ECDSA_SHA384":           {"P-384", Builder{Digest: algo.SHA384}},
		"ECDSA_SHA512":           {"P-521", Builder{Digest: algo.SHA512}},
		"ECDSA_SHA3_384":         {"P-384", Builder{Digest: algo.SHA3_384}},
		"ED25519":                {"Ed25519", Builder{}},
		"by key identifier":      {"P-256", Builder{UseKeyID: true}},
		"with signing time":      {"P-256", Builder{SigningTime: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)}},
		"signing time past 2050": {"P-256", Builder{SigningTime: time.Date(2051, 11, 22, 10, 0, 0, 0, time.UTC)}},
	}
}

var message = []byte("Dövlət orqanının məktubu\n")

func TestBuildVerifyAndOpenSSL(t *testing.T) {
	for name, c := range builders() {
		for _, attached := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				s, b := testSigners()[c.signer], c.b
				b.Certificate = s.cert
				if attached {
					b.Content = message
				}
				d, err := b.ContentDigest()
				if err != nil {
					t.Fatal(err)
				}
				der, err := b.Sign(context.Background(), s.key, d.Sum(message))
				if err != nil {
					t.Fatal(err)
				}
				content := message
				if attached {
					content = nil
				}
				sd := parse(t, der)
				o := verify(t, sd, s.pub(), content)
				if !o.Intact() || len(o.Problems) > 0 {
					t.Fatalf("not intact: %+v", o)
				}
				checkMade(t, sd, b)
				if key, ok := s.pub().(ed25519.PublicKey); ok { // OpenSSL 3.0 does not know Ed25519 in CMS (3.2 does)
					if si := sd.SignerInfos[0]; !ed25519.Verify(key, asSet(si.RawSignedAttributes), si.Signature) {
						t.Error("the value is not over the attributes")
					}
					return
				}
				openSSLVerifies(t, s, der, attached)
			})
		}
	}
}

// checkMade looks at the attributes of a CAdES baseline B signature.
func checkMade(t *testing.T, sd *SignedData, b Builder) {
	t.Helper()
	si := sd.SignerInfos[0]
	if len(sd.Problems)+len(si.Problems) > 0 {
		t.Errorf("problems: %v %v", sd.Problems, si.Problems)
	}
	id, err := IdentifyCertificate(b.Certificate)
	if err != nil || !si.IdentifiedBy(id) {
		t.Errorf("signer identifier: %v", err)
	}
	ids, err := si.SigningCertificateIDs()
	if err != nil || len(ids) != 1 || !ids[0].MatchesHash(b.Certificate) || ids[0].Serial.Cmp(id.Serial) != 0 || !bytes.Equal(ids[0].IssuerRaw, id.IssuerRaw) {
		t.Errorf("ESS certificate id: %+v, %v", ids, err)
	}
	if at, ok := si.SigningTime(); ok == b.SigningTime.IsZero() || !at.Equal(b.SigningTime) {
		t.Errorf("signing time %v, %v", at, ok)
	}
	if (si.SubjectKeyID != nil) != b.UseKeyID || (sd.Version == 3) != b.UseKeyID {
		t.Errorf("key identifier %x, version %d", si.SubjectKeyID, sd.Version)
	}
}

func openSSLVerifies(t *testing.T, s signer, der []byte, attached bool) {
	t.Helper()
	args := []string{"cms", "-verify", "-binary", "-inform", "DER", "-in", write(t, "m.p7s", der), "-CAfile", s.certFile(t), "-purpose", "any", "-cades"}
	if !attached {
		args = append(args, "-content", write(t, "content", message))
	}
	out, err := openssl(t, args...)
	if err != nil || !bytes.Equal(out, message) {
		t.Errorf("openssl: %v, %q", err, out)
	}
}

func TestTwoSteps(t *testing.T) {
	s := testSigners()["P-256"]
	b := Builder{Certificate: s.cert}
	p, err := b.Prepare(algo.SHA256.Sum(message))
	if err != nil {
		t.Fatal(err)
	}
	value, err := s.key.Sign(nil, p.AttributesDigest(), crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	der, err := p.Finish(value)
	if err != nil {
		t.Fatal(err)
	}
	if len(der) > p.MaxSize() || p.MaxSize() > len(der)+16 {
		t.Errorf("%d octets, at most %d were announced", len(der), p.MaxSize())
	}
	if o := verify(t, parse(t, der), s.pub(), message); !o.Intact() {
		t.Errorf("%+v", o)
	}
	value[len(value)-1] ^= 1
	if _, err := p.Finish(value); !errors.Is(err, algo.ErrMismatch) {
		t.Errorf("a wrong value is put in: %v", err)
	}
}

// tokenKey is a signer that takes a context, as a key in a token does.
type tokenKey struct {
	crypto.Signer
	ctx context.Context
}

func (k *tokenKey) SignContext(ctx context.Context, _ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	k.ctx = ctx
	return k.Signer.Sign(nil, digest, opts)
}

func (k *tokenKey) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("the context was not handed on")
}

func TestSignerWithContext(t *testing.T) {
	s := testSigners()["P-256"]
	k := &tokenKey{Signer: s.key}
	ctx, cancel := context.WithCancel(context.Background())
	b := Builder{Certificate: s.cert}
	if _, err := b.Sign(ctx, k, algo.SHA256.Sum(message)); err != nil || k.ctx != ctx {
		t.Errorf("%v", err)
	}
	cancel()
	if _, err := b.Sign(ctx, s.key, algo.SHA256.Sum(message)); !errors.Is(err, context.Canceled) {
		t.Errorf("a plain signer is asked after the context's end: %v", err)
	}
}

func TestBuilderRefusals(t *testing.T) {
	s, other := testSigners()["P-256"], testSigners()["RSA"]
	ctx, digest := context.Background(), algo.SHA256.Sum(message)
	for name, c := range map[string]struct {
		b      Builder
		key    crypto.Signer
		digest []byte
	}{
		"no certificate":        {Builder{}, s.key, digest},
		"broken certificate":    {Builder{Certificate: s.cert[:50]}, s.key, digest},
		"digest of another":     {Builder{Certificate: s.cert, Digest: algo.SHA384}, s.key, digest},
		"no digest, no content": {Builder{Certificate: s.cert}, s.key, nil},
		"key of another kind":   {Builder{Certificate: s.cert}, other.key, digest},
		"another key":           {Builder{Certificate: s.cert}, newSigner("x", testSigners()["P-384"].key).key, digest},
	} {
		if _, err := c.b.Sign(ctx, c.key, c.digest); err == nil {
			t.Errorf("%s: signed", name)
		}
	}
}

func TestTimestampIsAddedWithoutTouchingTheRest(t *testing.T) {
	s := testSigners()["P-256"]
	der, err := Builder{Certificate: s.cert, Content: message}.Sign(context.Background(), s.key, nil)
	if err != nil {
		t.Fatal(err)
	}
	token := []byte{0x30, 0x03, 0x02, 0x01, 0x07}
	with, err := AddSignatureTimestamp(der, 0, token)
	if err != nil {
		t.Fatal(err)
	}
	with, err = AddUnsignedAttributes(with, 0, EncodeAttribute("1.2.3", []byte{5, 0}))
	if err != nil {
		t.Fatal(err)
	}
	sd := parse(t, with)
	si := sd.SignerInfos[0]
	if got := si.Timestamps(); len(got) != 1 || !bytes.Equal(got[0], token) || len(si.UnsignedAttributes) != 2 {
		t.Errorf("timestamps %x, attributes %v", got, si.UnsignedAttributes.Types())
	}
	before := parse(t, der).SignerInfos[0]
	if !bytes.Equal(before.RawSignedAttributes, si.RawSignedAttributes) || !bytes.Equal(before.Signature, si.Signature) {
		t.Error("what was signed has changed")
	}
	if o := verify(t, sd, s.pub(), nil); !o.Intact() {
		t.Errorf("%+v", o)
	}
	openSSLVerifies(t, s, with, true)
	for _, n := range []int{-1, 1} {
		if _, err := AddSignatureTimestamp(der, n, token); err == nil {
			t.Errorf("signer %d exists", n)
		}
	}
}
