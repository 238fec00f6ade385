package verify

import (
	"fmt"
	"slices"
	"time"

	"mohur/internal/algo"
)

// Names of the policies that are built in.
const (
	PolicyBasic     = "basic"
	PolicyEnhanced  = "azerbaijan-enhanced"
	PolicyQualified = "azerbaijan-qualified"
	PolicyArchive   = "archive"
)

// PolicyNames lists the built-in policies.
func PolicyNames() []string {
	return []string{PolicyBasic, PolicyEnhanced, PolicyQualified, PolicyArchive}
}

// NamedPolicy returns a built-in policy.
func NamedPolicy(name string) (*Policy, error) {
	switch name {
	case PolicyBasic:
		return Basic(), nil
	case PolicyEnhanced:
		return AzerbaijanEnhanced(), nil
	case PolicyQualified:
		return AzerbaijanQualified(), nil
	case PolicyArchive:
		return Archive(), nil
	}
	return nil, fmt.Errorf("there is no policy %q; built in are %v", name, PolicyNames())
}

// Basic is the default: what the field's reference implementation demands by default, and besides that no later revision of a PDF may do
// what its signer did not allow, and nothing may lie behind the last revision. Revocation data are fresh until their nextUpdate.
func Basic() *Policy {
	return &Policy{
		Name:        PolicyBasic,
		Description: "Advanced electronic signatures after ETSI EN 319 102-1 under the given trust anchors",
		Constraints: map[string]Level{
			ConstraintByteRange: Fail, ConstraintUncoveredBytes: Fail, ConstraintForbiddenChange: Fail, ConstraintChangesKnown: Fail,
			ConstraintAnnotationOverlay: Warn, ConstraintFieldTree: Fail, ConstraintStructure: Warn,
			ConstraintSingleSigner: Warn, ConstraintSignatureDuplicated: Fail,
			ConstraintCertificateAttribute: Warn, ConstraintCertificateUnicity: Warn, ConstraintIssuerSerial: Warn,
			ConstraintSigningTime: Fail, ConstraintSigningInTime: Fail, ConstraintMessageDigest: Fail, ConstraintContentType: Fail, ConstraintCryptographic: Fail,
			ConstraintExtendedUsage: Ignore, ConstraintNamedUsage: Ignore,
			ConstraintKeyUsage: Warn, ConstraintPolicies: Ignore, ConstraintStatements: Ignore, ConstraintSubFilter: Inform,
			ConstraintRevocationAvailable: Fail, ConstraintRevocationFresh: Warn,
			ConstraintTimestampOrder: Fail, ConstraintTimestampDelay: Ignore,
		},
		Algorithms: standardAlgorithms(),
		Signer:     CertificateRules{KeyUsage: []string{"nonRepudiation"}},
	}
}

// AzerbaijanEnhanced is for enhanced signatures (gücləndirilmiş elektron imza, law of 9 March 2004, 1.1.5): the register of certificates
// is renewed within three hours (accreditation rules, 9.4), so revocation data are at most that old at the best signature time.
func AzerbaijanEnhanced() *Policy {
	p := Basic()
	p.Name = PolicyEnhanced
	p.Description = "Enhanced electronic signatures: the law of 9 March 2004 on electronic signature and electronic document, 1.1.5"
	p.Constraints[ConstraintRevocationFresh] = Fail
	p.Constraints[ConstraintCertificateAttribute] = Fail
	p.Revocation.MaxAge = Duration(3 * time.Hour)
	return p
}

// statementQcCompliance is id-etsi-qcs-QcCompliance.
const statementQcCompliance = "0.4.0.1862.1.1"

// AzerbaijanQualified adds what a qualified certificate (təkmil sertifikat, 1.1.14) shows: a key for signatures that its holder cannot
// deny, and the issuer's statement that the certificate is qualified (QcCompliance, ETSI EN 319 412-5, 4.2.1). Issuers that mark their
// qualified certificates by a certificate policy instead are named in a policy file: "signer": {"statements": [], "policies": ["..."]}.
func AzerbaijanQualified() *Policy {
	p := AzerbaijanEnhanced()
	p.Name = PolicyQualified
	p.Description = "Enhanced electronic signatures with a qualified certificate: the law of 9 March 2004, 1.1.5 and 1.1.14"
	p.Constraints[ConstraintKeyUsage] = Fail
	p.Constraints[ConstraintPolicies] = Fail
	p.Constraints[ConstraintStatements] = Fail
	p.Signer.Statements = []string{statementQcCompliance}
	return p
}

