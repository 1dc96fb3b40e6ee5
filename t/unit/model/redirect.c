#include "model/oauth/client.h"
#include "model/oauth/redirect.h"
#include "t/unit/test.h"

static const struct {
	const char *registered, *asked;
	bool same;
} match[] = {
	{ "https://a.example/cb", "https://a.example/cb", true },
	{ "https://a.example/cb", "https://a.example/cb/", false },
	{ "https://a.example/cb", "https://a.example/cb?x=1", false },
	{ "https://a.example/cb", "https://A.example/cb", false },
	{ "https://a.example/cb", "https://a.example:443/cb", false },
	{ "https://a.example/cb", "https://a.example/c%62", false },
	{ "https://a.example/cb", "https://a.example/x/../cb", false },
	{ "https://a.example/cb", "https://a.example@evil.example/cb", false },
	{ "https://a.example/cb", "http://a.example/cb", false },
	{ "https://a.example/cb", "", false },
	{ "http://127.0.0.1/cb", "http://127.0.0.1:8080/cb", true },
	{ "http://127.0.0.1:1/cb", "http://127.0.0.1:65535/cb", true },
	{ "http://127.0.0.1:1/cb", "http://127.0.0.1/cb", true },
	{ "http://[::1]/cb", "http://[::1]:9/cb", true },
	{ "http://127.0.0.1/cb", "http://[::1]:9/cb", false },
	{ "http://127.0.0.1/cb", "http://127.0.0.1:65536/cb", false },
	{ "http://127.0.0.1/cb", "http://127.0.0.1:0/cb", false },
	{ "http://127.0.0.1/cb", "http://127.0.0.1:/cb", false },
	{ "http://127.0.0.1/cb", "http://127.0.0.1:80x/cb", false },
	{ "http://127.0.0.1/cb", "http://127.0.0.1:80@evil.example/cb", false },
	{ "http://127.0.0.1/cb", "http://127.0.0.1.evil.example/cb", false },
	{ "http://127.0.0.1/cb", "http://127.0.0.1:8080/cb?x", false },
	{ "http://127.0.0.1/cb", "http://127.0.0.1:8080/cb#x", false },
	{ "http://127.0.0.1/cb", "https://127.0.0.1:8080/cb", false },
	{ "http://127.0.0.1", "http://127.0.0.1:8080", true },
	{ "http://localhost/cb", "http://localhost:8080/cb", false },
	{ "com.example.app:/done", "com.example.app:/done", true },
	{ "com.example.app:/done", "com.example.app:/done/x", false },
};

static void
matches(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(match); i++)
		assert_row(redirect_matches(str_of(match[i].registered), str_of(match[i].asked)) ==
		                   match[i].same,
		           match[i].asked);
}

static const struct {
	const char *uri;
	bool good;
} may[] = {
	{ "https://a.example/cb?x=1&y=%20", true }, { "https://a.example", true },
	{ "https://a.example:8443/", true }, { "http://127.0.0.1/cb", true },
	{ "http://[::1]:80/", true }, { "http://localhost:3000/cb", true },
	{ "com.example.app:/done", true }, { "com.example.app://host/done", true },
	{ "", false }, { "https://", false }, { "https:///x", false },
	{ "https://a b/", false }, { "https://a.example/#x", false },
	{ "https://user@a.example/", false }, { "https://a.example:0/", false },
	{ "https://a.example:99999/", false }, { "https://a.example\\@evil/", false },
	{ "https://a.example/\r\nX: y", false }, { "https://\xc3\xa4.example/", false },
	{ "https://a.example/\"", false }, { "http://a.example/", false },
	{ "http://localhost.evil.example/", false }, { "http://localhostx/", false },
	{ "javascript:alert(1)", false }, { "data:text/html,x", false },
	{ "app:/done", false }, { "com.example.app:done", false }, { "//a.example/", false },
	{ "/cb", false }, { "https://*.example/", false }, { "file:///etc/passwd", false },
};

static void
faults(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(may); i++)
		assert_row((redirect_fault(str_of(may[i].uri)) == NULL) == may[i].good, may[i].uri);
	char *big = calloc(1, REDIRECT_MAX + 2);
	memset(big, 'a', REDIRECT_MAX + 1);
	memcpy(big, "https://", 8);
	assert_non_null(redirect_fault(str_of(big)));
	big[REDIRECT_MAX] = '\0';
	assert_null(redirect_fault(str_of(big)));
	free(big);
}

/* An address left out is the only one there is, and never a guess. */
static void
left_out(void **state)
{
	struct str list[] = { STR("https://a.example/1"), STR("https://a.example/2") };
	struct client c = { .redirects = { list, 1 } };
	struct str uri = STR("");
	(void)state;
	assert_true(client_redirect(&c, STR(""), &uri));
	assert_str(uri, "https://a.example/1");
	c.redirects.n = 2;
	assert_false(client_redirect(&c, STR(""), &uri));
	assert_true(client_redirect(&c, list[1], &uri));
	assert_str(uri, "https://a.example/2");
	assert_false(client_redirect(&c, STR("https://a.example/3"), &uri));
	c.redirects.n = 0;
	assert_false(client_redirect(&c, STR(""), &uri));
}

static void
client_rules(void **state)
{
	struct task *t = *state;
	struct str uri = STR("https://a.example/");
	static const struct {
		const char *name;
		unsigned grants, scopes;
		bool public_, with_uri;
		enum err want;
	} rows[] = {
		{ "App", CLIENT_CODE, SCOPE_EVENTS_READ, false, true, E_OK },
		{ "App", CLIENT_CODE, SCOPE_EVENTS_READ, true, true, E_OK },
		{ "App", CLIENT_CREDENTIALS, SCOPE_EVENTS_READ, false, false, E_OK },
		{ "App", CLIENT_CREDENTIALS, SCOPE_EVENTS_READ, true, false, E_INVALID },
		{ "App", CLIENT_CODE, SCOPE_EVENTS_READ, false, false, E_INVALID },
		{ "App", CLIENT_CODE, 0, false, true, E_INVALID },
		{ "App", 0, SCOPE_EVENTS_READ, false, true, E_INVALID },
		{ " ", CLIENT_CODE, SCOPE_EVENTS_READ, false, true, E_INVALID },
	};
	for (size_t i = 0; i < NELEM(rows); i++, task_reset(t)) {
		struct client_new in = { .name = str_of(rows[i].name), .grants = rows[i].grants,
			.scopes = rows[i].scopes, .public_ = rows[i].public_,
			.redirects = { &uri, rows[i].with_uri ? 1 : 0 } };
		assert_int_equal(client_check(t, &in), rows[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(matches), T(faults), T(left_out), T(client_rules) };
	return RUN(tests);
}
