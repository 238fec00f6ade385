package pkcs11

import (
	"context"
	"crypto"
	"crypto/rand"
	"errors"
	"io"
	"sync"
	"time"
)

// maxMatches bounds how many objects are looked at for one URI.
const maxMatches = 64

// Key is a private key on a token and a crypto.Signer. Its methods may be called from several goroutines.
type Key struct {
	t      *Token
	uri    URI
	pub    crypto.PublicKey
	always bool // CKA_ALWAYS_AUTHENTICATE: the PIN again for each signature

	mu         sync.Mutex
	handle     object
	generation uint64 // of the connection that handle belongs to
}

var _ crypto.Signer = (*Key)(nil)

// Key logs in and finds the private key that the URI's object and id name; none and several are errors. Its public key comes from the
// token: from the private key itself (RSA), a public key object or a certificate with the same id.
func (t *Token) Key(ctx context.Context, u URI) (*Key, error) { return t.KeyOf(ctx, u, nil) }

// KeyOf is Key for tokens that hold nothing but the private key: the public key is given, from the certificate in the caller's hand. A
// public key on the token that differs from it is an error.
func (t *Token) KeyOf(ctx context.Context, u URI, pub crypto.PublicKey) (*Key, error) {
	if u.Object == "" && len(u.ID) == 0 {
		return nil, fail(ErrURI, u.String(), "it must name the key by object or id", nil)
	}
	k := &Key{t: t, uri: u.objectPart(), pub: pub}
	err := t.use(ctx, true, func(c *connection, s session) error {
		o, d, err := k.find(c, s)
		if err != nil {
			return err
		}
		k.handle, k.generation, k.pub, k.always = o, c.generation, d.pub, d.always
		k.uri.Object, k.uri.ID = d.label, d.id
		return nil
	})
	if err != nil {
		return nil, err
	}
	return k, nil
}

// Public implements crypto.Signer.
func (k *Key) Public() crypto.PublicKey { return k.pub }

// URI names the key with its token.
func (k *Key) URI() URI {
	u := k.t.info.URI()
	u.Object, u.ID, u.Type = k.uri.Object, k.uri.ID, "private"
	return u
}

// AlwaysAuthenticate says that the token wants the PIN for each signature: such a key can't work unattended unless its PIN source can.
func (k *Key) AlwaysAuthenticate() bool { return k.always }

// find looks the key up in a session and checks that it is the one that was found before.
func (k *Key) find(c *connection, s session) (object, private, error) {
	template := []attribute{{attrClass, classPrivateKey}}
	if k.uri.Object != "" {
		template = append(template, attribute{attrLabel, k.uri.Object})
	}
	if len(k.uri.ID) > 0 {
		template = append(template, attribute{attrID, k.uri.ID})
	}
	found, err := k.t.m.drv.find(s, template, maxMatches)
	switch {
	case err != nil:
		return 0, private{}, fail(ErrDevice, k.t.info.name(), "", err)
	case len(found) == 0:
		return 0, private{}, fail(ErrKeyNotFound, k.uri.String(), k.t.info.name(), nil)
	case len(found) > 1:
		return 0, private{}, fail(ErrKeyAmbiguous, k.uri.String(), "", nil)
	}
	d, err := describePrivate(k.t.m.drv, s, found[0])
	if err != nil {
		return 0, private{}, fail(ErrKeyUnusable, k.uri.String(), "", err)
	}
	if !d.sign {
		return 0, private{}, fail(ErrKeyUnusable, k.uri.String(), "the token does not allow it to sign", nil)
	}
	switch {
	case d.pub == nil && k.pub == nil:
		return 0, private{}, fail(ErrKeyUnusable, k.uri.String(), "the token holds no public key and no certificate for it: name the certificate", nil)
	case d.pub == nil:
		d.pub = k.pub
	case k.pub != nil && !same(d.pub, k.pub):
		return 0, private{}, fail(ErrKeyUnusable, k.uri.String(), "its public key is another one than expected", nil)
	}
	return found[0], d, nil
}

// handleIn gives the object handle in this connection, finding the key anew after a reload.
func (k *Key) handleIn(c *connection, s session) (object, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.generation == c.generation {
		return k.handle, nil
	}
	o, _, err := k.find(c, s)
	if err == nil {
		k.handle, k.generation = o, c.generation
	}
	return o, err
}

