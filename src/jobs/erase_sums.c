/* erase_sums.c - what the rows in erasure_rows were counted in: sessions,
 * crash groups, counts by quarter-hour and day, who was active. Each comes out
 * as if they had never been stored; that is what a rebuild would make of it
 * too (jobs/rebuild.h), and what t/db/erase.c compares. */
#include "base/str.h"
#include "ingest/fold.h"
#include "jobs/activity.h"
#include "jobs/erase_tx.h"

#define ROWS "erasure_rows WHERE environment_id = $1"
#define ZONE "(SELECT timezone FROM environments WHERE id = $1)"

/* Rows that waited for a session of theirs. */
static const struct stmt waits_gone = { "erase_waits",
	"DELETE FROM session_waits w USING erasure_rows r WHERE w.environment_id = $1"
	" AND r.environment_id = $1 AND w.event_id = r.event_id" };
static const struct stmt sessions_less = { "erase_sessions_less",
	"UPDATE sessions s SET events = s.events - k.ev, crashes = s.crashes - k.cr,"
	" fatal_crashes = s.fatal_crashes - k.fa, traces = s.traces - k.tr FROM ("
	"SELECT session_no, count(*) FILTER (WHERE kind = 1) AS ev,"
	" count(*) FILTER (WHERE kind = 5) AS cr, count(*) FILTER (WHERE kind = 5 AND fatal) AS fa,"
	" count(*) FILTER (WHERE kind = 6) AS tr FROM " ROWS " AND session_no IS NOT NULL"
	" GROUP BY session_no) k WHERE s.environment_id = $1 AND s.session_no = k.session_no" };
/* Of a session others took part in, the ends that the gone rows made move to
 * what is left. $2: persons that go; $3: all of their sessions, not only those
 * that rows went from. An end that no row made stands. */
#define LEFT(table, which, name)                                                           \
	"SELECT ts, received_at, person_no, " which " AS which, " name " AS name FROM " table \
	" WHERE environment_id = $1 AND session_no = h.session_no"                            \
	" AND ts BETWEEN h.started_at AND h.ended_at"
static const struct stmt sessions_settle = { "erase_sessions_settle",
	"WITH k AS (SELECT session_no, min(ts) AS lo, max(ts) AS hi FROM " ROWS
	"  AND session_no IS NOT NULL GROUP BY session_no),"
	" h AS (SELECT s.session_no, s.started_at, s.ended_at, s.entry_ts, k.lo, k.hi"
	"  FROM sessions s JOIN k ON k.session_no = s.session_no WHERE s.environment_id = $1"
	"  AND s.events + s.crashes + s.traces > 0"
	" UNION ALL SELECT s.session_no, s.started_at, s.ended_at, s.entry_ts, NULL, NULL"
	"  FROM sessions s WHERE s.environment_id = $1 AND $3 AND s.person_no = ANY($2::int4[])"
	"  AND s.events + s.crashes + s.traces > 0"
	"  AND NOT EXISTS (SELECT FROM k WHERE k.session_no = s.session_no)),"
	" l AS (SELECT h.*, x.* FROM h CROSS JOIN LATERAL (SELECT min(ts) AS first, max(ts) AS last,"
	"  min(ts) FILTER (WHERE which = 1) AS enters,"
	"  (array_agg(name ORDER BY ts) FILTER (WHERE which = 1))[1] AS entry,"
	"  (array_agg(person_no ORDER BY received_at DESC, ts DESC)"
	"   FILTER (WHERE person_no IS NOT NULL AND NOT person_no = ANY($2::int4[])))[1] AS person_no"
	"  FROM (" LEFT("events", "1", "name") " UNION ALL " LEFT("crashes", "5", "''")
	"  UNION ALL " LEFT("traces", "6", "''") ") y) x WHERE x.first IS NOT NULL),"
	" u AS (UPDATE sessions s SET"
	"  started_at = CASE WHEN l.lo <= l.started_at THEN l.first ELSE l.started_at END,"
	"  ended_at = CASE WHEN l.hi >= l.ended_at THEN l.last ELSE l.ended_at END,"
	"  used_at = CASE WHEN l.hi >= s.used_at THEN l.last ELSE s.used_at END,"
	"  entry_name = CASE WHEN l.lo <= l.entry_ts THEN coalesce(l.entry, '') ELSE s.entry_name END,"
	"  entry_ts = CASE WHEN l.lo <= l.entry_ts THEN l.enters ELSE s.entry_ts END,"
	"  person_no = CASE WHEN s.person_no = ANY($2::int4[]) THEN coalesce(l.person_no, s.person_no)"
	"   ELSE s.person_no END"
	"  FROM l WHERE s.environment_id = $1 AND s.session_no = l.session_no"
	"  RETURNING s.context_no, l.started_at AS was, s.started_at AS now)"
	" INSERT INTO erasure_rows (environment_id, kind, n, ts, context_no)"
	" SELECT $1, 7, v.n, v.ts, u.context_no FROM u"
	" CROSS JOIN LATERAL (VALUES (1, u.was), (-1, u.now)) v (n, ts) WHERE u.was <> u.now" };

