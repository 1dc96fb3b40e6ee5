/*
 * tracking.c - job: what the tracking plan knows of events by name.
 *
 * Names, and when they were first and last seen, are exact: they come from
 * the rollups. Properties and their types come from rows: the newest 5,000
 * since the last run, so that an environment with fewer is seen whole and a
 * busier one is sampled. Late and imported rows are older than the mark: their
 * names are found (all names are read once an hour), their properties are not.
 *
 * Only environments that got something since their last run are looked at: by a
 * key that was used, or by a batch that came without one (imports, demo data).
 * Numbers of a name are halved when it has been sampled 20,000 times, so what
 * is no longer sent fades. A name has at most 200 pairs of key and type, an
 * environment 5,000 names and 50,000 pairs: names of strangers fill no table.
 */
#include "base/clock.h"
#include "base/str.h"
#include "jobs/job.h"
#include "model/governance/rules.h"

#define ENVIRONMENTS_MAX 200
#define PAIRS_MAX 50000

static const struct stmt due = { "tracking_due",
	"SELECT e.id, coalesce((extract(epoch from m.ts)*1e6)::int8, 0), coalesce(m.event_id,"
	" '00000000-0000-0000-0000-000000000000'), coalesce(m.names_at, '-infinity') <"
	" now() - interval '1 hour' FROM environments e LEFT JOIN plan_marks m ON m.environment_id = e.id"
	" WHERE (m.at IS NULL AND e.first_event_at IS NOT NULL) OR EXISTS (SELECT FROM project_keys k"
	"  WHERE k.environment_id = e.id AND k.last_seen_at > m.at - interval '1 minute')"
	" OR (SELECT max(b.received_at) FROM batches b WHERE b.environment_id = e.id"
	"  AND b.received_at > now() - interval '1 day') > m.at - interval '10 minutes'"
	" OR (m.names_at < now() - interval '1 day' AND e.closed_at IS NULL)"
	" ORDER BY m.at NULLS FIRST, e.id LIMIT $1" };
#define NAMES "INSERT INTO plan_events AS p (environment_id, name, first_seen, last_seen)" \
	" SELECT $1::int4, value, min(bucket), max(bucket) FROM rollup_counts" \
	" WHERE environment_id = $1::int4 AND dim = 2 AND events > 0"
#define NAMES_END " GROUP BY value ORDER BY value LIMIT 5000" \
	" ON CONFLICT (environment_id, name) DO UPDATE SET" \
	" first_seen = least(p.first_seen, excluded.first_seen)," \
	" last_seen = greatest(p.last_seen, excluded.last_seen)," \
	" status = CASE WHEN p.status = 'planned' THEN 'live' ELSE p.status END" \
	" WHERE p.first_seen IS NULL OR excluded.first_seen < p.first_seen" \
	" OR excluded.last_seen > p.last_seen"
static const struct stmt names_new = { "tracking_names_new",
	NAMES " AND grain = 15 AND bucket >= least(now() - interval '2 hours',"
	" (SELECT m.at FROM plan_marks m WHERE m.environment_id = $1::int4) - interval '1 hour')"
	NAMES_END };
static const struct stmt names_all = { "tracking_names_all", NAMES " AND grain = 1440" NAMES_END };

/* Up to the mark to come: rows behind it that are stored between the statements
 * below belong to the next run, and to that alone. */
#define SAMPLE "SELECT ts, event_id, name, namespace, properties, context_no FROM events" \
	" WHERE environment_id = $1::int4 AND (ts, event_id) > ($2::timestamptz, $3::uuid)" \
	" AND ts <= $4::timestamptz AND (ts, event_id) <= ($4::timestamptz, $5::uuid) ORDER BY ts DESC, event_id DESC LIMIT 5000"
static const struct stmt sample_events = { "tracking_sample_events",
	"WITH e AS MATERIALIZED (" SAMPLE "), n AS (SELECT e.name, count(*) AS n,"
	" (array_agg(DISTINCT e.namespace))[:20] AS spaces,"
	" (array_agg(DISTINCT c.platform || ' ' || c.app_version))[:50] AS releases"
	" FROM e LEFT JOIN contexts c ON c.environment_id = $1::int4 AND c.context_no = e.context_no"
	" GROUP BY e.name)"
	" UPDATE plan_events p SET sampled = p.sampled + n.n,"
	" namespaces = (SELECT coalesce(array_agg(x ORDER BY x), '{}') FROM (SELECT DISTINCT x FROM"
	"  unnest(p.namespaces || n.spaces) x ORDER BY x LIMIT 20) y),"
	" releases = (SELECT coalesce(array_agg(x ORDER BY x DESC), '{}') FROM (SELECT DISTINCT x FROM"
	"  unnest(p.releases || n.releases) x WHERE btrim(x) <> '' ORDER BY x DESC LIMIT 50) y)"
	" FROM n WHERE p.environment_id = $1::int4 AND p.name = n.name" };
