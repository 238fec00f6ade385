package csc

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mohur/api"
	"mohur/api/mount"
	"mohur/api/oauth2"
	"mohur/docket"
	"mohur/internal/algo"
	"mohur/internal/oauth"
	"mohur/internal/store/sqlstore"
	"mohur/verify"
)

const sha256OID, sha384OID, sha512OID = "2.16.840.1.101.3.4.2.1", "2.16.840.1.101.3.4.2.2", "2.16.840.1.101.3.4.2.3"

var noon = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// testKeys are made once.
var testKeys = sync.OnceValue(func() map[string]crypto.Signer {
	r, _ := rsa.GenerateKey(rand.Reader, 2048)
	e, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	return map[string]crypto.Signer{"hr": r, "ec": e, "letters": r, "notes": e, "old": e}
})

// seals signs with keys in memory.
type seals struct {
	chains map[string][][]byte
	err    error // of SignHashes
	signed int
}

func (s *seals) Credentials(_ context.Context, c mount.Caller) ([]string, error) {
	if c.Name == "stranger" {
		return nil, nil
	}
	return []string{"ec", "hr", "letters", "notes", "old"}, nil
}

func (s *seals) Credential(ctx context.Context, c mount.Caller, id string) (*Credential, error) {
	ids, _ := s.Credentials(ctx, c)
	if !slices.Contains(ids, id) {
		return nil, docket.ErrNotFound
	}
	k := &Credential{ID: id, Description: "Kadr məsələləri", Chain: s.chains[id], HashAllowed: id == "hr" || id == "ec", Format: "P", Level: "AdES-B-T", Usable: id != "old"}
	if id == "notes" {
		k.Format = "C"
	}
	return k, nil
}

func (s *seals) SignHashes(_ context.Context, q HashRequest) ([][]byte, error) {
	if s.err != nil {
		return nil, s.err
	}
	if q.Certificate != docket.HashOf(sha256.Sum256(s.chains[q.Credential][0])) && q.Client.Name == "portal" {
		return nil, fmt.Errorf("certificate %q", q.Certificate)
	}
	var out [][]byte
	for _, h := range q.Hashes {
		v, err := testKeys()[q.Credential].Sign(rand.Reader, h, q.Options)
		if err != nil {
			return nil, err
		}
		out, s.signed = append(out, v), s.signed+1
	}
	return out, nil
}

func (s *seals) SignDocument(_ context.Context, q DocumentRequest) ([]byte, error) {
	if q.Detached {
		return []byte("signature " + q.Key), nil
	}
	return append(slices.Clone(q.Document), " sealed"...), nil
}

func (s *seals) Timestamp(_ context.Context, d algo.Digest, hash []byte) ([]byte, error) {
	return fmt.Appendf(nil, "%s %d", d, len(hash)), nil
}

// nobody judges no document.
type nobody struct{}

func (nobody) Verify(context.Context, verify.Input, string) (*verify.Report, error) {
	return nil, api.ErrPolicy
}

