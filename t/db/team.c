/* team.c - teams, members and invitations as the app role, and what happens
 * when several do the same at once. */
#include <pthread.h>

#include "base/crypt.h"
#include "base/uuid.h"
#include "model/account/token.h"
#include "model/account/user.h"
#include "model/project/key.h"
#include "model/project/project.h"
#include "model/team/invitation.h"
#include "model/team/member.h"
#include "model/team/team.h"
#include "queue/mirror.h"
#include "t/db/db.h"

#define PARALLEL 50

static int serial;

/* Without a password: hashing one would be most of the test's time. */
static struct str
user_id(struct task *t, const char *email, bool verified)
{
	const char *sql = arena_printf(t->arena, "INSERT INTO users (email, email_key, name,"
	    " verified_at) VALUES ('%s', '%s', 'Ada', %s) RETURNING id", email, email,
	    verified ? "now()" : "NULL").p;
	return row_str(db_query(t, db_pg(DB_OWNER), sql), 0, 0);
}

static const char *
address(struct task *t)
{
	return arena_printf(t->arena, "team%d@example.org", ++serial).p;
}

static struct str
somebody(struct task *t)
{
	return user_id(t, address(t), true);
}

struct world {
	struct str owner;
	struct team team;
	struct project one, two;
	struct environment env[3], env2[3];
};

static struct pg_scope
scope_of(const struct world *w, struct str user)
{
	return (struct pg_scope){ .team_id = w->team.id, .user_id = user };
}

/* All of it as the app role. */
static struct world
make(struct task *t)
{
	struct world w = { .owner = somebody(t) };
	struct pg *pg = db_pg(DB_APP);
	struct pg_scope scope = { .user_id = w.owner };
	assert_ok(t, pg_begin(t, pg, &scope));
	assert_ok(t, team_create(t, pg, STR("  Acme \xc3\xa4  "), w.owner, &w.team));
	struct project_new p = { .team_id = w.team.id, .name = STR("One") };
	assert_ok(t, project_create(t, pg, &p, &w.one, w.env));
	p.name = STR("Two");
	assert_ok(t, project_create(t, pg, &p, &w.two, w.env2));
	assert_ok(t, pg_commit(t, pg));
	return w;
}

static void
join(struct task *t, const struct world *w, struct str user, enum role role)
{
	struct pg *pg = db_pg(DB_OWNER);
	assert_ok(t, pg_begin(t, pg, NULL));
	assert_ok(t, member_set(t, pg, w->team.id, user, role));
	assert_ok(t, pg_commit(t, pg));
}

/* where: "members WHERE user_id =". */
static int64_t
count(struct task *t, const char *where, struct str id)
{
	return db_number(t, db_pg(DB_OWNER), arena_printf(t->arena, "SELECT count(*) FROM %s '%.*s'",
	    where, STRF(id)).p);
}

static void
created_by_the_app(void **state)
{
	struct task *t = *state;
	struct world w = make(t);
	struct pg *pg = db_pg(DB_APP);
	struct team again, own;
	assert_str(w.team.name, "Acme \xc3\xa4");
	assert_int_equal(w.team.role, ROLE_OWNER);
	assert_ok(t, pg_begin(t, pg, &(struct pg_scope){ .user_id = w.owner }));
	assert_ok(t, team_create(t, pg, STR("Acme"), w.owner, &again));
	assert_false(str_eq(again.slug, w.team.slug));
	assert_ok(t, team_create_personal(t, pg, w.owner, STR("Zo\xc3\xab"), &own));
	assert_str(own.name, "Zo\xc3\xab's team");
	assert_true(own.personal && str_starts(own.slug, STR("zo")));
	assert_ok(t, team_create_personal(t, pg, w.owner, STR(""), &own));
	assert_str(own.name, "Personal team");
	assert_int_equal(team_create(t, pg, STR(" "), w.owner, &own), E_INVALID);
	task_clear(t);
	assert_ok(t, pg_commit(t, pg));
	/* the slug stays when the name changes */
	struct pg_scope scope = scope_of(&w, w.owner);
	assert_ok(t, pg_begin(t, pg, &scope));
	assert_ok(t, team_rename(t, pg, w.team.id, STR("New name"), &own));
	assert_str(own.name, "New name");
	assert_true(str_eq(own.slug, w.team.slug));
	/* another team's row is out of reach, whatever the statement says */
	scope.team_id = again.id;
	assert_ok(t, pg_scope_set(t, pg, &scope));
	scope.user_id = somebody(t);
	assert_ok(t, pg_scope_set(t, pg, &scope));
	assert_int_equal(team_rename(t, pg, w.team.id, STR("Taken"), &own), E_NOT_FOUND);
	task_clear(t);
	pg_rollback(t, pg);
}

