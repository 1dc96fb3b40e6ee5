/* flags.c - rules of feature flags on a real database: who may set them, who
 * sees which, and that the copy in Redis says the same. */
#include "model/team/flag.h"
#include "queue/flags.h"
#include "t/db/db.h"

static enum err
set(struct task *t, struct str user, enum flag_scope scope, struct str subject, int percent,
    struct flag_changed *out)
{
	struct pg *pg = db_pg(DB_APP);
	struct pg_scope s = { .user_id = user };
	const struct flag_change c = { FLAG_EXPORTS, scope, subject, percent };
	enum err e = pg_begin(t, pg, &s);
	if (e == E_OK)
		e = flag_change(t, pg, db_redis(), &c, out);
	return pg_end(t, pg, e);
}

static bool
is_on(struct task *t, struct flag_who who)
{
	struct pg *pg = db_pg(DB_APP);
	struct pg_scope s = { .team_id = who.team_id, .user_id = who.user_id };
	unsigned mask = 0;
	assert_ok(t, pg_begin(t, pg, &s));
	assert_ok(t, flag_load(t, pg, &who, &mask));
	assert_ok(t, pg_commit(t, pg));
	return (mask >> FLAG_EXPORTS & 1) != 0;
}

static int
in_redis(struct task *t, const char *scope, struct str subject)
{
	const struct flags_place p = { STR("exports.enabled"), scope, subject };
	int percent;
	assert_ok(t, flags_get(t, db_redis(), &p, 1, &percent));
	return percent;
}

static void
who_may(void **state)
{
	struct task *t = *state;
	struct db_tenant w = db_tenant(t);
	struct flag_changed is;
	assert_true(set(t, w.user, FLAG_TEAM, w.team, 0, &is) != E_OK);
	assert_string_equal(pg_sqlstate(db_pg(DB_APP)), "42501");
	task_clear(t);
	assert_string_equal(db_state(t, db_pg(DB_APP), "INSERT INTO flag_rules (flag, scope, subject,"
	    " percent) VALUES ('x', 'system', '" FLAG_ZEROS "', 1)"), "42501");
	assert_true(is_on(t, (struct flag_who){ .team_id = w.team }));
	/* the control: a system administrator may */
	assert_ok(t, set(t, w.admin, FLAG_TEAM, w.team, 0, &is));
	assert_int_equal(is.before, -1);
	assert_true(str_eq(is.team_id, w.team));
	assert_false(is_on(t, (struct flag_who){ .team_id = w.team }));
	assert_true(is_on(t, (struct flag_who){ .team_id = w.other }));
	assert_int_equal(in_redis(t, "team", w.team), 0);
	/* a slug and team/project do as well */
	assert_int_equal(set(t, w.admin, FLAG_TEAM, STR("nobody"), 0, &is), E_NOT_FOUND);
	task_clear(t);
	assert_int_equal(set(t, w.admin, FLAG_PROJECT, w.team, 0, &is), E_NOT_FOUND);
	task_clear(t);
}

static void
specific(void **state)
{
	struct task *t = *state;
	struct db_tenant w = db_tenant(t);
	struct flag_who all = { w.team, w.project, w.user };
	struct flag_changed is;
	assert_ok(t, set(t, w.admin, FLAG_SYSTEM, STR(""), 0, &is));
	assert_int_equal(is.team_id.n, 0);
	assert_false(is_on(t, all));
	assert_ok(t, set(t, w.admin, FLAG_TEAM, w.team, 100, &is));
	assert_true(is_on(t, all));
	assert_ok(t, set(t, w.admin, FLAG_PROJECT, w.project, 0, &is));
	assert_true(str_eq(is.team_id, w.team));
	assert_false(is_on(t, all));
	assert_true(is_on(t, (struct flag_who){ .team_id = w.team }));
	assert_ok(t, set(t, w.admin, FLAG_USER, w.user, 100, &is));
	assert_true(is_on(t, all));
	/* away again, from the most specific on */
	assert_ok(t, set(t, w.admin, FLAG_USER, w.user, -1, &is));
	assert_int_equal(is.before, 100);
	assert_false(is_on(t, all));
	assert_ok(t, set(t, w.admin, FLAG_PROJECT, w.project, -1, &is));
	assert_ok(t, set(t, w.admin, FLAG_TEAM, w.team, -1, &is));
	assert_ok(t, set(t, w.admin, FLAG_SYSTEM, STR(""), -1, &is));
	assert_true(is_on(t, all));
	assert_int_equal(in_redis(t, "project", w.project), -1);
}

static void
sight(void **state)
{
	struct task *t = *state;
	struct db_tenant w = db_tenant(t);
	struct pg *pg = db_pg(DB_APP);
	struct flag_changed is;
	assert_ok(t, set(t, w.admin, FLAG_TEAM, w.other, 0, &is));
	assert_ok(t, pg_begin(t, pg, &(struct pg_scope){ .team_id = w.team, .user_id = w.user }));
	assert_int_equal(rows_count(db_query(t, pg, arena_printf(t->arena,
	    "SELECT FROM flag_rules WHERE subject = '%.*s'", STRF(w.other)).p)), 0);
	pg_rollback(t, pg);
	assert_ok(t, pg_begin(t, pg, &(struct pg_scope){ .team_id = w.other }));
	assert_int_equal(rows_count(db_query(t, pg, arena_printf(t->arena,
	    "SELECT FROM flag_rules WHERE subject = '%.*s'", STRF(w.other)).p)), 1);
	pg_rollback(t, pg);
}

static void
mirror(void **state)
{
	struct task *t = *state;
	struct db_tenant w = db_tenant(t);
	struct flag_changed is;
	struct pg *pg = db_pg(DB_CONSUMER);
	const struct str flush[] = { STR("DEL"), STR("tm:flags") };
	assert_ok(t, set(t, w.admin, FLAG_PROJECT, w.project, 42, &is));
	assert_ok(t, redis_run(t, db_redis(), NELEM(flush), flush, NULL));
	assert_int_equal(in_redis(t, "project", w.project), -1);
	assert_ok(t, pg_begin(t, pg, NULL));
	assert_ok(t, flag_mirror(t, pg, db_redis()));
	assert_ok(t, pg_commit(t, pg));
	assert_int_equal(in_redis(t, "project", w.project), 42);
	/* a rule goes with what it is of */
	(void)db_query(t, db_pg(DB_OWNER), arena_printf(t->arena,
	    "DELETE FROM projects WHERE id = '%.*s'", STRF(w.project)).p);
	assert_ok(t, pg_begin(t, pg, NULL));
	assert_ok(t, flag_mirror(t, pg, db_redis()));
	assert_ok(t, pg_commit(t, pg));
	assert_int_equal(in_redis(t, "project", w.project), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(who_may), T(specific), T(sight), T(mirror) };
	return DB_RUN(tests);
}
