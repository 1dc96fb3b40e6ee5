/* world.c - see world.h. */
#include "t/db/world.h"

#include "base/str.h"
#include "jobs/job.h"
#include "query/blocks.h"
#include "store/sqlb.h"

#define RUNS 30 /* batches of a seed */

static uint64_t state_;

uint32_t
draw(uint32_t below)
{
	state_ = state_ * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state_ >> 33) % below;
}

static void
fill_batch(struct make *m, int env, int no)
{
	static const char *const who[] = { "u1", "u2", "u3", "u4", "u5", "u6", "u7" };
	static const char *const anon[] = { "a1", "a2", "a3", "a4", "a5", "a6", "a7" };
	static const char *const name[] = { "cold_start", "GET /a/b", "x,'y'", "\xc3\xa4" };
	static const char *const version[] = { "1.9.0", "1.10.0", "v2.0.0-beta.1", "2.0.0",
		"nightly", "" };
	static const enum item_type type[] = { ITEM_EVENT, ITEM_EVENT, ITEM_CRASH, ITEM_TRACE,
		ITEM_TRACE, ITEM_TRACE, ITEM_IDENTIFY };
	uint32_t n = 1 + draw(ITEMS), p = draw(NELEM(who));

	make_init(m, env, no);
	for (int i = 0; i < 3; i++)
		m->context[i] = (struct context){ .app_version = str_of(version[draw(6)]),
			.app_build = draw(2) ? STR("7") : STR("12"),
			.platform = draw(3) ? STR("ios") : STR("android"),
			.country = draw(2) ? STR("DE") : STR(""),
			.model = draw(3) ? STR("one") : STR("two") };
	for (uint32_t i = 0; i < n; i++) {
		enum item_type what = type[draw(NELEM(type))];
		bool both = what == ITEM_IDENTIFY || draw(4) == 0;
		struct item *x = make_add(m, what, both || draw(2) ? who[p] : "",
			both || draw(2) ? anon[p] : "", draw(4) ? who[p] : "",
			(int64_t)draw(9 * 86400) - 9 * 86400 + 3600);
		x->context = (uint16_t)draw(3);
		if (draw(3) == 0)
			x->session_id = str_of(who[draw(NELEM(who))]);
		if (what == ITEM_TRACE) {
			x->name = str_of(name[draw(NELEM(name))]);
			x->duration_ms = draw(8) ? draw(3000) * 0.5 : 0;
		}
		if (what == ITEM_CRASH) {
			x->fatal = draw(2);
			x->fingerprint = draw(2) ? STR("one") : STR("two");
		}
	}
}

/* Batches in any order, some twice, several at a time. */
int
make_world(struct task *t, uint64_t with)
{
	static const char *const zones[] = { "UTC", "Europe/Berlin", "America/St_Johns",
		"Asia/Kolkata", "Australia/Lord_Howe" };
	struct persist_entry e[RUNS + RUNS / 3];
	struct persist_result r[8];
	struct make *m = talloc(t, struct make);

	state_ = with;
	int env = environment(t, zones[draw(NELEM(zones))]);
	for (int i = 0; i < RUNS; i++) {
		fill_batch(m, env, i);
		e[i] = make_entry(t, m);
	}
	for (size_t i = RUNS; i < NELEM(e); i++)
		e[i] = e[draw(RUNS)];
	for (size_t i = NELEM(e) - 1; i > 0; i--) {
		size_t k = draw((uint32_t)i + 1);
		struct persist_entry x = e[i];
		e[i] = e[k];
		e[k] = x;
	}
	for (size_t i = 0, n; i < NELEM(e); i += n) {
		n = 1 + draw(7);
		n = i + n > NELEM(e) ? NELEM(e) - i : n;
		assert_ok(t, persist_store(t, consumer(), e + i, n, r));
	}
	return env;
}

/* Five batches more, with persons that join. */
void
store_late(struct task *t, int env)
{
	struct make *m = talloc(t, struct make);
	struct persist_result r = { 0 };

	for (int i = 0; i < 5; i++) {
		fill_batch(m, env, RUNS + i);
		struct persist_entry e = make_entry(t, m);
		assert_ok(t, persist_store(t, consumer(), &e, 1, &r));
	}
}

static enum err
job_blocks(struct task *t, struct job_host *h, int64_t *steps)
{
	return blocks_build(t, h->pg, 100, steps);
}

/* All that the consumer's jobs do for these numbers. */
void
settle(struct task *t)
{
	static enum err (*const jobs[])(struct task *, struct job_host *, int64_t *) = {
		job_release_days, job_activity, job_rollup, job_blocks, job_crash_days,
		job_trace_days };
	struct job_host h = { .pg = db_pg(DB_CONSUMER) };

	for (size_t i = 0; i < NELEM(jobs); i++)
		for (int64_t steps = 1; steps > 0;) {
			steps = 0;
			assert_ok(t, jobs[i](t, &h, &steps));
		}
}

/* As if it had been stored before there were sums by release and hours. */
void
forget_releases(struct task *t, int env)
{
	assert_ok(t, pg_script(t, db_pg(DB_OWNER), arena_printf(t->arena,
		"DELETE FROM rollup_counts WHERE environment_id = %d AND dim = 7;"
		" DELETE FROM day_members WHERE environment_id = %d AND dim = 7;"
		" INSERT INTO release_days (environment_id) VALUES (%d);"
		" DELETE FROM activity_hours WHERE environment_id = %d;"
		" INSERT INTO activity_fill (environment_id, since) VALUES (%d, '-infinity')",
		env, env, env, env, env).p));
}

struct pg_scope
scope_of(struct task *t, int env)
{
	struct sqlb *q = sqlb_new(t);
	struct rows *r;

	sqlb_add(q, "SELECT team_id FROM environments WHERE id = ");
	sqlb_i64(q, env);
	assert_ok(t, sqlb_run(t, db_pg(DB_OWNER), q, &r));
	return (struct pg_scope){ env, row_str(r, 0, 0), STR("") };
}
