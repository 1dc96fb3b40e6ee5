/* twofactor.c - the second factor against a migrated database, as the app:
 * set-up, redeeming once (also by 50 processes at a time), other users' rows,
 * and the budgets of throttles. */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crypt.h"
#include "base/str.h"
#include "base/totp.h"
#include "model/account/throttle.h"
#include "model/account/twofactor.h"
#include "model/account/user.h"
#include "model/team/team.h"
#include "model/team/two_factor.h"
#include "t/db/db.h"

#define PARALLEL 50

static int serial;

static const struct crypt *
ring(struct task *t)
{
	static struct crypt *c;
	if (c == NULL)
		assert_ok(t, crypt_open(t, STR("000102030405060708090a0b0c0d0e0f"
		                               "101112131415161718191a1b1c1d1e1f"), &c));
	return c;
}

static struct user
make(struct task *t)
{
	struct pg *pg = db_pg(DB_OWNER);
	struct user u;
	struct user_new in = {
		.email = arena_printf(t->arena, "factor%d@example.org", ++serial),
		.password = STR("correct horse battery"), .verified = true,
	};
	assert_ok(t, pg_begin(t, pg, NULL));
	assert_ok(t, user_create(t, pg, &in, &u));
	assert_ok(t, pg_commit(t, pg));
	return u;
}

static void
begin(struct task *t, const struct user *u)
{
	assert_ok(t, pg_begin(t, db_pg(DB_APP), &(struct pg_scope){ .user_id = u->id }));
}

static void
commit(struct task *t)
{
	assert_ok(t, pg_commit(t, db_pg(DB_APP)));
}

static struct str
code_at(struct task *t, struct str secret, int64_t away)
{
	char *code = arena_alloc(t->arena, TOTP_DIGITS + 1);
	totp_code(secret, t->now_us / (TOTP_STEP_S * US_PER_S) + away, code);
	return str_of(code);
}

/* Switched on with the code of the step before: the present one is free. */
static struct str
switch_on(struct task *t, const struct user *u, char code[TWOFACTOR_CODES][TWOFACTOR_CODE_TEXT])
{
	struct pg *pg = db_pg(DB_APP);
	struct str secret;
	begin(t, u);
	assert_ok(t, twofactor_begin(t, pg, ring(t), u->id, &secret));
	assert_ok(t, twofactor_on(t, pg, ring(t), u->id, code_at(t, secret, -1)));
	assert_ok(t, twofactor_codes(t, pg, u->id, code));
	commit(t);
	return secret;
}

static enum err
redeem(struct task *t, struct pg *pg, const struct user *u, struct str text,
       struct twofactor_used *used)
{
	enum err e = pg_begin(t, pg, NULL); /* nobody is signed in yet */
	if (e == E_OK)
		e = twofactor_check(t, pg, ring(t), u->id, text, used);
	e = pg_end(t, pg, e);
	task_clear(t);
	return e;
}

static void
set_up(void **state)
{
	struct task *t = *state;
	struct pg *pg = db_pg(DB_APP);
	struct user u = make(t);
	struct twofactor f;
	struct str secret, again;
	bool was;
	begin(t, &u);
	assert_ok(t, twofactor_begin(t, pg, ring(t), u.id, &secret));
	assert_ok(t, twofactor_begin(t, pg, ring(t), u.id, &again));
	assert_true(str_eq(secret, again));
	assert_int_equal(secret.n, TOTP_SECRET_BYTES);
	assert_ok(t, twofactor_get(t, pg, u.id, &f));
	assert_false(f.on);
	assert_int_equal(twofactor_on(t, pg, ring(t), u.id, code_at(t, secret, 5)), E_INVALID);
	task_clear(t);
	commit(t);
	/* a set-up that was not finished asks for nothing */
	struct twofactor_used used;
	assert_int_equal(redeem(t, pg, &u, code_at(t, secret, 0), &used), E_UNAUTHORIZED);
	begin(t, &u);
	assert_ok(t, twofactor_on(t, pg, ring(t), u.id, code_at(t, secret, 0)));
	assert_ok(t, twofactor_get(t, pg, u.id, &f));
	assert_true(f.on);
	assert_int_equal(twofactor_begin(t, pg, ring(t), u.id, &again), E_CONFLICT);
	task_clear(t);
	assert_int_equal(twofactor_on(t, pg, ring(t), u.id, code_at(t, secret, 0)), E_CONFLICT);
	task_clear(t);
	commit(t);
	/* the step that switched it on is used */
	assert_int_equal(redeem(t, pg, &u, code_at(t, secret, 0), &used), E_UNAUTHORIZED);
	begin(t, &u);
	assert_ok(t, twofactor_off(t, pg, u.id, &was));
	assert_true(was);
	commit(t);
	assert_int_equal(redeem(t, pg, &u, code_at(t, secret, 1), &used), E_UNAUTHORIZED);
}

