package report_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"mohur/certs"
	"mohur/internal/cms"
	"mohur/internal/demopki"
	"mohur/verify"
	"mohur/verify/report"
)

// judged is a CMS signature of a fresh hierarchy over a content, judged with or without its anchor.
func judged(t *testing.T, trusted bool) *verify.Report {
	t.Helper()
	at := demopki.Epoch().Add(3 * time.Hour)
	h, err := demopki.New(demopki.Options{Now: func() time.Time { return at }})
	if err != nil {
		t.Fatal(err)
	}
	s, err := h.Person(demopki.Person{})
	if err != nil {
		t.Fatal(err)
	}
	content := []byte("salam")
	b := cms.Builder{Certificate: s.Certificate, Chain: s.Chain, SigningTime: at}
	d, err := b.ContentDigest()
	if err != nil {
		t.Fatal(err)
	}
	sig, err := b.Sign(context.Background(), s.Key, d.Sum(content))
	if err != nil {
		t.Fatal(err)
	}
	in := verify.Input{
		Name: "a.p7s", Content: bytes.NewReader(sig), Size: int64(len(sig)), Time: at.Add(time.Minute),
		Detached: []verify.Data{{Name: "a\x01<&>.txt", Content: bytes.NewReader(content), Size: int64(len(content))}},
	}
	if trusted {
		root, err := certs.Parse(h.Root().Raw)
		if err != nil {
			t.Fatal(err)
		}
		in.Trust = certs.NewTrustStore(root)
	}
	r, err := verify.Document(context.Background(), in, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// read parses XML and returns the texts by path, and what VOReference points to beside what has an id.
func read(t *testing.T, doc []byte) (texts map[string][]string, ids, references map[string]bool) {
	t.Helper()
	texts, ids, references = map[string][]string{}, map[string]bool{}, map[string]bool{}
	d := xml.NewDecoder(bytes.NewReader(doc))
	var path []string
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return texts, ids, references
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := tok.(type) {
		case xml.StartElement:
			path = append(path, e.Name.Local)
			for _, a := range e.Attr {
				switch a.Name.Local {
				case "id":
					if ids[a.Value] {
						t.Errorf("id %s is given twice", a.Value)
					}
					ids[a.Value] = true
				case "VOReference":
					references[a.Value] = true
				}
			}
		case xml.EndElement:
			path = path[:len(path)-1]
		case xml.CharData:
			if s := strings.TrimSpace(string(e)); s != "" {
				texts[strings.Join(path, "/")] = append(texts[strings.Join(path, "/")], s)
			}
		}
	}
}

func TestETSIReportSaysTheVerdict(t *testing.T) {
	r := judged(t, false)
	var b bytes.Buffer
	if err := report.WriteETSI(&b, r, "en"); err != nil {
		t.Fatal(err)
	}
	texts, ids, references := read(t, b.Bytes())
	const base = "ValidationReport/SignatureValidationReport/"
	s := r.Signatures[0]
	for path, want := range map[string]string{
		"SignatureValidationStatus/MainIndication": "urn:etsi:019102:mainindication:indeterminate",
		"SignatureValidationStatus/SubIndication":  "urn:etsi:019102:subindication:NO_CERTIFICATE_CHAIN_FOUND",
		"SignatureIdentifier/SignatureValue":       base64.StdEncoding.EncodeToString(s.Technical.SignatureValue),
		"ValidationTimeInfo/ValidationTime":        r.Time.Format(time.RFC3339),
		"SignatureAttributes/SigningTime/Time":     s.ClaimedSigningTime.Format(time.RFC3339),
		"SignerInformation/Signer":                 s.Signer.DisplayName(),
	} {
		if got := fmt.Sprint(texts[base+path]); got != "["+want+"]" {
			t.Errorf("%s is %s, want %s", path, got, want)
		}
	}
	for id := range references {
		if !ids[id] {
			t.Errorf("%s is referred to and is nowhere", id)
		}
	}
	if len(s.Technical.SignedDigest) != 32 || !ids[s.ID] || !ids[s.Certificate] {
		t.Errorf("signed digest of %d bytes, ids %v", len(s.Technical.SignedDigest), ids)
	}
}

// TestETSIReportGivesAnIdOnce: two copies of a signature have one identity.
func TestETSIReportGivesAnIdOnce(t *testing.T) {
	r := judged(t, true)
	r.Signatures = append(r.Signatures, r.Signatures[0])
	var b bytes.Buffer
	if err := report.WriteETSI(&b, r, "az"); err != nil {
		t.Fatal(err)
	}
	if texts, _, _ := read(t, b.Bytes()); len(texts["ValidationReport/SignatureValidationReport/SignatureValidationStatus/MainIndication"]) != 2 {
		t.Error("a signature is missing")
	}
}

func TestETSIReportOfNoSignature(t *testing.T) {
	var b bytes.Buffer
	if err := report.WriteETSI(&b, &verify.Report{Time: demopki.Epoch()}, "en"); err != nil {
		t.Fatal(err)
	}
	if texts, _, _ := read(t, b.Bytes()); !strings.Contains(fmt.Sprint(texts), "no-signature-found") {
		t.Errorf("%v", texts)
	}
}

// failing is a full disk.
type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func TestETSIReportReturnsTheWritersError(t *testing.T) {
	if err := report.WriteETSI(failing{}, judged(t, true), "en"); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("%v", err)
	}
}
