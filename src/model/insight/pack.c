/* pack.c - see pack.h. */
#include "model/insight/pack.h"

#include "base/num.h"
#include "base/str.h"

#define STR_(x) #x
#define TEXT(x) STR_(x)

#define MONTH "(extract(year FROM p.month) * 12 + extract(month FROM p.month) - 1)::int4"
#define DATE(n) "make_date(" n "::int4 / 12, " n "::int4 % 12 + 1, 1)"
#define US(x) "coalesce((extract(epoch FROM " x ") * 1000000)::int8, 0)"
#define COLUMNS "SELECT " MONTH ", p.state, coalesce(p.asked_by::text, '')," \
	" coalesce(nullif(u.name, ''), u.email, ''), " US("p.asked_at") ", " US("p.made_at")
#define TABLES " FROM review_packs p LEFT JOIN users u ON u.id = p.asked_by" \
	" WHERE p.environment_id = $1::int4"

static const struct stmt list = { "pack_list", COLUMNS TABLES " ORDER BY p.month DESC" };
static const struct stmt get = { "pack_get",
	COLUMNS ", coalesce(p.pack::text, '')" TABLES " AND p.month = " DATE("$2") };
static const struct stmt ask = { "pack_ask",
	"INSERT INTO review_packs AS p (environment_id, month, team_id, asked_by)"
	" VALUES ($1::int4, " DATE("$2") ", $3::uuid, $4::uuid)"
	" ON CONFLICT (environment_id, month) DO UPDATE SET asked_by = EXCLUDED.asked_by,"
	" asked_at = now(), state = 'queued' WHERE p.state <> 'queued'" };
static const struct stmt drop = { "pack_delete",
	"DELETE FROM review_packs WHERE environment_id = $1::int4 AND month = " DATE("$2") };
static const struct stmt next = { "pack_next",
	"SELECT p.environment_id, " MONTH " FROM review_packs p WHERE p.state = 'queued'"
	" AND NOT EXISTS (SELECT FROM privacy_requests r WHERE r.environment_id = p.environment_id"
	"  AND r.kind = 'erase' AND r.state = 'running')"
	" ORDER BY p.asked_at, p.month LIMIT 1 FOR UPDATE OF p SKIP LOCKED" };
static const struct stmt put = { "pack_put",
	"UPDATE review_packs SET state = CASE WHEN $3 = '' THEN 'failed' ELSE 'done' END,"
	" made_at = now(), pack = nullif($3, '')::jsonb"
	" WHERE environment_id = $1::int4 AND month = " DATE("$2") };
/* Days a day wider for any zone. */
static const struct stmt forget = { "pack_forget",
	"UPDATE review_packs p SET state = 'queued', pack = NULL, made_at = NULL"
	" FROM (SELECT min(first_seen) AS first, max(last_seen) AS last FROM persons"
	"  WHERE environment_id = $1::int4 AND person_no = ANY($2::int4[])) s"
	" WHERE p.environment_id = $1::int4 AND (cardinality($2::int4[]) = 0"
	" OR (p.month + interval '1 month 1 day' > s.first"
	"  AND p.month - interval '1 month 1 day' <= s.last))" };
static const struct stmt prune = { "pack_prune",
	"DELETE FROM review_packs WHERE month < date_trunc('month', now())"
	" - interval '" TEXT(PACK_MONTHS) " months'" };
static const struct stmt *const all[] = { &list, &get, &ask, &drop, &next, &put, &forget, &prune };
const struct stmt_list pack_statements = STMT_LIST("pack", all);

bool
pack_month_parse(struct str text, int32_t *month)
{
	int64_t y, m;
	if (text.n != 7 || text.p[4] != '-' || !num_range(str_slice(text, 0, 4), 2000, 2199, &y) ||
	    !num_range(str_slice(text, 5, 7), 1, 12, &m))
		return false;
	*month = (int32_t)(y * 12 + m - 1);
	return true;
}

struct str
pack_month_format(struct task *t, int32_t month)
{
	return arena_printf(t->arena, "%04d-%02d", month / 12, month % 12 + 1);
}

static struct pack
pack_of(const struct rows *r, size_t i)
{
	return (struct pack){ (int32_t)row_i64(r, i, 0), row_str(r, i, 1), row_str(r, i, 2),
		row_str(r, i, 3), row_i64(r, i, 4), row_i64(r, i, 5), STR("") };
}

enum err
pack_list(struct task *t, struct pg *pg, int32_t environment_id, struct pack **out, size_t *n)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_i64(t, &b, environment_id);
	enum err e = pg_run(t, pg, &list, &b, &r);
	if (e != E_OK)
		return e;
	*n = rows_count(r);
	*out = tarray(t, *n + 1, struct pack);
	for (size_t i = 0; i < *n; i++)
		(*out)[i] = pack_of(r, i);
	return E_OK;
}

static void
bind_pack(struct task *t, struct bind *b, int32_t environment_id, int32_t month)
{
	bind_i64(t, b, environment_id);
	bind_i64(t, b, month);
}

enum err
pack_get(struct task *t, struct pg *pg, int32_t environment_id, int32_t month, struct pack *out)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_pack(t, &b, environment_id, month);
	enum err e = pg_run(t, pg, &get, &b, &r);
	if (e == E_OK && rows_count(r) == 0)
		return task_fail(t, E_NOT_FOUND, "There is no review pack of that month.");
	if (e != E_OK)
		return e;
	*out = pack_of(r, 0);
	out->json = row_str(r, 0, 6);
	return E_OK;
}

enum err
pack_ask(struct task *t, struct pg *pg, int32_t environment_id, struct str team_id,
         struct str user_id, int32_t month, bool *asked)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_pack(t, &b, environment_id, month);
	bind_str(t, &b, team_id);
	bind_str(t, &b, user_id);
	enum err e = pg_run(t, pg, &ask, &b, &r);
	*asked = e == E_OK && rows_affected(r) > 0;
	return e;
}

enum err
pack_delete(struct task *t, struct pg *pg, int32_t environment_id, int32_t month)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_pack(t, &b, environment_id, month);
	enum err e = pg_run(t, pg, &drop, &b, &r);
	if (e == E_OK && rows_affected(r) == 0)
		return task_fail(t, E_NOT_FOUND, "There is no review pack of that month.");
	return e;
}

enum err
pack_next(struct task *t, struct pg *pg, struct pack_job *out, bool *found)
{
	struct rows *r;
	enum err e = pg_run(t, pg, &next, NULL, &r);
	*found = e == E_OK && rows_count(r) > 0;
	if (*found)
		*out = (struct pack_job){ (int32_t)row_i64(r, 0, 0), (int32_t)row_i64(r, 0, 1) };
	return e;
}

enum err
pack_put(struct task *t, struct pg *pg, const struct pack_job *job, struct str json)
{
	struct bind b = { 0 };
	bind_pack(t, &b, job->environment_id, job->month);
	bind_str(t, &b, json.p != NULL ? json : STR(""));
	return pg_run(t, pg, &put, &b, NULL);
}

enum err
pack_forget(struct task *t, struct pg *pg, int32_t environment_id, const int64_t *person, size_t n)
{
	struct bind b = { 0 };
	bind_i64(t, &b, environment_id);
	bind_i64_array(t, &b, person, n);
	return pg_run(t, pg, &forget, &b, NULL);
}

enum err
pack_prune(struct task *t, struct pg *pg, int64_t *gone)
{
	struct rows *r;
	enum err e = pg_run(t, pg, &prune, NULL, &r);
	*gone = e == E_OK ? rows_affected(r) : 0;
	return e;
}