/* Sessions that nothing else made: inferred ones, and those whose span was
 * that of the gone rows. Only where single events go. */
static const struct stmt sessions_empty = { "erase_sessions_empty",
	"WITH k AS (SELECT session_no, min(ts) AS lo, max(ts) AS hi FROM " ROWS
	"  AND session_no IS NOT NULL GROUP BY session_no),"
	" gone AS (DELETE FROM sessions s USING k WHERE s.environment_id = $1"
	"  AND s.session_no = k.session_no AND s.events + s.crashes + s.traces = 0"
	"  AND (s.session_id IS NULL OR (s.started_at = k.lo AND s.ended_at = k.hi))"
	"  RETURNING s.started_at, s.context_no)"
	" INSERT INTO erasure_rows (environment_id, kind, ts, context_no)"
	" SELECT $1, 7, started_at, context_no FROM gone" };

/* Groups: fewer crashes, other ends; one without any goes, unless people or
 * other groups lead to it. What retention took is still counted. */
#define HIT "(SELECT group_no, count(*) AS n, min(ts) AS lo, max(ts) AS hi FROM " ROWS \
	" AND kind = 5 GROUP BY group_no) k"
#define LAST_OF(order) "(SELECT ts, context_no FROM crashes WHERE environment_id = $1" \
	" AND group_no = k.group_no ORDER BY ts " order ", event_id " order " LIMIT 1)"
static const struct stmt groups_less = { "erase_groups_less",
	"UPDATE crash_groups g SET crashes = greatest(g.crashes - k.n, 0),"
	" first_seen = CASE WHEN k.lo <= g.first_seen THEN coalesce(f.ts, g.first_seen)"
	"  ELSE g.first_seen END,"
	" first_context_no = CASE WHEN k.lo <= g.first_seen THEN coalesce(f.context_no,"
	"  g.first_context_no) ELSE g.first_context_no END,"
	" last_seen = CASE WHEN k.hi >= g.last_seen THEN coalesce(l.ts, g.last_seen)"
	"  ELSE g.last_seen END,"
	" last_context_no = CASE WHEN k.hi >= g.last_seen THEN coalesce(l.context_no,"
	"  g.last_context_no) ELSE g.last_context_no END"
	" FROM " HIT " LEFT JOIN LATERAL " LAST_OF("") " f ON true LEFT JOIN LATERAL "
	LAST_OF("DESC") " l ON true WHERE g.environment_id = $1 AND g.group_no = k.group_no" };
#define EMPTY                                                                              \
	" IN (SELECT g.group_no FROM crash_groups g WHERE g.environment_id = $1"               \
	" AND g.group_no IN (SELECT group_no FROM " ROWS " AND kind = 5) AND g.crashes = 0"     \
	" AND NOT EXISTS (SELECT FROM crashes c WHERE c.environment_id = $1"                   \
	"  AND c.group_no = g.group_no)"                                                       \
	" AND NOT EXISTS (SELECT FROM crash_group_alias a WHERE a.environment_id = $1"         \
	"  AND a.to_no = g.group_no)"                                                          \
	" AND NOT EXISTS (SELECT FROM crash_groups p WHERE p.environment_id = $1"              \
	"  AND p.split_of = g.group_no)"                                                       \
	" AND NOT EXISTS (SELECT FROM crash_regroup w WHERE w.environment_id = $1"             \
	"  AND (w.group_no = g.group_no OR w.into_no = g.group_no)))"
