/* crash_merge.c - several groups into one, and back. A merge is a row that
 * says where a number leads; what was merged into the merged one before is
 * led on, and comes back with it. */
#include "base/jw.h"
#include "base/json.h"
#include "base/str.h"
#include "base/uuid.h"
#include "model/project/crash_act.h"

/* Locked in order of number, so that two merges cannot wait for each other. */
static const struct stmt merge_find = { "crash_merge_find",
	"SELECT g.group_no, g.group_id, g.title FROM crash_groups g WHERE g.environment_id = $1"
	" AND g.group_no IN (SELECT coalesce(a.to_no, i.group_no) FROM crash_groups i"
	" LEFT JOIN crash_group_alias a ON a.environment_id = $1 AND a.from_no = i.group_no"
	" WHERE i.environment_id = $1 AND i.group_id = ANY($2::uuid[]))"
	" ORDER BY g.group_no FOR UPDATE" };
static const struct stmt merge_known = { "crash_merge_known",
	"SELECT count(*) FROM crash_groups WHERE environment_id = $1"
	" AND group_id = ANY($2::uuid[])" };
static const struct stmt merge_move = { "crash_merge_move",
	"UPDATE crash_group_alias SET to_no = $3 WHERE environment_id = $1 AND to_no = $2"
	" RETURNING from_no" };
static const struct stmt merge_add = { "crash_merge_add",
	"INSERT INTO crash_group_alias (environment_id, from_no, to_no) VALUES ($1, $2, $3)" };
static const struct stmt merge_drop = { "crash_merge_drop",
	"DELETE FROM crash_group_alias a USING crash_groups g WHERE a.environment_id = $1"
	" AND a.to_no = $2 AND a.why = 'merge' AND g.environment_id = $1"
	" AND g.group_no = a.from_no AND g.group_id = $3::uuid"
	" RETURNING a.from_no, g.title" };
static const struct stmt merge_back = { "crash_merge_back",
	"UPDATE crash_group_alias SET to_no = $3 WHERE environment_id = $1 AND to_no = $2"
	" AND from_no = ANY($4::int4[])" };
static const struct stmt merge_told = { "crash_merge_told",
	"SELECT detail->'along' FROM crash_group_log WHERE environment_id = $1"
	" AND action = 'merge' AND detail->>'group' = $2 ORDER BY id DESC LIMIT 1" };

static const struct stmt *const all[] = { &merge_find, &merge_known, &merge_move, &merge_add,
	&merge_drop, &merge_back, &merge_told };
const struct stmt_list crash_merge_statements = STMT_LIST("crash_merge", all);

static enum err
lead_on(struct task *t, struct pg *pg, const struct crash_act *act, int64_t from, int32_t to,
        struct rows **along)
{
	struct bind b = { 0 };

	bind_i64(t, &b, act->environment_id);
	bind_i64(t, &b, from);
	bind_i64(t, &b, to);
	enum err e = pg_run(t, pg, &merge_move, &b, along);
	return e == E_OK ? pg_run(t, pg, &merge_add, &b, NULL) : e;
}

/* {"group":"<id>","title":"…","along":[…]}: what undoing needs. */
static struct str
merge_detail(struct task *t, struct str id, struct str title, const struct rows *along)
{
	struct buf text = BUF_INIT;
	struct jw j;

	jw_init(&j, &text);
	jw_object_begin(&j);
	jw_kstr(&j, "group", id);
	jw_kstr(&j, "title", title);
	jw_key(&j, "along");
	jw_array_begin(&j);
	for (size_t i = 0; along != NULL && i < rows_count(along); i++)
		jw_i64(&j, row_i64(along, i, 0));
	jw_array_end(&j);
	jw_object_end(&j);
	struct str out = arena_str(t->arena, buf_str(&text));
	buf_release(&text);
	return out;
}

/* Ids as uuids, the group itself among them; E_NOT_FOUND when one is none of
 * the environment's. */
