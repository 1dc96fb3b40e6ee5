/* erase_rest.c - what hangs on persons besides their rows: sessions, days they
 * were active on, properties, ids, devices; and digests made again. Or, under
 * pseudonyms: all of it stays but what says who they were. */
#include "base/str.h"
#include "ingest/fold.h"
#include "jobs/erase_tx.h"
#include "jobs/rebuild.h"

#define PERSONS "environment_id = $1 AND person_no = ANY($2::int4[])"
/* Only the days they can have been active on, a day wider for any zone. */
#define DAYS                                                                               \
	" m.environment_id = $1 AND m.dim = ANY('{0,1,2,3,4,5,7}'::int2[])"                      \
	" AND m.day BETWEEN (SELECT (min(first_seen) AT TIME ZONE 'UTC')::date - 1 FROM persons" \
	"  WHERE " PERSONS ") AND (SELECT (max(last_seen) AT TIME ZONE 'UTC')::date + 1"       \
	"  FROM persons WHERE " PERSONS ")"

static const struct stmt sessions_gone = { "erase_sessions",
	"WITH gone AS (DELETE FROM sessions WHERE " PERSONS " RETURNING started_at, context_no)"
	" INSERT INTO erasure_rows (environment_id, kind, ts, context_no)"
	" SELECT $1, 7, started_at, context_no FROM gone" };
/* An open day may hold millions of members: its keys are leapt over, and each
 * asked for these persons. As a condition the planner reads all of them. */
#define KEY "dim, day, value"
#define M_KEY "m.dim, m.day, m.value"
static const struct stmt open_days = { "erase_open_days",
	"WITH RECURSIVE k AS ((SELECT " KEY " FROM day_members WHERE environment_id = $1"
	"  ORDER BY " KEY " LIMIT 1) UNION ALL SELECT n.* FROM k CROSS JOIN LATERAL"
	"  (SELECT " M_KEY " FROM day_members m WHERE m.environment_id = $1"
	"   AND (" M_KEY ") > (k.dim, k.day, k.value) ORDER BY " M_KEY " LIMIT 1) n),"
	" p AS MATERIALIZED (SELECT k.*, no FROM k CROSS JOIN unnest($2::int4[]) u (no))"
	" DELETE FROM day_members m USING p WHERE m.environment_id = $1"
	" AND (" M_KEY ", m.person_no) = (p.dim, p.day, p.value, p.no)" };
static const struct stmt closed_days = { "erase_closed_days",
	"WITH x AS (SELECT chunk, offs, erasure_bits(offs) AS gone FROM (SELECT no / 32768 AS chunk,"
	"  array_agg(no % 32768) AS offs FROM unnest($2::int4[]) AS p (no) GROUP BY 1) y)"
	" UPDATE day_chunks m SET"
	" bits = CASE WHEN bits IS NULL THEN NULL ELSE bits & ~x.gone END,"
	" sparse = CASE WHEN sparse IS NULL THEN NULL ELSE coalesce((SELECT array_agg(o ORDER BY o)"
	"  FROM unnest(sparse) o WHERE NOT o = ANY(x.offs)), '{}') END,"
	" persons = CASE WHEN bits IS NULL THEN (SELECT count(*) FROM unnest(sparse) o"
	"  WHERE NOT o = ANY(x.offs)) ELSE bit_count(bits & ~x.gone) END"
	" FROM x WHERE" DAYS " AND m.chunk = x.chunk"
	" AND CASE WHEN bits IS NULL THEN sparse && x.offs ELSE bit_count(bits & x.gone) > 0 END" };
static const struct stmt closed_empty = { "erase_closed_empty",
	"DELETE FROM day_chunks m WHERE" DAYS " AND m.persons = 0" };
/* Blocks that were made of such days are read no more; what they hold goes too. */
static const struct stmt blocks_gone = { "erase_blocks",
	"DELETE FROM block_chunks c USING block_marks k WHERE c.environment_id = $1"
	" AND k.environment_id = $1 AND c.dim = ANY('{0,1,2,3,4,5,7}'::int2[])"
	" AND c.width = k.width AND c.block = k.block AND NOT k.built AND $2::int4[] IS NOT NULL" };
static const struct stmt changes_gone = { "erase_changes",
	"DELETE FROM property_changes WHERE " PERSONS };
static const struct stmt properties_gone = { "erase_properties",
	"DELETE FROM person_properties WHERE " PERSONS };
