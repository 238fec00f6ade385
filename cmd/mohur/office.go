package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"mohur/api"
	"mohur/certs"
	"mohur/internal/auth"
	"mohur/internal/desk"
	"mohur/internal/fetch"
	"mohur/internal/locale"
	"mohur/internal/notify"
	"mohur/internal/oauth"
	"mohur/internal/paper"
	"mohur/internal/phone"
	"mohur/internal/sealing"
	"mohur/internal/signings"
	"mohur/internal/store/sqlstore"
	"mohur/internal/verdicts"
	"mohur/internal/web"
	"mohur/pkcs11"
)

// office is the service put together: every part that serve and demo share. It is opened from a configuration and closed once.
type office struct {
	cfg      *config
	now      func() time.Time
	log      *slog.Logger
	client   *fetch.Client
	cache    *fetch.Cache
	store    *sqlstore.Store
	blobs    shelf
	ending   shelf // files that end: of kept verdicts and of signings
	judge    *judge
	lists    *revocationLists
	proofs   *proofs
	sealer   *sealer
	hooks    officeWebhooks
	demo     bool
	audit    *auditKey // nil: no checkpoints are signed
	desk     *desk.Service
	sealing  *sealing.Service
	budget   *api.Budget
	verdicts *verdicts.Service
	signings *signings.Service
	phone    *phone.Service         // nil where signatures by phone are not configured
	phones   http.Handler           // what phones ask for; nil likewise
	logins   *auth.CertificateLogIn // nil where the pages' address is none for Web eID
	work     *backgroundWork
	pages    http.Handler
	programs http.Handler // of api
	requests *api.Requests
	oauth    *oauth.Service
}

// officeParts are what the caller brings: a clock, a log, and for the demo its own key loader, PIN and signing button.
type officeParts struct {
	now    func() time.Time
	log    *slog.Logger
	loader *pkcs11.Loader
	pin    pkcs11.PINSource // of the seal; nil takes the configured file
	demo   web.DemoSigner
	via    string // how people come to the verbs of seal profiles, for the log; empty: by a session
}

// openOffice puts the parts together. Whatever was opened on the way to a failure is closed.
func openOffice(ctx context.Context, cfg *config, p officeParts) (_ *office, err error) {
	o := &office{cfg: cfg, now: p.now, log: p.log, requests: api.NewRequests(), demo: p.demo != nil}
	defer func() {
		if err != nil {
			err = errors.Join(err, o.Close())
		}
	}()
	for _, open := range []func() error{
		func() error { return o.openFetch() },
		func() error { return o.openJudge() },
		o.openProofs,
		func() error { return o.openStore(ctx) },
		func() error { return o.openSealer(p) },
		o.openWebhooks,
		func() error { return o.openDesk() },
		func() error { return o.openSealing(p) },
		o.openOAuth,
		func() error { return o.openVerdicts() },
		o.openSignings,
		o.openPhone,
		func() error { return o.openWork(ctx) },
		func() error { return o.openPages(p) },
		o.openPrograms,
	} {
		if err := open(); err != nil {
			return nil, err
		}
	}
	return o, nil
}

// openFetch makes the one way out, with its cache of public data on disk.
func (o *office) openFetch() (err error) {
	mapped := map[string]string{}
	for _, m := range o.cfg.Fetch.Map {
		prefix, address, ok := strings.Cut(m, "=")
		if !ok {
			return fmt.Errorf("configuration: fetch.map %q is not PREFIX=ADDRESS", m)
		}
		mapped[prefix] = address
	}
	if o.client, err = fetch.New(fetch.Options{Timeout: o.cfg.Fetch.Timeout, Map: mapped}); err != nil {
		return err
	}
	o.cache = wayOut(o.client, o.cfg.revocationDir(), o.now)
	return nil
}

// openJudge loads whom verdicts trust.
func (o *office) openJudge() error {
	trust, err := openTrust(o.cfg.Trust, o.now, o.log)
	if err != nil {
		return err
	}
	o.lists = newRevocationLists(o.cache, trust, o.cfg.revocationDir(), o.now, o.log)
	o.judge = &judge{
		trust: trust, sealPolicies: o.cfg.Trust.SealPolicies, now: o.now,
		revocation: &certs.OnlineRevocation{Fetch: o.cache, Noted: o.lists.standby.Note}, issuers: &issuerFetcher{fetch: o.cache, log: o.log},
	}
	return nil
}

// openProofs makes the way to timestamps and validation data.
func (o *office) openProofs() (err error) {
	o.proofs, err = newProofs(o.cfg, o.client, o.cache, o.judge, o.now, o.log)
	return err
}

// openSealer reads which keys seal and which signs checkpoints; their tokens are opened at the first use.
func (o *office) openSealer(p officeParts) error {
	journal := databaseJournal{o.store.PINAttempts(o.now)}
	return errors.Join(o.openCredentials(p, journal), o.openAuditKey(p, journal))
}

// openStore opens database and files.
func (o *office) openStore(ctx context.Context) (err error) {
	if o.store, err = sqlstore.Open(ctx, o.cfg.Database); err != nil {
		return err
	}
	if err := o.store.SearchIndex(); err != nil {
		o.log.WarnContext(ctx, "database", slog.String("problem", err.Error()))
	}
	o.blobs, err = o.cfg.openShelf(sqlstore.ShelfCases)
	return err
}