static const struct stmt sample_pairs = { "tracking_sample_pairs",
	"WITH e AS MATERIALIZED (" SAMPLE "), k AS (SELECT e.name, j.key, CASE"
	"  WHEN jsonb_typeof(j.value) <> 'number' THEN jsonb_typeof(j.value)"
	"  WHEN j.value::text ~ '^-?[0-9]+$' THEN 'integer' ELSE 'number' END AS type,"
	" count(*) AS n, min(e.ts) AS first, max(e.ts) AS last"
	" FROM e CROSS JOIN LATERAL jsonb_each(e.properties) j GROUP BY 1, 2, 3),"
	" r AS (SELECT k.*, row_number() OVER (PARTITION BY k.name ORDER BY k.n DESC, k.key) AS place,"
	"  p.key IS NOT NULL AS known FROM k LEFT JOIN plan_properties p"
	"  ON p.environment_id = $1::int4 AND p.name = k.name AND p.key = k.key AND p.type = k.type)"
	" INSERT INTO plan_properties AS p (environment_id, name, key, type, seen, first_seen, last_seen)"
	" SELECT $1::int4, r.name, r.key, r.type, r.n, r.first, r.last FROM r"
	" JOIN plan_events v ON v.environment_id = $1::int4 AND v.name = r.name"
	" WHERE r.known OR ($6::boolean AND r.place <= 200 AND (SELECT count(*) FROM plan_properties q"
	"  WHERE q.environment_id = $1::int4 AND q.name = r.name) < 200) ORDER BY r.name, r.key, r.type"
	" ON CONFLICT (environment_id, name, key, type) DO UPDATE SET seen = p.seen + excluded.seen,"
	" first_seen = least(p.first_seen, excluded.first_seen),"
	" last_seen = greatest(p.last_seen, excluded.last_seen)" };
static const struct stmt newest = { "tracking_newest",
	"SELECT (extract(epoch from ts)*1e6)::int8, event_id FROM events WHERE environment_id = $1::int4"
	" AND (ts, event_id) > ($2::timestamptz, $3::uuid) AND ts <= $4::timestamptz"
	" ORDER BY ts DESC, event_id DESC LIMIT 1" };
static const struct stmt to_check = { "tracking_to_check",
	"SELECT name, namespace, properties::text FROM (" SAMPLE ") e WHERE namespace = ANY($6::text[])" };
static const struct stmt violated = { "tracking_violated",
	"UPDATE plan_events p SET violations = p.violations + k.n FROM unnest($2::text[], $3::int8[])"
	" AS k (name, n) WHERE p.environment_id = $1::int4 AND p.name = k.name" };
static const struct stmt pairs = { "tracking_pairs",
	"SELECT count(*) FROM plan_properties WHERE environment_id = $1::int4" };
static const struct stmt fade = { "tracking_fade",
	"WITH f AS (UPDATE plan_events SET sampled = sampled / 2, violations = violations / 2"
	" WHERE environment_id = $1::int4 AND sampled > 20000 RETURNING name)"
	" UPDATE plan_properties p SET seen = p.seen / 2 FROM f"
	" WHERE p.environment_id = $1::int4 AND p.name = f.name" };
static const struct stmt gone = { "tracking_gone",
	"DELETE FROM plan_properties WHERE environment_id = $1::int4 AND seen = 0"
	" AND last_seen < now() - interval '7 days'" };
static const struct stmt mark = { "tracking_mark",
	"INSERT INTO plan_marks AS m (environment_id, ts, event_id, names_at, at) VALUES ($1::int4,"
	" $2::timestamptz, $3::uuid, CASE WHEN $4::boolean THEN now() ELSE '-infinity' END, now())"
	" ON CONFLICT (environment_id) DO UPDATE SET ts = excluded.ts, event_id = excluded.event_id,"
	" names_at = greatest(m.names_at, excluded.names_at), at = excluded.at" };
static const struct stmt *const statements[] = { &due, &names_new, &names_all, &sample_events,
	&sample_pairs, &newest, &to_check, &violated, &pairs, &fade, &gone, &mark };
const struct stmt_list job_tracking_statements = STMT_LIST("job_tracking", statements);

struct step {
	struct task *t;
	struct pg *pg;
	int32_t env;
	int64_t from_us, to_us;
	struct str from_id, to_id; /* to_id: of the newest row, when it is known */
	bool all_names;
};

static void
bind_window(const struct step *s, struct bind *b)
{
	bind_i64(s->t, b, s->env);
	bind_time(s->t, b, s->from_us);
	bind_str(s->t, b, s->from_id);
	bind_time(s->t, b, s->to_us);
	if (s->to_id.n > 0)
		bind_str(s->t, b, s->to_id);
}

static enum err
run_env(const struct step *s, const struct stmt *stmt)
{
	struct bind b = { 0 };
	bind_i64(s->t, &b, s->env);
	return pg_run(s->t, s->pg, stmt, &b, NULL);
}

static enum err
add_pairs(const struct step *s)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_i64(s->t, &b, s->env);
	enum err e = pg_one(s->t, s->pg, &pairs, &b, &r);
	if (e != E_OK)
		return e;
	b = (struct bind){ 0 };
	bind_window(s, &b);
	bind_bool(&b, row_i64(r, 0, 0) < PAIRS_MAX);
	return pg_run(s->t, s->pg, &sample_pairs, &b, NULL);
}

