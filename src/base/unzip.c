/* unzip.c - see unzip.h. */
#include "base/unzip.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "base/utf8.h"

#define CHUNK 65536

struct unzip {
	struct archive *a;
	int fd;
	char *first; /* handed out before fd is read */
	size_t nfirst; /* 0 once it was */
	char chunk[CHUNK];
};

bool
unzip_is(struct str first)
{
	return str_starts(first, STR("PK\x03\x04")) || str_starts(first, STR("PK\x05\x06"));
}

static enum err
failed(struct task *t, struct unzip *z)
{
	const char *why = archive_error_string(z->a);
	return task_fail(t, E_DATA, "the ZIP file cannot be read: %s", why != NULL ? why : "damaged");
}

/* libarchive asks for more. */
static la_ssize_t
more(struct archive *a, void *ctx, const void **p)
{
	struct unzip *z = ctx;
	ssize_t n;
	if (z->nfirst > 0) {
		*p = z->first;
		n = (ssize_t)z->nfirst;
		z->nfirst = 0;
		return n;
	}
	do
		n = read(z->fd, z->chunk, sizeof(z->chunk));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		archive_set_error(a, errno, "reading failed");
	*p = z->chunk;
	return n;
}

enum err
unzip_open(struct task *t, int fd, struct str first, struct unzip **out)
{
	struct stat st;
	struct unzip *z = calloc(1, sizeof(*z));
	ASSERT(z != NULL);
	z->fd = fd;
	z->a = archive_read_new();
	ASSERT(z->a != NULL && archive_read_support_format_zip(z->a) == ARCHIVE_OK);
	int rc;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && lseek(fd, 0, SEEK_SET) == 0) {
		rc = archive_read_open_fd(z->a, fd, CHUNK);
	} else {
		z->first = malloc(first.n + 1);
		ASSERT(z->first != NULL);
		memcpy(z->first, first.p, first.n);
		z->nfirst = first.n;
		rc = archive_read_open(z->a, z, NULL, more, NULL);
	}
	if (rc != ARCHIVE_OK) {
		enum err e = failed(t, z);
		unzip_close(z);
		return e;
	}
	*out = z;
	return E_OK;
}

void
unzip_close(struct unzip *z)
{
	if (z == NULL)
		return;
	archive_read_free(z->a);
	free(z->first);
	free(z);
}

enum err
unzip_next(struct task *t, struct unzip *z, struct str *name)
{
	struct archive_entry *entry;
	for (;;) {
		int rc = archive_read_next_header(z->a, &entry);
		if (rc == ARCHIVE_EOF) {
			*name = STR_NULL;
			return E_OK;
		}
		if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN)
			return failed(t, z);
		if (archive_entry_filetype(entry) != AE_IFREG)
			continue;
		const char *path = archive_entry_pathname(entry);
		*name = utf8_clean(t->arena, arena_str(t->arena, str_of(path != NULL ? path : "?")));
		return archive_entry_is_data_encrypted(entry) == 0 ? E_OK :
		    task_fail(t, E_DATA, "the ZIP file is encrypted");
	}
}

enum err
unzip_read(struct task *t, struct unzip *z, void *p, size_t n, size_t *got)
{
	la_ssize_t r = archive_read_data(z->a, p, n);
	*got = r > 0 ? (size_t)r : 0;
	return r >= 0 ? E_OK : failed(t, z);
}

int64_t
unzip_position(const struct unzip *z)
{
	return archive_filter_bytes(z->a, -1);
}
