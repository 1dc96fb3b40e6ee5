/* crash_group.c - one crash group: who it is, its numbers, how they spread. */
#include "query/crash_group.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/str.h"
#include "base/uuid.h"
#include "query/side.h"

#define READ_MS 2000
#define US(column) "coalesce((extract(epoch FROM " column ") * 1000000)::int8, 0)"

/* By public id; what was merged away is the group it is part of. */
static const struct stmt group_state = { "crash_group_state",
	"SELECT g.group_no, " US("g.status_at") ", " US("g.ignored_until") ","
	" coalesce(g.ignored_crashes, 0), " US("g.regressed_at") ", coalesce(rc.app_version, ''),"
	" g.rule_version, g.split_frames, g.split_done, o.group_id"
	" FROM crash_groups g LEFT JOIN contexts rc ON rc.environment_id = $1"
	" AND rc.context_no = g.regressed_context_no"
	" LEFT JOIN crash_groups o ON o.environment_id = $1 AND o.group_no = g.split_of"
	" WHERE g.environment_id = $1 AND g.group_no = (SELECT coalesce(a.to_no, i.group_no)"
	" FROM crash_groups i LEFT JOIN crash_group_alias a ON a.environment_id = $1"
	" AND a.from_no = i.group_no WHERE i.environment_id = $1 AND i.group_id = $2)" };
static const struct stmt group_members = { "crash_group_members",
	"SELECT g.group_no, g.group_id, g.title, g.culprit, " US("a.at") ", a.why = 'merge',"
	" g.crashes FROM crash_group_alias a JOIN crash_groups g ON g.environment_id = $1"
	" AND g.group_no = a.from_no WHERE a.environment_id = $1 AND a.to_no = $2"
	" UNION ALL SELECT g.group_no, NULL, NULL, NULL, 0, false, g.crashes FROM crash_groups g"
	" WHERE g.environment_id = $1 AND g.group_no = $2 ORDER BY 5, 1" };
static const struct stmt group_resolution = { "crash_group_resolution",
	"SELECT version, inclusive FROM crash_group_resolutions WHERE environment_id = $1"
	" AND group_no = $2 AND version <> '' ORDER BY sort_key DESC NULLS LAST LIMIT 1" };
static const struct stmt group_contexts = { "crash_group_contexts",
	"SELECT context_no, app_version, platform, model, os_version, country FROM contexts"
	" WHERE environment_id = $1 AND context_no = ANY($2::int4[]) ORDER BY 1" };

static const struct stmt *const all[] = { &group_state, &group_members, &group_resolution,
	&group_contexts };
const struct stmt_list crash_group_statements = STMT_LIST("crash_group", all);

static const char *const dists[CRASH_DISTS] = {
	[CRASH_VERSIONS] = "version", [CRASH_PLATFORMS] = "platform", [CRASH_MODELS] = "model",
	[CRASH_OS] = "os_version", [CRASH_COUNTRIES] = "country",
};

const char *
crash_dist_name(enum crash_dist d)
{
	return dists[d];
}

static enum err
load_state(struct task *t, struct pg *pg, const struct query_env *env, struct str group_id,
           struct crash_group *out)
{
	struct bind b = { 0 };
	struct rows *r;
	uint8_t id[16];

	if (!uuid_parse(group_id, id))
		return task_fail(t, E_NOT_FOUND, "There is no such crash group.");
	bind_i64(t, &b, env->id);
	bind_str(t, &b, uuid_str(t->arena, id));
	enum err e = pg_run(t, pg, &group_state, &b, &r);
	if (e != E_OK)
		return e;
	if (rows_count(r) == 0)
		return task_fail(t, E_NOT_FOUND, "There is no such crash group.");
	out->row.no = (int32_t)row_i64(r, 0, 0);
	out->status_us = row_i64(r, 0, 1);
	out->ignored_until_us = row_i64(r, 0, 2);
	out->ignored_crashes = row_i64(r, 0, 3);
	out->regressed_us = row_i64(r, 0, 4);
	out->regressed_release = row_str(r, 0, 5);
	out->rule_version = (int)row_i64(r, 0, 6);
	out->split_frames = (int)row_i64(r, 0, 7);
	out->split_done = (int)row_i64(r, 0, 8);
	out->split_of = row_str(r, 0, 9);
	return E_OK;
}

static enum err
load_members(struct task *t, struct pg *pg, const struct query_env *env,
             struct crash_group *out)
{
	struct bind b = { 0 };
	struct rows *r;

	bind_i64(t, &b, env->id);
	bind_i64(t, &b, out->row.no);
	enum err e = pg_run(t, pg, &group_members, &b, &r);
	if (e != E_OK)
		return e;
	out->no = tarray(t, rows_count(r) + 1, int64_t);
	out->member = tarray(t, rows_count(r) + 1, struct crash_member);
	for (size_t i = 0; i < rows_count(r); i++) {
		out->no[out->nno++] = row_i64(r, i, 0);
		out->total += row_i64(r, i, 6);
		if (!row_is_null(r, i, 1))
			out->member[out->nmembers++] = (struct crash_member){
				.group_id = row_str(r, i, 1), .title = row_str(r, i, 2),
				.culprit = row_str(r, i, 3), .at_us = row_i64(r, i, 4),
				.merged = row_bool(r, i, 5) };
	}
	return E_OK;
}

