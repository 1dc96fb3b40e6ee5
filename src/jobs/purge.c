/*
 * purge.c - job: deleted teams and projects, when their grace period is over.
 *
 * Environment by environment, table by table, some thousand rows a
 * transaction, under the environment's lock taken shared (jobs/rebuild.h): a
 * rebuild never sees half of it. Then what Redis holds, and last the row of
 * the team or project with all that hangs on it. What is done stays done, so
 * a run that is cut short is taken up by the next one. Told in the system's
 * audit chain, since the team's own has no reader any more.
 */
#include "base/clock.h"
#include "base/str.h"
#include "ingest/persist.h"
#include "jobs/job.h"
#include "model/team/audit.h"
#include "queue/keys.h"

#define CHUNK "5000"

/* Small tables, and those that are one table: by place of the row. */
#define BY_PLACE(table) { "purge_" table, "DELETE FROM " table " WHERE ctid = ANY" \
	" (ARRAY(SELECT ctid FROM " table " WHERE environment_id = $1::int4 LIMIT " CHUNK "))" }
/* Partitioned tables: by the key they are ordered by. */
#define BY_KEY(table, key, end) { "purge_" table, "DELETE FROM " table \
	" WHERE environment_id = $1::int4 AND " key " <= coalesce((SELECT " key " FROM " table \
	" WHERE environment_id = $1::int4 ORDER BY " key " OFFSET " CHUNK " LIMIT 1), " end ")" }

static const struct stmt chunks[] = {
	BY_KEY("events", "ts", "'infinity'"),
	BY_KEY("crashes", "ts", "'infinity'"),
	BY_KEY("traces", "ts", "'infinity'"),
	BY_KEY("batches", "received_at", "'infinity'"),
	BY_KEY("seen", "event_id", "'ffffffff-ffff-ffff-ffff-ffffffffffff'"),
	BY_PLACE("sessions"),
	BY_PLACE("property_changes"),
	BY_PLACE("person_properties"),
	BY_PLACE("crash_groups"),
	BY_PLACE("client_reports"),
	BY_PLACE("pipeline_counts"),
	BY_PLACE("seq_arrivals"),
	BY_PLACE("seq_gaps"),
	BY_PLACE("seq_runs"),
	BY_PLACE("dead_letters"),
	BY_PLACE("rollup_counts"),
	BY_PLACE("day_members"),
	BY_PLACE("day_chunks"),
	BY_PLACE("trace_digests"),
	BY_PLACE("activity_hours"),
	BY_PLACE("block_marks"),
	BY_PLACE("block_chunks"),
	BY_PLACE("person_alias"),
	BY_PLACE("person_ids"),
	BY_PLACE("persons"),
	BY_PLACE("devices"),
	BY_PLACE("contexts"),
};
#define NCHUNKS NELEM(chunks)

static const struct stmt due_environments = { "purge_environments",
	"SELECT e.id FROM environments e JOIN projects p ON p.id = e.project_id"
	" JOIN teams t ON t.id = e.team_id WHERE t.deleted_at < now() - interval '7 days'"
	" OR p.purge_at < now() ORDER BY e.id" };
static const struct stmt due_teams = { "purge_teams",
	"SELECT id FROM teams WHERE deleted_at < now() - interval '7 days' ORDER BY deleted_at" };
static const struct stmt due_projects = { "purge_projects",
	"SELECT id FROM projects WHERE purge_at < now() ORDER BY purge_at" };
static const struct stmt lock = { "purge_lock",
	"SELECT pg_advisory_xact_lock_shared(" PERSIST_ENV_LOCK ", $1::int4)" };
static const struct stmt hashes = { "purge_keys",
	"SELECT encode(token_hash, 'hex') FROM project_keys WHERE environment_id = $1::int4" };
static const struct stmt drop_team = { "purge_team", "SELECT purge_team($1::uuid)" };
static const struct stmt drop_project = { "purge_project", "SELECT purge_project($1::uuid)" };
static const struct stmt *const statements[] = { &due_environments, &due_teams, &due_projects,
	&lock, &hashes, &drop_team, &drop_project,
	&chunks[0], &chunks[1], &chunks[2], &chunks[3], &chunks[4], &chunks[5], &chunks[6],
	&chunks[7], &chunks[8], &chunks[9], &chunks[10], &chunks[11], &chunks[12], &chunks[13],
	&chunks[14], &chunks[15], &chunks[16], &chunks[17], &chunks[18], &chunks[19],
	&chunks[20], &chunks[21], &chunks[22], &chunks[23], &chunks[24], &chunks[25],
	&chunks[26] };
