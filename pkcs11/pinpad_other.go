//go:build cgo && !unix

package pkcs11

import (
	"errors"
	"unsafe"
)

// loginAtPad is made for the systems with dlopen.
func loginAtPad(unsafe.Pointer, session, uint) error {
	return errors.New("PIN pads are not supported on this system")
}
