package web

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestFileName(t *testing.T) {
	for in, want := range map[string]string{
		`C:\a\b.pdf`: "b.pdf", "../../etc/passwd": "passwd", "a\x00\nb.pdf": "ab.pdf", "məktub.pdf": "məktub.pdf",
		strings.Repeat("ə", 300) + ".pdf": strings.Repeat("ə", 98) + ".pdf",
	} {
		if got := fileName(in); got != want {
			t.Errorf("fileName(%.30q) = %q", in, got)
		}
	}
}

// FuzzReadForm feeds bodies as a hostile browser might: never a failure of ours, never more than the bounds.
func FuzzReadForm(f *testing.F) {
	f.Add("multipart/form-data; boundary=x", []byte("--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"n\"\r\n\r\nc\r\n--x--\r\n"))
	f.Add("application/x-www-form-urlencoded", []byte("a=b&c=%20"))
	f.Add("multipart/form-data", []byte("--"))
	f.Add("text/plain;;", []byte(""))
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		r, err := http.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", contentType)
		v, _ := readForm(r, 4096, func(u upload) error {
			if len(u.Name) > 200 || strings.ContainsAny(u.Name, "/\\\x00\n") {
				t.Errorf("name %q", u.Name)
			}
			n, err := io.Copy(io.Discard, u)
			if n > 4096 {
				t.Errorf("%d bytes passed the limit", n)
			}
			return err
		})
		if len(v) > maxFormBytes {
			t.Errorf("%d values", len(v))
		}
	})
}
