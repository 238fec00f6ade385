package csc

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"mohur/docket"
)

// pss222 is what pyHanko sends for RSA-2048: RSASSA-PSS-params with SHA-256 and the largest salt.
const pss222 = "MDWgDzANBglghkgBZQMEAgEFAKEcMBoGCSqGSIb3DQEBCDANBglghkgBZQMEAgEFAKIEAgIA3g=="

// both are the paths of both versions.
var both = [2]string{"/csc/v1/", "/csc/v2/"}

func TestInfo(t *testing.T) {
	w := newWorld(t)
	for i, path := range both {
		status, v := w.post("", path+"info", object{})
		if status != 200 || v["specs"] != [2]string{"1.0.4.0", "2.0.0.2"}[i] || v["oauth2"] != "https://rey.example.az" {
			t.Errorf("%s: %d %v", path, status, v)
		}
		methods := fmt.Sprint(v["methods"])
		for _, m := range []string{"credentials/authorize", "credentials/extendTransaction", "signatures/signHash", "signatures/signDoc", "signatures/timestamp", "oauth2/token"} {
			if !strings.Contains(methods, m) {
				t.Errorf("%s does not name %s", path, m)
			}
		}
		if !strings.Contains(fmt.Sprint(v["authType"]), "oauth2client") || strings.Contains(fmt.Sprint(v), "oauth2Code") {
			t.Errorf("%s: %v", path, v["authType"])
		}
	}
	_, v := w.post("", "/csc/v2/info", object{})
	for _, name := range []string{"signAlgorithms", "signature_formats", "conformance_levels", "supportedHashTypes", "logo", "region", "lang", "description"} {
		if v[name] == nil {
			t.Errorf("version 2 lacks %s", name)
		}
	}
}

func TestWhoMayAsk(t *testing.T) {
	w := newWorld(t)
	for _, path := range both {
		for name, c := range map[string]struct {
			token  string
			status int
		}{"nobody": {"", 401}, "a fixed secret": {"fixed", 401}, "unknown": {"x", 401}, "a client": {"portal", 200}} {
			status, v := w.post(c.token, path+"credentials/list", object{})
			if status != c.status || status == 401 && v["error"] != "invalid_token" {
				t.Errorf("%s: %d %v", name, status, v)
			}
		}
		if status, v := w.post("stranger", path+"credentials/info", object{"credentialID": "hr"}); status != 400 || v["error_description"] != "Invalid parameter credentialID" {
			t.Errorf("another's credential: %d %v", status, v)
		}
		if status, v := w.post("", path+"auth/login", object{"rememberMe": true}); status != 400 || v["error"] != "invalid_request" {
			t.Errorf("login: %d %v", status, v)
		}
	}
}

func TestCredentialInfo(t *testing.T) {
	w := newWorld(t)
	if err := w.oauth.SetPIN(t.Context(), "portal", "ec", "654321"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ client, id, mode, scal string }{{"portal", "hr", "implicit", "1"}, {"portal", "ec", "explicit", "1"}, {"signer", "hr", "oauth2code", "2"}} {
		for i, path := range both {
			status, v := w.post(c.client, path+"credentials/info", object{"credentialID": c.id, "certificates": "chain", "certInfo": true, "authInfo": true})
			if status != 200 {
				t.Fatalf("%d %v", status, v)
			}
			key, cert := v["key"].(object), v["cert"].(object)
			curve, there := key["curve"]
			if !there || (curve == nil) != (c.id == "hr") {
				t.Errorf("%s: curve %v, %v", c.id, curve, there)
			}
			if _, ok := key["algo"].([]any); !ok || key["status"] != "enabled" || len(cert["certificates"].([]any)) != 2 || cert["serialNumber"] != "ff" || cert["validFrom"] != "20260302070000Z" {
				t.Errorf("%s: %v", c.id, v)
			}
			if n, ok := v["multisign"].(float64); !ok || n != 5 || v["SCAL"] != c.scal {
				t.Errorf("%s: multisign %v, SCAL %v", c.id, v["multisign"], v["SCAL"])
			}
			if i == 0 {
				pin, _ := v["PIN"].(object)
				if v["authMode"] != c.mode || (pin != nil) != (c.mode == "explicit") {
					t.Errorf("%s: %v %v", c.id, v["authMode"], pin)
				}
				continue
			}
			auth := v["auth"].(object)
			if objects, ok := auth["objects"].([]any); !ok || auth["mode"] != c.mode || (len(objects) == 1) != (c.mode == "explicit") {
				t.Errorf("%s: %v", c.id, auth)
			}
		}
	}
	_, v := w.post("portal", "/csc/v2/credentials/info", object{"credentialID": "old", "certificates": "none"})
	if cert := v["cert"].(object); cert["status"] != "expired" || cert["certificates"] != nil {
		t.Errorf("%v", v)
	}
}

