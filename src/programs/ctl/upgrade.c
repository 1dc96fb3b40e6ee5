/*
 * upgrade.c - tidemarkctl upgrade-check: may this release's migrations run now?
 *
 * Exit code 0: nothing stands in the way. 78: something must be mended first.
 * 75: only time helps, such as the end of a long transaction.
 */
#include <time.h>

#include "base/clock.h"
#include "base/str.h"
#include "model/system/room.h"
#include "programs/ctl/doctor.h"
#include "store/migrate.h"
#include "view/format.h"

#define PG_VERSION_MIN 150000
#define WATCH_MS 2000
#define PG_FOLDER "/var/lib/postgresql"
/* In a migration's text: what the operator must know before. */
#define BREAKING "-- breaking: "
#define ONLINE "-- no-transaction"

static const struct stmt facts = { "upgrade_facts",
	"SELECT current_setting('server_version_num')::int4, current_setting('server_version'),"
	" pg_database_size(current_database()),"
	" (SELECT COALESCE(max(pg_total_relation_size(oid)), 0) FROM pg_class"
	"   WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'),"
	" (SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database()),"
	" coalesce((SELECT setting FROM pg_settings WHERE name = 'data_directory'), '')" };
static const struct stmt extensions = { "upgrade_extensions",
	"SELECT e.extname, e.extversion, COALESCE(a.default_version, '') FROM pg_extension e"
	" LEFT JOIN pg_available_extensions a ON a.name = e.extname WHERE e.extname <> 'plpgsql'"
	" ORDER BY 1" };
/* Whoever holds a lock on our tables through a pause stands in the way of DDL.
 * Start times of other roles' transactions are not shown to the owner. */
static const struct stmt holders = { "upgrade_holders",
	"SELECT DISTINCT l.pid || ' ' || l.virtualtransaction, l.pid, COALESCE(a.usename, '?'),"
	" COALESCE(a.application_name, '') FROM pg_locks l JOIN pg_class c ON c.oid = l.relation"
	" LEFT JOIN pg_stat_activity a ON a.pid = l.pid"
	" WHERE l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
	" AND c.relnamespace = 'public'::regnamespace AND l.granted AND l.pid <> pg_backend_pid()"
	" ORDER BY 1" };
static const struct stmt *const all[] = { &facts, &extensions, &holders };
const struct stmt_list ctl_upgrade_statements = STMT_LIST("ctl_upgrade", all);

static const char *const columns[] = { "check", "state", "seen", "next_step", NULL };

static bool
has(struct str text, const char *words)
{
	return text.n > 0 && memmem(text.p, text.n, words, strlen(words)) != NULL;
}

/* One row for each file that would run, with what it says of itself. */
static size_t
check_migrations(struct doctor *d, struct pg *pg)
{
	struct task *t = d->c->t;
	struct migrations m;
	size_t indexes = 0;
	if (migrate_status(t, pg, conf_text(d->c->conf, CONF_SQL_DIR), &m) != E_OK ||
	    migrate_check(t, &m) != E_OK) {
		doctor_report_task(d, "migrations", "Restore the files of the installed release.");
		return 0;
	}
	doctor_report(d, "migrations", DOCTOR_OK, arena_printf(t->arena, "%zu applied, %zu pending",
	    m.n - m.pending, m.pending), NULL);
	for (size_t i = 0; i < m.n; i++) {
		struct str text = m.row[i].text;
		if (m.row[i].state != MIGRATION_PENDING)
			continue;
		bool breaking = has(text, BREAKING);
		indexes += has(text, "CREATE INDEX") || has(text, "CREATE UNIQUE INDEX");
		doctor_report(d, "pending", breaking ? DOCTOR_WARN : DOCTOR_OK,
		    arena_printf(t->arena, "%.*s%s", STRF(m.row[i].name),
		        has(text, ONLINE) ? ", in steps, while everything runs" : ""),
		    "It breaks something: read its first lines before you go on.");
	}
	return indexes;
}

static void
check_server(struct doctor *d, const struct rows *r)
{
	bool ok = row_i64(r, 0, 0) >= PG_VERSION_MIN;
	doctor_report(d, "postgresql", ok ? DOCTOR_OK : DOCTOR_FAIL,
	    arena_printf(d->c->t->arena, "version %.*s", STRF(row_str(r, 0, 1))),
	    "This release needs PostgreSQL 15 or later.");
	doctor_report(d, "prepared-transactions", row_i64(r, 0, 4) == 0 ? DOCTOR_OK : DOCTOR_WARN,
	    arena_printf(d->c->t->arena, "%lld", (long long)row_i64(r, 0, 4)),
	    "Commit or roll them back: they hold locks for ever.");
}

