/* persist_merge.c - two persons become one (DATA "Persons"): rows keep their
 * number and are resolved on reading; ids, day bits, properties and open
 * sessions move here, in the transaction that joined them. */
#include "base/str.h"
#include "ingest/persist_tx.h"

/* Other ids of `from` may be written by another consumer: wait for it. A
 * deadlock (we hold locks already) ends as E_RETRY and is run again. */
static const struct stmt merge_ids = { "persist_merge_ids",
	"SELECT kind::text, id FROM person_ids WHERE environment_id = $1 AND person_no = $2"
	" ORDER BY kind, id" };
static const struct stmt merge_lock = { "persist_merge_lock",
	"SELECT count(pg_advisory_xact_lock(k)) FROM unnest($1::int8[]) AS k" };
static const struct stmt merge_seen = { "persist_merge_seen",
	"UPDATE persons p SET first_seen = least(p.first_seen, f.first_seen),"
	" last_seen = greatest(p.last_seen, f.last_seen),"
	" anonymous_id = COALESCE(p.anonymous_id, f.anonymous_id) FROM persons f"
	" WHERE f.environment_id = $1 AND f.person_no = $2"
	" AND p.environment_id = $1 AND p.person_no = $3" };
static const struct stmt merge_ids_move = { "persist_merge_ids_move",
	"UPDATE person_ids SET person_no = $3, joined = joined OR kind = 'a'"
	" WHERE environment_id = $1 AND person_no = $2" };
static const struct stmt merge_alias_move = { "persist_merge_alias_move",
	"UPDATE person_alias SET to_no = $3 WHERE environment_id = $1 AND to_no = $2" };
static const struct stmt merge_alias_add = { "persist_merge_alias_add",
	"INSERT INTO person_alias (environment_id, from_no, to_no) VALUES ($1, $2, $3)"
	" ON CONFLICT (environment_id, from_no) DO UPDATE SET to_no = excluded.to_no,"
	" at = excluded.at" };
static const struct stmt merge_sessions = { "persist_merge_sessions",
	"UPDATE sessions SET person_no = $3 WHERE environment_id = $1 AND person_no = $2"
	" AND session_id IS NULL AND device_no IS NULL" };
/* Days the person can have been active on, a day wider for any zone. */
#define DAYS                                                                    \
	"day BETWEEN (SELECT (first_seen AT TIME ZONE 'UTC')::date - 1 FROM persons" \
	"  WHERE environment_id = $1 AND person_no = $2)"                             \
	" AND (SELECT (last_seen AT TIME ZONE 'UTC')::date + 1 FROM persons"          \
	"  WHERE environment_id = $1 AND person_no = $2)"
static const struct stmt merge_members = { "persist_merge_members",
	"WITH gone AS (DELETE FROM day_members WHERE environment_id = $1"
	" AND dim = ANY('{0,1,2,3,4,5,7}'::int2[]) AND " DAYS " AND person_no = $2"
	" RETURNING environment_id, day, dim, value)"
	" INSERT INTO day_members (environment_id, day, dim, value, person_no)"
	" SELECT environment_id, day, dim, value, $3 FROM gone ORDER BY dim, day, value"
	" ON CONFLICT DO NOTHING" };
/* The bit is cleared in the closed day; the new one waits in day_members. */
static const struct stmt merge_chunks = { "persist_merge_chunks",
	"WITH hit AS (UPDATE day_chunks SET"
	" bits = CASE WHEN bits IS NULL THEN NULL ELSE set_bit(bits, $2 % 32768, 0) END,"
	" sparse = CASE WHEN sparse IS NULL THEN NULL"
	"  ELSE array_remove(sparse, $2 % 32768) END,"
	" persons = persons - 1"
	" WHERE environment_id = $1 AND dim = ANY('{0,1,2,3,4,5,7}'::int2[]) AND " DAYS
	" AND chunk = $2 / 32768"
	" AND CASE WHEN bits IS NULL THEN ($2 % 32768) = ANY(sparse)"
	"  ELSE get_bit(bits, $2 % 32768) = 1 END"
	" RETURNING environment_id, day, dim, value)"
	" INSERT INTO day_members (environment_id, day, dim, value, person_no)"
	" SELECT environment_id, day, dim, value, $3 FROM hit ORDER BY dim, day, value"
	" ON CONFLICT DO NOTHING" };
