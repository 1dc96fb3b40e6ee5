/*
 * dead_letter.c - tidemarkctl dead-letter …: items the store refused.
 *
 * A replay first re-queues the stored wire, then marks the row: if we are
 * killed in between, the item is replayed twice, and dedupe stores it once.
 */
#include "base/codec.h"
#include "base/num.h"
#include "base/str.h"
#include "programs/ctl/ctl.h"
#include "queue/stream.h"
#include "store/sqlb.h"

#define LIST_DEFAULT 100
#define REPLAY_CHUNK 100

static const char *const list_columns[] = { "id", "environment", "batch_id", "event_id", "reason",
	"sqlstate", "created_at", "replays", "state", NULL };
static const char *const show_columns[] = { "id", "environment", "batch_id", "item", "event_id",
	"reason", "sqlstate", "detail", "created_at", "replays", "state", "wire_bytes", "wire",
	NULL };
static const char *const count_columns[] = { "replayed", NULL };
static const char *const drop_columns[] = { "dropped", NULL };

#define STATE "coalesce(resolution, 'open')"

static const struct stmt show_one = { "dead_letter_show",
	"SELECT id, environment_id, batch_id, item_index, coalesce(event_id::text, ''), reason,"
	" sqlstate, detail, (extract(epoch from created_at)*1e6)::int8, replays, " STATE ", wire"
	" FROM dead_letters WHERE id = $1::int8" };
static const struct stmt open_ids = { "dead_letter_open",
	"SELECT id FROM dead_letters WHERE resolved_at IS NULL AND id > $1::int8"
	" AND ($2::int4 = 0 OR environment_id = $2::int4) ORDER BY id LIMIT $3::int4" };
static const struct stmt lock_one = { "dead_letter_lock",
	"SELECT environment_id, wire, resolved_at IS NULL FROM dead_letters WHERE id = $1::int8"
	" FOR UPDATE" };
static const struct stmt mark_replayed = { "dead_letter_replayed",
	"UPDATE dead_letters SET replays = replays + 1, resolved_at = now(), resolution = 'replayed'"
	" WHERE id = $1::int8" };
static const struct stmt mark_dropped = { "dead_letter_dropped",
	"UPDATE dead_letters SET wire = '', resolved_at = now(), resolution = 'dropped'"
	" WHERE id = $1::int8" };
static const struct stmt *const all[] = { &show_one, &open_ids, &lock_one, &mark_replayed,
	&mark_dropped };
const struct stmt_list ctl_dead_letter_statements = STMT_LIST("ctl_dead_letter", all);

/* 0 = every environment. */
static enum err
chosen_environment(struct ctl *c, struct pg *pg, int32_t *id)
{
	struct environment env;
	*id = 0;
	if (!ctl_given(c, "env"))
		return E_OK;
	enum err e = ctl_environment(c, pg, &env);
	if (e == E_OK)
		*id = env.id;
	return e;
}

static enum err
list(struct ctl *c)
{
	struct pg *pg;
	struct rows *r;
	int32_t env;
	int64_t limit;
	enum err e = ctl_number(c, "limit", LIST_DEFAULT, 1, 100000, &limit);
	if (e == E_OK)
		e = ctl_pg(c, &pg);
	if (e == E_OK)
		e = chosen_environment(c, pg, &env);
	if (e != E_OK)
		return e;
	struct sqlb *q = sqlb_new(c->t);
	sqlb_add(q, "SELECT id, environment_id, batch_id, coalesce(event_id::text, ''), reason,"
	         " sqlstate, (extract(epoch from created_at)*1e6)::int8, replays, " STATE
	         " FROM dead_letters WHERE true");
	if (env != 0) {
		sqlb_add(q, " AND environment_id = ");
		sqlb_i64(q, env);
	}
	if (!ctl_given(c, "all"))
		sqlb_add(q, " AND resolved_at IS NULL");
	sqlb_add(q, " ORDER BY id DESC LIMIT ");
	sqlb_i64(q, limit);
	e = sqlb_run(c->t, pg, q, &r);
	if (e != E_OK)
		return e;
	out_list(c, list_columns);
	for (size_t i = 0; i < rows_count(r); i++) {
		out_str(c, row_str(r, i, 0));
		out_str(c, row_str(r, i, 1));
		for (int col = 2; col < 6; col++)
			out_str(c, row_str(r, i, col));
		out_time(c, row_time(r, i, 6));
		out_i64(c, row_i64(r, i, 7));
		out_str(c, row_str(r, i, 8));
	}
	return E_OK;
}

static enum err
bind_id(struct ctl *c, struct bind *b, struct str text)
{
	int64_t id;
	if (!num_range(text, 1, INT64_MAX, &id))
		return ctl_usage(c, "\"%.*s\" is not the id of a dead letter", STRF(text));
	bind_i64(c->t, b, id);
	return E_OK;
}

static enum err
show(struct ctl *c)
{
	struct pg *pg;
	struct rows *r;
	struct bind b = { 0 };
	enum err e = bind_id(c, &b, c->arg[0]);
	if (e == E_OK)
		e = ctl_pg(c, &pg);
	if (e == E_OK)
		e = pg_run(c->t, pg, &show_one, &b, &r);
	if (e != E_OK)
		return e;
	if (rows_count(r) == 0)
		return task_fail(c->t, E_NOT_FOUND, "There is no dead letter %.*s", STRF(c->arg[0]));
	struct str wire = row_bytes(c->t, r, 0, 11);
	out_object(c, show_columns);
	for (int col = 0; col < 8; col++)
		out_str(c, row_str(r, 0, col));
	out_time(c, row_time(r, 0, 8));
	out_i64(c, row_i64(r, 0, 9));
	out_str(c, row_str(r, 0, 10));
	out_i64(c, (int64_t)wire.n);
	out_str(c, codec_b64url(c->t->arena, wire));
	return E_OK;
}

