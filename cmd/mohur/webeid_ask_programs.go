package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"os/exec"
	"strings"
	"time"

	"mohur/internal/pinentry"
)

// maxTyped bounds what a program hands back.
const maxTyped = 4096

// runDialog runs a program for one window and returns what it printed and its exit status.
func runDialog(ctx context.Context, program string, args ...string) ([]byte, int, error) {
	cmd := exec.CommandContext(ctx, program, args...) //nolint:gosec // found in the system's own folders
	cmd.Env, cmd.WaitDelay = driverEnvironment(), time.Second
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return nil, 0, err
	}
	if err := cmd.Start(); err != nil {
		return nil, 0, err
	}
	out := make([]byte, maxTyped) // one piece of memory, so that no copy of a PIN is left behind
	n, err := io.ReadFull(pipe, out)
	waiting := cmd.Wait()
	if ctx.Err() != nil {
		clear(out)
		return nil, 0, ctx.Err()
	}
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		clear(out)
		return nil, 0, err
	}
	if exit, ok := errors.AsType[*exec.ExitError](waiting); ok {
		return out[:n], exit.ExitCode(), nil
	}
	return out[:n], 0, waiting
}

// typed is a line without its end; the rest is overwritten.
func typed(out []byte) []byte {
	i := bytes.IndexByte(out, '\n')
	if i < 0 {
		i = len(out)
	}
	clear(out[i:])
	return out[:i]
}

// windowText is the text of a window with what went wrong before it.
func windowText(d pinentry.Dialog) string {
	if d.Error != "" {
		return d.Error + "\n\n" + d.Text
	}
	return d.Text
}

// zenityAsker asks through zenity (GNOME). Its exit statuses: 0 OK, 1 cancel or the third button, whose label it prints, 5 timeout.
type zenityAsker struct{ program string }

func (a zenityAsker) common(d pinentry.Dialog) []string {
	args := []string{"--title=" + d.Title, "--width=480", "--ok-label=" + d.OK}
	if d.Cancel != "" {
		args = append(args, "--cancel-label="+d.Cancel)
	}
	if d.Timeout > 0 {
		args = append(args, fmt.Sprintf("--timeout=%d", int(d.Timeout/time.Second)+1))
	}
	return args
}

func (a zenityAsker) run(ctx context.Context, d pinentry.Dialog, args ...string) ([]byte, error) {
	out, status, err := runDialog(ctx, a.program, append(args, a.common(d)...)...)
	switch {
	case err != nil:
		return nil, err
	case status == 0:
		return out, nil
	case status == 5:
		return nil, pinentry.ErrTimeout
	case status == 1 && d.NotOK != "" && string(typed(out)) == d.NotOK:
		return nil, pinentry.ErrDeclined
	case status == 1:
		return nil, pinentry.ErrCancelled
	}
	return nil, fmt.Errorf("zenity ended with status %d", status)
}

func (a zenityAsker) pin(ctx context.Context, d pinentry.Dialog) ([]byte, error) {
	out, err := a.run(ctx, d, "--entry", "--hide-text", "--text="+windowText(d)+"\n\n"+d.Prompt)
	return typed(out), err
}

func (a zenityAsker) confirm(ctx context.Context, d pinentry.Dialog) error {
	args := []string{"--question", "--no-markup", "--text=" + windowText(d)}
	if d.NotOK != "" {
		args = append(args, "--extra-button="+d.NotOK)
	}
	_, err := a.run(ctx, d, args...)
	return err
}

func (a zenityAsker) message(ctx context.Context, d pinentry.Dialog) error {
	d.Cancel = ""
	_, err := a.run(ctx, d, "--info", "--no-markup", "--text="+windowText(d))
	return err
}

// kdialogAsker asks through kdialog (KDE). Its exit statuses: 0 yes, 1 no or cancel; with a third button 1 is that one and 2 cancel. It has no time
// limit of its own: the context ends its windows.
type kdialogAsker struct{ program string }

func (a kdialogAsker) run(ctx context.Context, d pinentry.Dialog, args ...string) ([]byte, error) {
	if d.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, d.Timeout)
		defer cancel()
	}
	out, status, err := runDialog(ctx, a.program, append([]string{"--title", d.Title}, args...)...)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return nil, pinentry.ErrTimeout
	case err != nil:
		return nil, err
	case status == 0:
		return out, nil
	case status == 1 && d.NotOK != "":
		return nil, pinentry.ErrDeclined
	case status == 1, status == 2:
		return nil, pinentry.ErrCancelled
	}
	return nil, fmt.Errorf("kdialog ended with status %d", status)
}

// plainText keeps Qt from taking a text for HTML.
func plainText(d pinentry.Dialog) string {
	return strings.NewReplacer("<", "‹", ">", "›").Replace(windowText(d))
}

// richText is for the window for passwords, which always takes its text for HTML.
func richText(text string) string {
	return strings.ReplaceAll(html.EscapeString(text), "\n", "<br>")
}

func (a kdialogAsker) pin(ctx context.Context, d pinentry.Dialog) ([]byte, error) {
	out, err := a.run(ctx, d, "--password", richText(windowText(d)+"\n\n"+d.Prompt))
	return typed(out), err
}

func (a kdialogAsker) confirm(ctx context.Context, d pinentry.Dialog) error {
	if d.NotOK != "" {
		_, err := a.run(ctx, d, "--yes-label", d.OK, "--no-label", d.NotOK, "--cancel-label", d.Cancel, "--yesnocancel", plainText(d))
		return err
	}
	_, err := a.run(ctx, d, "--yes-label", d.OK, "--no-label", d.Cancel, "--yesno", plainText(d))
	return err
}

func (a kdialogAsker) message(ctx context.Context, d pinentry.Dialog) error {
	_, err := a.run(ctx, d, "--msgbox", plainText(d))
	return err
}
