/* performance.c - traces and releases as they are read, against plain SQL over
 * the raw rows: random batches, late, repeated and out of order, in random
 * zones, for whole and ragged windows, with and without filters; before the
 * jobs have folded anything, after, and with late rows on top. */
#include <math.h>

#include "base/clock.h"
#include "base/num.h"
#include "base/str.h"
#include "query/releases.h"
#include "query/trace_read.h"
#include "query/traces.h"
#include "t/db/world.h"

#define SEEDS 30

/* --- one question ------------------------------------------------------------ */
struct ask {
	struct task *t;
	struct pg *pg;
	struct query_env env;
	struct range range;
	struct filters filters;
	const char *where; /* the filter as SQL on contexts c */
};

static struct str
sql_text(struct ask *a, const char *sql)
{
	struct sqlb *q = sqlb_new(a->t);
	struct rows *r;

	sqlb_add(q, "SELECT ");
	buf_puts(&q->text, sql); /* of this file, not of a stranger */
	assert_ok(a->t, sqlb_run(a->t, db_pg(DB_OWNER), q, &r));
	return row_str(r, 0, 0);
}

#define AT "(timestamptz 'epoch' + interval '1 microsecond' * %lld)"

/* The environment's rows in plain tables: a plan over every partition for each
 * of thousands of questions would take the time. */
static void
copy_rows(struct task *t, int env)
{
	static const char *const table[] = { "events", "crashes", "traces", "sessions" };

	for (size_t i = 0; i < NELEM(table); i++)
		assert_ok(t, pg_script(t, db_pg(DB_OWNER), arena_printf(t->arena,
			"DROP TABLE IF EXISTS pg_temp.o_%s; CREATE TEMP TABLE o_%s AS SELECT * FROM"
			" %s WHERE environment_id = %d", table[i], table[i], table[i], env).p));
}

/* Rows of a table joined with their contexts, in a span. */
static const char *
rows_sql(struct ask *a, const char *table, const char *time, const struct span *s)
{
	return (char *)(uintptr_t)arena_printf(a->t->arena, " FROM o_%s e JOIN contexts c ON"
		" c.environment_id = e.environment_id AND c.context_no = e.context_no"
		" LEFT JOIN person_alias a ON a.environment_id = e.environment_id"
		" AND a.from_no = e.person_no WHERE e.environment_id = %d AND e.%s >= " AT
		" AND e.%s < " AT "%s", table, a->env.id, time, (long long)s->from_us, time,
		(long long)s->to_us, a->where).p;
}

#define RANK(percent) "(array_agg(e.duration_ms ORDER BY e.duration_ms))" \
	"[(" percent " * count(*) + 99) / 100]"

static void
same(struct ask *a, const char *what, struct str got, struct str want)
{
	if (str_eq(got, want))
		return;
	print_error("%s of environment %d\nread:\n%.*s\nSQL:\n%.*s\n", what, a->env.id,
		STRF(got), STRF(want));
	fail();
}

static void
put(struct buf *b, double v)
{
	char text[NUM_TEXT];

	buf_putc(b, ' ');
	if (isnan(v))
		buf_putc(b, '-');
	else
		buf_add(b, (struct str){ text, num_format(v, text) });
}

/* --- traces --------------------------------------------------------------- */
static void
put_side(struct buf *b, const struct trace_side *s)
{
	buf_printf(b, " %lld", (long long)s->samples);
	for (int k = 0; k < TRACE_RANKS; k++)
		put(b, s->samples > 0 ? s->p[k] : NAN);
	assert_false(s->estimate || s->late);
}

