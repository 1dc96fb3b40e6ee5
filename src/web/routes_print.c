/* routes_print.c - see routes_print.h. */
#include "web/routes_print.h"

#include <errno.h>
#include <stdio.h>

#include "base/jw.h"
#include "base/str.h"

static const char *const needs[NEED_COUNT] = {
	[NEED_USER] = "user",
	[NEED_SESSION] = "session",
	[NEED_TEAM] = "team",
	[NEED_PROJECT] = "project",
	[NEED_SYSTEM] = "system",
	[NEED_PUBLIC] = "public",
	[NEED_WRITE_KEY] = "write_key",
	[NEED_VENDOR_KEY] = "write_key",
	[NEED_TOKEN] = "token",
	[NEED_SYSTEM_TOKEN] = "system-token",
};

static void
put(struct buf *b, const struct route *r, const char *(*perm_name)(unsigned perm))
{
	struct jw j;
	jw_init(&j, b);
	jw_object_begin(&j);
	jw_kstr(&j, "method", str_of(method_name(r->method)));
	jw_kstr(&j, "pattern", str_of(r->pattern));
	jw_kstr(&j, "need", str_of(needs[r->need]));
	if (r->scope != NULL)
		jw_kstr(&j, "scope", str_of(r->scope));
	jw_kbool(&j, "read_key", r->read_key);
	jw_kbool(&j, "replica", r->replica);
	jw_kbool(&j, "no_csrf", r->no_csrf);
	if (perm_name != NULL)
		jw_kstr(&j, "perm", str_of(perm_name(r->perm)));
	jw_kbool(&j, "confirm", r->confirm);
	jw_object_end(&j);
	buf_putc(b, '\n');
}

enum err
routes_print(struct task *t, const struct route *table, size_t n,
             const char *(*perm_name)(unsigned perm))
{
	struct buf b = BUF_INIT;
	for (size_t i = 0; i < n; i++)
		put(&b, &table[i], perm_name);
	struct str s = buf_str(&b);
	bool ok = fwrite(s.p, 1, s.n, stdout) == s.n && fflush(stdout) == 0;
	buf_release(&b);
	return ok ? E_OK : task_fail(t, E_IO, "stdout: %s", strerror(errno));
}
