/*
 * erase.c - erasing persons leaves what would be there had they never come:
 * random worlds with and without them are compared table by table, also while
 * consumers are at work; pseudonyms leave every sum; single events go with
 * what counted them; late items are dropped; the search sees what is planted.
 */
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "ingest/identity.h"
#include "ingest/wire.h"
#include "jobs/erase.h"
#include "jobs/erase_search.h"
#include "model/project/receipt.h"
#include "t/db/erasure.h"

/* What a table says, without its numbers; %d: the environment. */
#define WHO(no) "(SELECT concat(coalesce(p.user_id, '-'), coalesce(p.anonymous_id, '-'),"     \
	" CASE WHEN p.user_id IS NULL AND p.anonymous_id IS NULL THEN (SELECT i.id FROM person_ids i" \
	" WHERE i.environment_id = p.environment_id AND i.person_no = p.person_no LIMIT 1) END)"  \
	" FROM persons p WHERE p.environment_id = x.environment_id AND p.person_no = coalesce("   \
	"(SELECT to_no FROM person_alias a WHERE a.environment_id = x.environment_id"              \
	" AND a.from_no = x." no "), x." no "))"
#define DEVICE "(SELECT device_id FROM devices d WHERE d.environment_id = x.environment_id" \
	" AND d.device_no = x.device_no)"
static const struct {
	const char *table, *columns, *from;
} views[] = {
	{ "events", "ts, name, " WHO("person_no") ", " DEVICE ", properties", "events x" },
	{ "crashes", "ts, fatal, " WHO("person_no") ", " DEVICE, "crashes x" },
	{ "traces", "ts, duration_ms, " WHO("person_no"), "traces x" },
	{ "persons", "user_id, anonymous_id, first_seen, last_seen", "persons x WHERE NOT EXISTS"
	  " (SELECT FROM person_alias a WHERE a.environment_id = x.environment_id"
	  " AND a.from_no = x.person_no) AND true" },
	{ "person_ids", "kind, id, joined, " WHO("person_no"), "person_ids x" },
	{ "devices", "device_id, first_seen, last_seen", "devices x" },
	{ "sessions", "session_id, started_at, ended_at, ended, over_cap, events, crashes,"
	  " fatal_crashes, traces, entry_name, entry_ts, " WHO("person_no") ", " DEVICE, "sessions x" },
	{ "property_changes", "key, ts, position, op, value, " WHO("person_no"), "property_changes x" },
	{ "person_properties", "key, value, ts, " WHO("person_no"), "person_properties x" },
	{ "crash_groups", "fingerprint, title, crashes, first_seen, last_seen, status",
	  "crash_groups x" },
	{ "rollup_counts", "grain, dim, bucket, value, events, crashes, fatal_crashes, traces, sessions",
	  "rollup_counts x WHERE events + crashes + traces + sessions > 0 AND true" },
	{ "trace_digests", "day, name, samples", "trace_digests x" },
	{ "members", "day, dim, value, " WHO("person_no"), "(SELECT environment_id, day, dim, value,"
	  " person_no FROM day_members UNION SELECT environment_id, day, dim, value, chunk * 32768 + o"
	  " FROM day_chunks CROSS JOIN LATERAL (SELECT unnest(sparse) AS o UNION ALL SELECT s"
	  " FROM generate_series(0, 32767) s WHERE bits IS NOT NULL AND get_bit(bits, s) = 1) y) x" },
};

/* Rows that one has and the other has not. */
static int64_t
differences(struct task *t, int a, int b, bool tell)
{
	int64_t all = 0;

	for (size_t i = 0; i < NELEM(views); i++) {
		const char *where = strstr(views[i].from, " WHERE ") != NULL &&
			views[i].from[0] != '(' ? "AND" : "WHERE";
		struct str side[2];

		for (int k = 0; k < 2; k++)
			side[k] = arena_printf(t->arena, "(SELECT %s FROM %s %s x.environment_id = %d)",
			                       views[i].columns, views[i].from, where, k ? b : a);
		struct str sql = arena_printf(t->arena, "SELECT count(*) FROM ((%.*s EXCEPT ALL %.*s)"
			" UNION ALL (%.*s EXCEPT ALL %.*s)) d", STRF(side[0]), STRF(side[1]),
			STRF(side[1]), STRF(side[0]));
		int64_t n = db_number(t, db_pg(DB_SUPERUSER), sql.p);

		if (n > 0 && tell)
			print_error("%s: %lld rows differ: %d and %d\n", views[i].table,
			            (long long)n, a, b);
		all += n;
	}
	return all;
}

