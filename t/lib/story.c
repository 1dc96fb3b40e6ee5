/*
 * story - both ends of the product for t/db/story: bodies as they are sent in,
 * every number out, and nothing between that a test could get wrong as well.
 *
 *   story feed CONNINFO ENVIRONMENT_ID     as the consumer; reads lines
 *                                          "RECEIVED_US COUNTRY BODY" (COUNTRY
 *                                          "-" unknown), an empty line ends a
 *                                          gather; prints the items stored
 *   story ask CONNINFO ENVIRONMENT_ID team=UUID [now= from= to= range= tz=]
 *                                          as the application; prints JSON
 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/jw.h"
#include "base/num.h"
#include "base/str.h"
#include "ingest/envelope.h"
#include "ingest/persist.h"
#include "ingest/wire.h"
#include "query/crashes_file.h"
#include "query/people_file.h"
#include "query/release_export.h"
#include "query/sessions_file.h"
#include "query/traces.h"

#define LINE_MAX_BYTES ((size_t)1 << 20)
#define GATHER_MAX 64

static const uint8_t master_key[32] = "0123456789abcdef0123456789abcde";

/* --- in --- */

struct feed {
	struct task t;
	struct arena *bodies; /* of one gather */
	struct persist *p;
	struct scrub scrub;
	struct scan scan;
	int32_t env;
	struct persist_entry entry[GATHER_MAX];
	size_t n;
	int64_t no;
	struct persist_result sum;
};

static enum err
gather_store(struct feed *f)
{
	enum err e = f->n == 0 ? E_OK : persist_store(&f->t, f->p, f->entry, f->n, &f->sum);

	f->n = 0;
	task_reset(&f->t);
	arena_reset(f->bodies);
	return e;
}

static enum err
line_take(struct feed *f, struct str line)
{
	struct str at = str_cut(&line, ' '), country = str_cut(&line, ' ');
	struct intake in = { .limits = &ingest_limits_default, .scrub = &f->scrub,
		.environment_id = f->env, .environment = STR("prod"), .sdk = STR(""),
		.sdk_version = STR(""), .schema_version = STR(""), .key_id = STR(""),
		.shape = SHAPE_INGEST, .form = BODY_JSON,
		.country = str_is(country, "-") ? STR("") : country };
	struct batch b = { 0 };
	struct verdict v = { 0 };
	struct buf wire = BUF_INIT;

	if (!num_i64(at, &in.received_us) || f->n == GATHER_MAX)
		return task_fail(&f->t, E_BAD_REQUEST, "line %lld", (long long)f->no);
	enum err e = envelope_parse(&f->t, &f->scan, &in, line, &b, &v);
	if (e != E_OK)
		return e;
	if (v.rejected > 0)
		return task_fail(&f->t, E_INVALID, "an item of line %lld is rejected: %s",
		                 (long long)f->no, v.nresults > 0 ? v.results[0].code : "");
	wire_encode(&wire, &b);
	f->entry[f->n++] = (struct persist_entry){
		.batch_id = arena_printf(f->bodies, "bat_%d_%lld", f->env, (long long)f->no++),
		.wire = arena_str(f->bodies, buf_str(&wire)), .environment_id = f->env,
		.items = (uint32_t)b.nitems, .received_us = in.received_us, .deliveries = 1 };
	buf_release(&wire);
	return E_OK;
}

static enum err
feed(struct feed *f, struct pg *pg)
{
	char *text = malloc(LINE_MAX_BYTES);
	const struct scrub_text plain = { STR("off"), STR(""), STR("truncate"), STR("plain"), f->env };
	struct arena *keep = arena_new(1 << 16);
	enum err e = E_OK;

	f->p = persist_open(pg, master_key);
	scan_init(&f->scan);
	f->bodies = arena_new(1 << 20);
	scrub_init(&f->scrub, keep, &plain, master_key);
	while (e == E_OK && text != NULL && fgets(text, (int)LINE_MAX_BYTES, stdin) != NULL) {
		struct str line = str_trim(str_of(text));

		e = line.n == 0 ? gather_store(f) : line_take(f, line);
	}
	if (e == E_OK)
		e = gather_store(f);
	if (e == E_OK)
		printf("%lld\n", (long long)f->sum.inserted);
	free(text);
	persist_close(f->p);
	scan_release(&f->scan);
	arena_free(f->bodies);
	arena_free(keep);
	return e;
}

/* --- out --- */

struct ask {
	struct task *t;
	struct pg *pg;
	struct query_env env;
	struct range range;
	struct filters none;
	struct jw w;
};

