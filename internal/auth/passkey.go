package auth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"mohur/docket"
)

// PasskeyOptions are the parts of Passkeys. Store, Origin and Now are required.
type PasskeyOptions struct {
	Store  docket.Store
	Origin string // of the pages, from the configuration: TLS, or localhost
	Name   string // by which authenticators show us; "Möhür" if empty
	Now    func() time.Time
	Time   time.Duration // for a challenge to come back; 5 minutes if zero
}

// Passkeys lets the agency's staff in by keys that their browsers or security keys hold (WebAuthn, level 3; requirements 9, log-in): discoverable, with
// the person verified by the authenticator. A key whose counter went back may have been copied: it is marked and lets nobody in.
type Passkeys struct {
	door
	wa *webauthn.WebAuthn
}

// maxPasskeys an account may have.
const maxPasskeys = 10

// maxPasskeyName bounds an owner's word for a key, in characters.
const maxPasskeyName = 60

// NewPasskeys checks the parts. An origin that browsers make no passkeys for, as a numeric address or one without TLS other than localhost, is an
// error.
func NewPasskeys(o PasskeyOptions) (*Passkeys, error) {
	if o.Store == nil || o.Now == nil {
		return nil, errors.New("auth: Store and Now are required")
	}
	u, err := url.Parse(o.Origin)
	if err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || u.Hostname() != "localhost" && !strings.HasSuffix(u.Hostname(), ".localhost")) {
		return nil, errors.New("auth: passkeys need an origin with TLS, or localhost")
	}
	if err := protocol.ValidateRPID(u.Hostname()); err != nil {
		return nil, err
	}
	if o.Name == "" {
		o.Name = "Möhür"
	}
	key := true
	wa, err := webauthn.New(&webauthn.Config{
		RPID: u.Hostname(), RPDisplayName: o.Name, RPOrigins: []string{u.Scheme + "://" + u.Host}, AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			RequireResidentKey: &key, ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired,
		},
	})
	if err != nil {
		return nil, err
	}
	d := door{store: o.Store, clock: o.Now, time: orDefault(o.Time, 5*time.Minute), by: "passkey"}
	return &Passkeys{d, wa}, nil
}

// Ceremony is one that began: what the browser's script needs, and what the session keeps until the answer comes.
type Ceremony struct {
	Options json.RawMessage // {"publicKey": ...}
	State   string
}

// holder is an account as the library sees it.
type holder struct {
	user docket.User
	keys []webauthn.Credential
}

func (h holder) WebAuthnID() []byte                         { return []byte(h.user.ID) }
func (h holder) WebAuthnName() string                       { return h.user.Name }
func (h holder) WebAuthnDisplayName() string                { return h.user.Name }
func (h holder) WebAuthnCredentials() []webauthn.Credential { return h.keys }

// name is the authenticator's word for a key, as stored.
func credentialName(id []byte) string { return base64.RawURLEncoding.EncodeToString(id) }

// holder reads an account that may have passkeys, with its keys.
func (p *Passkeys) holder(ctx context.Context, w docket.Work, user docket.ID) (holder, error) {
	u, err := w.User(ctx, user)
	if err != nil {
		return holder{}, err
	}
	if u.BodyID != "" {
		return holder{}, docket.Refuse(docket.CodeForbidden, docket.KeyForbidden)
	}
	list, err := w.PasskeysOfUser(ctx, user)
	if err != nil {
		return holder{}, err
	}
	h := holder{user: *u}
	for _, k := range list {
		var c webauthn.Credential
		if err := json.Unmarshal(k.Record, &c); err != nil {
			return holder{}, err
		}
		h.keys = append(h.keys, c)
	}
	return h, nil
}

// begin stores the challenge of a ceremony, bound to the session.
func (p *Passkeys) begin(ctx context.Context, session docket.Hash, options any, data *webauthn.SessionData) (*Ceremony, error) {
	if session == "" {
		return nil, docket.Refuse(docket.CodeForbidden, docket.KeyPasskey)
	}
	out, err := json.Marshal(options)
	if err != nil {
		return nil, err
	}
	state, err := json.Marshal(data)
	if err != nil {
		return nil, err
	}
	row := &docket.LoginChallenge{Nonce: hashOf(data.Challenge), Session: session, Expires: p.now().Add(p.time)}
	if err := p.store.InTx(ctx, func(w docket.Work) error { return w.AddChallenge(ctx, row) }); err != nil {
		return nil, err
	}
	return &Ceremony{Options: out, State: string(state)}, nil
}

