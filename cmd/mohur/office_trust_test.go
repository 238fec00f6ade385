package main

import (
	"bytes"
	"context"
	"encoding/pem"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"mohur/internal/demopki"
)

// aRoot is a root certificate in PEM.
func aRoot(t *testing.T) []byte {
	t.Helper()
	h, err := demopki.New(demopki.Options{Now: demopki.Epoch})
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: h.Root().Raw})
}

// trustFolder is a folder of anchors with its stores.
type trustFolder struct {
	*testing.T
	dir    string
	stores *trustStores
	log    *lockedBuffer
	puts   int
}

// lockedBuffer is a log that is read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newTrustFolder(t *testing.T) *trustFolder {
	t.Helper()
	f := &trustFolder{T: t, dir: t.TempDir(), log: &lockedBuffer{}}
	f.put("first.pem", aRoot(t))
	var err error
	if f.stores, err = openTrust(trustConfig{Anchors: []string{f.dir}}, demopki.Epoch, slog.New(slog.NewTextHandler(f.log, nil))); err != nil {
		t.Fatal(err)
	}
	return f
}

// put writes a file at once, as an administrator's move does.
func (f *trustFolder) put(name string, b []byte) {
	f.Helper()
	tmp := filepath.Join(f.TempDir(), name)
	if err := os.WriteFile(tmp, b, 0o600); err != nil {
		f.Fatal(err)
	}
	f.puts++ // a file system's clock ticks every few milliseconds, and people are slower than that
	if err := os.Chtimes(tmp, time.Time{}, time.Now().Add(time.Duration(f.puts)*time.Second)); err != nil {
		f.Fatal(err)
	}
	if err := os.Rename(tmp, filepath.Join(f.dir, name)); err != nil {
		f.Fatal(err)
	}
}

// looks lets the watcher look twice: the first look sees a change, the second one that it has settled.
func (f *trustFolder) looks() int {
	f.stores.look(f.Context())
	f.stores.look(f.Context())
	return f.stores.now().anchors.Len()
}

func TestTrustStoresFollowTheirFolder(t *testing.T) {
	f := newTrustFolder(t)
	f.put("second.pem", aRoot(t))
	f.stores.look(t.Context())
	if n := f.stores.now().anchors.Len(); n != 1 {
		t.Errorf("%d anchors before the folder has settled", n)
	}
	if n := f.looks(); n != 2 {
		t.Errorf("%d anchors after one was added", n)
	}
	if err := os.Remove(filepath.Join(f.dir, "second.pem")); err != nil {
		t.Fatal(err)
	}
	if n := f.looks(); n != 1 {
		t.Errorf("%d anchors after one was removed", n)
	}
	if log := f.log.String(); strings.Count(log, "read again") != 2 || strings.Contains(log, "not used") {
		t.Errorf("log:\n%s", log)
	}
}

func TestABrokenStoreLeavesTheLastGoodOneInForce(t *testing.T) {
	for name, change := range map[string]func(f *trustFolder){
		"cut off":    func(f *trustFolder) { f.put("first.pem", aRoot(f.T)[:200]) },
		"empty file": func(f *trustFolder) { f.put("first.pem", nil) },
		"overwritten": func(f *trustFolder) {
			f.put("second.pem", aRoot(f.T))
			f.put("first.pem", []byte("-----BEGIN NOTHING"))
		},
		"emptied": func(f *trustFolder) { _ = os.Remove(filepath.Join(f.dir, "first.pem")) },
		"gone":    func(f *trustFolder) { _ = os.RemoveAll(f.dir) },
	} {
		t.Run(name, func(t *testing.T) {
			f := newTrustFolder(t)
			before := f.stores.now()
			change(f)
			f.looks()
			if f.stores.now() != before {
				t.Error("a broken store is in force")
			}
			f.looks()
			f.looks()
			if n := strings.Count(f.log.String(), "last good ones stay in force"); n == 0 || n > 1 && name != "gone" {
				t.Errorf("told %d times\n%s", n, f.log)
			}
			if err := os.MkdirAll(f.dir, 0o700); err != nil {
				t.Fatal(err)
			}
			f.put("first.pem", aRoot(t))
			if f.looks(); f.stores.now() == before {
				t.Error("a mended store is not read")
			}
		})
	}
}

// TestNoVerdictSeesHalfAStore swaps between two stores of three anchors each while readers look: they must never see a mixture.
func TestNoVerdictSeesHalfAStore(t *testing.T) {
	f := newTrustFolder(t)
	sets := [2][]byte{bytes.Join([][]byte{aRoot(t), aRoot(t), aRoot(t)}, nil), bytes.Join([][]byte{aRoot(t), aRoot(t), aRoot(t)}, nil)}
	f.put("first.pem", sets[0])
	if f.looks() != 3 {
		t.Fatal("not loaded")
	}
	ctx, cancel := context.WithCancel(t.Context())
	var readers sync.WaitGroup
	watching := make(chan struct{})
	go func() { defer close(watching); f.stores.watch(ctx, time.Millisecond) }()
	for range 4 {
		readers.Go(func() {
			for ctx.Err() == nil {
				now := f.stores.now()
				ours := 0
				for _, a := range now.anchors.Anchors() {
					if bytes.Contains(sets[0], pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Certificate.Raw})) {
						ours++
					}
				}
				if now.anchors.Len() != 3 || ours%3 != 0 {
					t.Errorf("%d anchors, %d of the first set", now.anchors.Len(), ours)
					return
				}
			}
		})
	}
	for i := range 6 {
		before := f.stores.now()
		f.put("first.pem", sets[(i+1)%2])
		for deadline := time.Now().Add(10 * time.Second); f.stores.now() == before && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond)
		}
		if f.stores.now() == before {
			t.Fatalf("swap %d was not seen\n%s", i, f.log)
		}
	}
	cancel()
	readers.Wait()
	<-watching
}
