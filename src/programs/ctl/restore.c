/* restore.c - tidemarkctl restore: a backup into an empty server; see backup.h. */
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"
#include "model/project/key.h"
#include "programs/ctl/backup.h"
#include "programs/ctl/erasures.h"
#include "queue/stream.h"
#include "store/migrate.h"

#define CLEAR_TRIES 5

/* What is there that bootstrap.sql did not make, and who works with it. */
static const struct stmt what_is_there = { "restore_there",
	"SELECT (SELECT count(*) FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace"
	"  AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND NOT EXISTS (SELECT FROM pg_depend d"
	"  WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')),"
	" (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
	"  AND usename IN ('tidemark_app', 'tidemark_consumer'))" };
/* Table by table, each its own transaction: locks are counted. */
static const struct stmt clear_all = { "restore_clear",
	"DO $$ DECLARE r record; BEGIN"
	" FOR r IN SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace"
	"  AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND NOT EXISTS (SELECT FROM pg_depend d"
	"  WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') LOOP"
	"  EXECUTE format('DROP TABLE IF EXISTS public.%I CASCADE', r.relname); COMMIT; END LOOP;"
	" FOR r IN SELECT unnest(ARRAY(SELECT p.oid::regprocedure::text FROM pg_proc p"
	"  WHERE p.pronamespace = 'public'::regnamespace AND NOT EXISTS (SELECT FROM pg_depend d"
	"  WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'))) AS f LOOP"
	"  EXECUTE format('DROP ROUTINE IF EXISTS %s CASCADE', r.f); END LOOP;"
	" FOR r IN SELECT t.typname, c.relkind FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid"
	"  WHERE t.typnamespace = 'public'::regnamespace AND t.typtype IN ('e', 'd', 'c')"
	"  AND (c.relkind IS NULL OR c.relkind = 'c') AND NOT EXISTS (SELECT FROM pg_depend d"
	"  WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e') LOOP"
	"  EXECUTE format('DROP TYPE IF EXISTS public.%I CASCADE', r.typname); END LOOP;"
	" FOR r IN SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace"
	"  AND c.relkind = 'S' LOOP"
	"  EXECUTE format('DROP SEQUENCE IF EXISTS public.%I CASCADE', r.relname); END LOOP;"
	" END $$" };
static const struct stmt no_limit = { "restore_limit",
	"SELECT set_config('statement_timeout', '0', false)" };
static const struct stmt *const all[] = { &what_is_there, &clear_all, &no_limit };
const struct stmt_list ctl_restore_statements = STMT_LIST("ctl_restore", all);

static const char *const columns[] = { "path", "began_at", "state", "tables", "rows",
	"queued_items", "duration_ms", NULL };

static enum err
check_folders(struct ctl *c, bool replace)
{
	enum err e = E_OK;
	for (size_t i = 0; e == E_OK && i < backup_nfolders; i++) {
		struct backup_files f;
		struct str path = conf_str(c->conf, backup_folder[i].key);
		if (backup_list(c->t, path, &f) != E_OK)
			task_clear(c->t); /* not there yet */
		else if (f.n > 0 && !replace)
			e = task_fail(c->t, E_CONFLICT, "%.*s is not empty (--replace)", STRF(path));
	}
	return e;
}

/* An empty server, or one that may be overwritten; nobody at work either way. */
static enum err
check_target(struct ctl *c, struct pg *pg, struct redis *r, bool replace)
{
	struct rows *there;
	struct stream_stats s;
	enum err e = pg_one(c->t, pg, &what_is_there, NULL, &there);
	if (e == E_OK)
		e = stream_stats(c->t, r, &s);
	if (e != E_OK)
		return e;
	if (row_i64(there, 0, 1) > 0)
		return task_fail(c->t, E_CONFLICT, "Web or consumers are connected to the database: stop"
		                 " them first");
	if (row_i64(there, 0, 0) > 0 && !replace)
		return task_fail(c->t, E_CONFLICT, "The database is not empty: it has %lld tables"
		                 " (--replace drops them)", (long long)row_i64(there, 0, 0));
	if (s.entries > 0 && !replace)
		return task_fail(c->t, E_CONFLICT, "The queue is not empty: %lld batches wait (--replace"
		                 " leaves them, and they are stored too)", (long long)s.entries);
	return check_folders(c, replace);
}

