package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/term"

	"mohur/internal/pinentry"
)

// terminalAsker asks on the terminal that the browser was started from.
type terminalAsker struct{ open func() (*terminal, error) }

// ask opens the terminal, shows the text and waits for what is typed, at most until the context or the dialog's limit ends.
func (a terminalAsker) ask(ctx context.Context, d pinentry.Dialog, question string, hidden bool) ([]byte, error) {
	if d.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, d.Timeout, pinentry.ErrTimeout)
		defer cancel()
	}
	tty, err := a.open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = tty.Close() }() // what it was opened for is over
	state, err := term.GetState(int(tty.Fd()))
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(tty, "\n--- %s ---\n%s\n%s", d.Title, windowText(d), question)
	type line struct {
		b   []byte
		err error
	}
	done := make(chan line, 1)
	go func() {
		var l line
		if hidden {
			l.b, l.err = term.ReadPassword(int(tty.Fd()))
			fmt.Fprintln(tty)
		} else {
			l.b, l.err = bufio.NewReaderSize(io.LimitReader(tty, maxTyped), maxTyped).ReadBytes('\n')
		}
		done <- l
	}()
	select {
	case l := <-done:
		if errors.Is(l.err, io.EOF) {
			return nil, pinentry.ErrCancelled
		}
		return typed(l.b), l.err
	case <-ctx.Done():
		_ = term.Restore(int(tty.Fd()), state) // without echo the terminal would seem dead
		fmt.Fprintln(tty)
		return nil, context.Cause(ctx)
	}
}

func (a terminalAsker) pin(ctx context.Context, d pinentry.Dialog) ([]byte, error) {
	pin, err := a.ask(ctx, d, d.Prompt+" ", true)
	if err == nil && len(pin) == 0 {
		return nil, pinentry.ErrCancelled // a terminal has no other button
	}
	return pin, err
}

func (a terminalAsker) confirm(ctx context.Context, d pinentry.Dialog) error {
	choices := "1 " + d.OK + ", "
	if d.NotOK != "" {
		choices += "2 " + d.NotOK + ", "
	}
	b, err := a.ask(ctx, d, choices+"0 "+d.Cancel+": ", false)
	switch {
	case err != nil:
		return err
	case strings.TrimSpace(string(b)) == "1":
		return nil
	case strings.TrimSpace(string(b)) == "2" && d.NotOK != "":
		return pinentry.ErrDeclined
	}
	return pinentry.ErrCancelled
}

func (a terminalAsker) message(_ context.Context, d pinentry.Dialog) error {
	tty, err := a.open()
	if err != nil {
		return err
	}
	defer func() { _ = tty.Close() }() // what it was opened for is over
	fmt.Fprintf(tty, "\n--- %s ---\n%s\n", d.Title, windowText(d))
	return nil
}