static struct str
names_sql(struct ask *a, const struct span *s, struct str name)
{
	const char *quoted = name.p == NULL ? "" : arena_printf(a->t->arena,
		" AND e.name = $q$%.*s$q$", STRF(name)).p;
	return sql_text(a, arena_printf(a->t->arena, "coalesce(string_agg(concat_ws(' ', name, n,"
		" p50, p75, p95, p99), E'\\n' ORDER BY n DESC, name COLLATE \"C\"), '') FROM"
		" (SELECT e.name, count(*) AS n, " RANK("50") " AS p50, " RANK("75") " AS p75, "
		RANK("95") " AS p95, " RANK("99") " AS p99%s%s GROUP BY 1) x",
		rows_sql(a, "traces", "ts", s), quoted).p);
}

static void
check_names(struct ask *a, struct trace_names *list)
{
	struct traces_query q = { &a->range, &a->filters };
	struct buf b = BUF_INIT;
	int64_t sum = 0;

	assert_ok(a->t, traces_names(a->t, a->pg, &a->env, &q, TRACE_NAMES_MAX, list));
	for (size_t i = 0; i < list->n; i++) {
		const struct trace_name *n = &list->row[i];
		struct buf old = BUF_INIT;
		buf_printf(&b, "%s%.*s", i > 0 ? "\n" : "", STRF(n->name));
		put_side(&b, &n->now);
		sum += n->now.samples;
		if (n->before.samples > 0) {
			buf_add(&old, n->name);
			put_side(&old, &n->before);
		}
		same(a, "names before", arena_str(a->t->arena, buf_str(&old)),
			names_sql(a, &a->range.before, n->name));
		buf_release(&old);
	}
	assert_int_equal(sum, list->samples);
	same(a, "names", arena_str(a->t->arena, buf_str(&b)),
		names_sql(a, &a->range.now, STR_NULL));
	buf_release(&b);
}

static void
check_series(struct ask *a, const struct trace_detail *d)
{
	const struct trace_side *s = &d->name.now;
	int64_t sum = 0;

	for (size_t i = 0; i < a->range.now.n; i++) {
		struct span one = { a->range.now.edge[i], a->range.now.edge[i + 1], 1, NULL };
		struct buf b = BUF_INIT;
		sum += s->count[i];
		if (s->count[i] > 0) {
			buf_add(&b, d->name.name);
			buf_printf(&b, " %lld", (long long)s->count[i]);
			for (int k = 0; k < TRACE_RANKS; k++)
				put(&b, s->line[k][i]);
		}
		same(a, "series", arena_str(a->t->arena, buf_str(&b)),
			names_sql(a, &one, d->name.name));
		buf_release(&b);
	}
	assert_int_equal(sum, s->samples);
}

static void
check_parts(struct ask *a, const struct trace_detail *d)
{
	static const char *const column[TRACE_BY] = { "app_version", "platform", "model",
		"country" };

	for (int k = 0; k < TRACE_BY; k++) {
		struct buf b = BUF_INIT;
		int64_t sum = 0;
		for (size_t i = 0; i < d->by[k].n; i++) {
			const struct trace_part *p = &d->by[k].row[i];
			buf_printf(&b, "%s%.*s| %lld", i > 0 ? "\n" : "", STRF(p->value),
				(long long)p->samples);
			put(&b, p->p50);
			put(&b, p->p95);
			sum += p->samples;
		}
		assert_int_equal(sum, d->name.now.samples);
		same(a, column[k], arena_str(a->t->arena, buf_str(&b)),
			sql_text(a, arena_printf(a->t->arena, "coalesce(string_agg(concat_ws(' ',"
			" v || '|', n, p50, p95), E'\\n' ORDER BY n DESC, v COLLATE \"C\"), '')"
			" FROM (SELECT c.%s AS v, count(*) AS n, " RANK("50") " AS p50, " RANK("95")
			" AS p95%s AND e.name = $q$%.*s$q$ GROUP BY 1) x", column[k],
			rows_sql(a, "traces", "ts", &a->range.now), STRF(d->name.name)).p));
		buf_release(&b);
	}
}

