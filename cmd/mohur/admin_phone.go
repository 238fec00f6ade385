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
	"strings"
	"time"

	qrcode "github.com/skip2/go-qrcode"

	"mohur/docket"
	"mohur/internal/locale"
	"mohur/internal/phone"
	"mohur/internal/signings"
)

const adminPhoneHelp = `usage: mohur admin phone FILE.pdf --fin FIN [--number +994...] [--out FILE] [--force] --config FILE

Has a person sign a document with the phone service that [phone] in the configuration names, to try it out: no page offers it yet. The code to scan
and the link are printed, and the signed document is written when it has come back and passed its verification. 'mohur serve' with the same
configuration must run meanwhile and be reached from the internet: it answers the phone.

Exit status: 0 signed, 1 declined, too late or refused, 2 could not run.

Example:
  $ mohur admin phone qeyd.pdf --fin 5AZ1F2N --config /etc/mohur/mohur.toml
  (a code to scan)
  qeyd-signed.pdf: PAdES-BASELINE-T by Əliyeva Leyla
`

// phonePause is between two questions of how it stands.
const phonePause = 2 * time.Second

// phoneTry is the command line of admin phone.
type phoneTry struct {
	config, fin, number, out, file string
	force                          bool
}

func runAdminPhone(args []string, std streams) int {
	var o phoneTry
	fs := flag.NewFlagSet("mohur admin phone", flag.ContinueOnError)
	for name, p := range map[string]*string{"config": &o.config, "fin": &o.fin, "number": &o.number, "out": &o.out} {
		fs.StringVar(p, name, "", "")
	}
	fs.BoolVar(&o.force, "force", false, "")
	rest, err := parseAnywhere(fs, args)
	if err != nil || len(rest) != 1 || o.config == "" || o.fin == "" {
		return complain(std, "admin phone", errors.New("a file, --fin and --config are wanted; 'mohur admin phone --help' explains"))
	}
	if o.file = rest[0]; o.out == "" {
		o.out = strings.TrimSuffix(o.file, filepath.Ext(o.file)) + "-signed" + filepath.Ext(o.file)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var failed string
	err = withOffice(ctx, o.config, "", std, func(ctx context.Context, of *office) error {
		failed, err = o.sign(ctx, of, std, phonePause)
		return err
	})
	if err != nil {
		return complain(std, "admin phone", inWords(err))
	}
	if failed != "" {
		fmt.Fprintf(std.Err, "mohur admin phone: %s\n", locale.For(locale.English).T(failed))
		return exitFailed
	}
	return exitPassed
}

// sign begins, waits and writes. It returns the key of the refusal that ended the operation, if one did.
func (o *phoneTry) sign(ctx context.Context, of *office, std streams, pause time.Duration) (string, error) {
	if of.phone == nil {
		return "", errors.New("there are no signatures by phone: [phone] in the configuration names no provider")
	}
	if _, err := os.Lstat(o.out); err == nil && !o.force {
		return "", fmt.Errorf("%s exists already; --force replaces it", o.out)
	}
	in, size, err := openFile(o.file)
	if err != nil {
		return "", err
	}
	defer in.Close()
	owner := signings.Program("admin-" + strings.ToLower(docket.NewSecret())) // nobody else's
	op, shown, err := of.phone.Start(ctx, phone.StartInput{Owner: owner, Name: filepath.Base(o.file), Document: in, Size: size, FIN: o.fin, Number: o.number})
	if err != nil {
		return "", err
	}
	if err := show(std.Err, shown); err != nil {
		return "", err
	}
	code := op.Code
	for op.State == docket.PhoneWaiting {
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(pause):
		}
		next, err := of.phone.Advance(ctx, owner, op.ID)
		if docket.CodeOf(err) == docket.CodeUnavailable {
			fmt.Fprintf(std.Err, "mohur admin phone: %v\n", err) // it is asked again while there is time
			continue
		}
		if err != nil && docket.CodeOf(err) != docket.CodeInvalid {
			return "", err
		}
		if op = next; op.Code != "" && op.Code != code {
			code = op.Code
			fmt.Fprintf(std.Err, "Compare with the code on the phone: %s\n", code)
		}
	}
	if op.State != docket.PhoneDone {
		return op.Failure, nil
	}
	return "", o.write(ctx, of, owner, op, std)
}

// show prints what the person is to scan or follow.
func show(w io.Writer, s phone.Shown) error {
	if s.QR != "" {
		code, err := qrcode.New(s.QR, qrcode.Low)
		if err != nil {
			return fmt.Errorf("the code: %w", err)
		}
		fmt.Fprintf(w, "%s\nor on the phone itself: %s\n", code.ToSmallString(false), s.Link)
	}
	if s.Code != "" {
		fmt.Fprintf(w, "Compare with the code on the phone: %s\n", s.Code)
	}
	return nil
}

// write puts the signed document beside the one that was signed.
func (o *phoneTry) write(ctx context.Context, of *office, owner signings.Owner, op *docket.PhoneOperation, std streams) error {
	sg, f, err := of.signings.Document(ctx, owner, op.Signing)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	out, err := os.CreateTemp(filepath.Dir(o.out), ".mohur-*")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name())
	_, err = io.Copy(out, io.NewSectionReader(f, 0, f.Size()))
	if err := errors.Join(err, out.Sync(), out.Close()); err != nil {
		return err
	}
	if err := publishFile(out.Name(), o.out, o.force); err != nil {
		return err
	}
	fmt.Fprintf(std.Out, "%s: %s by %s\n", o.out, sg.Level, sg.Holder)
	return nil
}
