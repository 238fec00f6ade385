package cades

import (
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"mohur/internal/demopki"
	"mohur/signing"
)

// TestInteropSet makes a message of every kind and shows it to OpenSSL. With MOHUR_INTEROP_DIR they stay in its folder cades, with anchors,
// revocation lists and the content, for the programs that scripts/interop.sh runs over them.
func TestInteropSet(t *testing.T) {
	e := newEpoch(t)
	files := map[string][]byte{
		"letter": letter, "anchors/root.crt": e.pki.Root().Raw, "root.pem": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: e.pki.Root().Raw}),
		"time.txt": []byte(e.at.Add(30 * time.Minute).Format(time.RFC3339)),
	}
	for kind, name := range map[demopki.KeyKind]string{demopki.P256: "p256", demopki.P384: "p384", demopki.RSA3072: "rsa3072"} {
		o := e.options(t, signing.BaselineB, kind)
		for _, l := range []signing.Level{signing.BaselineB, signing.BaselineT, signing.BaselineLT, signing.BaselineLTA} {
			for _, detached := range []bool{false, true} {
				o.Level, o.Detached = l, detached
				m := signed(t, letter, o)
				e.opens(t, m, detached)
				files[fmt.Sprintf("%s_%s.%s", l, name, map[bool]string{true: "p7s", false: "p7m"}[detached])] = m
			}
		}
	}
	renewed := extended(t, files["B-LTA_p256.p7m"], false, e.extension(signing.BaselineLTA))
	e.opens(t, renewed, false)
	files["B-LTA_renewed.p7m"] = renewed
	counter := e.counter(t, signing.BaselineT, demopki.RSA2048)
	for name, of := range map[string]string{"counter.p7m": "B-T_p256.p7m", "counter.p7s": "B-T_rsa3072.p7s", "counter_archived.p7m": "B-LTA_p384.p7m"} {
		m := countersigned(t, files[of], counter)
		e.opens(t, m, filepath.Ext(name) == ".p7s")
		files[name] = m
	}
	for name, o := range map[string]Options{"pss.p7m": e.options(t, signing.BaselineLTA, demopki.RSA4096), "p521.p7m": e.options(t, signing.BaselineLTA, demopki.P521)} {
		o.PSS = name == "pss.p7m"
		m := signed(t, letter, o)
		e.opens(t, m, false)
		files[name] = m
	}
	long := extended(t, files["counter.p7m"], false, e.extension(signing.BaselineLTA))
	e.opens(t, long, false)
	files["counter_long.p7m"] = long
	lists, err := e.pki.CRLs()
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range lists {
		files[fmt.Sprintf("%d.crl", i)] = l
	}
	dir := os.Getenv("MOHUR_INTEROP_DIR")
	if dir == "" {
		return
	}
	for name, b := range files {
		path := filepath.Join(dir, "cades", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
