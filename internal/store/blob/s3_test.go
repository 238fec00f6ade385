package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mohur/docket"
)

// bucket is a bucket in memory, as strict as the interface: a wrong signature, or a body that is not the signed one, is refused. What a real service
// does is tried by TestS3Server.
type bucket struct {
	s3      *S3 // signs again what came in, to compare
	mu      sync.Mutex
	objects map[string][]byte
	stored  map[string]time.Time
	sick    int // so many answers fail
	page    int // keys in one list
	plain   bool
}

func newBucket(t *testing.T) (*S3, *bucket) {
	t.Helper()
	b := &bucket{objects: map[string][]byte{}, stored: map[string]time.Time{}, page: 2}
	srv := httptest.NewServer(b)
	t.Cleanup(srv.Close)
	u, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	o := S3Options{Endpoint: u, Region: "az-1", Bucket: "mohur", Prefix: "a b/ə", AccessKey: "key", SecretKey: "secret", Temp: t.TempDir(), Now: time.Now}
	b.s3 = &S3{o: o}
	s, err := OpenS3(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return s, b
}

func (b *bucket) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.sick > 0 {
		b.sick--
		http.Error(w, "<Error><Code>SlowDown</Code></Error>", http.StatusServiceUnavailable)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil || !b.signed(r) || docket.HashOf(sha256.Sum256(body)) != docket.Hash(r.Header.Get("X-Amz-Content-Sha256")) {
		http.Error(w, "<Error><Code>SignatureDoesNotMatch</Code></Error>", http.StatusForbidden)
		return
	}
	key, found := strings.CutPrefix(r.URL.Path, "/mohur/")
	object, there := b.objects[key]
	switch {
	case !found:
		b.list(w, r.URL.Query())
	case r.Method == http.MethodPut:
		b.objects[key], b.stored[key] = body, time.Now()
	case !there:
		http.Error(w, "<Error><Code>NoSuchKey</Code></Error>", http.StatusNotFound)
	case r.Method == http.MethodDelete:
		delete(b.objects, key)
		w.WriteHeader(http.StatusNoContent)
	case b.plain && r.Method == http.MethodGet: // a service that does not know ranges
		_, _ = w.Write(object)
	default:
		w.Header().Set("ETag", fmt.Sprintf(`"%x"`, sha256.Sum256(object)))
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(object))
	}
}

// signed makes the signature again from what came in.
func (b *bucket) signed(r *http.Request) bool {
	at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	if err != nil {
		return false
	}
	again := &http.Request{Method: r.Method, URL: &url.URL{Host: r.Host, Path: r.URL.Path, RawPath: r.URL.EscapedPath(), RawQuery: r.URL.RawQuery}, Header: http.Header{}}
	for _, h := range []string{"Range", "If-Match"} {
		if v := r.Header.Get(h); v != "" {
			again.Header.Set(h, v)
		}
	}
	s := *b.s3
	s.o.Now = func() time.Time { return at }
	s.sign(again, r.Header.Get("X-Amz-Content-Sha256"))
	return again.Header.Get("Authorization") == r.Header.Get("Authorization")
}