static void
check_detail(struct ask *a, struct str name)
{
	struct traces_query q = { &a->range, &a->filters };
	struct trace_detail d;
	int64_t sum = 0;

	assert_ok(a->t, traces_detail(a->t, a->pg, &a->env, &q, name, &d));
	assert_int_equal(d.counted, d.name.now.samples);
	check_series(a, &d);
	check_parts(a, &d);
	for (size_t i = 0; i < d.histogram.n; i++) {
		struct str want = sql_text(a, arena_printf(a->t->arena, "count(*)%s AND e.name ="
			" $q$%.*s$q$ AND e.duration_ms >= %.9g AND e.duration_ms < %.9g",
			rows_sql(a, "traces", "ts", &a->range.now), STRF(name),
			d.histogram.edge[i], d.histogram.edge[i + 1]).p);
		same(a, "histogram", arena_printf(a->t->arena, "%lld",
			(long long)d.histogram.count[i]), want);
		sum += d.histogram.count[i];
	}
	assert_int_equal(sum, d.name.now.samples);
	for (size_t i = 1; i < d.nslowest; i++)
		assert_true(d.slowest[i].duration_ms <= d.slowest[i - 1].duration_ms);
	if (d.nslowest > 0)
		assert_int_equal((int64_t)(2 * d.slowest[0].duration_ms), number(a->t, a->env.id,
			arena_printf(a->t->arena, "(SELECT (2 * max(e.duration_ms))::int8%s AND"
			" e.name = $q$%.*s$q$)", rows_sql(a, "traces", "ts", &a->range.now),
			STRF(name)).p));
}

/* All rows once, newest first. */
static void
check_rows(struct ask *a)
{
	struct events_query q = { .range = &a->range, .filters = &a->filters, .limit = 7 };
	struct traces_page page;
	int64_t n = 0, last = INT64_MAX;

	do {
		assert_ok(a->t, traces_list(a->t, a->pg, &a->env, &q, &page));
		for (size_t i = 0; i < page.n; i++) {
			assert_true(page.row[i].ts_us <= last);
			last = page.row[i].ts_us;
		}
		n += (int64_t)page.n;
		q.cursor = page.next_cursor;
	} while (page.next_cursor.p != NULL);
	assert_int_equal(n, number(a->t, a->env.id, arena_printf(a->t->arena, "(SELECT count(*)%s)",
		rows_sql(a, "traces", "ts", &a->range.now)).p));
}

/* The same of events. */
static void
check_events(struct ask *a)
{
	struct events_query q = { .range = &a->range, .filters = &a->filters, .limit = 7 };
	struct events_page page;
	int64_t n = 0;

	do {
		assert_ok(a->t, events_list(a->t, a->pg, &a->env, &q, &page));
		n += (int64_t)page.n;
		q.cursor = page.next_cursor;
	} while (page.next_cursor.p != NULL);
	assert_int_equal(n, number(a->t, a->env.id, arena_printf(a->t->arena, "(SELECT count(*)%s)",
		rows_sql(a, "events", "ts", &a->range.now)).p));
}

/* --- releases -------------------------------------------------------------- */
static int64_t
count_of(struct ask *a, const struct release_row *r, const char *what, const char *table,
         const char *time)
{
	return number(a->t, a->env.id, arena_printf(a->t->arena, "(SELECT %s%s AND c.platform ="
		" '%.*s' AND c.app_version = '%.*s' AND (c.app_version = '' OR"
		" c.app_build = '%.*s'))", what, rows_sql(a, table, time, &a->range.now),
		STRF(r->platform), STRF(r->version), STRF(r->build)).p);
}

