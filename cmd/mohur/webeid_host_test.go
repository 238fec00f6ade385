package main

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mohur/internal/demopki"
	"mohur/internal/webeid"
)

const (
	pageOrigin = "https://portal.example.az"
	pageNonce  = "dGVzdC1ub25jZS10ZXN0LW5vbmNlLXRlc3Qtbm9uY2U="
)

// signArguments are those of a sign command over a text.
func signArguments(certificate []byte, text, function string) map[string]any {
	h := sha256.Sum256([]byte(text))
	hash := h[:]
	if function == "SHA-384" {
		long := sha512.Sum384([]byte(text))
		hash = long[:]
	}
	return map[string]any{"origin": pageOrigin, "certificate": certificate, "hash": hash, "hashFunction": function}
}

func TestBrowserSignsWithAToken(t *testing.T) {
	b := newBrowserBench(t, map[string]string{"sign": "P-256", "login": "P-256"})

	b.person("ok")
	var found webeid.SigningCertificate
	answer := b.ask("get-signing-certificate", map[string]any{"origin": pageOrigin, "lang": "az"})
	if err := json.Unmarshal(answer, &found); err != nil || string(found.Certificate) != string(b.certs["sign"]) || found.Supported[0].HashFunction != "SHA-256" {
		t.Fatalf("%s: %v", answer, err)
	}
	if w := b.windows(); !strings.Contains(w, "SETDESC https://portal.example.az səhifəsi imza sertifikatınızı istəyir. Sertifikatda adınız və FİN-iniz var.") ||
		!strings.Contains(w, "SETOK Sertifikatı ver") || strings.Contains(w, "SETNOTOK") {
		t.Errorf("the window:\n%s", w)
	}

	for _, function := range []string{"SHA-256", "SHA-384"} {
		b.person("pin 271828")
		arguments := signArguments(found.Certificate, "document", function)
		answer = b.ask("sign", arguments)
		var signed webeid.Signed
		if err := json.Unmarshal(answer, &signed); err != nil || len(signed.Signature) != 64 || signed.Algorithm != (webeid.SignatureAlgorithm{CryptoAlgorithm: "ECC", HashFunction: function, PaddingScheme: "NONE"}) {
			t.Fatalf("%s: %v", answer, err)
		}
		if err := signed.Algorithm.Verify(publicOf(t, found.Certificate), arguments["hash"].([]byte), signed.Signature); err != nil {
			t.Fatal(err)
		}
		w := b.windows()
		for _, want := range []string{
			"SETDESC https://portal.example.az asks for your signature.", "Control code: " + webeid.Fingerprint(arguments["hash"].([]byte)), "Token: Kart", "SETOK Sign\n",
			"Signer: ", "SETTIMEOUT 1",
		} {
			if !strings.Contains(w, want) {
				t.Errorf("the window lacks %q:\n%s", want, w)
			}
		}
		if strings.Contains(w, "\u202e") || strings.Contains(w, "\nPIN: sign") {
			t.Errorf("a name in a certificate draws lines of its own:\n%s", w)
		}
	}
}

func TestBrowserLogsIn(t *testing.T) {
	b := newBrowserBench(t, map[string]string{"sign": "P-256", "login": "P-384"})
	b.person("pin 271828")
	answer := b.ask("authenticate", map[string]any{"origin": pageOrigin, "challengeNonce": pageNonce, "lang": "ru"})
	der, err := webeid.VerifyAuthToken(answer, pageOrigin, pageNonce)
	if err != nil || string(der) != string(b.certs["login"]) {
		t.Fatalf("%s: %v", answer, err)
	}
	if _, err := webeid.VerifyAuthToken(answer, "https://evil.example", pageNonce); err == nil {
		t.Fatal("the token is good elsewhere")
	}
	if w := b.windows(); !strings.Contains(w, "Вы входите на https://portal.example.az.") || !strings.Contains(w, "FİN") {
		t.Errorf("the window:\n%s", w)
	}
	// The log-in key signs nothing that a page hands over.
	b.person("pin 271828")
	if c := code(t, b.ask("sign", signArguments(b.certs["login"], "x", "SHA-384"))); c != webeid.ErrNativeInvalidArgument || b.windows() != "" {
		t.Errorf("%s after\n%s", c, b.windows())
	}
}

