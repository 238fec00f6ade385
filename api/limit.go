package api

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Rate bounds the requests of one client: its name where it has one, else its address. The zero value is 20 a second with 100 at once.
type Rate struct {
	PerSecond float64
	Burst     int
	Uploads   int // requests of one client that may be on their way in at a time; 600 if zero
}

// maxClients bounds the memory of the limits. When that many were seen, those that are at rest are forgotten.
const maxClients = 10_000

// limits holds what each client has used.
type limits struct {
	rate Rate
	now  func() time.Time

	mu      sync.Mutex
	clients map[string]*usage
}

// usage is what one client has used.
type usage struct {
	bucket  *rate.Limiter
	uploads int
}

func newLimits(r Rate, now func() time.Time) *limits {
	orDefault(&r.PerSecond, 20)
	orDefault(&r.Burst, 100)
	orDefault(&r.Uploads, 600)
	return &limits{rate: r, now: now, clients: map[string]*usage{}}
}

// of finds a client's usage. The caller holds the lock.
func (l *limits) of(client string, now time.Time) *usage {
	u, ok := l.clients[client]
	if ok {
		return u
	}
	if len(l.clients) >= maxClients {
		for name, u := range l.clients {
			if u.uploads == 0 && u.bucket.TokensAt(now) >= float64(l.rate.Burst) {
				delete(l.clients, name)
			}
		}
	}
	u = &usage{bucket: rate.NewLimiter(rate.Limit(l.rate.PerSecond), l.rate.Burst)}
	if len(l.clients) < maxClients { // else it is not remembered: one request of a stranger among ten thousand at work
		l.clients[client] = u
	}
	return u
}

// request takes one request; after says when the next would be taken.
func (l *limits) request(client string) (after time.Duration, ok bool) {
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	u := l.of(client, now)
	r := u.bucket.ReserveN(now, 1)
	if wait := r.DelayFrom(now); wait > 0 {
		r.CancelAt(now)
		return wait, false
	}
	return 0, true
}

// upload counts a request on its way in; done says that it has come.
func (l *limits) upload(client string) (done func(), ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	u := l.of(client, l.now())
	if u.uploads >= l.rate.Uploads {
		return nil, false
	}
	u.uploads++
	return func() { l.mu.Lock(); u.uploads--; l.mu.Unlock() }, true
}

// limited is the middleware of the routes that cost something.
func (s *server) limited(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if after, ok := s.limits.request(s.clientOf(r)); !ok {
			p := problemLimited()
			p.retryAfter = strconv.Itoa(int(after/time.Second) + 1)
			s.refuse(w, r, p)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// clientOf names who is counted.
func (s *server) clientOf(r *http.Request) string {
	if c := CallerOf(r); c.Name != "" {
		return "client " + c.Name
	}
	return "address " + s.Visitor(r)
}

// incoming bounds the requests on their way in, of everybody and of one client. It has answered when it returns false.
func (s *server) incoming(w http.ResponseWriter, r *http.Request) (done func(), ok bool) {
	select {
	case s.uploads <- struct{}{}:
	default:
		s.refuse(w, r, problemBusy())
		return nil, false
	}
	one, ok := s.limits.upload(s.clientOf(r))
	if !ok {
		<-s.uploads
		s.refuse(w, r, problemBusy())
		return nil, false
	}
	return func() { one(); <-s.uploads }, true
}