func TestCredentialList(t *testing.T) {
	w := newWorld(t)
	_, v := w.post("portal", "/csc/v1/credentials/list", object{})
	if fmt.Sprint(v["credentialIDs"]) != "[ec hr letters notes old]" {
		t.Errorf("%v", v)
	}
	_, v = w.post("portal", "/csc/v2/credentials/list", object{"credentialInfo": true, "onlyValid": true, "certificates": "single"})
	infos, _ := v["credentialInfos"].([]any)
	if fmt.Sprint(v["credentialIDs"]) != "[ec hr letters notes]" || len(infos) != 4 || infos[0].(object)["credentialID"] != "ec" {
		t.Errorf("%v", v)
	}
	if _, v := w.post("stranger", "/csc/v1/credentials/list", object{}); fmt.Sprint(v["credentialIDs"]) != "[]" {
		t.Errorf("%v", v)
	}
}

// TestBothSpellings: names of one version on the paths of the other, in every mixture.
func TestBothSpellings(t *testing.T) {
	w := newWorld(t)
	h := hashesOf("a")
	for _, path := range both {
		for _, name := range []string{"hash", "hashes"} {
			for _, algorithm := range []string{"hashAlgo", "hashAlgorithmOID"} {
				status, v := w.post("portal", path+"credentials/authorize", object{"credentialID": "hr", "numSignatures": 1, name: h, algorithm: sha256OID})
				if status != 200 || v["expiresIn"] != 60.0 {
					t.Fatalf("%s %s %s: %d %v", path, name, algorithm, status, v)
				}
				status, v = w.post("portal", path+"signatures/signHash", object{"credentialID": "hr", "SAD": v["SAD"], name: h, algorithm: sha256OID, "signAlgo": oidRSA})
				if status != 200 {
					t.Fatalf("%s %s %s: %d %v", path, name, algorithm, status, v)
				}
			}
		}
		if status, _ := w.post("portal", path+"credentials/authorize", object{"credentialID": "hr", "hash": h, "hashes": hashesOf("b")}); status != 400 {
			t.Error("two names with two values taken")
		}
		if status, _ := w.post("portal", path+"credentials/authorize", object{"credentialID": "hr", "hash": h, "hashAlgo": sha256OID, "hashAlgorithmOID": sha384OID}); status != 400 {
			t.Error("two digests taken")
		}
	}
}

// TestHashesAsClientsWriteThem: each spelling is the same hash, also between authorising and signing.
func TestHashesAsClientsWriteThem(t *testing.T) {
	w := newWorld(t)
	word := "a"
	for i := 0; !strings.ContainsAny(hashesOf(word)[0], "+") || !strings.Contains(hashesOf(word)[0], "/"); i++ {
		word = fmt.Sprint(i)
	}
	std := hashesOf(word)[0]
	url64 := strings.NewReplacer("+", "-", "/", "_").Replace(std)
	digest, _ := base64.StdEncoding.DecodeString(std)
	for _, text := range []string{std, url64, strings.TrimRight(url64, "="), url.QueryEscape(std)} {
		status, v := w.post("portal", "/csc/v2/signatures/signHash", object{"credentialID": "ec", "SAD": w.sad("ec", word), "hashes": []string{text}, "hashAlgorithmOID": sha256OID, "signAlgo": oidECDSASHA256})
		if status != 200 {
			t.Errorf("%s: %d %v", text, status, v)
			continue
		}
		// ECDSA is DER, as clients put it into CMS.
		value, _ := base64.StdEncoding.DecodeString(v["signatures"].([]any)[0].(string))
		if !ecdsa.VerifyASN1(testKeys()["ec"].Public().(*ecdsa.PublicKey), digest, value) {
			t.Errorf("%s: the signature is no DER, or wrong", text)
		}
	}
}