static bool
key_is_live(struct task *t, struct str token)
{
	char hex[CRYPT_SHA256_HEX];
	struct mirror_key k;
	bool found;
	crypt_sha256_hex(token, hex);
	assert_ok(t, mirror_get(t, db_redis(), str_of(hex), &k, &found));
	return found && k.live;
}

static bool
answers(struct task *t, struct str read_key, struct str pat)
{
	struct pg *pg = db_pg(DB_APP);
	struct key_auth auth;
	struct token token;
	bool key, person;
	assert_ok(t, pg_begin(t, pg, &(struct pg_scope){ 0 }));
	assert_ok(t, key_check(t, pg, read_key, &auth, &key));
	assert_ok(t, token_check(t, pg, pat, &token, &person));
	assert_ok(t, pg_commit(t, pg));
	assert_int_equal(key, person);
	return key;
}

static void
deleted_and_back(void **state)
{
	struct task *t = *state;
	struct world w = make(t);
	struct pg *pg = db_pg(DB_APP);
	struct pg_scope scope = scope_of(&w, w.owner);
	struct key key;
	struct token made;
	struct team team, *list;
	struct str token, pat;
	size_t n;
	enum role role;
	struct key_new kn = { .environment_id = w.env[0].id, .type = KEY_READ };
	struct token_new tn = { .user_id = w.owner, .team_id = w.team.id, .name = STR("t"),
	                        .scopes = SCOPE_METRICS_READ };
	assert_ok(t, pg_begin(t, pg, &scope));
	assert_ok(t, key_create(t, pg, db_redis(), &kn, &key, &token));
	assert_ok(t, token_create(t, pg, &tn, &made, &pat));
	assert_ok(t, pg_commit(t, pg));
	assert_true(key_is_live(t, token) && answers(t, token, pat)); /* negative control */
	assert_ok(t, pg_begin(t, pg, &scope));
	assert_ok(t, team_delete(t, pg, db_redis(), w.team.id, &team));
	assert_true(team.deleted_us > 0);
	assert_false(key_is_live(t, token));
	assert_ok(t, pg_commit(t, pg));
	assert_false(answers(t, token, pat));
	/* a mirror made anew, and an environment made late, do not open the door */
	assert_ok(t, pg_begin(t, db_pg(DB_CONSUMER), NULL));
	assert_ok(t, key_mirror_all(t, db_pg(DB_CONSUMER), db_redis()));
	assert_ok(t, pg_commit(t, db_pg(DB_CONSUMER)));
	assert_false(key_is_live(t, token));
	assert_ok(t, pg_begin(t, pg, &scope));
	struct environment late;
	assert_ok(t, environment_create(t, pg, w.one.id, w.team.id, STR("late"), &late));
	assert_ok(t, pg_commit(t, pg));
	assert_int_equal(count(t, "environments WHERE closed_at IS NULL AND team_id =",
	    w.team.id), 0);
	assert_ok(t, pg_begin(t, pg, &scope));
	assert_ok(t, team_list_for(t, pg, w.owner, &list, &n));
	assert_int_equal(n, 0);
	assert_ok(t, member_role(t, pg, w.team.id, w.owner, &role));
	assert_int_equal(role, ROLE_NONE);
	assert_int_equal(team_delete(t, pg, db_redis(), w.team.id, &team), E_NOT_FOUND);
	task_clear(t);
	assert_ok(t, team_list_deleted(t, pg, w.owner, &list, &n));
	assert_int_equal(n, 1);
	assert_ok(t, team_restore(t, pg, db_redis(), w.team.id, &team));
	assert_ok(t, pg_commit(t, pg));
	assert_true(key_is_live(t, token) && answers(t, token, pat));
	/* after seven days there is nothing to restore */
	assert_ok(t, pg_begin(t, pg, &scope));
	assert_ok(t, team_delete(t, pg, db_redis(), w.team.id, &team));
	assert_ok(t, pg_commit(t, pg));
	db_query(t, db_pg(DB_OWNER), arena_printf(t->arena, "UPDATE teams SET deleted_at = now() -"
	    " interval '8 days' WHERE id = '%.*s' RETURNING id", STRF(w.team.id)).p);
	assert_ok(t, pg_begin(t, pg, &scope));
	assert_int_equal(team_restore(t, pg, db_redis(), w.team.id, &team), E_NOT_FOUND);
	task_clear(t);
	pg_rollback(t, pg);
}

