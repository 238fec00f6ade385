//go:build conformance

package conformance

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"mime/multipart"
	"net/mail"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mohur/verify/etsi"
)

// rfc4134 is our table of the examples of RFC 4134 that are signed: "1" for a signature that is intact, and whether the content lies beside.
// A certificate list without a signer (4.11) has no signature; what is not signed is refused.
var rfc4134 = []struct {
	file     string
	detached string
	want     []string // nil: refused
}{
	{"3.1.bin", "", nil},
	{"3.2.bin", "", nil},
	{"4.1.bin", "", []string{"1"}},
	{"4.2.bin", "", []string{"1"}},
	{"4.3.bin", "ExContent.bin", []string{"1"}},
	{"4.4.bin", "", []string{"1", "1"}},
	{"4.5.bin", "", []string{"1"}},
	{"4.6.bin", "", []string{"1", "1"}},
	{"4.7.bin", "", []string{"1"}},
	{"4.8.eml", "", []string{"1"}},
	{"4.9.eml", "", []string{"1"}},
	{"4.10.bin", "", []string{"1"}},
	{"4.11.bin", "", []string{}},
	{"5.1.bin", "", nil},
	{"5.2.bin", "", nil},
	{"6.0.bin", "", nil},
	{"7.1.bin", "", nil},
	{"7.2.bin", "", nil},
}

// TestRFC4134 runs the examples of RFC 4134 through the program, and OpenSSL beside it: where OpenSSL says "Verification successful" the
// table must say intact, so that the table is not our opinion alone.
func TestRFC4134(t *testing.T) {
	dir := filepath.Join(root(t, "bouncycastle"), "rfc4134")
	s := newSuite(t, "rfc4134")
	for _, c := range rfc4134 {
		path, beside := filepath.Join(dir, c.file), ""
		if c.detached != "" {
			beside = filepath.Join(dir, c.detached)
		}
		if strings.HasSuffix(c.file, ".eml") {
			path, beside = mailParts(t, path)
		}
		if len(c.want) > 0 && c.file != "4.6.bin" { // 4.6 has a key whose parameters are inherited, which OpenSSL can't read
			openSSLAgrees(t, dir, path, beside)
		}
		args := []string{"--time", "2003-01-01T00:00:00Z", "--anchors", filepath.Join(dir, "CarlRSASelf.cer")}
		if beside != "" {
			args = append(args, "--detached", beside)
		}
		d := run(t, args, path)[0]
		difference := ""
		switch {
		case c.want == nil && d.Error == nil:
			difference = "not refused"
		case c.want != nil && (d.Error != nil || !slices.Equal(intacts(d), c.want) && len(c.want)+len(d.Signatures) > 0):
			difference = fmt.Sprintf("want %v, got %v %s", c.want, intacts(d), failure(d))
		}
		s.check(c.file, difference)
	}
	s.finish()
}

func openSSLAgrees(t *testing.T, dir, path, beside string) {
	t.Helper()
	args := []string{"cms", "-verify", "-noverify", "-inform", "DER", "-in", path, "-certfile", filepath.Join(dir, "AliceRSASignByCarl.cer"), "-out", os.DevNull}
	if beside != "" {
		args = append(args, "-content", beside, "-binary")
	}
	if out, err := exec.Command("openssl", args...).CombinedOutput(); err != nil {
		t.Errorf("OpenSSL does not verify %s: %v %s", path, err, out)
	}
}

// mailParts takes the CMS out of an S/MIME message, and what a multipart one signs.
func mailParts(t *testing.T, path string) (message, content string) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	raw = bytes.ReplaceAll(bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	body := io.Reader(m.Body)
	if strings.HasPrefix(kind, "multipart/") {
		mark := []byte("--" + params["boundary"] + "\r\n") // the signed part is the bytes between the boundaries (RFC 1847, 2.1)
		from := bytes.Index(raw, mark) + len(mark)
		to := from + bytes.Index(raw[from:], append([]byte("\r\n"), mark...))
		content = filepath.Join(t.TempDir(), "part")
		if err := os.WriteFile(content, raw[from:to], 0o600); err != nil {
			t.Fatal(err)
		}
		parts := multipart.NewReader(m.Body, params["boundary"])
		for range 2 {
			if body, err = parts.NextRawPart(); err != nil {
				t.Fatal(err)
			}
		}
	}
	der, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, body))
	if err != nil {
		t.Fatal(err)
	}
	message = filepath.Join(t.TempDir(), "message.p7m")
	if err := os.WriteFile(message, der, 0o600); err != nil {
		t.Fatal(err)
	}
	return message, content
}

// TestBouncyCastle gives every file of the folder to the program: each has an answer, whatever it is.
func TestBouncyCastle(t *testing.T) {
	var files []string
	err := filepath.WalkDir(root(t, "bouncycastle"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) < 50 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	s := newSuite(t, "bouncycastle")
	for _, d := range run(t, []string{"--time", "2026-11-22T12:00:00Z"}, files...) {
		difference := ""
		if d.Indication == etsi.TotalPassed {
			difference = "passes without an anchor"
		}
		s.check(d.File, difference)
	}
	s.finish()
}
