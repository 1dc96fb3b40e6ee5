/* keyname: what a key's name says, whatever its case and separators. */
#include "model/governance/keyname.h"

#include "base/str.h"
#include "t/unit/test.h"

static void
personal(void **state)
{
	static const char *const rows[][2] = {
		{ "user_E-Mail", "an e-mail address" }, { "FirstName", "a name" },
		{ "billing.street", "a postal address" }, { "zip", "a postal address" },
		{ "gzip", NULL }, { "lat", "a place" }, { "translate", NULL }, { "screen", NULL },
		{ "", NULL }, { "---", NULL },
	};
	(void)state;
	for (size_t i = 0; i < NELEM(rows); i++) {
		const char *got = keyname_personal(str_of(rows[i][0]));
		const char *want = rows[i][1];
		assert_row(want == NULL ? got == NULL : got != NULL && strcmp(got, want) == 0,
		           rows[i][0]);
	}
}

static void
secret(void **state)
{
	(void)state;
	assert_true(keyname_is_secret(STR("access_token")));
	assert_true(keyname_is_secret(STR("X-Amz-Signature")));
	assert_true(keyname_is_secret(STR("PWD")));
	assert_false(keyname_is_secret(STR("tokens"))); /* the whole name */
	assert_false(keyname_is_secret(STR("page")));
	assert_false(keyname_is_secret(STR("")));
}

/* Only so many letters are looked at: the word behind them is not met. */
static void
length(void **state)
{
	char name[KEYNAME_MAX + 6];
	(void)state;
	memset(name, '.', sizeof(name)); /* no letters: the word is */
	memcpy(name + KEYNAME_MAX, "email", 5);
	assert_non_null(keyname_personal((struct str){ name, KEYNAME_MAX + 5 }));
	memset(name, 'x', KEYNAME_MAX);
	assert_null(keyname_personal((struct str){ name, KEYNAME_MAX + 5 }));
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(personal), T(secret), T(length) };
	return RUN(tests);
}
