package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/term"

	"mohur/internal/locale"
	"mohur/internal/store/sqlstore"
	"mohur/pkcs11"
)

// tokenAccess is how a command gets at a token: the options that token and sign share.
type tokenAccess struct {
	pinFile string
	pinEnv  string
	journal string
	config  string         // of the service whose journal is meant
	lang    string         // of what a person is asked; empty is the session's
	atOnce  int            // sessions at a time; zero is the package's own choice
	modules *pkcs11.Loader // nil until the first use; loader gives it

	kept   pkcs11.AttemptJournal // nil until the first use; attempts gives it
	keptIn string                // how people call it
	store  *sqlstore.Store       // behind it, if it is the service's
}

// tokenHelp explains tokenAccess's options in the help of both commands.
const tokenHelp = `A token or key is named by an RFC 7512 URI: pkcs11:token=LABEL;serial=SERIAL;object=KEY?module-path=/path/to/module.so
(quote it: the shell reads ';' and '?'). Without module-path the modules that 'mohur token scan' finds are tried in turn.

The PIN comes from --pin-file (a file of mode 0600 or 0400), from pin-source in the URI, from the variable named by --pin-env (for
demonstrations), or else from a prompt; never from the command line itself. After one wrong PIN from a file or variable nothing more is tried
until 'mohur token confirm URI' allows it, because a few wrong PINs lock a token for good. Attempts are kept in --journal FILE (default: the
user's own); --config FILE means the database of the service that this configuration is for.
`

// loader is the one loader of a command.
func (a *tokenAccess) loader() *pkcs11.Loader {
	if a.modules == nil {
		a.modules = newLoader()
	}
	return a.modules
}

// open finds the token that a URI names.
func (a *tokenAccess) open(ctx context.Context, u pkcs11.URI, std streams, needPIN bool) (*pkcs11.Module, *pkcs11.Token, error) {
	o := pkcs11.TokenOptions{Sessions: a.atOnce}
	if needPIN {
		var err error
		if o.PIN, err = a.source(u, std); err != nil {
			return nil, nil, err
		}
		if o.Journal, err = a.attempts(ctx); err != nil {
			return nil, nil, err
		}
	}
	paths, err := modulePaths(u)
	if err != nil {
		return nil, nil, err
	}
	var last error
	for _, path := range paths {
		m, err := a.loader().Open(pkcs11.Options{Path: path, Init: u.ModuleInit, Now: clock})
		if err != nil {
			if last == nil { // that a token is not behind those that load says more
				last = err
			}
			continue
		}
		t, err := m.Token(ctx, u, o)
		if err == nil {
			return m, t, nil
		}
		_ = m.Close() // the token's error is the one to tell
		if last = err; !errors.Is(err, pkcs11.ErrNoToken) {
			break
		}
	}
	return nil, nil, last
}

// source chooses the PIN source.
func (a *tokenAccess) source(u pkcs11.URI, std streams) (pkcs11.PINSource, error) {
	file := a.pinFile
	if file == "" {
		file = strings.TrimPrefix(u.PINSource, "file:")
	}
	switch {
	case file != "":
		full, err := filepath.Abs(file)
		if err != nil {
			return nil, err
		}
		return pkcs11.FilePIN(full), nil
	case a.pinEnv != "":
		s, err := pkcs11.NewEnvironmentPIN(a.pinEnv)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(std.Err, "mohur: the PIN comes from the environment, which other programs of this user can read: for demonstrations only\n")
		return s, nil
	}
	return prompt(std, a.printer()), nil
}

// asksPerson says whether the PIN comes from a person.
func (a *tokenAccess) asksPerson(u pkcs11.URI) bool {
	return a.pinFile == "" && a.pinEnv == "" && u.PINSource == ""
}

// printer is the language in which a person is asked.
func (a *tokenAccess) printer() *locale.Printer {
	if a.lang != "" {
		return locale.For(locale.Lang(a.lang))
	}
	return locale.For(sessionLanguage())
}

// prompt asks on the terminal, without echo.
func prompt(std streams, p *locale.Printer) pkcs11.PINSource {
	return pkcs11.PromptPIN(func(_ context.Context, r pkcs11.PINRequest) (pkcs11.PIN, error) {
		if r.AtReader {
			fmt.Fprintln(std.Err, p.T("token.pin.reader", "token", r.Token.Label, "serial", r.Token.Serial))
			return pkcs11.PIN{}, nil
		}
		in, ok := std.In.(*os.File)
		if !ok || !term.IsTerminal(int(in.Fd())) {
			return pkcs11.PIN{}, errors.New("there is no terminal to ask on: use --pin-file")
		}
		if r.Retry {
			fmt.Fprintln(std.Err, p.T("token.pin.wrong"))
		}
		if r.Token.Flags.Has(pkcs11.FlagPINCountLow) {
			fmt.Fprintln(std.Err, p.T("token.pin.low"))
		}
		what := p.T("token.pin.ask", "token", r.Token.Label, "serial", r.Token.Serial)
		if r.Key != "" {
			what = p.T("token.pin.signature", "key", r.Key, "token", r.Token.Label, "serial", r.Token.Serial)
		}
		fmt.Fprint(std.Err, what+" ")
		b, err := term.ReadPassword(int(in.Fd()))
		fmt.Fprintln(std.Err)
		if err == nil && len(b) == 0 {
			err = errors.New("no PIN was given")
		}
		pin := pkcs11.NewPIN(b)
		clear(b)
		return pin, err
	})
}

// modulePaths lists the libraries to look in for a token.
func modulePaths(u pkcs11.URI) ([]string, error) {
	if u.ModulePath != "" {
		return []string{u.ModulePath}, nil
	}
	var out []string
	for _, k := range pkcs11.KnownModules() {
		if p, ok := k.Find(); ok {
			out = append(out, p)
		}
	}
	if len(out) == 0 {
		return nil, errors.New("no PKCS#11 module was found in the usual places: name it by module-path in the URI")
	}
	return out, nil
}
