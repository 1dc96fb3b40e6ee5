/* privacy.c - /api/v1/projects/{project_id}/privacy/requests: to erase and to
 * export what is known of a person, and to erase single events. */
#include "base/clock.h"
#include "base/conf.h"
#include "base/json.h"
#include "base/str.h"
#include "ingest/scrub.h"
#include "model/project/receipt.h"
#include "query/env.h"
#include "web/api/api.h"
#include "web/privacy.h"
#include "web/who.h"

#define LIMIT 50
#define LIMIT_MAX 500

static void
put(struct jw *j, const struct task *t, const struct privacy_request *r)
{
	struct str rest = r->digests.n > 2 ? str_slice(r->digests, 1, r->digests.n - 1) : STR_NULL;

	jw_object_begin(j);
	jw_kstr(j, "request_id", r->id);
	jw_kstr(j, "kind", r->kind);
	jw_kstr(j, "target", r->target);
	jw_key(j, "mode");
	jw_str_or_null(j, r->mode);
	jw_kstr(j, "law", r->law);
	jw_kstr(j, "state", r->state);
	jw_key(j, "step");
	jw_str_or_null(j, r->step);
	jw_kbool(j, "overdue", privacy_is_overdue(t, r));
	const struct {
		const char *key;
		int64_t us;
	} at[] = { { "requested_at", r->requested_us }, { "not_before", r->not_before_us },
		{ "due_at", r->due_us }, { "started_at", r->started_us },
		{ "erased_at", r->erased_us }, { "finished_at", r->finished_us },
		{ "archive_until", r->file_until_us } };
	for (size_t i = 0; i < NELEM(at); i++)
		jw_ktime(j, at[i].key, at[i].us == 0 ? INT64_MIN : at[i].us);
	jw_kraw(j, "rows", r->counts);
	jw_key(j, "subject_digests");
	jw_array_begin(j);
	while (rest.p != NULL)
		jw_str(j, str_cut(&rest, ','));
	jw_array_end(j);
	jw_kbool(j, "receipt", r->receipt.n > 0);
	jw_kbool(j, "archive", privacy_has_archive(t, r));
	jw_key(j, "error");
	jw_str_or_null(j, r->error);
	jw_object_end(j);
}

static enum err
begin(struct web *w, struct task *t)
{

	return who_begin(t, w);
}

static const struct api_field FIELDS[] = {
	{ "kind", API_STR }, { "mode", API_STR | API_NULL }, { "law", API_STR | API_NULL },
	{ "user_id", API_STR | API_NULL }, { "anonymous_id", API_STR | API_NULL },
	{ "filters", API_LIST | API_NULL }, { "from", API_STR | API_NULL },
	{ "to", API_STR | API_NULL }, { "hold_minutes", API_INT | API_NULL },
	{ "dry_run", API_BOOL },
};

/* An instant of the body: absent is 0, anything else must be one. */
static void
read_time(struct task *t, struct str zone, const struct json *body, const char *key, int64_t *us)
{
	struct str s = json_get_str(body, key);

	if (s.p != NULL)
		privacy_time(t, zone, key, s, us);
}

/* Filters instead of a person. */
static void
read_filters(struct task *t, const struct json *list, struct privacy_subject *s)
{
	s->filter = tarray(t, PRIVACY_FILTERS_MAX, struct str);
	if (json_count(list) > PRIVACY_FILTERS_MAX)
		task_field(t, STR("filters"), "At most %d.", PRIVACY_FILTERS_MAX);
	for (size_t i = 0; i < json_count(list) && i < PRIVACY_FILTERS_MAX; i++) {
		if (json_type(json_at(list, i)) != JSON_STR)
			task_field(t, STR("filters"), "Each is a string: key:op:value.");
		s->filter[s->nfilters++] = json_str(json_at(list, i), STR(""));
	}
}

