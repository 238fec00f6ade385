package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"mohur/api"
	"mohur/api/oauth2"
	"mohur/internal/store/sqlstore"
	"mohur/internal/verdicts"
)

// openVerdicts makes the store of verdicts that programs may read again. Its files lie apart from the office's, for they end.
func (o *office) openVerdicts() error {
	var err error
	if o.ending, err = o.cfg.openShelf(sqlstore.ShelfVerdicts); err != nil {
		return err
	}
	o.budget = api.NewBudget(api.BudgetOptions{Bytes: int64(o.cfg.API.Memory) << 20, Places: max(8, 2*runtime.GOMAXPROCS(0))})
	o.verdicts, err = verdicts.New(verdicts.Options{
		Store: o.store, Files: o.ending, Verify: o.judge.Verify, Admit: o.budget.Admit, Now: o.now, Log: o.log,
		Workers: runtime.GOMAXPROCS(0),
	})
	return err
}

// openPrograms makes the interface for programs. A policy from a file is the configured default only: a request can't name files.
func (o *office) openPrograms() error {
	callers, err := o.cfg.callers()
	if err != nil {
		return err
	}
	proxies, err := proxyNetworks(o.cfg.Proxies)
	if err != nil {
		return err
	}
	signing, err := o.cscRoutes()
	if err != nil {
		return err
	}
	perHour := 0
	if o.demo { // one visitor on loopback tries everything out
		perHour = 200
	}
	o.programs, err = api.New(api.Options{
		Office:   &api.OfficeOptions{Desk: o.desk, Store: o.store, Terms: o.officeTerms, RegistrationsPerHour: perHour},
		Verifier: o.judge, Certificates: o.judge, Signings: o.signings, Seals: o.sealing, SealPage: o.sealReport, Archive: o.verdicts, Callers: callers, Visitor: visitorAddress(proxies), Budget: o.budget,
		Authenticate: oauth2.Authenticate(o.oauth, belowCSC), Mounted: append(o.authorisationRoutes(), signing...),
		Rate:   api.Rate{PerSecond: float64(o.cfg.API.PerSecond), Burst: 5 * o.cfg.API.PerSecond},
		Policy: o.cfg.Trust.Policy, Now: o.now, Log: o.log, Version: "1", TempDir: filepath.Join(o.cfg.Data, "tmp"),
		Requests: o.requests,
		Gauges: func() []api.Gauge {
			return slices.Concat(o.lists.gauges(), o.proofs.gauges(), credentialGauges(o.sealer.credentials.Status()))
		},
		Ready: func(ctx context.Context) []api.Check {
			var out []api.Check
			for _, c := range o.health(ctx) {
				ready := api.Check{Name: c.Name, OK: c.OK}
				if c.Name == tokenPart { // states and codes, no names of people or certificates
					ready.Detail = c.Detail
				}
				if c.Name == revocationPart || c.Name == timestampPart { // what can't be had for a while is no reason to take the service out of use
					ready.OK = true
					ready.Detail, _, _ = strings.Cut(c.Detail, ":")
				}
				out = append(out, ready)
			}
			return out
		},
	})
	return err
}

// callersOf reads api.clients.
func callersOf(lines []string) (map[string]api.Caller, error) {
	out := map[string]api.Caller{}
	for _, line := range lines {
		who, sum, _ := strings.Cut(line, "=")
		name, tenant, named := strings.Cut(who, "@")
		if !named {
			tenant = name
		}
		hash, err := hex.DecodeString(sum)
		if err != nil || len(hash) != 32 || name == "" || tenant == "" {
			return nil, fmt.Errorf("configuration: api.clients: %q is not NAME=SHA256 or NAME@TENANT=SHA256", who) // never the hash
		}
		key := hex.EncodeToString(hash)
		if _, twice := out[key]; twice {
			return nil, fmt.Errorf("configuration: api.clients: the token of %q is another's too", name)
		}
		out[key] = api.Caller{Name: name, Tenant: tenant}
	}
	return out, nil
}
