/*
 * retention_turn.c - what an environment keeps beside its rows, once an hour.
 *
 * A rule is a row: what it removes (or takes the words out of), from when on,
 * some thousand rows a transaction. Sessions live as long as the longest
 * lived of their rows, sums at least as long as any row, hours of what people
 * did as long as the shortest lived of what they count. A property change is
 * kept while the present value rests on it: one before the last `set` is not,
 * and what was unset keeps its place but not its value. The last crash of a
 * group may be gone for long: the group stays, with its numbers and what was
 * said, as long as sums do.
 */
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "ingest/activity.h"
#include "ingest/persist.h"
#include "jobs/retention.h"

#define CHUNK "5000"
#define COUNT_MAX "1000000"

enum cut { CUT_ROWS, CUT_RAW, CUT_CRASHES, CUT_SUMS, CUT_REDACT, CUT_HOURS, CUT_COUNT };

#define MINE "environment_id = $1::int4"
#define BEFORE " < $2::timestamptz"
#define DAY_BEFORE " < ($2::timestamptz AT TIME ZONE 'UTC')::date"
/* A later change of the same key that is over, too. */
#define LATER(what) " AND EXISTS (SELECT FROM property_changes s WHERE s.environment_id = $1"   \
	" AND s.person_no = x.person_no AND s.key = x.key AND s.op = " what " AND s.ts" BEFORE  \
	" AND (s.ts, s.event_id, s.position) > (x.ts, x.event_id, x.position))"
#define NO_GROUP(table, column) " AND NOT EXISTS (SELECT FROM " table " o WHERE"                \
	" o.environment_id = $1 AND o." column " = x.group_no)"

/* name, table, from when on, once a day, which rows (x) */
#define RULES(R)                                                                                \
	R(sessions, "sessions", CUT_ROWS, false, "started_at" BEFORE " AND x.ended_at" BEFORE)  \
	R(reports, "client_reports", CUT_RAW, false, "ts" BEFORE)                               \
	R(letters, "dead_letters", CUT_RAW, false, "created_at" BEFORE)                         \
	R(properties, "property_changes", CUT_RAW, true, "ts" BEFORE LATER("'set'"))            \
	R(symbols, "symbol_results", CUT_CRASHES, true, "first_at" BEFORE " AND NOT EXISTS"     \
	  " (SELECT FROM crashes c WHERE c.environment_id = $1"                                 \
	  " AND c.symbols_key = x.symbols_key)")                                                \
	R(groups, "crash_groups", CUT_SUMS, true, "last_seen" BEFORE                            \
	  NO_GROUP("crashes", "group_no") NO_GROUP("crash_regroup", "group_no")                 \
	  NO_GROUP("crash_group_alias", "from_no") NO_GROUP("crash_group_alias", "to_no")       \
	  NO_GROUP("crash_groups", "split_of"))                                                 \
	R(sums, "rollup_counts", CUT_SUMS, false, "grain = ANY('{15,60,1440}') AND x.dim ="     \
	  " ANY('{0,2,3,4,5,6,7}') AND x.bucket" BEFORE)                                          \
	R(members, "day_members", CUT_SUMS, false, "dim = ANY('{0,1,2,3,4,5,7}')"                 \
	  " AND x.day" DAY_BEFORE)                                                              \
	R(days, "day_chunks", CUT_SUMS, false, "dim = ANY('{0,1,2,3,4,5,7}')"                     \
	  " AND x.day" DAY_BEFORE)                                                              \
	R(blocks, "block_chunks", CUT_SUMS, true, "width = ANY('{4,16}') AND date '1970-01-01'" \
	  " + (x.block + 1) * x.width <= ($2::timestamptz AT TIME ZONE 'UTC')::date")           \
	R(marks, "block_marks", CUT_SUMS, true, "width = ANY('{4,16}') AND date '1970-01-01'"   \
	  " + (x.block + 1) * x.width <= ($2::timestamptz AT TIME ZONE 'UTC')::date")           \
	R(digests, "trace_digests", CUT_SUMS, true, "day" DAY_BEFORE)                           \
	R(hours, "activity_hours", CUT_HOURS, false, "hour" BEFORE)

#define TAKE(name, table, cut, daily, cond) { "retention_take_" #name,                         \
	"DELETE FROM " table " WHERE ctid = ANY(ARRAY(SELECT x.ctid FROM " table " x"          \
	" WHERE x." MINE " AND x." cond " LIMIT " CHUNK "))" },