/* release false: of its platform. */
static int64_t
users_in(struct ask *a, const struct release_row *r, const struct span *s, bool release)
{
	struct buf b = BUF_INIT;
	static const char *const table[] = { "events", "crashes", "traces" };

	buf_puts(&b, "(SELECT count(DISTINCT p) FROM (");
	for (int i = 0; i < 3; i++)
		buf_printf(&b, "%sSELECT coalesce(a.to_no, e.person_no) AS p%s AND c.platform ="
			" '%.*s' AND (%s OR (c.app_version = '%.*s' AND (c.app_version = '' OR"
			" c.app_build = '%.*s')))", i > 0 ? " UNION ALL " : "",
			rows_sql(a, table[i], "ts", s), STRF(r->platform),
			release ? "false" : "true", STRF(r->version), STRF(r->build));
	buf_puts(&b, ") x)");
	struct str all = sql_text(a, arena_str(a->t->arena, buf_str(&b)).p);
	int64_t n = -1;
	buf_release(&b);
	assert_true(num_i64(all, &n));
	return n;
}

static void
check_percent(double got, int64_t all, int64_t bad)
{
	if (all == 0)
		assert_true(isnan(got));
	else
		assert_true(fabs(got - 100.0 * (double)(all - bad) / (double)all) < 0.00501);
}

/* Shares of a platform's users, in all and in some bucket. */
static void
check_adoption(struct ask *a, const struct release_row *r)
{
	const struct span *now = &a->range.now;
	size_t i = draw((uint32_t)now->n);
	struct span s = { now->edge[i], now->edge[i + 1], 1, NULL };
	int64_t all = users_in(a, r, now, false);

	assert_int_equal(r->users, users_in(a, r, now, true));
	check_percent(r->adoption_pct, all, all - r->users);
	all = users_in(a, r, &s, false);
	check_percent(r->adoption[i], all, all - users_in(a, r, &s, true));
}

static void
check_releases(struct ask *a)
{
	struct releases_list list;
	int64_t events = 0, crashes = 0, traces = 0, sessions = 0;

	assert_ok(a->t, releases_list(a->t, a->pg, &a->env, &a->range, &a->filters, &list));
	for (size_t i = 0; i < list.n; i++) {
		const struct release_row *r = &list.row[i];
		assert_int_equal(r->events, count_of(a, r, "count(*)", "events", "ts"));
		assert_int_equal(r->crashes, count_of(a, r, "count(*)", "crashes", "ts"));
		assert_int_equal(r->traces, count_of(a, r, "count(*)", "traces", "ts"));
		assert_int_equal(r->sessions, count_of(a, r, "count(*)", "sessions", "started_at"));
		assert_int_equal(r->fatal_sessions, count_of(a, r,
			"count(*) FILTER (WHERE e.fatal_crashes > 0)", "sessions", "started_at"));
		check_adoption(a, r);
		assert_int_equal(r->fatal_users, count_of(a, r,
			"count(DISTINCT coalesce(a.to_no, e.person_no)) FILTER (WHERE e.fatal)",
			"crashes", "ts"));
		check_percent(r->crash_free_users_pct, r->users, r->fatal_users);
		check_percent(r->crash_free_sessions_pct, r->sessions, r->fatal_sessions);
		if (r->cold_samples > 0)
			assert_int_equal((int64_t)(2 * r->p95_cold_start_ms), count_of(a, r,
				"(2 * (array_agg(e.duration_ms ORDER BY e.duration_ms) FILTER"
				" (WHERE e.name = 'cold_start'))[(95 * count(*) FILTER"
				" (WHERE e.name = 'cold_start') + 99) / 100])::int8",
				"traces", "ts"));
		events += r->events;
		crashes += r->crashes;
		traces += r->traces;
		sessions += r->sessions;
		if (i > 0 && str_eq(r[-1].platform, r->platform) && r[-1].key.p != NULL &&
		    r->key.p != NULL)
			assert_true(str_cmp(r[-1].key, r->key) >= 0);
	}
	/* the sum over releases and the unknown ones is the total */
	assert_int_equal(events, number(a->t, a->env.id, arena_printf(a->t->arena,
		"(SELECT count(*)%s)", rows_sql(a, "events", "ts", &a->range.now)).p));
	assert_int_equal(crashes, number(a->t, a->env.id, arena_printf(a->t->arena,
		"(SELECT count(*)%s)", rows_sql(a, "crashes", "ts", &a->range.now)).p));
	assert_int_equal(traces, number(a->t, a->env.id, arena_printf(a->t->arena,
		"(SELECT count(*)%s)", rows_sql(a, "traces", "ts", &a->range.now)).p));
	assert_int_equal(sessions, number(a->t, a->env.id, arena_printf(a->t->arena,
		"(SELECT count(*)%s)", rows_sql(a, "sessions", "started_at", &a->range.now)).p));
}

