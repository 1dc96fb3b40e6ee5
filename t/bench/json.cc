/*
 * json.cc - parse and validate 100-event bodies, against the parser alone.
 *
 * Prints events/s of one core for simdjson's DOM parse, for the door's whole
 * pure path (scan, envelope, items, wire) and the ratio, and the goal of
 * 0.4. The last line is JSON for the bench harness.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SIMDJSON_EXCEPTIONS 0
#include <simdjson.h>

#define _Noreturn [[noreturn]]
extern "C" {
#include "base/clock.h"
#include "base/scan.h"
#include "ingest/envelope.h"
#include "ingest/wire.h"
}

#define EVENTS 100
#define ROUNDS 400
#define REPEATS 7
/* what an app might set: every string is looked at nine times */
#define RULES \
	"keep key support_email\nmask value email\nmask value phone\ndrop key *address*\n" \
	"hash key customer_ref\nmask value token\nmask value url_secret\nmask value iban\n" \
	"mask pattern /EMP-[0-9]{6}/\ndrop-event value card"

/* CPU time of this process: what else the machine does costs nothing here. */
static int64_t
cpu_us(void)
{
	struct timespec ts;
	ASSERT(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts) == 0);
	return static_cast<int64_t>(ts.tv_sec) * US_PER_S + ts.tv_nsec / 1000;
}

static void
make_body(struct buf *b)
{
	buf_puts(b,
	         "{\"schema_version\":\"1.0\",\"sent_at\":\"2026-02-23T09:45:12.120Z\","
	         "\"environment\":\"prod\",\"app\":{\"bundle_id\":\"com.example.myapp\","
	         "\"version_name\":\"2.3.1\",\"build_number\":\"231\"},\"device\":{"
	         "\"device_id\":\"a4e0b3b1-3b13-4d45-95c3-4a598a7c2cb1\",\"platform\":\"android\","
	         "\"os_version\":\"14\",\"model\":\"Pixel 8\"},\"user\":{\"anonymous_id\":"
	         "\"anon_1f7a5cbd\",\"user_id\":\"u_12345\"},\"events\":[");
	for (int i = 0; i < EVENTS; i++)
		buf_printf(b,
		           "%s{\"type\":\"event\",\"event_id\":\"018d7a9b-1b4b-7d5b-9a45-0a2f3d8c%04x\","
		           "\"name\":\"screen_view\",\"timestamp\":\"2026-02-23T09:45:%02d.%03dZ\","
		           "\"session_id\":\"sess_018d7a96\",\"properties\":{\"screen\":\"Home %d\","
		           "\"referrer\":\"push_notification\",\"position\":%d,\"scale\":%d.5}}",
		           i > 0 ? "," : "", (unsigned)i, i % 12, i * 9, i, i, i % 7);
	buf_puts(b, "]}");
}

static int64_t
best_parser(struct str body)
{
	simdjson::dom::parser parser;
	simdjson::padded_string padded(body.p, body.n);
	int64_t best = INT64_MAX;
	for (int r = 0; r < REPEATS; r++) {
		int64_t began = cpu_us();
		for (int i = 0; i < ROUNDS; i++)
			ASSERT(parser.parse(padded).error() == simdjson::SUCCESS);
		int64_t took = cpu_us() - began;
		best = took < best ? took : best;
	}
	return best;
}

static int64_t
best_door(struct str body, struct str rules, size_t *wire)
{
	uint8_t master[32] = { 1 };
	struct arena *a = arena_new((size_t)1 << 20), *forever = arena_new(0);
	struct task t;
	struct scan s;
	struct scrub scrub;
	struct buf out = { nullptr, 0, 0 };
	struct scrub_text text = {};
	text.pii_mode = STR("deny");
	text.pii_keys = STR("password\npasswd\nsecret\ntoken\nauthorization\ncookie\ncredit_card\n"
	                    "card_number\ncvv\nssn\niban");
	text.ip_mode = STR("truncate");
	text.user_id_mode = STR("plain");
	text.environment_id = 7;
	task_init(&t, a);
	scan_init(&s);
	scrub_init(&scrub, forever, &text, master);
	struct policy policy;
	ASSERT(policy_compile(&t, forever, rules, &policy) == E_OK);
	scrub.policy = policy.n > 0 ? &policy : nullptr;
	struct intake in = {};
	in.limits = &ingest_limits_default;
	in.scrub = &scrub;
	in.environment_id = 7;
	in.environment = STR("prod");
	in.key_id = STR("5d2b8f7e-0000-4000-8000-000000000000");
	in.retention_days = 90;
	in.shape = SHAPE_INGEST;
	ASSERT(clock_parse(STR("2026-02-23T09:45:13Z"), false, &in.received_us));
	int64_t best = INT64_MAX;
	for (int r = 0; r < REPEATS; r++) {
		int64_t began = cpu_us();
		for (int i = 0; i < ROUNDS; i++) {
			struct batch b;
			struct verdict v;
			task_reset(&t);
			ASSERT(envelope_parse(&t, &s, &in, body, &b, &v) == E_OK);
			ASSERT(v.accepted == EVENTS && v.nresults == 0);
			buf_reset(&out);
			wire_encode(&out, &b);
		}
		int64_t took = cpu_us() - began;
		best = took < best ? took : best;
	}
	*wire = out.n;
	buf_release(&out);
	scan_release(&s);
	arena_free(a);
	arena_free(forever);
	return best;
}

int
main(void)
{
	struct buf body = { nullptr, 0, 0 };
	size_t wire;
	make_body(&body);
	double parser = static_cast<double>(best_parser(buf_str(&body))) / ROUNDS;
	double door = static_cast<double>(best_door(buf_str(&body), STR(""), &wire)) / ROUNDS;
	size_t scrubbed;
	double ruled = static_cast<double>(best_door(buf_str(&body), STR(RULES), &scrubbed)) / ROUNDS;
	double ratio = parser / door;
	printf("body %zu bytes, wire %zu bytes, %d events\n", body.n, wire, EVENTS);
	printf("parser alone         %8.1f us a body  %10.0f events/s\n", parser,
	       EVENTS * 1e6 / parser);
	printf("parse+validate+wire  %8.1f us a body  %10.0f events/s\n", door,
	       EVENTS * 1e6 / door);
	printf("with ten rules       %8.1f us a body  %10.0f events/s\n", ruled,
	       EVENTS * 1e6 / ruled);
	printf("ratio %.2f (goal 0.40)\n", ratio);
	printf("{\"parser_events_s\":%.0f,\"door_events_s\":%.0f,\"ratio\":%.3f,"
	       "\"rules_events_s\":%.0f}\n",
	       EVENTS * 1e6 / parser, EVENTS * 1e6 / door, ratio, EVENTS * 1e6 / ruled);
	buf_release(&body);
	return ratio >= 0.4 ? 0 : 1;
}