// Sign implements crypto.Signer. random is used only when padding is done on this side; nil is crypto/rand.
func (k *Key) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return k.SignContext(context.Background(), random, digest, opts)
}

// SignContext signs a digest: RSA PKCS #1 v1.5, RSA-PSS with *rsa.PSSOptions, ECDSA (DER), or Ed25519 over the message with hash 0. The
// signature is verified with the public key before it is returned. When the context ends the call returns, and the token's work goes on in the
// background and keeps its session until it ends. When the token takes longer than SignTimeout its driver process is killed, where it has one.
func (k *Key) SignContext(ctx context.Context, random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if random == nil {
		random = rand.Reader
	}
	var signature []byte
	err := k.t.lend(ctx, true, func(c *connection, s session, release func(bool)) error {
		p, err := planFor(k.pub, c.mechanisms, random, digest, opts)
		if err != nil {
			release(true)
			return fail(ErrMechanism, k.uri.String(), "", err)
		}
		o, err := k.handleIn(c, s)
		if err != nil {
			release(false)
			return err
		}
		raw, err := k.signature(ctx, c, s, o, p, release)
		if err != nil {
			return err
		}
		signature, err = k.checked(p, raw)
		return err
	})
	if err != nil {
		return nil, err
	}
	return signature, nil
}

// signature makes one by a lane where that is possible, and by the shared calls otherwise.
func (k *Key) signature(ctx context.Context, c *connection, s session, o object, p plan, release func(bool)) ([]byte, error) {
	if !k.always && len(p.data) <= laneFrame-laneRequest {
		if at, ok := k.t.seats.take(); ok {
			return k.byLane(ctx, at, s, o, p, release)
		}
	}
	return k.within(ctx, release, func() ([]byte, error) { return k.signOn(ctx, c, s, o, p) })
}

// signOn makes the C calls, with the PIN when the key wants it for each signature.
func (k *Key) signOn(ctx context.Context, c *connection, s session, o object, p plan) ([]byte, error) {
	if !k.always {
		raw, err := k.t.m.drv.sign(s, p.mechanism, o, p.data, nil)
		return raw, k.explain(err)
	}
	var raw []byte
	err := k.t.withPIN(ctx, c.slot, k.uri.Object, func(pin PIN) error {
		return pin.reveal(func(secret []byte) (err error) {
			raw, err = k.t.m.drv.sign(s, p.mechanism, o, p.data, secret)
			return err
		})
	})
	return raw, k.explain(err)
}

// explain names errors of signing; those of PINs have their names already.
func (k *Key) explain(err error) error {
	var named *Error
	switch {
	case err == nil, errors.As(err, &named):
		return err
	case returned(err, rvMechanismInvalid), returned(err, rvMechanismParam):
		return fail(ErrMechanism, k.uri.String(), "", err)
	}
	return fail(ErrDevice, k.t.info.name(), "", err)
}

// within waits for a call at most until the context or the time limit ends. The call keeps its session, which is released when it ends: soon
// after the limit when the driver has a process of its own, and whenever the library returns when it hasn't.
func (k *Key) within(ctx context.Context, release func(bool), call func() ([]byte, error)) ([]byte, error) {
	type answer struct {
		raw []byte
		err error
	}
	done := make(chan answer, 1)
	go func() {
		raw, err := call()
		release(err == nil)
		done <- answer{raw, err}
	}()
	var limit <-chan time.Time
	if !k.always { // a person may be typing
		timer := time.NewTimer(k.t.opt.SignTimeout)
		defer timer.Stop()
		limit = timer.C
	}
	select {
	case a := <-done:
		return a.raw, a.err
	case <-limit:
		k.t.m.drv.abandon()
		return nil, fail(ErrTimeout, k.uri.String(), k.t.opt.SignTimeout.String(), nil)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// checked encodes the token's answer and verifies it: a signature that doesn't verify must never leave.
func (k *Key) checked(p plan, raw []byte) ([]byte, error) {
	sig := raw
	if p.encode != nil {
		var err error
		if sig, err = p.encode(raw); err != nil {
			return nil, fail(ErrBadSignature, k.uri.String(), "", err)
		}
	}
	if err := p.verify(sig); err != nil {
		return nil, fail(ErrBadSignature, k.uri.String(), "", err)
	}
	return sig, nil
}
