/* usage.c - see usage.h. */
#include "model/team/usage.h"

#include "base/clock.h"
#include "base/str.h"
#include "model/team/provider.h"

#define MONTH(n) "date_trunc('month', " n "::timestamptz AT TIME ZONE 'UTC')::date"
#define MONTH_US(column) "(extract(epoch from " column ")*1e6)::int8" /* of a date: UTC */
/* Bytes of a row while the server has no statistics yet. */
#define ROW_BYTES "400::float8"
/* Storage does not begin anew with a month: until it is measured in this one,
 * it is what it was last. */
#define STORAGE(team, month) "CASE WHEN u.measured_at IS NOT NULL THEN u.storage_bytes ELSE" \
	" coalesce((SELECT b.storage_bytes FROM team_usage b WHERE b.team_id = " team        \
	" AND b.month < " month " AND b.measured_at IS NOT NULL ORDER BY b.month DESC LIMIT 1), 0) END"
#define COLUMNS(team, month) MONTH_US(month) ", u.events, u.crashes, u.traces, u.offered," \
	" u.dropped, u.api_calls, u.persons, " STORAGE(team, month) ","                      \
	" coalesce((extract(epoch from u.measured_at)*1e6)::int8, 0)"
#define NCOLUMNS 10

static const struct stmt get = { "usage_get",
	"SELECT " COLUMNS("$1::uuid", "k.month") " FROM (SELECT " MONTH("$2") " AS month) k"
	" LEFT JOIN team_usage u ON u.team_id = $1::uuid AND u.month = k.month" };
static const struct stmt list = { "usage_list",
	"SELECT " COLUMNS("u.team_id", "u.month") " FROM team_usage u WHERE u.team_id = $1::uuid"
	" ORDER BY u.month DESC LIMIT $2::int4" };
static const struct stmt warnings = { "usage_warnings",
	"SELECT meter, level, used, allowed, (extract(epoch from at)*1e6)::int8"
	" FROM usage_warnings WHERE team_id = $1::uuid AND month = " MONTH("$2")
	" ORDER BY meter, level DESC" };
static const struct stmt warn = { "usage_warn",
	"INSERT INTO usage_warnings AS w (team_id, month, meter, level, used, allowed)"
	" VALUES ($1::uuid, " MONTH("$2") ", $3, $4::int2, $5::int8, $6::int8)"
	" ON CONFLICT (team_id, month, meter, level) DO UPDATE SET used = excluded.used,"
	" allowed = excluded.allowed, at = now() WHERE w.allowed < excluded.allowed" };
/* entitlements_of() of every team at once: a call for each would take 0.3 ms. */
#define PLANNED(as, ent) "max(value) FILTER (WHERE name = '" ent "') AS " as
#define OWNED(as, ent) "bool_or(name = '" ent "') AS has_" as ", " PLANNED(as, ent)
#define LIMIT_OF(as) "coalesce(CASE WHEN o.has_" as " THEN o." as " ELSE e." as " END, -1) AS " as
static const struct stmt states = { "usage_states",
	"WITH e AS (SELECT plan_id, " PLANNED("ev", "events") ", " PLANNED("cr", "crash_reserve") ", "
	PLANNED("pe", "persons") ", " PLANNED("st", "storage_bytes") ", " PLANNED("ca", "api_calls")
	" FROM plan_entitlements GROUP BY plan_id),"
	" o AS (SELECT team_id, " OWNED("ev", "events") ", " OWNED("cr", "crash_reserve") ", "
	OWNED("pe", "persons") ", " OWNED("st", "storage_bytes") ", " OWNED("ca", "api_calls")
	" FROM team_entitlements GROUP BY team_id),"
	" a AS (SELECT t.id, t.slug, t.name, " LIMIT_OF("ev") ", " LIMIT_OF("cr") ", " LIMIT_OF("pe")
	", " LIMIT_OF("st") ", " LIMIT_OF("ca") " FROM teams t"
	" LEFT JOIN subscriptions s ON s.team_id = t.id LEFT JOIN o ON o.team_id = t.id"
	" JOIN e ON e.plan_id = CASE WHEN s.team_id IS NULL THEN $2 ELSE plan_at(s, $3::timestamptz) END"
	" WHERE ($1::uuid IS NULL OR t.id = $1::uuid) AND t.deleted_at IS NULL)"
	" SELECT " COLUMNS("a.id", MONTH("$3")) ", a.ev, a.cr, a.pe, a.st, a.ca, a.id, a.slug, a.name FROM a"
	" LEFT JOIN team_usage u ON u.team_id = a.id AND u.month = " MONTH("$3")
	" WHERE $1::uuid IS NOT NULL OR greatest(a.ev, a.pe, a.st, a.ca) >= 0 ORDER BY a.id" };
