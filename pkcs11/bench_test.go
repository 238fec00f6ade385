//go:build cgo

package pkcs11

import (
	"crypto"
	"crypto/sha256"
	"sync"
	"sync/atomic"
	"testing"
)

// BenchmarkKeySign measures Key.Sign, with its pool, its time limit and the check of each signature, beside the bare C_Sign loop over the
// same number of sessions. Compare the lines "key" and "bare" of one kind.
func BenchmarkKeySign(b *testing.B) {
	const sessions = 2
	w := newBench(b)
	tok := w.token(b, TokenOptions{Sessions: sessions})
	digest := sha256.Sum256([]byte("sənəd"))
	for _, kind := range []string{"RSA-2048", "RSA-3072", "P-256", "P-384"} {
		k := generate(b, tok, kind, false)
		b.Run(kind+"/bare", func(b *testing.B) {
			p, err := planFor(k.Public(), tok.conn.mechanisms, nil, digest[:], crypto.SHA256)
			if err != nil {
				b.Fatal(err)
			}
			spread(b, sessions, func() func() error {
				s, err := w.spy.openSession(tok.conn.slot, false)
				if err != nil {
					b.Fatal(err)
				}
				return func() error {
					_, err := w.spy.driver.sign(s, p.mechanism, k.handle, p.data, nil)
					return err
				}
			})
		})
		b.Run(kind+"/key", func(b *testing.B) {
			spread(b, sessions, func() func() error {
				return func() error {
					_, err := k.Sign(nil, digest[:], crypto.SHA256)
					return err
				}
			})
		})
	}
}

// spread shares b.N calls between workers, each with a call of its own.
func spread(b *testing.B, workers int, worker func() func() error) {
	b.Helper()
	var calls []func() error
	for range workers {
		calls = append(calls, worker())
	}
	var left atomic.Int64
	left.Store(int64(b.N))
	var wg sync.WaitGroup
	b.ResetTimer()
	for _, call := range calls {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				if err := call(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "signatures/s")
}
