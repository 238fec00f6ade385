package fetch

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"sync/atomic"
	"testing"
	"time"
)

// nameServer answers every question on loopback with the addresses that answer gives for it.
func nameServer(t *testing.T, answer func(name string) []netip.Addr) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	go func() {
		b := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(b)
			if err != nil {
				return
			}
			_, _ = conn.WriteTo(reply(b[:n], answer), from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

// reply answers one question (RFC 1035, 4.1).
func reply(q []byte, answer func(string) []netip.Addr) []byte {
	name, i := "", 12
	for q[i] != 0 {
		name += string(q[i+1:i+1+int(q[i])]) + "."
		i += 1 + int(q[i])
	}
	kind := binary.BigEndian.Uint16(q[i+1:])
	out := bytes.Clone(q[:i+5])
	copy(out[2:], []byte{0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0})
	count := 0
	for _, a := range answer(name) {
		if a.Is4() != (kind == 1) {
			continue
		}
		raw := a.AsSlice()
		out = append(out, 0xc0, 12, byte(kind>>8), byte(kind), 0, 1, 0, 0, 0, 0, 0, byte(len(raw)))
		out = append(out, raw...)
		count++
	}
	out[7] = byte(count)
	return out
}

// TestANameThatLeadsInsideIsRefusedWhenConnecting: whatever a name resolved to before, and however the private address is dressed up.
func TestANameThatLeadsInsideIsRefusedWhenConnecting(t *testing.T) {
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the request arrived inside") }))
	defer inside.Close()
	u, _ := url.Parse(inside.URL)
	var port uint16
	fmt.Sscan(u.Port(), &port)
	for _, a := range []string{
		"127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::7f00:1", "fe80::1", "fd00::1", "2002:7f00:1::",
	} {
		to := netip.MustParseAddr(a)
		c, err := New(Options{Ports: []uint16{port}, Timeout: time.Second, Resolver: nameServer(t, func(string) []netip.Addr { return []netip.Addr{to} })})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Get(context.Background(), fmt.Sprintf("http://pki.example.com:%d/", port))
		var dns *net.DNSError
		if errors.As(err, &dns) && to.Is4In6() { // the resolver itself drops such an answer
			continue
		}
		if why := refusedWhy(t, err); why != "the address is not a public one" {
			t.Errorf("%s: %s", a, why)
		}
		c.Close()
	}
	// A name that was harmless when it was asked first, and leads inside when the connection is made.
	var asked atomic.Int32
	resolver := nameServer(t, func(string) []netip.Addr {
		if asked.Add(1) <= 2 { // A and AAAA of the first look-up
			return []netip.Addr{netip.MustParseAddr("93.184.216.34")}
		}
		return []netip.Addr{netip.MustParseAddr("127.0.0.1")}
	})
	if addrs, err := resolver.LookupHost(context.Background(), "pki.example.com"); err != nil || len(addrs) != 1 || addrs[0] != "93.184.216.34" {
		t.Fatal(addrs, err)
	}
	c, err := New(Options{Ports: []uint16{port}, Resolver: resolver})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Get(context.Background(), fmt.Sprintf("http://pki.example.com:%d/", port))
	if why := refusedWhy(t, err); why != "the address is not a public one" || asked.Load() <= 2 {
		t.Error(why)
	}
}
