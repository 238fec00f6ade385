package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"mohur/signing"
	"mohur/signing/cades"
	"mohur/signing/pades"
	"mohur/verify"
	"mohur/verify/etsi"
)

// errOutputRefused says that our own output did not pass our own verification.
var errOutputRefused = errors.New("the output failed its verification and was thrown away")

// document signs one file. The output appears whole and verified, or not at all.
func (s *documentSigner) document(ctx context.Context, path string) error {
	target := s.o.outputName(path)
	if _, err := os.Lstat(target); err == nil && !s.o.force {
		return fmt.Errorf("%s exists already; --force replaces it", target)
	}
	in, size, err := openFile(path)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := differentFiles(in, target); err != nil {
		return err
	}
	if err := s.unchanged(path, in, size); err != nil {
		return err
	}
	before, err := s.before(ctx, in, size)
	if err != nil {
		return err
	}
	out, err := os.CreateTemp(filepath.Dir(target), ".mohur-*")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name()) // after the rename there is nothing left under this name
	defer out.Close()
	var result *signing.Result
	switch {
	case s.o.counter != 0:
		result, err = s.counterSign(ctx, in, size, out)
	case s.o.format == formatCAdES:
		result, err = cades.Sign(ctx, in, size, out, cades.Options{Request: s.options.Request, Detached: s.o.detached})
	default:
		result, err = pades.Sign(ctx, in, size, out, s.options)
	}
	if err != nil {
		return err
	}
	if err := errors.Join(s.examine(ctx, in, size, before, out, result), out.Sync(), out.Chmod(0o644), out.Close()); err != nil {
		return err
	}
	if err := publishFile(out.Name(), target, s.o.force); err != nil {
		return err
	}
	return s.tell(path, target, result)
}

// before is the verdict on what is to be signed: a PDF, whose earlier signatures must not suffer. A message signs anything.
func (s *documentSigner) before(ctx context.Context, in io.ReaderAt, size int64) (*verify.Report, error) {
	if s.o.format == formatCAdES {
		return nil, nil
	}
	r, err := s.verdict(ctx, in, size)
	if e, ok := errors.AsType[*verify.Error](err); ok && e.Code == verify.CodeUnknown || err == nil && r.Format != verify.FormatPDF && r.Format != verify.FormatPAdES {
		return nil, errors.New("it is no PDF document")
	}
	return r, err
}

// differentFiles refuses an output that is the input.
func differentFiles(in *os.File, target string) error {
	a, err := in.Stat()
	if err != nil {
		return err
	}
	if b, err := os.Stat(target); err == nil && os.SameFile(a, b) {
		return fmt.Errorf("%s is the document itself; signing does not replace its input", target)
	}
	return nil
}

// verdict verifies a document, below level B-LT without any trust: what counts then is what was signed, not by whom. Nothing is fetched: what
// carries validation data must pass with that alone.
func (s *documentSigner) verdict(ctx context.Context, f io.ReaderAt, size int64, detached ...verify.Data) (*verify.Report, error) {
	return verify.Document(ctx, verify.Input{
		Content: f, Size: size, Detached: detached, Password: s.options.Open.Password, Trust: s.trust, Now: time.Now,
	}, nil)
}

// examine holds our output against what was meant: it begins with the input, byte for byte; it has one signature more, which is intact, covers
// everything, has the level asked for and is by the certificate asked for; and no earlier signature got worse.
func (s *documentSigner) examine(ctx context.Context, in *os.File, size int64, before *verify.Report, out *os.File, result *signing.Result) error {
	if s.o.counter != 0 {
		return s.examineCounter(ctx, in, size, out, result)
	}
	if s.o.format == formatCAdES {
		return s.examineMessage(ctx, in, size, out, result)
	}
	if err := samePrefix(in, out, size); err != nil {
		return err
	}
	after, err := s.verdict(ctx, out, result.Size)
	if err != nil {
		return fmt.Errorf("%w: %w", errOutputRefused, err)
	}
	ours, err := newSignature(before, after)
	if err != nil {
		return err
	}
	return s.examineOwn(ours, result)
}