// TestSaltOfParameters: the salt of the parameters, and no other, is in the signature.
func TestSaltOfParameters(t *testing.T) {
	w := newWorld(t)
	digest := sha256.Sum256([]byte("a"))
	pub := testKeys()["hr"].Public().(*rsa.PublicKey)
	for _, c := range []struct {
		params string
		salt   int
	}{{pss222, 222}, {"", 32}} {
		status, v := w.post("portal", "/csc/v1/signatures/signHash", object{"credentialID": "hr", "SAD": w.sad("hr", "a"), "hash": hashesOf("a"), "hashAlgo": sha256OID, "signAlgo": oidPSS, "signAlgoParams": c.params})
		if status != 200 {
			t.Fatalf("%d %v", status, v)
		}
		value, _ := base64.StdEncoding.DecodeString(v["signatures"].([]any)[0].(string))
		if err := rsa.VerifyPSS(pub, crypto.SHA256, digest[:], value, &rsa.PSSOptions{SaltLength: c.salt}); err != nil {
			t.Errorf("salt %d: %v", c.salt, err)
		}
	}
	for name, q := range map[string]object{
		"another digest":   {"hashAlgo": sha512OID, "signAlgo": oidPSS, "signAlgoParams": pss222},
		"no parameters":    {"hashAlgo": sha256OID, "signAlgo": oidPSS, "signAlgoParams": "MAA="},
		"no base64":        {"hashAlgo": sha256OID, "signAlgo": oidPSS, "signAlgoParams": "!"},
		"an EC algorithm":  {"signAlgo": oidECDSASHA256},
		"SHA-1":            {"signAlgo": "1.2.840.113549.1.1.5"},
		"no algorithm":     {"hashAlgo": sha256OID},
		"nothing":          {},
		"digest of others": {"hashAlgo": sha384OID, "signAlgo": oidRSASHA256},
	} {
		sad := w.sad("hr", "a")
		q["credentialID"], q["SAD"], q["hash"] = "hr", sad, hashesOf("a")
		if status, v := w.post("portal", "/csc/v1/signatures/signHash", q); status != 400 || v["error"] != "invalid_request" {
			t.Errorf("%s: %d %v", name, status, v)
		}
		// What was refused before the set was used has not used it.
		if status, v := w.post("portal", "/csc/v1/signatures/signHash", object{"credentialID": "hr", "SAD": sad, "hash": hashesOf("a"), "signAlgo": oidRSASHA256}); status != 200 {
			t.Errorf("after %s: %d %v", name, status, v)
		}
	}
}