static enum err
put_sessions(struct ask *a)
{
	struct sessions_query q = { &a->range, &a->none, false, 100, STR("") };
	struct sessions_page page;
	enum err e;

	jw_key(&a->w, "sessions");
	jw_array_begin(&a->w);
	do {
		e = sessions_list(a->t, a->pg, &a->env, &q, &page);
		for (size_t i = 0; e == E_OK && i < page.n; i++) {
			struct buf b = BUF_INIT;
			struct timeline line;

			e = timeline_session(a->t, a->pg, &a->env, &page.row[i], &line);
			if (e == E_OK)
				session_json_full(&b, &page.row[i], &line);
			if (e == E_OK)
				jw_raw(&a->w, arena_str(a->t->arena, buf_str(&b)));
			buf_release(&b);
		}
		q.cursor = page.next_cursor;
	} while (e == E_OK && q.cursor.p != NULL);
	jw_array_end(&a->w);
	return e;
}

static enum err
put_people(struct ask *a)
{
	struct people_query q = { &a->range, &a->none, STR(""), 100, STR("") };
	struct people_page page;
	enum err e;

	jw_key(&a->w, "persons");
	jw_array_begin(&a->w);
	do {
		e = people_list(a->t, a->pg, &a->env, &q, &page);
		for (size_t i = 0; e == E_OK && i < page.n; i++) {
			struct person p;

			e = person_get(a->t, a->pg, &a->env, page.row[i].person_id, &p);
			if (e != E_OK)
				break;
			jw_object_begin(&a->w);
			person_json_full(&a->w, &p);
			jw_object_end(&a->w);
		}
		q.cursor = page.next_cursor;
	} while (e == E_OK && q.cursor.p != NULL);
	jw_array_end(&a->w);
	return e;
}

static void
put_group(struct jw *w, const struct crash_group *g)
{
	struct buf b = BUF_INIT;

	jw_object_begin(w);
	crash_row_json(&b, &g->row);
	jw_kraw(w, "row", buf_str(&b));
	buf_release(&b);
	jw_ki64(w, "sessions", g->sessions);
	jw_ki64(w, "fatal", g->fatal);
	jw_ki64(w, "all_crashes", g->all_crashes);
	jw_key(w, "dist");
	jw_object_begin(w);
	for (int d = 0; d < CRASH_DISTS; d++) {
		jw_key(w, crash_dist_name(g->dist[d].dist));
		jw_array_begin(w);
		for (size_t i = 0; i < g->dist[d].n; i++) {
			const struct crash_share *s = &g->dist[d].row[i];

			jw_array_begin(w);
			jw_str(w, s->other ? STR("(other)") : s->value);
			jw_i64(w, s->crashes);
			jw_i64(w, s->users);
			jw_array_end(w);
		}
		jw_array_end(w);
	}
	jw_object_end(w);
	jw_object_end(w);
}

static enum err
put_crashes(struct ask *a)
{
	struct crashes_query q = { .range = &a->range, .filters = &a->none, .limit = 1000 };
	struct crashes_page page;
	enum err e = crashes_list(a->t, a->pg, &a->env, &q, &page);

	if (e != E_OK)
		return e;
	jw_ki64(&a->w, "crashes", page.crashes);
	jw_key(&a->w, "groups");
	jw_array_begin(&a->w);
	for (size_t i = 0; e == E_OK && i < page.n; i++) {
		struct crash_group g;

		e = crash_group_load(a->t, a->pg, &a->env, page.row[i].group_id, &a->range,
		                     &a->none, &g);
		if (e == E_OK && (g.row.crashes != page.row[i].crashes ||
		                  g.row.users != page.row[i].users))
			e = task_fail(a->t, E_DATA, "a group's page and its list disagree");
		if (e == E_OK)
			put_group(&a->w, &g);
	}
	jw_array_end(&a->w);
	return e;
}

static void
put_parts(struct jw *w, const struct trace_detail *d)
{
	jw_key(w, "parts");
	jw_object_begin(w);
	for (int k = 0; k < TRACE_BY; k++) {
		jw_key(w, d->by[k].key);
		jw_array_begin(w);
		for (size_t i = 0; i < d->by[k].n; i++) {
			const struct trace_part *x = &d->by[k].row[i];

			jw_array_begin(w);
			jw_str(w, x->others > 0 ? STR("(other)") : x->value);
			jw_i64(w, x->samples);
			jw_f64(w, x->p50);
			jw_f64(w, x->p95);
			jw_array_end(w);
		}
		jw_array_end(w);
	}
	jw_object_end(w);
}