static const struct stmt alias_gone = { "erase_alias",
	"DELETE FROM person_alias WHERE environment_id = $1 AND (from_no = ANY($2::int4[])"
	" OR to_no = ANY($2::int4[]))" };
static const struct stmt ids_gone = { "erase_ids", "DELETE FROM person_ids WHERE " PERSONS };
static const struct stmt persons_gone = { "erase_persons", "DELETE FROM persons WHERE " PERSONS };
/* A stranger with the same number: sums and sets stay as they are. */
static const struct stmt persons_mask = { "erase_persons_mask",
	"UPDATE persons SET person_id = gen_random_uuid(), user_id = NULL, user_id_hash = NULL,"
	" anonymous_id = NULL WHERE " PERSONS };

#define NOBODY_ELSE                                                                        \
	" AND NOT EXISTS (SELECT FROM sessions s WHERE s.environment_id = $1"                  \
	"  AND s.device_no = d.device_no AND s.session_id IS NULL"                             \
	"  AND NOT coalesce(s.person_no = ANY($3::int4[]), false))"                            \
	" AND NOT EXISTS (SELECT FROM sessions s WHERE s.environment_id = $1"                  \
	"  AND s.device_no = d.device_no AND s.session_id IS NOT NULL"                         \
	"  AND NOT coalesce(s.person_no = ANY($3::int4[]), false))"
/* $2 devices that they used, $3 the persons. The text was one of their ids. */
static const struct stmt devices_gone = { "erase_devices",
	"DELETE FROM devices d WHERE d.environment_id = $1 AND d.device_no = ANY($2::int4[])"
	NOBODY_ELSE " RETURNING d.device_no, d.device_id" };
static const struct stmt devices_mask = { "erase_devices_mask",
	"WITH d AS (SELECT d.device_no, d.device_id FROM devices d WHERE d.environment_id = $1"
	"  AND d.device_no = ANY($2::int4[])" NOBODY_ELSE "), u AS (UPDATE devices x SET"
	"  device_id = 'erased-' || gen_random_uuid() FROM d WHERE x.environment_id = $1"
	"  AND x.device_no = d.device_no) SELECT device_no, device_id FROM d" };

static const struct stmt digest_next = { "erase_digest_next",
	"SELECT d.day - date '1970-01-01', e.retention_trace_days = 0 OR d.day::timestamp"
	" AT TIME ZONE e.timezone >= now() - make_interval(days => e.retention_trace_days)"
	" FROM erasure_digests d JOIN environments e ON e.id = d.environment_id"
	" WHERE d.environment_id = $1 ORDER BY d.day LIMIT 1" };
#define DAY "date '1970-01-01' + $2::int4"
#define NAMES "name IN (SELECT name FROM erasure_digests WHERE environment_id = $1 AND day = " DAY ")"
static const struct stmt digest_drop = { "erase_digest_drop",
	"DELETE FROM trace_digests WHERE environment_id = $1 AND day = " DAY " AND " NAMES };
static const struct stmt digest_make = { "erase_digest_make",
	"WITH z AS (SELECT timezone AS tz FROM environments WHERE id = $1)"
	" INSERT INTO trace_digests (environment_id, day, name, samples, digest)"
	" SELECT $1, " DAY ", name, count(*), tdigest(duration_ms, 100) FROM traces"
	" WHERE environment_id = $1 AND " NAMES
	" AND ts >= (" DAY ")::timestamp AT TIME ZONE (SELECT tz FROM z)"
	" AND ts < (" DAY " + 1)::timestamp AT TIME ZONE (SELECT tz FROM z)"
	" GROUP BY name ORDER BY name" };
static const struct stmt digest_done = { "erase_digest_done",
	"DELETE FROM erasure_digests WHERE environment_id = $1 AND day = " DAY };
static const struct stmt *const statements[] = { &sessions_gone, &open_days, &closed_days,
	&closed_empty, &blocks_gone, &changes_gone, &properties_gone, &alias_gone, &ids_gone,
	&persons_gone, &persons_mask, &devices_gone, &devices_mask, &digest_next, &digest_drop,
	&digest_make, &digest_done };
const struct stmt_list erase_rest_statements = STMT_LIST("erase_rest", statements);

struct step {
	const struct stmt *stmt;
	size_t count; /* offset in struct erase_counts; NOT_COUNTED */
};
#define NOT_COUNTED SIZE_MAX
#define COUNT(member) offsetof(struct erase_counts, member)

