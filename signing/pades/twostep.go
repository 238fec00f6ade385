package pades

import (
	"context"
	"fmt"
	"io"

	"mohur/signing"
)

// Prepared is a signature that lacks its value, to be kept until the value comes.
type Prepared = signing.Prepared

// Prepare does everything that comes before the key: checks, update, hash. Signer may be nil in the options.
func Prepare(ctx context.Context, in io.ReaderAt, size int64, o Options) (*Prepared, error) {
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
	if err := j.layOut(room); err != nil {
		return nil, err
	}
	return j.party.NewPrepared(j.pending.SignedAttributes(), j.result.InputSHA256[:], size, room), nil
}

// Finish puts a value into the document that Prepare was given, with the same options, and writes the signed document. The value is verified
// before anything is written: signing.ErrBadValue when it is not over what Prepare returned or not by the certificate's key,
// signing.ErrInputDiffers for another document, ErrTooLong when a timestamp token needs more room than there is.
func Finish(ctx context.Context, in io.ReaderAt, out io.Writer, o Options, p *Prepared, value []byte) (*signing.Result, error) {
	// The same inputs give the same increment: the claimed time is that of the first step.
	o.ClaimedTime = p.ClaimedTime
	o.InputSHA256 = p.InputSHA256
	j, err := newJob(in, p.Size, o)
	if err != nil {
		return nil, err
	}
	if err := j.hashInput(ctx); err != nil {
		return nil, err
	}
	if err := j.layOut(p.Room); err != nil {
		return nil, err
	}
	if string(j.pending.SignedAttributes()) != string(p.ToBeSigned) {
		return nil, fmt.Errorf("%w: the options are not those of the first step", ErrOptions)
	}
	if _, err := j.complete(ctx, value); err != nil {
		return nil, err
	}
	return j.release(ctx, out)
}
