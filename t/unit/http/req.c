#include "http/req.h"

#include "http/cookie.h"
#include "http/fcgi.h"
#include "t/unit/test.h"

static void
params(void **state)
{
	char *env[] = {
		(char[]){ "REQUEST_METHOD=POST" },
		(char[]){ "DOCUMENT_URI=/t/caf\xC3\xA9/x=y" },
		(char[]){ "QUERY_STRING=a=1&b=2+3&a=4" },
		(char[]){ "CONTENT_TYPE=Application/JSON; charset=utf-8" },
		(char[]){ "HTTP_HOST=example.test" },
		(char[]){ "HTTP_X_SDK=flutter/1" },
		(char[]){ "HTTP_COOKIE=a=1; sid=\"q\"; b=x=y" },
		(char[]){ "HTTP_AUTHORIZATION=Bearer 1" },
		(char[]){ "HTTP_AUTHORIZATION=Bearer 2" },
		(char[]){ "HTTPS=on" },
		(char[]){ "REMOTE_ADDR=192.0.2.7" },
		(char[]){ "REQUEST_ID=0123456789abcdef0123456789abcdef" },
		(char[]){ "ADMIN=1" },
		NULL,
	};
	struct task *t = *state;
	struct req r;
	struct str all[3];
	assert_int_equal(fcgi_params(t, env, &r), E_OK);
	assert_int_equal(r.method, M_POST);
	assert_str(r.path, "/t/caf\xC3\xA9/x=y");
	assert_str(req_query(t, &r, "b"), "2 3");
	assert_int_equal(req_query_all(t, &r, "a", all, 3), 2);
	assert_str(r.content_type, "application/json");
	assert_str(r.host, "example.test");
	assert_str(r.scheme, "https");
	assert_str(r.remote_addr, "192.0.2.7");
	assert_str(req_header(&r, "x-sdk"), "flutter/1");
	assert_null(req_header(&r, "x-none").p);
	assert_true(req_header_dup(&r, "authorization"));
	assert_false(req_header_dup(&r, "cookie"));
	assert_str(req_cookie(&r, "sid"), "q");
	assert_str(req_cookie(&r, "b"), "x=y");
	assert_null(req_cookie(&r, "id").p);
	assert_string_equal(t->request_id, "0123456789abcdef0123456789abcdef");
	assert_true(r.admin);
}

static void
bad_paths(void **state)
{
	static const char *const row[] = {
		"DOCUMENT_URI=", "DOCUMENT_URI=x", "DOCUMENT_URI=/a\nb", "DOCUMENT_URI=/a\x7F",
		"DOCUMENT_URI=/\xFF", "DOCUMENT_URI=/\xC0\xAF", "NOTHING=1",
	};
	struct task *t = *state;
	struct req r;
	for (size_t i = 0; i < NELEM(row); i++) {
		task_reset(t);
		char *env[] = { arena_cstr(t->arena, str_of(row[i])), NULL };
		assert_row(fcgi_params(t, env, &r) == E_BAD_REQUEST, row[i]);
		assert_str(r.path, "/");
		assert_int_equal(strlen(t->request_id), 36); /* our own id */
	}
	task_reset(t);
	char *env[] = { (char[]){ "DOCUMENT_URI=/" }, (char[]){ "REQUEST_ID=x\"y\nzzzzzzzz" },
		        (char[]){ "REQUEST_METHOD=BREW" }, NULL };
	assert_int_equal(fcgi_params(t, env, &r), E_OK);
	assert_int_equal(strlen(t->request_id), 36);
	assert_int_equal(r.method, M_OTHER);
}

static void
cookies(void **state)
{
	(void)state;
	assert_str(cookie_find(STR("a=1;b=2"), "b"), "2");
	assert_str(cookie_find(STR("a=; a=2"), "a"), "");
	assert_null(cookie_find(STR("a"), "a").p);
	assert_null(cookie_find(STR_NULL, "a").p);
	assert_true(cookie_is_name(STR("__Host-sid")));
	assert_false(cookie_is_name(STR("")));
	assert_false(cookie_is_name(STR("a=b")));
	assert_false(cookie_is_value(STR("a;b")));
	assert_false(cookie_is_value(STR("a\r\nb")));
	assert_true(cookie_is_value(STR("abc=")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(params), T(bad_paths), T(cookies) };
	return RUN(tests);
}
