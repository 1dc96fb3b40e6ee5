/* list.c - lists in a window: pages of JSON, or with format= all rows as a
 * file. */
#include "base/str.h"
#include "web/api/api.h"
#include "web/file.h"
#include "web/trail.h"

static const char *const own[] = { "from", "to", "range", "env", "tz", "f", "cursor", "limit",
	"format" };

enum err
api_format(struct task *t, const struct req *req, enum export_format *out)
{
	struct str s = req_query(t, req, "format");

	*out = str_is(s, "csv") ? EXPORT_CSV : str_is(s, "ndjson") ? EXPORT_NDJSON : EXPORT_NONE;
	if (*out != EXPORT_NONE || s.n == 0 || str_is(s, "json"))
		return E_OK;
	return api_bad(t, "format", "is one of json, csv, ndjson");
}

static enum err
known(struct task *t, const struct req *req, const struct api_list_kind *kind)
{
	const char *names[NELEM(own) + NELEM(kind->more)];
	size_t n = NELEM(own);

	memcpy(names, own, sizeof(own));
	for (size_t i = 0; i < NELEM(kind->more) && kind->more[i] != NULL; i++)
		names[n++] = kind->more[i];
	return api_known(t, req, names, n);
}

enum err
api_list_open(struct web *w, struct task *t, const struct req *req,
              const struct api_list_kind *kind, struct api_list **out)
{
	struct api_list *l = talloc(t, struct api_list);
	int64_t limit = 0;
	enum err e = api_environment(w, t, req);

	*out = l;
	l->kind = kind;
	l->cursor = req_query(t, req, "cursor");
	if (e == E_OK)
		e = known(t, req, kind);
	if (e == E_OK && !kind->people)
		e = trail_read(w, t, req);
	if (e == E_OK)
		e = api_limit(t, req, (int64_t)kind->limit, (int64_t)kind->max, &limit);
	if (e == E_OK)
		e = api_format(t, req, &l->format);
	l->limit = (size_t)limit;
	return e == E_OK ? api_window_open(w, t, req, false, &l->window) : e;
}

enum err
api_list_file(struct web *w, struct task *t, const struct req *req, struct res *res,
              const struct api_list *l, const void *query, const struct export_source *source)
{
	struct export_page first = { .query = query, .cursor = l->cursor, .format = l->format };
	const char *ending = file_ending(l->format);
	enum err e = l->kind->people ? trail_export_people(w, t, req, ending) :
	                               trail_export(w, t, req, ending);

	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	file_head(res, l->format, str_of(l->kind->name));
	file_rows(res, export_open(t, w->pg, &l->window.scope, &l->window.env, &first, source));
	return E_OK;
}

void
api_list_begin(struct jw *w, struct buf *b, const char *name)
{
	jw_init(w, b);
	jw_object_begin(w);
	jw_key(w, name);
	jw_array_begin(w);
}

void
api_list_end(struct jw *w, struct str next_cursor, const struct query_meta *m)
{
	jw_array_end(w);
	jw_key(w, "next_cursor");
	jw_str_or_null(w, next_cursor);
	api_metadata(w, m);
	jw_object_end(w);
}
