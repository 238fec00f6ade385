//go:build cgo && unix

package pkcs11

/*
#include <stddef.h>

// The function list is taken as an array of pointers in the order of CK_FUNCTION_LIST (PKCS #11 v2.40, 4.3), where C_Login stands 19th.
typedef struct {
	unsigned char major, minor;
	void *f[20];
} mohur_functions;

enum { MOHUR_LOGIN = 18 };

// mohur_login_at_pad calls C_Login with a NULL PIN.
static unsigned long mohur_login_at_pad(void *functions, unsigned long session, unsigned long user)
{
	mohur_functions *list = functions;
	return ((unsigned long (*)(unsigned long, unsigned long, unsigned char *, unsigned long))list->f[MOHUR_LOGIN])(session, user, NULL, 0);
}
*/
import "C"

import "unsafe"

// loginAtPad logs in with the PIN that a person types on the reader's own keys (CKF_PROTECTED_AUTHENTICATION_PATH; PKCS #11 v3.1, 5.6.8): C_Login
// wants a NULL pointer, which the wrapper can't pass.
func loginAtPad(functions unsafe.Pointer, s session, user uint) error {
	if rv := C.mohur_login_at_pad(functions, C.ulong(s), C.ulong(user)); rv != 0 {
		return ReturnValue(rv)
	}
	return nil
}
