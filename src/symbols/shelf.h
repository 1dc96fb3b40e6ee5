/*
 * shelf.h - the bytes of symbol files: one folder (conf SYMBOL_DIR), each file
 * named by its SHA-256, readable by the server only.
 *
 * A file is written under a name of its own and renamed when it is whole, so
 * a name that is there has all its bytes. Who needs it stands in symbol_files;
 * shelf_sweep removes what nobody needs.
 */
#ifndef TM_SYMBOLS_SHELF_H
#define TM_SYMBOLS_SHELF_H

#include "store/pg.h"

struct shelf_new {
	const char *dir;
	int fd;
	char name[64]; /* in dir */
	int64_t bytes;
	char sha256[65]; /* set by shelf_content */
};

/* An empty file. E_IO. Ends with shelf_keep or shelf_drop. */
enum err shelf_begin(struct task *t, const char *dir, struct shelf_new *out) MUST_CHECK;
enum err shelf_write(struct task *t, struct shelf_new *f, struct str bytes) MUST_CHECK;
/* What was written, mapped; also its digest. Borrowed: task life. */
enum err shelf_content(struct task *t, struct shelf_new *f, struct str *out) MUST_CHECK;
/* On the disk, under its digest, for good. */
enum err shelf_keep(struct task *t, struct shelf_new *f) MUST_CHECK;
void shelf_drop(struct shelf_new *f);

/* By digest (hex); the descriptor is closed with the task. E_NOT_FOUND. */
enum err shelf_open(struct task *t, const char *dir, struct str sha256, int *fd) MUST_CHECK;
/* Its bytes, mapped; borrowed: task life. */
enum err shelf_map(struct task *t, int fd, struct str *out) MUST_CHECK;

/* Remove files older than a day that no row names; at most max a call. */
enum err shelf_sweep(struct task *t, struct pg *pg, const char *dir, int64_t max,
                     int64_t *removed) MUST_CHECK;

#endif
