package certs

import (
	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// Access says where the issuer publishes its certificates and the state of this one.
type Access struct {
	OCSPURLs              []string // authorityInfoAccess, id-ad-ocsp
	IssuerURLs            []string // authorityInfoAccess, id-ad-caIssuers
	CRLDistributionPoints []DistributionPoint
	FreshestCRL           []DistributionPoint
}

// DistributionPoint is one source of a CRL (RFC 5280, 4.2.1.13).
//
//	DistributionPoint ::= SEQUENCE { distributionPoint [0] DistributionPointName OPTIONAL, reasons [1] ReasonFlags OPTIONAL, cRLIssuer [2] GeneralNames OPTIONAL }
type DistributionPoint struct {
	FullName []GeneralName // with a relative name resolved against the CRL issuer
	Reasons  ReasonFlags   // zero: all
	Issuer   []GeneralName // cRLIssuer; empty: the certificate's issuer
	hasName  bool
}

// ReasonFlags is a set of revocation reasons; bit n of the value is bit n of the BIT STRING (RFC 5280, 4.2.1.13).
type ReasonFlags uint16

// allReasons is every reason a CRL can cover: keyCompromise to aACompromise.
const allReasons ReasonFlags = 0x1fe

// URLs returns the http and https addresses of the point.
func (d DistributionPoint) URLs() []string {
	var out []string
	for _, g := range d.FullName {
		if g.Type == URI && isHTTP(g.Text) {
			out = append(out, g.Text)
		}
	}
	return out
}

// CRLURLs returns the http and https addresses of the certificate's CRLs, in the order of the extension.
func (a *Access) CRLURLs() []string {
	var out []string
	for _, d := range a.CRLDistributionPoints {
		out = append(out, d.URLs()...)
	}
	return out
}

func isHTTP(u string) bool {
	return len(u) > 7 && (equalFoldASCII(u[:7], "http://") || len(u) > 8 && equalFoldASCII(u[:8], "https://"))
}

func readDistributionPoints(v cryptobyte.String, issuer Name) ([]DistributionPoint, bool) {
	var seq cryptobyte.String
	if !v.ReadASN1(&seq, cbasn1.SEQUENCE) || !v.Empty() {
		return nil, false
	}
	var out []DistributionPoint
	for !seq.Empty() {
		var one cryptobyte.String
		if len(out) == 64 || !seq.ReadASN1(&one, cbasn1.SEQUENCE) {
			return nil, false
		}
		d, ok := readDistributionPoint(one, issuer)
		if !ok {
			return nil, false
		}
		out = append(out, d)
	}
	return out, len(out) > 0
}

func readDistributionPoint(one cryptobyte.String, issuer Name) (DistributionPoint, bool) {
	var d DistributionPoint
	var name, reasons, crlIssuer cryptobyte.String
	var hasReasons, hasIssuer, ok bool
	if !one.ReadOptionalASN1(&name, &d.hasName, constructedTag(0)) ||
		!one.ReadOptionalASN1(&reasons, &hasReasons, contextTag(1)) ||
		!one.ReadOptionalASN1(&crlIssuer, &hasIssuer, constructedTag(2)) || !one.Empty() {
		return d, false
	}
	if hasReasons {
		if d.Reasons, ok = readReasons(reasons); !ok {
			return d, false
		}
	}
	if hasIssuer {
		if d.Issuer, ok = readGeneralNameList(crlIssuer); !ok {
			return d, false
		}
		for _, g := range d.Issuer { // RFC 5280, 4.2.1.13: a relative name is relative to the one cRLIssuer
			if g.Type == DirectoryName {
				issuer = g.Directory
				break
			}
		}
	}
	if d.hasName {
		d.FullName, ok = readDistributionPointName(name, issuer)
		return d, ok
	}
	return d, hasIssuer
}

// readDistributionPointName reads CHOICE { fullName [0] GeneralNames, nameRelativeToCRLIssuer [1] RelativeDistinguishedName }.
func readDistributionPointName(s cryptobyte.String, issuer Name) ([]GeneralName, bool) {
	var content cryptobyte.String
	var tag cbasn1.Tag
	if !s.ReadAnyASN1(&content, &tag) || !s.Empty() {
		return nil, false
	}
	switch tag {
	case constructedTag(0):
		return readGeneralNameList(content)
	case constructedTag(1):
		rdn, ok := readRDN(content)
		if !ok {
			return nil, false
		}
		full := Name{RDNs: append(issuer.RDNs[:len(issuer.RDNs):len(issuer.RDNs)], rdn), keys: append(issuer.keys[:len(issuer.keys):len(issuer.keys)], rdn.key())}
		return []GeneralName{{Type: DirectoryName, Directory: full}}, true
	default:
		return nil, false
	}
}

func readReasons(content cryptobyte.String) (ReasonFlags, bool) {
	if len(content) < 1 || content[0] > 7 {
		return 0, false
	}
	var r ReasonFlags
	bits := content[1:]
	for i := range min(9, 8*len(bits)) {
		if bits[i/8]&(0x80>>(i%8)) != 0 {
			r |= 1 << i
		}
	}
	return r, true
}

// readInfoAccess reads AuthorityInfoAccessSyntax (RFC 5280, 4.2.2.1).
func (c *Certificate) readInfoAccess(v cryptobyte.String) bool {
	var seq cryptobyte.String
	if !v.ReadASN1(&seq, cbasn1.SEQUENCE) || !v.Empty() || seq.Empty() {
		return false
	}
	for n := 0; !seq.Empty(); n++ {
		var one cryptobyte.String
		if n == 64 || !seq.ReadASN1(&one, cbasn1.SEQUENCE) {
			return false
		}
		method, ok := readOID(&one)
		if !ok {
			return false
		}
		g, ok := readGeneralName(&one)
		if !ok || !one.Empty() {
			return false
		}
		if g.Type != URI {
			continue
		}
		switch method.String() {
		case "1.3.6.1.5.5.7.48.1":
			c.OCSPURLs = append(c.OCSPURLs, g.Text)
		case "1.3.6.1.5.5.7.48.2":
			c.IssuerURLs = append(c.IssuerURLs, g.Text)
		}
	}
	return true
}