// resume takes a ceremony up again and consumes its challenge.
func (p *Passkeys) resume(ctx context.Context, session docket.Hash, state string) (data webauthn.SessionData, err error) {
	refused := docket.Refuse(docket.CodeForbidden, docket.KeyPasskey)
	if state == "" || json.Unmarshal([]byte(state), &data) != nil {
		return data, refused
	}
	return data, p.use(ctx, session, data.Challenge, refused)
}

// StartRegistration begins to add a key to an account of the agency's. Keys that it has are named, so that no authenticator makes a second one.
func (p *Passkeys) StartRegistration(ctx context.Context, session docket.Hash, user docket.ID) (*Ceremony, error) {
	var h holder
	err := p.store.Read(ctx, func(w docket.Work) (err error) { h, err = p.holder(ctx, w, user); return err })
	if err != nil {
		return nil, err
	}
	if len(h.keys) >= maxPasskeys {
		return nil, docket.Refuse(docket.CodeConflict, docket.KeyPasskeyMany).With("max", maxPasskeys)
	}
	options, data, err := p.wa.BeginRegistration(h, webauthn.WithExclusions(webauthn.Credentials(h.keys).CredentialDescriptors()))
	if err != nil {
		return nil, err
	}
	return p.begin(ctx, session, options, data)
}

// Register checks the browser's answer and adds the key.
func (p *Passkeys) Register(ctx context.Context, session docket.Hash, user docket.ID, state, name string, answer []byte) (*docket.Passkey, error) {
	name, err := passkeyName(name)
	if err != nil {
		return nil, err
	}
	data, err := p.resume(ctx, session, state)
	if err != nil {
		return nil, err
	}
	refused := docket.Refuse(docket.CodeForbidden, docket.KeyPasskey)
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return nil, refused.Because(err)
	}
	now := p.now()
	key := &docket.Passkey{ID: docket.NewID(now), UserID: user, Name: name, Created: now}
	err = p.store.InTx(ctx, func(w docket.Work) error {
		h, err := p.holder(ctx, w, user)
		if err != nil {
			return err
		}
		c, err := p.wa.CreateCredential(h, data, parsed)
		if err != nil {
			return refused.Because(err)
		}
		key.Credential, key.SignCount = credentialName(c.ID), int64(c.Authenticator.SignCount)
		if key.Record, err = json.Marshal(c); err != nil {
			return err
		}
		if err := w.AddPasskey(ctx, key); err != nil {
			return err
		}
		return w.Audit(ctx, &docket.AuditEntry{ID: docket.NewID(now), At: now, Actor: user, Action: docket.AuditPasskeyAdded, Subject: key.ID})
	})
	if err != nil {
		return nil, err
	}
	return key, nil
}

// StartLogIn begins a log-in: the authenticator says whose key it holds.
func (p *Passkeys) StartLogIn(ctx context.Context, session docket.Hash) (*Ceremony, error) {
	options, data, err := p.wa.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return nil, err
	}
	return p.begin(ctx, session, options, data)
}

// LogIn checks the browser's answer and says whose account is entered. Log-ins and refusals are audited (decisions 21).
func (p *Passkeys) LogIn(ctx context.Context, session docket.Hash, state string, answer []byte) (*docket.User, error) {
	u, detail, err := p.logIn(ctx, session, state, answer)
	if err != nil {
		return nil, p.refused(ctx, err, detail)
	}
	return u, p.entered(ctx, u, detail)
}

