/* system_letters.c - dead letters for programs: see system.h. */
#include "base/codec.h"
#include "base/json.h"
#include "base/num.h"
#include "base/str.h"
#include "ingest/letter.h"
#include "web/api/system.h"
#include "web/page/system/letters.h"
#include "web/page/system/system.h"
#include "web/who.h"

static void
put(struct jw *j, const struct dead_letter *d)
{
	jw_ki64(j, "id", d->id);
	jw_ki64(j, "environment_id", d->environment_id);
	jw_kstr(j, "batch_id", d->batch_id);
	jw_ki64(j, "item", d->item);
	jw_key(j, "event_id");
	jw_str_or_null(j, d->event_id);
	jw_kstr(j, "reason", d->reason);
	jw_key(j, "sqlstate");
	jw_str_or_null(j, d->sqlstate);
	jw_kstr(j, "detail", d->detail);
	jw_ktime(j, "created_at", d->created_us);
	jw_ki64(j, "deliveries", d->deliveries);
	jw_ki64(j, "replays", d->replays);
	jw_kstr(j, "state", d->state);
}

enum err
api_letters(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const char *const names[] = { "environment", "reason", "age", "state", "before", "limit" };
	struct dead_filter f;
	struct dead_letter *d = NULL;
	size_t n = 0;
	int64_t limit = 100;
	struct jw j;
	enum err e = api_known(t, req, names, NELEM(names));
	if (e == E_OK)
		e = api_limit(t, req, 100, 1000, &limit);
	if (e == E_OK)
		e = letters_filter(t, req, false, &f);
	if (e == E_OK)
		e = who_begin(t, w);
	if (e == E_OK)
		e = dead_letter_list(t, w->pg, &f, limit + 1, &d, &n);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	bool more = n > (size_t)limit;
	res_json(res, 200);
	jw_init(&j, &res->body);
	jw_object_begin(&j);
	jw_key(&j, "dead_letters");
	jw_array_begin(&j);
	for (size_t i = 0; i < (more ? (size_t)limit : n); i++) {
		jw_object_begin(&j);
		put(&j, &d[i]);
		jw_object_end(&j);
	}
	jw_array_end(&j);
	jw_key(&j, "next_before");
	if (more)
		jw_i64(&j, d[limit - 1].id);
	else
		jw_null(&j);
	jw_object_end(&j);
	return E_OK;
}

static enum err
id_of(struct task *t, const struct req *req, int64_t *id)
{
	if (num_range(req->param[0], 1, INT64_MAX, id))
		return E_OK;
	return task_fail(t, E_NOT_FOUND, "There is no such dead letter.");
}

enum err
api_letter(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct dead_letter d;
	struct batch b;
	struct str body = STR("");
	struct jw j;
	int64_t id;
	enum err e = api_known(t, req, NULL, 0);
	if (e == E_OK)
		e = id_of(t, req, &id);
	if (e == E_OK)
		e = who_begin(t, w);
	if (e == E_OK)
		e = dead_letter_get(t, w->pg, id, &d);
	if ((e = pg_end(t, w->pg, e)) != E_OK)
		return e;
	if (letter_open(t, d.wire, &b, &body) != E_OK)
		task_clear(t); /* then there are only its bytes */
	res_json(res, 200);
	jw_init(&j, &res->body);
	jw_object_begin(&j);
	put(&j, &d);
	jw_kraw(&j, "history", d.history);
	jw_key(&j, "body"); /* text: it may be no JSON, which is why it died */
	jw_str_or_null(&j, body);
	jw_kstr(&j, "wire", codec_b64url(t->arena, d.wire));
	jw_object_end(&j);
	return E_OK;
}

/* The item as text, or as the object itself. */
static struct str
mended(struct task *t, const struct json *v)
{
	struct buf b = BUF_INIT;
	if (!json_is_object(v))
		return str_trim(json_str(v, STR("")));
	json_write(&b, v);
	struct str s = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	return s;
}

static enum err
act(struct web *w, struct task *t, const struct req *req, struct res *res, bool drop)
{
	static const struct api_field fields[] = {
		{ "body", API_STR | API_OBJECT | API_NULL } };
	const struct json *body;
	struct letter_act in = { .drop = drop };
	struct str batch_id;
	struct jw j;
	enum err e = id_of(t, req, &in.id);
	if (e == E_OK)
		e = api_object_or_none(t, req, fields, drop ? 0 : NELEM(fields), &body);
	if (e == E_OK && !drop)
		in.mend = mended(t, json_get(body, "body"));
	if (e == E_OK)
		e = letter_do(w, t, req, &in, &batch_id);
	if (e != E_OK)
		return e;
	res_json(res, 200);
	jw_init(&j, &res->body);
	jw_object_begin(&j);
	jw_ki64(&j, "id", in.id);
	jw_kstr(&j, "state", drop ? STR("dropped") : STR("replayed"));
	if (!drop)
		jw_kstr(&j, "batch_id", batch_id);
	jw_object_end(&j);
	return E_OK;
}

enum err
api_letter_replay(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return act(w, t, req, res, false);
}

enum err
api_letter_drop(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return act(w, t, req, res, true);
}

/* {"act":"replay|drop","dry_run":true} over the filter of the query. */
enum err
api_letters_act(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const char *const names[] = { "environment", "reason", "age" };
	static const struct api_field fields[] = { { "act", API_STR }, { "dry_run", API_BOOL } };
	const struct json *body;
	struct dead_filter f;
	int64_t n = 0;
	struct jw j;
	enum err e = api_known(t, req, names, NELEM(names));
	if (e == E_OK)
		e = letters_filter(t, req, false, &f);
	if (e == E_OK)
		e = api_object(t, req, fields, NELEM(fields), &body);
	if (e != E_OK)
		return e;
	struct str what = json_get_str(body, "act");
	bool dry = json_bool(json_get(body, "dry_run"), false);
	if (!str_is(what, "replay") && !str_is(what, "drop")) {
		task_field(t, STR("act"), "The act field must be replay or drop.");
		return task_fail(t, E_INVALID, "%s", err_message(E_INVALID));
	}
	if (!dry) {
		e = letters_do(w, t, req, &f, str_is(what, "drop"), &n);
	} else {
		e = who_begin(t, w);
		if (e == E_OK)
			e = dead_letter_count(t, w->pg, &f, 1000000, &n);
		e = pg_end(t, w->pg, e);
	}
	if (e != E_OK)
		return e;
	res_json(res, 200);
	jw_init(&j, &res->body);
	jw_object_begin(&j);
	jw_kstr(&j, "act", what);
	jw_kbool(&j, "dry_run", dry);
	jw_ki64(&j, "letters", n);
	jw_object_end(&j);
	return E_OK;
}
