// Package csc answers the API of the Cloud Signature Consortium, versions 1.0.4.0 and 2.0.0.2, for programs that have their own signing
// software: a credential is a seal profile that the client may use, its key signs hashes where the profile allows that, or whole documents.
// Field names of both versions are taken on both paths, for clients mix them.
//
// It knows neither stores nor tokens: keys are behind the port Seals, and what activates them is internal/oauth's.
package csc

import (
	"context"
	"crypto"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"mohur/api/mount"
	"mohur/docket"
	"mohur/internal/algo"
	"mohur/internal/oauth"
)

// Seals is the sealing service as CSC sees it. Refusals are *docket.Error.
type Seals interface {
	// Credentials lists the profiles that the client may use.
	Credentials(ctx context.Context, c mount.Caller) ([]string, error)
	// Credential describes one; docket.ErrNotFound if the client may not use it, or there is none.
	Credential(ctx context.Context, c mount.Caller, id string) (*Credential, error)
	// SignHashes signs each hash, all or none, with a profile that allows it.
	SignHashes(ctx context.Context, q HashRequest) ([][]byte, error)
	// SignDocument seals one document as the profile says and returns the sealed file, or the detached signature.
	SignDocument(ctx context.Context, q DocumentRequest) ([]byte, error)
	// Timestamp returns an RFC 3161 token over a hash.
	Timestamp(ctx context.Context, d algo.Digest, hash []byte) ([]byte, error)
}

// Credential is a seal profile with the certificate that signs next.
type Credential struct {
	ID          string
	Description string   // the unit's words on the seal
	Chain       [][]byte // certificates, DER, the signer's first
	HashAllowed bool     // signHash may be asked for
	Format      string   // "P" or "C"
	Level       string   // "AdES-B-T"
	Usable      bool     // the certificate is in force
}

// HashRequest is a set of hashes that was authorised.
type HashRequest struct {
	Client     mount.Caller
	Credential string
	// Certificate is the one whose key signs: what the client puts the value beside. Empty: whichever signs next.
	Certificate docket.Hash
	Hashes      [][]byte
	Options     crypto.SignerOpts
}

// DocumentRequest is a document that was authorised by its hash.
type DocumentRequest struct {
	Client     mount.Caller
	Credential string
	Key        string // the same for the same document of the same authorisation
	Format     string // of the credential
	Document   []byte
	Detached   bool // CAdES beside the document instead of around it
}

// Options are the parts of the routes. Seals, OAuth, Log, Now and PublicURL are required.
type Options struct {
	Seals     Seals
	OAuth     *oauth.Service
	Log       *slog.Logger
	Now       func() time.Time
	PublicURL string // of the service, where people authorise and programs get tokens
	Name      string // of the service
	MaxHashes int    // of one signHash; 100 if zero
	MaxBody   int64  // of signDoc; 24 MB if zero
	TempDir   string // for documents on their way; the system's if empty
}

// version is one of the two contracts.
type version int

const (
	v1 version = 1
	v2 version = 2
)

// server is the routes with their parts.
type server struct {
	Options
	documents chan struct{} // bounds how many signDoc requests lie in memory
}

// Routes are the routes of both versions.
func Routes(o Options) ([]mount.Route, error) {
	if o.Seals == nil || o.OAuth == nil || o.Log == nil || o.Now == nil || o.PublicURL == "" {
		return nil, errors.New("csc: Seals, OAuth, Log, Now and PublicURL are required")
	}
	if o.MaxHashes == 0 {
		o.MaxHashes = 100
	}
	if o.MaxBody == 0 {
		o.MaxBody = 24 << 20
	}
	s := &server{Options: o, documents: make(chan struct{}, 2)}
	return append(s.routes(v1, "/csc/v1/", "cscV1_"), s.routes(v2, "/csc/v2/", "cscV2_")...), nil
}

// handler answers one request of a version, or returns why it can't.
type handler func(w http.ResponseWriter, r *http.Request, v version) error

// endpoint is one route of both versions.
type endpoint struct {
	path, id, summary string
	open              bool
	request           any
	answers           [2]any // of version 1, of version 2
	handle            handler
	refusals          []int
}

// endpoints are what is offered; info lists their paths.
func (s *server) endpoints() []endpoint {
	twice := func(v any) [2]any { return [2]any{v, v} }
	return []endpoint{
		{path: "info", id: "info", summary: "What this service offers", open: true, request: infoRequest{}, answers: [2]any{infoV1{}, infoV2{}}, handle: s.info},
		{path: "auth/login", id: "login", summary: "Refused: there are no passwords; tokens come from oauth2/token", open: true, request: loginRequest{}, handle: s.login},
		{path: "auth/revoke", id: "revoke", summary: "End an access token", request: revokeRequest{}, handle: s.revoke},
		{path: "credentials/list", id: "listCredentials", summary: "The seal profiles that the client may use", request: listRequest{}, answers: [2]any{listV1{}, listV2{}}, handle: s.list},
		{path: "credentials/info", id: "credentialInfo", summary: "Key, certificate and authorisation of one", request: credentialRequest{}, answers: [2]any{credentialV1{}, credentialV2{}}, handle: s.credential},
		{path: "credentials/authorize", id: "authorizeCredential", summary: "Activate the key for one set of hashes, once, within a minute", request: authorizeRequest{}, answers: twice(activation{}), handle: s.authorize},
		{path: "credentials/extendTransaction", id: "extendTransaction", summary: "Another minute for the same set", request: extendRequest{}, answers: twice(activation{}), handle: s.extend},
		{path: "signatures/signHash", id: "signHash", summary: "Sign the hashes that were authorised", request: signHashRequest{}, answers: twice(signHashAnswer{}), handle: s.signHash, refusals: []int{503}},
		{path: "signatures/signDoc", id: "signDoc", summary: "Seal whole documents, authorised by their hashes", request: signDocRequest{}, answers: twice(signDocAnswer{}), handle: s.signDoc, refusals: []int{413, 503}},
		{path: "signatures/timestamp", id: "timestamp", summary: "An RFC 3161 timestamp over a hash", request: timestampRequest{}, answers: twice(stampAnswer{}), handle: s.timestamp, refusals: []int{503}},
	}
}

// routes are the endpoints of one version.
func (s *server) routes(v version, prefix, id string) []mount.Route {
	var out []mount.Route
	for _, e := range s.endpoints() {
		out = append(out, mount.Route{
			Method: http.MethodPost, Path: prefix + e.path, ID: id + e.id, Summary: e.summary, Tag: "csc", Open: e.open, Request: e.request, Optional: e.path == "info", Answer: e.answers[v-1],
			Refusals: e.refusals, Handler: s.handler(v, e),
		})
	}
	return out
}

// handler lets only callers in who have shown a key, and turns an error into a refusal.
func (s *server) handler(v version, e endpoint) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := error(errNoCaller)
		if e.open || mount.CallerOf(r).Strong() {
			err = e.handle(w, r, v)
		}
		if err != nil {
			s.refuse(w, r, err)
		}
	}
}
