// Package tsp reads, makes and checks what the Time-Stamp Protocol exchanges (RFC 3161, RFC 5816): requests, responses, and tokens with their
// TSTInfo (ETSI EN 319 422).
//
// A token's signature, its ESS certificate id, imprint and nonce are checked here. Whether the TSA's certificate is one for time-stamping and leads
// to an anchor, and what the time is good for, this package must not know.
package tsp

import (
	"errors"
	"fmt"
	"io"
	"math/big"
	"time"

	"mohur/internal/algo"
	"mohur/internal/asn1"
	"mohur/internal/cms"
)

// TSTInfo is what a TSA says.
//
//	TSTInfo ::= SEQUENCE {
//	  version         INTEGER { v1(1) },
//	  policy          TSAPolicyId,
//	  messageImprint  MessageImprint,
//	  serialNumber    INTEGER,
//	  genTime         GeneralizedTime,
//	  accuracy        Accuracy OPTIONAL,
//	  ordering        BOOLEAN DEFAULT FALSE,
//	  nonce           INTEGER OPTIONAL,
//	  tsa             [0] GeneralName OPTIONAL,
//	  extensions      [1] IMPLICIT Extensions OPTIONAL }   -- RFC 3161, 2.4.2
type TSTInfo struct {
	Raw             []byte
	Version         int
	Policy          asn1.ObjectIdentifier
	Digest          algo.Digest // zero when the imprint's algorithm isn't known
	DigestAlgorithm algo.Identifier
	Imprint         []byte
	Serial          *big.Int
	GenTime         time.Time // UTC
	Accuracy        Accuracy
	Ordering        bool
	Nonce           *big.Int // nil when absent
	TSA             []byte   // the GeneralName as encoded; nil when absent
	Extensions      []Extension
}

// Accuracy is how far the time may be off, before and after.
//
//	Accuracy ::= SEQUENCE {
//	  seconds  INTEGER OPTIONAL,
//	  millis   [0] INTEGER (1..999) OPTIONAL,
//	  micros   [1] INTEGER (1..999) OPTIONAL }
type Accuracy struct {
	Given    bool
	Duration time.Duration
}

// Extension is an extension of a TSTInfo or a request.
type Extension struct {
	Type     asn1.ObjectIdentifier
	Critical bool
	Value    []byte // the octets inside extnValue
}

// Token is a time-stamp token: a SignedData over a TSTInfo (RFC 3161, 2.4.2).
type Token struct {
	Raw  []byte
	CMS  *cms.SignedData
	Info TSTInfo
}

// Signer returns the token's one SignerInfo.
func (t *Token) Signer() *cms.SignerInfo { return t.CMS.SignerInfos[0] }

// TokenError says why something is no time-stamp token at all. The cause, if there is one, is found with errors.As.
type TokenError struct {
	Msg string
	Err error
}

// Error names what is wrong.
func (e *TokenError) Error() string {
	if e.Err == nil {
		return "tsp: token: " + e.Msg
	}
	return fmt.Sprintf("tsp: token: %s: %v", e.Msg, e.Err)
}

// Unwrap returns the cause.
func (e *TokenError) Unwrap() error { return e.Err }

// ParseToken reads a token; zero octets after it, as in a PDF's /Contents, are tolerated and among CMS.Problems. An error is a *TokenError: the
// message is no SignedData, holds no TSTInfo, or is not signed by exactly one signer over signed attributes (RFC 3161, 2.4.2).
func ParseToken(b []byte) (*Token, error) {
	sd, err := cms.Parse(b, cms.Limits{})
	if err != nil {
		return nil, &TokenError{"not a SignedData", err}
	}
	t := &Token{Raw: sd.Raw, CMS: sd}
	if sd.ContentType != cms.OIDTSTInfo {
		return nil, &TokenError{"the content type is " + string(sd.ContentType), nil}
	}
	if sd.Content == nil {
		return nil, &TokenError{"there is no content", nil}
	}
	if len(sd.SignerInfos) != 1 {
		return nil, &TokenError{fmt.Sprintf("%d signers instead of one", len(sd.SignerInfos)), nil}
	}
	if si := sd.SignerInfos[0]; si.Malformed != nil {
		return nil, &TokenError{"the signer can't be read", si.Malformed}
	} else if si.RawSignedAttributes == nil {
		return nil, &TokenError{"there are no signed attributes", nil}
	}
	if t.Info, err = parseTSTInfo(sd.Content.Bytes()); err != nil {
		return nil, &TokenError{"TSTInfo", err}
	}
	return t, nil
}

func parseTSTInfo(b []byte) (TSTInfo, error) {
	info := TSTInfo{Raw: b}
	e, err := asn1.Parse(b, asn1.Limits{})
	if err != nil {
		return info, err
	}
	r := e.Children()
	if err := info.readRequired(r); err != nil {
		return info, err
	}
	return info, errors.Join(info.readOptional(r), r.End())
}

