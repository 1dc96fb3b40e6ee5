/* crash_resolve.c - up to which release of each platform a group is done. */
#include "base/jw.h"
#include "base/str.h"
#include "model/project/crash_act.h"
#include "model/project/release.h"

/* seen: in crashes of the group or of what was merged into it. */
static const struct stmt releases_seen = { "crash_releases_seen",
	"WITH m AS (SELECT $2::int4 AS no UNION ALL SELECT from_no FROM crash_group_alias"
	" WHERE environment_id = $1 AND to_no = $2::int4), x AS (SELECT DISTINCT e.context_no"
	" FROM m JOIN crashes e ON e.environment_id = $1 AND e.group_no = m.no AND e.ts >="
	" (SELECT CASE WHEN retention_crash_days = 0 THEN '-infinity' ELSE now() -"
	" make_interval(days => retention_crash_days) END FROM environments WHERE id = $1)),"
	" s AS (SELECT DISTINCT c.platform, c.app_version, c.app_build FROM x JOIN contexts c"
	" ON c.environment_id = $1 AND c.context_no = x.context_no)"
	" SELECT r.platform, r.version, r.build, s.platform IS NOT NULL,"
	" (extract(epoch FROM r.first_seen) * 1000000)::int8 FROM releases r"
	" LEFT JOIN s ON s.platform = r.platform AND s.app_version = r.version"
	" AND s.app_build = r.build WHERE r.environment_id = $1 ORDER BY 1" };
static const struct stmt resolution_add = { "crash_resolution_add",
	"INSERT INTO crash_group_resolutions (environment_id, group_no, platform, version, build,"
	" sort_key, inclusive) VALUES ($1, $2, $3, $4, $5, $6, $7)" };
static const struct stmt resolution_gone = { "crash_resolution_gone",
	"DELETE FROM crash_group_resolutions WHERE environment_id = $1 AND group_no = $2" };
static const struct stmt release_names = { "crash_release_names",
	"SELECT version, min(build), max(first_seen) FROM releases WHERE environment_id = $1"
	" GROUP BY 1 ORDER BY 3 DESC LIMIT $2" };

static const struct stmt *const all[] = { &releases_seen, &resolution_add, &resolution_gone,
	&release_names };
const struct stmt_list crash_resolve_statements = STMT_LIST("crash_resolve", all);

/* The newest release of one platform. */
struct newest {
	struct str platform, version, build, key;
	int64_t first_us;
	bool seen; /* the group was seen in it */
};

enum err
crash_act_unresolve(struct task *t, struct pg *pg, const struct crash_act *act, int32_t no)
{
	struct bind b = { 0 };

	bind_i64(t, &b, act->environment_id);
	bind_i64(t, &b, no);
	return pg_run(t, pg, &resolution_gone, &b, NULL);
}

static bool
is_newer(const struct newest *a, const struct newest *b)
{
	int c = str_cmp(a->key, b->key);

	if ((a->key.n > 0) != (b->key.n > 0))
		return a->key.n > 0;
	return c != 0 ? c > 0 : a->first_us > b->first_us;
}

/* One row a platform. With only_seen, a release the group was seen in goes
 * before any other; a platform it was never seen on has its newest. */
static size_t
pick_newest(struct task *t, const struct rows *r, bool only_seen, struct newest *out)
{
	size_t n = 0;

	for (size_t i = 0; i < rows_count(r); i++) {
		struct newest x = { row_str(r, i, 0), row_str(r, i, 1), row_str(r, i, 2), STR_NULL,
			row_i64(r, i, 4), row_bool(r, i, 3) };
		x.key = release_key(t, x.version, x.build);
		if (n == 0 || !str_eq(out[n - 1].platform, x.platform))
			out[n++] = x;
		else if (only_seen && x.seen != out[n - 1].seen)
			out[n - 1] = x.seen ? x : out[n - 1];
		else if (is_newer(&x, &out[n - 1]))
			out[n - 1] = x;
	}
	return n;
}

static enum err
put_row(struct task *t, struct pg *pg, const struct crash_act *act, int32_t no,
        const struct newest *x, bool inclusive)
{
	struct bind b = { 0 };

	bind_i64(t, &b, act->environment_id);
	bind_i64(t, &b, no);
	bind_str(t, &b, x->platform);
	bind_str(t, &b, x->version);
	bind_str(t, &b, x->build);
	bind_str_or_null(t, &b, x->key);
	bind_bool(&b, inclusive);
	return pg_run(t, pg, &resolution_add, &b, NULL);
}

