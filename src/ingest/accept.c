/* accept.c - see accept.h. */
#include "ingest/accept.h"

#include "base/crypt.h"
#include "base/str.h"
#include "ingest/wire.h"
#include "ingest/withhold.h"

static size_t
count_crashes(const struct batch *b)
{
	size_t n = 0;
	for (size_t i = 0; i < b->nitems; i++)
		n += b->items[i].type == ITEM_CRASH;
	return n;
}

bool
accept_is_mixed(const struct batch *b)
{
	size_t n = count_crashes(b);
	return n > 0 && n < b->nitems;
}

static void
encode_crashes(struct task *t, struct buf *out, const struct batch *b, size_t n)
{
	struct batch only = *b;
	only.items = tarray(t, n, struct item);
	only.nitems = 0;
	for (size_t i = 0; i < b->nitems; i++)
		if (b->items[i].type == ITEM_CRASH)
			only.items[only.nitems++] = b->items[i];
	wire_encode(out, &only);
}

enum err
accept_batch(struct task *t, struct redis *r, const struct acceptance *a,
             struct accept_reply *out)
{
	const struct batch *b = a->batch;
	size_t crashes = count_crashes(b);
	bool mixed = crashes > 0 && crashes < b->nitems;
	char hash[CRYPT_SHA256_HEX] = "";
	if (a->idempotency_key.n > 0)
		crypt_sha256_hex(a->idempotency_key, hash);
	buf_reset(a->wire);
	buf_reset(a->wire_crashes);
	wire_encode(a->wire, b);
	if (mixed)
		encode_crashes(t, a->wire_crashes, b, crashes);
	struct accept_call call = {
		.key_sha256 = a->key_sha256,
		.key_id = b->key_id,
		.team_id = a->team_id,
		.environment_id = b->environment_id,
		.now_us = b->received_us,
		.bound = a->bound,
		.wire = buf_str(a->wire),
		.items = (uint32_t)b->nitems,
		.wire_crashes = buf_str(a->wire_crashes),
		.items_crashes = (uint32_t)crashes,
		.event_items = (uint32_t)(b->nitems - crashes),
		.has_crash = crashes > 0,
		.metered = withhold_metered(b),
		.quota_rank = withhold_rank(b),
		.idem_hash = str_of(hash),
		.body_hash = a->body_hash,
		.reply_head = a->head,
		.reply_tail = a->tail,
		.crashes_head = a->crashes_head,
		.crashes_tail = a->crashes_tail,
	};
	return accept_run(t, r, &call, out);
}