/* No plan changes between what is read and what the door is told. */
static const struct stmt lock = { "usage_lock", "SELECT pg_advisory_xact_lock(7321, 1)" };
static const struct stmt calls = { "usage_calls",
	"INSERT INTO team_usage AS u (team_id, month, api_calls) SELECT t.id, " MONTH("$1") ", k.n"
	" FROM unnest($2::text[], $3::int8[]) AS k (id, n) JOIN teams t ON t.id::text = k.id"
	" ORDER BY t.id ON CONFLICT (team_id, month) DO UPDATE"
	" SET api_calls = greatest(u.api_calls, excluded.api_calls)"
	" WHERE u.api_calls < excluded.api_calls" };
static const struct stmt calls_lost = { "usage_calls_lost",
	"SELECT u.team_id, u.api_calls FROM team_usage u LEFT JOIN unnest($2::text[], $3::int8[])"
	" AS k (id, n) ON k.id = u.team_id::text WHERE u.month = " MONTH("$1")
	" AND u.api_calls > coalesce(k.n, 0)" };
/* Once an hour, after sizes were measured, and shortly before a month ends:
 * its last number of people stays. */
#define MONTH_END(n) "(date_trunc('month', " n "::timestamptz, 'UTC') + interval '1 month')"
static const struct stmt to_measure = { "usage_to_measure",
	"SELECT t.id FROM teams t LEFT JOIN team_usage u ON u.team_id = t.id AND u.month = "
	MONTH("$1") " WHERE t.deleted_at IS NULL"
	" AND (u.measured_at IS NULL OR u.measured_at < $1::timestamptz - interval '1 hour'"
	"  OR u.measured_at < (SELECT max(at) FROM retention_sizes)"
	"  OR ($1::timestamptz >= " MONTH_END("$1") " - interval '5 minutes'"
	"   AND u.measured_at < " MONTH_END("$1") " - interval '5 minutes'))"
	" AND EXISTS (SELECT FROM environments e WHERE e.team_id = t.id AND e.first_event_at IS NOT NULL)"
	" ORDER BY u.measured_at NULLS FIRST, t.id LIMIT $2::int4" };
/* Rows that are kept, from the sums, times the bytes of a row of their class:
 * what query/storage.c shows of each environment. */
#define KEPT(column, days) "coalesce(sum(r." column ") FILTER (WHERE " days " = 0" \
	" OR r.bucket >= $2::timestamptz - make_interval(days => " days ")), 0)"
#define LONGEST "CASE WHEN least(e.retention_raw_days, e.retention_crash_days,"      \
	" e.retention_trace_days) = 0 THEN 0 ELSE greatest(e.retention_raw_days,"    \
	" e.retention_crash_days, e.retention_trace_days) END"
#define CLASS(days) "CASE WHEN " days " = 0 OR " days " > 400 THEN 0 WHEN " days " > 90" \
	" THEN 400 WHEN " days " > 30 THEN 90 ELSE 30 END"
