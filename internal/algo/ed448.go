package algo

import (
	"bytes"
	"crypto/sha3"
	"math/big"
	"slices"
)

// Ed448PublicKey is a key of Ed448 (RFC 8032, 5.2), which the standard library lacks. It can only be verified with, so that the arithmetic need
// not be constant in time.
type Ed448PublicKey []byte

const (
	ed448KeySize   = 57
	ed448ValueSize = 2 * ed448KeySize
)

// edwards448 holds the numbers of the curve x² + y² = 1 + dx²y² over p = 2⁴⁴⁸ − 2²²⁴ − 1, whose base point has the prime order l.
type edwards448 struct{ p, d, l *big.Int }

// point448 is (x/z, y/z).
type point448 struct{ x, y, z *big.Int }

func newEdwards448() *edwards448 {
	p := new(big.Int).Lsh(big.NewInt(1), 448)
	p.Sub(p, new(big.Int).Lsh(big.NewInt(1), 224)).Sub(p, big.NewInt(1))
	l := new(big.Int).Lsh(big.NewInt(1), 446)
	l.Sub(l, number("8335dc163bb124b65129c96fde933d8d723a70aadc873d6d54a7bb0d"))
	return &edwards448{p, new(big.Int).Sub(p, big.NewInt(39081)), l}
}

// base returns B.
func (c *edwards448) base() point448 {
	return point448{
		number("4f1970c66bed0ded221d15a622bf36da9e146570470f1767ea6de324a3d3a46412ae1af72ab66511433b80e18b00938e2626a82bc70cc05e"),
		number("693f46716eb6bc248876203756c9c7624bea73736ca3984087789c1e05a0c2d73ad3ff1ce67c39c4fdbd132c4ed7c8ad9808795bf230fa14"),
		big.NewInt(1),
	}
}

func (c *edwards448) mul(a, b *big.Int) *big.Int {
	r := new(big.Int).Mul(a, b)
	return r.Mod(r, c.p)
}

// add is complete: it holds for equal points and for the neutral one too (RFC 8032, 5.2.4).
func (c *edwards448) add(q, r point448) point448 {
	a := c.mul(q.z, r.z)
	b, cc, d := c.mul(a, a), c.mul(q.x, r.x), c.mul(q.y, r.y)
	e := c.mul(c.d, c.mul(cc, d))
	f, g := new(big.Int).Sub(b, e), new(big.Int).Add(b, e)
	h := c.mul(new(big.Int).Add(q.x, q.y), new(big.Int).Add(r.x, r.y))
	h.Sub(h, cc).Sub(h, d)
	return point448{c.mul(c.mul(a, f), h), c.mul(c.mul(a, g), new(big.Int).Sub(d, cc)), c.mul(f, g)}
}

// combine returns uB + vQ, both at once.
func (c *edwards448) combine(u, v *big.Int, q point448) point448 {
	b := c.base()
	table := [4]point448{1: b, 2: q, 3: c.add(b, q)}
	sum := point448{new(big.Int), big.NewInt(1), big.NewInt(1)}
	for i := max(u.BitLen(), v.BitLen()) - 1; i >= 0; i-- {
		sum = c.add(sum, sum)
		if k := u.Bit(i) | v.Bit(i)<<1; k != 0 {
			sum = c.add(sum, table[k])
		}
	}
	return sum
}

// decode reads a point (RFC 8032, 5.2.3).
func (c *edwards448) decode(b []byte) (point448, bool) {
	if len(b) != ed448KeySize || b[ed448KeySize-1]&0x7f != 0 {
		return point448{}, false
	}
	y := littleEndian(b[:ed448KeySize-1])
	if y.Cmp(c.p) >= 0 {
		return point448{}, false
	}
	yy, one := c.mul(y, y), big.NewInt(1)
	under := new(big.Int).Sub(c.mul(c.d, yy), one)
	if under.ModInverse(under.Mod(under, c.p), c.p) == nil {
		return point448{}, false
	}
	square := c.mul(new(big.Int).Sub(yy, one), under)
	x := new(big.Int).ModSqrt(square, c.p)
	sign := uint(b[ed448KeySize-1] >> 7)
	if x == nil || x.Sign() == 0 && sign == 1 {
		return point448{}, false
	}
	if x.Bit(0) != sign {
		x.Sub(c.p, x)
	}
	return point448{x, y, one}, true
}

// encode is the inverse of decode.
func (c *edwards448) encode(q point448) []byte {
	z := new(big.Int).ModInverse(q.z, c.p)
	x, y := c.mul(q.x, z), c.mul(q.y, z)
	out := y.FillBytes(make([]byte, ed448KeySize))
	slices.Reverse(out)
	out[ed448KeySize-1] |= byte(x.Bit(0)) << 7
	return out
}

func littleEndian(b []byte) *big.Int {
	r := bytes.Clone(b)
	slices.Reverse(r)
	return new(big.Int).SetBytes(r)
}

// verifyEd448 is RFC 8032, 5.2.7, without a context, comparing the encoding of the point as Ed25519 in the standard library does.
func verifyEd448(key Ed448PublicKey, message, value []byte) bool {
	if len(value) != ed448ValueSize {
		return false
	}
	c := newEdwards448()
	a, ok := c.decode(key)
	s := littleEndian(value[ed448KeySize:])
	if !ok || s.Cmp(c.l) >= 0 {
		return false
	}
	h := sha3.NewSHAKE256()
	for _, part := range [][]byte{[]byte("SigEd448\x00\x00"), value[:ed448KeySize], key, message} {
		h.Write(part)
	}
	k := make([]byte, ed448ValueSize)
	h.Read(k)
	minus := point448{new(big.Int).Sub(c.p, a.x), a.y, a.z}
	challenge := littleEndian(k)
	r := c.combine(s, challenge.Mod(challenge, c.l), minus)
	return bytes.Equal(c.encode(r), value[:ed448KeySize])
}

// shake256 is SHAKE256 with 512 bits of output, as RFC 8419, 3.1 uses it with Ed448, in the shape of a hash.Hash.
type shake256 struct{ *sha3.SHAKE }

// Size returns the octets of output.
func (shake256) Size() int { return 64 }

// Sum appends the digest of what was written, and leaves the state as it is.
func (s shake256) Sum(b []byte) []byte {
	state := *s.SHAKE
	out := make([]byte, 64)
	state.Read(out)
	return append(b, out...)
}