func (b *bucket) list(w http.ResponseWriter, q url.Values) {
	var keys []string
	for k := range b.objects {
		if strings.HasPrefix(k, q.Get("prefix")) && k > q.Get("continuation-token") {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	more := len(keys) > b.page
	keys = keys[:min(b.page, len(keys))]
	fmt.Fprintf(w, `<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>%t</IsTruncated>`, more)
	for _, k := range keys {
		fmt.Fprintf(w, "<Contents><Key>%s</Key><LastModified>%s</LastModified></Contents>", k, b.stored[k].UTC().Format(time.RFC3339Nano))
	}
	if more {
		fmt.Fprintf(w, "<NextContinuationToken>%s</NextContinuationToken>", keys[len(keys)-1])
	}
	fmt.Fprint(w, "</ListBucketResult>")
}

func TestS3(t *testing.T) {
	suite(t, func(t *testing.T) kept { s, _ := newBucket(t); return s })
}

// TestSignature holds our signatures against the examples of the Amazon S3 API Reference, “Signature Calculations for the Authorization Header”.
func TestSignature(t *testing.T) {
	s := &S3{o: S3Options{
		Region: "us-east-1", AccessKey: "AKIAIOSFODNN7EXAMPLE", SecretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
		Now: func() time.Time { return time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC) },
	}}
	for _, c := range []struct {
		method, path, query, hash, want string
		header                          map[string]string
	}{
		{"GET", "/test.txt", "", "", "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41", map[string]string{"Range": "bytes=0-9"}},
		{"PUT", "/test$file.text", "", "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072", "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd", map[string]string{"Date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY"}},
		{"GET", "/", escapeQuery(url.Values{"prefix": {"J"}, "max-keys": {"2"}}), "", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7", nil},
	} {
		r := &http.Request{Method: c.method, URL: &url.URL{Host: "examplebucket.s3.amazonaws.com", Path: c.path, RawPath: escapePath(c.path), RawQuery: c.query}, Header: http.Header{}}
		for k, v := range c.header {
			r.Header.Set(k, v)
		}
		s.sign(r, c.hash)
		if got := r.Header.Get("Authorization"); !strings.HasSuffix(got, "Signature="+c.want) {
			t.Errorf("%s %s: %s", c.method, c.path, got)
		}
	}
}

// TestChangedObjects: an object whose bytes are not those of its name is found when it is opened if it is small, and at its end if it is read whole.
func TestChangedObjects(t *testing.T) {
	s, b := newBucket(t)
	for _, size := range []int{10, wholeObject + 10} {
		content := bytes.Repeat([]byte("x"), size)
		h := put(t, s, content)
		b.objects[s.key(h)][size-1] = 'y'
		r, err := s.Open(t.Context(), h)
		if err == nil {
			_, err = io.Copy(io.Discard, r)
		}
		if !errors.Is(err, docket.ErrBlobChanged) || docket.CodeOf(err) != docket.CodeUnavailable {
			t.Errorf("%d bytes: %v", size, err)
		}
		put(t, s, content) // stored again: whole again
		if r, err = s.Open(t.Context(), h); err == nil {
			_, err = io.Copy(io.Discard, r)
		}
		if err != nil {
			t.Errorf("%d bytes, stored again: %v", size, err)
		}
	}
}

// TestSickServices: what passes is tried again; what stays is one clear refusal, and no hang.
func TestSickServices(t *testing.T) {
	s, b := newBucket(t)
	b.sick = tries - 1
	h := put(t, s, []byte("x"))
	b.sick = 100
	if _, err := s.Open(t.Context(), h); docket.CodeOf(err) != docket.CodeUnavailable || docket.KeyOf(err) != docket.KeyDisk {
		t.Errorf("%v", err)
	}
	if _, err := s.Put(t.Context(), strings.NewReader("y"), 1); docket.CodeOf(err) != docket.CodeUnavailable {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Open(ctx, h); err == nil {
		t.Error("opened after the end")
	}
	b.sick = 0
	b.plain = true
	big := put(t, s, bytes.Repeat([]byte("z"), wholeObject+1))
	r, err := s.Open(t.Context(), big)
	if err == nil {
		_, err = r.ReadAt(make([]byte, 5), block)
	}
	if err == nil {
		t.Error("a service that does not know ranges was believed")
	}
	b.plain = false
	s.o.SecretKey = "another"
	if _, err := s.Open(t.Context(), h); docket.CodeOf(err) != docket.CodeUnavailable || errors.Is(err, docket.ErrNotFound) {
		t.Errorf("a wrong key: %v", err)
	}
}

func TestWrongS3Options(t *testing.T) {
	good := S3Options{Endpoint: &url.URL{Scheme: "https", Host: "s3.example.az"}, Bucket: "b", AccessKey: "a", SecretKey: "s", Temp: t.TempDir(), Now: time.Now}
	for name, change := range map[string]func(*S3Options){
		"no endpoint":     func(o *S3Options) { o.Endpoint = nil },
		"a path":          func(o *S3Options) { o.Endpoint = &url.URL{Scheme: "https", Host: "h", Path: "/x"} },
		"http outside":    func(o *S3Options) { o.Endpoint = &url.URL{Scheme: "http", Host: "10.0.0.1"} },
		"another scheme":  func(o *S3Options) { o.Endpoint = &url.URL{Scheme: "ftp", Host: "127.0.0.1"} },
		"no bucket":       func(o *S3Options) { o.Bucket = "" },
		"a bucket's path": func(o *S3Options) { o.Bucket = "a/b" },
		"no key":          func(o *S3Options) { o.SecretKey = "" },
		"no clock":        func(o *S3Options) { o.Now = nil },
	} {
		o := good
		change(&o)
		if _, err := OpenS3(t.Context(), o); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}
