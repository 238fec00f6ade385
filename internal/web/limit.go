package web

import (
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"mohur/docket"
)

// limit bounds requests per network and period: per /64 for IPv6. set 0 takes def, a negative one lifts the limit.
func (s *site) limit(set, def int, period time.Duration) func(http.Handler) http.Handler {
	if set < 0 {
		return func(next http.Handler) http.Handler { return next }
	}
	if set == 0 {
		set = def
	}
	l := &limiter{set: set, period: period}
	refuse := s.plain(func(http.ResponseWriter, *http.Request) error {
		return docket.Refuse(docket.CodeLimited, "error.limited")
	})
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			address := r.RemoteAddr
			if s.Client != nil {
				address = s.Client(r)
			}
			if wait := l.take(network(address), s.Now()); wait > 0 {
				w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
				refuse(w, r)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// network is what a limit counts under for an address with or without a port: one IPv4 address, or the /64 that one IPv6 customer has. What
// is no address counts under itself.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		ap, err := netip.ParseAddrPort(address)
		if err != nil {
			return address
		}
		ip = ap.Addr()
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is4() {
		return ip.String()
	}
	return netip.PrefixFrom(ip, 64).Masked().String()
}

// limiter counts by sliding window: what was taken in the period before the running one counts by the share of it that lies less than a period
// back. So it keeps two numbers for a key, forgets keys by itself, and lets no burst through where two periods meet.
type limiter struct {
	set    int
	period time.Duration

	mu                sync.Mutex
	begin             time.Time // of the running period
	running, previous map[string]int
}

// take counts one request of a key, or says how long to wait until one can be taken: that one is not counted.
func (l *limiter) take(key string, now time.Time) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if begin := now.Truncate(l.period); !begin.Equal(l.begin) || l.running == nil {
		if begin.Sub(l.begin) == l.period {
			l.previous = l.running
		} else {
			l.previous = nil
		}
		l.begin, l.running = begin, map[string]int{}
	}
	left := l.begin.Add(l.period).Sub(now)
	before, taken := l.previous[key], l.running[key]
	if float64(before)*float64(left)/float64(l.period)+float64(taken)+1 <= float64(l.set) {
		l.running[key]++
		return 0
	}
	until := func(weight int, room int) time.Duration { // from the end of a period back to where weight has sunk to the room
		return time.Duration(float64(l.period) * float64(room) / float64(weight))
	}
	if room := l.set - taken - 1; room >= 0 {
		return max(left-until(before, room), time.Nanosecond)
	}
	return left + l.period - until(taken, l.set-1) // in the next period, where what is taken now still weighs
}
