package desk

import (
	"context"
	"errors"
	"io"
	"time"

	"mohur/docket"
)

// Verifier says what the signatures of a blob are worth. A bad signature is a verdict; an error means that it could not be judged at all.
type Verifier interface {
	// Verify judges the file under the policy. ID, Blob, At and the policy of the result are set by the caller, who also stores Evidence.
	Verify(ctx context.Context, in VerifyInput) (*docket.Verification, error)
	// SignedOnly says whether what stands after the first base bytes of a PDF adds signatures and what belongs to them, and nothing else:
	// no page, annotation or attachment differs from what the first base bytes show.
	SignedOnly(ctx context.Context, in VerifyInput, base int64) (bool, error)
	// PolicyVersion names the present version of a policy; it changes whenever a verdict might.
	PolicyVersion(policy string) string
}

// VerifyInput is a file to judge.
type VerifyInput struct {
	File   io.ReaderAt
	Size   int64
	Name   string // for the report only
	Policy string
	Time   time.Time // validation time
	// Beside is what a detached signature speaks of; or only its SHA-256, where the file is not here.
	Beside       io.ReaderAt
	BesideSize   int64
	BesideSHA256 docket.Hash
}

// Sealer puts the agency's seal on a file.
type Sealer interface {
	// Profile describes the seal that a credential makes next: with which key and certificate, and with which unit and level where no seal
	// profile says so. Members that except names failed in this request and are passed over. A refusal (docket.Error) is told as it is.
	Profile(ctx context.Context, credential string, except ...string) (SealProfile, error)
	// Seal writes the sealed file to out: the input's bytes, then the signature's increment. It returns an error and leaves out unusable
	// when the token, or the timestamp authority that the level needs, does not answer. ErrMember says that it was the token, so that another
	// may be tried.
	Seal(ctx context.Context, in SealInput, out docket.BlobWriter) error
}

// ErrMember is in what Seal returns when the credential's member failed, and not the document or the timestamp authority.
var ErrMember = errors.New("desk: the key that was to seal failed")

// SealProfile is a seal that can be made now.
type SealProfile struct {
	Name        string // of the seal profile; of the credential where none governs
	Version     int    // of the seal profile; 0: none governs
	Credential  string
	Member      string // of the credential
	PerDay      int    // how many signatures a day the credential may make; 0: any number
	Unit        string // "Elektron sənəd dövriyyəsi"
	Holder      string // of the certificate
	Key         string // label
	Certificate docket.Hash
	Level       string              // "PAdES-BASELINE-T"
	Terms       *docket.SealProfile // what two people agreed on; nil: the configuration alone says how

	away error // why no key can sign now; Member, Key and Certificate are empty then
}

// SealInput is what is to be sealed.
type SealInput struct {
	Profile    string
	Credential string
	Terms      *docket.SealProfile // level, unit and appearance; nil: the configuration's
	// Certificate is the intent's: the member of the credential that holds its key signs, no other.
	Certificate docket.Hash
	Document    docket.Hash // of the intent: the sealer hashes what it seals and refuses any other bytes
	File        io.ReaderAt
	Size        int64
	Place       docket.Place // of the visible seal; page 0: invisible
	Reason      string       // empty, or what the seal confirms
	// Appearance: the lines of the visible seal. Number and date stand there, so that the approved text needs no change.
	Number      string
	Date        string // gg.aa.iiii
	ControlCode string
	LookupURL   string // of the public look-up page, for a QR code
}

// Stamper makes our own proof of existence: an RFC 3161 token over a hash.
type Stamper interface {
	Stamp(ctx context.Context, h docket.Hash) ([]byte, error)
}

// Paper makes pages as PDF/A.
type Paper interface {
	// Record makes the PDF/A-3b page of a record, with its canonical JSON attached. Same record, same bytes.
	Record(ctx context.Context, r *docket.Record, canonical []byte, w io.Writer) error
	// Letter makes the PDF/A-2b page of an official letter or receipt, and says where the visible seal belongs. Same page, same bytes.
	Letter(ctx context.Context, p *docket.LetterPage, w io.Writer) (docket.Place, error)
}
