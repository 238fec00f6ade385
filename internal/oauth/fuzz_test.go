package oauth

import (
	"encoding/base64"
	"testing"

	"mohur/internal/algo"
)

// FuzzJWT: whatever comes is refused unless a key of the client made it, and never harms.
func FuzzJWT(f *testing.F) {
	f.Add("eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJhIiwiYXVkIjpbImIiXSwiZXhwIjoxfQ.AAAA")
	f.Add("eyJhbGciOiJub25lIn0.e30.AAAA")
	keys := []Key{}
	for alg, k := range testKeys() {
		keys = append(keys, Key{Public: k.Public(), Algorithms: []string{alg}})
	}
	f.Fuzz(func(t *testing.T, text string) {
		j, err := parseJWT(text)
		if err == nil && j.verify(keys) == nil {
			t.Errorf("%q verifies with a fresh key", text)
		}
	})
}

// FuzzAlgorithm: what is taken has a digest that goes with the hashes, and says all that its signatures depend on.
func FuzzAlgorithm(f *testing.F) {
	f.Add("1.2.840.113549.1.1.10", "MDWgDzANBglghkgBZQMEAgEFAKEcMBoGCSqGSIb3DQEBCDANBglghkgBZQMEAgEFAKIEAgIA3g==")
	f.Add("1.2.840.10045.4.3.2", "")
	f.Fuzz(func(t *testing.T, oid, params string) {
		a, err := ParseAlgorithm(oid, params, algo.SHA256)
		if err == nil && (a.Digest != algo.SHA256 || a.String() == "" || a.PSS != nil && a.PSS.SaltLength <= 0) {
			t.Errorf("%s %s: %+v", oid, params, a)
		}
	})
}

// FuzzHash: a hash that is taken comes back the same when it is written and read again.
func FuzzHash(f *testing.F) {
	f.Add("n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg")
	f.Add("n4bQgYhMfWWaL%2BqgxVrQFaO%2FTxsrC4Is0V1sFbDwCgg%3D")
	f.Fuzz(func(t *testing.T, text string) {
		b, err := octets(text)
		if err != nil {
			return
		}
		again, err := octets(base64.StdEncoding.EncodeToString(b))
		if err != nil || string(again) != string(b) {
			t.Errorf("%q: %x, then %x %v", text, b, again, err)
		}
	})
}

// FuzzDetail: what a client asks a person for is read within bounds.
func FuzzDetail(f *testing.F) {
	f.Add(`[{"type":"credential","credentialID":"hr","documentDigests":[{"hash":"AA","label":"x"}],"hashAlgorithmOID":"1"}]`)
	f.Fuzz(func(t *testing.T, text string) {
		d, err := parseDetail(text)
		if err != nil {
			return
		}
		r := &PersonRequest{Client: &Client{Name: "x"}}
		if r.take(d) == nil && (len(r.Values) != len(r.Labels) || len(r.Set.Hashes) != len(r.Values)) {
			t.Errorf("%q: %+v", text, r)
		}
	})
}
