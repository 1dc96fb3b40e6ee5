/*
 * crashes.c - crash groups as the consumer and its jobs keep them: releases
 * in their order, regressions, groups that were ignored or told apart, and
 * stored crashes that get the groups of newer rules.
 */
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "ingest/fingerprint.h"
#include "jobs/job.h"
#include "jobs/regroup.h"
#include "model/project/crash_group.h"
#include "model/project/release.h"
#include "t/db/gather.h"

#define SEEDS 30

static int batch_no;

static struct str
stack(struct task *t, int deep, int leaf)
{
	struct buf b = BUF_INIT;

	for (int i = 0; i < 6; i++)
		buf_printf(&b, "#%d  A.f%d (package:p/a.dart:%d:1)\n", i, i < 3 ? leaf * 10 + i :
			deep * 100 + i, i + 1);
	struct str s = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return s;
}

/* One crash of leaf, called by deep; *no: its group. */
static void
crash(struct task *t, int env, const char *platform, const char *version, const char *build,
      int leaf, int deep)
{
	struct make m;
	struct item *x;

	make_init(&m, env, ++batch_no);
	m.context[0].platform = str_of(platform);
	m.context[0].app_version = str_of(version);
	m.context[0].app_build = str_of(build);
	x = make_add(&m, ITEM_CRASH, "u", NULL, NULL, batch_no);
	x->exception_type = STR("E");
	x->exception_message = STR("m");
	x->stacktrace = stack(t, deep, leaf);
	assert_int_equal(store(t, &m).inserted, 1);
}

static void
sql(struct task *t, int env, const char *fmt, ...)
{
	char text[2000];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	(void)env;
	db_query(t, db_pg(DB_OWNER), text);
}

static bool
status_is(struct task *t, int env, const char *status)
{
	char what[200];

	snprintf(what, sizeof(what), "SELECT count(*) FROM crash_groups WHERE environment_id = e"
		" AND group_no = 1 AND status = '%s'", status);
	return number(t, env, what) == 1;
}

static void
resolve(struct task *t, int env, const char *platform, const char *version, const char *build,
        bool inclusive)
{
	struct str key = release_key(t, str_of(version), str_of(build));

	sql(t, env, "INSERT INTO crash_group_resolutions VALUES (%d, 1, '%s', '%s', '%s',"
		" nullif('%.*s', ''), %s)", env, platform, version, build, STRF(key),
		inclusive ? "true" : "false");
	sql(t, env, "UPDATE crash_groups SET status = 'resolved' WHERE environment_id = %d"
		" AND group_no = 1", env);
}

static void
regressions(void **state)
{
	static const struct {
		const char *what;
		const char *done[3]; /* platform, version, build */
		bool inclusive;
		const char *crash[3];
		bool back;
	} row[] = {
		{ "later", { "ios", "2.4.0", "" }, false, { "ios", "2.5.0", "" }, true },
		{ "the same", { "ios", "2.4.0", "" }, false, { "ios", "2.4.0", "" }, false },
		{ "the same, inclusive", { "ios", "2.4.0", "" }, true, { "ios", "2.4.0", "" }, true },
		{ "older, inclusive", { "ios", "2.4.0", "" }, true, { "ios", "2.3.9", "" }, false },
		{ "a hotfix of an older line", { "ios", "10.24.0", "" }, false,
		  { "ios", "10.18.7", "" }, false },
		{ "numbers, not letters", { "ios", "10.9.0", "" }, false, { "ios", "10.10.0", "" }, true },
		{ "later build", { "android", "2.4.0", "117" }, false, { "android", "2.4.0", "118" },
		  true },
		{ "earlier build", { "android", "2.4.0", "117" }, false, { "android", "2.4.0", "99" },
		  false },
		{ "any build of it, inclusive", { "ios", "2.4.0", "" }, true, { "ios", "2.4.0", "7" },
		  true },
		{ "v in front", { "ios", "2.4.0", "" }, false, { "ios", "v2.4.1", "" }, true },
		{ "package in front", { "ios", "shop@2.4.0", "" }, false, { "ios", "shop@2.3.0", "" },
		  false },
		{ "before its release", { "ios", "3.0.0", "" }, false, { "ios", "3.0.0-beta.2", "" },
		  false },
		{ "another platform", { "ios", "2.4.0", "" }, false, { "android", "9.0.0", "" }, false },
		{ "no number", { "ios", "2.4.0", "" }, false, { "ios", "nightly", "" }, false },
		{ "no version", { "ios", "2.4.0", "" }, false, { "ios", "", "" }, false },
		{ "resolved in none", { "ios", "nightly", "" }, true, { "ios", "nightly", "" }, false },
		{ "resolved in none, later", { "ios", "nightly", "" }, true, { "ios", "2.0", "" }, false },
	};
	struct task *t = *state;

	for (size_t i = 0; i < NELEM(row); i++) {
		int env = environment(t, "UTC");

		crash(t, env, row[i].done[0], row[i].done[1], row[i].done[2], 1, 1);
		resolve(t, env, row[i].done[0], row[i].done[1], row[i].done[2], row[i].inclusive);
		crash(t, env, row[i].crash[0], row[i].crash[1], row[i].crash[2], 1, 2);
		assert_row(status_is(t, env, row[i].back ? "regressed" : "resolved"), row[i].what);
		assert_row(number(t, env, "SELECT count(*) FROM crash_group_log WHERE"
			" environment_id = e AND action = 'regress'") == row[i].back, row[i].what);
		assert_row(number(t, env, "SELECT count(*) FROM crash_groups WHERE"
			" environment_id = e AND regressed_at IS NOT NULL AND regressed_context_no ="
			" last_context_no") == row[i].back, row[i].what);
	}
}

