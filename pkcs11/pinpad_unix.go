//go:build cgo && unix

package pkcs11

/*
#cgo linux LDFLAGS: -ldl
#include <dlfcn.h>
#include <stdlib.h>

// The function list is taken as an array of pointers in the order of CK_FUNCTION_LIST (PKCS #11 v2.40, 4.3), where C_Login stands 19th.
typedef struct {
	unsigned char major, minor;
	void *f[20];
} mohur_functions;

enum { MOHUR_LOGIN = 18, MOHUR_GENERAL_ERROR = 5 };

// mohur_login_at_pad calls C_Login with a NULL PIN in a library that is loaded already.
static unsigned long mohur_login_at_pad(const char *path, unsigned long session, unsigned long user)
{
	void *library = dlopen(path, RTLD_LAZY | RTLD_NOLOAD);
	if (library == NULL)
		return MOHUR_GENERAL_ERROR;
	mohur_functions *list = NULL;
	unsigned long rv = MOHUR_GENERAL_ERROR;
	unsigned long (*get)(mohur_functions **) = (unsigned long (*)(mohur_functions **))dlsym(library, "C_GetFunctionList");
	if (get != NULL && (rv = get(&list)) == 0)
		rv = ((unsigned long (*)(unsigned long, unsigned long, unsigned char *, unsigned long))list->f[MOHUR_LOGIN])(session, user, NULL, 0);
	dlclose(library);
	return rv;
}
*/
import "C"

import "unsafe"

// loginAtPad logs in with the PIN that a person types on the reader's own keys (CKF_PROTECTED_AUTHENTICATION_PATH; PKCS #11 v3.1, 5.6.8): C_Login
// wants a NULL pointer, which the wrapper can't pass.
func loginAtPad(path string, s session, user uint) error {
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	if rv := C.mohur_login_at_pad(name, C.ulong(s), C.ulong(user)); rv != 0 {
		return ReturnValue(rv)
	}
	return nil
}
