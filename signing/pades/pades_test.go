package pades

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"testing"
	"time"

	"mohur/internal/algo"
	"mohur/internal/cms"
	"mohur/internal/demopki"
	"mohur/internal/paper"
	"mohur/signing"
)

// issueTSA certifies a timestamp key. The hierarchy's root does not give its key away, so this authority is its own root.
func issueTSA(t testing.TB, pub crypto.PublicKey) []byte {
	t.Helper()
	root, err := demopki.GenerateKey(demopki.P256, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(77), Subject: pkix.Name{CommonName: "Sınaq TSA"}, NotBefore: now().Add(-time.Hour), NotAfter: now().AddDate(1, 0, 0),
		KeyUsage:        x509.KeyUsageDigitalSignature,
		ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: true, Value: []byte{0x30, 0x0a, 6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 8}}},
	}
	issuer := &x509.Certificate{Subject: pkix.Name{CommonName: "Sınaq kök"}}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, pub, root)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestEveryKindOfKeySeals(t *testing.T) {
	w := newWorld(t)
	in := letter(t)
	for kind, want := range map[demopki.KeyKind]string{
		demopki.P256: "ECDSA_SHA256", demopki.P384: "ECDSA_SHA384", demopki.P521: "ECDSA_SHA512", demopki.RSA2048: "RSA_SHA256",
		demopki.RSA3072: "RSA_SHA256", demopki.Ed25519: "ED25519",
	} {
		t.Run(kind.String(), func(t *testing.T) {
			out, r := sealed(t, in, w.options(t, kind))
			if r.SignatureAlgorithm.Name != want || r.InputSHA256 != sha256.Sum256(in) || r.SHA256 != sha256.Sum256(out) {
				t.Errorf("%+v", r)
			}
			list := intact(t, out, "")
			if len(list) != 1 || list[0].SubFilter != "ETSI.CAdES.detached" || list[0].FieldName != "Signature1" || !list[0].SigningTime.Equal(now()) {
				t.Errorf("%+v", list)
			}
			if kind != demopki.Ed25519 { // pdfsig's library knows no Ed25519
				accepted(t, out, 1, "")
			}
		})
	}
}

func TestPSSAndSHA3(t *testing.T) {
	w := newWorld(t)
	o := w.options(t, demopki.RSA2048)
	o.PSS, o.Digest = true, algo.SHA512
	out, r := sealed(t, letter(t), o)
	if r.SignatureAlgorithm.Name != "RSA_SSA_PSS_SHA512_MGF1" || len(intact(t, out, "")) != 1 {
		t.Errorf("%+v", r)
	}
	accepted(t, out, 1, "")
	o = w.options(t, demopki.P256)
	o.Digest = algo.SHA3_256
	out, r = sealed(t, letter(t), o)
	if r.SignatureAlgorithm.Name != "ECDSA_SHA3_256" || len(intact(t, out, "")) != 1 {
		t.Errorf("%+v", r)
	}
}

func TestVisibleSealInTheFieldOfTheSheet(t *testing.T) {
	w := newWorld(t)
	o := w.options(t, demopki.P256)
	o.Field, o.Appearance = paper.SealField, visible()
	o.Name, o.Reason, o.Location, o.ContactInfo = "Dövlət Nümayiş Agentliyi", "Rəy (№ 9/14-05)", "Bakı", `x)\ /Contents <00>`
	o.Level, o.Timestamper = signing.BaselineT, w.authority(t)
	out, r := sealed(t, letter(t), o)
	list := intact(t, out, "")
	if len(list) != 1 || list[0].FieldName != "Seal" || list[0].Reason != o.Reason || list[0].ContactInfo != o.ContactInfo {
		t.Errorf("%+v", list)
	}
	if !r.Timestamp.Equal(now()) {
		t.Errorf("timestamp %v", r.Timestamp)
	}
	sd, err := cms.Parse(list[0].Contents, cms.Limits{})
	if err != nil || len(sd.SignerInfos[0].Timestamps()) != 1 {
		t.Errorf("no timestamp: %v", err)
	}
	accepted(t, out, 1, "")
}

func TestSecondSignatureLeavesTheFirstAlone(t *testing.T) {
	w := newWorld(t)
	out, _ := sealed(t, letter(t), w.options(t, demopki.P256))
	o := w.options(t, demopki.RSA2048)
	o.Rect, o.Appearance = [4]float64{300, 60, 500, 120}, visible()
	out, _ = sealed(t, out, o)
	if list := intact(t, out, ""); len(list) != 2 || list[1].FieldName != "Signature2" {
		t.Errorf("%+v", list)
	}
	accepted(t, out, 2, "")
}

func TestSameInputAndKeyGiveTheSameBytes(t *testing.T) {
	w := newWorld(t)
	o := w.options(t, demopki.RSA2048) // PKCS #1 v1.5 signatures have no randomness
	o.Field, o.Appearance = paper.SealField, visible()
	a, _ := sealed(t, letter(t), o)
	b, _ := sealed(t, letter(t), o)
	if !bytes.Equal(a, b) {
		t.Error("two runs differ")
	}
}