/* Two platforms, each with its own line; a merged group wakes who has it. */
static void
platforms_and_merges(void **state)
{
	struct task *t = *state;
	int env = environment(t, "UTC");

	crash(t, env, "ios", "5.0", "", 1, 1);
	crash(t, env, "android", "1.0", "", 1, 1);
	crash(t, env, "ios", "5.0", "", 2, 1);
	sql(t, env, "INSERT INTO crash_group_alias (environment_id, from_no, to_no)"
		" VALUES (%d, 2, 1)", env);
	resolve(t, env, "ios", "5.0", "", false);
	resolve(t, env, "android", "1.0", "", false);
	crash(t, env, "android", "1.0", "", 1, 1);
	crash(t, env, "ios", "4.0", "", 2, 1);
	assert_true(status_is(t, env, "resolved"));
	crash(t, env, "android", "1.1", "", 2, 1);
	assert_true(status_is(t, env, "regressed"));
	assert_int_equal(number(t, env, "SELECT count(*) FROM crash_groups WHERE environment_id = e"
		" AND status = 'open'"), 1);
}

static void
ignored(void **state)
{
	struct task *t = *state;
	int env = environment(t, "UTC");

	crash(t, env, "ios", "1.0", "", 1, 1);
	crash(t, env, "ios", "1.0", "", 2, 1);
	sql(t, env, "INSERT INTO crash_group_alias (environment_id, from_no, to_no)"
		" VALUES (%d, 2, 1)", env);
	sql(t, env, "UPDATE crash_groups SET status = 'ignored', ignored_crashes = 5"
		" WHERE environment_id = %d AND group_no = 1", env);
	crash(t, env, "ios", "9.0", "", 1, 1);
	crash(t, env, "ios", "9.0", "", 2, 1);
	assert_true(status_is(t, env, "ignored"));
	crash(t, env, "ios", "1.0", "", 2, 1);
	assert_true(status_is(t, env, "open"));
	assert_int_equal(number(t, env, "SELECT count(*) FROM crash_groups WHERE environment_id = e"
		" AND ignored_crashes IS NOT NULL"), 0);
	/* for ever, or until a time: no crash ends it */
	sql(t, env, "UPDATE crash_groups SET status = 'ignored' WHERE environment_id = %d", env);
	crash(t, env, "ios", "9.1", "", 1, 1);
	assert_true(status_is(t, env, "ignored"));
}