func (info *TSTInfo) readRequired(r *asn1.Reader) error {
	v, err := r.Expect(asn1.TagInteger)
	if err != nil {
		return err
	}
	if info.Version, err = v.Int(); err != nil {
		return err
	}
	if info.Version != 1 {
		return fmt.Errorf("version %d", info.Version)
	}
	p, err := r.Expect(asn1.TagObjectIdentifier)
	if err != nil {
		return err
	}
	if info.Policy, err = p.ObjectIdentifier(); err != nil {
		return err
	}
	if info.DigestAlgorithm, info.Imprint, err = readImprint(r); err != nil {
		return err
	}
	if info.Digest, err = algo.ParseDigest(info.DigestAlgorithm); err != nil {
		info.Digest = 0 // matches nothing; the token is still legible
	}
	s, err := r.Expect(asn1.TagInteger)
	if err != nil {
		return err
	}
	if info.Serial, err = s.Integer(); err != nil {
		return err
	}
	t, err := r.Expect(asn1.TagGeneralizedTime)
	if err != nil {
		return err
	}
	info.GenTime, err = t.Time()
	return err
}

// readImprint reads MessageImprint ::= SEQUENCE { hashAlgorithm AlgorithmIdentifier, hashedMessage OCTET STRING }.
func readImprint(r *asn1.Reader) (algo.Identifier, []byte, error) {
	m, err := r.Expect(asn1.TagSequence)
	if err != nil {
		return algo.Identifier{}, nil, err
	}
	c := m.Children()
	a, err := c.Expect(asn1.TagSequence)
	if err != nil {
		return algo.Identifier{}, nil, err
	}
	id, err := algo.ReadIdentifier(a)
	if err != nil {
		return id, nil, err
	}
	h, err := c.Expect(asn1.TagOctetString)
	if err != nil {
		return id, nil, err
	}
	b, err := h.OctetString()
	return id, b, errors.Join(err, c.End())
}

func (info *TSTInfo) readOptional(r *asn1.Reader) error {
	if a, ok, err := r.Optional(asn1.TagSequence); err != nil {
		return err
	} else if ok {
		if info.Accuracy, err = readAccuracy(a); err != nil {
			return err
		}
	}
	if o, ok, err := r.Optional(asn1.TagBoolean); err != nil {
		return err
	} else if ok {
		if info.Ordering, err = o.Boolean(); err != nil {
			return err
		}
	}
	if n, ok, err := r.Optional(asn1.TagInteger); err != nil {
		return err
	} else if ok {
		if info.Nonce, err = n.Integer(); err != nil {
			return err
		}
	}
	if g, ok, err := r.Optional(asn1.Context(0)); err != nil {
		return err
	} else if ok {
		name, err := g.Children().Next()
		if err != nil {
			return err
		}
		info.TSA = name.Raw
	}
	x, ok, err := r.Optional(asn1.Context(1))
	if err != nil || !ok {
		return err
	}
	info.Extensions, err = readExtensions(x)
	return err
}

func readAccuracy(e asn1.Element) (Accuracy, error) {
	a := Accuracy{Given: true}
	r := e.Children()
	for _, f := range []struct {
		tag  asn1.Tag
		unit time.Duration
		most int
	}{{asn1.TagInteger, time.Second, 1 << 30}, {asn1.Context(0), time.Millisecond, 999}, {asn1.Context(1), time.Microsecond, 999}} {
		v, ok, err := r.Optional(f.tag)
		if err != nil {
			return a, err
		}
		if !ok {
			continue
		}
		n, err := v.Int()
		if err != nil {
			return a, err
		}
		if n < 0 || n > f.most {
			return a, fmt.Errorf("accuracy of %d", n)
		}
		a.Duration += time.Duration(n) * f.unit
	}
	return a, r.End()
}

func readExtensions(e asn1.Element) ([]Extension, error) {
	var out []Extension
	r := e.Children()
	for r.More() {
		x, err := r.Expect(asn1.TagSequence)
		if err != nil {
			return out, err
		}
		c := x.Children()
		t, err := c.Expect(asn1.TagObjectIdentifier)
		if err != nil {
			return out, err
		}
		var ext Extension
		if ext.Type, err = t.ObjectIdentifier(); err != nil {
			return out, err
		}
		if crit, ok, err := c.Optional(asn1.TagBoolean); err != nil {
			return out, err
		} else if ok {
			ext.Critical, _ = crit.Boolean()
		}
		v, err := c.Expect(asn1.TagOctetString)
		if err != nil {
			return out, err
		}
		if ext.Value, err = v.OctetString(); err != nil {
			return out, err
		}
		out = append(out, ext)
	}
	return out, r.Err()
}

// MatchesImprint says whether the token is over these octets. An error means that they could not be read.
func (t *Token) MatchesImprint(r io.Reader) (bool, error) {
	h := t.Info.Digest.New()
	if h == nil {
		return false, nil
	}
	if _, err := io.Copy(h, r); err != nil {
		return false, err
	}
	return string(h.Sum(nil)) == string(t.Info.Imprint), nil
}

// MatchesDigest says whether the token is over this digest.
func (t *Token) MatchesDigest(d algo.Digest, digest []byte) bool {
	return d.Valid() && d == t.Info.Digest && len(digest) == d.Size() && string(digest) == string(t.Info.Imprint)
}
