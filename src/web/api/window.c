/* window.c - parameters that every query route understands. */
#include "base/num.h"
#include "base/str.h"
#include "base/url.h"
#include "model/project/environment.h"
#include "web/api/api.h"
#include "web/trail.h"
#include "web/who.h"

enum err
api_bad(struct task *t, const char *name, const char *text)
{
	task_field(t, str_of(name), "%s", text);
	return task_fail(t, E_BAD_PARAM, "%s: %s", name, text);
}

enum err
api_limit(struct task *t, const struct req *req, int64_t fallback, int64_t max, int64_t *out)
{
	struct str s = req_query(t, req, "limit");

	*out = fallback;
	if (s.p == NULL || s.n == 0)
		return E_OK;
	if (num_range(s, 1, max, out))
		return E_OK;
	task_field(t, STR("limit"), "is a number from 1 to %d", (int)max);
	return task_fail(t, E_BAD_PARAM, "limit: is a number from 1 to %d", (int)max);
}

enum err
api_known(struct task *t, const struct req *req, const char *const *names, size_t n)
{
	struct str rest = req->query, name, value;

	while (url_next(&rest, &name, &value)) {
		bool known = false;
		for (size_t i = 0; i < n && !known; i++)
			known = str_is(name, names[i]);
		if (known)
			continue;
		name = str_slice(name, 0, 64);
		task_field(t, name, "is not a parameter of this request");
		return task_fail(t, E_BAD_PARAM, "%.*s: is not a parameter of this request",
			STRF(name));
	}
	return E_OK;
}

/* Which environment: `env`, or the read key's own. */
static enum err
choose(struct web *w, struct task *t, const struct req *req, int32_t *id)
{
	struct environment env = { 0 };
	struct str asked = req_query(t, req, "env");
	bool found;
	enum err e;

	*id = w->who.env.id;
	if (w->who.token.is_read_key && asked.n == 0)
		return E_OK;
	if (asked.n == 0)
		asked = STR("prod");
	e = environment_find(t, w->pg, w->who.project.id, asked, &env, &found);
	if (e != E_OK)
		return e;
	if (!found || (w->who.token.is_read_key && env.id != w->who.env.id))
		return task_fail(t, E_NOT_FOUND, "There is no such environment.");
	*id = env.id;
	return E_OK;
}

enum err
api_environment(struct web *w, struct task *t, const struct req *req)
{
	int32_t id = 0;
	enum err e = who_begin(t, w);

	if (e == E_OK)
		e = choose(w, t, req, &id);
	if ((e = pg_end(t, w->pg, e)) == E_OK)
		w->who.env.id = id;
	return e;
}

static enum err
parse(struct task *t, const struct req *req, bool day_buckets, struct api_window *out)
{
	struct str f[FILTERS_MAX + 1];
	struct range_input in = {
		.from = req_query(t, req, "from"),
		.to = req_query(t, req, "to"),
		.range = req_query(t, req, "range"),
		.compare = req_query(t, req, "compare"),
		.tz = req_query(t, req, "tz"),
		.env_tz = out->env.timezone,
		.day_buckets = day_buckets,
	};
	enum err e = range_parse(t, &in, &out->range);

	if (e != E_OK)
		return e;
	size_t n = req_query_all(t, req, "f", f, FILTERS_MAX + 1);
	return filters_parse(t, f, n, &out->filters);
}

enum err
api_window_open(struct web *w, struct task *t, const struct req *req, bool day_buckets,
                struct api_window *out)
{
	enum err e;

	out->scope = who_scope(w);
	e = pg_begin(t, w->pg, &out->scope);
	if (e != E_OK)
		return e;
	e = query_env_load(t, w->pg, w->who.env.id, &out->env);
	if (e == E_OK)
		e = parse(t, req, day_buckets, out);
	if (e != E_OK)
		pg_rollback(t, w->pg);
	return e;
}

enum err
api_open(struct web *w, struct task *t, const struct req *req, const char *const *known,
         size_t nknown, struct api_window *out)
{
	enum err e = api_environment(w, t, req);

	if (e == E_OK)
		e = api_known(t, req, known, nknown);
	if (e == E_OK)
		e = trail_read(w, t, req);
	return e == E_OK ? api_window_open(w, t, req, false, out) : e;
}

void
api_metadata(struct jw *w, const struct query_meta *m)
{
	jw_key(w, "metadata");
	jw_object_begin(w);
	jw_key(w, "query_ms");
	jw_round(w, m->query_ms, 3);
	jw_kbool(w, "cached", m->cached);
	jw_key(w, "fresh_until");
	if (m->fresh_until_us > 0)
		jw_time(w, m->fresh_until_us);
	else
		jw_null(w);
	jw_ki64(w, "rows_scanned", m->rows_scanned);
	jw_kbool(w, "estimate", m->estimate);
	if (m->note.n > 0)
		jw_kstr(w, "note", m->note);
	if (m->counted_from_us > 0)
		jw_ktime(w, "counted_back_to", m->counted_from_us);
	jw_object_end(w);
}