static void
check_extensions(struct doctor *d, struct pg *pg)
{
	struct rows *r;
	if (pg_run(d->c->t, pg, &extensions, NULL, &r) != E_OK) {
		doctor_report_task(d, "extensions", "Look at PostgreSQL's log.");
		return;
	}
	bool found = false;
	for (size_t i = 0; i < rows_count(r); i++) {
		struct str name = row_str(r, i, 0), have = row_str(r, i, 1), newest = row_str(r, i, 2);
		bool same = str_eq(have, newest) || newest.n == 0;
		found = found || str_is(name, "tdigest");
		doctor_report(d, "extension", same ? DOCTOR_OK : DOCTOR_WARN,
		    arena_printf(d->c->t->arena, "%.*s %.*s%s%.*s", STRF(name), STRF(have),
		        same ? "" : ", installed is ", STRF(same ? STR("") : newest)),
		    "As a superuser: ALTER EXTENSION ... UPDATE.");
	}
	if (!found)
		doctor_report(d, "extension", DOCTOR_FAIL, STR("tdigest is missing"),
		    "Install postgresql-NN-tdigest and run sql/bootstrap.sql.");
}

/* An index build needs about its table again; WAL comes on top. */
static void
check_disk(struct doctor *d, const struct rows *r, size_t indexes)
{
	int64_t largest = row_i64(r, 0, 3);
	int64_t need = ((int64_t)64 << 20) + (indexes > 0 ? 2 * largest : 0);
	struct task *t = d->c->t;
	struct str told = row_str(r, 0, 5); /* "" = the owner may not ask */
	struct room_place at = { .folder = told.n > 0 ? told : str_of(doctor_path(d, PG_FOLDER)) };
	room_measure(&at);
	struct str seen = arena_printf(t->arena, "database %.*s, an upgrade may take %.*s",
	    STRF(format_bytes(t, row_i64(r, 0, 2))), STRF(format_bytes(t, need)));
	if (at.seen)
		seen = arena_printf(t->arena, "%.*s, %.*s free", STRF(seen), STRF(format_bytes(t, at.free)));
	doctor_report(d, "disk", at.seen && at.free < need ? DOCTOR_FAIL : DOCTOR_OK, seen,
	    arena_printf(t->arena, "Make room in %.*s first.", STRF(at.folder)).p);
}

static bool
still_there(const struct rows *r, struct str who)
{
	for (size_t i = 0; i < rows_count(r); i++)
		if (str_eq(row_str(r, i, 0), who))
			return true;
	return false;
}

static size_t
check_transactions(struct doctor *d, struct pg *pg)
{
	struct task *t = d->c->t;
	struct rows *before, *after;
	struct timespec pause = { .tv_sec = WATCH_MS / 1000 };
	struct str seen = STR("");
	size_t n = 0;
	enum err e = pg_run(t, pg, &holders, NULL, &before);
	if (e == E_OK && rows_count(before) > 0)
		nanosleep(&pause, NULL);
	if (e == E_OK)
		e = pg_run(t, pg, &holders, NULL, &after);
	if (e != E_OK) {
		doctor_report_task(d, "transactions", "Look at PostgreSQL's log.");
		return 0;
	}
	for (size_t i = 0; i < rows_count(before); i++) {
		if (!still_there(after, row_str(before, i, 0)))
			continue;
		n++;
		seen = arena_printf(t->arena, "%.*s%spid %.*s (%.*s %.*s)", STRF(seen), n > 1 ? ", " : "",
		    STRF(row_str(before, i, 1)), STRF(row_str(before, i, 2)),
		    STRF(row_str(before, i, 3)));
	}
	doctor_report(d, "transactions", n > 0 ? DOCTOR_WARN : DOCTOR_OK,
	    n > 0 ? seen : STR("none holds a table for long"),
	    "Wait for them, or end them with pg_terminate_backend: a migration would queue behind.");
	return n;
}

static void
count_set(void *ctx, const struct conf_row *row UNUSED, const char *shown UNUSED, const char *source)
{
	int *n = ctx;
	*n += strcmp(source, "default") != 0;
}

static enum err
upgrade_check(struct ctl *c)
{
	struct doctor d = { .c = c, .root = STR("") };
	struct pg *pg;
	struct rows *r;
	int set = 0;
	size_t held = 0;
	c->show_anyway = true;
	out_list(c, columns);
	/* an unknown or mistyped key has stopped this program before */
	conf_each(c->conf, count_set, &set);
	doctor_report(&d, "config", DOCTOR_OK, arena_printf(c->t->arena, "%d keys set, all known", set),
	              NULL);
	if (ctl_pg(c, &pg) != E_OK || pg_one(c->t, pg, &facts, NULL, &r) != E_OK) {
		doctor_report_task(&d, "postgresql", "Start PostgreSQL, or correct TIDEMARK_DB_OWNER.");
	} else {
		check_server(&d, r);
		check_extensions(&d, pg);
		check_disk(&d, r, check_migrations(&d, pg));
		held = check_transactions(&d, pg);
		doctor_backup(&d);
	}
	if (d.fails > 0)
		return task_fail(c->t, E_CONFIG, "%zu %s failed", d.fails,
		                 d.fails == 1 ? "check" : "checks");
	if (held > 0)
		return task_fail(c->t, E_RETRY, "Wait: %zu transactions hold tables", held);
	if (d.warns > 0)
		ctl_note(c, d.warns == 1 ? "%zu warning" : "%zu warnings", d.warns);
	return E_OK;
}

static const struct ctl_command commands[] = {
	{ "upgrade-check", NULL, NULL, NULL, 0, 0,
	  "Say what an upgrade would do, and what stands in its way: 0 nothing, 75 wait, 78 mend.",
	  upgrade_check },
};
const struct ctl_module ctl_upgrade = { commands, NELEM(commands) };
