package main

import (
	"io"
	"net/http"
	"time"
)

// patience bounds how long a request's body may take: between two pieces, and in all. A listener's ReadTimeout would count a big file on a
// slow line and a client that sends a byte a minute alike.
type patience struct{ piece, whole time.Duration }

// usualPatience lets 200 MB come over a line of 2 Mbit/s.
func usualPatience() patience { return patience{piece: 30 * time.Second, whole: 15 * time.Minute} }

// bound is the middleware: a body that stalls fails in its reader, which gives back what the request holds.
func (p patience) bound(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body != nil && r.Body != http.NoBody {
			r.Body = &patientBody{ReadCloser: r.Body, conn: http.NewResponseController(w), patience: p, end: time.Now().Add(p.whole)}
		}
		next.ServeHTTP(w, r)
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(p.piece)) // for what a handler left unread; a recorder has none
	})
}

// patientBody sets a deadline for the time of each read only: one that stayed would end the request's context while it is worked on.
type patientBody struct {
	io.ReadCloser
	conn     *http.ResponseController
	patience patience
	end      time.Time
}

// Read implements io.Reader.
func (b *patientBody) Read(buf []byte) (int, error) {
	until := time.Now().Add(b.patience.piece)
	if until.After(b.end) {
		until = b.end
	}
	if err := b.conn.SetReadDeadline(until); err != nil {
		return 0, err
	}
	n, err := b.ReadCloser.Read(buf)
	if err != nil && err != io.EOF {
		return n, err // the deadline stays: the server must not wait for what is left either
	}
	if unset := b.conn.SetReadDeadline(time.Time{}); unset != nil {
		return n, unset
	}
	return n, err
}
