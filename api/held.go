package api

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strconv"
)

// heldInMemory is how much of an answer waits for its reader in memory; what is larger waits in a file, for a client that reads slowly must
// hold neither memory nor a place.
const heldInMemory = 256 << 10

// heldAnswer takes a handler's answer while it works, and is sent once its place is given back.
type heldAnswer struct {
	to     http.ResponseWriter
	dir    string
	status int
	memory bytes.Buffer
	file   *os.File
	size   int64
	err    error
}

// Header implements http.ResponseWriter.
func (h *heldAnswer) Header() http.Header { return h.to.Header() }

// WriteHeader implements http.ResponseWriter.
func (h *heldAnswer) WriteHeader(status int) {
	if h.status == 0 {
		h.status = status
	}
}

// Write implements http.ResponseWriter.
func (h *heldAnswer) Write(b []byte) (n int, err error) {
	h.WriteHeader(http.StatusOK)
	if h.err != nil {
		return 0, h.err
	}
	switch {
	case h.file == nil && h.memory.Len()+len(b) <= heldInMemory:
		n, err = h.memory.Write(b)
	case h.file == nil:
		if h.file, err = os.CreateTemp(h.dir, "mohur-answer-*"); err == nil {
			if _, err = h.file.Write(h.memory.Bytes()); err == nil {
				h.memory = bytes.Buffer{}
				n, err = h.file.Write(b)
			}
		}
	default:
		n, err = h.file.Write(b)
	}
	h.size, h.err = h.size+int64(n), err
	return n, err
}

// remove gives back the file.
func (h *heldAnswer) remove() {
	if h.file != nil {
		_ = h.file.Close()
		_ = os.Remove(h.file.Name())
	}
}

// send writes the answer to the client, at the client's pace.
func (h *heldAnswer) send(log *slog.Logger, r *http.Request) bool {
	if h.err != nil {
		log.ErrorContext(r.Context(), "answer could not be held", slog.Any("error", h.err))
		return false
	}
	h.to.Header().Set("Content-Length", strconv.FormatInt(h.size, 10))
	if h.status == 0 {
		h.status = http.StatusOK
	}
	h.to.WriteHeader(h.status)
	if h.file == nil {
		_, _ = h.to.Write(h.memory.Bytes())
		return true
	}
	if _, err := h.file.Seek(0, io.SeekStart); err != nil {
		return true // the length is announced: the client sees that it is cut off
	}
	_, _ = io.Copy(h.to, h.file)
	return true
}

// admitted does work when there is room for it, and sends its answer when the room is given back. The size is that of the documents at work.
func (s *server) admitted(w http.ResponseWriter, r *http.Request, size int64, work func(w http.ResponseWriter)) {
	release, err := s.Budget.Admit(r.Context(), size)
	if err != nil {
		s.refuse(w, r, problemBusy())
		return
	}
	h := &heldAnswer{to: w, dir: s.TempDir}
	defer h.remove()
	func() {
		defer release()
		s.metrics.running.add(1)
		defer s.metrics.running.add(-1)
		work(h)
	}()
	if !h.send(s.Log, r) {
		s.refuse(w, r, problemInternal())
	}
}
