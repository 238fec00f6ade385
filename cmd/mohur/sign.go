package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"mohur/certs"
	"mohur/internal/algo"
	"mohur/internal/locale"
	"mohur/internal/pdf"
	"mohur/pkcs11"
	"mohur/signing"
	"mohur/signing/pades"
)

const signHelp = `usage: mohur sign [--key URI] [OPTIONS] FILE...

Signs PDF documents with a key on a token (PAdES, ETSI EN 319 142-1), or any file (CAdES, ETSI EN 319 122-1). Each output is verified before it
appears; nothing half-done is left.

  --key URI          the key (below); without it, or where it names only the token, the signing certificates that are plugged in are listed to
                     choose from, and a single one is taken
  --pin-file FILE    the PIN, alone in a file of mode 0600 or 0400
  --pin-env NAME     the PIN in an environment variable: for demonstrations
  --cert FILE        the signing certificate; else the one beside the key on the token
  --chain FILE       certificates between it and the root, to be put into the signature (may be repeated)
  --format pades|cades  a signature inside the PDF (default), or a message NAME.p7m that holds the file
  --detached         with --format cades: NAME.p7s beside the file, which stays out of the message
  --counter N        countersigns the Nth signature of a CMS message instead (B-B or B-T): NAME-countersigned.p7m beside NAME.p7m
  --level B-B|B-T|B-LT|B-LTA  without a timestamp, with one, with validation data, with a timestamp over those too (default: B-T when --tsa is
                     given); 'mohur extend' does the same later
  --tsa URL          the RFC 3161 timestamp authority (may be repeated: the next one is asked when one fails)
  --tsa-anchors PATH certificates that the authority's must lead to (may be repeated)
  --anchors PATH     for B-LT and B-LTA: certificates that the signer's and the authority's must lead to (may be repeated)
  --evidence-age D   by how much revocation data may be older than the timestamp (default 24h; 0 takes none that is older)
  --map PREFIX=ADDR  sends URLs with this prefix to a fixed address, the only way to a private one: http://pki.example/=127.0.0.1:8421
  --field NAME       the signature field to fill, or the name of a new one
  --page N --rect L,B,R,T  where a new field is seen, in points from the lower left corner; without it is invisible
  --visible          the same as --rect 36,36,306,106; on an existing field: fills it with text
  --qr TEXT          the visible part has a QR code, such as the address where the document can be verified
  --image FILE       the visible part has a picture: PNG or JPEG
  --reason TEXT, --location TEXT
  --certify 1|2|3    certify the document: 1 no later change, 2 filling in and signing, 3 annotations too
  --pss              RSASSA-PSS instead of PKCS#1 v1.5 with an RSA key
  --password FILE    the password of an encrypted PDF, alone in a file
  --out FILE         where to (one input only; default NAME-signed.pdf beside NAME.pdf)
  --force            replace an output that exists
  --json             one JSON line per document
  --lang az|en|ru    the language of what is asked at the terminal (default: the session's)

Before a PIN is asked for, each file's name, size and the beginning of its SHA-256 are shown, with the signer and the token.

` + tokenHelp + `
Exit status: 0 every document signed, 1 an output failed its verification and was thrown away, 2 could not run.

Example:
  $ mohur sign --key 'pkcs11:token=seal;object=seal-2026' --pin-file pin --tsa http://tsa.example.az/ --reason Cavab letter.pdf
  letter-signed.pdf: PAdES-BASELINE-T by Dövlət İnformasiya Agentliyi, timestamp 2026-11-22T09:00:00Z
  $ mohur sign --lang az letter.pdf
  letter.pdf, 48 KB, SHA-256 E3B0 C442 98FC 1C14…
  İmzalayan: Əliyeva Leyla
`

// signCommand signs documents with a token.
func signCommand() command {
	return command{summary: "sign documents with a key on a token", help: signHelp, run: runSign}
}

// signOptions is the command line of sign.
type signOptions struct {
	tokenAccess
	longTermAccess
	key, cert, format          string
	chain                      list
	field, rect, reason, place string
	qr, image                  string
	visible                    bool
	page, certify, counter     int
	password, out              string
	force, json, pss, detached bool
	paths                      []string
	box                        [4]float64
}

func parseSign(args []string) (*signOptions, error) {
	o := &signOptions{}
	fs := flag.NewFlagSet("sign", flag.ContinueOnError)
	for name, p := range map[string]*string{
		"key": &o.key, "pin-file": &o.pinFile, "pin-env": &o.pinEnv, "journal": &o.journal, "cert": &o.cert, "format": &o.format, "field": &o.field,
		"rect": &o.rect, "qr": &o.qr, "image": &o.image, "reason": &o.reason, "location": &o.place, "password": &o.password, "out": &o.out, "lang": &o.lang,
	} {
		fs.StringVar(p, name, "", "")
	}
	fs.Var(&o.chain, "chain", "")
	o.flags(fs)
	fs.BoolVar(&o.detached, "detached", false, "")
	fs.IntVar(&o.page, "page", 1, "")
	fs.IntVar(&o.counter, "counter", 0, "")
	fs.IntVar(&o.certify, "certify", 0, "")
	fs.BoolVar(&o.visible, "visible", false, "")
	fs.BoolVar(&o.pss, "pss", false, "")
	fs.BoolVar(&o.force, "force", false, "")
	fs.BoolVar(&o.json, "json", false, "")
	var err error
	if o.paths, err = parseAnywhere(fs, args); err != nil {
		return nil, err
	}
	return o, o.check()
}

