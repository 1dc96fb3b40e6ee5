/* platform.h - what the implementation needs of the system. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <curl/curl.h>
#ifdef TIDEMARK_GZIP
#include <zlib.h>
#endif
#ifdef TIDEMARK_BACKTRACE
#include <execinfo.h>
#include <ucontext.h>
#endif

enum { TM_ID = 37, TM_PATH = 4096 };
enum {
	TM_MAX_DEPTH = 16,           /* containers within each other, the properties included */
	TM_MAX_TEXT = 1024,          /* bytes of a string */
	TM_MAX_NAME = 200,
	TM_MAX_OWNER = 256,          /* bytes of a user or anonymous id */
	TM_MAX_MESSAGE = 8 << 10,
	TM_MAX_STACK = 256 << 10,
	TM_MAX_ITEM = 32 << 10,
	TM_MAX_CRASH = 512 << 10,
	TM_MAX_OPERATIONS = 64,
	TM_MAX_CRUMBS = 100,
	TM_MAX_SEGMENT_ITEMS = 100,
	TM_MAX_SEGMENT_BYTES = 256 << 10,
	TM_MAX_REPLY = 4 << 20
};

/* A piece of text: not ended by NUL. */
struct tm_str {
	const char *p;
	size_t n;
};

static struct tm_str
tm_str_of(const char *text)
{
	struct tm_str s;
	s.p = text != NULL ? text : "";
	s.n = strlen(s.p);
	return s;
}

static struct tm_str
tm_slice(const char *from, const char *to)
{
	struct tm_str s;
	s.p = from;
	s.n = (size_t)(to - from);
	return s;
}

static bool
tm_is(struct tm_str s, const char *text)
{
	return strlen(text) == s.n && memcmp(s.p, text, s.n) == 0;
}

/* An own copy; NULL stays NULL, and is what a lack of memory gives. */
static char *
tm_copy(const char *text)
{
	if (text == NULL)
		return NULL;
	size_t n = strlen(text) + 1;
	char *p = (char *)malloc(n);
	if (p != NULL)
		memcpy(p, text, n);
	return p;
}

static int64_t
tm_clock_us(clockid_t id)
{
	struct timespec t;
	if (clock_gettime(id, &t) != 0)
		return 0;
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}
