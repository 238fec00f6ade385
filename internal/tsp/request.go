package tsp

import (
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"

	"mohur/internal/algo"
	"mohur/internal/asn1"
)

// Request asks for a token.
//
//	TimeStampReq ::= SEQUENCE {
//	  version         INTEGER { v1(1) },
//	  messageImprint  MessageImprint,
//	  reqPolicy       TSAPolicyId OPTIONAL,
//	  nonce           INTEGER OPTIONAL,
//	  certReq         BOOLEAN DEFAULT FALSE,
//	  extensions      [0] IMPLICIT Extensions OPTIONAL }   -- RFC 3161, 2.4.1
type Request struct {
	Digest     algo.Digest
	Imprint    []byte
	Policy     asn1.ObjectIdentifier // empty: the TSA's default
	Nonce      *big.Int              // nil: none
	CertReq    bool
	Extensions []Extension
}

// RequestOptions are what a request may ask besides. The zero value asks for the certificate, and sends a random nonce.
type RequestOptions struct {
	Policy        asn1.ObjectIdentifier // empty: the TSA's default
	NoCertificate bool
	NoNonce       bool
}

// NewRequest makes a request over a digest.
func NewRequest(d algo.Digest, imprint []byte, o RequestOptions) (*Request, error) {
	if !d.Valid() || len(imprint) != d.Size() {
		return nil, fmt.Errorf("tsp: an imprint of %d octets is no %s digest", len(imprint), d)
	}
	r := &Request{Digest: d, Imprint: imprint, Policy: o.Policy, CertReq: !o.NoCertificate}
	if !o.NoNonce {
		b := make([]byte, 16)
		rand.Read(b) // never fails: crypto/rand ends the program rather than return less
		b[0] |= 0x40 // of full length, and positive
		r.Nonce = new(big.Int).SetBytes(b[:])
		r.Nonce.SetBit(r.Nonce, 127, 0)
	}
	return r, nil
}

// Marshal returns the request in DER.
func (r *Request) Marshal() []byte {
	parts := [][]byte{asn1.Int(1), encodeImprint(r.Digest, r.Imprint)}
	if r.Policy != "" {
		parts = append(parts, asn1.OID(r.Policy))
	}
	if r.Nonce != nil {
		parts = append(parts, asn1.Integer(r.Nonce))
	}
	if r.CertReq {
		parts = append(parts, asn1.Boolean(true))
	}
	return asn1.Sequence(parts...)
}

// encodeImprint writes the digest's parameters as NULL, which every TSA takes.
func encodeImprint(d algo.Digest, imprint []byte) []byte {
	return asn1.Sequence(asn1.Sequence(asn1.OID(d.OID()), asn1.Null()), asn1.OctetString(imprint))
}

// ParseRequest reads a request, as a TSA does.
func ParseRequest(b []byte) (*Request, error) {
	e, err := asn1.Parse(b, asn1.Limits{})
	if err != nil {
		return nil, err
	}
	c := e.Children()
	v, err := c.Expect(asn1.TagInteger)
	if err != nil {
		return nil, err
	}
	if n, err := v.Int(); err != nil || n != 1 {
		return nil, errors.Join(errors.New("tsp: request of an unknown version"), err)
	}
	id, imprint, err := readImprint(c)
	if err != nil {
		return nil, err
	}
	r := &Request{Imprint: imprint}
	if r.Digest, err = algo.ParseDigest(id); err != nil {
		return nil, err
	}
	if len(imprint) != r.Digest.Size() {
		return nil, fmt.Errorf("tsp: an imprint of %d octets is no %s digest", len(imprint), r.Digest)
	}
	return r, errors.Join(r.readOptional(c), c.End())
}

func (r *Request) readOptional(c *asn1.Reader) error {
	p, ok, err := c.Optional(asn1.TagObjectIdentifier)
	if err == nil && ok {
		r.Policy, err = p.ObjectIdentifier()
	}
	if err != nil {
		return err
	}
	n, ok, err := c.Optional(asn1.TagInteger)
	if err == nil && ok {
		r.Nonce, err = n.Integer()
	}
	if err != nil {
		return err
	}
	q, ok, err := c.Optional(asn1.TagBoolean)
	if err == nil && ok {
		r.CertReq, err = q.Boolean()
	}
	if err != nil {
		return err
	}
	x, ok, err := c.Optional(asn1.Context(0))
	if err != nil || !ok {
		return err
	}
	r.Extensions, err = readExtensions(x)
	return err
}
