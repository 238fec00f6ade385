package pades

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"testing"
	"time"

	"github.com/digitorus/pdf"
	"github.com/digitorus/pdfsign/sign"

	"mohur/internal/demopki"
	"mohur/verify"
	"mohur/verify/etsi"
)

// TestWhatPdfsignSigns: another library's signatures, in Adobe's way, pass our verify: RSA and ECDSA, approval and certification; and
// ours can follow. With RSA-3072 it misjudges its room, tries again and leaves bytes that nothing covers, which our verify then says.
func TestWhatPdfsignSigns(t *testing.T) {
	w := newWorld(t)
	page := plainPDF(
		"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>", "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Resources<<>>>>",
	)
	certified := sign.SignDataSignature{
		CertType: sign.CertificationSignature, DocMDPPerm: sign.AllowFillingExistingFormFieldsAndSignaturesPerms, Info: sign.SignDataSignatureInfo{Name: "Test", Date: now()},
	}
	approval := certified
	approval.CertType = sign.ApprovalSignature
	for name, c := range map[string]struct {
		kind   demopki.KeyKind
		digest crypto.Hash
		how    sign.SignDataSignature
	}{
		"RSA": {demopki.RSA2048, crypto.SHA256, approval}, "RSA, SHA-512": {demopki.RSA2048, crypto.SHA512, approval},
		"ECDSA": {demopki.P256, crypto.SHA256, approval}, "P-384": {demopki.P384, crypto.SHA384, approval}, "certified": {demopki.RSA2048, crypto.SHA256, certified},
	} {
		t.Run(name, func(t *testing.T) {
			s := w.seal(t, c.kind, 0)
			leaf, err := x509.ParseCertificate(s.Certificate)
			if err != nil {
				t.Fatal(err)
			}
			issuer, err := x509.ParseCertificate(s.Chain[0])
			if err != nil {
				t.Fatal(err)
			}
			reader, err := pdf.NewReader(bytes.NewReader(page), int64(len(page)))
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			if err := sign.Sign(bytes.NewReader(page), &out, reader, int64(len(page)), sign.SignData{
				Signature: c.how, Signer: s.Key, DigestAlgorithm: c.digest, Certificate: leaf, CertificateChains: [][]*x509.Certificate{{leaf, issuer}},
			}); err != nil {
				t.Fatal(err)
			}
			in := verify.Input{Content: bytes.NewReader(out.Bytes()), Size: int64(out.Len()), Trust: w.trust, Time: now().Add(time.Minute), Revocation: w.pki.Responders(nil)}
			r, err := verify.Document(t.Context(), in, nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Signatures) != 1 || r.Indication != etsi.TotalPassed || r.Signatures[0].Coverage != verify.CoversWhole {
				t.Errorf("%s %s %+v", r.Indication, r.SubIndication, r.Signatures)
			}
			if both, _ := sealed(t, out.Bytes(), w.options(t, demopki.P256)); len(both) <= out.Len() {
				t.Error("nothing was added to it")
			}
		})
	}
}
