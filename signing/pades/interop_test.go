package pades

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mohur/internal/algo"
	"mohur/internal/demopki"
	"mohur/internal/paper"
	"mohur/signing"
)

// interopSet seals one document of every kind this package can make. Names say what is special; those with -newer in them use algorithms that
// pdfsig's library does not know.
func interopSet(t testing.TB, w *world) map[string][]byte {
	plain := letter(t)
	set := map[string][]byte{}
	put := func(name string, in []byte, o Options) []byte {
		set[name], _ = sealed(t, in, o)
		return set[name]
	}
	for kind, name := range map[demopki.KeyKind]string{
		demopki.P256: "p256", demopki.P384: "p384", demopki.P521: "p521", demopki.RSA2048: "rsa2048", demopki.RSA3072: "rsa3072", demopki.Ed25519: "ed25519-newer",
	} {
		put("b-b_"+name, plain, w.options(t, kind))
	}
	o := w.options(t, demopki.RSA3072)
	o.PSS = true
	put("b-b_pss", plain, o)
	o = w.options(t, demopki.P256)
	o.Digest = algo.SHA3_256
	put("b-b_sha3-newer", plain, o)

	o = w.options(t, demopki.P256)
	o.Level, o.Timestamper, o.TimestampTrust = signing.BaselineT, w.pki, w.trust
	o.Field, o.Appearance, o.Reason, o.Name = paper.SealField, visible(), "Rəy № 9/14-05", "Dövlət Nümayiş Agentliyi"
	stamped := put("b-t_visible", plain, o)
	o.Field, o.Rect = "", [4]float64{300, 60, 520, 130}
	put("b-t_second-signature", stamped, o)
	o = w.options(t, demopki.P256)
	for p, name := range []string{1: "certified-1", 2: "certified-2", 3: "certified-3"} {
		if p == 0 {
			continue
		}
		o.Certification = p
		certified := put("b-b_"+name, plain, o)
		if p > 1 {
			put("b-b_"+name+"_then-signed", certified, w.options(t, demopki.RSA2048))
		}
	}
	o = w.options(t, demopki.P256)
	o.Field = "a"
	put("b-b_lock", withField(t, plain, "a", lock("Include", 0, "Seal")), o)
	o.Field, o.Rect, o.Appearance = "", [4]float64{20, 20, 260, 100}, visible()
	for name, in := range map[string][]byte{
		"hybrid": hybrid(), "object-streams": variant(t, plain, "--object-streams=generate"), "linearised": variant(t, plain, "--linearize"),
		"aes-256": variant(t, plain, "--encrypt", "", "s", "256", "--"), "aes-128": variant(t, plain, "--allow-weak-crypto", "--encrypt", "", "s", "128", "--use-aes=y", "--"),
	} {
		put("b-b_"+name+"_second", put("b-b_"+name, in, o), w.options(t, demopki.RSA2048))
	}
	record, err := paper.MakeSubmissionRecord(paper.SubmissionRecord{
		ID: "0199c3d2-7a40-7cc1-9d2b-5f6e7a8b9c0d", MadeAt: now(), Fields: []paper.Field{{Key: "name", Label: "Layihənin adı", Value: "Vahid müraciət sistemi"}},
		Files: []paper.File{{Name: "texniki tapşırıq.pdf", Size: 12345}},
	})
	if err != nil {
		t.Fatal(err)
	}
	o = w.options(t, demopki.P256)
	o.Field, o.Appearance = paper.SealField, visible()
	put("b-b_record-pdfa3", record.Bytes, o)
	longTermSet(t, w, put, record.Bytes)
	return set
}

