package certs

import (
	"strings"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"mohur/internal/asn1"
)

// KeyUsage is the set of purposes of a key (RFC 5280, 4.2.1.3); bit n of the value is bit n of the BIT STRING.
type KeyUsage uint16

// The bits of KeyUsage.
const (
	DigitalSignature KeyUsage = 1 << iota
	NonRepudiation            // contentCommitment, by its newer name
	KeyEncipherment
	DataEncipherment
	KeyAgreement
	KeyCertSign
	CRLSign
	EncipherOnly
	DecipherOnly
)

// Has says whether every given bit is set.
func (k KeyUsage) Has(bits KeyUsage) bool { return k&bits == bits }

// String names the bits as X.509 does, separated by commas.
func (k KeyUsage) String() string {
	names := [...]string{"digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement", "keyCertSign", "cRLSign", "encipherOnly", "decipherOnly"}
	var out []string
	for i, n := range names {
		if k&(1<<i) != 0 {
			out = append(out, n)
		}
	}
	return strings.Join(out, ", ")
}

func readKeyUsage(v cryptobyte.String) (*KeyUsage, bool) {
	bits, ok := readBits(&v)
	if !ok || !v.Empty() {
		return nil, false
	}
	var k KeyUsage
	for i := range 9 {
		if bits.At(i) == 1 {
			k |= 1 << i
		}
	}
	return &k, true
}

// ExtendedKeyUsage lists the purposes to which a key is limited (RFC 5280, 4.2.1.12).
type ExtendedKeyUsage struct {
	Purposes []asn1.ObjectIdentifier
	Critical bool
}

// PurposeTimeStamping is id-kp-timeStamping (RFC 3161, 2.3).
const PurposeTimeStamping asn1.ObjectIdentifier = "1.3.6.1.5.5.7.3.8"

// PurposeOCSPSigning is id-kp-OCSPSigning (RFC 6960, 4.2.2.2).
const PurposeOCSPSigning asn1.ObjectIdentifier = "1.3.6.1.5.5.7.3.9"

// PurposeDocumentSigning is id-kp-documentSigning (RFC 9336, 3).
const PurposeDocumentSigning asn1.ObjectIdentifier = "1.3.6.1.5.5.7.3.36"

// PurposeAny is anyExtendedKeyUsage (RFC 5280, 4.2.1.12).
const PurposeAny asn1.ObjectIdentifier = "2.5.29.37.0"

// Has says whether the purpose is listed by name; anyExtendedKeyUsage does not stand for it.
func (e *ExtendedKeyUsage) Has(purpose asn1.ObjectIdentifier) bool {
	if e == nil {
		return false
	}
	for _, p := range e.Purposes {
		if p == purpose {
			return true
		}
	}
	return false
}

// Only says whether the purpose is listed and is the only one.
func (e *ExtendedKeyUsage) Only(purpose asn1.ObjectIdentifier) bool {
	return e.Has(purpose) && len(e.Purposes) == 1
}

func readExtKeyUsage(v cryptobyte.String, critical bool) (*ExtendedKeyUsage, bool) {
	var seq cryptobyte.String
	if !v.ReadASN1(&seq, cbasn1.SEQUENCE) || !v.Empty() {
		return nil, false
	}
	e := &ExtendedKeyUsage{Critical: critical}
	for !seq.Empty() {
		oid, ok := readOID(&seq)
		if !ok || len(e.Purposes) == 256 {
			return nil, false
		}
		e.Purposes = append(e.Purposes, oid)
	}
	return e, len(e.Purposes) > 0
}