static void
releases(void **state)
{
	struct task *t = *state;
	int env = environment(t, "UTC");
	struct job_host h = { .pg = db_pg(DB_CONSUMER) };
	int64_t steps = 0;

	crash(t, env, "ios", "1.10.0", "7", 1, 1);
	crash(t, env, "ios", "1.9.0", "6", 1, 1);
	crash(t, env, "ios", "nightly", "", 1, 1);
	crash(t, env, "ios", "", "", 1, 1);
	crash(t, env, "ios", "1.10.0", "7", 2, 1);
	assert_int_equal(number(t, env, "SELECT count(*) FROM releases WHERE environment_id = e"
		" AND keyed"), 3);
	assert_int_equal(number(t, env, "SELECT count(*) FROM (SELECT version, lead(version)"
		" OVER (ORDER BY sort_key) AS after FROM releases WHERE environment_id = e"
		" AND sort_key IS NOT NULL) x WHERE version = '1.9.0' AND after = '1.10.0'"), 1);
	assert_int_equal(number(t, env, "SELECT count(*) FROM releases r WHERE environment_id = e"
		" AND first_seen <> (SELECT min(c.ts) FROM crashes c JOIN contexts x"
		" USING (environment_id, context_no) WHERE c.environment_id = e"
		" AND x.platform = r.platform AND x.app_version = r.version"
		" AND x.app_build = r.build)"), 0);
	sql(t, env, "UPDATE releases SET sort_key = NULL, keyed = false WHERE environment_id = %d",
		env);
	assert_ok(t, job_releases(t, &h, &steps));
	assert_int_equal(steps, 3);
	assert_int_equal(number(t, env, "SELECT count(*) FROM releases WHERE environment_id = e"
		" AND keyed AND (sort_key IS NULL) = (version = 'nightly')"), 3);
}

static struct regroup
regroup(struct task *t, int env)
{
	struct regroup r = { .environment_id = env };
	int32_t *id;
	size_t n;

	assert_ok(t, regroup_environment(t, db_pg(DB_CONSUMER), &r));
	assert_ok(t, regroup_pending(t, db_pg(DB_CONSUMER), &id, &n));
	for (size_t i = 0; i < n; i++)
		assert_int_not_equal(id[i], env);
	return r;
}

/* Counters of every group are those of its crashes, nothing is lost, and a
 * group without crashes leads to one that is there. */
static void
tell(struct task *t, int env)
{
	char q[600];

	snprintf(q, sizeof(q), "SELECT g.group_no, g.fingerprint, g.rule_version, g.crashes,"
		" g.split_frames, g.split_done, g.split_of, a.to_no, a.why, (SELECT count(*) FROM"
		" crashes c WHERE c.environment_id = %d AND c.group_no = g.group_no) FROM"
		" crash_groups g LEFT JOIN crash_group_alias a ON a.environment_id = %d"
		" AND a.from_no = g.group_no WHERE g.environment_id = %d ORDER BY 1", env, env, env);
	struct rows *r = db_query(t, db_pg(DB_OWNER), q);

	for (size_t i = 0; i < rows_count(r); i++)
		for (int k = 0; k < 10; k++)
			print_error("%.*s%s", STRF(row_str(r, i, k)), k == 9 ? "\n" : " | ");
}

static void
check_counters(struct task *t, int env, int64_t crashes, const char *what)
{
	static const char *const wrong[] = {
		"SELECT count(*) FROM crash_groups g LEFT JOIN LATERAL (SELECT count(*) AS n,"
		" min(ts) AS first, max(ts) AS last FROM crashes c WHERE c.environment_id = e"
		" AND c.group_no = g.group_no) c ON true WHERE g.environment_id = e"
		" AND (g.crashes <> c.n OR c.n > 0 AND (g.first_seen, g.last_seen)"
		" IS DISTINCT FROM (c.first, c.last))",
		"SELECT count(*) FROM crash_groups g, LATERAL (SELECT context_no FROM crashes c"
		" WHERE c.environment_id = e AND c.group_no = g.group_no ORDER BY ts DESC LIMIT 1) l,"
		" LATERAL (SELECT context_no FROM crashes c WHERE c.environment_id = e"
		" AND c.group_no = g.group_no ORDER BY ts LIMIT 1) f WHERE g.environment_id = e"
		" AND (g.first_context_no, g.last_context_no) <> (f.context_no, l.context_no)",
		"SELECT count(*) FROM crash_groups g WHERE g.environment_id = e AND g.crashes = 0"
		" AND g.fingerprint LIKE 'gone:%%'"
		" AND NOT EXISTS (SELECT FROM crash_group_alias a JOIN crash_groups h"
		"  ON h.environment_id = e AND h.group_no = a.to_no WHERE a.environment_id = e"
		"  AND a.from_no = g.group_no AND h.fingerprint NOT LIKE 'gone:%%')",
		/* only retention leaves a group without a crash that leads nowhere */
		"SELECT count(*) FROM crash_groups g WHERE g.environment_id = e AND g.crashes = 0"
		" AND g.title <> 'lost' AND g.fingerprint NOT LIKE 'gone:%%'",
		"SELECT count(*) FROM crash_group_alias a JOIN crash_group_alias b"
		" ON b.environment_id = e AND b.from_no = a.to_no WHERE a.environment_id = e",
		"SELECT count(*) FROM crash_regroup WHERE environment_id = e",
	};

	for (size_t i = 0; i < NELEM(wrong); i++) {
		if (number(t, env, wrong[i]) != 0)
			print_error("counter check %zu\n", i), tell(t, env);
		assert_row(number(t, env, wrong[i]) == 0, what);
	}
	assert_row(number(t, env, "SELECT coalesce(sum(crashes), 0) FROM crash_groups"
		" WHERE environment_id = e") == crashes, what);
	assert_row(number(t, env, "SELECT count(*) FROM crashes WHERE environment_id = e") ==
		crashes, what);
}

