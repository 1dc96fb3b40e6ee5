/* dead_letter.c - tidemarkctl dead-letter …: items the store refused. */
#include "model/system/dead_letter.h"

#include "base/clock.h"
#include "base/codec.h"
#include "base/num.h"
#include "base/str.h"
#include "ingest/letter.h"
#include "ingest/review.h"
#include "programs/ctl/ctl.h"

#define LIST_DEFAULT 100
#define CHUNK 100 /* letters of one transaction */
#define BODY_MAX ((size_t)1 << 20)

static const char *const list_columns[] = { "id", "environment", "batch_id", "event_id", "reason",
	"sqlstate", "created_at", "deliveries", "replays", "state", NULL };
static const char *const show_columns[] = { "id", "environment", "batch_id", "item", "event_id",
	"reason", "sqlstate", "detail", "created_at", "deliveries", "replays", "state", "history",
	"body", "wire_bytes", "wire", NULL };
static const char *const mend_columns[] = { "id", "state", "batch_id", NULL };
static const char *const count_columns[] = { "replayed", NULL };
static const char *const drop_columns[] = { "dropped", NULL };

/* Ids are text, whatever they are made of. */
static void
out_id(struct ctl *c, int64_t id)
{
	out_str(c, arena_printf(c->t->arena, "%lld", (long long)id));
}

/* What the flags choose. */
static enum err
read_filter(struct ctl *c, struct pg *pg, struct dead_filter *f)
{
	struct environment env;
	int64_t age = 0;
	*f = (struct dead_filter){ .reason = ctl_value(c, "reason") };
	enum err e = ctl_duration(c, "older-than", 0, &age);
	if (e == E_OK && age > 0)
		f->older_us = c->t->now_us - age;
	if (e == E_OK)
		e = ctl_environment_opt(c, pg, &env);
	f->environment_id = e == E_OK ? env.id : 0;
	return e;
}

static enum err
list(struct ctl *c)
{
	struct pg *pg;
	struct dead_filter f;
	struct dead_letter *d = NULL;
	int64_t limit;
	size_t n = 0;
	enum err e = ctl_number(c, "limit", LIST_DEFAULT, 1, 100000, &limit);
	if (e == E_OK)
		e = ctl_pg(c, &pg);
	if (e == E_OK)
		e = read_filter(c, pg, &f);
	if (e != E_OK)
		return e;
	if (ctl_given(c, "all"))
		f.state = STR("all");
	e = dead_letter_list(c->t, pg, &f, limit, &d, &n);
	if (e != E_OK)
		return e;
	out_list(c, list_columns);
	for (size_t i = 0; i < n; i++) {
		out_id(c, d[i].id);
		out_id(c, d[i].environment_id);
		out_str(c, d[i].batch_id);
		out_str(c, d[i].event_id);
		out_str(c, d[i].reason);
		out_str(c, d[i].sqlstate);
		out_time(c, d[i].created_us);
		out_i64(c, d[i].deliveries);
		out_i64(c, d[i].replays);
		out_str(c, d[i].state);
	}
	return E_OK;
}

static enum err
read_id(struct ctl *c, struct str text, int64_t *id)
{
	if (!num_range(text, 1, INT64_MAX, id))
		return ctl_usage(c, "\"%.*s\" is not the id of a dead letter", STRF(text));
	return E_OK;
}

/* Why it cannot be mended, instead of what was found at first. */
static enum err
never(struct ctl *c, const char *why)
{
	task_clear(c->t);
	return task_fail(c->t, E_CONFLICT, "%s", why);
}

static enum err
show(struct ctl *c)
{
	struct pg *pg;
	struct dead_letter d;
	struct batch b;
	struct str body = STR("");
	int64_t id;
	enum err e = read_id(c, c->arg[0], &id);
	if (e == E_OK)
		e = ctl_pg(c, &pg);
	if (e == E_OK)
		e = dead_letter_get(c->t, pg, id, &d);
	if (e != E_OK)
		return e;
	e = letter_open(c->t, d.wire, &b, &body);
	if (ctl_given(c, "body")) {
		if (e == E_OK)
			out_text(c, arena_printf(c->t->arena, "%.*s\n", STRF(body)));
		return e == E_DATA ? never(c, LETTER_UNREADABLE) : e;
	}
	if (e != E_OK)
		task_clear(c->t); /* then there are only its bytes */
	out_object(c, show_columns);
	out_id(c, d.id);
	out_id(c, d.environment_id);
	out_str(c, d.batch_id);
	out_i64(c, d.item);
	out_str(c, d.event_id);
	out_str(c, d.reason);
	out_str(c, d.sqlstate);
	out_str(c, d.detail);
	out_time(c, d.created_us);
	out_i64(c, d.deliveries);
	out_i64(c, d.replays);
	out_str(c, d.state);
	out_json(c, d.history);
	out_str(c, body); /* as text: it may be no JSON */
	out_i64(c, (int64_t)d.wire.n);
	out_str(c, codec_b64url(c->t->arena, d.wire));
	return E_OK;
}

