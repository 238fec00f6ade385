package certs

import (
	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"mohur/internal/asn1"
)

// Extension is one extension as received.
//
//	Extension ::= SEQUENCE { extnID OBJECT IDENTIFIER, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING }
type Extension struct {
	ID       asn1.ObjectIdentifier
	Critical bool
	Value    []byte // the DER inside the OCTET STRING
}

// maxExtensions bounds the extensions of one certificate, CRL or response.
const maxExtensions = 256

// The extensions that this package processes (RFC 5280, 4.2 and 5.2; RFC 6960, 4.4; RFC 3739; ETSI EN 319 412-1).
const (
	oidSubjectKeyID         asn1.ObjectIdentifier = "2.5.29.14"
	oidKeyUsage             asn1.ObjectIdentifier = "2.5.29.15"
	oidSubjectAltName       asn1.ObjectIdentifier = "2.5.29.17"
	oidIssuerAltName        asn1.ObjectIdentifier = "2.5.29.18"
	oidBasicConstraints     asn1.ObjectIdentifier = "2.5.29.19"
	oidNameConstraints      asn1.ObjectIdentifier = "2.5.29.30"
	oidCRLDistribution      asn1.ObjectIdentifier = "2.5.29.31"
	oidCertificatePolicies  asn1.ObjectIdentifier = "2.5.29.32"
	oidPolicyMappings       asn1.ObjectIdentifier = "2.5.29.33"
	oidAuthorityKeyID       asn1.ObjectIdentifier = "2.5.29.35"
	oidPolicyConstraints    asn1.ObjectIdentifier = "2.5.29.36"
	oidExtKeyUsage          asn1.ObjectIdentifier = "2.5.29.37"
	oidFreshestCRL          asn1.ObjectIdentifier = "2.5.29.46"
	oidInhibitAnyPolicy     asn1.ObjectIdentifier = "2.5.29.54"
	oidAuthorityInfoAccess  asn1.ObjectIdentifier = "1.3.6.1.5.5.7.1.1"
	oidQCStatements         asn1.ObjectIdentifier = "1.3.6.1.5.5.7.1.3"
	oidOCSPNoCheck          asn1.ObjectIdentifier = "1.3.6.1.5.5.7.48.1.5"
	oidValidityAssuredShort asn1.ObjectIdentifier = "0.4.0.194121.2.1"
)

// readExtensionList reads Extensions ::= SEQUENCE SIZE (1..MAX) OF Extension.
func readExtensionList(s cryptobyte.String) ([]Extension, bool) {
	var seq cryptobyte.String
	if !s.ReadASN1(&seq, cbasn1.SEQUENCE) || !s.Empty() {
		return nil, false
	}
	var out []Extension
	for !seq.Empty() {
		var one, value cryptobyte.String
		if len(out) == maxExtensions || !seq.ReadASN1(&one, cbasn1.SEQUENCE) {
			return nil, false
		}
		var e Extension
		var ok bool
		if e.ID, ok = readOID(&one); !ok {
			return nil, false
		}
		if one.PeekASN1Tag(cbasn1.BOOLEAN) {
			if e.Critical, ok = readBool(&one, cbasn1.BOOLEAN); !ok {
				return nil, false
			}
		}
		if !one.ReadASN1(&value, cbasn1.OCTET_STRING) || !one.Empty() {
			return nil, false
		}
		e.Value = value
		out = append(out, e)
	}
	return out, true
}

// Extension returns the first extension of that identifier.
func (c *Certificate) Extension(id asn1.ObjectIdentifier) (Extension, bool) {
	return findExtension(c.Extensions, id)
}

func findExtension(list []Extension, id asn1.ObjectIdentifier) (Extension, bool) {
	for _, e := range list {
		if e.ID == id {
			return e, true
		}
	}
	return Extension{}, false
}

// readExtensions reads the list and every extension that this package knows. A malformed known extension, a duplicate and an unknown
// critical one become Problems, which the path validation refuses; they do not hide the certificate.
func (c *Certificate) readExtensions(s cryptobyte.String) bool {
	var ok bool
	if c.Extensions, ok = readExtensionList(s); !ok {
		return false
	}
	if len(c.Extensions) == 0 {
		c.problem("EXTENSIONS_EMPTY", "")
	}
	seen := make(map[string]bool, len(c.Extensions))
	for _, e := range c.Extensions {
		id := e.ID.String()
		if seen[id] {
			c.problem("EXTENSION_DUPLICATE", id)
			continue
		}
		seen[id] = true
		known, ok := c.readExtension(e)
		switch {
		case !ok:
			c.problem("EXTENSION_MALFORMED", id)
		case !known && e.Critical:
			c.problem("EXTENSION_CRITICAL_UNKNOWN", id)
		}
	}
	return true
}

// readExtension dispatches one extension; known is false for those that this package does not process.
func (c *Certificate) readExtension(e Extension) (known, ok bool) {
	v := cryptobyte.String(e.Value)
	switch e.ID.String() {
	case "2.5.29.14":
		var id cryptobyte.String
		ok = v.ReadASN1(&id, cbasn1.OCTET_STRING) && v.Empty()
		c.SubjectKeyID = id
	case "2.5.29.15":
		c.KeyUsage, ok = readKeyUsage(v)
	case "2.5.29.17":
		if len(e.Value) == 2 && e.Value[0] == 0x30 && e.Value[1] == 0 { // some CAs write it without a name: odd, and harmless
			c.problem("SUBJECT_ALT_NAME_EMPTY", "")
			return true, true
		}
		c.SubjectAltNames, ok = readGeneralNames(v)
	case "2.5.29.18":
		_, ok = readGeneralNames(v)
	case "2.5.29.19":
		c.BasicConstraints, ok = readBasicConstraints(v)
	case "2.5.29.30":
		c.NameConstraints, ok = readNameConstraints(v)
	case "2.5.29.31":
		c.CRLDistributionPoints, ok = readDistributionPoints(v, c.Issuer)
	case "2.5.29.32":
		c.Policies, ok = readPolicies(v)
		for _, p := range c.Policies { // RFC 5280, 4.2.1.4: critical means the qualifiers too
			if p.odd && e.Critical {
				return false, ok
			}
		}
	case "2.5.29.33":
		c.PolicyMappings, ok = readPolicyMappings(v)
	case "2.5.29.35":
		c.AuthorityKeyID, ok = readAuthorityKeyID(v)
	case "2.5.29.36":
		c.PolicyConstraints, ok = readPolicyConstraints(v)
	case "2.5.29.37":
		c.ExtendedKeyUsage, ok = readExtKeyUsage(v, e.Critical)
	case "2.5.29.46":
		c.FreshestCRL, ok = readDistributionPoints(v, c.Issuer)
	case "2.5.29.54":
		c.InhibitAnyPolicy, ok = readInhibitAnyPolicy(v)
	case "1.3.6.1.5.5.7.1.1":
		ok = c.readInfoAccess(v)
	case "1.3.6.1.5.5.7.1.3":
		c.QCStatements, ok = readQCStatements(v)
	case "1.3.6.1.5.5.7.48.1.5":
		c.OCSPNoCheck, ok = true, true
	case "0.4.0.194121.2.1":
		c.ValidityAssuredShort, ok = true, true
	case "2.5.29.56":
		c.NoRevocationAvailable, ok = true, true
	case "1.3.6.1.4.1.311.21.10": // Microsoft's application policies, which repeat the extended key usage
		_, has := c.Extension(oidExtKeyUsage)
		return has, true
	default:
		return false, true
	}
	return true, ok
}
