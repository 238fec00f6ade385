package certs

import (
	"strings"
)

// shortNames are the attribute keywords of RFC 4514, 3 and the few more that X.509 practice writes by name.
func shortName(oid string) string {
	switch oid {
	case "2.5.4.3":
		return "CN"
	case "2.5.4.4":
		return "SN"
	case "2.5.4.5":
		return "serialNumber"
	case "2.5.4.6":
		return "C"
	case "2.5.4.7":
		return "L"
	case "2.5.4.8":
		return "ST"
	case "2.5.4.9":
		return "STREET"
	case "2.5.4.10":
		return "O"
	case "2.5.4.11":
		return "OU"
	case "2.5.4.12":
		return "title"
	case "2.5.4.42":
		return "GN"
	case "2.5.4.65":
		return "pseudonym"
	case "2.5.4.97":
		return "organizationIdentifier"
	case "0.9.2342.19200300.100.1.25":
		return "DC"
	case "0.9.2342.19200300.100.1.1":
		return "UID"
	case "1.2.840.113549.1.9.1":
		return "emailAddress"
	default:
		return oid
	}
}

// String writes the name as RFC 4514 does: most specific first, special characters escaped, letters of every alphabet as they are.
func (n Name) String() string {
	var b strings.Builder
	for i := len(n.RDNs) - 1; i >= 0; i-- {
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		for j, a := range n.RDNs[i] {
			if j > 0 {
				b.WriteByte('+')
			}
			b.WriteString(shortName(a.Type.String()))
			b.WriteByte('=')
			escapeDN(&b, a.Value)
		}
	}
	return b.String()
}

// escapeDN escapes a value as RFC 4514, 2.4 asks.
func escapeDN(b *strings.Builder, v string) {
	const hexDigits = "0123456789ABCDEF"
	for i, r := range v {
		switch {
		case r == 0 || r < 0x20 || r == 0x7f:
			b.WriteByte('\\')
			b.WriteByte(hexDigits[r>>4])
			b.WriteByte(hexDigits[r&15])
			continue
		case strings.ContainsRune(`"+,;<>\`, r), i == 0 && (r == '#' || r == ' '), r == ' ' && i == len(v)-1:
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
}
