/* setup_store.c - what `tidemarkctl setup` does to PostgreSQL: see setup.h.
 * As a superuser only what has to be: bootstrap.sql, and the two lines by
 * which the machine's users may log in as our roles. */
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "programs/ctl/setup.h"
#include "store/migrate.h"

#define RELOAD_TRIES 50 /* of 100 ms */
#define ARGV_MAX 24
#define MARK "# tidemark: written by tidemarkctl setup"

static const enum conf_key roles[] = { CONF_DB_OWNER, CONF_DB_APP, CONF_DB_CONSUMER };

/* --- psql --------------------------------------------------------------------- */
/* psql as the superuser that --superuser names; without it as the system user
 * postgres, over the local socket. sql is fed to it. */
static enum err
psql(struct setup *s, struct str sql, struct str *said)
{
	struct str conninfo = ctl_value(s->c, "superuser"), host = ctl_value(s->c, "postgres");
	struct arena *a = s->c->t->arena;
	const char *argv[ARGV_MAX] = { "runuser", "-u", "postgres", "--" };
	size_t n = conninfo.n > 0 ? 0 : 4;
	argv[n++] = "psql";
	argv[n++] = "-XAtq";
	argv[n++] = "-v";
	argv[n++] = "ON_ERROR_STOP=1";
	argv[n++] = "-d";
	argv[n++] = conninfo.n > 0 ? arena_cstr(a, conninfo) :
	    arena_printf(a, "host=%s dbname=postgres", host.n > 0 ? arena_cstr(a, host) :
	        "/run/postgresql").p;
	argv[n] = NULL;
	return ctl_run(s->c, argv, sql, said);
}

/* --- who may log in ------------------------------------------------------------ */
/* Do all three roles let this user in? */
static bool
roles_open(struct setup *s)
{
	struct task *t = s->c->t;
	bool ok = true;
	for (size_t i = 0; i < NELEM(roles) && ok; i++) {
		if (conf_text(s->c->conf, roles[i])[0] == '\0')
			return false;
		struct pg *pg = pg_open(conf_text(s->c->conf, roles[i]), "tidemarkctl");
		ok = pg_connect(t, pg) == E_OK;
		pg_close(pg);
	}
	task_clear(t);
	return ok;
}

/* Our lines before all others: the first that fits decides. */
static enum err
put_before(struct setup *s, struct str path, const char *lines)
{
	struct str text;
	const char *file = arena_cstr(s->c->t->arena, path);
	enum err e = setup_read(s, file, &text);
	if (e != E_OK || str_starts(text, STR(MARK)))
		return e;
	return setup_write(s, file, 0640, arena_printf(s->c->t->arena, MARK "\n%s\n%.*s", lines,
	    STRF(text)));
}

static enum err
let_in(struct setup *s)
{
	static const char hba[] = "local tidemark tidemark_owner,tidemark_app,tidemark_consumer"
	                          " peer map=tidemark\n";
	static const char ident[] =
		"tidemark root tidemark_owner\ntidemark root tidemark_app\ntidemark root tidemark_consumer\n"
		"tidemark tidemark tidemark_owner\ntidemark tidemark tidemark_app\n"
		"tidemark tidemark tidemark_consumer\n";
	struct str files, said;
	enum err e = psql(s, STR("SHOW hba_file;\nSHOW ident_file;\n"), &files);
	if (e == E_OK)
		e = put_before(s, str_trim(str_cut(&files, '\n')), hba);
	if (e == E_OK)
		e = put_before(s, str_trim(files), ident);
	if (e == E_OK)
		e = psql(s, STR("SELECT pg_reload_conf();\n"), &said);
	for (int i = 0; e == E_OK && !roles_open(s) && i < RELOAD_TRIES; i++)
		usleep(100000);
	if (e == E_OK && !roles_open(s))
		e = task_fail(s->c->t, E_UNAVAILABLE, "PostgreSQL does not let %s in as tidemark_owner;"
		              " look at pg_hba.conf and pg_ident.conf", s->system ? "root" : "this user");
	return e;
}

/* --- the steps ----------------------------------------------------------------- */
static const struct stmt facts = { "setup_facts",
	"SELECT current_setting('server_version'),"
	" EXISTS (SELECT FROM pg_extension WHERE extname = 'tdigest')" };
static const struct stmt *const all[] = { &facts };
const struct stmt_list ctl_setup_statements = STMT_LIST("ctl_setup", all);

static enum err
look(struct setup *s, bool *there, struct str *version)
{
	struct pg *pg;
	struct rows *rows;
	*there = false;
	if (!roles_open(s))
		return E_OK;
	enum err e = ctl_pg(s->c, &pg);
	if (e == E_OK)
		e = pg_one(s->c->t, pg, &facts, NULL, &rows);
	if (e != E_OK)
		return e;
	*version = row_str(rows, 0, 0);
	*there = row_bool(rows, 0, 1);
	return E_OK;
}

enum err
setup_database(struct setup *s, struct step_result *r)
{
	struct str version = STR(""), sql, said;
	bool there;
	enum err e = look(s, &there, &version);
	if (e == E_OK && !there && setup_only_says(s, r, "would make roles, database and extension"))
		return E_OK;
	r->state = there ? STEP_DONE : STEP_MADE;
	if (e == E_OK && !there)
		e = setup_read(s, setup_path(s, s->data, "sql/bootstrap.sql"), &sql);
	if (e == E_OK && !there)
		e = psql(s, sql, &said);
	if (e == E_OK && !there && !roles_open(s))
		e = let_in(s);
	if (e == E_OK && !there)
		e = look(s, &there, &version);
	r->seen = arena_printf(s->c->t->arena, "tidemark, on PostgreSQL %.*s", STRF(version));
	return e;
}

static void
tell(void *arg, const struct migration *m, bool done)
{
	const struct setup *s = arg;
	if (!done)
		ctl_note(s->c, "applying %.*s", STRF(m->name));
}

enum err
setup_schema(struct setup *s, struct step_result *r)
{
	struct task *t = s->c->t;
	struct migrations m = { 0 };
	struct pg *pg;
	size_t n = 0;
	if (s->c->dry_run && !roles_open(s)) {
		r->state = STEP_WOULD;
		r->seen = STR("would apply all migrations");
		return E_OK;
	}
	const char *dir = conf_text(s->c->conf, CONF_SQL_DIR);
	enum err e = ctl_pg(s->c, &pg);
	if (e == E_OK)
		e = migrate_status(t, pg, dir, &m);
	if (e != E_OK)
		return e;
	struct migrate_options o = { .dry_run = s->c->dry_run, .progress = tell, .arg = s };
	if (m.pending > 0)
		e = migrate_up(t, pg, dir, &o, &n);
	r->state = n == 0 ? STEP_DONE : s->c->dry_run ? STEP_WOULD : STEP_MADE;
	r->seen = arena_printf(t->arena, "%zu migrations, %zu of them %s", m.n, n,
	                       s->c->dry_run ? "pending" : "new");
	return e;
}
