package auth

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"mohur/docket"
	"mohur/internal/store/sqlstore"
)

const passkeyOrigin = "https://rey.example.az"

// authenticator is one key of a security key in software: WebAuthn, 6.
type authenticator struct {
	key     *ecdsa.PrivateKey
	id      []byte
	user    string
	counter uint32
	origin  string
	rp      string
	flags   byte // user present 1, verified 4
}

func newAuthenticator(t *testing.T) *authenticator {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id := make([]byte, 32)
	_, _ = rand.Read(id)
	return &authenticator{key: key, id: id, counter: 1, origin: passkeyOrigin, rp: "rey.example.az", flags: 5}
}

// asked is what the pages ask of a browser.
type asked struct {
	PublicKey struct {
		Challenge        string
		RPID             string `json:"rpId"`
		UserVerification string
		User             struct{ ID string }
	}
}

func options(t *testing.T, c *Ceremony) (a asked) {
	t.Helper()
	if err := json.Unmarshal(c.Options, &a); err != nil {
		t.Fatal(err)
	}
	return a
}

func (a *authenticator) client(kind, challenge string) []byte {
	b, _ := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": a.origin, "crossOrigin": false})
	return b
}

// data is the authenticator's data, with the new key's where it makes one.
func (a *authenticator) data(making bool) []byte {
	rp := sha256.Sum256([]byte(a.rp))
	flags := a.flags
	if making {
		flags |= 0x40
	}
	out := binary.BigEndian.AppendUint32(append(rp[:], flags), a.counter)
	if !making {
		return out
	}
	out = append(out, make([]byte, 16)...)
	out = append(binary.BigEndian.AppendUint16(out, uint16(len(a.id))), a.id...)
	// COSE_Key {1: 2, 3: -7, -1: 1, -2: x, -3: y} in CBOR
	public, _ := a.key.PublicKey.Bytes()
	out = append(out, 0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20)
	out = append(out, public[1:33]...)
	return append(append(out, 0x22, 0x58, 0x20), public[33:]...)
}

func answerJSON(id []byte, response map[string]string) []byte {
	b, _ := json.Marshal(map[string]any{"id": credentialName(id), "rawId": credentialName(id), "type": "public-key", "response": response, "clientExtensionResults": map[string]any{}})
	return b
}

// make answers a registration with an attestation of none.
func (a *authenticator) make(challenge string) []byte {
	data := a.data(true)
	object := append([]byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59"), byte(len(data)>>8), byte(len(data)))
	return answerJSON(a.id, map[string]string{
		"clientDataJSON":    base64.RawURLEncoding.EncodeToString(a.client("webauthn.create", challenge)),
		"attestationObject": base64.RawURLEncoding.EncodeToString(append(object, data...)),
	})
}

// sign answers a log-in.
func (a *authenticator) sign(t *testing.T, challenge string) []byte {
	t.Helper()
	a.counter++
	client, data := a.client("webauthn.get", challenge), a.data(false)
	sum := sha256.Sum256(client)
	digest := sha256.Sum256(append(bytes.Clone(data), sum[:]...))
	value, err := ecdsa.SignASN1(rand.Reader, a.key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return answerJSON(a.id, map[string]string{
		"clientDataJSON": base64.RawURLEncoding.EncodeToString(client), "authenticatorData": base64.RawURLEncoding.EncodeToString(data),
		"signature": base64.RawURLEncoding.EncodeToString(value), "userHandle": base64.RawURLEncoding.EncodeToString([]byte(a.user)),
	})
}

type passkeyBench struct {
	logInBench
	*Passkeys
	staff docket.ID
	a     *authenticator
}

func newPasskeyBench(t *testing.T) *passkeyBench {
	t.Helper()
	b := &passkeyBench{logInBench: logInBench{T: t, clock: time.Now()}, a: newAuthenticator(t)}
	var err error
	if b.store, err = sqlstore.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "db")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.store.Close() })
	b.Passkeys, err = NewPasskeys(PasskeyOptions{Store: b.store, Origin: passkeyOrigin, Now: func() time.Time { return b.clock }})
	if err != nil {
		t.Fatal(err)
	}
	b.staff = b.account("1AB2CD3", "")
	b.a.user = string(b.staff)
	return b
}

