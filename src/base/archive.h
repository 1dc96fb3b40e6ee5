/*
 * archive.h - a ZIP file written member by member (libarchive inside;
 * base/unzip.h reads them). Members are streamed: their size need not be known before.
 */
#ifndef TM_BASE_ARCHIVE_H
#define TM_BASE_ARCHIVE_H

#include "base/task.h"

struct archive_file;

struct archive_member {
	int64_t bytes;
	char sha256[65]; /* hexadecimal, of what was written */
};

/* A new file, readable by its owner only; it must not exist. E_IO. Owned. */
enum err archive_open(struct task *t, const char *path, struct archive_file **out) MUST_CHECK;
/* A member begins, and ends with archive_end(). mtime: µs since 1970. */
enum err archive_begin(struct task *t, struct archive_file *a, const char *name,
                       int64_t mtime_us) MUST_CHECK;
enum err archive_add(struct task *t, struct archive_file *a, struct str bytes) MUST_CHECK;
enum err archive_end(struct task *t, struct archive_file *a, struct archive_member *out) MUST_CHECK;
/* Whole and on the disk. Frees a, also when it fails. */
enum err archive_close(struct task *t, struct archive_file *a) MUST_CHECK;
/* Give up: frees a; the file is the caller's to remove. NULL is fine. */
void archive_abandon(struct archive_file *a);
/* Digest and size of a file that is there. E_IO. */
enum err archive_digest(struct task *t, const char *path, struct archive_member *out) MUST_CHECK;

#endif
