/* people.c - the people explorer against plain SQL: list, search, filters,
 * one person with merged identities and the history of properties, timeline;
 * over random data with merges. */
#include "base/clock.h"
#include "base/uuid.h"
#include "query/person.h"
#include "query/timeline.h"
#include "t/db/gather.h"

#define H 3600

struct world {
	struct query_env env;
	struct pg_scope scope;
	struct range range;
};

static struct world
open_world(struct task *t, int env)
{
	struct world w = { .scope = { .environment_id = env } };
	char sql[100];
	struct rows *r;

	snprintf(sql, sizeof(sql), "SELECT team_id FROM environments WHERE id = %d", env);
	r = db_query(t, db_pg(DB_OWNER), sql);
	w.scope.team_id = arena_str(t->arena, row_str(r, 0, 0));
	t->now_us = clock_now_us();
	assert_ok(t, range_parse(t, &(struct range_input){ .range = STR("7d"),
		.env_tz = STR("UTC") }, &w.range));
	assert_ok(t, pg_begin(t, db_pg(DB_APP), &w.scope));
	assert_ok(t, query_env_load(t, db_pg(DB_APP), env, &w.env));
	assert_ok(t, pg_commit(t, db_pg(DB_APP)));
	return w;
}

/* Random batches in small gathers; persons who join later, one in two steps;
 * operations on properties out of order. */
static void
store_random(struct task *t, int env, uint64_t seed)
{
	struct persist_entry *e = random_entries(t, env, seed);
	struct persist_result r = { 0 };
	struct make m;

	for (size_t i = 0; i < BATCHES; i += 4)
		assert_ok(t, persist_store(t, consumer(), e + i, 4, &r));
	for (int i = 0; i < 6; i++) {
		static const char *const user[] = { "u1", "m1", "m2", "", "", "m4" };
		static const char *const anon[] = { "n0", "n1", "n2", "n3", "n4", "n4" };
		make_init(&m, env, 1000 + 2 * i);
		for (int k = 0; k < 6; k++)
			make_add(&m, k == 5 ? ITEM_CRASH : ITEM_EVENT, k % 2 ? user[i] : "",
				k % 2 && user[i][0] != '\0' ? "" : anon[i], k == 3 ? "dev3" : "",
				-40 * H + k * H + (int)seed);
		store(t, &m);
		make_init(&m, env, 1001 + 2 * i);
		if (user[i][0] != '\0')
			make_add(&m, ITEM_IDENTIFY, user[i], anon[i], "", -H);
		static const char *const ops[] = {
			"[{\"op\":\"set\",\"key\":\"plan\",\"value\":\"pro\"},{\"op\":\"set_once\",\"key\":\"plan\",\"value\":\"no\"}]",
			"[{\"op\":\"increment\",\"key\":\"n\",\"value\":3},{\"op\":\"unset\",\"key\":\"gone\"}]",
			"[{\"op\":\"set\",\"key\":\"gone\",\"value\":1},{\"op\":\"set_once\",\"key\":\"plan\",\"value\":\"early\"}]",
		};
		for (int k = 0; k < 3; k++)
			make_add(&m, ITEM_USER_PROPERTIES, user[i], anon[i], "", -(k + 2) * H)->operations =
				str_of(ops[(i + k) % 3]);
		store(t, &m);
	}
}

#define FINAL "SELECT p.*, (SELECT array_agg(n) FROM (SELECT p.person_no AS n UNION ALL SELECT" \
	" from_no FROM person_alias a WHERE a.environment_id = p.environment_id AND a.to_no" \
	" = p.person_no) x) AS nos FROM persons p WHERE NOT EXISTS (SELECT FROM person_alias a" \
	" WHERE a.environment_id = p.environment_id AND a.from_no = p.person_no)"

