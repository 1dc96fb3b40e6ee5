/*
 * push.c - fill the ingest queue with synthetic batches for the store bench:
 * users × varied events of the last hours, as the door would accept them.
 *
 *   push --env ID --batches N [--items M] [--users U] [--seed S] [--hours H]
 *        [--v4] [--copy FILE]
 *
 * --copy also writes the events as COPY text for the baseline. Redis comes
 * from TIDEMARK_REDIS_SOCKET. The same seed gives the same batches, so a
 * second run pushes repeats.
 */
#include <getopt.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/num.h"
#include "base/str.h"
#include "base/uuid.h"
#include "ingest/wire.h"
#include "queue/stream.h"

struct args {
	int64_t env, batches, items, users, seed, hours;
	bool v4;
	const char *copy;
};

static uint64_t state;

static uint32_t
next(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)((state >> 16) % below);
}

static const char *const names[] = { "screen_view", "button_tap", "purchase", "search",
	"login", "share", "scroll", "video_play", "video_stop", "add_to_cart" };
static const char *const versions[] = { "1.0.0", "1.1.0", "1.2.0", "2.0.0" };
static const char *const platforms[] = { "ios", "android", "web" };
static const char *const countries[] = { "DE", "US", "FR", "BR", "JP" };

static void
event_id(const struct args *a, int64_t ts, uint8_t id[16])
{
	int64_t ms = ts / 1000;

	for (int i = 0; i < 16; i++)
		id[i] = (uint8_t)next(256);
	if (!a->v4) {
		for (int i = 0; i < 6; i++)
			id[i] = (uint8_t)(ms >> (40 - 8 * i));
	}
	id[6] = (uint8_t)((id[6] & 0x0f) | (a->v4 ? 0x40 : 0x70));
	id[8] = (uint8_t)((id[8] & 0x3f) | 0x80);
}

static void
copy_line(FILE *f, const struct args *a, const struct batch *b, const struct item *i)
{
	char id[UUID_TEXT], ts[CLOCK_TEXT], rc[CLOCK_TEXT];

	uuid_format(i->event_id, id);
	clock_format_us(i->ts_us, ts);
	clock_format_us(b->received_us, rc);
	fprintf(f, "%u\t%s\t%s\t%lld\t%s\t%lld\t%u\t%u\t%u\t1\t90\t%.*s\tproduct\t\\N\t%.*s\t\\N\n",
	        next(100000), ts, rc, (long long)i->seq, id, (long long)a->env, next(1000) + 1,
	        next(1000) + 1, next(1000) + 1, STRF(i->name), STRF(i->properties));
}

static void
fill(struct task *t, const struct args *a, int64_t now, struct batch *b, FILE *copy)
{
	uint32_t user = next((uint32_t)a->users);
	int64_t ts = now - (int64_t)next((uint32_t)(a->hours * 3600)) * US_PER_S;

	*b = (struct batch){ .environment_id = (int32_t)a->env, .received_us = now,
		.key_id = STR("00000000-0000-4000-8000-000000000001"),
		.source = STR("ingest"), .schema_version = STR("1.0"), .sdk = STR("bench"),
		.sdk_version = STR("1"), .request_id = STR("bench") };
	b->contexts = tarray(t, 1, struct context);
	b->contexts[0] = (struct context){ .bundle_id = STR("app.bench"),
		.app_version = str_of(versions[user % NELEM(versions)]),
		.platform = str_of(platforms[user % NELEM(platforms)]),
		.country = str_of(countries[user % NELEM(countries)]) };
	b->identities = tarray(t, 1, struct identity);
	b->identities[0] = (struct identity){ arena_printf(t->arena, "user-%u", user),
		arena_printf(t->arena, "anon-%u", user), arena_printf(t->arena, "dev-%u", user) };
	b->ncontexts = b->nidentities = 1;
	b->nitems = (size_t)a->items;
	b->items = tarray(t, b->nitems, struct item);
	for (size_t i = 0; i < b->nitems; i++) {
		struct item *x = &b->items[i];
		uint32_t kind = next(100);

		ts += next(3000000);
		x->type = kind < 96 ? ITEM_EVENT : kind < 99 ? ITEM_TRACE : ITEM_CRASH;
		x->index = (uint32_t)i;
		x->ts_us = ts < now ? ts : now;
		event_id(a, x->ts_us, x->event_id);
		x->seq = (int64_t)i;
		x->name = x->type == ITEM_TRACE ? STR("cold_start")
			: str_of(names[next(NELEM(names))]);
		x->namespace_ = STR("product");
		x->session_id = arena_printf(t->arena, "s-%u-%u", user, next(2));
		x->properties = arena_printf(t->arena,
			"{\"screen\":\"screen_%u\",\"price\":%u,\"ok\":true,\"ref\":\"campaign-%u\"}",
			next(30), next(1000), next(50));
		x->duration_ms = next(3000);
		if (x->type == ITEM_CRASH) {
			x->fatal = next(3) == 0;
			x->exception_type = STR("StateError");
			x->exception_message = STR("no element");
			x->stacktrace = STR("#0 main (package:app/main.dart:10:3)");
		}
		if (copy != NULL)
			copy_line(copy, a, b, x);
	}
}

