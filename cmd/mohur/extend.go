package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"mohur/certs"
	"mohur/signing"
	"mohur/signing/cades"
	"mohur/signing/pades"
	"mohur/verify"
	"mohur/verify/etsi"
)

const extendHelp = `usage: mohur extend --level B-T|B-LT|B-LTA [OPTIONS] FILE...

Brings signed PDF and CMS documents to a higher level, so that they can be verified when certificates have expired: adds timestamps,
certificates and revocation data. B-LTA again renews the last timestamp before its own certificate ends. What is signed stays as it was, no key is
needed, and each output is verified before it appears.

  --level LEVEL      B-T: a timestamp where there is none; B-LT: and validation data; B-LTA: and a timestamp over those
  --tsa URL          the RFC 3161 timestamp authority (may be repeated: the next one is asked when one fails)
  --anchors PATH     certificates that every signer and authority must lead to (may be repeated)
  --tsa-anchors PATH the same for timestamp authorities only
  --evidence-age D   by how much revocation data may be older than the timestamp of a signature (default 24h; 0 takes none that is older)
  --allow-incomplete goes on when a signature of the document has no valid path; it is named
  --detached FILE    what a detached CMS signature signs (one input only)
  --map PREFIX=ADDR  sends URLs with this prefix to a fixed address, the only way to a private one: http://pki.example/=127.0.0.1:8421
  --out FILE         where to (one input only; default NAME-extended.pdf beside NAME.pdf)
  --force            replace an output that exists
  --json             one JSON line per document

Exit status: 0 every document extended, 1 an output failed its verification and was thrown away, 2 could not run.

Example:
  $ mohur extend --level B-LTA --anchors root.crt --tsa http://tsa.example.az/ letter-signed.pdf
  letter-signed-extended.pdf: B-LTA, timestamp 2026-11-22T09:00:00Z
`

// extendCommand brings signed documents to a higher level.
func extendCommand() command {
	return command{summary: "add timestamps and validation data to signed documents", help: extendHelp, run: runExtend}
}

// extender is one run of the command.
type extender struct {
	longTermAccess
	content, out         string
	force, json, partial bool
	paths                []string
	std                  streams
	stamper              signing.Timestamper
	trust                *certs.TrustStore
	evidence             *signing.Collector
}

func parseExtend(args []string, std streams) (*extender, error) {
	x := &extender{std: std}
	fs := flag.NewFlagSet("extend", flag.ContinueOnError)
	x.flags(fs)
	fs.StringVar(&x.content, "detached", "", "")
	fs.StringVar(&x.out, "out", "", "")
	fs.BoolVar(&x.force, "force", false, "")
	fs.BoolVar(&x.json, "json", false, "")
	fs.BoolVar(&x.partial, "allow-incomplete", false, "")
	var err error
	if x.paths, err = parseAnywhere(fs, args); err != nil {
		return nil, err
	}
	given := x.level != ""
	if err := x.check(); err != nil {
		return nil, err
	}
	switch {
	case len(x.paths) == 0:
		return nil, errors.New("no file is given")
	case !given || x.level == string(signing.BaselineB):
		return nil, errors.New("--level B-T, B-LT or B-LTA is needed")
	case x.level != string(signing.BaselineLT) && len(x.tsa) == 0:
		return nil, fmt.Errorf("level %s needs --tsa", x.level)
	case len(x.paths) > 1 && (x.out != "" || x.content != ""):
		return nil, errors.New("--out and --detached go with one file")
	}
	x.stamper, x.trust, x.evidence, err = x.sources(signing.Level(x.level))
	return x, err
}

