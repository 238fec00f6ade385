//go:build cgo && !unix

package pkcs11

import "errors"

// loginAtPad is made for the systems with dlopen.
func loginAtPad(string, session, uint) error {
	return errors.New("PIN pads are not supported on this system")
}
