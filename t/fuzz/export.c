/*
 * export: any record of a history file becomes a request that its translator
 * takes, and a batch that the door can count. First byte: the vendor.
 */
#include "base/str.h"
#include "fuzz.h"
#include "ingest/envelope.h"
#include "ingest/foreign/export.h"
#include "t/unit/ingest/foreign/written.h"

static struct scan s;
static struct scrub scrub;
static struct buf body;
static struct tape tape;

static void
check(struct task *t, const struct foreign_out *o)
{
	const struct intake in = {
		.limits = &ingest_limits_default, .scrub = &scrub, .environment_id = 7,
		.environment = STR("prod"), .key_id = STR("k"), .retention_days = 0,
		.shape = SHAPE_FOREIGN, .source = "import", .historical = true,
		.received_us = INT64_C(1771839912000000),
	};
	struct batch b;
	struct verdict v;
	const struct scan made = tape_scan(&tape);
	enum err e = envelope_check(t, &made, tape_size(&tape), &in, &b, &v);
	ASSERT(e == E_OK || e == E_TOO_LARGE);
	ASSERT(e != E_OK || (v.sent == o->items && v.accepted == b.nitems && b.historical));
	ASSERT(e != E_OK || written_same(t, &tape, &in, &b, &v));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const sources[] = { "segment", "posthog", "mixpanel", "amplitude" };
	struct task *t = fuzz_task();
	struct foreign_out o;
	if (s.parser == NULL)
		scan_init(&s);
	if (size < 1)
		return 0;
	const struct export *x = export_find(str_of(sources[data[0] % NELEM(sources)]));
	const struct foreign *f = foreign_row(x->id);
	const struct req req = { .method = M_POST, .path = str_of(x->path) };
	struct foreign_request r = { .task = t, .req = &req, .scan = &s, .read = true };
	buf_reset(&body);
	if (scan_parse(t, &s, (struct str){ (const char *)data + 1, size - 1 }) != E_OK ||
	    !export_body(x, &s, &body))
		return 0;
	/* only text that stands for an object may make it malformed */
	bool listed = x->listed_only;
	enum err e = scan_parse(t, &s, buf_str(&body));
	ASSERT(e == E_OK || listed);
	if (e != E_OK)
		return 0;
	foreign_begin(f, t, &tape, &o);
	o.scan = &s;
	o.now_us = 0;
	o.zone = x->wall ? zone_find(STR("UTC")) : NULL;
	r.body = buf_str(&body);
	ASSERT(f->translate(&o, &r) == E_OK || listed);
	foreign_finish(&o);
	check(t, &o);
	return 0;
}