/* Projects and environments this user sees, as the pages do. */
static int
sees(struct task *t, const struct world *w, struct str user, const char **first)
{
	struct pg *pg = db_pg(DB_APP);
	struct pg_scope scope = scope_of(w, user);
	struct project *p;
	struct environment *env;
	size_t n, nenv, direct;
	assert_ok(t, pg_begin(t, pg, &scope));
	assert_ok(t, project_list(t, pg, w->team.id, &p, &n));
	direct = (size_t)db_number(t, pg, "SELECT count(*) FROM projects");
	assert_int_equal(direct, n); /* without any WHERE: the policy alone */
	assert_ok(t, environment_list(t, pg, STR(""), &env, &nenv));
	assert_int_equal(nenv, 3 * n);
	assert_ok(t, pg_commit(t, pg));
	if (first != NULL)
		*first = n > 0 ? arena_cstr(t->arena, p[0].name) : "";
	return (int)n;
}

static void
only_some_projects(void **state)
{
	struct task *t = *state;
	struct world w = make(t);
	struct pg *pg = db_pg(DB_APP);
	struct pg_scope scope = scope_of(&w, w.owner);
	struct str user = somebody(t), *ids;
	const char *first;
	size_t n;
	struct member_act act = { w.team.id, w.owner, user };
	struct member_access some = { .project = &w.two.id, .n = 1 };
	join(t, &w, user, ROLE_VIEWER);
	assert_int_equal(sees(t, &w, user, NULL), 2);
	assert_ok(t, pg_begin(t, pg, &scope));
	assert_ok(t, member_access_set(t, pg, &act, &some));
	assert_ok(t, member_projects(t, pg, w.team.id, user, &ids, &n));
	assert_true(n == 1 && str_eq(ids[0], w.two.id));
	assert_ok(t, pg_commit(t, pg));
	assert_int_equal(sees(t, &w, user, &first), 1);
	assert_string_equal(first, "Two");
	/* the owner sees both, a stranger with the team in scope sees none, and a
	 * credential without a user (a read key) what the team has */
	assert_int_equal(sees(t, &w, w.owner, NULL), 2);
	assert_int_equal(sees(t, &w, somebody(t), NULL), 0);
	assert_int_equal(sees(t, &w, STR(""), NULL), 2);
	/* another team's project is not given away by naming it */
	struct world other = make(t);
	some.project = &other.one.id;
	assert_ok(t, pg_begin(t, pg, &scope));
	assert_ok(t, member_access_set(t, pg, &act, &some));
	assert_ok(t, pg_commit(t, pg));
	assert_int_equal(sees(t, &w, user, NULL), 0);
	assert_int_equal(sees(t, &other, user, NULL), 0);
	/* who becomes admin sees all; an admin cannot be held to some */
	enum role before;
	assert_ok(t, pg_begin(t, pg, &scope));
	assert_ok(t, member_change(t, pg, &act, ROLE_ADMIN, &before));
	assert_int_equal(before, ROLE_VIEWER);
	assert_int_equal(member_access_set(t, pg, &act, &some), E_CONFLICT);
	task_clear(t);
	assert_ok(t, pg_commit(t, pg));
	assert_int_equal(sees(t, &w, user, NULL), 2);
}

/* One actor of a race, on a connection of its own. */
struct racer {
	const struct world *w;
	struct str user, token;
	struct pg *pg;
	pthread_barrier_t *gate;
	int (*run)(struct task *t, struct racer *r);
	int won;
};

static void *
race_one(void *arg)
{
	struct racer *r = arg;
	struct task t;
	task_init(&t, arena_new(0));
	if (pg_connect(&t, r->pg) != E_OK)
		r->won = -100;
	pthread_barrier_wait(r->gate);
	if (r->won == 0)
		r->won = r->run(&t, r);
	arena_free(t.arena);
	return NULL;
}

