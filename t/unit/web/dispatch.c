#include "web/dispatch.h"

#include "t/unit/test.h"

static int handled, checked;

static enum err
hello(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	(void)w;
	(void)t;
	(void)req;
	handled++;
	res_header(res, "Content-Type", STR("text/html; charset=utf-8"));
	buf_puts(&res->body, "<p>hello");
	return E_OK;
}

static enum err
fails(struct web *w, struct task *t, const struct req *req, struct res *res)
{
	(void)w;
	(void)req;
	handled++;
	buf_puts(&res->body, "half a reply");
	res_header(res, "Retry-After", STR("17"));
	return task_fail(t, E_RATE_LIMITED, "Slow down.");
}

/* Lets "good" through, tells a stranger from one who may not. */
static enum err
by_token(struct web *w, struct task *t, struct req *req, const struct route *row)
{
	(void)row;
	checked++;
	struct str token = req_header(req, "authorization");
	if (str_is(token, "good")) {
		w->who.env.id = 7;
		return E_OK;
	}
	return task_fail(t, token.p == NULL ? E_UNAUTHORIZED : E_FORBIDDEN, "no");
}

static void
page(struct web *w, struct task *t, const struct req *req, struct res *res, enum err e)
{
	(void)w;
	(void)t;
	(void)req;
	res->status = err_status(e);
	res_header(res, "Content-Type", STR("text/html; charset=utf-8"));
	buf_printf(&res->body, "<p>%s", err_slug(e));
}

static const struct route routes[] = {
	{ .method = M_GET, .pattern = "/", .handler = hello, .need = NEED_PUBLIC },
	{ .method = M_GET, .pattern = "/api/v1/x", .handler = hello, .need = NEED_TOKEN },
	{ .method = M_POST, .pattern = "/api/v1/limited", .handler = fails, .need = NEED_PUBLIC },
	{ .method = M_POST, .pattern = "/api/v1/ingest/batch", .handler = fails,
	  .need = NEED_WRITE_KEY },
	{ .method = M_POST, .pattern = "/v1/batch", .handler = fails, .need = NEED_VENDOR_KEY },
};

static const struct {
	const char *name;
	enum method method;
	const char *path, *token;
	int status;
	const char *body;         /* must hold */
	const char *header, *value; /* must be */
	int handled, checked;
} row[] = {
	{ "page", M_GET, "/", NULL, 200, "hello", "Cache-Control", "no-store", 1, 0 },
	{ "head", M_HEAD, "/", NULL, 200, "hello", NULL, NULL, 1, 0 },
	{ "page error", M_GET, "/none", NULL, 404, "<p>not_found", NULL, NULL, 0, 0 },
	{ "page 405", M_PUT, "/", NULL, 405, "<p>method", "Allow", "GET, HEAD, OPTIONS", 0, 0 },
	{ "api 404", M_GET, "/api/none", NULL, 404, "{\"error\":\"not_found\"", NULL, NULL, 0, 0 },
	{ "401", M_GET, "/api/v1/x", NULL, 401, "unauthorized", NULL, NULL, 0, 1 },
	{ "401 before 405", M_POST, "/api/v1/x", NULL, 401, "unauthorized", NULL, NULL, 0, 1 },
	{ "403 before 405", M_POST, "/api/v1/x", "bad", 403, "forbidden", NULL, NULL, 0, 1 },
	{ "405", M_POST, "/api/v1/x", "good", 405, "method_not_allowed", "Allow",
	  "GET, HEAD, OPTIONS", 0, 1 },
	{ "200", M_GET, "/api/v1/x", "good", 200, "hello", NULL, NULL, 1, 1 },
	{ "options", M_OPTIONS, "/api/v1/x", NULL, 204, "", "Allow", "GET, HEAD, OPTIONS", 0, 0 },
	{ "no cors", M_OPTIONS, "/api/v1/x", NULL, 204, "", "Access-Control-Allow-Origin", NULL, 0, 0 },
	{ "preflight", M_OPTIONS, "/api/v1/ingest/batch", NULL, 204, "",
	  "Access-Control-Allow-Methods", "POST, OPTIONS", 0, 0 },
	{ "cors on errors", M_POST, "/api/v1/ingest/batch", NULL, 401, "",
	  "Access-Control-Allow-Origin", "*", 0, 1 },
	{ "headers stay", M_POST, "/api/v1/limited", NULL, 429, "\"message\":\"Slow down.\"",
	  "Retry-After", "17", 1, 0 },
};

