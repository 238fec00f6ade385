package algo

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"math/big"
	"strings"
	"sync"
	"testing"

	"mohur/internal/asn1"
)

var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

func mustSPKI(t *testing.T, pub crypto.PublicKey) []byte {
	t.Helper()
	b, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// flip returns value with one bit changed.
func flip(value []byte) []byte {
	out := bytes.Clone(value)
	out[len(out)/2] ^= 4
	return out
}

func TestRSAWithEveryDigest(t *testing.T) {
	message := []byte("möhür")
	for _, d := range Digests() {
		if d.Hash() == 0 {
			continue // SHAKE256 goes with Ed448 only
		}
		digest := d.Sum(message)
		for _, f := range []Family{RSA, RSAPSS} {
			s, err := NewSignature(f, d)
			if err != nil {
				t.Fatal(err)
			}
			t.Run(s.Name, func(t *testing.T) {
				id, err := s.Identifier()
				if err != nil && (f == RSAPSS || d != SHA224) {
					t.Fatal(err)
				}
				parsed, err := ParseIdentifier(id)
				if err != nil {
					t.Fatal(err)
				}
				if got, err := ParseSignature(parsed, 0); err != nil || got.Name != s.Name {
					t.Fatalf("read back as %v, %v", got.Name, err)
				}
				var value []byte
				if f == RSA {
					value, err = rsa.SignPKCS1v15(nil, rsaKey(), d.Hash(), digest)
				} else {
					value, err = rsa.SignPSS(rand.Reader, rsaKey(), d.Hash(), digest, &rsa.PSSOptions{SaltLength: d.Size()})
				}
				if err != nil {
					t.Fatal(err)
				}
				checkBoth(t, s, &rsaKey().PublicKey, digest, value)
				if err := s.VerifyMessage(&rsaKey().PublicKey, bytes.NewReader(message), value); err != nil {
					t.Errorf("from the message: %v", err)
				}
			})
		}
	}
}

// checkBoth expects the value to verify, and to stop doing so after a change to it or to the digest.
func checkBoth(t *testing.T, s Signature, pub crypto.PublicKey, digest, value []byte) {
	t.Helper()
	if err := s.VerifyDigest(pub, digest, value); err != nil {
		t.Errorf("genuine value: %v", err)
	}
	if err := s.VerifyDigest(pub, digest, flip(value)); !errors.Is(err, ErrMismatch) {
		t.Errorf("changed value: %v", err)
	}
	other := bytes.Clone(digest)
	other[0] ^= 4 // the beginning, for ECDSA uses only as many bits as its curve has
	if err := s.VerifyDigest(pub, other, value); !errors.Is(err, ErrMismatch) {
		t.Errorf("changed digest: %v", err)
	}
}

func TestECDSAWithEveryCurveAndDigest(t *testing.T) {
	for _, curve := range []elliptic.Curve{elliptic.P224(), elliptic.P256(), elliptic.P384(), elliptic.P521()} {
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		pub, info, err := ParsePublicKey(mustSPKI(t, &key.PublicKey))
		if err != nil || info.Curve != curve.Params().Name || info.Bits != curve.Params().BitSize {
			t.Fatalf("key read as %+v, %v", info, err)
		}
		for _, d := range []Digest{SHA1, SHA224, SHA256, SHA384, SHA512, SHA3_224, SHA3_256, SHA3_384, SHA3_512} {
			digest := d.Sum([]byte("möhür"))
			der, err := ecdsa.SignASN1(rand.Reader, key, digest)
			if err != nil {
				t.Fatal(err)
			}
			size := (curve.Params().BitSize + 7) / 8
			plain, err := DecodePlainECDSA(der, size)
			if err != nil {
				t.Fatal(err)
			}
			for f, value := range map[Family][]byte{ECDSA: der, PlainECDSA: plain} {
				s := readBack(t, f, d)
				checkBoth(t, s, pub, digest, value)
			}
			s := readBack(t, PlainECDSA, d)
			if err := s.VerifyDigest(pub, digest, append(append(make([]byte, 1), plain[:size]...), append(make([]byte, 1), plain[size:]...)...)); err == nil {
				t.Errorf("%s: halves longer than the field accepted", s.Name)
			}
		}
	}
}

// readBack encodes and parses the identifier of an algorithm.
func readBack(t *testing.T, f Family, d Digest) Signature {
	t.Helper()
	s, err := NewSignature(f, d)
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Identifier()
	if err != nil {
		t.Fatal(err)
	}
	id, err := ParseIdentifier(b)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseSignature(id, 0)
	if err != nil || got.Name != s.Name {
		t.Fatalf("%s read back as %s, %v", s.Name, got.Name, err)
	}
	return got
}

func TestEd25519(t *testing.T) {
	pub, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	got, info, err := ParsePublicKey(mustSPKI(t, pub))
	if err != nil || info.Family != EdDSA {
		t.Fatalf("%+v, %v", info, err)
	}
	s := readBack(t, EdDSA, 0)
	message := []byte("möhür")
	value := ed25519.Sign(key, message)
	if err := s.VerifyBytes(got, message, value); err != nil {
		t.Error(err)
	}
	if err := s.VerifyMessage(got, bytes.NewReader(flip(message)), value); !errors.Is(err, ErrMismatch) {
		t.Errorf("changed message: %v", err)
	}
	var unsupported *UnsupportedError
	if err := s.VerifyDigest(got, SHA512.Sum(message), value); !errors.As(err, &unsupported) {
		t.Errorf("from a digest: %v", err)
	}
}

// A salt length of zero means no salt; the standard library would take any salt for it.
func TestPSSSaltLengthIsTheDeclaredOne(t *testing.T) {
	digest := SHA256.Sum([]byte("x"))
	for _, made := range []int{1, 20, 32, 64} {
		value, err := rsa.SignPSS(rand.Reader, rsaKey(), crypto.SHA256, digest, &rsa.PSSOptions{SaltLength: made})
		if err != nil {
			t.Fatal(err)
		}
		for _, declared := range []int{0, 1, 20, 32, 64, 222} {
			s := newSignature(RSAPSS, SHA256, &PSSParameters{SHA256, SHA256, declared})
			if err := s.VerifyDigest(&rsaKey().PublicKey, digest, value); (err == nil) != (made == declared) {
				t.Errorf("made with %d, declared %d: %v", made, declared, err)
			}
		}
	}
}

func TestPSSMaskOfAnotherDigest(t *testing.T) {
	digest := SHA256.Sum([]byte("x"))
	value := pssWithMask(t, rsaKey(), &PSSParameters{SHA256, SHA1, 32}, digest)
	for mask, want := range map[Digest]bool{SHA1: true, SHA256: false, SHA512: false} {
		s := newSignature(RSAPSS, SHA256, &PSSParameters{SHA256, mask, 32})
		if err := s.VerifyDigest(&rsaKey().PublicKey, digest, value); (err == nil) != want {
			t.Errorf("MGF1 with %s: %v", mask, err)
		}
	}
}

// pssWithMask signs by EMSA-PSS-ENCODE (RFC 8017, 9.1.1), which the standard library offers for one digest only.
func pssWithMask(t *testing.T, key *rsa.PrivateKey, p *PSSParameters, digest []byte) []byte {
	t.Helper()
	bits := key.N.BitLen() - 1
	size := (bits + 7) / 8
	salt := make([]byte, p.SaltLength)
	rand.Read(salt)
	h := p.Digest.Sum(append(append(make([]byte, 8), digest...), salt...))
	db := make([]byte, size-len(h)-1)
	db[len(db)-len(salt)-1] = 1
	copy(db[len(db)-len(salt):], salt)
	unmask(p.MGF, db, h)
	db[0] &= 0xff >> (8*size - bits)
	em := append(append(db, h...), 0xbc)
	return new(big.Int).Exp(new(big.Int).SetBytes(em), key.D, key.N).FillBytes(make([]byte, key.Size()))
}

// Keys that the standard library refuses are judged all the same.
func TestSmallAndOddModuli(t *testing.T) {
	for _, bits := range []int{512, 768, 1021, 1024, 1025, 2047, 2041} {
		key := smallKey(t, bits)
		digest := SHA256.Sum([]byte("x"))
		info := asn1.Sequence(asn1.Sequence(asn1.OID(SHA256.OID()), asn1.Null()), asn1.OctetString(digest))
		em := new(big.Int).SetBytes(padPKCS1(info, key.Size()))
		value := em.Exp(em, key.D, key.N).FillBytes(make([]byte, key.Size()))
		checkBoth(t, newSignature(RSA, SHA256, nil), &key.PublicKey, digest, value)
		if bits > 600 {
			p := &PSSParameters{SHA256, SHA256, 20}
			checkBoth(t, newSignature(RSAPSS, SHA256, p), &key.PublicKey, digest, pssWithMask(t, key, p, digest))
		}
	}
}

func smallKey(t *testing.T, bits int) *rsa.PrivateKey {
	t.Helper()
	e := big.NewInt(65537)
	for {
		p, err1 := rand.Prime(rand.Reader, (bits+1)/2)
		q, err2 := rand.Prime(rand.Reader, bits/2)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		one := big.NewInt(1)
		n := new(big.Int).Mul(p, q)
		phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
		if d := new(big.Int).ModInverse(e, phi); d != nil && n.BitLen() == bits {
			return &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: n, E: 65537}, D: d}
		}
	}
}

