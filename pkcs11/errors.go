package pkcs11

import (
	"errors"
	"fmt"
	"strings"
	"sync"
)

// Code says what went wrong, for errors.Is; the texts people read are made by [Error].
type Code string

// Error returns the code itself.
func (c Code) Error() string { return "pkcs11: " + string(c) }

// What can go wrong.
const (
	ErrNoCgo          Code = "no-cgo"           // built without cgo
	ErrURI            Code = "uri"              // not a usable PKCS#11 URI
	ErrModuleNotFound Code = "module-not-found" // no file at the module's path
	ErrModuleUnusable Code = "module-unusable"  // the file is no PKCS#11 library, or doesn't initialise
	ErrModuleInUse    Code = "module-in-use"    // initialised by another part of this process
	ErrNoToken        Code = "no-token"         // no token matches
	ErrTokenAmbiguous Code = "token-ambiguous"  // several match
	ErrTokenRemoved   Code = "token-removed"    // the device went away and did not come back
	ErrTokenPINUnset  Code = "token-pin-unset"  // the token has no user PIN yet
	ErrKeyNotFound    Code = "key-not-found"
	ErrKeyAmbiguous   Code = "key-ambiguous"
	ErrKeyUnusable    Code = "key-unusable" // of a kind that can't sign here, or whose public key can't be had
	ErrMechanism      Code = "mechanism"    // the token doesn't offer what the signature needs
	ErrPINRequired    Code = "pin-required" // no PIN source
	ErrPINSource      Code = "pin-source"   // the source gives no PIN: missing file, wrong permissions
	ErrPINIncorrect   Code = "pin-incorrect"
	ErrPINSuspect     Code = "pin-suspect"   // an earlier PIN was wrong, or its outcome is unknown; a person must confirm
	ErrPINFinalTry    Code = "pin-final-try" // one more wrong PIN would lock the token
	ErrPINLocked      Code = "pin-locked"
	ErrPINPad         Code = "pin-pad"       // the PIN is typed on the reader, and nobody is there to do it
	ErrBadSignature   Code = "bad-signature" // the token's signature does not verify
	ErrTimeout        Code = "timeout"       // the token did not answer in time
	ErrClosed         Code = "closed"
	ErrDevice         Code = "device" // anything else the library reported
)

// Error is what every function of this package returns: a code, what it is about, and the cause.
type Error struct {
	Code    Code
	Subject string // the module's path, the token's or the key's name
	Detail  string // what helps a person, may be empty
	Err     error  // the cause: usually a ReturnValue
}

// sentences are the texts for people; %s is the subject.
var sentences = sync.OnceValue(func() map[Code]string {
	return map[Code]string{
		ErrNoCgo:          "this build can't use tokens: it was made without cgo",
		ErrURI:            "%s is not a usable PKCS#11 URI",
		ErrModuleNotFound: "there is no PKCS#11 module at %s",
		ErrModuleUnusable: "%s could not be loaded as a PKCS#11 module",
		ErrModuleInUse:    "%s is already in use by another part of this program",
		ErrNoToken:        "no token matches %s",
		ErrTokenAmbiguous: "several tokens match %s: name the serial number too",
		ErrTokenRemoved:   "the token %s does not answer: it was removed, or its driver failed",
		ErrTokenPINUnset:  "the token %s has no user PIN yet",
		ErrKeyNotFound:    "there is no private key %s on the token",
		ErrKeyAmbiguous:   "several private keys match %s: name the id too",
		ErrKeyUnusable:    "the key %s can't be used for signing",
		ErrMechanism:      "the token can't make the signature that was asked for with %s",
		ErrPINRequired:    "the token %s wants a PIN and no PIN source was given",
		ErrPINSource:      "%s gives no PIN",
		ErrPINIncorrect:   "the PIN for the token %s is wrong; it will not be tried again",
		ErrPINSuspect:     "the PIN for the token %s was wrong earlier, or how the attempt ended is unknown: nothing is tried until a person confirms",
		ErrPINFinalTry:    "the token %s has one try left before it locks: no PIN is tried",
		ErrPINLocked:      "the PIN of the token %s is locked: its security officer must unlock it",
		ErrPINPad:         "the token %s takes its PIN on the reader's own keys: it can't work without a person",
		ErrBadSignature:   "the token made a signature with %s that does not verify; it was thrown away",
		ErrTimeout:        "the token did not answer in time while signing with %s",
		ErrClosed:         "%s is closed",
		ErrDevice:         "the token %s reported an error",
	}
})

