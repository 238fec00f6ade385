package main

import (
	"cmp"
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"

	"mohur/pkcs11"
)

const tokenUsage = `usage: mohur token scan    [--json] [--module PATH|URI]...
       mohur token list    [--json] [--pin-file FILE] URI
       mohur token test    [--json] [--pin-file FILE] URI
       mohur token bench   [--json] [--pin-file FILE] [--seconds 5] [--sessions 4] URI
       mohur token pin     [--json] [--journal FILE | --config FILE] URI
       mohur token confirm [--journal FILE | --config FILE] URI
       mohur token init    --dir DIR --label LABEL --pin-file FILE [--key P-256|P-384|RSA-2048|RSA-3072|RSA-4096|Ed25519] [--object NAME]

  scan     looks for known PKCS#11 modules and shows the tokens behind them
  list     shows the keys and certificates of a token; private keys only after logging in (--pin-file or --pin-env)
  test     makes one signature with a key and verifies it
  bench    makes signatures for some seconds and says how many, each verified
  pin      says how the token's PIN stands, who tried it last and what to do, without trying it
  confirm  allows another try after a wrong PIN: do it when the PIN in the file has been put right
  init     makes a SoftHSM2 token in a folder, for trying things out: nothing protects its keys but the files' modes

` + tokenHelp + `
Exit status: 0 done, 1 a module that was named could not be loaded or a signature failed its test, 2 could not run.

Example:
  $ mohur token init --dir soft --label seal --pin-file pin --key P-256 --object seal-2026
  $ export SOFTHSM2_CONF=soft/softhsm2.conf
  $ mohur token test --pin-file pin 'pkcs11:token=seal;object=seal-2026'
`

// clock is the machine's clock, handed to what keeps no clock of its own.
func clock() time.Time { return time.Now() }

// tokenCommand looks at tokens.
func tokenCommand() command {
	return command{summary: "look at tokens and their keys", help: tokenUsage, run: runToken}
}

// tokenOptions is the command line of token.
type tokenOptions struct {
	tokenAccess
	json                    bool
	paths                   list
	dir, label, key, object string
	seconds                 float64
	sessions                int
}

