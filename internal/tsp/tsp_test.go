package tsp

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"mohur/internal/algo"
	own "mohur/internal/asn1"
	"mohur/internal/cms"
	"mohur/internal/seeds"
)

// tsa is a time-stamping authority made for the test, its certificate signed by itself.
type tsa struct {
	key  crypto.Signer
	cert []byte
}

func newTSA(key crypto.Signer, serial int64) tsa {
	critical, err := asn1.Marshal([]asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 8}})
	check(err)
	c := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "Vaxt möhürü", Country: []string{"AZ"}},
		NotBefore: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2044, 1, 1, 0, 0, 0, 0, time.UTC),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: true, Value: critical}},
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	check(err)
	return tsa{key, der}
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// tsas are made once: RSA keys are slow to make.
var tsas = sync.OnceValue(func() map[string]tsa {
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	check(err)
	e, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(err)
	_, d, err := ed25519.GenerateKey(rand.Reader)
	check(err)
	return map[string]tsa{"RSA": newTSA(r, 1), "P-256": newTSA(e, 2), "Ed25519": newTSA(d, 3)}
})

var (
	data   = []byte("Dövlət orqanının məktubu")
	at     = time.Date(2026, 11, 22, 10, 11, 12, 345e6, time.UTC)
	policy = own.ObjectIdentifier("1.2.3.4.5")
)

// options are those of a good token over data.
func options(name string) IssueOptions {
	t := tsas()[name]
	return IssueOptions{
		Digest: algo.SHA256, Imprint: algo.SHA256.Sum(data), Policy: policy, Serial: big.NewInt(77), Time: at,
		Accuracy: 1*time.Second + 2*time.Millisecond + 3*time.Microsecond, Signer: t.key, Certificate: t.cert,
	}
}

