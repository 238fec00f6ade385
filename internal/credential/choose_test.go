package credential

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mohur/pkcs11"
)

func TestConfigurationsThatAreRefused(t *testing.T) {
	k := newFake(t, "a", 100)
	member := MemberConfig{Open: k.open, Certificate: k.der}
	for says, c := range map[string][]Config{
		"no name":          {{Members: []MemberConfig{member}}},
		"two of that name": {{Name: "x", Members: []MemberConfig{member}}, {Name: "x", Members: []MemberConfig{member}}},
		"no members":       {{Name: "x"}},
		"are called 2":     {{Name: "x", Members: []MemberConfig{{Name: "2", Open: k.open}, member}}},
		"can't be":         {{Name: "x", PerDay: -1, Members: []MemberConfig{member}}},
		"opens its key":    {{Name: "x", Members: []MemberConfig{{Certificate: k.der}}}},
		"reading":          {{Name: "x", Members: []MemberConfig{{Open: k.open, Certificate: []byte("no")}}}},
		"chain":            {{Name: "x", Members: []MemberConfig{{Open: k.open, Chain: [][]byte{{1}}}}}},
	} {
		o := newBench(t, nil, k).o
		o.Credentials = c
		if _, err := New(o); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
	if _, err := New(Options{Credentials: []Config{{Name: "x", Members: []MemberConfig{member}}}}); err == nil {
		t.Error("without clock and judge: taken")
	}
	if _, err := New(Options{}); err != nil {
		t.Error("no credentials at all:", err)
	}
}

func TestTheFirstHealthyMemberSigns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil, newFake(t, "a", 100), newFake(t, "b", 200))
		b.want("1")
		b.want("2", "1")
		b.want("failing", "1", "2")
		if n := b.keys[1].opens.Load(); n != 1 {
			t.Errorf("the second token was opened %d times, want once: when it was needed", n)
		}
		b.keys[0].break_(removed())
		if err := b.sign(); !errors.Is(err, ErrFailing) || !errors.Is(err, pkcs11.ErrTokenRemoved) {
			t.Fatal(err)
		}
		b.want("2")
		if s := b.state(0); s.State != StateFailing || s.Reason != "token-removed" || s.Failures != 1 || s.Failure == "" {
			t.Errorf("%+v", s)
		}
		if _, err := b.Choose(t.Context(), "other"); !errors.Is(err, ErrUnknown) {
			t.Error(err)
		}
	})
}

func TestATokenThatIsAwayAtTheStartIsPassedOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil, newFake(t, "a", 100), newFake(t, "b", 200))
		b.keys[0].break_(&pkcs11.Error{Code: pkcs11.ErrNoToken, Subject: "token"})
		b.want("2")
		b.want("2")
		if n := b.keys[0].opens.Load(); n != 1 {
			t.Errorf("%d attempts, want one: it rests", n)
		}
		b.keys[0].break_(nil)
		defer b.watch()()
		time.Sleep(1100 * time.Millisecond)
		synctest.Wait()
		b.want("1")
	})
}

func TestTheLeastLoadedMemberSigns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, func(o *Options) { o.Credentials[0].LeastLoaded = true }, newFake(t, "a", 100), newFake(t, "b", 200))
		b.want("1")
		b.keys[0].hang = make(chan struct{})
		ended := make(chan error, 1)
		go func() { ended <- b.sign() }()
		synctest.Wait()
		b.want("2")
		if s := b.state(0); s.InProgress != 1 || s.State != StateReady {
			t.Errorf("%+v", s)
		}
		close(b.keys[0].hang)
		if err := <-ended; err != nil {
			t.Error(err)
		}
		b.want("1")
	})
}

func TestTheMemberThatAnIntentNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, func(o *Options) { o.Credentials[0].Members[1].Certificate = nil }, newFake(t, "a", 100), newFake(t, "b", 200))
		second := sha256.Sum256(b.keys[1].der)
		m, err := b.Member(t.Context(), "seal", second) // its certificate is on the token
		if err != nil || m.Name() != "2" || m.KeyLabel() != "seal" || m.Credential() != "seal" || m.Certificate() == nil {
			t.Fatal(m, err)
		}
		if err := b.Drain("seal", "2", true); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Member(t.Context(), "seal", second); err != nil {
			t.Error("what was intended should end on a member that is drained:", err)
		}
		if _, err := b.Member(t.Context(), "seal", [32]byte{1}); !errors.Is(err, ErrUnknown) {
			t.Error(err)
		}
		b.keys[1].break_(removed())
		if _, err := m.Signer().Sign(rand.Reader, make([]byte, 32), crypto.SHA256); !errors.Is(err, ErrFailing) {
			t.Error(err)
		}
		if _, err := b.Member(t.Context(), "seal", second); !errors.Is(err, ErrFailing) {
			t.Error(err)
		}
	})
}

func TestClonesOfOneKeyStandForEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFake(t, "a", 100)
		clone := &fakeKey{PrivateKey: k.PrivateKey, der: k.der}
		b := newBench(t, nil, k, clone)
		named := sha256.Sum256(k.der)
		want := func(name string) {
			t.Helper()
			if m, err := b.Member(t.Context(), "seal", named); err != nil || m.Name() != name {
				t.Errorf("%v %v, want %s", m, err, name)
			}
		}
		want("1")
		k.break_(removed())
		if err := b.sign(); err == nil {
			t.Fatal("signed")
		}
		want("2")
		b.want("2", "1")
		if err := b.Drain("seal", "2", true); err != nil {
			t.Fatal(err)
		}
		want("2")
		k.break_(nil)
		time.Sleep(time.Second)
		want("1")
	})
}

func TestACertificateOnATokenThatIsAwayIsNotUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, func(o *Options) { o.Credentials[0].Members[0].Certificate = nil }, newFake(t, "a", 100))
		b.keys[0].break_(removed())
		if _, err := b.Member(t.Context(), "seal", sha256.Sum256(b.keys[0].der)); !errors.Is(err, ErrFailing) {
			t.Error(err)
		}
	})
}

func TestKeysThatDoNotFit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		other := newFake(t, "other", 10)
		b := newBench(t, func(o *Options) { o.Credentials[0].Members[0].Certificate = other.der }, newFake(t, "a", 100))
		b.want("mismatch")
		if s := b.state(0); s.State != StateStopped || s.Reason != "mismatch" {
			t.Errorf("%+v", s)
		}
		k := newFake(t, "b", 100)
		k.always = true
		b = newBench(t, nil, k)
		b.want("unattended")
		stop := b.watch()
		time.Sleep(time.Hour)
		stop()
		if k.opens.Load() != 1 {
			t.Errorf("a key that wants a person was opened %d times", k.opens.Load())
		}
	})
}

func TestKeysThatAreNotTestedBySignatures(t *testing.T) {
	for name, change := range map[string]func(*Config, *fakeKey){
		"its PIN is wanted each time": func(c *Config, k *fakeKey) { c.Members[0].AlwaysAuthenticate, k.always = true, true },
		"as configured":               func(c *Config, _ *fakeKey) { c.NoTestSignatures = true },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newFake(t, "a", 100)
				b := newBench(t, func(o *Options) { change(&o.Credentials[0], k) }, k)
				stop := b.watch()
				time.Sleep(time.Hour)
				b.want("1")
				k.break_(removed())
				time.Sleep(2 * time.Minute)
				b.want("failing")
				k.break_(nil)
				time.Sleep(time.Minute)
				b.want("1")
				stop()
				if k.signs.Load() != 0 {
					t.Errorf("%d signatures that nobody asked for", k.signs.Load())
				}
			})
		})
	}
}

func TestWhatIsTheCallersOwnDoingOpensNoBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil, newFake(t, "a", 100))
		m, err := b.Choose(t.Context(), "seal")
		if err != nil {
			t.Fatal(err)
		}
		b.keys[0].hang = make(chan struct{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := m.Signer().SignContext(ctx, nil, make([]byte, 32), crypto.SHA256); !errors.Is(err, context.DeadlineExceeded) || CodeOf(err) != "" {
			t.Error(err)
		}
		close(b.keys[0].hang)
		b.keys[0].hang = nil
		b.keys[0].break_(&pkcs11.Error{Code: pkcs11.ErrMechanism, Subject: "seal"})
		if _, err := m.Signer().Sign(nil, make([]byte, 32), crypto.SHA256); CodeOf(err) != "" {
			t.Error(err)
		}
		b.keys[0].break_(nil)
		b.want("1")
		if s := b.state(0); s.Failures != 2 {
			t.Errorf("%d failures were counted, want 2", s.Failures)
		}
	})
}
