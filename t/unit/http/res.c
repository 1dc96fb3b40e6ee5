#include "http/res.h"

#include "base/json.h"
#include "t/unit/test.h"

static void
headers(void **state)
{
	struct task *t = *state;
	struct res r;
	res_init(&r, t);
	res_header(&r, "X-A", STR("1"));
	res_header(&r, "x-a", STR("2"));
	assert_int_equal(r.nheaders, 1);
	assert_str(res_header_find(&r, "X-a"), "2");
	res_cookie(&r, "__Host-sid", STR("abc"), 60, true);
	res_cookie(&r, "old", STR(""), 0, false);
	assert_int_equal(r.nheaders, 3);
	assert_str(r.header[1].value,
	           "__Host-sid=abc; Path=/; HttpOnly; SameSite=Lax; Max-Age=60; Secure");
	assert_str(r.header[2].value, "old=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
	res_reset(&r);
	assert_int_equal(r.nheaders, 0);
	assert_int_equal(r.status, 200);
}

static void
redirects(void **state)
{
	static const char *const row[][2] = {
		{ "/t/a?x=1&y=%20", "/t/a?x=1&y=%20" },
		{ "//evil.example", "/" },
		{ "/\\evil.example", "/" },
		{ "https://evil.example", "/" },
		{ "", "/" },
		{ "/a b\r\nSet-Cookie: x", "/a%20b%0D%0ASet-Cookie:%20x" },
		{ "/caf\xC3\xA9", "/caf%C3%A9" },
	};
	struct task *t = *state;
	struct res r;
	res_init(&r, t);
	for (size_t i = 0; i < NELEM(row); i++) {
		res_redirect(&r, str_of(row[i][0]));
		assert_int_equal(r.status, 303);
		assert_str(res_header_find(&r, "Location"), row[i][1]);
	}
}

static void
errors(void **state)
{
	struct task *t = *state;
	struct res r;
	res_init(&r, t);
	memcpy(t->request_id, "req-1", 6);
	task_field(t, STR("events.0.name"), "is required");
	task_field(t, STR("user"), "cut \xC3");
	task_field(t, STR("events.0.name"), "is short");
	(void)task_fail(t, E_INVALID, "%s", err_message(E_INVALID));
	buf_puts(&r.body, "half a page");
	res_error_json(&r, t, E_INVALID);
	assert_int_equal(r.status, 422);
	assert_str(buf_str(&r.body),
	           "{\"error\":\"validation_failed\",\"message\":\"Invalid payload\",\"details\":"
	           "{\"events.0.name\":[\"is required\",\"is short\"],\"user\":[\"cut \xEF\xBF\xBD\"]},"
	           "\"request_id\":\"req-1\"}");
	assert_str(res_header_find(&r, "Content-Type"), "application/json; charset=utf-8");
	/* What broke inside is not told. */
	task_clear(t);
	(void)task_fail(t, E_UNAVAILABLE, "password of db is hunter2");
	res_error_json(&r, t, E_UNAVAILABLE);
	assert_int_equal(r.status, 503);
	assert_null(strstr(r.body.p, "hunter2"));
	assert_str(res_header_find(&r, "Retry-After"), "5");
	task_clear(t);
	res_error_json(&r, t, E_UNAUTHORIZED);
	assert_int_equal(r.status, 401);
	assert_non_null(res_header_find(&r, "WWW-Authenticate").p);
	buf_release(&r.body);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(headers), T(redirects), T(errors) };
	return RUN(tests);
}
