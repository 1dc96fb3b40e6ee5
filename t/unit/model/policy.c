/* policy: rules as they are written; which key each decides; what is refused. */
#include "../test.h"

#include "model/governance/policy.h"

static enum err
compile(struct task *t, const char *text, struct policy *p)
{
	task_clear(t);
	t->nfields = 0;
	return policy_compile(t, t->arena, str_of(text), p);
}

static void
keys(void **state)
{
	static const struct {
		const char *rules, *key;
		unsigned scope;
		const char *action;
	} row[] = {
		{ "drop key password", "Pass-Word", SCOPE_USER, "drop" },
		{ "drop key password", "passwords", SCOPE_USER, "" },
		{ "mask key *email*", "billingEmailAddress", SCOPE_PROPERTIES, "mask" },
		{ "mask key *_id", "user-ID", SCOPE_PROPERTIES, "mask" },
		{ "mask key addr*", "address", SCOPE_PROPERTIES, "mask" },
		{ "mask key addr*", "xaddress", SCOPE_PROPERTIES, "" },
		{ "mask key a?c", "abc", SCOPE_PROPERTIES, "mask" },
		{ "mask key a?c", "ac", SCOPE_PROPERTIES, "" },
		{ "mask key *", "", SCOPE_PROPERTIES, "mask" },
		{ "hash key ref in user", "ref", SCOPE_USER, "hash" },
		{ "hash key ref in user", "ref", SCOPE_PROPERTIES, "" },
		{ "hash key ref in user, breadcrumbs", "ref", SCOPE_BREADCRUMBS, "hash" },
		{ "keep key support_email\ndrop key *email*", "support_email", SCOPE_USER, "keep" },
		{ "keep key support_email\ndrop key *email*", "email", SCOPE_USER, "drop" },
		{ "drop key *email*\nkeep key support_email", "support_email", SCOPE_USER, "drop" },
		{ "# nothing\n\n  drop-event   key  x  ", "x", SCOPE_NAME, "drop-event" },
		{ "mask value email", "email", SCOPE_USER, "" },
	};
	struct policy p;
	for (size_t i = 0; i < NELEM(row); i++) {
		assert_int_equal(compile(*state, row[i].rules, &p), E_OK);
		const struct policy_rule *r = policy_key(&p, row[i].scope, str_of(row[i].key));
		if (strcmp(r != NULL ? policy_action_name(r->action) : "", row[i].action) != 0)
			fail_msg("\"%s\" of \"%s\"", row[i].rules, row[i].key);
	}
}

static void
refused(void **state)
{
	static const char *const row[][2] = {
		{ "burn key x", "rules.1" }, { "drop", "rules.1" }, { "drop it x", "rules.1" },
		{ "drop key", "rules.1" }, { "drop key __", "rules.1" },
		{ "drop key x\nmask value mail", "rules.2" }, { "keep value email", "rules.1" },
		{ "drop key x of user", "rules.1" }, { "drop key x in", "rules.1" },
		{ "drop key x in user,", "rules.1" }, { "drop key x in users", "rules.1" },
		{ "mask pattern EMP", "rules.1" }, { "mask pattern //", "rules.1" },
		{ "mask pattern /a", "rules.1" }, { "mask pattern /(/", "rules.1" },
		{ "mask pattern /(?=x)/", "rules.1" }, { "mask pattern /(a)\\1/", "rules.1" },
		{ "mask pattern /(a{1000}){1000}/", "rules.1" }, { "mask pattern /a/ user", "rules.1" },
		{ "drop key x\x01", "rules.1" },
	};
	struct task *t = *state;
	struct policy p;
	for (size_t i = 0; i < NELEM(row); i++) {
		assert_row(compile(t, row[i][0], &p) == E_INVALID && t->nfields == 1, row[i][0]);
		assert_str(t->fields[0].path, row[i][1]);
	}
	char many[2000] = "";
	for (int i = 0; i < POLICY_RULES_MAX + 1; i++)
		memcpy(many + i * 11, "drop key x\n", 12);
	assert_int_equal(compile(t, many, &p), E_INVALID);
	assert_int_equal(compile(t, "", &p), E_OK);
	assert_int_equal(p.n, 0);
}

/* Expressions that make backtracking engines stand still. */
static void
patterns(void **state)
{
	static const char *const row[] = { "(a+)+$", "(a|aa)+$", "(a|a?)+$", "(.*a){12}", "^(([a-z])+.)+$" };
	struct task *t = *state;
	char why[PATTERN_WHY], text[2001];
	size_t from, to;
	memset(text, 'a', sizeof(text));
	text[2000] = '!';
	for (size_t i = 0; i < NELEM(row); i++) {
		struct pattern *p = pattern_new(t->arena, str_of(row[i]), why);
		assert_row(p != NULL, row[i]);
		alarm(5); /* an exponential one never ends */
		(void)pattern_has(p, (struct str){ text, sizeof(text) });
		(void)pattern_find(p, (struct str){ text, sizeof(text) }, 0, &from, &to);
		alarm(0);
	}
	struct pattern *p = pattern_new(t->arena, STR("b*"), why);
	assert_true(pattern_find(p, STR("aabbb"), 0, &from, &to));
	assert_int_equal(from, 2);
	assert_int_equal(to, 5);
	assert_false(pattern_find(p, STR("aa"), 0, &from, &to));
	p = pattern_new(t->arena, STR("EMP-[0-9]{6}"), why);
	assert_true(pattern_find(p, STR("x EMP-123456"), 1, &from, &to));
	assert_int_equal(from, 2);
	char longest[PATTERN_BYTES_MAX + 2];
	memset(longest, 'a', sizeof(longest));
	assert_null(pattern_new(t->arena, (struct str){ longest, PATTERN_BYTES_MAX + 1 }, why));
	assert_non_null(pattern_new(t->arena, (struct str){ longest, PATTERN_BYTES_MAX }, why));
	assert_null(pattern_new(t->arena, STR(""), why));
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(keys), T(refused), T(patterns) };
	return RUN(tests);
}
