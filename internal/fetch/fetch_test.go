package fetch

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// served starts a server on loopback and a client that reaches it under http://pki.mohur.test/ only.
func served(t *testing.T, h http.HandlerFunc, o Options) (*Client, string) {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	address := strings.TrimPrefix(srv.URL, "http://")
	if o.Map == nil {
		o.Map = map[string]string{"http://pki.mohur.test/": address}
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, address
}

func refusedWhy(t *testing.T, err error) string {
	t.Helper()
	var r *RefusedError
	if !errors.As(err, &r) {
		t.Fatalf("want a RefusedError, got %v", err)
	}
	return r.Why
}

func TestMappedURLReachesLoopbackAndNothingElseDoes(t *testing.T) {
	c, address := served(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Host, r.URL.Path) }, Options{})
	b, err := c.Get(context.Background(), "http://pki.mohur.test/root.crl")
	if err != nil || string(b) != "pki.mohur.test/root.crl" {
		t.Fatalf("%q, %v", b, err)
	}
	_, port, _ := strings.Cut(address, ":")
	for _, raw := range []string{"http://" + address + "/", "http://localhost:" + port + "/"} {
		if _, err := c.Get(context.Background(), raw); !strings.HasPrefix(refusedWhy(t, err), "port") {
			t.Errorf("%s: %v", raw, err)
		}
	}
}

func TestLoopbackIsRefusedWhenConnecting(t *testing.T) {
	served := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the request arrived") }))
	defer served.Close()
	u, _ := url.Parse(served.URL)
	var port uint16
	fmt.Sscan(u.Port(), &port)
	c, err := New(Options{Ports: []uint16{port}})
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]"} {
		_, err := c.Get(context.Background(), "http://"+host+":"+u.Port()+"/")
		if why := refusedWhy(t, err); why != "the address is not a public one" {
			t.Errorf("%s: %s", host, why)
		}
	}
}

func TestAllowedNetworkIsReached(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "inside") }))
	defer srv.Close()
	u, _ := url.Parse(srv.URL)
	var port uint16
	fmt.Sscan(u.Port(), &port)
	c, err := New(Options{Ports: []uint16{port}, AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	if err != nil {
		t.Fatal(err)
	}
	if b, err := c.Get(context.Background(), srv.URL); err != nil || string(b) != "inside" {
		t.Fatalf("%q, %v", b, err)
	}
}

func TestURLsRefusedByName(t *testing.T) {
	c, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	for raw, why := range map[string]string{
		"ldap://directory.example/cn=CRL":           "LDAP is not supported, only http and https",
		"file:///etc/passwd":                        "only http and https",
		"gopher://example.com/":                     "only http and https",
		"http://user:pw@example.com/":               "the URL carries a user name",
		"http://example.com:22/":                    "port 22",
		"http:///path":                              "no host",
		"http://exa mple/":                          "no URL",
		"http://" + strings.Repeat("a", 5000) + "/": "longer than 4096 characters",
	} {
		if _, err := c.Get(context.Background(), raw); refusedWhy(t, err) != why {
			t.Errorf("%.60s: %v", raw, err)
		}
	}
}

func TestRedirectsAreCheckedAgain(t *testing.T) {
	var target string
	c, address := served(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/end" {
			fmt.Fprint(w, "end", r.Header.Get("Authorization"))
			return
		}
		http.Redirect(w, r, target, http.StatusFound)
	}, Options{})
	for to, want := range map[string]string{
		"http://" + address + "/":                  "port",
		"http://169.254.169.254/latest/meta-data/": "the address is not a public one",
		"ldap://x/":                   "LDAP",
		"http://pki.mohur.test/again": "too many redirects",
	} {
		target = to
		if _, err := c.Get(context.Background(), "http://pki.mohur.test/"); !strings.HasPrefix(refusedWhy(t, err), want) {
			t.Errorf("to %s: %v", to, err)
		}
	}
	target = "/end"
	res, err := c.Do(context.Background(), Request{Method: "GET", URL: "http://pki.mohur.test/x", Header: http.Header{"Authorization": {"secret"}}})
	if err != nil || string(res.Body) != "endsecret" || res.URL != "http://pki.mohur.test/end" {
		t.Fatalf("%+v, %v", res, err)
	}
}

func TestPostIsNotRedirected(t *testing.T) {
	c, _ := served(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/other", http.StatusTemporaryRedirect)
	}, Options{})
	_, err := c.Post(context.Background(), "http://pki.mohur.test/tsa", "application/timestamp-query", []byte("q"))
	var s *StatusError
	if !errors.As(err, &s) || s.Status != http.StatusTemporaryRedirect {
		t.Fatal(err)
	}
}

