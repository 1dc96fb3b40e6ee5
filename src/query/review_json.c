/* review_json.c - a review as JSON and back: see review.h. */
#include <math.h>

#include "base/clock.h"
#include "base/str.h"
#include "query/review.h"

static const struct {
	const char *name;
	int digits;
} NUMBERS[REVIEW_NUMBERS] = {
	[REVIEW_USERS] = { "active_users", 0 },
	[REVIEW_EVENTS] = { "events", 0 },
	[REVIEW_SESSIONS] = { "sessions", 0 },
	[REVIEW_CRASH_FREE_USERS] = { "crash_free_users_pct", 2 },
	[REVIEW_CRASH_FREE_SESSIONS] = { "crash_free_sessions_pct", 2 },
	[REVIEW_COLD_START] = { "p95_cold_start_ms", 3 },
	[REVIEW_TRACE] = { "p95_trace_ms", 3 },
};

/* --- writing --- */

static void
put(struct jw *w, const char *key, double v, int digits)
{
	jw_key(w, key);
	jw_round(w, v, digits);
}

static void
put_series(struct jw *w, const char *key, const double *v, size_t n, int digits)
{
	jw_key(w, key);
	jw_array_begin(w);
	for (size_t i = 0; v != NULL && i < n; i++)
		jw_round(w, v[i], digits);
	jw_array_end(w);
}

static void
put_numbers(struct jw *w, const struct review *r)
{
	jw_key(w, "numbers");
	jw_object_begin(w);
	for (size_t i = 0; i < REVIEW_NUMBERS; i++) {
		const struct review_figure *f = &r->number[i];
		int digits = NUMBERS[i].digits;
		jw_key(w, NUMBERS[i].name);
		jw_object_begin(w);
		put(w, "value", f->value, digits);
		put(w, "before", f->before, digits);
		jw_kbool(w, "estimate", f->estimate);
		put_series(w, "series", f->series, r->days, digits);
		put_series(w, "before_series", f->before_series, r->before_days, digits);
		jw_object_end(w);
	}
	jw_object_end(w);
}

