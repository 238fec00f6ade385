package certs

import (
	"encoding/hex"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"mohur/internal/asn1"
)

// Attribute is one AttributeTypeAndValue of a name, the value decoded to UTF-8.
type Attribute struct {
	Type  asn1.ObjectIdentifier
	Tag   uint8  // universal tag of the value as received: 12 UTF8String, 19 PrintableString, 20 T61String, 30 BMPString ...
	Value string // decoded text; "#" and hexadecimal DER when the value is no character string
	Raw   []byte // the value's whole TLV
}

// RDN is a RelativeDistinguishedName: usually one attribute, sometimes several.
type RDN []Attribute

// Name is a distinguished name in the order of the encoding (from country down to the person, as a rule).
//
//	Name ::= CHOICE { rdnSequence  RDNSequence }
//	RDNSequence ::= SEQUENCE OF RelativeDistinguishedName
//	RelativeDistinguishedName ::= SET SIZE (1..MAX) OF AttributeTypeAndValue
//	AttributeTypeAndValue ::= SEQUENCE { type AttributeType, value AttributeValue }
//
// (RFC 5280, 4.1.2.4.)
type Name struct {
	RDNs []RDN
	keys []string // per RDN, the form that RFC 5280, 7.1 compares
}

// The attribute types that signers' certificates use (X.520, RFC 4519, EN 319 412-2 and -3).
const (
	oidCommonName             asn1.ObjectIdentifier = "2.5.4.3"
	oidSurname                asn1.ObjectIdentifier = "2.5.4.4"
	oidSerialNumber           asn1.ObjectIdentifier = "2.5.4.5"
	oidCountry                asn1.ObjectIdentifier = "2.5.4.6"
	oidOrganization           asn1.ObjectIdentifier = "2.5.4.10"
	oidOrganizationalUnit     asn1.ObjectIdentifier = "2.5.4.11"
	oidTitle                  asn1.ObjectIdentifier = "2.5.4.12"
	oidGivenName              asn1.ObjectIdentifier = "2.5.4.42"
	oidPseudonym              asn1.ObjectIdentifier = "2.5.4.65"
	oidOrganizationIdentifier asn1.ObjectIdentifier = "2.5.4.97"
	oidEmailAddress           asn1.ObjectIdentifier = "1.2.840.113549.1.9.1"
)

const (
	maxNameRDNs       = 256 // RDNs in one name; real ones have fewer than 20
	maxNameAttributes = 64  // attributes in one RDN
)

// ParseName reads a DER Name with nothing after it.
func ParseName(der []byte) (Name, error) {
	s := cryptobyte.String(der)
	n, ok := readName(&s)
	if !ok || !s.Empty() {
		return Name{}, &ParseError{What: "name", Err: errDER}
	}
	return n, nil
}

func readName(s *cryptobyte.String) (Name, bool) {
	var seq cryptobyte.String
	if !s.ReadASN1(&seq, cbasn1.SEQUENCE) {
		return Name{}, false
	}
	return readRDNs(seq)
}

func readRDNs(seq cryptobyte.String) (Name, bool) {
	var n Name
	for !seq.Empty() {
		var set cryptobyte.String
		if len(n.RDNs) == maxNameRDNs || !seq.ReadASN1(&set, cbasn1.SET) {
			return Name{}, false
		}
		rdn, ok := readRDN(set)
		if !ok {
			return Name{}, false
		}
		n.RDNs = append(n.RDNs, rdn)
		n.keys = append(n.keys, rdn.key())
	}
	return n, true
}

func readRDN(set cryptobyte.String) (RDN, bool) {
	var rdn RDN
	for !set.Empty() {
		var atv, value cryptobyte.String
		var tag cbasn1.Tag
		if len(rdn) == maxNameAttributes || !set.ReadASN1(&atv, cbasn1.SEQUENCE) {
			return nil, false
		}
		oid, ok := readOID(&atv)
		if !ok || !atv.ReadAnyASN1Element(&value, &tag) || !atv.Empty() {
			return nil, false
		}
		raw := []byte(value)
		var content cryptobyte.String
		value.ReadAnyASN1(&content, &tag)
		rdn = append(rdn, Attribute{Type: oid, Tag: uint8(tag), Value: decodeString(tag, content, raw), Raw: raw})
	}
	return rdn, len(rdn) > 0
}

