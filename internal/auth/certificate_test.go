package auth

import (
	"context"
	"crypto"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"mohur/docket"
	"mohur/internal/demopki"
	"mohur/internal/store/sqlstore"
	"mohur/internal/webeid"
	"mohur/verify/etsi"
)

// logInBench is a log-in over a real database with people in it.
type logInBench struct {
	*testing.T
	*CertificateLogIn
	clock   time.Time
	store   *sqlstore.Store
	h       *demopki.Hierarchy
	verdict docket.CertificateVerdict
	down    error // the judge's
}

const pageOrigin = "https://rey.example.az"

func newLogInBench(t *testing.T) *logInBench {
	t.Helper()
	b := &logInBench{T: t, clock: time.Now(), verdict: docket.CertificateVerdict{Indication: etsi.Passed, Signer: docket.Signer{Name: "Əliyeva Nigar", FIN: "1AB2CD3"}}}
	var err error
	if b.store, err = sqlstore.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "db")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.store.Close() })
	if b.h, err = demopki.New(demopki.Options{Now: time.Now}); err != nil {
		t.Fatal(err)
	}
	b.CertificateLogIn, err = NewCertificateLogIn(CertificateOptions{Store: b.store, Judge: b, Origin: pageOrigin, Now: func() time.Time { return b.clock }})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *logInBench) JudgeCertificate(context.Context, []byte) (*docket.CertificateVerdict, error) {
	v := b.verdict
	return &v, b.down
}

// account makes one of the person's, for a body or the agency.
func (b *logInBench) account(fin, voen string) docket.ID {
	b.Helper()
	b.clock = b.clock.Add(time.Second)
	u := &docket.User{ID: docket.NewID(b.clock), Name: "Nigar Əliyeva", FIN: fin, Roles: []docket.Role{docket.RoleRegistrar}, Created: b.clock}
	err := b.store.InTx(b.Context(), func(w docket.Work) error {
		if voen != "" {
			body := docket.Body{ID: docket.NewID(b.clock), Name: "Qurum " + voen, VOEN: voen, Active: true}
			if err := w.PutBody(b.Context(), &body); err != nil {
				return err
			}
			u.BodyID, u.Roles = body.ID, []docket.Role{docket.RoleBodyAdmin}
		}
		return w.AddUser(b.Context(), u)
	})
	if err != nil {
		b.Fatal(err)
	}
	return u.ID
}

// token signs origin and nonce as `mohur webeid-host` does.
func (b *logInBench) token(origin, nonce string, p demopki.Profile) []byte {
	b.Helper()
	s, err := b.h.Person(demopki.Person{Profile: p})
	if err != nil {
		b.Fatal(err)
	}
	name, a, err := webeid.JWSName(s.Key.Public())
	if err != nil {
		b.Fatal(err)
	}
	value, err := s.Key.Sign(rand.Reader, a.Digest().Sum(webeid.AuthMessage(a.Digest(), origin, nonce)), crypto.SHA256)
	if err != nil {
		b.Fatal(err)
	}
	if value, err = a.Encode(s.Key.Public(), value); err != nil {
		b.Fatal(err)
	}
	out, err := json.Marshal(webeid.NewAuthToken(s.Certificate, name, value, "https://mohur.invalid/"))
	if err != nil {
		b.Fatal(err)
	}
	return out
}

// try logs in from a session with a fresh nonce.
func (b *logInBench) try(session docket.Hash, p demopki.Profile) ([]Account, error) {
	b.Helper()
	nonce, err := b.Challenge(b.Context(), session)
	if err != nil {
		b.Fatal(err)
	}
	return b.LogIn(b.Context(), session, nonce, b.token(pageOrigin, nonce, p))
}

func (b *logInBench) audited(action string) (n int) {
	b.Helper()
	if err := b.store.DB().QueryRowContext(b.Context(), "SELECT count(*) FROM audit_log WHERE action = $1", action).Scan(&n); err != nil {
		b.Fatal(err)
	}
	return n
}

var logInKey = demopki.Profile{Authentication: true}

func TestLogInByCertificate(t *testing.T) {
	b := newLogInBench(t)
	id := b.account("1AB2CD3", "1234567890")
	b.account("7XY8ZW9", "")
	got, err := b.try("session", logInKey)
	if err != nil || len(got) != 1 || got[0].User.ID != id || got[0].Body != "Qurum 1234567890" {
		t.Fatalf("%+v %v", got, err)
	}
	if b.audited(docket.AuditLogIn) != 1 || b.audited(docket.AuditLogInRefused) != 0 {
		t.Error("the audit log does not tell of it")
	}
}

