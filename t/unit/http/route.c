#include "http/route.h"

#include "t/unit/test.h"

static const struct route table[] = {
	{ .method = M_GET, .pattern = "/" },
	{ .method = M_GET, .pattern = "/api/v1/projects" },
	{ .method = M_POST, .pattern = "/api/v1/projects" },
	{ .method = M_GET, .pattern = "/api/v1/projects/{project_id}" },
	{ .method = M_GET, .pattern = "/api/v1/projects/new" },
	{ .method = M_GET, .pattern = "/t/{team}/p/{project}/{env}/overview" },
};

static void
find(void **state)
{
	static const struct {
		const char *path;
		enum method method;
		int want; /* index, -1 = none */
		unsigned allow;
	} row[] = {
#define GET_HEAD (1u << M_GET | 1u << M_HEAD)
		{ "/", M_GET, 0, GET_HEAD },
		{ "/", M_HEAD, 0, GET_HEAD },
		{ "/", M_POST, -1, GET_HEAD },
		{ "/api/v1/projects", M_GET, 1, GET_HEAD | 1u << M_POST },
		{ "/api/v1/projects", M_POST, 2, GET_HEAD | 1u << M_POST },
		{ "/api/v1/projects", M_OTHER, -1, GET_HEAD | 1u << M_POST },
		{ "/api/v1/projects/", M_GET, -1, 0 },
		{ "/api/v1/projects/7", M_GET, 3, GET_HEAD },
		{ "/api/v1/projects/new", M_GET, 4, GET_HEAD },
		{ "/api/v1/projects/7/x", M_GET, -1, 0 },
		{ "/api/v1", M_GET, -1, 0 },
		{ "/t/a/p/b/c/overview", M_GET, 5, GET_HEAD },
		{ "/t//p/b/c/overview", M_GET, -1, 0 },
		{ "//", M_GET, -1, 0 },
	};
	(void)state;
	for (size_t i = 0; i < NELEM(row); i++) {
		struct req req = { .method = row[i].method, .path = str_of(row[i].path) };
		unsigned allow;
		const struct route *found = route_find(table, NELEM(table), &req, &allow);
		int at = found != NULL ? (int)(found - table) : -1;
		assert_row(at == row[i].want, row[i].path);
		assert_row(allow == row[i].allow, row[i].path);
		const struct route *any = route_path(table, NELEM(table), &req);
		assert_row((any != NULL) == (allow != 0), row[i].path);
	}
}

static void
parameters(void **state)
{
	struct req req = { .method = M_GET, .path = STR("/t/a/p/b b/c/overview") };
	unsigned allow;
	(void)state;
	assert_non_null(route_find(table, NELEM(table), &req, &allow));
	assert_str(req.param[0], "a");
	assert_str(req.param[1], "b b");
	assert_str(req.param[2], "c");
	assert_string_equal(method_name(M_PATCH), "PATCH");
	assert_string_equal(method_name(M_OTHER), "?");
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(find), T(parameters) };
	return RUN(tests);
}
