package main

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mohur/api"
	"mohur/docket"
)

// The columns of the programs' table. The things that are asked for belong to the program's tenant.
const (
	unknownToken = "unknown-token"
	inTheBrowser = "session"     // an administrator's browser: cookies open nothing here
	theProgram   = "program"     // by its fixed token
	theKey       = "program-key" // the same program by the key of its certificate
	otherProgram = "another"     // of another tenant, by its fixed token
	otherKey     = "another-key" // and by its key
)

func programColumns() []string {
	return []string{nobody, unknownToken, inTheBrowser, theProgram, theKey, otherProgram, otherKey}
}

// programRow says who may use a route of the interface for programs, with what body. Everybody else gets 401, 403 or 404.
type programRow struct {
	route, who string
	body       string // JSON, or a form, that comes far enough; "" is an empty object
}

// programsTable says who may use which route. A new route needs a row here, else the test fails.
func programsTable() []programRow {
	const (
		everyone = nobody + " " + unknownToken + " " + inTheBrowser + " program program-key another another-key"
		anyone   = nobody + " " + inTheBrowser + " program program-key another another-key" // but a token that nobody has is never taken for nobody's
		known    = "program program-key another another-key"
		own      = "program program-key"
		keys     = "program-key another-key"
	)
	table := []programRow{
		{route: "GET /healthz", who: everyone},
		{route: "GET /readyz", who: everyone},
		{route: "GET /metrics", who: everyone},
		{route: "GET /openapi.json", who: everyone},
		{route: "GET /.well-known/oauth-authorization-server", who: everyone},
		{route: "POST /v1/verifications", who: anyone},
		{route: "POST /v1/certificates/validations", who: anyone},
		{route: "POST /services/rest/validation/validateSignature", who: anyone},
		{route: "POST /services/rest/validation/getOriginalDocuments", who: anyone},
		{route: "POST /services/rest/certificate-validation/validateCertificate", who: anyone},
		{route: "POST /validate", who: anyone},
		{route: "POST /validateHashcode", who: anyone},
		{route: "POST /getDataFiles", who: anyone},
		{route: "GET /v1/verifications/{id}", who: own},
		{route: "DELETE /v1/verifications/{id}", who: own},
		{route: "GET /v1/verifications/{id}/reports/{kind}", who: own},
		{route: "GET /v1/verifications/{id}/evidence/{sha256}", who: own},
		{route: "GET /v1/verifications/{id}/file", who: own},
		{route: "POST /v1/verification-batches", who: known},
		{route: "GET /v1/verification-batches/{id}", who: own},
		{route: "GET /v1/verification-batches/{id}/verdicts", who: own},
		{route: "POST /v1/verification-batches/{id}/cancel", who: own},
		{route: "POST /v1/signings", who: known},
		{route: "GET /v1/signings/{id}", who: own},
		{route: "PUT /v1/signings/{id}", who: own, body: `{"signature":"AAAA"}`},
		{route: "GET /v1/signings/{id}/document", who: own},
		{route: "POST /v1/seals", who: keys},
		{route: "GET /v1/seals/{id}", who: theKey},
		{route: "GET /v1/seals/{id}/document", who: theKey},
		{route: "POST /v1/seal-batches", who: keys},
		{route: "GET /v1/seal-batches/{id}", who: theKey},
		{route: "GET /v1/seal-batches/{id}/seals", who: theKey},
		{route: "POST /v1/seal-batches/{id}/cancel", who: theKey},
	}
	table = append(table, officeTable(anyone)...)
	for _, prefix := range []string{"", "/csc/v1", "/csc/v2"} { // these find out themselves who asks, by what the body holds
		const form = "grant_type=client_credentials&token=unknown&client_id=" + personnelSystem
		table = append(table, programRow{"POST " + prefix + "/oauth2/token", theKey, form}, programRow{"POST " + prefix + "/oauth2/revoke", theKey, form})
	}
	for _, prefix := range []string{"/csc/v1/", "/csc/v2/"} {
		table = append(table, programRow{route: "POST " + prefix + "info", who: everyone}, programRow{route: "POST " + prefix + "auth/login", who: everyone})
		for _, path := range []string{
			"auth/revoke", "credentials/list", "credentials/info", "credentials/authorize", "credentials/extendTransaction", "signatures/signHash", "signatures/signDoc",
			"signatures/timestamp",
		} {
			table = append(table, programRow{route: "POST " + prefix + path, who: keys})
		}
	}
	return table
}

