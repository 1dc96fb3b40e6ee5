/* release: the order of versions as people write them. */
#include "model/project/release.h"

#include "t/unit/test.h"

/* Each row is later than the one above it. */
static void
order(void **state)
{
	static const struct {
		const char *version, *build;
	} row[] = {
		{ "0.9", "" },
		{ "0.10.0-alpha", "" },
		{ "0.10.0-alpha.1", "" },
		{ "0.10.0-alpha.beta", "" },
		{ "0.10.0-beta", "" },
		{ "0.10.0-beta.2", "" },
		{ "0.10.0-beta.11", "" },
		{ "0.10.0-rc.1", "" },
		{ "0.10.0", "" },
		{ "v1.0", "9" },
		{ "1.0.0", "10" },
		{ "shop@1.0.0", "11" },
		{ "1.0+12", "" },
		{ "1.0.0.1", "1" },
		{ "1.0.1", "1" },
		{ "2.9.9", "" },
		{ "2.10.0", "7" },
		{ "10.18.7", "" },
		{ "10.24.0", "" },
		{ "2024.06.01", "" },
		{ "2024.11.21", "" },
	};
	for (size_t i = 0; i < NELEM(row); i++) {
		struct str a = release_key(*state, str_of(row[i].version), str_of(row[i].build));
		for (size_t k = 0; k < NELEM(row); k++) {
			struct str b = release_key(*state, str_of(row[k].version),
			                           str_of(row[k].build));
			assert_row((str_cmp(a, b) > 0) == (i > k), row[i].version);
		}
	}
}

static void
same(void **state)
{
	static const char *const row[][2] = { { "2.4", "2.4.0" }, { "v2.4.0", "2.4" },
		{ "app@2.4.0", "2.4.0.0" }, { "02.04", "2.4" } };
	for (size_t i = 0; i < NELEM(row); i++) {
		struct str a = release_key(*state, str_of(row[i][0]), STR("5"));
		struct str b = release_key(*state, str_of(row[i][1]), STR("5"));
		assert_row(str_eq(a, b), row[i][0]);
	}
}

static void
unordered(void **state)
{
	static const char *const row[] = { "", " ", "nightly", "a3f9c1d", "v", "-1", "@" };
	for (size_t i = 0; i < NELEM(row); i++)
		assert_row(release_key(*state, str_of(row[i]), STR("1")).p == NULL, row[i]);
}

static void
bounded(void **state)
{
	char big[4000];
	memset(big, '9', sizeof(big));
	struct str s = { big, sizeof(big) };
	assert_true(release_key(*state, s, s).n <= 200);
	memset(big + 1, '.', sizeof(big) - 1);
	assert_true(release_key(*state, s, s).n <= 200);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(order), T(same), T(unordered), T(bounded),
	};
	return RUN(tests);
}
