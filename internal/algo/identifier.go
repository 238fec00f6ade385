package algo

import (
	"bytes"
	"errors"
	"fmt"

	"mohur/internal/asn1"
)

// Identifier is an AlgorithmIdentifier as received.
//
//	AlgorithmIdentifier ::= SEQUENCE {
//	     algorithm   OBJECT IDENTIFIER,
//	     parameters  ANY DEFINED BY algorithm OPTIONAL }   -- RFC 5280, 4.1.1.2
type Identifier struct {
	Algorithm  asn1.ObjectIdentifier
	Parameters []byte // the whole element, nil when absent
	Raw        []byte
}

// ParseIdentifier reads an AlgorithmIdentifier that is the whole input.
func ParseIdentifier(b []byte) (Identifier, error) {
	e, err := asn1.Parse(b, asn1.Limits{})
	if err != nil {
		return Identifier{}, err
	}
	return ReadIdentifier(e)
}

// ReadIdentifier reads an AlgorithmIdentifier, whatever its tag (implicit tagging).
func ReadIdentifier(e asn1.Element) (Identifier, error) {
	id := Identifier{Raw: e.Raw}
	r := e.Children()
	o, err := r.Expect(asn1.TagObjectIdentifier)
	if err != nil {
		return Identifier{}, err
	}
	if id.Algorithm, err = o.ObjectIdentifier(); err != nil {
		return Identifier{}, err
	}
	if r.More() {
		p, err := r.Next()
		if err != nil {
			return Identifier{}, err
		}
		id.Parameters = p.Raw
	}
	return id, r.End()
}

// Equal says whether two identifiers name the same algorithm with the same parameters; absent and NULL parameters are the same.
func (id Identifier) Equal(other Identifier) bool {
	return id.Algorithm == other.Algorithm && (id.noParameters() && other.noParameters() || bytes.Equal(id.Parameters, other.Parameters))
}

// noParameters says whether the parameters are absent or NULL.
func (id Identifier) noParameters() bool {
	return len(id.Parameters) == 0 || bytes.Equal(id.Parameters, asn1.Null())
}

// ErrMismatch says that a signature value does not belong to this message and key. It is found with errors.Is.
var ErrMismatch = errors.New("algo: the signature value does not verify")

// ErrAbsentNull is an ErrMismatch of an RSA PKCS #1 v1.5 value that would verify if its DigestInfo had the NULL parameters that RFC 8017, B.1
// demands there. Nothing can be forged by that, everywhere else the same clause has both forms accepted, and some signing software writes it. Whoever
// does not ask for it by name refuses it.
var ErrAbsentNull = fmt.Errorf("%w: its DigestInfo lacks NULL", ErrMismatch)

// UnsupportedError says that an algorithm, or one of its parameters, is not known here, so that nothing can be said about the signature.
type UnsupportedError struct {
	Algorithm asn1.ObjectIdentifier // empty when What says it all
	What      string                // "signature algorithm", "MGF1 trailer field 2"
}

// Error names the algorithm; where its name is known, that too.
func (e *UnsupportedError) Error() string {
	if e.Algorithm == "" {
		return "algo: unsupported " + e.What
	}
	if n := knownButUnsupported(e.Algorithm); n != "" {
		return fmt.Sprintf("algo: unsupported %s %s (%s)", e.What, n, e.Algorithm)
	}
	return fmt.Sprintf("algo: unsupported %s %s", e.What, e.Algorithm)
}

// KeyError says that a public key can't be used: broken, or of a kind or size that does not go with the algorithm.
type KeyError struct {
	Msg string
}

// Error says what is wrong with the key.
func (e *KeyError) Error() string { return "algo: public key: " + e.Msg }

// knownButUnsupported names algorithms that are met in the field and that can't be verified here, for readable reports.
func knownButUnsupported(o asn1.ObjectIdentifier) string {
	switch o {
	case "1.2.840.10040.4.1", "1.2.840.10040.4.3", "2.16.840.1.101.3.4.3.1", "2.16.840.1.101.3.4.3.2", "2.16.840.1.101.3.4.3.3", "2.16.840.1.101.3.4.3.4":
		return "DSA"
	case "2.16.840.1.101.3.4.3.17", "2.16.840.1.101.3.4.3.18", "2.16.840.1.101.3.4.3.19":
		return "ML-DSA"
	case "1.3.6.1.5.5.7.6.30", "1.3.6.1.5.5.7.6.31":
		return "RSASSA-PSS with SHAKE"
	case "1.3.6.1.5.5.7.6.32", "1.3.6.1.5.5.7.6.33":
		return "ECDSA with SHAKE"
	case "1.2.840.113549.2.2", "1.2.840.113549.1.1.2":
		return "MD2"
	case "1.3.36.3.2.1", "1.3.36.3.3.1.2", "0.4.0.127.0.7.1.1.4.1.6":
		return "RIPEMD160"
	case "1.2.643.7.1.1.3.2", "1.2.643.7.1.1.3.3", "1.2.643.2.2.3", "1.2.643.7.1.1.2.2", "1.2.643.7.1.1.2.3":
		return "GOST R 34.10"
	case "1.3.132.0.10":
		return "secp256k1"
	}
	return ""
}
