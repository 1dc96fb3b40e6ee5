/* memo: facts are kept, bounded, and those asked for outlive the others. */
#include "../test.h"

#include "base/str.h"
#include "ingest/memo.h"

#define CAP 100

static struct str
key(char text[32], int i)
{
	int n = snprintf(text, 32, "fact %d", i);

	return (struct str){ text, (size_t)n };
}

static void
facts_are_kept(void **state UNUSED)
{
	struct memo *m = memo_new(CAP);
	char text[32];
	int64_t v = 0;

	assert_false(memo_find(m, STR("none"), &v));
	memo_put(m, STR(""), -5);
	memo_put(m, key(text, 1), INT64_MAX);
	memset(text, 'x', sizeof(text)); /* the key was copied */
	assert_true(memo_find(m, STR(""), &v));
	assert_int_equal(v, -5);
	assert_true(memo_find(m, STR("fact 1"), &v));
	assert_true(v == INT64_MAX);
	memo_put(m, STR("fact 1"), 2);
	assert_true(memo_find(m, STR("fact 1"), &v));
	assert_int_equal(v, 2);
	memo_clear(m);
	assert_false(memo_find(m, STR("fact 1"), &v));
	memo_free(m);
	memo_free(NULL);
}

/* Between CAP and twice as many, whatever comes. */
static void
it_is_bounded(void **state UNUSED)
{
	struct memo *m = memo_new(CAP);
	char text[32];
	int64_t v;
	int held = 0;

	for (int i = 0; i < 50 * CAP; i++)
		memo_put(m, key(text, i), i);
	/* a look that finds nothing changes nothing; one that does may age others */
	for (int i = 0; i < 48 * CAP; i++)
		assert_false(memo_find(m, key(text, i), &v));
	for (int i = 50 * CAP - 1; i >= 48 * CAP; i--) {
		if (!memo_find(m, key(text, i), &v))
			break;
		assert_int_equal(v, i);
		held++;
	}
	assert_in_range(held, CAP, 2 * CAP);
	memo_free(m);
}

static void
what_is_asked_for_stays(void **state UNUSED)
{
	struct memo *m = memo_new(CAP);
	char text[32];
	int64_t v;

	memo_put(m, STR("asked"), 7);
	memo_put(m, STR("not asked"), 8);
	for (int i = 0; i < 50 * CAP; i++) {
		memo_put(m, key(text, i), i);
		if (i % (CAP / 2) == 0) {
			assert_true(memo_find(m, STR("asked"), &v));
			assert_int_equal(v, 7);
		}
	}
	assert_false(memo_find(m, STR("not asked"), &v));
	memo_free(m);
}

/* A newer value wins over one of the older generation. */
static void
the_newer_value_wins(void **state UNUSED)
{
	struct memo *m = memo_new(CAP);
	char text[32];
	int64_t v = 0;

	memo_put(m, STR("k"), 1);
	for (int i = 0; i < CAP; i++)
		memo_put(m, key(text, i), i);
	memo_put(m, STR("k"), 2);
	assert_true(memo_find(m, STR("k"), &v));
	assert_int_equal(v, 2);
	memo_free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(facts_are_kept), T(it_is_bounded),
		T(what_is_asked_for_stays), T(the_newer_value_wins) };

	return RUN(tests);
}
