//go:build cgo && unix

package pkcs11

/*
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef unsigned long ulong_t;

// The function list is taken as an array of pointers in the order of CK_FUNCTION_LIST (PKCS #11 v2.40, 4.3).
typedef struct {
	unsigned char major, minor;
	void *f[45];
} mohur_list;

typedef struct {
	ulong_t kind;
	void *parameter;
	ulong_t length;
} mohur_mechanism; // CK_MECHANISM

typedef struct {
	uint32_t length, seat;
	uint64_t number, session, kind, key, pss, hash, mgf, salt;
	unsigned char data[];
} mohur_request;

typedef struct {
	uint64_t length, number, value;
	unsigned char signature[4096 - 24];
} mohur_answer;

enum { MOHUR_SIGN_INIT = 42, MOHUR_SIGN = 43, MOHUR_LONGEST = 1 << 14 };

static void mohur_sign(mohur_list *list, const mohur_request *r, mohur_answer *a)
{
	ulong_t pss[3] = {r->hash, r->mgf, r->salt}; // CK_RSA_PKCS_PSS_PARAMS
	mohur_mechanism how = {r->kind, NULL, 0};
	if (r->pss) {
		how.parameter = pss;
		how.length = sizeof pss;
	}
	ulong_t length = sizeof a->signature;
	ulong_t rv = ((ulong_t (*)(ulong_t, mohur_mechanism *, ulong_t))list->f[MOHUR_SIGN_INIT])(r->session, &how, r->key);
	if (rv == 0)
		rv = ((ulong_t (*)(ulong_t, const unsigned char *, ulong_t, unsigned char *, ulong_t *))list->f[MOHUR_SIGN])(
			r->session, r->data, r->length - sizeof *r, a->signature, &length);
	a->value = rv;
	a->number = r->number;
	a->length = sizeof *a - sizeof a->signature + (rv == 0 && length <= sizeof a->signature ? length : 0);
}

static int mohur_write(int fd, const void *from, size_t length)
{
	const char *p = from;
	while (length > 0) {
		ssize_t n = write(fd, p, length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		p += n;
		length -= n;
	}
	return 0;
}

// mohur_lane makes one signature after the other until its pipe ends. in is followed by the descriptors of the answers.
static void mohur_lane(void *functions, int in, int seats)
{
	mohur_list *list = functions;
	unsigned char *buffer = malloc(2 * MOHUR_LONGEST);
	mohur_answer *answer = malloc(sizeof *answer);
	size_t have = 0;
	while (buffer != NULL && answer != NULL) {
		const mohur_request *r = (const mohur_request *)buffer;
		if (have >= sizeof *r && (r->length < sizeof *r || r->length > MOHUR_LONGEST || r->seat >= (uint32_t)seats))
			break;
		if (have < sizeof *r || have < r->length) {
			ssize_t n = read(in, buffer + have, 2 * MOHUR_LONGEST - have);
			if (n < 0 && errno == EINTR)
				continue;
			if (n <= 0)
				break;
			have += n;
			continue;
		}
		mohur_sign(list, r, answer);
		if (mohur_write(in + 1 + r->seat, answer, answer->length) != 0)
			break;
		have -= r->length;
		memmove(buffer, buffer + r->length, have);
	}
	free(buffer);
	free(answer);
}
*/
import "C"

import "unsafe"

// serveLanes starts the lanes' threads. They stay in C: a Go program whose goroutines go in and out of C all the time has a thread that looks
// after them every 20 microseconds, which takes the core from the library.
func serveLanes(functions unsafe.Pointer) {
	for i := range laneCount {
		go C.mohur_lane(functions, C.int(childLanes+i*(1+laneDepth)), laneDepth)
	}
}