// check refuses what can be seen to be wrong before anything is opened.
func (o *signOptions) check() error {
	if o.counter != 0 && o.format == "" {
		o.format = formatCAdES
	}
	switch {
	case o.lang != "" && !locale.Known(locale.Lang(o.lang)):
		return fmt.Errorf("--lang %s: az, en or ru", o.lang)
	case o.counter < 0 || o.counter != 0 && (o.format != formatCAdES || o.detached):
		return errors.New("--counter is the number of a signature, from 1, and goes with neither --detached nor another format than cades")
	case len(o.paths) == 0:
		return errors.New("no file is given")
	case o.out != "" && len(o.paths) > 1:
		return errors.New("--out goes with one file")
	case o.format != "" && o.format != formatPAdES && o.format != formatCAdES:
		return fmt.Errorf("--format %s: pades or cades", o.format)
	case o.format != formatCAdES && o.detached:
		return errors.New("--detached goes with --format cades")
	case o.format == formatCAdES && (o.field != "" || o.rect != "" || o.visible || o.qr != "" || o.image != "" || o.certify != 0 || o.reason != "" || o.place != "" || o.password != ""):
		return errors.New("--format cades signs any file: --field, --rect, --visible, --qr, --image, --certify, --reason, --location and --password are for PDF")
	case (o.qr != "" || o.image != "") && o.rect == "" && !o.visible:
		return errors.New("--qr and --image go with --visible or --rect")
	case o.certify < 0 || o.certify > 3:
		return fmt.Errorf("--certify %d: 1, 2 or 3", o.certify)
	case o.page < 1:
		return fmt.Errorf("--page %d: pages are counted from 1", o.page)
	}
	if err := o.longTermAccess.check(); err != nil {
		return err
	}
	if o.counter != 0 && signing.Level(o.level).Reaches(signing.BaselineLT) {
		return fmt.Errorf("--counter with --level %s: B-B or B-T; 'mohur extend' adds what the message needs later", o.level)
	}
	if signing.Level(o.level).Reaches(signing.BaselineT) && len(o.tsa) == 0 {
		return fmt.Errorf("level %s needs --tsa", o.level)
	}
	if o.rect == "" && o.visible {
		o.rect = visibleRect
	}
	if o.rect == "" {
		return nil
	}
	sides := strings.Split(o.rect, ",")
	for i, s := range sides {
		v, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
		if err != nil || len(sides) != 4 {
			return fmt.Errorf("--rect %s: left, bottom, right and top in points, such as 50,50,250,110", o.rect)
		}
		o.box[i] = v
	}
	return nil
}

// visibleRect is where a visible signature goes when nobody says where: the lower left corner, half an inch from the edges of the page.
const visibleRect = "36,36,306,106"

