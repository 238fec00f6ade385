// Package pades puts signatures into PDF documents as ETSI EN 319 142-1 asks: levels B-B and B-T, by incremental update, with the document
// streamed. It refuses, before a byte is written, what an earlier signer or the field itself forbids. It must not know tokens, cases, or
// what the document says.
//
// [Sign] does everything. [Prepare] and [Finish] are the same in two steps, for a key that another program holds.
package pades

import (
	"context"
	"errors"
	"fmt"
	"io"

	"mohur/internal/pdf"
	"mohur/signing"
)

// Options says how a document is signed. Signer, Certificate and Now of the embedded request are needed; the zero value of everything else
// makes an invisible approval signature of level B-B in a new field.
type Options struct {
	signing.Request

	// Field is the full name of the signature field: an empty one of the document is filled, otherwise a new one gets this name. Empty makes
	// a new field named Signature1 or the next free number.
	Field string
	// Page (from 1; 0 is 1) and Rect (left, bottom, right, top in PDF units) place a new field. An all-zero Rect makes it invisible.
	Page int
	Rect [4]float64
	// Appearance is what the visible field shows; nil leaves it as it is.
	Appearance *Appearance
	// Certification makes a certification signature that permits later: 1 nothing, 2 form filling and signing, 3 annotations too
	// (ISO 32000-2, 12.8.2.2). 0 makes an approval signature.
	Certification int
	// Name, Reason, Location and ContactInfo are the entries of the signature dictionary; empty ones are left out.
	Name, Reason, Location, ContactInfo string
	// InputSHA256, when set, is the hash of the document that was approved; any other document is refused.
	InputSHA256 []byte
	// Open is how the document is read: a password, and limits.
	Open pdf.Options
	// Reserve is the number of octets kept free for a timestamp token; 0 asks the Timestamper, or takes 8,192.
	Reserve int
}

// ForbiddenError says that an earlier signature or lock does not permit signing. Nothing was written.
type ForbiddenError struct {
	By    string // "DocMDP", "FieldMDP" or "Lock"
	Field string // the field whose signature or lock forbids it
}

// Error names what forbids.
func (e *ForbiddenError) Error() string {
	return fmt.Sprintf("pades: the signature in field %q does not permit another one (%s)", e.Field, e.By)
}

// SeedValueError names a mandatory constraint of the field's seed value dictionary that can't be obeyed. Nothing was written.
type SeedValueError struct {
	Constraint string // as in ISO 32000-2, table 237: "SubFilter", "DigestMethod", "Cert", "TimeStamp", ...
	Wanted     string
}

// Error names the constraint.
func (e *SeedValueError) Error() string {
	return fmt.Sprintf("pades: the signature field demands %s %s", e.Constraint, e.Wanted)
}

var (
	// ErrFieldFilled says that the field to be signed carries a signature.
	ErrFieldFilled = errors.New("pades: the field is signed already")
	// ErrFieldKind says that the name belongs to a field that can't be signed.
	ErrFieldKind = errors.New("pades: the field can't be signed")
	// ErrNotFirst says that a document with signatures can't be certified any more.
	ErrNotFirst = errors.New("pades: only the first signature of a document can certify it")
	// ErrUncovered says that bytes follow the last revision of a signed document. Another signature would cover them, and so hide that the
	// earlier one did not.
	ErrUncovered = errors.New("pades: bytes follow the last signed revision")
	// ErrAppearance says that the visible text does not fit into the field.
	ErrAppearance = errors.New("pades: the text does not fit into the visible field")
	// ErrTooLong says that the signature came out longer than the room prepared for it, as it can when another program signs.
	ErrTooLong = errors.New("pades: the signature is longer than the room prepared for it")
	// ErrOptions says that the options contradict themselves.
	ErrOptions = errors.New("pades: impossible options")
)

// attempts bounds how often Sign begins anew because the signature came out longer than expected.
const attempts = 3

// Sign signs the document in and writes the signed one to out: first the bytes of in, unchanged, then an increment. Nothing is written before
// the signature, and for B-T its timestamp, is there and fits. Errors: *ForbiddenError, *SeedValueError, the errors of package signing, of
// [pdf.Open], and of out.
func Sign(ctx context.Context, in io.ReaderAt, size int64, out io.Writer, o Options) (*signing.Result, error) {
	j, err := newJob(in, size, o)
	if err != nil {
		return nil, err
	}
	if err := j.hashInput(ctx); err != nil {
		return nil, err
	}
	room, err := j.estimate()
	if err != nil {
		return nil, err
	}
	for range attempts {
		if err := j.layOut(room); err != nil {
			return nil, err
		}
		value, err := j.party.Sign(ctx, j.pending.SignedAttributes())
		if err != nil {
			return nil, err
		}
		done, err := j.complete(ctx, value)
		if errors.Is(err, ErrTooLong) {
			room = done + spare
			continue
		}
		if err != nil {
			return nil, err
		}
		return j.release(ctx, out)
	}
	return nil, ErrTooLong
}