static enum err
run_steps(struct task *t, const struct erase_unit *u, const struct step *s, size_t n,
          struct erase_counts *c)
{
	struct bind b = { 0 };
	enum err e = E_OK;

	bind_i64(t, &b, u->environment_id);
	bind_i64_array(t, &b, u->person, u->npersons);
	for (size_t i = 0; e == E_OK && i < n; i++) {
		struct rows *r;

		e = pg_run(t, u->host->pg, s[i].stmt, &b, &r);
		if (e == E_OK && s[i].count != NOT_COUNTED)
			*(int64_t *)(void *)((char *)c + s[i].count) += rows_affected(r);
	}
	return e;
}

/* Device ids go to the subjects of their requests: the verification looks for
 * them too. */
static enum err
devices(struct task *t, const struct erase_unit *u, struct erase_counts *c)
{
	enum err e = E_OK;

	for (size_t i = 0; e == E_OK && i < u->nrequests; i++) {
		struct privacy_request *q = &u->request[i];
		struct bind b = { 0 };
		struct rows *r;

		bind_i64(t, &b, u->environment_id);
		bind_i64_array(t, &b, q->device_no, q->ndevices);
		bind_i64_array(t, &b, u->person, u->npersons);
		e = pg_run(t, u->host->pg, u->pseudonymize ? &devices_mask : &devices_gone, &b, &r);
		for (size_t k = 0; e == E_OK && k < rows_count(r); k++)
			privacy_subject_add(t, &q->subject, 'd', row_str(r, k, 1));
		c->devices += e == E_OK ? (int64_t)rows_count(r) : 0;
	}
	return e;
}

enum err
erase_rest(struct task *t, const struct erase_unit *u, struct erase_counts *c)
{
	static const struct step out[] = {
		{ &sessions_gone, COUNT(sessions) }, { &open_days, NOT_COUNTED },
		{ &closed_days, NOT_COUNTED }, { &closed_empty, NOT_COUNTED },
		{ &blocks_gone, NOT_COUNTED }, { &changes_gone, COUNT(properties) },
		{ &properties_gone, NOT_COUNTED }, { &alias_gone, NOT_COUNTED },
		{ &ids_gone, NOT_COUNTED }, { &persons_gone, COUNT(persons) },
	};
	static const struct step mask[] = {
		{ &changes_gone, COUNT(properties) }, { &properties_gone, NOT_COUNTED },
		{ &ids_gone, NOT_COUNTED }, { &persons_mask, COUNT(persons) },
	};
	enum err e = E_OK;

	if (u->npersons == 0)
		return E_OK;
	if (u->pseudonymize) {
		e = run_steps(t, u, mask, NELEM(mask), c);
		return e == E_OK ? devices(t, u, c) : e;
	}
	e = erase_sessions_settle(t, u, true);
	if (e == E_OK)
		e = run_steps(t, u, out, NELEM(out), c);
	if (e == E_OK)
		e = erase_counts(t, u);
	return e == E_OK ? devices(t, u, c) : e;
}

static enum err
digest_day(struct task *t, struct pg *pg, int32_t environment_id, int64_t day, bool kept)
{
	struct bind b = { 0 };
	enum err e = E_OK;

	bind_i64(t, &b, environment_id);
	bind_i64(t, &b, day);
	/* where retention has taken rows the digest stays: it is of durations */
	if (kept)
		e = pg_run(t, pg, &digest_drop, &b, NULL);
	if (e == E_OK && kept)
		e = pg_run(t, pg, &digest_make, &b, NULL);
	return e == E_OK ? pg_run(t, pg, &digest_done, &b, NULL) : e;
}

enum err
erase_digests(struct task *t, struct pg *pg, int32_t environment_id, bool *more)
{
	struct bind b = { 0 };
	struct rows *r;
	enum err e = pg_begin(t, pg, NULL);

	*more = false;
	bind_i64(t, &b, environment_id);
	if (e == E_OK)
		e = rebuild_lock(t, pg, environment_id);
	if (e == E_OK)
		e = pg_run(t, pg, &digest_next, &b, &r);
	if (e == E_OK && rows_count(r) > 0) {
		*more = true;
		e = digest_day(t, pg, environment_id, row_i64(r, 0, 0), row_bool(r, 0, 1));
	}
	return pg_end(t, pg, e);
}