static void
table(void **state)
{
	struct task *t = *state;
	struct web w = { .routes = routes, .nroutes = NELEM(routes) };
	const struct dispatch d = { .web = &w, .page = page,
		                    .check = { [NEED_TOKEN] = by_token,
		                               [NEED_WRITE_KEY] = by_token,
		                               [NEED_VENDOR_KEY] = by_token } };
	for (size_t i = 0; i < NELEM(row); i++) {
		struct res res;
		struct pair header = { STR("authorization"), str_of(row[i].token) };
		struct req req = { .method = row[i].method, .path = str_of(row[i].path),
			           .headers = &header, .nheaders = row[i].token != NULL };
		handled = checked = 0;
		task_reset(t);
		res_init(&res, t);
		memcpy(t->request_id, "req-1", 6);
		(void)dispatch_one(&d, t, &req, &res);
		assert_row(res.status == row[i].status, row[i].name);
		assert_row(strstr(buf_str(&res.body).p, row[i].body) != NULL, row[i].name);
		assert_row(strstr(buf_str(&res.body).p, "half") == NULL, row[i].name);
		if (row[i].header != NULL)
			assert_str(res_header_find(&res, row[i].header), row[i].value != NULL ? row[i].value : "");
		assert_row(handled == row[i].handled && checked == row[i].checked, row[i].name);
		/* on every reply */
		assert_str(res_header_find(&res, "X-Request-Id"), "req-1");
		assert_str(res_header_find(&res, "X-Content-Type-Options"), "nosniff");
		assert_non_null(res_header_find(&res, "Referrer-Policy").p);
		assert_non_null(res_header_find(&res, "Content-Security-Policy").p);
		assert_non_null(res_header_find(&res, "Cache-Control").p);
		buf_release(&res.body);
	}
}

static void
malformed(void **state)
{
	struct task *t = *state;
	struct web w = { .routes = routes, .nroutes = NELEM(routes) };
	const struct dispatch d = { .web = &w };
	struct pair twice[] = { { STR("cookie"), STR("a=1") }, { STR("cookie"), STR("a=2") } };
	struct req req = { .method = M_GET, .path = STR("/"), .headers = twice, .nheaders = 2 };
	struct res res;
	res_init(&res, t);
	assert_int_equal(dispatch_one(&d, t, &req, &res), E_BAD_REQUEST);
	assert_int_equal(res.status, 400);
	/* a request that could not be read never reaches a handler */
	handled = 0;
	task_reset(t);
	res_reset(&res);
	req.nheaders = 0;
	(void)task_fail(t, E_TOO_LARGE, "too large");
	assert_int_equal(dispatch_one(&d, t, &req, &res), E_TOO_LARGE);
	assert_int_equal(res.status, 413);
	assert_int_equal(handled, 0);
	buf_release(&res.body);
}

static void
who_is_forgotten(void **state)
{
	struct task *t = *state;
	struct web w = { .routes = routes, .nroutes = NELEM(routes), .who.env.id = 99 };
	const struct dispatch d = { .web = &w };
	struct req req = { .method = M_GET, .path = STR("/") };
	struct res res;
	res_init(&res, t);
	assert_int_equal(dispatch_one(&d, t, &req, &res), E_OK);
	assert_int_equal(w.who.env.id, 0);
	buf_release(&res.body);
}

