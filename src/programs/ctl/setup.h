/*
 * setup.h - tidemarkctl setup: from an installed package to a running system.
 *
 * Steps as a table (setup.c). Each first looks whether it is done, and is made
 * only if not, so that the command may be run any number of times; with
 * --dry-run nothing is made. The files it writes are in setup_files.c, what it
 * does to PostgreSQL as a superuser in setup_store.c.
 */
#ifndef TM_PROGRAMS_CTL_SETUP_H
#define TM_PROGRAMS_CTL_SETUP_H

#include <sys/types.h>

#include "base/buf.h"
#include "programs/ctl/ctl.h"

struct setup {
	struct ctl *c;
	struct str etc;  /* folder of the files */
	struct str run;  /* folder of the sockets */
	struct str data; /* folder of what `make install` brought */
	bool system;     /* the machine's own: owners, units; false with --etc */
	gid_t group;     /* of the files, when system */
};

/* What a step found or did, for the result. */
enum step_state { STEP_DONE, STEP_MADE, STEP_WOULD, STEP_SKIPPED, STEP_BY_HAND, STEP_FAILED };
struct step_result {
	enum step_state state;
	struct str seen;
};

/* --- setup_files.c ------------------------------------------------------------- */
enum err setup_key(struct setup *s, struct step_result *r) MUST_CHECK;
/* tidemark.conf, and with it redis.acl and the passwords that match it. */
enum err setup_conf(struct setup *s, struct step_result *r) MUST_CHECK;
/* Path below a folder; task memory. */
const char *setup_path(const struct setup *s, struct str folder, const char *name);
/* Whole file, at most 1 MiB. E_IO. */
enum err setup_read(struct setup *s, const char *path, struct str *out) MUST_CHECK;
/* Replace it in one go. E_IO. */
enum err setup_write(struct setup *s, const char *path, mode_t mode, struct str text) MUST_CHECK;

/* --- setup_store.c ------------------------------------------------------------- */
/* Roles, database, extension, and that our users may log in as the roles. */
enum err setup_database(struct setup *s, struct step_result *r) MUST_CHECK;
enum err setup_schema(struct setup *s, struct step_result *r) MUST_CHECK;

/* --dry-run: the step says what it would do, and does nothing. */
bool setup_only_says(const struct setup *s, struct step_result *r, const char *what);

#endif
