package main

import (
	"errors"

	"mohur/pkcs11"
)

// tokenAdvice is what a person can do about an error of a token, empty for other errors.
func tokenAdvice(err error) string {
	var e *pkcs11.Error
	if !errors.As(err, &e) {
		return ""
	}
	switch e.Code {
	case pkcs11.ErrPINSuspect:
		return "when the PIN has been put right: mohur token confirm URI (with --config FILE for the service's journal)"
	case pkcs11.ErrPINIncorrect:
		return "look at the PIN; the next try needs 'mohur token confirm URI', and 'mohur token pin URI' says how many mistakes the token has seen"
	case pkcs11.ErrPINLocked:
		return "unlock it with the PUK or the security officer's PIN in the maker's own program, or return it to who issued it"
	case pkcs11.ErrPINFinalTry:
		return "log in once with the maker's own program, where you see what you type: a good PIN resets the counter"
	case pkcs11.ErrTokenPINUnset:
		return "set a user PIN in the maker's own program"
	case pkcs11.ErrPINPad:
		return "work without --pin-file and --pin-env: a person types the PIN on the reader"
	case pkcs11.ErrModuleNotFound:
		return "install the token's driver, or name its library by module-path; 'mohur token scan' shows which are here"
	case pkcs11.ErrModuleUnusable, pkcs11.ErrModuleInUse:
		if hint := pkcs11.HintFor(e.Subject); hint != "" {
			return hint
		}
		return "is it the library for this processor, and does its service run?"
	case pkcs11.ErrNoToken, pkcs11.ErrTokenRemoved:
		return "'mohur token scan' shows the tokens that are here and their URIs; is it plugged in, and does pcscd run?"
	case pkcs11.ErrTokenAmbiguous:
		return "'mohur token scan' shows their serial numbers: add ;serial=NUMBER"
	case pkcs11.ErrKeyNotFound, pkcs11.ErrKeyAmbiguous:
		return "'mohur token list URI' shows the keys with labels and ids; log in to see private ones (--pin-file FILE)"
	case pkcs11.ErrTimeout:
		return "plug the token in again; a slow one is given more time by sign_timeout in the service's configuration"
	case pkcs11.ErrDevice:
		return "plug the token in again, and look at the maker's own program"
	case pkcs11.ErrMechanism:
		return "choose another key or hash: 'mohur token test URI' says what works"
	}
	return ""
}
