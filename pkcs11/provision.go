package pkcs11

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/asn1"
)

// KeySpec asks for a key pair on a token.
type KeySpec struct {
	Label              string
	ID                 []byte
	Kind               string // "P-256", "P-384", "RSA-2048", "RSA-3072", "RSA-4096", "Ed25519"
	AlwaysAuthenticate bool   // the PIN for each signature, as qualified devices may ask
}

// GenerateKey makes a key pair on the token, private key sensitive, not extractable and good for signing alone, and returns the key. An object with the same label
// or id is an error.
func (t *Token) GenerateKey(ctx context.Context, spec KeySpec) (*Key, error) {
	mech, pub, err := publicTemplate(spec)
	if err != nil {
		return nil, err
	}
	priv := []attribute{
		{attrClass, classPrivateKey},
		{attrToken, true},
		{attrPrivate, true},
		{attrSensitive, true},
		{attrExtractable, false},
		{attrSign, true},
		{attrLabel, spec.Label},
		{attrID, spec.ID},
		{attrKeyType, kindOf(mech)},
	}
	if mech == mechRSAKeyPair { // NSS tries a new key by encrypting when it may decrypt, which its public half may not
		priv = append(priv, attribute{attrDecrypt, false}, attribute{attrUnwrap, false})
	}
	if spec.AlwaysAuthenticate {
		priv = append(priv, attribute{attrAlwaysAuthenticate, true})
	}
	err = t.writable(ctx, func(s session) error {
		for _, a := range []attribute{{attrLabel, spec.Label}, {attrID, spec.ID}} {
			found, err := t.m.drv.find(s, []attribute{{attrClass, classPrivateKey}, a}, 1)
			if err != nil {
				return err
			}
			if len(found) > 0 {
				return fail(ErrKeyAmbiguous, quote(spec.Label), "the token has a key with this label or id already", nil)
			}
		}
		_, _, err := t.m.drv.generate(s, mech, pub, priv)
		return err
	})
	if err != nil {
		return nil, t.named(err)
	}
	return t.Key(ctx, URI{Object: spec.Label, ID: spec.ID})
}

// kindOf is the kind of key that a mechanism makes.
func kindOf(mech uint) uint {
	return map[uint]uint{mechRSAKeyPair: keyRSA, mechECKeyPair: keyEC, mechEdwardsKeyPair: keyEdwards}[mech]
}

// publicTemplate is the mechanism and the public half of a key pair's template.
func publicTemplate(spec KeySpec) (uint, []attribute, error) {
	pub := []attribute{{attrClass, classPublicKey}, {attrToken, true}, {attrPrivate, false}, {attrVerify, true}, {attrEncrypt, false}, {attrWrap, false}, {attrLabel, spec.Label}, {attrID, spec.ID}}
	bits := map[string]uint{"RSA-2048": 2048, "RSA-3072": 3072, "RSA-4096": 4096}
	curves := map[string]asn1.ObjectIdentifier{"P-256": oidP256, "P-384": oidP384, "P-521": oidP521}
	switch {
	case spec.Label == "" || len(spec.ID) == 0:
		return 0, nil, fail(ErrKeyUnusable, quote(spec.Label), "a new key needs a label and an id", nil)
	case bits[spec.Kind] != 0:
		return mechRSAKeyPair, append(pub, attribute{attrKeyType, keyRSA}, attribute{attrModulusBits, bits[spec.Kind]}, attribute{attrPublicExponent, []byte{1, 0, 1}}), nil
	case curves[spec.Kind] != nil:
		params, err := asn1.Marshal(curves[spec.Kind])
		return mechECKeyPair, append(pub, attribute{attrKeyType, keyEC}, attribute{attrECParams, params}), err
	case spec.Kind == "Ed25519":
		params, err := asn1.MarshalWithParams("edwards25519", "printable")
		return mechEdwardsKeyPair, append(pub, attribute{attrECParams, params}, attribute{attrKeyType, keyEdwards}), err
	}
	return 0, nil, fail(ErrKeyUnusable, quote(spec.Label), "there is no key kind "+quote(spec.Kind), nil)
}

// ImportCertificate stores a certificate (DER) beside its key, under the key's label and id. One that is there already is kept once; a
// certificate of another key is an error.
func (t *Token) ImportCertificate(ctx context.Context, k *Key, der []byte) error {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return fail(ErrKeyUnusable, k.uri.String(), "the certificate to be stored can't be read", err)
	}
	if !same(k.pub, cert.PublicKey) {
		return fail(ErrKeyUnusable, k.uri.String(), "the certificate belongs to another key", nil)
	}
	have, err := t.Certificates(ctx)
	if err != nil {
		return err
	}
	for _, c := range have {
		if bytes.Equal(c, der) {
			return nil
		}
	}
	serial, err := asn1.Marshal(cert.SerialNumber)
	if err != nil {
		return fail(ErrKeyUnusable, k.uri.String(), "", err)
	}
	return t.named(t.writable(ctx, func(s session) error {
		_, err := t.m.drv.create(s, []attribute{
			{attrClass, classCertificate},
			{attrCertificateType, uint(0)},
			{attrToken, true},
			{attrPrivate, false},
			{attrLabel, k.uri.Object},
			{attrID, k.uri.ID},
			{attrSubject, cert.RawSubject},
			{attrIssuer, cert.RawIssuer},
			{attrSerialNumber, serial},
			{attrValue, der},
		})
		return err
	}))
}

// writable lends a read-write session after logging in.
func (t *Token) writable(ctx context.Context, do func(session) error) error {
	return t.use(ctx, true, func(c *connection, _ session) error {
		s, err := t.m.drv.openSession(c.slot, true)
		if err != nil {
			return err
		}
		err = do(s)
		if closing := t.m.drv.closeSession(s); err == nil {
			err = closing
		}
		return err
	})
}

// named gives a bare return value the token's name.
func (t *Token) named(err error) error {
	if rv, ok := err.(ReturnValue); ok { //nolint:errorlint // only a bare one lacks its name
		return fail(ErrDevice, t.info.name(), "", rv)
	}
	return err
}
