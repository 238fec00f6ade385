package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mohur/docket"
	"mohur/internal/demopki"
	"mohur/internal/phone"
	"mohur/internal/phone/phonetest"
	"mohur/internal/signings"
	"mohur/signing"
	"mohur/signing/pades"
)

// phoneBench is an office with an owner who wants a document signed, and a clock that can be moved.
type phoneBench struct {
	t     *testing.T
	w     *demoWorld
	o     *office
	owner signings.Owner
	late  time.Duration
	doc   []byte
}

func newPhoneBench(t *testing.T) *phoneBench {
	t.Helper()
	b := &phoneBench{t: t, owner: signings.Program("portal"), doc: onePage()}
	t.Setenv("SOFTHSM2_CONF", "")
	w, err := openWorld(t.Context(), demoOptions{dir: filepath.Join(t.TempDir(), "demo")}, time.Now, func(string, ...any) {})
	t.Cleanup(func() {
		if err := w.close(); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	b.w, b.o = w, w.office
	return b
}

// use gives the office a service, by the bench's clock.
func (b *phoneBench) use(p phone.Provider) {
	b.t.Helper()
	var err error
	b.o.phone, err = phone.New(phone.Options{Store: b.o.store, Signings: b.o.signings, Provider: p, Now: func() time.Time { return time.Now().Add(b.late) }})
	if err != nil {
		b.t.Fatal(err)
	}
}

// person is a signer with a FİN.
func (b *phoneBench) person(p demopki.Person) *demopki.Signer {
	b.t.Helper()
	s, err := b.w.hierarchy.Person(p)
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

func (b *phoneBench) start() (*docket.PhoneOperation, phone.Shown, error) {
	return b.o.phone.Start(b.t.Context(), phone.StartInput{
		Owner: b.owner, Name: "qeyd.pdf", Document: bytes.NewReader(b.doc), Size: int64(len(b.doc)), FIN: "5AZ1F2N", Number: "+994501234567",
	})
}

// finished reads a done operation's document and verifies it.
func (b *phoneBench) finished(o *docket.PhoneOperation) {
	b.t.Helper()
	sg, f, err := b.o.signings.Document(b.t.Context(), b.owner, o.Signing)
	if err != nil {
		b.t.Fatalf("%+v: %v", o, err)
	}
	defer f.Close()
	all, err := io.ReadAll(io.NewSectionReader(f, 0, f.Size()))
	if err != nil || !bytes.HasPrefix(all, b.doc) || sg.Indication != "TOTAL-PASSED" {
		b.t.Fatalf("%d bytes, %s, %v", len(all), sg.Indication, err)
	}
	v, err := personJudge{b.o.judge, "basic"}.JudgeSigned(b.t.Context(), bytes.NewReader(all), int64(len(all)), "qeyd.pdf", nil, 0)
	if err != nil || !v.Passed() || len(v.Signatures) != 1 || v.Signatures[0].Signer.FIN != "5AZ1F2N" {
		b.t.Fatalf("%+v, %v", v, err)
	}
}

// A SIM service tells the certificate late; what is signed is made then, the person compares a code, and the value finishes the document.
func TestASIMServiceSigns(t *testing.T) {
	b := newPhoneBench(t)
	s := b.person(demopki.Person{})
	sim := &phonetest.SIM{Certificate: s.Certificate, Key: s.Key, Number: "+994501234567", Polls: 2}
	b.use(sim)
	o, _, err := b.start()
	if err != nil {
		t.Fatal(err)
	}
	code := ""
	for i := 0; o.State == docket.PhoneWaiting; i++ {
		if i > 10 {
			t.Fatalf("%+v", o)
		}
		if o, err = b.o.phone.Advance(t.Context(), b.owner, o.ID); err != nil {
			t.Fatal(err)
		}
		if o.Step == string(phone.StepHash) && o.State == docket.PhoneWaiting {
			code = o.Code
		}
	}
	if len(code) != 4 {
		t.Errorf("the code shown was %q", code)
	}
	b.finished(o)
	if again, err := b.o.phone.Advance(t.Context(), b.owner, o.ID); err != nil || again.State != docket.PhoneDone || again.Signing != o.Signing {
		t.Errorf("asked again: %+v, %v", again, err)
	}
	if _, err := b.o.phone.Find(t.Context(), signings.Program("another"), o.ID); !errors.Is(err, docket.ErrNotFound) {
		t.Errorf("another owner: %v", err)
	}

	other := b.person(demopki.Person{FIN: "7ZZ9Y8X"})
	for name, c := range map[string]struct {
		sim  *phonetest.SIM
		late time.Duration
		want string
	}{
		"declined":          {sim: &phonetest.SIM{Certificate: s.Certificate, Key: s.Key, Fail: phone.ErrCancelled}, want: docket.KeyPhoneCancelled},
		"no answer":         {sim: &phonetest.SIM{Certificate: s.Certificate, Key: s.Key, Fail: phone.ErrLapsed}, want: docket.KeyPhoneLapsed},
		"another person":    {sim: &phonetest.SIM{Certificate: other.Certificate, Key: other.Key}, want: docket.KeySigningOther},
		"another key":       {sim: &phonetest.SIM{Certificate: s.Certificate, Key: other.Key}, want: docket.KeySigningValue},
		"no certificate":    {sim: &phonetest.SIM{Certificate: []byte("x"), Key: s.Key}, want: docket.KeySigningCertificate},
		"five minutes over": {sim: &phonetest.SIM{Certificate: s.Certificate, Key: s.Key}, late: 5 * time.Minute, want: docket.KeyPhoneLapsed},
		"untrusted":         {sim: b.sim(demopki.UntrustedRoot), want: docket.KeySigUntrusted},
	} {
		t.Run(name, func(t *testing.T) {
			c.sim.Number = "+994501234567"
			b.late = 0
			b.use(c.sim)
			o, _, err := b.start()
			if err != nil {
				t.Fatal(err)
			}
			b.late = c.late
			for range 4 {
				if o.State == docket.PhoneWaiting {
					o, _ = b.o.phone.Advance(t.Context(), b.owner, o.ID)
				}
			}
			got, err := b.o.phone.Find(t.Context(), b.owner, o.ID)
			if err != nil || got.State != docket.PhoneFailed || got.Failure != c.want {
				t.Errorf("%+v, %v; want %s", got, err, c.want)
			}
		})
	}
	b.late = 0
	b.use(&phonetest.SIM{Number: "+994550000000"})
	if _, _, err := b.start(); docket.KeyOf(err) != docket.KeyPhonePerson {
		t.Errorf("a number nobody knows: %v", err)
	}
	// Nothing of a lapsed operation stays.
	b.late = 2 * time.Hour
	if n, err := b.o.phone.RemoveLapsed(t.Context()); err != nil || n == 0 {
		t.Errorf("%d removed, %v", n, err)
	}
	if _, err := b.o.phone.Find(t.Context(), b.owner, o.ID); !errors.Is(err, docket.ErrNotFound) {
		t.Errorf("it is still there: %v", err)
	}
}

func (b *phoneBench) sim(d demopki.Defect) *phonetest.SIM {
	s := b.person(demopki.Person{Profile: demopki.Profile{Defect: d}})
	return &phonetest.SIM{Certificate: s.Certificate, Key: s.Key}
}

// app is a person's phone with SİMA, which signs PDF documents by itself.
func (b *phoneBench) app(client *http.Client, s *demopki.Signer) *phonetest.App {
	return &phonetest.App{
		Client: client, Certificate: s.Certificate, Key: s.Key, Now: time.Now,
		Sign: func(document []byte) ([]byte, error) {
			var out bytes.Buffer
			_, err := pades.Sign(context.Background(), bytes.NewReader(document), int64(len(document)), &out, pades.Options{
				Request: signing.Request{Signer: s.Key, Certificate: s.Certificate, Chain: s.Chain, Now: time.Now},
			})
			return out.Bytes(), err
		},
	}
}

// sima serves SİMA's side over TLS.
func (b *phoneBench) sima() (*phone.SIMA, *httptest.Server) {
	b.t.Helper()
	var handler http.Handler
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	b.t.Cleanup(srv.Close)
	s, err := phone.NewSIMA(phone.SIMAOptions{BaseURL: srv.URL + phonePath, ClientID: 77, ClientName: "Mohur", MasterKey: []byte("a key of the tests"), RedirectURL: srv.URL})
	if err != nil {
		b.t.Fatal(err)
	}
	b.use(s)
	handler = s.Handler(b.o.phone, phonePath, slog.New(slog.DiscardHandler))
	return s, srv
}

// SİMA fetches the document, signs it as a whole and posts it back; it is verified before it counts, and counts once.
func TestSIMASigns(t *testing.T) {
	b := newPhoneBench(t)
	_, srv := b.sima()
	s := b.person(demopki.Person{})
	app := b.app(srv.Client(), s)
	find := func(id docket.ID) *docket.PhoneOperation {
		t.Helper()
		o, err := b.o.phone.Find(t.Context(), b.owner, id)
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	begin := func() (*docket.PhoneOperation, phone.Shown, *phone.SignableContainer) {
		t.Helper()
		b.late = 0
		o, shown, err := b.start()
		if err != nil {
			t.Fatal(err)
		}
		c, err := phonetest.Container(shown.QR)
		if err != nil {
			t.Fatal(err)
		}
		return o, shown, c
	}

	o, shown, c := begin()
	if status, err := app.Scan(t.Context(), shown.Link); err != nil || status != http.StatusOK {
		t.Fatalf("%d, %v", status, err)
	}
	b.finished(find(o.ID))
	signed, err := app.Sign(b.doc)
	if err != nil {
		t.Fatal(err)
	}
	if status, _ := app.Return(t.Context(), c, signed); status != http.StatusForbidden {
		t.Errorf("posted again: %d", status)
	}
	if _, status, _ := app.Fetch(t.Context(), c.DataInfo.DataURI); status != http.StatusForbidden {
		t.Errorf("fetched after the end: %d", status)
	}

	// An application may add validation data behind its signature.
	o, shown, _ = begin()
	long := b.app(srv.Client(), s)
	long.Sign = func(document []byte) ([]byte, error) {
		var out bytes.Buffer
		r := b.o.proofs.into(signing.Request{Signer: s.Key, Certificate: s.Certificate, Chain: s.Chain, Now: time.Now})
		r.Level = signing.BaselineLT
		_, err := pades.Sign(t.Context(), bytes.NewReader(document), int64(len(document)), &out, pades.Options{Request: r})
		return out.Bytes(), err
	}
	if status, err := long.Scan(t.Context(), shown.QR); err != nil || status != http.StatusOK {
		t.Errorf("B-LT: %d, %v, %+v", status, err, find(o.ID))
	} else {
		b.finished(find(o.ID))
	}

	// The code's own address hands out the same, and refuses a container of somebody else's.
	o, shown, c = begin()
	if got, status, err := app.Fetch(t.Context(), shown.QR); err != nil || status != http.StatusOK || !bytes.Equal(got, b.doc) {
		t.Errorf("%d bytes, %d, %v", len(got), status, err)
	}
	_, otherShown, other := begin()
	if _, status, _ := app.Fetch(t.Context(), shown.QR[:bytes.IndexByte([]byte(shown.QR), '?')]+otherShown.QR[bytes.IndexByte([]byte(otherShown.QR), '?'):]); status != http.StatusForbidden {
		t.Errorf("a container of another operation: %d", status)
	}
	// Without a signature of the application nothing is handed out, nor with one of another request.
	for name, r := range map[string]func() (int, error){
		"no headers": func() (int, error) {
			r, err := srv.Client().Get(c.DataInfo.DataURI)
			if err != nil {
				return 0, err
			}
			return r.StatusCode, r.Body.Close()
		},
		"another key": func() (int, error) {
			thief := *app
			thief.Key = b.person(demopki.Person{FIN: "7ZZ9Y8X"}).Key
			_, status, err := thief.Fetch(t.Context(), c.DataInfo.DataURI)
			return status, err
		},
		"another secret": func() (int, error) {
			_, status, err := app.Fetch(t.Context(), srv.URL+phonePath+"/"+string(o.ID)+"/"+docket.NewSecret()+"/data")
			return status, err
		},
		"another operation's secret": func() (int, error) {
			c := *c
			c.ClientInfo.Callback = other.ClientInfo.Callback
			return app.Return(t.Context(), &c, signed)
		},
		"an operation that is none": func() (int, error) {
			_, status, err := app.Fetch(t.Context(), srv.URL+phonePath+"/"+string(docket.NewID(time.Now()))+"/"+docket.NewSecret()+"/data")
			return status, err
		},
	} {
		if status, err := r(); err != nil || status != http.StatusForbidden {
			t.Errorf("%s: %d, %v", name, status, err)
		}
	}
	if find(o.ID).State != docket.PhoneWaiting {
		t.Error("strangers ended the operation")
	}

	thief := b.app(srv.Client(), b.person(demopki.Person{FIN: "7ZZ9Y8X"}))
	untrusted := b.app(srv.Client(), b.person(demopki.Person{Profile: demopki.Profile{Defect: demopki.UntrustedRoot}}))
	rsa := b.person(demopki.Person{Profile: demopki.Profile{Key: demopki.RSA2048}})
	for name, c := range map[string]struct {
		app  *phonetest.App
		sign func([]byte) ([]byte, error)
		want string // of the failure; empty: the operation waits on
	}{
		"another person":              {app: thief, want: docket.KeySigningOther},
		"nobody we trust":             {app: untrusted, want: docket.KeySigningRefused},
		"the document as it was":      {app: app, sign: func(d []byte) ([]byte, error) { return d, nil }, want: docket.KeySigningRefused},
		"white space":                 {app: app, sign: func(d []byte) ([]byte, error) { return append(bytes.Clone(d), '\n'), nil }, want: docket.KeySigningRefused},
		"another document":            {app: app, sign: func(d []byte) ([]byte, error) { return app.Sign(append([]byte("%PDF-1.7\n"), d...)) }, want: docket.KeySigningOther},
		"signed twice":                {app: app, sign: func(d []byte) ([]byte, error) { return twice(app.Sign, d) }, want: docket.KeySigningRefused},
		"something after it":          {app: app, sign: func(d []byte) ([]byte, error) { s, err := app.Sign(d); return append(s, "x"...), err }, want: docket.KeySigningRefused},
		"too long":                    {app: app, sign: func(d []byte) ([]byte, error) { return append(bytes.Clone(d), make([]byte, 8<<20)...), nil }},
		"a phone that can't do ECDSA": {app: &phonetest.App{Client: srv.Client(), Certificate: rsa.Certificate, Key: rsa.Key, Now: time.Now, Sign: app.Sign}},
	} {
		t.Run(name, func(t *testing.T) {
			o, shown, _ := begin()
			phone := *c.app
			if c.sign != nil {
				phone.Sign = c.sign
			}
			status, err := phone.Scan(t.Context(), shown.QR)
			got := find(o.ID)
			if err != nil || status != http.StatusForbidden || got.Failure != c.want || c.want != "" && got.State != docket.PhoneFailed || got.Signing != "" {
				t.Errorf("%d, %v, %+v; want %q", status, err, got, c.want)
			}
		})
	}
	// Whoever sends slowly takes one of few places, and more are told to come again.
	_, _, c = begin()
	var slow []net.Conn
	for range 4 {
		slow = append(slow, slowPost(t, srv, c.ClientInfo.Callback))
	}
	_, _, another := begin()
	if status, err := app.Return(t.Context(), another, []byte("x")); err != nil || status != http.StatusServiceUnavailable {
		t.Errorf("a fifth callback at once: %d, %v", status, err)
	}
	for _, conn := range slow {
		_ = conn.Close()
	}
	for end := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		if status, err := app.Return(t.Context(), another, []byte("x")); err != nil || status == http.StatusForbidden || time.Now().After(end) {
			if err != nil || status != http.StatusForbidden {
				t.Errorf("when they are gone: %d, %v", status, err)
			}
			break
		}
	}

	o, shown, c = begin()
	b.late = 5 * time.Minute
	if status, err := app.Scan(t.Context(), shown.QR); err != nil || status != http.StatusForbidden || find(o.ID).Failure != docket.KeyPhoneLapsed {
		t.Errorf("after its time: %d, %v, %+v", status, err, find(o.ID))
	}
	if c.OperationInfo.ExpUTC != o.Expires.Unix() || c.OperationInfo.Assignee[0] != "5AZ1F2N" || c.ClientInfo.ClientID != 77 {
		t.Errorf("%+v", c)
	}
}

func twice(sign func([]byte) ([]byte, error), d []byte) ([]byte, error) {
	once, err := sign(d)
	if err != nil {
		return nil, err
	}
	return sign(once)
}

func TestPhoneConfiguration(t *testing.T) {
	dir := t.TempDir()
	key := filepath.Join(dir, "master")
	if err := os.WriteFile(key, []byte("a key of the tests\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	good := phoneConfig{Provider: "sima", ClientID: 1, ClientName: "Mohur", MasterKeyFile: key}
	open := func(c phoneConfig, address string) (*office, error) {
		o := &office{cfg: &config{PublicURL: address, Phone: c}, now: time.Now, log: slog.New(slog.DiscardHandler)}
		return o, o.openPhone()
	}
	if o, err := open(phoneConfig{}, "https://portal.example.az"); err != nil || o.phone != nil || o.phones != nil {
		t.Errorf("off by default: %v, %v", o.phone, err)
	}
	// The parts are missing here, which is said only after the configuration was found good.
	if _, err := open(good, "https://portal.example.az"); err == nil || err.Error() != "phone: Store, Signings, Provider and Now are required" {
		t.Errorf("%v", err)
	}
	for name, change := range map[string]func(*phoneConfig){
		"unknown provider": func(c *phoneConfig) { c.Provider = "asan" },
		"no client":        func(c *phoneConfig) { c.ClientID = 0 },
		"no name":          func(c *phoneConfig) { c.ClientName = "" },
		"ə in the name":    func(c *phoneConfig) { c.ClientName = "Dövlət" },
		"no key":           func(c *phoneConfig) { c.MasterKeyFile = filepath.Join(dir, "none") },
		"& in the address": func(c *phoneConfig) { c.RedirectURL = "https://portal.example.az/?a=b&c=d" },
	} {
		c := good
		change(&c)
		if _, err := open(c, "https://portal.example.az"); err == nil || err.Error() == "phone: Store, Signings, Provider and Now are required" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := open(good, "http://portal.example.az"); err == nil {
		t.Error("plain http")
	}
	if err := os.Chmod(key, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := phone.ReadMasterKey(key); err == nil {
		t.Error("a key that the group can read")
	}
}

// The administrator's own try: the code is printed, the phone answers, the document is written; what the phone refuses is said.
func TestAdminTriesThePhone(t *testing.T) {
	b := newPhoneBench(t)
	_, srv := b.sima()
	app := b.app(srv.Client(), b.person(demopki.Person{}))
	dir := t.TempDir()
	file := filepath.Join(dir, "qeyd.pdf")
	if err := os.WriteFile(file, b.doc, 0o600); err != nil {
		t.Fatal(err)
	}
	try := func(fin string, app *phonetest.App) (string, string, string, error) {
		t.Helper()
		r, w := io.Pipe()
		var said, out bytes.Buffer
		scanned := make(chan error, 1)
		go func() {
			lines := bufio.NewScanner(io.TeeReader(r, &said))
			for lines.Scan() {
				if _, link, ok := strings.Cut(lines.Text(), "or on the phone itself: "); ok {
					_, err := app.Scan(context.Background(), link)
					scanned <- err
				}
			}
		}()
		o := phoneTry{fin: fin, file: file, out: filepath.Join(dir, "qeyd-signed.pdf")}
		failed, err := o.sign(t.Context(), b.o, streams{Out: &out, Err: w}, 50*time.Millisecond)
		if err == nil {
			if err := <-scanned; err != nil {
				t.Error(err)
			}
		}
		_ = w.Close()
		return failed, out.String(), said.String(), err
	}
	if failed, _, _, err := try("7ZZ9Y8X", app); err != nil || failed != docket.KeySigningOther {
		t.Errorf("another person: %q, %v", failed, err)
	}
	failed, out, said, err := try("5AZ1F2N", app)
	if err != nil || failed != "" || !strings.Contains(out, "qeyd-signed.pdf: PAdES-BASELINE-B by ") || !strings.Contains(said, "█") {
		t.Fatalf("%q, %q, %v\n%s", failed, out, err, said)
	}
	signed, err := os.ReadFile(filepath.Join(dir, "qeyd-signed.pdf"))
	if err != nil || !bytes.HasPrefix(signed, b.doc) || len(signed) <= len(b.doc) {
		t.Errorf("%d bytes, %v", len(signed), err)
	}
	if _, _, _, err := try("5AZ1F2N", app); err == nil {
		t.Error("an output that exists was replaced")
	}
	b.o.phone = nil
	if _, _, _, err := try("5AZ1F2N", app); err == nil {
		t.Error("signed without a service")
	}
}

// slowPost begins to post something and returns when the handler waits for it: that is when the server asks for the body (RFC 9110, 10.1.1).
func slowPost(t *testing.T, srv *httptest.Server, address string) net.Conn {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := tls.Dial("tcp", u.Host, srv.Client().Transport.(*http.Transport).TLSClientConfig)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if _, err := fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n", u.Path, u.Host); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, len("HTTP/1.1 100"))
	if _, err := io.ReadFull(conn, line); err != nil || string(line) != "HTTP/1.1 100" {
		t.Fatalf("%q, %v", line, err)
	}
	return conn
}
