/* archive.c - see archive.h. */
#include "base/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/crypt.h"
#include "base/str.h"

#define CHUNK 65536

struct archive_file {
	struct archive *a;
	struct crypt_digest *digest; /* of the member that is open */
	int64_t bytes;
	int fd;
};

static enum err
failed(struct task *t, struct archive_file *a, const char *what)
{
	const char *why = archive_error_string(a->a);

	return task_fail(t, E_IO, "%s the archive: %s", what, why != NULL ? why : "unknown");
}

static void
release(struct archive_file *a)
{
	if (a->a != NULL)
		archive_write_free(a->a);
	if (a->fd >= 0)
		close(a->fd);
	crypt_digest_free(a->digest);
	free(a);
}

enum err
archive_open(struct task *t, const char *path, struct archive_file **out)
{
	struct archive_file *a = calloc(1, sizeof(*a));

	ASSERT(a != NULL);
	a->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (a->fd < 0) {
		int why = errno;

		free(a);
		return task_fail(t, E_IO, "Making %s: %s", path, strerror(why));
	}
	a->a = archive_write_new();
	ASSERT(a->a != NULL);
	if (archive_write_set_format_zip(a->a) != ARCHIVE_OK ||
	    archive_write_set_options(a->a, "zip:hdrcharset=UTF-8") != ARCHIVE_OK ||
	    archive_write_open_fd(a->a, a->fd) != ARCHIVE_OK) {
		enum err e = failed(t, a, "Making");

		release(a);
		return e;
	}
	*out = a;
	return E_OK;
}

enum err
archive_begin(struct task *t, struct archive_file *a, const char *name, int64_t mtime_us)
{
	struct archive_entry *entry = archive_entry_new();

	ASSERT(entry != NULL && a->digest == NULL);
	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0600);
	archive_entry_set_mtime(entry, (time_t)(mtime_us / US_PER_S), 0);
	int rc = archive_write_header(a->a, entry);

	archive_entry_free(entry);
	if (rc != ARCHIVE_OK)
		return failed(t, a, "Writing");
	a->digest = crypt_digest_new();
	a->bytes = 0;
	return E_OK;
}

enum err
archive_add(struct task *t, struct archive_file *a, struct str bytes)
{
	if (bytes.n == 0)
		return E_OK;
	if (archive_write_data(a->a, bytes.p, bytes.n) != (la_ssize_t)bytes.n)
		return failed(t, a, "Writing");
	crypt_digest_add(a->digest, bytes);
	a->bytes += (int64_t)bytes.n;
	return E_OK;
}

static void
digest_end(struct crypt_digest *d, int64_t bytes, struct archive_member *out)
{
	uint8_t raw[32];

	crypt_digest_end(d, raw);
	codec_hex(raw, sizeof(raw), out->sha256);
	out->bytes = bytes;
}

enum err
archive_end(struct task *t, struct archive_file *a, struct archive_member *out)
{
	digest_end(a->digest, a->bytes, out);
	crypt_digest_free(a->digest);
	a->digest = NULL;
	return archive_write_finish_entry(a->a) == ARCHIVE_OK ? E_OK : failed(t, a, "Writing");
}

enum err
archive_close(struct task *t, struct archive_file *a)
{
	enum err e = E_OK;

	if (archive_write_close(a->a) != ARCHIVE_OK)
		e = failed(t, a, "Writing");
	else if (fsync(a->fd) != 0)
		e = task_fail(t, E_IO, "Writing the archive: %s", strerror(errno));
	release(a);
	return e;
}

void
archive_abandon(struct archive_file *a)
{
	if (a != NULL)
		release(a);
}

enum err
archive_digest(struct task *t, const char *path, struct archive_member *out)
{
	char *p = arena_raw(t->arena, CHUNK);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct crypt_digest *d = crypt_digest_new();
	int64_t bytes = 0;
	ssize_t n = fd < 0 ? -1 : 1;

	while (n > 0 && (n = read(fd, p, CHUNK)) > 0) {
		crypt_digest_add(d, (struct str){ p, (size_t)n });
		bytes += n;
	}
	int why = errno;

	if (fd >= 0)
		close(fd);
	digest_end(d, bytes, out);
	crypt_digest_free(d);
	return n == 0 ? E_OK : task_fail(t, E_IO, "Reading %s: %s", path, strerror(why));
}
