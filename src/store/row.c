/* row.c - reading results (text format); see pg.h. */
#include <errno.h>

#include "store/conn.h"

size_t
rows_count(const struct rows *r)
{
	return (size_t)PQntuples(r->res);
}

int64_t
rows_affected(const struct rows *r)
{
	/* "" for commands that have no count */
	return strtoll(PQcmdTuples(r->res), NULL, 10);
}

static const char *
cell(const struct rows *r, size_t row, int col)
{
	ASSERT(row < (size_t)PQntuples(r->res) && col >= 0 && col < PQnfields(r->res));
	return PQgetvalue(r->res, (int)row, col);
}

bool
row_is_null(const struct rows *r, size_t row, int col)
{
	(void)cell(r, row, col);
	return PQgetisnull(r->res, (int)row, col) != 0;
}

struct str
row_str(const struct rows *r, size_t row, int col)
{
	const char *p = cell(r, row, col);
	return (struct str){ p, (size_t)PQgetlength(r->res, (int)row, col) };
}

int64_t
row_i64(const struct rows *r, size_t row, int col)
{
	const char *p = cell(r, row, col);
	if (*p == '\0')
		return 0; /* NULL */
	char *end;
	errno = 0;
	int64_t v = strtoll(p, &end, 10);
	ASSERT(*end == '\0' && errno == 0);
	return v;
}

double
row_f64(const struct rows *r, size_t row, int col)
{
	return strtod(cell(r, row, col), NULL);
}

bool
row_bool(const struct rows *r, size_t row, int col)
{
	return cell(r, row, col)[0] == 't';
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	ASSERT(c >= 'a' && c <= 'f');
	return c - 'a' + 10;
}

struct str
row_bytes(struct task *t, const struct rows *r, size_t row, int col)
{
	struct str hex = row_str(r, row, col);
	if (hex.n < 2)
		return (struct str){ "", 0 };
	ASSERT(hex.p[0] == '\\' && hex.p[1] == 'x' && hex.n % 2 == 0);
	size_t n = hex.n / 2 - 1;
	char *out = arena_raw(t->arena, n + 1);
	for (size_t i = 0; i < n; i++) {
		int hi = hex_digit(hex.p[2 + 2 * i]), lo = hex_digit(hex.p[3 + 2 * i]);
		out[i] = (char)(hi << 4 | lo);
	}
	out[n] = '\0';
	return (struct str){ out, n };
}