static void
put_events(struct jw *w, const struct review *r)
{
	jw_ki64(w, "event_names", r->names);
	jw_key(w, "events");
	jw_array_begin(w);
	for (size_t i = 0; i < r->nevents; i++) {
		jw_object_begin(w);
		jw_kstr(w, "name", r->event[i].name);
		jw_ki64(w, "events", r->event[i].events);
		jw_ki64(w, "users", r->event[i].users);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void
put_releases(struct jw *w, const struct review *r)
{
	jw_ki64(w, "releases_total", r->releases);
	jw_key(w, "releases");
	jw_array_begin(w);
	for (size_t i = 0; i < r->nreleases; i++) {
		const struct review_release *x = &r->release[i];
		jw_object_begin(w);
		jw_kstr(w, "platform", x->platform);
		jw_kstr(w, "version", x->version);
		jw_kstr(w, "build", x->build);
		jw_ki64(w, "users", x->users);
		put(w, "adoption_pct", x->adoption_pct, 2);
		put(w, "crash_free_users_pct", x->crash_free_users_pct, 2);
		put(w, "p95_cold_start_ms", x->p95_cold_start_ms, 3);
		jw_ki64(w, "crashes", x->crashes);
		jw_ki64(w, "new_groups", x->new_groups);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void
put_groups(struct jw *w, const struct review *r, bool titles)
{
	jw_ki64(w, "crashes", r->crashes);
	jw_ki64(w, "crash_groups_total", r->groups);
	jw_key(w, "crash_groups");
	jw_array_begin(w);
	for (size_t i = 0; i < r->ngroups; i++) {
		const struct review_group *x = &r->group[i];
		jw_object_begin(w);
		jw_kstr(w, "group_id", x->group_id);
		if (titles) {
			jw_key(w, "title");
			jw_str_or_null(w, x->title);
			jw_key(w, "culprit");
			jw_str_or_null(w, x->culprit);
		}
		jw_kstr(w, "status", x->status);
		jw_ki64(w, "crashes", x->crashes);
		jw_ki64(w, "users", x->users);
		jw_kbool(w, "is_new", x->is_new);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void
put_traces(struct jw *w, const struct review *r)
{
	jw_ki64(w, "trace_names", r->traces);
	jw_key(w, "traces");
	jw_array_begin(w);
	for (size_t i = 0; i < r->ntraces; i++) {
		const struct review_trace *x = &r->trace[i];
		jw_object_begin(w);
		jw_kstr(w, "name", x->name);
		jw_ki64(w, "samples", x->samples);
		put(w, "p50_ms", x->p50, 3);
		put(w, "p95_ms", x->p95, 3);
		put(w, "before_p95_ms", x->before_p95, 3);
		jw_kbool(w, "estimate", x->estimate);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void
put_items(struct jw *w, const struct review *r)
{
	jw_key(w, "items");
	jw_object_begin(w);
	jw_ki64(w, "sent", pipeline_sent(&r->items));
	for (int i = 0; i < PIPELINE_OUTCOMES; i++)
		jw_ki64(w, pipeline_words[i].name, r->items.n[i]);
	jw_object_end(w);
}

void
review_write(struct jw *w, const struct review *r, bool titles)
{
	jw_object_begin(w);
	jw_ktime(w, "from", r->from_us);
	jw_ktime(w, "to", r->to_us);
	jw_ktime(w, "before_from", r->before_us);
	jw_kstr(w, "tz", r->tz);
	jw_ktime(w, "made_at", r->made_us);
	jw_kbool(w, "complete", r->complete);
	put_numbers(w, r);
	jw_ki64(w, "came_back", r->came_back);
	put_events(w, r);
	put_releases(w, r);
	put_groups(w, r, titles);
	put_traces(w, r);
	put_items(w, r);
	jw_key(w, "notes");
	jw_array_begin(w);
	for (size_t i = 0; i < r->nnotes; i++)
		jw_str(w, r->note[i]);
	jw_array_end(w);
	jw_object_end(w);
}

/* --- reading --- */

static int64_t
get_time(const struct json *j, const char *key)
{
	int64_t us = 0;
	return clock_parse(json_get_str(j, key), false, &us) ? us : 0;
}

static int64_t
get_i64(const struct json *j, const char *key)
{
	return json_i64(json_get(j, key), 0);
}

static double
get_f64(const struct json *j, const char *key)
{
	return json_f64(json_get(j, key), NAN);
}

static double *
get_series(struct task *t, const struct json *j, const char *key, size_t *n)
{
	const struct json *a = json_get(j, key);
	double *v = tarray(t, json_count(a) + 1, double);
	for (size_t i = 0; i < json_count(a); i++)
		v[i] = json_f64(json_at(a, i), NAN);
	if (*n == 0)
		*n = json_count(a);
	return json_count(a) == *n && *n > 0 ? v : NULL;
}

static void
get_numbers(struct task *t, const struct json *j, struct review *r)
{
	const struct json *all = json_get(j, "numbers");
	for (size_t i = 0; i < REVIEW_NUMBERS; i++) {
		const struct json *one = json_get(all, NUMBERS[i].name);
		struct review_figure *f = &r->number[i];
		f->value = get_f64(one, "value");
		f->before = get_f64(one, "before");
		f->estimate = json_bool(json_get(one, "estimate"), false);
		f->series = get_series(t, one, "series", &r->days);
		f->before_series = get_series(t, one, "before_series", &r->before_days);
	}
}

/* Elements of a list that has room for REVIEW_ROWS. */
static size_t
count(const struct json *list)
{
	size_t n = json_count(list);
	return n < REVIEW_ROWS ? n : REVIEW_ROWS;
}

static void
get_lists(const struct json *j, struct review *r)
{
	const struct json *list = json_get(j, "events"), *x;
	for (r->nevents = 0; r->nevents < count(list); r->nevents++) {
		x = json_at(list, r->nevents);
		r->event[r->nevents] = (struct review_event){ json_get_str(x, "name"),
			get_i64(x, "events"), get_i64(x, "users") };
	}
	list = json_get(j, "releases");
	for (r->nreleases = 0; r->nreleases < count(list); r->nreleases++) {
		x = json_at(list, r->nreleases);
		r->release[r->nreleases] = (struct review_release){ json_get_str(x, "platform"),
			json_get_str(x, "version"), json_get_str(x, "build"), get_i64(x, "users"),
			get_i64(x, "crashes"), get_i64(x, "new_groups"), get_f64(x, "adoption_pct"),
			get_f64(x, "crash_free_users_pct"), get_f64(x, "p95_cold_start_ms") };
	}
	list = json_get(j, "crash_groups");
	for (r->ngroups = 0; r->ngroups < count(list); r->ngroups++) {
		x = json_at(list, r->ngroups);
		r->group[r->ngroups] = (struct review_group){ .group_id = json_get_str(x, "group_id"),
			.status = json_get_str(x, "status"), .crashes = get_i64(x, "crashes"),
			.users = get_i64(x, "users"), .is_new = json_bool(json_get(x, "is_new"), false) };
	}
	list = json_get(j, "traces");
	for (r->ntraces = 0; r->ntraces < count(list); r->ntraces++) {
		x = json_at(list, r->ntraces);
		r->trace[r->ntraces] = (struct review_trace){ json_get_str(x, "name"),
			get_i64(x, "samples"), get_f64(x, "p50_ms"), get_f64(x, "p95_ms"),
			get_f64(x, "before_p95_ms"), json_bool(json_get(x, "estimate"), false) };
	}
}

enum err
review_read(struct task *t, struct str json, struct review *out)
{
	const struct json *j;
	enum err e = json_parse(t, json, &j);
	memset(out, 0, sizeof(*out));
	if (e != E_OK)
		return e;
	out->from_us = get_time(j, "from");
	out->to_us = get_time(j, "to");
	out->before_us = get_time(j, "before_from");
	out->tz = json_get_str(j, "tz");
	out->made_us = get_time(j, "made_at");
	out->complete = json_bool(json_get(j, "complete"), false);
	get_numbers(t, j, out);
	out->came_back = get_i64(j, "came_back");
	out->names = get_i64(j, "event_names");
	out->releases = get_i64(j, "releases_total");
	out->crashes = get_i64(j, "crashes");
	out->groups = get_i64(j, "crash_groups_total");
	out->traces = get_i64(j, "trace_names");
	get_lists(j, out);
	for (int i = 0; i < PIPELINE_OUTCOMES; i++)
		out->items.n[i] = get_i64(json_get(j, "items"), pipeline_words[i].name);
	const struct json *notes = json_get(j, "notes");
	for (size_t i = 0; i < json_count(notes) && i < REVIEW_NOTES; i++)
		out->note[out->nnotes++] = json_str(json_at(notes, i), STR(""));
	return E_OK;
}
