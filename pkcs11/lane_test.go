//go:build cgo && unix

package pkcs11

import (
	"context"
	"crypto"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Two wait in one lane; the first hangs. Its time limit ends it, and the second is made again by the next process.
func TestWhoWaitsBehindAHangingSignatureIsServed(t *testing.T) {
	b, dir := faultyBench(t)
	tok := b.token(t, TokenOptions{Sessions: 1, SignTimeout: 400 * time.Millisecond})
	k := generate(t, tok, "P-256", false)
	if len(tok.lanes) != 1 || cap(tok.slots) != laneDepth {
		t.Fatalf("%d lanes, %d places", len(tok.lanes), cap(tok.slots))
	}
	strike(t, dir, "hang", "")
	var late, good atomic.Int64
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			switch err := signOnce(k); {
			case err == nil:
				good.Add(1)
			case errors.Is(err, ErrTimeout):
				late.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if late.Load() != 1 || good.Load() != 1 {
		t.Errorf("%d too late, %d good", late.Load(), good.Load())
	}
}

// A caller that gives up leaves at once; what it began is killed at the time limit, and the token works again.
func TestACallerWhoGivesUpLeavesNothingHanging(t *testing.T) {
	b, dir := faultyBench(t)
	tok := b.token(t, TokenOptions{Sessions: 1, SignTimeout: 300 * time.Millisecond})
	k := generate(t, tok, "P-256", false)
	digest := sha256.Sum256([]byte("x"))
	p := b.spy.driver.(*remote).now
	for range 8 { // contexts that end when the signature is there must not disturb the next one
		ctx, cancel := context.WithCancel(t.Context())
		go cancel()
		if _, err := k.SignContext(ctx, nil, digest[:], crypto.SHA256); err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	strike(t, dir, "hang", "")
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if _, err := k.SignContext(ctx, nil, digest[:], crypto.SHA256); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	select {
	case <-p.ended:
	case <-time.After(5 * time.Second):
		t.Fatal("the driver hangs on")
	}
	if err := signOnce(k); err != nil {
		t.Error(err)
	}
}

// More tokens than lanes, and data that no lane takes, go by the shared pipes.
func TestSignaturesWithoutALane(t *testing.T) {
	b := newBench(t)
	first := b.token(t, TokenOptions{Sessions: 64})
	if len(first.lanes) != laneCount {
		t.Fatalf("%d lanes", len(first.lanes))
	}
	second := b.token(t, TokenOptions{Sessions: 2})
	if len(second.lanes) != 0 || cap(second.slots) != 2 {
		t.Fatalf("%d lanes, %d places", len(second.lanes), cap(second.slots))
	}
	k := generate(t, second, "P-256", false)
	if err := signOnce(k); err != nil {
		t.Error(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if third := b.token(t, TokenOptions{}); len(third.lanes) != defaultSessions {
		t.Errorf("%d lanes after they were given back", len(third.lanes))
	}
}

// FuzzLaneAnswer reads what a driver process, perhaps corrupted by its library, writes instead of an answer.
func FuzzLaneAnswer(f *testing.F) {
	good := make([]byte, laneAnswer+64)
	binary.NativeEndian.PutUint64(good, uint64(len(good)))
	binary.NativeEndian.PutUint64(good[8:], 1)
	f.Add(good)
	f.Add(good[:laneAnswer])
	f.Add([]byte("a library that prints"))
	long := append([]byte(nil), good...)
	binary.NativeEndian.PutUint64(long, 1<<40)
	f.Add(long)
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > laneSign {
			return
		}
		out, in, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer out.Close()
		_, err = in.Write(b)
		if err = errors.Join(err, in.Close()); err != nil {
			t.Fatal(err)
		}
		p := &process{child: &Child{Kill: func() error { return nil }}, ended: make(chan struct{}), dead: errHangs}
		close(p.ended)
		s := &seat{answers: out, answer: make([]byte, laneSign), number: 1}
		c := &laneCall{p: p, l: &lane{}, s: s}
		sig, err := c.finish()
		if err == nil && len(sig)+laneAnswer != len(b) {
			t.Fatalf("%d bytes of a signature from %d", len(sig), len(b))
		}
		if err != nil && sig != nil {
			t.Fatal("both a signature and an error")
		}
	})
}
