package demopki

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"time"
)

// wait passes a time; false when the client left first, which the server notices only when the request's body has been read.
func wait(r *http.Request, d time.Duration) bool {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxRequest))
	if err != nil {
		return false
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

// held is an answer that has not been sent.
type held struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (h *held) Header() http.Header         { return h.header }
func (h *held) WriteHeader(status int)      { h.status = status }
func (h *held) Write(b []byte) (int, error) { return h.body.Write(b) }

// spoil makes the answer and sends it as badly as was asked for.
func (h *Hierarchy) spoil(s Service, f Fault, next func(http.ResponseWriter, *http.Request, Fault), w http.ResponseWriter, r *http.Request) {
	a := h.composed(s, f, next, r)
	body := a.body.Bytes()
	w.Header().Set("Content-Type", a.header.Get("Content-Type"))
	switch {
	case f.Endless:
		for {
			if _, err := w.Write(bytes.Repeat([]byte{0x30}, 32<<10)); err != nil {
				return
			}
		}
	case f.Cut:
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body[:len(body)/2])
		flush(w)
		hangUp(w)
	case f.Trickle > 0:
		for _, b := range body {
			if _, err := w.Write([]byte{b}); err != nil || !wait(r, f.Trickle) {
				return
			}
			flush(w)
		}
	default:
		_, _ = w.Write(body)
	}
}

// composed is what the service says, or said first.
func (h *Hierarchy) composed(s Service, f Fault, next func(http.ResponseWriter, *http.Request, Fault), r *http.Request) *held {
	h.mu.Lock()
	kept := h.replays[s]
	h.mu.Unlock()
	if f.Replay && kept != nil {
		_, _ = io.Copy(io.Discard, r.Body)
		a := &held{header: kept.header}
		a.body.Write(kept.body.Bytes())
		return a
	}
	a := &held{header: http.Header{}}
	next(a, r, f)
	h.mu.Lock()
	defer h.mu.Unlock()
	if f.Replay && h.replays[s] == nil {
		if h.replays == nil {
			h.replays = map[Service]*held{}
		}
		first := &held{header: a.header}
		first.body.Write(a.body.Bytes())
		h.replays[s] = first
	}
	return a
}

func flush(w http.ResponseWriter) {
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
}
