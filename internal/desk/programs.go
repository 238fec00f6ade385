package desk

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"mohur/docket"
)

// NewAPIKey is what a person says of a program's key.
type NewAPIKey struct {
	Name    string
	Scopes  []docket.Scope
	Expires time.Time // zero: never
}

// mayKeep refuses whoever may not manage the programs of the agency or of his body: an administrator the agency's, a body's administrator his own
// body's. It returns whose they are. An administrator makes no key of a body: it would open the body's cases to him.
func mayKeep(who docket.Actor) (body docket.ID, err error) {
	switch {
	case who.BodyID != "" && who.Has(docket.RoleBodyAdmin) && who.Program == "":
		return who.BodyID, nil
	case who.BodyID == "" && who.Has(docket.RoleAdmin) && who.Program == "":
		return "", nil
	}
	return "", docket.Refuse(docket.CodeForbidden, docket.KeyForbidden)
}

// MakeAPIKey makes a program's key. The key itself is returned once and stored nowhere.
func (s *Service) MakeAPIKey(ctx context.Context, who docket.Actor, in NewAPIKey) (*docket.APIKey, string, error) {
	body, err := mayKeep(who)
	if err != nil {
		return nil, "", err
	}
	now := s.now()
	if errs := checkAPIKey(&in, body == "", now); len(errs) > 0 {
		return nil, "", errs
	}
	secret := newAPIKey()
	k := &docket.APIKey{
		ID: docket.NewID(now), Name: in.Name, BodyID: body, Person: who.UserID, Scopes: in.Scopes, Secret: hashAPIKey(secret), Hint: secret[:len(docket.APIKeyPrefix)+6],
		Created: now, CreatedBy: who.UserID, Expires: in.Expires,
	}
	err = s.store.InTx(ctx, func(w docket.Work) error {
		if body != "" {
			if err := s.approved(ctx, w, who); err != nil {
				return err
			}
		}
		if err := w.AddAPIKey(ctx, k); err != nil {
			return err
		}
		return s.audit(ctx, w, who, docket.AuditAPIKeyMade, k.ID, "")
	})
	if err != nil {
		return nil, "", err
	}
	return k, secret, nil
}

// checkAPIKey lists every fault at once, and orders the scopes.
func checkAPIKey(in *NewAPIKey, agency bool, now time.Time) docket.Errors {
	var errs docket.Errors
	in.Name = strings.TrimSpace(in.Name)
	switch {
	case in.Name == "":
		errs = append(errs, docket.Invalid("name", docket.KeyRequired))
	case utf8.RuneCountInString(in.Name) > 100:
		errs = append(errs, docket.Invalid("name", docket.KeyTooLong).With("max", 100))
	}
	known := docket.Scopes(agency)
	slices.Sort(in.Scopes)
	in.Scopes = slices.Compact(in.Scopes)
	switch {
	case len(in.Scopes) == 0:
		errs = append(errs, docket.Invalid("scopes", docket.KeyRequired))
	case slices.ContainsFunc(in.Scopes, func(s docket.Scope) bool { return !slices.Contains(known, s) }):
		errs = append(errs, docket.Invalid("scopes", docket.KeyScope))
	}
	if !in.Expires.IsZero() && !in.Expires.After(now) {
		errs = append(errs, docket.Invalid("expires", docket.KeyDate))
	}
	return errs
}

// newAPIKey makes a key: the prefix and 256 random bits.
func newAPIKey() string {
	var b [32]byte
	_, _ = rand.Read(b[:])
	return docket.APIKeyPrefix + base64.RawURLEncoding.EncodeToString(b[:])
}

// hashAPIKey is what is stored of a key. With 256 random bits nobody guesses it, so that a slow hash would only cost time.
func hashAPIKey(key string) docket.Hash { return docket.HashOf(sha256.Sum256([]byte(key))) }

// APIKeys lists the keys of the agency's programs, or of the actor's body.
func (s *Service) APIKeys(ctx context.Context, who docket.Actor) (list []docket.APIKey, err error) {
	body, err := mayKeep(who)
	if err != nil {
		return nil, err
	}
	err = s.store.Read(ctx, func(w docket.Work) error { list, err = w.APIKeysOf(ctx, body); return err })
	return list, err
}

// RevokeAPIKey ends a key at once.
func (s *Service) RevokeAPIKey(ctx context.Context, who docket.Actor, id docket.ID) error {
	body, err := mayKeep(who)
	if err != nil {
		return err
	}
	return s.store.InTx(ctx, func(w docket.Work) error {
		k, err := w.APIKey(ctx, id)
		if err != nil {
			return err
		}
		if k.BodyID != body {
			return docket.ErrNotFound
		}
		if err := w.RevokeAPIKey(ctx, id, who.UserID, s.now()); err != nil {
			return err
		}
		return s.audit(ctx, w, who, docket.AuditAPIKeyRevoked, id, "")
	})
}

