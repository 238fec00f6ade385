package tsp

import (
	"errors"
	"fmt"
	"strings"

	"mohur/internal/asn1"
)

// Status is a TSA's answer in one number (RFC 3161, 2.4.2, PKIStatus).
type Status int

// The statuses; only the first two come with a token.
const (
	Granted                Status = 0
	GrantedWithMods        Status = 1
	Rejection              Status = 2
	Waiting                Status = 3
	RevocationWarning      Status = 4
	RevocationNotification Status = 5
)

// String returns the standard's name.
func (s Status) String() string {
	switch s {
	case Granted:
		return "granted"
	case GrantedWithMods:
		return "grantedWithMods"
	case Rejection:
		return "rejection"
	case Waiting:
		return "waiting"
	case RevocationWarning:
		return "revocationWarning"
	case RevocationNotification:
		return "revocationNotification"
	}
	return fmt.Sprintf("status %d", int(s))
}

// FailureInfo is one reason of a refusal, a bit of PKIFailureInfo (RFC 3161, 2.4.2).
type FailureInfo int

// The reasons that RFC 3161 names.
const (
	BadAlg              FailureInfo = 0
	BadRequest          FailureInfo = 2
	BadDataFormat       FailureInfo = 5
	TimeNotAvailable    FailureInfo = 14
	UnacceptedPolicy    FailureInfo = 15
	UnacceptedExtension FailureInfo = 16
	AddInfoNotAvailable FailureInfo = 17
	SystemFailure       FailureInfo = 25
)

// String returns the standard's name.
func (f FailureInfo) String() string {
	switch f {
	case BadAlg:
		return "badAlg"
	case BadRequest:
		return "badRequest"
	case BadDataFormat:
		return "badDataFormat"
	case TimeNotAvailable:
		return "timeNotAvailable"
	case UnacceptedPolicy:
		return "unacceptedPolicy"
	case UnacceptedExtension:
		return "unacceptedExtension"
	case AddInfoNotAvailable:
		return "addInfoNotAvailable"
	case SystemFailure:
		return "systemFailure"
	}
	return fmt.Sprintf("failure %d", int(f))
}

// Response is a TSA's answer.
//
//	TimeStampResp ::= SEQUENCE {
//	  status          PKIStatusInfo,
//	  timeStampToken  TimeStampToken OPTIONAL }
//	PKIStatusInfo ::= SEQUENCE {
//	  status        PKIStatus,
//	  statusString  PKIFreeText OPTIONAL,
//	  failInfo      PKIFailureInfo OPTIONAL }   -- RFC 3161, 2.4.2
type Response struct {
	Status   Status
	Text     []string      // what the TSA says in words; foreign text
	FailInfo []FailureInfo // in order
	Token    []byte        // as received; nil when absent
}

// ParseResponse reads an answer. It does not look into the token.
func ParseResponse(b []byte) (*Response, error) {
	e, err := asn1.Parse(b, asn1.Limits{})
	if err != nil {
		return nil, err
	}
	r := e.Children()
	s, err := r.Expect(asn1.TagSequence)
	if err != nil {
		return nil, err
	}
	out := &Response{}
	if err := out.readStatus(s); err != nil {
		return nil, err
	}
	t, ok, err := r.Optional(asn1.TagSequence)
	if err != nil {
		return nil, err
	}
	if ok {
		out.Token = t.Raw
	}
	return out, r.End()
}

func (o *Response) readStatus(e asn1.Element) error {
	r := e.Children()
	v, err := r.Expect(asn1.TagInteger)
	if err != nil {
		return err
	}
	n, err := v.Int()
	if err != nil {
		return err
	}
	o.Status = Status(n)
	if text, ok, err := r.Optional(asn1.TagSequence); err != nil {
		return err
	} else if ok {
		c := text.Children()
		for c.More() {
			s, err := c.Expect(asn1.TagUTF8String)
			if err != nil {
				return err
			}
			o.Text = append(o.Text, strings.ToValidUTF8(string(s.Content), "\uFFFD"))
		}
		if err := c.Err(); err != nil {
			return err
		}
	}
	f, ok, err := r.Optional(asn1.TagBitString)
	if err != nil || !ok {
		return errors.Join(err, r.End())
	}
	bits, _, err := f.BitString()
	if err != nil {
		return err
	}
	for i := range min(len(bits)*8, 64) {
		if bits[i/8]&(0x80>>(i%8)) != 0 {
			o.FailInfo = append(o.FailInfo, FailureInfo(i))
		}
	}
	return r.End()
}

// RefusedError says that a TSA gave no token.
type RefusedError struct {
	Response *Response
}

// Error names status, reasons and the TSA's own words.
func (e *RefusedError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "tsp: the TSA answers %s", e.Response.Status)
	for _, f := range e.Response.FailInfo {
		fmt.Fprintf(&b, ", %s", f)
	}
	if len(e.Response.Text) > 0 {
		fmt.Fprintf(&b, " (%q)", strings.Join(e.Response.Text, "; "))
	}
	return b.String()
}

// MismatchError says that a token is not the one that was asked for.
type MismatchError struct {
	What string // "imprint", "imprint algorithm", "nonce", "policy", "certificate"
}

// Error names what differs.
func (e *MismatchError) Error() string {
	return "tsp: the token's " + e.What + " is not the one asked for"
}

// Check returns the token of an answer, after the checks that RFC 3161, 2.2 demands of a requester: status, imprint and its algorithm, nonce, and
// policy where one was asked for. The signature is not verified: see Token.Verify. Errors are a *RefusedError, a *TokenError or a *MismatchError.
func (r *Request) Check(resp *Response) (*Token, error) {
	if resp.Status != Granted && resp.Status != GrantedWithMods {
		return nil, &RefusedError{resp}
	}
	if resp.Token == nil {
		return nil, &TokenError{"the answer is " + resp.Status.String() + " and has none", nil}
	}
	t, err := ParseToken(resp.Token)
	if err != nil {
		return nil, err
	}
	switch {
	case t.Info.Digest != r.Digest:
		return nil, &MismatchError{"imprint algorithm"}
	case !t.MatchesDigest(r.Digest, r.Imprint):
		return nil, &MismatchError{"imprint"}
	case r.Nonce != nil && (t.Info.Nonce == nil || t.Info.Nonce.Cmp(r.Nonce) != 0):
		return nil, &MismatchError{"nonce"}
	case r.Policy != "" && t.Info.Policy != r.Policy:
		return nil, &MismatchError{"policy"}
	case r.CertReq && t.SignerCertificate() == nil:
		return nil, &MismatchError{"certificate"}
	}
	return t, nil
}