#define COUNT(name, table, cut, daily, cond) { "retention_over_" #name,                        \
	"SELECT count(*) FROM (SELECT FROM " table " x WHERE x." MINE " AND x." cond           \
	" LIMIT " COUNT_MAX ") x" },
#define ROW(name, table, cut, daily, cond) { #name, cut, daily },

static const struct stmt take[] = { RULES(TAKE) };
static const struct stmt count[] = { RULES(COUNT) };
static const struct rule {
	const char *what;
	enum cut cut;
	bool daily;
} rules[] = { RULES(ROW) };

/* Words of people go, the group and the numbers stay. A message that the
 * stack repeats is taken out of it, too. */
#define WORDS " environment_id = $1::int4 AND ts" BEFORE                                       \
	" AND (exception_message <> '' OR breadcrumbs IS NOT NULL OR properties <> '{}')"
static const struct stmt redact = { "retention_redact",
	"WITH k AS MATERIALIZED (SELECT class, ts, event_id FROM crashes WHERE" WORDS
	" LIMIT 1000) UPDATE crashes c SET exception_message = '', breadcrumbs = NULL,"
	" properties = '{}', stacktrace = CASE WHEN length(c.exception_message) < 4"
	" THEN c.stacktrace ELSE replace(c.stacktrace, c.exception_message, '…') END"
	" FROM k WHERE c.environment_id = $1 AND c.class = k.class AND c.ts = k.ts"
	" AND c.event_id = k.event_id" };
static const struct stmt redact_count = { "retention_redact_count",
	"SELECT count(*) FROM (SELECT FROM crashes WHERE" WORDS " LIMIT " COUNT_MAX ") x" };
/* A title is the type and the message of the group's first crash. */
static const struct stmt redact_titles = { "retention_redact_titles",
	"UPDATE crash_groups SET title = split_part(title, ': ', 1) WHERE environment_id = $1::int4"
	" AND first_seen" BEFORE " AND title LIKE '%: %'" };
static const struct stmt unset = { "retention_unset",
	"UPDATE property_changes x SET value = 'null' WHERE x." MINE " AND x.ts" BEFORE
	" AND x.op <> 'unset' AND x.value <> 'null'" LATER("'unset'") };
/* What hangs on a group that is gone. */
#define ORPHANS(table) { "retention_orphans_" table,                                           \
	"DELETE FROM " table " x WHERE x." MINE " AND NOT EXISTS (SELECT FROM crash_groups g"  \
	" WHERE g.environment_id = $1 AND g.group_no = x.group_no)" }
static const struct stmt orphans[] = { ORPHANS("crash_group_texts"),
	ORPHANS("crash_group_resolutions"), ORPHANS("crash_group_log") };

/* Whole hours from here on, also when rows are kept longer one day. */
static const struct stmt hours_from = { "retention_hours_from",
	"UPDATE environments SET activity_from = date_bin('1 hour', $2::timestamptz,"
	" timestamptz 'epoch') + interval '1 hour' WHERE id = $1::int4"
	" AND activity_from < $2::timestamptz" };

static const struct stmt due = { "retention_due",
	"SELECT e.id, r.ran_at IS NULL OR r.daily_on IS DISTINCT FROM now()::date FROM environments e"
	" LEFT JOIN retention_turns r ON r.environment_id = e.id"
	" WHERE $1::boolean OR r.ran_at IS NULL OR r.ran_at < now() - interval '1 hour'"
	" ORDER BY r.ran_at NULLS FIRST, e.id LIMIT 10000" };
static const struct stmt turn_end = { "retention_turn_end",
	"INSERT INTO retention_turns (environment_id, ran_at, ok, error, daily_on)"
	" VALUES ($1, clock_timestamp(), $2, $3, CASE WHEN $4::boolean THEN now()::date END)"
	" ON CONFLICT (environment_id) DO UPDATE SET ran_at = excluded.ran_at, ok = excluded.ok,"
	" error = excluded.error, daily_on = coalesce(excluded.daily_on, retention_turns.daily_on)" };
static const struct stmt removed = { "retention_removed_add",
	"INSERT INTO retention_removed AS r (environment_id, day, what, rows)"
	" VALUES ($1, now()::date, $2, $3) ON CONFLICT (environment_id, day, what)"
	" DO UPDATE SET rows = r.rows + excluded.rows" };
