/* audit.c - see audit.h. */
#include "model/team/audit.h"

#include "base/str.h"

static const struct stmt add = { "audit_add",
	"INSERT INTO audit_entries (team_id, actor, action, target, detail, remote_addr, request_id)"
	" VALUES ($1::uuid, $2, $3, $4, $5::jsonb, $6, $7)" };
static const struct stmt list = { "audit_list",
	"SELECT id, (extract(epoch from at)*1e6)::int8, coalesce(team_id::text, ''), actor, action,"
	" target, detail::text, remote_addr, request_id FROM audit_entries"
	" WHERE team_id = $1::uuid AND id < $2::int8 ORDER BY id DESC LIMIT $3::int4" };
static const struct stmt *const all[] = { &add, &list };
const struct stmt_list audit_statements = STMT_LIST("audit", all);

enum err
audit_add(struct task *t, struct pg *pg, const struct audit_entry *e)
{
	ASSERT(pg_in_tx(pg)); /* belongs to the change it tells of */
	struct bind b = { 0 };
	bind_str_or_null(t, &b, e->team_id);
	bind_str(t, &b, e->actor);
	bind_str(t, &b, e->action);
	bind_str(t, &b, e->target);
	bind_str(t, &b, e->detail.n > 0 ? e->detail : STR("{}"));
	bind_str(t, &b, e->remote_addr);
	bind_str(t, &b, str_of(t->request_id));
	return pg_run(t, pg, &add, &b, NULL);
}

enum err
audit_list(struct task *t, struct pg *pg, struct str team_id, int64_t before, int limit,
           struct audit_entries *out)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_str(t, &b, team_id);
	bind_i64(t, &b, before > 0 ? before : INT64_MAX);
	bind_i64(t, &b, limit);
	enum err e = pg_run(t, pg, &list, &b, &r);
	if (e != E_OK)
		return e;
	out->n = rows_count(r);
	out->row = tarray(t, out->n, struct audit_entry);
	for (size_t i = 0; i < out->n; i++) {
		out->row[i] = (struct audit_entry){
			.id = row_i64(r, i, 0), .at_us = row_time(r, i, 1),
			.team_id = row_str(r, i, 2), .actor = row_str(r, i, 3),
			.action = row_str(r, i, 4), .target = row_str(r, i, 5),
			.detail = row_str(r, i, 6), .remote_addr = row_str(r, i, 7),
			.request_id = row_str(r, i, 8),
		};
	}
	return E_OK;
}
