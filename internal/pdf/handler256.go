package pdf

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
)

// open256 opens revisions 5 (an Adobe extension) and 6 (ISO 32000-2, 7.6.4.3.3, algorithm 2.A). The password is UTF-8 of at most 127 bytes;
// SASLprep leaves the characters of ordinary passwords as they are and is not applied.
func (h *standard) open256(password []byte) (key []byte, owner bool, err error) {
	pw := password[:min(len(password), 127)]
	u, o := h.u[:48], h.o[:48]
	if subtle.ConstantTimeCompare(h.hash256(pw, u[32:40], nil), u[:32]) == 1 {
		key, err = unwrap(h.hash256(pw, u[40:48], nil), h.ue[:32])
		return key, false, err
	}
	if subtle.ConstantTimeCompare(h.hash256(pw, o[32:40], u), o[:32]) == 1 {
		key, err = unwrap(h.hash256(pw, o[40:48], u), h.oe[:32])
		return key, true, err
	}
	return nil, false, nil
}

// unwrap decrypts the file key: AES-256-CBC, no padding, zero initialisation vector.
func unwrap(kek, wrapped []byte) ([]byte, error) {
	block, err := aes.NewCipher(kek)
	if err != nil {
		return nil, err
	}
	out := make([]byte, len(wrapped))
	cipher.NewCBCDecrypter(block, make([]byte, aes.BlockSize)).CryptBlocks(out, wrapped)
	return out, nil
}

// hash256 is SHA-256 for revision 5 and algorithm 2.B for revision 6.
func (h *standard) hash256(pw, salt, u []byte) []byte {
	in := append(append(append([]byte(nil), pw...), salt...), u...)
	sum := sha256.Sum256(in)
	k := sum[:]
	if h.r == 5 {
		return k
	}
	for i := 0; ; i++ {
		one := append(append(append([]byte(nil), pw...), k...), u...)
		buf := make([]byte, 0, 64*len(one))
		for range 64 {
			buf = append(buf, one...)
		}
		block, err := aes.NewCipher(k[:16])
		if err != nil {
			return nil
		}
		cipher.NewCBCEncrypter(block, k[16:32]).CryptBlocks(buf, buf)
		mod := 0
		for _, b := range buf[:16] {
			mod += int(b)
		}
		switch mod % 3 {
		case 0:
			s := sha256.Sum256(buf)
			k = s[:]
		case 1:
			s := sha512.Sum384(buf)
			k = s[:]
		default:
			s := sha512.Sum512(buf)
			k = s[:]
		}
		if i >= 63 && int(buf[len(buf)-1]) <= i-31 {
			return k[:32]
		}
	}
}