static const struct stmt group_gone[] = {
	{ "erase_group_texts", "DELETE FROM crash_group_texts WHERE environment_id = $1"
	  " AND group_no" EMPTY },
	{ "erase_group_resolutions", "DELETE FROM crash_group_resolutions WHERE environment_id = $1"
	  " AND group_no" EMPTY },
	{ "erase_group_log", "DELETE FROM crash_group_log WHERE environment_id = $1"
	  " AND group_no" EMPTY },
	{ "erase_group_alias", "DELETE FROM crash_group_alias WHERE environment_id = $1"
	  " AND from_no" EMPTY },
	{ "erase_groups", "DELETE FROM crash_groups WHERE environment_id = $1 AND group_no" EMPTY },
};
static const struct stmt symbols_gone = { "erase_symbols",
	"DELETE FROM symbol_results s WHERE s.environment_id = $1 AND s.symbols_key IN"
	" (SELECT symbols_key FROM " ROWS " AND symbols_key IS NOT NULL)"
	" AND NOT EXISTS (SELECT FROM crashes c WHERE c.environment_id = $1"
	"  AND c.symbols_key = s.symbols_key)" };

/* The day of a quarter-hour is the newest one that begins before it. */
#define PART                                                                               \
	"part AS (SELECT d.dim, date_bin('15 minutes', r.ts, timestamptz 'epoch') AS bucket,"  \
	"  d.value, sum(r.n) FILTER (WHERE r.kind = 1) AS ev,"                                \
	"  sum(r.n) FILTER (WHERE r.kind = 5) AS cr,"                                         \
	"  sum(r.n) FILTER (WHERE r.kind = 5 AND r.fatal) AS fa,"                             \
	"  sum(r.n) FILTER (WHERE r.kind = 6) AS tr, sum(r.n) FILTER (WHERE r.kind = 7) AS se" \
	"  FROM erasure_rows r JOIN contexts c ON c.environment_id = $1"                      \
	"  AND c.context_no = r.context_no CROSS JOIN LATERAL (VALUES (0, ''),"              \
	"  (CASE r.kind WHEN 1 THEN 2 WHEN 6 THEN 6 END, r.name), (3, c.app_version),"        \
	"  (4, c.platform), (5, c.country), (7, " FOLD_RELEASE_SQL("c.") ")) d (dim, value)"  \
	"  WHERE r.environment_id = $1 AND d.dim IS NOT NULL GROUP BY 1, 2, 3),"              \
	" days AS (SELECT bucket, (SELECT max(k.bucket) FROM rollup_counts k"                 \
	"  WHERE k.environment_id = $1 AND k.grain = 1440 AND k.dim = 0 AND k.value = ''"     \
	"  AND k.bucket <= b.bucket AND k.bucket > b.bucket - interval '27 hours') AS day"    \
	"  FROM (SELECT DISTINCT bucket FROM part) b),"                                       \
	" a AS (SELECT 15 AS grain, * FROM part WHERE dim <> 7 UNION ALL SELECT 1440, p.dim, d.day, p.value," \
	"  sum(ev), sum(cr), sum(fa), sum(tr), sum(se) FROM part p JOIN days d USING (bucket)" \
	"  WHERE d.day IS NOT NULL GROUP BY 2, 3, 4)"
#define SAME "k.environment_id = $1 AND k.grain = a.grain AND k.dim = a.dim" \
	" AND k.bucket = a.bucket AND k.value = a.value"
/* Starts that moved to where nothing was counted yet. */
static const struct stmt counts_room = { "erase_counts_room",
	"WITH " PART " INSERT INTO rollup_counts (environment_id, grain, dim, bucket, value)"
	" SELECT $1, grain, dim, bucket, value FROM a WHERE se < 0 ON CONFLICT DO NOTHING" };
static const struct stmt counts_less = { "erase_counts_less",
	"WITH " PART " UPDATE rollup_counts k SET events = k.events - coalesce(a.ev, 0),"
	" crashes = k.crashes - coalesce(a.cr, 0), fatal_crashes = k.fatal_crashes -"
	" coalesce(a.fa, 0), traces = k.traces - coalesce(a.tr, 0),"
	" sessions = k.sessions - coalesce(a.se, 0) FROM a WHERE " SAME };
static const struct stmt counts_gone = { "erase_counts_gone",
	"WITH " PART " DELETE FROM rollup_counts k USING a WHERE " SAME
	" AND k.events = 0 AND k.crashes = 0 AND k.fatal_crashes = 0 AND k.traces = 0"
	" AND k.sessions = 0" };
