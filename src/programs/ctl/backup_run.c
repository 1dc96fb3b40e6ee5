/*
 * backup_run.c - pg_dump and other programs, with progress; see backup.h.
 *
 * How to connect travels in a service file that has no name: it holds what
 * conninfo says, perhaps a password, and lives as long as its descriptor.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/str.h"
#include "programs/ctl/backup.h"

#define SAID_MAX ((size_t)1 << 26)

static enum err
service_file(struct ctl *c, const char *conninfo, int *fd)
{
	struct str text;
	*fd = -1;
	if (conninfo == NULL)
		return E_OK;
	enum err e = pg_service(c->t, conninfo, &text);
	if (e != E_OK)
		return e;
	*fd = memfd_create("service", MFD_CLOEXEC);
	if (*fd < 0 || write(*fd, text.p, text.n) != (ssize_t)text.n)
		return task_fail(c->t, E_IO, "memfd: %s", strerror(errno));
	return E_OK;
}

static enum err
spawn(struct ctl *c, const struct backup_run *r, int service, int out, pid_t *pid)
{
	char file[64];
	snprintf(file, sizeof(file), "PGSERVICEFILE=/proc/%d/fd/%d", (int)getpid(), service);
	const char *env[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "HOME=/",
		"PGAPPNAME=tidemarkctl", service >= 0 ? "PGSERVICE=tidemark" : NULL, file, NULL };
	posix_spawn_file_actions_t acts;
	posix_spawn_file_actions_init(&acts);
	posix_spawn_file_actions_addopen(&acts, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&acts, out, 1);
	posix_spawn_file_actions_adddup2(&acts, out, 2);
	posix_spawn_file_actions_addclosefrom_np(&acts, 3);
	int rc = posix_spawnp(pid, r->argv[0], &acts, NULL, (char *const *)(uintptr_t)r->argv,
	                      (char *const *)(uintptr_t)env);
	posix_spawn_file_actions_destroy(&acts);
	return rc == 0 ? E_OK : task_fail(c->t, E_IO, "%s could not be run: %s", r->argv[0],
	                                  strerror(rc));
}

/* As PostgreSQL and tar tell of it. */
static bool
is_error(const char *line)
{
	static const char *const words[] = { "error:", "ERROR:", "FATAL:", ": Cannot ",
		"Unexpected EOF", "does not look like a tar archive", ": Wrote only " };
	for (size_t i = 0; i < NELEM(words); i++)
		if (strstr(line, words[i]) != NULL)
			return true;
	return false;
}

/* Lines until the program closes its output; the first error is the reason. */
static void
listen_to(struct ctl *c, struct backup_run *r, FILE *f, struct str *reason)
{
	struct buf said = BUF_INIT;
	char *line = NULL;
	size_t size = 0;
	ssize_t n;
	while ((n = getline(&line, &size, f)) > 0) {
		struct str s = { line, (size_t)n };
		if (reason->n == 0 && is_error(line))
			*reason = arena_str(c->t->arena, str_trim(s));
		if (r->count[0] != NULL && strstr(line, r->count[0]) != NULL &&
		    strstr(line, r->count[1]) != NULL) {
			r->done++;
			if (r->progress != NULL)
				progress_step(r->progress, r->done);
		}
		if (said.n + s.n < SAID_MAX)
			buf_add(&said, s);
		else
			r->cut = true;
	}
	free(line);
	r->said = arena_str(c->t->arena, buf_str(&said));
	buf_release(&said);
}

/* Of the machine, not of what was read or written. */
static bool
is_no_room(struct str reason)
{
	static const char *const words[] = { "No space left", "File too large", "quota exceeded",
		": Wrote only " };
	for (size_t i = 0; i < NELEM(words); i++)
		if (memmem(reason.p, reason.n, words[i], strlen(words[i])) != NULL)
			return true;
	return false;
}

static enum err
end(struct ctl *c, const struct backup_run *r, pid_t pid, struct str reason)
{
	struct str all = r->said, last = STR("");
	int status = 0;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return E_OK;
	while (all.p != NULL) {
		struct str line = str_trim(str_cut(&all, '\n'));
		last = line.n > 0 ? line : last;
	}
	if (WIFSIGNALED(status))
		return task_fail(c->t, E_DATA, "%s was ended by signal %d", r->argv[0],
		                 WTERMSIG(status));
	last = reason.n > 0 ? reason : last;
	enum err e = is_no_room(last) ? E_IO : E_DATA;
	/* most begin with their name */
	return str_starts(last, str_of(r->argv[0])) ? task_fail(c->t, e, "%.*s", STRF(last)) :
	       task_fail(c->t, e, "%s: %.*s", r->argv[0], STRF(last));
}

enum err
backup_run(struct ctl *c, struct backup_run *r)
{
	struct str reason = STR("");
	int service, fd[2] = { -1, -1 };
	pid_t pid = -1;
	r->said = STR("");
	enum err e = service_file(c, r->conninfo, &service);
	if (e == E_OK && pipe2(fd, O_CLOEXEC) != 0)
		e = task_fail(c->t, E_IO, "pipe: %s", strerror(errno));
	if (e == E_OK)
		e = spawn(c, r, service, fd[1], &pid);
	if (fd[1] >= 0)
		close(fd[1]);
	FILE *f = e == E_OK ? fdopen(fd[0], "re") : NULL;
	if (f != NULL) {
		listen_to(c, r, f, &reason);
		fclose(f);
	} else if (fd[0] >= 0) {
		close(fd[0]);
	}
	if (pid > 0)
		e = end(c, r, pid, reason);
	if (service >= 0)
		close(service);
	return e;
}
