package certs

import (
	"net/netip"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"mohur/internal/asn1"
)

// GeneralNameType is the tag of a GeneralName.
type GeneralNameType uint8

// The forms of GeneralName (RFC 5280, 4.2.1.6), numbered as their tags.
const (
	OtherName GeneralNameType = iota
	RFC822Name
	DNSName
	X400Address
	DirectoryName
	EDIPartyName
	URI
	IPAddress
	RegisteredID
)

// GeneralName is one name of whatever form.
type GeneralName struct {
	Type      GeneralNameType
	Text      string // of an e-mail address, DNS name, URI or dotted registered identifier
	Directory Name
	IP        []byte                // 4 or 16 bytes; 8 or 32 in name constraints, where a mask follows
	TypeID    asn1.ObjectIdentifier // of an otherName
	Raw       []byte
}

// Addr returns the IP address of an iPAddress name.
func (g GeneralName) Addr() (netip.Addr, bool) { return netip.AddrFromSlice(g.IP) }

// maxGeneralNames bounds one list of names; large name constraints are judged, not refused, up to here.
const maxGeneralNames = 20000

// readGeneralNames reads GeneralNames ::= SEQUENCE SIZE (1..MAX) OF GeneralName.
func readGeneralNames(v cryptobyte.String) ([]GeneralName, bool) {
	var seq cryptobyte.String
	if !v.ReadASN1(&seq, cbasn1.SEQUENCE) || !v.Empty() {
		return nil, false
	}
	return readGeneralNameList(seq)
}

func readGeneralNameList(seq cryptobyte.String) ([]GeneralName, bool) {
	var out []GeneralName
	for !seq.Empty() {
		g, ok := readGeneralName(&seq)
		if !ok || len(out) == maxGeneralNames {
			return nil, false
		}
		out = append(out, g)
	}
	return out, len(out) > 0
}

func readGeneralName(s *cryptobyte.String) (GeneralName, bool) {
	var element, content cryptobyte.String
	var tag cbasn1.Tag
	if !s.ReadAnyASN1Element(&element, &tag) {
		return GeneralName{}, false
	}
	g := GeneralName{Raw: element, Type: GeneralNameType(tag & 0x1f)}
	element.ReadAnyASN1(&content, &tag)
	switch tag {
	case contextTag(1), contextTag(2), contextTag(6):
		g.Text = string(content)
		return g, isASCII(g.Text)
	case contextTag(7):
		g.IP = content
		return g, len(content) == 4 || len(content) == 16 || len(content) == 8 || len(content) == 32
	case contextTag(8):
		return g, len(content) > 0
	case constructedTag(4):
		var ok bool
		g.Directory, ok = readName(&content)
		return g, ok && content.Empty()
	case constructedTag(0):
		var ok bool
		g.TypeID, ok = readOID(&content)
		return g, ok
	case constructedTag(3), constructedTag(5):
		return g, true
	default:
		return GeneralName{}, false
	}
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// AuthorityKeyID names the issuer's key (RFC 5280, 4.2.1.1).
type AuthorityKeyID struct {
	KeyID  []byte
	Issuer []GeneralName
	Serial []byte // content octets of the INTEGER
}

func readAuthorityKeyID(v cryptobyte.String) (*AuthorityKeyID, bool) {
	var seq, part cryptobyte.String
	if !v.ReadASN1(&seq, cbasn1.SEQUENCE) || !v.Empty() {
		return nil, false
	}
	a := &AuthorityKeyID{}
	var has, ok bool
	if !seq.ReadOptionalASN1(&part, &has, contextTag(0)) {
		return nil, false
	}
	if has {
		a.KeyID = part
	}
	if !seq.ReadOptionalASN1(&part, &has, constructedTag(1)) {
		return nil, false
	}
	if has {
		if a.Issuer, ok = readGeneralNameList(part); !ok {
			return nil, false
		}
	}
	if !seq.ReadOptionalASN1(&part, &has, contextTag(2)) {
		return nil, false
	}
	if has {
		a.Serial = part
	}
	return a, seq.Empty()
}
