/* gather.c - batches for the consumer's tests, and their oracles: see gather.h. */
#include "t/db/gather.h"

#include "base/clock.h"
#include "base/uuid.h"
#include "ingest/wire.h"

int64_t base_us; /* a moment some hours ago */
static uint64_t seed;
const uint8_t master_key[32] = "0123456789abcdef0123456789abcde";

static uint32_t
next(uint32_t below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % below;
}

void
make_init(struct make *m, int env, int no)
{
	static const char *const version[] = { "1.0", "2.0", "" };

	memset(m, 0, sizeof(*m));
	m->b = (struct batch){ .environment_id = env, .received_us = base_us + no,
		.key_id = STR("not a uuid"), .source = STR("ingest"), .contexts = m->context,
		.ncontexts = 3, .identities = m->who, .items = m->item };
	for (int i = 0; i < 3; i++)
		m->context[i] = (struct context){ .app_version = str_of(version[i]),
			.platform = i ? STR("ios") : STR("android"), .country = STR("DE") };
	snprintf(m->id, sizeof(m->id), "bat_%d_%d", env, no);
}

struct item *
make_add(struct make *m, enum item_type type, const char *user, const char *anon,
         const char *device, int64_t at_s)
{
	size_t i = m->b.nitems++;
	struct item *x = &m->item[i];
	char name[64];
	uint8_t ns[16] = { 1 };

	ASSERT(i < ITEMS);
	m->b.nidentities = m->b.nitems;
	m->who[i] = (struct identity){ str_of(user), str_of(anon), str_of(device) };
	snprintf(name, sizeof(name), "%s %zu", m->id, i);
	*x = (struct item){ .type = type, .identity = (uint16_t)i, .index = (uint32_t)i,
		.ts_us = base_us + at_s * US_PER_S, .seq = -1, .namespace_ = STR("product"),
		.properties = STR("{\"a\":1}") };
	uuid_v5(ns, str_of(name), x->event_id);
	if (type == ITEM_EVENT)
		x->name = STR("tap");
	return x;
}

struct persist_entry
make_entry(struct task *t, const struct make *m)
{
	struct buf wire = BUF_INIT;
	struct persist_entry e = { .items = (uint32_t)m->b.nitems, .deliveries = 1,
		.environment_id = m->b.environment_id, .received_us = m->b.received_us };

	wire_encode(&wire, &m->b);
	e.wire = arena_str(t->arena, buf_str(&wire));
	e.batch_id = arena_str(t->arena, str_of(m->id));
	buf_release(&wire);
	return e;
}

struct persist *
consumer(void)
{
	static struct persist *p;

	if (p == NULL)
		p = persist_open(db_pg(DB_CONSUMER), master_key);
	return p;
}

struct persist_result
store(struct task *t, const struct make *m)
{
	struct persist_entry e = make_entry(t, m);
	struct persist_result r = { 0 };

	assert_ok(t, persist_store(t, consumer(), &e, 1, &r));
	return r;
}

/* A new environment; its id. */
int
environment(struct task *t, const char *zone)
{
	static int n;
	char sql[700];

	snprintf(sql, sizeof(sql),
	         "WITH x AS (INSERT INTO teams (slug, name) VALUES ('t%d', 't') RETURNING id),"
	         " y AS (INSERT INTO projects (team_id, slug, name)"
	         " SELECT id, 'p', 'p' FROM x RETURNING id, team_id)"
	         " INSERT INTO environments (project_id, team_id, name, timezone)"
	         " SELECT id, team_id, 'prod', '%s' FROM y RETURNING id", n++, zone);
	return (int)db_number(t, db_pg(DB_OWNER), sql);
}

int64_t
number(struct task *t, int env, const char *what)
{
	char sql[1000];

	snprintf(sql, sizeof(sql), "SELECT (%s)::int8 FROM (SELECT %d AS e) AS env", what, env);
	return db_number(t, db_pg(DB_OWNER), sql);
}

