/*
 * unzip.h - the members of a ZIP file, one after the other, as streams
 * (libarchive inside). Nothing is written to the disk and no member is held in
 * memory, so that neither names nor sizes can do harm. Folders are passed over.
 */
#ifndef TM_BASE_UNZIP_H
#define TM_BASE_UNZIP_H

#include "base/task.h"

struct unzip;

/* Does a file begin like this? */
bool unzip_is(struct str first);
/* fd is borrowed; first: what was read of it already (copied). A pipe will do,
 * though a ZIP file tells more about itself when it can be sought in. Owned. */
enum err unzip_open(struct task *t, int fd, struct str first, struct unzip **out) MUST_CHECK;
void unzip_close(struct unzip *z);
/* The next member; *name (task memory) has p NULL after the last. E_DATA:
 * damaged; encrypted. */
enum err unzip_next(struct task *t, struct unzip *z, struct str *name) MUST_CHECK;
/* Up to n of its bytes; *got 0 at its end. E_DATA. */
enum err unzip_read(struct task *t, struct unzip *z, void *p, size_t n, size_t *got) MUST_CHECK;
/* Bytes of the file that were read. */
int64_t unzip_position(const struct unzip *z);

#endif