static const struct stmt digests_dirty = { "erase_digests_dirty",
	"INSERT INTO erasure_digests (environment_id, day, name) SELECT DISTINCT $1::int4,"
	" (ts AT TIME ZONE " ZONE ")::date, name FROM " ROWS " AND kind = 6 ON CONFLICT DO NOTHING" };
static const struct stmt rows_gone = { "erase_rows_gone", "DELETE FROM " ROWS };

/* Who was active on the days of single events: only what no other row of
 * theirs supports, and only where all their rows are still there. */
#define OWN(table, dim, name)                                                              \
	"SELECT p.no, p.day, e.context_no, " dim " AS dim, " name " AS name FROM pd p"         \
	" JOIN " table " e ON e.environment_id = $1 AND e.ts >= p.lo AND e.ts < p.hi"         \
	" AND (e.person_no = p.no OR e.person_no IN (SELECT from_no FROM person_alias"        \
	"  WHERE environment_id = $1 AND to_no = p.no))"
static const struct stmt members_find = { "erase_members_find",
	"WITH z AS (SELECT timezone AS tz, coalesce(now() - make_interval(days =>"
	"  least(nullif(retention_raw_days, 0), nullif(retention_crash_days, 0),"
	"  nullif(retention_trace_days, 0))), timestamptz '-infinity') AS kept"
	"  FROM environments WHERE id = $1),"
	" g AS (SELECT DISTINCT coalesce(a.to_no, r.person_no) AS no,"
	"  (r.ts AT TIME ZONE z.tz)::date AS day, d.dim, d.value FROM z, erasure_rows r"
	"  JOIN contexts c ON c.environment_id = $1 AND c.context_no = r.context_no"
	"  LEFT JOIN person_alias a ON a.environment_id = $1 AND a.from_no = r.person_no"
	"  CROSS JOIN LATERAL (VALUES (0, ''), (2, r.name), (3, c.app_version), (4, c.platform),"
	"  (5, c.country), (7, " FOLD_RELEASE_SQL("c.") ")) d (dim, value)"
	"  WHERE r.environment_id = $1 AND r.person_no IS NOT NULL"
	"  AND r.kind = 1),"
	" pd AS (SELECT x.no, x.day, x.day::timestamp AT TIME ZONE z.tz AS lo,"
	"  (x.day + 1)::timestamp AT TIME ZONE z.tz AS hi FROM z, (SELECT DISTINCT no, day FROM g) x"
	"  WHERE x.day::timestamp AT TIME ZONE z.tz >= z.kept),"
	" own AS (SELECT DISTINCT o.no, o.day, d.dim, d.value FROM (" OWN("events", "2", "e.name")
	"  UNION ALL " OWN("crashes", "NULL", "''") " UNION ALL " OWN("traces", "NULL", "''") ") o"
	"  JOIN contexts c ON c.environment_id = $1 AND c.context_no = o.context_no"
	"  CROSS JOIN LATERAL (VALUES (0, ''), (o.dim, o.name), (3, c.app_version), (4, c.platform),"
	"  (5, c.country), (7, " FOLD_RELEASE_SQL("c.") ")) d (dim, value)"
	"  WHERE d.dim IS NOT NULL)"
	" INSERT INTO erasure_members (environment_id, day, dim, value, person_no)"
	" SELECT $1, g.day, g.dim, g.value, g.no FROM g JOIN pd USING (no, day)"
	" WHERE NOT EXISTS (SELECT FROM own o WHERE o.no = g.no AND o.day = g.day"
	"  AND o.dim = g.dim AND o.value = g.value)" };
static const struct stmt members_open = { "erase_members_open",
	"DELETE FROM day_members m USING erasure_members x WHERE x.environment_id = $1"
	" AND m.environment_id = $1 AND m.dim = x.dim AND m.day = x.day AND m.value = x.value"
	" AND m.person_no = x.person_no" };
#define WITHOUT                                                                            \
	" bits = CASE WHEN bits IS NULL THEN NULL ELSE bits & ~x.gone END,"                    \
	" sparse = CASE WHEN sparse IS NULL THEN NULL ELSE coalesce((SELECT array_agg(o ORDER BY o)" \
	"  FROM unnest(sparse) o WHERE NOT o = ANY(x.offs)), '{}') END,"                       \
	" persons = CASE WHEN bits IS NULL THEN (SELECT count(*) FROM unnest(sparse) o"        \
	"  WHERE NOT o = ANY(x.offs)) ELSE bit_count(bits & ~x.gone) END"