/* Is it a batch of person k ("u3", "a3", "d3")? */
static bool
is_of(struct task *t, const struct persist_entry *e, int k)
{
	struct batch b;

	assert_ok(t, wire_decode(t, e->wire, &b));
	for (size_t i = 0; i < b.nidentities; i++) {
		const struct str id[] = { b.identities[i].user_id, b.identities[i].anonymous_id,
			b.identities[i].device_id };

		for (size_t j = 0; j < NELEM(id); j++)
			if (id[j].n > 0)
				return id[j].p[1] == '0' + k;
	}
	return false;
}

static bool
is_of_any(struct task *t, const struct persist_entry *e, const int *k)
{
	for (; *k != 0; k++)
		if (is_of(t, e, *k))
			return true;
	return false;
}

/* Items that name nobody are nobody's: they stay. */
static struct persist_entry
nobodys(struct task *t, const struct persist_entry *e)
{
	struct persist_entry out = *e;
	struct buf wire = BUF_INIT;
	struct batch b;
	size_t n = 0;

	assert_ok(t, wire_decode(t, e->wire, &b));
	for (size_t i = 0; i < b.nitems; i++) {
		const struct identity *d = &b.identities[b.items[i].identity];

		if (d->user_id.n + d->anonymous_id.n + d->device_id.n == 0)
			b.items[n++] = b.items[i];
	}
	b.nitems = n;
	wire_encode(&wire, &b);
	out.wire = arena_str(t->arena, buf_str(&wire));
	out.items = (uint32_t)n;
	buf_release(&wire);
	return out;
}

static void
store_some(struct task *t, struct persist_entry *e, size_t n, const int *without)
{
	struct persist_result r = { 0 };

	for (size_t i = 0; i < n; i++) {
		struct persist_entry one = is_of_any(t, &e[i], without) ? nobodys(t, &e[i]) : e[i];

		assert_ok(t, persist_store(t, consumer(), &one, 1, &r));
	}
}

static int64_t
leftovers(struct task *t, int env)
{
	return number(t, env, "SELECT (SELECT count(*) FROM events x LEFT JOIN persons p"
		" USING (environment_id, person_no) WHERE environment_id = e AND person_no IS NOT NULL"
		" AND p.person_id IS NULL) + (SELECT count(*) FROM erasure_rows)"
		" + (SELECT count(*) FROM erasure_members) + (SELECT count(*) FROM erasure_digests)");
}

static const int GONE[] = { 2, 5, 0 };
static const int NOBODY[] = { 0 };

static void
as_if_they_had_never_come(void **state)
{
	static const char *const zone[] = { "UTC", "America/St_Johns", "Asia/Tokyo" };
	struct task *t = *state;

	for (uint64_t round = 0; round < 3; round++) {
		int with = environment(t, zone[round]), without = environment(t, zone[round]);
		int64_t steps = 0;

		store_some(t, random_entries(t, with, 100 + round), BATCHES, NOBODY);
		store_some(t, random_entries(t, without, 100 + round), BATCHES, GONE);
		assert_true(differences(t, with, without, false) > 0); /* the check can fail */
		if (round > 0) { /* closed days too */
			assert_ok(t, job_rollup(t, &host, &steps));
			assert_true(number(t, with, "SELECT count(*) FROM day_chunks"
			                   " WHERE environment_id = e") > 0);
		}
		struct str id = ask_person(t, with, "u2", "", "delete");

		ask_person(t, with, "", "a5", "delete");
		run_job(t);
		struct privacy_request r = get(t, with, id);

		assert_str(r.state, "done");
		assert_true(r.sealed.p == NULL && r.npersons == 0 && r.receipt.n > 0);
		assert_int_equal(differences(t, with, without, true), 0);
		assert_int_equal(leftovers(t, with), 0);
		check_truths(t);
	}
}

