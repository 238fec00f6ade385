//go:build interop

package signing_test

import (
	"bytes"
	"crypto"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"mohur/certs"
	"mohur/internal/demopki"
	"mohur/internal/paper"
	"mohur/pkcs11"
	"mohur/signing"
	"mohur/signing/cades"
	"mohur/signing/pades"
	"mohur/verify"
	"mohur/verify/etsi"
)

// tokenKinds are the keys that a soft token makes, and the algorithms that each signs with. Names with -newer are of what some programs don't know.
var tokenKinds = []struct {
	name, kind string
	pss        bool
}{
	{"rsa2048", "RSA-2048", false},
	{"rsa2048-pss", "RSA-2048", true},
	{"rsa3072", "RSA-3072", false},
	{"rsa3072-pss", "RSA-3072", true},
	{"rsa4096", "RSA-4096", false},
	{"rsa4096-pss", "RSA-4096", true},
	{"p256", "P-256", false},
	{"p384", "P-384", false},
	{"p521", "P-521", false},
	{"ed25519-newer", "Ed25519", false},
}

// TestInteropTokens seals at every level with every kind of key on a SoftHSM2 token, as PDF, as message and as detached message, and asks our own
// verify, which is given anchors, content and, below B-LT, revocation lists. The files stay in MOHUR_INTEROP_DIR/tokens for scripts/interop.sh.
func TestInteropTokens(t *testing.T) {
	dir := os.Getenv("MOHUR_INTEROP_DIR")
	if dir == "" {
		dir = t.TempDir()
	}
	w := &tokenSet{T: t, dir: filepath.Join(dir, "tokens"), at: time.Now().Truncate(time.Second), keys: map[string]*demopki.Signer{}}
	w.open()
	for _, k := range tokenKinds {
		s := w.signer(k.kind)
		for _, l := range []signing.Level{signing.BaselineB, signing.BaselineT, signing.BaselineLT, signing.BaselineLTA} {
			r := signing.Request{
				Signer: s.Key, Certificate: s.Certificate, Chain: s.Chain, PSS: k.pss, Now: w.now, Level: l, Timestamper: w.pki, TimestampTrust: w.trust,
				Evidence: &signing.Collector{Trust: w.trust, Revocation: w.pki.Responders(nil), Now: w.now},
			}
			w.make(string(l)+"_"+k.name, r)
		}
	}
	fmt.Printf("tokens   %d files sealed on SoftHSM2, %d keys, TOTAL-PASSED in our verify: %d\n", w.made, len(w.keys), w.passed)
}

// tokenSet is a token with the hierarchy that certifies its keys.
type tokenSet struct {
	*testing.T
	dir          string
	at           time.Time
	pki          *demopki.Hierarchy
	trust        *certs.TrustStore
	token        *pkcs11.Token
	keys         map[string]*demopki.Signer
	letter       []byte
	made, passed int
}

func (w *tokenSet) now() time.Time { return w.at }

