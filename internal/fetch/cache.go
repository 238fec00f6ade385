package fetch

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// Fetcher is what a Cache asks: a Client, or a fake of a test.
type Fetcher interface {
	Get(ctx context.Context, url string) ([]byte, error)
	Post(ctx context.Context, url, contentType string, body []byte) ([]byte, error)
}

// Check says whether an answer is what was asked for, and until when it speaks (the zero time: it doesn't say). Only an answer that passes is kept.
type Check = func(body []byte) (until time.Time, err error)

// Entry is a kept answer.
type Entry struct {
	Body  []byte
	At    time.Time // when it was fetched
	Until time.Time // as its check said; zero: no end
}

// Store keeps answers beyond the life of a process. All methods are best effort: a store that fails only costs a fetch.
type Store interface {
	Load(key string) (Entry, bool)
	Save(key string, e Entry)
	Remove(key string)
}

// CacheOptions configure a Cache.
type CacheOptions struct {
	Now         func() time.Time // needed
	MaxAge      time.Duration    // how old an answer may be; default 3 hours, the age at which the register of certificates is renewed
	NegativeAge time.Duration    // how long a failure, and an answer that did not pass its check, is remembered; default 1 minute
	MaxBytes    int              // of all answers in memory; default 64 MiB
	Store       Store            // nil: memory only
}

// Cache remembers the answers of public data, such as CRLs, OCSP answers without nonce and certificates of issuers. It must not be used for
// requests with an effect, such as timestamps. It is safe for concurrent use; equal requests at the same time are sent once.
//
// An answer is fetched again when it is older than MaxAge or past its own end. Where that fails, one that passed its check and has not ended
// is returned all the same: whether it is young enough is for whoever judges by it.
type Cache struct {
	next   Fetcher
	o      CacheOptions
	flight singleflight.Group
	mu     sync.Mutex
	items  map[string]item
	bytes  int
}

type item struct {
	Entry
	err     error
	checked bool
	retry   time.Time // not asked for again before, after a failure
}

// NewCache puts a cache before a fetcher.
func NewCache(next Fetcher, o CacheOptions) *Cache {
	o.MaxAge = cmp.Or(o.MaxAge, 3*time.Hour)
	o.NegativeAge = cmp.Or(o.NegativeAge, time.Minute)
	o.MaxBytes = cmp.Or(o.MaxBytes, 64<<20)
	return &Cache{next: next, o: o, items: map[string]item{}}
}

// Get returns a remembered answer, or fetches; what it gets stays in memory only. The body must not be changed.
func (c *Cache) Get(ctx context.Context, url string) ([]byte, error) {
	return c.GetChecked(ctx, url, nil)
}

// Post is Get for requests whose answer depends on nothing but URL and body.
func (c *Cache) Post(ctx context.Context, url, contentType string, body []byte) ([]byte, error) {
	return c.PostChecked(ctx, url, contentType, body, nil)
}

// GetChecked is Get with a check; what passes is kept in the store. What does not pass is returned too, for whoever knows more, and soon forgotten.
func (c *Cache) GetChecked(ctx context.Context, url string, check Check) ([]byte, error) {
	return c.do(ctx, cacheKey("GET", url, nil, check), check, c.o.MaxAge, func(ctx context.Context) ([]byte, error) { return c.next.Get(ctx, url) })
}

// PostChecked is Post with a check.
func (c *Cache) PostChecked(ctx context.Context, url, contentType string, body []byte, check Check) ([]byte, error) {
	return c.do(ctx, cacheKey("POST "+contentType, url, body, check), check, c.o.MaxAge, func(ctx context.Context) ([]byte, error) {
		return c.next.Post(ctx, url, contentType, body)
	})
}

// RefreshList fetches a GET ahead of need unless what is kept, perhaps by another process, is at most maxAge old. It returns when what is kept
// then was fetched and until when it speaks, with the error of a failed fetch.
func (c *Cache) RefreshList(ctx context.Context, url string, maxAge time.Duration, check Check) (at, until time.Time, err error) {
	key := cacheKey("GET", url, nil, check)
	c.adopt(key, check)
	_, err = c.do(ctx, key, check, maxAge, func(ctx context.Context) ([]byte, error) { return c.next.Get(ctx, url) })
	c.mu.Lock()
	defer c.mu.Unlock()
	it := c.items[key]
	if err == nil && !it.checked {
		return it.At, it.Until, errUnchecked
	}
	if err == nil && it.err != nil {
		err = it.err
	}
	return it.At, it.Until, err
}

