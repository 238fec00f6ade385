package pdf

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/md5"
	"crypto/rand"
	"crypto/rc4"
	"io"
)

// objectKey derives the key of one object (ISO 32000-2, 7.6.3.2, algorithm 1); AES-256 uses the file key itself (algorithm 1.A).
func (e *Encryption) objectKey(m cryptMethod, r Ref) []byte {
	if m == cryptAES256 {
		return e.key
	}
	h := md5.New()
	h.Write(e.key)
	h.Write([]byte{byte(r.Num), byte(r.Num >> 8), byte(r.Num >> 16), byte(r.Gen), byte(r.Gen >> 8)})
	if m == cryptAES128 {
		h.Write([]byte("sAlT"))
	}
	return h.Sum(nil)[:min(len(e.key)+5, 16)]
}

func (e *Encryption) encrypt(m cryptMethod, ref Ref, b []byte) ([]byte, error) {
	switch m {
	case cryptNone:
		return b, nil
	case cryptRC4:
		c, err := rc4.NewCipher(e.objectKey(m, ref))
		if err != nil {
			return nil, err
		}
		out := make([]byte, len(b))
		c.XORKeyStream(out, b)
		return out, nil
	}
	block, err := aes.NewCipher(e.objectKey(m, ref))
	if err != nil {
		return nil, err
	}
	pad := aes.BlockSize - len(b)%aes.BlockSize
	out := make([]byte, aes.BlockSize, aes.BlockSize+len(b)+pad)
	if _, err := rand.Read(out); err != nil {
		return nil, err
	}
	out = append(append(out, b...), bytes.Repeat([]byte{byte(pad)}, pad)...)
	cipher.NewCBCEncrypter(block, out[:aes.BlockSize]).CryptBlocks(out[aes.BlockSize:], out[aes.BlockSize:])
	return out, nil
}

// decryptString opens a string; one that is not encrypted as it should be comes back empty.
func (e *Encryption) decryptString(ref Ref, s String) String {
	r, err := e.decryptReader(e.strings, ref, bytes.NewReader(s))
	if err != nil {
		return String{}
	}
	b, err := io.ReadAll(r)
	if err != nil {
		return String{}
	}
	return b
}

func (e *Encryption) decryptReader(m cryptMethod, ref Ref, r io.Reader) (io.Reader, error) {
	switch m {
	case cryptNone:
		return r, nil
	case cryptRC4:
		c, err := rc4.NewCipher(e.objectKey(m, ref))
		if err != nil {
			return nil, err
		}
		return &cipher.StreamReader{S: c, R: r}, nil
	}
	block, err := aes.NewCipher(e.objectKey(m, ref))
	if err != nil {
		return nil, err
	}
	return &cbcReader{r: r, block: block}, nil
}

// cbcReader decrypts AES-CBC with the initialisation vector in front and PKCS #7 padding at the end (7.6.3.1).
type cbcReader struct {
	r     io.Reader
	block cipher.Block
	mode  cipher.BlockMode
	buf   [4096]byte
	held  []byte // decrypted, but perhaps the padded last block
	out   []byte
	done  bool
}

func (c *cbcReader) Read(p []byte) (int, error) {
	for len(c.out) == 0 {
		if c.done {
			return 0, io.EOF
		}
		if err := c.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, c.out)
	c.out = c.out[n:]
	return n, nil
}

func (c *cbcReader) fill() error {
	if c.mode == nil {
		iv := make([]byte, aes.BlockSize)
		if _, err := io.ReadFull(c.r, iv); err != nil {
			c.done = true
			return ignoreEOF(err)
		}
		c.mode = cipher.NewCBCDecrypter(c.block, iv)
	}
	n, err := io.ReadFull(c.r, c.buf[:])
	n -= n % aes.BlockSize // a torn last block can't be decrypted
	c.mode.CryptBlocks(c.buf[:n], c.buf[:n])
	c.out = append(c.held, c.buf[:n]...)
	c.held = nil
	if err != nil {
		c.done = true
		c.out = unpad(c.out)
		return ignoreEOF(err)
	}
	keep := len(c.out) - aes.BlockSize
	c.held = append([]byte(nil), c.out[keep:]...)
	c.out = c.out[:keep]
	return nil
}

func unpad(b []byte) []byte {
	if len(b) == 0 {
		return b
	}
	if n := int(b[len(b)-1]); n >= 1 && n <= aes.BlockSize && n <= len(b) {
		return b[:len(b)-n]
	}
	return b
}