func (b *passkeyBench) register(a *authenticator) (*docket.Passkey, error) {
	b.Helper()
	c, err := b.StartRegistration(b.Context(), "session", b.staff)
	if err != nil {
		return nil, err
	}
	return b.Register(b.Context(), "session", b.staff, c.State, " Noutbuk ", a.make(options(b.T, c).PublicKey.Challenge))
}

func (b *passkeyBench) try() (*docket.User, error) {
	b.Helper()
	c, err := b.StartLogIn(b.Context(), "session")
	if err != nil {
		b.Fatal(err)
	}
	return b.LogIn(b.Context(), "session", c.State, b.a.sign(b.T, options(b.T, c).PublicKey.Challenge))
}

// Requirements 9 (log-in): a passkey of the agency's staff is made, lets its owner in, is renamed and removed.
func TestPasskeyFromMakingToRemoval(t *testing.T) {
	b := newPasskeyBench(t)
	c, err := b.StartRegistration(t.Context(), "session", b.staff)
	if err != nil {
		t.Fatal(err)
	}
	if o := options(t, c).PublicKey; o.User.ID != base64.RawURLEncoding.EncodeToString([]byte(b.staff)) {
		t.Errorf("for the account %q", o.User.ID)
	}
	k, err := b.register(b.a)
	if err != nil || k.Name != "Noutbuk" || k.SignCount != 1 {
		t.Fatalf("%+v %v", k, err)
	}
	if _, err := b.register(b.a); err == nil {
		t.Error("the same key twice")
	}
	u, err := b.try()
	if err != nil || u.ID != b.staff || u.LastLogIn.IsZero() {
		t.Fatalf("%+v %v", u, err)
	}
	list, err := b.List(t.Context(), b.staff)
	if err != nil || len(list) != 1 || list[0].SignCount != 2 || list[0].LastUsed.IsZero() {
		t.Fatalf("%+v %v", list, err)
	}
	other := b.account("7XY8ZW9", "")
	if err := b.Rename(t.Context(), other, k.ID, "x"); docket.CodeOf(err) != docket.CodeNotFound {
		t.Errorf("another's key renamed: %v", err)
	}
	if err := b.Remove(t.Context(), other, k.ID); docket.CodeOf(err) != docket.CodeNotFound {
		t.Errorf("another's key removed: %v", err)
	}
	if err := b.Rename(t.Context(), b.staff, k.ID, " "); docket.KeyOf(err) != docket.KeyRequired {
		t.Errorf("no name: %v", err)
	}
	if err := b.Rename(t.Context(), b.staff, k.ID, "Telefon"); err != nil {
		t.Error(err)
	}
	if err := b.Remove(t.Context(), b.staff, k.ID); err != nil {
		t.Error(err)
	}
	if _, err := b.try(); docket.KeyOf(err) != docket.KeyPasskeyUnknown {
		t.Errorf("a removed key: %v", err)
	}
	for action, want := range map[string]int{docket.AuditPasskeyAdded: 1, docket.AuditPasskeyRenamed: 1, docket.AuditPasskeyRemoved: 1, docket.AuditLogIn: 1, docket.AuditLogInRefused: 1} {
		if n := b.audited(action); n != want {
			t.Errorf("%s: %d entries", action, n)
		}
	}
}

