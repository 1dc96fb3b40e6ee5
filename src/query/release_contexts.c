/* release_contexts.c - releases in their order, from the contexts. */
#include "query/release_contexts.h"

#include <math.h>
#include <stdlib.h>

#include "base/map.h"
#include "base/str.h"
#include "model/project/release.h"

static const struct stmt contexts = { "release_contexts",
	"SELECT context_no, platform, app_version, app_build,"
	" (extract(epoch FROM first_seen) * 1000000)::int8"
	" FROM contexts WHERE environment_id = $1 ORDER BY context_no" };
static const struct stmt *const all[] = { &contexts };
const struct stmt_list releases_statements = STMT_LIST("releases", all);

/* By platform, then newest first: without a place in the order last, by when
 * they were first seen; unknown versions at the very end. */
static int
by_order(const void *pa, const void *pb)
{
	const struct release_row *a = pa, *b = pb;
	int c = str_cmp(a->platform, b->platform);

	if (c != 0)
		return c;
	if ((a->version.n == 0) != (b->version.n == 0))
		return a->version.n == 0 ? 1 : -1;
	if ((a->key.p == NULL) != (b->key.p == NULL))
		return a->key.p == NULL ? 1 : -1;
	c = a->key.p != NULL ? str_cmp(b->key, a->key) : 0;
	if (c == 0 && a->first_seen_us != b->first_seen_us)
		return a->first_seen_us < b->first_seen_us ? 1 : -1;
	if (c == 0)
		c = str_cmp(b->version, a->version);
	return c != 0 ? c : str_cmp(b->build, a->build);
}

bool
release_is(const struct release_row *a, struct str platform, struct str version,
           struct str build)
{
	return str_eq(a->platform, platform) && str_eq(a->version, version) &&
	       str_eq(a->build, build);
}

struct str
release_name(struct task *t, const struct release_row *r)
{
	return arena_printf(t->arena, "%.*s\x1f%.*s\x1f%.*s", STRF(r->platform),
		STRF(r->version), STRF(r->build));
}

/* Rows in order; place[] of the old ones becomes that of the new. */
static void
sort_rows(struct task *t, struct release_contexts *c)
{
	struct map index;

	if (c->nrows == 0)
		return;
	struct str *old = tarray(t, c->nrows, struct str);
	for (size_t i = 0; i < c->nrows; i++)
		old[i] = release_name(t, &c->row[i]);
	qsort(c->row, c->nrows, sizeof(*c->row), by_order);
	map_init(&index, t->arena, 2 * c->nrows);
	for (size_t i = 0; i < c->nrows; i++)
		*map_put(&index, release_name(t, &c->row[i]), NULL) = i;
	for (size_t i = 0; i < c->n; i++)
		c->release[i] = (size_t)*map_find(&index, old[c->release[i]]);
}

enum err
release_contexts_load(struct task *t, struct pg *pg, int32_t environment_id,
                      struct release_contexts *out)
{
	struct bind b = { 0 };
	struct map index;
	struct rows *r;

	*out = (struct release_contexts){ 0 };
	bind_i64(t, &b, environment_id);
	enum err e = pg_run(t, pg, &contexts, &b, &r);
	if (e != E_OK)
		return e;
	out->n = rows_count(r);
	out->context_no = tarray(t, out->n + 1, int64_t);
	out->release = tarray(t, out->n + 1, size_t);
	out->row = tarray(t, out->n + 1, struct release_row);
	map_init(&index, t->arena, 64);
	for (size_t i = 0; i < out->n; i++) {
		bool added;
		struct release_row row = { .platform = row_str(r, i, 1),
			.version = row_str(r, i, 2), .build = row_str(r, i, 3),
			.first_seen_us = row_i64(r, i, 4), .adoption_pct = NAN,
			.crash_free_users_pct = NAN, .crash_free_sessions_pct = NAN,
			.p95_cold_start_ms = NAN };
		if (row.version.n == 0)
			row.build = STR("");
		uint64_t *slot = map_put(&index, release_name(t, &row), &added);
		if (added) {
			row.key = row.version.n > 0 ? release_key(t, row.version, row.build) :
			                              STR_NULL;
			*slot = out->nrows;
			out->row[out->nrows++] = row;
		}
		out->context_no[i] = row_i64(r, i, 0);
		out->release[i] = (size_t)*slot;
		if (row.first_seen_us < out->row[*slot].first_seen_us)
			out->row[*slot].first_seen_us = row.first_seen_us;
	}
	sort_rows(t, out);
	return E_OK;
}

size_t
release_of(const struct release_contexts *c, int64_t context_no)
{
	size_t lo = 0, hi = c->n;

	/* numbers are given in turn: mostly none is left out */
	if (context_no > 0 && (size_t)context_no <= c->n &&
	    c->context_no[context_no - 1] == context_no)
		return c->release[context_no - 1];
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (c->context_no[mid] < context_no)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < c->n && c->context_no[lo] == context_no ? c->release[lo] : c->nrows;
}

int64_t *
release_context_list(struct task *t, const struct release_contexts *c, size_t release,
                     size_t *n)
{
	int64_t *list = tarray(t, c->n + 1, int64_t);

	*n = 0;
	for (size_t i = 0; i < c->n; i++)
		if (c->release[i] == release)
			list[(*n)++] = c->context_no[i];
	return list;
}
