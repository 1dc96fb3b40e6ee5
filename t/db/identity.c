/* identity.c - accounts elsewhere, against a migrated database as the app. */
#include "model/account/identity.h"

#include <pthread.h>

#include "model/account/session.h"
#include "t/db/db.h"

static int serial;

static struct identity_new
arrival(struct task *t, const char *mail, bool verified)
{
	return (struct identity_new){
		.identity = { .provider = STR("github"),
		              .subject = arena_printf(t->arena, "%d", 1000 + ++serial),
		              .email = str_of(mail), .login = STR("ada") },
		.name = STR("Ada"), .verified = verified, .browser = STR("b"),
	};
}

static struct str
address(struct task *t, const char *name)
{
	return arena_printf(t->arena, "%s%d@example.org", name, ++serial);
}

static struct user
local(struct task *t, struct str mail, bool verified)
{
	struct user u;
	struct pg *pg = db_pg(DB_OWNER);
	struct user_new in = { .email = mail, .password = STR("wobbly lantern 47"),
		.verified = verified };
	assert_ok(t, pg_begin(t, pg, NULL));
	assert_ok(t, user_create(t, pg, &in, &u));
	assert_ok(t, pg_commit(t, pg));
	return u;
}

static void
create(void **state)
{
	struct task *t = *state;
	struct pg *pg = db_pg(DB_APP);
	struct user u, again;
	struct str token;
	bool found;
	struct identity_new in = arrival(t, address(t, "new").p, true);
	struct identity_new other = arrival(t, in.identity.email.p, true);
	struct identity_new unproved = arrival(t, address(t, "odd").p, false);
	struct identity_new closed = arrival(t, address(t, "closed").p, true);
	struct identity_new bad = arrival(t, "no address", true);
	assert_ok(t, pg_begin(t, pg, NULL));
	assert_ok(t, identity_create(t, pg, &in, &u, &token));
	assert_true(u.verified && token.n == 0);
	assert_str(u.name, "Ada");
	assert_ok(t, identity_find(t, pg, STR("github"), in.identity.subject, &again, &found));
	assert_true(found && str_eq(again.id, u.id));
	assert_ok(t, identity_find(t, pg, STR("google"), in.identity.subject, &again, &found));
	assert_false(found); /* the key is both */
	/* the address is taken, the identity is taken */
	assert_int_equal(identity_create(t, pg, &other, &again, &token), E_CONFLICT);
	task_clear(t);
	other.identity = in.identity;
	other.identity.email = address(t, "else");
	assert_int_equal(identity_create(t, pg, &other, &again, &token), E_CONFLICT);
	task_clear(t);
	assert_int_equal(identity_create(t, pg, &bad, &again, &token), E_INVALID);
	task_clear(t);
	closed.invited_only = true;
	assert_int_equal(identity_create(t, pg, &closed, &again, &token), E_FORBIDDEN);
	task_clear(t);
	assert_ok(t, identity_create(t, pg, &unproved, &u, &token));
	assert_true(!u.verified && token.n == 43);
	assert_ok(t, pg_commit(t, pg));
	const char *sql = arena_printf(t->arena, "SELECT count(*) FROM user_tokens WHERE user_id ="
	    " '%.*s' AND kind = 'verify' AND binding IS NOT NULL AND token_hash ="
	    " sha256('%.*s'::bytea)", STRF(u.id), STRF(token)).p;
	assert_int_equal(db_number(t, db_pg(DB_OWNER), sql), 1);
}

/* All that an attacker may have put on an account before its owner came. */
static void
claim(void **state)
{
	struct task *t = *state;
	struct pg *pg = db_pg(DB_APP), *owner = db_pg(DB_OWNER);
	struct user u = local(t, address(t, "victim"), false), out;
	struct str cookie, id;
	const char *uid = u.id.p;
	struct session_new s = { .user_id = u.id, .method = STR("password") };
	assert_ok(t, pg_begin(t, pg, NULL));
	assert_ok(t, session_create(t, pg, &s, &cookie, &id));
	assert_ok(t, pg_commit(t, pg));
	static const char *const plant[] = {
		"INSERT INTO user_identities (provider, subject, user_id) VALUES ('google', 'evil-%s', '%s')",
		"INSERT INTO user_tokens (token_hash, user_id, kind, email, expires_at)"
		" VALUES (sha256('%s'::bytea), '%s', 'email', 'evil@example.org', now() + interval '1 h')",
		"INSERT INTO user_totp (secret, user_id) VALUES (sha256('%s'::bytea), '%s')",
		"INSERT INTO user_recovery_codes (code_hash, user_id) VALUES (sha256('%s'::bytea), '%s')",
		"WITH x AS (INSERT INTO teams (slug, name) VALUES ('t-%s', 'T') RETURNING id)"
		" INSERT INTO members (team_id, user_id, role) SELECT id, '%s', 'viewer' FROM x",
	};
	for (size_t i = 0; i < NELEM(plant); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		char sql[512];
		snprintf(sql, sizeof sql, plant[i], uid, uid);
#pragma GCC diagnostic pop
		assert_row(*db_state(t, owner, sql) == '\0', plant[i]);
	}
	struct identity_new in = arrival(t, u.email.p, true);
	assert_ok(t, pg_begin(t, pg, NULL));
	assert_ok(t, identity_claim(t, pg, u.id, &in, &out));
	assert_ok(t, pg_commit(t, pg));
	assert_true(out.verified && str_eq(out.id, u.id));
	static const struct {
		const char *what, *sql;
		int64_t want;
	} left[] = {
		{ "sessions", "SELECT count(*) FROM user_sessions WHERE user_id = '%s'", 0 },
		{ "links", "SELECT count(*) FROM user_tokens WHERE user_id = '%s'", 0 },
		{ "second factor", "SELECT count(*) FROM user_totp WHERE user_id = '%s'", 0 },
		{ "codes", "SELECT count(*) FROM user_recovery_codes WHERE user_id = '%s'", 0 },
		{ "identities", "SELECT count(*) FROM user_identities WHERE user_id = '%s'", 1 },
		{ "memberships", "SELECT count(*) FROM members WHERE user_id = '%s'", 1 },
		{ "password", "SELECT count(password_hash) FROM users WHERE id = '%s'", 0 },
		{ "verified", "SELECT count(verified_at) FROM users WHERE id = '%s'", 1 },
	};
	for (size_t i = 0; i < NELEM(left); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		char sql[256];
		snprintf(sql, sizeof sql, left[i].sql, uid);
#pragma GCC diagnostic pop
		assert_row(db_number(t, owner, sql) == left[i].want, left[i].what);
	}
	/* a verified account is nobody's to claim */
	struct identity_new second = arrival(t, u.email.p, true);
	assert_ok(t, pg_begin(t, pg, NULL));
	assert_int_equal(identity_claim(t, pg, u.id, &second, &out), E_CONFLICT);
	pg_rollback(t, pg);
	task_clear(t);
}