func TestSizeAndTimeAreLimited(t *testing.T) {
	c, _ := served(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			select {
			case <-r.Context().Done():
			case <-time.After(5 * time.Second):
			}
			return
		}
		fmt.Fprint(w, strings.Repeat("x", 101))
	}, Options{MaxBytes: 100, Timeout: 200 * time.Millisecond})
	var large *TooLargeError
	if _, err := c.Get(context.Background(), "http://pki.mohur.test/big"); !errors.As(err, &large) || large.Limit != 100 {
		t.Errorf("too large: %v", err)
	}
	start := time.Now()
	if _, err := c.Get(context.Background(), "http://pki.mohur.test/slow"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("slow: %v", err)
	}
	if d := time.Since(start); d > 2*time.Second {
		t.Errorf("a slow server delayed by %s", d)
	}
}

func TestEnvironmentProxyIsIgnored(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1/")
	c, _ := served(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "direct") }, Options{})
	if b, err := c.Get(context.Background(), "http://pki.mohur.test/"); err != nil || string(b) != "direct" {
		t.Fatalf("%q, %v", b, err)
	}
}

func TestMappingStaysWithinItsPrefix(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "x") }))
	defer srv.Close()
	c, err := New(Options{Map: map[string]string{"http://pki.mohur.test/crl/": strings.TrimPrefix(srv.URL, "http://")}, Timeout: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Get(context.Background(), "http://pki.mohur.test/crl/a"); err != nil {
		t.Error(err)
	}
	for _, raw := range []string{"http://pki.mohur.test/admin", "http://pki.mohur.test/crl/../admin", "http://pki.mohur.test:80/crl/a", "https://pki.mohur.test/crl/a"} {
		if b, err := c.Get(context.Background(), raw); err == nil {
			t.Errorf("%s reached the mapped address: %q", raw, b)
		}
	}
	for _, bad := range []map[string]string{{"pki": "127.0.0.1:1"}, {"http://a/": "localhost:1"}, {"http://a": "127.0.0.1:1"}} {
		if _, err := New(Options{Map: bad}); err == nil {
			t.Errorf("mapping %v accepted", bad)
		}
	}
}

func TestPublicAddresses(t *testing.T) {
	for a, want := range map[string]bool{
		"8.8.8.8": true, "2001:4860:4860::8888": true, "::ffff:8.8.8.8": true, "64:ff9b::808:808": true,
		"127.0.0.1": false, "10.1.2.3": false, "172.31.0.1": false, "192.168.1.1": false, "169.254.169.254": false, "100.100.100.200": false, "0.0.0.0": false,
		"224.0.0.1": false, "255.255.255.255": false, "168.63.129.16": false, "198.18.0.1": false,
		"::1": false, "::": false, "fe80::1": false, "fe80::1%eth0": false, "fd00:ec2::254": false, "ff02::1": false, "fec0::1": false, "::ffff:10.0.0.1": false,
		"64:ff9b::a9fe:a9fe": false, "64:ff9b::7f00:1": false, "64:ff9b:1::1": false, "2002:7f00:1::": false, "2001::1": false, "2001:db8::1": false, "::7f00:1": false,
	} {
		if got := isPublic(netip.MustParseAddr(a)); got != want {
			t.Errorf("%s: public %v, want %v", a, got, want)
		}
	}
}

func TestCredentialsStayWithTheirHost(t *testing.T) {
	var got []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Host+" "+r.Header.Get("Authorization"))
		if r.Host == "a.test" {
			http.Redirect(w, r, "http://b.test/", http.StatusFound)
		}
	}))
	defer srv.Close()
	address := strings.TrimPrefix(srv.URL, "http://")
	c, err := New(Options{Map: map[string]string{"http://a.test/": address, "http://b.test/": address}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Do(context.Background(), Request{Method: "GET", URL: "http://a.test/", Header: http.Header{"Authorization": {"secret"}}}); err != nil {
		t.Fatal(err)
	}
	if want := []string{"a.test secret", "b.test "}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestHTTPSIsNotLeftForHTTP(t *testing.T) {
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://example.com/", http.StatusFound)
	}))
	defer srv.Close()
	pool := x509.NewCertPool()
	pool.AddCert(srv.Certificate())
	c, err := New(Options{RootCAs: pool, Map: map[string]string{"https://example.com/": strings.TrimPrefix(srv.URL, "https://"), "http://example.com/": "127.0.0.1:1"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Get(context.Background(), "https://example.com/"); refusedWhy(t, err) != "redirected from https to http" {
		t.Error(err)
	}
}

func TestPortIsCheckedWhenConnecting(t *testing.T) {
	c, err := New(Options{AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	if err != nil {
		t.Fatal(err)
	}
	for address, ok := range map[string]bool{"127.0.0.1:80": true, "127.0.0.1:443": true, "127.0.0.1:22": false, "8.8.8.8:8080": false, "8.8.8.8:443": true, "[fe80::1%lo]:80": false} {
		network := "tcp4"
		if address[0] == '[' {
			network = "tcp6"
		}
		if err := c.checkAddress(network, address); (err == nil) != ok {
			t.Errorf("%s: %v", address, err)
		}
	}
	if c.checkAddress("udp4", "8.8.8.8:443") == nil {
		t.Error("UDP was allowed")
	}
}
