/*
 * symbolicate.c - job: stacks that wait for symbols get their frames.
 *
 * First, what new files are for is marked as due: stacks that were tried
 * before the file came, newest first, some hundred at a time. Then what is
 * due is tried. Where frames changed, the groups of those crashes are marked
 * as made by an older rule, and jobs/regroup makes them again. A stack is
 * tried once for each file that might fit; one that kills its reader fails
 * alone.
 */
#include "base/clock.h"
#include "base/conf.h"
#include "base/str.h"
#include "jobs/job.h"
#include "symbols/apply.h"

#define RUN_US INT64_C(2000000) /* of one call: consumers have other work */
#define AT_ONCE 32
#define FILES_AT_ONCE "4"
#define MARK_AT_ONCE 500
#define SEEN_S 60
#define SWEEP_AT_ONCE 200

static const struct stmt new_files = { "symbolicate_files",
	"SELECT id, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US+00') FROM symbol_files"
	" WHERE applied_at IS NULL ORDER BY at LIMIT " FILES_AT_ONCE };
/* The parts of a release that a file leaves open fit any. A file is seen only
 * when it is committed, some time after its `at`: who was tried meanwhile did
 * not find it, so those of the first SEEN_S seconds are tried again. */
static const struct stmt mark = { "symbolicate_mark",
	"UPDATE symbol_results SET due = true WHERE (environment_id, symbols_key) IN"
	" (SELECT r.environment_id, r.symbols_key FROM symbol_files f"
	" JOIN environments e ON e.project_id = f.project_id"
	" JOIN symbol_results r ON r.environment_id = e.id WHERE f.id = $1::uuid"
	" AND NOT r.due AND r.tried_at < $2::timestamptz + make_interval(secs => $4::int4) AND CASE"
	" WHEN f.kind = 'elf' THEN r.build_ids @> ARRAY[f.build_id]"
	" WHEN f.kind = 'obfuscation' THEN r.kind = 'elf' AND f.platform IN ('', r.platform)"
	"  AND f.version = r.version AND f.build IN ('', r.build)"
	" ELSE r.kind = f.kind AND f.platform IN ('', r.platform)"
	"  AND f.version IN ('', r.version) AND f.build IN ('', r.build) END"
	" ORDER BY r.first_at DESC LIMIT $3)" };
static const struct stmt applied = { "symbolicate_applied",
	"UPDATE symbol_files SET applied_at = now() WHERE id = $1::uuid AND at = $2::timestamptz" };
static const struct stmt due = { "symbolicate_due",
	"SELECT r.environment_id, encode(r.symbols_key, 'hex'), e.project_id, r.platform, r.version,"
	" r.build, c.exception_type, c.exception_message, c.stacktrace, c.environment_id IS NULL,"
	" to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US+00')"
	" FROM symbol_results r JOIN environments e ON e.id = r.environment_id"
	" LEFT JOIN LATERAL (SELECT * FROM crashes c WHERE c.environment_id = r.environment_id"
	"  AND c.symbols_key = r.symbols_key ORDER BY c.ts DESC LIMIT 1) c ON true"
	" WHERE r.due ORDER BY r.first_at DESC LIMIT $1" };
/* Only when it is another result: IS DISTINCT tells whether groups change. Tried
 * is from before any file was looked for. */
static const struct stmt save = { "symbolicate_save",
	"UPDATE symbol_results r SET due = false, tried_at = $3::timestamptz, frames = $4::jsonb,"
	" exception_type = $5, complete = $6, files = $7 FROM symbol_results o"
	" WHERE r.environment_id = $1::int4 AND r.symbols_key = decode($2, 'hex')"
	" AND o.environment_id = r.environment_id AND o.symbols_key = r.symbols_key"
	" RETURNING o.frames IS DISTINCT FROM r.frames OR o.exception_type <> r.exception_type" };
/* Nothing was found, or the crashes are gone. */
static const struct stmt tried = { "symbolicate_tried",
	"UPDATE symbol_results SET due = false, tried_at = $3::timestamptz"
	" WHERE environment_id = $1::int4 AND symbols_key = decode($2, 'hex')" };
static const struct stmt gone = { "symbolicate_gone",
	"DELETE FROM symbol_results WHERE environment_id = $1::int4"
	" AND symbols_key = decode($2, 'hex')" };
/* 0 is the client's own fingerprint: that stays. */
static const struct stmt stale = { "symbolicate_stale",
	"UPDATE crash_groups SET rule_version = 1 WHERE environment_id = $1::int4 AND rule_version > 1"
	" AND group_no IN (SELECT group_no FROM crashes WHERE environment_id = $1::int4"
	" AND symbols_key = decode($2, 'hex'))" };
static const struct stmt *const statements[] = { &new_files, &mark, &applied, &due, &save,
	&tried, &gone, &stale };
const struct stmt_list job_symbolicate_statements = STMT_LIST("job_symbolicate", statements);

