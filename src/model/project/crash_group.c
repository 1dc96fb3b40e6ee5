/* crash_group.c - see crash_group.h. Each act: lock, change, log. */
#include "model/project/crash_group.h"

#include "base/jw.h"
#include "base/str.h"
#include "base/uuid.h"
#include "model/project/crash_act.h"

/* The row of the group it is part of, locked; $3: whether a merge away is
 * followed. */
static const struct stmt group_lock = { "crash_act_lock",
	"SELECT group_no, group_id, crashes + (SELECT coalesce(sum(m.crashes), 0)::int8"
	" FROM crash_group_alias a JOIN crash_groups m ON m.environment_id = $1"
	" AND m.group_no = a.from_no WHERE a.environment_id = $1"
	" AND a.to_no = crash_groups.group_no), status, coalesce(assignee::text, ''), split_frames"
	" FROM crash_groups WHERE environment_id = $1 AND group_no = (SELECT coalesce(a.to_no,"
	" i.group_no) FROM crash_groups i LEFT JOIN crash_group_alias a ON a.environment_id = $1"
	" AND a.from_no = i.group_no WHERE i.environment_id = $1 AND i.group_id = $2)"
	" FOR UPDATE" };
static const struct stmt group_status = { "crash_act_status",
	"UPDATE crash_groups SET status = $3, status_at = now(), ignored_until = $4,"
	" ignored_crashes = $5 WHERE environment_id = $1 AND group_no = $2" };
static const struct stmt group_assign = { "crash_act_assign",
	"UPDATE crash_groups SET assignee = $3::uuid WHERE environment_id = $1 AND group_no = $2" };
static const struct stmt group_split = { "crash_act_split",
	"UPDATE crash_groups SET split_frames = $3 WHERE environment_id = $1 AND group_no = $2" };
static const struct stmt log_add = { "crash_act_log",
	"INSERT INTO crash_group_log (environment_id, group_no, actor, action, detail)"
	" VALUES ($1, $2, $3, $4, $5::jsonb)" };
static const struct stmt log_list = { "crash_act_log_list",
	"SELECT id, (extract(epoch FROM at) * 1000000)::int8, actor, action, detail::text"
	" FROM crash_group_log WHERE environment_id = $1 AND group_no = ANY($2::int4[])"
	" ORDER BY id DESC LIMIT $3" };

static const struct stmt *const all[] = { &group_lock, &group_status, &group_assign,
	&group_split, &log_add, &log_list };
const struct stmt_list crash_group_act_statements = STMT_LIST("crash_group_act", all);

enum err
crash_act_lock(struct task *t, struct pg *pg, struct crash_act *act, struct crash_locked *out)
{
	struct bind b = { 0 };
	struct rows *r;
	uint8_t id[16];

	if (!uuid_parse(act->group_id, id))
		return task_fail(t, E_NOT_FOUND, "There is no such crash group.");
	bind_i64(t, &b, act->environment_id);
	bind_str(t, &b, uuid_str(t->arena, id));
	enum err e = pg_run(t, pg, &group_lock, &b, &r);
	if (e != E_OK)
		return e;
	if (rows_count(r) == 0)
		return task_fail(t, E_NOT_FOUND, "There is no such crash group.");
	*out = (struct crash_locked){ .no = (int32_t)row_i64(r, 0, 0), .group_id = row_str(r, 0, 1),
		.crashes = row_i64(r, 0, 2), .status = row_str(r, 0, 3),
		.assignee = row_str(r, 0, 4), .split_frames = (int)row_i64(r, 0, 5) };
	act->into = out->group_id;
	return E_OK;
}

enum err
crash_act_log(struct task *t, struct pg *pg, const struct crash_act *act, int32_t no,
              const char *action, struct str detail)
{
	struct bind b = { 0 };

	bind_i64(t, &b, act->environment_id);
	bind_i64(t, &b, no);
	bind_str(t, &b, act->actor);
	bind_str(t, &b, str_of(action));
	bind_str(t, &b, detail.n > 0 ? detail : STR("{}"));
	return pg_run(t, pg, &log_add, &b, NULL);
}

struct str
crash_act_detail(struct task *t, const char *key, struct str value)
{
	struct buf text = BUF_INIT;
	struct jw j;

	jw_init(&j, &text);
	jw_object_begin(&j);
	jw_kstr(&j, key, value);
	jw_object_end(&j);
	struct str out = arena_str(t->arena, buf_str(&text));
	buf_release(&text);
	return out;
}