func runExtend(args []string, std streams) int {
	x, err := parseExtend(args, std)
	if err != nil {
		return complain(std, "extend", fmt.Errorf("%w; 'mohur extend --help' explains", err))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	status := exitPassed
	for _, path := range x.paths {
		if err := x.document(ctx, path); err != nil {
			fmt.Fprintf(std.Err, "mohur extend: %s: %v\n", path, err)
			status = max(status, statusOf(err))
		}
		if ctx.Err() != nil {
			return exitStopped
		}
	}
	return status
}

// extendedLine is the JSON output for one document.
type extendedLine struct {
	File       string      `json:"file"`
	Output     string      `json:"output"`
	Level      string      `json:"level"`
	Timestamps []time.Time `json:"timestamps"`
	Incomplete []string    `json:"incomplete,omitempty"`
	SHA256     string      `json:"sha256"`
}

// document extends one file. The output appears whole and verified, or not at all.
func (x *extender) document(ctx context.Context, path string) error {
	target := x.out
	if target == "" {
		ext := filepath.Ext(path)
		target = strings.TrimSuffix(path, ext) + "-extended" + ext
	}
	if _, err := os.Lstat(target); err == nil && !x.force {
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
	beside, done, err := x.beside()
	if err != nil {
		return err
	}
	defer done()
	before, err := x.verdict(ctx, in, size, beside)
	if err != nil {
		return err
	}
	out, err := os.CreateTemp(filepath.Dir(target), ".mohur-*")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name()) // after the rename there is nothing left under this name
	defer out.Close()
	line, written, err := x.extend(ctx, before.Format, in, size, beside, out)
	if err != nil {
		return err
	}
	if err := errors.Join(x.examine(ctx, before, out, written, beside), out.Sync(), out.Chmod(0o644), out.Close()); err != nil {
		return err
	}
	if err := publishFile(out.Name(), target, x.force); err != nil {
		return err
	}
	line.File, line.Output = path, target
	return x.tell(line)
}

// beside is the content of a detached signature.
func (x *extender) beside() (data []verify.Data, done func(), err error) {
	if x.content == "" {
		return nil, func() {}, nil
	}
	f, size, err := openFile(x.content)
	if err != nil {
		return nil, nil, err
	}
	return []verify.Data{{Name: filepath.Base(x.content), Content: f, Size: size}}, func() { f.Close() }, nil
}

func (x *extender) verdict(ctx context.Context, f *os.File, size int64, beside []verify.Data) (*verify.Report, error) {
	return verify.Document(ctx, verify.Input{Content: f, Size: size, Detached: beside, Trust: x.trust, Now: time.Now}, nil)
}

// extend hands the document to the package of its format.
func (x *extender) extend(ctx context.Context, format verify.Format, in *os.File, size int64, beside []verify.Data, out *os.File) (extendedLine, int64, error) {
	level := signing.Level(x.level)
	switch format {
	case verify.FormatPDF, verify.FormatPAdES:
		r, err := pades.Extend(ctx, in, size, out, pades.Extension{
			Level: level, Timestamper: x.stamper, TimestampTrust: x.trust, Evidence: x.evidence, Now: time.Now, AllowIncomplete: x.partial,
		})
		if err != nil {
			return extendedLine{}, 0, err
		}
		return newExtendedLine(r.Level, r.Timestamps, r.Incomplete, r.SHA256), r.Size, nil
	case verify.FormatCMS, verify.FormatCAdES:
		message := make([]byte, size) // verified before, which bounds it
		if _, err := in.ReadAt(message, 0); err != nil {
			return extendedLine{}, 0, err
		}
		o := cades.Extension{
			Level: level, Timestamper: x.stamper, TimestampTrust: x.trust, Evidence: x.evidence, Now: time.Now, AllowIncomplete: x.partial,
		}
		var r *cades.Extended
		var err error
		if len(beside) > 0 {
			r, err = cades.Extend(ctx, message, beside[0].Content, beside[0].Size, out, o)
		} else {
			r, err = cades.Extend(ctx, message, nil, 0, out, o)
		}
		if err != nil {
			return extendedLine{}, 0, err
		}
		return newExtendedLine(r.Level, r.Timestamps, r.Incomplete, r.SHA256), r.Size, nil
	}
	return extendedLine{}, 0, fmt.Errorf("a %s can't be extended", format)
}

func newExtendedLine(l signing.Level, stamps []time.Time, missing []*signing.EvidenceError, sum [32]byte) extendedLine {
	line := extendedLine{Level: string(l), Timestamps: []time.Time{}, SHA256: fmt.Sprintf("%x", sum)}
	for _, t := range stamps {
		line.Timestamps = append(line.Timestamps, t.UTC())
	}
	for _, e := range missing {
		line.Incomplete = append(line.Incomplete, e.Error())
	}
	return line
}

// examine holds the output against what was meant: the same signatures, none worse than before, and, when nothing may be missing, each passing
// with what the document carries.
func (x *extender) examine(ctx context.Context, before *verify.Report, out *os.File, size int64, beside []verify.Data) error {
	after, err := x.verdict(ctx, out, size, beside)
	if err != nil {
		return fmt.Errorf("%w: %w", errOutputRefused, err)
	}
	if len(after.Signatures) != len(before.Signatures) {
		return fmt.Errorf("%w: it has %d signatures instead of %d", errOutputRefused, len(after.Signatures), len(before.Signatures))
	}
	must := signing.Level(x.level).Reaches(signing.BaselineLT) && !x.partial
	for i, r := range after.Signatures {
		old := before.Signatures[i]
		switch {
		case r.Name != old.Name || r.Intact != old.Intact || worse(old.Indication, r.Indication):
			return fmt.Errorf("%w: the signature %s was %s and is %s %s", errOutputRefused, r.Name, old.Indication, r.Indication, r.SubIndication)
		case must && r.Indication != etsi.TotalPassed:
			return fmt.Errorf("%w: the signature %s is %s %s", errOutputRefused, r.Name, r.Indication, r.SubIndication)
		}
	}
	return nil
}

func (x *extender) tell(line extendedLine) error {
	if x.json {
		e := json.NewEncoder(x.std.Out)
		e.SetEscapeHTML(false)
		return e.Encode(line)
	}
	when := ""
	if n := len(line.Timestamps); n > 0 {
		when = ", timestamp " + line.Timestamps[n-1].Format(time.RFC3339)
	}
	fmt.Fprintf(x.std.Out, "%s: %s%s\n", line.Output, line.Level, when)
	for _, m := range line.Incomplete {
		fmt.Fprintf(x.std.Out, "  %s\n", m)
	}
	return nil
}
