/*
 * restore_scratch.c - restore --verify: a PostgreSQL of its own in a temporary
 * folder, filled from the backup, compared, thrown away. See backup.h.
 *
 * The servers refuse to run as root: then they run as the user postgres.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "programs/ctl/backup.h"

#define SERVER_USER "postgres"

struct scratch {
	struct ctl *c;
	struct str folder;
	const char *bin; /* of the newest PostgreSQL */
	bool runs;
};

static enum err
find_server(struct scratch *s)
{
	glob_t g;
	s->bin = NULL;
	if (glob("/usr/lib/postgresql/*/bin/initdb", 0, NULL, &g) == 0 && g.gl_pathc > 0) {
		struct str path = str_of(g.gl_pathv[g.gl_pathc - 1]);
		s->bin = arena_cstr(s->c->t->arena, str_slice(path, 0, path.n - strlen("/initdb")));
	}
	globfree(&g);
	return s->bin != NULL ? E_OK : task_fail(s->c->t, E_CONFIG,
	    "--verify needs the programs of a PostgreSQL server; none is installed");
}

static enum err
make_folder(struct scratch *s)
{
	struct task *t = s->c->t;
	struct str in = ctl_given(s->c, "scratch") ? ctl_value(s->c, "scratch") : STR(BACKUP_SCRATCH);
	char *path = arena_cstr(t->arena, backup_path(t, in, STR("tidemark-verify.XXXXXX")));
	if (mkdtemp(path) == NULL)
		return task_fail(t, E_IO, "%s: %s", path, strerror(errno));
	s->folder = str_of(path);
	const struct passwd *pw = geteuid() == 0 ? getpwnam(SERVER_USER) : NULL;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	bool given = fd >= 0 && (pw == NULL || fchown(fd, pw->pw_uid, pw->pw_gid) == 0);
	enum err e = given ? E_OK : task_fail(t, E_IO, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return e;
}

/* A program of the server, as a user that it accepts. */
static enum err
server(struct scratch *s, const char *program, const char *const *args)
{
	const char *argv[24];
	size_t n = 0;
	if (geteuid() == 0) {
		argv[n++] = "setpriv";
		argv[n++] = "--reuid=" SERVER_USER;
		argv[n++] = "--regid=" SERVER_USER;
		argv[n++] = "--init-groups";
		argv[n++] = "--";
	}
	argv[n++] = arena_printf(s->c->t->arena, "%s/%s", s->bin, program).p;
	for (; *args != NULL && n + 1 < NELEM(argv); args++)
		argv[n++] = *args;
	argv[n] = NULL;
	struct backup_run run = { .argv = argv };
	return backup_run(s->c, &run);
}

static enum err
start(struct scratch *s)
{
	struct arena *a = s->c->t->arena;
	const char *data = arena_printf(a, "%.*s/data", STRF(s->folder)).p;
	const char *log = arena_printf(a, "%.*s/log", STRF(s->folder)).p;
	const char *options = arena_printf(a, "-c listen_addresses='' -c unix_socket_directories='%.*s'"
	    " -c fsync=off -c full_page_writes=off -c synchronous_commit=off -c wal_level=minimal"
	    " -c max_wal_senders=0 -c max_locks_per_transaction=256 -c jit=off", STRF(s->folder)).p;
	const char *const init[] = { "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8",
		"--locale=C.UTF-8", "-N", NULL };
	const char *const begin[] = { "-D", data, "-l", log, "-w", "-t", "120", "-o", options,
		"start", NULL };
	const char *const psql[] = { "psql", "-q", "-X", "-v", "ON_ERROR_STOP=1", "-h", s->folder.p,
		"-U", "postgres", "-d", "postgres", "-f",
		arena_printf(a, "%s/bootstrap.sql", conf_text(s->c->conf, CONF_SQL_DIR)).p, NULL };
	struct backup_run run = { .argv = psql };
	enum err e = server(s, "initdb", init);
	if (e == E_OK)
		e = server(s, "pg_ctl", begin);
	s->runs = e == E_OK;
	return e == E_OK ? backup_run(s->c, &run) : e;
}

static void
end(struct scratch *s)
{
	const char *const stop[] = { "-D",
		arena_printf(s->c->t->arena, "%.*s/data", STRF(s->folder)).p, "-m", "immediate", "-w",
		"stop", NULL };
	if (s->runs && server(s, "pg_ctl", stop) != E_OK)
		ctl_note(s->c, "The server in %.*s did not stop", STRF(s->folder));
	if (s->folder.n > 0 && backup_remove(s->c->t, s->folder) != E_OK)
		ctl_note(s->c, "%.*s could not be removed", STRF(s->folder));
}

enum err
restore_verify(struct ctl *c, const struct backup *b)
{
	struct scratch s = { .c = c };
	struct pg *pg = NULL;
	enum err e = find_server(&s);
	if (e == E_OK)
		e = make_folder(&s);
	if (e == E_OK)
		e = start(&s);
	const char *conninfo = arena_printf(c->t->arena,
	    "host=%.*s dbname=tidemark user=tidemark_owner", STRF(s.folder)).p;
	if (e == E_OK)
		e = restore_dump(c, b, conninfo);
	if (e == E_OK) {
		pg = pg_open(conninfo, "tidemarkctl");
		e = pg_connect(c->t, pg);
	}
	if (e == E_OK)
		e = restore_compare(c, pg, b);
	if (pg != NULL)
		pg_close(pg);
	end(&s);
	return e;
}