static struct str
detail_of(struct task *t, enum crash_resolve how, struct str version, const struct newest *row,
          size_t n)
{
	static const char *const HOW[] = { "now", "release", "next" };
	struct buf text = BUF_INIT;
	struct jw j;

	jw_init(&j, &text);
	jw_object_begin(&j);
	jw_kstr(&j, "how", str_of(HOW[how]));
	if (how == CRASH_RESOLVE_RELEASE)
		jw_kstr(&j, "version", version);
	jw_key(&j, "after");
	jw_object_begin(&j);
	for (size_t i = 0; how != CRASH_RESOLVE_RELEASE && i < n; i++) {
		jw_key_str(&j, row[i].platform);
		jw_str(&j, row[i].version);
	}
	jw_object_end(&j);
	jw_object_end(&j);
	struct str out = arena_str(t->arena, buf_str(&text));
	buf_release(&text);
	return out;
}

static enum err
put_rows(struct task *t, struct pg *pg, const struct crash_act *act, int32_t no,
         const struct newest *row, size_t n, bool inclusive)
{
	enum err e = crash_act_unresolve(t, pg, act, no);

	for (size_t i = 0; e == E_OK && i < n; i++)
		e = put_row(t, pg, act, no, &row[i], inclusive);
	return e;
}

enum err
crash_group_resolve(struct task *t, struct pg *pg, struct crash_act *act,
                    enum crash_resolve how, struct str version)
{
	struct crash_locked g = { 0 };
	struct bind b = { 0 };
	struct rows *r;
	struct str key = STR_NULL;

	if (how == CRASH_RESOLVE_RELEASE) {
		key = release_key(t, version, STR(""));
		if (key.n == 0) {
			task_field(t, STR("version"), "Write a version that begins with a number.");
			return task_fail(t, E_INVALID, "Please check the marked fields.");
		}
	}
	enum err e = crash_act_lock(t, pg, act, &g);
	if (e != E_OK)
		return e;
	bind_i64(t, &b, act->environment_id);
	bind_i64(t, &b, g.no);
	e = pg_run(t, pg, &releases_seen, &b, &r);
	if (e != E_OK)
		return e;
	struct newest *row = tarray(t, rows_count(r) + 1, struct newest);
	size_t n = pick_newest(t, r, how == CRASH_RESOLVE_NOW, row);
	for (size_t i = 0; how == CRASH_RESOLVE_RELEASE && i < n; i++) {
		row[i].version = version;
		row[i].build = STR("");
		row[i].key = key;
	}
	e = put_rows(t, pg, act, g.no, row, n, how == CRASH_RESOLVE_RELEASE);
	if (e == E_OK)
		e = crash_act_status(t, pg, act, g.no, &(struct crash_status){ "resolved", 0, 0 });
	if (e == E_OK)
		e = crash_act_log(t, pg, act, g.no, "resolve", detail_of(t, how, version, row, n));
	return e;
}

/* Known versions by their order, newest first; those without a place last. */
enum err
crash_releases(struct task *t, struct pg *pg, int32_t environment_id, size_t max,
               struct str **out, size_t *n)
{
	struct bind b = { 0 };
	struct rows *r;

	*n = 0;
	bind_i64(t, &b, environment_id);
	bind_i64(t, &b, (int64_t)max);
	enum err e = pg_run(t, pg, &release_names, &b, &r);
	if (e != E_OK)
		return e;
	struct newest *row = tarray(t, rows_count(r) + 1, struct newest);
	for (size_t i = 0; i < rows_count(r); i++) {
		struct newest x = { .version = row_str(r, i, 0) };
		size_t at = (*n)++;
		x.key = release_key(t, x.version, row_str(r, i, 1));
		for (; at > 0 && is_newer(&x, &row[at - 1]); at--)
			row[at] = row[at - 1];
		row[at] = x;
	}
	*out = tarray(t, *n + 1, struct str);
	for (size_t i = 0; i < *n; i++)
		(*out)[i] = row[i].version;
	return E_OK;
}
