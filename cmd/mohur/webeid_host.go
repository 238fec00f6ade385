package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"mohur/certs"
	"mohur/internal/locale"
	"mohur/internal/pinentry"
	"mohur/internal/webeid"
	"mohur/pkcs11"
)

// webeidProgram names this program in authentication tokens. Nobody may believe it.
const webeidProgram = "https://mohur.invalid/webeid-host/" + webeid.Version

// webeidHost serves one browser for one command.
type webeidHost struct {
	o       *webeidHostOptions
	std     streams
	conf    *webeidConfig
	search  *tokenSearch
	journal pkcs11.AttemptJournal
	ask     asker
	p       *locale.Printer
	began   time.Time
}

func newWebeidHost(o *webeidHostOptions, std streams) *webeidHost { return &webeidHost{o: o, std: std} }

// errBrowserGone says that the extension closed the connection: the page was left, or it stopped waiting.
var errBrowserGone = errors.New("the browser closed the connection")

// serve greets, reads one command and answers it.
func (h *webeidHost) serve(caller []string) int {
	if err := h.o.checkCaller(caller); err != nil {
		return complain(h.std, "webeid-host", err)
	}
	if err := webeid.WriteMessage(h.std.Out, webeid.Greeting{Version: webeid.Version}); err != nil {
		return complain(h.std, "webeid-host", err)
	}
	message, err := webeid.ReadMessage(h.std.In)
	if errors.Is(err, io.EOF) {
		return exitPassed // the extension only wanted to know whether anybody is here
	}
	if err != nil {
		return h.answer(webeid.FailureOf(&webeid.Error{Code: webeid.ErrNativeFatal, Message: "the message can't be read", Err: err}))
	}
	answer, err := h.command(message)
	if errors.Is(err, errBrowserGone) {
		return exitPassed
	}
	if err != nil {
		fmt.Fprintf(h.std.Err, "mohur webeid-host: %v\n", err)
		answer = webeid.FailureOf(err)
	}
	return h.answer(answer)
}

// answer writes the one answer of this process.
func (h *webeidHost) answer(v any) int {
	err := webeid.WriteMessage(h.std.Out, v)
	if errors.Is(err, webeid.ErrMessageSize) { // a certificate of more than six kilobytes
		err = webeid.WriteMessage(h.std.Out, webeid.FailureOf(&webeid.Error{Code: webeid.ErrNativeFatal, Message: "the answer is too long for the protocol"}))
	}
	if err != nil {
		return complain(h.std, "webeid-host", err)
	}
	return exitPassed
}

// command carries out what the message asks for.
func (h *webeidHost) command(message []byte) (any, error) {
	r, err := webeid.ParseRequest(message, h.o.localhost)
	if err != nil {
		return nil, err
	}
	switch r.Command {
	case webeid.CommandQuit:
		return webeid.Empty{}, nil
	case webeid.CommandStatus:
		return webeid.Greeting{Version: webeid.Version}, nil
	}
	unready := func(err error) error {
		return &webeid.Error{Code: webeid.ErrNativeFatal, Message: "the program at the token is not set up", Err: err}
	}
	if h.conf, err = loadWebeidConfig(h.o.config); err != nil {
		return nil, unready(err)
	}
	if r.Command == webeid.CommandSign {
		if err := h.checkSign(r); err != nil {
			return nil, err
		}
	}
	ctx, stop := h.patience()
	defer stop()
	if err := h.prepare(ctx, r); err != nil {
		return nil, unready(err)
	}
	var answer any
	switch r.Command {
	case webeid.CommandGetSigningCertificate:
		answer, err = h.signingCertificate(ctx, r)
	case webeid.CommandSign:
		answer, err = h.sign(ctx, r)
	case webeid.CommandAuthenticate:
		answer, err = h.authenticate(ctx, r)
	}
	return answer, h.outcome(ctx, err)
}

