/* guard: the parts without a store: where a sign-in leads, whose form it is. */
#include "web/guard.h"

#include "base/conf.h"
#include "model/account/session.h"
#include "t/unit/test.h"

#define SECRET STR("0123456789abcdef0123456789abcdef")

static const struct {
	const char *next, *want;
} next_row[] = {
	{ NULL, "/" },
	{ "", "/" },
	{ "/", "/" },
	{ "/t/acme/p/shop/prod", "/t/acme/p/shop/prod" },
	{ "/events?name=a%20b&from=-7d#rows", "/events?name=a%20b&from=-7d#rows" },
	{ "/a//b", "/a//b" },
	/* another site, in the ways browsers read one */
	{ "//evil.example/", "/" },
	{ "/\\evil.example/", "/" },
	{ "/\t/evil.example/", "/" },
	{ "https://evil.example/", "/" },
	{ "\\\\evil.example", "/" },
	{ "javascript:alert(1)", "/" },
	{ "events", "/" },
	{ " /events", "/" },
	/* a second header line */
	{ "/a\r\nSet-Cookie: x=1", "/" },
	{ "/a\nb", "/" },
	{ "/a\177", "/" },
};

static void
next_path(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(next_row); i++)
		assert_str(guard_next(str_of(next_row[i].next)), next_row[i].want);
	assert_str(guard_next((struct str){ "/a\0b", 4 }), "/");
}

static const struct {
	const char *what, *fetch_site, *origin;
	bool want;
} origin_row[] = {
	{ "no browser", NULL, NULL, true },
	{ "own page", "same-origin", NULL, true },
	{ "typed by the user", "none", NULL, true },
	{ "own origin", NULL, "https://a.example", true },
	{ "own origin, other case", NULL, "https://A.Example", true },
	{ "public origin", NULL, "https://stats.example", true },
	{ "another site", "cross-site", NULL, false },
	{ "a sister site", "same-site", NULL, false },
	{ "another site with our origin", "cross-site", "https://a.example", false },
	{ "unknown word", "same-origin ", NULL, false },
	{ "other origin", NULL, "https://evil.example", false },
	{ "other scheme", NULL, "http://a.example", false },
	{ "other port", NULL, "https://a.example:444", false },
	{ "longer name", NULL, "https://a.example.evil", false },
	{ "opaque origin", NULL, "null", false },
};

static void
origins(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(origin_row); i++)
		assert_row(guard_origin_ok(str_of(origin_row[i].fetch_site),
		               str_of(origin_row[i].origin), STR("https://a.example"),
		               STR("https://stats.example")) == origin_row[i].want,
		    origin_row[i].what);
}

static enum err
post(struct task *t, const struct web *w, const char *site, struct str token)
{
	struct pair header = { STR("sec-fetch-site"), str_of(site) };
	struct req req = { .method = M_POST, .scheme = STR("https"), .host = STR("a.example"),
		.headers = &header, .nheaders = 1,
		.content_type = STR("application/x-www-form-urlencoded"),
		.body = arena_printf(t->arena, "name=x&csrf=%.*s", STRF(token)) };
	task_clear(t);
	return guard_form(w, t, &req);
}

static void
forms(void **state)
{
	struct task *t = *state;
	struct web w = { 0 };
	struct conf *conf = NULL;
	test_env_clear();
	assert_int_equal(conf_open(t, "/dev/null", &conf), E_OK);
	w.conf = conf;
	w.who.user.csrf = SECRET;
	struct str token = session_csrf(t, SECRET);
	struct str again = session_csrf(t, SECRET);
	struct str other = session_csrf(t, STR("0123456789abcdef0123456789abcdeX"));
	assert_false(str_eq(token, again)); /* masked anew each time */
	assert_int_equal(post(t, &w, "same-origin", token), E_OK);
	assert_int_equal(post(t, &w, "same-origin", again), E_OK);
	assert_int_equal(post(t, &w, "cross-site", token), E_FORBIDDEN);
	assert_int_equal(post(t, &w, "same-origin", other), E_FORBIDDEN);
	assert_int_equal(post(t, &w, "same-origin", STR("")), E_FORBIDDEN);
	assert_int_equal(post(t, &w, "same-origin", str_slice(token, 0, token.n - 1)),
	    E_FORBIDDEN);
	w.who.user.csrf = (struct str){ NULL, 0 }; /* nobody signed in */
	assert_int_equal(post(t, &w, "same-origin", token), E_FORBIDDEN);
	conf_free(conf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(next_path), T(origins), T(forms) };
	return RUN(tests);
}
