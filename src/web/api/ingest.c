/* ingest.c - POST of batches and events; see ingest.h and CONTRACT 3, 7. */
#include "web/api/ingest.h"

#include "base/clock.h"
#include "base/str.h"
#include "base/utf8.h"
#include "http/inflate.h"
#include "ingest/accept.h"
#include "ingest/withhold.h"
#include "queue/keys.h"
#include "queue/stream.h"

#define STATS_CACHE_US INT64_C(100000)
#define IDEMPOTENCY_KEY_MAX 255
#define STORAGE_RETRY_S 3600 /* it is measured once an hour */

/* Spread the returning clients over a while. */
static int
jitter(int from, int to)
{
	uint8_t byte;
	crypt_random(&byte, 1);
	return from + byte % (to - from + 1);
}

static enum err
refuse_full(struct task *t, struct res *res)
{
	res_headerf(res, "Retry-After", "%d", jitter(15, 60));
	return task_fail(t, E_QUEUE_FULL, "%s", err_message(E_QUEUE_FULL));
}

/* Early refusal, before inflating and parsing; the script is the authority. */
enum err
ingest_room(struct web *w, struct task *t, struct res *res)
{
	struct ingest *in = w->ingest;
	int64_t now = clock_mono_us();
	if (in->full_read_us == 0 || now - in->full_read_us > STATS_CACHE_US) {
		bool full;
		enum err e = stream_is_full(t, w->redis, &in->bound, &full);
		if (e != E_OK)
			return e;
		in->full = full;
		in->full_read_us = now;
	}
	return in->full ? refuse_full(t, res) : E_OK;
}

static enum err
read_form(struct task *t, const struct req *req, enum body_form *form)
{
	static const struct {
		const char *type;
		enum body_form form;
	} types[] = {
		{ "application/json", BODY_JSON },       { "", BODY_JSON },
		{ "text/plain", BODY_JSON },             { "application/x-ndjson", BODY_NDJSON },
		{ "application/ndjson", BODY_NDJSON },   { "application/jsonl", BODY_NDJSON },
	};
	for (size_t i = 0; i < NELEM(types); i++) {
		if (!str_is(req->content_type, types[i].type))
			continue;
		*form = types[i].form;
		return E_OK;
	}
	return task_fail(t, E_MEDIA_TYPE, "Send application/json or application/x-ndjson.");
}

static enum err
read_idempotency_key(struct task *t, const struct req *req, struct str *key)
{
	*key = str_trim(req_header(req, "idempotency-key"));
	if (key->n > IDEMPOTENCY_KEY_MAX || !utf8_is_line(*key))
		return task_fail(t, E_BAD_REQUEST,
		                 "The Idempotency-Key must be printable and not longer than %d bytes.",
		                 IDEMPOTENCY_KEY_MAX);
	return E_OK;
}

struct str
ingest_header(const struct req *req, const char *name)
{
	struct str s = str_trim(req_header(req, name));
	return utf8_is_line(s) ? utf8_cut(s, MAX_SDK_BYTES) : STR("");
}

static bool
is_strict(struct task *t, const struct req *req)
{
	struct str s = req_query(t, req, "strict");
	return str_is(s, "1") || str_is(s, "true");
}

void
ingest_intake(struct web *w, struct task *t, const struct req *req, enum body_shape shape)
{
	struct ingest *in = w->ingest;
	const struct write_key *k = w->who.key;
	in->intake = (struct intake){
		.limits = &in->limits,
		.scrub = &k->scrub,
		.schemas = k->rules.schemas.n > 0 ? &k->rules.schemas : NULL,
		.environment_id = k->row.environment_id,
		.environment = k->row.env_name,
		.key_id = k->row.id,
		.retention_days = k->row.retention_days,
		.bundles = k->row.bundles,
		.remote_addr = req->remote_addr,
		.country = geo_country(t, in->geo, req->remote_addr),
		.shape = shape,
		.received_us = t->now_us,
	};
}

