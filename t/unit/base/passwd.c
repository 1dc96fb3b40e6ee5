#include "base/passwd.h"

#include "t/unit/test.h"

static void
hash_and_verify(void **state)
{
	struct task *t = *state;
	char hash[PASSWD_TEXT], again[PASSWD_TEXT];
	assert_int_equal(passwd_hash(t, STR("correct horse"), hash), E_OK);
	assert_int_equal(passwd_hash(t, STR("correct horse"), again), E_OK);
	assert_string_not_equal(hash, again); /* salt */
	assert_true(str_starts(str_of(hash), STR("$argon2id$v=19$m=47104,t=1,p=1$")));
	assert_true(passwd_verify(STR("correct horse"), str_of(hash)));
	assert_false(passwd_verify(STR("correct horsf"), str_of(hash)));
	assert_false(passwd_verify(STR("correct horse\0"), str_of(hash)));
	assert_false(passwd_verify(STR(""), str_of(hash)));
	assert_false(passwd_needs_rehash(str_of(hash)));
	passwd_dummy(STR("whatever"));
}

static void
odd_hashes(void **state)
{
	static const char *const row[] = {
		"", "x", "$argon2id$", "$2b$12$abcdefghijklmnopqrstuv",
		"$argon2i$v=19$m=47104,t=1,p=1$c29tZXNhbHQ$RdescudvJCsgt3ub+b9dWRWJTmaaJObG",
	};
	struct task *t = *state;
	static char big[PASSWD_BYTES_MAX + 1];
	char hash[PASSWD_TEXT];
	for (size_t i = 0; i < NELEM(row); i++) {
		assert_row(!passwd_verify(STR("password"), str_of(row[i])), row[i]);
		assert_row(passwd_needs_rehash(str_of(row[i])), row[i]);
	}
	assert_true(passwd_needs_rehash(STR("$argon2id$v=19$m=19456,t=2,p=1$a$b")));
	assert_false(passwd_needs_rehash(STR("$argon2id$v=19$m=65536,t=2,p=1$a$b")));
	memset(big, 'x', sizeof(big));
	assert_int_equal(passwd_hash(t, (struct str){ big, sizeof(big) }, hash), E_INVALID);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(hash_and_verify), T(odd_hashes) };
	return RUN(tests);
}
