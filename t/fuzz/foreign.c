/*
 * foreign: any body through every other vendor's protocol; the door must be
 * able to count what a translator writes, and the same as text is the same
 * batch. First byte: the protocol; second: the path, and whether it is a GET
 * whose query is the rest.
 */
#include "base/str.h"
#include "fuzz.h"
#include "ingest/envelope.h"
#include "ingest/foreign/foreign.h"
#include "t/unit/ingest/foreign/written.h"

static struct scan s;
static struct scrub scrub;
static struct tape tape;

static void
check(struct task *t, const struct foreign *f, const struct foreign_out *o)
{
	const struct intake in = {
		.limits = &ingest_limits_default, .scrub = &scrub, .environment_id = 7,
		.environment = STR("prod"), .key_id = STR("k"), .retention_days = 90,
		.shape = SHAPE_FOREIGN, .source = f->vendor,
		.received_us = INT64_C(1771839912000000),
	};
	struct batch b;
	struct verdict v;
	const struct scan made = tape_scan(&tape);
	enum err e = envelope_check(t, &made, tape_size(&tape), &in, &b, &v);
	ASSERT(e == E_OK || e == E_TOO_LARGE);
	if (e != E_OK)
		return;
	ASSERT(v.sent == o->items);
	ASSERT(v.accepted == b.nitems);
	ASSERT(v.accepted + v.rejected + v.duplicates == v.sent);
	ASSERT(written_same(t, &tape, &in, &b, &v));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const paths[] = { "/", "/v1/track", "/v1/identify", "/v1/page",
		"/v1/screen", "/v1/group", "/v1/alias", "/engage/", "/groups/", "/import/",
		"/api/1/store/" };
	struct task *t = fuzz_task();
	struct foreign_out o;
	struct str key;
	if (s.parser == NULL)
		scan_init(&s);
	if (size < 2)
		return 0;
	const struct foreign *f = foreign_row((enum foreign_id)(data[0] % FOREIGN_END));
	if (f == NULL || f->translate == NULL)
		return 0;
	const struct req req = { .method = data[1] & 0x80 ? M_GET : M_POST,
		.path = str_of(paths[data[1] % NELEM(paths)]),
		.query = { (const char *)data + 2, data[1] & 0x80 ? size - 2 : 0 },
		.body = { (const char *)data + 2, size - 2 } };
	struct foreign_request r = { .task = t, .req = &req, .scan = &s,
		                     .limits = { 1 << 20, 100 } };
	t->now_us = INT64_C(1771839912000000);
	if (foreign_key(f, &r, &key) != E_OK || foreign_read(f, &r) != E_OK)
		return 0;
	if (f->pick != NULL)
		f = f->pick(&r);
	if (foreign_translate(f, &r, &tape, &o) == E_OK)
		check(t, f, &o);
	return 0;
}
