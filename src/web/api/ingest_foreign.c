/*
 * ingest_foreign.c - the door for other vendors' SDKs: the key, the
 * translation (ingest/foreign), our own pipeline, their answer.
 */
#include "base/str.h"
#include "base/utf8.h"
#include "web/api/ingest.h"

enum err
need_vendor_key(struct web *w, struct task *t, struct req *req, const struct route *row)
{
	struct ingest *in = w->ingest;
	struct str key;
	in->foreign = foreign_row((enum foreign_id)row->vendor);
	ASSERT(in->foreign != NULL);
	in->vendor = (struct foreign_request){
		.task = t,
		.req = req,
		.scan = &in->scan,
		.limits = { in->limits.max_inflated, in->limits.max_ratio },
	};
	in->intake.sdk = in->intake.sdk_version = STR("");
	enum err e = foreign_key(in->foreign, &in->vendor, &key);
	return e == E_OK ? write_key_admit(w, t, req, key) : e;
}

static struct str
printable(struct str s)
{
	s = str_trim(s);
	return utf8_is_line(s) ? utf8_cut(s, MAX_SDK_BYTES) : STR("");
}

/* The vendor's body as a checked batch of ours. */
static enum err
read_batch(struct web *w, struct task *t, struct foreign_out *o, struct batch *b,
           struct verdict *v)
{
	struct ingest *in = w->ingest;
	enum err e = foreign_read(in->foreign, &in->vendor);
	if (e != E_OK)
		return e;
	if (in->foreign->pick != NULL)
		in->foreign = in->foreign->pick(&in->vendor);
	e = foreign_translate(in->foreign, &in->vendor, &in->tape, o);
	if (e != E_OK)
		return e;
	in->intake.source = in->foreign->vendor;
	in->intake.sdk = printable(o->sdk);
	in->intake.sdk_version = printable(o->sdk_version);
	struct scan batch = tape_scan(&in->tape);
	return envelope_check(t, &batch, tape_size(&in->tape), &in->intake, b, v);
}

static enum err
store(struct web *w, struct task *t, struct batch *b, struct verdict *v, struct res *res)
{
	struct acceptance a = { .idempotency_key = STR("") };
	struct accept_reply r;
	enum err e = ingest_store(w, t, b, v, &a, &r);
	if (e == E_OK)
		e = ingest_outcome(t, res, &r);
	if (e != E_OK || !r.crashes_only)
		return e;
	/* These clients cannot keep a part of a batch: they send all of it
	 * again, and what is here already is known by its id. */
	res_headerf(res, "Retry-After", "%lld", (long long)(r.retry_s > 0 ? r.retry_s : 1));
	return task_fail(t, E_RATE_LIMITED, "%s", err_message(E_RATE_LIMITED));
}

enum err
ingest_foreign(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	struct ingest *in = w->ingest;
	struct foreign_out o = { .task = t, .now_us = t->now_us };
	struct batch *b = talloc(t, struct batch);
	struct verdict *v = talloc(t, struct verdict);
	enum err e = E_OK;
	if (in->foreign->translate != NULL) {
		e = ingest_room(w, t, res);
		if (e != E_OK)
			return e;
		ingest_intake(w, t, req, SHAPE_FOREIGN);
		in->counter[COUNT_BYTES] += (int64_t)req->body.n;
		in->verdict = v;
		e = read_batch(w, t, &o, b, v);
		in->counter[COUNT_PASSED] += (int64_t)o.passed;
		if (e == E_OK)
			e = store(w, t, b, v, res);
	}
	if (e != E_OK)
		return e;
	o.rejected = v->rejected;
	res_json(res, 200);
	in->foreign->reply(&o, &in->vendor, res);
	return E_OK;
}

void
ingest_refuse(struct web *w, struct task *t, const struct req *req, struct res *res, enum err e)
{
	const struct foreign *f = w->ingest->foreign;
	(void)t;
	(void)req;
	if (f == NULL)
		return;
	/* "Try later": several of these clients give up on a 500. */
	if (res->status == 500 || res->status == 504)
		res->status = 503;
	if (res->status == 422)
		res->status = 400;
	if (f->refuse == NULL)
		return;
	f->refuse(&w->ingest->vendor, e, res);
}
