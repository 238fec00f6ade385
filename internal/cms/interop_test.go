package cms

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"go.mozilla.org/pkcs7"

	"mohur/internal/algo"
)

// What OpenSSL signs we verify; -stream makes BER with indefinite lengths and segments of 4 KB or so.
func TestOpenSSLSigns(t *testing.T) {
	content := bytes.Repeat([]byte("Məktubun mətni. "), 3000)
	for name, c := range map[string]struct {
		signer string
		args   string
	}{
		"RSA":                     {"RSA", ""},
		"RSA SHA-512":             {"RSA", "-md sha512"},
		"RSA SHA3-256":            {"RSA", "-md sha3-256"},
		"RSA SHA3-512":            {"RSA", "-md sha3-512"},
		"RSA SHA-1":               {"RSA", "-md sha1"},
		"RSA MD5":                 {"RSA", "-md md5"},
		"RSA SHA-512/256":         {"RSA", "-md sha512-256"},
		"RSASSA-PSS":              {"RSA", "-keyopt rsa_padding_mode:pss"},
		"RSASSA-PSS, no salt":     {"RSA", "-keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:0"},
		"RSASSA-PSS, other mask":  {"RSA", "-keyopt rsa_padding_mode:pss -keyopt rsa_mgf1_md:sha1"},
		"ECDSA P-256":             {"P-256", ""},
		"ECDSA P-384 SHA-384":     {"P-384", "-md sha384"},
		"key identifier":          {"P-256", "-keyid"},
		"no signed attributes":    {"RSA", "-noattr"},
		"no attributes, ECDSA":    {"P-256", "-noattr"},
		"CAdES":                   {"P-256", "-cades"},
		"encapsulated":            {"RSA", "-nodetach"},
		"BER":                     {"RSA", "-nodetach -stream"},
		"BER, key identifier":     {"P-256", "-nodetach -stream -keyid"},
		"BER, no attributes":      {"RSA", "-nodetach -stream -noattr"},
		"no certificate":          {"RSA", "-nocerts"},
		"another content type":    {"RSA", "-econtent_type 1.2.3.4 -nodetach"},
		"CAdES SHA-512, BER, key": {"P-521", "-cades -md sha512 -nodetach -stream -keyid"},
	} {
		t.Run(name, func(t *testing.T) {
			s := testSigners()[c.signer]
			args := []string{"cms", "-sign", "-binary", "-outform", "DER", "-in", write(t, "content", content), "-signer", s.certFile(t), "-inkey", s.keyFile(t)}
			der, err := openssl(t, append(args, strings.Fields(c.args)...)...)
			if err != nil {
				t.Fatal(err)
			}
			sd := parse(t, der)
			given := content
			if strings.Contains(c.args, "-nodetach") {
				given = nil
				if !bytes.Equal(sd.Content.Bytes(), content) {
					t.Error("the content is not what was signed")
				}
			}
			o := verify(t, sd, s.pub(), given)
			if !o.Intact() || len(o.Problems)+len(sd.Problems) > 0 {
				t.Errorf("%+v, %v", o, sd.Problems)
			}
			if other := verify(t, sd, s.pub(), []byte("something else")); other.Intact() || other.DigestMatches {
				t.Errorf("over something else: %+v", other)
			}
			if ids, err := sd.SignerInfos[0].SigningCertificateIDs(); strings.Contains(c.args, "-cades") && (err != nil || !ids[0].MatchesHash(s.cert)) {
				t.Errorf("%v, %v", ids, err)
			}
			if _, ok := sd.SignerInfos[0].SigningTime(); ok == strings.Contains(c.args, "-noattr") {
				t.Errorf("signing time: %v", ok)
			}
		})
	}
}