static int
race(struct racer *r, int n)
{
	pthread_t id[PARALLEL];
	pthread_barrier_t gate;
	int won = 0;
	pthread_barrier_init(&gate, NULL, (unsigned)n);
	for (int i = 0; i < n; i++) {
		r[i].pg = db_pg_new(DB_APP);
		r[i].gate = &gate;
		assert_int_equal(pthread_create(&id[i], NULL, race_one, &r[i]), 0);
	}
	for (int i = 0; i < n; i++) {
		pthread_join(id[i], NULL);
		pg_close(r[i].pg);
		won += r[i].won;
	}
	pthread_barrier_destroy(&gate);
	return won;
}

static int
accept_one(struct task *t, struct racer *r)
{
	struct invitation_accepted out;
	bool done = false;
	enum err e = pg_begin(t, r->pg, &(struct pg_scope){ .user_id = r->user });
	if (e == E_OK)
		e = invitation_accept(t, r->pg, r->token, r->user, &out, &done);
	return pg_end(t, r->pg, e) == E_OK ? done : -100;
}

static void
invite(struct task *t, const struct world *w, const char *email, enum role role,
       struct invitation *v, struct str *token)
{
	struct pg *pg = db_pg(DB_APP);
	struct pg_scope scope = scope_of(w, w->owner);
	struct invitation_new in = { .team_id = w->team.id, .actor_id = w->owner,
		.email = str_of(email), .role = role, .project = &w->two.id, .n = 1 };
	assert_ok(t, pg_begin(t, pg, &scope));
	assert_ok(t, invitation_create(t, pg, &in, v, token));
	assert_ok(t, pg_commit(t, pg));
}

static void
fifty_accept_one(void **state)
{
	struct task *t = *state;
	struct world w = make(t);
	const char *email = address(t);
	struct str user = user_id(t, email, true);
	struct invitation v;
	struct str token;
	struct racer r[PARALLEL];
	invite(t, &w, email, ROLE_ANALYST, &v, &token);
	for (int i = 0; i < PARALLEL; i++)
		r[i] = (struct racer){ .w = &w, .user = user, .token = token, .run = accept_one };
	assert_int_equal(race(r, PARALLEL), 1);
	assert_int_equal(count(t, "members WHERE user_id =", user), 1);
	const char *first;
	assert_int_equal(sees(t, &w, user, &first), 1); /* what the invitation said */
	assert_string_equal(first, "Two");
}

static bool
accepts(struct task *t, struct str token, struct str user)
{
	struct racer r = { .user = user, .token = token, .pg = db_pg(DB_APP) };
	return accept_one(t, &r) == 1;
}

