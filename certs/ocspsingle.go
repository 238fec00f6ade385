package certs

import (
	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"mohur/internal/algo"
)

func readSingleResponse(s cryptobyte.String) (SingleResponse, bool) {
	var r SingleResponse
	var ok bool
	if r.ID, ok = readCertID(&s); !ok {
		return r, false
	}
	if !r.readStatus(&s) {
		return r, false
	}
	if r.ThisUpdate, _, ok = readTime(&s); !ok {
		return r, false
	}
	var explicit cryptobyte.String
	var present bool
	if !s.ReadOptionalASN1(&explicit, &present, constructedTag(0)) {
		return r, false
	}
	if present {
		if r.NextUpdate, _, ok = readTime(&explicit); !ok || !explicit.Empty() {
			return r, false
		}
	}
	if !s.ReadOptionalASN1(&explicit, &present, constructedTag(1)) || !s.Empty() {
		return r, false
	}
	if present {
		if r.Extensions, ok = readExtensionList(explicit); !ok {
			return r, false
		}
		for _, e := range r.Extensions {
			r.readExtension(e)
		}
	}
	return r, true
}

// readCertID reads SEQUENCE { hashAlgorithm, issuerNameHash OCTET STRING, issuerKeyHash OCTET STRING, serialNumber }.
func readCertID(s *cryptobyte.String) (CertID, bool) {
	var seq, name, key cryptobyte.String
	var id CertID
	if !s.ReadASN1(&seq, cbasn1.SEQUENCE) {
		return id, false
	}
	var ok bool
	if id.Algorithm, ok = readAlgorithm(&seq); !ok {
		return id, false
	}
	if d, err := algo.ParseDigest(id.Algorithm); err == nil {
		id.Digest = d
	}
	if !seq.ReadASN1(&name, cbasn1.OCTET_STRING) || !seq.ReadASN1(&key, cbasn1.OCTET_STRING) {
		return id, false
	}
	id.NameHash, id.KeyHash = name, key
	if id.Serial, ok = readInteger(&seq, cbasn1.INTEGER); !ok {
		return id, false
	}
	id.serialText = serialKey(id.Serial)
	return id, seq.Empty()
}

// readStatus reads CertStatus ::= CHOICE { good [0] IMPLICIT NULL, revoked [1] IMPLICIT RevokedInfo, unknown [2] IMPLICIT UnknownInfo }.
func (r *SingleResponse) readStatus(s *cryptobyte.String) bool {
	var content, reason cryptobyte.String
	var tag cbasn1.Tag
	if !s.ReadAnyASN1(&content, &tag) {
		return false
	}
	switch tag {
	case contextTag(0):
		r.State = StateGood
		return content.Empty()
	case contextTag(2):
		r.State = StateUnknown
		return content.Empty()
	case constructedTag(1):
	default:
		return false
	}
	r.State = StateRevoked
	var ok, present bool
	if r.RevokedAt, _, ok = readTime(&content); !ok {
		return false
	}
	if !content.ReadOptionalASN1(&reason, &present, constructedTag(0)) || !content.Empty() {
		return false
	}
	if present {
		n, ok := readSmall(&reason, cbasn1.ENUM)
		if !ok || !reason.Empty() {
			return false
		}
		r.Reason = RevocationReason(n)
	}
	switch r.Reason {
	case CertificateHold:
		r.State = StateOnHold
	case RemoveFromCRL:
		r.State = StateGood
	}
	return true
}

func (r *SingleResponse) readExtension(e Extension) {
	v := cryptobyte.String(e.Value)
	ok := true
	switch e.ID {
	case "1.3.6.1.5.5.7.48.1.6": // archiveCutoff
		r.ArchiveCutoff, _, ok = readTime(&v)
	case "1.3.36.8.3.13": // certHash
		var seq, digest cryptobyte.String
		ok = v.ReadASN1(&seq, cbasn1.SEQUENCE)
		if !ok {
			break
		}
		var id algo.Identifier
		if id, ok = readAlgorithm(&seq); !ok {
			break
		}
		ok = seq.ReadASN1(&digest, cbasn1.OCTET_STRING)
		r.CertHash = digest
		r.CertHashAlg, _ = algo.ParseDigest(id)
	case "2.5.29.24":
		r.Invalidity, _, ok = readTime(&v)
	case "1.3.6.1.5.5.7.48.1.3", "2.5.29.21", "1.3.6.1.4.1.11129.2.4.5": // crlReferences, reasonCode, SCTs: nothing to decide
	default:
		r.critical = r.critical || e.Critical
	}
	r.malformed = r.malformed || !ok
}

// matches says whether the identifier names this certificate: hashes of the issuer's name and key, and the serial number (RFC 6960, 3.2).
func (id CertID) matches(cert, issuer *Certificate) bool {
	if !id.Digest.Valid() || id.serialText != cert.serialKey {
		return false
	}
	return string(id.Digest.Sum(issuer.RawSubject)) == string(id.NameHash) && string(id.Digest.Sum(issuer.keyBits())) == string(id.KeyHash)
}

// keyBits is the contents of subjectPublicKey without its header and unused-bits octet, which OCSP hashes.
func (c *Certificate) keyBits() []byte {
	s := cryptobyte.String(c.RawSPKI)
	var seq, alg cryptobyte.String
	if !s.ReadASN1(&seq, cbasn1.SEQUENCE) || !seq.ReadASN1(&alg, cbasn1.SEQUENCE) {
		return nil
	}
	bits, ok := readBits(&seq)
	if !ok {
		return nil
	}
	return bits.Bytes
}