static void
redeemed_once(void **state)
{
	struct task *t = *state;
	struct pg *pg = db_pg(DB_APP);
	struct user u = make(t), other = make(t);
	char code[TWOFACTOR_CODES][TWOFACTOR_CODE_TEXT];
	struct twofactor_used used;
	struct str secret = switch_on(t, &u, code);
	assert_int_equal(redeem(t, pg, &u, code_at(t, secret, 2), &used), E_UNAUTHORIZED);
	assert_int_equal(redeem(t, pg, &u, code_at(t, secret, 0), &used), E_OK);
	assert_int_equal(redeem(t, pg, &u, code_at(t, secret, 0), &used), E_UNAUTHORIZED);
	assert_int_equal(redeem(t, pg, &u, code_at(t, secret, 1), &used), E_OK);
	/* an older step after a newer one, though never used */
	assert_int_equal(redeem(t, pg, &u, code_at(t, secret, -1), &used), E_UNAUTHORIZED);
	assert_int_equal(redeem(t, pg, &other, str_of(code[0]), &used), E_UNAUTHORIZED);
	for (int i = 0; i < TWOFACTOR_CODES; i++) {
		assert_int_equal(redeem(t, pg, &u, str_of(code[i]), &used), E_OK);
		assert_int_equal(used.kind, TWOFACTOR_RECOVERY);
		assert_int_equal(used.codes_left, TWOFACTOR_CODES - 1 - i);
		assert_int_equal(redeem(t, pg, &u, str_of(code[i]), &used), E_UNAUTHORIZED);
	}
	assert_int_equal(redeem(t, pg, &u, STR(""), &used), E_UNAUTHORIZED);
	assert_int_equal(redeem(t, pg, &u, STR("abcd-efgh"), &used), E_UNAUTHORIZED);
}

/* The secret of another row, or a key that is not ours, does not open. */
static void
sealed_to_its_row(void **state)
{
	struct task *t = *state;
	struct user u = make(t), other = make(t);
	char code[TWOFACTOR_CODES][TWOFACTOR_CODE_TEXT];
	struct twofactor_used used;
	struct str secret = switch_on(t, &u, code);
	(void)switch_on(t, &other, code);
	db_query(t, db_pg(DB_OWNER), arena_printf(t->arena,
	    "UPDATE user_totp SET secret = (SELECT secret FROM user_totp WHERE user_id = '%.*s')"
	    " WHERE user_id = '%.*s'", STRF(u.id), STRF(other.id)).p);
	assert_int_equal(redeem(t, db_pg(DB_APP), &other, code_at(t, secret, 0), &used), E_DATA);
	/* nor does the app see the rows of others */
	begin(t, &u);
	assert_int_equal(db_number(t, db_pg(DB_APP), "SELECT count(*) FROM user_totp"), 1);
	assert_int_equal(db_number(t, db_pg(DB_APP),
	    "SELECT count(DISTINCT user_id) FROM user_recovery_codes"), 1);
	commit(t);
}

/* PARALLEL processes, each with a connection of its own, begin together. */
static int
successes(struct task *t, const struct user *u, struct str text)
{
	int gate[2], good = 0;
	char byte;
	assert_int_equal(pipe(gate), 0);
	for (int i = 0; i < PARALLEL; i++) {
		pid_t pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			struct pg *pg = db_pg_new(DB_APP);
			struct twofactor_used used;
			bool up = pg_connect(t, pg) == E_OK;
			close(gate[1]);
			up = read(gate[0], &byte, 1) == 0 && up;
			_exit(up ? (int)(redeem(t, pg, u, text, &used) == E_OK) : 2);
		}
	}
	close(gate[0]);
	usleep(700 * 1000);
	close(gate[1]);
	for (int i = 0; i < PARALLEL; i++) {
		int status = 0;
		assert_true(wait(&status) > 0);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
		good += WEXITSTATUS(status);
	}
	return good;
}

