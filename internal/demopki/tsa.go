package demopki

import (
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"time"
)

// TSAOptions asks for a time-stamping authority. The zero value is a good one with the hierarchy's clock.
type TSAOptions struct {
	Key       KeyKind
	Now       func() time.Time // what the TSA believes the time is; nil is the hierarchy's clock
	NotBefore time.Time        // zero: five years before the hierarchy's birth
	NotAfter  time.Time        // zero: ten years after NotBefore
	Defect    Defect           // Expired, NotYetValid, WrongKeyUsage, WrongExtendedKeyUsage, UntrustedRoot, SHA1Signature, BrokenSignature
}

// TSA is a time-stamping authority (RFC 3161) whose certificate the root issued.
type TSA struct {
	h    *Hierarchy
	now  func() time.Time
	key  crypto.Signer
	cert *x509.Certificate
}

var oidExtKeyUsage, oidTimeStamping = asn1.ObjectIdentifier{2, 5, 29, 37}, asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 8}

// NewTSA makes a time-stamping authority.
func (h *Hierarchy) NewTSA(o TSAOptions) (*TSA, error) {
	issuing := h
	if o.Defect&UntrustedRoot != 0 {
		other, err := h.Untrusted()
		if err != nil {
			return nil, err
		}
		issuing = other
		o.Defect &^= UntrustedRoot
	}
	if o.Key == P256 {
		o.Key = h.opt.Key
	}
	key, err := GenerateKey(o.Key, h.opt.Rand)
	if err != nil {
		return nil, fmt.Errorf("demopki: the TSA's key: %w", err)
	}
	cert, err := issuing.tsaCertificate(key.Public(), o)
	if err != nil {
		return nil, fmt.Errorf("demopki: the TSA's certificate: %w", err)
	}
	t := &TSA{h: h, now: o.Now, key: key, cert: cert}
	if t.now == nil {
		t.now = h.opt.Now
	}
	return t, nil
}

// tsaCertificate issues by the root: extended key usage critical and timeStamping alone (RFC 3161, 2.3).
func (h *Hierarchy) tsaCertificate(pub crypto.PublicKey, o TSAOptions) (*x509.Certificate, error) {
	t := &x509.Certificate{
		SerialNumber: h.nextSerial(),
		Subject:      pkix.Name{Country: []string{"AZ"}, Organization: []string{h.organisation()}, CommonName: h.opt.Label + " Vaxt Möhürü Xidməti"},
		KeyUsage:     x509.KeyUsageDigitalSignature,
		SubjectKeyId: keyID(pub),
	}
	d, from := o.Defect, o.NotBefore
	if from.IsZero() {
		from = h.born.AddDate(-5, 0, 0)
	}
	to := o.NotAfter
	if to.IsZero() {
		to = from.AddDate(10, 0, 0)
	}
	h.dates(t, Profile{NotBefore: from, NotAfter: to})
	if d&(Expired|NotYetValid) != 0 {
		h.dates(t, Profile{Defect: d})
	}
	h.pointTo(t, h.root)
	if d&WrongExtendedKeyUsage == 0 {
		value, err := asn1.Marshal([]asn1.ObjectIdentifier{oidTimeStamping})
		if err != nil {
			return nil, err
		}
		t.ExtraExtensions = []pkix.Extension{{Id: oidExtKeyUsage, Critical: true, Value: value}}
	}
	if err := spoil(t, d, h.root.key); err != nil {
		return nil, err
	}
	return h.signDefective(t, h.root, pub, d)
}

// Certificate returns the TSA's certificate, DER.
func (t *TSA) Certificate() []byte { return t.cert.Raw }

// TSA returns the hierarchy's own time-stamping authority.
func (h *Hierarchy) TSA() *TSA { return h.tsa }
