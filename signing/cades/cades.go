// Package cades makes CAdES signatures as ETSI EN 319 122-1 asks: levels B-B to B-LTA, with the content inside the message or beside it, and
// brings signed messages to a higher level. The content is streamed. It must not know tokens, cases, or what the content says.
package cades

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"time"

	"mohur/certs"
	"mohur/internal/algo"
	"mohur/internal/cms"
	"mohur/signing"
)

// Options says how content is signed. Signer, Certificate and Now of the embedded request are needed; the zero value of everything else makes
// an enveloping signature of level B-B.
type Options struct {
	signing.Request

	// Detached leaves the content out of the message.
	Detached bool
	// InputSHA256, when set, is the hash of the content that was approved; any other content is refused. With Detached and SHA-256 it may stand for
	// content that is not here: then Sign is given none.
	InputSHA256 []byte
}

// Extension says how a signed message is brought to a higher level, for all its signers. Level, Timestamper (but for B-LT of what is stamped
// already), Now and, from B-LT on, Evidence are needed.
type Extension struct {
	// Level is what the signatures shall reach. B-LTA again renews: data about the last archive timestamp, and another one.
	Level       signing.Level
	Timestamper signing.Timestamper
	// TimestampTrust judges the authority; nil checks no path.
	TimestampTrust *certs.TrustStore
	// TimestampRevocation is asked about the authority's certificate; nil asks nobody.
	TimestampRevocation certs.RevocationSource
	Evidence            *signing.Collector
	// Digest is that of timestamps; zero is SHA-256.
	Digest algo.Digest
	Now    func() time.Time
	// AllowIncomplete goes on when a signature or timestamp has no valid path or no revocation data; they are in Extended.Incomplete.
	AllowIncomplete bool
}

// Extended says what was added.
type Extended struct {
	Level      signing.Level
	Timestamps []time.Time // that were added, in their order
	Incomplete []*signing.EvidenceError
	Size       int64
	SHA256     [32]byte
}

var (
	// ErrUnsigned says that a message has no signer.
	ErrUnsigned = errors.New("cades: the message carries no signature")
	// ErrNoContent says that a detached signature can't be extended without its content.
	ErrNoContent = errors.New("cades: the content is not in the message and was not given")
	// ErrOptions says that the options contradict themselves.
	ErrOptions = errors.New("cades: impossible options")
	// ErrNothingToAdd says that the signatures have the level already. Nothing was written.
	ErrNothingToAdd = errors.New("cades: the signatures have this level already")
	// ErrOldArchive says that an archive timestamp of version 2 or older covers the message's certificates and lists as they are: to add any
	// would break it (ETSI EN 319 122-1, A.2.4).
	ErrOldArchive = errors.New("cades: an archive timestamp of an older version permits no additions")
)

// chunk is how much content is read at once.
const chunk = 256 << 10

// Sign signs content and writes the message to out, in DER. Nothing is written before the signature, its timestamps and validation data are
// there. Errors: those of package signing, and of out.
func Sign(ctx context.Context, in io.ReaderAt, size int64, out io.Writer, o Options) (*signing.Result, error) {
	j, err := newJob(ctx, in, size, o)
	if err != nil {
		return nil, err
	}
	value, err := j.party.Sign(ctx, j.pending.SignedAttributes())
	if err != nil {
		return nil, err
	}
	if err := j.complete(ctx, value); err != nil {
		return nil, err
	}
	return j.release(ctx, out)
}

// Extend brings the signatures of a message to a higher level and writes the new message to out. content is what a detached message signs; nil
// for one that carries it. Nothing is written before all of it is there. Errors: those of package signing, above all *signing.EvidenceError.
func Extend(ctx context.Context, message []byte, content io.ReaderAt, size int64, out io.Writer, o Extension) (*Extended, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	sd, err := cms.Parse(message, cms.Limits{})
	if err != nil {
		return nil, fmt.Errorf("cades: %w", err)
	}
	d := &draft{message: sd.Raw, digests: map[algo.Digest][]byte{}}
	switch {
	case len(sd.SignerInfos) == 0:
		return nil, ErrUnsigned
	case sd.Content != nil:
		d.content = sd.Content.Reader
	case content != nil:
		d.content = func() io.Reader { return io.NewSectionReader(content, 0, size) }
	default:
		return nil, ErrNoContent
	}
	r := &Extended{Level: o.Level}
	if err := d.extend(ctx, o, r); err != nil {
		return nil, err
	}
	if string(d.message) == string(sd.Raw) {
		return nil, ErrNothingToAdd
	}
	r.Size, r.SHA256 = int64(len(d.message)), sha256.Sum256(d.message)
	if _, err := out.Write(d.message); err != nil {
		return nil, fmt.Errorf("cades: write: %w", err)
	}
	return r, nil
}

func (o *Extension) check() error {
	if o.Digest == 0 {
		o.Digest = algo.SHA256
	}
	switch {
	case !o.Level.Known() || o.Level == signing.BaselineB || o.Now == nil:
		return fmt.Errorf("%w: a level above B-B and a clock are needed", signing.ErrRequest)
	case o.Level != signing.BaselineLT && o.Timestamper == nil:
		return fmt.Errorf("%w: level %s needs a timestamp authority", signing.ErrRequest, o.Level)
	case o.Level.Reaches(signing.BaselineLT):
		return o.Evidence.Check()
	}
	return nil
}

// extend goes up level by level.
func (d *draft) extend(ctx context.Context, o Extension, r *Extended) error {
	stamper := signing.Stamper{Timestamper: o.Timestamper, Trust: o.TimestampTrust, Revocation: o.TimestampRevocation, Now: o.Now}
	m, err := d.material()
	if err != nil {
		return err
	}
	for i, s := range m.signatures {
		if len(s.stamps)+len(s.archive) > 0 {
			continue
		}
		if o.Timestamper == nil {
			return fmt.Errorf("%w: a signature without timestamp needs a timestamp authority", signing.ErrRequest)
		}
		at, err := d.stamp(ctx, stamper, o.Digest, i, s.value)
		if err != nil {
			return err
		}
		r.Timestamps = append(r.Timestamps, at)
	}
	if !o.Level.Reaches(signing.BaselineLT) {
		return nil
	}
	if r.Incomplete, err = d.addEvidence(ctx, o.Evidence, func(string) bool { return !o.AllowIncomplete }); err != nil {
		return err
	}
	if o.Level != signing.BaselineLTA {
		return nil
	}
	for i := range m.signatures {
		at, err := d.archive(ctx, stamper, o.Digest, i)
		if err != nil {
			return err
		}
		r.Timestamps = append(r.Timestamps, at)
	}
	return nil
}
