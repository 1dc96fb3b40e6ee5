/* outbox.c - see outbox.h. */
#include "mail/outbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "base/uuid.h"

#define NAME_BYTES (36 + 4) /* uuid + ".eml" */

/* "<uuid>.eml" in lower case, and nothing else. */
static bool
is_name(struct str s)
{
	uint8_t raw[16];
	char text[UUID_TEXT];
	if (s.n != NAME_BYTES || !str_ends(s, STR(".eml")) ||
	    !uuid_parse(str_slice(s, 0, 36), raw))
		return false;
	uuid_format(raw, text);
	return memcmp(s.p, text, 36) == 0;
}

static enum err
failed(struct task *t, const char *what, const char *dir)
{
	char why[128] = "";
	const char *text = strerror_r(errno, why, sizeof(why));
	return task_fail(t, E_IO, "%s in the outbox %s: %s", what, dir, text);
}

static bool
write_all(int fd, struct str s)
{
	while (s.n > 0) {
		ssize_t n = write(fd, s.p, s.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		s = str_slice(s, (size_t)n, s.n);
	}
	return true;
}

/* Written by root (tidemarkctl): as if the folder's owner had written it. */
static bool
give_away(int fd, const char *dir)
{
	struct stat st;
	return geteuid() != 0 || (stat(dir, &st) == 0 && fchown(fd, st.st_uid, st.st_gid) == 0);
}

enum err
outbox_write(struct task *t, const char *dir, struct str id, struct str message)
{
	struct str name = arena_printf(t->arena, "%.*s.eml", STRF(id));
	if (!is_name(name))
		return task_fail(t, E_INVALID, "The mail has no id");
	struct str path = arena_printf(t->arena, "%s/%.*s", dir, STRF(name));
	struct str part = arena_printf(t->arena, "%s/.%.*s.%d", dir, STRF(name), (int)getpid());
	/* the umask of a service may take away what a folder needs */
	if (mkdir(dir, 0750) == 0 ? chmod(dir, 0750) != 0 : errno != EEXIST)
		return failed(t, "No folder can be made", dir);
	int fd = open(part.p, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0)
		return failed(t, "A mail cannot be written", dir);
	bool ok = give_away(fd, dir) && fchmod(fd, 0640) == 0 && write_all(fd, message) && fsync(fd) == 0;
	ok = close(fd) == 0 && ok;
	if (ok && rename(part.p, path.p) == 0)
		return E_OK;
	enum err e = failed(t, "A mail cannot be written", dir);
	(void)unlink(part.p);
	return e;
}

static int
newest_first(const void *a, const void *b)
{
	const struct str *x = a, *y = b;
	return str_cmp(*y, *x);
}

enum err
outbox_list(struct task *t, const char *dir, size_t max, struct str **id, size_t *n)
{
	size_t cap = 0;
	const struct dirent *entry;
	*id = NULL;
	*n = 0;
	DIR *d = opendir(dir);
	if (d == NULL)
		return errno == ENOENT ? E_OK : failed(t, "Nothing can be read", dir);
	while ((entry = readdir(d)) != NULL) {
		struct str name = str_of(entry->d_name);
		if (!is_name(name))
			continue;
		*id = arena_grow(t->arena, *id, *n, &cap, sizeof(**id));
		(*id)[(*n)++] = arena_str(t->arena, str_slice(name, 0, 36));
	}
	closedir(d);
	if (*n > 1)
		qsort(*id, *n, sizeof(**id), newest_first);
	if (*n > max)
		*n = max;
	return E_OK;
}

/* The whole file; false when it is none, grows or is too large. */
static bool
read_all(struct task *t, int fd, struct str *out)
{
	struct stat st;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > OUTBOX_MESSAGE_MAX)
		return false;
	size_t size = (size_t)st.st_size, have = 0;
	char *p = arena_alloc(t->arena, size + 1);
	while (have < size) {
		ssize_t n = read(fd, p + have, size - have);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		have += (size_t)n;
	}
	*out = (struct str){ p, size };
	return true;
}

enum err
outbox_read(struct task *t, const char *dir, struct str id, struct str *message)
{
	struct str name = arena_printf(t->arena, "%.*s.eml", STRF(id));
	bool ok = false;
	if (is_name(name)) {
		struct str path = arena_printf(t->arena, "%s/%.*s", dir, STRF(name));
		int fd = open(path.p, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
		ok = fd >= 0 && read_all(t, fd, message);
		if (fd >= 0)
			close(fd);
	}
	return ok ? E_OK : task_fail(t, E_NOT_FOUND, "There is no such mail");
}