// decodeString turns a DirectoryString, or a relative of it, into UTF-8. T61String is read as ISO 8859-1, as everybody does, unless it is
// plainly UTF-8.
func decodeString(tag cbasn1.Tag, content, raw []byte) string {
	switch tag {
	case cbasn1.UTF8String, cbasn1.PrintableString, cbasn1.IA5String, 18, 26, 25, 27: // 18 Numeric, 25 Graphic, 26 Visible, 27 General
		if utf8.Valid(content) {
			return string(content)
		}
		return latin1(content)
	case cbasn1.T61String:
		if utf8.Valid(content) {
			return string(content)
		}
		return latin1(content)
	case 30: // BMPString
		if len(content)%2 == 0 {
			units := make([]uint16, len(content)/2)
			for i := range units {
				units[i] = uint16(content[2*i])<<8 | uint16(content[2*i+1])
			}
			return string(utf16.Decode(units))
		}
	case 28: // UniversalString
		if len(content)%4 == 0 {
			var b strings.Builder
			for i := 0; i < len(content); i += 4 {
				b.WriteRune(rune(uint32(content[i])<<24 | uint32(content[i+1])<<16 | uint32(content[i+2])<<8 | uint32(content[i+3])))
			}
			return b.String()
		}
	}
	return "#" + hex.EncodeToString(raw)
}

func latin1(b []byte) string {
	r := make([]rune, len(b))
	for i, c := range b {
		r[i] = rune(c)
	}
	return string(r)
}

// Get returns the value of the last (most specific) attribute of a type, empty if there is none.
func (n Name) Get(oid asn1.ObjectIdentifier) string {
	for i := len(n.RDNs) - 1; i >= 0; i-- {
		for _, a := range n.RDNs[i] {
			if a.Type == oid {
				return a.Value
			}
		}
	}
	return ""
}

// All returns every value of an attribute type, in the order of the encoding.
func (n Name) All(oid asn1.ObjectIdentifier) []string {
	var out []string
	for _, rdn := range n.RDNs {
		for _, a := range rdn {
			if a.Type == oid {
				out = append(out, a.Value)
			}
		}
	}
	return out
}

// IsEmpty says whether the name has no RDN at all.
func (n Name) IsEmpty() bool { return len(n.RDNs) == 0 }

// CommonName returns the subject's common name.
func (n Name) CommonName() string { return n.Get(oidCommonName) }

// Organization returns the organisation's name.
func (n Name) Organization() string { return n.Get(oidOrganization) }

// OrganizationalUnit returns the unit within the organisation.
func (n Name) OrganizationalUnit() string { return n.Get(oidOrganizationalUnit) }

// SerialNumber returns the subject's serialNumber attribute, where a person's FİN is expected (EN 319 412-2, 4.2.4 for its form).
func (n Name) SerialNumber() string { return n.Get(oidSerialNumber) }

// OrganizationIdentifier returns organizationIdentifier, where a body's VÖEN is expected (EN 319 412-3, 4.2.1).
func (n Name) OrganizationIdentifier() string { return n.Get(oidOrganizationIdentifier) }

// GivenName returns the person's given name.
func (n Name) GivenName() string { return n.Get(oidGivenName) }

// Surname returns the person's family name.
func (n Name) Surname() string { return n.Get(oidSurname) }

// Title returns the person's position.
func (n Name) Title() string { return n.Get(oidTitle) }

// Country returns the two-letter country code.
func (n Name) Country() string { return n.Get(oidCountry) }

// Pseudonym returns the pseudonym, when the certificate names no person.
func (n Name) Pseudonym() string { return n.Get(oidPseudonym) }

// Display returns the one text by which people know the subject: the first of common name, given name, surname, pseudonym, organisation and
// unit that is there, the order in which the field's reference implementation chooses.
func (n Name) Display() string {
	for _, oid := range []asn1.ObjectIdentifier{oidCommonName, oidGivenName, oidSurname, oidPseudonym, oidOrganization, oidOrganizationalUnit} {
		if v := n.Get(oid); v != "" {
			return v
		}
	}
	return n.String()
}
