package algo

import (
	"bytes"
	"math/big"

	"mohur/internal/asn1"
)

// BrainpoolPublicKey is a key on one of the Brainpool curves (RFC 5639), which German and Austrian signature cards use and the standard library
// lacks. It can only be verified with, so that the arithmetic need not be constant in time.
type BrainpoolPublicKey struct {
	X, Y  *big.Int
	curve *weierstrass
}

// Curve returns the curve's name, such as "brainpoolP256r1".
func (k *BrainpoolPublicKey) Curve() string { return k.curve.name }

// weierstrass is a curve y² = x³ + ax + b over the prime p, with the generator g of prime order n.
type weierstrass struct {
	name               string
	p, a, b, n, gx, gy *big.Int
}

func number(hex string) *big.Int {
	n, _ := new(big.Int).SetString(hex, 16)
	return n
}

// brainpool returns a curve of RFC 5639, 3, or nil.
func brainpool(o asn1.ObjectIdentifier) *weierstrass {
	switch o {
	case "1.3.36.3.3.2.8.1.1.7":
		return &weierstrass{
			"brainpoolP256r1",
			number("a9fb57dba1eea9bc3e660a909d838d726e3bf623d52620282013481d1f6e5377"),
			number("7d5a0975fc2c3057eef67530417affe7fb8055c126dc5c6ce94a4b44f330b5d9"),
			number("26dc5c6ce94a4b44f330b5d9bbd77cbf958416295cf7e1ce6bccdc18ff8c07b6"),
			number("a9fb57dba1eea9bc3e660a909d838d718c397aa3b561a6f7901e0e82974856a7"),
			number("8bd2aeb9cb7e57cb2c4b482ffc81b7afb9de27e1e3bd23c23a4453bd9ace3262"),
			number("547ef835c3dac4fd97f8461a14611dc9c27745132ded8e545c1d54c72f046997"),
		}
	case "1.3.36.3.3.2.8.1.1.11":
		return &weierstrass{
			"brainpoolP384r1",
			number("8cb91e82a3386d280f5d6f7e50e641df152f7109ed5456b412b1da197fb71123acd3a729901d1a71874700133107ec53"),
			number("7bc382c63d8c150c3c72080ace05afa0c2bea28e4fb22787139165efba91f90f8aa5814a503ad4eb04a8c7dd22ce2826"),
			number("04a8c7dd22ce28268b39b55416f0447c2fb77de107dcd2a62e880ea53eeb62d57cb4390295dbc9943ab78696fa504c11"),
			number("8cb91e82a3386d280f5d6f7e50e641df152f7109ed5456b31f166e6cac0425a7cf3ab6af6b7fc3103b883202e9046565"),
			number("1d1c64f068cf45ffa2a63a81b7c13f6b8847a3e77ef14fe3db7fcafe0cbd10e8e826e03436d646aaef87b2e247d4af1e"),
			number("8abe1d7520f9c2a45cb1eb8e95cfd55262b70b29feec5864e19c054ff99129280e4646217791811142820341263c5315"),
		}
	case "1.3.36.3.3.2.8.1.1.13":
		return &weierstrass{
			"brainpoolP512r1",
			number("aadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca703308717d4d9b009bc66842aecda12ae6a380e62881ff2f2d82c68528aa6056583a48f3"),
			number("7830a3318b603b89e2327145ac234cc594cbdd8d3df91610a83441caea9863bc2ded5d5aa8253aa10a2ef1c98b9ac8b57f1117a72bf2c7b9e7c1ac4d77fc94ca"),
			number("3df91610a83441caea9863bc2ded5d5aa8253aa10a2ef1c98b9ac8b57f1117a72bf2c7b9e7c1ac4d77fc94cadc083e67984050b75ebae5dd2809bd638016f723"),
			number("aadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca70330870553e5c414ca92619418661197fac10471db1d381085ddaddb58796829ca90069"),
			number("81aee4bdd82ed9645a21322e9c4c6a9385ed9f70b5d916c1b43b62eef4d0098eff3b1f78e2d0d48d50d1687b93b97d5f7c6d5047406a5e688b352209bcb9f822"),
			number("7dde385d566332ecc0eabfa9cf7822fdf209f70024a57b1aa000c55b881f8111b2dcde494a5f485e5bca4bd88a2763aed1ca2b2fa8f0540678cd1e0f3ad80892"),
		}
	}
	return nil
}

// parseBrainpoolPoint reads an uncompressed or compressed point and checks that it lies on the curve. These curves have cofactor 1, so that
// every point but the one at infinity has order n.
func parseBrainpoolPoint(c *weierstrass, b []byte) (*BrainpoolPublicKey, error) {
	size := (c.p.BitLen() + 7) / 8
	off := &KeyError{Msg: "the point is not on the curve"}
	if len(b) < 1+size {
		return nil, off
	}
	x := new(big.Int).SetBytes(b[1 : 1+size])
	if x.Cmp(c.p) >= 0 {
		return nil, off
	}
	square := c.right(x)
	switch {
	case b[0] == 4 && len(b) == 1+2*size:
		y := new(big.Int).SetBytes(b[1+size:])
		if y.Cmp(c.p) >= 0 || c.mul(y, y).Cmp(square) != 0 {
			return nil, off
		}
		return &BrainpoolPublicKey{x, y, c}, nil
	case (b[0] == 2 || b[0] == 3) && len(b) == 1+size:
		y := new(big.Int).ModSqrt(square, c.p)
		if y == nil {
			return nil, off
		}
		if y.Bit(0) != uint(b[0]&1) {
			y.Sub(c.p, y)
		}
		return &BrainpoolPublicKey{x, y, c}, nil
	}
	return nil, off
}

