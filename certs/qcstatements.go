package certs

import (
	"slices"
	"strconv"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"mohur/internal/asn1"
)

// QCStatements are the issuer's statements about a qualified certificate (RFC 3739, 3.2.6; ETSI EN 319 412-5, 4; EN 319 412-1, 5.1).
type QCStatements struct {
	Compliance bool                    // id-etsi-qcs-QcCompliance: issued as qualified
	SSCD       bool                    // id-etsi-qcs-QcSSCD: the key lives in a qualified device
	Types      []asn1.ObjectIdentifier // id-etsi-qcs-QcType: for signatures, seals, web
	Countries  []string                // id-etsi-qcs-QcCClegislation
	Retention  int                     // id-etsi-qcs-QcRetentionPeriod, years; -1 when absent
	Limit      *MonetaryLimit          // id-etsi-qcs-QcLimitValue; nil when absent
	Disclosure []DisclosureStatement   // id-etsi-qcs-QcPDS
	Semantics  []asn1.ObjectIdentifier // id-qcs-pkixQCSyntax-v2: how identifiers in the names are to be read
	Statements []asn1.ObjectIdentifier // all, also those not read here
}

// MonetaryLimit is the value of a transaction for which the certificate may be used: Amount times 10 to the Exponent (EN 319 412-5, 4.3.2).
type MonetaryLimit struct {
	Currency         string // ISO 4217, letters; of the numeric form its digits
	Amount, Exponent int
}

// String writes the limit as a number with its currency: "250000 AZN".
func (m MonetaryLimit) String() string {
	n := strconv.Itoa(m.Amount)
	switch {
	case m.Exponent > 0 && m.Exponent <= 12 && m.Amount != 0:
		n += strings.Repeat("0", m.Exponent)
	case m.Exponent != 0:
		n += "e" + strconv.Itoa(m.Exponent)
	}
	return n + " " + m.Currency
}

// DisclosureStatement says where the issuer's disclosure statement is, in one language (EN 319 412-5, 4.3.4).
type DisclosureStatement struct{ URL, Language string }

// QcTypeESign is id-etsi-qct-esign: a certificate for a person's signatures (EN 319 412-5, 4.2.3).
const QcTypeESign asn1.ObjectIdentifier = "0.4.0.1862.1.6.1"

// QcTypeESeal is id-etsi-qct-eseal: a certificate for an organisation's seals (EN 319 412-5, 4.2.3).
const QcTypeESeal asn1.ObjectIdentifier = "0.4.0.1862.1.6.2"

// QcTypeWeb is id-etsi-qct-web: a certificate for authenticating web sites (EN 319 412-5, 4.2.3).
const QcTypeWeb asn1.ObjectIdentifier = "0.4.0.1862.1.6.3"

// SemanticsNatural and SemanticsLegal are id-etsi-qcs-SemanticsId-Natural and -Legal: serialNumber and organizationIdentifier are written as
// EN 319 412-1, 5.1.3 and 5.1.4 say.
const (
	SemanticsNatural asn1.ObjectIdentifier = "0.4.0.194121.1.1"
	SemanticsLegal   asn1.ObjectIdentifier = "0.4.0.194121.1.2"
)

// HasType says whether the certificate is declared for the given use.
func (q *QCStatements) HasType(t asn1.ObjectIdentifier) bool {
	return q != nil && slices.Contains(q.Types, t)
}

// TypeNames are the declared uses by the names of EN 319 412-5: "esign", "eseal", "web"; others by their identifiers.
func (q *QCStatements) TypeNames() []string {
	names := map[asn1.ObjectIdentifier]string{QcTypeESign: "esign", QcTypeESeal: "eseal", QcTypeWeb: "web"}
	var out []string
	for _, t := range q.Types {
		if n, ok := names[t]; ok {
			out = append(out, n)
		} else {
			out = append(out, t.String())
		}
	}
	return out
}