// Error is one clear sentence, with the detail and the library's own code where there is one.
func (e *Error) Error() string {
	text := sentences()[e.Code]
	if strings.Contains(text, "%s") {
		text = fmt.Sprintf(text, e.Subject)
	}
	if e.Detail != "" {
		text += " (" + e.Detail + ")"
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is compares codes, so that errors.Is(err, ErrPINIncorrect) works.
func (e *Error) Is(target error) bool {
	code, ok := target.(Code)
	return ok && code == e.Code
}

// fail builds an error.
func fail(code Code, subject, detail string, cause error) error {
	return &Error{Code: code, Subject: subject, Detail: detail, Err: cause}
}

// ReturnValue is a CK_RV, the error number of a PKCS#11 function.
type ReturnValue uint

// The return values that decide something here (PKCS #11 v3.1, 5.1).
const (
	rvSlotInvalid        ReturnValue = 0x03
	rvGeneralError       ReturnValue = 0x05
	rvAttributeType      ReturnValue = 0x12
	rvDeviceError        ReturnValue = 0x30
	rvDeviceRemoved      ReturnValue = 0x32
	rvMechanismInvalid   ReturnValue = 0x70
	rvMechanismParam     ReturnValue = 0x71
	rvObjectHandle       ReturnValue = 0x82
	rvPINIncorrect       ReturnValue = 0xA0
	rvPINLenRange        ReturnValue = 0xA2
	rvPINLocked          ReturnValue = 0xA4
	rvSessionClosed      ReturnValue = 0xB0
	rvSessionCount       ReturnValue = 0xB1
	rvSessionHandle      ReturnValue = 0xB3
	rvTokenNotPresent    ReturnValue = 0xE0
	rvTokenNotRecognized ReturnValue = 0xE1
	rvAlreadyLoggedIn    ReturnValue = 0x100
	rvNotLoggedIn        ReturnValue = 0x101
	rvPINNotInitialized  ReturnValue = 0x102
	rvNotInitialized     ReturnValue = 0x190
	rvAlreadyInitialized ReturnValue = 0x191
)

// returnNames are the names of the values that turn up in practice.
var returnNames = sync.OnceValue(func() map[ReturnValue]string {
	return map[ReturnValue]string{
		0x02: "CKR_HOST_MEMORY", rvSlotInvalid: "CKR_SLOT_ID_INVALID", rvGeneralError: "CKR_GENERAL_ERROR", 0x06: "CKR_FUNCTION_FAILED",
		0x07: "CKR_ARGUMENTS_BAD", 0x10: "CKR_ATTRIBUTE_READ_ONLY", 0x11: "CKR_ATTRIBUTE_SENSITIVE", rvAttributeType: "CKR_ATTRIBUTE_TYPE_INVALID",
		0x13: "CKR_ATTRIBUTE_VALUE_INVALID", 0x20: "CKR_DATA_INVALID", 0x21: "CKR_DATA_LEN_RANGE", rvDeviceError: "CKR_DEVICE_ERROR",
		0x31: "CKR_DEVICE_MEMORY", rvDeviceRemoved: "CKR_DEVICE_REMOVED", 0x50: "CKR_FUNCTION_CANCELED", 0x54: "CKR_FUNCTION_NOT_SUPPORTED",
		0x60: "CKR_KEY_HANDLE_INVALID", 0x62: "CKR_KEY_SIZE_RANGE", 0x63: "CKR_KEY_TYPE_INCONSISTENT", 0x68: "CKR_KEY_FUNCTION_NOT_PERMITTED",
		rvMechanismInvalid: "CKR_MECHANISM_INVALID", rvMechanismParam: "CKR_MECHANISM_PARAM_INVALID", rvObjectHandle: "CKR_OBJECT_HANDLE_INVALID",
		0x90: "CKR_OPERATION_ACTIVE", 0x91: "CKR_OPERATION_NOT_INITIALIZED", rvPINIncorrect: "CKR_PIN_INCORRECT", 0xA1: "CKR_PIN_INVALID",
		rvPINLenRange: "CKR_PIN_LEN_RANGE", 0xA3: "CKR_PIN_EXPIRED", rvPINLocked: "CKR_PIN_LOCKED", rvSessionClosed: "CKR_SESSION_CLOSED",
		rvSessionCount: "CKR_SESSION_COUNT", rvSessionHandle: "CKR_SESSION_HANDLE_INVALID", 0xB5: "CKR_SESSION_READ_ONLY", 0xD0: "CKR_TEMPLATE_INCOMPLETE",
		0xD1: "CKR_TEMPLATE_INCONSISTENT", rvTokenNotPresent: "CKR_TOKEN_NOT_PRESENT", rvTokenNotRecognized: "CKR_TOKEN_NOT_RECOGNIZED",
		0xE2: "CKR_TOKEN_WRITE_PROTECTED", rvAlreadyLoggedIn: "CKR_USER_ALREADY_LOGGED_IN", rvNotLoggedIn: "CKR_USER_NOT_LOGGED_IN",
		rvPINNotInitialized: "CKR_USER_PIN_NOT_INITIALIZED", 0x140: "CKR_CURVE_NOT_SUPPORTED", rvNotInitialized: "CKR_CRYPTOKI_NOT_INITIALIZED",
		rvAlreadyInitialized: "CKR_CRYPTOKI_ALREADY_INITIALIZED", 0x1B8: "CKR_PIN_TOO_WEAK",
	}
})

// Error gives the standard's name and number.
func (r ReturnValue) Error() string {
	name, ok := returnNames()[r]
	if !ok {
		name = "PKCS#11 error"
	}
	return fmt.Sprintf("%s (0x%x)", name, uint(r))
}

// gone says whether an error means that sessions, handles or the device are lost, so that a reload may help. PIN errors are never among
// them.
func gone(err error) bool {
	var rv ReturnValue
	if !errors.As(err, &rv) {
		return false
	}
	switch rv {
	case rvGeneralError, rvDeviceError, rvDeviceRemoved, rvTokenNotPresent, rvTokenNotRecognized, rvSessionHandle, rvSessionClosed,
		rvObjectHandle, rvNotInitialized, rvSlotInvalid:
		return true
	}
	return false
}

// returned says whether an error carries this return value.
func returned(err error, want ReturnValue) bool {
	var rv ReturnValue
	return errors.As(err, &rv) && rv == want
}
