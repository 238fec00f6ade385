package main

import (
	"context"
	"errors"
	"slices"

	"mohur/internal/pinentry"
	"mohur/internal/webeid"
	"mohur/pkcs11"
)

// signingCertificate hands out the signing certificate when the person agrees: it holds name and FİN.
func (h *webeidHost) signingCertificate(ctx context.Context, r *webeid.Request) (any, error) {
	c, err := h.choose(ctx, r, forSigning, "webeid.certificate.text", "webeid.button.give")
	if err != nil {
		return nil, err
	}
	supported := webeid.Supported(c.cert.PublicKey)
	if len(supported) == 0 {
		return nil, errors.New("the protocol has no name for signatures of this key")
	}
	return webeid.SigningCertificate{Certificate: c.cert.Raw, Supported: supported}, nil
}

// sign signs the hash with the key of the certificate that the page names.
func (h *webeidHost) sign(ctx context.Context, r *webeid.Request) (any, error) {
	c, err := h.await(ctx, "webeid.absent.sign", func(c tokenCertificate) bool {
		return string(c.cert.Raw) == string(r.Certificate)
	})
	if err != nil {
		return nil, err
	}
	a, err := webeid.AlgorithmOf(c[0].cert.PublicKey, r.Digest)
	if err != nil {
		return nil, err
	}
	text := h.p.T("webeid.sign.text", "origin", r.Origin, "holder", c[0].holder(), "code", webeid.Fingerprint(r.Hash))
	value, err := h.signature(ctx, c[0], a, r.Hash, text, "webeid.button.sign")
	if err != nil {
		return nil, err
	}
	return webeid.Signed{Signature: value, Algorithm: a}, nil
}

// authenticate makes an authentication token for the page's origin. The value that is signed is made here: a page can't have its own signed.
func (h *webeidHost) authenticate(ctx context.Context, r *webeid.Request) (any, error) {
	c, err := h.choose(ctx, r, forLogin, "webeid.login.choose", "webeid.button.continue")
	if err != nil {
		return nil, err
	}
	jws, a, err := webeid.JWSName(c.cert.PublicKey)
	if err != nil {
		return nil, err
	}
	digest := a.Digest().Sum(webeid.AuthMessage(a.Digest(), r.Origin, r.Nonce))
	value, err := h.signature(ctx, c, a, digest, h.p.T("webeid.login.text", "origin", r.Origin, "holder", c.holder()), "webeid.button.login")
	if err != nil {
		return nil, err
	}
	return webeid.NewAuthToken(c.cert.Raw, jws, value, webeidProgram), nil
}

// await looks for certificates until there is one that fits, or the person gives up.
func (h *webeidHost) await(ctx context.Context, absent string, fits func(tokenCertificate) bool) ([]tokenCertificate, error) {
	for {
		all, err := h.search.certificates(ctx)
		if errors.Is(err, pkcs11.ErrNoCgo) || ctx.Err() != nil {
			return nil, errors.Join(err, ctx.Err())
		}
		all = slices.DeleteFunc(all, func(c tokenCertificate) bool { return !fits(c) })
		good := slices.DeleteFunc(slices.Clone(all), func(c tokenCertificate) bool { return !c.inForce(h.began) })
		if len(good) > 0 {
			return good, nil
		}
		if len(all) > 0 {
			absent = "webeid.absent.expired"
		}
		if err := h.ask.confirm(ctx, h.dialog(h.p.T(absent), "webeid.button.retry")); err != nil {
			return nil, err
		}
	}
}

// choose lets the person choose a certificate, one after the other, and agree to its use. For a log-in with a single certificate nothing is asked
// here: the window for the PIN says it all.
func (h *webeidHost) choose(ctx context.Context, r *webeid.Request, p purpose, text, ok string) (tokenCertificate, error) {
	absent := "webeid.absent.certificate"
	if p == forLogin {
		absent = "webeid.absent.login"
	}
	list, err := h.await(ctx, absent, func(c tokenCertificate) bool { return serves(c.cert, p, h.conf.OneCertificate) })
	if err != nil {
		return tokenCertificate{}, err
	}
	if p == forLogin && len(list) == 1 {
		return list[0], nil
	}
	for i := 0; ; i = (i + 1) % len(list) {
		c := list[i]
		d := h.dialog(h.p.T(text, "origin", r.Origin, "holder", c.holder(), "details", h.details(c, i, len(list))), ok)
		if len(list) > 1 {
			d.NotOK = h.p.T("webeid.button.other")
		}
		if err := h.ask.confirm(ctx, d); !errors.Is(err, pinentry.ErrDeclined) {
			return c, err
		}
	}
}

