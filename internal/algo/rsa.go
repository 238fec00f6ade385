package algo

import (
	"bytes"
	"crypto/rsa"
	"encoding/binary"
	"fmt"
	"math/big"

	"mohur/internal/asn1"
)

// The standard library refuses moduli under 1024 bits, treats a PSS salt length of 0 as "any" and has one hash for message and mask. Old and odd
// signatures must be judged here all the same, so that the two RSA verifications are our own. Only public values are computed with, so that
// nothing need be constant in time.
const (
	maxModulusBits = 16384
	minModulusBits = 256
)

// rsaRecover computes value^e mod n (RSAVP1, RFC 8017, 5.2.2) as octets of the modulus' length.
func rsaRecover(key *rsa.PublicKey, value []byte) ([]byte, error) {
	if key.N == nil || key.N.Sign() <= 0 || key.N.Bit(0) == 0 {
		return nil, &KeyError{Msg: "the RSA modulus is not a positive odd number"}
	}
	if bits := key.N.BitLen(); bits < minModulusBits || bits > maxModulusBits {
		return nil, &KeyError{Msg: fmt.Sprintf("RSA modulus of %d bits", bits)}
	}
	if key.E < 3 || key.E&1 == 0 {
		return nil, &KeyError{Msg: fmt.Sprintf("RSA exponent %d", key.E)}
	}
	if len(value) != key.Size() {
		return nil, ErrMismatch // RFC 8017, 8.1.2 and 8.2.2, step 1
	}
	s := new(big.Int).SetBytes(value)
	if s.Cmp(key.N) >= 0 {
		return nil, ErrMismatch
	}
	s.Exp(s, big.NewInt(int64(key.E)), key.N)
	return s.FillBytes(make([]byte, key.Size())), nil
}

// verifyPKCS1 is RSASSA-PKCS1-v1_5 verification by encoding and comparing (RFC 8017, 8.2.2): nothing of the recovered block is parsed.
func verifyPKCS1(key *rsa.PublicKey, d Digest, digest, value []byte) error {
	// For the commonest size the standard library has a multiplication of its own, which takes half the time. What it accepts is accepted below.
	if key.N != nil && key.N.BitLen() == 2048 && d.Hash() != 0 && rsa.VerifyPKCS1v15(key, d.Hash(), digest, value) == nil {
		return nil
	}
	em, err := rsaRecover(key, value)
	if err != nil {
		return err
	}
	encoded := func(parameters []byte) bool {
		info := asn1.Sequence(asn1.Sequence(asn1.OID(d.OID()), parameters), asn1.OctetString(digest))
		want := padPKCS1(info, len(em))
		return want != nil && bytes.Equal(em, want)
	}
	switch {
	case encoded(asn1.Null()):
		return nil
	case encoded(nil):
		return ErrAbsentNull
	}
	return ErrMismatch
}

// padPKCS1 is the end of EMSA-PKCS1-v1_5 (RFC 8017, 9.2); nil if the block is too short for eight octets of padding.
func padPKCS1(info []byte, size int) []byte {
	if size < len(info)+11 {
		return nil
	}
	em := bytes.Repeat([]byte{0xff}, size)
	em[0], em[1] = 0, 1
	em[size-len(info)-1] = 0
	copy(em[size-len(info):], info)
	return em
}

// verifyPSS is RSASSA-PSS verification (RFC 8017, 8.1.2) with exactly the declared salt length.
func verifyPSS(key *rsa.PublicKey, p *PSSParameters, digest, value []byte) error {
	em, err := rsaRecover(key, value)
	if err != nil {
		return err
	}
	bits := key.N.BitLen() - 1
	if len(em) > (bits+7)/8 { // the modulus has 8k+1 bits: the first octet carries nothing
		if em[0] != 0 {
			return ErrMismatch
		}
		em = em[1:]
	}
	return emsaPSSVerify(p, digest, em, bits)
}

// emsaPSSVerify is EMSA-PSS-VERIFY (RFC 8017, 9.1.2), whose steps are numbered below.
func emsaPSSVerify(p *PSSParameters, digest, em []byte, bits int) error {
	hLen, sLen := p.Digest.Size(), p.SaltLength
	if len(em) < hLen+sLen+2 || em[len(em)-1] != 0xbc { // 3, 4
		return ErrMismatch
	}
	db, h := em[:len(em)-hLen-1], em[len(em)-hLen-1:len(em)-1] // 5
	unused := byte(0xff) << (8 - (8*len(em) - bits))           // the bits of the first octet that the modulus has no room for
	if db[0]&unused != 0 {                                     // 6
		return ErrMismatch
	}
	unmask(p.MGF, db, h) // 7, 8
	db[0] &^= unused     // 9
	ps := len(db) - sLen - 1
	if db[ps] != 1 || !bytes.Equal(db[:ps], make([]byte, ps)) { // 10
		return ErrMismatch
	}
	hash := p.Digest.New() // 11 to 13
	hash.Write(make([]byte, 8))
	hash.Write(digest)
	hash.Write(db[ps+1:])
	if !bytes.Equal(hash.Sum(nil), h) { // 14
		return ErrMismatch
	}
	return nil
}

// unmask combines db with MGF1(seed) (RFC 8017, B.2.1).
func unmask(d Digest, db, seed []byte) {
	hash := d.New()
	var counter [4]byte
	for n := uint32(0); len(db) > 0; n++ {
		binary.BigEndian.PutUint32(counter[:], n)
		hash.Reset()
		hash.Write(seed)
		hash.Write(counter[:])
		for i, c := range hash.Sum(nil) {
			if i == len(db) {
				break
			}
			db[i] ^= c
		}
		db = db[min(len(db), hash.Size()):]
	}
}
