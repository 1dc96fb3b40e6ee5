/* symbols.c - what crashes lack: the files a crash page names as missing,
 * the page of symbols, and what a file has named. */
#include "base/clock.h"
#include "ingest/symbolized.h"
#include "jobs/job.h"
#include "query/symbol_use.h"
#include "symbols/gap.h"
#include "t/db/gather.h"

#define BUILD_A "7d1c0be1f4a94c1f9a4d3f3f2be80c11"
#define BUILD_B "00aa11bb22cc33dd44ee55ff66778899"
#define AOT(id, at) "os: android arch: arm64 comp: yes sim: no\nbuild_id: '" id "'\n" \
	"    #00 abs 0000007274d0f3bb virt 0000000000" at " _kDartIsolateSnapshotInstructions+0x2833bb\n"
#define NATIVE "#00 pc 000000000004a3c4  /data/app/x/libapp.so (BuildId: " BUILD_A ")\n" \
	"#01 pc 000000000005b1d0  /data/app/x/libother.so (BuildId: " BUILD_B ")\n"
#define R8 "a.b: no\n\tat a.b.c(SourceFile:3)\n\tat a.d.e(SourceFile:9)\n"
#define BUNDLE "TypeError: n\n    at e (https://shop.test/static/main.4f3a.js:1:410)\n" \
	"    at t (https://shop.test/static/side.77b0.js:1:501)\n"

struct place {
	struct str team_id, project_id;
	int env;
};

static struct place
place_new(struct task *t)
{
	struct place p = { .env = environment(t, "UTC") };
	struct rows *r;
	char sql[200];

	snprintf(sql, sizeof(sql), "SELECT p.team_id, p.id FROM environments e JOIN projects p"
		" ON p.id = e.project_id WHERE e.id = %d", p.env);
	r = db_query(t, db_pg(DB_OWNER), sql);
	p.team_id = arena_str(t->arena, row_str(r, 0, 0));
	p.project_id = arena_str(t->arena, row_str(r, 0, 1));
	return p;
}

static struct str
put(struct task *t, const struct place *p, const char *kind, const char *build_id,
    const char *version, const char *name)
{
	const struct symbol_file in = { .team_id = p->team_id, .project_id = p->project_id,
		.kind = str_of(kind), .build_id = str_of(build_id), .version = str_of(version),
		.name = str_of(name), .uploaded_by = STR("ctl"), .bytes = 10,
		.sha256 = STR("aa11bb22cc33dd44ee55ff6677889900aa11bb22cc33dd44ee55ff6677889900") };
	struct symbol_file out;

	assert_ok(t, pg_begin(t, db_pg(DB_OWNER), NULL));
	assert_ok(t, symbol_file_put(t, db_pg(DB_OWNER), &in, 1 << 20, &out));
	assert_ok(t, pg_commit(t, db_pg(DB_OWNER)));
	return arena_str(t->arena, out.id);
}

/* What a crash of 2.4.0 (118) with this stack lacks. */
static size_t
gaps(struct task *t, const struct place *p, const char *stack, struct symbols_gap **out)
{
	const struct crash_text text = { STR(""), STR("E"), STR("no"), str_of(stack) };
	const struct symbols_crash crash = { p->project_id, STR("https://tm.test"), &text,
		{ STR("android"), STR("2.4.0"), STR("118") } };
	const struct pg_scope scope = { .environment_id = p->env, .team_id = p->team_id };
	size_t n;

	assert_ok(t, pg_begin(t, db_pg(DB_APP), &scope));
	assert_ok(t, symbols_missing(t, db_pg(DB_APP), &crash, out, &n));
	assert_ok(t, pg_commit(t, db_pg(DB_APP)));
	return n;
}

static bool
says(struct str s, const char *what)
{
	return s.n > 0 && memmem(s.p, s.n, what, strlen(what)) != NULL;
}

