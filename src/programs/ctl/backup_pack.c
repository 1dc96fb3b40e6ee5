/* backup_pack.c - a backup as one file: its folder by tar(1); see backup.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "programs/ctl/backup.h"

bool
backup_is_file(struct task *t, struct str path)
{
	struct stat st;
	return stat(arena_cstr(t->arena, path), &st) == 0 && S_ISREG(st.st_mode);
}

static enum err
to_disk(struct task *t, struct str path)
{
	int fd = open(path.p, O_RDONLY | O_CLOEXEC);
	enum err e = fd >= 0 && fsync(fd) == 0 ? E_OK :
	             task_fail(t, E_IO, "%.*s: %s", STRF(path), strerror(errno));
	if (fd >= 0)
		close(fd);
	return e;
}

/* Each file goes as soon as it is packed: no disk holds the whole twice. */
enum err
backup_pack(struct ctl *c, struct str in, struct str name, struct str file)
{
	struct arena *a = c->t->arena;
	const char *const argv[] = { "tar", "--create", "--format=posix", "--sort=name", "--owner=0",
		"--group=0", "--numeric-owner", "--remove-files",
		arena_printf(a, "--file=%.*s", STRF(file)).p,
		arena_printf(a, "--directory=%.*s", STRF(in)).p, arena_cstr(a, name), NULL };
	struct backup_run run = { .argv = argv };
	enum err e = backup_write(c->t, file, STR("")); /* tar keeps its mode */
	if (e == E_OK)
		e = backup_run(c, &run);
	return e == E_OK ? to_disk(c->t, file) : e;
}

/* What belongs to it, and that it is whole, is the manifest's to say. */
enum err
backup_unpack(struct ctl *c, struct str file, struct str *folder)
{
	struct arena *a = c->t->arena;
	struct str in = ctl_given(c, "scratch") ? ctl_value(c, "scratch") : STR(BACKUP_SCRATCH);
	char *path = arena_cstr(a, backup_path(c->t, in, STR("tidemark-restore.XXXXXX")));
	*folder = STR("");
	if (mkdtemp(path) == NULL)
		return task_fail(c->t, E_IO, "%s: %s", path, strerror(errno));
	*folder = str_of(path);
	const char *const argv[] = { "tar", "--extract", "--no-same-owner", "--strip-components=1",
		arena_printf(a, "--file=%.*s", STRF(file)).p, arena_printf(a, "--directory=%s", path).p,
		NULL };
	struct backup_run run = { .argv = argv };
	return backup_run(c, &run);
}
