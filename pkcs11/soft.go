package pkcs11

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// UseSoftHSM makes a folder for SoftHSM2 tokens, writes softhsm2.conf into it and points the process's environment there (SOFTHSM2_CONF).
// The library reads it when it is initialised, so it must happen before Open, and holds for the whole process. It is for demonstrations and
// tests; keys in such a folder are as safe as its files.
func UseSoftHSM(dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return fail(ErrModuleUnusable, dir, "", err)
	}
	if strings.ContainsAny(dir, "\n\r") {
		return fail(ErrModuleUnusable, quote(dir), "the folder's name can't stand in softhsm2.conf", nil)
	}
	tokens, conf := filepath.Join(dir, "tokens"), filepath.Join(dir, "softhsm2.conf")
	if err := os.MkdirAll(tokens, 0o700); err != nil {
		return fail(ErrModuleUnusable, dir, "", err)
	}
	text := fmt.Sprintf("directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\nslots.removable = false\n", tokens)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		return fail(ErrModuleUnusable, dir, "", err)
	}
	if err := os.Setenv("SOFTHSM2_CONF", conf); err != nil {
		return fail(ErrModuleUnusable, dir, "", err)
	}
	return nil
}

// InitToken initialises a token in a slot that has none yet, and sets its user PIN. It never touches an initialised token, and refuses a
// label that is taken.
func (m *Module) InitToken(ctx context.Context, label string, soPIN, userPIN PIN) (TokenInfo, error) {
	if label == "" || len(label) > 32 {
		return TokenInfo{}, fail(ErrNoToken, quote(label), "a label has 1 to 32 bytes", nil)
	}
	_, leave, err := m.enter(ctx)
	if err != nil {
		return TokenInfo{}, err
	}
	defer leave()
	slot, err := m.freeSlot(label)
	if err != nil {
		return TokenInfo{}, err
	}
	if err := soPIN.reveal(func(secret []byte) error { return m.drv.initToken(slot, secret, label) }); err != nil {
		return TokenInfo{}, fail(ErrDevice, quote(label), "initialising", err)
	}
	// SoftHSM2 gives the token a new slot number at the next look at the slots, so its PIN is set before that.
	if err := m.setUserPIN(slot, soPIN, userPIN); err != nil {
		return TokenInfo{}, fail(ErrDevice, quote(label), "setting the user PIN", err)
	}
	_, info, err := m.locate(URI{Token: label})
	return info, err
}

// freeSlot finds a slot whose token awaits initialisation, and makes sure that the label is new.
func (m *Module) freeSlot(label string) (uint, error) {
	ids, err := m.drv.slots()
	if err != nil {
		return 0, fail(ErrDevice, m.path, "", err)
	}
	var free []uint
	for _, id := range ids {
		t, err := m.drv.tokenInfo(id)
		switch {
		case err != nil:
		case !t.Flags.Has(FlagInitialized):
			free = append(free, id)
		case t.Label == label:
			return 0, fail(ErrTokenAmbiguous, URI{Token: label}.String(), "there is a token with this label already", nil)
		}
	}
	if len(free) == 0 {
		return 0, fail(ErrNoToken, m.path, "no slot holds a token that awaits initialisation", nil)
	}
	return free[0], nil
}

// setUserPIN sets the user's PIN as the security officer.
func (m *Module) setUserPIN(slot uint, soPIN, userPIN PIN) error {
	s, err := m.drv.openSession(slot, true)
	if err != nil {
		return err
	}
	err = soPIN.reveal(func(secret []byte) error { return m.drv.login(s, userSO, secret) })
	if err == nil {
		err = userPIN.reveal(func(secret []byte) error { return m.drv.initPIN(s, secret) })
	}
	if closing := m.drv.closeSession(s); err == nil {
		err = closing
	}
	return err
}