static void
builds(void **state)
{
	struct task *t = *state;
	struct place p = place_new(t), other = place_new(t);
	struct symbols_gap *g;

	assert_int_equal(gaps(t, &p, AOT(BUILD_A, "f293bb"), &g), 1);
	assert_int_equal(g[0].kind, SYMBOLS_ELF);
	assert_true(str_is(g[0].build_id, BUILD_A));
	assert_true(str_is(g[0].what, "Symbols of build " BUILD_A ", arm64 are missing."));
	assert_true(says(g[0].command, "tidemarkctl symbols upload --project "));
	assert_true(says(g[0].command, "app.android-arm64.symbols"));
	assert_false(says(g[0].command, "--version")); /* the build id says it */
	assert_true(says(g[0].curl, "https://tm.test/api/v1/symbols?project="));
	/* of two builds, each by itself */
	assert_int_equal(gaps(t, &p, NATIVE, &g), 2);
	put(t, &p, "elf", BUILD_B, "", "b.so");
	assert_int_equal(gaps(t, &p, NATIVE, &g), 1);
	assert_true(str_is(g[0].build_id, BUILD_A));
	put(t, &p, "elf", BUILD_A, "", "a.so");
	assert_int_equal(gaps(t, &p, NATIVE, &g), 0);
	assert_int_equal(gaps(t, &p, AOT(BUILD_A, "f293bb"), &g), 0);
	/* a file of another project is none */
	assert_int_equal(gaps(t, &other, NATIVE, &g), 2);
	assert_int_equal(gaps(t, &p, "#0      a (package:shop/a.dart:1:2)\n", &g), 0);
	assert_int_equal(gaps(t, &p, "", &g), 0);
}

static void
releases(void **state)
{
	struct task *t = *state;
	struct place p = place_new(t);
	struct symbols_gap *g;

	assert_int_equal(gaps(t, &p, R8, &g), 1);
	assert_int_equal(g[0].kind, SYMBOLS_PROGUARD);
	assert_true(says(g[0].what, "2.4.0 (118)"));
	assert_true(says(g[0].command, "--platform android --version 2.4.0 --build 118 mapping.txt"));
	assert_true(says(g[0].curl, "&version=2.4.0&build=118"));
	put(t, &p, "proguard", "", "2.3.0", "mapping.txt");
	assert_int_equal(gaps(t, &p, R8, &g), 1);
	put(t, &p, "proguard", "", "2.4.0", "mapping.txt");
	assert_int_equal(gaps(t, &p, R8, &g), 0);
	assert_int_equal(gaps(t, &p, BUNDLE, &g), 2);
	put(t, &p, "sourcemap", "", "2.4.0", "main.4f3a.js");
	assert_int_equal(gaps(t, &p, BUNDLE, &g), 1);
	assert_true(says(g[0].what, "side.77b0.js"));
	put(t, &p, "sourcemap", "", "2.4.0", "side.77b0.js");
	assert_int_equal(gaps(t, &p, BUNDLE, &g), 0);
}

static void
crash(struct task *t, const struct place *p, int no, const char *stack)
{
	struct make m;

	make_init(&m, p->env, no);
	struct item *x = make_add(&m, ITEM_CRASH, "u", "", "d", no);
	x->exception_type = STR("E");
	x->stacktrace = str_of(stack);
	x->fingerprint = STR("");
	store(t, &m);
}

static size_t
missing(struct task *t, const struct place *p, struct symbol_missing **out)
{
	const struct pg_scope scope = { .environment_id = p->env, .team_id = p->team_id };
	size_t n;

	assert_ok(t, pg_begin(t, db_pg(DB_APP), &scope));
	assert_ok(t, symbol_missing_list(t, db_pg(DB_APP), p->env, p->project_id, out, &n));
	assert_ok(t, pg_commit(t, db_pg(DB_APP)));
	return n;
}

static struct symbol_named
named(struct task *t, const struct place *p, struct str id)
{
	const struct pg_scope scope = { .environment_id = p->env, .team_id = p->team_id };
	struct symbol_named out;
	struct symbol_file f;

	assert_ok(t, pg_begin(t, db_pg(DB_APP), &scope));
	assert_ok(t, symbol_file_get(t, db_pg(DB_APP), p->project_id, id, &f));
	assert_ok(t, symbol_named_count(t, db_pg(DB_APP), p->env, &f, &out));
	assert_ok(t, pg_commit(t, db_pg(DB_APP)));
	return out;
}

