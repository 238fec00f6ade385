package demopki

import (
	"crypto"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/binary"
	"fmt"
	"math/big"
	"time"
)

// authority is one certificate authority with its delegated OCSP responder.
type authority struct {
	slug   string // the name in URLs and files: root, persons, bodies
	parent *authority
	key    crypto.Signer
	cert   *x509.Certificate

	responderKey  crypto.Signer
	responderCert *x509.Certificate
}

// subjectNames are the authorities' common names; %s is Options.Label.
var subjectNames = map[string]string{
	"root":    "%s Kök Sertifikat Xidmətləri Mərkəzi",
	"persons": "%s Şəxslər üçün Sertifikat Xidmətləri Mərkəzi",
	"bodies":  "%s Qurumlar üçün Sertifikat Xidmətləri Mərkəzi",
}

// Years of validity before and after the hierarchy's birth, chosen so that a chain is valid for signatures made some years ago.
var authorityYears = map[string][2]int{"root": {-8, 22}, "persons": {-6, 9}, "bodies": {-6, 9}}

var oidOCSPNoCheck = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 5}

// organisation is the O of the authorities, responders and the TSA.
func (h *Hierarchy) organisation() string {
	return h.opt.Label + " Sertifikat Xidmətləri (nümayiş)"
}

// newAuthority makes the root (parent nil) or an authority below it.
func (h *Hierarchy) newAuthority(slug string, parent *authority) (*authority, error) {
	key, err := GenerateKey(h.opt.Key, h.opt.Rand)
	if err != nil {
		return nil, fmt.Errorf("demopki: the key of %s: %w", slug, err)
	}
	a := &authority{slug: slug, parent: parent, key: key}
	years := authorityYears[slug]
	t := &x509.Certificate{
		SerialNumber:          h.nextSerial(),
		Subject:               pkix.Name{Country: []string{"AZ"}, Organization: []string{h.organisation()}, CommonName: fmt.Sprintf(subjectNames[slug], h.opt.Label)},
		NotBefore:             h.born.AddDate(years[0], 0, 0),
		NotAfter:              h.born.AddDate(years[1], 0, 0),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		Policies:              []x509.OID{anyPolicy},
		SubjectKeyId:          keyID(key.Public()),
	}
	if parent == nil {
		t.Policies = nil
		a.cert, err = h.sign(t, t, key.Public(), key)
	} else {
		t.MaxPathLenZero = true
		h.pointTo(t, parent)
		a.cert, err = h.issueRecorded(t, parent, key.Public())
	}
	if err != nil {
		return nil, fmt.Errorf("demopki: the certificate of %s: %w", slug, err)
	}
	return a, nil
}

// equip gives an authority its OCSP responder (RFC 6960, 4.2.2.2: issued by the authority itself, id-kp-OCSPSigning, ocsp-nocheck).
func (h *Hierarchy) equip(a *authority) error {
	key, cert, err := h.newResponder(a, responderTemplate(h, a))
	if err != nil {
		return fmt.Errorf("demopki: the OCSP responder of %s: %w", a.slug, err)
	}
	a.responderKey, a.responderCert = key, cert
	return nil
}

// RenewResponders gives every authority a new OCSP responder, whose certificate is valid between two instants, as authorities do before the
// old one ends; answers of any time come from it from here on.
func (h *Hierarchy) RenewResponders(notBefore, notAfter time.Time) error {
	for _, a := range h.authorities() {
		t := responderTemplate(h, a)
		t.NotBefore, t.NotAfter = notBefore, notAfter
		key, cert, err := h.newResponder(a, t)
		if err != nil {
			return fmt.Errorf("demopki: the OCSP responder of %s: %w", a.slug, err)
		}
		a.responderKey, a.responderCert = key, cert
	}
	return nil
}

func responderTemplate(h *Hierarchy, a *authority) *x509.Certificate {
	return &x509.Certificate{
		Subject:         pkix.Name{Country: []string{"AZ"}, Organization: []string{h.organisation()}, CommonName: h.opt.Label + " OCSP cavabdehi: " + a.slug},
		NotBefore:       h.born.AddDate(-5, 0, 0),
		NotAfter:        h.born.AddDate(5, 0, 0),
		KeyUsage:        x509.KeyUsageDigitalSignature,
		ExtKeyUsage:     []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning},
		ExtraExtensions: []pkix.Extension{{Id: oidOCSPNoCheck, Value: []byte{asn1.TagNull, 0}}},
	}
}

func (h *Hierarchy) newResponder(a *authority, t *x509.Certificate) (crypto.Signer, *x509.Certificate, error) {
	key, err := GenerateKey(h.opt.Key, h.opt.Rand)
	if err != nil {
		return nil, nil, err
	}
	t.SerialNumber = h.nextSerial()
	t.SubjectKeyId = keyID(key.Public())
	cert, err := h.issueRecorded(t, a, key.Public())
	return key, cert, err
}

// pointTo writes where the issuer's certificate, CRL and OCSP responder are.
func (h *Hierarchy) pointTo(t *x509.Certificate, issuer *authority) {
	t.IssuingCertificateURL = []string{h.opt.BaseURL + "/ca/" + issuer.slug + ".crt"}
	t.OCSPServer = []string{h.opt.BaseURL + "/ocsp"}
	t.CRLDistributionPoints = []string{h.opt.BaseURL + "/crl/" + issuer.slug + ".crl"}
}

// issueRecorded signs a certificate with an authority's key and remembers it, so that its status can be told.
func (h *Hierarchy) issueRecorded(t *x509.Certificate, issuer *authority, pub crypto.PublicKey) (*x509.Certificate, error) {
	cert, err := h.sign(t, issuer.cert, pub, issuer.key)
	if err != nil {
		return nil, err
	}
	h.remember(issuer, cert)
	return cert, nil
}

// sign makes a certificate and parses what came out.
func (h *Hierarchy) sign(t, parent *x509.Certificate, pub crypto.PublicKey, key crypto.Signer) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(h.opt.Rand, t, parent, pub, key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// nextSerial gives 126-bit serial numbers that look random and come in the same order in every run of the same test.
func (h *Hierarchy) nextSerial() *big.Int {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.counter++
	sum := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("mohur demo serial "+h.opt.Label), h.counter))
	sum[0] = sum[0]&0x3f | 0x40
	return new(big.Int).SetBytes(sum[:16])
}

// keyID is the subject key identifier of RFC 5280, 4.2.1.2 method (1), over the whole SubjectPublicKeyInfo's key bits.
func keyID(pub crypto.PublicKey) []byte {
	spki, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return nil // CreateCertificate refuses such a key with its own, better error
	}
	bits, err := publicKeyBits(spki)
	if err != nil {
		return nil
	}
	sum := sha1.Sum(bits)
	return sum[:]
}

// publicKeyBits returns the content of subjectPublicKey.
//
//	SubjectPublicKeyInfo ::= SEQUENCE { algorithm AlgorithmIdentifier, subjectPublicKey BIT STRING }
func publicKeyBits(spki []byte) ([]byte, error) {
	var info struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	if _, err := asn1.Unmarshal(spki, &info); err != nil {
		return nil, err
	}
	return info.Key.Bytes, nil
}

// validity of a signer's certificate: a month old, three years long as the national issuers sell it.
func (h *Hierarchy) signerValidity() (time.Time, time.Time) {
	from := h.born.AddDate(0, -1, 0)
	return from, from.AddDate(3, 0, 0)
}