// TestAuthorisationsAreHeldTo: client, credential, hashes with their count, and one use.
func TestAuthorisationsAreHeldTo(t *testing.T) {
	w := newWorld(t)
	sign := func(client, credential, sad string, words ...string) int {
		alg := map[string]string{"hr": oidRSASHA256, "ec": oidECDSASHA256}[credential]
		status, _ := w.post(client, "/csc/v2/signatures/signHash", object{"credentialID": credential, "SAD": sad, "hashes": hashesOf(words...), "hashAlgorithmOID": sha256OID, "signAlgo": alg})
		return status
	}
	for name, c := range map[string]struct {
		client, credential string
		words              []string
		status             int
	}{
		"the set":            {"portal", "hr", []string{"a", "b", "a"}, 200},
		"a part":             {"portal", "hr", []string{"a"}, 200},
		"once too often":     {"portal", "hr", []string{"a", "b", "b"}, 400},
		"another hash":       {"portal", "hr", []string{"c"}, 400},
		"another client":     {"signer", "hr", []string{"a"}, 400},
		"another credential": {"portal", "ec", []string{"a"}, 400},
		"no hash":            {"portal", "hr", nil, 400},
	} {
		sad, before := w.sad("hr", "a", "a", "b"), w.seals.signed
		if status := sign(c.client, c.credential, sad, c.words...); status != c.status {
			t.Errorf("%s: %d", name, status)
		}
		if c.status != 200 && w.seals.signed != before {
			t.Errorf("%s: something was signed", name)
		}
		if c.status == 200 && sign("portal", "hr", sad, "a") != 400 {
			t.Errorf("%s: used twice", name)
		}
	}
	sad := w.sad("hr", "a")
	w.now = w.now.Add(time.Minute)
	if sign("portal", "hr", sad, "a") != 400 {
		t.Error("used after a minute")
	}
	sad = w.sad("hr", "a")
	w.seals.err = docket.Refuse(docket.CodeUnavailable, docket.KeySealing)
	if sign("portal", "hr", sad, "a") != 503 {
		t.Error("a token that does not answer is no 503")
	}
	w.seals.err = nil
	if sign("portal", "hr", sad, "a") != 400 {
		t.Error("the authorisation of a failed signature is used again")
	}
	for i := range 7 {
		if status := sign("portal", "hr", "x", slices.Repeat([]string{"a"}, i)...); status != 400 {
			t.Errorf("%d hashes: %d", i, status)
		}
	}
}

func TestAuthorizeRefusals(t *testing.T) {
	w := newWorld(t)
	if err := w.oauth.SetPIN(t.Context(), "portal", "ec", "654321"); err != nil {
		t.Fatal(err)
	}
	h := hashesOf("a")
	for _, path := range both {
		for name, c := range map[string]struct {
			client string
			q      object
			code   string
		}{
			"no credential":      {"portal", object{"hash": h}, "invalid_request"},
			"another's":          {"stranger", object{"credentialID": "hr", "hash": h}, "invalid_request"},
			"no hash":            {"portal", object{"credentialID": "hr", "numSignatures": 1}, "invalid_request"},
			"another count":      {"portal", object{"credentialID": "hr", "numSignatures": 2, "hash": h}, "invalid_request"},
			"too many":           {"portal", object{"credentialID": "hr", "hash": slices.Repeat(h, 6)}, "invalid_request"},
			"a PIN for nothing":  {"portal", object{"credentialID": "hr", "hash": h, "PIN": "1"}, "invalid_request"},
			"an OTP":             {"portal", object{"credentialID": "hr", "hash": h, "OTP": "1"}, "invalid_request"},
			"no PIN":             {"portal", object{"credentialID": "ec", "hash": h}, "invalid_request"},
			"a wrong PIN":        {"portal", object{"credentialID": "ec", "hash": h, "PIN": "wrong!"}, "invalid_pin"},
			"another key's algo": {"portal", object{"credentialID": "hr", "hash": h, "signAlgo": oidECDSASHA256}, "invalid_request"},
			"not by the client":  {"signer", object{"credentialID": "hr", "hash": h}, "invalid_request"},
		} {
			if status, v := w.post(c.client, path+"credentials/authorize", c.q); status != 400 || v["error"] != c.code || v["error_description"] == "" {
				t.Errorf("%s: %d %v", name, status, v)
			}
		}
	}
	for _, q := range []object{{"PIN": "654321"}, {"authData": []object{{"id": "PIN", "value": "654321"}}}} {
		q["credentialID"], q["hash"] = "ec", h
		if status, v := w.post("portal", "/csc/v2/credentials/authorize", q); status != 200 {
			t.Errorf("%v: %d %v", q, status, v)
		}
	}
}

