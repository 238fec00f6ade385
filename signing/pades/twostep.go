package pades

import (
	"context"
	"fmt"
	"io"
	"time"

	"mohur/signing"
)

// Prepared is a signature that lacks its value: what has to be kept, between two requests of a browser or a phone, until the value comes.
// It holds no secret. All of it can be stored, for example as JSON.
type Prepared struct {
	// ToBeSigned are the octets that the key signs: the DER of the signed attributes (RFC 5652, 5.4).
	ToBeSigned []byte
	// Hash is their digest by Algorithm, for keys that take a digest; an Ed25519 key takes ToBeSigned.
	Hash []byte
	// Digest and Algorithm name how the value must be made, as EU DSS spells them: "SHA256", "ECDSA_SHA256".
	Digest, Algorithm string
	// ClaimedTime stands in the document.
	ClaimedTime time.Time
	// InputSHA256 is the hash of the document, Size its length.
	InputSHA256 []byte
	Size        int64
	// Room is the number of octets kept free for the finished signature.
	Room int
}

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
	message := j.pending.SignedAttributes()
	return &Prepared{
		ToBeSigned: message, Hash: j.party.Digest.Sum(message), Digest: j.party.Digest.String(), Algorithm: j.party.Algorithm.Name,
		ClaimedTime: j.party.ClaimedTime, InputSHA256: j.result.InputSHA256[:], Size: size, Room: room,
	}, nil
}

// Finish puts a value into the document that Prepare was given, with the same options, and writes the signed document. The value is verified
// before anything is written: signing.ErrBadValue when it is not over what Prepare returned or not by the certificate's key,
// signing.ErrInputDiffers for another document, ErrTooLong when a timestamp token needs more room than there is.
func Finish(ctx context.Context, in io.ReaderAt, out io.Writer, o Options, p *Prepared, value []byte) (*signing.Result, error) {
	// The same inputs give the same increment: the clock is the one of the first step.
	o.Now = func() time.Time { return p.ClaimedTime }
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
