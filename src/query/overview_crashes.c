/* overview_crashes.c - crash groups that need somebody, and the crash-free
 * users of each version, from one reading of the window's crashes. */
#include <math.h>
#include <stdlib.h>

#include "base/str.h"
#include "query/crash_read.h"
#include "query/overview_tables.h"

#define TOP_GROUPS 5
#define RAW_MS 1000

static const struct stmt crash_groups = { "overview_groups",
	"SELECT g.group_no, g.group_id, g.title, g.culprit, CASE WHEN g.status = 'ignored'"
	" AND g.ignored_until <= now() THEN 'open' ELSE g.status END,"
	" coalesce(f.app_version, ''), coalesce(l.app_version, ''),"
	" (extract(epoch FROM g.first_seen) * 1000000)::int8,"
	" (extract(epoch FROM g.last_seen) * 1000000)::int8"
	" FROM unnest($2::int4[]) n JOIN crash_groups g ON g.environment_id = $1 AND g.group_no = n"
	" LEFT JOIN contexts f ON f.environment_id = $1 AND f.context_no = g.first_context_no"
	" LEFT JOIN contexts l ON l.environment_id = $1 AND l.context_no = g.last_context_no" };

static const struct stmt *const all[] = { &crash_groups };
const struct stmt_list overview_crashes_statements = STMT_LIST("overview_crashes", all);

static int
by_weight(const void *pa, const void *pb)
{
	const struct overview_group *a = pa, *b = pb;

	if (a->users != b->users)
		return a->users < b->users ? 1 : -1;
	if (a->crashes != b->crashes)
		return a->crashes < b->crashes ? 1 : -1;
	return str_cmp(a->group_id, b->group_id);
}

static void
crash_free_versions(struct task *t, const struct context_list *contexts,
                    const struct crash_key *key, size_t n, struct overview *out)
{
	struct persons *fatal = tarray(t, out->nversions + 1, struct persons);
	size_t *of = tarray(t, contexts->n + 1, size_t); /* version + 1 of a context */
	for (size_t c = 0; c < contexts->n; c++)
		for (size_t k = 0; k < out->nversions; k++)
			if (str_eq(out->version[k].version, contexts->row[c].version))
				of[c] = k + 1;
	for (size_t i = 0; i < n; i++) {
		const struct context_row *c;
		if (!key[i].fatal || key[i].person_no == 0)
			continue;
		c = context_find(contexts, key[i].context_no);
		if (c != NULL && of[c - contexts->row] > 0)
			persons_add(t, &fatal[of[c - contexts->row] - 1], key[i].person_no);
	}
	for (size_t k = 0; k < out->nversions; k++)
		if (out->version[k].version.n > 0 || out->nversions == 1)
			out->version[k].crash_free_pct =
				side_percent(out->version[k].users, persons_count(&fatal[k]));
}

/* Crashes and users of each group; the array is sorted by group, person. */
static size_t
sum_groups(struct task *t, const struct crash_key *key, size_t n, int64_t **numbers,
           struct overview_group **out)
{
	size_t ngroups = 0;

	*numbers = tarray(t, n + 1, int64_t);
	*out = tarray(t, n + 1, struct overview_group);
	for (size_t i = 0; i < n; i++) {
		bool fresh = i == 0 || key[i].group_no != key[i - 1].group_no;
		if (fresh)
			(*numbers)[ngroups++] = key[i].group_no;
		struct overview_group *g = &(*out)[ngroups - 1];
		g->crashes++;
		if (key[i].person_no != 0 &&
		    (fresh || key[i].person_no != key[i - 1].person_no))
			g->users++;
	}
	return ngroups;
}

static size_t
number_index(const int64_t *numbers, size_t n, int64_t group_no)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (numbers[mid] < group_no)
			lo = mid + 1;
		else
			hi = mid;
	}
	ASSERT(lo < n && numbers[lo] == group_no);
	return lo;
}

static enum err
take_groups(struct task *t, struct pg *pg, const struct plan *p, const struct side *s,
            const struct crash_key *key, size_t n, struct overview *out)
{
	struct overview_group *g;
	int64_t *numbers;
	size_t ngroups = sum_groups(t, key, n, &numbers, &g), kept = 0;
	struct bind b = { 0 };
	struct rows *r;
	enum err e;

	bind_i64(t, &b, p->env->id);
	bind_i64_array(t, &b, numbers, ngroups);
	e = pg_run(t, pg, &crash_groups, &b, &r);
	if (e != E_OK)
		return e;
	out->group = tarray(t, rows_count(r) + 1, struct overview_group);
	for (size_t i = 0; i < rows_count(r); i++) {
		struct overview_group *o = &out->group[kept];
		*o = g[number_index(numbers, ngroups, row_i64(r, i, 0))];
		o->group_id = row_str(r, i, 1);
		o->title = row_str(r, i, 2);
		o->culprit = row_str(r, i, 3);
		o->status = row_str(r, i, 4);
		o->first_version = row_str(r, i, 5);
		o->last_version = row_str(r, i, 6);
		o->first_seen_us = row_i64(r, i, 7);
		o->last_seen_us = row_i64(r, i, 8);
		o->is_new = o->first_seen_us >= s->span->from_us && o->first_seen_us < s->to_us;
		o->regressed = str_is(o->status, "regressed");
		if (o->regressed || str_is(o->status, "open"))
			kept++;
	}
	out->groups_open = (int64_t)kept;
	if (kept > 1)
		qsort(out->group, kept, sizeof(*out->group), by_weight);
	out->ngroups = kept < TOP_GROUPS ? kept : TOP_GROUPS;
	return E_OK;
}

enum err
overview_crashes(struct task *t, struct pg *pg, const struct plan *p, const struct side *s,
                 const struct context_list *contexts, struct overview *out)
{
	struct crash_key *key = NULL;
	size_t n;
	bool late;
	enum err e;

	if (s->no_crashes)
		return E_OK;
	e = crash_read(t, pg, &(struct crash_ask){ .env = p->env, .filters = p->filters,
		.from_us = s->span->from_us, .to_us = s->to_us }, RAW_MS, &key, &n, &late);
	if (e != E_OK || late)
		return e;
	crash_free_versions(t, contexts, key, n, out);
	return n > 0 ? take_groups(t, pg, p, s, key, n, out) : E_OK;
}
