package certs

import (
	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"mohur/internal/asn1"
)

// QCStatements are the issuer's statements about a qualified certificate (RFC 3739, 3.2.6; ETSI EN 319 412-5, 4).
type QCStatements struct {
	Compliance bool                    // id-etsi-qcs-QcCompliance: issued as qualified
	SSCD       bool                    // id-etsi-qcs-QcSSCD: the key lives in a qualified device
	Types      []asn1.ObjectIdentifier // id-etsi-qcs-QcType: for signatures, seals, web
	Countries  []string                // id-etsi-qcs-QcCClegislation
	Retention  int                     // id-etsi-qcs-QcRetentionPeriod, years; -1 when absent
	Statements []asn1.ObjectIdentifier // all, also those not read here
}

// QcTypeESign is id-etsi-qct-esign: a certificate for a person's signatures (EN 319 412-5, 4.2.3).
const QcTypeESign asn1.ObjectIdentifier = "0.4.0.1862.1.6.1"

// QcTypeESeal is id-etsi-qct-eseal: a certificate for an organisation's seals (EN 319 412-5, 4.2.3).
const QcTypeESeal asn1.ObjectIdentifier = "0.4.0.1862.1.6.2"

// HasType says whether the certificate is declared for the given use.
func (q *QCStatements) HasType(t asn1.ObjectIdentifier) bool {
	if q == nil {
		return false
	}
	for _, o := range q.Types {
		if o == t {
			return true
		}
	}
	return false
}

// readQCStatements reads QCStatements ::= SEQUENCE OF SEQUENCE { statementId OBJECT IDENTIFIER, statementInfo ANY OPTIONAL }.
func readQCStatements(v cryptobyte.String) (*QCStatements, bool) {
	var seq cryptobyte.String
	if !v.ReadASN1(&seq, cbasn1.SEQUENCE) || !v.Empty() {
		return nil, false
	}
	q := &QCStatements{Retention: -1}
	for !seq.Empty() {
		var one cryptobyte.String
		if len(q.Statements) == 64 || !seq.ReadASN1(&one, cbasn1.SEQUENCE) {
			return nil, false
		}
		id, ok := readOID(&one)
		if !ok || !q.readStatement(id, one) {
			return nil, false
		}
		q.Statements = append(q.Statements, id)
	}
	return q, true
}

func (q *QCStatements) readStatement(id asn1.ObjectIdentifier, info cryptobyte.String) bool {
	var seq cryptobyte.String
	switch id.String() {
	case "0.4.0.1862.1.1":
		q.Compliance = true
	case "0.4.0.1862.1.4":
		q.SSCD = true
	case "0.4.0.1862.1.3":
		n, ok := readSmall(&info, cbasn1.INTEGER)
		q.Retention = n
		return ok
	case "0.4.0.1862.1.6":
		if !info.ReadASN1(&seq, cbasn1.SEQUENCE) {
			return false
		}
		for !seq.Empty() {
			t, ok := readOID(&seq)
			if !ok || len(q.Types) == 16 {
				return false
			}
			q.Types = append(q.Types, t)
		}
	case "0.4.0.1862.1.7":
		if !info.ReadASN1(&seq, cbasn1.SEQUENCE) {
			return false
		}
		for !seq.Empty() {
			var cc cryptobyte.String
			if len(q.Countries) == 64 || !seq.ReadASN1(&cc, cbasn1.PrintableString) {
				return false
			}
			q.Countries = append(q.Countries, string(cc))
		}
	}
	return true
}
