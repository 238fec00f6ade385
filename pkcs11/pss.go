package pkcs11

import (
	"crypto"
	"encoding/binary"
	"io"
)

// padPSS is EMSA-PSS-ENCODE (RFC 8017, 9.1.1) for tokens that only offer the bare RSA operation. bits is the modulus's length; the result
// is as long as the modulus, which for lengths of 8k+1 bits means a leading zero byte.
func padPSS(digest []byte, bits int, hash crypto.Hash, saltLength int, random io.Reader) ([]byte, error) {
	emBits := bits - 1
	emLen := (emBits + 7) / 8
	salt := make([]byte, saltLength)
	if _, err := io.ReadFull(random, salt); err != nil {
		return nil, err
	}
	h := hash.New()
	h.Write(make([]byte, 8))
	h.Write(digest)
	h.Write(salt)
	sum := h.Sum(nil)

	em := make([]byte, emLen)
	db := em[:emLen-len(sum)-1]
	db[len(db)-saltLength-1] = 1
	copy(db[len(db)-saltLength:], salt)
	mask(db, sum, hash)
	db[0] &= 0xFF >> (8*emLen - emBits)
	copy(em[len(db):], sum)
	em[emLen-1] = 0xBC

	out := make([]byte, (bits+7)/8)
	copy(out[len(out)-emLen:], em)
	return out, nil
}

// mask xors MGF1(seed) over a block (RFC 8017, B.2.1).
func mask(block, seed []byte, hash crypto.Hash) {
	var counter [4]byte
	for i := 0; len(block) > 0; i++ {
		binary.BigEndian.PutUint32(counter[:], uint32(i))
		h := hash.New()
		h.Write(seed)
		h.Write(counter[:])
		stream := h.Sum(nil)
		n := min(len(stream), len(block))
		for k := range n {
			block[k] ^= stream[k]
		}
		block = block[n:]
	}
}
