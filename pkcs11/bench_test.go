//go:build cgo

package pkcs11

import (
	"crypto"
	"crypto/sha256"
	"sync"
	"sync/atomic"
	"testing"
)

// BenchmarkKeySign measures Key.Sign, with its pool, its driver process, its time limit and the check of each signature, beside the bare
// C_Sign loop in this process over the same number of sessions. Compare the lines "key" and "bare" of one kind.
func BenchmarkKeySign(b *testing.B) {
	const sessions = 2
	w := newBench(b)
	tok := w.token(b, TokenOptions{Sessions: sessions})
	digest := sha256.Sum256([]byte("sənəd"))
	here := newBare(b, w, tok)
	for _, kind := range []string{"RSA-2048", "RSA-3072", "P-256", "P-384"} {
		k := generate(b, tok, kind, false)
		b.Run(kind+"/bare", func(b *testing.B) {
			p, err := planFor(k.Public(), tok.conn.mechanisms, nil, digest[:], crypto.SHA256)
			if err != nil {
				b.Fatal(err)
			}
			spread(b, sessions, func() func() error {
				s, o := here.session(b, k)
				return func() error {
					_, err := here.drv.sign(s, p.mechanism, o, p.data, nil)
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

// bare is the library in this process, beside the one in the driver process, over the same token.
type bare struct {
	drv  driver
	slot uint
}

func newBare(b *testing.B, w *bench, tok *Token) bare {
	drv, err := loadDriver(w.module.Path())
	if err != nil {
		b.Fatal(err)
	}
	if err := drv.initialize(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = drv.finalize() })
	h := bare{drv: drv}
	ids, err := drv.slots()
	if err != nil {
		b.Fatal(err)
	}
	for _, id := range ids { // a fresh process may number them otherwise
		if info, err := drv.tokenInfo(id); err == nil && info.Serial == tok.Info().Serial {
			h.slot = id
		}
	}
	s, err := drv.openSession(h.slot, false)
	if err != nil {
		b.Fatal(err)
	}
	if err := drv.login(s, userNormal, []byte(testPIN)); err != nil {
		b.Fatal(err)
	}
	return h
}

// session opens a session and finds the key in it.
func (h bare) session(b *testing.B, k *Key) (session, object) {
	s, err := h.drv.openSession(h.slot, false)
	if err != nil {
		b.Fatal(err)
	}
	found, err := h.drv.find(s, []attribute{{attrClass, classPrivateKey}, {attrID, k.uri.ID}}, 2)
	if err != nil || len(found) != 1 {
		b.Fatal(found, err)
	}
	return s, found[0]
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
