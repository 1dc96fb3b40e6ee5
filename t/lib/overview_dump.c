/*
 * overview_dump - print one overview as JSON, for the oracle test and the
 * page benchmark.
 *
 *   overview_dump CONNINFO ENVIRONMENT_ID [name=value …]
 *
 * Names are those of the pages' query (from, to, range, compare, tz, f), and
 * now=RFC3339, page=1, repeat=N (prints the times of N runs as well),
 * explore=1 (prints the times of the explorer's parts instead: list, counts,
 * names), tables=0, team=UUID (needed for the application role),
 * build=CONNINFO (as that role, builds the blocks of days that are due first).
 */
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/jw.h"
#include "base/num.h"
#include "base/str.h"
#include "query/blocks.h"
#include "query/events.h"

struct options {
	struct range_input in;
	struct str team;
	struct str build;
	bool explore;
	struct str filter[FILTERS_MAX];
	size_t nfilters;
	int64_t now_us;
	int64_t repeat;
	unsigned parts;
};

static bool
option(struct options *o, struct str name, struct str value)
{
	if (str_is(name, "from"))
		o->in.from = value;
	else if (str_is(name, "to"))
		o->in.to = value;
	else if (str_is(name, "range"))
		o->in.range = value;
	else if (str_is(name, "compare"))
		o->in.compare = value;
	else if (str_is(name, "tz"))
		o->in.tz = value;
	else if (str_is(name, "page"))
		o->in.page = true;
	else if (str_is(name, "days"))
		o->in.day_buckets = true;
	else if (str_is(name, "team"))
		o->team = value;
	else if (str_is(name, "build"))
		o->build = value;
	else if (str_is(name, "explore"))
		o->explore = true;
	else if (str_is(name, "tables"))
		o->parts = OVERVIEW_BEFORE;
	else if (str_is(name, "f") && o->nfilters < FILTERS_MAX)
		o->filter[o->nfilters++] = value;
	else if (str_is(name, "now"))
		return clock_parse(value, false, &o->now_us);
	else if (str_is(name, "repeat"))
		return num_range(value, 1, 10000, &o->repeat);
	else
		return false;
	return true;
}

static void
put_kpi(struct jw *w, const char *name, const struct kpi *k, const struct range *r)
{
	jw_key(w, name);
	jw_object_begin(w);
	jw_kf64(w, "value", k->value);
	jw_kf64(w, "before", k->before);
	jw_kf64(w, "high", k->high);
	jw_key(w, "series");
	jw_array_begin(w);
	for (size_t i = 0; i < r->now.n; i++)
		jw_f64(w, k->series[i]);
	jw_array_end(w);
	jw_key(w, "before_series");
	jw_array_begin(w);
	for (size_t i = 0; i < r->before.n; i++)
		jw_f64(w, k->before_series[i]);
	jw_array_end(w);
	jw_object_end(w);
}

