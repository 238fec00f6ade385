//go:build cgo && linux

package pkcs11

import (
	"crypto"
	"crypto/sha256"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// BenchmarkKeySign measures Key.Sign, with its pool, its driver process, its time limit and the check of each signature, beside the bare
// C_Sign loop in this process over the same number of sessions. The two take turns within one run, so that what else the machine does hits
// both. It reports signatures a second of each, ours as a percentage of bare (the median of the rounds), and the CPU time of one signature
// in all processes together. MOHUR_BENCH_SESSIONS and MOHUR_BENCH_CALLERS set how many sessions there are (2) and how many goroutines ask
// (twice as many as sessions: while one checks its signature another one's is being made).
func BenchmarkKeySign(b *testing.B) {
	sessions := fromEnvironment(b, "MOHUR_BENCH_SESSIONS", 2)
	callers := fromEnvironment(b, "MOHUR_BENCH_CALLERS", 2*sessions)
	w := newBench(b)
	tok := w.token(b, TokenOptions{Sessions: sessions})
	here := newBare(b, w, tok)
	for _, kind := range []string{"RSA-2048", "RSA-3072", "P-256", "P-384"} {
		sides := sync.OnceValues(func() (bare, ours []func() error) { return bothSides(b, tok, here, kind, sessions, callers) })
		b.Run(kind, func(b *testing.B) {
			bare, ours := sides()
			alternate(b, w, bare, ours)
		})
	}
}

// bothSides makes a key and what signs with it, once for each goroutine.
func bothSides(b *testing.B, tok *Token, here bare, kind string, sessions, callers int) (bare, ours []func() error) {
	digest := sha256.Sum256([]byte("sənəd"))
	k := generate(b, tok, kind, false)
	p, err := planFor(k.Public(), tok.conn.mechanisms, nil, digest[:], crypto.SHA256)
	if err != nil {
		b.Fatal(err)
	}
	for range sessions {
		s, o := here.session(b, k)
		bare = append(bare, func() error {
			_, err := here.drv.sign(s, p.mechanism, o, p.data, nil)
			return err
		})
	}
	for range callers {
		ours = append(ours, func() error {
			_, err := k.Sign(nil, digest[:], crypto.SHA256)
			return err
		})
	}
	return bare, ours
}

// fromEnvironment is a number that the person who measures may set.
func fromEnvironment(b *testing.B, name string, otherwise int) int {
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		b.Fatalf("%s is %q", name, text)
	}
	return n
}

// alternate shares b.N signatures of each side between rounds.
func alternate(b *testing.B, w *bench, bare, ours []func() error) {
	const rounds = 5
	child := w.spy.driver.(*remote).now.child.PID
	var ratios, bareRate, oursRate, bareCPU, oursCPU []float64
	each := b.N/rounds + 1
	for range rounds {
		wall, cpu := spread(b, each, child, bare)
		bareRate, bareCPU = append(bareRate, float64(each)/wall), append(bareCPU, cpu/float64(each)*1e6)
		wall2, cpu := spread(b, each, child, ours)
		oursRate, oursCPU = append(oursRate, float64(each)/wall2), append(oursCPU, cpu/float64(each)*1e6)
		ratios = append(ratios, 100*wall/wall2)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(bareRate), "bare/s")
	b.ReportMetric(median(oursRate), "ours/s")
	b.ReportMetric(median(ratios), "percent")
	b.ReportMetric(median(bareCPU), "bare-cpu-us")
	b.ReportMetric(median(oursCPU), "ours-cpu-us")
}

func median(list []float64) float64 {
	slices.Sort(list)
	return list[len(list)/2]
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
	if err := drv.initialize(""); err != nil {
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

// spread shares n calls between workers, and says how many seconds it took, and how many of CPU here and in the child.
func spread(b *testing.B, n, child int, workers []func() error) (wall, cpu float64) {
	b.Helper()
	var left atomic.Int64
	left.Store(int64(n))
	var all sync.WaitGroup
	before, began := cpuSeconds(b, child), time.Now()
	for _, call := range workers {
		all.Go(func() {
			for left.Add(-1) >= 0 {
				if err := call(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	return time.Since(began).Seconds(), cpuSeconds(b, child) - before
}

// cpuSeconds is the user and system time that this process and a child have used.
func cpuSeconds(b *testing.B, child int) (sum float64) {
	const sched = 2 // CPUCLOCK_SCHED: the clock of another process is ~pid<<3|2 (clock_getcpuclockid)
	for _, clock := range []int{^os.Getpid()<<3 | sched, ^child<<3 | sched} {
		var ts unix.Timespec
		if err := unix.ClockGettime(int32(clock), &ts); err != nil {
			b.Fatal(err)
		}
		sum += float64(ts.Nano()) / 1e9
	}
	return sum
}
