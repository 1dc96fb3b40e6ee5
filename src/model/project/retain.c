/* retain.c - see retain.h. */
#include "model/project/retain.h"

#include "base/str.h"
#include "model/team/flag.h"
#include "model/team/plan.h"

static const struct stmt now_kept = { "retain_now",
	"SELECT team_id, project_id, retention_raw_days, retention_crash_days,"
	" retention_trace_days FROM environments WHERE id = $1::int4" };
static const struct stmt *const all[] = { &now_kept };
const struct stmt_list retain_statements = STMT_LIST("retain", all);

struct kind {
	const char *field;
	int32_t from, to; /* to -1: not changed */
};

static bool
is_plain(const struct kind *k, bool events)
{
	return events && (k->to == 30 || k->to == 90);
}

static enum err
check(struct task *t, struct pg *pg, const struct flag_who *who, const struct kind *k,
      bool events)
{
	unsigned flags = 0;
	enum err e = E_OK;
	if (k->to < 0 || k->to == k->from)
		return E_OK;
	if (!is_plain(k, events)) {
		e = flag_load(t, pg, who, &flags);
		if (e == E_OK)
			e = flag_need(t, flags, FLAG_RETENTION);
	}
	if (e == E_OK)
		e = plan_retention(t, pg, who->team_id, k->to);
	if (e == E_PLAN || e == E_DISABLED)
		task_field(t, str_of(k->field), "%s", t->detail);
	return e;
}

enum err
retain_check(struct task *t, struct pg *pg, int32_t environment_id,
             const struct environment_change *c)
{
	struct bind b = { 0 };
	struct rows *r;
	if (c->retention_raw_days < 0 && c->retention_crash_days < 0 && c->retention_trace_days < 0)
		return E_OK;
	bind_i64(t, &b, environment_id);
	enum err e = pg_run(t, pg, &now_kept, &b, &r);
	if (e == E_OK && rows_count(r) != 1)
		return task_fail(t, E_NOT_FOUND, "There is no environment %d", environment_id);
	if (e != E_OK)
		return e;
	const struct flag_who who = { .team_id = row_str(r, 0, 0), .project_id = row_str(r, 0, 1) };
	const struct kind kinds[] = {
		{ "retention_raw_days", (int32_t)row_i64(r, 0, 2), c->retention_raw_days },
		{ "retention_crash_days", (int32_t)row_i64(r, 0, 3), c->retention_crash_days },
		{ "retention_trace_days", (int32_t)row_i64(r, 0, 4), c->retention_trace_days },
	};
	for (size_t i = 0; e == E_OK && i < NELEM(kinds); i++)
		e = check(t, pg, &who, &kinds[i], i == 0);
	return e;
}
