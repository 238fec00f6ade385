package credential

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mohur/certs"
	"mohur/pkcs11"
	"mohur/verify/etsi"
)

// fakeKey is a member's key and token in one: it says what its fault says.
type fakeKey struct {
	*ecdsa.PrivateKey
	der    []byte
	always bool

	mu     sync.Mutex
	fault  error         // of everything
	hang   chan struct{} // signatures wait for it to be closed
	opens  atomic.Int64
	signs  atomic.Int64
	closes atomic.Int64
}

// newFake makes a key with a certificate that ends after so many days.
func newFake(t *testing.T, name string, days int) *fakeKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	c := &x509.Certificate{SerialNumber: big.NewInt(int64(days) + 7), Subject: pkix.Name{CommonName: name}, NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(0, 0, days)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	return &fakeKey{PrivateKey: k, der: der}
}

func (f *fakeKey) break_(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault = err
}

func (f *fakeKey) broken() (chan struct{}, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.hang, f.fault
}

// open is MemberConfig.Open.
func (f *fakeKey) open(context.Context) (Key, error) {
	f.opens.Add(1)
	if _, err := f.broken(); err != nil {
		return nil, err
	}
	return f, nil
}

func (f *fakeKey) Label() string                               { return "seal" }
func (f *fakeKey) Token() string                               { return "token" }
func (f *fakeKey) Certificate(context.Context) ([]byte, error) { return f.der, nil }
func (f *fakeKey) AlwaysAuthenticate() bool                    { return f.always }
func (f *fakeKey) Close() error                                { f.closes.Add(1); return nil }
func (f *fakeKey) Check(context.Context) error                 { _, err := f.broken(); return err }

func (f *fakeKey) SignContext(ctx context.Context, _ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	f.signs.Add(1)
	hang, err := f.broken()
	if hang != nil {
		select {
		case <-hang:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		_, err = f.broken()
	}
	if err != nil {
		return nil, err
	}
	return f.Sign(rand.Reader, digest, opts)
}

func removed() error { return &pkcs11.Error{Code: pkcs11.ErrTokenRemoved, Subject: "token"} }

// good is a judgement that passes, by evidence that speaks for an hour.
func good(now time.Time) *certs.Result {
	return &certs.Result{Indication: etsi.Passed, Status: []certs.CertificateStatus{{State: certs.StateGood, Evidence: &certs.RevocationData{}, NextUpdate: now.Add(time.Hour)}}}
}

// objection is a judgement that does not pass.
func objection(keys ...string) *certs.Result {
	r := &certs.Result{Indication: etsi.Indeterminate}
	for _, k := range keys {
		r.Reasons = append(r.Reasons, certs.Reason{Key: k})
	}
	return r
}

// bench is a Set over fakes.
type bench struct {
	*Set
	t     *testing.T
	keys  []*fakeKey
	mu    sync.Mutex
	judge func(leaf *certs.Certificate, at time.Time) *certs.Result
	asked atomic.Int64
}

// newBench makes a credential "seal" of the keys, whose certificates are configured.
func newBench(t *testing.T, change func(*Options), keys ...*fakeKey) *bench {
	t.Helper()
	b := &bench{t: t, keys: keys}
	o := Options{Now: time.Now, Credentials: []Config{{Name: "seal"}}}
	o.Judge = func(_ context.Context, leaf *certs.Certificate, _ []*certs.Certificate, at time.Time) *certs.Result {
		b.asked.Add(1)
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.judge != nil {
			return b.judge(leaf, at)
		}
		return good(at)
	}
	for _, k := range keys {
		o.Credentials[0].Members = append(o.Credentials[0].Members, MemberConfig{Open: k.open, Certificate: k.der})
	}
	if change != nil {
		change(&o)
	}
	set, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	b.Set = set
	return b
}

func (b *bench) judgeBy(f func(leaf *certs.Certificate, at time.Time) *certs.Result) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.judge = f
}

// watch runs Watch until the test's end.
func (b *bench) watch() (stop func()) {
	ctx, cancel := context.WithCancel(b.t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := b.Watch(ctx); err != nil {
			b.t.Error(err)
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

// chosen is the name of the member that would sign.
func (b *bench) chosen(except ...string) string {
	b.t.Helper()
	m, err := b.Choose(b.t.Context(), "seal", except...)
	if err != nil {
		return string(CodeOf(err))
	}
	return m.Name()
}

// want fails unless this member is chosen, or the code is the reason why none is.
func (b *bench) want(member string, except ...string) {
	b.t.Helper()
	if got := b.chosen(except...); got != member {
		b.t.Errorf("chosen: %s, want %s", got, member)
	}
}

// sign has the member that is to sign make a signature.
func (b *bench) sign() error {
	b.t.Helper()
	m, err := b.Choose(b.t.Context(), "seal")
	if err != nil {
		return err
	}
	_, err = m.Signer().Sign(rand.Reader, make([]byte, 32), crypto.SHA256)
	return err
}

// state of the member at a place.
func (b *bench) state(i int) Status { return b.Status()[i] }
