package api

import (
	"bytes"
	"net/http/httptest"
	"testing"
	"unicode/utf8"

	"mohur/internal/desk"
)

// limitsOnly is an office that knows its limits and nothing else.
type limitsOnly struct{ Office }

func (limitsOnly) Limits() desk.Limits {
	return desk.Limits{FileBytes: 1 << 16, SubmissionBytes: 1 << 17}
}

// FuzzOfficeBody reads bodies of the office's routes, JSON and forms: whatever comes is taken or refused, nothing is left, and what is taken has the form that
// its field asks for.
func FuzzOfficeBody(f *testing.F) {
	f.Add("application/json", []byte(goodForm))
	f.Add("application/json", []byte(`{"text":"ə","attachments":[{"name":"a","content":"eA=="},{"content":"e\u0041=="}]}`))
	f.Add("application/json", []byte(`{"file":{"content":"eA==","content":"eA=="}}`))
	f.Add("multipart/form-data; boundary=x", []byte("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nb\r\n--x--\r\n"))
	f.Add("application/pdf", []byte("%PDF"))
	fields := append(formFields(), field{name: "text", max: 100}, field{name: "file", kind: fileField}, field{name: "attachments", kind: filesField})
	s := &server{Options: Options{TempDir: f.TempDir(), Office: &OfficeOptions{Desk: limitsOnly{}}}}
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		r := httptest.NewRequest("POST", "/v1/submissions", bytes.NewReader(body))
		r.Header.Set("Content-Type", kind)
		in := &input{texts: map[string]string{}, files: map[string][]*spooled{}}
		defer in.remove()
		if err := s.readInput(httptest.NewRecorder(), r, officeRoute{fields: fields, raw: true}, in); err != nil || in.check(fields) != nil {
			return
		}
		for name, text := range in.texts {
			if _, err := named(fields, name, ""); err != nil || !utf8.ValidString(text) || utf8.RuneCountInString(text) > 300 {
				t.Errorf("%s: %q", name, text)
			}
		}
		if in.hash("/a") == in.hash("/b") {
			t.Error("the path is not in the hash")
		}
	})
}
