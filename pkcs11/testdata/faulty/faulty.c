/*
 * A PKCS#11 module with faults. It hands every call to the real module that FAULTY_MODULE names, and misbehaves as the files in the
 * folder FAULTY_DIR say:
 *
 *   pid          written by C_Initialize
 *   logins       one byte is added for each C_Login with a PIN or at the pad
 *   hang, crash, flip, babble   happen once, in the next C_Sign, which takes the file away: it never returns; the process dies; one bit
 *                of the signature is wrong; text is written to every descriptor from 1 to 9
 *   crash-login, slow-login     the same for C_Login
 *   removed      while it is there no token is: the token was pulled out
 *   locks        a wrong PIN counts; its third locks the token, as with many cards. The file "tries" holds how many were wrong
 *   pad          the token has a PIN pad: C_Login wants NULL, and the file holds what the person types there
 *
 * The function list is taken as an array of pointers in the order of PKCS #11 v2.40, 4.3 (CK_FUNCTION_LIST); flags stand at byte 96 of
 * CK_TOKEN_INFO.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef unsigned long ulong_t;
typedef struct {
	unsigned char major, minor;
	void *f[68];
} list_t;

enum { INITIALIZE = 0, GET_FUNCTION_LIST = 3, GET_SLOT_LIST = 4, GET_TOKEN_INFO = 6, OPEN_SESSION = 12, LOGIN = 18, SIGN_INIT = 42, SIGN = 43 };
enum { OK = 0, DEVICE_REMOVED = 0x32, PIN_INCORRECT = 0xA0, PIN_LOCKED = 0xA4, TOKEN_NOT_PRESENT = 0xE0 };
enum { PIN_PAD = 0x100, COUNT_LOW = 0x10000, FINAL_TRY = 0x20000, LOCKED = 0x40000, WRONG_BEFORE_LOCK = 3 };
enum { USER = 1, FLAGS_AT = 96 };

static list_t *real, ours;

static const char *path(const char *name)
{
	static __thread char buffer[4096];
	snprintf(buffer, sizeof buffer, "%s/%s", getenv("FAULTY_DIR"), name);
	return buffer;
}

static int there(const char *name) { return access(path(name), F_OK) == 0; }
static int once(const char *name) { return unlink(path(name)) == 0; }

static void write_text(const char *name, const char *mode, const char *text)
{
	FILE *f = fopen(path(name), mode);
	if (f) {
		fputs(text, f);
		fclose(f);
	}
}

static int tries(void)
{
	int n = 0;
	FILE *f = fopen(path("tries"), "r");
	if (f) {
		if (fscanf(f, "%d", &n) != 1)
			n = 0;
		fclose(f);
	}
	return n;
}

static void set_tries(int n)
{
	char text[16];
	snprintf(text, sizeof text, "%d", n);
	write_text("tries", "w", text);
}

static ulong_t initialize(void *args)
{
	char text[16];
	snprintf(text, sizeof text, "%d", (int)getpid());
	write_text("pid", "w", text);
	return ((ulong_t(*)(void *))real->f[INITIALIZE])(args);
}

static ulong_t get_slot_list(unsigned char present, ulong_t *slots, ulong_t *count)
{
	if (present && there("removed")) {
		*count = 0;
		return OK;
	}
	return ((ulong_t(*)(unsigned char, ulong_t *, ulong_t *))real->f[GET_SLOT_LIST])(present, slots, count);
}

static ulong_t get_token_info(ulong_t slot, unsigned char *info)
{
	if (there("removed"))
		return TOKEN_NOT_PRESENT;
	ulong_t rv = ((ulong_t(*)(ulong_t, void *))real->f[GET_TOKEN_INFO])(slot, info);
	if (rv != OK)
		return rv;
	ulong_t flags;
	memcpy(&flags, info + FLAGS_AT, sizeof flags);
	if (there("locks")) {
		int n = tries();
		flags &= ~(ulong_t)(COUNT_LOW | FINAL_TRY | LOCKED);
		if (n >= WRONG_BEFORE_LOCK)
			flags |= LOCKED;
		else if (n == WRONG_BEFORE_LOCK - 1)
			flags |= FINAL_TRY | COUNT_LOW;
		else if (n > 0)
			flags |= COUNT_LOW;
	}
	if (there("pad"))
		flags |= PIN_PAD;
	memcpy(info + FLAGS_AT, &flags, sizeof flags);
	return OK;
}

static ulong_t open_session(ulong_t slot, ulong_t flags, void *app, void *notify, ulong_t *session)
{
	if (there("removed"))
		return TOKEN_NOT_PRESENT;
	return ((ulong_t(*)(ulong_t, ulong_t, void *, void *, ulong_t *))real->f[OPEN_SESSION])(slot, flags, app, notify, session);
}

static ulong_t login(ulong_t session, ulong_t user, char *pin, ulong_t length)
{
	char typed[64] = "";
	if (there("removed"))
		return DEVICE_REMOVED;
	write_text("logins", "a", ".");
	if (once("crash-login"))
		abort();
	if (once("slow-login"))
		usleep(400000);
	if (there("locks") && user == USER && tries() >= WRONG_BEFORE_LOCK)
		return PIN_LOCKED;
	if (pin == NULL && there("pad")) {
		FILE *f = fopen(path("pad"), "r");
		if (f && fgets(typed, sizeof typed, f) == NULL)
			typed[0] = 0;
		if (f)
			fclose(f);
		pin = typed;
		length = strlen(typed);
	}
	ulong_t rv = ((ulong_t(*)(ulong_t, ulong_t, char *, ulong_t))real->f[LOGIN])(session, user, pin, length);
	if (there("locks") && user != 0) {
		if (rv == OK)
			set_tries(0);
		else if (rv == PIN_INCORRECT)
			set_tries(tries() + 1);
	}
	return rv;
}

static ulong_t sign_init(ulong_t session, void *mechanism, ulong_t key)
{
	if (there("removed"))
		return DEVICE_REMOVED;
	return ((ulong_t(*)(ulong_t, void *, ulong_t))real->f[SIGN_INIT])(session, mechanism, key);
}

static ulong_t sign(ulong_t session, unsigned char *data, ulong_t length, unsigned char *signature, ulong_t *size)
{
	if (signature != NULL) {
		if (once("hang"))
			for (;;)
				pause();
		if (once("crash"))
			abort();
		if (once("babble"))
			for (int fd = 1; fd < 10; fd++)
				if (write(fd, "a module that writes where it should not, and at length\n", 56) < 0)
					continue;
	}
	ulong_t rv = ((ulong_t(*)(ulong_t, unsigned char *, ulong_t, unsigned char *, ulong_t *))real->f[SIGN])(session, data, length, signature, size);
	if (rv == OK && signature != NULL && *size > 0 && once("flip"))
		signature[*size - 1] ^= 1;
	return rv;
}

static ulong_t get_function_list(list_t **out);

static int prepare(void)
{
	void *module = dlopen(getenv("FAULTY_MODULE"), RTLD_NOW | RTLD_LOCAL);
	if (module == NULL || getenv("FAULTY_DIR") == NULL)
		return 0;
	ulong_t (*get)(list_t **) = (ulong_t(*)(list_t **))dlsym(module, "C_GetFunctionList");
	if (get == NULL || get(&real) != OK)
		return 0;
	ours = *real;
	ours.f[INITIALIZE] = initialize;
	ours.f[GET_FUNCTION_LIST] = get_function_list;
	ours.f[GET_SLOT_LIST] = get_slot_list;
	ours.f[GET_TOKEN_INFO] = get_token_info;
	ours.f[OPEN_SESSION] = open_session;
	ours.f[LOGIN] = login;
	ours.f[SIGN_INIT] = sign_init;
	ours.f[SIGN] = sign;
	return 1;
}

static ulong_t get_function_list(list_t **out)
{
	if (real == NULL && !prepare())
		return DEVICE_REMOVED;
	*out = &ours;
	return OK;
}

ulong_t C_GetFunctionList(list_t **out) { return get_function_list(out); }
