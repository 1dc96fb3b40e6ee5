/* route.c - see route.h. */
#include "http/route.h"

#include "base/str.h"

const char *
method_name(enum method m)
{
	static const char *const names[] = { "GET",   "HEAD",   "POST",    "PUT",
		                             "PATCH", "DELETE", "OPTIONS", "?" };
	ASSERT(m < NELEM(names));
	return names[m];
}

/* Is what stands before the first {parameter}, or all, the same? Most rows are
 * out at the first byte that differs. */
static bool
may_match(const char *pattern, struct str path)
{
	size_t i = 0;
	while (pattern[i] != '\0' && pattern[i] != '{' && i < path.n && pattern[i] == path.p[i])
		i++;
	return pattern[i] == '{' || (pattern[i] == '\0' && i == path.n);
}

/*
 * Number of {parameters} when path fits the pattern, -1 when not. The values
 * go to param.
 */
static int
match(const char *pattern, struct str path, struct str param[REQ_PARAMS_MAX])
{
	struct str rest = str_of(pattern);
	int n = 0;
	while (rest.p != NULL && path.p != NULL) {
		struct str want = str_cut(&rest, '/'), have = str_cut(&path, '/');
		if (want.n > 0 && want.p[0] == '{') {
			if (have.n == 0)
				return -1;
			ASSERT(n < REQ_PARAMS_MAX);
			param[n++] = have;
		} else if (!str_eq(want, have)) {
			return -1;
		}
	}
	return rest.p == NULL && path.p == NULL ? n : -1;
}

static unsigned
bit(enum method m)
{
	return 1u << m;
}

static bool
takes(const struct route *row, enum method m)
{
	return row->method == m || (row->method == M_GET && m == M_HEAD);
}

/* Of several fitting rows the one with the fewest parameters wins. */
const struct route *
route_find(const struct route *table, size_t n, struct req *req, unsigned *allow)
{
	const struct route *best = NULL;
	int least = REQ_PARAMS_MAX + 1;
	*allow = 0;
	for (size_t i = 0; i < n; i++) {
		if (!may_match(table[i].pattern, req->path))
			continue;
		struct str param[REQ_PARAMS_MAX] = { { NULL, 0 } };
		int params = match(table[i].pattern, req->path, param);
		if (params < 0)
			continue;
		*allow |= bit(table[i].method);
		if (table[i].method == M_GET)
			*allow |= bit(M_HEAD);
		if (!takes(&table[i], req->method) || params >= least)
			continue;
		least = params;
		best = &table[i];
		memcpy(req->param, param, sizeof(param));
	}
	return best;
}

const struct route *
route_path(const struct route *table, size_t n, struct req *req)
{
	const struct route *best = NULL;
	int least = REQ_PARAMS_MAX + 1;
	for (size_t i = 0; i < n; i++) {
		if (!may_match(table[i].pattern, req->path))
			continue;
		struct str param[REQ_PARAMS_MAX] = { { NULL, 0 } };
		int params = match(table[i].pattern, req->path, param);
		if (params < 0 || params >= least)
			continue;
		least = params;
		best = &table[i];
		memcpy(req->param, param, sizeof(param));
	}
	return best;
}