// Program is a program that is known: who it acts as, and what it may.
type Program struct {
	ID     string // "key ID" or "client NAME"
	Actor  docket.Actor
	Scopes []docket.Scope
}

// May says whether the program has the scope.
func (p *Program) May(s docket.Scope) bool { return slices.Contains(p.Scopes, s) }

// ProgramByKey finds the program of an API key. Unknown, ended and revoked keys look the same: ErrNotFound.
func (s *Service) ProgramByKey(ctx context.Context, key string) (*Program, error) {
	if !strings.HasPrefix(key, docket.APIKeyPrefix) {
		return nil, docket.ErrNotFound
	}
	var k *docket.APIKey
	var p *Program
	err := s.store.Read(ctx, func(w docket.Work) (err error) {
		if k, err = w.APIKeyBySecret(ctx, hashAPIKey(key)); err != nil {
			return err
		}
		if !k.InForce(s.now()) {
			return docket.ErrNotFound
		}
		p, err = s.program(ctx, w, "key "+string(k.ID), k.Name, k.Person, k.Scopes)
		return err
	})
	if err != nil {
		return nil, err
	}
	if s.now().Sub(k.Used) >= time.Minute {
		err = s.store.InTx(ctx, func(w docket.Work) error { return w.UsedAPIKey(ctx, k.ID, s.now()) })
	}
	return p, err
}

// ClientTerms are what the configuration says of a client that acts in the office.
type ClientTerms struct {
	Name   string
	VOEN   string // of the body whose program it is; empty: the agency's
	FIN    string // of the body's responsible person in whose name it acts
	Scopes []docket.Scope
}

// ProgramByClient finds the program of a client of the configuration.
func (s *Service) ProgramByClient(ctx context.Context, t ClientTerms) (p *Program, err error) {
	err = s.store.Read(ctx, func(w docket.Work) error {
		var person docket.ID
		if t.VOEN != "" {
			b, err := w.BodyByVOEN(ctx, t.VOEN)
			if err != nil {
				return err
			}
			u, err := w.UserByFIN(ctx, t.FIN, b.ID)
			if err != nil {
				return err
			}
			person = u.ID
		}
		p, err = s.program(ctx, w, "client "+t.Name, t.Name, person, t.Scopes)
		return err
	})
	return p, err
}

// program makes the actor that a program is: it stands for its body, or for the agency with no more roles than its scopes ask for. A record that it
// sends is signed by a person all the same: one of the body's responsible persons (S1-12).
func (s *Service) program(ctx context.Context, w docket.Work, id, name string, person docket.ID, scopes []docket.Scope) (*Program, error) {
	var who docket.Actor
	var err error
	if person != "" { // a client of the agency acts for nobody
		who, err = s.actor(ctx, w, person)
	}
	if err != nil {
		return nil, err
	}
	who.Program, who.ProgramName = id, name
	known := docket.Scopes(who.BodyID == "")
	p := &Program{ID: id, Scopes: slices.DeleteFunc(slices.Clone(scopes), func(x docket.Scope) bool { return !slices.Contains(known, x) })}
	if who.BodyID != "" {
		if !who.OfBody() {
			return nil, docket.ErrNotFound // the person in whose name it acts does not stand for the body any more
		}
		who.Roles = []docket.Role{docket.RoleRepresentative}
		who.Signers, err = s.signers(ctx, w, who.BodyID)
	} else { // nobody's account, nobody's delegations: where persons are named for a labelled case, no program is meant
		who = docket.Actor{UserID: docket.ID(id), Name: name, Program: id, Roles: rolesOf(p)}
	}
	if err != nil {
		return nil, err
	}
	p.Actor = who
	return p, nil
}

// rolesOf are the roles by which the agency's verbs let a program do what its scopes say.
func rolesOf(p *Program) []docket.Role {
	var roles []docket.Role
	for _, x := range p.Scopes {
		r := docket.RoleCoordinator
		if x == docket.ScopeRegistrationsRead {
			r = docket.RoleRegistrar
		}
		if !slices.Contains(roles, r) {
			roles = append(roles, r)
		}
	}
	slices.Sort(roles)
	return roles
}

// signers are the FİN of a body's responsible persons, who may sign what its programs send.
func (s *Service) signers(ctx context.Context, w docket.Work, body docket.ID) ([]string, error) {
	users, err := w.UsersOfBody(ctx, body)
	if err != nil {
		return nil, err
	}
	var fins []string
	for _, u := range users {
		if u.FIN != "" && slices.ContainsFunc(u.Roles, func(r docket.Role) bool { return r == docket.RoleBodyAdmin || r == docket.RoleRepresentative }) {
			fins = append(fins, u.FIN)
		}
	}
	return fins, nil
}