// officeTable is about the office's routes: they know these programs, which have no business there; what keys with scopes may is tried by
// TestWhoMayUseTheOffice of package api.
func officeTable(anyone string) []programRow {
	table := []programRow{{route: "GET /v1/bodies", who: anyone}, {route: "POST /v1/registrations", who: anyone}}
	for _, route := range []string{
		"GET /v1/registrations", "GET /v1/registrations/{id}", "GET /v1/submissions", "POST /v1/submissions", "GET /v1/submissions/{id}", "PUT /v1/submissions/{id}",
		"POST /v1/submissions/{id}/files", "GET /v1/submissions/{id}/files/{file}", "DELETE /v1/submissions/{id}/files/{file}", "POST /v1/submissions/{id}/record",
		"GET /v1/submissions/{id}/record", "PUT /v1/submissions/{id}/record", "GET /v1/submissions/{id}/versions/{version}", "POST /v1/submissions/{id}/correction",
		"POST /v1/submissions/{id}/withdrawal", "POST /v1/submissions/{id}/documents", "GET /v1/submissions/{id}/notices", "GET /v1/submissions/{id}/letters",
		"GET /v1/submissions/{id}/messages", "POST /v1/submissions/{id}/messages", "GET /v1/messages/{id}/attachments/{file}", "GET /v1/letters", "GET /v1/letters/{id}",
		"GET /v1/letters/{id}/document", "GET /v1/numbers", "GET /v1/events",
	} {
		table = append(table, programRow{route: route})
	}
	return table
}

// programs is a world with two programs of two tenants, each with a token and a key.
type programs struct {
	*access
	certificates map[string]*x509.Certificate
	tokens       map[string]string
	keys         int // requests so far, each with an idempotency key of its own
}

func newPrograms(t *testing.T) *programs {
	t.Helper()
	p := &programs{certificates: map[string]*x509.Certificate{}, tokens: map[string]string{theProgram: "token-of-one", otherProgram: "token-of-another", unknownToken: "token-of-nobody"}}
	clients := map[string]clientConfig{}
	for i, c := range []struct{ name, token, key string }{{personnelSystem, theProgram, theKey}, {"another", otherProgram, otherKey}} {
		dir := t.TempDir()
		writeServerCertificate(t, dir, int64(i+1), time.Now())
		pair, err := tls.LoadX509KeyPair(filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"))
		if err == nil {
			p.certificates[c.key], err = x509.ParseCertificate(pair.Certificate[0])
		}
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(pair.Certificate[0])
		clients[c.name] = clientConfig{Certificate: hex.EncodeToString(sum[:]), TokenSHA256: api.TokenHash(p.tokens[c.token])}
	}
	p.access = newAccess(t, func(c *config) { c.Clients, c.API.PerSecond = clients, 1000 })
	return p
}

// call sends a request as a column.
func (p *programs) call(column, method, path, kind string, body []byte) reply {
	p.Helper()
	r := httptest.NewRequestWithContext(p.Context(), method, path, bytes.NewReader(body))
	r.Header.Set("Content-Type", kind)
	if p.keys++; method == http.MethodPost {
		r.Header.Set("Idempotency-Key", strconv.Itoa(p.keys))
	}
	if token := p.tokens[column]; token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if c := p.certificates[column]; c != nil {
		r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{c}} // as the listener hands it on that asked for it
	}
	if column == inTheBrowser {
		r.AddCookie(&http.Cookie{Name: "mohur", Value: p.session(string(docket.RoleAdmin))})
	}
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, r)
	return reply{w.Code, w.Header().Get("Location"), w.Body.String()}
}

// made asks for something as the program and reads what was made.
func (p *programs) made(column, path, kind string, body []byte, into any) {
	p.Helper()
	got := p.call(column, http.MethodPost, path, kind, body)
	if got.code/100 != 2 {
		p.Fatalf("%s as %s: %d %s", path, column, got.code, got.body)
	}
	p.must(json.Unmarshal([]byte(got.body), into))
}

// form is a multipart form with one file.
func (p *programs) form(document []byte) (kind string, body []byte) {
	p.Helper()
	var b bytes.Buffer
	f := multipart.NewWriter(&b)
	part, err := f.CreateFormFile("file", "sened.pdf")
	p.must(err)
	_, err = part.Write(document)
	p.must(errors.Join(err, f.Close()))
	return f.FormDataContentType(), b.Bytes()
}

