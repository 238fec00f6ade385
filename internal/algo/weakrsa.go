package algo

import (
	"crypto/rsa"
	"math/big"
)

// maxRSABits bounds the modulus: larger ones cost seconds per check, and nobody's certificates have them.
const maxRSABits = 16384

// oddPrimes are the odd primes up to 167: with 2 the 39 first ones, whose product divides the M of every vulnerable key (see IsROCA).
func oddPrimes() []uint64 {
	return []uint64{
		3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149,
		151, 157, 163, 167,
	}
}

// checkRSA refuses keys that are none: an exponent under which signatures mean nothing (1), or that is even, and a modulus that is even, has a small
// factor, or is too large to be computed with.
func checkRSA(n, e *big.Int) error {
	switch {
	case n.BitLen() > maxRSABits:
		return &KeyError{Msg: "an RSA modulus of more than 16384 bits"}
	case n.Sign() <= 0 || n.Bit(0) == 0:
		return &KeyError{Msg: "an RSA modulus that is not odd"}
	case e.Sign() <= 0 || e.Bit(0) == 0 || e.IsInt64() && e.Int64() == 1:
		return &KeyError{Msg: "an RSA exponent that is 1 or even"}
	}
	for _, r := range residues(n) {
		if r == 0 {
			return &KeyError{Msg: "an RSA modulus with a small factor"}
		}
	}
	return nil
}

// residues are n modulo each of the odd primes; the division of the long number is done once for as many primes as a machine word holds.
func residues(n *big.Int) []uint64 {
	primes := oddPrimes()
	out := make([]uint64, 0, len(primes))
	var rest big.Int
	for i := 0; i < len(primes); {
		product, last := uint64(1), i
		for ; last < len(primes) && product < 1<<56; last++ {
			product *= primes[last]
		}
		r := rest.Mod(n, new(big.Int).SetUint64(product)).Uint64()
		for ; i < last; i++ {
			out = append(out, r%primes[i])
		}
	}
	return out
}

// IsROCA says whether a modulus has the fingerprint of the key generator of CVE-2017-15361 (Nemec, Sys, Svenda, Klinec, Matyas: "The Return of Coppersmith's
// Attack", 2017, section 2): its primes are k*M + (65537^a mod M), M being the product of the first primes, so that the modulus is a power of 65537
// modulo M, and hence modulo each prime of M. Other moduli pass by chance once in more than a hundred million.
func IsROCA(key *rsa.PublicKey) bool {
	if key == nil || key.N == nil || key.N.BitLen() < 512 {
		return false
	}
	primes := oddPrimes()
	for i, r := range residues(key.N) {
		if !isPowerOf(r, 65537, primes[i]) {
			return false
		}
	}
	return true
}

// isPowerOf says whether r is a power of g modulo the prime p.
func isPowerOf(r, g, p uint64) bool {
	x := uint64(1)
	for range p {
		if x == r {
			return true
		}
		x = x * (g % p) % p
	}
	return false
}