func (w *tokenSet) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *tokenSet) open() {
	path, err := pkcs11.SoftHSM()
	w.must(err)
	w.must(pkcs11.UseSoftHSM(w.TempDir()))
	m, err := pkcs11.Open(pkcs11.Options{Path: path})
	w.must(err)
	w.Cleanup(func() { m.Close() })
	info, err := m.InitToken(w.Context(), "interop", pkcs11.NewPIN([]byte("so-123456")), pkcs11.NewPIN([]byte("123456")))
	w.must(err)
	w.token, err = m.Token(w.Context(), info.URI(), pkcs11.TokenOptions{PIN: pkcs11.FixedPIN{Secret: pkcs11.NewPIN([]byte("123456"))}})
	w.must(err)
	w.Cleanup(func() { w.token.Close() })
	w.pki, err = demopki.New(demopki.Options{Now: w.now})
	w.must(err)
	root, err := certs.Parse(w.pki.Root().Raw)
	w.must(err)
	w.trust = certs.NewTrustStore(root)
	d, err := paper.MakeLetter(paper.Letter{
		Agency: paper.Agency{Name: "Dövlət Nümayiş Agentliyi"}, Number: "9/14-05", Date: w.at, Addressee: []string{"Gömrük Komitəsinə"},
		Body: []string{"Layihəyə baxıldı, irad yoxdur."}, Signatory: paper.Signatory{Position: "Sədr", Name: "Ş. Ğəniyev"},
	})
	w.must(err)
	w.letter = d.Bytes
	lists, err := w.pki.CRLs()
	w.must(err)
	w.write("letter", w.letter)
	w.write("anchors/root.crt", root.Raw)
	w.write("root.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Raw}))
	w.write("time.txt", []byte(w.at.Add(time.Minute).UTC().Format(time.RFC3339)))
	for i, l := range lists {
		w.write(fmt.Sprintf("%d.crl", i), l)
	}
}

func (w *tokenSet) write(name string, b []byte) {
	w.Helper()
	path := filepath.Join(w.dir, name)
	w.must(os.MkdirAll(filepath.Dir(path), 0o700))
	w.must(os.WriteFile(path, b, 0o600))
}

// signer makes a key on the token and a body's certificate for it.
func (w *tokenSet) signer(kind string) *demopki.Signer {
	w.Helper()
	if s := w.keys[kind]; s != nil {
		return s
	}
	key, err := w.token.GenerateKey(w.Context(), pkcs11.KeySpec{Label: kind, ID: []byte(kind), Kind: kind})
	w.must(err)
	s, err := w.pki.Body(demopki.Body{Profile: demopki.Profile{PublicKey: key.Public()}, Organisation: "Dövlət Nümayiş Agentliyi"})
	w.must(err)
	s.Key = crypto.Signer(key)
	w.keys[kind] = s
	return s
}

// make seals the letter in three ways.
func (w *tokenSet) make(name string, r signing.Request) {
	w.Helper()
	in, size := bytes.NewReader(w.letter), int64(len(w.letter))
	var sheet, message, beside bytes.Buffer
	_, err := pades.Sign(w.Context(), in, size, &sheet, pades.Options{
		Request: r, Field: paper.SealField, Reason: "Rəy", Appearance: &pades.Appearance{Title: "Elektron möhür", Lines: []string{name}, Time: w.at, QR: "https://rey.example.az/lookup?n=9-14-05", Border: true},
	})
	w.must(err)
	_, err = cades.Sign(w.Context(), in, size, &message, cades.Options{Request: r})
	w.must(err)
	_, err = cades.Sign(w.Context(), in, size, &beside, cades.Options{Request: r, Detached: true})
	w.must(err)
	w.judge(name+".pdf", sheet.Bytes(), r.Level, false)
	w.judge(name+".p7m", message.Bytes(), r.Level, false)
	w.judge(name+".p7s", beside.Bytes(), r.Level, true)
}

func (w *tokenSet) judge(name string, b []byte, l signing.Level, detached bool) {
	w.Helper()
	w.write(name, b)
	in := verify.Input{Content: bytes.NewReader(b), Size: int64(len(b)), Trust: w.trust, Time: w.at.Add(time.Minute)}
	if detached {
		in.Detached = []verify.Data{{Name: "letter", Content: bytes.NewReader(w.letter), Size: int64(len(w.letter))}}
	}
	if !l.Reaches(signing.BaselineLT) {
		in.Revocation = w.pki.Lists(nil)
	}
	r, err := verify.Document(w.Context(), in, nil)
	w.must(err)
	w.made++
	if r.Indication == etsi.TotalPassed && len(r.Signatures) == 1 && r.Signatures[0].Level[len(r.Signatures[0].Level)-len(l[2:]):] == string(l[2:]) {
		w.passed++
		return
	}
	w.Errorf("%s: %s %s %+v", name, r.Indication, r.SubIndication, r.Signatures)
}