/* Groups that have crashes. */
static int64_t
live(struct task *t, int env)
{
	return number(t, env, "SELECT count(DISTINCT group_no) FROM crashes"
		" WHERE environment_id = e");
}

static void
split(struct task *t, int env, int frames)
{
	sql(t, env, "UPDATE crash_groups SET split_frames = %d WHERE environment_id = %d"
		" AND group_no = 1", frames, env);
}

static void
told_apart(void **state)
{
	struct task *t = *state;
	int env = environment(t, "UTC");
	struct regroup r;

	for (int i = 0; i < 9; i++)
		crash(t, env, "ios", "1.0", "", 1, i < 5 ? 1 : i < 8 ? 2 : 3);
	crash(t, env, "ios", "1.0", "", 2, 1);
	assert_int_equal(live(t, env), 2);
	split(t, env, CRASH_SPLIT_FRAMES);
	r = regroup(t, env);
	assert_int_equal(r.moved, 4);
	assert_int_equal(live(t, env), 4);
	check_counters(t, env, 10, "split");
	/* the largest share stayed; what comes later finds its place */
	assert_int_equal(number(t, env, "SELECT crashes FROM crash_groups WHERE environment_id = e"
		" AND group_no = 1"), 5);
	for (int i = 1; i <= 4; i++)
		crash(t, env, "ios", "1.0", "", 1, i);
	assert_int_equal(live(t, env), 5);
	assert_int_equal(number(t, env, "SELECT crashes FROM crash_groups WHERE environment_id = e"
		" AND group_no = 1"), 6);
	check_counters(t, env, 14, "after the split");
	split(t, env, 0);
	regroup(t, env);
	assert_int_equal(live(t, env), 2);
	check_counters(t, env, 14, "told apart no more");
	crash(t, env, "ios", "1.0", "", 1, 2);
	crash(t, env, "ios", "1.0", "", 1, 77);
	assert_int_equal(live(t, env), 2);
	split(t, env, CRASH_SPLIT_FRAMES);
	regroup(t, env);
	assert_int_equal(live(t, env), 6);
	check_counters(t, env, 16, "again");
}

/* A rename keeps everything; the public id of an emptied group leads on. */
static void
kept(void **state)
{
	struct task *t = *state;
	int env = environment(t, "UTC");

	for (int i = 0; i < 3; i++)
		crash(t, env, "ios", "1.0", "", 1, 1);
	sql(t, env, "UPDATE crash_groups SET fingerprint = 'v1:old', rule_version = 1,"
		" status = 'ignored' WHERE environment_id = %d", env);
	/* a consumer with the new rules has made its group already */
	crash(t, env, "ios", "2.0", "", 1, 1);
	assert_int_equal(live(t, env), 2);
	struct regroup_plan *plan;
	size_t n;

	assert_ok(t, regroup_preview(t, db_pg(DB_OWNER), env, &plan, &n));
	assert_int_equal(n, 1);
	assert_str(plan[0].reason, "rule");
	assert_int_equal(plan[0].crashes, 3);
	assert_int_equal(plan[0].groups, 1);
	assert_int_equal(live(t, env), 2);
	regroup(t, env);
	check_counters(t, env, 4, "renamed");
	assert_int_equal(live(t, env), 1);
	assert_true(status_is(t, env, "ignored"));
	assert_int_equal(number(t, env, "SELECT crashes FROM crash_groups WHERE environment_id = e"
		" AND group_no = 1"), 4);
	assert_int_equal(number(t, env, "SELECT to_no FROM crash_group_alias WHERE"
		" environment_id = e AND why = 'regroup'"), 1);
	crash(t, env, "ios", "2.0", "", 1, 1);
	assert_int_equal(live(t, env), 1);
}

