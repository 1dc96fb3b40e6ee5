/* tracking_files.c - the tracking plan as files. */
#include "web/file.h"
#include "web/page/data/data.h"
#include "web/tracking_file.h"
#include "web/trail.h"
#include "web/who.h"

static enum err
send(struct web *w, struct task *t, const struct req *req, struct res *res,
     enum export_format f)
{
	struct tracking_event *event = NULL;
	size_t n = 0;
	bool more;
	enum err e = who_begin(t, w);
	if (e == E_OK)
		e = tracking_list(t, w->pg, w->who.env.id, &event, &n, &more);
	if (e == E_OK)
		e = trail(w, t, req, "tracking.export", arena_printf(t->arena, "environment:%d",
		    w->who.env.id), arena_printf(t->arena, "{\"format\":\"%s\"}", file_ending(f)));
	if ((e = pg_end(t, w->pg, e)) == E_OK)
		tracking_file(res, f, event, n);
	return e;
}

enum err
page_tracking_csv(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return send(w, t, req, res, EXPORT_CSV);
}

enum err
page_tracking_ndjson(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return send(w, t, req, res, EXPORT_NDJSON);
}
