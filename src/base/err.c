/* err.c - look-ups in the error table. */
#include "base/err.h"

static const struct {
	const char *slug;
	const char *message;
	int status;
	int exit;
} table[] = {
#define E(name, slug, status, exit, message) { slug, message, status, exit },
#include "base/err.def"
#undef E
};

const char *
err_slug(enum err e)
{
	ASSERT(e < E_COUNT);
	return table[e].slug;
}

const char *
err_message(enum err e)
{
	ASSERT(e < E_COUNT);
	return table[e].message;
}

int
err_status(enum err e)
{
	ASSERT(e < E_COUNT);
	return table[e].status;
}

int
err_exit(enum err e)
{
	ASSERT(e < E_COUNT);
	return table[e].exit;
}

void
assert_failed(const char *expr, const char *file, int line)
{
	fprintf(stderr, "level=fatal msg=\"assertion failed\" expr=\"%s\" at=%s:%d\n",
	        expr, file, line);
	abort();
}