static const struct stmt measure = { "usage_measure",
	"INSERT INTO team_usage AS u (team_id, month, persons, storage_bytes, measured_at)"
	" SELECT $1::uuid, " MONTH("$2") ", (SELECT count(*) FROM environments e JOIN persons p"
	"  ON p.environment_id = e.id AND p.seen_hour >= date_trunc('month', $2::timestamptz, 'UTC')"
	"  WHERE e.team_id = $1::uuid AND NOT EXISTS (SELECT FROM person_alias a"
	"  WHERE a.environment_id = e.id AND a.from_no = p.person_no)),"
	" (SELECT coalesce(sum(k.n * coalesce((SELECT s.bytes::float8 / nullif(s.rows, 0)"
	"    FROM retention_sizes s WHERE s.parent = k.parent AND s.class = k.class),"
	"   (SELECT sum(s.bytes)::float8 / nullif(sum(s.rows), 0) FROM retention_sizes s"
	"    WHERE s.parent = k.parent),"
	"   (SELECT pg_total_relation_size(c.oid) / c.reltuples::float8 FROM pg_class c"
	"    WHERE k.parent = 'sessions' AND c.oid = 'sessions'::regclass AND c.reltuples > 0),"
	"   " ROW_BYTES ")), 0)::int8"
	"  FROM environments e CROSS JOIN LATERAL (SELECT"
	"   " KEPT("events", "e.retention_raw_days") " AS events,"
	"   " KEPT("crashes", "e.retention_crash_days") " AS crashes,"
	"   " KEPT("traces", "e.retention_trace_days") " AS traces,"
	"   " KEPT("sessions", LONGEST) " AS sessions FROM rollup_counts r"
	"   WHERE r.environment_id = e.id AND r.grain = 1440 AND r.dim = 0) c"
	"  CROSS JOIN LATERAL (VALUES ('events', " CLASS("e.retention_raw_days") ", c.events),"
	"   ('crashes', " CLASS("e.retention_crash_days") ", c.crashes),"
	"   ('traces', " CLASS("e.retention_trace_days") ", c.traces),"
	"   ('sessions', -1, c.sessions)) AS k (parent, class, n)"
	"  WHERE e.team_id = $1::uuid), $2::timestamptz"
	" ON CONFLICT (team_id, month) DO UPDATE SET persons = excluded.persons,"
	" storage_bytes = excluded.storage_bytes, measured_at = excluded.measured_at" };
static const struct stmt *const all[] = { &get, &list, &warnings, &warn, &states, &lock,
	&calls, &calls_lost, &to_measure, &measure };
const struct stmt_list usage_statements = STMT_LIST("usage", all);

static void
fill(const struct rows *r, size_t i, struct usage *out)
{
	*out = (struct usage){
		.month_us = row_i64(r, i, 0), .events = row_i64(r, i, 1),
		.crashes = row_i64(r, i, 2), .traces = row_i64(r, i, 3),
		.offered = row_i64(r, i, 4), .dropped = row_i64(r, i, 5),
		.api_calls = row_i64(r, i, 6), .persons = row_i64(r, i, 7),
		.storage_bytes = row_i64(r, i, 8), .measured_us = row_i64(r, i, 9),
	};
}

int64_t
usage_of(const struct usage *u, enum entitlement what)
{
	switch (what) {
	case ENT_EVENTS:
		return u->events + u->crashes + u->traces;
	case ENT_PERSONS:
		return u->persons;
	case ENT_STORAGE:
		return u->storage_bytes;
	case ENT_API_CALLS:
		return u->api_calls;
	default:
		ASSERT(!entitlement_rows[what].metered);
		return 0;
	}
}

int64_t
usage_forecast(const struct usage *u, enum entitlement what, int64_t now_us)
{
	int64_t used = usage_of(u, what), start = u->month_us, end = month_next(start);
	int64_t gone = now_us - start;
	if (what == ENT_STORAGE || now_us >= end || gone < US_PER_HOUR)
		return used;
	return (int64_t)((double)used * (double)(end - start) / (double)gone);
}