static struct queue_bound
bound_of(const struct ctl *c)
{
	return (struct queue_bound){
		.max_bytes = conf_int(c->conf, CONF_QUEUE_MAX_BYTES),
		.max_items = conf_int(c->conf, CONF_QUEUE_MAX_ITEMS),
	};
}

static enum err
audit(struct ctl *c, bool drop, struct str target)
{
	return ctl_audit(c, STR_NULL, drop ? "dead_letter.drop" : "dead_letter.replay", target);
}

/* One letter, one transaction; *done counts. */
static enum err
act_one(struct ctl *c, struct pg *pg, struct str text, const struct dead_act *act, int64_t *done)
{
	struct str batch_id;
	int64_t id;
	bool did = false;
	enum err e = read_id(c, text, &id);
	if (e == E_OK)
		e = pg_begin(c->t, pg, NULL);
	if (e == E_OK)
		e = dead_letter_act(c->t, pg, id, act, &did, &batch_id);
	if (e == E_OK && !did)
		ctl_note(c, "%.*s is resolved already", STRF(text));
	if (e == E_OK && did)
		e = audit(c, act->drop, arena_printf(c->t->arena, "dead-letter:%.*s", STRF(text)));
	*done += e == E_OK && did;
	return pg_end(c->t, pg, e);
}

/* --all: those open now, in chunks. */
static enum err
act_all(struct ctl *c, struct pg *pg, const struct dead_act *act, int64_t *done)
{
	struct dead_filter f;
	int64_t n = 0;
	enum err e = read_filter(c, pg, &f);
	if (f.older_us == 0)
		f.older_us = c->t->now_us;
	do {
		if (e == E_OK)
			e = pg_begin(c->t, pg, NULL);
		if (e == E_OK)
			e = dead_letter_act_all(c->t, pg, &f, act, CHUNK, &n);
		if (e == E_OK && n > 0)
			e = audit(c, act->drop, arena_printf(c->t->arena, "dead-letters:%lld",
			    (long long)n));
		e = pg_end(c->t, pg, e);
		*done += e == E_OK ? n : 0;
	} while (e == E_OK && n > 0);
	return e;
}

/* --dry-run: how many. */
static enum err
count_only(struct ctl *c, struct pg *pg, int64_t *n)
{
	struct dead_filter f;
	*n = c->nargs;
	enum err e = ctl_given(c, "all") ? read_filter(c, pg, &f) : E_OK;
	if (e == E_OK && ctl_given(c, "all"))
		e = dead_letter_count(c->t, pg, &f, INT32_MAX, n);
	ctl_note(c, "Nothing was changed.");
	return e;
}

static enum err
act_on_args(struct ctl *c, bool drop, const char *const *columns)
{
	const struct queue_bound bound = bound_of(c);
	struct dead_act act = { .bound = &bound, .drop = drop, .by = ctl_actor(c) };
	struct pg *pg;
	int64_t done = 0;
	if ((c->nargs > 0) == ctl_given(c, "all"))
		return ctl_usage(c, "Give ids, or --all");
	enum err e = ctl_pg(c, &pg);
	if (e == E_OK && !drop)
		e = ctl_redis(c, &act.redis);
	if (e == E_OK && c->dry_run)
		e = count_only(c, pg, &done);
	else if (e == E_OK && ctl_given(c, "all"))
		e = act_all(c, pg, &act, &done);
	for (int i = 0; e == E_OK && !c->dry_run && i < c->nargs; i++)
		e = act_one(c, pg, c->arg[i], &act, &done);
	if (e != E_OK)
		return e;
	out_object(c, columns);
	out_i64(c, done);
	return E_OK;
}

static enum err
replay(struct ctl *c)
{
	return act_on_args(c, false, count_columns);
}

static enum err
drop(struct ctl *c)
{
	return act_on_args(c, true, drop_columns);
}