/* Each must be 0: rows in one table that the other does not confirm. */
#define ALL_ROWS                                                                          \
	"(SELECT environment_id, ts, person_no, context_no, name, 2 AS named, 1 AS ev, 0 AS cr," \
	" 0 AS fa, 0 AS tr FROM events UNION ALL SELECT environment_id, ts, person_no,"          \
	" context_no, '', NULL, 0, 1, fatal::int, 0 FROM crashes UNION ALL SELECT"               \
	" environment_id, ts, person_no, context_no, name, 6, 0, 0, 0, 1 FROM traces)"
/* ingest/fold.h, written out again */
#define RELEASE                                                                          \
	"platform || chr(31) || app_version || chr(31)"                                  \
	" || CASE WHEN app_version = '' THEN '' ELSE app_build END"
#define DIMS                                                                              \
	" CROSS JOIN LATERAL (VALUES (0, ''), (r.named, r.name), (3, app_version), (4, platform)," \
	" (5, country), (7, " RELEASE ")) AS d (dim, value) "
/* Open days and closed ones together, as readers see them. */
#define MEMBERS                                                                            \
	"(SELECT environment_id, day, dim, value, person_no FROM day_members UNION SELECT"      \
	" environment_id, day, dim, value, chunk * 32768 + o FROM day_chunks CROSS JOIN LATERAL" \
	" (SELECT unnest(sparse) AS o UNION ALL SELECT s FROM generate_series(0, 32767) s"      \
	"  WHERE bits IS NOT NULL AND get_bit(bits, s) = 1) x)"
/* A number of a value's key (sql/0039_activity.sql). */
#define N(at, bytes, bits) "('x' || encode(substring(keys, i * 26 + " at " + 1, " bytes "), 'hex'))" \
	"::bit(" bits ")::int4"
#define FRONT(json) \
	"CASE WHEN " json " ->> 'app_state' = 'background' THEN NULL ELSE ts END"