/* The whole world comes again, from consumers that work while the job does:
 * what is stored goes, what comes late is dropped. */
static void
while_consumers_work(void **state)
{
	struct task *t = *state;

	for (uint64_t round = 0; round < 2; round++) {
		int with = environment(t, "UTC"), left = 2, status;
		struct str id[3];
		pid_t pid[2];

		for (int i = 0; i < 2; i++) {
			struct persist_entry *e = random_entries(t, with, 200 + round);

			pid[i] = fork();
			if (pid[i] == 0)
				_exit(store_shuffled(e, 200 + round * 2 + (uint64_t)i));
		}
		/* both ids of each: one may not be joined to the other yet */
		id[0] = ask_person(t, with, "u2", "a2", "delete");
		id[1] = ask_person(t, with, "u5", "a5", "delete");
		while (left > 0) {
			int64_t steps = 0;

			assert_ok(t, job_erase(t, &host, &steps));
			for (int i = 0; i < 2; i++) {
				if (pid[i] == 0 || waitpid(pid[i], &status, WNOHANG) != pid[i])
					continue;
				assert_int_equal(status, 0);
				pid[i] = 0;
				left--;
			}
		}
		run_job(t);
		assert_str(get(t, with, id[0]).state, "done");
		/* a device that nobody was known to use yet is a person of its own, so
		 * what is only compared is that none of them is known any more */
		assert_int_equal(number(t, with, "SELECT count(*) FROM person_ids"
			" WHERE environment_id = e AND id IN ('u2', 'a2', 'u5', 'a5')"), 0);
		assert_int_equal(leftovers(t, with), 0);
		check_truths(t);
	}
}

static void
late_items_are_dropped(void **state)
{
	struct task *t = *state;
	int env = environment(t, "UTC");
	struct make m;

	make_init(&m, env, 1);
	make_add(&m, ITEM_EVENT, "late-user-1", "late-anon-1", "late-dev-1", 0);
	store(t, &m);
	ask_person(t, env, "late-user-1", "", "delete");
	run_job(t);
	int64_t after_s = (clock_now_us() - base_us) / US_PER_S + 60;

	make_init(&m, env, 2);
	make_add(&m, ITEM_EVENT, "late-user-1", "", "", 60);          /* theirs */
	make_add(&m, ITEM_EVENT, "", "late-anon-1", "", 61);          /* theirs by the other id */
	make_add(&m, ITEM_CRASH, "late-user-1", "late-anon-1", "", 62);
	make_add(&m, ITEM_EVENT, "other-user", "late-anon-1", "", 63); /* another's */
	make_add(&m, ITEM_EVENT, "late-user-1", "", "", after_s);     /* a new person */
	struct persist_result r = store(t, &m);

	assert_int_equal(r.inserted, 2);
	assert_int_equal(r.dropped, 3);
	assert_int_equal(number(t, env, "SELECT sum((dropped ->> 'erased')::int8) FROM batches"
	                        " WHERE environment_id = e"), 3);
	r = store(t, &m); /* the ledger has the batch */
	assert_int_equal(r.inserted, 0);
	snprintf(m.id, sizeof(m.id), "bat_%d_%d", env, 9); /* a repeat is a repeat */
	r = store(t, &m);
	assert_int_equal(r.duplicates, 5);
	assert_int_equal(r.dropped, 0);
	assert_int_equal(number(t, env, "SELECT count(*) FROM persons WHERE environment_id = e"), 2);
	assert_int_equal(number(t, env, "SELECT count(*) FROM person_ids WHERE environment_id = e"
	                        " AND id = 'late-anon-1'"), 0);
	assert_int_equal(number(t, env, "SELECT count(*) FROM person_ids i JOIN events x"
		" USING (environment_id, person_no) WHERE environment_id = e"
		" AND i.id = 'late-user-1'"), 1);
	check_truths(t);
}

