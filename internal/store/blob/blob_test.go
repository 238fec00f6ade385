package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"mohur/docket"
)

func open(t *testing.T) *Dir {
	t.Helper()
	d, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func leftovers(t *testing.T, d *Dir) []os.DirEntry {
	t.Helper()
	es, err := os.ReadDir(filepath.Join(d.root, "tmp"))
	if err != nil {
		t.Fatal(err)
	}
	return es
}

func TestPutAndOpen(t *testing.T) {
	d, ctx := open(t), context.Background()
	b, err := d.Put(ctx, strings.NewReader("möhür"), 100)
	if err != nil || b.Hash != docket.HashOf(sha256.Sum256([]byte("möhür"))) || b.Size != 7 {
		t.Fatalf("%+v %v", b, err)
	}
	r, err := d.Open(ctx, b.Hash)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got, _ := io.ReadAll(r)
	if string(got) != "möhür" || r.Size() != 7 {
		t.Fatalf("read %q, size %d", got, r.Size())
	}
	if again, err := d.Put(ctx, strings.NewReader("möhür"), 100); err != nil || again != b {
		t.Fatalf("the same content again: %+v %v", again, err)
	}
	if n := leftovers(t, d); len(n) != 0 {
		t.Fatalf("left behind: %v", n)
	}
}

func TestLimitLeavesNothing(t *testing.T) {
	d, ctx := open(t), context.Background()
	if _, err := d.Put(ctx, strings.NewReader("12345"), 5); err != nil {
		t.Fatalf("at the limit: %v", err)
	}
	_, err := d.Put(ctx, strings.NewReader("123456"), 5)
	if !errors.Is(err, docket.ErrBlobTooLarge) {
		t.Fatalf("over the limit: %v", err)
	}
	if n := leftovers(t, d); len(n) != 0 {
		t.Fatalf("left behind: %v", n)
	}
}

func TestBrokenUploadLeavesNothing(t *testing.T) {
	d := open(t)
	_, err := d.Put(context.Background(), io.MultiReader(strings.NewReader("half"), iotest.ErrReader(io.ErrUnexpectedEOF)), 100)
	if !errors.Is(err, io.ErrUnexpectedEOF) || len(leftovers(t, d)) != 0 {
		t.Fatalf("%v, left behind %v", err, leftovers(t, d))
	}
}

func TestWrittenInPlace(t *testing.T) {
	d, ctx := open(t), context.Background()
	w, err := d.Create(ctx, 100)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	for _, step := range []func() (int, error){
		func() (int, error) { return w.Write([]byte("hello ----- bye")) },
		func() (int, error) { return w.WriteAt([]byte("there"), 6) },
		func() (int, error) { return w.Write([]byte("!")) },
	} {
		if _, err := step(); err != nil {
			t.Fatal(err)
		}
	}
	b, err := w.Commit()
	if err != nil || b.Hash != docket.HashOf(sha256.Sum256([]byte("hello there bye!"))) {
		t.Fatalf("%+v %v", b, err)
	}
	if err := w.Abort(); err != nil {
		t.Fatalf("abort after commit: %v", err)
	}
	if _, err := d.Open(ctx, b.Hash); err != nil {
		t.Fatal(err)
	}
}

func TestUnknownAndMalformedNames(t *testing.T) {
	d := open(t)
	for _, h := range []docket.Hash{"", "../../etc/passwd", docket.Hash(strings.Repeat("a", 64)), docket.Hash(strings.Repeat("A", 64))} {
		if _, err := d.Open(context.Background(), h); !errors.Is(err, docket.ErrNotFound) {
			t.Errorf("%q: %v", h, err)
		}
	}
}

func TestFullDiskIsOneClearRefusal(t *testing.T) {
	d := open(t)
	if err := os.RemoveAll(filepath.Join(d.root, "tmp")); err != nil { // a place that can't be written, even by root
		t.Fatal(err)
	}
	_, err := d.Put(context.Background(), strings.NewReader("x"), 10)
	if docket.KeyOf(err) != docket.KeyDisk || docket.CodeOf(err) != docket.CodeUnavailable {
		t.Fatalf("%v", err)
	}
}

func TestSameContentAtOnce(t *testing.T) {
	d := open(t)
	content := bytes.Repeat([]byte("x"), 1<<18)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := d.Put(context.Background(), bytes.NewReader(content), 1<<20); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	r, err := d.Open(context.Background(), docket.HashOf(sha256.Sum256(content)))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got, _ := io.ReadAll(r); !bytes.Equal(got, content) {
		t.Fatal("content differs")
	}
}

func TestOlderBlobs(t *testing.T) {
	d, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	put := func(text string) docket.Hash {
		b, err := d.Put(t.Context(), strings.NewReader(text), 100)
		if err != nil {
			t.Fatal(err)
		}
		return b.Hash
	}
	old, again := put("old"), put("again")
	yesterday := time.Now().Add(-24 * time.Hour)
	for _, h := range []docket.Hash{old, again} {
		if err := os.Chtimes(d.path(h), yesterday, yesterday); err != nil {
			t.Fatal(err)
		}
	}
	put("again") // stored again: young again
	put("new")
	var got []docket.Hash
	if err := d.Older(t.Context(), time.Now().Add(-time.Hour), func(h docket.Hash) error { got = append(got, h); return d.Remove(t.Context(), h) }); err != nil || len(got) != 1 || got[0] != old {
		t.Errorf("%v %v", got, err)
	}
	stop := errors.New("stop")
	if err := d.Older(t.Context(), time.Now().Add(time.Hour), func(docket.Hash) error { return stop }); !errors.Is(err, stop) {
		t.Error(err)
	}
}