// A token with one certificate logs in only where the user's file allows that.
func TestOneCertificateForBoth(t *testing.T) {
	b := newBrowserBench(t, map[string]string{"login": "P-256"})
	b.person("cancel")
	if c := code(t, b.ask("get-signing-certificate", map[string]any{"origin": pageOrigin})); c != webeid.ErrUserCancelled || !strings.Contains(b.windows(), "No token with a signing certificate") {
		t.Errorf("%s after\n%s", c, b.windows())
	}
	b.configure("one_certificate = true")
	b.person("ok")
	if c := code(t, b.ask("get-signing-certificate", map[string]any{"origin": pageOrigin})); c != "" {
		t.Errorf("%s after\n%s", c, b.windows())
	}
}

func TestSeveralCertificatesAreOffered(t *testing.T) {
	b := newBrowserBench(t, map[string]string{"sign": "P-256"})
	b.token("Köhnə", map[string]string{"sign-rsa": "RSA-2048", "sign-expired": "P-256"})
	b.person("other", "other", "other", "ok")
	answer := b.ask("get-signing-certificate", map[string]any{"origin": pageOrigin})
	var found webeid.SigningCertificate
	if err := json.Unmarshal(answer, &found); err != nil {
		t.Fatal(err)
	}
	w := b.windows()
	if n := strings.Count(w, "\nCONFIRM\n"); n != 4 || !strings.Contains(w, "Certificate 1 of 2") || !strings.Contains(w, "Certificate 2 of 2") || !strings.Contains(w, "SETNOTOK Another one") {
		t.Fatalf("%d windows:\n%s", n, w)
	}
	// After three times "another" it is the second of two, whichever the token listed first; both can sign.
	for _, name := range []string{"sign", "sign-rsa"} {
		b.person("pin 271828")
		arguments := signArguments(b.certs[name], "document", "SHA-256")
		answer := b.ask("sign", arguments)
		var signed webeid.Signed
		if err := json.Unmarshal(answer, &signed); err != nil || signed.Algorithm.Verify(publicOf(t, b.certs[name]), arguments["hash"].([]byte), signed.Signature) != nil {
			t.Errorf("%s: %s: %v", name, answer, err)
		}
	}
	b.person("cancel")
	if c := code(t, b.ask("sign", signArguments(b.certs["sign-expired"], "x", "SHA-256"))); c != webeid.ErrUserCancelled || !strings.Contains(b.windows(), "has expired") {
		t.Errorf("expired: %s after\n%s", c, b.windows())
	}
}

func TestAKeyThatWantsThePINEachTime(t *testing.T) {
	b := newBrowserBench(t, map[string]string{"sign-each": "P-256"})
	b.person("pin 271828", "pin 271828")
	if c := code(t, b.ask("sign", signArguments(b.certs["sign-each"], "x", "SHA-256"))); c != "" || !strings.Contains(b.windows(), "SETPROMPT PIN for this signature:") {
		t.Errorf("%s after\n%s", c, b.windows())
	}
}