enum err
crash_act_status(struct task *t, struct pg *pg, const struct crash_act *act, int32_t no,
                 const struct crash_status *to)
{
	struct bind b = { 0 };

	bind_i64(t, &b, act->environment_id);
	bind_i64(t, &b, no);
	bind_str(t, &b, str_of(to->status));
	if (to->ignored_until_us > 0)
		bind_time(t, &b, to->ignored_until_us);
	else
		bind_null(&b);
	if (to->ignored_crashes > 0)
		bind_i64(t, &b, to->ignored_crashes);
	else
		bind_null(&b);
	return pg_run(t, pg, &group_status, &b, NULL);
}

static struct str
ignore_detail(struct task *t, int64_t until_us, int64_t crashes)
{
	struct buf text = BUF_INIT;
	struct jw j;

	jw_init(&j, &text);
	jw_object_begin(&j);
	if (until_us > 0)
		jw_ktime(&j, "until", until_us);
	if (crashes > 0)
		jw_ki64(&j, "crashes", crashes);
	jw_object_end(&j);
	struct str out = arena_str(t->arena, buf_str(&text));
	buf_release(&text);
	return out;
}

enum err
crash_group_ignore(struct task *t, struct pg *pg, struct crash_act *act, int64_t until_us,
                   int64_t crashes)
{
	struct crash_locked g = { 0 };
	enum err e = crash_act_lock(t, pg, act, &g);

	if (e == E_OK)
		e = crash_act_status(t, pg, act, g.no, &(struct crash_status){ "ignored", until_us,
			crashes > 0 ? g.crashes + crashes : 0 });
	if (e == E_OK)
		e = crash_act_log(t, pg, act, g.no, "ignore", ignore_detail(t, until_us, crashes));
	return e;
}

enum err
crash_group_reopen(struct task *t, struct pg *pg, struct crash_act *act)
{
	struct crash_locked g = { 0 };
	enum err e = crash_act_lock(t, pg, act, &g);

	if (e == E_OK)
		e = crash_act_unresolve(t, pg, act, g.no);
	if (e == E_OK)
		e = crash_act_status(t, pg, act, g.no, &(struct crash_status){ "open", 0, 0 });
	if (e == E_OK)
		e = crash_act_log(t, pg, act, g.no, "reopen", crash_act_detail(t, "was", g.status));
	return e;
}

enum err
crash_group_assign(struct task *t, struct pg *pg, struct crash_act *act, struct str user_id)
{
	struct crash_locked g = { 0 };
	struct bind b = { 0 };
	enum err e = crash_act_lock(t, pg, act, &g);

	if (e != E_OK)
		return e;
	bind_i64(t, &b, act->environment_id);
	bind_i64(t, &b, g.no);
	bind_str_or_null(t, &b, user_id);
	e = pg_run(t, pg, &group_assign, &b, NULL);
	if (e == E_OK)
		e = crash_act_log(t, pg, act, g.no, "assign", crash_act_detail(t, "to", user_id));
	return e;
}

enum err
crash_group_comment(struct task *t, struct pg *pg, struct crash_act *act, struct str text)
{
	struct crash_locked g = { 0 };
	enum err e = crash_act_lock(t, pg, act, &g);

	if (e == E_OK)
		e = crash_act_log(t, pg, act, g.no, "comment", crash_act_detail(t, "text", text));
	return e;
}

enum err
crash_group_split(struct task *t, struct pg *pg, struct crash_act *act, bool finer)
{
	struct crash_locked g = { 0 };
	struct bind b = { 0 };
	int frames = finer ? CRASH_SPLIT_FRAMES : 0;
	enum err e = crash_act_lock(t, pg, act, &g);

	if (e != E_OK || g.split_frames == frames)
		return e;
	bind_i64(t, &b, act->environment_id);
	bind_i64(t, &b, g.no);
	bind_i64(t, &b, frames);
	e = pg_run(t, pg, &group_split, &b, NULL);
	if (e == E_OK)
		e = crash_act_log(t, pg, act, g.no, finer ? "split" : "unsplit", STR_NULL);
	return e;
}

enum err
crash_log_list(struct task *t, struct pg *pg, int32_t environment_id, const int64_t *no,
               size_t n, int limit, struct crash_log **out, size_t *nout)
{
	struct bind b = { 0 };
	struct rows *r;

	bind_i64(t, &b, environment_id);
	bind_i64_array(t, &b, no, n);
	bind_i64(t, &b, limit);
	enum err e = pg_run(t, pg, &log_list, &b, &r);
	if (e != E_OK)
		return e;
	*nout = rows_count(r);
	*out = tarray(t, *nout + 1, struct crash_log);
	for (size_t i = 0; i < *nout; i++)
		(*out)[i] = (struct crash_log){ row_i64(r, i, 0), row_i64(r, i, 1),
			row_str(r, i, 2), row_str(r, i, 3), row_str(r, i, 4) };
	return E_OK;
}