/* --- schemas: the sample against them, since "warn" lets events pass --- */

struct tally {
	struct str *name;
	int64_t *n;
	size_t count;
};

static void
count_name(struct tally *x, struct str name)
{
	for (size_t i = 0; i < x->count; i++) {
		if (str_eq(x->name[i], name)) {
			x->n[i]++;
			return;
		}
	}
	x->name[x->count] = name;
	x->n[x->count++] = 1;
}

static void
check_rows(const struct step *s, const struct schema_set *set, const struct rows *r,
           struct tally *x)
{
	struct schema_fault f[SCHEMA_FAULTS_MAX];
	struct scan scan;
	scan_init(&scan);
	for (size_t i = 0; i < rows_count(r); i++) {
		const struct schema_entry *e = schema_set_find(set, row_str(r, i, 1), row_str(r, i, 0));
		if (e == NULL)
			continue;
		if (scan_parse(s->t, &scan, row_str(r, i, 2)) != E_OK)
			task_clear(s->t);
		else if (schema_check(s->t, e->schema, &scan, scan.root, "properties", f) > 0)
			count_name(x, row_str(r, i, 0));
	}
	scan_release(&scan);
}

static enum err
add_violations(const struct step *s)
{
	struct schema_set set;
	struct schema_row *row;
	struct bind b = { 0 };
	struct rows *r;
	size_t n;
	enum err e = schema_list(s->t, s->pg, s->env, &row, &n);
	if (e == E_OK)
		e = schema_set_read(s->t, s->t->arena, schema_lines(s->t, row, n), &set);
	if (e != E_OK || set.n == 0)
		return e;
	struct str *spaces = tarray(s->t, set.n, struct str);
	for (size_t i = 0; i < set.n; i++)
		spaces[i] = set.entry[i].space;
	bind_window(s, &b);
	bind_str_array(s->t, &b, spaces, set.n);
	e = pg_run(s->t, s->pg, &to_check, &b, &r);
	if (e != E_OK || rows_count(r) == 0)
		return e;
	struct tally x = { tarray(s->t, rows_count(r), struct str),
		tarray(s->t, rows_count(r), int64_t), 0 };
	check_rows(s, &set, r, &x);
	b = (struct bind){ 0 };
	bind_i64(s->t, &b, s->env);
	bind_str_array(s->t, &b, x.name, x.count);
	bind_i64_array(s->t, &b, x.n, x.count);
	return x.count > 0 ? pg_run(s->t, s->pg, &violated, &b, NULL) : E_OK;
}

static enum err
sample_to(const struct step *s)
{
	struct bind b = { 0 };
	bind_window(s, &b);
	enum err e = pg_run(s->t, s->pg, &sample_events, &b, NULL);
	if (e == E_OK)
		e = add_pairs(s);
	return e == E_OK ? add_violations(s) : e;
}

static enum err
sample(const struct step *s, struct bind *mark_to)
{
	struct bind b = { 0 };
	struct step to = *s;
	struct rows *r;
	bind_window(s, &b);
	enum err e = pg_run(s->t, s->pg, &newest, &b, &r);
	bool some = e == E_OK && rows_count(r) == 1;
	if (some) {
		to.to_us = row_i64(r, 0, 0);
		to.to_id = row_str(r, 0, 1);
		e = sample_to(&to);
	}
	bind_i64(s->t, mark_to, s->env);
	bind_time(s->t, mark_to, some ? to.to_us : s->from_us);
	bind_str(s->t, mark_to, some ? to.to_id : s->from_id);
	bind_bool(mark_to, s->all_names);
	return e;
}

static enum err
one(const struct step *s)
{
	struct pg_scope scope = { .environment_id = s->env };
	struct bind b = { 0 };
	enum err e = pg_begin(s->t, s->pg, &scope);
	if (e == E_OK)
		e = run_env(s, s->all_names ? &names_all : &names_new);
	if (e == E_OK && s->all_names)
		e = run_env(s, &names_new); /* to the quarter of an hour */
	if (e == E_OK)
		e = sample(s, &b);
	if (e == E_OK)
		e = run_env(s, &fade);
	if (e == E_OK)
		e = run_env(s, &gone);
	if (e == E_OK)
		e = pg_run(s->t, s->pg, &mark, &b, NULL);
	return pg_end(s->t, s->pg, e);
}

enum err
job_tracking(struct task *t, struct job_host *h, int64_t *steps)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_i64(t, &b, ENVIRONMENTS_MAX);
	enum err e = pg_run(t, h->pg, &due, &b, &r);
	for (size_t i = 0; e == E_OK && i < rows_count(r); i++) {
		const struct step s = { .t = t, .pg = h->pg, .env = (int32_t)row_i64(r, i, 0),
			.from_us = row_i64(r, i, 1), .from_id = row_str(r, i, 2),
			.to_us = clock_now_us(), .all_names = row_bool(r, i, 3) };
		e = one(&s);
		*steps += e == E_OK;
	}
	return e;
}
