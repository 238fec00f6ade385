package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"mohur/docket"
)

// kept is a store of files as the office uses it, on a disk or in a bucket.
type kept interface {
	docket.Blobs
	Remove(ctx context.Context, h docket.Hash) error
	Older(ctx context.Context, before time.Time, do func(h docket.Hash) error) error
}

// suite is what every store must do; open makes an empty one.
func suite(t *testing.T, open func(t *testing.T) kept) {
	t.Run("there and back", func(t *testing.T) { thereAndBack(t, open(t)) })
	t.Run("limits", func(t *testing.T) { limits(t, open(t)) })
	t.Run("made in place", func(t *testing.T) { inPlace(t, open(t)) })
	t.Run("names", func(t *testing.T) { names(t, open(t)) })
	t.Run("many at once", func(t *testing.T) { manyAtOnce(t, open(t)) })
	t.Run("removal and age", func(t *testing.T) { removalAndAge(t, open(t)) })
}

func put(t *testing.T, s kept, content []byte) docket.Hash {
	t.Helper()
	b, err := s.Put(t.Context(), bytes.NewReader(content), int64(len(content)))
	if err != nil || b.Hash != docket.HashOf(sha256.Sum256(content)) || b.Size != int64(len(content)) {
		t.Fatalf("%+v %v", b, err)
	}
	return b.Hash
}

// thereAndBack: empty, small and large files come back byte for byte, whole, in parts and out of order.
func thereAndBack(t *testing.T, s kept) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, size := range []int{0, 1, block - 1, wholeObject, wholeObject + 1, 6*block + 12345} {
		content := make([]byte, size)
		for i := range content {
			content[i] = byte(rng.Uint32())
		}
		h := put(t, s, content)
		if again := put(t, s, content); again != h {
			t.Fatal("stored again under another name")
		}
		r, err := s.Open(t.Context(), h)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, content) || r.Size() != int64(size) {
			t.Errorf("%d bytes: %d came back, %v", size, len(got), err)
		}
		for range 30 {
			off, n := rng.IntN(size+10), rng.IntN(2*block)
			p := make([]byte, n)
			got, err := r.ReadAt(p, int64(off))
			want := content[min(off, size):min(off+n, size)]
			if !bytes.Equal(p[:got], want) || (err != nil) != (got < n) || err != nil && !errors.Is(err, io.EOF) {
				t.Fatalf("%d bytes: %d at %d gave %d, %v", size, n, off, got, err)
			}
		}
		if at, err := r.Seek(-int64(size/2), io.SeekEnd); err != nil || at != int64(size-size/2) {
			t.Errorf("at %d: %v", at, err)
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, content[size-size/2:]) {
			t.Errorf("the second half of %d: %d bytes, %v", size, len(got), err)
		}
		if _, err := r.Seek(0, io.SeekStart); err != nil {
			t.Error(err)
		}
		if got, err := io.ReadAll(iotest.OneByteReader(io.LimitReader(r, 100))); err != nil || !bytes.Equal(got, content[:min(100, size)]) {
			t.Errorf("from the beginning again: %v", err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

func limits(t *testing.T, s kept) {
	if _, err := s.Put(t.Context(), strings.NewReader("123456"), 5); !errors.Is(err, docket.ErrBlobTooLarge) {
		t.Errorf("over the limit: %v", err)
	}
	broken := io.MultiReader(strings.NewReader("half"), iotest.ErrReader(io.ErrUnexpectedEOF))
	if _, err := s.Put(t.Context(), broken, 100); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a broken upload: %v", err)
	}
	if n := all(t, s); len(n) != 0 {
		t.Errorf("%v is there", n)
	}
}

func inPlace(t *testing.T, s kept) {
	w, err := s.Create(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = w.Abort() }()
	_, err1 := w.Write([]byte("hello ----- bye"))
	_, err2 := w.WriteAt([]byte("there"), 6)
	b, err3 := w.Commit()
	if err := errors.Join(err1, err2, err3, w.Abort()); err != nil || b.Hash != docket.HashOf(sha256.Sum256([]byte("hello there bye"))) {
		t.Fatalf("%+v %v", b, err)
	}
	if list := all(t, s); !slices.Equal(list, []docket.Hash{b.Hash}) {
		t.Errorf("%v", list)
	}
}

func names(t *testing.T, s kept) {
	for _, h := range []docket.Hash{"", "../../etc/passwd", docket.Hash(strings.Repeat("a", 64)), docket.Hash(strings.Repeat("A", 64))} {
		if _, err := s.Open(t.Context(), h); !errors.Is(err, docket.ErrNotFound) {
			t.Errorf("%q: %v", h, err)
		}
	}
}

func manyAtOnce(t *testing.T, s kept) {
	content := bytes.Repeat([]byte("x"), 1<<18)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := s.Put(t.Context(), bytes.NewReader(content), 1<<20); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if list := all(t, s); len(list) != 1 {
		t.Errorf("%v", list)
	}
}

func removalAndAge(t *testing.T, s kept) {
	a, b := put(t, s, []byte("a")), put(t, s, []byte("b"))
	if err := errors.Join(s.Remove(t.Context(), a), s.Remove(t.Context(), a)); err != nil {
		t.Error(err)
	}
	if _, err := s.Open(t.Context(), a); !errors.Is(err, docket.ErrNotFound) {
		t.Error(err)
	}
	if list := all(t, s); !slices.Equal(list, []docket.Hash{b}) {
		t.Errorf("%v", list)
	}
	err := s.Older(t.Context(), time.Now().Add(-time.Hour), func(docket.Hash) error { return errors.New("young ones too") })
	if err != nil {
		t.Error(err)
	}
	stop := errors.New("stop")
	if err := s.Older(t.Context(), time.Now().Add(time.Hour), func(docket.Hash) error { return stop }); !errors.Is(err, stop) {
		t.Error(err)
	}
}

func all(t *testing.T, s kept) (list []docket.Hash) {
	t.Helper()
	if err := s.Older(t.Context(), time.Now().Add(time.Hour), func(h docket.Hash) error { list = append(list, h); return nil }); err != nil {
		t.Fatal(err)
	}
	return list
}

func TestDir(t *testing.T) {
	suite(t, func(t *testing.T) kept { return open(t) })
}