/* Dropping may meet PostgreSQL's own vacuum; what is dropped stays dropped. */
static enum err
clear(struct ctl *c, struct pg *pg)
{
	enum err e = E_RETRY;
	for (int tries = 0; e == E_RETRY && tries < CLEAR_TRIES; tries++) {
		task_clear(c->t);
		e = pg_run(c->t, pg, &clear_all, NULL, NULL);
	}
	return e;
}

static enum err
restore_rows(struct ctl *c, struct pg *pg, const struct backup *b, bool replace)
{
	enum err e = pg_run(c->t, pg, &no_limit, NULL, NULL);
	if (e == E_OK && replace)
		e = clear(c, pg);
	if (e == E_OK)
		e = restore_dump(c, b, conf_text(c->conf, CONF_DB_OWNER));
	return e == E_OK ? restore_compare(c, pg, b) : e;
}

/* What was erased since the backup: by the file that is given, by the database
 * that goes, and by what a restore that was cut short has kept. Kept beside the
 * backup before anything is dropped. */
static enum err
erasures_since(struct ctl *c, struct pg *pg, const struct backup *b, struct erasures *out,
               struct str *file)
{
	struct erasures old = { 0 }, kept = { 0 };
	int64_t since = 0;
	*out = (struct erasures){ 0 };
	if (!clock_parse(b->began_at, false, &since))
		return task_fail(c->t, E_DATA, BACKUP_MANIFEST " does not say when it began");
	struct str named = b->named;
	while (named.n > 1 && named.p[named.n - 1] == '/')
		named.n--;
	*file = arena_printf(c->t->arena, "%.*s." ERASURES_FILE, STRF(named));
	enum err e = E_OK;
	if (ctl_given(c, "erasures"))
		e = erasures_load(c, ctl_value(c, "erasures"), out);
	if (e == E_OK && access(file->p, F_OK) == 0)
		e = erasures_load(c, *file, &kept);
	if (e == E_OK && ctl_given(c, "replace"))
		e = erasures_read(c, pg, since, &old);
	if (e != E_OK)
		return e;
	erasures_join(c->t, out, &kept);
	erasures_join(c->t, out, &old);
	size_t n = 0;
	for (size_t i = 0; i < out->n; i++)
		if (out->row[i].erased_us > since)
			out->row[n++] = out->row[i];
	out->n = n;
	if (n == 0 || c->dry_run)
		return E_OK;
	return erasures_save(c, out, *file);
}

static void
say_erasures(struct ctl *c, const struct erasures *x, struct str file)
{
	char at[CLOCK_TEXT];
	struct str last = STR("");
	ctl_note(c, "Erased after the backup began (kept in %.*s):", STRF(file));
	for (size_t i = 0; i < x->n; i++) {
		const struct erasure *r = &x->row[i];
		size_t n = clock_format(r->erased_us, at);
		if (r->request_id.n > 0 && str_eq(r->request_id, last))
			continue; /* another id of the same person */
		last = r->request_id;
		ctl_note(c, "  %.*s environment %d, %.*s, request %.*s", (int)n, at,
		    r->environment_id, STRF(r->target), STRF(last.n > 0 ? last : STR("unknown")));
	}
}

/* Persons whom the backup has brought back are asked to be erased again. */
static enum err
erase_again(struct ctl *c, struct pg *pg, const struct erasures *x, struct str file)
{
	struct migrations m;
	struct erasures_done done;
	enum err e = x->n > 0 ? migrate_status(c->t, pg, conf_text(c->conf, CONF_SQL_DIR), &m) : E_OK;
	if (e != E_OK || x->n == 0)
		return e;
	say_erasures(c, x, file);
	if (m.pending > 0) {
		ctl_note(c, "After migrate up, run: tidemarkctl erasure reapply %.*s", STRF(file));
		return E_OK;
	}
	if ((e = erasures_apply(c, pg, x, &done)) != E_OK)
		return e;
	ctl_note(c, "%lld of these persons are in the backup; the consumers erase them again.",
	         (long long)done.persons + (long long)done.waiting);
	if (done.events > 0)
		ctl_note(c, "%lld erasures of events by filter are done again, too.",
		         (long long)done.events);
	if (done.forgotten > 0)
		ctl_note(c, "%lld erasures of events by filter are not repeated: what they asked for"
		         " is forgotten. Ask for them again.", (long long)done.forgotten);
	return E_OK;
}