/* Crashes that retention took are still counted. */
static void
retention(void **state)
{
	struct task *t = *state;
	int env = environment(t, "UTC");

	for (int i = 0; i < 6; i++)
		crash(t, env, "ios", "1.0", "", 1, i % 2);
	sql(t, env, "DELETE FROM crashes WHERE environment_id = %d AND ts = (SELECT min(ts)"
		" FROM crashes WHERE environment_id = %d)", env, env);
	sql(t, env, "UPDATE crash_groups SET fingerprint = 'v1:old', rule_version = 1"
		" WHERE environment_id = %d", env);
	split(t, env, CRASH_SPLIT_FRAMES);
	regroup(t, env);
	assert_int_equal(live(t, env), 2);
	assert_int_equal(number(t, env, "SELECT sum(crashes) FROM crash_groups"
		" WHERE environment_id = e"), 6);
	split(t, env, 0);
	regroup(t, env);
	assert_int_equal(live(t, env), 1);
	assert_int_equal(number(t, env, "SELECT crashes FROM crash_groups WHERE environment_id = e"
		" AND group_no = 1"), 6);
}

static uint64_t seed;

static int
dice(int below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (int)((seed >> 33) % (uint64_t)below);
}

/* Rules of yesterday, at random: texts nobody makes today, some groups in
 * one, some in two. */
static void
age(struct task *t, int env)
{
	int64_t n = number(t, env, "SELECT max(group_no) FROM crash_groups WHERE environment_id = e");

	for (int64_t no = 1; no <= n; no++) {
		int to = 1 + dice((int)n), of = 1 + dice(3);

		if (dice(3) > 0)
			continue;
		sql(t, env, "UPDATE crashes SET group_no = %d WHERE environment_id = %d"
			" AND group_no = %d AND (extract(epoch FROM ts)::int8 %% %d) = 0"
			" AND EXISTS (SELECT FROM crash_groups WHERE environment_id = %d"
			" AND group_no = %d AND fingerprint NOT LIKE 'gone:%%')", to, env, (int)no,
			of, env, to);
		sql(t, env, "UPDATE crash_groups SET fingerprint = 'v1:' || group_no || ':%d',"
			" rule_version = 1 WHERE environment_id = %d AND group_no IN (%d, %d)"
			" AND fingerprint NOT LIKE 'gone:%%'", dice(1000000), env, (int)no, to);
	}
	sql(t, env, "UPDATE crash_groups g SET crashes = n, first_seen = coalesce(f, first_seen),"
		" last_seen = coalesce(l, last_seen), rule_version = least(rule_version, 1) FROM"
		" (SELECT group_no AS no, count(c.ts) AS n, min(c.ts) AS f, max(c.ts) AS l"
		" FROM crash_groups LEFT JOIN crashes c USING (environment_id, group_no)"
		" WHERE environment_id = %d GROUP BY 1) x WHERE g.environment_id = %d"
		" AND g.group_no = x.no", env, env);
	/* a group without crashes had them all taken by retention */
	sql(t, env, "UPDATE crash_groups SET title = CASE WHEN crashes = 0 THEN 'lost' ELSE 'x' END"
		" WHERE environment_id = %d", env);
}

/* People at work. */
static void
people(struct task *t, int env)
{
	sql(t, env, "UPDATE crash_groups SET split_frames = 8 - split_frames WHERE environment_id ="
		" %d AND group_no %% 4 = %d AND fingerprint NOT LIKE 'gone:%%'"
		" AND split_of IS NULL", env, dice(4));
	sql(t, env, "INSERT INTO crash_group_alias (environment_id, from_no, to_no)"
		" SELECT %d, min(group_no), max(group_no) FROM crash_groups g WHERE environment_id ="
		" %d AND crashes > 0 AND NOT EXISTS (SELECT FROM crash_group_alias a"
		" WHERE a.environment_id = %d AND g.group_no IN (a.from_no, a.to_no))"
		" HAVING min(group_no) < max(group_no)", env, env, env);
}

/* Crashes are together exactly when today's rules say so, with groups that
 * are told apart as they are. */
