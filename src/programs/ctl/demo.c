/*
 * demo.c - `tidemarkctl demo load`: an account with believable data.
 *
 * The data takes the queue, like every batch, and is marked historical. The
 * moment it is counted back from is kept, so that a second load makes the
 * same items with the same ids and stores nothing.
 */
#include "base/clock.h"
#include "base/str.h"
#include "base/num.h"
#include "base/token.h"
#include "ingest/wire.h"
#include "model/account/user.h"
#include "model/project/key.h"
#include "model/project/project.h"
#include "model/team/subscription.h"
#include "model/team/team.h"
#include "model/team/usage.h"
#include "programs/ctl/ctl.h"
#include "programs/ctl/demo_world.h"
#include "programs/ctl/feed.h"

#define BATCH_ITEMS 600
#define TRACE_DAYS 90
#define EMAIL "demo@tidemark.local"

/* The account that the data belongs to, made when missing. */
struct account {
	struct str email, password; /* password "" = the user was there before */
	struct team team;
	struct project project;
	struct environment environment;
	struct str write_key;
};

static const struct stmt anchor_keep = { "demo_anchor_keep",
	"INSERT INTO system_state (key, value) VALUES ($1, to_jsonb($2::int8)) "
	"ON CONFLICT (key) DO UPDATE SET key = EXCLUDED.key RETURNING value::text::int8" };
static const struct stmt *const statements[] = { &anchor_keep };
const struct stmt_list ctl_demo_statements = STMT_LIST("ctl_demo", statements);

static enum err
user_ensure(struct ctl *c, struct pg *pg, struct account *a, struct user *user)
{
	struct task *t = c->t;
	a->email = ctl_given(c, "email") ? ctl_value(c, "email") : STR(EMAIL);
	struct str password = STR("");
	enum err err;
	if (ctl_given(c, "password-stdin") &&
	    (err = ctl_secret(c, "password", &password)) != E_OK)
		return err;
	bool found;
	if ((err = user_find_by_email(t, pg, a->email, user, &found)) != E_OK || found)
		return err;
	if (password.n == 0) {
		char text[TOKEN_TEXT];
		size_t n = token_new("", text);
		password = arena_str(t->arena, (struct str){ text, n < 16 ? n : 16 });
	}
	a->password = password;
	struct user_new in = {
		.email = a->email, .name = STR("Demo"), .password = password,
		.verified = true, .system_admin = ctl_given(c, "system-admin"),
	};
	return user_create(t, pg, &in, user);
}

static enum err
team_ensure(struct ctl *c, struct pg *pg, struct account *a, const struct user *user)
{
	struct team *teams;
	size_t n;
	enum err err = team_list_for(c->t, pg, user->id, &teams, &n);
	if (err != E_OK)
		return err;
	for (size_t i = 0; i < n; i++) {
		if (str_is(teams[i].name, "Demo")) {
			a->team = teams[i];
			return E_OK;
		}
	}
	return team_create(c->t, pg, STR("Demo"), user->id, &a->team);
}

/* The demo shows what a plan with limits looks like; one that somebody has
 * changed stays. */
static enum err
plan_ensure(struct ctl *c, struct pg *pg, const struct account *a)
{
	struct plan_change in = { .team_id = a->team.id, .plan_id = STR("pro"),
	                          .status = SUB_STATUSES };
	struct subscription s;
	struct redis *redis;
	struct str pay_url;
	enum err err = subscription_get(c->t, pg, a->team.id, &s);
	if (err != E_OK || s.id.n > 0)
		return err;
	err = subscription_change(c->t, pg, &in, &s, &pay_url);
	if (err == E_OK && (err = ctl_redis(c, &redis)) == E_OK)
		err = quota_mirror(c->t, pg, redis, a->team.id);
	return err;
}

static enum err
project_ensure(struct ctl *c, struct pg *pg, struct account *a)
{
	struct task *t = c->t;
	bool found;
	enum err err = project_find(t, pg, a->team.id, STR("pantry"), &a->project, &found);
	if (err != E_OK)
		return err;
	if (!found) {
		struct project_new in = { a->team.id, STR("Pantry"), STR("flutter") };
		struct environment made[3];
		if ((err = project_create(t, pg, &in, &a->project, made)) != E_OK)
			return err;
	}
	err = environment_find(t, pg, a->project.id, STR("prod"), &a->environment, &found);
	if (err == E_OK && !found)
		return task_fail(t, E_NOT_FOUND, "the demo project has no environment prod");
	return err;
}

/* Traces outlive two months here, so that a month has one before it. */
static enum err
retention_ensure(struct ctl *c, struct pg *pg, struct account *a)
{
	struct environment_change change = ENVIRONMENT_CHANGE_NONE;
	struct redis *redis;
	if (a->environment.retention_trace_days == 0 ||
	    a->environment.retention_trace_days >= TRACE_DAYS)
		return E_OK;
	change.retention_trace_days = TRACE_DAYS;
	enum err err = environment_update(c->t, pg, a->environment.id, &change,
	                                  &a->environment);
	if (err == E_OK && (err = ctl_redis(c, &redis)) == E_OK)
		err = key_mirror_environment(c->t, pg, redis, a->environment.id);
	return err;
}

