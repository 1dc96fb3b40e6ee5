#include "model/team/perm.h"
#include "model/team/slug.h"
#include "t/unit/test.h"

static bool
is_slug(struct str s)
{
	if (s.n == 0 || s.n > SLUG_MAX || s.p[0] == '-' || s.p[s.n - 1] == '-')
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
		if (!word && (c != '-' || s.p[i - 1] == '-'))
			return false;
	}
	return true;
}

static void
slugs(void **state)
{
	static const struct {
		const char *name, *slug;
	} rows[] = {
		{ "Acme Inc.", "acme-inc" }, { "  --A  b--", "a-b" }, { "\xc3\x84pfel & Co", "pfel-co" },
		{ "\xe6\x97\xa5\xe6\x9c\xac", "team" }, { "", "team" }, { "a/../b", "a-b" },
		{ "0123456789012345678901234567890123456789XX",
		  "0123456789012345678901234567890123456789" },
		{ "012345678901234567890123456789012345678 X",
		  "012345678901234567890123456789012345678" },
	};
	struct task *t = *state;
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct str s = slug_make(t, str_of(rows[i].name), "team");
		assert_str(s, rows[i].slug);
		assert_row(is_slug(s), rows[i].name);
	}
	assert_str(slug_number(t, STR("a"), 1), "a");
	assert_str(slug_number(t, STR("a"), 12), "a-12");
	struct str longest = slug_number(t, STR("0123456789012345678901234567890123456-89"), 2);
	assert_true(longest.n <= SLUG_MAX && is_slug(longest));
	assert_false(is_slug(STR("a--b")));
	assert_false(is_slug(STR("-a")));
	assert_false(is_slug(STR("A")));
	assert_false(is_slug(STR("")));
}

static void
permissions(void **state)
{
	static const struct {
		enum perm perm;
		const char *who; /* viewer analyst admin owner, "x" = may */
	} rows[] = {
		{ PERM_READ, "xxxx" }, { PERM_EXPORT, ".xxx" }, { PERM_SAVE, ".xxx" },
		{ PERM_TRACKING_EDIT, ".xxx" },
		{ PERM_CRASH_EDIT, ".xxx" }, { PERM_KEY_SHOW, ".xxx" }, { PERM_KEY_EDIT, "..xx" }, { PERM_PROJECT_EDIT, "..xx" },
		{ PERM_PERSON_ERASE, "..xx" }, { PERM_TOKEN_EDIT, "xxxx" },
		{ PERM_INVITE, "..xx" }, { PERM_MEMBER_EDIT, "..xx" }, { PERM_CLIENT_EDIT, "..xx" },
		{ PERM_AUDIT_READ, "..xx" }, { PERM_OWNER_EDIT, "...x" }, { PERM_TEAM_EDIT, "...x" },
		{ PERM_TEAM_DELETE, "...x" },
	};
	bool seen[PERM_COUNT] = { false };
	(void)state;
	assert_int_equal(NELEM(rows), PERM_COUNT);
	for (size_t i = 0; i < NELEM(rows); i++) {
		assert_false(seen[rows[i].perm]); /* each once */
		seen[rows[i].perm] = true;
		assert_true(strlen(perm_text(rows[i].perm)) > 10);
		assert_false(perm_has(ROLE_NONE, rows[i].perm));
		for (int r = ROLE_VIEWER; r <= ROLE_OWNER; r++)
			assert_int_equal(perm_has((enum role)r, rows[i].perm),
			                 rows[i].who[r - ROLE_VIEWER] == 'x');
	}
	for (int r = ROLE_VIEWER; r <= ROLE_OWNER; r++)
		assert_int_equal(role_find(str_of(role_name((enum role)r))), r);
	assert_int_equal(role_find(STR("")), ROLE_NONE);
	assert_int_equal(role_find(STR("root")), ROLE_NONE);
}

/* Which change a role may make to somebody else's: spelled out, actor by
 * actor; lines: the role now (none viewer analyst admin owner), columns: the
 * role to be. */
static void
changes(void **state)
{
	static const char *const may[ROLE_COUNT][ROLE_COUNT] = {
		[ROLE_NONE] = { ".....", ".....", ".....", ".....", "....." },
		[ROLE_VIEWER] = { ".....", ".....", ".....", ".....", "....." },
		[ROLE_ANALYST] = { ".....", ".....", ".....", ".....", "....." },
		[ROLE_ADMIN] = { "xxxx.", "xxxx.", "xxxx.", "xxxx.", "....." },
		[ROLE_OWNER] = { "xxxxx", "xxxxx", "xxxxx", "xxxxx", "xxxxx" },
	};
	(void)state;
	for (int actor = ROLE_NONE; actor < ROLE_COUNT; actor++)
		for (int from = ROLE_NONE; from < ROLE_COUNT; from++)
			for (int to = ROLE_NONE; to < ROLE_COUNT; to++)
				assert_int_equal(role_may_change((enum role)actor, (enum role)from,
				        (enum role)to), may[actor][from][to] == 'x');
	assert_true(role_may_be_limited(ROLE_VIEWER) && role_may_be_limited(ROLE_ANALYST));
	assert_false(role_may_be_limited(ROLE_ADMIN) || role_may_be_limited(ROLE_OWNER));
	assert_false(role_may_be_limited(ROLE_NONE));
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(slugs), T(permissions), T(changes) };
	return RUN(tests);
}
