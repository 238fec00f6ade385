package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"mohur/internal/cms"
	"mohur/signing"
	"mohur/signing/cades"
	"mohur/verify/etsi"
)

// maxCounterMessage bounds a message that is countersigned, which is held in memory.
const maxCounterMessage = 128 << 20

// counterSign adds a countersignature to a message. It signs the value of one of the message's signatures, not its content, which need not be there.
func (s *documentSigner) counterSign(ctx context.Context, in io.ReaderAt, size int64, out io.Writer) (*signing.Result, error) {
	message, err := readMessage(in, size)
	if err != nil {
		return nil, err
	}
	return cades.CounterSign(ctx, message, out, cades.CounterOptions{Request: s.options.Request, Of: s.o.counter - 1})
}

func readMessage(in io.ReaderAt, size int64) ([]byte, error) {
	if size > maxCounterMessage {
		return nil, fmt.Errorf("a message of %d bytes, more than %d", size, maxCounterMessage)
	}
	message := make([]byte, size)
	if _, err := io.ReadFull(io.NewSectionReader(in, 0, size), message); err != nil {
		return nil, err
	}
	return message, nil
}

// examineCounter holds a countersigned message against what was meant: every signature that was there is there with the same value and stands as
// it did, and there is one more, intact, over the value of the one chosen, by the certificate asked for.
func (s *documentSigner) examineCounter(ctx context.Context, in *os.File, size int64, out *os.File, result *signing.Result) error {
	before, err := s.verdict(ctx, in, size)
	if err != nil {
		return err
	}
	after, err := s.verdict(ctx, out, result.Size)
	if err != nil {
		return fmt.Errorf("%w: %w", errOutputRefused, err)
	}
	own, err := newSignature(before, after)
	if err != nil {
		return err
	}
	parent := ""
	for _, r := range after.Signatures {
		if r.Name == fmt.Sprint(s.o.counter) {
			parent = r.ID
		}
	}
	switch {
	case !own.Intact || own.Indication == etsi.TotalFailed || own.Parent == "" || own.Parent != parent:
		return fmt.Errorf("%w: the countersignature is %s %s over %q", errOutputRefused, own.Indication, own.SubIndication, own.Parent)
	case own.Signer.SHA256 != s.leaf.Fingerprint():
		return fmt.Errorf("%w: the countersignature is by another certificate", errOutputRefused)
	case !signing.Level("B-" + strings.TrimPrefix(own.Level, "CAdES-BASELINE-")).Reaches(result.Level): // the message may hold more about the certificate
		return fmt.Errorf("%w: its level is %q, not %s", errOutputRefused, own.Level, result.Level)
	}
	return sameContent(in, size, out, result.Size)
}

// sameContent compares what the two messages hold, and how they hold it.
func sameContent(in *os.File, size int64, out *os.File, written int64) error {
	a, err := readMessage(in, size)
	if err != nil {
		return err
	}
	b, err := readMessage(out, written)
	if err != nil {
		return err
	}
	x, err := cms.Parse(a, cms.Limits{})
	if err != nil {
		return err
	}
	if y, err := cms.Parse(b, cms.Limits{}); err != nil || string(x.RawContentInfo) != string(y.RawContentInfo) {
		return fmt.Errorf("%w: its content is another", errOutputRefused)
	}
	return nil
}

// counterName is NAME-countersigned.p7m beside NAME.p7m.
func counterName(in string) string {
	ext := filepath.Ext(in)
	return strings.TrimSuffix(in, ext) + "-countersigned" + ext
}
