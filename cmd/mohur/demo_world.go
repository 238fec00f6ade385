package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"mohur/internal/demopki"
	"mohur/internal/fetch"
	"mohur/pkcs11"
	"mohur/signing"
)

// demoWorld is what the demo runs on: a folder, a hierarchy with its services, two tokens, and the office over them.
type demoWorld struct {
	dir       string
	now       func() time.Time
	hierarchy *demopki.Hierarchy
	pki       *http.Server
	module    *pkcs11.Module
	agency    *pkcs11.Token
	spare     *pkcs11.Token // stands in for the agency's seal
	body      *pkcs11.Token
	bodyKey   *pkcs11.Key
	director  *demopki.Signer // the body's head: his key is on the body's token
	headToken *pkcs11.Token
	head      *demopki.Signer // the agency's head: his key is on a token of his own
	loader    *pkcs11.Loader

	agencyStore string // SoftHSM2's folder of the agency's token
	spareSeal   []byte // the certificate on the spare token
	listener    net.Listener
	address     string // of the pages: http://localhost:PORT
	stop        context.CancelFunc
	served      chan error
	office      *office
	stamps      signing.Timestamper
	log         *os.File
	configure   func(*config) // nil: the configuration stays as it is
}

// bodyPIN is the PIN of the demo's tokens of people, which they type into the demo's own signing button.
const bodyPIN = "1234"

// openWorld makes the folder anew and everything in it.
func openWorld(ctx context.Context, o demoOptions, now func() time.Time, say func(string, ...any)) (w *demoWorld, err error) {
	w = &demoWorld{now: now, loader: newLoader(), configure: o.configure}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.close())
		}
	}()
	if err := w.makeFolder(o.dir); err != nil {
		return w, err
	}
	say("certificate hierarchy, OCSP, CRLs and timestamps on loopback")
	if err := w.openHierarchy(ctx); err != nil {
		return w, err
	}
	say("four SoftHSM2 tokens: the agency's (P-256, RSA-3072, audit key), a second one that stands in for its seal, its head's, and a body's")
	if err := w.openTokens(ctx); err != nil {
		return w, err
	}
	if w.listener, w.address, err = listenNear(ctx, o.port); err != nil {
		return w, err
	}
	say("SQLite database, files, background work, pages at %s", w.address)
	return w, w.openOffice(ctx)
}

// marker is a file that says that a folder is a demo's, so that nothing else is ever removed.
const marker = "this-is-a-mohur-demo"

// makeFolder removes a former demo, and nothing else, and makes the folder.
func (w *demoWorld) makeFolder(dir string) error {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	w.dir = abs
	entries, err := os.ReadDir(abs)
	if err == nil && len(entries) > 0 {
		if _, err := os.Stat(filepath.Join(abs, marker)); err != nil {
			return fmt.Errorf("%s is not empty and was not made by a demo: choose another folder with -dir", dir)
		}
		if err := os.RemoveAll(abs); err != nil {
			return fmt.Errorf("removing the former demo: %w", err)
		}
	}
	if err := os.MkdirAll(abs, 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(abs, marker), []byte("Everything in this folder is made anew by each run of the demo.\n"), 0o600)
}

