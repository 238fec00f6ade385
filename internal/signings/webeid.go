package signings

import (
	"slices"

	"mohur/docket"
	"mohur/internal/algo"
	"mohur/internal/webeid"
)

// digests are those that people's keys sign with.
var digests = []algo.Digest{algo.SHA256, algo.SHA384, algo.SHA512, algo.SHA3_256, algo.SHA3_384, algo.SHA3_512}

// Digest finds a digest by the name that plans have, zero for one that nothing is signed with.
func Digest(name string) algo.Digest {
	i := slices.IndexFunc(digests, func(d algo.Digest) bool { return d.String() == name })
	if i < 0 {
		return 0
	}
	return digests[i]
}

// HashFunction is the digest of a signing's hash as Web eID spells it; empty where the key takes no hash.
func HashFunction(sg *docket.Signing) string { return webeid.HashFunction(Digest(sg.Digest)) }

// WebEID names a signing's algorithm as Web eID does; false for keys that it has no name for.
func WebEID(sg *docket.Signing) (webeid.SignatureAlgorithm, bool) {
	d := Digest(sg.Digest)
	for _, a := range []webeid.SignatureAlgorithm{
		{CryptoAlgorithm: webeid.ECC, PaddingScheme: webeid.PaddingNone}, {CryptoAlgorithm: webeid.RSA, PaddingScheme: webeid.PaddingPKCS}, {CryptoAlgorithm: webeid.RSA, PaddingScheme: webeid.PaddingPSS},
	} {
		a.HashFunction = webeid.HashFunction(d)
		if s, err := a.Signature(); err == nil && s.Name == sg.Algorithm {
			return a, true
		}
	}
	return webeid.SignatureAlgorithm{}, false
}
