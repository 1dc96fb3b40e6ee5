/* model.c - the business against a migrated database, as the roles that use
 * it: the owner (tidemarkctl), the app (pages), the consumer (mirror). */
#include "base/crypt.h"
#include "model/account/credential.h"
#include "model/account/session.h"
#include "model/account/token.h"
#include "model/account/user.h"
#include "model/project/key.h"
#include "model/project/project.h"
#include "model/team/audit.h"
#include "model/team/member.h"
#include "model/team/team.h"
#include "queue/mirror.h"
#include "t/db/db.h"

#define PASSWORD STR("correct horse battery")

/* One user with a team and a project, new in each test. */
struct world {
	struct task *t;
	struct user user;
	struct team team;
	struct project project;
	struct environment env[3];
};

static int serial;

static struct world
make(struct task *t)
{
	struct world w = { .t = t };
	struct pg *pg = db_pg(DB_OWNER);
	struct user_new in = {
		.email = arena_printf(t->arena, "User%d@Example.org", ++serial),
		.password = PASSWORD, .verified = true,
	};
	assert_ok(t, pg_begin(t, pg, NULL));
	assert_ok(t, user_create(t, pg, &in, &w.user));
	assert_ok(t, team_create(t, pg, STR("The Team"), w.user.id, &w.team));
	struct project_new p = { .team_id = w.team.id, .name = STR("Shop \xc3\xa4") };
	assert_ok(t, project_create(t, pg, &p, &w.project, w.env));
	assert_ok(t, pg_commit(t, pg));
	return w;
}

static struct pg_scope
scope_of(const struct world *w)
{
	return (struct pg_scope){ .team_id = w->team.id, .user_id = w->user.id,
	                          .environment_id = w->env[0].id };
}

static const struct crypt *
ring(struct task *t)
{
	static struct crypt *c;
	if (c == NULL)
		assert_ok(t, crypt_open(t, STR("000102030405060708090a0b0c0d0e0f"
		                               "101112131415161718191a1b1c1d1e1f"), &c));
	return c;
}

static void
users(void **state)
{
	struct task *t = *state;
	struct world w = make(t);
	struct pg *pg = db_pg(DB_OWNER);
	struct user u;
	bool found;
	struct user_new again = { .email = STR(" uSER1@example.ORG "), .password = PASSWORD };
	struct user_new weak = { .email = STR("x@y.z"), .password = STR("short") };
	struct user_new bad = { .email = STR("no address"), .password = PASSWORD };
	assert_ok(t, pg_begin(t, pg, NULL));
	again.email = arena_printf(t->arena, " uSER%d@example.ORG ", serial);
	assert_int_equal(user_create(t, pg, &again, &u), E_CONFLICT);
	task_clear(t);
	assert_int_equal(user_create(t, pg, &weak, &u), E_INVALID);
	assert_string_equal(t->fields[0].path.p, "password");
	task_clear(t);
	assert_int_equal(user_create(t, pg, &bad, &u), E_INVALID);
	task_clear(t);
	assert_ok(t, user_find_by_email(t, pg, again.email, &u, &found));
	assert_true(found && str_eq(u.id, w.user.id) && u.verified && !u.disabled);
	assert_ok(t, user_find_by_email(t, pg, STR("nobody@example.org"), &u, &found));
	assert_false(found);
	assert_int_equal(user_get_by_email(t, pg, STR("nobody@example.org"), &u), E_NOT_FOUND);
	pg_rollback(t, pg);
}

static enum err
sign_in(struct task *t, struct str email, struct str password, struct user *u)
{
	struct pg *pg = db_pg(DB_APP);
	struct credential c = { .email = email, .password = password,
		.remote_addr = STR("192.0.2.1") };
	enum err e = credential_check(t, pg, &c, u);
	task_clear(t);
	if (e != E_OK)
		return e;
	e = pg_begin(t, pg, &(struct pg_scope){ 0 });
	if (e == E_OK)
		e = credential_accept(t, pg, &c, u);
	return pg_end(t, pg, e);
}