static enum err
load_resolution(struct task *t, struct pg *pg, const struct query_env *env,
                struct crash_group *out)
{
	struct bind b = { 0 };
	struct rows *r;

	bind_i64(t, &b, env->id);
	bind_i64(t, &b, out->row.no);
	enum err e = pg_run(t, pg, &group_resolution, &b, &r);
	if (e == E_OK && rows_count(r) > 0) {
		out->resolved_release = row_str(r, 0, 0);
		out->resolved_inclusive = row_bool(r, 0, 1);
	}
	return e;
}

enum err
crash_group_find(struct task *t, struct pg *pg, const struct query_env *env,
                 struct str group_id, const struct range *range, struct crash_group *out)
{
	memset(out, 0, sizeof(*out));
	out->all_crashes = out->active_users = -1;
	enum err e = load_state(t, pg, env, group_id, out);
	if (e == E_OK)
		e = load_members(t, pg, env, out);
	if (e == E_OK)
		e = load_resolution(t, pg, env, out);
	if (e == E_OK)
		e = crashes_describe(t, pg, env, range, &out->row, 1);
	return e;
}

/* --- how the crashes spread ------------------------------------------------- */

static int
by_number(const void *pa, const void *pb)
{
	int64_t a = *(const int64_t *)pa, b = *(const int64_t *)pb;

	return a < b ? -1 : a > b;
}

/* Distinct values of v, in place. */
static size_t
distinct(int64_t *v, size_t n)
{
	size_t kept = 0;

	if (n > 1)
		qsort(v, n, sizeof(*v), by_number);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || v[i] != v[i - 1])
			v[kept++] = v[i];
	return kept;
}

/* What the contexts say: text[context * CRASH_DISTS + dist]. */
struct contexts {
	int64_t *no;
	size_t n;
	struct str *text;
};

static enum err
load_contexts(struct task *t, struct pg *pg, const struct query_env *env,
              const struct crash_key *key, size_t n, struct contexts *out)
{
	struct bind b = { 0 };
	struct rows *r;

	out->no = tarray(t, n + 1, int64_t);
	for (size_t i = 0; i < n; i++)
		out->no[i] = key[i].context_no;
	out->n = distinct(out->no, n);
	out->text = tarray(t, (out->n + 1) * CRASH_DISTS, struct str);
	bind_i64(t, &b, env->id);
	bind_i64_array(t, &b, out->no, out->n);
	enum err e = pg_run(t, pg, &group_contexts, &b, &r);
	if (e != E_OK)
		return e;
	for (size_t i = 0, at = 0; i < rows_count(r); i++) {
		while (at < out->n && out->no[at] < row_i64(r, i, 0))
			at++;
		if (at == out->n)
			break;
		struct str *x = &out->text[at * CRASH_DISTS];
		for (int k = 0; k < CRASH_DISTS; k++)
			x[k] = row_str(r, i, k + 1);
		if (x[CRASH_OS].n > 0 && x[CRASH_PLATFORMS].n > 0)
			x[CRASH_OS] = arena_printf(t->arena, "%.*s %.*s", STRF(x[CRASH_PLATFORMS]),
			    STRF(x[CRASH_OS]));
	}
	return E_OK;
}

/* Which context each crash has; contexts->n for one that is not known. */
static size_t *
contexts_of(struct task *t, const struct contexts *c, const struct crash_key *key, size_t n)
{
	size_t *of = tarray(t, n + 1, size_t);

	for (size_t i = 0; i < n; i++) {
		const int64_t want = key[i].context_no;
		const int64_t *at = bsearch(&want, c->no, c->n, sizeof(want), by_number);
		of[i] = at == NULL ? c->n : (size_t)(at - c->no);
	}
	return of;
}

struct said {
	struct str value;
	size_t context;
};

static int
by_value(const void *pa, const void *pb)
{
	const struct said *a = pa, *b = pb;

	return str_cmp(a->value, b->value);
}

/* A value while it is counted. Crashes come sorted by person, so that a
 * person is new to a value when it is not the one seen last. */
struct value {
	struct crash_share share;
	int32_t last;
	bool shown;
};

static int
by_crashes(const void *pa, const void *pb)
{
	const struct value *const *a = pa, *const *b = pb;

	if ((*a)->share.crashes != (*b)->share.crashes)
		return (*a)->share.crashes < (*b)->share.crashes ? 1 : -1;
	return str_cmp((*a)->share.value, (*b)->share.value);
}

