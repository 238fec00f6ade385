// Package pkcs11 signs with keys that never leave their token or HSM.
//
// # The way of one signature
//
// A [Loader] opens a [Module] (the vendor's library), the module finds a [Token] by label and serial number, the token logs in by a
// [PINSource] and finds a [Key]; the key is a crypto.Signer whose every signature has been verified with its public key before anybody
// sees it. Tokens and keys are named by RFC 7512 URIs ([ParseURI]), never by slot numbers, which change.
//
// # PINs
//
// A wrong PIN can lock a token for good, so a PIN is never tried twice by the program: an attempt is written into an [AttemptJournal]
// before C_Login, and after one wrong PIN of an unattended source no further log-in is tried until a person confirms. A PIN is never
// logged, never printed and never taken from a command line or a URI.
//
// # Sessions and reloading
//
// PKCS#11 log-in belongs to the token, not to the session, and ends with the last session: one root session stays open. Signing borrows a
// session from a bounded pool and owns it alone, because sharing one between threads crashes common libraries. When the library reports
// that the device went away, the module is finalised and initialised again, the token found, logged in by the same rules, and the key
// found again by its identifier.
//
// # The driver process
//
// Everything above the unexported interface driver is pure Go and knows no cgo; driver_cgo.go is the only file that touches the C
// library. With a [Launcher] the library lives in a child process that runs [ServeDriver]: it holds the library and its crashes, the
// parent the PIN rules, the journal and the pool.
//
// The package must not know what is signed, by which rules, or where certificates are judged. Without cgo every Open returns
// [ErrNoCgo].
package pkcs11
