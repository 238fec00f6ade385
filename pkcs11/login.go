package pkcs11

import (
	"context"
	"errors"
)

// promptTries is how often a person is asked for one log-in. The token's own counter, checked before each try, may end it earlier.
const promptTries = 3

// login logs the connection in, once. The caller holds the token's lock and is inside the module's gate.
func (t *Token) login(ctx context.Context, c *connection) error {
	if c.loggedIn {
		return nil
	}
	info, err := t.m.drv.tokenInfo(c.slot)
	if err != nil {
		return fail(ErrDevice, c.info.name(), "", err)
	}
	if !info.Flags.Has(FlagLoginRequired) {
		c.loggedIn = true
		return nil
	}
	err = t.withPIN(ctx, c.slot, "", func(pin PIN) error {
		return pin.reveal(func(secret []byte) error { return t.m.drv.login(c.root, userNormal, secret) })
	})
	c.loggedIn = err == nil
	return err
}

// withPIN asks the source for a PIN and hands it to do, by the rules: never when one wrong PIN would lock the token, recorded before it is
// tried, and again only when a person answers. key is set for a log-in that belongs to one signature.
func (t *Token) withPIN(ctx context.Context, slot uint, key string, do func(PIN) error) error {
	for try := 1; ; try++ {
		info, err := t.m.drv.tokenInfo(slot)
		if err != nil {
			return fail(ErrDevice, t.info.name(), "", err)
		}
		if err := readyForPIN(info, t.opt.PIN); err != nil {
			return err
		}
		pad := info.Flags.Has(FlagPINPad)
		pin, version, err := t.opt.PIN.PIN(ctx, PINRequest{Token: info, Key: key, Retry: try > 1, AtReader: pad})
		if err != nil {
			return err
		}
		switch {
		case pad:
			pin = NewPIN(nil)
		case pin.empty(): // to the library an empty PIN means a reader
			return fail(ErrPINSource, t.opt.PIN.Name(), "the PIN is empty", nil)
		}
		err = t.attempt(ctx, info, key, version, func() error { return do(pin) })
		pin.wipe()
		if !errors.Is(err, ErrPINIncorrect) || !t.opt.PIN.Attended() || try == promptTries {
			return err
		}
	}
}

// readyForPIN says why no PIN may be tried on a token now.
func readyForPIN(info TokenInfo, source PINSource) error {
	switch {
	case !info.Flags.Has(FlagPINSet):
		return fail(ErrTokenPINUnset, info.name(), "", nil)
	case info.Flags.Has(FlagPINLocked):
		return fail(ErrPINLocked, info.name(), "", nil)
	case info.Flags.Has(FlagPINFinalTry):
		return fail(ErrPINFinalTry, info.name(), "", nil)
	case info.Flags.Has(FlagPINPad) && (source == nil || !source.Attended()):
		return fail(ErrPINPad, info.name(), "", nil)
	case source == nil:
		return fail(ErrPINRequired, info.name(), "", nil)
	}
	return nil
}

// attempt records an attempt, makes it, and records its outcome, all under the journal's lock. An unattended source is stopped here.
func (t *Token) attempt(ctx context.Context, info TokenInfo, key, version string, do func() error) error {
	entry, err := t.opt.Journal.Begin(ctx, journalKey(info))
	if err != nil {
		return fail(ErrPINSource, "the attempt journal", "", err)
	}
	err = t.attemptLocked(entry, info, key, version, do)
	if closing := entry.Close(); closing != nil {
		err = errors.Join(err, fail(ErrPINSource, "the attempt journal", "", closing))
	}
	return err
}

func (t *Token) attemptLocked(entry JournalEntry, info TokenInfo, key, version string, do func() error) error {
	a := Attempt{Source: t.opt.PIN.Name(), Version: version, Attended: t.opt.PIN.Attended(), Outcome: OutcomeUnknown}
	if key != "" {
		a.Source += " for a signature" // some tokens have a second PIN for it
	}
	if t.m.opt.Now != nil {
		a.At = t.m.opt.Now().UTC()
	}
	if !a.Attended && stopped(entry.Attempts(), a, info.Flags) {
		return fail(ErrPINSuspect, info.name(), "", nil)
	}
	for _, old := range entry.Attempts() {
		if old.Source == a.Source {
			a.Good = old.Good
		}
	}
	if err := entry.Record(a); err != nil {
		return fail(ErrPINSource, "the attempt journal", "no PIN is tried that can't be recorded", err)
	}
	err := do()
	err = t.judge(&a, info, err)
	if recording := entry.Record(a); recording != nil {
		err = errors.Join(err, fail(ErrPINSource, "the attempt journal", "", recording))
	}
	return err
}

// judge turns the library's answer to a log-in into an outcome and an error.
func (t *Token) judge(a *Attempt, info TokenInfo, err error) error {
	switch {
	case err == nil:
		a.Outcome, a.Good = OutcomeGood, a.Version
		return nil
	case returned(err, rvAlreadyLoggedIn):
		a.Outcome = OutcomeUnneeded
		return nil
	case untried(err):
		a.Outcome = OutcomeUnneeded
	case returned(err, rvPINIncorrect), returned(err, rvPINLenRange):
		a.Outcome = OutcomeWrong
		return fail(ErrPINIncorrect, info.name(), "", err)
	case returned(err, rvPINLocked):
		a.Outcome = OutcomeWrong
		return fail(ErrPINLocked, info.name(), "", err)
	case returned(err, rvPINNotInitialized):
		a.Outcome = OutcomeUnneeded
		return fail(ErrTokenPINUnset, info.name(), "", err)
	}
	return fail(ErrDevice, info.name(), "", err)
}

// stopped says whether an unattended source must wait for a person: after a wrong PIN of its own, after a wrong PIN of another unattended
// source, and after an attempt whose outcome nobody recorded, unless the token says that its counter is untouched and this very version
// of the secret has logged in before.
func stopped(attempts []Attempt, now Attempt, flags TokenFlags) bool {
	for _, a := range attempts {
		if a.Attended {
			continue
		}
		switch a.Outcome {
		case OutcomeWrong:
			return true
		case OutcomeUnknown:
			proven := a.Source == now.Source && now.Version != "" && a.Good == now.Version && a.Version == now.Version
			if !proven || flags.Has(FlagPINCountLow) {
				return true
			}
		}
	}
	return false
}