static enum err
find_all(struct task *t, struct pg *pg, const struct crash_act *act, const struct str *from,
         size_t n, struct rows **out)
{
	struct str *id = tarray(t, n + 1, struct str);
	struct bind b = { 0 };
	struct rows *r;
	size_t kept = 0;
	uint8_t raw[16];

	for (size_t i = 0; i <= n; i++) {
		if (!uuid_parse(i < n ? from[i] : act->group_id, raw))
			return task_fail(t, E_NOT_FOUND, "There is no such crash group.");
		struct str text = uuid_str(t->arena, raw);
		bool twice = false;
		for (size_t k = 0; k < kept && !twice; k++)
			twice = str_eq(id[k], text);
		if (!twice)
			id[kept++] = text;
	}
	bind_i64(t, &b, act->environment_id);
	bind_str_array(t, &b, id, kept);
	enum err e = pg_one(t, pg, &merge_known, &b, &r);
	if (e == E_OK && row_i64(r, 0, 0) != (int64_t)kept)
		return task_fail(t, E_NOT_FOUND, "There is no such crash group.");
	return e == E_OK ? pg_run(t, pg, &merge_find, &b, out) : e;
}

enum err
crash_group_merge(struct task *t, struct pg *pg, struct crash_act *act,
                  const struct str *from, size_t n)
{
	struct crash_locked g = { 0 };
	struct rows *r, *along;
	size_t merged = 0;

	if (n == 0 || n > CRASH_MERGE_MAX) {
		task_field(t, STR("group"), "Choose 1 to %d groups.", CRASH_MERGE_MAX);
		return task_fail(t, E_INVALID, "Please check the marked fields.");
	}
	enum err e = find_all(t, pg, act, from, n, &r);
	if (e == E_OK)
		e = crash_act_lock(t, pg, act, &g);
	for (size_t i = 0; e == E_OK && i < rows_count(r); i++) {
		int64_t no = row_i64(r, i, 0);
		if (no == g.no)
			continue;
		merged++;
		e = lead_on(t, pg, act, no, g.no, &along);
		if (e == E_OK)
			e = crash_act_log(t, pg, act, g.no, "merge", merge_detail(t, row_str(r, i, 1),
				row_str(r, i, 2), along));
	}
	if (e == E_OK && merged == 0) {
		task_field(t, STR("group"), "Choose another group: this one is part of it already.");
		e = task_fail(t, E_INVALID, "Please check the marked fields.");
	}
	return e;
}

/* The numbers that came along with it. */
static enum err
came_along(struct task *t, struct pg *pg, const struct crash_act *act, struct str from,
           int64_t **out, size_t *n)
{
	struct bind b = { 0 };
	const struct json *list;
	struct rows *r;

	*n = 0;
	bind_i64(t, &b, act->environment_id);
	bind_str(t, &b, from);
	enum err e = pg_run(t, pg, &merge_told, &b, &r);
	if (e != E_OK || rows_count(r) == 0 || row_is_null(r, 0, 0))
		return e;
	e = json_parse(t, row_str(r, 0, 0), &list);
	if (e != E_OK)
		return e;
	*out = tarray(t, json_count(list) + 1, int64_t);
	for (size_t i = 0; i < json_count(list); i++)
		(*out)[(*n)++] = json_i64(json_at(list, i), 0);
	return E_OK;
}

enum err
crash_group_unmerge(struct task *t, struct pg *pg, struct crash_act *act, struct str from)
{
	struct crash_locked g = { 0 };
	struct bind b = { 0 };
	struct rows *r;
	int64_t *along = NULL;
	size_t n = 0;
	uint8_t raw[16];
	enum err e = crash_act_lock(t, pg, act, &g);

	if (e == E_OK && !uuid_parse(from, raw))
		e = task_fail(t, E_NOT_FOUND, "This group was not merged in.");
	if (e != E_OK)
		return e;
	from = uuid_str(t->arena, raw);
	bind_i64(t, &b, act->environment_id);
	bind_i64(t, &b, g.no);
	bind_str(t, &b, from);
	e = pg_run(t, pg, &merge_drop, &b, &r);
	if (e == E_OK && rows_count(r) == 0)
		e = task_fail(t, E_NOT_FOUND, "This group was not merged in.");
	if (e == E_OK)
		e = came_along(t, pg, act, from, &along, &n);
	if (e == E_OK && n > 0) {
		b = (struct bind){ 0 };
		bind_i64(t, &b, act->environment_id);
		bind_i64(t, &b, g.no);
		bind_i64(t, &b, row_i64(r, 0, 0));
		bind_i64_array(t, &b, along, n);
		e = pg_run(t, pg, &merge_back, &b, NULL);
	}
	if (e == E_OK)
		e = crash_act_log(t, pg, act, g.no, "unmerge", merge_detail(t, from,
			row_str(r, 0, 1), NULL));
	return e;
}
