package fetch

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// saying is a check that takes bodies which begin with a word, and lets them speak until a time.
func saying(word string, until time.Time) Check {
	return func(b []byte) (time.Time, error) {
		if !strings.HasPrefix(string(b), word) {
			return time.Time{}, errors.New("another word")
		}
		return until, nil
	}
}

func TestWhatPassedItsCheckOutlivesTheProcess(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	cl := &clock{time.Unix(1e9, 0)}
	good := saying("body", cl.t.Add(24*time.Hour))
	open := func(f *fake) *Cache {
		return NewCache(f, CacheOptions{Now: cl.now, Store: &DiskStore{Dir: dir}})
	}
	first := &fake{body: "body"}
	ask := func(c *Cache) (string, error) {
		b, err := c.GetChecked(context.Background(), "u", good)
		return string(b), err
	}
	if b, err := ask(open(first)); b != "body" || err != nil {
		t.Fatal(b, err)
	}
	second := &fake{body: "body 2"}
	if b, err := ask(open(second)); b != "body" || err != nil || second.calls.Load() != 0 {
		t.Fatal(b, err, second.calls.Load())
	}
	// After three hours it is fetched again; while that fails, what is kept still speaks, and the dead server is left alone for a minute.
	cl.t = cl.t.Add(3*time.Hour + time.Second)
	dead := &fake{err: errors.New("down")}
	c := open(dead)
	for range 3 {
		if b, err := ask(c); b != "body" || err != nil {
			t.Fatal(b, err)
		}
	}
	if dead.calls.Load() != 1 {
		t.Errorf("%d fetches", dead.calls.Load())
	}
	cl.t = cl.t.Add(2 * time.Minute)
	if b, err := ask(open(second)); b != "body 2" || err != nil || second.calls.Load() != 1 {
		t.Fatal(b, err, second.calls.Load())
	}
	if b, err := ask(c); b != "body 2" || err != nil { // another process has fetched it meanwhile
		t.Fatal(b, err)
	}
	cl.t = cl.t.Add(25 * time.Hour) // past its own end it speaks no more
	if b, err := ask(c); b != "" || err == nil {
		t.Fatal(b, err)
	}
}

func TestWhatDoesNotPassItsCheckIsNotKept(t *testing.T) {
	dir := t.TempDir()
	cl := &clock{time.Unix(1e9, 0)}
	f := &fake{body: "forged"}
	c := NewCache(f, CacheOptions{Now: cl.now, Store: &DiskStore{Dir: dir}})
	check := saying("body", time.Time{})
	for range 3 {
		if b, err := c.GetChecked(context.Background(), "u", check); string(b) != "forged" || err != nil {
			t.Fatal(string(b), err)
		}
	}
	if e, _ := os.ReadDir(dir); len(e) != 0 || f.calls.Load() != 1 {
		t.Fatalf("%d files, %d fetches", len(e), f.calls.Load())
	}
	f.body = "body"
	cl.t = cl.t.Add(61 * time.Second)
	if b, _ := c.GetChecked(context.Background(), "u", check); string(b) != "body" {
		t.Fatalf("%q a minute later", b)
	}
	c.Get(context.Background(), "plain")
	if e, _ := os.ReadDir(dir); len(e) != 1 {
		t.Errorf("%d files: what nobody checked is not kept on disk", len(e))
	}
	// A file that another check took is not believed by this one.
	other := NewCache(f, CacheOptions{Now: cl.now, Store: &DiskStore{Dir: dir}})
	f.body = "other word"
	if b, _ := other.GetChecked(context.Background(), "u", saying("other", time.Time{})); string(b) != "other word" {
		t.Errorf("%q", b)
	}
}

func TestDamagedFilesAreFetchedAnew(t *testing.T) {
	cl := &clock{time.Unix(1e9, 0)}
	whole := encodeEntry(Entry{Body: []byte("body"), At: cl.t, Until: cl.t.Add(time.Hour)})
	for name, b := range map[string][]byte{
		"empty": nil, "cut off": whole[:len(whole)-1], "no head": []byte("body"), "older version": append(make([]byte, 8), "body"...), "longer": append(bytes.Clone(whole), 0),
		"a bit of the body": flip(whole, len(whole)-1), "a bit of the time": flip(whole, diskHead-12), "a bit of the digest": flip(whole, len(diskMagic)),
	} {
		dir := t.TempDir()
		store := &DiskStore{Dir: dir}
		key := cacheKey("GET", "u", nil, saying("", time.Time{}))
		if err := os.WriteFile(store.path(key), b, 0o600); err != nil {
			t.Fatal(err)
		}
		f := &fake{body: "body anew"}
		got, err := NewCache(f, CacheOptions{Now: cl.now, Store: store}).GetChecked(context.Background(), "u", saying("body", time.Time{}))
		if string(got) != "body anew" || err != nil {
			t.Errorf("%s: %q %v", name, got, err)
		}
		if e, ok := store.Load(key); !ok || string(e.Body) != "body anew" {
			t.Errorf("%s: not mended", name)
		}
	}
	if e, ok := decodeEntry(whole); !ok || string(e.Body) != "body" || !e.At.Equal(cl.t) || !e.Until.Equal(cl.t.Add(time.Hour)) {
		t.Errorf("%+v %v", e, ok)
	}
}