static void
as_teapot(struct web *w, struct task *t, const struct req *req, struct res *res, enum err e)
{
	(void)w;
	(void)t;
	(void)req;
	assert_int_equal(e, E_UNAUTHORIZED);
	assert_int_equal(res->status, 401);
	assert_non_null(strstr(buf_str(&res->body).p, "unauthorized"));
	res->status = 418;
}

/* Other vendors' SDKs: the origin by its name, their own headers, their own
 * errors; nothing of it when it could not stand in a header. */
static void
vendors(void **state)
{
	static const struct {
		const char *origin, *wants, *gets_origin, *gets_headers;
	} said[] = {
		{ "https://a.example", "app-key, content-type", "https://a.example",
		  "app-key, content-type" },
		{ NULL, NULL, "*", NULL },
		{ "https://a\r\nX: y", "a\nb", "*", NULL },
		{ "", "", "*", NULL },
	};
	struct task *t = *state;
	struct web w = { .routes = routes, .nroutes = NELEM(routes) };
	const struct dispatch d = { .web = &w, .page = page, .refuse = as_teapot,
		                    .check = { [NEED_VENDOR_KEY] = by_token } };
	for (size_t i = 0; i < NELEM(said); i++) {
		struct pair headers[] = { { STR("origin"), str_of(said[i].origin) },
			{ STR("access-control-request-headers"), str_of(said[i].wants) } };
		struct req req = { .method = M_OPTIONS, .path = STR("/v1/batch"),
			           .headers = headers, .nheaders = said[i].origin != NULL ? 2 : 0 };
		struct res res;
		task_reset(t);
		res_init(&res, t);
		assert_int_equal(dispatch_one(&d, t, &req, &res), E_OK);
		assert_int_equal(res.status, 204);
		assert_str(res_header_find(&res, "Access-Control-Allow-Origin"), said[i].gets_origin);
		assert_str(res_header_find(&res, "Access-Control-Allow-Credentials"),
		           said[i].gets_headers != NULL ? "true" : "");
		if (said[i].gets_headers != NULL)
			assert_str(res_header_find(&res, "Access-Control-Allow-Headers"),
			           said[i].gets_headers);
		buf_release(&res.body);
	}
	struct req req = { .method = M_POST, .path = STR("/v1/batch") };
	struct res res;
	task_reset(t);
	res_init(&res, t);
	/* pages are not asked: a program of SDKs has none */
	const struct dispatch door = { .web = &w, .refuse = as_teapot,
		                       .check = { [NEED_VENDOR_KEY] = by_token } };
	assert_int_equal(dispatch_one(&door, t, &req, &res), E_UNAUTHORIZED);
	assert_int_equal(res.status, 418);
	buf_release(&res.body);
}

static void
api_paths(void **state)
{
	(void)state;
	assert_true(dispatch_is_api(STR("/api")));
	assert_true(dispatch_is_api(STR("/api/v1")));
	assert_true(dispatch_is_api(STR("/oauth/token")));
	assert_false(dispatch_is_api(STR("/apiary")));
	assert_false(dispatch_is_api(STR("/t/api/")));
}

/* No two of 16 processes that began one after the other stop together. */
static void
lifetimes(void **state)
{
	(void)state;
	assert_int_equal(dispatch_lifetime(0, 4711), 0);
	assert_int_equal(dispatch_lifetime(1, 4711), 1);
	assert_int_equal(dispatch_lifetime(100000, 32), 100000);
	for (int64_t pid = 1; pid < 16; pid++) {
		int64_t n = dispatch_lifetime(100000, 32 + pid);
		assert_in_range(n, 80000, 100000);
		assert_true(n <= dispatch_lifetime(100000, 32 + pid - 1) - 1000);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(table), T(malformed), T(who_is_forgotten),
		                            T(vendors), T(api_paths), T(lifetimes) };
	return RUN(tests);
}