// newSignature finds the one signature that our output has more than the input: every other is still there, with its integrity, and stands no worse.
func newSignature(before, after *verify.Report) (*verify.SignatureReport, error) {
	earlier := map[string]*verify.SignatureReport{}
	for _, r := range before.Signatures {
		earlier[r.ID] = r
	}
	var ours *verify.SignatureReport
	for _, r := range after.Signatures {
		old, known := earlier[r.ID]
		switch {
		case known && (old.Intact != r.Intact || worse(old.Indication, r.Indication)):
			return nil, fmt.Errorf("%w: the signature %s was %s and is %s", errOutputRefused, r.Name, old.Indication, r.Indication)
		case known:
			delete(earlier, r.ID)
		case ours != nil:
			return nil, fmt.Errorf("%w: it has two new signatures", errOutputRefused)
		default:
			ours = r
		}
	}
	if ours == nil || len(earlier) > 0 {
		return nil, fmt.Errorf("%w: a signature is missing", errOutputRefused)
	}
	return ours, nil
}

// examineOwn looks at the new signature.
func (s *documentSigner) examineOwn(r *verify.SignatureReport, result *signing.Result) error {
	prolonged := result.Level.Reaches(signing.BaselineLT)
	switch {
	case !r.Intact || r.Indication == etsi.TotalFailed || prolonged && r.Indication != etsi.TotalPassed:
		return fmt.Errorf("%w: the signature is %s %s", errOutputRefused, r.Indication, r.SubIndication)
	case prolonged && (r.Coverage != verify.CoversRevision || r.Modified != verify.ModifiedPermitted):
		return fmt.Errorf("%w: the signature does not cover what it should", errOutputRefused)
	case !prolonged && r.Coverage != verify.CoversWhole:
		return fmt.Errorf("%w: the signature does not cover the whole document", errOutputRefused)
	case r.Signer.SHA256 != s.leaf.Fingerprint():
		return fmt.Errorf("%w: the signature is by another certificate", errOutputRefused)
	case r.Level != s.levelName(result.Level):
		return fmt.Errorf("%w: its level is %q, not %s", errOutputRefused, r.Level, result.Level)
	}
	return nil
}

// worse orders indications: passed, indeterminate, failed.
func worse(before, after etsi.Indication) bool {
	rank := map[etsi.Indication]int{etsi.TotalPassed: 0, etsi.Indeterminate: 1, etsi.TotalFailed: 2}
	return rank[after] > rank[before]
}

// samePrefix compares the output's beginning with the input.
func samePrefix(in, out io.ReaderAt, size int64) error {
	a, b := make([]byte, 256<<10), make([]byte, 256<<10)
	for at := int64(0); at < size; at += int64(len(a)) {
		n := min(int64(len(a)), size-at)
		if _, err := in.ReadAt(a[:n], at); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if _, err := out.ReadAt(b[:n], at); err != nil {
			return fmt.Errorf("%w: it is shorter than the input: %w", errOutputRefused, err)
		}
		if !bytes.Equal(a[:n], b[:n]) {
			return fmt.Errorf("%w: it does not begin with the input", errOutputRefused)
		}
	}
	return nil
}

// publishFile gives the finished file its name, without replacing anything unless that was asked for.
func publishFile(from, to string, replace bool) error {
	if replace {
		return os.Rename(from, to)
	}
	err := os.Link(from, to)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, os.ErrExist):
		return fmt.Errorf("%s exists already; --force replaces it", to)
	}
	return os.Rename(from, to) // a file system without hard links
}

// tell reports what was made.
func (s *documentSigner) tell(in, out string, r *signing.Result) error {
	line := signedLine{
		File: in, Output: out, Level: s.levelName(r.Level), SignedBy: s.options.Name,
		ClaimedTime: r.ClaimedTime.UTC(), SHA256: hex.EncodeToString(r.SHA256[:]),
	}
	if !r.Timestamp.IsZero() {
		at := r.Timestamp.UTC()
		line.Timestamp = &at
	}
	if !r.ArchiveTimestamp.IsZero() {
		at := r.ArchiveTimestamp.UTC()
		line.Archived = &at
	}
	if s.o.json {
		e := json.NewEncoder(s.std.Out)
		e.SetEscapeHTML(false)
		return e.Encode(line)
	}
	when := ""
	if line.Timestamp != nil {
		when = ", timestamp " + line.Timestamp.Format(time.RFC3339)
	}
	_, err := fmt.Fprintf(s.std.Out, "%s: %s by %s%s\n", out, line.Level, line.SignedBy, when)
	return err
}