const char *const truths[] = {
	/* counts of items, both grains, all dimensions */
	"SELECT count(*) FROM (SELECT z.id, g.grain, dim, CASE WHEN g.grain = 15 THEN"
	" date_bin('15 minutes', ts, 'epoch') ELSE date_trunc('day', ts, z.timezone) END AS at,"
	" value, sum(ev) ev, sum(cr) cr, sum(fa) fa, sum(tr) tr FROM " ALL_ROWS " r"
	" JOIN environments z ON z.id = environment_id"
	" JOIN contexts c USING (environment_id, context_no)" DIMS
	" CROSS JOIN (VALUES (15), (1440)) AS g (grain)"
	" WHERE dim IS NOT NULL AND (dim <> 7 OR g.grain = 1440)"
	" GROUP BY 1, 2, 3, 4, 5) a"
	" FULL JOIN (SELECT * FROM rollup_counts WHERE events + crashes + traces > 0) b"
	" ON b.environment_id = a.id AND b.grain = a.grain AND b.dim = a.dim"
	" AND b.bucket = a.at AND b.value = a.value"
	" WHERE (a.ev, a.cr, a.fa, a.tr) IS DISTINCT FROM"
	" (b.events, b.crashes, b.fatal_crashes, b.traces)",
	/* who was active */
	"SELECT count(*) FROM (SELECT DISTINCT z.id AS environment_id, dim,"
	" (ts AT TIME ZONE z.timezone)::date AS day, value, COALESCE(to_no, person_no) AS p"
	" FROM (SELECT r.*, app_version, app_build, platform, country FROM " ALL_ROWS " r"
	" JOIN contexts c USING (environment_id, context_no)) r"
	" JOIN environments z ON z.id = r.environment_id"
	" LEFT JOIN person_alias a ON a.environment_id = z.id AND a.from_no = r.person_no"
	" CROSS JOIN LATERAL (VALUES (0, ''), (CASE WHEN fa = 1 THEN 1 END, ''),"
	" (CASE WHEN named = 2 THEN 2 END, r.name), (3, app_version), (4, platform),"
	" (5, country), (7, " RELEASE ")) AS d (dim, value)"
	" WHERE person_no IS NOT NULL AND dim IS NOT NULL) a"
	" FULL JOIN " MEMBERS " b ON b.environment_id = a.environment_id AND b.dim = a.dim"
	" AND b.day = a.day AND b.value = a.value AND b.person_no = a.p"
	" WHERE a.p IS NULL OR b.person_no IS NULL",
	"SELECT count(*) FROM day_chunks WHERE persons <> CASE WHEN bits IS NULL"
	" THEN cardinality(sparse) ELSE bit_count(bits) END",
	/* counters of sessions; the background moves neither start nor end */
	"SELECT count(*) FROM sessions s LEFT JOIN (SELECT environment_id, session_no,"
	" sum(ev) ev, sum(cr) cr, sum(fa) fa, sum(tr) tr, min(ts) lo, max(ts) hi FROM"
	" (SELECT environment_id, session_no, " FRONT("properties") " AS ts, 1 ev, 0 cr, 0 fa,"
	" 0 tr FROM events UNION ALL SELECT environment_id, session_no, " FRONT("properties")
	", 0, 1, fatal::int, 0 FROM crashes UNION ALL SELECT environment_id, session_no,"
	" " FRONT("attributes") ", 0, 0, 0, 1 FROM traces) x GROUP BY 1, 2) r"
	" USING (environment_id, session_no) WHERE (events, crashes, fatal_crashes, traces) IS"
	" DISTINCT FROM (COALESCE(ev, 0), COALESCE(cr, 0), COALESCE(fa, 0), COALESCE(tr, 0))"
	" OR started_at > lo OR ended_at < hi",
	/* rows point to sessions that exist */
	"SELECT count(*) FROM events e LEFT JOIN sessions s USING (environment_id, session_no)"
	" WHERE e.session_no IS NOT NULL AND s.session_no IS NULL",
	/* sessions by start */
	"SELECT count(*) FROM (SELECT environment_id, 15 AS grain, dim,"
	" date_bin('15 minutes', started_at, 'epoch') AS at, value, count(*) AS n FROM sessions"
	" JOIN contexts c USING (environment_id, context_no) CROSS JOIN LATERAL (VALUES (0, ''),"
	" (3, app_version), (4, platform), (5, country)) AS d (dim, value) GROUP BY 1, 2, 3, 4, 5"
	" UNION ALL SELECT environment_id, 1440, dim, date_trunc('day', started_at, z.timezone),"
	" value, count(*) FROM sessions JOIN environments z ON z.id = environment_id"
	" JOIN contexts c USING (environment_id, context_no) CROSS JOIN LATERAL (VALUES (0, ''),"
	" (3, app_version), (4, platform), (5, country), (7, " RELEASE ")) AS d (dim, value)"
	" GROUP BY 1, 2, 3, 4, 5) a FULL JOIN (SELECT * FROM rollup_counts WHERE sessions <> 0) b"
	" ON b.environment_id = a.environment_id AND b.grain = a.grain AND b.dim = a.dim"
	" AND b.bucket = a.at AND b.value = a.value WHERE a.n IS DISTINCT FROM b.sessions",
	/* inferred sessions keep their distance */
	"SELECT count(*) FROM sessions a JOIN sessions b ON b.environment_id = a.environment_id"
	" AND b.device_no = a.device_no AND a.session_id IS NULL AND b.session_id IS NULL"
	" AND a.session_no <> b.session_no AND a.started_at <= b.started_at"
	" AND b.started_at - a.ended_at <= interval '30 minutes'"
	" AND b.ended_at - a.started_at <= interval '24 hours'",
	"SELECT count(*) FROM crash_groups g WHERE crashes <> (SELECT count(*) FROM crashes c"
	" WHERE c.environment_id = g.environment_id AND c.group_no = g.group_no)",
	"SELECT count(*) FROM trace_digests d JOIN environments z ON z.id = environment_id"
	" WHERE samples <> (SELECT count(*) FROM traces t WHERE"
	" t.environment_id = d.environment_id AND t.name = d.name"
	" AND (t.ts AT TIME ZONE z.timezone)::date = d.day)",
	/* a context is as old as its oldest row */
	"SELECT count(*) FROM contexts c JOIN (SELECT environment_id, context_no, min(ts) AS at"
	" FROM " ALL_ROWS " r GROUP BY 1, 2) r USING (environment_id, context_no)"
	" WHERE first_seen > at OR first_seen < at AND NOT EXISTS (SELECT FROM seen s WHERE"
	" s.environment_id = c.environment_id AND s.ts = c.first_seen)",
	"SELECT abs((SELECT count(*) FROM seen) - (SELECT sum(inserted"
	" + coalesce((dropped ->> 'erased')::int8, 0)) FROM batches))",
	"SELECT count(*) FROM person_alias a JOIN person_alias b"
	" ON b.environment_id = a.environment_id AND b.from_no = a.to_no",
	"SELECT count(*) FROM person_ids i JOIN person_alias a"
	" ON a.environment_id = i.environment_id AND a.from_no = i.person_no",
	/* hours: parts and wholes together, against rows */
	"SELECT count(*) FROM (SELECT environment_id, hour, " N("0", "4", "32") " AS ctx, "
	N("4", "4", "32") " AS p, " N("8", "2", "16") " AS q, sum(" N("10", "4", "32") ") ev,"
	" sum(" N("14", "4", "32") ") cr, sum(" N("18", "4", "32") ") tr,"
	" sum(" N("22", "4", "32") ") se FROM activity_hours h"
	" CROSS JOIN generate_series(0, length(keys) / 26 - 1) i GROUP BY 1, 2, 3, 4, 5) a"
	" FULL JOIN (SELECT environment_id, date_bin('1 hour', ts, 'epoch') AS hour,"
	" context_no AS ctx, coalesce(person_no, 0) AS p,"
	" extract(minute FROM ts AT TIME ZONE 'UTC')::int / 15 AS q,"
	" sum(ev) ev, sum(cr) cr, sum(tr) tr, sum(se) se FROM (SELECT environment_id, ts,"
	"  person_no, context_no, ev, cr, tr, 0 AS se FROM " ALL_ROWS " r UNION ALL SELECT"
	"  environment_id, started_at, NULL, context_no, 0, 0, 0, 1 FROM sessions) x"
	" WHERE ts > now() - interval '91 days' GROUP BY 1, 2, 3, 4, 5) b"
	" USING (environment_id, hour, ctx, p, q) WHERE hour > now() - interval '91 days' AND"
	" (coalesce(a.ev, 0), coalesce(a.cr, 0), coalesce(a.tr, 0), coalesce(a.se, 0)) IS DISTINCT"
	" FROM (coalesce(b.ev, 0), coalesce(b.cr, 0), coalesce(b.tr, 0), coalesce(b.se, 0))",
};
const size_t truths_n = NELEM(truths);

