package demopki

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
	"time"
)

var (
	oidSHA1            = asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}
	oidSHA256          = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidOCSPBasic       = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 1}
	oidOCSPNonce       = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 2}
	oidRSAWithSHA256   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}
	oidECDSAWithSHA256 = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}
	oidEd25519         = asn1.ObjectIdentifier{1, 3, 101, 112}
)

// OCSPResponseStatus values (RFC 6960, 4.2.1) that the demo responder answers with.
const (
	ocspSuccessful       = 0
	ocspMalformedRequest = 1
	ocspInternalError    = 2
	ocspTryLater         = 3
	ocspUnauthorized     = 6
)

// certID names a certificate (RFC 6960, 4.1.1).
//
//	CertID ::= SEQUENCE { hashAlgorithm AlgorithmIdentifier, issuerNameHash OCTET STRING, issuerKeyHash OCTET STRING, serialNumber CertificateSerialNumber }
type certID struct {
	Algorithm pkix.AlgorithmIdentifier
	NameHash  []byte
	KeyHash   []byte
	Serial    *big.Int
}

// singleResponse is SingleResponse (RFC 6960, 4.2.1); exactly one of the three states is set.
//
//	CertStatus ::= CHOICE { good [0] IMPLICIT NULL, revoked [1] IMPLICIT RevokedInfo, unknown [2] IMPLICIT UnknownInfo }
type singleResponse struct {
	CertID     certID
	Good       asn1.Flag   `asn1:"tag:0,optional"`
	Revoked    revokedInfo `asn1:"tag:1,optional"`
	Unknown    asn1.Flag   `asn1:"tag:2,optional"`
	ThisUpdate time.Time   `asn1:"generalized"`
	NextUpdate time.Time   `asn1:"generalized,explicit,tag:0,optional"`
}

// revokedInfo is RevokedInfo ::= SEQUENCE { revocationTime GeneralizedTime, revocationReason [0] EXPLICIT CRLReason OPTIONAL }.
type revokedInfo struct {
	At     time.Time       `asn1:"generalized"`
	Reason asn1.Enumerated `asn1:"explicit,tag:0,optional"`
}

// responseData is ResponseData with the responder named by its key.
//
//	ResponseData ::= SEQUENCE { version [0] EXPLICIT Version DEFAULT v1, responderID ResponderID, producedAt GeneralizedTime,
//	    responses SEQUENCE OF SingleResponse, responseExtensions [1] EXPLICIT Extensions OPTIONAL }
type responseData struct {
	KeyHash    []byte    `asn1:"explicit,tag:2"`
	ProducedAt time.Time `asn1:"generalized"`
	Responses  []singleResponse
	Extensions []pkix.Extension `asn1:"explicit,tag:1,optional"`
}

// basicResponse is BasicOCSPResponse.
type basicResponse struct {
	Data      asn1.RawValue
	Algorithm pkix.AlgorithmIdentifier
	Signature asn1.BitString
	Certs     []asn1.RawValue `asn1:"explicit,tag:0,optional"`
}

// ocspResponse is OCSPResponse.
type ocspResponse struct {
	Status asn1.Enumerated
	Bytes  struct {
		Type     asn1.ObjectIdentifier
		Response []byte
	} `asn1:"explicit,tag:0,optional"`
}

// OCSP answers for a certificate (DER) of this hierarchy as of its clock.
func (h *Hierarchy) OCSP(cert []byte) ([]byte, error) { return h.OCSPAt(cert, h.now()) }

// OCSPAt answers as the delegated responder would have answered at an instant.
func (h *Hierarchy) OCSPAt(der []byte, t time.Time) ([]byte, error) {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("demopki: the certificate asked about: %w", err)
	}
	a := h.issuerOf(cert)
	if a == nil {
		return nil, fmt.Errorf("demopki: no authority of this hierarchy issued %q", cert.Subject.CommonName)
	}
	id, err := newCertID(a.cert, cert.SerialNumber, crypto.SHA1)
	if err != nil {
		return nil, err
	}
	return h.answer(a, []certID{id}, nil, t)
}

// newCertID names a certificate by its issuer and serial number.
func newCertID(issuer *x509.Certificate, serial *big.Int, d crypto.Hash) (certID, error) {
	bits, err := publicKeyBits(issuer.RawSubjectPublicKeyInfo)
	if err != nil {
		return certID{}, err
	}
	if d == crypto.SHA256 {
		name, key := sha256.Sum256(issuer.RawSubject), sha256.Sum256(bits)
		return certID{pkix.AlgorithmIdentifier{Algorithm: oidSHA256, Parameters: asn1.NullRawValue}, name[:], key[:], serial}, nil
	}
	name, key := sha1.Sum(issuer.RawSubject), sha1.Sum(bits)
	return certID{pkix.AlgorithmIdentifier{Algorithm: oidSHA1, Parameters: asn1.NullRawValue}, name[:], key[:], serial}, nil
}

