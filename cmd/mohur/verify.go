package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"mohur/certs"
	"mohur/verify"
	"mohur/verify/report"
)

const verifyHelp = `usage: mohur verify [OPTIONS] PATH...

Says what the signatures of documents are worth (ETSI EN 319 102-1), one answer per file; folders are searched to the bottom.

  --json             one JSON line per document
  --resume FILE      keep the answers in FILE too, and don't judge again what FILE has an answer for: same path, size, time, SHA-256 and settings
  --lang az|en|ru    language of the texts (default: by LANG, else en)
  --report-pdf PATH  the answer as PDF/A too, for the file of a case: a file, or for many documents a folder
  --etsi PATH        the validation report of ETSI TS 119 102-2 as XML: a file, or a folder
  --detailed PATH    every building block with its conclusion and constraints as JSON: a file, or a folder
  --diagnostic PATH  what was found before anything was judged, with certificates and revocation data, as JSON: a file, or a folder
  --pages DIR        pictures of the pages of a PDF as it was signed and as it is now, and of what differs (needs pdftoppm)
  --anchors PATH     certificates to trust: a file or a folder (may be repeated)
  --revocation PATH  CRLs and OCSP answers: a file or a folder; certificates there are never trusted (may be repeated)
  --detached FILE    what a detached signature signs (may be repeated)
  --password FILE    the password of an encrypted PDF, alone in a file
  --policy NAME|FILE basic (default), azerbaijan-enhanced, azerbaijan-qualified, archive, or a JSON file
  --identity-rules FILE  how issuers write FİN, VÖEN and the right to seal into certificates (docs/identity-rules.md)
  --time RFC3339     the time to verify for (default: now)
  --offline          ask no revocation service and fetch no issuer's certificate
  --cache DIR        keep fetched revocation data in DIR for other runs (default: the user's cache folder; "none" keeps nothing)
  --map PREFIX=ADDR  reach addresses that begin with PREFIX at ADDR, the only way to a private network (may be repeated)
  -j N               documents at a time (default: the number of processors)

More than one document: a table of the answers at the end, on the error output; on a terminal a bar meanwhile. With --json a table on a terminal only.

Exit status: 0 every document TOTAL-PASSED, 1 something failed, is indeterminate or has no signature, 2 something could not be read.

Example:
  $ mohur verify --anchors root.pem --revocation crls/ --offline letter.pdf
`

// verifyCommand says what the signatures of documents are worth.
func verifyCommand() command {
	return command{summary: "say what the signatures of documents are worth", help: verifyHelp, run: runVerify}
}

// verifyOptions is the command line of verify.
type verifyOptions struct {
	json, offline bool
	lang          string
	anchors       list
	revocation    list
	detached      list
	maps          list
	password      string
	policy        string
	resume        string
	time          string
	cache         string
	identity      string
	parallel      int
	paths         []string
	extra         extraReports

	issuers *issuerFetcher // nil offline
}

// list is a flag that may be given several times.
type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

// Set implements flag.Value.
func (l *list) Set(v string) error { *l = append(*l, v); return nil }

// parseVerify reads the command line; options may stand after paths.
func parseVerify(args []string) (*verifyOptions, error) {
	o := &verifyOptions{}
	fs := flag.NewFlagSet("verify", flag.ContinueOnError)
	fs.BoolVar(&o.json, "json", false, "")
	fs.BoolVar(&o.offline, "offline", false, "")
	fs.StringVar(&o.lang, "lang", languageOf(os.Getenv), "")
	fs.Var(&o.anchors, "anchors", "")
	fs.Var(&o.revocation, "revocation", "")
	fs.Var(&o.detached, "detached", "")
	fs.StringVar(&o.password, "password", "", "")
	fs.StringVar(&o.policy, "policy", verify.PolicyBasic, "")
	fs.StringVar(&o.resume, "resume", "", "")
	fs.StringVar(&o.time, "time", "", "")
	fs.StringVar(&o.extra.pdf, "report-pdf", "", "")
	fs.StringVar(&o.extra.etsi, "etsi", "", "")
	fs.StringVar(&o.extra.detailed, "detailed", "", "")
	fs.StringVar(&o.extra.diagnostic, "diagnostic", "", "")
	fs.StringVar(&o.identity, "identity-rules", "", "")
	fs.StringVar(&o.cache, "cache", "", "")
	fs.StringVar(&o.extra.pages, "pages", "", "")
	fs.IntVar(&o.parallel, "j", runtime.GOMAXPROCS(0), "")
	fs.Var(&o.maps, "map", "")
	var err error
	if o.paths, err = parseAnywhere(fs, args); err != nil {
		return nil, err
	}
	switch {
	case len(o.paths) == 0:
		return nil, errors.New("no file or folder is given")
	case !slices.Contains(report.Languages(), o.lang):
		return nil, fmt.Errorf("--lang %s: the languages are %s", o.lang, strings.Join(report.Languages(), ", "))
	case o.parallel < 1:
		return nil, fmt.Errorf("-j %d: at least 1", o.parallel)
	}
	return o, nil
}

// languageOf picks a language from the locale of the environment: English where there is no text in it.
func languageOf(getenv func(string) string) string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := getenv(name); v != "" {
			for _, lang := range report.Languages() {
				if strings.HasPrefix(strings.ToLower(v), lang) {
					return lang
				}
			}
			return "en"
		}
	}
	return "en"
}