// openDesk makes the office's verbs.
func (o *office) openDesk() (err error) {
	a := o.cfg.Agency
	contact := strings.Join(nonEmpty(a.Address, a.Phone, a.Email), " · ")
	o.desk, err = desk.New(desk.Options{
		Store: o.store, Blobs: o.blobs, Verifier: deskVerifier{o.judge}, Sealer: o.sealer, Stamper: o.proofs, Webhooks: o.hooks.keys,
		Paper: officePaper{agency: paper.Agency{Name: a.Name, Unit: cmp.Or(o.cfg.Seal.Unit, "Elektron sənəd dövriyyəsi"), Contact: contact}, lookup: o.cfg.PublicURL + "/lookup"},
		Now:   o.now,
		Config: desk.Config{
			BaseURL: o.cfg.PublicURL, Policy: o.cfg.Trust.Policy, AgencyUnit: a.Unit, OpinionCase: a.Case, PlainWebhooks: o.cfg.Webhooks.Plain,
			SealWithoutSignature: a.HeadSigns != nil && !*a.HeadSigns,
		},
	})
	return err
}

// openPages makes the pages.
func (o *office) openPages(p officeParts) error {
	sessions, err := auth.New(auth.Options{Sessions: o.store.Sessions(), Now: o.now, Secure: strings.HasPrefix(o.cfg.PublicURL, "https:")})
	if err != nil {
		return err
	}
	limits := web.RateLimits{}
	if p.demo != nil { // one visitor on loopback tries everything out
		limits = web.RateLimits{RegistrationsPerHour: 200, LogInsPerHour: 500, LookUpsPerMinute: 200, ChecksPerMinute: 200}
	}
	proxies, err := proxyNetworks(o.cfg.Proxies)
	if err != nil {
		return err
	}
	secret, err := o.cfg.pageSecret()
	if err != nil {
		return err
	}
	options := web.Options{
		Client: visitorAddress(proxies), ReportKey: secret,
		Limits: limits,
		Desk:   o.desk, Authorisations: o.oauth, Sessions: sessions, Verifier: o.judge, Audit: auditPage{o.store, o.now, o.cfg.Audit.Checkpoints}, Profiles: profilePages{o.sealing, o}, SealPage: o.sealReport, SealsPages: o.sealsReports, Health: o.healthPage, Credentials: o.credentialPage, Demo: p.demo, DemoMode: p.demo != nil,
		Observe: o.requests.Observe, Now: o.now, Log: o.log, Policy: o.cfg.Trust.Policy, TempDir: o.cfg.tempDir(), Secure: strings.HasPrefix(o.cfg.PublicURL, "https:"),
	}
	o.offerTokens(&options)
	o.offerPasskeys(&options)
	if err := o.offerPortal(&options); err != nil {
		return err
	}
	o.pages, err = web.New(options)
	return err
}

// post says how mail and SMS leave.
func (o *office) post() (*notify.Post, error) {
	words := locale.For(locale.Azerbaijani)
	p := &notify.Post{
		SMS: &notify.SMSFile{Path: o.cfg.SMS.File, Now: o.now}, BaseURL: o.cfg.PublicURL,
		Words: func(key string, args ...any) string { return words.T(key, args...) },
	}
	gateway, err := o.cfg.SMS.gateway()
	if err != nil {
		return nil, err
	}
	if gateway != nil {
		gateway.Client = o.client
		p.SMS = gateway
	}
	m := o.cfg.Mail
	from := cmp.Or(m.From, "mohur@localhost.localdomain")
	if m.Host == "" {
		p.Mail = &notify.Spool{Dir: filepath.Join(o.cfg.Data, "spool", "mail"), From: from, Now: o.now}
	} else {
		p.Mail = &notify.SMTP{Host: m.Host, Port: m.Port, From: from, User: m.User, Password: m.Password}
	}
	return p, nil
}

// health is what the system page and /readyz ask.
func (o *office) health(ctx context.Context) []web.Check {
	checks := []web.Check{checked("database", o.store.Ping(ctx))}
	checks = append(checks, o.sealer.health(ctx)...)
	checks = append(checks, o.proofs.check()...)
	return append(checks, o.lists.check())
}

// checked is a part and whether it answers.
func checked(name string, err error) web.Check {
	c := web.Check{Name: name, OK: err == nil}
	if c.OK {
		c.Say = []web.Said{{Key: "system.say.answers"}}
	}
	if err != nil {
		c.Detail = err.Error()
	}
	return c
}

// Close ends background work and gives back what was opened, in the opposite order.
func (o *office) Close() error {
	var errs []error
	if o.work != nil {
		errs = append(errs, o.work.Close())
	}
	errs = append(errs, o.audit.Close())
	if o.sealer != nil {
		errs = append(errs, o.sealer.Close())
	}
	if o.store != nil {
		errs = append(errs, o.store.Close())
	}
	if o.client != nil {
		o.client.Close()
	}
	return errors.Join(errs...)
}

// nonEmpty keeps the texts that say something.
func nonEmpty(texts ...string) []string {
	var out []string
	for _, t := range texts {
		if t != "" {
			out = append(out, t)
		}
	}
	return out
}

// handler is everything the service answers over HTTP.
func (o *office) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", o.pages)
	for _, path := range []string{"/v1/", "/services/", "/validate", "/validateHashcode", "/getDataFiles", "/oauth2/token", "/oauth2/revoke", "/.well-known/oauth-authorization-server", "/csc/", "/openapi.json", "/healthz", "/readyz", "/metrics"} {
		mux.Handle(path, o.programs)
	}
	o.phoneRoutes(mux)
	return mux
}
