package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"mohur/certs"
	"mohur/internal/cms"
	"mohur/internal/demopki"
	"mohur/verify"
)

// realVerifier judges with the trust and the CRLs of a fresh hierarchy.
type realVerifier struct {
	trust *certs.TrustStore
	crls  *certs.MemoryRevocation
}

func (v realVerifier) Verify(ctx context.Context, in verify.Input, policy string) (*verify.Report, error) {
	in.Trust, in.Revocation = v.trust, v.crls
	p, err := verify.NamedPolicy(policy)
	if err != nil {
		return nil, ErrPolicy
	}
	return verify.Document(ctx, in, p)
}

func (v realVerifier) VerifyCertificate(ctx context.Context, in verify.CertificateInput, policy string) (*verify.CertificateVerdict, error) {
	in.Trust, in.Revocation = v.trust, v.crls
	p, err := verify.NamedPolicy(policy)
	if err != nil {
		return nil, ErrPolicy
	}
	return verify.ValidateCertificate(ctx, in, p)
}

// signedWorld is a server over a hierarchy, a signer and a detached CMS signature of his over "salam".
func signedWorld(t *testing.T) (url string, s *demopki.Signer, signature []byte, at time.Time) {
	t.Helper()
	at = demopki.Epoch().Add(3 * time.Hour)
	h, err := demopki.New(demopki.Options{Now: func() time.Time { return at }})
	if err != nil {
		t.Fatal(err)
	}
	if s, err = h.Person(demopki.Person{}); err != nil {
		t.Fatal(err)
	}
	root, err := certs.Parse(h.Root().Raw)
	if err != nil {
		t.Fatal(err)
	}
	v := realVerifier{certs.NewTrustStore(root), &certs.MemoryRevocation{}}
	lists, err := h.CRLsAt(at)
	if err != nil {
		t.Fatal(err)
	}
	for _, der := range lists {
		l, err := certs.ParseCRL(der)
		if err != nil {
			t.Fatal(err)
		}
		v.crls.Add(certs.RevocationData{CRL: l, Origin: certs.OriginInput})
	}
	b := cms.Builder{Certificate: s.Certificate, Chain: s.Chain, SigningTime: at}
	d, err := b.ContentDigest()
	if err != nil {
		t.Fatal(err)
	}
	if signature, err = b.Sign(context.Background(), s.Key, d.Sum([]byte("salam"))); err != nil {
		t.Fatal(err)
	}
	url, _ = serve(t, v, func(o *Options) {
		o.Certificates, o.MaxBytes, o.Now = v, 64<<10, func() time.Time { return at.Add(time.Minute) }
	})
	return url, s, signature, at
}

func encoded(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// ask posts JSON and reads the answer into out, which must be there with status 200.
func ask(t *testing.T, url, body string, out any) string {
	t.Helper()
	res, text := send(t, "POST", url, "application/json", "", strings.NewReader(body))
	if res.StatusCode != 200 {
		t.Fatalf("%d %s", res.StatusCode, text)
	}
	if err := json.Unmarshal([]byte(text), out); err != nil {
		t.Fatal(err)
	}
	return text
}

// dssSays is what a portal reads of DSS's answer.
type dssSays struct {
	Report       []byte `json:"validationReportDataHandler"`
	SimpleReport struct {
		ValidSignaturesCount int
		ValidationTime       string
		Tokens               []struct {
			Signature struct {
				Indication, SubIndication, SignedBy, SigningTime, SignatureFormat string
				SignatureLevel                                                    struct{ Value string }
			}
		} `json:"signatureOrTimestampOrEvidenceRecord"`
	}
}

func TestDSSValidateSignature(t *testing.T) {
	url, s, signature, at := signedWorld(t)
	digest := sha256.Sum256([]byte("salam"))
	for name, original := range map[string]string{
		"file":           `{"bytes":"` + encoded([]byte("salam")) + `","digestAlgorithm":null,"name":"a.txt"}`,
		"digest":         `{"bytes":"` + encoded(digest[:]) + `","digestAlgorithm":"SHA256","name":"a.txt"}`,
		"escaped base64": `{"name":"a.txt","bytes":"` + strings.ReplaceAll(encoded([]byte("salam")), "=", `\u003d`) + `"}`,
	} {
		var got dssSays
		text := ask(t, url+"/services/rest/validation/validateSignature", fmt.Sprintf(
			`{"signedDocument":{"bytes":%q,"digestAlgorithm":null,"name":"a.p7s"},"originalDocuments":[%s],"policy":{"name":"basic","bytes":null},"cryptographicSuite":null,"validationTime":%d,"evidenceRecords":[],"tokenExtractionStrategy":"NONE","signatureId":null}`,
			encoded(signature), original, at.Add(time.Minute).UnixMilli()), &got)
		sig := got.SimpleReport.Tokens[0].Signature
		if sig.Indication != "TOTAL_PASSED" || sig.SignatureFormat != "CAdES-BASELINE-B" || sig.SignatureLevel.Value != "N/A" || got.SimpleReport.ValidSignaturesCount != 1 ||
			got.SimpleReport.ValidationTime != at.Add(time.Minute).Format(time.RFC3339) || sig.SigningTime != at.Format(time.RFC3339) || sig.SignedBy == "" {
			t.Errorf("%s: %+v", name, got.SimpleReport)
		}
		for _, want := range []string{`"TrustedList":[]`, `"Semantic":null`, `"trusted":true`, `"Base64Encoded":null`, `"Type":"CRL"`} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: no %s", name, want)
			}
		}
		if !bytes.Contains(got.Report, []byte("urn:etsi:019102:mainindication:total-passed")) {
			t.Errorf("%s: %.300s", name, got.Report)
		}
	}
	if len(s.Chain) == 0 {
		t.Error("the fixture has no chain")
	}
}