func TestUselessRSAKeysAreRefused(t *testing.T) {
	n := rsaKey().N
	digest := SHA256.Sum([]byte("x"))
	em := padPKCS1(asn1.Sequence(asn1.Sequence(asn1.OID(SHA256.OID()), asn1.Null()), asn1.OctetString(digest)), 256)
	for name, key := range map[string]*rsa.PublicKey{
		"exponent 1 makes the padding its own signature": {N: n, E: 1},
		"exponent 0":    {N: n, E: 0},
		"even exponent": {N: n, E: 4},
		"even modulus":  {N: new(big.Int).Lsh(n, 1), E: 3},
		"no modulus":    {E: 3},
		"zero":          {N: new(big.Int), E: 3},
		"huge":          {N: new(big.Int).SetBit(big.NewInt(1), 20000, 1), E: 3},
		"tiny":          {N: big.NewInt(15), E: 3},
	} {
		var keyError *KeyError
		if err := newSignature(RSA, SHA256, nil).VerifyDigest(key, digest, em); !errors.As(err, &keyError) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestKeyRestrictedToPSS(t *testing.T) {
	params := (&PSSParameters{SHA256, SHA256, 32}).identifier()
	pkcs1 := asn1.Sequence(asn1.Integer(rsaKey().N), asn1.Int(int64(rsaKey().E)))
	for name, id := range map[string][]byte{"parameters": params, "none": asn1.Sequence(asn1.OID(oidRSAPSS))} {
		pub, info, err := ParsePublicKey(asn1.Sequence(id, asn1.BitString(pkcs1)))
		if err != nil || info.Family != RSAPSS || info.Bits != 2048 {
			t.Fatalf("%s: %+v, %v", name, info, err)
		}
		digest := SHA256.Sum([]byte("x"))
		value, _ := rsa.SignPSS(rand.Reader, rsaKey(), crypto.SHA256, digest, &rsa.PSSOptions{SaltLength: 32})
		if err := newSignature(RSAPSS, SHA256, &PSSParameters{SHA256, SHA256, 32}).VerifyDigest(pub, digest, value); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		short, _ := rsa.SignPSS(rand.Reader, rsaKey(), crypto.SHA256, digest, &rsa.PSSOptions{SaltLength: 20})
		err = newSignature(RSAPSS, SHA256, &PSSParameters{SHA256, SHA256, 20}).VerifyDigest(pub, digest, short)
		if (err == nil) != (name == "none") {
			t.Errorf("%s: shorter salt than the key demands: %v", name, err)
		}
		sha512, _ := rsa.SignPSS(rand.Reader, rsaKey(), crypto.SHA512, SHA512.Sum([]byte("x")), &rsa.PSSOptions{SaltLength: 64})
		err = newSignature(RSAPSS, SHA512, &PSSParameters{SHA512, SHA512, 64}).VerifyDigest(pub, SHA512.Sum([]byte("x")), sha512)
		if (err == nil) != (name == "none") {
			t.Errorf("%s: another digest than the key's: %v", name, err)
		}
		mask := pssWithMask(t, rsaKey(), &PSSParameters{SHA256, SHA512, 32}, digest)
		err = newSignature(RSAPSS, SHA256, &PSSParameters{SHA256, SHA512, 32}).VerifyDigest(pub, digest, mask)
		if (err == nil) != (name == "none") {
			t.Errorf("%s: another mask than the key's: %v", name, err)
		}
		v15, _ := rsa.SignPKCS1v15(nil, rsaKey(), crypto.SHA256, digest)
		if err := newSignature(RSA, SHA256, nil).VerifyDigest(pub, digest, v15); err == nil {
			t.Errorf("%s: PKCS #1 v1.5 with a key for RSASSA-PSS only", name)
		}
	}
}

func TestParsePublicKeyRefusals(t *testing.T) {
	point := append([]byte{4}, make([]byte, 64)...)
	ec := func(curve []byte, key []byte) []byte {
		return asn1.Sequence(asn1.Sequence(asn1.OID(oidECPublicKey), curve), asn1.BitString(key))
	}
	for name, c := range map[string]struct {
		spki []byte
		want string
	}{
		"brainpoolP256t1":   {ec(asn1.OID("1.3.36.3.3.2.8.1.1.8"), point), "elliptic curve"},
		"brainpool, off":    {ec(asn1.OID("1.3.36.3.3.2.8.1.1.7"), point), "not on the curve"},
		"brainpool, short":  {ec(asn1.OID("1.3.36.3.3.2.8.1.1.7"), point[:33]), "not on the curve"},
		"brainpool, none":   {ec(asn1.OID("1.3.36.3.3.2.8.1.1.7"), nil), "not on the curve"},
		"secp256k1":         {ec(asn1.OID("1.3.132.0.10"), point), "secp256k1"},
		"explicit curve":    {ec(asn1.Sequence(asn1.Int(1)), point), "given by its parameters"},
		"no curve":          {ec(nil, point), "without a curve"},
		"not on the curve":  {ec(asn1.OID("1.2.840.10045.3.1.7"), point), "not on the curve"},
		"point at infinity": {ec(asn1.OID("1.2.840.10045.3.1.7"), []byte{0}), "not on the curve"},
		"Ed448":             {asn1.Sequence(asn1.Sequence(asn1.OID(oidEd448)), asn1.BitString(make([]byte, 56))), "no point of Ed448"},
		"ML-DSA":            {asn1.Sequence(asn1.Sequence(asn1.OID("2.16.840.1.101.3.4.3.18")), asn1.BitString(make([]byte, 57))), "ML-DSA"},
		"short Ed25519":     {asn1.Sequence(asn1.Sequence(asn1.OID(oidEd25519)), asn1.BitString(make([]byte, 31))), "wrong length"},
		"trailing bytes":    {append(mustSPKI(t, &rsaKey().PublicKey), 0), "more elements"},
		"empty":             {nil, "ends within"},
	} {
		if _, _, err := ParsePublicKey(c.spki); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// Estonian certificates of 2014 and 2015 carry moduli whose leading zero octet is missing.
func TestNegativeModulusIsReadAndReported(t *testing.T) {
	n := rsaKey().N.Bytes()
	spki := asn1.Sequence(asn1.Sequence(asn1.OID(oidRSAEncryption), asn1.Null()),
		asn1.BitString(asn1.Sequence(asn1.Encode(asn1.TagInteger, false, n), asn1.Int(65537))))
	pub, info, err := ParsePublicKey(spki)
	if err != nil || info.Problem == "" || info.Bits != 2048 || pub.(*rsa.PublicKey).N.Cmp(rsaKey().N) != 0 {
		t.Errorf("%+v, %v", info, err)
	}
}

func TestCompressedPoint(t *testing.T) {
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	b := elliptic.MarshalCompressed(elliptic.P256(), key.X, key.Y)
	pub, _, err := ParsePublicKey(asn1.Sequence(asn1.Sequence(asn1.OID(oidECPublicKey), asn1.OID("1.2.840.10045.3.1.7")), asn1.BitString(b)))
	if err != nil || !key.PublicKey.Equal(pub) {
		t.Errorf("%v", err)
	}
}

func TestNames(t *testing.T) {
	for _, c := range []struct {
		family Family
		digest Digest
		want   string
	}{
		{RSA, SHA256, "RSA_SHA256"},
		{RSA, SHA3_256, "RSA_SHA3_256"},
		{RSAPSS, SHA256, "RSA_SSA_PSS_SHA256_MGF1"},
		{ECDSA, SHA384, "ECDSA_SHA384"},
		{PlainECDSA, SHA256, "PLAIN_ECDSA_SHA256"},
		{EdDSA, 0, "ED25519"},
	} {
		if s, err := NewSignature(c.family, c.digest); err != nil || s.String() != c.want {
			t.Errorf("%v, %v; want %s", s, err, c.want)
		}
	}
	for name, want := range map[string]Digest{"SHA256": SHA256, "SHA-256": SHA256, "SHA-384": SHA384, "SHA3-256": SHA3_256, "SHA3_512": SHA3_512, "MD5": MD5, "SHA": 0, "": 0} {
		if got := DigestFromName(name); got != want {
			t.Errorf("%q is %v", name, got)
		}
	}
	for _, d := range Digests() {
		if d.Hash() != 0 && DigestFromHash(d.Hash()) != d || len(d.Sum(nil)) != d.Size() {
			t.Errorf("%s", d)
		}
	}
}

func TestFallbackDigest(t *testing.T) {
	for _, c := range []struct {
		oid      asn1.ObjectIdentifier
		fallback Digest
		want     string
	}{
		{oidRSAEncryption, SHA512, "RSA_SHA512"},
		{oidRSAEncryption, 0, ""},
		{oidECPublicKey, SHA384, "ECDSA_SHA384"},
		{"1.2.840.113549.1.1.11", SHA1, "RSA_SHA256"},
		{"1.2.3", SHA256, ""},
		{oidRSAPSS, SHA256, ""},
	} {
		s, err := ParseSignature(Identifier{Algorithm: c.oid}, c.fallback)
		if s.Name != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s with %s: %q, %v", c.oid, c.fallback, s.Name, err)
		}
	}
}

func TestPSSParametersThatAreNotUnderstoodAreRefused(t *testing.T) {
	hash := asn1.Sequence(asn1.OID(SHA256.OID()))
	for name, params := range map[string][]byte{
		"SHAKE mask":     asn1.Sequence(asn1.Explicit(1, asn1.Sequence(asn1.OID("2.16.840.1.101.3.4.2.11")))),
		"unknown digest": asn1.Sequence(asn1.Explicit(0, asn1.Sequence(asn1.OID("1.2.3")))),
		"trailer 2":      asn1.Sequence(asn1.Explicit(0, hash), asn1.Explicit(3, asn1.Int(2))),
		"negative salt":  asn1.Sequence(asn1.Explicit(2, asn1.Int(-1))),
		"huge salt":      asn1.Sequence(asn1.Explicit(2, asn1.Int(1<<40))),
		"NULL":           asn1.Null(),
		"unknown field":  asn1.Sequence(asn1.Explicit(4, asn1.Int(2))),
		"wrong order":    asn1.Sequence(asn1.Explicit(2, asn1.Int(20)), asn1.Explicit(0, hash)),
	} {
		if s, err := ParseSignature(Identifier{Algorithm: oidRSAPSS, Parameters: params}, SHA256); err == nil {
			t.Errorf("%s: read as %+v", name, s.PSS)
		}
	}
}

func FuzzParsePublicKey(f *testing.F) {
	for _, pub := range []crypto.PublicKey{&rsaKey().PublicKey, ed25519.PublicKey(make([]byte, 32))} {
		b, _ := x509.MarshalPKIXPublicKey(pub)
		f.Add(b)
	}
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	b, _ := x509.MarshalPKIXPublicKey(&key.PublicKey)
	f.Add(b)
	s := newSignature(RSA, SHA256, nil)
	f.Fuzz(func(t *testing.T, b []byte) {
		pub, info, err := ParsePublicKey(b)
		if err != nil {
			return
		}
		if info.Family == 0 || pub == nil {
			t.Fatal("a key without a family")
		}
		if k, ok := pub.(*rsa.PublicKey); ok && s.VerifyDigest(k, make([]byte, 32), make([]byte, k.Size())) == nil {
			t.Fatal("zeros verify")
		}
	})
}

func FuzzParseSignature(f *testing.F) {
	for _, fam := range []Family{RSA, RSAPSS, ECDSA, PlainECDSA, EdDSA} {
		s, _ := NewSignature(fam, SHA384)
		b, _ := s.Identifier()
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		id, err := ParseIdentifier(b)
		if err != nil {
			return
		}
		s, err := ParseSignature(id, SHA256)
		if err == nil && (s.Name == "" || !s.Digest.Valid()) {
			t.Fatalf("an algorithm without a name or a digest: %+v", s)
		}
	})
}

func TestSHAKE256(t *testing.T) {
	// NIST's example values for the empty message, cut at 512 bits.
	want := "46b9dd2b0ba88d13233b3feb743eeb243fcd52ea62b81b82b50c27646ed5762fd75dc4ddd8c0f200cb05019d67b592f6fc821c49479ab48640292eacb3b7c4be"
	if got := hex.EncodeToString(SHAKE256.Sum(nil)); got != want {
		t.Errorf("%s", got)
	}
	h := SHAKE256.New()
	h.Write([]byte("mö"))
	h.Sum(nil)
	h.Write([]byte("hür"))
	if !bytes.Equal(h.Sum([]byte{1})[1:], SHAKE256.Sum([]byte("möhür"))) {
		t.Error("a sum in between changes the state")
	}
	for _, c := range []struct {
		id   []byte
		want Digest
	}{
		{SHAKE256.Identifier(), SHAKE256},
		{asn1.Sequence(asn1.OID(oidSHAKE256Len), asn1.Int(512)), SHAKE256},
		{asn1.Sequence(asn1.OID(oidSHAKE256Len), asn1.Int(256)), 0},
		{asn1.Sequence(asn1.OID(oidSHAKE256Len)), 0},
	} {
		id, err := ParseIdentifier(c.id)
		if err != nil {
			t.Fatal(err)
		}
		if d, err := ParseDigest(id); d != c.want || (err == nil) != (c.want != 0) {
			t.Errorf("%x: %s, %v", c.id, d, err)
		}
	}
}

// The blank message of RFC 8032, 7.4.
func TestEd448(t *testing.T) {
	unhex := func(s string) []byte {
		b, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	key := unhex("5fd7449b59b461fd2ce787ec616ad46a1da1342485a70e1f8a0ea75d80e96778edf124769b46c7061bd6783df1e50f6cd1fa1abeafe8256180")
	value := unhex("533a37f6bbe457251f023c0d88f976ae2dfb504a843e34d2074fd823d41a591f2b233f034f628281f2fd7a22ddd47d7828c59bd0a21bfd3980ff0d2028d4b18a9df63e006c5d1c2d345b925d8dc00b4104852db99ac5c7cdda8530a113a0f4dbb61149f05a7363268c71d95808ff2e652600")
	pub, info, err := ParsePublicKey(asn1.Sequence(asn1.Sequence(asn1.OID(oidEd448)), asn1.BitString(key)))
	if err != nil || info.Bits != 448 || info.Curve != "Ed448" {
		t.Fatalf("%+v, %v", info, err)
	}
	s := readBack(t, EdDSA, SHAKE256)
	if s.Name != "ED448" {
		t.Errorf("%s", s.Name)
	}
	if err := s.VerifyBytes(pub, nil, value); err != nil {
		t.Error(err)
	}
	for name, bad := range map[string][]byte{"changed": flip(value), "short": value[1:], "empty": nil} {
		if err := s.VerifyBytes(pub, nil, bad); !errors.Is(err, ErrMismatch) {
			t.Errorf("%s value: %v", name, err)
		}
	}
	if err := s.VerifyBytes(pub, []byte{0}, value); !errors.Is(err, ErrMismatch) {
		t.Errorf("another message: %v", err)
	}
	var keyError *KeyError
	if err := readBack(t, EdDSA, 0).VerifyBytes(pub, nil, value); !errors.As(err, &keyError) {
		t.Errorf("as Ed25519: %v", err)
	}
}