/* Days of crashes as one value (sql/0026_explorers.sql) that name the person,
 * or who became this person before; fresh persons have none. */
static const struct stmt merge_days_lock = { "persist_merge_days_lock",
	"SELECT pg_advisory_xact_lock_shared(" PERSIST_CRASH_LOCK ", $1)" };
static const struct stmt merge_crash_days = { "persist_merge_crash_days",
	"DELETE FROM crash_days d WHERE d.environment_id = $1 AND d." DAYS
	" AND EXISTS (SELECT FROM crashes c WHERE c.environment_id = $1"
	" AND c.person_no = ANY(ARRAY(SELECT $2::int4 UNION ALL SELECT from_no FROM person_alias"
	"  WHERE environment_id = $1 AND to_no = $2))"
	" AND c.ts >= d.day::timestamp AT TIME ZONE 'UTC'"
	" AND c.ts < (d.day + 1)::timestamp AT TIME ZONE 'UTC')" };
static const struct stmt merge_changes = { "persist_merge_changes",
	"UPDATE property_changes SET person_no = $3 WHERE environment_id = $1"
	" AND person_no = $2" };
static const struct stmt merge_properties = { "persist_merge_properties",
	"DELETE FROM person_properties WHERE environment_id = $1 AND person_no = $2" };
static const struct stmt *const statements[] = {
	&merge_ids, &merge_lock, &merge_days_lock, &merge_crash_days, &merge_seen, &merge_ids_move, &merge_alias_move,
	&merge_alias_add, &merge_sessions, &merge_members, &merge_chunks, &merge_changes,
	&merge_properties,
};
const struct stmt_list persist_merge_statements = STMT_LIST("persist_merge", statements);

/* In this order. .from_only: takes two parameters. */
static const struct {
	const struct stmt *stmt;
	bool from_only;
} steps[] = {
	{ &merge_crash_days, true },
	{ &merge_seen, false },       { &merge_ids_move, false },
	{ &merge_alias_move, false }, { &merge_alias_add, false },
	{ &merge_sessions, false },   { &merge_members, false },
	{ &merge_chunks, false },     { &merge_changes, false },
	{ &merge_properties, true },
};

static enum err
lock_siblings(struct task *t, struct persist *p, int32_t env, int32_t from_no)
{
	struct bind b = { 0 };
	struct rows *r;
	int64_t *key;
	enum err e;

	bind_i64(t, &b, env);
	bind_i64(t, &b, from_no);
	e = pg_run(t, p->pg, &merge_ids, &b, &r);
	if (e != E_OK || rows_count(r) == 0)
		return e;
	key = tarray(t, rows_count(r), int64_t);
	for (size_t i = 0; i < rows_count(r); i++)
		key[i] = (int64_t)str_hash(
			fact_key(t, env, row_str(r, i, 0).p[0], row_str(r, i, 1)));
	b = (struct bind){ 0 };
	bind_i64_array(t, &b, key, rows_count(r));
	return pg_run(t, p->pg, &merge_lock, &b, NULL);
}

enum err
person_merge(struct task *t, struct gather *g, int32_t env, int32_t from_no, int32_t to_no)
{
	struct bind days = { 0 };
	enum err e = lock_siblings(t, g->p, env, from_no);

	bind_i64(t, &days, env);
	if (e == E_OK)
		e = pg_run(t, g->p->pg, &merge_days_lock, &days, NULL);
	for (size_t i = 0; e == E_OK && i < NELEM(steps); i++) {
		struct bind b = { 0 };

		bind_i64(t, &b, env);
		bind_i64(t, &b, from_no);
		if (!steps[i].from_only)
			bind_i64(t, &b, to_no);
		e = pg_run(t, g->p->pg, steps[i].stmt, &b, NULL);
	}
	return e == E_OK ? property_rebuild(t, g->p, env, to_no) : e;
}