/* --- crashes ------------------------------------------------------------ */
static int
by_all(const void *pa, const void *pb)
{
	const struct crash_key *a = pa, *b = pb;

	if (a->ts_us != b->ts_us)
		return a->ts_us < b->ts_us ? -1 : 1;
	if (a->context_no != b->context_no)
		return a->context_no < b->context_no ? -1 : 1;
	if (a->person_no != b->person_no)
		return a->person_no < b->person_no ? -1 : 1;
	return (a->group_no > b->group_no) - (a->group_no < b->group_no);
}

/* Every number of every crash. */
static void
check_crashes(struct ask *a)
{
	struct crash_ask c = { .env = &a->env, .filters = &a->filters, .times = true,
		.sessions = true, .from_us = a->range.now.from_us, .to_us = a->range.now.to_us };
	struct buf b = BUF_INIT;
	struct crash_key *key;
	size_t n;
	bool late;

	assert_ok(a->t, crash_read(a->t, a->pg, &c, 10000, &key, &n, &late));
	assert_false(late);
	for (size_t i = 1; i < n; i++)
		assert_true(key[i - 1].group_no < key[i].group_no ||
			(key[i - 1].group_no == key[i].group_no &&
			 key[i - 1].person_no <= key[i].person_no));
	if (n > 0)
		qsort(key, n, sizeof(*key), by_all);
	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%d %d %d %d %lld %lld,", key[i].group_no, key[i].context_no,
			key[i].person_no, key[i].fatal, (long long)key[i].ts_us,
			(long long)key[i].session_no);
	same(a, "crashes", buf_str(&b), sql_text(a, arena_printf(a->t->arena,
		"coalesce(string_agg(x || ',', '' ORDER BY at, ctx, p, g), '') FROM (SELECT"
		" concat_ws(' ', e.group_no, e.context_no, coalesce(a.to_no, e.person_no, 0),"
		" e.fatal::int, (extract(epoch FROM e.ts) * 1000000)::int8,"
		" coalesce(e.session_no, 0)) AS x, e.ts AS at, e.context_no AS ctx,"
		" coalesce(a.to_no, e.person_no, 0) AS p, e.group_no AS g%s) y",
		rows_sql(a, "crashes", "ts", &a->range.now)).p));
	buf_release(&b);
}

/* --- seeds ------------------------------------------------------------------ */
static void
ask_window(struct ask *a)
{
	static const char *const preset[] = { "24h", "7d", "30d" };
	struct range_input in = { .page = true, .env_tz = a->env.timezone };
	char from[CLOCK_TEXT], to[CLOCK_TEXT];

	if (draw(2)) {
		in.range = str_of(preset[draw(3)]);
	} else {
		int64_t at = base_us - (int64_t)draw(8 * 86400) * US_PER_S;
		in.from = (struct str){ from, clock_format(at - (int64_t)(1 + draw(5 * 86400)) *
			US_PER_S, from) };
		in.to = (struct str){ to, clock_format(at, to) };
	}
	if (draw(4) == 0)
		in.tz = STR("Asia/Tokyo");
	assert_ok(a->t, range_parse(a->t, &in, &a->range));
	a->filters.n = 0;
	a->where = "";
	if (draw(3) == 0) {
		static const struct {
			const char *filter, *where;
		} one[] = {
			{ "platform:eq:ios", " AND c.platform = 'ios'" },
			{ "version:in:2.0.0,1.9.0", " AND c.app_version IN ('2.0.0', '1.9.0')" },
			{ "version:eq:2.0.0", " AND c.app_version = '2.0.0'" },
			{ "version:eq:0.0.1", " AND c.app_version = '0.0.1'" },
		};
		uint32_t k = draw(NELEM(one));
		struct str f = str_of(one[k].filter);
		a->where = one[k].where;
		assert_ok(a->t, filters_parse(a->t, &f, 1, &a->filters));
	}
}

