package fetch

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// Fetcher is what a Cache asks: a Client, or a fake of a test.
type Fetcher interface {
	Get(ctx context.Context, url string) ([]byte, error)
	Post(ctx context.Context, url, contentType string, body []byte) ([]byte, error)
}

// Store keeps answers beyond the life of a process. Both methods are best effort: a store that fails only costs a fetch.
type Store interface {
	Load(key string) (body []byte, at time.Time, ok bool)
	Save(key string, body []byte, at time.Time)
	Remove(key string)
}

// CacheOptions configure a Cache.
type CacheOptions struct {
	Now         func() time.Time // needed
	MaxAge      time.Duration    // how old an answer may be; default 3 hours, the age at which the register of certificates is renewed
	NegativeAge time.Duration    // how long a failure is remembered, so that a dead responder delays one verdict and not all; default 1 minute
	MaxBytes    int              // of all answers in memory; default 64 MiB
	Store       Store            // nil: memory only
}

// Cache remembers the answers of public data, such as CRLs, OCSP answers without nonce and certificates of issuers. It must not be used for
// requests with an effect, such as timestamps. It is safe for concurrent use; equal requests at the same time are sent once.
type Cache struct {
	next   Fetcher
	o      CacheOptions
	flight singleflight.Group
	mu     sync.Mutex
	items  map[string]item
	bytes  int
}

type item struct {
	body []byte
	err  error
	at   time.Time
}

// NewCache puts a cache before a fetcher.
func NewCache(next Fetcher, o CacheOptions) *Cache {
	o.MaxAge = cmp.Or(o.MaxAge, 3*time.Hour)
	o.NegativeAge = cmp.Or(o.NegativeAge, time.Minute)
	o.MaxBytes = cmp.Or(o.MaxBytes, 64<<20)
	return &Cache{next: next, o: o, items: map[string]item{}}
}

// Get returns a remembered answer, or fetches. The body must not be changed.
func (c *Cache) Get(ctx context.Context, url string) ([]byte, error) {
	return c.do(ctx, cacheKey("GET", url, nil), func(ctx context.Context) ([]byte, error) { return c.next.Get(ctx, url) })
}

// Post is Get for requests whose answer depends on nothing but URL and body.
func (c *Cache) Post(ctx context.Context, url, contentType string, body []byte) ([]byte, error) {
	return c.do(ctx, cacheKey("POST "+contentType, url, body), func(ctx context.Context) ([]byte, error) { return c.next.Post(ctx, url, contentType, body) })
}

// Forget drops what is remembered of a GET (nil body) or POST, for data that turned out to be outdated.
func (c *Cache) Forget(url, contentType string, body []byte) {
	key := cacheKey("GET", url, nil)
	if contentType != "" {
		key = cacheKey("POST "+contentType, url, body)
	}
	c.mu.Lock()
	c.drop(key)
	c.mu.Unlock()
	if c.o.Store != nil {
		c.o.Store.Remove(key)
	}
}

func cacheKey(method, url string, body []byte) string {
	h := sha256.New()
	h.Write([]byte(method + "\n" + url + "\n"))
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

func (c *Cache) do(ctx context.Context, key string, fetch func(context.Context) ([]byte, error)) ([]byte, error) {
	if it, ok := c.remembered(key); ok {
		return it.body, it.err
	}
	result := c.flight.DoChan(key, func() (any, error) {
		// The first asker may go away; the others still wait. The client's own limit ends the request.
		body, err := fetch(context.WithoutCancel(ctx))
		c.remember(key, item{body, err, c.o.Now()})
		return body, err
	})
	select {
	case r := <-result:
		body, _ := r.Val.([]byte)
		return body, r.Err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (c *Cache) remembered(key string) (item, bool) {
	c.mu.Lock()
	it, ok := c.items[key]
	c.mu.Unlock()
	if ok && c.valid(it) {
		return it, true
	}
	if c.o.Store != nil {
		if body, at, ok := c.o.Store.Load(key); ok && c.valid(item{at: at}) {
			return item{body: body, at: at}, true
		}
	}
	return item{}, false
}

func (c *Cache) valid(it item) bool {
	age := c.o.Now().Sub(it.at)
	limit := c.o.MaxAge
	if it.err != nil {
		limit = c.o.NegativeAge
	}
	return age >= 0 && age <= limit
}

func (c *Cache) remember(key string, it item) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(key)
	for len(c.items) > 0 && (c.bytes+len(it.body) > c.o.MaxBytes || len(c.items) > 10000) {
		c.dropOldest()
	}
	if len(it.body) <= c.o.MaxBytes {
		c.items[key] = it
		c.bytes += len(it.body)
	}
	if c.o.Store != nil && it.err == nil {
		c.o.Store.Save(key, it.body, it.at)
	}
}

func (c *Cache) drop(key string) {
	c.bytes -= len(c.items[key].body)
	delete(c.items, key)
}

func (c *Cache) dropOldest() {
	oldest := ""
	for k, it := range c.items {
		if oldest == "" || it.at.Before(c.items[oldest].at) {
			oldest = k
		}
	}
	c.drop(oldest)
}