func TestHostErrors(t *testing.T) {
	b := newBrowserBench(t, map[string]string{"sign": "P-256"})
	sign := signArguments(b.certs["sign"], "document", "SHA-256")
	with := func(name string, value any) map[string]any {
		m := map[string]any{}
		for k, v := range sign {
			m[k] = v
		}
		if m[name] = value; value == nil {
			delete(m, name)
		}
		return m
	}
	other, err := b.h.Person(demopki.Person{})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		command   string
		arguments map[string]any
		person    []string
		want      webeid.Code
		window    string // that must have been shown; "-" for none at all
	}{
		"cancelled":             {"sign", sign, []string{"cancel"}, webeid.ErrUserCancelled, "Control code"},
		"an empty PIN":          {"sign", sign, []string{"pin "}, webeid.ErrUserCancelled, "Control code"},
		"nobody answered":       {"sign", sign, []string{"timeout"}, webeid.ErrUserTimeout, "Control code"},
		"consent refused":       {"get-signing-certificate", map[string]any{"origin": pageOrigin}, []string{"cancel"}, webeid.ErrUserCancelled, "It holds your name and FİN"},
		"wrong, then right":     {"sign", sign, []string{"pin 111111", "pin 271828"}, "", "SETERROR That PIN was wrong"},
		"three times wrong":     {"sign", sign, []string{"pin 111111", "pin 111112", "pin 111113", "ok"}, webeid.ErrNativeFatal, "The PIN was wrong. You may start anew"},
		"wrong, then cancelled": {"sign", sign, []string{"pin 111111", "cancel"}, webeid.ErrUserCancelled, "SETERROR That PIN was wrong"},
		"token elsewhere":       {"sign", with("certificate", other.Certificate), []string{"ok", "ok", "cancel"}, webeid.ErrUserCancelled, "Plug in its token"},
		"certificate is none":   {"sign", with("certificate", []byte{1, 2}), nil, webeid.ErrNativeInvalidArgument, "-"},
		"short hash":            {"sign", with("hash", []byte{1, 2}), nil, webeid.ErrNativeInvalidArgument, "-"},
		"SHA-1":                 {"sign", with("hashFunction", "SHA-1"), nil, webeid.ErrNativeInvalidArgument, "-"},
		"hash that no key here signs": {
			"sign", map[string]any{"origin": pageOrigin, "certificate": b.certs["sign"], "hash": make([]byte, 32), "hashFunction": "SHA3-256"}, nil, webeid.ErrNativeInvalidArgument, "-",
		},
		"no origin":             {"sign", with("origin", nil), nil, webeid.ErrNativeInvalidArgument, "-"},
		"plain http":            {"sign", with("origin", "http://portal.example.az"), nil, webeid.ErrNativeInvalidArgument, "-"},
		"localhost":             {"sign", with("origin", "http://localhost:8080"), nil, webeid.ErrNativeInvalidArgument, "-"},
		"one argument too many": {"sign", with("file", "contract.pdf"), nil, webeid.ErrNativeInvalidArgument, "-"},
		"short nonce":           {"authenticate", map[string]any{"origin": pageOrigin, "challengeNonce": "short"}, nil, webeid.ErrNativeInvalidArgument, "-"},
		"no log-in certificate": {"authenticate", map[string]any{"origin": pageOrigin, "challengeNonce": pageNonce}, []string{"cancel"}, webeid.ErrUserCancelled, "certificate for logging in was not"},
		"unknown command":       {"export-key", map[string]any{}, nil, webeid.ErrNativeInvalidArgument, "-"},
		"quit":                  {"quit", map[string]any{}, nil, "", "-"},
	} {
		t.Run(name, func(t *testing.T) {
			b.t = t
			b.person(c.person...)
			answer := b.ask(c.command, c.arguments)
			if got := code(t, answer); got != c.want {
				t.Errorf("%s, want %s\n%s", answer, c.want, b.windows())
			}
			if c.command == "quit" && string(answer) != "{}" {
				t.Errorf("%s", answer)
			}
			switch w := b.windows(); {
			case c.window == "-" && w != "":
				t.Errorf("a window nobody needed:\n%s", w)
			case c.window == "certificate for logging in was not":
				if !strings.Contains(w, "No token with a certificate for logging in was found") {
					t.Errorf("%s", w)
				}
			case c.window != "-" && !strings.Contains(w, c.window):
				t.Errorf("no window says %q:\n%s", c.window, w)
			}
		})
	}
	b.t = t
	b.person("pin 271828")
	if c := code(t, b.ask("sign", with("origin", "http://localhost:8080"), "--allow-localhost")); c != "" {
		t.Errorf("localhost, allowed by the installer: %s", c)
	}
	for name, message := range map[string]string{"no JSON": "hello", "a list": "[]"} {
		b.person()
		toHost := frame(message)
		var out strings.Builder
		status := runWebeid([]string{"--config", b.conf, "--", "chrome-extension://" + extensionChrome + "/"}, streams{In: strings.NewReader(toHost), Out: &out, Err: io.Discard})
		if status != exitPassed || !strings.Contains(out.String(), "ERR_WEBEID_NATIVE_INVALID_ARGUMENT") {
			t.Errorf("%s: %d, %q", name, status, out.String())
		}
	}
}

// The person's time ends: one second here.
func TestHostDoesNotWaitForever(t *testing.T) {
	b := newBrowserBench(t, map[string]string{"sign": "P-256"})
	b.configure("timeout = 1")
	b.person("hang")
	began := time.Now()
	if c := code(t, b.ask("sign", signArguments(b.certs["sign"], "x", "SHA-256"))); c != webeid.ErrUserTimeout {
		t.Errorf("%s", c)
	}
	if d := time.Since(began); d > 10*time.Second {
		t.Errorf("it took %v", d)
	}
}

