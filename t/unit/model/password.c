#include "model/account/password.h"

#include "base/str.h"
#include "model/account/user.h"
#include "t/unit/test.h"

static const char *const common[] = {
#include "model/account/password_common.def"
};

static void
the_list_is_sorted(void **state)
{
	(void)state;
	assert_true(NELEM(common) >= 3000);
	for (size_t i = 1; i < NELEM(common); i++)
		assert_row(strcmp(common[i - 1], common[i]) < 0, common[i]);
}

/* Each listed word is found, and found again when it is dressed up. */
static void
listed(void **state)
{
	struct task *t = *state;
	for (size_t i = 0; i < NELEM(common); i++) {
		assert_row(password_is_common(t, str_of(common[i])), common[i]);
		struct str twice = arena_printf(t->arena, "%s%s", common[i], common[i]);
		assert_row(password_is_common(t, twice), common[i]);
	}
}

static void
rules(void **state)
{
	static const struct {
		const char *password;
		bool ok;
	} rows[] = {
		{ "password12", false }, { "PassWord123", false }, { "!!dragon2024", false },
		{ "password1234567890", false }, { "1234567890", false }, { "0987654321", false },
		{ "abcdefghijkl", false }, { "aaaaaaaaaaaaaa", false }, { "abcabcabcabc", false },
		{ "letmeinletmein", false }, { "qwertyuiop", false }, { "monkey1monkey1", false },
		{ "correct horse battery", true }, { "another password", true },
		{ "wie ein Fisch im Wasser", true }, { "7k#pVz!2qLm", true },
		{ "dragon and a teapot", true }, { "3141592653589", true },
		{ "\xc3\xa4\xc3\xb6\xc3\xbc \xe6\xb3\xa2", true },
	};
	struct task *t = *state;
	for (size_t i = 0; i < NELEM(rows); i++) {
		task_clear(t);
		enum err e = password_check(t, str_of(rows[i].password), STR("ann@example.org"));
		assert_row(e == (rows[i].ok ? E_OK : E_INVALID), rows[i].password);
	}
}

static void
lengths(void **state)
{
	struct task *t = *state;
	char text[USER_PASSWORD_MAX + 1];
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)('!' + i * 7 % 90);
	assert_int_equal(password_check(t, (struct str){ text, USER_PASSWORD_MIN }, STR_NULL), E_OK);
	assert_int_equal(password_check(t, (struct str){ text, USER_PASSWORD_MAX }, STR_NULL), E_OK);
	assert_int_equal(password_check(t, (struct str){ text, USER_PASSWORD_MIN - 1 }, STR_NULL),
	                 E_INVALID);
	assert_str(t->fields[0].path, "password");
	task_reset(t);
	assert_int_equal(password_check(t, (struct str){ text, USER_PASSWORD_MAX + 1 }, STR_NULL),
	                 E_INVALID);
}

static void
mail_address(void **state)
{
	struct task *t = *state;
	struct str email = STR(" Somebody.Long@Example.org ");
	assert_int_equal(password_check(t, STR("somebody.long@example.ORG"), email), E_INVALID);
	task_clear(t);
	assert_int_equal(password_check(t, STR("Somebody.Long"), email), E_INVALID);
	task_clear(t);
	assert_int_equal(password_check(t, STR("Somebody.Longer"), email), E_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(the_list_is_sorted), T(listed), T(rules), T(lengths),
		T(mail_address) };
	return RUN(tests);
}