static void
parallel(void **state)
{
	struct task *t = *state;
	struct user u = make(t);
	char code[TWOFACTOR_CODES][TWOFACTOR_CODE_TEXT];
	struct str secret = switch_on(t, &u, code);
	assert_int_equal(successes(t, &u, code_at(t, secret, 0)), 1);
	assert_int_equal(successes(t, &u, str_of(code[3])), 1);
}

static enum err
take(struct task *t, struct throttle *th, const char *id)
{
	*th = (struct throttle){ 0 };
	throttle_add(t, th, "test", str_of(id),
	    (struct throttle_rule){ .max = 3, .window_s = 60, .clear = true });
	throttle_add(t, th, "wide", STR("all"), (struct throttle_rule){ .max = 5, .window_s = 600 });
	enum err e = throttle_take(t, db_pg(DB_APP), th);
	task_clear(t);
	return e;
}

static void
done(struct task *t, const struct throttle *th)
{
	assert_ok(t, pg_begin(t, db_pg(DB_APP), NULL));
	assert_ok(t, throttle_done(t, db_pg(DB_APP), th));
	commit(t);
}

static void
budgets(void **state)
{
	struct task *t = *state;
	struct throttle th;
	db_query(t, db_pg(DB_OWNER), "DELETE FROM login_attempts");
	for (int i = 0; i < 3; i++) {
		assert_int_equal(take(t, &th, "a"), E_OK);
		assert_int_equal(th.left, 2 - i);
	}
	assert_int_equal(take(t, &th, "a"), E_RATE_LIMITED);
	assert_true(th.wait_s > 55 && th.wait_s <= 60);
	/* a refused try takes nothing: the wide budget has two left */
	assert_int_equal(take(t, &th, "b"), E_OK);
	done(t, &th); /* right: given back */
	assert_int_equal(take(t, &th, "b"), E_OK);
	assert_int_equal(take(t, &th, "b"), E_OK);
	assert_int_equal(take(t, &th, "c"), E_RATE_LIMITED);
	assert_true(th.wait_s > 590 && th.wait_s <= 600);
	/* a right try empties the narrow budget and no more */
	db_query(t, db_pg(DB_OWNER), "UPDATE login_attempts SET at = at - interval '61 seconds'");
	assert_int_equal(take(t, &th, "a"), E_RATE_LIMITED);
	assert_true(th.wait_s <= 540);
	db_query(t, db_pg(DB_OWNER), "UPDATE login_attempts SET at = at - interval '9 minutes'");
	assert_int_equal(take(t, &th, "a"), E_OK);
}

static void
team_rule(void **state)
{
	struct task *t = *state;
	struct pg *pg = db_pg(DB_APP);
	struct user u = make(t);
	struct team team;
	char code[TWOFACTOR_CODES][TWOFACTOR_CODE_TEXT];
	bool required = true;
	int64_t missing;
	assert_ok(t, pg_begin(t, db_pg(DB_OWNER), NULL));
	assert_ok(t, team_create(t, db_pg(DB_OWNER), STR("Rule"), u.id, &team));
	assert_ok(t, pg_commit(t, db_pg(DB_OWNER)));
	struct pg_scope scope = { .team_id = team.id, .user_id = u.id };
	assert_ok(t, pg_begin(t, pg, &scope));
	assert_ok(t, team_two_factor_required(t, pg, team.id, &required));
	assert_false(required);
	assert_ok(t, team_two_factor_missing(t, pg, team.id, &missing));
	assert_int_equal(missing, 1);
	assert_int_equal(team_two_factor_set(t, pg, team.id, u.id, true), E_INVALID);
	task_clear(t);
	pg_rollback(t, pg);
	(void)switch_on(t, &u, code);
	assert_ok(t, pg_begin(t, pg, &scope));
	assert_ok(t, team_two_factor_set(t, pg, team.id, u.id, true));
	assert_ok(t, team_two_factor_required(t, pg, team.id, &required));
	assert_true(required);
	assert_ok(t, team_two_factor_missing(t, pg, team.id, &missing));
	assert_int_equal(missing, 0);
	commit(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(set_up), T(redeemed_once), T(sealed_to_its_row),
		T(parallel), T(budgets), T(team_rule) };
	return DB_RUN(tests);
}