// A counter that goes back says that the key was copied: from then on it lets nobody in, neither copy nor original.
func TestACopiedPasskey(t *testing.T) {
	b := newPasskeyBench(t)
	if _, err := b.register(b.a); err != nil {
		t.Fatal(err)
	}
	b.a.counter = 10
	if _, err := b.try(); err != nil {
		t.Fatal(err)
	}
	b.a.counter = 4 // the copy
	if _, err := b.try(); docket.KeyOf(err) != docket.KeyPasskeySuspect {
		t.Errorf("the copy: %v", err)
	}
	b.a.counter = 11
	if _, err := b.try(); docket.KeyOf(err) != docket.KeyPasskeySuspect {
		t.Errorf("the original afterwards: %v", err)
	}
	if list, err := b.List(t.Context(), b.staff); err != nil || list[0].Suspect.IsZero() || list[0].SignCount != 11 {
		t.Errorf("%+v %v", list, err)
	}
}

func TestRefusedPasskeys(t *testing.T) {
	b := newPasskeyBench(t)
	if _, err := b.register(b.a); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*authenticator){
		"another origin":          func(a *authenticator) { a.origin = "https://evil.example" },
		"another party":           func(a *authenticator) { a.rp = "evil.example" },
		"the person not verified": func(a *authenticator) { a.flags = 1 },
		"the person not there":    func(a *authenticator) { a.flags = 4 },
		"another account's name":  func(a *authenticator) { a.user = string(b.account("7XY8ZW9", "")) },
		"another key":             func(a *authenticator) { a.key = newAuthenticator(t).key },
	} {
		good := *b.a
		spoil(b.a)
		if _, err := b.try(); docket.KeyOf(err) != docket.KeyPasskey {
			t.Errorf("%s: %v", name, err)
		}
		counter := b.a.counter
		*b.a = good
		b.a.counter = counter
	}
	c, err := b.StartLogIn(t.Context(), "session")
	if err != nil {
		t.Fatal(err)
	}
	answer := b.a.sign(t, options(t, c).PublicKey.Challenge)
	for name, session := range map[string]docket.Hash{"another session": "other"} {
		if _, err := b.LogIn(t.Context(), session, c.State, answer); docket.KeyOf(err) != docket.KeyPasskey {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := b.LogIn(t.Context(), "session", c.State, answer); err != nil {
		t.Errorf("a good one: %v", err)
	}
	if _, err := b.LogIn(t.Context(), "session", c.State, answer); docket.KeyOf(err) != docket.KeyPasskey {
		t.Errorf("replayed: %v", err)
	}
	if c, err = b.StartLogIn(t.Context(), "session"); err != nil {
		t.Fatal(err)
	}
	b.clock = b.clock.Add(5 * time.Minute)
	if _, err := b.LogIn(t.Context(), "session", c.State, b.a.sign(t, options(t, c).PublicKey.Challenge)); docket.KeyOf(err) != docket.KeyPasskey {
		t.Errorf("late: %v", err)
	}
	for _, junk := range []string{"", "{}", `{"id":"x"}`, "null"} {
		c, err := b.StartLogIn(t.Context(), "session")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.LogIn(t.Context(), "session", c.State, []byte(junk)); docket.CodeOf(err) != docket.CodeForbidden {
			t.Errorf("%q: %v", junk, err)
		}
	}
	body := b.account("1AB2CD3", "1234567890")
	if _, err := b.StartRegistration(t.Context(), "session", body); docket.CodeOf(err) != docket.CodeForbidden {
		t.Errorf("a body's person: %v", err)
	}
	for i := 1; i < maxPasskeys; i++ {
		if _, err := b.register(newAuthenticator(t)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.register(newAuthenticator(t)); docket.KeyOf(err) != docket.KeyPasskeyMany {
		t.Errorf("one too many: %v", err)
	}
}

func TestOriginsOfPasskeys(t *testing.T) {
	b := newPasskeyBench(t)
	for origin, good := range map[string]bool{
		"https://rey.example.az": true, "http://localhost:8080": true, "http://rey.example.az": false, "http://127.0.0.1:8080": false, "https://127.0.0.1": false, "": false,
	} {
		if _, err := NewPasskeys(PasskeyOptions{Store: b.store, Origin: origin, Now: time.Now}); (err == nil) != good {
			t.Errorf("%q: %v", origin, err)
		}
	}
}
