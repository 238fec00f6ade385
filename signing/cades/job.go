package cades

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"mohur/internal/algo"
	"mohur/internal/cms"
	"mohur/signing"
)

// job is one signing, from the checked request to the finished message.
type job struct {
	draft
	o       Options
	size    int64 // of the content
	party   *signing.Party
	pending *cms.Pending
	result  signing.Result
}

// newJob checks the request, reads the content once and prepares the attributes.
func newJob(ctx context.Context, in io.ReaderAt, size int64, o Options) (*job, error) {
	party, err := signing.NewParty(o.Request)
	if err != nil {
		return nil, err
	}
	j := &job{o: o, size: size, party: party}
	j.content = func() io.Reader { return io.NewSectionReader(in, 0, size) }
	j.digests = map[algo.Digest][]byte{}
	if in == nil {
		if !o.Detached || len(o.InputSHA256) != sha256.Size || party.Digest != algo.SHA256 {
			return nil, fmt.Errorf("%w: without the content only a detached signature with SHA-256 can be made, over InputSHA256", ErrOptions)
		}
		j.digests[algo.SHA256] = o.InputSHA256
	}
	if err := j.read(ctx, algo.SHA256, party.Digest, signing.ImprintDigest(party.Digest)); err != nil {
		return nil, err
	}
	if o.InputSHA256 != nil && string(o.InputSHA256) != string(j.digests[algo.SHA256]) {
		return nil, signing.ErrInputDiffers
	}
	j.result = signing.Result{
		Level: party.Level(), ClaimedTime: party.ClaimedTime, Certificate: party.Certificate, DigestAlgorithm: party.Digest, SignatureAlgorithm: party.Algorithm,
	}
	copy(j.result.InputSHA256[:], j.digests[algo.SHA256])
	chain := party.Chain()
	b := cms.Builder{Certificate: chain[0], Chain: chain[1:], Digest: party.Digest, PSS: o.PSS, SigningTime: party.ClaimedTime}
	if j.pending, err = b.Prepare(j.digests[party.Digest]); err != nil {
		return nil, fmt.Errorf("cades: %w", err)
	}
	return j, nil
}

// complete makes the message, without its content, from the value and brings it to its level.
func (j *job) complete(ctx context.Context, value []byte) (err error) {
	if j.message, err = j.pending.Finish(value); err != nil {
		return errors.Join(signing.ErrBadValue, err)
	}
	level := j.party.Level()
	if level.Reaches(signing.BaselineT) {
		token, at, err := j.party.Timestamp(ctx, value)
		if err != nil {
			return err
		}
		j.result.Timestamp = at
		if j.message, err = cms.AddSignatureTimestamp(j.message, 0, token); err != nil {
			return fmt.Errorf("cades: %w", err)
		}
	}
	if level.Reaches(signing.BaselineLT) {
		if j.result.Incomplete, err = j.addEvidence(ctx, j.o.Evidence, func(string) bool { return true }); err != nil {
			return err
		}
	}
	if level == signing.BaselineLTA {
		j.result.ArchiveTimestamp, err = j.archive(ctx, j.party.Stamper(), signing.ImprintDigest(j.party.Digest), 0)
	}
	return err
}

// release writes the message, with its content unless that stays beside it.
func (j *job) release(ctx context.Context, out io.Writer) (*signing.Result, error) {
	h := sha256.New()
	w := &counting{w: io.MultiWriter(out, h)}
	var err error
	if j.o.Detached {
		_, err = w.Write(j.message)
	} else {
		err = writeAttached(ctx, w, j.message, j.content(), j.size)
	}
	if err != nil {
		return nil, err
	}
	j.result.Size = w.n
	h.Sum(j.result.SHA256[:0])
	return &j.result, nil
}