func TestANonceIsTheSessionsAndUsedOnce(t *testing.T) {
	b := newLogInBench(t)
	b.account("1AB2CD3", "")
	nonce, err := b.Challenge(t.Context(), "session")
	if err != nil {
		t.Fatal(err)
	}
	if raw, err := base64.StdEncoding.DecodeString(nonce); err != nil || len(raw) != 32 {
		t.Errorf("nonce %q", nonce)
	}
	var stored string
	if err := b.store.DB().QueryRowContext(t.Context(), "SELECT nonce FROM login_challenges").Scan(&stored); err != nil || stored == nonce {
		t.Errorf("the nonce itself is stored: %v", err)
	}
	token := b.token(pageOrigin, nonce, logInKey)
	refused := func(what string, session docket.Hash, nonce string) {
		t.Helper()
		if _, err := b.LogIn(t.Context(), session, nonce, token); docket.KeyOf(err) != docket.KeyLoginToken {
			t.Errorf("%s: %v", what, err)
		}
	}
	refused("another session", "other", nonce)
	refused("a nonce of his own", "session", nonce+"x")
	if _, err := b.LogIn(t.Context(), "session", nonce, token); err != nil {
		t.Fatal(err)
	}
	refused("a second time", "session", nonce)
	late, err := b.Challenge(t.Context(), "session")
	if err != nil {
		t.Fatal(err)
	}
	token = b.token(pageOrigin, late, logInKey)
	b.clock = b.clock.Add(5 * time.Minute)
	refused("after five minutes", "session", late)
	if b.audited(docket.AuditLogInRefused) != 4 || b.audited(docket.AuditLogIn) != 1 {
		t.Errorf("%d refusals in the audit log", b.audited(docket.AuditLogInRefused))
	}
	if _, err := b.Challenge(t.Context(), ""); err == nil {
		t.Error("a nonce for no session")
	}
	b.clock = b.clock.Add(time.Hour)
	var left int
	if err := errors.Join(b.RemoveExpired(t.Context()), b.store.DB().QueryRowContext(t.Context(), "SELECT count(*) FROM login_challenges").Scan(&left)); err != nil || left != 0 {
		t.Errorf("%d nonces are left, %v", left, err)
	}
}

func TestATokenForAnotherPageIsRefusedAndUsesTheNonceUp(t *testing.T) {
	b := newLogInBench(t)
	b.account("1AB2CD3", "")
	nonce, err := b.Challenge(t.Context(), "session")
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range [][]byte{b.token("https://evil.example", nonce, logInKey), b.token(pageOrigin, nonce, logInKey)} {
		if _, err := b.LogIn(t.Context(), "session", nonce, token); docket.KeyOf(err) != docket.KeyLoginToken {
			t.Error(err)
		}
	}
}

func TestCertificatesThatDoNotLogIn(t *testing.T) {
	b := newLogInBench(t)
	try := func(key string, p demopki.Profile) {
		t.Helper()
		if _, err := b.try("session", p); docket.KeyOf(err) != key {
			t.Errorf("%v, want %s", err, key)
		}
	}
	try(docket.KeyLoginUnknown, logInKey)
	b.account("1AB2CD3", "")
	try(docket.KeyLoginPurpose, demopki.Profile{})
	good := b.verdict
	for sub, key := range map[etsi.SubIndication]string{etsi.Revoked: docket.KeySigRevoked, etsi.Expired: docket.KeySigExpired, etsi.TryLater: docket.KeySigHeld, etsi.NoCertificateChainFound: docket.KeySigUntrusted} {
		b.verdict.Indication, b.verdict.SubIndication = etsi.Indeterminate, sub
		try(key, logInKey)
	}
	b.verdict.RevocationMissing = true
	try(docket.KeyCertificateUnclear, logInKey)
	b.verdict = good
	b.verdict.Signer.FIN = ""
	try(docket.KeySigNoIdentity, logInKey)
	b.verdict, b.down = good, errors.New("down")
	try(docket.KeyVerifierDown, logInKey)
	if n := b.audited(docket.AuditLogInRefused); n != 9 || b.audited(docket.AuditLogIn) != 0 {
		t.Errorf("%d refusals in the audit log", n)
	}
}

func TestAPersonWithSeveralAccountsChooses(t *testing.T) {
	b := newLogInBench(t)
	first, second, other := b.account("1AB2CD3", "1234567890"), b.account("1AB2CD3", ""), b.account("7XY8ZW9", "")
	got, err := b.try("session", logInKey)
	if err != nil || len(got) != 2 || b.audited(docket.AuditLogIn) != 0 {
		t.Fatalf("%+v %v", got, err)
	}
	if offered, err := b.Offered(t.Context(), "session"); err != nil || len(offered) != 2 || offered[0].User.ID != first || offered[1].Body != "" {
		t.Errorf("%+v %v", offered, err)
	}
	if offered, err := b.Offered(t.Context(), "another"); err != nil || offered != nil {
		t.Errorf("another session is offered %+v, %v", offered, err)
	}
	choose := func(session docket.Hash, id docket.ID) error {
		_, err := b.Choose(t.Context(), session, id)
		return err
	}
	for what, err := range map[string]error{"an account of somebody else": choose("session", other), "another session": choose("another", second)} {
		if docket.KeyOf(err) != docket.KeyLoginChoice {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := choose("session", second); err != nil {
		t.Fatal(err)
	}
	if err := choose("session", first); docket.KeyOf(err) != docket.KeyLoginChoice {
		t.Errorf("a second choice: %v", err)
	}
	if _, err := b.try("session", logInKey); err != nil {
		t.Fatal(err)
	}
	b.clock = b.clock.Add(5 * time.Minute)
	if err := choose("session", first); docket.KeyOf(err) != docket.KeyLoginChoice {
		t.Errorf("after five minutes: %v", err)
	}
	if b.audited(docket.AuditLogIn) != 1 || b.audited(docket.AuditLogInRefused) != 4 {
		t.Errorf("%d log-ins, %d refusals in the audit log", b.audited(docket.AuditLogIn), b.audited(docket.AuditLogInRefused))
	}
}

func TestOriginsThatWebEIDDoesNotServe(t *testing.T) {
	b := newLogInBench(t)
	for origin, good := range map[string]bool{"https://rey.example.az": true, "http://localhost:8080": true, "http://rey.example.az": false, "http://10.0.0.1:8080": false, "": false} {
		if _, err := NewCertificateLogIn(CertificateOptions{Store: b.store, Judge: b, Origin: origin, Now: time.Now}); (err == nil) != good {
			t.Errorf("%q: %v", origin, err)
		}
	}
	if _, err := NewCertificateLogIn(CertificateOptions{Origin: pageOrigin}); err == nil {
		t.Error("without parts")
	}
}