func issue(t testing.TB, o IssueOptions) *Token {
	t.Helper()
	b, err := Issue(o)
	if err != nil {
		t.Fatal(err)
	}
	tok, err := ParseToken(b)
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

// verify checks the token with its own signer's certificate.
func verify(t testing.TB, tok *Token, signer tsa) *Outcome {
	t.Helper()
	o, err := tok.Verify(signer.cert, signer.key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestIssueParseVerify(t *testing.T) {
	tsaName := own.Explicit(4, own.Sequence())
	for name, change := range map[string]func(*IssueOptions){
		"RSA":            func(*IssueOptions) {},
		"P-256":          func(*IssueOptions) {},
		"Ed25519":        func(*IssueOptions) {},
		"RSA PSS":        func(o *IssueOptions) { o.PSS, o.SignatureDigest = true, algo.SHA512 },
		"RSA nonce":      func(o *IssueOptions) { o.Nonce = new(big.Int).Lsh(big.NewInt(1), 127) },
		"P-256 ordering": func(o *IssueOptions) { o.Ordering, o.TSA = true, tsaName },
		"P-256 SHA3-512": func(o *IssueOptions) { o.Digest, o.Imprint = algo.SHA3_512, algo.SHA3_512.Sum(data) },
		"P-256 whole":    func(o *IssueOptions) { o.Time, o.Accuracy = at.Truncate(time.Second), 0 },
		"P-256 extension": func(o *IssueOptions) {
			o.Extensions = []Extension{{"1.2.3", true, []byte{5, 0}}, {"1.2.4", false, []byte{5, 0}}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			signer, _, _ := strings.Cut(name, " ")
			o := options(signer)
			change(&o)
			tok := issue(t, o)
			i := tok.Info
			if i.Policy != policy || i.Serial.Cmp(o.Serial) != 0 || !i.GenTime.Equal(o.Time) || i.Digest != o.Digest || !bytes.Equal(i.Imprint, o.Imprint) {
				t.Errorf("%+v", i)
			}
			if i.Accuracy.Duration != o.Accuracy || i.Accuracy.Given != (o.Accuracy > 0) || i.Ordering != o.Ordering || !bytes.Equal(i.TSA, o.TSA) || len(i.Extensions) != len(o.Extensions) {
				t.Errorf("%+v", i)
			}
			if (i.Nonce == nil) != (o.Nonce == nil) || i.Nonce != nil && i.Nonce.Cmp(o.Nonce) != 0 {
				t.Errorf("nonce %v", i.Nonce)
			}
			if out := verify(t, tok, tsas()[signer]); !out.Valid() || len(out.Problems) > 0 {
				t.Errorf("%+v", out)
			}
			if !bytes.Equal(tok.SignerCertificate(), tsas()[signer].cert) {
				t.Error("the signer's certificate isn't found")
			}
			if ok, err := tok.MatchesImprint(bytes.NewReader(data)); !ok || err != nil {
				t.Errorf("imprint: %v, %v", ok, err)
			}
			if ok, _ := tok.MatchesImprint(bytes.NewReader(data[1:])); ok {
				t.Error("the imprint is of something else")
			}
		})
	}
}

// A token with a defect in what makes it one is never valid, whichever certificate it is judged by.
func TestForgeries(t *testing.T) {
	good := issue(t, options("RSA"))
	signer, other := tsas()["RSA"], tsas()["P-256"]
	withoutCertificate := options("RSA")
	withoutCertificate.NoCertificate = true
	bare := issue(t, withoutCertificate)
	renewed := newTSA(other.key, 2) // the same name, serial number and key; only its own signature differs
	if bytes.Equal(renewed.cert, other.cert) {
		t.Fatal("the certificates are the same")
	}
	for name, c := range map[string]struct {
		token  []byte
		signer tsa
	}{
		"altered signature":                                {flipLast(good.Raw, good.Signer().Signature), signer},
		"altered time":                                     {bytes.Replace(good.Raw, []byte("20261122"), []byte("19991122"), 1), signer},
		"altered imprint":                                  {flipLast(good.Raw, good.Info.Imprint), signer},
		"no certificate and altered signature":             {flipLast(bare.Raw, bare.Signer().Signature), signer},
		"no certificate and altered time":                  {bytes.Replace(bare.Raw, []byte("20261122"), []byte("19991122"), 1), signer},
		"another certificate":                              {good.Raw, other},
		"another certificate of the same key":              {good.Raw, newTSA(signer.key, 99)},
		"a certificate that differs in its signature only": {issue(t, options("P-256")).Raw, renewed},
		"the same name and serial, another key":            {good.Raw, newTSA(testKey(t), 1)},
	} {
		tok, err := ParseToken(c.token)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if o := verify(t, tok, c.signer); o.Valid() {
			t.Errorf("%s: valid", name)
		}
	}
	if o := verify(t, bare, signer); !o.Valid() {
		t.Errorf("a genuine token without a certificate, judged by the right one: %+v", o)
	}
	if bare.SignerCertificate() != nil || bare.SignerCertificate(other.cert, signer.cert) == nil {
		t.Error("the signer is found where it isn't, or not among candidates")
	}
	if _, err := good.Verify(nil, signer.key.Public()); err == nil {
		t.Error("verified without a certificate")
	}
	if o, err := good.Verify(signer.cert, nil); err != nil || o.Valid() {
		t.Errorf("verified without a key: %v", err)
	}
}

func testKey(t testing.TB) crypto.Signer {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// flipLast changes the last octet of a part within a whole.
func flipLast(whole, part []byte) []byte {
	out := bytes.Clone(whole)
	at := bytes.LastIndex(out, part)
	out[at+len(part)-1] ^= 1
	return out
}

// What is signed well and is no time-stamp token all the same (RFC 3161, 2.4.2).
func TestNotATimeStampToken(t *testing.T) {
	signer := tsas()["P-256"]
	build := func(ct own.ObjectIdentifier, content []byte) []byte {
		b, err := cms.Builder{ContentType: ct, Content: content, Certificate: signer.cert}.Sign(t.Context(), signer.key, nil)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	info := options("P-256").info()
	detached, err := cms.Builder{ContentType: cms.OIDTSTInfo, Certificate: signer.cert}.Sign(t.Context(), signer.key, algo.SHA256.Sum(info))
	if err != nil {
		t.Fatal(err)
	}
	good := build(cms.OIDTSTInfo, info)
	two := bytes.Replace(info, []byte{2, 1, 1}, []byte{2, 1, 2}, 1)
	for name, b := range map[string][]byte{
		"nothing": nil, "a certificate": signer.cert, "another content type": build(cms.OIDData, info), "no content": detached,
		"content is a number": build(cms.OIDTSTInfo, own.Int(1)), "content is empty": build(cms.OIDTSTInfo, []byte{}),
		"version 2": build(cms.OIDTSTInfo, two), "bytes after TSTInfo": build(cms.OIDTSTInfo, append(bytes.Clone(info), 0)),
		"two signers": twice(t, good), "no signed attributes": withoutAttributes(t, good),
	} {
		var e *TokenError
		if _, err := ParseToken(b); !errors.As(err, &e) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ParseToken(append(bytes.Clone(good), make([]byte, 30)...)); err != nil {
		t.Errorf("zeros after a token, as in a PDF: %v", err)
	}
}

// rebuild changes the last field of SignedData, signerInfos.
func rebuild(t *testing.T, token []byte, change func(own.Element) []byte) []byte {
	t.Helper()
	e, err := own.Parse(token, own.Limits{})
	check(err)
	r := e.Children()
	_, err = r.Next()
	check(err)
	wrapper, err := r.Next()
	check(err)
	body, err := wrapper.Children().Next()
	check(err)
	var parts [][]byte
	for c := body.Children(); c.More(); {
		f, err := c.Next()
		check(err)
		parts = append(parts, f.Raw)
		if !c.More() {
			parts[len(parts)-1] = own.Encode(own.TagSet, true, change(f))
		}
	}
	return own.Sequence(own.OID(cms.OIDSignedData), own.Explicit(0, own.Sequence(parts...)))
}

func twice(t *testing.T, token []byte) []byte {
	return rebuild(t, token, func(infos own.Element) []byte { return append(bytes.Clone(infos.Content), infos.Content...) })
}

func withoutAttributes(t *testing.T, token []byte) []byte {
	return rebuild(t, token, func(infos own.Element) []byte {
		info, err := infos.Children().Next()
		check(err)
		var parts [][]byte
		for c := info.Children(); c.More(); {
			f, err := c.Next()
			check(err)
			if !f.Is(own.Context(0)) {
				parts = append(parts, f.Raw)
			}
		}
		return own.Sequence(parts...)
	})
}

func TestRequestAndCheck(t *testing.T) {
	req, err := NewRequest(algo.SHA256, algo.SHA256.Sum(data), RequestOptions{Policy: policy})
	if err != nil {
		t.Fatal(err)
	}
	back, err := ParseRequest(req.Marshal())
	if err != nil || back.Digest != req.Digest || !bytes.Equal(back.Imprint, req.Imprint) || back.Nonce.Cmp(req.Nonce) != 0 || back.Policy != policy || !back.CertReq {
		t.Fatalf("%+v, %v", back, err)
	}
	if req.Nonce.Sign() <= 0 || req.Nonce.BitLen() != 127 {
		t.Errorf("nonce of %d bits", req.Nonce.BitLen())
	}
	for name, c := range map[string]struct {
		change func(*IssueOptions)
		want   string // of a MismatchError; empty: accepted
	}{
		"what was asked for":     {func(*IssueOptions) {}, ""},
		"another nonce":          {func(o *IssueOptions) { o.Nonce = big.NewInt(1) }, "nonce"},
		"no nonce":               {func(o *IssueOptions) { o.Nonce = nil }, "nonce"},
		"another imprint":        {func(o *IssueOptions) { o.Imprint = make([]byte, 32) }, "imprint"},
		"another algorithm":      {func(o *IssueOptions) { o.Digest = algo.SHA3_256 }, "imprint algorithm"},
		"another policy":         {func(o *IssueOptions) { o.Policy = "1.2" }, "policy"},
		"no certificate":         {func(o *IssueOptions) { o.NoCertificate = true }, "certificate"},
		"not the signer's alone": {func(o *IssueOptions) { o.NoCertificate = true; o.Chain = nil }, "certificate"},
	} {
		o := options("P-256")
		o.Nonce = req.Nonce
		c.change(&o)
		token, err := Issue(o)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := ParseResponse(EncodeResponse(Granted, token))
		if err != nil {
			t.Fatal(err)
		}
		tok, err := req.Check(resp)
		var m *MismatchError
		if c.want == "" && (err != nil || tok == nil) || c.want != "" && (!errors.As(err, &m) || m.What != c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	plain, err := NewRequest(algo.SHA256, algo.SHA256.Sum(data), RequestOptions{NoCertificate: true, NoNonce: true})
	if err != nil {
		t.Fatal(err)
	}
	if b, err := ParseRequest(plain.Marshal()); err != nil || b.CertReq || b.Nonce != nil || b.Policy != "" {
		t.Errorf("%+v, %v", b, err)
	}
	if _, err := NewRequest(algo.SHA512, algo.SHA256.Sum(data), RequestOptions{}); err == nil {
		t.Error("an imprint of a wrong length")
	}
}

func TestRefusals(t *testing.T) {
	req, _ := NewRequest(algo.SHA256, algo.SHA256.Sum(data), RequestOptions{})
	resp, err := ParseResponse(EncodeResponse(Rejection, nil, BadAlg, SystemFailure, TimeNotAvailable))
	if err != nil {
		t.Fatal(err)
	}
	_, err = req.Check(resp)
	var refused *RefusedError
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), "rejection, badAlg, timeNotAvailable, systemFailure") {
		t.Errorf("%v", err)
	}
	text := own.Sequence(own.Sequence(own.Int(2), own.Sequence(own.UTF8String("bağlıdır"), own.UTF8String("\xff"))))
	if resp, err := ParseResponse(text); err != nil || len(resp.Text) != 2 || resp.Text[0] != "bağlıdır" || resp.Text[1] != "\uFFFD" {
		t.Errorf("%+v, %v", resp, err)
	}
	var none *TokenError
	if _, err := req.Check(&Response{Status: Granted}); !errors.As(err, &none) {
		t.Errorf("granted without a token: %v", err)
	}
	token, _ := Issue(options("P-256"))
	if _, err := req.Check(&Response{Status: Waiting, Token: token}); !errors.As(err, &refused) {
		t.Errorf("a token with a refusal: %v", err)
	}
	for _, b := range [][]byte{nil, []byte("<html>"), own.Sequence(), own.Int(1), append(EncodeResponse(Granted, token), 0)} {
		if r, err := ParseResponse(b); err == nil {
			t.Errorf("%x is a response: %+v", b, r)
		}
	}
}

// write puts a file into the test's folder.
func write(t *testing.T, name string, b []byte) string {
	t.Helper()
	p := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(p, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

func openssl(t *testing.T, args ...string) ([]byte, error) {
	t.Helper()
	var out, diag bytes.Buffer
	cmd := exec.Command("openssl", args...)
	cmd.Stdout, cmd.Stderr = &out, &diag
	err := cmd.Run()
	if err != nil {
		if cmd.ProcessState == nil {
			t.Fatalf("openssl is needed for this test: %v", err)
		}
		t.Logf("openssl %v: %s%s", args, out.Bytes(), diag.Bytes())
	}
	return out.Bytes(), err
}

func TestOpenSSLAcceptsOurTokens(t *testing.T) {
	for _, name := range []string{"RSA", "P-256"} {
		signer := tsas()[name]
		req, err := NewRequest(algo.SHA256, algo.SHA256.Sum(data), RequestOptions{})
		if err != nil {
			t.Fatal(err)
		}
		o := options(name)
		o.Nonce = req.Nonce
		token, err := Issue(o)
		if err != nil {
			t.Fatal(err)
		}
		ca := write(t, "ca.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signer.cert}))
		query, reply := write(t, "q.tsq", req.Marshal()), write(t, "r.tsr", EncodeResponse(Granted, token))
		if _, err := openssl(t, "ts", "-verify", "-queryfile", query, "-in", reply, "-CAfile", ca); err != nil {
			t.Errorf("%s: a response of ours: %v", name, err)
		}
		if _, err := openssl(t, "ts", "-verify", "-data", write(t, "data", data), "-in", write(t, "t.tst", token), "-token_in", "-CAfile", ca); err != nil {
			t.Errorf("%s: a token of ours: %v", name, err)
		}
	}
}

func TestWeAcceptOpenSSLsTokens(t *testing.T) {
	for name, digest := range map[string]algo.Digest{"RSA": algo.SHA256, "P-256": algo.SHA512} {
		signer := tsas()[name]
		key, err := x509.MarshalPKCS8PrivateKey(signer.key)
		if err != nil {
			t.Fatal(err)
		}
		cert := write(t, "tsa.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signer.cert}))
		config := write(t, "ts.cnf", []byte("[tsa]\ndefault_tsa = t\n[t]\nserial = "+write(t, "serial", []byte("0A"))+
			"\nsigner_cert = "+cert+"\nsigner_key = "+write(t, "key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))+
			"\nsigner_digest = sha384\ndefault_policy = 1.2.3.4.5\ndigests = sha256, sha512\naccuracy = secs:1, millisecs:500, microsecs:100\nordering = yes\n"+
			"tsa_name = yes\ness_cert_id_chain = no\ness_cert_id_alg = sha256\nclock_precision_digits = 3\n"))
		req, err := NewRequest(digest, digest.Sum(data), RequestOptions{})
		if err != nil {
			t.Fatal(err)
		}
		reply, err := openssl(t, "ts", "-reply", "-config", config, "-queryfile", write(t, "q.tsq", req.Marshal()))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := ParseResponse(reply)
		if err != nil {
			t.Fatal(err)
		}
		tok, err := req.Check(resp)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if o := verify(t, tok, signer); !o.Valid() || len(o.Problems) > 0 {
			t.Errorf("%s: %+v", name, o)
		}
		if i := tok.Info; i.Accuracy.Duration != 1500*time.Millisecond+100*time.Microsecond || !i.Ordering || i.TSA == nil || i.Serial.Sign() <= 0 {
			t.Errorf("%s: %+v", name, i)
		}
		wrong, _ := NewRequest(algo.MD5, algo.MD5.Sum(data), RequestOptions{})
		if reply, _ = openssl(t, "ts", "-reply", "-config", config, "-queryfile", write(t, "q.tsq", wrong.Marshal())); len(reply) > 0 {
			resp, err := ParseResponse(reply)
			if err != nil || resp.Status != Rejection || len(resp.FailInfo) != 1 || resp.FailInfo[0] != BadAlg {
				t.Errorf("refusal read as %+v, %v", resp, err)
			}
		}
	}
}

func TestIssueRefusals(t *testing.T) {
	for name, change := range map[string]func(*IssueOptions){
		"no serial": func(o *IssueOptions) { o.Serial = nil }, "no policy": func(o *IssueOptions) { o.Policy = "" },
		"no time": func(o *IssueOptions) { o.Time = time.Time{} }, "short imprint": func(o *IssueOptions) { o.Imprint = o.Imprint[1:] },
		"no digest": func(o *IssueOptions) { o.Digest, o.Imprint = 0, nil }, "no certificate": func(o *IssueOptions) { o.Certificate = nil },
	} {
		o := options("P-256")
		change(&o)
		if _, err := Issue(o); err == nil {
			t.Errorf("%s: issued", name)
		}
	}
}

func TestBadInfo(t *testing.T) {
	field := func(parts ...[]byte) []byte {
		base := [][]byte{own.Int(1), own.OID(policy), encodeImprint(algo.SHA256, make([]byte, 32)), own.Int(1), own.GeneralizedTime(at)}
		return own.Sequence(append(base, parts...)...)
	}
	for name, c := range map[string]struct {
		info []byte
		ok   bool
	}{
		"least":                {field(), true},
		"negative accuracy":    {field(own.Sequence(own.Int(-1))), false},
		"millis of 1000":       {field(own.Sequence(own.Encode(own.Context(0), false, []byte{3, 0xe8}))), false},
		"empty accuracy":       {field(own.Sequence()), true},
		"ordering FALSE":       {field(own.Boolean(false)), true},
		"wrong order":          {field(own.Int(5), own.Boolean(true)), false},
		"unknown field":        {field(own.Null()), false},
		"tsa without name":     {field(own.Explicit(0)), false},
		"extension of nothing": {field(own.Encode(own.Context(1), true, own.Sequence())), false},
		"UTCTime":              {bytes.Replace(field(), own.GeneralizedTime(at), own.Time(at), 1), false},
	} {
		if _, err := parseTSTInfo(c.info); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	unknown := own.Sequence(own.Int(1), own.OID(policy), own.Sequence(own.Sequence(own.OID("1.2.3")), own.OctetString([]byte{1})), own.Int(1), own.GeneralizedTime(at))
	info, err := parseTSTInfo(unknown)
	if err != nil || info.Digest != 0 || info.DigestAlgorithm.Algorithm != "1.2.3" {
		t.Errorf("imprint of an unknown algorithm: %+v, %v", info, err)
	}
	tok := &Token{Info: info}
	if ok, err := tok.MatchesImprint(bytes.NewReader(data)); ok || err != nil || tok.MatchesDigest(0, []byte{1}) {
		t.Error("an imprint of an unknown algorithm matches")
	}
}

func FuzzParseToken(f *testing.F) {
	good := issue(f, options("P-256"))
	f.Add(good.Raw)
	f.Add(good.Info.Raw)
	signature := bytes.Clone(good.Signer().Signature)
	for _, b := range seeds.Files(f, ".tst", ".tsr", ".p7s", ".p7m") {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		tok, err := ParseToken(b)
		if err != nil {
			return
		}
		o := verify(t, tok, tsas()["P-256"])
		if o.Valid() && (!bytes.Equal(tok.Signer().Signature, signature) || !tok.Info.GenTime.Equal(at)) {
			t.Fatal("a forged token is valid")
		}
		tok.SignerCertificate()
		tok.MatchesImprint(bytes.NewReader(data))
	})
}

func FuzzParseResponse(f *testing.F) {
	f.Add(EncodeResponse(Granted, own.Sequence()))
	f.Add(EncodeResponse(Rejection, nil, BadAlg, SystemFailure))
	for _, b := range seeds.Files(f, ".tsr", ".tst") {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := ParseResponse(b)
		if err != nil {
			return
		}
		if (&RefusedError{r}).Error() == "" {
			t.Fatal("nothing said")
		}
	})
}

func FuzzParseRequest(f *testing.F) {
	r, _ := NewRequest(algo.SHA384, algo.SHA384.Sum(data), RequestOptions{Policy: policy})
	f.Add(r.Marshal())
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := ParseRequest(b)
		if err != nil || len(r.Extensions) > 0 {
			return
		}
		again, err := ParseRequest(r.Marshal())
		if err != nil || again.Digest != r.Digest || !bytes.Equal(again.Imprint, r.Imprint) || again.CertReq != r.CertReq || again.Policy != r.Policy {
			t.Fatalf("%+v is read back as %+v, %v", r, again, err)
		}
	})
}