static enum err
put_traces(struct ask *a)
{
	const struct traces_query q = { &a->range, &a->none };
	struct trace_names names;
	enum err e = traces_names(a->t, a->pg, &a->env, &q, TRACE_NAMES_MAX, &names);

	if (e != E_OK)
		return e;
	jw_ki64(&a->w, "samples", names.samples);
	jw_key(&a->w, "traces");
	jw_array_begin(&a->w);
	for (size_t i = 0; e == E_OK && i < names.n; i++) {
		const struct trace_side *now = &names.row[i].now;
		struct trace_detail d;
		int64_t binned = 0;

		e = traces_detail(a->t, a->pg, &a->env, &q, names.row[i].name, &d);
		if (e != E_OK)
			break;
		for (size_t k = 0; k < d.histogram.n; k++)
			binned += d.histogram.count[k];
		jw_object_begin(&a->w);
		jw_kstr(&a->w, "name", names.row[i].name);
		jw_ki64(&a->w, "samples", now->samples);
		jw_ki64(&a->w, "detail_samples", d.name.now.samples);
		jw_ki64(&a->w, "binned", binned);
		jw_kbool(&a->w, "estimate", now->estimate || d.name.now.estimate);
		jw_key(&a->w, "p");
		jw_array_begin(&a->w);
		for (int k = 0; k < TRACE_RANKS; k++)
			jw_f64(&a->w, now->p[k]);
		for (int k = 0; k < TRACE_RANKS; k++)
			jw_f64(&a->w, d.name.now.p[k]);
		jw_array_end(&a->w);
		put_parts(&a->w, &d);
		jw_object_end(&a->w);
	}
	jw_array_end(&a->w);
	return e;
}

static enum err
put_releases(struct ask *a)
{
	struct releases_list list;
	enum err e = releases_list(a->t, a->pg, &a->env, &a->range, &a->none, &list);

	jw_key(&a->w, "releases");
	jw_array_begin(&a->w);
	for (size_t i = 0; e == E_OK && i < list.n; i++) {
		struct buf b = BUF_INIT;

		release_json(&b, &list.row[i]);
		jw_raw(&a->w, arena_str(a->t->arena, buf_str(&b)));
		buf_release(&b);
	}
	jw_array_end(&a->w);
	return e;
}

static enum err
ask(struct task *t, struct pg *pg, int32_t env_id, int argc, char **argv)
{
	enum err (*const parts[])(struct ask *) = { put_sessions, put_people, put_crashes,
		put_traces, put_releases };
	struct ask a = { .t = t, .pg = pg };
	struct range_input in = { 0 };
	struct pg_scope scope = { .environment_id = env_id };
	struct buf b = BUF_INIT;

	for (int i = 0; i < argc; i++) {
		struct str value = str_of(argv[i]), name = str_cut(&value, '=');

		if (str_is(name, "team"))
			scope.team_id = value;
		else if (str_is(name, "from"))
			in.from = value;
		else if (str_is(name, "to"))
			in.to = value;
		else if (str_is(name, "range"))
			in.range = value;
		else if (str_is(name, "tz"))
			in.tz = value;
		else if (!str_is(name, "now") || !clock_parse(value, false, &t->now_us))
			return task_fail(t, E_BAD_PARAM, "%s", argv[i]);
	}
	enum err e = filters_parse(t, NULL, 0, &a.none);
	if (e == E_OK)
		e = pg_begin(t, pg, &scope);
	if (e == E_OK)
		e = query_env_load(t, pg, env_id, &a.env);
	in.env_tz = a.env.timezone;
	if (e == E_OK)
		e = range_parse(t, &in, &a.range);
	jw_init(&a.w, &b);
	jw_object_begin(&a.w);
	jw_key(&a.w, "window");
	jw_array_begin(&a.w);
	jw_i64(&a.w, a.range.now.from_us);
	jw_i64(&a.w, a.range.now.to_us);
	jw_array_end(&a.w);
	for (size_t i = 0; e == E_OK && i < NELEM(parts); i++)
		e = parts[i](&a);
	jw_object_end(&a.w);
	e = pg_end(t, pg, e);
	if (e == E_OK)
		printf("%.*s\n", STRF(buf_str(&b)));
	buf_release(&b);
	return e;
}

int
main(int argc, char **argv)
{
	struct arena *arena = arena_new(1 << 20);
	struct feed f = { 0 };
	int64_t env;

	if (argc < 4 || !num_range(str_of(argv[3]), 1, INT32_MAX, &env))
		return 64;
	task_init(&f.t, arena);
	f.env = (int32_t)env;
	struct pg *pg = pg_open(argv[2], "story");
	enum err e = str_is(str_of(argv[1]), "feed") ? feed(&f, pg) :
		ask(&f.t, pg, f.env, argc - 4, argv + 4);
	if (e != E_OK)
		fprintf(stderr, "story: %s: %s\n", err_slug(e), f.t.detail);
	pg_close(pg);
	arena_free(arena);
	return err_exit(e);
}
