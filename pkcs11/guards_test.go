//go:build cgo

package pkcs11

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"testing"
	"time"
)

// brokenJournal can't write.
type brokenJournal struct{}

func (brokenJournal) Begin(context.Context, string) (JournalEntry, error) {
	return brokenJournal{}, nil
}
func (brokenJournal) Attempts() []Attempt  { return nil }
func (brokenJournal) Record(Attempt) error { return errors.New("disk full") }
func (brokenJournal) Close() error         { return nil }

func TestNoPINIsTriedThatCanNotBeRecorded(t *testing.T) {
	b := newBench(t)
	tok := b.token(t, TokenOptions{Journal: brokenJournal{}})
	if err := tok.Login(t.Context()); !errors.Is(err, ErrPINSource) || b.spy.logins.Load() != 0 {
		t.Errorf("%d log-ins, %v", b.spy.logins.Load(), err)
	}
}

func TestASessionInWhichSomethingFailedIsNotLentAgain(t *testing.T) {
	b := newBench(t)
	tok := b.token(t, TokenOptions{Sessions: 1})
	k := generate(t, tok, "P-256", true)
	digest := sha256.Sum256([]byte("x"))
	tok.opt.PIN = fixed("000000") // SignInit succeeds, the context log-in fails: the operation stays open in that session
	if _, err := k.Sign(nil, digest[:], crypto.SHA256); !errors.Is(err, ErrPINIncorrect) {
		t.Fatal(err)
	}
	if err := Confirm(t.Context(), b.module.journal, tok.Info(), time.Time{}); err != nil {
		t.Fatal(err)
	}
	tok.opt.PIN = fixed(testPIN)
	if _, err := k.Sign(nil, digest[:], crypto.SHA256); err != nil {
		t.Errorf("after the failure: %v", err)
	}
	if len(tok.conn.free) != 1 {
		t.Fatalf("%d sessions in the pool", len(tok.conn.free))
	}
	if err := tok.use(t.Context(), false, func(*connection, session) error { return errors.New("failed") }); err == nil {
		t.Fatal("no error")
	}
	if len(tok.conn.free) != 0 {
		t.Error("the session went back to the pool")
	}
}

func TestOneReloadServesAllWhoFailed(t *testing.T) {
	b := newBench(t)
	tok := b.token(t, TokenOptions{})
	failed := tok.conn.generation
	for range 4 {
		if err := b.module.reload(t.Context(), failed); err != nil {
			t.Fatal(err)
		}
	}
	if n := b.spy.initializes.Load(); n != 2 {
		t.Errorf("initialised %d times", n)
	}
}

func TestADriverThatDoesNotRecoverIsGivenARest(t *testing.T) {
	b := newBench(t)
	b.spy.mu.Lock()
	b.spy.initError = rvDeviceError
	b.spy.mu.Unlock()
	for i := range 3 {
		if err := b.module.reload(t.Context(), uint64(1+min(i, 1))); !errors.Is(err, ErrTokenRemoved) {
			t.Fatal(err)
		}
	}
	if n := b.spy.initializes.Load(); n != 2 {
		t.Errorf("initialised %d times", n)
	}
	b.spy.mu.Lock()
	b.spy.initError = nil
	b.spy.mu.Unlock()
	time.Sleep(firstRest + 200*time.Millisecond)
	if err := b.module.reload(t.Context(), 2); err != nil {
		t.Errorf("after the rest: %v", err)
	}
}

func TestKeysThatMustNotSign(t *testing.T) {
	b := newBench(t)
	tok := b.token(t, TokenOptions{})
	err := tok.writable(t.Context(), func(s session) error {
		mech, pub, err := publicTemplate(KeySpec{Label: "ecdh", ID: []byte{1}, Kind: "P-256"})
		if err != nil {
			return err
		}
		_, _, err = b.spy.generate(s, mech, pub, []attribute{
			{attrClass, classPrivateKey}, {attrToken, true}, {attrPrivate, true}, {attrSign, false}, {attrLabel, "ecdh"}, {attrID, []byte{1}},
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tok.Key(t.Context(), URI{Object: "ecdh"}); !errors.Is(err, ErrKeyUnusable) {
		t.Errorf("CKA_SIGN is false: %v", err)
	}
	own := generate(t, tok, "P-256", false)
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tok.KeyOf(t.Context(), own.URI(), other.Public()); !errors.Is(err, ErrKeyUnusable) {
		t.Errorf("another public key: %v", err)
	}
	if _, err := tok.KeyOf(t.Context(), own.URI(), own.Public()); err != nil {
		t.Errorf("the right public key: %v", err)
	}
	if _, err := tok.Key(t.Context(), URI{ID: []byte("P-256")}); err != nil {
		t.Errorf("by id alone: %v", err)
	}
}

// A token on which only the private key lies, as on some cards, is used with the public key of the certificate in hand.
func TestAKeyWithoutItsPublicHalf(t *testing.T) {
	b := newBench(t)
	tok := b.token(t, TokenOptions{})
	k := generate(t, tok, "P-256", false)
	err := tok.writable(t.Context(), func(s session) error {
		found, err := b.spy.find(s, []attribute{{attrClass, classPublicKey}}, 8)
		for _, o := range found {
			err = errors.Join(err, b.spy.destroy(s, o))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tok.Key(t.Context(), k.URI()); !errors.Is(err, ErrKeyUnusable) {
		t.Errorf("no public key anywhere: %v", err)
	}
	alone, err := tok.KeyOf(t.Context(), k.URI(), k.Public())
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256(nil)
	if _, err := alone.Sign(nil, digest[:], crypto.SHA256); err != nil {
		t.Error(err)
	}
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	wrong, err := tok.KeyOf(t.Context(), k.URI(), other.Public())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := wrong.Sign(nil, digest[:], crypto.SHA256); !errors.Is(err, ErrBadSignature) {
		t.Errorf("the certificate belongs to another key: %v", err)
	}
}

// SoftHSM2 2.6.1 keeps CKA_DECRYPT and CKA_UNWRAP true whatever the template says, so they aren't read back here.
func TestANewKeySignsAndStays(t *testing.T) {
	b := newBench(t)
	tok := b.token(t, TokenOptions{})
	for _, kind := range []string{"RSA-2048", "P-256"} {
		k := generate(t, tok, kind, false)
		err := tok.use(t.Context(), true, func(_ *connection, s session) error {
			v, err := b.spy.attributes(s, k.handle, []uint{attrSign, attrDerive, attrExtractable, attrSensitive})
			for i, want := range []bool{true, false, false, true} {
				if err == nil && isTrue(v[i]) != want {
					t.Errorf("%s: attribute %d is %v", kind, i, !want)
				}
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}
