package pkcs11

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"math/big"
	"testing"
)

func TestPublicKeysInTheFormsThatTokensUse(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	raw := pointOf(t, key)
	wrapped, _ := asn1.Marshal(raw)
	params, _ := asn1.Marshal(oidP384)
	for name, point := range map[string][]byte{"wrapped": wrapped, "bare": raw} {
		if pub, err := ecPublic(params, point); err != nil || !same(pub, key.Public()) {
			t.Errorf("%s: %v", name, err)
		}
	}
	edPub, _, _ := ed25519.GenerateKey(rand.Reader)
	name, _ := asn1.MarshalWithParams("edwards25519", "printable")
	byOID, _ := asn1.Marshal(oidEd25519)
	wrappedEd, _ := asn1.Marshal([]byte(edPub))
	for _, p := range [][]byte{name, byOID} {
		if pub, err := ecPublic(p, wrappedEd); err != nil || !same(pub, edPub) {
			t.Errorf("%x: %v", p, err)
		}
	}
	brainpool, _ := asn1.Marshal(asn1.ObjectIdentifier{1, 3, 36, 3, 3, 2, 8, 1, 1, 7})
	off := bytes.Clone(raw)
	off[len(off)-1] ^= 1
	for name, c := range map[string][2][]byte{
		"other curve": {brainpool, wrapped}, "point off the curve": {params, off}, "nothing": {nil, nil}, "short Edwards point": {byOID, edPub[:31]},
	} {
		if pub, err := ecPublic(c[0], c[1]); err == nil {
			t.Errorf("%s: %v", name, pub)
		}
	}
	for name, c := range map[string][2][]byte{"no modulus": {nil, {1, 0, 1}}, "exponent of one": {{0xC1}, {1}}, "long exponent": {{0xC1}, {1, 2, 3, 4, 5}}} {
		if _, err := rsaPublic(c[0], c[1]); err == nil {
			t.Errorf("%s is a key", name)
		}
	}
}

func pointOf(t *testing.T, key *ecdsa.PrivateKey) []byte {
	t.Helper()
	var k *ecdh.PublicKey
	k, err := key.PublicKey.ECDH()
	if err != nil {
		t.Fatal(err)
	}
	return k.Bytes()
}

// The padding made on this side, with a modulus of every length modulo 8, is what crypto/rsa accepts.
func TestPaddingVerifiesForEveryModulusLength(t *testing.T) {
	digest := sha256.Sum256([]byte("x"))
	for bits := 1024; bits < 1033; bits++ {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			t.Fatal(err)
		}
		for _, opts := range []crypto.SignerOpts{crypto.SHA256, &rsa.PSSOptions{SaltLength: 11, Hash: crypto.SHA256}, &rsa.PSSOptions{Hash: crypto.SHA256}} {
			p, err := planFor(key.Public(), map[uint]bool{mechRSARaw: true}, rand.Reader, digest[:], opts)
			if err != nil {
				t.Fatal(err)
			}
			if len(p.data) != key.Size() {
				t.Fatalf("%d bits: %d bytes of padding", bits, len(p.data))
			}
			if err := p.verify(rawRSA(key, p.data)); err != nil {
				t.Errorf("%d bits, %T: %v", bits, opts, err)
			}
		}
	}
}

// rawRSA is the bare operation, as CKM_RSA_X_509 does it.
func rawRSA(key *rsa.PrivateKey, m []byte) []byte {
	return new(big.Int).Exp(new(big.Int).SetBytes(m), key.D, key.N).FillBytes(make([]byte, key.Size()))
}

func TestWhatCanNotBeSigned(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	ec, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	edPub, _, _ := ed25519.GenerateKey(rand.Reader)
	digest := sha256.Sum256(nil)
	all := map[uint]bool{mechRSAPKCS: true, mechRSAPSS: true, mechECDSA: true, mechEdDSA: true}
	cases := map[string]func() error{
		"digest of another length": func() error { _, err := planFor(ec.Public(), all, nil, digest[:31], crypto.SHA256); return err },
		"salt longer than the key": func() error {
			_, err := planFor(key.Public(), all, nil, digest[:], &rsa.PSSOptions{SaltLength: 128, Hash: crypto.SHA256})
			return err
		},
		"a hash without identifier": func() error { _, err := planFor(key.Public(), all, nil, make([]byte, 16), crypto.MD5); return err },
		"Ed25519 over a digest":     func() error { _, err := planFor(edPub, all, nil, digest[:], crypto.SHA256); return err },
		"ECDSA not offered":         func() error { _, err := planFor(ec.Public(), nil, nil, digest[:], crypto.SHA256); return err },
		"a key of another kind":     func() error { _, err := planFor("key", all, nil, digest[:], crypto.SHA256); return err },
	}
	for name, try := range cases {
		if try() == nil {
			t.Errorf("%s: planned", name)
		}
	}
	if _, err := derECDSA(make([]byte, 63), 32); err == nil {
		t.Error("63 bytes of r and s")
	}
}

func FuzzECPublic(f *testing.F) {
	params, _ := asn1.Marshal(oidP256)
	f.Add(params, []byte{4, 65, 4})
	f.Add([]byte{0x13, 12, 'e', 'd', 'w', 'a', 'r', 'd', 's', '2', '5', '5', '1', '9'}, make([]byte, 32))
	f.Fuzz(func(t *testing.T, params, point []byte) {
		if pub, err := ecPublic(params, point); (pub == nil) == (err == nil) {
			t.Errorf("%v %v", pub, err)
		}
		if pub, err := rsaPublic(params, point); (pub == nil) == (err == nil) {
			t.Errorf("%v %v", pub, err)
		}
	})
}

// Our own check of long RSA signatures refuses what crypto/rsa refuses, and takes what it takes.
func TestLongRSASignaturesAreCheckedAsCryptoRSADoes(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 3072)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte("sənəd"))
	good, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	info, err := digestInfo(crypto.SHA256, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	turned := bytes.Clone(good)
	turned[100] ^= 1
	// The same number plus the modulus: its power is the same, its length too when there is room.
	plus := new(big.Int).Add(new(big.Int).SetBytes(good), key.N).Bytes()
	small := new(big.Int).SetBytes(bytes.Repeat([]byte{0xFF}, 5))
	cases := map[string][]byte{
		"good": good, "a bit turned": turned, "plus the modulus": plus, "empty": nil, "zero": make([]byte, len(good)), "a zero before": append([]byte{0}, good...),
		"cut": good[1:], "a small number": small.FillBytes(make([]byte, len(good))), "the modulus": key.N.Bytes(),
	}
	for name, sig := range cases {
		want := rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, digest[:], sig)
		if got := verifyPKCS1(&key.PublicKey, crypto.SHA256, digest[:], info, sig); (got == nil) != (want == nil) || (got == nil) != (name == "good") {
			t.Errorf("%s: %v, crypto/rsa says %v", name, got, want)
		}
	}
	other := sha256.Sum256([]byte("another"))
	if info, err = digestInfo(crypto.SHA256, other[:]); err != nil {
		t.Fatal(err)
	}
	if verifyPKCS1(&key.PublicKey, crypto.SHA256, other[:], info, good) == nil {
		t.Error("another digest's signature was taken")
	}
}
