package main

import (
	"bufio"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mohur/internal/demopki"
)

const (
	sealedMemory = 64 << 10 // kilobytes resident at most, while a large document is sealed and the output verified
	largeInput   = 100 << 20
)

// TestLargeDocumentsAreSealedInLittleMemory: `mohur sign` as a process, over 100 MB, with a key on a soft token, at each level, as PDF and as message;
// then the renewal of the PDF. Reading, signing and the verification of the output together stay small.
func TestLargeDocumentsAreSealedInLittleMemory(t *testing.T) {
	dir := t.TempDir()
	program := installed(t, dir)
	measuring(t, dir) // while the sources are where they are looked for
	t.Chdir(dir)
	t.Setenv("SOFTHSM2_CONF", filepath.Join(dir, "soft", "softhsm2.conf"))
	h, err := demopki.New(demopki.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Save("pki"); err != nil {
		t.Fatal(err)
	}
	services := httptest.NewServer(scriptServices("pki"))
	t.Cleanup(services.Close)
	if err := os.WriteFile("pin", []byte("123456\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const key = "pkcs11:token=large;object=seal"
	env := append(os.Environ(), "HOME="+dir)
	c := exec.Command(program, "token", "init", "--dir", "soft", "--label", "large", "--pin-file", "pin", "--key", "P-256", "--object", "seal")
	c.Env = env
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := errors.Join(pkiSeal(h, []string{key, "pin"}), h.Save("pki")); err != nil {
		t.Fatal(err)
	}
	writeLarge(t, "large.pdf")

	access := []string{"--anchors", "pki/root.crt", "--tsa", demopki.DefaultBaseURL + "/tsa", "--map", demopki.DefaultBaseURL + "/=" + strings.TrimPrefix(services.URL, "http://")}
	sign := append([]string{program, "sign", "--key", key, "--pin-file", "pin", "--chain", "chain.pem"}, access...)
	for name, args := range map[string][]string{
		"PAdES B-B": {"--level", "B-B"}, "PAdES B-T": {"--level", "B-T"}, "PAdES B-LT": {"--level", "B-LT"}, "PAdES B-LTA": {"--level", "B-LTA"},
		"CAdES B-LTA": {"--format", "cades", "--level", "B-LTA"}, "CAdES B-LTA detached": {"--format", "cades", "--detached", "--level", "B-LTA"},
	} {
		out := strings.ReplaceAll(name, " ", "-")
		small(t, env, name, append(append(append([]string{}, sign...), args...), "--out", out, "large.pdf"))
		if name != "PAdES B-LTA" {
			if err := os.Remove(out); err != nil {
				t.Fatal(err)
			}
		}
	}
	small(t, env, "renewal", append(append([]string{program, "extend", "--level", "B-LTA"}, access...), "--out", "renewed.pdf", "PAdES-B-LTA"))
}

// small runs the program, which must do its work within the memory.
func small(t *testing.T, env []string, name string, args []string) {
	t.Helper()
	m := measuredAs(t, env, args...)
	t.Logf("%s: %d MB, %d ms of CPU", name, m.Memory>>10, m.CPU.Milliseconds())
	if m.Status != exitPassed || m.Memory > sealedMemory {
		t.Errorf("%s: status %d, %d MB in memory: %s", name, m.Status, m.Memory>>10, m.Output)
	}
}

// writeLarge writes a document of one page with a stream of 100 MB.
func writeLarge(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	head := "%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n" +
		"3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Resources<<>>>>\nendobj\n"
	at := func(n int) int { return strings.Index(head, fmt.Sprintf("%d 0 obj", n)) }
	fourth := len(head)
	body := head + fmt.Sprintf("4 0 obj\n<</Length %d>>\nstream\n", largeInput)
	fmt.Fprint(w, body)
	line := strings.Repeat("Layihəyə baxıldı. ", 64)
	left := largeInput
	for left > 0 {
		n := min(left, len(line))
		fmt.Fprint(w, line[:n])
		left -= n
	}
	end := "\nendstream\nendobj\n"
	fmt.Fprintf(w, "%sxref\n0 5\n0000000000 65535 f \n%010d 00000 n \n%010d 00000 n \n%010d 00000 n \n%010d 00000 n \ntrailer\n<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n",
		end, at(1), at(2), at(3), fourth, len(body)+largeInput+len(end))
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
}
