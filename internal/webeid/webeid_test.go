package webeid

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"mohur/internal/algo"
)

func TestFrames(t *testing.T) {
	var b bytes.Buffer
	if err := WriteMessage(&b, Greeting{Version}); err != nil {
		t.Fatal(err)
	}
	if n := binary.NativeEndian.Uint32(b.Bytes()); int(n) != b.Len()-4 {
		t.Fatalf("length %d before %d bytes", n, b.Len()-4)
	}
	got, err := ReadMessage(&b)
	if err != nil || string(got) != `{"version":"2.8.0+0"}` {
		t.Fatalf("%s, %v", got, err)
	}
	if _, err := ReadMessage(&b); !errors.Is(err, io.EOF) {
		t.Fatalf("at the end: %v", err)
	}
	frame := func(n uint32, body string) io.Reader {
		return bytes.NewReader(append(binary.NativeEndian.AppendUint32(nil, n), body...))
	}
	for name, c := range map[string]struct {
		r    io.Reader
		want error
	}{
		"no message":        {frame(0, ""), ErrMessageSize},
		"one byte too many": {frame(MaxMessage+1, strings.Repeat("x", MaxMessage+1)), ErrMessageSize},
		"four gigabytes":    {frame(1<<32-1, "{}"), ErrMessageSize},
		"cut body":          {frame(10, "{}"), io.ErrUnexpectedEOF},
		"no body":           {frame(10, ""), io.ErrUnexpectedEOF},
		"cut length":        {strings.NewReader("\x01\x00"), io.ErrUnexpectedEOF},
	} {
		if _, err := ReadMessage(c.r); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if got, err := ReadMessage(frame(MaxMessage, strings.Repeat("x", MaxMessage))); err != nil || len(got) != MaxMessage {
		t.Errorf("the longest message: %d, %v", len(got), err)
	}
	b.Reset()
	if err := WriteMessage(&b, strings.Repeat("x", MaxMessage)); !errors.Is(err, ErrMessageSize) || b.Len() > 0 {
		t.Errorf("an answer that is too long: %v, %d bytes written", err, b.Len())
	}
}

func TestOrigins(t *testing.T) {
	long := "https://" + strings.Repeat("a", MaxOrigin-len("https://"))
	for origin, want := range map[string]bool{
		"https://ria.ee": true, "https://portal.example.az:8443": true, "wss://portal.example.az": true, "https://[2001:db8::1]:8443": true,
		"https://xn--dvlt-3ya.az": true, long: true, long + "a": false, "": false, "https://": false, "https:///": false,
		"https://ria.ee/": false, "https://ria.ee/x": false, "https://ria.ee?x": false, "https://ria.ee#x": false, "https://ria.ee?": false, "https://ria.ee#": false,
		"https://a@ria.ee": false, "https://ria.ee:": false, "https://ria.ee:0": false, "https://ria.ee:65536": false, "https://ria.ee:0443": false,
		"http://ria.ee": false, "HTTPS://ria.ee": false, "https://RIA.ee": false, "https://dövlət.az": false, "https://ria.ee\n": false, "ria.ee": false,
		"https://ria.ee\\.evil.example": false, "file:///x": false, "null": false, "chrome-extension://abc": false, "https://a b": false, "https://%61.ee": false,
		"http://localhost": false, "http://localhost:8080": false,
	} {
		if err := CheckOrigin(origin, false); (err == nil) != want {
			t.Errorf("%q: %v, want %v", origin, err, want)
		}
	}
	for origin, want := range map[string]bool{
		"http://localhost": true, "http://localhost:8080": true, "http://127.0.0.1:18086": true, "http://[::1]:80": true, "ws://localhost": true, "https://ria.ee": true,
		"http://ria.ee": false, "http://localhost.evil.example": false, "http://127.0.0.1.evil.example": false, "http://10.0.0.1": false, "http://localhost/": false,
	} {
		if err := CheckOrigin(origin, true); (err == nil) != want {
			t.Errorf("with localhost allowed: %q: %v, want %v", origin, err, want)
		}
	}
}

const (
	hash32 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
	nonce  = "12345678901234567890123456789012345678901234"
)

func TestRequests(t *testing.T) {
	sign := `{"command":"sign","arguments":{"hash":"` + hash32 + `","hashFunction":"SHA-256","origin":"https://ria.ee","certificate":"MAA=","lang":"az"}}`
	r, err := ParseRequest([]byte(sign), false)
	if err != nil || r.Command != CommandSign || r.Origin != "https://ria.ee" || r.Lang != "az" || r.Digest != algo.SHA256 || len(r.Hash) != 32 ||
		!bytes.Equal(r.Certificate, []byte{0x30, 0}) {
		t.Fatalf("%+v, %v", r, err)
	}
	good := []string{
		`{"command":"quit","arguments":{}}`, `{"command":"status","arguments":{}}`, ` {"arguments" : {"origin":"https://ria.ee"}, "command":"get-signing-certificate"} `,
		`{"command":"get-signing-certificate","arguments":{"origin":"https://ria.ee","lang":null}}`,
		`{"command":"authenticate","arguments":{"origin":"https://ria.ee","challengeNonce":"` + nonce + `"}}`,
	}
	for _, m := range good {
		if _, err := ParseRequest([]byte(m), false); err != nil {
			t.Errorf("%s: %v", m, err)
		}
	}
	for name, m := range map[string]string{
		"nothing":                ``,
		"no object":              `[]`,
		"null":                   `null`,
		"no command":             `{"arguments":{}}`,
		"number for a command":   `{"command":1,"arguments":{}}`,
		"unknown command":        `{"command":"sign-raw","arguments":{}}`,
		"other spelling":         `{"Command":"quit","arguments":{}}`,
		"no arguments":           `{"command":"quit"}`,
		"arguments in a list":    `{"command":"quit","arguments":[]}`,
		"something after it":     `{"command":"quit","arguments":{}}{}`,
		"cut":                    `{"command":"quit","arguments":{}`,
		"name twice":             `{"command":"quit","command":"sign","arguments":{}}`,
		"argument twice":         `{"command":"get-signing-certificate","arguments":{"origin":"https://a.example","origin":"https://b.example"}}`,
		"no origin":              `{"command":"get-signing-certificate","arguments":{}}`,
		"empty origin":           `{"command":"get-signing-certificate","arguments":{"origin":""}}`,
		"http origin":            `{"command":"get-signing-certificate","arguments":{"origin":"http://localhost"}}`,
		"origin with path":       `{"command":"get-signing-certificate","arguments":{"origin":"https://ria.ee/"}}`,
		"argument too many":      `{"command":"get-signing-certificate","arguments":{"origin":"https://ria.ee","type":"auth"}}`,
		"lang no text":           `{"command":"get-signing-certificate","arguments":{"origin":"https://ria.ee","lang":{}}}`,
		"short nonce":            `{"command":"authenticate","arguments":{"origin":"https://ria.ee","challengeNonce":"` + nonce[1:] + `"}}`,
		"long nonce":             `{"command":"authenticate","arguments":{"origin":"https://ria.ee","challengeNonce":"` + strings.Repeat("n", 129) + `"}}`,
		"hash for authenticate":  `{"command":"authenticate","arguments":{"origin":"https://ria.ee","challengeNonce":"` + nonce + `","hash":"` + hash32 + `"}}`,
		"hash of other length":   strings.Replace(sign, "SHA-256", "SHA-384", 1),
		"unknown function":       strings.Replace(sign, "SHA-256", "SHA-1", 1),
		"function in other form": strings.Replace(sign, "SHA-256", "SHA256", 1),
		"hash in base64url":      strings.Replace(sign, "+/", "-_", 1),
		"certificate no Base64":  strings.Replace(sign, "MAA=", "MAA", 1),
		"no certificate":         strings.Replace(sign, `"certificate":"MAA=",`, "", 1),
	} {
		r, err := ParseRequest([]byte(m), false)
		if !errors.Is(err, ErrNativeInvalidArgument) {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
}

func TestFailuresSayNoMoreThanTheyShould(t *testing.T) {
	b, err := json.Marshal(FailureOf(&Error{Code: ErrUserCancelled, Message: "cancelled", Err: errors.New("/home/somebody")}))
	if err != nil || string(b) != `{"error":{"code":"ERR_WEBEID_USER_CANCELLED","message":"cancelled"}}` {
		t.Errorf("%s, %v", b, err)
	}
	if f := FailureOf(errors.New("/home/somebody")); f.Error.Code != ErrNativeFatal || strings.Contains(f.Error.Message, "home") {
		t.Errorf("%+v", f)
	}
}

// keysForTest are one of each kind.
func keysForTest(t *testing.T) map[string]crypto.Signer {
	t.Helper()
	out := map[string]crypto.Signer{}
	for name, c := range map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()} {
		k, err := ecdsa.GenerateKey(c, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = k
	}
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	out["RSA"] = k
	return out
}

func TestAlgorithmsThereAndBack(t *testing.T) {
	for name, key := range keysForTest(t) {
		list := Supported(key.Public())
		if len(list) != 3 {
			t.Fatalf("%s: %v", name, list)
		}
		if k, ok := key.Public().(*rsa.PublicKey); ok {
			list = append(list, Supported(&algo.PSSPublicKey{PublicKey: k})...)
		}
		for _, a := range list {
			opts, err := a.Options()
			if err != nil {
				t.Fatal(err)
			}
			digest := a.Digest().Sum([]byte("message"))
			value, err := key.Sign(rand.Reader, digest, opts)
			if err != nil {
				t.Fatal(err)
			}
			wire, err := a.Encode(key.Public(), value)
			if err != nil {
				t.Fatal(err)
			}
			back, err := a.Decode(key.Public(), wire)
			if err != nil || !bytes.Equal(back, value) {
				t.Errorf("%s, %v: not the same after there and back: %v", name, a, err)
			}
			if err := a.Verify(key.Public(), digest, wire); err != nil {
				t.Errorf("%s, %v: %v", name, a, err)
			}
			digest[0] ^= 1
			if a.Verify(key.Public(), digest, wire) == nil {
				t.Errorf("%s, %v: verifies over another digest", name, a)
			}
			for _, bad := range [][]byte{nil, wire[1:], append(bytes.Clone(wire), 0), value[:len(value)-1]} {
				if _, err := a.Decode(key.Public(), bad); err == nil {
					t.Errorf("%s, %v: a value of %d bytes was taken", name, a, len(bad))
				}
			}
		}
	}
	edwards, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if l := Supported(edwards); l != nil {
		t.Errorf("the protocol has no Ed25519, but %v", l)
	}
	for _, a := range []SignatureAlgorithm{
		{}, {ECC, "SHA-256", "PSS"}, {RSA, "SHA-256", "NONE"}, {ECC, "SHA-1", "NONE"}, {"EC", "SHA-256", "NONE"}, {RSA, "SHA-256", "OAEP"},
	} {
		if _, err := a.Options(); !errors.Is(err, ErrNativeInvalidArgument) {
			t.Errorf("%v: %v", a, err)
		}
	}
}

// Half-sized values whose leading octets are zero keep their length over the wire.
func TestShortValuesArePadded(t *testing.T) {
	key := keysForTest(t)["P-521"]
	a := Supported(key.Public())[0]
	der, err := algo.EncodePlainECDSA(append(make([]byte, 65), append([]byte{5}, append(make([]byte, 65), 7)...)...))
	if err != nil {
		t.Fatal(err)
	}
	wire, err := a.Encode(key.Public(), der)
	if err != nil || len(wire) != 132 || wire[65] != 5 || wire[131] != 7 {
		t.Fatalf("%x, %v", wire, err)
	}
}

func TestHashFunctions(t *testing.T) {
	for _, f := range hashFunctions() {
		if Digest(f.name) != f.digest || HashFunction(f.digest) != f.name || f.digest.Size() == 0 {
			t.Errorf("%s", f.name)
		}
	}
	if Digest("SHA-1") != 0 || HashFunction(algo.SHA1) != "" {
		t.Error("SHA-1 is no function of the protocol")
	}
}

func FuzzParseRequest(f *testing.F) {
	f.Add([]byte(`{"command":"quit","arguments":{}}`))
	f.Add([]byte(`{"command":"sign","arguments":{"hash":"` + hash32 + `","hashFunction":"SHA-256","origin":"https://ria.ee","certificate":"MAA=","lang":"az"}}`))
	f.Add([]byte(`{"command":"authenticate","arguments":{"origin":"https://ria.ee","challengeNonce":"` + nonce + `"}}`))
	f.Add([]byte(`{"command":"get-signing-certificate","arguments":{"origin":"https://ria.ee:8443"}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		framed := append(binary.NativeEndian.AppendUint32(nil, uint32(len(b))), b...)
		m, err := ReadMessage(bytes.NewReader(framed))
		if err != nil {
			if len(b) > 0 && len(b) <= MaxMessage {
				t.Fatalf("a whole frame: %v", err)
			}
			return
		}
		r, err := ParseRequest(m, false)
		if err != nil {
			if !errors.Is(err, ErrNativeInvalidArgument) {
				t.Fatalf("untyped: %v", err)
			}
			return
		}
		if r.Command == CommandQuit || r.Command == CommandStatus {
			return
		}
		if !strings.HasPrefix(r.Origin, "https://") && !strings.HasPrefix(r.Origin, "wss://") {
			t.Fatalf("origin %q", r.Origin)
		}
		if r.Command == CommandSign && len(r.Hash) != r.Digest.Size() {
			t.Fatalf("a hash of %d bytes for %s", len(r.Hash), r.Digest)
		}
	})
}

func b64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

func TestFingerprint(t *testing.T) {
	for in, want := range map[string]string{"": "", "\x01": "01", "\xe3\xb0\xc4\x42\x98\xfc\x1c\x14\x9a": "E3B0 C442 98FC 1C14", "\x00\x01\x02": "0001 02"} {
		if got := Fingerprint([]byte(in)); got != want {
			t.Errorf("%x: %q, want %q", in, got, want)
		}
	}
}