// The page is left while the window waits: the host ends, with its window, and answers nobody.
func TestHostEndsWithTheBrowser(t *testing.T) {
	b := newBrowserBench(t, map[string]string{"sign": "P-256"})
	b.person("hang")
	message, err := json.Marshal(map[string]any{"command": "get-signing-certificate", "arguments": map[string]any{"origin": pageOrigin}})
	if err != nil {
		t.Fatal(err)
	}
	r, w := io.Pipe()
	go func() {
		_, _ = io.WriteString(w, frame(string(message)))
		for range 100 {
			if strings.Contains(b.windows(), "CONFIRM") {
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
		_ = w.Close()
	}()
	var out strings.Builder
	began := time.Now()
	status := runWebeid([]string{"--config", b.conf, "--", "chrome-extension://" + extensionChrome + "/"}, streams{In: r, Out: &out, Err: io.Discard})
	if status != exitPassed || strings.Count(out.String(), "{") != 1 {
		t.Errorf("status %d, %q", status, out.String())
	}
	if time.Since(began) > 20*time.Second {
		t.Error("the window kept it")
	}
}

func TestWhoMayCall(t *testing.T) {
	under := "abcdefghijklmnopabcdefghijklmnop"
	o := &webeidHostOptions{allowed: list{under, "test@example.az"}}
	for _, args := range [][]string{
		{"chrome-extension://" + extensionChrome + "/"},
		{"chrome-extension://" + extensionEdge + "/", "--parent-window=0"},
		{"chrome-extension://" + under + "/"},
		{"/home/x/.mozilla/native-messaging-hosts/eu.webeid.json", extensionFirefox},
		{"/x.json", "test@example.az"},
	} {
		if err := o.checkCaller(args); err != nil {
			t.Errorf("%q: %v", args, err)
		}
	}
	for _, args := range [][]string{
		nil,
		{},
		{""},
		{"chrome-extension://" + extensionChrome},
		{"chrome-extension://" + extensionChrome + "/x"},
		{"chrome-extension://pabcdefghijklmnopabcdefghijklmno/"},
		{"https://" + extensionChrome + "/"},
		{extensionChrome},
		{"/x.json"},
		{"/x.json", "other@example.az"},
		{"/x.json", extensionChrome},
		{"--allow-extension", under},
	} {
		if o.checkCaller(args) == nil {
			t.Errorf("%q may call", args)
		}
	}
	var out strings.Builder
	if status := runWebeid([]string{"--", "chrome-extension://" + under + "/"}, streams{In: strings.NewReader(""), Out: &out, Err: io.Discard}); status != exitUnable || out.Len() > 0 {
		t.Errorf("a stranger: status %d, %q", status, out.String())
	}
	// What the browser adds is never an option.
	parsed, caller, err := parseWebeidHost([]string{"--", "--allow-localhost", "--config", "/tmp/x"})
	if err != nil || parsed.localhost || parsed.config != "" || len(caller) != 3 {
		t.Errorf("%+v, %q, %v", parsed, caller, err)
	}
}

// The file decides which program gets the PIN: nobody else may be able to write it.
func TestHostFileOfOthers(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "webeid.toml")
	program := filepath.Join(dir, "pinentry")
	write := func(text string, mode, programMode os.FileMode) {
		t.Helper()
		for p, m := range map[string]os.FileMode{path: mode, program: programMode} {
			if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(p, m); err != nil {
				t.Fatal(err)
			}
		}
	}
	good := "pinentry = \"" + program + "\"\nlanguage = \"az\"\n"
	write(good, 0o644, 0o755)
	if c, err := loadWebeidConfig(path); err != nil || c.Pinentry != program || c.Timeout != defaultWebeidTimeout {
		t.Fatalf("%+v, %v", c, err)
	}
	for name, c := range map[string]struct {
		text        string
		mode, other os.FileMode
	}{
		"writable by the group":    {good, 0o664, 0o755},
		"writable by all":          {good, 0o646, 0o755},
		"program writable":         {good, 0o644, 0o757},
		"unknown key":              {good + "pin = \"1234\"\n", 0o644, 0o755},
		"relative program":         {"pinentry = \"pinentry\"\n", 0o644, 0o755},
		"relative module":          {"modules = [\"x.so\"]\n", 0o644, 0o755},
		"unknown prompt":           {"prompt = \"cat\"\n", 0o644, 0o755},
		"unknown language":         {"language = \"et\"\n", 0o644, 0o755},
		"negative time":            {"timeout = -1\n", 0o644, 0o755},
		"a day":                    {"timeout = 86400\n", 0o644, 0o755},
		"no TOML":                  {"pinentry", 0o644, 0o755},
		"another type":             {"timeout = \"two\"\n", 0o644, 0o755},
		"more than anybody writes": {"# " + strings.Repeat("x", maxWebeidConfig), 0o644, 0o755},
	} {
		write(c.text, c.mode, c.other)
		if _, err := loadWebeidConfig(path); err == nil {
			t.Errorf("%s: was read", name)
		}
	}
	write(good, 0o644, 0o755)
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := loadWebeidConfig(path); err == nil {
		t.Error("a folder in which all may write")
	}
	if _, err := loadWebeidConfig(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a file that was named and is not there")
	}
}

func TestWindowLanguages(t *testing.T) {
	t.Setenv("LC_ALL", "")
	t.Setenv("LC_MESSAGES", "")
	t.Setenv("LANG", "ru_RU.UTF-8")
	for _, c := range [][3]string{
		{"az", "", "az"}, {"ru", "az", "ru"}, {"et", "az", "en"}, {"az-AZ", "", "az"}, {"azb", "", "en"}, {"", "az", "az"}, {"", "", "ru"}, {"x", "", "en"},
	} {
		if got := webeidLanguage(c[0], c[1]); string(got) != c[2] {
			t.Errorf("%q, %q: %s, want %s", c[0], c[1], got, c[2])
		}
	}
}

// At the last try before a token locks the person is not even asked; with a PIN pad he is sent to the reader.
func TestTokensThatAreDifferent(t *testing.T) {
	faulty := filepath.Join(t.TempDir(), "faulty.so")
	out, err := exec.Command("cc", "-shared", "-fPIC", "-o", faulty, filepath.Join("..", "..", "pkcs11", "testdata", "faulty", "faulty.c"), "-ldl").CombinedOutput() //nolint:gosec // our own source
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	b := newBrowserBench(t, map[string]string{"sign": "P-256"})
	dir := t.TempDir()
	t.Setenv("FAULTY_MODULE", b.module)
	t.Setenv("FAULTY_DIR", dir)
	b.module = faulty
	b.configure("")
	strike := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	logins := func() int {
		text, err := os.ReadFile(filepath.Join(dir, "logins"))
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		return len(text)
	}
	sign := signArguments(b.certs["sign"], "x", "SHA-256")

	strike("pad", "271828")
	b.person("ok")
	if c := code(t, b.ask("sign", sign)); c != "" || !strings.Contains(b.windows(), "type the PIN on the reader") || strings.Contains(b.windows(), "GETPIN") || logins() != 1 {
		t.Errorf("pad: %s, %d log-ins\n%s", c, logins(), b.windows())
	}
	b.person("cancel")
	if c := code(t, b.ask("sign", sign)); c != webeid.ErrUserCancelled || logins() != 1 {
		t.Errorf("pad, cancelled: %s, %d log-ins", c, logins())
	}
	if err := os.Remove(filepath.Join(dir, "pad")); err != nil {
		t.Fatal(err)
	}

	strike("locks", "")
	b.person("pin 111111", "cancel")
	if c := code(t, b.ask("sign", sign)); c != webeid.ErrUserCancelled || logins() != 2 {
		t.Errorf("%s, %d log-ins", c, logins())
	}
	b.person("pin 111111", "ok")
	if c := code(t, b.ask("sign", sign)); c != webeid.ErrNativeFatal || logins() != 3 || !strings.Contains(b.windows(), "SETERROR A wrong PIN was given since the last good one") ||
		!strings.Contains(b.windows(), "one try left before it locks") {
		t.Errorf("%s, %d log-ins\n%s", c, logins(), b.windows())
	}
	b.person("ok")
	if c := code(t, b.ask("sign", sign)); c != webeid.ErrNativeFatal || logins() != 3 || strings.Contains(b.windows(), "GETPIN") {
		t.Errorf("at the last try: %s, %d log-ins\n%s", c, logins(), b.windows())
	}
}

// frame is a message as the browser sends it.
func frame(message string) string {
	var b strings.Builder
	if json.Valid([]byte(message)) {
		_ = webeid.WriteMessage(&b, json.RawMessage(message))
		return b.String()
	}
	_ = webeid.WriteMessage(&b, base64.StdEncoding.EncodeToString([]byte(message))) // a text is JSON, and no object
	return b.String()
}
