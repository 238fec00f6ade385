package demopki

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"time"
)

// Defect names something wrong with a certificate that is asked for. Defects may be joined with |.
type Defect uint32

// The defects of a signer's certificate. What is wrong with the *status* of a certificate is told afterwards: Revoke, Hold, Release.
const (
	Expired                  Defect = 1 << iota // validity ended a year before the hierarchy's birth
	NotYetValid                                 // validity begins a year after it
	WrongKeyUsage                               // keyEncipherment only
	WrongExtendedKeyUsage                       // serverAuth only
	UntrustedRoot                               // issued below Hierarchy.Untrusted, by authorities of the same names
	SHA1Signature                               // the issuer signs it with SHA-1
	MissingIntermediate                         // Chain is empty and the certificate names no issuer address
	NoRevocationSource                          // names neither CRL nor OCSP responder
	UnknownCriticalExtension                    // a critical extension nobody knows
	BrokenSignature                             // the last bit of the issuer's signature is turned over
	WithoutQCCompliance                         // no QcCompliance statement: not a qualified certificate
	WithoutSSCD                                 // no QcSSCD statement: the key isn't said to be in a certified device
	WrongIssuerName                             // the issuer's name matches nobody
)

// Profile is what persons' and bodies' certificates have in common. The zero value is a good certificate over a new P-256 key.
type Profile struct {
	Key            KeyKind          // of the new key; unused when PublicKey or Signer is given
	PublicKey      crypto.PublicKey // certify this key, which lives elsewhere (on a token): Signer.Key stays nil
	Signer         crypto.Signer    // certify this key and hand it back in Signer.Key
	NotBefore      time.Time        // zero: a month before the hierarchy's birth
	NotAfter       time.Time        // zero: three years after NotBefore
	Authentication bool             // a log-in certificate: digitalSignature with clientAuth instead of nonRepudiation
	Defect         Defect
}

// Person asks for a natural person's certificate. The zero value is a made-up person.
type Person struct {
	Profile
	GivenName, Surname string // "Əli", "Həsənov" when empty
	FIN                string // personal code, 7 letters and digits, in serialNumber; "5AZ1F2N" when empty
	Organisation       string // O, when the person acts for an organisation
	Title              string // T, the post there
	VOEN               string // tax number, 10 digits, in organizationIdentifier
	Email              string // rfc822Name
	SealRight          bool   // the head, or whom he named: the certificate carries the seal right (policy SealRightPolicy)
}

// Body asks for a state body's (or firm's) seal certificate. The zero value is a made-up agency.
type Body struct {
	Profile
	Organisation string // O; "Dövlət Nümayiş Agentliyi" when empty
	CommonName   string // CN; the organisation's name when empty
	Unit         string // OU
	VOEN         string // tax number, 10 digits, in organizationIdentifier; "1400000011" when empty
}

// Signer is a certificate with its key and the certificates up to, and without, the root.
type Signer struct {
	Key         crypto.Signer // nil when only a public key was given
	Certificate []byte        // DER
	Chain       [][]byte      // DER, the issuing authority; empty with MissingIntermediate
	Leaf        *x509.Certificate
}

var (
	oidGivenName      = asn1.ObjectIdentifier{2, 5, 4, 42}
	oidSurname        = asn1.ObjectIdentifier{2, 5, 4, 4}
	oidTitle          = asn1.ObjectIdentifier{2, 5, 4, 12}
	oidOrganisationID = asn1.ObjectIdentifier{2, 5, 4, 97}
)

// Person issues a certificate to a natural person.
func (h *Hierarchy) Person(p Person) (*Signer, error) {
	p.GivenName, p.Surname, p.FIN = or(p.GivenName, "Əli"), or(p.Surname, "Həsənov"), or(p.FIN, "5AZ1F2N")
	name := pkix.Name{Country: []string{"AZ"}, SerialNumber: p.FIN, CommonName: p.Surname + " " + p.GivenName}
	name.ExtraNames = attributes(oidGivenName, p.GivenName, oidSurname, p.Surname, oidTitle, p.Title, oidOrganisationID, p.VOEN)
	if p.Organisation != "" {
		name.Organization = []string{p.Organisation}
	}
	t := &x509.Certificate{Subject: name}
	if p.SealRight {
		t.Policies = append(t.Policies, policySealRight)
	}
	if p.Email != "" {
		t.EmailAddresses = []string{p.Email}
	}
	return h.issue(func(h *Hierarchy) *authority { return h.persons }, t, p.Profile, qcTypeESign)
}

// Body issues a seal certificate to an organisation.
func (h *Hierarchy) Body(b Body) (*Signer, error) {
	b.Organisation, b.VOEN = or(b.Organisation, "Dövlət Nümayiş Agentliyi"), or(b.VOEN, "1400000011")
	name := pkix.Name{Country: []string{"AZ"}, Organization: []string{b.Organisation}, CommonName: or(b.CommonName, b.Organisation)}
	name.ExtraNames = attributes(oidOrganisationID, b.VOEN)
	if b.Unit != "" {
		name.OrganizationalUnit = []string{b.Unit}
	}
	return h.issue(func(h *Hierarchy) *authority { return h.bodies }, &x509.Certificate{Subject: name}, b.Profile, qcTypeESeal)
}