void
check_truths(struct task *t)
{
	for (size_t i = 0; i < NELEM(truths); i++) {
		int64_t wrong = db_number(t, db_pg(DB_SUPERUSER), truths[i]);

		if (wrong != 0)
			print_error("%lld wrong: %.120s\n", (long long)wrong, truths[i]);
		assert_int_equal(wrong, 0);
	}
}

/* Anything that does not depend on the order of arrival: an anonymous id and
 * a device belong to one user. */
static void
make_random(struct make *m, int env, int no)
{
	static const char *const user[] = { "u1", "u2", "u3", "u4", "u5", "u6" };
	static const char *const anon[] = { "a1", "a2", "a3", "a4", "a5", "a6" };
	static const char *const dev[] = { "d1", "d2", "d3", "d4", "d5", "d6" };
	static const enum item_type types[] = { ITEM_EVENT, ITEM_EVENT, ITEM_EVENT, ITEM_CRASH,
		ITEM_TRACE, ITEM_USER_PROPERTIES, ITEM_IDENTIFY, ITEM_SESSION_START };
	uint32_t who = next(6), n = 1 + next(ITEMS);

	make_init(m, env, no);
	for (uint32_t i = 0; i < n; i++) {
		enum item_type type = types[next(NELEM(types))];
		bool both = type == ITEM_IDENTIFY || next(4) == 0;
		struct item *x = make_add(m, type, both || next(2) ? user[who] : "",
		                     both || next(2) ? anon[who] : "",
		                     next(5) ? dev[who] : "", (int64_t)next(50 * 3600) - 45 * 3600);

		x->context = (uint16_t)(who % 3);
		if (next(3) == 0)
			x->session_id = next(2) ? str_of(user[who]) : STR("");
		if (type == ITEM_TRACE) {
			x->name = STR("load");
			x->duration_ms = next(1000);
		}
		if (type == ITEM_EVENT && next(3) == 0)
			x->name = STR("other");
		if (type == ITEM_CRASH) {
			x->fatal = next(2);
			x->fingerprint = next(2) ? STR("one") : STR("two");
		}
		if (type == ITEM_USER_PROPERTIES)
			x->operations = next(2)
				? STR("[{\"op\":\"increment\",\"key\":\"n\",\"value\":2}]")
				: STR("[{\"op\":\"set_once\",\"key\":\"first\",\"value\":true}]");
	}
}

