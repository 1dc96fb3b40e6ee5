/*
 * otlp: any bytes as an OTLP request. What the protobuf reader lets pass is
 * JSON within its bound; what a translator writes the door can count, and the
 * same request gives the same text. First byte: the signal.
 */
#include "base/str.h"
#include "fuzz.h"
#include "ingest/envelope.h"
#include "ingest/foreign/foreign.h"
#include "t/unit/ingest/foreign/written.h"
#include "ingest/foreign/otlp_protobuf.h"

#define BOUND 65536

static struct scan s;
static struct scrub scrub;
static struct buf text;
static struct tape tape, again;

static void
check(struct task *t, const struct foreign_out *o)
{
	const struct intake in = {
		.limits = &ingest_limits_default, .scrub = &scrub, .environment_id = 7,
		.environment = STR("prod"), .key_id = STR("k"), .retention_days = 90,
		.shape = SHAPE_FOREIGN, .source = "otlp",
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

static enum err
translate(struct task *t, const struct foreign *f, struct str body, struct tape *out,
          struct foreign_out *o)
{
	const struct req req = { .method = M_POST, .path = STR("/v1/traces"), .body = body };
	struct foreign_request r = { .task = t, .req = &req, .scan = &s,
		                     .limits = { 1 << 20, 100 } };
	t->now_us = INT64_C(1771839912000000);
	enum err e = foreign_read(f, &r);
	return e == E_OK ? foreign_translate(f, &r, out, o) : e;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum foreign_id rows[] = { FOREIGN_OTLP_TRACES, FOREIGN_OTLP_LOGS,
		                                FOREIGN_OTLP_METRICS };
	struct task *t = fuzz_task();
	struct foreign_out o;
	if (s.parser == NULL)
		scan_init(&s);
	if (size < 1)
		return 0;
	size_t signal = data[0] % NELEM(rows);
	struct str body = { (const char *)data + 1, size - 1 };
	buf_reset(&text);
	if (otlp_protobuf_json(t, (enum otlp_signal)signal, body, BOUND, &text) == E_OK) {
		ASSERT(text.n <= BOUND + 256);
		ASSERT(scan_parse(t, &s, buf_str(&text)) == E_OK);
	}
	task_clear(t);
	const struct foreign *f = foreign_row(rows[signal]);
	if (translate(t, f, body, &again, &o) != E_OK)
		return 0;
	ASSERT(translate(t, f, body, &tape, &o) == E_OK);
	ASSERT(tape.n == again.n && str_eq(buf_str(&tape.text), buf_str(&again.text)));
	ASSERT(memcmp(tape.word, again.word, tape.n * sizeof(*tape.word)) == 0);
	check(t, &o);
	return 0;
}