/* Keys into Redis, so that the door knows them at once. */
static enum err
tell(struct ctl *c, struct pg *pg, struct redis *r, const struct backup *b)
{
	struct migrations m;
	enum err e = migrate_status(c->t, pg, conf_text(c->conf, CONF_SQL_DIR), &m);
	if (e != E_OK)
		return e;
	if (m.pending > 0) {
		ctl_note(c, "The backup is of an older release. Run: tidemarkctl migrate up");
		return E_OK; /* today's statements may not fit its tables */
	}
	e = pg_begin(c->t, pg, NULL);
	if (e == E_OK)
		e = key_mirror_all(c->t, pg, r);
	if (e == E_OK)
		e = ctl_audit(c, STR_NULL, "backup.restore", b->named);
	return e == E_OK ? pg_commit(c->t, pg) : e;
}

static enum err
restore_here(struct ctl *c, const struct backup *b)
{
	struct pg *pg;
	struct redis *r;
	struct backup_queue put = { 0 };
	struct erasures since;
	struct str file;
	bool replace = ctl_given(c, "replace");
	enum err e = ctl_pg(c, &pg);
	if (e == E_OK)
		e = ctl_redis(c, &r);
	if (e == E_OK)
		e = check_target(c, pg, r, replace);
	if (e == E_OK)
		e = erasures_since(c, pg, b, &since, &file);
	if (e != E_OK)
		return e;
	if (c->dry_run) {
		if (since.n > 0)
			say_erasures(c, &since, file);
		return E_OK;
	}
	e = restore_rows(c, pg, b, replace);
	for (size_t i = 0; e == E_OK && i < backup_nfolders; i++)
		e = backup_copy(c->t, backup_path(c->t, b->folder, str_of(backup_folder[i].name)),
		                conf_str(c->conf, backup_folder[i].key));
	if (e == E_OK)
		e = tell(c, pg, r, b);
	if (e == E_OK)
		e = erase_again(c, pg, &since, file);
	/* last, once: what is queued is stored as soon as a consumer runs */
	if (e == E_OK)
		e = backup_queue_restore(c, backup_path(c->t, b->folder, STR(BACKUP_QUEUE)), &put);
	if (e == E_OK && put.batches != b->queue.batches)
		e = task_fail(c->t, E_DATA, "%lld batches were queued instead of %lld",
		              (long long)put.batches, (long long)b->queue.batches);
	return e;
}

static enum err
restore(struct ctl *c)
{
	struct backup b;
	int64_t began = clock_mono_us(), rows, tables;
	bool verify = ctl_given(c, "verify");
	if (ctl_given(c, "scratch") && !verify && !backup_is_file(c->t, ctl_value(c, "from")))
		return ctl_usage(c, "--scratch needs --verify, or a backup in one file");
	if (verify && ctl_given(c, "erasures"))
		return ctl_usage(c, "--verify erases nobody: leave --erasures away");
	if (verify && ctl_given(c, "replace"))
		return ctl_usage(c, "--verify replaces nothing: leave --replace away");
	enum err e = restore_open(c, ctl_value(c, "from"), &b);
	if (e == E_OK)
		e = restore_fits(c, &b);
	if (e == E_OK && verify && !c->dry_run)
		e = restore_verify(c, &b);
	else if (e == E_OK && !verify)
		e = restore_here(c, &b);
	restore_close(c, &b);
	if (e != E_OK)
		return e;
	rows = backup_rows(b.table, b.ntables, &tables);
	out_object(c, columns);
	out_str(c, b.named);
	out_str(c, b.began_at);
	out_str(c, c->dry_run ? STR("whole") : verify ? STR("verified") : STR("restored"));
	out_i64(c, tables);
	out_i64(c, rows);
	out_i64(c, b.queue.items);
	out_i64(c, (clock_mono_us() - began) / US_PER_MS);
	return E_OK;
}

static const struct ctl_flag flags[] = {
	{ "from", "PATH", true, "the backup: its folder, or its file" },
	{ "verify", NULL, false, "restore into a PostgreSQL of its own, compare, throw it away" },
	{ "scratch", "DIR", false, "where --verify works and a file is unpacked; " BACKUP_SCRATCH },
	{ "replace", NULL, false, "drop what the database holds; add to queue and folders" },
	{ "erasures", "FILE", false, "ledger of erasures (erasure list); with --replace also that of the database" },
	{ "without-key", NULL, false, "although the master key is another" },
	{ "jobs", "N", false, "tables restored at once; 2" },
	{ "dry-run", NULL, false, "only check the backup, and that it may be restored here" },
	{ 0 }
};
static const struct ctl_command commands[] = {
	{ "restore", NULL, flags, NULL, 0, 0,
	  "Check a backup and bring it back into an empty server, or prove that it could be.", restore },
};
const struct ctl_module ctl_restore = { commands, NELEM(commands) };
