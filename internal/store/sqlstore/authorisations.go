package sqlstore

import (
	"context"
	"time"

	"mohur/docket"
)

func accessTokenColumns(t *docket.AccessToken) []column {
	return []column{
		{"hash", &t.Hash},
		{"client", &t.Client},
		{"scope", &t.Scope},
		{"certificate", &t.Certificate},
		{"issued", stamp{&t.Issued}},
		{"expires", stamp{&t.Expires}},
	}
}

// AddAccessToken adds one.
func (w *work) AddAccessToken(ctx context.Context, t *docket.AccessToken) error {
	return w.insert(ctx, "access_tokens", accessTokenColumns(t))
}

// AccessToken reads one.
func (w *work) AccessToken(ctx context.Context, token docket.Hash) (*docket.AccessToken, error) {
	return one(ctx, w, "access_tokens", accessTokenColumns, "WHERE hash = $1", string(token))
}

// RemoveAccessToken ends a client's token.
func (w *work) RemoveAccessToken(ctx context.Context, token docket.Hash, client string) error {
	_, err := w.exec(ctx, "DELETE FROM access_tokens WHERE hash = $1 AND client = $2", string(token), client)
	return err
}

// NoteAssertion notes an assertion's identifier; the primary key refuses it a second time.
func (w *work) NoteAssertion(ctx context.Context, client string, id docket.Hash, expires time.Time) error {
	_, err := w.exec(ctx, "INSERT INTO used_assertions (client, id, expires) VALUES ($1, $2, $3)", client, string(id), instant(expires))
	return err
}

func signatureAuthorisationColumns(a *docket.SignatureAuthorisation) []column {
	return []column{
		{"id", &a.ID},
		{"client", &a.Client},
		{"profile", &a.Profile},
		{"person", ref[docket.ID]{&a.Person}},
		{"hash_algorithm", &a.HashAlgorithm},
		{"sign_algorithm", &a.SignAlgorithm},
		{"certificate", &a.Certificate},
		{"hashes", doc{&a.Hashes}},
		{"created", stamp{&a.Created}},
		{"secret", ref[docket.Hash]{&a.Secret}},
		{"expires", stamp{&a.Expires}},
		{"used", stamp{&a.Used}},
		{"code", ref[docket.Hash]{&a.Code}},
		{"redirect_uri", &a.RedirectURI},
		{"challenge", &a.Challenge},
		{"code_used", stamp{&a.CodeUsed}},
	}
}

// AddSignatureAuthorisation adds one.
func (w *work) AddSignatureAuthorisation(ctx context.Context, a *docket.SignatureAuthorisation) error {
	return w.insert(ctx, "signature_authorisations", signatureAuthorisationColumns(a))
}

// SignatureAuthorisationBySecret reads one by the hash of its secret.
func (w *work) SignatureAuthorisationBySecret(ctx context.Context, secret docket.Hash) (*docket.SignatureAuthorisation, error) {
	return one(ctx, w, "signature_authorisations", signatureAuthorisationColumns, "WHERE secret = $1", string(secret))
}

// SignatureAuthorisationByCode reads one by the hash of its code.
func (w *work) SignatureAuthorisationByCode(ctx context.Context, code docket.Hash) (*docket.SignatureAuthorisation, error) {
	return one(ctx, w, "signature_authorisations", signatureAuthorisationColumns, "WHERE code = $1", string(code))
}

// UseSignatureAuthorisation consumes one, once.
func (w *work) UseSignatureAuthorisation(ctx context.Context, id docket.ID, now time.Time) error {
	return w.must(ctx, "UPDATE signature_authorisations SET used = $1 WHERE id = $2 AND secret IS NOT NULL AND used IS NULL AND expires > $1", instant(now), string(id))
}

// RedeemCode turns a code into a secret, once.
func (w *work) RedeemCode(ctx context.Context, id docket.ID, secret docket.Hash, now, expires time.Time) error {
	return w.must(ctx, `UPDATE signature_authorisations SET code_used = $1, secret = $2, expires = $3
		WHERE id = $4 AND code IS NOT NULL AND code_used IS NULL AND used IS NULL AND expires > $1`, instant(now), string(secret), instant(expires), string(id))
}

func cscPINColumns(p *docket.CSCPIN) []column {
	return []column{
		{"client", &p.Client},
		{"profile", &p.Profile},
		{"hash", &p.Hash},
		{"failures", &p.Failures},
		{"blocked", stamp{&p.Blocked}},
		{"set_at", stamp{&p.Set}},
	}
}

// CSCPIN reads a client's PIN for a profile.
func (w *work) CSCPIN(ctx context.Context, client, profile string) (*docket.CSCPIN, error) {
	return one(ctx, w, "csc_pins", cscPINColumns, "WHERE client = $1 AND profile = $2", client, profile)
}

// PutCSCPIN sets or replaces a PIN.
func (w *work) PutCSCPIN(ctx context.Context, p *docket.CSCPIN) error {
	if _, err := w.exec(ctx, "DELETE FROM csc_pins WHERE client = $1 AND profile = $2", p.Client, p.Profile); err != nil {
		return err
	}
	return w.insert(ctx, "csc_pins", cscPINColumns(p))
}

// CountCSCAttempt counts an attempt before it is looked at.
func (w *work) CountCSCAttempt(ctx context.Context, seen *docket.CSCPIN, now, blocked time.Time) error {
	return w.must(ctx, `UPDATE csc_pins SET failures = failures + 1, blocked = $1
		WHERE client = $2 AND profile = $3 AND failures = $4 AND hash = $5 AND (blocked IS NULL OR blocked <= $6)`,
		instant(blocked), seen.Client, seen.Profile, seen.Failures, seen.Hash, instant(now))
}

// ClearCSCAttempts notes that the PIN was right.
func (w *work) ClearCSCAttempts(ctx context.Context, client, profile string) error {
	_, err := w.exec(ctx, "UPDATE csc_pins SET failures = 0, blocked = NULL WHERE client = $1 AND profile = $2", client, profile)
	return err
}

// RemoveLapsedAuthorisations removes what ended before then.
func (w *work) RemoveLapsedAuthorisations(ctx context.Context, before time.Time) error {
	for _, table := range []string{"access_tokens", "used_assertions", "signature_authorisations"} {
		if _, err := w.exec(ctx, "DELETE FROM "+table+" WHERE expires <= $1", instant(before)); err != nil {
			return err
		}
	}
	return nil
}