static void
link_and_unlink(void **state)
{
	struct task *t = *state;
	struct pg *pg = db_pg(DB_APP);
	struct user a = local(t, address(t, "a"), true), b = local(t, address(t, "b"), true);
	struct identity id = { .provider = STR("github"), .subject = address(t, "s"),
		.email = STR("x@y.z"), .login = STR("x") };
	struct identity *list;
	size_t n;
	bool added;
	struct pg_scope as_a = { .user_id = a.id }, as_b = { .user_id = b.id };
	assert_ok(t, pg_begin(t, pg, &as_a));
	assert_ok(t, identity_link(t, pg, a.id, &id, &added));
	assert_true(added);
	assert_ok(t, identity_link(t, pg, a.id, &id, &added));
	assert_false(added);
	assert_ok(t, identity_list(t, pg, a.id, &list, &n));
	assert_int_equal(n, 1);
	assert_str(list[0].login, "x");
	assert_true(list[0].created_us > 0 && list[0].used_us == 0);
	assert_ok(t, pg_commit(t, pg));
	assert_ok(t, pg_begin(t, pg, &as_b));
	assert_int_equal(identity_link(t, pg, b.id, &id, &added), E_CONFLICT);
	task_clear(t);
	assert_int_equal(identity_unlink(t, pg, b.id, id.provider, id.subject), E_NOT_FOUND);
	task_clear(t);
	assert_ok(t, identity_list(t, pg, a.id, &list, &n)); /* row-level security */
	assert_int_equal(n, 0);
	assert_ok(t, pg_commit(t, pg));
	assert_ok(t, pg_begin(t, pg, &as_a)); /* there is a password */
	assert_ok(t, identity_unlink(t, pg, a.id, id.provider, id.subject));
	assert_ok(t, pg_commit(t, pg));
}

/* No password: one identity has to stay, also when two go at once. */
struct remover {
	struct str user, subject;
	enum err e;
};

static void *
remove_one(void *arg)
{
	struct remover *r = arg;
	struct task t;
	struct pg *pg = db_pg_new(DB_APP);
	task_init(&t, arena_new(0));
	enum err e = pg_begin(&t, pg, &(struct pg_scope){ .user_id = r->user });
	if (e == E_OK)
		e = identity_unlink(&t, pg, r->user, STR("github"), r->subject);
	r->e = pg_end(&t, pg, e);
	pg_close(pg);
	arena_free(t.arena);
	return NULL;
}

static void
last_way(void **state)
{
	struct task *t = *state;
	struct pg *pg = db_pg(DB_APP);
	struct user u;
	struct str token;
	bool added;
	for (int round = 0; round < 10; round++) {
		struct identity_new in = arrival(t, address(t, "last").p, true);
		struct identity more = { .provider = STR("github"), .subject = address(t, "m") };
		assert_ok(t, pg_begin(t, pg, NULL));
		assert_ok(t, identity_create(t, pg, &in, &u, &token));
		assert_ok(t, pg_commit(t, pg));
		assert_ok(t, pg_begin(t, pg, &(struct pg_scope){ .user_id = u.id }));
		assert_int_equal(identity_unlink(t, pg, u.id, in.identity.provider,
		    in.identity.subject), E_CONFLICT);
		task_clear(t);
		assert_ok(t, identity_link(t, pg, u.id, &more, &added));
		assert_ok(t, pg_commit(t, pg));
		struct remover r[2] = { { u.id, in.identity.subject, E_OK },
			{ u.id, more.subject, E_OK } };
		pthread_t id[2];
		for (int i = 0; i < 2; i++)
			assert_int_equal(pthread_create(&id[i], NULL, remove_one, &r[i]), 0);
		for (int i = 0; i < 2; i++)
			pthread_join(id[i], NULL);
		assert_int_equal((r[0].e == E_OK) + (r[1].e == E_OK), 1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(create), T(claim), T(link_and_unlink),
		T(last_way) };
	return DB_RUN(tests);
}