/* The file's JSON as the letter's bytes, by the door's checks. */
static enum err
mended(struct ctl *c, struct pg *pg, int64_t id, struct str json, struct str *wire)
{
	struct dead_letter d;
	struct environment env;
	struct letter_rules rules;
	struct batch b;
	struct str old;
	enum err e = dead_letter_get(c->t, pg, id, &d);
	if (e != E_OK)
		return e;
	if (!str_is(d.state, "open"))
		return task_fail(c->t, E_CONFLICT, LETTER_RESOLVED);
	if ((e = letter_open(c->t, d.wire, &b, &old)) == E_DATA)
		return never(c, LETTER_UNREADABLE);
	if (e == E_OK && (e = environment_get(c->t, pg, d.environment_id, &env)) == E_NOT_FOUND)
		return never(c, LETTER_HOMELESS);
	if (e == E_OK)
		e = letter_rules_read(c->t, c->redis, c->conf, &(struct letter_place){
			.scrub = review_text(c->t, &env),
			.retention_days = env.retention_raw_days }, &rules);
	return e == E_OK ? letter_mend(c->t, &rules, &b, json, wire) : e;
}

static enum err
mend_in_tx(struct ctl *c, struct pg *pg, int64_t id, struct str json, struct str *batch_id)
{
	const struct queue_bound bound = bound_of(c);
	struct dead_act act = { .redis = c->redis, .bound = &bound, .by = ctl_actor(c) };
	bool done = false;
	enum err e = mended(c, pg, id, json, &act.wire);
	if (e != E_OK || c->dry_run)
		return e;
	e = dead_letter_act(c->t, pg, id, &act, &done, batch_id);
	if (e == E_OK && !done)
		e = task_fail(c->t, E_CONFLICT, LETTER_RESOLVED);
	return e != E_OK ? e : ctl_audit(c, STR_NULL, "dead_letter.mend",
	    arena_printf(c->t->arena, "dead-letter:%lld", (long long)id));
}

static enum err
mend(struct ctl *c)
{
	struct pg *pg;
	struct redis *redis;
	struct str json, batch_id = STR("");
	int64_t id;
	enum err e = read_id(c, c->arg[0], &id);
	if (e == E_OK)
		e = ctl_read(c, c->arg[1], BODY_MAX, &json);
	if (e == E_OK)
		e = conf_need(c->t, c->conf, CONF_MASTER_KEY);
	if (e == E_OK)
		e = ctl_redis(c, &redis);
	if (e == E_OK)
		e = ctl_begin(c, &pg);
	if (e != E_OK)
		return e;
	e = mend_in_tx(c, pg, id, str_trim(json), &batch_id);
	if ((e = pg_end(c->t, pg, e)) != E_OK)
		return e;
	if (c->dry_run)
		ctl_note(c, "It passes the door's checks. Nothing was changed.");
	out_object(c, mend_columns);
	out_id(c, id);
	out_str(c, c->dry_run ? STR("open") : STR("replayed"));
	if (c->dry_run)
		out_null(c);
	else
		out_str(c, batch_id);
	return E_OK;
}

#define WHICH { "project", "ID", false, "project the environment belongs to" }, \
	{ "env", "E", false, "only of this environment: name (with --project) or id" }, \
	{ "reason", "R", false, "only with this reason" }, \
	{ "older-than", "D", false, "only made longer ago than 90s, 30m, 12h, 7d" }

static const struct ctl_flag list_flags[] = {
	WHICH,
	{ "all", NULL, false, "replayed and dropped ones too" },
	{ "limit", "N", false, "at most so many, newest first (100)" },
	{ 0 }
};
static const struct ctl_flag show_flags[] = {
	{ "body", NULL, false, "only the item, as the JSON that mend takes" },
	{ 0 }
};
static const struct ctl_flag mend_flags[] = {
	{ "dry-run", NULL, false, "only check what would be queued" },
	{ 0 }
};
static const struct ctl_flag act_flags[] = {
	WHICH,
	{ "all", NULL, false, "all that are open and match" },
	{ "dry-run", NULL, false, "only count" },
	{ 0 }
};
static const struct ctl_command commands[] = {
	{ "dead-letter", "list", list_flags, NULL, 0, 0, "List items that could not be stored.",
	  list },
	{ "dead-letter", "show", show_flags, "ID", 1, 1, "Show one, as JSON and with its bytes.", show },
	{ "dead-letter", "mend", mend_flags, "ID FILE", 2, 2,
	  "Put it into the queue as this JSON has it (- = stdin).", mend },
	{ "dead-letter", "replay", act_flags, "ID...", 0, CTL_ARGS_MAX,
	  "Put them into the queue again.", replay },
	{ "dead-letter", "drop", act_flags, "ID...", 0, CTL_ARGS_MAX,
	  "Give them up; their bytes are deleted.", drop },
};
const struct ctl_module ctl_dead_letter = { commands, NELEM(commands) };
