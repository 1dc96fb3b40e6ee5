/* backup_file.c - files and folders of a backup; see backup.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/str.h"
#include "programs/ctl/backup.h"

#define DEPTH_MAX 16

static enum err
failed(struct task *t, struct str path)
{
	return task_fail(t, E_IO, "%.*s: %s", STRF(path), strerror(errno));
}

struct str
backup_path(struct task *t, struct str folder, struct str name)
{
	if (folder.n == 0)
		return arena_str(t->arena, name);
	return arena_printf(t->arena, "%.*s/%.*s", STRF(folder), STRF(name));
}

static void
add(struct task *t, struct backup_files *out, struct str path, int64_t bytes)
{
	out->row = arena_grow(t->arena, out->row, out->n, &out->cap, sizeof(*out->row));
	out->row[out->n++] = (struct backup_file){ .path = path, .bytes = bytes };
	out->bytes += bytes;
}

static enum err
walk(struct task *t, struct str root, struct str below, int depth, struct backup_files *out)
{
	struct str path = below.n > 0 ? backup_path(t, root, below) : root;
	DIR *dir = opendir(path.p);
	const struct dirent *entry;
	enum err e = E_OK;
	if (dir == NULL)
		return failed(t, path);
	while (e == E_OK && (entry = readdir(dir)) != NULL) {
		struct str name = str_of(entry->d_name);
		struct stat st;
		if (str_is(name, ".") || str_is(name, ".."))
			continue;
		struct str inside = backup_path(t, below, name);
		if (fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
			e = errno == ENOENT ? E_OK : failed(t, inside);
		else if (S_ISREG(st.st_mode))
			add(t, out, inside, st.st_size);
		else if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX)
			e = walk(t, root, inside, depth + 1, out);
		else
			e = task_fail(t, E_DATA, "%.*s is neither file nor folder", STRF(inside));
	}
	closedir(dir);
	return e;
}

static int
by_path(const void *a, const void *b)
{
	const struct backup_file *x = a, *y = b;
	return str_cmp(x->path, y->path);
}

enum err
backup_list(struct task *t, struct str folder, struct backup_files *out)
{
	*out = (struct backup_files){ 0 };
	enum err e = walk(t, arena_str(t->arena, folder), STR(""), 0, out);
	if (e == E_OK && out->n > 1)
		qsort(out->row, out->n, sizeof(*out->row), by_path);
	return e;
}

/* All that can be read, and how much that was. False: errno says why. */
static bool
sum_of(int fd, struct backup_file *f)
{
	char chunk[65536];
	uint8_t raw[32];
	ssize_t n = 0;
	struct crypt_digest *d = crypt_digest_new();
	f->bytes = 0;
	while ((n = read(fd, chunk, sizeof(chunk))) > 0) {
		crypt_digest_add(d, (struct str){ chunk, (size_t)n });
		f->bytes += n;
	}
	crypt_digest_end(d, raw);
	crypt_digest_free(d);
	codec_hex(raw, sizeof(raw), f->sum);
	return n == 0;
}

