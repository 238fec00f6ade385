package main

import (
	"io"
	"net/http"
	"time"
)

// patience bounds how long a request's body may take to come and its answer to go: between two pieces, in all, and at a least rate. A
// listener's timeouts would count a big file on a slow line and a client that sends a byte a minute alike. Who is slower than all of these is
// cut off, so that slow clients cost a connection and nothing that a fast one waits for.
type patience struct {
	piece, whole time.Duration
	rate         int64         // bytes in a second, on average after grace
	grace        time.Duration // until the rate counts
}

// usualPatience lets 200 MB come over a line of 2 Mbit/s, and a letter over a telephone.
func usualPatience() patience {
	return patience{piece: 30 * time.Second, whole: 15 * time.Minute, rate: 2 << 10, grace: 20 * time.Second}
}

// until is when the next piece must have passed, of a transfer that began then and has passed so many bytes.
func (p patience) until(began time.Time, passed int64) time.Time {
	at := time.Now().Add(p.piece)
	if end := began.Add(p.whole); end.Before(at) {
		at = end
	}
	if p.rate > 0 {
		if end := began.Add(p.grace + time.Duration(passed)*time.Second/time.Duration(p.rate)); end.Before(at) {
			at = end
		}
	}
	return at
}

// bound is the middleware: a body that stalls fails in its reader and an answer that is not read in its writer, which gives back what the
// request holds.
func (p patience) bound(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn := http.NewResponseController(w)
		_ = conn.SetWriteDeadline(time.Time{}) // of the request before on this connection
		if r.Body != nil && r.Body != http.NoBody {
			r.Body = &patientBody{ReadCloser: r.Body, conn: conn, patience: p, began: time.Now()}
		}
		next.ServeHTTP(&patientWriter{ResponseWriter: w, conn: conn, patience: p}, r)
		_ = conn.SetReadDeadline(time.Now().Add(p.piece)) // for what a handler left unread; a recorder has none
		_ = conn.SetWriteDeadline(time.Now().Add(p.piece))
	})
}

// patientBody sets a deadline for the time of each read only: one that stayed would end the request's context while it is worked on.
type patientBody struct {
	io.ReadCloser
	conn     *http.ResponseController
	patience patience
	began    time.Time
	passed   int64
}

// Read implements io.Reader.
func (b *patientBody) Read(buf []byte) (int, error) {
	if err := b.conn.SetReadDeadline(b.patience.until(b.began, b.passed)); err != nil {
		return 0, err
	}
	n, err := b.ReadCloser.Read(buf)
	b.passed += int64(n)
	if err != nil && err != io.EOF {
		return n, err // the deadline stays: the server must not wait for what is left either
	}
	if unset := b.conn.SetReadDeadline(time.Time{}); unset != nil {
		return n, unset
	}
	return n, err
}

// writePiece is how much of an answer one deadline is for.
const writePiece = 32 << 10

// patientWriter sets a deadline for each piece of the answer. The time begins with the first one: work before it is not the reader's fault.
type patientWriter struct {
	http.ResponseWriter
	conn     *http.ResponseController
	patience patience
	began    time.Time
	passed   int64
}

// Unwrap lets http.ResponseController reach the connection.
func (w *patientWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Write implements io.Writer.
func (w *patientWriter) Write(b []byte) (int, error) {
	if w.began.IsZero() {
		w.began = time.Now()
	}
	n := 0
	for {
		piece := b[n:min(n+writePiece, len(b))]
		_ = w.conn.SetWriteDeadline(w.patience.until(w.began, w.passed)) // a recorder has none
		m, err := w.ResponseWriter.Write(piece)
		n, w.passed = n+m, w.passed+int64(m)
		if err != nil || n == len(b) {
			return n, err
		}
	}
}
