/* account.c - registering, mail links and leaving against a migrated database,
 * as the app role; and each race with several connections at once. */
#include <unistd.h>

#include "base/crypt.h"
#include "model/account/avatar.h"
#include "model/account/link.h"
#include "model/account/session.h"
#include "model/team/member.h"
#include "model/team/team.h"
#include "t/db/db.h"

#define PASSWORD STR("three unrelated words")
#define RACERS 8

static int serial;

static struct str
address(struct task *t)
{
	return arena_printf(t->arena, "Ann%d@Example.org", ++serial);
}

static struct link_sent
registered(struct task *t, struct str email, struct str browser)
{
	struct pg *app = db_pg(DB_APP);
	struct link_sent sent = { 0 };
	struct link_register in = { .email = email, .name = STR("Ann"), .password = PASSWORD,
		.browser = browser };
	assert_ok(t, pg_begin(t, app, NULL));
	assert_ok(t, link_register(t, app, &in, &sent));
	assert_ok(t, pg_commit(t, app));
	return sent;
}

static struct user
verified(struct task *t, struct str token)
{
	struct pg *app = db_pg(DB_APP);
	struct user user = { 0 };
	assert_ok(t, pg_begin(t, app, NULL));
	assert_ok(t, link_verify(t, app, token, &user));
	assert_ok(t, pg_commit(t, app));
	return user;
}

static int64_t
count(struct task *t, const char *what, struct str user_id)
{
	return db_number(t, db_pg(DB_OWNER), arena_printf(t->arena,
	    "SELECT count(*) FROM %s user_id = '%.*s'", what, STRF(user_id)).p);
}

static void
registering(void **state)
{
	struct task *t = *state;
	struct pg *app = db_pg(DB_APP);
	struct str email = address(t);
	struct link link;
	bool found;
	struct link_sent a = registered(t, email, STR("cookie"));
	assert_int_equal(a.outcome, LINK_NEW);
	assert_int_equal(a.token.n, 43);
	assert_ok(t, pg_begin(t, app, NULL));
	assert_ok(t, link_find(t, app, LINK_VERIFY, a.token, STR("cookie"), &link, &found));
	assert_true(found && link.same_browser && link.has_password && !link.user.verified);
	assert_ok(t, link_find(t, app, LINK_VERIFY, a.token, STR("other"), &link, &found));
	assert_true(found && !link.same_browser);
	assert_ok(t, link_find(t, app, LINK_VERIFY, a.token, STR_NULL, &link, &found));
	assert_true(found && !link.same_browser);
	assert_ok(t, link_find(t, app, LINK_RESET, a.token, STR("cookie"), &link, &found));
	assert_false(found); /* another kind */
	assert_ok(t, pg_commit(t, app));
	struct user user = verified(t, a.token);
	assert_true(user.verified && str_eq(user.id, a.user_id));
	struct link_sent b = registered(t, email, STR("cookie"));
	assert_int_equal(b.outcome, LINK_EXISTS);
	assert_int_equal(b.token.n, 0);
	assert_int_equal(count(t, "user_tokens WHERE used_at IS NULL AND", user.id), 0);
}