// logIn judges; detail names the key for the log, as far as it is known.
func (p *Passkeys) logIn(ctx context.Context, session docket.Hash, state string, answer []byte) (*docket.User, map[string]string, error) {
	data, err := p.resume(ctx, session, state)
	if err != nil {
		return nil, nil, err
	}
	refused := docket.Refuse(docket.CodeForbidden, docket.KeyPasskey)
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return nil, nil, refused.Because(err)
	}
	var key *docket.Passkey
	var h holder
	err = p.store.Read(ctx, func(w docket.Work) (err error) {
		if key, err = w.PasskeyByCredential(ctx, credentialName(parsed.RawID)); err == nil {
			h, err = p.holder(ctx, w, key.UserID)
		}
		return err
	})
	if errors.Is(err, docket.ErrNotFound) {
		return nil, nil, docket.Refuse(docket.CodeForbidden, docket.KeyPasskeyUnknown)
	}
	if err != nil {
		return nil, nil, err
	}
	detail := map[string]string{"passkey": string(key.ID)}
	find := func(_, handle []byte) (webauthn.User, error) {
		if string(handle) != string(key.UserID) {
			return nil, errors.New("the key is another account's")
		}
		return h, nil
	}
	_, c, err := p.wa.ValidatePasskeyLogin(find, data, parsed)
	if err != nil {
		return nil, detail, refused.Because(err)
	}
	if !h.user.Suspended.IsZero() {
		return nil, detail, docket.Refuse(docket.CodeForbidden, docket.KeyLoginSuspended)
	}
	if err := p.used(ctx, key, c); err != nil {
		return nil, detail, err
	}
	return &h.user, detail, nil
}

// used notes the authenticator's counter. One that went back, now or before, lets nobody in: the key may have been copied (WebAuthn, 6.1.1).
func (p *Passkeys) used(ctx context.Context, key *docket.Passkey, c *webauthn.Credential) (err error) {
	key.LastUsed = p.now()
	if c.Authenticator.CloneWarning {
		key.Suspect = p.now()
	} else {
		key.SignCount = int64(c.Authenticator.SignCount)
	}
	if key.Record, err = json.Marshal(c); err != nil {
		return err
	}
	err = p.store.InTx(ctx, func(w docket.Work) error { return w.UpdatePasskey(ctx, key) })
	if errors.Is(err, docket.ErrStale) { // the same counter twice at once
		return docket.Refuse(docket.CodeForbidden, docket.KeyPasskey)
	}
	if err == nil && !key.Suspect.IsZero() {
		return docket.Refuse(docket.CodeForbidden, docket.KeyPasskeySuspect)
	}
	return err
}

// List lists an account's keys, oldest first.
func (p *Passkeys) List(ctx context.Context, user docket.ID) (list []docket.Passkey, err error) {
	err = p.store.Read(ctx, func(w docket.Work) error { list, err = w.PasskeysOfUser(ctx, user); return err })
	return list, err
}

// Rename gives an account's own key another name.
func (p *Passkeys) Rename(ctx context.Context, user, id docket.ID, name string) error {
	name, err := passkeyName(name)
	if err != nil {
		return err
	}
	return p.own(ctx, user, id, docket.AuditPasskeyRenamed, func(w docket.Work, k *docket.Passkey) error {
		k.Name = name
		return w.UpdatePasskey(ctx, k)
	})
}

// Remove removes an account's own key.
func (p *Passkeys) Remove(ctx context.Context, user, id docket.ID) error {
	return p.own(ctx, user, id, docket.AuditPasskeyRemoved, func(w docket.Work, k *docket.Passkey) error { return w.RemovePasskey(ctx, k.ID) })
}

// own does something with a key of the account; another's is not found.
func (p *Passkeys) own(ctx context.Context, user, id docket.ID, action string, do func(docket.Work, *docket.Passkey) error) error {
	now := p.now()
	return p.store.InTx(ctx, func(w docket.Work) error {
		k, err := w.Passkey(ctx, id)
		if err != nil {
			return err
		}
		if k.UserID != user {
			return docket.ErrNotFound
		}
		if err := do(w, k); err != nil {
			return err
		}
		return w.Audit(ctx, &docket.AuditEntry{ID: docket.NewID(now), At: now, Actor: user, Action: action, Subject: id})
	})
}

// passkeyName is the owner's word for a key.
func passkeyName(name string) (string, error) {
	name = strings.Join(strings.Fields(name), " ")
	if name == "" {
		return "", docket.Invalid("passkey_name", docket.KeyRequired)
	}
	if len([]rune(name)) > maxPasskeyName {
		return "", docket.Invalid("passkey_name", docket.KeyTooLong).With("max", maxPasskeyName)
	}
	return name, nil
}