// runVerify verifies everything below the paths and returns the exit status.
func runVerify(args []string, std streams) int {
	o, err := parseVerify(args)
	if err != nil {
		fmt.Fprintf(std.Err, "mohur verify: %v; 'mohur verify --help' explains\n", err)
		return exitUnable
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	collectSeldom(os.Getenv)
	base, policy, err := o.inputs()
	if err != nil {
		fmt.Fprintf(std.Err, "mohur verify: %v\n", err)
		return exitUnable
	}
	for _, remark := range base.Trust.Remarks(base.Time) {
		if !o.json { // a program that reads the answers asked for nothing else
			fmt.Fprintf(std.Err, "mohur verify: trust anchors: %s\n", remark)
		}
	}
	files, err := expand(o.paths)
	if err == nil {
		err = o.extra.check(len(files))
	}
	if err != nil {
		fmt.Fprintf(std.Err, "mohur verify: %v\n", err)
		return exitUnable
	}
	roomForMany(os.Getenv, len(files))
	b := &verifyBatch{ctx: ctx, options: o, base: base, policy: policy, std: std, bar: progress(std.Err, len(files))}
	if b.results, err = o.openResults(base, policy); err != nil {
		fmt.Fprintf(std.Err, "mohur verify: %v\n", err)
		return exitUnable
	}
	status, err := b.runAndKeep(files)
	if err != nil {
		fmt.Fprintf(std.Err, "mohur verify: %v\n", err)
		return exitUnable
	}
	if ctx.Err() != nil {
		fmt.Fprintln(std.Err, "mohur verify: stopped")
		return exitStopped
	}
	return status
}

// collectSeldom lets the heap grow to 16 MB before garbage is first collected, four times the usual: most documents are judged before that, and
// what one leaves behind is garbage all at once. Above 24 MB, where only large and hostile documents come, it is collected as often as it takes. GOGC
// and GOMEMLIMIT, where they are set, are obeyed.
func collectSeldom(getenv func(string) string) {
	if getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	if getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(24 << 20)
	}
}

// roomForMany raises the limit of collectSeldom where many documents are judged side by side: what several leave behind together is no
// sign of a hostile one, and collecting it at every step would cost the workers their gain.
func roomForMany(getenv func(string) string, files int) {
	if files > 1 && getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(128 << 20)
	}
}

// inputs loads everything that the documents share.
func (o *verifyOptions) inputs() (verify.Input, *verify.Policy, error) {
	in := verify.Input{Now: time.Now}
	policy, err := loadPolicy(o.policy)
	if err != nil {
		return in, nil, err
	}
	if o.time != "" {
		if in.Time, err = time.Parse(time.RFC3339, o.time); err != nil {
			return in, nil, fmt.Errorf("--time %s: a time looks like 2026-11-22T12:00:00Z", o.time)
		}
	} else {
		in.Time = time.Now() // one time for all documents of a run
	}
	if in.Identity, err = loadIdentityRules(o.identity); err != nil {
		return in, nil, err
	}
	if in.Trust, err = certs.LoadTrustStore(o.anchors...); err != nil {
		return in, nil, err
	}
	memory, candidates, err := certs.LoadRevocation(o.revocation...)
	if err != nil {
		return in, nil, err
	}
	in.Certificates, in.Revocation = candidates, memory
	if !o.offline {
		online, issuers, err := onlineSources(o.maps, o.cacheDir())
		if err != nil {
			return in, nil, err
		}
		in.Revocation, o.issuers = certs.Sources{memory, online}, issuers
	}
	if o.password != "" {
		b, err := os.ReadFile(o.password)
		if err != nil {
			return in, nil, fmt.Errorf("--password: %w", err)
		}
		in.Password = []byte(strings.TrimRight(string(b), "\r\n"))
	}
	return in, policy, nil
}

// cacheDir is where fetched revocation data is kept between runs, empty for nowhere.
func (o *verifyOptions) cacheDir() string {
	switch o.cache {
	case "none":
		return ""
	case "":
		dir, err := os.UserCacheDir()
		if err != nil {
			return "" // a user without a home keeps nothing
		}
		return filepath.Join(dir, "mohur", "revocation")
	}
	return o.cache
}

// maxIdentityRules bounds a file of identity rules, in bytes.
const maxIdentityRules = 1 << 20

// loadIdentityRules reads a file of identity rules; without one codes are read where the field's standards expect them.
func loadIdentityRules(path string) (certs.IdentityRules, error) {
	if path == "" {
		return certs.DefaultIdentityRules(), nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("identity rules: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxIdentityRules+1))
	if err == nil && len(b) > maxIdentityRules {
		err = errors.New("larger than 1 MiB")
	}
	if err != nil {
		return nil, fmt.Errorf("identity rules: %s: %w", path, err)
	}
	rules, err := certs.ParseIdentityRules(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return rules, nil
}

// loadPolicy takes a built-in policy by name, else a file.
func loadPolicy(name string) (*verify.Policy, error) {
	if p, err := verify.NamedPolicy(name); err == nil {
		return p, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("--policy %s is neither one of %s nor a file", name, strings.Join(verify.PolicyNames(), ", "))
	}
	defer f.Close()
	p, err := verify.LoadPolicy(f)
	if err != nil {
		return nil, fmt.Errorf("--policy %s: %w", name, err)
	}
	return p, nil
}

// expand lists the files below the paths in the order of their names; a path that is not there is kept, and answered for like any unreadable file.
func expand(paths []string) ([]string, error) {
	var out []string
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil || !info.IsDir() {
			out = append(out, p)
			continue
		}
		err = filepath.WalkDir(p, func(name string, d os.DirEntry, err error) error {
			if err != nil || d.Type().IsRegular() {
				out = append(out, name) // a folder that can't be read is answered for like an unreadable file
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// openFile opens a document or a detached file with its size.
func openFile(name string) (*os.File, int64, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s is a folder", name)
	}
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, info.Size(), nil
}