// longTermSet are the documents with validation data. They need no revocation lists beside them.
func longTermSet(t testing.TB, w *world, put func(string, []byte, Options) []byte, record []byte) {
	plain := letter(t)
	long := func(kind demopki.KeyKind, l signing.Level) Options {
		o := w.options(t, kind)
		o.Level, o.Timestamper, o.TimestampTrust = l, w.pki, w.trust
		o.Evidence = &signing.Collector{Trust: w.trust, Revocation: w.pki.Responders(nil), Now: now}
		return o
	}
	for kind, name := range map[demopki.KeyKind]string{demopki.P256: "p256", demopki.P384: "p384", demopki.RSA3072: "rsa3072"} {
		o := long(kind, signing.BaselineLT)
		put("b-lt_"+name, plain, o)
		o.Level = signing.BaselineLTA
		put("b-lta_"+name, plain, o)
	}
	o := long(demopki.P256, signing.BaselineLTA)
	o.Certification = 1
	put("b-lta_certified-1", plain, o)
	o = long(demopki.P256, signing.BaselineLTA)
	o.Evidence.Revocation, o.Evidence.MaxAge = w.pki.Lists(nil), time.Hour
	put("b-lta_lists", plain, o)
	o = long(demopki.P256, signing.BaselineLTA)
	o.Field, o.Appearance = paper.SealField, visible()
	archived := put("b-lta_record-pdfa3", record, o)
	put("b-lta_then-signed", archived, long(demopki.RSA2048, signing.BaselineLTA))
	for name, in := range map[string][]byte{
		"hybrid": hybrid(), "object-streams": variant(t, plain, "--object-streams=generate"), "aes-256": variant(t, plain, "--encrypt", "", "s", "256", "--"),
	} {
		put("b-lta_"+name, in, long(demopki.P256, signing.BaselineLTA))
	}
}

// extendedSet are documents that were extended by [Extend]: from level B-B, and renewed.
func extendedSet(t testing.TB, w *world, plain []byte) map[string][]byte {
	x := Extension{
		Level: signing.BaselineLTA, Timestamper: w.pki, TimestampTrust: w.trust, Now: now,
		Evidence: &signing.Collector{Trust: w.trust, Revocation: w.pki.Responders(nil), Now: now},
	}
	set := map[string][]byte{}
	signed, _ := sealed(t, plain, w.options(t, demopki.P256))
	set["b-lta_extended"], _ = extend(t, signed, x)
	set["b-lta_renewed"], _ = extend(t, set["b-lta_extended"], x)
	return set
}

// TestInteropSet makes the set and shows it to qpdf and pdfsig. With MOHUR_INTEROP_DIR the files stay there, with root.pem and the revocation lists, for the programs
// that scripts/interop.sh runs over them.
func TestInteropSet(t *testing.T) {
	w := newWorld(t)
	dir := os.Getenv("MOHUR_INTEROP_DIR")
	set := interopSet(t, w)
	maps.Copy(set, extendedSet(t, w, letter(t)))
	for name, b := range set {
		t.Run(name, func(t *testing.T) {
			if strings.HasPrefix(name, "b-lt") {
				prolonged(t, b)
				return
			}
			list := intact(t, b, "")
			known := len(list)
			if bytes.HasSuffix([]byte(name), []byte("-newer")) {
				known = 0
			}
			accepted(t, b, known, "")
		})
		if dir != "" {
			if err := os.WriteFile(filepath.Join(dir, name+".pdf"), b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if dir == "" {
		return
	}
	crls, err := w.pki.CRLs()
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{"anchors/root.crt": w.pki.Root().Raw, "root.pem": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: w.pki.Root().Raw})}
	files["time.txt"] = []byte(now().Add(30 * time.Minute).Format(time.RFC3339)) // when the lists are fresh
	for i, c := range crls {
		files[fmt.Sprintf("%d.crl", i)] = c
	}
	peerFiles(t, w, files)
	for _, sub := range []string{"peer", "anchors"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// prolonged shows a file to qpdf and pdfsig, which judges its signatures and no document timestamps.
func prolonged(t testing.TB, b []byte) {
	t.Helper()
	path := writeTemp(t, b)
	if out, err := run(t, "qpdf", "--check", path); err != nil || strings.Contains(out, "WARNING") {
		t.Errorf("qpdf --check: %v\n%s", err, out)
	}
	out, _ := run(t, "pdfsig", "-nocert", path)
	if n := strings.Count(out, "ETSI.CAdES.detached"); n == 0 || n != strings.Count(out, "Signature is Valid.") {
		t.Errorf("pdfsig: %s", out)
	}
}

// peerFiles adds a key and a letter with which another program can sign.
func peerFiles(t testing.TB, w *world, files map[string][]byte) {
	s := w.seal(t, demopki.RSA2048, 0)
	key, err := x509.MarshalPKCS8PrivateKey(s.Key)
	if err != nil {
		t.Fatal(err)
	}
	files["peer/key.pem"] = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})
	files["peer/cert.pem"] = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate})
	files["peer/chain.pem"] = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Chain[0]})
	files["peer/letter"] = letter(t)
}
