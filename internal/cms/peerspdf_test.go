package cms

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/digitorus/pdfsign/sign"
	pdfverify "github.com/digitorus/pdfsign/verify"

	"mohur/internal/algo"
)

// authority is a root that the system trusts, for pdfsign knows no other trust anchors, with a signer of its own.
type authority struct{ root, signer signer }

var trusted = sync.OnceValue(func() authority {
	key := func() crypto.Signer {
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		check(err)
		return k
	}
	rootKey, leafKey := key(), key()
	from, to := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2044, 1, 1, 0, 0, 0, 0, time.UTC)
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Etibar kökü"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: from, NotAfter: to,
	}
	rootDER, err := x509.CreateCertificate(rand.Reader, root, root, rootKey.Public(), rootKey)
	check(err)
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "İmzalayan"}, NotBefore: from, NotAfter: to,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection},
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, root, leafKey.Public(), rootKey)
	check(err)
	dir, err := os.MkdirTemp("", "roots")
	check(err)
	file := filepath.Join(dir, "root.pem")
	check(os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: rootDER}), 0o600))
	check(os.Setenv("SSL_CERT_FILE", file)) // read once per process, at the first use of the system's roots
	check(os.Setenv("SSL_CERT_DIR", dir))
	if _, err := x509.SystemCertPool(); err != nil {
		check(err)
	}
	check(os.RemoveAll(dir))
	return authority{signer{"root", rootKey, rootDER}, signer{"leaf", leafKey, leafDER}}
})

// pdfFile puts numbered objects into a PDF with a classic cross-reference table.
func pdfFile(objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	at := make([]int, len(objects))
	for i, o := range objects {
		at[i] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R/ID[<01><01>]>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, xref)
	return b.Bytes()
}

// update appends an incremental update that replaces one object.
func update(pdf []byte, number int, object string, size int) []byte {
	last := regexp.MustCompile(`startxref\n(\d+)`).FindAllSubmatch(pdf, -1)
	var b bytes.Buffer
	b.Write(pdf)
	at := b.Len()
	fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", number, object)
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n%d 1\n%010d 00000 n \ntrailer\n<</Size %d/Root 1 0 R/Prev %s/ID[<01><01>]>>\nstartxref\n%d\n%%%%EOF\n", number, at, size, last[len(last)-1][1], xref)
	return b.Bytes()
}

func stream(text string) string {
	return fmt.Sprintf("<</Length %d>>\nstream\n%s\nendstream", len(text), text)
}

const room = 8000 // octets for the CMS

// signedPDF is a page with a signature over the whole file, made with the builder's certificate. byteRange and contents can be given instead.
func signedPDF(t *testing.T, b Builder, key crypto.Signer, contents []byte, byteRange string) []byte {
	t.Helper()
	mark := "/ByteRange[0000000000 0000000000 0000000000 0000000000]"
	pdf := pdfFile("<</Type/Catalog/Pages 2 0 R/AcroForm<</SigFlags 3/Fields[5 0 R]>>>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R/Annots[5 0 R]>>", stream("BT (100 manat) Tj ET"),
		"<</FT/Sig/T(Sig1)/Type/Annot/Subtype/Widget/Rect[0 0 0 0]/P 3 0 R/V 6 0 R>>",
		"<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached"+mark+"/Contents<"+strings.Repeat("0", 2*room)+">>>")
	open := bytes.Index(pdf, []byte("/Contents<0")) + len("/Contents")
	end := open + 2*room + 2
	if byteRange == "" {
		byteRange = fmt.Sprintf("/ByteRange[%010d %010d %010d %010d]", 0, open, end, len(pdf)-end)
	}
	pdf = bytes.Replace(pdf, []byte(mark), []byte(byteRange+strings.Repeat(" ", len(mark)-len(byteRange))), 1)
	if contents == nil {
		d, err := b.ContentDigest()
		if err != nil {
			t.Fatal(err)
		}
		if contents, err = b.Sign(context.Background(), key, d.Sum(append(bytes.Clone(pdf[:open]), pdf[end:]...))); err != nil {
			t.Fatal(err)
		}
	}
	hex.Encode(pdf[open+1:], contents)
	return pdf
}