/* What is done to one letter, whose row is locked. */
typedef enum err (*letter_fn)(struct ctl *c, struct pg *pg, const struct bind *id,
                              const struct rows *row);

static enum err
replay_one(struct ctl *c, struct pg *pg, const struct bind *id, const struct rows *row)
{
	struct redis *redis;
	struct str stream_id;
	struct queue_bound bound = {
		.max_bytes = conf_int(c->conf, CONF_QUEUE_MAX_BYTES),
		.max_items = conf_int(c->conf, CONF_QUEUE_MAX_ITEMS),
	};
	struct stream_entry entry = { .wire = row_bytes(c->t, row, 0, 1), .items = 1,
	                              .environment_id = (int32_t)row_i64(row, 0, 0) };
	enum err e = ctl_redis(c, &redis);
	if (e == E_OK)
		e = stream_push(c->t, redis, &entry, &bound, &stream_id);
	return e == E_OK ? pg_run(c->t, pg, &mark_replayed, id, NULL) : e;
}

static enum err
drop_one(struct ctl *c, struct pg *pg, const struct bind *id, const struct rows *row UNUSED)
{
	return pg_run(c->t, pg, &mark_dropped, id, NULL);
}

/* Lock, act, commit, one letter at a time; *done counts. */
static enum err
act(struct ctl *c, struct pg *pg, struct str id, letter_fn fn, int64_t *done)
{
	struct bind b = { 0 };
	struct rows *r;
	enum err e = bind_id(c, &b, id);
	if (e == E_OK)
		e = pg_begin(c->t, pg, NULL);
	if (e == E_OK)
		e = pg_run(c->t, pg, &lock_one, &b, &r);
	if (e == E_OK && rows_count(r) == 0)
		e = task_fail(c->t, E_NOT_FOUND, "There is no dead letter %.*s", STRF(id));
	if (e == E_OK && !row_bool(r, 0, 2)) {
		ctl_note(c, "%.*s is resolved already", STRF(id));
	} else if (e == E_OK) {
		e = c->dry_run ? E_OK : fn(c, pg, &b, r);
		*done += e == E_OK;
	}
	if (e == E_OK && !c->dry_run)
		e = ctl_audit(c, STR_NULL, fn == drop_one ? "dead_letter.drop" : "dead_letter.replay",
		              arena_printf(c->t->arena, "dead-letter:%.*s", STRF(id)));
	if (e == E_OK)
		e = pg_commit(c->t, pg);
	return e;
}

/* --all: those open now, in chunks. */
static enum err
act_all(struct ctl *c, struct pg *pg, letter_fn fn, int64_t *done)
{
	int64_t after = 0;
	int32_t env;
	enum err e = chosen_environment(c, pg, &env);
	while (e == E_OK) {
		struct bind b = { 0 };
		struct rows *r;
		bind_i64(c->t, &b, after);
		bind_i64(c->t, &b, env);
		bind_i64(c->t, &b, REPLAY_CHUNK);
		e = pg_run(c->t, pg, &open_ids, &b, &r);
		if (e != E_OK || rows_count(r) == 0)
			return e;
		for (size_t i = 0; e == E_OK && i < rows_count(r); i++) {
			after = row_i64(r, i, 0);
			e = act(c, pg, row_str(r, i, 0), fn, done);
		}
	}
	return e;
}

static enum err
act_on_args(struct ctl *c, letter_fn fn, const char *const *columns)
{
	struct pg *pg;
	int64_t done = 0;
	if ((c->nargs > 0) == ctl_given(c, "all"))
		return ctl_usage(c, "Give ids, or --all");
	enum err e = ctl_pg(c, &pg);
	if (e == E_OK && ctl_given(c, "all"))
		e = act_all(c, pg, fn, &done);
	for (int i = 0; e == E_OK && i < c->nargs; i++)
		e = act(c, pg, c->arg[i], fn, &done);
	if (e != E_OK)
		return e;
	if (c->dry_run)
		ctl_note(c, "Nothing was changed.");
	out_object(c, columns);
	out_i64(c, done);
	return E_OK;
}

static enum err
replay(struct ctl *c)
{
	return act_on_args(c, replay_one, count_columns);
}

static enum err
drop(struct ctl *c)
{
	return act_on_args(c, drop_one, drop_columns);
}

#define WHICH { "project", "ID", false, "project the environment belongs to" }, \
	{ "env", "E", false, "only of this environment: name (with --project) or id" }

static const struct ctl_flag list_flags[] = {
	WHICH,
	{ "all", NULL, false, "replayed and dropped ones too" },
	{ "limit", "N", false, "at most so many, newest first (100)" },
	{ 0 }
};
static const struct ctl_flag act_flags[] = {
	WHICH,
	{ "all", NULL, false, "all that are open" },
	{ "dry-run", NULL, false, "only count" },
	{ 0 }
};
static const struct ctl_command commands[] = {
	{ "dead-letter", "list", list_flags, NULL, 0, 0, "List items that could not be stored.",
	  list },
	{ "dead-letter", "show", NULL, "ID", 1, 1, "Show one, with its bytes.", show },
	{ "dead-letter", "replay", act_flags, "ID...", 0, CTL_ARGS_MAX,
	  "Put them into the queue again.", replay },
	{ "dead-letter", "drop", act_flags, "ID...", 0, CTL_ARGS_MAX,
	  "Give them up; their bytes are deleted.", drop },
};
const struct ctl_module ctl_dead_letter = { commands, NELEM(commands) };