/* Distinct values of one distribution; of[context] is which. */
static struct value *
values_of(struct task *t, const struct contexts *c, size_t dist, struct value **of,
          size_t *nvalues)
{
	struct said *said = tarray(t, c->n + 1, struct said);
	struct value *value = tarray(t, c->n + 1, struct value);

	for (size_t i = 0; i <= c->n; i++) {
		struct str text = c->text[i * CRASH_DISTS + dist];
		said[i] = (struct said){ text.n > 0 ? text : STR(""), i };
	}
	qsort(said, c->n + 1, sizeof(*said), by_value);
	*nvalues = 0;
	for (size_t i = 0; i <= c->n; i++) {
		if (i == 0 || !str_eq(said[i].value, said[i - 1].value))
			value[(*nvalues)++].share.value = said[i].value;
		of[said[i].context] = &value[*nvalues - 1];
	}
	return value;
}

static void
add_crash(struct value *v, int32_t person_no)
{
	v->share.crashes++;
	v->share.users += person_no != 0 && person_no != v->last;
	v->last = person_no;
}

/* The most frequent values, and the rest of them as one. */
static void
spread(struct task *t, const struct contexts *c, const size_t *context,
       const struct crash_key *key, size_t n, struct crash_dist_rows *out)
{
	struct value **of = tarray(t, c->n + 1, struct value *), **order;
	size_t nvalues, nshown = 0;
	struct value *value = values_of(t, c, out->dist, of, &nvalues);
	struct value rest = { .share.other = true };

	for (size_t i = 0; i < n; i++)
		add_crash(of[context[i]], key[i].person_no);
	order = tarray(t, nvalues + 1, struct value *);
	for (size_t i = 0; i < nvalues; i++)
		if (value[i].share.crashes > 0)
			order[nshown++] = &value[i];
	if (nshown > 1)
		qsort(order, nshown, sizeof(*order), by_crashes);
	bool cut = nshown > CRASH_VALUES;
	nshown = cut ? CRASH_VALUES - 1 : nshown;
	out->row = tarray(t, nshown + 2, struct crash_share);
	for (size_t i = 0; i < nshown; i++) {
		order[i]->shown = true;
		out->row[i] = order[i]->share;
	}
	for (size_t i = 0; cut && i < n; i++)
		if (!of[context[i]]->shown)
			add_crash(&rest, key[i].person_no);
	if (cut)
		out->row[nshown++] = rest.share;
	out->n = nshown;
}

/* --- numbers ------------------------------------------------------------------ */

static void
count(struct task *t, const struct span *span, const struct crash_key *key, size_t n,
      struct crash_group *out)
{
	int64_t *session = tarray(t, n + 1, int64_t);
	size_t nsessions = 0;

	out->series = tarray(t, span->n + 1, double);
	out->row.crashes = (int64_t)n;
	for (size_t i = 0; i < n; i++) {
		out->fatal += key[i].fatal;
		if (span->n > 0)
			out->series[span_bucket(span, key[i].ts_us)]++;
		out->row.users += key[i].person_no != 0 &&
			(i == 0 || key[i].person_no != key[i - 1].person_no);
		if (key[i].session_no != 0)
			session[nsessions++] = key[i].session_no;
	}
	out->sessions = (int64_t)distinct(session, nsessions);
}

/* Everybody's crashes and users, as the overview counts them. */
static enum err
load_whole(struct task *t, struct pg *pg, const struct query_env *env,
           const struct range *range, const struct filters *filters, struct crash_group *out)
{
	struct plan plan;
	struct side side;

	side_plan(env, range, filters, &plan);
	plan.totals = true;
	enum err e = side_load(t, pg, &plan, &range->now, &side);
	if (e != E_OK || side.late || side.no_crashes)
		return e;
	out->all_crashes = side.total.crashes;
	out->active_users = side.active;
	return E_OK;
}

enum err
crash_group_load(struct task *t, struct pg *pg, const struct query_env *env,
                 struct str group_id, const struct range *range,
                 const struct filters *filters, struct crash_group *out)
{
	int64_t began = clock_mono_us();
	struct crash_key *key;
	struct contexts contexts;
	size_t n;
	bool late;

	enum err e = crash_group_find(t, pg, env, group_id, range, out);
	if (e != E_OK)
		return e;
	struct crash_ask ask = { .env = env, .filters = filters, .from_us = range->now.from_us,
		.to_us = range->now.to_us, .group = out->no, .ngroups = out->nno,
		.crashes = out->total, .times = true, .sessions = true };
	e = crash_read(t, pg, &ask, READ_MS, &key, &n, &late);
	if (e == E_OK && late)
		e = task_fail(t, E_TIMEOUT, "Counting the crashes took too long.");
	if (e == E_OK)
		e = load_contexts(t, pg, env, key, n, &contexts);
	if (e == E_OK)
		e = load_whole(t, pg, env, range, filters, out);
	if (e != E_OK)
		return e;
	count(t, &range->now, key, n, out);
	const size_t *context = contexts_of(t, &contexts, key, n);
	for (size_t d = 0; d < CRASH_DISTS; d++) {
		out->dist[d].dist = (enum crash_dist)d;
		spread(t, &contexts, context, key, n, &out->dist[d]);
	}
	out->meta.rows_scanned = (int64_t)n;
	out->meta.query_ms = (double)(clock_mono_us() - began) / 1000;
	return E_OK;
}