static void
signing_in(void **state)
{
	struct task *t = *state;
	struct world w = make(t);
	struct pg *pg = db_pg(DB_OWNER);
	struct user u;
	assert_ok(t, sign_in(t, w.user.email, PASSWORD, &u));
	assert_true(str_eq(u.id, w.user.id));
	assert_int_equal(sign_in(t, w.user.email, STR("wrong password"), &u), E_UNAUTHORIZED);
	assert_int_equal(sign_in(t, STR("nobody@x.y"), PASSWORD, &u), E_UNAUTHORIZED);
	assert_ok(t, pg_begin(t, pg, NULL));
	assert_ok(t, user_password_set(t, pg, w.user.id, STR("another password")));
	assert_ok(t, pg_commit(t, pg));
	assert_int_equal(sign_in(t, w.user.email, PASSWORD, &u), E_UNAUTHORIZED);
	assert_ok(t, sign_in(t, w.user.email, STR("another password"), &u));
	/* success forgave the failures; five new ones are too many */
	for (int i = 0; i < 5; i++)
		assert_int_equal(sign_in(t, w.user.email, STR("wrong"), &u), E_UNAUTHORIZED);
	assert_int_equal(sign_in(t, w.user.email, STR("another password"), &u), E_RATE_LIMITED);
}

static void
browser_sessions(void **state)
{
	struct task *t = *state;
	struct world w = make(t);
	struct pg *app = db_pg(DB_APP);
	struct str cookie, id;
	struct user_session s;
	bool found;
	assert_ok(t, pg_begin(t, app, NULL));
	assert_ok(t, session_create(t, app, &(struct session_new){ .user_id = w.user.id,
	          .remote_addr = STR("192.0.2.1"), .user_agent = STR("test"),
	          .method = STR("password") }, &cookie, &id));
	assert_ok(t, session_load(t, app, cookie, &s, &found));
	assert_true(found && str_eq(s.user.id, w.user.id));
	struct str a = session_csrf(t, s.csrf_secret), b = session_csrf(t, s.csrf_secret);
	assert_false(str_eq(a, b)); /* masked afresh */
	assert_true(session_csrf_check(s.csrf_secret, a));
	assert_true(session_csrf_check(s.csrf_secret, b));
	a = arena_str(t->arena, a);
	((char *)(uintptr_t)a.p)[3] ^= 1;
	assert_false(session_csrf_check(s.csrf_secret, a));
	assert_false(session_csrf_check(s.csrf_secret, STR("")));
	assert_ok(t, session_load(t, app, STR("AAAA"), &s, &found));
	assert_false(found);
	assert_ok(t, session_delete(t, app, cookie));
	assert_ok(t, session_load(t, app, cookie, &s, &found));
	assert_false(found);
	/* the cookie itself is in no table */
	assert_ok(t, session_create(t, app, &(struct session_new){ .user_id = w.user.id,
	          .method = STR("password") }, &cookie, &id));
	assert_ok(t, pg_commit(t, app));
	assert_int_equal(db_number(t, db_pg(DB_OWNER), arena_printf(t->arena,
	                 "SELECT count(*) FROM user_sessions s WHERE s::text LIKE '%%%.*s%%'",
	                 STRF(cookie)).p), 0);
	/* a new password ends it; so do twelve idle hours */
	struct pg *pg = db_pg(DB_OWNER);
	assert_ok(t, pg_script(t, pg, "UPDATE user_sessions SET seen_at = now() - interval '13 hours'"));
	assert_ok(t, session_load(t, app, cookie, &s, &found));
	assert_false(found);
}