static enum err
push_all(struct task *t, const struct args *a, struct redis *r, FILE *copy)
{
	struct queue_bound none = { 0 };
	struct buf wire = BUF_INIT;
	int64_t now = clock_now_us();
	enum err e = stream_ensure(t, r);

	state = (uint64_t)a->seed * 0x9e3779b97f4a7c15u + 1;
	for (int64_t i = 0; e == E_OK && i < a->batches; i++) {
		struct batch b;
		struct str id;

		task_reset(t);
		fill(t, a, now, &b, copy);
		buf_reset(&wire);
		wire_encode(&wire, &b);
		e = stream_push(t, r, &(struct stream_entry){ .wire = buf_str(&wire),
			.items = (uint32_t)b.nitems, .environment_id = b.environment_id },
			&none, &id);
	}
	buf_release(&wire);
	return e;
}

static bool
args_read(int argc, char **argv, struct args *a)
{
	static const struct option options[] = {
		{ "env", 1, NULL, 'e' }, { "batches", 1, NULL, 'b' }, { "items", 1, NULL, 'i' },
		{ "users", 1, NULL, 'u' }, { "seed", 1, NULL, 's' }, { "hours", 1, NULL, 'h' },
		{ "v4", 0, NULL, '4' }, { "copy", 1, NULL, 'c' }, { NULL, 0, NULL, 0 } };
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		int64_t *n = c == 'e' ? &a->env : c == 'b' ? &a->batches : c == 'i' ? &a->items
			: c == 'u' ? &a->users : c == 's' ? &a->seed : c == 'h' ? &a->hours : NULL;

		if (n != NULL ? !num_range(str_of(optarg), 1, INT32_MAX, n) : c == '?')
			return false;
		if (c == '4')
			a->v4 = true;
		if (c == 'c')
			a->copy = optarg;
	}
	return a->env > 0 && a->batches > 0;
}

int
main(int argc, char **argv)
{
	struct args a = { .items = 100, .users = 1000, .seed = 1, .hours = 2 };
	struct arena *arena = arena_new(1 << 20);
	const char *socket = getenv("TIDEMARK_REDIS_SOCKET");
	struct redis *r;
	FILE *copy = NULL;
	struct task t;

	if (!args_read(argc, argv, &a) || socket == NULL) {
		fputs("usage: push --env ID --batches N [--items M] [--users U] [--seed S]\n"
		      "            [--hours H] [--v4] [--copy FILE]\n", stderr);
		return 64;
	}
	if (a.copy != NULL && (copy = fopen(a.copy, "w")) == NULL) {
		perror(a.copy);
		return 74;
	}
	task_init(&t, arena);
	r = redis_open(socket, "", "");
	enum err e = push_all(&t, &a, r, copy);

	if (e != E_OK)
		fprintf(stderr, "push: %s\n", t.detail);
	if (copy != NULL && fclose(copy) != 0)
		e = E_IO;
	redis_close(r);
	arena_free(arena);
	return err_exit(e);
}
