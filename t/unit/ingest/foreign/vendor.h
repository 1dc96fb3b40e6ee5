/*
 * vendor.h - what the tests of other vendors' protocols share: one request
 * through key, body and translator, and then through the door's own check.
 */
#ifndef TM_UNIT_INGEST_FOREIGN_VENDOR_H
#define TM_UNIT_INGEST_FOREIGN_VENDOR_H

#include "t/unit/test.h"

#include "base/uuid.h"
#include "ingest/envelope.h"
#include "ingest/foreign/foreign.h"
#include "t/unit/ingest/foreign/written.h"

#define VENDOR_NOW INT64_C(1771839912000000) /* 2026-02-23T09:45:12Z */

/* A request as a client sends it, and what became of it. */
struct vendor_call {
	enum foreign_id id;
	enum method method;
	const char *path, *query, *header, *value; /* one header, may be NULL */
	struct str body;
	/* results */
	enum err err;
	struct str key, text;
	struct foreign_out out;
	struct foreign_request request;
	const struct foreign *row;
	struct batch batch;
	struct verdict verdict;
	char reply[2048];
};

static struct scan vendor_scan;
static struct tape vendor_tape;
static struct scrub vendor_scrub;
static struct req vendor_req;
static struct pair vendor_header;

static inline enum err
vendor_check(struct task *t, struct vendor_call *c)
{
	const struct intake in = {
		.limits = &ingest_limits_default, .scrub = &vendor_scrub, .environment_id = 7,
		.environment = STR("prod"), .key_id = STR("k"), .retention_days = 90,
		.shape = SHAPE_FOREIGN, .source = c->row->vendor, .received_us = VENDOR_NOW,
		.sdk = c->out.sdk, .sdk_version = c->out.sdk_version,
	};
	const struct scan s = tape_scan(&vendor_tape);
	c->text = written_text(t, &vendor_tape);
	enum err e = envelope_check(t, &s, tape_size(&vendor_tape), &in, &c->batch, &c->verdict);
	if (e == E_OK)
		assert_true(written_same(t, &vendor_tape, &in, &c->batch, &c->verdict));
	return e;
}

static inline void
vendor_run(struct task *t, struct vendor_call *c)
{
	struct res res;
	if (vendor_scan.parser == NULL)
		scan_init(&vendor_scan);
	task_clear(t);
	t->nfields = 0;
	t->now_us = VENDOR_NOW;
	vendor_header = (struct pair){ str_of(c->header), str_of(c->value) };
	vendor_req = (struct req){
		.method = c->method, .path = str_of(c->path), .query = str_of(c->query),
		.body = c->body, .headers = &vendor_header, .nheaders = c->header != NULL,
	};
	c->row = foreign_row(c->id);
	c->request = (struct foreign_request){
		.task = t, .req = &vendor_req, .scan = &vendor_scan, .limits = { 1 << 20, 100 },
	};
	c->err = foreign_key(c->row, &c->request, &c->key);
	if (c->err == E_OK)
		c->err = foreign_read(c->row, &c->request);
	if (c->err == E_OK && c->row->pick != NULL)
		c->row = c->row->pick(&c->request);
	if (c->err == E_OK)
		c->err = foreign_translate(c->row, &c->request, &vendor_tape, &c->out);
	if (c->err == E_OK)
		c->err = vendor_check(t, c);
	res_init(&res, t);
	if (c->err == E_OK)
		c->row->reply(&c->out, &c->request, &res);
	snprintf(c->reply, sizeof(c->reply), "%.*s", STRF(buf_str(&res.body)));
	buf_release(&res.body);
}

/* Code of the first item that was not taken, or "". */
static inline const char *
vendor_code(const struct vendor_call *c)
{
	for (size_t i = 0; i < c->verdict.nresults; i++)
		if (c->verdict.results[i].result[0] == 'd')
			return c->verdict.results[i].code;
	return "";
}

#endif