func runToken(args []string, std streams) int {
	verbs := map[string]func(context.Context, *tokenOptions, []string, streams) int{
		"scan": tokenScan, "list": tokenList, "test": tokenTest, "confirm": tokenConfirm, "init": tokenInit,
		"bench": tokenBench, "pin": tokenPIN,
	}
	if len(args) == 0 || verbs[args[0]] == nil {
		return complain(std, "token", errors.New("one of scan, list, test, bench, pin, confirm, init; 'mohur token --help' explains"))
	}
	o := &tokenOptions{}
	fs := flag.NewFlagSet("token", flag.ContinueOnError)
	fs.BoolVar(&o.json, "json", false, "")
	fs.StringVar(&o.pinFile, "pin-file", "", "")
	fs.StringVar(&o.pinEnv, "pin-env", "", "")
	fs.StringVar(&o.journal, "journal", "", "")
	fs.StringVar(&o.config, "config", "", "")
	fs.Var(&o.paths, "module", "")
	fs.Float64Var(&o.seconds, "seconds", 5, "")
	fs.IntVar(&o.sessions, "sessions", 4, "")
	fs.StringVar(&o.dir, "dir", "", "")
	fs.StringVar(&o.label, "label", "", "")
	fs.StringVar(&o.key, "key", "", "")
	fs.StringVar(&o.object, "object", "", "")
	rest, err := parseAnywhere(fs, args[1:])
	if err != nil {
		return complain(std, "token "+args[0], fmt.Errorf("%w; 'mohur token --help' explains", err))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	status := verbs[args[0]](ctx, o, rest, std)
	if err := o.close(); err != nil {
		return complain(std, "token "+args[0], err)
	}
	return status
}

// oneURI reads the single argument.
func oneURI(rest []string) (pkcs11.URI, error) {
	if len(rest) != 1 {
		return pkcs11.URI{}, errors.New("one PKCS#11 URI is wanted, such as 'pkcs11:token=LABEL;object=KEY'")
	}
	return pkcs11.ParseURI(rest[0])
}

// scanned is one module in the output of scan.
type scanned struct {
	Module  string      `json:"module"`
	Name    string      `json:"name,omitempty"` // of a known module, and the tokens it is for
	For     string      `json:"for,omitempty"`
	Library string      `json:"library,omitempty"`
	Error   string      `json:"error,omitempty"`
	Advice  string      `json:"advice,omitempty"`
	Tokens  []tokenLine `json:"tokens"`
}

// tokenLine is one token.
type tokenLine struct {
	Label        string   `json:"label"`
	Serial       string   `json:"serial"`
	Manufacturer string   `json:"manufacturer"`
	Model        string   `json:"model"`
	Flags        []string `json:"flags"`
	URI          string   `json:"uri"`
	Certificates []string `json:"certificates"` // that show without a log-in
}

func tokenScan(ctx context.Context, o *tokenOptions, rest []string, std streams) int {
	if len(rest) > 0 {
		return complain(std, "token scan", errors.New("it takes no argument; name a module by --module PATH"))
	}
	modules, err := o.modulesToScan()
	if err != nil {
		return complain(std, "token scan", err)
	}
	status := exitPassed
	found := []scanned{}
	for _, m := range modules {
		s := scanModule(ctx, o.loader(), m)
		if s.Error != "" && len(o.paths) > 0 { // a driver that is installed and not in use is no failure of a look around
			status = exitFailed
		}
		found = append(found, s)
	}
	if o.json {
		return emit(std, found, status)
	}
	for _, s := range found {
		s.print(std.Out)
	}
	return status
}

// modulesToScan are the modules that are named, by path or by a URI with module-path, or else the known ones that are here.
func (o *tokenOptions) modulesToScan() (out []pkcs11.URI, err error) {
	for _, p := range o.paths {
		u := pkcs11.URI{ModulePath: p}
		if strings.HasPrefix(p, "pkcs11:") {
			if u, err = pkcs11.ParseURI(p); err == nil && u.ModulePath == "" {
				err = errors.New("the URI of a module names it by module-path")
			}
			if err != nil {
				return nil, err
			}
		}
		out = append(out, u)
	}
	if len(out) > 0 {
		return out, nil
	}
	paths, err := modulePaths(pkcs11.URI{})
	for _, p := range paths {
		out = append(out, pkcs11.URI{ModulePath: p})
	}
	return out, err
}

func (s scanned) print(to io.Writer) {
	fmt.Fprintln(to, s.Module)
	if s.Name != "" {
		fmt.Fprintf(to, "  %s: %s\n", s.Name, s.For)
	}
	switch {
	case s.Error != "":
		fmt.Fprintf(to, "  %s\n", s.Error)
	case len(s.Tokens) == 0:
		fmt.Fprintf(to, "  %s; no token\n", s.Library)
	default:
		fmt.Fprintf(to, "  %s\n", s.Library)
	}
	if s.Advice != "" {
		fmt.Fprintf(to, "  %s\n", s.Advice)
	}
	for _, t := range s.Tokens {
		fmt.Fprintf(to, "  token %q, serial %s, %s %s %v\n    %s\n", t.Label, t.Serial, t.Manufacturer, t.Model, t.Flags, t.URI)
		for _, c := range t.Certificates {
			fmt.Fprintf(to, "    certificate of %s\n", c)
		}
	}
}

// scanModule loads one module and lists its tokens.
func scanModule(ctx context.Context, l *pkcs11.Loader, module pkcs11.URI) (s scanned) {
	s = scanned{Module: module.ModulePath, Tokens: []tokenLine{}}
	for _, k := range pkcs11.KnownModules() {
		if slices.Contains(k.Paths, s.Module) {
			s.Name, s.For = k.Name, k.For
		}
	}
	var err error
	defer func() {
		if err != nil {
			s.Error, s.Advice = err.Error(), tokenAdvice(err)
		}
	}()
	m, err := l.Open(pkcs11.Options{Path: s.Module, Init: module.ModuleInit})
	if err != nil {
		return s
	}
	defer m.Close()
	info, err := m.Library(ctx)
	if err != nil {
		return s
	}
	s.Library = fmt.Sprintf("%s, %s %s (PKCS#11 %s)", info.Manufacturer, info.Description, info.Version, info.Cryptoki)
	tokens, err := m.Tokens(ctx)
	if len(tokens) == 0 {
		s.Advice = pkcs11.HintFor(s.Module)
	}
	for _, t := range tokens {
		u := t.URI()
		u.ModulePath, u.ModuleInit = module.ModulePath, module.ModuleInit
		s.Tokens = append(s.Tokens, tokenLine{t.Label, t.Serial, t.Manufacturer, t.Model, t.Flags.Names(), u.String(), certificatesShown(ctx, m, t)})
	}
	return s
}

// certificatesShown are the names and ends of the certificates on a token, as far as it shows them without a log-in.
func certificatesShown(ctx context.Context, m *pkcs11.Module, info pkcs11.TokenInfo) []string {
	out := []string{}
	t, err := m.Token(ctx, info.URI(), pkcs11.TokenOptions{})
	if err != nil {
		return out // two tokens with one name, or it was pulled out: the listing of tokens stands
	}
	defer t.Close()
	list, err := t.Certificates(ctx)
	if err != nil {
		return out
	}
	for _, der := range list {
		if c, err := x509.ParseCertificate(der); err == nil {
			out = append(out, fmt.Sprintf("%s, until %s", cmp.Or(c.Subject.CommonName, c.Subject.String()), c.NotAfter.Format(time.DateOnly)))
		}
	}
	return out
}

// tested is the outcome of test.
type tested struct {
	Key      string  `json:"key"`
	Kind     string  `json:"kind"`
	Verified bool    `json:"verified"`
	Millis   float64 `json:"milliseconds"`
	PINEach  bool    `json:"pinForEachSignature"`
}

func tokenTest(ctx context.Context, o *tokenOptions, rest []string, std streams) int {
	u, err := oneURI(rest)
	if err != nil {
		return complain(std, "token test", err)
	}
	m, t, err := o.open(ctx, u, std, true)
	if err != nil {
		return complain(std, "token test", err)
	}
	defer m.Close()
	defer t.Close()
	k, err := t.Key(ctx, u)
	if err != nil {
		return complain(std, "token test", err)
	}
	out := tested{Key: k.URI().String(), Kind: pkcs11.DescribeKey(k.Public()), PINEach: k.AlwaysAuthenticate()}
	began := time.Now()
	err = signSomething(ctx, k)
	out.Millis, out.Verified = float64(time.Since(began).Microseconds())/1000, err == nil
	switch {
	case errors.Is(err, pkcs11.ErrBadSignature):
		fmt.Fprintf(std.Err, "mohur token test: %v\n", err)
	case err != nil:
		return complain(std, "token test", err)
	}
	status := exitPassed
	if !out.Verified {
		status = exitFailed
	}
	if o.json {
		return emit(std, out, status)
	}
	if out.Verified {
		fmt.Fprintf(std.Out, "%s: a %s signature in %.1f ms, verified\n", out.Key, out.Kind, out.Millis)
	}
	return status
}

// signSomething signs fresh random bytes, so that the signature is good for nothing; the key verifies it before it returns.
func signSomething(ctx context.Context, k *pkcs11.Key) error {
	nonce := make([]byte, 32)
	if _, err := rand.Read(nonce); err != nil {
		return err
	}
	message := append([]byte("mohur token test "), nonce...)
	if _, ok := k.Public().(ed25519.PublicKey); ok {
		_, err := k.SignContext(ctx, nil, message, crypto.Hash(0))
		return err
	}
	digest := sha256.Sum256(message)
	_, err := k.SignContext(ctx, nil, digest[:], crypto.SHA256)
	return err
}

func tokenConfirm(ctx context.Context, o *tokenOptions, rest []string, std streams) int {
	u, err := oneURI(rest)
	if err != nil {
		return complain(std, "token confirm", err)
	}
	m, t, err := o.open(ctx, u, std, false)
	if err != nil {
		return complain(std, "token confirm", err)
	}
	defer m.Close()
	defer t.Close()
	journal, err := o.attempts(ctx)
	if err == nil {
		err = pkcs11.Confirm(ctx, journal, t.Info(), clock())
	}
	if err != nil {
		return complain(std, "token confirm", err)
	}
	info := t.Info()
	fmt.Fprintf(std.Out, "token %q, serial %s: one more try is allowed, says the journal in %s; the token says %v\n", info.Label, info.Serial, o.keptIn, info.Flags.Names())
	return exitPassed
}

// emit writes JSON to standard output.
func emit(std streams, v any, status int) int {
	e := json.NewEncoder(std.Out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return complain(std, "token", err)
	}
	return status
}