static const struct stmt forgotten = { "retention_removed_gone",
	"DELETE FROM retention_removed WHERE environment_id = $1 AND day < now()::date - 400" };
static const struct stmt *const statements[] = { &take[0], &take[1], &take[2], &take[3], &take[4],
	&take[5], &take[6], &take[7], &take[8], &take[9], &take[10], &take[11], &take[12],
	&count[0], &count[1], &count[2], &count[3], &count[4], &count[5], &count[6], &count[7],
	&count[8], &count[9], &count[10], &count[11], &count[12], &hours_from, &redact, &redact_count, &redact_titles,
	&unset, &orphans[0], &orphans[1], &orphans[2], &due, &turn_end, &removed, &forgotten };
const struct stmt_list retention_turn_statements = STMT_LIST("retention_turn", statements);

/* One environment on its turn. */
struct turn {
	struct retention *r;
	const struct environment *env;
	int64_t cut_us[CUT_COUNT]; /* INT64_MIN = nothing is ever over */
};

static int64_t
cut_after(const struct task *t, int64_t days)
{
	return days == 0 ? INT64_MIN : t->now_us - days * US_PER_DAY;
}

/* The shortest of some days; 0 = for ever is no bound. */
static int64_t
shortest(int64_t a, int64_t b)
{
	return a == 0 || (b != 0 && b < a) ? b : a;
}

/* The longest of some days; 0 = for ever is the longest of all. */
static int64_t
longest(int64_t a, int64_t b)
{
	return a == 0 || b == 0 ? 0 : a > b ? a : b;
}

static void
cuts(const struct task *t, const struct environment *e, int64_t cut_us[CUT_COUNT])
{
	int64_t rows = longest(longest(e->retention_raw_days, e->retention_crash_days),
	                       e->retention_trace_days);
	cut_us[CUT_ROWS] = cut_after(t, rows);
	cut_us[CUT_RAW] = cut_after(t, e->retention_raw_days);
	cut_us[CUT_CRASHES] = cut_after(t, e->retention_crash_days);
	cut_us[CUT_SUMS] = cut_after(t, longest(rows, e->retention_agg_days));
	cut_us[CUT_HOURS] = cut_after(t, shortest(shortest(e->retention_raw_days,
		e->retention_crash_days), shortest(e->retention_trace_days, ACTIVITY_DAYS)));
	cut_us[CUT_REDACT] = cut_after(t, e->crash_redact_days);
}

/* One statement on the environment's rows before a moment, in a transaction. */
static enum err
step(struct task *t, struct turn *x, const struct stmt *s, int64_t before_us, const char *what,
     int64_t *rows)
{
	struct bind b = { 0 }, told = { 0 };
	struct rows *r;
	enum err e = retention_begin(t, x->r->pg, x->env->id);

	bind_i64(t, &b, x->env->id);
	bind_time(t, &b, before_us);
	if (e == E_OK)
		e = pg_run(t, x->r->pg, s, &b, &r);
	*rows = e == E_OK ? rows_affected(r) : 0;
	if (e == E_OK && *rows > 0 && what != NULL) {
		bind_i64(t, &told, x->env->id);
		bind_str(t, &told, str_of(what));
		bind_i64(t, &told, *rows);
		e = pg_run(t, x->r->pg, &removed, &told, NULL);
	}
	return pg_end(t, x->r->pg, e);
}

static enum err
count_only(struct task *t, struct turn *x, const struct stmt *s, int64_t before_us,
           const char *what, int64_t *sum)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_i64(t, &b, x->env->id);
	bind_time(t, &b, before_us);
	enum err e = pg_one(t, x->r->pg, s, &b, &r);
	if (e != E_OK)
		return e;
	int64_t n = row_i64(r, 0, 0);
	*sum += n;
	if (n > 0 && x->r->say != NULL)
		x->r->say(x->r->arg, "remove", arena_printf(t->arena, "environment %d: %s",
		    x->env->id, what), n);
	return E_OK;
}

/* Until nothing is left, or the time is up. */
static enum err
steps(struct task *t, struct turn *x, const struct stmt *s, int64_t before_us, const char *what,
      int64_t *sum)
{
	int64_t rows = 1;
	while (rows > 0 && !retention_is_late(x->r)) {
		enum err e = step(t, x, s, before_us, what, &rows);
		if (e != E_OK)
			return e;
		*sum += rows;
		if (rows > 0 && x->r->say != NULL)
			x->r->say(x->r->arg, "removed", str_of(what != NULL ? what : ""), rows);
	}
	return E_OK;
}