func TestSignAlgorithmIsBound(t *testing.T) {
	w := newWorld(t)
	_, v := w.post("portal", "/csc/v2/credentials/authorize", object{"credentialID": "hr", "hash": hashesOf("a"), "signAlgo": oidPSS, "signAlgoParams": pss222, "hashAlgo": sha256OID})
	q := object{"credentialID": "hr", "SAD": v["SAD"], "hash": hashesOf("a"), "hashAlgo": sha256OID, "signAlgo": oidPSS}
	if status, v := w.post("portal", "/csc/v2/signatures/signHash", q); status != 400 {
		t.Errorf("another salt: %d %v", status, v)
	}
	q["signAlgoParams"] = pss222
	if status, v := w.post("portal", "/csc/v2/signatures/signHash", q); status != 200 {
		t.Errorf("the authorised one: %d %v", status, v)
	}
}

// TestWhatIsNotOffered is refused by name, never passed over.
func TestWhatIsNotOffered(t *testing.T) {
	w := newWorld(t)
	pdf := base64.StdEncoding.EncodeToString([]byte("%PDF-1.7"))
	hash := func(more object) object {
		q := object{"credentialID": "hr", "SAD": w.sad("hr", "a"), "hash": hashesOf("a"), "signAlgo": oidRSASHA256}
		for k, v := range more {
			q[k] = v
		}
		return q
	}
	doc := func(more, document object) object {
		d := object{"document": pdf, "signature_format": "P"}
		for k, v := range document {
			d[k] = v
		}
		q := object{"credentialID": "letters", "SAD": w.sad("letters", "%PDF-1.7"), "documents": []object{d}}
		for k, v := range more {
			q[k] = v
		}
		return q
	}
	for name, c := range map[string]struct {
		path string
		q    object
	}{
		"response_uri":            {"signatures/signHash", hash(object{"response_uri": "https://x.example/"})},
		"asynchronous":            {"signatures/signHash", hash(object{"operationMode": "A"})},
		"response_uri of signDoc": {"signatures/signDoc", doc(object{"response_uri": "https://x.example/"}, nil)},
		"a document's hash":       {"signatures/signDoc", doc(object{"documentDigests": []object{{}}}, nil)},
		"validation data":         {"signatures/signDoc", doc(object{"returnValidationInfo": true}, nil)},
		"any credential":          {"signatures/signDoc", doc(object{"signatureQualifier": "eu_eidas_qes"}, nil)},
		"another format":          {"signatures/signDoc", doc(nil, object{"signature_format": "C"})},
		"XAdES":                   {"signatures/signDoc", doc(nil, object{"signature_format": "X"})},
		"another level":           {"signatures/signDoc", doc(nil, object{"conformance_level": "AdES-B-LTA"})},
		"certification":           {"signatures/signDoc", doc(nil, object{"signed_envelope_property": "Certification"})},
		"properties":              {"signatures/signDoc", doc(nil, object{"signed_props": []object{{"attribute_name": "x"}}})},
		"no PDF":                  {"signatures/signDoc", doc(nil, object{"document": "AAAA"})},
		"PSS on a document":       {"signatures/signDoc", doc(nil, object{"signAlgo": oidPSS})},
		"hashes of letters":       {"signatures/signHash", object{"credentialID": "letters", "SAD": w.sad("letters", "a"), "hash": hashesOf("a"), "signAlgo": oidRSASHA256}},
		"a nonce":                 {"signatures/timestamp", object{"hash": hashesOf("a")[0], "hashAlgo": sha256OID, "nonce": "1"}},
	} {
		for _, path := range both {
			if status, v := w.post("portal", path+c.path, c.q); status != 400 || v["error"] != "invalid_request" {
				t.Errorf("%s: %d %v", name, status, v)
			}
		}
	}
	if w.seals.signed != 0 {
		t.Error("something was signed")
	}
}

