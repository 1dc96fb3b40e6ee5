/*
 * persist.c - the consumer's transaction against a real server: numbers are
 * compared with plain SQL over the raw rows, repeats and parallel consumers
 * change nothing, bad items are found, persons join, sessions bridge.
 */
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/uuid.h"
#include "ingest/persist.h"
#include "ingest/scrub.h"
#include "ingest/wire.h"
#include "jobs/job.h"
#include "t/db/db.h"

#define ITEMS 12

static int64_t base_us; /* a moment some hours ago */
static uint64_t seed;
static const uint8_t master_key[32] = "0123456789abcdef0123456789abcde";

static uint32_t
next(uint32_t below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % below;
}

/* A batch under construction. */
struct make {
	struct batch b;
	struct context context[3];
	struct identity who[ITEMS];
	struct item item[ITEMS];
	char id[24];
};

static void
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

static struct item *
add(struct make *m, enum item_type type, const char *user, const char *anon,
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

static struct persist_entry
entry_of(struct task *t, const struct make *m)
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

static struct persist *
consumer(void)
{
	static struct persist *p;

	if (p == NULL)
		p = persist_open(db_pg(DB_CONSUMER), master_key);
	return p;
}

static struct persist_result
store(struct task *t, const struct make *m)
{
	struct persist_entry e = entry_of(t, m);
	struct persist_result r = { 0 };

	assert_ok(t, persist_store(t, consumer(), &e, 1, &r));
	return r;
}

/* A new environment; its id. */
static int
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

static int64_t
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
#define DIMS                                                                              \
	" CROSS JOIN LATERAL (VALUES (0, ''), (r.named, r.name), (3, app_version), (4, platform)," \
	" (5, country)) AS d (dim, value) "
/* Open days and closed ones together, as readers see them. */
#define MEMBERS                                                                            \
	"(SELECT environment_id, day, dim, value, person_no FROM day_members UNION SELECT"      \
	" environment_id, day, dim, value, chunk * 32768 + o FROM day_chunks CROSS JOIN LATERAL" \
	" (SELECT unnest(sparse) AS o UNION ALL SELECT s FROM generate_series(0, 32767) s"      \
	"  WHERE bits IS NOT NULL AND get_bit(bits, s) = 1) x)"
static const char *const truths[] = {
	/* counts of items, both grains, all dimensions */
	"SELECT count(*) FROM (SELECT z.id, g.grain, dim, CASE WHEN g.grain = 15 THEN"
	" date_bin('15 minutes', ts, 'epoch') ELSE date_trunc('day', ts, z.timezone) END AS at,"
	" value, sum(ev) ev, sum(cr) cr, sum(fa) fa, sum(tr) tr FROM " ALL_ROWS " r"
	" JOIN environments z ON z.id = environment_id"
	" JOIN contexts c USING (environment_id, context_no)" DIMS
	" CROSS JOIN (VALUES (15), (1440)) AS g (grain)"
	" WHERE dim IS NOT NULL"
	" GROUP BY 1, 2, 3, 4, 5) a"
	" FULL JOIN (SELECT * FROM rollup_counts WHERE events + crashes + traces > 0) b"
	" ON b.environment_id = a.id AND b.grain = a.grain AND b.dim = a.dim"
	" AND b.bucket = a.at AND b.value = a.value"
	" WHERE (a.ev, a.cr, a.fa, a.tr) IS DISTINCT FROM"
	" (b.events, b.crashes, b.fatal_crashes, b.traces)",
	/* who was active */
	"SELECT count(*) FROM (SELECT DISTINCT z.id AS environment_id, dim,"
	" (ts AT TIME ZONE z.timezone)::date AS day, value, COALESCE(to_no, person_no) AS p"
	" FROM (SELECT r.*, app_version, platform, country FROM " ALL_ROWS " r"
	" JOIN contexts c USING (environment_id, context_no)) r"
	" JOIN environments z ON z.id = r.environment_id"
	" LEFT JOIN person_alias a ON a.environment_id = z.id AND a.from_no = r.person_no"
	" CROSS JOIN LATERAL (VALUES (0, ''), (CASE WHEN fa = 1 THEN 1 END, ''),"
	" (CASE WHEN named = 2 THEN 2 END, r.name), (3, app_version), (4, platform),"
	" (5, country)) AS d (dim, value)"
	" WHERE person_no IS NOT NULL AND dim IS NOT NULL) a"
	" FULL JOIN " MEMBERS " b ON b.environment_id = a.environment_id AND b.dim = a.dim"
	" AND b.day = a.day AND b.value = a.value AND b.person_no = a.p"
	" WHERE a.p IS NULL OR b.person_no IS NULL",
	"SELECT count(*) FROM day_chunks WHERE persons <> CASE WHEN bits IS NULL"
	" THEN cardinality(sparse) ELSE bit_count(bits) END",
	/* counters of sessions */
	"SELECT count(*) FROM sessions s LEFT JOIN (SELECT environment_id, session_no,"
	" sum(ev) ev, sum(cr) cr, sum(fa) fa, sum(tr) tr, min(ts) lo, max(ts) hi FROM"
	" (SELECT environment_id, session_no, ts, 1 ev, 0 cr, 0 fa, 0 tr FROM events UNION ALL"
	" SELECT environment_id, session_no, ts, 0, 1, fatal::int, 0 FROM crashes UNION ALL"
	" SELECT environment_id, session_no, ts, 0, 0, 0, 1 FROM traces) x GROUP BY 1, 2) r"
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
	" (3, app_version), (4, platform), (5, country)) AS d (dim, value)"
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
	"SELECT abs((SELECT count(*) FROM seen) - (SELECT sum(inserted) FROM batches))",
	"SELECT count(*) FROM person_alias a JOIN person_alias b"
	" ON b.environment_id = a.environment_id AND b.from_no = a.to_no",
	"SELECT count(*) FROM person_ids i JOIN person_alias a"
	" ON a.environment_id = i.environment_id AND a.from_no = i.person_no",
};

static void
check_truths(struct task *t)
{
	for (size_t i = 0; i < NELEM(truths); i++) {
		int64_t wrong = db_number(t, db_pg(DB_SUPERUSER), truths[i]);

		if (wrong != 0)
			print_error("%lld wrong: %.120s\n", (long long)wrong, truths[i]);
		assert_int_equal(wrong, 0);
	}
}

/* Negative control: each oracle sees a number that is off by one. */
static void
oracles_can_fail(void **state)
{
	static const struct {
		int truth;
		const char *spoil;
	} rows[] = {
		{ 0, "UPDATE rollup_counts SET events = events + 1 WHERE dim = 2" },
		{ 1, "DELETE FROM day_members" },
		{ 2, "UPDATE day_chunks SET persons = persons + 1" },
		{ 3, "UPDATE sessions SET events = events + 1" },
		{ 4, "UPDATE events SET session_no = -1" },
		{ 5, "UPDATE rollup_counts SET sessions = sessions + 1 WHERE grain = 1440" },
		{ 7, "UPDATE crash_groups SET crashes = crashes + 1" },
		{ 8, "UPDATE trace_digests SET samples = samples + 1" },
		{ 9, "UPDATE contexts SET first_seen = now()" },
		{ 9, "UPDATE contexts SET first_seen = first_seen - interval '1 second'" },
		{ 10, "DELETE FROM batches WHERE inserted > 0" },
	};
	struct task *t = *state;
	struct pg *pg = db_pg(DB_SUPERUSER);

	for (size_t i = 0; i < NELEM(rows); i++) {
		assert_ok(t, pg_begin(t, pg, NULL));
		db_query(t, pg, rows[i].spoil);
		assert_row(db_number(t, pg, truths[rows[i].truth]) != 0, rows[i].spoil);
		pg_rollback(t, pg);
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
		struct item *x = add(m, type, both || next(2) ? user[who] : "",
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

#define BATCHES 60

/* The same batches for an environment; seeds make them equal. */
static struct persist_entry *
random_entries(struct task *t, int env, uint64_t with)
{
	struct persist_entry *e = tarray(t, BATCHES, struct persist_entry);
	struct make *m = talloc(t, struct make);

	seed = with;
	for (int i = 0; i < BATCHES; i++) {
		make_random(m, env, i);
		e[i] = entry_of(t, m);
	}
	return e;
}

/* A consumer of its own: all batches, in its own order, in gathers. */
static int
child(struct persist_entry *e, uint64_t with)
{
	struct task t;
	struct pg *pg = db_pg_new(DB_CONSUMER);
	struct persist *p = persist_open(pg, master_key);
	bool ok = true;

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
				ok = false;
			}
			task_reset(&t);
			continue;
		}
		i += n;
	}
	return ok ? 0 : 1;
}

static void
repeats_in_parallel_change_nothing(void **state)
{
	struct task *t = *state;

	for (uint64_t round = 1; round <= 4; round++) {
		const char *zone = round % 2 ? "UTC" : "America/St_Johns";
		int once = environment(t, zone), thrice = environment(t, zone);
		struct persist_entry *e = random_entries(t, once, round);
		struct persist_result r = { 0 };
		pid_t pid[3];

		assert_ok(t, persist_store(t, consumer(), e, BATCHES, &r));
		assert_int_equal(r.inserted, r.items);
		check_truths(t);
		e = random_entries(t, thrice, round);
		for (int i = 0; i < 3; i++) {
			pid[i] = fork();
			if (pid[i] == 0)
				_exit(child(e, round * 10 + (uint64_t)i));
		}
		for (int i = 0; i < 3; i++) {
			int status = -1;

			assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
			assert_int_equal(status, 0);
		}
		check_truths(t);
		static const char *const same[] = {
			"(SELECT count(*) FROM events WHERE environment_id = e)",
			"(SELECT count(*) FROM seen WHERE environment_id = e)",
			"(SELECT count(*) FROM batches WHERE environment_id = e)",
			"(SELECT sum(inserted) FROM batches WHERE environment_id = e)",
			"(SELECT count(*) FROM sessions WHERE environment_id = e AND device_no IS NOT NULL)",
			"(SELECT count(*) FROM day_members WHERE environment_id = e)",
			("(SELECT hashtext(string_agg(concat(grain, dim, bucket, value, events, crashes,"
			 " fatal_crashes, traces), ',' ORDER BY grain, dim, bucket, value))"
			 " FROM rollup_counts WHERE environment_id = e AND events + crashes + traces > 0)"),
			("(SELECT sum((value::text)::int8) FROM person_properties"
			 " WHERE environment_id = e AND key = 'n')"),
			"(SELECT count(*) FROM person_properties WHERE environment_id = e)",
		};
		for (size_t i = 0; i < NELEM(same); i++) {
			int64_t a = number(t, once, same[i]), b = number(t, thrice, same[i]);

			if (a != b)
				print_error("round %d: %.70s: %lld, %lld\n", (int)round, same[i],
				            (long long)a, (long long)b);
			assert_true(a == b);
		}
	}
}

static void
a_bad_item_alone_is_dead(void **state)
{
	struct task *t = *state;
	int env = environment(t, "UTC");
	struct persist_entry e[50];
	struct persist_result r = { 0 };
	struct make m;

	for (int i = 0; i < 50; i++) {
		make_init(&m, env, i);
		for (int k = 0; k < ITEMS; k++)
			add(&m, ITEM_EVENT, "u", "", "d", i * 100 + k);
		if (i == 33)
			m.item[5].properties = STR("{\"a\":1e999999}");
		if (i == 40)
			m.item[0].properties = STR("{broken");
		e[i] = entry_of(t, &m);
	}
	e[7].wire = STR("no wire at all");
	assert_ok(t, persist_store(t, consumer(), e, 50, &r));
	assert_int_equal(r.dead, 3);
	assert_int_equal(number(t, env, "SELECT count(*) FROM events WHERE environment_id = e"),
	                 50 * ITEMS - ITEMS - 2);
	assert_int_equal(number(t, env, "SELECT count(*) FROM dead_letters WHERE"
	                        " environment_id = e AND item_index IN (0, 5)"), 3);
	assert_int_equal(number(t, env, "SELECT count(*) FROM dead_letters WHERE"
	                        " environment_id = e AND sqlstate LIKE '22%'"), 2);
	assert_int_equal(number(t, env, "SELECT count(*) FROM batches WHERE"
	                        " environment_id = e AND status = 'failed'"), 1);
	check_truths(t);
	/* again: nothing new */
	assert_ok(t, persist_store(t, consumer(), e, 50, &r));
	assert_int_equal(number(t, env, "SELECT count(*) FROM dead_letters WHERE"
	                        " environment_id = e"), 3);
	check_truths(t);
}

static void
unknown_environment_and_retention(void **state)
{
	struct task *t = *state;
	int env = environment(t, "UTC");
	struct persist_result r;
	struct make m;

	make_init(&m, 999999, 1);
	add(&m, ITEM_EVENT, "u", "", "", 0);
	r = store(t, &m);
	assert_int_equal(r.dead, 1);
	assert_int_equal(number(t, 999999, "SELECT count(*) FROM batches WHERE environment_id = e"
	                        " AND status = 'failed' AND dead = 1"), 1);
	make_init(&m, env, 1);
	add(&m, ITEM_EVENT, "u", "", "", -91 * 86400);
	add(&m, ITEM_TRACE, "u", "", "", -31 * 86400)->name = STR("x");
	add(&m, ITEM_EVENT, "u", "", "", -80 * 86400);
	r = store(t, &m);
	assert_int_equal(r.dropped, 2);
	assert_int_equal(r.inserted, 1);
	assert_int_equal(number(t, env, "SELECT (dropped->>'beyond_retention')::int8 FROM batches"
	                        " WHERE environment_id = e"), 2);
	/* a class and years that have no partitions yet */
	db_query(t, db_pg(DB_OWNER), "UPDATE environments SET retention_raw_days = 0,"
	         " event_classes = '{0,90}'");
	make_init(&m, env, 2);
	add(&m, ITEM_EVENT, "u", "", "", -10 * 365 * 86400);
	assert_int_equal(store(t, &m).inserted, 1);
	db_query(t, db_pg(DB_OWNER), "UPDATE environments SET retention_raw_days = 90,"
	         " event_classes = '{90}'");
	check_truths(t);
}

static int64_t
persons(struct task *t, int env)
{
	return number(t, env, "SELECT count(DISTINCT person_no) FROM person_ids"
	              " WHERE environment_id = e");
}

static void
persons_join_once(void **state)
{
	struct task *t = *state;
	int env = environment(t, "UTC");
	struct make m;

	make_init(&m, env, 1); /* anonymous first, then a new user: taken over */
	add(&m, ITEM_EVENT, "", "a", "", 0);
	store(t, &m);
	make_init(&m, env, 2);
	add(&m, ITEM_IDENTIFY, "u", "a", "", 10);
	store(t, &m);
	assert_int_equal(persons(t, env), 1);
	assert_int_equal(number(t, env, "SELECT count(*) FROM person_alias WHERE environment_id = e"), 0);
	make_init(&m, env, 3); /* another anonymous id joins the existing user: merged */
	add(&m, ITEM_EVENT, "", "b", "", 20);
	add(&m, ITEM_USER_PROPERTIES, "", "b", "", 21)->operations =
		STR("[{\"op\":\"set\",\"key\":\"k\",\"value\":\"b\"}]");
	store(t, &m);
	assert_int_equal(persons(t, env), 2);
	make_init(&m, env, 4);
	add(&m, ITEM_USER_PROPERTIES, "u", "", "", 15)->operations =
		STR("[{\"op\":\"set\",\"key\":\"k\",\"value\":\"u\"}]");
	store(t, &m);
	make_init(&m, env, 5);
	add(&m, ITEM_EVENT, "u", "b", "", 30);
	store(t, &m);
	assert_int_equal(persons(t, env), 1);
	assert_int_equal(number(t, env, "SELECT count(*) FROM person_alias WHERE environment_id = e"), 1);
	assert_int_equal(number(t, env, "SELECT count(*) FROM person_properties WHERE"
	                        " environment_id = e AND value = '\"b\"'"), 1);
	check_truths(t);
	make_init(&m, env, 6); /* the first join wins; users never merge */
	add(&m, ITEM_EVENT, "v", "b", "", 40);
	add(&m, ITEM_EVENT, "", "b", "", 50);
	add(&m, ITEM_ALIAS, "v", "", "", 51)->alias_id = STR("u");
	store(t, &m);
	assert_int_equal(persons(t, env), 2);
	assert_int_equal(number(t, env, "SELECT count(DISTINCT person_no) FROM events WHERE"
	                        " environment_id = e AND ts = (SELECT max(ts) FROM events"
	                        " WHERE environment_id = e)"), 1);
	assert_int_equal(number(t, env, "SELECT person_no FROM person_ids WHERE environment_id = e"
	                        " AND kind = 'a' AND id = 'b'"),
	                 number(t, env, "SELECT person_no FROM person_ids WHERE environment_id = e"
	                        " AND kind = 'u' AND id = 'u'"));
	make_init(&m, env, 7); /* nobody */
	add(&m, ITEM_EVENT, "", "", "", 60);
	store(t, &m);
	assert_int_equal(number(t, env, "SELECT count(*) FROM events WHERE environment_id = e"
	                        " AND person_no IS NULL AND session_no IS NULL"), 1);
	check_truths(t);
}

static void
late_item_bridges_sessions(void **state)
{
	struct task *t = *state;
	int env = environment(t, "UTC");
	struct make m;

	make_init(&m, env, 1);
	add(&m, ITEM_EVENT, "u", "", "d", 0);
	add(&m, ITEM_EVENT, "u", "", "d", 3000);
	store(t, &m);
	assert_int_equal(number(t, env, "SELECT count(*) FROM sessions WHERE environment_id = e"), 2);
	make_init(&m, env, 2);
	add(&m, ITEM_EVENT, "u", "", "d", 1500);
	store(t, &m);
	assert_int_equal(number(t, env, "SELECT count(*) FROM sessions WHERE environment_id = e"
	                        " AND events = 3"), 1);
	assert_int_equal(number(t, env, "SELECT count(*) FROM sessions WHERE environment_id = e"), 1);
	check_truths(t);
	make_init(&m, env, 3); /* before the start: the start moves */
	add(&m, ITEM_EVENT, "u", "", "d", -1200);
	store(t, &m);
	assert_int_equal(number(t, env, "SELECT count(*) FROM sessions WHERE environment_id = e"
	                        " AND events = 4"), 1);
	check_truths(t);
}

/* Kept plain or hashed, a person has the same hash. */
static void
persons_have_the_hash_of_their_id(void **state)
{
	struct task *t = *state;
	int env = environment(t, "UTC");
	struct scrub s = { .hash_user_id = true };
	struct make m;
	char text[2 * SCRUB_HASH + 1], sql[200];
	uint8_t hash[SCRUB_HASH];

	scrub_secret(master_key, env, s.secret);
	scrub_user_hash(s.secret, STR("ann"), hash);
	codec_hex(hash, sizeof(hash), text);
	make_init(&m, env, 1);
	add(&m, ITEM_EVENT, "", "a", "", 0);
	store(t, &m);
	assert_int_equal(number(t, env, "SELECT count(*) FROM persons WHERE environment_id = e"
	                        " AND user_id_hash IS NULL"), 1);
	make_init(&m, env, 2); /* named later */
	add(&m, ITEM_IDENTIFY, "ann", "a", "", 1);
	add(&m, ITEM_EVENT, "bob", "", "", 2);
	add(&m, ITEM_EVENT, "h_", "", "", 2);
	m.who[m.b.nitems - 1].user_id = scrub_user_id(t, &s, STR("ann"));
	store(t, &m);
	snprintf(sql, sizeof(sql), "SELECT count(*) FROM persons WHERE environment_id = e"
	         " AND user_id_hash = decode('%s', 'hex')", text);
	assert_int_equal(number(t, env, sql), 2);
	assert_int_equal(number(t, env, "SELECT count(DISTINCT user_id_hash) FROM persons"
	                        " WHERE environment_id = e AND user_id IS NOT NULL"), 2);
}

/* When a key was last seen: once a minute, never back. */
static void
keys_are_touched(void **state)
{
	struct task *t = *state;
	int env = environment(t, "UTC");
	static const char at[] = "SELECT (extract(epoch FROM last_seen_at) * 1000000)::int8"
		" FROM project_keys WHERE environment_id = e";
	struct persist *other = persist_open(db_pg(DB_CONSUMER), master_key);
	struct rows *r;
	char sql[400];

	snprintf(sql, sizeof(sql), "INSERT INTO project_keys (environment_id, team_id, type,"
	         " token_hash, token_hint) SELECT id, team_id, 'write', '\\x%02x', 'k'"
	         " FROM environments WHERE id = %d RETURNING id", env, env);
	r = db_query(t, db_pg(DB_OWNER), sql);
	struct str key = row_str(r, 0, 0);
	const int64_t received[] = { 0, 59, 60, 30, 300 }, seen[] = { 0, 0, 60, 60, 300 };

	for (int i = 0; i < (int)NELEM(seen); i++) {
		struct make m;
		struct persist_result res = { 0 };

		make_init(&m, env, i);
		add(&m, ITEM_EVENT, "u", "", "", i);
		m.b.key_id = key;
		m.b.received_us = base_us + received[i] * US_PER_S;
		struct persist_entry e = entry_of(t, &m);

		assert_ok(t, persist_store(t, i % 2 ? other : consumer(), &e, 1, &res));
		assert_int_equal(number(t, env, at), base_us + seen[i] * US_PER_S);
	}
	persist_close(other);
}

/* Closed days become chunks: sparse and dense, again for late ones, and a
 * merge moves bits. */
static void
days_fold(void **state)
{
	struct task *t = *state;
	struct job_host host = { db_pg(DB_CONSUMER), NULL };
	int env = environment(t, "UTC"), no = 1;
	int64_t steps = 0, day = -5 * 86400;
	struct make m;
	char user[700][8];

	make_init(&m, env, 0); /* merged below */
	add(&m, ITEM_EVENT, "", "anon", "", day);
	store(t, &m);
	for (int i = 0; i < 700;) {
		make_init(&m, env, no++);
		for (int k = 0; k < ITEMS && i < 700; k++, i++) {
			snprintf(user[i], sizeof(user[i]), "u%d", i);
			add(&m, ITEM_EVENT, user[i], "", "", i < 600 ? day : day + 86400);
		}
		store(t, &m);
		if (i == 300) {
			assert_ok(t, job_rollup(t, &host, &steps));
			check_truths(t);
		}
	}
	assert_ok(t, job_rollup(t, &host, &steps));
	assert_int_equal(number(t, env, "SELECT count(*) FROM day_chunks WHERE"
	                        " environment_id = e AND dim = 0 AND bits IS NOT NULL"), 1);
	assert_int_equal(number(t, env, "SELECT count(*) FROM day_chunks WHERE"
	                        " environment_id = e AND dim = 0 AND sparse IS NOT NULL"), 1);
	assert_int_equal(number(t, env, "SELECT count(*) FROM day_members WHERE"
	                        " environment_id = e"), 0);
	check_truths(t);
	make_init(&m, env, no); /* the anonymous one was user 650 all along */
	add(&m, ITEM_IDENTIFY, "u650", "anon", "", 0);
	store(t, &m);
	check_truths(t);
	assert_ok(t, job_rollup(t, &host, &steps));
	check_truths(t);
	assert_int_equal(number(t, env, "SELECT sum(persons) FROM day_chunks WHERE"
	                        " environment_id = e AND dim = 0"), 701);
}

static void
statements_prepare(void **state)
{
	static const struct stmt_list *const jobs[] = { &job_statements,
		&job_partition_statements, &job_rollup_statements };
	struct task *t = *state;

	for (size_t i = 0; i < persist_lists_n + NELEM(jobs); i++) {
		const struct stmt_list *l = i < persist_lists_n ? persist_lists[i]
		                                                : jobs[i - persist_lists_n];

		for (size_t k = 0; k < l->n; k++)
			assert_ok(t, pg_prepare(t, db_pg(DB_CONSUMER), l->stmt[k]));
	}
}

static int
start(void **state)
{
	int bad = db_group_start(state);

	if (bad)
		return bad;
	base_us = (clock_now_us() / US_PER_DAY) * US_PER_DAY - 6 * US_PER_HOUR;
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(statements_prepare),
		T(persons_join_once),
		T(late_item_bridges_sessions),
		T(a_bad_item_alone_is_dead),
		T(unknown_environment_and_retention),
		T(repeats_in_parallel_change_nothing),
		T(persons_have_the_hash_of_their_id),
		T(keys_are_touched),
		T(days_fold),
		T(oracles_can_fail),
	};

	return cmocka_run_group_tests_name(__FILE__, tests, start, db_group_end);
}
