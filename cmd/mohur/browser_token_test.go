package main

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"mohur/docket"
	"mohur/internal/webeid"
	"mohur/pkcs11"
)

// webEIDExtension is the folder of the tests' own extension, as Chromium will know it.
func webEIDExtension(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("testdata", "webeid-extension"))
	if err == nil {
		path, err = filepath.EvalSymlinks(path)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// extensionID is the id that Chromium gives an unpacked extension: the first half of its folder's SHA-256, with the letters a to p for the digits.
func extensionID(folder string) string {
	sum := sha256.Sum256([]byte(folder))
	return strings.Map(func(r rune) rune {
		n, _ := strconv.ParseUint(string(r), 16, 8)
		return 'a' + rune(n)
	}, hex.EncodeToString(sum[:16]))
}

// tokenWindows is what the person at the token does with each window, and what the windows said.
type tokenWindows struct {
	*testing.T
	answers string
}

// registerHost makes the browser of a profile find the real `mohur webeid-host`, for the tests' extension and pages on localhost; its windows
// are those of the fake pinentry.
func registerHost(t *testing.T, profile, extension string) *tokenWindows {
	t.Helper()
	dir := t.TempDir()
	w := &tokenWindows{t, filepath.Join(dir, "answers")}
	t.Setenv("FAKE_PINENTRY", w.answers)
	t.Setenv("XDG_STATE_HOME", filepath.Join(dir, "state"))
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	module, err := pkcs11.SoftHSM()
	if err != nil {
		t.Fatal(err)
	}
	id, conf, wrapper := extensionID(extension), filepath.Join(dir, "webeid.toml"), filepath.Join(dir, "webeid-host")
	manifest, err := hostBrowsers("linux")[1].manifest(wrapper, []string{id}).encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []struct {
		path, text string
		mode       os.FileMode
	}{
		{conf, "pinentry = " + strconv.Quote(self) + "\nmodules = [" + strconv.Quote(module) + "]\n", 0o600},
		{wrapper, wrapperText(self, &setupOptions{allowed: list{id}, localhost: true, config: conf}), 0o700},
		{filepath.Join(profile, "NativeMessagingHosts", hostName+".json"), string(manifest), 0o600},
	} {
		if err := os.MkdirAll(filepath.Dir(f.path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(f.path, []byte(f.text), f.mode); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// person says what the person will do, and forgets earlier windows.
func (w *tokenWindows) person(does ...string) {
	w.Helper()
	_ = os.Remove(w.answers + ".log")
	if err := os.WriteFile(w.answers, []byte(strings.Join(does, "\n")), 0o600); err != nil {
		w.Fatal(err)
	}
}

// said is all that windows showed since person.
func (w *tokenWindows) said() string {
	w.Helper()
	b, err := os.ReadFile(w.answers + ".log")
	if err != nil {
		w.Fatal(err)
	}
	return string(b)
}

// token is a person with a token in the browser: page, extension, `mohur webeid-host`, SoftHSM2 and back, as Web eID has it.
func (j *journey) token() {
	j.Helper()
	v, leave, err := j.browser.MainWindow(j.demo.world.address)
	j.must(err)
	j.office.Cleanup(leave)
	p := &person{j, v}
	p.withoutExtension()
	p.logInWithToken()
	id := p.signWithToken()
	signed, err := p.v.Download("/submissions/" + id + "/signed/1")
	p.must(err)
	p.judged("tokenlə.pdf", signed, "TOTAL-PASSED", "verdict.title.passed")
}

const (
	tokenStart = "[data-webeid] [data-start]"
	tokenAlert = "document.querySelector('[data-webeid] [data-alert]').textContent"
)

// withoutExtension presses the button where the extension is not: the page says what to do.
func (p *person) withoutExtension() {
	p.Helper()
	other := p.visitor()
	other.must(other.v.Open("/log-in"))
	other.must(other.v.Click(tokenStart))
	other.must(other.v.Await(tokenAlert + " !== ''"))
	other.sees(other.words.T("eid." + string(webeid.ErrExtensionUnavailable)))
	other.look("log-in-no-extension")
}

// logInWithToken is refused when the person cancels, and works when he types his PIN.
func (p *person) logInWithToken() {
	p.Helper()
	p.must(p.v.Open("/log-in"))
	p.windows.person("cancel")
	p.must(p.v.Click(tokenStart))
	p.must(p.v.Await(tokenAlert + " !== ''"))
	p.sees(p.words.T("eid." + string(webeid.ErrUserCancelled)))
	p.windows.person("pin " + bodyPIN)
	p.press("login.token.button")
	if at := p.at(); at != "/home" {
		p.Fatalf("after the log-in the page is %s", at)
	}
	p.sees(p.words.T("bodyhome.heading"))
	if w := p.windows.said(); !strings.Contains(w, p.demo.world.address+" səhifəsinə daxil olursunuz") || strings.Contains(w, bodyPIN+"\n") {
		p.Errorf("the window said:\n%s", w)
	}
}

// signWithToken signs and sends a project. Page and window show the same control code. A person who cancels has sent nothing.
func (p *person) signWithToken() (id string) {
	p.Helper()
	id = p.toSignature("3/2-92", "“Yaşıl bağlar” informasiya sistemi", false)
	// The agency's tokens are plugged in too: its seals are refused before a PIN is asked for.
	if text := p.chooses(agencyName); text != p.words.T(docket.KeySigNoIdentity) || strings.Contains(p.windows.said(), "GETPIN") {
		p.Errorf("with another's certificate: %s", text)
	}
	own := director().Surname + " " + director().GivenName
	if text := p.chooses(own); text != p.words.T("eid."+string(webeid.ErrUserCancelled)) {
		p.Errorf("cancelled: %s", text)
	}
	p.look("submit-token-cancelled")
	// What the page showed is noted, for it goes on to another page.
	_, err := p.v.Do(`const code = document.querySelector("[data-hash]");
		new MutationObserver(() => sessionStorage.setItem("code", code.textContent)).observe(code, { childList: true })`)
	p.must(err)
	p.windows.person("until "+own, "pin "+bodyPIN)
	p.press("submit.sign.token.button")
	p.sees(p.words.T("submit.done.title"), "№ ")
	code, err := p.v.Do(`return sessionStorage.getItem("code")`)
	p.must(err)
	w := p.windows.said()
	if len(code) != 19 || !strings.Contains(w, "Yoxlama kodu: "+code) || !strings.Contains(w, p.demo.world.address) || !strings.Contains(w, "İmzalayan: ") {
		p.Errorf("the page showed %q, the windows said:\n%s", code, w)
	}
	entries := p.audited(docket.AuditSigningDone)
	if entries != 1 {
		p.Errorf("%d signatures in the audit log", entries)
	}
	return id
}

// chooses presses the button and says what the page answers to somebody who chooses a certificate and cancels at the PIN.
func (p *person) chooses(holder string) string {
	p.Helper()
	p.windows.person("until "+holder, "cancel")
	p.must(p.v.Click(tokenStart))
	p.must(p.v.Await(tokenAlert + " !== ''"))
	text, err := p.v.Do("return " + tokenAlert)
	p.must(err)
	return text
}

// audited counts the entries of an action.
func (p *person) audited(action string) (n int) {
	p.Helper()
	p.must(p.demo.world.office.store.DB().QueryRowContext(p.ctx, "SELECT count(*) FROM audit_log WHERE action = $1", action).Scan(&n))
	return n
}