// right returns x³ + ax + b.
func (c *weierstrass) right(x *big.Int) *big.Int {
	r := c.mul(c.mul(x, x), x)
	r.Add(r, c.mul(c.a, x)).Add(r, c.b)
	return r.Mod(r, c.p)
}

func (c *weierstrass) mul(a, b *big.Int) *big.Int {
	r := new(big.Int).Mul(a, b)
	return r.Mod(r, c.p)
}

func (c *weierstrass) sub(a, b *big.Int) *big.Int {
	r := new(big.Int).Sub(a, b)
	return r.Mod(r, c.p)
}

// jacobian is the point (x/z², y/z³); z = 0 is the one at infinity.
type jacobian struct{ x, y, z *big.Int }

func (c *weierstrass) double(q jacobian) jacobian {
	if q.z.Sign() == 0 || q.y.Sign() == 0 {
		return jacobian{big.NewInt(1), big.NewInt(1), new(big.Int)}
	}
	yy, zz := c.mul(q.y, q.y), c.mul(q.z, q.z)
	s := c.mul(big.NewInt(4), c.mul(q.x, yy))
	m := c.mul(big.NewInt(3), c.mul(q.x, q.x))
	m.Add(m, c.mul(c.a, c.mul(zz, zz)))
	x := c.sub(c.mul(m, m), new(big.Int).Lsh(s, 1))
	y := c.sub(c.mul(m, c.sub(s, x)), c.mul(big.NewInt(8), c.mul(yy, yy)))
	return jacobian{x, y, c.mul(big.NewInt(2), c.mul(q.y, q.z))}
}

func (c *weierstrass) add(q, r jacobian) jacobian {
	switch {
	case q.z.Sign() == 0:
		return r
	case r.z.Sign() == 0:
		return q
	}
	qzz, rzz := c.mul(q.z, q.z), c.mul(r.z, r.z)
	u, s := c.mul(q.x, rzz), c.mul(q.y, c.mul(rzz, r.z))
	h := c.sub(c.mul(r.x, qzz), u)
	w := c.sub(c.mul(r.y, c.mul(qzz, q.z)), s)
	if h.Sign() == 0 {
		if w.Sign() == 0 {
			return c.double(q)
		}
		return jacobian{big.NewInt(1), big.NewInt(1), new(big.Int)}
	}
	hh := c.mul(h, h)
	hhh, v := c.mul(hh, h), c.mul(u, hh)
	x := c.sub(c.sub(c.mul(w, w), hhh), new(big.Int).Lsh(v, 1))
	y := c.sub(c.mul(w, c.sub(v, x)), c.mul(s, hhh))
	return jacobian{x, y, c.mul(h, c.mul(q.z, r.z))}
}

// combine returns uG + vQ, both at once.
func (c *weierstrass) combine(u, v *big.Int, x, y *big.Int) jacobian {
	one := big.NewInt(1)
	g, q := jacobian{c.gx, c.gy, one}, jacobian{x, y, one}
	table := [4]jacobian{1: g, 2: q, 3: c.add(g, q)}
	sum := jacobian{one, one, new(big.Int)}
	for i := max(u.BitLen(), v.BitLen()) - 1; i >= 0; i-- {
		sum = c.double(sum)
		if k := u.Bit(i) | v.Bit(i)<<1; k != 0 {
			sum = c.add(sum, table[k])
		}
	}
	return sum
}

// verify is ECDSA verification (BSI TR-03111, 4.2.1.2) of SEQUENCE { r, s }.
func (k *BrainpoolPublicKey) verify(digest, der []byte) bool {
	r, s, ok := parseECDSAValue(der)
	c := k.curve
	if !ok || r.Sign() <= 0 || s.Sign() <= 0 || r.Cmp(c.n) >= 0 || s.Cmp(c.n) >= 0 {
		return false
	}
	e := new(big.Int).SetBytes(digest)
	if excess := len(digest)*8 - c.n.BitLen(); excess > 0 {
		e.Rsh(e, uint(excess))
	}
	w := new(big.Int).ModInverse(s, c.n)
	u, v := e.Mul(e, w), w.Mul(w, r)
	sum := c.combine(u.Mod(u, c.n), v.Mod(v, c.n), k.X, k.Y)
	if sum.z.Sign() == 0 {
		return false
	}
	z := new(big.Int).ModInverse(sum.z, c.p)
	x := c.mul(sum.x, c.mul(z, z))
	return x.Mod(x, c.n).Cmp(r) == 0
}

// parseECDSAValue reads SEQUENCE { r INTEGER, s INTEGER } in DER and nothing else, as the standard library does.
func parseECDSAValue(der []byte) (r, s *big.Int, ok bool) {
	e, err := asn1.Parse(der, asn1.Limits{})
	if err != nil {
		return nil, nil, false
	}
	c := e.Children()
	var v [2]*big.Int
	for i := range v {
		n, err := c.Expect(asn1.TagInteger)
		if err != nil {
			return nil, nil, false
		}
		if v[i], err = n.Integer(); err != nil {
			return nil, nil, false
		}
	}
	canonical := asn1.Sequence(asn1.Integer(v[0]), asn1.Integer(v[1]))
	return v[0], v[1], c.End() == nil && bytes.Equal(canonical, der)
}
