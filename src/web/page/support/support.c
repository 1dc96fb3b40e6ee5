/* support.c - see support.h. */
#include "web/page/support/support.h"

#include "base/str.h"
#include "query/support.h"
#include "view/format.h"
#include "web/milestone.h"
#include "web/trail.h"
#include "web/who.h"

/* The bundle, its milestone and its audit entry are one transaction. */
static enum err
load(struct web *w, struct task *t, const struct req *req, bool download, struct str *json)
{
	const struct support s = { w->conf, w->redis, w->who.env.id, w->who.user.system_admin };
	struct buf b = BUF_INIT;
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = support_bundle(t, w->pg, &s, &b);
	if (e == E_OK)
		e = milestone_support(w, t, download);
	if (e == E_OK)
		e = trail(w, t, req, download ? "support.export" : "support.read",
		    arena_printf(t->arena, "environment:%d", w->who.env.id), STR_NULL);
	*json = json_pretty(t, buf_str(&b));
	buf_release(&b);
	return pg_end(t, w->pg, e);
}

enum err
page_diagnostics(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct page p = page_framed(w, t, req, "diagnostics.tpl", "Diagnostics");
	struct str json;
	enum err e = load(w, t, req, false, &json);
	if (e != E_OK)
		return e;
	page_project(&p, "diagnostics");
	dict_str(p.body, "JSON", json);
	dict_str(p.body, "SIZE", format_bytes(t, (int64_t)json.n));
	dict_str(p.body, "FILE_URL", page_path(w, t, "diagnostics.json"));
	dict_show_if(p.body, "SERVER", w->who.user.system_admin);
	dict_show_if(p.body, "NO_SERVER", !w->who.user.system_admin);
	return page_send(&p, res, 200);
}

enum err
page_diagnostics_file(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct str json;
	enum err e = load(w, t, req, true, &json);
	if (e != E_OK)
		return e;
	res_header(res, "Content-Type", STR("application/json"));
	res_headerf(res, "Content-Disposition", "attachment; filename=\"%.*s-%.*s-diagnostics.json\"",
	    STRF(w->who.project.slug), STRF(w->who.env.name));
	res_header(res, "Cache-Control", STR("no-store"));
	buf_add(&res->body, json);
	buf_putc(&res->body, '\n');
	return E_OK;
}
