/* dead_letter.c - see dead_letter.h. */
#include "model/system/dead_letter.h"

#include "base/clock.h"
#include "base/str.h"
#include "queue/stream.h"
#include "store/sqlb.h"

#define US(column) "(extract(epoch from " column ")*1e6)::int8"
#define STATE "coalesce(resolution, 'open')"
#define FACTS "id, environment_id, batch_id, coalesce(event_id::text, ''), item_index, reason," \
	" sqlstate, detail, " US("created_at") ", deliveries, replays, " STATE
#define NOTE(act, batch) "history || jsonb_build_array(jsonb_build_object('at'," \
	" to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')," \
	" 'act', " act ", 'by', $2::text" batch "))"

static const struct stmt get = { "dead_letter_get",
	"SELECT " FACTS ", wire, history::text FROM dead_letters WHERE id = $1::int8" };
static const struct stmt lock = { "dead_letter_lock",
	"SELECT environment_id, wire, resolved_at IS NULL FROM dead_letters WHERE id = $1::int8"
	" FOR UPDATE" };
static const struct stmt mark_replayed = { "dead_letter_replayed",
	"UPDATE dead_letters SET replays = replays + 1, resolved_at = now(), resolution = 'replayed',"
	" wire = CASE WHEN $4::bool THEN $5::bytea ELSE wire END,"
	" history = " NOTE("CASE WHEN $4::bool THEN 'fixed' ELSE 'replayed' END",
	    ", 'batch_id', $3::text") " WHERE id = $1::int8" };
static const struct stmt mark_dropped = { "dead_letter_dropped",
	"UPDATE dead_letters SET wire = '', resolved_at = now(), resolution = 'dropped',"
	" history = " NOTE("'dropped'", "") " WHERE id = $1::int8" };
static const struct stmt reasons = { "dead_letter_reasons",
	"SELECT reason, count(*) FROM dead_letters WHERE resolved_at IS NULL"
	" GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 50" };
static const struct stmt outcome_of = { "dead_letter_outcome",
	"SELECT CASE WHEN dead > 0 THEN 'failed' WHEN inserted > 0 THEN 'stored'"
	" WHEN duplicates > 0 THEN 'duplicate' WHEN dropped <> '{}' THEN 'dropped' ELSE status END"
	" FROM batches WHERE environment_id = $1::int4 AND batch_id = $2"
	" AND received_at > $3::timestamptz - interval '1 hour'"
	" AND received_at < $3::timestamptz + interval '1 hour' LIMIT 1" };
static const struct stmt *const all[] = { &get, &lock, &mark_replayed, &mark_dropped, &reasons,
	&outcome_of };
const struct stmt_list dead_letter_statements = STMT_LIST("dead_letter", all);

static const struct stmt places = { "dead_letter_places",
	"SELECT id, name, project, project_slug, team, team_slug, retention_days, pii_mode, pii_keys,"
	" ip_mode, user_id_mode FROM auth_environments($1::int4[])" };
static const struct stmt *const app[] = { &places };
const struct stmt_list dead_place_statements = STMT_LIST("dead_place", app);

static struct dead_letter
row_letter(const struct rows *r, size_t i)
{
	return (struct dead_letter){
		.id = row_i64(r, i, 0), .environment_id = (int32_t)row_i64(r, i, 1),
		.batch_id = row_str(r, i, 2), .event_id = row_str(r, i, 3),
		.item = row_i64(r, i, 4), .reason = row_str(r, i, 5), .sqlstate = row_str(r, i, 6),
		.detail = row_str(r, i, 7), .created_us = row_time(r, i, 8),
		.deliveries = row_i64(r, i, 9), .replays = row_i64(r, i, 10),
		.state = row_str(r, i, 11),
	};
}

/* " WHERE …" */
static void
where(struct sqlb *q, const struct dead_filter *f)
{
	sqlb_add(q, " WHERE true");
	if (f->environment_id != 0) {
		sqlb_add(q, " AND environment_id = ");
		sqlb_i64(q, f->environment_id);
	}
	if (f->reason.n > 0) {
		sqlb_add(q, " AND reason = ");
		sqlb_str(q, f->reason);
	}
	if (f->state.n == 0 || str_is(f->state, "open")) {
		sqlb_add(q, " AND resolved_at IS NULL");
	} else if (!str_is(f->state, "all")) {
		sqlb_add(q, " AND resolution = ");
		sqlb_str(q, f->state);
	}
	if (f->older_us > 0) {
		sqlb_add(q, " AND created_at < ");
		sqlb_time(q, f->older_us);
	}
	if (f->newer_us > 0) {
		sqlb_add(q, " AND created_at >= ");
		sqlb_time(q, f->newer_us);
	}
	if (f->before > 0) {
		sqlb_add(q, " AND id < ");
		sqlb_i64(q, f->before);
	}
}

enum err
dead_letter_list(struct task *t, struct pg *pg, const struct dead_filter *f, int64_t limit,
                 struct dead_letter **out, size_t *n)
{
	struct sqlb *q = sqlb_new(t);
	struct rows *r;
	*n = 0;
	sqlb_add(q, "SELECT " FACTS " FROM dead_letters");
	where(q, f);
	sqlb_add(q, " ORDER BY id DESC LIMIT ");
	sqlb_i64(q, limit);
	enum err e = sqlb_run(t, pg, q, &r);
	if (e != E_OK)
		return e;
	*out = tarray(t, rows_count(r) + 1, struct dead_letter);
	for (; *n < rows_count(r); ++*n)
		(*out)[*n] = row_letter(r, *n);
	return E_OK;
}

