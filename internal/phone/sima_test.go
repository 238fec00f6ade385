package phone

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mohur/docket"
)

var begin = time.Date(2026, time.November, 22, 9, 0, 0, 0, time.UTC)

func simaForTest(t testing.TB) *SIMA {
	t.Helper()
	s, err := NewSIMA(SIMAOptions{
		BaseURL: "https://portal.example.az/phone/sima/", ClientID: 42, ClientName: "Mohur", MasterKey: []byte("a key of the tests"),
		IconURL: "https://portal.example.az/icon.png", RedirectURL: "https://portal.example.az/",
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var task = Task{Operation: "0192-op", Secret: "geheim", Step: StepDocument, FIN: "5AZ1F2N", Created: begin, Expires: begin.Add(5 * time.Minute)}

// The container is spelt out here as the public clients write it, so that a change of names, order or spelling is seen.
func TestContainerAsThePublicClientsWriteIt(t *testing.T) {
	s := simaForTest(t)
	shown, err := s.Start(t.Context(), task)
	if err != nil {
		t.Fatal(err)
	}
	signable := `{"ProtoInfo":{"Name":"web2app","Version":"1.3"},"OperationInfo":{"Type":"Sign","OperationId":"0192-op","NbfUTC":1795337940,"ExpUTC":1795338300,"Assignee":["5AZ1F2N"]},` +
		`"DataInfo":{"DataURI":"https://portal.example.az/phone/sima/0192-op/geheim/data"},` +
		`"ClientInfo":{"ClientId":42,"ClientName":"Mohur","IconURI":"https://portal.example.az/icon.png","Callback":"https://portal.example.az/phone/sima/0192-op/geheim/callback","RedirectURI":"https://portal.example.az/"}}`
	sum := sha256.Sum256([]byte(signable))
	mac := hmac.New(sha256.New, []byte("a key of the tests"))
	mac.Write(sum[:])
	want := base64.StdEncoding.EncodeToString([]byte(`{"SignableContainer":` + signable + `,"Header":{"AlgName":"HMACSHA256","Signature":"` + base64.StdEncoding.EncodeToString(mac.Sum(nil)) + `"}}`))
	address := "https://portal.example.az/phone/sima/0192-op/geheim/?tsquery="
	if shown.QR != address+want || shown.Link != "sima://web-to-app?data="+address+want {
		got, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(shown.QR, address))
		t.Errorf("%s", got)
	}
	c, err := s.check(want)
	if err != nil || c.OperationInfo.OperationID != "0192-op" {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestContainersOfOthers(t *testing.T) {
	s := simaForTest(t)
	good, err := s.Payload(task)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := base64.StdEncoding.DecodeString(good)
	if err != nil {
		t.Fatal(err)
	}
	replaced := func(old, by string) string {
		return base64.StdEncoding.EncodeToString([]byte(strings.Replace(string(raw), old, by, 1)))
	}
	other := simaForTest(t)
	other.o.MasterKey = []byte("another key of the tests")
	foreign, err := other.Payload(task)
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range map[string]string{
		"another key": foreign, "another assignee": replaced("5AZ1F2N", "7ZZ9Y8X"), "later": replaced("1795338300", "1895338300"), "another algorithm": replaced("HMACSHA256", "NONE"),
		"a field more": replaced(`{"SignableContainer"`, `{"X":1,"SignableContainer"`), "no Base64": good + "*", "cut": good[:40], "empty": "", "too long": strings.Repeat("A", 4*maxContainer),
	} {
		if _, err := s.check(p); err == nil {
			t.Errorf("%s: taken for ours", name)
		}
	}
}

func TestMasterKeyFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	for name, c := range map[string]struct {
		text string
		mode os.FileMode
		ok   bool
	}{
		"alone": {"a key of the tests\n", 0o600, true}, "read only": {"a key of the tests", 0o400, true}, "for the group": {"a key of the tests", 0o640, false},
		"for all": {"a key of the tests", 0o604, false}, "short": {"1234567\n", 0o600, false}, "empty": {"", 0o600, false}, "long": {strings.Repeat("x", maxMasterKey+1), 0o600, false},
	} {
		os.Remove(path)
		if err := os.WriteFile(path, []byte(c.text), c.mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, c.mode); err != nil {
			t.Fatal(err)
		}
		key, err := ReadMasterKey(path)
		if (err == nil) != c.ok || c.ok && string(key) != "a key of the tests" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhoIsAsked(t *testing.T) {
	for number, want := range map[string]bool{"+994501234567": true, "994501234567": false, "+0501234567": false, "+99450": false, "+99450123456789012": false, "+99450 1234567": false, "": false} {
		if validNumber(number) != want {
			t.Errorf("%q", number)
		}
	}
	for fin, want := range map[string]bool{"5AZ1F2N": true, "5az1f2n": false, "": false, "5AZ1F2N'--": false, "1234": false} {
		if validFIN(fin) != want {
			t.Errorf("%q", fin)
		}
	}
}

func TestDocumentsAreStreamedAsTheApplicationReadsThem(t *testing.T) {
	var b strings.Builder
	if err := writeData(&b, `a"b.pdf`, strings.NewReader("%PDF")); err != nil || b.String() != `{"filename":"a\"b.pdf","data":"JVBERg=="}` {
		t.Errorf("%s, %v", b.String(), err)
	}
}

func FuzzContainer(f *testing.F) {
	s := simaForTest(f)
	good, err := s.Payload(task)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(base64.StdEncoding.EncodeToString([]byte(`{"SignableContainer":{},"Header":{"AlgName":"HMACSHA256","Signature":""}}`)))
	f.Fuzz(func(t *testing.T, payload string) {
		c, err := s.check(payload)
		if err == nil && c.OperationInfo.OperationID != string(task.Operation) {
			t.Fatalf("nobody made this: %+v", c)
		}
	})
}

func FuzzAuthenticated(f *testing.F) {
	f.Add("MAA=", "MAA=", "SHA256withECDSA", []byte("/x"))
	f.Add("", "", "", []byte{})
	f.Fuzz(func(t *testing.T, certificate, signature, algorithm string, signed []byte) {
		r := httptest.NewRequest(http.MethodGet, "/x", nil)
		r.Header.Set(headerCertificate, certificate)
		r.Header.Set(headerSignature, signature)
		r.Header.Set(headerAlgorithm, algorithm)
		if authenticated(r, signed) == nil {
			t.Fatal("nobody signed this")
		}
	})
}

var _ Provider = (*SIMA)(nil)

func TestFailuresHaveNames(t *testing.T) {
	for err, want := range map[error]string{
		ErrCancelled: docket.KeyPhoneCancelled, ErrLapsed: docket.KeyPhoneLapsed, ErrUnknown: docket.KeyPhonePerson, os.ErrDeadlineExceeded: docket.KeyPhoneService,
	} {
		if got := docket.KeyOf(failure(err)); got != want {
			t.Errorf("%v: %s", err, got)
		}
	}
}