func runSign(args []string, std streams) int {
	o, err := parseSign(args)
	if err != nil {
		return complain(std, "sign", fmt.Errorf("%w; 'mohur sign --help' explains", err))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	s, err := o.signer(ctx, std)
	if err != nil {
		return complain(std, "sign", err)
	}
	defer s.close()
	status := exitPassed
	for _, path := range o.paths {
		if err := s.document(ctx, path); err != nil {
			fmt.Fprintf(std.Err, "mohur sign: %s: %v\n", path, err)
			status = max(status, statusOf(err))
		}
		if ctx.Err() != nil {
			return exitStopped
		}
	}
	return status
}

// statusOf tells an output that failed its verification from a run that could not be made.
func statusOf(err error) int {
	if errors.Is(err, errOutputRefused) {
		return exitFailed
	}
	return exitUnable
}

// documentSigner holds what all documents of a run share.
type documentSigner struct {
	o       *signOptions
	std     streams
	module  *pkcs11.Module
	token   *pkcs11.Token
	options pades.Options
	trust   *certs.TrustStore // of validation data, at B-LT and above
	leaf    *certs.Certificate
	p       *locale.Printer
	shown   map[string][sha256.Size]byte // what each file was when the person saw it
}

// signer opens the key and reads certificates.
func (o *signOptions) signer(ctx context.Context, std streams) (_ *documentSigner, err error) {
	s := &documentSigner{o: o, std: std, p: o.printer()}
	s.options = pades.Options{
		Field: o.field, Page: o.page, Rect: o.box, Certification: o.certify, Reason: o.reason, Location: o.place,
	}
	s.options.Level, s.options.PSS, s.options.Now = signing.Level(o.level), o.pss, clock
	if err := s.files(); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	var u pkcs11.URI
	if o.key != "" {
		if u, err = pkcs11.ParseURI(o.key); err != nil {
			return nil, err
		}
	}
	if u.Object == "" && len(u.ID) == 0 {
		if u, err = s.choose(ctx, u); err != nil {
			return nil, err
		}
	}
	if s.module, s.token, err = o.open(ctx, u, std, true); err != nil {
		return nil, err
	}
	if o.asksPerson(u) {
		if err := s.announce(ctx, u); err != nil {
			return nil, err
		}
	}
	if err := s.findKey(ctx, u); err != nil {
		return nil, err
	}
	s.options.Name = s.leaf.Subject.CommonName()
	if o.rect != "" {
		if s.options.Appearance, err = o.appearance(s.options.Name); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// appearance is what a visible signature shows.
func (o *signOptions) appearance(name string) (*pades.Appearance, error) {
	a := &pades.Appearance{Title: name, Lines: notEmpty(o.reason, o.place), Time: clock(), QR: o.qr, Border: true}
	if o.image == "" {
		return a, nil
	}
	f, size, err := openFile(o.image)
	if err != nil {
		return nil, fmt.Errorf("--image: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, min(size, 16<<20)))
	if err != nil {
		return nil, fmt.Errorf("--image: %w", err)
	}
	if a.Image, err = pades.NewImage(b); err != nil {
		return nil, fmt.Errorf("--image %s: %w", o.image, err)
	}
	return a, nil
}

// files reads what the options name: chain, trust, password; and makes the client for the timestamp authority.
func (s *documentSigner) files() error {
	chain, err := certs.LoadCertificates(s.o.chain...)
	if err != nil {
		return fmt.Errorf("--chain: %w", err)
	}
	for _, c := range chain {
		s.options.Chain = append(s.options.Chain, c.Raw)
	}
	if s.o.password != "" {
		b, err := os.ReadFile(s.o.password)
		if err != nil {
			return fmt.Errorf("--password: %w", err)
		}
		s.options.Open = pdf.Options{Password: []byte(strings.TrimRight(string(b), "\r\n"))}
	}
	if s.options.Timestamper, s.options.TimestampTrust, s.options.Evidence, err = s.o.sources(s.options.Level); err != nil {
		return err
	}
	if s.options.Evidence != nil {
		s.trust = s.options.Evidence.Trust
	}
	return nil
}

// findKey finds key and certificate: the certificate from a file, or the one on the token that has the key's public key.
func (s *documentSigner) findKey(ctx context.Context, u pkcs11.URI) error {
	var key *pkcs11.Key
	if s.o.cert != "" {
		list, err := certs.LoadCertificates(s.o.cert)
		if err != nil {
			return fmt.Errorf("--cert: %w", err)
		}
		if len(list) != 1 {
			return fmt.Errorf("--cert %s: one certificate is wanted, the file holds %d", s.o.cert, len(list))
		}
		s.leaf = list[0]
		public := s.leaf.PublicKey
		if pss, ok := public.(*algo.PSSPublicKey); ok {
			public = pss.PublicKey // a certificate that restricts an RSA key to PSS; the token knows the RSA key
		}
		if key, err = s.token.KeyOf(ctx, u, public); err != nil {
			return err
		}
	} else {
		var err error
		if key, err = s.token.Key(ctx, u); err != nil {
			return err
		}
		der, err := s.token.Certificate(ctx, key)
		if err != nil {
			return err
		}
		if s.leaf, err = certs.Parse(der); err != nil {
			return fmt.Errorf("the certificate on the token: %w", err)
		}
	}
	s.options.Signer, s.options.Certificate = key, s.leaf.Raw
	return nil
}

func (s *documentSigner) close() {
	if s.token != nil {
		s.token.Close()
	}
	if s.module != nil {
		s.module.Close()
	}
}

// notEmpty leaves the empty texts out.
func notEmpty(texts ...string) []string {
	var out []string
	for _, t := range texts {
		if t != "" {
			out = append(out, t)
		}
	}
	return out
}

// outputName is NAME-signed.pdf beside NAME.pdf, or the name of a message.
func (o *signOptions) outputName(in string) string {
	switch {
	case o.out != "":
		return o.out
	case o.counter != 0:
		return counterName(in)
	case o.format == formatCAdES && o.detached:
		return in + ".p7s"
	case o.format == formatCAdES:
		return in + ".p7m"
	}
	ext := filepath.Ext(in)
	return strings.TrimSuffix(in, ext) + "-signed" + ext
}

// signedLine is the JSON output for one document.
type signedLine struct {
	File        string     `json:"file"`
	Output      string     `json:"output"`
	Level       string     `json:"level"`
	SignedBy    string     `json:"signedBy"`
	ClaimedTime time.Time  `json:"claimedSigningTime"`
	Timestamp   *time.Time `json:"timestamp"`
	Archived    *time.Time `json:"archiveTimestamp,omitempty"`
	SHA256      string     `json:"sha256"`
}
