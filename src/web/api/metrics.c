/* metrics.c - GET /api/v1/projects/{project_id}/metrics/overview: the seed's
 * body, and what came after it (series, previous, metadata). */
#include "base/clock.h"
#include "base/str.h"
#include "web/api/api.h"

static const char *const known[] = { "from", "to", "range", "env", "tz", "compare", "f" };

static void
put_time(struct jw *w, const char *key, int64_t us)
{
	char text[CLOCK_TEXT];
	size_t n = clock_format(us, text);

	jw_key(w, key);
	if (us % US_PER_S == 0) { /* as in the seed: 2026-02-16T00:00:00Z */
		memcpy(text + 19, "Z", 2);
		n = 20;
	}
	jw_str(w, (struct str){ text, n });
}

static void
put_window(struct jw *w, const char *key, const struct span *s)
{
	jw_key(w, key);
	jw_object_begin(w);
	put_time(w, "from", s->from_us);
	put_time(w, "to", s->to_us);
	jw_object_end(w);
}

struct number {
	const char *name;
	const struct kpi *kpi;
	int digits;
};
#define NUMBERS 7

static void
list_numbers(const struct overview *o, struct number out[NUMBERS])
{
	const struct number all[NUMBERS] = {
		{ "events", &o->events, 0 },
		{ "active_users", &o->active_users, 0 },
		{ "sessions", &o->sessions, 0 },
		{ "crash_free_users_pct", &o->crash_free_users, 2 },
		{ "crash_free_sessions_pct", &o->crash_free_sessions, 2 },
		{ "p95_cold_start_ms", &o->p95_cold_start, 3 },
		{ "p95_trace_ms", &o->p95_all, 3 },
	};

	memcpy(out, all, sizeof(all));
}

static void
put_kpis(struct jw *w, const char *key, const struct number *n, bool before)
{
	jw_key(w, key);
	jw_object_begin(w);
	for (size_t i = 0; i < NUMBERS; i++) {
		jw_key(w, n[i].name);
		jw_round(w, before ? n[i].kpi->before : n[i].kpi->value, n[i].digits);
	}
	jw_object_end(w);
}

/* [{"date":…,"value":…}], one a day. */
static void
put_series(struct jw *w, struct task *t, const char *key, const struct range *r,
           const struct span *s, const double *v, int digits)
{
	jw_key(w, key);
	jw_array_begin(w);
	for (size_t i = 0; i < s->n; i++) {
		jw_object_begin(w);
		jw_kstr(w, "date", span_label(t, r, s->edge[i]));
		jw_key(w, "value");
		jw_round(w, v[i], digits);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void
put_all_series(struct jw *w, struct task *t, const struct range *r, const struct number *n,
               bool before)
{
	jw_key(w, "series");
	jw_object_begin(w);
	for (size_t i = 0; i < NUMBERS; i++)
		put_series(w, t, n[i].name, r, before ? &r->before : &r->now,
			before ? n[i].kpi->before_series : n[i].kpi->series, n[i].digits);
	jw_object_end(w);
}

static void
put(struct jw *w, struct task *t, const struct api_window *a, const struct overview *o)
{
	struct number n[NUMBERS];

	list_numbers(o, n);
	jw_object_begin(w);
	jw_kstr(w, "project_id", a->env.project_id);
	jw_kstr(w, "environment", a->env.name);
	put_window(w, "window", &a->range.now);
	jw_kstr(w, "tz", zone_name(a->range.zone));
	put_kpis(w, "kpis", n, false);
	jw_key(w, "timeseries");
	jw_object_begin(w);
	put_series(w, t, "daily_active_users", &a->range, &a->range.now, o->active_users.series, 0);
	jw_object_end(w);
	put_all_series(w, t, &a->range, n, false);
	jw_key(w, "previous");
	if (a->range.compare == COMPARE_NONE) {
		jw_null(w);
	} else {
		jw_object_begin(w);
		put_window(w, "window", &a->range.before);
		put_kpis(w, "kpis", n, true);
		put_all_series(w, t, &a->range, n, true);
		jw_object_end(w);
	}
	api_metadata(w, &o->meta);
	jw_object_end(w);
}

enum err
api_overview(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct api_window a;
	struct overview o;
	struct jw j;
	enum err e = api_environment(w, t, req);

	if (e == E_OK)
		e = api_known(t, req, known, NELEM(known));
	if (e == E_OK)
		e = api_window_open(w, t, req, true, &a);
	if (e != E_OK)
		return e;
	e = overview_load(t, w->pg, &a.env, &a.range, &a.filters, OVERVIEW_BEFORE, &o);
	e = pg_end(t, w->pg, e);
	if (e != E_OK)
		return e;
	res_json(res, 200);
	jw_init(&j, &res->body);
	put(&j, t, &a, &o);
	return E_OK;
}
