package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"slices"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
)

// door is what every way in shares: one-time challenges bound to a browser session, the accounts of a person, the choice between them, and the
// entries of the audit log.
type door struct {
	store  docket.Store
	clock  func() time.Time
	time   time.Duration // for a challenge to come back
	choice time.Duration // to choose between accounts
	by     string        // for the log: "certificate", "portal", "passkey"
}

func (d *door) now() time.Time { return d.clock().UTC() }

func hashOf(s string) docket.Hash { return docket.HashOf(sha256.Sum256([]byte(s))) }

// challenge makes a nonce of 256 random bits for one log-in from one browser session. Only its hash is stored.
func (d *door) challenge(ctx context.Context, session docket.Hash, enc *base64.Encoding) (nonce string, err error) {
	if session == "" {
		return "", docket.Refuse(docket.CodeForbidden, docket.KeyLoginToken)
	}
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the program first
	nonce = enc.EncodeToString(b[:])
	row := &docket.LoginChallenge{Nonce: hashOf(nonce), Session: session, Expires: d.now().Add(d.time)}
	if err := d.store.InTx(ctx, func(w docket.Work) error { return w.AddChallenge(ctx, row) }); err != nil {
		return "", err
	}
	return nonce, nil
}

// use consumes a nonce that was given to this session; refusal is what an unknown, lapsed or used one gets, which look the same.
func (d *door) use(ctx context.Context, session docket.Hash, nonce string, refusal *docket.Error) error {
	err := d.store.InTx(ctx, func(w docket.Work) error { return w.UseChallenge(ctx, hashOf(nonce), session, d.now()) })
	if errors.Is(err, docket.ErrNotFound) {
		return refusal
	}
	return err
}

// Account is one that a person may enter.
type Account struct {
	User docket.User
	Body string // name of the body, empty for the agency
}

// admit lets a person in who proved who he is with this nonce: one account is entered at once, of several one has to be chosen with Choose.
func (d *door) admit(ctx context.Context, nonce string, accounts []Account, detail map[string]string) error {
	if len(accounts) == 1 {
		return d.entered(ctx, &accounts[0].User, detail)
	}
	users := make([]docket.ID, len(accounts))
	for i := range accounts {
		users[i] = accounts[i].User.ID
	}
	return d.store.InTx(ctx, func(w docket.Work) error { return w.OfferAccounts(ctx, hashOf(nonce), users, d.now().Add(d.choice)) })
}

// accountsOf are those of the person with this code that may be entered. None at all is refused as unknown, suspended ones only as suspended.
func (d *door) accountsOf(ctx context.Context, fin string, unknown *docket.Error) ([]Account, error) {
	return d.accounts(ctx, unknown, func(w docket.Work) ([]docket.User, error) { return w.UsersByFIN(ctx, fin) })
}

// accounts reads accounts with the names of their bodies and leaves suspended ones out.
func (d *door) accounts(ctx context.Context, none *docket.Error, find func(docket.Work) ([]docket.User, error)) (out []Account, err error) {
	suspended := false
	err = d.store.Read(ctx, func(w docket.Work) error {
		out, suspended = nil, false
		users, err := find(w)
		if err != nil {
			return err
		}
		for _, u := range users {
			if !u.LetsIn(calendar.DateOf(d.now())) {
				suspended = true
				continue
			}
			a := Account{User: u}
			if u.BodyID != "" {
				b, err := w.Body(ctx, u.BodyID)
				if err != nil {
					return err
				}
				a.Body = b.Name
			}
			out = append(out, a)
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case len(out) == 0 && suspended:
		return nil, docket.Refuse(docket.CodeForbidden, docket.KeyLoginSuspended)
	case len(out) == 0:
		return nil, none
	}
	return out, nil
}

// Offered lists the accounts between which the person of this session may choose now; none if the time is over.
func (d *door) Offered(ctx context.Context, session docket.Hash) ([]Account, error) {
	accounts, err := d.accounts(ctx, docket.ErrNotFound, func(w docket.Work) (out []docket.User, err error) {
		o, err := w.OfferedAccounts(ctx, session, d.now())
		if err != nil {
			return nil, err
		}
		for _, id := range o.Users {
			u, err := w.User(ctx, id)
			if err != nil {
				return nil, err
			}
			out = append(out, *u)
		}
		return out, nil
	})
	if errors.Is(err, docket.ErrNotFound) {
		return nil, nil
	}
	return accounts, err
}

// Choose enters one of the accounts that were offered to this session, once.
func (d *door) Choose(ctx context.Context, session docket.Hash, user docket.ID) (*docket.User, error) {
	var chosen *docket.User
	err := d.store.InTx(ctx, func(w docket.Work) error {
		now := d.now()
		o, err := w.OfferedAccounts(ctx, session, now)
		if err != nil {
			return err
		}
		if !slices.Contains(o.Users, user) {
			return docket.ErrNotFound
		}
		if err := w.TakeOffer(ctx, o.Nonce, session, now); err != nil {
			return err
		}
		chosen, err = w.User(ctx, user)
		if err == nil && !chosen.LetsIn(calendar.DateOf(now)) {
			return docket.Refuse(docket.CodeForbidden, docket.KeyLoginSuspended)
		}
		return err
	})
	if errors.Is(err, docket.ErrNotFound) {
		err = docket.Refuse(docket.CodeForbidden, docket.KeyLoginChoice)
	}
	if err != nil {
		return nil, d.refused(ctx, err, nil)
	}
	return chosen, d.entered(ctx, chosen, map[string]string{"chosen": "yes"})
}

// entered writes the entry of a log-in in a transaction of its own (decisions 21). Nobody comes in without it.
func (d *door) entered(ctx context.Context, u *docket.User, detail map[string]string) error {
	u.LastLogIn = d.now()
	return d.audit(ctx, docket.AuditLogIn, u.ID, detail, func(w docket.Work) error { return w.NoteLogIn(ctx, u) })
}

// refused writes the entry of a refusal and returns the refusal.
func (d *door) refused(ctx context.Context, cause error, detail map[string]string) error {
	with := map[string]string{"key": docket.KeyOf(cause)}
	for k, v := range detail {
		with[k] = v
	}
	return errors.Join(cause, d.audit(context.WithoutCancel(ctx), docket.AuditLogInRefused, "", with, nil))
}

// audit writes an entry, and what belongs to it, in one transaction.
func (d *door) audit(ctx context.Context, action string, user docket.ID, detail map[string]string, also func(docket.Work) error) error {
	with := map[string]string{"by": d.by}
	for k, v := range detail {
		if v != "" {
			with[k] = v
		}
	}
	now := d.now()
	return d.store.InTx(ctx, func(w docket.Work) error {
		if also != nil {
			if err := also(w); err != nil {
				return err
			}
		}
		return w.Audit(ctx, &docket.AuditEntry{ID: docket.NewID(now), At: now, Actor: user, Action: action, Subject: user, Detail: with})
	})
}

// RemoveExpired removes challenges that lapsed; for a job.
func (d *door) RemoveExpired(ctx context.Context) error {
	return d.store.InTx(ctx, func(w docket.Work) error { _, err := w.RemoveChallenges(ctx, d.now()); return err })
}