static void
numbers_are_those_of_sql(void **state)
{
	struct task *t = *state;
	int64_t seen = 0, days = 0, taken = 0, trace_days = 0;

	for (uint64_t s = 1; s <= SEEDS; s++) {
		struct ask a = { .t = t, .pg = db_pg(DB_APP) };
		int env = make_world(t, s * 7919);
		if (getenv("VERBOSE") != NULL)
			print_message("seed %llu\n", (unsigned long long)s);

		if (s % 3 == 0)
			forget_releases(t, env);
		copy_rows(t, env);
		struct pg_scope scope = scope_of(t, env);
		for (int w = 0; w < 3; w++) {
			struct trace_names list;
			if (w == 1) {
				settle(t);
				days += number(t, env, CRASH_DAYS);
				trace_days += number(t, env, TRACE_DAYS);
			} else if (w == 2) {
				taken += number(t, env, CRASH_DAYS);
				store_late(t, env);
				taken -= number(t, env, CRASH_DAYS);
				copy_rows(t, env);
			}
			assert_ok(t, pg_begin(t, a.pg, &scope));
			assert_ok(t, query_env_load(t, a.pg, env, &a.env));
			ask_window(&a);
			check_names(&a, &list);
			seen += list.samples;
			for (size_t i = 0; (w == 0 || a.filters.n > 0) && i < list.n; i++)
				check_detail(&a, list.row[i].name);
			check_rows(&a);
			if (a.filters.n > 0)
				check_events(&a);
			check_releases(&a);
			check_crashes(&a);
			assert_ok(t, pg_commit(t, a.pg));
		}
	}
	assert_true(seen > 1000); /* there was something to compare */
	assert_true(days > SEEDS && taken > SEEDS && trace_days > SEEDS);
}

/* Over 10,000 samples: an estimate that says so, near the true rank, and a
 * histogram that still adds up. */