static void
bound_to_the_address(void **state)
{
	struct task *t = *state;
	struct world w = make(t);
	struct pg *pg = db_pg(DB_APP);
	struct pg_scope scope = scope_of(&w, w.owner);
	struct invitation v;
	struct invitation_view view;
	struct str token, renewed;
	bool found;
	const char *email = address(t);
	struct str unverified = user_id(t, email, false);
	invite(t, &w, arena_printf(t->arena, " %s ", email).p, ROLE_VIEWER, &v, &token);
	assert_false(accepts(t, token, somebody(t)));  /* another address */
	assert_false(accepts(t, token, unverified));   /* its own, not proven */
	assert_false(accepts(t, STR("nonsense"), unverified));
	struct invitation_act act = { w.team.id, w.owner, v.id };
	assert_ok(t, pg_begin(t, pg, &scope));
	assert_ok(t, invitation_renew(t, pg, &act, &v, &renewed));
	assert_ok(t, pg_commit(t, pg));
	db_query(t, db_pg(DB_OWNER), arena_printf(t->arena, "UPDATE users SET verified_at = now()"
	    " WHERE id = '%.*s' RETURNING id", STRF(unverified)).p);
	assert_false(accepts(t, token, unverified));   /* the link before the last */
	const char *const undo[] = { "expires_at = now() - interval '1 s'", "revoked_at = now()" };
	const char *const redo[] = { "expires_at = now() + interval '1 d'", "revoked_at = NULL" };
	for (size_t i = 0; i < NELEM(undo); i++) {
		db_query(t, db_pg(DB_OWNER), arena_printf(t->arena, "UPDATE invitations SET %s"
		    " WHERE id = '%.*s' RETURNING id", undo[i], STRF(v.id)).p);
		assert_false(accepts(t, renewed, unverified));
		db_query(t, db_pg(DB_OWNER), arena_printf(t->arena, "UPDATE invitations SET %s"
		    " WHERE id = '%.*s' RETURNING id", redo[i], STRF(v.id)).p);
	}
	assert_ok(t, pg_begin(t, pg, &(struct pg_scope){ 0 }));
	assert_ok(t, invitation_find(t, pg, renewed, &view, &found));
	assert_ok(t, pg_commit(t, pg));
	assert_true(found && str_is(view.email_key, email));
	assert_str(view.invited_by, "Ada");
	assert_true(accepts(t, renewed, unverified));
	assert_false(accepts(t, renewed, unverified)); /* once */
	/* a member is not invited, nor somebody above the inviter's role */
	struct str admin = somebody(t);
	join(t, &w, admin, ROLE_ADMIN);
	struct invitation_new in = { .team_id = w.team.id, .actor_id = admin,
		.email = str_of(email), .role = ROLE_VIEWER, .all_projects = true };
	scope.user_id = admin;
	assert_ok(t, pg_begin(t, pg, &scope));
	assert_int_equal(invitation_create(t, pg, &in, &v, &token), E_INVALID);
	task_clear(t);
	in.email = str_of(address(t));
	in.role = ROLE_OWNER;
	assert_int_equal(invitation_create(t, pg, &in, &v, &token), E_FORBIDDEN);
	task_clear(t);
	/* nor is an owner's invitation of an owner turned into something else */
	in.actor_id = w.owner;
	assert_ok(t, invitation_create(t, pg, &in, &v, &token));
	in.actor_id = admin;
	in.role = ROLE_VIEWER;
	assert_int_equal(invitation_create(t, pg, &in, &v, &token), E_FORBIDDEN);
	task_clear(t);
	assert_ok(t, pg_commit(t, pg));
}

static int
step_down(struct task *t, struct racer *r)
{
	struct pg_scope scope = scope_of(r->w, r->user);
	struct member_act act = { r->w->team.id, r->user, r->user };
	enum role before;
	enum err e = pg_begin(t, r->pg, &scope);
	if (e == E_OK)
		e = member_change(t, r->pg, &act, ROLE_ADMIN, &before);
	e = pg_end(t, r->pg, e);
	return e == E_OK ? 1 : e == E_CONFLICT ? 0 : -100;
}

static int
leave(struct task *t, struct racer *r)
{
	struct pg_scope scope = scope_of(r->w, r->user);
	struct member_act act = { r->w->team.id, r->user, r->user };
	enum role before;
	enum err e = pg_begin(t, r->pg, &scope);
	if (e == E_OK)
		e = member_remove(t, r->pg, &act, &before);
	e = pg_end(t, r->pg, e);
	return e == E_OK ? 1 : e == E_CONFLICT ? 0 : -100;
}

static void
an_owner_stays(void **state)
{
	struct task *t = *state;
	for (int round = 0; round < 10; round++) {
		struct world w = make(t);
		struct racer r[4] = { { .user = w.owner } };
		for (int i = 0; i < 4; i++) {
			if (i > 0)
				join(t, &w, r[i].user = somebody(t), ROLE_OWNER);
			r[i].w = &w;
			r[i].run = i % 2 == 0 ? step_down : leave;
		}
		assert_int_equal(race(r, 4), 3);
		assert_int_equal(count(t, "members WHERE role = 'owner' AND team_id =", w.team.id), 1);
	}
}

/* Two admins remove each other: the one who comes second is no member. */
static int
remove_other(struct task *t, struct racer *r)
{
	struct pg_scope scope = scope_of(r->w, r->user);
	struct member_act act = { r->w->team.id, r->user, r->token };
	enum role before;
	enum err e = pg_begin(t, r->pg, &scope);
	if (e == E_OK)
		e = member_remove(t, r->pg, &act, &before);
	e = pg_end(t, r->pg, e);
	return e == E_OK ? 1 : e == E_FORBIDDEN || e == E_NOT_FOUND ? 0 : -100;
}