// checkSign refuses a sign command that can't be carried out with any token, before anybody is asked.
func (h *webeidHost) checkSign(r *webeid.Request) error {
	c, err := certs.Parse(r.Certificate)
	if err != nil {
		return &webeid.Error{Code: webeid.ErrNativeInvalidArgument, Message: "the certificate is none", Err: err}
	}
	if !serves(c, forSigning, h.conf.OneCertificate) {
		return &webeid.Error{Code: webeid.ErrNativeInvalidArgument, Message: "the certificate is not for signing"}
	}
	for _, a := range webeid.Supported(c.PublicKey) {
		if a.Digest() == r.Digest {
			return nil
		}
	}
	return &webeid.Error{Code: webeid.ErrNativeInvalidArgument, Message: "the certificate's key does not sign with this hash function"}
}

// patience is a context that ends when the person took too long, the browser closed the connection or the system ends the process.
func (h *webeidHost) patience() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(context.Background())
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	ctx, over := context.WithTimeout(ctx, h.conf.patience())
	go func() {
		_, err := io.Copy(io.Discard, io.LimitReader(h.std.In, 1)) // nothing may follow the command
		cancel(errors.Join(errBrowserGone, err))
	}()
	return ctx, func() {
		over()
		stop()
		cancel(nil)
	}
}

// prepare finds out how to ask, and where the tokens are.
func (h *webeidHost) prepare(ctx context.Context, r *webeid.Request) error {
	var err error
	h.p, h.began = locale.For(webeidLanguage(r.Lang, h.conf.Language)), clock()
	if h.ask, err = newAsker(ctx, h.conf); err != nil {
		return err
	}
	if h.journal, err = new(tokenAccess).attempts(ctx); err != nil {
		return err
	}
	h.search = &tokenSearch{loader: newLoader(), modules: h.conf.Modules, log: h.std.Err, now: h.began}
	return nil
}

// webeidLanguage is the language of the windows: the page's, else that of the user's file, else the session's; English where none of them is known.
func webeidLanguage(page, file string) locale.Lang {
	if page == "" {
		page = file
	}
	if page == "" {
		return sessionLanguage()
	}
	if len(page) >= 2 && locale.Known(locale.Lang(page[:2])) && (len(page) == 2 || page[2] == '-') {
		return locale.Lang(page[:2])
	}
	return locale.English
}

// sessionLanguage is what the environment says (LC_ALL, LC_MESSAGES, LANG).
func sessionLanguage() locale.Lang {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := os.Getenv(name); len(v) >= 2 {
			if l := locale.Lang(v[:2]); locale.Known(l) {
				return l
			}
			break
		}
	}
	return locale.English
}

// outcome gives an error its name in the protocol. What the person is to know about a failure was said in a window; the page learns no more than
// that it failed.
func (h *webeidHost) outcome(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if _, named := errors.AsType[*webeid.Error](err); named {
		return err
	}
	fail := func(code webeid.Code, message string) error {
		return &webeid.Error{Code: code, Message: message, Err: err}
	}
	switch {
	case errors.Is(context.Cause(ctx), errBrowserGone):
		return errBrowserGone
	case errors.Is(err, pinentry.ErrTimeout), errors.Is(err, context.DeadlineExceeded), h.late():
		return fail(webeid.ErrUserTimeout, "nobody answered in time")
	case errors.Is(err, pinentry.ErrCancelled), errors.Is(err, pinentry.ErrDeclined), ctx.Err() != nil:
		return fail(webeid.ErrUserCancelled, "cancelled by the user")
	case errors.Is(err, pkcs11.ErrNoCgo):
		return fail(webeid.ErrNativeFatal, "this build of the program can't use tokens")
	}
	h.explain(ctx, err)
	return fail(webeid.ErrNativeFatal, "the token did not sign")
}

// late says whether the person's time is over.
func (h *webeidHost) late() bool { return clock().Sub(h.began) >= h.conf.patience() }