// SemanticsNames are the semantics identifiers by name: "natural", "legal"; others by their identifiers.
func (q *QCStatements) SemanticsNames() []string {
	names := map[asn1.ObjectIdentifier]string{SemanticsNatural: "natural", SemanticsLegal: "legal"}
	var out []string
	for _, s := range q.Semantics {
		if n, ok := names[s]; ok {
			out = append(out, n)
		} else {
			out = append(out, s.String())
		}
	}
	return out
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

func (q *QCStatements) readStatement(id asn1.ObjectIdentifier, info cryptobyte.String) (ok bool) {
	switch id.String() {
	case "0.4.0.1862.1.1":
		q.Compliance = true
	case "0.4.0.1862.1.2":
		q.Limit, ok = readLimit(info)
		return ok
	case "0.4.0.1862.1.3":
		q.Retention, ok = readSmall(&info, cbasn1.INTEGER)
		return ok
	case "0.4.0.1862.1.4":
		q.SSCD = true
	case "0.4.0.1862.1.5":
		return readSequence(info, 32, func(s *cryptobyte.String) bool {
			var one, url, lang cryptobyte.String
			ok := s.ReadASN1(&one, cbasn1.SEQUENCE) && one.ReadASN1(&url, cbasn1.IA5String) && one.ReadASN1(&lang, cbasn1.PrintableString)
			q.Disclosure = append(q.Disclosure, DisclosureStatement{string(url), string(lang)})
			return ok
		})
	case "0.4.0.1862.1.6":
		return readSequence(info, 16, func(s *cryptobyte.String) bool {
			t, ok := readOID(s)
			q.Types = append(q.Types, t)
			return ok
		})
	case "0.4.0.1862.1.7":
		return readSequence(info, 64, func(s *cryptobyte.String) bool {
			var cc cryptobyte.String
			ok := s.ReadASN1(&cc, cbasn1.PrintableString)
			q.Countries = append(q.Countries, string(cc))
			return ok
		})
	case "1.3.6.1.5.5.7.11.2":
		return q.readSemantics(info)
	}
	return true
}

// readSequence reads SEQUENCE OF with at most n members.
func readSequence(info cryptobyte.String, n int, member func(*cryptobyte.String) bool) bool {
	var seq cryptobyte.String
	if !info.ReadASN1(&seq, cbasn1.SEQUENCE) {
		return false
	}
	for i := 0; !seq.Empty(); i++ {
		if i == n || !member(&seq) {
			return false
		}
	}
	return true
}

// readSemantics reads SemanticsInformation ::= SEQUENCE { semanticsIdentifier OBJECT IDENTIFIER OPTIONAL, nameRegistrationAuthorities ... OPTIONAL }
// (RFC 3739, 3.2.6.1); many issuers leave it out.
func (q *QCStatements) readSemantics(info cryptobyte.String) bool {
	var seq cryptobyte.String
	if info.Empty() {
		return true
	}
	if !info.ReadASN1(&seq, cbasn1.SEQUENCE) {
		return false
	}
	if !seq.PeekASN1Tag(cbasn1.OBJECT_IDENTIFIER) {
		return true
	}
	id, ok := readOID(&seq)
	q.Semantics = append(q.Semantics, id)
	return ok
}

// readLimit reads MonetaryValue ::= SEQUENCE { currency CHOICE { alphabetic PrintableString, numeric INTEGER }, amount INTEGER, exponent INTEGER }.
func readLimit(info cryptobyte.String) (*MonetaryLimit, bool) {
	var seq, letters cryptobyte.String
	if !info.ReadASN1(&seq, cbasn1.SEQUENCE) {
		return nil, false
	}
	m := &MonetaryLimit{}
	if seq.PeekASN1Tag(cbasn1.INTEGER) {
		n, ok := readInteger(&seq, cbasn1.INTEGER)
		if !ok || !n.IsInt64() {
			return nil, false
		}
		m.Currency = n.String()
	} else if !seq.ReadASN1(&letters, cbasn1.PrintableString) {
		return nil, false
	} else {
		m.Currency = string(letters)
	}
	amount, ok := readInteger(&seq, cbasn1.INTEGER)
	exponent, ok2 := readInteger(&seq, cbasn1.INTEGER)
	if !ok || !ok2 || !seq.Empty() || amount.BitLen() > 62 || exponent.BitLen() > 10 {
		return nil, false
	}
	m.Amount, m.Exponent = int(amount.Int64()), int(exponent.Int64())
	return m, true
}
