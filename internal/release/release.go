// Package release decides whether what was just sealed may leave the house (decisions 9): our signature is TOTAL-PASSED at the level asked for,
// made by the intended certificate, covers the whole file; the intended document is in it, byte for byte; no earlier signature's verdict got
// worse. Letters and seal requests go through it alike.
//
// It must not know who asked for the seal, tokens, or what happens to a file that is kept back.
package release

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"strings"

	"mohur/docket"
	"mohur/internal/cms"
	"mohur/verify/etsi"
)

// Packaging says how the intended document lies in the sealed file.
type Packaging string

// The packagings. The zero value is Prefix.
const (
	Prefix   Packaging = ""         // a PDF: its bytes, then an increment
	Content  Packaging = "content"  // an enveloping message: its content
	Detached Packaging = "detached" // a message beside it
)

// Judge is how a stored file is judged now; beside is what a detached signature speaks of, empty for everything else.
type Judge func(ctx context.Context, file, beside docket.Hash) (*docket.Verification, error)

// Sealed is what was intended and what came of it.
type Sealed struct {
	Document    docket.Hash // the intent's; it names a stored file, but for a detached signature over a hash alone
	File        docket.Hash // what was made of it
	Certificate docket.Hash // the intent's
	Level       string      // "PAdES-BASELINE-T"
	Packaging   Packaging
	// Before is the verdict on Document, if it was reached already; nil lets it be judged where it matters.
	Before *docket.Verification
}

// Check returns the verdict on the sealed file if it may be released. What may not is a refusal with docket.KeySealRefused, whose argument
// "check" says what failed; any other error means that it could not be decided.
func Check(ctx context.Context, blobs docket.Blobs, judge Judge, s Sealed) (*docket.Verification, error) {
	beside := docket.Hash("")
	switch s.Packaging {
	case Prefix:
		if err := exactPrefix(ctx, blobs, s.Document, s.File); err != nil {
			return nil, err
		}
	case Content:
		if err := exactContent(ctx, blobs, s.Document, s.File); err != nil {
			return nil, err
		}
	case Detached:
		beside = s.Document
	}
	v, err := judge(ctx, s.File, beside)
	if err != nil {
		return nil, err
	}
	own, err := ours(v, s)
	if err != nil {
		return nil, err
	}
	if s.Packaging == Prefix && (len(v.Signatures) > 1 || s.prolonged()) {
		if err := noneWorse(ctx, judge, s, v, own); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// ours looks at our own signature: the last that the intended certificate made over the whole file.
func ours(v *docket.Verification, s Sealed) (*docket.SignatureVerdict, error) {
	var own *docket.SignatureVerdict
	covers, modified := s.extent()
	for k := range v.Signatures {
		if g := &v.Signatures[k]; g.Certificate == s.Certificate && g.Covers == covers {
			own = g
		}
	}
	switch {
	case own == nil:
		return nil, refused("own_signature_missing")
	case own.Indication != etsi.TotalPassed:
		return nil, refused(string(own.Indication) + " " + string(own.SubIndication))
	case own.Level != s.Level:
		return nil, refused("level " + own.Level)
	case own.Modified != modified:
		return nil, refused("modified")
	}
	return own, nil
}

// extent is what our signature must cover: all of the file, or, where a PDF carries its validation data, all but the increments with that data
// and its timestamps (ETSI EN 319 142-1, 5.4), which the verdict has found to be permitted.
func (s Sealed) extent() (covers, modified string) {
	if s.prolonged() {
		return "revision", "permitted"
	}
	return "whole", "none"
}

// prolonged says that increments follow our own.
func (s Sealed) prolonged() bool {
	return s.Packaging == Prefix && (strings.HasSuffix(s.Level, "-LT") || strings.HasSuffix(s.Level, "-LTA"))
}

func refused(check string) error {
	return docket.Refuse(docket.CodeConflict, docket.KeySealRefused).With("check", check)
}

// exactPrefix hashes the input again while comparing it with the sealed file's beginning.
func exactPrefix(ctx context.Context, blobs docket.Blobs, input, sealed docket.Hash) error {
	in, err := blobs.Open(ctx, input)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := blobs.Open(ctx, sealed)
	if err != nil {
		return err
	}
	defer func() { _ = out.Close() }()
	sum := sha256.New()
	same, err := SameBytes(io.LimitReader(out, in.Size()), io.TeeReader(in, sum))
	switch {
	case err != nil:
		return err
	case !same:
		return refused("prefix")
	case docket.HashOf([32]byte(sum.Sum(nil))) != input:
		return refused("input_hash")
	case out.Size() <= in.Size():
		return refused("nothing_added")
	}
	return nil
}

// exactContent hashes the content inside a message.
func exactContent(ctx context.Context, blobs docket.Blobs, input, sealed docket.Hash) error {
	out, err := blobs.Open(ctx, sealed)
	if err != nil {
		return err
	}
	defer func() { _ = out.Close() }()
	raw, err := io.ReadAll(out)
	if err != nil {
		return docket.Refuse(docket.CodeUnavailable, docket.KeyDisk).Because(err)
	}
	message, err := cms.Parse(raw, cms.Limits{})
	if err != nil || message.Content == nil {
		return refused("content")
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, message.Content.Reader()); err != nil {
		return err
	}
	if docket.HashOf([32]byte(sum.Sum(nil))) != input {
		return refused("input_hash")
	}
	return nil
}

// noneWorse compares the signatures that the input carried with what became of them. Our own is none of them.
func noneWorse(ctx context.Context, judge Judge, s Sealed, after *docket.Verification, own *docket.SignatureVerdict) error {
	before := s.Before
	if before == nil {
		var err error
		if before, err = judge(ctx, s.Document, ""); err != nil {
			return err
		}
	}
	now := map[string]int{}
	for _, g := range after.Signatures {
		now[g.ID] = Rank(g.Indication)
	}
	for _, g := range before.Signatures {
		if g.ID == own.ID {
			return refused("own_signature_missing")
		}
		if r, still := now[g.ID]; !still || r < Rank(g.Indication) {
			return refused("earlier_signature")
		}
	}
	return nil
}

// Rank orders indications: the better one is larger.
func Rank(i etsi.Indication) int {
	switch i {
	case etsi.TotalPassed:
		return 2
	case etsi.Indeterminate:
		return 1
	default:
		return 0
	}
}

// SameBytes compares two streams.
func SameBytes(a, b io.Reader) (bool, error) {
	x, y := make([]byte, 64<<10), make([]byte, 64<<10)
	for {
		n, errA := io.ReadFull(a, x)
		m, errB := io.ReadFull(b, y)
		if n != m || !bytes.Equal(x[:n], y[:m]) {
			return false, nil
		}
		endA, endB := atEnd(errA), atEnd(errB)
		if endA && endB {
			return true, nil
		}
		if err := errors.Join(broken(errA), broken(errB)); err != nil {
			return false, docket.Refuse(docket.CodeUnavailable, docket.KeyDisk).Because(err)
		}
	}
}

func atEnd(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }

func broken(err error) error {
	if atEnd(err) {
		return nil
	}
	return err
}