/* Whatever stood in an unverified account is gone when somebody registers it. */
static void
wiping(void **state)
{
	struct task *t = *state;
	struct pg *owner = db_pg(DB_OWNER), *app = db_pg(DB_APP);
	struct str email = address(t), cookie, id;
	struct link_sent a = registered(t, email, STR("squatter"));
	assert_ok(t, pg_begin(t, app, NULL));
	assert_ok(t, session_create(t, app, &(struct session_new){ .user_id = a.user_id,
	    .method = STR("password") }, &cookie, &id));
	assert_ok(t, pg_commit(t, app));
	assert_ok(t, pg_script(t, owner, arena_printf(t->arena,
	    "INSERT INTO user_identities (provider, subject, user_id) VALUES ('github', '%d', '%.*s');"
	    "INSERT INTO user_totp (user_id, secret) VALUES ('%.*s', '\\x00');"
	    "INSERT INTO user_recovery_codes (user_id, code_hash) VALUES ('%.*s', '\\x01');"
	    "INSERT INTO user_avatars (user_id, png, hash) VALUES ('%.*s', '\\x02', 'x');",
	    serial, STRF(a.user_id), STRF(a.user_id), STRF(a.user_id), STRF(a.user_id)).p));
	struct link_sent b = registered(t, email, STR("owner"));
	static const char *const tables[] = { "user_sessions WHERE", "user_identities WHERE",
		"user_totp WHERE", "user_recovery_codes WHERE", "user_avatars WHERE" };
	assert_true(str_eq(a.user_id, b.user_id));
	for (size_t i = 0; i < NELEM(tables); i++)
		assert_row(count(t, tables[i], a.user_id) == 0, tables[i]);
	assert_int_equal(count(t, "user_tokens WHERE", a.user_id), 1); /* the new one */
	struct user user;
	assert_ok(t, pg_begin(t, app, NULL));
	assert_int_equal(link_verify(t, app, a.token, &user), E_NOT_FOUND);
	task_clear(t);
	pg_rollback(t, app);
	/* a new link for it stays with the browser that registered */
	struct link_sent c = { 0 };
	struct link link;
	bool found;
	assert_ok(t, pg_begin(t, app, NULL));
	assert_ok(t, link_verify_again(t, app, email, &c));
	assert_ok(t, link_find(t, app, LINK_VERIFY, c.token, STR("owner"), &link, &found));
	assert_true(found && link.same_browser);
	assert_ok(t, pg_commit(t, app));
	(void)verified(t, c.token);
}

static void
resetting(void **state)
{
	struct task *t = *state;
	struct pg *app = db_pg(DB_APP);
	struct str email = address(t);
	struct link_sent a = registered(t, email, STR("squatter")), r = { 0 }, none = { 0 };
	struct user user;
	bool fresh = false;
	assert_ok(t, pg_begin(t, app, NULL));
	assert_ok(t, link_reset_request(t, app, STR("nobody@example.org"), &none));
	assert_int_equal(none.token.n, 0);
	assert_ok(t, link_reset_request(t, app, email, &r));
	assert_int_equal(link_reset(t, app, r.token, STR("short"), &user, &fresh), E_INVALID);
	task_clear(t);
	assert_ok(t, link_reset(t, app, r.token, STR("my own long phrase"), &user, &fresh));
	assert_true(fresh && user.verified && user.name.n == 0);
	assert_ok(t, pg_commit(t, app));
	assert_ok(t, pg_begin(t, app, NULL));
	assert_int_equal(link_verify(t, app, a.token, &user), E_NOT_FOUND);
	task_clear(t);
	pg_rollback(t, app);
	assert_ok(t, pg_begin(t, app, NULL));
	assert_ok(t, link_reset_request(t, app, email, &r));
	assert_ok(t, link_reset(t, app, r.token, PASSWORD, &user, &fresh));
	assert_false(fresh);
	assert_ok(t, pg_commit(t, app));
}

/* Several processes run `act` on one token; how many succeed. */
static int
race(struct task *t, enum link_kind kind, struct str token, struct str user_id)
{
	int pipes[2], won = 0;
	char byte;
	assert_int_equal(pipe(pipes), 0);
	for (int i = 0; i < RACERS; i++) {
		if (fork() != 0)
			continue;
		struct pg *pg = db_pg_new(DB_APP);
		struct pg_scope scope = { .user_id = user_id };
		struct user user;
		struct str a, b;
		bool fresh;
		enum err e = pg_begin(t, pg, &scope);
		if (e == E_OK)
			e = kind == LINK_VERIFY ? link_verify(t, pg, token, &user) :
			    kind == LINK_RESET ? link_reset(t, pg, token, PASSWORD, &user, &fresh) :
			    link_email_change(t, pg, user_id, token, &a, &b);
		e = pg_end(t, pg, e);
		if (e == E_OK && write(pipes[1], "1", 1) != 1)
			_exit(2);
		_exit(0);
	}
	close(pipes[1]);
	while (read(pipes[0], &byte, 1) == 1)
		won++;
	close(pipes[0]);
	return won;
}