/* Stacks that were tried until so long after the file. */
static enum err
mark_tried(struct task *t, struct pg *pg, struct str id, struct str at, int seconds, bool *all)
{
	struct bind b = { 0 };
	struct rows *r;

	bind_str(t, &b, id);
	bind_str(t, &b, at);
	bind_i64(t, &b, MARK_AT_ONCE);
	bind_i64(t, &b, seconds);
	enum err e = pg_run(t, pg, &mark, &b, &r);
	*all = e == E_OK && rows_affected(r) < MARK_AT_ONCE;
	return e;
}

static enum err
mark_file(struct task *t, struct pg *pg, struct str id, struct str at)
{
	struct bind done = { 0 };
	bool all = false;
	enum err e = pg_begin(t, pg, NULL);

	if (e == E_OK)
		e = mark_tried(t, pg, id, at, 0, &all);
	if (e == E_OK && all)
		e = mark_tried(t, pg, id, at, SEEN_S, &all);
	bind_str(t, &done, id);
	bind_str(t, &done, at);
	if (e == E_OK && all)
		e = pg_run(t, pg, &applied, &done, NULL);
	return pg_end(t, pg, e);
}

static enum err
mark_files(struct task *t, struct pg *pg)
{
	struct rows *r;
	enum err e = pg_begin(t, pg, NULL);

	if (e == E_OK)
		e = pg_run(t, pg, &new_files, &(struct bind){ 0 }, &r);
	e = pg_end(t, pg, e);
	for (size_t i = 0; e == E_OK && i < rows_count(r); i++)
		e = mark_file(t, pg, row_str(r, i, 0), row_str(r, i, 1));
	return e;
}

struct waiting {
	int64_t environment_id;
	struct str key, at; /* at: when it was read that it waits */
};

static enum err
run_key(struct task *t, struct pg *pg, const struct stmt *s, const struct waiting *w)
{
	struct bind b = { 0 };

	bind_i64(t, &b, w->environment_id);
	bind_str(t, &b, w->key);
	if (s == &tried)
		bind_str(t, &b, w->at);
	return pg_run(t, pg, s, &b, NULL);
}

static enum err
keep(struct task *t, struct pg *pg, const struct waiting *w, const struct symbols_applied *a)
{
	struct buf frames = BUF_INIT;
	struct bind b = { 0 };
	struct rows *r;
	bool found = a->found > 0 || a->type.n > 0;
	enum err e = pg_begin(t, pg, NULL);

	if (e == E_OK && !found)
		e = run_key(t, pg, &tried, w);
	if (e != E_OK || !found)
		return pg_end(t, pg, e);
	symbolized_format(&frames, &a->stack);
	bind_i64(t, &b, w->environment_id);
	bind_str(t, &b, w->key);
	bind_str(t, &b, w->at);
	bind_str(t, &b, buf_str(&frames));
	bind_str(t, &b, a->type);
	bind_bool(&b, a->complete);
	bind_str(t, &b, a->files);
	e = pg_run(t, pg, &save, &b, &r);
	if (e == E_OK && rows_count(r) > 0 && row_bool(r, 0, 0))
		e = run_key(t, pg, &stale, w);
	buf_release(&frames);
	return pg_end(t, pg, e);
}

static enum err
one(struct task *t, struct pg *pg, const struct symbols_place *place, const struct rows *r,
    size_t i)
{
	const struct waiting w = { row_i64(r, i, 0), row_str(r, i, 1), row_str(r, i, 10) };
	const struct symbols_release release = { row_str(r, i, 3), row_str(r, i, 4),
		row_str(r, i, 5) };
	const struct crash_text crash = { STR(""), row_str(r, i, 6), row_str(r, i, 7),
		row_str(r, i, 8) };
	struct symbols_applied a;
	enum err e;

	if (row_bool(r, i, 9)) { /* its crashes were purged */
		e = pg_begin(t, pg, NULL);
		if (e == E_OK)
			e = run_key(t, pg, &gone, &w);
		return pg_end(t, pg, e);
	}
	e = symbols_apply(t, pg, place, row_str(r, i, 2), &crash, &release, &a);
	return e == E_OK ? keep(t, pg, &w, &a) : e;
}

enum err
job_symbolicate(struct task *t, struct job_host *h, int64_t *steps)
{
	int64_t until = clock_mono_us() + RUN_US;
	struct symbols_place place = symbols_place(h->conf);
	struct bind b = { 0 };
	struct rows *r;
	enum err e = mark_files(t, h->pg);

	if (e == E_OK)
		e = pg_begin(t, h->pg, NULL);
	bind_i64(t, &b, AT_ONCE);
	if (e == E_OK)
		e = pg_run(t, h->pg, &due, &b, &r);
	e = pg_end(t, h->pg, e);
	for (size_t i = 0; e == E_OK && i < rows_count(r) && clock_mono_us() < until; i++) {
		e = one(t, h->pg, &place, r, i);
		*steps += e == E_OK;
	}
	return e;
}

enum err
job_symbol_sweep(struct task *t, struct job_host *h, int64_t *steps)
{
	enum err e = pg_begin(t, h->pg, NULL);

	if (e == E_OK)
		e = shelf_sweep(t, h->pg, conf_text(h->conf, CONF_SYMBOL_DIR), SWEEP_AT_ONCE,
		                steps);
	return pg_end(t, h->pg, e);
}