func flip(b []byte, i int) []byte {
	c := bytes.Clone(b)
	c[i] ^= 1
	return c
}

func TestTheFolderIsBounded(t *testing.T) {
	dir := t.TempDir()
	store := &DiskStore{Dir: dir, MaxBytes: 3000}
	at := time.Now().Add(-time.Hour * 2)
	left := filepath.Join(dir, "part-1")
	if err := errors.Join(os.WriteFile(left, []byte("x"), 0o600), os.Chtimes(left, at, at), os.WriteFile(filepath.Join(dir, "notes.txt"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	for i := range 50 {
		key := strings.Repeat("k", i+1)
		store.Save(key, Entry{Body: make([]byte, 400), At: at})
		if i < 49 {
			when := at.Add(time.Duration(i) * time.Second)
			_ = os.Chtimes(store.path(key), when, when) // it may be gone already
		}
	}
	var size int64
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		size += info.Size()
	}
	if size > 3000+3000/16+500 || len(entries) < 4 {
		t.Errorf("%d bytes in %d files", size, len(entries))
	}
	if _, err := os.Stat(left); err == nil {
		t.Error("what a dead process left is still there")
	}
	if _, ok := store.Load(strings.Repeat("k", 50)); !ok {
		t.Error("the youngest was removed")
	}
	if _, ok := store.Load("missing"); ok {
		t.Error("found what is not there")
	}
}

// TestProcessesShareAFolder: several caches write and read the same folder; nobody ever sees a part of an answer.
func TestProcessesShareAFolder(t *testing.T) {
	dir := t.TempDir()
	cl := &clock{time.Unix(1e9, 0)}
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			body := strings.Repeat(string(rune('a'+i)), 20000)
			for range 30 {
				store := &DiskStore{Dir: dir, MaxBytes: 50000}
				store.Save("k", Entry{Body: []byte(body), At: cl.t})
				if e, ok := store.Load("k"); ok && strings.Trim(string(e.Body), string(e.Body[0])) != "" {
					t.Error("a mixture of two answers")
				}
				if i == 3 {
					store.Remove("k")
				}
			}
		})
	}
	wg.Wait()
}

func TestRefreshFetchesAheadOfNeed(t *testing.T) {
	cl := &clock{time.Unix(1e9, 0)}
	f := &fake{body: "body"}
	store := &DiskStore{Dir: t.TempDir()}
	c := NewCache(f, CacheOptions{Now: cl.now, Store: store})
	check := saying("body", cl.t.Add(24*time.Hour))
	refresh := func(want int32) {
		t.Helper()
		at, until, err := c.RefreshList(context.Background(), "u", 2*time.Hour, check)
		if err != nil || cl.t.Sub(at) > 2*time.Hour || !until.After(cl.t) || f.calls.Load() != want {
			t.Fatalf("%s %s %v, %d fetches", at, until, err, f.calls.Load())
		}
	}
	refresh(1)
	cl.t = cl.t.Add(time.Hour)
	refresh(1)
	cl.t = cl.t.Add(time.Hour + time.Second)
	other := &fake{body: "body"} // another process has done it
	if _, _, err := NewCache(other, CacheOptions{Now: cl.now, Store: store}).RefreshList(context.Background(), "u", 2*time.Hour, check); err != nil || other.calls.Load() != 1 {
		t.Fatal(err, other.calls.Load())
	}
	refresh(1)
	cl.t = cl.t.Add(2*time.Hour + time.Second)
	f.err = errors.New("down")
	if at, _, err := c.RefreshList(context.Background(), "u", 2*time.Hour, check); err == nil || at.IsZero() || f.calls.Load() != 2 {
		t.Fatalf("%s %v: the failure must be told, and what is kept", at, err)
	}
	f.err, f.body = nil, "forged"
	cl.t = cl.t.Add(time.Hour)
	if _, _, err := c.RefreshList(context.Background(), "u", 2*time.Hour, check); !errors.Is(err, errUnchecked) {
		t.Fatal(err)
	}
}

func FuzzDecodeEntry(f *testing.F) {
	f.Add(encodeEntry(Entry{Body: []byte("body"), At: time.Unix(1e9, 0)}))
	f.Add([]byte(diskMagic))
	f.Fuzz(func(t *testing.T, b []byte) {
		if e, ok := decodeEntry(b); ok && !bytes.Equal(encodeEntry(e), b) {
			t.Fatal("read as another entry than written")
		}
	})
}