static struct str
read_list(struct task *t, const struct world *w, const char *filter, const char *search,
          size_t limit)
{
	struct filters f = { 0 };
	struct str raw = str_of(filter);
	struct people_query q = { &w->range, &f, str_of(search), limit, STR("") };
	struct buf ids = BUF_INIT;
	int pages = 0;

	assert_ok(t, filters_parse(t, &raw, raw.n > 0, &f));
	do {
		struct people_page page;
		assert_ok(t, pg_begin(t, db_pg(DB_APP), &w->scope));
		assert_ok(t, people_list(t, db_pg(DB_APP), &w->env, &q, &page));
		assert_ok(t, pg_commit(t, db_pg(DB_APP)));
		for (size_t i = 0; i < page.n; i++)
			buf_printf(&ids, "%s%.*s %lld %lld", ids.n > 0 ? "," : "",
				STRF(page.row[i].person_id), (long long)page.row[i].sessions,
				(long long)page.row[i].events);
		q.cursor = page.next_cursor;
		assert_true(pages++ < 200);
	} while (q.cursor.p != NULL);
	struct str s = arena_str(t->arena, buf_str(&ids));
	buf_release(&ids);
	return s;
}

static struct str
truth(struct task *t, int env, const char *where)
{
	struct str sql = arena_printf(t->arena,
		"WITH f AS (" FINAL ") SELECT coalesce(string_agg(person_id || ' ' || s.n || ' ' ||"
		" s.ev, ',' ORDER BY last_seen DESC, person_id DESC), '') FROM f CROSS JOIN LATERAL"
		" (SELECT count(*) AS n, coalesce(sum(events), 0) AS ev FROM sessions s WHERE"
		" s.environment_id = f.environment_id AND s.person_no = ANY(nos)) s"
		" WHERE environment_id = %d AND (%s)", env, where);

	return row_str(db_query(t, db_pg(DB_OWNER), arena_cstr(t->arena, sql)), 0, 0);
}

#define HAS_ID(kind, cond) "EXISTS (SELECT FROM person_ids i WHERE i.environment_id =" \
	" f.environment_id AND i.person_no = f.person_no AND kind = '" kind "' AND " cond ")"
#define HAS_PROP(key, cond) "EXISTS (SELECT FROM person_properties h WHERE h.environment_id =" \
	" f.environment_id AND h.person_no = f.person_no AND key = '" key "' AND " cond ")"
#define USED(join, cond) "EXISTS (SELECT FROM sessions s " join " WHERE s.environment_id =" \
	" f.environment_id AND s.person_no = ANY(nos) AND " cond ")"
#define CONTEXT "JOIN contexts c USING (environment_id, context_no)"
#define DEVICE "JOIN devices d USING (environment_id, device_no)"