/* Content type, encoding and sizes, then what the parser needs to know. */
static enum err
open_body(struct web *w, struct task *t, const struct req *req, enum body_shape shape,
          struct str *body)
{
	struct ingest *in = w->ingest;
	const struct inflate_limits bounds = { in->limits.max_inflated, in->limits.max_ratio };
	enum body_form form = BODY_JSON;
	struct str idem = STR("");
	enum err e = read_idempotency_key(t, req, &idem);
	if (e == E_OK)
		e = read_form(t, req, &form);
	if (e == E_OK && form == BODY_NDJSON && shape == SHAPE_EVENT)
		e = task_fail(t, E_MEDIA_TYPE, "NDJSON goes to /api/v1/events/batch.");
	if (e == E_OK && req->body.n > in->limits.max_body)
		e = task_fail(t, E_TOO_LARGE, "The body is larger than %zu bytes.",
		              in->limits.max_body);
	if (e == E_OK)
		e = inflate_body(t, str_trim(req_header(req, "content-encoding")), req->body,
		                 &bounds, body);
	if (e != E_OK)
		return e;
	ingest_intake(w, t, req, shape);
	in->intake.idempotency_key = idem;
	in->intake.sdk = ingest_header(req, "x-sdk");
	in->intake.sdk_version = ingest_header(req, "x-sdk-version");
	in->intake.schema_version = ingest_header(req, "x-schema-version");
	in->intake.form = form;
	in->intake.strict = is_strict(t, req);
	return E_OK;
}

static void
set_limits(struct res *res, const struct accept_reply *r)
{
	res_headerf(res, "RateLimit-Limit", "%lld", (long long)r->limit);
	res_headerf(res, "RateLimit-Remaining", "%lld", (long long)r->remaining);
	res_headerf(res, "RateLimit-Reset", "%lld", (long long)r->reset_s);
}

static void
write_reply(struct res *res, struct str head, struct str stream_id, struct str tail)
{
	char id[BATCH_ID_TEXT];
	size_t n = batch_id_format(stream_id, id);
	res_json(res, 202);
	buf_add(&res->body, head);
	buf_add(&res->body, (struct str){ id, n });
	buf_add(&res->body, tail);
}

/* What the quota has no room for. */
static const char *
quota_category(const struct accept_reply *r)
{
	return r->quota_level == QUOTA_CRASHES ? "event" : "crash";
}

static void
count_accepted(struct ingest *in, const struct batch *b, bool crashes_only)
{
	in->counter[COUNT_BATCHES]++;
	for (size_t i = 0; i < b->nitems; i++)
		in->counter[COUNT_ITEMS] += !crashes_only || b->items[i].type == ITEM_CRASH;
}

/* All or nothing, and the quota has no room for all. */
static enum err
refuse_quota(struct task *t, struct res *res, const struct accept_reply *r)
{
	int64_t rest = (r->quota_until_us - t->now_us) / US_PER_S + 1;
	if (r->quota_until_us < 0)
		rest = STORAGE_RETRY_S;
	res_headerf(res, "Retry-After", "%lld", (long long)(rest > 0 ? rest : 60));
	task_field(t, STR("category"), "%s", quota_category(r));
	return task_fail(t, E_QUOTA, "%s", err_message(E_QUOTA));
}

enum err
ingest_outcome(struct task *t, struct res *res, const struct accept_reply *r)
{
	switch (r->status) {
	case ACCEPT_OK:
	case ACCEPT_REPEAT:
		set_limits(res, r);
		return E_OK;
	case ACCEPT_MISMATCH:
		return task_fail(t, E_IDEM_MISMATCH, "%s", err_message(E_IDEM_MISMATCH));
	case ACCEPT_UNKNOWN_KEY:
		return task_fail(t, E_UNAUTHORIZED,
		                 "The write key is missing, unknown, expired or revoked.");
	case ACCEPT_LIMITED:
		set_limits(res, r);
		res_headerf(res, "Retry-After", "%lld", (long long)r->retry_s);
		task_field(t, STR("category"), "%.*s", STRF(r->category));
		return task_fail(t, E_RATE_LIMITED, "%s", err_message(E_RATE_LIMITED));
	case ACCEPT_FULL:
		return refuse_full(t, res);
	case ACCEPT_OVER:
		return refuse_quota(t, res, r);
	}
	return task_fail(t, E_INTERNAL, "the accept script gave an unknown answer");
}

static enum err
conclude(struct task *t, struct res *res, const struct acceptance *a,
         const struct accept_reply *r)
{
	enum err e = ingest_outcome(t, res, r);
	if (e != E_OK)
		return e;
	if (r->status == ACCEPT_REPEAT)
		write_reply(res, r->reply_head, r->stream_id, r->reply_tail);
	else if (r->crashes_only)
		write_reply(res, a->crashes_head, r->stream_id, a->crashes_tail);
	else
		write_reply(res, a->head, r->stream_id, a->tail);
	return E_OK;
}

