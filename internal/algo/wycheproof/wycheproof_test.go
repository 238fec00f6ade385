// Package wycheproof runs the signature vectors of Project Wycheproof through internal/algo. It is a folder of its own because the vectors are
// embedded in the test binary, all hundred megabytes of them.
package wycheproof

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/c2sp/wycheproof"

	"mohur/internal/algo"
)

// file is what the schemas of signature vectors have in common.
type file struct {
	TestGroups []group `json:"testGroups"`
}

type group struct {
	Type         string          `json:"type"`
	Sha          string          `json:"sha"`
	Mgf          string          `json:"mgf"`
	MgfSha       string          `json:"mgfSha"`
	SaltLength   int             `json:"sLen"`
	PublicKeyDER string          `json:"publicKeyDer"`
	PublicKey    json.RawMessage `json:"publicKey"`
	Tests        []vector        `json:"tests"`
}

type vector struct {
	ID      int    `json:"tcId"`
	Comment string `json:"comment"`
	Msg     string `json:"msg"`
	Sig     string `json:"sig"`
	Result  string `json:"result"`
}

// families tells by the type of a group what its signatures are.
var families = map[string]algo.Family{
	"RsassaPkcs1Verify": algo.RSA, "RsassaPssVerify": algo.RSAPSS, "RsassaPssWithParametersVerify": algo.RSAPSS,
	"EcdsaVerify": algo.ECDSA, "EcdsaBitcoinVerify": algo.ECDSA, "EcdsaP1363Verify": algo.PlainECDSA, "EddsaVerify": algo.EdDSA,
}

// count says what became of the vectors.
type count struct{ verified, refused, unsupported, groups, wrong int }

func TestNoWrongAccept(t *testing.T) {
	names, err := fs.Glob(wycheproof.TestVectors, "*_test.json")
	if err != nil {
		t.Fatal(err)
	}
	var total count
	for _, name := range names {
		if !strings.HasPrefix(name, "rsa_") && !strings.HasPrefix(name, "ecdsa_") && !strings.HasPrefix(name, "ed") {
			continue
		}
		if slowTwin(name) {
			continue
		}
		b, err := fs.ReadFile(wycheproof.TestVectors, name)
		if err != nil {
			t.Fatal(err)
		}
		var f file
		if err := json.Unmarshal(b, &f); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, g := range f.TestGroups {
			if family, ok := families[g.Type]; ok {
				runGroup(t, name, family, g, &total)
			}
		}
	}
	judged := total.verified + total.refused
	t.Logf("suite wycheproof: %d/%d, deviations %d, not yet read %d", judged-total.wrong, judged, total.wrong, total.unsupported)
	t.Logf("%d verified, %d refused, %d not supported, in %d groups", total.verified, total.refused, total.unsupported, total.groups)
	if total.verified < 4000 || total.refused < 8000 {
		t.Error("fewer vectors than expected: is the module complete?")
	}
}

// slowTwin says whether a file can be left out: our arithmetic on Brainpool's curves takes milliseconds for a value, and these files differ from
// the one kept for each curve in digest and encoding only, which the other curves' files cover.
func slowTwin(name string) bool {
	return strings.Contains(name, "brainpool") && (strings.Contains(name, "p1363") || strings.Contains(name, "sha3_"))
}

func runGroup(t *testing.T, name string, family algo.Family, g group, total *count) {
	total.groups++
	der, err := hex.DecodeString(g.PublicKeyDER)
	if err != nil {
		t.Fatal(err)
	}
	pub, _, keyErr := algo.ParsePublicKey(der)
	s, err := signature(family, g)
	if keyErr != nil || err != nil {
		if !supportedElsewhere(name) {
			t.Errorf("%s: key %v, algorithm %v", name, keyErr, err)
		}
		total.unsupported += len(g.Tests)
		return
	}
	for _, v := range g.Tests {
		msg, err1 := hex.DecodeString(v.Msg)
		sig, err2 := hex.DecodeString(v.Sig)
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		err := s.VerifyBytes(pub, msg, sig)
		if (err == nil) != (v.Result == "valid") {
			total.wrong++
			t.Errorf("%s, %d (%s): %s, and we say %v", name, v.ID, v.Comment, v.Result, err)
		}
		if err == nil {
			total.verified++
		} else {
			total.refused++
		}
	}
}

// supportedElsewhere names what is refused as unsupported on purpose: curves other than NIST's and three of Brainpool's, and SHAKE with RSA and ECDSA.
func supportedElsewhere(name string) bool {
	for _, s := range []string{"brainpoolP224", "brainpoolP320", "secp160", "secp192", "secp224k1", "secp256k1", "shake", "pss_misc"} {
		if strings.Contains(name, s) {
			return true
		}
	}
	return false
}

func signature(family algo.Family, g group) (algo.Signature, error) {
	if family == algo.EdDSA && strings.HasPrefix(g.PublicKeyDER, "3043300506032b6571") {
		return algo.NewSignature(family, algo.SHAKE256)
	}
	d := algo.DigestFromName(strings.NewReplacer("SHA-512/", "SHA512-").Replace(g.Sha))
	s, err := algo.NewSignature(family, d)
	if err != nil || family != algo.RSAPSS {
		return s, err
	}
	mask := algo.DigestFromName(strings.NewReplacer("SHA-512/", "SHA512-").Replace(g.MgfSha))
	if g.Mgf != "MGF1" || mask == 0 {
		return s, errors.New("mask " + g.Mgf + " " + g.MgfSha)
	}
	s.PSS = &algo.PSSParameters{Digest: d, MGF: mask, SaltLength: g.SaltLength}
	return s, nil
}