static void
put_values(struct jw *w, const char *name, const struct overview_value *v, size_t n)
{
	jw_key(w, name);
	jw_array_begin(w);
	for (size_t i = 0; i < n; i++) {
		jw_object_begin(w);
		jw_kstr(w, "value", v[i].value);
		jw_ki64(w, "users", v[i].users);
		jw_ki64(w, "events", v[i].events);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void
put_tables(struct jw *w, const struct overview *o)
{
	jw_key(w, "names");
	jw_array_begin(w);
	for (size_t i = 0; i < o->nnames; i++) {
		jw_object_begin(w);
		jw_kstr(w, "name", o->name[i].name);
		jw_ki64(w, "events", o->name[i].events);
		jw_ki64(w, "users", o->name[i].users);
		jw_object_end(w);
	}
	jw_array_end(w);
	jw_key(w, "versions");
	jw_array_begin(w);
	for (size_t i = 0; i < o->nversions; i++) {
		const struct overview_version *v = &o->version[i];
		jw_object_begin(w);
		jw_kstr(w, "version", v->version);
		jw_ki64(w, "users", v->users);
		jw_ki64(w, "events", v->events);
		jw_kf64(w, "crash_free", v->crash_free_pct);
		jw_kf64(w, "p95", v->p95_cold_start_ms);
		jw_object_end(w);
	}
	jw_array_end(w);
	put_values(w, "platforms", o->platform, o->nplatforms);
	put_values(w, "countries", o->country, o->ncountries);
	jw_key(w, "groups");
	jw_array_begin(w);
	for (size_t i = 0; i < o->ngroups; i++) {
		jw_object_begin(w);
		jw_kstr(w, "id", o->group[i].group_id);
		jw_ki64(w, "crashes", o->group[i].crashes);
		jw_ki64(w, "users", o->group[i].users);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void
put(struct jw *w, const struct overview *o, const struct range *r)
{
	jw_object_begin(w);
	put_kpi(w, "events", &o->events, r);
	put_kpi(w, "active_users", &o->active_users, r);
	put_kpi(w, "sessions", &o->sessions, r);
	put_kpi(w, "crash_free_users", &o->crash_free_users, r);
	put_kpi(w, "crash_free_sessions", &o->crash_free_sessions, r);
	put_kpi(w, "p95_cold_start", &o->p95_cold_start, r);
	put_kpi(w, "p95_all", &o->p95_all, r);
	jw_key(w, "edges");
	jw_array_begin(w);
	for (size_t i = 0; i <= r->now.n; i++)
		jw_i64(w, r->now.edge[i]);
	jw_array_end(w);
	jw_key(w, "before_edges");
	jw_array_begin(w);
	for (size_t i = 0; i <= r->before.n; i++)
		jw_i64(w, r->before.edge[i]);
	jw_array_end(w);
	put_tables(w, o);
	jw_kbool(w, "estimate", o->meta.estimate);
	jw_kstr(w, "note", o->meta.note);
	jw_ki64(w, "rows_scanned", o->meta.rows_scanned);
	jw_kf64(w, "query_ms", o->meta.query_ms);
	jw_object_end(w);
}

static enum err
explore(struct task *t, struct pg *pg, const struct query_env *env, const struct range *range,
        const struct filters *filters, struct buf *b)
{
	struct events_query q = { .range = range, .filters = filters, .limit = 50 };
	struct events_counts counts;
	struct events_page page;
	int64_t a = clock_mono_us(), c;
	enum err e = events_list(t, pg, env, &q, &page);

	c = clock_mono_us();
	if (e == E_OK)
		e = events_count(t, pg, env, &q, &counts);
	if (e != E_OK)
		return e;
	buf_reset(b);
	buf_printf(b, "{\"list_ms\":%.3f,\"rows\":%zu,\"list_back_to\":%lld,\"count_ms\":%.3f,"
		"\"total\":%lld,\"count_back_to\":%lld}",
		(double)(c - a) / 1000, page.n, (long long)page.meta.counted_from_us,
		(double)(clock_mono_us() - c) / 1000, (long long)counts.total,
		(long long)counts.meta.counted_from_us);
	return E_OK;
}

static enum err
run(struct task *t, struct pg *pg, int32_t env_id, const struct options *o, struct buf *b)
{
	struct pg_scope scope = { .environment_id = env_id, .team_id = o->team };
	struct query_env env;
	struct filters filters;
	struct range_input in = o->in;
	struct range range;
	struct overview out;
	struct jw w;
	enum err e = filters_parse(t, o->filter, o->nfilters, &filters);

	if (o->now_us != 0)
		t->now_us = o->now_us;
	if (e == E_OK)
		e = pg_begin(t, pg, &scope);
	if (e == E_OK)
		e = query_env_load(t, pg, env_id, &env);
	if (e != E_OK)
		return e;
	in.env_tz = env.timezone;
	e = range_parse(t, &in, &range);
	if (e == E_OK && o->explore) {
		e = explore(t, pg, &env, &range, &filters, b);
		return e == E_OK ? pg_commit(t, pg) : e;
	}
	if (e == E_OK)
		e = overview_load(t, pg, &env, &range, &filters, o->parts, &out);
	if (e == E_OK)
		e = pg_commit(t, pg);
	if (e != E_OK)
		return e;
	buf_reset(b);
	jw_init(&w, b);
	put(&w, &out, &range);
	if (o->repeat > 1)
		fprintf(stderr, "%.3f\n", out.meta.query_ms);
	return E_OK;
}

/* Says how many blocks were built on stderr. */
static enum err
build(struct task *t, struct str conninfo)
{
	struct pg *pg = pg_open(arena_cstr(t->arena, conninfo), "overview_dump");
	int64_t n = 0;
	enum err e = blocks_build(t, pg, 10000, &n);

	fprintf(stderr, "blocks %lld\n", (long long)n);
	pg_close(pg);
	return e;
}

int
main(int argc, char **argv)
{
	struct arena *a = arena_new(1 << 20);
	struct task t;
	struct options o = { .repeat = 1, .parts = OVERVIEW_ALL };
	struct buf b = BUF_INIT;
	int64_t env_id;
	enum err e = E_OK;

	if (argc < 3 || !num_range(str_of(argv[2]), 1, INT32_MAX, &env_id))
		return 64;
	for (int i = 3; i < argc; i++) {
		struct str rest = str_of(argv[i]);
		struct str name = str_cut(&rest, '=');
		if (rest.p == NULL || !option(&o, name, rest)) {
			fprintf(stderr, "overview_dump: %s\n", argv[i]);
			return 64;
		}
	}
	task_init(&t, a);
	struct pg *pg = pg_open(argv[1], "overview_dump");
	if (o.build.p != NULL)
		e = build(&t, o.build);
	for (int64_t i = 0; i < o.repeat && e == E_OK; i++) {
		task_reset(&t);
		e = run(&t, pg, (int32_t)env_id, &o, &b);
	}
	if (e == E_OK)
		printf("%.*s\n", STRF(buf_str(&b)));
	else
		fprintf(stderr, "overview_dump: %s: %s\n", err_slug(e), t.detail);
	pg_close(pg);
	buf_release(&b);
	arena_free(a);
	return err_exit(e);
}