// TestDSSDigestOfAnotherFileFails: a digest stands for the file, so a wrong one is an altered file.
func TestDSSDigestOfAnotherFileFails(t *testing.T) {
	url, _, signature, _ := signedWorld(t)
	other := sha256.Sum256([]byte("another"))
	var got dssSays
	ask(t, url+"/services/rest/validation/validateSignature", fmt.Sprintf(`{"signedDocument":{"bytes":%q},"originalDocuments":[{"bytes":%q,"digestAlgorithm":"SHA256"}]}`, encoded(signature), encoded(other[:])), &got)
	if sig := got.SimpleReport.Tokens[0].Signature; sig.Indication != "TOTAL_FAILED" || sig.SubIndication != "HASH_FAILURE" {
		t.Errorf("%+v", sig)
	}
}

func TestDSSRefusals(t *testing.T) {
	url, _, signature, _ := signedWorld(t)
	doc := `"signedDocument":{"bytes":"` + encoded(signature) + `"}`
	large := encoded(make([]byte, 65<<10))
	for name, c := range map[string]struct {
		body    string
		status  int
		pointer string
	}{
		"no JSON":           {`<xml/>`, 400, "#"},
		"nothing":           {`{}`, 400, "#/signedDocument"},
		"cut off":           {`{` + doc[:60], 400, "#"},
		"policy file":       {`{` + doc + `,"policy":{"bytes":"PHg+","name":"basic"}}`, 400, "#/policy"},
		"unknown policy":    {`{` + doc + `,"policy":{"name":"lax"}}`, 400, "#/policy"},
		"suite":             {`{` + doc + `,"cryptographicSuite":{"bytes":"PHg+"}}`, 400, "#/cryptographicSuite"},
		"evidence record":   {`{` + doc + `,"evidenceRecords":[{"bytes":"PHg+"}]}`, 400, "#/evidenceRecords/0"},
		"unknown key":       {`{` + doc + `,"policies":null}`, 400, "#/policies"},
		"key twice":         {`{` + doc + `,` + doc + `}`, 400, "#/signedDocument"},
		"no base64":         {`{"signedDocument":{"bytes":"***"}}`, 400, "#/signedDocument/bytes"},
		"cut base64":        {`{"signedDocument":{"bytes":"abc"}}`, 400, "#/signedDocument/bytes"},
		"time in words":     {`{` + doc + `,"validationTime":"noon"}`, 400, "#/validationTime"},
		"digest too short":  {`{` + doc + `,"originalDocuments":[{"bytes":"AAAA","digestAlgorithm":"SHA256"}]}`, 400, "#/originalDocuments/0/digestAlgorithm"},
		"unknown tokens":    {`{` + doc + `,"tokenExtractionStrategy":"EXTRACT_KEYS"}`, 400, "#/tokenExtractionStrategy"},
		"trailing":          {`{` + doc + `}{}`, 400, "#"},
		"too large":         {`{"signedDocument":{"bytes":"` + large + `"}}`, 413, ""},
		"no signature file": {`{"signedDocument":{"bytes":"` + encoded([]byte("hello there")) + `"}}`, 422, ""},
	} {
		res, text := send(t, "POST", url+"/services/rest/validation/validateSignature", "application/json", "", strings.NewReader(c.body))
		var p Problem
		if err := json.Unmarshal([]byte(text), &p); err != nil || res.StatusCode != c.status || res.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s", name, res.StatusCode, text)
			continue
		}
		if c.pointer != "" && (len(p.Errors) != 1 || p.Errors[0].Pointer != c.pointer) {
			t.Errorf("%s: %+v", name, p.Errors)
		}
		if strings.Contains(text, "api.fault") {
			t.Errorf("%s: no sentence in %s", name, text)
		}
	}
}