static void
teams_and_members(void **state)
{
	struct task *t = *state;
	struct world a = make(t), b = make(t);
	struct pg_scope s = scope_of(&a);
	struct pg *app = db_pg(DB_APP);
	struct team team, *teams;
	struct member *m;
	enum role role;
	size_t n;
	assert_false(str_eq(a.team.slug, b.team.slug)); /* one name, two slugs */
	assert_true(str_starts(b.team.slug, STR("the-team-")));
	assert_ok(t, pg_begin(t, app, &s));
	assert_ok(t, team_list_for(t, app, a.user.id, &teams, &n));
	assert_int_equal(n, 1); /* not the other, whose name is the same */
	assert_true(str_eq(teams[0].id, a.team.id));
	assert_int_equal(teams[0].role, ROLE_OWNER);
	assert_int_equal(team_get(t, app, b.team.slug, &team), E_NOT_FOUND);
	task_clear(t);
	assert_int_equal(member_set(t, app, a.team.id, a.user.id, ROLE_VIEWER), E_CONFLICT);
	task_clear(t);
	assert_ok(t, member_set(t, app, a.team.id, b.user.id, ROLE_ANALYST));
	assert_ok(t, member_list(t, app, a.team.id, &m, &n));
	assert_int_equal(n, 2);
	assert_ok(t, member_role(t, app, a.team.id, b.user.id, &role));
	assert_int_equal(role, ROLE_ANALYST);
	assert_ok(t, member_role(t, app, b.team.id, b.user.id, &role));
	assert_int_equal(role, ROLE_NONE); /* another team's rows are not there */
	pg_rollback(t, app);
}

static void
projects_as_the_app(void **state)
{
	struct task *t = *state;
	struct world a = make(t), b = make(t);
	struct pg_scope s = scope_of(&a);
	struct pg *app = db_pg(DB_APP);
	struct project p, *list;
	struct environment envs[3], env;
	struct project_new in = { .team_id = a.team.id, .name = STR("Shop"), .platform = STR("web") };
	bool found;
	size_t n;
	assert_str(a.env[0].name, "prod");
	assert_str(a.env[2].name, "dev");
	assert_ok(t, pg_begin(t, app, &s));
	assert_ok(t, project_create(t, app, &in, &p, envs));
	assert_str(p.slug, "shop-2");
	assert_ok(t, project_list(t, app, a.team.id, &list, &n));
	assert_int_equal(n, 2);
	assert_ok(t, project_find(t, app, a.team.id, STR("shop-2"), &p, &found));
	assert_true(found);
	assert_ok(t, project_find(t, app, a.team.id, b.project.id, &p, &found));
	assert_false(found);
	assert_int_equal(project_get(t, app, b.project.id, &p), E_NOT_FOUND);
	task_clear(t);
	assert_ok(t, environment_find(t, app, a.project.id, STR("staging"), &env, &found));
	assert_true(found && env.id == a.env[1].id);
	struct str id = arena_printf(t->arena, "%d", a.env[1].id);
	assert_ok(t, environment_find(t, app, a.project.id, id, &env, &found));
	assert_true(found);
	id = arena_printf(t->arena, "%d", b.env[1].id);
	assert_ok(t, environment_find(t, app, a.project.id, id, &env, &found));
	assert_false(found);
	in.platform = STR("toaster");
	assert_int_equal(project_create(t, app, &in, &p, envs), E_INVALID);
	pg_rollback(t, app);
}

static void
environment_rules(void **state)
{
	struct task *t = *state;
	struct world w = make(t);
	struct pg_scope s = scope_of(&w);
	struct pg *app = db_pg(DB_APP);
	struct environment e;
	struct environment_change c = ENVIRONMENT_CHANGE_NONE;
	struct str keys[] = { STR("mail"), STR("phone") };
	struct str_list list = { keys, 2 };
	assert_ok(t, pg_begin(t, app, &s));
	c.retention_raw_days = 0;
	c.timezone = STR("Europe/Berlin");
	c.pii_keys = &list;
	assert_ok(t, environment_update(t, app, w.env[0].id, &c, &e));
	assert_int_equal(e.retention_raw_days, 0);
	assert_int_equal(e.retention_crash_days, 90);
	assert_int_equal(e.event_classes.n, 2); /* the new class first */
	assert_int_equal(e.event_classes.item[0], 0);
	assert_int_equal(e.event_classes.item[1], 90);
	assert_int_equal(e.crash_classes.n, 1);
	assert_int_equal(e.pii_keys.n, 2);
	assert_str(e.pii_keys.item[1], "phone");
	c = (struct environment_change)ENVIRONMENT_CHANGE_NONE;
	c.retention_raw_days = 60;
	assert_ok(t, environment_update(t, app, w.env[0].id, &c, &e));
	assert_int_equal(e.event_classes.n, 2);
	assert_int_equal(e.event_classes.item[0], 90);
	assert_str(e.timezone, "Europe/Berlin");
	c.timezone = STR("Mars/Phobos");
	c.pii_mode = STR("perhaps");
	assert_int_equal(environment_update(t, app, w.env[0].id, &c, &e), E_INVALID);
	assert_int_equal(t->nfields, 2);
	task_clear(t);
	assert_ok(t, pg_commit(t, app));
	/* partitions of the class exist, back to 2000 */
	assert_true(db_number(t, db_pg(DB_OWNER), "SELECT count(*) FROM pg_class"
	                      " WHERE relname LIKE 'events\\_c0\\_%'") > 20);
}

