/* sweep.c - what the hourly sweep removes, and what it must leave. */
#include "jobs/job.h"
#include "t/db/db.h"

#define USER "'00000000-0000-4000-8000-0000000000aa'"
#define TEAM "'00000000-0000-4000-8000-0000000000bb'"

static void
fixture(struct task *t)
{
	struct pg *own = db_pg(DB_OWNER);
	(void)db_query(t, own, "INSERT INTO users (id, email, email_key, name)"
	    " VALUES (" USER ", 'a@example.net', 'a@example.net', 'A') ON CONFLICT DO NOTHING");
	(void)db_query(t, own, "INSERT INTO teams (id, slug, name) VALUES (" TEAM ", 'sweep', 'S')"
	    " ON CONFLICT DO NOTHING");
}

/* Rows {sql of the age, stays?} of one table; how many are left. */
static int64_t
left(struct task *t, const char *insert, const char *table)
{
	struct job_host h = { .pg = db_pg(DB_CONSUMER), .redis = db_redis() };
	int64_t steps = 0;
	(void)db_query(t, db_pg(DB_OWNER),
	    arena_printf(t->arena, "DELETE FROM %s", table).p);
	(void)db_query(t, db_pg(DB_OWNER), insert);
	assert_ok(t, job_sweep(t, &h, &steps));
	return db_number(t, db_pg(DB_OWNER),
	    arena_printf(t->arena, "SELECT count(*) FROM %s", table).p);
}

static void
sessions(void **state)
{
	struct task *t = *state;
	fixture(t);
	assert_int_equal(left(t, "INSERT INTO user_sessions (token_hash, user_id, csrf_secret,"
	    " expires_at, seen_at, remember) SELECT decode(lpad(i::text, 4, '0'), 'hex'), " USER
	    ", 'x', now() + e, now() - s, r FROM (VALUES"
	    " (1, interval '1 h', interval '0', true), (2, interval '-1 s', interval '0', true),"
	    " (3, interval '1 h', interval '13 h', false), (4, interval '1 h', interval '11 h', false),"
	    " (5, interval '1 h', interval '29 days', true)) v (i, e, s, r)", "user_sessions"), 3);
}

static void
links(void **state)
{
	struct task *t = *state;
	fixture(t);
	assert_int_equal(left(t, "INSERT INTO user_tokens (token_hash, user_id, kind, email,"
	    " expires_at, used_at) SELECT decode(lpad(i::text, 4, '0'), 'hex'), " USER
	    ", 'verify', 'a', now() + e, now() + u FROM (VALUES"
	    " (1, interval '1 h', NULL::interval), (2, interval '-6 days', NULL),"
	    " (3, interval '-8 days', NULL), (4, interval '1 h', interval '-8 days')) v (i, e, u)",
	    "user_tokens"), 2);
	assert_int_equal(left(t, "INSERT INTO user_totp (user_id, secret, created_at) VALUES (" USER
	    ", 'x', now() - interval '2 days')", "user_totp"), 0);
	assert_int_equal(left(t, "INSERT INTO user_totp (user_id, secret, created_at, confirmed_at)"
	    " VALUES (" USER ", 'x', now() - interval '2 days', now())", "user_totp"), 1);
	assert_int_equal(left(t, "INSERT INTO login_attempts (subject, at) VALUES"
	    " ('ip:a', now() - interval '25 h'), ('ip:b', now() - interval '23 h')",
	    "login_attempts"), 1);
}

static void
invitations(void **state)
{
	struct task *t = *state;
	fixture(t);
	assert_int_equal(left(t, "INSERT INTO invitations (team_id, email, email_key, role, token_hash,"
	    " expires_at, revoked_at) SELECT " TEAM ", 'a' || i, 'a' || i, 'viewer',"
	    " decode(lpad(i::text, 4, '0'), 'hex'), now() + e, now() + r FROM (VALUES"
	    " (1, interval '1 day', NULL::interval), (2, interval '-29 days', NULL),"
	    " (3, interval '-31 days', NULL), (4, interval '1 day', interval '-31 days')) v (i, e, r)",
	    "invitations"), 2);
}

static void
grants(void **state)
{
	struct task *t = *state;
	fixture(t);
	assert_int_equal(left(t, "INSERT INTO oauth_grants (user_id, scopes, expires_at, revoked_at)"
	    " SELECT " USER ", '{}', now() + e, now() + r FROM (VALUES"
	    " (interval '1 day', NULL::interval), (interval '-29 days', NULL),"
	    " (interval '-31 days', NULL), (interval '1 day', interval '-31 days')) v (e, r)",
	    "oauth_grants"), 2);
	assert_int_equal(left(t, "INSERT INTO oauth_refresh (token_hash, grant_id, expires_at)"
	    " SELECT decode(lpad(i::text, 4, '0'), 'hex'), (SELECT id FROM oauth_grants LIMIT 1),"
	    " now() + e FROM (VALUES (1, interval '1 h'), (2, interval '-2 days')) v (i, e)",
	    "oauth_refresh"), 1);
}

/* Only the consumer may, and it reads nothing by it. */
static void
rights(void **state)
{
	struct task *t = *state;
	assert_string_equal(db_state(t, db_pg(DB_APP), "SELECT sweep_expired(1)"), "42501");
	assert_string_equal(db_state(t, db_pg(DB_CONSUMER), "DELETE FROM user_sessions"), "42501");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		T(sessions), T(links), T(invitations), T(grants), T(rights),
	};
	return DB_RUN(tests);
}
