//go:build cgo && unix

package pkcs11

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/binary"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// The short version of the minute that `make tokens` takes.
func TestManyGoroutinesWhileTheDriverIsKilled(t *testing.T) { hammer(t, 2*time.Second) }

// hammer lets 64 goroutines sign with one RSA and one P-256 key while the driver process is killed with SIGKILL again and again. Each
// signature is checked once more by the standard library; no call may fail, signing must go on within two seconds of each death, and each new process
// takes one log-in, with no wrong one.
func hammer(t *testing.T, length time.Duration) {
	const goroutines, between = 64, 3 * time.Second
	b, dir := faultyBench(t)
	tok := b.token(t, TokenOptions{Sessions: 4})
	keys := []*Key{generate(t, tok, "P-256", false), generate(t, tok, "RSA-2048", false)}
	before := b.spy.logins.Load()
	var made atomic.Int64
	stop := make(chan struct{})
	var all sync.WaitGroup
	for g := range goroutines {
		all.Go(func() {
			for i := uint64(0); ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				digest := sha256.Sum256(binary.BigEndian.AppendUint64([]byte{byte(g)}, i))
				k := keys[(g+int(i))%len(keys)] //nolint:gosec // a small number
				sig, err := k.Sign(nil, digest[:], crypto.SHA256)
				if err != nil {
					t.Errorf("goroutine %d, signature %d: %v", g, i, err)
					return
				}
				if !goodSignature(k.Public(), digest[:], sig) {
					t.Errorf("goroutine %d, signature %d is wrong", g, i)
				}
				made.Add(1)
			}
		})
	}
	var worst time.Duration
	kills := 0
	began := time.Now()
	for time.Since(began) < length {
		time.Sleep(min(between, length/3))
		was := b.spy.driver.(*remote)
		was.mu.Lock()
		p := was.now
		was.mu.Unlock()
		if p == nil {
			continue
		}
		died := time.Now()
		if err := p.child.Kill(); err != nil {
			continue // it is being replaced this very moment
		}
		kills++
		<-p.ended
		count := made.Load()
		for made.Load() < count+2*goroutines { // those that were ready already do not count
			if time.Since(died) > 10*time.Second {
				t.Fatal("signing does not go on")
			}
			time.Sleep(time.Millisecond)
		}
		worst = max(worst, time.Since(died))
	}
	close(stop)
	all.Wait()
	logins := b.spy.logins.Load() - before
	t.Logf("%d signatures in %v by %d goroutines over 4 sessions, %d kills: again after %v at most, %d log-ins", made.Load(), time.Since(began).Round(time.Millisecond), goroutines, kills, worst.Round(time.Millisecond), logins)
	if worst > 2*time.Second {
		t.Errorf("signing went on %v after a death", worst)
	}
	if logins > int64(kills) || triedLogins(t, dir) == 0 {
		t.Errorf("%d log-ins for %d new processes", logins, kills)
	}
	status, err := tok.Status(t.Context())
	if err != nil || status.Flags.Has(FlagPINCountLow) {
		t.Errorf("a PIN was wasted: %v, %v", status.Flags.Names(), err)
	}
}

func goodSignature(pub crypto.PublicKey, digest, sig []byte) bool {
	switch k := pub.(type) {
	case *ecdsa.PublicKey:
		return ecdsa.VerifyASN1(k, digest, sig)
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(k, crypto.SHA256, digest, sig) == nil
	}
	return false
}