// Messages of other kinds are refused by name.
func TestOtherContentTypes(t *testing.T) {
	in := write(t, "content", message)
	cert := testSigners()["RSA"].certFile(t)
	for name, args := range map[string][]string{
		"EnvelopedData":     {"-encrypt", "-in", in, "-aes256", cert},
		"DigestedData":      {"-digest_create", "-in", in},
		"EncryptedData":     {"-EncryptedData_encrypt", "-in", in, "-aes128", "-secretkey", "000102030405060708090a0b0c0d0e0f"},
		"Data":              {"-data_create", "-in", in},
		"AuthEnvelopedData": {"-encrypt", "-in", in, "-aes-256-gcm", cert},
	} {
		b, err := openssl(t, append([]string{"cms", "-outform", "DER"}, args...)...)
		if err != nil {
			t.Fatal(err)
		}
		var kind *ContentTypeError
		if _, err := Parse(b, Limits{}); !errors.As(err, &kind) || kind.Name != name {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A certificates-only message, as sent in certificate replies and .p7c files.
func TestCertificatesOnly(t *testing.T) {
	b, err := openssl(t, "crl2pkcs7", "-nocrl", "-outform", "DER", "-certfile", testSigners()["RSA"].certFile(t), "-certfile", testSigners()["P-256"].certFile(t))
	if err != nil {
		t.Fatal(err)
	}
	sd := parse(t, b)
	if len(sd.SignerInfos) != 0 || len(sd.Certificates) != 2 || len(sd.Problems) != 0 {
		t.Errorf("%d signers, %d certificates, %v", len(sd.SignerInfos), len(sd.Certificates), sd.Problems)
	}
	degenerate, err := pkcs7.DegenerateCertificate(testSigners()["P-384"].cert)
	if err != nil {
		t.Fatal(err)
	}
	if sd := parse(t, degenerate); len(sd.Certificates) != 1 || !bytes.Equal(sd.Certificates[0], testSigners()["P-384"].cert) {
		t.Errorf("%d certificates", len(sd.Certificates))
	}
}

// A second opinion, both ways: go.mozilla.org/pkcs7 (which knows neither RSASSA-PSS nor SHA-3, nor Ed25519).
func TestPKCS7SecondOpinion(t *testing.T) {
	for _, name := range []string{"RSA", "P-256", "P-384"} {
		s := testSigners()[name]
		der, err := Builder{Certificate: s.cert}.Sign(context.Background(), s.key, algo.SHA256.Sum(message))
		if err != nil {
			t.Fatal(err)
		}
		p7, err := pkcs7.Parse(der)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		p7.Content = message
		if err := p7.Verify(); err != nil {
			t.Errorf("%s: what we sign: %v", name, err)
		}
		cert, err := x509.ParseCertificate(s.cert)
		if err != nil {
			t.Fatal(err)
		}
		data, err := pkcs7.NewSignedData(message)
		if err != nil {
			t.Fatal(err)
		}
		data.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA256)
		if err := data.AddSigner(cert, s.key, pkcs7.SignerInfoConfig{}); err != nil {
			t.Fatal(err)
		}
		theirs, err := data.Finish()
		if err != nil {
			t.Fatal(err)
		}
		if o := verify(t, parse(t, theirs), s.pub(), nil); !o.Intact() {
			t.Errorf("%s: what it signs: %+v", name, o)
		}
	}
}

// Brainpool's curves are on German and Austrian signature cards; the key and the certificate are OpenSSL's too.
func TestOpenSSLSignsWithBrainpool(t *testing.T) {
	for curve, digest := range map[string]string{"brainpoolP256r1": "sha256", "brainpoolP384r1": "sha384", "brainpoolP512r1": "sha512"} {
		key, cert := filepath.Join(t.TempDir(), "key.pem"), filepath.Join(t.TempDir(), "cert.pem")
		if _, err := openssl(t, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:"+curve, "-nodes", "-keyout", key, "-out", cert, "-subj", "/CN=Karte", "-days", "30"); err != nil {
			t.Fatal(err)
		}
		der, err := openssl(t, "cms", "-sign", "-binary", "-cades", "-md", digest, "-outform", "DER", "-in", write(t, "content", message), "-signer", cert, "-inkey", key)
		if err != nil {
			t.Fatal(err)
		}
		sd := parse(t, der)
		id, err := IdentifyCertificate(sd.Certificates[0])
		if err != nil {
			t.Fatal(err)
		}
		pub, info, err := algo.ParsePublicKey(id.SubjectPublicKeyInfo)
		if err != nil || info.Curve != curve {
			t.Fatalf("%+v, %v", info, err)
		}
		if o := verify(t, sd, pub, message); !o.Intact() || len(o.Problems) > 0 {
			t.Errorf("%s: %+v", curve, o)
		}
		if o := verify(t, sd, pub, []byte("another letter")); o.Intact() {
			t.Errorf("%s: another content is intact", curve)
		}
		value := sd.SignerInfos[0].Signature
		value[len(value)-1] ^= 1
		if o := verify(t, sd, pub, message); o.SignatureValid {
			t.Errorf("%s: a changed value verifies", curve)
		}
	}
}
