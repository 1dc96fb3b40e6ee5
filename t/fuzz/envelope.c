/*
 * envelope: any body through the whole door; what is accepted must survive
 * the wire, and every count must add up. First byte: shape and form.
 */
#include "fuzz.h"
#include "ingest/envelope.h"
#include "ingest/fingerprint.h"
#include "ingest/wire.h"

static struct scan s;
static struct scrub scrub;
static struct arena *volatile forever; /* what scrub points into */

static void
check(struct task *t, const struct batch *b, const struct verdict *v)
{
	struct buf w = BUF_INIT;
	struct batch back;
	struct fingerprint f;
	ASSERT(v->accepted == b->nitems);
	ASSERT(v->accepted + v->rejected + v->duplicates == v->sent);
	wire_encode(&w, b);
	ASSERT(wire_decode(t, buf_str(&w), &back) == E_OK);
	ASSERT(back.nitems == b->nitems);
	for (size_t i = 0; i < back.nitems; i++) {
		ASSERT(memchr(back.items[i].name.p, 0, back.items[i].name.n) == NULL);
		if (back.items[i].type == ITEM_CRASH)
			fingerprint_crash(t, &back.items[i], &f);
		if (back.items[i].properties.n > 0)
			ASSERT(scan_parse(t, &s, back.items[i].properties) == E_OK);
	}
	buf_release(&w);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t master[32] = { 1 };
	struct task *t = fuzz_task();
	struct batch b;
	struct verdict v;
	if (s.parser == NULL) {
		const struct scrub_text text = { STR("deny"), STR("password"), STR("truncate"),
			                         STR("hash"), 7 };
		scan_init(&s);
		forever = arena_new(0);
		scrub_init(&scrub, forever, &text, master);
	}
	if (size == 0)
		return 0;
	const struct intake in = {
		.limits = &ingest_limits_default, .scrub = &scrub, .environment_id = 7,
		.environment = STR("prod"), .key_id = STR("k"), .retention_days = 90,
		.shape = (enum body_shape)(data[0] % 3),
		.form = data[0] & 4 ? BODY_NDJSON : BODY_JSON,
		.strict = (data[0] & 8) != 0,
		.received_us = INT64_C(1771839912000000),
	};
	struct str body = { (const char *)data + 1, size - 1 };
	if (envelope_parse(t, &s, &in, body, &b, &v) == E_OK)
		check(t, &b, &v);
	return 0;
}