static void
many_samples_are_a_digest(void **state)
{
	struct task *t = *state;
	int env = environment(t, "UTC");
	struct ask a = { .t = t, .pg = db_pg(DB_APP), .where = "" };
	struct range_input in = { .page = true, .env_tz = STR("UTC"), .range = STR("30d") };
	struct traces_query q = { &a.range, NULL };
	struct trace_detail d;
	struct rows *r;
	struct sqlb *b = sqlb_new(t);
	int64_t sum = 0;

	assert_ok(t, pg_script(t, db_pg(DB_OWNER), arena_printf(t->arena,
		"SELECT setseed(0.4); INSERT INTO contexts (environment_id, context_no, hash,"
		" app_version, platform, first_seen) VALUES (%d, 1, '\\x01', '1.0', 'ios', now());"
		"INSERT INTO traces (environment_id, ts, received_at, event_id, context_no, class,"
		" name, duration_ms) SELECT %d, date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME"
		" ZONE 'UTC' - n %% 20 * interval '1 day' - interval '1 hour', now(),"
		" gen_random_uuid(), 1, 90, 'busy', 100 * exp(2 * random()) FROM"
		" generate_series(1, 30000) n;"
		"UPDATE traces SET class = (SELECT retention_class(retention_trace_days)"
		" FROM environments WHERE id = %d) WHERE environment_id = %d;"
		"INSERT INTO trace_digests SELECT %d, (ts AT TIME ZONE 'UTC')::date, name, count(*),"
		" tdigest(duration_ms, 100) FROM traces WHERE environment_id = %d GROUP BY 2, 3;"
		"INSERT INTO rollup_counts (environment_id, grain, dim, bucket, value, traces)"
		" SELECT %d, 1440, d, date_trunc('day', ts, 'UTC'), v, count(*) FROM traces,"
		" (VALUES (0, ''), (4, 'ios')) AS x (d, v) WHERE environment_id = %d GROUP BY 3, 4, 5",
		env, env, env, env, env, env, env, env).p));
	sqlb_add(b, "SELECT team_id FROM environments WHERE id = ");
	sqlb_i64(b, env);
	assert_ok(t, sqlb_run(t, db_pg(DB_OWNER), b, &r));
	struct pg_scope scope = { env, row_str(r, 0, 0), STR("") };
	assert_ok(t, range_parse(t, &in, &a.range));
	assert_ok(t, pg_begin(t, a.pg, &scope));
	assert_ok(t, query_env_load(t, a.pg, env, &a.env));
	assert_ok(t, traces_detail(t, a.pg, &a.env, &q, STR("busy"), &d));
	assert_ok(t, pg_commit(t, a.pg));
	assert_true(d.name.now.estimate && d.meta.estimate && d.meta.note.n > 0);
	assert_int_equal(d.name.now.samples, 30000);
	assert_int_equal(d.counted, TRACE_SAMPLES_MAX);
	for (int k = 0; k < TRACE_RANKS; k++) { /* exp(2u): the quantile is known */
		double want = 100 * exp(2 * trace_percent[k] / 100.0);
		assert_true(fabs(d.name.now.p[k] / want - 1) < 0.03);
	}
	for (size_t i = 0; i < d.histogram.n; i++)
		sum += d.histogram.count[i];
	assert_int_equal(sum, 30000);
	for (int k = 0; k < TRACE_BY; k++) {
		sum = 0;
		for (size_t i = 0; i < d.by[k].n; i++)
			sum += d.by[k].row[i].samples;
		assert_int_equal(sum, d.counted);
	}

	/* under a filter they are in hand: the true ranks, and all by version */
	struct str filter = STR("platform:eq:ios");
	assert_ok(t, filters_parse(t, &filter, 1, &a.filters));
	q.filters = &a.filters;
	for (int i = 0; i < 2; i++) {
		assert_ok(t, pg_begin(t, a.pg, &scope));
		assert_ok(t, traces_detail(t, a.pg, &a.env, &q, STR("busy"), &d));
		assert_ok(t, pg_commit(t, a.pg));
		assert_false(d.name.now.estimate || d.meta.estimate);
		assert_int_equal(d.counted, 30000);
		assert_int_equal(d.by[TRACE_BY_VERSION].row[0].samples, 30000);
		for (int k = 0; k < TRACE_RANKS; k++) {
			double v = d.name.now.p[k];
			assert_int_equal(number(t, env, arena_printf(t->arena, "SELECT count(*) FROM"
				" traces WHERE environment_id = e AND duration_ms <= %.17g", v).p),
				300 * trace_percent[k]);
		}
		settle(t);
	}
}

static void
statements(void **state)
{
	static const struct stmt_list *const lists[] = { &traces_statements, &trace_read_statements,
		&trace_sums_statements, &trace_detail_statements, &releases_statements,
		&release_active_statements, &release_detail_statements };
	struct task *t = *state;

	for (size_t i = 0; i < NELEM(lists); i++)
		for (size_t k = 0; k < lists[i]->n; k++)
			assert_ok(t, pg_prepare(t, db_pg(DB_APP), lists[i]->stmt[k]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(statements), T(numbers_are_those_of_sql),
		T(many_samples_are_a_digest),
	};

	return cmocka_run_group_tests_name(__FILE__, tests, gather_start, db_group_end);
}
