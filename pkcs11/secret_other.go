//go:build !unix

package pkcs11

// lockedPage gives ordinary memory: this system's locking is not used.
func lockedPage() (page []byte, release func()) { return make([]byte, maxPIN), func() {} }