enum err
usage_get(struct task *t, struct pg *pg, struct str team_id, int64_t us, struct usage *out)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_str(t, &b, team_id);
	bind_time(t, &b, us);
	enum err e = pg_one(t, pg, &get, &b, &r);
	if (e == E_OK)
		fill(r, 0, out);
	return e;
}

enum err
usage_list(struct task *t, struct pg *pg, struct str team_id, int limit, struct usage **out,
           size_t *n)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_str(t, &b, team_id);
	bind_i64(t, &b, limit);
	enum err e = pg_run(t, pg, &list, &b, &r);
	if (e != E_OK)
		return e;
	*n = rows_count(r);
	*out = tarray(t, *n + 1, struct usage);
	for (size_t i = 0; i < *n; i++)
		fill(r, i, &(*out)[i]);
	return E_OK;
}

enum err
usage_warnings(struct task *t, struct pg *pg, struct str team_id, int64_t us,
               struct usage_warning **out, size_t *n)
{
	struct bind b = { 0 };
	struct rows *r;
	*n = 0;
	bind_str(t, &b, team_id);
	bind_time(t, &b, us);
	enum err e = pg_run(t, pg, &warnings, &b, &r);
	if (e != E_OK)
		return e;
	*out = tarray(t, rows_count(r) + 1, struct usage_warning);
	for (size_t i = 0; i < rows_count(r); i++) {
		enum entitlement what = entitlement_find(row_str(r, i, 0));
		if (what < ENT_COUNT)
			(*out)[(*n)++] = (struct usage_warning){ what, (int)row_i64(r, i, 1),
				row_i64(r, i, 2), row_i64(r, i, 3), row_i64(r, i, 4) };
	}
	return E_OK;
}

int
usage_level(int64_t used, int64_t allowed)
{
	if (allowed == PLAN_UNLIMITED || used == 0)
		return 0;
	return used >= allowed ? 100 : used >= allowed - allowed / 5 ? 80 : 0;
}

enum err
usage_warn(struct task *t, struct pg *pg, struct str team_id, const struct usage_warning *w,
           bool *first)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_str(t, &b, team_id);
	bind_time(t, &b, t->now_us);
	bind_str(t, &b, str_of(entitlement_rows[w->what].name));
	bind_i64(t, &b, w->level);
	bind_i64(t, &b, w->used);
	bind_i64(t, &b, w->allowed);
	enum err e = pg_run(t, pg, &warn, &b, &r);
	*first = e == E_OK && rows_affected(r) == 1;
	return e;
}

static enum err
read_states(struct task *t, struct pg *pg, struct str team_id, struct usage_state **out,
            size_t *n)
{
	static const enum entitlement limits[] = { ENT_EVENTS, ENT_CRASH_RESERVE, ENT_PERSONS,
		ENT_STORAGE, ENT_API_CALLS };
	struct bind b = { 0 };
	struct rows *r;
	bind_str_or_null(t, &b, team_id);
	bind_str(t, &b, plan_default());
	bind_time(t, &b, t->now_us);
	enum err e = pg_run(t, pg, &states, &b, &r);
	if (e != E_OK)
		return e;
	*n = rows_count(r);
	*out = tarray(t, *n + 1, struct usage_state);
	for (size_t i = 0; i < *n; i++) {
		struct usage_state *s = &(*out)[i];
		fill(r, i, &s->usage);
		s->usage.month_us = month_start(t->now_us);
		for (int k = 0; k < ENT_COUNT; k++)
			s->allowed[k] = PLAN_UNLIMITED;
		for (size_t k = 0; k < NELEM(limits); k++)
			s->allowed[limits[k]] = row_i64(r, i, NCOLUMNS + (int)k);
		s->team_id = row_str(r, i, NCOLUMNS + (int)NELEM(limits));
		s->team_slug = row_str(r, i, NCOLUMNS + (int)NELEM(limits) + 1);
		s->team_name = row_str(r, i, NCOLUMNS + (int)NELEM(limits) + 2);
	}
	return E_OK;
}