// Archive is for what is taken over to be kept: only what a trusted time-stamp proves to have existed passes, since nothing else can be shown
// once the certificate has expired; an algorithm whose end has come is refused also where the table only forecast it; the signing certificate
// is protected by the signature itself, and no annotation may lie over what was signed. How old revocation data were at signing is a remark.
func Archive() *Policy {
	p := Basic()
	p.Name = PolicyArchive
	p.Description = "Signatures that are to be kept: proven in time, with algorithms that have not ended"
	p.Constraints[ConstraintProvenTime] = Fail
	p.Constraints[ConstraintCertificateAttribute] = Fail
	p.Constraints[ConstraintAnnotationOverlay] = Fail
	p.Algorithms.ExpirationAfterUpdate = Fail
	return p
}

// standardAlgorithms is the table of ETSI TS 119 312 as the field's reference implementation applies it: from the update date on, what
// expires later is a warning only.
func standardAlgorithms() AlgorithmRules {
	return AlgorithmRules{
		UpdateDate:            day(2024, 10, 13),
		ExpirationAfterUpdate: Warn,
		Digests: []DigestRule{
			{Name: "MD5", End: day(2004, 8, 1)},
			{Name: "SHA1", End: day(2012, 8, 1)},
			{Name: "SHA224", End: day(2029, 1, 1)},
			{Name: "SHA256"},
			{Name: "SHA384"},
			{Name: "SHA512"},
			{Name: "SHA3-256"},
			{Name: "SHA3-384"},
			{Name: "SHA3-512"},
			{Name: algo.SHAKE256.String()},
		},
		Signatures: []SignatureRule{
			{Family: "DSA", MinBits: 1024, End: day(2015, 12, 1)},
			{Family: "DSA", MinBits: 2048, End: day(2029, 1, 1)},
			{Family: "RSA", MinBits: 1024, End: day(2019, 10, 1)},
			{Family: "RSA", MinBits: 1536, End: day(2019, 10, 1)},
			{Family: "RSA", MinBits: 1900, End: day(2029, 1, 1)},
			{Family: "RSA", MinBits: 3000, End: day(2029, 1, 1)},
			{Family: "RSASSA-PSS", MinBits: 1024, End: day(2019, 10, 1)},
			{Family: "RSASSA-PSS", MinBits: 1536, End: day(2019, 10, 1)},
			{Family: "RSASSA-PSS", MinBits: 1900, End: day(2029, 1, 1)},
			{Family: "RSASSA-PSS", MinBits: 3000},
			{Family: "ECDSA", MinBits: 160, End: day(2012, 8, 1)},
			{Family: "ECDSA", MinBits: 163, End: day(2021, 10, 1)},
			{Family: "ECDSA", MinBits: 224, End: day(2021, 10, 1)},
			{Family: "ECDSA", MinBits: 256},
			{Family: "EdDSA", MinBits: 255},
		},
	}
}

// day makes a Date.
func day(y int, m time.Month, d int) Date { return Date{time.Date(y, m, d, 0, 0, 0, 0, time.UTC)} }

// clone copies a policy so that a change to the copy leaves the original alone.
func (p *Policy) clone() *Policy {
	c := *p
	c.Constraints = make(map[string]Level, len(p.Constraints))
	for k, v := range p.Constraints {
		c.Constraints[k] = v
	}
	c.Signer.ExtendedKeyUsage = slices.Clone(p.Signer.ExtendedKeyUsage)
	c.Algorithms.Digests = slices.Clone(p.Algorithms.Digests)
	c.Algorithms.Signatures = slices.Clone(p.Algorithms.Signatures)
	return &c
}

// level returns how strictly the policy asks for a constraint.
func (p *Policy) level(key string) Level {
	if l := p.Constraints[key]; l != "" {
		return l
	}
	return Ignore
}