// pdfsign asks the peer.
func pdfsign(t *testing.T, pdf []byte) *pdfverify.Response {
	t.Helper()
	trusted()
	r, err := pdfverify.Verify(bytes.NewReader(pdf), int64(len(pdf)))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// passes says whether the peer finds one valid and trusted signature and nothing to remark.
func passes(r *pdfverify.Response) bool {
	return len(r.Signers) == 1 && r.Signers[0].ValidSignature && r.Signers[0].TrustedIssuer && r.Error == ""
}

func TestPdfsignVerifyDefects(t *testing.T) {
	a := trusted()
	ours := Builder{Certificate: a.signer.cert, Chain: [][]byte{a.root.cert}}
	good := signedPDF(t, ours, a.signer.key, nil, "")
	if r := pdfsign(t, good); !passes(r) {
		t.Fatalf("a good file, signed by us, is not accepted: %+v", r)
	}
	broken(t, passes(pdfsign(t, update(good, 4, stream("BT (9999 manat) Tj ET"), 7))), "pdfsign says nothing of a page replaced by an incremental update")
	broken(t, passes(pdfsign(t, append(bytes.Clone(good), "\n% what nobody signed"...))), "pdfsign says nothing of bytes that no signature covers")

	// Any signature over M, made for something else, becomes a signature over any PDF: eContent = M, ByteRange over nothing.
	victim := Builder{Certificate: a.signer.cert, Chain: [][]byte{a.root.cert}, Content: message}
	cms, err := victim.Sign(context.Background(), a.signer.key, nil)
	if err != nil {
		t.Fatal(err)
	}
	broken(t, passes(pdfsign(t, signedPDF(t, Builder{}, nil, cms, "/ByteRange[0 0 0 0]"))), "pdfsign accepts the transplanted signature of another document")

	garbage := pdfsign(t, signedPDF(t, Builder{}, nil, []byte("garbage"), ""))
	broken(t, len(garbage.Signers) == 0 && garbage.Error == "", "pdfsign drops a signature that it can't parse, without a word")

	stranger := testSigners()["P-256"]
	if r := pdfsign(t, signedPDF(t, Builder{Certificate: stranger.cert}, stranger.key, nil, "")); len(r.Signers) != 1 || r.Signers[0].TrustedIssuer {
		t.Fatalf("an untrusted signer: %+v", r)
	}
	bag := pdfsign(t, signedPDF(t, Builder{Certificate: stranger.cert, Chain: [][]byte{a.root.cert}}, stranger.key, nil, ""))
	broken(t, len(bag.Signers) == 1 && bag.Signers[0].TrustedIssuer, "pdfsign trusts a stranger who carries a trusted root in his bag")

	for name, b := range map[string]Builder{"RSASSA-PSS": {PSS: true}, "SHA3-256": {Digest: algo.SHA3_256}, "a key identifier": {UseKeyID: true}} {
		s := testSigners()["RSA"]
		b.Certificate = s.cert
		r := pdfsign(t, signedPDF(t, b, s.key, nil, ""))
		broken(t, len(r.Signers) == 0 || !r.Signers[0].ValidSignature, "pdfsign does not verify "+name)
	}
}

// An untrusted, back-dated timestamp moves the time at which pdfsign judges.
func TestPdfsignBelievesUntrustedTimestamps(t *testing.T) {
	a, stranger := trusted(), testSigners()["RSA"]
	b := Builder{Certificate: a.signer.cert, Chain: [][]byte{a.root.cert}}
	pdf := signedPDF(t, b, a.signer.key, nil, "")
	open := bytes.Index(pdf, []byte("/Contents<30")) + len("/Contents<")
	cms := make([]byte, room)
	if _, err := hex.Decode(cms, pdf[open:open+2*room]); err != nil {
		t.Fatal(err)
	}
	sd := parse(t, cms)
	at := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	forged := token(t, Builder{ContentType: OIDTSTInfo, Content: tstInfo(at, sd.SignerInfos[0].Signature), OmitCertificate: true}, stranger, true)
	with, err := AddSignatureTimestamp(sd.Raw, 0, forged)
	if err != nil {
		t.Fatal(err)
	}
	hex.Encode(pdf[open:], with)
	r := pdfsign(t, pdf)
	broken(t, passes(r) && r.Signers[0].TimestampStatus == "valid" && r.Signers[0].VerificationTime.Equal(at), "pdfsign judges at the time of a forged timestamp and calls it valid")
}

// pdfsignSigns expects the peer to sign a file with a certificate of ours.
func pdfsignSigns(t *testing.T, pdf []byte, kind sign.CertType) []byte {
	t.Helper()
	b, err := tryPdfsign(t, pdf, kind)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// tryPdfsign lets the peer sign; a panic of its is an error.
func tryPdfsign(t *testing.T, pdf []byte, kind sign.CertType) (out []byte, err error) {
	t.Helper()
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	a := trusted()
	cert, err := x509.ParseCertificate(a.signer.cert)
	if err != nil {
		t.Fatal(err)
	}
	from, to := write(t, "in.pdf", pdf), filepath.Join(t.TempDir(), "out.pdf")
	err = sign.SignFile(from, to, sign.SignData{
		Signer: a.signer.key, Certificate: cert, DigestAlgorithm: crypto.SHA256,
		Signature: sign.SignDataSignature{
			CertType: kind, DocMDPPerm: sign.DoNotAllowAnyChangesPerms,
			Info: sign.SignDataSignatureInfo{Name: "Agentlik", Date: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)},
		},
	})
	if err != nil {
		return nil, err
	}
	return os.ReadFile(to)
}

// lastCMS returns the CMS of the last signature of a file.
func lastCMS(t *testing.T, pdf []byte) *SignedData {
	t.Helper()
	all := regexp.MustCompile(`/Contents\s*<([0-9a-fA-F]{100,})>`).FindAllSubmatch(pdf, -1)
	if len(all) == 0 {
		t.Fatal("no signature in the file")
	}
	h := all[len(all)-1][1]
	b := make([]byte, len(h)/2)
	if _, err := hex.Decode(b, h); err != nil {
		t.Fatal(err)
	}
	return parse(t, b)
}

func TestPdfsignSignDefects(t *testing.T) {
	form := pdfFile("<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[5 0 R]/DA(/Helv 0 Tf 0 g)>>>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R/Annots[5 0 R]>>", stream("BT (form) Tj ET"),
		"<</FT/Tx/T(ad)/Type/Annot/Subtype/Widget/Rect[10 10 90 30]/P 3 0 R/V(Aygün)>>")
	signed := pdfsignSigns(t, form, sign.ApprovalSignature)
	added := string(signed[len(form):])
	broken(t, !strings.Contains(added, "ETSI.CAdES.detached") && strings.Contains(added, "adbe.pkcs7.detached"), "pdfsign's SubFilter is never that of PAdES")
	si := lastCMS(t, signed).SignerInfos[0]
	broken(t, si.SignedAttributes.Has(OIDSigningTime), "pdfsign puts a signing-time into the CMS, which PAdES forbids")
	broken(t, si.SignedAttributes.Has(OIDAdobeRevocationInfoArchival), "pdfsign adds Adobe's revocation attribute, which PAdES baseline has no place for")
	fields := regexp.MustCompile(`(?s)/AcroForm\s*<<(.*?)>>`).FindStringSubmatch(added)
	broken(t, fields != nil && !strings.Contains(fields[1], "5 0 R") && !strings.Contains(fields[1], "/DA"), "pdfsign rebuilds the form and loses its fields and defaults")

	certified := pdfsignSigns(t, form, sign.CertificationSignature)
	again := pdfsignSigns(t, certified, sign.ApprovalSignature)
	broken(t, len(again) > len(certified) && strings.Contains(string(certified), "/P 1"), "pdfsign signs a document that its certification has closed to every change")
	old := pdfsignSigns(t, bytes.Replace(form, []byte("%PDF-1.7"), []byte("%PDF-1.4"), 1), sign.ApprovalSignature)
	again = pdfsignSigns(t, old, sign.ApprovalSignature)
	catalog := regexp.MustCompile(`(?s)/Type\s*/Catalog.*?endobj`).FindAllString(string(again[len(old):]), -1)
	broken(t, len(catalog) == 1 && strings.Count(catalog[0], "/Version") > 1, "pdfsign's second signature writes /Version twice into the catalogue")
}

// A document encrypted with AES-256 and the empty password opens in every reader without a question.
func TestPdfsignDoesNotSignAES256(t *testing.T) {
	plain := write(t, "plain.pdf", pdfFile("<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R>>", stream("BT (form) Tj ET")))
	out := filepath.Join(t.TempDir(), "aes256.pdf")
	if b, err := exec.Command("qpdf", "--encrypt", "", "", "256", "--", plain, out).CombinedOutput(); err != nil {
		t.Fatalf("qpdf is needed for this test: %v: %s", err, b)
	}
	encrypted, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	_, err = tryPdfsign(t, encrypted, sign.ApprovalSignature)
	broken(t, err != nil, "pdfsign can't sign a document encrypted with AES-256")
}
