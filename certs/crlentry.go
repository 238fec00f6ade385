package certs

import (
	"math/big"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// maxCRLEntries bounds the entries of one CRL.
const maxCRLEntries = 5_000_000

// rawEntry is one entry in its encoding.
type rawEntry struct {
	serial []byte // contents of the INTEGER
	date   time.Time
	rest   cryptobyte.String // crlEntryExtensions, empty when absent
}

// nextEntry reads the next revoked certificate.
func nextEntry(list *cryptobyte.String) (rawEntry, bool) {
	var one, serial cryptobyte.String
	var e rawEntry
	if !list.ReadASN1(&one, cbasn1.SEQUENCE) || !one.ReadASN1(&serial, cbasn1.INTEGER) || len(serial) == 0 {
		return e, false
	}
	e.serial = serial
	var ok bool
	if e.date, _, ok = readTime(&one); !ok {
		return e, false
	}
	e.rest = one
	return e, true
}

// extensions reads the entry's extensions; nil when it has none, or they are malformed.
func (e rawEntry) extensions() []Extension {
	if e.rest.Empty() {
		return nil
	}
	list, _ := readExtensionList(e.rest)
	return list
}

// reasonOnly recognises the encoding of a reasonCode alone, not critical, which is all that most entries of long lists have (RFC 5280, 5.3.1).
func (e rawEntry) reasonOnly() bool {
	const before = "\x30\x0c\x30\x0a\x06\x03\x55\x1d\x15\x04\x03\x0a\x01" // SEQUENCE OF, Extension, 2.5.29.21, OCTET STRING, ENUMERATED
	return len(e.rest) == len(before)+1 && string(e.rest[:len(before)]) == before
}

// checkEntries goes over all entries once: a malformed one makes the CRL unreadable, and a critical entry extension that this package does not
// know makes it unusable for every certificate (RFC 5280, 5.3).
func (c *CRL) checkEntries(version int) bool {
	for list := c.revoked; !list.Empty(); c.Entries++ {
		e, ok := nextEntry(&list)
		if !ok || c.Entries == maxCRLEntries {
			return false
		}
		if e.rest.Empty() {
			continue
		}
		var list []Extension
		if !e.reasonOnly() {
			if list, ok = readExtensionList(e.rest); !ok {
				return false
			}
			if len(list) == 0 {
				continue
			}
		}
		if version != 1 && !c.HasProblem("ENTRY_EXTENSIONS_BEFORE_V2") {
			c.problem("ENTRY_EXTENSIONS_BEFORE_V2", "")
		}
		if !c.checkEntryExtensions(list) {
			return false
		}
	}
	return true
}

func (c *CRL) checkEntryExtensions(list []Extension) bool {
	for _, x := range list {
		switch x.ID {
		case "2.5.29.21", "2.5.29.23", "2.5.29.24":
		case "2.5.29.29":
			if c.Scope == nil || !c.Scope.Indirect {
				c.problem("ENTRY_ISSUER_IN_DIRECT_CRL", "")
			}
		default:
			if x.Critical {
				c.problem("EXTENSION_CRITICAL_UNKNOWN", string(x.ID))
			}
		}
	}
	return len(c.Problems) < 1000
}

// serialKey is an INTEGER's value as a map key, whatever its encoding.
func serialKey(n *big.Int) string { return n.Text(62) }

// Lookup returns the entry of a certificate given by issuer and serial number; of several the gravest. In an indirect CRL the issuer is that of
// the certificateIssuer entry extension, which lasts until the next one (RFC 5280, 5.3.3).
func (c *CRL) Lookup(issuer Name, serial *big.Int) (*CRLEntry, bool) {
	want := serialContents(serial)
	current := c.Issuer.Equal(issuer)
	indirect := c.Scope != nil && c.Scope.Indirect
	var found *CRLEntry
	for list := c.revoked; !list.Empty(); {
		e, ok := nextEntry(&list)
		if !ok {
			break
		}
		if indirect {
			if names, ok := e.certificateIssuer(); ok {
				current = namesInclude(names, issuer)
			}
		}
		if !current || string(minimal(e.serial)) != want {
			continue
		}
		if entry := e.entry(); found == nil || entry.graver(found) {
			found = entry
		}
	}
	return found, found != nil
}

// serialContents is the minimal two's complement of a serial number.
func serialContents(n *big.Int) string {
	var b []byte
	if n.Sign() >= 0 {
		b = append([]byte{0}, n.Bytes()...)
	} else {
		size := uint(n.BitLen()/8 + 1)
		b = new(big.Int).Add(n, new(big.Int).Lsh(big.NewInt(1), 8*size)).Bytes()
	}
	return string(minimal(b))
}

// minimal strips octets that repeat the sign.
func minimal(b []byte) []byte {
	for len(b) > 1 && (b[0] == 0 && b[1]&0x80 == 0 || b[0] == 0xff && b[1]&0x80 != 0) {
		b = b[1:]
	}
	return b
}

func (e rawEntry) certificateIssuer() ([]GeneralName, bool) {
	x, ok := findExtension(e.extensions(), "2.5.29.29")
	if !ok {
		return nil, false
	}
	names, ok := readGeneralNames(cryptobyte.String(x.Value))
	return names, ok
}

// namesInclude says whether one of the names is this directory name.
func namesInclude(names []GeneralName, n Name) bool {
	for _, g := range names {
		if g.Type == DirectoryName && g.Directory.Equal(n) {
			return true
		}
	}
	return false
}

func (e rawEntry) entry() *CRLEntry {
	out := &CRLEntry{RevokedAt: e.date}
	for _, x := range e.extensions() {
		v := cryptobyte.String(x.Value)
		switch x.ID {
		case "2.5.29.21":
			if n, ok := readSmall(&v, cbasn1.ENUM); ok {
				out.Reason = RevocationReason(n)
			}
		case "2.5.29.24":
			if t, _, ok := readTime(&v); ok {
				out.Invalidity = t
			}
		}
	}
	return out
}

// graver orders two entries of the same certificate: revoked beats on hold beats removed, earlier beats later.
func (e *CRLEntry) graver(o *CRLEntry) bool {
	rank := func(r RevocationReason) int {
		switch r {
		case RemoveFromCRL:
			return 0
		case CertificateHold:
			return 1
		default:
			return 2
		}
	}
	if a, b := rank(e.Reason), rank(o.Reason); a != b {
		return a > b
	}
	return e.RevokedAt.Before(o.RevokedAt)
}
