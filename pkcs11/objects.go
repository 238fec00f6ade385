package pkcs11

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
)

// maxObjects bounds a listing.
const maxObjects = 1024

// Object is a key or a certificate on a token, as a listing shows it.
type Object struct {
	Class       string // "private", "public", "cert"
	Label       string
	ID          []byte
	Public      crypto.PublicKey // of keys and certificates, nil when it can't be had
	Certificate []byte           // DER, of certificates

	Sign               bool // private keys: may sign
	AlwaysAuthenticate bool // private keys: PIN for each signature
	Sensitive          bool
	Extractable        bool
}

// private is what describePrivate finds.
type private struct {
	id                                   []byte
	label                                string
	pub                                  crypto.PublicKey
	sign, always, sensitive, extractable bool
}

// describePrivate reads a private key's attributes and looks for its public key.
func describePrivate(d driver, s session, o object) (private, error) {
	v, err := d.attributes(s, o, []uint{attrKeyType, attrID, attrLabel, attrSign, attrAlwaysAuthenticate, attrSensitive, attrExtractable, attrModulus, attrPublicExponent})
	if err != nil {
		return private{}, err
	}
	p := private{id: v[1], label: string(v[2]), sign: isTrue(v[3]), always: isTrue(v[4]), sensitive: isTrue(v[5]), extractable: isTrue(v[6])}
	kind, ok := number(v[0])
	if !ok {
		return p, errors.New("the token does not tell its kind")
	}
	switch {
	case kind != keyRSA && kind != keyEC && kind != keyEdwards:
		return p, fmt.Errorf("keys of kind 0x%x are not supported", kind)
	case kind == keyRSA && len(v[7]) > 0 && len(v[8]) > 0:
		p.pub, err = rsaPublic(v[7], v[8])
		return p, err
	}
	p.pub, err = companion(d, s, p.id, p.label)
	return p, err
}

// companion finds the public key in another object: a public key with the same id, or label where there is no id; then a certificate.
func companion(d driver, s session, id []byte, label string) (crypto.PublicKey, error) {
	same := attribute{attrID, id}
	if len(id) == 0 {
		if same = (attribute{attrLabel, label}); label == "" {
			return nil, nil
		}
	}
	for _, class := range []uint{classPublicKey, classCertificate} {
		found, err := d.find(s, []attribute{{attrClass, class}, same}, maxMatches)
		if err != nil {
			return nil, err
		}
		for _, o := range found {
			pub, err := publicFrom(d, s, o, class)
			if err == nil && pub != nil {
				return pub, nil
			}
			if gone(err) {
				return nil, err
			}
		}
	}
	return nil, nil
}

// publicFrom reads the public key of a public key object or a certificate; nil when the object holds none.
func publicFrom(d driver, s session, o object, class uint) (crypto.PublicKey, error) {
	if class == classCertificate {
		v, err := d.attributes(s, o, []uint{attrValue})
		if err != nil || len(v[0]) == 0 {
			return nil, err
		}
		return certificatePublic(v[0])
	}
	v, err := d.attributes(s, o, []uint{attrKeyType, attrModulus, attrPublicExponent, attrECParams, attrECPoint})
	if err != nil {
		return nil, err
	}
	switch kind, _ := number(v[0]); kind {
	case keyRSA:
		return rsaPublic(v[1], v[2])
	case keyEC, keyEdwards:
		return ecPublic(v[3], v[4])
	}
	return nil, nil
}

// Objects lists keys and certificates; without a log-in the private keys stay hidden on most tokens.
func (t *Token) Objects(ctx context.Context, login bool) ([]Object, error) {
	var out []Object
	err := t.use(ctx, login, func(_ *connection, s session) error {
		out = nil
		for _, class := range []uint{classPrivateKey, classPublicKey, classCertificate} {
			found, err := t.m.drv.find(s, []attribute{{attrClass, class}}, maxObjects)
			if err != nil {
				return fail(ErrDevice, t.info.name(), "", err)
			}
			for _, o := range found {
				item, err := describe(t.m.drv, s, o, class)
				if gone(err) {
					return fail(ErrDevice, t.info.name(), "", err)
				}
				out = append(out, item)
			}
		}
		return nil
	})
	return out, err
}

// describe reads one object; what the token doesn't tell stays empty.
func describe(d driver, s session, o object, class uint) (Object, error) {
	if class == classPrivateKey {
		p, err := describePrivate(d, s, o)
		return Object{
			Class: "private", Label: p.label, ID: p.id, Public: p.pub, Sign: p.sign,
			AlwaysAuthenticate: p.always, Sensitive: p.sensitive, Extractable: p.extractable,
		}, err
	}
	v, err := d.attributes(s, o, []uint{attrLabel, attrID, attrValue})
	if err != nil {
		return Object{}, err
	}
	item := Object{Class: "public", Label: string(v[0]), ID: v[1]}
	if class == classCertificate {
		item.Class, item.Certificate = "cert", v[2]
	}
	item.Public, err = publicFrom(d, s, o, class)
	return item, err
}

// Certificate returns the certificate (DER) that belongs to a key on its token: the one with the key's public key, whatever its label. After a
// renewal there may be several; the one that became valid last is taken.
func (t *Token) Certificate(ctx context.Context, k *Key) ([]byte, error) {
	list, err := t.Certificates(ctx)
	if err != nil {
		return nil, err
	}
	var newest *x509.Certificate
	for _, der := range list {
		cert, err := x509.ParseCertificate(der)
		if err == nil && same(k.pub, cert.PublicKey) && (newest == nil || cert.NotBefore.After(newest.NotBefore)) {
			newest = cert
		}
	}
	if newest != nil {
		return newest.Raw, nil
	}
	return nil, fail(ErrKeyNotFound, k.uri.String(), "the token holds no certificate for this key", nil)
}

// Certificates returns the certificates (DER) on the token. Empty certificate objects, which some cards have, are left out.
func (t *Token) Certificates(ctx context.Context) ([][]byte, error) {
	var out [][]byte
	err := t.use(ctx, false, func(_ *connection, s session) error {
		out = nil
		found, err := t.m.drv.find(s, []attribute{{attrClass, classCertificate}}, maxObjects)
		if err != nil {
			return fail(ErrDevice, t.info.name(), "", err)
		}
		for _, o := range found {
			v, err := t.m.drv.attributes(s, o, []uint{attrValue})
			if err != nil {
				return fail(ErrDevice, t.info.name(), "", err)
			}
			if len(v[0]) > 0 {
				out = append(out, bytes.Clone(v[0]))
			}
		}
		return nil
	})
	return out, err
}

// isTrue reads a CK_BBOOL; a missing attribute is false.
func isTrue(v []byte) bool { return len(v) == 1 && v[0] != 0 }

// number reads a CK_ULONG, which has the machine's own length and order.
func number(v []byte) (uint, bool) {
	switch len(v) {
	case 4:
		return uint(binary.NativeEndian.Uint32(v)), true
	case 8:
		return uint(binary.NativeEndian.Uint64(v)), true
	}
	return 0, false
}