/* All sums in one number. */
static int64_t
sums(struct task *t, int env)
{
	return number(t, env,
		"SELECT hashtext(string_agg(x, ',' ORDER BY x)) FROM (SELECT concat(grain, dim,"
		" bucket, value, events, crashes, fatal_crashes, traces, sessions) AS x FROM"
		" rollup_counts WHERE environment_id = e UNION ALL SELECT concat(day, name, samples)"
		" FROM trace_digests WHERE environment_id = e UNION ALL SELECT concat(day, dim, value,"
		" person_no) FROM day_members WHERE environment_id = e UNION ALL SELECT concat(ts,"
		" person_no, session_no) FROM events WHERE environment_id = e) y");
}

static void
pseudonyms_leave_every_sum(void **state)
{
	struct task *t = *state;
	int env = environment(t, "UTC");
	struct erase_look *look;
	struct make m;
	size_t n;

	store_some(t, random_entries(t, env, 300), BATCHES, NOBODY);
	make_init(&m, env, 999);
	struct item *x = make_add(&m, ITEM_EVENT, "mask-user-77", "mask-anon-77", "mask-dev-77", 0);

	x->properties = STR("{\"owner\":\"mask-user-77\",\"path\":\"/u/mask-user-77/x\",\"n\":[\"mask-anon-77\"]}");
	x = make_add(&m, ITEM_USER_PROPERTIES, "mask-user-77", "", "", 1);
	x->operations = STR("[{\"op\":\"set\",\"key\":\"mail\",\"value\":\"a@b.example\"}]");
	store(t, &m);
	int64_t before = sums(t, env);
	struct str id = ask_person(t, env, "mask-user-77", "", "pseudonymize");

	run_job(t);
	assert_str(get(t, env, id).state, "done");
	assert_true(sums(t, env) == before);
	assert_int_equal(number(t, env, "SELECT count(*) FROM events WHERE environment_id = e"
		" AND properties ->> 'owner' LIKE 'erased-%'"), 1);
	assert_int_equal(number(t, env, "SELECT count(*) FROM property_changes"
		" WHERE environment_id = e AND key = 'mail'"), 0);
	struct privacy_subject s = { 0 };

	privacy_subject_add(t, &s, ID_USER, STR("mask-user-77"));
	privacy_subject_add(t, &s, ID_ANONYMOUS, STR("mask-anon-77"));
	privacy_subject_add(t, &s, ID_DEVICE, STR("mask-dev-77"));
	assert_ok(t, erase_look(t, &host, env, &s, &look, &n));
	for (size_t i = 0; i < n; i++)
		assert_row(look[i].found == 0, look[i].place.p);
	check_truths(t);
}

/* Events of one name: the sums are those of the rows that are left. */
static void
single_events_go(void **state)
{
	struct task *t = *state;
	int env = environment(t, "America/St_Johns");
	struct str filter[] = { STR("name:eq:other") };
	int64_t steps = 0;

	store_some(t, random_entries(t, env, 400), BATCHES, NOBODY);
	assert_ok(t, job_rollup(t, &host, &steps));
	int64_t other = number(t, env, "SELECT count(*) FROM events WHERE environment_id = e"
	                       " AND name = 'other'");
	int64_t taps = number(t, env, "SELECT count(*) FROM events WHERE environment_id = e");

	assert_true(other > 0 && taps > other);
	struct str id = ask(t, env, (struct privacy_new){ .mode = STR("delete"), .subject = {
		.filter = filter, .nfilters = 1, .from_us = base_us - 10 * US_PER_DAY,
		.to_us = base_us + 10 * US_PER_DAY } });
	struct privacy_request r = get(t, env, id);
	int64_t left = 0;

	assert_ok(t, privacy_open(t, keys.crypt, &r));
	assert_ok(t, pg_begin(t, db_pg(DB_CONSUMER), NULL));
	assert_ok(t, erase_events_left(t, db_pg(DB_CONSUMER), &r, &left));
	assert_int_equal(left, other); /* so it would be found */
	assert_ok(t, pg_commit(t, db_pg(DB_CONSUMER)));
	run_job(t);
	r = get(t, env, id);
	assert_str(r.state, "done");
	assert_true(strstr(arena_cstr(t->arena, r.counts), "events") != NULL);
	assert_ok(t, privacy_open(t, keys.crypt, &r)); /* for a restore */
	assert_ok(t, erase_events_left(t, db_pg(DB_CONSUMER), &r, &left));
	assert_int_equal(left, 0);
	assert_int_equal(number(t, env, "SELECT count(*) FROM events WHERE environment_id = e"),
	                 taps - other);
	check_truths(t);
}

