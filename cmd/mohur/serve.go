package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

const serveHelp = `usage: mohur serve --config FILE

Runs the service: pages for people, the API for programs, background work. Any number of processes may run over one PostgreSQL database and
one folder of files. The configuration is TOML; environment variables MOHUR_SECTION_KEY come over it. It ends at SIGINT or SIGTERM after
the work in progress, half a minute at most.

  data = "/var/lib/mohur"                 # files and caches
  database = "postgres://mohur@db/mohur"  # or sqlite:PATH, the default
  public_url = "https://rey.example.az"   # https, or http on localhost
  proxies = ["10.0.0.0/8"]                # whose X-Forwarded-For is believed
  [agency]
  name = "Nümunə Dövlət Agentliyi"
  [trust]
  anchors = ["/etc/mohur/anchors"]
  [seal]
  key = "pkcs11:token=agency;object=seal?module-path=/usr/lib/softhsm/libsofthsm2.so"
  pin_file = "/etc/mohur/pin"
  tsa = "http://tsa.example.az/"
  [api]                                   # programs that are known: SHA-256 of their tokens, "NAME@TENANT=..."
  clients = ["portal@agency=<64 hexadecimal digits>"]
  [clients.erp]                           # a program with keys of its own, which may ask for seals
  tenant = "agency"
  jwks = "/etc/mohur/erp.jwks"            # private_key_jwt at /oauth2/token, or
  certificate = "<SHA-256 of its TLS certificate>"
  [oidc]                                  # log-in by the e-government portal, an OpenID provider
  issuer = "https://portal.example.az"    # people come back to public_url/log-in/portal/back
  client_id = "mohur"
  secret_file = "/etc/mohur/portal.secret"
  fin_claim = "fin"                       # the claim with the personal code; scopes = ["profile"] by default
  label_az = "Elektron Hökumət Portalı"   # and label_en, label_ru
  [tls]                                   # a listener for programs that asks for their certificates
  listen = ":8443"
  certificate = "/etc/mohur/tls.pem"      # and key; read again when they change
  key = "/etc/mohur/tls.key"
  public_url = "https://rey.example.az:8443"

A token is any secret of at least 128 random bits; its hash is made by: printf %s "$TOKEN" | sha256sum

Exit status: 0 ended as asked, 2 could not run.

Example:
  $ mohur serve --config /etc/mohur/mohur.toml
`

// serveCommand runs the service.
func serveCommand() command {
	return command{summary: "run the service: pages, API, background work", help: serveHelp, run: runServe}
}

func runServe(args []string, std streams) int {
	fs := flag.NewFlagSet("mohur serve", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	path := fs.String("config", "", "")
	if err := fs.Parse(args); err != nil || fs.NArg() > 0 {
		fmt.Fprintln(std.Err, "mohur serve: the arguments are not understood; 'mohur serve --help' explains them")
		return exitUnable
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx, *path, std); err != nil {
		fmt.Fprintln(std.Err, "mohur serve:", err)
		return exitUnable
	}
	return exitPassed
}

// serve opens the office, listens, and ends in order when the context does.
func serve(ctx context.Context, path string, std streams) (err error) {
	cfg, err := loadConfig(path, os.Environ())
	if err != nil {
		return err
	}
	if cfg.Agency.Name == "" {
		return errors.New(`configuration: "agency.name" is missing`)
	}
	log := slog.New(slog.NewTextHandler(std.Err, nil))
	o, err := openOffice(ctx, cfg, officeParts{now: time.Now, log: log, loader: newLoader()})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.Listen)
	if err != nil {
		return fmt.Errorf("listening on %s: %w", cfg.Listen, err)
	}
	secure, err := o.listenTLS(ctx)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	if err := o.start(ctx); err != nil {
		return errors.Join(err, l.Close(), closeIf(secure))
	}
	log.InfoContext(ctx, "serving", slog.String("address", l.Addr().String()), slog.String("public_url", cfg.PublicURL))
	return serveBoth(ctx, l, secure, o.handler(), o.programs)
}

// closeIf closes a listener if there is one.
func closeIf(l net.Listener) error {
	if l == nil {
		return nil
	}
	return l.Close()
}

// serveUntil serves until the context ends, then lets requests finish.
func serveUntil(ctx context.Context, l net.Listener, h http.Handler) error {
	return serveWith(ctx, l, h, usualPatience(), 10*time.Second)
}

// serveWith serves clients who have so long for their headers and are waited for with such patience.
func serveWith(ctx context.Context, l net.Listener, h http.Handler, p patience, headers time.Duration) error {
	s := &http.Server{Handler: p.bound(h), ReadHeaderTimeout: headers, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	if err := s.Shutdown(grace); err != nil {
		return errors.Join(err, s.Close())
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