const struct stmt_list job_purge_statements = STMT_LIST("job_purge", statements);

static enum err
ids(struct task *t, struct pg *pg, const struct stmt *s, struct rows **r)
{
	enum err e = pg_begin(t, pg, NULL);
	if (e == E_OK)
		e = pg_run(t, pg, s, NULL, r);
	return pg_end(t, pg, e);
}

/* One chunk of one table; *gone: rows removed. */
static enum err
chunk(struct task *t, struct pg *pg, const struct stmt *s, int32_t env, int64_t *gone)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_i64(t, &b, env);
	enum err e = pg_begin(t, pg, NULL);
	if (e == E_OK)
		e = pg_run(t, pg, &lock, &b, NULL);
	if (e == E_OK)
		e = pg_run(t, pg, s, &b, &r);
	if (e == E_OK)
		*gone = rows_affected(r);
	return pg_end(t, pg, e);
}

/* What Redis knows of it: copies of keys, refused requests. The rest there
 * ends by itself within a day. */
static enum err
forget(struct task *t, struct job_host *h, int32_t env)
{
	struct bind b = { 0 };
	struct rows *r;
	struct reply reply;
	struct str del[] = { STR("DEL"), key_of_rejects(t, env) };
	bind_i64(t, &b, env);
	enum err e = pg_begin(t, h->pg, NULL);
	if (e == E_OK)
		e = pg_run(t, h->pg, &hashes, &b, &r);
	e = pg_end(t, h->pg, e);
	if (e == E_OK)
		e = redis_run(t, h->redis, NELEM(del), del, &reply);
	for (size_t i = 0; e == E_OK && i < rows_count(r); i++) {
		del[1] = key_of_key(t, row_str(r, i, 0));
		e = redis_run(t, h->redis, NELEM(del), del, &reply);
	}
	return e;
}

/* *done false: the time is up. */
static enum err
environment(struct task *t, struct job_host *h, int32_t env, int64_t until, bool *done,
            int64_t *steps)
{
	for (size_t i = 0; i < NCHUNKS; i++) {
		int64_t gone = 1;
		while (gone > 0) {
			if (clock_mono_us() >= until) {
				*done = false;
				return E_OK;
			}
			enum err e = chunk(t, h->pg, &chunks[i], env, &gone);
			if (e != E_OK)
				return e;
			*steps += gone;
		}
	}
	return forget(t, h, env);
}

struct holder {
	const struct stmt *drop;
	const char *kind, *action;
};
static const struct holder TEAM = { &drop_team, "team", "team.purge" };
static const struct holder PROJECT = { &drop_project, "project", "project.purge" };

/* The row itself, and the entry that tells of it. */
static enum err
holder(struct task *t, struct pg *pg, const struct holder *h, struct str id)
{
	struct bind b = { 0 };
	struct rows *r;
	bind_str(t, &b, id);
	enum err e = pg_begin(t, pg, NULL);
	if (e == E_OK)
		e = pg_one(t, pg, h->drop, &b, &r);
	if (e == E_OK && row_bool(r, 0, 0))
		e = audit_add(t, pg, &(struct audit_entry){ .actor = STR("system"),
		    .action = str_of(h->action),
		    .target = arena_printf(t->arena, "%s:%.*s", h->kind, STRF(id)) });
	return pg_end(t, pg, e);
}

enum err
job_purge(struct task *t, struct job_host *h, int64_t *steps)
{
	int64_t until = clock_mono_us() + JOB_RUN_US;
	struct rows *teams, *projects, *env;
	bool done = true;
	/* who is due is read first: what comes after it has no data left */
	enum err e = ids(t, h->pg, &due_teams, &teams);
	if (e == E_OK)
		e = ids(t, h->pg, &due_projects, &projects);
	if (e == E_OK)
		e = ids(t, h->pg, &due_environments, &env);
	for (size_t i = 0; e == E_OK && done && i < rows_count(env); i++)
		e = environment(t, h, (int32_t)row_i64(env, i, 0), until, &done, steps);
	for (size_t i = 0; e == E_OK && done && i < rows_count(projects); i++)
		e = holder(t, h->pg, &PROJECT, row_str(projects, i, 0));
	for (size_t i = 0; e == E_OK && done && i < rows_count(teams); i++)
		e = holder(t, h->pg, &TEAM, row_str(teams, i, 0));
	*steps += e == E_OK && done ? (int64_t)(rows_count(projects) + rows_count(teams)) : 0;
	return e;
}
