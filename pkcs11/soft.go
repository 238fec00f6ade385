package pkcs11

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// KnownModule is a PKCS#11 library that is found in practice, with the places where its installer puts it.
type KnownModule struct {
	Name  string
	Paths []string
}

// KnownModules lists libraries to look for when nobody names one. Which tokens the national issuers hand out changes: a module that is not
// here is named by its path.
func KnownModules() []KnownModule {
	if runtime.GOOS == "windows" {
		return windowsModules()
	}
	return []KnownModule{
		{"SoftHSM2", softHSMPaths()},
		{"SafeNet / Thales eToken", []string{"/usr/lib/libeToken.so", "/usr/lib64/libeToken.so", "/usr/lib/libeTPkcs11.so", "/usr/local/lib/libeTPkcs11.dylib"}},
		{"SafeNet / Thales IDPrime", []string{"/usr/lib/libIDPrimePKCS11.so", "/usr/lib64/libIDPrimePKCS11.so"}},
		{"Gemalto Classic Client", []string{"/usr/lib/pkcs11/libgclib.so", "/usr/lib/ClassicClient/libgclib.so"}},
		{"Bit4id", []string{"/usr/lib/bit4id/libbit4xpki.so", "/usr/lib/libbit4xpki.so"}},
		{"Feitian ePass", []string{"/usr/lib/libcastle.so.1.0.0", "/usr/lib/libshuttle_p11v220.so.1.0.0"}},
		{"OpenSC", []string{
			"/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so", "/usr/lib/aarch64-linux-gnu/opensc-pkcs11.so", "/usr/lib64/opensc-pkcs11.so",
			"/usr/lib/opensc-pkcs11.so", "/Library/OpenSC/lib/opensc-pkcs11.so",
		}},
	}
}

func windowsModules() []KnownModule {
	system := filepath.Join(os.Getenv("SystemRoot"), "System32")
	return []KnownModule{
		{"SafeNet / Thales eToken", []string{filepath.Join(system, "eTPKCS11.dll")}},
		{"Gemalto Classic Client", []string{filepath.Join(system, "gclib.dll")}},
		{"Bit4id", []string{filepath.Join(system, "bit4xpki.dll")}},
		{"Feitian ePass", []string{filepath.Join(system, "eps2003csp11.dll")}},
		{"OpenSC", []string{filepath.Join(system, "opensc-pkcs11.dll")}},
	}
}

func softHSMPaths() []string {
	return []string{
		"/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so", "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
		"/usr/lib64/pkcs11/libsofthsm2.so", "/usr/lib64/libsofthsm2.so", "/usr/local/lib/softhsm/libsofthsm2.so", "/opt/homebrew/lib/softhsm/libsofthsm2.so",
	}
}

// Find returns the first of the module's paths that exists.
func (k KnownModule) Find() (string, bool) {
	for _, p := range k.Paths {
		if info, err := os.Stat(p); err == nil && info.Mode().IsRegular() {
			return p, true
		}
	}
	return "", false
}

// SoftHSM returns the path of the SoftHSM2 library.
func SoftHSM() (string, error) {
	path, ok := KnownModule{Paths: softHSMPaths()}.Find()
	if !ok {
		return "", fail(ErrModuleNotFound, softHSMPaths()[0], "install SoftHSM2; Debian's package is called softhsm2", nil)
	}
	return path, nil
}

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