static struct mirror_key
mirror_of(struct task *t, struct str token)
{
	char hex[CRYPT_SHA256_HEX];
	struct mirror_key k = { 0 };
	bool found;
	crypt_sha256_hex(token, hex);
	assert_ok(t, mirror_get(t, db_redis(), str_of(hex), &k, &found));
	assert_true(found);
	return k;
}

static void
keys(void **state)
{
	struct task *t = *state;
	struct world w = make(t);
	struct pg_scope s = scope_of(&w);
	struct pg *app = db_pg(DB_APP);
	struct key_new in = { .environment_id = w.env[0].id, .type = KEY_WRITE, .crypt = ring(t) };
	struct key k, fresh;
	struct key_auth auth;
	struct str token, token2, shown;
	bool found;
	assert_ok(t, pg_begin(t, app, &s));
	assert_ok(t, key_create(t, app, db_redis(), &in, &k, &token));
	assert_ok(t, pg_commit(t, app));
	struct mirror_key m = mirror_of(t, token);
	assert_true(m.live && m.write && m.environment_id == w.env[0].id && m.rpm == 10000);
	assert_str(m.env_name, "prod");
	assert_true(m.retention_days == 90 && m.pii_keys.n > 0);
	assert_ok(t, pg_begin(t, app, &s));
	assert_ok(t, key_show(t, app, w.env[0].id, ring(t), &shown, &found));
	assert_true(found && str_eq(shown, token));
	struct key_rotate rotate = { .id = k.id, .overlap_us = KEY_OVERLAP_US, .crypt = ring(t) };
	assert_ok(t, key_rotate(t, app, db_redis(), &rotate, &fresh, &token2));
	assert_ok(t, key_show(t, app, w.env[0].id, ring(t), &shown, &found));
	assert_true(found && str_eq(shown, token2));
	assert_ok(t, pg_commit(t, app));
	assert_true(mirror_of(t, token).expires_us > t->now_us);
	assert_ok(t, pg_begin(t, app, NULL));
	assert_ok(t, key_check(t, app, token, &auth, &found));
	assert_true(found && auth.type == KEY_WRITE && str_eq(auth.team_id, w.team.id));
	assert_ok(t, pg_commit(t, app));
	assert_ok(t, pg_begin(t, app, &s));
	assert_ok(t, key_revoke(t, app, db_redis(), k.id));
	assert_false(mirror_of(t, token).live); /* before COMMIT already */
	assert_ok(t, pg_commit(t, app));
	assert_ok(t, key_check(t, app, token, &auth, &found));
	assert_false(found);
	assert_ok(t, pg_begin(t, app, &s));
	assert_int_equal(key_rotate(t, app, db_redis(), &rotate, &fresh, &token2), E_CONFLICT);
	pg_rollback(t, app);
}

