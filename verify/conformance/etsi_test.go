//go:build conformance

package conformance

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"mohur/certs"
	"mohur/verify"
	"mohur/verify/report"
)

// TestETSIReports writes the report of ETSI TS 119 102-2 for every document of the attack set and for the PDF and CMS documents of dss, and
// lets xmllint hold each against the schema of version 1.4.1.
func TestETSIReports(t *testing.T) {
	lint, err := exec.LookPath("xmllint")
	if err != nil {
		t.Fatal("xmllint is missing (libxml2-utils): reports can't be held against the schema")
	}
	schemas, attack, dss := root(t, "schemas"), root(t, "attack"), root(t, "dss")
	trust, err := certs.LoadTrustStore(filepath.Join(attack, "pki", "root.cert.pem"))
	if err != nil {
		t.Fatal(err)
	}
	evidence, candidates, err := certs.LoadRevocation(filepath.Join(attack, "pki"))
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, dir := range []string{attack, dss} {
		err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
			if err == nil && e.Type().IsRegular() {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	out, made := t.TempDir(), []string{}
	for _, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		r, err := verify.Document(context.Background(), verify.Input{
			Name: filepath.Base(path), Content: bytes.NewReader(b), Size: int64(len(b)), Trust: trust, Certificates: candidates, Revocation: evidence,
			Time: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC),
		}, nil)
		if err != nil {
			continue // not a document that this version reads
		}
		name := filepath.Join(out, fmt.Sprintf("%04d.xml", len(made)))
		f, err := os.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := report.WriteETSI(f, r, "az"); err != nil {
			t.Fatal(err)
		}
		f.Close()
		made = append(made, name)
	}
	if len(made) < 150 {
		t.Fatalf("only %d reports were made", len(made))
	}
	cmd := exec.Command(lint, append([]string{"--nonet", "--noout", "--schema", filepath.Join(schemas, "specs-validation-report", "xsd", "TS119102-2-v141.xsd")}, made...)...)
	cmd.Env = append(os.Environ(), "XML_CATALOG_FILES="+catalog(t, schemas))
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%.4000s", err, bad(said))
	}
	t.Logf("schemas: %d of %d reports validate", len(made), len(made))
}

// bad keeps the lines that complain.
func bad(out []byte) []byte {
	var keep [][]byte
	for line := range bytes.Lines(out) {
		if !bytes.HasSuffix(bytes.TrimSpace(line), []byte(" validates")) {
			keep = append(keep, line)
		}
	}
	return bytes.Join(keep, nil)
}

// catalog tells xmllint where the schemas that the schema imports lie, so that nothing is fetched.
func catalog(t *testing.T, schemas string) string {
	t.Helper()
	var b bytes.Buffer
	b.WriteString(`<catalog xmlns="urn:oasis:names:tc:entity:xmlns:xml:catalog">`)
	for uri, file := range map[string]string{
		"http://www.w3.org/TR/2002/REC-xmldsig-core-20020212/xmldsig-core-schema.xsd": "specs-xmldsig/xsd/xmldsig-core-schema.xsd",
		"http://www.w3.org/TR/xmldsig-core/xmldsig-core-schema.xsd":                   "specs-xmldsig/xsd/xmldsig-core-schema.xsd",
		"http://uri.etsi.org/01903/v1.3.2/XAdES.xsd":                                  "specs-xades/xsd/XAdES.xsd",
		"http://uri.etsi.org/19612/v2.2.1/ts_119612v020201_201601xsd.xsd":             "specs-trusted-list/xsd/ts_119612v020401_xsd.xsd",
		"http://www.w3.org/2001/xml.xsd":                                              "specs-xmldsig/xsd/xml.xsd",
		"http://www.w3.org/2001/03/xml.xsd":                                           "specs-xmldsig/xsd/xml.xsd",
	} {
		fmt.Fprintf(&b, `<uri name="%s" uri="file://%s"/><system systemId="%s" uri="file://%s"/>`, uri, filepath.Join(schemas, file), uri, filepath.Join(schemas, file))
	}
	b.WriteString("</catalog>")
	name := filepath.Join(t.TempDir(), "catalog.xml")
	if err := os.WriteFile(name, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}