static void
no_act_with_a_lost_role(void **state)
{
	struct task *t = *state;
	for (int round = 0; round < 10; round++) {
		struct world w = make(t);
		struct str a = somebody(t), b = somebody(t);
		join(t, &w, a, ROLE_ADMIN);
		join(t, &w, b, ROLE_ADMIN);
		struct racer r[2] = {
			{ .w = &w, .user = a, .token = b, .run = remove_other },
			{ .w = &w, .user = b, .token = a, .run = remove_other },
		};
		assert_int_equal(race(r, 2), 1);
	}
}

static void
removal_ends_what_was_given(void **state)
{
	struct task *t = *state;
	struct world w = make(t);
	struct pg *pg = db_pg(DB_APP);
	struct pg_scope scope = scope_of(&w, w.owner);
	struct str admin = somebody(t), pat, token;
	struct token made;
	struct invitation v;
	enum role before;
	bool found;
	join(t, &w, admin, ROLE_ADMIN);
	struct token_new tn = { .user_id = admin, .team_id = w.team.id, .name = STR("t"),
	                        .scopes = SCOPE_METRICS_READ };
	struct invitation_new in = { .team_id = w.team.id, .actor_id = admin,
		.email = str_of(address(t)), .role = ROLE_VIEWER, .all_projects = true };
	struct member_act act = { w.team.id, w.owner, admin };
	assert_ok(t, pg_begin(t, pg, &scope));
	assert_ok(t, token_create(t, pg, &tn, &made, &pat));
	assert_ok(t, invitation_create(t, pg, &in, &v, &token));
	assert_ok(t, token_check(t, pg, pat, &made, &found));
	assert_true(found);
	assert_ok(t, member_remove(t, pg, &act, &before));
	assert_int_equal(before, ROLE_ADMIN);
	assert_ok(t, pg_commit(t, pg));
	join(t, &w, admin, ROLE_ADMIN); /* coming back does not bring it back */
	assert_ok(t, pg_begin(t, pg, &scope));
	assert_ok(t, token_check(t, pg, pat, &made, &found));
	assert_false(found);
	struct invitation_view view;
	assert_ok(t, invitation_find(t, pg, token, &view, &found));
	assert_false(found);
	assert_ok(t, pg_commit(t, pg));
}

static void
handing_over(void **state)
{
	struct task *t = *state;
	struct world w = make(t);
	struct pg *pg = db_pg(DB_APP);
	struct pg_scope scope = { .user_id = w.owner };
	struct team_sole *sole;
	size_t n;
	enum role role;
	struct str next = somebody(t);
	assert_ok(t, pg_begin(t, pg, &scope));
	assert_ok(t, team_sole_owner_of(t, pg, w.owner, &sole, &n));
	assert_true(n == 1 && sole[0].members == 1 && str_eq(sole[0].team.id, w.team.id));
	assert_ok(t, pg_commit(t, pg));
	join(t, &w, next, ROLE_VIEWER);
	assert_ok(t, pg_begin(t, pg, &scope));
	assert_ok(t, team_sole_owner_of(t, pg, w.owner, &sole, &n));
	assert_true(n == 1 && sole[0].members == 2);
	scope.team_id = w.team.id;
	assert_ok(t, pg_scope_set(t, pg, &scope));
	struct member_act act = { w.team.id, next, next };
	assert_int_equal(member_transfer(t, pg, &act), E_FORBIDDEN);
	task_clear(t);
	act = (struct member_act){ w.team.id, w.owner, w.owner };
	assert_int_equal(member_transfer(t, pg, &act), E_CONFLICT);
	task_clear(t);
	act.user_id = next;
	assert_ok(t, member_transfer(t, pg, &act));
	assert_ok(t, member_role(t, pg, w.team.id, next, &role));
	assert_int_equal(role, ROLE_OWNER);
	assert_ok(t, member_role(t, pg, w.team.id, w.owner, &role));
	assert_int_equal(role, ROLE_ADMIN);
	assert_ok(t, team_sole_owner_of(t, pg, w.owner, &sole, &n));
	assert_int_equal(n, 0);
	struct team_size size;
	assert_ok(t, team_size(t, pg, w.team.id, next, &size));
	assert_true(size.members == 2 && size.projects == 2 && size.environments == 6);
	assert_ok(t, pg_commit(t, pg));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(created_by_the_app), T(deleted_and_back), T(only_some_projects),
		T(fifty_accept_one), T(bound_to_the_address), T(an_owner_stays),
		T(no_act_with_a_lost_role), T(removal_ends_what_was_given), T(handing_over),
	};
	return DB_RUN(tests);
}