static void
races(void **state)
{
	struct task *t = *state;
	struct pg *app = db_pg(DB_APP);
	struct str email = address(t);
	struct link_sent sent = registered(t, email, STR("b")), link = { 0 };
	assert_int_equal(race(t, LINK_VERIFY, sent.token, sent.user_id), 1);
	assert_ok(t, pg_begin(t, app, NULL));
	assert_ok(t, link_reset_request(t, app, email, &link));
	assert_ok(t, pg_commit(t, app));
	assert_int_equal(race(t, LINK_RESET, link.token, sent.user_id), 1);
	assert_ok(t, pg_begin(t, app, &(struct pg_scope){ .user_id = sent.user_id }));
	assert_ok(t, link_email_request(t, app, sent.user_id, address(t), &link));
	assert_ok(t, pg_commit(t, app));
	assert_int_equal(race(t, LINK_EMAIL, link.token, sent.user_id), 1);
}

/* The account of a new, verified user with a team. */
static struct user
person(struct task *t, struct team *team)
{
	struct user user = verified(t, registered(t, address(t), STR("b")).token);
	struct pg *app = db_pg(DB_APP);
	assert_ok(t, pg_begin(t, app, &(struct pg_scope){ .user_id = user.id }));
	assert_ok(t, team_create_personal(t, app, user.id, STR("Ann"), team));
	assert_ok(t, pg_commit(t, app));
	return user;
}

static void
changing_address(void **state)
{
	struct task *t = *state;
	struct pg *app = db_pg(DB_APP);
	struct team team;
	struct user a = person(t, &team), b = person(t, &team);
	struct link_sent sent = { 0 };
	struct str old, email, wanted = address(t);
	struct pg_scope of_a = { .user_id = a.id }, of_b = { .user_id = b.id };
	assert_ok(t, pg_begin(t, app, &of_a));
	assert_ok(t, link_email_request(t, app, a.id, b.email, &sent));
	assert_int_equal(sent.outcome, LINK_EXISTS);
	assert_ok(t, link_email_request(t, app, a.id, wanted, &sent));
	assert_int_equal(sent.outcome, LINK_NEW);
	assert_ok(t, pg_commit(t, app));
	assert_ok(t, pg_begin(t, app, &of_b));
	assert_int_equal(link_email_change(t, app, b.id, sent.token, &old, &email), E_NOT_FOUND);
	task_clear(t);
	assert_int_equal(link_email_change(t, app, a.id, sent.token, &old, &email), E_NOT_FOUND);
	task_clear(t);
	pg_rollback(t, app);
	/* somebody registers the address meanwhile: it is theirs */
	(void)registered(t, wanted, STR("b"));
	assert_ok(t, pg_begin(t, app, &of_a));
	assert_int_equal(link_email_change(t, app, a.id, sent.token, &old, &email), E_CONFLICT);
	task_clear(t);
	pg_rollback(t, app);
	wanted = address(t);
	assert_ok(t, pg_begin(t, app, &of_a));
	assert_ok(t, link_email_request(t, app, a.id, wanted, &sent));
	assert_ok(t, link_email_change(t, app, a.id, sent.token, &old, &email));
	assert_ok(t, pg_commit(t, app));
	assert_true(str_eq(old, a.email) && str_eq(email, wanted));
}