// cacheKey names a request. What was checked and what was not are kept apart.
func cacheKey(method, url string, body []byte, check Check) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%s\n%v\n", method, url, check != nil)
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

func (c *Cache) do(ctx context.Context, key string, check Check, maxAge time.Duration, fetch func(context.Context) ([]byte, error)) ([]byte, error) {
	if it, ok := c.remembered(key, check, maxAge); ok {
		return it.answer()
	}
	result := c.flight.DoChan(key, func() (any, error) {
		// The first asker may go away; the others still wait. The client's own limit ends the request.
		body, err := fetch(context.WithoutCancel(ctx))
		return c.arrived(key, body, err, check), nil
	})
	select {
	case r := <-result:
		it, _ := r.Val.(item)
		return it.answer()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// answer is what an asker gets: a body that still speaks, else the failure.
func (it item) answer() ([]byte, error) {
	if it.Body != nil {
		return it.Body, nil
	}
	return nil, it.err
}

// remembered returns what can be used without a fetch.
func (c *Cache) remembered(key string, check Check, maxAge time.Duration) (item, bool) {
	c.mu.Lock()
	it, ok := c.items[key]
	c.mu.Unlock()
	if ok && c.current(it, maxAge) {
		return it, true
	}
	if c.adopt(key, check) {
		c.mu.Lock()
		it = c.items[key]
		c.mu.Unlock()
		if c.current(it, maxAge) {
			return it, true
		}
	}
	return item{}, false
}

// adopt takes a younger answer out of the store, if it is whole and passes the check; one that does not is removed.
func (c *Cache) adopt(key string, check Check) bool {
	if c.o.Store == nil || check == nil {
		return false
	}
	e, ok := c.o.Store.Load(key)
	if !ok {
		return false
	}
	c.mu.Lock()
	it, has := c.items[key]
	c.mu.Unlock()
	if has && it.checked && !e.At.After(it.At) || e.At.After(c.o.Now()) {
		return false
	}
	until, err := check(e.Body)
	if err != nil {
		c.o.Store.Remove(key)
		return false
	}
	e.Until = until
	c.remember(key, item{Entry: e, checked: true, retry: it.retry})
	return true
}

// current says whether an item answers without a new fetch.
func (c *Cache) current(it item, maxAge time.Duration) bool {
	now := c.o.Now()
	if it.At.After(now) { // the clock was set back
		return false
	}
	if now.Before(it.retry) {
		return it.Body == nil || !it.checked || c.speaks(it)
	}
	return it.err == nil && it.checked && now.Sub(it.At) <= maxAge && c.speaks(it)
}

func (c *Cache) speaks(it item) bool { return it.Until.IsZero() || !c.o.Now().After(it.Until) }

// arrived keeps what a fetch brought.
func (c *Cache) arrived(key string, body []byte, err error, check Check) item {
	now := c.o.Now()
	if err != nil {
		return c.failed(key, err, now)
	}
	it := item{Entry: Entry{Body: body, At: now}, checked: check == nil}
	if check != nil {
		until, bad := check(body)
		it.Until, it.checked = until, bad == nil && (until.IsZero() || !now.After(until))
	}
	if !it.checked {
		it.retry = now.Add(c.o.NegativeAge)
	}
	c.remember(key, it)
	if c.o.Store != nil && it.checked && check != nil {
		c.o.Store.Save(key, it.Entry)
	}
	return it
}

// failed remembers a failure, beside the last good answer if that still speaks and says until when.
func (c *Cache) failed(key string, err error, now time.Time) item {
	c.mu.Lock()
	it := c.items[key]
	c.mu.Unlock()
	if !it.checked || it.Until.IsZero() || !c.speaks(it) {
		it = item{Entry: Entry{At: now}}
	}
	it.err, it.retry = err, now.Add(c.o.NegativeAge)
	c.remember(key, it)
	return it
}

// maxItems bounds the answers in memory, whatever their size.
const maxItems = 10000

func (c *Cache) remember(key string, it item) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(key)
	for len(c.items) > 0 && (c.bytes+len(it.Body) > c.o.MaxBytes || len(c.items) >= maxItems) {
		c.dropOldest()
	}
	if len(it.Body) <= c.o.MaxBytes {
		c.items[key] = it
		c.bytes += len(it.Body)
	}
}

func (c *Cache) drop(key string) {
	c.bytes -= len(c.items[key].Body)
	delete(c.items, key)
}

func (c *Cache) dropOldest() {
	oldest := ""
	for k, it := range c.items {
		if oldest == "" || it.At.Before(c.items[oldest].At) {
			oldest = k
		}
	}
	c.drop(oldest)
}
