package algo

import (
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"math/big"
	"testing"

	"mohur/internal/asn1"
)

// weakPrime is a prime as the chips of CVE-2017-15361 made them: k*M + (65537^a mod M), M the product of the first primes.
func weakPrime(t *testing.T, bits int) *big.Int {
	t.Helper()
	m := big.NewInt(2)
	for _, p := range oddPrimes() {
		m.Mul(m, new(big.Int).SetUint64(p))
	}
	top := new(big.Int).Lsh(big.NewInt(1), uint(bits-m.BitLen()))
	for range 100000 {
		a, err := rand.Int(rand.Reader, m)
		if err != nil {
			t.Fatal(err)
		}
		k, err := rand.Int(rand.Reader, top)
		if err != nil {
			t.Fatal(err)
		}
		p := new(big.Int).Exp(big.NewInt(65537), a, m)
		p.Add(p, k.Mul(k.Add(k, top), m))
		if p.ProbablyPrime(0) {
			return p
		}
	}
	t.Fatal("no prime found")
	return nil
}

func TestROCAFingerprint(t *testing.T) {
	for _, bits := range []int{256, 512, 1024} {
		n := new(big.Int).Mul(weakPrime(t, bits+8), weakPrime(t, bits))
		if !IsROCA(&rsa.PublicKey{N: n, E: 65537}) {
			t.Errorf("a vulnerable key of %d bits is not seen", n.BitLen())
		}
		if IsROCA(&rsa.PublicKey{N: new(big.Int).Mul(n, big.NewInt(171)), E: 65537}) { // 3^2 * 19
			t.Error("a multiple passes")
		}
	}
	for range 3000 {
		n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 2048))
		if err != nil {
			t.Fatal(err)
		}
		if IsROCA(&rsa.PublicKey{N: n.SetBit(n, 0, 1).SetBit(n, 2047, 1), E: 65537}) {
			t.Fatalf("%x", n)
		}
	}
	if IsROCA(nil) || IsROCA(&rsa.PublicKey{N: big.NewInt(65537)}) {
		t.Error("no key, or a toy one")
	}
}

func rsaSPKI(n, e *big.Int) []byte {
	key := asn1.Sequence(asn1.Integer(n), asn1.Integer(e))
	return asn1.Sequence(asn1.Sequence(asn1.OID(oidRSAEncryption), asn1.Null()), asn1.BitString(key))
}

func TestKeysThatAreNoneAreRefused(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	times := func(f int64) *big.Int { return new(big.Int).Mul(key.N, big.NewInt(f)) }
	huge := new(big.Int).Lsh(big.NewInt(1), 16384)
	huge.Add(huge, big.NewInt(1))
	e := big.NewInt(65537)
	for name, c := range map[string]struct{ n, e *big.Int }{
		"exponent 1": {key.N, big.NewInt(1)}, "exponent 0": {key.N, new(big.Int)}, "even exponent": {key.N, big.NewInt(65536)}, "modulus 0": {new(big.Int), e},
		"even modulus": {times(2), e}, "factor 3": {times(3), e}, "factor 167": {times(167), e}, "too large": {huge, e},
	} {
		pub, _, err := ParsePublicKey(rsaSPKI(c.n, c.e))
		var bad *KeyError
		if pub != nil || !errors.As(err, &bad) {
			t.Errorf("%s: %v, %v", name, pub, err)
		}
	}
	for _, good := range []int64{3, 17, 65537, 65539} {
		if _, _, err := ParsePublicKey(rsaSPKI(key.N, big.NewInt(good))); err != nil {
			t.Errorf("exponent %d: %v", good, err)
		}
	}
}
