package algo

import (
	"mohur/internal/asn1"
)

// PSSParameters are the parameters of RSASSA-PSS.
//
//	RSASSA-PSS-params ::= SEQUENCE {
//	     hashAlgorithm      [0] HashAlgorithm     DEFAULT sha1,
//	     maskGenAlgorithm   [1] MaskGenAlgorithm  DEFAULT mgf1SHA1,
//	     saltLength         [2] INTEGER           DEFAULT 20,
//	     trailerField       [3] TrailerField      DEFAULT trailerFieldBC }   -- RFC 8017, A.2.3
type PSSParameters struct {
	Digest     Digest
	MGF        Digest // the digest of MGF1
	SaltLength int    // in octets; zero means no salt, never "any"
}

// maxSalt bounds the declared salt: no modulus that is verified here holds more.
const maxSalt = maxModulusBits / 8

// parsePSS reads the parameters, which must be there (RFC 4055, 3.1).
func parsePSS(id Identifier) (*PSSParameters, error) {
	if len(id.Parameters) == 0 {
		return nil, &UnsupportedError{Algorithm: id.Algorithm, What: "absent parameters of"}
	}
	e, err := asn1.Parse(id.Parameters, asn1.Limits{})
	if err != nil {
		return nil, err
	}
	if !e.Is(asn1.TagSequence) {
		return nil, &UnsupportedError{Algorithm: id.Algorithm, What: "parameters of"}
	}
	p := &PSSParameters{Digest: SHA1, MGF: SHA1, SaltLength: 20}
	r := e.Children()
	for n := range uint32(4) {
		f, ok, err := r.Optional(asn1.Context(n))
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		if err := p.setField(n, f); err != nil {
			return nil, err
		}
	}
	return p, r.End()
}

// setField reads the explicitly tagged field [n].
func (p *PSSParameters) setField(n uint32, f asn1.Element) error {
	c := f.Children()
	v, err := c.Next()
	if err != nil {
		return err
	}
	if err := c.End(); err != nil {
		return err
	}
	switch n {
	case 0:
		id, err := ReadIdentifier(v)
		if err != nil {
			return err
		}
		p.Digest, err = ParseDigest(id)
		return err
	case 1:
		p.MGF, err = parseMGF(v)
		return err
	case 2:
		p.SaltLength, err = v.Int()
		if err == nil && (p.SaltLength < 0 || p.SaltLength > maxSalt) {
			err = &UnsupportedError{Algorithm: oidRSAPSS, What: "salt length of"}
		}
		return err
	}
	trailer, err := v.Int()
	if err == nil && trailer != 1 {
		err = &UnsupportedError{Algorithm: oidRSAPSS, What: "trailer field of"}
	}
	return err
}

func parseMGF(e asn1.Element) (Digest, error) {
	id, err := ReadIdentifier(e)
	if err != nil {
		return 0, err
	}
	if id.Algorithm != oidMGF1 {
		return 0, &UnsupportedError{Algorithm: id.Algorithm, What: "mask generation function"}
	}
	inner, err := ParseIdentifier(id.Parameters)
	if err != nil {
		return 0, err
	}
	return ParseDigest(inner)
}

// identifier encodes id-RSASSA-PSS with these parameters; fields of default value are left out as DER demands.
func (p *PSSParameters) identifier() []byte {
	var fields [][]byte
	hash := func(d Digest) []byte { return asn1.Sequence(asn1.OID(d.OID()), asn1.Null()) }
	if p.Digest != SHA1 {
		fields = append(fields, asn1.Explicit(0, hash(p.Digest)))
	}
	if p.MGF != SHA1 {
		fields = append(fields, asn1.Explicit(1, asn1.Sequence(asn1.OID(oidMGF1), hash(p.MGF))))
	}
	if p.SaltLength != 20 {
		fields = append(fields, asn1.Explicit(2, asn1.Int(int64(p.SaltLength))))
	}
	return asn1.Sequence(asn1.OID(oidRSAPSS), asn1.Sequence(fields...))
}
