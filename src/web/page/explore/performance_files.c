/* performance_files.c - traces and releases of the pages' question as files. */
#include "query/release_export.h"
#include "query/trace_export.h"
#include "web/file.h"
#include "web/page/explore/performance.h"
#include "web/trail.h"

static const struct explore_page AS = { "performance.tpl", "Performance", "performance" };

/* The names, or the releases. */
static enum err
send_all(struct web *w, struct task *t, const struct req *req, struct res *res,
     enum export_format f, bool releases)
{
	struct explore *x;
	struct trace_names names = { 0 };
	struct releases_list list = { 0 };
	enum err e = explore_open(w, t, req, res, &AS, &x);
	if (e != E_OK || x == NULL)
		return e;
	struct traces_query q = { x->range, x->filters };
	e = explore_begin(x);
	if (e == E_OK && releases)
		e = releases_list(t, w->pg, &x->env, x->range, x->filters, &list);
	else if (e == E_OK)
		e = traces_names(t, w->pg, &x->env, &q, TRACE_NAMES_MAX, &names);
	if (e == E_OK)
		e = trail_export(w, t, req, file_ending(f));
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	file_head(res, f, releases ? STR("releases") : STR("trace-names"));
	if (releases)
		releases_file(&res->body, f, &list);
	else
		trace_names_file(&res->body, f, &names);
	return E_OK;
}

enum err
page_performance_csv(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return send_all(w, t, req, res, EXPORT_CSV, false);
}

enum err
page_performance_ndjson(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return send_all(w, t, req, res, EXPORT_NDJSON, false);
}

enum err
page_releases_csv(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return send_all(w, t, req, res, EXPORT_CSV, true);
}

enum err
page_releases_ndjson(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return send_all(w, t, req, res, EXPORT_NDJSON, true);
}
