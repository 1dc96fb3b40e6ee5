/* ingest.c - POST of batches and events; see ingest.h and CONTRACT 3, 7. */
#include "web/api/ingest.h"

#include "base/clock.h"
#include "base/str.h"
#include "base/utf8.h"
#include "http/inflate.h"
#include "ingest/accept.h"
#include "queue/keys.h"
#include "queue/stream.h"

#define STATS_CACHE_US INT64_C(100000)
#define IDEMPOTENCY_KEY_MAX 255
#define SDK_MAX 64

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
static enum err
check_bound(struct web *w, struct task *t, struct res *res)
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

static struct str
header_text(const struct req *req, const char *name)
{
	struct str s = str_trim(req_header(req, name));
	return utf8_is_line(s) ? utf8_cut(s, SDK_MAX) : STR("");
}

static bool
is_strict(struct task *t, const struct req *req)
{
	struct str s = req_query(t, req, "strict");
	return str_is(s, "1") || str_is(s, "true");
}

/* Content type, encoding and sizes, then what the parser needs to know. */
static enum err
open_body(struct web *w, struct task *t, const struct req *req, enum body_shape shape,
          struct str *body)
{
	struct ingest *in = w->ingest;
	const struct write_key *k = w->who.key;
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
	in->intake = (struct intake){
		.limits = &in->limits,
		.scrub = &k->scrub,
		.environment_id = k->row.environment_id,
		.environment = k->row.env_name,
		.key_id = k->row.id,
		.retention_days = k->row.retention_days,
		.bundles = k->row.bundles,
		.remote_addr = req->remote_addr,
		.country = geo_country(t, in->geo, req->remote_addr),
		.idempotency_key = idem,
		.sdk = header_text(req, "x-sdk"),
		.sdk_version = header_text(req, "x-sdk-version"),
		.schema_version = header_text(req, "x-schema-version"),
		.shape = shape,
		.form = form,
		.received_us = t->now_us,
		.strict = is_strict(t, req),
	};
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

static void
count_accepted(struct ingest *in, const struct batch *b, bool crashes_only)
{
	in->counter[COUNT_BATCHES]++;
	for (size_t i = 0; i < b->nitems; i++)
		in->counter[COUNT_ITEMS] += !crashes_only || b->items[i].type == ITEM_CRASH;
}

static enum err
conclude(struct task *t, struct res *res, const struct acceptance *a,
         const struct accept_reply *r)
{
	switch (r->status) {
	case ACCEPT_OK:
		set_limits(res, r);
		if (r->crashes_only)
			write_reply(res, a->crashes_head, r->stream_id, a->crashes_tail);
		else
			write_reply(res, a->head, r->stream_id, a->tail);
		return E_OK;
	case ACCEPT_REPEAT:
		set_limits(res, r);
		write_reply(res, r->reply_head, r->stream_id, r->reply_tail);
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
	}
	return task_fail(t, E_INTERNAL, "the accept script gave an unknown answer");
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

static enum err
take(struct web *w, struct task *t, const struct req *req, struct res *res,
     enum body_shape shape)
{
	struct ingest *in = w->ingest;
	struct batch *b = talloc(t, struct batch);
	struct verdict *v = talloc(t, struct verdict);
	struct accept_reply reply;
	struct str body;
	enum err e = check_bound(w, t, res);
	if (e == E_OK)
		e = open_body(w, t, req, shape, &body);
	if (e != E_OK)
		return e;
	in->counter[COUNT_BYTES] += (int64_t)req->body.n;
	in->verdict = v;
	e = envelope_parse(t, &in->scan, &in->intake, body, b, v);
	if (e != E_OK)
		return e;
	struct acceptance a = {
		.batch = b,
		.key_sha256 = str_of(w->who.key->sha256),
		.bound = in->bound,
		.idempotency_key = in->intake.idempotency_key,
		.wire = &in->wire,
		.wire_crashes = &in->wire_crashes,
	};
	if (a.idempotency_key.n > 0)
		a.body_hash = hash_body(t, req, body);
	ingest_reply(t, b, v, false, &a.head, &a.tail);
	if (accept_is_mixed(b))
		ingest_reply(t, b, v, true, &a.crashes_head, &a.crashes_tail);
	/* What was dropped is not this request's failure. */
	task_clear(t);
	e = accept_batch(t, w->redis, &a, &reply);
	if (e == E_OK && reply.status == ACCEPT_OK)
		count_accepted(in, b, reply.crashes_only);
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
	e = envelope_parse(t, &in->scan, &in->intake, body, b, v);
	if (e != E_OK)
		return e;
	res_json(res, 200);
	buf_printf(&res->body, "{\"valid\":true,\"accepted\":%zu,\"rejected\":0,", v->accepted);
	ingest_findings(&res->body, v, NULL);
	buf_putc(&res->body, '}');
	return E_OK;
}
