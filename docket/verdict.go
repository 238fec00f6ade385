package docket

import (
	"context"
	"time"

	"mohur/verify/etsi"
)

// Verification is the stored verdict on a blob under a policy at a time. It is data: what follows from it is decided elsewhere.
type Verification struct {
	ID            ID
	Blob          Hash
	Policy        string
	PolicyVersion string
	At            time.Time
	Format        string
	Indication    etsi.Indication
	SubIndication etsi.SubIndication
	Signatures    []SignatureVerdict
	Report        []byte // the JSON of `mohur verify --json`, decisions 6
	Evidence      []Evidence
}

// Evidence is a CRL or OCSP response that a verdict used. Its bytes are kept, for a complete CRL drops a lifted hold and later nobody could
// show what was known (decisions 5).
type Evidence struct {
	Kind       string    `json:"kind"` // CRL or OCSP
	Status     string    `json:"status"`
	ThisUpdate time.Time `json:"thisUpdate,omitzero"`
	Blob       Hash      `json:"blob"`
	DER        []byte    `json:"-"` // as the verifier hands it over; stored as Blob
}

// SignatureVerdict is what matters for a decision about one signature.
type SignatureVerdict struct {
	ID                 string             `json:"id"`
	Format             string             `json:"format"`
	Level              string             `json:"level"`
	Indication         etsi.Indication    `json:"indication"`
	SubIndication      etsi.SubIndication `json:"subIndication,omitempty"`
	Intact             bool               `json:"intact"`
	Covers             string             `json:"covers"`   // whole, revision, partial
	Modified           string             `json:"modified"` // none, permitted, forbidden, unknown
	Orphan             bool               `json:"orphan,omitempty"`
	Field              string             `json:"field,omitempty"` // of a PDF's form, in which it stands
	Signer             Signer             `json:"signer"`
	Certificate        Hash               `json:"certificate,omitempty"`
	ClaimedSigningTime time.Time          `json:"claimedSigningTime,omitzero"`
	BestSignatureTime  time.Time          `json:"bestSignatureTime,omitzero"`
	// RevocationMissing says that the indication would change if revocation data could be fetched: the check may be repeated.
	RevocationMissing bool     `json:"revocationMissing,omitempty"`
	Reasons           []Reason `json:"reasons,omitempty"`
}

// Reason is a key of the verification catalogue with its arguments.
type Reason struct {
	Key  string            `json:"key"`
	Args map[string]string `json:"args,omitempty"`
}

// Passed says whether the document as a whole is TOTAL-PASSED.
func (v *Verification) Passed() bool {
	return v.Indication == etsi.TotalPassed && len(v.Signatures) > 0
}

// Repeatable says whether the verdict is INDETERMINATE only because revocation data could not be fetched: nothing failed, at least one
// signature lacks the data, and every other one passed (requirements.md 8, 16).
func (v *Verification) Repeatable() bool {
	missing := false
	for _, s := range v.Signatures {
		switch {
		case s.Indication == etsi.TotalPassed:
		case s.Indication == etsi.Indeterminate && s.RevocationMissing && s.Intact:
			missing = true
		default:
			return false
		}
	}
	return missing && v.Indication == etsi.Indeterminate
}

// Verifications stores verdicts.
type Verifications interface {
	AddVerification(ctx context.Context, v *Verification) error
	Verification(ctx context.Context, id ID) (*Verification, error)
	// LatestVerification returns the newest verdict on a blob under a policy, or ErrNotFound.
	LatestVerification(ctx context.Context, blob Hash, policy string) (*Verification, error)
}
