/* openapi.c - see openapi.h; GET /api/openapi.json. */
#include "web/openapi.h"

#include <stdio.h>

#include "base/conf.h"
#include "web/api/api.h"

static struct buf description; /* process lifetime */

enum err
openapi_text(struct web *w, struct task *t, struct str *text)
{
	struct str path = arena_printf(t->arena, "%s/openapi.json",
		conf_text(w->conf, CONF_STATIC_DIR));
	FILE *f;
	size_t n;

	*text = buf_str(&description);
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
	*text = buf_str(&description);
	if (!broken && description.n > 0)
		return E_OK;
	buf_reset(&description);
	return task_fail(t, E_IO, "%s cannot be read", path.p);
}

enum err
api_openapi(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct str text;
	enum err e = openapi_text(w, t, &text);

	(void)req;
	if (e != E_OK)
		return e;
	res_json(res, 200);
	res_header(res, "Cache-Control", STR("public, max-age=300"));
	buf_add(&res->body, text);
	return E_OK;
}