/* The body and the address: the same bytes elsewhere are another request. */
static struct str
hash_body(struct task *t, const struct req *req, struct str body)
{
	char two[2 * (CRYPT_SHA256_HEX - 1) + 1], out[CRYPT_SHA256_HEX];
	crypt_sha256_hex(body, two);
	crypt_sha256_hex(req->path, two + CRYPT_SHA256_HEX - 1);
	crypt_sha256_hex((struct str){ two, sizeof(two) - 1 }, out);
	return arena_str(t->arena, str_of(out));
}

/* The script says when the quota has no room for all of it: what is too much
 * goes out, and the rest is offered again. What is left has a rank that always
 * gets in after two rounds. */
static enum err
submit(struct web *w, struct task *t, struct verdict *v, struct acceptance *a,
       struct accept_reply *reply)
{
	const struct intake *in = &w->ingest->intake;
	struct batch *b = a->batch;
	for (;;) {
		if (in->shape != SHAPE_FOREIGN)
			ingest_reply(t, b, v, false, &a->head, &a->tail);
		if (in->shape != SHAPE_FOREIGN && accept_is_mixed(b))
			ingest_reply(t, b, v, true, &a->crashes_head, &a->crashes_tail);
		enum err e = accept_batch(t, w->redis, a, reply);
		if (e != E_OK || reply->status != ACCEPT_OVER || in->strict)
			return e;
		withhold(t, b, v, (enum quota_rank)reply->quota_level, WITHHOLD_QUOTA);
		v->quota_until_us = reply->quota_until_us;
		v->quota_category = quota_category(reply);
	}
}

enum err
ingest_store(struct web *w, struct task *t, struct batch *b, struct verdict *v,
             struct acceptance *a, struct accept_reply *reply)
{
	struct ingest *in = w->ingest;
	if (withhold_sdk(w->who.key->row.killed_sdks, b->sdk))
		withhold(t, b, v, QUOTA_NOTHING, WITHHOLD_SDK);
	a->batch = b;
	a->key_sha256 = str_of(w->who.key->sha256);
	a->team_id = w->who.key->row.team;
	a->bound = in->bound;
	a->wire = &in->wire;
	a->wire_crashes = &in->wire_crashes;
	/* What was dropped is not this request's failure. */
	task_clear(t);
	enum err e = submit(w, t, v, a, reply);
	if (e == E_OK && reply->status == ACCEPT_OK)
		count_accepted(in, b, reply->crashes_only);
	return e;
}

static enum err
take(struct web *w, struct task *t, const struct req *req, struct res *res,
     enum body_shape shape)
{
	struct ingest *in = w->ingest;
	struct batch *b = talloc(t, struct batch);
	struct verdict *v = talloc(t, struct verdict);
	struct accept_reply reply;
	struct str body;
	enum err e = ingest_room(w, t, res);
	if (e == E_OK)
		e = open_body(w, t, req, shape, &body);
	if (e != E_OK)
		return e;
	in->counter[COUNT_BYTES] += (int64_t)req->body.n;
	in->verdict = v;
	e = envelope_parse(t, &in->scan, &in->intake, body, b, v);
	if (b->sdk.n > 0) { /* else said by the body */
		in->intake.sdk = b->sdk;
		in->intake.sdk_version = b->sdk_version;
	}
	if (e != E_OK)
		return e;
	struct acceptance a = { .idempotency_key = in->intake.idempotency_key };
	if (a.idempotency_key.n > 0)
		a.body_hash = hash_body(t, req, body);
	e = ingest_store(w, t, b, v, &a, &reply);
	return e == E_OK ? conclude(t, res, &a, &reply) : e;
}

enum err
ingest_batch(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return take(w, t, req, res, SHAPE_INGEST);
}

enum err
ingest_event(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return take(w, t, req, res, SHAPE_EVENT);
}

enum err
ingest_events(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	return take(w, t, req, res, SHAPE_EVENTS);
}

/* Everything but the queue; any fault is a 422 with the whole list. */
enum err
ingest_validate(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct ingest *in = w->ingest;
	struct batch *b = talloc(t, struct batch);
	struct verdict *v = talloc(t, struct verdict);
	struct str body;
	enum err e = open_body(w, t, req, SHAPE_INGEST, &body);
	if (e != E_OK)
		return e;
	in->intake.strict = true;
	struct redact_notes notes = { 0 };
	in->intake.notes = &notes;
	e = envelope_parse(t, &in->scan, &in->intake, body, b, v);
	if (e != E_OK)
		return e;
	res_json(res, 200);
	buf_printf(&res->body, "{\"valid\":true,\"accepted\":%zu,\"rejected\":0,", v->accepted);
	ingest_findings(&res->body, v, NULL);
	ingest_scrubbed(&res->body, &notes);
	buf_putc(&res->body, '}');
	return E_OK;
}