static void
leaving(void **state)
{
	struct task *t = *state;
	struct pg *app = db_pg(DB_APP), *owner = db_pg(DB_OWNER);
	struct team team, other;
	struct user a = person(t, &team), b = person(t, &other);
	struct pg_scope of_a = { .user_id = a.id };
	struct str json;
	assert_ok(t, pg_begin(t, app, &of_a));
	assert_ok(t, user_holdings(t, app, a.id, &json));
	assert_true(json.n > 200 && memmem(json.p, json.n, "argon2", 6) == NULL);
	assert_non_null(memmem(json.p, json.n, a.email.p, a.email.n));
	assert_int_equal(user_holdings(t, app, b.id, &json), E_NOT_FOUND); /* of others: nothing */
	task_clear(t);
	assert_int_equal(user_delete(t, app, a.id), E_CONFLICT); /* its team lives */
	task_clear(t);
	assert_int_equal(user_delete(t, app, b.id), E_CONFLICT); /* not the user in scope */
	task_clear(t);
	assert_ok(t, pg_commit(t, app));
	assert_ok(t, pg_script(t, owner, arena_printf(t->arena,
	    "INSERT INTO members (team_id, user_id, role) VALUES ('%.*s', '%.*s', 'owner')",
	    STRF(team.id), STRF(b.id)).p));
	assert_ok(t, pg_begin(t, app, &of_a));
	assert_ok(t, user_delete(t, app, a.id)); /* another owner stays */
	assert_ok(t, pg_commit(t, app));
	assert_int_equal(count(t, "members WHERE", a.id), 0);
	assert_int_equal(count(t, "members WHERE", b.id), 2);
}

/* Two owners who leave at once: one of them stays. */
static void
leaving_together(void **state)
{
	struct task *t = *state;
	struct pg *owner = db_pg(DB_OWNER);
	struct team team, other;
	struct user u[2] = { person(t, &team), person(t, &other) };
	int pipes[2], gone = 0;
	char byte;
	assert_ok(t, pg_script(t, owner, arena_printf(t->arena,
	    "UPDATE teams SET deleted_at = now() WHERE id = '%.*s';"
	    "INSERT INTO members (team_id, user_id, role) VALUES ('%.*s', '%.*s', 'owner')",
	    STRF(other.id), STRF(team.id), STRF(u[1].id)).p));
	assert_int_equal(pipe(pipes), 0);
	for (int i = 0; i < 2; i++) {
		if (fork() != 0)
			continue;
		struct pg *pg = db_pg_new(DB_APP);
		enum err e = pg_begin(t, pg, &(struct pg_scope){ .user_id = u[i].id });
		if (e == E_OK)
			e = user_delete(t, pg, u[i].id);
		usleep(100000);
		e = pg_end(t, pg, e);
		_exit(e == E_OK && write(pipes[1], "1", 1) == 1 ? 0 : 1);
	}
	close(pipes[1]);
	while (read(pipes[0], &byte, 1) == 1)
		gone++;
	close(pipes[0]);
	assert_int_equal(gone, 1);
	assert_int_equal(db_number(t, owner, arena_printf(t->arena,
	    "SELECT count(*) FROM members WHERE team_id = '%.*s'", STRF(team.id)).p), 1);
}

static void
faces(void **state)
{
	struct task *t = *state;
	struct pg *app = db_pg(DB_APP);
	struct team team, other;
	struct user a = person(t, &team), b = person(t, &other);
	struct avatar face;
	bool found;
	assert_ok(t, pg_begin(t, app, &(struct pg_scope){ .user_id = a.id }));
	assert_ok(t, avatar_set(t, app, a.id, STR("\x89PNG\0x")));
	assert_ok(t, avatar_find(t, app, a.id, a.id, &face, &found));
	assert_true(found && face.png.n == 6 && face.hash.n == 64);
	assert_ok(t, pg_commit(t, app));
	assert_ok(t, pg_begin(t, app, &(struct pg_scope){ .user_id = b.id }));
	assert_ok(t, avatar_find(t, app, b.id, a.id, &face, &found));
	assert_false(found); /* no team of both */
	assert_ok(t, avatar_find(t, app, a.id, a.id, &face, &found));
	assert_false(found); /* not the user in scope */
	assert_ok(t, avatar_find(t, app, b.id, STR("x"), &face, &found));
	assert_false(found);
	assert_ok(t, pg_commit(t, app));
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(registering), T(wiping), T(resetting), T(races),
		T(changing_address), T(leaving), T(leaving_together), T(faces) };
	return DB_RUN(tests);
}
