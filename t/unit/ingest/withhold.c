/* withhold: what a quota or a stopped SDK takes out of a batch. */
#include "ingest/withhold.h"
#include "t/unit/test.h"

struct made {
	struct batch b;
	struct item item[8];
	struct verdict v;
};

static void
make(struct made *m, const enum item_type *type, size_t n)
{
	*m = (struct made){ 0 };
	for (size_t i = 0; i < n; i++) {
		m->item[i].type = type[i];
		m->item[i].index = (uint32_t)i;
		m->item[i].event_id[15] = (uint8_t)i;
	}
	m->b.items = m->item;
	m->b.nitems = n;
	m->v.sent = m->v.accepted = n;
}

static const enum item_type MIXED[] = { ITEM_EVENT, ITEM_CRASH, ITEM_TRACE, ITEM_IDENTIFY,
	ITEM_CLIENT_REPORT, ITEM_CRASH };

static void
ranks(void **state)
{
	struct made m;
	(void)state;
	make(&m, MIXED, 6);
	assert_int_equal(withhold_rank(&m.b), QUOTA_ALL);
	assert_int_equal(withhold_metered(&m.b), 4);
	make(&m, MIXED + 4, 2);
	assert_int_equal(withhold_rank(&m.b), QUOTA_CRASHES);
	make(&m, MIXED + 4, 1);
	assert_int_equal(withhold_rank(&m.b), QUOTA_NOTHING);
	make(&m, MIXED + 3, 1);
	assert_int_equal(withhold_rank(&m.b), QUOTA_ALL);
	assert_int_equal(withhold_metered(&m.b), 0);
	make(&m, MIXED, 0);
	assert_int_equal(withhold_rank(&m.b), QUOTA_NOTHING);
}

static void
taken_out(void **state)
{
	struct task *t = *state;
	struct made m;
	make(&m, MIXED, 6);
	withhold(t, &m.b, &m.v, QUOTA_CRASHES, WITHHOLD_QUOTA);
	assert_int_equal(m.b.nitems, 3);
	assert_int_equal(m.v.accepted, 3);
	assert_int_equal(m.v.rejected, 3);
	assert_int_equal(m.v.nresults, 3);
	assert_int_equal(m.v.results[2].index, 3);
	assert_string_equal(m.v.results[0].result, "drop");
	assert_string_equal(m.v.results[0].code, "quota_exceeded");
	assert_str(m.v.results[1].event_id, "00000000-0000-0000-0000-000000000002");
	/* once more, to the end: one count for the ledger */
	withhold(t, &m.b, &m.v, QUOTA_NOTHING, WITHHOLD_QUOTA);
	assert_int_equal(m.b.nitems, 1);
	assert_int_equal(m.b.items[0].type, ITEM_CLIENT_REPORT);
	assert_int_equal(m.b.nrejects, 1);
	assert_int_equal(m.b.rejects[0].count, 5);
	assert_int_equal(withhold_rank(&m.b), QUOTA_NOTHING);
	/* nothing to take: nothing is told */
	withhold(t, &m.b, &m.v, QUOTA_NOTHING, WITHHOLD_SDK);
	assert_int_equal(m.b.nrejects, 1);
	assert_true(withhold_is_code(m.b.rejects[0].code));
	assert_false(withhold_is_code(STR("invalid_name")));
}

static void
sdks(void **state)
{
	(void)state;
	assert_true(withhold_sdk(STR("a\nflutter"), STR("Flutter")));
	assert_true(withhold_sdk(STR("*"), STR("")));
	assert_false(withhold_sdk(STR(""), STR("flutter")));
	assert_false(withhold_sdk(STR("\n\n"), STR("")));
	assert_false(withhold_sdk(STR("flutter-web"), STR("flutter")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(ranks), T(taken_out), T(sdks) };
	return RUN(tests);
}
