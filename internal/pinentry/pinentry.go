package pinentry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// Options say which program to start and where its window goes.
type Options struct {
	Program string   // its path
	Env     []string // its environment ("NAME=value"), which names the display; nil is this process's own
	TTY     string   // the terminal to use where there is no display, such as /dev/pts/3; empty for none
	Term    string   // that terminal's type; empty is "dumb"
	Locale  string   // of texts and letters, such as az_AZ.UTF-8; empty leaves it to the program
}

// Dialog is one window.
type Dialog struct {
	Title, Text string
	Prompt      string        // before the field for a PIN
	Error       string        // what went wrong a moment ago, in red where there is red; empty for nothing
	OK, Cancel  string        // labels of the buttons; empty leaves them to the program
	NotOK       string        // label of a third button, for Confirm; empty for none
	Timeout     time.Duration // after which nobody answered; zero is none
}

// Process is a running pinentry program. Its methods must not be called at the same time.
type Process struct {
	c    *conn
	in   io.Closer
	wait func() error
}

// Start starts the program, which ends with the context.
func Start(ctx context.Context, o Options) (*Process, error) {
	cmd := exec.CommandContext(ctx, o.Program) //nolint:gosec // the user's own choice
	cmd.Env = o.Env
	cmd.WaitDelay = time.Second
	if o.Env == nil {
		cmd.Env = os.Environ()
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("pinentry: %w", err)
	}
	p := &Process{c: newConn(out, in), in: in, wait: cmd.Wait}
	if err := p.greet(o); err != nil {
		_ = p.Close() // the greeting's error is the one to tell
		return nil, err
	}
	return p, nil
}

// greet reads the program's first line and says where the window goes. Options that a program does not know are its own affair.
func (p *Process) greet(o Options) error {
	if _, err := p.c.answer(); err != nil {
		return err
	}
	term := o.Term
	if term == "" {
		term = "dumb"
	}
	options := [][2]string{{"ttyname", o.TTY}, {"ttytype", term}, {"lc-ctype", o.Locale}, {"lc-messages", o.Locale}}
	if o.TTY == "" {
		options = options[2:]
	}
	for _, pair := range options {
		if pair[1] == "" {
			continue
		}
		if err := p.set("OPTION", pair[0]+"="+pair[1]); err != nil {
			return err
		}
	}
	return nil
}

// set sends a command whose refusal does no harm.
func (p *Process) set(name, argument string) error {
	_, err := p.c.command(name, argument)
	if _, refused := errors.AsType[*ServerError](err); refused {
		return nil
	}
	return err
}

// Flavor names the program's kind: "gnome3", "gtk2", "qt", "curses", "tty"; with a colon and what it falls back to, where it does. It is empty for
// a program that does not tell.
func (p *Process) Flavor() (string, error) {
	b, err := p.c.command("GETINFO", "flavor")
	if _, refused := errors.AsType[*ServerError](err); refused {
		return "", nil
	}
	return string(b), err
}

// OnTerminal says whether a kind needs a terminal.
func OnTerminal(flavor string) bool {
	first, _, _ := strings.Cut(flavor, ":")
	return first == "curses" || first == "tty" || first == "emacs"
}

// dialog sends the texts of a window.
func (p *Process) dialog(d Dialog) error {
	for _, set := range [][2]string{
		{"SETTITLE", d.Title},
		{"SETDESC", d.Text},
		{"SETPROMPT", d.Prompt},
		{"SETERROR", d.Error},
		{"SETOK", d.OK},
		{"SETCANCEL", d.Cancel},
		{"SETNOTOK", d.NotOK},
		{"SETTIMEOUT", seconds(d.Timeout)},
	} {
		if set[1] == "" {
			continue
		}
		if err := p.set(set[0], set[1]); err != nil {
			return err
		}
	}
	return nil
}

// seconds writes a time limit, whole seconds and at least one.
func seconds(d time.Duration) string {
	if d <= 0 {
		return ""
	}
	return strconv.Itoa(max(int((d+time.Second-1)/time.Second), 1))
}

// PIN asks for a PIN. The caller overwrites it. An empty one is what a person gets by pressing OK at once. Errors: ErrCancelled, ErrTimeout,
// ErrProtocol, a *ServerError, or one of the pipes.
func (p *Process) PIN(d Dialog) ([]byte, error) {
	if err := p.dialog(d); err != nil {
		return nil, err
	}
	return p.c.command("GETPIN", "")
}

// Confirm asks for a yes. Nil is yes; ErrDeclined is the third button, ErrCancelled the second; the others as for PIN.
func (p *Process) Confirm(d Dialog) error {
	if err := p.dialog(d); err != nil {
		return err
	}
	_, err := p.c.command("CONFIRM", "")
	return err
}

// Message shows a text with one button.
func (p *Process) Message(d Dialog) error {
	if err := p.dialog(d); err != nil {
		return err
	}
	_, err := p.c.command("MESSAGE", "")
	return err
}

// Close ends the program.
func (p *Process) Close() error {
	_, _ = io.WriteString(p.c.w, "BYE\n") // one that is gone already needs no farewell
	_ = p.in.Close()
	return p.wait()
}