/* Redis lost everything: the consumer writes it anew, revoked ones too. */
static void
mirror_is_rebuilt(void **state)
{
	struct task *t = *state;
	struct world w = make(t);
	struct pg *owner = db_pg(DB_OWNER), *consumer = db_pg(DB_CONSUMER);
	const struct str flush[] = { STR("FLUSHALL") };
	struct key_new in = { .environment_id = w.env[0].id, .type = KEY_READ };
	struct key live, dead;
	struct str token, token2;
	bool complete;
	assert_ok(t, pg_begin(t, owner, NULL));
	assert_ok(t, key_create(t, owner, db_redis(), &in, &live, &token));
	assert_ok(t, key_create(t, owner, db_redis(), &in, &dead, &token2));
	assert_ok(t, key_revoke(t, owner, db_redis(), dead.id));
	struct environment_change c = ENVIRONMENT_CHANGE_NONE;
	struct environment e;
	c.pii_mode = STR("allow");
	assert_ok(t, environment_update(t, owner, w.env[0].id, &c, &e));
	assert_ok(t, key_mirror_environment(t, owner, db_redis(), w.env[0].id));
	assert_ok(t, pg_commit(t, owner));
	assert_str(mirror_of(t, token).pii_mode, "allow");
	assert_ok(t, redis_run(t, db_redis(), 1, flush, NULL));
	assert_ok(t, pg_begin(t, consumer, NULL));
	assert_ok(t, key_mirror_all(t, consumer, db_redis()));
	assert_ok(t, pg_commit(t, consumer));
	assert_true(mirror_of(t, token).live);
	assert_false(mirror_of(t, token2).live);
	assert_ok(t, mirror_is_complete(t, db_redis(), &complete));
	assert_true(complete);
}

static void
access_tokens(void **state)
{
	struct task *t = *state;
	struct world a = make(t), b = make(t);
	struct pg_scope s = scope_of(&a);
	struct pg *app = db_pg(DB_APP);
	struct token_new in = { .user_id = a.user.id, .team_id = a.team.id,
	                        .scopes = SCOPE_EVENTS_READ | SCOPE_METRICS_READ };
	struct token token, *list;
	struct str secret, owner;
	bool found;
	size_t n;
	assert_ok(t, pg_begin(t, app, &s));
	assert_ok(t, token_create(t, app, &in, &token, &secret));
	assert_true(str_starts(secret, STR("tm_pat_")));
	assert_ok(t, token_list(t, app, a.team.id, &list, &n));
	assert_int_equal(n, 1);
	assert_ok(t, pg_commit(t, app));
	assert_ok(t, token_check(t, app, secret, &token, &found));
	assert_true(found && str_eq(token.team_id, a.team.id) && token.role == ROLE_OWNER);
	assert_int_equal(token.scopes, in.scopes);
	assert_ok(t, pg_begin(t, app, &s));
	in.user_id = b.user.id; /* no member of a's team */
	assert_int_equal(token_create(t, app, &in, &token, &secret), E_FORBIDDEN);
	task_clear(t);
	assert_int_equal(token_revoke(t, app, b.team.id, list[0].id, &owner),
	                 E_NOT_FOUND);
	task_clear(t);
	assert_ok(t, token_revoke(t, app, STR(""), list[0].id, &owner));
	assert_true(str_eq(owner, a.team.id));
	assert_ok(t, pg_commit(t, app));
	assert_ok(t, token_check(t, app, secret, &token, &found));
	assert_false(found);
}

static void
audit_is_kept(void **state)
{
	struct task *t = *state;
	struct world w = make(t);
	struct pg_scope s = scope_of(&w);
	struct pg *app = db_pg(DB_APP);
	struct audit_entry e = { .team_id = w.team.id, .actor = STR("user:x"),
	                         .action = STR("key.create"), .target = STR("key:1") };
	struct audit_entries list;
	snprintf(t->request_id, sizeof(t->request_id), "req-9");
	assert_ok(t, pg_begin(t, app, &s));
	assert_ok(t, audit_add(t, app, &e));
	assert_ok(t, audit_list(t, app, &(struct audit_filter){ .team_id = w.team.id, .limit = 10 },
	          &list));
	assert_int_equal(list.n, 1);
	assert_str(list.row[0].request_id, "req-9");
	assert_ok(t, pg_commit(t, app));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(users), T(signing_in), T(browser_sessions), T(teams_and_members),
		T(projects_as_the_app), T(environment_rules), T(keys), T(mirror_is_rebuilt),
		T(access_tokens), T(audit_is_kept),
	};
	return DB_RUN(tests);
}