/* *look: only count what would go. zone: of dates. */
static enum err
parse(struct task *t, const struct req *req, struct str zone, struct privacy_new *in, bool *look)
{
	const struct json *body;
	struct privacy_subject *s = &in->subject;
	enum err e = api_object(t, req, FIELDS, NELEM(FIELDS), &body);

	if (e != E_OK)
		return e;
	in->kind = json_str(json_get(body, "kind"), STR("erase"));
	in->mode = str_is(in->kind, "erase") ? json_str(json_get(body, "mode"), STR("delete")) :
		STR("");
	in->law = json_str(json_get(body, "law"), STR("gdpr"));
	in->hold_min = json_i64(json_get(body, "hold_minutes"), -1);
	if (json_type(json_get(body, "hold_minutes")) == JSON_INT && in->hold_min < 0)
		task_field(t, STR("hold_minutes"), "A number from 0 to %d.", PRIVACY_HOLD_MAX);
	s->user_id = str_trim(json_get_str(body, "user_id"));
	s->anonymous_id = str_trim(json_get_str(body, "anonymous_id"));
	bool events = json_type(json_get(body, "filters")) == JSON_ARRAY;
	in->target = events ? STR("events") : STR("person");
	read_filters(t, json_get(body, "filters"), s);
	read_time(t, zone, body, "from", &s->from_us);
	read_time(t, zone, body, "to", &s->to_us);
	*look = json_bool(json_get(body, "dry_run"), false);
	return t->nfields > 0 ? task_fail(t, E_INVALID, "%s", err_message(E_INVALID)) : E_OK;
}

static const char *const env_only[] = { "env" };

/* What would go, or of an export what there is. */
static enum err
preview(struct web *w, struct task *t, const struct privacy_new *in, struct res *res)
{
	bool events = str_is(in->target, "events");
	struct privacy_request q = { 0 };
	struct erasable_sum sum;
	struct jw j;
	enum err e = pg_end(t, w->pg, events ? privacy_preview(w, t, in, &sum) :
	    privacy_look(w, t, in, &q));

	if (e != E_OK)
		return e;
	res_json(res, 200);
	jw_init(&j, &res->body);
	jw_object_begin(&j);
	jw_kbool(&j, "dry_run", true);
	jw_kstr(&j, "target", in->target);
	if (events) {
		jw_ki64(&j, "events", sum.events);
		jw_ki64(&j, "persons", sum.persons);
		jw_ki64(&j, "days", sum.days);
	} else {
		jw_ki64(&j, "persons", (int64_t)q.npersons);
		jw_ki64(&j, "ids", (int64_t)q.subject.nids);
		jw_kraw(&j, "rows", q.counts);
	}
	jw_object_end(&j);
	return E_OK;
}

enum err
api_privacy_create(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct privacy_new in = { 0 };
	struct privacy_request r;
	struct query_env env;
	struct str id;
	struct jw j;
	bool look = false;
	enum err e = api_environment(w, t, req);

	if (e == E_OK)
		e = api_known(t, req, env_only, NELEM(env_only));
	if (e == E_OK)
		e = begin(w, t);
	if (e == E_OK)
		e = pg_end(t, w->pg, query_env_load(t, w->pg, w->who.env.id, &env));
	if (e == E_OK)
		e = parse(t, req, env.timezone, &in, &look);
	if (e == E_OK)
		e = begin(w, t);
	if (e == E_OK && look)
		return preview(w, t, &in, res);
	if (e == E_OK)
		e = privacy_ask(w, t, req, &in, &id);
	if (e == E_OK)
		e = privacy_get(t, w->pg, w->who.env.id, id, &r);
	e = pg_end(t, w->pg, e);
	if (e != E_OK)
		return e;
	res_json(res, 202);
	jw_init(&j, &res->body);
	put(&j, t, &r);
	return E_OK;
}

