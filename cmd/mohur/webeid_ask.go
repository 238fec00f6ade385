package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"mohur/internal/pinentry"
)

// asker shows one window at a time to the person at the machine. Errors are those of internal/pinentry: ErrCancelled, ErrDeclined for the third
// button, ErrTimeout; a window ends with its context.
type asker interface {
	// pin asks for a PIN, which the caller overwrites.
	pin(ctx context.Context, d pinentry.Dialog) ([]byte, error)
	// confirm asks for a yes.
	confirm(ctx context.Context, d pinentry.Dialog) error
	// message shows a text.
	message(ctx context.Context, d pinentry.Dialog) error
}

// errNobodyToAsk says that no program for windows was found and no terminal is there.
var errNobodyToAsk = errors.New("there is no way to ask the person: install a pinentry program with windows (pinentry-gnome3, pinentry-qt, pinentry-gtk2), zenity or kdialog")

// programFolders are where programs for windows are looked for: never along PATH, which whoever starts the browser chooses.
func programFolders() []string {
	if runtime.GOOS == "darwin" {
		return []string{"/usr/local/bin", "/opt/homebrew/bin", "/usr/local/MacGPG2/libexec/pinentry-mac.app/Contents/MacOS"}
	}
	if runtime.GOOS == "windows" {
		return []string{`C:\Program Files (x86)\Gpg4win\bin`, `C:\Program Files (x86)\GnuPG\bin`}
	}
	return []string{"/usr/bin", "/usr/local/bin"}
}

// findProgram returns where the first of the names lies.
func findProgram(names ...string) (string, bool) {
	for _, name := range names {
		for _, dir := range programFolders() {
			path := filepath.Join(dir, name)
			if runtime.GOOS == "windows" {
				path += ".exe"
			}
			if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && (info.Mode()&0o111 != 0 || runtime.GOOS == "windows") {
				return path, true
			}
		}
	}
	return "", false
}

// hasDisplay says whether windows can be shown.
func hasDisplay() bool {
	return runtime.GOOS == "darwin" || runtime.GOOS == "windows" || os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != ""
}

// newAsker finds the way to ask: the one that the user's file names, else windows before terminals.
func newAsker(ctx context.Context, c *webeidConfig) (asker, error) {
	if c.Prompt == promptPinentry || c.Pinentry != "" {
		path, ok := c.Pinentry, c.Pinentry != ""
		if !ok {
			path, ok = findProgram("pinentry")
		}
		if !ok {
			return nil, errors.New("prompt: there is no pinentry program")
		}
		return pinentryAsker{program: path}, nil
	}
	if c.Prompt != "" {
		return namedAsker(c.Prompt)
	}
	if hasDisplay() {
		if a, ok := windowAsker(ctx); ok {
			return a, nil
		}
	}
	return terminalOrNobody()
}

// namedAsker makes the one that the user's file asks for.
func namedAsker(name string) (asker, error) {
	if name == promptTerminal {
		return terminalOrNobody()
	}
	path, ok := findProgram(name)
	if !ok {
		return nil, fmt.Errorf("prompt: %s is not installed", name)
	}
	if name == promptZenity {
		return zenityAsker{program: path}, nil
	}
	return kdialogAsker{program: path}, nil
}

// windowAsker finds a program that can show windows.
func windowAsker(ctx context.Context) (asker, bool) {
	if path, ok := findProgram("pinentry-mac", "pinentry-qt", "pinentry-qt6", "pinentry-qt5", "pinentry-gnome3", "pinentry-gtk-2", "pinentry-gtk", "pinentry-x11", "pinentry-fltk", "pinentry-w32", "pinentry-basic"); ok {
		return pinentryAsker{program: path}, true
	}
	if path, ok := findProgram("pinentry"); ok { // the system's choice: it may be one of those for terminals
		if flavor, err := flavorOf(ctx, path); err == nil && flavor != "" && !pinentry.OnTerminal(flavor) {
			return pinentryAsker{program: path}, true
		}
	}
	if path, ok := findProgram("zenity"); ok {
		return zenityAsker{program: path}, true
	}
	if path, ok := findProgram("kdialog"); ok {
		return kdialogAsker{program: path}, true
	}
	return nil, false
}

// terminalOrNobody asks on the terminal that the browser was started from.
func terminalOrNobody() (asker, error) {
	tty, err := openTerminal()
	if err != nil {
		return nil, errNobodyToAsk
	}
	_ = tty.Close() // opened again for each question
	return terminalAsker{open: openTerminal}, nil
}

func flavorOf(ctx context.Context, path string) (string, error) {
	p, err := pinentry.Start(ctx, pinentryOptions(path, nil))
	if err != nil {
		return "", err
	}
	defer func() { _ = p.Close() }() // it has said what was asked
	return p.Flavor()
}

// pinentryOptions name a terminal too, where there is one: programs with windows fall back to it.
func pinentryOptions(program string, tty *terminal) pinentry.Options {
	o := pinentry.Options{Program: program, Env: driverEnvironment(), Term: os.Getenv("TERM"), Locale: letterLocale()}
	if tty != nil {
		o.TTY = tty.Name()
	}
	return o
}

// letterLocale is a locale in which ə and ş can be shown.
func letterLocale() string {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := os.Getenv(name); v != "" {
			if strings.Contains(strings.ToLower(strings.ReplaceAll(v, "-", "")), "utf8") {
				return v
			}
			break
		}
	}
	return "C.UTF-8"
}

// pinentryAsker asks through a pinentry program, a new one for each window: what one window was told does not stick to the next.
type pinentryAsker struct{ program string }

func (a pinentryAsker) with(ctx context.Context, do func(*pinentry.Process) error) error {
	tty, err := openTerminal()
	if err == nil {
		defer func() { _ = tty.Close() }() // what it was opened for is over
	}
	p, err := pinentry.Start(ctx, pinentryOptions(a.program, tty))
	if err != nil {
		return err
	}
	err = do(p)
	closing := p.Close()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err == nil && closing != nil {
		return closing
	}
	return err
}

func (a pinentryAsker) pin(ctx context.Context, d pinentry.Dialog) (pin []byte, err error) {
	err = a.with(ctx, func(p *pinentry.Process) (err error) {
		pin, err = p.PIN(d)
		return err
	})
	return pin, err
}

func (a pinentryAsker) confirm(ctx context.Context, d pinentry.Dialog) error {
	return a.with(ctx, func(p *pinentry.Process) error { return p.Confirm(d) })
}

func (a pinentryAsker) message(ctx context.Context, d pinentry.Dialog) error {
	return a.with(ctx, func(p *pinentry.Process) error { return p.Message(d) })
}
