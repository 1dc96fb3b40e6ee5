/* shelf.c - see shelf.h. */
#include "symbols/shelf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/crypt.h"
#include "base/str.h"
#include "model/project/symbol_file.h"

#define HEX 64
#define OLD_S 86400

static enum err
failed(struct task *t, const char *what, const char *path)
{
	return task_fail(t, E_IO, "%s %s: %s", what, path, strerror(errno));
}

static bool
is_digest(struct str name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!((name.p[i] >= '0' && name.p[i] <= '9') ||
		      (name.p[i] >= 'a' && name.p[i] <= 'f')))
			return false;
	return name.n == HEX;
}

static void
close_fd(void *p)
{
	close((int)(intptr_t)p);
}

static enum err
open_dir(struct task *t, const char *dir, int *fd)
{
	*fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd < 0)
		return failed(t, "The folder of symbols", dir);
	arena_defer(t->arena, close_fd, (void *)(intptr_t)*fd);
	return E_OK;
}

enum err
shelf_begin(struct task *t, const char *dir, struct shelf_new *out)
{
	uint8_t random[12];
	char hex[2 * sizeof(random) + 1];
	struct stat st;
	int at;

	*out = (struct shelf_new){ .dir = dir, .fd = -1 };
	enum err e = open_dir(t, dir, &at);

	if (e != E_OK)
		return e;
	crypt_random(random, sizeof(random));
	codec_hex(random, sizeof(random), hex);
	snprintf(out->name, sizeof(out->name), "new-%s", hex);
	out->fd = openat(at, out->name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (out->fd < 0)
		return failed(t, "A file in", dir);
	/* an administrator writes for the server */
	if (geteuid() == 0 && (fstat(at, &st) != 0 || fchown(out->fd, st.st_uid, st.st_gid) != 0)) {
		shelf_drop(out);
		return failed(t, "The owner of a file in", dir);
	}
	return E_OK;
}

enum err
shelf_write(struct task *t, struct shelf_new *f, struct str bytes)
{
	f->bytes += (int64_t)bytes.n;
	while (bytes.n > 0) {
		ssize_t n = write(f->fd, bytes.p, bytes.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return failed(t, "Writing to", f->dir);
		bytes = str_slice(bytes, (size_t)n, bytes.n);
	}
	return E_OK;
}

struct mapping {
	void *p;
	size_t n;
};

static void
unmap(void *p)
{
	struct mapping *m = p;

	munmap(m->p, m->n);
}

enum err
shelf_map(struct task *t, int fd, struct str *out)
{
	struct mapping *m = talloc(t, struct mapping);
	struct stat st;

	*out = STR("");
	if (fstat(fd, &st) != 0)
		return failed(t, "A file", "of symbols");
	if (st.st_size == 0)
		return E_OK;
	m->n = (size_t)st.st_size;
	m->p = mmap(NULL, m->n, PROT_READ, MAP_PRIVATE, fd, 0);
	if (m->p == MAP_FAILED)
		return failed(t, "A file", "of symbols");
	arena_defer(t->arena, unmap, m);
	*out = (struct str){ m->p, m->n };
	return E_OK;
}

enum err
shelf_content(struct task *t, struct shelf_new *f, struct str *out)
{
	enum err e = shelf_map(t, f->fd, out);

	if (e == E_OK)
		crypt_sha256_hex(*out, f->sha256);
	return e;
}

enum err
shelf_keep(struct task *t, struct shelf_new *f)
{
	int at;
	enum err e = open_dir(t, f->dir, &at);

	ASSERT(f->sha256[0] != '\0');
	if (e == E_OK && (fsync(f->fd) != 0 || renameat(at, f->name, at, f->sha256) != 0 ||
	                  fsync(at) != 0))
		e = failed(t, "Keeping a file in", f->dir);
	if (e == E_OK)
		f->name[0] = '\0';
	shelf_drop(f);
	return e;
}

void
shelf_drop(struct shelf_new *f)
{
	char path[4096];

	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
	if (f->name[0] != '\0' &&
	    snprintf(path, sizeof(path), "%s/%s", f->dir, f->name) < (int)sizeof(path))
		unlink(path);
	f->name[0] = '\0';
}

enum err
shelf_open(struct task *t, const char *dir, struct str sha256, int *fd)
{
	int at;
	enum err e = open_dir(t, dir, &at);

	if (e != E_OK)
		return e;
	if (!is_digest(sha256))
		return task_fail(t, E_NOT_FOUND, "There is no such file.");
	*fd = openat(at, arena_cstr(t->arena, sha256), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (*fd < 0)
		return task_fail(t, errno == ENOENT ? E_NOT_FOUND : E_IO, "%.*s: %s",
		                 STRF(sha256), strerror(errno));
	arena_defer(t->arena, close_fd, (void *)(intptr_t)*fd);
	return E_OK;
}

static enum err
sweep_one(struct task *t, struct pg *pg, int at, const char *name, int64_t *removed)
{
	struct str s = str_of(name);
	struct stat st;
	bool used = false;
	enum err e = E_OK;

	if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode) ||
	    st.st_mtime > t->now_us / 1000000 - OLD_S)
		return E_OK;
	if (is_digest(s))
		e = symbol_file_is_used(t, pg, s, &used);
	else
		used = !str_starts(s, STR("new-"));
	if (e == E_OK && !used && unlinkat(at, name, 0) == 0)
		++*removed;
	return e;
}

enum err
shelf_sweep(struct task *t, struct pg *pg, const char *dir, int64_t max, int64_t *removed)
{
	DIR *d = opendir(dir);
	enum err e = E_OK;

	*removed = 0;
	if (d == NULL)
		return errno == ENOENT ? E_OK : failed(t, "The folder of symbols", dir);
	for (struct dirent *x; e == E_OK && *removed < max && (x = readdir(d)) != NULL;)
		e = sweep_one(t, pg, dirfd(d), x->d_name, removed);
	closedir(d);
	return e;
}
