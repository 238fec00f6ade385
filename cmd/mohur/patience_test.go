package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestPatience(t *testing.T) {
	type outcome struct {
		n   int64
		err error
		ctx error
	}
	got := make(chan outcome, 1)
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		if err == nil {
			time.Sleep(300 * time.Millisecond) // work that takes longer than a piece may
		}
		got <- outcome{n, err, r.Context().Err()}
	})
	srv := httptest.NewServer(patience{piece: 150 * time.Millisecond, whole: 500 * time.Millisecond}.bound(h))
	defer srv.Close()
	open := func(length int) net.Conn {
		t.Helper()
		c, err := net.Dial("tcp", strings.TrimPrefix(srv.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", length)
		return c
	}

	c := open(10)
	fmt.Fprint(c, "0123456789")
	if o := <-got; o.n != 10 || o.err != nil || o.ctx != nil {
		t.Errorf("a prompt body: %+v", o)
	}
	if res, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil || res.StatusCode != http.StatusOK {
		t.Errorf("its answer: %v", err)
	}

	c = open(10)
	fmt.Fprint(c, "0")
	if o := <-got; o.err == nil {
		t.Error("a body that stalls was waited for")
	}

	c = open(100)
	go func() {
		for range 100 {
			if _, err := fmt.Fprint(c, "0"); err != nil {
				return
			}
			time.Sleep(60 * time.Millisecond)
		}
	}()
	if o := <-got; o.err == nil || o.n < 2 {
		t.Errorf("a body that drips was waited for: %+v", o)
	}
}
