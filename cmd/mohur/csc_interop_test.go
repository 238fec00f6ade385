//go:build interop

package main

import (
	"bytes"
	"encoding/pem"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"mohur/verify"
	"mohur/verify/etsi"
)

// TestCSCClient lets pyHanko's CSCSigner sign through a running server; scripts/csc.sh verifies what it made.
func TestCSCClient(t *testing.T) {
	python, out := os.Getenv("MOHUR_CSC_PYTHON"), os.Getenv("MOHUR_CSC_DIR")
	if python == "" || out == "" {
		t.Fatal("run it by scripts/csc.sh")
	}
	c := newCSCWorld(t, slog.New(slog.NewTextHandler(os.Stderr, nil)))
	w, o := c.world, c.office
	for name, der := range map[string][]byte{"root.pem": w.hierarchy.Anchors()[0]} {
		if err := os.WriteFile(filepath.Join(out, name), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	writeCRLs(t, w, filepath.Join(out, "crls"))
	document, err := w.application(director(), "1")
	if err != nil {
		t.Fatal(err)
	}
	letter := filepath.Join(out, "letter")
	if err := os.WriteFile(letter, document, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), python, filepath.Join("..", "..", "scripts", "pyhanko_csc.py"), w.address, "erp", c.key, letter, out, "interop-pin")
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	t.Log(strings.TrimSpace(said.String()))
	verifyCSC(t, o, out)
}

// writeCRLs leaves the lists for mohur verify.
func writeCRLs(t *testing.T, w *demoWorld, dir string) {
	t.Helper()
	lists, err := w.hierarchy.CRLs()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for i, der := range lists {
		if err := os.WriteFile(filepath.Join(dir, strconv.Itoa(i)+".crl"), der, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// verifyCSC judges what was signed as the service would.
func verifyCSC(t *testing.T, o *office, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.pdf"))
	if err != nil || len(files) == 0 {
		t.Fatal(err, "nothing was signed")
	}
	passed := 0
	for _, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		r, err := o.judge.Verify(t.Context(), verify.Input{Content: bytes.NewReader(b), Size: int64(len(b)), Name: filepath.Base(path)}, verify.PolicyBasic)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if r.Indication != etsi.TotalPassed || len(r.Signatures) != 1 {
			t.Errorf("%s: %s %s, %d signatures", filepath.Base(path), r.Indication, r.SubIndication, len(r.Signatures))
			continue
		}
		passed++
	}
	t.Logf("csc      %d of %d TOTAL-PASSED", passed, len(files))
}
