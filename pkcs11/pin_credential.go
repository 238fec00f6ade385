package pkcs11

import (
	"context"
	"os"
	"path/filepath"
	"strings"
)

// credentials names the folder that systemd makes for a service's credentials (systemd.exec(5), LoadCredential=).
const credentials = "CREDENTIALS_DIRECTORY"

// CredentialPIN reads the PIN from the first line of a systemd credential of this name, anew for each log-in. Folder and file must belong to the user
// who runs the program or to root, and nobody else may get at them.
type CredentialPIN string

// Name implements PINSource.
func (c CredentialPIN) Name() string { return "credential:" + string(c) }

// Attended implements PINSource.
func (c CredentialPIN) Attended() bool { return false }

// PIN implements PINSource. systemd makes the file anew at each start, so a version has never logged in before it: an attempt during which the machine
// failed needs a person.
func (c CredentialPIN) PIN(context.Context, PINRequest) (PIN, string, error) {
	path, why := c.path(os.Getenv(credentials))
	if why != "" {
		return PIN{}, "", fail(ErrPINSource, c.Name(), why, nil)
	}
	return readPIN(path, c.Name(), unsafeCredential)
}

// path is where the credential lies, or why it can't be read from there.
func (c CredentialPIN) path(dir string) (path, why string) {
	name := string(c)
	switch {
	case name == "" || name == "." || name == ".." || len(name) > 255 || strings.ContainsAny(name, "/\\\x00:"):
		return "", "that is no credential's name"
	case dir == "":
		return "", "$" + credentials + " is not set: the unit needs LoadCredential=" + name + ":/path or LoadCredentialEncrypted=, and must start the program itself"
	case !filepath.IsAbs(dir):
		return "", "$" + credentials + " is no absolute path"
	}
	info, err := os.Stat(dir)
	if err != nil {
		return "", "the folder in $" + credentials + " is not there"
	}
	if why := unsafeFolder(info); why != "" {
		return "", "the folder in $" + credentials + ": " + why
	}
	return filepath.Join(dir, name), ""
}