/* What others' rows say of them is taken out; the search sees a planted row. */
static void
the_search_sees(void **state)
{
	static const char *const plant[] = {
		"UPDATE events SET properties = '{\"by\":\"find-me-123\"}' WHERE environment_id = %d",
		"UPDATE crashes SET exception_message = 'of find-me-123: no' WHERE environment_id = %d",
		"INSERT INTO crash_group_log (environment_id, group_no, actor, action, detail)"
		" VALUES (%d, 1, 'user:x', 'comment', '{\"text\":\"ask find-me-123\"}')",
		"INSERT INTO dead_letters (environment_id, batch_id, item_index, reason, wire)"
		" VALUES (%d, 'b', 0, 'refused', 'TM..find-me-123')",
		"INSERT INTO client_reports VALUES (%d, now(), gen_random_uuid(), '{\"u\":\"find-me-123\"}')",
	};
	struct task *t = *state;
	int env = environment(t, "UTC");
	struct privacy_subject s = { 0 };
	struct erase_look *look;
	struct make m;
	size_t n;

	make_init(&m, env, 1);
	make_add(&m, ITEM_EVENT, "somebody", "", "", 0);
	make_add(&m, ITEM_CRASH, "somebody", "", "", 1)->fingerprint = STR("f");
	make_add(&m, ITEM_EVENT, "find-me-123", "", "", 2);
	store(t, &m);
	privacy_subject_add(t, &s, ID_USER, STR("find-me-123"));
	for (size_t p = 0; p < NELEM(plant); p++) {
		char sql[400];
		int64_t found = 0;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(sql, sizeof(sql), plant[p], env);
#pragma GCC diagnostic pop
		db_query(t, db_pg(DB_SUPERUSER), sql);
		struct str id = ask_person(t, env, "find-me-123", "", "delete");

		assert_ok(t, erase_look(t, &host, env, &s, &look, &n));
		for (size_t i = 0; i < n; i++)
			found += look[i].found;
		assert_row(found > 0, plant[p]);
		run_job(t);
		assert_str(get(t, env, id).state, "done");
		assert_ok(t, erase_look(t, &host, env, &s, &look, &n));
		for (size_t i = 0; i < n; i++)
			assert_row(look[i].found == 0, plant[p]);
	}
}

/* It is asked before each piece of each table, with thousands of ids. */
static void
later_ids_are_found_by_an_index(void **state)
{
	struct task *t = *state;
	struct pg *pg = db_pg(DB_SUPERUSER);
	const struct stmt *later = NULL;
	int env = environment(t, "UTC");
	struct buf plan = BUF_INIT;

	for (size_t i = 0; i < erase_search_statements.n; i++)
		if (strcmp(erase_search_statements.stmt[i]->name, "erase_search_later") == 0)
			later = erase_search_statements.stmt[i];
	assert_non_null(later);
	/* as long as it has a few rows, the plan is whatever autovacuum has last seen */
	db_query(t, db_pg(DB_SUPERUSER), "ALTER TABLE person_ids SET (autovacuum_enabled = off)");
	db_query(t, db_pg(DB_SUPERUSER),
	    "DELETE FROM pg_statistic WHERE starelid = 'person_ids'::regclass");
	db_query(t, db_pg(DB_SUPERUSER), "UPDATE pg_class SET reltuples = -1, relpages = 0"
	                                 " WHERE oid = 'person_ids'::regclass");
	assert_ok(t, pg_begin(t, pg, NULL));
	db_query(t, pg, arena_printf(t->arena, "INSERT INTO person_ids (environment_id, kind, id,"
		" id_no, person_no) SELECT %d, 'u', 'p' || i, i, i FROM generate_series(1, 50000) i",
		env).p);
	db_query(t, pg, "ANALYZE person_ids");
	db_query(t, pg, "SET LOCAL plan_cache_mode = force_generic_plan");
	db_query(t, pg, arena_printf(t->arena, "PREPARE later(int4, text[]) AS %s", later->sql).p);
	struct rows *r = db_query(t, pg, "EXPLAIN EXECUTE later(1, '{a,b}')");

	for (size_t i = 0; i < rows_count(r); i++)
		buf_add(&plan, row_str(r, i, 0));
	buf_putc(&plan, '\0');
	pg_rollback(t, pg);
	if (strstr(plan.p, "person_ids_pkey") == NULL || strstr(plan.p, "Filter") != NULL ||
	    strstr(plan.p, "(kind = ANY") == NULL)
		fail_msg("%s", plan.p);
	buf_release(&plan);
}

