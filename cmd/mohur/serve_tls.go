package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"sync"
	"time"
)

// tlsConfig is the listener of our own for programs, which asks for their certificates. The other listener, behind a proxy, sees none, and no
// forwarded header stands for one (decisions 20).
type tlsConfig struct {
	// Listen is its address; empty: there is none.
	Listen string `koanf:"listen"`
	// Certificate (with its chain) and Key are PEM files, read again when they change.
	Certificate string `koanf:"certificate"`
	Key         string `koanf:"key"`
	// ClientCA is a PEM file of the issuers below which clients' certificates count by their names; not needed for those known by their hash.
	ClientCA string `koanf:"client_ca"`
	// PublicURL is the address programs see: "https://rey.example.az:8443".
	PublicURL string `koanf:"public_url"`
}

// check names what is missing.
func (t tlsConfig) check() error {
	if t.Listen == "" {
		if t != (tlsConfig{}) {
			return errors.New(`configuration: "tls.listen", the address of the listener, is missing`)
		}
		return nil
	}
	if t.Certificate == "" || t.Key == "" {
		return errors.New(`configuration: "tls.certificate" and "tls.key" are needed with "tls.listen"`)
	}
	u, err := url.Parse(t.PublicURL)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.Path != "" || u.RawQuery != "" {
		return fmt.Errorf(`configuration: "tls.public_url" is %q; it looks like https://rey.example.az:8443, without a path`, t.PublicURL)
	}
	return nil
}

// clientRoots reads the issuers of clients' certificates; nil where none are configured.
func (t tlsConfig) clientRoots() (*x509.CertPool, error) {
	if t.ClientCA == "" {
		return nil, nil
	}
	b, err := os.ReadFile(t.ClientCA)
	if err != nil {
		return nil, fmt.Errorf(`configuration: "tls.client_ca": %w`, err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(b) {
		return nil, fmt.Errorf(`configuration: "tls.client_ca": %s holds no certificate in PEM`, t.ClientCA)
	}
	return pool, nil
}

// reloadEvery is how long a certificate is served before its files are looked at again.
const reloadEvery = 10 * time.Second

// servedCertificate is the listener's certificate. New files are taken when they fit together; until then the old ones serve.
type servedCertificate struct {
	cfg tlsConfig
	now func() time.Time
	log *slog.Logger

	mu      sync.Mutex
	looked  time.Time
	changed [2]time.Time // of certificate and key
	loaded  *tls.Certificate
}

// get is tls.Config.GetCertificate.
func (s *servedCertificate) get(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := s.now(); s.loaded == nil || now.Sub(s.looked) >= reloadEvery {
		s.looked = now
		if err := s.load(); err != nil {
			if s.loaded == nil {
				return nil, err
			}
			s.log.WarnContext(hello.Context(), "the new TLS certificate can't be used; the old one serves", slog.Any("error", err))
		}
	}
	return s.loaded, nil
}

// load reads the files if they changed. The caller holds the lock.
func (s *servedCertificate) load() error {
	var changed [2]time.Time
	for i, path := range []string{s.cfg.Certificate, s.cfg.Key} {
		st, err := os.Stat(path)
		if err != nil {
			return err
		}
		changed[i] = st.ModTime()
	}
	if s.loaded != nil && changed == s.changed {
		return nil
	}
	c, err := tls.LoadX509KeyPair(s.cfg.Certificate, s.cfg.Key)
	if err != nil {
		return err
	}
	s.loaded, s.changed = &c, changed
	return nil
}

// listenTLS opens the listener of programs, or none where none is configured. It asks for a certificate and takes any: who the holder of its key
// is, and whether an issuer must vouch for that, internal/oauth says (RFC 8705, 2.1 and 2.2).
func (o *office) listenTLS(ctx context.Context) (net.Listener, error) {
	t := o.cfg.TLS
	if t.Listen == "" {
		return nil, nil
	}
	served := &servedCertificate{cfg: t, now: o.now, log: o.log}
	if err := served.load(); err != nil {
		return nil, fmt.Errorf("tls.certificate: %w", err)
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", t.Listen)
	if err != nil {
		return nil, fmt.Errorf("listening on %s: %w", t.Listen, err)
	}
	return tls.NewListener(l, &tls.Config{
		MinVersion: tls.VersionTLS12, ClientAuth: tls.RequestClientCert, GetCertificate: served.get, NextProtos: []string{"h2", "http/1.1"},
	}), nil
}

// serveBoth serves people and programs on the one listener, programs with certificates on the other if there is one, until the context ends or
// one of them fails.
func serveBoth(ctx context.Context, l, secure net.Listener, all, programs http.Handler) error {
	if secure == nil {
		return serveUntil(ctx, l, all)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 2)
	for _, s := range []struct {
		l net.Listener
		h http.Handler
	}{{l, all}, {secure, programs}} {
		go func() { ended <- serveUntil(ctx, s.l, s.h) }()
	}
	first := <-ended
	stop()
	return errors.Join(first, <-ended)
}