/* The page: files that crashes wait for, most crashes first, and what a file
 * has named. */
static void
page(void **state)
{
	struct task *t = *state;
	struct place p = place_new(t), other = place_new(t);
	struct symbol_missing *m;
	char sql[200];

	assert_int_equal(missing(t, &p, &m), 0);
	crash(t, &p, 1, AOT(BUILD_A, "f293bb"));
	crash(t, &p, 2, AOT(BUILD_A, "f293bb"));
	crash(t, &p, 3, AOT(BUILD_A, "a11111"));
	crash(t, &p, 4, AOT(BUILD_B, "f293bb"));
	crash(t, &other, 5, AOT(BUILD_B, "f293bb"));
	assert_int_equal(missing(t, &p, &m), 2);
	assert_true(str_is(m[0].kind, "elf") && str_is(m[0].build_id, BUILD_A));
	assert_int_equal(m[0].crashes, 3);
	assert_false(m[0].more);
	assert_true(str_is(m[1].build_id, BUILD_B));
	assert_int_equal(m[1].crashes, 1);
	struct str id = put(t, &p, "elf", BUILD_A, "", "a.so");
	assert_int_equal(missing(t, &p, &m), 1);
	assert_true(str_is(m[0].build_id, BUILD_B));
	assert_int_equal(named(t, &p, id).crashes, 0);
	snprintf(sql, sizeof(sql), "UPDATE symbol_results SET frames = '[]' WHERE environment_id = %d"
		" AND build_ids @> '{" BUILD_A "}'", p.env);
	db_query(t, db_pg(DB_OWNER), sql);
	assert_int_equal(named(t, &p, id).crashes, 3);
	assert_int_equal(named(t, &p, id).stacks, 2);
	crash(t, &p, 6, R8);
	assert_int_equal(missing(t, &p, &m), 2);
	assert_true(str_is(m[0].kind, "proguard") || str_is(m[1].kind, "proguard"));
}

/* The job looked for a file while it was being committed: it looks again. Those
 * of here have no crashes, so looking at one deletes it. */
static void
missed(void **state)
{
	struct task *t = *state;
	struct place p = place_new(t);
	struct conf *conf = NULL;
	int64_t steps = 0;
	assert_ok(t, conf_open(t, NULL, &conf));
	struct job_host h = { .pg = db_pg(DB_CONSUMER), .conf = conf };
	put(t, &p, "elf", BUILD_A, "", "a.so");
	(void)db_query(t, db_pg(DB_OWNER), arena_printf(t->arena,
	    "UPDATE symbol_files SET at = now() - interval '1 hour' WHERE project_id = '%.*s'",
	    STRF(p.project_id)).p);
	(void)db_query(t, db_pg(DB_OWNER), arena_printf(t->arena,
	    "INSERT INTO symbol_results (environment_id, symbols_key, kind, build_ids, due, tried_at)"
	    " SELECT %d, decode(k.key, 'hex'), 'elf', '{" BUILD_A "}', false, now() - interval '1 hour'"
	    " + k.later FROM (VALUES ('01', interval '-1 hour'), ('02', interval '2 s'),"
	    " ('03', interval '5 min')) k (key, later)", p.env).p);
	assert_ok(t, job_symbolicate(t, &h, &steps));
	assert_str(db_text(t, db_pg(DB_OWNER), arena_printf(t->arena, "SELECT string_agg("
	    "encode(symbols_key, 'hex'), ' ') FROM symbol_results WHERE environment_id = %d",
	    p.env).p), "03");
	assert_int_equal(db_number(t, db_pg(DB_OWNER), arena_printf(t->arena, "SELECT count(*) FROM"
	    " symbol_files WHERE project_id = '%.*s' AND applied_at IS NOT NULL",
	    STRF(p.project_id)).p), 1);
	conf_free(conf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { T(builds), T(releases), T(page), T(missed) };

	test_env_clear();
	setenv("TIDEMARK_CONF", "/dev/null", 1);
	return cmocka_run_group_tests_name(__FILE__, tests, gather_start, db_group_end);
}
