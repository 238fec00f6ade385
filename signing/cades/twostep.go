package cades

import (
	"context"
	"fmt"
	"io"

	"mohur/signing"
)

// Prepared is a signature that lacks its value, to be kept until the value comes.
type Prepared = signing.Prepared

// Prepare does everything that comes before the key: checks, hash, attributes. Signer may be nil in the options.
func Prepare(ctx context.Context, in io.ReaderAt, size int64, o Options) (*Prepared, error) {
	j, err := newJob(ctx, in, size, o)
	if err != nil {
		return nil, err
	}
	return j.party.NewPrepared(j.pending.SignedAttributes(), j.result.InputSHA256[:], size, 0), nil
}

// Finish makes the message over the content that Prepare was given, with the same options, and writes it. The value (ECDSA as SEQUENCE { r, s })
// is verified before anything is asked of anyone else: signing.ErrBadValue when it is not over what Prepare returned or not by the certificate's
// key, signing.ErrInputDiffers for other content, ErrOptions for other options.
func Finish(ctx context.Context, in io.ReaderAt, out io.Writer, o Options, p *Prepared, value []byte) (*signing.Result, error) {
	// The same inputs give the same attributes: the claimed time is that of the first step.
	o.ClaimedTime = p.ClaimedTime
	o.InputSHA256 = p.InputSHA256
	j, err := newJob(ctx, in, p.Size, o)
	if err != nil {
		return nil, err
	}
	if string(j.pending.SignedAttributes()) != string(p.ToBeSigned) {
		return nil, fmt.Errorf("%w: the options are not those of the first step", ErrOptions)
	}
	if err := j.complete(ctx, value); err != nil {
		return nil, err
	}
	return j.release(ctx, out)
}