// TestADigestInPlaceOfTheFile judges a detached signature by a digest in every way that a request can give one; the report says that the file
// was not seen.
func TestADigestInPlaceOfTheFile(t *testing.T) {
	url, _, signature, _ := signedWorld(t)
	digest := sha256.Sum256([]byte("salam"))
	var asForm [2]string
	kind, body := form([3]string{"file", "a.p7s", string(signature)}, [3]string{"digest", "", "sha-256:" + fmt.Sprintf("%x", digest)})
	asForm[0] = kind
	b, _ := io.ReadAll(body)
	asForm[1] = string(b)
	for name, c := range map[string]struct {
		request [2]string
		want    string
	}{
		"form":        {asForm, "TOTAL-PASSED"},
		"JSON":        {[2]string{"application/json", fmt.Sprintf(`{"file":{"name":"a.p7s","content":%q},"detached":[{"name":"a.txt","digestAlgorithm":"SHA256","digest":%q}],"reports":["text"],"policy":"basic"}`, encoded(signature), encoded(digest[:]))}, "TOTAL-PASSED"},
		"the file":    {[2]string{"application/json", fmt.Sprintf(`{"file":{"content":%q},"detached":[{"content":%q}]}`, encoded(signature), encoded([]byte("salam")))}, "TOTAL-PASSED"},
		"another one": {[2]string{"application/json", fmt.Sprintf(`{"file":{"content":%q},"detached":[{"digestAlgorithm":"SHA256","digest":%q}]}`, encoded(signature), encoded(make([]byte, 32)))}, "TOTAL-FAILED"},
	} {
		res, text := send(t, "POST", url+"/v1/verifications", c.request[0], "", strings.NewReader(c.request[1]))
		if res.StatusCode != 200 || !strings.Contains(text, c.want) || strings.Contains(text, "CONTENT_NOT_SEEN") == (name == "the file") {
			t.Errorf("%s: %d %s", name, res.StatusCode, text)
		}
	}
	for name, body := range map[string]string{
		"too short": `"detached":[{"digestAlgorithm":"SHA256","digest":"AAAA"}]`, "unknown": `"detached":[{"digestAlgorithm":"CRC","digest":"AAAA"}]`,
		"both": `"detached":[{"content":"AAAA","digest":"AAAA"}]`, "of the signature": `"x":1`,
	} {
		if res, text := send(t, "POST", url+"/v1/verifications", "application/json", "", strings.NewReader(fmt.Sprintf(`{"file":{"content":%q},%s}`, encoded(signature), body))); res.StatusCode != 400 {
			t.Errorf("%s: %d %s", name, res.StatusCode, text)
		}
	}
}

// TestCertificatesInPEMAreNeverLeftOut: more than are looked at are refused by name.
func TestCertificatesInPEMAreNeverLeftOut(t *testing.T) {
	url, s, _, _ := signedWorld(t)
	one := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate}))
	key := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: []byte{1}}))
	for name, c := range map[string]struct {
		body   string
		status int
		says   string
	}{
		"as many as are looked at": {strings.Repeat(one, maxItems), 200, ""},
		"one more":                 {strings.Repeat(one, maxItems+1), 400, "64"},
		"something else":           {one + key, 400, "pem-type"},
		"cut off":                  {one + one[:60], 400, "pem"},
	} {
		if res, text := send(t, "POST", url+"/v1/certificates/validations", "", "", strings.NewReader(c.body)); res.StatusCode != c.status || !strings.Contains(text, c.says) {
			t.Errorf("%s: %d %s", name, res.StatusCode, text)
		}
	}
}

func TestDSSOriginalDocuments(t *testing.T) {
	url, _, signature, _ := signedWorld(t)
	body := fmt.Sprintf(`{"signedDocument":{"bytes":%q},"originalDocuments":[{"bytes":%q,"name":"a.txt"}]`, encoded(signature), encoded([]byte("salam")))
	var got []dssDocument
	ask(t, url+"/services/rest/validation/getOriginalDocuments", body+"}", &got)
	if len(got) != 1 || string(got[0].Bytes) != "salam" || got[0].Name != "a.txt" {
		t.Errorf("%+v", got)
	}
	if res, text := send(t, "POST", url+"/services/rest/validation/getOriginalDocuments", "application/json", "", strings.NewReader(body+`,"signatureId":"S-0"}`)); res.StatusCode != 400 || !strings.Contains(text, "#/signatureId") {
		t.Errorf("%d %s", res.StatusCode, text)
	}
}