func TestSignDoc(t *testing.T) {
	w := newWorld(t)
	b64 := base64.StdEncoding.EncodeToString
	for _, level := range []string{"", "AdES-B-T", "AdES-T", "B-T"} {
		status, v := w.post("portal", "/csc/v2/signatures/signDoc", object{"credentialID": "letters", "SAD": w.sad("letters", "%PDF-1", "%PDF-2"), "documents": []object{
			{"document": b64([]byte("%PDF-1")), "signature_format": "P", "conformance_level": level, "signed_envelope_property": "Revision", "signAlgo": oidRSASHA256},
			{"document": b64([]byte("%PDF-2")), "signature_format": "P"},
		}})
		if out, _ := v["DocumentWithSignature"].([]any); status != 200 || len(out) != 2 || out[1] != b64([]byte("%PDF-2 sealed")) {
			t.Errorf("%s: %d %v", level, status, v)
		}
	}
	status, v := w.post("portal", "/csc/v2/signatures/signDoc", object{"credentialID": "notes", "SAD": w.sad("notes", "x"), "documents": []object{{"document": b64([]byte("x")), "signature_format": "C"}}})
	if out, _ := v["SignatureObject"].([]any); status != 200 || len(out) != 1 {
		t.Errorf("detached: %d %v", status, v)
	}
	status, _ = w.post("portal", "/csc/v2/signatures/signDoc", object{"credentialID": "letters", "SAD": w.sad("letters", "%PDF-1"), "documents": []object{{"document": b64([]byte("%PDF-2")), "signature_format": "P"}}})
	if status != 400 {
		t.Errorf("another document than authorised: %d", status)
	}
	if status, _ := w.post("portal", "/csc/v2/signatures/signDoc", object{"documents": []object{{"document": b64(make([]byte, 70<<10))}}}); status != 413 {
		t.Errorf("a large document: %d", status)
	}
	if left, err := os.ReadDir(w.temp); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// TestAPersonsToken is both the access token and what activates the signatures (SCAL 2).
func TestAPersonsToken(t *testing.T) {
	w := newWorld(t)
	q := object{"credentialID": "hr", "SAD": w.agreed("hr", "a"), "hashes": hashesOf("a"), "hashAlgorithmOID": sha256OID, "signAlgo": oidRSASHA256}
	if status, v := w.post("signer", "/csc/v2/signatures/signHash", q); status != 200 {
		t.Errorf("as the SAD: %d %v", status, v)
	}
	delete(q, "SAD")
	if status, v := w.post("signer", "/csc/v2/signatures/signHash", q); status != 400 {
		t.Errorf("a service token as the SAD: %d %v", status, v)
	}
}

func TestExtendAndRevoke(t *testing.T) {
	w := newWorld(t)
	for _, path := range both {
		old := w.sad("hr", "a", "b")
		status, v := w.post("portal", path+"credentials/extendTransaction", object{"credentialID": "hr", "SAD": old, "hash": hashesOf("b")})
		if status != 200 || v["SAD"] == old {
			t.Fatalf("%d %v", status, v)
		}
		if status, _ := w.post("portal", path+"credentials/extendTransaction", object{"credentialID": "hr", "SAD": old, "hash": hashesOf("b")}); status != 400 {
			t.Errorf("twice: %d", status)
		}
		if status, _ := w.post("portal", path+"auth/revoke", object{"token": v["SAD"]}); status != 204 {
			t.Errorf("revoke: %d", status)
		}
		if status, _ := w.post("portal", path+"signatures/signHash", object{"credentialID": "hr", "SAD": v["SAD"], "hash": hashesOf("b"), "signAlgo": oidRSASHA256}); status != 400 {
			t.Errorf("revoked: %d", status)
		}
	}
}

func TestTimestamp(t *testing.T) {
	w := newWorld(t)
	status, v := w.post("portal", "/csc/v1/signatures/timestamp", object{"hash": hashesOf("a")[0], "hashAlgo": sha256OID})
	if status != 200 || v["timestamp"] != base64.StdEncoding.EncodeToString([]byte("SHA256 32")) {
		t.Errorf("%d %v", status, v)
	}
	if status, _ := w.post("portal", "/csc/v1/signatures/timestamp", object{}); status != 400 {
		t.Errorf("%d", status)
	}
}
