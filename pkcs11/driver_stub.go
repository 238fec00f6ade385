//go:build !cgo

package pkcs11

// loadDriver refuses: without cgo there is no way into a vendor's library.
func loadDriver(string) (driver, error) { return nil, ErrNoCgo }
