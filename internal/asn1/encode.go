package asn1

import (
	"bytes"
	"math/big"
	"slices"
	"time"
)

// constructedBit marks the identifier octet of a constructed element.
const constructedBit = 0x20

// AppendHeader appends identifier and length octets in DER.
func AppendHeader(out []byte, t Tag, constructed bool, length int) []byte {
	id := t.Class() << 6
	if constructed {
		id |= constructedBit
	}
	if n := t.Number(); n < 0x1f {
		out = append(out, id|byte(n))
	} else {
		out = appendBase128(append(out, id|0x1f), big.NewInt(int64(n)))
	}
	if length < 0x80 {
		return append(out, byte(length))
	}
	size := 0
	for l := length; l > 0; l >>= 8 {
		size++
	}
	out = append(out, 0x80|byte(size))
	for i := size - 1; i >= 0; i-- {
		out = append(out, byte(length>>(8*i)))
	}
	return out
}

// Encode returns the DER encoding of an element whose contents are the given parts, one after another.
func Encode(t Tag, constructed bool, parts ...[]byte) []byte {
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	out := AppendHeader(make([]byte, 0, n+10), t, constructed, n)
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

// Sequence encodes a SEQUENCE of encoded elements; empty parts, for absent ones, vanish.
func Sequence(parts ...[]byte) []byte { return Encode(TagSequence, true, parts...) }

// SetOf encodes a SET OF in the order that DER demands (X.690, 11.6).
func SetOf(parts ...[]byte) []byte {
	sorted := slices.Clone(parts)
	slices.SortFunc(sorted, bytes.Compare)
	return Encode(TagSet, true, sorted...)
}

// Explicit encodes [n] EXPLICIT around encoded elements.
func Explicit(n uint32, parts ...[]byte) []byte { return Encode(Context(n), true, parts...) }

// OctetString encodes an OCTET STRING.
func OctetString(b []byte) []byte { return Encode(TagOctetString, false, b) }

// BitString encodes a BIT STRING of whole octets.
func BitString(b []byte) []byte { return Encode(TagBitString, false, []byte{0}, b) }

// Null encodes NULL.
func Null() []byte { return []byte{byte(TagNull), 0} }

// Boolean encodes a BOOLEAN.
func Boolean(v bool) []byte {
	if v {
		return []byte{byte(TagBoolean), 1, 0xff}
	}
	return []byte{byte(TagBoolean), 1, 0}
}

// OID encodes an OBJECT IDENTIFIER. Text that is none gives an empty element, which no decoder accepts.
func OID(o ObjectIdentifier) []byte { return Encode(TagObjectIdentifier, false, o.contents()) }

// Integer encodes an INTEGER.
func Integer(v *big.Int) []byte { return Encode(TagInteger, false, integerContents(v)) }

// Int encodes a small INTEGER.
func Int(v int64) []byte { return Integer(big.NewInt(v)) }

func integerContents(v *big.Int) []byte {
	if v.Sign() >= 0 {
		b := v.Bytes()
		if len(b) == 0 || b[0]&0x80 != 0 {
			return append([]byte{0}, b...)
		}
		return b
	}
	// Two's complement in the fewest octets: -v-1 has the inverted bits.
	inverted := new(big.Int).Not(v)
	b := inverted.Bytes()
	if len(b) == 0 || b[0]&0x80 != 0 {
		b = append([]byte{0}, b...)
	}
	for i := range b {
		b[i] = ^b[i]
	}
	return b
}

// UTF8String encodes a UTF8String.
func UTF8String(s string) []byte { return Encode(TagUTF8String, false, []byte(s)) }

// GeneralizedTime encodes a time in UTC with as much of the fraction of a second as it has (X.690, 11.7).
func GeneralizedTime(t time.Time) []byte {
	return Encode(TagGeneralizedTime, false, []byte(t.UTC().Format("20060102150405.999999999Z")))
}

// Time encodes a time without fraction as RFC 5280, 4.1.2.5 and RFC 5652, 11.3 ask: UTCTime for 1950 to 2049, GeneralizedTime otherwise.
func Time(t time.Time) []byte {
	t = t.UTC()
	if y := t.Year(); y < 1950 || y > 2049 {
		return Encode(TagGeneralizedTime, false, []byte(t.Format("20060102150405Z")))
	}
	return Encode(TagUTCTime, false, []byte(t.Format("060102150405Z")))
}
