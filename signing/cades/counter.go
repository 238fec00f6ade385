package cades

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"mohur/internal/cms"
	"mohur/signing"
)

// CounterOptions says how a signature of a message is countersigned. Signer, Certificate and Now of the embedded request are needed. The level is
// B-B or B-T: Extend adds what is needed later, for the message as a whole.
type CounterOptions struct {
	signing.Request

	// Of is which signature of the message is countersigned, from 0.
	Of int
	// InputSHA256, when set, is the hash of the message that was approved; any other is refused.
	InputSHA256 []byte
}

// ErrNoSuchSignature says that the message has no signature of that number, or one that can't be read.
var ErrNoSuchSignature = errors.New("cades: the message has no such signature")

// CounterSign adds a countersignature over the value of one signature (ETSI EN 319 122-1, 5.2.7; RFC 5652, 11.4) and writes the new message to out.
// The content, and everything that was signed, stays as it was. Nothing is written before the value, and for B-T its timestamp, is there. Errors:
// those of package signing, ErrNoSuchSignature, ErrOldArchive, and of out.
func CounterSign(ctx context.Context, message []byte, out io.Writer, o CounterOptions) (*signing.Result, error) {
	party, err := signing.NewParty(o.Request)
	if err != nil {
		return nil, err
	}
	if party.Level().Reaches(signing.BaselineLT) {
		return nil, fmt.Errorf("%w: a countersignature is of level B-B or B-T", signing.ErrRequest)
	}
	r := &signing.Result{
		Level: party.Level(), ClaimedTime: party.ClaimedTime, Certificate: party.Certificate, DigestAlgorithm: party.Digest, SignatureAlgorithm: party.Algorithm,
		InputSHA256: sha256.Sum256(message),
	}
	if o.InputSHA256 != nil && string(o.InputSHA256) != string(r.InputSHA256[:]) {
		return nil, signing.ErrInputDiffers
	}
	over, err := signatureOf(message, o.Of)
	if err != nil {
		return nil, err
	}
	info, err := counterInfo(ctx, party, o, over, r)
	if err != nil {
		return nil, err
	}
	made, err := cms.AddCounterSignature(message, o.Of, info, party.Chain()...)
	if err != nil {
		return nil, fmt.Errorf("cades: %w", err)
	}
	r.Size, r.SHA256 = int64(len(made)), sha256.Sum256(made)
	if _, err := out.Write(made); err != nil {
		return nil, fmt.Errorf("cades: write: %w", err)
	}
	return r, nil
}

// signatureOf is the value of one signature, of a message that permits additions.
func signatureOf(message []byte, n int) ([]byte, error) {
	sd, err := cms.Parse(message, cms.Limits{})
	if err != nil {
		return nil, fmt.Errorf("cades: %w", err)
	}
	if n < 0 || n >= len(sd.SignerInfos) || sd.SignerInfos[n].Malformed != nil {
		return nil, fmt.Errorf("%w: %d among %d", ErrNoSuchSignature, n+1, len(sd.SignerInfos))
	}
	for _, si := range sd.SignerInfos { // the certificates, which are added to, are the imprint of every signer's
		if oldArchive(si) {
			return nil, ErrOldArchive
		}
	}
	return sd.SignerInfos[n].Signature, nil
}

// oldArchive says whether an archive timestamp covers the message's certificates as they stand.
func oldArchive(si *cms.SignerInfo) bool {
	return si.UnsignedAttributes.Has(cms.OIDArchiveTimestampV2) || si.UnsignedAttributes.Has(cms.OIDArchiveTimestamp)
}

// counterInfo makes the countersignature and, for B-T, its timestamp.
func counterInfo(ctx context.Context, party *signing.Party, o CounterOptions, over []byte, r *signing.Result) ([]byte, error) {
	chain := party.Chain()
	b := cms.Builder{Certificate: chain[0], Chain: chain[1:], Digest: party.Digest, PSS: o.PSS, SigningTime: party.ClaimedTime}
	p, err := b.PrepareCounter(over)
	if err != nil {
		return nil, fmt.Errorf("cades: %w", err)
	}
	value, err := party.Sign(ctx, p.SignedAttributes())
	if err != nil {
		return nil, err
	}
	info, err := p.FinishCounter(value)
	if err != nil {
		return nil, errors.Join(signing.ErrBadValue, err)
	}
	if !party.Level().Reaches(signing.BaselineT) {
		return info, nil
	}
	token, at, err := party.Timestamp(ctx, value)
	if err != nil {
		return nil, err
	}
	r.Timestamp = at
	return cms.StampCounterSignature(info, token)
}