func TestCertificateValidation(t *testing.T) {
	url, s, _, _ := signedWorld(t)
	var chain []string
	for _, c := range s.Chain {
		chain = append(chain, `{"encodedCertificate":"`+encoded(c)+`"}`)
	}
	var got struct {
		SimpleCertificateReport struct {
			Certificate struct {
				Indication, SubIndication string
				ChainItem                 []struct{ Indication string }
			}
		} `json:"simpleCertificateReport"`
	}
	ask(t, url+"/services/rest/certificate-validation/validateCertificate",
		`{"certificate":{"encodedCertificate":"`+encoded(s.Certificate)+`"},"certificateChain":[`+strings.Join(chain, ",")+`],"validationTime":null}`, &got)
	if c := got.SimpleCertificateReport.Certificate; c.Indication != "PASSED" || len(c.ChainItem) == 0 || c.ChainItem[0].Indication != "PASSED" {
		t.Errorf("%+v", c)
	}
	res, text := send(t, "POST", url+"/v1/certificates/validations", "application/pkix-cert", "", bytes.NewReader(s.Certificate))
	var alone CertificateAnswer
	if err := json.Unmarshal([]byte(text), &alone); err != nil || res.StatusCode != 200 || alone.SubIndication != "NO_CERTIFICATE_CHAIN_FOUND" || len(alone.Reasons) == 0 {
		t.Errorf("without its issuer: %d %s", res.StatusCode, text)
	}
	if res, text := send(t, "POST", url+"/v1/certificates/validations", "", "", strings.NewReader("no certificate")); res.StatusCode != 422 {
		t.Errorf("%d %s", res.StatusCode, text)
	}
}

func TestSiVa(t *testing.T) {
	url, _, signature, _ := signedWorld(t)
	digest := sha256.Sum256([]byte("salam"))
	var got sivaAnswer
	ask(t, url+"/validateHashcode", fmt.Sprintf(`{"reportType":"Simple","signatureFiles":[{"signature":%q,"datafiles":[{"filename":"a.txt","hashAlgo":"SHA256","hash":%q}]}]}`, encoded(signature), encoded(digest[:])), &got)
	c := got.ValidationReport.Conclusion
	if c.ValidSignaturesCount != 1 || len(c.Signatures) != 1 || c.Signatures[0].Indication != "TOTAL-PASSED" || c.Signatures[0].SignatureFormat != "CAdES_BASELINE_B" {
		t.Errorf("%+v", c)
	}
	got = sivaAnswer{}
	ask(t, url+"/validate", fmt.Sprintf(`{"filename":"a.p7s","document":%q}`, encoded(signature)), &got)
	if c := got.ValidationReport.Conclusion; c.ValidSignaturesCount != 0 || c.Signatures[0].SubIndication != "SIGNED_DATA_NOT_FOUND" || c.ValidatedDocument.Filename != "a.p7s" {
		t.Errorf("%+v", c)
	}
	var files sivaFiles
	if text := ask(t, url+"/getDataFiles", fmt.Sprintf(`{"filename":"a.p7s","document":%q}`, encoded(signature)), &files); !strings.Contains(text, `"dataFiles":[]`) {
		t.Error(text)
	}
	if res, _ := send(t, "POST", url+"/validate", "application/json", "", strings.NewReader(fmt.Sprintf(`{"document":%q,"signaturePolicy":"POLv4"}`, encoded(signature)))); res.StatusCode != 400 {
		t.Errorf("SiVa's own policy: %d", res.StatusCode)
	}
}

// FuzzJSONStream: whatever comes, the reader ends, takes no more than it may and accepts nothing that encoding/json calls no JSON.
func FuzzJSONStream(f *testing.F) {
	for _, seed := range []string{`{"a":"aGk=","b":null,"c":["x",1]}`, `{"a":"\u0061Gk\u003d"}`, `{"a":"\u 061Gk="}`, `{"a":"a\nGk=","a":1}`, `{`, `{"a":"`, `[]`, `null`, `{"a":{"b":[]}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		j := newJSONStream(bytes.NewReader(b))
		err := j.object("#", func(key, at string) error {
			if key == "c" {
				return j.array(at, func(at string) error { var v json.RawMessage; return j.scalar(at, &v) })
			}
			if key == "a" {
				_, err := j.base64(at, func(r io.Reader) error { _, err := io.Copy(io.Discard, r); return err })
				return err
			}
			var v any
			return j.scalar(at, &v)
		})
		if err == nil && j.end() == nil && !json.Valid(b) {
			t.Errorf("%q is taken for JSON", b)
		}
	})
}