// details tell certificates apart: issuer, end, token, and which of how many.
func (h *webeidHost) details(c tokenCertificate, i, n int) string {
	text := h.p.T("webeid.certificate.details", "issuer", oneLineText(c.cert.Issuer.Display(), 60), "until", h.p.Date(c.cert.NotAfter), "token", oneLineText(c.token.Label, 32))
	if n > 1 {
		text += "\n" + h.p.T("webeid.certificate.which", "i", i+1, "n", n)
	}
	return text
}

// signature makes one signature after the person saw the text and typed the PIN, or agreed where the token wants none. It returns the value as the
// protocol carries it.
func (h *webeidHost) signature(ctx context.Context, c tokenCertificate, a webeid.SignatureAlgorithm, digest []byte, text, ok string) ([]byte, error) {
	opts, err := a.Options()
	if err != nil {
		return nil, err
	}
	agreed := false
	o := pkcs11.TokenOptions{Sessions: 1, Journal: h.journal, PIN: pkcs11.PromptPIN(func(ctx context.Context, r pkcs11.PINRequest) (pkcs11.PIN, error) {
		pin, err := h.pin(ctx, r, text, ok)
		agreed = agreed || err == nil
		return pin, err
	})}
	confirmed := func(ctx context.Context) error {
		if agreed {
			return nil
		}
		return h.ask.confirm(ctx, h.dialog(text, ok))
	}
	value, err := signOnToken(ctx, h.search.loader, c, o, confirmed, digest, opts)
	if err != nil {
		return nil, err
	}
	return a.Encode(c.cert.PublicKey, value)
}

// pin asks for the PIN in a window that says what it is for, or sends the person to the reader.
func (h *webeidHost) pin(ctx context.Context, r pkcs11.PINRequest, text, ok string) (pkcs11.PIN, error) {
	d := h.dialog(text, ok)
	switch {
	case r.Retry:
		d.Error = h.p.T("webeid.pin.wrong")
	case r.Token.Flags.Has(pkcs11.FlagPINCountLow):
		d.Error = h.p.T("webeid.pin.low")
	}
	if r.AtReader {
		d.Text += "\n\n" + h.p.T("webeid.pin.reader")
		d.OK = h.p.T("webeid.button.continue")
		return pkcs11.PIN{}, h.ask.confirm(ctx, d)
	}
	d.Prompt = h.p.T("webeid.pin.prompt")
	if r.Key != "" {
		d.Prompt = h.p.T("webeid.pin.signature")
	}
	d.Text += "\n\n" + h.p.T("webeid.pin.token", "token", oneLineText(r.Token.Label, 32))
	b, err := h.ask.pin(ctx, d)
	if err != nil {
		return pkcs11.PIN{}, err
	}
	defer clear(b)
	if len(b) == 0 {
		return pkcs11.PIN{}, pinentry.ErrCancelled
	}
	return pkcs11.NewPIN(b), nil
}

// dialog is a window with what is left of the person's time.
func (h *webeidHost) dialog(text, ok string) pinentry.Dialog {
	return pinentry.Dialog{
		Title: h.p.T("webeid.title"), Text: text, OK: h.p.T(ok), Cancel: h.p.T("webeid.button.cancel"),
		Timeout: max(h.conf.patience()-clock().Sub(h.began), 1),
	}
}

// explain tells the person in a window why the token did not sign, and what to do.
func (h *webeidHost) explain(ctx context.Context, err error) {
	key := "webeid.failed.token"
	for code, k := range map[pkcs11.Code]string{
		pkcs11.ErrPINIncorrect: "webeid.failed.pin", pkcs11.ErrPINLocked: "webeid.failed.locked", pkcs11.ErrPINFinalTry: "webeid.failed.final",
		pkcs11.ErrTokenPINUnset: "webeid.failed.unset", pkcs11.ErrTokenRemoved: "webeid.failed.removed", pkcs11.ErrNoToken: "webeid.failed.removed",
	} {
		if errors.Is(err, code) {
			key = k
		}
	}
	d := h.dialog(h.p.T(key), "webeid.button.close")
	d.Cancel = ""
	_ = h.ask.message(ctx, d) // the answer to the page matters more than whether this was read
}
