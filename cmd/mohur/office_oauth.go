package main

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"os"
	"slices"
	"strings"

	"mohur/api/mount"
	"mohur/api/oauth2"
	"mohur/internal/oauth"
)

// openOAuth makes what recognises programs by their keys.
func (o *office) openOAuth() error {
	clients, err := o.cfg.oauthClients()
	if err != nil {
		return err
	}
	roots, err := o.cfg.TLS.clientRoots()
	if err != nil {
		return err
	}
	o.oauth, err = oauth.New(oauth.Options{
		Store: o.store, Clients: clients, Issuer: o.cfg.PublicURL, MTLS: strings.TrimSuffix(o.cfg.TLS.PublicURL, "/"), Roots: roots, Now: o.now,
	})
	return err
}

// oauthClients are the programs that have keys.
func (c *config) oauthClients() ([]oauth.Client, error) {
	var out []oauth.Client
	for name, k := range c.Clients {
		if k.JWKS == "" && k.Certificate == "" && k.CertificateSubject == "" {
			continue
		}
		one, err := k.client(name)
		if err != nil {
			return nil, fmt.Errorf("configuration: clients.%s: %w", name, err)
		}
		out = append(out, one)
	}
	slices.SortFunc(out, func(a, b oauth.Client) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// client reads the keys of one.
func (k clientConfig) client(name string) (oauth.Client, error) {
	out := oauth.Client{
		Name: name, Tenant: cmp.Or(k.Tenant, name), Subject: k.CertificateSubject, Issuer: k.CertificateIssuer, ByPerson: k.AuthorisedBy == byPerson, RedirectURIs: k.RedirectURIs,
	}
	if k.JWKS != "" {
		b, err := os.ReadFile(k.JWKS)
		if err != nil {
			return oauth.Client{}, err
		}
		if out.Keys, err = oauth.ParseKeys(b); err != nil {
			return oauth.Client{}, err
		}
	}
	if k.Certificate != "" {
		sum, err := hex.DecodeString(strings.ReplaceAll(k.Certificate, ":", ""))
		if err != nil {
			return oauth.Client{}, err
		}
		out.Certificate = sum
	}
	return out, nil
}

// belowCSC says whether a path is one of CSC's, where a token may stand for one authorisation.
func belowCSC(path string) bool { return strings.HasPrefix(path, "/csc/") }

// authorisationRoutes are the routes of access tokens; CSC's clients look for them below its own prefixes too.
func (o *office) authorisationRoutes() []mount.Route {
	opts := oauth2.Options{Service: o.oauth, Log: o.log}
	return slices.Concat(oauth2.Routes(opts, "", ""), oauth2.Routes(opts, "/csc/v1", "cscV1_"), oauth2.Routes(opts, "/csc/v2", "cscV2_"))
}
