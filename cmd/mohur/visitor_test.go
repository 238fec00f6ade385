package main

import (
	"net/http/httptest"
	"testing"
)

func TestVisitorAddress(t *testing.T) {
	proxies, err := proxyNetworks([]string{"127.0.0.1", "10.0.0.0/8", "fd00::/8"})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		peer      string
		forwarded []string
		want      string
	}{
		"no proxy":                       {"203.0.113.5:4", nil, "203.0.113.5"},
		"a visitor's own header":         {"203.0.113.5:4", []string{"198.51.100.1"}, "203.0.113.5"},
		"behind a proxy":                 {"127.0.0.1:4", []string{"198.51.100.1"}, "198.51.100.1"},
		"behind two":                     {"127.0.0.1:4", []string{"198.51.100.1, 10.1.2.3"}, "198.51.100.1"},
		"behind two, two lines":          {"127.0.0.1:4", []string{"198.51.100.1", "10.1.2.3"}, "198.51.100.1"},
		"forged before the proxy's word": {"127.0.0.1:4", []string{"192.0.2.9, 198.51.100.1"}, "198.51.100.1"},
		"forged as a proxy":              {"127.0.0.1:4", []string{"192.0.2.9, 10.0.0.1, 198.51.100.1"}, "198.51.100.1"},
		"garbage before":                 {"127.0.0.1:4", []string{"x, 198.51.100.1"}, "198.51.100.1"},
		"garbage only":                   {"127.0.0.1:4", []string{"unknown"}, "127.0.0.1"},
		"a proxy that says nothing":      {"10.9.9.9:4", nil, "10.9.9.9"},
		"mapped":                         {"[::ffff:127.0.0.1]:4", []string{"2001:db8::1"}, "2001:db8::1"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.peer
		r.Header["X-Forwarded-For"] = c.forwarded
		if got := visitorAddress(proxies)(r); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
