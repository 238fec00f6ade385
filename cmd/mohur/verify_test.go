package main

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mohur/internal/demopki"
	"mohur/signing"
	"mohur/signing/pades"
	"mohur/verify/report"
)

// verifyFixture writes a good, an altered and an unsigned document with anchors and CRLs into a folder.
func verifyFixture(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	at := func() time.Time { return demopki.Epoch().Add(time.Hour) }
	h, err := demopki.New(demopki.Options{Now: at})
	if err != nil {
		t.Fatal(err)
	}
	s, err := h.Person(demopki.Person{GivenName: "Ülkər", Surname: "Əzizova"})
	if err != nil {
		t.Fatal(err)
	}
	var signed bytes.Buffer
	plain := onePage()
	_, err = pades.Sign(context.Background(), bytes.NewReader(plain), int64(len(plain)), &signed, pades.Options{
		Request: signing.Request{Signer: s.Key, Certificate: s.Certificate, Chain: s.Chain, Now: at},
	})
	if err != nil {
		t.Fatal(err)
	}
	altered := bytes.Replace(signed.Bytes(), []byte("Cavab"), []byte("CAVAB"), 1)
	lists, err := h.CRLs()
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{
		"root.pem": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: h.Root().Raw}), "docs/good.pdf": signed.Bytes(),
		"docs/deep/altered.pdf": altered, "docs/unsigned.pdf": plain, "notes.xml": []byte("<a/>"),
		"strict.json": []byte(`{"name":"strict","constraints":{"SIGNING_TIME":"FAIL"}}`), "wrong.json": []byte("{\"name\":\"x\",\n\"colour\":1}"),
	}
	for i, l := range lists {
		files[fmt.Sprintf("crls/%d.crl", i)] = l
	}
	for name, b := range files {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// mohurVerify runs the command in the fixture's folder.
func mohurVerify(t *testing.T, dir string, args ...string) (status int, out, diagnostics string) {
	t.Helper()
	var o, e bytes.Buffer
	full := append([]string{"verify", "--offline", "--time", "2026-09-01T11:00:00Z", "--anchors", filepath.Join(dir, "root.pem"), "--revocation", filepath.Join(dir, "crls")}, args...)
	status = run(full, strings.NewReader(""), &o, &e)
	return status, o.String(), e.String()
}

func TestVerifyExitStatus(t *testing.T) {
	dir := verifyFixture(t)
	in := func(name string) string { return filepath.Join(dir, name) }
	for name, c := range map[string]struct {
		args   []string
		status int
		says   string // somewhere in what is printed
	}{
		"passes":              {[]string{in("docs/good.pdf")}, 0, "TOTAL-PASSED"},
		"altered":             {[]string{in("docs/deep/altered.pdf")}, 1, "HASH_MISMATCH"},
		"unsigned":            {[]string{in("docs/unsigned.pdf")}, 1, "NO_SIGNATURE_FOUND"},
		"folder":              {[]string{in("docs")}, 1, "altered.pdf"},
		"missing":             {[]string{in("nothing.pdf")}, 2, "no such file"},
		"missing and good":    {[]string{in("nothing.pdf"), in("docs/good.pdf")}, 2, "TOTAL-PASSED"},
		"other format":        {[]string{in("notes.xml")}, 2, "not yet supported: XML"},
		"in Russian":          {[]string{in("docs/good.pdf"), "--lang", "ru"}, 0, "Подпись действительна"},
		"options after paths": {[]string{in("docs/good.pdf"), "--lang", "az"}, 0, "İmza etibarlıdır"},
		"policy from a file":  {[]string{"--policy", in("strict.json"), in("docs/good.pdf")}, 0, "strict"},
		"refused policy":      {[]string{"--policy", in("wrong.json"), in("docs/good.pdf")}, 2, "line 2"},
		"unknown policy":      {[]string{"--policy", "lax", in("docs/good.pdf")}, 2, "azerbaijan-enhanced"},
		"bad time":            {[]string{"--time", "yesterday", in("docs/good.pdf")}, 2, "--time yesterday"},
		"nothing to do":       {nil, 2, "no file or folder"},
		"bad language":        {[]string{"--lang", "fr", in("docs/good.pdf")}, 2, "the languages are az, en"},
		"unknown option":      {[]string{"--colour", in("docs/good.pdf")}, 2, "colour"},
	} {
		t.Run(name, func(t *testing.T) {
			status, out, diagnostics := mohurVerify(t, dir, c.args...)
			if status != c.status || !strings.Contains(out+diagnostics, c.says) {
				t.Errorf("status %d, want %d and %q\n%s%s", status, c.status, c.says, out, diagnostics)
			}
		})
	}
}

func TestVerifyJSONIsOneLinePerDocument(t *testing.T) {
	dir := verifyFixture(t)
	status, out, diagnostics := mohurVerify(t, dir, "--json", "-j", "3", filepath.Join(dir, "docs"), filepath.Join(dir, "nothing.pdf"))
	if status != 2 || diagnostics != "" {
		t.Errorf("status %d, diagnostics %q", status, diagnostics)
	}
	var docs []report.Document
	for line := range strings.Lines(out) {
		var d report.Document
		if err := json.Unmarshal([]byte(line), &d); err != nil {
			t.Fatal(err)
		}
		docs = append(docs, d)
	}
	if len(docs) != 4 {
		t.Fatalf("%d lines", len(docs))
	}
	for i, want := range []string{"TOTAL-FAILED", "TOTAL-PASSED", "NO_SIGNATURE_FOUND", ""} {
		if string(docs[i].Indication) != want || (docs[i].Error != nil) != (want == "") {
			t.Errorf("%s: %s %v", docs[i].File, docs[i].Indication, docs[i].Error)
		}
	}
	good := docs[1].Signatures[0]
	if good.SignedBy == "" || good.Level != "PAdES-BASELINE-B" || good.Covers != "whole" || good.Modified != "none" || !good.Intact {
		t.Errorf("%+v", good)
	}
	for _, key := range []string{`"subIndication":""`, `"changes":[]`, `"timestamps":[]`, `"reasons":[]`, `"error":null`, `"signatures":[]`} {
		if !strings.Contains(out, key) {
			t.Errorf("the JSON has no %s", key)
		}
	}
	again, first := "", out
	if _, again, _ = mohurVerify(t, dir, "--json", "-j", "1", filepath.Join(dir, "docs"), filepath.Join(dir, "nothing.pdf")); again != first {
		t.Error("another degree of parallelism gives another output")
	}
}