enum err
api_privacy_list(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	static const char *const known[] = { "env", "limit", "cursor" };
	struct privacy_request *r = NULL;
	int64_t limit = LIMIT;
	size_t n = 0;
	struct jw j;
	enum err e = api_environment(w, t, req);

	if (e == E_OK)
		e = api_known(t, req, known, NELEM(known));
	if (e == E_OK)
		e = api_limit(t, req, LIMIT, LIMIT_MAX, &limit);
	if (e == E_OK)
		e = begin(w, t);
	if (e == E_OK)
		e = privacy_list(t, w->pg, w->who.env.id, req_query(t, req, "cursor"), limit + 1, &r, &n);
	e = pg_end(t, w->pg, e);
	if (e != E_OK)
		return e;
	bool more = n > (size_t)limit;
	size_t shown = more ? (size_t)limit : n;

	res_json(res, 200);
	jw_init(&j, &res->body);
	jw_object_begin(&j);
	jw_key(&j, "requests");
	jw_array_begin(&j);
	for (size_t i = 0; i < shown; i++)
		put(&j, t, &r[i]);
	jw_array_end(&j);
	jw_key(&j, "next_cursor");
	jw_str_or_null(&j, more ? r[shown - 1].id : STR_NULL);
	jw_object_end(&j);
	return E_OK;
}

/* The request of the address, and what is told of it; action NULL: nothing. */
static enum err
fetch(struct web *w, struct task *t, const struct req *req, const char *action,
      struct privacy_request *r)
{
	enum err e = api_environment(w, t, req);

	if (e == E_OK)
		e = api_known(t, req, env_only, NELEM(env_only));
	if (e == E_OK)
		e = begin(w, t);
	if (e == E_OK)
		e = privacy_get(t, w->pg, w->who.env.id, req->param[1], r);
	if (e == E_OK && action != NULL)
		e = privacy_told(w, t, req, action, r->id);
	return pg_end(t, w->pg, e);
}

enum err
api_privacy_get(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct privacy_request r;
	struct jw j;
	enum err e = fetch(w, t, req, NULL, &r);

	if (e != E_OK)
		return e;
	res_json(res, 200);
	jw_init(&j, &res->body);
	put(&j, t, &r);
	return E_OK;
}

enum err
api_privacy_cancel(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct privacy_request r;
	struct jw j;
	enum err e = api_environment(w, t, req);

	if (e == E_OK)
		e = begin(w, t);
	if (e == E_OK)
		e = privacy_cancel(t, w->pg, w->who.env.id, req->param[1]);
	if (e == E_OK)
		e = privacy_get(t, w->pg, w->who.env.id, req->param[1], &r);
	if (e == E_OK)
		e = privacy_told(w, t, req, "privacy.cancel", r.id);
	e = pg_end(t, w->pg, e);
	if (e != E_OK)
		return e;
	res_json(res, 200);
	jw_init(&j, &res->body);
	put(&j, t, &r);
	return E_OK;
}

enum err
api_privacy_receipt(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct privacy_request r;
	enum err e = fetch(w, t, req, "privacy.receipt", &r);

	return e == E_OK ? privacy_send_receipt(t, &r, res) : e;
}

enum err
api_privacy_archive(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct privacy_request r;
	enum err e = fetch(w, t, req, "privacy.download", &r);

	return e == E_OK ? privacy_send_archive(w, t, &r, res) : e;
}

enum err
api_receipt_keys(struct web *w, struct task *t, const struct req *req UNUSED, struct res *res)
{
	uint8_t master[32];
	enum err e = scrub_master_key(t, conf_str(w->conf, CONF_MASTER_KEY), master);

	if (e != E_OK)
		return e;
	res_json(res, 200);
	res_header(res, "Content-Type", STR("application/jwk-set+json"));
	res_header(res, "Cache-Control", STR("public, max-age=3600"));
	buf_add(&res->body, receipt_jwks(t, master));
	return E_OK;
}