func or(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}

// attributes pairs types with values and leaves out the empty ones.
func attributes(pairs ...any) []pkix.AttributeTypeAndValue {
	var out []pkix.AttributeTypeAndValue
	for i := 0; i+1 < len(pairs); i += 2 {
		oid, _ := pairs[i].(asn1.ObjectIdentifier)
		if v, _ := pairs[i+1].(string); v != "" {
			out = append(out, pkix.AttributeTypeAndValue{Type: oid, Value: v})
		}
	}
	return out
}

// issue turns a subject and a profile into a certificate.
func (h *Hierarchy) issue(pick func(*Hierarchy) *authority, t *x509.Certificate, p Profile, qcType asn1.ObjectIdentifier) (*Signer, error) {
	if p.Defect&UntrustedRoot != 0 {
		other, err := h.Untrusted()
		if err != nil {
			return nil, err
		}
		p.Defect &^= UntrustedRoot
		return other.issue(pick, t, p, qcType)
	}
	s := &Signer{Key: p.Signer}
	pub, err := h.subjectKey(s, p)
	if err != nil {
		return nil, err
	}
	issuer := pick(h)
	t.SerialNumber, t.SubjectKeyId = h.nextSerial(), keyID(pub)
	h.dates(t, p)
	h.pointTo(t, issuer)
	if err := profile(t, p, qcType); err != nil {
		return nil, err
	}
	if err := spoil(t, p.Defect, issuer.key); err != nil {
		return nil, err
	}
	cert, err := h.signDefective(t, issuer, pub, p.Defect)
	if err != nil {
		return nil, fmt.Errorf("demopki: issuing to %s: %w", t.Subject.CommonName, err)
	}
	s.Leaf, s.Certificate = cert, cert.Raw
	if p.Defect&MissingIntermediate == 0 {
		s.Chain = [][]byte{issuer.cert.Raw}
	}
	return s, nil
}

// subjectKey decides which key is certified, and makes one if none was given.
func (h *Hierarchy) subjectKey(s *Signer, p Profile) (crypto.PublicKey, error) {
	switch {
	case p.Signer != nil:
		return p.Signer.Public(), nil
	case p.PublicKey != nil:
		return p.PublicKey, nil
	}
	key, err := GenerateKey(p.Key, h.opt.Rand)
	if err != nil {
		return nil, fmt.Errorf("demopki: a signer's key: %w", err)
	}
	s.Key = key
	return key.Public(), nil
}

// dates sets the validity period.
func (h *Hierarchy) dates(t *x509.Certificate, p Profile) {
	t.NotBefore, t.NotAfter = h.signerValidity()
	switch {
	case p.Defect&Expired != 0:
		t.NotBefore, t.NotAfter = h.born.AddDate(-4, 0, 0), h.born.AddDate(-1, 0, 0)
	case p.Defect&NotYetValid != 0:
		t.NotBefore, t.NotAfter = h.born.AddDate(1, 0, 0), h.born.AddDate(4, 0, 0)
	}
	if !p.NotBefore.IsZero() {
		t.NotBefore, t.NotAfter = p.NotBefore, p.NotBefore.AddDate(3, 0, 0)
	}
	if !p.NotAfter.IsZero() {
		t.NotAfter = p.NotAfter
	}
}

// signDefective signs with the issuer's key, and damages what can be damaged only afterwards.
func (h *Hierarchy) signDefective(t *x509.Certificate, issuer *authority, pub crypto.PublicKey, d Defect) (*x509.Certificate, error) {
	parent := issuer.cert
	if d&WrongIssuerName != 0 {
		renamed := *parent
		renamed.RawSubject = nil
		renamed.Subject = pkix.Name{Country: []string{"AZ"}, CommonName: "Naməlum Mərkəz"}
		parent = &renamed
	}
	cert, err := h.sign(t, parent, pub, issuer.key)
	if err != nil {
		return nil, err
	}
	if d&BrokenSignature != 0 {
		der := bytes.Clone(cert.Raw)
		der[len(der)-1] ^= 1
		if cert, err = x509.ParseCertificate(der); err != nil {
			return nil, err
		}
	}
	h.remember(issuer, cert)
	return cert, nil
}

// sha1Algorithm is the SHA-1 signature algorithm of an issuer's key.
func sha1Algorithm(key crypto.Signer) (x509.SignatureAlgorithm, error) {
	switch key.Public().(type) {
	case *rsa.PublicKey:
		return x509.SHA1WithRSA, nil
	case *ecdsa.PublicKey:
		return x509.ECDSAWithSHA1, nil
	}
	return 0, errors.New("demopki: there is no SHA-1 signature with this issuer's key")
}
