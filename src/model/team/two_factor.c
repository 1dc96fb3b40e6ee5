/* two_factor.c - see two_factor.h. */
#include "model/team/two_factor.h"

static const struct stmt required = { "team_two_factor_required",
	"SELECT two_factor FROM teams WHERE id = $1::uuid" };
static const struct stmt set = { "team_two_factor_set",
	"UPDATE teams SET two_factor = $3::bool WHERE id = $1::uuid AND (NOT $3::bool OR EXISTS"
	" (SELECT FROM user_totp f WHERE f.user_id = $2::uuid AND f.confirmed_at IS NOT NULL))" };
static const struct stmt missing = { "team_two_factor_missing",
	"SELECT auth_team_without_factor($1::uuid)" };
static const struct stmt *const all[] = { &required, &set, &missing };
const struct stmt_list team_two_factor_statements = STMT_LIST("team_two_factor", all);

enum err
team_two_factor_required(struct task *t, struct pg *pg, struct str team_id, bool *out)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_str(t, &b, team_id);
	enum err e = pg_one(t, pg, &required, &b, &r);
	if (e == E_OK)
		*out = row_bool(r, 0, 0);
	return e;
}

enum err
team_two_factor_set(struct task *t, struct pg *pg, struct str team_id, struct str by_user,
                    bool value)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_str(t, &b, team_id);
	bind_str(t, &b, by_user);
	bind_bool(&b, value);
	enum err e = pg_run(t, pg, &set, &b, &r);
	if (e == E_OK && rows_affected(r) != 1)
		return task_fail(t, E_INVALID,
		    "Set up two-factor sign-in for your own account first.");
	return e;
}

enum err
team_two_factor_missing(struct task *t, struct pg *pg, struct str team_id, int64_t *members)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_str(t, &b, team_id);
	enum err e = pg_one(t, pg, &missing, &b, &r);
	if (e == E_OK)
		*members = row_i64(r, 0, 0);
	return e;
}
