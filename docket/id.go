package docket

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// ID identifies a row: a UUID of version 7 in its 36-character form (RFC 9562, 5.7). Empty means none.
type ID string

// NewID makes an ID that sorts by creation: now in milliseconds (48 bits), the fraction of the millisecond in 4096ths (12 bits; RFC 9562,
// 6.2, method 3), then 62 random bits.
func NewID(now time.Time) ID {
	var b [16]byte
	_, _ = rand.Read(b[8:]) // never fails: crypto/rand ends the program first
	ms := uint64(now.UnixMilli())
	for i := range 6 {
		b[i] = byte(ms >> (40 - 8*i))
	}
	fraction := uint64(now.Nanosecond()%1e6) * 4096 / 1e6
	b[6], b[7] = byte(fraction>>8)|0x70, byte(fraction)
	b[8] = b[8]&0x3f | 0x80
	return ID(fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:16]))
}

// Hash is a SHA-256 value as 64 lower-case hexadecimal digits. It names a blob. Empty means none.
type Hash string

// HashOf spells a digest as a Hash.
func HashOf(digest [32]byte) Hash { return Hash(hex.EncodeToString(digest[:])) }

// Valid says whether h has the form of a SHA-256 value.
func (h Hash) Valid() bool {
	if len(h) != 64 || strings.ToLower(string(h)) != string(h) {
		return false
	}
	_, err := hex.DecodeString(string(h))
	return err == nil
}

// Bytes returns the 32 bytes of the value, or nil if h is malformed.
func (h Hash) Bytes() []byte {
	b, err := hex.DecodeString(string(h))
	if err != nil || len(b) != 32 {
		return nil
	}
	return b
}

// NewSecret makes 128 random bits as 26 lower-case base32 characters: addresses in QR codes, log-in links, keys of anonymous drafts.
func NewSecret() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:]))
}

// NewControlCode makes the code printed on a document for its public look-up: 8 characters of an alphabet without look-alikes, 40 bits.
func NewControlCode() string {
	const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ" // Crockford's base 32
	var b [8]byte
	_, _ = rand.Read(b[:])
	for i := range b {
		b[i] = alphabet[b[i]&31]
	}
	return string(b[:4]) + "-" + string(b[4:])
}