static enum err
key_ensure(struct ctl *c, struct pg *pg, struct account *a)
{
	struct task *t = c->t;
	const struct crypt *crypt;
	struct redis *redis;
	enum err err = ctl_crypt(c, &crypt);
	if (err != E_OK)
		return err;
	bool found = false;
	struct key key;
	struct key_new in = {
		.environment_id = a->environment.id, .type = KEY_WRITE, .crypt = crypt };
	if ((err = key_show(t, pg, a->environment.id, crypt, &a->write_key, &found)) == E_OK &&
	    !found && (err = ctl_redis(c, &redis)) == E_OK)
		err = key_create(t, pg, redis, &in, &key, &a->write_key);
	return err;
}

/* now, or the moment the first load with these numbers took. */
static enum err
anchor_get(struct ctl *c, struct pg *pg, struct demo_plan *plan)
{
	struct rows *rows;
	struct bind b = { 0 };
	bind_str(c->t, &b, arena_printf(c->t->arena, "demo/%d/%llu/%lld/%d",
	    plan->environment_id, (unsigned long long)plan->seed,
	    (long long)plan->events, plan->days));
	bind_i64(c->t, &b, clock_now_us());
	enum err err = pg_one(c->t, pg, &anchor_keep, &b, &rows);
	if (err == E_OK)
		plan->now_us = row_i64(rows, 0, 0);
	return err;
}

static enum err
plan_read(struct ctl *c, struct demo_plan *plan)
{
	int64_t seed, days;
	enum err err;
	if ((err = ctl_number(c, "events", 60000, 0, 5000000, &plan->events)) != E_OK ||
	    (err = ctl_number(c, "days", 30, 1, 400, &days)) != E_OK ||
	    (err = ctl_number(c, "seed", 1, 0, INT64_MAX, &seed)) != E_OK)
		return err;
	plan->days = (int)days;
	plan->seed = (uint64_t)seed;
	return E_OK;
}

/* Sessions from *next on, as many as fit one batch. */
static void
batch_fill(struct task *t, const struct demo_world *w, size_t *next, struct batch *b)
{
	*b = (struct batch){
		.environment_id = w->plan.environment_id,
		.received_us = t->now_us,
		.source = STR("demo"),
		.sdk = STR("tidemarkctl"),
		.schema_version = STR("1.0"),
		.historical = true,
		.items = tarray(t, BATCH_ITEMS, struct item),
		.contexts = tarray(t, BATCH_ITEMS / 2, struct context),
		.identities = tarray(t, BATCH_ITEMS, struct identity),
	};
	while (*next < w->nsessions && b->nitems + w->session[*next].events * 2u +
	       DEMO_STORY_EXTRA <= BATCH_ITEMS)
		demo_story(t, w, (*next)++, b);
}

static enum err
world_push(struct ctl *c, const struct demo_world *w)
{
	struct feed feed;
	enum err err = feed_begin(&feed, c, w->plan.environment_id, "demo data",
	                          (int64_t)w->nsessions);
	if (err != E_OK)
		return err;
	for (size_t next = 0; next < w->nsessions && err == E_OK;) {
		struct batch b;
		task_reset(&feed.task);
		batch_fill(&feed.task, w, &next, &b);
		err = feed_push(&feed, &b, (int64_t)next);
	}
	return feed_end(&feed, err);
}

static enum err
demo_load(struct ctl *c)
{
	struct account a = { 0 };
	struct demo_plan plan = { 0 };
	struct user user;
	struct pg *pg;
	enum err err;
	if ((err = plan_read(c, &plan)) != E_OK || (err = ctl_begin(c, &pg)) != E_OK)
		return err;
	if ((err = user_ensure(c, pg, &a, &user)) != E_OK ||
	    (err = team_ensure(c, pg, &a, &user)) != E_OK ||
	    (err = plan_ensure(c, pg, &a)) != E_OK ||
	    (err = project_ensure(c, pg, &a)) != E_OK ||
	    (err = retention_ensure(c, pg, &a)) != E_OK ||
	    (err = key_ensure(c, pg, &a)) != E_OK)
		return err;
	plan.environment_id = a.environment.id;
	if (plan.events > 0 && (err = anchor_get(c, pg, &plan)) != E_OK)
		return err;
	if ((err = pg_commit(c->t, pg)) != E_OK)
		return err;
	if (plan.events > 0) {
		struct demo_world world;
		demo_world_init(&world, c->t->arena, &plan);
		if ((err = world_push(c, &world)) != E_OK)
			return err;
	}
	static const char *const columns[] = { "email", "password", "team", "project_id",
		"environment_id", "write_key", "events", NULL };
	out_object(c, columns);
	out_str(c, a.email);
	if (a.password.n > 0)
		out_str(c, a.password);
	else
		out_null(c);
	out_str(c, a.team.slug);
	out_str(c, a.project.id);
	out_i64(c, a.environment.id);
	out_str(c, a.write_key);
	out_i64(c, plan.events);
	return E_OK;
}

static const struct ctl_flag load_flags[] = {
	{ "events", "N", false, "how many events (60000); 0 makes only the account" },
	{ "days", "D", false, "over how many days up to now (30)" },
	{ "seed", "S", false, "another seed, another world (1)" },
	{ "email", "E", false, "whose account (" EMAIL ")" },
	{ "password-stdin", NULL, false, "password of a new account; else one is made" },
	{ "system-admin", NULL, false, "make a new account system administrator" },
	{ NULL, NULL, false, NULL },
};

static const struct ctl_command commands[] = {
	{ "demo", "load", load_flags, NULL, 0, 0,
	  "Load believable data of an invented app", demo_load },
};
const struct ctl_module ctl_demo = { commands, NELEM(commands) };