// answer signs a response about the given certificates with an authority's responder.
func (h *Hierarchy) answer(a *authority, ids []certID, nonce []byte, t time.Time) ([]byte, error) {
	t = t.UTC().Truncate(time.Second)
	data := responseData{KeyHash: keyID(a.responderKey.Public()), ProducedAt: t}
	for _, id := range ids {
		data.Responses = append(data.Responses, h.single(a, id, t))
	}
	if nonce != nil {
		data.Extensions = []pkix.Extension{{Id: oidOCSPNonce, Value: nonce}}
	}
	tbs, err := asn1.Marshal(data)
	if err != nil {
		return nil, fmt.Errorf("demopki: an OCSP answer: %w", err)
	}
	alg, sig, err := signBytes(a.responderKey, tbs, h.opt.Rand)
	if err != nil {
		return nil, fmt.Errorf("demopki: signing an OCSP answer: %w", err)
	}
	basic, err := asn1.Marshal(basicResponse{
		Data: asn1.RawValue{FullBytes: tbs}, Algorithm: alg,
		Signature: asn1.BitString{Bytes: sig, BitLength: 8 * len(sig)},
		Certs:     []asn1.RawValue{{FullBytes: a.responderCert.Raw}},
	})
	if err != nil {
		return nil, fmt.Errorf("demopki: an OCSP answer: %w", err)
	}
	var out ocspResponse
	out.Bytes.Type, out.Bytes.Response = oidOCSPBasic, basic
	return asn1.Marshal(out)
}

// single tells the state of one certificate.
func (h *Hierarchy) single(a *authority, id certID, t time.Time) singleResponse {
	r := singleResponse{CertID: id, ThisUpdate: t, NextUpdate: t.Add(CRLValidity)}
	h.mu.Lock()
	defer h.mu.Unlock()
	i := h.issued[recordKey(a.slug, id.Serial)]
	if i == nil {
		r.Unknown = true
		return r
	}
	if ev := i.at(t); ev != nil {
		r.Revoked = revokedInfo{At: ev.At, Reason: asn1.Enumerated(ev.Reason)}
		return r
	}
	r.Good = true
	return r
}

// signBytes signs with SHA-256, or with Ed25519.
func signBytes(key crypto.Signer, tbs []byte, random io.Reader) (pkix.AlgorithmIdentifier, []byte, error) {
	sum := sha256.Sum256(tbs)
	switch key.Public().(type) {
	case *rsa.PublicKey:
		sig, err := key.Sign(random, sum[:], crypto.SHA256)
		return pkix.AlgorithmIdentifier{Algorithm: oidRSAWithSHA256, Parameters: asn1.NullRawValue}, sig, err
	case *ecdsa.PublicKey:
		sig, err := key.Sign(random, sum[:], crypto.SHA256)
		return pkix.AlgorithmIdentifier{Algorithm: oidECDSAWithSHA256}, sig, err
	case ed25519.PublicKey:
		sig, err := key.Sign(random, tbs, crypto.Hash(0))
		return pkix.AlgorithmIdentifier{Algorithm: oidEd25519}, sig, err
	}
	return pkix.AlgorithmIdentifier{}, nil, errors.New("demopki: a key of this kind can't sign")
}

// ocspRequest is OCSPRequest with its TBSRequest (RFC 6960, 4.1.1).
type ocspRequest struct {
	TBS struct {
		Version       int           `asn1:"explicit,tag:0,default:0,optional"`
		RequestorName asn1.RawValue `asn1:"explicit,tag:1,optional"`
		List          []struct {
			CertID     certID
			Extensions asn1.RawValue `asn1:"explicit,tag:0,optional"`
		}
		Extensions []pkix.Extension `asn1:"explicit,tag:2,optional"`
	}
}

// errorAnswer is an OCSPResponse without responseBytes.
func errorAnswer(status int) []byte { return []byte{0x30, 3, asn1.TagEnum, 1, byte(status)} }

// respond answers an OCSP request. Certificates of different issuers in one request are answered by the responder of the first.
func (h *Hierarchy) respond(request []byte, t time.Time) []byte {
	return h.respondWith(request, t, nil)
}

// respondWith answers with a nonce of its own choice, for the fault; nil echoes the request's.
func (h *Hierarchy) respondWith(request []byte, t time.Time, nonce []byte) []byte {
	var req ocspRequest
	if rest, err := asn1.Unmarshal(request, &req); err != nil || len(rest) > 0 || len(req.TBS.List) == 0 {
		return errorAnswer(ocspMalformedRequest)
	}
	a := h.authorityFor(req.TBS.List[0].CertID)
	if a == nil {
		return errorAnswer(ocspUnauthorized)
	}
	var ids []certID
	for _, r := range req.TBS.List {
		ids = append(ids, r.CertID)
	}
	for _, e := range req.TBS.Extensions {
		if nonce == nil && e.Id.Equal(oidOCSPNonce) {
			nonce = e.Value
		}
	}
	out, err := h.answer(a, ids, nonce, t)
	if err != nil {
		return errorAnswer(ocspInternalError)
	}
	return out
}

// authorityFor finds whom a CertID means.
func (h *Hierarchy) authorityFor(id certID) *authority {
	d := crypto.SHA1
	if id.Algorithm.Algorithm.Equal(oidSHA256) {
		d = crypto.SHA256
	}
	for _, a := range h.authorities() {
		own, err := newCertID(a.cert, id.Serial, d)
		if err == nil && bytes.Equal(own.NameHash, id.NameHash) && bytes.Equal(own.KeyHash, id.KeyHash) {
			return a
		}
	}
	return nil
}
