#include "model/account/session.h"
#include "model/account/token.h"
#include "t/unit/test.h"

static void
mail_addresses(void **state)
{
	static const struct {
		const char *email, *key; /* key NULL = refused */
	} rows[] = {
		{ " Ann@Example.ORG ", "ann@example.org" }, { "a@b", "a@b" }, { "@b", NULL },
		{ "a@", NULL }, { "ab", NULL }, { "a@b@c", NULL }, { "a b@c", NULL }, { "", NULL },
		{ "a\nb@c", NULL }, { "\xff@c", NULL },
	};
	struct task *t = *state;
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct str key;
		bool ok = user_email_key(t, str_of(rows[i].email), &key);
		assert_row(ok == (rows[i].key != NULL), rows[i].email);
		if (ok)
			assert_str(key, rows[i].key);
	}
}

static void
scopes(void **state)
{
	struct task *t = *state;
	unsigned set;
	assert_int_equal(scope_parse(t, STR("metrics:read, events:read"), ',', &set), E_OK);
	assert_int_equal(set, SCOPE_METRICS_READ | SCOPE_EVENTS_READ);
	assert_str(scope_format(t, set, ' '), "events:read metrics:read");
	assert_true(scope_allows(set, STR("events:read")));
	assert_false(scope_allows(set, STR("events:write")));
	assert_true(scope_allows(SCOPE_ADMIN, STR("persons:erase")));
	assert_false(scope_allows(SCOPE_ADMIN, STR("no:such")));
	assert_int_equal(scope_parse(t, STR("events:reed"), ',', &set), E_BAD_PARAM);
	task_clear(t);
	assert_int_equal(scope_parse(t, STR(""), ',', &set), E_BAD_PARAM);
	task_clear(t);
	assert_int_equal(scope_format(t, ~0u, ',').n > 100, 1);
}

/* Whatever a token says, it gives what the role has today. */
static void
scopes_of_roles(void **state)
{
	(void)state;
	unsigned some = SCOPE_EVENTS_READ | SCOPE_PROJECTS_WRITE;
	assert_int_equal(scope_within(some, ROLE_OWNER), some);
	assert_int_equal(scope_within(some, ROLE_VIEWER), SCOPE_EVENTS_READ);
	assert_int_equal(scope_within(some, ROLE_NONE), 0);
	assert_true(scope_within(SCOPE_ADMIN, ROLE_ADMIN) & SCOPE_PERSONS_ERASE);
	assert_false(scope_within(SCOPE_ADMIN, ROLE_ANALYST) &
	    (SCOPE_ADMIN | SCOPE_PROJECTS_WRITE | SCOPE_PERSONS_ERASE));
	for (size_t i = 0; i < nscopes; i++) {
		assert_int_equal(scope_find(str_of(scope_table[i].name)), scope_table[i].bit);
		assert_int_equal((scope_within(scope_table[i].bit, ROLE_VIEWER) &
		    scope_table[i].bit) != 0,
		    perm_has(ROLE_VIEWER, scope_table[i].perm));
	}
}

static void
form_tokens(void **state)
{
	struct task *t = *state;
	struct str secret = STR("0123456789abcdef0123456789abcdef");
	struct str other = STR("0123456789abcdef0123456789abcdeX");
	struct str token = session_csrf(t, secret);
	assert_true(session_csrf_check(secret, token));
	assert_false(session_csrf_check(other, token));
	assert_false(session_csrf_check(secret, str_slice(token, 1, token.n)));
	assert_false(session_csrf_check(STR("short"), token));
	/* every changed byte is seen */
	char *p = arena_cstr(t->arena, token);
	for (size_t i = 0; i + 1 < token.n; i++) {
		char was = p[i];
		p[i] = was == 'A' ? 'B' : 'A';
		assert_false(session_csrf_check(secret, (struct str){ p, token.n }));
		p[i] = was;
	}
	p[5] = '*';
	assert_false(session_csrf_check(secret, (struct str){ p, token.n }));
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(mail_addresses), T(scopes), T(scopes_of_roles), T(form_tokens) };
	return RUN(tests);
}