/* The same batches for an environment; seeds make them equal. */
struct persist_entry *
random_entries(struct task *t, int env, uint64_t with)
{
	struct persist_entry *e = tarray(t, BATCHES, struct persist_entry);
	struct make *m = talloc(t, struct make);

	seed = with;
	for (int i = 0; i < BATCHES; i++) {
		make_random(m, env, i);
		e[i] = make_entry(t, m);
	}
	return e;
}

/* A consumer of its own: all batches, in its own order, in gathers. */
int
store_shuffled(struct persist_entry *e, uint64_t with)
{
	struct task t;
	struct pg *pg = db_pg_new(DB_CONSUMER);
	struct persist *p = persist_open(pg, master_key);

	task_init(&t, arena_new(0));
	seed = with;
	for (size_t i = BATCHES - 1; i > 0; i--) {
		size_t k = next((uint32_t)i + 1);
		struct persist_entry x = e[i];

		e[i] = e[k];
		e[k] = x;
	}
	for (size_t i = 0; i < BATCHES;) {
		size_t n = 1 + next(7);
		struct persist_result r = { 0 };

		n = i + n > BATCHES ? BATCHES - i : n;
		enum err err = persist_store(&t, p, e + i, n, &r);
		if (err != E_OK) {
			if (err != E_RETRY) {
				fprintf(stderr, "child: %s\n", t.detail);
				return 1;
			}
			task_reset(&t);
			continue;
		}
		i += n;
	}
	return 0;
}

int
gather_start(void **state)
{
	int bad = db_group_start(state);

	if (bad)
		return bad;
	base_us = (clock_now_us() / US_PER_DAY) * US_PER_DAY - 6 * US_PER_HOUR;
	/* on the first of a month that is in the one before, whose ledger a store
	 * that is new would make at the first batch, in a second try: some tests
	 * know the numbers of the first */
	struct task t;
	char sql[80];

	task_init(&t, arena_new(0));
	snprintf(sql, sizeof(sql), "SELECT batches_ensure(to_timestamp(%lld))",
	         (long long)(base_us / US_PER_S));
	db_query(&t, db_pg(DB_SUPERUSER), sql);
	arena_free(t.arena);
	return 0;
}