static void
lists(void **state)
{
	static const struct {
		const char *filter, *search, *where;
	} rows[] = {
		{ "", "", "true" },
		{ "user:eq:m1", "", HAS_ID("u", "id = 'm1'") },
		{ "user:ne:m1", "", "NOT " HAS_ID("u", "id = 'm1'") },
		{ "user:exists", "", "user_id IS NOT NULL" },
		{ "anonymous:eq:n1", "", HAS_ID("a", "id = 'n1'") },
		{ "anonymous:in:n3,n4", "", HAS_ID("a", "id IN ('n3', 'n4')") },
		{ "device:eq:dev3", "", "(" HAS_ID("d", "id = 'dev3'") " OR "
		  USED(DEVICE, "d.device_id = 'dev3'") ")" },
		{ "platform:eq:ios", "", USED(CONTEXT, "c.platform = 'ios'") },
		{ "version:gte:2.0", "", USED(CONTEXT, "c.app_version = '2.0'") },
		{ "prop.plan:eq:pro", "", HAS_PROP("plan", "value = '\"pro\"'") },
		{ "prop.plan:ne:pro", "", "NOT " HAS_PROP("plan", "value = '\"pro\"'") },
		{ "prop.n:gt:2", "", HAS_PROP("n", "value > '2'") },
		{ "prop.gone:exists", "", HAS_PROP("gone", "true") },
		{ "name:eq:tap", "", "false" },
		{ "", "m", HAS_ID("u", "id LIKE 'm%%'") },
		{ "", "n3", HAS_ID("a", "id = 'n3'") },
		{ "", "d", "(" HAS_ID("d", "id LIKE 'd%%'") " OR "
		  USED(DEVICE, "d.device_id LIKE 'd%%'") ")" },
		{ "", "nobody", "false" },
		{ "prop.plan:eq:pro", "m", HAS_ID("u", "id LIKE 'm%%'") " AND "
		  HAS_PROP("plan", "value = '\"pro\"'") },
	};
	struct task *t = *state;
	int64_t merged = 0, found = 0;

	for (uint64_t seed = 1; seed <= 4; seed++) {
		int env = environment(t, "UTC");
		store_random(t, env, seed);
		struct world w = open_world(t, env);
		merged += number(t, env, "SELECT count(*) FROM person_alias WHERE environment_id = e");
		for (size_t i = 0; i < NELEM(rows); i++) {
			struct str where = str_of(rows[i].where);
			char text[600];
			snprintf(text, sizeof(text), "%.*s", STRF(where));
			for (char *p; (p = strstr(text, "%%")) != NULL;)
				memmove(p, p + 1, strlen(p));
			struct str want = truth(t, env, text);
			found += want.n > 0;
			for (size_t limit = 3; limit <= 30; limit *= 10) {
				struct str got = read_list(t, &w, rows[i].filter, rows[i].search, limit);
				if (!str_eq(got, want))
					print_error("%s %s\n got %.*s\nwant %.*s\n", rows[i].filter,
						rows[i].search, STRF(got), STRF(want));
				assert_row(str_eq(got, want), rows[i].filter);
			}
		}
	}
	assert_true(merged >= 8 && found > 40);
}

/* --- one person --- */

static int64_t
count(struct task *t, const struct world *w, int32_t no, const char *table)
{
	struct str sql = arena_printf(t->arena, "SELECT count(*) FROM %s WHERE environment_id = %d"
		" AND person_no IN (SELECT %d UNION ALL SELECT from_no FROM person_alias"
		" WHERE environment_id = %d AND to_no = %d)", table, w->env.id, no, w->env.id, no);

	return db_number(t, db_pg(DB_OWNER), arena_cstr(t->arena, sql));
}

static void
timeline_is_whole(struct task *t, const struct world *w, int32_t no)
{
	int64_t n[TIMELINE_KINDS] = { 0 }, last = INT64_MAX;
	struct timeline_query q = { &w->range, no, 7, STR("") };

	do {
		struct timeline line;
		struct str next;
		assert_ok(t, timeline_person(t, db_pg(DB_APP), &w->env, &q, &line, &next));
		for (size_t i = 0; i < line.n; i++) {
			n[line.row[i].kind]++;
			assert_true(line.row[i].ts_us <= last);
			last = line.row[i].ts_us;
		}
		q.cursor = next;
	} while (q.cursor.p != NULL);
	assert_int_equal(n[TIMELINE_EVENT] + n[TIMELINE_SCREEN], count(t, w, no, "events"));
	assert_int_equal(n[TIMELINE_CRASH], count(t, w, no, "crashes"));
	assert_int_equal(n[TIMELINE_TRACE], count(t, w, no, "traces"));
}

/* The change that decides says what the state says. */
static void
history_is_true(const struct person *p)
{
	for (size_t i = 0; i < p->nproperties; i++) {
		const struct person_property *now = &p->property[i];
		size_t deciders = 0;
		for (size_t k = 0; k < p->nchanges; k++) {
			const struct person_change *c = &p->change[k];
			if (!str_eq(c->key, now->key) || !c->decides)
				continue;
			deciders++;
			assert_true(c->effect);
			assert_int_equal(c->ts_us, now->ts_us);
			if (!str_is(c->op, "increment"))
				assert_true(str_eq(c->value, now->value));
		}
		assert_int_equal(deciders, 1);
	}
}

