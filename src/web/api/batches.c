/* batches.c - GET /api/v1/ingest/batches/{batch_id}: what became of a batch.
 *
 * The ledger knows what is stored or failed, the queue what is not yet. Asked
 * in that order, and the ledger once more, since a batch may move meanwhile.
 * Any credential that sees the environment will do: its write or read key, or
 * a token of the team with events:read.
 */
#include "base/clock.h"
#include "base/str.h"
#include "base/token.h"
#include "ingest/wire.h"
#include "ingest/withhold.h"
#include "model/account/token.h"
#include "model/project/environment.h"
#include "model/project/key.h"
#include "queue/stream.h"
#include "web/api/api.h"
#include "web/need_token.h"

static const struct stmt ledger_find = { "api_batch_find",
	"SELECT status, (extract(epoch FROM received_at) * 1000000)::int8,"
	" (extract(epoch FROM stored_at) * 1000000)::int8, items, inserted, duplicates,"
	" request_duplicates, rejected, dropped, dead, source,"
	" (SELECT coalesce(sum(value::int8), 0)::int8 FROM jsonb_each_text(rejected)),"
	" (SELECT coalesce(sum(value::int8), 0)::int8 FROM jsonb_each_text(dropped)),"
	" (SELECT coalesce(sum(value::int8), 0)::int8 FROM jsonb_each_text(dropped)"
	"  WHERE key IN ('" WITHHOLD_QUOTA "', '" WITHHOLD_SDK "'))"
	" FROM batches WHERE environment_id = $1 AND batch_id = $2"
	" AND received_at >= $3 AND received_at < $4" };
static const struct stmt *const all[] = { &ledger_find };
const struct stmt_list api_batch_statements = STMT_LIST("api_batch", all);

/* Environments that the credential sees. */
struct sight {
	struct str team_id, user_id;
	struct environment *env;
	size_t n;
};

static enum err
unauthorized(struct task *t)
{
	return task_fail(t, E_UNAUTHORIZED, "%s", err_message(E_UNAUTHORIZED));
}

static enum err
who_asks(struct web *w, struct task *t, const struct req *req, struct sight *s)
{
	struct str secret = bearer(req);
	struct token token;
	struct key_auth key;
	bool found = false;
	enum err e;

	if (secret.n == 0 || secret.n > TOKEN_TEXT)
		return unauthorized(t);
	if (str_starts(secret, str_of(TOKEN_PERSONAL))) {
		e = token_check(t, w->pg, secret, &token, &found);
		if (e != E_OK || !found)
			return e != E_OK ? e : unauthorized(t);
		if (token.factor_owed)
			return need_token_factor(t);
		if (!scope_allows(token.scopes, STR("events:read")))
			return task_fail(t, E_FORBIDDEN, "This token does not have the scope events:read.");
		s->team_id = token.team_id;
		s->user_id = token.user_id;
		return E_OK;
	}
	e = key_check(t, w->pg, secret, &key, &found);
	if (e != E_OK || !found)
		return e != E_OK ? e : unauthorized(t);
	s->team_id = key.team_id;
	s->env = talloc(t, struct environment);
	s->env[0].id = key.environment_id;
	s->n = 1;
	return E_OK;
}

static enum err
load_sight(struct web *w, struct task *t, const struct req *req, struct sight *s)
{
	struct pg_scope scope = { 0 };
	enum err e = pg_begin(t, w->pg, &scope);

	if (e == E_OK)
		e = who_asks(w, t, req, s);
	e = pg_end(t, w->pg, e);
	if (e != E_OK || s->n > 0)
		return e;
	scope = (struct pg_scope){ .team_id = s->team_id, .user_id = s->user_id };
	e = pg_begin(t, w->pg, &scope);
	if (e == E_OK)
		e = environment_list(t, w->pg, STR(""), &s->env, &s->n);
	return pg_end(t, w->pg, e);
}

/* accepted = stored + duplicates + dead_letters, once it is not queued. */
static void
put_stored(struct jw *j, struct str batch_id, const struct rows *r)
{
	int64_t dropped = row_i64(r, 0, 12), at_door = row_i64(r, 0, 13);

	jw_object_begin(j);
	jw_kstr(j, "batch_id", batch_id);
	jw_kstr(j, "status", row_str(r, 0, 0));
	jw_ktime(j, "received_at", row_i64(r, 0, 1));
	jw_ktime(j, "stored_at", row_i64(r, 0, 2));
	jw_ki64(j, "accepted", row_i64(r, 0, 3) - (dropped - at_door));
	jw_ki64(j, "stored", row_i64(r, 0, 4));
	jw_ki64(j, "duplicates", row_i64(r, 0, 5));
	jw_ki64(j, "request_duplicates", row_i64(r, 0, 6));
	jw_ki64(j, "rejected", row_i64(r, 0, 11));
	jw_ki64(j, "dropped", dropped);
	jw_ki64(j, "dead_letters", row_i64(r, 0, 9));
	jw_kraw(j, "rejected_by", row_str(r, 0, 7));
	jw_kraw(j, "dropped_by", row_str(r, 0, 8));
	jw_kstr(j, "source", row_str(r, 0, 10));
	jw_object_end(j);
}