enum err
dead_letter_count(struct task *t, struct pg *pg, const struct dead_filter *f, int64_t max,
                  int64_t *n)
{
	struct sqlb *q = sqlb_new(t);
	struct rows *r;
	*n = 0;
	sqlb_add(q, "SELECT count(*) FROM (SELECT FROM dead_letters");
	where(q, f);
	sqlb_add(q, " LIMIT ");
	sqlb_i64(q, max);
	sqlb_add(q, ") AS found");
	enum err e = sqlb_run(t, pg, q, &r);
	if (e == E_OK)
		*n = row_i64(r, 0, 0);
	return e;
}

static enum err
not_there(struct task *t, int64_t id)
{
	return task_fail(t, E_NOT_FOUND, "There is no dead letter %lld", (long long)id);
}

enum err
dead_letter_get(struct task *t, struct pg *pg, int64_t id, struct dead_letter *out)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_i64(t, &b, id);
	enum err e = pg_run(t, pg, &get, &b, &r);
	if (e != E_OK)
		return e;
	if (rows_count(r) == 0)
		return not_there(t, id);
	*out = row_letter(r, 0);
	out->wire = row_bytes(t, r, 0, 12);
	out->history = row_str(r, 0, 13);
	return E_OK;
}

enum err
dead_letter_reasons(struct task *t, struct pg *pg, struct dead_reason **out, size_t *n)
{
	struct rows *r;
	*n = 0;
	enum err e = pg_run(t, pg, &reasons, NULL, &r);
	if (e != E_OK)
		return e;
	*out = tarray(t, rows_count(r) + 1, struct dead_reason);
	for (; *n < rows_count(r); ++*n)
		(*out)[*n] = (struct dead_reason){ row_str(r, *n, 0), row_i64(r, *n, 1) };
	return E_OK;
}

static enum err
replay(struct task *t, struct pg *pg, int64_t id, const struct dead_act *act,
       const struct rows *row, struct str *batch_id)
{
	bool fixed = act->wire.n > 0;
	struct str stream_id, wire = fixed ? act->wire : row_bytes(t, row, 0, 1);
	const struct stream_entry entry = { .wire = wire, .items = 1,
		.environment_id = (int32_t)row_i64(row, 0, 0) };
	struct bind b = { 0 };
	char text[BATCH_ID_TEXT];
	enum err e = stream_push(t, act->redis, &entry, act->bound, &stream_id);
	if (e != E_OK)
		return e;
	size_t len = batch_id_format(stream_id, text);
	*batch_id = arena_str(t->arena, (struct str){ text, len });
	bind_i64(t, &b, id);
	bind_str(t, &b, act->by);
	bind_str(t, &b, *batch_id);
	bind_bool(&b, fixed);
	bind_bytes(t, &b, wire);
	return pg_run(t, pg, &mark_replayed, &b, NULL);
}

enum err
dead_letter_act(struct task *t, struct pg *pg, int64_t id, const struct dead_act *act, bool *done,
                struct str *batch_id)
{
	struct bind b = { 0 }, d = { 0 };
	struct rows *r;
	*done = false;
	*batch_id = STR("");
	bind_i64(t, &b, id);
	enum err e = pg_run(t, pg, &lock, &b, &r);
	if (e != E_OK)
		return e;
	if (rows_count(r) == 0)
		return not_there(t, id);
	if (!row_bool(r, 0, 2))
		return E_OK;
	*done = true;
	if (!act->drop)
		return replay(t, pg, id, act, r, batch_id);
	bind_i64(t, &d, id);
	bind_str(t, &d, act->by);
	return pg_run(t, pg, &mark_dropped, &d, NULL);
}

enum err
dead_letter_act_all(struct task *t, struct pg *pg, const struct dead_filter *f,
                    const struct dead_act *act, int64_t max, int64_t *done)
{
	struct sqlb *q = sqlb_new(t);
	struct rows *r;
	*done = 0;
	sqlb_add(q, "SELECT id FROM dead_letters");
	where(q, f);
	sqlb_add(q, " AND resolved_at IS NULL ORDER BY id LIMIT ");
	sqlb_i64(q, max);
	enum err e = sqlb_run(t, pg, q, &r);
	for (size_t i = 0; e == E_OK && i < rows_count(r); i++) {
		struct str batch_id;
		bool did;
		e = dead_letter_act(t, pg, row_i64(r, i, 0), act, &did, &batch_id);
		*done += e == E_OK && did;
	}
	return e;
}

enum err
dead_letter_outcome(struct task *t, struct pg *pg, int32_t environment_id, struct str batch_id,
                    int64_t at_us, struct str *outcome)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_i64(t, &b, environment_id);
	bind_str(t, &b, batch_id);
	bind_time(t, &b, at_us);
	enum err e = pg_run(t, pg, &outcome_of, &b, &r);
	if (e == E_OK)
		*outcome = rows_count(r) > 0 ? row_str(r, 0, 0) : STR("queued");
	return e;
}

enum err
dead_letter_places(struct task *t, struct pg *pg, const int64_t *ids, size_t n,
                   struct dead_place **out, size_t *nout)
{
	struct bind b = { 0 };
	struct rows *r;
	*nout = 0;
	bind_i64_array(t, &b, ids, n);
	enum err e = pg_run(t, pg, &places, &b, &r);
	if (e != E_OK)
		return e;
	*out = tarray(t, rows_count(r) + 1, struct dead_place);
	for (; *nout < rows_count(r); ++*nout)
		(*out)[*nout] = (struct dead_place){
			(int32_t)row_i64(r, *nout, 0), row_str(r, *nout, 1), row_str(r, *nout, 2),
			row_str(r, *nout, 3), row_str(r, *nout, 4), row_str(r, *nout, 5),
			row_i64(r, *nout, 6), row_str(r, *nout, 7), row_str(r, *nout, 8),
			row_str(r, *nout, 9), row_str(r, *nout, 10),
		};
	return E_OK;
}
