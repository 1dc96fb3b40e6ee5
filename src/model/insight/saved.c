/* saved.c - see saved.h. */
#include "model/insight/saved.h"

#include "base/str.h"
#include "base/url.h"
#include "base/utf8.h"

const char *const saved_pages[] = { "overview", "events", "sessions", "persons", "crashes",
	"performance", "releases", "pipeline", NULL };

#define COLUMNS "v.id, v.name, v.page, v.query, v.user_id, coalesce(nullif(u.name, ''), u.email, '')," \
	" v.shared, (extract(epoch FROM v.created_at) * 1000000)::int8" \
	" FROM saved_views v LEFT JOIN users u ON u.id = v.user_id"
static const struct stmt list = { "saved_list",
	"SELECT " COLUMNS " WHERE v.environment_id = $1::int4 ORDER BY lower(v.name), v.created_at" };
static const struct stmt get = { "saved_get",
	"SELECT " COLUMNS " WHERE v.environment_id = $1::int4 AND v.id::text = $2" };
static const struct stmt create = { "saved_create",
	"INSERT INTO saved_views (environment_id, team_id, user_id, name, page, query, shared)"
	" SELECT $1::int4, $2::uuid, $3::uuid, $4, $5, $6, $7::bool WHERE $8::int8 >"
	" (SELECT count(*) FROM saved_views WHERE environment_id = $1::int4) RETURNING id" };
static const struct stmt set = { "saved_set",
	"UPDATE saved_views SET name = $2, shared = $3::bool WHERE id = $1::uuid" };
static const struct stmt drop = { "saved_delete", "DELETE FROM saved_views WHERE id = $1::uuid" };
static const struct stmt *const all[] = { &list, &get, &create, &set, &drop };
const struct stmt_list saved_statements = STMT_LIST("saved", all);

const char *
saved_page_find(struct str page)
{
	for (size_t i = 0; saved_pages[i] != NULL; i++)
		if (str_is(page, saved_pages[i]))
			return saved_pages[i];
	return NULL;
}

static bool
is_of_visit(struct str name)
{
	static const char *const NAMES[] = { "cursor", "done", "csrf", "n", "before", "after" };
	for (size_t i = 0; i < NELEM(NAMES); i++)
		if (str_is(name, NAMES[i]))
			return true;
	return false;
}

/* One pair at the end of b. False: not text. */
static bool
add_pair(struct task *t, struct buf *b, struct str name, struct str value, int64_t *filters)
{
	struct str n, v = STR("");
	if (!url_decode(t->arena, name, true, &n) || !utf8_is_line(n) ||
	    (value.p != NULL && (!url_decode(t->arena, value, true, &v) || !utf8_is_line(v))))
		return false;
	if (is_of_visit(n) || v.n == 0)
		return true;
	if (b->n > 0)
		buf_putc(b, '&');
	url_encode(b, n);
	buf_putc(b, '=');
	url_encode(b, v);
	*filters += str_is(n, "f");
	return true;
}

enum err
saved_query(struct task *t, struct str query, struct str *out, int64_t *filters)
{
	struct buf b = BUF_INIT;
	struct str name, value;
	bool good = true;
	*filters = 0;
	while (good && url_next(&query, &name, &value))
		good = add_pair(t, &b, name, value, filters) && b.n <= SAVED_QUERY_MAX;
	*out = arena_str(t->arena, buf_str(&b));
	buf_release(&b);
	if (good)
		return E_OK;
	task_field(t, STR("query"), "This view cannot be saved: its address is not one of a page, or too long.");
	return task_fail(t, E_INVALID, "Please check the marked fields.");
}

static struct saved
saved_of(const struct rows *r, size_t i)
{
	return (struct saved){ row_str(r, i, 0), row_str(r, i, 1), row_str(r, i, 2),
		row_str(r, i, 3), row_str(r, i, 4), row_str(r, i, 5), row_bool(r, i, 6),
		row_i64(r, i, 7) };
}

enum err
saved_list(struct task *t, struct pg *pg, int32_t environment_id, struct saved **out, size_t *n)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_i64(t, &b, environment_id);
	enum err e = pg_run(t, pg, &list, &b, &r);
	if (e != E_OK)
		return e;
	*n = rows_count(r);
	*out = tarray(t, *n + 1, struct saved);
	for (size_t i = 0; i < *n; i++)
		(*out)[i] = saved_of(r, i);
	return E_OK;
}

enum err
saved_get(struct task *t, struct pg *pg, int32_t environment_id, struct str id, struct saved *out)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_i64(t, &b, environment_id);
	bind_str(t, &b, id);
	enum err e = pg_run(t, pg, &get, &b, &r);
	if (e == E_OK && rows_count(r) == 0)
		return task_fail(t, E_NOT_FOUND, "There is no such saved view.");
	if (e == E_OK)
		*out = saved_of(r, 0);
	return e;
}

enum err
saved_create(struct task *t, struct pg *pg, const struct saved_new *in, struct str *id)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_i64(t, &b, in->environment_id);
	bind_str(t, &b, in->team_id);
	bind_str(t, &b, in->user_id);
	bind_str(t, &b, in->name);
	bind_str(t, &b, in->page);
	bind_str(t, &b, in->query);
	bind_bool(&b, in->shared);
	bind_i64(t, &b, SAVED_MAX);
	enum err e = pg_run(t, pg, &create, &b, &r);
	if (e == E_OK && rows_count(r) == 0)
		return task_fail(t, E_CONFLICT, "There are %d saved views already; delete some first.",
		                 SAVED_MAX);
	if (e == E_OK)
		*id = row_str(r, 0, 0);
	return e;
}

enum err
saved_set(struct task *t, struct pg *pg, const struct saved *s, struct str name, bool shared)
{
	struct bind b = { 0 };
	bind_str(t, &b, s->id);
	bind_str(t, &b, name);
	bind_bool(&b, shared);
	return pg_run(t, pg, &set, &b, NULL);
}

enum err
saved_delete(struct task *t, struct pg *pg, const struct saved *s)
{
	struct bind b = { 0 };
	bind_str(t, &b, s->id);
	return pg_run(t, pg, &drop, &b, NULL);
}