static void
one(void **state)
{
	struct task *t = *state;
	struct person p, again;
	struct pg *pg = db_pg(DB_APP);

	for (uint64_t seed = 5; seed <= 7; seed++) {
		int env = environment(t, "UTC");
		store_random(t, env, seed);
		struct world w = open_world(t, env);
		char sql[200];
		snprintf(sql, sizeof(sql), "SELECT p.person_id, coalesce(a.to_no, p.person_no) FROM"
			" persons p LEFT JOIN person_alias a ON a.environment_id = p.environment_id"
			" AND a.from_no = p.person_no WHERE p.environment_id = %d", env);
		struct rows *r = db_query(t, db_pg(DB_OWNER), sql);
		assert_ok(t, pg_begin(t, pg, &w.scope));
		for (size_t i = 0; i < rows_count(r); i++) {
			assert_ok(t, person_get(t, pg, &w.env, row_str(r, i, 0), &p));
			assert_int_equal(p.row.no, row_i64(r, i, 1));
			assert_ok(t, person_get(t, pg, &w.env, p.row.person_id, &again));
			assert_int_equal(p.row.no, again.row.no);
			assert_int_equal(p.row.sessions, count(t, &w, p.row.no, "sessions"));
			assert_int_equal(p.nchanges, count(t, &w, p.row.no, "property_changes"));
			assert_int_equal(p.nids, count(t, &w, p.row.no, "person_ids"));
			history_is_true(&p);
			timeline_is_whole(t, &w, p.row.no);
		}
		assert_int_equal(person_get(t, pg, &w.env, STR("u1"), &p), E_NOT_FOUND);
		task_clear(t);
		assert_int_equal(person_get(t, pg, &w.env,
			STR("00000000-0000-4000-8000-000000000001"), &p), E_NOT_FOUND);
		task_clear(t);
		pg_rollback(t, pg);
	}
	check_truths(t);
}

/* Which change decided. */
static void
decides(void **state)
{
	static const struct {
		const char *what, *op[5];
		size_t n;
		int decides;      /* index, -1 = none */
		const char *none; /* indexes without an effect, as digits */
	} rows[] = {
		{ "the last set", { "set", "set" }, 2, 1, "" },
		{ "set_once first", { "set_once", "set_once" }, 2, 0, "1" },
		{ "set_once after a set", { "set", "set_once" }, 2, 0, "1" },
		{ "set_once after an unset", { "set", "unset", "set_once" }, 3, 1, "2" },
		{ "increments", { "set", "increment", "set_once", "increment" }, 4, 3, "2" },
		{ "unset of nothing, then set_once", { "unset", "set_once" }, 2, 1, "" },
		{ "nothing", { NULL }, 0, -1, "" },
	};
	(void)state;
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct person_change c[5] = { 0 };
		for (size_t k = 0; k < rows[i].n; k++)
			c[k] = (struct person_change){ .key = STR("k"), .op = str_of(rows[i].op[k]) };
		person_decide(c, rows[i].n);
		for (size_t k = 0; k < rows[i].n; k++) {
			assert_row(c[k].decides == ((int)k == rows[i].decides), rows[i].what);
			assert_row(c[k].effect == (strchr(rows[i].none, '0' + (char)k) == NULL),
				rows[i].what);
		}
	}
}

static void
statements(void **state)
{
	struct task *t = *state;

	for (size_t k = 0; k < person_statements.n; k++)
		assert_ok(t, pg_prepare(t, db_pg(DB_APP), person_statements.stmt[k]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(decides), T(statements), T(lists), T(one) };

	return cmocka_run_group_tests_name(__FILE__, tests, gather_start, db_group_end);
}
