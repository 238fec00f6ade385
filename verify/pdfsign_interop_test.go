package verify_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"net/http/httptest"
	"testing"
	"time"

	peerpdf "github.com/digitorus/pdf"
	"github.com/digitorus/pdfsign/sign"
	peer "github.com/digitorus/pdfsign/verify"

	"mohur/certs"
	"mohur/internal/demopki"
	"mohur/internal/paper"
	"mohur/signing"
	"mohur/signing/pades"
	"mohur/verify"
	"mohur/verify/etsi"
)

// interop is a hierarchy and a letter for the tests beside pdfsign, a Go library that signs and reads PDFs its own way.
type interop struct {
	pki    *demopki.Hierarchy
	letter []byte
}

func interopTime() time.Time { return demopki.Epoch().Add(time.Hour) }

func newInterop(t *testing.T) *interop {
	t.Helper()
	h, err := demopki.New(demopki.Options{Now: interopTime})
	if err != nil {
		t.Fatal(err)
	}
	d, err := paper.MakeLetter(paper.Letter{
		Agency: paper.Agency{Name: "Dövlət Nümayiş Agentliyi"}, Number: "9/14-05", Date: interopTime(), Addressee: []string{"Dövlət Gömrük Komitəsinə"},
		Body: []string{"İrad yoxdur."}, Signatory: paper.Signatory{Name: "Ş. Ğəniyev"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return &interop{h, d.Bytes}
}

func (i *interop) seal(t *testing.T, kind demopki.KeyKind) *demopki.Signer {
	t.Helper()
	s, err := i.pki.Body(demopki.Body{Profile: demopki.Profile{Key: kind}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (i *interop) judge(t *testing.T, b []byte) *verify.Report {
	t.Helper()
	root, err := certs.Parse(i.pki.Root().Raw)
	if err != nil {
		t.Fatal(err)
	}
	lists, err := i.pki.CRLs()
	if err != nil {
		t.Fatal(err)
	}
	revocation := &certs.MemoryRevocation{}
	for _, l := range lists {
		crl, err := certs.ParseCRL(l)
		if err != nil {
			t.Fatal(err)
		}
		revocation.Add(certs.RevocationData{CRL: crl})
	}
	r, err := verify.Document(t.Context(), verify.Input{
		Content: bytes.NewReader(b), Size: int64(len(b)), Trust: certs.NewTrustStore(root), Revocation: revocation, Now: interopTime,
	}, verify.Basic())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestWhatPdfsignSignsIsVerified(t *testing.T) {
	i := newInterop(t)
	tsa := httptest.NewServer(i.pki.TSA())
	defer tsa.Close()
	for name, c := range map[string]struct {
		kind  demopki.KeyKind
		what  sign.SignDataSignature
		shape sign.Appearance
		tsa   sign.TSA
	}{
		"approval, RSA":   {demopki.RSA2048, sign.SignDataSignature{CertType: sign.ApprovalSignature}, sign.Appearance{}, sign.TSA{}},
		"approval, P-256": {demopki.P256, sign.SignDataSignature{CertType: sign.ApprovalSignature}, sign.Appearance{}, sign.TSA{}},
		"certification": {demopki.RSA2048, sign.SignDataSignature{
			CertType: sign.CertificationSignature, DocMDPPerm: sign.AllowFillingExistingFormFieldsAndSignaturesPerms,
		}, sign.Appearance{}, sign.TSA{}},
		"visible": {demopki.RSA2048, sign.SignDataSignature{CertType: sign.ApprovalSignature}, sign.Appearance{
			Visible: true, LowerLeftX: 20, LowerLeftY: 20, UpperRightX: 200, UpperRightY: 80,
		}, sign.TSA{}},
		"with a timestamp": {demopki.RSA2048, sign.SignDataSignature{CertType: sign.ApprovalSignature}, sign.Appearance{}, sign.TSA{URL: tsa.URL}},
	} {
		t.Run(name, func(t *testing.T) {
			s := i.seal(t, c.kind)
			issuer, err := x509.ParseCertificate(s.Chain[0])
			if err != nil {
				t.Fatal(err)
			}
			reader, err := peerpdf.NewReader(bytes.NewReader(i.letter), int64(len(i.letter)))
			if err != nil {
				t.Fatal(err)
			}
			c.what.Info = sign.SignDataSignatureInfo{Name: "Demo", Reason: "Sinaq", Date: interopTime()}
			var out bytes.Buffer
			err = sign.Sign(bytes.NewReader(i.letter), &out, reader, int64(len(i.letter)), sign.SignData{
				Signature: c.what, Signer: s.Key, DigestAlgorithm: crypto.SHA256, Certificate: s.Leaf,
				CertificateChains: [][]*x509.Certificate{{s.Leaf, issuer, i.pki.Root()}}, Appearance: c.shape, TSA: c.tsa,
			})
			if err != nil {
				t.Fatal(err)
			}
			r := i.judge(t, out.Bytes())
			if len(r.Signatures) != 1 || !r.Signatures[0].Intact || r.Indication != etsi.TotalPassed {
				t.Fatalf("%s %s: %+v", r.Indication, r.SubIndication, r.Signatures)
			}
			if c.tsa.URL != "" && len(r.Signatures[0].Timestamps) != 1 {
				t.Error("the timestamp was not seen")
			}
			altered := bytes.Clone(out.Bytes())
			altered[len(i.letter)/2] ^= 1
			if r := i.judge(t, altered); r.Indication == etsi.TotalPassed || len(r.Signatures) > 0 && r.Signatures[0].Intact {
				t.Errorf("one byte changed: %s", r.Indication)
			}
		})
	}
}

func TestPdfsignReadsWhatWeSeal(t *testing.T) {
	i := newInterop(t)
	for _, kind := range []demopki.KeyKind{demopki.RSA2048, demopki.P256} {
		s := i.seal(t, kind)
		var out bytes.Buffer
		_, err := pades.Sign(context.Background(), bytes.NewReader(i.letter), int64(len(i.letter)), &out, pades.Options{
			Request: signing.Request{Signer: s.Key, Certificate: s.Certificate, Chain: s.Chain, Now: interopTime}, Field: paper.SealField,
		})
		if err != nil {
			t.Fatal(err)
		}
		r, err := peer.Verify(bytes.NewReader(out.Bytes()), int64(out.Len()))
		if err != nil || len(r.Signers) != 1 || !r.Signers[0].ValidSignature {
			t.Errorf("%s: %+v %v", kind, r, err)
		}
		if own := i.judge(t, out.Bytes()); own.Indication != etsi.TotalPassed {
			t.Errorf("%s: our own verdict is %s %s", kind, own.Indication, own.SubIndication)
		}
	}
}
