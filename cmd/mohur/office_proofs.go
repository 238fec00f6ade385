package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"mohur/api"
	"mohur/certs"
	"mohur/docket"
	"mohur/internal/algo"
	"mohur/internal/fetch"
	"mohur/internal/web"
	"mohur/signing"
)

// proofs are what a seal needs besides its key: timestamps of the configured authorities, each judged before it is used, and the validation data
// of levels B-LT and B-LTA. Seals, the desk and the audit log share them, and the cache of revocation data behind them.
type proofs struct {
	pool  *signing.TimestampPool // nil: none is configured
	judge *judge
	fetch certs.Fetcher
	level signing.Level // of seals, as configured
	age   time.Duration
	now   func() time.Time
}

// newProofs makes the pool of authorities.
func newProofs(c *config, client *fetch.Client, cache *fetch.Cache, j *judge, now func() time.Time, log *slog.Logger) (*proofs, error) {
	p := &proofs{judge: j, fetch: cache, level: signing.Level(c.Seal.Level), age: c.Seal.EvidenceAge, now: now}
	addresses := c.timestampAuthorities()
	if len(addresses) == 0 {
		return p, nil
	}
	var err error
	p.pool, err = timestampPool(client, addresses, signing.PoolOptions{
		Now: now, Timeout: c.Timestamps.Timeout, Failed: func(ctx context.Context, authority string, err error) {
			log.WarnContext(ctx, "timestamp authority failed", slog.String("authority", authority), slog.Any("error", err))
		},
	})
	return p, err
}

// timestampPool asks authorities at addresses, in their order, through the guarded client. One is called by its host, or where hosts have several
// by its address.
func timestampPool(client *fetch.Client, addresses []string, o signing.PoolOptions) (*signing.TimestampPool, error) {
	hosts := map[string]int{}
	for _, a := range addresses {
		hosts[hostOf(a)]++
	}
	for _, a := range addresses {
		name := hostOf(a)
		if name == "" || hosts[name] > 1 {
			name = a
		}
		o.Authorities = append(o.Authorities, signing.Authority{Name: name, Timestamper: &signing.HTTPTimestamper{Address: a, Send: timestampPost(client)}})
	}
	return signing.NewTimestampPool(o)
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// maxTimestampAnswer bounds what an authority may send: tokens have a few kilobytes.
const maxTimestampAnswer = 256 << 10

// timestampPost carries a timestamp request through the guarded client (RFC 3161, 3.4).
func timestampPost(c *fetch.Client) signing.Do {
	return func(ctx context.Context, url string, body []byte) ([]byte, error) {
		r, err := c.Do(ctx, fetch.Request{
			Method: http.MethodPost, URL: url, Header: http.Header{"Content-Type": {"application/timestamp-query"}}, Body: body, MaxBytes: maxTimestampAnswer,
		})
		if err != nil {
			return nil, err
		}
		if r.Status != http.StatusOK {
			return nil, fmt.Errorf("the timestamp authority answered with status %d", r.Status)
		}
		return r.Body, nil
	}
}

// into adds to a request level, authorities and the source of validation data.
func (p *proofs) into(r signing.Request) signing.Request {
	r.Level, r.TimestampTrust, r.TimestampRevocation = cmp.Or(p.level, signing.BaselineT), p.judge.trust.now().anchors, p.judge.revocation
	if p.pool != nil {
		r.Timestamper = p.pool
	}
	r.Evidence = p.collector()
	return r
}

// collector gathers the validation data of one seal. What it asks for comes from the cache that verdicts use, so that the lists and answers about
// one certificate are fetched once for many seals: none is older than three hours or past its next update.
func (p *proofs) collector() *signing.Collector {
	t := p.judge.trust.now()
	return &signing.Collector{
		Trust: t.anchors, Candidates: t.candidates, Revocation: p.judge.revocation, MaxAge: p.age, Now: p.now,
		Issuers: func(ctx context.Context, c *certs.Certificate) ([]*certs.Certificate, error) {
			return certs.FetchIssuers(ctx, p.fetch, c, maxIssuerDepth)
		},
	}
}

// errNoAuthority says that nothing can be timestamped.
var errNoAuthority = errors.New("no timestamp authority is configured")

// timestamp gets a judged token over a digest.
func (p *proofs) timestamp(ctx context.Context, digest []byte) ([]byte, error) {
	if p.pool == nil {
		return nil, errNoAuthority
	}
	token, err := signing.Stamper{
		Timestamper: p.pool, Trust: p.judge.trust.now().anchors, Revocation: p.judge.revocation, Now: p.now,
	}.Stamp(ctx, algo.SHA256, digest)
	if err != nil {
		return nil, err
	}
	return token.Raw, nil
}

// Stamp is the desk's own proof of existence: a timestamp over a file's hash.
func (p *proofs) Stamp(ctx context.Context, h docket.Hash) ([]byte, error) {
	return p.timestamp(ctx, h.Bytes())
}

// timestampPart names the authorities among the parts of the service.
const timestampPart = "tsa"

// check is the line of the system page: how many authorities answered when they were last asked, and why one did not. Nobody is asked for it.
func (p *proofs) check() []web.Check {
	if p.pool == nil {
		return nil
	}
	list := p.pool.Status()
	well, why := 0, ""
	for _, s := range list {
		if s.RestUntil.IsZero() {
			well++
		} else if why == "" {
			why = ": " + s.Name + ": " + s.Failure
		}
	}
	return []web.Check{{Name: timestampPart, OK: well > 0, Say: []web.Said{{Key: "system.say.tsa", Args: []any{"n", well, "all", len(list)}}}, Detail: fmt.Sprintf("%d/%d", well, len(list)) + why}}
}

// gauges are what /metrics shows of the authorities: each by its place in the configuration.
func (p *proofs) gauges() []api.Gauge {
	if p.pool == nil {
		return nil
	}
	var asked, failed, last []api.Gauge
	for i, s := range p.pool.Status() {
		g := api.Gauge{Label: "authority", LabelValue: strconv.Itoa(i + 1)}
		with := func(name, help string, counter bool, v float64) api.Gauge {
			g.Name, g.Help, g.Counter, g.Value = name, help, counter, v
			return g
		}
		at := 0.0
		if !s.FailedAt.IsZero() {
			at = float64(s.FailedAt.Unix())
		}
		asked = append(asked, with("mohur_timestamps_asked_total", "Questions to a timestamp authority, by its place in the configuration.", true, float64(s.Asked)))
		failed = append(failed, with("mohur_timestamps_failed_total", "Of those, the ones without a token that could be used.", true, float64(s.Failed)))
		last = append(last, with("mohur_timestamps_last_failure_seconds", "Unix time of the last failure, 0 before the first.", false, at))
	}
	return append(append(asked, failed...), last...)
}
