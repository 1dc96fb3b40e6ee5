/* geo: the region of a locale; no database is no fault, a bad one is. */
#include "../test.h"

#include "ingest/geo.h"

static void
locales(void **state)
{
	static const char *const row[][2] = {
		{ "de-AT", "AT" },      { "pt_BR", "BR" },  { "zh-Hans-CN", "CN" },
		{ "en_US.UTF-8", "US" }, { "en", "" },      { "", "" },
		{ "es-419", "" },       { "de-at", "AT" },  { "sr_RS@latin", "RS" },
		{ "en-", "" },          { "C.UTF-8", "" },
	};
	for (size_t i = 0; i < NELEM(row); i++)
		assert_str(geo_of_locale(*state, str_of(row[i][0])), row[i][1]);
}

static void
database(void **state)
{
	struct task *t = *state;
	struct geo *g = NULL;
	assert_int_equal(geo_open(t, &g, ""), E_OK);
	assert_null(g);
	assert_str(geo_country(t, g, STR("192.0.2.1")), "");
	assert_int_equal(geo_open(t, &g, "/nonexistent.mmdb"), E_CONFIG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(locales), T(database) };
	return RUN(tests);
}
