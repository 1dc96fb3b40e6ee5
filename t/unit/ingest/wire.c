/* wire: what goes in comes out; what is damaged is refused. */
#include "../test.h"

#include "ingest/wire.h"

static struct batch
sample(struct task *t)
{
	struct batch b = {
		.environment_id = 7, .key_id = STR("key"), .received_us = 1700000000000000,
		.sent_us = -5, .request_id = STR("req"), .schema_version = STR("1.0"),
		.sdk = STR("flutter"), .sdk_version = STR("0.1.0"), .source = STR("ingest"),
		.historical = true, .ncontexts = 1, .nidentities = 2, .nitems = 4, .nrejects = 1,
		.duplicates = 3,
	};
	b.contexts = tarray(t, 1, struct context);
	b.contexts[0] = (struct context){ .bundle_id = STR("com.x"), .country = STR("AT") };
	b.identities = tarray(t, 2, struct identity);
	b.identities[1].user_id = STR("u");
	b.rejects = tarray(t, 1, struct reject_count);
	b.rejects[0] = (struct reject_count){ STR("missing_field"), 2 };
	b.items = tarray(t, 4, struct item);
	for (unsigned i = 0; i < 4; i++)
		b.items[i] = (struct item){
			.type = ITEM_EVENT, .index = i, .ts_us = -1 - (int64_t)i, .seq = -1,
			.event_id = { [15] = (uint8_t)i }, .namespace_ = STR("product"),
			.name = STR("tap"), .session_id = i < 3 ? STR("s1") : STR(""),
		};
	b.items[1].type = ITEM_CRASH;
	b.items[1].fatal = true;
	b.items[1].exception_message = STR("boom");
	b.items[1].breadcrumbs = STR("[1]");
	b.items[1].identity = 1;
	b.items[2].type = ITEM_TRACE;
	b.items[2].duration_ms = 842.5;
	b.items[2].trace_id = STR("tr");
	b.items[2].seq = 9;
	b.items[2].background = true;
	b.items[3].type = ITEM_ALIAS;
	b.items[3].alias_id = STR("other");
	b.items[3].original_id = STR("not-a-uuid");
	b.items[3].namespace_ = STR("billing");
	return b;
}

static void
round_trip(void **state)
{
	struct task *t = *state;
	struct batch b = sample(t), d;
	struct buf w = BUF_INIT, again = BUF_INIT;
	wire_encode(&w, &b);
	assert_int_equal(wire_decode(t, buf_str(&w), &d), E_OK);
	assert_int_equal(d.environment_id, 7);
	assert_int_equal(d.sent_us, -5);
	assert_true(d.historical);
	assert_int_equal(d.duplicates, 3);
	assert_str(d.rejects[0].code, "missing_field");
	assert_str(d.contexts[0].country, "AT");
	assert_str(d.identities[d.items[1].identity].user_id, "u");
	assert_str(d.items[2].session_id, "s1");
	assert_true(d.items[2].background && !d.items[1].background && !d.items[3].background);
	assert_str(d.items[3].session_id, "");
	assert_str(d.items[3].namespace_, "billing");
	assert_str(d.items[3].original_id, "not-a-uuid");
	assert_str(d.items[1].exception_message, "boom");
	assert_true(d.items[1].fatal && !d.items[0].fatal);
	assert_true(d.items[2].duration_ms == 842.5 && d.items[2].seq == 9);
	assert_int_equal(d.items[0].seq, -1);
	wire_encode(&again, &d);
	assert_int_equal(again.n, w.n);
	assert_memory_equal(again.p, w.p, w.n);
	assert_int_equal(w.p[2], 1);
	b.install = STR("i-1");
	buf_reset(&w);
	wire_encode(&w, &b);
	assert_int_equal(w.p[2], 3);
	assert_int_equal(wire_decode(t, buf_str(&w), &d), E_OK);
	assert_str(d.install, "i-1");
	assert_str(d.items[3].original_id, "not-a-uuid");
	buf_release(&w);
	buf_release(&again);
}

/* A head that no store takes is a fault of the data, not of the store. */
static void
head_not_text(void **state)
{
	static const struct str bad[] = { STR("\xff"), STR("a\0b"), STR("\xed\xa0\x80") };
	struct task *t = *state;
	struct batch b = sample(t), d;
	struct buf w = BUF_INIT;
	for (size_t i = 0; i < NELEM(bad); i++) {
		b.sdk = bad[i];
		buf_reset(&w);
		wire_encode(&w, &b);
		assert_int_equal(wire_decode(t, buf_str(&w), &d), E_DATA);
		task_clear(t);
	}
	buf_release(&w);
}

static void
one_item(void **state)
{
	struct task *t = *state;
	struct batch b = sample(t), d;
	struct buf w = BUF_INIT;
	wire_encode_item(&w, &b, 1);
	assert_int_equal(wire_decode(t, buf_str(&w), &d), E_OK);
	assert_int_equal(d.nitems, 1);
	assert_int_equal(d.items[0].index, 1);
	assert_str(d.items[0].session_id, "s1");
	assert_str(d.identities[d.items[0].identity].user_id, "u");
	buf_release(&w);
}

static void
empty(void **state)
{
	struct task *t = *state;
	struct batch b = { .source = STR("ingest") }, d;
	struct buf w = BUF_INIT;
	wire_encode(&w, &b);
	assert_int_equal(wire_decode(t, buf_str(&w), &d), E_OK);
	assert_int_equal(d.nitems, 0);
	buf_release(&w);
}

/* Every prefix is refused; no single changed byte may break the reader. */
static void
damage(void **state)
{
	struct task *t = *state;
	struct batch b = sample(t), d;
	struct buf w = BUF_INIT;
	wire_encode(&w, &b);
	for (size_t n = 0; n < w.n; n++) {
		task_clear(t);
		char *cut = malloc(n + 1); /* exact size: a sanitizer sees the end */
		memcpy(cut, w.p, n);
		assert_int_equal(wire_decode(t, (struct str){ cut, n }, &d), E_DATA);
		free(cut);
	}
	for (size_t i = 0; i < w.n; i++) {
		for (int v = 0; v < 256; v += 51) {
			char kept = w.p[i];
			w.p[i] = (char)v;
			task_clear(t);
			enum err e = wire_decode(t, buf_str(&w), &d);
			assert_true(e == E_OK || e == E_DATA);
			w.p[i] = kept;
		}
	}
	task_clear(t);
	buf_putc(&w, 'x');
	assert_int_equal(wire_decode(t, buf_str(&w), &d), E_DATA);
	w.p[2] = WIRE_VERSION + 1;
	task_clear(t);
	assert_int_equal(wire_decode(t, buf_str(&w), &d), E_DATA);
	buf_release(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(round_trip), T(head_not_text), T(one_item), T(empty),
		                            T(damage) };
	return RUN(tests);
}
