/*
 * door.c - what the door's pure path costs for each protocol: read, translate,
 * check, encode; CPU time of one core, without nginx, FastCGI and Redis.
 *
 *   door FILE EVENTS     FILE is load_mix.h's, EVENTS how many a body holds
 *
 * Prints one JSON object a protocol and line: the best of REPEATS.
 */
#include "load_mix.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/str.h"
#include "ingest/envelope.h"
#include "ingest/foreign/foreign.h"
#include "ingest/wire.h"

#define ROUNDS 50
#define REPEATS 9
#define PROTOCOLS_MAX 16

static const struct {
	const char *starts;
	enum foreign_id id;
} rows[] = {
	{ "/api/v1/", FOREIGN_NONE },      { "/v1/batch", FOREIGN_SEGMENT },
	{ "/2/", FOREIGN_AMPLITUDE },      { "/track", FOREIGN_MIXPANEL },
	{ "/api/v0/", FOREIGN_APTABASE },  { "/batch", FOREIGN_POSTHOG },
	{ "/api/", FOREIGN_SENTRY },       { "/v1/traces", FOREIGN_OTLP_TRACES },
};

struct door {
	struct task task;
	struct scan scan;
	struct tape tape;
	struct buf wire;
	struct scrub scrub;
	struct intake intake;
};

static void
open_door(struct door *d)
{
	static const uint8_t master[32] = { 1 };
	const struct scrub_text text = {
		.pii_mode = STR("deny"), .ip_mode = STR("truncate"), .user_id_mode = STR("plain"),
		.pii_keys = STR("password\npasswd\nsecret\ntoken\nauthorization\ncookie\ncredit_card\n"
		                "card_number\ncvv\nssn\niban"),
		.environment_id = 7,
	};
	task_init(&d->task, arena_new((size_t)1 << 20));
	scan_init(&d->scan);
	scrub_init(&d->scrub, arena_new(0), &text, master);
	d->intake = (struct intake){
		.limits = &ingest_limits_default, .scrub = &d->scrub, .environment_id = 7,
		.environment = STR("prod"), .key_id = STR("5d2b8f7e-0000-4000-8000-000000000000"),
		.retention_days = 90, .received_us = clock_now_us(),
	};
}

/* "Name: value" and a line end */
static struct pair
header_of(struct task *t, const char *line)
{
	struct str value = str_trim(str_of(line)), name = str_cut(&value, ':');
	char *p = arena_cstr(t->arena, name);
	for (size_t i = 0; i < name.n; i++)
		if (p[i] >= 'A' && p[i] <= 'Z')
			p[i] = (char)(p[i] + ('a' - 'A'));
	return (struct pair){ { p, name.n }, str_trim(value) };
}

static enum foreign_id
row_of(const char *path)
{
	for (size_t i = 0; i < NELEM(rows); i++)
		if (str_starts(str_of(path), str_of(rows[i].starts)))
			return rows[i].id;
	return FOREIGN_NONE;
}

/* One request, as tidemark-ingest takes it; how many items got in. */
static size_t
take(struct door *d, const struct mix_request *m)
{
	struct task *t = &d->task;
	struct batch b;
	struct verdict v;
	task_reset(t);
	t->now_us = d->intake.received_us;
	const struct foreign *f = foreign_row(row_of(m->path));
	struct str body = { m->body, m->n }, query = str_of(m->path);
	if (f == NULL) {
		d->intake.shape = SHAPE_INGEST;
		ASSERT(envelope_parse(t, &d->scan, &d->intake, body, &b, &v) == E_OK);
	} else {
		struct str path = str_cut(&query, '?'), key;
		struct pair header = header_of(t, m->header);
		const struct req req = { .method = M_POST, .path = path, .query = query,
			.body = body, .headers = &header, .nheaders = header.name.n > 0,
			.content_type = STR("application/json") };
		struct foreign_request r = { .task = t, .req = &req, .scan = &d->scan,
			.limits = { 8 << 20, 100 } };
		struct foreign_out o;
		ASSERT(foreign_key(f, &r, &key) == E_OK && foreign_read(f, &r) == E_OK);
		ASSERT(foreign_translate(f, &r, &d->tape, &o) == E_OK);
		d->intake.shape = SHAPE_FOREIGN;
		d->intake.source = f->vendor;
		struct scan s = tape_scan(&d->tape);
		ASSERT(envelope_check(t, &s, tape_size(&d->tape), &d->intake, &b, &v) == E_OK);
	}
	ASSERT(v.rejected == 0);
	buf_reset(&d->wire);
	wire_encode(&d->wire, &b);
	return v.accepted;
}

/* CPU time of this process: what else the machine does costs nothing here. */
static int64_t
cpu_ns(void)
{
	struct timespec ts;
	ASSERT(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts) == 0);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static double
measure(struct door *d, const struct mix_request *m, size_t events)
{
	int64_t began = cpu_ns();
	for (size_t i = 0; i < ROUNDS; i++)
		ASSERT(take(d, m) == events);
	return (double)(cpu_ns() - began) / 1e3 / ROUNDS;
}

int
main(int argc, char **argv)
{
	static struct door d;
	double best[PROTOCOLS_MAX];
	struct mix *mix = argc == 3 ? mix_open(argv[1], 0) : NULL;
	if (mix == NULL || mix_count(mix) > PROTOCOLS_MAX) {
		fprintf(stderr, "usage: door FILE EVENTS\n");
		return 64;
	}
	size_t events = strtoul(argv[2], NULL, 10);
	open_door(&d);
	for (size_t r = 0; r < REPEATS; r++) {
		for (size_t i = 0; i < mix_count(mix); i++) {
			struct mix_request m = mix_next(mix);
			double us = measure(&d, &m, events);
			if (r == 0 || us < best[i])
				best[i] = us;
			if (r == REPEATS - 1)
				printf("{\"path\":\"%.*s\",\"bytes\":%zu,\"us\":%.2f}\n",
				       (int)strcspn(m.path, "?"), m.path, m.n, best[i]);
		}
	}
	mix_close(mix);
	return 0;
}