static enum err
sum_one(struct task *t, struct str path, struct backup_file *f, bool flush)
{
	int fd = open(path.p, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	bool ok = fd >= 0 && sum_of(fd, f) && (!flush || fsync(fd) == 0);
	enum err e = ok ? E_OK : failed(t, path);
	if (fd >= 0)
		close(fd);
	return e;
}

enum err
backup_sum(struct task *t, struct str folder, struct backup_files *f, bool flush)
{
	struct progress p;
	int64_t done = 0;
	enum err e = E_OK;
	progress_begin(&p, "bytes checked", f->bytes);
	for (size_t i = 0; e == E_OK && i < f->n; i++) {
		e = sum_one(t, backup_path(t, folder, f->row[i].path), &f->row[i], flush);
		done += f->row[i].bytes;
		progress_step(&p, done);
	}
	f->bytes = done;
	if (e == E_OK)
		progress_end(&p, done);
	return e;
}

enum err
backup_write(struct task *t, struct str path, struct str text)
{
	int fd = open(path.p, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	size_t done = 0;
	ssize_t n = 0;
	while (fd >= 0 && done < text.n && (n = write(fd, text.p + done, text.n - done)) > 0)
		done += (size_t)n;
	enum err e = fd >= 0 && done == text.n && fsync(fd) == 0 ? E_OK : failed(t, path);
	if (fd >= 0 && close(fd) != 0 && e == E_OK)
		e = failed(t, path);
	return e;
}

static enum err
copy_one(struct task *t, struct str from, struct str to, const struct stat *st)
{
	int in = open(from.p, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	int out = in >= 0 ? open(to.p, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
	                         st->st_mode & 0666) : -1;
	ssize_t n = 0;
	while (out >= 0 && (n = sendfile(out, in, NULL, (size_t)1 << 24)) > 0)
		continue;
	enum err e = out >= 0 && n == 0 && fsync(out) == 0 ? E_OK :
	             failed(t, in < 0 ? from : to);
	if (in >= 0)
		close(in);
	if (out >= 0 && close(out) != 0 && e == E_OK)
		e = failed(t, to);
	return e;
}

/* The folders of a path below root. */
static enum err
make_folders(struct task *t, struct str root, struct str below)
{
	for (size_t i = 0; i < below.n; i++) {
		if (below.p[i] != '/')
			continue;
		struct str path = backup_path(t, root, str_slice(below, 0, i));
		if (mkdir(path.p, 0750) != 0 && errno != EEXIST)
			return failed(t, path);
	}
	return E_OK;
}

enum err
backup_copy(struct task *t, struct str from, struct str to)
{
	struct backup_files f;
	struct stat st;
	struct str at = arena_str(t->arena, to);
	if (mkdir(at.p, 0750) != 0 && errno != EEXIST)
		return failed(t, at);
	if (access(arena_str(t->arena, from).p, F_OK) != 0 && errno == ENOENT)
		return E_OK;
	enum err e = backup_list(t, from, &f);
	for (size_t i = 0; e == E_OK && i < f.n; i++) {
		struct str src = backup_path(t, from, f.row[i].path);
		if (lstat(src.p, &st) != 0)
			e = errno == ENOENT ? E_OK : failed(t, src); /* removed meanwhile */
		else if ((e = make_folders(t, at, f.row[i].path)) == E_OK)
			e = copy_one(t, src, backup_path(t, at, f.row[i].path), &st);
	}
	return e == E_OK ? backup_flush(t, at) : e;
}

enum err
backup_flush(struct task *t, struct str folder)
{
	struct str path = arena_str(t->arena, folder);
	int fd = open(path.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum err e = fd >= 0 && fsync(fd) == 0 ? E_OK : failed(t, path);
	if (fd >= 0)
		close(fd);
	return e;
}

static enum err
remove_below(struct task *t, struct str path, int depth)
{
	DIR *dir = opendir(path.p);
	const struct dirent *entry;
	enum err e = E_OK;
	if (dir == NULL)
		return failed(t, path);
	while (e == E_OK && (entry = readdir(dir)) != NULL) {
		struct str name = str_of(entry->d_name);
		struct stat st;
		if (str_is(name, ".") || str_is(name, ".."))
			continue;
		struct str inside = backup_path(t, path, name);
		bool there = lstat(inside.p, &st) == 0;
		if (there && S_ISDIR(st.st_mode) && depth < DEPTH_MAX)
			e = remove_below(t, inside, depth + 1);
		else if (!there || unlink(inside.p) != 0)
			e = failed(t, inside);
	}
	closedir(dir);
	if (e == E_OK && rmdir(path.p) != 0)
		e = failed(t, path);
	return e;
}

enum err
backup_remove(struct task *t, struct str folder)
{
	return remove_below(t, arena_str(t->arena, folder), 0);
}