static void
put_refused(struct jw *j, const char *key, const struct batch *b, bool withheld)
{
	jw_key(j, key);
	jw_object_begin(j);
	for (size_t i = 0; i < b->nrejects; i++) {
		if (withhold_is_code(b->rejects[i].code) != withheld)
			continue;
		jw_key_str(j, b->rejects[i].code);
		jw_i64(j, b->rejects[i].count);
	}
	jw_object_end(j);
}

/* The same keys; what the door counted stands in the entry itself. */
static void
put_queued(struct jw *j, struct task *t, struct str batch_id, int64_t ms,
           const struct stream_entry *e)
{
	struct batch b = { 0 };
	int64_t rejected = 0, dropped = 0;

	if (wire_decode(t, e->wire, &b) != E_OK) {
		b = (struct batch){ .nitems = (size_t)e->items };
		task_clear(t);
	}
	for (size_t i = 0; i < b.nrejects; i++)
		*(withhold_is_code(b.rejects[i].code) ? &dropped : &rejected) += b.rejects[i].count;
	jw_object_begin(j);
	jw_kstr(j, "batch_id", batch_id);
	jw_kstr(j, "status", STR("queued"));
	jw_ktime(j, "received_at", ms * US_PER_MS);
	jw_key(j, "stored_at");
	jw_null(j);
	jw_ki64(j, "accepted", e->items);
	jw_ki64(j, "stored", 0);
	jw_ki64(j, "duplicates", 0);
	jw_ki64(j, "request_duplicates", b.duplicates);
	jw_ki64(j, "rejected", rejected);
	jw_ki64(j, "dropped", dropped);
	jw_ki64(j, "dead_letters", 0);
	put_refused(j, "rejected_by", &b, false);
	put_refused(j, "dropped_by", &b, true);
	jw_kstr(j, "source", b.source.n > 0 ? b.source : STR("ingest"));
	jw_object_end(j);
}

/* Look into the ledger of each environment in sight. */
static enum err
ask_ledger(struct web *w, struct task *t, const struct sight *s, struct str batch_id, int64_t ms,
           struct rows **out)
{
	*out = NULL;
	for (size_t i = 0; i < s->n; i++) {
		struct pg_scope scope = { s->env[i].id, s->team_id, s->user_id };
		struct bind b = { 0 };
		struct rows *r;
		enum err e = pg_begin(t, w->pg, &scope);
		if (e != E_OK)
			return e;
		bind_i64(t, &b, s->env[i].id);
		bind_str(t, &b, batch_id);
		bind_time(t, &b, ms * US_PER_MS - US_PER_HOUR);
		bind_time(t, &b, ms * US_PER_MS + US_PER_HOUR);
		e = pg_run(t, w->pg, &ledger_find, &b, &r);
		e = pg_end(t, w->pg, e);
		if (e != E_OK)
			return e;
		if (rows_count(r) > 0) {
			w->who.env.id = s->env[i].id;
			*out = r;
			return E_OK;
		}
	}
	return E_OK;
}

static enum err
answer(struct web *w, struct task *t, const struct sight *s, struct str batch_id,
       struct res *res)
{
	struct stream_entry entry = { 0 };
	struct rows *r;
	struct str stream_id;
	struct jw j;
	bool queued = false;
	int64_t ms;
	enum err e;

	jw_init(&j, &res->body);
	if (!batch_id_parse(t, batch_id, &stream_id, &ms) || ms < 0 || ms > INT64_C(4102444800000))
		return task_fail(t, E_NOT_FOUND, "There is no such batch.");
	e = ask_ledger(w, t, s, batch_id, ms, &r);
	if (e == E_OK && r == NULL) {
		e = stream_find(t, w->redis, stream_id, &entry, &queued);
		if (e == E_OK && !queued)
			e = ask_ledger(w, t, s, batch_id, ms, &r);
	}
	if (e != E_OK)
		return e;
	for (size_t i = 0; queued && i < s->n; i++)
		if (s->env[i].id == entry.environment_id) {
			put_queued(&j, t, batch_id, ms, &entry);
			return E_OK;
		}
	if (r == NULL)
		return task_fail(t, E_NOT_FOUND, "There is no such batch.");
	put_stored(&j, batch_id, r);
	return E_OK;
}

enum err
api_batch(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct sight s = { 0 };
	enum err e = load_sight(w, t, req, &s);

	res_json(res, 200);
	if (e == E_OK)
		e = answer(w, t, &s, req->param[0], res);
	return e;
}
