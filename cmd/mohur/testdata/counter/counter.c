/*
 * A PKCS#11 module that hands every call to the real module that COUNTER_MODULE names, and adds one byte to the file COUNTER_FILE for each
 * signature that C_Sign has given out, before the caller sees it: what was counted so survives whoever is killed afterwards.
 *
 * The function list is taken as an array of pointers in the order of PKCS #11 v2.40, 4.3 (CK_FUNCTION_LIST).
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

typedef unsigned long ulong_t;
typedef struct {
	unsigned char major, minor;
	void *f[68];
} list_t;

enum { GET_FUNCTION_LIST = 3, SIGN = 43, OK = 0, GENERAL_ERROR = 5 };

static list_t *real, ours;

static ulong_t sign(ulong_t session, unsigned char *data, ulong_t length, unsigned char *signature, ulong_t *size)
{
	ulong_t rv = ((ulong_t(*)(ulong_t, unsigned char *, ulong_t, unsigned char *, ulong_t *))real->f[SIGN])(session, data, length, signature, size);
	if (rv == OK && signature != NULL) {
		int fd = open(getenv("COUNTER_FILE"), O_WRONLY | O_CREAT | O_APPEND, 0600);
		if (fd < 0 || write(fd, ".", 1) != 1)
			return GENERAL_ERROR;
		close(fd);
	}
	return rv;
}

static ulong_t get_function_list(list_t **out)
{
	if (real == NULL) {
		void *module = dlopen(getenv("COUNTER_MODULE"), RTLD_NOW | RTLD_LOCAL);
		ulong_t (*get)(list_t **) = module ? (ulong_t(*)(list_t **))dlsym(module, "C_GetFunctionList") : NULL;
		if (get == NULL || get(&real) != OK)
			return GENERAL_ERROR;
		ours = *real;
		ours.f[GET_FUNCTION_LIST] = get_function_list;
		ours.f[SIGN] = sign;
	}
	*out = &ours;
	return OK;
}

ulong_t C_GetFunctionList(list_t **out) { return get_function_list(out); }
