package tsp

import (
	"context"
	"crypto"
	"fmt"
	"math/big"
	"time"

	"mohur/internal/algo"
	"mohur/internal/asn1"
	"mohur/internal/cms"
)

// IssueOptions say what token a TSA gives. Serial, Time, Policy, Imprint, Signer and Certificate are needed.
type IssueOptions struct {
	Digest          algo.Digest // of the imprint
	Imprint         []byte
	Policy          asn1.ObjectIdentifier
	Serial          *big.Int
	Time            time.Time     // written to the millisecond, or more coarsely where it is whole
	Accuracy        time.Duration // zero: not said
	Ordering        bool
	Nonce           *big.Int // nil: none
	TSA             []byte   // GeneralName, encoded; nil: not said
	Extensions      []Extension
	Signer          crypto.Signer
	Certificate     []byte   // of the signer
	Chain           [][]byte // further certificates to embed
	NoCertificate   bool     // embed none, as answers a request without certReq
	SignatureDigest algo.Digest
	PSS             bool
}

// Issue makes a time-stamp token, as the TSA of the demo and of tests does.
func Issue(o IssueOptions) ([]byte, error) {
	if o.Serial == nil || o.Policy == "" || o.Time.IsZero() {
		return nil, fmt.Errorf("tsp: a token needs a serial number, a policy and a time")
	}
	if len(o.Imprint) != o.Digest.Size() || len(o.Imprint) == 0 {
		return nil, fmt.Errorf("tsp: an imprint of %d octets is no %s digest", len(o.Imprint), o.Digest)
	}
	b := cms.Builder{
		ContentType: cms.OIDTSTInfo, Content: o.info(), Certificate: o.Certificate, Chain: o.Chain,
		Digest: o.SignatureDigest, PSS: o.PSS, OmitCertificate: o.NoCertificate, SigningTime: o.Time,
	}
	if o.NoCertificate {
		b.Chain = nil
	}
	return b.Sign(context.Background(), o.Signer, nil)
}

func (o IssueOptions) info() []byte {
	parts := [][]byte{
		asn1.Int(1), asn1.OID(o.Policy), encodeImprint(o.Digest, o.Imprint), asn1.Integer(o.Serial),
		asn1.GeneralizedTime(o.Time.Truncate(time.Millisecond)), o.accuracy(),
	}
	if o.Ordering {
		parts = append(parts, asn1.Boolean(true))
	}
	if o.Nonce != nil {
		parts = append(parts, asn1.Integer(o.Nonce))
	}
	if o.TSA != nil {
		parts = append(parts, asn1.Explicit(0, o.TSA))
	}
	if len(o.Extensions) > 0 {
		var list [][]byte
		for _, x := range o.Extensions {
			var critical []byte
			if x.Critical {
				critical = asn1.Boolean(true)
			}
			list = append(list, asn1.Sequence(asn1.OID(x.Type), critical, asn1.OctetString(x.Value)))
		}
		parts = append(parts, asn1.Encode(asn1.Context(1), true, list...))
	}
	return asn1.Sequence(parts...)
}

func (o IssueOptions) accuracy() []byte {
	if o.Accuracy <= 0 {
		return nil
	}
	var parts [][]byte
	if s := o.Accuracy / time.Second; s > 0 {
		parts = append(parts, asn1.Int(int64(s)))
	}
	for i, n := range []time.Duration{o.Accuracy % time.Second / time.Millisecond, o.Accuracy % time.Millisecond / time.Microsecond} {
		if n > 0 {
			b := asn1.Int(int64(n))
			b[0] = 0x80 | byte(i)
			parts = append(parts, b)
		}
	}
	return asn1.Sequence(parts...)
}

// EncodeResponse makes the answer that carries a token, or a refusal without one.
func EncodeResponse(s Status, token []byte, failures ...FailureInfo) []byte {
	info := [][]byte{asn1.Int(int64(s))}
	if len(failures) > 0 {
		var bits [4]byte
		last := 0
		for _, f := range failures {
			if f >= 0 && f < 32 {
				bits[f/8] |= 0x80 >> (f % 8)
				last = max(last, int(f))
			}
		}
		info = append(info, asn1.Encode(asn1.TagBitString, false, []byte{byte(7 - last%8)}, bits[:last/8+1]))
	}
	return asn1.Sequence(asn1.Sequence(info...), token)
}