static enum err
remove_rows(struct task *t, struct turn *x, bool daily)
{
	enum err e = E_OK;
	for (size_t i = 0; e == E_OK && i < NELEM(rules); i++) {
		int64_t before = x->cut_us[rules[i].cut];
		if (before == INT64_MIN || (rules[i].daily && !daily))
			continue;
		e = x->r->dry_run
			? count_only(t, x, &count[i], before, rules[i].what, &x->r->done.rows)
			: steps(t, x, &take[i], before, rules[i].what, &x->r->done.rows);
	}
	return e;
}

/* What looks at every row of a kind. */
static enum err
once_a_day(struct task *t, struct turn *x)
{
	int64_t raw = x->cut_us[CUT_RAW], words = x->cut_us[CUT_REDACT], rows;
	enum err e = E_OK;

	if (words != INT64_MIN && x->r->dry_run)
		return count_only(t, x, &redact_count, words, "words of crashes",
		                  &x->r->done.redacted);
	if (x->r->dry_run)
		return E_OK;
	if (words != INT64_MIN)
		e = steps(t, x, &redact, words, "redacted", &x->r->done.redacted);
	if (e == E_OK && words != INT64_MIN)
		e = step(t, x, &redact_titles, words, NULL, &rows);
	if (e == E_OK && raw != INT64_MIN)
		e = step(t, x, &unset, raw, NULL, &rows);
	for (size_t i = 0; e == E_OK && i < NELEM(orphans); i++) {
		struct bind b = { 0 };
		bind_i64(t, &b, x->env->id);
		e = pg_run(t, x->r->pg, &orphans[i], &b, NULL);
	}
	struct bind b = { 0 };
	bind_i64(t, &b, x->env->id);
	return e == E_OK ? pg_run(t, x->r->pg, &forgotten, &b, NULL) : e;
}

static enum err
work(struct task *t, struct retention *r, int32_t id, bool daily)
{
	struct environment env;
	struct turn x = { .r = r, .env = &env };
	int64_t rows;
	enum err e = environment_get(t, r->pg, id, &env);

	if (e != E_OK)
		return e;
	cuts(t, &env, x.cut_us);
	if (!r->dry_run)
		e = step(t, &x, &hours_from, x.cut_us[CUT_HOURS], NULL, &rows);
	if (e == E_OK)
		e = remove_rows(t, &x, daily);
	if (e == E_OK && daily)
		e = once_a_day(t, &x);
	return e == E_OK && !r->dry_run ? retention_fold(t, r, &env) : e;
}

/* A turn that ran out of time is not over: the next call takes it up. */
static enum err
turn(struct task *t, struct retention *r, int32_t id, bool daily)
{
	struct bind b = { 0 };
	enum err failed = work(t, r, id, daily), e;

	if (failed == E_NOT_FOUND) { /* purged in the meantime */
		task_clear(t);
		return E_OK;
	}
	if (r->dry_run || (failed == E_OK && retention_is_late(r)))
		return failed;
	if (failed != E_OK)
		log_msg(LOG_WARN, "retention", "environment %d: %s", id, t->detail);
	bind_i64(t, &b, id);
	bind_bool(&b, failed == E_OK);
	bind_str(t, &b, failed == E_OK ? STR("") : arena_printf(t->arena, "%s", t->detail));
	bind_bool(&b, daily && failed == E_OK);
	r->done.environments++;
	e = pg_run(t, r->pg, &turn_end, &b, NULL);
	return failed != E_OK ? failed : e;
}

enum err
retention_turns(struct task *t, struct retention *r)
{
	struct bind b = { 0 };
	struct rows *rows;
	enum err e, failed = E_OK;

	bind_bool(&b, r->all);
	e = pg_run(t, r->pg, &due, &b, &rows);
	for (size_t i = 0; e == E_OK && i < rows_count(rows) && !retention_is_late(r); i++) {
		enum err one = turn(t, r, (int32_t)row_i64(rows, i, 0),
		                    r->all || row_bool(rows, i, 1));
		if (one == E_UNAVAILABLE)
			return one;
		if (one != E_OK) /* one environment does not stop the others */
			failed = one;
	}
	return e != E_OK ? e : failed;
}