// ids are those of the program's own things: a verdict with its file and evidence, a batch, a signing that is done and one that waits, a seal
// and a batch of them. What a request uses up is made anew for who may.
func (p *programs) ids() accessIDs {
	p.Helper()
	opinion, err := p.demo.download(p.desk().DownloadLetter(p.Context(), p.demo.story.rep, p.demo.story.opinion.ID))
	p.must(err)
	plain, err := p.demo.world.application(director(), "3/2-99")
	p.must(err)
	always := func(v string) func(whoAsks) string { return func(whoAsks) string { return v } }
	afresh := func(make func() string) func(whoAsks) string { // what the request uses up
		first := make()
		return func(who whoAsks) string {
			if who.may {
				return make()
			}
			return first
		}
	}
	var verdict api.VerificationAnswer
	keep := func() string {
		p.made(theProgram, "/v1/verifications?keep=file", "application/pdf", opinion, &verdict)
		return verdict.Kept.ID
	}
	kept := keep()
	prepared, done := p.signings()
	batch := func(column, path string, document []byte) string {
		var b struct{ ID string }
		kind, form := p.form(document)
		p.made(column, path, kind, form, &b)
		return b.ID
	}
	sealBatches := "/v1/seal-batches?profile=kadr-meseleleri"
	var seal struct{ ID string }
	p.made(theKey, "/v1/seals?profile=kadr-meseleleri", "application/pdf", plain, &seal)
	ids := accessIDs{
		"/v1/verifications/{id}": always(kept), "/v1/verifications/{id}/reports/{kind}": always("simple"),
		"/v1/verifications/{id}/evidence/{sha256}": always(verdict.Evidence[0].SHA256),
		"DELETE /v1/verifications/{id}":            afresh(keep),
		"/v1/verification-batches/{id}":            afresh(func() string { return batch(theProgram, "/v1/verification-batches", opinion) }),
		"/v1/signings/{id}":                        always(done), "PUT /v1/signings/{id}": always(prepared),
		"/v1/seals/{id}":        always(seal.ID),
		"/v1/seal-batches/{id}": afresh(func() string { return batch(theKey, sealBatches, plain) }),
	}
	for _, at := range []string{"/v1/registrations/{id}", "/v1/submissions/{id}", "/v1/messages/{id}", "/v1/letters/{id}"} {
		ids[at] = always(string(p.demo.story.opinion.SubmissionID))
	}
	for _, at := range []string{"/v1/submissions/{id}/files/{file}", "/v1/messages/{id}/attachments/{file}"} {
		ids[at] = always(string(p.demo.story.opinion.ID))
	}
	ids["/v1/submissions/{id}/versions/{version}"] = always("1")
	return ids
}

// signings are one that waits for its value and one that is done.
func (p *programs) signings() (prepared, done string) {
	p.Helper()
	signer, err := p.demo.world.hierarchy.Person(director())
	p.must(err)
	body, err := json.Marshal(request(signer, nil))
	p.must(err)
	var a, b api.SigningAnswer
	p.made(theProgram, "/v1/signings", "application/json", body, &a)
	p.made(theProgram, "/v1/signings", "application/json", body, &b)
	value, err := json.Marshal(map[string]any{"signature": (&programBench{T: p.T}).value(signer, &b), "signatureAlgorithm": b.WebEID})
	p.must(err)
	if got := p.call(theProgram, http.MethodPut, "/v1/signings/"+string(b.ID), "application/json", value); got.code != http.StatusOK {
		p.Fatalf("signing: %d %s", got.code, got.body)
	}
	return string(a.ID), string(b.ID)
}

// TestEveryRouteOfProgramsAsEverybody tries every route of the interface for programs as nobody, with a token that nobody has, as a browser with
// an administrator's session, as the program whose things they are and as another tenant's (issue 6, access control). Who is not in the route's
// row gets 401, 403 or 404.
func TestEveryRouteOfProgramsAsEverybody(t *testing.T) {
	p := newPrograms(t)
	routes, table := routesOf(t, p.demo.world.office.programs), programsTable()
	list := make([]string, len(table))
	for i, row := range table {
		list[i] = row.route
	}
	named(t, routes, list)
	ids := p.ids()
	for _, row := range table {
		method, pattern, _ := strings.Cut(row.route, " ")
		who := strings.Fields(row.who)
		for _, column := range slices.Concat(without(programColumns(), who), who) {
			may := slices.Contains(who, column)
			id, ok := ids[row.route]
			if ok {
				ids[pattern+" {id}"] = id
			}
			path := p.path(pattern, ids, whoAsks{column: column, may: may})
			delete(ids, pattern+" {id}")
			kind, body := "application/json", cmp.Or(row.body, "{}")
			if body[0] != '{' {
				kind = "application/x-www-form-urlencoded"
			}
			got := p.call(column, method, path, kind, []byte(body))
			refused := got.code == http.StatusUnauthorized || got.code == http.StatusForbidden || got.code == http.StatusNotFound
			if got.code >= http.StatusTooManyRequests || may == refused {
				t.Errorf("%s as %s: %d %s; the table says %v", row.route, column, got.code, got.body, may)
			}
		}
	}
}