// world is the routes in a server, with clients: portal authorises by itself, signer by a person, stranger may use nothing, fixed has only a
// secret. The clients' tokens are their names.
type world struct {
	t       *testing.T
	now     time.Time
	seals   *seals
	oauth   *oauth.Service
	handler http.Handler
	person  docket.Actor
	temp    string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	store, err := sqlstore.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "mohur.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	w := &world{t: t, temp: t.TempDir(), now: noon, seals: &seals{chains: map[string][][]byte{}}}
	for id, k := range testKeys() {
		w.seals.chains[id] = [][]byte{certificate(t, id, k), certificate(t, "CA", k)}
	}
	clock := func() time.Time { return w.now }
	w.oauth, err = oauth.New(oauth.Options{Store: store, Issuer: "https://rey.example.az", Now: clock, Clients: []oauth.Client{
		{Name: "portal"}, {Name: "stranger"}, {Name: "signer", ByPerson: true, RedirectURIs: []string{"https://app.example/"}, Certificate: []byte("x")},
	}})
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	routes, err := Routes(Options{Seals: w.seals, OAuth: w.oauth, Log: log, Now: clock, PublicURL: "https://rey.example.az", Name: "Möhür", TempDir: w.temp, MaxHashes: 5, MaxBody: 64 << 10})
	if err != nil {
		t.Fatal(err)
	}
	tokens := oauth2.Authenticate(w.oauth, func(string) bool { return true })
	w.handler, err = api.New(api.Options{
		Verifier: nobody{}, Now: clock, Log: log, Mounted: routes, Rate: api.Rate{PerSecond: 1e6, Burst: 1e6},
		Callers: map[string]api.Caller{api.TokenHash("fixed"): {Name: "portal"}},
		Authenticate: func(r *http.Request) (api.Caller, bool, error) {
			token, _ := mount.Bearer(r)
			if _, ok := w.oauth.Client(token); ok {
				return api.Caller{Name: token, Method: api.MethodOAuth2}, true, nil
			}
			return tokens(r)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	u := docket.User{ID: docket.NewID(noon), Name: "Rəşad", FIN: "7XY8ZW9", Roles: []docket.Role{docket.RoleSignatory}, Created: noon}
	if err := store.InTx(t.Context(), func(k docket.Work) error { return k.AddUser(t.Context(), &u) }); err != nil {
		t.Fatal(err)
	}
	w.person = docket.Actor{UserID: u.ID, Roles: u.Roles}
	return w
}

// certificate makes one by its own key.
func certificate(t *testing.T, name string, key crypto.Signer) []byte {
	t.Helper()
	c := &x509.Certificate{SerialNumber: big.NewInt(255), Subject: pkix.Name{CommonName: name}, NotBefore: noon.Add(-time.Hour), NotAfter: noon.Add(24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// object is a JSON object.
type object = map[string]any

// post sends a request as a client and returns the status and the answer.
func (w *world) post(token, path string, body any) (int, object) {
	w.t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		w.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, path, bytes.NewReader(b))
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	var v object
	if rec.Body.Len() > 0 {
		if err := json.Unmarshal(rec.Body.Bytes(), &v); err != nil {
			w.t.Fatalf("%s: %s", path, rec.Body)
		}
	}
	return rec.Code, v
}

// sad authorises hashes and returns the secret.
func (w *world) sad(credential string, words ...string) string {
	w.t.Helper()
	status, v := w.post("portal", "/csc/v2/credentials/authorize", object{"credentialID": credential, "numSignatures": len(words), "hashes": hashesOf(words...), "hashAlgorithmOID": sha256OID})
	if status != 200 {
		w.t.Fatalf("authorize: %d %v", status, v)
	}
	return v["SAD"].(string)
}

// hashesOf are hashes in standard base64.
func hashesOf(words ...string) []string {
	var out []string
	for _, w := range words {
		sum := sha256.Sum256([]byte(w))
		out = append(out, base64.StdEncoding.EncodeToString(sum[:]))
	}
	return out
}

// agreed lets a person agree to hashes and returns the token that comes of it.
func (w *world) agreed(credential string, words ...string) string {
	w.t.Helper()
	const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	sum := sha256.Sum256([]byte(verifier))
	var list []string
	for _, h := range hashesOf(words...) {
		b, _ := base64.StdEncoding.DecodeString(h)
		list = append(list, base64.RawURLEncoding.EncodeToString(b))
	}
	q, err := w.oauth.ParsePerson(url.Values{
		"client_id": {"signer"}, "redirect_uri": {"https://app.example/"}, "response_type": {"code"}, "scope": {"credential"}, "credentialID": {credential},
		"hashes": {strings.Join(list, ",")}, "hashAlgorithmOID": {sha256OID}, "code_challenge_method": {"S256"}, "code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	secret, _, err := w.oauth.AuthoriseSet(w.t.Context(), q.Set) // the code's way is internal/oauth's test
	if err != nil {
		w.t.Fatal(err)
	}
	return secret
}