/* Without a reserve of its own: no end for crashes. */
static int64_t
stop_of(const struct usage_state *s)
{
	int64_t limit = s->allowed[ENT_EVENTS], reserve = s->allowed[ENT_CRASH_RESERVE];
	return reserve == PLAN_UNLIMITED ? INT64_C(1) << 52 : limit + reserve;
}

static enum err
tell(struct task *t, struct redis *r, const struct usage_state *s)
{
	const struct usage *u = &s->usage;
	int64_t storage = s->allowed[ENT_STORAGE];
	struct quota q = {
		.limit = s->allowed[ENT_EVENTS], .stop = stop_of(s),
		.base = usage_of(u, ENT_EVENTS) - u->offered, .taken = u->offered,
		.until_us = month_next(t->now_us), .next_us = month_next(month_next(t->now_us)),
		.blocked = storage != PLAN_UNLIMITED && u->storage_bytes >= storage,
		.calls = s->allowed[ENT_API_CALLS],
	};
	if (q.limit == PLAN_UNLIMITED && storage == PLAN_UNLIMITED && q.calls == PLAN_UNLIMITED)
		return quota_remove(t, r, s->team_id);
	return quota_put(t, r, s->team_id, &q);
}

enum err
quota_mirror_list(struct task *t, struct pg *pg, struct redis *r, struct str team_id,
                  struct usage_state **out, size_t *n)
{
	ASSERT(pg_in_tx(pg));
	*n = 0;
	enum err e = pg_run(t, pg, &lock, NULL, NULL);
	if (e == E_OK)
		e = read_states(t, pg, team_id, out, n);
	for (size_t i = 0; e == E_OK && i < *n; i++)
		e = tell(t, r, &(*out)[i]);
	return e;
}

enum err
quota_mirror(struct task *t, struct pg *pg, struct redis *r, struct str team_id)
{
	struct usage_state *s;
	size_t n;
	return quota_mirror_list(t, pg, r, team_id, &s, &n);
}

static void
bind_calls(struct task *t, struct bind *b, int64_t us, const struct quota_calls *list_,
           size_t n)
{
	struct str *id = tarray(t, n + 1, struct str);
	int64_t *number = tarray(t, n + 1, int64_t);
	for (size_t i = 0; i < n; i++) {
		id[i] = list_[i].team_id;
		number[i] = list_[i].n;
	}
	bind_time(t, b, us);
	bind_str_array(t, b, id, n);
	bind_i64_array(t, b, number, n);
}

enum err
usage_fold_calls(struct task *t, struct pg *pg, struct redis *redis, int64_t us, int64_t *teams)
{
	struct quota_calls *c;
	struct bind b = { 0 };
	struct rows *r;
	size_t n = 0;
	enum err e = quota_calls_list(t, redis, us, &c, &n);
	if (e != E_OK)
		return e;
	bind_calls(t, &b, us, c, n);
	e = pg_run(t, pg, &calls, &b, &r);
	if (e == E_OK) {
		*teams += rows_affected(r);
		e = pg_run(t, pg, &calls_lost, &b, &r);
	}
	for (size_t i = 0; e == E_OK && i < rows_count(r); i++)
		e = quota_calls_raise(t, redis, us, row_str(r, i, 0), row_i64(r, i, 1));
	return e;
}

enum err
usage_measure(struct task *t, struct pg *pg, int limit, int64_t *teams)
{
	struct bind b = { 0 };
	struct rows *due;
	bind_time(t, &b, t->now_us);
	bind_i64(t, &b, limit);
	enum err e = pg_run(t, pg, &to_measure, &b, &due);
	if (e != E_OK)
		return e;
	for (size_t i = 0; e == E_OK && i < rows_count(due); i++) {
		struct bind m = { 0 };
		bind_str(t, &m, row_str(due, i, 0));
		bind_time(t, &m, t->now_us);
		e = pg_run(t, pg, &measure, &m, NULL);
		*teams += e == E_OK;
	}
	return e;
}