static void
receipts_can_be_checked(void **state)
{
	struct task *t = *state;
	int env = environment(t, "UTC");
	uint8_t key[32], other[32] = { 1 };
	struct str payload, id = ask_person(t, env, "nobody-knows-1", "", "delete");

	run_job(t);
	struct str jws = get(t, env, id).receipt;

	receipt_public(keys.master, key);
	assert_ok(t, receipt_verify(t, key, jws, &payload));
	assert_true(memmem(payload.p, payload.n, "\"found\":0", 9) != NULL);
	assert_int_equal(receipt_verify(t, other, jws, &payload), E_DATA);
	task_clear(t);
	char *changed = arena_cstr(t->arena, jws);

	changed[jws.n / 2] = changed[jws.n / 2] == 'A' ? 'B' : 'A';
	assert_int_equal(receipt_verify(t, key, str_of(changed), &payload), E_DATA);
	task_clear(t);
}

static void
requests_wait_and_are_cancelled(void **state)
{
	struct task *t = *state;
	int env = environment(t, "UTC");
	struct pg *pg = db_pg(DB_OWNER);
	int64_t steps = 0;
	struct str id = ask(t, env, (struct privacy_new){ .mode = STR("delete"), .hold_min = 10,
		.subject = { .user_id = STR("wait") } });

	assert_ok(t, job_erase(t, &host, &steps));
	assert_str(get(t, env, id).state, "received");
	assert_ok(t, pg_begin(t, pg, NULL));
	assert_int_equal(privacy_cancel(t, pg, env + 1, id), E_NOT_FOUND);
	task_clear(t);
	assert_ok(t, privacy_cancel(t, pg, env, id));
	assert_int_equal(privacy_cancel(t, pg, env, id), E_CONFLICT);
	task_clear(t);
	assert_ok(t, pg_commit(t, pg));
	assert_true(get(t, env, id).sealed.p == NULL);
	static const struct privacy_new bad[] = {
		{ .kind = { "erase", 5 }, .target = { "person", 6 }, .mode = { "delete", 6 } },
		{ .kind = { "erase", 5 }, .target = { "person", 6 }, .mode = { "x", 1 },
		  .subject = { .user_id = { "u", 1 } } },
		{ .kind = { "erase", 5 }, .target = { "events", 6 }, .mode = { "delete", 6 } },
		{ .kind = { "export", 6 }, .target = { "events", 6 } },
		{ .kind = { "export", 6 }, .target = { "person", 6 }, .law = { "x", 1 },
		  .subject = { .user_id = { "u", 1 } } },
	};
	for (size_t i = 0; i < NELEM(bad); i++) {
		assert_int_equal(privacy_check(t, &bad[i]), E_INVALID);
		task_clear(t);
		t->nfields = 0;
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(as_if_they_had_never_come),
		T(while_consumers_work),
		T(late_items_are_dropped),
		T(pseudonyms_leave_every_sum),
		T(single_events_go),
		T(the_search_sees),
		T(later_ids_are_found_by_an_index),
		T(receipts_can_be_checked),
		T(requests_wait_and_are_cancelled),
	};

	return cmocka_run_group_tests_name(__FILE__, tests, erase_start, db_group_end);
}
