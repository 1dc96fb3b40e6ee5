/* openapi.c - GET /api/openapi.json: the file that is installed with the
 * static files, read once. */
#include <stdio.h>

#include "base/conf.h"
#include "web/api/api.h"

static struct buf description; /* process lifetime */

static enum err
read_once(struct web *w, struct task *t)
{
	struct str path = arena_printf(t->arena, "%s/openapi.json",
		conf_text(w->conf, CONF_STATIC_DIR));
	FILE *f;
	size_t n;

	if (description.n > 0)
		return E_OK;
	f = fopen(path.p, "re");
	if (f == NULL)
		return task_fail(t, E_IO, "%s cannot be read", path.p);
	do {
		n = fread(buf_reserve(&description, 65536), 1, 65536, f);
		description.n += n;
	} while (n > 0);
	bool broken = ferror(f) != 0;
	fclose(f);
	if (!broken && description.n > 0)
		return E_OK;
	buf_reset(&description);
	return task_fail(t, E_IO, "%s cannot be read", path.p);
}

enum err
api_openapi(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	enum err e = read_once(w, t);

	(void)req;
	if (e != E_OK)
		return e;
	res_json(res, 200);
	res_header(res, "Cache-Control", STR("public, max-age=300"));
	buf_add(&res->body, buf_str(&description));
	return E_OK;
}