// openHierarchy makes the certificate hierarchy and serves it on loopback. Certificates name pki.mohur.test, which only the demo's own client
// leads there.
func (w *demoWorld) openHierarchy(ctx context.Context) (err error) {
	if w.hierarchy, err = demopki.New(demopki.Options{Now: w.now}); err != nil {
		return err
	}
	if err := w.hierarchy.Save(filepath.Join(w.dir, "pki")); err != nil {
		return err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	w.pki = &http.Server{Handler: w.hierarchy.Handler(), ReadHeaderTimeout: 5 * time.Second, Addr: l.Addr().String()}
	go func() { _ = w.pki.Serve(l) }() // ends with close; requests that fail show in the steps
	client, err := fetch.New(fetch.Options{Map: w.mapping()})
	if err != nil {
		return err
	}
	w.stamps = &signing.HTTPTimestamper{Address: demopki.DefaultBaseURL + "/tsa", Send: timestampPost(client)}
	return nil
}

// mapping leads the certificates' addresses to the demo's own listener.
func (w *demoWorld) mapping() map[string]string {
	return map[string]string{demopki.DefaultBaseURL + "/": w.pki.Addr}
}

// openTokens makes three soft tokens with their keys; the PIN of the agency's is random and lies in a file only its owner can read.
func (w *demoWorld) openTokens(ctx context.Context) error {
	path, err := pkcs11.SoftHSM()
	if err != nil {
		return err
	}
	if err := pkcs11.UseSoftHSM(filepath.Join(w.dir, "tokens")); err != nil {
		return err
	}
	if w.module, err = w.loader.Open(pkcs11.Options{Path: path, Now: w.now}); err != nil {
		return err
	}
	secret := make([]byte, 8)
	if _, err := rand.Read(secret); err != nil {
		return err
	}
	pin := hex.EncodeToString(secret)
	if err := os.WriteFile(w.pinFile(), []byte(pin+"\n"), 0o600); err != nil {
		return err
	}
	if w.agency, err = w.newToken(ctx, "agency", pin, pkcs11.FilePIN(w.pinFile())); err != nil {
		return err
	}
	stores, err := w.storeNames()
	if err != nil || len(stores) != 1 {
		return errors.Join(fmt.Errorf("SoftHSM2 keeps one token in %q", stores), err)
	}
	w.agencyStore = stores[0]
	if w.spare, err = w.newToken(ctx, "agency-2", pin, pkcs11.FilePIN(w.pinFile())); err != nil {
		return err
	}
	if w.body, err = w.newToken(ctx, "body", bodyPIN, pkcs11.FixedPIN{Secret: pkcs11.NewPIN([]byte(bodyPIN))}); err != nil {
		return err
	}
	if err := w.agencyKeys(ctx); err != nil {
		return err
	}
	if err := w.headKey(ctx); err != nil {
		return err
	}
	return w.bodyKeys(ctx)
}

func (w *demoWorld) pinFile() string { return filepath.Join(w.dir, "agency.pin") }

// newToken initialises a token and opens it.
func (w *demoWorld) newToken(ctx context.Context, label, pin string, source pkcs11.PINSource) (*pkcs11.Token, error) {
	info, err := w.module.InitToken(ctx, label, pkcs11.NewPIN([]byte("so-"+pin)), pkcs11.NewPIN([]byte(pin)))
	if err != nil {
		return nil, err
	}
	return w.module.Token(ctx, info.URI(), pkcs11.TokenOptions{PIN: source})
}

// agencyKeys makes the seals of two units and the audit key on the agency's token, and a second key for the first seal on the spare one.
func (w *demoWorld) agencyKeys(ctx context.Context) error {
	for _, s := range []struct {
		token             *pkcs11.Token
		label, kind, unit string
	}{
		{w.agency, "seal", "P-256", "Elektron sənəd dövriyyəsi"}, {w.agency, "seal-hr", "RSA-3072", "Kadr məsələləri"}, {w.spare, "seal", "P-256", "Elektron sənəd dövriyyəsi"},
	} {
		key, err := s.token.GenerateKey(ctx, pkcs11.KeySpec{Label: s.label, ID: []byte(s.label), Kind: s.kind})
		if err != nil {
			return err
		}
		cert, err := w.hierarchy.Body(demopki.Body{Profile: demopki.Profile{PublicKey: key.Public()}, Organisation: agencyName, Unit: s.unit, VOEN: agencyVOEN})
		if err != nil {
			return err
		}
		if err := s.token.ImportCertificate(ctx, key, cert.Certificate); err != nil {
			return err
		}
		w.spareSeal = cert.Certificate // the last one's
	}
	_, err := w.agency.GenerateKey(ctx, pkcs11.KeySpec{Label: "audit", ID: []byte("audit"), Kind: "P-256"})
	return err
}

// headKey makes a token for the agency's head with the key of his own signature.
func (w *demoWorld) headKey(ctx context.Context) (err error) {
	if w.headToken, err = w.newToken(ctx, "head", bodyPIN, pkcs11.FixedPIN{Secret: pkcs11.NewPIN([]byte(bodyPIN))}); err != nil {
		return err
	}
	key, err := w.headToken.GenerateKey(ctx, pkcs11.KeySpec{Label: "head-signature", ID: []byte("head-signature"), Kind: "P-256"})
	if err != nil {
		return err
	}
	p := agencyHead()
	p.PublicKey = key.Public()
	if w.head, err = w.hierarchy.Person(p); err != nil {
		return err
	}
	w.head.Key = key
	return w.headToken.ImportCertificate(ctx, key, w.head.Certificate)
}

// bodyKeys makes the keys of the body's head on the body's token: one signs, and its certificate carries the seal right; the other logs in.
func (w *demoWorld) bodyKeys(ctx context.Context) (err error) {
	if w.bodyKey, err = w.body.GenerateKey(ctx, pkcs11.KeySpec{Label: "signature", ID: []byte("signature"), Kind: "P-256"}); err != nil {
		return err
	}
	p := director()
	p.PublicKey = w.bodyKey.Public()
	if w.director, err = w.hierarchy.Person(p); err != nil {
		return err
	}
	w.director.Key = w.bodyKey
	if err := w.body.ImportCertificate(ctx, w.bodyKey, w.director.Certificate); err != nil {
		return err
	}
	key, err := w.body.GenerateKey(ctx, pkcs11.KeySpec{Label: "login", ID: []byte("login"), Kind: "P-256"})
	if err != nil {
		return err
	}
	p.PublicKey, p.Authentication, p.SealRight = key.Public(), true, false
	login, err := w.hierarchy.Person(p)
	if err != nil {
		return err
	}
	return w.body.ImportCertificate(ctx, key, login.Certificate)
}

// listenNear listens on loopback at the port, or the next free one.
func listenNear(ctx context.Context, port int) (net.Listener, string, error) {
	var last error
	for p := port; p < port+50; p++ {
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", p))
		if err == nil {
			return l, fmt.Sprintf("http://localhost:%d", l.Addr().(*net.TCPAddr).Port), nil
		}
		last = err
	}
	return nil, "", fmt.Errorf("no free port from %d on: %w", port, last)
}

// openOffice puts the office together over the demo's parts and serves it. Its log goes to a file, so that the walk stays readable.
func (w *demoWorld) openOffice(ctx context.Context) (err error) {
	anchor := filepath.Join(w.dir, "anchors")
	if err := writeCertificates(anchor, w.hierarchy.Anchors()); err != nil {
		return err
	}
	issuers := filepath.Join(w.dir, "issuers")
	if err := writeCertificates(issuers, [][]byte{w.hierarchy.BodiesCA().Raw}); err != nil {
		return err
	}
	if w.log, err = os.OpenFile(filepath.Join(w.dir, "mohur.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600); err != nil {
		return err
	}
	uri := func(token *pkcs11.Token, object string) string {
		u := token.Info().URI()
		u.Object, u.ModulePath = object, w.module.Path()
		return u.String()
	}
	cfg := &config{
		Data: w.dir, PublicURL: w.address,
		Agency: agencyConfig{Name: agencyName, Address: "Bakı şəhəri, Nümunə küçəsi 1", Phone: "(+994 12) 000 00 00", Email: "info@agentlik.test"},
		Trust:  trustConfig{Anchors: []string{anchor}, SealPolicies: []string{demopki.SealRightPolicy}},
		Seal:   sealConfig{TSA: demopki.DefaultBaseURL + "/tsa"},
		Audit:  auditConfig{Key: uri(w.agency, "audit")},
		Credentials: map[string]credentialConfig{
			defaultCredential: {Members: []memberConfig{
				{Key: uri(w.agency, "seal"), PINFile: w.pinFile(), Chain: []string{issuers}}, {Key: uri(w.spare, "seal"), PINFile: w.pinFile(), Chain: []string{issuers}},
			}},
			personnelCredential: {Members: []memberConfig{{Key: uri(w.agency, "seal-hr"), PINFile: w.pinFile(), Chain: []string{issuers}}}},
		},
		Mail: mailConfig{From: "info@agentlik.test"},
	}
	for prefix, address := range w.mapping() {
		cfg.Fetch.Map = append(cfg.Fetch.Map, prefix+"="+address)
	}
	if w.configure != nil {
		w.configure(cfg)
	}
	if err := cfg.complete(); err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(w.log, nil))
	if w.office, err = openOffice(ctx, cfg, officeParts{now: w.now, log: log, loader: w.loader, demo: demoSigner{w}}); err != nil {
		return err
	}
	if err := w.office.start(ctx); err != nil {
		return err
	}
	var serving context.Context
	serving, w.stop = context.WithCancel(context.WithoutCancel(ctx))
	w.served = make(chan error, 1)
	go func() { w.served <- serveUntil(serving, w.listener, w.office.handler()) }()
	return nil
}

// writeCertificates writes certificates (DER) into a folder, one file each.
func writeCertificates(dir string, list [][]byte) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for i, der := range list {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.crt", i+1)), der, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// close ends what was started, in the opposite order.
func (w *demoWorld) close() error {
	var errs []error
	if w.stop != nil {
		w.stop()
		errs = append(errs, <-w.served)
	} else if w.listener != nil {
		errs = append(errs, w.listener.Close())
	}
	if w.office != nil {
		errs = append(errs, w.office.Close())
	}
	for _, t := range []*pkcs11.Token{w.agency, w.spare, w.headToken, w.body} {
		if t != nil {
			errs = append(errs, t.Close())
		}
	}
	if w.module != nil {
		errs = append(errs, w.module.Close())
	}
	if w.pki != nil {
		errs = append(errs, w.pki.Close())
	}
	if w.log != nil {
		errs = append(errs, w.log.Close())
	}
	return errors.Join(errs...)
}