static void
check_groups(struct task *t, int env, const char *what)
{
	struct rows *r;
	struct str *text;
	char q[300];

	snprintf(q, sizeof(q), "SELECT c.group_no, c.stacktrace, coalesce(p.split_done,"
		" g.split_done) FROM crashes c JOIN crash_groups g USING (environment_id, group_no)"
		" LEFT JOIN crash_groups p ON p.environment_id = %d AND p.group_no = g.split_of"
		" WHERE c.environment_id = %d", env, env);
	r = db_query(t, db_pg(DB_OWNER), q);
	text = tarray(t, rows_count(r) + 1, struct str);
	for (size_t i = 0; i < rows_count(r); i++) {
		struct crash_text c = { .type = STR("E"), .message = STR("m") };
		struct fingerprint fp;
		struct stack s;

		c.stack = row_str(r, i, 1);
		stack_parse(t, c.stack, &s);
		fingerprint_finer(t, &c, &s, (int)row_i64(r, i, 2), &fp);
		text[i] = fp.text;
		for (size_t k = 0; k < i; k++) {
			bool together = row_i64(r, i, 0) == row_i64(r, k, 0);

			if (together != str_eq(text[i], text[k])) {
				print_error("groups %d and %d\n", (int)row_i64(r, i, 0),
					(int)row_i64(r, k, 0));
				tell(t, env);
			}
			assert_row(together == str_eq(text[i], text[k]), what);
		}
	}
}

static void
seeds(void **state)
{
	struct task *t = *state;

	for (int i = 0; i < SEEDS; i++) {
		int env = environment(t, "UTC");
		int64_t crashes = 0;
		char what[40];

		seed = (uint64_t)i + 1;
		snprintf(what, sizeof(what), "seed %d", i);
		for (int round = 0; round < 2; round++) {
			for (int k = 0; k < 12; k++, crashes++)
				crash(t, env, dice(2) ? "ios" : "android", dice(2) ? "1.0" : "2.0", "",
					dice(5), dice(3));
			people(t, env);
			regroup(t, env);
			check_counters(t, env, crashes, what);
			check_groups(t, env, what);
			age(t, env);
			/* half way, and on later */
			struct regroup r = { .environment_id = env, .until_us = clock_mono_us() + 3000 };

			assert_ok(t, regroup_environment(t, db_pg(DB_CONSUMER), &r));
			for (int k = 0; k < 3; k++, crashes++)
				crash(t, env, "ios", "3.0", "", dice(5), dice(3));
			regroup(t, env);
			check_counters(t, env, crashes, what);
			check_groups(t, env, what);
		}
	}
}

/* Consumers at work while groups change: nothing is lost or counted twice,
 * and all is where it belongs in the end. */
static void
at_work(void **state)
{
	struct task *t = *state;
	int env = environment(t, "UTC");

	for (int k = 0; k < 30; k++)
		crash(t, env, "ios", "1.0", "", k % 3, k % 4);
	struct make m[ITEMS];
	struct persist_entry e[ITEMS];

	for (int i = 0; i < ITEMS; i++) {
		make_init(&m[i], env, ++batch_no);
		for (int k = 0; k < 5; k++) {
			struct item *x = make_add(&m[i], ITEM_CRASH, "u", NULL, NULL, batch_no + k);

			x->exception_type = STR("E");
			x->exception_message = STR("m");
			x->stacktrace = stack(t, k % 4, (i + k) % 3);
		}
		e[i] = make_entry(t, &m[i]);
	}
	pid_t pid = fork();

	if (pid == 0) {
		struct persist *p = persist_open(db_pg_new(DB_CONSUMER), master_key);
		struct persist_result r = { 0 };
		int bad = 0;

		for (int i = 0; i < ITEMS; i++)
			bad += persist_store(t, p, &e[i], 1, &r) != E_OK;
		_exit(bad);
	}
	for (int round = 0; round < 4; round++) {
		sql(t, env, "UPDATE crash_groups SET split_frames = 8 - split_frames WHERE"
			" environment_id = %d AND group_no <= 3 AND fingerprint NOT LIKE 'gone:%%'",
			env);
		sql(t, env, "UPDATE crash_groups SET rule_version = 1 WHERE environment_id = %d"
			" AND group_no %% 3 = %d", env, round % 3);
		regroup(t, env);
	}
	int status = -1;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	regroup(t, env);
	check_counters(t, env, 30 + ITEMS * 5, "at work");
	check_groups(t, env, "at work");
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(regressions), T(platforms_and_merges), T(ignored),
		T(releases), T(told_apart), T(kept), T(retention), T(at_work),
		T(seeds) };

	return cmocka_run_group_tests_name("crashes", tests, gather_start, db_group_end);
}
