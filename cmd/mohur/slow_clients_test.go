package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mohur/api"
	"mohur/verify"
	"mohur/verify/etsi"
)

// wordy is a verifier whose answer is larger than what a connection takes by itself, so that a client that does not read is felt.
type wordy struct{ changes int }

func (v wordy) Verify(_ context.Context, in verify.Input, policy string) (*verify.Report, error) {
	b, err := io.ReadAll(io.NewSectionReader(in.Content, 0, in.Size))
	if err != nil {
		return nil, err
	}
	s := &verify.SignatureReport{ID: "S-1", Indication: etsi.TotalPassed}
	if string(b) == "many" {
		s.Changes = make([]verify.Change, v.changes)
	}
	return &verify.Report{Name: in.Name, Format: verify.FormatPDF, Indication: etsi.TotalPassed, Policy: verify.PolicyReference{Name: policy}, Signatures: []*verify.SignatureReport{s}}, nil
}

// TestSlowClientsStarveNobody opens 500 connections that send their headers, send their documents or read their answers as slowly as they
// can, and asks meanwhile: every fast request is answered, and every slow one is ended by the server.
func TestSlowClientsStarveNobody(t *testing.T) {
	h, err := api.New(api.Options{
		Verifier: wordy{10_000}, Now: time.Now, Log: slog.New(slog.DiscardHandler), TempDir: t.TempDir(), Rate: api.Rate{PerSecond: 1e6, Burst: 1e6},
		Budget: api.NewBudget(api.BudgetOptions{Places: 16, Wait: 20 * time.Second}),
	})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	thin := &thinListener{Listener: l}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	p := patience{piece: 4 * time.Second, whole: time.Minute, rate: 4 << 10, grace: 4 * time.Second}
	go func() { ended <- serveWith(ctx, thin, h, p, 4*time.Second) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	url := "http://" + l.Addr().String()

	const slow = 500
	var clients sync.WaitGroup
	begun, over := make(chan error, slow), make(chan struct{})
	for i := range slow {
		clients.Go(func() { slowly(l.Addr().String(), i%4, begun, over) })
	}
	defer clients.Wait()
	defer close(over)
	for i := range slow { // all of them stand in the middle of something
		select {
		case err := <-begun:
			if err != nil {
				t.Fatalf("a slow client did not come in: %v", err)
			}
		case <-time.After(time.Minute):
			t.Fatalf("only %d slow clients came in", i)
		}
	}
	fast(t, url, 60)
	for end := time.Now().Add(5 * time.Minute); thin.ended.Load() < slow && time.Now().Before(end); {
		time.Sleep(50 * time.Millisecond)
	}
	if n := thin.ended.Load(); n < slow {
		t.Errorf("the server ended %d of %d slow connections", n, slow)
	}
	fast(t, url, 5)
}

// thinListener keeps the kernel from taking a whole answer for a client that does not read, and counts what the server ends.
type thinListener struct {
	net.Listener
	ended atomic.Int64
}

// Accept implements net.Listener.
func (l *thinListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &countedConn{Conn: c, ended: &l.ended}, c.(*net.TCPConn).SetWriteBuffer(16 << 10)
}

// countedConn counts its end.
type countedConn struct {
	net.Conn
	ended *atomic.Int64
	once  sync.Once
}

// Close implements net.Conn.
func (c *countedConn) Close() error {
	c.once.Do(func() { c.ended.Add(1) })
	return c.Conn.Close()
}

// fast asks in a row and at once; every answer must be right.
func fast(t *testing.T, url string, n int) {
	t.Helper()
	client := &http.Client{Timeout: time.Minute, Transport: &http.Transport{}} // its connections stay open and are not counted before
	t.Cleanup(client.CloseIdleConnections)
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			for range n {
				res, err := client.Post(url+"/v1/verifications", "application/pdf", strings.NewReader("good"))
				if err != nil {
					t.Errorf("a fast request: %v", err)
					return
				}
				b, err := io.ReadAll(res.Body)
				_ = res.Body.Close()
				if err != nil || res.StatusCode != http.StatusOK || !bytes.Contains(b, []byte("TOTAL-PASSED")) {
					t.Errorf("a fast request: %d %v %.200s", res.StatusCode, err, b)
				}
			}
		})
	}
	all.Wait()
}

// slowly is one slow client: of headers, of a body that drips or stalls, or of reading. It holds its connection until all is over.
func slowly(address string, kind int, begun chan<- error, over <-chan struct{}) {
	c, err := net.Dial("tcp", address)
	if err != nil {
		begun <- err
		return
	}
	defer c.Close()
	head := "POST /v1/verifications HTTP/1.1\r\nHost: x\r\nContent-Type: application/pdf\r\n"
	switch kind {
	case 0:
		_, err = fmt.Fprint(c, "POST /v1/verifications HTTP/1.1\r\nX-")
	case 1, 2:
		_, err = fmt.Fprintf(c, "%sContent-Length: 100000\r\n\r\n0123456789", head)
	case 3:
		err = c.(*net.TCPConn).SetReadBuffer(4 << 10)
		if _, werr := fmt.Fprintf(c, "%sContent-Length: 4\r\n\r\nmany", head); err == nil {
			err = werr
		}
		if err == nil {
			_, err = c.Read(make([]byte, 1))
		}
	}
	begun <- err
	for {
		select {
		case <-over:
			return
		case <-time.After(500 * time.Millisecond):
		}
		switch kind {
		case 0, 1: // a byte now and then; an error says that the server has had enough
			_, _ = c.Write([]byte("0"))
		case 3: // a little of the answer now and then
			_ = c.SetReadDeadline(time.Now().Add(time.Second))
			_, _ = c.Read(make([]byte, 64))
		}
	}
}