static const struct stmt members_closed = { "erase_members_closed",
	"WITH x AS (SELECT day, dim, value, chunk, offs, erasure_bits(offs) AS gone FROM ("
	"  SELECT day, dim, value, person_no / 32768 AS chunk, array_agg(person_no % 32768) AS offs"
	"  FROM erasure_members WHERE environment_id = $1 GROUP BY 1, 2, 3, 4) y)"
	" UPDATE day_chunks m SET" WITHOUT " FROM x WHERE m.environment_id = $1"
	" AND m.dim = x.dim AND m.day = x.day AND m.value = x.value AND m.chunk = x.chunk" };
static const struct stmt chunks_empty = { "erase_chunks_empty",
	"DELETE FROM day_chunks m USING (SELECT DISTINCT day, dim, value, person_no / 32768 AS chunk"
	" FROM erasure_members WHERE environment_id = $1) x WHERE m.environment_id = $1"
	" AND m.dim = x.dim AND m.day = x.day AND m.value = x.value AND m.chunk = x.chunk"
	" AND m.persons = 0" };
static const struct stmt members_gone = { "erase_members_gone",
	"DELETE FROM erasure_members WHERE environment_id = $1" };
static const struct stmt *const statements[] = { &waits_gone, &sessions_less, &sessions_settle, &sessions_empty,
	&groups_less,
	&group_gone[0], &group_gone[1], &group_gone[2], &group_gone[3], &group_gone[4],
	&symbols_gone, &counts_room, &counts_less, &counts_gone, &digests_dirty, &rows_gone,
	&members_find, &members_open, &members_closed, &chunks_empty, &members_gone };
const struct stmt_list erase_sums_statements = STMT_LIST("erase_sums", statements);

static enum err
run_each(struct task *t, const struct erase_unit *u, const struct stmt *const *s, size_t n)
{
	struct bind b = { 0 };
	enum err e = E_OK;

	bind_i64(t, &b, u->environment_id);
	for (size_t i = 0; e == E_OK && i < n; i++)
		e = pg_run(t, u->host->pg, s[i], &b, NULL);
	return e;
}

enum err
erase_sessions_settle(struct task *t, const struct erase_unit *u, bool all)
{
	struct bind b = { 0 };

	bind_i64(t, &b, u->environment_id);
	bind_i64_array(t, &b, u->person, u->npersons);
	bind_bool(&b, all);
	return pg_run(t, u->host->pg, &sessions_settle, &b, NULL);
}

enum err
erase_counts(struct task *t, const struct erase_unit *u)
{
	static const struct stmt *const s[] = { &counts_room, &counts_less, &counts_gone,
		&rows_gone };
	enum err e = activity_less(t, u->host->pg, u->environment_id);

	return e == E_OK ? run_each(t, u, s, NELEM(s)) : e;
}

static enum err
groups_correct(struct task *t, const struct erase_unit *u, struct erase_counts *c)
{
	struct bind b = { 0 };
	struct rows *r;
	enum err e;

	bind_i64(t, &b, u->environment_id);
	e = pg_run(t, u->host->pg, &groups_less, &b, NULL);
	for (size_t i = 0; e == E_OK && i < NELEM(group_gone); i++) {
		e = pg_run(t, u->host->pg, &group_gone[i], &b, &r);
		if (e == E_OK && i + 1 == NELEM(group_gone))
			c->crash_groups += rows_affected(r);
	}
	if (e == E_OK)
		e = pg_run(t, u->host->pg, &symbols_gone, &b, &r);
	c->symbols += e == E_OK ? rows_affected(r) : 0;
	return e;
}

enum err
erase_correct(struct task *t, const struct erase_unit *u, struct erase_counts *c)
{
	static const struct stmt *const members[] = { &sessions_empty, &members_find, &members_open,
		&members_closed, &chunks_empty, &members_gone };
	static const struct stmt *const sums[] = { &waits_gone, &sessions_less, &digests_dirty };
	enum err e = run_each(t, u, sums, NELEM(sums));

	if (e == E_OK)
		e = erase_sessions_settle(t, u, false);
	if (e == E_OK)
		e = groups_correct(t, u, c);
	if (e == E_OK && u->events)
		e = run_each(t, u, members, NELEM(members));
	return e == E_OK ? erase_counts(t, u) : e;
}
