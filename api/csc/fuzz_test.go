package csc

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
)

// FuzzRequests: whatever comes as the body of signHash, authorize or signDoc is read within bounds, and what is taken is whole.
func FuzzRequests(f *testing.F) {
	f.Add(`{"credentialID":"hr","hash":["n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg"],"signAlgo":"1.2.840.113549.1.1.11","SAD":"x"}`)
	f.Add(`{"credentialID":"hr","hashes":["n4bQgYhMfWWaL%2BqgxVrQFaO%2FTxsrC4Is0V1sFbDwCgg%3D"],"hashAlgorithmOID":"2.16.840.1.101.3.4.2.1","signAlgo":"1.2.840.113549.1.1.10","signAlgoParams":"MAA="}`)
	f.Add(`{"documents":[{"document":"JVBERi0=","signature_format":"P"}],"authData":[{"id":"PIN","value":"x"}],"numSignatures":1}`)
	f.Fuzz(func(t *testing.T, body string) {
		var sign signHashRequest
		var ask authorizeRequest
		var doc signDocRequest
		for _, into := range []any{&sign, &ask, &doc} {
			r := httptest.NewRequest("POST", "/", strings.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			if err := read(httptest.NewRecorder(), r, 4096, into); err == nil && (len(body) > 4096+64 || !json.Valid([]byte(body))) {
				t.Errorf("%q taken", body)
			}
		}
		if h, a, err := sign.parse(); err == nil && (len(h.values) == 0 || len(h.values) != len(h.canonical) || len(h.values[0]) != a.Digest.Size()) {
			t.Errorf("%q: %+v %s", body, h, a)
		}
		for i := range doc.Documents {
			d := &doc.Documents[i]
			if d.check(&Credential{Format: "P", Level: "AdES-B-T"}) == nil && !strings.HasPrefix(string(d.Document), "%PDF-") {
				t.Errorf("%q: taken as a PDF", body)
			}
		}
	})
}
